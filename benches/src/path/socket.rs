//! An order to its durable answer over a real WebSocket, one at a time; the same message to an echo on the same
//! runtime; and one sync of what the order takes in the journal. The three take turns, so that noise hits all alike.

use super::{
    disk::ZeroFilled,
    row::{Measured, Row, Size, folder},
    venue::{HERE, RATE, Venue},
};
use crate::measure;
use anyhow::{Context as _, ensure};
use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::any,
    serve::ListenerExt as _,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{net::TcpListener, runtime::Builder};
use zhiheng_tests::{
    board::{self, SYMBOL},
    client::{Http, Socket},
};

/// What the batch of one order takes on disk: a sector.
const SECTOR: usize = 512;
/// Takes the orders, and both rows they lead to.
pub(super) fn rows(size: Size) -> anyhow::Result<[Row; 2]> {
    eprintln!("orders over a WebSocket");
    let folder = folder()?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let venue = Venue::start(&runtime, &folder.path().join("data"), RATE)?;
    let trader = {
        let operator = Http::new(&venue.url, venue.operator.clone());
        board::set_up(&operator, 1)?.remove(0)
    };
    let mut bare = ZeroFilled::new(folder.path(), (size.rounds * size.orders * SECTOR) as u64, SECTOR)?;
    let (mut orders, mut echoes, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    runtime.block_on(async {
        let echo = TcpListener::bind(HERE).await?;
        let echo_url = format!("http://{}", echo.local_addr()?);
        let echoing = tokio::spawn(serve_echo(echo));
        let mut venue = Socket::connect(&venue.url, &trader.key).await?.unheld();
        let mut echo = Socket::anonymous(&echo_url).await?.unheld();
        for round in 0..size.rounds {
            let messages: Vec<Value> = (0..size.orders)
                .map(|number| order(trader.account, round * size.orders + number))
                .collect();
            for message in &messages {
                let (took, answer) = ask(&mut venue, message).await?;
                let done = answer["journal_seq"].is_u64() && answer["outcome"]["order_id"].is_string();
                ensure!(done && answer["id"] == message["id"], "{message}: {answer}");
                orders.push(nanoseconds(took));
            }
            for message in &messages {
                let (took, answer) = ask(&mut echo, message).await?;
                ensure!(answer == *message, "{message}: {answer}");
                echoes.push(nanoseconds(took));
            }
            for _ in &messages {
                syncs.push(nanoseconds(bare.write(SECTOR)?));
            }
        }
        echoing.abort();
        anyhow::Ok(())
    })?;
    venue.stop(&runtime)?;
    let what = "An order over a WebSocket to its durable answer, one at a time".to_owned();
    let orders = Measured::Latency(measure::percentiles(&mut orders));
    Ok([
        Row {
            what: what.clone(),
            measured: orders,
            beside: "a bare echo of the same message, same client, runtime and libraries, nothing durable".to_owned(),
            floor: Measured::Latency(measure::percentiles(&mut echoes)),
        },
        Row {
            what,
            measured: orders,
            beside: "write + fdatasync of the 512 bytes that the order takes in the journal".to_owned(),
            floor: Measured::Latency(measure::percentiles(&mut syncs)),
        },
    ])
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}

/// A limit order that rests, near others.
pub(super) fn order(account: u64, number: usize) -> Value {
    json!({"op": "place_order", "id": number, "client_id": format!("o-{number}"), "account_id": account,
           "symbol": SYMBOL, "side": "buy", "type": "limit", "price": format!("1.{:02}", number % 100), "quantity": "1"})
}

/// Sends a message, and waits for the next one.
pub(super) async fn ask(socket: &mut Socket, message: &Value) -> anyhow::Result<(Duration, Value)> {
    let started = Instant::now();
    socket.send(message).await?;
    let answer = socket.next().await;
    Ok((started.elapsed(), answer.context("the socket was closed")?))
}

async fn serve_echo(listener: TcpListener) {
    let upgrade = async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo);
    let router = Router::new().route("/v1/ws", any(upgrade));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let _ = axum::serve(listener, router).await;
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}
