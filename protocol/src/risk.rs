//! Who bears the risk of a pledge loan beside its bank: pools of public money, guarantors and re-guarantors, insurers;
//! what a firm is paid back of its costs; how far a branch is forgiven (PLEDGES.md 2.9, 2.9b; RULES.md 2.9).
//!
//! A scheme is data: what was published stands here with its source, and a figure that was not found stays blank. No
//! blank is guessed: a pool or a subsidy whose figures are missing answers `POOL_FIGURES_MISSING` until they are given.

use crate::{
    asset::AssetClass,
    describe::{record, words},
    ids::{AccountId, EntityId, LoanId, PoolId, UserId},
    text::Digest,
    time::Date,
    units::{Amount, BasisPoints, Currency, Money},
};
use alloc::{vec, vec::Vec};

/// The most parties that bear the loss of one loan.
pub const BEARERS_MAX: usize = 16;
/// The most calls on one guarantor that are recorded.
pub const CALLS_MAX: usize = 64;
/// The most items of one subsidy, and the most costs of one application for it.
pub const COSTS_MAX: usize = 64;

words! {
    /// A published scheme of a risk pool.
    pub enum PoolScheme {
        /// 广州, 2023-07-13.
        Guangzhou2023 = 0, "guangzhou_2023";
        /// 海口, 2023-09-20.
        Haikou2023 = 1, "haikou_2023";
        /// 武汉, 2024-08-07.
        Wuhan2024 = 2, "wuhan_2024";
        /// 安徽, 2022.
        Anhui2022 = 3, "anhui_2022";
        /// 深圳, rules of 2024-03-27: the table of its shares was not obtained, so that they are given by hand.
        Shenzhen2024 = 4, "shenzhen_2024";
        /// Another, by its own papers.
        Other = 5, "other";
        /// 国家融资担保基金, 2019: it re-guarantees guarantors, by parts of a loss.
        NationalFund2019 = 6, "national_fund_2019";
        /// 深圳市融资担保基金: it re-guarantees guarantors, by a part of what they pay.
        ShenzhenReGuarantee = 7, "shenzhen_re_guarantee";
    }

    /// What of a loss a pool looks at.
    pub enum LossBase {
        /// The principal that is lost.
        Principal = 0, "principal";
        /// Principal and interest.
        PrincipalAndInterest = 1, "principal_and_interest";
    }

    /// Whether the loan contract has to say which part of the loan stands on intellectual property.
    pub enum IpShareRule {
        /// It has to, else the pool pays nothing; and the pool stands behind that part alone.
        Required = 0, "required";
        /// The pool stands behind the whole loan.
        Ignored = 1, "ignored";
    }

    /// Who bears a part of a loss. The bank is named first and the public fund last: what is left of a division goes to
    /// the earlier where remainders are equal (RULES.md 2.8).
    pub enum Bearer {
        /// The lending bank.
        Bank = 0, "bank";
        /// A guarantor.
        Guarantor = 1, "guarantor";
        /// Who guarantees the guarantor.
        ReGuarantor = 2, "re_guarantor";
        /// An insurer of the loan (保证保险).
        Insurer = 3, "insurer";
        /// The appraiser that vouches for its value.
        Appraiser = 4, "appraiser";
        /// The pool of public money.
        Fund = 5, "fund";
    }

    /// How far a pool paid what it owed.
    pub enum Payment {
        /// All of it.
        InFull = 0, "in_full";
        /// All that was left in it, or of its year. The rest is not made up for.
        PoolShort = 1, "pool_short";
        /// All that public money may bear of one's own liability.
        PublicCap = 2, "public_cap";
    }

    /// A loan in a pool (RULES.md 2.9): `ENROLLED → NPL → CLAIMED → PAID → RECOVERING → CLOSED`.
    pub enum PoolLoanState {
        /// The pool stands behind it.
        Enrolled = 0, "enrolled";
        /// It is non-performing; the pool may be claimed on.
        Npl = 1, "npl";
        /// Claimed on; the claim waits for its turn.
        Claimed = 2, "claimed";
        /// The pool paid.
        Paid = 3, "paid";
        /// Something was recovered since, and shared.
        Recovering = 4, "recovering";
        /// The end: repaid, or nothing more is to come.
        Closed = 5, "closed";
    }
}

