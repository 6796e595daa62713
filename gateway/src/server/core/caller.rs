//! The caller of a request: nobody in particular, or somebody of a user, and what that user may do and see.
//!
//! What always holds: a [`UserCaller`] is made behind a proof alone, a verified signature of a key or the secret of a web
//! session; whatever hangs on which of the two it is, is asked here. Whether a rule lets its user do what it asks is the
//! core's business.

use crate::server::{
    door::limits::{Cost, Rates, Refusal, Standing},
    people::session::Session,
    said::problem::{Fault, Problem},
};
use market_data::{Mandate, directory::Key};
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
    /// Somebody of a user.
    User(UserCaller),
    /// Somebody of the venue's staff, signed in without the second factor that it needs: public reads, and its own
    /// sign-in.
    Limited(UserCaller),
}

/// Somebody of a user.
#[derive(Clone)]
pub(crate) struct UserCaller {
    pub(crate) proof: Proof,
    pub(crate) user: UserId,
    pub(crate) entity: EntityId,
    pub(crate) roles: Roles,
}

/// What proves who asks.
#[derive(Clone)]
pub(crate) enum Proof {
    /// A key, by a signature of it.
    Key(Arc<Key>),
    /// A web session, by its cookie.
    Session(Arc<Session>),
}

impl Caller {
    /// Somebody of a user, or the problem that there is none.
    pub(crate) fn known(&self) -> Result<&UserCaller, Problem> {
        match self {
            Self::Anonymous => Err(Fault::NotAuthenticated.into()),
            Self::User(caller) => Ok(caller),
            Self::Limited(_) => Err(Fault::SecondFactorMissing.into()),
        }
    }

    /// Somebody of a user, though a second factor be missing: for what concerns the sign-in itself.
    pub(crate) fn signed_in(&self) -> Result<&UserCaller, Problem> {
        match self {
            Self::Anonymous => Err(Fault::NotAuthenticated.into()),
            Self::User(caller) | Self::Limited(caller) => Ok(caller),
        }
    }

    /// Somebody of a user that may read.
    pub(crate) fn reader(&self) -> Result<&UserCaller, Problem> {
        let caller = self.known()?;
        caller.needs(Scopes::READ)?;
        Ok(caller)
    }
}

impl UserCaller {
    /// Whether the key has one of these scopes. A session has every one: what its user may do is asked of the roles.
    pub(crate) fn needs(&self, scopes: Scopes) -> Result<(), Problem> {
        match &self.proof {
            Proof::Key(key) if !key.details.scopes.has_any(scopes) => {
                let names: Vec<_> = scopes.names().collect();
                Err(Problem::from(Fault::ScopeMissing).hint(format!("needs the scope {}", names.join(" or "))))
            }
            Proof::Key(_) | Proof::Session(_) => Ok(()),
        }
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

    /// Whether the proof has ended since the caller was authenticated.
    pub(crate) fn still_valid(&self) -> Result<(), Problem> {
        let fault = match &self.proof {
            Proof::Key(key) if key.is_revoked() => Fault::KeyNotAccepted,
            Proof::Session(session) if session.has_ended() => Fault::SessionEnded,
            Proof::Key(_) | Proof::Session(_) => return Ok(()),
        };
        Err(fault.into())
    }

    /// What goes on being asked whether it has ended.
    pub(crate) fn mandate(&self) -> Arc<dyn Mandate> {
        match &self.proof {
            Proof::Key(key) => key.clone(),
            Proof::Session(session) => session.clone(),
        }
    }

    /// Waits until the proof has ended; gives why.
    pub(crate) fn ended(&self) -> impl Future<Output = Problem> + Send + use<> {
        let proof = self.proof.clone();
        async move {
            match proof {
                Proof::Key(key) => {
                    key.revoked().await;
                    Problem::from(Fault::KeyNotAccepted).hint("the key was revoked")
                }
                Proof::Session(session) => {
                    session.ended().await;
                    Problem::from(Fault::SessionEnded).hint("the session ended")
                }
            }
        }
    }

    /// Charges the key, or the user of a session.
    pub(crate) fn charge(&self, rates: &Rates, cost: Cost) -> Result<Standing, Refusal> {
        match &self.proof {
            Proof::Key(key) => rates.charge_key(key.id, cost),
            Proof::Session(session) => rates.charge_user(session.user, cost),
        }
    }

    /// The session, where that is what proves who asks.
    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        match &self.proof {
            Proof::Session(session) => Some(session),
            Proof::Key(_) => None,
        }
    }

    /// The session, or the problem that there is none.
    pub(crate) fn in_session(&self) -> Result<&Arc<Session>, Problem> {
        self.session().ok_or_else(|| Fault::SessionNeeded.into())
    }
}
