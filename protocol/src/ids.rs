//! Ids: counters in the core's state. Those of what there is a lot of are dense from 0, so that they index arrays;
//! those of deals are the place of the command that made them. The venue itself comes first: its entity, its first
//! operator and the account that receives its fees are each number 0.

use crate::{
    describe::{Describe, Shape},
    text::{Symbol, Unreadable, text_for_people},
};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in a dense array.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A legal entity: a participant of the venue. 0 is the venue.
    EntityId;
    /// A user of an entity. 0 is the venue's first operator.
    UserId;
    /// A key that a user signs with.
    KeyId;
    /// An account of an entity, with cash per currency and holdings per instrument. 0 receives the venue's fees.
    AccountId;
    /// A right in the registry.
    AssetId;
    /// A pledge of rights, from its filing on.
    PledgeId;
    /// Licence units of a right, listed on an order book. To people, its symbol: which one, the venue's directory
    /// knows.
    InstrumentId;
}

macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl Describe for $name {
            const SHAPE: Shape = Shape::Integer(u32::MAX as u64);
        }
    )*};
}

numbers!(EntityId, UserId, KeyId, AccountId, AssetId, PledgeId);

impl Describe for InstrumentId {
    const SHAPE: Shape = Symbol::SHAPE;
}

/// The place of a command in the one order of everything. Starts at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Describe for Seq {
    const SHAPE: Shape = Shape::Integer(u64::MAX);
}

impl Seq {
    /// The next place.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

macro_rules! places {
    ($($(#[doc = $meaning:literal])* $name:ident;)*) => {$(
        $(#[doc = $meaning])*
        /// Its number is the place of the command that brought it into being: so it tells nobody how many others there
        /// are.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl Describe for $name {
            const SHAPE: Shape = Shape::Integer(u64::MAX);
        }

        impl From<Seq> for $name {
            fn from(seq: Seq) -> Self {
                Self(seq.0)
            }
        }
    )*};
}

places! {
    /// A hold on a right: a preservation order, a court's hold, a dispute.
    HoldId;
    /// A valuation of a right.
    ValuationId;
    /// A licence, from its offer on.
    LicenceId;
    /// A standing offer to license anyone.
    OpenLicenceId;
    /// A tranche of licence units.
    TrancheId;
    /// A sale of title, from its listing on.
    TransferId;
    /// A lot that is sold by auction, from its announcement on.
    LotId;
    /// A pool of public money that shares the loss of loans.
    PoolId;
    /// What one person proposed and another is to approve.
    ProposalId;
    /// Cash that its owner asked out, from the request on.
    WithdrawalId;
    /// A loan that rights may be pledged for.
    LoanId;
    /// A case in which the pledges of a defaulted loan are disposed of.
    DisposalId;
    /// A reverse licence, from its proposal on.
    ReverseLicenceId;
    /// A deal that turns a claim into shares.
    ConversionId;
    /// A measure of a government that pays subsidies.
    MeasureId;
    /// A subsidy of a firm's costs, from the application on.
    SubsidyId;
    /// A fund's promise to buy pledged rights that stay unsold.
    PutId;
}

/// A trade's number: counts from 1 over all instruments and never rolls over. To people a text of digits: it may be
/// beyond what their JSON keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TradeId(pub u64);

/// An order: its slot in the arena and the generation of that slot, so that finding it needs no hash and a stale id
/// never names a younger order. To people a text of digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub u64);

macro_rules! digits {
    ($($name:ident, $looks:literal, $example:literal;)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = Unreadable;

            fn from_str(text: &str) -> Result<Self, Unreadable> {
                let is_written_so = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                if !is_written_so || (text.len() > 1 && text.starts_with('0')) {
                    return Err(Unreadable::NUMBER);
                }
                text.parse().map(Self).map_err(|_| Unreadable::RANGE)
            }
        }

        text_for_people!($name, u64, |id| id.0, |number| Some($name(number)), Unreadable::RANGE, $looks, "^(0|[1-9][0-9]*)$", "", 20, $example);
    )*};
}

digits! {
    TradeId, "the digits of a trade's number", "17";
    OrderId, "the digits of an order's number", "4294967303";
}

impl OrderId {
    /// The order in `slot` at `generation`.
    pub const fn new(slot: u32, generation: u32) -> Self {
        Self((generation as u64) << 32 | slot as u64)
    }

    /// The slot in the arena.
    pub const fn slot(self) -> u32 {
        self.0 as u32
    }

    /// How often the slot had been used before.
    pub const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}
