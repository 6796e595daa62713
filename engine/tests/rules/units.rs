//! Licence units in use: consumed by report and audit, and issued in tranches; each rule broken by one fault at a time.

use crate::floor::grants::{
    self, EVIDENCE, NO_ACCOUNT, agreed, cash_posted, consent, freeze, ladder, owned_by, plain, state, thaw, today, user,
};
use crate::floor::{
    self, CODES, Floor, OPERATOR, Party, at_start_of, change, day, just_before, limit, order, refuses, terms, yuan,
};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    AccountId, Amount, AssetId, Command, Currency, Date, Event, InstrumentId, LicenceId, Money, Notice, PrivateEvent,
    PublicEvent, Quantity, Readers, Receipt, Record, Reject, Side, Symbol, Timestamp, TrancheId,
    command::{IssueUnits, ListUnits},
    event::{
        PostingReason::{Consumed, Held, Paid, Received, Released},
        TradingStatus,
    },
    licence::{
        AuditConsumption, CloseTranche, Consumption, IndicateInterest, LicenceState, OpenTranche, ReportConsumption,
        SetUnitContract, SubscribeTranche, Tranche,
    },
    party::Roles,
    title::{Act, AssetChange, NewRight, WithdrawConsent},
};

type Fast = Floor<FastBook>;

/// A market with an owner, two who buy, and 1,000 units of a right of the owner; each has 10,000.00 yuan.
struct Market<B: Book> {
    floor: Floor<B>,
    ana: Party,
    bo: Party,
    cy: Party,
    right: AssetId,
    units: InstrumentId,
}

fn symbol() -> Symbol {
    Symbol::new("US1").unwrap()
}

/// Units of a right under the symbol, 1,000 of them issued to its owner.
fn listed<B: Book>(
    floor: &mut Floor<B>,
    owner: Party,
    name: &str,
    change: impl FnOnce(&mut NewRight),
) -> (AssetId, InstrumentId) {
    let asset = floor.right(owner.entity, name, change);
    let mut terms = terms(name);
    terms.lot = Quantity::from_units(10);
    let list = Command::ListUnits(Box::new(ListUnits { asset, terms }));
    let Receipt::Instrument(instrument) = floor.must(OPERATOR, list) else {
        panic!()
    };
    floor.must(
        OPERATOR,
        Command::IssueUnits(IssueUnits {
            instrument,
            account: owner.account,
            quantity: Quantity::from_units(1_000),
        }),
    );
    (asset, instrument)
}

fn market<B: Book>() -> Market<B> {
    let mut floor = Floor::titled_market();
    let [ana, bo, cy] = [0, 1, 2].map(|code| {
        let party = floor.party(CODES[code], Roles::TRADER.with(Roles::FIRM));
        floor.cash_in(party.account, 1_000_000);
        party
    });
    let (right, units) = listed(&mut floor, ana, "US1", plain);
    Market {
        floor,
        ana,
        bo,
        cy,
        right,
        units,
    }
}

impl<B: Book> Market<B> {
    /// Somebody buys units of the owner on the book.
    fn sells_to(&mut self, buyer: Party, units: i64) {
        let (ana, instrument) = (self.ana, self.units);
        self.floor
            .must(ana.user, order(ana.account, instrument, Side::Sell, limit(100), units));
        self.floor.must(
            buyer.user,
            order(buyer.account, instrument, Side::Buy, limit(100), units),
        );
    }

    /// What the holder of an account last heard of its consumption.
    fn consumption(&self, account: AccountId) -> Consumption {
        let told = self.floor.records(0).into_iter().rev();
        let mut found = told.filter_map(|changed| match changed.record {
            Record::Consumption(consumption) if consumption.account == account => Some(consumption),
            _ => None,
        });
        found.next().expect("it was told")
    }

    /// The same, as products, units consumed, units owed.
    fn used(&self, account: AccountId) -> (u64, i64, i64) {
        let Consumption {
            products,
            consumed,
            short,
            ..
        } = self.consumption(account);
        (products, consumed.units(), short.units())
    }
}

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

