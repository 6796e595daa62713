//! Several units at one price, and buyers who ask for offers: who gets what, the money at each step, one fault at a
//! time.

use crate::floor::{
    Floor, OPERATOR, Party, limit, order, refuses,
    room::{Room, bid, enter, step_of, steps},
    sales::Market,
    yuan,
};
use protocol::{
    AccountId, BasisPoints, Bounded, Command, Date, Event, InstrumentId, LotId, Notice, PrivateEvent, PublicEvent,
    Quantity, Receipt, Reject, Side, Symbol, Timestamp,
    auction::{AnnounceLot, BidLot, Clock, Extension, Format, LotOpened, LotState, Rationing, Reverse, Uniform},
    listing::{IssueUnits, ListUnits},
    time::{DAY, SECOND},
    title::AssetChange,
    transfer::LegalBasis,
};

/// In nanoseconds.
const HOUR: u64 = 3_600 * SECOND;
/// What everybody has in the room, to begin with.
const CASH: i64 = 1_000_000_000;

/// A room on a board of units: a hundred of ana's right, in lots of five.
pub(crate) fn units_room() -> (Room, InstrumentId) {
    units_room_of(5)
}

/// The same, in lots of so many.
fn units_room_of(lot: i64) -> (Room, InstrumentId) {
    let mut market = Market::on(Floor::unit_market());
    let mut terms = crate::floor::terms("ANA");
    terms.lot = Quantity::from_units(lot);
    let list = Command::ListUnits(Box::new(ListUnits {
        asset: market.right,
        terms,
    }));
    let Receipt::Instrument(instrument) = market.floor.must(OPERATOR, list) else {
        panic!()
    };
    let issue = IssueUnits {
        instrument,
        account: market.ana.account,
        quantity: Quantity::from_units(100),
    };
    market.floor.must(OPERATOR, Command::IssueUnits(issue));
    (Room { market }, instrument)
}

pub(crate) fn uniform(units: i64, rationing: Rationing) -> Format {
    Format::Uniform(Uniform {
        symbol: Symbol::new("ANA").unwrap(),
        units: Quantity::from_units(units),
        start: yuan(100),
        step: yuan(10),
        rationing,
    })
}

/// The terms of a lot that sells no right itself.
pub(crate) fn without_rights(room: &Room, format: Format) -> AnnounceLot {
    let mut terms = room.terms(format);
    terms.assets = vec![];
    terms
}

pub(crate) fn bid_for(lot: LotId, price: i64, units: i64) -> Command {
    Command::BidLot(BidLot {
        lot,
        price: yuan(price),
        units: Some(Quantity::from_units(units)),
    })
}

/// Announced, entered by all three, and open.
fn open(room: &mut Room, terms: &AnnounceLot) -> LotId {
    let id = room.announce(terms);
    room.go(terms.qualifies_at);
    for party in room.bidders() {
        room.enter(id, party);
    }
    room.go(terms.opens_at);
    id
}

/// The units that an account has free and held.
pub(crate) fn units(room: &Room, account: AccountId) -> (i64, i64) {
    let mut units = (0, 0);
    for event in &room.market.floor.events {
        match &event.body {
            Event::Private(
                _,
                PrivateEvent::UnitsReceived {
                    account: of, quantity, ..
                },
            ) if *of == account => {
                units.0 += quantity.units();
            }
            Event::Private(_, PrivateEvent::UnitsPosted(posting)) if posting.account == account => {
                units.0 += posting.free.units();
                units.1 += posting.held.units();
            }
            _ => {}
        }
    }
    units
}

fn opened(room: &Room) -> Vec<LotOpened> {
    let told = room.market.floor.events.iter().filter_map(|event| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match **notice {
            Notice::LotOpened(opened) => Some(opened),
            _ => None,
        },
        _ => None,
    });
    told.collect()
}

