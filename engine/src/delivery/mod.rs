//! Delivery: title against payment, whatever sold it.

pub(crate) mod closing;
