//! What the auction room got wrong once: the wrong number checked, a rule asked on one road only, money that nobody
//! could free. Each test is a kind, not a case.

use crate::floor::{
    OPERATOR, Party, day, refuses,
    room::*,
    sales::{self, describe},
    yuan,
};
use engine::{Exchange, book::PlainBook};
use protocol::{
    Command, Date, LotId, Reject, Timestamp,
    auction::{
        AnnounceLot, Ascending, BuyLot, Clock, Descending, Extension, Format, LotState, NegotiateLot, Ranked, Sealed,
        SealedPrice, SellOff, SettleDefault,
    },
    maxima::Maxima,
    time::{DAY, SECOND},
    title::Act,
    transfer::LegalBasis,
};

fn fixed(start: i64, step: i64, price: i64) -> Format {
    let Format::Ascending(terms) = ascending(start, step) else {
        unreachable!()
    };
    Format::Ascending(Ascending {
        buy_now: Some(yuan(price)),
        ..terms
    })
}

fn falling(start: i64, floor: i64) -> Format {
    Format::Descending(Descending {
        start: yuan(start),
        step: yuan(1_000),
        every_s: 60,
        floor: yuan(floor),
        hold_s: 600,
    })
}

fn sealed(pays: SealedPrice) -> Format {
    Format::Sealed(Sealed {
        start: yuan(100_000),
        pays,
        reveal_s: 600,
        penalty: yuan(0),
    })
}

fn announcing(terms: &AnnounceLot) -> Command {
    Command::AnnounceLot(Box::new(terms.clone()))
}

/// Whoever may announce it is refused for this.
fn refuses_to_announce(room: &mut Room, terms: &AnnounceLot, reject: Reject) {
    let by = room.announcer(terms);
    refuses(&mut room.market.floor, by, announcing(terms), reject);
}

/// Another right of ana's.
fn second_right(room: &mut Room) -> protocol::AssetId {
    let ana = room.market.ana;
    room.market.floor.right(ana.entity, "US2", crate::floor::grants::plain)
}

fn ranked(party: Party, rank: u32) -> Ranked {
    Ranked {
        entity: party.entity,
        rank,
    }
}

#[test]
fn a_consent_is_held_against_the_lowest_price_that_a_format_can_reach() {
    let mut room = Room::new();
    let (ana, [bo, ..]) = (room.market.ana, room.bidders());
    let owners = [ana, bo];
    let shared = crate::floor::grants::owned_by(&owners);
    let right = room.market.floor.right(ana.entity, "US7", shared);
    room.market.floor.must(
        bo.user,
        Command::GiveConsent(Box::new(protocol::title::GiveConsent {
            asset: right,
            act: Act::Transfer,
            floor: Some(yuan(90_000)),
            until: None,
        })),
    );
    for (format, fits) in [
        (falling(100_000, 89_999), false),
        (falling(100_000, 90_000), true),
        (ascending(89_999, 1_000), false),
        (sealed(SealedPrice::First), true),
    ] {
        let mut terms = room.terms(format);
        terms.assets = vec![right];
        if fits {
            let lot = room.announce(&terms);
            room.market.floor.must(ana.user, Command::WithdrawLot(step_of(lot)));
        } else {
            refuses_to_announce(&mut room, &terms, Reject::CoOwnerConsent);
        }
    }
}

#[test]
fn a_next_round_is_held_against_where_a_falling_price_stops() {
    let mut room = Room::new();
    let first = room.open(ascending(100_000, 1_000), |_| {});
    room.tick(room.at(ENDS));
    let mut again = room.terms(falling(100_000, 79_999));
    again.after = Some(first);
    (again.qualifies_at, again.opens_at) = (room.at(ENDS + 100), room.at(ENDS + 200));
    refuses_to_announce(&mut room, &again, Reject::StartTooLow);
    again.format = falling(100_000, 80_000);
    room.announce(&again);
    // What the announcement breaks is told before what stands in its way and ends by itself.
    refuses_to_announce(&mut room, &again, Reject::AlreadyOffered);
    again.format = falling(100_000, 79_999);
    refuses_to_announce(&mut room, &again, Reject::StartTooLow);
}

