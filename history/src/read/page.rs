//! Pages: how a list is walked.
//!
//! Invariant: the rows of a list are numbered from 1 without a gap for whoever it is of, and their times never fall; so
//! a time is found by halving, and a walk is bounded by numbers.

use crate::sql::{count, time};
use protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql};
use std::{fmt, num::ParseIntError, str::FromStr};

/// The most entries of a page.
pub const LIMIT_MAX: usize = 1_000;
/// The most rows that a query looks at.
pub(crate) const WALK_MAX: i64 = 10_000;

/// Where a list goes on. It is of one list and says nothing of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) i64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Cursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// What of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Whether the newest comes first.
    pub newest_first: bool,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
    /// The most entries, 1 to [`LIMIT_MAX`]; more or less are taken as these.
    pub limit: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            newest_first: true,
            cursor: None,
            limit: 100,
        }
    }
}

impl Window {
    pub(crate) fn limit(&self) -> usize {
        self.limit.clamp(1, LIMIT_MAX)
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What it holds; perhaps less than was asked for, or nothing, though more follows.
    pub entries: Vec<T>,
    /// Where the list goes on, if it does.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    pub(crate) const EMPTY: Self = Self {
        entries: Vec::new(),
        next: None,
    };
}

/// A condition, and the value of its question mark if it has one.
pub(crate) type Condition<'a> = (&'static str, Option<&'a dyn ToSql>);

/// A table with numbered rows, and which of them are meant.
pub(crate) struct List<'a> {
    pub(crate) table: &'static str,
    /// The column of a row's time.
    pub(crate) time: &'static str,
    /// What is read of each.
    pub(crate) columns: &'static str,
    /// Whose rows are numbered from 1.
    pub(crate) numbered: &'a [Condition<'a>],
    /// Which of them are meant.
    pub(crate) meant: &'a [Condition<'a>],
    /// The index that finds these; none: the rows' own order.
    pub(crate) index: Option<&'static str>,
    /// Whether many rows may be looked at that are not meant.
    pub(crate) is_sparse: bool,
}

/// Conditions as SQL.
fn all(conditions: &[Condition<'_>]) -> String {
    let conditions: Vec<_> = conditions.iter().map(|(condition, _)| *condition).collect();
    conditions.join(" AND ")
}

/// Their values.
fn values<'a>(conditions: &'a [Condition<'a>]) -> impl Iterator<Item = &'a dyn ToSql> {
    conditions.iter().filter_map(|(_, value)| *value)
}

impl List<'_> {
    /// The number of the last row.
    fn last(&self, of: &Connection) -> rusqlite::Result<i64> {
        let query = format!(
            "SELECT ifnull(max(number), 0) FROM {} WHERE {}",
            self.table,
            all(self.numbered)
        );
        let values: Vec<_> = values(self.numbered).collect();
        of.prepare_cached(&query)?.query_row(&*values, |row| row.get(0))
    }

    /// The number of the first row of this time or later; one above the last where there is none.
    fn first_since(&self, of: &Connection, at: Timestamp, last: i64) -> rusqlite::Result<i64> {
        let query = format!(
            "SELECT {} FROM {} WHERE {} AND number = ?",
            self.time,
            self.table,
            all(self.numbered)
        );
        let mut query = of.prepare_cached(&query)?;
        let (mut from, mut to) = (1, last + 1);
        while from < to {
            let middle = from + (to - from) / 2;
            let mut values: Vec<_> = values(self.numbered).collect();
            values.push(&middle);
            let found: Option<i64> = query.query_row(&*values, |row| row.get(0)).optional()?;
            if found.is_some_and(|found| found < time(at)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        Ok(from)
    }

    /// A page: each row gives its number and what it tells.
    pub(crate) fn page<T>(
        &self,
        of: &Connection,
        window: &Window,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<(i64, T)>,
    ) -> rusqlite::Result<Page<T>> {
        let last = self.last(of)?;
        let mut low = match window.since {
            Some(since) => self.first_since(of, since, last)?,
            None => 1,
        };
        let mut high = match window.until {
            Some(until) => self.first_since(of, until, last)? - 1,
            None => last,
        };
        match window.cursor {
            Some(Cursor(cursor)) if window.newest_first => high = high.min(cursor.saturating_sub(1)),
            Some(Cursor(cursor)) => low = low.max(cursor.saturating_add(1)),
            None => {}
        }
        if low > high {
            return Ok(Page::EMPTY);
        }
        // The walk ends here where it may have found little, and goes on with the next page.
        let walk_max = if self.is_sparse { WALK_MAX } else { i64::MAX };
        let bound = if window.newest_first {
            low.max(high.saturating_sub(walk_max - 1))
        } else {
            high.min(low.saturating_add(walk_max - 1))
        };
        let (from, to) = if window.newest_first {
            (bound, high)
        } else {
            (low, bound)
        };
        let query = format!(
            "SELECT {} FROM {}{} WHERE {} AND number BETWEEN ? AND ? ORDER BY number {} LIMIT ?",
            self.columns,
            self.table,
            self.index.map_or(String::new(), |index| format!(" INDEXED BY {index}")),
            all(self.meant),
            if window.newest_first { "DESC" } else { "ASC" },
        );
        let limit = count(window.limit() as u64 + 1);
        let mut values: Vec<_> = values(self.meant).collect();
        values.extend([&from as &dyn ToSql, &to, &limit]);
        let mut query = of.prepare_cached(&query)?;
        let rows = query.query_map(&*values, read)?;
        let mut rows: Vec<(i64, T)> = rows.collect::<rusqlite::Result<_>>()?;
        let more = rows.len() > window.limit();
        rows.truncate(window.limit());
        let next = if more {
            rows.last().map(|(number, _)| Cursor(*number))
        } else {
            let is_end = if window.newest_first {
                bound == low
            } else {
                bound == high
            };
            (!is_end).then_some(Cursor(bound))
        };
        Ok(Page {
            entries: rows.into_iter().map(|(_, entry)| entry).collect(),
            next,
        })
    }
}
