//! The registry as its readers see it: every record with its history, who may read it, and the notices that everyone
//! may.
//!
//! Invariant: a version is what an event told, never changed and never taken out, so what stood at a time can be told
//! at any later one; but of what people did alone each house keeps the last [`DONE_ALONE_KEPT`], and of a question with a withheld text the last version stays alone. Who asks is the gateway's business; who may read stands beside each version.

use protocol::{
    AssetId, Digest, EntityId, LotId, Notice, PledgeId, Readers, Record, RecordChanged, Seq, Stamped, Symbol,
    Timestamp,
    control::RuleBook,
    event::{Event, PublicEvent},
    pledge::PledgeAct,
    questions::LotQuestion,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
    sync::Arc,
};

/// How much of what its people did alone is kept for each house: what is older was told, and changed records that stay.
pub const DONE_ALONE_KEPT: usize = 1_000;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A right.
    Title,
    /// A hold on a right.
    Hold,
    /// A co-owner's consent.
    Consent,
    /// A valuation.
    Valuation,
    /// An appraiser of the panel.
    Appraiser,
    /// What an appraised right brought.
    Realised,
    /// A licence.
    Licence,
    /// What a holder of licence units consumed.
    Consumption,
    /// A sale, to its seller.
    Transfer,
    /// A sale, to those who may buy.
    Offer,
    /// A participant's own interest in a sale.
    Interest,
    /// An export-control check.
    ExportCheck,
    /// A proposal.
    Proposal,
    /// A participant's home and those behind it.
    Entity,
    /// Who read whose record.
    Read,
    /// How many participants have held a product.
    Holders,
    /// What the register of a right's class tells.
    Facts,
    /// An open licence.
    OpenLicence,
    /// A tranche of licence units.
    Tranche,
    /// A title that was sold.
    TitleSold,
    /// What one licence unit stands for.
    UnitContract,
    /// A lot.
    Lot,
    /// How a bidder stands in a lot.
    Bidder,
    /// What became of a forfeited deposit.
    Forfeit,
    /// A key that the venue signs with, since when.
    VenueKey,
    /// The venue was given back to its first operator.
    Recovery,
    /// Cash that its owner asked out.
    Withdrawal,
    /// A loan.
    Loan,
    /// A pledge.
    Pledge,
    /// A demand.
    Demand,
    /// A payment on a loan.
    Repayment,
    /// What a pledgee consented to.
    PledgeConsent,
    /// What a pledgee was paid, or is held for it, out of a price.
    ProceedsPassed,
    /// Who is paid out of what the pledged rights of a loan bring.
    LoanPlan,
    /// A case of disposal.
    Disposal,
    /// What became of a sale's price.
    Distribution,
    /// A reverse licence.
    ReverseLicence,
    /// What a creditor advanced on a pledged right, or spent.
    Upkeep,
    /// What was asked for because the value of pledged rights falls.
    Security,
    /// A pledgor pressed for a sale.
    SalePress,
    /// A deal that turns a claim into shares.
    Conversion,
    /// A fund's promise to buy what stays unsold.
    Put,
    /// What a creditor takes of a lot that failed.
    Taking,
    /// A connected buyer of a case.
    ConnectedBuyer,
    /// What befell a claim.
    ClaimFact,
    /// A correction of a distribution.
    Correction,
    /// A guarantor that became free.
    GuarantorFreed,
    /// A risk pool.
    RiskPool,
    /// How a loan stands in its pool.
    PoolStanding,
    /// A measure that pays subsidies.
    Measure,
    /// An application for a subsidy.
    Subsidy,
    /// How a bank's branch stands against what is tolerated.
    BranchStanding,
    /// What an officer shows for a loan.
    OfficerFile,
    /// A guarantor's figures.
    Guarantor,
    /// An insurance of a loan, by its insurer.
    Insurance,
    /// What one person did alone in a house that asked for two.
    DoneAlone,
    /// Commands that were durable are gone.
    LossAccepted,
    /// The venue stood still near a lot's end.
    LotOutage,
    /// The numbers by which others take what is disposed of.
    BuyerRules,
    /// Pledgor and pledgee may bid for a lot.
    PartiesAdmitted,
    /// A bidder that is party to what a lot sells, or connected with one.
    RelatedBidder,
    /// A question about a lot, with its answer.
    LotQuestion,
    /// A question about a lot, to who asked it.
    AskedQuestion,
}

