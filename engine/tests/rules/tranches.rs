//! Units issued at a price, in tranches: from the announcement to the last unit or the end of the book.

use crate::floor::grants::{NO_ACCOUNT, cash_posted, freeze, ladder, plain, thaw, user};
use crate::floor::units::{
    at, close, interest, listed, listed_with_consent, market, opened, opening, subscribe, told, tranche, units_posted,
};
use crate::floor::{CODES, Fast, OPERATOR, change, day, just_before, limit, order, refuses, yuan};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    Amount, Currency, Event, Money, PublicEvent, Quantity, Record, Reject, Side, Symbol, Timestamp, TrancheId,
    event::{
        PostingReason::{Held, Paid, Received, Released},
        TradingStatus,
    },
    licence::OpenTranche,
    party::Roles,
    title::AssetChange,
};

fn a_tranche_sold_out<B: Book>() {
    let mut market = market::<B>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let first = floor.events.len();
    let id = opened(floor, ana, |_| ());
    assert_eq!(units_posted(floor, first), [(ana.account, -100, 100, Held)]);
    let before = told(floor, id);
    assert_eq!((before.step, before.open, before.interest), (1, true, Quantity::ZERO));

    // Interest binds nobody; the last word of each counts.
    for (party, units, sum) in [
        (bo, 60, 60),
        (cy, 100, 160),
        (bo, 20, 120),
        (cy, 0, 20),
        (cy, 0, 20),
        (bo, 30, 30),
    ] {
        floor.must(party.user, interest(id, units));
        assert_eq!(told(floor, id).interest.units(), sum);
    }
    at(floor, Timestamp(opening().0 - 1));
    refuses(floor, bo.user, subscribe(id, bo.account, 10), Reject::TrancheNotOpen);
    refuses(floor, bo.user, interest(id, 10), Reject::TrancheNotOpen);
    at(floor, opening());
    let first = floor.events.len();
    floor.must(bo.user, subscribe(id, bo.account, 70));
    assert_eq!(
        cash_posted(floor, first),
        [
            (bo.account, -35_000, 35_000, Held),
            (bo.account, 0, -35_000, Paid),
            (ana.account, 35_000, 0, Received)
        ]
    );
    assert_eq!(
        units_posted(floor, first),
        [(ana.account, 0, -70, Paid), (bo.account, 70, 0, Received)]
    );
    let holders = |changed: &protocol::RecordChanged| matches!(&changed.record, Record::Holders(h) if h.count == 2);
    assert!(floor.records(first).iter().any(holders));
    refuses(floor, cy.user, subscribe(id, cy.account, 40), Reject::TrancheFull);
    floor.must(cy.user, subscribe(id, cy.account, 30));
    let full = told(floor, id);
    assert_eq!((full.open, full.taken.units()), (false, 100));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::TrancheNotOpen);
    refuses(floor, ana.user, close(id), Reject::StateForbids);
    // What was bought trades on the book, and the next step has a price of its own.
    floor.must(bo.user, order(bo.account, market.units, Side::Sell, limit(600), 70));
    let next = opened(floor, ana, |open| {
        open.price = yuan(700);
        open.opens_at = Timestamp(opening().0 + 60 * protocol::time::SECOND);
    });
    assert_eq!((told(floor, next).step, told(floor, next).price), (2, yuan(700)));
}

#[test]
fn a_tranche_is_sold_first_come_first_served() {
    a_tranche_sold_out::<FastBook>();
    a_tranche_sold_out::<PlainBook>();
}

