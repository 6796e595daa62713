//! Repeats: a command sent again under its client id is never done a second time while what it made is open, however
//! many others came in between.

use crate::floor::{
    Floor, OPERATOR, Party,
    grants::{ask_open, offering, plain, venue, withdraw, withdraw_open},
    limit, order,
    room::{Room, ascending},
    sales::{Market, cancel, operator, terms_of},
    units,
};
use engine::{
    Exchange,
    book::{Book, FastBook, PlainBook},
};
use protocol::{
    Answer, Bounded, Command, Digest, OrderId, Outcome, Receipt, Reject, Side, TransferId, UserId,
    command::ClientKey,
    control::{Encoded, Propose, Refuse, SetDualControl},
    title::{HoldKind, LiftHold, PlaceHold},
    wire::encode_alone,
};

/// More than the ring of a participant.
const MANY: u64 = 2_100;

/// The key of a client id, with the body's mark.
fn key(number: u64, body: u8) -> ClientKey {
    let mut id = [0; 16];
    // As a hash would spread it.
    id[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    id[8..].copy_from_slice(&number.wrapping_mul(0xD1B5_4A32_D192_ED03).to_le_bytes());
    ClientKey { id, body: [body; 8] }
}

/// Commands of this user's house, each under an id of its own.
fn push<B: Book>(floor: &mut Floor<B>, by: UserId, from: u64) {
    let nothing = Command::CancelOrder {
        order: OrderId::new(9, 9),
    };
    for number in from..from + MANY {
        let answer = floor.ask(by, Some(key(number, 0)), nothing.clone());
        assert_eq!(answer.outcome, Outcome::Rejected(Reject::UnknownOrder));
    }
}

/// Gives a command whose work stays open, and says that its repeats are answered as before; returns the receipt.
fn stays<B: Book>(floor: &mut Floor<B>, by: UserId, command: &Command) -> Receipt {
    let what = format!("{command:?}");
    let name = key(1, 1);
    let first: Answer = floor.ask(by, Some(name), command.clone());
    let Outcome::Done(receipt) = first.outcome else {
        panic!("{what}: {first:?}");
    };
    push(floor, by, 1_000);
    let told = floor.events.len();
    assert_eq!(floor.ask(by, Some(name), command.clone()), first, "{what}");
    assert_eq!(floor.events.len(), told, "{what}");
    let other = floor.ask(by, Some(key(1, 2)), command.clone());
    assert_eq!(other.outcome, Outcome::Rejected(Reject::ClientIdReused), "{what}");

    // Loaded again, on either book, it is known as well.
    let snapshot = floor.exchange.save();
    let mut fast: Floor<FastBook> = Floor::of(Exchange::load(&snapshot).unwrap());
    let mut plain: Floor<PlainBook> = Floor::of(Exchange::load(&snapshot).unwrap());
    push(&mut fast, by, 10_000);
    push(&mut plain, by, 10_000);
    assert_eq!(fast.ask(by, Some(name), command.clone()), first, "{what}");
    assert_eq!(plain.ask(by, Some(name), command.clone()), first, "{what}");
    assert_eq!(fast.exchange.state_hash(), plain.exchange.state_hash());

    // A day later, too.
    floor.at += protocol::time::DAY;
    receipt
}

#[test]
fn an_order_that_rests_keeps_its_id_and_one_that_is_done_the_places_of_the_ring() {
    let mut market = units::market::<FastBook>();
    let (ana, instrument) = (market.ana, market.units);
    let floor = &mut market.floor;
    let sell = order(ana.account, instrument, Side::Sell, limit(600), 10);
    let Receipt::Order(rests) = stays(floor, ana.user, &sell) else {
        panic!("an order");
    };
    let again = floor.ask(ana.user, Some(key(1, 1)), sell.clone());
    assert_eq!(again.outcome, Outcome::Done(Receipt::Order(rests)), "after a day");

    // What never rested is done: the ring is for that, and then it is forgotten.
    let now = order(ana.account, instrument, Side::Sell, limit(600), 10);
    let first = floor.ask(ana.user, Some(key(2, 1)), now.clone());
    let Outcome::Done(Receipt::Order(done)) = first.outcome else {
        panic!("{first:?}");
    };
    floor.must(ana.user, Command::CancelOrder { order: done });
    push(floor, ana.user, 20_000);
    let again = floor.ask(ana.user, Some(key(2, 1)), now);
    assert_ne!(again, first, "it is done anew");
}

#[test]
fn so_do_offers_holds_and_tranches() {
    let (mut floor, [ana, bo, _], right) = venue();
    let offer = offering(right, ana, bo, plain);
    let Receipt::Deal(licence) = stays(&mut floor, ana.user, &offer) else {
        panic!("a licence");
    };
    let licence = licence.into();
    floor.must(ana.user, withdraw(licence));
    let open = ask_open(right, ana.account, plain);
    let Receipt::Deal(open_licence) = stays(&mut floor, ana.user, &open) else {
        panic!("an open licence");
    };
    floor.must(ana.user, withdraw_open(open_licence.into()));
    let hold = PlaceHold {
        asset: right,
        kind: HoldKind::OwnershipDispute,
        holder: Bounded::new("Court of Shenzhen").unwrap(),
        reference: Bounded::new("(2026) 1").unwrap(),
        until: None,
        renews: None,
        evidence: Digest([1; 32]),
    };
    let Receipt::Deal(hold) = stays(&mut floor, OPERATOR, &Command::PlaceHold(Box::new(hold))) else {
        panic!("a hold");
    };
    let lift = LiftHold {
        hold: hold.into(),
        evidence: Digest([1; 32]),
    };
    floor.must(OPERATOR, Command::LiftHold(Box::new(lift)));

    let mut market = units::market::<FastBook>();
    let tranche = units::tranche(market.ana.account, |_| ());
    stays(&mut market.floor, market.ana.user, &tranche);
}

#[test]
fn so_do_sales_lots_and_proposals() {
    let mut market = Market::new();
    let Party { user, .. } = market.ana;
    let sale = Command::ListTransfer(Box::new(terms_of(&[market.right], market.ana)));
    let Receipt::Deal(sale) = stays(&mut market.floor, user, &sale) else {
        panic!("a sale");
    };
    market.floor.must(operator().user, cancel(TransferId::from(sale)));

    let mut room = Room::new();
    let terms = room.terms(ascending(100_000, 1_000));
    let user = room.market.ana.user;
    let announce = Command::AnnounceLot(Box::new(terms));
    stays(&mut room.market.floor, user, &announce);

    let mut market = Market::new();
    let user = market.ana.user;
    let dual = Command::SetDualControl(SetDualControl { required: true });
    let encoded = Encoded(encode_alone(&dual));
    let propose = Command::Propose(Box::new(Propose { encoded }));
    let Receipt::Deal(proposal) = stays(&mut market.floor, user, &propose) else {
        panic!("a proposal");
    };
    let proposal = proposal.into();
    market.floor.must(user, Command::Refuse(Refuse { proposal }));
}
