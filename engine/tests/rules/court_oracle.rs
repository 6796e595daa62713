//! Random sales by a court beside the paper of the auction room: round after round, with defaults in each of them
//! (法释〔2016〕18号 10, 17, 21, 24, 26).

use crate::{
    auction_oracle::{Known, Paper},
    floor::{
        OPERATOR, day, refuses,
        room::{COURTS, Room, bid, enter, pay, steps},
        sales::PAPER,
        stream::Random,
        yuan,
    },
};
use protocol::{
    Command, Digest, LotId, Receipt, Reject, Timestamp, ValuationId,
    auction::{AnnounceLot, Ascending, CourtSale, Format, LotState, Ranked, SellOff, SettleDefault},
    maxima::Maxima,
    time::{DAY, SECOND},
    title::{Basis, NamedValue, RecordValuation},
    transfer::LegalBasis,
};

/// Lots of one sale: three rounds, and as many made good after a default as there are bidders.
const LOTS_MAX: usize = 6;

/// A lot that was not paid for.
#[derive(Clone, Copy)]
struct Default {
    lot: LotId,
    round: u32,
    who: usize,
    price: i64,
    deposit: i64,
}

/// A sale by a court: what its next lot has to be.
struct Sale<'a> {
    case: &'a str,
    round: u32,
    start: i64,
    step: i64,
    after: Option<LotId>,
    court: CourtSale,
    valuation: ValuationId,
    refunds_excess: bool,
    ranks: [Option<u32>; 3],
    defaults: Vec<Default>,
}

impl<'a> Sale<'a> {
    /// A right that was valued; its first round starts at seven tenths of that or a little higher.
    fn begin(room: &mut Room, random: &mut Random, case: &'a str) -> Self {
        let value = 1_000 + random.below(100_000) as i64;
        let valued = RecordValuation {
            asset: room.market.right,
            basis: Basis::Agreed(NamedValue { amount: yuan(value) }),
            expires: day(2027, 3, 1),
            evidence: PAPER,
        };
        let Receipt::Deal(seq) = room
            .market
            .floor
            .must(OPERATOR, Command::RecordValuation(Box::new(valued)))
        else {
            panic!("a valuation is told by its number")
        };
        Self {
            case,
            round: 1,
            start: (value * 7 + 9) / 10 + random.below(50) as i64,
            step: 1 + random.below(90) as i64,
            after: None,
            court: CourtSale {
                notified: day(2026, 2, 26),
                prior_claims: yuan(0),
                insisted: false,
                order: Some(Digest([9; 32])),
                debt: None,
                commissioned: false,
            },
            valuation: ValuationId::from(seq),
            refunds_excess: random.below(2) == 0,
            ranks: core::array::from_fn(|_| (random.below(3) == 0).then(|| 1 + random.below(2) as u32)),
            defaults: vec![],
        }
    }

    /// The next lot. A court's first round is told of thirty days before, the others fifteen; a sell-off stands sixty.
    fn terms(&self, room: &Room, random: &mut Random) -> AnnounceLot {
        let (start, steps) = (yuan(self.start), steps(self.step));
        let format = if self.round == 3 {
            Format::SellOff(SellOff {
                start,
                runs_s: 86_400,
                steps,
                clock: COURTS,
            })
        } else {
            Format::Ascending(Ascending {
                start,
                steps,
                clock: COURTS,
                buy_now: None,
                maxima: Maxima::NotTaken,
            })
        };
        let mut terms = room.terms(format);
        let opens = room.market.floor.at + if self.round == 1 { 31 * DAY } else { 16 * DAY };
        terms.qualifies_at = Timestamp(opens - DAY);
        terms.opens_at = Timestamp(opens);
        terms.closes_at = Timestamp(opens + if self.round == 3 { 60 * DAY } else { DAY });
        let (least, most) = ((self.start + 19) / 20, self.start / 5);
        terms.deposit = yuan(least + random.below((most - least + 1) as u64) as i64);
        (terms.basis, terms.after, terms.court) = (LegalBasis::Judicial, self.after, Some(self.court));
        terms.valuation = self.after.is_none().then_some(self.valuation);
        terms.refunds_excess = self.refunds_excess;
        let parties = room.bidders();
        let ranked = self.ranks.iter().zip(parties).zip(0..);
        terms.priority = ranked
            .filter(|(_, who)| self.defaults.iter().all(|default| default.who != *who))
            .filter_map(|((rank, party), _)| {
                Some(Ranked {
                    entity: party.entity,
                    rank: (*rank)?,
                })
            })
            .collect();
        terms
    }

    /// A start below what this round allows is refused.
    fn refuses_less(&self, room: &mut Room, terms: &AnnounceLot) {
        let mut less = terms.clone();
        let start = match &mut less.format {
            Format::Ascending(terms) => &mut terms.start,
            Format::SellOff(terms) => &mut terms.start,
            _ => unreachable!("a court sells by rising bids"),
        };
        *start = yuan(self.start - 1);
        less.deposit = yuan((self.start - 1) / 10);
        refuses(
            &mut room.market.floor,
            OPERATOR,
            Command::AnnounceLot(Box::new(less)),
            Reject::StartTooLow,
        );
    }

    /// Lets in whom the paper lets in; who defaulted before is turned away.
    fn let_in(&self, room: &mut Room, random: &mut Random, id: LotId) -> [Known; 3] {
        let parties = room.bidders();
        core::array::from_fn(|who| {
            let party = parties[who];
            if self.defaults.iter().any(|default| default.who == who) {
                let outcome = room.market.floor.try_(party.user, enter(id, party));
                assert_eq!(outcome, Err(Reject::BarredDefaulter), "{}", self.case);
                return Known::default();
            }
            let entered = random.below(4) > 0;
            if entered {
                room.enter(id, party);
            }
            Known {
                entered,
                rank: self.ranks[who],
                ..Known::default()
            }
        })
    }

