//! What is kept of licence units beside accounts and books: what one stands for, what was consumed, what is issued at a
//! price.

use alloc::collections::BTreeMap;
use protocol::{AccountId, Date, EntityId, InstrumentId, Quantity, TrancheId, licence::Tranche};
use serde::{Deserialize, Serialize};

/// The use and the issue of units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Units {
    /// What one unit stands for, where somebody said so.
    pub(crate) contracts: BTreeMap<InstrumentId, Contract>,
    /// What accounts reported.
    pub(crate) uses: BTreeMap<(InstrumentId, AccountId), Use>,
    /// How far the issue of each instrument is.
    pub(crate) steps: BTreeMap<InstrumentId, Steps>,
    /// The tranches that there ever were.
    pub(crate) tranches: BTreeMap<TrancheId, TrancheOffer>,
}

/// What one unit of an instrument stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contract {
    /// How many products one unit covers.
    pub size: u32,
    /// Whether rounding runs over all reports, or each report rounds up by itself.
    pub cumulative: bool,
    /// Every how many days a holder that consumes has to report; 0: never.
    pub report_days: u32,
    /// How many units its holders consumed, in all.
    pub consumed: Quantity,
}

impl Units {
    /// How many units of an instrument were consumed.
    pub(crate) fn consumed(&self, instrument: InstrumentId) -> Quantity {
        self.contracts
            .get(&instrument)
            .map_or(Quantity::ZERO, |contract| contract.consumed)
    }

    /// Whether any account has reported on an instrument.
    pub(crate) fn is_in_use(&self, instrument: InstrumentId) -> bool {
        let accounts = (instrument, AccountId(0))..=(instrument, AccountId(u32::MAX));
        self.uses.range(accounts).next().is_some()
    }
}

/// What an account has consumed of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Use {
    /// Products reported and found.
    pub products: u64,
    /// Units that are gone for them.
    pub consumed: Quantity,
    /// Units that are owed for them.
    pub short: Quantity,
    /// The last day for the next report.
    pub due: Option<Date>,
    /// Whether that day has passed.
    pub late: bool,
}

/// How far the issue of an instrument is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Steps {
    /// How many tranches there were.
    pub count: u32,
    /// The one that is open or yet to open.
    pub open: Option<TrancheId>,
}

/// A tranche, and what only the venue knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrancheOffer {
    pub tranche: Tranche,
    pub instrument: InstrumentId,
    /// The owner's account: its units are offered, and it is paid.
    pub account: AccountId,
    /// For how many units each participant indicated interest; forgotten when the tranche closes.
    pub interest: BTreeMap<EntityId, Quantity>,
}
