//! A batch under construction.
use protocol::{Request, Seq, Stamped};

/// A batch under construction. It keeps its buffer: no allocation per request after warm-up.
#[derive(Debug)]
pub struct Batch {}

/// The batch cannot take this request: append it first, then push again to the emptied one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch is full")]
pub struct BatchFull;

impl Batch {
    /// An empty batch for a journal of these options.
    pub fn new(_options: &crate::Options) -> Self {
        unimplemented!()
    }

    /// Empties it, keeps its buffer. [`Journal::append`](crate::Journal::append) does so on success.
    pub fn clear(&mut self) {
        unimplemented!()
    }

    /// Adds a request. Sequences must follow each other without a gap and times never fall (panics).
    /// After [`BatchFull`] the batch is as it was.
    pub fn push(&mut self, _request: &Stamped<Request>) -> Result<(), BatchFull> {
        unimplemented!()
    }

    /// How many requests it holds.
    pub fn len(&self) -> usize {
        unimplemented!()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        unimplemented!()
    }

    /// How many bytes it will take in the segment: a multiple of 512.
    pub fn bytes(&self) -> u64 {
        unimplemented!()
    }

    /// The sequence of the last request.
    pub fn last(&self) -> Option<Seq> {
        unimplemented!()
    }

    /// Sets the running hash of all events up to and including those of this batch.
    pub fn set_event_hash(&mut self, _hash: u64) {
        unimplemented!()
    }
}

/// The encoded length of a request in bytes, as [`Space::try_reserve`](crate::Space::try_reserve) wants it. Orders,
/// cancels and ticks cost nothing to measure; rare commands are encoded once.
pub fn encoded_bytes(_request: &Request) -> usize {
    unimplemented!()
}
