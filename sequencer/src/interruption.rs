//! Hours in which bids could not be taken: the venue was down, the disk was full, or its clock cannot be trusted. The core hears of each
//! by a [`Resumed`](protocol::Command::Resumed), before anything that fell due in it fires.

use protocol::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// Since when bids could not be taken, as far as the core was not told yet.
#[derive(Debug)]
pub(crate) struct Interruption {
    since: AtomicU64,
    /// The last moment that is known to belong to it.
    until: AtomicU64,
}

impl Interruption {
    pub(crate) fn none() -> Self {
        Self {
            since: AtomicU64::new(Timestamp::NEVER.0),
            until: AtomicU64::new(0),
        }
    }

    /// Bids could not be taken between these two moments.
    pub(crate) fn note(&self, since: Timestamp, until: Timestamp) {
        self.until.fetch_max(until.0, Ordering::AcqRel);
        self.since.fetch_min(since.0, Ordering::AcqRel);
    }

    /// Since when; [`Timestamp::NEVER`] if the core knows of everything.
    pub(crate) fn since(&self) -> Timestamp {
        Timestamp(self.since.load(Ordering::Acquire))
    }

    /// Whether it is known to have lasted beyond this moment.
    pub(crate) fn lasts_beyond(&self, at: Timestamp) -> bool {
        self.until.load(Ordering::Acquire) > at.0
    }

    /// The core knows of what began at `since`, up to `at`. What was noted meanwhile stays.
    pub(crate) fn settle(&self, since: Timestamp, at: Timestamp) {
        let rest = if self.lasts_beyond(at) { at } else { Timestamp::NEVER };
        let _ = self
            .since
            .compare_exchange(since.0, rest.0, Ordering::AcqRel, Ordering::Acquire);
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
