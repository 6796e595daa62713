//! The other end of a feed: a client's copy, fed with frames as text, that proves itself. It parses with `serde_json`
//! and shares no code with the encoder.

/// Why a frame does not fit the copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// The text is not a frame.
    #[error("not a frame: {0}")]
    Malformed(String),
    /// A frame is missing, or comes twice.
    #[error("{channel} {symbol}: seq {got} came where {expected} was due")]
    Gap {
        /// The channel.
        channel: String,
        /// The symbol.
        symbol: String,
        /// What was due.
        expected: u64,
        /// What came.
        got: u64,
    },
    /// The copy's top ten levels are not those of the venue.
    #[error("book.l2 {symbol}: checksum {computed} at seq {seq}, the frame says {stated}")]
    Checksum {
        /// The symbol.
        symbol: String,
        /// At which frame.
        seq: u64,
        /// What the frame says.
        stated: u32,
        /// What the copy gives.
        computed: u32,
    },
}

/// Copies of everything that came over one connection.
#[derive(Debug, Default)]
pub struct Replica {}

/// What a frame did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The channel.
    pub channel: String,
    /// The symbol.
    pub symbol: String,
    /// The frame's number.
    pub seq: u64,
    /// Whether it was a snapshot.
    pub snapshot: bool,
    /// Whether the venue said that what was asked for is no longer in memory.
    pub gap_too_old: bool,
}

impl Replica {
    /// A copy that goes on behind `seq` (from an earlier connection) only for channels whose state needs no snapshot.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one frame; `Ok(None)` for a message that is no frame of a channel it knows (an answer, a heartbeat).
    pub fn apply(&mut self, _text: &str) -> Result<Option<Applied>, ReplicaError> {
        todo!()
    }

    /// The last `seq` taken in, where to resume from.
    pub fn seq(&self, _channel: &str, _symbol: &str) -> Option<u64> {
        todo!()
    }

    /// The levels of a book as `(price, quantity)` texts, best first: bids, asks.
    #[allow(clippy::type_complexity)]
    pub fn book(&self, _symbol: &str) -> Option<(Vec<(String, String)>, Vec<(String, String)>)> {
        todo!()
    }
}
