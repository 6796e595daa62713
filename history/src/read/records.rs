//! The change feed, and the versions of one record.

use super::{
    History,
    page::{Cursor, LIMIT_MAX, Page, Window},
};
use crate::{
    error::Error,
    model::{Change, Changed, Name, Reader, Told, Version},
    rows::at,
    sql::{count, id},
};
use protocol::{EntityId, Readers, Timestamp};
use rusqlite::{
    Connection, OptionalExtension as _, Row,
    types::{FromSqlError, Type},
};
use serde::de::DeserializeOwned;

const NAMED: &str = "kind, id, at, happened_at, readers, before, told";

impl History {
    /// Up to `limit` changes behind number `from`, as one reader is told of them: numbered from 1 without a gap. Each
    /// version that the reader may know is one, and so is the loss of a record that it could read. Whoever reads from 0
    /// and keeps the last of each name has what it may know. A read of another's record is to be noted, as everywhere.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn changes(&self, reader: Reader, from: u64, limit: usize) -> Result<Vec<Change>, Error> {
        let (from, limit) = (count(from), count(limit.clamp(1, LIMIT_MAX) as u64));
        self.read(|connection| match reader {
            Reader::Nobody => numbered(connection, "public", from, limit, |row| change(row, reader)),
            Reader::Staff => numbered(connection, "staff", from, limit, |row| change(row, reader)),
            Reader::All => numbered(connection, "seen", from, limit, |row| change(row, reader)),
            Reader::Entity(entity) => entitys(connection, entity, from, limit),
        })
    }

    /// Every version of a record that a reader may know, by the time at which it was told. Of what is told once and
    /// never changes each of that name is one.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn versions(&self, reader: Reader, name: &Name, window: &Window) -> Result<Page<Version>, Error> {
        const NUMBERS: &str = "SELECT number, at, readers, public, staff, seen FROM versions \
             WHERE kind = ?1 AND id = ?2 AND told IS NOT NULL ORDER BY number";
        self.read(|connection| {
            let mut query = connection.prepare_cached(NUMBERS)?;
            let mut rows = query.query((&name.kind, &name.id))?;
            let mut numbers: Vec<i64> = Vec::new();
            while let Some(row) = rows.next()? {
                let may_read = match reader {
                    Reader::Nobody => row.get::<_, Option<i64>>(3)?.is_some(),
                    Reader::Staff => row.get::<_, Option<i64>>(4)?.is_some(),
                    Reader::All => row.get::<_, Option<i64>>(5)?.is_some(),
                    Reader::Entity(entity) => decoded::<Readers>(row, 2)?.has(entity),
                };
                let told_at = at(row, 1)?;
                let is_asked = window.since.is_none_or(|since| told_at >= since)
                    && window.until.is_none_or(|until| told_at < until);
                if may_read && is_asked {
                    numbers.push(row.get(0)?);
                }
            }
            if window.newest_first {
                numbers.reverse();
            }
            // Counted among those of this reader, so that the cursor tells of no others.
            let begun = window
                .cursor
                .map_or(0, |Cursor(begun)| usize::try_from(begun).unwrap_or(0));
            let end = begun.saturating_add(window.limit());
            let next = (end < numbers.len()).then(|| Cursor(count(end as u64)));
            let mut query =
                connection.prepare_cached("SELECT at, happened_at, told FROM versions WHERE number = ?1")?;
            let page = numbers.iter().skip(begun).take(window.limit());
            let entries = page.map(|number| query.query_row([number], version));
            let entries = entries.collect::<rusqlite::Result<_>>()?;
            Ok(Page { entries, next })
        })
    }
}

fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        at: at(row, 0)?,
        happened_at: happened_at(row, (0, 1))?,
        told: decoded(row, 2)?,
    })
}

/// When it happened; where that is not said, when it was told.
fn happened_at(row: &Row<'_>, (told, happened): (usize, usize)) -> rusqlite::Result<Timestamp> {
    match row.get::<_, Option<i64>>(happened)? {
        Some(_) => at(row, happened),
        None => at(row, told),
    }
}

/// The changes behind `from` in one of the numbers that stand in the versions.
fn numbered(
    of: &Connection,
    number: &str,
    from: i64,
    limit: i64,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<Change>,
) -> rusqlite::Result<Vec<Change>> {
    let query = format!(
        "SELECT {number}, {NAMED} FROM versions WHERE {number} IS NOT NULL AND {number} > ?1 ORDER BY {number} LIMIT ?2"
    );
    of.prepare_cached(&query)?.query_map((from, limit), read)?.collect()
}

/// Where an entity's feed leaves the common one.
struct Deviation {
    shown: i64,
    ordinal: i64,
    /// How many common versions there were before it, or with it where it misses that one.
    common: i64,
    version: Option<i64>,
}

fn deviation(row: &Row<'_>) -> rusqlite::Result<Deviation> {
    Ok(Deviation {
        shown: row.get(0)?,
        ordinal: row.get(1)?,
        common: row.get(2)?,
        version: row.get(3)?,
    })
}

