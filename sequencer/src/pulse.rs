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
    /// What is longer than this between two beats is a standstill.
    bound: Duration,
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
    /// Begins to beat; notes each standstill that takes longer than `bound`.
    pub(crate) fn start(bound: Duration, clock: Arc<dyn Clock>, interruption: Arc<Interruption>) -> io::Result<Self> {
        let (mut beating, shown) = Beating::new(bound, clock, interruption);
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
        self.clock.instant().saturating_duration_since(last) <= self.bound / 2
    }
}

impl Beating {
    /// Has beaten once.
    fn new(bound: Duration, clock: Arc<dyn Clock>, interruption: Arc<Interruption>) -> (Self, Arc<Shown>) {
        let last = Beat::now(&*clock);
        let shown = Arc::new(Shown {
            clock,
            bound,
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
        let pause = self.shown.bound / BEATS;
        while end.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            self.beat();
        }
    }

    fn beat(&mut self) {
        let beat = Beat::now(&*self.shown.clock);
        if beat.instant.saturating_duration_since(self.last.instant) > self.shown.bound {
            // The clock again: the standstill may have come between the two looks of this beat.
            self.interruption.note(self.last.at, self.shown.clock.now());
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
    const HOUR: u64 = 3_600_000_000_000;

    #[test]
    fn a_beat_that_comes_too_late_notes_since_when_and_until_when() {
        let clock = Arc::new(ManualClock::new(Timestamp(100)));
        let interruption = Arc::new(Interruption::none());
        let (mut beating, shown) = Beating::new(BOUND, clock.clone(), Arc::clone(&interruption));
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
    fn it_beats_by_itself_and_ends_when_it_is_told_to() {
        let clock = Arc::new(ManualClock::new(Timestamp(100)));
        let interruption = Arc::new(Interruption::none());
        let pulse = Pulse::start(Duration::from_secs(6), clock.clone(), Arc::clone(&interruption)).unwrap();
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
