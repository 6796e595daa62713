//! Reverse licences (反向许可; RULES.md 2.4, 7.7; PLEDGES.md 2.4): while a default is disposed of, its rights are licensed
//! back to their owner, and the fees pay the debt.
//!
//! The pledgee does not own the rights, so it licenses them on their owner's word alone, and what third parties were
//! granted stays as it is. Only the owner who gave the pledge is licensed here.

use crate::{
    claim::{LicenceAuthority, LicenceFees},
    describe::{record, words},
    ids::{AccountId, AssetId, DisposalId, EntityId, LoanId, ReverseLicenceId},
    licence::LicenceKind,
    rules::CalendarTerm,
    text::Digest,
    time::{Date, Timestamp},
    units::Amount,
};
use alloc::vec::Vec;

/// How many months ahead a reverse licence may begin.
pub const BEGINS_MONTHS_MAX: u32 = 12;

words! {
    /// The life of a reverse licence (RULES.md 2.4): `PROPOSED → CONSENTED → ACTIVE → (PAY)* → {DEBT_CLEARED | MISSED →
    /// GRACE → TERMINATED → back to an open case}`.
    pub enum ReverseLicenceState {
        /// The pledgee proposed it; the owner has not consented.
        Proposed = 0, "proposed";
        /// All have consented; its first day is to come.
        Consented = 1, "consented";
        /// It runs, and no fee is late.
        Active = 2, "active";
        /// A fee was not paid on its day.
        Missed = 3, "missed";
        /// That fee can still be paid.
        Grace = 4, "grace";
        /// Nothing is owed of the claim any more: the pledge is to be released.
        DebtCleared = 5, "debt_cleared";
        /// A fee was not paid in its grace, or it was dissolved: the case is open again, and the rights may be auctioned.
        Terminated = 6, "terminated";
        /// Its term is over and all its fees are paid, and debt is left: the case is open again.
        Expired = 7, "expired";
        /// It ended with its case: the default was cured, or nothing is left to license; or a bankruptcy holds the pledgees
        /// back.
        Ended = 8, "ended";
        /// It was taken back, turned down or replaced before all consented, or nobody consented in time.
        Withdrawn = 9, "withdrawn";
    }
}

impl ReverseLicenceState {
    /// Whether all have consented to it and it is not over: its case's rights are licensed.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::Consented | Self::Active | Self::Missed | Self::Grace)
    }

    /// Whether it can still come to something.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Proposed) || self.is_bound()
    }
}

record! {
    /// Proposes to license the rights of an open case back to their owner; one that was proposed before is replaced. By a
    /// user of the acting holder of the claim, or an operator.
    pub struct ProposeReverseLicence {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// To whom: the owner of all the case's rights, who pledged them.
        licensee as "licensee_id": EntityId,
        /// How exclusive; unspecified: non-exclusive.
        kind: Option<LicenceKind>,
        /// On what ground (民法典 431, 446).
        authority: Option<LicenceAuthority>,
        /// What it pays. The licence begins within twelve months, and its first fee is not due before today.
        fees: LicenceFees,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// Consents to a reverse licence; from here on it binds. By a user of the licensee.
    #[derive(Copy)]
    pub struct ConsentReverseLicence {
        /// To which.
        licence as "reverse_licence_id": ReverseLicenceId,
        /// Its account that pays.
        account as "account_id": AccountId,
        /// Digest of the contract, as the proposal names it.
        contract as "contract_sha256": Digest,
    }

    /// Pays the next fee of a reverse licence, or a part of it: its late interest first, then costs, interest and
    /// principal of the claim (民法典 561). What nobody is owed stays with the licensee. By a user of the licensee.
    #[derive(Copy)]
    pub struct PayReverseFee {
        /// Of which licence.
        licence as "reverse_licence_id": ReverseLicenceId,
        /// Which fee, by the day on which it is due: the oldest that is unpaid, from the first day that it is for.
        due as "due_on": Date,
        /// How much: at most what is unpaid of the fee.
        amount: Amount,
    }

    /// Pays at once all that is owed of the claim today, and the late interest of fees (民法典 530, 677). By a user of the
    /// licensee.
    #[derive(Copy)]
    pub struct SettleReverseLicence {
        /// Of which licence.
        licence as "reverse_licence_id": ReverseLicenceId,
    }

    /// Ends a reverse licence. One that is proposed is taken back by a user of the acting holder of the claim, turned down
    /// by the licensee; one whose grace has run out is ended by the acting holder, where the venue has not done so; any is
    /// dissolved by an operator, on the parties' agreement or a ruling.
    #[derive(Copy)]
    pub struct TerminateReverseLicence {
        /// Which.
        licence as "reverse_licence_id": ReverseLicenceId,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }
}

record! {
    /// The fee that is to be paid next.
    #[derive(Copy)]
    pub struct NextFee {
        /// The first day that it is for, and on which it can be paid.
        from as "from_on": Date,
        /// When it is due.
        due as "due_on": Date,
        /// How much it is.
        fee: Amount,
        /// What of it is unpaid. Its late interest is taken out of what is paid.
        unpaid: Amount,
    }

    /// How a payment of the licensee was counted; what it comes to is its sum.
    #[derive(Copy)]
    pub struct FeePayment {
        /// Of the fee that was due on this day; none: all that was owed.
        due as "due_on": Option<Date>,
        /// When it was paid.
        on as "paid_on": Date,
        /// On late interest of fees.
        late: Amount,
        /// On costs of the claim.
        costs: Amount,
        /// On interest and other charges of the claim.
        interest: Amount,
        /// On its principal.
        principal: Amount,
    }

    /// A reverse licence as it stands: what the parties of its loan, its licensee and the venue see after each change.
    pub struct ReverseLicence {
        /// Which.
        licence as "reverse_licence_id": ReverseLicenceId,
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Whose debt the fees pay.
        loan as "loan_id": LoanId,
        /// Of which rights.
        assets as "asset_ids": Vec<AssetId>,
        /// To whom.
        licensee as "licensee_id": EntityId,
        /// How exclusive.
        kind: LicenceKind,
        /// On what ground.
        authority: LicenceAuthority,
        /// What the licensee pays.
        fees: LicenceFees,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
        /// How it stands.
        state: ReverseLicenceState,
        /// The account that pays, once its owner has consented.
        account as "account_id": Option<AccountId>,
        /// The fee that is to be paid next; none: all are paid, or it is over.
        next: Option<NextFee>,
        /// The last day of what it waits for: the owner's consent, the fee's payment, its grace.
        last as "last_on": Option<Date>,
        /// `open` where the calendar ends before it.
        calendar: Option<CalendarTerm> = default unsaid,
        /// What the licensee has paid in all.
        paid: Amount,
        /// How its last payment was counted.
        payment as "last_payment": Option<FeePayment>,
        /// When it was over.
        ended_at: Option<Timestamp>,
        /// Digest of the ground, if somebody ended it.
        evidence as "evidence_sha256": Option<Digest>,
    }
}
