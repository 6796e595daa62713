//! Loans, and the rights that are pledged for them (RULES.md 2.2; PLEDGES.md 2.2, 3; 民法典 440, 444): how a pledge is
//! filed, recorded, changed and released, whose it is, and what becomes of it when the debt is not paid.
//!
//! A pledge is created by its recording, not by its contract (民法典 444), and belongs to whoever holds the claim (407,
//! 547). What a claim comes to is the business of the terms of its loan.

use crate::{
    asset::AssetClass,
    claim::{ClaimTerms, Guarantor},
    describe::{one_of, record, words},
    disposal::Insolvency,
    ids::{AccountId, AssetId, EntityId, LoanId, PledgeId},
    licence::LicenceKind,
    plan::PayerKind,
    reject::Reject,
    risk::{Call, CalledFirst, InsuranceTerms},
    text::{Digest, Reference},
    time::{Date, Timestamp},
    title::Share,
    units::{Amount, Currency},
};
use alloc::vec::Vec;

/// The most creditors of one loan.
pub const CREDITORS_MAX: usize = 64;
/// The most applications of one filing.
pub const FILINGS_MAX: usize = 100;
/// The most rights of one pledge.
pub const PLEDGED_MAX: usize = 64;
/// The most pledges that stand on one right, or are filed to.
pub const PLEDGES_MAX: usize = 64;
/// The most who paid one loan in its debtor's place.
pub const PAYERS_MAX: usize = 64;
/// The most that the rights left have to cover of the debt, in per cent.
pub const COVER_PCT_MAX: u32 = 1_000;

