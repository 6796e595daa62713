//! One connection follows every instrument that there is, over a socket: some thousands, and a million with
//! `ZHIHENG_LONG`.

mod server_support;

use protocol::{
    AccountId, AssetId, Bounded, Command, Currency, Digest, EntityId, InstrumentId, Office, Outcome, Price, Quantity,
    Receipt, Request, Side, Symbol, UserId,
    asset::{AssetClass, RegisterAsset},
    listing::{BookTerms, IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    title::{Extract, NewRight, RIGHTS_MAX, RegisterRights},
};
use sequencer::{PendingAnswer, Refused};
use serde_json::{Value, json};
use server_support::*;
use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

/// How many commands are under way at once.
const UNDER_WAY: usize = 4_096;

/// The venue as whoever fills it sees it: commands in, answers in their order.
struct Filling<'a> {
    venue: &'a Venue,
    under_way: VecDeque<PendingAnswer>,
    receipts: Vec<Receipt>,
}

impl Filling<'_> {
    async fn give(&mut self, by: u32, command: Command) {
        let request = Request {
            by: UserId(by),
            client: None,
            command,
        };
        let handle = &self.venue.ready.handle;
        while self.under_way.len() >= UNDER_WAY {
            self.take().await;
        }
        loop {
            match handle.submit(request.clone(), handle.now()) {
                Ok(pending) => return self.under_way.push_back(pending),
                Err(Refused::Busy { .. }) if self.under_way.is_empty() => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(Refused::Busy { .. }) => self.take().await,
                Err(other) => panic!("{other}"),
            }
        }
    }

    async fn take(&mut self) {
        let Some(pending) = self.under_way.pop_front() else {
            return;
        };
        match pending.await.unwrap().outcome {
            Outcome::Done(receipt) => self.receipts.push(receipt),
            Outcome::Rejected(reject) => panic!("refused: {reject:?}"),
        }
    }

    /// Waits for all, and gives what they brought into being.
    async fn end(&mut self) -> Vec<Receipt> {
        while !self.under_way.is_empty() {
            self.take().await;
        }
        std::mem::take(&mut self.receipts)
    }
}

fn right(owner: &Dealer, number: usize, today: protocol::Date) -> NewRight {
    let asset = RegisterAsset {
        owner: EntityId(owner.entity),
        class: AssetClass::KnowHow,
        office: Office(*b"CN"),
        number: Bounded::new(&format!("N-{number}")).unwrap(),
        title: Bounded::new("技术秘密").unwrap(),
        filed: None,
        granted: None,
        expires: None,
        classifications: Vec::new(),
        texts: Digest::default(),
    };
    NewRight {
        extract: Some(Extract {
            drawn: today,
            evidence: Digest::default(),
        }),
        ..NewRight::from(asset)
    }
}

fn order(account: u32, instrument: u32, side: Side) -> Command {
    Command::PlaceOrder(PlaceOrder {
        account: AccountId(account),
        instrument: InstrumentId(instrument),
        side,
        kind: OrderKind::Limit(Price::from_minor(100)),
        quantity: Quantity::from_units(1),
    })
}

fn symbol(number: usize) -> String {
    format!("M{number}.U")
}