/// The name of a record: its kind and up to four numbers, the first of which is its id where it has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What the record is about.
    pub kind: Kind,
    /// The numbers that tell it from others of its kind.
    pub numbers: [u64; 4],
}

impl Key {
    /// The first of all keys.
    pub(super) const FIRST: Self = Self {
        kind: Kind::Title,
        numbers: [0; 4],
    };

    /// The key of a record that has an id of its own.
    pub fn new(kind: Kind, id: u64) -> Self {
        Self {
            kind,
            numbers: [id, 0, 0, 0],
        }
    }

    /// The key of how this participant stands in this lot.
    pub fn of_bidder(lot: LotId, entity: EntityId) -> Self {
        Self::of(Kind::Bidder, lot.0, entity.0.into(), 0)
    }

    /// The key of what was consented to, of this kind, under this pledge.
    pub fn of_pledge_consent(pledge: PledgeId, act: PledgeAct) -> Self {
        Self::of(Kind::PledgeConsent, pledge.0.into(), act as u64, 0)
    }

    /// The key of the question of this number about this lot.
    pub fn of_question(lot: LotId, number: u32) -> Self {
        Self::of(Kind::LotQuestion, lot.0, number.into(), 0)
    }

    /// Whether it is that of a question about this lot.
    pub(super) fn is_question_of(self, lot: LotId) -> bool {
        self.kind == Kind::LotQuestion && self.numbers[0] == lot.0
    }

    fn of(kind: Kind, first: u64, second: u64, third: u64) -> Self {
        Self {
            kind,
            numbers: [first, second, third, 0],
        }
    }

    fn of_symbol(kind: Kind, symbol: &Symbol, fourth: u64) -> Self {
        Self::of_text(kind, symbol.as_str(), fourth)
    }

    /// The key of what a text of at most 24 bytes names.
    fn of_text(kind: Kind, text: &str, fourth: u64) -> Self {
        let mut bytes = [0; 24];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        let word = |i: usize| u64::from_be_bytes(bytes[i..i + 8].try_into().expect("eight bytes"));
        Self {
            kind,
            numbers: [word(0), word(8), word(16), fourth],
        }
    }