/// What deals did to units since `first`: whose account, free, held, why.
fn units_posted<B: Book>(floor: &Floor<B>, first: usize) -> Vec<(AccountId, i64, i64, protocol::event::PostingReason)> {
    let posting = |event: &protocol::Stamped<Event>| match &event.body {
        Event::Private(_, PrivateEvent::UnitsPosted(posted)) => {
            Some((posted.account, posted.free, posted.held, posted.reason))
        }
        _ => None,
    };
    floor.events[first..].iter().filter_map(posting).collect()
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
    assert_eq!((next.due, next.late), (Some(Date(due.0 + 31)), false));
    // Reported early: the old day is nothing any more.
    market.floor.must(bo.user, report(bo.account, 0));
    market.floor.until(Date(due.0 + 2));
    market.floor.must(bo.user, report(bo.account, 0));
    let last = Date(due.0 + 32);
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
            (reader, of_nothing(report(cy.account, 1_001)), Reject::UnknownInstrument),
            (reader, report(cy.account, 1_001), Reject::NotPermitted),
            (bo.user, report(cy.account, 1_001), Reject::NotYourAccount),
            (cy.user, report(cy.account, 0), Reject::InsufficientUnits),
            (bo.user, report(bo.account, 1_001), Reject::UnitContractMissing),
        ],
    );
    ladder(
        floor,
        [
            (bo.user, of_nothing(audit(NO_ACCOUNT, 0)), Reject::UnknownAccount),
            (bo.user, of_nothing(audit(bo.account, 0)), Reject::UnknownInstrument),
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
        floor::epoch_of_titles(protocol::rules::Profile::CnVenue, protocol::rules::Approval::None),
    );
    let mode = Reject::ModeNotPermitted;
    refuses(floor, bo.user, report(bo.account, 1), mode);
    refuses(floor, OPERATOR, audit(bo.account, 0), mode);
    refuses(floor, ana.user, contract(0, true, 0), mode);
    refuses(floor, ana.user, tranche(ana.account, |_| ()), mode);
}

/// 100 units at 5.00 yuan, open from an hour after the floor opens.
fn tranche(account: AccountId, change: impl FnOnce(&mut OpenTranche)) -> Command {
    let mut open = OpenTranche {
        symbol: symbol(),
        account,
        price: yuan(500),
        quantity: Quantity::from_units(100),
        opens_at: opening(),
    };
    change(&mut open);
    Command::OpenTranche(Box::new(open))
}

fn opening() -> Timestamp {
    Timestamp(floor::OPENING + 3_600 * protocol::time::SECOND)
}

fn opened<B: Book>(floor: &mut Floor<B>, by: Party, change: impl FnOnce(&mut OpenTranche)) -> TrancheId {
    match floor.must(by.user, tranche(by.account, change)) {
        Receipt::Deal(seq) => TrancheId::from(seq),
        other => panic!("{other:?}"),
    }
}

fn interest(tranche: TrancheId, units: i64) -> Command {
    Command::IndicateInterest(IndicateInterest {
        tranche,
        quantity: Quantity::from_units(units),
    })
}

fn subscribe(tranche: TrancheId, account: AccountId, units: i64) -> Command {
    Command::SubscribeTranche(SubscribeTranche {
        tranche,
        account,
        quantity: Quantity::from_units(units),
    })
}

fn close(tranche: TrancheId) -> Command {
    Command::CloseTranche(CloseTranche { tranche })
}

/// A tranche as everyone last heard.
fn told<B: Book>(floor: &Floor<B>, id: TrancheId) -> Tranche {
    let told = floor.events.iter().rev().find_map(|event| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match **notice {
            Notice::Tranche(tranche) if tranche.tranche == id => Some(tranche),
            _ => None,
        },
        _ => None,
    });
    told.expect("everyone was told")
}

/// The next command comes at this very moment.
fn at<B: Book>(floor: &mut Floor<B>, at: Timestamp) {
    floor.at = at.0 - 1;
}

