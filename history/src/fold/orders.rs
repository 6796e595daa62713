//! Orders and their fills: a row each, numbered for its entity.

use crate::{
    error::Fault,
    fact::Fact,
    model::{Order, OrderState},
    rows,
    sql::{REMEMBERED_MAX, bits, count, time},
};
use protocol::{EntityId, Money, OrderId, PrivateEvent, Quantity, Reject, Timestamp};
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashMap};

/// The number of the last row of an entity.
const LAST_ORDER: &str = "SELECT ifnull(max(number), 0) FROM orders WHERE entity = ?1";
const LAST_FILL: &str = "SELECT ifnull(max(number), 0) FROM fills WHERE entity = ?1";
const INSERT_FILL: &str = "INSERT INTO fills VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const INSERT_ORDER: &str = "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
     ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
const UPDATE_ORDER: &str = "UPDATE orders SET filled = ?3, remaining = ?4, filled_value = ?5, fees = ?6, held = ?7, \
     state = ?8, reason = ?9, changed_at = ?10 WHERE entity = ?1 AND number = ?2";

/// An order that is remembered.
#[derive(Debug)]
struct Row {
    number: i64,
    order: Order,
    /// Whether the table has it.
    is_written: bool,
}

/// The orders that changed since the last transaction, and some of before.
#[derive(Debug, Default)]
pub(super) struct Orders {
    open: HashMap<OrderId, Row>,
    /// Those that changed since.
    changed: BTreeSet<(EntityId, i64, OrderId)>,
    last_order: HashMap<EntityId, i64>,
    last_fill: HashMap<EntityId, i64>,
}

/// The next number of an entity's rows.
fn next(last: &mut HashMap<EntityId, i64>, to: &Connection, query: &str, entity: EntityId) -> Result<i64, Fault> {
    let last = match last.entry(entity) {
        std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::hash_map::Entry::Vacant(unknown) => {
            let number = to.prepare_cached(query)?.query_row([entity.0], |row| row.get(0))?;
            unknown.insert(number)
        }
    };
    *last += 1;
    Ok(*last)
}

impl Orders {
    pub(super) fn accept(
        &mut self,
        to: &Connection,
        entity: EntityId,
        event: &PrivateEvent,
        fact: &Fact,
    ) -> Result<(), Fault> {
        let &PrivateEvent::OrderAccepted {
            order,
            account,
            instrument,
            side,
            price,
            quantity,
            held,
        } = event
        else {
            return Ok(());
        };
        let asked_for = fact.order.as_deref();
        let row = Order {
            entity,
            account,
            order: Some(order),
            instrument,
            side,
            order_type: asked_for.map(|told| told.order.kind.order_type()),
            price: Some(price),
            quantity,
            filled: Quantity::ZERO,
            remaining: quantity,
            filled_value: Money::ZERO,
            fees: Money::ZERO,
            held,
            state: OrderState::Open,
            by: asked_for.map(|told| told.by),
            client: asked_for.and_then(|told| told.client),
            client_id: asked_for.and_then(|told| told.client_id.clone()),
            entered_at: fact.at,
            changed_at: fact.at,
        };
        let number = next(&mut self.last_order, to, LAST_ORDER, entity)?;
        self.changed.insert((entity, number, order));
        let row = Row {
            number,
            order: row,
            is_written: false,
        };
        match self.open.insert(order, row) {
            Some(before) if before.order.state == OrderState::Open => {
                Err(Fault::Contradiction("an order is accepted twice"))
            }
            _ => Ok(()),
        }
    }

    /// An order that was refused; only where the fact tells which.
    pub(super) fn reject(
        &mut self,
        to: &Connection,
        entity: EntityId,
        reject: Reject,
        fact: &Fact,
    ) -> Result<(), Fault> {
        let Some(told) = fact.order.as_deref() else {
            return Ok(());
        };
        let order = Order {
            entity,
            account: told.order.account,
            order: None,
            instrument: told.order.instrument,
            side: told.order.side,
            order_type: Some(told.order.kind.order_type()),
            price: told.order.kind.price(),
            quantity: told.order.quantity,
            filled: Quantity::ZERO,
            remaining: Quantity::ZERO,
            filled_value: Money::ZERO,
            fees: Money::ZERO,
            held: Money::ZERO,
            state: OrderState::Rejected(reject),
            by: Some(told.by),
            client: told.client,
            client_id: told.client_id.clone(),
            entered_at: fact.at,
            changed_at: fact.at,
        };
        let number = next(&mut self.last_order, to, LAST_ORDER, entity)?;
        insert(to, number, &order)
    }

