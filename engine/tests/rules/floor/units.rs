//! A board of licence units on the floor: a right of ana's with units that she sells, and the words of tranches.

use crate::floor::grants::{consent, owned_by, plain};
use crate::floor::{self, CODES, Fast, Floor, OPERATOR, Party, limit, order, terms, yuan};
use engine::book::Book;
use protocol::{
    AccountId, AssetId, Command, Event, InstrumentId, Notice, PrivateEvent, PublicEvent, Quantity, Receipt, Record,
    Side, Symbol, Timestamp, TrancheId,
    licence::{CloseTranche, Consumption, IndicateInterest, OpenTranche, SubscribeTranche, Tranche},
    listing::{IssueUnits, ListUnits},
    party::Roles,
    title::{Act, NewRight, WithdrawConsent},
};

pub(crate) fn symbol() -> Symbol {
    Symbol::new("US1").unwrap()
}

/// A market with an owner, two who buy, and 1,000 units of a right of the owner; each has 10,000.00 yuan.
pub(crate) struct Market<B: Book> {
    pub(crate) floor: Floor<B>,
    pub(crate) ana: Party,
    pub(crate) bo: Party,
    pub(crate) cy: Party,
    pub(crate) right: AssetId,
    pub(crate) units: InstrumentId,
}

/// Units of a right under the symbol, 1,000 of them issued to its owner.
pub(crate) fn listed<B: Book>(
    floor: &mut Floor<B>,
    owner: Party,
    name: &str,
    change: impl FnOnce(&mut NewRight),
) -> (AssetId, InstrumentId) {
    let asset = floor.right(owner.entity, name, change);
    let mut terms = terms(name);
    terms.lot = Quantity::from_units(10);
    let list = Command::ListUnits(Box::new(ListUnits { asset, terms }));
    let Receipt::Instrument(instrument) = floor.must(OPERATOR, list) else {
        panic!()
    };
    floor.must(
        OPERATOR,
        Command::IssueUnits(IssueUnits {
            instrument,
            account: owner.account,
            quantity: Quantity::from_units(1_000),
        }),
    );
    (asset, instrument)
}

pub(crate) fn market<B: Book>() -> Market<B> {
    let mut floor = Floor::unit_market();
    let [ana, bo, cy] = [0, 1, 2].map(|code| {
        let party = floor.party(CODES[code], Roles::TRADER.with(Roles::FIRM));
        floor.cash_in(party.account, 1_000_000);
        party
    });
    let (right, units) = listed(&mut floor, ana, "US1", plain);
    Market {
        floor,
        ana,
        bo,
        cy,
        right,
        units,
    }
}

impl<B: Book> Market<B> {
    /// Somebody buys units of the owner on the book.
    pub(crate) fn sells_to(&mut self, buyer: Party, units: i64) {
        let (ana, instrument) = (self.ana, self.units);
        self.floor
            .must(ana.user, order(ana.account, instrument, Side::Sell, limit(100), units));
        self.floor.must(
            buyer.user,
            order(buyer.account, instrument, Side::Buy, limit(100), units),
        );
    }

    /// What the holder of an account last heard of its consumption.
    pub(crate) fn consumption(&self, account: AccountId) -> Consumption {
        let told = self.floor.records(0).into_iter().rev();
        let mut found = told.filter_map(|changed| match changed.record {
            Record::Consumption(consumption) if consumption.account == account => Some(consumption),
            _ => None,
        });
        found.next().expect("it was told")
    }

    /// The same, as products, units consumed, units owed.
    pub(crate) fn used(&self, account: AccountId) -> (u64, i64, i64) {
        let Consumption {
            products,
            consumed,
            short,
            ..
        } = self.consumption(account);
        (products, consumed.units(), short.units())
    }
}

/// What deals did to units since `first`: whose account, free, held, why.
pub(crate) fn units_posted<B: Book>(
    floor: &Floor<B>,
    first: usize,
) -> Vec<(AccountId, i64, i64, protocol::event::PostingReason)> {
    let posting = |event: &protocol::Stamped<Event>| match &event.body {
        Event::Private(_, PrivateEvent::UnitsPosted(posted)) => {
            Some((posted.account, posted.free.units(), posted.held.units(), posted.reason))
        }
        _ => None,
    };
    floor.events[first..].iter().filter_map(posting).collect()
}

/// 100 units at 5.00 yuan, open from an hour after the floor opens.
pub(crate) fn tranche(account: AccountId, change: impl FnOnce(&mut OpenTranche)) -> Command {
    let mut open = OpenTranche {
        symbol: symbol(),
        account,
        price: yuan(500),
        quantity: Quantity::from_units(100),
        opens_at: opening(),
    };
    change(&mut open);
    Command::OpenTranche(Box::new(open))
}

pub(crate) fn opening() -> Timestamp {
    Timestamp(floor::OPENING + 3_600 * protocol::time::SECOND)
}

pub(crate) fn opened<B: Book>(floor: &mut Floor<B>, by: Party, change: impl FnOnce(&mut OpenTranche)) -> TrancheId {
    match floor.must(by.user, tranche(by.account, change)) {
        Receipt::Deal(seq) => TrancheId::from(seq),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn interest(tranche: TrancheId, units: i64) -> Command {
    Command::IndicateInterest(IndicateInterest {
        tranche,
        quantity: Quantity::from_units(units),
    })
}

pub(crate) fn subscribe(tranche: TrancheId, account: AccountId, units: i64) -> Command {
    Command::SubscribeTranche(SubscribeTranche {
        tranche,
        account,
        quantity: Quantity::from_units(units),
    })
}

pub(crate) fn close(tranche: TrancheId) -> Command {
    Command::CloseTranche(CloseTranche { tranche })
}

/// A tranche as everyone last heard.
pub(crate) fn told<B: Book>(floor: &Floor<B>, id: TrancheId) -> Tranche {
    let told = floor.events.iter().rev().find_map(|event| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match **notice {
            Notice::Tranche(tranche) if tranche.tranche == id => Some(tranche),
            _ => None,
        },
        _ => None,
    });
    told.expect("everyone was told")
}

/// The next command comes at this very moment.
pub(crate) fn at<B: Book>(floor: &mut Floor<B>, at: Timestamp) {
    floor.at = at.0 - 1;
}

/// A trademark of two with units: listed with the other's consent, which is then withdrawn.
pub(crate) fn listed_with_consent(floor: &mut Fast, ana: Party, cy: Party) -> AssetId {
    let shared = floor.right(ana.entity, "SHARED", |right| {
        right.asset.class = protocol::asset::AssetClass::Trademark;
        owned_by(&[ana, cy])(right);
    });
    floor.must(cy.user, consent(shared, Act::Units));
    let mut terms = terms("SHARED");
    terms.lot = Quantity::from_units(10);
    let list = ListUnits { asset: shared, terms };
    let Receipt::Instrument(instrument) = floor.must(ana.user, Command::ListUnits(Box::new(list))) else {
        panic!()
    };
    let quantity = Quantity::from_units(1_000);
    let account = ana.account;
    floor.must(
        ana.user,
        Command::IssueUnits(IssueUnits {
            instrument,
            account,
            quantity,
        }),
    );
    let act = Act::Units;
    floor.must(
        cy.user,
        Command::WithdrawConsent(WithdrawConsent { asset: shared, act }),
    );
    shared
}
