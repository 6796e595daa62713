//! Lots: every format from its announcement to the title, the money at each step, and one fault at a time.

use crate::floor::{
    CODES, Floor, OPERATOR, Party, day, refuses,
    sales::{Market, PAPER, answer, file},
    titles::share,
    yuan,
};
use engine::book::FastBook;
use protocol::{
    Amount, AssetId, Command, Digest, Event, LotId, Money, Notice, ProposalId, PublicEvent, Readers, Receipt, Record,
    Reject, Timestamp,
    auction::{
        AnnounceLot, Ascending, BidLot, Bidder, BuyLot, Clock, CommitBid, CourtSale, Creditor, Descending, EnterLot,
        Extension, Format, LOT_PRICE_MAX, Lot, LotFees, LotState, LotStep, NegotiateLot, PayLot, PriceStep, Ranked,
        RevealBid, Sealed, SealedPrice, SellOff, SetMaximum, SettleDefault,
    },
    control::{Approve, Encoded, Propose, SetDualControl},
    event::LotBid,
    party::{RegisterUser, Roles},
    time::SECOND,
    title::{Basis, NamedValue, RecordValuation},
    transfer::{LegalBasis, TransferRefusal},
    units::BasisPoints,
    wire::encode_alone,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn vectors(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
    all[name].clone()
}

/// The steps of a lot: so much, from zero on.
pub(crate) fn steps(step: i64) -> Vec<PriceStep> {
    vec![PriceStep {
        from: yuan(0),
        step: yuan(step),
    }]
}

const COURTS: Clock = Clock {
    window_s: 300,
    extension: Extension::FromBid,
    extensions_max: None,
};

pub(crate) fn ascending(start: i64, step: i64) -> Format {
    Format::Ascending(Ascending {
        start: yuan(start),
        steps: steps(step),
        clock: COURTS,
        buy_now: None,
        maxima: true,
    })
}

/// A room: ana's right, and bo, cy and dee with ten million yuan each.
pub(crate) struct Room {
    pub(crate) market: Market,
}

/// When the room's lots open and close, unless a test says otherwise: in a day, for a day.
pub(crate) const OPENS: u64 = 86_400;
pub(crate) const ENDS: u64 = 2 * 86_400;

impl Room {
    pub(crate) fn new() -> Self {
        Self { market: Market::new() }
    }

    pub(crate) fn at(&self, seconds: u64) -> Timestamp {
        Timestamp(crate::floor::OPENING + seconds * SECOND)
    }

    /// The next command comes at this moment.
    pub(crate) fn go(&mut self, at: Timestamp) {
        self.market.floor.at = at.0 - 1;
    }

    pub(crate) fn terms(&self, format: Format) -> AnnounceLot {
        AnnounceLot {
            assets: vec![self.market.right],
            account: self.market.ana.account,
            basis: LegalBasis::VenueRule,
            state_owned: false,
            format,
            valuation: None,
            reserve: None,
            deposit: yuan(10_000),
            qualifies_at: self.at(100),
            opens_at: self.at(OPENS),
            closes_at: self.at(ENDS),
            viewing_days: 0,
            priority: vec![],
            creditor: None,
            court: None,
            after: None,
            fees: LotFees {
                seller: BasisPoints(0),
                premium: BasisPoints(0),
                commission: false,
            },
            payment_days: 5,
            refunds_excess: false,
            defects: Digest([1; 32]),
            notices: Digest([2; 32]),
        }
    }

    pub(crate) fn announce(&mut self, terms: &AnnounceLot) -> LotId {
        let command = Command::AnnounceLot(Box::new(terms.clone()));
        match self.market.floor.must(self.market.ana.user, command) {
            Receipt::Deal(seq) => LotId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    /// A lot that is open, with bo, cy and dee entered.
    pub(crate) fn open(&mut self, format: Format, change: impl FnOnce(&mut AnnounceLot)) -> LotId {
        let mut terms = self.terms(format);
        change(&mut terms);
        let (opens, id) = (terms.opens_at, self.announce(&terms));
        self.go(terms.qualifies_at);
        for party in self.bidders() {
            self.enter(id, party);
        }
        self.go(opens);
        id
    }

    pub(crate) fn bidders(&self) -> [Party; 3] {
        [self.market.bo, self.market.cy, self.market.dee]
    }

    pub(crate) fn enter(&mut self, id: LotId, party: Party) {
        self.market.floor.must(party.user, enter(id, party));
    }

    pub(crate) fn bid(&mut self, id: LotId, party: Party, price: i64) {
        self.market.floor.must(party.user, bid(id, price));
    }

    pub(crate) fn refuses(&mut self, party: Party, command: Command, reject: Reject) {
        refuses_sealed(&mut self.market.floor, party, command, reject);
    }

    pub(crate) fn lot(&self, id: LotId) -> Lot {
        let told = self
            .market
            .floor
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                Event::Public(PublicEvent::Notice(notice)) => match &**notice {
                    Notice::Lot(lot) if lot.lot == id => Some(lot.clone()),
                    _ => None,
                },
                _ => None,
            });
        told.expect("the lot was announced")
    }

    pub(crate) fn bids(&self, id: LotId) -> Vec<LotBid> {
        let bids = self.market.floor.events.iter().filter_map(|event| match event.body {
            Event::Public(PublicEvent::LotBid(bid)) if bid.lot == id => Some(bid),
            _ => None,
        });
        bids.collect()
    }

    pub(crate) fn last(&self, id: LotId) -> LotBid {
        *self.bids(id).last().expect("somebody bid")
    }

    pub(crate) fn standing(&self, id: LotId, party: Party) -> Bidder {
        let records = self.market.floor.records(0).into_iter().rev();
        let mut own = records.filter_map(|changed| match changed.record {
            Record::Bidder(bidder) if (bidder.lot, bidder.entity) == (id, party.entity) => Some(bidder),
            _ => None,
        });
        own.next().expect("it entered")
    }

    pub(crate) fn number(&self, id: LotId, party: Party) -> u32 {
        self.standing(id, party).number
    }

    /// Who leads, and at which price.
    pub(crate) fn leads(&self, id: LotId) -> (u32, i64) {
        let last = self.last(id);
        (last.number, last.price.money.minor())
    }

    pub(crate) fn tick(&mut self, at: Timestamp) {
        self.go(at);
        self.market.floor.must(OPERATOR, Command::Tick);
    }

    /// What an account has free and held.
    pub(crate) fn cash(&self, party: Party) -> (i64, i64) {
        let mut cash = (0, 0);
        for event in &self.market.floor.events {
            let (Event::Private(_, private) | Event::Sealed(_, private)) = &event.body else {
                continue;
            };
            match private {
                protocol::PrivateEvent::CashReceived(moved) if moved.account == party.account => {
                    cash.0 += moved.amount.minor();
                }
                protocol::PrivateEvent::CashPosted(posting) if posting.account == party.account => {
                    cash.0 += posting.free;
                    cash.1 += posting.held;
                }
                _ => {}
            }
        }
        cash
    }

    /// Pays, files and has it recorded.
    pub(crate) fn deliver(&mut self, id: LotId, buyer: Party) {
        self.market.floor.must(buyer.user, pay(id));
        let sale = protocol::TransferId(id.0);
        self.market.floor.must(self.market.ana.user, file(sale));
        self.market.floor.must(OPERATOR, answer(sale, None));
    }
}

/// A bidder's command is refused, and nobody hears of it but the bidder.
fn refuses_sealed(floor: &mut Floor<FastBook>, party: Party, command: Command, reject: Reject) {
    let first = floor.events.len();
    assert_eq!(floor.try_(party.user, command.clone()), Err(reject), "{command:?}");
    // A lot may open in the same moment, for everyone.
    let told = floor.events[first..]
        .iter()
        .filter(|event| !matches!(event.body, Event::Public(_)));
    let told: Vec<_> = told.collect();
    assert!(
        matches!(told[..], [only] if matches!(only.body, Event::Sealed(entity, _) if entity == party.entity)),
        "{told:?}"
    );
}

pub(crate) fn enter(lot: LotId, party: Party) -> Command {
    Command::EnterLot(EnterLot {
        lot,
        account: party.account,
        draw: u64::from(party.entity.0) * 7_919,
    })
}

pub(crate) fn bid(lot: LotId, price: i64) -> Command {
    Command::BidLot(BidLot {
        lot,
        price: yuan(price),
        units: None,
    })
}

pub(crate) fn maximum(lot: LotId, price: i64) -> Command {
    Command::SetMaximum(SetMaximum {
        lot,
        maximum: yuan(price),
    })
}

pub(crate) fn pay(lot: LotId) -> Command {
    Command::PayLot(PayLot { lot })
}

pub(crate) fn step_of(lot: LotId) -> Box<LotStep> {
    Box::new(LotStep { lot, evidence: PAPER })
}

#[test]
fn a_lot_goes_from_its_announcement_to_the_title() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.fees = LotFees {
            seller: BasisPoints(80),
            premium: BasisPoints(100),
            commission: false,
        };
    });
    assert_eq!(room.lot(id).state, LotState::Qualifying);
    assert_eq!(room.cash(bo), (1_000_000_000 - 10_000, 10_000));
    room.bid(id, bo, 100_000);
    assert_eq!(room.lot(id).state, LotState::Open);
    room.bid(id, cy, 103_000);
    room.bid(id, bo, 104_000);
    assert_eq!(room.leads(id), (room.number(id, bo), 104_000));
    room.tick(room.at(ENDS));
    let lot = room.lot(id);
    assert_eq!(
        (lot.state, lot.price, lot.bids),
        (LotState::Sold, Some(yuan(104_000)), 3)
    );
    // The losers are whole at once, the buyer owes price and premium less its deposit.
    for loser in [cy, dee] {
        assert_eq!(room.cash(loser), (1_000_000_000, 0));
    }
    assert_eq!(room.standing(id, bo).owes, Some(yuan(104_000 + 1_040 - 10_000)));
    room.refuses_openly(cy, pay(id), Reject::NotAParty);
    room.deliver(id, bo);
    assert_eq!(room.lot(id).state, LotState::Delivered);
    assert_eq!(room.cash(bo), (1_000_000_000 - 105_040, 0));
    assert_eq!(room.cash(room.market.ana), (104_000 - 832, 0));
    let title = crate::floor::titles::title(&room.market.floor, room.market.right);
    assert_eq!(title.owners[0].entity, bo.entity);
}

