//! An auditor: it hears what is asked, answered and told, keeps books of its own from that, and says what does not add
//! up.
//!
//! It knows the words of the protocol and the rules, and nothing of the engine; what the rules say is written here once
//! more, as plainly as it can be said. Its books are also what a participant's client could know, so whoever invents
//! filings reads them.
#![allow(dead_code, unreachable_pub, reason = "each test reads its part of the books")]

mod house;
mod licences;
mod money;
mod rights;
mod sales;

pub use licences::FIELDS;
pub use money::{Listing, Order};
pub use rights::Right;
pub use sales::Sale;

use protocol::{
    AccountId, Answer, AssetId, Command, Currency, Date, EntityId, Event, HoldId, InstrumentId, LicenceId, Notice,
    OpenLicenceId, OrderId, Outcome, PrivateEvent, ProposalId, PublicEvent, Readers, Record, Request, Seq, StaffEvent,
    Stamped, Timestamp, TrancheId, TransferId, UserId, WithdrawalId,
    account::Withdrawal,
    control::{EntityFacts, Proposal, ProposalState, RuleBook},
    event::{CashPosting, UnitsPosting},
    licence::{Consumption, Licence, LicenceState, OpenLicence, Tranche},
    party::{LegalId, Roles},
    rules::{Epoch, Profile},
    text::Office,
    title::{Act, Consent, Hold},
    transfer::TransferState,
    wire::decode_alone,
};
use std::collections::{BTreeMap, BTreeSet};

/// Fine, or what is not.
pub type Audit = Result<(), String>;

/// Fine if it `holds`.
pub fn must(holds: bool, broken: impl FnOnce() -> String) -> Audit {
    if holds { Ok(()) } else { Err(broken()) }
}

/// What was done, and in whose name: a command, or the one that was proposed and is approved now.
#[derive(Clone, Debug)]
pub struct Deed {
    pub by: UserId,
    pub approved: bool,
    pub command: Command,
}

/// The books.
#[derive(Default)]
pub struct Auditor {
    /// The time of the command, and of the event that is being heard.
    pub now: Timestamp,
    at: Timestamp,
    seq: Seq,
    deed: Option<Deed>,

    pub epoch: Option<Epoch>,
    pub rules: Option<RuleBook>,
    /// The rules and the number of operators before this command.
    rules_before: Option<RuleBook>,
    operators_before: usize,

    pub entities: BTreeMap<EntityId, EntityFacts>,
    pub users: BTreeMap<UserId, (EntityId, Roles)>,
    pub accounts: BTreeMap<AccountId, EntityId>,

    /// Free and held.
    pub cash: BTreeMap<(AccountId, Currency), (i64, i64)>,
    /// Of each account and role (whether it rested): what all fees come to, in ten-thousandths, and what was charged.
    pub(super) fees: BTreeMap<(AccountId, Currency, bool), (i128, i128)>,
    /// What crossed the border, in and out.
    crossed: BTreeMap<Currency, i128>,
    /// What deals hold of an account.
    deals: BTreeMap<(Seq, AccountId), (Currency, i64)>,
    /// Every posting of a deal, and those of this command.
    history: BTreeMap<Seq, Vec<CashPosting>>,
    cash_postings: Vec<CashPosting>,
    units_postings: Vec<UnitsPosting>,
    /// Free and held.
    pub units: BTreeMap<(AccountId, InstrumentId), (i64, i64)>,
    /// What a tranche holds: of which account, of what, how many.
    unit_deals: BTreeMap<Seq, (AccountId, InstrumentId, i64)>,
    pub listings: BTreeMap<InstrumentId, Listing>,
    pub orders: BTreeMap<OrderId, Order>,
    /// The book as the public sees it.
    resting: BTreeMap<OrderId, i64>,
    trades: Vec<money::Trade>,
    pub tranches: BTreeMap<TrancheId, Tranche>,
    pub consumptions: BTreeMap<(InstrumentId, AccountId), Consumption>,
    uses: BTreeMap<(InstrumentId, AccountId), money::Use>,

    pub rights: BTreeMap<AssetId, Right>,
    pub holds: BTreeMap<HoldId, Hold>,
    ended_holds: BTreeSet<HoldId>,
    pub consents: BTreeMap<(AssetId, EntityId, Act), Consent>,
    export_checks: BTreeMap<(AssetId, EntityId), bool>,
    pub withdrawals: BTreeMap<WithdrawalId, Withdrawal>,

