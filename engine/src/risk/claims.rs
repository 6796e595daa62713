//! Claims on pools: made when a loan turns bad, paid in their order, each once (RULES.md 2.9).
//!
//! What always holds: a pool pays no more than is still lost when it pays, than its account holds and than its year has
//! left; who is paid was there with an account of its own when it claimed. A claim that cannot be paid any more is
//! turned down, or ends with its loan.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    pledge::loans::MAY_ACT,
    register::{
        lent::{Lent, PaidBy},
        party::{ACTS, User},
    },
    risk::{
        enrolments::exposure,
        life::{Input, step},
        pools::{acting, check_amounts},
        state::{Claim, Enrolment, Pool, Pools},
    },
    state::Exchange,
    sums::{
        guarantee::re_guaranteed,
        pools::{
            Borne, Lost, Paid, Room, check_claim, check_enrolled, eligible, owed, part_owed, pay, public_room,
            split_loss, year_room,
        },
    },
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, Date, EntityId, LoanId, Money, Receipt, Reject, Seq,
    party::Roles,
    pledge::Loan,
    risk::{Bearer, ClaimOnPool, DecidePoolClaim, LossShare, PaidByGuarantor, PoolLoan, PoolLoanState},
    units::BASIS_POINTS_ONE,
};

/// A claim that can be made: what of the loss counts.
#[derive(Clone, Copy)]
pub(super) struct Claiming {
    next: PoolLoanState,
    eligible: Money,
    /// When a loan turned bad that its re-guaranteed guarantor paid for, unless that was told before.
    npl: Option<Date>,
}

/// A claim that can be paid: as it stands by now, what is paid of it, and who bears the loss then.
pub(super) struct Paying {
    next: PoolLoanState,
    claim: Claim,
    /// What the pool pays.
    pub(super) paid: Paid,
    borne: Vec<Borne>,
    /// What it then paid in the year.
    of_year: Money,
}

impl Pools {
    /// Whether a pool pays this kind of claimant for a loan; where it is in none, nothing says that it does not.
    pub(super) fn pays(&self, loan: LoanId, payee: Bearer) -> bool {
        let Some(enrolment) = self.loans.get(&loan) else {
            return true;
        };
        if enrolment.re_guaranteed.is_some() {
            return payee == Bearer::Guarantor;
        }
        let shares = &self.of(enrolment.pool).shares;
        shares.is_empty() || shares.iter().any(|share| share.bearer == payee)
    }

    /// Whether so much of a loan that is lost can be claimed. A loan for which a re-guaranteed guarantor had to pay, first
    /// on the day that is given, is bad by that.
    pub(super) fn to_claim(
        &self,
        loan: LoanId,
        payee: Bearer,
        lost: Lost,
        paid_on: Option<Date>,
    ) -> Result<Claiming, Reject> {
        let enrolment = self.enrolment(loan)?;
        let pool = self.of(enrolment.pool);
        let eligible = eligible(&pool.profile, exposure(&enrolment.loan), enrolment.covered, lost);
        let npl = paid_on.filter(|_| enrolment.state == PoolLoanState::Enrolled);
        let state = npl.map_or(Ok(enrolment.state), |_| step(enrolment.state, Input::TurnBad))?;
        let next = step(state, Input::Claim);
        first_fault([
            next.map(drop),
            check_enrolled(enrolment.enrolled, npl),
            check_owed(pool, payee, &enrolment.loan),
            require(enrolment.covered > Money::ZERO, Reject::PoolBorrowerCap),
            check_claim(enrolment.paid.is_some(), eligible),
        ])?;
        Ok(Claiming {
            next: next?,
            eligible,
            npl,
        })
    }

    /// Claims on the pool of a loan; the claim takes its place at the end of the line.
    pub(super) fn claim(&mut self, order: &ClaimOnPool, lost: Lost, claiming: Claiming, seq: Seq) {
        let claim = Claim {
            seq,
            account: order.account,
            payee: order.payee,
            lost,
            eligible: claiming.eligible,
            own_liability: order.own_liability.money,
            other_public: order.other_public.money,
        };
        let enrolment = self.enter(order.loan, claiming.next);
        enrolment.npl = enrolment.npl.or(claiming.npl);
        enrolment.claim = Some(claim);
        let pool = enrolment.pool;
        self.of_mut(pool).line.insert(seq, order.loan);
    }

    /// Turns a claim down. It may be made again, at the end of the line.
    pub(super) fn decline(&mut self, loan: LoanId) -> Result<(), Reject> {
        let next = step(self.enrolment(loan)?.state, Input::Decline)?;
        self.leave_line(loan);
        self.enter(loan, next);
        Ok(())
    }

