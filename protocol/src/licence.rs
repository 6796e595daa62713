//! Licences: who may use a right, where, for what and how long (RULES.md 2.3); and licence units that are consumed on
//! use.

use crate::{
    describe::{record, words},
    ids::{AccountId, AssetId, EntityId, LicenceId, OpenLicenceId, TrancheId},
    rules::CalendarTerm,
    text::{Bounded, Digest, Office, Symbol},
    time::{Date, Timestamp},
    units::{Amount, Quantity},
};
use alloc::vec::Vec;

/// The most territories or fields of one licence.
pub const SCOPE_MAX: usize = 64;

words! {
    /// How much a licence shuts out (专利法司法解释; 法释〔2020〕19号 25). Unspecified means non-exclusive.
    pub enum LicenceKind {
        /// 独占: nobody else, the licensor neither.
        Exclusive = 0, "exclusive";
        /// 排他: nobody else, but the licensor itself may practise.
        Sole = 1, "sole";
        /// 普通: others may be licensed too.
        NonExclusive = 2, "non_exclusive";
    }

    /// The life of a licence (RULES.md 2.3):
    /// `OFFERED → AGREED → PAID → EFFECTIVE → RECORDED → EXPIRED | TERMINATED`.
    pub enum LicenceState {
        /// The owner offers it.
        Offered = 0, "offered";
        /// The licensee agreed: from here on it shuts others out.
        Agreed = 1, "agreed";
        /// The fee is in escrow; it begins on its first day.
        Paid = 2, "paid";
        /// It runs, and the licensor has the fee.
        Effective = 3, "effective";
        /// It runs and is recorded at the office.
        Recorded = 4, "recorded";
        /// Its term is over.
        Expired = 5, "expired";
        /// It ended before its term, or its right did.
        Terminated = 6, "terminated";
        /// The offer was taken back, or could not be kept.
        Withdrawn = 7, "withdrawn";
    }

    /// Why an office does not record a licence (RULES.md 2.3).
    pub enum LicenceRefusal {
        /// The grantor is not the registered owner.
        WrongGrantor = 0, "wrong_grantor";
        /// The right has ended.
        RightTerminated = 1, "right_terminated";
        /// The right is in its late-fee period.
        LateFee = 2, "late_fee";
        /// Its ownership is disputed.
        OwnershipDispute = 3, "ownership_dispute";
        /// The term runs beyond the right's.
        TermBeyondRight = 4, "term_beyond_right";
        /// It is recorded already.
        Duplicate = 5, "duplicate";
        /// The right is suspended or preserved.
        Preserved = 6, "preserved";
        /// The right is pledged, and the pledgee did not consent.
        PledgedWithoutConsent = 7, "pledged_without_consent";
        /// Another ground; the evidence says which.
        Other = 8, "other";
    }
}

impl LicenceState {
    /// Whether a licence shuts others out: from the agreement on and until it is over.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Agreed | Self::Paid | Self::Effective | Self::Recorded)
    }
}

record! {
    /// Where, for what and how long a licence holds.
    pub struct Scope {
        /// Countries (WIPO ST.3), at most 64; empty: everywhere.
        territories: Vec<Office> = default,
        /// Fields of use: IPC symbols or their beginnings, as in `G06Q` or `H04W 36/00`, Nice classes as `nice:9`, or
        /// rights in a work as `use:reproduction`; at most 64; empty: all, but of a work none.
        fields: Vec<Bounded<16>> = default,
        /// Its first day.
        from as "from_on": Date,
        /// The first day without it, within the right's term.
        until as "until_on": Date,
    }

    /// Offers a licence to one participant. By the owner.
    pub struct OfferLicence {
        /// Of which right.
        asset as "asset_id": AssetId,
        /// To whom.
        licensee as "licensee_id": EntityId,
        /// How exclusive; unspecified: non-exclusive.
        kind: Option<LicenceKind>,
        /// Where, for what, how long.
        scope: Scope,
        /// Whether it may be sublicensed; a sublicence is non-exclusive unless agreed otherwise.
        sublicence: bool,
        /// What it costs; zero is a gift.
        fee: Amount,
        /// The licensor's account that is paid.
        account as "account_id": AccountId,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// Answers an offer, or takes one back, or ends a licence.
    #[derive(Copy)]
    pub struct LicenceStep {
        /// Which.
        licence as "licence_id": LicenceId,
    }

