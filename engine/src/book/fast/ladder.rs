//! Ladders: the deep sides of all books, as price levels indexed by key.
//!
//! A ladder is a tree of fixed depth: a root, branches of 64 children, leaves of 64 levels: 2^18 keys. Each node knows
//! its occupied places in one word, so the next level is found in at most three words whatever the distance. All nodes
//! of all books come from this pool and go back to it as soon as they are empty.
//!
//! What always holds: a bit is set exactly where there is a level with orders or a node with a bit set; a free node is
//! all zeros but for the link to the next free one. Node 0 of each kind is nobody's.

use super::entry::Entry;
use crate::book::{Orders, Slot, Ticks};
use alloc::{format, string::String, vec, vec::Vec};

const _: () = assert!(Ticks::BOUND == 64 * 64 * 64);

/// A price level: a list of orders in the order of time.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    head: Slot,
    tail: Slot,
}

/// 64 neighbouring levels.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    occupied: u64,
    levels: [Level; 64],
}

impl Leaf {
    const EMPTY: Self = Self {
        occupied: 0,
        levels: [Level {
            head: Slot::NONE,
            tail: Slot::NONE,
        }; 64],
    };
}

/// 64 neighbouring leaves, or branches.
#[derive(Clone, Copy, Debug)]
struct Branch {
    occupied: u64,
    children: [u32; 64],
}

impl Branch {
    const EMPTY: Self = Self {
        occupied: 0,
        children: [0; 64],
    };
}

/// The place of a key in the root, in the branch and in the leaf.
const fn places(key: u32) -> (usize, usize, usize) {
    ((key >> 12 & 63) as usize, (key >> 6 & 63) as usize, (key & 63) as usize)
}

/// The lowest set bit at or above a place, in a word that may have none.
const fn at_or_above(word: u64, place: usize) -> Option<usize> {
    let rest = if place < 64 { word >> place << place } else { 0 };
    if rest == 0 {
        None
    } else {
        Some(rest.trailing_zeros() as usize)
    }
}

/// The nodes of all ladders.
#[derive(Clone, Debug)]
pub(super) struct Ladders {
    branches: Vec<Branch>,
    leaves: Vec<Leaf>,
    free_branch: u32,
    free_leaf: u32,
    branches_used: u32,
    leaves_used: u32,
}

impl Default for Ladders {
    fn default() -> Self {
        Self {
            branches: vec![Branch::EMPTY],
            leaves: vec![Leaf::EMPTY],
            free_branch: 0,
            free_leaf: 0,
            branches_used: 0,
            leaves_used: 0,
        }
    }
}

impl Ladders {
    /// How many nodes are in use: branches (roots among them) and leaves.
    pub(super) const fn used(&self) -> (u32, u32) {
        (self.branches_used, self.leaves_used)
    }

    /// How many branches and leaves were ever made, nobody's included.
    #[cfg(test)]
    pub(super) fn made(&self) -> (usize, usize) {
        (self.branches.len(), self.leaves.len())
    }

    /// A new ladder, empty. It must get an order before anything else is asked of it.
    pub(super) fn root(&mut self) -> u32 {
        self.branches_used += 1;
        let number = self.free_branch;
        if number == 0 {
            self.branches.push(Branch::EMPTY);
            return (self.branches.len() - 1) as u32;
        }
        self.free_branch = core::mem::take(&mut self.branches[number as usize].children[0]);
        number
    }

    fn leaf(&mut self) -> u32 {
        self.leaves_used += 1;
        let number = self.free_leaf;
        if number == 0 {
            self.leaves.push(Leaf::EMPTY);
            return (self.leaves.len() - 1) as u32;
        }
        self.free_leaf = core::mem::take(&mut self.leaves[number as usize].levels[0].head).0;
        number
    }

    fn free_branch(&mut self, number: u32) {
        self.branches[number as usize].children[0] = self.free_branch;
        self.free_branch = number;
        self.branches_used -= 1;
    }

    fn free_leaf(&mut self, number: u32) {
        self.leaves[number as usize].levels[0].head = Slot(self.free_leaf);
        self.free_leaf = number;
        self.leaves_used -= 1;
    }