words! {
    /// How a loan stands.
    pub enum LoanState {
        /// It runs.
        Running = 0, "running";
        /// A default was declared and not cured (民法典 386).
        Default = 1, "default";
        /// Nothing of it is owed any more.
        Repaid = 2, "repaid";
    }

    /// The life of a pledge (RULES.md 2.2): `DRAFT → SUBMITTED → REGISTERED → CHANGED → RELEASED`, or `→ DEFAULTED →
    /// DISPOSING → CLOSED`.
    pub enum PledgeState {
        /// One side filed it; the other has not signed.
        Draft = 0, "draft";
        /// It is before the registrar.
        Submitted = 1, "submitted";
        /// The registrar found defects that can be mended.
        Deficient = 2, "deficient";
        /// It is recorded, and so created (民法典 444).
        Registered = 3, "registered";
        /// It is recorded, and so is a change of it.
        Changed = 4, "changed";
        /// The debt was not paid, or what they agreed on happened (民法典 386).
        Defaulted = 5, "defaulted";
        /// The rights are being sold, licensed or taken over.
        Disposing = 6, "disposing";
        /// Its holder gave it up, or the debt is paid.
        Released = 7, "released";
        /// What the rights brought is paid out.
        Closed = 8, "closed";
        /// The registrar refused it, or it could not be recorded any more.
        Refused = 9, "refused";
        /// It was taken back before it was recorded.
        Withdrawn = 10, "withdrawn";
        /// The last of its rights ended.
        Lapsed = 11, "lapsed";
    }

    /// Who records a pledge, by the class of the right (RULES.md 2.1; 担保制度解释 63).
    pub enum Registrar {
        /// 国家知识产权局: patents, marks, layouts.
        Cnipa = 0, "cnipa";
        /// 中国版权保护中心: works.
        CopyrightCentre = 1, "copyright_centre";
        /// 中国人民银行征信中心: receivables, by the parties and without examination.
        Pboc = 2, "pboc";
        /// No statute names one: it binds the parties and has no priority against others (担保制度解释 63).
        Nobody = 3, "nobody";
    }

    /// How an application reached the registrar: it has another window for each (RULES.md 2.2).
    pub enum FilingWay {
        /// 网上办理: two working days.
        Online = 0, "online";
        /// At the counter, by the office's guide: three working days.
        Counter = 1, "counter";
        /// On paper: five working days.
        Paper = 2, "paper";
    }

    /// Who gives a pledge (担保制度解释 5, 6, 9).
    pub enum PledgorKind {
        /// A company.
        Company = 0, "company";
        /// A company whose shares are listed.
        ListedCompany = 1, "listed_company";
        /// A natural person.
        Person = 2, "person";
        /// A partnership or another body that trades.
        Other = 3, "other";
        /// A school, a hospital or another body of the public good: it may pledge what are not its facilities.
        PublicGood = 4, "public_good";
        /// A government body (机关法人): never.
        Government = 5, "government";
        /// A committee of residents or villagers: never.
        Committee = 6, "committee";
    }

    /// Who resolved that a company gives security (公司法 15).
    pub enum ResolvedBy {
        /// The board.
        Board = 0, "board";
        /// The holders' meeting.
        Holders = 1, "holders";
        /// The holders' meeting, without the vote of the one whose debt it is.
        HoldersWithoutDebtor = 2, "holders_without_debtor";
    }

    /// What a contract of pledge has to say (民法典 427; 专利权质押登记办法).
    pub enum ContractTerm {
        /// Who its parties are, and where.
        Parties = 0, "parties";
        /// Which claim it stands for, and how much.
        Claim = 1, "claim";
        /// Until when the debtor has to pay.
        DebtTerm = 2, "debt_term";
        /// Which rights are pledged.
        Rights = 3, "rights";
        /// What it covers.
        Cover = 4, "cover";
    }

    /// Why a registrar does not record a pledge: the twelve grounds of the office (RULES.md 2.2, R1 to R12).
    pub enum PledgeRefusal {
        /// R1: the pledgor is not the registered owner.
        NotOwner = 0, "r1_not_owner";
        /// R2: the right has ended or was declared void.
        Ended = 1, "r2_ended";
        /// R3: the right is not granted.
        NotGranted = 2, "r3_not_granted";
        /// R4: its annuity is not paid, the months of grace among it.
        AnnuityUnpaid = 3, "r4_annuity_unpaid";
        /// R5: it is suspended, preserved or seized.
        Preserved = 4, "r5_preserved";
        /// R6: the debt runs longer than the right.
        DebtBeyondRight = 5, "r6_debt_beyond_right";
        /// R7: the contract lacks what it has to say.
        ContractIncomplete = 6, "r7_contract_incomplete";
        /// R8: a co-owner did not consent.
        CoOwner = 7, "r8_co_owner";
        /// R9: the patent is under a recorded pledge already.
        Pledged = 8, "r9_pledged";
        /// R10: a utility model whose invention was applied for on the same day, and nobody acknowledged that.
        SameDay = 9, "r10_same_day";
        /// R11: its invalidation is asked for, and nobody acknowledged that.
        InvalidationPending = 10, "r11_invalidation_pending";
        /// R12: the law bars it from being pledged, or another ground; the evidence says which.
        Other = 11, "r12_other";
    }

    /// What the parties knew and signed that they take into account: it overrides R10 and R11.
    pub enum Acknowledgement {
        /// The same invention was applied for on the same day: this utility model may be given up.
        SameDayInvention = 0, "same_day_invention";
        /// Somebody asked to have the right invalidated.
        InvalidationPending = 1, "invalidation_pending";
    }

    /// What a pledge's parties are warned of; it is recorded all the same.
    pub enum PledgeWarning {
        /// `WARN_RENEWAL`: a mark ends before the debt does, unless it is renewed (商标法 39, 40).
        Renewal = 0, "warn_renewal";
        /// The contract gives the right itself to the pledgee on default: that is void, and only the price stands for the
        /// debt (民法典 428).
        ForfeitureVoid = 1, "warn_forfeiture_void";
        /// No statute names a registrar: it has no priority against others (担保制度解释 63).
        NotInRem = 2, "warn_not_in_rem";
        /// The last valuation of one of its rights is good no longer.
        ValuationOver = 3, "warn_valuation_over";
        /// `CLAWBACK_RISK`: it was given for an old unsecured debt within the year before the debtor's bankruptcy was accepted,
        /// and may be taken back (企业破产法 31(三)).
        ClawbackRisk = 4, "warn_clawback_risk";
    }

    /// Why the claims under a maximum amount are determined (民法典 423).
    pub enum FixCause {
        /// The period that was agreed on is over.
        PeriodEnded = 0, "period_ended";
        /// No period was agreed on, two years have run, and it was asked.
        Asked = 1, "asked";
        /// No new claim can arise.
        NoNewClaim = 2, "no_new_claim";
        /// The pledgee knows that the right is frozen or seized.
        Frozen = 3, "frozen";
        /// The debtor or the pledgor is bankrupt or dissolved.
        Bankrupt = 4, "bankrupt";
        /// Another that a law names.
        Law = 5, "law";
    }

    /// Why a debt is in default (民法典 386).
    pub enum DefaultCause {
        /// It fell due and was not paid.
        DueUnpaid = 0, "due_unpaid";
        /// What the parties agreed on happened.
        AgreedEvent = 1, "agreed_event";
    }

    /// What a creditor demands.
    pub enum DemandKind {
        /// Payment: the limitation runs anew (民法典 195).
        Payment = 0, "payment";
        /// That the whole debt is due from here on.
        Acceleration = 1, "acceleration";
        /// A guarantor's performance.
        Guarantee = 2, "guarantee";
        /// The same before a court or an arbitrator: a general guarantor is asked in time by that alone (民法典 693).
        Suit = 3, "suit";
    }

    /// How a guarantee stands.
    pub enum GuaranteeState {
        /// It is bound, and was not asked.
        Bound = 0, "bound";
        /// It was asked in time, as its kind wants it: it stays bound.
        Asked = 1, "asked";
        /// Nobody asked it in time: it is free.
        Ended = 2, "ended";
    }

    /// How an insurance of a loan stands.
    pub enum InsuranceState {
        /// One side offered it.
        Offered = 0, "offered";
        /// Both agreed.
        Agreed = 1, "agreed";
        /// Another insurer was asked in its place.
        Replaced = 2, "replaced";
    }

    /// What a pledgee consents to (民法典 444): the acts of the gate.
    pub enum PledgeAct {
        /// Selling the title of one right alone.
        Transfer = 0, "transfer";
        /// Granting a licence, or licence units, each of which is one.
        Licence = 1, "licence";
        /// Offering a licence to anyone (专利法实施细则 86).
        OpenLicence = 2, "open_licence";
        /// Selling the title together with those of other rights.
        Bundle = 3, "bundle";
    }

    /// What becomes of the price that a pledgor gets for what its pledgee consented to (民法典 444).
    pub enum Proceeds {
        /// It pays the debt early, as far as that goes; the rest is the pledgor's.
        Prepay = 0, "prepay";
        /// It is held in place of the right until the pledge is over.
        Escrow = 1, "escrow";
    }

    /// Why a pledged right is no more.
    pub enum ObjectEnd {
        /// Its term is over.
        Expired = 0, "expired";
        /// Its dues were not paid: it ended as of the day on which they were due (专利法实施细则 115).
        Lapsed = 1, "lapsed";
        /// It was declared void: from the beginning.
        Invalidated = 2, "invalidated";
    }
}

