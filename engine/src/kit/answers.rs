//! What was answered under which client id: so a resend gets the first answer again, also after a restart
//! (RELIABILITY: an answer that was lost is ambiguous).
//!
//! Each participant has a ring of its own, of a fixed size, so that nobody's traffic pushes another's answers out. It is
//! for what is done, and forgets that after a day or once [`RING_MAX`] younger ones came, whichever is first. As long
//! as what a command made is open, its answer is never forgotten: pushed out of the ring, it is [`Held`] beside it.

use super::{
    held::Held,
    prefetch::prefetch,
    remembered::{Open, Remembered},
};
use alloc::{boxed::Box, vec, vec::Vec};
use protocol::{Answer, EntityId, Timestamp, command::ClientKey};
use serde::{Deserialize, Serialize};

/// How many answers the ring keeps for one participant at most.
pub(crate) const RING_MAX: usize = 1 << 11;

/// How many lines a table has: four entries for each answer that is kept.
const LINES: usize = RING_MAX / 4;
/// How many entries a line has.
const LANES: usize = 16;
/// The bits of an answer's number that an entry holds: one more than the ring needs, so that the number tells whether
/// the answer is still there.
const NUMBER: u32 = 2 * RING_MAX as u32 - 1;
/// No entry: the tag of one is never zero.
const EMPTY: u32 = 0;

/// One cache line of a table. An entry is the low 12 bits of an answer's number, and above them 20 bits of its id, the
/// lowest of them set. The id is a cryptographic hash: its own bytes spread it.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u32; LANES]);

impl Line {
    /// The lanes whose entries are as asked, as bits.
    fn lanes(&self, is: impl Fn(u32) -> bool) -> u32 {
        let bit = |(lane, &entry): (usize, &u32)| u32::from(is(entry)) << lane;
        self.0.iter().enumerate().map(bit).fold(0, |lanes, bit| lanes | bit)
    }
}

/// The answers of one participant, and a table to find them by.
///
/// Nothing is ever taken out of the table. An entry lies in the line where its id's search begins; it is as good as
/// gone once its answer was overwritten, which its number tells, and a later one takes its lane. So a command reads one
/// line of the table and writes one place of the ring, and both can be fetched ahead of time.
///
/// A line with no lane left sends an entry on to the next line. That is rare (a line has four live entries on average),
/// so the ring knows how far a search must go, and until which answer.
#[derive(Clone, Debug, Default)]
struct Ring {
    store: Option<Store>,
    /// The number of the first answer there ever was. Not the same for all: else the rings of participants who are
    /// equally busy would all be written at the same offset of a page, and push each other out of the nearest cache.
    first: u64,
    /// The number of the next answer.
    next: u64,
    /// How many lines after the first a search may have to read, while [`Self::spilled_until`] is above the next
    /// number.
    spilled: usize,
    spilled_until: u64,
}

/// The room of a ring, all of it and for good: made at a participant's first command under a client id, so that no
/// later one waits for memory.
#[derive(Clone, Debug)]
struct Store {
    /// Answer `n` stands at `n` modulo the size.
    answers: Box<[Remembered; RING_MAX]>,
    table: Box<[Line; LINES]>,
}

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

/// What is remembered of one participant.
#[derive(Clone, Debug, Default)]
struct Own {
    ring: Ring,
    held: Held,
}

/// What is remembered of one participant, to be written down and read back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept<R> {
    /// What is in the ring, oldest first.
    pub ring: Vec<R>,
    /// What is held for what is open.
    pub held: Vec<R>,
    /// Where the hand is that looks whether it still is.
    pub hand: u32,
}

/// What is remembered of all participants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    of: Vec<Own>,
}

impl Store {
    #[cold]
    fn new() -> Self {
        let whole = "as many as asked for";
        Self {
            answers: vec![Remembered::NOTHING; RING_MAX].try_into().expect(whole),
            table: vec![Line([EMPTY; LANES]); LINES].try_into().expect(whole),
        }
    }

