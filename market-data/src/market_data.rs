//! The reading end.

use crate::{Accounts, Channel, Directory, Folder, Limits, Receiver, Subscriber, depth::Level, tape::Trade};
use protocol::{InstrumentId, Seq, Timestamp};
use std::{ops::Deref, sync::Arc, time::Duration};

/// Empty views: one end to fold into, one to read from.
pub fn new(_limits: Limits) -> (MarketData, Folder) {
    todo!()
}

#[derive(Debug)]
pub(crate) struct Views {}

/// The reading end of the views; cheap to clone. Each read sees all of every command up to [`Self::applied`], and
/// perhaps some of the next ones.
#[derive(Clone, Debug)]
pub struct MarketData {
    pub(crate) views: Arc<Views>,
}

/// A book at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The `seq` of `book.l2` that it includes.
    pub seq: u64,
    /// When it last changed; when it was listed if it never did.
    pub matched_at: Timestamp,
    /// The buy levels, best first.
    pub bids: Vec<Level>,
    /// The sell levels, best first.
    pub asks: Vec<Level>,
    /// The checksum of the top ten levels a side (see [`crate::depth`]).
    pub checksum: u32,
}

impl MarketData {
    /// The last command whose events have been folded into every view.
    pub fn applied(&self) -> Seq {
        todo!()
    }

    /// Waits until the views have folded this command: read your writes. `false` if `timeout` passes first.
    pub async fn wait_for(&self, _seq: Seq, _timeout: Duration) -> bool {
        todo!()
    }

    /// The directory, under a short read lock. Not to be held: take out what is needed (entries are `Arc`s) and never
    /// ask for a second guard of the same view while one is held.
    pub fn directory(&self) -> impl Deref<Target = Directory> + '_ {
        std::sync::RwLock::read(todo!()).expect("the folder panicked")
    }

    /// The accounts, under a short read lock; the same care as with [`Self::directory`].
    pub fn accounts(&self) -> impl Deref<Target = Accounts> + '_ {
        std::sync::RwLock::read(todo!()).expect("the folder panicked")
    }

    /// The best `levels` levels a side of this book; `None` if there is no such listing.
    pub fn depth(&self, _instrument: InstrumentId, _levels: usize) -> Option<Depth> {
        todo!()
    }

    /// The last trades, newest first: at most `limit` and at most what the tape remembers; those with a `seq` below
    /// `before` if it is given.
    pub fn trades(&self, _instrument: InstrumentId, _before: Option<u64>, _limit: usize) -> Vec<Trade> {
        todo!()
    }

    /// The `seq` of the last frame of a channel for this instrument: for `heartbeat`. `None` if there is no such
    /// listing.
    pub fn last_seq(&self, _channel: Channel, _instrument: InstrumentId) -> Option<u64> {
        todo!()
    }

    /// A client of the feeds: one end to say what it follows, one to receive. Dropping the receiver ends it.
    pub fn connect(&self) -> (Subscriber, Receiver) {
        todo!()
    }
}
