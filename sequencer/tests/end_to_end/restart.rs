//! A restart: the same state, the same answers, the same events.

use crate::{
    lots::open,
    support::{START, ask, clock, config, done, found, named, nth, order, replica, start, start_watched},
};
use journal::{Batch, Journal};
use protocol::{Asked, Command, InstrumentId, Outcome, Reject, Seq, Side, Stamped, Timestamp, wire};
use sequencer::{BookKind, Publisher, RealDisk, StartError, offline};

#[test]
fn a_journal_gives_one_state_however_often_and_on_either_book() {
    let dir = tempfile::tempdir().unwrap();
    let mut instrument = None;
    let mut told = Vec::new();
    for round in 0..3u64 {
        let (running, watcher) = start_watched(RealDisk::open(dir.path()).unwrap(), config(), clock());
        let replayed = running.recovery.events as usize;
        assert_eq!(replayed, told.len());
        let instrument = *instrument.get_or_insert_with(|| found(&running.handle));
        for n in round * 400..(round + 1) * 400 {
            ask(&running.handle, nth(instrument, n));
        }
        running.handle.stop();
        let last = running.ended.wait().unwrap();
        let seen = watcher.join().unwrap();
        assert_eq!(seen.up_to, last);
        assert_eq!(seen.events[..replayed], told[..], "the views are told the same again");
        told = seen.events;

        let (fast, events) = replica(dir.path(), BookKind::Fast);
        let (plain, plain_events) = replica(dir.path(), BookKind::Plain);
        assert_eq!(events, told);
        assert_eq!(plain_events, told);
        let mut steps = 0;
        let report = offline::verify(dir.path(), BookKind::Plain, None, &mut |_| steps += 1).unwrap();
        assert_eq!(
            offline::verify(dir.path(), BookKind::Fast, None, &mut |_| {}).unwrap(),
            report
        );
        assert_eq!((report.last, report.clean, report.batches), (last, true, steps));
        assert_eq!(
            (report.state_hash, report.event_hash),
            (fast.state_hash(), fast.event_hash())
        );
        assert_eq!(plain.state_hash(), report.state_hash);
    }
}

#[test]
fn a_name_that_was_used_gets_its_first_answer_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    let instrument = found(&running.handle);
    let sell = |quantity| order(crate::support::ANA, instrument, Side::Sell, 1_200, quantity);
    let first = ask(&running.handle, named(1, "mine", sell(3)));
    done(first);
    running.handle.stop();
    running.ended.wait().unwrap();

    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    assert_eq!(ask(&running.handle, named(1, "mine", sell(3))), first);
    let other = ask(&running.handle, named(1, "mine", sell(4)));
    assert_eq!(other.outcome, Outcome::Rejected(Reject::ClientIdReused));
}

#[test]
fn time_never_runs_backwards_not_even_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), now.clone());
    let instrument = found(&running.handle);
    now.advance(5_000);
    let late = ask(&running.handle, nth(instrument, 1)).at;
    assert_eq!(late, START.after(5_000));
    // A stamp from before counts as the last; one to come counts as now.
    let early = running
        .handle
        .submit(nth(instrument, 2), START)
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(early.at, late);
    let to_come = running
        .handle
        .submit(nth(instrument, 3), late.after(1_000_000))
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(to_come.at, late);
    running.handle.stop();
    running.ended.wait().unwrap();

    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    assert_eq!(running.recovery.last_at, late);
    assert_eq!(ask(&running.handle, nth(instrument, 4)).at, late);
}

#[test]
fn a_replay_that_differs_stops_the_start_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let epoch = crate::support::request(0, crate::support::epoch());
    let options = config().journal;
    let (mut journal, _) = Journal::open(RealDisk::open(dir.path()).unwrap(), options, &mut |_| {
        unreachable!("it is new")
    })
    .unwrap();
    let mut batch = Batch::new(&options);
    assert!(
        journal
            .space()
            .reserve_within(journal::encoded_bytes(&epoch), std::time::Duration::from_secs(10))
    );
    batch
        .push(&Stamped {
            seq: Seq(1),
            at: Timestamp(1),
            body: epoch,
        })
        .unwrap();
    batch.set_event_hash(0xBAD);
    journal.append(&mut batch).unwrap();
    journal.close().unwrap();

    let started = sequencer::start(
        RealDisk::open(dir.path()).unwrap(),
        config(),
        clock(),
        Publisher::none(),
    );
    match started.map(|running| running.recovery) {
        Err(StartError::Diverged {
            seq: 1, written: 0xBAD, ..
        }) => {}
        other => panic!("{other:?}"),
    }
    let verified = offline::verify(dir.path(), BookKind::Fast, None, &mut |_| {});
    assert!(
        matches!(verified, Err(offline::VerifyError::Diverged { seq: 1, .. })),
        "{verified:?}"
    );
}

#[test]
fn what_an_order_asked_for_is_told_beside_its_events_and_nothing_of_a_bid() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let (running, watcher) = start_watched(RealDisk::open(dir.path()).unwrap(), config(), now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    let bidder = room.bidders[0];
    done(ask(&handle, named(bidder.user.0, "a bid", room.bid(0, 1).command)));
    // Refused, and told all the same.
    let placed = order(bidder.account, InstrumentId(7), Side::Buy, 1, 1);
    let refused = ask(&handle, named(bidder.user.0, "an order", placed.clone()));
    assert_eq!(refused.outcome, Outcome::Rejected(Reject::UnknownInstrument));
    handle.stop();
    running.ended.wait().unwrap();
    let live = watcher.join().unwrap();
    let Command::PlaceOrder(placed) = placed else {
        unreachable!("an order")
    };
    let asked = Asked {
        seq: refused.seq,
        by: bidder.user,
        client: Some(wire::client("an order".parse().unwrap(), &Command::PlaceOrder(placed))),
        order: Some(placed),
    };
    assert_eq!(live.asked, std::slice::from_ref(&asked));
    let (running, watcher) = start_watched(RealDisk::open(dir.path()).unwrap(), config(), now);
    running.handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(watcher.join().unwrap().asked, [asked], "and after a restart");
}
