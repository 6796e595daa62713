//! Records and notices: each version, and the change feed of whoever may read it.
//!
//! The feed is numbered for each reader by what it may see. Who reads notices alone, who sees all and the venue's staff
//! have a number in the version itself. For an entity there is a common row of numbers, of what everyone may read but a few, and its
//! deviations from that: a version that is its own (one more), or a common one that it may not see (one less). So a
//! notice costs one row however many read it, and a private record one for each of its few readers.
//!
//! Invariant: behind deviation `d` of an entity the common version `c` has the number `c + d.shown - d.common` for it.

use crate::{
    audience,
    error::Fault,
    fact::Fact,
    model::{Name, Told},
    sql::{REMEMBERED_MAX, time},
};
use protocol::{EntityId, Notice, Readers, Record, RecordChanged, Timestamp, event::LotBid, questions::LotQuestion};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};

const LAST_NUMBERS: &str = "SELECT ifnull(max(number), 0), ifnull(max(public), 0), ifnull(max(seen), 0), \
     ifnull(max(staff), 0), ifnull(max(common), 0) FROM versions";
const INSERT_VERSION: &str = "INSERT INTO versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const INSERT_DEVIATION: &str = "INSERT INTO deviations VALUES (?1, ?2, ?3, ?4, ?5)";
const LAST_DEVIATION: &str = "SELECT shown, ordinal, common FROM deviations WHERE entity = ?1 \
     ORDER BY shown DESC, ordinal DESC LIMIT 1";
const SELECT_READERS: &str = "SELECT readers FROM records WHERE kind = ?1 AND id = ?2";
const REPLACE_READERS: &str = "INSERT OR REPLACE INTO records VALUES (?1, ?2, ?3)";
const LAST_TOLD: &str = "SELECT told FROM versions WHERE kind = ?1 AND id = ?2 AND told IS NOT NULL \
     ORDER BY number DESC LIMIT 1";

/// The last numbers that were given.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    number: i64,
    public: i64,
    seen: i64,
    staff: i64,
    common: i64,
}

/// Where an entity stands in its feed.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    shown: i64,
    ordinal: i64,
    common: i64,
}

/// Who may read a record: before the command at hand, and by what it told so far.
#[derive(Debug)]
struct Moment {
    before: Option<Readers>,
    now: Option<Readers>,
}

/// What is remembered of the feeds, and of the command at hand.
#[derive(Debug, Default)]
pub(super) struct Records {
    last: Option<Numbers>,
    places: HashMap<EntityId, Place>,
    moments: BTreeMap<Name, Moment>,
}

/// A version about to be written.
struct Entering<'a> {
    name: &'a Name,
    at: Timestamp,
    happened: Option<Timestamp>,
    readers: &'a Readers,
    before: Option<&'a Readers>,
    told: Option<&'a Told>,
}

impl Records {
    pub(super) fn record(&mut self, to: &Connection, changed: &RecordChanged, fact: &Fact) -> Result<(), Fault> {
        let told = Told::Record(changed.record.clone());
        self.tell(to, &told, &changed.readers, fact)
    }

    pub(super) fn notice(&mut self, to: &Connection, notice: &Notice, fact: &Fact) -> Result<(), Fault> {
        let told = match notice {
            // What changes a question is a version of it, as a bid is of its lot.
            Notice::LotAnswer(answer) => {
                let mut question = last_question(to, notice)?;
                answer.change(&mut question);
                Notice::LotQuestion(question)
            }
            Notice::TextWithheld(gone) => {
                let mut question = last_question(to, notice)?;
                gone.change(&mut question);
                Notice::LotQuestion(question)
            }
            other => other.clone(),
        };
        self.tell(to, &Told::Notice(told), &everyone(), fact)
    }

    /// A bid changes its lot: a version of it.
    pub(super) fn bid(&mut self, to: &Connection, bid: &LotBid, fact: &Fact) -> Result<(), Fault> {
        let told = last_told(to, &Name::of_lot(bid.lot))?;
        let Some(Told::Notice(Notice::Lot(mut lot))) = told else {
            return Err(Fault::Contradiction("a bid is for a lot that there is not"));
        };
        bid.change(&mut lot);
        self.tell(to, &Told::Notice(Notice::Lot(lot)), &everyone(), fact)
    }

    fn tell(&mut self, to: &Connection, told: &Told, readers: &Readers, fact: &Fact) -> Result<(), Fault> {
        let name = told.name();
        let before = if told.is_told_once() {
            None
        } else {
            if !self.moments.contains_key(&name) {
                let before = last_readers(to, &name)?;
                self.moments.insert(name.clone(), Moment { before, now: None });
            }
            self.moments.get_mut(&name).and_then(|moment| {
                // Who was told of it by this command has it, too.
                let before = match (&moment.before, &moment.now) {
                    (Some(before), Some(now)) => Some(audience::union(before, now)),
                    (before, now) => before.clone().or_else(|| now.clone()),
                };
                moment.now = Some(match &moment.now {
                    Some(now) => audience::union(now, readers),
                    None => audience::flat(readers),
                });
                before
            })
        };
        self.enter(
            to,
            &Entering {
                name: &name,
                at: fact.at,
                happened: fact.happened,
                readers,
                before: before.as_ref(),
                told: Some(told),
            },
        )
    }

