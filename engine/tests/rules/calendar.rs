//! The calendar knows what it knows: what it covers is counted by it, what runs past it is refused, or stays open until
//! another covers it.

use crate::{
    floor::{
        self, CODES, Fast, Floor, OPERATOR, day,
        grants::{accept, licence, made, offering, pay},
        refuses,
        room::{Room, ascending, enter, pause},
        sales::{Market, bid, express, qualify, terms_of},
        titles::{buys, dues, listed, market, sells, title, trademark},
    },
    lots_of_units::asked_for,
};
use engine::book::FastBook;
use protocol::{
    Command, Date, LotId, Reject, Timestamp,
    auction::{AnnounceLot, LotState, NegotiateLot},
    control::{RuleBook, SetRuleBook},
    party::Roles,
    rules::{Approval, Calendar, CalendarTerm, Epoch, Profile},
    time::SECOND,
    title::{AssetState, RecordDues},
    transfer::{LegalBasis, TransferState},
};

/// The rules in force with a calendar of these years, New Year's Day off in each.
fn epoch(profile: Profile, years: &[u16]) -> Command {
    let approval = if profile == Profile::CnVenue {
        Approval::None
    } else {
        Approval::Sandbox
    };
    let Command::Epoch(epoch) = floor::epoch(profile, approval, 10, 20) else {
        unreachable!()
    };
    let new_year = years.iter().map(|year| day(i32::from(*year), 1, 1));
    let calendar = Calendar {
        years: years.to_vec(),
        holidays: new_year.filter(|day| day.weekday() < 5).collect(),
        ..Calendar::default()
    };
    Command::Epoch(Box::new(Epoch { calendar, ..*epoch }))
}

/// A Chinese venue whose calendar covers 2026, on this day.
fn market_on(day: Date) -> Market {
    let mut floor = Floor::cn_venue();
    floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026]));
    floor.until(day);
    Market::on(floor)
}

#[test]
fn what_is_announced_past_the_calendars_end_is_refused() {
    let mut market = market_on(day(2026, 12, 22));
    let ana = market.ana;
    let terms = |market: &Market| terms_of(&[market.right], market.ana);
    // Five days of disclosure end on the 29th, three of bidding on a day of which nobody knows whether it works.
    let listed = market.list_by(ana, terms(&market));
    assert_eq!(listed, Err(Reject::CalendarEnds));
    // The engine counts nothing that no rule allows.
    let mut endless = terms(&market);
    endless.disclosure_days = u32::MAX;
    assert_eq!(market.list_by(ana, endless), Err(Reject::DisclosureInvalid));
    market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026, 2027]));
    market.list_by(ana, terms(&market)).unwrap();

    let mut market = market_on(day(2026, 12, 21));
    let ana = market.ana;
    market.list_by(ana, terms(&market)).unwrap();
}

#[test]
fn a_lot_is_announced_only_where_the_days_to_pay_are_known() {
    let mut room = Room::new();
    room.market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026]));
    let announce = |room: &Room, closes: Date| {
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.closes_at = closes.start();
        Command::AnnounceLot(Box::new(terms))
    };
    let ana = room.market.ana;
    let late = announce(&room, day(2026, 12, 25));
    room.refuses_openly(ana, late, Reject::CalendarEnds);
    let known = announce(&room, day(2026, 12, 24));
    room.market.floor.must(ana.user, known);
}

#[test]
fn a_sale_that_closes_on_a_day_off_has_no_day_more() {
    for closes in [day(2026, 3, 6), day(2026, 3, 7), day(2026, 3, 8)] {
        let mut room = Room::new();
        let [bo, ..] = room.bidders();
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.closes_at = protocol::Timestamp(closes.start().0 + 10 * 3_600 * protocol::time::SECOND);
        let lot = room.announce(&terms);
        room.go(terms.qualifies_at);
        room.enter(lot, bo);
        room.go(terms.opens_at);
        room.bid(lot, bo, 100_000);
        room.tick(terms.closes_at);
        assert_eq!(room.lot(lot).state, LotState::Sold);
        // The last day to pay is Friday the 13th.
        room.tick(protocol::Timestamp(day(2026, 3, 14).start().0 - 2));
        assert_eq!(room.lot(lot).state, LotState::Sold, "closed on {closes}");
        room.tick(day(2026, 3, 14).start());
        assert_eq!(room.lot(lot).state, LotState::Defaulted, "closed on {closes}");
        room.refuses_after(bo, enter(lot, bo), Reject::BarredDefaulter);
    }
}

