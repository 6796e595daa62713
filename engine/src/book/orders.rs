//! The order arena: every open order of every book, in one array.
//!
//! It stands above the books and is part of the state: a book only links its slots. An [`OrderId`] is a slot and the
//! slot's generation, so an order is found without a hash, and a stale id never names a younger order.
//!
//! What always holds: a free slot's generation is the one its next order will get; free slots are given out last freed
//! first, and a fresh one only when none is free. So slots and generations follow from the commands alone, and both
//! books give the same ids. A slot whose generation would roll over is never used again. Slot 0 is never an order: it
//! ends the lists.
//!
//! Prices, holds and fees are the exchange's business; it keeps what else it must know of an order in the cold half
//! `C`.

use crate::kit::prefetch::prefetch;
use alloc::{vec, vec::Vec};
use core::mem;
use protocol::{EntityId, InstrumentId, OrderId, Side};

/// The most orders that can be open at once, over all books. Memory at this bound: 2 GiB and the cold halves.
pub const ORDERS_MAX: u32 = 1 << 26;

/// A price in ticks above the lowest price of the instrument's band: below [`Ticks::BOUND`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub u32);

impl Ticks {
    /// A band has at most this many prices.
    pub const BOUND: u32 = 1 << 18;
    /// The highest price of the widest band.
    pub const MAX: Self = Self(Self::BOUND - 1);
}

/// A place in the arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(super) u32);

impl Slot {
    /// No order: the end of a list.
    pub const NONE: Self = Self(0);

    /// Its number, from 1 for an order.
    pub const fn number(self) -> u32 {
        self.0
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// What an order is when it enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The legal entity it belongs to.
    pub owner: EntityId,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Its limit.
    pub ticks: Ticks,
    /// How many units; above zero.
    pub quantity: u32,
    /// Bits that the exchange keeps with it, at most [`Order::TAG_MAX`].
    pub tag: u32,
}

/// The hot half of an order: what matching touches. Two of them share a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub struct Order {
    ticks: Ticks,
    left: u32,
    /// Before it in its list; meaningless outside a book.
    pub(super) prev: Slot,
    /// After it in its list; in a free slot, the next free one.
    pub(super) next: Slot,
    owner: EntityId,
    instrument: InstrumentId,
    generation: u32,
    /// [`LIVE`], [`SELL`], and the tag.
    flags: u32,
}

const _: () = assert!(size_of::<Order>() == 32);
const LIVE: u32 = 1 << 31;
const SELL: u32 = 1 << 30;

impl Order {
    /// The largest tag.
    pub const TAG_MAX: u32 = SELL - 1;

    /// Its limit.
    pub const fn ticks(&self) -> Ticks {
        self.ticks
    }

    /// How many units it still wants; 0 once it is filled.
    pub const fn left(&self) -> u32 {
        self.left
    }

    /// The legal entity it belongs to.
    pub const fn owner(&self) -> EntityId {
        self.owner
    }

    /// What it trades.
    pub const fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    /// Buy or sell.
    pub const fn side(&self) -> Side {
        if self.flags & SELL == 0 { Side::Buy } else { Side::Sell }
    }

    /// The exchange's own bits.
    pub const fn tag(&self) -> u32 {
        self.flags & Self::TAG_MAX
    }

    /// How often its slot had been used before.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether the slot holds an order.
    pub const fn is_live(&self) -> bool {
        self.flags & LIVE != 0
    }

    /// Takes `quantity` off what it wants and says whether nothing is left.
    pub(super) fn fill(&mut self, quantity: u32) -> bool {
        self.left -= quantity;
        self.left == 0
    }
}

/// The arena. `C` is the cold half: what the exchange alone knows of an order.
#[derive(Clone, Debug)]
pub struct Orders<C> {
    hot: Vec<Order>,
    cold: Vec<C>,
    free: Slot,
    count: u32,
}

impl<C: Copy + Default> Default for Orders<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Copy + Default> Orders<C> {
    /// No orders.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// No orders, with room for `orders` before it must grow.
    pub fn with_capacity(orders: usize) -> Self {
        let mut hot = Vec::with_capacity(orders + 1);
        let mut cold = Vec::with_capacity(orders + 1);
        hot.push(Order::default());
        cold.push(C::default());
        Self {
            hot,
            cold,
            free: Slot::NONE,
            count: 0,
        }
    }

    /// How many orders are open.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Whether [`Self::insert`] would find room.
    pub fn has_room(&self) -> bool {
        !self.free.is_none() || self.hot.len() <= ORDERS_MAX as usize
    }

    /// Gives an order its slot, and so its id. `None` where [`ORDERS_MAX`] are open. No book knows it yet.
    #[inline]
    pub fn insert(&mut self, new: NewOrder, cold: C) -> Option<Slot> {
        debug_assert!(new.quantity > 0 && new.ticks.0 < Ticks::BOUND && new.tag <= Order::TAG_MAX);
        let slot = if self.free.is_none() { self.fresh()? } else { self.free };
        let order = &mut self.hot[slot.index()];
        self.free = order.next;
        // Field by field: a whole order put together elsewhere and copied here costs a stall.
        order.ticks = new.ticks;
        order.left = new.quantity;
        order.prev = Slot::NONE;
        order.next = Slot::NONE;
        order.owner = new.owner;
        order.instrument = new.instrument;
        order.flags = LIVE | ((new.side as u32) << 30) | new.tag;
        self.cold[slot.index()] = cold;
        self.count += 1;
        Some(slot)
    }

