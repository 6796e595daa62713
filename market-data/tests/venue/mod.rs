//! A small venue that makes lawful events from a seed, written without regard for speed, and knows the truth beside
//! them: which orders rest, what each account has. The views are judged by it.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use protocol::{
    AccountId, AssetId, BasisPoints, Committed, Currency, EntityId, Event, InstrumentId, Money, OrderId, Price,
    PrivateEvent, PublicEvent, Quantity, Seq, Side, Stamped, Symbol, Timestamp, TradeId,
    account::CashMove,
    event::{CancelReason, UnitsListed},
    listing::BookTerms,
    text::Reference,
};
use std::collections::BTreeMap;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

const MAKER: BasisPoints = BasisPoints(10);
const TAKER: BasisPoints = BasisPoints(20);

/// A resting order.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub id: OrderId,
    pub account: AccountId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub price: i64,
    pub left: i64,
    entered: u64,
}

pub struct Venue {
    pub random: Random,
    pub seq: u64,
    pub at: u64,
    trades: u64,
    generations: Vec<u32>,
    free_slots: Vec<u32>,
    pub orders: BTreeMap<OrderId, Order>,
    /// Total and held, in minor units, per account and currency.
    pub cash: BTreeMap<(AccountId, Currency), (i64, i64)>,
    /// Total and held, in units, per account and instrument.
    pub units: BTreeMap<(AccountId, InstrumentId), (i64, i64)>,
    pub symbols: Vec<(InstrumentId, Symbol, Currency)>,
    pub accounts: u32,
    /// How many ticks wide the limits are spread.
    pub depth: u64,
    /// How many ticks a limit may go beyond the middle.
    pub away: i64,
    /// How many of a thousand commands cancel an order, and how many end a whole book.
    pub cancels: u64,
    pub ends: u64,
    /// When each book last changed.
    pub changed: BTreeMap<InstrumentId, u64>,
    events: Vec<Stamped<Event>>,
}

fn hold(price: i64, quantity: i64) -> i64 {
    price * quantity + TAKER.of(Money::from_minor(price * quantity)).minor()
}

pub fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

pub fn units(units: i64) -> Quantity {
    Quantity::from_units(units)
}

impl Venue {
    /// A venue with `accounts` funded accounts and `listings` listings, and the events of that.
    pub fn open(seed: u64, accounts: u32, listings: u32) -> (Self, Vec<Committed>) {
        let mut venue = Self {
            random: Random(seed),
            seq: 0,
            at: 1_772_416_800_000_000_000,
            trades: 0,
            generations: vec![],
            free_slots: vec![],
            orders: BTreeMap::new(),
            cash: BTreeMap::new(),
            units: BTreeMap::new(),
            symbols: vec![],
            accounts,
            depth: 30,
            away: 7,
            cancels: 250,
            ends: 5,
            changed: BTreeMap::new(),
            events: vec![],
        };
        let mut batches = vec![];
        for account in 1..=accounts {
            batches.push(venue.command(|venue| venue.fund(AccountId(account))));
        }
        for _ in 0..listings {
            batches.push(venue.list());
        }
        (venue, batches)
    }

    fn command(&mut self, deed: impl FnOnce(&mut Self)) -> Committed {
        self.seq += 1;
        self.at += 1 + self.random.below(1_000_000);
        deed(self);
        let events = std::mem::take(&mut self.events);
        Committed {
            up_to: Seq(self.seq),
            at: Timestamp(self.at),
            events,
            asked: vec![],
        }
    }

    fn tell(&mut self, body: Event) {
        self.events.push(Stamped {
            seq: Seq(self.seq),
            at: Timestamp(self.at),
            body,
        });
    }

    fn private(&mut self, account: AccountId, event: PrivateEvent) {
        self.tell(Event::Private(EntityId(account.0), event));
    }

    fn public(&mut self, event: PublicEvent) {
        if let PublicEvent::OrderAdded { instrument, .. }
        | PublicEvent::OrderRemoved { instrument, .. }
        | PublicEvent::Traded { instrument, .. } = event
        {
            self.changed.insert(instrument, self.at);
        }
        self.tell(Event::Public(event));
    }