/// A lot is concluded at its own end, however late that fires: what has befallen its right since counts no more.
#[test]
fn a_lot_that_is_closed_late_is_closed_as_of_its_end() {
    let (mut room, _) = units_room();
    let [bo, ..] = room.bidders();
    let expires = Date::from_civil(2034, 3, 31).unwrap().start();
    let mut terms = without_rights(&room, uniform(60, Rationing::Time));
    terms.closes_at = Timestamp(expires.0 - HOUR);
    terms.opens_at = Timestamp(terms.closes_at.0 - DAY);
    terms.qualifies_at = Timestamp(terms.opens_at.0 - DAY);
    room.go(Timestamp(terms.qualifies_at.0 - DAY));
    let id = open(&mut room, &terms);
    room.market.floor.must(bo.user, bid_for(id, 150, 30));
    room.tick(expires.after(2 * DAY));
    assert_eq!(room.lot(id).state, LotState::Delivered);
    assert_eq!(units(&room, bo.account), (30, 0));
}

#[test]
fn units_go_to_the_highest_bids_at_one_price() {
    let (mut room, _) = units_room();
    let [bo, cy, dee] = room.bidders();
    let ana = room.market.ana;
    let mut terms = without_rights(&room, uniform(60, Rationing::Time));
    terms.fees.seller = BasisPoints(100);
    terms.fees.premium = BasisPoints(200);
    let id = open(&mut room, &terms);
    assert_eq!(units(&room, ana.account), (40, 60));
    let floor = &mut room.market.floor;
    floor.must(bo.user, bid_for(id, 150, 30));
    floor.must(cy.user, bid_for(id, 120, 40));
    let first = floor.events.len();
    floor.must(dee.user, bid_for(id, 130, 20));
    // Nobody but the bidder hears more than that there is one bid more.
    for event in &floor.events[first..] {
        let quiet = match &event.body {
            Event::Public(PublicEvent::Notice(notice)) => {
                matches!(&**notice, Notice::Lot(lot) if lot.bids == 3 && lot.best.is_none() && lot.number.is_none())
            }
            Event::Sealed(entity, _) => *entity == dee.entity,
            Event::Record(changed) => changed.readers == protocol::Readers::Sealed(dee.entity),
            _ => false,
        };
        assert!(quiet, "{event:?}");
    }
    // All that a bid may cost is held, in the place of the smaller deposit: 30 × 1.50, less than it; then more than it.
    assert_eq!(room.cash(bo), (CASH - 10_000, 10_000));
    room.market.floor.must(bo.user, bid_for(id, 9_000, 30));
    assert_eq!(room.cash(bo), (CASH - 275_400, 275_400));
    room.tick(room.at(2 * 86_400));

    let lot = room.lot(id);
    assert_eq!(
        (lot.state, lot.price, lot.buyer),
        (LotState::Delivered, Some(yuan(120)), None)
    );
    // 30 at 90.00, 20 at 1.30, and 10 of the 40 at 1.20: all at 1.20.
    for (party, won) in [(bo, 30), (dee, 20), (cy, 10)] {
        assert_eq!(units(&room, party.account), (won, 0));
        let paid = won * 120 + won * 120 * 2 / 100;
        assert_eq!(room.cash(party), (CASH - paid, 0));
        let standing = room.standing(id, party);
        assert_eq!(
            (standing.won, standing.won_units, standing.owes),
            (Some(yuan(120)), Some(Quantity::from_units(won)), None)
        );
    }
    assert_eq!(units(&room, ana.account), (40, 0));
    assert_eq!(room.cash(ana), (7_200 - 36 - 24 - 12, 0));
    // What was hidden is told in the order in which it was last bid.
    let told: Vec<_> = opened(&room)
        .iter()
        .map(|bid| (bid.number, bid.price.money.minor(), bid.units, bid.won_units))
        .collect();
    let quantity = |units| Some(Quantity::from_units(units));
    assert_eq!(
        told,
        [
            (room.number(id, cy), 120, quantity(40), quantity(10)),
            (room.number(id, dee), 130, quantity(20), quantity(20)),
            (room.number(id, bo), 9_000, quantity(30), quantity(30)),
        ]
    );
}

