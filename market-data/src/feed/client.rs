//! What the feed keeps of one client: its queue, what it follows, and how far it is with each.
//! Locks are taken in the order markets, followers, client; the client's is the last and never held for long.

use crate::{
    feed::last_frames::LastFrames,
    limits::Limits,
    stream::{Channel, Closed, Family, Resume, Shard, Stream, Subject},
    views::{directory::Mandate, executions::Execution},
};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Notify;

/// A queue that has been emptied keeps room for this many frames at most.
const QUEUE_KEPT: usize = 16;
/// From so many waiting frames on, a paced stream that is followed by name waits as one frame that is yet to be made.
const MERGE_FROM: usize = 64;
/// What a private event counts for in a queue, in bytes: few are longer.
const PRIVATE_BYTES: usize = 1_024;

/// A client, shared by its two ends and the list of followers.
#[derive(Debug, Default)]
pub(crate) struct Client {
    state: Mutex<State>,
    notify: Notify,
    hurry: Notify,
}

impl Client {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a client's lock is never held over a panic")
    }

    /// Makes the receiver look again.
    pub(crate) fn wake(&self) {
        self.notify.notify_one();
    }

    /// Tells the receiver that a frame is there that does not wait for others.
    pub(crate) fn hurry(&self) {
        self.hurry.notify_one();
    }

    /// Waits for a [`Self::hurry`], or returns at once for one that came since the last wait.
    pub(crate) async fn hurried(&self) {
        self.hurry.notified().await;
    }

    /// Waits for a [`Self::wake`], or returns at once for one that came since the last wait.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }
}

/// How far a client is with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// It has the frames up to this number (nothing where `None`), and is to catch up.
    Behind(Option<u64>),
    /// It gets each frame as it comes.
    Level,
}

/// A stream that is followed by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) stream: Stream,
    pub(crate) position: Position,
}

/// `*` of a channel: level with the symbols below the cursor, catching up with the one at it.
#[derive(Debug)]
pub(crate) struct Star {
    pub(crate) channel: Channel,
    pub(crate) shard: Shard,
    /// Where subjects begin that came later than the subscription: of those nothing was missed.
    later: Subject,
    cursor: Subject,
    /// How far the client is with the symbol at the cursor, once it has begun with it.
    begun: Option<u64>,
    /// Where to begin, by subject.
    from: Box<[(Subject, u64)]>,
}

impl Star {
    pub(crate) fn new(channel: Channel, shard: Shard, later: Subject, from: Box<[(Subject, u64)]>) -> Self {
        Self {
            channel,
            shard,
            later,
            cursor: Subject(0),
            begun: None,
            from,
        }
    }

    /// Up to which `seq` the client has the symbol at the cursor.
    fn position(&self) -> Option<u64> {
        let from = || self.from.binary_search_by_key(&self.cursor, |entry| entry.0).ok();
        // A lot's log is told from its first step to whoever was there when it was announced.
        let is_told_whole = self.channel == Channel::Auction && self.cursor >= self.later;
        let asked = || Some(self.from[from()?].1);
        self.begun.or_else(asked).or_else(|| is_told_whole.then_some(0))
    }

    /// To the next symbol.
    fn advance(&mut self) {
        self.cursor.0 += 1;
        self.begun = None;
        if self.from.last().is_some_and(|last| last.0 < self.cursor) {
            self.from = Box::default();
        }
    }
}

/// What a receiver is to make next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) stream: Stream,
    pub(crate) from: Option<u64>,
    /// Whether it is followed by name; else it is the symbol at the cursor of a `*`.
    pub(crate) named: bool,
}

/// A frame; a clone shares what it says.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) stream: Stream,
    pub(crate) seq: u64,
    /// The number of the frame before.
    pub(crate) prev: u64,
    pub(crate) text: Text,
}

/// What a frame says.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// Encoded once for all.
    Encoded(Bytes),
    /// A participant's own event, that few hear: whoever sends it encodes it.
    Private(Arc<Execution>),
}

impl Text {
    /// How much of the queue's room it takes.
    fn len(&self) -> usize {
        match self {
            Self::Encoded(text) => text.len(),
            Self::Private(_) => PRIVATE_BYTES,
        }
    }
}

/// What came of offering a frame to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// It is of no concern to the client.
    Passed,
    /// It was queued; the receiver knows.
    Queued,
    /// It was queued, and the queue had been empty: wake the receiver.
    First,
    /// It is merged into what the receiver makes next of this stream: the client is not level with it any more.
    Merged,
    /// The queue is full: the client is to be closed.
    Overflow,
}

