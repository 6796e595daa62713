//! Random auctions beside an oracle that shares nothing with the engine but units: it climbs every rung, looks at every
//! bid and keeps no ladder, no deadline and no table.

use crate::{
    court_oracle::courts,
    floor::{
        OPERATOR,
        room::{Room, bid, maximum, pay, seal, step_of, steps},
        sales::describe,
        searches_all,
        stream::Random,
        times, yuan,
    },
    lots_of_units::{announce_by, bid_for, demand, reverse, uniform, units, units_room, without_rights},
};
use protocol::{
    Command, Digest, LotId, Timestamp,
    auction::{
        AnnounceLot, Ascending, BuyLot, Clock, CommitBid, Descending, Extension, Format, LotState, Ranked, Rationing,
        RevealBid, Sealed, SealedPrice, SellOff, SettleDefault,
    },
    maxima::Maxima,
    time::SECOND,
};

/// How many.
const AUCTIONS: u64 = 100_000;

/// What the oracle knows of a bidder.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) entered: bool,
    /// How far it goes.
    pub(crate) limit: i64,
    pub(crate) rank: Option<u32>,
    pub(crate) matched: Option<i64>,
    pub(crate) revealed: Option<(i64, usize)>,
}

/// An auction whose price rises, as one would run it on paper.
pub(crate) struct Paper {
    start: i64,
    step: i64,
    window: u64,
    from_end: bool,
    moves: u32,
    /// By how much the end has moved, and may at most.
    moved_by: u64,
    most_windows: Option<u32>,
    maxima: Maxima,
    fixed: Option<i64>,
    reserve: Option<i64>,
    pub(crate) ends: u64,
    /// A sell-off's day of bidding, until the first bid opens it.
    pub(crate) day: Option<u64>,
    pub(crate) best: Option<(usize, i64)>,
    bidders: [Known; 3],
    over: bool,
    /// Who stands before whom: the one bids for the other.
    nominee: Option<(usize, usize)>,
}

impl Paper {
    /// A court's lot: steps from the start, five minutes after every bid, neither maxima nor a fixed price.
    pub(crate) fn of_courts(start: i64, step: i64, ends: u64, bidders: [Known; 3]) -> Self {
        Self {
            start,
            step,
            window: 300 * SECOND,
            from_end: false,
            moves: 0,
            moved_by: 0,
            most_windows: None,
            maxima: Maxima::NotTaken,
            fixed: None,
            reserve: None,
            ends,
            day: None,
            best: None,
            bidders,
            over: false,
            nominee: None,
        }
    }

    /// The first rung above a price, one by one from the best bid on; or a step above it.
    fn above(&self, price: i64) -> i64 {
        if self.maxima == Maxima::Step {
            return price + self.step;
        }
        let mut rung = self.best.expect("there is a best bid").1;
        while rung <= price {
            rung += self.step;
        }
        rung
    }

    fn moved(&mut self, at: u64) {
        if let Some(day) = self.day.take() {
            self.ends = at + day;
        }
        if self.window == 0 {
            return;
        }
        let ends = match self.from_end {
            false => at + self.window,
            true if self.ends - at <= self.window => self.ends + self.window,
            true => self.ends,
        };
        let most = self.most_windows.map_or(u64::MAX, |most| u64::from(most) * self.window);
        let more = ends.saturating_sub(self.ends).min(most - self.moved_by);
        if more > 0 {
            self.ends += more;
            self.moved_by += more;
            self.moves += 1;
        }
    }

    /// Whether a price is one of the ladder that begins at the start.
    fn is_rung(&self, price: i64) -> bool {
        let mut rung = self.start;
        while rung < price {
            rung += self.step;
        }
        rung == price
    }

    /// Whether one goes before the other at the same price.
    fn goes_before(&self, one: usize, other: usize) -> bool {
        match (self.bidders[one].rank, self.bidders[other].rank) {
            (Some(one), Some(other)) => one < other,
            (Some(_), None) => true,
            _ => false,
        }
    }

    /// The people behind one are behind the other.
    fn are_one(&self, one: usize, other: usize) -> bool {
        one == other
            || self
                .nominee
                .is_some_and(|(nominee, of)| [(nominee, of), (of, nominee)].contains(&(one, other)))
    }

