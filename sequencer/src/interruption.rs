//! Hours in which bids could not be taken: the venue was down, the disk was full, or its clock cannot be trusted. The core hears of each
//! by a [`Resumed`](protocol::Command::Resumed), before anything that fell due in it fires.

use protocol::Timestamp;
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

/// Since when bids could not be taken, as far as the core was not told yet.
#[derive(Debug)]
pub(crate) struct Interruption {
    span: Mutex<Span>,
    /// Whether there is one: asked before every command, so without the lock.
    noted: AtomicBool,
}

/// From when to when.
#[derive(Clone, Copy, Debug)]
struct Span {
    since: Timestamp,
    /// The last moment that is known to belong to it.
    until: Timestamp,
}

impl Interruption {
    pub(crate) fn none() -> Self {
        Self {
            span: Mutex::new(Span {
                since: Timestamp::NEVER,
                until: Timestamp(0),
            }),
            noted: AtomicBool::new(false),
        }
    }

    fn span(&self) -> MutexGuard<'_, Span> {
        self.span.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Bids could not be taken between these two moments.
    pub(crate) fn note(&self, since: Timestamp, until: Timestamp) {
        let mut span = self.span();
        span.until = span.until.max(until);
        span.since = span.since.min(since);
        self.noted.store(true, Ordering::Release);
    }

    /// Since when; [`Timestamp::NEVER`] if the core knows of everything.
    pub(crate) fn since(&self) -> Timestamp {
        if self.noted.load(Ordering::Acquire) {
            self.span().since
        } else {
            Timestamp::NEVER
        }
    }

    /// Whether it is known to have lasted beyond this moment.
    pub(crate) fn lasts_beyond(&self, at: Timestamp) -> bool {
        self.span().until > at
    }

    /// The core knows of what began at `since`, up to `at`. What was noted meanwhile stays.
    pub(crate) fn settle(&self, since: Timestamp, at: Timestamp) {
        let mut span = self.span();
        if span.since != since {
            return;
        }
        span.since = if span.until > at { at } else { Timestamp::NEVER };
        self.noted.store(span.since != Timestamp::NEVER, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_over_and_what_came_after_is_not() {
        let interruption = Interruption::none();
        assert_eq!(interruption.since(), Timestamp::NEVER);
        interruption.note(Timestamp(5), Timestamp(5));
        interruption.note(Timestamp(9), Timestamp(9));
        assert_eq!(interruption.since(), Timestamp(5));
        interruption.settle(Timestamp(5), Timestamp(7));
        assert_eq!(interruption.since(), Timestamp(7), "it lasted to 9");
        interruption.note(Timestamp(6), Timestamp(6));
        interruption.settle(Timestamp(7), Timestamp(9));
        assert_eq!(interruption.since(), Timestamp(6), "noted meanwhile");
        interruption.settle(Timestamp(6), Timestamp(9));
        assert_eq!(interruption.since(), Timestamp::NEVER);
    }
}
