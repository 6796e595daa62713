//! Answers that the ring has pushed out while what their commands had made was still open: an order that rests, a lot, an
//! offer. So a repeat never makes it a second time, however much came in between.
//!
//! Nobody tells when something ends, so a fill or a cancel pays nothing for this. Once there are [`SPARE`] answers here,
//! two are looked at for each that comes, the hand going round, and what has ended goes. So what is here is at most
//! [`SPARE`] and twice what is open, and no command looks at more than two.

use super::{
    index::Index,
    remembered::{Open, Remembered},
};
use alloc::vec::Vec;

/// How many answers are looked at for each that comes: with two, the hand is round before what is here has doubled.
const LOOKS: usize = 2;
/// How many answers may be here without a look at them: what ended a moment ago is still remembered.
const SPARE: usize = 1 << 10;

/// The answers of one participant that are kept for what is open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    all: Vec<Remembered>,
    /// The place that is looked at next; 0 where there is none.
    hand: usize,
    /// By id, the place.
    places: Index<[u8; 16], u32>,
}

impl Held {
    /// Those that were held, in their order, and where the hand was. `None` if an id stands twice or the hand nowhere.
    pub(crate) fn restored(all: Vec<Remembered>, hand: u32) -> Option<Self> {
        let mut held = Self::default();
        let hand = hand as usize;
        if hand >= all.len().max(1) {
            return None;
        }
        for remembered in all {
            if !held.places.try_insert(remembered.key.id, held.all.len() as u32) {
                return None;
            }
            held.all.push(remembered);
        }
        held.hand = hand;
        Some(held)
    }

    /// Those that are held, in their order, and where the hand is.
    pub(crate) fn parts(&self) -> (&[Remembered], u32) {
        (&self.all, self.hand as u32)
    }

    /// The answer under this id.
    pub(crate) fn find(&self, id: &[u8; 16]) -> Option<&Remembered> {
        if self.all.is_empty() {
            return None;
        }
        self.places.get(id).map(|place| &self.all[place as usize])
    }

    /// How many are held.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Holds an answer.
    pub(crate) fn insert(&mut self, remembered: Remembered, open: Open<'_>) {
        if let Some(place) = self.places.get(&remembered.key.id) {
            // It was forgotten there, or its id would not have been new.
            self.all[place as usize] = remembered;
            return;
        }
        if self.all.len() >= SPARE {
            for _ in 0..LOOKS {
                self.look(open);
            }
        }
        self.places.insert(remembered.key.id, self.all.len() as u32);
        self.all.push(remembered);
    }

    /// Looks at one, and forgets it if what it made has ended.
    fn look(&mut self, open: Open<'_>) {
        let Some(remembered) = self.all.get(self.hand) else {
            return;
        };
        if remembered.is_open(open) {
            self.hand = (self.hand + 1) % self.all.len();
            return;
        }
        self.places.remove(&remembered.key.id);
        self.all.swap_remove(self.hand);
        match self.all.get(self.hand) {
            // The last one stands in its place now.
            Some(moved) => self.places.set(moved.key.id, self.hand as u32),
            None => self.hand = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Answer, Outcome, Receipt, Seq, Timestamp, command::ClientKey};

    fn remembered(id: usize) -> Remembered {
        Remembered {
            key: ClientKey {
                id: (id as u128).to_le_bytes(),
                body: [0; 8],
            },
            answer: Answer {
                seq: Seq(id as u64),
                at: Timestamp(0),
                outcome: Outcome::Done(Receipt::Done),
            },
        }
    }

    #[test]
    fn the_hand_comes_by_each_answer_in_its_turn() {
        let mut held = Held::default();
        for id in 0..SPARE + 3 {
            held.insert(remembered(id), &|_| true);
        }
        assert_eq!(held.parts().1 as usize, 3 * LOOKS);
        // What has ended goes where the hand stands; what stood last takes its place.
        held.insert(remembered(SPARE + 3), &|_| false);
        let found = |id: usize| held.find(&remembered(id).key.id).is_some();
        let gone: Vec<_> = (0..SPARE + 4).filter(|id| !found(*id)).collect();
        assert_eq!(gone, [3 * LOOKS, SPARE + 2]);
    }
}
