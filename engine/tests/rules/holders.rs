//! The cap of holders and the lock, by the rule book's vectors (RULES.md F2, 7.8), through real sales.

use crate::floor::sales::{self, Market, bid, describe, enter, express, terms_of};
use crate::floor::{
    self, Floor, OPERATOR, Party, day, epoch,
    grants::consent,
    refuses,
    titles::{self, buys, sells},
    vectors,
};
use engine::book::FastBook;
use protocol::{
    Command, Date, InstrumentId, Receipt, Record, Reject,
    control::{RuleBook, SetRuleBook},
    event::CancelReason,
    party::Roles,
    rules::{Approval, Profile},
    title::Act,
    transfer::TransferState,
};

/// A market that opens some days before its first trade on this one, a working day of disclosure between.
fn opened_before(first: Date) -> Market {
    let mut floor = Floor::new();
    floor.at = Date(first.0 - 5).start().0;
    // A venue that may loosen cap and lock, with the numbers of a Chinese one.
    floor.must(OPERATOR, epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20));
    Market::on(floor)
}

/// Sells ana's right to bo on this day.
fn sold_on(first: Date) -> Market {
    let mut market = opened_before(first);
    market.rule(|rules| rules.disclosure_days = 1);
    let id = market.sold_on(first);
    assert_eq!(market.state(id), TransferState::Released);
    assert_eq!(protocol::Timestamp(market.floor.at).venue_date(), first);
    market
}

