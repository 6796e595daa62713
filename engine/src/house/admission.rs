//! Who is let in: participants, their users, their accounts. What they sign with is the business of `keys`, their cash
//! that of `cash`.
//!
//! Invariant: what a user may do follows from its roles, and is asked where it does it.

use crate::{book::Book, register::party::User, state::Exchange, tell::Tell};
use alloc::boxed::Box;
use protocol::{
    EntityId, PrivateEvent, Receipt, Reject, StaffEvent,
    party::{LegalId, RegisterEntity, RegisterUser, Roles},
};

impl<B: Book> Exchange<B> {
    /// Registers a participant. By an operator.
    pub(crate) fn register_entity(
        &mut self,
        user: User,
        register: &RegisterEntity,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        self.register.check_new_entity(register)?;

        let entity = self.add_entity(Some(register.legal_id.clone()));
        tell.staff(StaffEvent::EntityRegistered {
            entity,
            details: Box::new(register.clone()),
        });
        Ok(Receipt::Entity(entity))
    }

    /// Adds a participant, with room for its answers.
    pub(crate) fn add_entity(&mut self, legal_id: Option<LegalId>) -> EntityId {
        self.answers.add_participant();
        self.register.add_entity(legal_id)
    }

    /// Registers a user of a participant. By an operator.
    pub(crate) fn register_user(
        &mut self,
        user: User,
        register: &RegisterUser,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RegisterUser { entity, roles } = *register;
        user.may(Roles::OPERATOR)?;
        self.register.check_new_user(entity, roles)?;

        let user = self.register.add_user(entity, roles);
        self.control.note_user(roles);
        tell.staff(StaffEvent::UserRegistered { user, entity, roles });
        Ok(Receipt::User(user))
    }

    /// Opens an account for a participant. By an operator.
    pub(crate) fn open_account(
        &mut self,
        user: User,
        entity: EntityId,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        self.register.check_entity(entity)?;

        let account = self.ledger.open_account(entity);
        tell.private(entity, PrivateEvent::AccountOpened { account });
        Ok(Receipt::Account(account))
    }
}