    /// Pays the fee of an agreed licence into escrow; on or after its first day it becomes effective at once and the
    /// licensor is paid, both or neither. By the licensee.
    #[derive(Copy)]
    pub struct PayLicence {
        /// Which.
        licence as "licence_id": LicenceId,
        /// The licensee's account that pays.
        account as "account_id": AccountId,
    }

    /// The office's answer to a licence's recordal. By an operator.
    #[derive(Copy)]
    pub struct RecordLicence {
        /// Which.
        licence as "licence_id": LicenceId,
        /// Why it was refused; none: it was recorded.
        refused: Option<LicenceRefusal>,
        /// Digest of the answer.
        evidence as "evidence_sha256": Digest,
    }

    /// Ends a licence before its term. By the licensee, or an operator on the parties' agreement or a ruling.
    #[derive(Copy)]
    pub struct TerminateLicence {
        /// Which.
        licence as "licence_id": LicenceId,
        /// Digest of the agreement or ruling.
        evidence as "evidence_sha256": Digest,
    }

    /// Offers a licence to anyone who pays (开放许可, 专利法 50): the same price to all. By the owner.
    pub struct AskOpenLicence {
        /// Of which patent.
        asset as "asset_id": AssetId,
        /// What one licence costs.
        price: Amount,
        /// How many days one licence runs, 1 to 36600, within the right's term.
        days: u32,
        /// The first day on which the offer does not stand any more; none: until withdrawn.
        until as "until_on": Option<Date>,
        /// Digest of the evaluation report; needed for a utility model or a design (细则 85).
        report as "report_sha256": Option<Digest>,
        /// The licensor's account that is paid.
        account as "account_id": AccountId,
    }

    /// Takes an open licence back; those who took it keep theirs (专利法 50). By the owner.
    #[derive(Copy)]
    pub struct WithdrawOpenLicence {
        /// Which.
        open_licence as "open_licence_id": OpenLicenceId,
    }

    /// Takes an open licence: pays, and is licensed in the same moment (专利法 51).
    #[derive(Copy)]
    pub struct TakeOpenLicence {
        /// Which.
        open_licence as "open_licence_id": OpenLicenceId,
        /// The taker's account that pays.
        account as "account_id": AccountId,
    }

    /// Says what one licence unit stands for. By the owner or an operator, before any consumption.
    #[derive(Copy)]
    pub struct SetUnitContract {
        /// Which units.
        symbol: Symbol,
        /// How many products one unit covers, 1 to 1000000000.
        size: u32,
        /// Whether rounding runs over all reports (RULES.md 2.3) or each report rounds up by itself.
        cumulative: bool,
        /// Every how many days a holder that consumes has to report; 0: never.
        report_days: u32,
    }

    /// Reports products made under licence units; units are consumed, and that is never undone. By the holder.
    #[derive(Copy)]
    pub struct ReportConsumption {
        /// Of which units.
        symbol: Symbol,
        /// The holder's account.
        account as "account_id": AccountId,
        /// How many products since the last report; zero is a report too.
        products: u32,
    }

    /// An audit found products that were not reported: it may only add. By an operator.
    #[derive(Copy)]
    pub struct AuditConsumption {
        /// Of which units.
        symbol: Symbol,
        /// The holder's account.
        account as "account_id": AccountId,
        /// How many products more; above zero.
        products: u32,
        /// Digest of the audit's report.
        evidence as "evidence_sha256": Digest,
    }

    /// Offers the next units of a listing at one price, first come first served. By the owner or an operator. The next
    /// tranche opens when this one is full or closed, at a step of its own.
    #[derive(Copy)]
    pub struct OpenTranche {
        /// Of which units.
        symbol: Symbol,
        /// The owner's account, whose free units are offered and which is paid.
        account as "account_id": AccountId,
        /// What one unit costs, in the listing's currency.
        price: Amount,
        /// How many.
        quantity: Quantity,
        /// When subscriptions open; until then interest is indicated.
        opens_at: Timestamp,
    }

