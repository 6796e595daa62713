//! What an outage does to lots in each of their states: what was open stands still, what ran out meanwhile is given
//! back, and what had ended before stays ended.

use crate::{
    floor::{
        Floor, OPERATOR, day, just_before,
        room::{ENDS, OPENS, Room, ascending, bid, pause, pay, seal, step_of},
        sales::PAPER,
        titles::{dues, market, title, trademark},
        yuan,
    },
    lots_of_units::asked_for,
    ways_out::lot_in,
};
use engine::book::FastBook;
use protocol::{
    Command, Date, EntityId, Event, LotId, Notice, ProposalId, PublicEvent, Receipt, Record, Reject, Timestamp, UserId,
    auction::{
        CommitBid, Descending, Format, LotState, NegotiateLot, Pause, PauseGround, PauseLot, RevealBid, Sealed,
        SealedPrice,
    },
    command::ClientKey,
    control::{Approve, Encoded, ProposalState, Propose},
    party::{RegisterUser, Roles},
    time::{DAY, SECOND},
    title::AssetState,
    wire::encode_alone,
};

/// Ten minutes.
const WHILE: u64 = 600;

impl Room {
    /// The venue stood still for a moment, between these two.
    fn stall(&mut self, from: u64, to: u64) {
        let down_from = self.at(from);
        self.go(self.at(to));
        self.market.floor.must(OPERATOR, Command::Stalled { down_from });
    }