    /// The end, where the fixed price is reached.
    fn sells(&mut self, who: usize, fixed: i64, at: u64) {
        self.bidders[who].limit = self.bidders[who].limit.max(fixed);
        (self.best, self.ends, self.over) = (Some((who, fixed)), at, true);
    }

    /// The fixed price, while the best bid is below it.
    fn stands(&self) -> Option<i64> {
        self.fixed
            .filter(|fixed| self.best.is_none_or(|(_, best)| best < *fixed))
    }

    /// Somebody comes with a bid, and goes up to its limit.
    fn comes(&mut self, who: usize, price: i64, matched: bool, at: u64) {
        let limit = self.bidders[who].limit.max(price);
        self.bidders[who].limit = limit;
        if matched {
            self.bidders[who].matched = Some(price);
        }
        let most = self.stands().unwrap_or(i64::MAX);
        let own = limit.min(most);
        let (leader, mut best) = match self.best {
            None => (who, price),
            Some((leader, best)) => {
                let leaders = self.bidders[leader].limit.max(best).min(most);
                if own > leaders {
                    (who, own.min(self.above(leaders)).max(price))
                } else if own == leaders && self.goes_before(who, leader) {
                    self.bidders[who].matched = Some(own);
                    (who, own)
                } else {
                    (leader, leaders.min(self.above(own)))
                }
            }
        };
        // Below the reserve a maximum holds nothing back.
        let goes = self.bidders[leader].limit.min(most);
        if let Some(reserve) = self
            .reserve
            .filter(|reserve| self.maxima != Maxima::NotTaken && *reserve <= goes)
        {
            best = best.max(reserve);
        }
        self.best = Some((leader, best));
        if self.fixed == Some(best) {
            self.sells(leader, best, at);
        } else {
            self.moved(at);
        }
    }

    /// Whether a bid is taken.
    pub(crate) fn bid(&mut self, who: usize, price: i64, at: u64) -> bool {
        let known = self.bidders[who];
        if !known.entered || self.over || at >= self.ends {
            return false;
        }
        if let Some(fixed) = self.stands().filter(|fixed| *fixed <= price) {
            self.sells(who, fixed, at);
            return true;
        }
        let on_ladder = self.maxima != Maxima::Ladder || self.is_rung(price);
        let Some((leader, best)) = self.best else {
            if price < self.start || !on_ladder {
                return false;
            }
            self.comes(who, price, false, at);
            return true;
        };
        if self.are_one(who, leader) {
            return false;
        }
        if price == best && known.rank.is_some() {
            if known.matched == Some(best) || !self.goes_before(who, leader) {
                return false;
            }
            self.comes(who, price, true, at);
            return true;
        }
        if price < best + self.step || (price - best) % self.step != 0 || !on_ladder {
            return false;
        }
        self.comes(who, price, false, at);
        true
    }

    /// Whether a maximum is taken.
    fn maximum(&mut self, who: usize, limit: i64, at: u64) -> bool {
        let known = self.bidders[who];
        let fixed = self.stands();
        let least = self.best.map_or(self.start, |(_, best)| best + self.step);
        let least = least.min(fixed.unwrap_or(i64::MAX));
        let leads = self.best.is_some_and(|(leader, _)| leader == who);
        let other_self = !leads && self.best.is_some_and(|(leader, _)| self.are_one(leader, who));
        let open = known.entered && !self.over && at < self.ends && self.maxima != Maxima::NotTaken;
        let on_ladder = self.maxima == Maxima::Step || self.is_rung(limit) || fixed.is_some_and(|fixed| fixed <= limit);
        if !open || !on_ladder || other_self || (!leads && limit < least) || limit <= known.limit {
            return false;
        }
        self.bidders[who].limit = limit;
        match (leads, fixed) {
            (false, _) => self.comes(who, least, false, at),
            (true, fixed) => {
                let (_, best) = self.best.expect("it leads");
                let lifted = self.reserve.filter(|reserve| best < *reserve && *reserve <= limit);
                if let Some(reserve) = lifted {
                    self.best = Some((who, reserve));
                    if fixed == Some(reserve) {
                        self.sells(who, reserve, at);
                    } else {
                        self.moved(at);
                    }
                }
            }
        }
        true
    }