#[test]
fn a_step_past_the_calendars_end_stays_open_until_one_covers_it() {
    let mut market = market_on(day(2026, 12, 18));
    let bo = market.bo;
    let id = market.list(|_| {});
    market.floor.must(bo.user, express(id, bo));
    market.floor.must(OPERATOR, qualify(id, bo.entity, true));
    market.pass(market.sale(id).disclosed);
    let sale = market.sale(id);
    assert_eq!(sale.state, TransferState::Interest);
    // The 28th to the 31st, and New Year's Day, of which nobody knows yet.
    assert_eq!(
        (sale.step_by, sale.calendar),
        (Some(day(2027, 1, 1)), Some(CalendarTerm::Open))
    );
    market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026, 2027]));
    let sale = market.sale(id);
    assert_eq!((sale.step_by, sale.calendar), (Some(day(2027, 1, 4)), None));
    market.floor.until(day(2027, 1, 4));
    assert_eq!(market.state(id), TransferState::Interest);
    market.floor.until(day(2027, 1, 5));
    assert_eq!(market.state(id), TransferState::Cancelled);
    // Without another calendar the nominal day holds.
    let mut market = market_on(day(2026, 12, 18));
    let bo = market.bo;
    let id = market.list(|_| {});
    market.floor.must(bo.user, express(id, bo));
    market.floor.must(OPERATOR, qualify(id, bo.entity, true));
    market.pass(day(2027, 1, 1));
    assert_eq!(market.state(id), TransferState::Cancelled);
}

#[test]
fn a_step_that_began_at_midnight_counts_from_the_day_that_had_ended() {
    let mut market = market_on(day(2026, 12, 16));
    let (bo, dee) = (market.bo, market.dee);
    let id = market.list(|terms| terms.priority = vec![dee.entity]);
    market.qualified(id, &[bo]);
    market.pass(market.sale(id).disclosed);
    market.floor.must(bo.user, bid(id, 100_000));
    assert_eq!(market.sale(id).priority_ends, Some(day(2026, 12, 31)));
    // Nobody entered by the last day of the year: five working days after it.
    market.floor.until(day(2027, 1, 1));
    let sale = market.sale(id);
    assert_eq!(
        (sale.state, sale.step_by, sale.calendar),
        (TransferState::Contract, Some(day(2027, 1, 7)), Some(CalendarTerm::Open))
    );
    // New Year's Day is none of the five.
    market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026, 2027]));
    let sale = market.sale(id);
    assert_eq!((sale.step_by, sale.calendar), (Some(day(2027, 1, 8)), None));
}

/// Ten in the morning of a day.
fn at_ten(day: Date) -> Timestamp {
    Timestamp(day.start().0 + 10 * 3_600 * SECOND)
}

/// A lot that is open on 28 December 2026, with a day to pay, where the calendar ends with the year.
fn lot_at_the_end(change: impl FnOnce(&mut AnnounceLot)) -> (Room, LotId) {
    let mut room = Room::new();
    room.market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026]));
    room.market.floor.until(day(2026, 12, 18));
    let id = room.open(ascending(100_000, 1_000), |terms| {
        let opens = at_ten(day(2026, 12, 28));
        (terms.qualifies_at, terms.opens_at) = (at_ten(day(2026, 12, 19)), opens);
        (terms.closes_at, terms.payment_days) = (opens.after(3_600 * SECOND), 1);
        change(terms);
    });
    let [bo, ..] = room.bidders();
    room.bid(id, bo, 100_000);
    (room, id)
}

/// Brings the calendar of 2027 into force: the day of the lot's step before and after.
fn covered(room: &mut Room, id: LotId) -> [Option<Date>; 2] {
    let before = room.lot(id);
    assert_eq!(before.calendar, Some(CalendarTerm::Open), "{:?}", before.state);
    room.market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026, 2027]));
    let after = room.lot(id);
    assert_eq!((after.state, after.calendar), (before.state, None));
    [before.step_by, after.step_by]
}

