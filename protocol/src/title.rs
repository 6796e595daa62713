//! A right in the registry: who owns it, in which state it is, what freezes it, what it is worth (RULES.md 2.1).
//!
//! Texts and documents stay outside; their digests are here.

use crate::{
    asset::RegisterAsset,
    describe::{one_of, record, words},
    ids::{AccountId, AssetId, EntityId, HoldId, ValuationId},
    listing::BookTerms,
    rules::CalendarTerm,
    text::{Digest, Heading, Name, Reference},
    time::{Date, Timestamp},
    units::Amount,
};
use alloc::vec::Vec;

/// The most rights that one [`RegisterRights`] may carry.
pub const RIGHTS_MAX: usize = 1_000;
/// The most co-owners of a right.
pub const OWNERS_MAX: usize = 64;
/// The most rights of one bundle or set of similar marks.
pub const BUNDLE_MAX: usize = 64;
/// The most quotes of one valuation.
pub const QUOTES_MAX: usize = 32;
/// The most holds that may stand or wait on one right.
pub const HOLDS_MAX: usize = 32;

words! {
    /// The life of a right here (RULES.md 2.1):
    /// `DRAFT → VERIFIED → LISTED ⇄ SUSPENDED → TRANSFERRED | EXPIRED | INVALIDATED | DELISTED`. A right that was
    /// transferred or delisted may be verified anew, by a fresh extract.
    pub enum AssetState {
        /// Registered, not verified.
        Draft = 0, "draft";
        /// Its number, a fresh extract of the register and its owners were checked.
        Verified = 1, "verified";
        /// Something of it is offered here: units, a licence, an open licence, its title.
        Listed = 2, "listed";
        /// Taken out of trading for a while.
        Suspended = 3, "suspended";
        /// Its title passed here; the new owner has to have it verified.
        Transferred = 4, "transferred";
        /// Its term is over, or its dues were not paid.
        Expired = 5, "expired";
        /// Void from the beginning. What was performed stays (专利法 47, 商标法 47).
        Invalidated = 6, "invalidated";
        /// Taken off the venue.
        Delisted = 7, "delisted";
    }

    /// What kind of patent a patent is; what has no grant date is an application.
    pub enum PatentKind {
        /// 发明: 20 years from filing.
        Invention = 0, "invention";
        /// 实用新型: 10 years.
        UtilityModel = 1, "utility_model";
        /// 外观设计: 15 years, 10 if filed up to 2021-05-31.
        Design = 2, "design";
    }

    /// What may be done with a right and needs consent where there are several owners (专利法 14).
    pub enum Act {
        /// Selling the title.
        Transfer = 0, "transfer";
        /// Granting an exclusive licence (独占).
        LicenceExclusive = 1, "licence_exclusive";
        /// Granting a sole licence (排他).
        LicenceSole = 2, "licence_sole";
        /// Granting a non-exclusive licence (普通). Co-owners of a patent may each do so alone.
        LicenceNonExclusive = 3, "licence_non_exclusive";
        /// Offering a licence to anyone (开放许可).
        OpenLicence = 4, "open_licence";
        /// Listing and selling licence units.
        Units = 5, "units";
        /// Pledging it.
        Pledge = 6, "pledge";
    }

    /// Why a right is held.
    pub enum HoldKind {
        /// A preservation order (财产保全): freezes transfer, licence and pledge. On a patent at most 6 months a time, and
        /// no second while one stands (专利法实施细则 105; RULES.md 2.2).
        Preservation = 0, "preservation";
        /// A court's seizure in enforcement: freezes. At most a year a time on a trademark.
        CourtHold = 1, "court_hold";
        /// A dispute over who owns it: freezes, and is told on every certificate.
        OwnershipDispute = 2, "ownership_dispute";
        /// Somebody asked to have it invalidated: does not freeze, is told to every buyer.
        InvalidationPending = 3, "invalidation_pending";
    }

    /// How a hold stands.
    pub enum HoldState {
        /// It holds.
        Standing = 0, "standing";
        /// It waits behind another (轮候) and stands when that one ends.
        Waiting = 1, "waiting";
        /// It was lifted.
        Lifted = 2, "lifted";
        /// Its time ran out; it lapsed by itself.
        Lapsed = 3, "lapsed";
    }

    /// A right in a work (著作权法 10). The first four are personal: they stay with the author and are never listed.
    pub enum WorkRight {
        /// 发表权
        Publication = 0, "publication";
        /// 署名权
        Attribution = 1, "attribution";
        /// 修改权
        Alteration = 2, "alteration";
        /// 保护作品完整权
        Integrity = 3, "integrity";
        /// 复制权
        Reproduction = 4, "reproduction";
        /// 发行权
        Distribution = 5, "distribution";
        /// 出租权
        Rental = 6, "rental";
        /// 展览权
        Exhibition = 7, "exhibition";
        /// 表演权
        Performance = 8, "performance";
        /// 放映权
        Projection = 9, "projection";
        /// 广播权
        Broadcasting = 10, "broadcasting";
        /// 信息网络传播权
        Network = 11, "network";
        /// 摄制权
        Filming = 12, "filming";
        /// 改编权
        Adaptation = 13, "adaptation";
        /// 翻译权
        Translation = 14, "translation";
        /// 汇编权
        Compilation = 15, "compilation";
        /// 应当由著作权人享有的其他权利
        Other = 16, "other";
    }

    /// A language into which a title is translated (BCP 47).
    pub enum TitleLanguage {
        /// English.
        English = 0, "en";
    }

    /// A change of a right's state by hand.
    pub enum AssetChange {
        /// Takes it out of trading. By an operator.
        Suspend = 0, "suspend";
        /// Puts it back. By an operator.
        Resume = 1, "resume";
        /// Takes it off the venue: open offers end. By its owner or an operator.
        Delist = 2, "delist";
        /// It was declared void. By an operator.
        Invalidate = 3, "invalidate";
    }
}

