//! A deadline waits for what arrived before it, however it got into the inbox; and bids have room of their own.

use crate::{
    lots::{ENDS, at, open},
    support::{
        BO, Control, Watched, ask, clock, config, done, eventually, order, replica, request, start, start_watched,
    },
};
use protocol::{
    Command, EntityId, InstrumentId, Outcome, ProposalId, Receipt, Reject, Side, Timestamp,
    auction::LotState,
    control::{Approve, Encoded, Propose},
    party::{RegisterUser, Roles},
    time::SECOND,
    wire,
};
use sequencer::{BookKind, Config, RealDisk, Refused};
use std::{sync::Arc, thread, time::Duration};

/// Nothing is journaled that nobody asked for.
fn quiet() -> Config {
    Config {
        heartbeat: Duration::from_secs(86_400),
        ..config()
    }
}

#[test]
fn a_bid_that_arrived_before_the_end_is_in_time_though_a_later_one_was_faster() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let (running, watcher) = start_watched(RealDisk::open(dir.path()).unwrap(), quiet(), now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    now.set(Timestamp(at(ENDS).0 - 1));
    let early = handle.arrive();
    now.set(at(ENDS));
    let late = handle.arrive();
    let second = handle.hand_over(room.bid(1, 2), &late).unwrap();
    // The venue's clock says that the lot is over, and still it waits.
    now.set(at(ENDS + 60));
    let before = handle.status().durable;
    thread::sleep(Duration::from_millis(50));
    assert_eq!(handle.status().durable, before, "nothing is ahead of one under way");
    let first = handle.hand_over(room.bid(0, 1), &early).unwrap();
    let first = first.wait().unwrap();
    done(first);
    assert_eq!(first.at, early.at());
    let second = second.wait().unwrap();
    assert_eq!(
        (second.outcome, second.at),
        (Outcome::Rejected(Reject::LotClosed), at(ENDS))
    );
    handle.stop();
    running.ended.wait().unwrap();
    let events = watcher.join().unwrap().events;
    assert_eq!(room.states(&events).last(), Some(&LotState::Sold));
    replica(dir.path(), BookKind::Plain);
}

