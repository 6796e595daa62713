//! Entries: an order in its side of a book, as one word that sorts by price and time.

use crate::book::{Slot, Ticks};
use core::fmt::{self, Debug, Formatter};
use protocol::Side;

/// The key of a price: the lower, the better for whoever trades with it.
pub(super) const fn key(side: Side, ticks: Ticks) -> u32 {
    match side {
        Side::Buy => Ticks::MAX.0 ^ ticks.0,
        Side::Sell => ticks.0,
    }
}

/// The price of a key: a key is its own inverse.
pub(super) const fn ticks(side: Side, of: u32) -> Ticks {
    Ticks(key(side, Ticks(of)))
}

/// An order in its side: its key above, its slot below, in one word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(pub(super) u64);

impl Entry {
    /// No order. Its key is above every key.
    pub(super) const NONE: Self = Self(u64::MAX);

    pub(super) const fn new(key: u32, slot: Slot) -> Self {
        Self((key as u64) << 32 | slot.0 as u64)
    }

    pub(super) const fn key(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) const fn slot(self) -> Slot {
        Slot(self.0 as u32)
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl Debug for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            f.write_str("-")
        } else {
            write!(f, "{:x}:{}", self.key(), self.slot().0)
        }
    }
}

/// Puts an entry behind those of its key or a better one. The last place must be free. Without a branch on the
/// entries: where it goes is anybody's guess.
#[inline]
pub(super) fn insert<const N: usize>(entries: &mut [Entry; N], entry: Entry) {
    let place = entries.iter().filter(|other| other.key() <= entry.key()).count();
    for i in (1..N).rev() {
        entries[i] = if i > place { entries[i - 1] } else { entries[i] };
    }
    entries[place.min(N - 1)] = entry;
}

/// Takes the entry of an order out.
#[inline]
pub(super) fn remove<const N: usize>(entries: &mut [Entry; N], slot: Slot) {
    let mut found = false;
    for i in 0..N - 1 {
        found |= entries[i].slot() == slot;
        entries[i] = if found { entries[i + 1] } else { entries[i] };
    }
    entries[N - 1] = Entry::NONE;
}
