//! Prints, and the candles that follow from them; which currency an instrument is paid in.
//!
//! Candles are kept as the prints come. A day of a lively book has a million prints, and a page of a year's days would
//! read them all; kept, it reads a row a candle. In memory a candle is written once a transaction, so it costs the
//! writer little.

use crate::{
    error::Fault,
    rows,
    sql::{REMEMBERED_MAX, count, time},
};
use protocol::{
    Currency, InstrumentId, PrivateEvent, PublicEvent, Timestamp,
    candle::{Candle, Resolution},
};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};

const LAST_PRINT: &str = "SELECT ifnull(max(number), 0) FROM prints WHERE instrument = ?1";
const INSERT_PRINT: &str = "INSERT INTO prints VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const INSERT_INSTRUMENT: &str = "INSERT INTO instruments VALUES (?1, ?2)";
const SELECT_INSTRUMENT: &str = "SELECT currency FROM instruments WHERE instrument = ?1";
const REPLACE_CANDLE: &str = "INSERT OR REPLACE INTO candles VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// What is remembered of the instruments, and the candles that changed since the last transaction.
#[derive(Debug, Default)]
pub(super) struct Market {
    currencies: HashMap<InstrumentId, Currency>,
    last_print: HashMap<InstrumentId, i64>,
    candles: BTreeMap<(InstrumentId, Resolution, Timestamp), Candle>,
}

impl Market {
    pub(super) fn list(&mut self, to: &Connection, instrument: InstrumentId, currency: Currency) -> Result<(), Fault> {
        self.currencies.insert(instrument, currency);
        to.prepare_cached(INSERT_INSTRUMENT)?
            .execute((instrument.0, currency as u8))?;
        Ok(())
    }

    /// The currency of the instrument that an event of an order names.
    pub(super) fn currency(&mut self, to: &Connection, event: &PrivateEvent) -> Result<Option<Currency>, Fault> {
        let (PrivateEvent::OrderAccepted { instrument, .. }
        | PrivateEvent::OrderFilled { instrument, .. }
        | PrivateEvent::OrderCancelled { instrument, .. }) = event
        else {
            return Ok(None);
        };
        match self.currencies.entry(*instrument) {
            Entry::Occupied(known) => Ok(Some(*known.get())),
            Entry::Vacant(unknown) => {
                let found = to
                    .prepare_cached(SELECT_INSTRUMENT)?
                    .query_row([instrument.0], |row| rows::currency(row, 0))
                    .optional()?;
                Ok(found.map(|currency| *unknown.insert(currency)))
            }
        }
    }

    pub(super) fn print(&mut self, to: &Connection, event: &PublicEvent, at: Timestamp) -> Result<(), Fault> {
        let &PublicEvent::Traded {
            instrument,
            trade,
            taker_side,
            price,
            quantity,
            sandbox,
            ..
        } = event
        else {
            return Ok(());
        };
        let number = match self.last_print.entry(instrument) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let last = to
                    .prepare_cached(LAST_PRINT)?
                    .query_row([instrument.0], |row| row.get(0))?;
                unknown.insert(last)
            }
        };
        *number += 1;
        to.prepare_cached(INSERT_PRINT)?.execute(params![
            instrument.0,
            *number,
            count(trade.0),
            time(at),
            price.minor(),
            quantity.units(),
            taker_side as u8,
            sandbox,
        ])?;
        for resolution in Resolution::ALL {
            let start = resolution.start(at);
            let key = (instrument, resolution, start);
            let known = match self.candles.get_mut(&key) {
                Some(candle) => Some(candle),
                None => match rows::candle_at(to, instrument, resolution, start)? {
                    Some(candle) => Some(self.candles.entry(key).or_insert(candle)),
                    None => None,
                },
            };
            match known {
                Some(candle) => candle.add(price, quantity, sandbox),
                None => _ = self.candles.insert(key, Candle::new(start, price, quantity, sandbox)),
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self, to: &Connection) -> Result<(), Fault> {
        for ((instrument, resolution, _), candle) in std::mem::take(&mut self.candles) {
            to.prepare_cached(REPLACE_CANDLE)?.execute(params![
                instrument.0,
                count(resolution.seconds()),
                time(candle.start),
                candle.open.minor(),
                candle.high.minor(),
                candle.low.minor(),
                candle.close.minor(),
                count(candle.volume),
                count(candle.trades),
                candle.sandbox,
            ])?;
        }
        if self.last_print.len() > REMEMBERED_MAX {
            self.last_print.clear();
        }
        if self.currencies.len() > REMEMBERED_MAX {
            self.currencies.clear();
        }
        Ok(())
    }
}