#[test]
fn a_closing_waits_for_one_under_way_and_no_longer_than_that() {
    let now = clock();
    let dir = tempfile::tempdir().unwrap();
    let (running, watcher) = start_watched(RealDisk::open(dir.path()).unwrap(), quiet(), now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    done(handle.submit(room.bid(0, 1), handle.now()).unwrap().wait().unwrap());
    now.set(Timestamp(at(ENDS).0 - 1));
    let refused = handle.arrive();
    let before = handle.status().durable;
    now.set(at(ENDS));
    thread::sleep(Duration::from_millis(30));
    assert_eq!(handle.status().durable, before);
    // It was refused at the door, or its client hung up.
    drop(refused);
    eventually("the lot ends", || handle.status().durable > before);
    handle.stop();
    running.ended.wait().unwrap();
    let events = watcher.join().unwrap().events;
    let sold = room.told(&events).pop().unwrap();
    assert_eq!(sold.state, LotState::Sold);
    let last = events.last().unwrap();
    assert_eq!(last.at, at(ENDS), "at its own time");
}

#[test]
fn one_that_is_stuck_holds_nothing_up_for_long() {
    let now = clock();
    let dir = tempfile::tempdir().unwrap();
    let mut config = quiet();
    config.arrival_wait = Duration::from_millis(100);
    let running = start(RealDisk::open(dir.path()).unwrap(), config, now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    now.set(Timestamp(at(ENDS).0 - 1));
    let stuck = handle.arrive();
    let before = handle.status().durable;
    now.set(at(ENDS));
    // The end waits; and a process that stood still meanwhile has not waited for anybody.
    thread::sleep(Duration::from_millis(50));
    now.stand_still(Duration::from_secs(1));
    thread::sleep(Duration::from_millis(50));
    assert_eq!(handle.status().durable, before);
    eventually("the lot ends", || {
        // No faster than the pulse beats.
        thread::sleep(Duration::from_millis(10));
        now.stand_still(Duration::from_millis(10));
        handle.status().durable > before
    });
    // It comes too late for what fell due, and is told so.
    let answer = handle.hand_over(room.bid(0, 1), &stuck).unwrap().wait().unwrap();
    assert_eq!(
        (answer.outcome, answer.at),
        (Outcome::Rejected(Reject::LotClosed), at(ENDS))
    );
}

#[test]
fn of_two_bids_the_one_that_arrived_first_comes_first() {
    let now = clock();
    let dir = tempfile::tempdir().unwrap();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    let first = handle.arrive();
    now.advance(1);
    let second = handle.arrive();
    let later = handle.hand_over(room.bid(1, 2), &second).unwrap();
    thread::sleep(Duration::from_millis(20));
    done(handle.hand_over(room.bid(0, 1), &first).unwrap().wait().unwrap());
    done(later.wait().unwrap());
}

/// Who approves a bid bids.
#[test]
fn an_approved_bid_waits_for_the_one_that_arrived_first() {
    let now = clock();
    let dir = tempfile::tempdir().unwrap();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    let house = room.bidders[1].user.0;
    let user = RegisterUser {
        entity: EntityId(house),
        roles: Roles::TRADER,
    };
    let Receipt::User(second_user) = done(ask(&handle, request(0, Command::RegisterUser(user)))) else {
        panic!("no user")
    };
    let propose = Propose {
        encoded: Encoded(wire::encode_alone(&room.bid(1, 2).command)),
    };
    let Receipt::Deal(proposal) = done(ask(&handle, request(house, Command::Propose(Box::new(propose))))) else {
        panic!("no proposal")
    };
    let approve = Command::Approve(Approve {
        proposal: ProposalId::from(proposal),
    });
    let first = handle.arrive();
    now.advance(1);
    let second = handle.arrive();
    let later = handle.hand_over(request(second_user.0, approve), &second).unwrap();
    thread::sleep(Duration::from_millis(20));
    done(handle.hand_over(room.bid(0, 1), &first).unwrap().wait().unwrap());
    done(later.wait().unwrap());
}

#[test]
fn when_orders_no_longer_get_in_bids_still_do() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let now = clock();
    let mut config = config();
    (config.batch_commands, config.in_flight) = (1, 1);
    (config.ordinary, config.reserved) = (64, 6);
    let running = start(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config,
        now.clone(),
    );
    let handle = running.handle;
    let room = open(&handle, &now, 20);
    control.hold();
    let sell = || {
        handle.submit(
            request(2, order(BO, InstrumentId(1), Side::Sell, 1_000, 1)),
            handle.now(),
        )
    };
    // One batch is with the journal, one is full and waits for it: from here on commands stay in the inbox.
    let mut taken: Vec<_> = (0..2)
        .map(|_| {
            let pending = sell().unwrap();
            eventually("the core takes it", || handle.status().waiting == 0);
            pending
        })
        .collect();
    taken.extend((0..64).map(|_| sell().unwrap()));
    assert_eq!(sell().unwrap_err(), Refused::Busy { retry_after_ms: 100 });
    let bids: Vec<_> = (0..6)
        .map(|n| handle.submit(room.bid(n, 1 + n as i64), handle.now()).unwrap())
        .collect();
    assert!(sell().is_err());
    control.release();
    for bid in bids {
        done(bid.wait().unwrap());
    }
    for order in taken {
        order.wait().unwrap();
    }
}

#[test]
fn while_a_lot_is_open_the_journal_shows_that_the_venue_is_up() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 1);
    done(handle.submit(room.bid(0, 1), handle.now()).unwrap().wait().unwrap());
    let before = handle.status().durable;
    now.advance(10 * SECOND - 1);
    thread::sleep(Duration::from_millis(30));
    assert_eq!(handle.status().durable, before);
    // It overtakes nobody.
    let under_way = handle.arrive();
    now.advance(SECOND);
    thread::sleep(Duration::from_millis(30));
    assert_eq!(handle.status().durable, before);
    drop(under_way);
    eventually("a heartbeat", || handle.status().durable == before.next());
    now.advance(3 * SECOND);
    handle.stop();
    let last = running.ended.wait().unwrap();
    assert_eq!(last, before.next().next(), "and one before the stop");
    let mut ticks = Vec::new();
    sequencer::offline::dump(dir.path(), before.next(), &mut |stamped| {
        assert_eq!(stamped.body.command, Command::Tick);
        ticks.push(stamped.at);
        true
    })
    .unwrap();
    let bid_at = at(crate::lots::OPENS);
    assert_eq!(ticks, [bid_at.after(11 * SECOND - 1), bid_at.after(14 * SECOND - 1)]);
}
