//! Who signs in, and which sessions go on: what is kept and what lives, changed together.
//!
//! What always holds: a change is on the disk before anybody is told of it, and one that can't be written is none. When a
//! session was last used is written now and then, no write a request: a restart may count it idle for a minute more than
//! it was.

use super::{
    demo::DemoPerson,
    kept::{Kept, KeptSession, Person},
    password::Passwords,
    session::{self, Digest, Session},
    throttle::Throttle,
};
use crate::server::{
    config::SignIn,
    core::sealed_file::{Magic, SealedError, SealedFile},
    said::problem::{Fault, Problem},
};
use dashmap::DashMap;
use market_data::Mandate as _;
use protocol::{Timestamp, UserId};
use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc, Mutex, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// The head of `people.sealed`.
const MAGIC: Magic = b"ZHPEOP\0\x01";
/// How often it is written when sessions were used.
const WRITE_SEEN_EVERY: u64 = 60_000_000_000;

/// Tries of a login, and how long one takes to come back.
const LOGIN_TRIES: (u32, Duration) = (8, Duration::from_secs(60));
/// Tries from an address.
const ADDRESS_TRIES: (u32, Duration) = (40, Duration::from_secs(5));
/// Tries of a user's second factor, behind the right password: about three in a million of each are good.
const CODE_TRIES: (u32, Duration) = (5, Duration::from_secs(300));

/// The people who sign in.
pub(crate) struct People {
    file: SealedFile,
    kept: RwLock<Arc<Kept>>,
    /// One writer at a time: the file is rewritten whole.
    writing: Mutex<()>,
    live: DashMap<Digest, Arc<Session>>,
    /// Whether a session was used since the file was written, and when that was.
    seen: AtomicBool,
    written_at: AtomicU64,
    pub(crate) config: SignIn,
    /// Whether the cookie is for TLS alone.
    pub(crate) secure: bool,
    pub(super) passwords: Passwords,
    pub(super) logins: Throttle,
    pub(super) addresses: Throttle,
    pub(super) codes: Throttle,
    /// In the demo, whom one may be by a click; known once they were admitted.
    demo: Option<OnceLock<Vec<DemoPerson>>>,
}

/// What lives beside what is kept, for whoever only reads.
pub(super) type Snapshot = Arc<Kept>;

impl People {
    /// Opens `people.sealed` in `dir`, or begins an empty one. `secure`: the cookie is for TLS alone.
    pub(crate) fn open(
        dir: &Path,
        key: &[u8; 32],
        config: SignIn,
        (secure, is_demo): (bool, bool),
    ) -> Result<Self, SealedError> {
        let file = SealedFile::new(dir, "people.sealed", MAGIC, key, "give everybody a new enrolment code");
        let kept = file.read(Kept::decode)?.unwrap_or_default();
        let live = DashMap::new();
        for kept in &kept.sessions {
            live.insert(kept.digest, Arc::new(revived(kept)));
        }
        let throttle = |(burst, each)| Throttle::new(burst, each);
        Ok(Self {
            file,
            kept: RwLock::new(Arc::new(kept)),
            writing: Mutex::new(()),
            live,
            seen: AtomicBool::new(false),
            written_at: AtomicU64::new(0),
            config,
            secure,
            passwords: Passwords::new(),
            logins: throttle(LOGIN_TRIES),
            addresses: throttle(ADDRESS_TRIES),
            codes: throttle(CODE_TRIES),
            demo: is_demo.then(OnceLock::new),
        })
    }

    /// The session of a cookie, used now; none where there is none that goes on.
    pub(crate) fn session(&self, cookie: &str, now: Timestamp) -> Option<Arc<Session>> {
        let session = self.live.get(&session::digest(cookie)?)?.clone();
        if session.is_over(now, self.config.idle) {
            // What is kept of it goes with the next sweep.
            session.end();
        }
        if session.has_ended() {
            return None;
        }
        self.see(&session, now);
        Some(session)
    }

    /// A session is used, now.
    pub(crate) fn see(&self, session: &Session, now: Timestamp) {
        session.see(now);
        self.seen.store(true, Ordering::Relaxed);
    }

    /// The sessions of a user that go on, the last one first.
    pub(crate) fn sessions_of(&self, user: UserId, now: Timestamp) -> Vec<Arc<Session>> {
        let goes_on = |session: &Session| !session.has_ended() && !session.is_over(now, self.config.idle);
        let own = self.live.iter().map(|entry| entry.value().clone());
        let mut own: Vec<_> = own.filter(|session| session.user == user && goes_on(session)).collect();
        own.sort_unstable_by_key(|session| std::cmp::Reverse(session.id));
        own
    }