    /// What everybody was told of standstills near this lot's end: which one it was, and when the lot ends since then.
    fn outages(&self, id: LotId) -> Vec<(u32, Option<Timestamp>)> {
        let told = self.market.floor.events.iter().filter_map(|event| match &event.body {
            Event::Public(PublicEvent::Notice(notice)) => match **notice {
                Notice::LotOutage(outage) if outage.lot == id => Some((outage.count, outage.ends_at)),
                _ => None,
            },
            _ => None,
        });
        told.collect()
    }

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
fn everybody_is_told_why_a_lot_stands_still_and_since_when() {
    let mut room = Room::new();
    let id = room.open(rising(), |_| {});
    assert_eq!(room.lot(id).pause, None);
    room.outage(OPENS + 60, OPENS + 90);
    let outage = Pause {
        ground: PauseGround::Outage,
        since: room.at(OPENS + 60),
        evidence: None,
    };
    assert_eq!(room.lot(id).pause, Some(outage));
    room.resumed(id, OPENS + 100);
    assert_eq!(room.lot(id).pause, None, "it goes on");
    for (said, ground) in [
        (None, PauseGround::Venue),
        (Some(PauseGround::Court), PauseGround::Court),
        (Some(PauseGround::Outage), PauseGround::Outage),
    ] {
        let asked = PauseLot {
            lot: id,
            ground: said,
            evidence: PAPER,
        };
        room.market.floor.must(OPERATOR, Command::PauseLot(Box::new(asked)));
        let pause = room.lot(id).pause.expect("it is paused");
        assert_eq!(
            (pause.ground, pause.since, pause.evidence),
            (ground, Timestamp(room.market.floor.at), Some(PAPER))
        );
        room.market.floor.must(OPERATOR, Command::ResumeLot(step_of(id)));
    }
    // Taken back while it stood still, it does not any more.
    room.market.floor.must(OPERATOR, pause(id));
    room.market.floor.must(OPERATOR, Command::WithdrawLot(step_of(id)));
    assert_eq!((room.state(id), room.lot(id).pause), (LotState::Withdrawn, None));
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
    room.market.floor.must(OPERATOR, pause(id));
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
fn a_buyer_who_could_not_pay_has_until_the_next_working_day_has_ended() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    let last = room.standing(id, bo).pay_by.unwrap();
    let late = last.next().next();
    // An outage that is over in time changes nothing.
    let due = (last.next().start().0 - room.at(0).0) / SECOND;
    let asked = |room: &Room, from, until| {
        let exchange = &room.market.floor.exchange;
        exchange.has_steps_due(room.at(from), room.at(until))
    };
    // Over an hour before, or sooner and short.
    for (from, until) in [(due - 36_000, due - 3_601), (due - 13, due - 7)] {
        assert!(!asked(&room, from, until));
        room.outage(from, until);
        assert_eq!(room.standing(id, bo).pay_by, Some(last));
    }
    assert!(asked(&room, due - 36_000, due - 3_600) && asked(&room, due - 12, due - 6));
    assert!(asked(&room, due - 1, due) && !asked(&room, due, due + 36_000));
    room.outage(due - 60, due + 9 * 3_600);
    assert_eq!(room.standing(id, bo).pay_by, Some(late));
    assert_eq!(room.lot(id).step_by, Some(late));
    room.tick(Timestamp(late.next().start().0 - 10));
    assert_eq!(room.state(id), LotState::Sold);
    room.market.floor.must(bo.user, pay(id));
    assert_eq!(room.state(id), LotState::Paid);
}

#[test]
fn nobody_has_but_the_last_second_of_an_evening_after_an_outage() {
    // A Wednesday's, and a Friday's last hour: on the day itself, and as it has just ended.
    for (days, took) in [(0, 1), (0, 1_800), (2, 1), (2, 1_800)] {
        for ends in [0, 1_800] {
            let mut room = Room::new();
            let [bo, ..] = room.bidders();
            let id = room.open(rising(), |terms| terms.payment_days += days);
            room.bid(id, bo, 100_000);
            room.tick(room.at(ENDS));
            let last = room.standing(id, bo).pay_by.unwrap();
            let due = (last.next().start().0 - room.at(0).0) / SECOND;
            room.outage(due - took - 1 + ends, due - 1 + ends);
            // It was late before the outage began.
            if took < ends {
                assert_eq!(room.state(id), LotState::Defaulted);
                continue;
            }
            let mut again = Timestamp(room.market.floor.at).venue_date().next();
            while again.weekday() > 4 {
                again = again.next();
            }
            assert_eq!(room.standing(id, bo).pay_by, Some(again), "{last} {took} {ends}");
            room.tick(Timestamp(again.next().start().0 - 10));
            room.market.floor.must(bo.user, pay(id));
            assert_eq!(room.state(id), LotState::Paid);
        }
    }
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
    room.tick(Timestamp(late.next().next().start().0 - 2));
    assert_eq!(room.state(id), LotState::Sold);
    room.tick(late.next().next().start());
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
fn who_negotiates_has_until_the_next_working_day_has_ended() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(rising(), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    assert_eq!(room.state(id), LotState::Negotiating);
    let last = room.lot(id).step_by.unwrap();
    let due = (last.next().start().0 - room.at(0).0) / SECOND;
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

/// RULES.md 2.6: a bid that was sent in time is not late because the venue stood still for a moment.
#[test]
fn a_moment_near_a_lots_end_gives_it_five_minutes_and_the_third_time_calls_the_operator() {
    // A moment, and whether an end at `ENDS` was near: within ten seconds of its end, and not over as it began.
    for (from, to, near) in [
        (ENDS - 12, ENDS - 11, false),
        (ENDS - 11, ENDS - 10, true),
        (ENDS - 1, ENDS + 1, true),
        (ENDS, ENDS + 1, false),
    ] {
        let mut room = Room::new();
        let [bo, cy, _] = room.bidders();
        let id = room.open(rising(), |_| {});
        room.bid(id, bo, 100_000);
        let spans = room.market.floor.exchange.has_lots_ending(room.at(from), room.at(to));
        assert_eq!(spans, near, "{from} to {to}");
        room.stall(from, to);
        if !near {
            assert_eq!(room.outages(id), []);
            continue;
        }
        let ends = room.at(to + 300);
        assert_eq!((room.state(id), room.lot(id).ends_at), (LotState::Open, ends));
        assert_eq!(room.outages(id), [(1, Some(ends))]);
        room.bid(id, cy, 101_000);
        room.stall(to + 297, to + 298);
        assert_eq!(room.lot(id).ends_at, room.at(to + 598));
        room.stall(to + 597, to + 599);
        assert_eq!(room.state(id), LotState::Paused);
        room.refuses(bo, bid(id, 102_000), Reject::LotPaused);
        let told: Vec<u32> = room.outages(id).iter().map(|told| told.0).collect();
        assert_eq!((told, room.outages(id)[2].1), (vec![1, 2, 3], None));
        assert_eq!(room.resumed(id, to + 1_000), room.at(to + 1_300));
        room.tick(room.at(to + 1_300));
        assert_eq!(room.state(id), LotState::Sold);
    }
    // Who reveals has the five minutes too.
    let mut room = Room::new();
    let id = room.open(sealed(), |_| {});
    let [bo, ..] = room.bidders();
    let commitment = seal(id, room.number(id, bo), 500, [3; 32]);
    let commit = CommitBid { lot: id, commitment };
    room.market.floor.must(bo.user, Command::CommitBid(Box::new(commit)));
    room.tick(room.at(ENDS));
    room.stall(ENDS + 998, ENDS + 999);
    assert_eq!(room.outages(id), [(1, Some(room.at(ENDS + 1_299)))]);
    room.tick(room.at(ENDS + 1_298));
    assert_eq!(room.state(id), LotState::Revealing);
    // Nobody says it of the venue but the venue.
    let by_a_bidder = Command::Stalled { down_from: room.at(0) };
    room.refuses_openly(bo, by_a_bidder, Reject::NotPermitted);
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

#[test]
fn a_right_does_not_lapse_in_an_outage() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let due = floor.right(ana.entity, "DUE", |right| right.due = Some(day(2026, 7, 1)));
    floor.until(day(2026, 7, 2));
    let lapses = title(&floor, due).lapses.unwrap();
    floor.at = lapses.start().0 + 3_600 * SECOND - 1;
    let down_from = Timestamp(lapses.start().0 - 1);
    floor.must(OPERATOR, Command::Resumed { down_from });
    // The day on which the venue came back is New Year's Saturday: until Monday has ended.
    let again = day(2027, 1, 5);
    assert_eq!((lapses, title(&floor, due).lapses), (day(2027, 1, 2), Some(again)));
    just_before(&mut floor, again);
    floor.must(OPERATOR, Command::Tick);
    assert!(title(&floor, due).state != AssetState::Expired);
    floor.until(again);
    assert_eq!(title(&floor, due).state, AssetState::Expired);
}

#[test]
fn dues_are_not_late_by_an_outage_but_a_mark_s_term_ends() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let due = day(2026, 7, 1);
    let patent = floor.right(ana.entity, "DUE", |right| right.due = Some(due));
    let paid = floor.right(ana.entity, "PAID", |right| right.due = Some(day(2026, 7, 8)));
    let mark = floor.right(ana.entity, "MARK", |right| {
        trademark(right);
        right.asset.expires = Some(due.next());
        right.due = Some(due);
    });
    floor.at = due.next().start().0 + 3_600 * SECOND - 1;
    let down_from = Timestamp(due.next().start().0 - 1);
    floor.must(OPERATOR, Command::Resumed { down_from });
    let told = |floor: &Floor<FastBook>, right| (title(floor, right).due, title(floor, right).late);
    assert_eq!(told(&floor, patent), (Some(due), false));
    assert_eq!(told(&floor, mark), (Some(due), true));
    // Until the next working day, a Friday, has ended.
    just_before(&mut floor, day(2026, 7, 4));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(told(&floor, patent), (Some(due), false));
    floor.until(day(2026, 7, 4));
    assert_eq!(told(&floor, patent), (Some(due), true));
    // The grace is counted from the day on which they were owed.
    assert_eq!(title(&floor, patent).lapses, Some(day(2027, 1, 2)));

    // What came in meanwhile is not late on the day that was given.
    floor.at = day(2026, 7, 9).start().0 + SECOND;
    let down_from = Timestamp(day(2026, 7, 9).start().0 - 1);
    floor.must(OPERATOR, Command::Resumed { down_from });
    let next = Some(day(2026, 7, 10));
    floor.must(OPERATOR, dues(paid, next, None));
    floor.until(day(2026, 7, 10));
    assert_eq!(told(&floor, paid), (next, false));
    floor.until(day(2026, 7, 11));
    assert_eq!(told(&floor, paid), (next, true));
}

#[test]
fn dues_that_came_in_are_late_by_no_outage_over_the_day_on_which_they_were_owed() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (due, next) = (day(2026, 7, 1), day(2027, 7, 1));
    let right = floor.right(ana.entity, "PAID", |right| right.due = Some(due));
    floor.until(due);
    floor.must(OPERATOR, dues(right, Some(next), None));
    outage_over_the_start_of(&mut floor, due.next());
    // The next dues are owed a year later, and on the day that they were told to be.
    floor.until(next);
    assert!(!title(&floor, right).late);
    floor.until(next.next());
    assert!(title(&floor, right).late);
}

#[test]
fn a_right_whose_dues_came_in_within_the_grace_lapses_by_no_outage_over_its_end() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let right = floor.right(ana.entity, "PAID", |right| right.due = Some(day(2026, 7, 1)));
    floor.until(day(2026, 7, 2));
    let lapses = title(&floor, right).lapses.unwrap();
    floor.must(OPERATOR, dues(right, None, None));
    outage_over_the_start_of(&mut floor, lapses);
    floor.until(day(2027, 7, 1));
    let title = title(&floor, right);
    assert_eq!(
        (title.state, title.late, title.lapses),
        (AssetState::Verified, false, None)
    );
}