    fn fund(&mut self, account: AccountId) {
        self.private(account, PrivateEvent::AccountOpened { account });
        for &currency in Currency::ALL {
            let amount = 1_000_000_000;
            self.cash.insert((account, currency), (amount, 0));
            let reference = Reference::new(&format!("IN-{}-{}", account.0, currency.code())).unwrap();
            let received = CashMove {
                account,
                currency,
                amount: money(amount),
                reference,
            };
            self.private(account, PrivateEvent::CashReceived(Box::new(received)));
        }
    }

    /// Lists one more instrument and issues units of it to every account.
    pub fn list(&mut self) -> Committed {
        self.command(|venue| {
            let number = venue.symbols.len() as u32 + 1;
            let instrument = InstrumentId(number);
            let symbol = Symbol::new(&format!("LIC-{number}")).unwrap();
            let currency = Currency::ALL[number as usize % Currency::ALL.len()];
            venue.symbols.push((instrument, symbol, currency));
            let terms = BookTerms {
                symbol,
                currency,
                tick: Price::from_minor(1),
                price_low: Price::from_minor(1),
                price_high: Price::from_minor(100_000),
                lot: units(1),
                order_max: units(1_000),
                supply: units(100_000_000),
            };
            let listed = UnitsListed {
                instrument,
                asset: AssetId(number),
                terms,
                sandbox: true,
            };
            venue.public(PublicEvent::UnitsListed(Box::new(listed)));
            for account in (1..=venue.accounts).map(AccountId) {
                venue.units.insert((account, instrument), (100_000, 0));
                let quantity = units(100_000);
                venue.private(
                    account,
                    PrivateEvent::UnitsReceived {
                        account,
                        instrument,
                        quantity,
                    },
                );
                let issued = units(100_000 * i64::from(account.0));
                venue.public(PublicEvent::UnitsIssued {
                    instrument,
                    quantity,
                    issued,
                });
            }
        })
    }

    /// A random command: mostly orders and cancels, now and then the end of a whole book at its own due time.
    pub fn step(&mut self) -> Committed {
        self.command(|venue| match venue.random.below(1_000) {
            draw if draw >= venue.cancels + venue.ends => venue.place(),
            draw if draw >= venue.ends => {
                if let Some(order) = venue.any_order() {
                    venue.cancel(order, CancelReason::Requested);
                }
            }
            _ => {
                // A tick fires two deadlines: their events carry the times when they were due.
                let end = venue.at;
                for due in [end - 1, end] {
                    venue.at = due;
                    let instrument = venue.any_instrument();
                    let ended: Vec<_> = venue
                        .orders
                        .values()
                        .filter(|order| order.instrument == instrument)
                        .map(|o| o.id)
                        .collect();
                    ended
                        .into_iter()
                        .for_each(|order| venue.cancel(order, CancelReason::Expired));
                }
            }
        })
    }

    /// Ends every order of a book, by one command.
    pub fn end_book(&mut self, instrument: InstrumentId) -> Committed {
        let orders = self.orders.values().filter(|order| order.instrument == instrument);
        let ended: Vec<_> = orders.map(|order| order.id).collect();
        self.command(|venue| {
            ended
                .into_iter()
                .for_each(|order| venue.cancel(order, CancelReason::Expired))
        })
    }

    /// Cancels an order of the best level of a side.
    pub fn cancel_best(&mut self, instrument: InstrumentId, side: Side) -> Committed {
        let best = self.levels(instrument, side)[0].0;
        let at_best = |order: &&Order| (order.instrument, order.side, order.price) == (instrument, side, best);
        let id = self.orders.values().find(at_best).expect("the level has orders").id;
        self.command(|venue| venue.cancel(id, CancelReason::Requested))
    }

    fn any_instrument(&mut self) -> InstrumentId {
        InstrumentId(self.random.below(self.symbols.len() as u64) as u32 + 1)
    }

    fn any_order(&mut self) -> Option<OrderId> {
        let nth = self.random.below(self.orders.len().max(1) as u64);
        self.orders.keys().nth(nth as usize).copied()
    }

    fn currency(&self, instrument: InstrumentId) -> Currency {
        self.symbols[instrument.index() - 1].2
    }

