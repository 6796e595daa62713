//! The deterministic core of Zhiheng: commands in, events out.
//!
//! [`Exchange::apply`] answers one command at a time. It knows no clock, file, thread, socket, JSON, float or hash
//! order: time is an input, and the same log gives the same bytes on every machine. Questions come first, in the order
//! of [`protocol::Reject`]; then deeds that can't fail.
#![no_std]

extern crate alloc;

mod admission;
mod answers;
mod auction;
mod audience;
mod bidding;
pub mod book;
mod clearing;
mod closing;
mod consents;
mod consumption;
mod control;
mod deadlines;
mod dues;
mod epochs;
mod escrow;
mod exchange;
mod facts;
mod gate;
mod grants;
mod holders;
mod holds;
mod index;
mod invariants;
mod ledger;
mod licence_life;
mod licensing;
mod life;
mod listing;
mod open_licence;
mod prefetch;
mod proposals;
mod registry;
mod sale;
mod scope;
mod snapshot;
mod titles;
mod trading;
mod tranches;
mod transfer;
mod units;
mod valuation;

pub use exchange::Exchange;
pub use snapshot::SnapshotError;