    fn of_record(record: &Record, seq: Seq) -> Self {
        match record {
            Record::Title(title) => Self::new(Kind::Title, title.asset.0.into()),
            Record::Hold(hold) => Self::new(Kind::Hold, hold.hold.0),
            Record::Consent(consent) => Self::of(
                Kind::Consent,
                consent.asset.0.into(),
                consent.entity.0.into(),
                consent.act as u64,
            ),
            Record::Valuation(valuation) => Self::new(Kind::Valuation, valuation.valuation.0),
            Record::Appraiser(appraiser) => Self::new(Kind::Appraiser, appraiser.entity.0.into()),
            Record::Realised(realised) => {
                Self::of(Kind::Realised, realised.valuation.0, realised.asset.0.into(), seq.0)
            }
            Record::Licence(licence) => Self::new(Kind::Licence, licence.licence.0),
            Record::Consumption(consumption) => {
                Self::of_symbol(Kind::Consumption, &consumption.symbol, consumption.account.0.into())
            }
            Record::Transfer(transfer) => Self::new(Kind::Transfer, transfer.transfer.0),
            Record::Offer(offer) => Self::new(Kind::Offer, offer.transfer.0),
            Record::Interest(interest) => Self::of(Kind::Interest, interest.transfer.0, interest.entity.0.into(), 0),
            Record::ExportCheck(check) => Self::of(Kind::ExportCheck, check.asset.0.into(), check.entity.0.into(), 0),
            Record::Proposal(proposal) => Self::new(Kind::Proposal, proposal.proposal.0),
            Record::DoneAlone(done) => Self::new(Kind::DoneAlone, done.seq.0),
            Record::Entity(entity) => Self::new(Kind::Entity, entity.entity.0.into()),
            Record::Read(_) => Self::new(Kind::Read, seq.0),
            Record::Holders(holders) => Self::new(Kind::Holders, holders.asset.0.into()),
            Record::Facts(facts) => Self::new(Kind::Facts, facts.asset.0.into()),
            Record::Bidder(bidder) => Self::of_bidder(bidder.lot, bidder.entity),
            Record::Forfeit(forfeit) => Self::new(Kind::Forfeit, forfeit.lot.0),
            Record::Recovery(_) => Self::new(Kind::Recovery, seq.0),
            Record::Withdrawal(withdrawal) => Self::new(Kind::Withdrawal, withdrawal.withdrawal.0),
            Record::Loan(loan) => Self::new(Kind::Loan, loan.loan.0),
            Record::Pledge(pledge) => Self::new(Kind::Pledge, pledge.pledge.0.into()),
            Record::Demand(demand) => Self::of(Kind::Demand, demand.loan.0, seq.0, 0),
            Record::Repayment(repayment) => Self::of(Kind::Repayment, repayment.loan.0, seq.0, 0),
            Record::PledgeConsent(consent) => Self::of_pledge_consent(consent.pledge, consent.act),
            Record::ProceedsPassed(passed) => Self::of(
                Kind::ProceedsPassed,
                passed.pledge.0.into(),
                passed.asset.0.into(),
                seq.0,
            ),
            Record::LoanPlan(plan) => Self::new(Kind::LoanPlan, plan.loan.0),
            Record::Disposal(disposal) => Self::new(Kind::Disposal, disposal.disposal.0),
            Record::Distribution(paid) => Self::of(Kind::Distribution, paid.transfer.0, paid.part.into(), 0),
            Record::ReverseLicence(licence) => Self::new(Kind::ReverseLicence, licence.licence.0),
            Record::Conversion(deal) => Self::new(Kind::Conversion, deal.conversion.0),
            Record::Put(put) => Self::new(Kind::Put, put.put.0),
            Record::Taking(taking) => Self::new(Kind::Taking, taking.lot.0),
            Record::ConnectedBuyer(named) => Self::of(Kind::ConnectedBuyer, named.disposal.0, named.entity.0.into(), 0),
            Record::Upkeep(upkeep) => Self::of(Kind::Upkeep, upkeep.loan.0, seq.0, 0),
            Record::Security(security) => Self::new(Kind::Security, security.loan.0),
            Record::SalePress(pressed) => Self::of(Kind::SalePress, pressed.loan.0, pressed.pledgor.0.into(), 0),
            Record::ClaimFact(fact) => Self::of(Kind::ClaimFact, fact.loan.0, seq.0, 0),
            Record::Correction(correction) => Self::of(
                Kind::Correction,
                correction.transfer.0,
                correction.part.into(),
                correction.number.into(),
            ),
            Record::RiskPool(pool) => Self::new(Kind::RiskPool, pool.pool.0),
            Record::PoolStanding(standing) => Self::new(Kind::PoolStanding, standing.loan.0),
            Record::Subsidy(subsidy) => Self::new(Kind::Subsidy, subsidy.subsidy.0),
            Record::BranchStanding(standing) => {
                Self::of_text(Kind::BranchStanding, standing.branch.as_str(), standing.bank.0.into())
            }
            Record::OfficerFile(file) => Self::of(Kind::OfficerFile, file.loan.0, file.officer.0.into(), 0),
            Record::Guarantor(figures) => Self::new(Kind::Guarantor, figures.entity.0.into()),
            Record::Insurance(insurance) => Self::of(Kind::Insurance, insurance.loan.0, insurance.insurer.0.into(), 0),
            Record::GuarantorFreed(freed) => Self::of(Kind::GuarantorFreed, freed.loan.0, freed.entity.0.into(), seq.0),
            Record::AskedQuestion(asked) => Self::of(Kind::AskedQuestion, asked.lot.0, asked.number.into(), 0),
        }
    }

