//! Who follows what: for each stream the clients that are level with it, and for each channel those that follow `*`.

use crate::{
    feed::{
        client::{Client, Frame, Offered, Position, State, Text},
        last_frames::LastFrames,
    },
    stream::{Channel, Closed, Shard, Stream},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The clients of `*` of one channel that cut it into the same number of parts, by part.
#[derive(Debug)]
struct Stars {
    of: u32,
    parts: Vec<Vec<Arc<Client>>>,
}

/// The followers of every stream.
#[derive(Debug, Default)]
pub(crate) struct Followers {
    names: HashMap<Stream, Vec<Arc<Client>>>,
    stars: [Vec<Stars>; Channel::ALL.len()],
    /// The paced streams of which somebody has been told more than the others since the last tick.
    ahead: HashSet<Stream>,
    /// The participants that something happened to since the last tick, and up to where their followers were told.
    moved: HashMap<Stream, u64>,
}

/// Clients that are to be woken, and to be closed, once the locks are free.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    pub(crate) wake: Vec<Arc<Client>>,
    overflown: Vec<Arc<Client>>,
    /// Those that are not level with a stream any more.
    merged: Vec<(Stream, Arc<Client>)>,
}

impl Followers {
    pub(crate) fn add_name(&mut self, stream: Stream, client: &Arc<Client>) {
        self.names.entry(stream).or_default().push(client.clone());
    }

    pub(crate) fn remove_name(&mut self, stream: Stream, client: &Arc<Client>) {
        if let Some(clients) = self.names.get_mut(&stream) {
            remove(clients, client);
            if clients.is_empty() {
                self.names.remove(&stream);
            }
        }
    }

    pub(crate) fn add_star(&mut self, channel: Channel, shard: Shard, client: &Arc<Client>) {
        let stars = &mut self.stars[channel as usize];
        let place = stars.iter().position(|stars| stars.of == shard.of).unwrap_or_else(|| {
            stars.push(Stars {
                of: shard.of,
                parts: vec![vec![]; shard.of as usize],
            });
            stars.len() - 1
        });
        stars[place].parts[shard.part as usize].push(client.clone());
    }

    pub(crate) fn remove_star(&mut self, channel: Channel, shard: Shard, client: &Arc<Client>) {
        let stars = &mut self.stars[channel as usize];
        if let Some(place) = stars.iter().position(|stars| stars.of == shard.of) {
            remove(&mut stars[place].parts[shard.part as usize], client);
            if stars[place].parts.iter().all(Vec::is_empty) {
                stars.swap_remove(place);
            }
        }
    }

    /// Forgets a client, whose state this is.
    pub(crate) fn remove(&mut self, client: &Arc<Client>, state: &State) {
        for name in state.names.iter().filter(|name| name.position == Position::Level) {
            self.remove_name(name.stream, client);
        }
        for star in &state.stars {
            self.remove_star(star.channel, star.shard, client);
        }
    }

    /// The clients that a frame of this stream concerns, apart from those of a `*` that have not reached it.
    fn followers(&self, stream: Stream, symbol_crc: u32) -> impl Iterator<Item = &Arc<Client>> {
        let stars = self.stars[stream.channel as usize].iter();
        let parts = stars.flat_map(move |stars| &stars.parts[(symbol_crc % stars.of) as usize]);
        let named = if self.names.is_empty() {
            None
        } else {
            self.names.get(&stream)
        };
        parts.chain(named.into_iter().flatten())
    }

    /// Whether anybody follows this stream.
    pub(crate) fn wants(&self, stream: Stream, symbol_crc: u32) -> bool {
        self.followers(stream, symbol_crc).next().is_some()
    }

    /// Hands a frame to every client that follows its stream; to how many.
    pub(crate) fn publish(
        &self,
        frame: &Frame,
        symbol_crc: u32,
        last: LastFrames<'_>,
        aftermath: &mut Aftermath,
    ) -> usize {
        let mut handed = 0;
        for client in self.followers(frame.stream, symbol_crc) {
            handed += 1;
            let mut state = client.state();
            let offered = state.offer(frame, last.markets.limits());
            let is_private = matches!(frame.text, Text::Private(_));
            if offered != Offered::Passed && (is_private || state.is_half_full(last.markets.limits())) {
                client.hurry();
            }
            match offered {
                Offered::Passed | Offered::Queued => {}
                Offered::First => aftermath.wake.push(client.clone()),
                Offered::Merged => aftermath.merged.push((frame.stream, client.clone())),
                Offered::Overflow => {
                    // It keeps what it follows until it is forgotten below: then it is gone from every list.
                    state.closed = Some(Closed::TooSlow {
                        resume: state.resume(frame, last),
                    });
                    aftermath.overflown.push(client.clone());
                }
            }
        }
        handed
    }

    /// Somebody is told more of a paced stream than the others were: the next tick tells it, whatever it says.
    pub(crate) fn note_ahead(&mut self, stream: Stream) {
        self.ahead.insert(stream);
    }

    /// Whether somebody was, since the last time that this was asked.
    pub(crate) fn take_ahead(&mut self, stream: Stream) -> bool {
        !self.ahead.is_empty() && self.ahead.remove(&stream)
    }

    /// Something happened to a participant that somebody follows; `before` is the number before it.
    pub(crate) fn move_on(&mut self, stream: Stream, before: u64) {
        if self.names.contains_key(&stream) {
            self.moved.entry(stream).or_insert(before);
        }
    }

    /// Has those told anew how a participant stands to whom something happened, each by its own receiver.
    pub(crate) fn tell_moved(&mut self, aftermath: &mut Aftermath) {
        for (stream, before) in std::mem::take(&mut self.moved) {
            for client in self.names.remove(&stream).into_iter().flatten() {
                if client.state().fall_behind(stream, before) {
                    client.hurry();
                    aftermath.wake.push(client);
                }
            }
        }
    }

    /// Whether a participant moved since the last tick.
    pub(crate) fn has_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Forgets the clients that have overflown, and that those follow a stream whose frames were merged.
    pub(crate) fn settle(&mut self, aftermath: &mut Aftermath) {
        for (stream, client) in aftermath.merged.drain(..) {
            self.remove_name(stream, &client);
        }
        for client in aftermath.overflown.drain(..) {
            let mut state = client.state();
            self.remove(&client, &state);
            if let Some(why) = state.closed.take() {
                state.close(why);
            }
            drop(state);
            aftermath.wake.push(client);
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.names.values().map(Vec::len).sum::<usize>() + self.stars().count()
    }

    /// Every client that follows a `*`.
    pub(crate) fn stars(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.stars.iter().flatten().flat_map(|stars| &stars.parts).flatten()
    }
}

fn remove(clients: &mut Vec<Arc<Client>>, client: &Arc<Client>) {
    if let Some(place) = clients.iter().position(|other| Arc::ptr_eq(other, client)) {
        clients.swap_remove(place);
    }
}
