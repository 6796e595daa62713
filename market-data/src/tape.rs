//! The last trades of one instrument.

use protocol::{Price, Quantity, Side, Timestamp, TradeId};

/// A print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Its `seq` in the channel `trades` of its symbol: counts from 1.
    pub seq: u64,
    /// Its number over all instruments.
    pub trade: TradeId,
    /// The price.
    pub price: Price,
    /// How many units.
    pub quantity: Quantity,
    /// The side of the order that arrived.
    pub taker_side: Side,
    /// Whether it happened on a sandbox board.
    pub sandbox: bool,
    /// When.
    pub matched_at: Timestamp,
}
