//! What opening a journal finds.
use crate::DiskError;
use protocol::{Digest, Request, Seq, Stamped, Timestamp};

/// A batch, read back and checked.
#[derive(Clone, Copy, Debug)]
pub struct ReplayedBatch<'a> {
    /// Its requests, in order. Never empty.
    pub requests: &'a [Stamped<Request>],
    /// The running hash of all events up to and including those of this batch.
    pub event_hash: u64,
    /// Its number: counts batches and end marks from 1.
    pub number: u64,
    /// Which opening of the journal wrote it; counts from 1.
    pub epoch: u64,
    /// Its link of the chain.
    pub link: Digest,
    /// Where it stands.
    pub place: Place,
}

/// A byte of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of the segment; counts from 1.
    pub segment: u64,
    /// The byte in the segment's file.
    pub offset: u64,
}

/// What an opening found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The last sequence; 0 if there is none.
    pub last: Seq,
    /// The time of the last request; 0 if there is none.
    pub last_at: Timestamp,
    /// How many batches were replayed.
    pub batches: u64,
    /// How many requests were replayed.
    pub requests: u64,
    /// The event hash of the last batch, if there is one.
    pub event_hash: Option<u64>,
    /// The head of the chain.
    pub chain_head: Digest,
    /// Whether there was no journal before.
    pub created: bool,
    /// Whether the last writer closed it properly. A new journal is clean.
    pub clean: bool,
    /// What was cut off the end. To be reported loudly.
    pub cut: Option<Cut>,
}

/// A torn tail. Nothing proves that it was ever durable; if it was, the sequences it held are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where it begins.
    pub place: Place,
    /// The name of the segment's file.
    pub file: String,
    /// How many bytes, to the last one that was not zero.
    pub bytes: u64,
    /// The first sequence that may be lost.
    pub from_seq: Seq,
    /// The last sequence that may be lost, where the torn batch's header could still be read.
    pub up_to_seq: Option<Seq>,
    /// What is wrong there.
    pub reason: String,
}

/// Why a journal does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
