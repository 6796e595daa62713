//! What the tests of loans and pledges share, beyond the floor itself.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{
    CODES, Floor, OPERATOR, Party, day,
    grants::{EVIDENCE, cash_posted},
    yuan,
};
use engine::book::Book;
use protocol::{
    Amount, AssetId, BasisPoints, Bounded, Command, Date, Digest, LoanId, PledgeId, Rate, Receipt, Record, UserId,
    claim::{ClaimTerms, Compounding, Cycle, DayCount, Guarantor, PaymentOrder, RateStep, Settlement},
    party::Roles,
    plan::PayerKind,
    pledge::{
        AnswerPledge, AssignClaim, ChangePledge, ContractTerm, CureDefault, DeclareDefault, DefaultCause, Defects,
        Demand, DemandKind, FilePledge, FixCause, FixClaim, GuarantorFreed, InsureLoan, Intake, Loan, LoanPayer,
        MendPledge, OfferedRight, PayGuarantee, PayInsurance, Pledge, PledgeApplication, PledgeContract, PledgeRefusal,
        PledgeState, PledgorKind, RecordDemand, RecordGuarantor, RecordRepayment, Recording, RecordingRefused,
        RegisterLoan, RegistrarAnswer, ReleasePledge, SignPledge, SubstitutePledge, WithdrawPledge, WithdrawSuit,
    },
    risk::InsuranceTerms,
    title::{Basis, NamedValue, RecordValuation, Share},
};

/// The contract of pledge.
pub const PLEDGE_CONTRACT: Digest = Digest([3; 32]);

/// A venue with a bank, a firm, and another of each.
pub struct Desk<B: Book> {
    pub floor: Floor<B>,
    pub bank: Party,
    pub firm: Party,
    pub other_bank: Party,
    pub other_firm: Party,
}

impl Clone for Desk<engine::book::FastBook> {
    fn clone(&self) -> Self {
        Self {
            floor: self.floor.clone(),
            ..*self
        }
    }
}

impl Desk<engine::book::FastBook> {
    pub fn new() -> Self {
        Self::on(Floor::cn_venue())
    }
}

impl<B: Book> Desk<B> {
    pub fn on(mut floor: Floor<B>) -> Self {
        let mut party = |code: usize, roles| floor.party(CODES[code], roles);
        let firm = Roles::FIRM.with(Roles::TRADER);
        let (bank, firm, other_bank, other_firm) = (
            party(0, Roles::BANK),
            party(1, firm),
            party(2, Roles::BANK),
            party(3, firm),
        );
        Self {
            floor,
            bank,
            firm,
            other_bank,
            other_firm,
        }
    }

    /// A loan of the bank to the firm, changed by `change`.
    pub fn loan(&mut self, change: impl FnOnce(&mut RegisterLoan)) -> LoanId {
        let asked = lent(self.bank, self.firm, change);
        made_loan(&mut self.floor, self.bank.user, asked)
    }

    /// A verified patent of the firm.
    pub fn patent(&mut self, name: &str) -> AssetId {
        self.floor.right(self.firm.entity, name, |_| {})
    }

    /// An application for a right of the firm, with its mandate.
    pub fn application(&self, loan: LoanId, assets: &[AssetId]) -> PledgeApplication {
        application(loan, self.firm, assets)
    }

    /// Files one application in the bank's name.
    pub fn file(&mut self, application: PledgeApplication) -> PledgeId {
        filed(&mut self.floor, self.bank.user, application)
    }

    /// A recorded pledge of a right of the firm for a loan of the bank.
    pub fn pledged(&mut self, loan: LoanId, asset: AssetId) -> PledgeId {
        self.recorded(self.application(loan, &[asset]))
    }

    /// Files one application in the bank's name, and the registrar records it.
    pub fn recorded(&mut self, application: PledgeApplication) -> PledgeId {
        let pledge = self.file(application);
        self.floor.must(OPERATOR, recorded(pledge));
        pledge
    }

    pub fn pledge(&self, id: PledgeId) -> Pledge {
        pledge(&self.floor, id)
    }

