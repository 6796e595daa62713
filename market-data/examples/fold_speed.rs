//! How fast events are folded, and what clients cost. A million commands on one book about 300 levels deep a side
//! (half orders, four in ten cancels, the rest trades), then the same with clients that follow the book.
//! `cargo run --profile dist -p zhiheng-market-data --example fold_speed`

use market_data::{Channel, Limits, Selection, Wanted, new};
use protocol::{
    AccountId, AssetId, Committed, Currency, EntityId, Event, InstrumentId, Money, OrderId, Price, PrivateEvent,
    PublicEvent, Quantity, Seq, Side, Stamped, Symbol, Timestamp, TradeId,
    account::CashMove,
    event::{CancelReason, UnitsListed},
    listing::BookTerms,
    text::Reference,
};
use std::{fs, time::Duration};

struct Stream {
    state: u64,
    seq: u64,
    trades: u64,
    generations: Vec<u32>,
    free: Vec<u32>,
    live: Vec<(OrderId, AccountId, Side, i64, i64)>,
    events: Vec<Stamped<Event>>,
}

/// How long this thread has run, without what others took of its core.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    Duration::from_nanos(
        stat.split(' ')
            .next()
            .and_then(|ns| ns.parse().ok())
            .expect("nanoseconds"),
    )
}

/// The memory in use, in bytes.
fn memory() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux");
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok())
        .expect("pages")
        * 4_096
}

const BOOK: InstrumentId = InstrumentId(1);

impl Stream {
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(z ^ (z >> 31)) * u128::from(n)) >> 64) as u64
    }

    fn tell(&mut self, body: Event) {
        let at = Timestamp(1_772_416_800_000_000_000 + self.seq * 1_000);
        self.events.push(Stamped {
            seq: Seq(self.seq),
            at,
            body,
        });
    }

    fn private(&mut self, account: AccountId, event: PrivateEvent) {
        self.tell(Event::Private(EntityId(account.0), event));
    }

    fn accept(&mut self, side: Side, price: i64, quantity: i64) -> (OrderId, AccountId) {
        let account = AccountId(1 + self.below(1_024) as u32);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.generations.push(0);
            self.generations.len() as u32 - 1
        });
        let order = OrderId::new(slot, self.generations[slot as usize]);
        let (instrument, price, quantity) = (BOOK, Price::from_minor(price), Quantity::from_units(quantity));
        let held = if side == Side::Buy {
            price.times(quantity).unwrap()
        } else {
            Money::ZERO
        };
        self.private(
            account,
            PrivateEvent::OrderAccepted {
                order,
                account,
                instrument,
                side,
                price,
                quantity,
                held,
            },
        );
        (order, account)
    }

    fn end(&mut self, order: OrderId) {
        self.generations[order.slot() as usize] += 1;
        self.free.push(order.slot());
    }

    fn command(&mut self) {
        self.seq += 1;
        let draw = self.below(100);
        let target = if self.live.len() > 10_000 { 47 } else { 53 };
        if draw < target || self.live.len() < 100 {
            // Sides never cross: buys lie below 100,000 and sells above.
            let side = if self.below(2) == 0 { Side::Buy } else { Side::Sell };
            let mut away = 1;
            while away < 500 && self.below(50) > 0 {
                away += 1;
            }
            let price = if side == Side::Buy {
                100_000 - away
            } else {
                100_000 + away
            };
            let quantity = 1 + self.below(100) as i64;
            let (order, account) = self.accept(side, price, quantity);
            self.live.push((order, account, side, price, quantity));
            let (price, quantity) = (Price::from_minor(price), Quantity::from_units(quantity));
            self.tell(Event::Public(PublicEvent::OrderAdded {
                instrument: BOOK,
                order,
                side,
                price,
                quantity,
            }));
            return;
        }
        let nth = self.below(self.live.len() as u64) as usize;
        let (order, account, side, price, quantity) = self.live.swap_remove(nth);
        let (limit, units) = (Price::from_minor(price), Quantity::from_units(quantity));
        let held = if side == Side::Buy {
            limit.times(units).unwrap()
        } else {
            Money::ZERO
        };
        if draw < 94 {
            self.tell(Event::Public(PublicEvent::OrderRemoved {
                instrument: BOOK,
                order,
                side,
                price: limit,
                quantity: units,
            }));
            let reason = CancelReason::Requested;
            self.private(
                account,
                PrivateEvent::OrderCancelled {
                    order,
                    account,
                    instrument: BOOK,
                    side,
                    reason,
                    quantity: units,
                    released: held,
                },
            );
        } else {
            let taker_side = side.opposite();
            let (taker, taker_account) = self.accept(taker_side, price, quantity);
            self.trades += 1;
            let trade = TradeId(self.trades);
            self.tell(Event::Public(PublicEvent::Traded {
                instrument: BOOK,
                trade,
                maker: order,
                taker_side,
                price: limit,
                quantity: units,
                sandbox: true,
            }));
            for (order, account, side) in [(order, account, side), (taker, taker_account, taker_side)] {
                self.private(
                    account,
                    PrivateEvent::OrderFilled {
                        order,
                        account,
                        instrument: BOOK,
                        side,
                        trade,
                        price: limit,
                        quantity: units,
                        fee: Money::ZERO,
                        released: Money::ZERO,
                    },
                );
            }
            let (amount, currency) = (Money::from_minor(1), Currency::Cny);
            let account = AccountId(0);
            self.private(
                account,
                PrivateEvent::FeesCollected {
                    account,
                    trade,
                    currency,
                    amount,
                },
            );
            self.end(taker);
        }
        self.end(order);
    }

    fn batch(&mut self, commands: usize) -> Committed {
        (0..commands).for_each(|_| self.command());
        Committed {
            up_to: Seq(self.seq),
            at: Timestamp(0),
            events: std::mem::take(&mut self.events),
            asked: vec![],
        }
    }
}