    /// The record behind this one in the order of keys, whatever it is: where a list goes on.
    fn next(self) -> Bound<Self> {
        Bound::Excluded(self)
    }
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all of them are records, and a version is shared"
)]
pub enum Told {
    /// A record, to its readers.
    Record(Record),
    /// A notice, to everyone.
    Notice(Notice),
}

/// A record as it stood from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The record that this is a version of.
    pub key: Key,
    /// The command that made the record so.
    pub seq: Seq,
    /// Since when the record stood so.
    pub at: Timestamp,
    /// Who may read the version, beside the venue and the regulators.
    pub readers: Readers,
    /// What the version says.
    pub told: Told,
}

/// Every record of the registry with its history.
#[derive(Debug, Default)]
pub struct Records {
    versions: BTreeMap<Key, Vec<Arc<Version>>>,
    /// What concerns a right, but for the right itself.
    of_asset: BTreeSet<(AssetId, Key)>,
    rule_book: Option<RuleBook>,
    venue_key: Option<(Digest, Seq)>,
    /// What each house's people did alone, the oldest first.
    done_alone: BTreeMap<EntityId, VecDeque<Key>>,
}

/// The rights that a record names.
fn assets(told: &Told) -> Cow<'_, [AssetId]> {
    use std::slice::from_ref;
    let named = match told {
        Told::Record(record) => match record {
            Record::Hold(hold) => from_ref(&hold.asset),
            Record::Consent(consent) => from_ref(&consent.asset),
            Record::Valuation(valuation) => from_ref(&valuation.asset),
            Record::Realised(realised) => from_ref(&realised.asset),
            Record::Licence(licence) => from_ref(&licence.asset),
            Record::Transfer(transfer) => &transfer.assets,
            Record::Offer(offer) => &offer.assets,
            Record::ExportCheck(check) => from_ref(&check.asset),
            Record::Facts(facts) => from_ref(&facts.asset),
            Record::Pledge(pledge) => return pledge.rights.iter().map(|right| right.asset).collect(),
            Record::ProceedsPassed(passed) => from_ref(&passed.asset),
            Record::Disposal(disposal) => &disposal.rights,
            Record::ReverseLicence(licence) => &licence.assets,
            Record::Upkeep(upkeep) => upkeep.asset.as_slice(),
            Record::Put(put) => return put.rights.iter().map(|right| right.asset).collect(),
            Record::Taking(taking) => &taking.assets,
            Record::Title(_)
            | Record::Appraiser(_)
            | Record::Consumption(_)
            | Record::Interest(_)
            | Record::Proposal(_)
            | Record::DoneAlone(_)
            | Record::Entity(_)
            | Record::Read(_)
            | Record::Bidder(_)
            | Record::Forfeit(_)
            | Record::Recovery(_)
            | Record::Withdrawal(_)
            | Record::Holders(_)
            | Record::Loan(_)
            | Record::Demand(_)
            | Record::Repayment(_)
            | Record::PledgeConsent(_)
            | Record::LoanPlan(_)
            | Record::Distribution(_)
            | Record::Security(_)
            | Record::SalePress(_)
            | Record::ClaimFact(_)
            | Record::Correction(_)
            | Record::GuarantorFreed(_)
            | Record::RiskPool(_)
            | Record::PoolStanding(_)
            | Record::Conversion(_)
            | Record::Subsidy(_)
            | Record::BranchStanding(_)
            | Record::OfficerFile(_)
            | Record::Guarantor(_)
            | Record::Insurance(_)
            | Record::ConnectedBuyer(_)
            | Record::AskedQuestion(_) => &[],
        },
        Told::Notice(Notice::OpenLicence(open_licence)) => from_ref(&open_licence.asset),
        Told::Notice(Notice::TitleSold(print)) => &print.assets,
        Told::Notice(Notice::Lot(lot)) => &lot.assets,
        Told::Notice(
            Notice::RuleBook(_)
            | Notice::Tranche(_)
            | Notice::UnitContract(_)
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
            | Notice::TextWithheld(_),
        ) => &[],
    };
    Cow::Borrowed(named)
}

