//! Deals over HTTP, from the first participant to the last fen.

mod server_support;

use serde_json::json;
use server_support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_moves_money_and_units_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    assert!(venue.ready.fresh);
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "10000.00").await;
    venue.list(&ana, "SONG.U").await;

    let sold = ana.place("SONG.U", "sell", "120.00", "5").await;
    let order = sold["outcome"]["order_id"].as_str().unwrap().to_owned();
    let book = ana
        .get(&format!("/v1/market/SONG.U/book?min_seq={}", sold["journal_seq"]))
        .await
        .ok();
    assert_eq!(book["asks"], json!([["120.00", "5", 1]]));

    let bought = bo.place("SONG.U", "buy", "125.00", "3").await;
    let seq = bought["journal_seq"].as_u64().unwrap();
    // 3 x 120.00 at the resting price, and 20 basis points of it.
    assert_eq!(bo.cash(seq).await, ("9639.28".to_owned(), "0.00".to_owned()));
    let cash = ana
        .get(&format!("/v1/accounts/{}?min_seq={seq}", ana.account))
        .await
        .ok();
    assert_eq!(
        cash["cash"][0],
        json!({ "currency": "CNY", "total": "359.64", "held": "0.00", "free": "359.64" })
    );
    let holdings = ana.get(&format!("/v1/accounts/{}/holdings", ana.account)).await.ok();
    assert_eq!(
        holdings["items"][0],
        json!({ "symbol": "SONG.U", "total": "997", "held": "2", "free": "995" })
    );

    let book = venue.nobody().get("/v1/market/SONG.U/book?depth=5").await.ok();
    assert_eq!(
        (&book["bids"], &book["asks"]),
        (&json!([]), &json!([["120.00", "2", 1]]))
    );
    assert_eq!(book["sandbox"], true);
    let trades = venue.nobody().get("/v1/market/SONG.U/trades").await.ok();
    assert_eq!(trades["items"][0]["price"], "120.00");
    assert_eq!(trades["items"][0]["quantity"], "3");
    assert_eq!(trades["items"][0]["taker_side"], "buy");
    for public in [&book, &trades] {
        assert!(!public.to_string().contains("journal_seq"), "{public}");
    }
    let quotes = venue.nobody().get("/v1/market").await.ok();
    assert_eq!(quotes["items"][0]["ask"], json!(["120.00", "2", 1]));

    let seen = ana.get(&format!("/v1/orders/{order}")).await.ok();
    assert_eq!(
        (&seen["state"], &seen["filled"], &seen["left"]),
        (&json!("open"), &json!("3"), &json!("2"))
    );
    let open = ana.get(&format!("/v1/orders?account_id={}", ana.account)).await.ok();
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
    let cancelled = ana
        .raw("DELETE", &format!("/v1/orders/{order}?client_id=x1"), b"")
        .await
        .ok();
    let path = format!("/v1/orders/{order}?min_seq={}", cancelled["journal_seq"]);
    let seen = ana.get(&path).await.ok();
    assert_eq!(
        (&seen["state"], &seen["cancel_reason"]),
        (&json!("cancelled"), &json!("requested"))
    );
    let again = ana
        .raw("DELETE", &format!("/v1/orders/{order}?client_id=x2"), b"")
        .await;
    again.refused(404, "UNKNOWN_ORDER");
    assert!(
        again.body["journal_seq"].as_u64().unwrap() > seq,
        "a rejected command stands in the journal"
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_gets_the_first_answer_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    let order = ana.order("SONG.U", "buy", "10.00", "2");
    let first = ana.send("POST", "/v1/orders", &order).await.ok();
    assert_eq!(ana.send("POST", "/v1/orders", &order).await.ok(), first);
    let mut other = order.clone();
    other["quantity"] = "3".into();
    ana.send("POST", "/v1/orders", &other)
        .await
        .refused(409, "CLIENT_ID_REUSED");
    let refused = ana.order("SONG.U", "buy", "999.00", "900");
    let refusal = ana.send("POST", "/v1/orders", &refused).await;
    refusal.refused(422, "INSUFFICIENT_CASH");
    venue.stop().await.unwrap();

    let venue = Venue::open(config(dir.path())).await;
    assert!(!venue.ready.fresh, "the journal keeps its own genesis");
    let ana = Dealer {
        address: venue.address,
        ..ana
    };
    assert_eq!(ana.send("POST", "/v1/orders", &order).await.ok(), first);
    let again = ana.send("POST", "/v1/orders", &refused).await;
    assert_eq!(again.body, refusal.body, "a rejected command has used its client id");
    assert_eq!(
        ana.cash(0).await.1,
        "20.05",
        "held once: 2 x 10.00, 20 basis points, and the fen of a fraction"
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_wait_for_min_seq_and_not_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    for i in 1..=200 {
        let placed = ana.place("SONG.U", "buy", "1.00", "1").await;
        let path = format!(
            "/v1/orders?account_id={}&limit=1000&min_seq={}",
            ana.account, placed["journal_seq"]
        );
        let open = ana.get(&path).await.ok();
        assert_eq!(open["items"].as_array().unwrap().len(), i, "read your writes");
    }
    venue
        .nobody()
        .get("/v1/market?min_seq=1")
        .await
        .refused(401, "NOT_AUTHENTICATED");
    // The pages of a list cover it once.
    let (mut cursor, mut seen) = (String::new(), std::collections::BTreeSet::new());
    loop {
        let page = ana
            .get(&format!("/v1/orders?account_id={}&limit=7{cursor}", ana.account))
            .await
            .ok();
        for order in page["items"].as_array().unwrap() {
            assert!(seen.insert(order["order_id"].as_str().unwrap().to_owned()));
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 200);
    venue.stop().await.unwrap();

    let venue = Venue::open(config(dir.path())).await;
    let ana = Dealer {
        address: venue.address,
        ..ana
    };
    // What nobody was told of is refused at once, with the newest.
    let newest = ana.place("SONG.U", "buy", "1.00", "1").await["journal_seq"]
        .as_u64()
        .unwrap();
    let account = |min_seq: u64| format!("/v1/accounts/{}?min_seq={min_seq}", ana.account);
    assert_eq!(ana.get(&account(newest)).await.status, 200);
    let ahead = ana.get(&account(newest + 1)).await;
    ahead.refused(400, "MIN_SEQ_AHEAD");
    assert_eq!(ahead.body["field"], "min_seq");
    assert_eq!(ahead.body["hint"], format!("the newest command is {newest}"));
    venue.stop().await.unwrap();
}
