//! Nothing leaves before it is durable, and nothing at all after a failure.

use crate::support::{
    ANA, Control, Watched, ask, clock, config, done, eventually, found, named, nth, order, request, start,
    start_watched,
};
use protocol::{Command, EntityId, Outcome, Seq, Side};
use sequencer::{Fatal, PendingAnswer, Publisher, RealDisk, Refused, SimDisk, Stopped, views};
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

fn is_pending(pending: &mut PendingAnswer) -> bool {
    matches!(
        Pin::new(pending).poll(&mut Context::from_waker(Waker::noop())),
        Poll::Pending
    )
}

#[test]
fn no_answer_and_no_event_leaves_before_the_sync_has_returned() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let (running, watcher) = start_watched(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config(),
        clock(),
    );
    let handle = running.handle;
    let instrument = found(&handle);
    let durable = handle.status().durable;

    control.hold();
    let mut first = handle.submit(nth(instrument, 0), handle.now()).unwrap();
    let mut second = handle.submit(nth(instrument, 1), handle.now()).unwrap();
    thread::sleep(Duration::from_millis(50));
    assert!(is_pending(&mut first) && is_pending(&mut second));
    assert_eq!(handle.status().durable, durable);

    control.release();
    assert_eq!(first.wait().unwrap().seq, Seq(durable.0 + 1));
    assert_eq!(second.wait().unwrap().seq, Seq(durable.0 + 2));
    handle.stop();
    assert_eq!(running.ended.wait(), Ok(Seq(durable.0 + 2)));
    assert_eq!(watcher.join().unwrap().up_to, Seq(durable.0 + 2));
}

#[test]
fn a_power_cut_between_write_and_sync_loses_nothing_that_was_answered() {
    for seed in 0..20 {
        let disk = SimDisk::new(seed, journal::Faults::default());
        let control = Arc::new(Control::default());
        let running = start(Watched(disk.clone(), Arc::clone(&control)), config(), clock());
        let handle = running.handle;
        let instrument = found(&handle);
        let answers: Vec<_> = (0..20).map(|n| ask(&handle, nth(instrument, n))).collect();

        control.hold();
        let unanswered: Vec<_> = (20..40)
            .map(|n| handle.submit(nth(instrument, n), handle.now()).unwrap())
            .collect();
        thread::sleep(Duration::from_millis(5));
        disk.power_cut();
        // The process that was cut off gets nothing done any more.
        control.syncs_fail.store(true, Ordering::SeqCst);
        control.release();
        assert!(unanswered.into_iter().all(|pending| pending.wait() == Err(Stopped)));
        assert!(matches!(running.ended.wait(), Err(Fatal::Journal(_))));

        let running = start(disk, config(), clock());
        let last = answers.last().unwrap().seq;
        assert!(running.recovery.last >= last, "{:?}", running.recovery);
        assert!(!running.recovery.clean);
        // The same names get the same answers, and so do those whose answer was lost, once.
        for (n, answer) in answers.iter().enumerate() {
            assert_eq!(ask(&running.handle, nth(instrument, n as u64)), *answer);
        }
        for n in 20..40 {
            let again = ask(&running.handle, nth(instrument, n));
            assert_eq!(ask(&running.handle, nth(instrument, n)), again);
        }
        running.handle.stop();
        running.ended.wait().unwrap();
    }
}

#[test]
fn a_failed_sync_stops_everything() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let (running, watcher) = start_watched(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config(),
        clock(),
    );
    let handle = running.handle;
    let instrument = found(&handle);
    let durable = handle.status().durable;

    control.hold();
    let pending: Vec<_> = (0..10)
        .map(|n| handle.submit(nth(instrument, n), handle.now()).unwrap())
        .collect();
    control.syncs_fail.store(true, Ordering::SeqCst);
    control.release();
    assert!(pending.into_iter().all(|pending| pending.wait() == Err(Stopped)));
    let Err(Fatal::Journal(why)) = running.ended.wait() else {
        panic!("it goes on")
    };
    assert!(why.contains("EIO"), "{why}");
    // Also when the disk is well again.
    control.syncs_fail.store(false, Ordering::SeqCst);
    assert_eq!(
        handle.submit(nth(instrument, 50), handle.now()).unwrap_err(),
        Refused::Stopping
    );
    assert_eq!(watcher.join().unwrap().up_to, durable);
}

#[test]
fn a_journal_that_is_taken_away_stops_the_venue_and_nothing_more_is_acknowledged() {
    for idle in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal");
        let running = start(RealDisk::open(&journal).unwrap(), config(), clock());
        let handle = running.handle;
        let instrument = found(&handle);
        let durable = handle.status().durable;
        std::fs::rename(&journal, dir.path().join("elsewhere")).unwrap();
        let mut taken = Vec::new();
        while !idle && taken.len() < 50 {
            // The venue may have noticed.
            let Ok(pending) = handle.submit(nth(instrument, taken.len() as u64), handle.now()) else {
                break;
            };
            taken.push(pending);
        }
        let Err(Fatal::Journal(why)) = running.ended.wait() else {
            panic!("it goes on")
        };
        assert!(why.contains("was taken away under the server"), "{why}");
        assert!(taken.into_iter().all(|pending| pending.wait() == Err(Stopped)));
        assert_eq!(handle.status().durable, durable);
        // What it acknowledged is there.
        let disk = RealDisk::open(dir.path().join("elsewhere")).unwrap();
        let again = start(disk, config(), clock());
        assert!(again.recovery.last >= durable);
        again.handle.stop();
        again.ended.wait().unwrap();
    }
}

