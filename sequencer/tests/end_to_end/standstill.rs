//! A process that stood still while a lot ran: bids that were sent meanwhile have not been read, so nothing ends before
//! the core has heard of it.

use crate::{
    lots::{ENDS, OPENS, STEP, at, open, revealing, yuan},
    outages::{goes_on, resumed},
    support::{ask, clock, config, done, eventually, replica, request, soon},
};
use protocol::{
    AccountId, Command, Digest, EntityId, Event, Notice, Outcome, PublicEvent, Receipt, Reject, Seq, Timestamp,
    auction::RevealBid, time::SECOND,
};
use sequencer::{BookKind, Clock, Config, Fatal, ManualClock, Publisher, RealDisk, Refused, Running, offline};
use std::{
    path::Path,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A clock at which the pulse can be held, as if the scheduler let every other thread go first.
struct PulseClock {
    manual: Arc<ManualClock>,
    held: Mutex<bool>,
    released: Condvar,
    beats: AtomicU64,
    waits: AtomicBool,
    dies: AtomicBool,
    /// The engine's thread has slept, and looks at the clock next.
    slept: AtomicBool,
    /// Right after that look the process stands still for so many seconds, and the pulse is the first to wake; 0 for
    /// never.
    trap: AtomicU64,
}

impl PulseClock {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            manual: clock(),
            held: Mutex::new(false),
            released: Condvar::new(),
            beats: AtomicU64::new(0),
            waits: AtomicBool::new(false),
            dies: AtomicBool::new(false),
            slept: AtomicBool::new(false),
            trap: AtomicU64::new(0),
        })
    }

    /// The process was seen awake now, and then no more until the pulse is released.
    fn hold(&self) {
        self.beaten();
        *self.held.lock().unwrap() = true;
        eventually("the pulse is held", || self.waits.load(Ordering::SeqCst));
    }

    fn release(&self) {
        *self.held.lock().unwrap() = false;
        self.released.notify_all();
    }

    /// The process stands still for so many seconds, and the pulse is the first to wake.
    fn stall(&self, seconds: u64) {
        self.manual.stand_still(Duration::from_secs(seconds));
        self.beaten();
    }

    /// The pulse beats as fast as it does near a lot's end.
    fn beats_fast(&self) {
        let beats = || self.beats.load(Ordering::SeqCst);
        eventually("it beats faster", || {
            let (before, since) = (beats(), Instant::now());
            thread::sleep(Duration::from_millis(300));
            // Two looks at the clock a beat or less would be the slow pace.
            since.elapsed() > Duration::from_millis(600) || beats() - before >= 3
        });
    }

    /// The pulse has seen what is now.
    fn beaten(&self) {
        let before = self.beats.load(Ordering::SeqCst);
        // The second began after this call, and has looked at the clock of now; the third shows that it is over.
        eventually("beats", || self.beats.load(Ordering::SeqCst) >= before + 3);
    }
}

fn is_thread(name: &str) -> bool {
    thread::current().name() == Some(name)
}

impl Clock for PulseClock {
    fn now(&self) -> Timestamp {
        let now = self.manual.now();
        if is_thread("engine") && self.slept.swap(false, Ordering::SeqCst) {
            let seconds = self.trap.load(Ordering::SeqCst);
            if seconds > 0 {
                self.manual.stand_still(Duration::from_secs(seconds));
                self.beaten();
                self.trap.store(0, Ordering::SeqCst);
            }
        }
        now
    }

    fn until(&self, deadline: Timestamp) -> Duration {
        if is_thread("engine") {
            self.slept.store(true, Ordering::SeqCst);
        }
        self.manual.until(deadline)
    }

    fn instant(&self) -> Instant {
        if is_thread("pulse") {
            if self.dies.load(Ordering::SeqCst) {
                self.waits.store(true, Ordering::SeqCst);
                panic!("the pulse dies, as this test asks");
            }
            let mut held = self.held.lock().unwrap();
            while *held {
                self.waits.store(true, Ordering::SeqCst);
                held = self.released.wait(held).unwrap();
            }
            self.beats.fetch_add(1, Ordering::SeqCst);
        }
        self.manual.instant()
    }
}

/// Starts a venue whose heartbeat is no matter here.
fn start(dir: &Path, clock: &Arc<PulseClock>) -> Running {
    start_beating(dir, clock, Duration::from_secs(86_400))
}

fn start_beating(dir: &Path, clock: &Arc<PulseClock>, heartbeat: Duration) -> Running {
    start_near(dir, clock, heartbeat, Duration::from_secs(3))
}

