//! What governs the venue: the numbers that were set, and what waits for a second person.

use alloc::collections::BTreeMap;
use protocol::{
    Digest, EntityId, ProposalId, UserId,
    control::{Proposal, RuleBook},
    party::Roles,
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
