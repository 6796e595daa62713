//! The private channel on real sockets: each participant hears of itself, in order, and of nobody else.

mod auction_room;
mod server_support;

use auction_room::*;
use serde_json::{Value, json};
use server_support::*;

/// The frames up to the one of this kind; each the next of its stream.
async fn until(socket: &mut Socket, seq: &mut u64, kind: &str) -> Vec<Value> {
    let mut heard = vec![];
    loop {
        let frame = frame(socket).await;
        assert_eq!(
            (frame["type"].as_str(), frame["seq"].as_u64()),
            (Some("delta"), Some(*seq + 1)),
            "{frame}"
        );
        *seq += 1;
        let last = frame["event"]["type"] == kind;
        heard.push(frame);
        if last {
            return heard;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hears_of_itself_alone_from_a_snapshot_on_and_across_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "10000.00").await;
    let cy = venue.admit_with(13, "500.00", &["trader"], &["trade"]).await;
    venue.list(&ana, "SONG.U").await;
    let rests = ana.place("SONG.U", "sell", "120.00", "5").await;
    // An order is answered before the views show it.
    let shown = format!("/v1/accounts/{}?min_seq={}", ana.account, rests["journal_seq"]);
    ana.get(&shown).await.ok();

    let mut hers = ana.websocket().await;
    let mut his = bo.websocket().await;
    hers.say(&follow(None)).await;
    his.say(&follow(None)).await;
    let (first, other) = (frame(&mut hers).await, frame(&mut his).await);
    assert_eq!(
        (&first["type"], &first["symbol"]),
        (&json!("snapshot"), &json!(format!("ENTITY-{}", ana.entity)))
    );
    let account = &first["accounts"][0];
    assert_eq!(account["open_orders"][0]["price"], "120.00", "{first}");
    assert_eq!(
        account["holdings"][0],
        json!({ "symbol": "SONG.U", "total": "1000", "held": "5", "free": "995" })
    );
    assert_eq!(other["accounts"][0]["cash"][0]["free"], "10000.00", "{other}");
    let (mut her_seq, mut his_seq) = (first["seq"].as_u64().unwrap(), other["seq"].as_u64().unwrap());

    bo.place("SONG.U", "buy", "125.00", "3").await;
    let refused = bo.order("SONG.U", "buy", "999.00", "900");
    bo.send("POST", "/v1/orders", &refused)
        .await
        .refused(422, "INSUFFICIENT_CASH");
    let sold = until(&mut hers, &mut her_seq, "order_filled").await;
    assert_eq!(sold.len(), 1, "{sold:?}");
    assert_eq!(
        (&sold[0]["event"]["quantity"], &sold[0]["event"]["for_entity_id"]),
        (&json!("3"), &json!(ana.entity))
    );
    let bought = until(&mut his, &mut his_seq, "rejected").await;
    let kinds: Vec<_> = bought
        .iter()
        .map(|frame| frame["event"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["order_accepted", "order_filled", "rejected"]);
    assert!(
        bought
            .iter()
            .all(|frame| frame["event"]["for_entity_id"] == bo.entity && frame["event"]["journal_seq"].is_u64())
    );

    // What was missed comes again, from its number on, and from the beginning.
    for from in [0, his_seq - 2] {
        let mut again = bo.websocket().await;
        again.say(&follow(Some(from))).await;
        let mut seq = from;
        let heard = until(&mut again, &mut seq, "rejected").await;
        assert_eq!(
            (seq, heard.last()),
            (
                his_seq,
                bought
                    .last()
                    .map(|frame| {
                        let mut frame = frame.clone();
                        frame["sent_at"] = heard[heard.len() - 1]["sent_at"].clone();
                        frame
                    })
                    .as_ref()
            )
        );
    }
    let mut ahead = bo.websocket().await;
    ahead.say(&follow(Some(his_seq + 1))).await;
    assert_eq!(frame(&mut ahead).await["from_seq_ahead"], true);

    // Nobody without a key, nobody whose key may not read, and nobody by name.
    let (anonymous, _) = venue.nobody().websocket().await.ask(follow(None)).await;
    assert_eq!(anonymous["code"], "NOT_AUTHENTICATED");
    let (blind, _) = cy.websocket().await.ask(follow(None)).await;
    assert_eq!(blind["code"], "SCOPE_MISSING");
    for symbol in [format!("ENTITY-{}", ana.entity), "*".into()] {
        let mut named = follow(None);
        named["symbol"] = symbol.into();
        let (refused, _) = bo.websocket().await.ask(named).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("CONFLICTING_FIELDS"), &json!("/symbol"))
        );
    }

    // A key that is revoked hears no more, and the others do.
    let path = format!("/v1/participants/keys/{}?client_id=r", bo.key.as_ref().unwrap().id.0);
    let revoked = venue.operator.raw("DELETE", &path, b"").await.ok();
    let cash = json!({ "account_id": bo.account, "currency": "CNY", "amount": "1.00", "reference": "late" });
    venue.operator.done("POST", "/v1/accounts/cash-in", cash).await;
    cy.place("SONG.U", "buy", "125.00", "1").await;
    until(&mut hers, &mut her_seq, "order_filled").await;
    let heard = his.told_until_revoked().await;
    assert!(heard.iter().all(|frame| is_up_to(frame, &revoked)), "{heard:?}");
    venue.stop().await.unwrap();

    let venue = Venue::open(config(dir.path())).await;
    let ana = Dealer {
        address: venue.address,
        ..ana
    };
    let mut hers = ana.websocket().await;
    hers.say(&follow(Some(her_seq - 1))).await;
    let last = frame(&mut hers).await;
    assert_eq!(
        (last["seq"].as_u64(), &last["event"]["quantity"]),
        (Some(her_seq), &json!("1"))
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bidder_is_told_that_it_was_outbid_and_the_venue_is_not() {
    play(2, outbid).await;
}

async fn outbid(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    let mut staff = room.venue.operator.websocket().await;
    staff.say(&follow(None)).await;
    frame(&mut staff).await;
    let lot = room.announce(ascending(), runs_ms, |_| {}).await;
    room.enter(lot).await?;
    room.bid(0, lot, "1000.00").await?;
    let mut socket = room.bidders[0].websocket().await;
    socket.say(&follow(None)).await;
    let snapshot = frame(&mut socket).await;
    assert_eq!(snapshot["bids"][0]["bidder"]["lot_id"], lot, "{snapshot}");
    assert_eq!(snapshot["accounts"][0]["cash"][0]["held"], "100.00", "the deposit");
    let mut seq = snapshot["seq"].as_u64().unwrap();
    room.bid(1, lot, "1100.00").await?;
    let outbid = until(&mut socket, &mut seq, "bid_stands").await.pop().unwrap();
    assert_eq!(
        (
            &outbid["event"]["leads"],
            &outbid["event"]["price"]["amount"],
            &outbid["event"]["audience"]
        ),
        (&json!(false), &json!("1100.00"), &json!("sealed"))
    );
    room.until(lot, &["sold"]).await?;
    // The deposit comes back, and the record says who won.
    let closed = until(&mut socket, &mut seq, "record_changed").await;
    assert!(
        closed.iter().any(|frame| frame["event"]["reason"] == "released"),
        "{closed:?}"
    );
    let bidder = &closed.last().unwrap()["event"]["record"]["bidder"];
    assert_eq!((&bidder["leads"], &bidder["won"]), (&json!(false), &Value::Null));
    // Nothing of it ever came to the venue's staff: what they hear next is their own refusal.
    let own = json!({ "client_id": fresh_id(), "lot_id": lot, "evidence_sha256": PAPER });
    room.venue
        .operator
        .send("POST", "/v1/auctions/resume", &own)
        .await
        .refused(409, "STATE_FORBIDS");
    let mut heard = vec![];
    while !heard
        .last()
        .is_some_and(|frame: &Value| frame["event"]["type"] == "rejected")
    {
        heard.push(frame(&mut staff).await);
    }
    assert!(
        heard.iter().all(|frame| frame["event"]["for_entity_id"] == 0),
        "{heard:?}"
    );
    room.venue.stop().await.unwrap();
    Ok(())
}