/// Whether bo may list what it bought, as far as the lock goes: it still has to have it verified anew.
fn may_sell_on(market: &mut Market, date: Date) -> bool {
    market.floor.until(date);
    let (right, bo) = (market.right, market.bo);
    let outcome = market.list_by(bo, terms_of(&[right], bo));
    match outcome {
        Err(Reject::T5Lock) => false,
        Err(Reject::NotVerified) => true,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_bought_is_not_sold_before_the_vectors_say() {
    let vectors = vectors("t5");
    let cases = vectors["cases"].as_array().unwrap();
    let bought = cases.iter().filter(|case| case["first"] == "buy");
    for case in bought.clone() {
        let date = |name: &str| case[name].as_str().unwrap().parse::<Date>().unwrap();
        let mut market = sold_on(date("on"));
        assert_eq!(may_sell_on(&mut market, date("try")), case["out"] == "ok", "{case}");
    }
    assert_eq!(bought.count(), 2);
}

#[test]
fn six_days_are_the_stricter_reading_and_none_is_no_lock() {
    let monday = day(2026, 3, 2);
    let mut market = sold_on(monday);
    market.rule(|rules| rules.lock_days = 6);
    assert!(!may_sell_on(&mut market, day(2026, 3, 9)));
    assert!(may_sell_on(&mut market, day(2026, 3, 10)));
    let mut market = sold_on(monday);
    market.rule(|rules| rules.lock_days = 0);
    assert!(may_sell_on(&mut market, monday));
}

#[test]
fn becoming_a_nominee_is_no_way_out_of_the_lock() {
    let mut market = sold_on(day(2026, 3, 2));
    let (bo, dee) = (market.bo.entity, market.dee.entity);
    market.floor.must(OPERATOR, describe(bo, "CN", &[dee]));
    assert!(!may_sell_on(&mut market, day(2026, 3, 6)));
}

#[test]
fn owners_are_holders_and_nominees_are_looked_through() {
    let mut market = Market::on(Floor::unit_market());
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let eve = market.floor.party(floor::CODES[4], protocol::party::Roles::INVESTOR);
    market
        .floor
        .must(OPERATOR, describe(eve.entity, "CN", &[cy.entity, dee.entity]));
    market.rule(|rules| rules.holder_cap = Some(2));
    let id = market.list(|_| {});
    let count = |market: &Market| {
        let records = market.floor.records(0).into_iter().rev();
        let mut counts = records.filter_map(|changed| match changed.record {
            Record::Holders(holders) => Some(holders.count),
            _ => None,
        });
        counts.next().unwrap()
    };
    // Two stand behind eve, and one more fits.
    market.rejects(eve, [(express(id, eve), Reject::HolderCap)]);
    market.floor.must(bo.user, express(id, bo));
    market.floor.must(ana.user, sales::cancel(id));
    let id = market.at(TransferState::Released, |_| {});
    assert_eq!(market.state(id), TransferState::Released);
    assert_eq!(count(&market), 2, "ana left and still counts");
    let (right, terms) = (market.right, terms_of(&[market.right], bo));
    assert_eq!(market.list_by(bo, terms), Err(Reject::HolderCap), "nobody new fits");
    market.rule(|rules| (rules.holder_cap, rules.lock_days) = (Some(3), 0));
    let terms = terms_of(&[right], bo);
    assert_eq!(market.list_by(bo, terms), Err(Reject::NotVerified), "one more fits");
}

/// A year of random filings found a nominee of the seller's own beneficial owner among the buyers: bought and sold in
/// one moment.
#[test]
fn nobody_buys_what_it_sells_through_a_nominee() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    // Who turns out to be behind the seller is stopped at each step; who is known to be is promised nothing.
    let id = market.list(|terms| terms.priority = vec![dee.entity]);
    market.floor.must(OPERATOR, describe(ana.entity, "CN", &[dee.entity]));
    market.rejects(dee, [(express(id, dee), Reject::OwnRight)]);
    market.qualified(id, &[bo, cy]);
    market.pass(market.sale(id).disclosed);
    market.floor.must(OPERATOR, describe(bo.entity, "CN", &[dee.entity]));
    market.rejects(bo, [(bid(id, 100_000), Reject::OwnRight)]);
    market.floor.must(cy.user, bid(id, 100_000));
    market.pass(market.sale(id).bidding_ends.unwrap());
    assert_eq!(market.state(id), TransferState::PriorityWindow);
    market.rejects(dee, [(enter(id, dee), Reject::OwnRight)]);
}

/// A market of units under a cap and a lock, with a book of ana's and 40 of its units with each of the others.
fn bound_market(cap: Option<u32>, lock_days: u32) -> (Floor<FastBook>, [Party; 4], InstrumentId) {
    let (mut floor, [ana, bo, cy]) = titles::market::<FastBook>();
    let dee = floor.party(floor::CODES[4], Roles::TRADER);
    floor.cash_in(dee.account, 1_000_000);
    let (_, instrument) = titles::listed(&mut floor, ana, "BOOK", |_| {});
    let mut rules = RuleBook::of(Profile::UnitMarket);
    (rules.holder_cap, rules.lock_days) = (cap, lock_days);
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    (floor, [ana, bo, cy, dee], instrument)
}

#[test]
fn an_order_that_rests_has_its_place_among_the_holders() {
    let (mut floor, [ana, bo, cy, dee], book) = bound_market(Some(3), 0);
    let floor = &mut floor;
    let first = floor.must(bo.user, buys(bo, book, 500, 10));
    floor.must(cy.user, buys(cy, book, 500, 10));
    // Ana, bo and cy: the places are taken, though nobody has traded.
    refuses(floor, dee.user, buys(dee, book, 500, 10), Reject::HolderCap);
    floor.must(bo.user, buys(bo, book, 495, 10));
    // Bo leaves before it traded: its place is free again.
    let Receipt::Order(order) = first else { panic!() };
    floor.must(bo.user, Command::CancelOrder { order });
    refuses(floor, dee.user, buys(dee, book, 500, 10), Reject::HolderCap);
    titles::cancel_all(floor, bo);
    floor.must(dee.user, buys(dee, book, 505, 10));
    let told = floor.events.len();
    floor.must(ana.user, sells(ana, book, 505, 10));
    let counts: Vec<_> = floor
        .records(told)
        .into_iter()
        .filter_map(|changed| match changed.record {
            Record::Holders(holders) => Some(holders.count),
            _ => None,
        })
        .collect();
    assert_eq!(counts, [2], "ana and dee; cy's place is reserved");
    refuses(floor, bo.user, buys(bo, book, 500, 10), Reject::HolderCap);
    // Who holds buys more, and sells whenever it likes.
    floor.must(dee.user, buys(dee, book, 500, 10));
    floor.must(dee.user, sells(dee, book, 600, 10));
}

#[test]
fn a_trade_on_the_book_locks_both_sides_and_so_does_an_order_that_rests() {
    let (mut floor, [ana, bo, ..], book) = bound_market(None, 5);
    let floor = &mut floor;
    floor.must(bo.user, buys(bo, book, 500, 10));
    floor.must(ana.user, sells(ana, book, 500, 5));
    refuses(floor, bo.user, sells(bo, book, 600, 5), Reject::T5Lock);
    refuses(floor, ana.user, buys(ana, book, 400, 5), Reject::T5Lock);
    titles::cancel_all(floor, bo);
    floor::at_start_of(floor, day(2026, 3, 9));
    // Monday to Monday: five trading days.
    floor.must(bo.user, sells(bo, book, 600, 5));
    // It has not sold yet, but it might at any moment.
    refuses(floor, bo.user, buys(bo, book, 400, 5), Reject::T5Lock);
    titles::cancel_all(floor, bo);
    floor.must(bo.user, buys(bo, book, 400, 5));
}

#[test]
fn who_buys_again_waits_from_the_second_time_on() {
    let (mut floor, [ana, bo, ..], book) = bound_market(None, 5);
    let floor = &mut floor;
    for date in [day(2026, 3, 2), day(2026, 3, 4)] {
        floor.at = floor.at.max(date.start().0);
        floor.must(ana.user, sells(ana, book, 500, 5));
        floor.must(bo.user, buys(bo, book, 500, 5));
    }
    // Five trading days after Monday the 2nd are over, those after Wednesday the 4th are not.
    for date in [day(2026, 3, 9), day(2026, 3, 10)] {
        floor::at_start_of(floor, date);
        refuses(floor, bo.user, sells(bo, book, 600, 5), Reject::T5Lock);
    }
    floor::at_start_of(floor, day(2026, 3, 11));
    floor.must(bo.user, sells(bo, book, 600, 5));
}

/// Looked through, a nominee holds nothing itself. Whoever else turns out to stand behind it has held too.
#[test]
fn those_behind_a_nominee_that_only_traded_count_once_they_are_known() {
    let count = |floor: &Floor<FastBook>, told: usize| {
        let records = floor.records(told).into_iter();
        let mut counts = records.filter_map(|changed| match changed.record {
            Record::Holders(holders) => Some(holders.count),
            _ => None,
        });
        counts.next()
    };
    // It bought.
    let (mut floor, [ana, bo, cy, dee], book) = bound_market(Some(10), 0);
    floor.must(OPERATOR, describe(bo.entity, "CN", &[cy.entity]));
    floor.must(ana.user, sells(ana, book, 500, 5));
    floor.must(bo.user, buys(bo, book, 500, 5));
    let told = floor.events.len();
    floor.must(OPERATOR, describe(bo.entity, "CN", &[dee.entity]));
    assert_eq!(count(&floor, told), Some(3), "ana, cy and dee");

    // It sold what it had bought before anybody counted.
    let (mut floor, [ana, bo, cy, dee], book) = bound_market(None, 0);
    floor.must(OPERATOR, describe(bo.entity, "CN", &[cy.entity]));
    floor.must(ana.user, sells(ana, book, 500, 5));
    floor.must(bo.user, buys(bo, book, 500, 5));
    let mut rules = RuleBook::of(Profile::UnitMarket);
    (rules.holder_cap, rules.lock_days) = (Some(10), 0);
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    floor.must(bo.user, sells(bo, book, 500, 5));
    floor.must(ana.user, buys(ana, book, 500, 5));
    let told = floor.events.len();
    floor.must(OPERATOR, describe(bo.entity, "CN", &[dee.entity]));
    assert_eq!(count(&floor, told), Some(3), "ana, cy and dee");
}

/// What is on offer is still its owner's.
#[test]
fn who_has_everything_on_offer_holds() {
    let (mut floor, [ana, bo, cy, _], book) = bound_market(None, 0);
    let floor = &mut floor;
    let contract = |size| {
        Command::SetUnitContract(protocol::licence::SetUnitContract {
            symbol: protocol::Symbol::new("BOOK").unwrap(),
            size,
            cumulative: false,
            report_days: 0,
        })
    };
    floor.must(ana.user, contract(10));
    floor.must(ana.user, sells(ana, book, 500, 10));
    floor.must(bo.user, buys(bo, book, 500, 10));
    floor.must(bo.user, sells(bo, book, 900, 10));
    // It bought under this contract, and still has what it bought.
    refuses(floor, ana.user, contract(20), Reject::UnitContractInvalid);
    let mut rules = RuleBook::of(Profile::UnitMarket);
    (rules.holder_cap, rules.lock_days) = (Some(2), 0);
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    refuses(floor, cy.user, buys(cy, book, 500, 5), Reject::HolderCap);
    floor.must(bo.user, buys(bo, book, 500, 5));
}

/// Before there was a cap nobody was counted: who has nothing left then was no holder.
#[test]
fn who_sold_everything_before_the_cap_came_is_none() {
    let (mut floor, [ana, bo, cy, _], book) = bound_market(None, 0);
    let floor = &mut floor;
    for (seller, buyer) in [(ana, bo), (bo, cy)] {
        floor.must(seller.user, sells(seller, book, 500, 10));
        floor.must(buyer.user, buys(buyer, book, 500, 10));
    }
    let mut rules = RuleBook::of(Profile::UnitMarket);
    (rules.holder_cap, rules.lock_days) = (Some(2), 0);
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    refuses(floor, bo.user, buys(bo, book, 400, 5), Reject::HolderCap);
    floor.must(cy.user, buys(cy, book, 400, 5));
}

/// Orders in the books of a shared right are asked for its owners' consents: that alone counts no holder.
#[test]
fn who_sold_all_it_had_of_a_shared_right_before_the_cap_came_is_none_either() {
    let (mut floor, [ana, bo, cy, dee], _) = bound_market(None, 0);
    let floor = &mut floor;
    let mark = floor.right(ana.entity, "MARK", |right| {
        titles::trademark(right);
        right.owners = vec![titles::share(ana, 1), titles::share(dee, 1)];
    });
    floor.must(dee.user, consent(mark, Act::Units));
    let book = titles::book(floor, ana, mark, "MARK");
    for (seller, buyer) in [(ana, bo), (bo, cy)] {
        floor.must(seller.user, sells(seller, book, 500, 10));
        floor.must(buyer.user, buys(buyer, book, 500, 10));
    }
    // Ana, dee and cy.
    let mut rules = RuleBook::of(Profile::UnitMarket);
    (rules.holder_cap, rules.lock_days) = (Some(3), 0);
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    refuses(floor, bo.user, buys(bo, book, 400, 5), Reject::HolderCap);
    floor.must(cy.user, buys(cy, book, 400, 5));
}

#[test]
fn new_numbers_end_what_rested_under_the_old_ones() {
    let (mut floor, [ana, bo, cy, dee], book) = bound_market(None, 0);
    let floor = &mut floor;
    floor.must(bo.user, buys(bo, book, 500, 10));
    floor.must(ana.user, sells(ana, book, 500, 5));
    let told = floor.events.len();
    let mut rules = RuleBook::of(Profile::UnitMarket);
    rules.holder_cap = Some(2);
    let set = |rules| Command::SetRuleBook(Box::new(SetRuleBook { rules }));
    floor.must(OPERATOR, set(rules));
    assert_eq!(
        titles::cancelled(floor, told),
        [(bo.account, CancelReason::RulesChanged)]
    );
    // Ana and bo have units, so both count.
    refuses(floor, cy.user, buys(cy, book, 400, 5), Reject::HolderCap);
    floor.must(bo.user, buys(bo, book, 400, 5));
    // The same numbers again end nothing.
    let told = floor.events.len();
    rules.step_days = 9;
    floor.must(OPERATOR, set(rules));
    assert_eq!(titles::cancelled(floor, told), []);
    // Bo holds for others from here on: its order was asked of bo alone.
    floor.must(OPERATOR, describe(bo.entity, "CN", &[cy.entity]));
    assert_eq!(
        titles::cancelled(floor, told),
        [(bo.account, CancelReason::RulesChanged)]
    );
    // Cy holds now what bo holds for it, and dee finds no place.
    floor.must(bo.user, buys(bo, book, 400, 5));
    refuses(floor, dee.user, buys(dee, book, 400, 5), Reject::HolderCap);
}

#[test]
fn those_behind_a_holder_count_once_they_are_known() {
    let mut market = Market::new();
    market.at(TransferState::Released, |_| {});
    let (bo, cy, dee) = (market.bo, market.cy, market.dee);
    let told = market.floor.events.len();
    market
        .floor
        .must(floor::OPERATOR, describe(bo.entity, "CN", &[cy.entity, dee.entity]));
    let counted = market
        .floor
        .records(told)
        .into_iter()
        .find_map(|changed| match changed.record {
            Record::Holders(holders) => Some(holders.count),
            _ => None,
        });
    // Ana, bo while it held for itself, cy and dee.
    assert_eq!(counted, Some(4));
}
