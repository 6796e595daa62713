//! Whether the process stood still: stopped, frozen with its machine, lost in a storm of swapping. Bids that were sent
//! meanwhile lie in the kernel's buffers and are read afterwards, so nothing may end in such hours.
//!
//! A thread that sleeps and looks how long it really slept. It knows no disk, no inbox and no core: what holds up those
//! is no standstill, for bids still arrive and have their times.
//!
//! Invariant: a standstill is noted before the beat after it is shown. So whoever finds the last beat young knows of
//! every standstill before it.

use crate::{clock::Clock, config::Fatal, interruption::Interruption};
use crossbeam::channel::{self, Receiver, RecvTimeoutError, Sender};
use protocol::Timestamp;
use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// So many beats in the time that makes a standstill: a loaded machine may swallow several of them.
const BEATS: u32 = 12;
/// From here on a standstill near a lot's end is one like any other.
const SHORT: Duration = Duration::from_secs(2);

/// What makes a standstill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// More than this between two beats, at any time.
    pub(crate) standstill: Duration,
    /// More than this while a lot's end is near.
    pub(crate) near_end: Duration,
}

/// The pulse of the process. Ends when it is dropped.
pub(crate) struct Pulse {
    shown: Arc<Shown>,
    thread: JoinHandle<()>,
    /// Nothing is ever sent: its end is what the thread hears.
    _ends: Sender<Infallible>,
}

/// What both sides know.
struct Shown {
    clock: Arc<dyn Clock>,
    bounds: Bounds,
    /// Up to this time of the venue a lot's end is near.
    near_until: AtomicU64,
    began: Instant,
    /// The last beat, in nanoseconds since it began.
    last: AtomicU64,
}

/// The thread's own.
struct Beating {
    shown: Arc<Shown>,
    interruption: Arc<Interruption>,
    last: Beat,
}

#[derive(Clone, Copy)]
struct Beat {
    /// By the venue's clock, not after `instant`: bids could be taken up to here.
    at: Timestamp,
    instant: Instant,
}

impl Beat {
    fn now(clock: &dyn Clock) -> Self {
        let at = clock.now();
        Self {
            at,
            instant: clock.instant(),
        }
    }
}

impl Pulse {
    /// Begins to beat; notes each standstill that takes longer than its bound.
    pub(crate) fn start(bounds: Bounds, clock: Arc<dyn Clock>, interruption: Arc<Interruption>) -> io::Result<Self> {
        let (mut beating, shown) = Beating::new(bounds, clock, interruption);
        let (ends, end) = channel::bounded(0);
        let thread = thread::Builder::new()
            .name("pulse".to_owned())
            .spawn(move || beating.run(&end))?;
        Ok(Self {
            shown,
            thread,
            _ends: ends,
        })
    }

    /// A lot's end is near up to this time; `None`: none is.
    pub(crate) fn near_end(&self, until: Option<Timestamp>) {
        let until = until.map_or(0, |until| until.0);
        self.shown.near_until.store(until, Ordering::Release);
    }

    /// Whether the process was awake all the time up to now, but for what is noted and for what is too short to be.
    /// Asked after a look at the clock, it tells of that moment.
    pub(crate) fn is_young(&self) -> bool {
        self.shown.is_young()
    }

    /// Whether the thread is gone: then no beat comes any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends it. An error if it had panicked.
    pub(crate) fn end(self) -> Result<(), Fatal> {
        let Self { thread, _ends, .. } = self;
        drop(_ends);
        thread.join().map_err(|_| Fatal::Thread("pulse"))
    }
}

impl Shown {
    fn is_young(&self) -> bool {
        let last = self.began + Duration::from_nanos(self.last.load(Ordering::Acquire));
        // Half of it: what is older than that is left to the next beat to judge, which comes as soon as the process is
        // awake.
        self.clock.instant().saturating_duration_since(last) <= self.bound(self.clock.now()) / 2
    }

    /// What is a standstill at this time.
    fn bound(&self, at: Timestamp) -> Duration {
        let Bounds { standstill, near_end } = self.bounds;
        let near = at.0 < self.near_until.load(Ordering::Acquire);
        if near { near_end.min(standstill) } else { standstill }
    }
}

impl Beating {
    /// Has beaten once.
    fn new(bounds: Bounds, clock: Arc<dyn Clock>, interruption: Arc<Interruption>) -> (Self, Arc<Shown>) {
        let last = Beat::now(&*clock);
        let shown = Arc::new(Shown {
            clock,
            bounds,
            near_until: AtomicU64::new(0),
            began: last.instant,
            last: AtomicU64::new(0),
        });
        let beating = Self {
            shown: Arc::clone(&shown),
            interruption,
            last,
        };
        (beating, shown)
    }