    fn place(&mut self) {
        let instrument = self.any_instrument();
        let account = AccountId(self.random.below(self.accounts.into()) as u32 + 1);
        let side = if self.random.below(2) == 0 {
            Side::Buy
        } else {
            Side::Sell
        };
        let away = self.random.below(self.depth) as i64 - self.away;
        let price = if side == Side::Buy { 1_000 - away } else { 1_000 + away };
        let quantity = 1 + self.random.below(100) as i64;
        let rests = self.random.below(5) > 0;

        let slot = self.free_slots.pop().unwrap_or(self.generations.len() as u32);
        if slot as usize == self.generations.len() {
            self.generations.push(0);
        }
        let id = OrderId::new(slot, self.generations[slot as usize]);
        let held = if side == Side::Buy { hold(price, quantity) } else { 0 };
        let currency = self.currency(instrument);
        match side {
            Side::Buy => self.cash.get_mut(&(account, currency)).unwrap().1 += held,
            Side::Sell => self.units.get_mut(&(account, instrument)).unwrap().1 += quantity,
        }
        let (limit, entered) = (Price::from_minor(price), self.seq);
        let accepted = PrivateEvent::OrderAccepted {
            order: id,
            account,
            instrument,
            side,
            price: limit,
            quantity: units(quantity),
            held: money(held),
        };
        self.private(account, accepted);
        let mut order = Order {
            id,
            account,
            instrument,
            side,
            price,
            left: quantity,
            entered,
        };
        let own = self.trade(&mut order);
        if order.left == 0 {
            self.free(id);
        } else if rests && !own {
            self.orders.insert(id, order);
            let quantity = units(order.left);
            self.public(PublicEvent::OrderAdded {
                instrument,
                order: id,
                side,
                price: limit,
                quantity,
            });
        } else {
            self.release(
                order,
                if own {
                    CancelReason::SelfTrade
                } else {
                    CancelReason::NotFilled
                },
            );
        }
    }

    /// The best order of the other side that the arriving one meets.
    fn best(&self, taker: &Order) -> Option<Order> {
        let meets = |maker: &&Order| {
            maker.instrument == taker.instrument
                && maker.side != taker.side
                && if taker.side == Side::Buy {
                    maker.price <= taker.price
                } else {
                    maker.price >= taker.price
                }
        };
        let rank = |maker: &&Order| {
            (
                if taker.side == Side::Buy {
                    maker.price
                } else {
                    -maker.price
                },
                maker.entered,
            )
        };
        self.orders.values().filter(meets).min_by_key(rank).copied()
    }

    /// Trades; whether it stopped before an order of the same account.
    fn trade(&mut self, taker: &mut Order) -> bool {
        while taker.left > 0 {
            let Some(mut maker) = self.best(taker) else {
                return false;
            };
            if maker.account == taker.account {
                return true;
            }
            let quantity = maker.left.min(taker.left);
            self.trades += 1;
            self.public(PublicEvent::Traded {
                instrument: maker.instrument,
                trade: TradeId(self.trades),
                maker: maker.id,
                taker_side: taker.side,
                price: Price::from_minor(maker.price),
                quantity: units(quantity),
                sandbox: true,
            });
            let price = maker.price;
            let fees = self.fill(&mut maker, price, quantity, MAKER) + self.fill(taker, price, quantity, TAKER);
            let currency = self.currency(maker.instrument);
            if fees > 0 {
                self.cash.entry((AccountId(0), currency)).or_default().0 += fees;
                let trade = TradeId(self.trades);
                let account = AccountId(0);
                let amount = money(fees);
                self.private(
                    account,
                    PrivateEvent::FeesCollected {
                        account,
                        trade,
                        currency,
                        amount,
                    },
                );
            }
            if maker.left == 0 {
                self.orders.remove(&maker.id);
                self.free(maker.id);
            } else {
                self.orders.insert(maker.id, maker);
            }
        }
        false
    }

    fn fill(&mut self, order: &mut Order, price: i64, quantity: i64, rate: BasisPoints) -> i64 {
        let value = price * quantity;
        let fee = rate.of(money(value)).minor();
        let Order {
            id,
            account,
            instrument,
            side,
            ..
        } = *order;
        let cash = self
            .cash
            .get_mut(&(account, self.symbols[instrument.index() - 1].2))
            .unwrap();
        let holding = self.units.get_mut(&(account, instrument)).unwrap();
        let mut released = 0;
        match side {
            Side::Buy => {
                let freed = hold(order.price, order.left) - hold(order.price, order.left - quantity);
                released = freed - value - fee;
                cash.0 -= value + fee;
                cash.1 -= freed;
                holding.0 += quantity;
            }
            Side::Sell => {
                cash.0 += value - fee;
                holding.0 -= quantity;
                holding.1 -= quantity;
            }
        }
        order.left -= quantity;
        let filled = PrivateEvent::OrderFilled {
            order: id,
            account,
            instrument,
            side,
            trade: TradeId(self.trades),
            price: Price::from_minor(price),
            quantity: units(quantity),
            fee: money(fee),
            released: money(released),
        };
        self.private(account, filled);
        fee
    }

