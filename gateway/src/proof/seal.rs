//! The venue's seal key: with it the store of HMAC secrets is sealed, and what bidders ask before the close of their
//! lot.
//!
//! What always holds: it lies apart from the data folder, in a folder beside it, unless the operator says otherwise; it
//! is made once, readable by its owner alone, and never anew where something may have been sealed with the one before.
//! Whoever has both the key and the data reads what is sealed; so a copy of the data folder alone tells nothing.

use super::signing;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sequencer::SealKey;
use sha2::Sha256;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The environment variable that may hold the seal key: 64 hex digits.
pub const SEAL_ENV: &str = "ZHIHENG_SEAL_KEY";
/// The key file's name in its folder.
const FILE: &str = "seal.key";
/// More than a key file is long.
const KEY_FILE: usize = 128;
/// Where older versions kept it: in the data folder.
const FORMER: &str = "secrets.key";
/// Keeps the journal's key apart from the store's.
const JOURNAL: &[u8] = b"zhiheng journal seal key 1\0";

/// Where the seal key comes from.
#[derive(Clone)]
pub enum Seal {
    /// A file in a folder beside the data folder, made at the first start ([`beside`]).
    Beside,
    /// A file with the key, readable by its owner alone (mode 0600); made at the first start.
    File(PathBuf),
    /// The key itself, from the environment or a configuration that a vault renders.
    Key(Zeroizing<[u8; 32]>),
}

impl Seal {
    /// Where it comes from if nothing but the environment says so.
    ///
    /// # Errors
    /// Where the environment's key is malformed.
    pub fn from_environment() -> Result<Self, SealKeyError> {
        let key = given(None)?;
        Ok(key.map_or(Self::Beside, |key| Self::Key(key.0)))
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Beside => f.write_str("Beside"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Key(_) => f.write_str("Key(..)"),
        }
    }
}

/// Why there is no seal key.
#[derive(Debug, thiserror::Error)]
pub enum SealKeyError {
    /// A file or folder cannot be used.
    #[error("the seal key {0}: {1}; `seal_key_file` of the configuration, or {SEAL_ENV}, puts it elsewhere")]
    Io(PathBuf, io::Error),
    /// The file is no key.
    #[error("{0} is not a key: it must hold 32 bytes in hex and be readable by its owner alone (chmod 600)")]
    Malformed(PathBuf),
    /// The data was sealed with a key that is not there.
    #[error(
        "there is no seal key at {key}, and {data} holds what may be sealed with one. Bring the key back to that place, or name it with \
         `seal_key_file` of the configuration or {SEAL_ENV}. If it is lost and nothing was sealed, write a new one there (64 hex digits, \
         chmod 600)"
    )]
    Missing {
        /// The place where the key was looked for.
        key: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
    /// The environment's key is not 64 hex digits.
    #[error("{SEAL_ENV}: 64 hex digits")]
    Environment,
}

/// The venue's seal key.
pub struct VenueKey(Zeroizing<[u8; 32]>);

impl VenueKey {
    /// The key that seals the store of secrets.
    pub(crate) fn store(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key that seals bidders' requests.
    pub fn journal(&self) -> SealKey {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0[..]).expect("a key of any length");
        mac.update(JOURNAL);
        SealKey::new(mac.finalize().into_bytes().into())
    }
}

/// The key file that belongs to a data folder: `data` has its key in `data-keys/seal.key`.
pub fn beside(data_dir: &Path) -> PathBuf {
    let whole = fs::canonicalize(data_dir).or_else(|_| std::path::absolute(data_dir));
    let whole = whole.unwrap_or_else(|_| data_dir.into());
    let mut name = whole.file_name().unwrap_or("zhiheng".as_ref()).to_owned();
    name.push("-keys");
    whole.with_file_name(name).join(FILE)
}

/// A file of what is known of this data folder from outside of it: in the folder of its seal key, named as the data
/// folder is.
pub(crate) fn apart(data_dir: &Path, seal: &Seal, kind: &str) -> PathBuf {
    let own = beside(data_dir);
    let folder = match seal {
        Seal::File(path) => path.parent(),
        Seal::Beside | Seal::Key(_) => own.parent(),
    };
    let name = data_dir.canonicalize().unwrap_or_else(|_| data_dir.into());
    let name = PathBuf::from(name.file_name().unwrap_or("zhiheng".as_ref()));
    folder.unwrap_or(Path::new("")).join(name.with_added_extension(kind))
}

/// The key with which a venue runs on this data folder; made if there is none and nothing can have been sealed yet.
///
/// # Errors
/// Where the key is missing, cannot be read or cannot be made.
pub fn open(data_dir: &Path, seal: &Seal) -> Result<VenueKey, SealKeyError> {
    let path = match seal {
        Seal::Key(key) => return Ok(VenueKey(key.clone())),
        Seal::File(path) => path.clone(),
        Seal::Beside => found(data_dir),
    };
    let lies_inside = || {
        Some(
            fs::canonicalize(&path)
                .ok()?
                .starts_with(fs::canonicalize(data_dir).ok()?),
        )
    };
    let key = match read(&path)? {
        Some(key) => key,
        None if is_fresh(data_dir) => make(&path)?,
        None => {
            return Err(SealKeyError::Missing {
                key: path,
                data: data_dir.into(),
            });
        }
    };
    if lies_inside() == Some(true) {
        tracing::warn!(
            key = %path.display(),
            apart = %beside(data_dir).display(),
            "the seal key lies in the data folder: whoever copies the folder reads sealed bids; move it apart"
        );
    }
    Ok(key)
}

