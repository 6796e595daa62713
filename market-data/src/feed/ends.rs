//! The channels: a snapshot, then numbered deltas, in one ordered stream; and a client's two ends of it.
//!
//! # What a client gets
//! - Within a stream (a channel of one symbol: a listing's, or `LOT-` and a lot's number) a client gets a snapshot with `seq` s and then the deltas s + 1, s + 2, …
//!   without a gap and without a repeat, as long as it is not closed. Between streams there is no order.
//! - `from_seq` is the last `seq` that the client has. If the memory still holds what lies behind it, exactly those
//!   deltas come and no snapshot; else a snapshot that says `gap_too_old`, or `from_seq_ahead` where the number has not
//!   been reached yet; of `auction` every frame is remembered. Numbers are the same after a restart (see `market`), so a client can resume across one.
//! - A channel is followed by names or by `*`, not both. Asking again for what is followed begins it anew, which is how
//!   a client whose checksum fails gets a fresh snapshot. `*` takes in symbols that are listed later.
//!
//! # Who does the work
//! The folder encodes a delta once, if anybody follows its stream, and puts a clone of its [`Bytes`] (a counted
//! reference) into the queue of each client that is level with that stream. The queue is bounded in frames and bytes: a
//! client that overflows is closed at that moment, its frames are dropped, and the others notice nothing. A private event is queued as it is: its
//! few followers encode it, for it may have to be signed.
//!
//! Snapshots, and deltas that were missed, never enter a queue. The receiver makes them one by one when it is asked for
//! its next frame, so they come as fast as the socket drains and no faster; only when a stream is level do its deltas
//! go to the queue. So a subscription to `*` over a million symbols costs its client a cursor, not a million frames,
//! and a healthy client can't overflow by asking for much. Queued deltas go first, but for every
//! [`LIVE_PER_CATCH_UP`] of them one frame of catching up is let through.
//!
//! A client that only listens costs about 300 bytes here. What is private goes the same way, but by a key that is asked at every frame.

use crate::{
    MarketData,
    feed::client::{Client, Frame, Pending, Position, Star, Text},
    feed::followers::Told,
    market_data::Views,
    views::directory::Key,
    views::executions::{self, Unwritten},
    views::markets::CatchUp,
};
use bytes::Bytes;
use protocol::{EntityId, InstrumentId, Symbol, Timestamp};
use std::sync::{Arc, atomic::Ordering};

/// A channel: what is told, per symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// The levels of the book.
    BookL2 = 0,
    /// The prints.
    Trades = 1,
    /// The public log of a lot.
    Auction = 2,
    /// What happens to a participant: to nobody but itself.
    Executions = 3,
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

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::BookL2, Self::Trades, Self::Auction, Self::Executions];
    /// Those that everyone may follow.
    pub const PUBLIC: [Self; 3] = [Self::BookL2, Self::Trades, Self::Auction];

    /// What its streams are about.
    pub(crate) const fn family(self) -> Family {
        match self {
            Self::BookL2 | Self::Trades => Family::Listings,
            Self::Auction => Family::Lots,
            Self::Executions => Family::Entities,
        }
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BookL2 => "book.l2",
            Self::Trades => "trades",
            Self::Auction => "auction",
            Self::Executions => "executions",
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

/// How many queued deltas go out before one frame of catching up does.
pub const LIVE_PER_CATCH_UP: u32 = 16;
/// How many symbols outside its shard a receiver skips under one lock.
const SKIP_MAX: u32 = 4_096;

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

    /// Whether this is one of at most [`Self::PARTS_MAX`] parts.
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
    /// The channel is nobody's to follow by name: see [`Subscriber::follow_executions`].
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

/// The end of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It fell behind by more than its queue holds: close the socket with [`Closed::TOO_SLOW_CODE`].
    TooSlow {
        /// For each symbol that it followed by name, and for each other that had unsent frames: where to go on.
        /// Of the other symbols of a `*` it had been handed every frame that there was, or none yet. At most
        /// [`Closed::RESUME_MAX`].
        resume: Vec<Resume>,
    },
    /// Its receiver is gone.
    Gone,
}

impl Closed {
    /// The close code of a client that was too slow.
    pub const TOO_SLOW_CODE: u16 = 4008;
    /// The most entries in a resume list.
    pub const RESUME_MAX: usize = 10_000;
}

