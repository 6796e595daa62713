//! Identity: one right, one person, one set of rights, one payment, whatever each is called.

use crate::floor::{
    self, OPERATOR, Party, day, extract, refuses,
    room::{ENDS, OPENS, Room, ascending, enter, pay},
    sales::{Market, describe, express, operator, terms_of},
    titles::{market, share, trademark},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    AssetId, Bounded, Command, Currency, LotId, Money, Office, Receipt, Reject,
    account::{CashMove, PayOut},
    asset::AssetClass,
    auction::{LotState, SettleDefault},
    title::{LinkMarks, NewRight, RegisterRights},
};

/// A right of this class, office and number, with an extract.
fn right(owner: Party, class: AssetClass, office: &str, number: &str) -> NewRight {
    let mut right = NewRight::from(floor::asset(owner.entity, "X"));
    right.asset.class = class;
    right.asset.office = office.parse::<Office>().unwrap();
    right.asset.number = Bounded::new(number).unwrap();
    right.extract = Some(extract());
    right
}

fn register(rights: &[NewRight]) -> Command {
    Command::RegisterRights(Box::new(RegisterRights {
        rights: rights.to_vec(),
        issue_to: None,
    }))
}

#[test]
fn a_right_is_registered_once_however_its_number_is_written() {
    use AssetClass::{Patent, Trademark};
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    for (class, office, first, others) in [
        (
            Patent,
            "US",
            "11803561",
            &["US11803561B2", "11,803,561", "ＵＳ 11,803,561"][..],
        ),
        (Patent, "US", "D912345", &["USD912,345S1"]),
        (Patent, "DE", "EP1234567", &["EP 1 234 567 B1"]),
        (Patent, "WO", "WO2019/123456", &["WO2019123456A1"]),
        (
            Trademark,
            "CN",
            "12345678",
            &["12345678\u{200B}", "１２３４５６７８", " 12345678", "012345678"],
        ),
    ] {
        floor.must(OPERATOR, register(&[right(ana, class, office, first)]));
        for number in others {
            let again = right(bo, class, office, number);
            refuses(
                &mut floor,
                OPERATOR,
                register(std::slice::from_ref(&again)),
                Reject::AssetExists,
            );
            let alone = Command::RegisterAsset(Box::new(again.asset));
            refuses(&mut floor, bo.user, alone, Reject::AssetExists);
        }
    }
    // Other rights, though their numbers are alike.
    let apart = [
        right(ana, Patent, "US", "912345"),
        right(ana, Patent, "EP", "EP1234567"),
        right(ana, Patent, "FR", "EP1234567"),
        right(ana, Trademark, "CN", "12345678A"),
        right(ana, Trademark, "US", "12345678"),
    ];
    floor.must(OPERATOR, register(&apart));
    let twice = [
        right(ana, Patent, "US", "RE45678"),
        right(ana, Patent, "US", "USRE45,678E1"),
    ];
    refuses(&mut floor, OPERATOR, register(&twice), Reject::AssetExists);
}

#[test]
fn a_number_that_a_spreadsheet_has_been_at_is_refused() {
    use AssetClass::{Copyright, KnowHow, Patent, Trademark};
    let (mut floor, [ana, ..]) = market::<FastBook>();
    for (class, office, number) in [
        (Trademark, "CN", "1.23457E+07"),
        (Trademark, "CN", "12345678.0"),
        (Patent, "US", "1.1803561E7"),
        (Patent, "EP", "123456"),
        (Copyright, "CN", "1.23E+11"),
        (KnowHow, "CN", "1234567890123450000"),
        (Patent, "CN", "CN102687573B"),
    ] {
        let spoilt = register(&[right(ana, class, office, number)]);
        refuses(&mut floor, OPERATOR, spoilt, Reject::NumberInvalid);
    }
}

/// A lot of two rights whose buyer defaulted, and the rights.
fn defaulted(room: &mut Room) -> (LotId, [AssetId; 2]) {
    let second = room.market.another("US2", AssetClass::Patent);
    let rights = [room.market.right, second];
    let lot = room.open(ascending(100_000, 1_000), |terms| terms.assets = rights.to_vec());
    let bo = room.market.bo;
    room.bid(lot, bo, 100_000);
    room.tick(room.at(ENDS));
    room.tick(day(2026, 3, 12).start());
    assert_eq!(room.lot(lot).state, LotState::Defaulted);
    (lot, rights)
}

