//! The key that the venue signs with: certificates, heads of lots, bidders' receipts. One file in the data folder.
//!
//! What always holds: it is made once, readable by its owner alone, and never anew where something may have been signed
//! with the one before: who holds a receipt could prove nothing any more, and nobody was told. Another takes its place
//! by an operator's word alone ([`successor`], [`install`]), and the journal names it first.

use super::{
    seal::is_fresh,
    signing::{self, Key, KeyFileError, Secret},
};
use protocol::{Digest, KeyId};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The key file, in the data folder.
pub const FILE: &str = "certificate.key";
/// The file of the key that takes its place, until the journal names it.
const NEXT: &str = "certificate.key.next";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum VenueKeyError {
    /// The file cannot be used.
    #[error("the venue's own key: {0}")]
    File(#[from] KeyFileError),
    /// The key is gone, and something may have been signed with it.
    #[error(
        "the venue's own key is not at {0}, and the exchange has begun: receipts, heads of lots and certificates were signed with it. \
         Bring the file back. If it is lost, `zhiheng keys new --replace` makes another and says what follows"
    )]
    Missing(PathBuf),
    /// The file holds another key than the journal names.
    #[error(
        "{file} holds the key {found}, and the journal names {named} since command {since}. Bring the right file back; or, to sign with \
         another key from here on, `zhiheng keys new --replace` makes one and says what follows"
    )]
    Another {
        /// The file.
        file: PathBuf,
        /// The public key in it.
        found: String,
        /// The public key in the journal.
        named: String,
        /// The command that named it.
        since: u64,
    },
}

/// The key with which a venue signs; made where nothing can have been signed yet.
///
/// # Errors
/// Where the key is missing, cannot be read or cannot be made.
pub fn open(data_dir: &Path) -> Result<Key, VenueKeyError> {
    match load(data_dir)? {
        Some(key) => Ok(key),
        None if is_fresh(data_dir) => Ok(make(data_dir, FILE)?),
        None => Err(VenueKeyError::Missing(data_dir.join(FILE))),
    }
}

/// The key, if its file is there.
///
/// # Errors
/// Where the file holds no such key.
pub fn load(data_dir: &Path) -> Result<Option<Key>, VenueKeyError> {
    Ok(read(&data_dir.join(FILE))?)
}

/// The key that is to take the place of the one in use: that of an attempt that was broken off, or a new one.
///
/// # Errors
/// Where the file cannot be used.
pub fn successor(data_dir: &Path) -> Result<Key, VenueKeyError> {
    match read(&data_dir.join(NEXT))? {
        Some(key) => Ok(key),
        None => Ok(make(data_dir, NEXT)?),
    }
}

/// Puts the successor into the place of the key in use, once the journal names it. The old one is kept beside, where
/// there is one: gives back its file.
///
/// # Errors
/// Where the files cannot be moved.
pub fn install(data_dir: &Path) -> Result<Option<PathBuf>, VenueKeyError> {
    let (file, next) = (data_dir.join(FILE), data_dir.join(NEXT));
    let failed = |error| VenueKeyError::File(KeyFileError::Io(file.clone(), error));
    // What stands there may be no key at all: it is kept all the same. Broken off in between, the next attempt goes on.
    let kept = file.exists().then(|| aside(&file));
    if let Some(kept) = &kept {
        fs::rename(&file, kept).map_err(failed)?;
    }
    fs::rename(&next, &file)
        .and_then(|()| File::open(data_dir)?.sync_all())
        .map_err(failed)?;
    Ok(kept)
}

/// A name beside the file that is not taken.
fn aside(file: &Path) -> PathBuf {
    let names = (1..).map(|count: u32| file.with_extension(format!("key.old-{count}")));
    let mut free = names.filter(|name| !name.exists());
    free.next().expect("some name is free")
}

/// The public half, as the journal names it.
///
/// # Panics
/// If the key is not an Ed25519 key: the venue's never is another.
pub fn public(key: &Key) -> Digest {
    Digest(key.secret.public_key().expect("the venue's key is an Ed25519 key"))
}

fn read(path: &Path) -> Result<Option<Key>, KeyFileError> {
    if !path.exists() {
        return Ok(None);
    }
    let key = Key::load(path)?;
    if key.secret.public_key().is_none() {
        return Err(KeyFileError::Malformed(
            path.into(),
            "the venue signs with Ed25519".into(),
        ));
    }
    Ok(Some(key))
}

fn make(data_dir: &Path, name: &str) -> Result<Key, KeyFileError> {
    let path = data_dir.join(name);
    let failed = |error: io::Error| KeyFileError::Io(path.clone(), error);
    fs::create_dir_all(data_dir).map_err(failed)?;
    let key = Key {
        id: KeyId(0),
        secret: Secret::generate_ed25519().map_err(failed)?,
        label: "the venue's own".into(),
    };
    key.save_new(&path)?;
    // Its name is as durable as what is signed with it.
    File::open(data_dir)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    Ok(key)
}

/// The signer of lots' heads.
///
/// # Panics
/// As [`public`].
pub fn signer(key: &Key) -> market_data::Signer {
    let secret = key.secret.clone();
    market_data::Signer {
        public_key: signing::hex(&public(key).0),
        sign: Box::new(move |text| secret.sign(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_gone_is_missed_and_not_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        let key = open(data).unwrap();
        assert_eq!(public(&open(data).unwrap()), public(&key), "made once");
        fs::create_dir(data.join("journal")).unwrap();
        fs::write(data.join("journal/0000000000000001.journal"), "something").unwrap();
        assert!(open(data).is_ok());
        fs::remove_file(data.join(FILE)).unwrap();
        let words = open(data).err().unwrap().to_string();
        assert!(
            words.contains(FILE) && words.contains("zhiheng keys new --replace"),
            "{words}"
        );
        assert!(!data.join(FILE).exists());
    }

    #[test]
    fn a_successor_is_made_once_and_takes_the_place_of_what_stays_beside() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        let first = open(data).unwrap();
        let next = successor(data).unwrap();
        assert_eq!(public(&successor(data).unwrap()), public(&next), "an attempt goes on");
        let kept = install(data).unwrap().unwrap();
        assert_eq!(public(&open(data).unwrap()), public(&next));
        assert_eq!(public(&Key::load(&kept).unwrap()), public(&first));
        // Another time, and with none to keep.
        successor(data).unwrap();
        assert_ne!(install(data).unwrap().unwrap(), kept);
        successor(data).unwrap();
        fs::remove_file(data.join(FILE)).unwrap();
        assert_eq!(install(data).unwrap(), None);
    }
}