impl Records {
    /// The record as it stands now.
    pub fn get(&self, key: Key) -> Option<&Arc<Version>> {
        self.versions.get(&key)?.last()
    }

    /// The record as this participant last saw it: what one command told in several forms, each to its readers, is one
    /// moment. Whoever was told nothing by the last command sees what everyone would who may.
    pub fn get_for(&self, key: Key, reader: Option<EntityId>) -> Option<&Arc<Version>> {
        for_reader(self.versions.get(&key)?, reader)
    }

    /// Every version of the record, the first one first.
    pub fn history(&self, key: Key) -> &[Arc<Version>] {
        self.versions.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The record as it stood at `at`.
    pub fn as_of(&self, key: Key, at: Timestamp) -> Option<&Arc<Version>> {
        let versions = self.history(key);
        versions[..versions.partition_point(|version| version.at <= at)].last()
    }

    /// Up to `limit` records of a kind as they stand now, behind `after`, as [`Self::get_for`] gives them.
    pub fn list(&self, kind: Kind, after: Option<Key>, limit: usize, reader: Option<EntityId>) -> Vec<Arc<Version>> {
        let from = after.map_or(Bound::Included(Key::new(kind, 0)), Key::next);
        let of_kind = self.versions.range((from, Bound::Unbounded));
        of_kind
            .take_while(|(key, _)| key.kind == kind)
            .take(limit)
            .filter_map(|(_, versions)| for_reader(versions, reader).cloned())
            .collect()
    }

    /// The records of a kind that concern a right, as they stood at `at`.
    pub fn of_asset(&self, asset: AssetId, kind: Kind, at: Timestamp) -> Vec<Arc<Version>> {
        let from = (asset, Key::new(kind, 0));
        let of_kind = self
            .of_asset
            .range(from..)
            .take_while(|(of, key)| *of == asset && key.kind == kind);
        of_kind.filter_map(|(_, key)| self.as_of(*key, at).cloned()).collect()
    }

    /// The records of a kind that concern a right.
    pub(super) fn keys_of(&self, asset: AssetId, kind: Kind) -> impl Iterator<Item = Key> + '_ {
        let from = (asset, Key::new(kind, 0));
        let of_kind = self.of_asset.range(from..);
        of_kind
            .take_while(move |(of, key)| *of == asset && key.kind == kind)
            .map(|(_, key)| *key)
    }

