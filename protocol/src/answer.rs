//! What the core answers: where a command stands, and what came of it.

use crate::{
    ids::{AccountId, AssetId, EntityId, InstrumentId, KeyId, OrderId, PledgeId, Seq, UserId},
    reject::Reject,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What the core answers: where the command stands, and what came of it. A repeat gets the first answer again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Answer {
    /// Its place in the one order of everything.
    pub seq: Seq,
    /// Its time.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// It was done.
    Done(Receipt),
    /// It broke a rule, and nothing changed.
    Rejected(Reject),
}

/// What a command brought into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Receipt {
    /// Nothing with a number of its own.
    Done,
    /// A participant.
    Entity(EntityId),
    /// A user.
    User(UserId),
    /// A key.
    Key(KeyId),
    /// An account.
    Account(AccountId),
    /// A right.
    Asset(AssetId),
    /// A listing.
    Instrument(InstrumentId),
    /// An order.
    Order(OrderId),
    /// So many rights, numbered in a row from this.
    Rights(AssetId, u32),
    /// A deal of the registry (a hold, a valuation, a licence, a sale, a proposal …): its number is the command's
    /// place.
    Deal(Seq),
    /// So many pledges, numbered in a row from this.
    Pledges(PledgeId, u32),
}

const _: () = assert!(size_of::<Answer>() <= 32);
