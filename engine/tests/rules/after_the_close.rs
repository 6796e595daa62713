//! What follows a close: the price that was asked, a court's ruling, when a price stood, what a sale costs at most, and
//! how a forfeited deposit is settled.

use crate::{
    auctions_by_law::court,
    floor::{
        OPERATOR, Party, day,
        grants::freeze,
        refuses,
        room::*,
        sales::{operator, prints},
        titles::{verified, verify},
        yuan,
    },
    lots_of_units::announce_by,
};
use protocol::{
    Amount, AssetId, BasisPoints, Bounded, Command, Currency, LotId, Money, Record, Reject, Timestamp,
    account::CashMove,
    asset::AssetClass,
    auction::{AnnounceLot, Forfeit, Format, LotFees, LotState, NegotiateLot, SettleDefault},
    time::{DAY, SECOND},
    transfer::LegalBasis,
};

fn names(lot: LotId, minor: i64) -> Command {
    let price = Some(yuan(minor));
    Command::NegotiateLot(NegotiateLot { lot, price })
}

/// A bid binds its seller as well.
#[test]
fn a_seller_takes_no_lot_back_that_somebody_has_bid_for() {
    let mut room = Room::new();
    let (ana, bo) = (room.market.ana, room.market.bo);
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.refuses_openly(ana, Command::WithdrawLot(step_of(id)), Reject::StateForbids);
    // An operator does, on a ground.
    room.market.floor.must(OPERATOR, Command::WithdrawLot(step_of(id)));
    assert_eq!((room.lot(id).state, room.cash(bo).1), (LotState::Withdrawn, 0));
}

/// RULES.md 2.6: the seller names a price, and the best bidder takes that one or none.
#[test]
fn a_best_bidder_agrees_to_the_very_price_that_is_asked() {
    let mut room = Room::new();
    let (ana, bo) = (room.market.ana, room.market.bo);
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 150_000);
    room.tick(room.at(ENDS));
    room.market.floor.must(ana.user, names(id, 180_000));
    for other in [150_000, 179_999, 180_001] {
        room.refuses_openly(bo, names(id, other), Reject::NothingOwed);
    }
    // Who asks less asks that and nothing else.
    room.market.floor.must(ana.user, names(id, 170_000));
    room.refuses_openly(bo, names(id, 180_000), Reject::NothingOwed);
    room.market.floor.must(bo.user, names(id, 170_000));
    let lot = room.lot(id);
    assert_eq!((lot.state, lot.price), (LotState::Sold, Some(yuan(170_000))));
}

/// 18号 22; 民法典 229: a court's ruling passes the title of what that court sold, once it was paid.
#[test]
fn a_ruling_is_served_for_a_court_s_lot_that_is_paid_and_for_no_other() {
    let ruling = |lot| Command::ServeRuling(step_of(lot));
    let mut room = Room::new();
    let bo = room.market.bo;
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    room.market.floor.must(bo.user, pay(id));
    room.refuses_openly(operator(), ruling(id), Reject::StateForbids);
    assert_eq!(room.lot(id).state, LotState::Paid);

    let mut room = Room::new();
    let bo = room.market.bo;
    let terms = court(&mut room, 1_000_000, 700_000);
    let id = room.announce(&terms);
    room.go(terms.opens_at);
    room.enter(id, bo);
    room.bid(id, bo, 700_000);
    room.tick(terms.closes_at);
    room.refuses_openly(operator(), ruling(id), Reject::StateForbids);
    room.market.floor.must(bo.user, pay(id));
    room.market.floor.must(OPERATOR, ruling(id));
    assert_eq!(room.lot(id).state, LotState::Delivered);
}

/// 18号 8: a court sells what courts hold. Another's lot ends with a freeze, unless its price is held: then it is for the
/// office to judge.
#[test]
fn a_freeze_ends_no_court_s_lot_and_none_that_is_paid() {
    let mut room = Room::new();
    let (bo, right) = (room.market.bo, room.market.right);
    let terms = court(&mut room, 1_000_000, 700_000);
    let id = room.announce(&terms);
    room.go(terms.opens_at);
    room.enter(id, bo);
    freeze(&mut room.market.floor, right);
    assert_eq!(room.lot(id).state, LotState::Open);
    room.bid(id, bo, 700_000);
    room.tick(terms.closes_at);
    assert_eq!(room.lot(id).state, LotState::Sold);

    for (paid, state) in [(false, LotState::Annulled), (true, LotState::Paid)] {
        let mut room = Room::new();
        let id = room.open(ascending(100_000, 1_000), |_| {});
        room.bid(id, bo, 100_000);
        room.tick(room.at(ENDS));
        if paid {
            room.market.floor.must(bo.user, pay(id));
        }
        freeze(&mut room.market.floor, right);
        assert_eq!(room.lot(id).state, state);
    }
}

