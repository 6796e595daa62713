//! The sealed store of HMAC secrets: one file, encrypted, outside the journal.
//!
//! What always holds: a secret is on disk before anyone is told it, and it is told once. A key that was registered but
//! whose secret was lost (a power cut between the two) gets its secret when the registration is sent again.
//! Ed25519 keys have no secret here; who may sign what is the directory's business.

use super::sealed_file::{Magic, SealedError, SealedFile};
use dashmap::DashMap;
use protocol::KeyId;
use std::{io, path::Path, sync::Mutex};
use zeroize::Zeroizing;

/// The head of the file.
const MAGIC: Magic = b"ZHSEAL\0\x01";
/// A key's id and its secret.
const RECORD: usize = 4 + 32;

/// An HMAC secret.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// The store.
pub(crate) struct Secrets {
    file: SealedFile,
    known: DashMap<u32, Secret>,
    /// One writer at a time: the file is rewritten whole.
    writing: Mutex<()>,
}

impl Secrets {
    /// Opens `secrets.sealed` in `dir`, or begins an empty one.
    pub(crate) fn open(dir: &Path, key: &[u8; 32]) -> Result<Self, SealedError> {
        let file = SealedFile::new(dir, "secrets.sealed", MAGIC, key, "register the HMAC keys anew");
        Ok(Self {
            known: file.read(decode)?.unwrap_or_default(),
            file,
            writing: Mutex::new(()),
        })
    }

    /// The secret of this key, if it has one.
    pub(crate) fn get(&self, key: KeyId) -> Option<Secret> {
        self.known.get(&key.0).map(|secret| secret.clone())
    }

    /// Makes the secret of this key and stores it durably, unless it has one: then `None`, for it was told before.
    /// Blocks on the disk.
    pub(crate) fn create(&self, key: KeyId) -> io::Result<Option<Secret>> {
        let _writing = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if self.known.contains_key(&key.0) {
            return Ok(None);
        }
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(io::Error::other)?;
        self.known.insert(key.0, secret.clone());
        if let Err(error) = self.store() {
            self.known.remove(&key.0);
            return Err(error);
        }
        Ok(Some(secret))
    }

    /// Forgets the secret of a key that was revoked. Blocks on the disk.
    pub(crate) fn forget(&self, key: KeyId) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match self.known.remove(&key.0) {
            Some(_) => self.store(),
            None => Ok(()),
        }
    }

    fn store(&self) -> io::Result<()> {
        let mut plain = Zeroizing::new(Vec::with_capacity(self.known.len() * RECORD));
        for entry in &self.known {
            plain.extend_from_slice(&entry.key().to_le_bytes());
            plain.extend_from_slice(&entry.value()[..]);
        }
        self.file.write(&plain)
    }
}

fn decode(plain: &[u8]) -> Option<DashMap<u32, Secret>> {
    if !plain.len().is_multiple_of(RECORD) {
        return None;
    }
    let record = |record: &[u8]| {
        let (id, secret) = record.split_first_chunk::<4>()?;
        Some((u32::from_le_bytes(*id), Zeroizing::new(secret.try_into().ok()?)))
    };
    plain.chunks_exact(RECORD).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_secret_survives_a_restart_and_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Secrets::open(dir.path(), &KEY).unwrap();
        let secret = store.create(KeyId(3)).unwrap().unwrap();
        assert!(store.create(KeyId(3)).unwrap().is_none());
        drop(store);
        let store = Secrets::open(dir.path(), &KEY).unwrap();
        assert_eq!(store.get(KeyId(3)), Some(secret));
        store.forget(KeyId(3)).unwrap();
        assert_eq!(Secrets::open(dir.path(), &KEY).unwrap().get(KeyId(3)), None);
    }

    #[test]
    fn the_secret_is_not_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let secret = Secrets::open(dir.path(), &KEY)
            .unwrap()
            .create(KeyId(1))
            .unwrap()
            .unwrap();
        let bytes = fs::read(dir.path().join("secrets.sealed")).unwrap();
        assert!(!bytes.windows(32).any(|window| window == &secret[..]));
    }

    /// Written by the program before the store of people: the file's form is a promise.
    #[test]
    fn a_file_of_an_older_program_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = SealedFile::new(dir.path(), "secrets.sealed", b"ZHSEAL\0\x01", &KEY, "");
        file.write(&[&5_u32.to_le_bytes()[..], &[9; 32]].concat()).unwrap();
        let store = Secrets::open(dir.path(), &KEY).unwrap();
        assert_eq!(store.get(KeyId(5)).as_deref(), Some(&[9; 32]));
        file.write(&[0; RECORD + 1]).unwrap();
        assert!(matches!(Secrets::open(dir.path(), &KEY), Err(SealedError::Sealed(..))));
    }
}
