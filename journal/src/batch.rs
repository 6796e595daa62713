//! A batch under construction: requests are encoded as they come, and the headers are filled in when the journal knows
//! where the batch will stand.

use crate::{
    format::{BATCH_HEADER, BatchHeader, RECORD_HEADER, SECTOR, SegmentHeader, seal_record, sectors},
    options::Options,
};
use protocol::{ClientId, Command, Digest, Request, Seq, Stamped, Timestamp, wire};

/// A batch under construction. It keeps its buffer: no allocation per request after warm-up.
#[derive(Debug)]
pub struct Batch {
    /// Room for a segment header, then the batch's header, then the records.
    buffer: Vec<u8>,
    /// How long the batch may become on disk.
    limit: usize,
    first: Option<Seq>,
    last: Seq,
    first_at: Timestamp,
    last_at: Timestamp,
    count: u32,
    event_hash: u64,
    /// What its requests have set aside in the journal's space.
    reserved: u64,
}

/// The batch cannot take this request: append it first, then push again to the emptied one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch is full")]
pub struct BatchFull;

/// Where the records begin in the buffer.
const BODY: usize = SECTOR + BATCH_HEADER;

impl Batch {
    /// An empty batch for a journal of these options.
    pub fn new(options: &Options) -> Self {
        let limit = usize::try_from(options.batch_bytes_max).expect("a batch fits the memory");
        let mut buffer = Vec::with_capacity(SECTOR + limit.min(64 << 10));
        buffer.resize(BODY, 0);
        Self {
            buffer,
            limit,
            first: None,
            last: Seq(0),
            first_at: Timestamp(0),
            last_at: Timestamp(0),
            count: 0,
            event_hash: 0,
            reserved: 0,
        }
    }

    /// Empties the batch and keeps its buffer. [`Journal::append`](crate::Journal::append) does so on success.
    pub fn clear(&mut self) {
        self.buffer.truncate(BODY);
        self.first = None;
        self.count = 0;
        self.event_hash = 0;
        self.reserved = 0;
    }

    /// Adds a request. After [`BatchFull`] the batch is as it was; an empty batch that is full means a request longer
    /// than [`Options::batch_bytes_max`] allows.
    ///
    /// # Panics
    /// If the sequence does not follow the last one pushed, or the time falls.
    pub fn push(&mut self, request: &Stamped<Request>) -> Result<(), BatchFull> {
        if self.first.is_some() {
            assert_eq!(request.seq, self.last.next(), "a batch has no gaps");
            assert!(request.at >= self.last_at, "time does not fall within a batch");
        }
        let start = self.buffer.len();
        self.buffer.resize(start + RECORD_HEADER, 0);
        wire::encode(&request.body, &mut self.buffer);
        if sectors(self.buffer.len() - SECTOR) > self.limit {
            self.buffer.truncate(start);
            return Err(BatchFull);
        }
        let record = &mut self.buffer[start..];
        seal_record(record, request.seq.0, request.at.0);
        self.reserved += cost(record.len() - RECORD_HEADER);
        if self.first.is_none() {
            self.first = Some(request.seq);
            self.first_at = request.at;
        }
        self.last = request.seq;
        self.last_at = request.at;
        self.count += 1;
        Ok(())
    }

    /// How many requests the batch holds.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether the batch holds no request.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many bytes the batch will take in the segment: a multiple of 512.
    pub fn bytes(&self) -> u64 {
        sectors(self.buffer.len().max(BODY) - SECTOR) as u64
    }

    /// The sequence of the first request.
    pub fn first(&self) -> Option<Seq> {
        self.first
    }

    /// The sequence of the last request.
    pub fn last(&self) -> Option<Seq> {
        self.first.map(|_| self.last)
    }

    /// Sets the running hash of all events up to and including those of this batch.
    pub fn set_event_hash(&mut self, hash: u64) {
        self.event_hash = hash;
    }

    pub(crate) fn event_hash(&self) -> u64 {
        self.event_hash
    }

    pub(crate) fn times(&self) -> (Timestamp, Timestamp) {
        (self.first_at, self.last_at)
    }

    pub(crate) fn reserved(&self) -> u64 {
        self.reserved
    }

    pub(crate) fn body_len(&self) -> u32 {
        u32::try_from(self.buffer.len() - BODY).expect("a batch is shorter than 4 GiB")
    }

    /// Pads the batch to whole sectors, fills in the headers, and returns the bytes to write with the batch's link:
    /// with the segment's header in front where this batch is the first of a segment.
    pub(crate) fn seal(&mut self, header: &BatchHeader, segment: Option<&SegmentHeader>) -> (&[u8], Digest) {
        // A batch that failed with "full" may be sealed again: its padding is not part of it.
        self.buffer.truncate(BODY + header.body_len as usize);
        let padded = sectors(self.buffer.len());
        self.buffer.resize(padded, 0);
        let link = header.seal(&mut self.buffer[SECTOR..]);
        match segment {
            Some(segment) => {
                segment.write(&mut self.buffer);
                (&self.buffer, link)
            }
            None => (&self.buffer[SECTOR..], link),
        }
    }
}

/// What one request takes in the worst case, alone in its batch.
pub(crate) fn cost(encoded: usize) -> u64 {
    sectors(BATCH_HEADER + RECORD_HEADER + encoded) as u64
}

/// The encoded length of a request in bytes, as [`Space::try_reserve`](crate::Space::try_reserve) wants it. Orders,
/// cancels and what is the sequencer's own cost nothing to measure; rare commands are encoded once.
pub fn encoded_bytes(request: &Request) -> usize {
    let id = request.client.as_ref().and_then(|client| client.id.as_ref());
    let name = id.map_or(0, ClientId::bytes);
    match request.command {
        Command::PlaceOrder(_) => 64 + name,
        Command::CancelOrder { .. } | Command::Resumed { .. } => 40 + name,
        Command::Tick => 32 + name,
        _ => {
            let mut encoded = Vec::new();
            wire::encode(request, &mut encoded);
            encoded.len()
        }
    }
}
