//! The paced channels: at each tick what changed of a symbol since the last one goes out as one frame.
//!
//! A frame is made once, whoever follows. What a client that follows by name can't take goes on waiting as one frame that
//! its receiver makes, so a slow reader gets fewer frames and is not closed for it. One that follows `*` may be.

use crate::{
    feed::{
        client::{Frame, Text},
        followers::Aftermath,
        last_frames::LastFrames,
    },
    folder::HANDED_MAX,
    state::Views,
    stream::{Channel, Pace, Stream},
    views::{executions::Executions, frame::Why, markets::Markets},
};
use bytes::Bytes;
use protocol::{InstrumentId, Timestamp};
use std::{collections::HashMap, sync::Arc};

/// After so many instruments that a tick tells the locks are given up in between.
const INSTRUMENTS_MAX: usize = 256;
/// How many texts are kept at most to tell what stays the same.
const TOLD_MAX: usize = 1 << 16;

/// The end that tells the paced channels. It holds no clock: whoever has it calls [`Self::tick`].
#[derive(Debug)]
pub struct Pacer {
    views: Arc<Views>,
    /// What was told last, of the streams that tell all of what is so now and that somebody follows.
    told: HashMap<Stream, Vec<u8>>,
    members: Vec<u8>,
    text: Vec<u8>,
    aftermath: Aftermath,
}

impl Pacer {
    pub(crate) fn new(views: Arc<Views>) -> Self {
        Self {
            views,
            told: HashMap::new(),
            members: vec![],
            text: vec![],
            aftermath: Aftermath::default(),
        }
    }

    /// Tells what changed since the last tick of this pace, with `now` as `sent_at`. To be called once an
    /// [`interval`](Pace::interval).
    pub fn tick(&mut self, pace: Pace, now: Timestamp) {
        if self.told.len() > TOLD_MAX {
            self.told.clear();
        }
        let views = self.views.clone();
        if Channel::Account.pace() == Some(pace) && views.followers().has_moved() {
            views.followers().tell_moved(&mut self.aftermath);
            for client in self.aftermath.wake.drain(..) {
                client.wake();
            }
        }
        if !views.markets().is_due(pace) {
            return;
        }
        // What becomes due from here on waits for the next tick: so a tick ends, and keeps its pace.
        let due = views.markets_mut().take_due(pace);
        let mut rest = due.as_slice();
        while !rest.is_empty() {
            {
                let executions = views.executions();
                let mut markets = views.markets_mut();
                let told = self.tell_some(pace, now, rest, (&mut markets, &executions));
                rest = &rest[told..];
            }
            for client in self.aftermath.wake.drain(..) {
                client.wake();
            }
            views.let_readers_in();
        }
    }

    /// Tells the first of these instruments; how many.
    fn tell_some(
        &mut self,
        pace: Pace,
        now: Timestamp,
        due: &[InstrumentId],
        (markets, executions): (&mut Markets, &Executions),
    ) -> usize {
        let views = self.views.clone();
        let mut followers = views.followers();
        let (mut told, mut handed) = (0, 0);
        for &id in due.iter().take(INSTRUMENTS_MAX) {
            if handed >= HANDED_MAX {
                break;
            }
            told += 1;
            markets.is_told(id, pace);
            let paced = |channel: &Channel| channel.is_public() && channel.pace() == Some(pace);
            for channel in Channel::ALL.into_iter().filter(paced) {
                let stream = Stream {
                    subject: id.into(),
                    channel,
                };
                let (_, crc) = markets.symbol(stream).expect("only what is listed is due");
                let was_ahead = followers.take_ahead(stream);
                if !followers.wants(stream, crc) {
                    markets.tell(stream);
                    self.told.remove(&stream);
                    continue;
                }
                let Some(frame) = self.frame(stream, was_ahead, now, markets) else {
                    continue;
                };
                let last_frames = LastFrames { markets, executions };
                handed += followers.publish(&frame, crc, last_frames, &mut self.aftermath);
            }
        }
        followers.settle(&mut self.aftermath);
        told
    }

    /// The next frame of a stream; `None` where nothing of it changed.
    fn frame(&mut self, stream: Stream, was_ahead: bool, now: Timestamp, markets: &mut Markets) -> Option<Frame> {
        let told = markets.told(stream);
        let last = markets.seq(stream).expect("it is listed");
        if told == last {
            return None;
        }
        self.members.clear();
        self.text.clear();
        if markets.members(stream, Some(told), &mut self.members) {
            if stream.channel.is_whole() {
                let before = self.told.entry(stream).or_default();
                if *before == self.members && !was_ahead {
                    return None;
                }
                before.clone_from(&self.members);
            }
            markets
                .head(stream, now)
                .behind(told)
                .delta(&self.members, &mut self.text);
        } else {
            markets.snapshot(stream, Why::TooOld, now, &mut self.text);
        }
        markets.tell(stream);
        Some(Frame {
            stream,
            seq: last,
            prev: told,
            text: Text::Encoded(Bytes::copy_from_slice(&self.text)),
        })
    }
}