/// Reads frames of a channel until each of these symbols has one that fits; gives how many there were.
async fn told(socket: &mut Socket, channel: &str, mut wanted: BTreeMap<String, Value>) -> usize {
    let mut frames = 0;
    while !wanted.is_empty() {
        let frame = socket.hear().await;
        assert_eq!(frame["channel"], channel, "{frame}");
        let symbol = frame["symbol"].as_str().unwrap();
        if wanted.get(symbol).is_some_and(|last| frame["last"]["price"] == *last) {
            wanted.remove(symbol);
        }
        frames += 1;
    }
    frames
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_follows_all_instruments_that_there_are() {
    let count: usize = if std::env::var_os("ZHIHENG_LONG").is_some() {
        1_000_000
    } else {
        3_000
    };
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.sequencer.journal.segment_bytes = 64 << 20;
    let venue = Venue::open(config).await;
    let ana = venue.admit(11, "1000000.00").await;
    let bo = venue.admit(12, "1000000.00").await;
    let began = Instant::now();
    let mut filling = Filling {
        venue: &venue,
        under_way: VecDeque::new(),
        receipts: vec![],
    };
    let today = venue.ready.handle.now().venue_date();
    for first in (0..count).step_by(RIGHTS_MAX) {
        let rights = (first..count.min(first + RIGHTS_MAX)).map(|number| right(&ana, number, today));
        let register = RegisterRights {
            rights: rights.collect(),
            issue_to: None,
        };
        filling.give(0, Command::RegisterRights(Box::new(register))).await;
    }
    let mut assets: Vec<AssetId> = vec![];
    for receipt in filling.end().await {
        let Receipt::Rights(first, more) = receipt else {
            panic!("{receipt:?}")
        };
        assets.extend((0..more).map(|further| AssetId(first.0 + further)));
    }
    assert_eq!(assets.len(), count);
    let units = Quantity::from_units;
    for (number, &asset) in assets.iter().enumerate() {
        let terms = BookTerms {
            symbol: Symbol::new(&symbol(number)).unwrap(),
            currency: Currency::Cny,
            tick: Price::from_minor(1),
            price_low: Price::from_minor(1),
            price_high: Price::from_minor(10_000),
            lot: units(1),
            order_max: units(10),
            supply: units(10),
        };
        filling
            .give(ana.user, Command::ListUnits(Box::new(ListUnits { asset, terms })))
            .await;
    }
    let listed = filling.end().await;
    assert!(
        listed
            .iter()
            .enumerate()
            .all(|(n, receipt)| *receipt == Receipt::Instrument(InstrumentId(n as u32)))
    );
    let filled = began.elapsed();

    // Each instrument begins with its snapshot, once.
    let mut socket = venue.nobody().websocket().await;
    let (answer, mut before) = socket
        .ask(json!({ "op": "subscribe", "channel": "ticker", "symbol": "*" }))
        .await;
    assert_eq!(answer["op"], "subscribe", "{answer}");
    let mut snapshots = vec![false; count];
    let asked = Instant::now();
    for _ in 0..count {
        let frame = match before.pop() {
            Some(frame) => frame,
            None => socket.hear().await,
        };
        assert_eq!(
            (&frame["channel"], &frame["type"]),
            (&json!("ticker"), &json!("snapshot"))
        );
        let number = frame["symbol"]
            .as_str()
            .and_then(|symbol| symbol.strip_prefix('M')?.strip_suffix(".U"));
        let seen = &mut snapshots[number.unwrap().parse::<usize>().unwrap()];
        assert!(!std::mem::replace(seen, true), "a second snapshot: {frame}");
    }
    let begun = asked.elapsed();

    // Some of them trade, the first and the last among them, and nothing is told of others.
    let trading: Vec<usize> = (0..20).map(|n| n * (count - 1) / 19).collect();
    for &number in &trading {
        let instrument = InstrumentId(number as u32);
        let issue = IssueUnits {
            instrument,
            account: AccountId(ana.account),
            quantity: units(1),
        };
        filling.give(ana.user, Command::IssueUnits(issue)).await;
        filling
            .give(ana.user, order(ana.account, instrument.0, Side::Sell))
            .await;
        filling.give(bo.user, order(bo.account, instrument.0, Side::Buy)).await;
    }
    filling.end().await;
    let wanted = trading.iter().map(|&number| (symbol(number), json!("1.00"))).collect();
    let asked = Instant::now();
    let frames = told(&mut socket, "ticker", wanted).await;
    assert!((trading.len()..=4 * trading.len()).contains(&frames), "{frames} frames");
    println!(
        "{count} instruments, listed in {filled:?}; their snapshots came over one connection in {begun:?}; 20 prints were told \
         in {frames} frames after {:?}",
        asked.elapsed()
    );
    venue.stop().await.unwrap();
}