#[test]
fn a_maximum_that_reaches_the_reserve_lifts_the_price_to_it_and_says_so() {
    let reserve = |terms: &mut AnnounceLot| terms.reserve = Some(yuan(120_000));
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), reserve);
    room.market.floor.must(bo.user, maximum(id, 119_000));
    assert_eq!((room.leads(id).1, room.last(id).reserve_met), (100_000, Some(false)));
    // Against the other's maximum, and by the leader's own raise.
    room.market.floor.must(cy.user, maximum(id, 125_000));
    assert_eq!(room.leads(id), (room.number(id, cy), 120_000));
    assert_eq!(room.last(id).reserve_met, Some(true));
    room.tick(room.at(ENDS));
    assert_eq!(
        (room.lot(id).state, room.lot(id).reserve_met),
        (LotState::Sold, Some(true))
    );
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), reserve);
    room.bid(id, bo, 100_000);
    room.market.floor.must(bo.user, maximum(id, 121_000));
    assert_eq!(room.leads(id), (room.number(id, bo), 120_000));
    assert_eq!(room.last(id).bids, 2);
    // A reserve that no bid could meet is none.
    let mut room = Room::new();
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.reserve = Some(yuan(120_500));
    refuses_to_announce(&mut room, &terms, Reject::ReserveInvalid);
}

#[test]
fn nobody_goes_beyond_a_fixed_price_that_stands() {
    // Below the reserve it would end the lot for nothing.
    let mut room = Room::new();
    let mut terms = room.terms(fixed(100_000, 1_000, 150_000));
    terms.reserve = Some(yuan(151_000));
    refuses_to_announce(&mut room, &terms, Reject::ReserveInvalid);

    let by_bid = |room: &mut Room, id, party: Party| room.bid(id, party, 180_000);
    let by_buying = |room: &mut Room, id, party: Party| {
        room.market.floor.must(party.user, Command::BuyLot(BuyLot { lot: id }));
    };
    let by_maximum = |room: &mut Room, id, party: Party| {
        room.market.floor.must(party.user, maximum(id, 180_000));
    };
    // Another bid is there, or none; of two maxima that reach it the earlier has it.
    type Way<'a> = (&'a dyn Fn(&mut Room, LotId, Party), bool);
    let ways: [Way<'_>; 3] = [(&by_bid, true), (&by_buying, true), (&by_maximum, false)];
    for (way, latest) in ways {
        let mut room = Room::new();
        let [bo, cy, _] = room.bidders();
        let id = room.open(fixed(100_000, 1_000, 150_000), |_| {});
        room.market.floor.must(bo.user, maximum(id, 170_000));
        way(&mut room, id, cy);
        let lot = room.lot(id);
        let buyer = room.number(id, if latest { cy } else { bo });
        assert_eq!(
            (lot.state, lot.price, lot.number),
            (LotState::Sold, Some(yuan(150_000)), Some(buyer))
        );
        assert_eq!(lot.ends_at, room.last(id).ends_at, "it ended with the bid");
    }
    // Alone, a maximum beyond it goes no further than it must.
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(fixed(100_000, 1_000, 150_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 180_000));
    assert_eq!(room.leads(id).1, 100_000);
}

#[test]
fn of_equal_prices_the_better_rank_has_it_and_then_the_earlier() {
    let priority = |ranks: [u32; 2]| {
        move |terms: &mut AnnounceLot, [bo, cy, _]: [Party; 3]| {
            terms.priority = vec![ranked(bo, ranks[0]), ranked(cy, ranks[1])];
        }
    };
    for (ranks, cy_has_it) in [([1, 2], false), ([1, 1], false), ([2, 1], true)] {
        for under_maxima in [false, true] {
            let mut room = Room::new();
            let [bo, cy, _] = room.bidders();
            let parties = room.bidders();
            let id = room.open(ascending(100_000, 1_000), |terms| priority(ranks)(terms, parties));
            if under_maxima {
                room.market.floor.must(bo.user, maximum(id, 120_000));
                room.market.floor.must(cy.user, maximum(id, 120_000));
                assert_eq!(room.leads(id).1, 120_000);
            } else {
                room.bid(id, bo, 100_000);
                let same = room.market.floor.try_(cy.user, bid(id, 100_000));
                assert_eq!(same.is_ok(), cy_has_it);
            }
            let has_it = room.number(id, if cy_has_it { cy } else { bo });
            assert_eq!(room.leads(id).0, has_it, "{ranks:?} {under_maxima}");
        }
    }
    // Who has no rank has it after who has one, under maxima too.
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.priority = vec![ranked(cy, 3)]);
    room.market.floor.must(bo.user, maximum(id, 120_000));
    room.market.floor.must(cy.user, maximum(id, 120_000));
    assert_eq!(room.leads(id), (room.number(id, cy), 120_000));
    assert!(room.last(id).matched);
}

