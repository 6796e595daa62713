//! Commands: what they look like, how they are read where they come from, and how a journal's are written out.

pub mod command;
pub(super) mod convert;
pub mod read;