#[test]
fn the_same_rights_in_another_order_are_sold_anew() {
    for names_the_round in [false, true] {
        let mut room = Room::new();
        let cy = room.market.cy;
        let (first, [one, two]) = defaulted(&mut room);
        // What is made good in the same round starts where it did.
        let start = if names_the_round { 100_000 } else { 90_000 };
        let mut again = room.terms(ascending(start, 1_000));
        again.assets = vec![two, one];
        again.after = Some(first).filter(|_| names_the_round);
        (again.qualifies_at, again.opens_at, again.closes_at) =
            (room.at(900_000), room.at(900_100), room.at(1_000_000));
        let resale = room.announce(&again);
        room.go(room.at(900_000));
        room.enter(resale, cy);
        room.go(room.at(900_100));
        room.bid(resale, cy, start);
        room.tick(room.at(1_000_000));
        room.market.floor.must(cy.user, pay(resale));
        let settle = SettleDefault {
            lot: first,
            resale,
            costs: yuan(0),
        };
        room.market.floor.must(OPERATOR, Command::SettleDefault(settle));
    }
}

#[test]
fn a_defaulter_comes_back_under_no_other_name() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let (_, rights) = defaulted(&mut room);
    let mut again = room.terms(ascending(90_000, 1_000));
    again.assets = rights.to_vec();
    (again.qualifies_at, again.opens_at, again.closes_at) = (room.at(900_000), room.at(900_100), room.at(1_000_000));
    let resale = room.announce(&again);
    room.go(room.at(900_000));
    room.refuses(bo, enter(resale, bo), Reject::BarredDefaulter);
    room.market
        .floor
        .must(OPERATOR, describe(cy.entity, "CN", &[bo.entity]));
    room.refuses(cy, enter(resale, cy), Reject::BarredDefaulter);
    room.enter(resale, dee);
}

#[test]
fn whoever_stood_behind_a_defaulter_is_barred_with_it() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    room.market
        .floor
        .must(OPERATOR, describe(bo.entity, "CN", &[cy.entity]));
    let lot = room.announce(&room.terms(ascending(100_000, 1_000)));
    room.go(room.at(100));
    room.enter(lot, bo);
    room.go(room.at(OPENS));
    room.bid(lot, bo, 100_000);
    room.tick(room.at(ENDS));
    room.tick(day(2026, 3, 12).start());
    // It holds for nobody any more.
    room.market.floor.must(OPERATOR, describe(bo.entity, "CN", &[]));
    let mut again = room.terms(ascending(90_000, 1_000));
    (again.qualifies_at, again.opens_at, again.closes_at) = (room.at(900_000), room.at(900_100), room.at(1_000_000));
    let resale = room.announce(&again);
    room.go(room.at(900_000));
    for barred in [bo, cy] {
        room.refuses(barred, enter(resale, barred), Reject::BarredDefaulter);
    }
    room.enter(resale, dee);
}

#[test]
fn nobody_is_its_own_rival() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    room.market
        .floor
        .must(OPERATOR, describe(cy.entity, "CN", &[bo.entity]));
    let lot = room.announce(&room.terms(ascending(100_000, 1_000)));
    room.go(room.at(100));
    room.enter(lot, bo);
    room.refuses(cy, enter(lot, cy), Reject::AlreadyEntered);
    room.enter(lot, dee);

    let mut market = Market::new();
    let [bo, cy, dee] = [market.bo, market.cy, market.dee];
    market
        .floor
        .must(OPERATOR, describe(cy.entity, "CN", &[bo.entity, dee.entity]));
    let sale = market.list(|_| {});
    market.floor.must(bo.user, express(sale, bo));
    market.rejects(cy, [(express(sale, cy), Reject::StateForbids)]);
    market.floor.must(dee.user, express(sale, dee));
    market.floor.must(bo.user, floor::sales::withdraw(sale));
    market.rejects(cy, [(express(sale, cy), Reject::StateForbids)]);
    market.floor.must(dee.user, floor::sales::withdraw(sale));
    market.floor.must(cy.user, express(sale, cy));
    market.rejects(bo, [(express(sale, bo), Reject::StateForbids)]);
}

