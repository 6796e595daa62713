//! The plain book: a map from price to a queue, twice. It is the oracle of the fast one, so it is written to be read.

use super::{Book, Fill, Orders, Slot, Step, Taker, Ticks};
use alloc::{
    collections::{BTreeMap, VecDeque},
    format,
    string::String,
};
use protocol::Side;

/// Price levels in order, each with its orders in the order of time.
#[derive(Clone, Debug, Default)]
pub struct PlainBook {
    buys: BTreeMap<Ticks, VecDeque<Slot>>,
    sells: BTreeMap<Ticks, VecDeque<Slot>>,
}

impl PlainBook {
    fn levels(&mut self, side: Side) -> &mut BTreeMap<Ticks, VecDeque<Slot>> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}

impl Book for PlainBook {
    type Pool = ();

    fn best(&self, side: Side) -> Option<Ticks> {
        match side {
            Side::Buy => self.buys.last_key_value().map(|(ticks, _)| *ticks),
            Side::Sell => self.sells.first_key_value().map(|(ticks, _)| *ticks),
        }
    }

    fn step<C: Copy + Default>(&mut self, (): &mut (), orders: &mut Orders<C>, taker: &mut Taker) -> Step {
        if taker.left == 0 {
            return Step::Over;
        }
        let Some(ticks) = self.best(taker.side.opposite()) else {
            return Step::Over;
        };
        let acceptable = match taker.side {
            Side::Buy => ticks <= taker.limit,
            Side::Sell => ticks >= taker.limit,
        };
        if !acceptable {
            return Step::Over;
        }
        let levels = self.levels(taker.side.opposite());
        let queue = levels.get_mut(&ticks).expect("the best price has a level");
        let maker = *queue.front().expect("a level has an order");
        if orders.get(maker).owner() == taker.owner {
            return Step::OwnOrder(maker);
        }
        let quantity = orders.get(maker).left().min(taker.left);
        taker.left -= quantity;
        let maker_done = orders.get_mut(maker).fill(quantity);
        if maker_done {
            queue.pop_front();
            if queue.is_empty() {
                levels.remove(&ticks);
            }
        }
        Step::Filled(Fill {
            maker,
            ticks,
            quantity,
            maker_done,
        })
    }

    fn rest<C: Copy + Default>(&mut self, (): &mut (), orders: &mut Orders<C>, slot: Slot) {
        let order = orders.get(slot);
        self.levels(order.side())
            .entry(order.ticks())
            .or_default()
            .push_back(slot);
    }

    fn unlink<C: Copy + Default>(&mut self, (): &mut (), orders: &mut Orders<C>, slot: Slot) {
        let order = orders.get(slot);
        let levels = self.levels(order.side());
        let queue = levels.get_mut(&order.ticks()).expect("the order's price has a level");
        let place = queue
            .iter()
            .position(|other| *other == slot)
            .expect("the order rests in this book");
        queue.remove(place);
        if queue.is_empty() {
            levels.remove(&order.ticks());
        }
    }

    fn resting<'a, C: Copy + Default>(
        &'a self,
        (): &'a (),
        _: &'a Orders<C>,
        side: Side,
    ) -> impl Iterator<Item = Slot> + 'a {
        let (up, down) = match side {
            Side::Buy => (None, Some(self.buys.values().rev())),
            Side::Sell => (Some(self.sells.values()), None),
        };
        up.into_iter()
            .flatten()
            .chain(down.into_iter().flatten())
            .flatten()
            .copied()
    }

    fn check<C: Copy + Default>(&self, (): &(), orders: &Orders<C>) -> Result<(), String> {
        for (side, levels) in [(Side::Buy, &self.buys), (Side::Sell, &self.sells)] {
            for (ticks, queue) in levels {
                if queue.is_empty() {
                    return Err(format!("the level {side:?} {ticks:?} is empty"));
                }
                for slot in queue {
                    let order = orders.get(*slot);
                    if !order.is_live() || order.left() == 0 || order.ticks() != *ticks || order.side() != side {
                        return Err(format!("{slot:?} stands at {side:?} {ticks:?} and is {order:?}"));
                    }
                }
            }
        }
        Ok(())
    }
}
