//! An order as its owner sees it: read by its address, or told in `executions`.

use crate::json::{
    command::Side,
    described,
    scalar::{write_money, write_order_id, write_price, write_quantity, write_time},
};
use market_data::{
    MarketData,
    accounts::{OrderState, OrderView},
};
use protocol::event::CancelReason;
use serde::Serialize;
use utoipa::{ToSchema, openapi::Schema};

/// An order as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    /// The order.
    #[schema(example = "4294967303")]
    order_id: String,
    /// Whose it is.
    account_id: u32,
    /// What is traded.
    #[schema(example = "CN201910513128.U")]
    symbol: String,
    side: Side,
    /// The limit, or the protection price of a market order.
    #[schema(example = "120.00")]
    price: String,
    /// How many units it was entered with.
    #[schema(example = "5")]
    quantity: String,
    /// How many have traded.
    filled: String,
    /// How many can still trade.
    left: String,
    /// The sum of price × quantity over its fills.
    filled_value: String,
    /// The sum of its fees.
    fees: String,
    /// The cash it still holds; zero for a sell, which holds `left` units.
    held: String,
    /// `open`, `filled` or `cancelled`.
    #[schema(example = "open")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = cancel_reasons)]
    cancel_reason: Option<&'static str>,
    /// The command that entered it.
    journal_seq: u64,
    /// When it was entered.
    entered_at: String,
    /// When it last changed.
    changed_at: String,
}

/// Why an order was cancelled.
fn cancel_reasons() -> Schema {
    described::word_or_none::<CancelReason>("Why it was cancelled.")
}

pub(crate) fn render(market: &MarketData, order: &OrderView) -> Option<Order> {
    let (symbol, currency) = {
        let directory = market.directory();
        let instrument = directory.instrument(order.instrument)?;
        (instrument.symbol().to_string(), instrument.currency())
    };
    let (word, cancel_reason) = match order.state {
        OrderState::Open => ("open", None),
        OrderState::Filled => ("filled", None),
        OrderState::Cancelled(reason) => ("cancelled", Some(reason.word())),
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
        state: word,
        cancel_reason,
        journal_seq: order.seq.0,
        entered_at: write_time(order.entered_at),
        changed_at: write_time(order.changed_at),
    })
}
