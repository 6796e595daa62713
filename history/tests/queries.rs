//! Every query gives what a fold in memory gives, whatever the page, the window and the direction.

mod common;

use common::{
    oracle::Oracle,
    place, settle, small, take,
    venue::{ACCOUNTS, ENTITIES, INSTRUMENTS, Random, Venue},
};
use history::{
    Asked, Changed, Cursor, Error, History, Moved, Name, OrderState, Owner, Page, Reader, Resolution, Status, Told,
    Window,
};
use protocol::{AccountId, Currency, EntityId, InstrumentId, Timestamp};
use std::{collections::BTreeMap, fmt::Debug};

/// A window at random, and whether it holds a time.
fn window(random: &mut Random, times: &[Timestamp]) -> Window {
    let time = |random: &mut Random| match random.below(3) {
        0 if !times.is_empty() => {
            let at = times[random.below(times.len() as u64) as usize];
            Some(Timestamp(at.0 + random.below(2)))
        }
        _ => None,
    };
    Window {
        since: time(random),
        until: time(random),
        newest_first: random.below(2) == 0,
        cursor: None,
        limit: 1 + random.below(40) as usize,
    }
}

/// Walks all pages of a list and holds them against what is expected, the oldest first.
fn walk<T: Clone + Debug + PartialEq>(
    what: &str,
    random: &mut Random,
    expected: &[T],
    at: impl Fn(&T) -> Timestamp,
    page: impl Fn(&Window) -> Result<Page<T>, Error>,
) {
    let times: Vec<_> = expected.iter().map(&at).collect();
    for _ in 0..4 {
        let mut window = window(random, &times);
        let asked = window;
        let mut found = Vec::new();
        loop {
            let Page { entries, next } = page(&window).unwrap();
            assert!(entries.len() <= window.limit);
            found.extend(entries);
            let Some(cursor) = next else { break };
            // A cursor goes through a client as text.
            window.cursor = Some(cursor.to_string().parse::<Cursor>().unwrap());
        }
        let mut expected: Vec<_> = expected
            .iter()
            .filter(|one| asked.since.is_none_or(|since| at(one) >= since))
            .filter(|one| asked.until.is_none_or(|until| at(one) < until))
            .cloned()
            .collect();
        if asked.newest_first {
            expected.reverse();
        }
        assert_eq!(found, expected, "{what} {asked:?}");
    }
}

