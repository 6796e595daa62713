//! The sealed store of HMAC secrets: one file, encrypted, outside the journal.
//!
//! What always holds: a secret is on disk before anyone is told it, and it is told once. A key that was registered but
//! whose secret was lost (a power cut between the two) gets its secret when the registration is sent again.
//! Ed25519 keys have no secret here; who may sign what is the directory's business.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use dashmap::DashMap;
use protocol::KeyId;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Mutex,
};
use zeroize::Zeroizing;

/// The head of the file; also bound into the seal.
const MAGIC: &[u8; 8] = b"ZHSEAL\0\x01";
const NONCE: usize = 24;
/// A key's id and its secret.
const RECORD: usize = 4 + 32;

/// An HMAC secret.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// Why the store does not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretsError {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error(
        "{0} was sealed with another key, or is damaged; put the right key back, or remove the file and register the HMAC keys anew"
    )]
    Sealed(PathBuf),
}

/// The store.
pub(crate) struct Secrets {
    path: PathBuf,
    cipher: XChaCha20Poly1305,
    known: DashMap<u32, Secret>,
    /// One writer at a time: the file is rewritten whole.
    writing: Mutex<()>,
}

impl Secrets {
    /// Opens `secrets.sealed` in `dir`, or begins an empty one.
    pub(crate) fn open(dir: &Path, key: &[u8; 32]) -> Result<Self, SecretsError> {
        let path = dir.join("secrets.sealed");
        let cipher = XChaCha20Poly1305::new(&(*key).into());
        let known = DashMap::new();
        match fs::read(&path) {
            Ok(bytes) => {
                let plain = unseal(&cipher, &bytes).ok_or_else(|| SecretsError::Sealed(path.clone()))?;
                for record in plain.chunks_exact(RECORD) {
                    let (id, secret) = record.split_at(4);
                    let id = u32::from_le_bytes(id.try_into().expect("4 bytes"));
                    known.insert(id, Zeroizing::new(secret.try_into().expect("32 bytes")));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(SecretsError::Io(path, error)),
        }
        Ok(Self {
            path,
            cipher,
            known,
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

    /// Writes beside, syncs, renames, syncs the folder: the old file or the new one, never half of either.
    fn store(&self) -> io::Result<()> {
        let mut plain = Zeroizing::new(Vec::with_capacity(self.known.len() * RECORD));
        for entry in &self.known {
            plain.extend_from_slice(&entry.key().to_le_bytes());
            plain.extend_from_slice(&entry.value()[..]);
        }
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(io::Error::other)?;
        let sealed = self
            .cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &plain,
                    aad: MAGIC,
                },
            )
            .map_err(|_| io::Error::other("cannot seal the secrets"))?;
        let beside = self.path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        for part in [&MAGIC[..], &nonce, &sealed] {
            file.write_all(part)?;
        }
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        sync_folder(&self.path)
    }
}

fn unseal(cipher: &XChaCha20Poly1305, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<NONCE>()?;
    let plain = cipher
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: MAGIC,
            },
        )
        .ok()
        .map(Zeroizing::new)?;
    plain.len().is_multiple_of(RECORD).then_some(plain)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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
    fn the_file_is_not_readable_by_others_and_the_secret_is_not_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let secret = Secrets::open(dir.path(), &KEY)
            .unwrap()
            .create(KeyId(1))
            .unwrap()
            .unwrap();
        let path = dir.path().join("secrets.sealed");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|window| window == &secret[..]));
    }

    #[test]
    fn another_key_and_every_flipped_byte_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        Secrets::open(dir.path(), &KEY).unwrap().create(KeyId(1)).unwrap();
        assert!(matches!(
            Secrets::open(dir.path(), &[8; 32]),
            Err(SecretsError::Sealed(_))
        ));
        let path = dir.path().join("secrets.sealed");
        let good = fs::read(&path).unwrap();
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(Secrets::open(dir.path(), &KEY).is_err(), "byte {position}");
            fs::write(&path, &good[..position]).unwrap();
            assert!(Secrets::open(dir.path(), &KEY).is_err(), "cut at {position}");
        }
    }
}