/// The lot's step is in time until this day has ended, and not a moment longer.
fn lasts_until(room: &mut Room, id: LotId, last: Date) {
    let state = room.lot(id).state;
    room.tick(Timestamp(last.next().start().0 - 2));
    assert_eq!(room.lot(id).state, state, "{last}");
    room.tick(last.next().start());
    assert_ne!(room.lot(id).state, state, "{last}");
}

#[test]
fn a_lot_s_days_past_the_calendars_end_stay_open_until_one_covers_them() {
    let closes = at_ten(day(2026, 12, 28)).after(3_600 * SECOND);
    let moved = [Some(day(2027, 1, 4)), Some(day(2027, 1, 5))];
    // To agree, and under the hammer: five working days after Monday the 28th.
    let (mut room, id) = lot_at_the_end(|terms| terms.reserve = Some(floor::yuan(200_000)));
    room.tick(closes);
    assert_eq!(room.lot(id).state, LotState::Negotiating);
    assert_eq!(covered(&mut room, id), moved);
    lasts_until(&mut room, id, day(2027, 1, 5));
    let (mut room, id) = lot_at_the_end(|terms| (terms.basis, terms.viewing_days) = (LegalBasis::AuctionLaw, 2));
    room.tick(closes);
    assert_eq!(room.lot(id).state, LotState::Closed);
    assert_eq!(covered(&mut room, id), moved);
    lasts_until(&mut room, id, day(2027, 1, 5));
    // A buyer and its lowest offer.
    let (mut room, _) = lot_at_the_end(|_| {});
    let [bo, ..] = room.bidders();
    let id = asked_for(&mut room, |terms| {
        terms.qualifies_at = closes;
        (terms.opens_at, terms.closes_at) = (closes.after(60 * SECOND), closes.after(3_600 * SECOND));
        (terms.reserve, terms.payment_days) = (Some(floor::yuan(80_000)), 1);
    });
    room.bid(id, bo, 90_000);
    room.tick(closes.after(3_600 * SECOND));
    assert_eq!(room.lot(id).state, LotState::Negotiating);
    assert_eq!(covered(&mut room, id), moved);
    lasts_until(&mut room, id, day(2027, 1, 5));

    // To pay what was agreed on the last day of the year.
    let (mut room, id) = lot_at_the_end(|terms| terms.reserve = Some(floor::yuan(200_000)));
    let [bo, ..] = room.bidders();
    room.go(at_ten(day(2026, 12, 31)));
    let agree = Command::NegotiateLot(NegotiateLot {
        lot: id,
        price: Some(floor::yuan(150_000)),
    });
    room.market.floor.must(room.market.ana.user, agree.clone());
    room.market.floor.must(bo.user, agree);
    let told = room.standing(id, bo);
    assert_eq!(
        (told.pay_by, told.calendar),
        (Some(day(2027, 1, 1)), Some(CalendarTerm::Open))
    );
    assert_eq!(covered(&mut room, id), [Some(day(2027, 1, 1)), Some(day(2027, 1, 4))]);
    let told = room.standing(id, bo);
    assert_eq!((told.pay_by, told.calendar), (Some(day(2027, 1, 4)), None));
    lasts_until(&mut room, id, day(2027, 1, 4));
    assert_eq!(room.lot(id).state, LotState::Defaulted);

    // Thirty days in which somebody may resume it: the last is a Wednesday, and then one that is off.
    let (mut room, id) = lot_at_the_end(|_| {});
    room.market.floor.must(OPERATOR, pause(id));
    let paused = Timestamp(room.market.floor.at).venue_date();
    assert_eq!(
        covered(&mut room, id),
        [Some(Date(paused.0 + 30)), Some(Date(paused.0 + 30))]
    );
    lasts_until(&mut room, id, Date(paused.0 + 30));
    let (mut room, id) = lot_at_the_end(|terms| {
        terms.opens_at = at_ten(day(2026, 12, 24));
        terms.closes_at = terms.opens_at.after(3_600 * SECOND);
    });
    room.market.floor.must(OPERATOR, pause(id));
    // The thirtieth day is a Saturday.
    let last = [Some(day(2027, 1, 23)), Some(day(2027, 1, 25))];
    assert_eq!(covered(&mut room, id), last);
    lasts_until(&mut room, id, day(2027, 1, 25));
    assert_eq!(room.lot(id).state, LotState::Withdrawn);
}

