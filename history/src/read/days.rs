//! Days of the venue, closed: what an account, or all of them together, had before each, what moved in it, and what was
//! there behind it.

use super::{
    History,
    page::{Cursor, Page, Window},
};
use crate::{
    error::Error,
    fold::{ALL, cause},
    model::{Balance, Day, Kind, Moved, Sum},
    sql::{count, id, unreadable, word},
};
use protocol::{AccountId, Date, Timestamp, event::PostingReason};
use rusqlite::{Connection, OptionalExtension as _, Row};

const BEFORE: &str = "SELECT total, held FROM days WHERE account = ?1 AND kind = ?2 AND which = ?3 AND day < ?4 \
     ORDER BY day DESC LIMIT 1";
const SUMS: &str = "SELECT cause, reason, lines, change, change_held FROM day_sums \
     WHERE account = ?1 AND kind = ?2 AND which = ?3 AND day = ?4 ORDER BY cause, reason";

impl History {
    /// The days within the window on which something of an account moved; without an account, of all of them together. A
    /// day is within it with its first moment. What is not told of a day has not moved: it closes as the one before.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn days(&self, account: Option<AccountId>, of: Moved, window: &Window) -> Result<Page<Day>, Error> {
        let account = account.map_or(ALL, |account| account.0.into());
        let mut low = window.since.map_or(i64::MIN, first_day);
        let mut high = window.until.map_or(i64::MAX, |until| first_day(until) - 1);
        match window.cursor {
            Some(Cursor(cursor)) if window.newest_first => high = high.min(cursor.saturating_sub(1)),
            Some(Cursor(cursor)) => low = low.max(cursor.saturating_add(1)),
            None => {}
        }
        let order = if window.newest_first { "DESC" } else { "ASC" };
        let query = format!(
            "SELECT day, total, held FROM days WHERE account = ? AND kind = ? AND which = ? AND day BETWEEN ? AND ? \
             ORDER BY day {order} LIMIT ?"
        );
        let (kind, which) = of.numbers();
        let limit = window.limit();
        self.read(|connection| {
            let mut query = connection.prepare_cached(&query)?;
            let asked = (account, kind, which, low, high, count(limit as u64 + 1));
            let rows = query.query_map(asked, |row| Ok((Date(row.get(0)?), balance(row, 1)?)))?;
            let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().filter(|_| more).map(|(date, _)| Cursor(date.0.into()));
            let day = |(date, closing)| {
                Ok(Day {
                    date,
                    opening: before(connection, (account, kind, which), date)?,
                    sums: sums(connection, (account, kind, which), date)?,
                    closing,
                })
            };
            let entries = found.into_iter().map(day).collect::<rusqlite::Result<_>>()?;
            Ok(Page { entries, next })
        })
    }
}

/// The first day that begins at this moment or later.
fn first_day(from: Timestamp) -> i64 {
    let date = from.venue_date();
    let is_within = date.start() < from;
    i64::from(date.0) + i64::from(is_within)
}

/// Whose, of which kind, and which of it.
type Whose = (i64, u8, i64);

fn before(of: &Connection, (account, kind, which): Whose, date: Date) -> rusqlite::Result<Balance> {
    let mut query = of.prepare_cached(BEFORE)?;
    let found = query.query_row((account, kind, which, date.0), |row| balance(row, 0));
    Ok(found.optional()?.unwrap_or_default())
}

fn sums(of: &Connection, (account, kind, which): Whose, date: Date) -> rusqlite::Result<Vec<Sum>> {
    let mut query = of.prepare_cached(SUMS)?;
    let rows = query.query_map((account, kind, which, date.0), sum)?;
    rows.collect()
}

fn balance(row: &Row<'_>, from: usize) -> rusqlite::Result<Balance> {
    Ok(Balance {
        total: row.get(from)?,
        held: row.get(from + 1)?,
    })
}

fn sum(row: &Row<'_>) -> rusqlite::Result<Sum> {
    let kind = match row.get(0)? {
        cause::RECEIVED => Kind::Received,
        cause::PAID => Kind::Paid,
        cause::ISSUED => Kind::Issued,
        cause::ORDERED => Kind::Ordered,
        cause::FILLED => Kind::Filled,
        cause::CANCELLED => Kind::Cancelled,
        cause::FEES => Kind::Fees,
        cause::POSTED => Kind::Posted(word(PostingReason::ALL, |one| one as i64, row.get(1)?, 1)?),
        _ => return Err(unreadable(0)),
    };
    Ok(Sum {
        kind,
        lines: id(row.get(2)?),
        change: row.get(3)?,
        change_held: row.get(4)?,
    })
}
