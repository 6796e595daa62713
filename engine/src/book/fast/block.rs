//! Blocks: the sides that no longer fit in their books, and are not deep yet.
//!
//! What always holds: entries are sorted, free places are last; a free block links to the next one by its first place.

use super::entry::Entry;
use alloc::vec::Vec;

/// The most orders in a block.
pub(super) const SIZE: usize = 16;

/// The blocks of all books.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    blocks: Vec<[Entry; SIZE]>,
    free: Option<u32>,
    used: u32,
}

impl Blocks {
    /// How many are in use.
    pub(super) const fn used(&self) -> u32 {
        self.used
    }

    /// How many were ever made.
    #[cfg(test)]
    pub(super) fn made(&self) -> usize {
        self.blocks.len()
    }

    /// An empty block.
    pub(super) fn take(&mut self) -> u32 {
        self.used += 1;
        let Some(number) = self.free else {
            self.blocks.push([Entry::NONE; SIZE]);
            return (self.blocks.len() - 1) as u32;
        };
        let block = &mut self.blocks[number as usize];
        self.free = (!block[0].is_none()).then_some(block[0].0 as u32);
        *block = [Entry::NONE; SIZE];
        number
    }

    /// Gives a block back.
    pub(super) fn free(&mut self, number: u32) {
        self.blocks[number as usize][0] = self.free.map_or(Entry::NONE, |next| Entry(u64::from(next)));
        self.free = Some(number);
        self.used -= 1;
    }

    pub(super) fn has_room(&self, number: u32) -> bool {
        self.get(number)[SIZE - 1].is_none()
    }

    pub(super) fn get(&self, number: u32) -> &[Entry; SIZE] {
        &self.blocks[number as usize]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut [Entry; SIZE] {
        &mut self.blocks[number as usize]
    }
}
