//! What is asked again as a lot closes: who may not buy any more buys nothing, who may not sell any more sells nothing;
//! how long the two may still agree, and who hears of the money.

use crate::{
    auctions_by_law::court,
    floor::{
        OPERATOR, Party, asset, day,
        grants::foreigner,
        refuses,
        room::*,
        sales::{describe, export_check, operator},
        titles::{buys, sells, verified, verify},
        yuan,
    },
    lots_of_units::{announce_by, bid_for, uniform, units, units_room},
};
use protocol::{
    Command, Digest, Event, InstrumentId, LotId, PrivateEvent, Reject, Timestamp,
    auction::{AnnounceLot, CommitBid, Format, LotState, NegotiateLot, Rationing, RevealBid, Sealed, SealedPrice},
    party::Roles,
    time::{DAY, SECOND},
    title::{NewRight, RegisterRights},
    transfer::{LegalBasis, TransferState},
};

/// What everybody has in the room, to begin with.
const CASH: i64 = 1_000_000_000;

/// A lot that bo leads, or whoever comes.
fn led_by(room: &mut Room, party: Party, change: impl FnOnce(&mut AnnounceLot)) -> LotId {
    let id = room.open(ascending(100_000, 1_000), change);
    if room.bidders().contains(&party) {
        room.bid(id, party, 100_000);
    } else {
        room.enter(id, party);
        room.bid(id, party, 100_000);
    }
    id
}

/// Somebody from abroad whom export control lets take the room's patent, with as much cash as everybody.
fn cleared_foreigner(room: &mut Room) -> Party {
    let roles = Roles::TRADER.with(Roles::FIRM);
    let party = foreigner(&mut room.market.floor, 1, roles);
    room.market.floor.cash_in(party.account, CASH);
    let check = export_check(room.market.right, party.entity, true);
    room.market.floor.must(OPERATOR, check);
    party
}

fn names(lot: LotId, minor: i64) -> Command {
    let price = Some(yuan(minor));
    Command::NegotiateLot(NegotiateLot { lot, price })
}

/// Units change hands on the book.
fn trade(room: &mut Room, book: InstrumentId, from: Party, to: Party, count: i64) {
    room.market.floor.must(from.user, sells(from, book, 500, count));
    room.market.floor.must(to.user, buys(to, book, 500, count));
}

/// A quarter of an hour, a day and two days from now.
fn soon(room: &Room, terms: &mut AnnounceLot) {
    let now = room.market.floor.at;
    terms.qualifies_at = Timestamp(now + 900 * SECOND);
    terms.opens_at = Timestamp(now + DAY);
    terms.closes_at = Timestamp(now + 2 * DAY);
}

/// RULES.md F2: two hundred holders, asked at the door and again at the match.
#[test]
fn a_buyer_for_whom_there_is_no_place_any_more_buys_nothing() {
    let mut room = Room::new();
    let bo = room.market.bo;
    let id = led_by(&mut room, bo, |_| {});
    // Ana is a holder. From here on there is room for nobody else.
    room.market.rule(|rules| rules.holder_cap = Some(1));
    room.tick(room.at(ENDS));
    assert_eq!((room.lot(id).state, room.cash(bo)), (LotState::Unsold, (CASH, 0)));
}

/// 国发〔2011〕38号: who sold of a product buys none of it for five trading days.
#[test]
fn who_sold_of_it_since_it_bid_is_passed_over() {
    let (mut room, book) = units_room();
    let (ana, [bo, cy, dee]) = (room.market.ana, room.bidders());
    trade(&mut room, book, ana, bo, 10);
    // The numbers of a Chinese venue from here on.
    room.market.rule(|_| {});
    let id = room.open(uniform(60, Rationing::Time), |terms| terms.assets = vec![]);
    room.market.floor.must(bo.user, bid_for(id, 150, 30));
    room.market.floor.must(dee.user, bid_for(id, 120, 30));
    trade(&mut room, book, bo, cy, 5);
    room.tick(room.at(ENDS));
    assert_eq!((units(&room, bo.account), units(&room, dee.account)), ((0, 0), (30, 0)));
    assert_eq!(room.lot(id).price, Some(yuan(120)));
}

/// The same the other way round: who bought of it sells none of it.
#[test]
fn a_seller_that_bought_units_back_sells_none() {
    let (mut room, book) = units_room();
    let (ana, [bo, _, dee]) = (room.market.ana, room.bidders());
    trade(&mut room, book, ana, bo, 10);
    room.market.rule(|_| {});
    let id = room.open(uniform(60, Rationing::Time), |terms| terms.assets = vec![]);
    room.market.floor.must(dee.user, bid_for(id, 120, 30));
    trade(&mut room, book, bo, ana, 5);
    room.tick(room.at(ENDS));
    assert_eq!(
        (room.lot(id).state, units(&room, dee.account)),
        (LotState::Unsold, (0, 0))
    );
}

