//! What the law of a sale asks of a lot: a court's floors and deposits, its creditor, an auction house's hammer, and
//! what each forbids.

use crate::floor::{OPERATOR, day, refuses, room::*, sales::PAPER, vectors, yuan};
use protocol::{
    Amount, Command, Currency, Date, Money, Receipt, Reject, Timestamp,
    asset::AssetClass,
    auction::{
        AnnounceLot, CourtSale, Creditor, Descending, Extension, Format, LotState, Ranked, Sealed, SealedPrice, SellOff,
    },
    maxima::Maxima,
    time::{DAY, SECOND},
    title::{Basis, NamedValue, RecordValuation},
    transfer::LegalBasis,
};

/// A court's lot: a right valued at so much, announced a month before.
pub(crate) fn court(room: &mut Room, value: i64, start: i64) -> AnnounceLot {
    court_valued(room, value, day(2027, 3, 1), start)
}

/// The same; its valuation is good before this day.
fn court_valued(room: &mut Room, value: i64, expires: Date, start: i64) -> AnnounceLot {
    let valuation = RecordValuation {
        asset: room.market.right,
        basis: Basis::Agreed(NamedValue { amount: yuan(value) }),
        expires,
        evidence: PAPER,
    };
    let Receipt::Deal(seq) = room
        .market
        .floor
        .must(OPERATOR, Command::RecordValuation(Box::new(valuation)))
    else {
        panic!()
    };
    let mut terms = room.terms(ascending(start, 1_000));
    let Format::Ascending(format) = &mut terms.format else {
        unreachable!()
    };
    format.maxima = Maxima::NotTaken;
    terms.basis = LegalBasis::Judicial;
    terms.valuation = Some(protocol::ValuationId::from(seq));
    terms.deposit = yuan(start / 10);
    terms.opens_at = room.at(31 * 86_400);
    terms.closes_at = room.at(33 * 86_400);
    terms.court = Some(CourtSale {
        notified: day(2026, 2, 26),
        prior_claims: yuan(0),
        insisted: false,
        order: Some(protocol::Digest([9; 32])),
        debt: None,
        commissioned: false,
    });
    terms
}

