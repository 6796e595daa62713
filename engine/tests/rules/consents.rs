//! Co-owners' consents: what needs one, what a price floor does, and what ends with it.

use crate::floor::grants;
use crate::floor::room::{ENDS, Room, ascending, pay};
use crate::floor::titles::{Party, book, buys, cancelled, listed, market, sells, share, trademark};
use crate::floor::{self, CODES, Floor, NOTHING, OPERATOR, day, just_before, order, refuses, yuan};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    Amount, AssetId, Command, Currency, Date, InstrumentId, Money, Readers, Record, Reject, Side,
    auction::LotState,
    event::CancelReason,
    listing::ListUnits,
    order::OrderKind,
    party::Roles,
    title::{Act, Consent, GiveConsent, NewRight, WithdrawConsent},
};
use protocol::{OpenLicenceId, licence::LicenceState};

fn consent(asset: AssetId, act: Act) -> GiveConsent {
    GiveConsent {
        asset,
        act,
        floor: None,
        until: None,
    }
}

fn given(consent: GiveConsent) -> Command {
    Command::GiveConsent(Box::new(consent))
}

fn above(asset: AssetId, floor: i64) -> Command {
    let mut consent = consent(asset, Act::Units);
    consent.floor = Some(yuan(floor));
    given(consent)
}

fn until(asset: AssetId, until: Date) -> Command {
    let mut consent = consent(asset, Act::Units);
    consent.until = Some(until);
    given(consent)
}

fn withdrawn(asset: AssetId, act: Act) -> Command {
    Command::WithdrawConsent(WithdrawConsent { asset, act })
}

/// A mark of ana, bo and cy.
fn of_three(parties: [Party; 3]) -> impl FnOnce(&mut NewRight) {
    move |right| {
        trademark(right);
        right.owners = parties.map(|party| share(party, 1)).to_vec();
    }
}

