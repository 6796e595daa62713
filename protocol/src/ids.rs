//! Ids: counters in the core's state, dense from 0, so that they index arrays. The venue itself comes first: its entity,
//! its first operator and the account that receives its fees are each number 0.

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
    /// Licence units of a right, listed on an order book.
    InstrumentId;
}

/// The place of a command in the one order of everything. Starts at 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Seq {
    /// The next place.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A trade's number: counts from 1 over all instruments and never rolls over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TradeId(pub u64);

/// An order: its slot in the arena and the generation of that slot, so that finding it needs no hash and a stale id
/// never names a younger order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId(pub u64);

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
