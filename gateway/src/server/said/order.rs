//! An order as its owner sees it: read by its address, or told in `executions`.

use crate::json::{
    command::{CancelReason, OrderType, Side},
    scalar::{write_money, write_order_id, write_price, write_quantity, write_time},
    shapes,
};
use market_data::{
    MarketData,
    accounts::{OrderState, OrderView},
};
use protocol::{Asked, ClientId, Currency, InstrumentId, Money, Quantity, Reject, Seq, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// How an order stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderState)]
pub(crate) enum State {
    /// What is left of it rests in the book.
    Open,
    /// All of it traded.
    Filled,
    /// What was left of it was cancelled.
    Cancelled,
    /// It was refused, and never entered the book.
    Rejected,
}

/// An order as its owner sees it. What is long over lacks its command; an order of a journal of before such was kept lacks
/// its client's name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    /// The order; one that was refused has no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::OrderId>)]
    order_id: Option<String>,
    /// The client's name under which it was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::ClientId>)]
    client_id: Option<ClientId>,
    /// Whose it is.
    account_id: u32,
    /// What is traded.
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    side: Side,
    /// How long it lives and at which price.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<OrderType>,
    /// The limit, or the protection price of a market order; one that was refused had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Decimal>)]
    price: Option<String>,
    /// How many units it was entered with.
    #[schema(value_type = shapes::Quantity)]
    quantity: String,
    /// How many have traded.
    #[schema(value_type = shapes::Quantity)]
    filled: String,
    /// How many can still trade.
    #[schema(value_type = shapes::Quantity)]
    left: String,
    /// The sum of price × quantity over its fills.
    #[schema(value_type = shapes::Decimal)]
    filled_value: String,
    /// `filled_value` by `filled`, where some of it has traded: exact where its decimals end within 18 beyond the currency's; else
    /// rounded to four beyond, half to even.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Decimal>)]
    average_price: Option<String>,
    /// The sum of its fees.
    #[schema(value_type = shapes::Decimal)]
    fees: String,
    /// The cash it still holds; zero for a sell, which holds `left` units.
    #[schema(value_type = shapes::Decimal)]
    held: String,
    state: State,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_reason: Option<CancelReason>,
    /// The code of the rule for which it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reject_code: Option<&'static str>,
    /// The command that entered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal_seq: Option<u64>,
    /// When it was entered, or refused.
    #[schema(value_type = shapes::Timestamp)]
    entered_at: String,
    /// When it last changed.
    #[schema(value_type = shapes::Timestamp)]
    changed_at: String,
}

/// The symbol of what is traded, and what it is paid in.
pub(crate) fn traded(market: &MarketData, instrument: InstrumentId) -> Option<(String, Currency)> {
    let directory = market.directory();
    let instrument = directory.instrument(instrument)?;
    Some((instrument.symbol().to_string(), instrument.currency()))
}

/// An order of the live view.
pub(crate) fn render(market: &MarketData, order: &OrderView) -> Option<Order> {
    let (symbol, currency) = traded(market, order.instrument)?;
    let (state, cancel_reason) = match order.state {
        OrderState::Open => (State::Open, None),
        OrderState::Filled => (State::Filled, None),
        OrderState::Cancelled(reason) => (State::Cancelled, Some(reason.into())),
    };
    Some(Order {
        order_id: Some(write_order_id(order.order)),
        client_id: order.client_id.clone(),
        account_id: order.account.0,
        symbol,
        side: order.side.into(),
        r#type: order.order_type.map(Into::into),
        price: Some(write_price(order.price, Some(currency))),
        quantity: write_quantity(order.quantity),
        filled: write_quantity(order.filled),
        left: write_quantity(order.left),
        filled_value: write_money(order.filled_value, currency),
        average_price: average_price(order.filled_value, order.filled, currency),
        fees: write_money(order.fees, currency),
        held: write_money(order.held, currency),
        state,
        cancel_reason,
        reject_code: None,
        journal_seq: Some(order.seq.0),
        entered_at: write_time(order.entered_at),
        changed_at: write_time(order.changed_at),
    })
}

