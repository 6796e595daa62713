//! What an outage does to lots in each of their states: what was open stands still, what ran out meanwhile is given
//! back, and what had ended before stays ended.

use crate::floor::{
    OPERATOR,
    room::{ENDS, OPENS, Room, ascending, bid, pay, seal, step_of},
    yuan,
};
use protocol::{
    Command, LotId, Reject, Timestamp, UserId,
    auction::{CommitBid, Descending, Format, LotState, NegotiateLot, RevealBid, Sealed, SealedPrice},
    command::ClientKey,
    control::{Encoded, Propose},
    time::SECOND,
    wire::encode_alone,
};

/// Ten minutes.
const WHILE: u64 = 600;

impl Room {
    /// The venue is down between these two moments.
    fn outage(&mut self, from: u64, to: u64) {
        let down_from = self.at(from);
        self.go(self.at(to));
        self.market.floor.must(OPERATOR, Command::Resumed { down_from });
    }

    fn state(&self, id: LotId) -> LotState {
        self.lot(id).state
    }

    /// Resumes a paused lot at this moment; when it ends then.
    fn resumed(&mut self, id: LotId, at: u64) -> Timestamp {
        assert_eq!(self.state(id), LotState::Paused);
        self.go(self.at(at));
        self.market.floor.must(OPERATOR, Command::ResumeLot(step_of(id)));
        assert_eq!(self.state(id), LotState::Open);
        self.lot(id).ends_at
    }
}

fn rising() -> Format {
    ascending(100_000, 1_000)
}

#[test]
fn what_was_open_in_an_outage_stands_still_with_what_it_had_left() {
    // When it began and ended, and what the lot has left: its end in it, its end near it, its end far away, its end as
    // it comes back.
    for (from, to, left) in [
        (ENDS - 10, ENDS + 60, 300),
        (ENDS - 400, ENDS + 60, 400),
        (ENDS - 500, ENDS - 1, 500),
        (OPENS + 60, OPENS + 61, ENDS - OPENS - 60),
        (ENDS - 301, ENDS, 301),
    ] {
        let mut room = Room::new();
        let [bo, cy, dee] = room.bidders();
        let id = room.open(rising(), |_| {});
        room.bid(id, bo, 100_000);
        room.outage(from, to);
        assert_eq!(room.state(id), LotState::Paused, "{from} to {to}");
        room.refuses(cy, bid(id, 200_000), Reject::LotPaused);
        // However long nobody resumes it, it does not end.
        room.tick(room.at(to + 3 * OPENS));
        assert_eq!(room.state(id), LotState::Paused);
        let resumed = to + 4 * OPENS;
        let ends = room.resumed(id, resumed);
        assert_eq!(ends, room.at(resumed + left), "{from} to {to}");
        assert_eq!(
            (room.cash(dee).1, room.leads(id)),
            (10_000, (room.number(id, bo), 100_000))
        );
        room.bid(id, cy, 101_000);
        room.tick(room.last(id).ends_at);
        assert_eq!(
            (room.state(id), room.lot(id).price),
            (LotState::Sold, Some(yuan(101_000)))
        );
    }
}

#[test]
fn a_late_bid_s_end_counts_and_not_the_one_that_was_announced() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |_| {});
    room.go(room.at(ENDS - 100));
    room.bid(id, bo, 100_000);
    // Its deadline still stands at the announced end; the bid moved the end to 200 seconds after it.
    room.outage(ENDS + 50, ENDS + 250);
    assert_eq!(room.resumed(id, ENDS + 1_000), room.at(ENDS + 1_000 + 300));
}

#[test]
fn what_ended_before_an_outage_stays_ended() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |_| {});
    room.bid(id, bo, 100_000);
    room.outage(ENDS, ENDS + 60);
    assert_eq!(
        room.state(id),
        LotState::Sold,
        "half-open: it had ended as the outage began"
    );
    assert!(!room.market.floor.exchange.has_lots_on(Timestamp(0)));
}