record! {
    /// Who owns how much of a right: parts of the sum of all owners' parts.
    #[derive(Copy)]
    pub struct Share {
        /// The owner.
        entity as "entity_id": EntityId,
        /// Its parts, 1 to 1000000.
        parts: u32,
    }

    /// An extract of the office's register.
    #[derive(Copy)]
    pub struct Extract {
        /// The day it was drawn; at most the rule book's `extract_days` ago when it is relied on.
        drawn as "drawn_on": Date,
        /// Digest of the extract.
        evidence as "evidence_sha256": Digest,
    }

    /// A right to register, with what is known beyond its bibliographic data.
    pub struct NewRight {
        /// Its bibliographic data. Its owner is the one who acts for all owners.
        asset: RegisterAsset,
        /// All owners with their parts, the acting one among them; empty: it owns all.
        owners: Vec<Share> = default,
        /// What kind of patent; a Chinese number tells by itself.
        kind: Option<PatentKind>,
        /// The register's extract; with it, by an operator, the right is verified at once.
        extract: Option<Extract>,
        /// When its next annuity or renewal is due.
        due as "due_on": Option<Date>,
        /// The terms on which licence units of it are listed at once; it must be verified.
        units: Option<BookTerms>,
    }

    /// Registers rights, all or none of them, and lists units of those that give terms. By an operator, or a firm for
    /// what it owns; a firm's are drafts.
    pub struct RegisterRights {
        /// 1 to 1000 of them.
        rights: Vec<NewRight>,
        /// The owner's account that receives the whole supply of each listing, if any.
        issue_to as "issue_to_account_id": Option<AccountId>,
    }

    /// Verifies a right by an extract of its register. By an operator.
    pub struct VerifyAsset {
        /// The right.
        asset as "asset_id": AssetId,
        /// The extract.
        extract: Extract,
        /// The owners it names, the acting one first; empty: as registered. After a transfer they must be the new
        /// owners.
        owners: Vec<Share> = default,
        /// When it was granted, if it was an application.
        granted as "granted_on": Option<Date>,
        /// When it ends, where the register says so: renewals and term compensation make it data, not a formula.
        expires as "expires_on": Option<Date>,
    }

    /// Changes a right's state by hand.
    #[derive(Copy)]
    pub struct ChangeAsset {
        /// The right.
        asset as "asset_id": AssetId,
        /// How.
        change: AssetChange,
        /// Digest of the ground: a decision, a request.
        evidence as "evidence_sha256": Digest,
    }

    /// Records that a right's dues were paid or it was renewed. By an operator.
    #[derive(Copy)]
    pub struct RecordDues {
        /// The right.
        asset as "asset_id": AssetId,
        /// When the next are due; none: never again.
        due as "due_on": Option<Date>,
        /// When the right ends from here on, if that changed (a trademark's renewal).
        expires as "expires_on": Option<Date>,
        /// Digest of the receipt.
        evidence as "evidence_sha256": Digest,
    }

    /// Says that marks are similar and may only pass together (商标法 42). By an operator.
    pub struct LinkMarks {
        /// 2 to 64 trademarks of one owner.
        assets as "asset_ids": Vec<AssetId>,
    }

    /// Which rights in a work are held here; what is not named stays with its author (著作权法 26-29).
    pub struct WorkFacts {
        /// Which, none twice and none of them personal.
        rights: Vec<WorkRight>,
    }

