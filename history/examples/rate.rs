//! How fast history is written, beside bare SQLite: the same rows in the same order of time, into the same tables, with
//! as many transactions, by prepared statements. `cargo run --release -p zhiheng-history --example rate [ORDERS]`.
//!
//! The workload: a thousand accounts of five hundred participants in a hundred books; of four orders two trade with
//! each other, one is cancelled and one rests.

use history::{Options, open};
use protocol::{
    AccountId, Asked, AssetId, Client, Command, Committed, Currency, EntityId, Event, InstrumentId, Money, OrderId,
    Price, PrivateEvent, PublicEvent, Quantity, Seq, Side, Stamped, Symbol, Timestamp, TradeId, UserId,
    event::{CancelReason, UnitsListed},
    listing::BookTerms,
    order::{OrderKind, PlaceOrder},
};
use rusqlite::{Connection, params_from_iter, types::Value};
use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

const ACCOUNTS: u32 = 1_000;
const INSTRUMENTS: u32 = 100;
const PRICE: i64 = 12_000;
/// How many commands come at once.
const COMMANDS: u32 = 64;

/// A client's name for its order of this number.
fn named(order: u32) -> Client {
    let name = format!("order-{order}");
    protocol::wire::client(name.parse().expect("a client id"), &Command::Tick)
}

struct Venue {
    seq: u64,
    order: u32,
    trade: u64,
    committed: Committed,
}

impl Venue {
    fn tell(&mut self, body: Event) {
        let (seq, at) = (Seq(self.seq), self.now());
        self.committed.events.push(Stamped { seq, at, body });
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_772_416_800_000_000_000 + self.seq * 250_000)
    }

    fn private(&mut self, account: AccountId, event: PrivateEvent) {
        self.tell(Event::Private(EntityId(account.0 / 2), event));
    }

    fn accept(&mut self, side: Side) -> (OrderId, AccountId, InstrumentId, Money) {
        self.seq += 1;
        self.order += 1;
        // Spread without a pattern that an index would like.
        let spread = self.order.wrapping_mul(2_654_435_761);
        let (account, instrument) = (AccountId(spread % ACCOUNTS), InstrumentId(self.order / 4 % INSTRUMENTS));
        let (order, quantity) = (OrderId(self.order.into()), Quantity::from_units(5));
        let price = Price::from_minor(PRICE);
        let held = Money::from_minor(if side == Side::Buy { PRICE * 5 + 120 } else { 0 });
        let kind = OrderKind::Limit(price);
        self.committed.asked.push(Asked {
            seq: Seq(self.seq),
            by: UserId(account.0),
            client: Some(named(self.order)),
            order: Some(PlaceOrder {
                account,
                instrument,
                side,
                kind,
                quantity,
            }),
        });
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
        (order, account, instrument, held)
    }

    fn fill(
        &mut self,
        (order, account, instrument, _): (OrderId, AccountId, InstrumentId, Money),
        side: Side,
        fee: i64,
    ) {
        let event = PrivateEvent::OrderFilled {
            order,
            account,
            instrument,
            side,
            trade: TradeId(self.trade),
            price: Price::from_minor(PRICE),
            quantity: Quantity::from_units(5),
            fee: Money::from_minor(fee),
            released: Money::ZERO,
        };
        self.private(account, event);
    }

    /// Four orders.
    fn step(&mut self) {
        let maker = self.accept(Side::Sell);
        let taker = self.accept(Side::Buy);
        self.trade += 1;
        self.tell(Event::Public(PublicEvent::Traded {
            instrument: maker.2,
            trade: TradeId(self.trade),
            maker: maker.0,
            taker_side: Side::Buy,
            price: Price::from_minor(PRICE),
            quantity: Quantity::from_units(5),
            sandbox: false,
        }));
        self.fill(taker, Side::Buy, 120);
        self.fill(maker, Side::Sell, 60);
        let fees = PrivateEvent::FeesCollected {
            account: AccountId(0),
            trade: TradeId(self.trade),
            currency: Currency::Cny,
            amount: Money::from_minor(180),
        };
        self.private(AccountId(0), fees);
        let (order, account, instrument, released) = self.accept(Side::Buy);
        self.accept(Side::Sell);
        self.seq += 1;
        let event = PrivateEvent::OrderCancelled {
            order,
            account,
            instrument,
            side: Side::Buy,
            reason: CancelReason::Requested,
            quantity: Quantity::from_units(5),
            released,
        };
        self.private(account, event);
    }
}

