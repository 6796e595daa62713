//! What the core says: its events and its answers.

pub(super) mod answer;
pub mod event;
