//! A debt in default, cured, or paid (民法典 386, 393, 561; PLEDGES.md 2.2).
//!
//! Invariant: a pledge is in default with its loan. No default is declared before the debt is due or what was agreed on
//! happened, nor once its limitation has run; and none moves a title (民法典 428).

use crate::{
    book::Book,
    kit::checks::require,
    pledge::{
        life::{self, Input},
        loans::{parties_of, settle_past},
    },
    register::{
        lent::{Lent, PaidFor},
        party::User,
    },
    state::Exchange,
    sums::interest::Claim,
    tell::Tell,
};
use protocol::{
    Amount, Date, Digest, EntityId, LoanId, Money, PledgeId, Receipt, Record, Reject,
    plan::PayerKind,
    pledge::{
        CureDefault, DeclareDefault, DefaultCause, Loan, LoanPayer, LoanState, PAYERS_MAX, RecordRepayment, Repayment,
    },
};

impl<B: Book> Exchange<B> {
    /// Declares a loan in default: its recorded pledges may be enforced.
    pub(crate) fn declare_default(
        &mut self,
        user: User,
        asked: &DeclareDefault,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent { loan, .. } = &self.owed_to(user, asked.loan)?;
        require(loan.state == LoanState::Running, Reject::StateForbids)?;
        let today = tell.at.venue_date();
        // The last day of the term is in time.
        let overdue = loan.due_day() < today;
        let happened = overdue || asked.cause == DefaultCause::AgreedEvent;
        require(happened, Reject::NotInDefault)?;
        require(loan.limitation >= today, Reject::LimitationRun)?;

        self.fall_into_default(asked.loan, tell);
        Ok(Receipt::Done)
    }

    /// A debt is in default, and its recorded pledges with it.
    pub(crate) fn fall_into_default(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        self.change_loan(id, |lent| lent.loan.state = LoanState::Default, tell);
        self.move_pledges(id, Input::Default, tell);
    }

    /// A default is cured: the pledges stand as before.
    pub(crate) fn cure_default(
        &mut self,
        user: User,
        asked: &CureDefault,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent { loan, .. } = &self.owed_to(user, asked.loan)?;
        require(loan.state == LoanState::Default, Reject::StateForbids)?;
        self.check_cure(asked.loan, tell.at)?;

        self.change_loan(asked.loan, |lent| lent.loan.state = LoanState::Running, tell);
        self.move_pledges(asked.loan, Input::Cure, tell);
        self.disposals.unsettle(asked.loan);
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
        let Lent {
            loan, claim, payers, ..
        } = &self.owed_to(user, id)?;
        if let Some(payer) = asked.payer {
            self.register.check_entity(payer.entity)?;
        }
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        let owed = claim.owed(&loan.terms, on).total();
        let fits = amount.currency == loan.terms.principal.currency
            && amount.money > Money::ZERO
            && amount.money <= owed
            && on <= tell.at.venue_date()
            && asked
                .payer
                .is_none_or(|payer| may_pay(loan, &payer) && payers.len() < PAYERS_MAX);
        require(fits, Reject::RepaymentInvalid)?;
        claim.clone().apply(&loan.terms, amount.money, on)?;
        // What shares were issued for is not paid otherwise, and by nobody who would take the pledge over.
        let spoken = self.spoken_for(id);
        let free = spoken.is_none_or(|spoken| asked.payer.is_none() && amount.money <= owed.minus(spoken));
        require(free, Reject::ClaimSpokenFor)?;

        let payer = asked.payer.map_or(loan.debtor, |payer| payer.entity);
        self.note_paid(id, payer, amount.money, on);
        self.repay(id, amount, on, (asked.payer, Some(asked.evidence)), tell);
        Ok(Receipt::Done)
    }

    /// Counts a payment that is at most what is owed, on a day up to which the claim was not reckoned yet.
    pub(crate) fn repay(
        &mut self,
        id: LoanId,
        amount: Amount,
        on: Date,
        by: (Option<LoanPayer>, Option<Digest>),
        tell: &mut Tell<'_>,
    ) {
        self.reduce(id, (amount, Money::ZERO), on, by, tell);
    }

    /// Notes what of a payment that is about to be counted is interest, where the debtor itself pays it.
    pub(super) fn note_paid(&mut self, id: LoanId, payer: EntityId, amount: Money, on: Date) {
        self.pledging.change_lent(id, |lent| {
            let Lent { loan, claim, paid, .. } = lent;
            if payer == loan.debtor {
                let applied = claim.clone().apply(&loan.terms, amount, on).expect("asked before");
                paid.interest = paid.interest.plus(applied.interest);
                paid.penalty = paid.penalty.plus(applied.penalty).plus(applied.compound);
            }
        });
    }

    /// Counts what shares were issued for as paid: no cash moves. What was agreed to be waived beside it is owed no more
    /// either.
    pub(crate) fn convert_claim(
        &mut self,
        id: LoanId,
        paid_and_waived: (Amount, Money),
        on: Date,
        evidence: Digest,
        tell: &mut Tell<'_>,
    ) {
        self.reduce(id, paid_and_waived, on, (None, Some(evidence)), tell);
    }

