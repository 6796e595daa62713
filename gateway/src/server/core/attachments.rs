//! The store of attachments: files that records name by their SHA-256 and that parties hand in: notices, contracts,
//! evidence, valuation reports.
//!
//! What always holds: a file's name is the digest of what it holds, it is whole and on the disk before anybody is told
//! so, and what is read back is held against its name before it is given out. So there is one copy of a file however
//! many records name it, and it can't be changed. Which record names it and who may read that is `routes::attachments`'s
//! business; a digest that no record names is never stored, so what is kept is bounded by what was journaled, and by
//! [`Attachments::TOTAL_MAX`].

use super::durable::{self, UNFINISHED};
use data_encoding::HEXLOWER;
use protocol::Digest;
use sha2::{Digest as _, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The store.
pub(crate) struct Attachments {
    folder: PathBuf,
    /// One writer at a time.
    writing: Mutex<()>,
    /// What they all take, in bytes.
    total: AtomicU64,
}

/// Why a file was not stored, or not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AttachmentError {
    /// The file is not what its digest says.
    #[error("the file has the SHA-256 {0}")]
    Differs(Digest),
    /// There is no room for it.
    #[error("there is no room for it")]
    Full,
    /// What lies on the disk is not what was stored.
    #[error("{0} does not hold what its name says")]
    Damaged(PathBuf),
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Attachments {
    /// The most bytes that all of them together take.
    pub(crate) const TOTAL_MAX: u64 = 256 << 30;
    /// How much of the disk stays free for the journal, in bytes.
    const LEFT_FREE: u64 = 2 << 30;

    /// Opens `attachments/` in the data folder; it is made with the first file.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = data_dir.join("attachments");
        let mut total = 0;
        for shelf in entries(&folder)? {
            for file in entries(&shelf?.path())? {
                let file = file?;
                if file.path().extension().is_some_and(|extension| extension == UNFINISHED) {
                    // The power failed while it was written: nobody was told of it.
                    fs::remove_file(file.path())?;
                } else {
                    total += file.metadata()?.len();
                }
            }
        }
        Ok(Self {
            folder,
            writing: Mutex::new(()),
            total: AtomicU64::new(total),
        })
    }

    fn place(&self, digest: &Digest) -> PathBuf {
        let name = HEXLOWER.encode(&digest.0);
        self.folder.join(&name[..2]).join(name)
    }

    /// How many bytes the file of this digest has; none where it was not handed in.
    pub(crate) fn length(&self, digest: &Digest) -> io::Result<Option<u64>> {
        match fs::metadata(self.place(digest)) {
            Ok(found) => Ok(Some(found.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file of this digest; none where it was not handed in. Blocks on the disk.
    pub(crate) fn read(&self, digest: &Digest) -> Result<Option<Vec<u8>>, AttachmentError> {
        let place = self.place(digest);
        match fs::read(&place) {
            Ok(bytes) if of(&bytes) == *digest => Ok(Some(bytes)),
            Ok(_) => Err(AttachmentError::Damaged(place)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores a file durably; one that is there already is left as it is, unless it is damaged. Blocks on the disk.
    pub(crate) fn store(&self, digest: &Digest, bytes: &[u8]) -> Result<(), AttachmentError> {
        let found = of(bytes);
        if found != *digest {
            return Err(AttachmentError::Differs(found));
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.place(digest);
        let before = self.length(digest)?;
        if before.is_some() && matches!(self.read(digest), Ok(Some(_))) {
            return Ok(());
        }
        let length = bytes.len() as u64;
        let shelf = place.parent().expect("a folder of two digits");
        durable::make_folder(shelf)?;
        let disk = rustix::fs::statvfs(shelf).map_err(io::Error::from)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let total = self.total.load(Ordering::Relaxed) - before.unwrap_or(0) + length;
        if free < length.saturating_add(Self::LEFT_FREE) || total > Self::TOTAL_MAX {
            return Err(AttachmentError::Full);
        }
        durable::replace(&place, &[bytes])?;
        self.total.store(total, Ordering::Relaxed);
        Ok(())
    }
}

/// The digest of a file.
fn of(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<fs::DirEntry>>>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Box::new(entries)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Box::new(std::iter::empty())),
        Err(error) => Err(error),
    }
}

/// The media type of a file, told by its first bytes and never by who handed it in: what a browser would run is none.
pub(crate) fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        bytes if std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_name_says_or_it_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let store = Attachments::open(dir.path()).unwrap();
        let (file, other) = (b"%PDF-1.7 notice".as_slice(), b"another".as_slice());
        let digest = of(file);
        assert_eq!(store.read(&digest).unwrap(), None);
        assert!(matches!(store.store(&digest, other), Err(AttachmentError::Differs(found)) if found == of(other)));
        assert_eq!(store.length(&digest).unwrap(), None, "nothing was left behind");
        for _ in 0..2 {
            store.store(&digest, file).unwrap();
            assert_eq!(store.read(&digest).unwrap().as_deref(), Some(file));
            assert_eq!(store.total.load(Ordering::Relaxed), file.len() as u64);
        }
        // Another process finds it, and how much there is.
        let again = Attachments::open(dir.path()).unwrap();
        assert_eq!(again.total.load(Ordering::Relaxed), file.len() as u64);
        // What was changed on the disk is not given out, and mended by who has it.
        fs::write(again.place(&digest), b"%PDF-1.7 forged").unwrap();
        assert!(matches!(again.read(&digest), Err(AttachmentError::Damaged(_))));
        again.store(&digest, file).unwrap();
        assert_eq!(again.read(&digest).unwrap().as_deref(), Some(file));
        assert_eq!(again.total.load(Ordering::Relaxed), file.len() as u64);
    }

    #[test]
    fn half_a_file_is_gone_after_a_power_cut() {
        let dir = tempfile::tempdir().unwrap();
        let store = Attachments::open(dir.path()).unwrap();
        let digest = of(b"whole");
        store.store(&digest, b"whole").unwrap();
        let half = store.place(&of(b"other")).with_extension(UNFINISHED);
        fs::create_dir_all(half.parent().unwrap()).unwrap();
        fs::write(&half, b"oth").unwrap();
        let again = Attachments::open(dir.path()).unwrap();
        assert!(!half.exists());
        assert_eq!(again.read(&digest).unwrap().as_deref(), Some(&b"whole"[..]));
    }

    #[test]
    fn a_media_type_is_told_by_the_bytes() {
        for (bytes, told) in [
            (&b"%PDF-1.7"[..], "application/pdf"),
            (b"\x89PNG\r\n\x1a\n..", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            ("公告".as_bytes(), "text/plain; charset=utf-8"),
            (b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
            (b"<svg onload=x>", "text/plain; charset=utf-8"),
            (b"PK\x03\x04\xff\x00", "application/octet-stream"),
        ] {
            assert_eq!(media_type(bytes), told);
        }
    }
}