impl Room {
    /// What everyone may see refused.
    pub(crate) fn refuses_openly(&mut self, party: Party, command: Command, reject: Reject) {
        refuses(&mut self.market.floor, party.user, command, reject);
    }
}

#[test]
fn a_refused_title_gives_the_buyer_everything_back() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    room.market.floor.must(bo.user, pay(id));
    let sale = protocol::TransferId(id.0);
    room.market.floor.must(room.market.ana.user, file(sale));
    room.market
        .floor
        .must(OPERATOR, answer(sale, Some(TransferRefusal::Documents)));
    assert_eq!(room.lot(id).state, LotState::Annulled);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

#[test]
fn late_bids_move_the_end_as_the_rule_book_says() {
    // The vector's day begins at midnight in the venue's zone: its end is at ten.
    let midnight = day(2026, 3, 3).start().0;
    let clock = |text: &str| {
        let (hour, rest) = text.split_once(':').unwrap();
        let (minute, rest) = rest.split_once(':').unwrap();
        let (second, thousandth) = rest.split_once('.').unwrap();
        let [hour, minute, second, thousandth] =
            [hour, minute, second, thousandth].map(|part| part.parse::<u64>().unwrap());
        let thousandths = ((hour * 60 + minute) * 60 + second) * 1_000 + thousandth;
        Timestamp(midnight + thousandths * (SECOND / 1_000))
    };
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.opens_at = Timestamp(terms.qualifies_at.0 + SECOND);
        terms.closes_at = clock("10:00:00.000");
    });
    for (number, case) in vectors("anti_snipe").as_array().unwrap().iter().enumerate() {
        let (at, accepted, ends) = (&case[0], case[1].as_bool().unwrap(), case[2].as_u64().unwrap());
        room.go(clock(at.as_str().unwrap()));
        let party = if number % 2 == 0 { bo } else { cy };
        let outcome = room
            .market
            .floor
            .try_(party.user, bid(id, 100_000 + 1_000 * number as i64));
        assert_eq!(outcome.is_ok(), accepted, "{case}");
        if accepted {
            assert_eq!(room.last(id).ends_at.0, midnight + ends * SECOND / 1_000, "{case}");
        } else {
            assert_eq!(outcome, Err(Reject::LotClosed), "{case}");
        }
    }
}

