//! A lot as the core keeps it: its terms, its bidders, its best bid and its buyer; and what everyone and each bidder is
//! told of it.
//!
//! Invariant: bidders stand by entity, each once; which lots wait, and which sell units, follows from the lots
//! themselves, so a snapshot holds these alone.

use super::{
    life::{self, Input, is_live},
    prices::Way,
};
use crate::kit::{checks::require, terms::LastDay};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AccountId, Amount, AssetId, Currency, Date, Digest, DisposalId, EntityId, InstrumentId, LotId, Money, PublicEvent,
    Quantity, Reject, Seq, Timestamp, TransferId,
    auction::{self, AnnounceLot, Clock, Format, LOT_PRICE_MAX, LotState, PriceStep},
    event::LotBid,
    time::{SECOND, or_never},
    title::Share,
};
use serde::{Deserialize, Serialize, Serializer};

/// Every lot there ever was, by its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<LotId, Lot>")]
pub(crate) struct Lots {
    all: BTreeMap<LotId, Lot>,
    /// Lots whose time runs: found without a walk over all that are long over.
    pub(super) waiting: BTreeSet<LotId>,
    /// Live lots that sell units, by what they sell.
    of_units: BTreeSet<(InstrumentId, LotId)>,
}

impl Serialize for Lots {
    /// The rest can be told from the lots.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(to)
    }
}

impl From<BTreeMap<LotId, Lot>> for Lots {
    fn from(all: BTreeMap<LotId, Lot>) -> Self {
        let waits = |lot: &&Lot| lot.due != Timestamp::NEVER;
        let live = all.values().filter(|lot| is_live(lot.state));
        Self {
            waiting: all.values().filter(waits).map(|lot| lot.id).collect(),
            of_units: live.filter_map(|lot| Some((lot.instrument?, lot.id))).collect(),
            all,
        }
    }
}

/// The bid that is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Best {
    pub entity: EntityId,
    pub number: u32,
    pub price: i64,
}

/// Somebody who entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bidder {
    pub entity: EntityId,
    pub account: AccountId,
    /// What stands for it until the close.
    pub number: u32,
    /// What is held of it: the deposit, and where units are sold the whole of what it bid for them.
    pub deposit: Money,
    /// Its rank among the holders of priority.
    pub rank: Option<u32>,
    /// Its last bid; a sealed one once it was revealed.
    pub bid: Option<i64>,
    pub maximum: Option<i64>,
    /// The price that it last answered by priority.
    pub matched: Option<i64>,
    /// Where bids are hidden, when it made its own or committed to it.
    pub placed: Option<Seq>,
    /// What it committed to.
    pub commitment: Option<Digest>,
    /// What it revealed that by.
    pub nonce: Option<Digest>,
    /// How many units it bid for.
    pub units: Option<Quantity>,
    /// How many it bought.
    pub won_units: Option<Quantity>,
}

impl Bidder {
    /// The highest price this bidder will pay.
    pub(super) fn limit(&self) -> i64 {
        self.maximum.max(self.bid).unwrap_or_default()
    }
}

/// Who buys, and what it owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Award {
    pub entity: EntityId,
    pub account: AccountId,
    pub price: i64,
    /// When the price stood.
    pub agreed_at: Timestamp,
}

