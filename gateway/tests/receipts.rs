//! Receipts of bidders: each command that was taken has one, in its answer and in its bidder's private channel, and nobody else sees it.

mod auction_room;
mod server_support;

use auction_room::*;
use futures_util::StreamExt as _;
use gateway::proof::{commitment::commitment, receipt::BidReceipt};
use protocol::{Digest, LotId};
use serde_json::{Value, json};
use server_support::*;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// So long runs a lot whose end nobody waits for.
const LONG_MS: u64 = 600_000;

/// How a command is given.
#[derive(Clone, Copy)]
enum By {
    Rest,
    WebSocket,
}

/// The receipt in an answer or a frame, byte for byte as it was sent.
fn receipt_in(text: &str) -> &str {
    let told = text.split_once("\"receipt\":").expect(text).1;
    let signature = told.find("\"signature\":\"").expect(text);
    let end = told[signature..].find("\"}").expect(text);
    &told[..signature + end + 2]
}

/// The receipt in an answer, as a frame would have it: an answer over a socket sorts its fields.
fn receipt_of(by: By, answer: &str) -> String {
    let sent = receipt_in(answer);
    match by {
        By::Rest => sent.to_owned(),
        By::WebSocket => {
            let receipt: BidReceipt = serde_json::from_str(sent).unwrap();
            serde_json::to_string(&receipt).unwrap()
        }
    }
}