#[test]
fn a_court_s_floors_are_those_of_the_rule_book() {
    let vector = vectors("rounds");
    let number = |name: &str| vector[name].as_i64().unwrap();
    let pair = |name: &str| [vector[name][0].as_i64().unwrap(), vector[name][1].as_i64().unwrap()];
    let mut room = Room::new();
    let start = number("S1_min");
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    let low = court(&mut room, number("appraisal"), start - 1);
    refuses(&mut room.market.floor, OPERATOR, announce(&low), Reject::StartTooLow);
    let mut terms = court(&mut room, number("appraisal"), start);
    let [least, most] = pair("dep1");
    for (deposit, fits) in [(least - 1, false), (most + 1, false), (least, true)] {
        terms.deposit = yuan(deposit);
        if !fits {
            refuses(
                &mut room.market.floor,
                OPERATOR,
                announce(&terms),
                Reject::DepositOutOfRange,
            );
        }
    }
    let first = room.announce(&terms);
    room.tick(room.at(33 * 86_400));
    assert_eq!(room.lot(first).state, LotState::Unsold);
    // The second round, at four fifths of the first.
    let start = number("S2_min");
    let mut next = room.terms(ascending(start, 1_000));
    next.basis = LegalBasis::Judicial;
    let Format::Ascending(format) = &mut next.format else {
        unreachable!()
    };
    format.maxima = Maxima::NotTaken;
    next.after = Some(first);
    next.court = terms.court;
    (next.qualifies_at, next.opens_at, next.closes_at) =
        (room.at(34 * 86_400), room.at(49 * 86_400), room.at(51 * 86_400));
    let [least, most] = pair("dep2");
    next.deposit = yuan(most + 1);
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&next),
        Reject::DepositOutOfRange,
    );
    next.deposit = yuan(least);
    let Format::Ascending(format) = &mut next.format else {
        unreachable!()
    };
    format.start = yuan(start - 1);
    refuses(&mut room.market.floor, OPERATOR, announce(&next), Reject::StartTooLow);
    let Format::Ascending(format) = &mut next.format else {
        unreachable!()
    };
    format.start = yuan(start);
    let second = room.announce(&next);
    assert_eq!(room.lot(second).round, 2);
    room.tick(room.at(51 * 86_400));
    // And the sell-off: sixty days at the second round's price, a day of bidding from the first bid on.
    let mut last = next.clone();
    last.format = Format::SellOff(SellOff {
        start: yuan(start),
        runs_s: 86_400,
        steps: steps(1_000),
        clock: COURTS,
    });
    last.after = Some(second);
    (last.qualifies_at, last.opens_at, last.closes_at) =
        (room.at(52 * 86_400), room.at(67 * 86_400), room.at(127 * 86_400));
    // Not a moment shorter, no bidding of less than a day, and at no other price.
    let spoiled = |change: &dyn Fn(&mut AnnounceLot, &mut SellOff)| {
        let mut terms = last.clone();
        let Format::SellOff(mut format) = terms.format.clone() else {
            unreachable!()
        };
        change(&mut terms, &mut format);
        terms.format = Format::SellOff(format);
        announce(&terms)
    };
    for (command, reject) in [
        (
            spoiled(&|terms, _| terms.closes_at = Timestamp(terms.closes_at.0 - 1)),
            Reject::LotTimesInvalid,
        ),
        (spoiled(&|_, format| format.runs_s = 86_399), Reject::LotTimesInvalid),
        (
            spoiled(&|_, format| format.start = yuan(start + 1)),
            Reject::RoundInvalid,
        ),
        (
            spoiled(&|_, format| format.clock.window_s = 299),
            Reject::FormatForbidden,
        ),
    ] {
        refuses(&mut room.market.floor, OPERATOR, command, reject);
    }
    let last = room.announce(&last);
    assert_eq!(room.lot(last).round, 3);
    let [bo, cy, _] = room.bidders();
    room.go(room.at(60 * 86_400));
    room.enter(last, bo);
    room.enter(last, cy);
    room.go(room.at(100 * 86_400));
    room.bid(last, bo, start);
    assert_eq!(room.last(last).ends_at, room.at(101 * 86_400));
    room.bid(last, cy, start + 1_000);
    room.tick(room.at(101 * 86_400));
    let lot = room.lot(last);
    assert_eq!(
        (lot.state, lot.price, lot.buyer),
        (LotState::Sold, Some(yuan(start + 1_000)), Some(cy.entity))
    );
    // The ruling passes the title, whatever the register says.
    room.market.floor.must(cy.user, pay(last));
    room.market.floor.must(OPERATOR, Command::ServeRuling(step_of(last)));
    assert_eq!(room.lot(last).state, LotState::Delivered);
}

/// 参考价规定 27: announced while the valuation is good, a sale and its later rounds may begin until half a year after.
#[test]
fn a_court_s_valuation_may_run_out_before_the_sale_but_not_half_a_year_before() {
    let mut room = Room::new();
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    let midnight = |year, month, number| day(year, month, number).start();
    let mut terms = court_valued(&mut room, 1_000_000, day(2026, 3, 12), 700_000);
    terms.qualifies_at = midnight(2026, 9, 1);
    let opening = |terms: &AnnounceLot, opens_at: Timestamp| AnnounceLot {
        opens_at,
        closes_at: opens_at.after(2 * DAY),
        ..terms.clone()
    };
    let late = opening(&terms, midnight(2026, 9, 12));
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&late),
        Reject::ValuationMissing,
    );
    let first = opening(&terms, Timestamp(midnight(2026, 9, 12).0 - SECOND));
    let first_lot = room.announce(&first);
    room.tick(first.closes_at);
    assert_eq!(room.lot(first_lot).state, LotState::Unsold);
    // A second round would stand on the same valuation, which is too old by now.
    let next = AnnounceLot {
        after: Some(first_lot),
        valuation: None,
        qualifies_at: midnight(2026, 9, 20),
        ..opening(&first, midnight(2026, 10, 10))
    };
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&next),
        Reject::ValuationMissing,
    );
    // So would a new first round on it; one on a new valuation is taken.
    let again = AnnounceLot {
        after: None,
        valuation: terms.valuation,
        ..opening(&next, midnight(2026, 10, 20))
    };
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&again),
        Reject::ValuationMissing,
    );
    let valued = court_valued(&mut room, 1_000_000, day(2027, 9, 1), 700_000).valuation;
    room.announce(&AnnounceLot {
        valuation: valued,
        ..again
    });
}