/// A question about a lot; its number is its place among them, from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    /// Who asked.
    pub by: EntityId,
    pub answered: bool,
    /// Whether the question is withheld from display.
    pub hidden: bool,
    /// Whether its answer is.
    pub answer_hidden: bool,
}

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lot {
    pub id: LotId,
    pub terms: AnnounceLot,
    /// Who announced it: the acting owner, or in reverse the buyer.
    pub seller: EntityId,
    /// The owners when it was announced: they sell, and are paid.
    pub owners: Vec<Share>,
    /// The rights that are sold, or the one of whose units some are.
    pub rights: Vec<AssetId>,
    /// Of what units are sold.
    pub instrument: Option<InstrumentId>,
    /// How many units are held of the seller.
    pub units_held: Quantity,
    /// The notice that pledgor and pledgee may bid, where it was announced.
    pub admits: Option<Digest>,
    /// The one price at which units were sold.
    pub cleared: Option<i64>,
    /// The first day on which neither it nor a round after it may open any more: its valuation is too old by then.
    pub begins_before: Option<Date>,
    pub round: u32,
    pub state: LotState,
    /// When the clock of a falling price begins: as the lot opens, and a pause moves it on.
    pub began: Timestamp,
    pub ends_at: Timestamp,
    pub extensions: u32,
    /// By how much bids have moved the end, in nanoseconds.
    pub extended: u64,
    /// How often the venue stood still near its end.
    pub outages: u32,
    pub bids: u32,
    pub best: Option<Best>,
    /// By entity.
    pub bidders: Vec<Bidder>,
    /// How long a paused lot still runs, and since when it stands.
    pub paused: Option<(u64, Timestamp)>,
    /// Why it stood still last.
    pub pause: Option<auction::Pause>,
    /// At which price the seller would sell after a close below the reserve.
    pub asked: Option<i64>,
    pub award: Option<Award>,
    /// What sold it anew, or parts of it, after a default, and what that cost: a sale, by a lot or not.
    pub resales: Vec<(TransferId, Money)>,
    /// Whether a forfeited deposit was settled.
    pub settled: bool,
    /// In which cases its rights were disposed of when its buyer defaulted, each with what its rights were appraised at: what
    /// its deposit leaves is the debts', by that.
    pub cases: Vec<(DisposalId, Money)>,
    /// What was asked about it.
    pub questions: Vec<Question>,
    /// When it is looked at next; [`Timestamp::NEVER`] if it waits for nobody.
    #[serde(with = "or_never")]
    pub due: Timestamp,
    /// The last day of the step that it waits for, where that is one of days and not of its own clock.
    pub step: Option<LastDay>,
}

impl Lots {
    /// The lot, if there is one.
    pub(crate) fn get(&self, id: LotId) -> Option<&Lot> {
        self.all.get(&id)
    }

    /// Adds a lot.
    pub(super) fn add(&mut self, lot: Lot) {
        self.waiting.insert(lot.id);
        if let Some(instrument) = lot.instrument {
            self.of_units.insert((instrument, lot.id));
        }
        self.all.insert(lot.id, lot);
    }

    /// A lot has come to its end.
    pub(super) fn over(&mut self, id: LotId) {
        if let Some(instrument) = self.of(id).instrument {
            self.of_units.remove(&(instrument, id));
        }
    }

    /// The live lots of these units.
    pub(crate) fn of_units(&self, instrument: InstrumentId) -> Vec<LotId> {
        let (first, last) = (LotId(0), LotId(u64::MAX));
        let of_it = self.of_units.range((instrument, first)..=(instrument, last));
        of_it.map(|(_, id)| *id).collect()
    }

    /// Sets when the lot is looked at next; returns when it would have been.
    pub(super) fn set_due(&mut self, id: LotId, due: Timestamp) -> Timestamp {
        if due == Timestamp::NEVER {
            self.waiting.remove(&id);
        } else {
            self.waiting.insert(id);
        }
        let lot = self.of_mut(id);
        lot.step = None;
        core::mem::replace(&mut lot.due, due)
    }

    /// The lots whose time runs.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Lot> {
        self.waiting.iter().map(|id| self.of(*id))
    }

    /// A lot that is known to be there.
    pub(crate) fn of(&self, id: LotId) -> &Lot {
        self.all.get(&id).expect("the lot is there")
    }

    /// Mutable access to a lot that is known to be there.
    pub(crate) fn of_mut(&mut self, id: LotId) -> &mut Lot {
        self.all.get_mut(&id).expect("the lot is there")
    }

    /// All lots with the numbers that they stand under.
    pub(crate) fn keyed(&self) -> impl Iterator<Item = (&LotId, &Lot)> {
        self.all.iter()
    }

    /// All lots, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lot> {
        self.all.values()
    }
}