    /// Whether it is ended at the fixed price.
    fn buy(&mut self, who: usize, at: u64) -> bool {
        let open = self.bidders[who].entered && !self.over && at < self.ends;
        let Some(fixed) = self.stands().filter(|_| open) else {
            return false;
        };
        self.sells(who, fixed, at);
        true
    }
}

/// Announces, and lets most bidders enter.
fn announce(room: &mut Room, random: &mut Random, terms: &AnnounceLot, bidders: &mut [Known; 3]) -> LotId {
    let id = room.announce(terms);
    let_in(room, random, id, terms, bidders);
    id
}

/// Lets most bidders enter.
fn let_in(room: &mut Room, random: &mut Random, id: LotId, terms: &AnnounceLot, bidders: &mut [Known; 3]) {
    room.go(terms.qualifies_at);
    for (known, party) in bidders.iter_mut().zip(room.bidders()) {
        known.entered = random.below(8) > 0;
        if known.entered {
            room.enter(id, party);
        }
    }
}

/// In which state a lot is once it is sold: paid for at once where the deposit covers the price.
fn when_sold(terms: &AnnounceLot, price: i64) -> LotState {
    if terms.deposit.money.minor() >= price {
        LotState::Paid
    } else {
        LotState::Sold
    }
}

/// Afterwards nobody but the buyer has less than before, it what it owes, and the sellers what it paid.
fn settle(room: &mut Room, id: LotId, winner: Option<(usize, i64)>, case: &str) {
    let parties = room.bidders();
    if let Some((winner, _)) = winner
        && room.lot(id).state == LotState::Sold
    {
        room.market.floor.must(parties[winner].user, pay(id));
    }
    for (number, party) in parties.into_iter().enumerate() {
        let owes = winner
            .filter(|(winner, _)| *winner == number)
            .map_or(0, |(_, price)| price);
        assert_eq!(room.cash(party), (1_000_000_000 - owes, owes), "{case}");
    }
    room.market.floor.exchange.check_invariants().unwrap();
}

/// The buyer does not pay, once or twice; it is barred, and the next buys in the same round at no lower start. On paper:
/// a deposit pays the costs, then what the resale brought less, and the rest is the seller's.
fn default_on(room: &mut Room, random: &mut Random, terms: &AnnounceLot, id: LotId, winner: (usize, i64), case: &str) {
    let parties = room.bidders();
    let (ana, deposit) = (room.market.ana, terms.deposit.money.minor());
    let before = room.cash(ana).0;
    let (mut last, mut held, mut standing) = (id, vec![(id, winner.0, winner.1)], vec![0, 1, 2]);
    standing.retain(|who| *who != winner.0);
    let bought = loop {
        let pay_by = room.standing(last, parties[held.last().unwrap().1]).pay_by.unwrap();
        room.tick(Timestamp(pay_by.next().start().0 - 10));
        assert_eq!(room.lot(last).state, LotState::Sold, "{case}");
        room.tick(pay_by.next().start());
        assert_eq!(room.lot(last).state, LotState::Defaulted, "{case}");
        let mut again = room.terms(terms.format.clone());
        (again.deposit, again.after) = (terms.deposit, Some(last));
        if let Format::Ascending(format) = &mut again.format {
            format.buy_now = None;
        }
        let now = room.market.floor.at;
        let at = |seconds: u64| Timestamp(now + seconds * SECOND);
        (again.qualifies_at, again.opens_at, again.closes_at) = (at(10), at(20), at(4_000));
        let resale = room.announce(&again);
        assert_eq!(
            room.lot(resale).round,
            room.lot(id).round,
            "{case}: a default is no failed round"
        );
        room.go(again.opens_at);
        for (_, who, _) in &held {
            let barred = room
                .market
                .floor
                .try_(parties[*who].user, crate::floor::room::enter(resale, parties[*who]));
            assert_eq!(barred, Err(protocol::Reject::BarredDefaulter), "{case}");
        }
        let start = first_price(&again.format);
        let who = standing.pop().expect("somebody is left");
        room.enter(resale, parties[who]);
        room.bid(resale, parties[who], start);
        room.tick(Timestamp(again.closes_at.0 + 4_000 * SECOND));
        assert_eq!(room.lot(resale).state, LotState::Sold, "{case}");
        last = resale;
        if standing.is_empty() || random.below(2) == 0 {
            room.market.floor.must(parties[who].user, pay(resale));
            break (resale, who, start);
        }
        held.push((resale, who, start));
    };
    let mut sellers = 0;
    for (lot, who, price) in held {
        let costs = random.below(2 * deposit.unsigned_abs() + 1) as i64;
        room.market.floor.must(
            OPERATOR,
            Command::SettleDefault(SettleDefault {
                lot,
                resale: bought.0,
                costs: yuan(costs),
            }),
        );
        let left = deposit - deposit.min(costs);
        sellers += left;
        assert_eq!(room.cash(parties[who]), (1_000_000_000 - deposit, 0), "{case}: {price}");
    }
    assert_eq!(
        room.cash(parties[bought.1]),
        (1_000_000_000 - bought.2, bought.2),
        "{case}"
    );
    assert_eq!(room.cash(ana).0 - before, sellers, "{case}");
}