impl Registrar {
    /// Who records pledges of rights of this class.
    pub const fn of(class: AssetClass) -> Self {
        match class {
            AssetClass::Patent
            | AssetClass::Trademark
            | AssetClass::CircuitLayout
            | AssetClass::GeographicalIndication => Self::Cnipa,
            AssetClass::Copyright => Self::CopyrightCentre,
            AssetClass::LicenceIncome => Self::Pboc,
            AssetClass::KnowHow => Self::Nobody,
        }
    }

    /// Whether it examines what it records.
    pub const fn examines(self) -> bool {
        matches!(self, Self::Cnipa | Self::CopyrightCentre)
    }

    /// Whether what it records stands against others.
    pub const fn is_in_rem(self) -> bool {
        !matches!(self, Self::Nobody)
    }

    /// Where it sits: the place of recording, whose court hears the pledgee (民诉法 207).
    pub const fn seat(self) -> Option<&'static str> {
        match self {
            Self::Cnipa | Self::CopyrightCentre => Some("Beijing"),
            Self::Pboc | Self::Nobody => None,
        }
    }
}

impl PledgeState {
    /// Whether a pledge stands on its rights: from the recording on and until it is over.
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Registered | Self::Changed | Self::Defaulted | Self::Disposing
        )
    }

    /// Whether it is filed and not yet recorded.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Deficient)
    }
}

impl PledgeRefusal {
    /// The refusal of the ground.
    pub const fn reject(self) -> Reject {
        match self {
            Self::NotOwner => Reject::PledgeNotOwner,
            Self::Ended => Reject::PledgeEnded,
            Self::NotGranted => Reject::PledgeNotGranted,
            Self::AnnuityUnpaid => Reject::PledgeAnnuityUnpaid,
            Self::Preserved => Reject::PledgePreserved,
            Self::DebtBeyondRight => Reject::PledgeDebtBeyondRight,
            Self::ContractIncomplete => Reject::PledgeContractIncomplete,
            Self::CoOwner => Reject::PledgeCoOwner,
            Self::Pledged => Reject::PledgePledged,
            Self::SameDay => Reject::PledgeSameDay,
            Self::InvalidationPending => Reject::PledgeInvalidationPending,
            Self::Other => Reject::PledgeOther,
        }
    }
}

record! {
    /// Registers a loan. By a user of one of its creditors, or an operator.
    pub struct RegisterLoan {
        /// Who holds which part of the claim, the acting one first.
        creditors: Vec<Share>,
        /// Who owes it.
        debtor as "debtor_id": EntityId,
        /// What was lent, until when and on which terms; who answers for it beside the debtor.
        terms: ClaimTerms,
        /// The number of its contract at the creditor.
        reference: Reference,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// A right of an application, and what the parties say it is worth.
    #[derive(Copy)]
    pub struct OfferedRight {
        /// Which.
        asset as "asset_id": AssetId,
        /// What the parties agreed that it is worth.
        value: Option<Amount>,
    }