/// An order of the history.
pub(crate) fn of_past(market: &MarketData, order: &history::Order) -> Option<Order> {
    use history::OrderState;
    let (symbol, currency) = traded(market, order.instrument)?;
    let (state, cancel_reason, reject_code) = match order.state {
        OrderState::Open => (State::Open, None, None),
        OrderState::Filled => (State::Filled, None, None),
        OrderState::Cancelled(reason) => (State::Cancelled, Some(reason.into()), None),
        OrderState::Rejected(reject) => (State::Rejected, None, Some(reject.code())),
    };
    Some(Order {
        order_id: order.order.map(write_order_id),
        client_id: order.client_id.clone(),
        account_id: order.account.0,
        symbol,
        side: order.side.into(),
        r#type: order.order_type.map(Into::into),
        price: order.price.map(|price| write_price(price, Some(currency))),
        quantity: write_quantity(order.quantity),
        filled: write_quantity(order.filled),
        left: write_quantity(order.remaining),
        filled_value: write_money(order.filled_value, currency),
        average_price: average_price(order.filled_value, order.filled, currency),
        fees: write_money(order.fees, currency),
        held: write_money(order.held, currency),
        state,
        cancel_reason,
        reject_code,
        journal_seq: None,
        entered_at: write_time(order.entered_at),
        changed_at: write_time(order.changed_at),
    })
}

/// An order that was refused just now, by its command.
pub(crate) fn refused(market: &MarketData, seq: Seq, at: Timestamp, asked: &Asked, reject: Reject) -> Option<Order> {
    let order = asked.order?;
    let (symbol, currency) = traded(market, order.instrument)?;
    let client = asked.client.as_ref();
    let (none, nothing) = (write_quantity(Quantity::ZERO), write_money(Money::ZERO, currency));
    Some(Order {
        order_id: None,
        client_id: client.and_then(|client| client.id.clone()),
        account_id: order.account.0,
        symbol,
        side: order.side.into(),
        r#type: Some(order.kind.order_type().into()),
        price: order.kind.price().map(|price| write_price(price, Some(currency))),
        quantity: write_quantity(order.quantity),
        filled: none.clone(),
        left: none,
        filled_value: nothing.clone(),
        average_price: None,
        fees: nothing.clone(),
        held: nothing,
        state: State::Rejected,
        cancel_reason: None,
        reject_code: Some(reject.code()),
        journal_seq: Some(seq.0),
        entered_at: write_time(at),
        changed_at: write_time(at),
    })
}

/// The most decimals beyond the currency's that an exact average has: so many fit into 128 bits beside any money.
const EXACT_MAX: u32 = 18;
/// The decimals beyond the currency's of one that does not end.
const ROUNDED: u32 = 4;

/// What a unit cost on average; none where none has traded.
fn average_price(value: Money, units: Quantity, currency: Currency) -> Option<String> {
    let value = u128::try_from(value.minor()).ok()?;
    let units = u128::try_from(units.units()).ok().filter(|units| *units > 0)?;
    let ends = (0..=EXACT_MAX).find(|more| (value * 10_u128.pow(*more)).is_multiple_of(units));
    let more = ends.unwrap_or(ROUNDED);
    let whole = value * 10_u128.pow(more);
    let (digits, rest) = (whole / units, whole % units);
    let is_up = match (rest * 2).cmp(&units) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => digits % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    let digits = digits + u128::from(is_up);
    let decimals = (currency.exponent() + more) as usize;
    if decimals == 0 {
        return Some(digits.to_string());
    }
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    Some(format!("{whole}.{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_exact_or_says_four_decimals_more() {
        let of =
            |value, units, currency| average_price(Money::from_minor(value), Quantity::from_units(units), currency);
        let cny = |value, units| of(value, units, Currency::Cny);
        assert_eq!(cny(0, 0), None);
        assert_eq!(cny(36_000, 3).unwrap(), "120.00");
        assert_eq!(cny(1, 8).unwrap(), "0.00125");
        assert_eq!(cny(1, 1 << 18).unwrap(), "0.00000003814697265625");
        // One that ends too late, and those that never do: down, up.
        assert_eq!(cny(1, 1 << 30).unwrap(), "0.000000");
        assert_eq!(cny(100, 3).unwrap(), "0.333333");
        assert_eq!(cny(200, 3).unwrap(), "0.666667");
        // Half to even.
        assert_eq!(cny(3, 40_000 << 18).unwrap(), "0.000000");
        assert_eq!(of(7, 2, Currency::Jpy).unwrap(), "3.5");
        assert_eq!(of(14, 7, Currency::Jpy).unwrap(), "2");
        assert_eq!(cny(i64::MAX, i64::MAX - 1).unwrap(), "0.010000");
    }
}