/// The first price of a lot whose price rises.
fn first_price(format: &Format) -> i64 {
    match format {
        Format::Ascending(terms) => terms.start.money.minor(),
        Format::SellOff(terms) => terms.start.money.minor(),
        other => panic!("{other:?} does not rise"),
    }
}

fn rising(random: &mut Random, sell_off: bool, case: &str) {
    let mut room = Room::new();
    let parties = room.bidders();
    let (start, step) = (1_000 + random.below(500) as i64, 1 + random.below(40) as i64);
    let window_s = random.of(&[0, 60, 300]);
    let from_end = random.below(3) == 0;
    let most_windows = (random.below(4) == 0).then(|| random.below(3) as u32);
    let clock = Clock {
        window_s,
        extension: if from_end {
            Extension::FromEnd
        } else {
            Extension::FromBid
        },
        extensions_max: most_windows,
    };
    let maxima = match random.below(3) {
        _ if sell_off => Maxima::NotTaken,
        0 => Maxima::NotTaken,
        1 => Maxima::Ladder,
        _ => Maxima::Step,
    };
    let fixed = (!sell_off && random.below(3) == 0).then(|| start + 100 + random.below(200) as i64);
    let format = if sell_off {
        Format::SellOff(SellOff {
            start: yuan(start),
            runs_s: 3_600,
            steps: steps(step),
            clock,
        })
    } else {
        Format::Ascending(Ascending {
            start: yuan(start),
            steps: steps(step),
            clock,
            buy_now: fixed.map(yuan),
            maxima,
        })
    };
    let mut terms = room.terms(format);
    terms.deposit = yuan(random.of(&[0, 700, 10_000]));
    // On the ladder, and not above the fixed price.
    let rungs = fixed.map_or(300, |fixed| fixed - start) / step;
    let reserve = (random.below(3) == 0 && rungs > 0).then(|| start + (1 + random.below(rungs as u64) as i64) * step);
    terms.reserve = reserve.map(yuan);
    let nominee = (random.below(4) == 0).then(|| {
        let nominee = random.below(3) as usize;
        (nominee, (nominee + 1 + random.below(2) as usize) % 3)
    });
    let mut bidders = [Known::default(); 3];
    for (known, party) in bidders.iter_mut().zip(parties) {
        if fixed.is_none() && random.below(3) == 0 {
            // Two of one rank, too.
            let rank = 1 + random.below(2) as u32;
            known.rank = Some(rank);
            terms.priority.push(Ranked {
                entity: party.entity,
                rank,
            });
        }
    }
    let id = announce(&mut room, random, &terms, &mut bidders);
    if let Some((nominee, of)) = nominee {
        let described = describe(parties[nominee].entity, "CN", &[parties[of].entity]);
        room.market.floor.must(OPERATOR, described);
    }
    let mut paper = Paper {
        start,
        step,
        window: u64::from(window_s) * SECOND,
        from_end,
        moves: 0,
        moved_by: 0,
        most_windows,
        maxima,
        fixed,
        reserve,
        ends: terms.closes_at.0,
        day: sell_off.then_some(3_600 * SECOND),
        best: None,
        bidders,
        over: false,
        nominee,
    };
    let mut at = terms.opens_at.0;
    for _ in 0..random.below(14) {
        // Mostly towards the end, and beyond it.
        let left = paper.ends.saturating_sub(at);
        at += match random.below(3) {
            0 => random.below(200 * SECOND),
            _ => random.below(left.max(1) + 30 * SECOND) / 2 + 1,
        };
        room.go(Timestamp(at));
        let who = random.below(3) as usize;
        let best = paper.best.map_or(start - step, |(_, best)| best);
        let price = best + random.of(&[0, 1, 1, 1, 2, 5]) * step + random.of(&[0, 0, 0, 0, 1, -1]);
        let (command, expected) = match random.below(10) {
            0..6 => (bid(id, price.max(1)), paper.bid(who, price.max(1), at)),
            6..9 => {
                let limit = price.max(1) + random.below(200) as i64;
                (maximum(id, limit), paper.maximum(who, limit, at))
            }
            _ => (Command::BuyLot(BuyLot { lot: id }), paper.buy(who, at)),
        };
        let outcome = room.market.floor.try_(parties[who].user, command.clone());
        assert_eq!(outcome.is_ok(), expected, "{case}: {command:?} {outcome:?}");
        if expected {
            let told = room.last(id);
            let best = paper.best.unwrap();
            assert_eq!(
                (told.number, told.price.money.minor(), told.ends_at.0, told.extensions),
                (room.number(id, parties[best.0]), best.1, paper.ends, paper.moves),
                "{case}: {command:?}"
            );
        }
    }
    room.tick(Timestamp(paper.ends.max(at + 1)));
    let winner = paper
        .best
        .filter(|(_, price)| reserve.is_none_or(|reserve| *price >= reserve));
    let expected = match (winner, paper.best) {
        (Some((_, price)), _) => when_sold(&terms, price),
        (None, Some(_)) => LotState::Negotiating,
        (None, None) => LotState::Unsold,
    };
    let lot = room.lot(id);
    assert_eq!(
        (lot.state, lot.price),
        (expected, winner.map(|(_, price)| yuan(price))),
        "{case}"
    );
    if let Some((who, price)) = winner {
        // Never above what the winner would have paid, nor below the reserve.
        assert!(price <= paper.bidders[who].limit && reserve.is_none_or(|reserve| price >= reserve));
        assert_eq!(room.standing(id, parties[who]).won, Some(yuan(price)), "{case}");
    }
    if expected == LotState::Negotiating {
        room.market.floor.must(OPERATOR, Command::WithdrawLot(step_of(id)));
    }
    if let (LotState::Sold, Some(winner), None) = (expected, winner, nominee)
        && random.below(4) == 0
    {
        return default_on(&mut room, random, &terms, id, winner, case);
    }
    settle(&mut room, id, winner, case);
}

