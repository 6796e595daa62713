//! The channels: a snapshot, then numbered deltas, in one ordered stream.

use bytes::Bytes;
use protocol::{Symbol, Timestamp};

/// A public channel: what is told, per symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// The levels of the book.
    BookL2 = 0,
    /// The prints.
    Trades = 1,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::BookL2, Self::Trades];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BookL2 => "book.l2",
            Self::Trades => "trades",
        }
    }

    /// The channel of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// One of `of` parts of all symbols: those with `CRC32(symbol) % of == part`, so that a client can tell which shard a
/// symbol belongs to, and it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub part: u32,
    /// Of how many: 1 to [`Shard::PARTS_MAX`].
    pub of: u32,
}

impl Shard {
    /// The most parts.
    pub const PARTS_MAX: u32 = 1_024;
}

/// A symbol, and where to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The symbol.
    pub symbol: Symbol,
    /// The last `seq` that the client has: the frames behind it are sent. `None`: begin with a snapshot.
    pub from_seq: Option<u64>,
}

/// What a subscription covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// These symbols.
    Symbols(Vec<Wanted>),
    /// `*`: every symbol, also those listed later; or one shard of them.
    All {
        /// Which part; all where `None`.
        shard: Option<Shard>,
        /// Where to go on, for the symbols that the client has; the others begin with a snapshot.
        from: Vec<Wanted>,
    },
}

/// Why a subscription is refused. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// There is no such symbol.
    #[error("there is no symbol {0}")]
    UnknownSymbol(Symbol),
    /// The shard is not `[k, n]` with k < n and n at most [`Shard::PARTS_MAX`].
    #[error("a shard is [k, n] with k < n <= {max}", max = Shard::PARTS_MAX)]
    ShardInvalid,
    /// The client follows this channel by `*` and now names symbols, or the other way round: unsubscribe first.
    #[error("a channel is followed either by * or by names")]
    Overlap,
    /// More symbols than a client may name.
    #[error("too many symbols; follow * or a shard of it")]
    TooManySymbols,
    /// The client was closed.
    #[error("the client was closed")]
    Closed,
}

/// Where a client can go on: the last frame that it was handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The channel.
    pub channel: Channel,
    /// The symbol.
    pub symbol: Symbol,
    /// The `seq` of the last frame that the receiver gave out: the `from_seq` to resume with. `None`: not even the
    /// snapshot was.
    pub seq: Option<u64>,
}

/// The end of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It fell behind by more than its queue holds: close the socket with [`Closed::TOO_SLOW_CODE`].
    TooSlow {
        /// For each symbol that it followed by name, and for each other that had unsent frames: where to go on.
        /// Symbols followed by `*` that are not here were complete when the client was closed. At most
        /// [`Closed::RESUME_MAX`].
        resume: Vec<Resume>,
    },
}

impl Closed {
    /// The close code of a client that was too slow.
    pub const TOO_SLOW_CODE: u16 = 4008;
    /// The most entries in a resume list.
    pub const RESUME_MAX: usize = 10_000;
}

/// Says what a client follows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Subscriber {}

impl Subscriber {
    /// Follows a channel. What was asked for begins with a snapshot or with the frames that were missed, in the same
    /// stream as all else. A symbol that is followed already begins anew.
    pub fn subscribe(&self, _channel: Channel, _selection: &Selection) -> Result<(), SubscribeError> {
        todo!()
    }

    /// Stops following these symbols, or all of the channel where `None`; unsent frames of them are dropped. Symbols
    /// that are not followed are ignored.
    pub fn unsubscribe(&self, _channel: Channel, _symbols: Option<&[Symbol]>) {
        todo!()
    }

    /// The last `seq` of each symbol that is followed by name: for `heartbeat`.
    pub fn last_seqs(&self) -> Vec<(Channel, Symbol, u64)> {
        todo!()
    }
}

/// Receives the frames of a client.
#[derive(Debug)]
pub struct Receiver {}

impl Receiver {
    /// The next frame, as JSON text; waits for one. Snapshots and frames that were missed are made here, when the
    /// client is ready for them, with `now()` as `sent_at`: they never fill its queue. Cancel-safe.
    pub async fn next(&mut self, _now: impl Fn() -> Timestamp) -> Result<Bytes, Closed> {
        todo!()
    }

    /// The next frame if there is one now.
    pub fn try_next(&mut self, _now: impl Fn() -> Timestamp) -> Option<Result<Bytes, Closed>> {
        todo!()
    }
}
