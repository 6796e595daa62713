//! A client's own ids, on a socket: what carries them, and what an order became, asked by its own id after a restart and
//! many orders later.

mod auction_room;
mod server_support;

use auction_room::{Room, ascending, cny, follow, frame, play};
use protocol::{
    AccountId, ClientId, Command, InstrumentId, Price, Quantity, Request, Side, UserId,
    command::ClientKey,
    order::{OrderKind, PlaceOrder},
    wire,
};
use sequencer::{PendingAnswer, Refused};
use serde_json::{Value, json};
use server_support::*;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// What somebody gets at an address once the history is confirmed: it takes a moment behind a start.
async fn told(dealer: &Dealer, path: &str) -> Value {
    loop {
        let answer = dealer.get(path).await;
        if answer.body["code"] != "HISTORY_STARTING" {
            return answer.ok();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn named(mut order: Value, client_id: &str) -> Value {
    order["client_id"] = client_id.into();
    order
}

/// The orders of this name.
async fn by_name(dealer: &Dealer, name: &str) -> Vec<Value> {
    let path = format!("/v1/orders?client_id={}", name.replace(' ', "%20"));
    told(dealer, &path).await["items"].as_array().unwrap().clone()
}

/// The private frames up to the one of this kind.
async fn until(socket: &mut Socket, kind: &str) -> Vec<Value> {
    let mut heard = vec![];
    loop {
        heard.push(frame(socket).await);
        if heard.last().unwrap()["event"]["type"] == kind {
            return heard;
        }
    }
}

/// These members of an object, as text; `-` for one that is not there.
fn members<const N: usize>(of: &Value, names: [&str; N]) -> [String; N] {
    names.map(|name| of[name].as_str().unwrap_or("-").to_owned())
}

/// The same frame, whenever it was sent.
fn unsent(mut frame: Value) -> Value {
    frame.as_object_mut().unwrap().remove("sent_at");
    frame
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_refusals_orders_fills_and_private_frames_carry_the_clients_own_id() {
    const HERS: &str = "ana 卖出 1";
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let [ana, bo] = [venue.admit(11, "0").await, venue.admit(12, "10000.00").await];
    venue.list(&ana, "SONG.U").await;
    let mut hers = ana.websocket().await;
    hers.say(&follow(None)).await;
    let begins = frame(&mut hers).await["seq"].as_u64().unwrap();

    // An answer, a repeat, and a conflict.
    let sell = named(ana.order("SONG.U", "sell", "120.00", "5"), HERS);
    let rests = ana.send("POST", "/v1/orders", &sell).await.ok();
    assert_eq!(rests["client_id"], HERS);
    assert_eq!(ana.send("POST", "/v1/orders", &sell).await.ok(), rests);
    let other = named(ana.order("SONG.U", "sell", "120.00", "6"), HERS);
    let conflict = ana.send("POST", "/v1/orders", &other).await;
    conflict.refused(409, "CLIENT_ID_REUSED");
    assert_eq!(conflict.body["client_id"], HERS);

    // Refused by the core, by who reads the command, and over the socket alike.
    let mut refusals = vec![];
    for (id, price, code) in [("off", "120.01", "PRICE_OFF_TICK"), ("bad", "x", "MALFORMED_NUMBER")] {
        let order = named(bo.order("SONG.U", "buy", price, "1"), id);
        let refused = bo.send("POST", "/v1/orders", &order).await;
        refused.refused(422, code);
        assert_eq!(refused.body["client_id"], id);
        refusals.push((order, code));
    }
    let mut socket = bo.websocket().await;
    let place = |order: &Value| {
        let mut message = order.clone();
        message["op"] = "place_order".into();
        message
    };
    for (order, code) in &refusals {
        let (refused, _) = socket.ask(place(order)).await;
        assert_eq!(
            (&refused["code"], &refused["client_id"]),
            (&json!(code), &order["client_id"])
        );
    }
    let stranger = named(refusals[0].0.clone(), "a stranger's");
    let (unknown, _) = venue.nobody().websocket().await.ask(place(&stranger)).await;
    assert_eq!(
        members(&unknown, ["code", "client_id"]),
        ["NOT_AUTHENTICATED", "a stranger's"]
    );
    let nameless = json!({ "account_id": bo.account });
    let refused = bo.send("POST", "/v1/orders", &nameless).await;
    assert!(
        refused.status == 400 && refused.body.get("client_id").is_none(),
        "{}",
        refused.text
    );

    // Two fills, told over both roads.
    let (bought, _) = socket
        .ask(place(&named(bo.order("SONG.U", "buy", "125.00", "3"), "bo buys")))
        .await;
    assert_eq!(bought["client_id"], "bo buys");
    let last = bo
        .send(
            "POST",
            "/v1/orders",
            &named(bo.order("SONG.U", "buy", "120.00", "1"), "again"),
        )
        .await
        .ok();
    let cancel = format!(
        "/v1/orders/{}?client_id=stop",
        rests["outcome"]["order_id"].as_str().unwrap()
    );
    assert_eq!(ana.raw("DELETE", &cancel, b"").await.ok()["client_id"], "stop");
    let gone = cancel.replace("=stop", "=stop-2");
    let refused = ana.raw("DELETE", &gone, b"").await;
    refused.refused(404, "UNKNOWN_ORDER");
    assert_eq!(refused.body["client_id"], "stop-2");

    let mut frames = until(&mut hers, "order_cancelled").await;
    frames.push(frame(&mut hers).await);
    let kinds: Vec<_> = frames
        .iter()
        .map(|frame| frame["event"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "order_accepted",
            "rejected",
            "order_filled",
            "order_filled",
            "order_cancelled",
            "rejected"
        ]
    );
    let stood = |at: usize| {
        members(
            &frames[at]["order"],
            ["client_id", "type", "filled", "left", "average_price", "state"],
        )
    };
    assert_eq!(stood(0), [HERS, "limit", "0", "5", "-", "open"]);
    // The order under the name that was used before was refused; that of before stands.
    assert_eq!(stood(1), [HERS, "limit", "0", "0", "-", "rejected"]);
    assert_eq!(frames[1]["order"]["reject_code"], "CLIENT_ID_REUSED");
    assert_eq!(stood(2), [HERS, "limit", "3", "2", "120.00", "open"]);
    assert_eq!(stood(3), [HERS, "limit", "4", "1", "120.00", "open"]);
    assert_eq!(stood(4), [HERS, "limit", "4", "0", "120.00", "cancelled"]);
    let names: Vec<_> = frames.iter().map(|frame| frame["client_id"].as_str()).collect();
    assert_eq!(names, [[Some(HERS); 5].as_slice(), &[Some("stop-2")]].concat());
    assert_eq!(frames[5].get("order"), None, "a cancel is no order");
    // 0.1 % of what was sold for: 0.36 and 0.12.
    assert_eq!(
        [2, 3].map(|at| frames[at]["order"]["fees"].as_str().unwrap()),
        ["0.36", "0.48"]
    );

    // The lists say the same as the frames, and so does the order itself.
    let fresh = format!("min_seq={}", last["journal_seq"]);
    let fills = told(&ana, &format!("/v1/fills?{fresh}")).await["items"].clone();
    let of_fill = |at: usize| members(&fills[at], ["client_id", "type", "quantity", "price"]);
    assert_eq!(
        [of_fill(0), of_fill(1)],
        [[HERS, "limit", "3", "120.00"], [HERS, "limit", "1", "120.00"]]
    );
    let his = told(&bo, &format!("/v1/fills?{fresh}")).await["items"].clone();
    assert_eq!(
        [0, 1].map(|at| members(&his[at], ["client_id"])),
        [["bo buys".to_owned()], ["again".to_owned()]]
    );
    let refused = by_name(&bo, "off").await;
    assert_eq!(refused.len(), 1, "the second was the same again: {refused:?}");
    assert_eq!(
        members(&refused[0], ["client_id", "reject_code"]),
        ["off", "PRICE_OFF_TICK"]
    );
    let found = by_name(&ana, HERS).await;
    assert_eq!(
        found
            .iter()
            .map(|order| members(order, ["client_id", "state", "filled"]))
            .collect::<Vec<_>>(),
        [[HERS, "cancelled", "4"], [HERS, "rejected", "0"]]
    );

    // An open one, live and in a snapshot.
    let open = named(bo.order("SONG.U", "buy", "2.00", "7"), "resting");
    let open = bo.send("POST", "/v1/orders", &open).await.ok();
    let live = told(
        &bo,
        &format!("/v1/orders?account_id={}&min_seq={}", bo.account, open["journal_seq"]),
    )
    .await;
    assert_eq!(
        members(&live["items"][0], ["client_id", "type", "left"]),
        ["resting", "limit", "7"]
    );
    let mut his = bo.websocket().await;
    his.say(&follow(None)).await;
    let snapshot = frame(&mut his).await;
    assert_eq!(
        members(
            &snapshot["accounts"][0]["open_orders"][0],
            ["client_id", "type", "left", "filled"]
        ),
        ["resting", "limit", "7", "0"]
    );
    venue.stop().await.unwrap();

    // A restart tells each frame as it was, not as the order stands by now.
    let venue = Venue::open(config(dir.path())).await;
    let again = |dealer: Dealer| Dealer {
        address: venue.address,
        ..dealer
    };
    let [ana, bo] = [again(ana), again(bo)];
    let mut hers = ana.websocket().await;
    hers.say(&follow(Some(begins))).await;
    for before in frames {
        assert_eq!(unsent(frame(&mut hers).await), unsent(before));
    }
    assert_eq!(by_name(&ana, HERS).await, found);
    assert_eq!(by_name(&bo, "off").await, refused);
    assert_eq!(told(&ana, "/v1/fills").await["items"], fills);
    let id = open["outcome"]["order_id"].as_str().unwrap();
    assert_eq!(
        members(&told(&bo, &format!("/v1/orders/{id}")).await, ["client_id", "type"]),
        ["resting", "limit"]
    );
    venue.stop().await.unwrap();
}

/// A bidder's command is as secret as ever, and its answer carries the name all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bid_is_answered_under_its_name_and_the_name_lies_nowhere_in_the_clear() {
    const NAME: &str = "the-name-of-a-bid-that-nobody-may-know";
    const OPEN: &str = "the-name-of-an-order-that-is-no-secret";
    play(1, async |mut room, _| {
        // It is still open when all is over.
        let lot = room.announce(ascending(), 3_600_000, |_| {}).await;
        room.enter(lot).await?;
        let (bidder, seller) = (&room.bidders[0], &room.seller);
        let bid = json!({ "client_id": NAME, "lot_id": lot, "price": cny("1000.00") });
        let told = bidder.send("POST", "/v1/auctions/bids", &bid).await.ok();
        assert_eq!(told["client_id"], NAME);
        let low = json!({ "client_id": format!("{NAME}-2"), "lot_id": lot, "price": cny("1000.00") });
        let refused = bidder.send("POST", "/v1/auctions/bids", &low).await;
        assert_eq!(refused.body["client_id"], format!("{NAME}-2"), "{}", refused.text);
        let order = named(seller.order("NONE.U", "sell", "1.00", "1"), OPEN);
        assert_eq!(seller.send("POST", "/v1/orders", &order).await.body["client_id"], OPEN);
        let account = json!({ "client_id": OPEN, "entity_id": 0 });
        room.venue.operator.send("POST", "/v1/accounts", &account).await.ok();
        let Room { venue, dir, .. } = room;
        venue.stop().await.unwrap();
        assert!(holds(dir.path(), OPEN.as_bytes()), "what is no secret is found");
        assert!(
            !holds(dir.path(), NAME.as_bytes()),
            "the name of a bid lies on the disk"
        );
        assert!(
            !holds(dir.path(), &wire::client_trace(NAME)),
            "its trace lies on the disk"
        );
        Ok(())
    })
    .await;
}

/// Whether any file in the folder, or below it, holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, bytes);
        }
        let text = fs::read(path).unwrap();
        text.windows(bytes.len()).any(|window| window == bytes)
    })
}