    /// A maximum amount (最高额质权, 民法典 439): it stands for whatever arises in a period, up to this.
    #[derive(Copy)]
    pub struct Maximum {
        /// Up to how much: costs and interest are within it (担保制度解释 15).
        limit: Amount,
        /// The last day on which claims arise under it; none: no period was agreed on.
        until as "until_on": Option<Date>,
    }

    /// The contract of pledge, as far as a registrar looks at it.
    pub struct PledgeContract {
        /// What it says of what it has to say.
        states: Vec<ContractTerm> = default,
        /// Whether it gives the right itself to the pledgee on default: void, and no ground to refuse (民法典 428).
        forfeiture: bool = default,
        /// Digest of the contract.
        digest as "sha256": Digest,
    }

    /// A resolution of the company that gives a pledge.
    #[derive(Copy)]
    pub struct Resolution {
        /// Whose.
        by: ResolvedBy,
        /// Whether it was published, as a listed company's is (担保制度解释 9).
        published: bool = default,
        /// Digest of it.
        evidence as "evidence_sha256": Digest,
    }

    /// Who gives a pledge, and by what right.
    #[derive(Copy)]
    pub struct Intake {
        /// What the pledgor is.
        kind: PledgorKind,
        /// Whether the debtor holds shares of the pledgor or controls it.
        controlled: bool = default,
        /// Its resolution.
        resolution: Option<Resolution>,
        /// Digest of its statement whether it owes taxes (税收征管法 46).
        taxes as "taxes_sha256": Option<Digest>,
    }

    /// What the parties signed that they know.
    #[derive(Copy)]
    pub struct Acknowledged {
        /// What.
        what: Acknowledgement,
        /// Digest of what they signed.
        evidence as "evidence_sha256": Digest,
    }

    /// An application to record a pledge.
    pub struct PledgeApplication {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Who gives it: the acting owner of each right.
        pledgor as "pledgor_id": EntityId,
        /// Which rights, 1 to 64, none twice.
        rights: Vec<OfferedRight>,
        /// How much of the debt it stands for; under a maximum amount, its limit.
        amount: Amount,
        /// Under which maximum amount, if it is one.
        maximum: Option<Maximum>,
        /// How it reaches the registrar; unsaid: online.
        way: Option<FilingWay>,
        /// The contract of pledge.
        contract: PledgeContract,
        /// Who gives it, and by what right.
        intake: Intake,
        /// Digest of the pledgor's mandate to file: with it the pledgee's word suffices.
        mandate as "mandate_sha256": Option<Digest>,
        /// Digest of what the co-owners agreed on otherwise than that all consent (专利法 14).
        co_owners as "co_owners_sha256": Option<Digest>,
        /// Whether the invention of a utility model was applied for on the same day.
        same_day: bool = default,
        /// What the parties signed that they know.
        acknowledged: Vec<Acknowledged> = default,
        /// How much of the debt the rights have to cover that stay when some are released, in per cent; 0: they need not.
        cover_pct: u32 = default,
        /// The pledge whose rights it is to take the place of.
        replaces as "replaces_pledge_id": Option<PledgeId>,
    }

    /// Files applications, all or none of them. By a user of a creditor, of the pledgor, or an operator for both.
    pub struct FilePledge {
        /// 1 to 100 of them.
        applications: Vec<PledgeApplication>,
    }

    /// Signs an application that the other side filed: it goes to the registrar.
    #[derive(Copy)]
    pub struct SignPledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
        /// Digest of the contract, as the application names it.
        contract as "contract_sha256": Digest,
    }

    /// The registrar recorded a pledge.
    pub struct Recording {
        /// Under which number.
        number: Reference,
        /// When; unsaid: at this moment.
        at: Option<Timestamp>,
        /// Digest of the certificate.
        evidence as "evidence_sha256": Digest,
    }

    /// The registrar refused a pledge.
    #[derive(Copy)]
    pub struct RecordingRefused {
        /// On which ground.
        ground: PledgeRefusal,
        /// Digest of the decision.
        evidence as "evidence_sha256": Digest,
    }

    /// The registrar found defects.
    pub struct Defects {
        /// Which, none twice.
        grounds: Vec<PledgeRefusal>,
        /// Digest of its notice.
        evidence as "evidence_sha256": Digest,
    }

