//! Cash of accounts, where it crosses the venue's border: it comes in as the bank tells the venue, and leaves by its
//! owner's request alone.

use crate::{
    describe::{record, words},
    ids::{AccountId, WithdrawalId},
    text::{Bounded, Reference},
    units::{Amount, Currency, Money},
};

/// The most withdrawals of one account that wait at a time.
pub const WITHDRAWALS_MAX: usize = 16;

record! {
    /// Books cash that reached the venue's bank account. By an operator.
    pub struct CashMove in full {
        /// The account it is booked on.
        account as "account_id": AccountId,
        /// The ISO 4217 code.
        currency: Currency => "CNY",
        /// How much, in the currency's scale; above zero.
        amount: Money => "1000000.00",
        /// The bank's reference, 1 to 64 bytes; unique among all cash moves.
        reference: Reference => "ICBC-20260302-0001",
    }

    /// Asks for cash to be paid out, which sets it aside at once. By the account's owner, and nobody else: what an
    /// account has free tells what it holds for a sealed bid.
    #[derive(Copy)]
    pub struct RequestWithdrawal {
        /// Of which account.
        account as "account_id": AccountId,
        /// How much; above zero.
        amount: Amount,
    }

    /// Cancels a withdrawal that nobody approved yet, by its owner; or approves it, by an operator.
    #[derive(Copy)]
    pub struct WithdrawalStep {
        /// Which.
        withdrawal as "withdrawal_id": WithdrawalId,
    }

    /// Refuses a withdrawal, or tells that the bank sent it back: its cash is free again. By an operator.
    pub struct RefuseWithdrawal {
        /// Which.
        withdrawal as "withdrawal_id": WithdrawalId,
        /// Why, to its owner.
        reason: Bounded<256> => "the bank knows no account of this name",
    }

    /// Books an approved withdrawal as paid by the bank. By an operator.
    pub struct PayOut {
        /// Which.
        withdrawal as "withdrawal_id": WithdrawalId,
        /// The bank's reference, 1 to 64 bytes; unique among all cash moves.
        reference: Reference => "ICBC-20260302-0002",
    }
}

words! {
    /// How a withdrawal stands.
    pub enum WithdrawalState {
        /// Asked for, its cash set aside; its owner may still cancel it.
        Requested = 0, "requested";
        /// Approved: the bank is told to pay.
        Approved = 1, "approved";
        /// Paid by the bank.
        Paid = 2, "paid";
        /// Refused by the venue, or sent back by the bank.
        Refused = 3, "refused";
        /// Cancelled by its owner.
        Cancelled = 4, "cancelled";
    }
}

record! {
    /// Cash that its owner asked out.
    pub struct Withdrawal {
        /// Which.
        withdrawal as "withdrawal_id": WithdrawalId,
        /// Of which account.
        account as "account_id": AccountId,
        /// How much is set aside for it.
        amount: Amount,
        /// How it stands.
        state: WithdrawalState,
        /// The bank's reference, once it is paid.
        reference: Option<Reference>,
        /// Why it was refused.
        reason: Option<Bounded<256>>,
    }
}
