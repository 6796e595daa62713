//! The names of the feed: channels and their streams, what a client can ask for, and how its following ends.
//! Nothing is known here of what a stream tells or who follows it.

use protocol::{InstrumentId, Symbol, candle::Resolution};
use std::time::Duration;

/// A channel: what is told, per symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// The levels of the book, every change of them.
    BookL2 = 0,
    /// The prints.
    Trades = 1,
    /// The public log of a lot.
    Auction = 2,
    /// What happens to a participant: to nobody but itself.
    Executions = 3,
    /// The best level a side.
    BookL1 = 4,
    /// The best ten levels a side.
    BookTop = 5,
    /// The levels of the book, as they changed within a tenth of a second.
    BookPaced = 6,
    /// The orders of the book, every change of them.
    BookL3 = 7,
    /// An instrument at a glance: the touch, the last print and the day.
    Ticker = 8,
    /// The candles of a minute.
    Minutes = 9,
    /// The candles of five minutes.
    FiveMinutes = 10,
    /// The candles of an hour.
    Hours = 11,
    /// The candles of a day.
    Days = 12,
    /// Whether an instrument trades.
    Status = 13,
    /// What is listed, and on which terms.
    Instruments = 14,
    /// How a participant stands: told to nobody but itself.
    Account = 15,
}

/// How often a paced channel tells of one symbol at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Pace {
    /// A hundred times a second.
    Fast = 0,
    /// Ten times a second.
    Slow = 1,
}

impl Pace {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Fast, Self::Slow];

    /// The time between two frames of one symbol, at least.
    pub const fn interval(self) -> Duration {
        match self {
            Self::Fast => Duration::from_millis(10),
            Self::Slow => Duration::from_millis(100),
        }
    }
}

/// What the streams of a channel are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Family {
    /// Listings, by their numbers.
    Listings = 0,
    /// Lots, by the order in which they were announced.
    Lots = 1,
    /// Participants, by their numbers. Nobody follows all of them.
    Entities = 2,
}

impl Family {
    /// How many there are.
    pub(crate) const COUNT: usize = 3;
}

/// How the frames of a channel are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Each change is a frame, numbered without a gap, and the last ones are remembered.
    Each,
    /// Changes are merged: a frame tells what is so now of all that changed since the frame of `prev_seq`.
    Merged,
}

/// Name, telling and pace of a channel.
struct Ways(&'static str, Telling, Option<Pace>);

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 16] = [
        Self::BookL2,
        Self::Trades,
        Self::Auction,
        Self::Executions,
        Self::BookL1,
        Self::BookTop,
        Self::BookPaced,
        Self::BookL3,
        Self::Ticker,
        Self::Minutes,
        Self::FiveMinutes,
        Self::Hours,
        Self::Days,
        Self::Status,
        Self::Instruments,
        Self::Account,
    ];

    const fn ways(self) -> Ways {
        match self {
            Self::BookL2 => Ways("book.l2", Telling::Each, None),
            Self::Trades => Ways("trades", Telling::Each, None),
            Self::Auction => Ways("auction", Telling::Each, None),
            Self::Executions => Ways("executions", Telling::Each, None),
            Self::BookL1 => Ways("book.l1", Telling::Merged, Some(Pace::Fast)),
            Self::BookTop => Ways("book.l2.10", Telling::Merged, Some(Pace::Fast)),
            Self::BookPaced => Ways("book.l2.100ms", Telling::Merged, Some(Pace::Slow)),
            Self::BookL3 => Ways("book.l3", Telling::Each, None),
            Self::Ticker => Ways("ticker", Telling::Merged, Some(Pace::Slow)),
            Self::Minutes => Ways("candles.1m", Telling::Merged, Some(Pace::Slow)),
            Self::FiveMinutes => Ways("candles.5m", Telling::Merged, Some(Pace::Slow)),
            Self::Hours => Ways("candles.1h", Telling::Merged, Some(Pace::Slow)),
            Self::Days => Ways("candles.1d", Telling::Merged, Some(Pace::Slow)),
            Self::Status => Ways("status", Telling::Merged, None),
            Self::Instruments => Ways("instruments", Telling::Merged, None),
            Self::Account => Ways("account", Telling::Merged, Some(Pace::Fast)),
        }
    }

    /// The channel's name on the wire.
    pub const fn name(self) -> &'static str {
        self.ways().0
    }

    /// How its frames are made.
    pub(crate) const fn telling(self) -> Telling {
        self.ways().1
    }

    /// How often it tells of one symbol at most; `None`: at once.
    pub const fn pace(self) -> Option<Pace> {
        self.ways().2
    }

    /// Whether each of its frames tells all of what is so now, so that two of the same words tell the same.
    pub(crate) const fn is_whole(self) -> bool {
        matches!(self, Self::BookL1 | Self::BookTop | Self::Ticker)
    }

    /// Whether everyone may follow it.
    pub const fn is_public(self) -> bool {
        !matches!(self.family(), Family::Entities)
    }

    /// Whether it tells of quotes and prints, which is what a venue sells: not which listings and lots there are, whether
    /// they trade, or what is one's own.
    pub const fn tells_the_market(self) -> bool {
        matches!(self.family(), Family::Listings) && !matches!(self, Self::Status | Self::Instruments)
    }

    /// What its streams are about.
    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Auction => Family::Lots,
            Self::Executions | Self::Account => Family::Entities,
            _ => Family::Listings,
        }
    }

    /// How long the candles are that it tells.
    pub(crate) const fn resolution(self) -> Option<Resolution> {
        match self {
            Self::Minutes => Some(Resolution::Minute),
            Self::FiveMinutes => Some(Resolution::FiveMinutes),
            Self::Hours => Some(Resolution::Hour),
            Self::Days => Some(Resolution::Day),
            _ => None,
        }
    }

    /// The channel of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// What a stream is about: its place among all of its channel's family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Subject(pub(crate) u32);

