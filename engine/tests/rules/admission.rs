//! Who may ask what, and which fault counts first: each test removes one fault at a time, in the order of `Reject`.

use crate::floor::{self, Fast, OPERATOR, asset, epoch, limit, order, terms};
use protocol::{
    AccountId, AssetId, Bounded, Command, Currency, Date, Digest, EntityId, Event, InstrumentId, MONEY_MAX, Money,
    OrderId, Outcome, Price, PublicEvent, Quantity, Receipt, Reject, Side, UserId,
    asset::{AssetClass, Classification, RegisterAsset},
    command::ClientKey,
    event::TradingStatus,
    listing::{BookTerms, IssueUnits, ListUnits},
    party::{EntityKind, KeyMaterial, LegalId, Network, RegisterEntity, RegisterKey, RegisterUser, Roles, Scopes},
    rules::{Approval, Calendar, Epoch, Fees, Profile},
    time::DAY,
    title::{NewRight, RegisterRights, VerifyAsset},
};

/// Gives each command in turn and expects its reject; the state stays as it was but for the count of commands.
fn rejects(floor: &mut Fast, by: UserId, cases: impl IntoIterator<Item = (Command, Reject)>) {
    for (command, reject) in cases {
        let first = floor.events.len();
        assert_eq!(floor.try_(by, command.clone()), Err(reject), "{command:?}");
        let told = &floor.events[first..];
        assert!(
            matches!(told, [only] if floor::is_refusal(&only.body, reject)),
            "{told:?}"
        );
    }
}

/// Registers rights, all or none of them.
fn rights(rights: Vec<NewRight>, issue_to: Option<AccountId>) -> Command {
    Command::RegisterRights(Box::new(RegisterRights { rights, issue_to }))
}

/// A right with an extract, whose units are listed at once.
fn with_book(owner: EntityId, number: &str, symbol: &str) -> NewRight {
    NewRight {
        extract: Some(floor::extract()),
        units: Some(terms(symbol)),
        ..NewRight::from(asset(owner, number))
    }
}

#[test]
fn the_first_command_sets_the_rules() {
    let mut floor = Fast::new();
    rejects(
        &mut floor,
        OPERATOR,
        [
            (Command::Tick, Reject::NoEpoch),
            (Command::OpenAccount { entity: EntityId(0) }, Reject::NoEpoch),
        ],
    );
    rejects(
        &mut floor,
        UserId(1),
        [(epoch(Profile::CnVenue, Approval::None, 0, 0), Reject::NoEpoch)],
    );
    let full = |rules_version, fee, holidays, profile| {
        Command::Epoch(Box::new(Epoch {
            rules_version,
            profile,
            approval: Approval::None,
            fees: Fees {
                maker: protocol::BasisPoints(fee),
                taker: protocol::BasisPoints(0),
            },
            calendar: Calendar {
                years: vec![2026],
                holidays,
                ..Calendar::default()
            },
            judicial_listing: None,
        }))
    };
    let saturday = vec![Date::from_civil(2026, 2, 28).unwrap()];
    rejects(
        &mut floor,
        OPERATOR,
        [
            (
                full(3, 10_001, saturday.clone(), Profile::UnitMarket),
                Reject::RulesVersionUnsupported,
            ),
            (
                full(1, 10_001, saturday.clone(), Profile::UnitMarket),
                Reject::RulesVersionUnsupported,
            ),
            (
                full(2, 10_001, saturday.clone(), Profile::UnitMarket),
                Reject::FeesOutOfRange,
            ),
            (full(2, 10_000, saturday, Profile::UnitMarket), Reject::CalendarInvalid),
            (full(2, 10_000, vec![], Profile::UnitMarket), Reject::ApprovalMissing),
        ],
    );
    floor.must(OPERATOR, full(2, 10_000, vec![], Profile::CnVenue));
    assert_eq!(floor.try_(UserId(1), Command::Tick), Err(Reject::UnknownUser));
}