#[test]
fn the_auction_houses_rule_moves_the_end_once_a_window() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.clock.extension = Extension::FromEnd;
        format.clock.extensions_max = Some(2);
    });
    let mut bid_at = |seconds: u64, party, price| {
        room.go(room.at(seconds));
        room.bid(id, party, price);
        (room.last(id).ends_at.0 - room.at(0).0) / SECOND
    };
    assert_eq!(bid_at(ENDS - 301, bo, 100_000), ENDS);
    assert_eq!(bid_at(ENDS - 300, cy, 101_000), ENDS + 300);
    // The same window again: its end has moved already.
    assert_eq!(bid_at(ENDS - 1, dee, 102_000), ENDS + 300);
    assert_eq!(bid_at(ENDS + 1, bo, 103_000), ENDS + 600);
    assert_eq!(bid_at(ENDS + 301, cy, 104_000), ENDS + 600, "twice, and no more");
}

#[test]
fn a_pause_leaves_three_hundred_seconds_at_least() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.go(room.at(ENDS - 120));
    room.market.floor.must(OPERATOR, Command::PauseLot(step_of(id)));
    room.refuses(cy, bid(id, 101_000), Reject::LotPaused);
    room.go(room.at(ENDS + 14_400));
    assert_eq!(room.lot(id).state, LotState::Paused);
    room.market.floor.must(OPERATOR, Command::ResumeLot(step_of(id)));
    assert_eq!(room.lot(id).ends_at, Timestamp(room.at(ENDS + 14_400 + 300).0));
    room.bid(id, cy, 101_000);
}

#[test]
fn maxima_bid_no_more_than_they_need() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    let lead = |room: &mut Room, party: Party, command: Command| {
        room.market.floor.must(party.user, command);
        let (number, price) = room.leads(id);
        let leader = [bo, cy, dee]
            .into_iter()
            .find(|party| room.number(id, *party) == number);
        (leader.unwrap().entity, price)
    };
    assert_eq!(
        lead(&mut room, bo, maximum(id, 150_000)),
        (bo.entity, 100_000),
        "alone: the start"
    );
    assert_eq!(lead(&mut room, cy, bid(id, 110_000)), (bo.entity, 111_000));
    assert_eq!(
        lead(&mut room, cy, maximum(id, 130_500)),
        (bo.entity, 131_000),
        "a step above the other's"
    );
    assert_eq!(
        lead(&mut room, cy, maximum(id, 140_000)),
        (bo.entity, 141_000),
        "raised, and outbid again"
    );
    assert_eq!(
        lead(&mut room, dee, maximum(id, 150_400)),
        (dee.entity, 150_400),
        "its own limit, below the next step"
    );
    room.refuses(dee, maximum(id, 150_400), Reject::MaximumLowered);
    room.refuses(dee, bid(id, 152_400), Reject::OwnBestBid);
    assert_eq!(
        lead(&mut room, dee, maximum(id, 987_654)),
        (dee.entity, 150_400),
        "nobody bids against itself"
    );
    // No maximum is told to anyone but its own bidder.
    for event in &room.market.floor.events {
        if !matches!(event.body, Event::Sealed(..)) {
            let told = format!("{:?}", event.body);
            let own = matches!(&event.body, Event::Record(changed) if matches!(changed.readers, protocol::Readers::Sealed(_)));
            assert!(own || !told.contains("987654"), "{told}");
        }
    }
}

#[test]
fn of_equal_maxima_the_earlier_wins_at_that_price() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 150_300));
    room.market.floor.must(cy.user, maximum(id, 150_300));
    assert_eq!(room.leads(id), (room.number(id, bo), 150_300));
    // A bid that only reaches the leader's maximum does not beat it.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 150_000));
    room.bid(id, cy, 150_000);
    assert_eq!(room.leads(id), (room.number(id, bo), 150_000));
    room.refuses(cy, bid(id, 150_000), Reject::BidBelowStep);
}

#[test]
fn a_holder_of_priority_answers_at_the_same_price() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.priority = vec![
            Ranked {
                entity: cy.entity,
                rank: 2,
            },
            Ranked {
                entity: dee.entity,
                rank: 1,
            },
        ];
    });
    room.bid(id, bo, 100_000);
    room.bid(id, cy, 100_000);
    assert_eq!(room.leads(id), (room.number(id, cy), 100_000));
    room.bid(id, dee, 100_000);
    assert_eq!(room.leads(id), (room.number(id, dee), 100_000), "the better rank");
    room.refuses(cy, bid(id, 100_000), Reject::PriorityMatched);
    room.refuses(bo, bid(id, 100_000), Reject::BidBelowStep);
    room.bid(id, bo, 101_000);
    room.bid(id, cy, 101_000);
    assert!(room.last(id).matched, "a new price, a new answer");
    assert_eq!(room.leads(id), (room.number(id, cy), 101_000));
}