/// The state of a client.
#[derive(Debug, Default)]
pub(crate) struct State {
    queue: VecDeque<Frame>,
    queue_bytes: usize,
    /// Sorted by stream.
    pub(crate) names: Vec<Named>,
    /// The names that are behind, in the order in which they were asked for.
    pub(crate) pending: VecDeque<Stream>,
    /// Each `*`, of one channel each.
    pub(crate) stars: Vec<Star>,
    /// How many queued frames went out since the last frame of catching up.
    pub(crate) live_in_a_row: u32,
    pub(crate) closed: Option<Closed>,
    /// By what private frames are followed.
    pub(crate) mandate: Option<Arc<dyn Mandate>>,
}

impl State {
    /// How far the client is with a stream that it follows by name.
    pub(crate) fn named(&self, stream: Stream) -> Option<Position> {
        let place = self.names.binary_search_by_key(&stream, |name| name.stream).ok()?;
        Some(self.names[place].position)
    }

    /// Begins a stream, by name, or begins it anew.
    pub(crate) fn begin(&mut self, streams: impl Iterator<Item = (Stream, Option<u64>)>) {
        let known = self.names.len();
        for (stream, from) in streams {
            let name = Named {
                stream,
                position: Position::Behind(from),
            };
            match self.names[..known].binary_search_by_key(&stream, |name| name.stream) {
                Ok(place) => {
                    let was = std::mem::replace(&mut self.names[place], name);
                    if was.position == Position::Level {
                        self.pending.push_back(stream);
                    }
                }
                Err(_) => {
                    self.names.push(name);
                    self.pending.push_back(stream);
                }
            }
        }
        // Once for all: so a long list costs its length, and not its square.
        self.names.sort_unstable_by_key(|name| name.stream);
    }

    /// The `*` of a channel.
    pub(crate) fn star(&self, channel: Channel) -> Option<&Star> {
        self.stars.iter().find(|star| star.channel == channel)
    }

    /// Takes away the `*` of a channel.
    pub(crate) fn take_star(&mut self, channel: Channel) -> Option<Star> {
        let place = self.stars.iter().position(|star| star.channel == channel)?;
        Some(self.stars.swap_remove(place))
    }

    /// Whether there is anything to catch up with, where `ends` are one above the highest subject of each family.
    pub(crate) fn is_behind(&self, ends: &[u32; Family::COUNT]) -> bool {
        let behind = |star: &Star| star.cursor.0 < ends[star.channel.family() as usize];
        !self.pending.is_empty() || self.stars.iter().any(behind)
    }

    /// What to catch up with next: a name, else the `*` that is least far. At most `skip` symbols that `covered` says
    /// no to are passed over.
    pub(crate) fn next_pending(
        &mut self,
        ends: &[u32; Family::COUNT],
        skip: u32,
        covered: impl Fn(Stream, Shard) -> bool,
    ) -> Option<Pending> {
        if self.is_revoked() {
            self.end_private();
        }
        if let Some(&stream) = self.pending.front() {
            let Some(Position::Behind(from)) = self.named(stream) else {
                unreachable!("a pending name is behind")
            };
            return Some(Pending {
                stream,
                from,
                named: true,
            });
        }
        let end_of = |star: &Star| ends[star.channel.family() as usize];
        let behind = self.stars.iter_mut().filter(|star| star.cursor.0 < end_of(star));
        let star = behind.min_by_key(|star| star.cursor)?;
        for _ in 0..skip {
            if star.cursor.0 >= end_of(star) {
                return None;
            }
            let stream = Stream {
                subject: star.cursor,
                channel: star.channel,
            };
            if covered(stream, star.shard) {
                return Some(Pending {
                    stream,
                    from: star.position(),
                    named: false,
                });
            }
            star.advance();
        }
        None
    }

    /// What this stream tells is to be made anew: whoever is level with it was told up to `seq`. Whether it was.
    pub(crate) fn fall_behind(&mut self, stream: Stream, seq: u64) -> bool {
        let Ok(place) = self.names.binary_search_by_key(&stream, |name| name.stream) else {
            return false;
        };
        if self.names[place].position != Position::Level {
            return false;
        }
        self.names[place].position = Position::Behind(Some(seq));
        self.pending.push_back(stream);
        true
    }

    /// The client has come to `position`; `false` if it no longer follows the stream from where that was made for.
    pub(crate) fn advance(&mut self, made: Pending, position: Position) -> bool {
        let Pending { stream, from, named } = made;
        if self.closed.is_some() {
            return false;
        }
        if named {
            let Ok(place) = self.names.binary_search_by_key(&stream, |name| name.stream) else {
                return false;
            };
            if self.names[place].position != Position::Behind(from) || self.pending.front() != Some(&stream) {
                return false;
            }
            self.names[place].position = position;
            if position == Position::Level {
                self.pending.pop_front();
            }
            return true;
        }
        let star = self.stars.iter_mut().find(|star| star.channel == stream.channel);
        let Some(star) = star else { return false };
        if star.cursor != stream.subject || star.position() != from {
            return false;
        }
        match position {
            Position::Level => star.advance(),
            Position::Behind(seq) => star.begun = seq,
        }
        true
    }

