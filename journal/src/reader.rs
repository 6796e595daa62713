//! Reading without writing.
use crate::{Disk, OpenError, Recovery, ReplayedBatch};
use std::marker::PhantomData;

/// Reads a journal from its start, without a lock and without writing: a server may be appending meanwhile. Damage is
/// judged by the rules of [`Journal::open`](crate::Journal::open), but nothing is ever cut.
#[derive(Debug)]
pub struct Reader<D: Disk> {
    disk: PhantomData<D>,
}

impl<D: Disk> Reader<D> {
    /// Starts at the first batch.
    pub fn open(_disk: D) -> Result<Self, OpenError> {
        unimplemented!()
    }

    /// The next batch, or `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<ReplayedBatch<'_>>, OpenError> {
        unimplemented!()
    }

    /// What was read so far. `clean` and `cut` (what an opening would cut; a write in flight looks the same) count once
    /// [`Self::next_batch`] has returned `None`.
    pub fn summary(&self) -> Recovery {
        unimplemented!()
    }
}