    /// What is paid of the claim that is first in its pool's line, out of what is free in the pool's account. So much is
    /// `still` lost; what was repaid since it was claimed is not compensated.
    pub(super) fn to_pay(&self, loan: LoanId, still: Lost, on: Date, free: Money) -> Result<Paying, Reject> {
        let enrolment = self.enrolment(loan)?;
        let pool = self.of(enrolment.pool);
        let next = step(enrolment.state, Input::Pay)?;
        let mut claim = enrolment.claim.expect("what is claimed has a claim");
        claim.lost.principal = claim.lost.principal.min(still.principal);
        claim.lost.interest = claim.lost.interest.min(still.interest);
        claim.eligible = eligible(&pool.profile, exposure(&enrolment.loan), enrolment.covered, claim.lost);
        claim.own_liability = claim.own_liability.min(total(claim.lost));
        let year = on.to_civil().0;
        let room = Room {
            year: year_room(&pool.profile, pool.paid_in(year)),
            balance: free,
            public: public_room(&pool.profile, claim.own_liability, claim.other_public),
        };
        let owed = owed_of(pool, enrolment, &claim)?;
        let paid = pay(&pool.profile, owed, room);
        let first = pool.line.first_key_value().map(|(_, &first)| first);
        first_fault([
            paid.map(drop),
            require(first == Some(loan), Reject::StateForbids),
            check_claim(false, claim.eligible),
        ])?;
        let paid = paid?;
        let of_year = pool.paid_in(year).checked_add(paid.amount);
        Ok(Paying {
            next,
            claim,
            paid,
            borne: borne(pool, enrolment, &claim, paid.amount)?,
            of_year: of_year.ok_or(Reject::MoneyLimit)?,
        })
    }

    /// Pays the claim.
    pub(super) fn pay_claim(&mut self, loan: LoanId, on: Date, paying: Paying) {
        let Paying {
            next,
            claim,
            paid,
            borne,
            of_year,
        } = paying;
        let enrolment = self.enter(loan, next);
        enrolment.claim = Some(claim);
        enrolment.paid = Some(paid);
        enrolment.borne = borne;
        let pool = enrolment.pool;
        let pool = self.of_mut(pool);
        pool.line.remove(&claim.seq);
        pool.paid.insert(on.to_civil().0, of_year);
    }
}

impl<B: Book> Exchange<B> {
    /// Claims on the pool of a loan. The claim takes its place in the line; no money moves before it is decided.
    pub(crate) fn claim_on_pool(
        &mut self,
        user: User,
        asked: &ClaimOnPool,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let payee = self.account_for(user, asked.account)?;
        let lent = &self.loan_for(user, asked.loan)?;
        let stranger = if user.is_operator() {
            Reject::NotYourAccount
        } else {
            Reject::NotAParty
        };
        let behind = self.pools.behind(asked.loan).map(|by| by.guarantor);
        require(may_claim(&lent.loan, asked.payee, payee, behind), stranger)?;
        require(self.pools.pays(asked.loan, asked.payee), Reject::NotAParty)?;
        let paid = behind.map(|guarantor| lent.paid_by(guarantor));
        let lost = match (&paid, asked.paid) {
            (Some(paid), None) => of_guarantor(paid, lent, asked)?,
            (Some(_), Some(_)) => return Err(Reject::AmountInvalid),
            (None, _) => lost(lent, asked, payee, tell.at.venue_date())?,
        };
        let paid_on = paid.and_then(|paid| paid.first);
        let claiming = self.pools.to_claim(asked.loan, asked.payee, lost, paid_on)?;

        self.pools.claim(asked, lost, claiming, tell.seq);
        self.tell_standing(asked.loan, tell);
        self.tell_pool(self.pools.loans[&asked.loan].pool, tell);
        Ok(Receipt::Done)
    }

    /// Decides on a claim: pays it, from the pool's account to the claimant's, or turns it down.
    pub(crate) fn decide_pool_claim(
        &mut self,
        user: User,
        asked: &DecidePoolClaim,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.loan;
        // What a fund that re-guarantees pays leaves its account by its own word (decision 0038).
        let fund = self.pools.behind(id).map(|_| self.manager(self.pools.loans[&id].pool));
        let own = fund == Some(user.entity);
        user.may(if own { ACTS } else { Roles::OPERATOR })?;
        if !own {
            self.loan_for(user, id)?;
        }
        require(own || fund.is_none(), Reject::NotAParty)?;
        if asked.paid {
            self.pay_pool_claim(id, tell)?;
        } else {
            self.pools.decline(id)?;
        }
        self.tell_standing(id, tell);
        self.tell_pool(self.pools.loans[&id].pool, tell);
        Ok(Receipt::Done)
    }

    /// Pays the claim for a loan.
    fn pay_pool_claim(&mut self, id: LoanId, tell: &mut Tell<'_>) -> Result<(), Reject> {
        let today = tell.at.venue_date();
        let Enrolment { pool, claim, .. } = *self.pools.enrolment(id)?;
        let behind = self.pools.behind(id).map(|by| by.guarantor);
        let Pool { account, currency, .. } = *self.pools.of(pool);
        let lent = &self.pledging.lent(id);
        let still = match claim {
            // What a guarantor paid stays paid.
            Some(claim) if claim.payee == Bearer::Guarantor => claim.lost,
            _ => owed_today(lent, today),
        };
        // Where the claim to the loan has passed on, its new holder claims anew.
        let holds = claim.is_none_or(|claim| {
            let payee = self.claimant(id).expect("it is claimed");
            may_claim(&lent.loan, claim.payee, payee, behind)
        });
        require(holds, Reject::NotAParty)?;
        let free = self.ledger.free_cash(account, currency);
        let paying = self.pools.to_pay(id, still, today, free)?;

        let paid = Amount::new(currency, paying.paid.amount);
        let to = claim.expect("it is paid").account;
        self.pools.pay_claim(id, today, paying);
        self.pay(Seq(pool.0), account, paid, &[(to, paid.money)], tell);
        Ok(())
    }
}