#[test]
fn the_default_profile_lists_no_order_book() {
    let mut floor = Fast::new();
    floor.must(OPERATOR, epoch(Profile::CnVenue, Approval::None, 0, 0));
    let ana = floor.party(floor::CODES[0], Roles::FIRM);
    let right = floor.right(ana.entity, "1", |_| {});
    let list = || {
        Command::ListUnits(Box::new(ListUnits {
            asset: right,
            terms: terms("A"),
        }))
    };
    let import = || rights(vec![with_book(ana.entity, "2", "B")], None);
    rejects(
        &mut floor,
        OPERATOR,
        [(list(), Reject::ModeNotPermitted), (import(), Reject::ModeNotPermitted)],
    );
    floor.must(
        OPERATOR,
        epoch(
            Profile::UnitMarket,
            Approval::Reference(Bounded::new("深金监〔2026〕1号").unwrap()),
            0,
            0,
        ),
    );
    floor.must(ana.user, list());
    rejects(
        &mut floor,
        OPERATOR,
        [(epoch(Profile::CnVenue, Approval::None, 0, 0), Reject::BooksAreListed)],
    );
    assert!(
        floor
            .events
            .iter()
            .any(|event| matches!(&event.body, Event::Public(PublicEvent::UnitsListed(listed)) if !listed.sandbox))
    );
}

#[test]
fn parties_and_keys() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::TRADER);
    let bo = floor.party(floor::CODES[1], Roles::TRADER);
    let entity = |legal_id, evidence| {
        let name = Bounded::new("某某科技").unwrap();
        Command::RegisterEntity(Box::new(RegisterEntity {
            name,
            kind: EntityKind::Company,
            legal_id,
            evidence,
        }))
    };
    let uscc = |code: &str| LegalId::Uscc(Bounded::new(code).unwrap());
    let lei = |code: &str| LegalId::Lei(Bounded::new(code).unwrap());
    rejects(
        &mut floor,
        ana.user,
        [(entity(uscc("914403001922038216"), None), Reject::NotPermitted)],
    );
    rejects(
        &mut floor,
        OPERATOR,
        [
            (entity(uscc("专利"), None), Reject::IdentifierInvalid),
            (entity(lei("213800KUD8LXJWSQ9D15"), None), Reject::IdentifierInvalid),
            (entity(uscc("91350211M0000XUF46"), None), Reject::WarnNeedsReview),
            (entity(uscc(floor::CODES[0]), None), Reject::EntityExists),
        ],
    );
    floor.must(OPERATOR, entity(uscc("91350211M0000XUF46"), Some(Digest([1; 32]))));
    floor.must(OPERATOR, entity(lei("213800KUD8LAJWSQ9D15"), None));

    let user = |entity, roles| Command::RegisterUser(RegisterUser { entity, roles });
    rejects(
        &mut floor,
        ana.user,
        [
            (user(EntityId(99), Roles::NONE), Reject::NotPermitted),
            (user(ana.entity, Roles::NONE), Reject::NotPermitted),
        ],
    );
    rejects(
        &mut floor,
        OPERATOR,
        [
            (user(EntityId(99), Roles::NONE), Reject::UnknownEntity),
            (user(ana.entity, Roles::NONE), Reject::RolesInvalid),
        ],
    );

    // Every role there is. A second operator would make two people of one.
    floor.must(OPERATOR, user(ana.entity, Roles(!Roles::OPERATOR.0)));

    let key = |user, scopes, networks| {
        Command::RegisterKey(Box::new(RegisterKey {
            user,
            material: KeyMaterial::HmacSha256,
            scopes,
            networks,
        }))
    };
    let network = |prefix| Network {
        address: [0; 16],
        prefix,
    };
    rejects(
        &mut floor,
        ana.user,
        [(key(ana.user, Scopes::TRADE, vec![]), Reject::NotPermitted)],
    );
    rejects(
        &mut floor,
        OPERATOR,
        [
            (key(UserId(99), Scopes::NONE, vec![network(129)]), Reject::UnknownUser),
            (key(ana.user, Scopes::NONE, vec![network(129)]), Reject::ScopesInvalid),
            (
                key(ana.user, Scopes::TRADE, vec![network(129)]),
                Reject::NetworksInvalid,
            ),
            (
                key(ana.user, Scopes::TRADE, vec![network(128); 17]),
                Reject::NetworksInvalid,
            ),
        ],
    );
    let Receipt::Key(id) = floor.must(OPERATOR, key(ana.user, Scopes::TRADE, vec![network(128); 16])) else {
        panic!()
    };
    rejects(
        &mut floor,
        bo.user,
        [
            (
                Command::RevokeKey {
                    key: protocol::KeyId(99),
                },
                Reject::UnknownKey,
            ),
            (Command::RevokeKey { key: id }, Reject::UnknownKey),
        ],
    );
    floor.must(ana.user, Command::RevokeKey { key: id });
    rejects(
        &mut floor,
        OPERATOR,
        [(Command::RevokeKey { key: id }, Reject::KeyRevoked)],
    );
}

