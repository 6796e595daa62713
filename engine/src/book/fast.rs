//! The book in use: made for a million mostly empty books and for a few deep ones.
//!
//! A book is a header of 16 bytes. A side with few orders is one list through the arena, sorted by price and time. A
//! side that grows deeper than [`LIST_MAX`] becomes a ladder ([`Ladders`]), and a list again once it is empty.
//!
//! Both sides are kept in *keys*: ticks for sells, ticks counted from the top for buys, so the best price always has
//! the lowest key and no code below asks which side it is on.
//!
//! What always holds: the header knows the best key of a side that is not empty; an order is linked exactly once; what
//! leaves is unlinked at once, in a time that does not grow with the book.

mod ladder;

pub use ladder::Ladders;

use super::{Book, Fill, Orders, Slot, Step, Taker, Ticks};
use alloc::{format, string::String};
use ladder::Resting;
use protocol::Side;

/// The most orders of a side that are kept as a list: what an arriving order may have to walk.
const LIST_MAX: u32 = 16;

/// The key of a price: the lower, the better for whoever trades with it.
fn key(side: Side, ticks: Ticks) -> u32 {
    match side {
        Side::Buy => Ticks::MAX.0 ^ ticks.0,
        Side::Sell => ticks.0,
    }
}

/// The price of a key: a key is its own inverse.
fn ticks(side: Side, of: u32) -> Ticks {
    Ticks(key(side, Ticks(of)))
}

/// One side of a book.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    /// Of a list, the slot of the first order; of a ladder, its root; else 0.
    link: u32,
    /// The best key in the low 18 bits; above them the number of orders in the list, or [`Half::LADDER`].
    state: u32,
}

impl Half {
    const ONE: u32 = Ticks::BOUND;
    const LADDER: u32 = 0xFF;

    const fn depth(self) -> u32 {
        self.state / Self::ONE
    }

    const fn best(self) -> u32 {
        self.state % Self::ONE
    }

    const fn is_empty(self) -> bool {
        self.depth() == 0
    }

    const fn is_ladder(self) -> bool {
        self.depth() == Self::LADDER
    }

    const fn first(self) -> Slot {
        Slot(self.link)
    }

    fn set_best(&mut self, best: u32) {
        self.state = self.state & !Ticks::MAX.0 | best;
    }
}

/// A price-time book of 16 bytes, and nothing more while few orders rest.
#[derive(Clone, Debug, Default)]
pub struct FastBook {
    halves: [Half; 2],
}

const _: () = assert!(size_of::<FastBook>() == 16);

impl FastBook {
    /// Takes the order out of its side, whose key it has.
    fn take<C: Copy + Default>(&mut self, pool: &mut Ladders, orders: &mut Orders<C>, slot: Slot, side: Side, at: u32) {
        let order = orders.get(slot);
        let (prev, next) = (order.prev, order.next);
        // At an end of the list one of the two writes lands in slot 0, which nobody reads.
        orders.get_mut(prev).next = next;
        orders.get_mut(next).prev = prev;
        let half = &mut self.halves[side.index()];
        if half.is_ladder() {
            if prev.is_none() || next.is_none() {
                pool.unlinked(half, at, prev, next);
            }
        } else {
            half.state -= Half::ONE;
            if prev.is_none() {
                half.link = next.0;
                half.set_best(key(side, orders.get(next).ticks()));
            }
        }
    }

    /// Puts the order into its place in the list.
    fn enlist<C: Copy + Default>(half: &mut Half, orders: &mut Orders<C>, slot: Slot, side: Side, at: u32) {
        let mut prev = Slot::NONE;
        let mut next = half.first();
        if half.is_empty() || at < half.best() {
            half.link = slot.0;
            half.set_best(at);
        } else {
            // Orders of the same price that were here before come first.
            while !next.is_none() && key(side, orders.get(next).ticks()) <= at {
                prev = next;
                next = orders.get(next).next;
            }
        }
        half.state += Half::ONE;
        orders.get_mut(prev).next = slot;
        orders.get_mut(next).prev = slot;
        let order = orders.get_mut(slot);
        (order.prev, order.next) = (prev, next);
    }

    /// Moves the orders of a list onto a ladder.
    #[cold]
    fn promote<C: Copy + Default>(half: &mut Half, pool: &mut Ladders, orders: &mut Orders<C>, side: Side) {
        let mut slot = half.first();
        *half = Half {
            link: pool.root(),
            state: (Half::LADDER * Half::ONE) | half.best(),
        };
        while !slot.is_none() {
            let next = orders.get(slot).next;
            pool.push(half.link, key(side, orders.get(slot).ticks()), slot, orders);
            slot = next;
        }
    }