    /// Those that have not ended, and how the others did.
    pub licences: BTreeMap<LicenceId, Licence>,
    ended_licences: BTreeMap<LicenceId, LicenceState>,
    pub open_licences: BTreeMap<OpenLicenceId, OpenLicence>,

    /// Those that have not ended, and how the others did.
    pub sales: BTreeMap<TransferId, Sale>,
    ended_sales: BTreeMap<TransferId, (TransferState, Vec<EntityId>)>,

    pub proposals: BTreeMap<ProposalId, Proposal>,
    decided: BTreeMap<ProposalId, ProposalState>,

    /// How often what happened.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Auditor {
    /// Hears a command, its answer and its events, and checks the books after them.
    pub fn hear(&mut self, asked: &Stamped<Request>, answer: &Answer, events: &[Stamped<Event>]) -> Audit {
        (self.seq, self.now) = (asked.seq, asked.at);
        self.rules_before = self.rules;
        self.operators_before = self.operators();
        self.cash_postings.clear();
        self.units_postings.clear();
        self.trades.clear();
        self.check_answer(asked, answer, events)?;
        self.deed = deed(&asked.body, answer, asked.seq, events);
        self.check_authority()?;

        let mut last = Timestamp::default();
        for event in events {
            let in_order = event.seq == asked.seq && last <= event.at && event.at <= asked.at;
            must(in_order, || format!("out of order: {event:?}"))?;
            last = event.at;
            self.at = event.at;
            match &event.body {
                Event::Public(public) => self.hear_public(public),
                Event::Private(party, private) | Event::Sealed(party, private) => self.hear_private(*party, private),
                Event::Staff(staff) => self.hear_staff(staff),
                Event::Record(changed) => self.hear_record(&changed.record, &changed.readers),
            }
            .map_err(|broken| format!("{broken}; told by {:?}", event.body))?;
        }
        self.at = asked.at;
        self.note_contract();
        self.close_money()?;
        self.close_units()?;
        self.close_rights()?;
        self.close_licences()?;
        self.close_sales()?;
        self.close_house()
    }

    fn hear_public(&mut self, event: &PublicEvent) -> Audit {
        match event {
            PublicEvent::EpochOpened(epoch) => {
                self.epoch = Some((**epoch).clone());
                Ok(())
            }
            PublicEvent::UnitsListed(listed) => self.hear_listing(listed),
            PublicEvent::UnitsIssued {
                instrument,
                quantity,
                issued,
            } => self.hear_issue(*instrument, *quantity, *issued),
            PublicEvent::TradingChanged { instrument, status } => self.hear_status(*instrument, *status),
            PublicEvent::OrderAdded { order, quantity, .. } => {
                self.resting.insert(*order, quantity.units());
                Ok(())
            }
            PublicEvent::OrderRemoved { order, quantity, .. } => {
                let rested = self.resting.remove(order);
                must(rested == Some(quantity.units()), || format!("{rested:?} had rested"))
            }
            PublicEvent::Traded { .. } => self.hear_trade(event),
            // Lots are judged by an auditor of their own.
            PublicEvent::LotBid(_) => Ok(()),
            PublicEvent::Notice(notice) => match &**notice {
                Notice::RuleBook(rules) => self.hear_rules(rules),
                Notice::OpenLicence(open) => self.hear_open_licence(open),
                Notice::Tranche(tranche) => self.hear_tranche(tranche),
                Notice::TitleSold(print) => self.hear_print(print),
                Notice::UnitContract(_)
                | Notice::Lot(_)
                | Notice::LotCommitted(_)
                | Notice::LotOpened(_)
                | Notice::VenueKey(_)
                | Notice::LossAccepted(_)
                | Notice::LotOutage(_)
                | Notice::Measure(_)
                | Notice::BuyerRules(_)
                | Notice::PartiesAdmitted(_)
                | Notice::RelatedBidder(_)
                | Notice::LotQuestion(_)
                | Notice::LotAnswer(_)
                | Notice::TextWithheld(_) => Ok(()),
            },
        }
    }

    fn hear_private(&mut self, party: EntityId, event: &PrivateEvent) -> Audit {
        match event {
            PrivateEvent::Rejected { .. } | PrivateEvent::TitleTranslated { .. } => Ok(()),
            PrivateEvent::AccountOpened { account } => {
                let before = self.accounts.insert(*account, party);
                must(before.is_none(), || "an account is opened twice".into())
            }
            PrivateEvent::AssetRegistered { asset, details } => self.hear_registration(*asset, details),
            other => self.hear_money(party, other),
        }
    }

