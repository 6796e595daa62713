//! What the tests of subsidies, branches and officers' files share, beyond the floor and its loans.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{
    CODES, Floor, OPERATOR, Party, day,
    grants::EVIDENCE,
    pledges::{Desk, repay},
    yuan,
};
use engine::book::{Book, FastBook};
use protocol::{
    AccountId, Amount, AssetId, Command, Currency, Date, Digest, LoanId, MeasureId, Readers, Receipt, Record,
    SubsidyId, UserId,
    asset::AssetClass,
    diligence::{BranchStanding, DrawOfficerFile, RecordDutyStep, TellBranchBooks},
    party::Roles,
    pledge::RegisterLoan,
    risk::{BranchBooks, CostItem, DutyStep, OfficerFile, SubsidyProfile, SubsidyScheme},
    subsidy::{
        ApplyForSubsidy, CostShown, DecideSubsidy, MeasureTerms, OpenMeasure, Subsidy, SubsidyState, WithdrawSubsidy,
    },
};

/// The governments of the published schemes.
pub const SHENZHEN: u32 = 440_300;
pub const FUTIAN: u32 = 440_304;
pub const NANSHAN: u32 = 440_305;

/// The desk of a bank beside an agency that pays subsidies.
pub struct Council<B: Book> {
    pub desk: Desk<B>,
    pub agency: Party,
}

impl Council<FastBook> {
    pub fn new() -> Self {
        let mut desk = Desk::new();
        let agency = desk.floor.party(CODES[4], Roles::FUND);
        Self { desk, agency }
    }
}

impl<B: Book> Council<B> {
    pub fn floor(&mut self) -> &mut Floor<B> {
        &mut self.desk.floor
    }

    /// So many fen come into the agency's account.
    pub fn gives(&mut self, fen: i64) {
        self.desk.floor.cash_in(self.agency.account, fen);
    }

    /// A measure of a published scheme.
    pub fn published(&mut self, scheme: SubsidyScheme) -> MeasureId {
        let asked = published(self.agency.account, scheme);
        self.opened(asked)
    }

    /// A measure by its own papers, of this government.
    pub fn own(&mut self, government: u32, profile: SubsidyProfile) -> MeasureId {
        let asked = own(self.agency.account, government, profile);
        self.opened(asked)
    }

    pub fn opened(&mut self, asked: OpenMeasure) -> MeasureId {
        MeasureId(deal(self.desk.floor.must(OPERATOR, open(asked))))
    }

    /// A loan of the bank to the firm, for which a patent of the firm is pledged.
    pub fn loan(&mut self, name: &str, change: impl FnOnce(&mut RegisterLoan)) -> LoanId {
        self.loan_on(name, AssetClass::Patent, change)
    }

    /// The same for a right of this class.
    pub fn loan_on(&mut self, name: &str, class: AssetClass, change: impl FnOnce(&mut RegisterLoan)) -> LoanId {
        let loan = self.desk.loan(change);
        let asset = self.right(name, class);
        self.desk.pledged(loan, asset);
        loan
    }

    pub fn right(&mut self, name: &str, class: AssetClass) -> AssetId {
        let firm = self.desk.firm.entity;
        self.desk.floor.right(firm, name, |right| right.asset.class = class)
    }

    /// The firm applies, and shows what it paid.
    pub fn applied(&mut self, measure: MeasureId, loan: LoanId, costs: &[CostShown]) -> SubsidyId {
        let asked = apply(measure, loan, self.desk.firm, costs);
        SubsidyId(deal(self.desk.floor.must(self.desk.firm.user, asked)))
    }

    /// The firm applies and is granted.
    pub fn granted(&mut self, measure: MeasureId, loan: LoanId, costs: &[CostShown]) -> Subsidy {
        let subsidy = self.applied(measure, loan, costs);
        self.desk.floor.must(OPERATOR, decide(subsidy, true));
        self.told(subsidy)
    }

    /// An application, as was told last.
    pub fn told(&self, id: SubsidyId) -> Subsidy {
        self.heard(id).0
    }

    /// An application, as was told last, and who heard.
    pub fn heard(&self, id: SubsidyId) -> (Subsidy, Readers) {
        let told = self.desk.floor.records(0).into_iter().rev();
        let mut told = told.filter_map(|changed| match changed.record {
            Record::Subsidy(told) if told.subsidy == id => Some((told, changed.readers)),
            _ => None,
        });
        told.next().expect("it was told")
    }

    /// The firm pays so many fen on a loan.
    pub fn pays(&mut self, loan: LoanId, fen: i64, on: Date) {
        let bank = self.desk.bank.user;
        self.desk.floor.must(bank, repay(loan, yuan(fen), on));
    }
}

/// What a subsidy comes to: the state, what counts, what it comes to, and what is paid.
pub fn sums(subsidy: &Subsidy) -> (SubsidyState, i64, i64, i64) {
    let grant = subsidy.grant.expect("it was granted");
    let [counted, uncapped, granted] = [grant.counted, grant.uncapped, grant.granted].map(|sum| sum.money.minor());
    (subsidy.state, counted, uncapped, granted)
}

