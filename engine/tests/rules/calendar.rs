//! The calendar knows what it knows: what it covers is counted by it, what runs past it is refused, or stays open until
//! another covers it.

use crate::floor::{
    self, CODES, Fast, Floor, OPERATOR, day,
    grants::{accept, licence, made, offering, pay},
    refuses,
    room::{Room, ascending, enter},
    sales::{Market, express, qualify, terms_of},
    titles::{buys, listed, market, sells, title},
};
use engine::book::FastBook;
use protocol::{
    Command, Date, Reject,
    auction::LotState,
    control::{RuleBook, SetRuleBook},
    party::Roles,
    rules::{Approval, Calendar, CalendarTerm, Epoch, Profile},
    title::{AssetState, RecordDues},
    transfer::TransferState,
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
