//! The house: who is let in and signs with what, which rules are in force, who governs.

pub(crate) mod admission;
pub(crate) mod approvers;
pub(crate) mod cash;
pub(crate) mod control;
pub(crate) mod epochs;
pub(crate) mod keys;
pub(crate) mod state;