    pub fn state(&self, id: PledgeId) -> PledgeState {
        pledge(&self.floor, id).state
    }

    pub fn lent(&self, id: LoanId) -> Loan {
        loan(&self.floor, id)
    }

    /// What deals brought into a party's account, and is free.
    pub fn cash(&self, party: Party) -> i64 {
        let posted = cash_posted(&self.floor, 0).into_iter();
        let own = posted.filter(|(account, ..)| *account == party.account);
        own.map(|(_, free, ..)| free).sum()
    }
}

/// Terms of a loan from the day on which the floor opens: a million yuan at 4.35 % for a year.
pub fn claim_terms() -> ClaimTerms {
    ClaimTerms {
        principal: yuan(100_000_000),
        drawn: day(2026, 3, 2),
        due: day(2027, 3, 2),
        day_count: DayCount::Act360,
        rates: vec![RateStep {
            from: day(2026, 3, 2),
            rate: Rate(43_500),
        }],
        settlement: Settlement {
            cycle: Cycle::AtEnd,
            day: None,
        },
        penalty: None,
        compounding: Compounding::None,
        cap: None,
        order: PaymentOrder::InterestFirst,
        instalments: vec![],
        guarantors: vec![],
    }
}

/// Terms without interest: what is owed is the principal.
pub fn free_of_interest(terms: &mut ClaimTerms) {
    terms.rates[0].rate = Rate(0);
}

pub fn lent(bank: Party, firm: Party, change: impl FnOnce(&mut RegisterLoan)) -> RegisterLoan {
    let mut asked = RegisterLoan {
        creditors: vec![Share {
            entity: bank.entity,
            parts: 100,
        }],
        debtor: firm.entity,
        terms: claim_terms(),
        reference: Bounded::new("贷字2026-1").unwrap(),
        contract: Digest([2; 32]),
    };
    change(&mut asked);
    asked
}

pub fn register_loan(asked: RegisterLoan) -> Command {
    Command::RegisterLoan(Box::new(asked))
}