record! {
    /// What a risk pool pays, of what and how much at most.
    #[derive(Copy)]
    pub struct PoolProfile {
        /// Which scheme.
        scheme: PoolScheme,
        /// What of a loss it looks at.
        base: LossBase,
        /// Whether the part on intellectual property has to be stated.
        ip_share: IpShareRule,
        /// The least such part, of the loan, inclusive.
        least_ip_share as "least_ip_share_bps": Option<BasisPoints>,
        /// Its share of a bank's loss; none: not known.
        bank as "bank_bps": Option<BasisPoints>,
        /// Its share of what a guarantor paid; none: not known, or it pays no guarantor.
        guarantor as "guarantor_bps": Option<BasisPoints>,
        /// So much more for a loan that it favours: a firm's first, one on intellectual property, one on credit alone.
        bonus as "bonus_bps": Option<BasisPoints>,
        /// The most of one loan that it stands behind.
        per_loan: Option<Amount>,
        /// The most of one borrower's loans of one year, in the order of lending.
        per_borrower_year: Option<Amount>,
        /// The most that it pays in a year.
        year_total: Option<Amount>,
        /// Whether it owes no more than it holds. One that owes more is topped up before it pays.
        balance_limited: bool,
        /// What was paid into it by its founders.
        fund: Option<Amount>,
        /// The loans that it stands behind are at most so many times that.
        leverage: Option<u16>,
        /// All public money together pays at most this share of one's own liability.
        public_cap as "public_cap_bps": Option<BasisPoints>,
    }

    /// Somebody's part of a loss.
    #[derive(Copy)]
    pub struct LossShare {
        /// Who.
        bearer: Bearer,
        /// How many parts.
        weight: u32,
    }

    /// A loan as a pool knows it.
    #[derive(Copy)]
    pub struct PoolLoan {
        /// Who borrowed.
        borrower as "borrower_id": EntityId,
        /// How much.
        principal: Amount,
        /// Which part of it stands on intellectual property, by the loan contract.
        ip_share: Option<Amount>,
        /// When it was lent.
        lent as "lent_on": Date,
        /// Whether the pool favours it: a firm's first loan, one on intellectual property, one on credit alone.
        favoured: bool,
    }
}

record! {
    /// Opens a risk pool. By an operator; its account is that of whoever manages it, and pays whatever claims are decided.
    pub struct OpenPool {
        /// The account that it pays from, and that its part of a recovery is paid into.
        account as "account_id": AccountId,
        /// What it pays in; its caps are of this currency.
        currency: Currency,
        /// What it pays. The figures that a published scheme leaves blank are given here.
        profile: PoolProfile,
        /// Who bears which part of a loss by agreement, at most 16; none: the bank, or the guarantor that paid it,
        /// bears what the profile's part leaves.
        shares: Vec<LossShare> = default,
    }

    /// Changes what a pool pays, until a loan is enrolled in it. By an operator.
    #[derive(Copy)]
    pub struct SetPoolFigures {
        /// Of which pool.
        pool as "pool_id": PoolId,
        /// What it pays.
        profile: PoolProfile,
    }

    /// Enrols a loan in a pool, before it turns non-performing. By the acting holder of its claim or an operator. Who
    /// borrowed what and when, the loan itself says.
    #[derive(Copy)]
    pub struct EnrolLoan {
        /// In which pool.
        pool as "pool_id": PoolId,
        /// Which loan.
        loan as "loan_id": LoanId,
        /// Which part of it stands on intellectual property, by the loan contract.
        ip_share: Option<Amount>,
        /// Whether the pool favours it: a firm's first loan, one on intellectual property, one on credit alone.
        favoured: bool,
    }

    /// Re-guarantees a guarantor of a loan by a fund that stands behind guarantors: from then on the fund bears its part of
    /// what the guarantor pays. By the guarantor; the fund's fee for each year that begins until the debt is due is paid from
    /// its account at once.
    pub struct ReGuarantee {
        /// By which fund.
        pool as "pool_id": PoolId,
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The guarantor's account.
        account as "account_id": AccountId,
        /// Who bears which part of a loss: bank, guarantor and fund, where the fund's terms say what it bears of a loss. What
        /// the bank bears is what the guarantor does not cover.
        shares: Vec<LossShare> = default,
        /// The fund's part of what the guarantor pays, where its terms say that.
        part as "part_bps": Option<BasisPoints>,
        /// Digest of the contract with the fund.
        contract as "contract_sha256": Digest,
    }

    /// Who is re-guaranteed for a loan, and how.
    pub struct ReGuaranteed {
        /// Whom the fund stands behind.
        guarantor as "guarantor_id": EntityId,
        /// Who bears which part of a loss.
        shares: Vec<LossShare> = default,
        /// The fund's part of what the guarantor pays.
        part as "part_bps": Option<BasisPoints>,
        /// What the fund was paid for it.
        fee: Amount,
        /// Digest of the contract with the fund.
        contract as "contract_sha256": Digest,
    }