#[test]
fn a_full_disk_refuses_without_doing_and_recovers_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let mut config = config();
    config.journal.segment_bytes = 64 << 10;
    config.journal.batch_bytes_max = 32 << 10;
    config.batch_bytes = 16 << 10;
    let running = start(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config.clone(),
        clock(),
    );
    let handle = running.handle;
    let instrument = found(&handle);

    control.full.store(true, Ordering::SeqCst);
    let mut taken = 0;
    let refused = loop {
        match handle.submit(nth(instrument, taken), handle.now()) {
            Ok(pending) => {
                pending.wait().unwrap();
                taken += 1;
            }
            Err(Refused::Busy { .. }) => thread::sleep(Duration::from_millis(1)),
            Err(refused) => break refused,
        }
        assert!(taken < 5_000, "the disk never fills");
    };
    assert_eq!(refused, Refused::StorageFull);
    let durable = handle.status().durable;
    thread::sleep(Duration::from_millis(20));
    assert_eq!(handle.status().durable, durable);

    control.full.store(false, Ordering::SeqCst);
    let mut answer = None;
    eventually("room again", || {
        match handle.submit(nth(instrument, taken), handle.now()) {
            Ok(pending) => {
                answer = Some(pending.wait().unwrap());
                true
            }
            Err(_) => false,
        }
    });
    // The refused try was not journaled and did not use up its name.
    assert_eq!(answer.unwrap().seq, durable.next());
    handle.stop();
    running.ended.wait().unwrap();
    let again = start(RealDisk::open(dir.path()).unwrap(), config, clock());
    assert_eq!(again.recovery.last, durable.next());
    assert!(again.recovery.clean);
}

#[test]
fn a_stop_finishes_what_waits_and_leaves_an_end_mark() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    let handle = running.handle;
    let instrument = found(&handle);
    let pending: Vec<_> = (0..500)
        .map(|n| handle.submit(nth(instrument, n), handle.now()).unwrap())
        .collect();
    handle.stop();
    assert_eq!(
        handle.submit(nth(instrument, 900), handle.now()).unwrap_err(),
        Refused::Stopping
    );
    let last = pending
        .into_iter()
        .map(|pending| pending.wait().unwrap().seq)
        .max()
        .unwrap();
    assert_eq!(running.ended.wait(), Ok(last));

    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    assert!(running.recovery.clean && running.recovery.last == last);
    // Without a handle nobody can ask: that is a stop, too.
    drop(running.handle);
    assert_eq!(running.ended.wait(), Ok(last));
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    assert!(running.recovery.clean);
}

#[test]
fn views_that_end_stop_the_venue() {
    let dir = tempfile::tempdir().unwrap();
    let (publisher, subscriber) = views();
    let running = sequencer::start(RealDisk::open(dir.path()).unwrap(), config(), clock(), publisher).unwrap();
    drop(subscriber);
    let pending = running.handle.submit(
        request(0, Command::OpenAccount { entity: EntityId(0) }),
        crate::support::START,
    );
    let _ = pending.unwrap().wait();
    assert_eq!(running.ended.wait(), Err(Fatal::Views));
}

#[test]
fn slow_views_hold_the_venue_back_and_miss_nothing() {
    let (publisher, subscriber) = views();
    let disk = SimDisk::new(3, journal::Faults::default());
    let running = sequencer::start(disk, config(), clock(), publisher).unwrap();
    let handle = running.handle;
    let asker = thread::spawn({
        let handle = handle.clone();
        move || {
            let instrument = found(&handle);
            for n in 0..300 {
                ask(&handle, nth(instrument, n));
            }
            handle.stop();
        }
    });
    // One batch a command, and room for 64 of them: the venue stops at about that many.
    eventually("the way to the views is full", || subscriber.waiting() == 64);
    thread::sleep(Duration::from_millis(20));
    let held_at = handle.status().durable;
    assert!(held_at < Seq(100), "{held_at:?}");
    let mut last = Seq(0);
    while let Some(committed) = subscriber.recv() {
        assert!(committed.events.iter().all(|event| event.seq > last));
        last = committed.up_to;
    }
    asker.join().unwrap();
    assert_eq!(running.ended.wait(), Ok(last));
    assert!(last >= Seq(313));
}

#[test]
fn a_new_journal_must_begin_with_an_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let running = sequencer::start(
        RealDisk::open(dir.path()).unwrap(),
        config(),
        clock(),
        Publisher::none(),
    )
    .unwrap();
    assert_eq!(running.recovery.last, Seq(0));
    let answer = ask(
        &running.handle,
        named(1, "early", order(ANA, protocol::InstrumentId(0), Side::Buy, 1, 1)),
    );
    assert_eq!(answer.outcome, Outcome::Rejected(protocol::Reject::NoEpoch));
    done(ask(&running.handle, request(0, crate::support::epoch())));
}