impl From<InstrumentId> for Subject {
    fn from(id: InstrumentId) -> Self {
        Self(id.0)
    }
}

/// A channel of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stream {
    pub(crate) subject: Subject,
    pub(crate) channel: Channel,
}

/// One of `of` parts of all symbols: those with `CRC32(symbol) % of == part`, so that a client can tell which shard a
/// symbol belongs to, and it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part this is, counted from 0.
    pub part: u32,
    /// How many parts there are: 1 to [`Shard::PARTS_MAX`].
    pub of: u32,
}

impl Shard {
    /// The most parts that all symbols can be cut into.
    pub const PARTS_MAX: u32 = 1_024;

    /// Whether this shard is one of at most [`Self::PARTS_MAX`] parts.
    pub fn is_valid(self) -> bool {
        self.part < self.of && self.of <= Self::PARTS_MAX
    }

    /// Whether the symbol belongs to this part.
    pub fn has(self, symbol: &Symbol) -> bool {
        self.has_crc(crc32fast::hash(symbol.as_str().as_bytes()))
    }

    pub(crate) fn has_crc(self, crc: u32) -> bool {
        crc % self.of == self.part
    }
}

/// A symbol that a client asks for, and where to go on with it.
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
        /// The shard; every symbol where `None`.
        shard: Option<Shard>,
        /// Where to go on, for the symbols that the client has; the others begin with a snapshot.
        from: Vec<Wanted>,
    },
}

/// Why a subscription is refused. A refused one has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The channel has no such symbol.
    #[error("there is no symbol {0}")]
    UnknownSymbol(Symbol),
    /// The shard is not `[k, n]` with k < n and n at most [`Shard::PARTS_MAX`].
    #[error("a shard is [k, n] with k < n <= {max}", max = Shard::PARTS_MAX)]
    ShardInvalid,
    /// The client follows this channel by `*` and now names symbols, or the other way round: unsubscribe first.
    #[error("a channel is followed either by * or by names")]
    Overlap,
    /// The client would follow more symbols than it may name.
    #[error("too many symbols; follow * or a shard of it")]
    TooManySymbols,
    /// The channel is nobody's to follow by name: see
    /// [`Subscriber::follow_own`](crate::Subscriber::follow_own).
    #[error("the channel is private")]
    Private,
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

/// Why a client has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The client fell behind by more than its queue holds: close the socket with [`Closed::TOO_SLOW_CODE`].
    TooSlow {
        /// Where to go on, for each symbol that the client followed by name and for each other that had unsent frames.
        /// Of the other symbols of a `*` the client had been handed every frame that there was, or none yet. At most
        /// [`Closed::RESUME_MAX`].
        resume: Vec<Resume>,
    },
    /// The client's receiver is gone.
    Gone,
}

impl Closed {
    /// The close code of a client that was too slow.
    pub const TOO_SLOW_CODE: u16 = 4008;
    /// The most entries in a resume list.
    pub const RESUME_MAX: usize = 10_000;
}