#[test]
fn who_bought_a_title_too_lately_sells_it_to_nobody() {
    for (lock_days, state) in [(5, LotState::Sold), (30, LotState::Unsold)] {
        let mut room = Room::new();
        let [bo, cy, _] = room.bidders();
        room.market.at(TransferState::Released, |_| {});
        room.market.unlock();
        let mut fresh = verify(room.market.right);
        fresh.extract.drawn = Timestamp(room.market.floor.at).venue_date();
        room.market.floor.must(OPERATOR, verified(&fresh));
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.account = bo.account;
        soon(&room, &mut terms);
        let id = announce_by(&mut room, bo, &terms);
        room.go(terms.opens_at);
        room.enter(id, cy);
        room.bid(id, cy, 100_000);
        room.market.rule(|rules| rules.lock_days = lock_days);
        room.tick(terms.closes_at);
        assert_eq!(room.lot(id).state, state, "{lock_days}");
    }
}

/// 18号 24: who did not pay is barred from what is sold anew, and so is whoever turns out to hold for it.
#[test]
fn who_turns_out_to_hold_for_a_defaulter_buys_nothing() {
    for known in [false, true] {
        let mut room = Room::new();
        let [bo, cy, _] = room.bidders();
        let first = led_by(&mut room, bo, |_| {});
        room.tick(room.at(ENDS));
        let late = room.standing(first, bo).pay_by.expect("it bought").next();
        room.tick(late.start());
        assert_eq!(room.lot(first).state, LotState::Defaulted);
        let mut again = room.terms(ascending(100_000, 1_000));
        soon(&room, &mut again);
        let id = room.announce(&again);
        room.go(again.opens_at);
        room.enter(id, cy);
        room.bid(id, cy, 100_000);
        if known {
            room.market
                .floor
                .must(OPERATOR, describe(cy.entity, "CN", &[bo.entity]));
        }
        room.tick(again.closes_at);
        let state = if known { LotState::Unsold } else { LotState::Sold };
        assert_eq!(room.lot(id).state, state, "{known}");
    }
}

/// 技术进出口条例 2, 30.
#[test]
fn a_buyer_whom_export_control_stops_meanwhile_buys_nothing() {
    for cleared in [true, false] {
        let mut room = Room::new();
        let eve = cleared_foreigner(&mut room);
        let id = led_by(&mut room, eve, |_| {});
        let check = export_check(room.market.right, eve.entity, cleared);
        room.market.floor.must(OPERATOR, check);
        room.tick(room.at(ENDS));
        let state = if cleared { LotState::Sold } else { LotState::Unsold };
        assert_eq!(room.lot(id).state, state, "{cleared}");
        assert!(cleared || room.cash(eve) == (CASH, 0));
    }
}

/// An agreement after the close is a match as well.
#[test]
fn what_is_asked_at_the_close_is_asked_again_of_who_agrees_after_it() {
    let mut room = Room::new();
    let (ana, eve) = (room.market.ana, cleared_foreigner(&mut room));
    let id = led_by(&mut room, eve, |terms| terms.reserve = Some(yuan(200_000)));
    room.tick(room.at(ENDS));
    room.market.floor.must(ana.user, names(id, 150_000));
    room.market.rule(|rules| rules.holder_cap = Some(1));
    room.refuses_openly(eve, names(id, 150_000), Reject::HolderCap);
    room.market.rule(|rules| rules.holder_cap = Some(2));
    let check = |cleared| export_check(room.market.right, eve.entity, cleared);
    let (stopped, cleared) = (check(false), check(true));
    room.market.floor.must(OPERATOR, stopped);
    room.refuses_openly(eve, names(id, 150_000), Reject::ExportCheckRequired);
    room.market.floor.must(OPERATOR, cleared);
    room.market.floor.must(eve.user, names(id, 150_000));
    assert_eq!(room.lot(id).state, LotState::Sold);
    // And one that could not be sold at all is not talked about.
    let mut room = Room::new();
    let eve = cleared_foreigner(&mut room);
    let id = led_by(&mut room, eve, |terms| terms.reserve = Some(yuan(200_000)));
    let check = export_check(room.market.right, eve.entity, false);
    room.market.floor.must(OPERATOR, check);
    room.tick(room.at(ENDS));
    assert_eq!(room.lot(id).state, LotState::Unsold);
}

