//! What can go wrong: for who opens history, for who reads it, and for the thread that writes.

use std::io;
use thiserror::Error;

/// History could not be opened, or not be read.
#[derive(Debug, Error)]
pub enum Error {
    /// The place of the file can't be used.
    #[error("the place of the history can't be used: {0}")]
    Place(#[from] io::Error),
    /// The replay is still held against the file.
    #[error("the history is not confirmed yet")]
    Starting,
    /// The file is damaged; the next start makes it anew.
    #[error("the history is damaged; the next start makes it anew")]
    Damaged,
    /// The database does not answer.
    #[error("the history does not answer: {0}")]
    Database(#[source] rusqlite::Error),
}

/// Why a fact could not be written.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// The disk is full, fails, or is in another's hands: it may pass.
    #[error("the disk takes no writes: {0}")]
    Disk(#[source] rusqlite::Error),
    /// The file is no history, or not a whole one.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// An event contradicts those before it.
    #[error("the events contradict each other: {0}")]
    Contradiction(&'static str),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) {
            Self::Contradiction("what is numbered once comes twice")
        } else if is_damage(&error) {
            Self::Damaged(error.to_string())
        } else {
            Self::Disk(error)
        }
    }
}

impl From<postcard::Error> for Fault {
    fn from(error: postcard::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// Whether an error says that the file is not what was written.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, TypeMismatch, Unknown};
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            // "Unknown" is a table or column that is not there.
            matches!(failure.code, DatabaseCorrupt | NotADatabase | TypeMismatch | Unknown)
        }
        rusqlite::Error::SqlInputError { .. }
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::QueryReturnedNoRows => true,
        _ => false,
    }
}
