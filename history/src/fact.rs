//! A fact: an event as history keeps it, with its time and without its place in the journal.
//!
//! Invariant: a fact may be written to a disk. The [border](crate::border) makes facts, and nobody else does.

use protocol::{ClientId, Event, Timestamp, UserId, order::PlaceOrder};
use serde::{Deserialize, Serialize};

/// One event that may be kept. No number here counts commands or hidden events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fact {
    /// When it may be told: of what was sealed, the moment of the disclosure. Never falls from one fact to the next.
    pub(crate) at: Timestamp,
    /// When it happened, where that was before `at`.
    pub(crate) happened: Option<Timestamp>,
    /// Whether it is the last fact of its command. What one command tells of a record is one moment, and a transaction
    /// ends with a command.
    pub(crate) last: bool,
    /// What happened.
    pub(crate) event: Event,
    /// The order that the command placed, where this tells what came of it.
    pub(crate) order: Option<Box<OrderAsked>>,
}

/// What a client asked for when it placed an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderAsked {
    /// Who placed it.
    pub(crate) by: UserId,
    /// The trace of the client's name for it.
    pub(crate) client: Option<[u8; 16]>,
    /// The name itself; none where the journal is of before names were kept.
    pub(crate) client_id: Option<ClientId>,
    /// The order.
    pub(crate) order: PlaceOrder,
}