fn a_tranche_sold_out<B: Book>() {
    let mut market = market::<B>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let first = floor.events.len();
    let id = opened(floor, ana, |_| ());
    assert_eq!(units_posted(floor, first), [(ana.account, -100, 100, Held)]);
    let before = told(floor, id);
    assert_eq!((before.step, before.open, before.interest), (1, true, Quantity::ZERO));

    // Interest binds nobody; the last word of each counts.
    for (party, units, sum) in [
        (bo, 60, 60),
        (cy, 100, 160),
        (bo, 20, 120),
        (cy, 0, 20),
        (cy, 0, 20),
        (bo, 30, 30),
    ] {
        floor.must(party.user, interest(id, units));
        assert_eq!(told(floor, id).interest.units(), sum);
    }
    at(floor, Timestamp(opening().0 - 1));
    refuses(floor, bo.user, subscribe(id, bo.account, 10), Reject::TrancheNotOpen);
    refuses(floor, bo.user, interest(id, 10), Reject::TrancheNotOpen);
    at(floor, opening());
    let first = floor.events.len();
    floor.must(bo.user, subscribe(id, bo.account, 70));
    assert_eq!(
        cash_posted(floor, first),
        [
            (bo.account, -35_000, 35_000, Held),
            (bo.account, 0, -35_000, Paid),
            (ana.account, 35_000, 0, Received)
        ]
    );
    assert_eq!(
        units_posted(floor, first),
        [(ana.account, 0, -70, Paid), (bo.account, 70, 0, Received)]
    );
    let holders = |changed: &protocol::RecordChanged| matches!(&changed.record, Record::Holders(h) if h.count == 2);
    assert!(floor.records(first).iter().any(holders));
    refuses(floor, cy.user, subscribe(id, cy.account, 40), Reject::TrancheFull);
    floor.must(cy.user, subscribe(id, cy.account, 30));
    let full = told(floor, id);
    assert_eq!((full.open, full.taken.units()), (false, 100));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::TrancheNotOpen);
    refuses(floor, ana.user, close(id), Reject::StateForbids);
    // What was bought trades on the book, and the next step has a price of its own.
    floor.must(bo.user, order(bo.account, market.units, Side::Sell, limit(600), 70));
    let next = opened(floor, ana, |open| {
        open.price = yuan(700);
        open.opens_at = Timestamp(opening().0 + 60 * protocol::time::SECOND);
    });
    assert_eq!((told(floor, next).step, told(floor, next).price), (2, yuan(700)));
}

#[test]
fn a_tranche_is_sold_first_come_first_served() {
    a_tranche_sold_out::<FastBook>();
    a_tranche_sold_out::<PlainBook>();
}

