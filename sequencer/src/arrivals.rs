//! The commands that have arrived and are still on their way to the inbox. A deadline waits for those that came before
//! it, so that nobody is late because of how long the venue looked at a request.
//!
//! Invariant: the clock is read under the lock that notes an arrival. So whoever asks for the horizon knows of every
//! command with an earlier time: it has been handed over, or refused.

use crate::clock::Clock;
use protocol::Timestamp;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Who is on the way. Bounded by the connections of the gateway: each has one request at a time between its last byte
/// and the inbox.
pub(crate) struct Arrivals {
    clock: Arc<dyn Clock>,
    register: Mutex<Register>,
}

#[derive(Default)]
struct Register {
    under_way: BTreeSet<(Timestamp, u64)>,
    /// How many there ever were: tells those of one moment apart.
    count: u64,
}

/// A command that has arrived and is on its way to the inbox: no deadline after its time is fired before it is there.
/// Ends when it is handed over ([`Handle::hand_over`](crate::Handle::hand_over)), or when it is dropped.
///
/// Nobody is waited for longer than [`Config::arrival_wait`](crate::Config::arrival_wait): one that takes longer than
/// that from its last byte to the inbox may find the deadline fired.
pub struct Underway {
    arrivals: Arc<Arrivals>,
    at: Timestamp,
    number: u64,
}

impl Arrivals {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            register: Mutex::default(),
        }
    }

    /// One more has arrived, now.
    pub(crate) fn arrive(self: &Arc<Self>) -> Underway {
        let mut register = self.register();
        let at = self.clock.now();
        let number = register.count;
        register.count += 1;
        register.under_way.insert((at, number));
        drop(register);
        Underway {
            arrivals: Arc::clone(self),
            at,
            number,
        }
    }

    /// Everything that arrived before this moment is in the inbox, or was refused.
    pub(crate) fn horizon(&self) -> Timestamp {
        let register = self.register();
        let now = self.clock.now();
        register.under_way.first().map_or(now, |&(at, _)| at.min(now))
    }

    /// Waits no longer for those who arrived before this moment; how many there were.
    pub(crate) fn give_up(&self, before: Timestamp) -> usize {
        let mut register = self.register();
        let rest = register.under_way.split_off(&(before, 0));
        std::mem::replace(&mut register.under_way, rest).len()
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        // Nothing in here panics halfway.
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Underway {
    /// When the command arrived.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// It is in the inbox, or was refused: nobody waits for it any more.
    pub(crate) fn end(&self) {
        self.arrivals.register().under_way.remove(&(self.at, self.number));
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Debug for Underway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Underway").field(&self.at).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    #[test]
    fn the_horizon_is_the_earliest_who_is_on_the_way() {
        let clock = Arc::new(ManualClock::new(Timestamp(100)));
        let arrivals = Arc::new(Arrivals::new(clock.clone()));
        assert_eq!(arrivals.horizon(), Timestamp(100));
        let first = arrivals.arrive();
        let same = arrivals.arrive();
        clock.set(Timestamp(200));
        let second = arrivals.arrive();
        clock.set(Timestamp(300));
        assert_eq!((first.at(), second.at()), (Timestamp(100), Timestamp(200)));
        drop(first);
        assert_eq!(arrivals.horizon(), Timestamp(100), "another of the same moment");
        same.end();
        assert_eq!(arrivals.horizon(), Timestamp(200));
        drop(same);
        assert_eq!(arrivals.give_up(Timestamp(200)), 0);
        assert_eq!(arrivals.give_up(Timestamp(201)), 1);
        assert_eq!(arrivals.horizon(), Timestamp(300));
        drop(second);
        assert_eq!(arrivals.horizon(), Timestamp(300));
    }
}
