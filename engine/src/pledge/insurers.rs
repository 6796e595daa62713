//! Insurance of a loan (保证保险): agreed by both sides while the loan runs, paid in default.
//!
//! Invariant: a loan has one insurance at most, and an insurer that is agreed is a party of it. An offer holds nothing, and
//! binds nobody once the loan is in default. By law who paid takes over within what it paid, the insured's rest first (保险法
//! 60).

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::parties_of,
    register::party::{ACTS, User},
    state::Exchange,
    sums::guarantee::insured,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, EntityId, LoanId, Money, Readers, Receipt, Record, Reject,
    plan::PayerKind,
    pledge::{Insurance, InsuranceState, InsureLoan, Loan, LoanPayer, LoanState, PayInsurance},
    risk::InsuranceTerms,
    units::BASIS_POINTS_ONE,
};

impl<B: Book> Exchange<B> {
    /// Offers an insurance of a loan, or accepts what the other side offered.
    pub(crate) fn insure_loan(
        &mut self,
        user: User,
        asked: &InsureLoan,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let InsureLoan {
            loan: id,
            insurer,
            terms,
            policy,
        } = *asked;
        user.may(ACTS)?;
        let known = self.pledging.insured.get(&id).copied();
        let invited = known.is_some_and(|known| known.insurer == user.entity);
        let loan = match self.pledging.loans.get(id).filter(|_| invited) {
            Some(lent) => lent.loan,
            None => self.loan_for(user, id)?.loan,
        };
        let acting = loan.creditors.first().map(|share| share.entity);
        require(invited || acting == Some(user.entity), Reject::NotAParty)?;
        let agreed = known.is_some_and(|known| known.state == InsuranceState::Agreed);
        require(loan.state == LoanState::Running && !agreed, Reject::StateForbids)?;
        let own = !invited || insurer == user.entity;
        require(own && can_insure(&loan, insurer, &terms), Reject::InsuranceInvalid)?;
        self.register.check_entity(insurer)?;

        let same = |known: &Insurance| (known.insurer, known.terms, known.policy) == (insurer, terms, policy);
        let by_other = |known: &Insurance| (known.offered_by == known.insurer) != (user.entity == insurer);
        let accepted = known.is_some_and(|known| same(&known) && by_other(&known));
        if let Some(before) = known.filter(|known| known.insurer != insurer) {
            let state = InsuranceState::Replaced;
            self.tell_insurance(Insurance { state, ..before }, tell);
        }
        let state = if accepted {
            InsuranceState::Agreed
        } else {
            InsuranceState::Offered
        };
        let insurance = Insurance {
            loan: id,
            insurer,
            terms,
            policy,
            offered_by: user.entity,
            state,
        };
        self.pledging.insured.insert(id, insurance);
        if accepted {
            self.change_loan(id, |lent| lent.loan.insurer = Some(insurer), tell);
        }
        self.tell_insurance(insurance, tell);
        Ok(Receipt::Done)
    }

    /// The insurer pays what it promised of what is owed, less what it paid of it before.
    pub(crate) fn pay_insurance(
        &mut self,
        user: User,
        asked: &PayInsurance,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let PayInsurance { loan: id, account } = *asked;
        let lent = &self.to_pay_for(user, id, account, |loan| loan.insurer == Some(user.entity))?;
        let today = tell.at.venue_date();
        let owed = lent.claim.owed(&lent.loan.terms, today).total();
        let paid = lent.paid_by(user.entity).sum;
        let due = insured(&self.pledging.insured[&id].terms, owed.plus(paid))?;
        let due = due.checked_sub(paid).unwrap_or(Money::ZERO).min(owed);
        let amount = Amount::new(lent.loan.terms.principal.currency, due);
        self.check_payment(lent, account, amount, today)?;

        let payer = LoanPayer {
            entity: user.entity,
            kind: PayerKind::Insurer,
            agreed: false,
        };
        self.pay_for_debtor(id, account, amount, payer, tell);
        Ok(Receipt::Done)
    }

    /// Tells the loan's parties, and the insurer that is named, how an insurance stands.
    fn tell_insurance(&self, insurance: Insurance, tell: &mut Tell<'_>) {
        let readers = match insurance.state {
            InsuranceState::Replaced => Readers::one(insurance.insurer),
            InsuranceState::Offered => {
                let acting = acting(&self.pledging.lent(insurance.loan).loan);
                Readers::Only(Vec::from([acting, insurance.insurer]))
            }
            InsuranceState::Agreed => parties_of(&self.pledging.lent(insurance.loan).loan),
        };
        tell.record(readers, Record::Insurance(insurance));
    }

    /// For the invariants: whether a loan's insurer is the one that both agreed on.
    pub(super) fn is_insured_as_told(&self, id: LoanId, loan: &Loan) -> bool {
        let known = self.pledging.insured.get(&id);
        let agreed = known.filter(|known| known.state == InsuranceState::Agreed);
        let fits = |known: &Insurance| {
            let live = known.state != InsuranceState::Replaced && known.loan == id;
            let apart = known.state == InsuranceState::Offered || can_insure(loan, known.insurer, &known.terms);
            live && apart && are_terms(loan, &known.terms)
        };
        loan.insurer == agreed.map(|known| known.insurer) && known.is_none_or(fits)
    }
}

fn acting(loan: &Loan) -> EntityId {
    loan.creditors.first().expect("a claim has a holder").entity
}

/// Whether this party can insure a loan so: no party of it, and none that answers for it otherwise.
fn can_insure(loan: &Loan, insurer: EntityId, terms: &InsuranceTerms) -> bool {
    let apart = insurer != loan.debtor && !loan.is_owed_to(insurer) && loan.guarantor(insurer).is_none();
    apart && are_terms(loan, terms)
}

/// Whether these are terms of an insurance: some of a loss is covered, in the loan's currency.
fn are_terms(loan: &Loan, terms: &InsuranceTerms) -> bool {
    (1..=BASIS_POINTS_ONE).contains(&terms.cover.0)
        && terms.deductible.0 < BASIS_POINTS_ONE
        && terms.limit.currency == loan.terms.principal.currency
        && terms.limit.money > Money::ZERO
}
