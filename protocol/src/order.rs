//! Orders for licence units.

use crate::{
    describe::{other_for_people, record, words},
    ids::{AccountId, InstrumentId},
    text::InField,
    units::{Price, Quantity, Side},
};
use serde::{Deserialize, Serialize};

/// How long an order lives and at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderKind {
    /// Trades at the price or better; what remains rests in the book.
    Limit(Price),
    /// Trades at the price or better; what remains is cancelled.
    ImmediateOrCancel(Price),
    /// Trades up to the far end of the price band, and is held at that price; what remains is cancelled.
    Market,
}

impl OrderKind {
    /// The kind in one word, without its price.
    pub fn order_type(self) -> OrderType {
        match self {
            Self::Limit(_) => OrderType::Limit,
            Self::ImmediateOrCancel(_) => OrderType::Ioc,
            Self::Market => OrderType::Market,
        }
    }

    /// The price that the order says; none where the order takes any within the band.
    pub fn price(self) -> Option<Price> {
        match self {
            Self::Limit(price) | Self::ImmediateOrCancel(price) => Some(price),
            Self::Market => None,
        }
    }
}

/// An order. To people, its kind is a `type` with a `price` beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct PlaceOrder {
    /// The account that pays or delivers.
    pub account: AccountId,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// At which price, for how long.
    pub kind: OrderKind,
    /// How many units.
    pub quantity: Quantity,
}

other_for_people!(PlaceOrder as WrittenOrder);

words! {
    /// How long an order lives and at which price.
    pub enum OrderType in full {
        /// Trades at the price or better; what remains rests in the book.
        Limit = 0, "limit";
        /// Trades at the price or better; what remains is cancelled.
        Ioc = 1, "ioc";
        /// Trades up to the far end of the price band, and is held at that price; what remains is cancelled.
        Market = 2, "market";
    }
}

record! {
    /// Buys or sells.
    pub struct WrittenOrder as "PlaceOrder" in full {
        /// The account that pays or delivers.
        account as "account_id": AccountId,
        /// What is traded.
        instrument as "symbol": InstrumentId => "CN201910513128.U",
        /// Buy or sell.
        side: Side,
        /// At which price, for how long.
        order_type as "type": OrderType,
        /// The price of one unit, in the currency's scale; with `limit` and `ioc` alone.
        price: Option<Price> = default unsaid => "120.00",
        /// How many units.
        quantity: Quantity => "5",
    }
}

impl From<&PlaceOrder> for WrittenOrder {
    fn from(order: &PlaceOrder) -> Self {
        Self {
            account: order.account,
            instrument: order.instrument,
            side: order.side,
            order_type: order.kind.order_type(),
            price: order.kind.price(),
            quantity: order.quantity,
        }
    }
}

impl TryFrom<WrittenOrder> for PlaceOrder {
    type Error = InField;

    fn try_from(written: WrittenOrder) -> Result<Self, InField> {
        let wrong = |code, note| InField {
            code,
            field: "price",
            note,
        };
        let kind = match (written.order_type, written.price) {
            (OrderType::Limit, Some(price)) => OrderKind::Limit(price),
            (OrderType::Ioc, Some(price)) => OrderKind::ImmediateOrCancel(price),
            (OrderType::Market, None) => OrderKind::Market,
            (OrderType::Market, Some(_)) => return Err(wrong("CONFLICTING_FIELDS", "a market order has no price")),
            (OrderType::Limit | OrderType::Ioc, None) => return Err(wrong("MISSING_FIELD", "")),
        };
        Ok(Self {
            account: written.account,
            instrument: written.instrument,
            side: written.side,
            kind,
            quantity: written.quantity,
        })
    }
}