#[test]
fn a_lot_is_ended_at_its_fixed_price() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let fixed = |terms: &mut AnnounceLot| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.buy_now = Some(yuan(150_000));
    };
    let id = room.open(ascending(100_000, 1_000), fixed);
    let buy = |lot| Command::BuyLot(BuyLot { lot });
    room.bid(id, bo, 150_000);
    room.refuses(cy, buy(id), Reject::BuyNowOver);
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), fixed);
    room.bid(id, bo, 120_000);
    room.market.floor.must(cy.user, buy(id));
    let lot = room.lot(id);
    assert_eq!((lot.state, lot.price), (LotState::Sold, Some(yuan(150_000))));
}

#[test]
fn a_falling_price_is_taken_at_what_it_is() {
    let vector = vectors("dutch");
    let number = |name: &str| vector[name].as_i64().unwrap();
    let format = Format::Descending(Descending {
        start: yuan(number("start")),
        step: yuan(number("step")),
        every_s: number("interval_s") as u32,
        floor: yuan(number("floor")),
        hold_s: 600,
    });
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(format.clone(), |_| {});
    let (seconds, tenths) = vector["accept_after_s"].to_string().split_once('.').map_or_else(
        || panic!("tenths of a second"),
        |(seconds, tenths)| (seconds.parse::<u64>().unwrap(), tenths.parse::<u64>().unwrap()),
    );
    let at = Timestamp(room.at(OPENS + seconds).0 + tenths * (SECOND / 10));
    room.go(Timestamp(at.0));
    room.refuses(cy, bid(id, number("out") - 1), Reject::BidBelowStart);
    room.bid(id, bo, number("start"));
    let lot = room.lot(id);
    assert_eq!((lot.state, lot.price), (LotState::Sold, Some(yuan(number("out")))));
    // Nobody takes it: it stands at the floor for ten minutes.
    let mut room = Room::new();
    let id = room.open(format, |_| {});
    let ends = room.at(OPENS + 15 * 60 + 600);
    room.tick(Timestamp(ends.0 - 1));
    assert_eq!(room.lot(id).state, LotState::Open);
    room.tick(ends);
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

pub(crate) fn seal(lot: LotId, number: u32, minor: i64, nonce: [u8; 32]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"IPX-SEAL-v1\0");
    for word in [lot.0, number.into(), minor as u64] {
        hash.update(word.to_be_bytes());
    }
    hash.update(nonce);
    Digest(hash.finalize().into())
}

#[test]
fn sealed_bids_are_opened_as_the_rule_book_says() {
    for case in vectors("second_price").as_array().unwrap() {
        for pays in [SealedPrice::Second, SealedPrice::First] {
            let reserve = case["reserve"].as_i64().unwrap();
            let bids: Vec<_> = case["bids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|bid| bid.as_i64().unwrap())
                .collect();
            let mut room = Room::new();
            let parties = room.bidders();
            let format = Format::Sealed(Sealed {
                start: yuan(100),
                pays,
                reveal_s: 3_600,
                penalty: yuan(4_000),
            });
            let id = room.open(format, |terms| terms.reserve = Some(yuan(reserve)));
            let commit = |room: &mut Room, party: Party, minor: i64| {
                let commitment = seal(id, room.number(id, party), minor, [7; 32]);
                let command = Command::CommitBid(Box::new(CommitBid { lot: id, commitment }));
                room.market.floor.must(party.user, command);
            };
            for (&minor, party) in bids.iter().zip(parties) {
                commit(&mut room, party, 1);
                commit(&mut room, party, minor);
            }
            assert_eq!((room.lot(id).best, room.lot(id).bids), (None, bids.len() as u32));
            let reveal = |minor: i64| {
                Command::RevealBid(Box::new(RevealBid {
                    lot: id,
                    price: yuan(minor),
                    nonce: Digest([7; 32]),
                }))
            };
            room.refuses(parties[0], reveal(bids[0]), Reject::NotRevealing);
            room.tick(room.at(ENDS));
            assert_eq!(room.lot(id).state, LotState::Revealing);
            room.refuses(parties[0], reveal(bids[0] + 1), Reject::RevealMismatch);
            for (&minor, party) in bids.iter().zip(parties) {
                room.market.floor.must(party.user, reveal(minor));
            }
            room.refuses(parties[0], reveal(bids[0]), Reject::AlreadyRevealed);
            room.tick(room.at(ENDS + 3_600));
            let lot = room.lot(id);
            let Some(out) = case["out"].as_array() else {
                // Below the reserve seller and best bidder may still agree.
                assert_eq!((lot.state, lot.price), (LotState::Negotiating, None), "{case}");
                continue;
            };
            let winner = parties[out[0].as_u64().unwrap() as usize];
            let price = match pays {
                SealedPrice::First => bids.iter().max().copied(),
                SealedPrice::Second => out[1].as_i64(),
            };
            assert_eq!((lot.state, lot.price), (LotState::Sold, price.map(yuan)), "{case}");
            assert_eq!(room.standing(id, winner).won, price.map(yuan), "{case}");
        }
    }
}

#[test]
fn who_does_not_reveal_loses_the_penalty() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let format = Format::Sealed(Sealed {
        start: yuan(100),
        pays: SealedPrice::First,
        reveal_s: 60,
        penalty: yuan(4_000),
    });
    let id = room.open(format, |_| {});
    let commitment = seal(id, room.number(id, bo), 500, [7; 32]);
    room.market
        .floor
        .must(bo.user, Command::CommitBid(Box::new(CommitBid { lot: id, commitment })));
    room.tick(room.at(ENDS));
    room.tick(room.at(ENDS + 60));
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!(room.cash(bo), (1_000_000_000 - 4_000, 0));
    assert_eq!(room.cash(cy), (1_000_000_000, 0));
}

