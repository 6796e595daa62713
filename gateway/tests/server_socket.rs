//! WebSockets, and the life of a server: what only shows on real sockets.

mod server_support;

use futures_util::{SinkExt, StreamExt};
use gateway::{
    proof::{request::Parts, signing},
    server::RunError,
};
use market_data::Channel;
use protocol::{
    AccountId, Command, EntityId, Price, Quantity, Request, Side, Symbol, Timestamp, UserId,
    order::{OrderKind, PlaceOrder},
};
use sequencer::{Clock, ManualClock, Publisher, RealDisk, SystemClock};
use serde_json::{Value, json};
use server_support::*;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    sync::watch,
    time::{timeout, timeout_at},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Bytes, Message, client::IntoClientRequest},
};

fn subscribe(channel: &str, symbol: Value) -> Value {
    json!({ "op": "subscribe", "channel": channel, "symbol": symbol })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_begin_with_a_snapshot_and_go_on_without_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "10000.00").await;
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "120.00", "5").await;
    let mut socket = venue.nobody().websocket().await;
    let (answer, _) = socket.ask(subscribe("book.l2", "SONG.U".into())).await;
    assert_eq!(
        (&answer["op"], &answer["channel"]),
        (&json!("subscribe"), &json!("book.l2"))
    );
    assert!(answer["rate_limit"]["remaining"].is_u64());
    socket.say(&subscribe("trades", json!(["SONG.U"]))).await;
    bo.place("SONG.U", "buy", "125.00", "3").await;
    let (mut book, mut trades) = (None, None);
    while book != Some(json!([["120.00", "2", 1]])) || trades.is_none() {
        let frame = socket.hear().await;
        assert!(!frame.to_string().contains("journal_seq"), "{frame}");
        match (frame["channel"].as_str(), frame["type"].as_str()) {
            (Some("book.l2"), Some("snapshot" | "delta")) => book = Some(frame["asks"].clone()),
            (Some("trades"), Some("delta")) => trades = Some(frame["price"].clone()),
            (Some("trades"), Some("snapshot")) => trades = frame["trades"].get(0).map(|trade| trade["price"].clone()),
            _ => {}
        }
    }
    assert_eq!(trades, Some(json!("120.00")));
    // Mistakes are answered on the spot and cost nothing.
    for (message, code, field) in [
        (subscribe("book.l9", "SONG.U".into()), "UNKNOWN_CHANNEL", "/channel"),
        (subscribe("trades", "NONE".into()), "UNKNOWN_INSTRUMENT", "/symbol"),
        (subscribe("trades", "none".into()), "SYMBOL_INVALID", "/symbol"),
        (subscribe("trades", "*".into()), "SUBSCRIPTION_OVERLAP", "/symbol"),
        (
            json!({ "op": "subscribe", "channel": "trades", "symbol": "SONG.U", "shard": [0, 2] }),
            "CONFLICTING_FIELDS",
            "/shard",
        ),
        (
            json!({ "op": "subscribe", "channel": "trades", "symbol": "SONG.U", "x": 1 }),
            "UNKNOWN_FIELD",
            "/x",
        ),
        (json!({ "op": "dance" }), "UNKNOWN_OPERATION", "/op"),
        (json!({ "op": "tick", "client_id": "t" }), "NOT_AUTHENTICATED", ""),
    ] {
        let (answer, _) = socket.ask(message).await;
        assert_eq!(answer["code"], code, "{answer}");
        assert_eq!(answer["field"].as_str().unwrap_or_default(), field, "{answer}");
    }
    socket.0.send(Message::text("{")).await.unwrap();
    assert_eq!(socket.hear().await["code"], "MALFORMED_JSON");
    let (answer, _) = socket.ask(json!({ "op": "unsubscribe", "channel": "book.l2" })).await;
    assert_eq!(answer["op"], "unsubscribe");
    let (pong, _) = socket.ask(json!({ "op": "ping" })).await;
    assert_eq!(pong["op"], "pong");
    venue.stop().await.unwrap();
}

