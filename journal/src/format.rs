//! The bytes of a segment file, version 2. Little-endian throughout.
//!
//! A segment is a header of one sector, then batches, then zeros to its end. A batch is a header of 160 bytes, its
//! records back to back, and zeros up to the next sector: so that no write ever touches a sector that holds durable
//! data. An end mark is a batch without records.
//!
//! | bytes of a segment header | |
//! |---|---|
//! | 0..8 | magic |
//! | 8..10 | [`FORMAT_VERSION`] |
//! | 16..24 | number of the segment |
//! | 24..32 | length of the file |
//! | 32..40 | number of the first batch |
//! | 40..48 | first sequence |
//! | 48..80 | link of the batch before it |
//! | 508..512 | CRC-32C of all before |
//!
//! | bytes of a batch header | |
//! |---|---|
//! | 0..8 | magic |
//! | 8..10, 10..12 | [`FORMAT_VERSION`], [`protocol::wire::VERSION`] |
//! | 12..14 | 0 records, 1 end mark |
//! | 16..24 | epoch: which opening of the journal wrote it |
//! | 24..32, 32..40 | number of the batch; the last one known to be durable when this one was written |
//! | 40..48, 48..56 | first sequence; the last one known to be durable when this batch was written |
//! | 56..64 | running hash of all events, up to and including this batch |
//! | 64..68, 68..72 | number of records; their length in bytes |
//! | 72..104 | link of the batch before |
//! | 104..136 | link of this batch: SHA-256 of the bytes 0..104 and the records |
//! | 136..144, 144..152 | the segment and byte where it is meant to stand; outside the chain, so that a copy may be laid out otherwise |
//! | 156..160 | CRC-32C of all before |
//!
//! A record is `{length u32, CRC-32C u32, sequence u64, time u64}` and the request; the checksum starts from the length
//! and covers all that follows it.
//!
//! What every later version keeps: magic, version and checksum of both headers, at their places. So older code knows
//! newer bytes from damaged ones, and refuses them.

use protocol::{Digest, wire};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{U16, U32, U64},
};

/// The version of the journal's format. Those before were of programs from before the first release: they had the same
/// headers, and requests that no program decodes any more.
pub const FORMAT_VERSION: u16 = 3;
/// What a disk writes as a whole or not at all, in bytes.
pub(crate) const SECTOR: usize = 512;
/// The header of a batch, in bytes.
pub(crate) const BATCH_HEADER: usize = 160;
/// The header of a record, in bytes.
pub(crate) const RECORD_HEADER: usize = 24;
/// The hashed part of a batch header, in bytes.
const HASHED: usize = 104;

// No text of a request can hold these: they have control characters.
const SEGMENT_MAGIC: [u8; 8] = *b"\x89ZHs\r\n\x1a\n";
const BATCH_MAGIC: [u8; 8] = *b"\x89ZHb\r\n\x1a\n";
const KIND_RECORDS: u16 = 0;
const KIND_END_MARK: u16 = 1;

/// `bytes`, rounded up to whole sectors.
pub(crate) const fn sectors(bytes: usize) -> usize {
    bytes.next_multiple_of(SECTOR)
}

/// The name of a segment's file.
pub(crate) fn segment_name(index: u64) -> String {
    format!("{index:016}.journal")
}

/// The number of the segment in the file of this name, if it is one.
pub(crate) fn segment_index(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".journal")?;
    let index = digits.parse().ok().filter(|&index| index > 0)?;
    (segment_name(index) == name).then_some(index)
}

/// A byte of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of the segment; counts from 1.
    pub segment: u64,
    /// The byte in the segment's file.
    pub offset: u64,
}

