//! What the tests of claims that become shares share: a case whose claim a fund holds, and the steps from there.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{CODES, Floor, Party, grants::EVIDENCE, pledges::Desk, yuan};
use engine::book::Book;
use protocol::{
    Command, ConversionId, Date, Digest, DisposalId, EntityId, LoanId, PledgeId, Receipt, Record, UserId,
    claim::{CompanyForm, Converter, EquityOrigin, Excess},
    equity::{
        ClaimSold, ClaimValued, Conversion, ConversionStep, EndConversion, HoldersWaived, Issuer, IssuingParticipant,
        MeetingVotes, ProposeConversion, RecordConversionStep, SharesHeld,
    },
    party::Roles,
    pledge::RegisterLoan,
};

/// The agreement on a deal.
pub const AGREEMENT: Digest = Digest([6; 32]);
/// Until the register shows the holder.
pub const TO_REGISTERED: usize = 5;

/// Ten million shares of the debtor, a limited company, at two yuan each; a fund bought the claim of a bank today, and
/// waives what lies above its value.
pub fn proposing(
    disposal: DisposalId,
    issuer: EntityId,
    today: Date,
    change: impl FnOnce(&mut ProposeConversion),
) -> Command {
    let mut asked = ProposeConversion {
        disposal,
        converter: Converter::Fund,
        exception: None,
        sold: Some(ClaimSold {
            on: today,
            evidence: EVIDENCE,
        }),
        issuer: Issuer::Participant(IssuingParticipant { entity: issuer }),
        control: None,
        form: CompanyForm::Limited,
        price: yuan(200),
        shares_before: 10_000_000,
        holders_before: 3,
        holds_already: false,
        excess: Excess::Waived,
        pilot: None,
        fund: None,
        agreement: AGREEMENT,
    };
    change(&mut asked);
    Command::ProposeConversion(Box::new(asked))
}

pub fn step(conversion: ConversionId, step: ConversionStep, on: Date) -> Command {
    Command::RecordConversionStep(Box::new(RecordConversionStep {
        conversion,
        step,
        on,
        evidence: EVIDENCE,
    }))
}

pub fn give_up(conversion: ConversionId) -> Command {
    Command::EndConversion(EndConversion {
        conversion,
        evidence: EVIDENCE,
    })
}

pub fn valued(value: i64) -> ConversionStep {
    ConversionStep::Valued(ClaimValued {
        value: yuan(value),
        months: 12,
    })
}

pub fn voted(in_favour: u64) -> ConversionStep {
    ConversionStep::Voted(MeetingVotes {
        all: 9_000_000,
        present: 9_000_000,
        in_favour,
    })
}

pub fn waived(holders: u32) -> ConversionStep {
    ConversionStep::PreemptionWaived(HoldersWaived { holders })
}

pub fn held(origin: EquityOrigin) -> ConversionStep {
    ConversionStep::Held(SharesHeld { origin })
}

/// All the steps of a limited company's deal whose claim is valued at this much.
pub fn all_steps(value: i64) -> [ConversionStep; 8] {
    [
        valued(value),
        voted(6_000_000),
        waived(3),
        ConversionStep::Issued {},
        ConversionStep::Registered {},
        ConversionStep::PledgeReleased {},
        held(EquityOrigin::Conversion),
        ConversionStep::Disposed {},
    ]
}

pub fn proposed<B: Book>(floor: &mut Floor<B>, by: UserId, command: Command) -> ConversionId {
    match floor.must(by, command) {
        Receipt::Deal(seq) => ConversionId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// A case of a patent of the firm for a loan of the bank.
pub struct Claimed<B: Book> {
    pub desk: Desk<B>,
    /// Who turns the claim.
    pub fund: Party,
    pub loan: LoanId,
    pub pledge: PledgeId,
    pub case: DisposalId,
}

impl<B: Book> Claimed<B> {
    /// The bank holds the claim, of a loan changed by `change`.
    pub fn of_bank(floor: Floor<B>, change: impl FnOnce(&mut RegisterLoan)) -> Self {
        let mut desk = Desk::on(floor);
        let fund = desk.floor.party(CODES[4], Roles::FUND);
        let asset = desk.patent("US1");
        let loan = desk.loan(change);
        let pledge = desk.pledged(loan, asset);
        let case = desk.in_disposal(loan);
        Self {
            desk,
            fund,
            loan,
            pledge,
            case,
        }
    }

    /// The fund bought it.
    pub fn of_fund(floor: Floor<B>, change: impl FnOnce(&mut RegisterLoan)) -> Self {
        let mut this = Self::of_bank(floor, change);
        let sold = crate::floor::pledges::assign(this.loan, this.fund, None, false);
        this.desk.floor.must(this.desk.bank.user, sold);
        this
    }

    /// Today at the venue.
    pub fn today(&self) -> Date {
        protocol::Timestamp(self.desk.floor.at).venue_date()
    }

    pub fn proposing(&self, change: impl FnOnce(&mut ProposeConversion)) -> Command {
        proposing(self.case, self.desk.firm.entity, self.today(), change)
    }

    /// A deal that the fund proposed.
    pub fn propose(&mut self, change: impl FnOnce(&mut ProposeConversion)) -> ConversionId {
        let command = self.proposing(change);
        proposed(&mut self.desk.floor, self.fund.user, command)
    }

    /// The fund records steps today.
    pub fn go(&mut self, id: ConversionId, steps: &[ConversionStep]) {
        for one in steps {
            let command = step(id, one.clone(), self.today());
            self.desk.floor.must(self.fund.user, command);
        }
    }

    pub fn deal(&self, id: ConversionId) -> Conversion {
        let told = self.desk.floor.records(0).into_iter().rev();
        let mut deals = told.filter_map(|changed| match changed.record {
            Record::Conversion(deal) if deal.conversion == id => Some(deal),
            _ => None,
        });
        deals.next().expect("a deal was told")
    }

    pub fn state(&self) -> protocol::disposal::DisposalState {
        self.desk.case(self.case).state
    }
}
