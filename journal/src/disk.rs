//! The disk, as little of it as the journal needs: a flat directory of files that are read and written at offsets.
//!
//! [`RealDisk`] is a directory; [`SimDisk`](crate::SimDisk) is its simulated twin, which loses power at will. The
//! journal knows nothing else about the machine it runs on. Paths below the directory, permissions and space are left
//! to the operator.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// What becomes of a file that is taken away.
pub(crate) const REMOVED: &str = "it was removed";
pub(crate) const MOVED: &str = "it, or its folder, was moved";
pub(crate) const REPLACED: &str = "another file has its name";
pub(crate) const CUT: &str = "its length is another";
pub(crate) const OVERWRITTEN: &str = "other bytes stand where its last batch was";

/// The name of the file that a [`RealDisk`] locks.
pub const LOCK_FILE: &str = "LOCK";

/// A flat directory of files. All methods may be called from several threads.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// An open file.
    type File: DiskFile;

    /// The names of all files, in any order.
    fn list(&self) -> Result<Vec<String>, DiskError>;
    /// Creates an empty file. It is sure to survive a power cut only after [`Self::sync_directory`].
    fn create(&self, name: &str) -> Result<Self::File, DiskError>;
    /// Opens a file for reading and, where the disk permits it, writing.
    fn open(&self, name: &str) -> Result<Self::File, DiskError>;
    /// Removes a file; durably only after [`Self::sync_directory`].
    fn remove(&self, name: &str) -> Result<(), DiskError>;
    /// Makes every creation and removal so far durable.
    fn sync_directory(&self) -> Result<(), DiskError>;
    /// Whether the journal may prepare segments on a thread of its own. A simulated disk says no, so that one seed
    /// gives one run.
    fn prepares_in_background(&self) -> bool {
        true
    }
}

/// An open file of a [`Disk`].
pub trait DiskFile: fmt::Debug + Send + Sync + 'static {
    /// The file's length in bytes.
    fn length(&self) -> Result<u64, DiskError>;
    /// Reads up to `buffer.len()` bytes at `offset`; fewer only at the end of the file or by the disk's whim, 0 at the
    /// end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, DiskError>;
    /// Writes up to `bytes.len()` bytes at `offset` and returns how many it took.
    fn write_at(&self, bytes: &[u8], offset: u64) -> Result<usize, DiskError>;
    /// Makes every write so far durable, with what is needed to read it back. Once it failed, nothing is known about
    /// those writes, and a second call proves nothing (fsyncgate).
    fn sync_data(&self) -> Result<(), DiskError>;
    /// Keeps every other process from claiming the file while this is open, by whatever name it finds it.
    /// [`DiskError::Locked`] if another has it.
    fn claim(&self) -> Result<(), DiskError>;
    /// That this is still the file of its name, with so many bytes: else [`DiskError::TakenAway`]. What is written to a
    /// file that was removed, moved or replaced is durable, and nobody will ever find it.
    fn in_place(&self, length: u64) -> Result<(), DiskError>;
}

/// Why a disk did not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// The disk is full: ENOSPC or EDQUOT.
    #[error("no space left on the disk ({operation} {file})")]
    NoSpace {
        /// The operation that was asked for.
        operation: &'static str,
        /// The file that it was asked of.
        file: String,
    },
    /// The system failed: EIO, or anything else.
    #[error("the disk failed ({operation} {file}): {reason}")]
    Failed {
        /// The operation that was asked for.
        operation: &'static str,
        /// The file that it was asked of.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// There is no such file.
    #[error("{file} does not exist")]
    Missing {
        /// The file.
        file: String,
    },
    /// There is such a file already.
    #[error("{file} exists already")]
    Exists {
        /// The file.
        file: String,
    },
    /// Another process writes this journal.
    #[error(
        "the journal in {directory} is in use by another process{}: stop it, or give this one a data directory of its own",
        Holder(*.process)
    )]
    Locked {
        /// The directory.
        directory: String,
        /// The number of the process that writes it, where that can be read.
        process: Option<u32>,
    },
    /// A file that is being written was taken away under the writer.
    #[error(
        "{file} was taken away under the server: {how}. Stop what does that, bring the journal's folder back, and start again"
    )]
    TakenAway {
        /// The file.
        file: String,
        /// What became of it.
        how: &'static str,
    },
    /// The disk was opened for reading, and was asked to write.
    #[error("the journal was opened for reading only")]
    ReadOnly,
    /// The simulated power is off.
    #[error("the simulated power is off")]
    PowerOff,
}

struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |process| write!(f, " (process {process})"))
    }
}

impl DiskError {
    fn from_io(operation: &'static str, file: &str, error: &io::Error) -> Self {
        let file = file.to_owned();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { operation, file },
            io::ErrorKind::NotFound => Self::Missing { file },
            io::ErrorKind::AlreadyExists => Self::Exists { file },
            _ => Self::Failed {
                operation,
                file,
                reason: error.to_string(),
            },
        }
    }

    /// Whether more space would have helped.
    pub fn is_no_space(&self) -> bool {
        matches!(self, Self::NoSpace { .. })
    }
}

/// Reads exactly `buffer.len()` bytes; the end of the file before that is a failure.
pub(crate) fn read_exact<F: DiskFile>(file: &F, mut buffer: &mut [u8], mut offset: u64) -> Result<(), DiskError> {
    while !buffer.is_empty() {
        let taken = file.read_at(buffer, offset)?;
        if taken == 0 {
            let reason = format!("the file ends at byte {offset}");
            return Err(DiskError::Failed {
                operation: "read",
                file: String::new(),
                reason,
            });
        }
        buffer = &mut buffer[taken..];
        offset += taken as u64;
    }
    Ok(())
}

/// Writes all of `bytes`. A short write is carried on; one that takes nothing is a failure.
pub(crate) fn write_all<F: DiskFile>(file: &F, mut bytes: &[u8], mut offset: u64) -> Result<(), DiskError> {
    while !bytes.is_empty() {
        let taken = file.write_at(bytes, offset)?;
        if taken == 0 {
            let reason = "the disk took no byte".to_owned();
            return Err(DiskError::Failed {
                operation: "write",
                file: String::new(),
                reason,
            });
        }
        bytes = &bytes[taken..];
        offset += taken as u64;
    }
    Ok(())
}

/// A directory of the machine. Writing takes an exclusive lock on its `LOCK` file and one on the directory itself, which
/// stays where somebody deletes the file; both are held until the disk and all its files are dropped.
#[derive(Clone, Debug)]
pub struct RealDisk {
    directory: Arc<PathBuf>,
    lock: Option<Arc<Lock>>,
}

/// What keeps a second writer out.
#[derive(Debug)]
struct Lock {
    _file: File,
    _directory: File,
}

impl RealDisk {
    /// Opens a directory for writing; creates it, durably, where it is missing. [`DiskError::Locked`] if another
    /// process has it.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, DiskError> {
        let directory = directory.as_ref();
        let shown = directory.display().to_string();
        create_durably(directory).map_err(|error| DiskError::from_io("create", &shown, &error))?;
        let path = directory.join(LOCK_FILE);
        let fail = |error: io::Error| DiskError::from_io("lock", &path.display().to_string(), &error);
        let locked = || DiskError::Locked {
            directory: shown.clone(),
            process: fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()),
        };
        let opened = File::open(directory).map_err(fail)?;
        lock(&opened, fail, locked)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        lock(&file, fail, locked)?;
        // Only a help to whoever meets the lock: a full disk must not keep the journal from opening.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self {
            directory: Arc::new(directory.to_owned()),
            lock: Some(Arc::new(Lock {
                _file: file,
                _directory: opened,
            })),
        })
    }

    /// Opens a directory for reading, without a lock: a server may be writing it.
    pub fn open_read_only(directory: impl AsRef<Path>) -> Result<Self, DiskError> {
        let directory = directory.as_ref();
        let shown = directory.display().to_string();
        let metadata = fs::metadata(directory).map_err(|error| DiskError::from_io("open", &shown, &error))?;
        if !metadata.is_dir() {
            return Err(DiskError::Missing { file: shown });
        }
        Ok(Self {
            directory: Arc::new(directory.to_owned()),
            lock: None,
        })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn must_write(&self) -> Result<(), DiskError> {
        self.lock.as_ref().map(|_| ()).ok_or(DiskError::ReadOnly)
    }

    fn file(&self, options: &OpenOptions, operation: &'static str, name: &str) -> Result<RealFile, DiskError> {
        let path = self.directory.join(name);
        let file = options
            .open(&path)
            .map_err(|error| DiskError::from_io(operation, &path.display().to_string(), &error))?;
        Ok(RealFile {
            file,
            path,
            lock: self.lock.clone(),
        })
    }
}