fn journal(orders: u32) -> Result<Vec<Committed>, Box<dyn Error>> {
    let mut venue = Venue {
        seq: 1,
        order: 0,
        trade: 0,
        committed: Committed::default(),
    };
    for instrument in (0..INSTRUMENTS).map(InstrumentId) {
        let terms = BookTerms {
            symbol: Symbol::new(&format!("LIC-{}", instrument.0)).ok_or("a symbol")?,
            currency: Currency::Cny,
            tick: Price::from_minor(1),
            price_low: Price::from_minor(1),
            price_high: Price::from_minor(100_000),
            lot: Quantity::from_units(1),
            order_max: Quantity::from_units(1_000),
            supply: Quantity::from_units(1_000_000),
        };
        let asset = AssetId(instrument.0);
        let listed = UnitsListed {
            instrument,
            asset,
            terms,
            sandbox: false,
        };
        venue.tell(Event::Public(PublicEvent::UnitsListed(Box::new(listed))));
    }
    let mut batches = Vec::new();
    for step in 0..orders / 4 {
        venue.step();
        if step % (COMMANDS / 4) == 0 {
            batches.push(std::mem::take(&mut venue.committed));
        }
    }
    batches.push(venue.committed);
    Ok(batches)
}

/// A row: its time, its table and its values.
type Row = (i64, usize, Vec<Value>);

/// The tables' inserts, and every row in the order of time.
fn rows(file: &Path) -> rusqlite::Result<(Vec<String>, Vec<Row>)> {
    let from = Connection::open(file)?;
    let tables = [
        ("instruments", "0"),
        ("orders", "entered_at"),
        ("fills", "at"),
        ("cash", "at"),
        ("units", "at"),
        ("prints", "at"),
        ("candles", "start"),
    ];
    let mut inserts = Vec::new();
    let mut rows = Vec::new();
    for (table, time) in tables {
        let mut query = from.prepare(&format!("SELECT *, {time} FROM {table}"))?;
        let columns = query.column_count() - 1;
        inserts.push(format!(
            "INSERT INTO {table} VALUES ({})",
            vec!["?"; columns].join(", ")
        ));
        let read = |row: &rusqlite::Row<'_>| {
            let values: rusqlite::Result<Vec<Value>> = (0..columns).map(|column| row.get(column)).collect();
            Ok((row.get(columns)?, inserts.len() - 1, values?))
        };
        for row in query.query_map([], read)? {
            rows.push(row?);
        }
    }
    rows.sort_by_key(|(time, ..)| *time);
    Ok((inserts, rows))
}

/// The same rows by bare SQLite.
fn bare(file: &Path, like: &Path, transactions: usize) -> Result<(usize, Duration), Box<dyn Error>> {
    let (inserts, rows) = rows(like)?;
    let to = Connection::open(file)?;
    to.pragma_update(None, "journal_mode", "WAL")?;
    to.pragma_update(None, "synchronous", "NORMAL")?;
    to.pragma_update(None, "cache_size", -32 * 1024)?;
    to.execute_batch(include_str!("../src/schema.sql"))?;
    let count = rows.len();
    let begun = Instant::now();
    for batch in rows.chunks(count.div_ceil(transactions)) {
        let transaction = to.unchecked_transaction()?;
        for (_, table, values) in batch {
            transaction
                .prepare_cached(&inserts[*table])?
                .execute(params_from_iter(values))?;
        }
        transaction.commit()?;
    }
    Ok((count, begun.elapsed()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let orders = std::env::args().nth(1).map_or(Ok(200_000), |orders| orders.parse())?;
    let folder = tempfile::tempdir()?;
    let (mine, other) = (folder.path().join("history.db"), folder.path().join("bare.db"));
    let batches = journal(orders)?;
    let options = Options::default();
    let batch = options.batch_facts;
    let (mut keeper, history) = open(&mine, options)?;
    let begun = Instant::now();
    batches.iter().for_each(|batch| keeper.take(batch));
    let handed = begun.elapsed();
    let facts = history.state().taken;
    if !history.wait_for(facts, Duration::from_secs(600)) {
        return Err(format!("{:?}", history.state()).into());
    }
    let folded = begun.elapsed();
    keeper.close();
    let transactions = usize::try_from(facts)?.div_ceil(batch);
    let (rows, inserted) = bare(&other, &mine, transactions)?;
    let rate = |time: Duration| rows as u128 * 1_000_000 / time.as_micros().max(1);
    println!("{orders} orders, {facts} facts, {rows} rows, about {transactions} transactions");
    println!(
        "handed over in {handed:?}: {} ns a fact on the views' thread",
        handed.as_nanos() / u128::from(facts)
    );
    println!("history     {:>9} rows/s ({folded:?})", rate(folded));
    println!("bare SQLite {:>9} rows/s ({inserted:?})", rate(inserted));
    println!("ratio {} %", inserted.as_micros() * 100 / folded.as_micros().max(1));
    Ok(())
}