    /// The records of a kind whose keys begin with this number.
    pub(super) fn keys_with(&self, kind: Kind, first: u64) -> impl Iterator<Item = Key> + '_ {
        let of_kind = self.versions.range(Key::new(kind, first)..);
        let keys = of_kind.map(|(key, _)| *key);
        keys.take_while(move |key| key.kind == kind && key.numbers[0] == first)
    }

    /// The question of this number about a lot, as it stands now.
    pub fn question(&self, lot: LotId, number: u32) -> Option<&LotQuestion> {
        match &self.get(Key::of_question(lot, number))?.told {
            Told::Notice(Notice::LotQuestion(question)) => Some(question),
            _ => None,
        }
    }

    /// What was asked about a lot, by number.
    pub fn questions(&self, lot: LotId) -> Vec<LotQuestion> {
        let keys = self.keys_with(Kind::LotQuestion, lot.0);
        keys.filter_map(|key| self.question(lot, u32::try_from(key.numbers[1]).ok()?))
            .cloned()
            .collect()
    }

    /// The rule book's numbers that an operator set or an epoch brought; `None` where none was told yet.
    pub fn rule_book(&self) -> Option<RuleBook> {
        self.rule_book
    }

    /// The public key that the venue signs with, and since which command; `None` before it was named.
    pub fn venue_key(&self) -> Option<(Digest, Seq)> {
        self.venue_key
    }

    /// Whether this event changes the records.
    pub(crate) fn concerns(event: &Event) -> bool {
        matches!(
            event,
            Event::Record(_) | Event::Public(PublicEvent::Notice(_) | PublicEvent::LotBid(_))
        )
    }

    /// Takes in one event; the record that it changed.
    pub(crate) fn fold(&mut self, event: &Stamped<Event>) -> Option<Key> {
        let (key, readers, told) = match &event.body {
            Event::Record(changed) => {
                let RecordChanged { readers, record } = &**changed;
                let key = Key::of_record(record, event.seq);
                (key, readers.clone(), Told::Record(record.clone()))
            }
            Event::Public(PublicEvent::Notice(notice)) => {
                // What changes a question is told of it as it stands now, as a bid is of its lot.
                let mut told = (**notice).clone();
                let key = match &**notice {
                    Notice::RuleBook(rules) => {
                        self.rule_book = Some(*rules);
                        return None;
                    }
                    Notice::OpenLicence(open_licence) => Key::new(Kind::OpenLicence, open_licence.open_licence.0),
                    Notice::Tranche(tranche) => Key::new(Kind::Tranche, tranche.tranche.0),
                    Notice::TitleSold(print) => Key::new(Kind::TitleSold, print.transfer.0),
                    Notice::Lot(lot) => Key::new(Kind::Lot, lot.lot.0),
                    // Steps of a lot's public log, no records of their own.
                    Notice::LotCommitted(_) | Notice::LotOpened(_) => return None,
                    Notice::Measure(measure) => Key::new(Kind::Measure, measure.measure.0),
                    Notice::LotOutage(outage) => Key::of(Kind::LotOutage, outage.lot.0, outage.count.into(), 0),
                    Notice::BuyerRules(_) => Key::new(Kind::BuyerRules, 0),
                    Notice::PartiesAdmitted(admitted) => Key::new(Kind::PartiesAdmitted, admitted.lot.0),
                    Notice::RelatedBidder(related) => {
                        Key::of(Kind::RelatedBidder, related.lot.0, related.number.into(), 0)
                    }
                    Notice::LotQuestion(question) => Key::of_question(question.lot, question.number),
                    Notice::LotAnswer(answer) => {
                        let mut question = self.question(answer.lot, answer.number)?.clone();
                        answer.change(&mut question);
                        told = Notice::LotQuestion(question);
                        Key::of_question(answer.lot, answer.number)
                    }
                    Notice::TextWithheld(gone) => {
                        let mut question = self.question(gone.lot, gone.number)?.clone();
                        gone.change(&mut question);
                        told = Notice::LotQuestion(question);
                        let key = Key::of_question(gone.lot, gone.number);
                        // What is withheld is shown by no earlier version either.
                        self.versions.remove(&key);
                        key
                    }
                    Notice::LossAccepted(_) => Key::new(Kind::LossAccepted, event.seq.0),
                    Notice::UnitContract(contract) => Key::of_symbol(Kind::UnitContract, &contract.symbol, 0),
                    // Those of before stay: what they signed is checked with them.
                    Notice::VenueKey(key) => {
                        self.venue_key = Some((key.public_key, event.seq));
                        Key::new(Kind::VenueKey, event.seq.0)
                    }
                };
                (key, Readers::AllBut(vec![]), Told::Notice(told))
            }
            // A bid changes the lot, and its versions are the history of its bidding (法释〔2016〕18号 20).
            Event::Public(PublicEvent::LotBid(bid)) => {
                let key = Key::new(Kind::Lot, bid.lot.0);
                let Some(Told::Notice(Notice::Lot(mut lot))) = self.get(key).map(|version| version.told.clone()) else {
                    return None;
                };
                bid.change(&mut lot);
                (key, Readers::AllBut(vec![]), Told::Notice(Notice::Lot(lot)))
            }
            Event::Public(_) | Event::Private(..) | Event::Staff(_) | Event::Sealed(..) => return None,
        };
        for &asset in assets(&told).iter() {
            self.of_asset.insert((asset, key));
        }
        if let Told::Record(Record::DoneAlone(done)) = &told {
            let kept = self.done_alone.entry(done.entity).or_default();
            kept.push_back(key);
            let over = kept.len().saturating_sub(DONE_ALONE_KEPT);
            for oldest in kept.drain(..over) {
                self.versions.remove(&oldest);
            }
        }
        let version = Arc::new(Version {
            key,
            seq: event.seq,
            at: event.at,
            readers,
            told,
        });
        self.versions.entry(key).or_default().push(version);
        Some(key)
    }
}