#[test]
fn priority_is_promised_only_where_it_can_be_used_and_by_whom_the_door_lets_in() {
    let mut room = Room::new();
    let (ana, [bo, ..]) = (room.market.ana, room.bidders());
    for format in [
        fixed(100_000, 1_000, 150_000),
        falling(100_000, 50_000),
        sealed(SealedPrice::First),
        sealed(SealedPrice::Second),
    ] {
        let mut terms = room.terms(format);
        terms.priority = vec![ranked(bo, 1)];
        refuses_to_announce(&mut room, &terms, Reject::FormatForbidden);
    }
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.priority = vec![ranked(ana, 1)];
    refuses_to_announce(&mut room, &terms, Reject::RanksInvalid);
    // A co-owner sells as well: it is no holder either.
    let owners = [ana, bo];
    let shared = crate::floor::grants::owned_by(&owners);
    let right = room.market.floor.right(ana.entity, "US7", shared);
    room.market
        .floor
        .must(bo.user, crate::floor::grants::consent(right, Act::Transfer));
    terms.assets = vec![right];
    terms.priority = vec![ranked(bo, 1)];
    refuses_to_announce(&mut room, &terms, Reject::RanksInvalid);
}

#[test]
fn a_maximum_stands_on_the_announced_ladder_and_so_does_what_follows_it() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.refuses(bo, bid(id, 100_001), Reject::BidOffGrid);
    room.market.floor.must(bo.user, maximum(id, 120_000));
    room.refuses(cy, maximum(id, 120_001), Reject::BidOffGrid);
    room.market.floor.must(cy.user, maximum(id, 121_000));
    room.bid(id, dee, 122_000);
    // Across a step that changes: 108,000, 109,000, 110,000, 115,000 …
    let tiers = |terms: &mut AnnounceLot| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.steps.push(protocol::auction::PriceStep {
            from: yuan(110_000),
            step: yuan(5_000),
        });
    };
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), tiers);
    room.bid(id, bo, 108_000);
    for (price, fits) in [(111_000, false), (115_000, true), (117_000, false), (125_000, true)] {
        let party = if price > 115_000 { dee } else { cy };
        assert_eq!(
            room.market.floor.try_(party.user, bid(id, price)).is_ok(),
            fits,
            "{price}"
        );
    }
}

#[test]
fn a_cap_on_extensions_counts_windows() {
    let clock = Clock {
        window_s: 300,
        extension: Extension::FromBid,
        extensions_max: Some(2),
    };
    let capped = |terms: &mut AnnounceLot| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.clock = clock;
    };
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), capped);
    let closes = room.at(ENDS).0;
    // Two moves of a nanosecond are not two windows.
    for nanosecond in 1..=4 {
        room.go(Timestamp(closes - 300 * SECOND + nanosecond));
        let price = 100_000 + 1_000 * nanosecond as i64;
        room.bid(id, if nanosecond % 2 == 0 { bo } else { cy }, price);
    }
    room.go(Timestamp(closes + 3));
    room.bid(id, cy, 105_000);
    assert_eq!(room.last(id).ends_at.0, closes + 3 + 300 * SECOND);
    // Two windows in all, to the nanosecond, and then it stands.
    room.go(Timestamp(closes + 300 * SECOND + 1));
    room.bid(id, bo, 106_000);
    assert_eq!(room.last(id).ends_at.0, closes + 600 * SECOND);
    room.go(Timestamp(closes + 600 * SECOND - 1));
    room.bid(id, cy, 107_000);
    assert_eq!(room.last(id).ends_at.0, closes + 600 * SECOND);
}

#[test]
fn who_owes_nothing_is_never_late_and_has_back_what_is_above_the_price() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(6_000, 1_000), |_| {});
    room.bid(id, bo, 6_000);
    room.tick(room.at(ENDS));
    assert_eq!(room.lot(id).state, LotState::Paid);
    assert_eq!(room.standing(id, bo).owes, Some(yuan(0)));
    assert_eq!(room.cash(bo), (1_000_000_000 - 6_000, 6_000));
    refuses(&mut room.market.floor, bo.user, pay(id), Reject::NothingOwed);
}

#[test]
fn only_a_court_or_an_operator_announces_a_court_s_sale() {
    let mut room = Room::new();
    let ana = room.market.ana;
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.basis = LegalBasis::Judicial;
    refuses(
        &mut room.market.floor,
        ana.user,
        announcing(&terms),
        Reject::NotPermitted,
    );
}

