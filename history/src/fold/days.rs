//! Days of the venue: what an account, and all accounts together, closed each with, and what moved in it by its cause.
//!
//! Invariant: a day's sums are of the lines that were booked in it, so what its account closes with is what it opened with
//! and they. Days come and go with the transaction, a row a cause: a lively account costs the writer little.

use crate::{error::Fault, model::Moved, sql::REMEMBERED_MAX};
use protocol::{AccountId, Date};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::{BTreeMap, HashMap, btree_map::Entry};

/// The account under which all of them stand together.
pub(crate) const ALL: i64 = -1;
/// The reason of what no deal moved.
pub(super) const NO_REASON: i64 = -1;

const LAST: &str =
    "SELECT total, held FROM days WHERE account = ?1 AND kind = ?2 AND which = ?3 ORDER BY day DESC LIMIT 1";
const REPLACE_DAY: &str = "INSERT OR REPLACE INTO days VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SUM: &str = "SELECT lines, change, change_held FROM day_sums \
     WHERE account = ?1 AND kind = ?2 AND which = ?3 AND day = ?4 AND cause = ?5 AND reason = ?6";
const REPLACE_SUM: &str = "INSERT OR REPLACE INTO day_sums VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// What an account has, and what of it is held.
type Balance = (i64, i64);

/// A movement, as days see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Booked {
    pub(super) account: AccountId,
    pub(super) of: Moved,
    pub(super) day: Date,
    pub(super) cause: u8,
    pub(super) reason: i64,
    pub(super) change: i64,
    pub(super) change_held: i64,
    /// What the account has and holds after it.
    pub(super) after: Balance,
}

/// The days that changed since the last transaction, and what all accounts have together.
#[derive(Debug, Default)]
pub(super) struct Days {
    closings: BTreeMap<(i64, Moved, Date), Balance>,
    sums: BTreeMap<(i64, Moved, Date, u8, i64), [i64; 3]>,
    together: HashMap<Moved, Balance>,
}

impl Days {
    pub(super) fn add(&mut self, to: &Connection, booked: Booked) -> Result<(), Fault> {
        let Booked {
            of,
            day,
            change,
            change_held,
            ..
        } = booked;
        let (total, held) = match self.together.get(&of) {
            Some(known) => *known,
            None => last(to, ALL, of)?,
        };
        // No venue has as much; what can't be said may not stop what can.
        let together = (total.saturating_add(change), held.saturating_add(change_held));
        self.together.insert(of, together);
        for (account, after) in [(ALL, together), (booked.account.0.into(), booked.after)] {
            self.closings.insert((account, of, day), after);
            let sum = match self.sums.entry((account, of, day, booked.cause, booked.reason)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let (kind, which) = of.numbers();
                    let key = (account, kind, which, day.0, booked.cause, booked.reason);
                    let known = to
                        .prepare_cached(SUM)?
                        .query_row(key, |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
                        .optional()?;
                    unknown.insert(known.unwrap_or_default())
                }
            };
            for (sum, more) in sum.iter_mut().zip([1, change, change_held]) {
                *sum = sum.saturating_add(more);
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self, to: &Connection) -> Result<(), Fault> {
        for ((account, of, day), (total, held)) in std::mem::take(&mut self.closings) {
            let (kind, which) = of.numbers();
            to.prepare_cached(REPLACE_DAY)?
                .execute(params![account, kind, which, day.0, total, held])?;
        }
        for ((account, of, day, cause, reason), [lines, change, held]) in std::mem::take(&mut self.sums) {
            let (kind, which) = of.numbers();
            to.prepare_cached(REPLACE_SUM)?
                .execute(params![account, kind, which, day.0, cause, reason, lines, change, held])?;
        }
        if self.together.len() > REMEMBERED_MAX {
            self.together.clear();
        }
        Ok(())
    }
}

/// What an account had when it last moved.
fn last(of: &Connection, account: i64, moved: Moved) -> Result<Balance, Fault> {
    let (kind, which) = moved.numbers();
    let found = of
        .prepare_cached(LAST)?
        .query_row((account, kind, which), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}
