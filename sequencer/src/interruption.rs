//! Hours in which bids could not be taken: the venue was down, its process stood still, the disk was full, or its clock
//! cannot be trusted. The core hears of each by a [`Resumed`](protocol::Command::Resumed), before anything that fell
//! due in it fires.

use protocol::Timestamp;
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

/// Since when bids could not be taken, as far as the core was not told yet.
#[derive(Debug)]
pub(crate) struct Interruption {
    span: Mutex<Option<Span>>,
    /// Whether there is one: asked before every command, so without the lock.
    noted: AtomicBool,
}

/// From when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) since: Timestamp,
    /// The last moment that is known to belong to it.
    pub(crate) until: Timestamp,
    /// Whether the core knows that it began, and not yet how long it took.
    pub(crate) begun: bool,
    /// Whether it was so short that it counts near a lot's end alone.
    pub(crate) short: bool,
}

impl Span {
    /// What is due from this moment on waits until the core was told. The end of one that it knows to have begun waits
    /// for the commands before the end: they are told apart, and each need not be told anew.
    pub(crate) fn tell_from(&self) -> Timestamp {
        if self.begun { self.until } else { self.since }
    }
}

impl Interruption {
    pub(crate) fn none() -> Self {
        Self {
            span: Mutex::new(None),
            noted: AtomicBool::new(false),
        }
    }

    fn span(&self) -> MutexGuard<'_, Option<Span>> {
        self.span.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Bids could not be taken between these two moments.
    pub(crate) fn note(&self, since: Timestamp, until: Timestamp) {
        self.add(since, until, false);
    }

    /// The same, for so short a time that it matters near a lot's end alone.
    pub(crate) fn note_short(&self, since: Timestamp, until: Timestamp) {
        self.add(since, until, true);
    }

    fn add(&self, since: Timestamp, until: Timestamp, short: bool) {
        let mut span = self.span();
        let before = span.unwrap_or(Span {
            since,
            until,
            begun: false,
            short,
        });
        *span = Some(Span {
            since: before.since.min(since),
            until: before.until.max(until),
            begun: false,
            short: before.short && short,
        });
        self.noted.store(true, Ordering::Release);
    }

    /// What the core does not know yet.
    pub(crate) fn pending(&self) -> Option<Span> {
        if self.noted.load(Ordering::Acquire) {
            *self.span()
        } else {
            None
        }
    }

    /// The core knows of what began at `since`, up to `at`. What was noted meanwhile stays.
    pub(crate) fn settle(&self, since: Timestamp, at: Timestamp) {
        let mut span = self.span();
        let Some(noted) = span.filter(|span| span.since == since) else {
            return;
        };
        *span = (noted.until > at).then_some(Span {
            since: at,
            begun: true,
            ..noted
        });
        self.noted.store(span.is_some(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: u64, until: u64, begun: bool) -> Option<Span> {
        Some(Span {
            since: Timestamp(since),
            until: Timestamp(until),
            begun,
            short: false,
        })
    }

    #[test]
    fn what_was_told_is_over_and_what_came_after_is_not() {
        let interruption = Interruption::none();
        assert_eq!(interruption.pending(), None);
        interruption.note(Timestamp(5), Timestamp(5));
        interruption.note(Timestamp(9), Timestamp(9));
        assert_eq!(interruption.pending(), span(5, 9, false));
        interruption.settle(Timestamp(5), Timestamp(7));
        assert_eq!(interruption.pending(), span(7, 9, true), "it lasted to 9");
        interruption.note(Timestamp(6), Timestamp(6));
        interruption.settle(Timestamp(7), Timestamp(9));
        assert_eq!(interruption.pending(), span(6, 9, false), "noted meanwhile");
        interruption.settle(Timestamp(6), Timestamp(9));
        assert_eq!(interruption.pending(), None);
    }

    #[test]
    fn the_core_hears_at_once_that_one_began_and_then_of_its_end() {
        let interruption = Interruption::none();
        interruption.note(Timestamp(5), Timestamp(9));
        let tell_from = || interruption.pending().unwrap().tell_from();
        assert_eq!(tell_from(), Timestamp(5));
        interruption.settle(Timestamp(5), Timestamp(7));
        assert_eq!(tell_from(), Timestamp(9), "not again before every command of that time");
        interruption.note(Timestamp(8), Timestamp(8));
        assert_eq!(tell_from(), Timestamp(7), "a new one");
    }

    #[test]
    fn a_short_one_beside_a_long_one_is_a_long_one() {
        let short = |interruption: &Interruption| interruption.pending().unwrap().short;
        let interruption = Interruption::none();
        interruption.note_short(Timestamp(5), Timestamp(6));
        interruption.note_short(Timestamp(7), Timestamp(8));
        assert!(short(&interruption));
        interruption.note(Timestamp(9), Timestamp(12));
        assert!(!short(&interruption));
        interruption.note_short(Timestamp(13), Timestamp(14));
        assert!(!short(&interruption));
        assert_eq!(interruption.pending(), span(5, 14, false));
    }
}