    /// Bids in one lot, on paper and in the core, until it ends; who bought it, if somebody did.
    fn bidding(&self, room: &mut Room, random: &mut Random, terms: &AnnounceLot, id: LotId) -> Option<(usize, i64)> {
        let parties = room.bidders();
        room.go(Timestamp(terms.qualifies_at.0 + SECOND));
        let bidders = self.let_in(room, random, id);
        let mut paper = Paper::of_courts(self.start, self.step, terms.closes_at.0, bidders);
        paper.day = (self.round == 3).then_some(DAY);
        let mut at = terms.opens_at.0;
        for _ in 0..random.below(7) {
            at += 1 + random.below(paper.ends.saturating_sub(at) + 60 * SECOND) / 3;
            room.go(Timestamp(at));
            let who = random.below(3) as usize;
            let best = paper.best.map_or(self.start - self.step, |(_, best)| best);
            let price = best + random.of(&[0, 1, 1, 2, 4]) * self.step + random.of(&[0, 0, 0, 1]);
            let expected = paper.bid(who, price.max(1), at);
            let outcome = room.market.floor.try_(parties[who].user, bid(id, price.max(1)));
            assert_eq!(outcome.is_ok(), expected, "{}: {price} {outcome:?}", self.case);
        }
        room.tick(Timestamp(paper.ends.max(at + 1)));
        let state = paper.best.map_or(LotState::Unsold, |_| LotState::Sold);
        assert_eq!(
            (room.lot(id).state, room.lot(id).round, room.lot(id).price),
            (state, self.round, paper.best.map(|(_, price)| yuan(price))),
            "{}",
            self.case
        );
        paper.best
    }

    /// What follows a lot that nobody bought: a round at four fifths, a sell-off at the second's start, or nothing.
    fn fails(&mut self, id: LotId) -> bool {
        if self.round == 1 {
            self.start = (self.start * 4 + 4) / 5;
        }
        (self.round, self.after) = (self.round + 1, Some(id));
        self.round <= 3
    }

    /// The buyer does not pay: the same round and start once more, without it.
    fn defaults(&mut self, room: &mut Room, id: LotId, (who, price): (usize, i64), deposit: i64) {
        let pay_by = room.standing(id, room.bidders()[who]).pay_by.expect("it bought");
        room.tick(Timestamp(pay_by.next().start().0 - 10));
        assert_eq!(room.lot(id).state, LotState::Sold, "{}", self.case);
        room.tick(pay_by.next().start());
        assert_eq!(room.lot(id).state, LotState::Defaulted, "{}", self.case);
        self.defaults.push(Default {
            lot: id,
            round: self.round,
            who,
            price,
            deposit,
        });
        self.after = Some(id);
    }

    /// Every deposit that was lost goes to the costs, to what was brought less, and the rest to the debt or back; without
    /// a resale to the debt after a year. Nobody else has less than before.
    fn settles(&self, room: &mut Room, random: &mut Random, bought: Option<(LotId, usize, i64)>) {
        let (ana, parties) = (room.market.ana, room.bidders());
        let before = room.cash(ana).0;
        let (mut owners, mut left) = (0, [1_000_000_000; 3]);
        let mut held = [0; 3];
        if let Some((_, who, price)) = bought {
            (left[who], held[who]) = (left[who] - price, price);
        }
        for Default {
            lot,
            who,
            price,
            deposit,
            ..
        } in self.defaults.iter().copied()
        {
            let Some((resale, _, brought)) = bought else {
                (owners, left[who]) = (owners + deposit, left[who] - deposit);
                continue;
            };
            let costs = random.below(2 * deposit.unsigned_abs() + 1) as i64;
            let settle = SettleDefault {
                lot,
                resale,
                costs: yuan(costs),
            };
            room.market.floor.must(OPERATOR, Command::SettleDefault(settle));
            let after_costs = deposit - costs.min(deposit);
            let gap = (price - brought).max(0).min(after_costs);
            let back = if self.refunds_excess { after_costs - gap } else { 0 };
            owners += after_costs - back;
            left[who] -= deposit - back;
        }
        if bought.is_none() {
            room.tick(Timestamp(room.market.floor.at + 400 * DAY));
        }
        for (who, party) in parties.into_iter().enumerate() {
            assert_eq!(room.cash(party), (left[who], held[who]), "{}", self.case);
        }
        assert_eq!(room.cash(ana).0 - before, owners, "{}", self.case);
        room.market.floor.exchange.check_invariants().unwrap();
    }
}

/// A court sells a right: in up to three rounds, each made good as often as its buyer does not pay. Tells in which
/// rounds one did not.
pub(crate) fn courts(random: &mut Random, case: &str) -> [bool; 3] {
    let mut room = Room::new();
    let mut sale = Sale::begin(&mut room, random, case);
    let mut bought = None;
    for _ in 0..LOTS_MAX {
        let terms = sale.terms(&room, random);
        if sale.after.is_some() {
            sale.refuses_less(&mut room, &terms);
        }
        let id = room.announce(&terms);
        let Some((who, price)) = sale.bidding(&mut room, random, &terms, id) else {
            if sale.fails(id) {
                continue;
            }
            break;
        };
        if random.below(2) == 0 {
            room.market.floor.must(room.bidders()[who].user, pay(id));
            bought = Some((id, who, price));
            break;
        }
        sale.defaults(&mut room, id, (who, price), terms.deposit.money.minor());
    }
    sale.settles(&mut room, random, bought);
    [1, 2, 3].map(|round| sale.defaults.iter().any(|default| default.round == round))
}