#[test]
fn what_the_state_owns_is_disclosed_as_long_in_a_lot_as_in_a_sale() {
    let mut room = Room::new();
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.state_owned = true;
    refuses_to_announce(&mut room, &terms, Reject::DisclosureInvalid);
    // The twentieth working day after Monday 2 March is the last of the disclosure.
    terms.opens_at = day(2026, 3, 30).start();
    terms.closes_at = Timestamp(terms.opens_at.0 + DAY);
    refuses_to_announce(&mut room, &terms, Reject::DisclosureInvalid);
    terms.opens_at = day(2026, 3, 31).start();
    terms.closes_at = Timestamp(terms.opens_at.0 + DAY);
    room.announce(&terms);
}

#[test]
fn a_forfeited_deposit_reaches_somebody_by_every_resale_and_without_one() {
    let settle = |lot, resale| {
        Command::SettleDefault(SettleDefault {
            lot,
            resale,
            costs: yuan(100),
        })
    };
    // In two parts, in another order, or never.
    for resold in [2, 1, 0] {
        let mut room = Room::new();
        let [bo, cy, _] = room.bidders();
        let all = vec![room.market.right, second_right(&mut room)];
        let first = room.open(ascending(100_000, 1_000), |terms| terms.assets = all.clone());
        room.bid(first, bo, 100_000);
        room.tick(room.at(ENDS));
        room.tick(day(2026, 3, 12).start());
        assert_eq!(room.lot(first).state, LotState::Defaulted);
        let parts: Vec<Vec<_>> = match resold {
            2 => all.iter().map(|asset| vec![*asset]).collect(),
            1 => vec![all.iter().rev().copied().collect()],
            _ => vec![],
        };
        let mut resales = vec![];
        for assets in parts {
            let mut again = room.terms(ascending(40_000, 1_000));
            again.assets = assets;
            let now = room.market.floor.at;
            let at = |seconds: u64| Timestamp(now + seconds * SECOND);
            (again.qualifies_at, again.opens_at, again.closes_at) = (at(10), at(20), at(4_000));
            let resale = room.announce(&again);
            room.go(again.opens_at);
            room.enter(resale, cy);
            room.bid(resale, cy, 40_000);
            room.tick(again.closes_at);
            room.market.floor.must(cy.user, pay(resale));
            resales.push(resale);
        }
        let ana = room.cash(room.market.ana).0;
        let last = resales.len().saturating_sub(1);
        for (place, resale) in resales.iter().enumerate() {
            assert_eq!(room.cash(bo).1, 10_000, "held until all is sold");
            room.market.floor.must(OPERATOR, settle(first, *resale));
            if place < last {
                refuses(
                    &mut room.market.floor,
                    OPERATOR,
                    settle(first, *resale),
                    Reject::ResaleInvalid,
                );
            }
        }
        if resold == 0 {
            room.tick(Timestamp(day(2027, 3, 12).start().0 - 10));
            assert_eq!(room.cash(bo).1, 10_000);
            room.tick(day(2027, 3, 12).start());
        }
        assert_eq!(room.cash(bo), (1_000_000_000 - 10_000, 0));
        let costs = 100 * resales.len() as i64;
        assert_eq!(room.cash(room.market.ana).0 - ana, 10_000 - costs, "{resold}");
    }
}

#[test]
fn a_deposit_that_a_sale_settled_is_read_back() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let lot = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(lot, bo, 100_000);
    room.tick(day(2026, 3, 12).start());
    let market = &mut room.market;
    let sale = market.list(|_| {});
    market.qualified(sale, &[cy]);
    let disclosed = market.sale(sale).disclosed;
    market.pass(disclosed);
    market.floor.must(cy.user, sales::bid(sale, 100_000));
    for by in [market.ana, cy] {
        market.floor.must(by.user, sales::sign(sale, sales::CONTRACT));
    }
    market.floor.must(cy.user, sales::fund(sale));
    let settle = SettleDefault {
        lot,
        resale: LotId(sale.0),
        costs: yuan(0),
    };
    market.floor.must(OPERATOR, Command::SettleDefault(settle));
    let exchange = &market.floor.exchange;
    let loaded = Exchange::<PlainBook>::load(&exchange.save());
    assert_eq!(loaded.map(|same| same.state_hash()), Ok(exchange.state_hash()));
}