/// Everything that can be followed, over one socket: each channel begins, and says what comes of an order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_channel_tells_of_a_trade_and_of_a_halt() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "10000.00").await;
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "120.00", "5").await;
    let mut socket = bo.websocket().await;
    let of_symbols: Vec<_> = Channel::ALL.into_iter().filter(|channel| channel.is_public()).collect();
    let mut heard = std::collections::VecDeque::new();
    for channel in &of_symbols {
        let symbol = if *channel == Channel::Auction {
            json!("*")
        } else {
            json!("SONG.U")
        };
        let (answer, frames) = socket.ask(subscribe(channel.name(), symbol)).await;
        assert_eq!(answer["op"], "subscribe", "{answer}");
        heard.extend(frames);
    }
    for own in ["executions", "account", "records", "heartbeat"] {
        let (refused, frames) = socket.ask(subscribe(own, "SONG.U".into())).await;
        heard.extend(frames);
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("CONFLICTING_FIELDS"), &json!("/symbol"))
        );
        let (answer, frames) = socket.ask(json!({ "op": "subscribe", "channel": own })).await;
        assert_eq!(answer["op"], "subscribe", "{answer}");
        heard.extend(frames);
    }
    bo.place("SONG.U", "buy", "125.00", "3").await;
    // What each is to say at last, whatever it said before.
    let says = |frame: &Value| match frame["channel"].as_str().unwrap_or_default() {
        "book.l1" => frame["ask"] == json!(["120.00", "2", 1]) && frame["bid"].is_null(),
        "book.l2" | "book.l2.10" | "book.l2.100ms" => frame["asks"] == json!([["120.00", "2", 1]]),
        "book.l3" => frame["asks"][0][1] == "120.00" && frame["asks"][0][2] == "2",
        "trades" => frame["price"] == "120.00" || frame["trades"][0]["price"] == "120.00",
        "ticker" => frame["day"]["turnover"] == "360.00" && frame["last"]["quantity"] == "3",
        channel if channel.starts_with("candles.") => frame["candles"][0]["volume"] == "3",
        "status" => frame["status"] == "trading",
        "instruments" => frame["listing"]["symbol"] == "SONG.U",
        "account" => frame["accounts"][0]["holdings"][0]["free"] == "3",
        "executions" => frame["event"]["type"] == "order_filled",
        "records" => frame["number"] == frame["seq"] && frame["kind"] == "rule_book",
        "heartbeat" => frame["streams"].as_array().is_some_and(|streams| !streams.is_empty()),
        _ => false,
    };
    let mut silent: std::collections::BTreeSet<_> = of_symbols.iter().map(|channel| channel.name()).collect();
    silent.extend(["executions", "account", "records", "heartbeat"]);
    silent.remove("auction");
    let mut last = std::collections::BTreeMap::new();
    let until = tokio::time::Instant::now() + Duration::from_secs(120);
    while !silent.is_empty() {
        let frame = match heard.pop_front() {
            Some(frame) => frame,
            None => timeout_at(until, socket.hear())
                .await
                .unwrap_or_else(|_| panic!("{silent:?} did not say it: {last:#?}")),
        };
        last.insert(frame["channel"].to_string(), frame.clone());
        if says(&frame) {
            silent.remove(frame["channel"].as_str().unwrap());
        }
    }
    let halt = json!({ "symbol": "SONG.U", "trading": false });
    venue.operator.done("POST", "/v1/listings/trading", halt).await;
    let mut silent = std::collections::BTreeSet::from(["status", "instruments"]);
    while !silent.is_empty() {
        let frame = timeout_at(until, socket.hear()).await.expect("the halt is told");
        let told = if frame["channel"] == "status" {
            &frame["status"]
        } else {
            &frame["listing"]["status"]
        };
        if told == "halted" {
            silent.remove(frame["channel"].as_str().unwrap());
        }
    }
    venue.stop().await.unwrap();
}