fn main() {
    let mut stream = Stream {
        state: 42,
        seq: 1,
        trades: 0,
        generations: vec![],
        free: vec![],
        live: vec![],
        events: vec![],
    };
    let symbol = Symbol::new("SPEED").unwrap();
    let price = Price::from_minor;
    let terms = BookTerms {
        symbol,
        currency: Currency::Cny,
        tick: price(1),
        price_low: price(1),
        price_high: price(200_000),
        lot: Quantity::from_units(1),
        order_max: Quantity::from_units(100),
        supply: Quantity::from_units(1_000_000_000),
    };
    let listed = UnitsListed {
        instrument: BOOK,
        asset: AssetId(1),
        terms: terms.clone(),
        sandbox: true,
    };
    stream.tell(Event::Public(PublicEvent::UnitsListed(Box::new(listed))));
    for account in (1..=1_024).map(AccountId) {
        let (currency, amount) = (Currency::Cny, Money::from_minor(1_000_000_000_000_000));
        let reference = Reference::new(&account.0.to_string()).unwrap();
        let cash = CashMove {
            account,
            currency,
            amount,
            reference,
        };
        stream.private(account, PrivateEvent::CashReceived(Box::new(cash)));
        let quantity = Quantity::from_units(100_000_000);
        stream.private(
            account,
            PrivateEvent::UnitsReceived {
                account,
                instrument: BOOK,
                quantity,
            },
        );
    }
    let opening = stream.batch(20_000);
    let batches: Vec<_> = (0..1_000_000 / 64).map(|_| stream.batch(64)).collect();
    let events: usize = batches.iter().map(|batch| batch.events.len()).sum();

    let fold_all = || {
        let (_, mut folder) = new(Limits::default());
        folder.fold(&opening, Timestamp(0));
        let start = cpu();
        batches.iter().for_each(|batch| folder.fold(batch, batch.at));
        cpu() - start
    };
    let mut runs: Vec<_> = (0..7).map(|_| fold_all()).collect();
    runs.sort();
    let took = runs[3];
    let rate = |count: usize| count as f64 / took.as_secs_f64() / 1e6;
    println!(
        "no clients: {events} events of {} commands in {took:?}: {:.2} M events/s",
        batches.len() * 64,
        rate(events)
    );

    let (data, mut folder) = new(Limits::default());
    let before = memory();
    let listings = 1_000_000;
    for first in (1..=listings).step_by(1_000) {
        let seq = Seq(u64::from(first));
        let list = |number: u32| {
            let terms = BookTerms {
                symbol: Symbol::new(&format!("L{number}")).unwrap(),
                ..terms.clone()
            };
            let listed = UnitsListed {
                instrument: InstrumentId(number),
                asset: AssetId(number),
                terms,
                sandbox: true,
            };
            Stamped {
                seq,
                at: Timestamp(0),
                body: Event::Public(PublicEvent::UnitsListed(Box::new(listed))),
            }
        };
        let events = (first..first + 1_000).map(list).collect();
        folder.fold(
            &Committed {
                up_to: seq,
                at: Timestamp(0),
                events,
                asked: vec![],
            },
            Timestamp(0),
        );
    }
    println!(
        "{listings} idle listings: {} bytes each, all views together",
        (memory() - before) / listings as usize
    );
    let before = memory();
    let clients: Vec<_> = (0..10_000)
        .map(|number| {
            let (subscriber, mut receiver) = data.connect();
            let symbol = Symbol::new(&format!("L{}", 1 + number % 5_000)).unwrap();
            let wanted = Selection::Symbols(vec![Wanted { symbol, from_seq: None }]);
            subscriber.subscribe(Channel::BookL2, &wanted).unwrap();
            while receiver.try_next(|| Timestamp(0)).is_some() {}
            (subscriber, receiver)
        })
        .collect();
    println!(
        "10000 clients of one symbol each: {} bytes each",
        (memory() - before) / clients.len()
    );
    drop(clients);
    drop((data, folder));

    for clients in [1, 100, 10_000] {
        let (data, mut folder) = new(Limits {
            queue_frames: usize::MAX,
            queue_bytes: usize::MAX,
            ..Limits::default()
        });
        folder.fold(&opening, Timestamp(0));
        let wanted = Selection::Symbols(vec![Wanted { symbol, from_seq: None }]);
        let mut receivers: Vec<_> = (0..clients)
            .map(|_| {
                let (subscriber, mut receiver) = data.connect();
                subscriber.subscribe(Channel::BookL2, &wanted).unwrap();
                assert!(receiver.try_next(|| Timestamp(0)).is_some() && receiver.try_next(|| Timestamp(0)).is_none());
                receiver
            })
            .collect();
        let some = &batches[..(batches.len() / clients / 4).clamp(4, 4_000)];
        let (mut fold, mut read, mut frames) = (Duration::ZERO, Duration::ZERO, 0);
        for batch in some {
            let start = cpu();
            folder.fold(batch, batch.at);
            fold += cpu() - start;
            let start = cpu();
            for receiver in &mut receivers {
                while receiver.try_next(|| Timestamp(0)).is_some() {
                    frames += 1;
                }
            }
            read += cpu() - start;
        }
        let each = |took: Duration| took.as_nanos() as f64 / frames as f64;
        println!(
            "{clients} clients: {frames} frames; {:.0} ns to fold, encode and hand out each, {:.0} ns to receive each",
            each(fold),
            each(read)
        );
    }
}
