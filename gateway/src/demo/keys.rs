//! The demo's key files: made once, readable by their owner alone.

use super::venue::DemoError;
use crate::proof::{
    pin,
    signing::{Key, KeyFileError, Secret, write_private},
};
use protocol::KeyId;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The key file of this name.
pub(super) fn path(data_dir: &Path, name: &str) -> PathBuf {
    data_dir.join("keys").join(format!("{name}.key"))
}

/// What a key file of the demo says it is for.
fn label(name: &str) -> String {
    format!("demo {name}")
}

/// Whether the demo made a key of this name here.
pub(super) fn is_ours(data_dir: &Path, name: &str) -> bool {
    Key::load(&path(data_dir, name)).is_ok_and(|key| key.label == label(name))
}

/// The key of this name; a new one, numbered 0, if there is none.
pub(super) fn load_or_make(data_dir: &Path, name: &str) -> Result<Key, DemoError> {
    let path = path(data_dir, name);
    if path.exists() {
        return Ok(Key::load(&path)?);
    }
    let folder = path.parent().expect("keys/ stands above it");
    fs::create_dir_all(folder).map_err(|error| DemoError::Io(folder.into(), error))?;
    let secret = Secret::generate_ed25519().map_err(|error| DemoError::Io(path.clone(), error))?;
    let key = Key {
        id: KeyId(0),
        secret,
        label: label(name),
    };
    replace(&path, &key)?;
    Ok(key)
}

/// Writes the number that the exchange gave into the key file, unless it is there, and binds it to the exchange.
pub(super) fn number(data_dir: &Path, name: &str, key: Key, id: KeyId, venue_id: &str) -> Result<(), DemoError> {
    let path = path(data_dir, name);
    if key.id != id {
        replace(&path, &Key { id, ..key })?;
    }
    // Of a demo that lay here before it may say another.
    if !pin::read(&path).is_ok_and(|bound| bound.as_deref() == Some(venue_id)) {
        pin::set(&path, venue_id)?;
    }
    Ok(())
}

/// Puts a whole file in the place of the old one: a power cut leaves one of the two.
fn replace(path: &Path, key: &Key) -> Result<(), DemoError> {
    let failed = |error: io::Error| DemoError::Key(KeyFileError::Io(path.into(), error));
    let fresh = path.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    write_private(&fresh, key.to_text().as_bytes()).map_err(failed)?;
    fs::rename(&fresh, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_numbered() {
        let dir = tempfile::tempdir().unwrap();
        let first = load_or_make(dir.path(), "ana").unwrap();
        let again = load_or_make(dir.path(), "ana").unwrap();
        assert_eq!(first.secret.public_key(), again.secret.public_key());
        number(dir.path(), "ana", again, KeyId(7), "here").unwrap();
        assert_eq!(pin::read(&path(dir.path(), "ana")).unwrap().as_deref(), Some("here"));
        let numbered = load_or_make(dir.path(), "ana").unwrap();
        assert_eq!(
            (numbered.id, numbered.secret.public_key()),
            (KeyId(7), first.secret.public_key())
        );
    }
}
