//! What a sale of the title and a licence do to each other (法释〔2020〕19号 24), and what a licensee from abroad waits for.

use crate::floor::grants::{
    accept, agreed, ask_open, begins_today, cash_posted, foreigner, kind, licence, licensed, made, offering, pay,
    plain, state, take_open, to_copy, withdraw, withdraw_open,
};
use crate::floor::room::{Room, ascending, step_of};
use crate::floor::sales::{self, Market, cancel, export_check};
use crate::floor::{Floor, OPERATOR, day, refuses, titles};
use protocol::{
    Command, OpenLicenceId, Readers, Receipt, Record, Reject,
    asset::AssetClass,
    event::PostingReason::{Paid, Received},
    licence::{LicenceKind, LicenceState},
    party::Roles,
    title::AssetState,
    transfer::TransferState,
};

#[test]
fn licences_survive_a_sale_and_nothing_new_is_granted_under_it() {
    let mut market = Market::new();
    let (ana, cy, dee, right) = (market.ana, market.cy, market.dee, market.right);
    let floor = &mut market.floor;
    let running = licensed(floor, right, ana, cy, begins_today);
    let paid = licensed(floor, right, ana, cy, plain);
    let of_the_buyer = licensed(floor, right, ana, market.bo, begins_today);
    let paid_late = agreed(floor, right, ana, cy, plain);
    let never_paid = agreed(floor, right, ana, cy, plain);

    let id = market.list(|_| {});
    let floor = &mut market.floor;
    refuses(
        floor,
        ana.user,
        offering(right, ana, dee, plain),
        Reject::AlreadyOffered,
    );
    refuses(
        floor,
        ana.user,
        ask_open(right, ana.account, plain),
        Reject::AlreadyOffered,
    );
    // What was agreed before may be paid, and then survives.
    floor.must(cy.user, pay(paid_late, cy.account));
    market.floor.must(ana.user, cancel(id));
    let id = market.at(TransferState::Contract, |_| {});
    let told = market.sale(id).surviving;
    assert_eq!(told[..4], [running, paid, of_the_buyer, paid_late]);
    assert_eq!(told.len(), 5, "what is agreed may still be paid");

    let (bo, from) = (market.bo, day(2027, 1, 1));
    market.floor.must(ana.user, sales::sign(id, sales::CONTRACT));
    market.floor.must(bo.user, sales::sign(id, sales::CONTRACT));
    market.floor.must(bo.user, sales::fund(id));
    market.floor.must(ana.user, sales::file(id));
    let first = market.floor.events.len();
    market.floor.must(OPERATOR, sales::answer(id, None));
    let floor = &mut market.floor;
    assert_eq!(titles::state(floor, right), AssetState::Transferred);
    for (licence, expected) in [
        (running, LicenceState::Effective),
        (paid, LicenceState::Paid),
        (paid_late, LicenceState::Paid),
        (of_the_buyer, LicenceState::Terminated),
        (never_paid, LicenceState::Withdrawn),
    ] {
        assert_eq!(state(floor, licence), expected, "{licence:?}");
    }
    // The new owner is the licensor, and the old one hears of it.
    assert_eq!(licence(floor, running).licensor, bo.entity);
    let readers: Vec<_> = floor
        .records(first)
        .into_iter()
        .filter(|changed| matches!(&changed.record, Record::Licence(licence) if licence.licence == running))
        .map(|changed| changed.readers)
        .collect();
    assert_eq!(readers, [Readers::Only(vec![bo.entity, cy.entity, ana.entity])]);
    // What is in escrow follows the contract: to the account that it names.
    let first = floor.events.len();
    floor.until(from);
    assert_eq!(state(floor, paid), LicenceState::Effective);
    let posted = cash_posted(floor, first);
    assert_eq!(
        posted[..2],
        [(cy.account, 0, -10_000, Paid), (ana.account, 10_000, 0, Received)]
    );
}

