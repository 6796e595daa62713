//! Telling: where the events of one command go, each with its place, its time and its audience.
//!
//! What always holds: an event says who may know it where it is made; a later disclosure is a new event.

use alloc::{boxed::Box, vec::Vec};
use protocol::{
    EntityId, Event, Notice, PrivateEvent, PublicEvent, Readers, Record, RecordChanged, Seq, StaffEvent, Stamped,
    Timestamp,
};

/// Where the events of one command go, each with its place and time.
pub(crate) struct Tell<'a> {
    pub(crate) events: &'a mut Vec<Stamped<Event>>,
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    /// Whether what a deal does to cash is told to its party alone.
    pub(crate) secret: bool,
}

// Always inlined: so an event is made where it stays, instead of made and moved.
#[allow(
    clippy::inline_always,
    reason = "measured: a quarter of the instructions of an order were moves of events"
)]
impl Tell<'_> {
    #[inline(always)]
    pub(crate) fn public(&mut self, event: PublicEvent) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Public(event),
        });
    }

    #[inline(always)]
    pub(crate) fn private(&mut self, party: EntityId, event: PrivateEvent) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Private(party, event),
        });
    }

    #[cfg(test)]
    pub(crate) fn new(events: &mut Vec<Stamped<Event>>, seq: Seq, at: Timestamp) -> Tell<'_> {
        Tell {
            events,
            seq,
            at,
            secret: false,
        }
    }

    pub(crate) fn staff(&mut self, event: StaffEvent) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Staff(event),
        });
    }

    /// Something that one participant learns and nobody else, before the close of the lot that it is about.
    pub(crate) fn sealed(&mut self, party: EntityId, event: PrivateEvent) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Sealed(party, event),
        });
    }

    /// Cash postings made inside `deed` are told to their owner only.
    pub(crate) fn secretly(&mut self, deed: impl FnOnce(&mut Self)) {
        let before = core::mem::replace(&mut self.secret, true);
        deed(self);
        self.secret = before;
    }

    /// What a deal did to a participant's cash.
    pub(crate) fn money(&mut self, party: EntityId, event: PrivateEvent) {
        if self.secret {
            self.sealed(party, event);
        } else {
            self.private(party, event);
        }
    }

    /// A record of the register is now thus.
    pub(crate) fn record(&mut self, readers: Readers, record: Record) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Record(Box::new(RecordChanged { readers, record })),
        });
    }

    /// Something that everyone may know is now thus.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.public(PublicEvent::Notice(Box::new(notice)));
    }
}
