//! What the tests of titles share, beyond the floor itself.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{CODES, Floor, limit, order, terms};
use engine::book::Book;
use protocol::{
    AccountId, Amount, AssetId, Command, Currency, Date, Digest, EntityId, Event, InstrumentId, Money, PrivateEvent,
    PublicEvent, Quantity, Receipt, Record, Reject, Side, UserId,
    command::{AssetClass, IssueUnits, ListUnits},
    event::{CancelReason, TradingStatus},
    party::Roles,
    title::{AssetChange, AssetState, ChangeAsset, NewRight, Title},
};

pub use crate::floor::Party;

/// A market under the rules of titles, with three parties that may do anything a party may, each with 10,000.00 yuan.
pub fn market<B: Book>() -> (Floor<B>, [Party; 3]) {
    let mut floor = Floor::titled_market();
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

/// A command is refused for this reason, and tells nobody else anything.
pub fn refuses<B: Book>(floor: &mut Floor<B>, by: UserId, command: Command, reject: Reject) {
    let first = floor.events.len();
    assert_eq!(floor.try_(by, command.clone()), Err(reject), "{command:?}");
    let told = &floor.events[first..];
    assert!(
        matches!(told, [only] if matches!(only.body, Event::Private(_, PrivateEvent::Rejected { .. }))),
        "{command:?}: {told:?}"
    );
}

/// The next command comes at this very moment.
pub fn at_start_of<B: Book>(floor: &mut Floor<B>, day: Date) {
    floor.at = day.start().0 - 1;
}

/// The next command comes a nanosecond before this day.
pub fn just_before<B: Book>(floor: &mut Floor<B>, day: Date) {
    floor.at = day.start().0 - 2;
}

pub fn change(asset: AssetId, change: AssetChange) -> Command {
    Command::ChangeAsset(Box::new(ChangeAsset {
        asset,
        change,
        evidence: Digest([9; 32]),
    }))
}

pub fn yuan(minor: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(minor))
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

/// Nobody.
pub const NOBODY: EntityId = EntityId(99);
/// No right.
pub const NOTHING: AssetId = AssetId(99);
