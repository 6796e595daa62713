//! The one way to the core, and what every handler shares: [`give`] is the road of a command, the rest what it needs.

pub(crate) mod arrival;
pub(crate) mod attachments;
pub(crate) mod audience;
pub(crate) mod call;
pub(crate) mod caller;
pub(crate) mod durable;
pub(crate) mod entitlement;
pub(crate) mod give;
pub(crate) mod metrics;
pub(crate) mod names;
pub(crate) mod past;
pub(crate) mod sealed_file;
pub(crate) mod secrets;
pub(crate) mod state;
