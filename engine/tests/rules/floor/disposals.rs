//! What the tests of disposals share: a default with a plan, and the commands that lead from it to the money.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{
    Floor, OPERATOR, Party,
    grants::EVIDENCE,
    pledges::{self, Desk},
};
use engine::book::Book;
use protocol::{
    Amount, AssetId, BasisPoints, Command, Currency, Date, Digest, DisposalId, LoanId, Receipt, Record, TransferId,
    UserId,
    claim::{Befell, RecordClaimFact},
    disposal::{
        AgreeBelow, AgreeCorrection, AgreeInDisposal, AskSecurity, Bankruptcy, CaseAgreement, CorrectDistribution,
        Correction, CourtScheme, Disposal, DistributeProceeds, Distribution, EndDisposal, LoanPlan, OpenDisposal,
        PressForSale, ProposePlan, RecordBankruptcy, RecordUpkeep, ReleaseForSale, SalePress, Security, SettleSecurity,
        SignPlan, TitleRoad, UpkeepKind,
    },
    plan::{Claims, Payee, Plan},
    pledge::DefaultCause,
};

/// The instrument by which a title passes.
pub const INSTRUMENT: Digest = Digest([4; 32]);

pub fn payee(party: Party) -> Payee {
    Payee::Participant {
        entity: party.entity,
        account: party.account,
    }
}

/// The plan of the law, for these.
pub fn plan(payees: &[Party]) -> Plan {
    Plan::by_law(Currency::Cny, payees.iter().map(|party| payee(*party)).collect())
}

pub fn propose_plan(loan: LoanId, plan: Plan) -> Command {
    Command::ProposePlan(Box::new(ProposePlan { loan, plan }))
}

pub fn sign_plan(loan: LoanId, plan: &Plan) -> Command {
    Command::SignPlan(SignPlan {
        loan,
        plan: plan.digest(),
    })
}

pub fn opening(loan: LoanId, change: impl FnOnce(&mut OpenDisposal)) -> Command {
    let mut asked = OpenDisposal {
        loan,
        road: Some(TitleRoad::Mandate),
        instrument: Some(INSTRUMENT),
        floor: BasisPoints(0),
    };
    change(&mut asked);
    Command::OpenDisposal(Box::new(asked))
}

pub fn below(disposal: DisposalId, price: Amount) -> Command {
    Command::AgreeBelow(Box::new(AgreeBelow {
        disposal,
        price,
        evidence: EVIDENCE,
    }))
}

pub fn release(disposal: DisposalId, transfer: TransferId) -> Command {
    Command::ReleaseForSale(Box::new(ReleaseForSale {
        disposal,
        transfer,
        evidence: EVIDENCE,
    }))
}

pub fn distribute(disposal: DisposalId, transfer: TransferId, change: impl FnOnce(&mut DistributeProceeds)) -> Command {
    let mut asked = DistributeProceeds {
        disposal,
        transfer,
        part: None,
        claims: Claims::default(),
        trust: None,
        scheme: None,
        rates: vec![],
    };
    change(&mut asked);
    Command::DistributeProceeds(Box::new(asked))
}

pub fn correct(disposal: DisposalId, transfer: TransferId, change: impl FnOnce(&mut CorrectDistribution)) -> Command {
    let mut asked = CorrectDistribution {
        disposal,
        transfer,
        part: None,
        claims: Claims::default(),
        trust: None,
        scheme: None,
        rates: vec![],
        evidence: EVIDENCE,
    };
    change(&mut asked);
    Command::CorrectDistribution(Box::new(asked))
}

pub fn agree(disposal: DisposalId, transfer: TransferId, number: u32, agrees: bool) -> Command {
    Command::AgreeCorrection(Box::new(AgreeCorrection {
        disposal,
        transfer,
        part: None,
        number,
        agrees,
        evidence: EVIDENCE,
    }))
}

pub fn befell(loan: LoanId, befell: Befell) -> Command {
    Command::RecordClaimFact(Box::new(RecordClaimFact {
        loan,
        befell,
        evidence: EVIDENCE,
    }))
}

pub fn scheme(shares: Vec<protocol::disposal::SchemeShare>) -> Option<CourtScheme> {
    Some(CourtScheme {
        shares,
        digest: Digest([5; 32]),
    })
}

pub fn end(disposal: DisposalId) -> Command {
    Command::EndDisposal(Box::new(EndDisposal {
        disposal,
        evidence: EVIDENCE,
    }))
}

