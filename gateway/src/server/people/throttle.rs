//! Tries that come back with time: so many at once, then one each so often.
//!
//! What always holds: the memory is the same however many try. Names share cells by a hash that nobody outside can
//! foretell, so a shared cell refuses too much and never too little. A cell holds the time at which all tries of it are
//! back (the generic cell rate algorithm).

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Cells of a throttle: a power of two.
const CELLS: usize = 1 << 14;

/// A throttle.
pub(super) struct Throttle {
    cells: Box<[AtomicU64]>,
    hash: RandomState,
    began: Instant,
    /// How long a try takes to come back, in milliseconds.
    each_ms: u64,
    /// How many there are at once.
    burst: u64,
}

impl Throttle {
    pub(super) fn new(burst: u32, each: Duration) -> Self {
        Self {
            cells: (0..CELLS).map(|_| AtomicU64::new(0)).collect(),
            hash: RandomState::new(),
            began: Instant::now(),
            each_ms: u64::try_from(each.as_millis()).unwrap_or(u64::MAX),
            burst: burst.into(),
        }
    }

    fn cell(&self, name: impl Hash) -> &AtomicU64 {
        let place = self.hash.hash_one(name) as usize % CELLS;
        &self.cells[place]
    }

    /// Takes a try of this name; or says in how many milliseconds there is one.
    pub(super) fn take(&self, name: impl Hash, now: Instant) -> Result<(), u64> {
        let now = u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX);
        let most = self.each_ms.saturating_mul(self.burst);
        let taken = self
            .cell(name)
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |back| {
                let next = back.max(now).saturating_add(self.each_ms);
                (next <= now.saturating_add(most)).then_some(next)
            });
        taken
            .map(|_| ())
            .map_err(|back| back.saturating_add(self.each_ms) - now.saturating_add(most))
    }

    /// Gives a try back: it was none.
    pub(super) fn give_back(&self, name: impl Hash) {
        let back = |back: u64| Some(back.saturating_sub(self.each_ms));
        let _ = self.cell(name).fetch_update(Ordering::Relaxed, Ordering::Relaxed, back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_one_each_so_often() {
        let throttle = Throttle::new(3, Duration::from_secs(10));
        let at = |ms: u64| throttle.began + Duration::from_millis(ms);
        for _ in 0..3 {
            throttle.take("ana", at(0)).unwrap();
        }
        assert_eq!(throttle.take("ana", at(0)), Err(10_000));
        assert_eq!(throttle.take("ana", at(9_999)), Err(1));
        throttle.take("bo", at(0)).unwrap();
        throttle.take("ana", at(10_000)).unwrap();
        assert!(throttle.take("ana", at(10_000)).is_err());
        throttle.give_back("ana");
        throttle.take("ana", at(10_000)).unwrap();
        for _ in 0..3 {
            throttle.take("ana", at(1_000_000)).unwrap();
        }
        assert!(
            throttle.take("ana", at(1_000_000)).is_err(),
            "no more than the burst is saved up"
        );
    }
}