fn compare(history: &History, oracle: &Oracle, random: &mut Random) {
    let owners = (0..=ENTITIES + 1).map(|entity| Owner::Entity(EntityId(entity)));
    let owners = owners.chain((0..=ACCOUNTS + 1).map(|account| Owner::Account(AccountId(account))));
    for owner in owners {
        let is_of = |entity, account| match owner {
            Owner::Entity(of) => of == entity,
            Owner::Account(of) => of == account,
        };
        let asked = [
            Asked::default(),
            Asked {
                status: Some(Status::Open),
                ..Asked::default()
            },
            Asked {
                status: Some(Status::Filled),
                instrument: Some(InstrumentId(1)),
                ..Asked::default()
            },
            Asked {
                status: Some(Status::Cancelled),
                ..Asked::default()
            },
            Asked {
                status: Some(Status::Rejected),
                ..Asked::default()
            },
            Asked {
                instrument: Some(InstrumentId(2)),
                ..Asked::default()
            },
            Asked {
                client: Some(protocol::wire::client_trace(&format!("order-{}", random.below(400)))),
                ..Asked::default()
            },
        ];
        for asked in &asked {
            let is_asked = |state| match asked.status {
                None => true,
                Some(Status::Open) => state == OrderState::Open,
                Some(Status::Filled) => state == OrderState::Filled,
                Some(Status::Cancelled) => matches!(state, OrderState::Cancelled(_)),
                Some(Status::Rejected) => matches!(state, OrderState::Rejected(_)),
            };
            let expected: Vec<_> = oracle
                .orders
                .iter()
                .filter(|order| is_of(order.entity, order.account) && is_asked(order.state))
                .filter(|order| asked.instrument.is_none_or(|instrument| order.instrument == instrument))
                .filter(|order| asked.client.is_none() || order.client == asked.client)
                .cloned()
                .collect();
            walk(
                "orders",
                random,
                &expected,
                |order| order.entered_at,
                |window| history.orders(owner, asked, window),
            );
        }
        let fills: Vec<_> = oracle
            .fills
            .iter()
            .filter(|fill| is_of(fill.entity, fill.account))
            .cloned()
            .collect();
        walk(
            "fills",
            random,
            &fills,
            |fill| fill.at,
            |window| history.fills(owner, None, window),
        );
        let of_one: Vec<_> = fills
            .iter()
            .filter(|fill| fill.instrument == InstrumentId(2))
            .cloned()
            .collect();
        walk(
            "fills of an instrument",
            random,
            &of_one,
            |fill| fill.at,
            |window| history.fills(owner, Some(InstrumentId(2)), window),
        );
    }
    for order in oracle
        .orders
        .iter()
        .filter(|_| random.below(8) == 0)
        .cloned()
        .collect::<Vec<_>>()
    {
        let Some(id) = order.order else { continue };
        assert_eq!(history.order(id).unwrap().as_ref(), Some(&order));
        let fills: Vec<_> = oracle.fills.iter().filter(|fill| fill.order == id).cloned().collect();
        walk(
            "fills of an order",
            random,
            &fills,
            |fill| fill.at,
            |window| history.fills_of(id, window),
        );
    }
    assert_eq!(history.order(protocol::OrderId(77)).unwrap(), None);
    statements(history, oracle, random);
    for instrument in (1..=INSTRUMENTS + 1).map(InstrumentId) {
        let prints = oracle.prints.get(&instrument).cloned().unwrap_or_default();
        walk(
            "prints",
            random,
            &prints,
            |print| print.at,
            |window| history.prints(instrument, window),
        );
        for resolution in Resolution::ALL {
            let candles = oracle.candles(instrument, resolution);
            walk(
                "candles",
                random,
                &candles,
                |candle| candle.start,
                |window| history.candles(instrument, resolution, window),
            );
        }
    }
    days(history, oracle, random);
    records(history, oracle, random);
}

fn statements(history: &History, oracle: &Oracle, random: &mut Random) {
    for account in (0..=ACCOUNTS).map(AccountId) {
        let mut currencies = Vec::new();
        for &currency in Currency::ALL {
            let lines = oracle.cash.get(&(account, currency)).cloned().unwrap_or_default();
            if !lines.is_empty() {
                currencies.push(currency);
            }
            walk(
                "cash",
                random,
                &lines,
                |line| line.at,
                |window| history.cash(account, currency, window),
            );
        }
        assert_eq!(history.currencies_of(account).unwrap(), currencies);
        let mut instruments = Vec::new();
        for instrument in (1..=INSTRUMENTS).map(InstrumentId) {
            let lines = oracle.units.get(&(account, instrument)).cloned().unwrap_or_default();
            if !lines.is_empty() {
                instruments.push(instrument);
            }
            walk(
                "units",
                random,
                &lines,
                |line| line.at,
                |window| history.units(account, instrument, window),
            );
        }
        assert_eq!(history.instruments_of(account, None, 10).unwrap(), instruments);
        let rest = instruments.get(1..).unwrap_or_default();
        assert_eq!(
            history
                .instruments_of(account, instruments.first().copied(), 10)
                .unwrap(),
            rest
        );
    }
}

fn days(history: &History, oracle: &Oracle, random: &mut Random) {
    let cash = Currency::ALL.iter().map(|&currency| Moved::Cash(currency));
    let units = (1..=INSTRUMENTS).map(|instrument| Moved::Units(InstrumentId(instrument)));
    let accounts = (0..=ACCOUNTS).map(|account| Some(AccountId(account)));
    for (of, account) in cash
        .chain(units)
        .flat_map(|of| accounts.clone().chain([None]).map(move |account| (of, account)))
    {
        // All accounts together may have more of what is bid in secret than there can be.
        let Some(expected) = oracle.days(account, of) else {
            assert!(account.is_none() && of == Moved::Cash(Currency::Cny));
            continue;
        };
        walk(
            "days",
            random,
            &expected,
            |day| day.date.start(),
            |window| history.days(account, of, window),
        );
    }
}