#[test]
fn cash_crosses_the_border_once_per_reference() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::TRADER);
    let cash = |account, minor, reference: &str| {
        Box::new(protocol::account::CashMove {
            account,
            currency: Currency::Cny,
            amount: Money::from_minor(minor),
            reference: Bounded::new(reference).unwrap(),
        })
    };
    rejects(
        &mut floor,
        ana.user,
        [
            (Command::CashIn(cash(AccountId(99), 0, "1")), Reject::NotPermitted),
            (Command::CashIn(cash(ana.account, 0, "1")), Reject::NotPermitted),
        ],
    );
    rejects(
        &mut floor,
        OPERATOR,
        [
            (Command::CashIn(cash(AccountId(99), 0, "1")), Reject::UnknownAccount),
            (Command::CashIn(cash(ana.account, 0, "1")), Reject::AmountInvalid),
            (Command::CashIn(cash(ana.account, -5, "1")), Reject::AmountInvalid),
            (
                Command::CashIn(cash(ana.account, MONEY_MAX + 1, "1")),
                Reject::MoneyLimit,
            ),
        ],
    );
    floor.must(OPERATOR, Command::CashIn(cash(ana.account, MONEY_MAX, "1")));
    rejects(
        &mut floor,
        OPERATOR,
        [(Command::CashIn(cash(ana.account, 1, "1")), Reject::MoneyLimit)],
    );
    floor.withdraw(ana, MONEY_MAX);
    rejects(
        &mut floor,
        OPERATOR,
        [(Command::CashIn(cash(ana.account, 1, "1")), Reject::ReferenceExists)],
    );
    floor.must(OPERATOR, Command::CashIn(cash(ana.account, MONEY_MAX, "2")));
}

