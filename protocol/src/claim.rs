//! A secured claim as data: what was lent, until when and at which rate, and what follows where it is not paid
//! (PLEDGES.md 2.8b, 2.4, 2.7). What it comes to on a day, the engine's `sums` reckon.
//!
//! PBoC leaves the method to the parties (银发〔2003〕251号 1): so day count, settlement and compounding are terms of each
//! contract, and none of them has a default here.

use crate::{
    describe::{one_of, record, words},
    ids::{EntityId, LoanId},
    text::Digest,
    time::Date,
    units::{Amount, BasisPoints, Rate},
};
use alloc::vec::Vec;

/// The most that one claim is lent, in its currency's minor unit: a trillion yuan. With it, [`TERM_YEARS_MAX`] and
/// [`crate::RATE_ONE`] no sum of interest leaves its type.
pub const PRINCIPAL_MAX: i64 = 100_000_000_000_000;
/// The longest term of a claim, in years.
pub const TERM_YEARS_MAX: u32 = 100;
/// The most rates of a claim: one a month for forty years.
pub const RATES_MAX: usize = 512;
/// The most instalments: one a month for [`TERM_YEARS_MAX`].
pub const INSTALMENTS_MAX: usize = 1_200;
/// The most guarantors of a claim.
pub const GUARANTORS_MAX: usize = 64;
/// The most fees of a reverse licence.
pub const LICENCE_FEES_MAX: usize = 1_200;
/// The longest grace for a late fee, in days.
pub const GRACE_DAYS_MAX: u16 = 366;
/// The day of the month on which interest is settled where the contract names none: banks' custom (结息日).
pub const SETTLEMENT_DAY: u8 = 20;
/// What all charges together may come to a year where the contract names no less: 24 % (法发〔2017〕22号 2).
pub const CHARGES_CAP: Rate = Rate(240_000);
/// The least and the most that an overdue claim's rate may rise, of the contract's rate (银发〔2003〕251号 3).
pub const OVERDUE_BAND: (BasisPoints, BasisPoints) = (BasisPoints(3_000), BasisPoints(5_000));
/// The same where the money was used for something else than agreed.
pub const MISUSE_BAND: (BasisPoints, BasisPoints) = (BasisPoints(5_000), BasisPoints(10_000));

words! {
    /// How the part of a year between two days is counted.
    pub enum DayCount {
        /// Actual days of 360.
        Act360 = 0, "act_360";
        /// Actual days of 365.
        Act365 = 1, "act_365";
        /// Whole months of twelve, and the days that are left of 360 (逐笔计息, 整年整月加零头天数).
        Months12 = 2, "months_12";
        /// Whole quarters of four, and of one that is not whole its days over those that it has (RULES.md 7.7).
        Quarter = 3, "quarter";
    }

    /// How often interest is settled.
    pub enum Cycle {
        /// Each month.
        Monthly = 0, "monthly";
        /// In the last month of each quarter.
        Quarterly = 1, "quarterly";
        /// In June and December.
        HalfYearly = 2, "half_yearly";
        /// In December.
        Yearly = 3, "yearly";
        /// When the claim is due, and not before (利随本清).
        AtEnd = 4, "at_end";
    }

    /// What unpaid interest carries: in term at the contract's rate, after it at the penalty's (复利). What it carries
    /// carries nothing.
    pub enum Compounding {
        /// Nothing.
        None = 0, "none";
        /// Interest that was settled and not paid carries interest; penalty interest does not.
        Interest = 1, "interest";
        /// Penalty interest that was settled and not paid does too: courts differ (PLEDGES.md 7, O2).
        InterestAndPenalty = 2, "interest_and_penalty";
    }

    /// In which order a payment is counted.
    pub enum PaymentOrder {
        /// Costs, interest, principal (民法典 561).
        InterestFirst = 0, "interest_first";
        /// Costs, principal, interest, as 561 lets the parties agree.
        PrincipalFirst = 1, "principal_first";
    }

    /// What kind of guarantor.
    pub enum GuaranteeKind {
        /// Answers beside the debtor (连带责任保证, 民法典 688).
        Joint = 0, "joint";
        /// Answers when enforcement against the debtor failed (一般保证, 民法典 687).
        General = 1, "general";
        /// The contract does not say: as a general one (民法典 686).
        NotSaid = 2, "not_said";
    }

    /// In which order the collateral and a guarantor are called, as agreed (民法典 392).
    pub enum CallOrder {
        /// The collateral first.
        CollateralFirst = 0, "collateral_first";
        /// The guarantor first.
        GuarantorFirst = 1, "guarantor_first";
        /// As the creditor chooses.
        CreditorChooses = 2, "creditor_chooses";
    }
}

record! {
    /// A rate and the day from which it holds: a claim that is priced over a reference rate has a step each time it is
    /// priced anew.
    #[derive(Copy)]
    pub struct RateStep {
        /// Its first day.
        from as "from_on": Date,
        /// The contract's rate, the spread in it: millionths a year.
        rate as "rate_e6": Rate => "43500",
    }