    /// The branch and the leaf of a key; 0 and 0 where there is none.
    fn path(&self, root: u32, key: u32) -> (u32, u32) {
        let (in_root, in_branch, _) = places(key);
        let branch = self.branches[root as usize].children[in_root];
        (branch, self.branches[branch as usize].children[in_branch])
    }

    /// The first order at a key.
    fn first(&self, root: u32, key: u32) -> Slot {
        let (_, leaf) = self.path(root, key);
        self.leaves[leaf as usize].levels[places(key).2].head
    }

    /// Puts an order behind those of its key.
    pub(super) fn push<C: Copy + Default>(&mut self, root: u32, key: u32, slot: Slot, orders: &mut Orders<C>) {
        let (_, mut leaf) = self.path(root, key);
        if leaf == 0 {
            leaf = self.grow(root, key);
        }
        let place = places(key).2;
        let leaf = &mut self.leaves[leaf as usize];
        let level = &mut leaf.levels[place];
        let tail = level.tail;
        level.tail = slot;
        if tail.is_none() {
            level.head = slot;
            leaf.occupied |= 1 << place;
        }
        // Without a tail this lands in slot 0, which nobody reads.
        orders.get_mut(tail).next = slot;
        let order = orders.get_mut(slot);
        (order.prev, order.next) = (tail, Slot::NONE);
    }

    /// Makes the leaf of a key.
    #[cold]
    fn grow(&mut self, root: u32, key: u32) -> u32 {
        let (in_root, in_branch, _) = places(key);
        let (mut branch, _) = self.path(root, key);
        if branch == 0 {
            branch = self.root();
            self.branches[root as usize].children[in_root] = branch;
            self.branches[root as usize].occupied |= 1 << in_root;
        }
        let leaf = self.leaf();
        self.branches[branch as usize].children[in_branch] = leaf;
        self.branches[branch as usize].occupied |= 1 << in_branch;
        leaf
    }

    /// Notes that an order between `prev` and `next` has left its level, of which it was the first, the last or both.
    /// Returns the best order of the ladder, which was `best` before; none if the ladder is gone.
    pub(super) fn unlinked(&mut self, root: u32, key: u32, prev: Slot, next: Slot, best: Entry) -> Option<Entry> {
        let (_, leaf) = self.path(root, key);
        let place = places(key).2;
        let leaf = &mut self.leaves[leaf as usize];
        let level = &mut leaf.levels[place];
        let was_best = best.key() == key;
        if !next.is_none() {
            level.head = next;
            return Some(if was_best { Entry::new(key, next) } else { best });
        }
        level.tail = prev;
        if !prev.is_none() {
            return Some(best);
        }
        level.head = prev;
        leaf.occupied &= !(1 << place);
        if leaf.occupied == 0 {
            return self.shrink(root, key, best);
        }
        if !was_best {
            return Some(best);
        }
        let place = leaf.occupied.trailing_zeros();
        Some(Entry::new(key & !63 | place, leaf.levels[place as usize].head))
    }

    /// Frees the empty leaf of a key, and what is empty without it.
    #[cold]
    fn shrink(&mut self, root: u32, key: u32, best: Entry) -> Option<Entry> {
        let (in_root, in_branch, _) = places(key);
        let (branch, leaf) = self.path(root, key);
        self.free_leaf(leaf);
        let node = &mut self.branches[branch as usize];
        node.children[in_branch] = 0;
        node.occupied &= !(1 << in_branch);
        if node.occupied == 0 {
            self.free_branch(branch);
            let node = &mut self.branches[root as usize];
            node.children[in_root] = 0;
            node.occupied &= !(1 << in_root);
            if node.occupied == 0 {
                self.free_branch(root);
                return None;
            }
        }
        if best.key() == key {
            self.from(root, key)
        } else {
            Some(best)
        }
    }

    /// The first order at this key or above.
    fn from(&self, root: u32, key: u32) -> Option<Entry> {
        let key = self.at_or_after(root, key)?;
        Some(Entry::new(key, self.first(root, key)))
    }

