//! Cash across the venue's border: in as the bank tells the venue, out by its owner's request, which sets it aside.
//!
//! Invariant: cash moves once under a reference. Nobody but its owner begins what takes cash out or hears whether there
//! is enough: what is free tells what a sealed bid holds. What the venue then answers depends on the request alone. A
//! withdrawal that waits is held under its own number, to the minor unit.

use super::state::Border;
use crate::{
    book::Book,
    kit::checks::{ensure, require},
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::{boxed::Box, format, string::String};
use protocol::{
    AccountId, Bounded, EntityId, PrivateEvent, Readers, Receipt, Record, Reject, Seq, WithdrawalId,
    account::{
        CashMove, PayOut, RefuseWithdrawal, RequestWithdrawal, WITHDRAWALS_MAX, Withdrawal, WithdrawalState,
        WithdrawalStep,
    },
    identity,
    party::Roles,
    text::Reference,
};

/// A reference as it is compared: without blanks and signs that nobody sees, in the width of the keyboard. A payment
/// that is typed in twice is booked once.
fn plain_reference(written: &Reference) -> Reference {
    Bounded::new(&identity::plain(written.as_str())).expect("what is left of a text that can be seen")
}

impl Border {
    /// The reference as it is kept, if nothing was booked under it.
    fn new_reference(&self, written: &Reference) -> Result<Reference, Reject> {
        let reference = plain_reference(written);
        require(!self.references.contains(&reference), Reject::ReferenceExists)?;
        Ok(reference)
    }

    /// A withdrawal that waits.
    fn waiting(&self, id: WithdrawalId) -> Result<&Withdrawal, Reject> {
        self.withdrawals.get(&id).ok_or(Reject::UnknownWithdrawal)
    }

    /// How many withdrawals of an account wait.
    fn count(&self, account: AccountId) -> usize {
        let waiting = self.withdrawals.values();
        waiting.filter(|withdrawal| withdrawal.account == account).count()
    }
}

impl<B: Book> Exchange<B> {
    /// Books cash that came in, once under its reference. By an operator.
    pub(crate) fn cash_in(&mut self, user: User, cash: &CashMove, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let entity = self.ledger.account(cash.account)?.entity;
        require(cash.amount.minor() >= 1, Reject::AmountInvalid)?;
        self.ledger.check_cash_in(cash.currency, cash.amount)?;
        let reference = self.border.new_reference(&cash.reference)?;

        self.border.references.insert(reference);
        self.ledger.cash_in(cash.account, cash.currency, cash.amount);
        tell.private(entity, PrivateEvent::CashReceived(Box::new(cash.clone())));
        Ok(Receipt::Done)
    }

    /// Sets cash aside that its owner asks out. By the owner's user, of the venue's own account by an operator.
    pub(crate) fn request_withdrawal(
        &mut self,
        user: User,
        asked: &RequestWithdrawal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RequestWithdrawal { account, amount } = *asked;
        require(user.decides(), Reject::NotPermitted)?;
        let entity = self.account_for(user, account)?;
        require(user.house() == entity, Reject::NotYourAccount)?;
        require(self.border.count(account) < WITHDRAWALS_MAX, Reject::WithdrawalsTooMany)?;
        require(amount.money.minor() >= 1, Reject::AmountInvalid)?;
        self.check_escrow(account, amount)?;

        let withdrawal = Withdrawal {
            withdrawal: WithdrawalId::from(tell.seq),
            account,
            amount,
            state: WithdrawalState::Requested,
            reference: None,
            reason: None,
        };
        self.hold_escrow(tell.seq, account, amount, tell);
        self.tell_withdrawal(&withdrawal, tell);
        self.border.withdrawals.insert(withdrawal.withdrawal, withdrawal);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Cancels a withdrawal before it is approved: from then on the bank may have paid. By the owner's user.
    pub(crate) fn cancel_withdrawal(
        &mut self,
        user: User,
        asked: &WithdrawalStep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        require(user.decides(), Reject::NotPermitted)?;
        let withdrawal = self.border.waiting(asked.withdrawal)?;
        let owner = self.withdrawer(withdrawal);
        // Another's is as good as none.
        require(user.house() == owner, Reject::UnknownWithdrawal)?;
        require(withdrawal.state == WithdrawalState::Requested, Reject::StateForbids)?;

        self.end_withdrawal(
            Withdrawal {
                state: WithdrawalState::Cancelled,
                ..withdrawal.clone()
            },
            tell,
        );
        Ok(Receipt::Done)
    }

    /// Approves a withdrawal: the bank is told to pay, and its owner can't cancel it any more. By an operator.
    pub(crate) fn approve_withdrawal(
        &mut self,
        user: User,
        asked: &WithdrawalStep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let withdrawal = self.border.waiting(asked.withdrawal)?;
        require(withdrawal.state == WithdrawalState::Requested, Reject::StateForbids)?;

        let withdrawal = Withdrawal {
            state: WithdrawalState::Approved,
            ..withdrawal.clone()
        };
        self.tell_withdrawal(&withdrawal, tell);
        self.border.withdrawals.insert(asked.withdrawal, withdrawal);
        Ok(Receipt::Done)
    }

    /// Refuses a withdrawal, before or after its approval: its cash is free again. By an operator.
    pub(crate) fn refuse_withdrawal(
        &mut self,
        user: User,
        asked: &RefuseWithdrawal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let withdrawal = self.border.waiting(asked.withdrawal)?;

        self.end_withdrawal(
            Withdrawal {
                state: WithdrawalState::Refused,
                reason: Some(asked.reason.clone()),
                ..withdrawal.clone()
            },
            tell,
        );
        Ok(Receipt::Done)
    }

    /// Books an approved withdrawal as paid, once under its reference. By an operator.
    pub(crate) fn cash_out(&mut self, user: User, asked: &PayOut, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let withdrawal = self.border.waiting(asked.withdrawal)?;
        let reference = self.border.new_reference(&asked.reference)?;
        require(withdrawal.state == WithdrawalState::Approved, Reject::StateForbids)?;

        let withdrawal = Withdrawal {
            state: WithdrawalState::Paid,
            reference: Some(asked.reference.clone()),
            ..withdrawal.clone()
        };
        let Withdrawal { account, amount, .. } = withdrawal;
        let owner = self.withdrawer(&withdrawal);
        self.border.references.insert(reference);
        self.end_withdrawal(withdrawal, tell);
        let slot = self.ledger.cash_slot(account, amount.currency);
        self.ledger.cash_out(slot, amount.money);
        let paid = CashMove {
            account,
            currency: amount.currency,
            amount: amount.money,
            reference: asked.reference.clone(),
        };
        tell.private(owner, PrivateEvent::CashPaid(Box::new(paid)));
        Ok(Receipt::Done)
    }

    /// A withdrawal waits no longer: what it held is free, and its owner is told how it ended.
    fn end_withdrawal(&mut self, withdrawal: Withdrawal, tell: &mut Tell<'_>) {
        self.border.withdrawals.remove(&withdrawal.withdrawal);
        self.release_escrow(Seq(withdrawal.withdrawal.0), withdrawal.account, tell);
        self.tell_withdrawal(&withdrawal, tell);
    }

    fn withdrawer(&self, withdrawal: &Withdrawal) -> EntityId {
        let account = self.ledger.account(withdrawal.account);
        account.expect("a withdrawal names an account that exists").entity
    }

    fn tell_withdrawal(&self, withdrawal: &Withdrawal, tell: &mut Tell<'_>) {
        let owner = self.withdrawer(withdrawal);
        tell.record(Readers::one(owner), Record::Withdrawal(withdrawal.clone()));
    }

    /// What waits to be paid out is set aside.
    pub(crate) fn check_withdrawals(&self) -> Result<(), String> {
        for (&id, withdrawal) in &self.border.withdrawals {
            let waits = matches!(withdrawal.state, WithdrawalState::Requested | WithdrawalState::Approved);
            let held = self.escrows.held((Seq(id.0), withdrawal.account));
            ensure(
                withdrawal.withdrawal == id && waits && held == withdrawal.amount.money,
                || format!("{withdrawal:?} waits with {held:?}"),
            )?;
            ensure(self.ledger.account(withdrawal.account).is_ok(), || {
                format!("{withdrawal:?} is of no account")
            })?;
        }
        Ok(())
    }
}