/// What was followed by a key ends with that key, also where the socket acts for another one by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_end_with_the_key_that_asked_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "0").await;
    let mut socket = ana.websocket().await;
    let (answer, _) = socket.ask(json!({ "op": "subscribe", "channel": "records" })).await;
    assert_eq!(answer["op"], "subscribe");
    let key = bo.key.as_ref().unwrap();
    let ms = signing::now_ms();
    let text = Parts::of("GET", "/v1/ws", b"").text(&bo.venue_id, ms, "");
    let auth = json!({ "op": "auth", "key": key.id.0, "timestamp": ms, "signature": key.secret.sign(&text) });
    let (answer, _) = socket.ask(auth).await;
    assert_eq!(answer["op"], "auth", "{answer}");
    let path = format!(
        "/v1/participants/keys/{}?client_id=gone",
        ana.key.as_ref().unwrap().id.0
    );
    venue.operator.raw("DELETE", &path, b"").await.ok();
    // Something that history keeps, so that there is a reason to look.
    venue.list(&bo, "SONG.U").await;
    let until = tokio::time::Instant::now() + Duration::from_secs(120);
    loop {
        let frame = timeout_at(until, socket.hear()).await.expect("it is told that it ends");
        if frame["code"] == "KEY_NOT_ACCEPTED" {
            assert_eq!(frame["channel"], "records");
            break;
        }
        assert_eq!(frame["channel"], "records", "{frame}");
    }
    // The socket goes on for the other key.
    let (pong, _) = socket.ask(json!({ "op": "ping" })).await;
    assert_eq!(pong["op"], "pong");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_go_over_the_same_socket() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    let order = |price: &str| {
        let mut order = ana.order("SONG.U", "buy", price, "1");
        order["op"] = "place_order".into();
        order
    };
    let mut socket = venue.nobody().websocket().await;
    let (refused, _) = socket.ask(order("10.00")).await;
    assert_eq!(
        (&refused["code"], &refused["status"]),
        (&json!("NOT_AUTHENTICATED"), &json!(401))
    );
    let key = ana.key.as_ref().unwrap();
    let auth = |ms: u64| {
        let text = Parts::of("GET", "/v1/ws", b"").text(&ana.venue_id, ms, "");
        json!({ "op": "auth", "key": key.id.0, "timestamp": ms, "signature": key.secret.sign(&text) })
    };
    let ms = signing::now_ms();
    let (stale, _) = socket.ask(auth(ms - 120_000)).await;
    assert_eq!(stale["code"], "STALE_TIMESTAMP");
    let (known, _) = socket.ask(auth(ms)).await;
    assert_eq!(
        (&known["user_id"], &known["entity_id"]),
        (&json!(ana.user), &json!(ana.entity)),
        "{known}"
    );
    let (placed, _) = socket.ask(order("10.00")).await;
    assert!(placed["journal_seq"].as_u64().is_some(), "{placed}");
    let order_id = placed["outcome"]["order_id"].clone();
    let (cancelled, _) = socket
        .ask(json!({ "op": "cancel_order", "client_id": fresh_id(), "order_id": order_id }))
        .await;
    assert_eq!(cancelled["outcome"]["status"], "done");
    let spent = |answer: &Value| {
        answer["rate_limit"]["limit"].as_u64().unwrap() - answer["rate_limit"]["remaining"].as_u64().unwrap()
    };
    assert!(spent(&placed) > 0 && spent(&cancelled) > 0);
    let (broke, _) = socket.ask(order("10.01")).await;
    assert_eq!(
        (&broke["code"], &broke["status"]),
        (&json!("PRICE_OFF_TICK"), &json!(422))
    );
    assert!(broke["journal_seq"].as_u64().is_some());

    // A socket opened with signature headers; many commands at once are answered each, in the order of the journal.
    let mut socket = ana.websocket().await;
    for id in 0..300 {
        let mut order = order("1.00");
        order["id"] = id.into();
        socket.say(&order).await;
    }
    let mut places = vec![];
    for _ in 0..300 {
        let answer = socket.hear().await;
        places.push((
            answer["id"].as_u64().unwrap(),
            answer["journal_seq"].as_u64().unwrap_or_else(|| panic!("{answer}")),
        ));
    }
    places.sort_unstable();
    assert!(
        places.is_sorted_by_key(|&(_, seq)| seq),
        "commands of one socket keep their order"
    );

    // A key that is revoked stops at once, also on an open socket.
    let mut operator = venue.operator.websocket().await;
    let path = format!("/v1/participants/keys/{}", key.id.0);
    let body = json!({ "client_id": "r" });
    venue.operator.send("DELETE", &path, &body).await.ok();
    // It is told without asking, and closed; one of another key stays.
    let (last, code) = socket.read_out().await;
    assert_eq!(
        (last.unwrap()["code"].as_str(), code),
        (Some("KEY_NOT_ACCEPTED"), Some(4001))
    );
    let (pong, _) = operator.ask(json!({ "op": "ping" })).await;
    assert_eq!(pong["op"], "pong");
    // The auth message of another is not taken twice.
    let mut thief = venue.nobody().websocket().await;
    let (replayed, _) = thief.ask(auth(ms)).await;
    assert!(
        matches!(
            replayed["code"].as_str(),
            Some("SIGNATURE_REPLAYED" | "KEY_NOT_ACCEPTED")
        ),
        "{replayed}"
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_of_ten_megabytes_closes_with_1009_and_binary_with_1003() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let mut other = venue.nobody().websocket().await;
    let mut socket = venue.nobody().websocket().await;
    // Written whole before anything is read: the reason must still arrive.
    timeout(PATIENCE, socket.0.send(Message::text("x".repeat(10 << 20))))
        .await
        .unwrap()
        .unwrap();
    let (last, code) = socket.read_out().await;
    assert_eq!(
        (last.unwrap()["code"].as_str(), code),
        (Some("MESSAGE_TOO_LARGE"), Some(1009))
    );
    let mut socket = venue.nobody().websocket().await;
    // In fragments that are each small enough.
    let mut raw = raw_websocket(&venue).await;
    let fragment = [&[0x01, 0xFE, 0x80, 0x00, 0, 0, 0, 0][..], &[b'x'; 0x8000]].concat();
    raw.write_all(&fragment).await.unwrap();
    for _ in 0..3 {
        let more = [&[0x00, 0xFE, 0x80, 0x00, 0, 0, 0, 0][..], &[b'x'; 0x8000]].concat();
        raw.write_all(&more).await.unwrap();
    }
    assert_eq!(close_code(&mut raw).await, Some(1009));
    socket.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(socket.read_out().await.1, Some(1003));
    let mut raw = raw_websocket(&venue).await;
    raw.write_all(&[0x81, 0x81, 0, 0, 0, 0, 0xFF]).await.unwrap();
    assert_eq!(close_code(&mut raw).await, Some(1007), "not UTF-8");
    let mut raw = raw_websocket(&venue).await;
    raw.write_all(&[0xF1, 0x00]).await.unwrap();
    assert_eq!(close_code(&mut raw).await, Some(1002), "reserved bits");
    let (pong, _) = other.ask(json!({ "op": "ping" })).await;
    assert_eq!(pong["op"], "pong", "the others feel nothing");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opening_handshake_without_a_whole_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let good = "dGhlIHNhbXBsZSBub25jZQ==";
    for keys in [
        &[""][..],
        &["x"],
        &["dGhlIHNhbXBsZSBub25jZQ"],
        &["AAAA"],
        &["!GhlIHNhbXBsZSBub25jZQ=="],
        &[],
        &[good, good],
    ] {
        let mut hello = "GET /v1/ws HTTP/1.1\r\nhost: v\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\n\
            sec-websocket-version: 13\r\n"
            .to_owned();
        for key in keys {
            hello += &format!("sec-websocket-key: {key}\r\n");
        }
        let answer = exchange(venue.address, format!("{hello}\r\n").as_bytes()).await;
        answer.refused(400, "NOT_A_WEBSOCKET");
    }
    venue.stop().await.unwrap();
}

