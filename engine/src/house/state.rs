//! What governs the venue: the numbers that were set, and what waits for a second person.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    Digest, EntityId, ProposalId, UserId, WithdrawalId,
    account::Withdrawal,
    control::{Deputy, Proposal, RuleBook},
    party::Roles,
    text::Reference,
};
use serde::{Deserialize, Serialize};

/// What governs the venue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    /// The numbers that an operator set; none: the profile's.
    pub(crate) rule_book: Option<RuleBook>,
    /// How many users are operators: with two, the venue acts by two people.
    pub operators: u32,
    /// What was proposed.
    pub proposals: Proposals,
    /// The public key under the venue's certificates, heads and receipts.
    pub(crate) venue_key: Option<Digest>,
    /// Who approves for a house that named somebody, sorted.
    pub(crate) approvers: BTreeMap<EntityId, Vec<UserId>>,
    /// Who stands in for one of them.
    pub(crate) deputies: BTreeMap<UserId, Deputy>,
}

impl Control {
    /// Forgets the numbers that were set: the profile's are in force.
    pub(crate) fn forget_rule_book(&mut self) {
        self.rule_book = None;
    }

    /// Counts a new user.
    pub(crate) fn note_user(&mut self, roles: Roles) {
        self.operators += u32::from(roles.has_any(Roles::OPERATOR));
    }
}

/// What was proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposals {
    /// What waits.
    pub(crate) open: BTreeMap<ProposalId, Proposal>,
    /// What is decided: whose house's it was, and who had proposed it.
    pub(crate) decided: BTreeMap<ProposalId, (EntityId, UserId)>,
}

/// Cash that crossed the venue's border, and what waits to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Border {
    /// Every reference that cash moved under.
    pub references: BTreeSet<Reference>,
    /// The withdrawals that wait, each with its cash set aside.
    pub withdrawals: BTreeMap<WithdrawalId, Withdrawal>,
}
