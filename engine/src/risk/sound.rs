//! What this room promises, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    kit::checks::ensure,
    risk::{
        claims::check_owed,
        enrolments::LOANS_OF_YEAR_MAX,
        life::is_backed,
        pools::{check_amounts, check_figures, check_parts},
        state::{Claim, Enrolment, Lent, Pool, Pools},
    },
    state::Exchange,
    sums::{
        guarantee::check_re_guarantee,
        pools::{check_enrolled, check_shares},
        tolerance::tolerated,
    },
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use protocol::{
    EntityId, Money, PoolId, UserId,
    diligence::{BRANCHES_MAX, OFFICERS_MAX},
    pledge::Loan,
    risk::{Bearer, DutyDone, DutyStep, PoolLoanState, TOLERANCE_POINTS},
};

/// What so many come to, however many they are.
fn sum(amounts: impl IntoIterator<Item = Money>) -> i128 {
    amounts.into_iter().map(|money| i128::from(money.minor())).sum()
}

impl Pools {
    /// What always holds of pools; the first that does not.
    pub(super) fn check(&self) -> Result<(), String> {
        for (id, one) in &self.loans {
            let pool = self.pools.get(&one.pool);
            let pool = pool.ok_or_else(|| format!("{id:?} has no pool"))?;
            ensure(self.lent.contains(&one.lent(*id)), || format!("{id:?} has no place"))?;
            let waits = one.claim.is_some_and(|claim| pool.line.get(&claim.seq) == Some(id));
            let waiting = one.state == PoolLoanState::Claimed;
            ensure(waits == waiting, || format!("{id:?} waits wrongly"))?;
            ensure(is_as_its_state(one), || format!("{id:?} in no such state: {one:?}"))?;
        }
        ensure(self.lent.len() == self.loans.len(), || "a place has no loan".into())?;
        self.pools.iter().try_for_each(|(id, pool)| self.check_pool(*id, pool))
    }

    fn check_pool(&self, id: PoolId, pool: &Pool) -> Result<(), String> {
        let of_pool: Vec<_> = self.loans.values().filter(|one| one.pool == id).collect();
        let backed = of_pool.iter().filter(|one| is_backed(one.state));
        let backed = sum(backed.map(|one| one.covered));
        ensure(backed == i128::from(pool.backed.minor()), || {
            format!("{id:?} backs {backed}, not {:?}", pool.backed)
        })?;
        let waiting = of_pool.iter().filter(|one| one.state == PoolLoanState::Claimed);
        ensure(waiting.count() == pool.line.len(), || {
            format!("{id:?} has claims of nobody in its line")
        })?;
        ensure(of_pool.len() == pool.loans as usize, || {
            format!("{id:?} counts its loans wrongly")
        })?;
        let paid = sum(of_pool.iter().filter_map(|one| one.paid).map(|paid| paid.amount));
        ensure(paid == sum(pool.paid.values().copied()), || {
            format!("{id:?} paid {paid}, not {:?}", pool.paid)
        })?;
        let mut years = BTreeMap::<(EntityId, i32), Vec<Money>>::new();
        for one in of_pool {
            let year = one.loan.lent.to_civil().0;
            years.entry((one.loan.borrower, year)).or_default().push(one.covered);
        }
        let cap = pool.profile.per_borrower_year.map(|cap| i128::from(cap.money.minor()));
        let within = |covers: &Vec<Money>| {
            let covered = sum(covers.iter().copied());
            covers.len() <= LOANS_OF_YEAR_MAX && cap.is_none_or(|cap| covered <= cap)
        };
        ensure(years.values().all(within), || {
            format!("{id:?} covers more than a borrower's cap")
        })
    }
}

/// Whether a loan in a pool has what its state needs, and nothing that it has no need of; and the loss of one that was paid is borne
/// by all of them together.
fn is_as_its_state(one: &Enrolment) -> bool {
    use PoolLoanState as S;
    let (bad, claimed, paid) = (one.npl.is_some(), one.claim.is_some(), one.paid.is_some());
    let state = match one.state {
        S::Enrolled => (bad, claimed, paid) == (false, false, false),
        S::Npl => (bad, claimed, paid) == (true, false, false),
        S::Claimed => (bad, claimed, paid) == (true, true, false),
        S::Paid | S::Recovering => (bad, claimed, paid) == (true, true, true),
        S::Closed => claimed == paid && (bad || !paid),
    };
    let within = one.borne.iter().all(|borne| borne.got <= borne.amount);
    let lost = |claim: Claim| sum([claim.lost.principal, claim.lost.interest]);
    let borne = sum(one.borne.iter().map(|borne| borne.amount));
    let whole = one.claim.filter(|_| paid).map_or(0, lost) == borne;
    let fund = one.borne.iter().filter(|borne| borne.share.bearer == Bearer::Fund);
    let fund = sum(fund.map(|borne| borne.amount)) == sum(one.paid.map(|paid| paid.amount));
    state && within && whole && fund
}

