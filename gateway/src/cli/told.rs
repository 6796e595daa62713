//! Which events a run prints: of some types, for some audiences.

use super::error::CliError;
use crate::json::{EventJson, event, unknown_operation};
use protocol::{
    Notice, Record,
    describe::{Describe, Shape},
};
use serde_json::Value;

/// The audiences of events.
const AUDIENCES: [&str; 5] = ["public", "private", "sealed", "staff", "readers"];

/// What is printed of all that is told; nothing named: all of it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    types: Vec<String>,
    audiences: Vec<String>,
}

impl Told {
    /// Events of these types (or of records and notices of these kinds), for these audiences.
    ///
    /// # Errors
    /// Where there is no such type or audience; the nearest are named.
    pub fn new(types: &[String], audiences: &[String]) -> Result<Self, CliError> {
        let known = |option: &str, named: &[String], known: &[&'static str]| {
            named
                .iter()
                .find(|name| !known.contains(&&***name))
                .map_or(Ok(()), |name| {
                    let nearest = unknown_operation(name, known.iter().copied());
                    Err(CliError::failed(format!("{option}: {}", nearest.note)))
                })
        };
        let kinds = [Record::SHAPE, Notice::SHAPE].into_iter().flat_map(variants);
        known("--only", types, &event::kinds().chain(kinds).collect::<Vec<_>>())?;
        known("--audience", audiences, &AUDIENCES)?;
        Ok(Self {
            types: types.to_vec(),
            audiences: audiences.to_vec(),
        })
    }

    /// Whether this event is printed.
    pub(super) fn takes(&self, event: &EventJson<'_>) -> bool {
        if self.types.is_empty() && self.audiences.is_empty() {
            return true;
        }
        let event = serde_json::to_value(event).expect("plain data is JSON");
        let named = |names: &[String], word: &Value| names.iter().any(|name| word == name.as_str());
        let kind_of = |field: &str| event[field].as_object().and_then(|of| of.keys().next()).cloned();
        let is_kind = |kind: Option<String>| kind.is_some_and(|kind| self.types.contains(&kind));
        let typed = self.types.is_empty()
            || named(&self.types, &event["type"])
            || is_kind(kind_of("record"))
            || is_kind(kind_of("notice"));
        typed && (self.audiences.is_empty() || named(&self.audiences, &event["audience"]))
    }
}

fn variants(shape: Shape) -> impl Iterator<Item = &'static str> {
    let variants = match shape {
        Shape::OneOf(_, variants) => variants,
        _ => unreachable!("a record is one of several"),
    };
    variants.iter().map(|variant| variant.0)
}
