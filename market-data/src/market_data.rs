//! The reading end.

use crate::{
    feed::ends::{self, Receiver, Subscriber},
    feed::pacer::Pacer,
    folder::Folder,
    limits::Limits,
    state::{MarketData, PrivateText, Views},
    stream::{Channel, Stream},
    views::{
        accounts::Accounts,
        auction_log::{LotPage, SignedHead, Signer},
        directory::{Directory, ListingText},
        levels::Level,
        markets::Against,
        records::Records,
        tape::Trade,
        waits::Waits,
    },
};
use protocol::{InstrumentId, LotId, OrderId, Price, Quantity, Seq, Side, Symbol, Timestamp};
use std::{ops::Deref, sync::Arc, time::Duration};

/// Empty views: one end to fold into, one to read from.
pub fn new(limits: Limits) -> (MarketData, Folder) {
    let views = Arc::new(Views::new(limits));
    (MarketData { views: views.clone() }, Folder::new(views))
}

/// A book at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The `seq` of the last frame of `book.l2` that the book includes.
    pub seq: u64,
    /// When the book last changed; when it was listed if it never did.
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
        self.views.applied()
    }

    /// Waits until the views have folded this command: read your writes. `false` if `timeout` passes first.
    pub async fn wait_for(&self, seq: Seq, timeout: Duration) -> bool {
        if self.applied() >= seq {
            return true;
        }
        let mut changed = self.views.applied_changes();
        tokio::time::timeout(timeout, changed.wait_for(|applied| *applied >= seq))
            .await
            .is_ok_and(|met| met.is_ok())
    }

    /// The directory, under a short read lock. Not to be held: take out what is needed (entries are `Arc`s) and never
    /// ask for a second guard of the same view while one is held.
    pub fn directory(&self) -> impl Deref<Target = Directory> + '_ {
        self.views.directory()
    }

    /// The accounts, under a short read lock; the same care as with [`Self::directory`].
    pub fn accounts(&self) -> impl Deref<Target = Accounts> + '_ {
        self.views.accounts()
    }

    /// The registry's records, under a short read lock; the same care as with [`Self::directory`].
    pub fn records(&self) -> impl Deref<Target = Records> + '_ {
        self.views.records()
    }

    /// What waits for whom, under a short read lock; the same care as with [`Self::directory`], and never under a guard of
    /// another view.
    pub fn waits(&self) -> impl Deref<Target = Waits> + '_ {
        self.views.waits()
    }

    /// The best `levels` levels a side of this book; `None` if there is no such listing.
    pub fn depth(&self, instrument: InstrumentId, levels: usize) -> Option<Depth> {
        let markets = self.views.markets();
        let listed = markets.get(instrument)?;
        let Some(active) = &listed.active else {
            let matched_at = listed.instrument.listed_at;
            return Some(Depth {
                seq: 0,
                matched_at,
                bids: vec![],
                asks: vec![],
                checksum: 0,
            });
        };
        let side = |side: Side| {
            let mut best = Vec::with_capacity(levels.min(active.book.level_count(side)));
            best.extend(active.book.levels(side).take(levels));
            best
        };
        Some(Depth {
            seq: markets.seq(Stream {
                subject: instrument.into(),
                channel: Channel::BookL2,
            })?,
            matched_at: active.book.changed_at(),
            bids: side(Side::Buy),
            asks: side(Side::Sell),
            checksum: active.book.checksum(),
        })
    }

    /// What rests against an order that arrives on `side` and goes as far as `limit`, best first: enough for `most`
    /// units, and no further than the first of the orders in `own`; with the `seq` of the last frame of `book.l2` that
    /// it includes. `None` if there is no such listing.
    pub fn against(
        &self,
        instrument: InstrumentId,
        at: (Side, Price),
        most: Quantity,
        own: &[OrderId],
    ) -> Option<(u64, Vec<Against>)> {
        let markets = self.views.markets();
        let mut found = markets.against(instrument, at, most, own)?;
        if let Some(last) = found.last_mut().filter(|last| last.own) {
            last.quantity = markets.ahead_of(instrument, at.0.opposite(), last.price, own);
        }
        let subject = instrument.into();
        let channel = Channel::BookL2;
        Some((markets.seq(Stream { subject, channel }).unwrap_or(0), found))
    }

    /// The last trades, newest first: at most `limit` and at most what the tape remembers; those with a `seq` below
    /// `before` if it is given.
    pub fn trades(&self, instrument: InstrumentId, before: Option<u64>, limit: usize) -> Vec<Trade> {
        let markets = self.views.markets();
        let active = markets.get(instrument).and_then(|listed| listed.active.as_ref());
        active.map_or_else(Vec::new, |active| active.tape.before(before, limit).copied().collect())
    }

    /// The `seq` of the last frame of a channel for this symbol: for `heartbeat`. `None` if there is no such symbol.
    pub fn last_seq(&self, channel: Channel, symbol: &Symbol) -> Option<u64> {
        self.connect().0.last_seq(channel, symbol)
    }

    /// Has the heads of lots signed from here on: without a signer they are sent unsigned. Called once, before anything
    /// is read.
    pub fn sign_with(&self, signer: Signer) {
        // A second one is as good as none: a venue has one key.
        let _ = self.views.signer.set(signer);
    }

    /// Has private frames written by these words from here on: without words there are none. Called once, before
    /// anything is read.
    pub fn tell_private(&self, text: impl PrivateText + 'static) {
        let _ = self.views.private_text.set(Box::new(text));
    }

    /// Has the listings in `instruments` written by these words from here on: without words that channel can't be
    /// followed. Called once, before anything is read.
    pub fn tell_listings(&self, text: impl ListingText + 'static) {
        let _ = self.views.listing_text.set(Box::new(text));
    }

    /// The lines of a lot's public log behind `seq`, at most `limit`; `None` if there is no such lot.
    pub fn auction_log(&self, lot: LotId, behind: u64, limit: usize) -> Option<LotPage> {
        self.views.markets().lots.page(lot, behind, limit)
    }

    /// The signed head of a lot's chain after the frame of this number; `None` if there is none, or nobody signs.
    pub fn auction_head(&self, lot: LotId, seq: u64) -> Option<SignedHead> {
        self.views.markets().lots.signed_head(lot, seq)
    }

    /// How many subscriptions are level with their stream or follow a `*`, over all clients: for the metrics.
    pub fn followings(&self) -> usize {
        self.views.followers().len()
    }

    /// The end that tells the paced channels: without ticks of it they tell nothing new. There is one.
    pub fn pacer(&self) -> Pacer {
        Pacer::new(self.views.clone())
    }

    /// A client of the feeds: one end to say what it follows, one to receive. Dropping the receiver ends it.
    pub fn connect(&self) -> (Subscriber, Receiver) {
        ends::connect(&self.views)
    }
}
