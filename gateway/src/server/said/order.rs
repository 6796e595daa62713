//! An order as its owner sees it: read by its address, or told in `executions`.

use crate::json::{
    command::{CancelReason, Side},
    scalar::{write_money, write_order_id, write_price, write_quantity, write_time},
    shapes,
};
use market_data::{
    MarketData,
    accounts::{OrderState, OrderView},
};
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
}

/// An order as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    /// The order.
    #[schema(value_type = shapes::OrderId)]
    order_id: String,
    /// Whose it is.
    account_id: u32,
    /// What is traded.
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    side: Side,
    /// The limit, or the protection price of a market order.
    #[schema(value_type = shapes::Decimal)]
    price: String,
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
    /// The command that entered it.
    journal_seq: u64,
    /// When it was entered.
    #[schema(value_type = shapes::Timestamp)]
    entered_at: String,
    /// When it last changed.
    #[schema(value_type = shapes::Timestamp)]
    changed_at: String,
}

pub(crate) fn render(market: &MarketData, order: &OrderView) -> Option<Order> {
    let (symbol, currency) = {
        let directory = market.directory();
        let instrument = directory.instrument(order.instrument)?;
        (instrument.symbol().to_string(), instrument.currency())
    };
    let (state, cancel_reason) = match order.state {
        OrderState::Open => (State::Open, None),
        OrderState::Filled => (State::Filled, None),
        OrderState::Cancelled(reason) => (State::Cancelled, Some(reason.into())),
    };
    Some(Order {
        order_id: write_order_id(order.order),
        account_id: order.account.0,
        symbol,
        side: order.side.into(),
        price: write_price(order.price, Some(currency)),
        quantity: write_quantity(order.quantity),
        filled: write_quantity(order.filled),
        left: write_quantity(order.left),
        filled_value: write_money(order.filled_value, currency),
        fees: write_money(order.fees, currency),
        held: write_money(order.held, currency),
        state,
        cancel_reason,
        journal_seq: order.seq.0,
        entered_at: write_time(order.entered_at),
        changed_at: write_time(order.changed_at),
    })
}