/// Says what a client follows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Subscriber {
    views: Arc<Views>,
    client: Arc<Client>,
}

/// The two ends of a new client.
pub(crate) fn connect(views: &Arc<Views>) -> (Subscriber, Receiver) {
    let client = Arc::new(Client::default());
    (
        Subscriber {
            views: views.clone(),
            client: client.clone(),
        },
        Receiver {
            views: views.clone(),
            client,
        },
    )
}

impl Subscriber {
    /// Follows a channel. What was asked for begins with a snapshot or with the frames that were missed, in the same
    /// stream as all else. A symbol that is followed already begins anew.
    pub fn subscribe(&self, channel: Channel, selection: &Selection) -> Result<(), SubscribeError> {
        if channel == Channel::Executions {
            return Err(SubscribeError::Private);
        }
        match selection {
            Selection::Symbols(wanted) => self.follow_names(channel, wanted),
            Selection::All { shard, from } => self.follow_all(channel, *shard, from),
        }
    }

    fn follow_names(&self, channel: Channel, wanted: &[Wanted]) -> Result<(), SubscribeError> {
        let wanted = self.resolve(channel, wanted)?;
        let mut ids: Vec<_> = wanted.iter().map(|entry| entry.0).collect();
        ids.sort_unstable();
        let mut registry = self.views.registry();
        let mut state = self.client.state();
        if state.closed.is_some() {
            return Err(SubscribeError::Closed);
        }
        if state.stars[channel as usize].is_some() {
            return Err(SubscribeError::Overlap);
        }
        let streams = || wanted.iter().map(|&(subject, _)| Stream { subject, channel });
        let new = streams().filter(|stream| state.named(*stream).is_none()).count();
        if state.names.len() + new > self.views.limits.symbols_per_client {
            return Err(SubscribeError::TooManySymbols);
        }
        for stream in streams().filter(|stream| state.named(*stream) == Some(Position::Level)) {
            registry.remove_name(stream, &self.client);
        }
        state.drop_frames(|stream| stream.channel == channel && ids.binary_search(&stream.subject).is_ok());
        state.begin(streams().zip(wanted.iter().map(|entry| entry.1)));
        drop((state, registry));
        self.client.wake();
        Ok(())
    }

    /// Follows what happens to a participant, in place of whatever was followed of such before. The key that asked goes on being asked: once
    /// it is revoked, nothing more comes.
    pub fn follow_executions(
        &self,
        entity: EntityId,
        key: Arc<Key>,
        from_seq: Option<u64>,
    ) -> Result<(), SubscribeError> {
        self.unsubscribe(Channel::Executions, None);
        let mut state = self.client.state();
        if state.closed.is_some() {
            return Err(SubscribeError::Closed);
        }
        if state.names.len() >= self.views.limits.symbols_per_client {
            return Err(SubscribeError::TooManySymbols);
        }
        state.private_key = Some(key);
        state.begin([(executions::stream(entity), from_seq)].into_iter());
        drop(state);
        self.client.wake();
        Ok(())
    }

    fn follow_all(&self, channel: Channel, shard: Option<Shard>, from: &[Wanted]) -> Result<(), SubscribeError> {
        let shard = shard.unwrap_or(Shard { part: 0, of: 1 });
        if !shard.is_valid() {
            return Err(SubscribeError::ShardInvalid);
        }
        let from = self.resolve(channel, from)?;
        let from: Vec<_> = from
            .into_iter()
            .filter_map(|(subject, seq)| Some((subject, seq?)))
            .collect();
        let mut registry = self.views.registry();
        let mut state = self.client.state();
        if state.closed.is_some() {
            return Err(SubscribeError::Closed);
        }
        if state.names.iter().any(|name| name.stream.channel == channel) {
            return Err(SubscribeError::Overlap);
        }
        if let Some(old) = state.stars[channel as usize].take() {
            registry.remove_star(channel, old.shard, &self.client);
            state.drop_frames(|stream| stream.channel == channel);
        }
        state.stars[channel as usize] = Some(Box::new(Star::new(shard, from.into())));
        registry.add_star(channel, shard, &self.client);
        drop((state, registry));
        self.client.wake();
        Ok(())
    }

