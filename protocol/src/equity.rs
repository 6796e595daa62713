//! A claim becomes shares of its debtor, or of the company that controls it (质权转股; RULES.md 2.7; PLEDGES.md 2.7, F8).
//!
//! A deal is proposed in an open case of disposal and goes step by step, each with its day and what shows it: the claim is
//! valued, the issuer's meeting resolves, its holders waive, shares are issued, the register shows the holder, the pledge
//! is released, the shares are held and sold. A bank does not turn its own claim: it assigns the claim before. What is
//! owed nobody types: it is reckoned from the claim.

use crate::{
    claim::{CompanyForm, Converter, EquityOrigin, EquityStep, Excess},
    describe::{one_of, record, words},
    ids::{ConversionId, DisposalId, EntityId, LoanId},
    text::{Digest, Name},
    time::Date,
    units::Amount,
};
use alloc::vec::Vec;

/// The most shares of a company before a deal.
pub const SHARES_MAX: u64 = 1_000_000_000_000_000;
/// The longest that an opinion of a claim's value is good, in months (参考价规定 27 as the pattern).
pub const OPINION_MONTHS_MAX: u32 = 12;

words! {
    /// How a deal stands that turns a claim into shares.
    pub enum ConversionState {
        /// It is on its way: its case waits for it.
        Running = 0, "running";
        /// The register shows the holder and the pledge is released; its case is closed. The shares are held, or sold.
        Done = 1, "done";
        /// No shares came about: given up, or the claim was paid, passed on, or lost its pledge before. Its case goes on.
        GivenUp = 2, "given_up";
    }
}

record! {
    /// A participant that issues shares.
    #[derive(Copy)]
    pub struct IssuingParticipant {
        /// Which.
        entity as "entity_id": EntityId,
    }

    /// A company that issues shares and takes no part here.
    pub struct IssuingOutsider {
        /// By which name.
        name: Name,
    }

    /// What a claim was valued at, as a contribution.
    #[derive(Copy)]
    pub struct ClaimValued {
        /// How much, in the claim's currency.
        value: Amount,
        /// For how many months from its base date the opinion is good, 1 to 12.
        months: u32,
    }

    /// The votes of a meeting.
    #[derive(Copy)]
    pub struct MeetingVotes {
        /// All votes there are.
        all: u64,
        /// Those present.
        present: u64,
        /// Those for it.
        in_favour: u64,
    }

    /// Who could subscribe first and does not.
    #[derive(Copy)]
    pub struct HoldersWaived {
        /// How many of the holders, beside who turns the claim.
        holders: u32,
    }

    /// How somebody came by shares.
    #[derive(Copy)]
    pub struct SharesHeld {
        /// By enforcing or by turning a claim: who has to sell them within two years hangs on it (商业银行法 42).
        origin: EquityOrigin,
    }
}

one_of! {
    /// Who issues shares for a claim.
    pub enum Issuer {
        /// A participant.
        Participant(IssuingParticipant) = "participant";
        /// A company that takes no part here.
        Outsider(IssuingOutsider) = "outsider";
    }

    /// A step on the way from a claim to shares, and what it needs.
    pub enum ConversionStep {
        /// The claim was valued (公司法 48). The step's day is the opinion's base date.
        Valued(ClaimValued) = "valued";
        /// The issuer's meeting resolved to increase its capital (公司法 66, 116).
        Voted(MeetingVotes) = "voted";
        /// Who could subscribe first waived, or all had agreed otherwise before (公司法 227). Of a limited company alone.
        PreemptionWaived(HoldersWaived) = "preemption_waived";
        /// The shares were issued for what is owed on that day: the claim is spoken for.
        Issued {} = "issued";
        /// The register shows the holder: the claim is reduced.
        Registered {} = "registered";
        /// The case's pledges are released, and the case is closed.
        PledgeReleased {} = "pledge_released";
        /// The shares are held.
        Held(SharesHeld) = "held";
        /// The shares were sold.
        Disposed {} = "disposed";
    }
}

record! {
    /// What an investment company has in shares or in a fund, and of how much: a limit asks for its part.
    #[derive(Copy)]
    pub struct Invested {
        /// Of how much: the total assets of its last quarter, or the fund.
        of: Amount,
        /// How much, this deal in it.
        invested: Amount,
    }

    /// When a bank sold its claim to who turns it.
    #[derive(Copy)]
    pub struct ClaimSold {
        /// On which day.
        on: Date,
        /// Digest of the contract.
        evidence as "evidence_sha256": Digest,
    }

    /// Proposes to turn a case's claim into shares. By a user of the acting holder of the claim, who holds all of it, or
    /// an operator.
    pub struct ProposeConversion {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// What kind of body the holder is. Who acts as a bank here is one, whatever it says.
        converter: Converter,
        /// Digest of the state's exception that lets a bank turn its own claim (商业银行法 43).
        exception as "exception_sha256": Option<Digest>,
        /// When the bank that held the claim sold it; none: no bank held it before.
        sold: Option<ClaimSold>,
        /// Who issues the shares: the debtor, or the company that controls it.
        issuer: Issuer,
        /// Digest of what shows that the issuer controls the debtor, where it is another.
        control as "control_sha256": Option<Digest>,
        /// What kind of company it is.
        form: CompanyForm,
        /// The price of a share, in the claim's currency.
        price: Amount,
        /// How many shares there are before, 1 to 10^15.
        shares_before: u64 => "10000000",
        /// How many holders it has before.
        holders_before: u32,
        /// The holder of the claim is one of them.
        holds_already: bool = default,
        /// What becomes of the claim beyond its value.
        excess: Excess,
        /// An investment company's own money in shares: a tenth of its total assets at most (金办发〔2024〕100号).
        pilot: Option<Invested>,
        /// Its part of one fund: three tenths at most.
        fund: Option<Invested>,
        /// Digest of the agreement.
        agreement as "agreement_sha256": Digest,
    }

