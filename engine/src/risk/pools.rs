//! What befalls a pool and the loans that it stands behind: opening it, enrolling a loan, the loan turning bad, the
//! claim, its payment, what is recovered, the end (RULES.md 2.9, PLEDGES.md 2.9).
//!
//! What always holds: claims are paid in the order in which they were made; a claim that is paid is paid once; what the
//! pool stands behind of a borrower's loans of a year is given out in the order of lending, and what was claimed on
//! keeps its part. The money itself lies in accounts: who calls moves what these answer.

use crate::{
    kit::checks::{ensure, first_fault, require},
    risk::{
        life::{Input, is_backed, is_open, step},
        state::{Claim, Enrolment, Lent, Pool, Pools},
    },
    sums::pools::{
        Borne, Exposure, Lost, Paid, Recovered, Room, check_claim, check_enrolled, check_leverage, check_profile,
        check_shares, covered, eligible, owed, part_owed, pay, public_room, share_recovery, split_loss, year_room,
    },
};
use alloc::{collections::BTreeMap, format, string::String, vec, vec::Vec};
use protocol::{
    Amount, Currency, Date, EntityId, LoanId, Money, PoolId, Reject, Seq,
    risk::{
        Bearer, ClaimOnPool, EnrolLoan, LossShare, OpenPool, PoolLoan, PoolLoanEnd, PoolLoanState, PoolProfile,
        RecordNpl, RecordRecovery, SetPoolFigures,
    },
    units::BASIS_POINTS_ONE,
};

/// The most loans of one borrower and year in one pool: what is covered of them is counted anew with each.
const LOANS_OF_YEAR_MAX: usize = 256;

impl Pools {
    /// A pool that there is.
    pub(crate) fn pool(&self, pool: PoolId) -> Result<&Pool, Reject> {
        self.pools.get(&pool).ok_or(Reject::UnknownPool)
    }

    /// A loan in a pool.
    pub(crate) fn enrolment(&self, loan: LoanId) -> Result<&Enrolment, Reject> {
        self.loans.get(&loan).ok_or(Reject::NotEnrolled)
    }

