//! Hours in which bids could not be taken: the core hears of them before anything that fell due in them.

use crate::{
    lots::{ENDS, OPENS, Room, at, open, revealing},
    support::{
        Control, PATIENCE, Watched, ask, clock, config, done, eventually, found, replica, request, soon, start,
        start_watched,
    },
};
use protocol::{
    Command, Event, Record, Seq, Timestamp,
    auction::LotState,
    control::{Encoded, Propose, SetDualControl},
    time::SECOND,
    wire,
};
use sequencer::{BookKind, Clock, Handle, ManualClock, Publisher, RealDisk, Refused, Running, SimDisk, offline};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// Every outage that the core was told of: when, and since when.
pub(crate) fn resumed(dir: &Path) -> Vec<(Timestamp, Timestamp)> {
    let mut found = Vec::new();
    offline::dump(dir, Seq(1), &mut |stamped| {
        if let Command::Resumed { down_from } = stamped.body.command {
            found.push((stamped.at, down_from));
        }
        true
    })
    .unwrap();
    found
}

/// The lot is paused, goes on for 300 seconds at least, and the best bid is still the best.
pub(crate) fn goes_on(handle: &Handle, room: &Room, now: &ManualClock) {
    done(ask(handle, room.resume()));
    now.advance(299 * SECOND);
    done(ask(handle, room.bid(1, 2)));
}

#[test]
fn a_lot_whose_end_fell_into_a_crash_is_paused_and_loses_nothing() {
    // A power cut: what was not synced is gone.
    let disk = SimDisk::new(7, journal::Faults::default());
    let control = Arc::new(Control::default());
    let now = clock();
    let running = start(Watched(disk.clone(), Arc::clone(&control)), config(), now.clone());
    let room = open(&running.handle, &now, 2);
    now.set(at(ENDS - 10));
    done(ask(&running.handle, room.bid(0, 1)));
    disk.power_cut();
    // The process that was cut off gets nothing done any more.
    control.syncs_fail.store(true, Ordering::SeqCst);
    running.handle.stop();
    running.ended.wait().unwrap_err();
    now.set(at(ENDS + 50));
    let (running, watcher) = start_watched(disk, config(), now.clone());
    assert_eq!(running.recovery.last_at, at(ENDS - 10));
    // Whoever reads from here on finds the lot paused.
    assert_eq!(running.caught_up.wait(), Some(running.recovery.last.next()));
    goes_on(&running.handle, &room, &now);
    running.handle.stop();
    running.ended.wait().unwrap();
    let events = watcher.join().unwrap().events;
    let told = room.told(&events);
    let ends = told.last().unwrap().ends_at;
    assert_eq!(ends, at(ENDS + 50 + 300));
    let states = room.states(&events);
    assert_eq!(states[states.len() - 2..], [LotState::Paused, LotState::Open]);
}

#[test]
fn a_restart_pauses_what_is_open_and_says_nothing_where_no_lot_is() {
    let dir = tempfile::tempdir().unwrap();
    let begin = |now| start(RealDisk::open(dir.path()).unwrap(), config(), now);
    let now = clock();
    let running = begin(now.clone());
    let room = open(&running.handle, &now, 2);
    done(ask(&running.handle, room.bid(0, 1)));
    now.set(at(OPENS + 5));
    running.handle.stop();
    running.ended.wait().unwrap();
    // A clean stop said how long it was up; far from its end the lot is paused all the same.
    now.set(at(OPENS + 65));
    let running = begin(now.clone());
    goes_on(&running.handle, &room, &now);
    now.set(at(ENDS + 3_600));
    eventually("the lot ends", || {
        let before = running.handle.status().durable;
        thread::sleep(Duration::from_millis(20));
        running.handle.status().durable == before
    });
    running.handle.stop();
    let last = running.ended.wait().unwrap();
    assert_eq!(resumed(dir.path()), [(at(OPENS + 65), at(OPENS + 5))]);
    // The lot is sold: the days to pay are not open hours.
    let running = begin(now);
    assert_eq!(running.caught_up.wait(), Some(last));
    running.handle.stop();
    assert_eq!(running.ended.wait().unwrap(), last);
    replica(dir.path(), BookKind::Plain);
}

/// A clock under which a week passes while the process beats on.
struct Awake(Arc<ManualClock>);