#[test]
fn no_state_of_a_lot_waits_for_somebody_s_good_will_for_ever() {
    // Paused: a month.
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.market.floor.must(OPERATOR, pause(id));
    let last = Date(Timestamp(room.market.floor.at).venue_date().0 + 30);
    assert_eq!(room.lot(id).step_by, Some(last));
    room.tick(Timestamp(last.next().start().0 - 2));
    assert_eq!(room.lot(id).state, LotState::Paused);
    room.tick(last.next().start());
    assert_eq!((room.lot(id).state, room.cash(bo).1), (LotState::Withdrawn, 0));
    // Under the hammer: five working days.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.basis = LegalBasis::AuctionLaw;
        terms.viewing_days = 2;
        (terms.opens_at, terms.closes_at) = (day(2026, 3, 12).start(), day(2026, 3, 13).start());
    });
    room.bid(id, bo, 100_000);
    room.tick(day(2026, 3, 13).start());
    assert_eq!(room.lot(id).state, LotState::Closed);
    room.tick(day(2026, 3, 21).start());
    assert_eq!((room.lot(id).state, room.cash(bo).1), (LotState::Unsold, 0));
    // Below the reserve: either declines.
    for by_seller in [false, true] {
        let mut room = Room::new();
        let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
        room.bid(id, bo, 100_000);
        room.tick(room.at(ENDS));
        assert_eq!(room.lot(id).state, LotState::Negotiating);
        let decline = Command::NegotiateLot(NegotiateLot { lot: id, price: None });
        let by = if by_seller { room.market.ana } else { bo };
        room.market.floor.must(by.user, decline);
        assert_eq!((room.lot(id).state, room.cash(bo).1), (LotState::Unsold, 0));
    }
}

#[test]
fn a_print_tells_who_bid_and_when_the_price_stood() {
    let mut room = Room::new();
    let [_, cy, _] = room.bidders();
    let id = room.open(falling(100_000, 50_000), |_| {});
    room.go(room.at(OPENS + 125));
    room.bid(id, cy, 100_000);
    let accepted = room.market.floor.at;
    room.deliver(id, cy);
    let told = room
        .market
        .floor
        .events
        .iter()
        .rev()
        .find_map(|event| match &event.body {
            protocol::Event::Public(protocol::PublicEvent::Notice(notice)) => match &**notice {
                protocol::Notice::TitleSold(print) => Some(print.clone()),
                _ => None,
            },
            _ => None,
        });
    let told = told.unwrap();
    assert_eq!((told.bidders, told.bids), (3, 1));
    assert_eq!(told.agreed_at.0, accepted);
    assert_eq!(room.lot(id).ends_at.0, accepted);
}

#[test]
fn a_lot_is_disclosed_once() {
    for bids in [0, 1] {
        let mut room = Room::new();
        let [bo, ..] = room.bidders();
        let id = room.open(ascending(100_000, 1_000), |_| {});
        if bids > 0 {
            room.bid(id, bo, 100_000);
        }
        room.tick(room.at(ENDS));
        let disclosed = room.market.floor.events.iter().filter(
            |event| matches!(&event.body, protocol::Event::Staff(protocol::StaffEvent::LotDisclosed { lot }) if *lot == id),
        );
        assert_eq!(disclosed.count(), 1);
    }
}

#[test]
fn nobody_bids_against_itself_through_a_nominee() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    // Known only after both had entered: who is known to stand before another enters beside nobody.
    let behind = describe(cy.entity, "CN", &[bo.entity]);
    room.market.floor.must(OPERATOR, behind);
    room.bid(id, bo, 100_000);
    room.refuses(cy, bid(id, 101_000), Reject::OwnBestBid);
    room.refuses(cy, maximum(id, 101_000), Reject::OwnBestBid);
    room.bid(id, dee, 101_000);
    room.bid(id, cy, 102_000);
}