    /// Tells that a loan turned non-performing. By the acting holder of its claim or an operator.
    #[derive(Copy)]
    pub struct RecordNpl {
        /// Which loan.
        loan as "loan_id": LoanId,
        /// On which day.
        on: Date,
        /// Digest of the bank's decision.
        evidence as "evidence_sha256": Digest,
    }

    /// What a guarantor paid of a loan; no more than it paid in the debtor's place, as the loan knows. Of one that is
    /// re-guaranteed the loan alone tells.
    #[derive(Copy)]
    pub struct PaidByGuarantor {
        /// Of the principal.
        principal: Amount,
        /// Of the interest; penalty interest is none.
        interest: Amount,
    }

    /// Claims on the pool for a non-performing loan, when it turns so and not at the final loss. By the acting holder of
    /// its claim, whose loss is what is owed of principal and interest on the day; or by a guarantor, for what it paid.
    #[derive(Copy)]
    pub struct ClaimOnPool {
        /// Which loan.
        loan as "loan_id": LoanId,
        /// The claimant's account, which is paid, and from which recoveries are shared.
        account as "account_id": AccountId,
        /// As whom: the bank or a guarantor.
        payee: Bearer,
        /// What a guarantor paid; of a bank none, and none of a guarantor that is re-guaranteed: what it paid here is known.
        paid: Option<PaidByGuarantor>,
        /// What the claimant is liable for itself; at most its loss.
        own_liability: Amount,
        /// What other public money paid of that.
        other_public: Amount,
        /// Digest of the papers.
        evidence as "evidence_sha256": Digest,
    }

    /// Decides on a claim: pays the one that is first in its pool's line, out of the pool's account, or turns one down.
    /// By an operator; on a re-guaranteed guarantor's by the fund.
    #[derive(Copy)]
    pub struct DecidePoolClaim {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Whether it is paid; if not, it may be made again.
        paid: bool,
        /// Digest of the decision.
        evidence as "evidence_sha256": Digest,
    }

    /// Tells what was recovered of a loan for which the pool paid. By who claimed; the pool's part is paid from the
    /// account into which it was paid. What is due to an insurer or an appraiser runs outside.
    #[derive(Copy)]
    pub struct RecordRecovery {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// How much.
        recovered: Amount,
        /// What that cost.
        cost: Amount,
        /// Digest of the proof.
        evidence as "evidence_sha256": Digest,
    }

    /// Tells that a loan performs again or is repaid, by the acting holder of its claim; or that nothing more is to come,
    /// by who was paid. Or an operator.
    #[derive(Copy)]
    pub struct EndPoolLoan {
        /// Which loan.
        loan as "loan_id": LoanId,
        /// How it goes on.
        how: PoolLoanEnd,
        /// Digest of the proof.
        evidence as "evidence_sha256": Digest,
    }
}

words! {
    /// How a loan in a pool goes on or ends.
    pub enum PoolLoanEnd {
        /// It performs again.
        Cured = 0, "cured";
        /// Principal and interest are repaid.
        Repaid = 1, "repaid";
        /// The pool paid, and nothing more is to be recovered.
        WrittenOff = 2, "written_off";
    }
}

record! {
    /// A risk pool.
    pub struct RiskPool {
        /// Which.
        pool as "pool_id": PoolId,
        /// The account that it pays from.
        account as "account_id": AccountId,
        /// What it pays.
        profile: PoolProfile,
        /// Who bears which part of a loss.
        shares: Vec<LossShare> = default,
        /// The loans that it stands behind, by what is covered of them.
        backed: Amount,
        /// How many loans were ever enrolled in it.
        loans: u32,
        /// How many claims wait in its line.
        claims: u32,
    }

    /// What somebody bears of a loss.
    #[derive(Copy)]
    pub struct LossBorne {
        /// Who.
        bearer: Bearer,
        /// How much.
        amount: Amount,
        /// What it got back of that.
        got: Amount,
    }

    /// How a loan stands in its pool.
    pub struct PoolStanding {
        /// Which loan.
        loan as "loan_id": LoanId,
        /// In which pool.
        pool as "pool_id": PoolId,
        /// How it stands.
        state: PoolLoanState,
        /// When it was enrolled.
        enrolled as "enrolled_on": Date,
        /// How much of it the pool stands behind.
        covered: Amount,
        /// When it turned non-performing.
        npl as "npl_on": Option<Date>,
        /// What of the loss counts, once it is claimed.
        eligible: Option<Amount>,
        /// What the pool paid.
        paid: Option<Amount>,
        /// How far that is what it owed.
        payment: Option<Payment>,
        /// Who bears the loss, once the pool paid.
        borne: Vec<LossBorne> = default,
        /// Whom it stands behind, where that is a guarantor and not the bank.
        re_guaranteed: Option<ReGuaranteed>,
    }
}

