//! What banks told of their branches, and what officers showed for loans.
//!
//! Invariant: of a branch the books of the last day stand, and they are such as could be told; an officer shows each step
//! once.

use alloc::{collections::BTreeMap, vec::Vec};
use protocol::{
    Date, Digest, EntityId, LoanId, UserId,
    diligence::Branch,
    risk::{BranchBooks, DutyDone},
};
use serde::{Deserialize, Serialize};

/// Every branch of which books were told, by its bank; every officer that showed a step, by the loan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Diligence {
    pub(crate) branches: BTreeMap<EntityId, BTreeMap<Branch, ToldBooks>>,
    pub(crate) files: BTreeMap<LoanId, BTreeMap<UserId, Vec<DutyDone>>>,
}

/// A branch's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ToldBooks {
    /// By the end of which day.
    pub on: Date,
    /// What they say.
    pub books: BranchBooks,
    /// Digest of the statement that they stand in.
    pub evidence: Digest,
}