    /// A slot that was never used, as if it were the only free one.
    #[cold]
    fn fresh(&mut self) -> Option<Slot> {
        if !self.has_room() {
            return None;
        }
        let slot = Slot(self.hot.len() as u32);
        self.hot.push(Order::default());
        self.cold.push(C::default());
        Some(slot)
    }

    /// Ends an order, which no book may hold any more, and frees its slot. Its id names nothing from here on.
    #[inline]
    pub fn remove(&mut self, slot: Slot) -> C {
        let order = &mut self.hot[slot.index()];
        assert!(order.is_live(), "the slot holds an order");
        order.flags = 0;
        self.count -= 1;
        if let Some(generation) = order.generation.checked_add(1) {
            order.generation = generation;
            order.next = self.free;
            self.free = slot;
        }
        self.cold[slot.index()]
    }

    /// The slot of an open order; `None` where the id names none, or none any more.
    #[inline]
    pub fn find(&self, id: OrderId) -> Option<Slot> {
        let order = self.hot.get(id.slot() as usize)?;
        (order.is_live() && order.generation == id.generation()).then_some(Slot(id.slot()))
    }

    /// Asks for the memory that an order with this id would stand in, so that a caller who knows the next commands has
    /// it fetched for all of them at once.
    #[inline]
    pub fn touch(&self, id: OrderId) {
        if let (Some(hot), Some(cold)) = (self.hot.get(id.slot() as usize), self.cold.get(id.slot() as usize)) {
            prefetch(hot);
            prefetch(cold);
        }
    }

    /// The id of the order in this slot.
    pub fn id(&self, slot: Slot) -> OrderId {
        OrderId::new(slot.0, self.hot[slot.index()].generation)
    }

    /// The hot half.
    pub fn get(&self, slot: Slot) -> &Order {
        &self.hot[slot.index()]
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.hot[slot.index()]
    }

    /// Sets what an order that no book holds yet still wants: what its trades on arrival left of it.
    pub fn set_left(&mut self, slot: Slot, left: u32) {
        self.hot[slot.index()].left = left;
    }

    /// The cold half.
    pub fn cold(&self, slot: Slot) -> &C {
        &self.cold[slot.index()]
    }

    /// The cold half, to change.
    pub fn cold_mut(&mut self, slot: Slot) -> &mut C {
        &mut self.cold[slot.index()]
    }

    /// An arena whose slots were used so often, from slot 1 on, before its orders are put back with [`Self::restore`]
    /// and its free slots with [`Self::restore_free`]. `None` if it would have more than [`ORDERS_MAX`].
    pub(crate) fn with_generations(generations: &[u32]) -> Option<Self> {
        if generations.len() > ORDERS_MAX as usize {
            return None;
        }
        let mut orders = Self::with_capacity(generations.len());
        orders.hot.extend(generations.iter().map(|&generation| Order {
            generation,
            ..Order::default()
        }));
        orders.cold.resize(generations.len() + 1, C::default());
        Some(orders)
    }

    /// Puts an order back into the slot of this number; `None` if there is no such slot or it has an order.
    pub(crate) fn restore(&mut self, number: u32, new: NewOrder, cold: C) -> Option<Slot> {
        let order = self.hot.get(number as usize)?;
        if number == 0 || order.is_live() {
            return None;
        }
        // As if it were the only free one.
        self.free = Slot(number);
        self.insert(new, cold)
    }

    /// Puts the free slots back, the next to be given out first, once every order is back. `None` if one is not free or
    /// comes twice, or if a slot is missing that has not retired.
    pub(crate) fn restore_free(&mut self, numbers: &[u32]) -> Option<()> {
        let mut free = vec![false; self.hot.len()];
        for &number in numbers.iter().rev() {
            let order = self.hot.get_mut(number as usize)?;
            if number == 0 || order.is_live() || mem::replace(&mut free[number as usize], true) {
                return None;
            }
            order.next = self.free;
            self.free = Slot(number);
        }
        let used = self.hot.iter().zip(&free).skip(1);
        used.into_iter()
            .all(|(order, free)| *free || order.is_live() || order.generation == u32::MAX)
            .then_some(())
    }

