//! A branch's non-performing loans on intellectual property, against all of its loans: up to three points more are
//! forgiven (the Guidance, art. 20).
//!
//! What always holds: a bank tells of its own branches alone; what stands is told last; the figures of a day are changed
//! by a correction and by nothing else. The verdict is the bank's, and those may read it who supervise banks.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    register::party::User,
    risk::diligence::ToldBooks,
    state::Exchange,
    sums::tolerance::tolerated,
    tell::Tell,
};
use protocol::{
    Readers, Receipt, Record, Reject,
    diligence::{BRANCHES_MAX, BranchStanding, TellBranchBooks},
    party::Roles,
    risk::{BranchVerdict, TOLERANCE_POINTS},
};

impl<B: Book> Exchange<B> {
    /// Tells a branch's books. By its bank: for a new branch, a later day, or the same figures again.
    pub(crate) fn tell_branch_books(
        &mut self,
        user: User,
        asked: &TellBranchBooks,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::BANK)?;
        let known = self.diligence.branches.get(&user.entity);
        let last = known.and_then(|branches| branches.get(&asked.branch));
        let has_room = known.is_none_or(|branches| branches.len() < BRANCHES_MAX);
        let verdict = judge(asked, tell);
        first_fault([
            verdict.map(drop),
            require(last.is_some() || has_room, Reject::BranchesFull),
            require(last.is_none_or(|last| last.on <= asked.on), Reject::BooksOlder),
            require(
                last.is_none_or(|last| last.on < asked.on || last.books == asked.books),
                Reject::BooksTold,
            ),
        ])?;

        self.keep_books(user, asked, verdict?, tell);
        Ok(Receipt::Done)
    }

    /// Corrects a branch's books of the day that was told last. By its bank; two of it, if it asked for two.
    pub(crate) fn correct_branch_books(
        &mut self,
        user: User,
        asked: &TellBranchBooks,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::BANK)?;
        let known = self.diligence.branches.get(&user.entity);
        let last = known.and_then(|branches| branches.get(&asked.branch));
        let verdict = judge(asked, tell);
        first_fault([
            verdict.map(drop),
            require(last.is_some_and(|last| last.on == asked.on), Reject::BooksNotTold),
        ])?;

        self.keep_books(user, asked, verdict?, tell);
        Ok(Receipt::Done)
    }

    /// A branch's books stand, and its bank hears the verdict.
    fn keep_books(&mut self, user: User, asked: &TellBranchBooks, verdict: BranchVerdict, tell: &mut Tell<'_>) {
        let TellBranchBooks {
            ref branch,
            on,
            books,
            evidence,
        } = *asked;
        let branches = self.diligence.branches.entry(user.entity).or_default();
        branches.insert(branch.clone(), ToldBooks { on, books, evidence });
        let standing = BranchStanding {
            bank: user.entity,
            branch: branch.clone(),
            on,
            verdict,
            evidence,
        };
        tell.record(Readers::one(user.entity), Record::BranchStanding(standing));
    }
}

/// The verdict on books of a day that is not to come.
fn judge(asked: &TellBranchBooks, tell: &Tell<'_>) -> Result<BranchVerdict, Reject> {
    require(asked.on <= tell.at.venue_date(), Reject::DatesInvalid)?;
    tolerated(&asked.books, TOLERANCE_POINTS)
}