/// The key of a data folder for a reader: as [`given`], else from where a venue would look. A reader makes none.
///
/// # Errors
/// Where the file is not there, or a key is malformed.
pub fn look(data_dir: &Path, file: Option<&Path>) -> Result<Option<VenueKey>, SealKeyError> {
    match given(file)? {
        Some(key) => Ok(Some(key)),
        None => read(&found(data_dir)),
    }
}

/// The key in this file, else the environment's, if there is one.
///
/// # Errors
/// Where the file is not there, or a key is malformed.
pub fn given(file: Option<&Path>) -> Result<Option<VenueKey>, SealKeyError> {
    if let Some(path) = file {
        let missing = || SealKeyError::Io(path.into(), io::ErrorKind::NotFound.into());
        return read(path)?.ok_or_else(missing).map(Some);
    }
    let Some(text) = from_environment() else {
        return Ok(None);
    };
    let key = signing::unhex_array(&text).ok_or(SealKeyError::Environment)?;
    Ok(Some(VenueKey(Zeroizing::new(key))))
}

/// What the environment says the key is. The environment itself keeps it: no safe call wipes that.
pub(crate) fn from_environment() -> Option<Zeroizing<String>> {
    std::env::var(SEAL_ENV).ok().map(Zeroizing::new)
}

/// Beside the data folder, or where an older version left it.
fn found(data_dir: &Path) -> PathBuf {
    let (path, former) = (beside(data_dir), data_dir.join(FORMER));
    if !path.exists() && former.exists() {
        former
    } else {
        path
    }
}

/// Whether nothing can have been sealed or signed yet: there are no secrets, and no journal.
pub(super) fn is_fresh(data_dir: &Path) -> bool {
    !has_segments(&data_dir.join("journal")) && !data_dir.join("secrets.sealed").exists()
}

/// Whether a folder holds segments of a journal.
pub(crate) fn has_segments(folder: &Path) -> bool {
    let is_segment = |file: io::Result<fs::DirEntry>| {
        file.is_ok_and(|file| file.path().extension().is_some_and(|kind| kind == "journal"))
    };
    fs::read_dir(folder).is_ok_and(|mut files| files.any(is_segment))
}

/// The key in this file, if there is one.
fn read(path: &Path) -> Result<Option<VenueKey>, SealKeyError> {
    let failed = |error| SealKeyError::Io(path.into(), error);
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let malformed = || SealKeyError::Malformed(path.into());
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(malformed());
    }
    // One that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(KEY_FILE));
    file.read_to_string(&mut text).map_err(failed)?;
    let key = signing::unhex_array(text.trim()).map(Zeroizing::new);
    key.map(VenueKey).map(Some).ok_or_else(malformed)
}

/// Makes a key in this file: whole and durable before anything is sealed with it.
fn make(path: &Path) -> Result<VenueKey, SealKeyError> {
    let failed = |error| SealKeyError::Io(path.into(), error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
    }
    let key = Zeroizing::new(signing::random().map_err(failed)?);
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(failed)?;
    file.write_all(Zeroizing::new(signing::hex(&*key)).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| File::open(folder.unwrap_or(".".as_ref()))?.sync_all())
        .map_err(failed)?;
    Ok(VenueKey(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone after the test, and a data folder in it.
    fn data() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        (dir, data)
    }

    #[test]
    fn a_key_is_made_once_apart_from_the_data_and_readable_by_its_owner_alone() {
        let (dir, data) = data();
        assert!(look(&data, None).unwrap().is_none(), "a reader makes none");
        let key = open(&data, &Seal::Beside).unwrap();
        assert_eq!(open(&data, &Seal::Beside).unwrap().store(), key.store());
        assert_eq!(look(&data, None).unwrap().unwrap().store(), key.store());
        assert_eq!(
            fs::read_dir(&data).unwrap().count(),
            0,
            "nothing of it lies in the data folder"
        );
        let path = fs::canonicalize(dir.path()).unwrap().join("data-keys/seal.key");
        assert_eq!(beside(&data), path);
        assert_eq!(beside(&data.join("../data")), path);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777,
            0o700
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(open(&data, &Seal::Beside), Err(SealKeyError::Malformed(_))));
    }

    #[test]
    fn a_data_folder_of_before_keeps_its_key() {
        let (_dir, data) = data();
        let former = open(&data, &Seal::File(data.join(FORMER))).unwrap();
        fs::write(data.join("secrets.sealed"), "something").unwrap();
        assert_eq!(open(&data, &Seal::Beside).unwrap().store(), former.store());
        assert_eq!(look(&data, None).unwrap().unwrap().store(), former.store());
        // Moved apart, it is found as well.
        fs::create_dir(beside(&data).parent().unwrap()).unwrap();
        fs::rename(data.join(FORMER), beside(&data)).unwrap();
        assert_eq!(open(&data, &Seal::Beside).unwrap().store(), former.store());
    }

    #[test]
    fn a_key_that_is_gone_is_missed_and_not_made_anew() {
        for sealed in ["secrets.sealed", "journal/0000000000000001.journal"] {
            let (_dir, data) = data();
            fs::create_dir(data.join("journal")).unwrap();
            open(&data, &Seal::Beside).unwrap();
            fs::write(data.join(sealed), "something").unwrap();
            assert!(open(&data, &Seal::Beside).is_ok());
            fs::remove_file(beside(&data)).unwrap();
            let words = open(&data, &Seal::Beside).err().expect(sealed).to_string();
            assert!(
                words.contains("data-keys/seal.key") && words.contains("seal_key_file"),
                "{words}"
            );
            assert!(!beside(&data).exists());
            let other = data.join("nowhere.key");
            assert!(matches!(
                open(&data, &Seal::File(other)),
                Err(SealKeyError::Missing { .. })
            ));
            assert!(open(&data, &Seal::Key([1; 32].into())).is_ok());
        }
    }
}