#[test]
fn opening_a_tranche_is_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let reader = user(floor, ana.entity, Roles::DATA_CONSUMER);
    let (_, _) = listed(floor, ana, "SOON", |right| right.asset.expires = Some(day(2026, 3, 4)));
    let (frozen, _) = listed(floor, ana, "FROZEN", plain);
    freeze(floor, frozen);
    let shared = listed_with_consent(floor, ana, cy);
    let open = opened(floor, ana, |open| open.quantity = Quantity::from_units(500));
    floor.until(day(2026, 3, 4));
    let spoiled = move |name: &'static str, account, units, price: Amount| {
        tranche(account, |open| {
            open.symbol = Symbol::new(name).unwrap();
            (open.quantity, open.price) = (Quantity::from_units(units), price);
            open.opens_at = Timestamp(0);
        })
    };
    let dollars = Amount::new(Currency::Usd, Money::from_minor(500));
    let mut steps = vec![
        (reader, spoiled("NONE", NO_ACCOUNT, 5, dollars), Reject::UnknownAccount),
        (
            reader,
            spoiled("NONE", bo.account, 5, dollars),
            Reject::UnknownInstrument,
        ),
        (reader, spoiled("SOON", bo.account, 5, dollars), Reject::NotPermitted),
        (bo.user, spoiled("SOON", bo.account, 5, dollars), Reject::NotYourAccount),
        (
            OPERATOR,
            spoiled("SOON", bo.account, 5, dollars),
            Reject::NotYourAccount,
        ),
        (bo.user, spoiled("SOON", ana.account, 5, dollars), Reject::NotTheOwner),
        (ana.user, spoiled("SOON", ana.account, 5, dollars), Reject::AssetExpired),
        (ana.user, spoiled("FROZEN", ana.account, 5, dollars), Reject::NotTrading),
        (
            ana.user,
            spoiled("US1", ana.account, 0, dollars),
            Reject::QuantityInvalid,
        ),
        (
            ana.user,
            spoiled("US1", ana.account, 5, dollars),
            Reject::QuantityInvalid,
        ),
        (
            ana.user,
            spoiled("US1", ana.account, 1_000_000_010, dollars),
            Reject::QuantityTooLarge,
        ),
    ];
    for price in [dollars, yuan(0), yuan(-1), yuan(4_000_000_001)] {
        steps.push((
            ana.user,
            spoiled("US1", ana.account, 1_000, price),
            Reject::AmountInvalid,
        ));
    }
    steps.extend([
        (
            ana.user,
            spoiled("US1", ana.account, 510, yuan(500)),
            Reject::InsufficientUnits,
        ),
        (
            ana.user,
            spoiled("US1", ana.account, 500, yuan(500)),
            Reject::AlreadyOffered,
        ),
        (
            ana.user,
            spoiled("SHARED", ana.account, 500, yuan(500)),
            Reject::CoOwnerConsent,
        ),
    ]);
    ladder(floor, steps);
    floor.must(ana.user, close(open));
    let late = |at| tranche(ana.account, |open| open.opens_at = Timestamp(at));
    refuses(floor, ana.user, late(floor.at), Reject::TermInvalid);
    floor.must(ana.user, late(floor.at + 1));
    let _ = shared;
}

/// A trademark of two with units: listed with the other's consent, which is then withdrawn.
fn listed_with_consent(floor: &mut Fast, ana: Party, cy: Party) -> AssetId {
    let shared = floor.right(ana.entity, "SHARED", |right| {
        right.asset.class = protocol::command::AssetClass::Trademark;
        owned_by(&[ana, cy])(right);
    });
    floor.must(cy.user, consent(shared, Act::Units));
    let mut terms = terms("SHARED");
    terms.lot = Quantity::from_units(10);
    let list = ListUnits { asset: shared, terms };
    let Receipt::Instrument(instrument) = floor.must(ana.user, Command::ListUnits(Box::new(list))) else {
        panic!()
    };
    let quantity = Quantity::from_units(1_000);
    let account = ana.account;
    floor.must(
        ana.user,
        Command::IssueUnits(IssueUnits {
            instrument,
            account,
            quantity,
        }),
    );
    let act = Act::Units;
    floor.must(
        cy.user,
        Command::WithdrawConsent(WithdrawConsent { asset: shared, act }),
    );
    shared
}

#[test]
fn interest_is_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo) = (market.ana, market.bo);
    let floor = &mut market.floor;
    let reader = user(floor, bo.entity, Roles::DATA_CONSUMER);
    let id = opened(floor, ana, |_| ());
    let hold = freeze(floor, market.right);
    ladder(
        floor,
        [
            (reader, interest(TrancheId(999), -1), Reject::UnknownTranche),
            (reader, interest(id, -1), Reject::NotPermitted),
            (ana.user, interest(id, -1), Reject::NotTrading),
        ],
    );
    thaw(floor, hold);
    at(floor, opening());
    ladder(
        floor,
        [
            (ana.user, interest(id, -10), Reject::QuantityInvalid),
            (ana.user, interest(id, 5), Reject::QuantityInvalid),
            (ana.user, interest(id, 110), Reject::QuantityTooLarge),
            (ana.user, interest(id, 10), Reject::OwnRight),
            (bo.user, interest(id, 10), Reject::TrancheNotOpen),
        ],
    );
}