/// The market is told when a price stood, not when its title passed.
#[test]
fn a_price_stands_at_the_close_at_the_hammer_or_with_the_best_bidder_s_word() {
    let stood = |room: &mut Room, id, bo| {
        let after = room.market.floor.at;
        room.go(Timestamp(after + DAY));
        room.deliver(id, bo);
        let print = prints(&room.market).pop().expect("it was sold").1;
        print.agreed_at
    };
    let mut room = Room::new();
    let bo = room.market.bo;
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS + 1_000));
    assert_eq!(stood(&mut room, id, bo), room.at(ENDS), "as its bidding ended");

    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    room.market.floor.must(room.market.ana.user, names(id, 150_000));
    room.go(room.at(ENDS + 3_600));
    room.market.floor.must(bo.user, names(id, 150_000));
    assert_eq!(stood(&mut room, id, bo), room.at(ENDS + 3_600), "as it agreed");

    let mut room = Room::new();
    let closes = day(2026, 3, 13).start();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        (terms.basis, terms.viewing_days) = (LegalBasis::AuctionLaw, 2);
        (terms.opens_at, terms.closes_at) = (day(2026, 3, 12).start(), closes);
    });
    room.bid(id, bo, 100_000);
    let confirmed = Timestamp(closes.0 + 3_600 * SECOND);
    room.go(confirmed);
    room.market.floor.must(OPERATOR, Command::ConfirmLot(step_of(id)));
    assert_eq!(stood(&mut room, id, bo), confirmed, "as the hammer fell");
}

/// 拍卖变卖财产规定 29: a commission by tiers, five hundredths of the first two million yuan. And whatever a sale takes of
/// a price, it is no more than the price: no seller pays to sell.
#[test]
fn a_commission_is_taken_of_the_price_and_costs_eat_it_up_at_most() {
    for (seller, commission, left) in [
        (0, true, 95_000),
        (100, true, 94_000),
        (10_000, true, 0),
        (10_000, false, 0),
    ] {
        let mut room = Room::new();
        let bo = room.market.bo;
        let id = room.open(ascending(100_000, 1_000), |terms| {
            terms.fees = LotFees {
                seller: BasisPoints(seller),
                premium: BasisPoints(0),
                commission,
            };
        });
        room.bid(id, bo, 100_000);
        room.tick(room.at(ENDS));
        room.deliver(id, bo);
        assert_eq!(room.lot(id).state, LotState::Delivered);
        assert_eq!(
            (room.cash(bo), room.cash(room.market.ana)),
            ((999_900_000, 0), (left, 0))
        );
    }
}

/// A lot that bo buys for a thousand yuan and does not pay for.
fn defaulted(room: &mut Room) -> LotId {
    let bo = room.market.bo;
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    let late = room.standing(id, bo).pay_by.expect("it bought").next();
    room.tick(late.start());
    assert_eq!(room.lot(id).state, LotState::Defaulted);
    id
}

/// A lot of `seller`'s from tomorrow to the day after, which cy leads at its end.
fn led_by_cy(room: &mut Room, seller: Party, start: Amount, change: impl FnOnce(&mut AnnounceLot)) -> LotId {
    let cy = room.market.cy;
    let mut format = ascending(start.money.minor(), 1_000);
    if let Format::Ascending(terms) = &mut format {
        terms.start = start;
        for step in &mut terms.steps {
            (step.from.currency, step.step.currency) = (start.currency, start.currency);
        }
    }
    let now = room.market.floor.at;
    let mut terms = room.terms(format);
    (terms.account, terms.deposit.currency) = (seller.account, start.currency);
    terms.qualifies_at = Timestamp(now + SECOND);
    terms.opens_at = Timestamp(now + DAY);
    terms.closes_at = Timestamp(now + 2 * DAY);
    change(&mut terms);
    let id = announce_by(room, seller, &terms);
    room.go(terms.opens_at);
    room.enter(id, cy);
    let first = protocol::auction::BidLot {
        lot: id,
        price: start,
        units: None,
    };
    room.market.floor.must(cy.user, Command::BidLot(first));
    room.tick(terms.closes_at);
    id
}

/// A lot of ana's that cy buys and pays for.
fn resold(room: &mut Room, assets: &[AssetId], price: Amount) -> LotId {
    let (ana, cy) = (room.market.ana, room.market.cy);
    let id = led_by_cy(room, ana, price, |terms| terms.assets = assets.to_vec());
    room.market.floor.must(cy.user, pay(id));
    id
}

fn settle(lot: LotId, resale: LotId, costs: i64) -> Command {
    let costs = yuan(costs);
    Command::SettleDefault(SettleDefault { lot, resale, costs })
}

