//! What the tests of risk pools share, beyond the floor and its loans.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{CODES, Floor, OPERATOR, Party, grants::EVIDENCE, pledges::Desk, yuan};
use engine::book::{Book, FastBook};
use protocol::{
    AccountId, Amount, BasisPoints, Command, Currency, Date, LoanId, PoolId, Receipt, Record, UserId,
    claim::ClaimTerms,
    party::Roles,
    pledge::RegisterLoan,
    risk::{
        Bearer, ClaimOnPool, DecidePoolClaim, EndPoolLoan, EnrolLoan, LossShare, OpenPool, PaidByGuarantor,
        PoolLoanEnd, PoolProfile, PoolStanding, ReGuarantee, RecordNpl, RecordRecovery, RiskPool, SetPoolFigures,
    },
};

/// The desk of a bank beside a fund that manages pools.
pub struct Town<B: Book> {
    pub desk: Desk<B>,
    pub fund: Party,
}

impl Town<FastBook> {
    pub fn new() -> Self {
        let mut desk = Desk::new();
        let fund = desk.floor.party(CODES[4], Roles::FUND);
        Self { desk, fund }
    }
}

impl<B: Book> Town<B> {
    /// A pool that pays so.
    pub fn pool(&mut self, profile: PoolProfile, shares: &[LossShare]) -> PoolId {
        match self.desk.floor.must(OPERATOR, open(self.fund.account, profile, shares)) {
            Receipt::Deal(seq) => PoolId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    /// So many fen come into a party's account.
    pub fn gives(&mut self, party: Party, fen: i64) {
        self.desk.floor.cash_in(party.account, fen);
    }

    /// A loan of so many fen to the firm, without interest.
    pub fn loan(&mut self, fen: i64) -> LoanId {
        self.desk.loan(of(fen))
    }

    pub fn must(&mut self, by: Party, command: Command) {
        self.desk.floor.must(by.user, command);
    }

    /// A loan of so many fen that turned bad the day after it was enrolled and is claimed on.
    pub fn claimed(&mut self, pool: PoolId, fen: i64) -> LoanId {
        let loan = self.loan(fen);
        self.bad(pool, loan, fen);
        self.must(self.desk.bank, claim(loan, self.desk.bank, fen));
        loan
    }

    /// Enrols a loan, and it turns bad the day after.
    pub fn bad(&mut self, pool: PoolId, loan: LoanId, fen: i64) {
        let bank = self.desk.bank;
        self.must(bank, enrol(pool, loan, Some(yuan(fen))));
        let day = protocol::Timestamp(self.desk.floor.at).venue_date().next();
        self.desk.floor.until(day);
        self.must(bank, npl(loan, day));
    }

    /// How a loan stands in its pool, as was told last.
    pub fn standing(&self, loan: LoanId) -> PoolStanding {
        standings(&self.desk.floor, 0)
            .into_iter()
            .rfind(|told| told.loan == loan)
            .expect("it was told")
    }

    /// A pool, as its manager last heard.
    pub fn told(&self, pool: PoolId) -> RiskPool {
        let records = self.desk.floor.records(0).into_iter().rev();
        let mut told = records.filter_map(|changed| match changed.record {
            Record::RiskPool(told) if told.pool == pool => Some(told),
            _ => None,
        });
        told.next().expect("it was told")
    }
}

/// Changes a loan to one of so many fen, without interest.
pub fn of(fen: i64) -> impl Fn(&mut RegisterLoan) {
    move |asked: &mut RegisterLoan| free_of_interest(&mut asked.terms, fen)
}

fn free_of_interest(terms: &mut ClaimTerms, fen: i64) {
    crate::floor::pledges::free_of_interest(terms);
    terms.principal = yuan(fen);
}

/// What was told of loans in pools since `first`.
pub fn standings<B: Book>(floor: &Floor<B>, first: usize) -> Vec<PoolStanding> {
    let told = floor.records(first).into_iter();
    told.filter_map(|changed| match changed.record {
        Record::PoolStanding(standing) => Some(standing),
        _ => None,
    })
    .collect()
}

pub fn open(account: AccountId, profile: PoolProfile, shares: &[LossShare]) -> Command {
    Command::OpenPool(Box::new(OpenPool {
        account,
        currency: Currency::Cny,
        profile,
        shares: shares.to_vec(),
    }))
}

pub fn figures(pool: PoolId, profile: PoolProfile) -> Command {
    Command::SetPoolFigures(Box::new(SetPoolFigures { pool, profile }))
}

/// A re-guarantee by a part of what the guarantor pays.
pub fn re_guarantee(pool: PoolId, loan: LoanId, by: Party, part: u16) -> Command {
    re_guarantee_so(pool, loan, by, |asked| asked.part = Some(BasisPoints(part)))
}

pub fn re_guarantee_so(pool: PoolId, loan: LoanId, by: Party, change: impl FnOnce(&mut ReGuarantee)) -> Command {
    let mut asked = ReGuarantee {
        pool,
        loan,
        account: by.account,
        shares: vec![],
        part: None,
        contract: EVIDENCE,
    };
    change(&mut asked);
    Command::ReGuarantee(Box::new(asked))
}

pub fn enrol(pool: PoolId, loan: LoanId, ip_share: Option<Amount>) -> Command {
    Command::EnrolLoan(Box::new(EnrolLoan {
        pool,
        loan,
        ip_share,
        favoured: false,
    }))
}

pub fn npl(loan: LoanId, on: Date) -> Command {
    Command::RecordNpl(Box::new(RecordNpl {
        loan,
        on,
        evidence: EVIDENCE,
    }))
}

/// A bank's claim, of which it is liable for so many fen itself.
pub fn claim(loan: LoanId, by: Party, own: i64) -> Command {
    claim_so(loan, by, own, |_| {})
}

pub fn claim_so(loan: LoanId, by: Party, own: i64, change: impl FnOnce(&mut ClaimOnPool)) -> Command {
    let mut asked = ClaimOnPool {
        loan,
        account: by.account,
        payee: Bearer::Bank,
        paid: None,
        own_liability: yuan(own),
        other_public: yuan(0),
        evidence: EVIDENCE,
    };
    change(&mut asked);
    Command::ClaimOnPool(Box::new(asked))
}

/// The claim of a guarantor that paid so many fen of the principal.
pub fn claim_of_guarantor(loan: LoanId, by: Party, fen: i64) -> Command {
    claim_so(loan, by, fen, |asked| {
        asked.payee = Bearer::Guarantor;
        asked.paid = Some(PaidByGuarantor {
            principal: yuan(fen),
            interest: yuan(0),
        });
    })
}

pub fn decide(loan: LoanId, paid: bool) -> Command {
    Command::DecidePoolClaim(Box::new(DecidePoolClaim {
        loan,
        paid,
        evidence: EVIDENCE,
    }))
}

pub fn recover(loan: LoanId, recovered: i64, cost: i64) -> Command {
    Command::RecordRecovery(Box::new(RecordRecovery {
        loan,
        recovered: yuan(recovered),
        cost: yuan(cost),
        evidence: EVIDENCE,
    }))
}

pub fn end(loan: LoanId, how: PoolLoanEnd) -> Command {
    Command::EndPoolLoan(Box::new(EndPoolLoan {
        loan,
        how,
        evidence: EVIDENCE,
    }))
}

/// Pays the claim for a loan.
pub fn pay<B: Book>(floor: &mut Floor<B>, loan: LoanId) {
    let operator: UserId = OPERATOR;
    floor.must(operator, decide(loan, true));
}