#[test]
fn below_the_reserve_the_two_may_still_agree() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    assert!(room.lot(id).reserved);
    room.bid(id, bo, 150_000);
    room.tick(room.at(ENDS));
    assert_eq!(room.lot(id).state, LotState::Negotiating);
    let name = |minor: i64| {
        Command::NegotiateLot(NegotiateLot {
            lot: id,
            price: yuan(minor),
        })
    };
    let ana = room.market.ana;
    room.refuses_openly(cy, name(180_000), Reject::NotAParty);
    room.refuses_openly(bo, name(180_000), Reject::NothingOwed);
    room.refuses_openly(ana, name(149_999), Reject::AmountInvalid);
    room.market.floor.must(ana.user, name(180_000));
    room.market.floor.must(bo.user, name(180_000));
    assert_eq!(
        (room.lot(id).state, room.lot(id).price),
        (LotState::Sold, Some(yuan(180_000)))
    );
    room.deliver(id, bo);
    // Or they do not, and the deposit goes back.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 150_000);
    room.tick(day(2026, 3, 12).start());
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

#[test]
fn a_forfeited_deposit_goes_where_the_rule_book_says() {
    for case in vectors("forfeit").as_array().unwrap() {
        for refunds_excess in [false, true] {
            let number = |name: &str| case[name].as_i64().unwrap();
            let out = |name: &str| case["out"][name].as_i64().unwrap();
            let mut room = Room::new();
            let [bo, cy, _] = room.bidders();
            let deposit = |terms: &mut AnnounceLot| {
                terms.deposit = yuan(number("D"));
                terms.refunds_excess = refunds_excess;
            };
            let first = room.open(ascending(number("orig"), 1_000), deposit);
            room.bid(first, bo, number("orig"));
            room.tick(room.at(ENDS));
            // Five working days, and then it is late.
            room.tick(day(2026, 3, 12).start());
            assert_eq!(room.lot(first).state, LotState::Defaulted);
            assert_eq!(room.cash(bo).1, number("D"), "held until the resale");
            let mut again = room.terms(ascending(number("resale"), 1_000));
            again.after = Some(first);
            (again.qualifies_at, again.opens_at, again.closes_at) =
                (room.at(900_000), room.at(900_100), room.at(1_000_000));
            let resale = room.announce(&again);
            room.go(room.at(900_000));
            room.refuses(bo, enter(resale, bo), Reject::BarredDefaulter);
            room.enter(resale, cy);
            room.go(room.at(900_100));
            room.bid(resale, cy, number("resale"));
            room.tick(room.at(1_000_000));
            let settle = Command::SettleDefault(SettleDefault {
                lot: first,
                resale,
                costs: yuan(number("cost")),
            });
            refuses(&mut room.market.floor, OPERATOR, settle.clone(), Reject::ResaleInvalid);
            room.market.floor.must(cy.user, pay(resale));
            let ana = room.cash(room.market.ana).0;
            room.market.floor.must(OPERATOR, settle);
            let excess = out("debt_offset");
            let (debt, refund) = if refunds_excess { (0, excess) } else { (excess, 0) };
            assert_eq!(room.cash(room.market.ana).0 - ana, out("gap_paid") + debt, "{case}");
            assert_eq!(room.cash(bo), (1_000_000_000 - number("D") + refund, 0), "{case}");
            let told = room
                .market
                .floor
                .records(0)
                .into_iter()
                .rev()
                .find_map(|changed| match changed.record {
                    Record::Forfeit(forfeit) => Some(forfeit),
                    _ => None,
                });
            let told = told.unwrap();
            let minor = |amount: Amount| amount.money.minor();
            assert_eq!(
                [
                    minor(told.costs),
                    minor(told.gap),
                    minor(told.debt),
                    minor(told.refund),
                    minor(told.uncovered)
                ],
                [out("costs"), out("gap_paid"), debt, refund, out("uncovered")]
            );
        }
    }
}

/// A court's lot: a right valued at so much, announced a month before.
fn court(room: &mut Room, value: i64, start: i64) -> AnnounceLot {
    let valuation = RecordValuation {
        asset: room.market.right,
        basis: Basis::Agreed(NamedValue { amount: yuan(value) }),
        expires: day(2027, 3, 1),
        evidence: PAPER,
    };
    let Receipt::Deal(seq) = room
        .market
        .floor
        .must(OPERATOR, Command::RecordValuation(Box::new(valuation)))
    else {
        panic!()
    };
    let mut terms = room.terms(ascending(start, 1_000));
    let Format::Ascending(format) = &mut terms.format else {
        unreachable!()
    };
    format.maxima = false;
    terms.basis = LegalBasis::Judicial;
    terms.valuation = Some(protocol::ValuationId::from(seq));
    terms.deposit = yuan(start / 10);
    terms.opens_at = room.at(31 * 86_400);
    terms.closes_at = room.at(33 * 86_400);
    terms.court = Some(CourtSale {
        notified: day(2026, 2, 26),
        prior_claims: yuan(0),
        insisted: false,
    });
    terms
}