#[test]
fn a_lot_that_would_have_opened_meanwhile_is_paused_with_all_its_time() {
    for early in [false, true] {
        let mut room = Room::new();
        let mut terms = room.terms(rising());
        if early {
            // Not even deposits were taken yet.
            terms.qualifies_at = room.at(OPENS - 5);
        }
        let id = room.announce(&terms);
        room.go(room.at(OPENS - 20));
        assert!(!room.market.floor.exchange.has_lots_on(Timestamp(0)));
        assert!(room.market.floor.exchange.has_lots_on(room.at(OPENS)));
        room.outage(OPENS - 10, OPENS + WHILE);
        let ends = room.resumed(id, OPENS + WHILE + 30);
        assert_eq!(ends, room.at(ENDS + WHILE + 30));
        let [bo, ..] = room.bidders();
        room.enter(id, bo);
        room.bid(id, bo, 100_000);
    }
    // One that lies ahead does not hear of it, nor one that is paused already.
    let mut room = Room::new();
    let id = room.open(rising(), |_| {});
    room.market.floor.at = room.at(OPENS - 100).0;
    room.outage(OPENS - 90, OPENS - 1);
    assert_eq!(room.state(id), LotState::Qualifying);
    room.go(room.at(ENDS - 700));
    room.market.floor.must(OPERATOR, Command::PauseLot(step_of(id)));
    room.outage(ENDS - 20, ENDS + 20);
    assert_eq!(room.resumed(id, ENDS + 60), room.at(ENDS + 60 + 700));
}

#[test]
fn a_falling_price_stands_still_from_the_outage_on() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let format = Format::Descending(Descending {
        start: yuan(100_000),
        step: yuan(1_000),
        every_s: 60,
        floor: yuan(50_000),
        hold_s: 600,
    });
    let id = room.open(format, |_| {});
    // Ten steps down, then it is down for twenty, and waits for ten more.
    room.outage(OPENS + 600, OPENS + 1_800);
    room.resumed(id, OPENS + 2_400);
    room.refuses(bo, bid(id, 89_999), Reject::BidBelowStart);
    room.bid(id, bo, 95_000);
    assert_eq!(room.leads(id).1, 90_000);
}

/// One that would have begun in the outage begins as it is resumed, at its start.
#[test]
fn a_falling_price_that_would_have_begun_in_an_outage_begins_afterwards() {
    let format = Format::Descending(Descending {
        start: yuan(100_000),
        step: yuan(1_000),
        every_s: 60,
        floor: yuan(50_000),
        hold_s: 600,
    });
    for (waited, price) in [(0, 100_000), (59, 100_000), (60, 99_000), (600, 90_000)] {
        let mut room = Room::new();
        let [bo, ..] = room.bidders();
        let id = room.open(format.clone(), |_| {});
        room.market.floor.at = room.at(OPENS - 100).0;
        room.outage(OPENS - 90, OPENS + WHILE);
        assert_eq!(room.resumed(id, OPENS + 2_400), room.at(OPENS + 2_400 + 50 * 60 + 600));
        room.go(Timestamp(room.at(OPENS + 2_400 + waited).0 + 10));
        room.refuses(bo, bid(id, price - 1), Reject::BidBelowStart);
        room.bid(id, bo, price);
        assert_eq!(room.leads(id).1, price, "{waited}");
    }
}

fn sealed() -> Format {
    Format::Sealed(Sealed {
        start: yuan(100),
        pays: SealedPrice::First,
        reveal_s: 1_000,
        penalty: yuan(5_000),
    })
}

#[test]
fn who_could_not_reveal_has_the_time_again() {
    // The outage, and until when bids may be revealed: what it took, or 300 seconds.
    for (from, to, until) in [
        (ENDS + 100, ENDS + 300, ENDS + 1_200),
        (ENDS + 900, ENDS + 5_000, ENDS + 5_300),
        (ENDS + 990, ENDS + 995, ENDS + 1_295),
    ] {
        let mut room = Room::new();
        let [bo, ..] = room.bidders();
        let id = room.open(sealed(), |_| {});
        let (number, nonce) = (room.number(id, bo), [3; 32]);
        let commitment = seal(id, number, 500, nonce);
        let commit = CommitBid { lot: id, commitment };
        room.market.floor.must(bo.user, Command::CommitBid(Box::new(commit)));
        room.tick(room.at(ENDS));
        assert_eq!(room.state(id), LotState::Revealing);
        room.outage(from, to);
        assert_eq!(room.state(id), LotState::Revealing);
        room.tick(Timestamp(room.at(until).0 - 10));
        let reveal = RevealBid {
            lot: id,
            price: yuan(500),
            nonce: protocol::Digest(nonce),
        };
        room.market.floor.must(bo.user, Command::RevealBid(Box::new(reveal)));
        assert_eq!(room.state(id), LotState::Revealing);
        room.tick(room.at(until));
        // The deposit covers the price.
        assert_eq!((room.state(id), room.lot(id).price), (LotState::Paid, Some(yuan(500))));
    }
}

