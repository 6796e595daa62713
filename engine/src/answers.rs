//! What was answered under which client id: so a resend gets the first answer again, also after a restart
//! (RELIABILITY: an answer that was lost is ambiguous).
//!
//! Each participant has a ring of its own, of a fixed size, so that nobody's traffic pushes another's answers out. It
//! forgets an answer after [`KEPT`] or once [`RING_MAX`] younger ones came, whichever is first.

use alloc::{vec, vec::Vec};
use protocol::{Answer, EntityId, Outcome, Receipt, Seq, Timestamp, command::ClientKey, time::DAY};
use serde::{Deserialize, Serialize};

/// How long an answer is kept, in nanoseconds: 24 hours.
pub(crate) const KEPT: u64 = DAY;
/// How many answers are kept for one participant at most.
pub(crate) const RING_MAX: usize = 1 << 11;

/// One remembered answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub key: ClientKey,
    pub answer: Answer,
}

impl Remembered {
    /// A place in a ring that holds nothing yet.
    const NOTHING: Self = Self {
        key: ClientKey {
            id: [0; 16],
            body: [0; 8],
        },
        answer: Answer {
            seq: Seq(0),
            at: Timestamp(0),
            outcome: Outcome::Done(Receipt::Done),
        },
    };
}

/// The answers of one participant, and a table to find them by.
///
/// Both cost a cache miss a command: the table where an id's search begins, the ring where its answer goes. So an entry
/// of the table has 16 bits: the low 11 bits of the answer's number (no more than 2^11 are kept), and 5 bits of its id,
/// so that a probe seldom reads an answer that it doesn't want; and both places can be touched ahead of time. The table
/// is open addressing with linear probing, at most half full. The id is a cryptographic hash: its own bytes spread it.
#[derive(Clone, Debug)]
struct Ring {
    /// Answer `n` stands at `n`; empty before the first.
    answers: Vec<Remembered>,
    /// Twice as long as the ring; empty before the first.
    table: Vec<u16>,
    /// The number of the oldest answer, modulo 2^11.
    first: u16,
    /// How many there are.
    count: u16,
    /// When the oldest one was given; beside the counters, as every command asks.
    oldest: Timestamp,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            answers: Vec::new(),
            table: Vec::new(),
            first: 0,
            count: 0,
            oldest: Timestamp::NEVER,
        }
    }
}

/// No answer: the tag of an entry is never zero.
const EMPTY: u16 = 0;
/// The part of an entry, and of any number, that counts.
const NUMBER: u16 = RING_MAX as u16 - 1;

/// What is known of a client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Nothing.
    New,
    /// The same body was answered so.
    Same(Answer),
    /// It was used with another body.
    Other,
}

/// The rings of all participants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    rings: Vec<Ring>,
}

impl Ring {
    fn mask(&self) -> usize {
        self.table.len() - 1
    }

    /// Where the search for `key` begins.
    fn home(&self, key: &ClientKey) -> usize {
        let head = u64::from_le_bytes(key.id[..8].try_into().expect("8 of 16 bytes"));
        head as usize & self.mask()
    }

    /// The upper bits of the entry of `key`: bits that its home does not use; never zero.
    fn tag(key: &ClientKey) -> u16 {
        u16::from(key.id[8] % 31 + 1) << 11
    }

    /// The answer of this number, or of the number in an entry.
    fn at(&self, number: u16) -> &Remembered {
        &self.answers[usize::from(number & NUMBER)]
    }

    /// The number of the next answer.
    fn next(&self) -> u16 {
        self.first.wrapping_add(self.count) & NUMBER
    }

    /// The numbers of the answers, oldest first.
    fn numbers(&self) -> impl ExactSizeIterator<Item = u16> + use<> {
        let first = self.first;
        (0..self.count).map(move |i| first.wrapping_add(i) & NUMBER)
    }