#[test]
fn the_lowest_sealed_offer_wins_and_is_paid_its_own_or_the_second() {
    use crate::lots_of_units::{announce_by, demand};
    use protocol::auction::{CommitBid, RevealBid, SealedReverse};
    for (pays, reserve, price) in [
        (SealedPrice::First, None, Some(70_000)),
        (SealedPrice::Second, None, Some(80_000)),
        (SealedPrice::Second, Some(75_000), Some(75_000)),
        (SealedPrice::Second, Some(60_000), None),
    ] {
        let mut room = Room::new();
        let [bo, cy, dee] = room.bidders();
        let format = Format::SealedReverse(SealedReverse {
            demand: protocol::Bounded::new("一种近似查询方法的普通许可").unwrap(),
            start: yuan(100_000),
            pays,
            reveal_s: 600,
            penalty: yuan(0),
        });
        let mut terms = demand(&room, format);
        terms.reserve = reserve.map(yuan);
        let id = announce_by(&mut room, dee, &terms);
        assert_eq!(room.cash(dee).1, 100_000, "the most that it pays is set aside");
        room.go(terms.qualifies_at);
        let offers = [(bo, 80_000, [1; 32]), (cy, 70_000, [2; 32])];
        for (party, _, _) in offers {
            room.enter(id, party);
        }
        room.go(terms.opens_at);
        room.refuses(bo, bid(id, 90_000), Reject::FormatForbidden);
        for (party, minor, nonce) in offers {
            let commitment = seal(id, room.number(id, party), minor, nonce);
            let commit = CommitBid { lot: id, commitment };
            room.market.floor.must(party.user, Command::CommitBid(Box::new(commit)));
        }
        room.tick(terms.closes_at);
        for (party, minor, nonce) in offers {
            let reveal = RevealBid {
                lot: id,
                price: yuan(minor),
                nonce: protocol::Digest(nonce),
            };
            room.market.floor.must(party.user, Command::RevealBid(Box::new(reveal)));
        }
        room.tick(Timestamp(terms.closes_at.0 + 600 * SECOND));
        let lot = room.lot(id);
        assert_eq!(lot.price, price.map(yuan), "{pays:?} {reserve:?}");
        if let Some(price) = price {
            assert_eq!((lot.state, lot.number), (LotState::Paid, Some(room.number(id, cy))));
            assert_eq!(room.cash(dee).1, price, "what is set aside is the price");
            room.market.floor.must(dee.user, Command::ConfirmLot(step_of(id)));
            assert_eq!(room.cash(cy), (1_000_000_000 + price, 0));
        } else {
            assert_eq!(lot.state, LotState::Negotiating);
        }
    }
}

#[test]
fn a_court_sells_where_the_venue_is_listed_or_in_play() {
    use protocol::{
        auction::CourtSale,
        rules::{Approval, Epoch, Profile},
    };
    let refused = |listing: Option<&str>, approval: Approval, order: Option<protocol::Digest>| {
        let mut room = Room::new();
        let Command::Epoch(epoch) = crate::floor::epoch(Profile::UnitMarket, approval, 10, 20) else {
            unreachable!()
        };
        let judicial_listing = listing.map(|text| protocol::Bounded::new(text).unwrap());
        room.market.floor.must(
            OPERATOR,
            Command::Epoch(Box::new(Epoch {
                judicial_listing,
                ..*epoch
            })),
        );
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.basis = LegalBasis::Judicial;
        terms.court = Some(CourtSale {
            notified: day(2026, 2, 26),
            prior_claims: yuan(0),
            insisted: false,
            order,
            debt: None,
            commissioned: false,
        });
        room.market.floor.try_(OPERATOR, announcing(&terms)).unwrap_err()
    };
    let order = Some(protocol::Digest([9; 32]));
    let approved = || Approval::Reference(protocol::Bounded::new("深知监〔2026〕1号").unwrap());
    assert_eq!(refused(None, approved(), order), Reject::JudicialListingMissing);
    assert_eq!(
        refused(Some("法〔2026〕7号"), approved(), None),
        Reject::CourtOrderMissing
    );
    // What is wrong next is the format, which takes maxima: the court itself is let in.
    assert_eq!(
        refused(Some("法〔2026〕7号"), approved(), order),
        Reject::FormatForbidden
    );
    assert_eq!(refused(None, Approval::Sandbox, None), Reject::FormatForbidden);
}

#[test]
fn a_cap_beyond_all_windows_is_none() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.clock.extensions_max = Some(u32::MAX);
    });
    room.go(Timestamp(room.at(ENDS).0 - 1));
    room.bid(id, bo, 100_000);
    assert_eq!(room.last(id).ends_at.0, room.at(ENDS).0 - 1 + 300 * SECOND);
}

