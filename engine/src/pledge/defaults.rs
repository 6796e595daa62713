//! A debt in default, cured, or paid (民法典 386, 393, 561; PLEDGES.md 2.2).
//!
//! Invariant: a pledge is in default with its loan. No default is declared before the debt is due or what was agreed on
//! happened, nor once its limitation has run; and none moves a title (民法典 428).

use crate::{
    book::Book,
    kit::checks::require,
    pledge::{
        life::{self, Input},
        loans::parties_of,
    },
    register::{party::User, pledges::Lent},
    state::Exchange,
    tell::Tell,
};
use protocol::{
    Amount, Date, Digest, LoanId, Money, Receipt, Record, Reject,
    pledge::{CureDefault, DeclareDefault, DefaultCause, LoanState, RecordRepayment, Repayment},
};

impl<B: Book> Exchange<B> {
    /// Declares a loan in default: its recorded pledges may be enforced.
    pub(crate) fn declare_default(
        &mut self,
        user: User,
        asked: &DeclareDefault,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent { loan, .. } = self.owed_to(user, asked.loan)?;
        require(loan.state == LoanState::Running, Reject::StateForbids)?;
        let today = tell.at.venue_date();
        // The last day of the term is in time.
        let overdue = loan.due_day() < today;
        let happened = overdue || asked.cause == DefaultCause::AgreedEvent;
        require(happened, Reject::NotInDefault)?;
        require(loan.limitation >= today, Reject::LimitationRun)?;

        self.change_loan(asked.loan, |lent| lent.loan.state = LoanState::Default, tell);
        self.move_pledges(asked.loan, Input::Default, tell);
        Ok(Receipt::Done)
    }

    /// A default is cured: the pledges stand as before.
    pub(crate) fn cure_default(
        &mut self,
        user: User,
        asked: &CureDefault,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent { loan, .. } = self.owed_to(user, asked.loan)?;
        require(loan.state == LoanState::Default, Reject::StateForbids)?;

        self.change_loan(asked.loan, |lent| lent.loan.state = LoanState::Running, tell);
        self.move_pledges(asked.loan, Input::Cure, tell);
        Ok(Receipt::Done)
    }

    /// Counts a payment on a loan: on costs, interest and principal, as its terms say (民法典 561). With the last of it the
    /// loan is repaid, and no default stands.
    pub(crate) fn record_repayment(
        &mut self,
        user: User,
        asked: &RecordRepayment,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordRepayment {
            loan: id, amount, on, ..
        } = *asked;
        let Lent { loan, claim, .. } = self.owed_to(user, id)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        let owed = claim.owed(&loan.terms, on).total();
        let fits = amount.currency == loan.terms.principal.currency
            && amount.money > Money::ZERO
            && amount.money <= owed
            && on <= tell.at.venue_date();
        require(fits, Reject::RepaymentInvalid)?;
        claim.clone().apply(&loan.terms, amount.money, on)?;

        self.repay(id, amount, on, Some(asked.evidence), tell);
        Ok(Receipt::Done)
    }

    /// Counts a payment that is at most what is owed, on a day up to which the claim was not reckoned yet.
    pub(super) fn repay(
        &mut self,
        id: LoanId,
        amount: Amount,
        on: Date,
        evidence: Option<Digest>,
        tell: &mut Tell<'_>,
    ) {
        let Lent { loan, claim, .. } = self.pledging.lent(id);
        let mut paid = claim.clone();
        let applied = paid.apply(&loan.terms, amount.money, on).expect("asked before");
        let repaid = paid.owed(&loan.terms, on).total() == Money::ZERO;
        let in_default = loan.state == LoanState::Default;
        let repayment = Repayment {
            loan: id,
            amount,
            on,
            principal: Amount::new(amount.currency, applied.principal),
            charges: Amount::new(amount.currency, applied.charged()),
            evidence,
        };
        let readers = parties_of(loan);
        tell.record(readers, Record::Repayment(repayment));
        let change = |lent: &mut Lent| {
            lent.claim = paid;
            if repaid {
                lent.loan.state = LoanState::Repaid;
            }
        };
        self.change_loan(id, change, tell);
        if repaid && in_default {
            self.move_pledges(id, Input::Cure, tell);
        }
        if repaid {
            self.free_proceeds(id, tell);
        }
    }

    /// Moves the pledges of a loan that this moves.
    fn move_pledges(&mut self, id: LoanId, input: Input, tell: &mut Tell<'_>) {
        for id in self.pledging.lent(id).pledges.clone() {
            let pledge = self.pledging.of_mut(id);
            if let Ok(state) = life::step(pledge.state, input) {
                pledge.state = state;
                self.tell_pledge(id, tell);
            }
        }
    }
}
