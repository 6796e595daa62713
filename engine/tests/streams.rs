//! Random streams: the plain book is the oracle of the fast one. Same commands, same events, same answers, same state;
//! every invariant after every command (conservation of cash and units, holds = open interest, books uncrossed).

mod floor;

use engine::book::{FastBook, PlainBook};
use floor::{Floor, OPERATOR, Party, epoch, limit, order};
use protocol::{
    Answer, Command, InstrumentId, OrderId, Outcome, Price, Quantity, Receipt, Side, UserId,
    command::{ClientKey, IssueUnits, OrderKind},
    party::Roles,
    rules::{Approval, Profile},
    time::DAY,
};
use std::thread;

/// The issue's own number: streams, and commands in each.
const STREAMS: u64 = 20_000;
const COMMANDS: usize = 200;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// Both exchanges, told the same.
struct Pair {
    fast: Floor<FastBook>,
    plain: Floor<PlainBook>,
}

impl Pair {
    fn ask(&mut self, by: UserId, client: Option<ClientKey>, command: Command) -> Answer {
        let answer = self.fast.ask(by, client, command.clone());
        assert_eq!(answer, self.plain.ask(by, client, command));
        assert_eq!(self.fast.events, self.plain.events);
        self.fast.events.clear();
        self.plain.events.clear();
        answer
    }

    fn both<T: PartialEq + std::fmt::Debug>(
        &mut self,
        fast: impl FnOnce(&mut Floor<FastBook>) -> T,
        plain: impl FnOnce(&mut Floor<PlainBook>) -> T,
    ) -> T {
        let result = fast(&mut self.fast);
        assert_eq!(result, plain(&mut self.plain));
        result
    }
}

fn stream(seed: u64) {
    let mut random = Random(seed);
    let mut pair = Pair {
        fast: Floor::unit_market(),
        plain: Floor::unit_market(),
    };
    let roles = Roles::TRADER.with(Roles::FIRM);
    let parties: Vec<Party> = floor::CODES[..4]
        .iter()
        .map(|code| pair.both(|f| f.party(code, roles), |f| f.party(code, roles)))
        .collect();
    let instruments: Vec<InstrumentId> = ["A", "B"]
        .into_iter()
        .map(|symbol| {
            pair.both(
                |f| f.list(parties[0], symbol, 5_000).1,
                |f| f.list(parties[0], symbol, 5_000).1,
            )
        })
        .collect();
    for party in &parties {
        let cash = random.of(&[0, 1, 1_000, 1_000_000, 1_000_000_000]);
        if cash > 0 {
            pair.both(|f| f.cash_in(party.account, cash), |f| f.cash_in(party.account, cash));
        }
    }
    let mut orders: Vec<OrderId> = Vec::new();
    let wide = random.below(2) == 0;
    for _ in 0..COMMANDS {
        let party = random.of(&parties);
        let instrument = if random.below(50) == 0 {
            InstrumentId(9)
        } else {
            random.of(&instruments)
        };
        let mut by = party.user;
        let command = match random.below(100) {
            0..70 => {
                let side = random.of(&[Side::Buy, Side::Sell]);
                let near = if wide {
                    5 + 5 * random.below(199) as i64
                } else {
                    480 + 5 * random.below(9) as i64
                };
                let price = match random.below(40) {
                    0 => random.of(&[0, -5, 3, 5, 1_000, 1_005, i64::MAX, i64::MIN]),
                    _ => near,
                };
                let units = match random.below(20) {
                    0 => random.of(&[0, -1, 1, 1_000_000, 1_000_001, i64::MAX, i64::MIN]),
                    _ => 1 + random.below(60) as i64,
                };
                let kind = match random.below(10) {
                    0 => OrderKind::Market,
                    1 | 2 => OrderKind::ImmediateOrCancel(Price::from_minor(price)),
                    _ => limit(price),
                };
                order(party.account, instrument, side, kind, units)
            }
            70..90 if !orders.is_empty() => {
                let order = random.of(&orders);
                // Mostly by its owner, so that it counts.
                by = random.of(&parties).user;
                Command::CancelOrder { order }
            }
            70..92 => Command::CancelOrder {
                order: OrderId(random.next()),
            },
            92 | 93 => {
                by = OPERATOR;
                Command::SetTrading {
                    instrument,
                    trading: random.below(4) > 0,
                }
            }
            94 => {
                by = OPERATOR;
                let (maker, taker) = (
                    random.of(&[0, 1, 10, 9_999, 10_000, 10_001]),
                    random.of(&[0, 20, 10_000]),
                );
                epoch(Profile::UnitMarket, Approval::Sandbox, maker, taker)
            }
            95 => {
                by = OPERATOR;
                let minor = random.of(&[1, 777, 1_000_000, i64::MAX, -1, 0]);
                let cash = pair.both(|f| f.cash(party.account, minor), |f| f.cash(party.account, minor));
                if random.below(2) == 0 {
                    Command::CashIn(cash)
                } else {
                    Command::CashOut(cash)
                }
            }
            96 => {
                by = OPERATOR;
                let quantity = Quantity::from_units(random.of(&[1, 100, 1_000_000, i64::MAX, 0]));
                Command::IssueUnits(IssueUnits {
                    instrument,
                    account: parties[0].account,
                    quantity,
                })
            }
            97 => {
                by = OPERATOR;
                let days = random.of(&[0, 1, 100, 900]) * DAY;
                pair.fast.at += days;
                pair.plain.at += days;
                Command::Tick
            }
            _ => order(random.of(&parties).account, instrument, Side::Buy, limit(500), 1),
        };
        let client = (random.below(4) == 0).then(|| ClientKey {
            id: [random.below(20) as u8; 16],
            body: [random.below(3) as u8; 8],
        });
        if let Outcome::Done(Receipt::Order(id)) = pair.ask(by, client, command).outcome {
            orders.push(id);
        }
    }
    assert_eq!(
        pair.fast.exchange.state_hash(),
        pair.plain.exchange.state_hash(),
        "seed {seed}"
    );
}

#[test]
fn both_books_tell_the_same_and_nothing_is_lost_or_made() {
    let cores = thread::available_parallelism().map_or(2, usize::from) as u64;
    thread::scope(|scope| {
        for core in 0..cores {
            scope.spawn(move || (0..STREAMS).filter(|seed| seed % cores == core).for_each(stream));
        }
    });
}