    /// What these symbols stand for in a channel, in their order; `None` where there is no such symbol.
    fn find<'s>(&self, channel: Channel, symbols: impl Iterator<Item = &'s Symbol>) -> Vec<Option<Subject>> {
        let listed: Vec<_> = match channel.family() {
            // Followed by who may, not by name.
            Family::Entities => return symbols.map(|_| None).collect(),
            Family::Lots => {
                let markets = self.views.markets();
                return symbols.map(|symbol| markets.lots.find(symbol)).collect();
            }
            Family::Listings => {
                let directory = self.views.directory();
                symbols
                    .map(|symbol| directory.by_symbol(symbol).map(|listed| Subject::from(listed.id)))
                    .collect()
            }
        };
        // Within a fold the directory knows a listing before the books do: until then it isn't there.
        let markets = self.views.markets();
        let known = |subject: &Subject| {
            let stream = Stream {
                subject: *subject,
                channel,
            };
            markets.symbol(stream).is_some()
        };
        listed.into_iter().map(|subject| subject.filter(known)).collect()
    }

    fn resolve(&self, channel: Channel, wanted: &[Wanted]) -> Result<Vec<(Subject, Option<u64>)>, SubscribeError> {
        let subjects = self.find(channel, wanted.iter().map(|wanted| &wanted.symbol));
        let found = subjects.into_iter().zip(wanted).map(|(subject, wanted)| {
            let subject = subject.ok_or(SubscribeError::UnknownSymbol(wanted.symbol))?;
            Ok((subject, wanted.from_seq))
        });
        let mut found: Vec<_> = found.collect::<Result<_, _>>()?;
        found.sort_by_key(|entry| entry.0);
        found.dedup_by_key(|entry| entry.0);
        Ok(found)
    }

    /// Stops following these symbols, or all of the channel where `None`; unsent frames of them are dropped. Symbols
    /// that are not followed by name are ignored.
    pub fn unsubscribe(&self, channel: Channel, symbols: Option<&[Symbol]>) {
        let ids = symbols.map(|symbols| {
            let mut ids = self.find(channel, symbols.iter());
            ids.sort_unstable();
            ids.into_iter().flatten().collect::<Vec<_>>()
        });
        let mut registry = self.views.registry();
        let mut state = self.client.state();
        let ended = |stream: Stream| {
            stream.channel == channel
                && ids
                    .as_ref()
                    .is_none_or(|ids| ids.binary_search(&stream.subject).is_ok())
        };
        for name in state
            .names
            .iter()
            .filter(|name| ended(name.stream) && name.position == Position::Level)
        {
            registry.remove_name(name.stream, &self.client);
        }
        if ids.is_none()
            && let Some(star) = state.stars[channel as usize].take()
        {
            registry.remove_star(channel, star.shard, &self.client);
        }
        if state.stars[channel as usize].is_none() {
            state.drop_frames(ended);
        }
        state.names.retain(|name| !ended(name.stream));
        state.pending.retain(|stream| !ended(*stream));
    }

    /// The last `seq` of a symbol.
    pub(crate) fn last_seq(&self, channel: Channel, symbol: &Symbol) -> Option<u64> {
        let subject = self.find(channel, [symbol].into_iter()).pop()??;
        self.views.markets().seq(Stream { subject, channel })
    }

    /// The last `seq` of each symbol that is followed by name: for `heartbeat`.
    pub fn last_seqs(&self) -> Vec<(Channel, Symbol, u64)> {
        let (markets, executions) = (self.views.markets(), self.views.executions());
        let state = self.client.state();
        let told = Told {
            markets: &markets,
            executions: &executions,
        };
        let last = |stream: Stream| told.last(stream).map(|(symbol, seq)| (stream.channel, symbol, seq));
        state.names.iter().filter_map(|name| last(name.stream)).collect()
    }
}

/// Receives the frames of a client. Dropping it ends the client.
#[derive(Debug)]
pub struct Receiver {
    views: Arc<Views>,
    client: Arc<Client>,
}

impl Receiver {
    /// The next frame, as JSON text; waits for one. Snapshots and frames that were missed are made here, when the
    /// client is ready for them, with `now()` as `sent_at`: they never fill its queue. Cancel-safe.
    pub async fn next(&mut self, now: impl Fn() -> Timestamp) -> Result<Bytes, Closed> {
        loop {
            if let Some(frame) = self.try_next(&now) {
                return frame;
            }
            self.client.woken().await;
        }
    }