/// A TCP stream after the opening handshake.
async fn raw_websocket(venue: &Venue) -> TcpStream {
    use tokio::io::AsyncReadExt;
    let mut stream = TcpStream::connect(venue.address).await.unwrap();
    let hello = "GET /v1/ws HTTP/1.1\r\nhost: v\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(hello.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert!(
        head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        "the accept key of RFC 6455: {head}"
    );
    stream
}

/// Reads to the close frame.
async fn close_code(stream: &mut TcpStream) -> Option<u16> {
    use tokio::io::AsyncReadExt;
    let read = timeout(PATIENCE, async {
        loop {
            let first = stream.read_u8().await?;
            let length = match stream.read_u8().await? {
                126 => usize::from(stream.read_u16().await?),
                127 => usize::try_from(stream.read_u64().await?).unwrap(),
                length => usize::from(length),
            };
            let mut payload = vec![0; length];
            stream.read_exact(&mut payload).await?;
            if first & 0x0F == 8 {
                return Ok::<_, std::io::Error>(u16::from_be_bytes([payload[0], payload[1]]));
            }
        }
    });
    read.await.expect("an end in time").ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_socket_is_let_go_and_one_that_answers_pings_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    const IDLE: Duration = Duration::from_secs(10);
    config.limits.ping_every = Duration::from_millis(100);
    config.limits.idle_timeout = IDLE;
    let venue = Venue::open(config).await;
    let mut alive = venue.nobody().websocket().await;
    let since = Instant::now();
    let listening = tokio::spawn(async move {
        while let Ok(message) = timeout_at((since + IDLE + IDLE / 10).into(), alive.0.next()).await {
            assert!(matches!(message, Some(Ok(Message::Ping(_)))), "{message:?}");
        }
        alive.ask(json!({ "op": "ping" })).await.0
    });
    // A head that never ends is let go, too.
    let mut slow = TcpStream::connect(venue.address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost").await.unwrap();
    let silent_since = Instant::now();
    let mut silent = raw_websocket(&venue).await;
    assert_eq!(close_code(&mut silent).await, Some(4000));
    assert!(silent_since.elapsed() >= IDLE, "{:?}", silent_since.elapsed());
    let mut buffer = Vec::new();
    timeout(PATIENCE, tokio::io::AsyncReadExt::read_to_end(&mut slow, &mut buffer))
        .await
        .expect("it is closed")
        .unwrap();
    assert_eq!(listening.await.unwrap()["op"], "pong");
    venue.stop().await.unwrap();
}

/// A client that subscribes to every book, hears that it did, and then sleeps.
async fn sleeper(venue: &Venue) -> WebSocketStream<TcpStream> {
    // What the kernel holds for it must fill, so its window is small.
    let small = tokio::net::TcpSocket::new_v4().unwrap();
    small.set_recv_buffer_size(4_096).unwrap();
    let stream = small.connect(venue.address).await.unwrap();
    let request = format!("ws://{}/v1/ws", venue.address).into_client_request().unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let everything = subscribe("book.l2", "*".into()).to_string();
    socket.send(Message::text(everything)).await.unwrap();
    let answer = timeout(PATIENCE, socket.next()).await.expect("an answer");
    assert!(matches!(answer, Some(Ok(Message::Text(_)))), "{answer:?}");
    socket
}

/// What a sleeper finds when it wakes: where it got to, the last words, and the code.
async fn wake(mut slow: WebSocketStream<TcpStream>) -> (Option<u64>, Value, Option<u16>) {
    let (mut last_text, mut last_seq, mut code) = (Value::Null, None, None);
    while let Ok(Some(Ok(message))) = timeout(PATIENCE, slow.next()).await {
        match message {
            Message::Text(text) => {
                last_text = serde_json::from_str(&text).unwrap();
                last_seq = last_text["seq"].as_u64().or(last_seq);
            }
            Message::Close(Some(frame)) => code = Some(u16::from(frame.code)),
            _ => {}
        }
    }
    (last_seq, last_text, code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_gets_4008_and_a_healthy_one_gets_everything() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.views.queue_frames = 512;
    let venue = Venue::open(config).await;
    let ana = venue.admit(11, "9000000.00").await;
    venue.list(&ana, "SONG.U").await;
    let slow = sleeper(&venue).await;
    let mut healthy = venue.nobody().websocket().await;
    healthy.ask(subscribe("book.l2", "SONG.U".into())).await;
    const ORDERS: u64 = 6_000;
    let (got, mut has) = watch::channel(0);
    let reading = tokio::spawn(async move {
        let mut last = None;
        loop {
            let frame = healthy.hear().await;
            let seq = frame["seq"].as_u64().unwrap();
            assert!(last.is_none_or(|last| seq == last + 1), "gapless: {last:?} then {seq}");
            last = Some(seq);
            got.send_replace(seq);
            if seq >= ORDERS {
                return;
            }
        }
    });
    // Orders until the book has moved that often, no faster than the healthy one reads; nobody waits for the one who sleeps.
    let mut trader = ana.websocket().await;
    for round in 0..ORDERS / 100 {
        let before = has.wait_for(|seq| *seq + 100 >= round * 100);
        drop(
            timeout(PATIENCE, before)
                .await
                .expect("it keeps up")
                .expect("it reads on"),
        );
        for i in 0..100 {
            let mut order = ana.order("SONG.U", "buy", &format!("{}.00", 1 + (round * 100 + i) % 900), "1");
            order["op"] = "place_order".into();
            trader.say(&order).await;
        }
        for _ in 0..100 {
            assert_eq!(trader.hear().await["outcome"]["status"], "done");
        }
    }
    timeout(PATIENCE, reading)
        .await
        .expect("the healthy one is not held up")
        .unwrap();
    let seq = venue
        .ready
        .market
        .last_seq(Channel::BookL2, &Symbol::new("SONG.U").unwrap());
    // It wakes up: what was written, the last frame, and the reason.
    let (last_seq, last_text, code) = wake(slow).await;
    assert_eq!(code, Some(4008), "{last_text} of {seq:?}");
    let resume = &last_text["resume"][0];
    assert_eq!(
        (&resume["channel"], &resume["symbol"]),
        (&json!("book.l2"), &json!("SONG.U")),
        "{last_text}"
    );
    assert_eq!(
        resume["seq"].as_u64(),
        last_seq,
        "it goes on from the last frame that it got"
    );
    // It resumes without a gap, or with a snapshot that says so.
    let mut again = venue.nobody().websocket().await;
    let from = json!({ "op": "subscribe", "channel": "book.l2", "symbol": "SONG.U", "from_seq": last_seq });
    again.say(&from).await;
    loop {
        let frame = again.hear().await;
        if frame["type"] == "delta" {
            assert_eq!(frame["seq"].as_u64(), last_seq.map(|seq| seq + 1));
            break;
        } else if frame["type"] == "snapshot" {
            assert_eq!(frame["gap_too_old"], true, "{}", frame["seq"]);
            break;
        }
    }
    venue.stop().await.unwrap();
}

/// While the writer waits for a client that takes nothing, only its silence shows; but it fell behind before that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_that_is_silent_too_was_too_slow() {
    const ORDERS: u64 = 6_000;
    for idle in [3, 30, 300].map(Duration::from_secs) {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        config.views.queue_frames = 512;
        config.limits.idle_timeout = idle;
        let venue = Venue::open(config).await;
        let ana = venue.admit(11, "9000000.00").await;
        venue.list(&ana, "SONG.U").await;
        let symbol = Symbol::new("SONG.U").unwrap();
        let (handle, market) = (venue.ready.handle.clone(), venue.ready.market.clone());
        let instrument = market.directory().by_symbol(&symbol).unwrap().id;
        let slow = sleeper(&venue).await;
        let since = Instant::now();
        let mut last = None;
        for n in 0..ORDERS {
            let order = PlaceOrder {
                account: AccountId(ana.account),
                instrument,
                side: Side::Buy,
                kind: OrderKind::Limit(Price::from_minor(100 * (1 + n as i64 % 900))),
                quantity: Quantity::from_units(1),
            };
            let request = Request {
                by: UserId(ana.user),
                client: None,
                command: Command::PlaceOrder(order),
            };
            last = Some(handle.submit(request, handle.now()).unwrap());
        }
        let last = last.unwrap().await.unwrap();
        assert!(market.wait_for(last.seq, PATIENCE).await);
        let filled = since.elapsed();
        // It wakes when its silence was noticed, and before the last words are over.
        tokio::time::sleep_until((since + idle + Duration::from_secs(1)).into()).await;
        let (last_seq, last_text, code) = wake(slow).await;
        venue.stop().await.unwrap();
        if filled < idle && since.elapsed() < idle + Duration::from_secs(4) {
            assert_eq!(code, Some(4008), "{last_text}");
            assert_eq!(last_text["resume"][0]["seq"].as_u64(), last_seq, "{last_text}");
            return;
        }
        // It was idle before there was anything to be slow for, or slept through the last words: again, with more time.
    }
    panic!("{ORDERS} orders take longer than any client may be silent");
}

/// A start under a clock of an hour ahead, one command, the clock mended, and a start: each command has the same time for
/// an hour, and no lot opens or ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_stands_still_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    Venue::open(config.clone()).await.stop().await.unwrap();
    let ahead = Timestamp(SystemClock::new().now().0 + 3_600_000_000_000);
    let disk = RealDisk::open(dir.path().join("journal")).unwrap();
    let wrong = Arc::new(ManualClock::new(ahead));
    let running = sequencer::start(disk, config.sequencer.clone(), wrong, Publisher::none()).unwrap();
    let open_account = Request {
        by: UserId(0),
        client: None,
        command: Command::OpenAccount { entity: EntityId(0) },
    };
    let answer = running.handle.submit(open_account, running.handle.now()).unwrap();
    assert_eq!(answer.await.unwrap().at, ahead);
    running.handle.stop();
    running.ended.await.unwrap();

    let venue = Venue::open(config).await;
    let ready = venue.nobody().get("/readyz").await;
    ready.refused(503, "TIME_STANDS_STILL");
    assert!(ready.text.contains("s behind the last command"), "{}", ready.text);
    let metrics = venue.ready.metrics.unwrap();
    let text = exchange(
        metrics,
        b"GET /metrics HTTP/1.1\r\nhost: v\r\nconnection: close\r\n\r\n",
    )
    .await
    .text;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("zhiheng_clock_behind_seconds "));
    let behind: f64 = line.unwrap().parse().unwrap();
    assert!((3_000.0..=3_600.0).contains(&behind), "{behind}");
    assert!(text.contains("zhiheng_ready 0"), "{text}");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stops_in_order_and_only_one_has_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    // Every client here says farewell, however late.
    config.limits.drain = PATIENCE;
    config.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    let mut venue = Venue::open(config.clone()).await;
    assert_eq!(venue.nobody().get("/readyz").await.status, 200);
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    let second = gateway::server::run(config.clone(), std::future::pending(), |_| panic!("two of one journal")).await;
    assert!(matches!(second, Err(RunError::Start(_))), "{second:?}");

    venue.nobody().get("/metrics").await.refused(404, "NOT_FOUND");
    let address = venue.ready.metrics.expect("a listener of their own");
    let ask = b"GET /metrics HTTP/1.1\r\nhost: house\r\nconnection: close\r\n\r\n";
    let metrics = exchange(address, ask).await;
    for line in [
        "zhiheng_hop_seconds_bucket{hop=\"durable\"",
        "zhiheng_ready 1",
        "zhiheng_views_lag ",
        "zhiheng_disk_full 0",
        "zhiheng_commands_refused_by_disk_total 0",
    ] {
        assert!(metrics.text.contains(line), "{line} in {}", metrics.text);
    }
    let value = |name: &str| -> f64 {
        let line = metrics.text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split(' ').nth(1));
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or_else(|| panic!("{name} in {}", metrics.text))
    };
    // The rules, two keys and a venue key, a participant and its listing: each was done.
    assert!(value("zhiheng_commands_done_total ") >= 8.0, "{}", metrics.text);
    assert!(value("zhiheng_disk_free_bytes ") > 0.0 && value("zhiheng_journal_room_bytes ") > 0.0);
    assert!(
        !metrics.text.contains("SONG") && !metrics.text.contains("9144"),
        "no names in metrics"
    );

    let mut idle = venue.nobody().websocket().await;
    let mut busy = ana.websocket().await;
    for id in 0..50 {
        let mut order = ana.order("SONG.U", "buy", "1.00", "1");
        order["op"] = "place_order".into();
        order["id"] = id.into();
        busy.say(&order).await;
    }
    // All of them were read once the first is answered or soon after; then the server is told to stop.
    busy.hear().await;
    venue.begin_stop();
    assert_eq!(idle.read_out().await.1, Some(1001));
    assert_eq!(
        busy.read_out().await.1,
        Some(1001),
        "what was taken is answered, then the socket closes"
    );
    venue.stop().await.unwrap();

    let venue = Venue::open(config).await;
    let ana = Dealer {
        address: venue.address,
        ..ana
    };
    let open = ana.get(&format!("/v1/accounts/{}", ana.account)).await.ok();
    assert!(open["open_orders"].as_u64().unwrap() >= 1);
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_bounded_and_the_bound_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.limits.connections_per_ip = 3;
    let venue = Venue::open(config).await;
    let mut held = vec![];
    for _ in 0..3 {
        held.push(venue.nobody().websocket().await);
    }
    let one_more = exchange(venue.address, b"").await;
    one_more.refused(503, "TOO_MANY_CONNECTIONS");
    assert_eq!(one_more.header("retry-after"), Some("5"));
    let asked = exchange(venue.address, b"GET /v1/venue HTTP/1.1\r\nhost: v\r\n\r\n").await;
    asked.refused(503, "TOO_MANY_CONNECTIONS");
    // Who asks after the venue's health is told all the same.
    for (path, word) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let health = format!("GET {path} HTTP/1.1\r\nhost: v\r\n\r\n");
        let answer = exchange(venue.address, health.as_bytes()).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, word));
    }
    let mut gone = held.pop().unwrap();
    gone.0.close(None).await.unwrap();
    assert_eq!(gone.read_out().await.1, None, "its own farewell comes back");
    drop(gone);
    let since = Instant::now();
    loop {
        // Its place is free as soon as the server has seen it go.
        let mut stream = TcpStream::connect(venue.address).await.unwrap();
        stream
            .write_all(b"GET /v1/venue HTTP/1.1\r\nhost: v\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut read = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut read).await;
        if read.starts_with(b"HTTP/1.1 200") {
            break;
        }
        assert!(since.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (pong, _) = held[0].ask(json!({ "op": "ping" })).await;
    assert_eq!(pong["op"], "pong");
    held[0].0.send(Message::Ping(Bytes::from_static(b"x"))).await.unwrap();
    venue.stop().await.unwrap();
}
