//! A core of one's own, on either book: for what-if, audit and conformance.

use protocol::{Answer, Digest, Event, Request, Seq, Stamped, Timestamp};

/// Which book the core runs on. Both give the same events and the same state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BookKind {
    /// The one in use.
    #[default]
    Fast,
    /// The plain one, the oracle.
    Plain,
}

/// A core that stands outside the venue. Its first request must be an epoch, as in a journal.
pub struct Replica {
    kind: BookKind,
    last: Seq,
}

impl Replica {
    /// An empty core.
    pub fn new(kind: BookKind) -> Self {
        Self { kind, last: Seq(0) }
    }

    /// Does what is asked and appends the events.
    pub fn apply(&mut self, request: &Stamped<Request>, events: &mut Vec<Stamped<Event>>) -> Answer {
        todo!("{request:?} {events:?} {:?}", self.kind)
    }

    /// The last place applied.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// When something falls due without a command; [`Timestamp::NEVER`] if nothing will.
    pub fn next_deadline(&self) -> Timestamp {
        todo!()
    }

    /// The running hash of all events.
    pub fn event_hash(&self) -> u64 {
        todo!()
    }

    /// The digest of the whole state, equal on both books. Takes time in proportion to the state.
    pub fn state_hash(&self) -> Digest {
        todo!()
    }

    /// Checks what must always hold: conservation, holds = open interest, books uncrossed. Says what doesn't.
    pub fn check_invariants(&self) -> Result<(), String> {
        todo!()
    }
}