/// Locks a file or directory, by its inode: the lock goes where the file goes, and ends with the process.
fn lock(
    file: &File,
    fail: impl FnOnce(io::Error) -> DiskError,
    locked: impl FnOnce() -> DiskError,
) -> Result<(), DiskError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => locked(),
        TryLockError::Error(error) => fail(error),
    })
}

/// Creates a directory with its missing parents, and syncs the parent of each that is new.
fn create_durably(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = match directory.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    };
    create_durably(parent)?;
    match fs::create_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    File::open(parent)?.sync_all()
}

impl Disk for RealDisk {
    type File = RealFile;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        let shown = self.directory.display().to_string();
        let fail = |error: io::Error| DiskError::from_io("list", &shown, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(self.directory.as_path()).map_err(fail)? {
            // A name that is not UTF-8 is none of ours.
            names.extend(entry.map_err(fail)?.file_name().into_string());
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> Result<RealFile, DiskError> {
        self.must_write()?;
        self.file(
            OpenOptions::new().read(true).write(true).create_new(true),
            "create",
            name,
        )
    }

    fn open(&self, name: &str) -> Result<RealFile, DiskError> {
        self.file(OpenOptions::new().read(true).write(self.lock.is_some()), "open", name)
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.must_write()?;
        let path = self.directory.join(name);
        fs::remove_file(&path).map_err(|error| DiskError::from_io("remove", &path.display().to_string(), &error))
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        self.must_write()?;
        File::open(self.directory.as_path())
            .and_then(|directory| directory.sync_all())
            .map_err(|error| DiskError::from_io("sync", &self.directory.display().to_string(), &error))
    }
}

/// An open file of a [`RealDisk`].
#[derive(Debug)]
pub struct RealFile {
    file: File,
    path: PathBuf,
    /// Keeps the directory locked for as long as any of its files can be written.
    lock: Option<Arc<Lock>>,
}

impl RealFile {
    fn failed(&self, operation: &'static str) -> impl Fn(io::Error) -> DiskError + '_ {
        move |error| DiskError::from_io(operation, &self.path.display().to_string(), &error)
    }
}

impl DiskFile for RealFile {
    fn length(&self) -> Result<u64, DiskError> {
        Ok(self.file.metadata().map_err(self.failed("measure"))?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, DiskError> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(self.failed("read")),
            }
        }
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> Result<usize, DiskError> {
        if self.lock.is_none() {
            return Err(DiskError::ReadOnly);
        }
        loop {
            match self.file.write_at(bytes, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(self.failed("write")),
            }
        }
    }

    fn sync_data(&self) -> Result<(), DiskError> {
        // Not repeated on EINTR either: a sync that did not succeed is a failed sync.
        self.file.sync_data().map_err(self.failed("sync"))
    }

    fn claim(&self) -> Result<(), DiskError> {
        lock(&self.file, self.failed("lock"), || DiskError::Locked {
            directory: self.path.display().to_string(),
            process: None,
        })
    }

    fn in_place(&self, length: u64) -> Result<(), DiskError> {
        let taken = |how| {
            let file = self.path.display().to_string();
            Err(DiskError::TakenAway { file, how })
        };
        let ours = self.file.metadata().map_err(self.failed("look at"))?;
        match fs::metadata(&self.path) {
            Ok(named) if (named.dev(), named.ino()) != (ours.dev(), ours.ino()) => taken(REPLACED),
            Ok(_) if ours.len() != length => taken(CUT),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                taken(if ours.nlink() == 0 { REMOVED } else { MOVED })
            }
            Err(error) => Err(self.failed("look at")(error)),
        }
    }
}
