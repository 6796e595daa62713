//! Claims on pools: made when a loan turns bad, paid in their order, each once (RULES.md 2.9).
//!
//! What always holds: a pool pays no more than is still lost when it pays, than its account holds and than its year has
//! left; who is paid was there with an account of its own when it claimed. A claim that cannot be paid any more is
//! turned down, or ends with its loan.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    pledge::loans::MAY_ACT,
    register::{party::User, pledges::Lent},
    risk::{
        enrolments::exposure,
        life::{Input, step},
        pools::{acting, check_amounts},
        state::{Claim, Enrolment, Pool, Pools},
    },
    state::Exchange,
    sums::pools::{
        Borne, Lost, Paid, Room, check_claim, eligible, owed, part_owed, pay, public_room, split_loss, year_room,
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
        let shares = &self.of(enrolment.pool).shares;
        shares.is_empty() || shares.iter().any(|share| share.bearer == payee)
    }

    /// Whether so much of a loan that is lost can be claimed.
    pub(super) fn to_claim(&self, loan: LoanId, payee: Bearer, lost: Lost) -> Result<Claiming, Reject> {
        let enrolment = self.enrolment(loan)?;
        let pool = self.of(enrolment.pool);
        let eligible = eligible(&pool.profile, exposure(&enrolment.loan), enrolment.covered, lost);
        let next = step(enrolment.state, Input::Claim);
        first_fault([
            next.map(drop),
            check_owed(pool, payee, &enrolment.loan),
            require(enrolment.covered > Money::ZERO, Reject::PoolBorrowerCap),
            check_claim(enrolment.paid.is_some(), eligible),
        ])?;
        Ok(Claiming { next: next?, eligible })
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
        let owed = owed_of(pool, &enrolment.loan, &claim)?;
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
            borne: borne(pool, &enrolment.loan, &claim, paid.amount)?,
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
        let lent = self.loan_for(user, asked.loan)?;
        let stranger = if user.is_operator() {
            Reject::NotYourAccount
        } else {
            Reject::NotAParty
        };
        require(may_claim(&lent.loan, asked.payee, payee), stranger)?;
        require(self.pools.pays(asked.loan, asked.payee), Reject::NotAParty)?;
        let lost = lost(lent, asked, tell.at.venue_date())?;
        let claiming = self.pools.to_claim(asked.loan, asked.payee, lost)?;

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
        user.may(Roles::OPERATOR)?;
        let id = asked.loan;
        self.loan_for(user, id)?;
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
        let Pool { account, currency, .. } = *self.pools.of(pool);
        let lent = self.pledging.lent(id);
        let still = match claim {
            // What a guarantor paid stays paid.
            Some(claim) if claim.payee == Bearer::Guarantor => claim.lost,
            _ => owed_today(lent, today),
        };
        // Where the claim to the loan has passed on, its new holder claims anew.
        let holds = claim.is_none_or(|claim| {
            let payee = self.claimant(id).expect("it is claimed");
            may_claim(&lent.loan, claim.payee, payee)
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

/// Whether this party bears the loss of a loan as such: it acts for those who hold the claim, or guarantees it.
fn may_claim(loan: &Loan, payee: Bearer, party: EntityId) -> bool {
    match payee {
        Bearer::Bank => acting(loan) == party,
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

/// What a claimant lost: a bank what it is owed, a guarantor what it paid, of what was repaid.
fn lost(lent: &Lent, asked: &ClaimOnPool, today: Date) -> Result<Lost, Reject> {
    let Lent { loan, claim, .. } = lent;
    let currency = loan.terms.principal.currency;
    check_amounts(currency, [asked.own_liability, asked.other_public])?;
    let lost = match (asked.payee, asked.paid) {
        (Bearer::Bank, None) => owed_today(lent, today),
        (Bearer::Guarantor, Some(PaidByGuarantor { principal, interest })) => {
            check_amounts(currency, [principal, interest])?;
            let repaid = loan.terms.principal.money.minus(claim.principal());
            let fits = principal.money <= repaid && interest.money <= claim.charges_paid();
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

/// All that is lost. What is owed of a claim is far below what money can be.
pub(super) fn total(lost: Lost) -> Money {
    lost.principal.plus(lost.interest)
}

/// Whether a pool knows what it would pay to this one.
pub(super) fn check_owed(pool: &Pool, payee: Bearer, loan: &PoolLoan) -> Result<(), Reject> {
    if pool.shares.is_empty() {
        part_owed(&pool.profile, payee, loan.favoured).map(drop)
    } else {
        Ok(())
    }
}

/// What a pool owes for a claim: its agreed part of the loss, or its percentage.
fn owed_of(pool: &Pool, loan: &PoolLoan, claim: &Claim) -> Result<Money, Reject> {
    if pool.shares.is_empty() {
        return owed(&pool.profile, claim.payee, loan.favoured, claim.eligible);
    }
    let split = split_loss(claim.eligible, &pool.shares)?;
    let fund = split.iter().find(|one| one.share.bearer == Bearer::Fund);
    Ok(fund.expect("a pool opens with its own part").amount)
}

/// Who bears a loss once the pool has paid so much of it: what it lacked, and what did not count, stays with the
/// claimant.
fn borne(pool: &Pool, loan: &PoolLoan, claim: &Claim, paid: Money) -> Result<Vec<Borne>, Reject> {
    let mut borne = if pool.shares.is_empty() {
        let part = part_owed(&pool.profile, claim.payee, loan.favoured)?.0;
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