/// Each outage gives back what it took itself. One over the moment at which the dues would have been late without the
/// first takes nothing of the day that was given.
#[test]
fn a_day_that_an_outage_gave_is_not_given_again_by_one_that_leaves_it_whole() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let due = day(2026, 7, 1);
    let right = floor.right(ana.entity, "DUE", |right| right.due = Some(due));
    let midnight = due.next().start().0;
    floor.at = midnight - 1_800 * SECOND;
    let down_from = Timestamp(midnight - 7_200 * SECOND);
    floor.must(OPERATOR, Command::Resumed { down_from });
    outage_over_the_start_of(&mut floor, due.next());
    // Until the 2nd, a Thursday, has ended.
    just_before(&mut floor, day(2026, 7, 3));
    floor.must(OPERATOR, Command::Tick);
    assert!(!title(&floor, right).late);
    floor.until(day(2026, 7, 3));
    assert!(title(&floor, right).late);
}

/// The venue is down from ten minutes before this day until ten minutes of it have passed.
fn outage_over_the_start_of(floor: &mut Floor<FastBook>, day: Date) {
    let ten_minutes = 600 * SECOND;
    floor.at = day.start().0 + ten_minutes;
    let down_from = Timestamp(day.start().0 - ten_minutes);
    floor.must(OPERATOR, Command::Resumed { down_from });
}