impl Clock for Awake {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn until(&self, deadline: Timestamp) -> Duration {
        self.0.until(deadline)
    }

    fn drift(&self) -> i64 {
        0
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// A quiet venue that restarts in the last hour of somebody's time was down for two seconds, and not since its last
/// command: nobody gains a day by it.
#[test]
fn a_short_restart_in_a_quiet_hour_gives_no_step_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let begin = |now: Arc<ManualClock>| {
        let disk = RealDisk::open(dir.path()).unwrap();
        sequencer::start(disk, config(), Arc::new(Awake(now)), Publisher::none()).unwrap()
    };
    let running = begin(now.clone());
    found(&running.handle);
    let command = Command::SetDualControl(SetDualControl { required: false });
    let encoded = Encoded(wire::encode_alone(&command));
    done(ask(
        &running.handle,
        request(1, Command::Propose(Box::new(Propose { encoded }))),
    ));
    running.handle.stop();
    running.ended.wait().unwrap();
    let (_, events) = replica(dir.path(), BookKind::Plain);
    let lapses = events.iter().find_map(|event| match &event.body {
        Event::Record(changed) => match &changed.record {
            Record::Proposal(proposal) => Some(proposal.lapses_at),
            _ => None,
        },
        _ => None,
    });
    let lapses = lapses.expect("it was proposed");
    let running = begin(now.clone());
    running.caught_up.wait();
    now.set(Timestamp(lapses.0 - 1_800 * SECOND));
    running.handle.stop();
    let last = running.ended.wait().unwrap();
    now.advance(2 * SECOND);
    let running = begin(now.clone());
    assert_eq!(running.caught_up.wait(), Some(last), "there is nothing to tell");
    running.handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(resumed(dir.path()), []);
}

/// A clock that counts how often it was compared with the machine's.
struct Compared {
    manual: Arc<ManualClock>,
    looks: AtomicU64,
}

impl Clock for Compared {
    fn now(&self) -> Timestamp {
        self.manual.now()
    }

    fn until(&self, deadline: Timestamp) -> Duration {
        self.manual.until(deadline)
    }

    fn drift(&self) -> i64 {
        let drift = self.manual.drift();
        self.looks.fetch_add(1, Ordering::SeqCst);
        drift
    }

    fn instant(&self) -> Instant {
        self.manual.instant()
    }
}

#[test]
fn a_clock_that_jumps_pauses_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let compared = Arc::new(Compared {
        manual: now.clone(),
        looks: AtomicU64::new(0),
    });
    let disk = RealDisk::open(dir.path()).unwrap();
    let running = sequencer::start(disk, config(), compared.clone(), Publisher::none()).unwrap();
    let room = open(&running.handle, &now, 2);
    done(ask(&running.handle, room.bid(0, 1)));
    let before = running.handle.status().durable;
    // What a time server mends little by little is no jump.
    now.set_drift(999_000_000);
    let looked = compared.looks.load(Ordering::SeqCst);
    // The second began after that, and the third shows that what came of it is done.
    eventually("looks at the clock", || {
        compared.looks.load(Ordering::SeqCst) >= looked + 3
    });
    assert_eq!(running.handle.status().durable, before);
    now.set_drift(-200_000_000);
    eventually("the core is told", || running.handle.status().durable > before);
    goes_on(&running.handle, &room, &now);
    running.handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(resumed(dir.path()), [(at(OPENS), at(OPENS))]);
}

