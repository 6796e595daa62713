//! Two sides of a deal that turn out to be the same people: it is undone before the title passes, to nobody's harm.

use crate::{
    floor::{
        OPERATOR, day,
        grants::{accept, cash_posted, made, offering, pay as pay_licence, state},
        refuses,
        room::{self, *},
        sales::{Market, describe, express},
        yuan,
    },
    lots_of_units::{demand, reverse},
};
use protocol::{
    Command, LotId, Receipt, Reject,
    auction::{LotState, NegotiateLot},
    licence::LicenceState,
    transfer::TransferState,
};

#[test]
fn a_sale_ends_once_its_buyer_is_found_to_be_its_seller() {
    for (state, ends) in [
        (TransferState::Contract, TransferState::Cancelled),
        (TransferState::EscrowFunded, TransferState::Refunded),
        (TransferState::RecordalFiled, TransferState::Refunded),
    ] {
        for nominee_sells in [false, true] {
            let mut room = Room::new();
            let (ana, bo) = (room.market.ana, room.market.bo);
            let before = room.cash(bo);
            let id = room.market.at(state, |_| {});
            let (nominee, behind) = if nominee_sells { (ana, bo) } else { (bo, ana) };
            let behind = describe(nominee.entity, "CN", &[behind.entity]);
            room.market.floor.must(OPERATOR, behind);
            assert_eq!(room.market.state(id), ends);
            assert_eq!(room.cash(bo), before, "its money is free");
            // Nobody is in default, and the right is free.
            let market = &mut room.market;
            market.floor.must(OPERATOR, describe(nominee.entity, "CN", &[]));
            let again = market.list(|_| {});
            market.floor.must(bo.user, express(again, bo));
        }
    }
}

#[test]
fn a_bidder_that_is_found_to_be_the_seller_does_not_buy() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let id = market.at(TransferState::Bidding, |_| {});
    market.floor.must(bo.user, crate::floor::sales::bid(id, 100_000));
    market.floor.must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
    let ends = market.sale(id).bidding_ends.unwrap();
    market.pass(ends);
    assert_eq!(market.state(id), TransferState::Cancelled);

    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.market
        .floor
        .must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
    room.tick(room.at(ENDS));
    assert_eq!(room.lot(id).state, LotState::Unsold);

    // Nor does it agree on a price below the reserve.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    let names = |lot: LotId| {
        Command::NegotiateLot(NegotiateLot {
            lot,
            price: Some(yuan(100_000)),
        })
    };
    room.market.floor.must(ana.user, names(id));
    room.market
        .floor
        .must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
    refuses(&mut room.market.floor, bo.user, names(id), Reject::BarredParty);
}

#[test]
fn a_lot_is_undone_once_its_buyer_is_found_to_be_its_seller() {
    for paid in [false, true] {
        let mut room = Room::new();
        let [bo, ..] = room.bidders();
        let ana = room.market.ana;
        let before = room.cash(bo);
        let id = room.open(ascending(100_000, 1_000), |_| {});
        room.bid(id, bo, 100_000);
        room.tick(room.at(ENDS));
        if paid {
            room.market.floor.must(bo.user, room::pay(id));
        }
        room.market
            .floor
            .must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
        assert_eq!(room.lot(id).state, LotState::Annulled);
        assert_eq!(room.cash(bo), before);
    }
}

#[test]
fn a_demand_is_undone_once_its_seller_is_found_to_be_its_buyer() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let before = [bo, dee].map(|party| room.cash(party));
    let terms = demand(&room, reverse(100_000, 1_000));
    let Receipt::Deal(seq) = room
        .market
        .floor
        .must(dee.user, Command::AnnounceLot(Box::new(terms.clone())))
    else {
        panic!()
    };
    let id = LotId::from(seq);
    room.go(terms.qualifies_at);
    for party in [bo, cy] {
        room.enter(id, party);
    }
    room.go(terms.opens_at);
    room.bid(id, bo, 90_000);
    room.tick(terms.closes_at);
    assert_eq!(room.lot(id).state, LotState::Paid, "the buyer's money is held");
    let behind = describe(bo.entity, "CN", &[dee.entity]);
    room.market.floor.must(OPERATOR, behind);
    assert_eq!(room.lot(id).state, LotState::Annulled);
    assert_eq!([bo, dee].map(|party| room.cash(party)), before);
}

#[test]
fn an_agreed_licence_is_not_paid_by_who_is_found_to_be_its_licensor() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let offer = offering(market.right, ana, bo, |_| {});
    let licence = made(&mut market.floor, ana.user, offer);
    market.floor.must(bo.user, accept(licence));
    market.floor.must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
    let pays = pay_licence(licence, bo.account);
    refuses(&mut market.floor, bo.user, pays, Reject::OwnRight);
}

#[test]
fn a_paid_licence_does_not_begin_for_who_is_found_to_be_its_licensor() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let offer = offering(market.right, ana, bo, |_| {});
    let licence = made(&mut market.floor, ana.user, offer);
    market.floor.must(bo.user, accept(licence));
    let first = market.floor.events.len();
    market.floor.must(bo.user, pay_licence(licence, bo.account));
    market.floor.must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
    market.floor.until(day(2027, 1, 1));
    assert_eq!(state(&market.floor, licence), LicenceState::Terminated);
    let moved: i64 = cash_posted(&market.floor, first)
        .iter()
        .map(|(_, free, held, _)| free + held)
        .sum();
    assert_eq!(moved, 0, "its money is free");
}