#[test]
fn a_subscription_is_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let reader = user(floor, bo.entity, Roles::DATA_CONSUMER);
    let poor = floor.party(CODES[3], Roles::INVESTOR);
    let id = opened(floor, ana, |open| open.opens_at = day(2026, 3, 3).start());
    let hold = freeze(floor, market.right);
    ladder(
        floor,
        [
            (reader, subscribe(TrancheId(999), NO_ACCOUNT, 5), Reject::UnknownAccount),
            (reader, subscribe(TrancheId(999), cy.account, 5), Reject::UnknownTranche),
            (reader, subscribe(id, cy.account, 5), Reject::NotPermitted),
            (bo.user, subscribe(id, cy.account, 5), Reject::NotYourAccount),
            (poor.user, subscribe(id, poor.account, 5), Reject::NotTrading),
        ],
    );
    thaw(floor, hold);
    ladder(
        floor,
        [
            (poor.user, subscribe(id, poor.account, 0), Reject::QuantityInvalid),
            (poor.user, subscribe(id, poor.account, 5), Reject::QuantityInvalid),
            (
                poor.user,
                subscribe(id, poor.account, 1_000_000_010),
                Reject::QuantityTooLarge,
            ),
            (poor.user, subscribe(id, poor.account, 110), Reject::InsufficientCash),
            (ana.user, subscribe(id, ana.account, 110), Reject::OwnRight),
            (bo.user, subscribe(id, bo.account, 110), Reject::TrancheNotOpen),
        ],
    );
    at_start_of(floor, day(2026, 3, 3));
    refuses(floor, bo.user, subscribe(id, bo.account, 110), Reject::TrancheFull);
    // A halt of the book alone stops no issue.
    floor.must(
        OPERATOR,
        Command::SetTrading {
            instrument: market.units,
            trading: false,
        },
    );
    floor.must(bo.user, subscribe(id, bo.account, 100));
}

#[test]
fn a_subscriber_is_counted_as_a_holder() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let id = opened(floor, ana, |_| ());
    let mut rules = protocol::control::RuleBook::of(protocol::rules::Profile::UnitMarket);
    // The owner, and one more.
    rules.holder_cap = Some(2);
    let command = protocol::control::SetRuleBook { rules };
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(command)));
    at(floor, opening());
    floor.must(bo.user, subscribe(id, bo.account, 10));
    floor.must(bo.user, subscribe(id, bo.account, 10));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::HolderCap);
}

#[test]
fn a_co_owner_that_takes_its_consent_back_stops_a_tranche() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let shared = listed_with_consent(floor, ana, cy);
    floor.must(cy.user, consent(shared, Act::Units));
    let of_shared = |open: &mut OpenTranche| open.symbol = Symbol::new("SHARED").unwrap();
    let id = opened(floor, ana, of_shared);
    at(floor, opening());
    floor.must(bo.user, subscribe(id, bo.account, 10));
    let act = Act::Units;
    floor.must(
        cy.user,
        Command::WithdrawConsent(WithdrawConsent { asset: shared, act }),
    );
    refuses(floor, bo.user, subscribe(id, bo.account, 10), Reject::CoOwnerConsent);
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::CoOwnerConsent);
    floor.must(cy.user, consent(shared, Act::Units));
    floor.must(bo.user, subscribe(id, bo.account, 10));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::OwnRight);
}

fn a_tranche_ends<B: Book>() {
    let mut market = market::<B>();
    let (ana, bo) = (market.ana, market.bo);
    let floor = &mut market.floor;
    let reader = user(floor, ana.entity, Roles::DATA_CONSUMER);
    let id = opened(floor, ana, |_| ());
    at(floor, opening());
    floor.must(bo.user, subscribe(id, bo.account, 40));
    ladder(
        floor,
        [
            (bo.user, close(TrancheId(999)), Reject::UnknownTranche),
            (reader, close(id), Reject::NotPermitted),
            (bo.user, close(id), Reject::NotTheOwner),
        ],
    );
    let first = floor.events.len();
    floor.must(ana.user, close(id));
    assert_eq!(units_posted(floor, first), [(ana.account, 60, -60, Released)]);
    assert!(!told(floor, id).open);

    // With its book it ends by itself; orders beside it go their own way.
    let later = |open: &mut OpenTranche| open.opens_at = Timestamp(opening().0 + protocol::time::DAY);
    let id = opened(floor, ana, later);
    floor.must(ana.user, order(ana.account, market.units, Side::Sell, limit(600), 860));
    floor.must(bo.user, interest(id, 10));
    let first = floor.events.len();
    floor.must(OPERATOR, change(market.right, AssetChange::Delist));
    assert_eq!(units_posted(floor, first), [(ana.account, 100, -100, Released)]);
    assert!(!told(floor, id).open);
    refuses(floor, bo.user, subscribe(id, bo.account, 10), Reject::NotTrading);
    let closed = floor.events[first..].iter().any(|event| {
        matches!(
            event.body,
            Event::Public(PublicEvent::TradingChanged {
                status: TradingStatus::Closed,
                ..
            })
        )
    });
    assert!(closed);
}

