//! Cash of accounts, where it crosses the venue's border.

use crate::{
    describe::record,
    ids::AccountId,
    text::Reference,
    units::{Currency, Money},
};

record! {
    /// Books cash that reached the venue's bank account (`cash_in`) or was paid out (`cash_out`). By an operator.
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
}