#[test]
fn the_last_units_are_shared_by_what_was_asked() {
    let (mut room, _) = units_room();
    let [bo, cy, dee] = room.bidders();
    let id = open_simply(&mut room, uniform(50, Rationing::ProRata));
    for (party, price, asked) in [(bo, 200, 20), (cy, 110, 40), (dee, 110, 20)] {
        room.market.floor.must(party.user, bid_for(id, price, asked));
    }
    room.tick(room.at(2 * 86_400));
    // Thirty, six lots, are left for eight and four: four and two.
    let won = [bo, cy, dee].map(|party| units(&room, party.account).0);
    assert_eq!(won, [20, 20, 10]);
    assert_eq!(room.lot(id).price, Some(yuan(110)));
}

fn open_simply(room: &mut Room, format: Format) -> LotId {
    let terms = without_rights(room, format);
    open(room, &terms)
}

#[test]
fn what_nobody_bids_enough_for_goes_back() {
    let (mut room, _) = units_room();
    let [bo, ..] = room.bidders();
    let mut terms = without_rights(&room, uniform(50, Rationing::Time));
    terms.reserve = Some(yuan(150));
    let id = open(&mut room, &terms);
    room.market.floor.must(bo.user, bid_for(id, 140, 50));
    room.tick(room.at(2 * 86_400));
    assert_eq!((room.lot(id).state, room.lot(id).price), (LotState::Unsold, None));
    assert_eq!(opened(&room).len(), 1);
    assert_eq!(units(&room, room.market.ana.account), (100, 0));
    assert_eq!(room.cash(bo), (CASH, 0));
}

#[test]
fn lots_of_units_end_with_their_book() {
    let (mut room, _) = units_room();
    let [bo, ..] = room.bidders();
    let id = open_simply(&mut room, uniform(50, Rationing::Time));
    room.market.floor.must(bo.user, bid_for(id, 140, 50));
    let right = room.market.right;
    room.market
        .floor
        .must(OPERATOR, crate::floor::change(right, AssetChange::Invalidate));
    assert_eq!(room.lot(id).state, LotState::Withdrawn);
    assert_eq!(units(&room, room.market.ana.account), (100, 0));
    assert_eq!(room.cash(bo), (CASH, 0));
}

#[test]
fn units_that_are_held_are_sold_nowhere_else() {
    let (mut room, instrument) = units_room();
    let ana = room.market.ana;
    open_simply(&mut room, uniform(60, Rationing::Time));
    let sell = order(ana.account, instrument, Side::Sell, limit(500), 45);
    assert_eq!(room.market.floor.try_(ana.user, sell), Err(Reject::InsufficientUnits));
}

/// One fault at a time, in the order of the codes.
#[test]
fn a_lot_of_units_is_announced_by_its_owner_on_a_board_that_trades_them() {
    let (mut room, _) = units_room();
    let (ana, bo) = (room.market.ana, room.market.bo);
    let good = without_rights(&room, uniform(60, Rationing::Time));
    let check = |room: &mut Room, by: Party, change: &dyn Fn(&mut AnnounceLot), reject| {
        let mut terms = good.clone();
        change(&mut terms);
        refuses(
            &mut room.market.floor,
            by.user,
            Command::AnnounceLot(Box::new(terms)),
            reject,
        );
    };
    let of = |units: i64| uniform(units, Rationing::Time);
    check(
        &mut room,
        ana,
        &|terms| {
            let Format::Uniform(units) = &mut terms.format else {
                panic!()
            };
            units.symbol = Symbol::new("NONE").unwrap();
        },
        Reject::UnknownInstrument,
    );
    check(&mut room, bo, &|_| {}, Reject::UnknownAccount);
    check(&mut room, bo, &|terms| terms.account = bo.account, Reject::NotTheOwner);
    let right = room.market.right;
    check(
        &mut room,
        ana,
        &|terms| terms.assets = vec![right],
        Reject::LotOfRightsInvalid,
    );
    check(&mut room, ana, &|terms| terms.format = of(62), Reject::QuantityInvalid);
    check(
        &mut room,
        ana,
        &|terms| terms.format = of(105),
        Reject::InsufficientUnits,
    );
    check(
        &mut room,
        ana,
        &|terms| terms.basis = LegalBasis::AuctionLaw,
        Reject::FormatForbidden,
    );
    check(
        &mut room,
        ana,
        &|terms| terms.reserve = Some(yuan(100)),
        Reject::ReserveInvalid,
    );
    // A Chinese venue cuts no right into units.
    let mut other = Room::new();
    let mut terms = without_rights(&other, of(60));
    let Format::Uniform(units) = &mut terms.format else {
        panic!()
    };
    units.symbol = Symbol::new("ANA").unwrap();
    let by = other.market.ana.user;
    let announce = Command::AnnounceLot(Box::new(terms));
    refuses(&mut other.market.floor, by, announce, Reject::UnknownInstrument);
}

