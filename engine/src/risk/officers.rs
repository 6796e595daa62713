//! What an officer shows to be free of blame for a loan that went bad (尽职免责; the Guidance, art. 20).
//!
//! What always holds: a step is shown by the officer whose it is, once, and stands; how late the loan is and how bad, the
//! loan and its bank's word to a pool say. The file is the bank's alone: neither the debtor nor other lenders of the loan
//! learn of it.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    register::{lent::Lent, party::User},
    risk::enrolments::standing,
    state::Exchange,
    sums::tolerance::officer_file,
    tell::Tell,
};
use protocol::{
    LoanId, Readers, Receipt, Record, Reject, UserId,
    diligence::{DrawOfficerFile, OFFICERS_MAX, RecordDutyStep},
    party::Roles,
    pledge::LoanState,
    risk::DutyDone,
};

impl<B: Book> Exchange<B> {
    /// Shows a step for a loan. By an officer of a bank that holds a part of its claim.
    pub(crate) fn record_duty_step(
        &mut self,
        by: UserId,
        user: User,
        asked: &RecordDutyStep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordDutyStep {
            loan,
            step,
            on,
            evidence,
        } = *asked;
        self.lent_by_bank_of(user, loan)?;
        let officers = self.diligence.files.get(&loan);
        let shown = officers.and_then(|officers| officers.get(&by));
        let has_room = officers.is_none_or(|officers| officers.len() < OFFICERS_MAX);
        let is_new = shown.is_none_or(|shown| shown.iter().all(|done| done.step != step));
        first_fault([
            require(on <= tell.at.venue_date(), Reject::DatesInvalid),
            require(shown.is_some() || has_room, Reject::OfficersFull),
            require(is_new, Reject::StepShown),
        ])?;

        let officers = self.diligence.files.entry(loan).or_default();
        officers.entry(by).or_default().push(DutyDone { step, on, evidence });
        self.tell_file(user, loan, by, tell);
        Ok(Receipt::Done)
    }

    /// Draws an officer's file as of today. By anyone of the officer's bank.
    pub(crate) fn draw_officer_file(
        &mut self,
        user: User,
        asked: &DrawOfficerFile,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        self.lent_by_bank_of(user, asked.loan)?;
        // Another bank's officer is as good as none.
        let officer = self.register.user(asked.officer);
        let is_own = officer.is_ok_and(|officer| officer.entity == user.entity);
        require(is_own, Reject::UnknownUser)?;

        self.tell_file(user, asked.loan, asked.officer, tell);
        Ok(Receipt::Done)
    }

    /// The loan, for a user of a bank that holds a part of its claim.
    fn lent_by_bank_of(&self, user: User, loan: LoanId) -> Result<Lent, Reject> {
        user.may(Roles::BANK)?;
        let lent = self.loan_for(user, loan)?;
        require(lent.loan.is_owed_to(user.entity), Reject::NotAParty)?;
        Ok(lent)
    }

    /// Tells the officer's bank how the file stands today. What its bank told a pool counts until the loan is repaid.
    fn tell_file(&self, user: User, loan: LoanId, officer: UserId, tell: &mut Tell<'_>) {
        let lent = &self.pledging.lent(loan);
        let enrolment = self.pools.enrolment(loan).ok();
        let npl = enrolment.and_then(|enrolment| enrolment.npl);
        let npl = npl.filter(|_| lent.loan.state != LoanState::Repaid);
        let files = self.diligence.files.get(&loan);
        let steps = files.and_then(|officers| officers.get(&officer)).cloned();
        let of = standing(lent, npl, tell.at.venue_date());
        let file = officer_file((loan, officer), of, steps.unwrap_or_default());
        tell.record(Readers::one(user.entity), Record::OfficerFile(file));
    }
}
