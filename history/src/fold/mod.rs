//! Folding: facts into rows.
//!
//! Invariant: rows follow from the facts alone. What is remembered between them (the last line of a statement, an order
//! that is open, a candle) is what the tables say, so it may be forgotten at any time.

mod days;
mod market;
mod movements;
mod orders;
mod records;

pub(crate) use days::ALL;
pub(crate) use movements::cause;

use crate::{error::Fault, fact::Fact};
use protocol::{Event, PrivateEvent, PublicEvent};
use rusqlite::Connection;

/// What is remembered of the tables.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    orders: orders::Orders,
    movements: movements::Movements,
    market: market::Market,
    records: records::Records,
}

impl Fold {
    /// Takes in a fact; some of its rows wait for [`Self::flush`].
    pub(crate) fn fold(&mut self, to: &Connection, fact: &Fact) -> Result<(), Fault> {
        match &fact.event {
            Event::Public(public) => match public {
                PublicEvent::UnitsListed(listed) => {
                    self.market.list(to, listed.instrument, listed.terms.currency)?;
                }
                PublicEvent::Traded { .. } => self.market.print(to, public, fact.at)?,
                PublicEvent::Notice(notice) => self.records.notice(to, notice, fact)?,
                PublicEvent::LotBid(bid) => self.records.bid(to, bid, fact)?,
                _ => {}
            },
            Event::Private(entity, private) => {
                let currency = self.market.currency(to, private)?;
                self.movements.fold(to, private, currency, fact)?;
                match private {
                    PrivateEvent::Rejected { reject, .. } => self.orders.reject(to, *entity, *reject, fact)?,
                    PrivateEvent::OrderAccepted { .. } => self.orders.accept(to, *entity, private, fact)?,
                    PrivateEvent::OrderFilled { .. } => self.orders.fill(to, *entity, private, fact.at)?,
                    PrivateEvent::OrderCancelled { .. } => self.orders.cancel(to, private, fact.at)?,
                    _ => {}
                }
            }
            Event::Record(changed) => self.records.record(to, changed, fact)?,
            Event::Staff(_) | Event::Sealed(..) => {}
        }
        if fact.last {
            self.records.end_command(to, fact.at)?;
        }
        Ok(())
    }

    /// Writes what waits, in the order of its keys.
    pub(crate) fn flush(&mut self, to: &Connection) -> Result<(), Fault> {
        self.orders.flush(to)?;
        self.market.flush(to)?;
        self.movements.flush(to)?;
        self.records.trim();
        Ok(())
    }

    /// Forgets everything: the tables are as they were.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}