#[test]
fn a_court_s_floors_are_those_of_the_rule_book() {
    let vector = vectors("rounds");
    let number = |name: &str| vector[name].as_i64().unwrap();
    let pair = |name: &str| [vector[name][0].as_i64().unwrap(), vector[name][1].as_i64().unwrap()];
    let mut room = Room::new();
    let start = number("S1_min");
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    let low = court(&mut room, number("appraisal"), start - 1);
    refuses(&mut room.market.floor, OPERATOR, announce(&low), Reject::StartTooLow);
    let mut terms = court(&mut room, number("appraisal"), start);
    let [least, most] = pair("dep1");
    for (deposit, fits) in [(least - 1, false), (most + 1, false), (least, true)] {
        terms.deposit = yuan(deposit);
        if !fits {
            refuses(
                &mut room.market.floor,
                OPERATOR,
                announce(&terms),
                Reject::DepositOutOfRange,
            );
        }
    }
    let first = room.announce(&terms);
    room.tick(room.at(33 * 86_400));
    assert_eq!(room.lot(first).state, LotState::Unsold);
    // The second round, at four fifths of the first.
    let start = number("S2_min");
    let mut next = room.terms(ascending(start, 1_000));
    next.basis = LegalBasis::Judicial;
    let Format::Ascending(format) = &mut next.format else {
        unreachable!()
    };
    format.maxima = false;
    next.after = Some(first);
    next.court = terms.court;
    (next.qualifies_at, next.opens_at, next.closes_at) =
        (room.at(34 * 86_400), room.at(49 * 86_400), room.at(51 * 86_400));
    let [least, most] = pair("dep2");
    next.deposit = yuan(most + 1);
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&next),
        Reject::DepositOutOfRange,
    );
    next.deposit = yuan(least);
    let Format::Ascending(format) = &mut next.format else {
        unreachable!()
    };
    format.start = yuan(start - 1);
    refuses(&mut room.market.floor, OPERATOR, announce(&next), Reject::StartTooLow);
    let Format::Ascending(format) = &mut next.format else {
        unreachable!()
    };
    format.start = yuan(start);
    let second = room.announce(&next);
    assert_eq!(room.lot(second).round, 2);
    room.tick(room.at(51 * 86_400));
    // And the sell-off: sixty days at the second round's price, a day of bidding from the first bid on.
    let mut last = next.clone();
    last.format = Format::SellOff(SellOff {
        start: yuan(start),
        runs_s: 86_400,
        steps: steps(1_000),
        clock: COURTS,
    });
    last.after = Some(second);
    (last.qualifies_at, last.opens_at, last.closes_at) =
        (room.at(52 * 86_400), room.at(67 * 86_400), room.at(127 * 86_400));
    let last = room.announce(&last);
    assert_eq!(room.lot(last).round, 3);
    let [bo, cy, _] = room.bidders();
    room.go(room.at(60 * 86_400));
    room.enter(last, bo);
    room.enter(last, cy);
    room.go(room.at(100 * 86_400));
    room.bid(last, bo, start);
    assert_eq!(room.last(last).ends_at, room.at(101 * 86_400));
    room.bid(last, cy, start + 1_000);
    room.tick(room.at(101 * 86_400));
    let lot = room.lot(last);
    assert_eq!(
        (lot.state, lot.price, lot.buyer),
        (LotState::Sold, Some(yuan(start + 1_000)), Some(cy.entity))
    );
    // The ruling passes the title, whatever the register says.
    room.market.floor.must(cy.user, pay(last));
    room.market.floor.must(OPERATOR, Command::ServeRuling(step_of(last)));
    assert_eq!(room.lot(last).state, LotState::Delivered);
}

#[test]
fn the_creditor_sets_aside_what_its_claim_does_not_cover() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    for (claim, held) in [(4_000, 6_000), (10_000, 0), (99_000, 0)] {
        let mut room = Room::new();
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.creditor = Some(Creditor {
            entity: bo.entity,
            claim: yuan(claim),
        });
        let id = room.announce(&terms);
        room.go(terms.qualifies_at);
        room.enter(id, bo);
        room.enter(id, cy);
        assert_eq!((room.cash(bo).1, room.cash(cy).1), (held, 10_000));
    }
    let _ = &mut room;
}

#[test]
fn the_hammer_makes_an_auction_house_s_sale() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.basis = LegalBasis::AuctionLaw;
        terms.viewing_days = 2;
        terms.opens_at = Timestamp(terms.opens_at.0 + 6 * 86_400 * SECOND);
        terms.closes_at = Timestamp(terms.closes_at.0 + 6 * 86_400 * SECOND);
    });
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS + 6 * 86_400));
    assert_eq!(room.lot(id).state, LotState::Closed);
    room.refuses_openly(bo, pay(id), Reject::NotAParty);
    room.market.floor.must(OPERATOR, Command::ConfirmLot(step_of(id)));
    assert_eq!(room.lot(id).state, LotState::Sold);
    room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(id)));
    assert_eq!(room.lot(id).state, LotState::Annulled);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

#[test]
fn the_law_of_a_sale_forbids_what_the_rule_book_says() {
    for case in vectors("legal_basis").as_array().unwrap() {
        let mut room = Room::new();
        let dee = room.market.dee;
        let mut terms = match case["format"].as_str() {
            Some("sealed_second_price") => room.terms(Format::Sealed(Sealed {
                start: yuan(100_000),
                pays: SealedPrice::Second,
                reveal_s: 60,
                penalty: yuan(0),
            })),
            Some("descending") => room.terms(Format::Descending(Descending {
                start: yuan(100_000),
                step: yuan(1_000),
                every_s: 60,
                floor: yuan(50_000),
                hold_s: 60,
            })),
            None => court(&mut room, 100_000, 70_000),
            other => panic!("{other:?}"),
        };
        terms.basis = match case["basis"].as_str().unwrap() {
            "AUCTION_LAW" => LegalBasis::AuctionLaw,
            "JUDICIAL" => LegalBasis::Judicial,
            _ => LegalBasis::VenueRule,
        };
        if case["extension"] == "from_end" {
            let Format::Ascending(format) = &mut terms.format else {
                unreachable!()
            };
            format.clock.extension = Extension::FromEnd;
        }
        if case["priority_holder"] == true {
            terms.priority = vec![Ranked {
                entity: dee.entity,
                rank: 1,
            }];
        }
        let outcome = room.market.floor.try_(OPERATOR, Command::AnnounceLot(Box::new(terms)));
        let expected = if case["out"] == "ok" {
            Ok(())
        } else {
            Err(Reject::FormatForbidden)
        };
        assert_eq!(outcome.map(|_| ()), expected, "{case}");
    }
}