impl Place {
    /// The name of the segment's file.
    pub fn file(&self) -> String {
        segment_name(self.segment)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.file(), self.offset)
    }
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct SegmentHeaderWire {
    magic: [u8; 8],
    format: U16,
    reserved: [u8; 6],
    index: U64,
    length: U64,
    first_number: U64,
    first_seq: U64,
    previous: [u8; 32],
    rest: [u8; SECTOR - 84],
    crc: U32,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct BatchHeaderWire {
    magic: [u8; 8],
    format: U16,
    wire: U16,
    kind: U16,
    reserved: U16,
    epoch: U64,
    number: U64,
    durable_number: U64,
    first_seq: U64,
    durable_up_to: U64,
    event_hash: U64,
    count: U32,
    body_len: U32,
    previous: [u8; 32],
    link: [u8; 32],
    segment: U64,
    offset: U64,
    reserved_too: U32,
    crc: U32,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RecordHeaderWire {
    len: U32,
    crc: U32,
    seq: U64,
    at: U64,
}

const _: () = assert!(size_of::<SegmentHeaderWire>() == SECTOR);
const _: () = assert!(size_of::<BatchHeaderWire>() == BATCH_HEADER);
const _: () = assert!(size_of::<RecordHeaderWire>() == RECORD_HEADER);

/// What a header's bytes turn out to be.
#[derive(Debug)]
pub(crate) enum Parsed<T> {
    /// Sound.
    Valid(T),
    /// Sound, but of another version: the journal's and the encoding's.
    Version(u16, u16),
    /// Not a header.
    Damaged,
    /// The checksum holds, the content does not: no disk did this.
    Malformed(&'static str),
}

/// The header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) index: u64,
    pub(crate) length: u64,
    pub(crate) first_number: u64,
    pub(crate) first_seq: u64,
    pub(crate) previous: Digest,
}

impl SegmentHeader {
    /// Writes the header over the first sector of `out`.
    pub(crate) fn write(&self, out: &mut [u8]) {
        let mut wire = SegmentHeaderWire {
            magic: SEGMENT_MAGIC,
            format: U16::new(FORMAT_VERSION),
            reserved: [0; 6],
            index: U64::new(self.index),
            length: U64::new(self.length),
            first_number: U64::new(self.first_number),
            first_seq: U64::new(self.first_seq),
            previous: self.previous.0,
            rest: [0; SECTOR - 84],
            crc: U32::new(0),
        };
        wire.crc = U32::new(crc32c::crc32c(&wire.as_bytes()[..SECTOR - 4]));
        out[..SECTOR].copy_from_slice(wire.as_bytes());
    }

    /// Reads the header in the sector `bytes`.
    pub(crate) fn parse(bytes: &[u8]) -> Parsed<Self> {
        let wire = SegmentHeaderWire::ref_from_bytes(bytes).expect("a sector");
        if wire.magic != SEGMENT_MAGIC || wire.crc.get() != crc32c::crc32c(&bytes[..SECTOR - 4]) {
            return Parsed::Damaged;
        }
        if wire.format.get() != FORMAT_VERSION {
            return Parsed::Version(wire.format.get(), 0);
        }
        if wire.reserved != [0; 6] || wire.rest != [0; SECTOR - 84] {
            return Parsed::Malformed("reserved bytes of the segment header are not zero");
        }
        Parsed::Valid(Self {
            index: wire.index.get(),
            length: wire.length.get(),
            first_number: wire.first_number.get(),
            first_seq: wire.first_seq.get(),
            previous: Digest(wire.previous),
        })
    }
}

/// The header of a batch, without what follows from its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    pub(crate) epoch: u64,
    pub(crate) number: u64,
    pub(crate) durable_number: u64,
    pub(crate) first_seq: u64,
    pub(crate) durable_up_to: u64,
    pub(crate) event_hash: u64,
    /// 0 for an end mark.
    pub(crate) count: u32,
    pub(crate) body_len: u32,
    pub(crate) previous: Digest,
    pub(crate) link: Digest,
    pub(crate) place: Place,
}

impl BatchHeader {
    /// How long the batch is on disk.
    pub(crate) fn bytes(&self) -> u64 {
        sectors(BATCH_HEADER + self.body_len as usize) as u64
    }

    /// The last sequence it holds; the one before it for an end mark.
    pub(crate) fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count) - 1
    }

    /// Writes the header over the first 160 bytes of `out`, which the records follow, and returns the link.
    pub(crate) fn seal(&self, out: &mut [u8]) -> Digest {
        let (header, body) = out.split_at_mut(BATCH_HEADER);
        let mut wire = BatchHeaderWire {
            magic: BATCH_MAGIC,
            format: U16::new(FORMAT_VERSION),
            wire: U16::new(wire::VERSION),
            kind: U16::new(if self.count == 0 { KIND_END_MARK } else { KIND_RECORDS }),
            reserved: U16::new(0),
            epoch: U64::new(self.epoch),
            number: U64::new(self.number),
            durable_number: U64::new(self.durable_number),
            first_seq: U64::new(self.first_seq),
            durable_up_to: U64::new(self.durable_up_to),
            event_hash: U64::new(self.event_hash),
            count: U32::new(self.count),
            body_len: U32::new(self.body_len),
            previous: self.previous.0,
            link: [0; 32],
            segment: U64::new(self.place.segment),
            offset: U64::new(self.place.offset),
            reserved_too: U32::new(0),
            crc: U32::new(0),
        };
        wire.link = link(wire.as_bytes(), &body[..self.body_len as usize]).0;
        wire.crc = U32::new(crc32c::crc32c(&wire.as_bytes()[..BATCH_HEADER - 4]));
        header.copy_from_slice(wire.as_bytes());
        Digest(wire.link)
    }

    /// Reads the header at the start of `bytes`.
    pub(crate) fn parse(bytes: &[u8]) -> Parsed<Self> {
        if bytes[..8] != BATCH_MAGIC {
            return Parsed::Damaged;
        }
        let wire = BatchHeaderWire::ref_from_bytes(&bytes[..BATCH_HEADER]).expect("160 bytes");
        if wire.crc.get() != crc32c::crc32c(&bytes[..BATCH_HEADER - 4]) {
            return Parsed::Damaged;
        }
        if wire.format.get() != FORMAT_VERSION || !(1..=wire::VERSION).contains(&wire.wire.get()) {
            return Parsed::Version(wire.format.get(), wire.wire.get());
        }
        if wire.reserved.get() != 0 || wire.reserved_too.get() != 0 {
            return Parsed::Malformed("reserved bytes of the batch header are not zero");
        }
        let (count, body_len) = (wire.count.get(), wire.body_len.get());
        let fits = match wire.kind.get() {
            KIND_RECORDS => count > 0 && body_len as usize / RECORD_HEADER >= count as usize,
            KIND_END_MARK => count == 0 && body_len == 0,
            _ => false,
        };
        if !fits {
            return Parsed::Malformed("kind, count and length of the batch do not agree");
        }
        let (number, first_seq) = (wire.number.get(), wire.first_seq.get());
        if wire.durable_number.get() >= number || wire.durable_up_to.get() >= first_seq {
            return Parsed::Malformed("the batch calls itself durable before it was written");
        }
        if first_seq.checked_add(u64::from(count)).is_none() || number == u64::MAX {
            return Parsed::Malformed("the sequence overflows");
        }
        Parsed::Valid(Self {
            epoch: wire.epoch.get(),
            number,
            durable_number: wire.durable_number.get(),
            first_seq,
            durable_up_to: wire.durable_up_to.get(),
            event_hash: wire.event_hash.get(),
            count,
            body_len,
            previous: Digest(wire.previous),
            link: Digest(wire.link),
            place: Place {
                segment: wire.segment.get(),
                offset: wire.offset.get(),
            },
        })
    }
}