    /// The answers, oldest first.
    fn iter(&self) -> impl ExactSizeIterator<Item = &Remembered> {
        self.numbers().map(|number| self.at(number))
    }

    fn find(&self, key: &ClientKey) -> Option<&Remembered> {
        if self.table.is_empty() {
            return None;
        }
        let tag = Self::tag(key);
        let mut place = self.home(key);
        loop {
            let entry = self.table[place];
            if entry == EMPTY {
                return None;
            }
            if entry & !NUMBER == tag {
                let remembered = self.at(entry);
                if remembered.key.id == key.id {
                    return Some(remembered);
                }
            }
            place = (place + 1) & self.mask();
        }
    }

    fn push(&mut self, remembered: Remembered) {
        if self.answers.is_empty() {
            self.open();
        }
        if self.count == 0 {
            self.oldest = remembered.answer.at;
        }
        let number = self.next();
        self.enter(number, &remembered.key);
        self.answers[usize::from(number)] = remembered;
        self.count += 1;
    }

    /// Puts the answer of this number into the table.
    fn enter(&mut self, number: u16, key: &ClientKey) {
        let mut place = self.home(key);
        while self.table[place] != EMPTY {
            place = (place + 1) & self.mask();
        }
        self.table[place] = Self::tag(key) | (number & NUMBER);
    }

    /// Makes the ring's room, all of it and for good: at a participant's first command under a client id.
    #[cold]
    fn open(&mut self) {
        self.answers = vec![Remembered::NOTHING; RING_MAX];
        self.table = vec![EMPTY; RING_MAX * 2];
    }

    /// Forgets the oldest answer, and closes the gap it leaves in the table.
    fn forget(&mut self) {
        let mut gap = self.home(&self.at(self.first).key);
        while self.table[gap] == EMPTY || self.table[gap] & NUMBER != self.first {
            gap = (gap + 1) & self.mask();
        }
        let mut place = gap;
        loop {
            place = (place + 1) & self.mask();
            let entry = self.table[place];
            if entry == EMPTY {
                break;
            }
            // An entry may move back into the gap unless its home lies behind it.
            let home = self.home(&self.at(entry).key);
            if place.wrapping_sub(home) & self.mask() >= place.wrapping_sub(gap) & self.mask() {
                self.table[gap] = entry;
                gap = place;
            }
        }
        self.table[gap] = EMPTY;
        self.first = (self.first + 1) & NUMBER;
        self.count -= 1;
        self.oldest = if self.count == 0 {
            Timestamp::NEVER
        } else {
            self.at(self.first).answer.at
        };
    }
}

impl Answers {
    /// Makes room for one more participant.
    pub(crate) fn add_participant(&mut self) {
        self.rings.push(Ring::default());
    }

    /// Reads where a search for this client id begins, and where its answer will go: see [`crate::Exchange::touch`].
    pub(crate) fn touch(&self, entity: EntityId, key: &ClientKey) -> u32 {
        let ring = &self.rings[entity.index()];
        if ring.table.is_empty() {
            return 0;
        }
        u32::from(ring.table[ring.home(key)]) ^ u32::from(ring.at(ring.next()).key.body[7])
    }

    /// What is known of this client id at this time.
    pub(crate) fn recall(&self, entity: EntityId, key: &ClientKey, at: Timestamp) -> Memory {
        match self.rings[entity.index()].find(key) {
            Some(remembered) if remembered.answer.at.after(KEPT) <= at => Memory::New,
            Some(remembered) if remembered.key.body == key.body => Memory::Same(remembered.answer),
            Some(_) => Memory::Other,
            None => Memory::New,
        }
    }

    /// Remembers an answer to a client id that was new.
    pub(crate) fn remember(&mut self, entity: EntityId, key: ClientKey, answer: Answer) {
        let ring = &mut self.rings[entity.index()];
        while usize::from(ring.count) == RING_MAX || (ring.count > 0 && ring.oldest.after(KEPT) <= answer.at) {
            ring.forget();
        }
        ring.push(Remembered { key, answer });
    }

