//! Where time comes from. The core never asks; the gateway stamps a command when its last byte has arrived, and the
//! sequencer asks only whether a deadline has passed.

use protocol::Timestamp;
use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A source of time. It never runs backwards.
pub trait Clock: Send + Sync + 'static {
    /// The present time, in nanoseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> Timestamp;

    /// How long a thread may sleep before it must ask again whether `deadline` has come.
    fn until(&self, deadline: Timestamp) -> Duration {
        // A second at most, so that no error of the clock makes anyone sleep through a deadline.
        Duration::from_nanos(deadline.0.saturating_sub(self.now().0)).min(Duration::from_secs(1))
    }

    /// Nanoseconds by which the machine's wall clock is ahead of this one (negative: behind). A change of more than a
    /// second says that one of the two has jumped, and that nobody knows which end of a lot is the right one.
    fn drift(&self) -> i64 {
        0
    }

    /// The machine's monotonic clock: how long the process really took for something, whatever moves the venue's time.
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// The venue's clock: anchored once at the machine's wall clock; from there on the monotonic clock counts. A step of
/// the wall clock (an operator, a leap second) never reaches the venue while it runs; [`Clock::drift`] shows it.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    wall: u64,
}

impl SystemClock {
    /// A clock anchored now.
    pub fn new() -> Self {
        let (started, wall) = moment();
        Self { started, wall }
    }

    /// What it shows at `instant`.
    fn at(&self, instant: Instant) -> u64 {
        self.wall + instant.saturating_duration_since(self.started).as_nanos() as u64
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.at(Instant::now()))
    }

    fn drift(&self) -> i64 {
        let (instant, wall) = moment();
        wall as i64 - self.at(instant) as i64
    }
}

/// What both clocks of the machine say of one moment. A thread that is stopped between the two readings would take its
/// pause for a difference of the clocks: so the closest pair of a few counts.
fn moment() -> (Instant, u64) {
    const CLOSE: Duration = Duration::from_millis(1);
    let mut closest = read_both();
    for _ in 0..7 {
        if closest.0 < CLOSE {
            break;
        }
        closest = closest.min(read_both());
    }
    (closest.1, closest.2)
}

/// How long the reading took, when it began, and what the wall clock said, in nanoseconds since 1970.
fn read_both() -> (Duration, Instant, u64) {
    let began = Instant::now();
    // A clock before 1970 is a broken machine: time then starts at 1970 and stays monotone.
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_nanos() as u64);
    (began.elapsed(), began, wall)
}

/// A clock that moves when it is told to, and no other way: for tests, which a slow machine may stop anywhere.
#[derive(Debug)]
pub struct ManualClock {
    /// Without what it stood still.
    now: AtomicU64,
    drift: AtomicI64,
    still: AtomicU64,
    /// What the monotonic clock shows, but for what it stood still.
    instant: Instant,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now: AtomicU64::new(now.0),
            drift: AtomicI64::new(0),
            still: AtomicU64::new(0),
            instant: Instant::now(),
        }
    }

    /// Moves the clock to `now`; an earlier time than it shows is ignored.
    pub fn set(&self, now: Timestamp) {
        let still = self.still.load(Ordering::SeqCst);
        self.now.fetch_max(now.0.saturating_sub(still), Ordering::SeqCst);
    }

    /// Moves the clock on by `nanoseconds`.
    pub fn advance(&self, nanoseconds: u64) {
        self.now.fetch_add(nanoseconds, Ordering::SeqCst);
    }

    /// Moves the clock as if the process had stood still for `duration` up to now: the venue's time and the monotonic
    /// clock go on at once.
    pub fn stand_still(&self, duration: Duration) {
        self.still.fetch_add(duration.as_nanos() as u64, Ordering::SeqCst);
    }

    /// Puts the wall clock `nanoseconds` ahead from now on.
    pub fn set_drift(&self, nanoseconds: i64) {
        self.drift.store(nanoseconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst) + self.still.load(Ordering::SeqCst))
    }

    fn until(&self, _: Timestamp) -> Duration {
        // Nobody knows when it will be moved.
        Duration::from_millis(1)
    }

    fn drift(&self) -> i64 {
        self.drift.load(Ordering::SeqCst)
    }

    fn instant(&self) -> Instant {
        self.instant + Duration::from_nanos(self.still.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_near_the_wall_and_never_runs_backwards() {
        let clock = SystemClock::new();
        assert!(clock.drift().abs() < 1_000_000_000, "drift {}", clock.drift());
        let mut last = clock.now();
        for _ in 0..10_000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn a_manual_clock_moves_forward_only() {
        let clock = ManualClock::new(Timestamp(100));
        clock.set(Timestamp(50));
        assert_eq!(clock.now(), Timestamp(100));
        clock.advance(5);
        clock.set(Timestamp(200));
        assert_eq!(clock.now(), Timestamp(200));
        clock.stand_still(Duration::from_nanos(30));
        assert_eq!(clock.now(), Timestamp(230));
        clock.set(Timestamp(220));
        assert_eq!(clock.now(), Timestamp(230));
        clock.set(Timestamp(250));
        assert_eq!(clock.now(), Timestamp(250));
    }
}
