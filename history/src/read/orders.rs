//! Orders and fills.

use super::{
    History,
    page::{Condition, List, Page, Window},
};
use crate::{
    error::Error,
    model::{Fill, Order},
    rows,
    sql::bits,
};
use protocol::{AccountId, EntityId, InstrumentId, OrderId};
use rusqlite::{Connection, OptionalExtension as _, ToSql};

/// Whose orders or fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A participant's, of all its accounts.
    Entity(EntityId),
    /// An account's.
    Account(AccountId),
}

/// How an order stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can still trade.
    Open,
    /// All of it has traded.
    Filled,
    /// What was left of it was cancelled.
    Cancelled,
    /// It was refused.
    Rejected,
}

/// Which orders are asked for; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// How they stand.
    pub status: Option<Status>,
    /// What they trade.
    pub instrument: Option<InstrumentId>,
    /// The trace of the client's name for them.
    pub client: Option<[u8; 16]>,
}

impl History {
    /// The orders of a participant or an account, by the time of their entry.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn orders(&self, of: Owner, asked: &Asked, window: &Window) -> Result<Page<Order>, Error> {
        let state = asked.status.map(|status| match status {
            Status::Open => rows::OPEN,
            Status::Filled => rows::FILLED,
            Status::Cancelled => rows::CANCELLED,
            Status::Rejected => rows::REJECTED,
        });
        let instrument = asked.instrument.map(|instrument| instrument.0);
        self.read(|connection| {
            let Some(entity) = entity(connection, "orders", of)? else {
                return Ok(Page::EMPTY);
            };
            let numbered: [Condition<'_>; 1] = [("entity = ?", Some(&entity))];
            let mut meant = Vec::new();
            let index = match (&asked.client, asked.status, of) {
                (Some(_), ..) => Some("orders_by_client"),
                (None, Some(Status::Open), _) => Some("orders_open"),
                (None, _, Owner::Account(_)) => Some("orders_by_account"),
                (None, _, Owner::Entity(_)) => None,
            };
            if index != Some("orders_by_account") {
                meant.extend(numbered);
            }
            if let Owner::Account(AccountId(account)) = &of {
                meant.push(("account = ?", Some(account as &dyn ToSql)));
            }
            match &state {
                // In so many words, as the index of the open ones has it.
                Some(rows::OPEN) => meant.push(("state = 0", None)),
                Some(state) => meant.push(("state = ?", Some(state))),
                None => {}
            }
            if let Some(instrument) = &instrument {
                meant.push(("instrument = ?", Some(instrument)));
            }
            if let Some(client) = &asked.client {
                meant.push(("client = ?", Some(client)));
            }
            let is_found = matches!(index, Some("orders_by_client" | "orders_open"));
            let list = List {
                table: "orders",
                time: "entered_at",
                columns: rows::ORDER,
                numbered: &numbered,
                meant: &meant,
                index,
                is_sparse: !is_found && (state.is_some() || instrument.is_some()),
            };
            list.page(connection, window, rows::order)
        })
    }

    /// An order, whatever became of it; nothing where there never was one of this number.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn order(&self, order: OrderId) -> Result<Option<Order>, Error> {
        self.read(|connection| {
            let found = rows::order_of(connection, order)?;
            Ok(found.map(|(_, order)| order))
        })
    }

    /// The fills of a participant or an account, of one instrument or of all, by their time.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn fills(&self, of: Owner, instrument: Option<InstrumentId>, window: &Window) -> Result<Page<Fill>, Error> {
        let instrument = instrument.map(|instrument| instrument.0);
        self.read(|connection| {
            let Some(entity) = entity(connection, "fills", of)? else {
                return Ok(Page::EMPTY);
            };
            let (whose, index): (Condition<'_>, _) = match &of {
                Owner::Entity(_) => (("entity = ?", Some(&entity)), None),
                Owner::Account(AccountId(account)) => (("account = ?", Some(account)), Some("fills_by_account")),
            };
            let mut meant = vec![whose];
            if let Some(instrument) = &instrument {
                meant.push(("instrument = ?", Some(instrument)));
            }
            fills(connection, entity, &meant, index, window)
        })
    }

    /// The fills of an order, by their time.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn fills_of(&self, order: OrderId, window: &Window) -> Result<Page<Fill>, Error> {
        let order = bits(order.0);
        self.read(|connection| {
            let entity: Option<i64> = connection
                .prepare_cached("SELECT entity FROM orders WHERE order_id = ?1")?
                .query_row([order], |row| row.get(0))
                .optional()?;
            match entity {
                Some(entity) => {
                    let meant: [Condition<'_>; 1] = [("order_id = ?", Some(&order))];
                    fills(connection, entity, &meant, Some("fills_by_order"), window)
                }
                None => Ok(Page::EMPTY),
            }
        })
    }
}

/// A participant's fills of which these hold.
fn fills(
    of: &Connection,
    entity: i64,
    meant: &[Condition<'_>],
    index: Option<&'static str>,
    window: &Window,
) -> rusqlite::Result<Page<Fill>> {
    let list = List {
        table: "fills",
        time: "at",
        columns: rows::FILL,
        numbered: &[("entity = ?", Some(&entity))],
        meant,
        index,
        is_sparse: meant.len() > 1,
    };
    list.page(of, window, rows::fill)
}

/// Whose rows an owner's are numbered with: none where an account has no row.
fn entity(of: &Connection, table: &'static str, owner: Owner) -> rusqlite::Result<Option<i64>> {
    match owner {
        Owner::Entity(entity) => Ok(Some(entity.0.into())),
        Owner::Account(account) => {
            let query = format!("SELECT entity FROM {table} WHERE account = ? LIMIT 1");
            of.prepare_cached(&query)?
                .query_row([account.0], |row| row.get(0))
                .optional()
        }
    }
}