    /// The registrar's answer to an application. By an operator.
    pub struct AnswerPledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
        /// What it answered.
        answer: RegistrarAnswer,
    }

    /// Mends defects of an application; once all of them are, the registrar's window begins anew. By a party, or an
    /// operator.
    pub struct MendPledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
        /// Which of its defects are mended.
        grounds: Vec<PledgeRefusal>,
        /// The contract, if it was made anew.
        contract: Option<PledgeContract>,
        /// What the parties signed that they know.
        acknowledged: Vec<Acknowledged> = default,
        /// Digest of what was handed in.
        evidence as "evidence_sha256": Digest,
    }

    /// Takes an application back before it is recorded. By a user of a creditor, or an operator; a draft by either side.
    #[derive(Copy)]
    pub struct WithdrawPledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
    }

    /// Records a change of a pledge (变更登记). By an operator, on the parties' application.
    #[derive(Copy)]
    pub struct ChangePledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
        /// How much of the debt it stands for from here on.
        amount: Option<Amount>,
        /// Until when the debt runs from here on.
        due as "due_on": Option<Date>,
        /// Digest of the written consent of those whose rank it worsens (民法典 409, 422).
        consent as "consent_sha256": Option<Digest>,
        /// Digest of the registrar's notice.
        evidence as "evidence_sha256": Digest,
    }

    /// Releases a pledge, or some of its rights. By a user of a creditor, or an operator.
    pub struct ReleasePledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
        /// Which rights; empty: all.
        assets as "asset_ids": Vec<AssetId> = default,
        /// Digest of the registrar's notice.
        evidence as "evidence_sha256": Digest,
    }

    /// Releases rights of a pledge for others that were pledged for the same debt before. By a user of a creditor, or an
    /// operator.
    pub struct SubstitutePledge {
        /// The pledge whose rights are released.
        pledge as "pledge_id": PledgeId,
        /// Which rights; empty: all.
        assets as "asset_ids": Vec<AssetId> = default,
        /// The pledge that takes their place: recorded already.
        by as "by_pledge_id": PledgeId,
        /// Digest of the registrar's notice.
        evidence as "evidence_sha256": Digest,
    }

    /// Assigns one's part of a claim; the pledges go along (民法典 407, 547). By a user of the creditor.
    #[derive(Copy)]
    pub struct AssignClaim {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// To whom.
        to as "to_id": EntityId,
        /// How many of one's parts; unsaid: all.
        parts: Option<u32>,
        /// Whether the parties agreed that a part of claims under a maximum amount takes the pledge along before they are
        /// determined (民法典 421).
        agreed: bool = default,
        /// Digest of the contract and the notice to the debtor (民法典 546).
        evidence as "evidence_sha256": Digest,
    }

    /// Says that the claims under a maximum amount are determined (民法典 423). By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct FixClaim {
        /// Under which pledge.
        pledge as "pledge_id": PledgeId,
        /// Why.
        cause: FixCause,
        /// On which day.
        on: Date,
        /// What is owed on it of the principal.
        principal: Amount,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Records a demand. By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct RecordDemand {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// What is demanded.
        kind: DemandKind,
        /// Of whom: the debtor or a guarantor.
        on as "on_id": EntityId,
        /// When it was served.
        served as "served_on": Date,
        /// Why a general guarantor is asked to pay before execution against the debtor failed (民法典 687(2)).
        ground: Option<CalledFirst>,
        /// Whether the debt was judged and executed in vain.
        executed_in_vain: bool = default,
        /// Digest of the proof of service.
        proof as "proof_sha256": Digest,
    }

    /// Tells that a suit or arbitration was withdrawn: what it kept a guarantor bound by is gone, unless a joint one was
    /// served with it (担保解释 31). By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct WithdrawSuit {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Whom it was against: the debtor or a guarantor.
        against as "on_id": EntityId,
        /// When it was brought, as it was recorded.
        brought as "served_on": Date,
        /// Whether a copy of it had been served on who was sued.
        served: bool = default,
        /// Digest of the court's order.
        proof as "proof_sha256": Digest,
    }

    /// Declares a loan in default: its pledges may be enforced. By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct DeclareDefault {
        /// Which.
        loan as "loan_id": LoanId,
        /// Why.
        cause: DefaultCause,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Says that a default is cured, in full and with costs. By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct CureDefault {
        /// Which.
        loan as "loan_id": LoanId,
        /// Digest of the proof.
        evidence as "evidence_sha256": Digest,
    }

    /// Consents to what a pledgor does with a pledged right; what was consented to before of this act is replaced. By a
    /// user of the acting holder of the claim.
    #[derive(Copy)]
    pub struct GivePledgeConsent {
        /// Under which pledge.
        pledge as "pledge_id": PledgeId,
        /// To what.
        act: PledgeAct,
        /// How much a licence may shut out at most; unsaid: nobody.
        kind: Option<LicenceKind>,
        /// Not below this price, of each licence or unit.
        floor: Option<Amount>,
        /// How many licences, units or sales, those that are on offer among them.
        quantity: Option<u64>,
        /// The first day without it; none: until it is revoked.
        until as "until_on": Option<Date>,
        /// The first day on which no licence under it may run any more; none: until the right ends.
        licence_until as "licence_until_on": Option<Date>,
        /// What becomes of the price.
        proceeds: Proceeds,
    }

    /// Takes a consent back: what is open under it ends, what is done stays. By a user of the acting holder of the claim.
    #[derive(Copy)]
    pub struct RevokePledgeConsent {
        /// Under which pledge.
        pledge as "pledge_id": PledgeId,
        /// To what.
        act: PledgeAct,
    }

    /// Pays a debt early out of what is held in place of pledged rights. By a user of the pledgor at any time; by one of
    /// the acting holder of the claim once the debt is due or in default.
    #[derive(Copy)]
    pub struct ApplyProceeds {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The pledgor's account in which it is held.
        account as "account_id": AccountId,
    }

    /// Who paid a loan in its debtor's place, and may take over what secures it (民法典 524, 700; 担保制度解释 18).
    #[derive(Copy)]
    pub struct LoanPayer {
        /// Who.
        entity as "entity_id": EntityId,
        /// As what; a guarantor is one of the loan's.
        kind: PayerKind,
        /// Whether it was agreed that it takes the pledge over.
        agreed: bool = default,
    }

    /// Pays what a guarantor answers for of what is owed today (代偿), to the holders of the claim: at the default if its terms
    /// say as for a loan on credit, else once nothing that is called before it is left. By a user of the guarantor.
    #[derive(Copy)]
    pub struct PayGuarantee {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The guarantor's account.
        account as "account_id": AccountId,
    }

    /// Offers or accepts an insurance of a loan (保证保险): it is agreed once both sides have said the same, while the loan
    /// runs. By a user of the acting holder of the claim or of the insurer that it named.
    #[derive(Copy)]
    pub struct InsureLoan {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Who insures it: neither party of it nor one that answers for it.
        insurer as "insurer_id": EntityId,
        /// What it promises.
        terms: InsuranceTerms,
        /// Digest of the policy.
        policy as "policy_sha256": Digest,
    }

    /// Pays what an insurer promised of what is owed in default, to the holders of the claim: what it paid of it before
    /// counts. By a user of the insurer.
    #[derive(Copy)]
    pub struct PayInsurance {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The insurer's account.
        account as "account_id": AccountId,
    }

    /// Tells a guarantor's figures: from then on its limits are asked wherever a loan names it (融资担保公司监督管理条例 15, 16).
    /// By a user of the guarantor, or an operator.
    #[derive(Copy)]
    pub struct RecordGuarantor {
        /// Whose.
        entity as "entity_id": EntityId,
        /// Its net assets.
        net_assets: Amount,
        /// Whether it mainly serves small business and farmers.
        small_business: bool,
        /// What it stands for beside the loans that are registered here.
        elsewhere: Amount,
        /// Of which day they are.
        as_of: Date,
        /// Digest of the audited figures.
        evidence as "evidence_sha256": Digest,
    }

    /// Records what was paid on a loan. By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct RecordRepayment {
        /// On which.
        loan as "loan_id": LoanId,
        /// How much.
        amount: Amount,
        /// When.
        on as "paid_on": Date,
        /// By whom, where the debtor did not pay; a loan has at most 64 such.
        payer: Option<LoanPayer>,
        /// Digest of the receipt.
        evidence as "evidence_sha256": Digest,
    }
}

