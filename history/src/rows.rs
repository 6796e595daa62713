//! Rows as the protocol's types, for who folds and who reads.

use crate::{
    model::{Fill, Order, OrderState, Print},
    sql::{bits, count, id, time, unreadable, word},
};
use protocol::{
    AccountId, ClientId, Currency, EntityId, InstrumentId, Money, OrderId, Price, Quantity, Reject, Side, Timestamp,
    TradeId, UserId,
    candle::{Candle, Resolution},
    event::CancelReason,
    order::OrderType,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

/// The columns of [`order`].
pub(crate) const ORDER: &str = "number, entity, account, order_id, instrument, side, type, price, quantity, filled, \
     remaining, filled_value, fees, held, state, reason, by_user, client, client_id, entered_at, changed_at";

/// The order of an id, and its number for its entity.
pub(crate) fn order_of(of: &Connection, order: OrderId) -> rusqlite::Result<Option<(i64, Order)>> {
    let mut query = of.prepare_cached(ORDER_OF)?;
    query.query_row([bits(order.0)], self::order).optional()
}

const ORDER_OF: &str = "SELECT number, entity, account, order_id, instrument, side, type, price, quantity, filled, \
     remaining, filled_value, fees, held, state, reason, by_user, client, client_id, entered_at, changed_at \
     FROM orders WHERE order_id = ?1";

/// An order, and its number for its entity.
pub(crate) fn order(row: &Row<'_>) -> rusqlite::Result<(i64, Order)> {
    let order = Order {
        entity: EntityId(row.get(1)?),
        account: AccountId(row.get(2)?),
        order: row.get::<_, Option<i64>>(3)?.map(|order| OrderId(id(order))),
        instrument: InstrumentId(row.get(4)?),
        side: side(row, 5)?,
        order_type: order_type(row, 6)?,
        price: row.get::<_, Option<i64>>(7)?.map(Price::from_minor),
        quantity: quantity(row, 8)?,
        filled: quantity(row, 9)?,
        remaining: quantity(row, 10)?,
        filled_value: money(row, 11)?,
        fees: money(row, 12)?,
        held: money(row, 13)?,
        state: match (row.get(14)?, row.get::<_, Option<i64>>(15)?) {
            (OPEN, None) => OrderState::Open,
            (FILLED, None) => OrderState::Filled,
            (CANCELLED, Some(reason)) => OrderState::Cancelled(word(CancelReason::ALL, |one| one as i64, reason, 15)?),
            (REJECTED, Some(reject)) => OrderState::Rejected(word(Reject::ALL, |one| one as i64, reject, 15)?),
            _ => return Err(unreadable(14)),
        },
        by: row.get::<_, Option<u32>>(16)?.map(UserId),
        client: row.get(17)?,
        client_id: client_id(row, 18)?,
        entered_at: at(row, 19)?,
        changed_at: at(row, 20)?,
    };
    Ok((row.get(0)?, order))
}

pub(crate) const OPEN: i64 = 0;
pub(crate) const FILLED: i64 = 1;
pub(crate) const CANCELLED: i64 = 2;
pub(crate) const REJECTED: i64 = 3;

/// A state, and its reason.
pub(crate) fn state(state: OrderState) -> (i64, Option<i64>) {
    match state {
        OrderState::Open => (OPEN, None),
        OrderState::Filled => (FILLED, None),
        OrderState::Cancelled(reason) => (CANCELLED, Some(reason as i64)),
        OrderState::Rejected(reject) => (REJECTED, Some(reject as i64)),
    }
}

fn order_type(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<OrderType>> {
    let number = row.get::<_, Option<i64>>(at)?;
    number
        .map(|number| word(OrderType::ALL, |one| one as i64, number, at))
        .transpose()
}

fn client_id(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ClientId>> {
    let text = row.get_ref(at)?.as_str_or_null().map_err(|_| unreadable(at))?;
    text.map(|text| ClientId::new(text).ok_or_else(|| unreadable(at)))
        .transpose()
}

/// The columns of [`fill`]: what its order is called and which type it has stands with the order.
pub(crate) const FILL: &str = "number, entity, account, order_id, instrument, side, trade, price, quantity, fee, at, \
     (SELECT client_id FROM orders WHERE orders.order_id = fills.order_id), \
     (SELECT type FROM orders WHERE orders.order_id = fills.order_id)";

/// A fill, and its number for its entity.
pub(crate) fn fill(row: &Row<'_>) -> rusqlite::Result<(i64, Fill)> {
    let fill = Fill {
        entity: EntityId(row.get(1)?),
        account: AccountId(row.get(2)?),
        order: OrderId(id(row.get(3)?)),
        instrument: InstrumentId(row.get(4)?),
        side: side(row, 5)?,
        trade: TradeId(id(row.get(6)?)),
        price: Price::from_minor(row.get(7)?),
        quantity: quantity(row, 8)?,
        fee: money(row, 9)?,
        at: at(row, 10)?,
        client_id: client_id(row, 11)?,
        order_type: order_type(row, 12)?,
    };
    Ok((row.get(0)?, fill))
}

/// The columns of [`print`].
pub(crate) const PRINT: &str = "number, trade, at, price, quantity, taker_side, sandbox";

/// A print, and its number.
pub(crate) fn print(row: &Row<'_>) -> rusqlite::Result<(i64, Print)> {
    let number = row.get(0)?;
    let print = Print {
        number: id(number),
        trade: TradeId(id(row.get(1)?)),
        at: at(row, 2)?,
        price: Price::from_minor(row.get(3)?),
        quantity: quantity(row, 4)?,
        taker_side: side(row, 5)?,
        sandbox: row.get(6)?,
    };
    Ok((number, print))
}

/// The columns of [`candle`].
pub(crate) const CANDLE: &str = "start, open, high, low, close, volume, trades, sandbox";

/// A candle.
pub(crate) fn candle(row: &Row<'_>) -> rusqlite::Result<Candle> {
    Ok(Candle {
        start: at(row, 0)?,
        open: Price::from_minor(row.get(1)?),
        high: Price::from_minor(row.get(2)?),
        low: Price::from_minor(row.get(3)?),
        close: Price::from_minor(row.get(4)?),
        volume: id(row.get(5)?),
        trades: id(row.get(6)?),
        sandbox: row.get(7)?,
    })
}

/// The candle that begins at this time.
pub(crate) fn candle_at(
    of: &Connection,
    instrument: InstrumentId,
    resolution: Resolution,
    start: Timestamp,
) -> rusqlite::Result<Option<Candle>> {
    const SELECT: &str = "SELECT start, open, high, low, close, volume, trades, sandbox FROM candles \
         WHERE instrument = ?1 AND resolution = ?2 AND start = ?3";
    let mut query = of.prepare_cached(SELECT)?;
    let key = (instrument.0, count(resolution.seconds()), time(start));
    query.query_row(key, candle).optional()
}

/// A currency.
pub(crate) fn currency(row: &Row<'_>, column: usize) -> rusqlite::Result<Currency> {
    word(Currency::ALL, |one| one as i64, row.get(column)?, column)
}

fn side(row: &Row<'_>, column: usize) -> rusqlite::Result<Side> {
    word(Side::ALL, |one| one as i64, row.get(column)?, column)
}

fn quantity(row: &Row<'_>, column: usize) -> rusqlite::Result<Quantity> {
    Ok(Quantity::from_units(row.get(column)?))
}

fn money(row: &Row<'_>, column: usize) -> rusqlite::Result<Money> {
    Ok(Money::from_minor(row.get(column)?))
}

/// A time.
pub(crate) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp(id(row.get(column)?)))
}
