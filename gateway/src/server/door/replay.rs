//! Signed requests that were seen, so that none is taken twice.
//!
//! A signature is remembered for at least twice the receive window, after which its timestamp alone refuses it. What a
//! key can fill is bounded: its rate times that time; a key that reaches the bound is rate limited, never forgotten.

use dashmap::DashMap;
use protocol::KeyId;
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// The mark of a signature that was verified: a part of it that only the key's owner can bring about.
type Mark = [u8; 16];

/// The signatures seen of every key.
pub(crate) struct Replays {
    /// How long a generation lasts: twice the receive window.
    span: Duration,
    /// The most signatures a generation of one key may hold.
    most: usize,
    seen: DashMap<u32, Generations>,
}

/// Two generations: the older one is dropped whole when the younger one has lasted its span.
struct Generations {
    since: Instant,
    young: HashSet<Mark>,
    old: HashSet<Mark>,
}

/// The memory's word on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    New,
    Before,
    /// The key has used up its memory.
    Full,
}

impl Replays {
    pub(crate) fn new(window: Duration, most: usize) -> Self {
        Self {
            span: window * 2,
            most,
            seen: DashMap::new(),
        }
    }

    /// Whether this signature was seen before; remembers nothing.
    pub(crate) fn knows(&self, key: KeyId, signature: &[u8]) -> bool {
        let mark = mark(signature);
        self.seen
            .get(&key.0)
            .is_some_and(|seen| seen.young.contains(&mark) || seen.old.contains(&mark))
    }

    /// Remembers this signature.
    pub(crate) fn remember(&self, key: KeyId, signature: &[u8], now: Instant) -> Seen {
        let mark = mark(signature);
        let mut seen = self.seen.entry(key.0).or_insert_with(|| Generations {
            since: now,
            young: HashSet::new(),
            old: HashSet::new(),
        });
        seen.turn(now, self.span);
        if seen.old.contains(&mark) || seen.young.contains(&mark) {
            return Seen::Before;
        }
        if seen.young.len() >= self.most {
            return Seen::Full;
        }
        seen.young.insert(mark);
        Seen::New
    }

    /// Drops the memory of keys that have been quiet.
    pub(crate) fn sweep(&self, now: Instant) {
        self.seen.retain(|_, seen| {
            seen.turn(now, self.span);
            !(seen.young.is_empty() && seen.old.is_empty())
        });
    }
}

impl Generations {
    fn turn(&mut self, now: Instant, span: Duration) {
        let age = now.saturating_duration_since(self.since);
        if age >= span * 2 {
            self.old = HashSet::new();
            self.young = HashSet::new();
            self.since = now;
        } else if age >= span {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
    }
}

fn mark(signature: &[u8]) -> Mark {
    // Of an Ed25519 signature its first half, R; of an HMAC its first half: neither can be chosen without the key.
    signature[..16]
        .try_into()
        .expect("a verified signature has at least 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_refused_for_as_long_as_its_timestamp_could_pass() {
        let window = Duration::from_secs(5);
        let replays = Replays::new(window, 10);
        let start = Instant::now();
        for after in [0, 1, 9] {
            let at = start + Duration::from_secs(after);
            let signature = [after as u8 + 1; 64];
            assert_eq!(replays.remember(KeyId(1), &signature, at), Seen::New);
            // Stamped at the far end of the window, it could pass until twice the window after.
            for later in [0, 1, 9_999] {
                let at = at + Duration::from_millis(later);
                assert_eq!(replays.remember(KeyId(1), &signature, at), Seen::Before);
                assert!(replays.knows(KeyId(1), &signature));
            }
        }
        assert_eq!(replays.remember(KeyId(2), &[1; 64], start), Seen::New, "keys are apart");
    }

    #[test]
    fn the_memory_of_a_key_is_bounded_and_dropped_when_it_is_quiet() {
        let replays = Replays::new(Duration::from_secs(1), 3);
        let start = Instant::now();
        let all: Vec<_> = (0..4).map(|i| replays.remember(KeyId(1), &[i; 32], start)).collect();
        assert_eq!(all, [Seen::New, Seen::New, Seen::New, Seen::Full]);
        replays.sweep(start + Duration::from_secs(3));
        assert_eq!(replays.seen.len(), 1);
        replays.sweep(start + Duration::from_secs(5));
        assert_eq!(replays.seen.len(), 0);
    }
}
