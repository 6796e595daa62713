//! What is said back.

pub(crate) mod problem;
pub(crate) mod rule_book;