fn falling(random: &mut Random, case: &str) {
    let mut room = Room::new();
    let parties = room.bidders();
    let (start, step) = (1_000 + random.below(500) as i64, 1 + random.below(90) as i64);
    let floor = 1 + random.below(start as u64) as i64;
    let (every, hold) = (1 + random.below(90), 1 + random.below(300));
    let format = Format::Descending(Descending {
        start: yuan(start),
        step: yuan(step),
        every_s: every as u32,
        floor: yuan(floor),
        hold_s: hold as u32,
    });
    let terms = room.terms(format);
    let mut bidders = [Known::default(); 3];
    let id = announce(&mut room, random, &terms, &mut bidders);
    // On paper: step by step down to the floor, and it stays there.
    let (mut price, mut seconds, mut prices) = (start, 0, vec![]);
    while price > floor {
        prices.push((seconds, price));
        (price, seconds) = ((price - step).max(floor), seconds + every);
    }
    prices.push((seconds, floor));
    let ends = seconds + hold;
    let mut winner = None;
    let mut at = terms.opens_at.0;
    for _ in 0..random.below(5) {
        at += 1 + random.below(ends * SECOND / 2 + 1);
        room.go(Timestamp(at));
        let who = random.below(3) as usize;
        let most = random.below(2 * start as u64) as i64 + 1;
        let since = (at - terms.opens_at.0) / SECOND;
        let now = prices.iter().rev().find(|(from, _)| *from <= since).unwrap().1;
        let open = winner.is_none() && at < terms.opens_at.0 + ends * SECOND;
        let expected = bidders[who].entered && open && now <= most;
        let outcome = room.market.floor.try_(parties[who].user, bid(id, most));
        assert_eq!(outcome.is_ok(), expected, "{case}");
        if expected {
            winner = Some((who, now));
        }
    }
    room.tick(Timestamp((terms.opens_at.0 + ends * SECOND).max(at + 1)));
    let lot = room.lot(id);
    let state = winner.map_or(LotState::Unsold, |(_, price)| when_sold(&terms, price));
    assert_eq!(
        (lot.state, lot.price),
        (state, winner.map(|(_, price)| yuan(price))),
        "{case}"
    );
    settle(&mut room, id, winner, case);
}