#[test]
fn a_full_disk_pauses_what_is_open_before_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let now = clock();
    let mut config = config();
    config.journal.segment_bytes = 64 << 10;
    config.journal.batch_bytes_max = 32 << 10;
    config.batch_bytes = 16 << 10;
    let disk = Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control));
    let (running, watcher) = start_watched(disk, config, now.clone());
    let handle = running.handle;
    let room = open(&handle, &now, 2);
    now.set(at(ENDS - 20));
    control.full.store(true, Ordering::SeqCst);
    let (mut taken, mut last) = (0, Seq(0));
    let mut bid = || loop {
        // Until the disk is full they outbid each other.
        match handle.submit(room.bid(taken % 2, 1 + taken as i64), handle.now()) {
            Ok(pending) => {
                let answer = pending.wait().unwrap();
                done(answer);
                last = answer.seq;
                taken += 1;
            }
            Err(Refused::Busy { .. }) => thread::sleep(Duration::from_millis(1)),
            Err(refused) => break refused,
        }
        assert!(taken < 5_000, "the disk never fills");
    };
    assert_eq!(bid(), Refused::StorageFull);
    let full = handle.now();
    eventually("the lot is paused, on a full disk", || {
        handle.status().durable == last.next()
    });
    // Its end passes, and somebody else is refused.
    now.set(at(ENDS + 100));
    assert_eq!(
        handle.submit(room.bid(0, 1 << 20), handle.now()).unwrap_err(),
        Refused::StorageFull
    );
    thread::sleep(Duration::from_millis(50));
    control.full.store(false, Ordering::SeqCst);
    eventually("room again", || match handle.submit(room.resume(), handle.now()) {
        Ok(pending) => {
            done(pending.wait().unwrap());
            true
        }
        Err(_) => false,
    });
    now.set(at(ENDS + 399));
    let steps = 1 + 2 * (taken as i64);
    done(ask(&handle, room.bid(taken % 2, steps)));
    let before = handle.status().durable;
    now.set(at(ENDS + 400));
    eventually("the lot ends", || handle.status().durable > before);
    handle.stop();
    running.ended.wait().unwrap();
    let told = resumed(dir.path());
    assert_eq!(told, [(full, full)], "once, since the first that was refused");
    let events = watcher.join().unwrap().events;
    let sold = room.told(&events).pop().unwrap();
    assert_eq!((sold.state, sold.ends_at), (LotState::Sold, at(ENDS + 400)));
    assert_eq!(sold.price.unwrap().money.minor(), crate::lots::STEP * steps);
    replica(dir.path(), BookKind::Plain);
}

/// Starts on a journal of small segments, each with a word to say of bids that are revealed for a long time.
fn begin_small(dir: &Path, control: &Arc<Control>, now: &Arc<ManualClock>) -> Running {
    let mut config = config();
    config.journal.segment_bytes = 64 << 10;
    config.journal.batch_bytes_max = 32 << 10;
    config.batch_bytes = 16 << 10;
    start(
        Watched(RealDisk::open(dir).unwrap(), Arc::clone(control)),
        config,
        now.clone(),
    )
}

#[test]
fn a_start_is_over_also_on_a_disk_without_room_for_its_first_word() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let now = clock();
    let begin = || begin_small(dir.path(), &control, &now);
    let running = begin();
    revealing(&running.handle, &now);
    control.full.store(true, Ordering::SeqCst);
    running.handle.stop();
    running.ended.wait().unwrap();
    let mut told = 0;
    loop {
        now.advance(SECOND);
        let Running {
            handle,
            recovery,
            caught_up,
            ended,
        } = begin();
        let seq = soon("the start is over", || caught_up.wait());
        handle.stop();
        ended.wait().unwrap();
        if seq == Some(recovery.last) {
            break;
        }
        assert_eq!(seq, Some(recovery.last.next()));
        told += 1;
        assert!(told < 200, "the disk never fills");
    }
    assert!(told > 0, "there was room for none");
}

/// Where the rest of the last segment is too short, the first word waits for the next one; and who wants to read waits
/// for that word.
#[test]
fn a_start_is_not_over_while_the_room_for_its_first_word_is_prepared() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let now = clock();
    let running = begin_small(dir.path(), &control, &now);
    revealing(&running.handle, &now);
    control.full.store(true, Ordering::SeqCst);
    running.handle.stop();
    running.ended.wait().unwrap();
    for _ in 0..400 {
        now.advance(SECOND);
        control.creates.hold();
        control.full.store(false, Ordering::SeqCst);
        let Running {
            handle,
            recovery,
            caught_up,
            ended,
        } = begin_small(dir.path(), &control, &now);
        let (to, over) = mpsc::channel();
        thread::spawn(move || to.send(caught_up.wait()));
        let early = over.recv_timeout(Duration::from_millis(500));
        let word = Ok(Some(recovery.last.next()));
        let waited = early.is_err();
        // The segment that was held up comes only where it is waited for: the rest of the last one is to run out.
        control.full.store(!waited, Ordering::SeqCst);
        control.creates.release();
        if waited {
            assert_eq!(over.recv_timeout(PATIENCE), word);
        } else {
            assert_eq!(early, word, "told before its first word");
        }
        handle.stop();
        ended.wait().unwrap();
        if waited {
            return;
        }
    }
    panic!("there always was room");
}
