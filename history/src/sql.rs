//! Numbers as the database has them, in 64 bits with a sign, and back.

use protocol::Timestamp;
use rusqlite::types::{FromSqlError, Type};

/// How many rows of each kind are remembered by who folds.
pub(crate) const REMEMBERED_MAX: usize = 65_536;

/// The same bits with a sign: an id is compared with itself alone.
#[allow(clippy::cast_possible_wrap, reason = "the bits come back as they were")]
pub(crate) const fn bits(id: u64) -> i64 {
    id as i64
}

/// The id of these bits.
#[allow(clippy::cast_sign_loss, reason = "the bits come back as they were")]
pub(crate) const fn id(bits: i64) -> u64 {
    bits as u64
}

/// A count or a time; one beyond the year 2262 is its last moment.
pub(crate) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A time.
pub(crate) fn time(at: Timestamp) -> i64 {
    count(at.0)
}

/// A column that says what it can't say.
pub(crate) fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(FromSqlError::InvalidType))
}

/// The one of these words that has this number.
pub(crate) fn word<T: Copy>(all: &[T], number: impl Fn(T) -> i64, wanted: i64, column: usize) -> rusqlite::Result<T> {
    let found = all.iter().copied().find(|one| number(*one) == wanted);
    found.ok_or_else(|| unreadable(column))
}