fn sealed(random: &mut Random, case: &str) {
    let mut room = Room::new();
    let parties = room.bidders();
    let start = 500 + random.below(500) as i64;
    let reserve = (random.below(2) == 0).then(|| start + 1 + random.below(500) as i64);
    let pays = random.of(&[SealedPrice::First, SealedPrice::Second]);
    let format = Format::Sealed(Sealed {
        start: yuan(start),
        pays,
        reveal_s: 60,
        penalty: yuan(0),
    });
    let mut terms = room.terms(format);
    terms.reserve = reserve.map(yuan);
    let mut bidders = [Known::default(); 3];
    let id = announce(&mut room, random, &terms, &mut bidders);
    room.go(terms.opens_at);
    let mut committed = [None; 3];
    for place in 0..random.below(7) as usize {
        let who = random.below(3) as usize;
        let minor = 400 + random.below(1_200) as i64;
        if bidders[who].entered {
            let commitment = seal(id, room.number(id, parties[who]), minor, [3; 32]);
            room.market.floor.must(
                parties[who].user,
                Command::CommitBid(Box::new(CommitBid { lot: id, commitment })),
            );
            committed[who] = Some((minor, place));
        }
    }
    room.tick(terms.closes_at);
    for (who, commitment) in committed.into_iter().enumerate() {
        let Some((minor, place)) = commitment.filter(|_| random.below(6) > 0) else {
            continue;
        };
        let reveal = RevealBid {
            lot: id,
            price: yuan(minor),
            nonce: Digest([3; 32]),
        };
        room.market
            .floor
            .must(parties[who].user, Command::RevealBid(Box::new(reveal)));
        bidders[who].revealed = Some((minor, place));
    }
    room.tick(Timestamp(terms.closes_at.0 + 60 * SECOND));
    // On paper: sort what was revealed, the highest first and then the earliest.
    let mut bids: Vec<_> = bidders
        .iter()
        .enumerate()
        .filter_map(|(who, known)| Some((known.revealed?, who)))
        .collect();
    bids.retain(|((minor, _), _)| *minor >= start);
    bids.sort_by_key(|((minor, place), _)| (-minor, *place));
    let least = reserve.unwrap_or(start);
    let winner = bids
        .first()
        .filter(|((minor, _), _)| *minor >= least)
        .map(|((minor, _), who)| {
            let second = bids.get(1).map_or(least, |((minor, _), _)| (*minor).max(least));
            (*who, if pays == SealedPrice::First { *minor } else { second })
        });
    let lot = room.lot(id);
    let state = match (winner, bids.is_empty()) {
        (Some((_, price)), _) => when_sold(&terms, price),
        (None, false) => LotState::Negotiating,
        (None, true) => LotState::Unsold,
    };
    assert_eq!(
        (lot.state, lot.price),
        (state, winner.map(|(_, price)| yuan(price))),
        "{case}"
    );
    if state == LotState::Negotiating {
        room.market.floor.must(OPERATOR, Command::WithdrawLot(step_of(id)));
    }
    settle(&mut room, id, winner, case);
}

