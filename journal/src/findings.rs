//! What opening or reading a journal finds: what was replayed, what was cut, and why a journal is refused.

use crate::{
    disk::DiskError,
    format::{FORMAT_VERSION, Place, segment_name},
};
use protocol::{Digest, Request, Seq, Stamped, Timestamp, wire::WireError};
use std::fmt;

/// A batch, read back and checked.
#[derive(Clone, Copy, Debug)]
pub struct ReplayedBatch<'a> {
    /// The batch's requests, in order. Never empty.
    pub requests: &'a [Stamped<Request>],
    /// The running hash of all events up to and including those of this batch.
    pub event_hash: u64,
    /// The batch's number: counts batches and end marks from 1.
    pub number: u64,
    /// Which opening of the journal wrote the batch; counts from 1.
    pub epoch: u64,
    /// The batch's link of the chain.
    pub link: Digest,
    /// Where the batch stands.
    pub place: Place,
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
    /// The head of the chain: the link of the last batch or end mark, zeros before the first.
    pub chain_head: Digest,
    /// Whether there was no batch before.
    pub created: bool,
    /// Whether the last writer closed the journal properly: it ends with an end mark, or it is new.
    pub clean: bool,
    /// Whether the last segment is full and the one is not there that must have been prepared after it: then segments
    /// were taken away. Known to an opening alone.
    pub next_is_missing: bool,
    /// The torn tail that was cut off the end. To be reported loudly.
    pub cut: Option<Cut>,
}

/// A torn tail: damage behind the last sound batch, and nothing that proves that it was ever durable. A power cut in
/// the middle of a write leaves this, and then nobody was told that those commands were taken. Damage to the very last
/// batch looks the same, and then the sequences it held are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the tail begins.
    pub place: Place,
    /// How many bytes it has, up to the last one that was not zero.
    pub bytes: u64,
    /// The first sequence that may be lost.
    pub from_seq: Seq,
    /// The last sequence that may be lost, where the torn batch's header could still be read.
    pub up_to_seq: Option<Seq>,
    /// What is wrong with the tail.
    pub damage: Damage,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "torn tail: {} bytes of {}: {}; ",
            self.bytes, self.place, self.damage
        )?;
        match self.up_to_seq {
            Some(last) if last < self.from_seq => write!(f, "no command is lost"),
            Some(last) => write!(f, "commands {} to {} may be lost", self.from_seq.0, last.0),
            None => write!(f, "commands from {} on may be lost", self.from_seq.0),
        }
    }
}

/// What is wrong with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A segment begins with bytes that are no header.
    SegmentHeader,
    /// Where a batch must begin there are zeros.
    BatchMissing,
    /// Where a batch must begin there are other bytes.
    BatchHeader,
    /// A record is longer than what is left of its batch.
    RecordLength {
        /// The record.
        seq: Seq,
    },
    /// A record's checksum is wrong.
    RecordChecksum {
        /// The record.
        seq: Seq,
    },
    /// A record carries another sequence than its place has.
    RecordSequence {
        /// The sequence that its place has.
        expected: Seq,
        /// The sequence that it carries.
        found: Seq,
    },
    /// The records are sound one by one, and are not those that the header was written for.
    BatchHash,
    /// Behind the records, up to the end of the sector, there are other bytes than zeros.
    Padding,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SegmentHeader => write!(f, "no segment header"),
            Self::BatchMissing => write!(f, "zeros where a batch must begin"),
            Self::BatchHeader => write!(f, "no batch header"),
            Self::RecordLength { seq } => write!(f, "record {} has an impossible length", seq.0),
            Self::RecordChecksum { seq } => write!(f, "record {} has a wrong checksum", seq.0),
            Self::RecordSequence { expected, found } => {
                write!(f, "record {} stands where record {} must be", found.0, expected.0)
            }
            Self::BatchHash => write!(f, "the records are not those of the batch's hash"),
            Self::Padding => write!(f, "the padding behind the records is not zero"),
        }
    }
}

/// What proves that the damaged bytes were durable once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A later batch, written when the damaged one was known to be durable.
    Batch {
        /// Where it stands.
        place: Place,
        /// The first sequence of the batch.
        first: Seq,
    },
    /// An end mark, written when all before it was known to be durable.
    EndMark {
        /// Where it stands.
        place: Place,
    },
    /// A later segment that has been written to.
    Segment {
        /// The segment's number.
        segment: u64,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch { place, first } => write!(f, "the batch from sequence {} in {place}", first.0),
            Self::EndMark { place } => write!(f, "the end mark in {place}"),
            Self::Segment { segment } => write!(f, "the later segment {}", segment_name(*segment)),
        }
    }
}

/// What helps against damage, after the reason and the sequence from which on it counts.
const REMEDY: &str = "Nothing was changed. Restore this file from a copy of the same journal (a backup, an archive, a \
                      standby) and start again; `zhiheng journal verify` shows how far the journal is sound";

