//! Who takes part: participants, who acts for each, and what they sign with.

use crate::kit::{checks::require, ids::VENUE};
use alloc::vec::Vec;
use protocol::{
    EntityId, Office, Reject, UserId,
    party::{KeyMaterial, LegalId, Roles, Scopes},
};
use serde::{Deserialize, Serialize};

/// A participant. The venue itself has no legal id here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub legal_id: Option<LegalId>,
    /// Where it is at home; with an LEI alone, unknown and taken to be abroad.
    pub country: Office,
    /// For whom it holds, if it is a nominee.
    pub beneficiaries: Vec<EntityId>,
    /// Whether two of its users decide together.
    pub dual_control: bool,
}

/// The country of a participant that is known by its LEI alone.
pub(crate) const UNKNOWN_COUNTRY: Office = Office(*b"XX");

/// Who acts for a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub entity: EntityId,
    pub roles: Roles,
    /// Whether its entity, or somebody behind it, is from abroad: what technology it may take, export control says.
    #[serde(skip)]
    pub abroad: bool,
}

/// What a user signs with. The gateway checks signatures; the core says which keys there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub user: UserId,
    pub material: KeyMaterial,
    pub scopes: Scopes,
    pub revoked: bool,
}

impl Key {
    /// Whether an operator can rule the venue with it.
    pub(crate) fn rules(&self) -> bool {
        self.scopes.has_any(Scopes::ADMIN)
    }
}

/// Who may buy for its entity.
pub(crate) const MAY_BUY: Roles = Roles::TRADER
    .with(Roles::BANK)
    .with(Roles::FIRM)
    .with(Roles::INVESTOR)
    .with(Roles::FUND);

/// Who acts for a participant in its deals, and so for its consent to them.
pub(crate) const ACTS: Roles = MAY_BUY.with(Roles::GUARANTOR).with(Roles::INSURER);

impl User {
    /// `Err` unless the user has one of these roles.
    pub(crate) fn may(self, roles: Roles) -> Result<(), Reject> {
        require(self.roles.has_any(roles), Reject::NotPermitted)
    }

    /// Whether the user acts for the venue.
    pub(crate) fn is_operator(self) -> bool {
        self.roles.has_any(Roles::OPERATOR)
    }

    /// `Err` unless the user is an operator, or a firm's user and its entity the owner.
    pub(crate) fn check_owner(self, owner: EntityId) -> Result<(), Reject> {
        if self.is_operator() {
            return Ok(());
        }
        self.may(Roles::FIRM)?;
        require(self.entity == owner, Reject::NotTheOwner)
    }

    /// For whom the user decides: an operator for the venue, everyone else for its entity.
    pub(crate) fn house(self) -> EntityId {
        if self.is_operator() { VENUE } else { self.entity }
    }

    /// Whether the user may decide for its house: an operator for the venue, another for the entity that it deals for.
    pub(crate) fn decides(self) -> bool {
        self.is_operator() || self.entity != VENUE && self.roles.has_any(ACTS)
    }
}