fn reversed(random: &mut Random, case: &str) {
    let mut room = Room::new();
    let (ana, parties) = (room.market.ana, room.bidders());
    room.market.floor.cash_in(ana.account, 1_000_000_000);
    let (start, step) = (1_000 + random.below(500) as i64, 1 + random.below(40) as i64);
    let mut terms = demand(&room, reverse(start, step));
    terms.account = ana.account;
    let reserve = (random.below(3) == 0).then(|| start - 1 - random.below(300) as i64);
    terms.reserve = reserve.map(yuan);
    let id = announce_by(&mut room, ana, &terms);
    let mut bidders = [Known::default(); 3];
    let_in(&mut room, random, id, &terms, &mut bidders);
    let (mut best, mut ends, mut at): (Option<(usize, i64)>, _, _) = (None, terms.closes_at.0, terms.opens_at.0);
    for _ in 0..random.below(12) {
        at += random.below(ends.saturating_sub(at).max(1) + 30 * SECOND) / 2 + 1;
        room.go(Timestamp(at));
        let who = random.below(3) as usize;
        let from = best.map_or(start, |(_, best)| best);
        let price = from - random.of(&[0, 1, 1, 1, 2, 5]) * step + random.of(&[0, 0, 0, 0, 1, -1]);
        // On paper: below the best by whole steps, below the start at first, and never below oneself.
        let fits = match best {
            None => price <= start,
            Some((leader, best)) => {
                (1..)
                    .take_while(|n| best - n * step >= price)
                    .any(|n| best - n * step == price)
                    && leader != who
            }
        };
        let expected = fits && price >= 1 && bidders[who].entered && at < ends;
        let outcome = room.market.floor.try_(parties[who].user, bid(id, price.max(1)));
        assert_eq!(outcome.is_ok(), expected, "{case}: {price} {outcome:?}");
        if expected {
            (best, ends) = (Some((who, price)), ends.max(at + 300 * SECOND));
            let told = room.last(id);
            assert_eq!(
                (told.number, told.price),
                (room.number(id, parties[who]), yuan(price)),
                "{case}"
            );
            assert_eq!(told.ends_at.0, ends, "{case}");
        }
    }
    room.tick(Timestamp(ends.max(at + 1)));
    let winner = best.filter(|(_, price)| reserve.is_none_or(|reserve| *price <= reserve));
    let expected = match (winner, best) {
        (Some(_), _) => LotState::Paid,
        (None, Some(_)) => LotState::Negotiating,
        (None, None) => LotState::Unsold,
    };
    let lot = room.lot(id);
    assert_eq!(
        (lot.state, lot.price),
        (expected, winner.map(|(_, price)| yuan(price))),
        "{case}"
    );
    match expected {
        LotState::Paid => room.market.floor.must(ana.user, Command::ConfirmLot(step_of(id))),
        LotState::Negotiating => room.market.floor.must(OPERATOR, Command::WithdrawLot(step_of(id))),
        _ => protocol::Receipt::Done,
    };
    let price = winner.map_or(0, |(_, price)| price);
    assert_eq!(room.cash(ana), (1_000_000_000 - price, 0), "{case}");
    for (who, party) in parties.into_iter().enumerate() {
        let earned = winner
            .filter(|(winner, _)| *winner == who)
            .map_or(0, |(_, price)| price);
        assert_eq!(room.cash(party), (1_000_000_000 + earned, 0), "{case}");
    }
}

/// Who gets how many, unit by unit: a list of every unit that was asked for, the dearest first and then the earliest,
/// of which the first are sold; those of the last price are shared out again where they go by what was asked.
fn on_paper(bids: &[(usize, i64, i64)], for_sale: i64, rationing: Rationing) -> (i64, [i64; 3]) {
    let mut asked: Vec<(i64, usize, usize)> = vec![];
    for (place, (who, price, units)) in bids.iter().enumerate() {
        asked.extend((0..*units).map(|_| (-price, place, *who)));
    }
    asked.sort_unstable();
    asked.truncate(for_sale as usize);
    let mut won = [0; 3];
    let Some(&(last, ..)) = asked.last() else {
        return (0, won);
    };
    for (_, _, who) in &asked {
        won[*who] += 1;
    }
    let level: Vec<_> = bids.iter().filter(|(_, price, _)| *price == -last).collect();
    let wanted: i64 = level.iter().map(|(_, _, units)| units).sum();
    let left: i64 = level.iter().map(|(who, ..)| won[*who]).sum();
    if rationing == Rationing::ProRata && left < wanted {
        for (who, _, units) in &level {
            won[*who] = units * left / wanted;
        }
        let mut rest = left - level.iter().map(|(who, ..)| won[*who]).sum::<i64>();
        let mut by_remainder: Vec<_> = level
            .iter()
            .map(|(who, _, units)| (units * left - won[*who] * wanted, *who))
            .collect();
        while rest > 0 {
            // The largest remainder, the earliest of equals: lists are scanned from the front.
            let largest = by_remainder.iter().map(|(remainder, _)| *remainder).max().unwrap();
            let at = by_remainder
                .iter()
                .position(|(remainder, _)| *remainder == largest)
                .unwrap();
            won[by_remainder.remove(at).1] += 1;
            rest -= 1;
        }
    }
    (-last, won)
}

