//! The caller of a request: nobody in particular, or the owner of a key whose signature was verified, and what the key
//! and its user may do and see.
//!
//! What always holds: a [`KeyCaller`] is made behind a verified signature alone. Whether a rule lets its user do what
//! it asks is the core's business.

use crate::server::said::problem::{Fault, Problem};
use market_data::directory::Key;
use protocol::{
    EntityId, Reject, UserId,
    party::{Roles, Scopes},
};
use std::sync::Arc;

/// The caller of a request.
#[derive(Clone)]
pub(crate) enum Caller {
    /// Nobody in particular: public reads alone.
    Anonymous,
    /// The owner of a key, proven by a signature.
    Key(KeyCaller),
}

/// The owner of a key.
#[derive(Clone)]
pub(crate) struct KeyCaller {
    pub(crate) key: Arc<Key>,
    pub(crate) user: UserId,
    pub(crate) entity: EntityId,
    pub(crate) roles: Roles,
}

impl Caller {
    /// The owner of a key, or the problem that there is none.
    pub(crate) fn known(&self) -> Result<&KeyCaller, Problem> {
        match self {
            Self::Anonymous => Err(Fault::NotAuthenticated.into()),
            Self::Key(caller) => Ok(caller),
        }
    }

    /// The owner of a key that may read.
    pub(crate) fn reader(&self) -> Result<&KeyCaller, Problem> {
        let caller = self.known()?;
        caller.needs(Scopes::READ)?;
        Ok(caller)
    }
}

impl KeyCaller {
    /// Whether the key has one of these scopes.
    pub(crate) fn needs(&self, scopes: Scopes) -> Result<(), Problem> {
        if self.key.details.scopes.has_any(scopes) {
            return Ok(());
        }
        let names: Vec<_> = scopes.names().collect();
        Err(Problem::from(Fault::ScopeMissing).hint(format!("needs the scope {}", names.join(" or "))))
    }

    /// Whether the user sees what belongs to others: the venue's operators and the regulator.
    pub(crate) fn sees_all(&self) -> bool {
        self.roles.has_any(Roles::OPERATOR.with(Roles::REGULATOR))
    }

    /// Whether the user may read what belongs to `entity`.
    pub(crate) fn may_see(&self, entity: EntityId) -> Result<(), Problem> {
        if self.entity == entity || self.sees_all() {
            Ok(())
        } else {
            Err(Reject::NotPermitted.into())
        }
    }

    /// Whether the key was revoked since the caller was authenticated.
    pub(crate) fn still_valid(&self) -> Result<(), Problem> {
        if self.key.is_revoked() {
            Err(Fault::KeyNotAccepted.into())
        } else {
            Ok(())
        }
    }
}