    fn run(&mut self, end: &Receiver<Infallible>) {
        loop {
            let pause = self.shown.bound(self.last.at) / BEATS;
            if end.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            self.beat();
        }
    }

    fn beat(&mut self) {
        let beat = Beat::now(&*self.shown.clock);
        let gap = beat.instant.saturating_duration_since(self.last.instant);
        // The bound of when it began: an end that was near then may lie behind us.
        if gap > self.shown.bound(self.last.at) {
            // The clock again: the standstill may have come between the two looks of this beat.
            let now = self.shown.clock.now();
            if gap > self.shown.bounds.standstill || gap >= SHORT {
                self.interruption.note(self.last.at, now);
            } else {
                self.interruption.note_short(self.last.at, now);
            }
        }
        let since = beat.instant.saturating_duration_since(self.shown.began);
        self.shown.last.store(since.as_nanos() as u64, Ordering::Release);
        self.last = beat;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    const BOUND: Duration = Duration::from_secs(3_600);
    const BOUNDS: Bounds = Bounds {
        standstill: BOUND,
        near_end: Duration::from_millis(500),
    };
    const HOUR: u64 = 3_600_000_000_000;

    #[test]
    fn a_beat_that_comes_too_late_notes_since_when_and_until_when() {
        let clock = Arc::new(ManualClock::new(Timestamp(100)));
        let interruption = Arc::new(Interruption::none());
        let (mut beating, shown) = Beating::new(BOUNDS, clock.clone(), Arc::clone(&interruption));
        // The venue's time alone says nothing.
        clock.advance(10 * HOUR);
        beating.beat();
        assert!(shown.is_young() && interruption.pending().is_none());
        // Short of the bound: whoever asks waits for the beat, which knows of nothing.
        clock.stand_still(BOUND * 3 / 4);
        assert!(!shown.is_young());
        beating.beat();
        assert!(shown.is_young() && interruption.pending().is_none());
        let last = clock.now();
        clock.stand_still(BOUND * 2);
        assert!(!shown.is_young());
        assert!(interruption.pending().is_none(), "nobody but the beat notes it");
        beating.beat();
        assert!(shown.is_young());
        let span = interruption.pending().unwrap();
        assert_eq!((span.since, span.until), (last, last.after(2 * HOUR)));
    }

    #[test]
    fn near_a_lots_end_half_a_second_counts_and_two_seconds_are_a_standstill_like_any_other() {
        const MS: u64 = 1_000_000;
        let clock = Arc::new(ManualClock::new(Timestamp(100)));
        let interruption = Arc::new(Interruption::none());
        let (mut beating, shown) = Beating::new(BOUNDS, clock.clone(), Arc::clone(&interruption));
        let mut stall = |ms: u64| {
            clock.stand_still(Duration::from_millis(ms));
            let young = shown.is_young();
            beating.beat();
            let noted = interruption.pending();
            if let Some(span) = noted {
                assert_eq!(span.until.0 - span.since.0, ms * MS);
                interruption.settle(span.since, span.until);
            }
            (young, noted.map(|span| span.short))
        };
        assert_eq!(stall(1_900), (true, None), "no end is near");
        shown
            .near_until
            .store(clock.now().after(600_000 * MS).0, Ordering::Release);
        assert_eq!(stall(250), (true, None));
        assert_eq!(stall(400), (false, None), "left to the beat, which knows of nothing");
        assert_eq!(stall(700), (false, Some(true)));
        assert_eq!(stall(1_900), (false, Some(true)));
        assert_eq!(stall(2_000), (false, Some(false)));
        // An end that was near when it began, and passed unseen.
        shown.near_until.store(clock.now().after(MS).0, Ordering::Release);
        assert_eq!(stall(700).1, Some(true));
        assert_eq!(stall(700), (true, None));
    }

    #[test]
    fn it_beats_by_itself_and_ends_when_it_is_told_to() {
        let bounds = Bounds {
            standstill: Duration::from_secs(6),
            ..BOUNDS
        };
        let clock = Arc::new(ManualClock::new(Timestamp(100)));
        let interruption = Arc::new(Interruption::none());
        let pulse = Pulse::start(bounds, clock.clone(), Arc::clone(&interruption)).unwrap();
        clock.stand_still(Duration::from_secs(7));
        let since = Instant::now();
        while !pulse.is_young() {
            assert!(since.elapsed() < Duration::from_secs(20), "it never beats");
            thread::sleep(Duration::from_millis(1));
        }
        let span = interruption.pending().expect("noted before the beat is shown");
        assert_eq!((span.since, span.until), (Timestamp(100), Timestamp(7_000_000_100)));
        assert!(!pulse.is_dead());
        pulse.end().unwrap();
    }
}