/// Whole yuan, as rules write them.
const fn yuan(yuan: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(yuan * 100))
}

/// A scheme that says nothing yet.
const BLANK: PoolProfile = PoolProfile {
    scheme: PoolScheme::Other,
    base: LossBase::Principal,
    ip_share: IpShareRule::Required,
    least_ip_share: None,
    bank: None,
    guarantor: None,
    bonus: None,
    per_loan: None,
    per_borrower_year: None,
    year_total: None,
    balance_limited: true,
    fund: None,
    leverage: None,
    public_cap: None,
};

/// 广州市知识产权质押融资风险补偿 机制管理办法 of 2023-07-13, by its press text (N12, N13): half of the principal lost, 10
/// million a loan, 20 million a borrower and year in the order of lending, 50 million a year; without a stated part on
/// intellectual property nothing. A cap for each bank exists and was not found.
pub const GUANGZHOU_2023: PoolProfile = PoolProfile {
    scheme: PoolScheme::Guangzhou2023,
    bank: Some(BasisPoints(5_000)),
    per_loan: Some(yuan(10_000_000)),
    per_borrower_year: Some(yuan(20_000_000)),
    year_total: Some(yuan(50_000_000)),
    ..BLANK
};

/// 海口市知识产权质押融资风险补偿资金管理办法 of 2023-09-20, articles 2 to 4 (N14): 30 million, loans of ten times that, of the
/// principal on intellectual property alone, up to the balance. Its shares stand further down and were not found.
pub const HAIKOU_2023: PoolProfile = PoolProfile {
    scheme: PoolScheme::Haikou2023,
    fund: Some(yuan(30_000_000)),
    leverage: Some(10),
    ..BLANK
};

/// 武汉市知识产权质押贷款风险补偿资金管理办法（试行） of 2024-08-07, articles 2 and 3 (N16): the part on intellectual property is
/// stated and half of the loan at least, and the loan counts by that part. Its share was not found.
pub const WUHAN_2024: PoolProfile = PoolProfile {
    scheme: PoolScheme::Wuhan2024,
    least_ip_share: Some(BasisPoints(5_000)),
    ..BLANK
};

/// 安徽省科技企业贷款风险补偿资金池, 2022 (N15): of a bank's bad principal 30 %, of what a public guarantor paid 20 %, five points
/// more for a first loan, one on intellectual property or on credit alone; all public money at most 80 % of one's own
/// liability.
pub const ANHUI_2022: PoolProfile = PoolProfile {
    scheme: PoolScheme::Anhui2022,
    ip_share: IpShareRule::Ignored,
    bank: Some(BasisPoints(3_000)),
    guarantor: Some(BasisPoints(2_000)),
    bonus: Some(BasisPoints(500)),
    public_cap: Some(BasisPoints(8_000)),
    ..BLANK
};

/// 深圳市中小微企业银行贷款风险补偿资金池, rules of 2024-03-27: a named blank. Its table of shares was not obtained (RULES.md Q4).
pub const SHENZHEN_2024: PoolProfile = PoolProfile {
    scheme: PoolScheme::Shenzhen2024,
    ip_share: IpShareRule::Ignored,
    ..BLANK
};

/// A fund that stands behind guarantors looks at all that they paid, and at no part of the loan by itself.
const RE_GUARANTEE: PoolProfile = PoolProfile {
    base: LossBase::PrincipalAndInterest,
    ip_share: IpShareRule::Ignored,
    ..BLANK
};

/// How a fund that re-guarantees says what it bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReGuarantees {
    /// A part of the loss, beside those of bank and guarantor.
    OfLoss(ReGuaranteeTerms),
    /// A part of what the guarantor pays, within this band.
    OfPaid(core::ops::RangeInclusive<BasisPoints>),
}

impl PoolScheme {
    /// On which terms it stands behind guarantors, if it does.
    pub const fn re_guarantees(self) -> Option<ReGuarantees> {
        match self {
            Self::NationalFund2019 => Some(ReGuarantees::OfLoss(NATIONAL_FUND_2019)),
            Self::ShenzhenReGuarantee => Some(ReGuarantees::OfPaid(SHENZHEN_RE_GUARANTEE)),
            _ => None,
        }
    }