    /// The line that is `further` lines after the one where the search for `key` begins.
    fn line(key: &ClientKey, further: usize) -> usize {
        let head = u64::from_le_bytes(key.id[..8].try_into().expect("8 of 16 bytes"));
        (head as usize).wrapping_add(further) % LINES
    }

    /// The part of an entry that is the id's.
    fn tag(key: &ClientKey) -> u32 {
        let tail = u32::from_le_bytes(key.id[8..12].try_into().expect("4 of 16 bytes"));
        (tail & !NUMBER) | (NUMBER + 1)
    }

    fn place(number: u64) -> usize {
        number as usize % RING_MAX
    }
}

impl Ring {
    /// How many lines a search reads.
    fn reach(&self) -> usize {
        if self.spilled_until > self.next {
            1 + self.spilled
        } else {
            1
        }
    }

    /// The answer under this id, if one is kept at this time.
    fn find(&self, key: &ClientKey, at: Timestamp, open: Open<'_>) -> Option<&Remembered> {
        let store = self.store.as_ref()?;
        let tag = Store::tag(key);
        for further in 0..self.reach() {
            let line = &store.table[Store::line(key, further)];
            let mut lanes = line.lanes(|entry| entry & !NUMBER == tag);
            while lanes != 0 {
                let entry = line.0[lanes.trailing_zeros() as usize];
                // What stands there may be younger than the entry: then it has another id, or the one that is wanted.
                let remembered = &store.answers[Store::place(entry.into())];
                if remembered.key.id == key.id && remembered.is_kept(at, open) {
                    return Some(remembered);
                }
                lanes &= lanes - 1;
            }
        }
        None
    }

    /// Adds an answer; returns the one whose place it took.
    fn push(&mut self, remembered: Remembered) -> Option<Remembered> {
        let store = self.store.get_or_insert_with(Store::new);
        let number = self.next;
        let low = number as u32 & NUMBER;
        let entry = Store::tag(&remembered.key) | low;
        // The new answer takes the place of the one `RING_MAX` before it.
        let free =
            |entry: u32| entry == EMPTY || low.wrapping_sub(entry).wrapping_sub(1) & NUMBER >= RING_MAX as u32 - 1;
        // There is such a lane: that answer's own, which nothing takes before, or an empty one in a ring not yet full.
        for further in 0.. {
            let line = &mut store.table[Store::line(&remembered.key, further)];
            let lanes = line.lanes(free);
            if lanes != 0 {
                line.0[lanes.trailing_zeros() as usize] = entry;
                if further > 0 {
                    self.spilled = if self.spilled_until > number {
                        self.spilled.max(further)
                    } else {
                        further
                    };
                    self.spilled_until = number + RING_MAX as u64 + 1;
                }
                break;
            }
        }
        let before = core::mem::replace(&mut store.answers[Store::place(number)], remembered);
        self.next += 1;
        (number - self.first >= RING_MAX as u64).then_some(before)
    }

    /// What is in it, oldest first.
    fn all(&self) -> impl Iterator<Item = &Remembered> {
        let numbers = self.next.saturating_sub(RING_MAX as u64).max(self.first)..self.next;
        self.store
            .iter()
            .flat_map(move |store| numbers.clone().map(|number| &store.answers[Store::place(number)]))
    }
}

impl Answers {
    /// Makes room for one more participant.
    pub(crate) fn add_participant(&mut self) {
        let first = self.of.len() as u64 * 37 % RING_MAX as u64;
        let ring = Ring {
            first,
            next: first,
            ..Ring::default()
        };
        self.of.push(Own {
            ring,
            held: Held::default(),
        });
    }

