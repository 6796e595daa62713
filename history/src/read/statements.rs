//! Statements: what moved on an account, line by line, with what it had and held after each.

use super::{
    History,
    page::{List, Page, Window},
};
use crate::{
    error::Error,
    fold::cause,
    model::{Cause, Movement},
    rows::{at, currency},
    sql::{id, unreadable, word},
};
use protocol::{
    AccountId, Currency, InstrumentId, Money, OrderId, Quantity, Seq, TradeId, event::PostingReason, text::Reference,
};
use rusqlite::{Row, ToSql};

const CASH: &str = "number, at, happened_at, change, change_held, total, held, cause, subject, detail, fee, reference";
const UNITS: &str = "number, at, happened_at, change, change_held, total, held, cause, subject, detail, NULL, NULL";

impl History {
    /// What moved of an account's cash in a currency, by the time at which it was booked.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn cash(
        &self,
        account: AccountId,
        currency: Currency,
        window: &Window,
    ) -> Result<Page<Movement<Money>>, Error> {
        let currency = currency as u8;
        let of: [(&'static str, Option<&dyn ToSql>); 2] =
            [("account = ?", Some(&account.0)), ("currency = ?", Some(&currency))];
        let list = List {
            table: "cash",
            time: "at",
            columns: CASH,
            numbered: &of,
            meant: &of,
            index: None,
            is_sparse: false,
        };
        self.read(|connection| list.page(connection, window, |row| movement(row, Money::from_minor)))
    }

    /// What moved of an account's units of an instrument, by the time at which it was booked.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn units(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        window: &Window,
    ) -> Result<Page<Movement<Quantity>>, Error> {
        let of: [(&'static str, Option<&dyn ToSql>); 2] = [
            ("account = ?", Some(&account.0)),
            ("instrument = ?", Some(&instrument.0)),
        ];
        let list = List {
            table: "units",
            time: "at",
            columns: UNITS,
            numbered: &of,
            meant: &of,
            index: None,
            is_sparse: false,
        };
        self.read(|connection| list.page(connection, window, |row| movement(row, Quantity::from_units)))
    }

    /// In which currencies an account's cash ever moved.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn currencies_of(&self, account: AccountId) -> Result<Vec<Currency>, Error> {
        self.read(|connection| {
            let mut used = Vec::new();
            // Few words, each a look at the first line of its statement.
            let mut query = connection
                .prepare_cached("SELECT currency FROM cash WHERE account = ?1 AND currency = ?2 AND number = 1")?;
            for word in Currency::ALL {
                let mut rows = query.query((account.0, *word as u8))?;
                if let Some(row) = rows.next()? {
                    used.push(currency(row, 0)?);
                }
            }
            Ok(used)
        })
    }

    /// Up to `limit` instruments behind `after` of which an account's units ever moved.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn instruments_of(
        &self,
        account: AccountId,
        after: Option<InstrumentId>,
        limit: usize,
    ) -> Result<Vec<InstrumentId>, Error> {
        self.read(|connection| {
            // From one to the next by its key, past all lines of a statement at once.
            let mut query = connection
                .prepare_cached("SELECT min(instrument) FROM units WHERE account = ?1 AND instrument > ?2")?;
            let mut found = Vec::new();
            let mut after = after.map_or(-1, |after| i64::from(after.0));
            while found.len() < limit.clamp(1, super::page::LIMIT_MAX) {
                let next: Option<u32> = query.query_row((account.0, after), |row| row.get(0))?;
                let Some(next) = next else { break };
                found.push(InstrumentId(next));
                after = next.into();
            }
            Ok(found)
        })
    }
}

/// A line of a statement, and its number.
fn movement<T>(row: &Row<'_>, amount: impl Fn(i64) -> T) -> rusqlite::Result<(i64, Movement<T>)> {
    let number = row.get(0)?;
    let booked = at(row, 1)?;
    let happened_at = match row.get::<_, Option<i64>>(2)? {
        Some(_) => at(row, 2)?,
        None => booked,
    };
    let subject = || row.get(8).map(id);
    let trade = || row.get(9).map(|trade| TradeId(id(trade)));
    let order = || subject().map(OrderId);
    let reference = || {
        let text: String = row.get(11)?;
        Reference::new(&text).ok_or_else(|| unreadable(11))
    };
    let fee = || {
        row.get::<_, Option<i64>>(10)
            .map(|fee| Money::from_minor(fee.unwrap_or(0)))
    };
    let cause = match row.get(7)? {
        cause::RECEIVED => Cause::Received {
            reference: reference()?,
        },
        cause::PAID => Cause::Paid {
            reference: reference()?,
        },
        cause::ISSUED => Cause::Issued,
        cause::ORDERED => Cause::Ordered { order: order()? },
        cause::FILLED => Cause::Filled {
            order: order()?,
            trade: trade()?,
            fee: fee()?,
        },
        cause::CANCELLED => Cause::Cancelled { order: order()? },
        cause::FEES => Cause::Fees { trade: trade()? },
        cause::POSTED => Cause::Posted {
            deal: Seq(subject()?),
            reason: word(PostingReason::ALL, |one| one as i64, row.get(9)?, 9)?,
        },
        _ => return Err(unreadable(7)),
    };
    let movement = Movement {
        number: id(number),
        at: booked,
        happened_at,
        change: amount(row.get(3)?),
        change_held: amount(row.get(4)?),
        total: amount(row.get(5)?),
        held: amount(row.get(6)?),
        cause,
    };
    Ok((number, movement))
}