    /// What was published of it; nothing of another's.
    pub const fn published(self) -> Option<PoolProfile> {
        match self {
            Self::Guangzhou2023 => Some(GUANGZHOU_2023),
            Self::Haikou2023 => Some(HAIKOU_2023),
            Self::Wuhan2024 => Some(WUHAN_2024),
            Self::Anhui2022 => Some(ANHUI_2022),
            Self::Shenzhen2024 => Some(SHENZHEN_2024),
            Self::NationalFund2019 | Self::ShenzhenReGuarantee => Some(PoolProfile {
                scheme: self,
                ..RE_GUARANTEE
            }),
            Self::Other => None,
        }
    }
}

const fn share(bearer: Bearer, weight: u32) -> LossShare {
    LossShare { bearer, weight }
}

/// 深圳: fund and bank 1:1 (W2).
pub const SHENZHEN_SPLIT: [LossShare; 2] = [share(Bearer::Bank, 1), share(Bearer::Fund, 1)];
/// 珠海: bank 60, fund 40 (W2).
pub const ZHUHAI_SPLIT: [LossShare; 2] = [share(Bearer::Bank, 60), share(Bearer::Fund, 40)];
/// 中山: fund 54, bank 26, insurer 16, appraiser 4 (W2).
pub const ZHONGSHAN_SPLIT: [LossShare; 4] = [
    share(Bearer::Bank, 26),
    share(Bearer::Insurer, 16),
    share(Bearer::Appraiser, 4),
    share(Bearer::Fund, 54),
];
/// 广州 5:4:1 (N12): fund, insurer or guarantor, bank. Whose the shares beyond the fund's are is a reading.
pub const GUANGZHOU_541_SPLIT: [LossShare; 3] = [
    share(Bearer::Bank, 1),
    share(Bearer::Insurer, 4),
    share(Bearer::Fund, 5),
];
/// 广州 5:3:1:1 (N12): fund, insurer or guarantor, appraiser, bank.
pub const GUANGZHOU_5311_SPLIT: [LossShare; 4] = [
    share(Bearer::Bank, 1),
    share(Bearer::Insurer, 3),
    share(Bearer::Appraiser, 1),
    share(Bearer::Fund, 5),
];

words! {
    /// How a guarantor was called on.
    pub enum CallKind {
        /// Asked to pay.
        Asked = 0, "asked";
        /// The debtor was sued, arbitration was begun, or execution of a notarised claim (民法典 693(1), 担保解释 27).
        Sued = 1, "sued";
    }

    /// Why a general guarantor is called on before execution against the debtor has failed (民法典 687(2)).
    pub enum CalledFirst {
        /// Whereabouts of the debtor are unknown, and it has nothing that could be executed.
        DebtorVanished = 0, "debtor_vanished";
        /// A court accepted the debtor's bankruptcy.
        Bankruptcy = 1, "bankruptcy";
        /// There is proof that the debtor's property is not enough, or that it can no longer pay.
        Insolvent = 2, "insolvent";
        /// The guarantor gave the right up in writing.
        Waived = 3, "waived";
    }
}

record! {
    /// A call on a guarantor.
    #[derive(Copy)]
    pub struct Call {
        /// How.
        how: CallKind,
        /// When.
        on: Date,
        /// Whether the suit or arbitration was withdrawn.
        withdrawn: bool = default,
        /// Whether the guarantor was served with the suit before that.
        served: bool = default,
        /// Digest of the proof.
        evidence as "evidence_sha256": Digest,
    }

    /// How much a guarantor may stand for (融资担保公司监督管理条例 15, 16).
    #[derive(Copy)]
    pub struct GuarantorLimits {
        /// What is outstanding, in times its net assets.
        outstanding_times: u16,
        /// The same of one that mainly serves small business and farmers.
        small_business_times: u16,
        /// For one debtor, of its net assets.
        one_debtor: BasisPoints,
        /// For a debtor and its affiliates, of its net assets.
        one_group: BasisPoints,
    }

    /// On which terms a public fund guarantees guarantors.
    #[derive(Copy)]
    pub struct ReGuaranteeTerms {
        /// The fund's part of a loss at most.
        fund: BasisPoints,
        /// The bank's part at least.
        bank_least: BasisPoints,
        /// The fee, of what the fund itself risks.
        fee: BasisPoints,
        /// The fee where the borrower's guaranteed debt is small.
        small_fee: BasisPoints,
        /// Small is up to this, inclusive.
        small_up_to: Amount,
    }