/// 18号 24.
#[test]
fn a_default_is_settled_once() {
    let mut room = Room::new();
    let right = room.market.right;
    let first = defaulted(&mut room);
    let resale = resold(&mut room, &[right], yuan(90_000));
    room.market.floor.must(OPERATOR, settle(first, resale, 0));
    let cash = room.cash(room.market.ana);
    refuses(
        &mut room.market.floor,
        OPERATOR,
        settle(first, resale, 0),
        Reject::StateForbids,
    );
    assert_eq!(room.cash(room.market.ana), cash);
}

#[test]
fn only_the_same_rights_make_a_default_good() {
    let mut room = Room::new();
    let right = room.market.right;
    let other = room.market.another("US2", AssetClass::Patent);
    let first = defaulted(&mut room);
    let elsewhere = resold(&mut room, &[other], yuan(90_000));
    refuses(
        &mut room.market.floor,
        OPERATOR,
        settle(first, elsewhere, 0),
        Reject::ResaleInvalid,
    );
    // Nor do they among others: nobody can tell what they brought.
    let third = room.market.another("US3", AssetClass::Patent);
    let together = resold(&mut room, &[right, third], yuan(90_000));
    refuses(
        &mut room.market.floor,
        OPERATOR,
        settle(first, together, 0),
        Reject::ResaleInvalid,
    );
}

#[test]
fn only_a_resale_in_the_same_money_makes_a_default_good() {
    let mut room = Room::new();
    let (right, cy) = (room.market.right, room.market.cy);
    let dollars = CashMove {
        account: cy.account,
        currency: Currency::Usd,
        amount: Money::from_minor(1_000_000),
        reference: Bounded::new("USD-1").unwrap(),
    };
    room.market.floor.must(OPERATOR, Command::CashIn(Box::new(dollars)));
    let first = defaulted(&mut room);
    let price = Amount::new(Currency::Usd, Money::from_minor(90_000));
    let resale = resold(&mut room, &[right], price);
    refuses(
        &mut room.market.floor,
        OPERATOR,
        settle(first, resale, 0),
        Reject::ResaleInvalid,
    );
}

/// What was sold before the default is no resale of it, though it was the same right.
#[test]
fn only_a_later_sale_makes_a_default_good() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let before = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(before, bo, 100_000);
    room.tick(room.at(ENDS));
    room.deliver(before, bo);
    room.market.unlock();
    let mut fresh = verify(room.market.right);
    fresh.extract.drawn = Timestamp(room.market.floor.at).venue_date();
    room.market.floor.must(OPERATOR, verified(&fresh));
    let lot = led_by_cy(&mut room, bo, yuan(120_000), |_| {});
    let late = room.standing(lot, cy).pay_by.expect("it bought").next();
    room.tick(late.start());
    assert_eq!(room.lot(lot).state, LotState::Defaulted);
    refuses(
        &mut room.market.floor,
        OPERATOR,
        settle(lot, before, 0),
        Reject::ResaleInvalid,
    );
}

#[test]
fn a_resale_that_brings_more_leaves_nothing_to_make_up() {
    let mut room = Room::new();
    let (ana, right) = (room.market.ana, room.market.right);
    let first = defaulted(&mut room);
    let resale = resold(&mut room, &[right], yuan(150_000));
    let before = room.cash(ana).0;
    room.market.floor.must(OPERATOR, settle(first, resale, 400));
    let told = room.market.floor.records(0).into_iter().rev();
    let mut forfeits = told.filter_map(|changed| match changed.record {
        Record::Forfeit(forfeit) => Some(forfeit),
        _ => None,
    });
    let Forfeit {
        deposit,
        costs,
        gap,
        debt,
        refund,
        uncovered,
        ..
    } = forfeits.next().expect("it was settled");
    assert_eq!(
        [deposit, costs, gap, debt, refund, uncovered],
        [10_000, 400, 0, 9_600, 0, 0].map(yuan)
    );
    assert_eq!(room.cash(ana).0 - before, 9_600);
}

/// 拍卖变卖财产规定 29: five hundredths up to two million yuan, three of what is above.
#[test]
fn a_commission_falls_with_what_is_above_two_million_yuan() {
    for (price, commission) in [(200_000_000, 10_000_000), (300_000_000, 13_000_000)] {
        let mut room = Room::new();
        let bo = room.market.bo;
        let id = room.open(ascending(price, 1_000), |terms| {
            terms.fees = LotFees {
                seller: BasisPoints(0),
                premium: BasisPoints(0),
                commission: true,
            };
        });
        room.bid(id, bo, price);
        room.tick(room.at(ENDS));
        room.deliver(id, bo);
        assert_eq!(room.cash(room.market.ana), (price - commission, 0));
    }
}