one_of! {
    /// What a registrar answers.
    pub enum RegistrarAnswer {
        /// It recorded the pledge.
        Registered(Recording) = "registered";
        /// It refused.
        Refused(RecordingRefused) = "refused";
        /// It found defects that can be mended.
        Deficient(Defects) = "deficient";
    }
}

record! {
    /// How a guarantor of a loan stands.
    pub struct Guarantee {
        /// Who.
        entity as "entity_id": EntityId,
        /// The first day on which it is free, unless it is asked in time (民法典 692, 693).
        ends as "ends_on": Date,
        /// How it stands.
        state: GuaranteeState,
        /// How much it is free of since the creditor gave up the debtor's own pledge (民法典 409, 435).
        freed: Amount,
        /// How it was called on in time, as its kind wants it.
        calls: Vec<Call> = default,
    }

    /// A loan as it stands: what its parties and the venue see after each change.
    pub struct Loan {
        /// Which.
        loan as "loan_id": LoanId,
        /// Who holds which part of the claim.
        creditors: Vec<Share>,
        /// Who owes it.
        debtor as "debtor_id": EntityId,
        /// What was lent, until when and on which terms; who answers for it beside the debtor.
        terms: ClaimTerms,
        /// How much of the principal is owed.
        outstanding: Amount,
        /// When the whole debt fell due before its day, if it did.
        accelerated as "accelerated_on": Option<Date>,
        /// How it stands.
        state: LoanState,
        /// The last day on which its pledges can be enforced, as far as nothing interrupts it (民法典 188, 419; 担保制度解释
        /// 44).
        limitation as "limitation_on": Date,
        /// Whether that day has passed.
        barred: bool,
        /// The bankruptcy of its debtor, if a court accepted one.
        insolvency: Option<Insolvency>,
        /// Its guarantors, in the order of its terms, and whether each is still bound.
        guarantees: Vec<Guarantee> = default,
        /// Who insures it.
        insurer as "insurer_id": Option<EntityId>,
        /// The number of its contract at the creditor.
        reference: Reference,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// How a right ended that was pledged.
    #[derive(Copy)]
    pub struct EndedObject {
        /// Why.
        cause: ObjectEnd,
        /// As of which day: `INVALIDATED_FROM`, where that lies in the past. A pledge that was recorded since stands on
        /// nothing.
        from as "from_on": Option<Date>,
    }