#[test]
fn a_tranche_is_closed_by_hand_or_with_its_book() {
    a_tranche_ends::<FastBook>();
    a_tranche_ends::<PlainBook>();
}

#[test]
fn a_tranche_ends_with_its_right_to_the_nanosecond() {
    let mut floor = Fast::titled_market();
    let [ana, bo] = [0, 1].map(|code| floor.party(CODES[code], Roles::FIRM));
    floor.cash_in(bo.account, 1_000_000);
    let ends = day(2026, 3, 4);
    let (_, _) = listed(&mut floor, ana, "US1", |right| right.asset.expires = Some(ends));
    let id = opened(&mut floor, ana, |_| ());
    just_before(&mut floor, ends);
    floor.must(bo.user, subscribe(id, bo.account, 10));
    let first = floor.events.len();
    assert_eq!(
        floor.try_(bo.user, subscribe(id, bo.account, 10)),
        Err(Reject::NotTrading)
    );
    assert_eq!(floor.at, ends.start().0);
    assert_eq!(units_posted(&floor, first), [(ana.account, 90, -90, Released)]);
}

#[test]
fn consumed_units_stand_in_nobody_s_way() {
    let mut floor = Fast::titled_market();
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

#[test]
fn technology_in_units_goes_abroad_once_the_check_is_cleared() {
    let mut market = market::<FastBook>();
    let (ana, cy) = (market.ana, market.cy);
    let right = market.right;
    let floor = &mut market.floor;
    let abroad = crate::floor::grants::foreigner(floor, 7, Roles::TRADER);
    floor.cash_in(abroad.account, 100_000);
    let id = opened(floor, ana, |_| ());
    at(floor, opening());
    refuses(
        floor,
        abroad.user,
        subscribe(id, abroad.account, 10),
        Reject::ExportCheckRequired,
    );
    let buy = crate::floor::titles::buys(abroad, InstrumentId(0), 500, 10);
    refuses(floor, abroad.user, buy.clone(), Reject::ExportCheckRequired);
    // Nor through somebody at home.
    floor.must(
        OPERATOR,
        crate::floor::sales::describe(cy.entity, "CN", &[abroad.entity]),
    );
    refuses(
        floor,
        cy.user,
        subscribe(id, cy.account, 10),
        Reject::ExportCheckRequired,
    );
    floor.must(OPERATOR, crate::floor::sales::export_check(right, abroad.entity, true));
    floor.must(abroad.user, subscribe(id, abroad.account, 10));
    floor.must(abroad.user, buy);
}

#[test]
fn what_a_tranche_brings_is_shared_by_the_owners() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let shared = listed_with_consent(floor, ana, cy);
    floor.must(cy.user, consent(shared, Act::Units));
    let id = opened(floor, ana, |open| open.symbol = Symbol::new("SHARED").unwrap());
    at(floor, opening());
    let first = floor.events.len();
    floor.must(bo.user, subscribe(id, bo.account, 10));
    let posted = cash_posted(floor, first);
    let received: Vec<_> = posted
        .iter()
        .filter(|(_, free, held, _)| *free > 0 && *held == 0)
        .map(|(account, free, ..)| (*account, *free))
        .collect();
    assert_eq!(received, [(ana.account, 2_500), (cy.account, 2_500)]);
}