    fn check_list<C: Copy + Default>(half: Half, orders: &Orders<C>, side: Side) -> Result<(), String> {
        let (mut prev, mut slot, mut last, mut count) = (Slot::NONE, half.first(), half.best(), 0);
        while !slot.is_none() {
            let order = orders.get(slot);
            let at = key(side, order.ticks());
            let in_place = order.prev == prev && if count == 0 { at == last } else { at >= last };
            if !in_place || !order.is_live() || order.side() != side || order.left() == 0 || count == LIST_MAX {
                return Err(format!(
                    "place {count} of the list {half:?} of {side:?} is {slot:?} {order:?}"
                ));
            }
            (prev, slot, last, count) = (slot, order.next, at, count + 1);
        }
        if count == half.depth() {
            Ok(())
        } else {
            Err(format!("the list {half:?} of {side:?} has {count} orders"))
        }
    }
}

impl Book for FastBook {
    type Pool = Ladders;

    fn best(&self, side: Side) -> Option<Ticks> {
        let half = self.halves[side.index()];
        (!half.is_empty()).then(|| ticks(side, half.best()))
    }

    #[inline]
    fn step<C: Copy + Default>(&mut self, pool: &mut Ladders, orders: &mut Orders<C>, taker: &mut Taker) -> Step {
        let side = taker.side.opposite();
        let half = self.halves[side.index()];
        let best = half.best();
        if half.is_empty() || best > key(side, taker.limit) || taker.left == 0 {
            return Step::Over;
        }
        let maker = if half.is_ladder() {
            pool.first(half.link, best)
        } else {
            half.first()
        };
        let order = orders.get_mut(maker);
        if order.owner() == taker.owner {
            return Step::OwnOrder(maker);
        }
        let quantity = order.left().min(taker.left);
        taker.left -= quantity;
        let maker_done = order.fill(quantity);
        if maker_done {
            self.take(pool, orders, maker, side, best);
        }
        Step::Filled(Fill {
            maker,
            ticks: ticks(side, best),
            quantity,
            maker_done,
        })
    }

    #[inline]
    fn rest<C: Copy + Default>(&mut self, pool: &mut Ladders, orders: &mut Orders<C>, slot: Slot) {
        let order = orders.get(slot);
        let side = order.side();
        let at = key(side, order.ticks());
        let half = &mut self.halves[side.index()];
        if half.depth() < LIST_MAX {
            return Self::enlist(half, orders, slot, side, at);
        }
        if !half.is_ladder() {
            Self::promote(half, pool, orders, side);
        }
        if at < half.best() {
            half.set_best(at);
        }
        pool.push(half.link, at, slot, orders);
    }

    #[inline]
    fn unlink<C: Copy + Default>(&mut self, pool: &mut Ladders, orders: &mut Orders<C>, slot: Slot) {
        let order = orders.get(slot);
        let side = order.side();
        self.take(pool, orders, slot, side, key(side, order.ticks()));
    }

    fn resting<'a, C: Copy + Default>(
        &'a self,
        pool: &'a Ladders,
        orders: &'a Orders<C>,
        side: Side,
    ) -> impl Iterator<Item = Slot> + 'a {
        let half = self.halves[side.index()];
        let ladder = half.is_ladder().then_some(half.link);
        let first = if half.is_ladder() {
            pool.first(half.link, half.best())
        } else {
            half.first()
        };
        Resting {
            pool,
            orders,
            ladder,
            at: half.best(),
            slot: first,
        }
    }

    fn check<C: Copy + Default>(&self, pool: &Ladders, orders: &Orders<C>) -> Result<(), String> {
        for side in [Side::Buy, Side::Sell] {
            let half = self.halves[side.index()];
            if half.is_ladder() {
                let lowest = pool.check(half.link, orders, |at| ticks(side, at))?;
                if lowest != half.best() {
                    return Err(format!(
                        "the best key of {side:?} is {lowest}, the header says {half:?}"
                    ));
                }
            } else {
                Self::check_list(half, orders, side)?;
            }
        }
        Ok(())
    }

    fn touch<C: Copy + Default>(&self, orders: &Orders<C>) -> u32 {
        self.halves
            .iter()
            .filter(|half| !half.is_ladder())
            .fold(0, |seen, half| seen ^ orders.get(half.first()).left())
    }
}
