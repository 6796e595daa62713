//! Money: what accounts have, what deals hold of it, what a fill costs.

pub(crate) mod clearing;
pub(crate) mod escrow;
pub(crate) mod escrows;
pub(crate) mod ledger;