    /// Records the next step of a deal. By a user of who holds the claim, and then the shares, or an operator.
    pub struct RecordConversionStep {
        /// Of which deal.
        conversion as "conversion_id": ConversionId,
        /// Which.
        step: ConversionStep,
        /// On which day it was done: not after today, nor before the day of the step before.
        on: Date,
        /// Digest of what shows it.
        evidence as "evidence_sha256": Digest,
    }

    /// Gives a deal up before the register shows the holder: the case is open again. By a user of the acting holder of
    /// the claim, or an operator.
    #[derive(Copy)]
    pub struct EndConversion {
        /// Which.
        conversion as "conversion_id": ConversionId,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }
}

record! {
    /// A step that was done.
    #[derive(Copy)]
    pub struct StepDone {
        /// Which.
        step: EquityStep,
        /// On which day.
        on: Date,
        /// Digest of what shows it.
        evidence as "evidence_sha256": Digest,
    }

    /// What a claim was valued at.
    #[derive(Copy)]
    pub struct ClaimOpinion {
        /// How much.
        value: Amount,
        /// The last day on which a meeting may resolve by it.
        good_until as "good_until_on": Date,
    }

    /// What was issued for a claim: shares at their price, what is left below a share and what lies above the value are
    /// what was owed, to the fen.
    #[derive(Copy)]
    pub struct SharesIssued {
        /// What was owed on the day of the issue.
        owed: Amount,
        /// How many shares.
        shares: u64,
        /// What they were issued for: so much of the claim is paid once the register shows the holder.
        paid: Amount,
        /// What is left below a share: it stays a debt.
        residue: Amount,
        /// What lies above the value: waived or a debt, as agreed.
        over_value: Amount,
        /// The holder's part of all shares by this issue, in millionths, rounded down.
        stake as "stake_e6": u32,
    }

    /// Until when shares have to be sold (商业银行法 42).
    #[derive(Copy)]
    pub struct SellBy {
        /// Two years by the calendar: the alarm runs on it.
        nominal as "nominal_on": Date,
        /// The same, moved off a day off, as far as the calendar tells (民法典 203).
        last_day as "last_on": Date,
        /// The nominal day has passed with the shares unsold.
        late: bool,
    }

    /// A deal that turns a claim into shares, as it stands: what its parties and the venue see after each change.
    pub struct Conversion {
        /// Which.
        conversion as "conversion_id": ConversionId,
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Who turns the claim and holds the shares.
        holder as "holder_id": EntityId,
        /// What kind of body it is.
        converter: Converter,
        /// Digest of the state's exception.
        exception as "exception_sha256": Option<Digest>,
        /// Who issues the shares.
        issuer: Issuer,
        /// Digest of what shows that it controls the debtor.
        control as "control_sha256": Option<Digest>,
        /// What kind of company it is.
        form: CompanyForm,
        /// The price of a share.
        price: Amount,
        /// How many shares there were before.
        shares_before: u64,
        /// How many holders it had before.
        holders_before: u32,
        /// The holder was one of them.
        holds_already: bool,
        /// What becomes of the claim beyond its value.
        excess: Excess,
        /// Digest of the agreement.
        agreement as "agreement_sha256": Digest,
        /// How it stands.
        state: ConversionState,
        /// What was done, in order.
        steps: Vec<StepDone>,
        /// What the claim was valued at.
        opinion: Option<ClaimOpinion>,
        /// The last day on which the register has to show the increase that was decided on (注册资本规定 4); none: none was,
        /// or the calendar ends before.
        shown_by as "shown_by_on": Option<Date>,
        /// What was issued.
        issued: Option<SharesIssued>,
        /// What stayed a debt when the register showed the holder.
        left: Option<Amount>,
        /// Until when the shares have to be sold; none: no law says.
        sell_by: Option<SellBy>,
        /// Digest of the ground on which it was given up, if somebody gave it up.
        evidence as "evidence_sha256": Option<Digest>,
    }
}

impl ConversionStep {
    /// Which step it is.
    pub const fn step(&self) -> EquityStep {
        match self {
            Self::Valued(_) => EquityStep::Valued,
            Self::Voted(_) => EquityStep::Voted,
            Self::PreemptionWaived(_) => EquityStep::PreemptionWaived,
            Self::Issued {} => EquityStep::Issued,
            Self::Registered {} => EquityStep::Registered,
            Self::PledgeReleased {} => EquityStep::PledgeReleased,
            Self::Held(_) => EquityStep::Held,
            Self::Disposed {} => EquityStep::Disposed,
        }
    }
}

impl Conversion {
    /// When a step was done, if it was.
    pub fn done(&self, step: EquityStep) -> Option<Date> {
        self.steps.iter().find(|done| done.step == step).map(|done| done.on)
    }

    /// What of the claim is spoken for: shares were issued for it, and the register does not show their holder yet.
    pub fn spoken_for(&self) -> Option<Amount> {
        let waits = self.state == ConversionState::Running && self.done(EquityStep::Registered).is_none();
        self.issued.filter(|_| waits).map(|issued| issued.paid)
    }
}
