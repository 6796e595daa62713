//! What users sign with, and what the venue itself signs with: keys let in and ended, the way back where no operator can
//! sign any more, and the key under the venue's certificates, heads and receipts.
//!
//! Invariant: once an operator has a key with which it can rule the venue, one always stands: no command ends the last.

use crate::{
    book::Book,
    kit::{
        checks::require,
        ids::{FIRST_OPERATOR, VENUE},
    },
    register::{
        party::{Key, User},
        state::Register,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{boxed::Box, vec::Vec};
use protocol::{
    KeyId, Notice, Readers, Receipt, Record, Reject, StaffEvent,
    control::{Recover, Recovery, VenueKey},
    party::{KeyMaterial, RegisterKey, Roles, Scopes},
};

impl Register {
    /// The operators' keys, those that ended included.
    fn operators_keys(&self) -> impl Iterator<Item = (KeyId, &Key)> {
        let keys = (0..).map(KeyId).zip(&self.keys);
        keys.filter(|(_, key)| self.users[key.user.index()].is_operator())
    }

    /// Whether no operator could rule the venue without this key: it alone of theirs has the scope.
    fn is_last_to_rule(&self, key: KeyId) -> bool {
        let mut ruling = self.operators_keys().filter(|(_, key)| key.rules() && !key.revoked);
        ruling.next().is_some_and(|(id, _)| id == key) && ruling.next().is_none()
    }

    /// For the invariants: where an operator was ever given a key that rules, one stands.
    pub(crate) fn can_be_ruled(&self) -> bool {
        let mut ruling = self.operators_keys().filter(|(_, key)| key.rules()).peekable();
        ruling.peek().is_none() || ruling.any(|(_, key)| !key.revoked)
    }
}

impl<B: Book> Exchange<B> {
    /// Registers a user's key. By an operator.
    pub(crate) fn register_key(
        &mut self,
        user: User,
        register: &RegisterKey,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        self.register.check_new_key(register)?;

        Ok(Receipt::Key(self.let_in(register, tell)))
    }

    fn let_in(&mut self, register: &RegisterKey, tell: &mut Tell<'_>) -> KeyId {
        let key = self.register.add_key(register);
        tell.staff(StaffEvent::KeyRegistered {
            key,
            details: Box::new(register.clone()),
        });
        key
    }

    /// Revokes a key. By a user of the same participant, or an operator.
    pub(crate) fn revoke_key(&mut self, user: User, key: KeyId, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        // A participant ends its own keys; another's is as good as none. Those of the venue are the operators' business.
        let entry = self.register.keys.get(key.index()).filter(|entry| {
            let of = self.register.users[entry.user.index()].entity;
            user.is_operator() || of == user.entity && of != VENUE
        });
        let entry = entry.ok_or(Reject::UnknownKey)?;
        require(!entry.revoked, Reject::KeyRevoked)?;
        require(!self.register.is_last_to_rule(key), Reject::LastAdminKey)?;

        self.end_key(key, tell);
        Ok(Receipt::Done)
    }

    fn end_key(&mut self, key: KeyId, tell: &mut Tell<'_>) {
        self.register.keys[key.index()].revoked = true;
        tell.staff(StaffEvent::KeyRevoked { key });
    }

    /// Gives the venue back to its first operator, by the key of its configuration. By the venue itself, since whoever
    /// could ask may be gone. A key that stands gets another number: the one of before may be bound to a network that
    /// is no more.
    pub(crate) fn recover(&mut self, asked: &Recover, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let register = RegisterKey {
            user: FIRST_OPERATOR,
            material: KeyMaterial::Ed25519(asked.public_key.0),
            scopes: Scopes::ALL
                .iter()
                .fold(Scopes::NONE, |all, &(scope, _)| all.with(scope)),
            networks: asked.networks.clone(),
        };
        self.register.check_new_key(&register)?;

        let ended: Vec<_> = if asked.end_others {
            let stand = self.register.operators_keys().filter(|(_, key)| !key.revoked);
            stand.map(|(id, _)| id).collect()
        } else {
            Vec::new()
        };
        let key = self.let_in(&register, tell);
        ended.iter().for_each(|&key| self.end_key(key, tell));
        let recovery = Recovery {
            key,
            public_key: asked.public_key,
            ended,
        };
        tell.record(Readers::one(VENUE), Record::Recovery(recovery));
        Ok(Receipt::Key(key))
    }

    /// Names the key that the venue signs with from here on. By the venue itself.
    pub(crate) fn set_venue_key(&mut self, key: VenueKey, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        require(self.control.venue_key != Some(key.public_key), Reject::KeyStands)?;

        self.control.venue_key = Some(key.public_key);
        tell.notice(Notice::VenueKey(key));
        Ok(Receipt::Done)
    }
}
