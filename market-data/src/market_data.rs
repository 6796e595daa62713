//! The reading end.

use crate::{
    Accounts, Channel, Directory, Folder, Limits, Receiver, Subscriber,
    feed::ends::{self, Family, Stream},
    feed::followers::Registry,
    views::auction_log::{LotPage, SignedHead, Signer},
    views::depth::Level,
    views::executions::{Executions, PrivateText},
    views::markets::Markets,
    views::records::Records,
    views::tape::Trade,
};
use protocol::{InstrumentId, LotId, Seq, Side, Symbol, Timestamp};
use std::{
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// What every lock says that a panicking folder has poisoned: the views may be half folded.
const POISONED: &str = "the folder panicked";

/// Empty views: one end to fold into, one to read from.
pub fn new(limits: Limits) -> (MarketData, Folder) {
    let signer = Arc::default();
    let views = Arc::new(Views {
        directory: RwLock::new(Directory::new()),
        accounts: RwLock::default(),
        records: RwLock::default(),
        executions: RwLock::new(Executions::new(&limits)),
        private_text: OnceLock::new(),
        markets: RwLock::new(Markets::new(limits.clone(), Arc::clone(&signer))),
        registry: Mutex::default(),
        waiting: AtomicUsize::new(0),
        ends: Default::default(),
        applied: AtomicU64::new(0),
        applied_changed: watch::Sender::new(Seq(0)),
        signer,
        limits,
    });
    (MarketData { views: views.clone() }, Folder::new(views))
}

/// The views and their locks. Where two are held at once they are taken in the order markets, registry, client; the
/// directory may be read under any of them, since its writer holds no other lock. Executions stand beside the markets: a reader that makes
/// frames of them takes executions, accounts, records, registry, client, and holds no markets meanwhile. The folder, the one writer, may read
/// either of the two while it writes the other: nobody else waits to write.
#[derive(Debug)]
pub(crate) struct Views {
    directory: RwLock<Directory>,
    accounts: RwLock<Accounts>,
    records: RwLock<Records>,
    executions: RwLock<Executions>,
    pub(crate) private_text: OnceLock<Box<dyn PrivateText>>,
    markets: RwLock<Markets>,
    registry: Mutex<Registry>,
    /// How many readers wait for `markets`.
    waiting: AtomicUsize,
    /// One above the highest subject of each family in `markets`.
    pub(crate) ends: [AtomicU32; Family::COUNT],
    applied: AtomicU64,
    applied_changed: watch::Sender<Seq>,
    signer: Arc<OnceLock<Signer>>,
    pub(crate) limits: Limits,
}

impl Views {
    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().expect(POISONED)
    }

    pub(crate) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().expect(POISONED)
    }

    pub(crate) fn accounts_mut(&self) -> RwLockWriteGuard<'_, Accounts> {
        self.accounts.write().expect(POISONED)
    }

    pub(crate) fn records_mut(&self) -> RwLockWriteGuard<'_, Records> {
        self.records.write().expect(POISONED)
    }

    pub(crate) fn executions(&self) -> RwLockReadGuard<'_, Executions> {
        self.executions.read().expect(POISONED)
    }

    pub(crate) fn executions_mut(&self) -> RwLockWriteGuard<'_, Executions> {
        self.executions.write().expect(POISONED)
    }

    pub(crate) fn markets(&self) -> RwLockReadGuard<'_, Markets> {
        match self.markets.try_read() {
            Ok(markets) => markets,
            Err(_) => {
                self.waiting.fetch_add(1, Ordering::Relaxed);
                let markets = self.markets.read();
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                markets.expect(POISONED)
            }
        }
    }

    /// Called by the folder between two locks: the lock is not fair, and a folder that takes it again at once would
    /// keep those out who wait for it.
    pub(crate) fn let_readers_in(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            std::thread::yield_now();
        }
    }

    pub(crate) fn markets_mut(&self) -> RwLockWriteGuard<'_, Markets> {
        self.markets.write().expect(POISONED)
    }

    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().expect(POISONED)
    }

    pub(crate) fn registry_unless_poisoned(&self) -> Option<MutexGuard<'_, Registry>> {
        self.registry.lock().ok()
    }

    pub(crate) fn set_applied(&self, seq: Seq) {
        self.applied.store(seq.0, Ordering::Release);
        self.applied_changed.send_replace(seq);
    }
}

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
        Seq(self.views.applied.load(Ordering::Acquire))
    }

    /// Waits until the views have folded this command: read your writes. `false` if `timeout` passes first.
    pub async fn wait_for(&self, seq: Seq, timeout: Duration) -> bool {
        if self.applied() >= seq {
            return true;
        }
        let mut changed = self.views.applied_changed.subscribe();
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
        self.views.accounts.read().expect(POISONED)
    }

    /// The registry's records, under a short read lock; the same care as with [`Self::directory`].
    pub fn records(&self) -> impl Deref<Target = Records> + '_ {
        self.views.records.read().expect(POISONED)
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

    /// Signs the heads of lots from here on: without it they are sent unsigned. Said once, before anything is read.
    pub fn sign_with(&self, signer: Signer) {
        // A second one is as good as none: a venue has one key.
        let _ = self.views.signer.set(signer);
    }

    /// Writes private frames by these words from here on: without them there are none. Said once, before anything is read.
    pub fn tell_private(&self, text: impl PrivateText + 'static) {
        let _ = self.views.private_text.set(Box::new(text));
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
        self.views.registry().len()
    }

    /// A client of the feeds: one end to say what it follows, one to receive. Dropping the receiver ends it.
    pub fn connect(&self) -> (Subscriber, Receiver) {
        ends::connect(&self.views)
    }
}