/// 18号 10: the floor of a court's start is a valuation of the right that is sold, in the money that it is sold for, and
/// good on the day of the announcement.
#[test]
fn a_court_s_start_stands_on_a_good_valuation_of_that_very_right() {
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    let mut room = Room::new();
    let right = room.market.right;
    room.market.right = room.market.another("US2", AssetClass::Patent);
    let mut of_another = court(&mut room, 1_000_000, 700_000);
    of_another.assets = vec![right];
    room.market.right = right;
    let mut late = court_valued(&mut room, 1_000_000, day(2026, 3, 4), 700_000);
    let mut in_dollars = court(&mut room, 1_000_000, 700_000);
    let valuation = RecordValuation {
        asset: right,
        basis: Basis::Agreed(NamedValue {
            amount: Amount::new(Currency::Usd, Money::from_minor(1_000_000)),
        }),
        expires: day(2027, 3, 1),
        evidence: PAPER,
    };
    let record = Command::RecordValuation(Box::new(valuation));
    let Receipt::Deal(seq) = room.market.floor.must(OPERATOR, record) else {
        panic!()
    };
    in_dollars.valuation = Some(protocol::ValuationId::from(seq));
    let good = court(&mut room, 1_000_000, 700_000);
    for bad in [&of_another, &in_dollars] {
        refuses(
            &mut room.market.floor,
            OPERATOR,
            announce(bad),
            Reject::ValuationMissing,
        );
    }
    // On the first day without it, it is none.
    room.market.floor.until(day(2026, 3, 4));
    late.opens_at = day(2026, 4, 6).start();
    late.closes_at = day(2026, 4, 8).start();
    late.qualifies_at = late.opens_at;
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&late),
        Reject::ValuationMissing,
    );
    late.valuation = good.valuation;
    room.announce(&late);
}

/// Half a year is counted from the last day of the valuation, not from the first without it.
#[test]
fn half_a_year_ends_with_the_month_where_it_is_shorter() {
    // The first day without, the last day to open.
    for (expires, last) in [
        (day(2026, 9, 1), day(2027, 2, 28)),
        (day(2026, 8, 31), day(2027, 2, 28)),
        (day(2026, 8, 29), day(2027, 2, 28)),
        (day(2026, 8, 28), day(2027, 2, 27)),
        (day(2026, 7, 1), day(2026, 12, 30)),
    ] {
        let mut room = Room::new();
        let mut terms = court_valued(&mut room, 1_000_000, expires, 700_000);
        terms.opens_at = last.next().start();
        terms.qualifies_at = terms.opens_at;
        terms.closes_at = terms.opens_at.after(DAY);
        let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
        refuses(
            &mut room.market.floor,
            OPERATOR,
            announce(&terms),
            Reject::ValuationMissing,
        );
        terms.opens_at = Timestamp(terms.opens_at.0 - SECOND);
        terms.qualifies_at = terms.opens_at;
        room.announce(&terms);
    }
}

/// A first round in time and a second in time, of one valuation that ran out before the first opened.
#[test]
fn later_rounds_stand_on_the_first_s_valuation() {
    let mut room = Room::new();
    let first = court_valued(&mut room, 1_000_000, day(2026, 3, 12), 700_000);
    let lot = room.announce(&first);
    room.tick(first.closes_at);
    let next = |opens: u64, room: &Room| AnnounceLot {
        after: Some(lot),
        valuation: None,
        qualifies_at: room.at(40 * 86_400),
        opens_at: room.at(opens * 86_400),
        closes_at: room.at((opens + 2) * 86_400),
        ..first.clone()
    };
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    let late = next(194, &room);
    assert_eq!(late.opens_at.venue_date(), day(2026, 9, 12));
    refuses(
        &mut room.market.floor,
        OPERATOR,
        announce(&late),
        Reject::ValuationMissing,
    );
    let second = room.announce(&next(193, &room));
    assert_eq!(room.lot(second).round, 2);
}

#[test]
fn the_creditor_sets_aside_what_its_claim_does_not_cover() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    for (claim, held) in [(4_000, 6_000), (10_000, 0), (99_000, 0)] {
        let mut room = Room::new();
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.creditor = Some(Creditor {
            entity: bo.entity,
            claim: yuan(claim),
        });
        let id = room.announce(&terms);
        room.go(terms.qualifies_at);
        room.enter(id, bo);
        room.enter(id, cy);
        assert_eq!((room.cash(bo).1, room.cash(cy).1), (held, 10_000));
    }
    let _ = &mut room;
}