    /// What an insurer of a loan promised (保证保险).
    #[derive(Copy)]
    pub struct InsuranceTerms {
        /// The part of a loss that it covers.
        cover as "cover_bps": BasisPoints,
        /// The part of that which stays with the insured.
        deductible as "deductible_bps": BasisPoints,
        /// It pays no more than this.
        limit: Amount,
    }
}

/// 融资担保公司监督管理条例 15 and 16: ten times, fifteen for one that mainly serves small business; a tenth for one debtor, 15 %
/// with its affiliates.
pub const GUARANTOR_LIMITS: GuarantorLimits = GuarantorLimits {
    outstanding_times: 10,
    small_business_times: 15,
    one_debtor: BasisPoints(1_000),
    one_group: BasisPoints(1_500),
};

/// 国家融资担保基金, 2019 (N17): the fund bears 20 %, the bank at least 20 %; 0.5 % of what the fund risks, 0.3 % up to 5
/// million a borrower.
pub const NATIONAL_FUND_2019: ReGuaranteeTerms = ReGuaranteeTerms {
    fund: BasisPoints(2_000),
    bank_least: BasisPoints(2_000),
    fee: BasisPoints(50),
    small_fee: BasisPoints(30),
    small_up_to: yuan(5_000_000),
};

/// 深圳市融资担保基金 re-guarantees from a fifth to half of what a guarantor pays (RULES.md 2.9, W3); its other figures were not
/// found.
pub const SHENZHEN_RE_GUARANTEE: core::ops::RangeInclusive<BasisPoints> = BasisPoints(2_000)..=BasisPoints(5_000);

words! {
    /// A published subsidy.
    pub enum SubsidyScheme {
        /// 南山区企业融资扶持措施, 2025, 7(二).
        Nanshan2025 = 0, "nanshan_2025";
        /// The same, 7(一): securitisation.
        NanshanSecuritisation2025 = 1, "nanshan_securitisation_2025";
        /// 福田区, by the rule of 2022.
        Futian2022 = 2, "futian_2022";
        /// 深圳市科技金融办法, by its text of 2023.
        Shenzhen2023 = 3, "shenzhen_2023";
        /// Another, by its own papers.
        Other = 4, "other";
    }

    /// What a firm pays for its loan.
    pub enum CostItem {
        /// Interest that it really paid. Penalty interest never counts.
        Interest = 0, "interest";
        /// A guarantor's fee.
        Guarantee = 1, "guarantee";
        /// An insurer's premium.
        Insurance = 2, "insurance";
        /// An appraiser's fee.
        Appraisal = 3, "appraisal";
        /// What bringing its rights to the securities market cost.
        Securitisation = 4, "securitisation";
        /// Fees of all who helped with the loan together: guarantor, appraiser, lawyer, operator.
        Services = 5, "services";
    }
}

record! {
    /// What a subsidy pays of one item.
    #[derive(Copy)]
    pub struct SubsidyItem {
        /// Of which cost.
        item: CostItem,
        /// How much of it.
        part: BasisPoints,
        /// How much of it for a firm's first loan; none: the same.
        first_loan_part: Option<BasisPoints>,
        /// The cost counts up to this part of the loan's principal.
        counted_of_principal: Option<BasisPoints>,
        /// The most for this item.
        cap: Option<Amount>,
    }

    /// What a subsidy pays, on which conditions and how much at most.
    pub struct SubsidyProfile {
        /// Which scheme.
        scheme: SubsidyScheme,
        /// Of what.
        items: Vec<SubsidyItem>,
        /// The most for a firm in a year.
        year_cap: Option<Amount>,
        /// The most for a firm in the measure's life.
        life_cap: Option<Amount>,
        /// For how many years a firm is paid at most.
        years_max: Option<u32>,
        /// The classes of rights that it takes; none: all.
        classes: Vec<AssetClass> = default,
        /// The longest loan that it takes.
        loan_months_max: Option<u32>,
        /// Whether the loan has to be repaid first, with its interest.
        after_repayment: bool,
        /// Whether a project that had another subsidy of the same government has none of this.
        one_subsidy: bool,
    }

    /// A cost that a firm really paid.
    #[derive(Copy)]
    pub struct Cost {
        /// What for.
        item: CostItem,
        /// How much.
        amount: Amount,
    }

    /// Interest on a loan, as its bank's books tell it.
    #[derive(Copy)]
    pub struct InterestBooked {
        /// Paid at the contract's rate.
        paid: Amount,
        /// Paid as penalty or compound interest.
        paid_penalty: Amount,
        /// Accrued and not paid.
        unpaid: Amount,
    }