impl<B: Book> Exchange<B> {
    /// What a pool stands behind is what is covered of its loans; claims wait in its line; a loss that was paid for is
    /// borne, and nobody got back more than it bears.
    pub(crate) fn check_pools(&self) -> Result<(), String> {
        self.pools.check()
    }

    /// Pools of a state that was read are such as could be opened, and know of a loan what it says itself.
    pub(crate) fn check_pools_sound(&self) -> Result<(), String> {
        for (id, pool) in &self.pools.pools {
            let figures = check_figures(&pool.profile, pool.currency).is_ok();
            ensure(figures && check_parts(&pool.profile, &pool.shares).is_ok(), || {
                format!("{id:?} is none that can be opened")
            })?;
        }
        for (id, one) in &self.pools.loans {
            let pool = self.pools.of(one.pool);
            let loan = &self.pledging.lent(*id).loan;
            ensure(is_of(one, loan) && is_sound(one, pool, loan), || {
                format!("{id:?} is none that can be enrolled")
            })?;
        }
        let named = |place: &Lent| {
            self.pools
                .loans
                .get(&place.loan)
                .is_some_and(|one| one.lent(place.loan) == *place)
        };
        ensure(self.pools.lent.iter().all(named), || {
            "a place of no loan in a pool".into()
        })
    }

    /// What was told of branches and shown by officers, in a state that was read, is such as could be.
    pub(crate) fn check_diligence_sound(&self) -> Result<(), String> {
        let today = self.at.venue_date();
        for (bank, branches) in &self.diligence.branches {
            let known = self.register.entities.get(bank.index()).is_some();
            let told = branches
                .values()
                .all(|told| told.on <= today && tolerated(&told.books, TOLERANCE_POINTS).is_ok());
            let some = (1..=BRANCHES_MAX).contains(&branches.len());
            ensure(known && told && some, || format!("{bank:?} told what cannot be told"))?;
        }
        for (loan, officers) in &self.diligence.files {
            let once = |(_, shown): (&UserId, &Vec<DutyDone>)| {
                let steps: BTreeSet<DutyStep> = shown.iter().map(|done| done.step).collect();
                !shown.is_empty() && steps.len() == shown.len() && shown.iter().all(|done| done.on <= today)
            };
            let some = (1..=OFFICERS_MAX).contains(&officers.len());
            ensure(some && officers.iter().all(once), || {
                format!("{loan:?} has no such files")
            })?;
        }
        Ok(())
    }
}

/// Whether a pool knows of a loan what that says.
fn is_of(one: &Enrolment, loan: &Loan) -> bool {
    let known = (one.loan.borrower, one.loan.principal, one.loan.lent);
    known == (loan.debtor, loan.terms.principal, loan.terms.drawn)
}

/// Whether a loan, and what is claimed for it, could have come to stand in a pool so.
fn is_sound(one: &Enrolment, pool: &Pool, loan: &Loan) -> bool {
    let amounts = [one.loan.principal].into_iter().chain(one.loan.ip_share);
    let claim = |claim: &Claim| {
        let lends_or_guarantees = matches!(claim.payee, Bearer::Bank | Bearer::Guarantor);
        let named = pool.shares.is_empty() || pool.shares.iter().any(|share| share.bearer == claim.payee);
        let lost = claim.lost.principal.checked_add(claim.lost.interest);
        let named = named && (one.re_guaranteed.is_none() || claim.payee == Bearer::Guarantor);
        lends_or_guarantees && named && lost.is_some() && check_owed(pool, claim.payee, &one.loan).is_ok()
    };
    let shares: Vec<_> = one.borne.iter().map(|borne| borne.share).collect();
    let behind = match (pool.re_guarantees(), &one.re_guaranteed) {
        (None, None) => true,
        (Some(terms), Some(by)) => loan.guarantor(by.guarantor).is_some_and(|(guarantor, _)| {
            check_amounts(pool.currency, [by.fee]).is_ok()
                && check_re_guarantee(&terms, guarantor, &by.shares, by.part).is_ok()
        }),
        _ => false,
    };
    behind
        && check_amounts(pool.currency, amounts).is_ok()
        && one.covered <= one.loan.principal.money
        && check_enrolled(one.enrolled, one.npl).is_ok()
        && one.claim.as_ref().is_none_or(claim)
        && (shares.is_empty() || check_shares(&shares).is_ok())
}
