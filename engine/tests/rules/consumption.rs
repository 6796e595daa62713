//! Licence units in use: what reports and audits consume, and one fault of them at a time.

use crate::floor::grants::{self, EVIDENCE, NO_ACCOUNT, agreed, ladder, plain, state, today, user};
use crate::floor::units::{listed, market, symbol, tranche, units_posted};
use crate::floor::{self, CODES, Fast, OPERATOR, change, just_before, limit, order, refuses};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    AccountId, Command, Date, LicenceId, Readers, Reject, Side, Symbol, Timestamp,
    event::PostingReason::Consumed,
    licence::{AuditConsumption, LicenceState, ReportConsumption, SetUnitContract},
    party::Roles,
    rules::{Approval, Profile},
    title::AssetChange,
};

fn contract(size: u32, cumulative: bool, report_days: u32) -> Command {
    Command::SetUnitContract(SetUnitContract {
        symbol: symbol(),
        size,
        cumulative,
        report_days,
    })
}

fn report(account: AccountId, products: u32) -> Command {
    Command::ReportConsumption(ReportConsumption {
        symbol: symbol(),
        account,
        products,
    })
}

fn audit(account: AccountId, products: u32) -> Command {
    Command::AuditConsumption(Box::new(AuditConsumption {
        symbol: symbol(),
        account,
        products,
        evidence: EVIDENCE,
    }))
}

fn one_and_the_other_rounding<B: Book>() {
    for (cumulative, expected) in [(true, [2, 2, 2, 3]), (false, [2, 3, 3, 4])] {
        let mut market = market::<B>();
        let bo = market.bo;
        market.sells_to(bo, 100);
        market.floor.must(market.ana.user, contract(100, cumulative, 0));
        // RULES.md 2.3: of size 100, reports of 150 and 30.
        for (products, consumed) in [150, 30, 0, 21].into_iter().zip(expected) {
            market.floor.must(bo.user, report(bo.account, products));
            assert_eq!(market.used(bo.account).1, consumed, "{products}");
        }
        assert_eq!(market.used(bo.account).0, 201);
        // What is consumed cannot be sold, and the venue has fewer units.
        let sale = |units| order(bo.account, market.units, Side::Sell, limit(100), units);
        refuses(&mut market.floor, bo.user, sale(100), Reject::InsufficientUnits);
        market.floor.must(bo.user, sale(90));
    }
}

#[test]
fn units_round_up_over_all_reports_or_over_each() {
    one_and_the_other_rounding::<FastBook>();
    one_and_the_other_rounding::<PlainBook>();
}

#[test]
fn a_report_tells_the_holder_and_the_owner() {
    let mut market = market::<FastBook>();
    let (ana, bo) = (market.ana, market.bo);
    market.sells_to(bo, 100);
    market.floor.must(OPERATOR, contract(100, true, 0));
    let first = market.floor.events.len();
    market.floor.must(bo.user, report(bo.account, 1_050));
    assert_eq!(units_posted(&market.floor, first), [(bo.account, -11, 0, Consumed)]);
    let told = market.floor.records(first);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].readers, Readers::Only(vec![bo.entity, ana.entity]));
    assert_eq!(market.used(bo.account), (1_050, 11, 0));
    assert_eq!(market.consumption(bo.account).due, None, "nobody has to report");
    let first = market.floor.events.len();
    market.floor.must(bo.user, report(bo.account, 50));
    assert_eq!(units_posted(&market.floor, first), [], "the last unit was not full");
}