    /// What one command told of a record is one moment: whoever could read it before and is told nothing now has lost
    /// it.
    pub(super) fn end_command(&mut self, to: &Connection, at: Timestamp) -> Result<(), Fault> {
        for (name, Moment { before, now }) in std::mem::take(&mut self.moments) {
            let Some(now) = now else { continue };
            if let Some(lost) = before.as_ref().and_then(|before| audience::lost(before, &now)) {
                self.enter(
                    to,
                    &Entering {
                        name: &name,
                        at,
                        happened: None,
                        readers: &lost,
                        before: before.as_ref(),
                        told: None,
                    },
                )?;
            }
            if before.as_ref() != Some(&now) {
                let readers = postcard::to_allocvec(&now)?;
                to.prepare_cached(REPLACE_READERS)?
                    .execute((&name.kind, &name.id, readers))?;
            }
        }
        Ok(())
    }

    /// Writes a version, and numbers it for each of its readers.
    fn enter(&mut self, to: &Connection, version: &Entering<'_>) -> Result<(), Fault> {
        let mut last = match self.last {
            Some(last) => last,
            None => to.prepare_cached(LAST_NUMBERS)?.query_row([], |row| {
                Ok(Numbers {
                    number: row.get(0)?,
                    public: row.get(1)?,
                    seen: row.get(2)?,
                    staff: row.get(3)?,
                    common: row.get(4)?,
                })
            })?,
        };
        last.number += 1;
        let is_notice = matches!(version.told, Some(Told::Notice(_)));
        // Who sees all is told everything but what is a house's alone for good, and loses nothing.
        let is_seen = version.told.is_some() && !matches!(version.readers, Readers::Sealed(_));
        let is_staffs = is_seen && !is_hidden_from_staff(to, version)?;
        let is_common = matches!(version.readers, Readers::AllBut(_));
        let given = |is: bool, last: &mut i64| {
            *last += i64::from(is);
            is.then_some(*last)
        };
        let public = given(is_notice, &mut last.public);
        let seen = given(is_seen, &mut last.seen);
        let staff = given(is_staffs, &mut last.staff);
        let common = given(is_common, &mut last.common);
        let before = version.before.map(postcard::to_allocvec).transpose()?;
        let told = version.told.map(postcard::to_allocvec).transpose()?;
        to.prepare_cached(INSERT_VERSION)?.execute(params![
            last.number,
            version.name.kind,
            version.name.id,
            time(version.at),
            version.happened.map(time),
            postcard::to_allocvec(version.readers)?,
            before,
            told,
            public,
            seen,
            staff,
            common,
        ])?;
        match audience::flat(version.readers) {
            Readers::Only(own) => {
                for entity in own {
                    self.deviate(to, entity, last.common, Some(last.number))?;
                }
            }
            Readers::AllBut(denied) => {
                for entity in denied {
                    self.deviate(to, entity, last.common, None)?;
                }
            }
            Readers::Sealed(_) | Readers::Apart(_) => {}
        }
        self.last = Some(last);
        Ok(())
    }

    /// An entity is told of a version of its own, or misses the last common one.
    fn deviate(&mut self, to: &Connection, entity: EntityId, common: i64, version: Option<i64>) -> Result<(), Fault> {
        let place = match self.places.entry(entity) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let last = to.prepare_cached(LAST_DEVIATION)?.query_row([entity.0], |row| {
                    Ok(Place {
                        shown: row.get(0)?,
                        ordinal: row.get(1)?,
                        common: row.get(2)?,
                    })
                });
                unknown.insert(last.optional()?.unwrap_or_default())
            }
        };
        let told = if version.is_some() { 1 } else { -1 };
        *place = Place {
            shown: place.shown + (common - place.common) + told,
            ordinal: place.ordinal + 1,
            common,
        };
        to.prepare_cached(INSERT_DEVIATION)?.execute(params![
            entity.0,
            place.shown,
            place.ordinal,
            place.common,
            version,
        ])?;
        Ok(())
    }

    /// Forgets what is too much.
    pub(super) fn trim(&mut self) {
        if self.places.len() > REMEMBERED_MAX {
            self.places.clear();
        }
    }
}

/// The question that a notice changes, as it was told last.
fn last_question(to: &Connection, notice: &Notice) -> Result<LotQuestion, Fault> {
    match last_told(to, &Name::of_notice(notice))? {
        Some(Told::Notice(Notice::LotQuestion(question))) => Ok(question),
        _ => Err(Fault::Contradiction("a question is answered that there is not")),
    }
}

fn everyone() -> Readers {
    Readers::AllBut(Vec::new())
}

/// What was told of a record last.
fn last_told(to: &Connection, name: &Name) -> Result<Option<Told>, Fault> {
    let told: Option<Vec<u8>> = to
        .prepare_cached(LAST_TOLD)?
        .query_row((&name.kind, &name.id), |row| row.get(0))
        .optional()?;
    Ok(told.as_deref().map(postcard::from_bytes).transpose()?)
}

/// Whether a version differs from the one before only in what the venue's staff is not told: what one bids in a sale.
fn is_hidden_from_staff(to: &Connection, version: &Entering<'_>) -> Result<bool, Fault> {
    let Some(Told::Record(Record::Interest(now))) = version.told else {
        return Ok(false);
    };
    let before = last_told(to, version.name)?;
    Ok(matches!(before, Some(Told::Record(Record::Interest(before))) if before.state == now.state))
}

/// Who may read the last version of a record; nothing where there is none.
fn last_readers(to: &Connection, name: &Name) -> Result<Option<Readers>, Fault> {
    let readers: Option<Vec<u8>> = to
        .prepare_cached(SELECT_READERS)?
        .query_row((&name.kind, &name.id), |row| row.get(0))
        .optional()?;
    Ok(readers.as_deref().map(postcard::from_bytes).transpose()?)
}
