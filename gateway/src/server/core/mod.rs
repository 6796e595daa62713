//! The one way to the core, and what every handler shares.

pub(crate) mod give;
pub(crate) mod metrics;
pub(crate) mod secrets;
pub(crate) mod send;
pub(crate) mod state;