    /// Opens a pool. One whose figures are blank takes no loan yet.
    pub(crate) fn open(&mut self, id: PoolId, order: &OpenPool) -> Result<(), Reject> {
        check_figures(&order.profile, order.currency)?;
        if !order.shares.is_empty() {
            check_shares(&order.shares)?;
            let has_fund = order.shares.iter().any(|share| share.bearer == Bearer::Fund);
            require(has_fund, Reject::LossSharesInvalid)?;
        }
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
    pub(crate) fn set_figures(&mut self, order: &SetPoolFigures) -> Result<(), Reject> {
        let pool = self.pools.get_mut(&order.pool).ok_or(Reject::UnknownPool)?;
        first_fault([
            check_figures(&order.profile, pool.currency),
            require(pool.loans == 0, Reject::StateForbids),
        ])?;
        pool.profile = order.profile;
        Ok(())
    }

    /// Enrols a loan, and answers how much of it the pool stands behind. Loans of its borrower and year that were lent
    /// later and are not claimed on make room for it.
    pub(crate) fn enrol(
        &mut self,
        order: &EnrolLoan,
        loan: PoolLoan,
        on: Date,
        npl: Option<Date>,
    ) -> Result<Money, Reject> {
        let pool = self.pool(order.pool)?;
        require(loan.lent <= on, Reject::DatesInvalid)?;
        check_amounts(pool.currency, Some(loan.principal).into_iter().chain(loan.ip_share))?;
        require(loan.principal.money > Money::ZERO, Reject::AmountInvalid)?;
        require(has_figures(pool), Reject::PoolFiguresMissing)?;
        require(!self.loans.contains_key(&order.loan), Reject::AlreadyEnrolled)?;
        check_enrolled(on, npl)?;
        let mut new = Enrolment {
            pool: order.pool,
            loan,
            state: PoolLoanState::Enrolled,
            enrolled: on,
            covered: Money::ZERO,
            npl: None,
            claim: None,
            paid: None,
            borne: Vec::new(),
        };
        let covers = self.covers(order.loan, &new);
        let of_new = covers.iter().find(|(loan, _)| *loan == order.loan);
        new.covered = of_new.expect("it is open").1?;
        let backed = self.backed_after(pool, &covers);
        check_leverage(&pool.profile, Money::ZERO, backed)?;
        let of_year = self.of_year(new.lent(order.loan)).count();
        require(of_year < LOANS_OF_YEAR_MAX, Reject::PoolBorrowerCap)?;
        // From here on it is enrolled.
        let answer = new.covered;
        self.lent.insert(new.lent(order.loan));
        self.loans.insert(order.loan, new);
        for (loan, covered) in covers {
            let enrolment = self.loans.get_mut(&loan).expect("it was looked through");
            enrolment.covered = covered.unwrap_or(Money::ZERO);
        }
        let pool = self.pools.get_mut(&order.pool).expect("it was asked");
        pool.backed = backed;
        pool.loans += 1;
        Ok(answer)
    }

    /// A loan turns non-performing, after it was enrolled.
    pub(crate) fn turn_bad(&mut self, order: &RecordNpl, today: Date) -> Result<(), Reject> {
        let enrolment = self.enrolment(order.loan)?;
        require(
            enrolment.loan.lent <= order.on && order.on <= today,
            Reject::DatesInvalid,
        )?;
        let next = step(enrolment.state, Input::TurnBad)?;
        check_enrolled(enrolment.enrolled, Some(order.on))?;
        self.enter(order.loan, next).npl = Some(order.on);
        Ok(())
    }

    /// Claims on the pool for a loan; the claim takes its place at the end of the line.
    pub(crate) fn claim(&mut self, order: &ClaimOnPool, seq: Seq) -> Result<(), Reject> {
        let enrolment = self.enrolment(order.loan)?;
        let pool = self.pool(enrolment.pool)?;
        let loan = &enrolment.loan;
        let lost = Lost {
            principal: order.principal.money,
            interest: order.interest.money,
        };
        check_claimant(pool, order.payee)?;
        let amounts = [order.principal, order.interest, order.own_liability, order.other_public];
        check_amounts(pool.currency, amounts)?;
        require(lost.principal <= loan.principal.money, Reject::AmountInvalid)?;
        lost.principal.checked_add(lost.interest).ok_or(Reject::AmountInvalid)?;
        let eligible = eligible(&pool.profile, exposure(loan), enrolment.covered, lost);
        let next = step(enrolment.state, Input::Claim);
        first_fault([
            next.map(drop),
            check_owed(pool, order.payee, loan),
            require(enrolment.covered > Money::ZERO, Reject::PoolBorrowerCap),
            check_claim(enrolment.paid.is_some(), eligible),
        ])?;
        let claim = Claim {
            seq,
            account: order.account,
            payee: order.payee,
            lost,
            eligible,
            own_liability: order.own_liability.money,
            other_public: order.other_public.money,
        };
        let pool = enrolment.pool;
        self.enter(order.loan, next?).claim = Some(claim);
        self.line(pool).insert(seq, order.loan);
        Ok(())
    }

    /// Turns a claim down. It may be made again, at the end of the line.
    pub(crate) fn decline(&mut self, loan: LoanId) -> Result<(), Reject> {
        let next = step(self.enrolment(loan)?.state, Input::Decline)?;
        self.leave_line(loan);
        self.enter(loan, next);
        Ok(())
    }

    /// Pays the claim that is first in its pool's line, out of what is free in the pool's account; answers what goes to
    /// the claimant's.
    pub(crate) fn pay_claim(&mut self, loan: LoanId, on: Date, free: Money) -> Result<Paid, Reject> {
        let enrolment = self.enrolment(loan)?;
        let pool = self.pool(enrolment.pool)?;
        let next = step(enrolment.state, Input::Pay)?;
        let first = pool.line.first_key_value().map(|(_, &first)| first);
        require(first == Some(loan), Reject::StateForbids)?;
        let claim = enrolment.claim.expect("what is claimed has a claim");
        let year = on.to_civil().0;
        let room = Room {
            year: year_room(&pool.profile, pool.paid_in(year)),
            balance: free,
            public: public_room(&pool.profile, claim.own_liability, claim.other_public),
        };
        let paid = pay(&pool.profile, owed_of(pool, enrolment, &claim)?, room)?;
        let borne = borne(pool, enrolment, &claim, paid.amount)?;
        // From here on it is paid.
        let id = enrolment.pool;
        let enrolment = self.enter(loan, next);
        enrolment.paid = Some(paid);
        enrolment.borne = borne;
        self.line(id).remove(&claim.seq);
        let pool = self.pools.get_mut(&id).expect("it was asked");
        let of_year = pool.paid.entry(year).or_default();
        *of_year = of_year.plus(paid.amount);
        Ok(paid)
    }

    /// Shares what was recovered; answers what is whose.
    pub(crate) fn recover(&mut self, order: &RecordRecovery) -> Result<Recovered, Reject> {
        let enrolment = self.enrolment(order.loan)?;
        let pool = self.pool(enrolment.pool)?;
        check_amounts(pool.currency, [order.recovered, order.cost])?;
        let says = order.recovered.money > Money::ZERO || order.cost.money > Money::ZERO;
        require(says, Reject::AmountInvalid)?;
        let got: Option<Money> = enrolment
            .borne
            .iter()
            .try_fold(order.recovered.money, |sum, one| sum.checked_add(one.got));
        require(got.is_some(), Reject::AmountInvalid)?;
        let next = step(enrolment.state, Input::Recover)?;
        let shared = share_recovery(&enrolment.borne, order.recovered.money, order.cost.money);
        let enrolment = self.enter(order.loan, next);
        for (one, &more) in enrolment.borne.iter_mut().zip(&shared.each) {
            one.got = one.got.plus(more);
        }
        Ok(shared)
    }

    /// A loan performs again, is repaid, or nothing more is to come. A claim that waits ends with its ground.
    pub(crate) fn end(&mut self, loan: LoanId, how: PoolLoanEnd) -> Result<(), Reject> {
        let input = match how {
            PoolLoanEnd::Cured => Input::Cure,
            PoolLoanEnd::Repaid => Input::Repay,
            PoolLoanEnd::WrittenOff => Input::WriteOff,
        };
        let next = step(self.enrolment(loan)?.state, input)?;
        if how != PoolLoanEnd::WrittenOff {
            self.leave_line(loan);
        }
        let enrolment = self.enter(loan, next);
        if how == PoolLoanEnd::Cured {
            enrolment.npl = None;
        }
        Ok(())
    }

    /// What the pool stands behind of each open loan of the borrower and year of a new one, that one included, in the
    /// order of lending. What was claimed on or repaid keeps its part of the cap: the year's lending counts, not what
    /// is left of it (a reading).
    fn covers(&self, id: LoanId, new: &Enrolment) -> Vec<(LoanId, Result<Money, Reject>)> {
        let place = new.lent(id);
        let profile = &self.pools[&new.pool].profile;
        let mut loans: Vec<_> = self.of_year(place).collect();
        let at = loans.partition_point(|(other, _)| *other < place);
        loans.insert(at, (place, new));
        let fixed = loans.iter().filter(|(_, one)| !is_open(one.state));
        let mut used = fixed.fold(Money::ZERO, |used, (_, one)| used.plus(one.covered));
        let open = loans.iter().filter(|(_, one)| is_open(one.state));
        open.map(|(place, one)| {
            let cover = covered(profile, exposure(&one.loan), used);
            used = used.plus(cover.unwrap_or(Money::ZERO));
            (place.loan, cover)
        })
        .collect()
    }

    /// The loans of a borrower and year, in the order of lending.
    fn of_year(&self, place: Lent) -> impl Iterator<Item = (Lent, &Enrolment)> {
        let from = Lent {
            on: Date(i32::MIN),
            loan: LoanId(0),
            ..place
        };
        let until = Lent {
            on: Date(i32::MAX),
            loan: LoanId(u64::MAX),
            ..place
        };
        self.lent
            .range(from..=until)
            .map(|place| (*place, &self.loans[&place.loan]))
    }

    /// What a pool stands behind once these are covered so.
    fn backed_after(&self, pool: &Pool, covers: &[(LoanId, Result<Money, Reject>)]) -> Money {
        let before = covers.iter().filter_map(|(loan, _)| self.loans.get(loan));
        let without = before.fold(pool.backed, |backed, one| backed.minus(one.covered));
        covers
            .iter()
            .fold(without, |backed, (_, cover)| backed.plus(cover.unwrap_or(Money::ZERO)))
    }

    /// Moves a loan to a state; the pool no longer stands behind what was paid or closed.
    fn enter(&mut self, loan: LoanId, next: PoolLoanState) -> &mut Enrolment {
        let enrolment = self.loans.get_mut(&loan).expect("it was asked");
        if is_backed(enrolment.state) && !is_backed(next) {
            let pool = self.pools.get_mut(&enrolment.pool).expect("a loan's pool is there");
            pool.backed = pool.backed.minus(enrolment.covered);
        }
        enrolment.state = next;
        enrolment
    }

    /// The line of a pool that there is.
    fn line(&mut self, pool: PoolId) -> &mut BTreeMap<Seq, LoanId> {
        &mut self.pools.get_mut(&pool).expect("a loan's pool is there").line
    }

    /// Takes a loan's claim out of the line, if it waits there.
    fn leave_line(&mut self, loan: LoanId) {
        let enrolment = self.loans.get_mut(&loan).expect("it was asked");
        let pool = enrolment.pool;
        if let Some(claim) = enrolment.claim.take() {
            self.line(pool).remove(&claim.seq);
        }
    }

    /// What always holds of pools; the first that does not.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (loan, one) in &self.loans {
            let pool = self
                .pools
                .get(&one.pool)
                .ok_or_else(|| format!("{loan:?} has no pool"))?;
            ensure(self.lent.contains(&one.lent(*loan)), || {
                format!("{loan:?} has no place")
            })?;
            let waits = one.claim.is_some_and(|claim| pool.line.get(&claim.seq) == Some(loan));
            let waiting = one.state == PoolLoanState::Claimed;
            ensure(waits == waiting, || format!("{loan:?} waits wrongly"))?;
            let was_paid = one.paid.is_some() && one.claim.is_some();
            let compensated = matches!(one.state, PoolLoanState::Paid | PoolLoanState::Recovering);
            ensure(!compensated || was_paid, || format!("{loan:?} was never paid"))?;
            let above = one.borne.iter().any(|borne| borne.got > borne.amount);
            ensure(!above, || format!("{loan:?} gave back more than was borne"))?;
        }
        ensure(self.lent.len() == self.loans.len(), || "a place has no loan".into())?;
        self.pools.iter().try_for_each(|(id, pool)| self.check_pool(*id, pool))
    }

    fn check_pool(&self, id: PoolId, pool: &Pool) -> Result<(), String> {
        let of_pool = || self.loans.values().filter(|one| one.pool == id);
        let backed = of_pool().filter(|one| is_backed(one.state));
        let backed = backed.fold(Money::ZERO, |sum, one| sum.plus(one.covered));
        ensure(backed == pool.backed, || {
            format!("{id:?} backs {backed:?}, not {:?}", pool.backed)
        })?;
        let waiting = of_pool().filter(|one| one.state == PoolLoanState::Claimed).count();
        ensure(waiting == pool.line.len(), || {
            format!("{id:?} has claims of nobody in its line")
        })?;
        ensure(of_pool().count() == pool.loans as usize, || {
            format!("{id:?} counts its loans wrongly")
        })?;
        let Some(cap) = pool.profile.per_borrower_year else {
            return Ok(());
        };
        let mut years = BTreeMap::<(EntityId, i32), Money>::new();
        for one in of_pool() {
            let of_year = years
                .entry((one.loan.borrower, one.loan.lent.to_civil().0))
                .or_default();
            *of_year = of_year.plus(one.covered);
        }
        let within = years.values().all(|&covered| covered <= cap.money);
        ensure(within, || format!("{id:?} covers more than a borrower's cap"))
    }
}

