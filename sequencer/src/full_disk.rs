//! A full disk, as those see it who run the venue: since when it takes nothing, until when, and how much it refused.
//!
//! What always holds: the log has one line for its beginning and one for its end, however many commands are refused
//! meanwhile.

use journal::{Shortage, Space};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What an order takes in the journal, and more.
const ORDER: usize = 128;

/// Whether the disk is full, and what it refused.
#[derive(Debug, Default)]
pub(crate) struct FullDisk {
    /// Whether the log says that it is.
    said: AtomicBool,
    refusals: AtomicU64,
}

impl FullDisk {
    /// A command found no room.
    pub(crate) fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        self.begins();
    }

    /// How many found none.
    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Whether there is no room for an order; says in the log what changed.
    pub(crate) fn look(&self, space: &Space) -> bool {
        let full = space.shortage() == Shortage::DiskFull;
        let nothing_fits = full && !space.would_take(ORDER);
        if nothing_fits {
            self.begins();
        } else if !full && self.said.swap(false, Ordering::AcqRel) {
            let refused = self.refusals();
            // As loud as needs be to stand beside the first line wherever that is shown.
            tracing::warn!(refused, "the disk has room again: commands are taken");
        }
        nothing_fits
    }

    fn begins(&self) {
        if !self.said.swap(true, Ordering::AcqRel) {
            tracing::error!("the disk is full: commands are refused until it has room again");
        }
    }
}