#[test]
fn rights_are_checked_in_order() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::FIRM);
    let bo = floor.party(floor::CODES[1], Roles::FIRM);
    let trader = floor.party(floor::CODES[2], Roles::TRADER);
    let mut right = asset(EntityId(99), "202310123456.7");
    right.office = protocol::Office(*b"cn");
    right.classifications = vec![Classification::Nice(46)];
    right.expires = right.filed;
    let register = |right: &RegisterAsset| Command::RegisterAsset(Box::new(right.clone()));
    rejects(&mut floor, bo.user, [(register(&right), Reject::NotTheOwner)]);
    rejects(&mut floor, OPERATOR, [(register(&right), Reject::UnknownEntity)]);
    right.owner = ana.entity;
    rejects(&mut floor, trader.user, [(register(&right), Reject::NotPermitted)]);
    rejects(&mut floor, bo.user, [(register(&right), Reject::NotTheOwner)]);
    rejects(&mut floor, ana.user, [(register(&right), Reject::OfficeInvalid)]);
    right.office = protocol::Office(*b"CN");
    rejects(&mut floor, ana.user, [(register(&right), Reject::NumberInvalid)]);
    right.number = Bounded::new("201710601862.3").unwrap();
    rejects(
        &mut floor,
        ana.user,
        [(register(&right), Reject::ClassificationInvalid)],
    );
    right.classifications = vec![Classification::Nice(45); 65];
    rejects(
        &mut floor,
        ana.user,
        [(register(&right), Reject::ClassificationInvalid)],
    );
    right.classifications = vec![
        Classification::Ipc(Bounded::new("G06Q 50/18").unwrap()),
        Classification::Locarno(32),
    ];
    rejects(&mut floor, ana.user, [(register(&right), Reject::DatesInvalid)]);
    right.granted = right.filed;
    right.expires = Some(Date::from_civil(2026, 3, 2).unwrap());
    rejects(&mut floor, ana.user, [(register(&right), Reject::AssetExpired)]);
    right.expires = Some(Date::from_civil(2026, 3, 3).unwrap());
    let Receipt::Asset(id) = floor.must(ana.user, register(&right)) else {
        panic!()
    };
    right.number = Bounded::new("ZL2017106018623").unwrap();
    rejects(&mut floor, ana.user, [(register(&right), Reject::AssetExists)]);

    let list = |terms: &BookTerms| {
        Command::ListUnits(Box::new(ListUnits {
            asset: id,
            terms: terms.clone(),
        }))
    };
    floor.list(ana, "TAKEN", 1);
    let mut bad = terms("TAKEN");
    let price = Price::from_minor;
    let units = Quantity::from_units;
    (bad.tick, bad.price_low, bad.price_high) = (price(0), price(0), price(5_000_000_000));
    (bad.lot, bad.order_max, bad.supply) = (units(0), units(0), units(0));
    rejects(
        &mut floor,
        bo.user,
        [
            (
                Command::ListUnits(Box::new(ListUnits {
                    asset: AssetId(99),
                    terms: bad.clone(),
                })),
                Reject::UnknownAsset,
            ),
            (list(&bad), Reject::UnknownAsset),
        ],
    );
    rejects(&mut floor, ana.user, [(list(&bad), Reject::SymbolExists)]);
    bad.symbol = protocol::Symbol::new("NEW").unwrap();
    rejects(&mut floor, ana.user, [(list(&bad), Reject::TickInvalid)]);
    bad.tick = price(2);
    rejects(&mut floor, ana.user, [(list(&bad), Reject::BandInvalid)]);
    (bad.price_low, bad.price_high) = (price(2), price(2 + 2 * (1 << 18)));
    rejects(&mut floor, ana.user, [(list(&bad), Reject::BandTooWide)]);
    bad.price_high = price(2 * (1 << 18));
    rejects(&mut floor, ana.user, [(list(&bad), Reject::LotInvalid)]);
    (bad.lot, bad.order_max) = (units(10), units(15));
    rejects(&mut floor, ana.user, [(list(&bad), Reject::LotInvalid)]);
    bad.order_max = units(20);
    rejects(&mut floor, ana.user, [(list(&bad), Reject::SupplyInvalid)]);
    bad.supply = units(100);
    rejects(&mut floor, ana.user, [(list(&bad), Reject::NotVerified)]);
    let verify = VerifyAsset {
        asset: id,
        extract: floor::extract(),
        owners: vec![],
        granted: None,
        expires: None,
    };
    floor.must(OPERATOR, Command::VerifyAsset(Box::new(verify)));
    let Receipt::Instrument(instrument) = floor.must(ana.user, list(&bad)) else {
        panic!()
    };

    let issue = |account, quantity| {
        Command::IssueUnits(IssueUnits {
            instrument,
            account,
            quantity: units(quantity),
        })
    };
    rejects(
        &mut floor,
        bo.user,
        [
            (issue(AccountId(99), 5), Reject::UnknownAccount),
            (issue(bo.account, 5), Reject::NotTheOwner),
        ],
    );
    rejects(
        &mut floor,
        ana.user,
        [
            (issue(bo.account, 5), Reject::UnknownAccount),
            (issue(ana.account, 5), Reject::QuantityInvalid),
            (issue(ana.account, 110), Reject::SupplyExhausted),
        ],
    );
    floor.must(ana.user, issue(ana.account, 100));
    rejects(
        &mut floor,
        ana.user,
        [(issue(ana.account, 10), Reject::SupplyExhausted)],
    );

    // A day later the right has ended: its own commands know it before the deadline has fired for them.
    floor.at += DAY;
    let first = floor.events.len();
    assert_eq!(
        floor.try_(ana.user, order(ana.account, instrument, Side::Sell, limit(100), 10)),
        Err(Reject::NotTrading)
    );
    let closed = |event: &&protocol::Stamped<Event>| {
        matches!(
            event.body,
            Event::Public(PublicEvent::TradingChanged {
                status: TradingStatus::Closed,
                ..
            })
        )
    };
    let closed = floor.events[first..].iter().find(closed).expect("its book closed");
    assert_eq!(
        closed.at,
        Date::from_civil(2026, 3, 3).unwrap().start(),
        "told at the time it was due"
    );
    rejects(&mut floor, ana.user, [(list(&terms("LATE")), Reject::AssetExpired)]);
}

