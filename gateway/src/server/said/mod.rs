//! What is said back: answers and refusals, and what is told of an order, an account and the rules; and the
//! form in which answers to reads go out.

pub(crate) mod account;
pub(crate) mod broken;
pub(crate) mod done;
pub(crate) mod effects;
pub(crate) mod order;
pub(crate) mod problem;
pub(crate) mod proposed;
pub(crate) mod responses;
pub(crate) mod rule_book;
pub(crate) mod sent;
pub(crate) mod statement;