#[test]
fn technology_goes_abroad_once_the_check_is_cleared() {
    let mut market = Market::new();
    let (ana, right) = (market.ana, market.right);
    let work = market.another("W1", AssetClass::Copyright);
    let secret = market.another("K1", AssetClass::KnowHow);
    let floor = &mut market.floor;
    let abroad = foreigner(floor, 1, Roles::FIRM);
    floor.cash_in(abroad.account, 100_000);
    // A work is no technology.
    agreed(floor, work, ana, abroad, to_copy);
    for asset in [right, secret] {
        let offered = made(floor, ana.user, offering(asset, ana, abroad, plain));
        refuses(floor, abroad.user, accept(offered), Reject::ExportCheckRequired);
        floor.must(OPERATOR, export_check(asset, abroad.entity, false));
        refuses(floor, abroad.user, accept(offered), Reject::ExportCheckRequired);
        floor.must(OPERATOR, export_check(asset, abroad.entity, true));
        floor.must(abroad.user, accept(offered));
        // A clearance that is taken back before the payment is none.
        floor.must(OPERATOR, export_check(asset, abroad.entity, false));
        refuses(
            floor,
            abroad.user,
            pay(offered, abroad.account),
            Reject::ExportCheckRequired,
        );
        floor.must(OPERATOR, export_check(asset, abroad.entity, true));
        floor.must(abroad.user, pay(offered, abroad.account));
    }
    let open = OpenLicenceId(made(floor, ana.user, ask_open(right, ana.account, plain)).0);
    floor.must(OPERATOR, export_check(right, abroad.entity, false));
    refuses(
        floor,
        abroad.user,
        take_open(open, abroad.account),
        Reject::ExportCheckRequired,
    );
    floor.must(OPERATOR, export_check(right, abroad.entity, true));
    floor.must(abroad.user, take_open(open, abroad.account));
    refuses(
        floor,
        ana.user,
        offering(right, ana, abroad, kind(LicenceKind::Exclusive)),
        Reject::LicenceConflict,
    );
    floor.must(OPERATOR, Command::Tick);
}

/// Bidders know which licences survive: while a lot of the title is open no new one is granted.
#[test]
fn nothing_new_is_granted_while_a_lot_of_the_title_is_open() {
    let mut room = Room::new();
    let (ana, bo, right) = (room.market.ana, room.market.bo, room.market.right);
    let agreed_before = agreed(&mut room.market.floor, right, ana, bo, plain);
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(OPERATOR, Command::Tick);
    let granting = [offering(right, ana, bo, plain), ask_open(right, ana.account, plain)];
    for grant in &granting {
        refuses(&mut room.market.floor, ana.user, grant.clone(), Reject::AlreadyOffered);
    }
    room.market.floor.must(bo.user, pay(agreed_before, bo.account));
    room.market.floor.must(ana.user, Command::WithdrawLot(step_of(id)));
    for grant in granting {
        room.market.floor.must(ana.user, grant);
    }
}

/// A title is offered alone: not while its units trade, a licence waits for an answer, or one stands open to everyone.
#[test]
fn a_title_is_offered_while_no_use_of_it_is() {
    let offers = |room: &Room| {
        let sale = sales::terms_of(&[room.market.right], room.market.ana);
        let lot = room.terms(ascending(100_000, 1_000));
        [
            Command::ListTransfer(Box::new(sale)),
            Command::AnnounceLot(Box::new(lot)),
        ]
    };
    let refused = |room: &mut Room| {
        for offer in offers(room) {
            let ana = room.market.ana.user;
            refuses(&mut room.market.floor, ana, offer, Reject::AlreadyOffered);
        }
    };
    for offer in [0, 1] {
        // Units that trade, and none any more.
        let mut room = Room {
            market: Market::on(Floor::unit_market()),
        };
        let (ana, right) = (room.market.ana, room.market.right);
        titles::book(&mut room.market.floor, ana, right, "UNITS");
        refused(&mut room);
        let mut room = Room::new();
        let (ana, bo, right) = (room.market.ana, room.market.bo, room.market.right);
        // A licence that waits.
        let waits = made(&mut room.market.floor, ana.user, offering(right, ana, bo, plain));
        refused(&mut room);
        room.market.floor.must(ana.user, withdraw(waits));
        // A licence for everyone.
        let open = room.market.floor.must(ana.user, ask_open(right, ana.account, plain));
        let Receipt::Deal(open) = open else { panic!() };
        refused(&mut room);
        room.market
            .floor
            .must(ana.user, withdraw_open(OpenLicenceId::from(open)));
        let offer = offers(&room)[offer].clone();
        room.market.floor.must(ana.user, offer);
    }
}
