//! A file that is sealed: encrypted, rewritten whole, outside the journal.
//!
//! What always holds: what was written is on the disk, whole, when [`SealedFile::write`] returns; after a power cut it is
//! the old content or the new one, and never half of either. What was sealed as one kind of file opens as no other.

use super::durable;
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const NONCE: usize = 24;

/// The head of a file: what it is, and in which form; also bound into the seal.
pub(crate) type Magic = &'static [u8; 8];

/// Why a sealed file does not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealedError {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error("{0} was sealed with another key, or is damaged; put the right key back, or remove the file and {1}")]
    Sealed(PathBuf, &'static str),
}

/// A sealed file. Its callers see to it that one of them writes at a time.
pub(crate) struct SealedFile {
    path: PathBuf,
    magic: Magic,
    cipher: XChaCha20Poly1305,
    /// What else to do where the file can't be had back.
    otherwise: &'static str,
}

impl SealedFile {
    /// The file of this name in `dir`, there or not. `otherwise` says what to do where it can't be opened any more.
    pub(crate) fn new(dir: &Path, name: &str, magic: Magic, key: &[u8; 32], otherwise: &'static str) -> Self {
        Self {
            path: dir.join(name),
            magic,
            cipher: XChaCha20Poly1305::new(&(*key).into()),
            otherwise,
        }
    }

    /// What it holds, as `decode` reads it; none where there is no file. What `decode` does not read is damaged.
    pub(crate) fn read<T>(&self, decode: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, SealedError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SealedError::Io(self.path.clone(), error)),
        };
        let plain = self.unseal(&bytes);
        match plain.and_then(|plain| decode(&plain)) {
            Some(held) => Ok(Some(held)),
            None => Err(SealedError::Sealed(self.path.clone(), self.otherwise)),
        }
    }

    fn unseal(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = bytes.strip_prefix(self.magic)?.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: self.magic,
        };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        plain.ok().map(Zeroizing::new)
    }

    /// Puts this in its place. Blocks on the disk.
    pub(crate) fn write(&self, plain: &[u8]) -> io::Result<()> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(io::Error::other)?;
        let payload = Payload {
            msg: plain,
            aad: self.magic,
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| io::Error::other("cannot seal"))?;
        durable::replace(&self.path, &[self.magic, &nonce, &sealed])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const KEY: [u8; 32] = [7; 32];

    fn file(dir: &Path, magic: Magic, key: &[u8; 32]) -> SealedFile {
        SealedFile::new(dir, "some.sealed", magic, key, "begin anew")
    }

    fn held(file: &SealedFile) -> Result<Option<Vec<u8>>, SealedError> {
        file.read(|plain| Some(plain.to_vec()))
    }

    #[test]
    fn what_was_written_is_read_again_by_its_own_kind_and_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let one = file(dir.path(), b"ONE\0\0\0\0\x01", &KEY);
        assert_eq!(held(&one).unwrap(), None);
        let text = b"a word that nobody is to read";
        one.write(text).unwrap();
        assert_eq!(held(&one).unwrap().as_deref(), Some(&text[..]));
        let path = dir.path().join("some.sealed");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let good = fs::read(&path).unwrap();
        assert!(!good.windows(4).any(|window| window == b"word"));
        for other in [
            file(dir.path(), b"TWO\0\0\0\0\x01", &KEY),
            file(dir.path(), b"ONE\0\0\0\0\x01", &[8; 32]),
        ] {
            assert!(matches!(held(&other), Err(SealedError::Sealed(..))));
        }
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(held(&one).is_err(), "byte {position}");
            fs::write(&path, &good[..position]).unwrap();
            assert!(held(&one).is_err(), "cut at {position}");
        }
    }
}