    /// What a firm asks a subsidy for.
    pub struct SubsidyClaim {
        /// The classes of the rights that were pledged.
        classes: Vec<AssetClass>,
        /// The loan's principal.
        principal: Amount,
        /// When it was lent.
        lent as "lent_on": Date,
        /// When it was due.
        due as "due_on": Date,
        /// Whether principal and interest are repaid.
        repaid: bool,
        /// Whether it was the firm's first loan.
        first_loan: bool,
        /// Whether the project had another subsidy of the same government.
        had_another: bool,
        /// What it paid.
        costs: Vec<Cost>,
    }

    /// What a firm was granted before, by the same measure.
    #[derive(Copy)]
    pub struct GrantedBefore {
        /// In the same year.
        year: Amount,
        /// In the measure's life.
        life: Amount,
        /// In how many other years.
        years: u32,
    }
}

const fn item(item: CostItem, part: u16) -> SubsidyItem {
    SubsidyItem {
        item,
        part: BasisPoints(part),
        first_loan_part: None,
        counted_of_principal: None,
        cap: None,
    }
}

impl SubsidyScheme {
    /// Whose it is, by its division code (GB/T 2260).
    pub const fn government(self) -> Option<u32> {
        match self {
            Self::Nanshan2025 | Self::NanshanSecuritisation2025 => Some(440_305),
            Self::Futian2022 => Some(440_304),
            Self::Shenzhen2023 => Some(440_300),
            Self::Other => None,
        }
    }

    /// What was published of it; nothing of another's.
    pub fn published(self) -> Option<SubsidyProfile> {
        let profile = |items: Vec<SubsidyItem>, year_cap| SubsidyProfile {
            scheme: self,
            items,
            year_cap,
            life_cap: None,
            years_max: None,
            classes: Vec::new(),
            loan_months_max: None,
            after_repayment: false,
            one_subsidy: true,
        };
        match self {
            Self::Nanshan2025 => Some(profile(nanshan(), Some(yuan(1_500_000)))),
            Self::NanshanSecuritisation2025 => Some(SubsidyProfile {
                years_max: Some(3),
                ..profile(vec![item(CostItem::Securitisation, 7_000)], Some(yuan(3_000_000)))
            }),
            Self::Futian2022 => Some(SubsidyProfile {
                classes: vec![AssetClass::Patent],
                loan_months_max: Some(12),
                after_repayment: true,
                ..profile(futian(), None)
            }),
            Self::Shenzhen2023 => Some(SubsidyProfile {
                life_cap: Some(yuan(3_000_000)),
                ..profile(shenzhen(), Some(yuan(1_000_000)))
            }),
            Self::Other => None,
        }
    }
}

/// N18: up to 70 % of interest, guarantee, insurance and appraisal.
fn nanshan() -> Vec<SubsidyItem> {
    use CostItem::{Appraisal, Guarantee, Insurance, Interest};
    let items = [Interest, Guarantee, Insurance, Appraisal];
    items.map(|cost| item(cost, 7_000)).into()
}

/// N20: half of the interest; fees of services count up to 4 % of the principal. That these too are paid by half is the
/// rule of the year before.
fn futian() -> Vec<SubsidyItem> {
    let services = SubsidyItem {
        counted_of_principal: Some(BasisPoints(400)),
        ..item(CostItem::Services, 5_000)
    };
    vec![item(CostItem::Interest, 5_000), services]
}

/// 市科技金融办法 14: half of the interest, 70 % for a first loan; half of the premium up to 500,000, of the guarantor's fee
/// up to 300,000.
fn shenzhen() -> Vec<SubsidyItem> {
    let capped = |cost, cap| SubsidyItem {
        cap: Some(yuan(cap)),
        ..item(cost, 5_000)
    };
    let interest = SubsidyItem {
        first_loan_part: Some(BasisPoints(7_000)),
        ..item(CostItem::Interest, 5_000)
    };
    vec![
        interest,
        capped(CostItem::Insurance, 500_000),
        capped(CostItem::Guarantee, 300_000),
    ]
}

