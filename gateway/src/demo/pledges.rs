//! The demo's loans: one of the bank's that runs, with two patents under a pledge, a guarantor and a consent to license;
//! and one in default, whose patent the auction room sells in a case of its own. Each step looks at the records and does
//! what comes next, so a start that broke off goes on.

use super::{
    content::{AUCTIONED_FIRST, BANK, GUARANTOR, PLEDGED, PLEDGOR, SELLER},
    deals::{By, Next, digest, give, last, right, today, yuan},
    seed::{Market, Party},
    venue::{Failure, Venue},
};
use market_data::records::{Key, Kind, Told};
use protocol::{
    AssetId, BasisPoints, Bounded, Command, Currency, LoanId, PledgeId, Rate, Record, Timestamp,
    claim::{ClaimTerms, Compounding, Cycle, DayCount, Guarantor, PaymentOrder, RateStep, Settlement},
    control::{EntityFacts, SetDualControl},
    disposal::{Disposal, LoanPlan, OpenDisposal, ProposePlan, SignPlan, TitleRoad},
    plan::{Payee, Plan},
    pledge::{
        AnswerPledge, ContractTerm, DeclareDefault, DefaultCause, FilePledge, GivePledgeConsent, Intake, Loan,
        LoanState, OfferedRight, Pledge, PledgeAct, PledgeApplication, PledgeContract, PledgeState, PledgorKind,
        Proceeds, Recording, RegisterLoan, RegistrarAnswer,
    },
    title::Share,
};

/// What the firm borrowed whose loan runs, and what is lent for a patent that is sold, in fen.
const RUNNING: i64 = 300_000_000;
const DEFAULTED: i64 = 2_500_000;
/// The interest, in millionths a year.
const RATE: Rate = Rate(43_500);
/// What a licence of a pledged patent brings at least, in fen.
const LICENCE_FLOOR: i64 = 10_000_000;
/// How many loans are looked at in one page.
const PAGE: usize = 1_000;

/// Seeds what is missing.
pub(super) fn seed(venue: &Venue<'_>, market: &Market) -> Result<(), Failure> {
    let (bank, pledgor) = (market.party(BANK), market.party(PLEDGOR));
    let [first, second] = [right(venue, pledgor, &PLEDGED[0])?, right(venue, pledgor, &PLEDGED[1])?];
    let running = Lending {
        bank,
        debtor: pledgor,
        guarantor: Some(market.party(GUARANTOR)),
        fen: RUNNING,
        rights: vec![first, second],
    };
    while let Some((by, command)) = running.next(venue, false) {
        give(venue, by, command)?;
    }
    if let Some(pledge) = standing(venue, first) {
        let key = Key::of_pledge_consent(pledge.pledge, PledgeAct::Licence);
        if venue.ready.market.records().get(key).is_none() {
            give(venue, By::Party(bank), consent(pledge.pledge))?;
        }
    }
    let seller = market.party(SELLER);
    let auctioned = right(venue, seller, &AUCTIONED_FIRST)?;
    // What the room sold or sells is its business.
    if last(venue, auctioned, Kind::Disposal, |_| Some(())).is_none() {
        bring_into_default(venue, bank, seller, auctioned)?;
    }
    // From here on the bank's two people act together.
    let facts = Key::new(Kind::Entity, bank.entity.0.into());
    let dual = match venue.ready.market.records().get(facts).map(|version| &version.told) {
        Some(Told::Record(Record::Entity(EntityFacts { dual_control, .. }))) => *dual_control,
        _ => false,
    };
    if !dual {
        let two = Command::SetDualControl(SetDualControl { required: true });
        give(venue, By::Party(bank), ("set_dual_control", two))?;
    }
    Ok(())
}

/// Lends for a right, and brings the loan into default, up to the open case of its disposal.
pub(super) fn bring_into_default(
    venue: &Venue<'_>,
    bank: &Party,
    owner: &Party,
    asset: AssetId,
) -> Result<(), Failure> {
    let lending = Lending {
        bank,
        debtor: owner,
        guarantor: None,
        fen: DEFAULTED,
        rights: vec![asset],
    };
    while let Some((by, command)) = lending.next(venue, true) {
        give(venue, by, command)?;
    }
    Ok(())
}

