//! Delivery: title against payment, whatever sold it.

pub(crate) mod closing;
pub(crate) mod title;
