//! Reading without writing.

use crate::{
    disk::Disk,
    findings::{OpenError, Recovery, ReplayedBatch},
    scan::Scanner,
};
use std::sync::Arc;

/// A reader of a journal from its start, without a lock and without writing: a server may be appending meanwhile.
/// Damage is judged by the rules of [`Journal::open`](crate::Journal::open), but nothing is ever cut.
#[derive(Debug)]
pub struct Reader<D: Disk> {
    scanner: Scanner<D>,
}

impl<D: Disk> Reader<D> {
    /// Starts before the first batch. A journal without a segment is empty.
    pub fn open(disk: D) -> Result<Self, OpenError> {
        Ok(Self {
            scanner: Scanner::new(Arc::new(disk), true)?,
        })
    }

    /// The next batch, or `None` at the end. Not to be called again after an error.
    pub fn next_batch(&mut self) -> Result<Option<ReplayedBatch<'_>>, OpenError> {
        self.scanner.next_batch()
    }

    /// The findings of what was read so far. `clean` and `cut` (what an opening would cut; a write in flight looks the
    /// same) count once [`Self::next_batch`] has returned `None`.
    pub fn summary(&self) -> Recovery {
        self.scanner.recovery().clone()
    }

    /// How many segment files there were at the opening, prepared ones among them: with [`ReplayedBatch::place`], a
    /// measure of progress.
    pub fn segment_count(&self) -> usize {
        self.scanner.segment_count()
    }
}
