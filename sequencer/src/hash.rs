//! The running hash of all events: one word that stands in every batch header, so that a core that comes to another
//! result than the one that wrote the log stops its start at once.
//!
//! It is fed by `derive(Hash)`, which the language doesn't promise to keep from one compiler to the next. So a test
//! holds the hash of known events: a compiler that feeds it in another way turns that test red before it meets a log.
//! It finds faults, not forgers: for those there is the chain of SHA-256 links.

use protocol::{Event, Stamped};
use std::hash::{Hash, Hasher};

/// The hash so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventHash(u64);

// Digits of pi: nothing up the sleeve.
const START: u64 = 0x243F_6A88_85A3_08D3;
const FACTOR: u64 = 0x1319_8A2E_0370_7345;
const STEP: u64 = 0xA409_3822_299F_31D0;

impl EventHash {
    pub(crate) const fn new() -> Self {
        Self(START)
    }

    pub(crate) fn add(&mut self, events: &[Stamped<Event>]) {
        for event in events {
            event.hash(self);
        }
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }

    #[inline]
    fn word(&mut self, word: u64) {
        // A widening multiply, folded: every bit of the word reaches every bit of the state, in about a nanosecond.
        let product = u128::from(self.0 ^ word) * u128::from(FACTOR);
        self.0 = (product as u64 ^ (product >> 64) as u64).wrapping_add(STEP);
    }
}

impl Hasher for EventHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        // The length keeps trailing zeros apart from none.
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.word(value.into());
    }

    fn write_u16(&mut self, value: u16) {
        self.word(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.word(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }

    fn write_i32(&mut self, value: i32) {
        self.word(value as u64);
    }

    fn write_i64(&mut self, value: i64) {
        self.word(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.word(value as u64);
    }
}