    fn hear_staff(&mut self, event: &StaffEvent) -> Audit {
        match event {
            StaffEvent::EntityRegistered { entity, details } => {
                let country = match details.legal_id {
                    LegalId::Uscc(_) => Office::CN,
                    LegalId::Lei(_) => Office(*b"XX"),
                };
                let facts = EntityFacts {
                    entity: *entity,
                    country,
                    beneficiaries: vec![],
                    dual_control: false,
                    approvers: vec![],
                    deputies: vec![],
                };
                self.entities.insert(*entity, facts);
            }
            StaffEvent::UserRegistered { user, entity, roles } => {
                self.users.insert(*user, (*entity, *roles));
            }
            StaffEvent::KeyRegistered { .. } | StaffEvent::KeyRevoked { .. } | StaffEvent::LotDisclosed { .. } => {}
        }
        Ok(())
    }

    fn hear_record(&mut self, record: &Record, readers: &Readers) -> Audit {
        self.check_readers(record, readers)?;
        match record {
            Record::Title(title) => self.hear_title(title),
            Record::Hold(hold) => self.hear_hold(hold),
            Record::Consent(consent) => self.hear_consent(consent),
            Record::Licence(licence) => self.hear_licence(licence),
            Record::Consumption(consumption) => self.hear_consumption(consumption),
            Record::Transfer(transfer) => self.hear_sale(transfer),
            Record::Offer(offer) => self.hear_offer(offer, readers),
            Record::Interest(interest) => self.hear_interest(interest),
            Record::ExportCheck(check) => {
                self.export_checks.insert((check.asset, check.entity), check.cleared);
                Ok(())
            }
            Record::Proposal(proposal) => match readers {
                // What the staff is told of a proposal that failed for want of cash.
                Readers::Only(nobody) if nobody.is_empty() => {
                    let failed = self.decided.get(&proposal.proposal) == Some(&ProposalState::Failed);
                    must(failed && proposal.state == ProposalState::Refused, || {
                        "told twice".into()
                    })
                }
                _ => self.hear_proposal(proposal),
            },
            Record::Entity(facts) => {
                self.entities.insert(facts.entity, facts.clone());
                // Those behind it count for what it has held.
                let described = matches!(self.doing(), Some(Command::DescribeEntity(_)));
                let held: Vec<_> = self
                    .rights
                    .iter()
                    .filter(|(_, right)| described && right.was_held_by(facts.entity))
                    .map(|(asset, _)| *asset)
                    .collect();
                for asset in held {
                    self.note_holder(asset, facts.entity);
                }
                Ok(())
            }
            Record::DoneAlone(done) => self.hear_done_alone(done),
            Record::Holders(holders) => self.hear_holders(holders),
            Record::Withdrawal(withdrawal) => self.hear_withdrawal(withdrawal),
            Record::Valuation(_)
            | Record::Appraiser(_)
            | Record::Realised(_)
            | Record::Read(_)
            | Record::Bidder(_)
            | Record::Forfeit(_)
            | Record::AskedQuestion(_)
            | Record::Recovery(_) => Ok(()),
            // Pledges, disposals and pools are judged by tests of their own.
            Record::Loan(_)
            | Record::Pledge(_)
            | Record::Demand(_)
            | Record::GuarantorFreed(_)
            | Record::Repayment(_)
            | Record::PledgeConsent(_)
            | Record::ProceedsPassed(_)
            | Record::LoanPlan(_)
            | Record::Disposal(_)
            | Record::Distribution(_)
            | Record::Upkeep(_)
            | Record::Security(_)
            | Record::SalePress(_)
            | Record::RiskPool(_)
            | Record::PoolStanding(_)
            | Record::ReverseLicence(_)
            | Record::Conversion(_)
            | Record::Subsidy(_)
            | Record::BranchStanding(_)
            | Record::OfficerFile(_)
            | Record::Guarantor(_)
            | Record::Insurance(_)
            | Record::Put(_)
            | Record::Taking(_)
            | Record::ConnectedBuyer(_)
            | Record::ClaimFact(_)
            | Record::Correction(_) => Ok(()),
            Record::Facts(facts) => self.hear_facts(facts),
        }
    }

