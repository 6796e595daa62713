//! Subsidies of what a loan cost a firm: the measures of a city and its districts, and what firms ask of them
//! (PLEDGES.md 2.9b; the Guidance, art. 2). What a measure pays of which cost, a [`SubsidyProfile`] says.
//!
//! The loan says what the loan knows: the firm, the principal and its days, the rights that were pledged, whether it is
//! repaid, and the interest that its debtor really paid. What no loan tells is shown, each cost by a paper of its own.

use crate::{
    describe::{one_of, record, words},
    ids::{AccountId, EntityId, LoanId, MeasureId, SubsidyId},
    risk::{CostItem, InterestBooked, SubsidyProfile, SubsidyScheme},
    text::Digest,
    time::Date,
    units::{Amount, Currency},
};
use alloc::vec::Vec;

/// The division codes of the provinces begin and end with these (GB/T 2260).
pub const GOVERNMENTS: core::ops::RangeInclusive<u32> = 110_000..=829_999;

one_of! {
    /// What a measure pays.
    pub enum MeasureTerms {
        /// What was published of this scheme.
        Published(SubsidyScheme) = "published";
        /// By its own papers; its scheme is `other`.
        Own(SubsidyProfile) = "own";
    }
}

words! {
    /// How an application for a subsidy stands.
    pub enum SubsidyState {
        /// It waits for a decision.
        Applied = 0, "applied";
        /// It was granted and paid.
        Granted = 1, "granted";
        /// It was turned down; the firm may apply again.
        Declined = 2, "declined";
        /// The firm took it back; it may apply again.
        Withdrawn = 3, "withdrawn";
    }
}

record! {
    /// Opens a measure. By an operator; its account is that of the agency or fund that pays.
    pub struct OpenMeasure {
        /// The account that it pays from.
        account as "account_id": AccountId,
        /// Whose measure it is: the government's division code (GB/T 2260), 440300 for 深圳市, 440305 for its 南山区. Of one
        /// government a project has one subsidy.
        government: u32,
        /// What it pays in; its caps are of this currency.
        currency: Currency,
        /// What it pays.
        terms: MeasureTerms,
        /// The last day on which a firm can apply; none: no end was published.
        until as "until_on": Option<Date>,
    }

    /// A cost that a firm paid, and the paper that shows it.
    #[derive(Copy)]
    pub struct CostShown {
        /// What for. Not interest: that stands in the loan's own books.
        item: CostItem,
        /// How much.
        amount: Amount,
        /// Digest of the paper; a firm shows one once to a government.
        evidence as "evidence_sha256": Digest,
    }

    /// Applies for a subsidy of what a loan cost. By the loan's debtor.
    pub struct ApplyForSubsidy {
        /// Of which measure.
        measure as "measure_id": MeasureId,
        /// For which loan.
        loan as "loan_id": LoanId,
        /// The firm's own account, which is paid.
        account as "account_id": AccountId,
        /// Digest of the proof that it is the firm's first loan; none: it does not say so.
        first_loan as "first_loan_sha256": Option<Digest>,
        /// What it paid beside interest, at most 63.
        costs: Vec<CostShown> = default,
    }

    /// Takes an application back. By the firm.
    #[derive(Copy)]
    pub struct WithdrawSubsidy {
        /// Which.
        subsidy as "subsidy_id": SubsidyId,
    }

    /// Grants and pays a subsidy, or turns it down. By an operator, or a fund's user of whoever pays.
    #[derive(Copy)]
    pub struct DecideSubsidy {
        /// Which.
        subsidy as "subsidy_id": SubsidyId,
        /// Whether it is granted; if not, the firm may apply again.
        granted: bool,
        /// Digest of the decision.
        evidence as "evidence_sha256": Digest,
    }
}

record! {
    /// A measure: what is published of it.
    pub struct Measure {
        /// Which.
        measure as "measure_id": MeasureId,
        /// Who pays.
        payer as "entity_id": EntityId,
        /// Whose measure it is, by its division code.
        government: u32,
        /// What it pays in.
        currency: Currency,
        /// What it pays, on which conditions and how much at most.
        profile: SubsidyProfile,
        /// The last day on which a firm can apply.
        until as "until_on": Option<Date>,
    }

    /// What was granted, and how it came about.
    #[derive(Copy)]
    pub struct SubsidyGrant {
        /// When: it counts in this day's year.
        on: Date,
        /// The costs that count.
        counted: Amount,
        /// What that comes to by parts and caps of the items.
        uncapped: Amount,
        /// What was paid: what the caps of the year and of the measure's life leave of it.
        granted: Amount,
    }

    /// An application for a subsidy, and what became of it.
    pub struct Subsidy {
        /// Which.
        subsidy as "subsidy_id": SubsidyId,
        /// Of which measure.
        measure as "measure_id": MeasureId,
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Which firm.
        firm as "entity_id": EntityId,
        /// The account that is paid.
        account as "account_id": AccountId,
        /// How it stands.
        state: SubsidyState,
        /// When it was made.
        applied as "applied_on": Date,
        /// Digest of the proof that it is the firm's first loan.
        first_loan as "first_loan_sha256": Option<Digest>,
        /// The loan's interest by its own books: on the day of the application, then on that of the decision.
        interest: InterestBooked,
        /// What else the firm paid.
        costs: Vec<CostShown> = default,
        /// What was granted.
        grant: Option<SubsidyGrant>,
        /// Digest of the decision.
        evidence as "evidence_sha256": Option<Digest>,
    }
}
