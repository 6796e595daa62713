//! Who is let in: participants, their users, their accounts; and cash across the border. What they sign with is the
//! business of `keys`.
//!
//! Invariant: cash moves once under a reference. What a user may do follows from its roles, and is asked where it does
//! it.

use crate::{book::Book, kit::checks::require, register::party::User, state::Exchange, tell::Tell};
use alloc::boxed::Box;
use protocol::{
    Bounded, EntityId, PrivateEvent, Receipt, Reject, StaffEvent,
    account::CashMove,
    identity,
    party::{LegalId, RegisterEntity, RegisterUser, Roles},
    text::Reference,
};

/// A reference as it is compared: without blanks and signs that nobody sees, in the width of the keyboard. A payment
/// that is typed in twice is booked once.
fn plain_reference(written: &Reference) -> Reference {
    Bounded::new(&identity::plain(written.as_str())).expect("what is left of a text that can be seen")
}

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

    /// What both directions of cash across the border ask, up to the reference.
    fn check_cash_move(&self, user: User, cash: &CashMove) -> Result<EntityId, Reject> {
        user.may(Roles::OPERATOR)?;
        let entity = self.ledger.account(cash.account)?.entity;
        if cash.amount.minor() < 1 {
            return Err(Reject::AmountInvalid);
        }
        Ok(entity)
    }

    /// Books cash that came in, once under its reference. By an operator.
    pub(crate) fn cash_in(&mut self, user: User, cash: &CashMove, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let entity = self.check_cash_move(user, cash)?;
        self.ledger.check_cash_in(cash.currency, cash.amount)?;
        let reference = plain_reference(&cash.reference);
        require(!self.references.contains(&reference), Reject::ReferenceExists)?;

        self.references.insert(reference);
        self.ledger.cash_in(cash.account, cash.currency, cash.amount);
        tell.private(entity, PrivateEvent::CashReceived(Box::new(cash.clone())));
        Ok(Receipt::Done)
    }

    /// Books cash that goes out, once under its reference. By an operator.
    pub(crate) fn cash_out(&mut self, user: User, cash: &CashMove, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let entity = self.check_cash_move(user, cash)?;
        let reference = plain_reference(&cash.reference);
        require(!self.references.contains(&reference), Reject::ReferenceExists)?;
        let slot = self.ledger.check_cash(cash.account, cash.currency, cash.amount)?;

        self.references.insert(reference);
        self.ledger.cash_out(slot, cash.amount);
        tell.private(entity, PrivateEvent::CashPaid(Box::new(cash.clone())));
        Ok(Receipt::Done)
    }
}