/// The link of the chain that a batch of this header and these records is.
pub(crate) fn link(header: &[u8], body: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(&header[..HASHED]);
    hash.update(body);
    Digest(hash.finalize().into())
}

/// Fills in the header of a record that takes all of `out`: header, then request.
pub(crate) fn seal_record(out: &mut [u8], seq: u64, at: u64) {
    let len = u32::try_from(out.len() - RECORD_HEADER).expect("a record fits a batch");
    let mut wire = RecordHeaderWire {
        len: U32::new(len),
        crc: U32::new(0),
        seq: U64::new(seq),
        at: U64::new(at),
    };
    out[..RECORD_HEADER].copy_from_slice(wire.as_bytes());
    wire.crc = U32::new(record_crc(len, &out[8..]));
    out[4..8].copy_from_slice(wire.crc.as_bytes());
}

/// The checksum of a record of this length, whose sequence, time and request are `rest`: one pass over all of it.
fn record_crc(len: u32, rest: &[u8]) -> u32 {
    crc32c::crc32c_append(len, rest)
}

/// A record, read back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    pub(crate) request: &'a [u8],
}

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordError {
    Length,
    Checksum,
}

impl<'a> Record<'a> {
    /// Reads the record at the start of `bytes`, and returns what follows it.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), RecordError> {
        let (header, rest) = RecordHeaderWire::ref_from_prefix(bytes).map_err(|_| RecordError::Length)?;
        let len = header.len.get() as usize;
        if len > rest.len() {
            return Err(RecordError::Length);
        }
        let covered = &bytes[8..RECORD_HEADER + len];
        let (request, rest) = rest.split_at(len);
        if header.crc.get() != record_crc(header.len.get(), covered) {
            return Err(RecordError::Checksum);
        }
        Ok((
            Self {
                seq: header.seq.get(),
                at: header.at.get(),
                request,
            },
            rest,
        ))
    }
}

/// Whether all bytes are zero.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    // Sixteen at a time: prepared segments are read through at every start.
    let (chunks, rest) = bytes.as_chunks::<16>();
    chunks.iter().all(|chunk| u128::from_ne_bytes(*chunk) == 0) && rest.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no disk did to a header: its checksum holds.
    #[test]
    fn a_segment_header_says_nothing_in_its_reserved_bytes() {
        let header = SegmentHeader {
            index: 1,
            length: 1 << 20,
            first_number: 2,
            first_seq: 3,
            previous: Digest([4; 32]),
        };
        let mut bytes = [0; SECTOR];
        header.write(&mut bytes);
        assert!(matches!(SegmentHeader::parse(&bytes), Parsed::Valid(read) if read == header));
        for put_wrong in [
            (|wire: &mut SegmentHeaderWire| wire.reserved[5] = 1) as fn(&mut SegmentHeaderWire),
            |wire| wire.rest[0] = 1,
        ] {
            let mut forged = bytes;
            let wire = SegmentHeaderWire::mut_from_bytes(&mut forged).expect("a sector");
            put_wrong(wire);
            wire.crc = U32::new(crc32c::crc32c(&wire.as_bytes()[..SECTOR - 4]));
            assert!(matches!(SegmentHeader::parse(&forged), Parsed::Malformed(_)));
        }
    }
}