    /// The next frame if there is one now.
    pub fn try_next(&mut self, now: impl Fn() -> Timestamp) -> Option<Result<Bytes, Closed>> {
        loop {
            // Read before the queue, so that a listing which comes in between wakes us later.
            let ends = self.views.ends.each_ref().map(|end| end.load(Ordering::Acquire));
            {
                let mut state = self.client.state();
                if let Some(closed) = &state.closed {
                    return Some(Err(closed.clone()));
                }
                let behind = state.is_behind(&ends);
                if !behind || state.live_in_a_row < LIVE_PER_CATCH_UP {
                    if let Some(frame) = state.pop() {
                        drop(state);
                        return Some(Ok(self.text(frame, &now)));
                    }
                    if !behind {
                        return None;
                    }
                }
                state.live_in_a_row = 0;
            }
            if let Some(frame) = self.catch_up(&now) {
                return Some(Ok(frame));
            }
        }
    }

    /// One step of catching up. While the markets are locked for reading, nothing is published: so a stream that is
    /// level at its end misses nothing and gets nothing twice.
    fn catch_up(&self, now: impl Fn() -> Timestamp) -> Option<Bytes> {
        let markets = self.views.markets();
        let pending = {
            let mut state = self.client.state();
            state.next_pending(&markets.ends(), SKIP_MAX, |stream, shard| {
                markets.symbol(stream).is_some_and(|(_, crc)| shard.has_crc(crc))
            })?
        };
        let Pending { stream, from, .. } = pending;
        let mut text = vec![];
        if stream.channel != Channel::Executions {
            let made = markets.catch_up(stream, from, now(), &mut text);
            return self.settle(pending, made, markets.seq(stream), text).map(Bytes::from);
        }
        // The same with the other lock; never both, for the folder takes them in its own order.
        drop(markets);
        let executions = self.views.executions();
        let Some(words) = self.views.private_text.get() else {
            self.client.state().end_executions();
            return None;
        };
        let market = self.market_data();
        let (made, unwritten) = executions.catch_up((&market, &**words), stream.subject, from);
        let unwritten = self.settle(pending, made, Some(executions.seq(stream.subject)), unwritten)??;
        drop(executions);
        Some(unwritten.write((&market, &**words), stream.subject, now()))
    }

    /// The text of a queued frame.
    fn text(&self, frame: Frame, now: impl Fn() -> Timestamp) -> Bytes {
        match frame.text {
            Text::Encoded(text) => text,
            Text::Private(event) => {
                let words = self.views.private_text.get().expect("private frames came by its word");
                let unwritten = Unwritten::Event(frame.seq, Arc::unwrap_or_clone(event));
                unwritten.write((&self.market_data(), &**words), frame.stream.subject, now())
            }
        }
    }

    fn market_data(&self) -> MarketData {
        MarketData {
            views: self.views.clone(),
        }
    }

    /// Notes how far the client is with what was made for it, while the lock is held under which that was made.
    fn settle<T>(&self, pending: Pending, made: CatchUp, last: Option<u64>, text: T) -> Option<T> {
        let Pending { stream, named, .. } = pending;
        let (position, frame) = match made {
            CatchUp::Level => (Position::Level, None),
            CatchUp::Frame(seq) if last == Some(seq) => (Position::Level, Some(text)),
            CatchUp::Frame(seq) => (Position::Behind(Some(seq)), Some(text)),
        };
        if named && position == Position::Level {
            let mut registry = self.views.registry();
            if !self.client.state().advance(pending, position) {
                return None;
            }
            registry.add_name(stream, &self.client);
        } else if !self.client.state().advance(pending, position) {
            // The subscription was changed meanwhile: what was made for it is not wanted any more.
            return None;
        }
        frame
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // After a panic of the folder there is nothing left to keep in order, and a drop must not panic itself.
        let Some(mut registry) = self.views.registry_unless_poisoned() else {
            return;
        };
        let mut state = self.client.state();
        registry.remove(&self.client, &state);
        state.close(Closed::Gone);
    }
}