/// The changes of an entity behind number `from`: its own versions among the common ones, but those that it misses.
fn entitys(of: &Connection, entity: EntityId, from: i64, limit: i64) -> rusqlite::Result<Vec<Change>> {
    const BEFORE: &str = "SELECT shown, ordinal, common, version FROM deviations WHERE entity = ?1 AND shown <= ?2 \
         ORDER BY shown DESC, ordinal DESC LIMIT 1";
    const BEHIND: &str = "SELECT shown, ordinal, common, version FROM deviations \
         WHERE entity = ?1 AND (shown, ordinal) > (?2, ?3) ORDER BY shown, ordinal LIMIT ?4";
    let reader = Reader::Entity(entity);
    let before = of
        .prepare_cached(BEFORE)?
        .query_row((entity.0, from), deviation)
        .optional()?;
    let mut place = before.unwrap_or(Deviation {
        shown: 0,
        ordinal: 0,
        common: 0,
        version: None,
    });
    // Up to `from` only common ones came behind that deviation.
    let mut common = place.common + (from - place.shown);
    let mut changes: Vec<Change> = Vec::new();
    let left = |changes: &Vec<Change>| limit - i64::try_from(changes.len()).unwrap_or(limit);
    let mut is_end = false;
    while left(&changes) > 0 && !is_end {
        let mut query = of.prepare_cached(BEHIND)?;
        let asked = (entity.0, place.shown, place.ordinal, left(&changes));
        let next: Vec<_> = query.query_map(asked, deviation)?.collect::<rusqlite::Result<_>>()?;
        is_end = i64::try_from(next.len()).unwrap_or(limit) < left(&changes);
        for deviation in next {
            let misses = deviation.version.is_none();
            let until = if misses { deviation.common - 1 } else { deviation.common };
            commons(of, reader, (common, until), left(&changes), &mut changes, from)?;
            if left(&changes) <= 0 {
                return Ok(changes);
            }
            common = deviation.common;
            if let Some(version) = deviation.version {
                let query = format!("SELECT ?1, {NAMED} FROM versions WHERE number = ?2");
                let own = of
                    .prepare_cached(&query)?
                    .query_row((deviation.shown, version), |row| change(row, reader))?;
                changes.push(own);
            }
            place = deviation;
        }
    }
    if left(&changes) > 0 {
        commons(of, reader, (common, i64::MAX), left(&changes), &mut changes, from)?;
    }
    Ok(changes)
}

/// Adds the common versions behind the first number, up to the second; they are numbered on from the last change.
fn commons(
    of: &Connection,
    reader: Reader,
    (behind, until): (i64, i64),
    limit: i64,
    changes: &mut Vec<Change>,
    from: i64,
) -> rusqlite::Result<()> {
    if until <= behind {
        return Ok(());
    }
    let first = changes.last().map_or(from, |last| count(last.number));
    let query = format!(
        "SELECT ?1 + common - ?2, {NAMED} FROM versions WHERE common IS NOT NULL AND common > ?2 AND common <= ?3 \
         ORDER BY common LIMIT ?4"
    );
    let mut query = of.prepare_cached(&query)?;
    let rows = query.query_map((first, behind, until, limit), |row| change(row, reader))?;
    for row in rows {
        changes.push(row?);
    }
    Ok(())
}

/// A change, as this reader is told of it.
fn change(row: &Row<'_>, reader: Reader) -> rusqlite::Result<Change> {
    let kind: String = row.get(1)?;
    let id_: String = row.get(2)?;
    let before: Option<Readers> = optional(row, 6)?;
    let could_read = before.is_some_and(|before| match reader {
        Reader::Entity(entity) => before.has(entity),
        Reader::Nobody | Reader::Staff | Reader::All => true,
    });
    let what = match optional::<Told>(row, 7)? {
        None => Changed::Gone,
        Some(told) if could_read => Changed::Version(told),
        Some(told) => Changed::New(told),
    };
    let readers = match &what {
        Changed::Gone => Readers::Only(Vec::new()),
        Changed::New(_) | Changed::Version(_) => decoded(row, 5)?,
    };
    Ok(Change {
        number: id(row.get(0)?),
        at: at(row, 3)?,
        happened_at: happened_at(row, (3, 4))?,
        readers,
        name: Name {
            kind: kind.into(),
            id: id_.into(),
        },
        what,
    })
}

fn decoded<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let bytes = row.get_ref(column)?.as_blob()?;
    postcard::from_bytes(bytes).map_err(|error| unreadable(column, error))
}

fn optional<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_blob_or_null()? {
        Some(bytes) => postcard::from_bytes(bytes)
            .map(Some)
            .map_err(|error| unreadable(column, error)),
        None => Ok(None),
    }
}

fn unreadable(column: usize, error: postcard::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, Box::new(FromSqlError::other(error)))
}
