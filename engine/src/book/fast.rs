//! The book in use: made for a million mostly empty books and for a few deep ones.
//!
//! A book is one cache line. A side of up to [`INLINE`] orders stands in it, sorted; up to [`block::SIZE`] orders stand
//! in a [block](block) of the shared pool; beyond that the side is a [ladder](ladder) of price levels. So in a quiet
//! book an order comes and goes without a touch of its neighbours, and in a deep one in a time that does not grow.
//!
//! Both sides are kept in *keys*: ticks for sells, ticks counted from the top for buys, so the best price always has
//! the lowest key and no code below asks which side it is on.
//!
//! What always holds: the first entry of a side is its best order, in every form; an order stands in its side exactly
//! once; what leaves is taken out at once.

mod block;
mod entry;
mod ladder;

use super::{Book, Fill, Orders, Slot, Step, Taker, Ticks};
use alloc::{format, string::String};
use block::Blocks;
use core::fmt::Debug;
use entry::{Entry, insert, key, remove, ticks};
use ladder::Ladders;
use protocol::Side;

/// The most orders of a side that stand in the book itself.
const INLINE: usize = 4;

/// Where the orders of a side stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// In the book.
    Inline,
    /// In this block.
    Block(u32),
    /// On this ladder.
    Ladder(u32),
}

/// One side of a book: its orders, best first; or its best order, and where they all stand.
#[derive(Clone, Copy, Debug)]
struct Half {
    entries: [Entry; INLINE],
}

/// Keys leave the upper bits of an entry free; the second one of a side says by them that it is not an order.
const BLOCK: u64 = 1;
const LADDER: u64 = 2;
const FORM_SHIFT: u32 = 60;
const _: () = assert!(Ticks::BOUND as u64 <= 1 << (FORM_SHIFT - 32));

impl Half {
    const EMPTY: Self = Self {
        entries: [Entry::NONE; INLINE],
    };

    /// A side that stands elsewhere.
    fn elsewhere(best: Entry, form: Form) -> Self {
        let mut half = Self::EMPTY;
        half.entries[0] = best;
        match form {
            Form::Inline => {}
            Form::Block(number) => half.entries[1] = Entry(BLOCK << FORM_SHIFT | u64::from(number)),
            Form::Ladder(number) => half.entries[1] = Entry(LADDER << FORM_SHIFT | u64::from(number)),
        }
        half
    }

    const fn best(&self) -> Entry {
        self.entries[0]
    }

    const fn form(&self) -> Form {
        let second = self.entries[1].0;
        match second >> FORM_SHIFT {
            BLOCK => Form::Block(second as u32),
            LADDER => Form::Ladder(second as u32),
            _ => Form::Inline,
        }
    }
}

/// What all fast books share: where the sides stand that do not fit in their books.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    blocks: Blocks,
    ladders: Ladders,
}

impl Pool {
    /// How many blocks, branches and leaves are in use.
    pub const fn used(&self) -> [u32; 3] {
        let (branches, leaves) = self.ladders.used();
        [self.blocks.used(), branches, leaves]
    }
}

/// A price-time book of one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub struct FastBook {
    halves: [Half; 2],
}

const _: () = assert!(size_of::<FastBook>() == 64);

impl Default for FastBook {
    fn default() -> Self {
        Self {
            halves: [Half::EMPTY; 2],
        }
    }
}

impl FastBook {
    /// Takes the order with this key out of its side.
    #[inline]
    fn take<C: Copy + Default>(half: &mut Half, pool: &mut Pool, orders: &mut Orders<C>, slot: Slot, key: u32) {
        match half.form() {
            Form::Inline => remove(&mut half.entries, slot),
            Form::Block(number) => Self::take_from_block(half, &mut pool.blocks, slot, number),
            Form::Ladder(root) => {
                let order = orders.get(slot);
                let (prev, next) = (order.prev, order.next);
                // At an end of the level one of the two writes lands in slot 0, which nobody reads.
                orders.get_mut(prev).next = next;
                orders.get_mut(next).prev = prev;
                if prev.is_none() || next.is_none() {
                    match pool.ladders.unlinked(root, key, prev, next, half.best()) {
                        Some(best) => half.entries[0] = best,
                        None => *half = Half::EMPTY,
                    }
                }
            }
        }
    }