#[test]
fn a_buyer_who_could_not_pay_has_until_the_end_of_the_day() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    let last = room.standing(id, bo).pay_by.unwrap();
    let late = last.next();
    // An outage that is over in time changes nothing.
    let second = |at: Timestamp| (at.0 - room.at(0).0) / SECOND;
    let due = second(late.start());
    room.outage(due - 3_600, due - 1);
    assert_eq!(room.standing(id, bo).pay_by, Some(last));
    assert!(!room.market.floor.exchange.has_lots_on(room.at(due - 1)));
    assert!(room.market.floor.exchange.has_lots_on(room.at(due)));
    room.outage(due - 60, due + 9 * 3_600);
    assert_eq!(room.standing(id, bo).pay_by, Some(late));
    room.tick(Timestamp(late.next().start().0 - 10));
    assert_eq!(room.state(id), LotState::Sold);
    room.market.floor.must(bo.user, pay(id));
    assert_eq!(room.state(id), LotState::Paid);
}

#[test]
fn a_buyer_who_does_not_pay_after_it_defaults_a_day_later() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    let late = room.standing(id, bo).pay_by.unwrap().next();
    let due = (late.start().0 - room.at(0).0) / SECOND;
    room.outage(due - 60, due);
    room.tick(late.next().start());
    assert_eq!(room.state(id), LotState::Defaulted);
    // Too late: it was due before that outage began.
    let mut room = Room::new();
    let id = room.open(rising(), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    room.outage(due, due + 60);
    assert_eq!(room.state(id), LotState::Defaulted);
}

#[test]
fn who_negotiates_has_until_the_end_of_the_day() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    assert_eq!(room.state(id), LotState::Negotiating);
    let due = (0..)
        .map(|day| room.at(ENDS).venue_date().next().start().0 + day * 86_400 * SECOND)
        .find(|at| room.market.floor.exchange.has_lots_on(Timestamp(*at)))
        .map(|at| (at - room.at(0).0) / SECOND)
        .unwrap();
    room.outage(due - 60, due + 60);
    assert_eq!(room.state(id), LotState::Negotiating);
    let price = yuan(150_000);
    let agree = Command::NegotiateLot(NegotiateLot {
        lot: id,
        price: Some(price),
    });
    room.market.floor.must(room.market.ana.user, agree.clone());
    room.market.floor.must(bo.user, agree);
    assert_eq!(room.state(id), LotState::Sold);
}

#[test]
fn nobody_but_the_sequencer_says_so() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |_| {});
    room.bid(id, bo, 100_000);
    let resumed = Command::Resumed {
        down_from: Timestamp(0),
    };
    room.refuses_openly(bo, resumed.clone(), Reject::NotPermitted);
    let named = ClientKey {
        id: [1; 16],
        body: [2; 8],
    };
    let answer = room.market.floor.ask(OPERATOR, Some(named), resumed.clone());
    assert_eq!(answer.outcome, protocol::Outcome::Rejected(Reject::NotPermitted));
    let encoded = Encoded(encode_alone(&resumed));
    let propose = Command::Propose(Box::new(Propose { encoded }));
    assert_eq!(room.market.floor.try_(OPERATOR, propose), Err(Reject::NotProposable));
    assert_eq!(room.state(id), LotState::Open);
    // A time to come counts as now.
    let later = Command::Resumed {
        down_from: Timestamp::NEVER,
    };
    room.market.floor.must(OPERATOR, later);
    assert_eq!(room.state(id), LotState::Paused);
    // Before its first rules a venue has nothing that could stand still.
    let mut empty = crate::floor::Floor::<engine::book::FastBook>::of(engine::Exchange::new());
    assert_eq!(
        empty.ask(UserId(0), None, resumed).outcome,
        protocol::Outcome::Rejected(Reject::NoEpoch)
    );
}
