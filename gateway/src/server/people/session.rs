//! A sign-in that goes on: whose, since when, until when; and the secret that proves it.
//!
//! What always holds: a session that has ended never goes on again, and whoever waits for its end is told. The secret is
//! the client's alone: here it is known by its digest.

use data_encoding::BASE64URL_NOPAD;
use market_data::Mandate;
use protocol::{Timestamp, UserId};
use sha2::{Digest as _, Sha256};
use std::{
    fmt, io,
    pin::pin,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

/// How many sessions a user has at once: with one more the oldest ends.
pub(super) const SESSIONS_PER_USER: usize = 16;

/// SHA-256 of a session's secret.
pub(crate) type Digest = [u8; 32];

/// A new secret as its cookie holds it, and its digest.
pub(crate) fn draw() -> io::Result<(String, Digest)> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    Ok((BASE64URL_NOPAD.encode(&secret), Sha256::digest(secret).into()))
}

/// The digest of the secret in a cookie; none where it is no secret.
pub(crate) fn digest(cookie: &str) -> Option<Digest> {
    let secret = BASE64URL_NOPAD.decode(cookie.as_bytes()).ok()?;
    (secret.len() == 32).then(|| Sha256::digest(secret).into())
}

/// A session.
pub(crate) struct Session {
    /// Its number: no secret, and no proof of anything.
    pub(crate) id: u64,
    pub(crate) user: UserId,
    pub(crate) began: Timestamp,
    /// When it ends, whatever is done in it.
    pub(crate) ends: Timestamp,
    /// The address it began from.
    pub(crate) from: String,
    /// What the client said that it is.
    pub(crate) client: String,
    /// Whether a second factor was proven in it.
    proven: AtomicBool,
    last_seen: AtomicU64,
    ended: AtomicBool,
    told: Notify,
}

impl Session {
    pub(super) fn new(id: u64, user: UserId, span: [Timestamp; 2], (from, client): (String, String)) -> Self {
        let [began, ends] = span;
        Self {
            id,
            user,
            began,
            ends,
            from,
            client,
            proven: AtomicBool::new(false),
            last_seen: AtomicU64::new(began.0),
            ended: AtomicBool::new(false),
            told: Notify::new(),
        }
    }

    /// Whether a second factor was proven in it.
    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Acquire)
    }

    pub(super) fn set_proven(&self, proven: bool) {
        self.proven.store(proven, Ordering::Release);
    }

    /// When something was last asked in it.
    pub(crate) fn last_seen(&self) -> Timestamp {
        Timestamp(self.last_seen.load(Ordering::Relaxed))
    }

    /// Something is asked in it, now.
    pub(crate) fn see(&self, now: Timestamp) {
        self.last_seen.fetch_max(now.0, Ordering::Relaxed);
    }

    /// Whether its time is over: it stood idle for too long, or is too old.
    pub(super) fn is_over(&self, now: Timestamp, idle: Duration) -> bool {
        let idle = u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX);
        now >= self.ends || now >= self.last_seen().after(idle)
    }

    /// Ends it. Whoever waits for that is told.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.told.notify_waiters();
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) {
        let mut told = pin!(self.told.notified());
        // From here on no end is missed.
        told.as_mut().enable();
        if !self.has_ended() {
            told.await;
        }
    }
}

impl Mandate for Session {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session {} of user {}", self.id, self.user.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_leads_to_its_digest_and_nothing_else_does() {
        let (cookie, kept) = draw().unwrap();
        assert_eq!(digest(&cookie), Some(kept));
        assert_ne!(draw().unwrap().0, cookie);
        for wrong in [
            "",
            "a",
            &cookie[1..],
            &format!("{cookie}AAAA"),
            &cookie.replace(|_| true, "!"),
        ] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_session_ends_by_its_age_and_by_its_idleness() {
        let second = |n: u64| Timestamp(n * 1_000_000_000);
        let idle = Duration::from_secs(10);
        let session = Session::new(1, UserId(1), [second(100), second(130)], (String::new(), String::new()));
        assert!(!session.is_over(second(109), idle));
        assert!(session.is_over(second(110), idle));
        session.see(second(109));
        session.see(second(105));
        assert!(!session.is_over(second(118), idle), "the latest counts");
        session.see(second(129));
        assert!(session.is_over(second(130), idle), "no use prolongs it beyond its end");
    }
}
