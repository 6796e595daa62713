//! The shared vocabulary of Zhiheng: what can be asked ([`Command`]), what can happen ([`Event`]), what is refused
//! ([`Reject`]), in which units, and how a request stands in the journal ([`wire`]).
//!
//! Nothing here knows a clock, a file or a socket, or how JSON is written: it says which fields people see, and by which
//! code and field a mistake is told. Every type is plain data: the rules between a command and its
//! events live in the `engine` crate.
#![no_std]

extern crate alloc;

pub mod account;
pub mod alone;
pub mod answer;
pub mod asset;
pub mod auction;
pub mod buyers;
pub mod candle;
mod chinese;
pub mod claim;
pub mod client;
pub mod command;
pub mod control;
pub mod describe;
pub mod diligence;
pub mod disposal;
pub mod equity;
pub mod event;
mod fields;
pub mod identifiers;
pub mod identity;
pub mod ids;
pub mod licence;
pub mod listing;
pub mod maxima;
pub mod order;
pub mod party;
pub mod plan;
pub mod pledge;
pub mod questions;
pub mod record;
pub mod refusals;
pub mod reject;
pub mod reverse;
pub mod risk;
mod roll;
pub mod rules;
pub mod sealed;
pub mod subsidy;
pub mod term;
pub mod text;
pub mod time;
pub mod title;
pub mod transfer;
pub mod units;
pub mod wire;
mod writing;

pub use answer::{Answer, Outcome, Receipt};
pub use client::{Client, ClientId};
pub use command::{Command, Request, Stamped};
pub use event::{Asked, Committed, Event, PrivateEvent, PublicEvent, StaffEvent};
pub use ids::*;
pub use record::{Notice, Readers, Record, RecordChanged};
pub use reject::Reject;
pub use text::{Bounded, Digest, Office, Symbol};
pub use time::{Date, Timestamp};
pub use units::*;
