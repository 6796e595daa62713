//! Telling: where the events of one command go, each with its place, its time and its audience.
//!
//! What always holds: an event says who may know it where it is made; a later disclosure is a new event.

use alloc::{boxed::Box, vec::Vec};
use protocol::{
    EntityId, Event, Notice, PrivateEvent, PublicEvent, Readers, Record, RecordChanged, Seq, StaffEvent, Stamped,
    Timestamp, event::CashPosting,
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
    /// Tells everyone.
    #[inline(always)]
    pub(crate) fn public(&mut self, event: PublicEvent) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Public(event),
        });
    }

    /// Tells one participant.
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

    /// Tells the venue's staff.
    pub(crate) fn staff(&mut self, event: StaffEvent) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Staff(event),
        });
    }

    /// Tells one participant and nobody else, before the lot that it is about closes.
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

    /// Tells a participant what a deal did to its cash.
    #[inline(always)]
    pub(crate) fn money(&mut self, party: EntityId, posting: CashPosting) {
        let event = || PrivateEvent::CashPosted(Box::new(posting));
        if self.secret {
            self.make(|| Event::Sealed(party, event()));
        } else {
            self.make(|| Event::Private(party, event()));
        }
    }

    /// Tells what is made once there is room for it. An event that owns memory is made in its place only so: made before,
    /// it would have to be dropped if there was no room, and for that it would have to lie elsewhere first.
    #[inline(always)]
    fn make(&mut self, event: impl FnOnce() -> Event) {
        let (seq, at) = (self.seq, self.at);
        let stamped = || Stamped { seq, at, body: event() };
        self.events.extend(core::iter::once_with(stamped));
    }

    /// Tells these readers how a record stands now.
    pub(crate) fn record(&mut self, readers: Readers, record: Record) {
        self.events.push(Stamped {
            seq: self.seq,
            at: self.at,
            body: Event::Record(Box::new(RecordChanged { readers, record })),
        });
    }

    /// Tells everyone how something stands now.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.public(PublicEvent::Notice(Box::new(notice)));
    }
}