/// Orders that reach the core in process, as many as it takes.
struct Feeder<'a> {
    venue: &'a Venue,
    instrument: InstrumentId,
    last: Option<PendingAnswer>,
}

impl Feeder<'_> {
    async fn place(&mut self, by: &Dealer, side: Side, price: i64, client: protocol::Client) {
        let request = Request {
            by: UserId(by.user),
            client: Some(client),
            command: self.command(by, side, price),
        };
        let handle = &self.venue.ready.handle;
        loop {
            match handle.submit(request.clone(), handle.now()) {
                Ok(pending) => {
                    self.last = Some(pending);
                    return;
                }
                Err(Refused::Busy { .. }) => {
                    // What is before it in the inbox is done by then.
                    match self.last.take() {
                        Some(pending) => _ = pending.await.unwrap(),
                        None => tokio::time::sleep(Duration::from_millis(1)).await,
                    }
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    fn command(&self, by: &Dealer, side: Side, price: i64) -> Command {
        Command::PlaceOrder(PlaceOrder {
            account: AccountId(by.account),
            instrument: self.instrument,
            side,
            kind: OrderKind::Limit(Price::from_minor(price)),
            quantity: Quantity::from_units(1),
        })
    }

    async fn named(&mut self, by: &Dealer, side: Side, price: i64, name: String) {
        let command = self.command(by, side, price);
        let id: ClientId = name.parse().unwrap();
        self.place(by, side, price, wire::client(id, &command)).await;
    }
}

fn feeder<'a>(venue: &'a Venue, symbol: &str) -> Feeder<'a> {
    let directory = venue.ready.market.directory();
    let instrument = directory.by_symbol(&symbol.parse().unwrap()).unwrap().id;
    Feeder {
        venue,
        instrument,
        last: None,
    }
}

/// The journal of before names were kept has their traces alone: an order is found by what its client called it, and does
/// not tell it. The bytes of such a journal are those of its golden file, which the journal's own tests read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_before_names_were_kept_is_found_by_its_trace_and_has_no_client_id() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let bo = venue.admit(12, "10000.00").await;
    venue.list(&bo, "SONG.U").await;
    let mut feeder = feeder(&venue, "SONG.U");
    let key: ClientKey = wire::client_key("of old", &feeder.command(&bo, Side::Buy, 200));
    feeder.place(&bo, Side::Buy, 200, key.into()).await;
    let placed = feeder.last.take().unwrap().await.unwrap();
    venue.stop().await.unwrap();

    let venue = Venue::open(config(dir.path())).await;
    let bo = Dealer {
        address: venue.address,
        ..bo
    };
    let found = by_name(&bo, "of old").await;
    assert_eq!(found.len(), 1);
    assert_eq!(members(&found[0], ["client_id", "type", "left"]), ["-", "limit", "1"]);
    let live = told(&bo, &format!("/v1/orders?account_id={}", bo.account)).await["items"].clone();
    assert_eq!(members(&live[0], ["client_id", "type", "left"]), ["-", "limit", "1"]);
    // Sent again by its name it is the same command.
    let order = named(bo.order("SONG.U", "buy", "2.00", "1"), "of old");
    let again = bo.send("POST", "/v1/orders", &order).await.ok();
    assert_eq!(
        (&again["journal_seq"], &again["client_id"]),
        (&json!(placed.seq.0), &json!("of old"))
    );
    venue.stop().await.unwrap();
}

