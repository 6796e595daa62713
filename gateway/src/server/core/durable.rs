//! Files that are replaced whole: after a power cut there is the old one or the new one, never half of either.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// The ending of a file that is being written: whatever has it after a power cut was told to nobody.
pub(crate) const UNFINISHED: &str = "new";

/// Puts a file of these parts at `path`, for its owner alone: writes beside, syncs, renames, syncs the folder. Where that
/// fails nothing is left behind. Blocks on the disk.
pub(crate) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let beside = path.with_extension(UNFINISHED);
    let written = write(&beside, parts).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    sync_folder(path)
}

/// Makes a folder and those above it that are missing, so that they are there after a power cut. Blocks on the disk.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_folder(above)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_folder(folder)
}

fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()
}

/// Syncs the folder that this stands in.
fn sync_folder(path: &Path) -> io::Result<()> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    File::open(above.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_is_replaced_whole_for_its_owner_alone_and_a_failure_leaves_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        let path = folder.join("file");
        replace(&path, &[b"one"]).unwrap();
        replace(&path, &[b"t", b"wo"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        // A folder can't be put in the place of a file's name: the rename fails.
        let taken = folder.join("taken");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("held"), b"").unwrap();
        assert!(replace(&taken, &[b"three"]).is_err());
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, ["file", "taken"], "nothing is left behind");
    }
}