fn readers() -> Vec<Reader> {
    let entities = (0..=ENTITIES + 1).map(|entity| Reader::Entity(EntityId(entity)));
    entities.chain([Reader::Nobody, Reader::Staff, Reader::All]).collect()
}

fn records(history: &History, oracle: &Oracle, random: &mut Random) {
    for reader in readers() {
        let expected = oracle.changes(reader);
        let numbers: Vec<_> = expected.iter().map(|change| change.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        for _ in 0..4 {
            // In pages of any size.
            let (mut found, mut from) = (Vec::new(), 0);
            loop {
                let page = history.changes(reader, from, 1 + random.below(30) as usize).unwrap();
                let Some(last) = page.last() else { break };
                from = last.number;
                found.extend(page);
            }
            assert_eq!(found, expected, "{reader:?}");
        }
        // From anywhere.
        for _ in 0..10 {
            let from = random.below(expected.len() as u64 + 3);
            let page = history.changes(reader, from, 5).unwrap();
            let rest = expected.iter().filter(|change| change.number > from).take(5).cloned();
            assert_eq!(page, rest.collect::<Vec<_>>(), "{reader:?} from {from}");
        }
        // Whoever keeps the last of each name has what it may read now.
        let mut kept: BTreeMap<Name, Told> = BTreeMap::new();
        for change in &expected {
            match &change.what {
                Changed::New(told) | Changed::Version(told) => _ = kept.insert(change.name.clone(), told.clone()),
                Changed::Gone => assert!(kept.remove(&change.name).is_some(), "what goes was there"),
            }
        }
        let names: Vec<_> = oracle.told.iter().map(|(.., told)| told.name()).collect();
        for name in &names {
            if random.below(20) > 0 {
                continue;
            }
            let versions: Vec<_> = oracle
                .told
                .iter()
                .enumerate()
                .filter(|(place, (.., told))| told.name() == *name && oracle.may_read(reader, *place))
                .map(|(_, (_, at, happened_at, _, told))| history::Version {
                    at: *at,
                    happened_at: *happened_at,
                    told: told.clone(),
                })
                .collect();
            walk(
                "versions",
                random,
                &versions,
                |version| version.at,
                |window| history.versions(reader, name, window),
            );
        }
    }
}

#[test]
fn every_query_gives_what_a_fold_in_memory_gives() {
    for seed in 0..4 {
        let (_folder, file) = place();
        let (mut keeper, history) = history::open(&file, small()).unwrap();
        let batches = Venue::batches(seed, Some(seed + 100), 40, 30);
        let mut random = Random(seed);
        take(&mut keeper, &batches[..25]);
        settle(&history);
        compare(&history, &Oracle::of(&batches[..25]), &mut random);
        take(&mut keeper, &batches[25..]);
        settle(&history);
        let oracle = Oracle::of(&batches);
        compare(&history, &oracle, &mut random);
        // Else the comparison proves little.
        let changes = oracle.changes(Reader::Entity(EntityId(1)));
        assert!(changes.iter().any(|change| change.what == Changed::Gone));
        assert!(oracle.fills.len() > 50 && oracle.told.len() > 100);
        assert!(
            oracle
                .days(None, Moved::Cash(Currency::ALL[1]))
                .is_some_and(|days| days.len() > 4)
        );
        assert!(
            oracle.cash.values().flatten().any(|line| line.happened_at < line.at),
            "something was sealed"
        );
    }
}

#[test]
fn a_day_begins_at_midnight_in_shenzhen() {
    let midnight = protocol::Date::from_civil(2026, 3, 2).unwrap().start();
    assert_eq!(Resolution::Day.start(midnight), midnight);
    assert_eq!(Resolution::Day.start(Timestamp(midnight.0 + 1)), midnight);
    assert_eq!(
        Resolution::Day.start(Timestamp(midnight.0 - 1)),
        Timestamp(midnight.0 - 86_400_000_000_000)
    );
}