    fn take_from_block(half: &mut Half, blocks: &mut Blocks, slot: Slot, number: u32) {
        let block = blocks.get_mut(number);
        remove(block, slot);
        half.entries[0] = block[0];
        if block[INLINE / 2].is_none() {
            *half = Half::EMPTY;
            half.entries[..INLINE / 2].copy_from_slice(&block[..INLINE / 2]);
            blocks.free(number);
        }
    }

    /// Moves a full side to where there is room for one more.
    #[cold]
    fn grow<C: Copy + Default>(half: &mut Half, pool: &mut Pool, orders: &mut Orders<C>) {
        let form = if let Form::Block(number) = half.form() {
            let root = pool.ladders.root();
            for entry in *pool.blocks.get_mut(number) {
                pool.ladders.push(root, entry.key(), entry.slot(), orders);
            }
            pool.blocks.free(number);
            Form::Ladder(root)
        } else {
            let number = pool.blocks.take();
            pool.blocks.get_mut(number)[..INLINE].copy_from_slice(&half.entries);
            Form::Block(number)
        };
        *half = Half::elsewhere(half.best(), form);
    }
}

impl Book for FastBook {
    type Pool = Pool;

    fn best(&self, side: Side) -> Option<Ticks> {
        let best = self.halves[side.index()].best();
        (!best.is_none()).then(|| ticks(side, best.key()))
    }

    #[inline]
    fn step<C: Copy + Default>(&mut self, pool: &mut Pool, orders: &mut Orders<C>, taker: &mut Taker) -> Step {
        let side = taker.side.opposite();
        let half = &mut self.halves[side.index()];
        let best = half.best();
        // An empty side has a best key above every limit.
        if best.key() > key(side, taker.limit) || taker.left == 0 {
            return Step::Over;
        }
        let maker = best.slot();
        let order = orders.get_mut(maker);
        if order.owner() == taker.owner {
            return Step::OwnOrder(maker);
        }
        let quantity = order.left().min(taker.left);
        taker.left -= quantity;
        let maker_done = order.fill(quantity);
        if maker_done {
            Self::take(half, pool, orders, maker, best.key());
        }
        Step::Filled(Fill {
            maker,
            ticks: ticks(side, best.key()),
            quantity,
            maker_done,
        })
    }

    #[inline]
    fn rest<C: Copy + Default>(&mut self, pool: &mut Pool, orders: &mut Orders<C>, slot: Slot) {
        let order = orders.get(slot);
        let side = order.side();
        let entry = Entry::new(key(side, order.ticks()), slot);
        let half = &mut self.halves[side.index()];
        loop {
            match half.form() {
                Form::Inline if half.entries[INLINE - 1].is_none() => return insert(&mut half.entries, entry),
                Form::Block(number) if pool.blocks.has_room(number) => {
                    let block = pool.blocks.get_mut(number);
                    insert(block, entry);
                    half.entries[0] = block[0];
                    return;
                }
                Form::Ladder(root) => {
                    if entry.key() < half.best().key() {
                        half.entries[0] = entry;
                    }
                    return pool.ladders.push(root, entry.key(), slot, orders);
                }
                Form::Inline | Form::Block(_) => Self::grow(half, pool, orders),
            }
        }
    }

    #[inline]
    fn unlink<C: Copy + Default>(&mut self, pool: &mut Pool, orders: &mut Orders<C>, slot: Slot) {
        let order = orders.get(slot);
        let side = order.side();
        let key = key(side, order.ticks());
        Self::take(&mut self.halves[side.index()], pool, orders, slot, key);
    }