#[test]
fn a_geographical_indication_is_not_listed() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::FIRM);
    let mut right = asset(ana.entity, "GI-1");
    right.class = AssetClass::GeographicalIndication;
    let Receipt::Asset(id) = floor.must(ana.user, Command::RegisterAsset(Box::new(right))) else {
        panic!()
    };
    let list = Command::ListUnits(Box::new(ListUnits {
        asset: id,
        terms: terms("GI"),
    }));
    rejects(&mut floor, ana.user, [(list, Reject::NotListable)]);
}

#[test]
fn a_batch_of_rights_is_all_or_nothing() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::FIRM);
    let bo = floor.party(floor::CODES[1], Roles::FIRM);
    let entry = |number: &str, symbol: &str| with_book(ana.entity, number, symbol);
    let good: Vec<_> = (0..1_000).map(|i| entry(&i.to_string(), &format!("S{i}"))).collect();
    let count = floor.count();
    // A firm's own are drafts.
    rejects(
        &mut floor,
        ana.user,
        [(rights(good.clone(), None), Reject::NotVerified)],
    );
    let with = |last: NewRight| {
        let mut batch = good.clone();
        batch[999] = last;
        batch
    };
    let mut bad_terms = entry("x", "X");
    bad_terms.units.as_mut().unwrap().tick = Price::from_minor(0);
    let unverified = NewRight {
        extract: None,
        ..entry("x", "X")
    };
    rejects(
        &mut floor,
        OPERATOR,
        [
            (rights(vec![], None), Reject::ImportEmpty),
            (rights(vec![good[0].clone(); 1_001], None), Reject::ImportEmpty),
            (rights(with(entry("0", "X")), None), Reject::AssetExists),
            (rights(with(entry("x", "S0")), None), Reject::SymbolExists),
            (rights(with(bad_terms), None), Reject::TickInvalid),
            (rights(with(unverified), None), Reject::NotVerified),
            (rights(good.clone(), Some(bo.account)), Reject::NotTheOwner),
        ],
    );
    assert_eq!(floor.count(), count, "nothing of a refused batch stays");
    let first = floor.must(OPERATOR, rights(good, Some(ana.account)));
    assert_eq!(first, Receipt::Rights(AssetId(0), 1_000));
    floor.must(
        ana.user,
        order(ana.account, InstrumentId(999), Side::Sell, limit(500), 1_000_000),
    );
}

