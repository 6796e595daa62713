//! The venue that a key file signs for: its id, in a file beside the key file.
//!
//! What always holds: a key signs for one venue until its owner says otherwise. Whoever answers at the address that is
//! asked, by a slip or on purpose, has nothing signed for another venue by telling another id. The key file itself is
//! never written again: it holds the secret.

use super::{
    request::is_venue_id,
    signing::{hex, random, write_private},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why the file beside a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// It cannot be read or written.
    #[error("{0}: {1}; it says which venue the key signs for")]
    Io(PathBuf, io::Error),
    /// It holds no id of a venue.
    #[error("{0} holds no id of a venue; `zhiheng pin` writes it anew")]
    Malformed(PathBuf),
}

/// The file that says which venue this key file signs for.
pub fn path(key_file: &Path) -> PathBuf {
    let mut name = key_file.as_os_str().to_owned();
    name.push(".venue");
    name.into()
}

/// The venue that this key file signs for; `None` where nobody has said so yet.
///
/// # Errors
/// Where the file cannot be read, or holds no id.
pub fn read(key_file: &Path) -> Result<Option<String>, PinError> {
    let path = path(key_file);
    match fs::read_to_string(&path) {
        Ok(text) if is_venue_id(text.trim()) => Ok(Some(text.trim().to_owned())),
        Ok(_) => Err(PinError::Malformed(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PinError::Io(path, error)),
    }
}

/// Says that this key file signs for this venue, where nobody has said so yet; gives the venue that it signs for. Of two
/// that say it at once the first one counts.
///
/// # Errors
/// Where the file cannot be read or written.
pub fn first(key_file: &Path, venue_id: &str) -> Result<String, PinError> {
    let path = path(key_file);
    let beside = beside(&path, venue_id)?;
    let linked = fs::hard_link(&beside, &path);
    let _ = fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(venue_id.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(key_file)?.ok_or(PinError::Malformed(path)),
        Err(error) => Err(PinError::Io(path, error)),
    }
}

/// Says that this key file signs for this venue from here on, whatever was said before.
///
/// # Errors
/// Where the file cannot be written.
pub fn set(key_file: &Path, venue_id: &str) -> Result<(), PinError> {
    let path = path(key_file);
    let beside = beside(&path, venue_id)?;
    fs::rename(&beside, &path).map_err(|error| PinError::Io(path, error))
}

/// Forgets which venue this key file signs for: it is a new one.
///
/// # Errors
/// Where the file is there and cannot be removed.
pub fn forget(key_file: &Path) -> Result<(), PinError> {
    let path = path(key_file);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(PinError::Io(path, error)),
        _ => Ok(()),
    }
}

/// A whole file with this id, beside where it is to stand.
fn beside(path: &Path, venue_id: &str) -> Result<PathBuf, PinError> {
    let failed = |error| PinError::Io(path.into(), error);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", hex(&random::<8>().map_err(failed)?)));
    let beside = PathBuf::from(name);
    write_private(&beside, format!("{venue_id}\n").as_bytes()).map_err(failed)?;
    Ok(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_venue_counts_until_another_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("ana.key");
        assert_eq!(read(&key).unwrap(), None);
        assert_eq!(first(&key, "one").unwrap(), "one");
        assert_eq!(first(&key, "other").unwrap(), "one");
        assert_eq!(read(&key).unwrap().as_deref(), Some("one"));
        set(&key, "other").unwrap();
        assert_eq!(read(&key).unwrap().as_deref(), Some("other"));
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing else is left there"
        );
        for bad in ["", "a b", "one\ntwo"] {
            fs::write(path(&key), bad).unwrap();
            assert!(matches!(read(&key), Err(PinError::Malformed(_))), "{bad:?}");
            assert!(matches!(first(&key, "one"), Err(PinError::Malformed(_))), "{bad:?}");
        }
        set(&key, "one").unwrap();
        assert_eq!(read(&key).unwrap().as_deref(), Some("one"));
    }
}