    /// The orders of a ladder, from the best.
    pub(super) fn resting<'a, C: Copy + Default>(
        &'a self,
        root: u32,
        orders: &'a Orders<C>,
    ) -> impl Iterator<Item = Slot> + 'a {
        core::iter::successors(self.from(root, 0), move |entry| {
            let next = orders.get(entry.slot()).next;
            if !next.is_none() {
                return Some(Entry::new(entry.key(), next));
            }
            if entry.key() == Ticks::MAX.0 {
                None
            } else {
                self.from(root, entry.key() + 1)
            }
        })
        .map(Entry::slot)
    }

    /// The lowest key with orders that is not below this one.
    fn at_or_after(&self, root: u32, key: u32) -> Option<u32> {
        let (in_root, in_branch, in_leaf) = places(key);
        let (branch, leaf) = self.path(root, key);
        if let Some(place) = at_or_above(self.leaves[leaf as usize].occupied, in_leaf) {
            return Some(key & !63 | place as u32);
        }
        if let Some(place) = at_or_above(self.branches[branch as usize].occupied, in_branch + 1) {
            return Some(self.lowest(branch, key & !0xFFF, place));
        }
        let place = at_or_above(self.branches[root as usize].occupied, in_root + 1)?;
        let branch = self.branches[root as usize].children[place];
        let first = self.branches[branch as usize].occupied.trailing_zeros() as usize;
        Some(self.lowest(branch, (place as u32) << 12, first))
    }

    /// The lowest key below the child at `place` of a branch that begins at `base`.
    fn lowest(&self, branch: u32, base: u32, place: usize) -> u32 {
        let leaf = self.branches[branch as usize].children[place];
        base | (place as u32) << 6 | self.leaves[leaf as usize].occupied.trailing_zeros()
    }

    /// Checks one ladder and returns its first order.
    pub(super) fn check<C: Copy + Default>(
        &self,
        root: u32,
        orders: &Orders<C>,
        ticks: impl Fn(u32) -> Ticks,
    ) -> Result<Entry, String> {
        let mut first = None;
        for (i, branch) in self.check_branch(root)? {
            for (j, leaf) in self.check_branch(branch)? {
                let leaf = &self.leaves[leaf as usize];
                if leaf.occupied == 0 {
                    return Err(format!("an empty leaf was kept below {branch}"));
                }
                for (k, level) in leaf.levels.iter().enumerate() {
                    let key = (i << 12 | j << 6 | k) as u32;
                    if (leaf.occupied >> k & 1 == 1) == level.head.is_none() {
                        return Err(format!("the bit of key {key} is wrong: {level:?}"));
                    }
                    check_level(*level, orders, ticks(key))?;
                    if !level.head.is_none() {
                        first.get_or_insert(Entry::new(key, level.head));
                    }
                }
            }
        }
        first.ok_or_else(|| format!("the ladder {root} is empty"))
    }

    /// Checks one branch and returns its children with their places.
    fn check_branch(&self, number: u32) -> Result<impl Iterator<Item = (usize, u32)>, String> {
        let branch = &self.branches[number as usize];
        let sound = (0..64).all(|place| (branch.occupied >> place & 1 == 1) == (branch.children[place] != 0));
        if number == 0 || branch.occupied == 0 || !sound {
            return Err(format!("branch {number} is empty or its bits are wrong: {branch:?}"));
        }
        Ok((0..64).zip(branch.children).filter(|(_, child)| *child != 0))
    }
}

fn check_level<C: Copy + Default>(level: Level, orders: &Orders<C>, ticks: Ticks) -> Result<(), String> {
    let (mut prev, mut slot) = (Slot::NONE, level.head);
    while !slot.is_none() {
        let order = orders.get(slot);
        if order.prev != prev || order.ticks() != ticks || !order.is_live() || order.left() == 0 {
            return Err(format!("{slot:?} {order:?} is not in its place at {ticks:?}"));
        }
        (prev, slot) = (slot, order.next);
    }
    if prev == level.tail {
        Ok(())
    } else {
        Err(format!("the level {level:?} ends with {prev:?}"))
    }
}