pub fn made_loan<B: Book>(floor: &mut Floor<B>, by: UserId, asked: RegisterLoan) -> LoanId {
    match floor.must(by, register_loan(asked)) {
        Receipt::Deal(seq) => LoanId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// An application for its own debt, with a mandate.
pub fn application(loan: LoanId, pledgor: Party, assets: &[AssetId]) -> PledgeApplication {
    let offered = |asset: &AssetId| OfferedRight {
        asset: *asset,
        value: None,
    };
    PledgeApplication {
        loan,
        pledgor: pledgor.entity,
        rights: assets.iter().map(offered).collect(),
        amount: yuan(100_000_000),
        maximum: None,
        way: None,
        contract: PledgeContract {
            states: ContractTerm::ALL.to_vec(),
            forfeiture: false,
            digest: PLEDGE_CONTRACT,
        },
        intake: Intake {
            kind: PledgorKind::Company,
            controlled: false,
            resolution: None,
            taxes: Some(EVIDENCE),
        },
        mandate: Some(EVIDENCE),
        co_owners: None,
        same_day: false,
        acknowledged: vec![],
        cover_pct: 0,
        replaces: None,
    }
}

pub fn file(applications: Vec<PledgeApplication>) -> Command {
    Command::FilePledge(Box::new(FilePledge { applications }))
}

pub fn filed<B: Book>(floor: &mut Floor<B>, by: UserId, application: PledgeApplication) -> PledgeId {
    match floor.must(by, file(vec![application])) {
        Receipt::Pledges(first, 1) => first,
        other => panic!("{other:?}"),
    }
}

pub fn sign(pledge: PledgeId) -> Command {
    Command::SignPledge(Box::new(SignPledge {
        pledge,
        contract: PLEDGE_CONTRACT,
    }))
}

fn answer(pledge: PledgeId, answer: RegistrarAnswer) -> Command {
    Command::AnswerPledge(Box::new(AnswerPledge { pledge, answer }))
}

pub fn recorded(pledge: PledgeId) -> Command {
    recorded_at(pledge, None)
}

pub fn recorded_at(pledge: PledgeId, at: Option<protocol::Timestamp>) -> Command {
    answer(
        pledge,
        RegistrarAnswer::Registered(Recording {
            number: Bounded::new("Y2026440000001").unwrap(),
            at,
            evidence: EVIDENCE,
        }),
    )
}

pub fn refused(pledge: PledgeId, ground: PledgeRefusal) -> Command {
    answer(
        pledge,
        RegistrarAnswer::Refused(RecordingRefused {
            ground,
            evidence: EVIDENCE,
        }),
    )
}

pub fn deficient(pledge: PledgeId, grounds: &[PledgeRefusal]) -> Command {
    answer(
        pledge,
        RegistrarAnswer::Deficient(Defects {
            grounds: grounds.to_vec(),
            evidence: EVIDENCE,
        }),
    )
}

pub fn mend(pledge: PledgeId, grounds: &[PledgeRefusal]) -> Command {
    Command::MendPledge(Box::new(MendPledge {
        pledge,
        grounds: grounds.to_vec(),
        contract: None,
        acknowledged: vec![],
        evidence: EVIDENCE,
    }))
}

pub fn withdraw(pledge: PledgeId) -> Command {
    Command::WithdrawPledge(WithdrawPledge { pledge })
}

pub fn change(pledge: PledgeId, amount: Option<Amount>, due: Option<Date>, consent: bool) -> Command {
    Command::ChangePledge(Box::new(ChangePledge {
        pledge,
        amount,
        due,
        consent: consent.then_some(EVIDENCE),
        evidence: EVIDENCE,
    }))
}

pub fn release(pledge: PledgeId, assets: &[AssetId]) -> Command {
    Command::ReleasePledge(Box::new(ReleasePledge {
        pledge,
        assets: assets.to_vec(),
        evidence: EVIDENCE,
    }))
}

pub fn substitute(pledge: PledgeId, by: PledgeId) -> Command {
    Command::SubstitutePledge(Box::new(SubstitutePledge {
        pledge,
        assets: vec![],
        by,
        evidence: EVIDENCE,
    }))
}

pub fn assign(loan: LoanId, to: Party, parts: Option<u32>, agreed: bool) -> Command {
    Command::AssignClaim(Box::new(AssignClaim {
        loan,
        to: to.entity,
        parts,
        agreed,
        evidence: EVIDENCE,
    }))
}

pub fn fix(pledge: PledgeId, cause: FixCause, on: Date, principal: Amount) -> Command {
    Command::FixClaim(Box::new(FixClaim {
        pledge,
        cause,
        on,
        principal,
        evidence: EVIDENCE,
    }))
}

pub fn demand(loan: LoanId, kind: DemandKind, on: Party, served: Date) -> Command {
    demand_so(loan, kind, on, served, |_| {})
}

pub fn demand_so(
    loan: LoanId,
    kind: DemandKind,
    on: Party,
    served: Date,
    change: impl FnOnce(&mut RecordDemand),
) -> Command {
    let mut asked = RecordDemand {
        loan,
        kind,
        on: on.entity,
        served,
        ground: None,
        executed_in_vain: false,
        proof: EVIDENCE,
    };
    change(&mut asked);
    Command::RecordDemand(Box::new(asked))
}

pub fn default(loan: LoanId, cause: DefaultCause) -> Command {
    Command::DeclareDefault(Box::new(DeclareDefault {
        loan,
        cause,
        evidence: EVIDENCE,
    }))
}

pub fn cure(loan: LoanId) -> Command {
    Command::CureDefault(Box::new(CureDefault {
        loan,
        evidence: EVIDENCE,
    }))
}

pub fn repay(loan: LoanId, amount: Amount, on: Date) -> Command {
    repaid(loan, amount, on, None)
}

/// A payment that somebody made in the debtor's place.
pub fn repaid_by(loan: LoanId, amount: Amount, on: Date, payer: Party, kind: PayerKind) -> Command {
    let payer = LoanPayer {
        entity: payer.entity,
        kind,
        agreed: false,
    };
    repaid(loan, amount, on, Some(payer))
}

pub fn repaid(loan: LoanId, amount: Amount, on: Date, payer: Option<LoanPayer>) -> Command {
    Command::RecordRepayment(Box::new(RecordRepayment {
        loan,
        amount,
        on,
        payer,
        evidence: EVIDENCE,
    }))
}

/// A withdrawal of a suit that was brought on this day.
pub fn withdraw_suit(loan: LoanId, against: Party, brought: Date, served: bool) -> Command {
    Command::WithdrawSuit(Box::new(WithdrawSuit {
        loan,
        against: against.entity,
        brought,
        served,
        proof: EVIDENCE,
    }))
}

pub fn pay_guarantee(loan: LoanId, by: Party) -> Command {
    Command::PayGuarantee(PayGuarantee {
        loan,
        account: by.account,
    })
}

/// Figures of so many fen of net assets, none of it for loans elsewhere.
pub fn figures(party: Party, net_assets: i64, change: impl FnOnce(&mut RecordGuarantor)) -> Command {
    let mut asked = RecordGuarantor {
        entity: party.entity,
        net_assets: yuan(net_assets),
        small_business: false,
        elsewhere: yuan(0),
        as_of: day(2026, 3, 2),
        evidence: EVIDENCE,
    };
    change(&mut asked);
    Command::RecordGuarantor(Box::new(asked))
}

/// An insurance of 70 % of a loss, a tenth of that deducted, up to so many fen.
pub fn insure(loan: LoanId, insurer: Party, limit: i64, change: impl FnOnce(&mut InsureLoan)) -> Command {
    let mut asked = InsureLoan {
        loan,
        insurer: insurer.entity,
        terms: InsuranceTerms {
            cover: BasisPoints(7_000),
            deductible: BasisPoints(1_000),
            limit: yuan(limit),
        },
        policy: EVIDENCE,
    };
    change(&mut asked);
    Command::InsureLoan(Box::new(asked))
}

pub fn pay_insurance(loan: LoanId, by: Party) -> Command {
    Command::PayInsurance(PayInsurance {
        loan,
        account: by.account,
    })
}

pub fn guarantor(party: Party, change: impl FnOnce(&mut Guarantor)) -> Guarantor {
    let mut guarantor = Guarantor::joint(party.entity);
    change(&mut guarantor);
    guarantor
}

/// A pledge as its parties last heard.
pub fn pledge<B: Book>(floor: &Floor<B>, id: PledgeId) -> Pledge {
    let told = floor.records(0).into_iter().rev();
    let mut pledges = told.filter_map(|changed| match changed.record {
        Record::Pledge(pledge) if pledge.pledge == id => Some(pledge),
        _ => None,
    });
    pledges.next().expect("a pledge was told")
}

/// A loan as its parties last heard.
pub fn loan<B: Book>(floor: &Floor<B>, id: LoanId) -> Loan {
    let told = floor.records(0).into_iter().rev();
    let mut loans = told.filter_map(|changed| match changed.record {
        Record::Loan(loan) if loan.loan == id => Some(loan),
        _ => None,
    });
    loans.next().expect("a loan was told")
}

/// Who was freed since `first`.
pub fn freed<B: Book>(floor: &Floor<B>, first: usize) -> Vec<GuarantorFreed> {
    let told = floor.records(first).into_iter();
    told.filter_map(|changed| match changed.record {
        Record::GuarantorFreed(freed) => Some(freed),
        _ => None,
    })
    .collect()
}

/// What was demanded since `first`.
pub fn demands<B: Book>(floor: &Floor<B>, first: usize) -> Vec<Demand> {
    let told = floor.records(first).into_iter();
    told.filter_map(|changed| match changed.record {
        Record::Demand(demand) => Some(demand),
        _ => None,
    })
    .collect()
}

/// A valuation that was agreed on.
pub fn valued(asset: AssetId, minor: i64) -> Command {
    Command::RecordValuation(Box::new(RecordValuation {
        asset,
        basis: Basis::Agreed(NamedValue { amount: yuan(minor) }),
        expires: day(2026, 9, 1),
        evidence: EVIDENCE,
    }))
}
