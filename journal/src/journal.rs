//! The one writer.
use crate::{Batch, Disk, OpenError, Recovery, ReplayedBatch, Space};
use protocol::Seq;
use std::{marker::PhantomData, sync::Arc};

/// How a journal is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The length of a new segment file in bytes; a multiple of 512. Existing segments keep theirs. Default 64 MiB.
    pub segment_bytes: u64,
    /// The longest batch in bytes, a multiple of 512. Default: a little more than the longest request.
    pub batch_bytes_max: u64,
    /// How many segments are kept zero-filled ahead of the one in use, at least 1. Default 1.
    pub prepared_ahead: usize,
}

/// Why an append was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// No zero-filled room: it was not reserved. Nothing was written; the journal is as it was.
    #[error("no prepared room left for this batch")]
    Full,
    /// A write or a sync failed, now or before. Nothing may be acknowledged any more; the process should stop.
    #[error("the journal has failed and takes no more: {cause}")]
    Poisoned {
        /// The first failure.
        cause: String,
    },
}

/// A durable ordered log, open for writing.
#[derive(Debug)]
pub struct Journal<D: Disk> {
    disk: PhantomData<D>,
}

impl<D: Disk> Journal<D> {
    /// Opens the journal on `disk`, creates it if there is none, and hands every batch to `replay` in order. An error
    /// of `replay` ends the opening. A torn tail is cut, durably, and reported in [`Recovery::cut`]; any other damage
    /// is an [`OpenError`] and leaves the disk as it was.
    pub fn open(
        _disk: D,
        _options: Options,
        _replay: &mut dyn FnMut(ReplayedBatch<'_>) -> Result<(), String>,
    ) -> Result<(Self, Recovery), OpenError> {
        unimplemented!()
    }

    /// Writes and syncs the batch, clears it, and returns the sequence up to which all is durable. The batch's first
    /// request must follow the last one written (panics). After [`AppendError::Poisoned`] every later call fails, too.
    pub fn append(&mut self, _batch: &mut Batch) -> Result<Seq, AppendError> {
        unimplemented!()
    }

    /// Room for what is to come, shared with whoever takes commands.
    pub fn space(&self) -> Arc<Space> {
        unimplemented!()
    }

    /// The sequence up to which all is durable; 0 if nothing is.
    pub fn durable_up_to(&self) -> Seq {
        unimplemented!()
    }

    /// Writes and syncs an end mark, so that the next opening knows that nothing is missing.
    pub fn close(self) -> Result<(), AppendError> {
        unimplemented!()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            batch_bytes_max: (4 << 20) + (64 << 10),
            prepared_ahead: 1,
        }
    }
}
