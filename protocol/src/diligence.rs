//! How far a branch and its officers are forgiven what went bad (the Guidance, art. 20; 尽职免责): a branch's books against
//! the three points, and the steps that an officer shows for a loan.

use crate::{
    describe::record,
    ids::{EntityId, LoanId, UserId},
    risk::{BranchBooks, BranchVerdict, DutyStep},
    text::{Bounded, Digest},
    time::Date,
};

/// A branch within its bank: the code of its financial licence, or another short name.
pub type Branch = Bounded<24>;

/// The most branches of a bank.
pub const BRANCHES_MAX: usize = 1_024;
/// The most officers that show steps for one loan.
pub const OFFICERS_MAX: usize = 64;

record! {
    /// Tells a branch's books on a day. By its bank. Told anew for a later day they replace these; for the same day they are
    /// corrected, which is a command of its own.
    pub struct TellBranchBooks {
        /// Which branch: the code of its financial licence (金融许可证机构编码), or a name of at most 24 bytes.
        branch: Branch,
        /// By the end of which day.
        on: Date,
        /// The books.
        books: BranchBooks,
        /// Digest of the statement that they stand in.
        evidence as "evidence_sha256": Digest,
    }

    /// Shows a step that an officer owes a loan. By the officer, a user of a bank that holds the claim.
    #[derive(Copy)]
    pub struct RecordDutyStep {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Which step; each is shown once.
        step: DutyStep,
        /// When it was done.
        on: Date,
        /// Digest of the paper that shows it.
        evidence as "evidence_sha256": Digest,
    }

    /// Draws an officer's file for a loan anew, as of today. By any user of the officer's bank.
    #[derive(Copy)]
    pub struct DrawOfficerFile {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Whose.
        officer as "user_id": UserId,
    }
}

record! {
    /// How a branch stands against what is tolerated, by the books that were told last.
    pub struct BranchStanding {
        /// Whose branch it is.
        bank as "entity_id": EntityId,
        /// Which.
        branch: Branch,
        /// By the end of which day.
        on: Date,
        /// The verdict.
        verdict: BranchVerdict,
        /// Digest of the statement.
        evidence as "evidence_sha256": Digest,
    }
}