    pub(super) fn kept(&self) -> Snapshot {
        self.kept
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .clone()
    }

    /// How a user signs in, if it ever set that.
    pub(super) fn person(&self, user: UserId) -> Option<Person> {
        self.kept().people.get(&user.0).cloned()
    }

    /// Whether this user can sign in with a password.
    pub(crate) fn has_credentials(&self, user: UserId) -> bool {
        self.kept().people.contains_key(&user.0)
    }

    /// Changes what is kept, on a thread of its own, and waits until it is on the disk. What `change` refuses changes nothing.
    pub(super) async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        now: Timestamp,
        change: impl FnOnce(&mut Kept) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let people = self.clone();
        let changed = spawn_blocking(move || people.change_here(now, change));
        changed.await.unwrap_or_else(|_| Err(Fault::Internal.into()))
    }

    /// [`Self::change`], here and now. Blocks on the disk.
    fn change_here<T>(
        &self,
        now: Timestamp,
        change: impl FnOnce(&mut Kept) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let _writing = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut next = Kept::clone(&self.kept());
        let told = change(&mut next)?;
        self.seen.store(false, Ordering::Relaxed);
        for kept in &mut next.sessions {
            if let Some(session) = self.live.get(&kept.digest) {
                kept.last_seen = session.last_seen().0;
            }
        }
        if let Err(error) = self.file.write(&Zeroizing::new(next.encode())) {
            tracing::error!(%error, "people.sealed can't be written");
            return Err(Problem::from(Fault::Internal).hint("it can't be kept now; nothing was done"));
        }
        self.written_at.store(now.0, Ordering::Relaxed);
        let goes_on: HashSet<Digest> = next.sessions.iter().map(|session| session.digest).collect();
        for kept in &next.sessions {
            let session = self.live.entry(kept.digest).or_insert_with(|| Arc::new(revived(kept)));
            session.set_proven(kept.proven);
        }
        *self.kept.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(next);
        self.live.retain(|digest, session| {
            let stays = goes_on.contains(digest);
            if !stays {
                session.end();
            }
            stays
        });
        Ok(told)
    }

    /// Ends what is over, so that sockets of it are closed, and writes now and then when sessions were used. Whether there
    /// is anything to write.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let mut over = false;
        for session in &self.live {
            if session.has_ended() || session.is_over(now, self.config.idle) {
                session.end();
                over = true;
            }
        }
        let since = now.0.saturating_sub(self.written_at.load(Ordering::Relaxed));
        over || self.seen.load(Ordering::Relaxed) && since >= WRITE_SEEN_EVERY
    }

    /// Forgets what is over, and writes when sessions were used. Blocks on the disk.
    pub(crate) fn sweep(&self, now: Timestamp) {
        let written = self.change_here(now, |kept| {
            let goes_on = |session: &KeptSession| {
                let live = self.live.get(&session.digest);
                live.is_some_and(|live| !live.has_ended())
            };
            kept.sessions.retain(goes_on);
            kept.enrolments.retain(|_, enrolment| enrolment.until > now.0);
            Ok(())
        });
        // What failed was logged, and is tried again.
        if written.is_err() {
            self.seen.store(true, Ordering::Relaxed);
        }
    }

    /// Writes when sessions were used, if they were: at a stop. Blocks on the disk.
    pub(crate) fn keep_seen(&self, now: Timestamp) {
        if self.seen.load(Ordering::Relaxed) {
            self.sweep(now);
        }
    }

    /// Whether this session has to prove a second factor before it acts. The venue's `staff` has, but in the demo, where
    /// nobody proves anything.
    pub(crate) fn needs_factor(&self, session: &Session, staff: bool) -> bool {
        staff && !self.is_demo() && !session.is_proven()
    }

    /// Whether this is the demo.
    pub(crate) fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// Whom one may be in the demo; none where this is a real exchange.
    pub(crate) fn demo(&self) -> Option<&[DemoPerson]> {
        self.demo
            .as_ref()
            .map(|people| people.get().map_or(&[][..], Vec::as_slice))
    }

    /// The demo's people were admitted.
    pub(crate) fn tell_demo(&self, told: Vec<DemoPerson>) {
        if let Some(demo) = &self.demo {
            // A second telling is none.
            let _ = demo.set(told);
        }
    }
}

fn revived(kept: &KeptSession) -> Session {
    let span = [Timestamp(kept.began), Timestamp(kept.ends)];
    let whence = (kept.from.clone(), kept.client.clone());
    let session = Session::new(kept.id, UserId(kept.user), span, whence);
    session.set_proven(kept.proven);
    session.see(Timestamp(kept.last_seen));
    session
}
