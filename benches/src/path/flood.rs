//! An order while others flood the venue: a key sends all that it can, readers of every book take nothing, and messages
//! come that are too large. Beside it the same order in the calm, in turns, so that noise hits both alike.
//!
//! Those who flood are threads of the same program: what they take of the processors themselves is in the figures.

use super::{
    row::{Measured, Row, Size, folder},
    socket::{ask, nanoseconds, order},
    venue::Venue,
};
use crate::measure;
use anyhow::{Context as _, ensure};
use gateway::server::Limits;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{runtime::Builder, task::JoinHandle, time::sleep};
use zhiheng_tests::{
    board::{self, Trader},
    client::{Http, Socket},
};

/// How many orders the flooding key has under way at once.
const UNDER_WAY: usize = 64;
/// How many readers take nothing.
const ASLEEP: usize = 8;
/// A message that is too large, in bytes, and how often one comes.
const LARGE: usize = 1 << 20;
const EVERY: Duration = Duration::from_millis(20);

/// Takes orders in the calm and in the flood.
pub(super) fn row(size: Size) -> anyhow::Result<Row> {
    eprintln!("orders in a flood");
    let folder = folder()?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let venue = Venue::start(&runtime, &folder.path().join("data"), Limits::default().key_rate)?;
    let (trader, flooding) = {
        let operator = Http::new(&venue.url, venue.operator.clone());
        let mut traders = board::set_up(&operator, 2)?;
        (traders.remove(0), traders.remove(0))
    };
    let (mut calm, mut flooded) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        let mut socket = Socket::connect(&venue.url, &trader.key).await?.unheld();
        let mut number = 0;
        for _ in 0..size.rounds {
            for is_flooded in [false, true] {
                let flood = if is_flooded {
                    Some(Flood::begin(&venue.url, &flooding).await?)
                } else {
                    None
                };
                for _ in 0..size.orders {
                    number += 1;
                    let (took, answer) = ask(&mut socket, &order(trader.account, number)).await?;
                    ensure!(answer["outcome"]["order_id"].is_string(), "{answer}");
                    let times = if is_flooded { &mut flooded } else { &mut calm };
                    times.push(nanoseconds(took));
                    // A trader thinks, and stays below its own rate.
                    sleep(Duration::from_millis(1)).await;
                }
                if let Some(flood) = flood {
                    flood.end().await;
                }
            }
        }
        anyhow::Ok(())
    })?;
    venue.stop(&runtime)?;
    Ok(Row {
        what: "An order over a WebSocket to its durable answer, while another key floods, eight readers sleep and 1 MiB messages come".to_owned(),
        measured: Measured::Latency(measure::percentiles(&mut flooded)),
        beside: "the same, and nobody else".to_owned(),
        floor: Measured::Latency(measure::percentiles(&mut calm)),
    })
}

/// Those who flood.
struct Flood {
    tasks: Vec<JoinHandle<anyhow::Result<()>>>,
    _asleep: Vec<Socket>,
}

impl Flood {
    async fn begin(url: &str, trader: &Trader) -> anyhow::Result<Self> {
        let mut asleep = Vec::new();
        for _ in 0..ASLEEP {
            let mut socket = Socket::anonymous(url).await?.unheld();
            socket
                .send(&json!({ "op": "subscribe", "channel": "book.l2", "symbol": "*" }))
                .await?;
            asleep.push(socket);
        }
        let orders = Socket::connect(url, &trader.key).await?.unheld();
        let tasks = vec![
            tokio::spawn(send_orders(orders, trader.account)),
            tokio::spawn(send_large(url.to_owned())),
        ];
        Ok(Self { tasks, _asleep: asleep })
    }

    async fn end(self) {
        for task in self.tasks {
            task.abort();
            let _ = task.await;
        }
    }
}

/// Sends as many orders as are answered, taken or not. No two have one name, over all floods.
async fn send_orders(mut socket: Socket, account: u64) -> anyhow::Result<()> {
    static NAMES: AtomicUsize = AtomicUsize::new(0);
    loop {
        for _ in 0..UNDER_WAY {
            let number = NAMES.fetch_add(1, Ordering::Relaxed);
            let mut order: Value = order(account, number);
            order["client_id"] = format!("flood-{number}").into();
            socket.send(&order).await?;
        }
        for _ in 0..UNDER_WAY {
            socket.next().await.context("the flood is cut off")?;
        }
    }
}

/// Sends what is too large, again and again.
async fn send_large(url: String) -> anyhow::Result<()> {
    let large = json!({ "op": "ping", "id": "x".repeat(LARGE) });
    loop {
        let mut socket = Socket::anonymous(&url).await?.unheld();
        // It may be closed before it is written to its end.
        let _ = socket.send(&large).await;
        while socket.next().await.is_some() {}
        sleep(EVERY).await;
    }
}