    /// A right of a pledge.
    #[derive(Copy)]
    pub struct PledgedRight {
        /// Which.
        asset as "asset_id": AssetId,
        /// What the parties agreed that it is worth.
        value: Option<Amount>,
        /// When it was released, if it was.
        released_at: Option<Timestamp>,
        /// How it ended, if it did.
        ended: Option<EndedObject>,
    }

    /// How the claims under a maximum amount were determined.
    #[derive(Copy)]
    pub struct Fixed {
        /// Why.
        cause: FixCause,
        /// On which day.
        on: Date,
        /// What was owed on it of the principal.
        principal: Amount,
    }

    /// A pledge as it stands: what its parties and the venue see after each change.
    pub struct Pledge {
        /// Which.
        pledge as "pledge_id": PledgeId,
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Who gave it.
        pledgor as "pledgor_id": EntityId,
        /// Whose it is, with their parts: the holders of the claim (担保制度解释 39).
        pledgees: Vec<Share>,
        /// The rights, those that were released or ended among them.
        rights: Vec<PledgedRight>,
        /// How much of the debt it stands for.
        amount: Amount,
        /// Until when the debt runs, as it was recorded.
        debt_ends as "debt_ends_on": Date,
        /// Under which maximum amount.
        maximum: Option<Maximum>,
        /// How the claims under it were determined, if they were.
        fixed: Option<Fixed>,
        /// In which state.
        state: PledgeState,
        /// Who records it.
        registrar: Registrar,
        /// How it reached the registrar.
        way: FilingWay,
        /// Whether it stands against others.
        in_rem: bool,
        /// The contract.
        contract: PledgeContract,
        /// Digest of what the co-owners agreed on otherwise than that all consent.
        co_owners as "co_owners_sha256": Option<Digest>,
        /// Whether the invention of a utility model was applied for on the same day.
        same_day: bool,
        /// What the parties signed that they know.
        acknowledged: Vec<Acknowledged> = default,
        /// How much of the debt the rights have to cover that stay when some are released, in per cent.
        cover_pct: u32,
        /// Who filed it.
        filed_by as "filed_by_id": EntityId,
        /// When it went to the registrar, last whole.
        submitted_at: Option<Timestamp>,
        /// The last day for the registrar's answer.
        window as "window_on": Option<Date>,
        /// Whether that day has passed without one.
        overdue: bool,
        /// The defects that are not mended.
        defects: Vec<PledgeRefusal> = default,
        /// On which ground it was refused.
        refused: Option<PledgeRefusal>,
        /// When it was recorded: the rank among pledges of one right (民法典 414).
        registered_at: Option<Timestamp>,
        /// Under which number.
        number: Option<Reference>,
        /// What its parties are warned of.
        warnings: Vec<PledgeWarning> = default,
        /// Whether the claim passed to others since it was recorded: they hold it though the register does not say so
        /// (民法典 547).
        register_behind: bool,
        /// The pledge whose rights it takes the place of.
        replaces as "replaces_pledge_id": Option<PledgeId>,
        /// The pledge whose rights took the place of its own, if one's did.
        substituted as "substituted_by_pledge_id": Option<PledgeId>,
        /// Digest of the registrar's last notice.
        evidence as "evidence_sha256": Option<Digest>,
    }

