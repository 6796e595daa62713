//! Deals, told line by line: `scenarios/*.txt` holds what is said on the floor and, after `->`, what came of it. One
//! runner plays them all on both books. `ZHIHENG_RENEW=1 cargo test -p zhiheng-engine --test rules scenarios` writes
//! what came of it into the files; it is read in review.

use crate::floor::{self, Floor, OPENING, OPERATOR, Party, epoch, order};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    Command, Event, InstrumentId, Notice, OrderId, Outcome, Price, PrivateEvent, PublicEvent, Receipt, Record, Side,
    event::TradingStatus,
    order::OrderKind,
    party::Roles,
    rules::{Approval, Profile},
};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// A floor with named parties and named orders.
struct Play<B: Book> {
    floor: Floor<B>,
    parties: BTreeMap<String, Party>,
    orders: BTreeMap<String, OrderId>,
    instrument: InstrumentId,
}

impl<B: Book> Play<B> {
    /// Ana owns the right and has its 1,000 units; everyone has 10,000.00 yuan.
    fn new() -> Self {
        let mut floor = Floor::unit_market();
        let mut parties = BTreeMap::new();
        for (name, code) in ["ana", "bo", "cy"].into_iter().zip(floor::CODES) {
            let party = floor.party(code, Roles::TRADER.with(Roles::FIRM));
            floor.cash_in(party.account, 1_000_000);
            parties.insert(name.to_owned(), party);
        }
        let (_, instrument) = floor.list(parties["ana"], "US1.U", 1_000);
        Self {
            floor,
            parties,
            orders: BTreeMap::new(),
            instrument,
        }
    }

    /// Says a line, and tells what came of it.
    fn say(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let first = self.floor.events.len();
        let (by, command, label) = match words[..] {
            [who, verb @ ("buys" | "sells"), units, ref how @ .., "as", label] => {
                let party = self.parties[who];
                let side = if verb == "buys" { Side::Buy } else { Side::Sell };
                let kind = match how {
                    ["@", price] => OrderKind::Limit(Price::from_minor(price.parse().unwrap())),
                    ["@", price, "now"] => OrderKind::ImmediateOrCancel(Price::from_minor(price.parse().unwrap())),
                    ["at", "market"] => OrderKind::Market,
                    other => panic!("{other:?}"),
                };
                let command = order(party.account, self.instrument, side, kind, units.parse().unwrap());
                (party.user, command, Some(label))
            }
            [who, "cancels", label] => (
                self.parties[who].user,
                Command::CancelOrder {
                    order: self.orders[label],
                },
                None,
            ),
            ["halt"] => (
                OPERATOR,
                Command::SetTrading {
                    instrument: self.instrument,
                    trading: false,
                },
                None,
            ),
            ["resume"] => (
                OPERATOR,
                Command::SetTrading {
                    instrument: self.instrument,
                    trading: true,
                },
                None,
            ),
            ["fees", maker, taker] => {
                let fees = epoch(
                    Profile::UnitMarket,
                    Approval::Sandbox,
                    maker.parse().unwrap(),
                    taker.parse().unwrap(),
                );
                (OPERATOR, fees, None)
            }
            ["days", "pass", days] => {
                self.floor.at += days.parse::<u64>().unwrap() * protocol::time::DAY;
                (OPERATOR, Command::Tick, None)
            }
            ["balances"] => return self.balances(),
            ref other => panic!("nobody says {other:?}"),
        };
        let answer = self.floor.ask(by, None, command);
        if let (Outcome::Done(Receipt::Order(id)), Some(label)) = (answer.outcome, label) {
            self.orders.insert(label.to_owned(), id);
        }
        let told: Vec<String> = self.floor.events[first..]
            .iter()
            .map(|event| self.tell(&event.body))
            .collect();
        if told.is_empty() {
            "nothing".to_owned()
        } else {
            told.join("; ")
        }
    }

    fn name(&self, order: OrderId) -> &str {
        self.orders
            .iter()
            .find(|(_, id)| **id == order)
            .map_or("?", |(name, _)| name)
    }