/// The lowest first bid of a format, or the highest first offer.
pub(crate) fn start(format: &Format) -> Amount {
    match format {
        Format::Ascending(terms) => terms.start,
        Format::Descending(terms) => terms.start,
        Format::Sealed(terms) => terms.start,
        Format::SellOff(terms) => terms.start,
        Format::Uniform(terms) => terms.start,
        Format::Reverse(terms) => terms.start,
        Format::SealedReverse(terms) => terms.start,
    }
}

/// The lowest price at which a format can sell: where a falling price stops. What a consent or a round before allows is
/// held against it.
pub(crate) fn lowest(format: &Format) -> Amount {
    match format {
        Format::Descending(terms) => terms.floor,
        _ => start(format),
    }
}

/// The steps and the clock of a format whose price moves by bids.
pub(super) fn ladder(format: &Format) -> Option<(Way, &[PriceStep], &Clock)> {
    match format {
        Format::Ascending(terms) => Some((Way::Up, &terms.steps, &terms.clock)),
        Format::SellOff(terms) => Some((Way::Up, &terms.steps, &terms.clock)),
        Format::Reverse(terms) => Some((Way::Down, &terms.steps, &terms.clock)),
        Format::Descending(_) | Format::Sealed(_) | Format::SealedReverse(_) | Format::Uniform(_) => None,
    }
}

impl Lot {
    /// Whether it has its buyer, and what it sells has not passed.
    pub(crate) fn is_matched(&self) -> bool {
        matches!(self.state, LotState::Sold | LotState::Paid)
    }

    /// The currency of its prices.
    pub(crate) fn currency(&self) -> Currency {
        start(&self.terms.format).currency
    }

    /// A price of this lot.
    pub(crate) fn amount(&self, minor: i64) -> Amount {
        Amount::new(self.currency(), Money::from_minor(minor))
    }

    /// Whether this could be a price of this lot.
    pub(super) fn check_price(&self, price: Amount) -> Result<(), Reject> {
        let fits = price.currency == self.currency() && (1..=LOT_PRICE_MAX).contains(&price.money.minor());
        require(fits, Reject::AmountInvalid)
    }

    /// The bidder of this participant, if it entered.
    pub(crate) fn bidder(&self, entity: EntityId) -> Result<&Bidder, Reject> {
        let place = self.bidders.binary_search_by_key(&entity, |bidder| bidder.entity);
        place
            .map(|place| &self.bidders[place])
            .map_err(|_| Reject::NotQualified)
    }

    /// Mutable access to a bidder that is known to have entered.
    pub(super) fn bidder_mut(&mut self, entity: EntityId) -> &mut Bidder {
        let place = self.bidders.binary_search_by_key(&entity, |bidder| bidder.entity);
        &mut self.bidders[place.expect("asked before")]
    }

    /// Whether this input is open to the lot.
    pub(super) fn check(&self, input: Input) -> Result<(), Reject> {
        life::step(self.state, input).map(|_| ())
    }

    /// Moves the lot by an input that was checked before.
    pub(super) fn advance(&mut self, input: Input) {
        let state = self.state;
        self.state = life::step(state, input).unwrap_or_else(|_| panic!("{input:?} was open in {state:?}"));
    }

    /// Moves the end for a bid at this time, as the clock says.
    pub(super) fn extend(&mut self, at: Timestamp) {
        let Some((_, _, clock)) = ladder(&self.terms.format) else {
            return;
        };
        let window = u64::from(clock.window_s) * SECOND;
        if window == 0 {
            return;
        }
        let late = self.ends_at.0 - at.0 <= window;
        let ends = match clock.extension {
            auction::Extension::FromBid => at.after(window),
            auction::Extension::FromEnd if late => self.ends_at.after(window),
            auction::Extension::FromEnd => return,
        };
        // A cap counts windows and not moves: four that are a nanosecond long are not four.
        let left = clock.extensions_max.map_or(u64::MAX, |most| {
            window.saturating_mul(u64::from(most)).saturating_sub(self.extended)
        });
        let more = ends.0.saturating_sub(self.ends_at.0).min(left);
        if more > 0 {
            self.ends_at = self.ends_at.after(more);
            self.extended += more;
            self.extensions += 1;
        }
    }