    /// From when on the protection of a layout runs: ten years from its filing or first use, whichever came first, and
    /// never beyond fifteen from its creation (集成电路布图设计保护条例 12).
    #[derive(Copy)]
    pub struct LayoutFacts {
        /// When it was created.
        created as "created_on": Date,
        /// When it was first used in trade anywhere, if it was.
        used as "first_used_on": Option<Date>,
    }

    /// Who owes the income of a licence, and that it knows whom to pay: a claim passes against its debtor by notice
    /// (民法典 546).
    pub struct IncomeFacts {
        /// The licensee that pays.
        obligor: Name,
        /// When it acknowledged.
        acknowledged as "acknowledged_on": Date,
    }

    /// Records what the register of a right's class tells beyond what all classes share. By an operator.
    pub struct DescribeRight {
        /// The right.
        asset as "asset_id": AssetId,
        /// What.
        facts: RightFacts,
        /// Digest of the register's entry or the deed.
        evidence as "evidence_sha256": Digest,
    }

    /// Places a hold. By an operator, or a court's user.
    pub struct PlaceHold {
        /// On which right.
        asset as "asset_id": AssetId,
        /// Why.
        kind: HoldKind,
        /// For whom: the court, the applicant.
        holder: Name,
        /// The order's number.
        reference: Reference,
        /// The first day without it; none: until it is lifted (never for a preservation order or a court's hold).
        until as "until_on": Option<Date>,
        /// The hold it continues without a gap, if any.
        renews as "renews_hold_id": Option<HoldId>,
        /// Digest of the order.
        evidence as "evidence_sha256": Digest,
    }

    /// Lifts a hold. By an operator, or a court's user.
    #[derive(Copy)]
    pub struct LiftHold {
        /// Which.
        hold as "hold_id": HoldId,
        /// Digest of the order that lifts it.
        evidence as "evidence_sha256": Digest,
    }

    /// A co-owner consents to an act. By a user of the co-owner.
    #[derive(Copy)]
    pub struct GiveConsent {
        /// On which right.
        asset as "asset_id": AssetId,
        /// To what.
        act: Act,
        /// Not below this price.
        floor: Option<Amount>,
        /// The first day without it; none: until it is withdrawn.
        until as "until_on": Option<Date>,
    }

    /// A co-owner takes its consent back: what is open under it ends, what is done stays.
    #[derive(Copy)]
    pub struct WithdrawConsent {
        /// On which right.
        asset as "asset_id": AssetId,
        /// To what.
        act: Act,
    }

    /// A quote of a valuation platform.
    pub struct Quote {
        /// Which platform.
        platform: Name,
        /// How much.
        amount: Amount,
        /// When it came.
        quoted_at: Timestamp,
    }

    /// Platforms were asked; those that answered in time count (法释〔2018〕15号).
    pub struct PlatformQuotes {
        /// 1 to 32 quotes, of one currency, one a platform.
        quotes: Vec<Quote>,
        /// Later quotes are ignored.
        closed_at: Timestamp,
    }

    /// The parties agreed on a value, or an authority told it.
    #[derive(Copy)]
    pub struct NamedValue {
        /// How much.
        amount: Amount,
    }

    /// An appraiser of the panel gave its opinion.
    #[derive(Copy)]
    pub struct Appraisal {
        /// Who.
        appraiser as "appraiser_id": EntityId,
        /// How much.
        amount: Amount,
    }

    /// Records a valuation. By an operator; an appraisal by a user of the appraiser too.
    pub struct RecordValuation {
        /// Of which right.
        asset as "asset_id": AssetId,
        /// How it was found.
        basis: Basis,
        /// The first day on which it is not good any more.
        expires as "expires_on": Date,
        /// Digest of the agreement, the quotes or the report.
        evidence as "evidence_sha256": Digest,
    }

    /// Gives a right's title in another language, for display: beside the registered one, which it does not change. By its
    /// acting owner, or an operator.
    pub struct TranslateTitle {
        /// The right.
        asset as "asset_id": AssetId,
        /// Into which language.
        language: TitleLanguage,
        /// The translation, at most 500 characters; it takes the place of an earlier one. None takes that back.
        title: Option<Heading>,
    }

    /// Admits an appraiser to the panel, or removes it. By an operator.
    #[derive(Copy)]
    pub struct SetAppraiser {
        /// Who.
        entity as "entity_id": EntityId,
        /// Whether it is admitted from here on.
        admitted: bool,
        /// Digest of the decision.
        evidence as "evidence_sha256": Digest,
    }
}

one_of! {
    /// How a value was found: 议价, 定向询价, 网络询价, 委托评估 (法释〔2018〕15号).
    pub enum Basis {
        /// The parties agreed.
        Agreed(NamedValue) = "agreed";
        /// An authority was asked.
        Asked(NamedValue) = "asked";
        /// Platforms were asked: the mean of those in time, half-up to the minor unit.
        Platforms(PlatformQuotes) = "platforms";
        /// An appraiser of the panel.
        Appraised(Appraisal) = "appraised";
    }
}