#[test]
fn a_proposal_does_not_lapse_in_an_outage() {
    let mut room = Room::new();
    let register = Command::RegisterUser(RegisterUser {
        entity: EntityId(0),
        roles: Roles::OPERATOR,
    });
    let floor = &mut room.market.floor;
    let Receipt::User(second) = floor.must(OPERATOR, register) else {
        panic!()
    };
    let command = Command::OpenAccount { entity: EntityId(0) };
    let encoded = Encoded(encode_alone(&command));
    let Receipt::Deal(seq) = floor.must(OPERATOR, Command::Propose(Box::new(Propose { encoded }))) else {
        panic!()
    };
    let approve = Command::Approve(Approve {
        proposal: ProposalId::from(seq),
    });
    // A week later it is a Monday: until Tuesday has ended.
    let lapses = floor.at + 7 * DAY;
    let first = floor.events.len();
    floor.at = lapses + SECOND;
    floor.must(
        OPERATOR,
        Command::Resumed {
            down_from: Timestamp(lapses - 1),
        },
    );
    let told: Vec<_> = floor.records(first).into_iter().map(|told| told.record).collect();
    let until = Timestamp(lapses).venue_date().next().next().start();
    assert!(
        matches!(&told[..], [Record::Proposal(told)] if told.lapses_at == until && told.state == ProposalState::Open),
        "{told:?}"
    );
    floor.at = until.0 - 2;
    floor.must(second, approve);
}

#[test]
fn no_step_of_a_lot_ends_in_an_outage() {
    // The two that are made otherwise wait for nobody.
    let made = |state: &&LotState| !matches!(state, LotState::Unsold | LotState::Delivered);
    let mut lots: Vec<_> = LotState::ALL.iter().filter(made).map(|state| lot_in(*state)).collect();
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = asked_for(&mut room, |terms| terms.reserve = Some(yuan(80_000)));
    room.bid(id, bo, 90_000);
    room.tick(room.at(2 * 86_400));
    lots.push((room, id));

    let mut steps = Vec::new();
    for (mut room, id) in lots {
        let state = room.state(id);
        let Some(last) = room.lot(id).step_by else {
            continue;
        };
        steps.push(state);
        let due = (last.next().start().0 - room.at(0).0) / SECOND;
        room.outage(due - 60, due + 60);
        let mut again = last.next().next();
        while again.weekday() > 4 {
            again = again.next();
        }
        assert_eq!((room.state(id), room.lot(id).step_by), (state, Some(again)));
        room.tick(Timestamp(again.next().start().0 - 2));
        assert_eq!((room.state(id), room.lot(id).step_by), (state, Some(again)));
        room.tick(again.next().start());
        assert_ne!((room.state(id), room.lot(id).step_by), (state, Some(again)));
    }
    steps.sort();
    let mut expected = [
        LotState::Closed,
        LotState::Defaulted,
        LotState::Negotiating,
        LotState::Negotiating,
        LotState::Paused,
        LotState::Sold,
    ];
    expected.sort();
    assert_eq!(steps, expected);
}

/// The sequencer looks closer at its clock where a lot's end is near: the last of the ends that come before then.
#[test]
fn the_ends_that_are_near_are_those_of_lots_that_take_bids() {
    let mut room = Room::new();
    let id = room.open(rising(), |_| {});
    let end = room.at(ENDS);
    let near = |room: &Room, until| room.market.floor.exchange.lots_end_before(until);
    room.tick(room.at(OPENS));
    assert_eq!((near(&room, end), near(&room, Timestamp(end.0 + 1))), (None, Some(end)));
    room.market.floor.must(OPERATOR, pause(id));
    assert_eq!(
        near(&room, Timestamp(end.0 + 1)),
        None,
        "a lot that stands still has no end"
    );
}