    fn tell(&self, event: &Event) -> String {
        match event {
            Event::Public(PublicEvent::OrderAdded {
                order, price, quantity, ..
            }) => {
                format!("{} rests {} @ {}", self.name(*order), quantity.units(), price.minor())
            }
            Event::Public(PublicEvent::OrderRemoved { order, quantity, .. }) => {
                format!("{} leaves the book with {}", self.name(*order), quantity.units())
            }
            Event::Public(PublicEvent::Traded {
                trade,
                maker,
                price,
                quantity,
                ..
            }) => {
                format!(
                    "trade {} of {} @ {} with {}",
                    trade.0,
                    quantity.units(),
                    price.minor(),
                    self.name(*maker)
                )
            }
            Event::Public(PublicEvent::TradingChanged { status, .. }) => match status {
                TradingStatus::Trading => "trading".to_owned(),
                TradingStatus::Halted => "halted".to_owned(),
                TradingStatus::Closed => "closed".to_owned(),
                TradingStatus::Frozen => "frozen".to_owned(),
            },
            Event::Public(PublicEvent::EpochOpened(_)) => "new rules".to_owned(),
            Event::Public(PublicEvent::Notice(notice)) if matches!(**notice, Notice::RuleBook(_)) => {
                "its numbers".to_owned()
            }
            Event::Record(changed) => match &changed.record {
                Record::Title(title) => format!("its right is {:?}", title.state),
                other => format!("{other:?}"),
            },
            Event::Private(
                _,
                PrivateEvent::OrderAccepted {
                    order,
                    side: Side::Buy,
                    held,
                    ..
                },
            ) => {
                format!("{} accepted, holds {} fen", self.name(*order), held.minor())
            }
            Event::Private(_, PrivateEvent::OrderAccepted { order, .. }) => format!("{} accepted", self.name(*order)),
            Event::Private(
                _,
                PrivateEvent::OrderFilled {
                    order, fee, released, ..
                },
            ) => {
                format!(
                    "{} pays fee {}, frees {}",
                    self.name(*order),
                    fee.minor(),
                    released.minor()
                )
            }
            Event::Private(
                _,
                PrivateEvent::OrderCancelled {
                    order,
                    reason,
                    quantity,
                    released,
                    ..
                },
            ) => {
                let (name, units, released) = (self.name(*order), quantity.units(), released.minor());
                format!("{name} ends with {units} ({reason:?}), frees {released}")
            }
            Event::Private(_, PrivateEvent::FeesCollected { amount, .. }) => format!("venue gets {}", amount.minor()),
            Event::Private(_, PrivateEvent::Rejected { reject, .. })
            | Event::Sealed(_, PrivateEvent::Rejected { reject, .. }) => format!("rejected {}", reject.code()),
            other => format!("{other:?}"),
        }
    }

    /// Each party's cash and units, folded from the events: what a client could know.
    fn balances(&self) -> String {
        let mut told = String::new();
        for (name, party) in &self.parties {
            let (mut cash, mut units) = (0, 0);
            for event in &self.floor.events {
                match &event.body {
                    Event::Private(_, PrivateEvent::CashReceived(moved)) if moved.account == party.account => {
                        cash += moved.amount.minor();
                    }
                    Event::Private(_, PrivateEvent::UnitsReceived { account, quantity, .. })
                        if *account == party.account =>
                    {
                        units += quantity.units();
                    }
                    Event::Private(
                        _,
                        PrivateEvent::OrderFilled {
                            account,
                            side,
                            price,
                            quantity,
                            fee,
                            ..
                        },
                    ) if *account == party.account => {
                        let sign = if *side == Side::Buy { 1 } else { -1 };
                        cash -= sign * price.times(*quantity).unwrap().minor() + fee.minor();
                        units += sign * quantity.units();
                    }
                    _ => {}
                }
            }
            let comma = if told.is_empty() { "" } else { "; " };
            write!(told, "{comma}{name} has {cash} fen and {units} units").unwrap();
        }
        told
    }
}

fn play<B: Book>(script: &str) -> String {
    let mut play: Option<Play<B>> = None;
    let mut told = String::new();
    for line in script.lines() {
        if line.is_empty() || line.starts_with('#') {
            // A heading opens a new floor.
            if line.starts_with("# ") {
                play = Some(Play::new());
            }
            writeln!(told, "{line}").unwrap();
        } else {
            let said = line.split("->").next().unwrap().trim_end();
            let came = play.as_mut().expect("a heading first").say(said);
            writeln!(told, "{said} -> {came}").unwrap();
        }
    }
    assert!(play.is_none_or(|play| play.floor.at >= OPENING));
    told
}

#[test]
fn every_deal_ends_as_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let expected = fs::read_to_string(&path).unwrap();
        let told = play::<FastBook>(&expected);
        assert_eq!(
            told,
            play::<PlainBook>(&expected),
            "both books tell the same of {}",
            path.display()
        );
        if std::env::var_os("ZHIHENG_RENEW").is_some() {
            fs::write(&path, told).unwrap();
        } else {
            assert_eq!(told, expected, "{}", path.display());
        }
    }
}