#[test]
fn a_bid_for_units_is_on_the_grid_in_whole_lots_and_only_gets_better() {
    let (mut room, _) = units_room();
    let [bo, cy, dee] = room.bidders();
    let id = open_simply(&mut room, uniform(60, Rationing::Time));
    room.refuses(bo, bid(id, 120), Reject::AmountInvalid);
    room.refuses(bo, bid_for(id, 120, 7), Reject::QuantityInvalid);
    room.refuses(bo, bid_for(id, 120, 65), Reject::QuantityTooLarge);
    room.refuses(bo, bid_for(id, 16_700_000, 60), Reject::InsufficientCash);
    room.refuses(bo, bid_for(id, 90, 60), Reject::BidBelowStart);
    room.refuses(bo, bid_for(id, 125, 60), Reject::BidOffGrid);
    room.market.floor.must(bo.user, bid_for(id, 120, 30));
    for (price, units) in [(120, 30), (110, 60), (200, 25)] {
        room.refuses(bo, bid_for(id, price, units), Reject::BidBelowStep);
    }
    room.market.floor.must(bo.user, bid_for(id, 120, 35));
    // Who bids last stands last, also where it only bettered its bid.
    room.market.floor.must(cy.user, bid_for(id, 120, 30));
    room.market.floor.must(bo.user, bid_for(id, 120, 40));
    room.tick(room.at(2 * 86_400));
    assert_eq!(units(&room, cy.account), (30, 0));
    assert_eq!(units(&room, bo.account), (30, 0));
    room.refuses(dee, bid_for(id, 500, 5), Reject::LotClosed);
}

#[test]
fn one_unit_is_enough_for_a_lot_and_one_fen_for_a_step() {
    let (mut room, _) = units_room_of(1);
    let [bo, cy, _] = room.bidders();
    let of = |units, step| {
        let Format::Uniform(terms) = uniform(units, Rationing::Time) else {
            unreachable!()
        };
        let step = yuan(step);
        Format::Uniform(Uniform { step, ..terms })
    };
    for (nothing, reject) in [(of(0, 1), Reject::QuantityInvalid), (of(1, 0), Reject::AmountInvalid)] {
        let announce = Command::AnnounceLot(Box::new(without_rights(&room, nothing)));
        let by = room.market.ana.user;
        refuses(&mut room.market.floor, by, announce, reject);
    }
    let id = open_simply(&mut room, of(1, 1));
    room.market.floor.must(bo.user, bid_for(id, 100, 1));
    room.market.floor.must(cy.user, bid_for(id, 101, 1));
    room.tick(room.at(2 * 86_400));
    assert_eq!((units(&room, bo.account), units(&room, cy.account)), ((0, 0), (1, 0)));
    assert_eq!(room.lot(id).price, Some(yuan(101)));
}