    /// A record is told to those whom it concerns and to nobody else.
    fn check_readers(&self, record: &Record, readers: &Readers) -> Audit {
        let owners = |asset: &AssetId| {
            let owners = self.rights.get(asset).map(|right| right.title.owners.clone());
            owners.unwrap_or_default().into_iter().map(|share| share.entity)
        };
        let mut concerned: BTreeSet<EntityId> = match record {
            Record::Title(title) => owners(&title.asset).collect(),
            Record::Hold(hold) => owners(&hold.asset).collect(),
            Record::Consent(consent) => owners(&consent.asset).collect(),
            Record::Facts(facts) => owners(&facts.asset).collect(),
            Record::Holders(holders) => owners(&holders.asset).take(1).collect(),
            Record::Licence(licence) => BTreeSet::from([licence.licensor, licence.licensee]),
            Record::Consumption(used) => {
                let listing = self
                    .listings
                    .values()
                    .find(|listing| listing.terms.symbol == used.symbol);
                let owner = listing.into_iter().flat_map(|listing| owners(&listing.asset).take(1));
                owner.chain(self.accounts.get(&used.account).copied()).collect()
            }
            Record::Transfer(sale) => {
                let buyer = sale.buyer.filter(|_| sale.state >= TransferState::Contract);
                let sellers = self
                    .sellers(sale.transfer)
                    .unwrap_or_else(|| owners(&sale.assets[0]).collect());
                sellers.into_iter().chain(buyer).collect()
            }
            Record::Interest(interest) => BTreeSet::from([interest.entity]),
            Record::ExportCheck(check) => BTreeSet::from([check.entity]),
            Record::Proposal(proposal) => BTreeSet::from([proposal.entity]),
            Record::Entity(facts) => BTreeSet::from([facts.entity]),
            Record::DoneAlone(done) => BTreeSet::from([done.entity]),
            Record::Read(read) => BTreeSet::from([read.entity]),
            Record::AskedQuestion(asked) => BTreeSet::from([asked.entity]),
            Record::Withdrawal(told) => self.accounts.get(&told.account).copied().into_iter().collect(),
            Record::Offer(_)
            | Record::Valuation(_)
            | Record::Appraiser(_)
            | Record::Realised(_)
            | Record::Bidder(_)
            | Record::Forfeit(_)
            | Record::Recovery(_)
            | Record::Loan(_)
            | Record::Pledge(_)
            | Record::Demand(_)
            | Record::GuarantorFreed(_)
            | Record::Repayment(_)
            | Record::PledgeConsent(_)
            | Record::ProceedsPassed(_)
            | Record::LoanPlan(_)
            | Record::Disposal(_)
            | Record::Distribution(_)
            | Record::Upkeep(_)
            | Record::Security(_)
            | Record::SalePress(_)
            | Record::RiskPool(_)
            | Record::PoolStanding(_)
            | Record::ReverseLicence(_)
            | Record::Conversion(_)
            | Record::Subsidy(_)
            | Record::BranchStanding(_)
            | Record::OfficerFile(_)
            | Record::Guarantor(_)
            | Record::Insurance(_)
            | Record::Put(_)
            | Record::Taking(_)
            | Record::ConnectedBuyer(_)
            | Record::ClaimFact(_)
            | Record::Correction(_) => return Ok(()),
        };
        // While a title passes, both sides of it hear what becomes of the right and its licences.
        if let Some(Command::AnswerRecordal(asked)) = self.doing()
            && let Some(sale) = self.sales.get(&asked.transfer)
        {
            concerned.extend(sale.owners.iter().map(|share| share.entity).chain(sale.record.buyer));
        }
        // Who is named an owner by the record itself, when it is registered or verified.
        if let Record::Title(title) = record {
            concerned.extend(title.owners.iter().map(|share| share.entity));
        }
        match readers {
            Readers::Only(readers) => must(readers.iter().all(|reader| concerned.contains(reader)), || {
                format!("{readers:?} read it, it concerns {concerned:?}")
            }),
            // Its house alone knows why it failed, where that tells what is free.
            Readers::Sealed(reader) if matches!(record, Record::Proposal(told) if told.entity == *reader && told.failed.is_some()) => {
                Ok(())
            }
            // Who asked about a lot, and that a regulator read it, is told to the asker and regulators alone.
            Readers::Apart(reader) if matches!(record, Record::AskedQuestion(told) if told.entity == *reader) => Ok(()),
            Readers::Apart(reader) if matches!(record, Record::Read(told) if told.entity == *reader && told.record.as_str() == protocol::control::READ_APART) => {
                Ok(())
            }
            // What one person did alone is told to its house alone.
            Readers::Sealed(reader) if matches!(record, Record::DoneAlone(told) if told.entity == *reader) => Ok(()),
            Readers::AllBut(_) | Readers::Sealed(_) | Readers::Apart(_) => {
                Err("everyone reads it, or one alone".into())
            }
        }
    }