    /// The lot as everyone sees it.
    pub(super) fn public(&self, surviving: u32) -> auction::Lot {
        let sold = matches!(self.state, LotState::Sold | LotState::Paid | LotState::Delivered);
        let shown = self.best.filter(|_| !matches!(self.state, LotState::Withdrawn));
        auction::Lot {
            lot: self.id,
            assets: self.terms.assets.clone(),
            basis: self.terms.basis,
            format: self.terms.format.clone(),
            reserved: self.terms.reserve.is_some(),
            deposit: self.terms.deposit,
            qualifies_at: self.terms.qualifies_at,
            opens_at: self.terms.opens_at,
            ends_at: self.ends_at,
            priority: u32::try_from(self.terms.priority.len()).expect("at most 64"),
            round: self.round,
            after: self.terms.after,
            fees: self.terms.fees,
            defects: self.terms.defects,
            notices: self.terms.notices,
            surviving,
            state: self.state,
            best: shown.map(|best| self.amount(best.price)),
            number: shown.map(|best| best.number),
            bids: self.bids,
            extensions: self.extensions,
            reserve_met: shown.and_then(|best| self.reserve_met(best.price)),
            price: self
                .award
                .map(|award| award.price)
                .or(self.cleared)
                .filter(|_| sold)
                .map(|price| self.amount(price)),
            buyer: self
                .award
                .filter(|_| sold && self.terms.basis == protocol::transfer::LegalBasis::Judicial)
                .map(|award| award.entity),
            valuations: self
                .terms
                .valuation
                .into_iter()
                .chain(self.terms.more_valuations.iter().copied())
                .collect(),
            pause: self.pause.filter(|_| self.state == LotState::Paused),
            step_by: self.step.map(|last| last.day),
            calendar: self.step.and_then(|last| last.calendar),
        }
    }

    /// Whether a price reaches the reserve, if there is one.
    pub(super) fn reserve_met(&self, price: i64) -> Option<bool> {
        let reserve = self.terms.reserve?.money.minor();
        Some(!self.way().beats(reserve, price))
    }

    /// A bid, as everyone is told of it.
    pub(super) fn told(&self, number: u32, price: i64, automatic: bool, matched: bool) -> PublicEvent {
        PublicEvent::LotBid(LotBid {
            lot: self.id,
            number,
            price: self.amount(price),
            automatic,
            matched,
            bids: self.bids,
            ends_at: self.ends_at,
            extensions: self.extensions,
            reserve_met: self.reserve_met(price),
        })
    }

    /// What a bidder sees of its own standing.
    pub(super) fn standing(&self, bidder: &Bidder, owes: Option<Money>) -> auction::Bidder {
        let award = self.award.filter(|award| award.entity == bidder.entity);
        let pays = award.filter(|_| self.state == LotState::Sold).and(self.step);
        auction::Bidder {
            lot: self.id,
            entity: bidder.entity,
            account: bidder.account,
            number: bidder.number,
            deposit: Amount::new(self.currency(), bidder.deposit),
            bid: bidder.bid.map(|bid| self.amount(bid)),
            maximum: bidder.maximum.map(|maximum| self.amount(maximum)),
            units: bidder.units,
            commitment: bidder.commitment,
            leads: self.best.is_some_and(|best| best.entity == bidder.entity),
            won: award
                .map(|award| award.price)
                .or(self.cleared.filter(|_| bidder.won_units.is_some()))
                .map(|price| self.amount(price)),
            won_units: bidder.won_units,
            owes: owes.map(|owes| Amount::new(self.currency(), owes)),
            pay_by: pays.map(|last| last.day),
            calendar: pays.and_then(|last| last.calendar),
        }
    }
}