    /// A demand, as it was recorded.
    #[derive(Copy)]
    pub struct Demand {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// What is demanded.
        kind: DemandKind,
        /// Of whom.
        on as "on_id": EntityId,
        /// When it was served.
        served as "served_on": Date,
        /// Why a general guarantor was asked before execution against the debtor failed.
        ground: Option<CalledFirst>,
        /// Whether the debt was judged and executed in vain.
        executed_in_vain: bool = default,
        /// Digest of the proof of service.
        proof as "proof_sha256": Digest,
    }
}

record! {
    /// What a pledgee consented to, as it stands.
    #[derive(Copy)]
    pub struct PledgeConsent {
        /// Under which pledge.
        pledge as "pledge_id": PledgeId,
        /// Whose: the acting holder of the claim when it was given. A later holder consents anew (民法典 547).
        entity as "entity_id": EntityId,
        /// To what.
        act: PledgeAct,
        /// How much a licence may shut out at most.
        kind: LicenceKind,
        /// In which currency: that of the debt.
        currency: Currency,
        /// Not below this price.
        floor: Option<Amount>,
        /// How many.
        quantity: Option<u64>,
        /// The first day without it.
        until as "until_on": Option<Date>,
        /// The first day on which no licence under it may run any more.
        licence_until as "licence_until_on": Option<Date>,
        /// What becomes of the price.
        proceeds: Proceeds,
        /// How many were granted or sold under it.
        used: u64,
        /// Whether it stands; one that was revoked is told as that.
        given: bool,
    }

    /// What a pledgee was paid out of the price of what it consented to, or what is held for it in place of the right.
    #[derive(Copy)]
    pub struct ProceedsPassed {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Under which pledge.
        pledge as "pledge_id": PledgeId,
        /// For which right.
        asset as "asset_id": AssetId,
        /// How much.
        amount: Amount,
        /// Whether the debt was paid early by it, or it is held.
        proceeds: Proceeds,
    }

    /// A payment on a loan, and how it was counted (民法典 561).
    #[derive(Copy)]
    pub struct Repayment {
        /// On which loan.
        loan as "loan_id": LoanId,
        /// How much.
        amount: Amount,
        /// When.
        on as "paid_on": Date,
        /// How much of it went to the principal.
        principal: Amount,
        /// How much went to interest and penalty.
        charges: Amount,
        /// By whom, where the debtor did not pay.
        payer: Option<LoanPayer>,
        /// Digest of the receipt; none: it was paid here.
        evidence as "evidence_sha256": Option<Digest>,
    }

    /// An insurance of a loan.
    #[derive(Copy)]
    pub struct Insurance {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Who insures it.
        insurer as "insurer_id": EntityId,
        /// What it promises.
        terms: InsuranceTerms,
        /// Digest of the policy.
        policy as "policy_sha256": Digest,
        /// Whose word it is so far.
        offered_by as "offered_by_id": EntityId,
        /// How it stands.
        state: InsuranceState,
    }

    /// `GUARANTOR_FREED`: a creditor gave up a pledge of the debtor's own, and so frees who guarantees beside it and did
    /// not promise to stay (民法典 409, 435).
    #[derive(Copy)]
    pub struct GuarantorFreed {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Which pledge was given up.
        pledge as "pledge_id": PledgeId,
        /// Who is free.
        entity as "entity_id": EntityId,
        /// Of how much: what the rights that were given up would have brought, as far as that is owed.
        value: Amount,
    }
}

impl Pledge {
    /// The rights on which it stands: neither released nor ended.
    pub fn standing(&self) -> impl Iterator<Item = &PledgedRight> {
        let stands = |right: &&PledgedRight| right.released_at.is_none() && right.ended.is_none();
        self.rights.iter().filter(stands)
    }

    /// Whether it stands on this right, recorded and not over.
    pub fn binds(&self, asset: AssetId) -> bool {
        self.state.is_active() && self.standing().any(|right| right.asset == asset)
    }
}

impl Loan {
    /// When the debt is due, or fell due.
    pub fn due_day(&self) -> Date {
        self.accelerated.map_or(self.terms.due, |day| day.min(self.terms.due))
    }

    /// What this participant promised as a guarantor, and how it stands.
    pub fn guarantor(&self, entity: EntityId) -> Option<(&Guarantor, &Guarantee)> {
        let both = self.terms.guarantors.iter().zip(&self.guarantees);
        both.into_iter().find(|(guarantor, _)| guarantor.entity == entity)
    }

    /// Whether this participant holds a part of the claim.
    pub fn is_owed_to(&self, entity: EntityId) -> bool {
        self.creditors.iter().any(|creditor| creditor.entity == entity)
    }
}
