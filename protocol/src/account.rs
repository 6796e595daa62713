//! Cash of accounts, where it crosses the venue's border.

use crate::{
    ids::AccountId,
    text::Reference,
    units::{Currency, Money},
};
use serde::{Deserialize, Serialize};

/// Cash that crosses the venue's border.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CashMove {
    /// The account it is booked on.
    pub account: AccountId,
    /// In which currency.
    pub currency: Currency,
    /// How much; above zero.
    pub amount: Money,
    /// The bank's reference. Unique among all cash moves: a repeat is refused, never booked twice.
    pub reference: Reference,
}
