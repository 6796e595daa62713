//! What the tests of titles share, beyond the floor itself.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{CODES, Floor, extract, limit, order, terms};
use engine::book::Book;
use protocol::{
    AccountId, AssetId, Bounded, Command, Date, Digest, Event, InstrumentId, PrivateEvent, PublicEvent, Quantity,
    Receipt, Record, Side,
    asset::AssetClass,
    event::{CancelReason, TradingStatus},
    listing::{IssueUnits, ListUnits},
    party::Roles,
    title::{AssetState, NewRight, RecordDues, Title, TitleLanguage, TranslateTitle, VerifyAsset},
};

pub use crate::floor::Party;

/// A market with three parties that may do anything a party may, each with 10,000.00 yuan.
pub fn market<B: Book>() -> (Floor<B>, [Party; 3]) {
    let mut floor = Floor::unit_market();
    let parties = [0, 1, 2].map(|code| {
        let party = floor.party(CODES[code], Roles::TRADER.with(Roles::FIRM));
        floor.cash_in(party.account, 1_000_000);
        party
    });
    (floor, parties)
}

/// A verified right of `owner` with a book and 1,000 units.
pub fn listed<B: Book>(
    floor: &mut Floor<B>,
    owner: Party,
    number: &str,
    change: impl FnOnce(&mut NewRight),
) -> (AssetId, InstrumentId) {
    let asset = floor.right(owner.entity, number, change);
    let instrument = book(floor, owner, asset, number);
    (asset, instrument)
}

/// A book of a right, with 1,000 units that its owner holds.
pub fn book<B: Book>(floor: &mut Floor<B>, owner: Party, asset: AssetId, symbol: &str) -> InstrumentId {
    let list = ListUnits {
        asset,
        terms: terms(symbol),
    };
    let Receipt::Instrument(instrument) = floor.must(owner.user, Command::ListUnits(Box::new(list))) else {
        panic!()
    };
    floor.must(
        owner.user,
        Command::IssueUnits(IssueUnits {
            instrument,
            account: owner.account,
            quantity: Quantity::from_units(1_000),
        }),
    );
    instrument
}

pub fn sells(party: Party, instrument: InstrumentId, price: i64, units: i64) -> Command {
    order(party.account, instrument, Side::Sell, limit(price), units)
}

pub fn buys(party: Party, instrument: InstrumentId, price: i64, units: i64) -> Command {
    order(party.account, instrument, Side::Buy, limit(price), units)
}

pub fn trademark(right: &mut NewRight) {
    right.asset.class = AssetClass::Trademark;
}

/// The title as it was last told.
pub fn title<B: Book>(floor: &Floor<B>, asset: AssetId) -> Title {
    let told = floor.records(0).into_iter().rev();
    let mut titles = told.filter_map(|changed| match changed.record {
        Record::Title(title) if title.asset == asset => Some(title),
        _ => None,
    });
    titles.next().expect("a title was told")
}

pub fn state<B: Book>(floor: &Floor<B>, asset: AssetId) -> AssetState {
    title(floor, asset).state
}

/// How a book's trading stands, as the public last heard; a book begins by trading.
pub fn status<B: Book>(floor: &Floor<B>, instrument: InstrumentId) -> TradingStatus {
    let told = floor.events.iter().rev().find_map(|event| match event.body {
        Event::Public(PublicEvent::TradingChanged { instrument: of, status }) if of == instrument => Some(status),
        _ => None,
    });
    told.unwrap_or(TradingStatus::Trading)
}

/// Whose orders were cancelled since `first`, and why.
pub fn cancelled<B: Book>(floor: &Floor<B>, first: usize) -> Vec<(AccountId, CancelReason)> {
    let order = |event: &protocol::Stamped<Event>| match event.body {
        Event::Private(_, PrivateEvent::OrderCancelled { account, reason, .. }) => Some((account, reason)),
        _ => None,
    };
    floor.events[first..].iter().filter_map(order).collect()
}

pub fn share(party: Party, parts: u32) -> protocol::title::Share {
    protocol::title::Share {
        entity: party.entity,
        parts,
    }
}

/// A party takes every order back that is still open.
pub fn cancel_all<B: Book>(floor: &mut Floor<B>, party: Party) {
    let accepted = |event: &protocol::Stamped<Event>| match event.body {
        Event::Private(entity, PrivateEvent::OrderAccepted { order, .. }) if entity == party.entity => Some(order),
        _ => None,
    };
    let orders: Vec<_> = floor.events.iter().filter_map(accepted).collect();
    for order in orders {
        // What was filled or ended since is no order any more.
        let _ = floor.try_(party.user, Command::CancelOrder { order });
    }
}

/// What an extract of the day on which the floor opens says: nothing new.
pub fn verify(asset: AssetId) -> VerifyAsset {
    VerifyAsset {
        asset,
        extract: extract(),
        owners: vec![],
        granted: None,
        expires: None,
    }
}

pub fn verified(verify: &VerifyAsset) -> Command {
    Command::VerifyAsset(Box::new(verify.clone()))
}

/// A right without an extract: a draft.
pub fn draft(right: &mut NewRight) {
    right.extract = None;
}

/// Dues came in: the next, and until when the right runs.
pub fn dues(asset: AssetId, due: Option<Date>, expires: Option<Date>) -> Command {
    Command::RecordDues(Box::new(RecordDues {
        asset,
        due,
        expires,
        evidence: Digest([4; 32]),
    }))
}

/// Gives a right's title in English, or takes that back.
pub fn translate(asset: AssetId, title: Option<&str>) -> Command {
    Command::TranslateTitle(Box::new(TranslateTitle {
        asset,
        language: TitleLanguage::English,
        title: title.map(|title| Bounded::new(title).expect("a short title")),
    }))
}