/// Why a journal does not open. Every message names the segment, the byte and the remedy; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The disk failed, or is full.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The options contradict each other.
    #[error("the journal's options do not fit: {0}")]
    Options(&'static str),
    /// Bytes are damaged that were durable once: acknowledged commands would be lost.
    #[error("damage in {place}: {damage}, from sequence {} on; {evidence} proves that this was durable. {REMEDY}", from_seq.0)]
    Damaged {
        /// Where it stands.
        place: Place,
        /// What is wrong there.
        damage: Damage,
        /// The first sequence that is damaged.
        from_seq: Seq,
        /// What proves that the bytes were durable once.
        evidence: Evidence,
    },
    /// A batch that was meant for another place.
    #[error("misdirected write: {place} holds what was meant for {meant}. {REMEDY}")]
    Misdirected {
        /// Where the batch stands.
        place: Place,
        /// Where the batch belongs.
        meant: Place,
    },
    /// A batch or segment of an earlier or another life of this place.
    #[error("stale bytes in {place}: batch {found} stands where batch {expected} must be. {REMEDY}")]
    Stale {
        /// Where it stands.
        place: Place,
        /// The number of the batch that must be there.
        expected: u64,
        /// The number of the batch that is there.
        found: u64,
    },
    /// Sequences are missing.
    #[error("sequence gap in {place}: {} stands where {} must be. {REMEDY}", found.0, expected.0)]
    SequenceGap {
        /// Where it stands.
        place: Place,
        /// The sequence that must be there.
        expected: Seq,
        /// The sequence that is there.
        found: Seq,
    },
    /// The chain is broken: the batch does not follow the one before it.
    #[error("broken chain in {place}: it does not follow sequence {}. {REMEDY}", after.0)]
    ChainBroken {
        /// Where it stands.
        place: Place,
        /// The last sequence before it.
        after: Seq,
    },
    /// A batch from before a later opening of the journal.
    #[error("a batch of an older writer in {place}: epoch {found} after {last}. {REMEDY}")]
    EpochBackwards {
        /// Where it stands.
        place: Place,
        /// The last epoch.
        last: u64,
        /// The epoch of the batch.
        found: u64,
    },
    /// A segment file is not there.
    #[error("the segment {} is missing, and later ones are there. {REMEDY}", segment_name(*segment))]
    SegmentMissing {
        /// The segment's number.
        segment: u64,
    },
    /// A segment file is shorter or longer than it was made.
    #[error("the segment {} has {found} bytes, and was made with {expected}. {REMEDY}", segment_name(*segment))]
    SegmentLength {
        /// The segment's number.
        segment: u64,
        /// The length in its header, or the least it must have.
        expected: u64,
        /// The length of the file.
        found: u64,
    },
    /// The journal was written by a program from before the first release.
    #[error(
        "the journal of {place} was begun by a program from before the first release, which knew other rules \
         (journal format {format}; this program knows {FORMAT_VERSION}), and cannot be read or served any more. Nothing was \
         changed. Begin anew in another folder"
    )]
    BeforeTheFirstRelease {
        /// Where it stands.
        place: Place,
        /// The format it is written in.
        format: u16,
    },
    /// The journal was written by a version of the code that this one does not know.
    #[error(
        "unknown version in {place}: journal format {format} (this program knows {}), encoding {wire} (this program knows {}). \
         Nothing was changed. Start the program that wrote it, or a newer one",
        FORMAT_VERSION,
        protocol::wire::VERSION
    )]
    UnknownVersion {
        /// Where it stands.
        place: Place,
        /// The format it is written in.
        format: u16,
        /// The encoding of its requests; 0 where it does not say.
        wire: u16,
    },
    /// The content contradicts itself although checksums and hashes hold: this was written so. A fault of the program
    /// that wrote it, or someone's hand.
    #[error("contradiction in {place}: {what}. The disk did not do this: report it, with the file. {REMEDY}")]
    Malformed {
        /// Where it stands.
        place: Place,
        /// What contradicts what.
        what: &'static str,
    },
    /// A sound record whose request does not decode.
    #[error("record {} in {place}: {error}. The disk did not do this: report it, with the file. {REMEDY}", seq.0)]
    Undecodable {
        /// The batch.
        place: Place,
        /// The record.
        seq: Seq,
        /// What is wrong.
        error: WireError,
    },
    /// Whoever judged what was found refused it. Nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// Whoever replayed a batch refused it.
    #[error("replay stopped at the batch from sequence {} in {place}: {reason}", first.0)]
    Replay {
        /// The batch.
        place: Place,
        /// The first sequence of the batch.
        first: Seq,
        /// Why it was refused.
        reason: String,
    },
}

impl OpenError {
    /// Bytes of another version: of none that is read any more, or of one that is not known yet.
    pub(crate) fn of_version(place: Place, format: u16, wire: u16) -> Self {
        match format {
            1..FORMAT_VERSION => Self::BeforeTheFirstRelease { place, format },
            _ => Self::UnknownVersion { place, format, wire },
        }
    }
}