#[test]
fn an_audit_only_adds_and_what_is_missing_stays_owed() {
    let mut market = market::<FastBook>();
    let (bo, cy) = (market.bo, market.cy);
    market.sells_to(bo, 10);
    market.floor.must(OPERATOR, contract(100, true, 0));
    market.floor.must(bo.user, report(bo.account, 450));
    market.floor.must(OPERATOR, audit(bo.account, 50));
    assert_eq!(market.used(bo.account), (500, 5, 0));
    market.floor.must(OPERATOR, audit(bo.account, 850));
    assert_eq!(market.used(bo.account), (1_350, 10, 4));
    // A report of something new needs all of it; a report of nothing settles what it can.
    refuses(
        &mut market.floor,
        bo.user,
        report(bo.account, 51),
        Reject::InsufficientUnits,
    );
    market.floor.must(bo.user, report(bo.account, 50));
    assert_eq!(market.used(bo.account), (1_400, 10, 4));
    market.sells_to(bo, 10);
    refuses(
        &mut market.floor,
        bo.user,
        report(bo.account, 601),
        Reject::InsufficientUnits,
    );
    market.floor.must(bo.user, report(bo.account, 0));
    assert_eq!(market.used(bo.account), (1_400, 14, 0));
    market.floor.must(bo.user, report(bo.account, 600));
    assert_eq!(market.used(bo.account), (2_000, 20, 0));
    // Who never had a unit owes all of it; a part is settled by what comes first.
    market.floor.must(OPERATOR, audit(cy.account, 2_000));
    assert_eq!(market.used(cy.account), (2_000, 0, 20));
    market.sells_to(cy, 10);
    market.floor.must(cy.user, report(cy.account, 0));
    assert_eq!(market.used(cy.account), (2_000, 10, 10));
    // Another audit takes what was owed and what it found, as far as there is any.
    market.sells_to(cy, 20);
    market.floor.must(OPERATOR, audit(cy.account, 100));
    assert_eq!(market.used(cy.account), (2_100, 21, 0));
}

#[test]
fn a_report_is_due_on_its_day_and_late_after_it() {
    let mut market = market::<FastBook>();
    let bo = market.bo;
    market.sells_to(bo, 100);
    market.floor.must(OPERATOR, contract(100, true, 30));
    market.floor.must(bo.user, report(bo.account, 100));
    let due = Date(today().0 + 30);
    assert_eq!(market.consumption(bo.account).due, Some(due));
    just_before(&mut market.floor, due.next());
    market.floor.must(OPERATOR, Command::Tick);
    assert!(!market.consumption(bo.account).late);
    market.floor.must(OPERATOR, Command::Tick);
    assert_eq!(market.floor.at, due.next().start().0);
    assert!(market.consumption(bo.account).late);
    // An audit is no report; nothing made is one.
    market.floor.must(OPERATOR, audit(bo.account, 100));
    assert!(market.consumption(bo.account).late);
    market.floor.must(bo.user, report(bo.account, 0));
    let next = market.consumption(bo.account);
    // The thirtieth day is a Saturday: until Monday.
    assert_eq!((next.due, next.late), (Some(Date(due.0 + 33)), false));
    // Reported early: the old day is nothing any more.
    market.floor.must(bo.user, report(bo.account, 0));
    market.floor.until(Date(due.0 + 2));
    market.floor.must(bo.user, report(bo.account, 0));
    let last = Date(due.0 + 33);
    assert_eq!(market.floor.exchange.next_deadline(), last.next().start());
    let first = market.floor.events.len();
    market.floor.until(last);
    assert_eq!(market.floor.records(first), []);
    // Once the book is closed, the last report is the last.
    market.floor.must(OPERATOR, change(market.right, AssetChange::Delist));
    market.floor.must(bo.user, report(bo.account, 100));
    assert_eq!(market.consumption(bo.account).due, None);
}

#[test]
fn a_report_is_not_late_by_an_outage_nor_by_a_day_off() {
    let mut market = market::<FastBook>();
    let bo = market.bo;
    market.sells_to(bo, 100);
    market.floor.must(OPERATOR, contract(100, true, 30));
    market.floor.must(bo.user, report(bo.account, 100));
    let due = market.consumption(bo.account).due.unwrap();
    market.floor.at = due.next().start().0 + 1;
    let down_from = Timestamp(due.next().start().0 - 1);
    market.floor.must(OPERATOR, Command::Resumed { down_from });
    let told = market.consumption(bo.account);
    assert_eq!((told.due, told.late), (Some(Date(due.0 + 2)), false));
    // That day is one off by a notice that comes later.
    let Command::Epoch(mut epoch) = crate::floor::epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20) else {
        unreachable!()
    };
    epoch.calendar.years = vec![2026];
    epoch.calendar.holidays = vec![Date(due.0 + 2)];
    market.floor.must(OPERATOR, Command::Epoch(epoch));
    let told = market.consumption(bo.account);
    assert_eq!((told.due, told.calendar), (Some(Date(due.0 + 5)), None));
    market.floor.until(Date(due.0 + 5));
    assert!(!market.consumption(bo.account).late);
    market.floor.until(Date(due.0 + 6));
    assert!(market.consumption(bo.account).late);
}

