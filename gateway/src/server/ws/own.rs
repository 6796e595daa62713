//! The channels of the socket's own, which are no feed of the views.

/// A sign of life each second.
pub(crate) const HEARTBEAT: &str = "heartbeat";
/// What changes of records, numbered for the caller.
pub(crate) const RECORDS: &str = "records";