#[test]
fn who_may_take_no_units_is_passed_over() {
    let (mut room, _) = units_room();
    let [bo, cy, _] = room.bidders();
    let id = open_simply(&mut room, uniform(60, Rationing::Time));
    room.market.floor.must(bo.user, bid_for(id, 120, 60));
    room.market.floor.must(cy.user, bid_for(id, 150, 60));
    // There is room for one holder beside the owner, and the better bid has it.
    room.market.rule(|rules| {
        rules.holder_cap = Some(2);
        rules.lock_days = 0;
    });
    room.tick(room.at(2 * 86_400));
    assert_eq!((units(&room, cy.account), units(&room, bo.account)), ((60, 0), (0, 0)));
    assert_eq!(room.cash(bo), (CASH, 0));
    assert_eq!(room.lot(id).price, Some(yuan(150)));
}

pub(crate) fn reverse(start: i64, step: i64) -> Format {
    Format::Reverse(Reverse {
        demand: Bounded::new("一种近似查询方法的普通许可").unwrap(),
        start: yuan(start),
        steps: steps(step),
        clock: Clock {
            window_s: 300,
            extension: Extension::FromBid,
            extensions_max: None,
        },
    })
}

/// dee asks for offers; bo and cy make them.
pub(crate) fn demand(room: &Room, format: Format) -> AnnounceLot {
    let mut terms = without_rights(room, format);
    terms.account = room.market.dee.account;
    terms
}

pub(crate) fn announce_by(room: &mut Room, party: Party, terms: &AnnounceLot) -> LotId {
    match room
        .market
        .floor
        .must(party.user, Command::AnnounceLot(Box::new(terms.clone())))
    {
        Receipt::Deal(seq) => LotId::from(seq),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn asked_for(room: &mut Room, change: impl FnOnce(&mut AnnounceLot)) -> LotId {
    let [bo, cy, dee] = room.bidders();
    let mut terms = demand(room, reverse(100_000, 1_000));
    change(&mut terms);
    let id = announce_by(room, dee, &terms);
    room.go(terms.qualifies_at);
    room.enter(id, bo);
    room.enter(id, cy);
    room.go(terms.opens_at);
    id
}

#[test]
fn the_lowest_offer_wins_and_is_paid_once_the_buyer_has_what_it_asked_for() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = asked_for(&mut room, |terms| {
        terms.fees.seller = BasisPoints(100);
        terms.fees.premium = BasisPoints(200);
    });
    assert_eq!(room.cash(dee), (CASH - 102_000, 102_000));
    room.refuses(bo, bid(id, 101_000), Reject::BidBelowStart);
    room.bid(id, bo, 95_000);
    room.refuses(cy, bid(id, 95_000), Reject::BidBelowStep);
    room.refuses(cy, bid(id, 94_500), Reject::BidBelowStep);
    room.refuses(cy, bid(id, 93_500), Reject::BidOffGrid);
    room.refuses(bo, bid(id, 94_000), Reject::OwnBestBid);
    // A late offer moves the end as a late bid does.
    room.go(room.at(2 * 86_400 - 1));
    room.bid(id, cy, 90_000);
    assert_eq!(room.last(id).ends_at, room.at(2 * 86_400 - 1 + 300));
    room.tick(room.at(2 * 86_400 + 300));
    let lot = room.lot(id);
    assert_eq!((lot.state, lot.price), (LotState::Paid, Some(yuan(90_000))));
    assert_eq!(room.cash(dee), (CASH - 91_800, 91_800));
    assert_eq!((room.cash(bo), room.cash(cy)), ((CASH, 0), (CASH - 10_000, 10_000)));
    // Who wins a demand is owed, and owes nothing.
    let standing = room.standing(id, cy);
    assert_eq!(
        (standing.won, standing.owes, standing.pay_by),
        (Some(yuan(90_000)), None, None)
    );

    let confirm = Command::ConfirmLot(step_of(id));
    refuses(&mut room.market.floor, cy.user, confirm.clone(), Reject::NotPermitted);
    room.market.floor.must(dee.user, confirm.clone());
    assert_eq!(room.lot(id).state, LotState::Delivered);
    assert_eq!(room.cash(dee), (CASH - 91_800, 0));
    assert_eq!(room.cash(cy), (CASH + 90_000 - 900, 0));
    refuses(&mut room.market.floor, dee.user, confirm, Reject::StateForbids);
}

#[test]
fn a_demand_that_nobody_meets_or_that_is_undone_gives_everything_back() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = asked_for(&mut room, |_| {});
    room.tick(room.at(2 * 86_400));
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!([bo, cy, dee].map(|party| room.cash(party)), [(CASH, 0); 3]);

    let mut room = Room::new();
    let id = asked_for(&mut room, |_| {});
    room.bid(id, bo, 95_000);
    room.tick(room.at(2 * 86_400));
    room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(id)));
    assert_eq!(room.lot(id).state, LotState::Annulled);
    assert_eq!([bo, cy, dee].map(|party| room.cash(party)), [(CASH, 0); 3]);
}