#[test]
fn contracts_and_reports_are_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    market.sells_to(bo, 10);
    let floor = &mut market.floor;
    let reader = user(floor, bo.entity, Roles::DATA_CONSUMER);
    let no_units = Symbol::new("NONE").unwrap();
    let of_nothing = |mut command: Command| {
        match &mut command {
            Command::SetUnitContract(asked) => asked.symbol = no_units,
            Command::ReportConsumption(asked) => asked.symbol = no_units,
            Command::AuditConsumption(asked) => asked.symbol = no_units,
            _ => unreachable!(),
        }
        command
    };
    ladder(
        floor,
        [
            (reader, of_nothing(report(NO_ACCOUNT, 1_001)), Reject::UnknownAccount),
            (bo.user, report(cy.account, 1_001), Reject::UnknownAccount),
            (reader, of_nothing(report(bo.account, 1_001)), Reject::UnknownInstrument),
            (reader, report(bo.account, 1_001), Reject::NotPermitted),
            (cy.user, report(cy.account, 0), Reject::InsufficientUnits),
            (bo.user, report(bo.account, 1_001), Reject::UnitContractMissing),
        ],
    );
    ladder(
        floor,
        [
            (OPERATOR, of_nothing(audit(NO_ACCOUNT, 0)), Reject::UnknownAccount),
            (OPERATOR, of_nothing(audit(bo.account, 0)), Reject::UnknownInstrument),
            (bo.user, of_nothing(audit(NO_ACCOUNT, 0)), Reject::NotPermitted),
            (bo.user, audit(bo.account, 0), Reject::NotPermitted),
            (OPERATOR, audit(bo.account, 0), Reject::QuantityInvalid),
            (OPERATOR, audit(bo.account, 1), Reject::UnitContractMissing),
        ],
    );
    let contract_invalid = [
        contract(0, true, 0),
        contract(1_000_000_001, true, 0),
        contract(100, true, 3_661),
    ];
    ladder(
        floor,
        [
            (reader, of_nothing(contract(0, true, 0)), Reject::UnknownInstrument),
            (reader, contract(0, true, 0), Reject::NotPermitted),
            (bo.user, contract(0, true, 0), Reject::NotTheOwner),
        ],
    );
    for invalid in contract_invalid {
        refuses(floor, ana.user, invalid, Reject::UnitContractInvalid);
    }
    floor.must(ana.user, contract(100, true, 0));
    // Bo has units under it: it stands.
    refuses(
        floor,
        ana.user,
        contract(1_000_000_000, true, 3_660),
        Reject::UnitContractInvalid,
    );
    refuses(floor, bo.user, report(bo.account, 1_001), Reject::InsufficientUnits);
    floor.must(bo.user, report(bo.account, 1_000));
    refuses(floor, ana.user, contract(100, true, 0), Reject::UnitContractInvalid);
    // Under the default profile, units are no business of the venue's.
    floor.must(OPERATOR, change(market.right, AssetChange::Delist));
    floor.must(
        OPERATOR,
        floor::epoch(
            protocol::rules::Profile::CnVenue,
            protocol::rules::Approval::None,
            10,
            20,
        ),
    );
    let mode = Reject::ModeNotPermitted;
    refuses(floor, bo.user, report(bo.account, 1), mode);
    refuses(floor, OPERATOR, audit(bo.account, 0), mode);
    refuses(floor, ana.user, contract(0, true, 0), mode);
    refuses(floor, ana.user, tranche(ana.account, |_| ()), mode);
}

#[test]
fn consumed_units_stand_in_nobody_s_way() {
    let mut floor = Fast::unit_market();
    let [ana, bo] = [0, 1].map(|code| floor.party(CODES[code], Roles::FIRM));
    let (right, _) = listed(&mut floor, ana, "US1", plain);
    let exclusive = |offer: &mut protocol::licence::OfferLicence| {
        offer.kind = Some(protocol::licence::LicenceKind::Exclusive);
    };
    floor.must(ana.user, contract(1, true, 0));
    floor.must(ana.user, report(ana.account, 999));
    let command = grants::offering(right, ana, bo, exclusive);
    refuses(&mut floor, ana.user, command, Reject::LicenceConflict);
    floor.must(ana.user, report(ana.account, 1));
    let licence: LicenceId = agreed(&mut floor, right, ana, bo, exclusive);
    assert_eq!(state(&floor, licence), LicenceState::Agreed);
}
