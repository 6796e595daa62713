//! What pledges cost: an order in a book of units whose right is pledged, beside the same order of a right that is free;
//! and a command that pays out what a right brought to a thousand payees, beside orders of the same run.

use crate::{
    engines::{Stream, Whole, WholePledged, uscc},
    lending::{PAPER, application, day, loan, recorded, yuan},
    measure,
    registry::{OPERATOR, Registry},
    workload::{W1, Workload},
};
use cpu_time::ThreadTime;
use engine::{Exchange, book::FastBook};
use protocol::{
    AccountId, AssetId, BasisPoints, Bounded, Command, Currency, DisposalId, EntityId, LoanId, Office, Outcome,
    PledgeId, Receipt, Request, Seq, Stamped, TransferId, UserId,
    account::CashMove,
    asset::{AssetClass, RegisterAsset},
    control::{RuleBook, SetRuleBook},
    disposal::{DistributeProceeds, OpenDisposal, ProposePlan, ReleaseForSale, SignPlan, TitleRoad},
    plan::{Attachment, Claims, Payee, Plan},
    pledge::{DeclareDefault, DefaultCause, FilePledge},
    rules::Profile,
    title::{Basis, Extract, NamedValue, NewRight, RecordValuation, RegisterRights},
    transfer::{
        AnswerRecordal, BidTransfer, Disclosure, EndDisclosure, ExpressInterest, FileRecordal, FundEscrow, LegalBasis,
        ListTransfer, QualifyInterest, SignContract,
    },
};
use std::hint::black_box;

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Payees of one command.
    pub payees: u32,
    /// How many commands are timed in a round, each of a case of its own.
    pub cases: u32,
    /// Rounds.
    pub rounds: usize,
    /// So many orders and so many commands of a short stream instead of W1.
    pub short: Option<(u32, u32)>,
}

impl Size {
    /// What the figures are taken from.
    pub const FULL: Self = Self {
        payees: 1_000,
        cases: 8,
        rounds: 7,
        short: None,
    };
    /// Enough to see that it works.
    pub const QUICK: Self = Self {
        payees: 100,
        cases: 2,
        rounds: 1,
        short: Some((10_000, 100_000)),
    };
}

/// Cases whose rights are sold, one more than are timed, and the commands that pay them out, one after another.
fn sold(size: Size) -> (Exchange<FastBook>, Vec<Stamped<Request>>) {
    let mut registry = Registry::new();
    let rules = RuleBook {
        disclosure_days: 0,
        ..RuleBook::of(Profile::UnitMarket)
    };
    registry.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    let asked: Vec<_> = (0..=size.cases)
        .map(|case| sale(&mut registry, case, size.payees))
        .collect();
    let mut seq = registry.exchange.seq();
    let stamped = asked.into_iter().map(|body| {
        seq = seq.next();
        let at = registry.time_of(seq);
        Stamped { seq, at, body }
    });
    let commands = stamped.collect();
    (registry.exchange, commands)
}