/// Whether this party bears the loss of a loan as such: it acts for those who hold the claim, or guarantees it; where a
/// fund stands behind one guarantor, that one alone.
fn may_claim(loan: &Loan, payee: Bearer, party: EntityId, behind: Option<EntityId>) -> bool {
    match payee {
        Bearer::Bank => acting(loan) == party,
        Bearer::Guarantor if behind.is_some() => behind == Some(party),
        Bearer::Guarantor => loan.guarantees.iter().any(|guarantee| guarantee.entity == party),
        Bearer::ReGuarantor | Bearer::Insurer | Bearer::Appraiser | Bearer::Fund => false,
    }
}

/// What is owed of a loan on a day, as far as a pool looks at it: penalty interest and what unpaid interest carries are
/// none of its business.
fn owed_today(lent: &Lent, today: Date) -> Lost {
    let owed = lent.claim.owed(&lent.loan.terms, today);
    Lost {
        principal: owed.principal,
        interest: owed.interest.min(owed.charged()),
    }
}

/// What a claimant lost: a bank what it is owed, a guarantor what it says, of what it paid in the debtor's place.
fn lost(lent: &Lent, asked: &ClaimOnPool, payee: EntityId, today: Date) -> Result<Lost, Reject> {
    let currency = lent.loan.terms.principal.currency;
    check_amounts(currency, [asked.own_liability, asked.other_public])?;
    let lost = match (asked.payee, asked.paid) {
        (Bearer::Bank, None) => owed_today(lent, today),
        (Bearer::Guarantor, Some(PaidByGuarantor { principal, interest })) => {
            check_amounts(currency, [principal, interest])?;
            let paid = lent.paid_by(payee);
            let charges = paid.sum.minus(paid.principal);
            let fits = principal.money <= paid.principal && interest.money <= charges;
            require(fits, Reject::AmountInvalid)?;
            Lost {
                principal: principal.money,
                interest: interest.money,
            }
        }
        _ => return Err(Reject::AmountInvalid),
    };
    require(asked.own_liability.money <= total(lost), Reject::AmountInvalid)?;
    Ok(lost)
}

/// What a re-guaranteed guarantor lost: what it paid here.
fn of_guarantor(paid: &PaidBy, lent: &Lent, asked: &ClaimOnPool) -> Result<Lost, Reject> {
    let currency = lent.loan.terms.principal.currency;
    check_amounts(currency, [asked.own_liability, asked.other_public])?;
    require(asked.own_liability.money <= paid.sum, Reject::AmountInvalid)?;
    Ok(Lost {
        principal: paid.principal,
        interest: paid.sum.minus(paid.principal),
    })
}

/// All that is lost. What is owed of a claim is far below what money can be.
pub(super) fn total(lost: Lost) -> Money {
    lost.principal.plus(lost.interest)
}

/// Whether a pool knows what it would pay to this one.
pub(super) fn check_owed(pool: &Pool, payee: Bearer, loan: &PoolLoan) -> Result<(), Reject> {
    if pool.shares.is_empty() && pool.re_guarantees().is_none() {
        part_owed(&pool.profile, payee, loan.favoured).map(drop)
    } else {
        Ok(())
    }
}

/// Who bears what a re-guaranteed guarantor paid, if the loan's pool stands behind one.
fn re_borne(pool: &Pool, enrolment: &Enrolment, claim: &Claim) -> Result<Option<[Borne; 2]>, Reject> {
    let terms = pool.re_guarantees().zip(enrolment.re_guaranteed.as_ref());
    terms
        .map(|(terms, by)| re_guaranteed(&terms, by, total(claim.lost)))
        .transpose()
}

/// What a pool owes for a claim: its agreed part of the loss, or its percentage.
fn owed_of(pool: &Pool, enrolment: &Enrolment, claim: &Claim) -> Result<Money, Reject> {
    if let Some([_, fund]) = re_borne(pool, enrolment, claim)? {
        return Ok(fund.amount.min(claim.eligible));
    }
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
    let mut borne = if let Some(both) = re_borne(pool, enrolment, claim)? {
        Vec::from(both)
    } else if pool.shares.is_empty() {
        let part = part_owed(&pool.profile, claim.payee, enrolment.loan.favoured)?.0;
        let unpaid = |bearer, weight: u16| Borne {
            share: LossShare {
                bearer,
                weight: weight.into(),
            },
            amount: Money::ZERO,
            got: Money::ZERO,
        };
        Vec::from([unpaid(claim.payee, BASIS_POINTS_ONE - part), unpaid(Bearer::Fund, part)])
    } else {
        split_loss(claim.eligible, &pool.shares)?
    };
    let mut rest = total(claim.lost);
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