    /// Says how many units one would take, without being bound. Before the tranche opens.
    #[derive(Copy)]
    pub struct IndicateInterest {
        /// In which tranche.
        tranche as "tranche_id": TrancheId,
        /// How many units; zero takes it back.
        quantity: Quantity,
    }

    /// Takes units of a tranche and pays them.
    #[derive(Copy)]
    pub struct SubscribeTranche {
        /// Which.
        tranche as "tranche_id": TrancheId,
        /// Which account pays and receives.
        account as "account_id": AccountId,
        /// How many units.
        quantity: Quantity,
    }

    /// Closes a tranche that is not full; what is left goes back to the owner. By the owner or an operator.
    #[derive(Copy)]
    pub struct CloseTranche {
        /// Which.
        tranche as "tranche_id": TrancheId,
    }
}

record! {
    /// A licence as it stands: what its parties and the venue see after each change.
    pub struct Licence {
        /// Which.
        licence as "licence_id": LicenceId,
        /// Of which right.
        asset as "asset_id": AssetId,
        /// Who granted it.
        licensor as "licensor_id": EntityId,
        /// Who may use it.
        licensee as "licensee_id": EntityId,
        /// How exclusive.
        kind: LicenceKind,
        /// Where, for what, how long.
        scope: Scope,
        /// Whether it may be sublicensed.
        sublicence: bool,
        /// What it costs.
        fee: Amount,
        /// The licensor's account that is paid.
        account as "account_id": AccountId,
        /// The licensee's account that paid, once it did.
        payer as "payer_account_id": Option<AccountId>,
        /// The open licence that it was taken from.
        open_licence as "open_licence_id": Option<OpenLicenceId>,
        /// In which state.
        state: LicenceState,
        /// Until when its recordal should be filed; none once it is recorded.
        record_by as "record_by_on": Option<Date>,
        /// `open` where that day lies past the calendar's end: it moves off a day off once a calendar covers it.
        calendar: Option<CalendarTerm> = default unsaid,
        /// Why the office last refused to record it.
        refused: Option<LicenceRefusal>,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// An open licence as it stands. Everyone may see it.
    #[derive(Copy)]
    pub struct OpenLicence {
        /// Which.
        open_licence as "open_licence_id": OpenLicenceId,
        /// Of which right.
        asset as "asset_id": AssetId,
        /// What one licence costs.
        price: Amount,
        /// How many days one licence runs.
        days: u32,
        /// The first day on which it does not stand any more.
        until as "until_on": Option<Date>,
        /// How often it was taken.
        taken: u32,
        /// Whether it stands.
        standing: bool,
    }

    /// A tranche as it stands. Everyone may see it.
    #[derive(Copy)]
    pub struct Tranche {
        /// Which.
        tranche as "tranche_id": TrancheId,
        /// Of which units.
        symbol: Symbol,
        /// Which step it is: 1 is the first.
        step: u32,
        /// What one unit costs.
        price: Amount,
        /// How many units it has.
        quantity: Quantity,
        /// How many of them are taken.
        taken: Quantity,
        /// How many units interest was indicated for.
        interest: Quantity,
        /// When subscriptions open.
        opens_at: Timestamp,
        /// Whether it is open or yet to open.
        open: bool,
    }

    /// What a holder has consumed of licence units.
    #[derive(Copy)]
    pub struct Consumption {
        /// Of which units.
        symbol: Symbol,
        /// Whose account.
        account as "account_id": AccountId,
        /// How many products were reported and found, in all.
        products: u64,
        /// How many units that consumed, in all.
        consumed: Quantity,
        /// How many units an audit found beyond what the account had: owed, and taken from what it gets next.
        short: Quantity,
        /// When the next report is due.
        due as "due_on": Option<Date>,
        /// Whether it is overdue.
        late: bool,
        /// `open` where that day lies past the calendar's end: it moves off a day off once a calendar covers it.
        calendar: Option<CalendarTerm> = default unsaid,
    }
}
