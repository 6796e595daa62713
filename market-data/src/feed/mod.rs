//! The feed: who follows what, and a client's two ends of it.

pub(crate) mod client;
pub mod ends;
pub(crate) mod followers;