#[test]
fn a_forfeited_deposit_waits_until_a_day_that_works() {
    // A buyer that has until Wednesday 30 December 2026 to pay, and a year for the resale: until a Thursday.
    for (closes, last) in [
        (day(2026, 12, 29), day(2027, 12, 30)),
        // Until Thursday the 31st: a year later it is a Friday.
        (day(2026, 12, 30), day(2027, 12, 31)),
        // Until Friday the 25th: a Saturday, then a Monday.
        (day(2026, 12, 24), day(2027, 12, 27)),
    ] {
        let (mut room, id) = lot_at_the_end(|terms| {
            terms.opens_at = at_ten(closes);
            terms.closes_at = terms.opens_at.after(3_600 * SECOND);
        });
        let [bo, ..] = room.bidders();
        room.tick(at_ten(closes).after(3_600 * SECOND));
        let pay_by = room.standing(id, bo).pay_by.unwrap();
        lasts_until(&mut room, id, pay_by);
        assert_eq!(room.lot(id).state, LotState::Defaulted);
        let [before, after] = covered(&mut room, id);
        assert_eq!((before, after), (Some(pay_by.plus_months(12)), Some(last)));
        room.tick(Timestamp(last.next().start().0 - 2));
        assert_eq!(room.cash(bo).1, 10_000);
        room.tick(last.next().start());
        assert_eq!(room.cash(bo).1, 0, "it is the owners'");
        assert_eq!(room.lot(id).step_by, None);
    }
}

#[test]
fn a_notice_that_changes_a_covered_year_moves_what_it_takes_days_of() {
    // The State Council made days off of working days that were announced (2020, a week before).
    let corrected = |off: &[Date]| {
        let Command::Epoch(mut epoch) = epoch(Profile::CnVenue, &[2026]) else {
            unreachable!()
        };
        epoch.calendar.holidays.extend(off);
        Command::Epoch(epoch)
    };
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    room.market.floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026]));
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.last(id).ends_at);
    assert_eq!(room.standing(id, bo).pay_by, Some(day(2026, 3, 11)));
    room.market
        .floor
        .must(OPERATOR, corrected(&[day(2026, 3, 9), day(2026, 3, 12)]));
    assert_eq!(room.standing(id, bo).pay_by, Some(day(2026, 3, 13)));
    // Taken back: a day that was told never comes sooner.
    let first = room.market.floor.events.len();
    room.market.floor.must(OPERATOR, corrected(&[]));
    assert_eq!(room.standing(id, bo).pay_by, Some(day(2026, 3, 13)));
    assert_eq!(room.market.floor.records(first), []);
    lasts_until(&mut room, id, day(2026, 3, 13));

    let mut market = market_on(day(2026, 3, 2));
    let id = market.list(|_| {});
    assert_eq!(market.sale(id).disclosed, day(2026, 3, 9));
    market.floor.must(OPERATOR, corrected(&[day(2026, 3, 5)]));
    assert_eq!(market.sale(id).disclosed, day(2026, 3, 10));
}

#[test]
fn a_day_in_months_moves_off_a_day_off_once_a_calendar_covers_it() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    floor.must(OPERATOR, epoch(Profile::UnitMarket, &[2026]));
    let due = floor.right(ana.entity, "DUE", |right| right.due = Some(day(2026, 7, 1)));
    let paid = floor.right(ana.entity, "PAID", |right| right.due = Some(day(2026, 7, 1)));
    let licensed = floor.right(ana.entity, "LICENSED", |_| {});
    floor.until(day(2026, 7, 2));
    // Six months later it is New Year's Day: whether that works nobody knows yet, and the nominal day holds.
    let told = title(&floor, due);
    assert_eq!(
        (told.lapses, told.calendar),
        (Some(day(2027, 1, 2)), Some(CalendarTerm::Open))
    );
    floor.until(day(2026, 10, 1));
    let grant = offering(licensed, ana, bo, |offer| offer.scope.from = day(2026, 10, 1));
    let id = made(&mut floor, ana.user, grant);
    floor.must(bo.user, accept(id));
    floor.must(bo.user, pay(id, bo.account));
    let told = licence(&floor, id);
    assert_eq!(
        (told.record_by, told.calendar),
        (Some(day(2027, 1, 1)), Some(CalendarTerm::Open))
    );
    let renewed = RecordDues {
        asset: paid,
        due: None,
        expires: None,
        evidence: floor::sales::PAPER,
    };
    floor.must(OPERATOR, Command::RecordDues(Box::new(renewed)));

    floor.must(OPERATOR, epoch(Profile::UnitMarket, &[2026, 2027]));
    let told = title(&floor, due);
    assert_eq!((told.lapses, told.calendar), (Some(day(2027, 1, 5)), None));
    assert_eq!(title(&floor, paid).lapses, None);
    let told = licence(&floor, id);
    assert_eq!((told.record_by, told.calendar), (Some(day(2027, 1, 4)), None));
    floor.until(day(2027, 1, 4));
    assert!(title(&floor, due).state != AssetState::Expired);
    floor.until(day(2027, 1, 5));
    assert_eq!(title(&floor, due).state, AssetState::Expired);
}