    /// Reduces a claim by what was paid, and by what is waived.
    fn reduce(
        &mut self,
        id: LoanId,
        (amount, waived): (Amount, Money),
        on: Date,
        (payer, evidence): (Option<LoanPayer>, Option<Digest>),
        tell: &mut Tell<'_>,
    ) {
        let Lent {
            loan, claim, payers, ..
        } = &self.pledging.lent(id);
        let mut paid = claim.clone();
        let applied = paid.apply(&loan.terms, amount.money, on).expect("asked before");
        paid.apply(&loan.terms, waived, on).expect("asked before");
        // Who paid in the debtor's place stands where the creditor stood, until it has that back.
        let taken_over = payer.is_some() || payers.iter().any(|paid| paid.left > Money::ZERO);
        let repaid = paid.owed(&loan.terms, on).total() == Money::ZERO && !taken_over;
        let repayment = Repayment {
            loan: id,
            amount,
            on,
            principal: Amount::new(amount.currency, applied.principal),
            charges: Amount::new(amount.currency, applied.charged()),
            payer,
            evidence,
        };
        let readers = parties_of(loan);
        tell.record(readers, Record::Repayment(repayment));
        let change = |lent: &mut Lent| {
            lent.claim = paid;
            lent.payers.extend(payer.map(|payer| PaidFor {
                entity: payer.entity,
                kind: payer.kind,
                agreed: payer.agreed,
                on,
                sum: amount.money,
                principal: applied.principal,
                left: amount.money,
            }));
            if repaid {
                lent.loan.state = LoanState::Repaid;
            }
        };
        self.change_loan(id, change, tell);
        self.disposals.unsettle(id);
        if repaid {
            self.end_debt(id, tell);
        }
    }

    /// Who paid a loan in its debtor's place has so much of it back; with the last of it the loan is repaid.
    pub(crate) fn pay_back(&mut self, id: LoanId, place: usize, back: Money, tell: &mut Tell<'_>) {
        let Lent {
            loan, claim, payers, ..
        } = self.pledging.change_lent(id, |lent| {
            let paid = &mut lent.payers[place];
            paid.left = paid.left.minus(back);
            lent.clone()
        });
        let owed = claim.owed(&loan.terms, tell.at.venue_date()).total();
        let repaid = owed == Money::ZERO && payers.iter().all(|paid| paid.left == Money::ZERO);
        if repaid && loan.state != LoanState::Repaid {
            self.change_loan(id, |lent| lent.loan.state = LoanState::Repaid, tell);
            self.end_debt(id, tell);
        }
    }

    /// What a price had paid on a loan is corrected: where it was too much, the claim is as it is owed again, and what stands
    /// pledged is in default again; so much is to come back to those who paid it, by their places.
    pub(crate) fn rebook(&mut self, id: LoanId, again: Option<Claim>, lefts: &[(usize, Money)], tell: &mut Tell<'_>) {
        let today = tell.at.venue_date();
        let mut ends = false;
        let change = |lent: &mut Lent| {
            if let Some(claim) = again {
                lent.claim = claim;
            }
            for &(place, left) in lefts {
                lent.payers[place].left = left;
            }
            let owed = lent.claim.owed(&lent.loan.terms, today).total();
            let open = owed > Money::ZERO || lent.payers.iter().any(|paid| paid.left > Money::ZERO);
            let state = &mut lent.loan.state;
            ends = !open && *state != LoanState::Repaid;
            if open && *state == LoanState::Repaid {
                *state = LoanState::Default;
                // What ran out while nothing was owed has run out.
                settle_past(&mut lent.loan, today);
            } else if ends {
                *state = LoanState::Repaid;
            }
        };
        self.change_loan(id, change, tell);
        match self.pledging.lent(id).loan.state {
            LoanState::Default => self.move_pledges(id, Input::Default, tell),
            LoanState::Repaid if ends => self.end_debt(id, tell),
            LoanState::Repaid | LoanState::Running => {}
        }
    }

    /// Nothing of a loan is owed any more: no default stands, unless what is sold for it has to be paid out first, and what
    /// is held for it goes back.
    fn end_debt(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        if self.check_cure(id, tell.at).is_ok() {
            self.move_pledges(id, Input::Cure, tell);
        }
        self.free_proceeds(id, tell);
    }

    /// Moves the pledges of a loan that this moves.
    fn move_pledges(&mut self, id: LoanId, input: Input, tell: &mut Tell<'_>) {
        for id in self.pledging.lent(id).pledges {
            if let Ok(state) = life::step(self.pledging.state(id), input) {
                self.pledging.change(id, |pledge| pledge.state = state);
                self.tell_pledge(id, tell);
            }
        }
    }

    /// The rights of a loan are being turned into money: in default, or early.
    pub(crate) fn dispose_pledges(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        let input = match self.pledging.lent(id).loan.state {
            LoanState::Running => Input::DisposeEarly,
            LoanState::Default | LoanState::Repaid => Input::Dispose,
        };
        self.move_pledges(id, input, tell);
    }

    /// A disposal ended: what still stands is in default as before, or as it was once the debt is paid.
    pub(crate) fn stand_again(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        let input = match self.pledging.lent(id).loan.state {
            LoanState::Default => Input::Halt,
            LoanState::Running | LoanState::Repaid => Input::Cure,
        };
        self.move_pledges(id, input, tell);
    }

    /// Closes those of these pledges whose rights are all sold: what they brought is paid out.
    pub(crate) fn close_exhausted(&mut self, pledges: &[PledgeId], tell: &mut Tell<'_>) {
        for &id in pledges {
            let pledge = &self.pledging.of(id);
            let exhausted = pledge.standing().next().is_none();
            let state = life::step(pledge.state, Input::Close).ok().filter(|_| exhausted);
            if let Some(state) = state {
                self.end_pledge(id, state, tell);
            }
        }
    }
}

/// Whether this participant can have paid a loan in its debtor's place: a guarantor is one of the loan's, and nobody pays
/// itself.
fn may_pay(loan: &Loan, payer: &LoanPayer) -> bool {
    let guarantees = || loan.guarantees.iter().any(|guarantee| guarantee.entity == payer.entity);
    payer.entity != loan.debtor
        && !loan.is_owed_to(payer.entity)
        && (payer.kind != PayerKind::Guarantor || guarantees())
}
