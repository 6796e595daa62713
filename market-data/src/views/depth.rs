//! The levels of one book, and what `book.l2` and `book.l3` remember of their changes.
//!
//! # The checksum
//! CRC32 (IEEE 802.3, as in zip and PNG) over ASCII text: up to ten buy levels, best first, then up to ten sell levels,
//! best first, each as `price:quantity` in the very strings of the frame, all joined by `,`. An empty book has the
//! empty text and checksum 0. With two bids and one ask: `119.00:5,118.50:20,120.00:3`.
//!
//! # How levels are kept
//! The best few hundred levels of a side stand in a sorted array, best last, so that a change near the touch moves few
//! bytes; what lies behind them, in a deep book, in a tree. So a book whose levels fill the whole price band costs no
//! change more than a few microseconds.
//! Invariant: every level of the array is better than every level of the tree, and the tree is empty if the array is.

use crate::{
    memory::Log,
    views::{
        frame,
        levels::{CHECKSUM_LEVELS, Change, LEVEL_TEXT_MAX, Level, OrderChange},
    },
};
use protocol::{Currency, Price, Quantity, Side, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// The most levels a side that stand in the sorted array.
const NEAR_MAX: usize = 512;

/// A level of the array, with its entry in the checksum once that was asked for.
#[derive(Clone, Debug)]
struct Near {
    rank: u32,
    orders: u32,
    quantity: u64,
    text: [u8; LEVEL_TEXT_MAX],
    text_length: u8,
}

impl Near {
    fn new(rank: u32, orders: u32, quantity: u64) -> Self {
        Self {
            rank,
            orders,
            quantity,
            text: [0; LEVEL_TEXT_MAX],
            text_length: 0,
        }
    }
}

/// One side of a book. A level is found by its rank, which grows as the price gets better.
#[derive(Debug, Default)]
struct Levels {
    near: Vec<Near>,
    far: BTreeMap<u32, (u32, u64)>,
}

/// The price as a rank, and a rank as the price: the map is its own inverse.
fn rank(side: Side, price: u32) -> u32 {
    match side {
        Side::Buy => price,
        Side::Sell => !price,
    }
}

impl Levels {
    fn len(&self) -> usize {
        self.near.len() + self.far.len()
    }

    /// Rank, orders and quantity of each level, best first.
    fn best_first(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        let near = self
            .near
            .iter()
            .rev()
            .map(|level| (level.rank, level.orders, level.quantity));
        near.chain(
            self.far
                .iter()
                .rev()
                .map(|(&rank, &(orders, quantity))| (rank, orders, quantity)),
        )
    }

    fn is_near(&self, rank: u32) -> bool {
        self.near.first().is_some_and(|worst| rank >= worst.rank)
    }

    fn get(&self, rank: u32) -> (u32, u64) {
        if self.is_near(rank) {
            let found = self.near.binary_search_by_key(&rank, |level| level.rank);
            found.map_or((0, 0), |place| (self.near[place].orders, self.near[place].quantity))
        } else {
            self.far.get(&rank).copied().unwrap_or((0, 0))
        }
    }

    fn add(&mut self, rank: u32, quantity: u64) {
        if !self.is_near(rank) && (self.near.len() >= NEAR_MAX || !self.far.is_empty()) {
            let (orders, total) = self.far.entry(rank).or_default();
            *orders += 1;
            *total += quantity;
            return;
        }
        match self.near.binary_search_by_key(&rank, |level| level.rank) {
            Ok(place) => {
                let level = &mut self.near[place];
                level.orders += 1;
                level.quantity += quantity;
                level.text_length = 0;
            }
            Err(place) => {
                self.near.insert(place, Near::new(rank, 1, quantity));
                if self.near.len() > NEAR_MAX {
                    let worse = self.near.drain(..NEAR_MAX / 2);
                    self.far
                        .extend(worse.map(|level| (level.rank, (level.orders, level.quantity))));
                }
            }
        }
    }

    /// Takes `quantity` from a level, and one order if `ended`.
    fn reduce(&mut self, rank: u32, quantity: u64, ended: bool) {
        let left = |orders: u32, total: u64| {
            let orders = orders
                .checked_sub(ended.into())
                .expect("the order was added to this level");
            let total = total
                .checked_sub(quantity)
                .expect("no more leaves a level than was added");
            assert_eq!(orders == 0, total == 0, "a level has units while it has orders");
            (orders, total)
        };
        if self.is_near(rank) {
            let place = self.near.binary_search_by_key(&rank, |level| level.rank);
            let place = place.expect("an order leaves a level that exists");
            let level = &mut self.near[place];
            (level.orders, level.quantity) = left(level.orders, level.quantity);
            level.text_length = 0;
            if level.orders == 0 {
                self.near.remove(place);
                if self.near.is_empty() {
                    self.refill();
                }
            }
        } else {
            let level = self.far.get_mut(&rank).expect("an order leaves a level that exists");
            *level = left(level.0, level.1);
            if level.0 == 0 {
                self.far.remove(&rank);
            }
        }
    }

    fn refill(&mut self) {
        while self.near.len() < NEAR_MAX / 2
            && let Some((rank, (orders, quantity))) = self.far.pop_last()
        {
            self.near.push(Near::new(rank, orders, quantity));
        }
        self.near.reverse();
    }

    /// Whether a change at `rank`, already made, can have changed the levels that the checksum covers.
    fn is_covered(&self, rank: u32) -> bool {
        match self.near.len().checked_sub(CHECKSUM_LEVELS) {
            Some(tenth) => rank >= self.near[tenth].rank,
            None => {
                self.far.is_empty()
                    || self
                        .best_first()
                        .nth(CHECKSUM_LEVELS - 1)
                        .is_none_or(|tenth| rank >= tenth.0)
            }
        }
    }

    /// Appends the entries of the checksum, each with a comma behind it.
    fn entries(&mut self, side: Side, currency: Currency, out: &mut Vec<u8>) {
        for level in self.near.iter_mut().rev().take(CHECKSUM_LEVELS) {
            if level.text_length == 0 {
                let price = i64::from(rank(side, level.rank));
                let length = frame::level_text(price, level.quantity, currency, &mut level.text);
                level.text_length = length as u8;
            }
            out.extend_from_slice(&level.text[..level.text_length.into()]);
            out.push(b',');
        }
        let more = CHECKSUM_LEVELS.saturating_sub(self.near.len());
        for (&far, &(_, quantity)) in self.far.iter().rev().take(more) {
            let mut text = [0; LEVEL_TEXT_MAX];
            let length = frame::level_text(rank(side, far).into(), quantity, currency, &mut text);
            out.extend_from_slice(&text[..length]);
            out.push(b',');
        }
    }
}

fn price_of(price: Price) -> u32 {
    u32::try_from(price.minor()).expect("a valid price fits 32 bits")
}

fn units_of(quantity: Quantity) -> u64 {
    u64::try_from(quantity.units()).expect("a quantity is not below zero")
}

/// A book: its levels, the checksum as of the last flush, and the memory of `book.l2`.
#[derive(Debug, Default)]
pub(crate) struct Book {
    sides: [Levels; 2],
    checksum: u32,
    changed_at: Timestamp,
    log: BookLog,
}

impl Book {
    /// An order of `quantity` comes to rest.
    pub(crate) fn add(&mut self, side: Side, price: Price, quantity: Quantity) {
        self.sides[side.index()].add(rank(side, price_of(price)), units_of(quantity));
    }

    /// An order comes to rest, shrinks or ends: what `book.l3` is to tell of the command.
    pub(crate) fn tell(&mut self, change: OrderChange) {
        self.log.orders.push_back(change);
    }

    /// `quantity` leaves a level; with it an order, if `ended`.
    pub(crate) fn reduce(&mut self, side: Side, price: Price, quantity: Quantity, ended: bool) {
        self.sides[side.index()].reduce(rank(side, price_of(price)), units_of(quantity), ended);
    }

    /// Turns the levels touched since the last flush into the next frame of the memory, and gives the bytes by which
    /// that grew. `scratch` is for the checksum's text.
    pub(crate) fn flush(
        &mut self,
        touched: impl Iterator<Item = (Side, Price)>,
        at: Timestamp,
        currency: Currency,
        scratch: &mut Vec<u8>,
    ) -> usize {
        let mut covered = false;
        let mut count = 0;
        for (side, price) in touched {
            let price = price_of(price);
            let levels = &self.sides[side.index()];
            let (orders, quantity) = levels.get(rank(side, price));
            covered |= levels.is_covered(rank(side, price));
            self.log.changes.push_back(Change::new(side, price, orders, quantity));
            count += 1;
        }
        if covered {
            scratch.clear();
            for side in [Side::Buy, Side::Sell] {
                self.sides[side.index()].entries(side, currency, scratch);
            }
            scratch.pop();
            self.checksum = crc32fast::hash(scratch);
        }
        self.changed_at = at;
        self.log.close(at, self.checksum, count)
    }

    /// The checksum as of the last flush.
    pub(crate) fn checksum(&self) -> u32 {
        self.checksum
    }

    /// When the last flush was.
    pub(crate) fn changed_at(&self) -> Timestamp {
        self.changed_at
    }

    /// The levels of a side, best first.
    pub(crate) fn levels(&self, side: Side) -> impl Iterator<Item = Level> {
        self.sides[side.index()]
            .best_first()
            .map(move |(level, orders, quantity)| Level {
                price: Price::from_minor(rank(side, level).into()),
                quantity: Quantity::from_units(i64::try_from(quantity).expect("it was made of quantities")),
                orders,
            })
    }

    /// The level at this price in minor units, with nothing in it where there is none.
    pub(crate) fn level(&self, side: Side, price: u32) -> Level {
        let (orders, quantity) = self.sides[side.index()].get(rank(side, price));
        Change::new(side, price, orders, quantity).level()
    }

    /// How many levels a side has.
    pub(crate) fn level_count(&self, side: Side) -> usize {
        self.sides[side.index()].len()
    }

    /// The memory.
    pub(crate) fn log(&self) -> &BookLog {
        &self.log
    }

    /// The memory.
    pub(crate) fn log_mut(&mut self) -> &mut BookLog {
        &mut self.log
    }
}

/// A frame of the memory: its changes stand in a row in two queues beside it.
#[derive(Clone, Copy, Debug)]
struct Step {
    at: Timestamp,
    /// How many levels had ever been remembered before its own, and how many orders.
    start: [u64; 2],
    checksum: u32,
    levels: u32,
    orders: u32,
}

/// What `book.l2` and `book.l3` remember of one symbol: about 80 bytes for a frame of one order, and nothing before the
/// first. Both have the same numbers.
#[derive(Debug, Default)]
pub(crate) struct BookLog {
    seq: u64,
    steps: VecDeque<Step>,
    changes: VecDeque<Change>,
    orders: VecDeque<OrderChange>,
    /// How many levels were ever remembered, and how many orders.
    total: [u64; 2],
}

/// A remembered frame.
pub(crate) struct Remembered<L, O> {
    pub(crate) at: Timestamp,
    pub(crate) levels: L,
    pub(crate) orders: O,
    pub(crate) checksum: u32,
}

impl BookLog {
    /// Ends a frame of so many levels, and of the orders told since the last one.
    fn close(&mut self, at: Timestamp, checksum: u32, levels: u32) -> usize {
        let orders = self.orders_forgotten() + self.orders.len() as u64 - self.total[1];
        let step = Step {
            at,
            start: self.total,
            checksum,
            levels,
            orders: u32::try_from(orders).expect("a command touches no more orders than there are"),
        };
        self.seq += 1;
        self.total[0] += u64::from(levels);
        self.total[1] += orders;
        self.steps.push_back(step);
        step.bytes()
    }

    /// How many orders were told and are no longer remembered.
    fn orders_forgotten(&self) -> u64 {
        self.steps.front().map_or(self.total[1], |oldest| oldest.start[1])
    }

    /// The frame of this number, if it is remembered.
    pub(crate) fn get(
        &self,
        seq: u64,
    ) -> Option<Remembered<impl Iterator<Item = &Change> + Clone, impl Iterator<Item = &OrderChange> + Clone>> {
        let oldest = self.steps.front()?;
        let place = usize::try_from(seq.checked_sub(self.oldest())?).ok()?;
        let step = self.steps.get(place)?;
        let [level, order] = [0, 1].map(|which| (step.start[which] - oldest.start[which]) as usize);
        Some(Remembered {
            at: step.at,
            levels: self.changes.range(level..level + step.levels as usize),
            orders: self.orders.range(order..order + step.orders as usize),
            checksum: step.checksum,
        })
    }

    /// The levels of every frame behind this number, as they were told; `None` if one of them is no longer remembered.
    pub(crate) fn behind(&self, seq: u64) -> Option<impl Iterator<Item = &Change>> {
        let place = usize::try_from((seq + 1).checked_sub(self.oldest())?).ok()?;
        let start = match self.steps.get(place) {
            Some(step) => (step.start[0] - self.steps.front()?.start[0]) as usize,
            None => self.changes.len(),
        };
        Some(self.changes.range(start..))
    }
}

impl Step {
    const fn bytes(&self) -> usize {
        size_of::<Self>() + size_of::<Change>() * self.levels as usize + size_of::<OrderChange>() * self.orders as usize
    }
}

impl Log for BookLog {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn len(&self) -> usize {
        self.steps.len()
    }

    fn forget(&mut self) -> usize {
        let Some(step) = self.steps.pop_front() else { return 0 };
        self.changes.drain(..step.levels as usize);
        self.orders.drain(..step.orders as usize);
        release(&mut self.steps);
        release(&mut self.changes);
        release(&mut self.orders);
        step.bytes()
    }
}

/// Gives back the room of a queue that is mostly empty.
fn release<T>(queue: &mut VecDeque<T>) {
    if queue.len() * 4 < queue.capacity() {
        queue.shrink_to(queue.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The array and the tree together are one sorted map, and the short cut for the checksum never skips a change
        /// of the top ten.
        #[test]
        fn levels_are_a_sorted_map(
            operations in proptest::collection::vec((0..2_000_u32, 1..5_u64, any::<bool>()), 1..3_000),
            span in 1..2_000_u32,
        ) {
            let mut levels = Levels::default();
            let mut truth: BTreeMap<u32, (u32, u64)> = BTreeMap::new();
            for (rank, quantity, adds) in operations {
                let rank = rank % span;
                let top = |truth: &BTreeMap<u32, (u32, u64)>| {
                    truth.iter().rev().take(CHECKSUM_LEVELS).map(|(&rank, level)| (rank, level.1)).collect::<Vec<_>>()
                };
                let before = top(&truth);
                let touched = if adds {
                    let level = truth.entry(rank).or_default();
                    *level = (level.0 + 1, level.1 + quantity);
                    levels.add(rank, quantity);
                    rank
                } else {
                    let Some((&rank, &(orders, total))) = truth.range(rank..).next() else { continue };
                    let ended = total <= quantity || orders > 1 && total > u64::from(orders) && quantity > 2;
                    let taken = if orders == 1 && ended { total } else { quantity.min(total - 1) };
                    let ended = taken == total || orders > 1 && ended;
                    if taken == total { truth.remove(&rank); } else {
                        truth.insert(rank, (orders - u32::from(ended), total - taken));
                    }
                    levels.reduce(rank, taken, ended);
                    rank
                };
                prop_assert!(before == top(&truth) || levels.is_covered(touched));
                prop_assert_eq!(levels.get(touched), truth.get(&touched).copied().unwrap_or((0, 0)));
                prop_assert!(levels.far.is_empty() || !levels.near.is_empty());
                prop_assert!(levels.near.len() <= NEAR_MAX);
            }
            let all: Vec<_> = levels.best_first().collect();
            let expected: Vec<_> = truth.iter().rev().map(|(&rank, &(orders, total))| (rank, orders, total)).collect();
            prop_assert_eq!(all, expected);
        }
    }
}
