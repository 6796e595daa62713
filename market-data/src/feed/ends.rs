//! A client's two ends of the feed: one that says what it follows, and one that receives.

use crate::{
    feed::{
        client::{Client, Frame, Pending, Position, Star, Text},
        last_frames::LastFrames,
        private::Unwritten,
    },
    memory::CatchUp,
    state::{MarketData, Views},
    stream::{Channel, Closed, Family, Resume, Selection, Shard, Stream, Subject, SubscribeError, Wanted},
    views::{directory::Mandate, executions},
};
use bytes::Bytes;
use protocol::{EntityId, Symbol, Timestamp};
use std::sync::{Arc, atomic::Ordering};

/// How many queued deltas go out before one frame of catching up does.
pub const LIVE_PER_CATCH_UP: u32 = 16;
/// How many symbols outside its shard a receiver skips under one lock.
const SKIP_MAX: u32 = 4_096;

/// A client's end that says what it follows. Cheap to clone.
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
        let has_words = channel != Channel::Instruments || self.views.listing_text.get().is_some();
        if !channel.is_public() || !has_words {
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
        let mut followers = self.views.followers();
        let mut state = self.client.state();
        if state.closed.is_some() {
            return Err(SubscribeError::Closed);
        }
        if state.star(channel).is_some() {
            return Err(SubscribeError::Overlap);
        }
        let streams = || wanted.iter().map(|&(subject, _)| Stream { subject, channel });
        let new = streams().filter(|stream| state.named(*stream).is_none()).count();
        if state.names.len() + new > self.views.limits.symbols_per_client {
            return Err(SubscribeError::TooManySymbols);
        }
        for stream in streams().filter(|stream| state.named(*stream) == Some(Position::Level)) {
            followers.remove_name(stream, &self.client);
        }
        state.drop_frames(|stream| stream.channel == channel && ids.binary_search(&stream.subject).is_ok());
        state.begin(streams().zip(wanted.iter().map(|entry| entry.1)));
        drop((state, followers));
        self.client.wake();
        Ok(())
    }

    /// Follows a channel of a participant's own, in place of the participant whose channel was followed before. What
    /// the caller acts by, a key or a session, goes on being asked: once it has ended, nothing more comes. Of two the last
    /// one is asked, and what was followed by the other is followed no longer.
    pub fn follow_own(
        &self,
        channel: Channel,
        entity: EntityId,
        mandate: Arc<dyn Mandate>,
        from_seq: Option<u64>,
    ) -> Result<(), SubscribeError> {
        let is_another = |known: &Arc<dyn Mandate>| !Arc::ptr_eq(known, &mandate);
        let is_another = self.client.state().mandate.as_ref().is_some_and(is_another);
        let ended = Channel::ALL
            .into_iter()
            .filter(|own| !own.is_public() && (is_another || *own == channel));
        ended.for_each(|own| self.unsubscribe(own, None));
        let mut state = self.client.state();
        if state.closed.is_some() {
            return Err(SubscribeError::Closed);
        }
        if state.names.len() >= self.views.limits.symbols_per_client {
            return Err(SubscribeError::TooManySymbols);
        }
        state.mandate = Some(mandate);
        state.begin([(executions::stream(entity, channel), from_seq)].into_iter());
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
        // Read before the client follows: what is announced meanwhile is told as what was there.
        let later = Subject(self.views.ends[channel.family() as usize].load(Ordering::Acquire));
        let mut followers = self.views.followers();
        let mut state = self.client.state();
        if state.closed.is_some() {
            return Err(SubscribeError::Closed);
        }
        if state.names.iter().any(|name| name.stream.channel == channel) {
            return Err(SubscribeError::Overlap);
        }
        if let Some(old) = state.take_star(channel) {
            followers.remove_star(channel, old.shard, &self.client);
            state.drop_frames(|stream| stream.channel == channel);
        }
        state.stars.push(Star::new(channel, shard, later, from.into()));
        followers.add_star(channel, shard, &self.client);
        drop((state, followers));
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
        let mut followers = self.views.followers();
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
            followers.remove_name(name.stream, &self.client);
        }
        if ids.is_none()
            && let Some(star) = state.take_star(channel)
        {
            followers.remove_star(channel, star.shard, &self.client);
        }
        if state.star(channel).is_none() {
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
}

/// A client's end that receives its frames. Dropping it ends the client.
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

    /// Waits for a frame of the participant's own, which should not wait for others. Cancel-safe.
    pub async fn hurried(&self) {
        self.client.hurried().await;
    }

    /// The last number of each public stream that the client follows by name and is level with, at most so many: its copy
    /// has that or more, once it took in all that waits.
    pub fn level(&self, most: usize) -> Vec<Resume> {
        let executions = self.views.executions();
        let markets = self.views.markets();
        let last_frames = LastFrames {
            markets: &markets,
            executions: &executions,
        };
        let state = self.client.state();
        let level = state
            .names
            .iter()
            .filter(|name| name.position == Position::Level && name.stream.channel.is_public());
        let last = |stream: Stream| {
            let (symbol, seq) = last_frames.of(stream)?;
            Some(Resume {
                channel: stream.channel,
                symbol,
                seq: Some(seq),
            })
        };
        level.filter_map(|name| last(name.stream)).take(most).collect()
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
        if stream.channel.is_public() {
            let made = markets.catch_up(stream, from, now(), &mut text);
            let is_ahead = markets.seq(stream).is_some_and(|last| last > markets.told(stream));
            if stream.channel.pace().is_some() && is_ahead {
                self.views.followers().note_ahead(stream);
            }
            return self.settle(pending, made, markets.seq(stream), text).map(Bytes::from);
        }
        // The same with the other lock; never both, for the folder takes them in its own order.
        drop(markets);
        let executions = self.views.executions();
        let Some(words) = self.views.private_text.get() else {
            self.client.state().end_private();
            return None;
        };
        let market = self.market_data();
        let (made, unwritten) = Unwritten::catch_up(&executions, (&market, &**words), stream, from);
        let unwritten = self.settle(pending, made, Some(executions.seq(stream.subject)), unwritten)??;
        drop(executions);
        Some(unwritten.write((&market, &**words), stream, now()))
    }

    /// The text of a queued frame.
    fn text(&self, frame: Frame, now: impl Fn() -> Timestamp) -> Bytes {
        match frame.text {
            Text::Encoded(text) => text,
            Text::Private(execution) => {
                let words = self.views.private_text.get().expect("private frames came by its word");
                let unwritten = Unwritten::Event(frame.seq, Arc::unwrap_or_clone(execution));
                unwritten.write((&self.market_data(), &**words), frame.stream, now())
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
            let mut followers = self.views.followers();
            if !self.client.state().advance(pending, position) {
                return None;
            }
            followers.add_name(stream, &self.client);
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
        let Some(mut followers) = self.views.followers_unless_poisoned() else {
            return;
        };
        let mut state = self.client.state();
        followers.remove(&self.client, &state);
        state.close(Closed::Gone);
    }
}