    fn resting<'a, C: Copy + Default>(
        &'a self,
        pool: &'a Pool,
        orders: &'a Orders<C>,
        side: Side,
    ) -> impl Iterator<Item = Slot> + 'a {
        let half = &self.halves[side.index()];
        let (entries, root): (&[Entry], _) = match half.form() {
            Form::Inline => (&half.entries, None),
            Form::Block(number) => (pool.blocks.get(number), None),
            Form::Ladder(root) => (&[], Some(root)),
        };
        let listed = entries
            .iter()
            .take_while(|entry| !entry.is_none())
            .map(|entry| entry.slot());
        listed.chain(root.into_iter().flat_map(|root| pool.ladders.resting(root, orders)))
    }

    fn check<C: Copy + Default>(&self, pool: &Pool, orders: &Orders<C>) -> Result<(), String> {
        for side in [Side::Buy, Side::Sell] {
            let half = &self.halves[side.index()];
            let first = match half.form() {
                Form::Inline => check_sorted(&half.entries, orders, side)?,
                Form::Block(number) => {
                    let block = pool.blocks.get(number);
                    if block[INLINE / 2].is_none() {
                        return Err(format!("a block was kept for {block:?}"));
                    }
                    check_sorted(block, orders, side)?
                }
                Form::Ladder(root) => pool.ladders.check(root, orders, |key| ticks(side, key))?,
            };
            if first != half.best() {
                return Err(format!("the first of {side:?} is {first:?}, the book says {half:?}"));
            }
        }
        Ok(())
    }
}

/// Checks that entries are sorted, without gaps, and tell the truth about their orders; returns the first.
fn check_sorted<C: Copy + Default>(entries: &[Entry], orders: &Orders<C>, side: Side) -> Result<Entry, String> {
    for (place, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is_none()) {
        let order = orders.get(entry.slot());
        let ordered = place == 0 || entries[place - 1].key() <= entry.key();
        let true_to_order = order.is_live() && order.side() == side && entry.key() == key(side, order.ticks());
        if !ordered || !true_to_order || order.left() == 0 {
            return Err(format!("place {place} of {entries:?} of {side:?} is {order:?}"));
        }
    }
    Ok(entries[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::NewOrder;
    use alloc::vec::Vec;
    use protocol::{EntityId, InstrumentId};

    #[test]
    fn the_pool_grows_to_the_busiest_moment_and_no_further() {
        let (mut pool, mut orders) = (Pool::default(), Orders::new());
        let mut books = [FastBook::default(), FastBook::default()];
        let mut made = None;
        // Blocks alone, then ladders that reach across the band.
        for depth in [10, 64, 10, 64] {
            for _ in 0..3 {
                let mut slots = Vec::new();
                for (number, side) in [(0, Side::Buy), (0, Side::Sell), (1, Side::Sell)] {
                    for i in 0..depth {
                        let (owner, instrument, ticks) = (EntityId(1), InstrumentId(number), Ticks(i * 4_099));
                        let new = NewOrder {
                            owner,
                            instrument,
                            side,
                            ticks,
                            quantity: 1,
                            tag: 0,
                        };
                        let slot = orders.insert(new, ()).unwrap();
                        books[instrument.index()].rest(&mut pool, &mut orders, slot);
                        slots.push(slot);
                    }
                }
                assert!(books.iter().all(|book| book.check(&pool, &orders).is_ok()));
                for slot in slots {
                    books[orders.get(slot).instrument().index()].unlink(&mut pool, &mut orders, slot);
                    orders.remove(slot);
                }
                assert_eq!(pool.used(), [0; 3]);
            }
            let now = (pool.blocks.made(), pool.ladders.made());
            if depth == 64 {
                assert_eq!(*made.get_or_insert(now), now);
            }
        }
        assert_eq!(made, Some((3, (3 * (1 + 64) + 1, 3 * 64 + 1))));
    }
}