/// Whether figures can be, in a pool's currency.
fn check_figures(profile: &PoolProfile, currency: Currency) -> Result<(), Reject> {
    let caps = [
        profile.per_loan,
        profile.per_borrower_year,
        profile.year_total,
        profile.fund,
    ];
    check_amounts(currency, caps.into_iter().flatten())?;
    check_profile(profile)
}

/// One currency, and nothing below zero.
fn check_amounts(currency: Currency, amounts: impl IntoIterator<Item = Amount>) -> Result<(), Reject> {
    let fits = |amount: Amount| amount.currency == currency && amount.money >= Money::ZERO;
    require(amounts.into_iter().all(fits), Reject::AmountInvalid)
}

/// Whether a pool knows what it would pay to anybody.
fn has_figures(pool: &Pool) -> bool {
    pool.profile.bank.is_some() || pool.profile.guarantor.is_some() || !pool.shares.is_empty()
}

/// Whether somebody bears a part of a loss in a pool, and so may claim for it.
fn check_claimant(pool: &Pool, payee: Bearer) -> Result<(), Reject> {
    let lends_or_guarantees = matches!(payee, Bearer::Bank | Bearer::Guarantor);
    let named = pool.shares.is_empty() || pool.shares.iter().any(|share| share.bearer == payee);
    require(lends_or_guarantees && named, Reject::NotAParty)
}