fn of_units(random: &mut Random, case: &str) {
    let (mut room, _) = units_room();
    let (ana, parties) = (room.market.ana, room.bidders());
    let for_sale = 5 * (1 + random.below(20) as i64);
    let rationing = random.of(&[Rationing::ProRata, Rationing::Time]);
    let mut terms = without_rights(&room, uniform(for_sale, rationing));
    terms.deposit = yuan(random.of(&[0, 500, 10_000]));
    let reserve = (random.below(3) == 0).then(|| 101 + random.below(60) as i64);
    terms.reserve = reserve.map(yuan);
    let mut bidders = [Known::default(); 3];
    let id = announce(&mut room, random, &terms, &mut bidders);
    room.go(terms.opens_at);
    // The bids that stand, in the order in which they were last made.
    let mut bids: Vec<(usize, i64, i64)> = vec![];
    for _ in 0..random.below(9) {
        let who = random.below(3) as usize;
        let (price, asked) = (100 + 10 * random.below(6) as i64, 5 * (1 + random.below(20) as i64));
        let before = bids.iter().position(|bid| bid.0 == who);
        let better = before.is_none_or(|at| {
            let (_, bid, units) = bids[at];
            price >= bid && asked >= units && (price, asked) != (bid, units)
        });
        let expected = bidders[who].entered && better && asked <= for_sale;
        let outcome = room.market.floor.try_(parties[who].user, bid_for(id, price, asked));
        assert_eq!(outcome.is_ok(), expected, "{case}: {outcome:?}");
        if expected {
            bids.retain(|bid| bid.0 != who);
            bids.push((who, price, asked));
        }
    }
    room.tick(terms.closes_at);
    bids.retain(|(_, price, _)| reserve.is_none_or(|reserve| *price >= reserve));
    let lots: Vec<_> = bids
        .iter()
        .map(|&(who, price, units)| (who, price, units / 5))
        .collect();
    let (price, won) = on_paper(&lots, for_sale / 5, rationing);
    let sold: i64 = won.iter().map(|lots| lots * 5).sum();
    let lot = room.lot(id);
    let expected = if sold > 0 {
        LotState::Delivered
    } else {
        LotState::Unsold
    };
    assert_eq!(
        (lot.state, lot.price),
        (expected, (sold > 0).then(|| yuan(price))),
        "{case}"
    );
    for (who, party) in parties.into_iter().enumerate() {
        assert_eq!(units(&room, party.account), (won[who] * 5, 0), "{case}");
        assert_eq!(room.cash(party), (1_000_000_000 - won[who] * 5 * price, 0), "{case}");
        let own = bids.iter().find(|bid| bid.0 == who);
        assert!(
            won[who] == 0 || own.is_some_and(|(_, bid, units)| *bid >= price && *units >= won[who] * 5),
            "{case}"
        );
    }
    assert_eq!(units(&room, ana.account), (100 - sold, 0), "{case}");
    assert_eq!(room.cash(ana), (sold * price, 0), "{case}");
}

#[test]
fn random_auctions_end_as_they_do_on_paper() {
    let run = |numbers: std::ops::Range<u64>| {
        let mut defaulted = [false; 3];
        for number in numbers {
            let random = &mut Random(number);
            let case = format!("auction {number}");
            match number % 10 {
                0..3 => rising(random, false, &case),
                3 => {
                    let rounds = courts(random, &case);
                    (0..3).for_each(|round| defaulted[round] |= rounds[round]);
                }
                4 => rising(random, true, &case),
                5 => falling(random, &case),
                6 | 7 => sealed(random, &case),
                8 => reversed(random, &case),
                _ => of_units(random, &case),
            }
        }
        assert!(
            !searches_all() || defaulted == [true; 3],
            "there were defaults in every round of a court"
        );
    };
    let auctions = times(AUCTIONS);
    std::thread::scope(|scope| {
        scope.spawn(|| run(0..auctions / 2));
        run(auctions / 2..auctions);
    });
}
