//! What a pledge takes: a loan, an application for one right, the registrar's answer, and its holder's consent.

use protocol::{
    Amount, AssetId, Bounded, Command, Currency, Date, Digest, EntityId, LoanId, Money, PledgeId, Rate,
    claim::{ClaimTerms, Compounding, Cycle, DayCount, PaymentOrder, RateStep, Settlement},
    pledge::{
        AnswerPledge, ContractTerm, GivePledgeConsent, Intake, OfferedRight, PledgeAct, PledgeApplication,
        PledgeContract, PledgorKind, Proceeds, Recording, RegisterLoan, RegistrarAnswer,
    },
    title::Share,
};

/// A paper that is told by its digest.
pub(crate) const PAPER: Digest = Digest([0xdd; 32]);

/// A day.
pub(crate) fn day(year: i32, month: u32, day: u32) -> Date {
    Date::from_civil(year, month, day).expect("a day")
}

/// Whole yuan.
pub(crate) fn yuan(yuan: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(yuan * 100))
}

/// A loan of a million yuan at 4.35 % for a year.
pub(crate) fn loan(bank: EntityId, debtor: EntityId) -> Command {
    let terms = ClaimTerms {
        principal: yuan(1_000_000),
        drawn: day(2026, 3, 2),
        due: day(2027, 3, 2),
        day_count: DayCount::Act360,
        rates: vec![RateStep {
            from: day(2026, 3, 2),
            rate: Rate(43_500),
        }],
        settlement: Settlement {
            cycle: Cycle::Quarterly,
            day: None,
        },
        penalty: None,
        compounding: Compounding::None,
        cap: None,
        order: PaymentOrder::InterestFirst,
        instalments: Vec::new(),
        guarantors: Vec::new(),
    };
    Command::RegisterLoan(Box::new(RegisterLoan {
        creditors: vec![Share { entity: bank, parts: 1 }],
        debtor,
        terms,
        reference: Bounded::new("loan 1").expect("a reference"),
        contract: PAPER,
    }))
}

/// An application to pledge one right for a loan of its owner.
pub(crate) fn application(loan: LoanId, pledgor: EntityId, asset: AssetId) -> PledgeApplication {
    PledgeApplication {
        loan,
        pledgor,
        rights: vec![OfferedRight { asset, value: None }],
        amount: yuan(1_000_000),
        maximum: None,
        way: None,
        contract: PledgeContract {
            states: ContractTerm::ALL.to_vec(),
            forfeiture: false,
            digest: PAPER,
        },
        intake: Intake {
            kind: PledgorKind::Company,
            controlled: false,
            resolution: None,
            taxes: Some(PAPER),
        },
        mandate: Some(PAPER),
        co_owners: None,
        same_day: false,
        acknowledged: Vec::new(),
        cover_pct: 0,
        replaces: None,
    }
}

/// The registrar records a pledge.
pub(crate) fn recorded(pledge: PledgeId) -> Command {
    let recording = Recording {
        number: Bounded::new("Y2026980000001").expect("a number"),
        at: None,
        evidence: PAPER,
    };
    Command::AnswerPledge(Box::new(AnswerPledge {
        pledge,
        answer: RegistrarAnswer::Registered(recording),
    }))
}

/// The pledgee agrees to licences, units among them, at any price and in any number.
pub(crate) fn consent(pledge: PledgeId) -> Command {
    Command::GivePledgeConsent(Box::new(GivePledgeConsent {
        pledge,
        act: PledgeAct::Licence,
        kind: None,
        floor: None,
        quantity: None,
        until: None,
        licence_until: None,
        proceeds: Proceeds::Prepay,
    }))
}
