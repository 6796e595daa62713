//! Read models and numbered feeds, folded from events.