#[test]
fn the_hammer_makes_an_auction_house_s_sale() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.basis = LegalBasis::AuctionLaw;
        terms.viewing_days = 2;
        terms.opens_at = Timestamp(terms.opens_at.0 + 6 * 86_400 * SECOND);
        terms.closes_at = Timestamp(terms.closes_at.0 + 6 * 86_400 * SECOND);
    });
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS + 6 * 86_400));
    assert_eq!(room.lot(id).state, LotState::Closed);
    room.refuses_openly(bo, pay(id), Reject::NotAParty);
    room.market.floor.must(OPERATOR, Command::ConfirmLot(step_of(id)));
    assert_eq!(room.lot(id).state, LotState::Sold);
    room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(id)));
    assert_eq!(room.lot(id).state, LotState::Annulled);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

/// 拍卖法 3, 51: to the highest public bid, by a price that rises or falls.
#[test]
fn an_auction_house_sells_by_rising_and_falling_bids_and_not_by_sealed_ones() {
    let falling = Format::Descending(Descending {
        start: yuan(100_000),
        step: yuan(1_000),
        every_s: 60,
        floor: yuan(50_000),
        hold_s: 60,
    });
    let sell_off = Format::SellOff(SellOff {
        start: yuan(100_000),
        runs_s: 86_400,
        steps: steps(1_000),
        clock: COURTS,
    });
    let sealed = Format::Sealed(Sealed {
        start: yuan(100_000),
        pays: SealedPrice::First,
        reveal_s: 60,
        penalty: yuan(0),
    });
    for (format, public) in [
        (ascending(100_000, 1_000), true),
        (falling, true),
        (sell_off, true),
        (sealed, false),
    ] {
        let mut room = Room::new();
        let mut terms = room.terms(format);
        (terms.basis, terms.viewing_days) = (LegalBasis::AuctionLaw, 2);
        terms.opens_at = room.at(OPENS + 6 * 86_400);
        terms.closes_at = room.at(ENDS + 6 * 86_400);
        if public {
            room.announce(&terms);
        } else {
            let announce = Command::AnnounceLot(Box::new(terms));
            refuses(
                &mut room.market.floor,
                room.market.ana.user,
                announce,
                Reject::FormatForbidden,
            );
        }
    }
}

#[test]
fn the_law_of_a_sale_forbids_what_the_rule_book_says() {
    for case in vectors("legal_basis").as_array().unwrap() {
        let mut room = Room::new();
        let dee = room.market.dee;
        let mut terms = match case["format"].as_str() {
            Some("sealed_second_price") => room.terms(Format::Sealed(Sealed {
                start: yuan(100_000),
                pays: SealedPrice::Second,
                reveal_s: 60,
                penalty: yuan(0),
            })),
            Some("descending") => room.terms(Format::Descending(Descending {
                start: yuan(100_000),
                step: yuan(1_000),
                every_s: 60,
                floor: yuan(50_000),
                hold_s: 60,
            })),
            None => court(&mut room, 100_000, 70_000),
            other => panic!("{other:?}"),
        };
        terms.basis = match case["basis"].as_str().unwrap() {
            "AUCTION_LAW" => LegalBasis::AuctionLaw,
            "JUDICIAL" => LegalBasis::Judicial,
            _ => LegalBasis::VenueRule,
        };
        if case["extension"] == "from_end" {
            let Format::Ascending(format) = &mut terms.format else {
                unreachable!()
            };
            format.clock.extension = Extension::FromEnd;
        }
        if case["priority_holder"] == true {
            terms.priority = vec![Ranked {
                entity: dee.entity,
                rank: 1,
            }];
        }
        if terms.basis == LegalBasis::Judicial {
            let ordered = court(&mut room, 100_000, 70_000).court;
            terms.court = terms.court.or(ordered);
        }
        let outcome = room.market.floor.try_(OPERATOR, Command::AnnounceLot(Box::new(terms)));
        let expected = if case["out"] == "ok" {
            Ok(())
        } else {
            Err(Reject::FormatForbidden)
        };
        assert_eq!(outcome.map(|_| ()), expected, "{case}");
    }
}

