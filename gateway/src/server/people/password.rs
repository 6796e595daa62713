//! Passwords: argon2id, on threads of their own, a few at once.
//!
//! Parameters: 19 MiB, two passes, one lane, the least that OWASP's Password Storage Cheat Sheet recommends (argon2id,
//! m = 19456, t = 2, p = 1). They stand in each hash, so others may come without anybody's password being lost.

use crate::server::said::problem::{Fault, Problem};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use zeroize::Zeroizing;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many may wait for their turn; more are told to come back.
const WAITING_MAX: usize = 64;

/// The hash of nobody's password: what an unknown login is held against, so that it takes as long as a known one.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords.
pub(super) struct Passwords {
    argon: Arc<Argon2<'static>>,
    /// Half of the machine at most: the rest is the market's.
    at_once: Semaphore,
    waiting: AtomicUsize,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("parameters within their bounds");
        let half = available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        Self {
            argon: Arc::new(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
            at_once: Semaphore::new(half),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The hash of a password.
    pub(super) async fn hash(&self, password: Zeroizing<String>) -> Result<String, Problem> {
        let argon = self.argon.clone();
        let hashed = self.work(move || argon.hash_password(password.as_bytes()).map(|hash| hash.to_string()));
        hashed.await?.map_err(|error| {
            tracing::error!(%error, "a password can't be hashed");
            Fault::Internal.into()
        })
    }

    /// Whether this is the password of this hash. Without a hash it is not, and that takes as long.
    pub(super) async fn fits(&self, hash: Option<String>, password: Zeroizing<String>) -> Result<bool, Problem> {
        let argon = self.argon.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
        let fits = self.work(move || argon.verify_password(password.as_bytes(), hash.as_str()).is_ok());
        Ok(fits.await? && known)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let waiting = Waiting::among(&self.waiting).ok_or_else(|| Problem::from(Fault::Busy).retry_after(1_000))?;
        let turn = self.at_once.acquire().await.map_err(|_| Fault::Internal)?;
        let done = spawn_blocking(work).await;
        drop((turn, waiting));
        done.map_err(|_| Fault::Internal.into())
    }
}

/// A place among those who wait or are served; given back when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Option<Self> {
        let one_more = |waiting: usize| (waiting < WAITING_MAX).then_some(waiting + 1);
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        Some(Self(count))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_nobodys_fits_none() {
        let passwords = Passwords::new();
        let hash = passwords.hash(word("correct horse battery")).await.unwrap();
        let head = |hash: &str| hash.rsplitn(3, '$').last().unwrap().to_owned();
        assert_eq!(head(&hash), "$argon2id$v=19$m=19456,t=2,p=1");
        assert_eq!(head(NOBODYS), head(&hash), "an unknown login takes as long");
        let salted = passwords.hash(word("correct horse battery")).await.unwrap();
        assert_ne!(hash, salted);
        assert!(
            passwords
                .fits(Some(hash.clone()), word("correct horse battery"))
                .await
                .unwrap()
        );
        assert!(!passwords.fits(Some(hash), word("correct horse batterz")).await.unwrap());
        assert!(!passwords.fits(None, word("correct horse battery")).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_may_wait_are_told_to_come_back() {
        let passwords = Passwords::new();
        let places: Vec<_> = (0..WAITING_MAX)
            .map(|_| Waiting::among(&passwords.waiting).unwrap())
            .collect();
        let refused = passwords.fits(None, word("x")).await.err().unwrap();
        assert_eq!(refused.code(), "BUSY");
        drop(places);
        assert!(passwords.fits(None, word("x")).await.is_ok());
    }
}