fn start_near(dir: &Path, clock: &Arc<PulseClock>, heartbeat: Duration, near_end: Duration) -> Running {
    let disk = RealDisk::open(dir).unwrap();
    let config = Config {
        heartbeat,
        standstill: Duration::from_secs(3),
        standstill_near_end: near_end,
        ..config()
    };
    sequencer::start(disk, config, Arc::clone(clock) as _, Publisher::none()).unwrap()
}

/// For long enough that whoever does not wait has gone ahead.
fn a_while() {
    thread::sleep(Duration::from_millis(50));
}

#[test]
fn a_lot_whose_end_fell_into_a_standstill_is_paused_before_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let running = start(dir.path(), &clock);
    let (handle, now) = (&running.handle, &clock.manual);
    let room = open(handle, now, 2);
    now.set(at(ENDS - 10));
    done(ask(handle, room.bid(0, 1)));
    clock.hold();
    let before = handle.status().durable;
    now.stand_still(Duration::from_secs(20));
    // The first whose bytes are read afterwards; its bid lay there before the end.
    let late = handle.arrive();
    let bid = handle.hand_over(room.bid(1, 2), &late).unwrap();
    a_while();
    assert_eq!(handle.status().durable, before, "nobody goes ahead of the pulse");
    clock.release();
    let refused = bid.wait().unwrap();
    assert_eq!(
        (refused.outcome, refused.at),
        (Outcome::Rejected(Reject::LotPaused), at(ENDS + 10))
    );
    goes_on(handle, &room, now);
    handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(resumed(dir.path()), [(at(ENDS + 10), at(ENDS - 10))]);
    replica(dir.path(), BookKind::Plain);
}

/// Every short standstill that the core was told of: when, and since when.
fn stalled(dir: &Path) -> Vec<(Timestamp, Timestamp)> {
    let mut found = Vec::new();
    offline::dump(dir, Seq(1), &mut |stamped| {
        if let Command::Stalled { down_from } = stamped.body.command {
            found.push((stamped.at, down_from));
        }
        true
    })
    .unwrap();
    found
}

/// RULES.md 2.6: a bid that was sent in time is not late because the venue stood still for a second.
#[test]
fn a_second_near_a_lots_end_lengthens_it_and_the_third_time_an_operator_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let (long, near) = (Duration::from_secs(86_400), Duration::from_millis(900));
    let running = start_near(dir.path(), &clock, long, near);
    let (handle, now) = (&running.handle, &clock.manual);
    let room = open(handle, now, 2);
    // Far from an end a second is nothing.
    now.set(at(ENDS - 60));
    done(ask(handle, room.bid(0, 1)));
    clock.stall(1);
    done(ask(handle, room.bid(1, 2)));
    assert_eq!((handle.status().stalls, stalled(dir.path())), (0, vec![]));

    let mut ends = ENDS;
    for turn in 1..=3 {
        now.set(at(ends - 1));
        clock.beats_fast();
        clock.hold();
        // The second whose end it is: the next bid lies in the kernel's buffer meanwhile.
        now.stand_still(Duration::from_millis(1_500));
        let late = handle.arrive();
        let bid = handle
            .hand_over(room.bid((turn + 1) % 2, 2 + turn as i64), &late)
            .unwrap();
        a_while();
        clock.release();
        let answer = bid.wait().unwrap();
        if turn < 3 {
            done(answer);
            ends = (answer.at.0 - at(0).0) / SECOND + 300;
        } else {
            assert_eq!(answer.outcome, Outcome::Rejected(Reject::LotPaused));
        }
        assert_eq!(handle.status().stalls, turn as u64);
    }
    // From two seconds on it is a standstill as any other; here the lot stands already.
    done(ask(handle, room.resume()));
    handle.stop();
    running.ended.wait().unwrap();
    assert_eq!((stalled(dir.path()).len(), resumed(dir.path())), (3, vec![]));
    let (_, events) = replica(dir.path(), BookKind::Plain);
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.body {
            Event::Public(PublicEvent::Notice(notice)) => match &**notice {
                Notice::LotOutage(outage) => Some((outage.count, outage.ends_at.map(|end| end.0 - event.at.0))),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(told, [(1, Some(300 * SECOND)), (2, Some(300 * SECOND)), (3, None)]);
}

/// The engine's thread has looked whether something is due, and what it says next is that the venue is up.
#[test]
fn a_heartbeat_does_not_go_ahead_of_a_standstill() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let running = start_beating(dir.path(), &clock, Duration::from_secs(60));
    let (handle, now) = (&running.handle, &clock.manual);
    let room = open(handle, now, 2);
    now.set(at(ENDS - 10));
    done(ask(handle, room.bid(0, 1)));
    clock.beaten();
    clock.trap.store(100, Ordering::SeqCst);
    eventually("it stood still", || clock.trap.load(Ordering::SeqCst) == 0);
    a_while();
    let refused = ask(handle, room.bid(1, 2));
    assert_eq!(refused.outcome, Outcome::Rejected(Reject::LotPaused));
    goes_on(handle, &room, now);
    handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(resumed(dir.path()), [(at(ENDS + 90), at(ENDS - 10))]);
    replica(dir.path(), BookKind::Plain);
}

