//! Orders for licence units.

use crate::{
    ids::{AccountId, InstrumentId},
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

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