/// The next text that a socket hears, as it was sent.
async fn text(socket: &mut Socket) -> String {
    loop {
        match timeout(PATIENCE, socket.0.next()).await.expect("a message in time") {
            Some(Ok(Message::Text(text))) => return text.to_string(),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Gives a command; its answer as it was sent.
async fn give_by(by: By, dealer: &Dealer, (path, op): (&str, &str), mut body: Value) -> String {
    body["client_id"] = fresh_id().into();
    match by {
        By::Rest => dealer.send("POST", path, &body).await.text,
        By::WebSocket => {
            let mut socket = dealer.websocket().await;
            (body["op"], body["id"]) = (op.into(), 1.into());
            socket.say(&body).await;
            text(&mut socket).await
        }
    }
}

/// A socket on the channel, level with it.
async fn listening(dealer: &Dealer) -> Socket {
    let mut socket = dealer.websocket().await;
    socket.say(&follow(None)).await;
    assert_eq!(frame(&mut socket).await["type"], "snapshot");
    socket
}

/// The receipts of the next so many bids that the channel tells of; each beside its event, which says the same.
async fn receipts(socket: &mut Socket, count: usize) -> Vec<String> {
    let mut heard = vec![];
    while heard.len() < count {
        let text = text(socket).await;
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["event"]["type"] != "bid_taken" {
            assert!(frame["receipt"].is_null(), "{text}");
            continue;
        }
        assert_eq!(frame["event"]["audience"], "sealed", "{text}");
        for field in [
            "lot_id",
            "number",
            "op",
            "price",
            "units",
            "commitment",
            "at",
            "journal_seq",
        ] {
            assert_eq!(frame["event"][field], frame["receipt"][field], "{field}: {text}");
        }
        heard.push(receipt_in(&text).to_owned());
    }
    heard
}

/// Every command of a bidder, given one way, on a rising lot and on one with hidden bids; the receipts of their answers.
async fn every_command(room: &mut Room, by: By, runs_ms: u64) -> Result<Vec<String>, Late> {
    let mut format = ascending();
    format["ascending"]["buy_now"] = cny("9000.00");
    let rising = room.announce(format, LONG_MS, |_| {}).await;
    let reveal_s = runs_ms.div_ceil(300);
    let sealed = json!({ "sealed": {
        "start": cny("1000.00"), "pays": "first", "reveal_seconds": reveal_s, "penalty": cny("0.00")
    } });
    let sealed = room.announce(sealed, 2 * runs_ms, |_| {}).await;
    let bidder = &room.bidders[0];
    let mut given = vec![];
    let give = async |(path, op): (&str, &str), body: Value| {
        let lot = body["lot_id"].as_u64().unwrap();
        let answer = give_by(by, bidder, (path, op), body).await;
        room.in_time(lot, serde_json::from_str(&answer).unwrap())?;
        Ok(answer)
    };
    for lot in [rising, sealed] {
        room.until(lot, &["open"]).await?;
        let enter = json!({ "lot_id": lot, "account_id": bidder.account });
        given.push(give(("/v1/auctions/enter", "enter_lot"), enter).await?);
    }
    let bid = json!({ "lot_id": rising, "price": cny("1000.00") });
    given.push(give(("/v1/auctions/bids", "bid_lot"), bid).await?);
    let maximum = json!({ "lot_id": rising, "maximum": cny("1600.00") });
    given.push(give(("/v1/auctions/maximum", "set_maximum"), maximum).await?);
    // What lies between the steps is refused, and the steps beside it are named.
    let between = json!({ "client_id": fresh_id(), "lot_id": rising, "maximum": cny("1750.00") });
    let refused = bidder.send("POST", "/v1/auctions/maximum", &between).await;
    refused.refused(422, "BID_OFF_GRID");
    assert_eq!(
        refused.body["hint"], "the steps beside it are 1700.00 and 1800.00",
        "{}",
        refused.text
    );
    let buy = json!({ "lot_id": rising });
    given.push(give(("/v1/auctions/buy", "buy_lot"), buy).await?);
    let entered: BidReceipt = serde_json::from_str(receipt_in(&given[1])).unwrap();
    let commit = commitment(LotId(sealed), entered.number, 120_000, &Digest([1; 32]));
    let commit = json!({ "lot_id": sealed, "commitment": commit });
    given.push(give(("/v1/auctions/commitments", "commit_bid"), commit).await?);
    room.until(sealed, &["revealing"]).await?;
    let reveal = json!({ "lot_id": sealed, "price": cny("1200.00"), "nonce": "01".repeat(32) });
    given.push(give(("/v1/auctions/reveals", "reveal_bid"), reveal).await?);
    Ok(given.iter().map(|answer| receipt_of(by, answer)).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_receipt_of_every_command_comes_to_its_bidder_alone_and_is_that_of_the_answer() {
    play(2, receipts_come_to_their_bidder).await;
}

async fn receipts_come_to_their_bidder(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    let partner = second_user(&room, &room.bidders[0], 71).await;
    let mut ear = listening(&room.bidders[0]).await;
    let mut partners = listening(&partner).await;
    let mut strangers = [
        listening(&room.bidders[1]).await,
        listening(&room.venue.operator).await,
        listening(&room.seller).await,
    ];
    let venue = room.key().await;

    let by_rest = every_command(&mut room, By::Rest, runs_ms).await?;
    let ops: Vec<String> = by_rest
        .iter()
        .map(|text| serde_json::from_str::<BidReceipt>(text).unwrap())
        .inspect(|receipt| assert!(receipt.holds(&venue), "{receipt:?}"))
        .map(|receipt| receipt.op)
        .collect();
    let expected = [
        "enter_lot",
        "enter_lot",
        "bid_lot",
        "set_maximum",
        "buy_lot",
        "commit_bid",
        "reveal_bid",
    ];
    assert_eq!(ops, expected);
    assert_eq!(receipts(&mut ear, expected.len()).await, by_rest);
    // Another key of the same participant hears them too, and once it is revoked no more.
    assert_eq!(receipts(&mut partners, expected.len()).await, by_rest);
    let path = format!(
        "/v1/participants/keys/{}?client_id=gone",
        partner.key.as_ref().unwrap().id.0
    );
    let revoked = room.venue.operator.raw("DELETE", &path, b"").await.ok();
    let by_socket = every_command(&mut room, By::WebSocket, runs_ms).await?;
    assert_eq!(receipts(&mut ear, expected.len()).await, by_socket);
    let heard = partners.told_until_revoked().await;
    assert!(heard.iter().all(|frame| is_up_to(frame, &revoked)), "{heard:?}");

    // What another user approves is the bidder's, too: its answer and the channel hold the receipt. What failed has none.
    let partner = second_user(&room, &room.bidders[0], 72).await;
    let lot = room.announce(ascending(), LONG_MS, |_| {}).await;
    room.until(lot, &["open"]).await?;
    let bidder = &room.bidders[0];
    bidder
        .done("POST", "/v1/participants/dual-control", json!({ "required": true }))
        .await;
    let mut approved = vec![];
    let enter = json!({ "op": "enter_lot", "lot_id": lot, "account_id": bidder.account });
    let low = json!({ "op": "bid_lot", "lot_id": lot, "price": cny("1.00") });
    let bid = json!({ "op": "bid_lot", "lot_id": lot, "price": cny("1000.00") });
    for (by, command) in [(By::Rest, enter), (By::Rest, low), (By::WebSocket, bid)] {
        let proposed = give_by(by, bidder, ("/v1/proposals", "propose"), json!({ "command": command })).await;
        assert!(!proposed.contains("\"receipt\""), "{proposed}");
        let proposed: Value = serde_json::from_str(&proposed).unwrap();
        assert_eq!(proposed["outcome"]["status"], "done", "{proposed}");
        let approve = json!({ "proposal_id": proposed["outcome"]["deal_id"] });
        let answer = give_by(by, &partner, ("/v1/proposals/approve", "approve"), approve).await;
        assert!(answer.contains("\"done\""), "{answer}");
        approved.push(answer.contains("\"receipt\"").then(|| receipt_of(by, &answer)));
    }
    assert_eq!(approved.remove(1), None);
    let approved: Vec<String> = approved.into_iter().flatten().collect();
    assert_eq!(receipts(&mut ear, 2).await, approved);
    // Who comes later hears them again, from their number on.
    let mut again = bidder.websocket().await;
    again.say(&follow(Some(0))).await;
    let all = [by_rest, by_socket, approved].concat();
    assert_eq!(receipts(&mut again, all.len()).await, all);

    // Nobody else heard of any: what each hears next is its own.
    let bid = json!({ "lot_id": lot, "price": cny("2000.00") });
    let resume = json!({ "lot_id": lot, "evidence_sha256": PAPER });
    let wrong = [
        (&room.bidders[1], "/v1/auctions/bids", &bid),
        (&room.venue.operator, "/v1/auctions/resume", &resume),
        (&room.seller, "/v1/auctions/bids", &bid),
    ];
    for (socket, (dealer, path, body)) in strangers.iter_mut().zip(wrong) {
        let mut body = body.clone();
        body["client_id"] = fresh_id().into();
        assert_ne!(dealer.send("POST", path, &body).await.status, 200);
        loop {
            let heard = frame(socket).await;
            assert!(
                heard["receipt"].is_null() && heard["event"]["type"] != "bid_taken",
                "{heard}"
            );
            if heard["event"]["type"] == "rejected" {
                break;
            }
        }
    }
    room.venue.stop().await.unwrap();
    Ok(())
}