#[test]
fn every_fault_of_an_announcement_in_turn() {
    let mut room = Room::new();
    let (ana, bo) = (room.market.ana, room.market.bo);
    let shared = room.market.floor.right(ana.entity, "US9", |right| {
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    let mut last = None;
    let mut fault = |room: &mut Room, by: Party, reject: Reject, change: &dyn Fn(&mut AnnounceLot)| {
        assert!(last <= Some(reject), "{reject:?} comes before {last:?}");
        last = Some(reject);
        let mut terms = room.terms(ascending(100_000, 1_000));
        change(&mut terms);
        let command = Command::AnnounceLot(Box::new(terms));
        refuses(&mut room.market.floor, by.user, command, reject);
    };
    let nobody = protocol::EntityId(999);
    fault(&mut room, ana, Reject::UnknownEntity, &|terms| {
        terms.priority = vec![Ranked {
            entity: nobody,
            rank: 1,
        }];
    });
    fault(&mut room, ana, Reject::UnknownAccount, &|terms| {
        terms.account = protocol::AccountId(999)
    });
    fault(&mut room, ana, Reject::UnknownAsset, &|terms| {
        terms.assets = vec![AssetId(999)]
    });
    fault(&mut room, ana, Reject::UnknownLot, &|terms| {
        terms.after = Some(LotId(3))
    });
    let reader = room.market.floor.party(CODES[6], Roles::DATA_CONSUMER);
    fault(&mut room, reader, Reject::NotPermitted, &|_| {});
    fault(&mut room, ana, Reject::NotYourAccount, &|terms| {
        terms.account = bo.account
    });
    fault(&mut room, bo, Reject::NotTheOwner, &|terms| terms.account = bo.account);
    fault(&mut room, ana, Reject::FeesOutOfRange, &|terms| {
        terms.fees.premium = BasisPoints(10_001)
    });
    fault(&mut room, ana, Reject::LotOfRightsInvalid, &|terms| {
        terms.assets = vec![]
    });
    fault(&mut room, ana, Reject::AmountInvalid, &|terms| {
        terms.format = ascending(0, 1_000)
    });
    fault(&mut room, ana, Reject::CoOwnerConsent, &|terms| {
        terms.assets = vec![shared]
    });
    fault(&mut room, ana, Reject::StepsInvalid, &|terms| {
        terms.format = ascending(100_000, 0)
    });
    fault(&mut room, ana, Reject::LotTimesInvalid, &|terms| {
        terms.closes_at = terms.opens_at
    });
    for days in [0, 367] {
        fault(&mut room, ana, Reject::LotTimesInvalid, &|terms| {
            terms.payment_days = days;
        });
    }
    fault(&mut room, ana, Reject::NoticeTooShort, &|terms| {
        terms.basis = LegalBasis::AuctionLaw
    });
    fault(&mut room, ana, Reject::DepositOutOfRange, &|terms| {
        terms.creditor = Some(Creditor {
            entity: bo.entity,
            claim: yuan(i64::MIN),
        });
    });
    fault(&mut room, ana, Reject::DepositOutOfRange, &|terms| {
        terms.deposit = Amount::new(protocol::Currency::Usd, Money::ZERO)
    });
    fault(&mut room, ana, Reject::RanksInvalid, &|terms| {
        terms.priority = vec![Ranked {
            entity: bo.entity,
            rank: 0,
        }];
    });
    fault(&mut room, ana, Reject::ReserveInvalid, &|terms| {
        terms.reserve = Some(yuan(100_000))
    });
}

#[test]
fn every_fault_of_a_bidder_in_turn() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let ana = room.market.ana;
    let terms = room.terms(ascending(100_000, 1_000));
    let id = room.announce(&terms);
    let poor = room.market.floor.party(CODES[6], Roles::TRADER);
    let reader = room.market.floor.party(CODES[7], Roles::DATA_CONSUMER);
    let nothing = LotId(3);
    room.refuses(bo, enter(nothing, bo), Reject::UnknownLot);
    room.refuses(reader, enter(id, reader), Reject::NotPermitted);
    room.refuses(bo, enter(id, cy), Reject::NotYourAccount);
    room.refuses(poor, enter(id, poor), Reject::InsufficientCash);
    room.market.floor.cash_in(ana.account, 100_000);
    room.refuses(ana, enter(id, ana), Reject::BarredParty);
    room.go(Timestamp(terms.qualifies_at.0 - 1));
    room.refuses(bo, enter(id, bo), Reject::NotOpen);
    room.enter(id, bo);
    room.enter(id, cy);
    room.refuses(bo, enter(id, bo), Reject::AlreadyEntered);
    room.refuses(dee, bid(id, 100_000), Reject::NotQualified);
    room.refuses(bo, bid(id, 100_000), Reject::NotOpen);
    room.go(terms.opens_at);
    room.refuses(bo, bid(id, 99_999), Reject::BidBelowStart);
    room.bid(id, bo, 100_000);
    room.refuses(cy, bid(id, 100_999), Reject::BidBelowStep);
    room.refuses(cy, bid(id, 101_500), Reject::BidOffGrid);
    room.refuses(bo, bid(id, 101_000), Reject::OwnBestBid);
    // Late by a nanosecond; and a nanosecond before it is not.
    room.go(Timestamp(room.at(ENDS).0 - 1));
    room.bid(id, cy, 101_000);
    let ends = room.last(id).ends_at;
    assert_eq!(ends.0, room.at(ENDS).0 - 1 + 300 * SECOND);
    room.go(ends);
    room.refuses_after(bo, bid(id, 102_000), Reject::LotClosed);
    assert_eq!(room.lot(id).price, Some(yuan(101_000)));
    // After a withdrawal.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(ana.user, Command::WithdrawLot(step_of(id)));
    room.refuses(bo, bid(id, 100_000), Reject::LotClosed);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

impl Room {
    /// What is refused in the command that brings the close with it.
    fn refuses_after(&mut self, party: Party, command: Command, reject: Reject) {
        assert_eq!(self.market.floor.try_(party.user, command), Err(reject));
    }
}

/// Before the close nobody but the bidder hears anything of it: not where two of its users decide together either.
#[test]
fn a_bidder_is_nobody_s_business_before_the_close() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let second = RegisterUser {
        entity: dee.entity,
        roles: Roles::TRADER,
    };
    let Receipt::User(second) = room.market.floor.must(OPERATOR, Command::RegisterUser(second)) else {
        panic!()
    };
    let dual = SetDualControl { required: true };
    room.market.floor.must(dee.user, Command::SetDualControl(dual));
    let terms = room.terms(ascending(100_000, 1_000));
    let id = room.announce(&terms);
    let first = room.market.floor.events.len();
    room.go(terms.qualifies_at);
    room.enter(id, bo);
    room.enter(id, cy);
    let propose = |room: &mut Room, command: &Command| {
        let encoded = Encoded(encode_alone(command));
        let proposed = room
            .market
            .floor
            .must(dee.user, Command::Propose(Box::new(Propose { encoded })));
        let Receipt::Deal(proposal) = proposed else { panic!() };
        let proposal = ProposalId::from(proposal);
        room.market.floor.must(second, Command::Approve(Approve { proposal }));
    };
    propose(&mut room, &enter(id, dee));
    room.go(terms.opens_at);
    room.bid(id, bo, 100_000);
    room.refuses(cy, bid(id, 100_500), Reject::BidBelowStep);
    propose(&mut room, &bid(id, 101_000));
    room.market.floor.must(cy.user, maximum(id, 150_000));
    for event in &room.market.floor.events[first..] {
        let sealed = match &event.body {
            Event::Sealed(..) => true,
            Event::Record(changed) => matches!(changed.readers, Readers::Sealed(_)),
            Event::Public(PublicEvent::LotBid(_)) => true,
            Event::Public(PublicEvent::Notice(notice)) => matches!(**notice, Notice::Lot(_)),
            Event::Public(_) | Event::Private(..) | Event::Staff(_) => false,
        };
        assert!(sealed, "{event:?}");
    }
    // With the close the venue may know.
    let first = room.market.floor.events.len();
    room.tick(room.at(ENDS));
    let told = &room.market.floor.events[first..];
    let disclosed = |event: &&protocol::Stamped<Event>| matches!(event.body, Event::Staff(protocol::StaffEvent::LotDisclosed { lot }) if lot == id);
    assert_eq!(told.iter().filter(disclosed).count(), 1);
    let open = |event: &&protocol::Stamped<Event>| {
        matches!(&event.body, Event::Record(changed)
            if matches!((&changed.record, &changed.readers), (Record::Bidder(_), Readers::Only(_))))
    };
    assert_eq!(told.iter().filter(open).count(), 3);
}

/// What nobody could pay is no price of a lot, wherever it is named, and the greatest breaks nothing on its way to the buyer.
#[test]
fn a_price_is_an_amount_that_the_venue_could_hold() {
    let wrong = [i64::MAX, LOT_PRICE_MAX + 1, 0, -1, i64::MIN];
    let dearest = |terms: &mut AnnounceLot| {
        terms.fees.premium = BasisPoints(10_000);
        terms.fees.seller = BasisPoints(10_000);
        terms.reserve = Some(yuan(LOT_PRICE_MAX));
    };
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let ana = room.market.ana;
    let id = room.open(ascending(100_000, 1_000), dearest);
    for wrong in wrong {
        room.refuses(bo, bid(id, wrong), Reject::AmountInvalid);
        room.refuses(bo, maximum(id, wrong), Reject::AmountInvalid);
    }
    room.market.floor.must(bo.user, maximum(id, LOT_PRICE_MAX));
    room.market.floor.must(cy.user, maximum(id, LOT_PRICE_MAX));
    assert_eq!(room.leads(id), (room.number(id, bo), LOT_PRICE_MAX));
    room.tick(room.at(ENDS));
    let owes = room.standing(id, bo).owes.expect("it bought");
    assert_eq!(owes, yuan(2 * LOT_PRICE_MAX - 10_000));

    // Agreed between two.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), dearest);
    room.bid(id, bo, 150_000);
    room.tick(room.at(ENDS));
    for wrong in wrong {
        let price = yuan(wrong);
        let ask = Command::NegotiateLot(NegotiateLot { lot: id, price });
        room.refuses_openly(ana, ask, Reject::AmountInvalid);
    }

    // Sealed.
    let mut room = Room::new();
    let format = Format::Sealed(Sealed {
        start: yuan(100),
        pays: SealedPrice::Second,
        reveal_s: 60,
        penalty: yuan(4_000),
    });
    let id = room.open(format, dearest);
    let commitment = seal(id, room.number(id, bo), LOT_PRICE_MAX, [7; 32]);
    let commit = Command::CommitBid(Box::new(CommitBid { lot: id, commitment }));
    room.market.floor.must(bo.user, commit);
    room.tick(room.at(ENDS));
    let reveal = |minor: i64| {
        let (price, nonce) = (yuan(minor), Digest([7; 32]));
        Command::RevealBid(Box::new(RevealBid { lot: id, price, nonce }))
    };
    for wrong in wrong {
        room.refuses(bo, reveal(wrong), Reject::AmountInvalid);
    }
    room.market.floor.must(bo.user, reveal(LOT_PRICE_MAX));
    room.tick(room.at(ENDS + 60));
    assert_eq!(room.standing(id, bo).won, Some(yuan(LOT_PRICE_MAX)));
}