/// With `ZHIHENG_LONG` a million orders lie between an order and the question what it became; else some thousands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_order_became_is_asked_by_its_own_id_a_restart_and_a_million_orders_later() {
    const FIRST: &str = "the very first";
    let orders = if std::env::var_os("ZHIHENG_LONG").is_some() {
        1_000_000
    } else {
        4_000
    };
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.sequencer.journal.segment_bytes = 64 << 20;
    // A slow disk writes a million orders into the history for minutes.
    config.limits.min_seq_wait = Duration::from_secs(600);
    config.limits.request_timeout = config.limits.min_seq_wait;
    let venue = Venue::open(config.clone()).await;
    let [ana, bo] = [venue.admit(11, "1000000.00").await, venue.admit(12, "1000000.00").await];
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "120.00", "2").await;
    ana.place("SONG.U", "sell", "121.00", "1").await;
    let first = named(bo.order("SONG.U", "buy", "125.00", "5"), FIRST);
    let first = bo.send("POST", "/v1/orders", &first).await.ok();
    let id = first["outcome"]["order_id"].as_str().unwrap().to_owned();
    let cancelled = bo
        .raw("DELETE", &format!("/v1/orders/{id}?client_id=stop"), b"")
        .await
        .ok();
    told(
        &bo,
        &format!("/v1/orders?client_id=any&min_seq={}", cancelled["journal_seq"]),
    )
    .await;
    let became = by_name(&bo, FIRST).await;
    assert_eq!(became.len(), 1);
    assert_eq!(
        members(
            &became[0],
            [
                "client_id",
                "order_id",
                "type",
                "filled",
                "left",
                "average_price",
                "fees",
                "state"
            ]
        ),
        [FIRST, &id, "limit", "3", "0", "120.333333", "0.72", "cancelled"]
    );

    // One unit goes to and fro: of two orders the second meets the first.
    let began = Instant::now();
    let mut feeder = feeder(&venue, "SONG.U");
    for n in 0..orders / 2 {
        let (seller, buyer) = if n % 2 == 0 { (&ana, &bo) } else { (&bo, &ana) };
        feeder.named(seller, Side::Sell, 100, format!("sell-{n}")).await;
        feeder.named(buyer, Side::Buy, 100, format!("buy-{n}")).await;
    }
    let last = feeder.last.take().unwrap().await.unwrap();
    let placed = began.elapsed();
    // A writer that is behind goes on for as long as its process lives, and this one lives on.
    let newest = format!("/v1/orders?client_id=buy-{}&min_seq={}", orders / 2 - 2, last.seq.0);
    let before = told(&bo, &newest).await["items"].clone();
    assert_eq!(
        members(&before[0], ["state", "filled"]),
        ["filled", "1"],
        "the last that bo bought"
    );
    let written = began.elapsed();
    venue.stop().await.unwrap();
    let stopped = began.elapsed();

    let venue = Venue::open(config).await;
    let started = began.elapsed() - stopped;
    let bo = Dealer {
        address: venue.address,
        ..bo
    };
    assert_eq!(by_name(&bo, FIRST).await, became);
    let readable = began.elapsed() - stopped;
    let asked = Instant::now();
    assert_eq!(by_name(&bo, FIRST).await, became);
    let took = asked.elapsed();
    assert_eq!(told(&bo, &newest).await["items"], before);
    println!(
        "{orders} orders, {} commands in the journal: placed in {placed:?}, in the history after {written:?}; a start took \
         {started:?}, its history could be read after {readable:?}; what the first became was told in {took:?}",
        last.seq.0
    );
    venue.stop().await.unwrap();
}