/// Whether a pool knows what it would pay to this one.
fn check_owed(pool: &Pool, payee: Bearer, loan: &PoolLoan) -> Result<(), Reject> {
    if pool.shares.is_empty() {
        part_owed(&pool.profile, payee, loan.favoured).map(drop)
    } else {
        Ok(())
    }
}

fn exposure(loan: &PoolLoan) -> Exposure {
    Exposure {
        principal: loan.principal.money,
        ip_share: loan.ip_share.map(|share| share.money),
    }
}

/// What a pool owes for a claim: its agreed part of the loss, or its percentage.
fn owed_of(pool: &Pool, enrolment: &Enrolment, claim: &Claim) -> Result<Money, Reject> {
    if pool.shares.is_empty() {
        return owed(&pool.profile, claim.payee, enrolment.loan.favoured, claim.eligible);
    }
    let split = split_loss(claim.eligible, &pool.shares)?;
    let fund = split.iter().find(|one| one.share.bearer == Bearer::Fund);
    Ok(fund.expect("a pool opens with its own part").amount)
}

/// Who bears a loss once the pool has paid so much of it: what it lacked, and what did not count, stays with the
/// claimant.
fn borne(pool: &Pool, enrolment: &Enrolment, claim: &Claim, paid: Money) -> Result<Vec<Borne>, Reject> {
    let mut borne = if pool.shares.is_empty() {
        let part = part_owed(&pool.profile, claim.payee, enrolment.loan.favoured)?.0;
        let share = |bearer, weight: u16| LossShare {
            bearer,
            weight: weight.into(),
        };
        let shares = [share(claim.payee, BASIS_POINTS_ONE - part), share(Bearer::Fund, part)];
        let unpaid = shares.map(|share| Borne {
            share,
            amount: Money::ZERO,
            got: Money::ZERO,
        });
        vec![unpaid[0], unpaid[1]]
    } else {
        split_loss(claim.eligible, &pool.shares)?
    };
    let mut rest = claim.lost.principal.plus(claim.lost.interest);
    for one in &mut borne {
        if one.share.bearer == Bearer::Fund {
            one.amount = paid;
        }
        if one.share.bearer != claim.payee {
            rest = rest.minus(one.amount);
        }
    }
    let claimant = borne.iter_mut().find(|one| one.share.bearer == claim.payee);
    claimant.expect("a claimant bears a part").amount = rest;
    Ok(borne)
}

#[cfg(test)]
mod tests;