    fn cancel(&mut self, id: OrderId, reason: CancelReason) {
        let order = self.orders.remove(&id).unwrap();
        self.public(PublicEvent::OrderRemoved {
            instrument: order.instrument,
            order: id,
            side: order.side,
            price: Price::from_minor(order.price),
            quantity: units(order.left),
        });
        self.release(order, reason);
    }

    fn release(&mut self, order: Order, reason: CancelReason) {
        let Order {
            id,
            account,
            instrument,
            side,
            price,
            left,
            ..
        } = order;
        let released = if side == Side::Buy { hold(price, left) } else { 0 };
        let currency = self.currency(instrument);
        match side {
            Side::Buy => self.cash.get_mut(&(account, currency)).unwrap().1 -= released,
            Side::Sell => self.units.get_mut(&(account, instrument)).unwrap().1 -= left,
        }
        let cancelled = PrivateEvent::OrderCancelled {
            order: id,
            account,
            instrument,
            side,
            reason,
            quantity: units(left),
            released: money(released),
        };
        self.private(account, cancelled);
        self.free(id);
    }

    fn free(&mut self, id: OrderId) {
        self.generations[id.slot() as usize] += 1;
        self.free_slots.push(id.slot());
    }

    /// Price, quantity and count of orders of each level, best first: from the orders alone.
    pub fn levels(&self, instrument: InstrumentId, side: Side) -> Vec<(i64, i64, u32)> {
        let mut levels: BTreeMap<i64, (i64, u32)> = BTreeMap::new();
        for order in self
            .orders
            .values()
            .filter(|order| order.instrument == instrument && order.side == side)
        {
            let level = levels.entry(order.price).or_default();
            level.0 += order.left;
            level.1 += 1;
        }
        let levels = levels
            .into_iter()
            .map(|(price, (quantity, orders))| (price, quantity, orders));
        if side == Side::Buy {
            levels.rev().collect()
        } else {
            levels.collect()
        }
    }
}

/// Several batches as one.
pub fn join(batches: &[Committed]) -> Committed {
    let last = batches.last().expect("at least one");
    let events = batches.iter().flat_map(|batch| batch.events.iter().cloned()).collect();
    Committed {
        up_to: last.up_to,
        at: last.at,
        events,
        asked: vec![],
    }
}

/// Lots as a venue tells of them.
pub mod lots {
    use super::*;
    use protocol::{
        Amount, LotId, Notice,
        auction::{Lot, LotState},
        describe::Describe,
        event::LotBid,
    };

    /// A lot that was just announced.
    pub fn announced(id: u64) -> Lot {
        let mut lot: Lot = serde_json::from_str(&Lot::SHAPE.example()).unwrap();
        lot.lot = LotId(id);
        lot.state = LotState::Announced;
        (lot.best, lot.number, lot.price, lot.buyer) = (None, None, None, None);
        (lot.bids, lot.extensions) = (0, 0);
        lot
    }

    pub fn notice(lot: Lot) -> PublicEvent {
        PublicEvent::Notice(Box::new(Notice::Lot(lot)))
    }

    pub fn bid(lot: &Lot, bids: u32) -> PublicEvent {
        PublicEvent::LotBid(LotBid {
            reserve_met: None,
            lot: lot.lot,
            number: 10_000 + bids % 7,
            price: Amount::new(Currency::Cny, money(100 * i64::from(bids))),
            automatic: false,
            matched: false,
            bids,
            ends_at: lot.ends_at,
            extensions: bids / 100,
        })
    }

    impl Venue {
        /// A command that tells everyone these things.
        pub fn publish(&mut self, events: impl IntoIterator<Item = PublicEvent>) -> Committed {
            self.command(|venue| events.into_iter().for_each(|event| venue.public(event)))
        }

        /// Announces a lot.
        pub fn announce(&mut self) -> (Lot, Committed) {
            let lot = announced(self.seq + 1);
            (lot.clone(), self.publish([notice(lot)]))
        }
    }
}