/// 拍卖变卖财产规定 14: once what was sold covers the debt and its costs, the rest of the order is taken back.
#[test]
fn a_court_stops_once_the_debt_is_covered() {
    for (debt, state) in [(700_000, LotState::Withdrawn), (700_001, LotState::Qualifying)] {
        let mut room = Room::new();
        let [bo, ..] = room.bidders();
        let right = room.market.right;
        let owed = |terms: &mut AnnounceLot| {
            let court = terms.court.as_mut().expect("a court sells");
            court.debt = Some(yuan(debt));
        };
        let mut first = court(&mut room, 1_000_000, 700_000);
        owed(&mut first);
        let id = room.announce(&first);
        room.market.right = room.market.another("US2", AssetClass::Patent);
        let mut second = court(&mut room, 1_000_000, 700_000);
        owed(&mut second);
        second.opens_at = room.at(40 * 86_400);
        second.closes_at = room.at(42 * 86_400);
        let other = room.announce(&second);
        room.market.right = right;
        room.go(first.opens_at);
        room.enter(id, bo);
        room.bid(id, bo, 700_000);
        room.tick(first.closes_at);
        room.market.floor.must(bo.user, pay(id));
        assert_eq!(room.lot(other).state, state, "{debt}");
    }
}

/// 18号 37: a court that sells by itself takes nothing of the buyer, and a commission only where a house was commissioned.
#[test]
fn a_court_that_sells_by_itself_takes_no_premium_and_no_commission() {
    let mut room = Room::new();
    let mut terms = court(&mut room, 1_000_000, 700_000);
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    for (premium, commission, commissioned, fits) in [
        (1, false, false, false),
        (1, true, true, false),
        (0, true, false, false),
        (0, true, true, true),
    ] {
        terms.fees.premium = protocol::BasisPoints(premium);
        terms.fees.commission = commission;
        terms.court = terms.court.map(|court| CourtSale { commissioned, ..court });
        if fits {
            room.announce(&terms);
        } else {
            refuses(
                &mut room.market.floor,
                OPERATOR,
                announce(&terms),
                Reject::FeesOutOfRange,
            );
        }
    }
}

/// A court pays its debtor, or itself, and nobody else; no court's user knows of another account.
#[test]
fn a_court_s_user_names_the_debtor_s_account_and_no_stranger_s() {
    let mut room = Room::new();
    let (ana, bo) = (room.market.ana, room.market.bo);
    let court_user = room
        .market
        .floor
        .party(crate::floor::CODES[6], protocol::party::Roles::COURT);
    let mut terms = court(&mut room, 1_000_000, 700_000);
    terms.account = bo.account;
    let announce = |terms: &AnnounceLot| Command::AnnounceLot(Box::new(terms.clone()));
    refuses(
        &mut room.market.floor,
        court_user.user,
        announce(&terms),
        Reject::UnknownAccount,
    );
    terms.account = ana.account;
    room.market.floor.must(court_user.user, announce(&terms));
}

/// 18号: a court tells those concerned three days before it announces.
#[test]
fn a_court_announces_on_the_third_day_after_it_told_those_concerned() {
    let mut room = Room::new();
    let mut terms = court(&mut room, 1_000_000, 700_000);
    let mut told = |notified: Date| {
        terms.court = terms.court.map(|court| CourtSale { notified, ..court });
        Command::AnnounceLot(Box::new(terms.clone()))
    };
    let (late, in_time) = (told(day(2026, 2, 28)), told(day(2026, 2, 27)));
    refuses(&mut room.market.floor, OPERATOR, late, Reject::NoticeTooShort);
    room.market.floor.must(OPERATOR, in_time);
}

/// 18号 26: the second round is announced within thirty days of the first one's end.
#[test]
fn a_court_s_second_round_is_announced_on_the_thirtieth_day_at_the_latest() {
    let mut room = Room::new();
    let terms = court(&mut room, 1_000_000, 700_000);
    let first = room.announce(&terms);
    room.tick(terms.closes_at);
    assert_eq!(room.lot(first).state, LotState::Unsold);
    let last = Date(terms.closes_at.venue_date().0 + 30);
    let mut next = terms.clone();
    next.after = Some(first);
    (next.qualifies_at, next.opens_at) = (Date(last.0 + 2).start(), Date(last.0 + 20).start());
    next.closes_at = Date(last.0 + 22).start();
    let announce = Command::AnnounceLot(Box::new(next));
    let mut late = crate::floor::sales::copy_at(&room.market, last.next().start().0);
    refuses(&mut late, OPERATOR, announce.clone(), Reject::RoundInvalid);
    room.go(last.start());
    room.market.floor.must(OPERATOR, announce);
}