    pub(super) fn fill(
        &mut self,
        to: &Connection,
        entity: EntityId,
        event: &PrivateEvent,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let &PrivateEvent::OrderFilled {
            order,
            account,
            instrument,
            side,
            trade,
            price,
            quantity,
            fee,
            released,
        } = event
        else {
            return Ok(());
        };
        let row = self.open(to, order)?;
        let filled = || {
            let value = price.times(quantity)?;
            let row = &mut row.order;
            row.filled = row.filled.checked_add(quantity)?;
            row.remaining = row.remaining.checked_sub(quantity)?;
            row.filled_value = row.filled_value.checked_add(value)?;
            row.fees = row.fees.checked_add(fee)?;
            if row.side == protocol::Side::Buy {
                row.held = row.held.checked_sub(value.checked_add(fee)?.checked_add(released)?)?;
            }
            if row.remaining == Quantity::ZERO {
                row.state = OrderState::Filled;
            }
            row.changed_at = at;
            Some(())
        };
        let mut filled = filled;
        filled().ok_or(Fault::Contradiction("a fill is beyond its order"))?;
        let key = (row.order.entity, row.number, order);
        self.changed.insert(key);
        let number = next(&mut self.last_fill, to, LAST_FILL, entity)?;
        to.prepare_cached(INSERT_FILL)?.execute(params![
            entity.0,
            number,
            account.0,
            bits(order.0),
            instrument.0,
            side as u8,
            count(trade.0),
            price.minor(),
            quantity.units(),
            fee.minor(),
            time(at),
        ])?;
        Ok(())
    }

    pub(super) fn cancel(&mut self, to: &Connection, event: &PrivateEvent, at: Timestamp) -> Result<(), Fault> {
        let &PrivateEvent::OrderCancelled { order, reason, .. } = event else {
            return Ok(());
        };
        let row = self.open(to, order)?;
        row.order.remaining = Quantity::ZERO;
        row.order.held = Money::ZERO;
        row.order.state = OrderState::Cancelled(reason);
        row.order.changed_at = at;
        let key = (row.order.entity, row.number, order);
        self.changed.insert(key);
        Ok(())
    }

    /// An order that is open.
    fn open(&mut self, to: &Connection, order: OrderId) -> Result<&mut Row, Fault> {
        let row = match self.open.entry(order) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(unknown) => {
                let found = rows::order_of(to, order)?;
                let (number, order) = found.ok_or(Fault::Contradiction("an event names an order that there is not"))?;
                unknown.insert(Row {
                    number,
                    order,
                    is_written: true,
                })
            }
        };
        if row.order.state != OrderState::Open {
            return Err(Fault::Contradiction("an order goes on behind its end"));
        }
        Ok(row)
    }

    pub(super) fn flush(&mut self, to: &Connection) -> Result<(), Fault> {
        for (_, _, id) in std::mem::take(&mut self.changed) {
            let Some(row) = self.open.get_mut(&id) else {
                continue;
            };
            if row.is_written {
                update(to, row.number, &row.order)?;
            } else {
                insert(to, row.number, &row.order)?;
                row.is_written = true;
            }
            if row.order.state != OrderState::Open {
                self.open.remove(&id);
            }
        }
        if self.open.len() > REMEMBERED_MAX {
            self.open.clear();
        }
        for last in [&mut self.last_order, &mut self.last_fill] {
            if last.len() > REMEMBERED_MAX {
                last.clear();
            }
        }
        Ok(())
    }
}

fn insert(to: &Connection, number: i64, order: &Order) -> Result<(), Fault> {
    let (state, reason) = rows::state(order.state);
    to.prepare_cached(INSERT_ORDER)?.execute(params![
        order.entity.0,
        number,
        order.account.0,
        order.order.map(|order| bits(order.0)),
        order.instrument.0,
        order.side as u8,
        order.order_type.map(|order_type| order_type as u8),
        order.price.map(protocol::Price::minor),
        order.quantity.units(),
        order.filled.units(),
        order.remaining.units(),
        order.filled_value.minor(),
        order.fees.minor(),
        order.held.minor(),
        state,
        reason,
        order.by.map(|by| by.0),
        order.client,
        order.client_id.as_ref().map(protocol::ClientId::as_str),
        time(order.entered_at),
        time(order.changed_at),
    ])?;
    Ok(())
}

fn update(to: &Connection, number: i64, order: &Order) -> Result<(), Fault> {
    let (state, reason) = rows::state(order.state);
    to.prepare_cached(UPDATE_ORDER)?.execute(params![
        order.entity.0,
        number,
        order.filled.units(),
        order.remaining.units(),
        order.filled_value.minor(),
        order.fees.minor(),
        order.held.minor(),
        state,
        reason,
        time(order.changed_at),
    ])?;
    Ok(())
}