/// A mark of ana and bo with a book that bo has consented to, and ana's order in it.
fn consented<B: Book>() -> (Floor<B>, [Party; 3], AssetId, InstrumentId) {
    let (mut floor, parties) = market::<B>();
    let [ana, bo, _] = parties;
    let asset = floor.right(ana.entity, "MARK", |right| {
        trademark(right);
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    floor.must(bo.user, given(consent(asset, Act::Units)));
    let instrument = book(&mut floor, ana, asset, "MARK");
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    (floor, parties, asset, instrument)
}

#[test]
fn a_listing_takes_every_other_owner() {
    let (mut floor, parties) = market::<FastBook>();
    let [ana, bo, cy] = parties;
    let asset = floor.right(ana.entity, "MARK", of_three(parties));
    let list = |symbol| {
        Command::ListUnits(Box::new(ListUnits {
            asset,
            terms: floor::terms(symbol),
        }))
    };
    refuses(&mut floor, ana.user, list("M"), Reject::CoOwnerConsent);
    floor.must(bo.user, given(consent(asset, Act::Units)));
    refuses(&mut floor, ana.user, list("M"), Reject::CoOwnerConsent);
    // To something else, above what the band reaches, of another currency: none of these counts.
    floor.must(cy.user, given(consent(asset, Act::Transfer)));
    refuses(&mut floor, ana.user, list("M"), Reject::CoOwnerConsent);
    floor.must(cy.user, above(asset, 1_001));
    refuses(&mut floor, ana.user, list("M"), Reject::CoOwnerConsent);
    let mut dollars = consent(asset, Act::Units);
    dollars.floor = Some(Amount::new(Currency::Usd, Money::from_minor(1)));
    floor.must(cy.user, given(dollars));
    refuses(&mut floor, ana.user, list("M"), Reject::CoOwnerConsent);
    floor.must(cy.user, above(asset, 1_000));
    floor.must(ana.user, list("M"));
}

#[test]
fn an_owners_offer_is_asked_at_its_own_price() {
    gate::<FastBook>();
    gate::<PlainBook>();
}

fn gate<B: Book>() {
    let (mut floor, parties) = market::<B>();
    let [ana, bo, cy] = parties;
    let asset = floor.right(ana.entity, "MARK", |right| {
        trademark(right);
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    floor.must(bo.user, above(asset, 500));
    let instrument = book(&mut floor, ana, asset, "MARK");
    refuses(
        &mut floor,
        ana.user,
        sells(ana, instrument, 495, 10),
        Reject::CoOwnerConsent,
    );
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    // What is asked before comes first, the consent last.
    refuses(
        &mut floor,
        ana.user,
        sells(ana, instrument, 495, 1_000),
        Reject::InsufficientUnits,
    );
    // At the market, it could trade anywhere in the band.
    let at_market = order(ana.account, instrument, Side::Sell, OrderKind::Market, 1);
    refuses(&mut floor, ana.user, at_market, Reject::CoOwnerConsent);
    // Who bought resells freely; a buyer needs nobody, an owner neither.
    floor.must(cy.user, buys(cy, instrument, 500, 5));
    floor.must(cy.user, sells(cy, instrument, 10, 1));
    floor.must(ana.user, buys(ana, instrument, 10, 1));
    // The other owner's own offer is an owner's offer: its consent binds itself.
    floor.must(bo.user, buys(bo, instrument, 500, 2));
    refuses(
        &mut floor,
        bo.user,
        sells(bo, instrument, 495, 1),
        Reject::CoOwnerConsent,
    );
    floor.must(bo.user, sells(bo, instrument, 505, 1));
}

/// 专利法 14: absent an agreement each co-owner of a patent may license non-exclusively alone.
#[test]
fn co_owners_of_a_patent_license_units_alone() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "PATENT", |right| {
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    floor.must(bo.user, given(consent(asset, Act::Units)));
    let told = floor.events.len();
    floor.must(bo.user, withdrawn(asset, Act::Units));
    assert_eq!(cancelled(&floor, told), [], "it needed none");
}

#[test]
fn a_withdrawn_consent_takes_the_owners_offers_out() {
    withdrawal::<FastBook>();
    withdrawal::<PlainBook>();
}

fn withdrawal<B: Book>() {
    let (mut floor, [ana, bo, cy], asset, instrument) = consented::<B>();
    floor.must(cy.user, buys(cy, instrument, 500, 5));
    floor.must(cy.user, sells(cy, instrument, 600, 5));
    floor.must(ana.user, buys(ana, instrument, 300, 5));
    let told = floor.events.len();
    // Another act's consent is another matter.
    floor.must(bo.user, given(consent(asset, Act::Transfer)));
    floor.must(bo.user, withdrawn(asset, Act::Transfer));
    assert_eq!(cancelled(&floor, told), []);
    floor.must(bo.user, withdrawn(asset, Act::Units));
    assert_eq!(
        cancelled(&floor, told),
        [(ana.account, CancelReason::ConsentWithdrawn)],
        "neither cy's offer nor ana's bid, and the trade stays"
    );
    let records = floor.records(told);
    let Record::Consent(last) = &records.last().unwrap().record else {
        panic!()
    };
    assert!(!last.given);
    assert_eq!(
        records.last().unwrap().readers,
        Readers::Only(vec![ana.entity, bo.entity])
    );
    refuses(
        &mut floor,
        ana.user,
        sells(ana, instrument, 500, 10),
        Reject::CoOwnerConsent,
    );
    refuses(&mut floor, bo.user, withdrawn(asset, Act::Units), Reject::NoSuchConsent);
    floor.must(bo.user, given(consent(asset, Act::Units)));
    floor.must(ana.user, sells(ana, instrument, 500, 10));
}

#[test]
fn a_consent_runs_out_at_its_nanosecond() {
    end::<FastBook>();
    end::<PlainBook>();
}

fn end<B: Book>() {
    let (mut floor, [ana, bo, cy], asset, instrument) = consented::<B>();
    let last = day(2026, 6, 1);
    // Replaced by a longer one: the first end means nothing.
    floor.must(bo.user, until(asset, day(2026, 4, 1)));
    floor.must(bo.user, until(asset, last));
    let told = floor.events.len();
    floor.until(day(2026, 4, 1));
    assert_eq!(floor.events.len(), told);
    just_before(&mut floor, last);
    floor.must(ana.user, sells(ana, instrument, 505, 1));
    let told = floor.events.len();
    // A bid that would have met them, at the very nanosecond: nothing is there any more.
    floor.must(cy.user, buys(cy, instrument, 505, 1));
    assert_eq!(floor.at, last.start().0);
    let gone = (ana.account, CancelReason::ConsentWithdrawn);
    assert_eq!(cancelled(&floor, told), [gone, gone]);
    assert!(!floor.events[told..].iter().any(|event| matches!(
        event.body,
        protocol::Event::Public(protocol::PublicEvent::Traded { .. })
    )));
    refuses(
        &mut floor,
        ana.user,
        sells(ana, instrument, 505, 1),
        Reject::CoOwnerConsent,
    );
}

#[test]
fn a_narrower_consent_ends_what_was_open_and_a_wider_one_does_not() {
    let (mut floor, [ana, bo, _], asset, instrument) = consented::<FastBook>();
    let told = floor.events.len();
    floor.must(bo.user, until(asset, day(2026, 6, 1)));
    floor.must(bo.user, given(consent(asset, Act::Units)));
    assert_eq!(cancelled(&floor, told), []);
    floor.must(bo.user, above(asset, 400));
    assert_eq!(cancelled(&floor, told).len(), 1);
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    let told = floor.events.len();
    floor.must(bo.user, above(asset, 400));
    floor.must(bo.user, above(asset, 300));
    assert_eq!(cancelled(&floor, told), []);
    floor.must(bo.user, above(asset, 301));
    assert_eq!(cancelled(&floor, told).len(), 1);
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    let mut dollars = consent(asset, Act::Units);
    dollars.floor = Some(Amount::new(Currency::Usd, Money::from_minor(1)));
    floor.must(bo.user, given(dollars));
    assert_eq!(cancelled(&floor, told).len(), 2);
}

#[test]
fn a_consent_is_told_to_the_owners() {
    let (mut floor, parties) = market::<FastBook>();
    let [ana, bo, cy] = parties;
    let asset = floor.right(ana.entity, "MARK", of_three(parties));
    let told = floor.events.len();
    let mut asked = consent(asset, Act::LicenceSole);
    (asked.floor, asked.until) = (Some(yuan(7)), Some(day(2026, 6, 1)));
    floor.must(cy.user, given(asked));
    let [changed] = &floor.records(told)[..] else { panic!() };
    assert_eq!(changed.readers, Readers::Only(vec![ana.entity, bo.entity, cy.entity]));
    let expected = Consent {
        asset,
        entity: cy.entity,
        act: Act::LicenceSole,
        floor: asked.floor,
        until: asked.until,
        given: true,
    };
    assert_eq!(changed.record, Record::Consent(expected));
}

#[test]
fn consents_are_checked_in_order() {
    let (mut floor, [ana, bo, cy], asset, _) = consented::<FastBook>();
    let reader = floor.party(CODES[3], Roles::DATA_CONSUMER);
    let mut asked = consent(NOTHING, Act::Transfer);
    (asked.floor, asked.until) = (Some(yuan(0)), Some(day(2026, 3, 2)));
    refuses(&mut floor, reader.user, given(asked), Reject::UnknownAsset);
    asked.asset = asset;
    refuses(&mut floor, reader.user, given(asked), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, given(asked), Reject::NotPermitted);
    refuses(&mut floor, cy.user, given(asked), Reject::AmountInvalid);
    asked.floor = Some(yuan(1));
    refuses(&mut floor, cy.user, given(asked), Reject::NotACoOwner);
    // Who acts for all consents by acting.
    refuses(&mut floor, ana.user, given(asked), Reject::NotACoOwner);
    refuses(&mut floor, bo.user, given(asked), Reject::TermInvalid);
    asked.until = Some(day(2026, 3, 3));
    floor.must(bo.user, given(asked));
    let alone = floor.right(cy.entity, "ALONE", |_| {});
    refuses(
        &mut floor,
        cy.user,
        given(consent(alone, Act::Units)),
        Reject::NotACoOwner,
    );

    refuses(
        &mut floor,
        reader.user,
        withdrawn(NOTHING, Act::OpenLicence),
        Reject::UnknownAsset,
    );
    refuses(
        &mut floor,
        reader.user,
        withdrawn(asset, Act::OpenLicence),
        Reject::NotPermitted,
    );
    refuses(
        &mut floor,
        cy.user,
        withdrawn(asset, Act::Transfer),
        Reject::NoSuchConsent,
    );
    refuses(
        &mut floor,
        bo.user,
        withdrawn(asset, Act::OpenLicence),
        Reject::NoSuchConsent,
    );
    floor.must(bo.user, withdrawn(asset, Act::Transfer));
}

/// What is done stays: a price that is held buys the title.
#[test]
fn a_lot_is_taken_back_with_the_consent_to_it_until_its_price_is_held() {
    for (state, end) in [
        (LotState::Qualifying, LotState::Withdrawn),
        (LotState::Open, LotState::Withdrawn),
        (LotState::Sold, LotState::Annulled),
        (LotState::Paid, LotState::Paid),
    ] {
        let mut room = Room::new();
        let (ana, bo) = (room.market.ana, room.market.bo);
        let eve = room.market.floor.party(CODES[4], Roles::FIRM);
        let shared = room
            .market
            .floor
            .right(ana.entity, "US7", grants::owned_by(&[ana, eve]));
        room.market.floor.must(eve.user, given(consent(shared, Act::Transfer)));
        let id = room.open(ascending(100_000, 1_000), |terms| terms.assets = vec![shared]);
        if state != LotState::Qualifying {
            room.bid(id, bo, 100_000);
        }
        if matches!(state, LotState::Sold | LotState::Paid) {
            room.tick(room.at(ENDS));
        }
        if state == LotState::Paid {
            room.market.floor.must(bo.user, pay(id));
        }
        assert_eq!(room.lot(id).state, state);
        let before = room.cash(bo);
        room.market.floor.must(eve.user, withdrawn(shared, Act::Transfer));
        assert_eq!(room.lot(id).state, end, "{state:?}");
        let expected = if end == state { before } else { (1_000_000_000, 0) };
        assert_eq!(room.cash(bo), expected, "{state:?}");
    }
}

#[test]
fn a_consent_that_ends_takes_only_what_was_offered_under_it() {
    let (mut floor, [ana, bo, cy]) = market::<FastBook>();
    let floor = &mut floor;
    let patent = floor.right(ana.entity, "P1", |right| {
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    for act in [Act::OpenLicence, Act::LicenceExclusive] {
        floor.must(bo.user, given(consent(patent, act)));
    }
    // Either owner licenses non-exclusively alone (专利法 14).
    let plain = grants::made(floor, ana.user, grants::offering(patent, ana, cy, |_| {}));
    let open = OpenLicenceId(grants::made(floor, ana.user, grants::ask_open(patent, ana.account, |_| {})).0);
    let withdrawn = |act| Command::WithdrawConsent(WithdrawConsent { asset: patent, act });
    floor.must(bo.user, withdrawn(Act::LicenceExclusive));
    assert_eq!(grants::state(floor, plain), LicenceState::Offered);
    assert!(grants::open_licence(floor, open).standing);
    floor.must(bo.user, withdrawn(Act::OpenLicence));
    assert_eq!(grants::state(floor, plain), LicenceState::Offered);
    assert!(!grants::open_licence(floor, open).standing);
}
