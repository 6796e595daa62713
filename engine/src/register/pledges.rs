//! Loans and pledges, by number, and what they are found by: the pledges of a loan here, those of a right with the right.
//!
//! Invariant: a pledge that is not over is named by its loan and by each right on which it stands or is to stand, and no
//! other is; its pledgees are the creditors of its loan (民法典 407, 547). A guarantor finds the loans that name it and are
//! not repaid, and no others.

use crate::sums::interest::Claim;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AssetId, Date, EntityId, LoanId, Money, PledgeId, Reject,
    asset::AssetClass,
    plan::PayerKind,
    pledge::{Insurance, Loan, Pledge, PledgeAct, PledgeConsent, RecordGuarantor},
};
use serde::{Deserialize, Serialize};

/// How long a claim can be enforced once it is due, in months (民法典 188).
const LIMITATION_MONTHS: u32 = 36;

/// The loans that there ever were, and the pledges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pledging {
    pub(crate) loans: BTreeMap<LoanId, Lent>,
    pub(crate) pledges: Vec<Pledge>,
    /// The last consent to each act, of pledges that stand; those that were revoked or ran out among them.
    pub(crate) consents: BTreeMap<(PledgeId, PledgeAct), PledgeConsent>,
    /// What guarantors told of themselves: their limits are asked.
    pub(crate) guarantors: BTreeMap<EntityId, RecordGuarantor>,
    /// The loans that each guarantor is named in, those that are repaid not among them.
    pub(crate) guaranteed: BTreeSet<(EntityId, LoanId)>,
    /// The insurance of a loan, offered or agreed.
    pub(crate) insured: BTreeMap<LoanId, Insurance>,
    /// Pledges of which a consent was used up by the command that is being answered; empty between commands.
    #[serde(skip)]
    pub(crate) used_up: Vec<PledgeId>,
}

/// A loan, what it comes to, and its pledges that are not over, in the order in which they were filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lent {
    pub loan: Loan,
    pub claim: Claim,
    pub pledges: Vec<PledgeId>,
    /// The classes of the rights that were ever pledged for it.
    pub classes: Classes,
    /// What its debtor itself paid of interest.
    pub paid: InterestPaid,
    /// Who paid it in its debtor's place, in that order.
    pub payers: Vec<PaidFor>,
}

/// Classes of rights, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Classes(u8);

impl Classes {
    /// Takes one in.
    pub(crate) fn add(&mut self, class: AssetClass) {
        self.0 |= 1 << class as u8;
    }

    /// Whether it is one of them.
    pub(crate) fn has(self, class: AssetClass) -> bool {
        self.0 & 1 << class as u8 != 0
    }
}

/// What a debtor itself paid of interest: not what a guarantor, a sale by enforcement or a deal for shares did, nor what
/// was waived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InterestPaid {
    /// At the contract's rate.
    pub interest: Money,
    /// As penalty, or on unpaid interest.
    pub penalty: Money,
}

/// What somebody paid on a loan in its debtor's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaidFor {
    pub entity: EntityId,
    pub kind: PayerKind,
    pub agreed: bool,
    pub on: Date,
    /// How much it paid.
    pub sum: Money,
    /// How much of that the principal.
    pub principal: Money,
    /// How much of it came back to nobody yet.
    pub left: Money,
}

/// What somebody paid on a loan in its debtor's place, all together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaidBy {
    /// When it paid first.
    pub first: Option<Date>,
    pub sum: Money,
    pub principal: Money,
}

impl Lent {
    /// What this participant paid in the debtor's place.
    pub(crate) fn paid_by(&self, entity: EntityId) -> PaidBy {
        let nothing = PaidBy {
            first: None,
            sum: Money::ZERO,
            principal: Money::ZERO,
        };
        let own = self.payers.iter().filter(|paid| paid.entity == entity);
        own.fold(nothing, |all, paid| PaidBy {
            first: all.first.or(Some(paid.on)),
            sum: all.sum.plus(paid.sum),
            principal: all.principal.plus(paid.principal),
        })
    }
}

impl Pledging {
    /// The pledge, if there is one.
    pub(crate) fn pledge(&self, pledge: PledgeId) -> Result<&Pledge, Reject> {
        self.pledges.get(pledge.index()).ok_or(Reject::UnknownPledge)
    }

    /// A pledge that is known to be there.
    pub(crate) fn of(&self, pledge: PledgeId) -> &Pledge {
        &self.pledges[pledge.index()]
    }

    /// Mutable access to a pledge that is known to be there.
    pub(crate) fn of_mut(&mut self, pledge: PledgeId) -> &mut Pledge {
        &mut self.pledges[pledge.index()]
    }

    /// A loan that is known to be there.
    pub(crate) fn lent(&self, loan: LoanId) -> &Lent {
        &self.loans[&loan]
    }

    /// Mutable access to a loan that is known to be there.
    pub(crate) fn lent_mut(&mut self, loan: LoanId) -> &mut Lent {
        self.loans.get_mut(&loan).expect("it was named")
    }

    /// The pledges of these that stand on a right, in the order of their rank: that of their recording (民法典 414).
    pub(crate) fn ranked(&self, pledges: &[PledgeId], asset: AssetId) -> Vec<&Pledge> {
        let mut standing: Vec<_> = pledges
            .iter()
            .map(|id| self.of(*id))
            .filter(|pledge| pledge.binds(asset))
            .collect();
        standing.sort_by_key(|pledge| (pledge.registered_at, pledge.pledge));
        standing
    }
}

/// Whether a pledge still needs its loan and its rights to name it.
pub(crate) const fn is_live(pledge: &Pledge) -> bool {
    pledge.state.is_pending() || pledge.state.is_active()
}

/// Whether it stands on a right, or is to.
pub(crate) fn concerns(pledge: &Pledge, asset: AssetId) -> bool {
    pledge.binds(asset) || pledge.state.is_pending() && pledge.rights.iter().any(|right| right.asset == asset)
}

/// The last day on which a claim can be enforced that was due, or last demanded, on this one. Of two readings the
/// earlier: the other ends a day later (民法典 188, 195).
pub(crate) fn limitation_of(from: Date) -> Date {
    from.plus_months(LIMITATION_MONTHS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_civil(year, month, day).unwrap()
    }

    #[test]
    fn a_claim_can_be_enforced_for_three_years() {
        assert_eq!(limitation_of(day(2023, 3, 31)), day(2026, 3, 31));
        assert_eq!(limitation_of(day(2024, 2, 29)), day(2027, 2, 28));
    }
}