/// A case whose right is sold, with what its price is asked for by so many payees: all but the bank and the owner
/// attached the right. All who have to do with it are new here. What comes back pays the price out.
fn sale(registry: &mut Registry, case: u32, payees: u32) -> Request {
    let number = case * (payees + 1);
    let [owner, bank, buyer] = [0, 1, 2].map(|place| registry.party(&uscc(number + place)));
    let attached: Vec<_> = (3..payees + 1)
        .map(|place| registry.party(&uscc(number + place)))
        .collect();
    let cash = CashMove {
        account: buyer.2,
        currency: Currency::Cny,
        amount: yuan(2_000_000).money,
        reference: Bounded::new(&format!("bank-{case}")).expect("a reference"),
    };
    registry.must(OPERATOR, Command::CashIn(Box::new(cash)));
    let asset = RegisterAsset {
        owner: owner.0,
        class: AssetClass::Patent,
        office: Office(*b"US"),
        number: Bounded::new(&format!("{}", 10_000_000 + case)).expect("a number"),
        title: Bounded::new("A method").expect("a title"),
        filed: Some(day(2019, 6, 14)),
        granted: Some(day(2022, 3, 8)),
        expires: Some(day(2039, 6, 14)),
        classifications: Vec::new(),
        texts: PAPER,
    };
    let right = NewRight {
        extract: Some(Extract {
            drawn: day(2026, 3, 2),
            evidence: PAPER,
        }),
        ..NewRight::from(asset)
    };
    let rights = Command::RegisterRights(Box::new(RegisterRights {
        rights: vec![right],
        issue_to: None,
    }));
    registry.must(OPERATOR, rights);
    let asset = AssetId(case);
    let mut deal = |by: UserId, command: Command| match registry.must(by, command) {
        Receipt::Deal(seq) => seq,
        Receipt::Pledges(first, _) => Seq(first.0.into()),
        _ => Seq(0),
    };
    let loan = LoanId::from(deal(OPERATOR, loan(bank.0, owner.0)));
    let applications = vec![application(loan, owner.0, asset)];
    deal(OPERATOR, Command::FilePledge(Box::new(FilePledge { applications })));
    deal(OPERATOR, recorded(PledgeId(case)));
    let payee = |(entity, _, account): (EntityId, UserId, AccountId)| Payee::Participant { entity, account };
    let plan = Plan::by_law(Currency::Cny, vec![payee(bank), payee(owner)]);
    let signed = SignPlan {
        loan,
        plan: plan.digest(),
    };
    deal(bank.1, Command::ProposePlan(Box::new(ProposePlan { loan, plan })));
    deal(owner.1, Command::SignPlan(signed));
    let default = DeclareDefault {
        loan,
        cause: DefaultCause::AgreedEvent,
        evidence: PAPER,
    };
    deal(OPERATOR, Command::DeclareDefault(Box::new(default)));
    let opening = OpenDisposal {
        loan,
        road: Some(TitleRoad::Mandate),
        instrument: Some(PAPER),
        floor: BasisPoints(0),
    };
    let disposal = DisposalId::from(deal(bank.1, Command::OpenDisposal(Box::new(opening))));
    let price = yuan(1_500_000);
    let valued = RecordValuation {
        asset,
        basis: Basis::Agreed(NamedValue { amount: price }),
        expires: day(2026, 12, 31),
        evidence: PAPER,
    };
    deal(OPERATOR, Command::RecordValuation(Box::new(valued)));
    let list = ListTransfer {
        assets: vec![asset],
        account: owner.2,
        ask: price,
        increment: yuan(1_000),
        basis: LegalBasis::VenueRule,
        disclosure_days: 5,
        bidding_days: 5,
        state_owned: false,
        priority: Vec::new(),
        disclosure: Disclosure::Full,
        anonymous: false,
        allow: Vec::new(),
        deny: Vec::new(),
        teaser: None,
        contract: None,
        purpose: None,
    };
    let transfer = TransferId::from(deal(bank.1, Command::ListTransfer(Box::new(list))));
    let interest = ExpressInterest {
        transfer,
        account: buyer.2,
    };
    deal(buyer.1, Command::ExpressInterest(interest));
    let qualify = QualifyInterest {
        transfer,
        entity: buyer.0,
        qualified: true,
        evidence: PAPER,
    };
    deal(OPERATOR, Command::QualifyInterest(Box::new(qualify)));
    deal(bank.1, Command::EndDisclosure(EndDisclosure { transfer }));
    deal(buyer.1, Command::BidTransfer(BidTransfer { transfer, price }));
    for by in [bank.1, buyer.1] {
        let sign = SignContract {
            transfer,
            contract: PAPER,
        };
        deal(by, Command::SignContract(Box::new(sign)));
    }
    deal(buyer.1, Command::FundEscrow(FundEscrow { transfer }));
    let release = ReleaseForSale {
        disposal,
        transfer,
        evidence: PAPER,
    };
    deal(bank.1, Command::ReleaseForSale(Box::new(release)));
    let file = FileRecordal {
        transfer,
        evidence: PAPER,
    };
    deal(bank.1, Command::FileRecordal(Box::new(file)));
    let answer = AnswerRecordal {
        transfer,
        refused: None,
        evidence: PAPER,
    };
    deal(OPERATOR, Command::AnswerRecordal(Box::new(answer)));

    let attachment = |payee: u32| Attachment {
        payee,
        order: 1,
        amount: yuan(1_000),
    };
    let claims = Claims {
        attachments: (2..payees).map(attachment).collect(),
        later: attached.into_iter().map(payee).collect(),
        ..Claims::default()
    };
    let distribute = DistributeProceeds {
        disposal,
        transfer,
        part: None,
        claims,
        trust: None,
        scheme: None,
        rates: Vec::new(),
    };
    Request {
        by: bank.1,
        client: None,
        command: Command::DistributeProceeds(Box::new(distribute)),
    }
}

