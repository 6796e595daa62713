//! Signed requests that were seen, so that none is done twice.
//!
//! A signature is remembered for at least twice the receive window, after which its timestamp alone refuses it. What a
//! key can fill is bounded: its rate times that time; a key that reaches the bound is rate limited, never forgotten.
//!
//! Beside each stands how many commands its participant had given by then. The core answers a repeated command as
//! before for as long as it remembers the client id; where so many came since that it may not, the repeat is refused
//! here.

use dashmap::DashMap;
use protocol::{EntityId, KeyId};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How many commands of a participant may lie between a signed command and its repeat. The core remembers twice as
/// many, so that those on their way at the same time never push the first one out.
const REPEATABLE: u64 = 1 << 10;

/// The mark of a signature that was verified: a part of it that only the key's owner can bring about.
type Mark = [u8; 16];

/// The signatures seen of every key.
pub(crate) struct Replays {
    /// How long a generation lasts: twice the receive window.
    span: Duration,
    /// The most signatures a generation of one key may hold.
    most: usize,
    seen: DashMap<u32, Generations>,
    /// How many commands each participant has given since the start. One number a participant, and these are few.
    given: DashMap<u32, u64>,
}

/// Two generations: the older one is dropped whole when the younger one has lasted its span. Each signature with the
/// number of commands that were given before it.
struct Generations {
    since: Instant,
    young: HashMap<Mark, u64>,
    old: HashMap<Mark, u64>,
}

/// The memory's word on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    New,
    /// So many commands its participant had given when it came first.
    Before(u64),
    /// The key has used up its memory.
    Full,
}

impl Replays {
    pub(crate) fn new(window: Duration, most: usize) -> Self {
        Self {
            span: window * 2,
            most,
            seen: DashMap::new(),
            given: DashMap::new(),
        }
    }

    /// Whether this signature was seen before, and after how many commands; remembers nothing.
    pub(crate) fn seen(&self, key: KeyId, signature: &[u8]) -> Option<u64> {
        self.seen.get(&key.0)?.get(&mark(signature))
    }

    /// Remembers this signature, of a participant's key.
    pub(crate) fn remember(&self, key: KeyId, signature: &[u8], entity: EntityId, now: Instant) -> Seen {
        let given = self.given.get(&entity.0).map_or(0, |given| *given);
        let mark = mark(signature);
        let mut seen = self.seen.entry(key.0).or_insert_with(|| Generations {
            since: now,
            young: HashMap::new(),
            old: HashMap::new(),
        });
        seen.turn(now, self.span);
        if let Some(given) = seen.get(&mark) {
            return Seen::Before(given);
        }
        if seen.young.len() >= self.most {
            return Seen::Full;
        }
        seen.young.insert(mark, given);
        Seen::New
    }

    /// Counts a command of this participant. `false`: its signed request came before, after the command `repeat_of`,
    /// and by now the core may know nothing of it.
    pub(crate) fn give(&self, entity: EntityId, repeat_of: Option<u64>) -> bool {
        let mut given = self.given.entry(entity.0).or_default();
        let young = repeat_of.is_none_or(|then| *given - then < REPEATABLE);
        *given += 1;
        young
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
    fn get(&self, mark: &Mark) -> Option<u64> {
        self.young.get(mark).or_else(|| self.old.get(mark)).copied()
    }

    fn turn(&mut self, now: Instant, span: Duration) {
        let age = now.saturating_duration_since(self.since);
        if age >= span * 2 {
            self.old = HashMap::new();
            self.young = HashMap::new();
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

    const ANA: EntityId = EntityId(7);

    #[test]
    fn a_signature_is_refused_for_as_long_as_its_timestamp_could_pass() {
        let window = Duration::from_secs(5);
        let replays = Replays::new(window, 10);
        let start = Instant::now();
        for after in [0, 1, 9] {
            let at = start + Duration::from_secs(after);
            let signature = [after as u8 + 1; 64];
            assert_eq!(replays.remember(KeyId(1), &signature, ANA, at), Seen::New);
            // Stamped at the far end of the window, it could pass until twice the window after.
            for later in [0, 1, 9_999] {
                let at = at + Duration::from_millis(later);
                assert_eq!(replays.remember(KeyId(1), &signature, ANA, at), Seen::Before(0));
                assert_eq!(replays.seen(KeyId(1), &signature), Some(0));
            }
        }
        assert_eq!(
            replays.remember(KeyId(2), &[1; 64], ANA, start),
            Seen::New,
            "keys are apart"
        );
    }

    #[test]
    fn a_repeat_is_given_while_the_core_is_sure_to_remember_the_first() {
        let replays = Replays::new(Duration::from_secs(1), 10);
        let now = Instant::now();
        for _ in 0..7 {
            assert!(replays.give(ANA, None));
        }
        replays.remember(KeyId(1), &[1; 32], ANA, now);
        let Seen::Before(then) = replays.remember(KeyId(1), &[1; 32], ANA, now) else {
            panic!("it was seen");
        };
        for _ in 0..REPEATABLE {
            assert!(replays.give(ANA, Some(then)));
            assert!(
                replays.give(EntityId(8), None),
                "another's commands push nothing of hers out"
            );
        }
        assert!(!replays.give(ANA, Some(then)));
        assert!(replays.give(ANA, None), "a new one is given");
    }

    #[test]
    fn the_memory_of_a_key_is_bounded_and_dropped_when_it_is_quiet() {
        let replays = Replays::new(Duration::from_secs(1), 3);
        let start = Instant::now();
        let all: Vec<_> = (0..4)
            .map(|i| replays.remember(KeyId(1), &[i; 32], ANA, start))
            .collect();
        assert_eq!(all, [Seen::New, Seen::New, Seen::New, Seen::Full]);
        replays.sweep(start + Duration::from_secs(3));
        assert_eq!(replays.seen.len(), 1);
        replays.sweep(start + Duration::from_secs(5));
        assert_eq!(replays.seen.len(), 0);
    }
}
