//! Books: price-time priority, and nothing else. No accounts, no money, no events.
//!
//! One arena, [`Orders`], holds every open order; a [`Book`] links the arena's slots of one instrument. Two books stand
//! behind one interface: [`PlainBook`] is the oracle, as plain as possible, and [`FastBook`] the one in use. They share
//! no matching code and give the same fills and the same state.
//!
//! An order's way: [`Orders::insert`] gives it its id; [`Book::step`] is called until it says something else than
//! [`Step::Filled`], and after each fill the maker can still be read; a maker that is done is handed to
//! [`Orders::remove`] by the caller; what is left of the taker rests by [`Book::rest`] or is removed.
//!
//! What always holds between two calls: a resting order has something left, and the best buy is below the best sell
//! as long as the caller steps before it rests.

mod fast;
mod orders;
mod plain;
#[cfg(test)]
mod tests;

pub use fast::{FastBook, Pool};
pub use orders::{NewOrder, ORDERS_MAX, Order, Orders, Slot, Ticks};
pub use plain::PlainBook;

use crate::kit::prefetch::prefetch;
use alloc::string::String;
use protocol::{EntityId, Side};

/// An arriving order, while it trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    /// Buy or sell.
    pub side: Side,
    /// The worst price it takes.
    pub limit: Ticks,
    /// How many units it still wants. A step takes its fill off.
    pub left: u32,
    /// The legal entity it belongs to: it never trades with itself.
    pub owner: EntityId,
}

/// A resting order met the arriving one, at the price of the resting one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The order that rested. It stays in the arena until the caller removes it.
    pub maker: Slot,
    /// Its price.
    pub ticks: Ticks,
    /// How many units; above zero.
    pub quantity: u32,
    /// Whether nothing is left of it. It is then out of the book, and the caller removes it from the arena.
    pub maker_done: bool,
}

/// What came of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A trade. There may be more.
    Filled(Fill),
    /// Nothing (more) to trade: the taker is filled, or no resting order is at its limit or better.
    Over,
    /// The next order to trade with, this one, is of the taker's own legal entity. Nothing happened; the caller cancels
    /// what is left of the taker, the newer of the two.
    OwnOrder(Slot),
}

/// The resting orders of one instrument.
pub trait Book: Default {
    /// What all books of this kind share.
    type Pool: Default;

    /// The best price of a side.
    fn best(&self, side: Side) -> Option<Ticks>;

    /// Trades the taker with the first resting order in price-time priority, once. A partly filled order keeps its
    /// place.
    fn step<C: Copy + Default>(&mut self, pool: &mut Self::Pool, orders: &mut Orders<C>, taker: &mut Taker) -> Step;

    /// Puts an order, which no book holds, behind those of its side at the same price or better. It must not cross.
    fn rest<C: Copy + Default>(&mut self, pool: &mut Self::Pool, orders: &mut Orders<C>, slot: Slot);

    /// Takes a resting order out; it stays in the arena until the caller removes it.
    fn unlink<C: Copy + Default>(&mut self, pool: &mut Self::Pool, orders: &mut Orders<C>, slot: Slot);

    /// The resting orders of a side in price-time priority.
    fn resting<'a, C: Copy + Default>(
        &'a self,
        pool: &'a Self::Pool,
        orders: &'a Orders<C>,
        side: Side,
    ) -> impl Iterator<Item = Slot> + 'a;

    /// Whether nothing rests on either side.
    fn is_empty(&self) -> bool {
        self.best(Side::Buy).is_none() && self.best(Side::Sell).is_none()
    }

    /// How many orders rest, both sides. Walks them: not for the hot path.
    fn order_count<C: Copy + Default>(&self, pool: &Self::Pool, orders: &Orders<C>) -> usize {
        self.resting(pool, orders, Side::Buy).count() + self.resting(pool, orders, Side::Sell).count()
    }

    /// Checks the book's own structure, in the time of a walk, and says what is broken.
    fn check<C: Copy + Default>(&self, pool: &Self::Pool, orders: &Orders<C>) -> Result<(), String>;

    /// Asks for the memory that a command on this book will read first, so that a caller who knows the next commands
    /// has it fetched for all of them at once.
    #[inline]
    fn touch(&self) {
        prefetch(self);
    }
}