#[test]
fn opening_a_tranche_is_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let reader = user(floor, ana.entity, Roles::DATA_CONSUMER);
    let (_, _) = listed(floor, ana, "SOON", |right| right.asset.expires = Some(day(2026, 3, 4)));
    let (frozen, _) = listed(floor, ana, "FROZEN", plain);
    freeze(floor, frozen);
    let shared = listed_with_consent(floor, ana, cy);
    let open = opened(floor, ana, |open| open.quantity = Quantity::from_units(500));
    floor.until(day(2026, 3, 4));
    let spoiled = move |name: &'static str, account, units, price: Amount| {
        tranche(account, |open| {
            open.symbol = Symbol::new(name).unwrap();
            (open.quantity, open.price) = (Quantity::from_units(units), price);
            open.opens_at = Timestamp(0);
        })
    };
    let dollars = Amount::new(Currency::Usd, Money::from_minor(500));
    let mut steps = vec![
        (reader, spoiled("NONE", NO_ACCOUNT, 5, dollars), Reject::UnknownAccount),
        (
            bo.user,
            spoiled("SOON", ana.account, 5, dollars),
            Reject::UnknownAccount,
        ),
        (
            reader,
            spoiled("NONE", ana.account, 5, dollars),
            Reject::UnknownInstrument,
        ),
        (reader, spoiled("SOON", ana.account, 5, dollars), Reject::NotPermitted),
        (
            OPERATOR,
            spoiled("SOON", bo.account, 5, dollars),
            Reject::NotYourAccount,
        ),
        (bo.user, spoiled("SOON", bo.account, 5, dollars), Reject::NotTheOwner),
        (ana.user, spoiled("SOON", ana.account, 5, dollars), Reject::AssetExpired),
        (ana.user, spoiled("FROZEN", ana.account, 5, dollars), Reject::NotTrading),
        (
            ana.user,
            spoiled("US1", ana.account, 0, dollars),
            Reject::QuantityInvalid,
        ),
        (
            ana.user,
            spoiled("US1", ana.account, 5, dollars),
            Reject::QuantityInvalid,
        ),
        (
            ana.user,
            spoiled("US1", ana.account, 1_000_000_010, dollars),
            Reject::QuantityTooLarge,
        ),
    ];
    for price in [dollars, yuan(0), yuan(-1), yuan(4_000_000_001)] {
        steps.push((
            ana.user,
            spoiled("US1", ana.account, 1_000, price),
            Reject::AmountInvalid,
        ));
    }
    steps.extend([
        (
            ana.user,
            spoiled("US1", ana.account, 510, yuan(500)),
            Reject::InsufficientUnits,
        ),
        (
            ana.user,
            spoiled("SHARED", ana.account, 500, yuan(500)),
            Reject::CoOwnerConsent,
        ),
        (
            ana.user,
            spoiled("US1", ana.account, 500, yuan(500)),
            Reject::TermInvalid,
        ),
    ]);
    ladder(floor, steps);
    let late = |at| tranche(ana.account, |open| open.opens_at = Timestamp(at));
    refuses(floor, ana.user, late(floor.at + 1), Reject::AlreadyOffered);
    floor.must(ana.user, close(open));
    refuses(floor, ana.user, late(floor.at), Reject::TermInvalid);
    floor.must(ana.user, late(floor.at + 1));
    let _ = shared;
}

#[test]
fn interest_is_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo) = (market.ana, market.bo);
    let floor = &mut market.floor;
    let reader = user(floor, bo.entity, Roles::DATA_CONSUMER);
    let id = opened(floor, ana, |_| ());
    let hold = freeze(floor, market.right);
    ladder(
        floor,
        [
            (reader, interest(TrancheId(999), -1), Reject::UnknownTranche),
            (reader, interest(id, -1), Reject::NotPermitted),
            (ana.user, interest(id, -1), Reject::NotTrading),
        ],
    );
    thaw(floor, hold);
    at(floor, opening());
    ladder(
        floor,
        [
            (ana.user, interest(id, -10), Reject::QuantityInvalid),
            (ana.user, interest(id, 5), Reject::QuantityInvalid),
            (ana.user, interest(id, 110), Reject::QuantityTooLarge),
            (ana.user, interest(id, 10), Reject::OwnRight),
            (bo.user, interest(id, 10), Reject::TrancheNotOpen),
        ],
    );
}