    /// Every slot that was ever used, in order, for the state hash: the generation of an empty one matters too.
    /// The links inside an [`Order`] do not, and are not to be read from here.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, &Order, &C)> {
        (0u32..)
            .zip(self.hot.iter().zip(&self.cold))
            .skip(1)
            .map(|(n, (hot, cold))| (Slot(n), hot, cold))
    }

    /// The free slots, the next to be given out first, for the state hash.
    pub fn free_slots(&self) -> impl Iterator<Item = Slot> {
        let first = (!self.free.is_none()).then_some(self.free);
        core::iter::successors(first, |slot| {
            let next = self.hot[slot.index()].next;
            (!next.is_none()).then_some(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn order(quantity: u32) -> NewOrder {
        NewOrder {
            owner: EntityId(7),
            instrument: InstrumentId(3),
            side: Side::Sell,
            ticks: Ticks(11),
            quantity,
            tag: Order::TAG_MAX,
        }
    }

    #[test]
    fn an_order_is_found_by_its_id_until_it_ends() {
        let mut orders = Orders::new();
        let slot = orders.insert(order(5), 'a').unwrap();
        let id = orders.id(slot);
        assert_eq!(orders.find(id), Some(slot));
        assert_eq!(
            (orders.get(slot).side(), orders.get(slot).tag()),
            (Side::Sell, Order::TAG_MAX)
        );
        assert_eq!(orders.remove(slot), 'a');
        assert_eq!(orders.find(id), None);
        let again = orders.insert(order(6), 'b').unwrap();
        assert_eq!(again, slot);
        assert_eq!(orders.find(id), None, "a stale id names nothing");
        assert_eq!(orders.id(again).generation(), id.generation() + 1);
    }

    #[test]
    fn ids_that_were_never_given_name_nothing() {
        let mut orders = Orders::new();
        let slot = orders.insert(order(5), ()).unwrap();
        orders.remove(slot);
        let guessed = OrderId::new(slot.number(), 1);
        for id in [OrderId(0), guessed, OrderId::new(2, 0), OrderId(u64::MAX)] {
            assert_eq!(orders.find(id), None, "{id:?}");
        }
    }

    #[test]
    fn slots_are_given_out_last_freed_first() {
        let mut orders = Orders::new();
        let slots = [1, 2, 3].map(|quantity| orders.insert(order(quantity), ()).unwrap());
        orders.remove(slots[0]);
        orders.remove(slots[2]);
        assert!(orders.free_slots().eq([slots[2], slots[0]]));
        assert_eq!(orders.insert(order(9), ()), Some(slots[2]));
        assert_eq!(orders.insert(order(9), ()), Some(slots[0]));
        assert_eq!(orders.insert(order(9), ()).map(Slot::number), Some(4));
        assert_eq!(orders.count(), 4);
    }

    #[test]
    fn a_slot_retires_before_its_generation_rolls_over() {
        let mut orders = Orders::new();
        let slot = orders.insert(order(5), ()).unwrap();
        orders.get_mut(slot).generation = u32::MAX;
        let last = orders.id(slot);
        assert_eq!(orders.find(last), Some(slot));
        orders.remove(slot);
        assert_eq!(orders.find(last), None);
        assert_eq!(orders.free_slots().count(), 0);
        assert_ne!(orders.insert(order(5), ()), Some(slot));
    }

    #[test]
    fn a_restored_arena_gives_out_the_same_ids() {
        let mut orders = Orders::new();
        let slots: Vec<Slot> = (1..=6)
            .map(|quantity| orders.insert(order(quantity), quantity).unwrap())
            .collect();
        orders.get_mut(slots[4]).generation = u32::MAX;
        for slot in [3, 0, 4, 1] {
            orders.remove(slots[slot]);
        }
        let generations = [1, 1, 0, 1, u32::MAX, 0];
        let free = [2, 1, 4];
        let restored = |generations: &[u32], live: &[u32], free: &[u32]| {
            let mut orders = Orders::with_generations(generations)?;
            for &slot in live {
                orders.restore(slot, order(slot), slot)?;
            }
            orders.restore_free(free)?;
            Some(orders)
        };
        let mut again = restored(&generations, &[6, 3], &free).unwrap();
        assert_eq!(again.count(), orders.count());
        assert!(again.free_slots().eq(orders.free_slots()));
        for _ in 0..5 {
            let slot = again.insert(order(9), 9).unwrap();
            assert_eq!(orders.insert(order(9), 9), Some(slot));
            assert_eq!(orders.id(slot), again.id(slot));
        }
        let open = |orders: &Orders<u32>| -> Vec<_> {
            let open = orders.slots().filter(|(_, order, _)| order.is_live());
            open.map(|(slot, order, cold)| format!("{slot:?} {order:?} {cold}"))
                .collect()
        };
        assert_eq!(open(&again), open(&orders));

        for (live, free, why) in [
            (&[6, 3][..], &[2, 1][..], "a slot is neither"),
            (&[6, 3], &[2, 1, 4, 4], "a slot is free twice"),
            (&[6, 3], &[2, 1, 4, 3], "an open order's slot is free"),
            (&[6, 3, 3], &free, "two orders in a slot"),
            (&[6, 3, 7], &free, "no such slot"),
            (&[6, 3], &[2, 1, 4, 7], "no such slot is free"),
            (&[6, 3, 0], &free, "slot 0 is never an order"),
            (&[6, 3], &[2, 1, 4, 0], "slot 0 is never free"),
        ] {
            assert!(restored(&generations, live, free).is_none(), "{why}");
        }
    }
}