#[test]
fn buyer_and_lowest_offer_may_meet_above_what_was_kept_in_mind() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = asked_for(&mut room, |terms| terms.reserve = Some(yuan(80_000)));
    room.bid(id, bo, 90_000);
    room.tick(room.at(2 * 86_400));
    assert_eq!(room.lot(id).state, LotState::Negotiating);
    let name = |price| {
        Command::NegotiateLot(protocol::auction::NegotiateLot {
            lot: id,
            price: Some(yuan(price)),
        })
    };
    // No more than was offered.
    refuses(&mut room.market.floor, dee.user, name(90_001), Reject::AmountInvalid);
    room.market.floor.must(dee.user, name(85_000));
    refuses(&mut room.market.floor, cy.user, name(85_000), Reject::NotAParty);
    room.market.floor.must(bo.user, name(85_000));
    assert_eq!(
        (room.lot(id).state, room.lot(id).price),
        (LotState::Paid, Some(yuan(85_000)))
    );
    assert_eq!(room.cash(dee), (CASH - 85_000, 85_000));
    room.market.floor.must(OPERATOR, Command::ConfirmLot(step_of(id)));
    assert_eq!(room.cash(bo), (CASH + 85_000, 0));
}

#[test]
fn a_demand_is_announced_by_who_can_pay_for_it() {
    let mut room = Room::new();
    let (dee, right) = (room.market.dee, room.market.right);
    let good = demand(&room, reverse(100_000, 1_000));
    let check = |room: &mut Room, change: &dyn Fn(&mut AnnounceLot), reject| {
        let mut terms = good.clone();
        change(&mut terms);
        refuses(
            &mut room.market.floor,
            dee.user,
            Command::AnnounceLot(Box::new(terms)),
            reject,
        );
    };
    let other = room.market.bo.account;
    check(&mut room, &|terms| terms.account = other, Reject::UnknownAccount);
    check(&mut room, &|terms| terms.assets = vec![right], Reject::UnknownAsset);
    check(
        &mut room,
        &|terms| terms.format = reverse(CASH + 1, 1),
        Reject::InsufficientCash,
    );
    check(
        &mut room,
        &|terms| terms.reserve = Some(yuan(100_000)),
        Reject::ReserveInvalid,
    );
    check(
        &mut room,
        &|terms| terms.basis = LegalBasis::AuctionLaw,
        Reject::FormatForbidden,
    );
    // Whoever asks makes no offer itself.
    let id = announce_by(&mut room, dee, &good);
    room.go(good.qualifies_at);
    room.refuses(dee, enter(id, dee), Reject::BarredParty);
}

