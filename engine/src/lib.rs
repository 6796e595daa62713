//! The deterministic core of Zhiheng: commands in, events out.
//!
//! [`Exchange::apply`] answers one command at a time. It knows no clock, file, thread, socket, JSON, float or hash
//! order: time is an input, and the same log gives the same bytes on every machine. Questions come first, in the order
//! of [`protocol::Reject`]; then deeds that can't fail.
#![no_std]

extern crate alloc;

mod auction;
pub mod book;
mod delivery;
mod disposal;
mod exchange;
mod house;
mod kit;
mod licences;
mod money;
mod pledge;
pub mod previews;
mod register;
mod rights;
mod risk;
mod sales;
mod state;
pub mod sums;
mod tell;
mod units;

pub use exchange::snapshot::SnapshotError;
pub use state::Exchange;