pub fn deal(receipt: Receipt) -> u64 {
    match receipt {
        Receipt::Deal(seq) => seq.0,
        other => panic!("{other:?}"),
    }
}

/// A paper of this number.
pub const fn paper(number: u8) -> Digest {
    Digest([number; 32])
}

/// A cost that is shown by a paper of this number.
pub const fn cost(item: CostItem, fen: i64, number: u8) -> CostShown {
    CostShown {
        item,
        amount: Amount::new(Currency::Cny, protocol::Money::from_minor(fen)),
        evidence: paper(number),
    }
}

pub fn published(account: AccountId, scheme: SubsidyScheme) -> OpenMeasure {
    OpenMeasure {
        account,
        government: scheme.government().expect("it is published"),
        currency: Currency::Cny,
        terms: MeasureTerms::Published(scheme),
        until: None,
    }
}

pub fn own(account: AccountId, government: u32, profile: SubsidyProfile) -> OpenMeasure {
    OpenMeasure {
        account,
        government,
        currency: Currency::Cny,
        terms: MeasureTerms::Own(profile),
        until: None,
    }
}

/// A measure that pays all of a guarantor's fee, changed by `change`.
pub fn fees(change: impl FnOnce(&mut SubsidyProfile)) -> SubsidyProfile {
    let mut profile = SubsidyScheme::Nanshan2025.published().unwrap();
    profile.scheme = SubsidyScheme::Other;
    profile.items.retain(|item| item.item == CostItem::Guarantee);
    profile.items[0].part = protocol::BasisPoints(10_000);
    profile.year_cap = None;
    change(&mut profile);
    profile
}

pub fn open(asked: OpenMeasure) -> Command {
    Command::OpenMeasure(Box::new(asked))
}

pub fn apply(measure: MeasureId, loan: LoanId, firm: Party, costs: &[CostShown]) -> Command {
    apply_so(measure, loan, firm, costs, |_| {})
}

pub fn apply_so(
    measure: MeasureId,
    loan: LoanId,
    firm: Party,
    costs: &[CostShown],
    change: impl FnOnce(&mut ApplyForSubsidy),
) -> Command {
    let mut asked = ApplyForSubsidy {
        measure,
        loan,
        account: firm.account,
        first_loan: None,
        costs: costs.to_vec(),
    };
    change(&mut asked);
    Command::ApplyForSubsidy(Box::new(asked))
}

pub fn withdraw(subsidy: SubsidyId) -> Command {
    Command::WithdrawSubsidy(WithdrawSubsidy { subsidy })
}

pub fn decide(subsidy: SubsidyId, granted: bool) -> Command {
    Command::DecideSubsidy(Box::new(DecideSubsidy {
        subsidy,
        granted,
        evidence: EVIDENCE,
    }))
}

/// Books of a branch: non-performing and all loans on intellectual property, then all loans.
pub fn books(of: [i64; 4]) -> BranchBooks {
    let [ip_npl, ip_loans, all_npl, all_loans]: [Amount; 4] = of.map(yuan);
    BranchBooks {
        ip_npl,
        ip_loans,
        all_npl,
        all_loans,
    }
}

fn branch_books(branch: &str, on: Date, of: [i64; 4]) -> Box<TellBranchBooks> {
    Box::new(TellBranchBooks {
        branch: protocol::Bounded::new(branch).unwrap(),
        on,
        books: books(of),
        evidence: EVIDENCE,
    })
}

pub fn tell_books(branch: &str, on: Date, of: [i64; 4]) -> Command {
    Command::TellBranchBooks(branch_books(branch, on, of))
}

pub fn correct_books(branch: &str, on: Date, of: [i64; 4]) -> Command {
    Command::CorrectBranchBooks(branch_books(branch, on, of))
}

pub fn duty(loan: LoanId, step: DutyStep, on: Date) -> Command {
    Command::RecordDutyStep(Box::new(RecordDutyStep {
        loan,
        step,
        on,
        evidence: EVIDENCE,
    }))
}

pub fn draw(loan: LoanId, officer: UserId) -> Command {
    Command::DrawOfficerFile(DrawOfficerFile { loan, officer })
}

/// The verdict on a branch that was told last, and who heard.
pub fn verdict<B: Book>(floor: &Floor<B>) -> (BranchStanding, Readers) {
    let told = floor.records(0).into_iter().rev();
    let mut told = told.filter_map(|changed| match changed.record {
        Record::BranchStanding(standing) => Some((standing, changed.readers)),
        _ => None,
    });
    told.next().expect("it was told")
}

/// The officer's file that was told last, and who heard.
pub fn file_told<B: Book>(floor: &Floor<B>) -> (OfficerFile, Readers) {
    let told = floor.records(0).into_iter().rev();
    let mut told = told.filter_map(|changed| match changed.record {
        Record::OfficerFile(file) => Some((file, changed.readers)),
        _ => None,
    });
    told.next().expect("it was told")
}

/// The day on which the loans here are lent.
pub fn lent_on() -> Date {
    day(2026, 3, 2)
}