    /// When interest is settled: reckoned up to that day, rounded once, and payable on the next.
    #[derive(Copy)]
    pub struct Settlement {
        /// How often.
        cycle: Cycle,
        /// On which day of the month, 1 to 31, or the month's last where it has no such day; none: the 20th.
        day: Option<u8>,
    }

    /// By how much the rate rises where the contract is broken, in basis points of the contract's rate
    /// (银发〔2003〕251号 3).
    #[derive(Copy)]
    pub struct Penalty {
        /// Overdue: 3000 to 5000.
        overdue as "overdue_bps": BasisPoints => "5000",
        /// Used for something else: 5000 to 10000; none: not agreed.
        misuse as "misuse_bps": Option<BasisPoints>,
    }

    /// A part of the principal and the day on which it is due.
    #[derive(Copy)]
    pub struct Instalment {
        /// When.
        due as "due_on": Date,
        /// How much.
        principal: Amount,
    }

    /// Who answers for a claim beside its debtor.
    #[derive(Copy)]
    pub struct Guarantor {
        /// Who.
        entity as "entity_id": EntityId,
        /// How.
        kind: GuaranteeKind,
        /// Up to how much; none: for all of it (民法典 691).
        most: Option<Amount>,
        /// The first day after the period that was agreed; none: six months from the due day (民法典 692).
        ends as "ends_on": Option<Date>,
        /// The contract says «until all is paid»: as if no period were agreed (担保解释 32).
        until_paid: bool = default,
        /// Who is called first, if that was agreed.
        order: Option<CallOrder>,
        /// It promised to stay though the creditor gives up the debtor's own pledge (民法典 409, 435).
        stays: bool = default,
        /// How many months after the debt is due it may be called on, where the period was agreed so; none of them is no
        /// period.
        months: Option<u32>,
        /// Which part of the debt it covers; none: all of it.
        part as "part_bps": Option<BasisPoints>,
        /// It pays as for a loan on credit, at the default and without waiting for the pledge's sale (参照信用贷款予以代偿; the
        /// Guidance, art. 9).
        as_credit: bool = default,
        /// It was agreed that it takes over what a third party pledged, once it paid (担保解释 13, 18).
        recourse: bool = default,
    }

    /// The terms of a claim.
    pub struct ClaimTerms {
        /// What is lent; where interest was taken off in advance, what was really lent (民法典 670).
        principal: Amount,
        /// The first day on which it is lent.
        drawn as "drawn_on": Date,
        /// When all of it is due: the first day that is not in term any more.
        due as "due_on": Date,
        /// How days are counted.
        day_count: DayCount,
        /// 1 to 512 rates, the first from the first day or before, each from a later day than the one before.
        rates: Vec<RateStep>,
        /// When interest is settled.
        settlement: Settlement,
        /// By how much the rate rises where it is not paid or misused; none: it does not.
        penalty: Option<Penalty>,
        /// What unpaid interest carries.
        compounding: Compounding,
        /// What all charges may come to a year once the debtor asks a court to cut them, in millionths; none: 240000.
        cap as "cap_e6": Option<Rate>,
        /// In which order a payment is counted.
        order: PaymentOrder,
        /// In which parts it is due, by days, the last on the due day, all of them the principal; empty: in one.
        instalments: Vec<Instalment> = default,
        /// Who answers for it beside the debtor.
        guarantors: Vec<Guarantor> = default,
    }
}

one_of! {
    /// What befell a claim: what it comes to follows it.
    pub enum Befell {
        /// A court gave judgment on it (民诉法 264; 法释〔2014〕8号).
        Judgment {
            /// The judgment debt without ordinary interest: what interest is doubled on.
            base: Amount,
            /// The first day after the time for performance: interest is doubled from it on.
            from as "from_on": Date,
        } = "judgment";
        /// Its enforcement is suspended, and not at the debtor's request, or goes on: suspended days are not doubled
        /// (法释〔2014〕8号 3).
        Suspension {
            /// Whether it is suspended.
            suspended: bool,
            /// From which day on.
            on: Date,
        } = "suspension";
        /// So much of its principal is used for something else than agreed; 0: nothing any more.
        Misuse {
            /// How much.
            amount: Amount,
            /// From which day on.
            on: Date,
        } = "misuse";
        /// The debtor asked the court to cut all charges to the cap (法发〔2017〕22号 2).
        CapPleaded {} = "cap_pleaded";
    }
}

record! {
    /// Records what befell a claim. A judgment, a suspension, a misuse by a user of a creditor, or an operator; the plea of
    /// the cap by a user of the debtor.
    pub struct RecordClaimFact {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// What.
        befell: Befell,
        /// Digest of the judgment, the order, the proof, the plea.
        evidence as "evidence_sha256": Digest,
    }