#[test]
fn orders_are_checked_in_order() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::FIRM);
    let bo = floor.party(floor::CODES[1], Roles::TRADER);
    let reader = floor.party(floor::CODES[2], Roles::DATA_CONSUMER);
    let (_, instrument) = floor.list(ana, "A", 10);
    floor.must(
        OPERATOR,
        Command::SetTrading {
            instrument,
            trading: false,
        },
    );
    let (no_account, no_instrument) = (AccountId(99), InstrumentId(99));
    let buy = |account, instrument, price, units| order(account, instrument, Side::Buy, limit(price), units);
    rejects(
        &mut floor,
        reader.user,
        [
            (buy(no_account, no_instrument, 3, -1), Reject::UnknownAccount),
            (buy(bo.account, no_instrument, 3, -1), Reject::UnknownAccount),
            (buy(reader.account, no_instrument, 3, -1), Reject::UnknownInstrument),
            (buy(reader.account, instrument, 3, -1), Reject::NotPermitted),
        ],
    );
    rejects(
        &mut floor,
        bo.user,
        [
            (buy(ana.account, instrument, 3, -1), Reject::UnknownAccount),
            (buy(bo.account, instrument, 3, -1), Reject::NotTrading),
        ],
    );
    floor.must(
        OPERATOR,
        Command::SetTrading {
            instrument,
            trading: true,
        },
    );
    rejects(
        &mut floor,
        bo.user,
        [
            (buy(bo.account, instrument, 3, -1), Reject::QuantityInvalid),
            (buy(bo.account, instrument, 3, 1_000_001), Reject::QuantityTooLarge),
            (buy(bo.account, instrument, 3, 1_000_000), Reject::PriceOutsideBand),
            (buy(bo.account, instrument, 7, 1_000_000), Reject::PriceOffTick),
            (buy(bo.account, instrument, 10, 1_000_000), Reject::InsufficientCash),
            (
                order(bo.account, instrument, Side::Sell, limit(10), 1),
                Reject::InsufficientUnits,
            ),
            (Command::CancelOrder { order: OrderId(1) }, Reject::UnknownOrder),
        ],
    );
}

#[test]
fn a_client_id_gets_its_first_answer_again() {
    let mut floor = Fast::unit_market();
    let ana = floor.party(floor::CODES[0], Roles::FIRM);
    let (_, instrument) = floor.list(ana, "A", 10);
    let sell = |units| order(ana.account, instrument, Side::Sell, limit(500), units);
    let key = |body| {
        Some(ClientKey {
            id: [9; 16],
            body: [body; 8],
        })
    };
    let first = floor.ask(ana.user, key(1), sell(4));
    let told = floor.events.len();
    assert_eq!(floor.ask(ana.user, key(1), sell(4)), first);
    assert_eq!(floor.events.len(), told, "a repeat does nothing");
    assert_eq!(
        floor.ask(ana.user, key(2), sell(5)).outcome,
        Outcome::Rejected(Reject::ClientIdReused)
    );
    // A rejected command has used its id too.
    let refused = floor.ask(
        ana.user,
        Some(ClientKey {
            id: [8; 16],
            body: [1; 8],
        }),
        sell(7),
    );
    assert_eq!(refused.outcome, Outcome::Rejected(Reject::InsufficientUnits));
    floor.must(
        ana.user,
        Command::CancelOrder {
            order: match first.outcome {
                Outcome::Done(Receipt::Order(id)) => id,
                other => panic!("{other:?}"),
            },
        },
    );
    assert_eq!(
        floor.ask(
            ana.user,
            Some(ClientKey {
                id: [8; 16],
                body: [1; 8]
            }),
            sell(7)
        ),
        refused
    );
    floor.at += DAY;
    assert!(
        matches!(floor.ask(ana.user, key(2), sell(5)).outcome, Outcome::Done(_)),
        "after a day the id is new"
    );
}
