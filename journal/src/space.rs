//! Room for what is to come: how much may still be taken and is sure to fit into segments that are already zero-filled.
//!
//! Always true: whatever was reserved fits, in whatever batches it is written, with an end mark behind it. A batch
//! that does not fit into the rest of a segment wastes that rest, which is shorter than the longest batch; so each
//! segment counts for its length less [`Options::batch_bytes_max`](crate::Options::batch_bytes_max).
//!
//! Preparing segments is `prepare`'s business, using them the journal's.

use crate::{
    batch::cost,
    format::{BATCH_HEADER, SECTOR, sectors},
};
use std::{
    fmt,
    sync::{
        Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

/// The room in segments that are already zero-filled.
pub struct Space {
    /// Bytes that may still be reserved. Below zero only for a caller who did not reserve.
    available: AtomicI64,
    shortage: AtomicU8,
    /// Signals more room to [`Self::reserve_within`].
    grown: (Mutex<()>, Condvar),
    /// Prepares more room here and now, where there is no thread that does.
    prepare: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// Why a reservation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// The next segment is still being prepared: try again in a moment.
    Preparing,
    /// The disk is full: nothing can be taken until there is space again. Preparing is retried.
    DiskFull,
    /// The journal has failed for good.
    Failed,
}

const PREPARING: u8 = 0;
const DISK_FULL: u8 = 1;
const FAILED: u8 = 2;
/// An end mark always fits.
const END_MARK: i64 = sectors(BATCH_HEADER) as i64;

impl Space {
    pub(crate) fn new() -> Self {
        Self {
            available: AtomicI64::new(-END_MARK),
            shortage: AtomicU8::new(PREPARING),
            grown: (Mutex::new(()), Condvar::new()),
            prepare: OnceLock::new(),
        }
    }

    /// Sets room aside for one request of `bytes` encoded bytes ([`encoded_bytes`](crate::encoded_bytes)), alone in a
    /// batch in the worst case. After `true` its append cannot fail for want of space. What was reserved is given back
    /// by the append of the batch that holds the request, or by [`Self::release`]. Every request that is pushed must
    /// have been reserved, ticks too. Any thread; lock-free unless refused.
    pub fn try_reserve(&self, bytes: usize) -> bool {
        self.try_reserve_leaving(bytes, 0)
    }

    /// Like [`Self::try_reserve`], but leaves the last `left` bytes to others while the next segment is being prepared.
    /// On a full disk nothing is left to anybody.
    pub fn try_reserve_leaving(&self, bytes: usize, left: u64) -> bool {
        if self.reserve(bytes, left) {
            return true;
        }
        match self.prepare.get() {
            Some(prepare) if self.shortage() != Shortage::Failed => {
                prepare();
                self.reserve(bytes, left)
            }
            _ => false,
        }
    }

    fn reserve(&self, bytes: usize, left: u64) -> bool {
        let left = match self.shortage.load(Ordering::Acquire) {
            FAILED => return false,
            DISK_FULL => 0,
            _ => left as i64,
        };
        let cost = cost(bytes) as i64;
        let take = |available: i64| (available >= cost + left).then(|| available - cost);
        self.available
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, take)
            .is_ok()
    }

    /// Gives back what [`Self::try_reserve`] set aside for a request of `bytes` that will not be pushed after all.
    pub fn release(&self, bytes: usize) {
        self.settle(cost(bytes) as i64);
    }

    /// How many bytes may still be reserved.
    pub fn available(&self) -> u64 {
        self.available.load(Ordering::Acquire).max(0).unsigned_abs()
    }

    /// Whether [`Self::try_reserve`] would say yes to a request of `bytes` now. Sets nothing aside.
    pub fn would_take(&self, bytes: usize) -> bool {
        self.available() >= cost(bytes)
    }

    /// Why [`Self::try_reserve`] said no just now.
    pub fn shortage(&self) -> Shortage {
        match self.shortage.load(Ordering::Acquire) {
            PREPARING => Shortage::Preparing,
            DISK_FULL => Shortage::DiskFull,
            _ => Shortage::Failed,
        }
    }

    /// Like [`Self::try_reserve`], but waits for room up to `patience`. For tools, never for the core.
    pub fn reserve_within(&self, bytes: usize, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let (lock, grown) = &self.grown;
        loop {
            if self.try_reserve(bytes) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.shortage() == Shortage::Failed {
                return false;
            }
            // A signal between the look and the wait is made up for by the short wait.
            let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
            drop(grown.wait_timeout(guard, left.min(Duration::from_millis(5))));
        }
    }

    /// More room (or less, for a caller who did not reserve).
    pub(crate) fn settle(&self, change: i64) {
        self.available.fetch_add(change, Ordering::AcqRel);
        if change > 0 {
            self.grown.1.notify_all();
        }
    }

    /// Says whether the disk is full. Nothing follows a failure.
    pub(crate) fn set_disk_full(&self, full: bool) {
        let (from, to) = if full {
            (PREPARING, DISK_FULL)
        } else {
            (DISK_FULL, PREPARING)
        };
        let _ = self
            .shortage
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }

    pub(crate) fn set_failed(&self) {
        self.shortage.store(FAILED, Ordering::Release);
        self.grown.1.notify_all();
    }

    pub(crate) fn set_prepare(&self, prepare: Box<dyn Fn() + Send + Sync>) {
        assert!(self.prepare.set(prepare).is_ok(), "set once");
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space")
            .field("available", &self.available())
            .field("shortage", &self.shortage())
            .finish()
    }
}

/// How many bytes of a segment's `remaining` ones can be promised, where the longest batch has `batch_bytes_max`.
pub(crate) fn usable(remaining: u64, batch_bytes_max: u64) -> i64 {
    remaining.saturating_sub(batch_bytes_max - SECTOR as u64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_may_still_be_reserved_is_told_to_the_byte() {
        let space = Space::new();
        assert_eq!(space.available(), 0, "an end mark has its room first");
        space.settle(END_MARK + 2 * cost(40) as i64 + 1);
        for left in [2 * cost(40) + 1, cost(40) + 1] {
            assert_eq!(space.available(), left);
            assert!(space.would_take(40) && space.try_reserve(40));
        }
        assert_eq!(space.available(), 1);
        assert!(!space.would_take(40) && !space.try_reserve(40));
        space.release(40);
        assert_eq!(space.available(), cost(40) + 1);
    }

    #[test]
    fn the_last_bytes_are_left_to_who_may_take_them_until_the_disk_is_full() {
        let space = Space::new();
        space.settle(END_MARK + 4 * cost(40) as i64);
        let left = 2 * cost(40);
        assert!(space.try_reserve_leaving(40, left));
        assert!(space.try_reserve_leaving(40, left));
        assert!(!space.try_reserve_leaving(40, left), "these are not everybody's");
        assert!(space.try_reserve(40));
        space.set_disk_full(true);
        assert!(space.try_reserve_leaving(40, left), "there will be no others");
        assert!(!space.try_reserve(40));
    }
}