words! {
    /// A loan by the days that it is overdue (商业银行金融资产风险分类办法 of 2023, 令〔2023〕1号). Days alone never make it better.
    pub enum LoanClass {
        /// Not non-performing by its days.
        NotByDays = 0, "not_npl_by_days";
        /// 次级: more than 90.
        Substandard = 1, "substandard";
        /// 可疑: more than 270.
        Doubtful = 2, "doubtful";
        /// 损失: more than 360.
        Loss = 3, "loss";
    }

    /// A step that an officer owes a loan (尽职免责; the Guidance, art. 20).
    pub enum DutyStep {
        /// The firm and its rights were looked into before the loan.
        Investigated = 0, "investigated";
        /// The value was appraised, or assessed by the bank.
        Valued = 1, "valued";
        /// Another than the officer approved it.
        Approved = 2, "approved";
        /// The pledge was registered before money was paid out.
        Registered = 3, "registered";
        /// The use of the money was checked after.
        UseChecked = 4, "use_checked";
        /// The firm and its rights were looked at again since.
        Followed = 5, "followed";
        /// Trouble was told in time.
        Warned = 6, "warned";
    }
}

record! {
    /// A step of an officer's file that is shown by a paper.
    #[derive(Copy)]
    pub struct DutyDone {
        /// Which.
        step: DutyStep,
        /// When.
        on: Date,
        /// Digest of the paper.
        evidence as "evidence_sha256": Digest,
    }

    /// A branch's books, for the tolerance of non-performing loans on intellectual property (the Guidance, art. 20).
    #[derive(Copy)]
    pub struct BranchBooks {
        /// Loans on pledged intellectual property that are non-performing.
        ip_npl: Amount,
        /// All loans on pledged intellectual property.
        ip_loans: Amount,
        /// All loans that are non-performing.
        all_npl: Amount,
        /// All loans.
        all_loans: Amount,
    }
}

record! {
    /// How a branch's books stand against what is tolerated.
    #[derive(Copy)]
    pub struct BranchVerdict {
        /// The books.
        books: BranchBooks,
        /// By how many points its share on intellectual property may be above that of all loans.
        points: BasisPoints,
        /// Whether it is within that, inclusive.
        tolerated: bool,
        /// How much more could be non-performing and still be tolerated.
        room: Amount,
    }

    /// What an officer shows to be free of blame for a loan (尽职免责; the Guidance, art. 20).
    pub struct OfficerFile {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Which officer.
        officer as "user_id": UserId,
        /// When the loan was paid out.
        paid_out as "paid_out_on": Date,
        /// When all of it is due: as agreed, or sooner where it was called in.
        due as "due_on": Date,
        /// Since when the oldest of what is unpaid by then was due: interest, an instalment or all of it. None: nothing is.
        late_since as "late_since_on": Option<Date>,
        /// When its bank told a pool that it turned non-performing.
        npl as "npl_on": Option<Date>,
        /// Until when its days are counted.
        as_of: Date,
        /// How many days it was overdue by then.
        days_overdue: u32,
        /// The best class that it can have by these days, and by what its bank told.
        class: LoanClass,
        /// What was done.
        steps: Vec<DutyDone>,
        /// What is not shown, or not in time. None: the officer did what is owed.
        missing: Vec<DutyStep>,
    }
}

/// The Guidance, art. 20: three points, inclusive.
pub const TOLERANCE_POINTS: BasisPoints = BasisPoints(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_published_scheme_answers_to_its_name() {
        for &scheme in PoolScheme::ALL {
            assert_eq!(
                scheme.published().map(|profile| profile.scheme),
                (scheme != PoolScheme::Other).then_some(scheme)
            );
        }
        for &scheme in SubsidyScheme::ALL {
            let profile = scheme.published();
            assert_eq!(
                profile.as_ref().map(|profile| profile.scheme),
                (scheme != SubsidyScheme::Other).then_some(scheme)
            );
            assert!(profile.is_none_or(|profile| !profile.items.is_empty() && profile.items.len() <= COSTS_MAX));
        }
    }

    #[test]
    fn a_figure_that_was_not_published_stays_blank() {
        for blank in [HAIKOU_2023, WUHAN_2024, SHENZHEN_2024] {
            assert_eq!((blank.bank, blank.guarantor), (None, None), "{:?}", blank.scheme);
        }
    }

    #[test]
    fn every_split_names_the_bank_first_and_the_fund_last() {
        let splits: [&[LossShare]; 5] = [
            &SHENZHEN_SPLIT,
            &ZHUHAI_SPLIT,
            &ZHONGSHAN_SPLIT,
            &GUANGZHOU_541_SPLIT,
            &GUANGZHOU_5311_SPLIT,
        ];
        for split in splits {
            let ends = (split.first(), split.last());
            assert!(
                matches!(ends, (Some(first), Some(last)) if first.bearer == Bearer::Bank && last.bearer == Bearer::Fund)
            );
        }
    }
}