pub fn ask_security(loan: LoanId, days: u32) -> Command {
    Command::AskSecurity(AskSecurity {
        loan,
        days,
        evidence: EVIDENCE,
    })
}

pub fn settle_security(loan: LoanId) -> Command {
    Command::SettleSecurity(SettleSecurity {
        loan,
        evidence: EVIDENCE,
    })
}

pub fn press(loan: LoanId) -> Command {
    Command::PressForSale(PressForSale {
        loan,
        evidence: EVIDENCE,
    })
}

pub fn agree_in(disposal: DisposalId, to: CaseAgreement) -> Command {
    Command::AgreeInDisposal(AgreeInDisposal {
        disposal,
        to,
        evidence: EVIDENCE,
    })
}

pub fn upkeep(loan: LoanId, asset: Option<AssetId>, amount: Amount) -> Command {
    Command::RecordUpkeep(Box::new(RecordUpkeep {
        loan,
        asset,
        kind: UpkeepKind::Annuity,
        amount,
        evidence: EVIDENCE,
    }))
}

pub fn bankrupt(loan: LoanId, kind: Bankruptcy, accepted: Date, lifted: bool) -> Command {
    Command::RecordBankruptcy(Box::new(RecordBankruptcy {
        loan,
        kind,
        accepted,
        lifted,
        evidence: EVIDENCE,
    }))
}

/// Proposes a plan in the first one's name, and the others sign it.
pub fn agreed<B: Book>(floor: &mut Floor<B>, loan: LoanId, plan: &Plan, signers: &[UserId]) {
    floor.must(signers[0], propose_plan(loan, plan.clone()));
    for signer in &signers[1..] {
        floor.must(*signer, sign_plan(loan, plan));
    }
}

pub fn opened<B: Book>(floor: &mut Floor<B>, by: UserId, command: Command) -> DisposalId {
    match floor.must(by, command) {
        Receipt::Deal(seq) => DisposalId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// A loan in default whose pledges are being disposed of by the plan of the law.
pub fn in_disposal<B: Book>(floor: &mut Floor<B>, loan: LoanId, (bank, firm): (Party, Party)) -> DisposalId {
    agreed(floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    floor.must(OPERATOR, pledges::default(loan, DefaultCause::AgreedEvent));
    opened(floor, bank.user, opening(loan, |_| {}))
}

impl<B: Book> Desk<B> {
    /// A case of the bank against the firm.
    pub fn in_disposal(&mut self, loan: LoanId) -> DisposalId {
        in_disposal(&mut self.floor, loan, (self.bank, self.firm))
    }

    pub fn case(&self, id: DisposalId) -> Disposal {
        let told = self.floor.records(0);
        let mut told = told.into_iter().rev().filter_map(|changed| match changed.record {
            Record::Disposal(disposal) => Some(disposal),
            _ => None,
        });
        told.find(|disposal| disposal.disposal == id).expect("it was opened")
    }

    pub fn plan_of(&self, loan: LoanId) -> LoanPlan {
        let told = self.floor.records(0);
        let mut told = told.into_iter().rev().filter_map(|changed| match changed.record {
            Record::LoanPlan(plan) => Some(plan),
            _ => None,
        });
        told.find(|plan| plan.loan == loan).expect("it was proposed")
    }

    pub fn security(&self, loan: LoanId) -> Security {
        let told = self.floor.records(0);
        let mut told = told.into_iter().rev().filter_map(|changed| match changed.record {
            Record::Security(security) => Some(security),
            _ => None,
        });
        told.find(|told| told.loan == loan).expect("it was asked for")
    }

    pub fn pressed(&self, loan: LoanId) -> SalePress {
        let told = self.floor.records(0);
        let mut told = told.into_iter().rev().filter_map(|changed| match changed.record {
            Record::SalePress(pressed) => Some(pressed),
            _ => None,
        });
        told.find(|told| told.loan == loan).expect("somebody pressed")
    }

    pub fn correction(&self, transfer: TransferId) -> Correction {
        let told = self.floor.records(0);
        let mut told = told.into_iter().rev().filter_map(|changed| match changed.record {
            Record::Correction(correction) => Some(correction),
            _ => None,
        });
        told.find(|told| told.transfer == transfer).expect("one was asked for")
    }

    pub fn distribution(&self, transfer: TransferId) -> Distribution {
        let told = self.floor.records(0);
        let mut told = told.into_iter().rev().filter_map(|changed| match changed.record {
            Record::Distribution(distribution) => Some(distribution),
            _ => None,
        });
        told.find(|told| told.transfer == transfer).expect("it was paid out")
    }
}