/// A field of nothing in any format is refused, whatever else is asked of it first.
#[test]
fn nothing_is_no_step_no_clock_and_no_price() {
    let mut room = Room::new();
    let by = room.market.ana.user;
    let falling = |start, step, every_s, floor, hold_s| {
        Format::Descending(protocol::auction::Descending {
            start: yuan(start),
            step: yuan(step),
            every_s,
            floor: yuan(floor),
            hold_s,
        })
    };
    let mut stepless = reverse(1_000, 1);
    let Format::Reverse(terms) = &mut stepless else {
        panic!()
    };
    terms.steps.clear();
    for (format, reject) in [
        (falling(1_000, 0, 60, 500, 60), Reject::AmountInvalid),
        (falling(1_000, 10, 0, 500, 60), Reject::AmountInvalid),
        (falling(1_000, 10, 60, 0, 60), Reject::AmountInvalid),
        (falling(1_000, 10, 60, 500, 0), Reject::AmountInvalid),
        (falling(0, 10, 60, 0, 60), Reject::AmountInvalid),
    ] {
        let terms = room.terms(format);
        refuses(
            &mut room.market.floor,
            by,
            Command::AnnounceLot(Box::new(terms)),
            reject,
        );
    }
    let terms = demand(&room, stepless);
    let dee = room.market.dee.user;
    let announce = Command::AnnounceLot(Box::new(terms));
    refuses(&mut room.market.floor, dee, announce, Reject::StepsInvalid);
    let (mut room, _) = units_room();
    for (units, start, step) in [(0, 100, 10), (60, 0, 10), (60, 100, 0)] {
        let mut format = uniform(60, Rationing::Time);
        let Format::Uniform(terms) = &mut format else { panic!() };
        (terms.units, terms.start, terms.step) = (Quantity::from_units(units), yuan(start), yuan(step));
        let terms = without_rights(&room, format);
        let announce = Command::AnnounceLot(Box::new(terms));
        let by = room.market.ana.user;
        assert!(room.market.floor.try_(by, announce).is_err(), "{units} {start} {step}");
    }
}

#[test]
fn a_round_follows_one_of_its_own_seller_and_its_own_rights() {
    let (mut room, _) = units_room();
    let id = open_simply(&mut room, uniform(50, Rationing::Time));
    room.tick(room.at(2 * 86_400));
    assert_eq!(room.lot(id).state, LotState::Unsold);
    let mut terms = demand(&room, reverse(100_000, 1_000));
    terms.after = Some(id);
    let later = |terms: &mut AnnounceLot, room: &Room| {
        (terms.qualifies_at, terms.opens_at, terms.closes_at) =
            (room.at(3 * 86_400), room.at(3 * 86_400), room.at(4 * 86_400));
    };
    later(&mut terms, &room);
    let dee = room.market.dee.user;
    let announce = Command::AnnounceLot(Box::new(terms));
    refuses(&mut room.market.floor, dee, announce, Reject::RoundInvalid);
    // The seller's own second round, at four fifths at least.
    let mut again = uniform(50, Rationing::Time);
    let Format::Uniform(units) = &mut again else { panic!() };
    units.start = yuan(80);
    let mut terms = without_rights(&room, again);
    terms.after = Some(id);
    later(&mut terms, &room);
    let next = room.announce(&terms);
    assert_eq!(room.lot(next).round, 2);
}

#[test]
fn what_consumption_leaves_of_a_lot_is_sold_with_the_rest() {
    use crate::floor::titles::{buys, sells};
    use protocol::licence::{ReportConsumption, SetUnitContract};
    let (mut room, instrument) = units_room();
    let (ana, [bo, cy, _]) = (room.market.ana, room.bidders());
    let floor = &mut room.market.floor;
    floor.must(ana.user, sells(ana, instrument, 100, 10));
    floor.must(bo.user, buys(bo, instrument, 100, 10));
    let symbol = Symbol::new("ANA").unwrap();
    floor.must(
        ana.user,
        Command::SetUnitContract(SetUnitContract {
            symbol,
            size: 1,
            cumulative: false,
            report_days: 0,
        }),
    );
    floor.must(
        bo.user,
        Command::ReportConsumption(ReportConsumption {
            symbol,
            account: bo.account,
            products: 3,
        }),
    );
    // Seven are left: five by the lot, or all of them; nothing between, and nobody buys odd ones on purpose.
    refuses(floor, bo.user, sells(bo, instrument, 100, 6), Reject::QuantityInvalid);
    refuses(floor, cy.user, buys(cy, instrument, 100, 7), Reject::QuantityInvalid);
    floor.must(bo.user, sells(bo, instrument, 100, 7));
    floor.must(cy.user, buys(cy, instrument, 100, 10));
    // Who got them is in the same place, and as free to go.
    refuses(floor, bo.user, sells(bo, instrument, 200, 1), Reject::QuantityInvalid);
    floor.must(cy.user, sells(cy, instrument, 200, 7));
}