/// Microseconds of one command, on the average of those that are timed: applied one after another on one exchange, into a
/// buffer that is emptied and used again, which is timed too. So a server applies, whose buffers come back from batch to
/// batch, and so the orders beside are timed. The first command is not timed: by it the buffer grows to its size, and the
/// program has gone this way once. What each command touches of the exchange is new to it all the same: a case, a plan,
/// payees and accounts of its own, and in no account there was cash before.
fn paid_out(image: &[u8], commands: &[Stamped<Request>], payees: u32) -> f64 {
    let mut exchange = Exchange::<FastBook>::load(image).expect("it was saved");
    let mut events = Vec::new();
    let mut pay = |command| {
        let answer = exchange.apply(command, &mut events);
        assert_eq!(answer.outcome, Outcome::Done(Receipt::Done), "it is paid out");
        // Of each payment two are told, who paid and who has it.
        assert!(events.len() > 2 * payees as usize, "everybody is paid");
        black_box(&events);
        events.clear();
    };
    let (first, timed) = commands.split_first().expect("a command to begin with");
    pay(first);
    let start = ThreadTime::now();
    timed.iter().for_each(pay);
    let seconds = start.elapsed().as_secs_f64();
    seconds * 1e6 / timed.len() as f64
}

/// The head of the table.
pub fn head() -> String {
    "| pledges; CPU time, median of the rounds | measured | beside it, in the same run | measured | ratio | goal |\n\
     |---|---:|---|---:|---:|---:|"
        .to_owned()
}

/// The rows.
pub fn rows(size: Size) -> Vec<String> {
    eprintln!("pledges");
    let workload = match size.short {
        None => Workload::generate(W1),
        Some((preload, commands)) => Workload::short(preload, commands),
    };
    let free = Stream::<Whole<FastBook>>::new(&workload);
    let pledged = Stream::<WholePledged>::new(&workload);
    let (exchange, commands) = sold(size);
    let image = exchange.save();
    let mut taken = [const { Vec::new() }; 3];
    // In turn, so that noise hits all alike.
    for _ in 0..size.rounds {
        taken[0].push(1e9 / measure::round(&free, &workload.spec.tally).rate);
        taken[1].push(1e9 / measure::round(&pledged, &workload.spec.tally).rate);
        taken[2].push(paid_out(&image, &commands, size.payees));
    }
    let [free, pledged, paid_out] = taken.map(|mut taken| measure::median(&mut taken));
    let orders = size.payees / 2;
    let beside = free * f64::from(orders) / 1e3;
    vec![
        format!(
            "| an order of W1 in units of a pledged right, its holder's consent asked | {pledged:.0} ns | the same of a right \
             that is free | {free:.0} ns | {:.2} | 1.20 |",
            pledged / free
        ),
        format!(
            "| what a right brought, paid out to {} payees by one command | {paid_out:.0} µs | {orders} orders of W1 | \
             {beside:.0} µs | {:.2} | 1.00 |",
            crate::path::grouped(size.payees as usize),
            paid_out / beside
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken() {
        let size = Size {
            payees: 10,
            cases: 2,
            rounds: 1,
            short: Some((100, 1_000)),
        };
        let rows = rows(size);
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!(
                row.matches('|').count(),
                head().lines().next().unwrap().matches('|').count()
            );
        }
    }
}
