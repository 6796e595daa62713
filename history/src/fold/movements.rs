//! Statements: each movement of cash and units, with what the account has and holds after it.

use super::days::{Booked, Days, NO_REASON};
use crate::{
    error::Fault,
    fact::Fact,
    model,
    sql::{REMEMBERED_MAX, bits, count, time},
};
use protocol::{AccountId, Currency, InstrumentId, PrivateEvent, Seq, Side, event::PostingReason};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::HashMap;

/// What a movement is caused by, as it stands in the tables.
pub(crate) mod cause {
    pub(crate) const RECEIVED: u8 = 0;
    pub(crate) const PAID: u8 = 1;
    pub(crate) const ISSUED: u8 = 2;
    pub(crate) const ORDERED: u8 = 3;
    pub(crate) const FILLED: u8 = 4;
    pub(crate) const CANCELLED: u8 = 5;
    pub(crate) const FEES: u8 = 6;
    pub(crate) const POSTED: u8 = 7;
}

const LAST_CASH: &str =
    "SELECT number, total, held FROM cash WHERE account = ?1 AND currency = ?2 ORDER BY number DESC LIMIT 1";
const LAST_UNITS: &str =
    "SELECT number, total, held FROM units WHERE account = ?1 AND instrument = ?2 ORDER BY number DESC LIMIT 1";
const INSERT_CASH: &str = "INSERT INTO cash VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const INSERT_UNITS: &str = "INSERT INTO units VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// The last line of a statement.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    number: i64,
    total: i64,
    held: i64,
}

/// The last lines of some statements.
#[derive(Debug, Default)]
pub(super) struct Movements {
    cash: HashMap<(AccountId, u8), Line>,
    units: HashMap<(AccountId, InstrumentId), Line>,
    days: Days,
}

/// A movement: by how much the total and what is held change, and why.
#[derive(Clone, Copy, Debug)]
struct Moved<'a> {
    change: i64,
    held: i64,
    cause: u8,
    subject: Option<i64>,
    detail: Option<i64>,
    fee: Option<i64>,
    reference: Option<&'a str>,
}

impl Moved<'_> {
    fn new(change: i64, held: i64, cause: u8) -> Self {
        Self {
            change,
            held,
            cause,
            subject: None,
            detail: None,
            fee: None,
            reference: None,
        }
    }

    fn of(self, subject: u64) -> Self {
        Self {
            subject: Some(bits(subject)),
            ..self
        }
    }

    /// What a deal did: the total changes by both, what is held by the second.
    fn posted(free: i64, held: i64, deal: Seq, reason: PostingReason) -> Result<Self, Fault> {
        let change = free.checked_add(held).ok_or(BEYOND)?;
        Ok(Self {
            detail: Some(i64::from(reason as u8)),
            ..Self::new(change, held, cause::POSTED).of(deal.0)
        })
    }
}

impl Moved<'_> {
    /// The same, as the day sees it in which it is booked.
    fn booked(&self, account: AccountId, of: model::Moved, fact: &Fact, line: Line) -> Booked {
        let is_posted = self.cause == cause::POSTED;
        Booked {
            account,
            of,
            day: fact.at.venue_date(),
            cause: self.cause,
            reason: self.detail.filter(|_| is_posted).unwrap_or(NO_REASON),
            change: self.change,
            change_held: self.held,
            after: (line.total, line.held),
        }
    }
}

const BEYOND: Fault = Fault::Contradiction("a movement is beyond all money");