/// 18号 10: a court's start is its reserve. What is not sold goes into the next round, and nobody bargains.
#[test]
fn a_court_bargains_with_nobody() {
    let mut room = Room::new();
    let eve = cleared_foreigner(&mut room);
    let mut terms = court(&mut room, 1_000_000, 700_000);
    terms.reserve = Some(yuan(800_000));
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&terms),
        Reject::FormatForbidden,
    );
    terms.reserve = None;
    let id = room.announce(&terms);
    room.go(terms.opens_at);
    room.enter(id, eve);
    room.bid(id, eve, 700_000);
    let check = export_check(room.market.right, eve.entity, false);
    room.market.floor.must(OPERATOR, check);
    room.tick(terms.closes_at);
    assert_eq!((room.lot(id).state, room.cash(eve)), (LotState::Unsold, (CASH, 0)));
}

/// RULES.md 2.6: five working days, the last one whole.
#[test]
fn seller_and_best_bidder_have_five_working_days_and_so_has_the_hammer() {
    // A lot that ends on Wednesday the 4th: until the end of Wednesday the 11th. One that ends on Friday the 13th: until
    // the end of the next.
    for (basis, last) in [
        (LegalBasis::VenueRule, day(2026, 3, 11)),
        (LegalBasis::AuctionLaw, day(2026, 3, 20)),
    ] {
        let house = basis == LegalBasis::AuctionLaw;
        let mut room = Room::new();
        let bo = room.market.bo;
        let id = led_by(&mut room, bo, |terms| {
            terms.basis = basis;
            if house {
                terms.viewing_days = 2;
                (terms.opens_at, terms.closes_at) = (day(2026, 3, 12).start(), day(2026, 3, 13).start());
            } else {
                terms.reserve = Some(yuan(200_000));
            }
        });
        let waits = if house { LotState::Closed } else { LotState::Negotiating };
        room.tick(Timestamp(last.next().start().0 - 1));
        assert_eq!(room.lot(id).state, waits);
        room.tick(last.next().start());
        assert_eq!((room.lot(id).state, room.cash(bo)), (LotState::Unsold, (CASH, 0)));
    }
}

/// 18号 8, 18: who bid is nobody's business, and who lost stays unknown after the close as well.
#[test]
fn what_losers_have_back_and_what_they_forfeit_is_told_to_them_alone() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let format = Format::Sealed(Sealed {
        start: yuan(100),
        pays: SealedPrice::First,
        reveal_s: 600,
        penalty: yuan(4_000),
    });
    let id = room.open(format, |_| {});
    for party in [bo, cy] {
        let commitment = seal(id, room.number(id, party), 50_000, [7; 32]);
        let commit = CommitBid { lot: id, commitment };
        room.market.floor.must(party.user, Command::CommitBid(Box::new(commit)));
    }
    room.tick(room.at(ENDS));
    let (price, nonce) = (yuan(50_000), Digest([7; 32]));
    let reveal = RevealBid { lot: id, price, nonce };
    room.market.floor.must(bo.user, Command::RevealBid(Box::new(reveal)));
    let told = room.market.floor.events.len();
    room.tick(room.at(ENDS + 600));
    assert_eq!(room.lot(id).state, LotState::Sold);
    assert_eq!((room.cash(cy), room.cash(dee)), ((CASH - 4_000, 0), (CASH, 0)));
    assert_eq!(room.standing(id, cy).deposit, yuan(6_000), "what is left of it");
    let mut heard = vec![];
    for event in &room.market.floor.events[told..] {
        match &event.body {
            Event::Sealed(entity, PrivateEvent::CashPosted(_)) => heard.push(*entity),
            Event::Private(_, PrivateEvent::CashPosted(_)) => panic!("not sealed: {event:?}"),
            _ => {}
        }
    }
    heard.sort_unstable();
    heard.dedup();
    assert_eq!(heard, [operator().entity, cy.entity, dee.entity]);
}

/// A command fires so many deadlines and no more. What it asks of a lot it asks of the lot as it is by then all the same.
#[test]
fn a_lot_ends_at_its_end_however_long_the_line_before_it() {
    let mut room = Room::new();
    let (ana, [bo, cy, _]) = (room.market.ana, room.bidders());
    let late = |number| {
        let mut right = NewRight::from(asset(ana.entity, &format!("L{number}")));
        right.due = Some(day(2026, 3, 3));
        right
    };
    let register = RegisterRights {
        rights: (0..300).map(late).collect(),
        issue_to: None,
    };
    let register = Command::RegisterRights(Box::new(register));
    room.market.floor.must(OPERATOR, register);
    let id = led_by(&mut room, bo, |_| {});
    // Since midnight three hundred dues are late, and the lot has ended since: nobody has said a word.
    room.go(room.at(ENDS + 5));
    let told = room.market.floor.events.len();
    room.refuses_after(cy, bid(id, 101_000), Reject::LotClosed);
    assert_eq!(room.lot(id).state, LotState::Sold);
    let last = room.market.floor.events[told..]
        .iter()
        .rev()
        .find(|event| matches!(event.body, Event::Public(_)));
    assert_eq!(last.expect("everyone was told").at, room.at(ENDS));
}
