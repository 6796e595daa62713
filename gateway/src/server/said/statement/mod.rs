//! The statement of a distribution in the forms in which a bank files it: a table, and a page to be printed.
//!
//! What always holds: either says what the record says, digit for digit, and nothing beside it.

mod page;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use page::page;
pub(crate) use table::table;

use crate::json::scalar::write_money;
use protocol::Amount;

/// An amount without its currency, which is the statement's.
fn sum(amount: Amount) -> String {
    write_money(amount.money, amount.currency)
}