    /// Asks for the memory that this client id will need: see [`crate::Exchange::touch`].
    pub(crate) fn touch(&self, entity: EntityId, key: &ClientKey) {
        let ring = &self.of[entity.index()].ring;
        if let Some(store) = &ring.store {
            prefetch(&store.table[Store::line(key, 0)]);
            let place = &store.answers[Store::place(ring.next)];
            prefetch(place);
        }
    }

    /// What is known of this client id at this time; `open` says whether what a command made is.
    pub(crate) fn recall(&self, entity: EntityId, key: &ClientKey, at: Timestamp, open: Open<'_>) -> Memory {
        let own = &self.of[entity.index()];
        let held = || own.held.find(&key.id).filter(|held| held.is_kept(at, open));
        match own.ring.find(key, at, open).or_else(held) {
            Some(remembered) if remembered.key.body == key.body => Memory::Same(remembered.answer),
            Some(_) => Memory::Other,
            None => Memory::New,
        }
    }

    /// Remembers an answer to a client id that was new; `open` says whether what a command made is.
    pub(crate) fn remember(&mut self, entity: EntityId, key: ClientKey, answer: Answer, open: Open<'_>) {
        let own = &mut self.of[entity.index()];
        let pushed_out = own.ring.push(Remembered { key, answer });
        if let Some(pushed_out) = pushed_out.filter(|pushed_out| pushed_out.is_open(open)) {
            own.held.insert(pushed_out, open);
        }
    }

