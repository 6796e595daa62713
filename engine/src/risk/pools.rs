//! Pools: opening one, what it pays, and who may know of it.
//!
//! Invariant: figures that a loan relies on stand. A pool is told to whoever manages it; how a loan stands in it also to
//! those who hold its claim, answer for it or were paid. The debtor and other banks learn of neither.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    pledge::loans::MAY_ACT,
    register::{lent::Lent, party::User},
    risk::state::{Enrolment, Pool, Pools},
    state::Exchange,
    sums::pools::{check_profile, check_shares},
    tell::Tell,
};
use alloc::collections::{BTreeMap, BTreeSet};
use protocol::{
    Amount, Currency, EntityId, LoanId, Money, PoolId, Readers, Receipt, Record, Reject,
    party::Roles,
    pledge::Loan,
    risk::{Bearer, LossShare, OpenPool, PoolProfile, SetPoolFigures},
};

impl Pools {
    /// A pool, if there is one.
    pub(super) fn pool(&self, pool: PoolId) -> Result<&Pool, Reject> {
        self.pools.get(&pool).ok_or(Reject::UnknownPool)
    }

    /// A pool that is known to be there.
    pub(super) fn of(&self, pool: PoolId) -> &Pool {
        &self.pools[&pool]
    }

    /// Mutable access to a pool that is known to be there.
    pub(super) fn of_mut(&mut self, pool: PoolId) -> &mut Pool {
        self.pools.get_mut(&pool).expect("it was named")
    }

    /// A loan in a pool.
    pub(super) fn enrolment(&self, loan: LoanId) -> Result<&Enrolment, Reject> {
        self.loans.get(&loan).ok_or(Reject::NotEnrolled)
    }

    /// Opens a pool, if what it says can be. One whose figures are blank takes no loan yet.
    pub(super) fn open(&mut self, id: PoolId, order: &OpenPool) -> Result<(), Reject> {
        first_fault([
            check_figures(&order.profile, order.currency),
            check_parts(&order.profile, &order.shares),
        ])?;
        let pool = Pool {
            account: order.account,
            currency: order.currency,
            profile: order.profile,
            shares: order.shares.clone(),
            backed: Money::ZERO,
            paid: BTreeMap::new(),
            loans: 0,
            line: BTreeMap::new(),
        };
        self.pools.insert(id, pool);
        Ok(())
    }

    /// Gives a pool its figures. Once a loan relies on them they stand; other figures are another pool's.
    pub(super) fn set_figures(&mut self, order: &SetPoolFigures) -> Result<(), Reject> {
        let pool = self.pool(order.pool);
        first_fault([
            check_profile(&order.profile),
            pool.and_then(|pool| {
                first_fault([
                    check_figures(&order.profile, pool.currency),
                    check_parts(&order.profile, &pool.shares),
                    require(pool.loans == 0, Reject::StateForbids),
                ])
            }),
        ])?;
        self.of_mut(order.pool).profile = order.profile;
        Ok(())
    }
}

impl<B: Book> Exchange<B> {
    /// Opens a risk pool. By an operator, for the account of whoever manages it.
    pub(crate) fn open_pool(&mut self, user: User, asked: &OpenPool, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        self.ledger.account(asked.account)?;
        let id = PoolId::from(tell.seq);
        self.pools.open(id, asked)?;

        self.tell_pool(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Changes what a pool pays. By an operator.
    pub(crate) fn set_pool_figures(
        &mut self,
        user: User,
        asked: &SetPoolFigures,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        self.pools.set_figures(asked)?;

        self.tell_pool(asked.pool, tell);
        Ok(Receipt::Done)
    }

    /// The loan, for the acting holder of its claim or the venue in its place.
    pub(super) fn lent_by(&self, user: User, loan: LoanId) -> Result<Lent, Reject> {
        let lent = self.owed_to(user, loan)?;
        let acts = user.is_operator() || acting(&lent.loan) == user.entity;
        require(acts, Reject::NotAParty)?;
        Ok(lent)
    }

    /// The loan, for who may know of it or claimed on a pool for it.
    pub(super) fn lent_or_claimed_by(&self, user: User, loan: LoanId) -> Result<Lent, Reject> {
        user.may(MAY_ACT)?;
        if self.claimant(loan) == Some(user.entity) {
            return Ok(self.pledging.lent(loan));
        }
        self.loan_for(user, loan)
    }

    /// Whose claim on a pool waits for a loan, or was paid.
    pub(super) fn claimant(&self, loan: LoanId) -> Option<EntityId> {
        let claim = self.pools.loans.get(&loan)?.claim?;
        Some(self.ledger.account(claim.account).expect("accounts stay").entity)
    }

    /// Who manages a pool.
    pub(super) fn manager(&self, pool: PoolId) -> EntityId {
        let account = self.pools.of(pool).account;
        self.ledger.account(account).expect("accounts stay").entity
    }

    /// Tells its manager how a pool stands now.
    pub(super) fn tell_pool(&self, id: PoolId, tell: &mut Tell<'_>) {
        let record = self.pools.of(id).record(id);
        tell.record(Readers::one(self.manager(id)), Record::RiskPool(record));
    }

    /// Tells those whose business it is how a loan stands in its pool now, if it is in one.
    pub(crate) fn tell_standing(&self, id: LoanId, tell: &mut Tell<'_>) {
        let Ok(enrolment) = self.pools.enrolment(id) else {
            return;
        };
        let loan = &self.pledging.lent(id).loan;
        let holders = loan.creditors.iter().map(|share| share.entity);
        let guarantors = loan.guarantees.iter().map(|guarantee| guarantee.entity);
        let concerned = holders.chain(guarantors).chain([self.manager(enrolment.pool)]);
        let concerned: BTreeSet<_> = concerned.chain(self.claimant(id)).collect();
        let readers = Readers::Only(concerned.into_iter().collect());
        tell.record(readers, Record::PoolStanding(enrolment.record(id)));
    }
}

/// Who acts for those that hold a claim.
pub(super) fn acting(loan: &Loan) -> EntityId {
    loan.creditors.first().expect("a claim has a holder").entity
}

/// Whether figures can be, in a pool's currency.
pub(super) fn check_figures(profile: &PoolProfile, currency: Currency) -> Result<(), Reject> {
    let caps = [
        profile.per_loan,
        profile.per_borrower_year,
        profile.year_total,
        profile.fund,
    ];
    first_fault([
        check_amounts(currency, caps.into_iter().flatten()),
        check_profile(profile),
    ])
}

/// Whether agreed parts of a loss can be a pool's: its own is among them. None: its figures say what it pays, or for each
/// guarantor that it stands behind what was agreed with that.
pub(super) fn check_parts(profile: &PoolProfile, shares: &[LossShare]) -> Result<(), Reject> {
    let figures = !shares.is_empty() || profile.bank.is_some() || profile.guarantor.is_some();
    let re_guarantees = profile.scheme.re_guarantees().is_some();
    require(!(re_guarantees && figures), Reject::LossSharesInvalid)?;
    if shares.is_empty() {
        return Ok(());
    }
    check_shares(shares)?;
    let has_fund = shares.iter().any(|share| share.bearer == Bearer::Fund);
    require(has_fund, Reject::LossSharesInvalid)
}

/// One currency, and nothing below zero.
pub(super) fn check_amounts(currency: Currency, amounts: impl IntoIterator<Item = Amount>) -> Result<(), Reject> {
    let fits = |amount: Amount| amount.currency == currency && amount.money >= Money::ZERO;
    require(amounts.into_iter().all(fits), Reject::AmountInvalid)
}
