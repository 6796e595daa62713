//! A random stream of commands, for whoever wants to compare exchanges: the same seed opens every floor alike.

use super::{CODES, Floor, OPERATOR, Party, cash_move, epoch, limit, order};
use engine::book::Book;
use protocol::{
    Amount, Answer, Command, InstrumentId, OrderId, Outcome, Price, Quantity, Receipt, Side, UserId, WithdrawalId,
    account::{PayOut, RequestWithdrawal, WithdrawalStep},
    command::ClientKey,
    listing::IssueUnits,
    order::OrderKind,
    party::Roles,
    rules::{Approval, Profile},
    time::{DAY, SECOND},
};

/// SplitMix64.
#[derive(Clone)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// What is asked next, so long after the last.
pub struct Ask {
    pub wait: u64,
    pub by: UserId,
    pub client: Option<ClientKey>,
    pub command: Command,
}

/// Four parties with some cash on two books.
#[derive(Clone)]
pub struct Stream {
    random: Random,
    parties: Vec<Party>,
    instruments: Vec<InstrumentId>,
    orders: Vec<OrderId>,
    /// Whether prices spread over the band, or most orders meet.
    wide: bool,
    cash_moves: u64,
    withdrawals: Vec<WithdrawalId>,
}

impl Stream {
    /// Lets the parties of this seed onto a floor.
    pub fn open<B: Book>(seed: u64, floor: &mut Floor<B>) -> Self {
        let mut random = Random(seed);
        let roles = Roles::TRADER.with(Roles::FIRM);
        let parties: Vec<Party> = CODES[..4].iter().map(|code| floor.party(code, roles)).collect();
        let instruments = ["A", "B"].map(|symbol| floor.list(parties[0], symbol, 5_000).1);
        for party in &parties {
            let cash = random.of(&[0, 1, 1_000, 1_000_000, 1_000_000_000]);
            if cash > 0 {
                floor.cash_in(party.account, cash);
            }
        }
        let wide = random.below(2) == 0;
        Self {
            random,
            parties,
            instruments: instruments.into(),
            orders: Vec::new(),
            wide,
            cash_moves: 0,
            withdrawals: Vec::new(),
        }
    }

    /// The next command.
    pub fn next(&mut self) -> Ask {
        let Self {
            random,
            parties,
            instruments,
            orders,
            wide,
            cash_moves,
            withdrawals,
        } = self;
        let mut wait = 0;
        let party = random.of(parties);
        let instrument = if random.below(50) == 0 {
            InstrumentId(9)
        } else {
            random.of(instruments)
        };
        let mut by = party.user;
        let command = match random.below(100) {
            0..70 => {
                let side = random.of(&[Side::Buy, Side::Sell]);
                let near = if *wide {
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
                let order = random.of(orders);
                // Mostly by its owner, so that it counts.
                by = random.of(parties).user;
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
                *cash_moves += 1;
                let cash = cash_move(party.account, minor, &format!("stream-{cash_moves}"));
                let withdrawal = withdrawals.last().copied().unwrap_or_default();
                match random.below(4) {
                    0 => Command::CashIn(cash),
                    1 => {
                        by = party.user;
                        Command::RequestWithdrawal(RequestWithdrawal {
                            account: party.account,
                            amount: Amount::new(cash.currency, cash.amount),
                        })
                    }
                    2 => Command::ApproveWithdrawal(WithdrawalStep { withdrawal }),
                    _ => Command::CashOut(Box::new(PayOut {
                        withdrawal,
                        reference: cash.reference,
                    })),
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
                // Some answers are forgotten, all of them, all orders of a right that ends.
                wait = random.of(&[0, 7 * 3_600 * SECOND, DAY, 100 * DAY, 900 * DAY]);
                Command::Tick
            }
            _ => order(random.of(parties).account, instrument, Side::Buy, limit(500), 1),
        };
        let client = (random.below(4) == 0).then(|| ClientKey {
            id: [random.below(20) as u8; 16],
            body: [random.below(3) as u8; 8],
        });
        Ask {
            wait,
            by,
            client,
            command,
        }
    }

    /// Takes note of the answer: later commands cancel or pay what now stands.
    pub fn heard(&mut self, answer: &Answer) {
        match answer.outcome {
            Outcome::Done(Receipt::Order(id)) => self.orders.push(id),
            Outcome::Done(Receipt::Deal(seq)) => self.withdrawals.push(seq.into()),
            _ => {}
        }
    }
}