#[test]
fn parts_are_compared_as_fractions_and_owners_as_a_set() {
    let mut market = Market::new();
    let [ana, bo, cy] = [market.ana, market.bo, market.cy];
    let owned = |market: &mut Market, number, owners: &[protocol::title::Share]| {
        market.floor.right(ana.entity, number, |right| {
            trademark(right);
            right.owners = owners.to_vec();
        })
    };
    let halves = owned(&mut market, "A", &[share(ana, 2), share(bo, 1), share(cy, 1)]);
    let hundred = owned(&mut market, "B", &[share(cy, 25), share(bo, 25), share(ana, 50)]);
    let other = owned(&mut market, "C", &[share(ana, 50), share(bo, 30), share(cy, 20)]);
    let link = |assets: &[AssetId]| {
        Command::LinkMarks(Box::new(LinkMarks {
            assets: assets.to_vec(),
        }))
    };
    market.rejects(operator(), [(link(&[halves, other]), Reject::MarksInvalid)]);
    market.floor.must(OPERATOR, link(&[halves, hundred]));
    for owner in [bo, cy] {
        for asset in [halves, hundred, other] {
            let consent = protocol::title::GiveConsent {
                asset,
                act: protocol::title::Act::Transfer,
                floor: None,
                until: None,
            };
            market.floor.must(owner.user, Command::GiveConsent(Box::new(consent)));
        }
    }
    let listed = market.list_by(ana, terms_of(&[other, hundred, halves], ana));
    assert_eq!(listed, Err(Reject::LotOfRightsInvalid));
    market.list_by(ana, terms_of(&[hundred, halves], ana)).unwrap();
}

#[test]
fn a_payment_is_booked_once_under_its_reference() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let cash = |reference: &str| CashMove {
        account: ana.account,
        currency: Currency::Cny,
        amount: Money::from_minor(100),
        reference: Bounded::new(reference).unwrap(),
    };
    let first = floor.must(OPERATOR, Command::CashIn(Box::new(cash("2026-0302-77"))));
    assert_eq!(first, Receipt::Done);
    let withdrawal = floor.approved_withdrawal(ana, 100);
    for again in [
        "2026-0302-77 ",
        "２０２６－０３０２－７７",
        "2026-\u{200B}0302-77",
        "\u{FEFF}2026 - 0302 - 77",
        "2026–0302–77",
    ] {
        for command in [
            Command::CashIn(Box::new(cash(again))),
            Command::CashOut(Box::new(PayOut {
                withdrawal,
                reference: Bounded::new(again).unwrap(),
            })),
        ] {
            refuses(&mut floor, OPERATOR, command, Reject::ReferenceExists);
        }
    }
    floor.must(OPERATOR, Command::CashIn(Box::new(cash("2026-0302-78"))));
}

#[test]
fn technology_passes_to_nobody_who_turned_out_to_be_from_abroad() {
    use protocol::transfer::TransferState;
    let mut market = Market::new();
    let (bo, cy, right) = (market.bo, market.cy, market.right);
    let sale = market.at(TransferState::RecordalFiled, |_| {});
    market.floor.must(OPERATOR, describe(cy.entity, "US", &[]));
    market.floor.must(OPERATOR, describe(bo.entity, "CN", &[cy.entity]));
    let recorded = floor::sales::answer(sale, None);
    market.rejects(operator(), [(recorded.clone(), Reject::ExportCheckRequired)]);
    market
        .floor
        .must(OPERATOR, floor::sales::export_check(right, bo.entity, true));
    market.floor.must(OPERATOR, recorded);
}

#[test]
fn a_day_that_cannot_be_is_refused_before_anything_is_reckoned_from_it() {
    use crate::floor::{Fast, titles::verify};
    let mut floor = Fast::cn_venue();
    let ana = floor.party(crate::floor::CODES[0], protocol::party::Roles::FIRM);
    let right = floor.right(ana.entity, "US1", |right| right.extract = None);
    let mut far = verify(right);
    far.granted = protocol::Date::from_civil(9990, 1, 1);
    let refused = floor.try_(OPERATOR, Command::VerifyAsset(Box::new(far)));
    assert_eq!(refused, Err(Reject::DatesInvalid));
}
