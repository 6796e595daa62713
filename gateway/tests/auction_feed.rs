//! The feed of a lot on real sockets.

mod auction_room;
mod server_support;

use auction_room::*;
use futures_util::StreamExt;
use market_data::replica::Replica;
use serde_json::{Value, json};
use server_support::*;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

fn follow(symbol: &str, from_seq: Option<u64>) -> Value {
    let mut message = json!({ "op": "subscribe", "channel": "auction", "symbol": symbol });
    if let Some(seq) = from_seq {
        message["from_seq"] = seq.into();
    }
    message
}

/// A frame as the log has it.
fn without_sent_at(frame: &str) -> String {
    let from = frame.find(",\"sent_at\"").expect("a frame says when it was sent");
    let to = from + frame[from + 1..].find(",\"").expect("more follows") + 1;
    format!("{}{}", &frame[..from], &frame[to..])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_late_has_every_frame_from_the_first_and_a_restart_changes_none() {
    play(2, from_the_first_frame).await;
}

async fn from_the_first_frame(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    let mut all = room.venue.nobody().websocket().await;
    all.ask(follow("*", None)).await;
    let lot = room.announce(ascending(), runs_ms, |_| {}).await;
    let symbol = format!("LOT-{lot}");
    // By `*` it comes as a lot that was announced later.
    let first = all.hear().await;
    assert_eq!(
        (&first["symbol"], &first["channel"]),
        (&json!(symbol), &json!("auction"))
    );
    room.enter(lot).await?;
    room.bid(0, lot, "1000.00").await?;
    room.bid(1, lot, "1100.00").await?;
    let sold = room.until(lot, &["sold"]).await?;
    assert_eq!(
        (&sold["price"]["amount"], &sold["bids"]),
        (&json!("1100.00"), &json!(2))
    );

    let log = room.log(lot).await;
    let lines: Vec<&str> = log.lines().collect();
    let mut late = room.venue.nobody().websocket().await;
    late.say(&follow(&symbol, Some(0))).await;
    let mut copy = Replica::new();
    copy.resume("auction", &symbol, 0);
    for line in &lines[..lines.len() - 1] {
        let text = loop {
            match timeout(PATIENCE, late.0.next()).await.unwrap().unwrap().unwrap() {
                Message::Text(text) if text.contains("\"seq\"") => break text,
                _ => {}
            }
        };
        assert!(!text.contains("journal_seq"), "{text}");
        assert!(copy.apply(&text).unwrap().unwrap().proven);
        assert_eq!(without_sent_at(&text), *line);
    }
    let head: Value = serde_json::from_str(lines[lines.len() - 1]).unwrap();
    assert_eq!(
        (head["seq"].as_u64(), head["lot_id"].as_u64()),
        (copy.seq("auction", &symbol), Some(lot))
    );
    assert_eq!(head["public_key"], room.key().await);
    // A snapshot tells the same head.
    let mut other = room.venue.nobody().websocket().await;
    other.say(&follow(&symbol, None)).await;
    let snapshot = loop {
        let heard = other.hear().await;
        if heard["type"] == "snapshot" {
            break heard;
        }
    };
    assert_eq!(
        (&snapshot["head"], &snapshot["signature"]),
        (&head["head"], &head["signature"])
    );
    assert_eq!(snapshot["lot"], sold);
    let (unknown, _) = other.ask(follow("LOT-1", None)).await;
    assert_eq!(unknown["code"], "UNKNOWN_LOT");
    room.venue
        .nobody()
        .get("/v1/auctions/1/log")
        .await
        .refused(404, "UNKNOWN_LOT");
    let private = format!("/v1/auctions/{lot}/confirmation");
    room.venue.nobody().get(&private).await.refused(409, "STATE_FORBIDS");
    room.venue.stop().await.unwrap();

    room.venue = Venue::open(config(room.dir.path())).await;
    assert_eq!(room.log(lot).await, log);
    room.venue.stop().await.unwrap();
    Ok(())
}
