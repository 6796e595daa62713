//! What befalls a claim once it is lent: a judgment, whose interest is doubled while it is not performed; a suspension of that;
//! a misuse of what was lent; the debtor's plea that all charges be cut to the cap (法释〔2014〕8号; 银发〔2003〕251号 3;
//! 法发〔2017〕22号 2).
//!
//! Invariant: what a claim comes to follows what was recorded of it, from its day on; nothing is recorded of a day up to
//! which it was reckoned.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::{MAY_ACT, parties_of},
    register::{lent::Lent, party::User},
    state::Exchange,
    sums::interest::Claim,
    tell::Tell,
};
use protocol::{
    Date, Money, Receipt, Record, Reject,
    claim::{Befell, ClaimFact, RecordClaimFact},
    pledge::LoanState,
};

impl<B: Book> Exchange<B> {
    /// Records what befell a claim.
    pub(crate) fn record_claim_fact(
        &mut self,
        user: User,
        asked: &RecordClaimFact,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let lent = &self.loan_for(user, asked.loan)?;
        let loan = &lent.loan;
        let told_by = match asked.befell {
            // Nobody pleads for the debtor.
            Befell::CapPleaded {} => loan.debtor == user.entity,
            Befell::Judgment { .. } | Befell::Suspension { .. } | Befell::Misuse { .. } => {
                user.is_operator() || loan.is_owed_to(user.entity)
            }
        };
        require(told_by, Reject::NotAParty)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        let claim = befallen(lent, &asked.befell, tell.at.venue_date()).ok_or(Reject::ClaimFactInvalid)?;

        let fact = ClaimFact {
            loan: asked.loan,
            befell: asked.befell.clone(),
            evidence: asked.evidence,
        };
        let readers = parties_of(loan);
        self.change_loan(asked.loan, |lent| lent.claim = claim, tell);
        tell.record(readers, Record::ClaimFact(fact));
        Ok(Receipt::Done)
    }
}

/// The claim as it is reckoned from here on, if that can have befallen it.
fn befallen(lent: &Lent, befell: &Befell, today: Date) -> Option<Claim> {
    let terms = &lent.loan.terms;
    let mut claim = lent.claim.clone();
    let currency = terms.principal.currency;
    match *befell {
        Befell::Judgment { base, from } => {
            let fits = base.currency == currency && base.money > Money::ZERO && claim.doubled_from().is_none();
            let from = Some(from).filter(|_| fits)?;
            claim.adjudge(base.money, from).ok()?;
        }
        Befell::Suspension { suspended, on } => {
            let fits = claim.doubled_from().is_some() && claim.is_suspended() != suspended && on <= today;
            claim.suspend(terms, suspended, Some(on).filter(|_| fits)?).ok()?;
        }
        Befell::Misuse { amount, on } => {
            let fits =
                amount.currency == currency && (Money::ZERO..=claim.principal()).contains(&amount.money) && on <= today;
            claim.misuse(terms, amount.money, Some(on).filter(|_| fits)?).ok()?;
        }
        Befell::CapPleaded {} => {
            let pleads = !claim.is_capped();
            pleads.then(|| claim.plead_cap())?;
        }
    }
    Some(claim)
}
