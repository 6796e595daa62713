//! The pools that there are, and the loans that each stands behind.
//!
//! Invariant: what a pool backs is the sum of what is covered of its loans that it still stands behind; of one
//! borrower's loans of a year no more is covered than its cap; a claim waits in its pool's line, and nothing else does.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AccountId, Amount, Currency, Date, EntityId, LoanId, Money, PoolId, Seq,
    risk::{
        Bearer, LossBorne, LossShare, PoolLoan, PoolLoanState, PoolProfile, PoolStanding, ReGuaranteed, ReGuarantees,
        RiskPool,
    },
};
use serde::{Deserialize, Serialize};

use crate::sums::pools::{Borne, Lost, Paid};

/// Every pool, and every loan that was ever enrolled in one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pools {
    pub(crate) pools: BTreeMap<PoolId, Pool>,
    pub(crate) loans: BTreeMap<LoanId, Enrolment>,
    /// The loans in the order of lending, by pool, borrower and year.
    pub(crate) lent: BTreeSet<Lent>,
}

/// A loan's place among those of its borrower and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Lent {
    pub pool: PoolId,
    pub borrower: EntityId,
    pub year: i32,
    pub on: Date,
    pub loan: LoanId,
}

/// A pool. Its money lies in its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pool {
    /// The account that it pays from.
    pub account: AccountId,
    /// What it pays in.
    pub currency: Currency,
    /// What it pays.
    pub profile: PoolProfile,
    /// Who bears which part of a loss; none: by the profile.
    pub shares: Vec<LossShare>,
    /// What it stands behind.
    pub backed: Money,
    /// What it paid in each year.
    pub paid: BTreeMap<i32, Money>,
    /// How many loans were enrolled in it.
    pub loans: u32,
    /// The claims that wait, in their order.
    pub line: BTreeMap<Seq, LoanId>,
}

/// A loan in a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolment {
    /// In which.
    pub pool: PoolId,
    /// What the pool knows of it.
    pub loan: PoolLoan,
    /// How it stands.
    pub state: PoolLoanState,
    /// When it was enrolled.
    pub enrolled: Date,
    /// How much of it the pool stands behind.
    pub covered: Money,
    /// When it turned non-performing.
    pub npl: Option<Date>,
    /// What is claimed for it.
    pub claim: Option<Claim>,
    /// What the pool paid.
    pub paid: Option<Paid>,
    /// Who bears the loss, once the pool paid.
    pub borne: Vec<Borne>,
    /// Whom the pool stands behind, where that is a guarantor and not the bank.
    pub re_guaranteed: Option<ReGuaranteed>,
}

/// A claim on a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Its place in the line.
    pub seq: Seq,
    /// The account that is paid.
    pub account: AccountId,
    /// As whom: the bank or a guarantor.
    pub payee: Bearer,
    /// What is lost.
    pub lost: Lost,
    /// What of it counts.
    pub eligible: Money,
    /// What the claimant is liable for itself.
    pub own_liability: Money,
    /// What other public money paid of that.
    pub other_public: Money,
}

impl Pool {
    /// As its readers see it.
    pub(crate) fn record(&self, pool: PoolId) -> RiskPool {
        RiskPool {
            pool,
            account: self.account,
            profile: self.profile,
            shares: self.shares.clone(),
            backed: Amount::new(self.currency, self.backed),
            loans: self.loans,
            claims: u32::try_from(self.line.len()).expect("no more claims than loans"),
        }
    }

    /// On which terms it stands behind guarantors, if it does.
    pub(crate) const fn re_guarantees(&self) -> Option<ReGuarantees> {
        self.profile.scheme.re_guarantees()
    }

    /// What it paid in a year.
    pub(crate) fn paid_in(&self, year: i32) -> Money {
        self.paid.get(&year).copied().unwrap_or(Money::ZERO)
    }
}

impl Enrolment {
    /// As its readers see it.
    pub(crate) fn record(&self, loan: LoanId) -> PoolStanding {
        let amount = |money| Amount::new(self.loan.principal.currency, money);
        let borne = |one: &Borne| LossBorne {
            bearer: one.share.bearer,
            amount: amount(one.amount),
            got: amount(one.got),
        };
        PoolStanding {
            loan,
            pool: self.pool,
            state: self.state,
            enrolled: self.enrolled,
            covered: amount(self.covered),
            npl: self.npl,
            eligible: self.claim.map(|claim| amount(claim.eligible)),
            paid: self.paid.map(|paid| amount(paid.amount)),
            payment: self.paid.map(|paid| paid.payment),
            borne: self.borne.iter().map(borne).collect(),
            re_guaranteed: self.re_guaranteed.clone(),
        }
    }

    /// Its place among the loans of its borrower and year.
    pub(crate) fn lent(&self, loan: LoanId) -> Lent {
        Lent {
            pool: self.pool,
            borrower: self.loan.borrower,
            year: self.loan.lent.to_civil().0,
            on: self.loan.lent,
            loan,
        }
    }
}