one_of! {
    /// What the register of a right's class tells (RULES.md 2.1).
    pub enum RightFacts {
        /// Of a work.
        Work(WorkFacts) = "work";
        /// Of a circuit layout.
        Layout(LayoutFacts) = "layout";
        /// Of the income of a licence.
        Income(IncomeFacts) = "income";
    }
}

record! {
    /// A right as it stands: what its owners and the venue see after each change.
    pub struct Title {
        /// The right.
        asset as "asset_id": AssetId,
        /// In which state.
        state: AssetState,
        /// Who owns it, the acting one first.
        owners: Vec<Share>,
        /// What kind of patent.
        kind: Option<PatentKind>,
        /// When it was granted or registered.
        granted as "granted_on": Option<Date>,
        /// The first day without protection.
        expires as "expires_on": Option<Date>,
        /// The extract that it was verified by.
        extract: Option<Extract>,
        /// When its next annuity or renewal is due.
        due as "due_on": Option<Date>,
        /// Whether its dues are late: it may still be saved, and is not licensed meanwhile. An annuity that falls on a day
        /// off is in time on the next that works.
        late: bool,
        /// The first day without it, if its late dues do not come in before.
        lapses as "lapses_on": Option<Date> = default unsaid,
        /// `open` where the last day for its dues lies past the calendar's end: it moves off a day off once a calendar
        /// covers it.
        calendar: Option<CalendarTerm> = default unsaid,
        /// Whether a hold freezes it.
        frozen: bool,
        /// The similar marks that only pass together, itself among them; empty: none.
        bundle as "bundle_asset_ids": Vec<AssetId> = default,
    }

    /// What the register of a right's class tells.
    pub struct Facts {
        /// The right.
        asset as "asset_id": AssetId,
        /// What.
        facts: RightFacts,
        /// Digest of the register's entry or the deed.
        evidence as "evidence_sha256": Digest,
    }

    /// A hold as it stands.
    pub struct Hold {
        /// Which.
        hold as "hold_id": HoldId,
        /// On which right.
        asset as "asset_id": AssetId,
        /// Why.
        kind: HoldKind,
        /// For whom.
        holder: Name,
        /// The order's number.
        reference: Reference,
        /// Its place among the holds on this right: 1 stands first.
        rank: u32,
        /// How it stands.
        state: HoldState,
        /// The first day without it.
        until as "until_on": Option<Date>,
        /// Digest of the order that placed it, or lifted it.
        evidence as "evidence_sha256": Digest,
    }

    /// A consent as it stands.
    #[derive(Copy)]
    pub struct Consent {
        /// On which right.
        asset as "asset_id": AssetId,
        /// Whose.
        entity as "entity_id": EntityId,
        /// To what.
        act: Act,
        /// Not below this price.
        floor: Option<Amount>,
        /// The first day without it.
        until as "until_on": Option<Date>,
        /// Whether it is given; not, once it was withdrawn or ran out.
        given: bool,
    }

    /// A valuation as recorded.
    #[derive(Copy)]
    pub struct Valuation {
        /// Which.
        valuation as "valuation_id": ValuationId,
        /// Of which right.
        asset as "asset_id": AssetId,
        /// How much it came to.
        value: Amount,
        /// The appraiser, if it was appraised.
        appraiser as "appraiser_id": Option<EntityId>,
        /// How many quotes counted, if platforms were asked.
        quotes: u32,
        /// The first day on which it is not good any more.
        expires as "expires_on": Date,
        /// Digest of the agreement, the quotes or the report.
        evidence as "evidence_sha256": Digest,
    }

    /// Whether an appraiser is on the panel, and how its appraisals compared with what was paid.
    #[derive(Copy)]
    pub struct Appraiser {
        /// Who.
        entity as "entity_id": EntityId,
        /// Whether it is admitted.
        admitted: bool,
        /// How many of its appraisals were followed by a sale.
        realised_count: u32,
    }

    /// What a right was appraised at and what it brought: the centre's record.
    #[derive(Copy)]
    pub struct Realised {
        /// The right.
        asset as "asset_id": AssetId,
        /// The valuation that was good when it was listed.
        valuation as "valuation_id": ValuationId,
        /// The appraiser, if it was appraised.
        appraiser as "appraiser_id": Option<EntityId>,
        /// The value.
        value: Amount,
        /// The price.
        price: Amount,
    }
}

impl From<RegisterAsset> for NewRight {
    fn from(asset: RegisterAsset) -> Self {
        Self {
            asset,
            owners: Vec::new(),
            kind: None,
            extract: None,
            due: None,
            units: None,
        }
    }
}