/// The case in which a right is sold, if one is open.
pub(super) fn open_case(venue: &Venue<'_>, asset: AssetId) -> Option<Disposal> {
    last(venue, asset, Kind::Disposal, |told| match told {
        Told::Record(Record::Disposal(case)) => Some(case.clone()),
        _ => None,
    })
    .filter(|case| !case.state.is_over())
}

/// Whether a pledge stands on a right, or is to.
pub(super) fn is_pledged(venue: &Venue<'_>, asset: AssetId) -> bool {
    standing(venue, asset).is_some()
}

/// The last pledge of a right, unless it is over.
fn standing(venue: &Venue<'_>, asset: AssetId) -> Option<Pledge> {
    last(venue, asset, Kind::Pledge, |told| match told {
        Told::Record(Record::Pledge(pledge)) => Some(pledge.clone()),
        _ => None,
    })
    .filter(|pledge| pledge.state.is_pending() || pledge.binds(asset))
}

/// A loan for rights under one pledge, as it is to be.
struct Lending<'a> {
    bank: &'a Party,
    debtor: &'a Party,
    guarantor: Option<&'a Party>,
    fen: i64,
    rights: Vec<AssetId>,
}

impl<'a> Lending<'a> {
    /// What comes next in the life of the loan; nothing once its plan is in force or its pledge is over, or if it is to
    /// be in default, once a case is open.
    fn next(&self, venue: &Venue<'_>, in_default: bool) -> Next<'a> {
        let (bank, debtor) = (By::Party(self.bank), By::Party(self.debtor));
        let Some(pledge) = standing(venue, self.rights[0]) else {
            let before = self.pledged_before(venue);
            if before > 0 && !in_default {
                return None;
            }
            let reference = format!("DEMO-{}-{before}", self.rights[0].0);
            return Some(match find_loan(venue, &reference) {
                None => (bank, ("register_loan", self.lend(venue, &reference))),
                Some(loan) => (By::Operator, ("file_pledge", self.file(&loan))),
            });
        };
        if pledge.state.is_pending() {
            return Some((By::Operator, ("answer_pledge", recorded(pledge.pledge))));
        }
        let loan = loan(venue, pledge.loan)?;
        let (agreed, proposed) = plan(venue, pledge.loan).map_or((None, None), |plan| (plan.agreed, plan.proposed));
        match (agreed, proposed) {
            (None, None) => Some((bank, ("propose_plan", self.plan(pledge.loan)))),
            (None, Some(proposed)) => {
                let sign = SignPlan {
                    loan: pledge.loan,
                    plan: proposed.digest,
                };
                Some((debtor, ("sign_plan", Command::SignPlan(sign))))
            }
            (Some(_), _) if in_default && loan.state == LoanState::Running => {
                let default = DeclareDefault {
                    loan: pledge.loan,
                    cause: DefaultCause::AgreedEvent,
                    evidence: digest("what was agreed on happened"),
                };
                Some((bank, ("declare_default", Command::DeclareDefault(Box::new(default)))))
            }
            (Some(_), _) if in_default && pledge.state == PledgeState::Defaulted => {
                let open = OpenDisposal {
                    loan: pledge.loan,
                    road: Some(TitleRoad::Mandate),
                    instrument: Some(digest("mandate")),
                    floor: BasisPoints(8_000),
                };
                Some((bank, ("open_disposal", Command::OpenDisposal(Box::new(open)))))
            }
            _ => None,
        }
    }

    /// How often the right was pledged before.
    fn pledged_before(&self, venue: &Venue<'_>) -> usize {
        let records = venue.ready.market.records();
        records.of_asset(self.rights[0], Kind::Pledge, Timestamp::NEVER).len()
    }

    fn lend(&self, venue: &Venue<'_>, reference: &str) -> Command {
        let drawn = today(venue);
        let guarantor = self.guarantor.map(|party| Guarantor::joint(party.entity));
        Command::RegisterLoan(Box::new(RegisterLoan {
            creditors: vec![Share {
                entity: self.bank.entity,
                parts: 1,
            }],
            debtor: self.debtor.entity,
            terms: ClaimTerms {
                principal: yuan(self.fen),
                drawn,
                due: drawn.plus_months(12),
                day_count: DayCount::Act360,
                rates: vec![RateStep {
                    from: drawn,
                    rate: RATE,
                }],
                settlement: Settlement {
                    cycle: Cycle::Quarterly,
                    day: None,
                },
                penalty: None,
                compounding: Compounding::Interest,
                cap: None,
                order: PaymentOrder::InterestFirst,
                instalments: vec![],
                guarantors: guarantor.into_iter().collect(),
            },
            reference: Bounded::new(reference).expect("a number is short"),
            contract: digest("loan contract"),
        }))
    }

    /// The application, by an operator who has the papers of both sides.
    fn file(&self, loan: &Loan) -> Command {
        let rights = self.rights.iter().map(|asset| OfferedRight {
            asset: *asset,
            value: None,
        });
        let application = PledgeApplication {
            loan: loan.loan,
            pledgor: self.debtor.entity,
            rights: rights.collect(),
            amount: yuan(self.fen),
            maximum: None,
            way: None,
            contract: PledgeContract {
                states: ContractTerm::ALL.to_vec(),
                forfeiture: false,
                digest: digest("contract of pledge"),
            },
            intake: Intake {
                kind: PledgorKind::Company,
                controlled: false,
                resolution: None,
                taxes: Some(digest("no taxes are owed")),
            },
            mandate: Some(digest("mandate to file")),
            co_owners: None,
            same_day: false,
            acknowledged: vec![],
            cover_pct: 0,
            replaces: None,
        };
        Command::FilePledge(Box::new(FilePledge {
            applications: vec![application],
        }))
    }

    /// The plan of the law alone, for the bank and the owner.
    fn plan(&self, loan: LoanId) -> Command {
        let payee = |party: &Party| Payee::Participant {
            entity: party.entity,
            account: party.account,
        };
        let plan = Plan::by_law(Currency::Cny, vec![payee(self.bank), payee(self.debtor)]);
        Command::ProposePlan(Box::new(ProposePlan { loan, plan }))
    }
}

fn recorded(pledge: PledgeId) -> Command {
    let number = format!("Y-DEMO-{}", pledge.0);
    Command::AnswerPledge(Box::new(AnswerPledge {
        pledge,
        answer: RegistrarAnswer::Registered(Recording {
            number: Bounded::new(&number).expect("a number is short"),
            at: None,
            evidence: digest("certificate of recording"),
        }),
    }))
}

fn consent(pledge: PledgeId) -> (&'static str, Command) {
    let consent = GivePledgeConsent {
        pledge,
        act: PledgeAct::Licence,
        kind: None,
        floor: Some(yuan(LICENCE_FLOOR)),
        quantity: Some(10),
        until: None,
        licence_until: None,
        proceeds: Proceeds::Prepay,
    };
    ("give_pledge_consent", Command::GivePledgeConsent(Box::new(consent)))
}

fn loan(venue: &Venue<'_>, id: LoanId) -> Option<Loan> {
    match &venue.ready.market.records().get(Key::new(Kind::Loan, id.0))?.told {
        Told::Record(Record::Loan(loan)) => Some(loan.clone()),
        _ => None,
    }
}

fn plan(venue: &Venue<'_>, loan: LoanId) -> Option<LoanPlan> {
    match &venue.ready.market.records().get(Key::new(Kind::LoanPlan, loan.0))?.told {
        Told::Record(Record::LoanPlan(plan)) => Some(plan.clone()),
        _ => None,
    }
}

/// The loan of this number at the bank, if it is registered.
fn find_loan(venue: &Venue<'_>, reference: &str) -> Option<Loan> {
    let mut after = None;
    loop {
        let page = venue.ready.market.records().list(Kind::Loan, after, PAGE, None);
        let found = page.iter().find_map(|version| match &version.told {
            Told::Record(Record::Loan(loan)) if loan.reference.as_str() == reference => Some(loan.clone()),
            _ => None,
        });
        if found.is_some() || page.len() < PAGE {
            return found;
        }
        after = page.last().map(|version| version.key);
    }
}