    /// What befell a claim, as it was recorded.
    pub struct ClaimFact {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// What.
        befell: Befell,
        /// Digest of the judgment, the order, the proof, the plea.
        evidence as "evidence_sha256": Digest,
    }
}

record! {
    /// What the licensee of a reverse licence pays (RULES.md 2.4), after each period of it.
    #[derive(Copy)]
    pub struct LicenceFees {
        /// For a whole period; of one that is not whole, its days' part.
        fee: Amount,
        /// How long a period is; not `at_end`.
        cycle: Cycle,
        /// The first day of the licence.
        begins as "begins_on": Date,
        /// The first day without it: not after the right's end.
        ends as "ends_on": Date,
        /// From which day periods are counted, the first of the licence or a year before at most; none: the first.
        periods_from as "periods_from_on": Option<Date>,
        /// How many days after a due day a fee may still be paid: to the end of the last of them.
        grace_days: u16,
        /// What a late fee bears, in millionths a year; 0: nothing.
        late as "late_rate_e6": Rate => "65250",
    }
}

/// How long a guarantor may be called on, as its contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuaranteePeriod {
    /// The contract does not say.
    NotAgreed,
    /// «Until all is paid», or the like: not agreed (担保解释 32).
    UntilPaid,
    /// To this day. One not later than the debt's is not agreed.
    Until(Date),
    /// So many months after the debt is due; none is not agreed.
    Months(u32),
}

impl Guarantor {
    /// A joint guarantor of the whole debt whose contract says no more.
    pub const fn joint(entity: EntityId) -> Self {
        Self {
            entity,
            kind: GuaranteeKind::Joint,
            most: None,
            ends: None,
            until_paid: false,
            order: None,
            stays: false,
            months: None,
            part: None,
            as_credit: false,
            recourse: false,
        }
    }

    /// How long it may be called on, as its contract says.
    pub fn period(&self) -> GuaranteePeriod {
        match (self.until_paid, self.ends, self.months) {
            (true, ..) => GuaranteePeriod::UntilPaid,
            (_, Some(ends), _) => GuaranteePeriod::Until(ends.before()),
            (.., Some(months)) => GuaranteePeriod::Months(months),
            (false, None, None) => GuaranteePeriod::NotAgreed,
        }
    }
}

words! {
    /// On what ground a pledged right is licensed back (RULES.md 2.4; 民法典 431, 446): the pledgee does not own it.
    pub enum LicenceAuthority {
        /// The pledgor agreed.
        PledgorAgreement = 0, "pledgor_agreement";
        /// The operator holds the pledgor's mandate.
        OperatorMandate = 1, "operator_mandate";
        /// A company of its own holds an exclusive licence of it.
        SpvExclusiveLicence = 2, "spv_exclusive_licence";
    }

    /// Who turns a claim into shares (国发〔2016〕54号; 银保监会令2018年第4号 4).
    pub enum Converter {
        /// A bank: not its own claim.
        Bank = 0, "bank";
        /// A bank's company for it (金融资产投资公司).
        Aic = 1, "aic";
        /// An asset management company.
        Amc = 2, "amc";
        /// A fund.
        Fund = 3, "fund";
        /// A guarantor that paid.
        Guarantor = 4, "guarantor";
    }

    /// What kind of company issues shares.
    pub enum CompanyForm {
        /// 有限责任公司: 1 to 50 holders (公司法 42).
        Limited = 0, "limited";
        /// 股份有限公司, not public: to 200 holders (证券法 9).
        Joint = 1, "joint_stock";
        /// 股份有限公司, public.
        Public = 2, "public";
    }

    /// How a holder came by shares.
    pub enum EquityOrigin {
        /// By enforcing a mortgage or pledge (商业银行法 42).
        Enforcement = 0, "enforcement";
        /// By turning a claim into them.
        Conversion = 1, "conversion";
    }

    /// What becomes of a claim beyond its appraised value (PLEDGES.md 2.7): the agreement must say.
    pub enum Excess {
        /// It is waived.
        Waived = 0, "waived";
        /// It stays a debt.
        Stays = 1, "stays";
    }

    /// A step on the way from a claim to shares (PLEDGES.md 2.7).
    pub enum EquityStep {
        /// The bank sold its claim to who may turn it.
        ClaimAssigned = 0, "claim_assigned";
        /// The claim and the shares were valued.
        Valued = 1, "valued";
        /// The issuer's meeting resolved, with two thirds.
        Voted = 2, "voted";
        /// The holders waived their right to subscribe first.
        PreemptionWaived = 3, "preemption_waived";
        /// The shares were issued.
        Issued = 4, "issued";
        /// The register shows the holder.
        Registered = 5, "registered";
        /// The pledge was released.
        PledgeReleased = 6, "pledge_released";
        /// The shares are held.
        Held = 7, "held";
        /// The shares were sold.
        Disposed = 8, "disposed";
    }
}
