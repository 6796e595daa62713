//! The levels of one book.

use protocol::{Price, Quantity};

/// All resting orders of one side at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// How many units rest there.
    pub quantity: Quantity,
    /// In how many orders.
    pub orders: u32,
}