#[test]
fn far_from_the_end_a_bid_waits_for_the_pulse_and_other_commands_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let running = start(dir.path(), &clock);
    let (handle, now) = (&running.handle, &clock.manual);
    let room = open(handle, now, 2);
    clock.hold();
    now.stand_still(Duration::from_secs(20));
    let account = request(0, Command::OpenAccount { entity: EntityId(1) });
    assert_eq!(done(ask(handle, account)), Receipt::Account(AccountId(4)));
    let before = handle.status().durable;
    // It came no later than what was just taken, and waits all the same.
    let bid = handle.submit(room.bid(0, 1), handle.now()).unwrap();
    a_while();
    assert_eq!(handle.status().durable, before);
    clock.release();
    assert_eq!(bid.wait().unwrap().outcome, Outcome::Rejected(Reject::LotPaused));
    handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(resumed(dir.path()), [(at(OPENS + 20), at(OPENS))]);
}

#[test]
fn what_came_before_a_standstill_and_waits_for_the_core_keeps_its_time_between_two_words_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let running = start(dir.path(), &clock);
    let (handle, now) = (&running.handle, &clock.manual);
    let room = revealing(handle, now);
    clock.hold();
    let came = at(ENDS).after(1);
    now.stand_still(Duration::from_secs(1_200));
    let reveal = RevealBid {
        lot: room.lot,
        price: yuan(STEP),
        nonce: Digest([4; 32]),
    };
    let reveal = request(room.bidders[0].user.0, Command::RevealBid(Box::new(reveal)));
    let reveal = handle.submit(reveal, came).unwrap();
    a_while();
    clock.release();
    let answer = soon("the core is done with it", || reveal.wait().unwrap());
    // It was in time: the bidder is told what is wrong with it.
    assert_eq!(
        (answer.outcome, answer.at),
        (Outcome::Rejected(Reject::RevealMismatch), came)
    );
    eventually("the core knows how long it took", || {
        handle.status().durable == answer.seq.next()
    });
    // The time that was lost is given back.
    now.advance(999 * SECOND);
    a_while();
    assert_eq!(handle.status().durable, answer.seq.next(), "bids may still be revealed");
    handle.stop();
    running.ended.wait().unwrap();
    // That it began, before what waited; and how long it took, once.
    assert_eq!(resumed(dir.path()), [(came, at(ENDS)), (at(ENDS + 1_200), came)]);
    replica(dir.path(), BookKind::Plain);
}

#[test]
fn a_venue_without_a_pulse_stops_where_it_needs_one_and_waits_for_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let running = start(dir.path(), &clock);
    let (handle, now) = (&running.handle, &clock.manual);
    open(handle, now, 1);
    clock.dies.store(true, Ordering::SeqCst);
    eventually("it is dead", || clock.waits.load(Ordering::SeqCst));
    now.set(at(ENDS - 10));
    now.stand_still(Duration::from_secs(10));
    eventually("the venue stops", || {
        let more = request(0, Command::OpenAccount { entity: EntityId(1) });
        handle.submit(more, handle.now()).err() == Some(Refused::Stopping)
    });
    assert_eq!(running.ended.wait(), Err(Fatal::Thread("pulse")));
    // The lot was open, and is.
    let running = start(dir.path(), &PulseClock::new());
    assert_eq!(running.recovery.last_at, at(OPENS));
}

#[test]
fn the_last_word_before_a_stop_waits_for_the_beat_that_shows_it() {
    let dir = tempfile::tempdir().unwrap();
    let clock = PulseClock::new();
    let running = start(dir.path(), &clock);
    let (handle, now) = (&running.handle, &clock.manual);
    let room = open(handle, now, 2);
    let bid = ask(handle, room.bid(0, 1));
    done(bid);
    clock.hold();
    // Not long enough to count as one that stood still.
    now.stand_still(Duration::from_secs(2));
    handle.stop();
    a_while();
    clock.release();
    assert_eq!(running.ended.wait(), Ok(bid.seq.next()));
    assert_eq!(resumed(dir.path()), []);
    let (replica, _) = replica(dir.path(), BookKind::Plain);
    assert_eq!(replica.last_at(), at(OPENS + 2));
}