/// Of what the last command told, the last form that is for this reader; the last of all, if none is.
fn for_reader(versions: &[Arc<Version>], reader: Option<EntityId>) -> Option<&Arc<Version>> {
    let last = versions.last()?;
    let mut forms = versions.iter().rev().take_while(|version| version.seq == last.seq);
    let own = reader.and_then(|reader| forms.find(|version| version.is_for(reader)));
    Some(own.unwrap_or(last))
}

impl Version {
    /// The rights that the version names, beside the one that it is.
    pub fn assets(&self) -> Cow<'_, [AssetId]> {
        assets(&self.told)
    }

    /// Whether a participant may read the version.
    pub fn is_for(&self, entity: EntityId) -> bool {
        self.readers.has(entity)
    }

    /// The participants whose record it is: its readers; nobody where everyone may read it.
    pub fn owners(&self) -> &[EntityId] {
        match &self.readers {
            Readers::Only(entities) => entities,
            Readers::Sealed(entity) | Readers::Apart(entity) => std::slice::from_ref(entity),
            Readers::AllBut(_) => &[],
        }
    }

    /// Whether beside its reader regulators alone may see the version, and no operator.
    pub fn is_apart(&self) -> bool {
        matches!(self.readers, Readers::Apart(_))
    }

    /// Whether nobody but its one reader may see the version, whatever office asks.
    pub fn is_sealed(&self) -> bool {
        matches!(self.readers, Readers::Sealed(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        Bounded, UserId,
        alone::DoneAlone,
        command::Op,
        control::Holders,
        questions::{LotAnswer, QuestionPart, TextWithheld, Withheld, WithholdGround},
        record::Readers,
    };

    fn told(at: u64, asset: u32, count: u32) -> Stamped<Event> {
        let record = Record::Holders(Holders {
            asset: AssetId(asset),
            count,
        });
        Stamped {
            seq: Seq(at),
            at: Timestamp(at),
            body: Event::Record(Box::new(RecordChanged {
                readers: Readers::one(EntityId(1)),
                record,
            })),
        }
    }

    #[test]
    fn what_stood_at_a_time_is_told_at_any_later_one() {
        let mut records = Records::default();
        for (at, asset, count) in [(10, 7, 1), (20, 7, 2), (30, 9, 1)] {
            records.fold(&told(at, asset, count));
        }
        let key = Key::new(Kind::Holders, 7);
        let count = |version: Option<&Arc<Version>>| {
            version.map(|version| match &version.told {
                Told::Record(Record::Holders(holders)) => holders.count,
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(count(records.as_of(key, Timestamp(9))), None);
        assert_eq!(count(records.as_of(key, Timestamp(10))), Some(1));
        assert_eq!(count(records.as_of(key, Timestamp(19))), Some(1));
        assert_eq!(count(records.as_of(key, Timestamp(20))), Some(2));
        assert_eq!(count(records.get(key)), Some(2));
        let all = records.list(Kind::Holders, None, 10, None);
        assert_eq!(
            all.iter().map(|version| version.key.numbers[0]).collect::<Vec<_>>(),
            [7, 9]
        );
        let rest = records.list(Kind::Holders, Some(all[0].key), 10, None);
        assert_eq!(rest.len(), 1);
        assert!(records.list(Kind::Read, None, 10, None).is_empty());
        assert!(all[0].is_for(EntityId(1)) && !all[0].is_for(EntityId(2)));
        assert_eq!(all[0].owners(), [EntityId(1)]);
    }

    #[test]
    fn of_what_people_did_alone_each_house_keeps_the_last() {
        let mut records = Records::default();
        let kept = DONE_ALONE_KEPT as u64;
        let mut tell = |seq: u64, house| {
            let record = Record::DoneAlone(DoneAlone {
                entity: EntityId(house),
                by: UserId(1),
                op: Op::RecordDemand,
                seq: Seq(seq),
                encoded: None,
            });
            let readers = Readers::Sealed(EntityId(house));
            records.fold(&Stamped {
                seq: Seq(seq),
                at: Timestamp(seq),
                body: Event::Record(Box::new(RecordChanged { readers, record })),
            });
        };
        tell(1, 7);
        (2..kept + 4).for_each(|seq| tell(seq, 8));
        let numbers: Vec<_> = records
            .list(Kind::DoneAlone, None, usize::MAX, None)
            .iter()
            .map(|version| version.key.numbers[0])
            .collect();
        // The other house's stays.
        assert_eq!(numbers[..2], [1, 4]);
        assert_eq!(numbers.len(), DONE_ALONE_KEPT + 1);
        assert!(records.history(Key::new(Kind::DoneAlone, 3)).is_empty());
    }

    #[test]
    fn a_question_is_told_as_it_stands_and_what_is_withheld_in_no_version() {
        let mut records = Records::default();
        let tell = |records: &mut Records, seq: u64, notice| {
            records.fold(&Stamped {
                seq: Seq(seq),
                at: Timestamp(seq),
                body: Event::Public(PublicEvent::Notice(Box::new(notice))),
            })
        };
        let (lot, number) = (LotId(7), 1);
        let answer = LotAnswer {
            lot,
            number,
            answered: Timestamp(2),
            answer: Bounded::new("2027年。").unwrap(),
        };
        // Nothing is made of an answer to no question.
        assert_eq!(tell(&mut records, 1, Notice::LotAnswer(answer.clone())), None);
        let asked = LotQuestion {
            lot,
            number,
            asked: Timestamp(2),
            question: Bounded::new("年费缴到哪一年？"),
            answered: None,
            answer: None,
            withheld: vec![],
        };
        let key = Key::of_question(lot, number);
        assert_eq!(tell(&mut records, 2, Notice::LotQuestion(asked.clone())), Some(key));
        assert_eq!(tell(&mut records, 3, Notice::LotAnswer(answer)), Some(key));
        assert_eq!(records.history(key).len(), 2);
        let questions = records.questions(lot);
        assert_eq!((questions.len(), questions[0].question.clone()), (1, asked.question));
        assert!(questions[0].answer.is_some() && records.questions(LotId(8)).is_empty());
        let gone = TextWithheld {
            lot,
            number,
            withheld: Withheld {
                part: QuestionPart::Question,
                ground: WithholdGround::Defamation,
                evidence: Digest::default(),
            },
        };
        assert_eq!(tell(&mut records, 4, Notice::TextWithheld(gone)), Some(key));
        let history = records.history(key);
        let Told::Notice(Notice::LotQuestion(now)) = &history[0].told else {
            panic!("{history:?}")
        };
        assert_eq!(history.len(), 1);
        assert!(now.question.is_none() && now.answer.is_some() && now.withheld.len() == 1);
    }

    #[test]
    fn each_reader_of_one_moment_sees_its_own_form() {
        let mut records = Records::default();
        let form = |at, reader, count| {
            let mut event = told(at, 7, count);
            let Event::Record(changed) = &mut event.body else {
                unreachable!()
            };
            changed.readers = Readers::one(EntityId(reader));
            event
        };
        for (at, reader, count) in [(10, 2, 1), (20, 2, 2), (20, 1, 3)] {
            records.fold(&form(at, reader, count));
        }
        let key = Key::new(Kind::Holders, 7);
        let of = |records: &Records, reader| match &records.get_for(key, reader).unwrap().told {
            Told::Record(Record::Holders(holders)) => holders.count,
            other => panic!("{other:?}"),
        };
        let count = |reader| of(&records, reader);
        assert_eq!((count(Some(EntityId(2))), count(Some(EntityId(1)))), (2, 3));
        assert_eq!((count(Some(EntityId(9))), count(None)), (3, 3), "the last word");
        records.fold(&form(30, 1, 4));
        assert_eq!(
            of(&records, Some(EntityId(2))),
            4,
            "what it is not told any more it does not see"
        );
        assert!(!records.get_for(key, Some(EntityId(2))).unwrap().is_for(EntityId(2)));
    }
}