    /// What is remembered, for each participant: all of it, for what stands where decides what is forgotten when.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Kept<&Remembered>> {
        self.of.iter().map(|own| {
            let (held, hand) = own.held.parts();
            Kept {
                ring: own.ring.all().collect(),
                held: held.iter().collect(),
                hand,
            }
        })
    }

    /// Makes room for one more participant, who is remembered so: one of [`Self::parts`]. `None` if none can be.
    pub(crate) fn restore_participant(&mut self, kept: Kept<Remembered>) -> Option<()> {
        if kept.ring.len() > RING_MAX {
            return None;
        }
        self.add_participant();
        let own = self.of.last_mut().expect("it was just made");
        own.held = Held::restored(kept.held, kept.hand)?;
        for remembered in kept.ring {
            own.ring.push(remembered);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use protocol::{OrderId, Outcome, Receipt, Seq, time::DAY};

    /// Nothing is open.
    fn done(_: Receipt) -> bool {
        false
    }

    fn parts(answers: &Answers) -> Kept<Remembered> {
        let Kept { ring, held, hand } = answers.parts().next().unwrap();
        Kept {
            ring: ring.into_iter().copied().collect(),
            held: held.into_iter().copied().collect(),
            hand,
        }
    }

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
        answers.remember(venue, key(1, 1), answer(5, 100), &done);
        assert_eq!(
            answers.recall(venue, &key(1, 1), Timestamp(200), &done),
            Memory::Same(answer(5, 100))
        );
        assert_eq!(answers.recall(venue, &key(1, 2), Timestamp(200), &done), Memory::Other);
        assert_eq!(answers.recall(venue, &key(2, 1), Timestamp(200), &done), Memory::New);
        assert_eq!(
            answers.recall(venue, &key(1, 1), Timestamp(99 + DAY), &done),
            Memory::Same(answer(5, 100))
        );
        assert_eq!(
            answers.recall(venue, &key(1, 1), Timestamp(100 + DAY), &done),
            Memory::New
        );
    }

    #[test]
    fn the_end_of_time_is_a_time_like_any_other() {
        let mut answers = Answers::default();
        answers.add_participant();
        for seq in 0..3 {
            answers.remember(EntityId(0), key(seq, 1), answer(seq, u64::MAX), &done);
        }
    }

    #[test]
    fn the_oldest_answer_of_a_full_ring_is_remembered_and_the_one_before_it_is_not() {
        let mut answers = Answers::default();
        answers.add_participant();
        let (venue, now) = (EntityId(0), Timestamp(1));
        // No two alike, and homes in no order, so that a lane is taken before those of older answers.
        let key = |number: u64| key(u64::from((number as u32).wrapping_mul(0x9E37_79B1)), 1);
        for number in 0..8 * RING_MAX as u64 {
            answers.remember(venue, key(number), answer(number, now.0), &done);
            let oldest = (number + 1).saturating_sub(RING_MAX as u64);
            let same = Memory::Same(answer(oldest, now.0));
            assert_eq!(answers.recall(venue, &key(oldest), now, &done), same);
            if let Some(before) = oldest.checked_sub(1) {
                assert_eq!(answers.recall(venue, &key(before), now, &done), Memory::New);
            }
        }
    }

    #[test]
    fn a_ring_remembers_what_a_list_would() {
        // Few ids over many days: answers end by age. Many within a day: the ring is full.
        remember_beside_a_list(0x3FF, DAY / 300, false);
        remember_beside_a_list(0xFFFF, DAY / 100_000, false);
    }

    #[test]
    fn a_restored_ring_remembers_what_a_list_would() {
        remember_beside_a_list(0x3FF, DAY / 300, true);
        remember_beside_a_list(0xFFFF, DAY / 100_000, true);
    }

    /// The plain memory: a list, searched from the front. The ring is restored from its parts now and then, or never.
    fn remember_beside_a_list(ids: u64, step: u64, restore: bool) {
        let mut answers = Answers::default();
        answers.add_participant();
        let mut plain: Vec<Remembered> = Vec::new();
        let mut state = 7_u64;
        let mut at = 0;
        for seq in 0..30_000_u64 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            at += (state >> 40) % step;
            if restore && seq % 499 == 0 {
                let mut restored = Answers::default();
                restored.restore_participant(parts(&answers)).unwrap();
                answers = restored;
            }
            let key = key(state >> 33 & ids, (state >> 20) as u8 & 1);
            plain.retain(|r| r.is_kept(Timestamp(at), &done));
            let expected = match plain.iter().find(|r| r.key.id == key.id) {
                None => Memory::New,
                Some(r) if r.key.body == key.body => Memory::Same(r.answer),
                Some(_) => Memory::Other,
            };
            assert_eq!(
                answers.recall(EntityId(0), &key, Timestamp(at), &done),
                expected,
                "step {seq}"
            );
            if expected == Memory::New {
                answers.remember(EntityId(0), key, answer(seq, at), &done);
                plain.push(Remembered {
                    key,
                    answer: answer(seq, at),
                });
                if plain.len() > RING_MAX {
                    plain.remove(0);
                }
            }
        }
    }

    #[test]
    fn what_a_full_line_sent_on_is_found_until_it_is_forgotten() {
        let mut answers = Answers::default();
        answers.add_participant();
        let at_line = |line: u64, id: u64| ClientKey {
            id: ((u128::from(id) << 76) | u128::from(line)).to_le_bytes(),
            body: [0; 8],
        };
        let lanes = LANES as u64;
        for id in 0..=lanes {
            answers.remember(EntityId(0), at_line(3, id), answer(id, 0), &done);
        }
        let sent_on = at_line(3, lanes);
        // Four to a line: nothing else is sent on.
        for id in 1..RING_MAX as u64 {
            let line = id % LINES as u64;
            answers.remember(
                EntityId(0),
                at_line(line + if line == 3 { 100 } else { 0 }, lanes + id),
                answer(id, 0),
                &done,
            );
            let known = answers.recall(EntityId(0), &sent_on, Timestamp(0), &done);
            assert_eq!(known, Memory::Same(answer(lanes, 0)), "after {id} younger ones");
        }
        answers.remember(EntityId(0), at_line(200, 0), answer(0, 0), &done);
        assert_eq!(answers.recall(EntityId(0), &sent_on, Timestamp(0), &done), Memory::New);
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
            answers.remember(EntityId(0), spread(id), answer(id, id), &done);
        }
        let oldest = RING_MAX as u64 / 2;
        assert_eq!(
            answers.recall(EntityId(0), &spread(oldest - 1), Timestamp(0), &done),
            Memory::New
        );
        for id in oldest..oldest + RING_MAX as u64 {
            let expected = Memory::Same(answer(id, id));
            assert_eq!(answers.recall(EntityId(0), &spread(id), Timestamp(id), &done), expected);
        }
        assert_eq!(answers.parts().next().unwrap().ring.len(), RING_MAX);
    }

    #[test]
    fn what_is_open_is_never_forgotten() {
        let spread = |id: u64| ClientKey {
            id: u128::from(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_le_bytes(),
            body: [0; 8],
        };
        let placed = |id: u64| Answer {
            seq: Seq(id),
            at: Timestamp(id),
            outcome: Outcome::Done(Receipt::Order(OrderId(id))),
        };
        // Now few rest, now many more than the ring has places, now none at all.
        for resting in [1, 100, 10_000] {
            let mut answers = Answers::default();
            answers.add_participant();
            let (mut open, mut most, mut state) = (BTreeSet::new(), 0, 7_u64);
            for id in 1..=40_000_u64 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let is_open = |receipt| matches!(receipt, Receipt::Order(order) if open.contains(&order.0));
                assert_eq!(
                    answers.recall(EntityId(0), &spread(id), Timestamp(id), &is_open),
                    Memory::New
                );
                answers.remember(EntityId(0), spread(id), placed(id), &is_open);
                let own = &answers.of[0].held;
                most = most.max(open.len());
                let bound = RING_MAX + 2 * most;
                assert!(own.count() <= bound, "{} held, {most} open", own.count());
                open.insert(id);
                while open.len() > resting || id > 30_000 && !open.is_empty() {
                    let ended = open
                        .range(state >> 20 & 0x7FFF..)
                        .next()
                        .or(open.first())
                        .copied()
                        .unwrap();
                    open.remove(&ended);
                }
                if id % 997 == 0 {
                    let mut restored = Answers::default();
                    restored.restore_participant(parts(&answers)).unwrap();
                    for asked in 1..=id {
                        let is_open = |receipt| matches!(receipt, Receipt::Order(order) if open.contains(&order.0));
                        let known = answers.recall(EntityId(0), &spread(asked), Timestamp(id), &is_open);
                        let after = restored.recall(EntityId(0), &spread(asked), Timestamp(id), &is_open);
                        assert_eq!(known, after, "{asked} of {id}");
                        if open.contains(&asked) || id - asked < RING_MAX as u64 {
                            assert_eq!(known, Memory::Same(placed(asked)), "{asked} of {id}");
                        }
                    }
                    answers = restored;
                }
            }
        }
    }

    #[test]
    fn what_rests_for_more_than_a_day_is_remembered() {
        let mut answers = Answers::default();
        answers.add_participant();
        answers.remember(EntityId(0), key(1, 1), answer(5, 100), &done);
        let late = Timestamp(200 + DAY);
        assert_eq!(answers.recall(EntityId(0), &key(1, 1), late, &done), Memory::New);
        let known = answers.recall(EntityId(0), &key(1, 1), late, &|_| true);
        assert_eq!(known, Memory::Same(answer(5, 100)));
        assert_eq!(answers.recall(EntityId(0), &key(1, 2), late, &|_| true), Memory::Other);
    }

    #[test]
    fn what_nobody_can_have_held_is_not_restored() {
        let held = Remembered {
            key: key(1, 1),
            answer: answer(1, 1),
        };
        for (ring, held, hand) in [
            (vec![], vec![held, held], 0),
            (vec![], vec![held], 1),
            (vec![], vec![], 1),
            (vec![held; RING_MAX + 1], vec![], 0),
        ] {
            assert!(
                Answers::default()
                    .restore_participant(Kept { ring, held, hand })
                    .is_none()
            );
        }
    }
}