#[test]
fn dues_that_fall_on_a_day_off_are_in_time_on_the_next_that_works() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    floor.must(OPERATOR, epoch(Profile::UnitMarket, &[2026]));
    // A Saturday; and New Year's Day, of which nothing is known until a calendar covers it.
    let saturday = floor.right(ana.entity, "SATURDAY", |right| right.due = Some(day(2026, 7, 4)));
    let paid = floor.right(ana.entity, "PAID", |right| right.due = Some(day(2026, 7, 4)));
    let new_year = floor.right(ana.entity, "NEW_YEAR", |right| right.due = Some(day(2027, 1, 1)));
    // The right of a mark ends with its term, on whatever day (商标法 40).
    let mark = floor.right(ana.entity, "MARK", |right| {
        trademark(right);
        right.asset.expires = Some(day(2026, 7, 5));
        right.due = Some(day(2026, 7, 4));
    });
    floor.until(day(2026, 7, 6));
    assert!(title(&floor, mark).late);
    let told = title(&floor, saturday);
    assert_eq!((told.due, told.late, told.lapses), (Some(day(2026, 7, 4)), false, None));
    let next = Some(day(2027, 7, 5));
    floor.must(OPERATOR, dues(paid, next, None));
    floor.until(day(2026, 7, 7));
    assert!(title(&floor, saturday).late);
    assert!(!title(&floor, paid).late);
    // Six months from the day itself: a Monday.
    assert_eq!(title(&floor, saturday).lapses, Some(day(2027, 1, 5)));

    floor.must(OPERATOR, epoch(Profile::UnitMarket, &[2026, 2027]));
    floor.until(day(2027, 1, 4));
    assert!(!title(&floor, new_year).late);
    floor.until(day(2027, 1, 5));
    assert!(title(&floor, new_year).late);
}

#[test]
fn a_lock_that_nobody_can_count_holds_until_it_is_surely_over() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    floor.must(OPERATOR, epoch(Profile::UnitMarket, &[2026]));
    let mut rules = RuleBook::of(Profile::UnitMarket);
    rules.lock_days = 5;
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    let (_, book) = listed(&mut floor, ana, "LOCK", |_| {});
    floor.until(day(2026, 12, 28));
    floor.must(ana.user, sells(ana, book, 500, 10));
    floor.must(bo.user, buys(bo, book, 500, 10));
    floor.until(day(2026, 12, 31));
    refuses(&mut floor, bo.user, sells(bo, book, 500, 10), Reject::T5Lock);
    floor.until(day(2027, 1, 6));
    refuses(&mut floor, bo.user, sells(bo, book, 500, 10), Reject::CalendarEnds);
    let mut covered: Fast = Floor::new();
    (covered.exchange, covered.at) = (floor.exchange.clone(), floor.at);
    covered.must(OPERATOR, epoch(Profile::UnitMarket, &[2026, 2027]));
    covered.must(bo.user, sells(bo, book, 500, 10));
    floor.until(day(2027, 3, 1));
    floor.must(bo.user, sells(bo, book, 500, 10));
}

#[test]
fn years_to_come_stay_covered() {
    let mut floor = Fast::cn_venue();
    floor.party(CODES[0], Roles::FIRM);
    floor.must(OPERATOR, epoch(Profile::CnVenue, &[2025, 2026, 2027]));
    for years in [&[][..], &[2026], &[2027], &[2025, 2027]] {
        let command = epoch(Profile::CnVenue, years);
        refuses(&mut floor, OPERATOR, command, Reject::CalendarInvalid);
    }
    floor.must(OPERATOR, epoch(Profile::CnVenue, &[2026, 2027, 2028]));
}