impl Movements {
    /// Takes in a private event; `currency` is that of its instrument, if it has one.
    pub(super) fn fold(
        &mut self,
        to: &Connection,
        event: &PrivateEvent,
        currency: Option<Currency>,
        fact: &Fact,
    ) -> Result<(), Fault> {
        let unlisted = || Fault::Contradiction("an order is for units that are not listed");
        match event {
            PrivateEvent::CashReceived(cash) => {
                let moved = Moved {
                    reference: Some(cash.reference.as_str()),
                    ..Moved::new(cash.amount.minor(), 0, cause::RECEIVED)
                };
                self.cash(to, cash.account, cash.currency, moved, fact)
            }
            PrivateEvent::CashPaid(cash) => {
                let moved = Moved {
                    reference: Some(cash.reference.as_str()),
                    ..Moved::new(-cash.amount.minor(), 0, cause::PAID)
                };
                self.cash(to, cash.account, cash.currency, moved, fact)
            }
            PrivateEvent::FeesCollected {
                account,
                trade,
                currency,
                amount,
            } => {
                let moved = Moved {
                    detail: Some(count(trade.0)),
                    ..Moved::new(amount.minor(), 0, cause::FEES)
                };
                self.cash(to, *account, *currency, moved, fact)
            }
            PrivateEvent::CashPosted(posting) => {
                let (free, held) = (posting.free.minor(), posting.held.minor());
                let moved = Moved::posted(free, held, posting.deal, posting.reason)?;
                self.cash(to, posting.account, posting.currency, moved, fact)
            }
            PrivateEvent::UnitsPosted(posting) => {
                let (free, held) = (posting.free.units(), posting.held.units());
                let moved = Moved::posted(free, held, posting.deal, posting.reason)?;
                self.units(to, posting.account, posting.instrument, moved, fact)
            }
            PrivateEvent::UnitsReceived {
                account,
                instrument,
                quantity,
            } => {
                let moved = Moved::new(quantity.units(), 0, cause::ISSUED);
                self.units(to, *account, *instrument, moved, fact)
            }
            PrivateEvent::OrderAccepted {
                order,
                account,
                instrument,
                side,
                quantity,
                held,
                ..
            } => match side {
                Side::Buy => {
                    let moved = Moved::new(0, held.minor(), cause::ORDERED).of(order.0);
                    self.cash(to, *account, currency.ok_or_else(unlisted)?, moved, fact)
                }
                Side::Sell => {
                    let moved = Moved::new(0, quantity.units(), cause::ORDERED).of(order.0);
                    self.units(to, *account, *instrument, moved, fact)
                }
            },
            PrivateEvent::OrderFilled {
                order,
                account,
                instrument,
                side,
                trade,
                price,
                quantity,
                fee,
                released,
            } => {
                let value = price.times(*quantity).ok_or(BEYOND)?.minor();
                let (fee, released, quantity) = (fee.minor(), released.minor(), quantity.units());
                let (paid, used) = match side {
                    Side::Buy => (
                        value.checked_add(fee),
                        value.checked_add(fee).and_then(|paid| paid.checked_add(released)),
                    ),
                    Side::Sell => (fee.checked_sub(value), Some(0)),
                };
                let (paid, used) = paid.zip(used).ok_or(BEYOND)?;
                let cash = Moved {
                    detail: Some(count(trade.0)),
                    fee: Some(fee),
                    ..Moved::new(-paid, -used, cause::FILLED).of(order.0)
                };
                self.cash(to, *account, currency.ok_or_else(unlisted)?, cash, fact)?;
                let (change, held) = match side {
                    Side::Buy => (quantity, 0),
                    Side::Sell => (-quantity, -quantity),
                };
                let units = Moved {
                    detail: Some(count(trade.0)),
                    ..Moved::new(change, held, cause::FILLED).of(order.0)
                };
                self.units(to, *account, *instrument, units, fact)
            }
            PrivateEvent::OrderCancelled {
                order,
                account,
                instrument,
                side,
                quantity,
                released,
                ..
            } => match side {
                Side::Buy => {
                    let moved = Moved::new(0, -released.minor(), cause::CANCELLED).of(order.0);
                    self.cash(to, *account, currency.ok_or_else(unlisted)?, moved, fact)
                }
                Side::Sell => {
                    let moved = Moved::new(0, -quantity.units(), cause::CANCELLED).of(order.0);
                    self.units(to, *account, *instrument, moved, fact)
                }
            },
            PrivateEvent::Rejected { .. }
            | PrivateEvent::AccountOpened { .. }
            | PrivateEvent::AssetRegistered { .. }
            | PrivateEvent::TitleTranslated { .. }
            | PrivateEvent::BidStands { .. }
            | PrivateEvent::BidTaken(_) => Ok(()),
        }
    }

    fn cash(
        &mut self,
        to: &Connection,
        account: AccountId,
        currency: Currency,
        moved: Moved<'_>,
        fact: &Fact,
    ) -> Result<(), Fault> {
        let key = (account, currency as u8);
        let line = advance(&mut self.cash, key, moved, |&(account, currency)| {
            to.prepare_cached(LAST_CASH)?
                .query_row((account.0, currency), line)
                .optional()
        })?;
        to.prepare_cached(INSERT_CASH)?.execute(params![
            account.0,
            currency as u8,
            line.number,
            time(fact.at),
            fact.happened.map(time),
            moved.change,
            moved.held,
            line.total,
            line.held,
            moved.cause,
            moved.subject,
            moved.detail,
            moved.fee,
            moved.reference,
        ])?;
        self.days
            .add(to, moved.booked(account, model::Moved::Cash(currency), fact, line))
    }

    fn units(
        &mut self,
        to: &Connection,
        account: AccountId,
        instrument: InstrumentId,
        moved: Moved<'_>,
        fact: &Fact,
    ) -> Result<(), Fault> {
        let key = (account, instrument);
        let line = advance(&mut self.units, key, moved, |&(account, instrument)| {
            to.prepare_cached(LAST_UNITS)?
                .query_row((account.0, instrument.0), line)
                .optional()
        })?;
        to.prepare_cached(INSERT_UNITS)?.execute(params![
            account.0,
            instrument.0,
            line.number,
            time(fact.at),
            fact.happened.map(time),
            moved.change,
            moved.held,
            line.total,
            line.held,
            moved.cause,
            moved.subject,
            moved.detail,
        ])?;
        self.days
            .add(to, moved.booked(account, model::Moved::Units(instrument), fact, line))
    }

    /// Writes what waits of days, and forgets what is too much.
    pub(super) fn flush(&mut self, to: &Connection) -> Result<(), Fault> {
        self.days.flush(to)?;
        if self.cash.len() > REMEMBERED_MAX {
            self.cash.clear();
        }
        if self.units.len() > REMEMBERED_MAX {
            self.units.clear();
        }
        Ok(())
    }
}

fn line(row: &rusqlite::Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        number: row.get(0)?,
        total: row.get(1)?,
        held: row.get(2)?,
    })
}

/// The line behind the last one of a statement.
fn advance<K: std::hash::Hash + Eq>(
    lines: &mut HashMap<K, Line>,
    key: K,
    moved: Moved<'_>,
    last: impl FnOnce(&K) -> rusqlite::Result<Option<Line>>,
) -> Result<Line, Fault> {
    use std::collections::hash_map::Entry;
    let line = match lines.entry(key) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => {
            let line = last(unknown.key())?.unwrap_or_default();
            unknown.insert(line)
        }
    };
    line.number += 1;
    line.total = line.total.checked_add(moved.change).ok_or(BEYOND)?;
    line.held = line.held.checked_add(moved.held).ok_or(BEYOND)?;
    Ok(*line)
}
