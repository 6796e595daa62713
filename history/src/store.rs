//! The file: opened, made, looked through, moved aside; and the mark of how far it is.

use crate::error::Fault;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction};
use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// "ZHHS": that the file is a history.
const APPLICATION: i64 = 0x5A48_4853;
/// The version of the tables. A file of another is made anew from the events.
const VERSION: i64 = 2;
/// How long a connection waits for a lock of another process, such as a backup's.
const PATIENCE: Duration = Duration::from_secs(1);
/// The memory for pages of the connection that writes, in KiB.
const CACHE_KIB: i64 = 32 * 1024;
/// To how many bytes the log shrinks again.
const LOG_MAX: i64 = 64 << 20;

/// How far a file is: so many facts, and the SHA-256 of their encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) facts: u64,
    pub(crate) hash: [u8; 32],
}

/// The connection that writes.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) connection: Connection,
}

impl Store {
    /// Opens the file, or makes it; its mark, if it has one.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Mark>), Fault> {
        // Made here, so that nobody else may read it, nor the log that the database makes after its likeness.
        let made = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        made.map_err(|error| disk(&error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(64);
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 && (version, application) != (VERSION, APPLICATION) {
            return Err(Fault::Damaged(format!(
                "it is of version {version} of application {application:#x}"
            )));
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "journal_size_limit", LOG_MAX)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        if tables == 0 {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute_batch(include_str!("schema.sql"))?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.commit()?;
        }
        let mark = connection
            .query_row("SELECT facts, hash FROM mark", [], |row| {
                Ok(Mark {
                    facts: crate::sql::id(row.get(0)?),
                    hash: row.get(1)?,
                })
            })
            .optional()?;
        Ok((Self { connection }, mark))
    }

    /// Looks through the whole file once.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let found: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" {
            Ok(())
        } else {
            Err(Fault::Damaged(found))
        }
    }

    /// Begins a transaction.
    pub(crate) fn begin(&self) -> Result<Transaction<'_>, Fault> {
        Ok(self.connection.unchecked_transaction()?)
    }
}

/// Writes how far the transaction is.
pub(crate) fn set_mark(to: &Connection, mark: &Mark) -> Result<(), Fault> {
    to.prepare_cached("INSERT OR REPLACE INTO mark VALUES (1, ?1, ?2)")?
        .execute((crate::sql::count(mark.facts), mark.hash))?;
    Ok(())
}

fn disk(error: &io::Error) -> Fault {
    let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
    Fault::Disk(rusqlite::Error::SqliteFailure(failure, Some(error.to_string())))
}

/// A connection that reads.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Moves a file aside that another is made in place of, and says so.
pub(crate) fn replace(path: &Path, why: &str) -> io::Result<()> {
    let aside = move_aside(path)?;
    tracing::error!(why, aside = %aside.display(), "the history's file is not used; it is made anew from the journal");
    Ok(())
}

/// Moves a file and its log out of the way, in place of the one that was moved before. Nobody may have it open.
pub(crate) fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = beside(path, ".aside");
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (beside(path, end), beside(&aside, end));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // An older file's log must not be taken for this one's.
                let _ = fs::remove_file(&to);
            }
            other => other?,
        }
    }
    Ok(aside)
}

/// The file of this name with another end.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