    /// A command is answered under its own place, or a repeat with the first answer; a refused one tells so last.
    fn check_answer(&self, asked: &Stamped<Request>, answer: &Answer, events: &[Stamped<Event>]) -> Audit {
        let told = events.iter().filter_map(|event| match &event.body {
            Event::Private(_, PrivateEvent::Rejected { by, reject }) if !reject.tells_free_cash() => {
                Some((*by, *reject))
            }
            Event::Sealed(_, PrivateEvent::Rejected { by, reject }) if reject.tells_free_cash() => Some((*by, *reject)),
            _ => None,
        });
        let expected = match answer.outcome {
            Outcome::Rejected(reject) if answer.seq == asked.seq => vec![(asked.body.by, reject)],
            _ => vec![],
        };
        let last = events.last().map(|event| &event.body);
        let is_last = expected.is_empty()
            || matches!(
                last,
                Some(
                    Event::Private(_, PrivateEvent::Rejected { .. }) | Event::Sealed(_, PrivateEvent::Rejected { .. })
                )
            );
        let told: Vec<_> = told.collect();
        must(told == expected && is_last, || format!("{answer:?} tells {told:?}"))?;
        let repeats = answer.seq < asked.seq && asked.body.client.is_some();
        must(repeats || (answer.seq, answer.at) == (asked.seq, asked.at), || {
            format!("{answer:?} is another's answer")
        })
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn operators(&self) -> usize {
        let users = self.users.values();
        users.filter(|(_, roles)| roles.has_any(Roles::OPERATOR)).count()
    }

    /// The command that is carried out now.
    pub fn doing(&self) -> Option<&Command> {
        self.deed.as_ref().map(|deed| &deed.command)
    }

    /// In whose name it is carried out.
    fn doer(&self) -> Option<EntityId> {
        let deed = self.deed.as_ref()?;
        self.users.get(&deed.by).map(|(entity, _)| *entity)
    }

    pub fn rules(&self) -> RuleBook {
        self.rules.unwrap_or(RuleBook::of(Profile::CnVenue))
    }

    pub fn today(&self) -> Date {
        self.at.venue_date()
    }

    /// Who stands behind a participant: itself, or those it holds for.
    fn behind(&self, entity: EntityId) -> Vec<EntityId> {
        match self.entities.get(&entity) {
            Some(facts) if !facts.beneficiaries.is_empty() => facts.beneficiaries.clone(),
            _ => vec![entity],
        }
    }

    /// Whether it, or somebody behind it, is from abroad.
    fn is_foreign(&self, entity: EntityId) -> bool {
        let abroad = |entity: &EntityId| {
            self.entities
                .get(entity)
                .is_some_and(|facts| facts.country != Office::CN)
        };
        abroad(&entity) || self.behind(entity).iter().any(abroad)
    }

    /// The last day of a term that ends on this day, or the first after it that works, where the calendar says.
    pub fn last_day(&self, nominal: Date) -> Date {
        let years = &self.epoch.as_ref().expect("rules are in force").calendar.years;
        let covered = |year: &u16| i32::from(*year) == nominal.to_civil().0;
        if years.is_empty() || years.iter().any(covered) {
            self.working_days_after(nominal, 0)
        } else {
            nominal
        }
    }

    /// The day so many working days after this one, counted out.
    pub fn working_days_after(&self, from: Date, days: u32) -> Date {
        let calendar = &self.epoch.as_ref().expect("rules are in force").calendar;
        let works = |date: Date| {
            let weekend = date.weekday() >= 5;
            weekend && calendar.working_weekends.contains(&date) || !weekend && !calendar.holidays.contains(&date)
        };
        let mut date = from;
        while days == 0 && !works(date) {
            date = date.next();
        }
        let mut counted = 0;
        while counted < days {
            date = date.next();
            counted += u32::from(works(date));
        }
        date
    }
}

/// What came of a request: itself, if it was done; of an approval, what had been proposed.
pub fn deed(request: &Request, answer: &Answer, seq: Seq, events: &[Stamped<Event>]) -> Option<Deed> {
    let Outcome::Done(_) = answer.outcome else { return None };
    if answer.seq != seq {
        return None;
    }
    let Command::Approve(approve) = &request.command else {
        return Some(Deed {
            by: request.by,
            approved: false,
            command: request.command.clone(),
        });
    };
    events.iter().find_map(|event| match &event.body {
        Event::Record(changed) => match &changed.record {
            Record::Proposal(done) if done.proposal == approve.proposal && done.state == ProposalState::Done => {
                Some(Deed {
                    by: done.by,
                    approved: true,
                    command: decode_alone(&done.encoded.0).expect("what was done could be read"),
                })
            }
            _ => None,
        },
        _ => None,
    })
}
