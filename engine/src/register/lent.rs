//! A loan, what it comes to, and who paid it: kept packed, and opened where it is asked for.
//!
//! Invariant: of a loan of which nothing was reckoned yet the claim is what the terms say, and is not written.

use crate::sums::interest::Claim;
use alloc::vec::Vec;
use protocol::{Date, EntityId, Money, PledgeId, asset::AssetClass, plan::PayerKind, pledge::Loan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long a claim can be enforced once it is due, in months (民法典 188).
const LIMITATION_MONTHS: u32 = 36;

/// A loan, what it comes to, and its pledges that are not over, in the order in which they were filed.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What it comes to is written once it is another than the terms say of a loan of which nothing was reckoned.
impl Serialize for Lent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self {
            loan,
            claim,
            pledges,
            classes,
            paid,
            payers,
        } = self;
        let reckoned = Some(claim).filter(|claim| **claim != Claim::drawn(&loan.terms));
        (loan, reckoned, pledges, classes, paid, payers).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Lent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        type Written = (Loan, Option<Claim>, Vec<PledgeId>, Classes, InterestPaid, Vec<PaidFor>);
        let (loan, reckoned, pledges, classes, paid, payers) = Written::deserialize(from)?;
        Ok(Self {
            claim: reckoned.unwrap_or_else(|| Claim::drawn(&loan.terms)),
            loan,
            pledges,
            classes,
            paid,
            payers,
        })
    }
}

/// The last day on which a claim can be enforced that was due, or last demanded, on this one. Of two readings the
/// earlier: the other ends a day later (民法典 188, 195).
pub(crate) fn limitation_of(from: Date) -> Date {
    from.plus_months(LIMITATION_MONTHS)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kit::packed::Packed;
    use alloc::vec;
    use protocol::{
        Amount, Bounded, Currency, Digest, LoanId, Rate,
        claim::{ClaimTerms, Compounding, Cycle, DayCount, PaymentOrder, RateStep, Settlement},
        pledge::LoanState,
        title::Share,
    };

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_civil(year, month, day).unwrap()
    }

    pub(crate) const PAPER: Digest = Digest([0xdd; 32]);

    /// A loan of a million yuan at one rate, with nothing beside it.
    pub(crate) fn lent() -> Lent {
        let terms = ClaimTerms {
            principal: Amount::new(Currency::Cny, Money::from_minor(100_000_000)),
            drawn: day(2026, 3, 2),
            due: day(2027, 3, 2),
            day_count: DayCount::Act360,
            rates: vec![RateStep {
                from: day(2026, 3, 2),
                rate: Rate(43_500),
            }],
            settlement: Settlement {
                cycle: Cycle::Quarterly,
                day: None,
            },
            penalty: None,
            compounding: Compounding::None,
            cap: None,
            order: PaymentOrder::InterestFirst,
            instalments: Vec::new(),
            guarantors: Vec::new(),
        };
        Lent {
            claim: Claim::drawn(&terms),
            pledges: vec![PledgeId(1_000_000)],
            classes: Classes(1),
            paid: InterestPaid::default(),
            payers: Vec::new(),
            loan: Loan {
                loan: LoanId(3_000_000),
                creditors: vec![Share {
                    entity: EntityId(100_000),
                    parts: 1,
                }],
                debtor: EntityId(200_000),
                outstanding: terms.principal,
                accelerated: None,
                state: LoanState::Running,
                limitation: limitation_of(terms.due),
                terms,
                barred: false,
                insolvency: None,
                guarantees: Vec::new(),
                insurer: None,
                reference: Bounded::new("loan 3000000").unwrap(),
                contract: PAPER,
            },
        }
    }

    #[test]
    fn a_claim_is_written_once_it_is_reckoned() {
        let mut lent = lent();
        let fresh = Packed::new(&lent).weight();
        lent.claim.advance(&lent.loan.terms, day(2026, 7, 1)).unwrap();
        let packed = Packed::new(&lent);
        assert_eq!(packed.open(), lent);
        assert_eq!(packed.weight() - fresh, 53);
    }

    #[test]
    fn a_claim_can_be_enforced_for_three_years() {
        assert_eq!(limitation_of(day(2023, 3, 31)), day(2026, 3, 31));
        assert_eq!(limitation_of(day(2024, 2, 29)), day(2027, 2, 28));
    }
}