#[test]
fn of_two_maxima_that_reach_the_fixed_price_the_earlier_has_it_a_step_below_it_too() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(fixed(100_000, 1_000, 150_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 170_000));
    room.bid(id, dee, 148_000);
    assert_eq!(room.leads(id).1, 149_000);
    room.market.floor.must(cy.user, maximum(id, 180_000));
    let lot = room.lot(id);
    assert_eq!(
        (lot.state, lot.price, lot.number),
        (LotState::Sold, Some(yuan(150_000)), Some(room.number(id, bo)))
    );
}

#[test]
fn a_lot_that_is_no_court_s_takes_no_court_s_lot_back() {
    use protocol::auction::CourtSale;
    let order = protocol::Digest([9; 32]);
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let second = second_right(&mut room);
    let court = |debt: Option<i64>| CourtSale {
        notified: day(2026, 2, 26),
        prior_claims: yuan(0),
        insisted: false,
        order: Some(order),
        debt: debt.map(yuan),
        commissioned: false,
    };
    let valuation = protocol::title::RecordValuation {
        asset: second,
        basis: protocol::title::Basis::Agreed(protocol::title::NamedValue { amount: yuan(100_000) }),
        expires: day(2027, 3, 1),
        evidence: order,
    };
    let record = Command::RecordValuation(Box::new(valuation));
    let protocol::Receipt::Deal(seq) = room.market.floor.must(OPERATOR, record) else {
        panic!()
    };
    let mut terms = room.terms(ascending(70_000, 1_000));
    let Format::Ascending(format) = &mut terms.format else {
        unreachable!()
    };
    format.maxima = Maxima::NotTaken;
    terms.assets = vec![second];
    terms.basis = LegalBasis::Judicial;
    terms.valuation = Some(protocol::ValuationId::from(seq));
    terms.deposit = yuan(7_000);
    terms.opens_at = room.at(31 * 86_400);
    terms.closes_at = room.at(33 * 86_400);
    terms.court = Some(court(Some(0)));
    refuses_to_announce(&mut room, &terms, Reject::AmountInvalid);
    terms.court = Some(court(Some(60_000)));
    let held = room.announce(&terms);
    // An owner's lot names the same order and a debt of a cent.
    let id = room.open(ascending(100_000, 1_000), |terms| terms.court = Some(court(Some(1))));
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    room.market.floor.must(bo.user, pay(id));
    assert_eq!(room.lot(held).state, LotState::Qualifying);
}

/// 商标法 42: marks that are linked pass together.
#[test]
fn a_lot_sells_rights_of_the_same_owners_each_once_and_linked_marks_together() {
    let mut room = Room::new();
    let (ana, [bo, ..]) = (room.market.ana, room.bidders());
    let shared = room
        .market
        .floor
        .right(ana.entity, "US7", crate::floor::grants::owned_by(&[ana, bo]));
    room.market
        .floor
        .must(bo.user, crate::floor::grants::consent(shared, Act::Transfer));
    let [mark, linked] = ["TM1", "TM2"].map(|name| {
        room.market
            .floor
            .right(ana.entity, name, crate::floor::titles::trademark)
    });
    let link = protocol::title::LinkMarks {
        assets: vec![mark, linked],
    };
    room.market.floor.must(OPERATOR, Command::LinkMarks(Box::new(link)));
    let right = room.market.right;
    let mut terms = room.terms(ascending(100_000, 1_000));
    for (assets, reject) in [
        (vec![right, shared], Reject::LotOfRightsInvalid),
        (vec![right, right], Reject::LotOfRightsInvalid),
        (vec![right, mark], Reject::BundleIncomplete),
    ] {
        terms.assets = assets;
        refuses_to_announce(&mut room, &terms, reject);
    }
    terms.assets = vec![mark, right, linked];
    room.announce(&terms);
}

/// 国发〔2011〕38号: who bought a title sells it five trading days later at the earliest. A bid that ends a lot at once may
/// come as it opens, and a sell-off is over once its bidding has run.
#[test]
fn a_title_under_lock_is_offered_where_no_bid_takes_it_before_the_lock_is_over() {
    let mut room = Room::new();
    let bo = room.market.bo;
    room.market.at(protocol::transfer::TransferState::Released, |_| {});
    let today = Timestamp(room.market.floor.at).venue_date();
    let mut fresh = crate::floor::titles::verify(room.market.right);
    fresh.extract.drawn = today;
    room.market.floor.must(OPERATOR, crate::floor::titles::verified(&fresh));
    let sell_off = |days: u32| {
        Format::SellOff(SellOff {
            start: yuan(100_000),
            runs_s: days * 86_400,
            steps: steps(1_000),
            clock: COURTS,
        })
    };
    let opens = today.next().start();
    for (format, fits) in [
        (fixed(100_000, 1_000, 150_000), false),
        (falling(100_000, 90_000), false),
        (sell_off(1), false),
        (sell_off(10), true),
        (ascending(100_000, 1_000), true),
    ] {
        let mut terms = room.terms(format);
        terms.account = bo.account;
        (terms.qualifies_at, terms.opens_at) = (opens, opens);
        terms.closes_at = Timestamp(opens.0 + 20 * DAY);
        if fits {
            let lot = crate::lots_of_units::announce_by(&mut room, bo, &terms);
            room.market.floor.must(bo.user, Command::WithdrawLot(step_of(lot)));
        } else {
            refuses(&mut room.market.floor, bo.user, announcing(&terms), Reject::T5Lock);
        }
    }
}

