//! Floods: a key that sends all that it can, readers that take nothing, messages that are too large. All at once, and the
//! others are served: every order is done, every frame comes, in order. Nothing here asks how fast.

mod server_support;

use futures_util::SinkExt as _;
use gateway::server::Rate;
use serde_json::{Value, json};
use server_support::*;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _},
};

/// How many orders the others give meanwhile.
const ORDERS: u64 = 300;
/// What each key may: an order costs two points.
const RATE: Rate = Rate {
    per_second: 40,
    burst: 2 * ORDERS as u32 + 100,
};

/// What the floods came to.
#[derive(Default)]
struct Counts {
    taken: AtomicU64,
    refused: AtomicU64,
    too_large: AtomicU64,
    bodies: AtomicU64,
    over: AtomicBool,
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

fn subscribe(symbol: &str) -> Value {
    json!({ "op": "subscribe", "channel": "book.l2", "symbol": symbol })
}

/// A client that follows every book, and never reads.
async fn sleeper(venue: &Venue) -> WebSocketStream<TcpStream> {
    // What the kernel holds for it must fill, so its window is small.
    let small = TcpSocket::new_v4().unwrap();
    small.set_recv_buffer_size(4_096).unwrap();
    let stream = small.connect(venue.address).await.unwrap();
    let request = format!("ws://{}/v1/ws", venue.address).into_client_request().unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.send(Message::text(subscribe("*").to_string())).await.unwrap();
    socket
}

/// Sends orders as fast as they are answered, and counts.
fn flood(by: Dealer, counts: Arc<Counts>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut socket = by.websocket().await;
        while !counts.over.load(Ordering::Relaxed) {
            for _ in 0..32 {
                let mut order = by.order("SONG.U", "buy", "2.00", "1");
                order["op"] = "place_order".into();
                socket.say(&order).await;
            }
            for _ in 0..32 {
                let answer = loop {
                    let heard = socket.hear().await;
                    if heard.get("channel").is_none() {
                        break heard;
                    }
                };
                match answer["code"].as_str() {
                    None => add(&counts.taken),
                    Some("RATE_LIMITED") => add(&counts.refused),
                    Some(other) => panic!("{other}: {answer}"),
                }
            }
        }
    })
}

/// Sends what is too large, over both roads, and counts who was told so.
fn large(venue: &Venue, by: Dealer, counts: Arc<Counts>) -> JoinHandle<()> {
    let nobody = venue.nobody();
    tokio::spawn(async move {
        while !counts.over.load(Ordering::Relaxed) {
            let mut socket = nobody.websocket().await;
            // It may be closed before it is written to its end.
            let _ = socket.0.send(Message::text("x".repeat(1 << 20))).await;
            let (last, code) = socket.read_out().await;
            if code == Some(1009) {
                assert_eq!(last.unwrap()["code"], "MESSAGE_TOO_LARGE");
                add(&counts.too_large);
            }
            let mut order = by.order("SONG.U", "buy", "2.00", "1");
            order["client_id"] = "x".repeat(1 << 20).into();
            by.send("POST", "/v1/orders", &order)
                .await
                .refused(413, "MESSAGE_TOO_LARGE");
            add(&counts.bodies);
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_flood_the_others_are_served_to_the_last_order_and_frame() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.limits.key_rate = RATE;
    config.views.queue_frames = 256;
    let venue = Venue::open(config).await;
    let [ana, bo, cy] = [
        venue.admit(11, "0").await,
        venue.admit(12, "9000000.00").await,
        venue.admit(13, "9000000.00").await,
    ];
    venue.list(&ana, "SONG.U").await;
    venue.list(&ana, "TUNE.U").await;
    let counts = Arc::new(Counts::default());
    let mut asleep = Vec::new();
    for _ in 0..5 {
        asleep.push(sleeper(&venue).await);
    }
    let mut reader = venue.nobody().websocket().await;
    reader.ask(subscribe("TUNE.U")).await;
    let floods = [
        flood(cy.clone(), counts.clone()),
        large(&venue, cy.clone(), counts.clone()),
    ];

    // One after the other, each done before the next is sent; and each is a frame for who reads.
    let read = Arc::new(Semaphore::new(0));
    let reading = tokio::spawn({
        let read = read.clone();
        async move {
            let mut last: Option<u64> = None;
            let mut frames = 0;
            while frames < ORDERS {
                let frame = reader.hear().await;
                if frame["type"] != "delta" {
                    continue;
                }
                let seq = frame["seq"].as_u64().unwrap();
                assert!(
                    last.is_none_or(|last| seq == last + 1),
                    "without a gap: {last:?} and {seq}"
                );
                last = Some(seq);
                frames += 1;
                read.add_permits(1);
            }
        }
    });
    let mut trader = bo.websocket().await;
    for number in 0..ORDERS {
        let mut order = bo.order("TUNE.U", "buy", &format!("{}.00", 1 + number % 900), "1");
        order["op"] = "place_order".into();
        let (answer, _) = trader.ask(order).await;
        assert_eq!(answer["outcome"]["status"], "done", "order {number}: {answer}");
    }
    timeout(PATIENCE, reading).await.expect("each frame comes").unwrap();
    assert_eq!(read.available_permits() as u64, ORDERS);
    // A read and an answer over HTTP come as well.
    let resting = bo
        .get(&format!("/v1/orders?account_id={}&limit=1000", bo.account))
        .await
        .ok();
    assert_eq!(resting["items"].as_array().map(Vec::len), Some(ORDERS as usize));

    counts.over.store(true, Ordering::Relaxed);
    for flood in floods {
        timeout(PATIENCE, flood).await.expect("a flood ends").unwrap();
    }
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    // The flood had what its key may, and was refused the rest; what is too large was told so.
    let (taken, refused) = (count(&counts.taken), count(&counts.refused));
    assert!(
        taken >= u64::from(RATE.burst) / 4 && refused > 0,
        "{taken} taken, {refused} refused"
    );
    assert!(count(&counts.too_large) > 0 && count(&counts.bodies) > 0);
    drop(asleep);
    venue.stop().await.unwrap();
}
