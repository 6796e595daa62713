//! What is kept: the views with their locks, the end by which they are read, and the words for what is private.
//!
//! Reading is `market_data`'s business, writing `folder`'s; here stands only what both need, and in which order locks
//! are taken.

use crate::{
    feed::followers::Followers,
    limits::Limits,
    stream::Family,
    views::{
        accounts::Accounts,
        auction_log::Signer,
        directory::{Directory, ListingText},
        executions::{Execution, Executions},
        markets::Markets,
        records::Records,
        waits::Waits,
    },
};
use protocol::{EntityId, LotId, Seq};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
};
use tokio::sync::watch;

/// What every lock says that a panicking folder has poisoned: the views may be half folded.
const POISONED: &str = "the folder panicked";

/// The reading end of the views; cheap to clone. Each read sees all of every command up to [`Self::applied`], and
/// perhaps some of the next ones.
#[derive(Clone, Debug)]
pub struct MarketData {
    pub(crate) views: Arc<Views>,
}

/// What private frames say: members of a JSON object, written by whoever knows the API and holds the venue's key.
pub trait PrivateText: fmt::Debug + Send + Sync {
    /// The members of a frame that tells an event, and of what it is about.
    fn event(&self, market: &MarketData, execution: &Execution) -> String;

    /// The members of a frame that tells how a participant stands now: its accounts, and how it stands in these lots.
    /// They are collected while neither view moves, and written once both may again.
    fn standing(
        &self,
        market: &MarketData,
        entity: EntityId,
        lots: &BTreeSet<LotId>,
        accounts: &Accounts,
        records: &Records,
    ) -> Box<dyn FnOnce() -> String>;
}

/// The views and their locks. Where two are held at once they are taken in the order markets, followers, client; the
/// directory may be read under any of them, since its writer holds no other lock. Executions stand beside the markets:
/// a reader that makes frames of them takes executions, accounts, records, followers, client, and holds no markets
/// meanwhile. The folder, which alone writes executions, may read either of the two while it writes the other; the
/// pacer, which writes markets as well, and whoever reads both take executions first. The folder writes what waits while it
/// holds the records; whoever reads both takes one after the other.
#[derive(Debug)]
pub(crate) struct Views {
    directory: RwLock<Directory>,
    accounts: RwLock<Accounts>,
    records: RwLock<Records>,
    waits: RwLock<Waits>,
    executions: RwLock<Executions>,
    pub(crate) private_text: OnceLock<Box<dyn PrivateText>>,
    pub(crate) listing_text: Arc<OnceLock<Box<dyn ListingText>>>,
    markets: RwLock<Markets>,
    followers: Mutex<Followers>,
    /// How many readers wait for `markets`.
    waiting: AtomicUsize,
    /// One above the highest subject of each family in `markets`.
    pub(crate) ends: [AtomicU32; Family::COUNT],
    applied: AtomicU64,
    applied_changed: watch::Sender<Seq>,
    pub(crate) signer: Arc<OnceLock<Signer>>,
    pub(crate) limits: Limits,
}

impl Views {
    /// Empty views.
    pub(crate) fn new(limits: Limits) -> Self {
        let signer = Arc::default();
        let listing_text = Arc::default();
        Self {
            directory: RwLock::new(Directory::new()),
            accounts: RwLock::default(),
            records: RwLock::default(),
            waits: RwLock::default(),
            executions: RwLock::new(Executions::new(&limits)),
            private_text: OnceLock::new(),
            markets: RwLock::new(Markets::new(
                limits.clone(),
                Arc::clone(&signer),
                Arc::clone(&listing_text),
            )),
            listing_text,
            followers: Mutex::default(),
            waiting: AtomicUsize::new(0),
            ends: Default::default(),
            applied: AtomicU64::new(0),
            applied_changed: watch::Sender::new(Seq(0)),
            signer,
            limits,
        }
    }

    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().expect(POISONED)
    }

    pub(crate) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory.write().expect(POISONED)
    }

    pub(crate) fn accounts(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().expect(POISONED)
    }

    pub(crate) fn accounts_mut(&self) -> RwLockWriteGuard<'_, Accounts> {
        self.accounts.write().expect(POISONED)
    }

    pub(crate) fn records(&self) -> RwLockReadGuard<'_, Records> {
        self.records.read().expect(POISONED)
    }

    pub(crate) fn records_mut(&self) -> RwLockWriteGuard<'_, Records> {
        self.records.write().expect(POISONED)
    }

    pub(crate) fn waits(&self) -> RwLockReadGuard<'_, Waits> {
        self.waits.read().expect(POISONED)
    }

    pub(crate) fn waits_mut(&self) -> RwLockWriteGuard<'_, Waits> {
        self.waits.write().expect(POISONED)
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

    pub(crate) fn followers(&self) -> MutexGuard<'_, Followers> {
        self.followers.lock().expect(POISONED)
    }

    pub(crate) fn followers_unless_poisoned(&self) -> Option<MutexGuard<'_, Followers>> {
        self.followers.lock().ok()
    }

    /// The last command whose events have been folded into every view.
    pub(crate) fn applied(&self) -> Seq {
        Seq(self.applied.load(Ordering::Acquire))
    }

    /// Tells of each change of [`Self::applied`].
    pub(crate) fn applied_changes(&self) -> watch::Receiver<Seq> {
        self.applied_changed.subscribe()
    }

    pub(crate) fn set_applied(&self, seq: Seq) {
        self.applied.store(seq.0, Ordering::Release);
        self.applied_changed.send_replace(seq);
    }
}