/// A reserve is met by a step or an offer that may come, and one that nobody could reach is none.
#[test]
fn a_reserve_is_a_price_that_the_format_can_reach() {
    let mut room = Room::new();
    let announced = |room: &mut Room, format: Format, reserve: i64, fits: bool| {
        let mut terms = room.terms(format);
        terms.reserve = Some(yuan(reserve));
        if fits {
            let (ana, lot) = (room.market.ana, room.announce(&terms));
            room.market.floor.must(ana.user, Command::WithdrawLot(step_of(lot)));
        } else {
            refuses_to_announce(room, &terms, Reject::ReserveInvalid);
        }
    };
    // A falling price stops at its floor and has no reserve beside it.
    announced(&mut room, falling(100_000, 90_000), 110_000, false);
    announced(&mut room, falling(100_000, 90_000), 95_000, false);
    // A fixed price may be the reserve itself, and is not below it.
    announced(&mut room, fixed(100_000, 1_000, 120_000), 121_000, false);
    announced(&mut room, fixed(100_000, 1_000, 120_000), 120_000, true);
    announced(&mut room, ascending(100_000, 1_000), 120_500, false);
    announced(&mut room, sealed(SealedPrice::First), 100_000, false);
    announced(&mut room, sealed(SealedPrice::First), 100_001, true);
    // Who asks for offers may keep one fen in mind.
    let dee = room.market.dee;
    let mut terms = crate::lots_of_units::demand(&room, crate::lots_of_units::reverse(100_000, 1));
    terms.reserve = Some(yuan(0));
    refuses(
        &mut room.market.floor,
        dee.user,
        announcing(&terms),
        Reject::ReserveInvalid,
    );
    terms.reserve = Some(yuan(1));
    crate::lots_of_units::announce_by(&mut room, dee, &terms);
}

#[test]
fn a_fixed_price_lies_above_the_start_and_no_further_than_a_lot_may_cost() {
    let mut room = Room::new();
    let ana = room.market.ana;
    for (price, fits) in [
        (100_000, false),
        (100_001, true),
        (protocol::auction::LOT_PRICE_MAX, true),
        (protocol::auction::LOT_PRICE_MAX + 1, false),
    ] {
        let terms = room.terms(fixed(100_000, 1_000, price));
        if fits {
            let lot = room.announce(&terms);
            room.market.floor.must(ana.user, Command::WithdrawLot(step_of(lot)));
        } else {
            refuses_to_announce(&mut room, &terms, Reject::AmountInvalid);
        }
    }
    // No deposit need be asked for, and a ladder is of one money.
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.deposit = yuan(0);
    let lot = room.announce(&terms);
    room.market.floor.must(ana.user, Command::WithdrawLot(step_of(lot)));
    let Format::Ascending(format) = &mut terms.format else {
        unreachable!()
    };
    let mut dear = format.steps[0];
    dear.from = protocol::Amount::new(protocol::Currency::Usd, protocol::Money::from_minor(200_000));
    format.steps.push(dear);
    refuses_to_announce(&mut room, &terms, Reject::StepsInvalid);
}

#[test]
fn a_price_falls_fen_by_fen_and_stays_at_its_floor() {
    let mut room = Room::new();
    let bo = room.market.bo;
    let format = Format::Descending(Descending {
        start: yuan(104),
        step: yuan(1),
        every_s: 60,
        floor: yuan(100),
        hold_s: 60,
    });
    let id = room.open(format, |_| {});
    // Four minutes to the floor, and one at it.
    room.go(room.at(OPENS + 299));
    room.bid(id, bo, 100);
    assert_eq!(room.lot(id).price, Some(yuan(100)));
}
