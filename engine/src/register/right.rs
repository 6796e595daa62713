//! A right as the register keeps it: what every right has, what few have, and what stands beside them: holds, lapses,
//! valuations.

use crate::kit::few::Few;
use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use protocol::{
    AssetId, Bounded, Date, Digest, EntityId, HoldId, InstrumentId, LicenceId, LotId, Office, OpenLicenceId, PledgeId,
    TransferId, ValuationId,
    asset::AssetClass,
    title::{Appraiser, AssetState, Consent, Extract, Hold, PatentKind, RightFacts, Share, Valuation},
};
use serde::{Deserialize, Serialize};

/// The most parts of one owner.
pub(crate) const PARTS_MAX: u32 = 1_000_000;

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asset {
    pub owner: EntityId,
    pub class: AssetClass,
    pub state: AssetState,
    pub kind: Option<PatentKind>,
    /// Whether its dues are late.
    pub late: bool,
    /// How many standing holds freeze it.
    pub freezes: u16,
    pub office: Office,
    /// Its key, however it was written.
    pub number: Bounded<32>,
    pub filed: Option<Date>,
    pub granted: Option<Date>,
    pub expires: Option<Date>,
    pub texts: Digest,
    /// When the next annuity or renewal is due.
    pub due: Option<Date>,
    /// The extract that it was verified by.
    pub extract: Option<Extract>,
    /// What is listed of it.
    pub instruments: Few<InstrumentId>,
    /// The pledges that stand on it, or are filed to.
    pub pledges: Few<PledgeId>,
    /// What most rights don't have.
    pub extra: Option<Box<Extra>>,
}

/// What few rights have: co-owners, holds, licences, a sale under way, a history of trades.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extra {
    /// All owners, the acting one first; empty: the owner owns all.
    pub shares: Vec<Share>,
    /// What co-owners consented to.
    pub consents: Vec<Consent>,
    /// The holds that stand or wait, by rank.
    pub holds: Vec<HoldId>,
    /// The marks that only pass together with this one, itself among them.
    pub bundle: Vec<AssetId>,
    /// The last valuation.
    pub valuation: Option<ValuationId>,
    /// The licences that are offered or live.
    pub licences: Vec<LicenceId>,
    /// The open licence that stands.
    pub open_licence: Option<OpenLicenceId>,
    /// The sale that is under way.
    pub transfer: Option<TransferId>,
    /// Everyone who ever held it, nominees looked through, sorted.
    pub holders: Vec<EntityId>,
    /// When each beneficial owner last bought it.
    pub bought: Vec<(EntityId, Date)>,
    /// When each beneficial owner last sold it.
    pub sold: Vec<(EntityId, Date)>,
    /// For whom an export-control check was recorded, and whether it is cleared.
    pub export_checks: Vec<(EntityId, bool)>,
    /// What the register of its class tells.
    pub facts: Option<RightFacts>,
    /// The lot in which it is.
    pub lot: Option<LotId>,
    /// Who bought it by auction and did not pay.
    pub defaulters: Vec<EntityId>,
}

impl Asset {
    /// What few rights have; nothing, for most.
    pub(crate) fn extra(&self) -> &Extra {
        const NONE: &Extra = &Extra::NONE;
        self.extra.as_deref().unwrap_or(NONE)
    }

    /// Mutable access to what few rights have.
    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether it can be sold or licensed at all: what is barred from passing (RULES.md 2.1) can not.
    pub(crate) fn is_transferable(&self) -> bool {
        self.class != AssetClass::GeographicalIndication
    }
}

impl Extra {
    const NONE: Self = Self {
        shares: Vec::new(),
        consents: Vec::new(),
        holds: Vec::new(),
        bundle: Vec::new(),
        valuation: None,
        licences: Vec::new(),
        open_licence: None,
        transfer: None,
        holders: Vec::new(),
        bought: Vec::new(),
        sold: Vec::new(),
        export_checks: Vec::new(),
        facts: None,
        lot: None,
        defaulters: Vec::new(),
    };
}

/// What stands beside the rights themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Titles {
    /// The holds that stand or wait; at most 32 a right.
    pub holds: BTreeMap<HoldId, Hold>,
    /// The first day without a right whose dues are late.
    pub lapses: BTreeMap<AssetId, Date>,
    /// The last day on which dues are in time, where it is another than theirs.
    pub late_after: BTreeMap<AssetId, Date>,
}

/// The valuations in use, and the panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Valuations {
    /// The last one of each right.
    pub last: BTreeMap<ValuationId, Valuation>,
    /// Who is, or was, on the panel.
    pub appraisers: BTreeMap<EntityId, Appraiser>,
}