fn a_tranche_ends<B: Book>() {
    let mut market = market::<B>();
    let (ana, bo) = (market.ana, market.bo);
    let floor = &mut market.floor;
    let reader = user(floor, ana.entity, Roles::DATA_CONSUMER);
    let id = opened(floor, ana, |_| ());
    at(floor, opening());
    floor.must(bo.user, subscribe(id, bo.account, 40));
    ladder(
        floor,
        [
            (bo.user, close(TrancheId(999)), Reject::UnknownTranche),
            (reader, close(id), Reject::NotPermitted),
            (bo.user, close(id), Reject::NotTheOwner),
        ],
    );
    let first = floor.events.len();
    floor.must(ana.user, close(id));
    assert_eq!(units_posted(floor, first), [(ana.account, 60, -60, Released)]);
    assert!(!told(floor, id).open);

    // With its book it ends by itself; orders beside it go their own way.
    let later = |open: &mut OpenTranche| open.opens_at = Timestamp(opening().0 + protocol::time::DAY);
    let id = opened(floor, ana, later);
    floor.must(ana.user, order(ana.account, market.units, Side::Sell, limit(600), 860));
    floor.must(bo.user, interest(id, 10));
    let first = floor.events.len();
    floor.must(OPERATOR, change(market.right, AssetChange::Delist));
    assert_eq!(units_posted(floor, first), [(ana.account, 100, -100, Released)]);
    assert!(!told(floor, id).open);
    refuses(floor, bo.user, subscribe(id, bo.account, 10), Reject::NotTrading);
    let closed = floor.events[first..].iter().any(|event| {
        matches!(
            event.body,
            Event::Public(PublicEvent::TradingChanged {
                status: TradingStatus::Closed,
                ..
            })
        )
    });
    assert!(closed);
}

#[test]
fn a_tranche_is_closed_by_hand_or_with_its_book() {
    a_tranche_ends::<FastBook>();
    a_tranche_ends::<PlainBook>();
}

#[test]
fn a_tranche_ends_with_its_right_to_the_nanosecond() {
    let mut floor = Fast::unit_market();
    let [ana, bo] = [0, 1].map(|code| floor.party(CODES[code], Roles::FIRM));
    floor.cash_in(bo.account, 1_000_000);
    let ends = day(2026, 3, 4);
    let (_, _) = listed(&mut floor, ana, "US1", |right| right.asset.expires = Some(ends));
    let id = opened(&mut floor, ana, |_| ());
    just_before(&mut floor, ends);
    floor.must(bo.user, subscribe(id, bo.account, 10));
    let first = floor.events.len();
    assert_eq!(
        floor.try_(bo.user, subscribe(id, bo.account, 10)),
        Err(Reject::NotTrading)
    );
    assert_eq!(floor.at, ends.start().0);
    assert_eq!(units_posted(&floor, first), [(ana.account, 90, -90, Released)]);
}

/// RULES.md F2: a Chinese venue cuts no right into units; of a book that closed before it became one nothing goes on.
#[test]
fn no_units_are_issued_or_taken_once_the_venue_trades_none() {
    use protocol::rules::{Approval, Profile};
    let mut market = market::<FastBook>();
    let (ana, bo, units) = (market.ana, market.bo, market.units);
    let floor = &mut market.floor;
    let id = opened(floor, ana, |_| ());
    floor.must(bo.user, interest(id, 10));
    let epoch = || crate::floor::epoch(Profile::CnVenue, Approval::None, 10, 20);
    refuses(floor, OPERATOR, epoch(), Reject::BooksAreListed);
    floor.must(OPERATOR, change(market.right, AssetChange::Invalidate));
    floor.must(OPERATOR, epoch());
    let issue = protocol::listing::IssueUnits {
        instrument: units,
        account: ana.account,
        quantity: Quantity::from_units(10),
    };
    for (by, command) in [
        (OPERATOR, protocol::Command::IssueUnits(issue)),
        (ana.user, tranche(ana.account, |_| ())),
        (bo.user, interest(id, 20)),
        (bo.user, subscribe(id, bo.account, 10)),
        (ana.user, close(id)),
    ] {
        refuses(floor, by, command, Reject::ModeNotPermitted);
    }
}
