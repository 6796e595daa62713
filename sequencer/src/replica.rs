//! A core of one's own, on either book: for what-if, audit and conformance.

use crate::hash::EventHash;
use engine::{
    Exchange,
    book::{FastBook, PlainBook},
};
use protocol::{Answer, Digest, Event, Request, Seq, Stamped, Timestamp};

/// Which book the core runs on. Both give the same events and the same state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BookKind {
    /// The book in use.
    #[default]
    Fast,
    /// The plain book, the oracle.
    Plain,
}

/// A core that stands outside the venue. Its first request must be an epoch, as in a journal.
#[derive(Clone)]
pub struct Replica {
    core: Core,
    hash: EventHash,
}

#[derive(Clone)]
enum Core {
    Fast(Box<Exchange<FastBook>>),
    Plain(Box<Exchange<PlainBook>>),
}

/// The same words for either core.
macro_rules! either {
    ($core:expr, $exchange:ident => $does:expr) => {
        match $core {
            Core::Fast($exchange) => $does,
            Core::Plain($exchange) => $does,
        }
    };
}

impl Replica {
    /// An empty core.
    pub fn new(kind: BookKind) -> Self {
        let core = match kind {
            BookKind::Fast => Core::Fast(Box::default()),
            BookKind::Plain => Core::Plain(Box::default()),
        };
        Self {
            core,
            hash: EventHash::new(),
        }
    }

    /// Applies a request and appends its events.
    ///
    /// # Panics
    /// If the request is not the next in order, or earlier than the last.
    pub fn apply(&mut self, request: &Stamped<Request>, events: &mut Vec<Stamped<Event>>) -> Answer {
        let before = events.len();
        let answer = either!(&mut self.core, exchange => exchange.apply(request, events));
        self.hash.add(&events[before..]);
        answer
    }

    /// The last place applied; 0 before the first.
    pub fn last(&self) -> Seq {
        either!(&self.core, exchange => exchange.seq())
    }

    /// The time of the last request; 0 before the first.
    pub fn last_at(&self) -> Timestamp {
        either!(&self.core, exchange => exchange.at())
    }

    /// When something falls due without a command; [`Timestamp::NEVER`] if nothing will.
    pub fn next_deadline(&self) -> Timestamp {
        either!(&self.core, exchange => exchange.next_deadline())
    }

    /// The running hash of all events, as the journal's batches hold it.
    pub fn event_hash(&self) -> u64 {
        self.hash.value()
    }

    /// The digest of the whole state, equal on both books. Takes time in proportion to the state.
    pub fn state_hash(&self) -> Digest {
        either!(&self.core, exchange => exchange.state_hash())
    }

    /// Checks what must always hold: conservation, holds = open interest, books uncrossed. Says what doesn't.
    pub fn check_invariants(&self) -> Result<(), String> {
        either!(&self.core, exchange => exchange.check_invariants())
    }
}