/// What was asked when it was announced is asked once more at the close.
#[test]
fn units_that_a_co_owner_does_not_agree_to_any_more_are_sold_to_nobody_at_the_close() {
    use crate::floor::{
        grants::{consent, owned_by},
        titles::trademark,
    };
    use protocol::title::{Act, WithdrawConsent};
    for consented in [true, false] {
        let mut room = Room {
            market: Market::on(Floor::unit_market()),
        };
        let (ana, [bo, cy, _]) = (room.market.ana, room.bidders());
        let floor = &mut room.market.floor;
        let shared = floor.right(ana.entity, "ANA", |right| {
            trademark(right);
            owned_by(&[ana, cy])(right);
        });
        floor.must(cy.user, consent(shared, Act::Units));
        let mut terms = crate::floor::terms("ANA");
        terms.lot = Quantity::from_units(5);
        let list = Command::ListUnits(Box::new(ListUnits { asset: shared, terms }));
        let Receipt::Instrument(instrument) = floor.must(OPERATOR, list) else {
            panic!()
        };
        let issue = IssueUnits {
            instrument,
            account: ana.account,
            quantity: Quantity::from_units(100),
        };
        floor.must(OPERATOR, Command::IssueUnits(issue));
        let terms = without_rights(&room, uniform(60, Rationing::Time));
        let id = room.announce(&terms);
        room.go(terms.opens_at);
        room.enter(id, bo);
        room.market.floor.must(bo.user, bid_for(id, 150, 30));
        if !consented {
            let gone = WithdrawConsent {
                asset: shared,
                act: Act::Units,
            };
            room.market.floor.must(cy.user, Command::WithdrawConsent(gone));
        }
        room.tick(room.at(2 * 86_400));
        let (state, bought) = if consented {
            (LotState::Delivered, 30)
        } else {
            (LotState::Unsold, 0)
        };
        assert_eq!(room.lot(id).state, state, "{consented}");
        assert_eq!(units(&room, bo.account), (bought, 0), "{consented}");
        assert_eq!(units(&room, ana.account).1, 0);
    }
}

/// The reserve itself is enough.
#[test]
fn units_are_sold_at_the_very_reserve() {
    let (mut room, _) = units_room();
    let [bo, ..] = room.bidders();
    let mut terms = without_rights(&room, uniform(50, Rationing::Time));
    terms.reserve = Some(yuan(150));
    let id = open(&mut room, &terms);
    room.market.floor.must(bo.user, bid_for(id, 150, 50));
    room.tick(room.at(2 * 86_400));
    assert_eq!(units(&room, bo.account), (50, 0));
    assert_eq!(room.lot(id).price, Some(yuan(150)));
}

/// RULES.md F2: a Chinese venue cuts no right into units, also where a book of them closed before it became one.
#[test]
fn no_lot_of_units_is_announced_once_the_venue_trades_none() {
    use protocol::rules::{Approval, Profile};
    let (mut room, _) = units_room();
    let invalidated = crate::floor::change(room.market.right, AssetChange::Invalidate);
    room.market.floor.must(OPERATOR, invalidated);
    let epoch = crate::floor::epoch(Profile::CnVenue, Approval::None, 10, 20);
    room.market.floor.must(OPERATOR, epoch);
    let announce = Command::AnnounceLot(Box::new(without_rights(&room, uniform(50, Rationing::Time))));
    let by = room.market.ana.user;
    refuses(&mut room.market.floor, by, announce, Reject::ModeNotPermitted);
}
