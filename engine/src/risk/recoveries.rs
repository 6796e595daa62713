//! What is recovered of a loan after its pool paid: shared by the parts in which the loss is borne, on the running total
//! (PLEDGES.md 2.9).
//!
//! What always holds: a pool gets back no more than it paid, in the command that tells of the recovery; what recovering
//! cost beyond what it brought stays with the claimant. Parts of insurers, appraisers and others who bear a loss by
//! agreement are told, and run outside: the venue knows no account of theirs.

use crate::{
    book::Book,
    kit::checks::require,
    register::party::User,
    risk::{
        life::{Input, step},
        pools::{acting, check_amounts},
        state::Pools,
    },
    state::Exchange,
    sums::pools::{Recovered, share_recovery},
    tell::Tell,
};
use protocol::{
    Amount, LoanId, Money, Receipt, Reject, Seq,
    risk::{Bearer, PoolLoanState, RecordRecovery},
};

/// A recovery that can be shared.
pub(super) struct Recovering {
    next: PoolLoanState,
    /// What is whose.
    pub(super) shared: Recovered,
    /// The pool's part.
    pub(super) fund: Money,
}

impl Pools {
    /// How so much that was recovered at such cost is shared.
    pub(super) fn to_recover(&self, loan: LoanId, recovered: Money, cost: Money) -> Result<Recovering, Reject> {
        let enrolment = self.enrolment(loan)?;
        let next = step(enrolment.state, Input::Recover)?;
        let borne = &enrolment.borne;
        let all = borne.iter().try_fold(recovered, |sum, one| sum.checked_add(one.got));
        require(all.is_some(), Reject::AmountInvalid)?;
        let shared = share_recovery(borne, recovered, cost);
        let fund = borne.iter().zip(&shared.each);
        let fund = fund.filter(|(one, _)| one.share.bearer == Bearer::Fund);
        let fund = fund.fold(Money::ZERO, |sum, (_, part)| sum.plus(*part));
        Ok(Recovering { next, shared, fund })
    }

    /// Shares it.
    pub(super) fn recover(&mut self, loan: LoanId, recovering: &Recovering) {
        let enrolment = self.enter(loan, recovering.next);
        for (one, &more) in enrolment.borne.iter_mut().zip(&recovering.shared.each) {
            one.got = one.got.plus(more);
        }
    }
}

impl<B: Book> Exchange<B> {
    /// Tells what was recovered, and pays the pool its part out of the account that it had paid. By who claimed: cash leaves
    /// by its owner's word alone.
    pub(crate) fn record_recovery(
        &mut self,
        user: User,
        asked: &RecordRecovery,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordRecovery {
            loan: id,
            recovered,
            cost,
            ..
        } = *asked;
        let loan = &self.lent_or_claimed_by(user, id)?.loan;
        let party = self.claimant(id).unwrap_or_else(|| acting(loan));
        require(party == user.entity, Reject::NotAParty)?;
        let currency = loan.terms.principal.currency;
        check_amounts(currency, [recovered, cost])?;
        let says = recovered.money > Money::ZERO || cost.money > Money::ZERO;
        require(says, Reject::AmountInvalid)?;
        let recovering = self.pools.to_recover(id, recovered.money, cost.money)?;
        let enrolment = &self.pools.loans[&id];
        let from = enrolment.claim.expect("what was paid was claimed").account;
        let due = Amount::new(currency, recovering.fund);
        self.check_escrow(from, due)?;

        let pool = enrolment.pool;
        let to = self.pools.of(pool).account;
        self.pools.recover(id, &recovering);
        self.pay(Seq(pool.0), from, due, &[(to, due.money)], tell);
        self.tell_standing(id, tell);
        Ok(Receipt::Done)
    }
}