    /// Offers a frame of a stream that the client follows by name (and is level with), or by a `*` of its shard.
    pub(crate) fn offer(&mut self, frame: &Frame, limits: &Limits) -> Offered {
        let reached = |star: &Star| star.cursor > frame.stream.subject;
        let private = !frame.stream.channel.is_public();
        if self.closed.is_some()
            || (private && self.is_revoked())
            || !self.star(frame.stream.channel).is_none_or(reached)
        {
            return Offered::Passed;
        }
        let is_much = self.queue.len() >= MERGE_FROM || self.is_half_full(limits);
        if is_much
            && frame.stream.channel.pace().is_some()
            && let Ok(place) = self.names.binary_search_by_key(&frame.stream, |name| name.stream)
        {
            // What waits goes as well: a frame that is made later must not pass one that was made before.
            let waiting = self.queue.iter().find(|queued| queued.stream == frame.stream);
            let prev = waiting.map_or(frame.prev, |first| first.prev);
            self.drop_frames(|stream| stream == frame.stream);
            self.names[place].position = Position::Behind(Some(prev));
            self.pending.push_back(frame.stream);
            return Offered::Merged;
        }
        let first = self.queue.is_empty();
        let bytes = self.queue_bytes + frame.text.len();
        // A frame that is larger than the whole bound still fits into an empty queue.
        if !first && (self.queue.len() >= limits.queue_frames || bytes > limits.queue_bytes) {
            return Offered::Overflow;
        }
        self.queue.push_back(frame.clone());
        self.queue_bytes = bytes;
        if first { Offered::First } else { Offered::Queued }
    }

    /// Whether so much waits that it should not wait longer.
    pub(crate) fn is_half_full(&self, limits: &Limits) -> bool {
        self.queue.len() > limits.queue_frames / 2 || self.queue_bytes > limits.queue_bytes / 2
    }

    /// The next queued frame.
    pub(crate) fn pop(&mut self) -> Option<Frame> {
        // Asked when a frame goes out, not when it came in.
        if self.is_revoked() {
            self.end_private();
        }
        let frame = self.queue.pop_front()?;
        self.queue_bytes -= frame.text.len();
        self.live_in_a_row = self.live_in_a_row.saturating_add(1);
        if self.queue.is_empty() && self.queue.capacity() > QUEUE_KEPT {
            self.queue.shrink_to(QUEUE_KEPT);
        }
        Some(frame)
    }

    fn is_revoked(&self) -> bool {
        self.mandate.as_ref().is_some_and(|mandate| mandate.has_ended())
    }

    /// Nothing private is sent any more.
    pub(crate) fn end_private(&mut self) {
        let private = |stream: Stream| !stream.channel.is_public();
        self.drop_frames(private);
        self.pending.retain(|stream| !private(*stream));
    }

    /// Drops the queued frames of these streams.
    pub(crate) fn drop_frames(&mut self, of: impl Fn(Stream) -> bool) {
        self.queue.retain(|queued| !of(queued.stream));
        self.queue_bytes = self.queue.iter().map(|queued| queued.text.len()).sum();
    }

    /// Where the client can go on if it is closed now, before the frame `lost` is queued.
    pub(crate) fn resume(&self, lost: &Frame, last_frames: LastFrames<'_>) -> Vec<Resume> {
        let mut last = BTreeMap::new();
        for frame in self.queue.iter().chain([lost]) {
            last.entry(frame.stream).or_insert(Some(frame.prev));
        }
        for name in &self.names {
            last.entry(name.stream).or_insert_with(|| match name.position {
                // Each of its frames is whole: whoever comes back begins with one.
                Position::Level if name.stream.channel == Channel::Account => None,
                Position::Level => last_frames.of(name.stream).map(|(_, seq)| seq),
                Position::Behind(position) => position,
            });
        }
        for star in &self.stars {
            if let Some(begun) = star.begun {
                let (subject, channel) = (star.cursor, star.channel);
                last.insert(Stream { subject, channel }, Some(begun));
            }
        }
        let entry = |(stream, seq): (Stream, Option<u64>)| {
            let (symbol, _) = last_frames.of(stream)?;
            Some(Resume {
                channel: stream.channel,
                symbol,
                seq,
            })
        };
        last.into_iter().filter_map(entry).take(Closed::RESUME_MAX).collect()
    }

    /// Ends the client and frees what it had.
    pub(crate) fn close(&mut self, why: Closed) {
        *self = Self {
            closed: Some(why),
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_only_listens_is_small() {
        // Shared by its two ends: one allocation, and one more for the first four names.
        let shared = size_of::<Client>() + 2 * size_of::<usize>();
        assert!(shared <= 288, "{shared} bytes");
        assert!(size_of::<Named>() <= 32);
    }
}
