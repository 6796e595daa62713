//! Events as JSON: `{"journal_seq":…,"at":…,"audience":…,"type":…,…}`. What each holds the protocol declares.
//!
//! What always holds: an event keeps the audience that the core gave it.

use crate::json::{
    commands::convert::written,
    text::{described::Described, names::Names, writer::Flat},
};
use protocol::{
    EntityId, Event, PrivateEvent, PublicEvent, Record, StaffEvent, Stamped,
    describe::{Describe, Shape},
    wire::decode_alone,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// [`protocol::Amount`] in JSON.
pub type AmountJson = Described<protocol::Amount>;

/// What is told where a record changed.
pub(crate) const RECORD_CHANGED: &str = "record_changed";

/// Something that happened, with its place, for those who may see it: its parties, staff, a regulator.
pub struct EventJson<'a> {
    event: &'a Stamped<Event>,
    names: &'a dyn Names,
}

impl<'a> EventJson<'a> {
    /// The event.
    pub fn of(event: &'a Stamped<Event>, names: &'a dyn Names) -> Self {
        Self { event, names }
    }
}

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Stamped { seq, at, body } = self.event;
        let (audience, only) = audience(body);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("journal_seq", seq)?;
        map.serialize_entry("at", at)?;
        map.serialize_entry("audience", audience)?;
        if let Some(entity) = only {
            map.serialize_entry("for_entity_id", &entity)?;
        }
        let flat = Flat::new(&mut map, "type", self.names);
        match body {
            Event::Public(event) => event.serialize(flat)?,
            Event::Private(_, event) | Event::Sealed(_, event) => event.serialize(flat)?,
            Event::Staff(event) => event.serialize(flat)?,
            Event::Record(changed) => {
                changed.serialize(flat.word(RECORD_CHANGED)?)?;
                // Who is to decide on it, or did not, reads what it is.
                let encoded = match &changed.record {
                    Record::Proposal(proposal) => Some(&proposal.encoded),
                    Record::DoneAlone(done) => done.encoded.as_ref(),
                    _ => None,
                };
                if let Some(encoded) = encoded {
                    let command = decode_alone(&encoded.0).ok();
                    let written = command.and_then(|command| written(&command, self.names));
                    map.serialize_entry("command", &written)?;
                }
            }
        }
        map.end()
    }
}

/// Who may know of an event; and the one participant whom it is for.
fn audience(event: &Event) -> (&'static str, Option<EntityId>) {
    match event {
        // Everyone.
        Event::Public(_) => ("public", None),
        // One participant, and a regulator.
        Event::Private(entity, _) => ("private", Some(*entity)),
        // One participant and nobody else, until the lot closes that it is about.
        Event::Sealed(entity, _) => ("sealed", Some(*entity)),
        // The venue's staff, and a regulator.
        Event::Staff(_) => ("staff", None),
        // The readers that it names, the venue's staff and a regulator.
        Event::Record(_) => ("readers", None),
    }
}

/// The name of every event on the wire.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    let shapes = [PublicEvent::SHAPE, PrivateEvent::SHAPE, StaffEvent::SHAPE];
    let words = |shape| match shape {
        Shape::OneOf(_, variants) => variants.iter().map(|variant| variant.0),
        _ => unreachable!("an event is one of several"),
    };
    shapes.into_iter().flat_map(words).chain([RECORD_CHANGED])
}
