//! The measures that pay subsidies, and what firms asked of them: applications that wait, and grants.
//!
//! Invariant: for a loan at most one application to a measure waits or was granted; what a firm was granted of a measure
//! in a year is the sum of its grants; a paper that an application shows stands here once for its government.

use alloc::collections::{BTreeMap, BTreeSet};
use protocol::{
    AccountId, Amount, Currency, Digest, EntityId, LoanId, MeasureId, Money, SubsidyId,
    risk::GrantedBefore,
    subsidy::{Measure, Subsidy},
};
use serde::{Deserialize, Serialize};

/// Every measure, and every application that waits or was granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subsidies {
    pub(crate) measures: BTreeMap<MeasureId, OpenedMeasure>,
    pub(crate) subsidies: BTreeMap<SubsidyId, Subsidy>,
    pub(crate) of_loan: BTreeMap<(LoanId, MeasureId), SubsidyId>,
    /// What each firm was granted of a measure in each year.
    pub(crate) years: BTreeMap<(MeasureId, EntityId), BTreeMap<i32, Money>>,
    /// The papers that firms have shown, each for the government that it was shown to.
    pub(crate) papers: BTreeSet<(EntityId, u32, Digest)>,
    /// The loan that a firm was granted for as its first.
    pub(crate) first: BTreeMap<EntityId, LoanId>,
}

/// A measure. Its money lies in its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenedMeasure {
    /// The account that it pays from.
    pub account: AccountId,
    /// What is published of it.
    pub told: Measure,
}

impl Subsidies {
    /// What a firm was granted of a measure before, as it counts in a year.
    pub(crate) fn before(&self, measure: MeasureId, firm: EntityId, currency: Currency, year: i32) -> GrantedBefore {
        let none = BTreeMap::new();
        let years = self.years.get(&(measure, firm)).unwrap_or(&none);
        let life = years.values().fold(Money::ZERO, |sum, granted| sum.plus(*granted));
        let others = years.keys().filter(|other| **other != year);
        GrantedBefore {
            year: Amount::new(currency, years.get(&year).copied().unwrap_or(Money::ZERO)),
            life: Amount::new(currency, life),
            years: u32::try_from(others.count()).expect("years of a calendar"),
        }
    }

    /// What another measure of the same government granted for a loan, if anything.
    pub(crate) fn had_another(&self, measure: &Measure, loan: LoanId) -> bool {
        let all = (loan, MeasureId(0))..=(loan, MeasureId(u64::MAX));
        let mut others = self
            .of_loan
            .range(all)
            .filter(|((_, other), _)| *other != measure.measure);
        others.any(|((_, other), subsidy)| {
            let same = self.measures[other].told.government == measure.government;
            same && self.subsidies[subsidy].grant.is_some()
        })
    }
}
