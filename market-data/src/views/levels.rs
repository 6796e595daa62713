//! A level of a book and an order in it, as they stand and as a delta tells them.

use protocol::{OrderId, Price, Quantity, Side};

/// How many levels a side the checksum of a book covers.
pub const CHECKSUM_LEVELS: usize = 10;

/// The longest `price:quantity`: 11 characters, a colon, 19 digits.
pub(crate) const LEVEL_TEXT_MAX: usize = 31;

/// All resting orders of one side at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// How many units rest at this price.
    pub quantity: Quantity,
    /// In how many orders they rest.
    pub orders: u32,
}

/// A level as a delta tells it: what is there now. 16 bytes, for the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    quantity: u64,
    price: u32,
    /// The count of orders shifted left by one, and the side in the lowest bit.
    orders_and_side: u32,
}

impl Change {
    pub(crate) fn new(side: Side, price: u32, orders: u32, quantity: u64) -> Self {
        Self {
            quantity,
            price,
            orders_and_side: orders << 1 | side as u32,
        }
    }

    pub(crate) fn side(&self) -> Side {
        if self.orders_and_side & 1 == 0 {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    /// Which level it is of.
    pub(crate) fn place(&self) -> (Side, u32) {
        (self.side(), self.price)
    }

    pub(crate) fn level(&self) -> Level {
        Level {
            price: Price::from_minor(self.price.into()),
            quantity: Quantity::from_units(i64::try_from(self.quantity).expect("it was made of one")),
            orders: self.orders_and_side >> 1,
        }
    }
}

/// An order as a delta tells it: what is left of it now. 24 bytes, for the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrderChange {
    pub(crate) order: OrderId,
    pub(crate) side: Side,
    pub(crate) price: u32,
    /// Nothing: it is gone.
    pub(crate) left: u32,
}