    /// What is remembered, for each participant, oldest first.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Vec<&Remembered>> {
        self.rings.iter().map(|ring| ring.iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: u64, body: u8) -> ClientKey {
        // Few distinct homes and tags, so that probes collide.
        let mut bytes = [0; 16];
        bytes[0] = (id % 7) as u8;
        bytes[8] = (id % 5) as u8;
        bytes[10..14].copy_from_slice(&(id as u32).to_le_bytes());
        ClientKey {
            id: bytes,
            body: [body; 8],
        }
    }

    fn answer(seq: u64, at: u64) -> Answer {
        Answer {
            seq: Seq(seq),
            at: Timestamp(at),
            outcome: Outcome::Done(Receipt::Done),
        }
    }

    #[test]
    fn a_repeat_gets_the_first_answer_for_a_day() {
        let mut answers = Answers::default();
        answers.add_participant();
        let venue = EntityId(0);
        answers.remember(venue, key(1, 1), answer(5, 100));
        assert_eq!(
            answers.recall(venue, &key(1, 1), Timestamp(200)),
            Memory::Same(answer(5, 100))
        );
        assert_eq!(answers.recall(venue, &key(1, 2), Timestamp(200)), Memory::Other);
        assert_eq!(answers.recall(venue, &key(2, 1), Timestamp(200)), Memory::New);
        assert_eq!(
            answers.recall(venue, &key(1, 1), Timestamp(99 + DAY)),
            Memory::Same(answer(5, 100))
        );
        assert_eq!(answers.recall(venue, &key(1, 1), Timestamp(100 + DAY)), Memory::New);
    }

    #[test]
    fn the_end_of_time_is_a_time_like_any_other() {
        let mut answers = Answers::default();
        answers.add_participant();
        for seq in 0..3 {
            answers.remember(EntityId(0), key(seq, 1), answer(seq, u64::MAX));
        }
    }

    /// The plain memory: a list, searched from the front.
    #[test]
    fn a_ring_remembers_what_a_list_would() {
        let mut answers = Answers::default();
        answers.add_participant();
        let mut plain: Vec<Remembered> = Vec::new();
        let mut state = 7_u64;
        let mut at = 0;
        for seq in 0..30_000_u64 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            at += (state >> 40) % (DAY / 300);
            let key = key(state >> 33 & 0x3FF, (state >> 20) as u8 & 1);
            plain.retain(|r| r.answer.at.after(KEPT) > Timestamp(at));
            let expected = match plain.iter().find(|r| r.key.id == key.id) {
                None => Memory::New,
                Some(r) if r.key.body == key.body => Memory::Same(r.answer),
                Some(_) => Memory::Other,
            };
            assert_eq!(answers.recall(EntityId(0), &key, Timestamp(at)), expected, "step {seq}");
            if expected == Memory::New {
                answers.remember(EntityId(0), key, answer(seq, at));
                plain.push(Remembered {
                    key,
                    answer: answer(seq, at),
                });
            }
        }
    }

    #[test]
    fn a_full_ring_forgets_the_oldest() {
        let mut answers = Answers::default();
        answers.add_participant();
        let spread = |id: u64| ClientKey {
            id: u128::from(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_le_bytes(),
            body: [0; 8],
        };
        for id in 0..3 * RING_MAX as u64 / 2 {
            answers.remember(EntityId(0), spread(id), answer(id, id));
        }
        let oldest = RING_MAX as u64 / 2;
        assert_eq!(
            answers.recall(EntityId(0), &spread(oldest - 1), Timestamp(0)),
            Memory::New
        );
        for id in oldest..oldest + RING_MAX as u64 {
            let expected = Memory::Same(answer(id, id));
            assert_eq!(answers.recall(EntityId(0), &spread(id), Timestamp(id)), expected);
        }
        assert_eq!(answers.parts().next().unwrap().len(), RING_MAX);
    }
}
