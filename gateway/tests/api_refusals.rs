//! Bad input, bad signatures, too much of everything: each gets its documented code, and costs the others nothing.

mod server_support;

use futures_util::future::join_all;
use gateway::{
    proof::{
        request::{self, Parts},
        signing::{self, Key, Secret},
    },
    server::{Rate, documents},
};
use protocol::KeyId;
use serde_json::{Value, json};
use server_support::*;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_input_gets_its_code_and_leaves_the_state_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    let good = || bo.order("SONG.U", "buy", "10.00", "1");
    let with = |field: &str, value: Value| {
        let mut order = good();
        order[field] = value;
        order
    };
    let without = |field: &str| {
        let mut order = good();
        order.as_object_mut().unwrap().remove(field);
        order
    };
    let duplicate = {
        let first = good();
        bo.send("POST", "/v1/orders", &first).await.ok();
        let mut other = first.clone();
        other["side"] = "sell".into();
        other
    };
    let last = bo.place("SONG.U", "buy", "10.00", "1").await;
    let holdings = format!("/v1/accounts/{}/holdings", ana.account);
    let before = (
        bo.cash(last["journal_seq"].as_u64().unwrap()).await,
        ana.get(&holdings).await.ok(),
    );
    // Refused at the door: not journaled, the client id not used.
    for (order, status, code, field) in [
        (with("symbol", "NONE".into()), 404, "UNKNOWN_INSTRUMENT", "/symbol"),
        (with("symbol", "song".into()), 422, "SYMBOL_INVALID", "/symbol"),
        (with("price", "10.001".into()), 422, "WRONG_SCALE", "/price"),
        (with("price", "-1.00".into()), 422, "OUT_OF_RANGE", "/price"),
        (with("price", "1e3".into()), 422, "MALFORMED_NUMBER", "/price"),
        (with("price", 10.into()), 400, "WRONG_TYPE", "/price"),
        (
            with("price", "99999999999999999999999999".into()),
            422,
            "OUT_OF_RANGE",
            "/price",
        ),
        (
            with("quantity", "99999999999999999999999999".into()),
            422,
            "OUT_OF_RANGE",
            "/quantity",
        ),
        (with("quantity", "1.5".into()), 422, "WRONG_SCALE", "/quantity"),
        (with("side", "both".into()), 422, "UNKNOWN_VALUE", "/side"),
        (with("colour", "red".into()), 400, "UNKNOWN_FIELD", "/colour"),
        (without("quantity"), 400, "MISSING_FIELD", "/quantity"),
        (without("client_id"), 400, "MISSING_FIELD", "/client_id"),
        (with("client_id", "".into()), 400, "CLIENT_ID_INVALID", "/client_id"),
        (
            with("client_id", "x".repeat(65).into()),
            400,
            "CLIENT_ID_INVALID",
            "/client_id",
        ),
    ] {
        let answer = bo.send("POST", "/v1/orders", &order).await;
        answer.refused(status, code);
        assert_eq!(answer.body["field"], field, "{}", answer.text);
        assert!(answer.body.get("journal_seq").is_none(), "{}", answer.text);
    }
    // Refused by the core: journaled, the client id used.
    // It says which field is meant, and what the rule asks.
    let (band, tick) = ("1.00 to 1000.00", "a multiple of 0.05");
    for (order, status, code, field, hint) in [
        (with("price", "0.00".into()), 422, "PRICE_OUTSIDE_BAND", "/price", band),
        (
            with("price", "1000.05".into()),
            422,
            "PRICE_OUTSIDE_BAND",
            "/price",
            band,
        ),
        (with("price", "10.01".into()), 422, "PRICE_OFF_TICK", "/price", tick),
        (
            with("quantity", "0".into()),
            422,
            "QUANTITY_INVALID",
            "/quantity",
            "a multiple of 1",
        ),
        (
            with("quantity", "10001".into()),
            422,
            "QUANTITY_TOO_LARGE",
            "/quantity",
            "at most 10000",
        ),
        (
            with("quantity", "10000".into()),
            422,
            "INSUFFICIENT_CASH",
            "/account_id",
            "",
        ),
        (with("side", "sell".into()), 422, "INSUFFICIENT_UNITS", "/quantity", ""),
        (
            with("account_id", ana.account.into()),
            404,
            "UNKNOWN_ACCOUNT",
            "/account_id",
            "",
        ),
        (
            with("account_id", 999.into()),
            404,
            "UNKNOWN_ACCOUNT",
            "/account_id",
            "",
        ),
        (duplicate, 409, "CLIENT_ID_REUSED", "", ""),
    ] {
        let answer = bo.send("POST", "/v1/orders", &order).await;
        answer.refused(status, code);
        assert_eq!(
            answer.body["field"].as_str().unwrap_or_default(),
            field,
            "{}",
            answer.text
        );
        assert_eq!(
            answer.body["hint"].as_str().unwrap_or_default(),
            hint,
            "{}",
            answer.text
        );
        assert!(answer.body["journal_seq"].as_u64().is_some(), "{}", answer.text);
    }
    for (body, code) in [
        (&b"{"[..], "MALFORMED_JSON"),
        (b"[]", "MALFORMED_JSON"),
        (b"\xff\xfe", "MALFORMED_JSON"),
        (b"{\"side\":\"buy\",\"side\":\"sell\"}", "DUPLICATE_FIELD"),
        (&b"[".repeat(30_000), "MALFORMED_JSON"),
    ] {
        bo.raw("POST", "/v1/orders", body).await.refused(400, code);
    }
    bo.get("/v1/orders/x").await.refused(422, "MALFORMED_NUMBER");
    bo.get("/v1/orders/18446744073709551615")
        .await
        .refused(404, "UNKNOWN_ORDER");
    bo.get("/v1/nothing").await.refused(404, "NOT_FOUND");
    bo.get("/v1/accounts/one").await.refused(404, "NOT_FOUND");
    let wrong_method = bo.send("DELETE", "/v1/orders", &good()).await;
    wrong_method.refused(405, "METHOD_NOT_ALLOWED");
    assert!(wrong_method.header("allow").unwrap().contains("POST"));
    bo.get("/v1/market?depht=5").await.refused(400, "QUERY_INVALID");
    let limit = bo.get("/v1/market?limit=0").await;
    limit.refused(400, "QUERY_INVALID");
    assert_eq!(
        (&limit.body["field"], &limit.body["hint"]),
        (&json!("limit"), &json!("1 to 1000"))
    );
    bo.get("/v1/market?cursor=x").await.refused(400, "QUERY_INVALID");
    bo.get("/v1/market/SONG.U/book?depth=1001")
        .await
        .refused(400, "QUERY_INVALID");
    let tick = json!({ "client_id": fresh_id() });
    bo.send("POST", "/v1/ticks", &tick).await.refused(404, "NOT_FOUND");

    let order = good().to_string();
    let plain = [("content-type".to_owned(), "text/plain".to_owned())];
    let key = bo.key.as_ref().unwrap();
    let signed = request::headers(&bo.venue_id, key, "POST", "/v1/orders", order.as_bytes());
    let headers: Vec<_> = signed
        .iter()
        .map(|(n, v)| ((*n).to_owned(), v.clone()))
        .chain(plain)
        .collect();
    http(venue.address, "POST", "/v1/orders", &headers, order.as_bytes())
        .await
        .refused(415, "UNSUPPORTED_MEDIA_TYPE");

    // The others: nothing moved, and everything still works.
    assert_eq!((bo.cash(0).await, ana.get(&holdings).await.ok()), before);
    ana.place("SONG.U", "sell", "10.00", "1").await;
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_ten_megabytes_is_refused_and_so_is_one_that_never_comes() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let large = vec![b' '; 10 << 20];
    ana.raw("POST", "/v1/orders", &large)
        .await
        .refused(413, "MESSAGE_TOO_LARGE");
    // Nobody without a key may send as much as an import may be.
    venue
        .nobody()
        .raw("POST", "/v1/rights", &large[..100 << 10])
        .await
        .refused(413, "MESSAGE_TOO_LARGE");
    let chunked = [
        &b"POST /v1/orders HTTP/1.1\r\nhost: v\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\na00000\r\n"[..],
        &large,
        b"\r\n0\r\n\r\n",
    ];
    exchange(venue.address, &chunked.concat())
        .await
        .refused(413, "MESSAGE_TOO_LARGE");
    // An import may be larger than other messages.
    let right = |i: u32| {
        let mut right = verified(&asset(ana.entity, &format!("I{i}")));
        right["units"] = terms(&format!("I{i}.U"));
        right
    };
    let rights: Vec<_> = (0..300).map(right).collect();
    let import = json!({ "client_id": "import", "rights": rights, "issue_to_account_id": ana.account });
    assert!(import.to_string().len() > 64 << 10);
    let done = venue.operator.send("POST", "/v1/rights", &import).await.ok();
    assert_eq!(
        venue.operator.send("POST", "/v1/rights", &import).await.ok(),
        done,
        "resumable"
    );
    let listings = venue.nobody().get("/v1/listings?limit=1000").await.ok();
    assert_eq!(listings["items"].as_array().unwrap().len(), 300);
    assert_eq!(listings["items"][0]["issued"], "1000000");
    venue.stop().await.unwrap();

    let mut impatient = config(dir.path());
    impatient.limits.request_timeout = Duration::from_millis(300);
    let venue = Venue::open(impatient).await;
    let half = b"POST /v1/orders HTTP/1.1\r\nhost: v\r\nconnection: close\r\ncontent-length: 10\r\n\r\n{";
    exchange(venue.address, half).await.refused(408, "REQUEST_TIMEOUT");
    venue.stop().await.unwrap();
}

/// A request with these three headers.
async fn with_headers(venue: &Venue, key: &str, timestamp: u64, signature: &str, path: &str) -> Answer {
    let headers = [
        (request::KEY_HEADER.to_owned(), key.to_owned()),
        (request::TIMESTAMP_HEADER.to_owned(), timestamp.to_string()),
        (request::SIGNATURE_HEADER.to_owned(), signature.to_owned()),
    ];
    http(venue.address, "GET", path, &headers, b"").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_fresh_signature_of_a_living_key_from_its_network_passes() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "10.00").await;
    let key = ana.key.clone().unwrap();
    let id = key.id.0.to_string();
    let path = "/v1/accounts";
    let sign = |ms: u64, path: &str| {
        key.secret
            .sign(&Parts::of("GET", path, b"").text(&ana.venue_id, ms, ""))
    };
    venue.nobody().get(path).await.refused(401, "NOT_AUTHENTICATED");
    let now = signing::now_ms();
    assert_eq!(with_headers(&venue, &id, now, &sign(now, path), path).await.status, 200);
    // What was read may be read again.
    for again in [sign(now, path), sign(now, path).to_uppercase()] {
        assert_eq!(with_headers(&venue, &id, now, &again, path).await.status, 200);
    }
    // The window is a minute: half of it passes, and half of it more than that does not.
    for off in [90_000_i64, -90_000] {
        let then = signing::now_ms().checked_add_signed(off).unwrap();
        with_headers(&venue, &id, then, &sign(then, path), path)
            .await
            .refused(401, "STALE_TIMESTAMP");
    }
    for off in [30_000_i64, -30_000] {
        let then = signing::now_ms().checked_add_signed(off).unwrap();
        assert_eq!(
            with_headers(&venue, &id, then, &sign(then, path), path).await.status,
            200
        );
    }
    // A narrower window, by the client's wish.
    let then = signing::now_ms() - 2_000;
    let narrow = [
        (request::KEY_HEADER.to_owned(), id.clone()),
        (request::TIMESTAMP_HEADER.to_owned(), then.to_string()),
        (request::SIGNATURE_HEADER.to_owned(), sign(then, path)),
        ("zhiheng-window".to_owned(), "500".to_owned()),
    ];
    http(venue.address, "GET", path, &narrow, b"")
        .await
        .refused(401, "STALE_TIMESTAMP");
    let now = signing::now_ms();
    with_headers(&venue, &id, now + 1, &sign(now, path), path)
        .await
        .refused(401, "BAD_SIGNATURE");
    let now = signing::now_ms();
    with_headers(&venue, &id, now, &sign(now, path), "/v1/accounts?limit=5")
        .await
        .refused(401, "BAD_SIGNATURE");
    let now = signing::now_ms();
    with_headers(&venue, &id, now, "00", path)
        .await
        .refused(401, "BAD_SIGNATURE");
    let now = signing::now_ms();
    with_headers(&venue, "999", now, &sign(now, path), path)
        .await
        .refused(401, "KEY_NOT_ACCEPTED");
    let now = signing::now_ms();
    with_headers(&venue, "x", now, &sign(now, path), path)
        .await
        .refused(401, "NOT_AUTHENTICATED");
    let other = venue.operator.key.as_ref().unwrap().id.0.to_string();
    let now = signing::now_ms();
    with_headers(&venue, &other, now, &sign(now, path), path)
        .await
        .refused(401, "BAD_SIGNATURE");

    // A tampered body.
    let order = ana.order("X.U", "buy", "1.00", "1").to_string();
    let headers =
        request::headers(&ana.venue_id, &key, "POST", "/v1/orders", order.as_bytes()).map(|(n, v)| (n.to_owned(), v));
    let tampered = order.replace("1.00", "9.00");
    http(venue.address, "POST", "/v1/orders", &headers, tampered.as_bytes())
        .await
        .refused(401, "BAD_SIGNATURE");

    // A key bound to another network; and one that its own house ends.
    let public = signing::hex(&secret(77).public_key().unwrap());
    let material = json!({ "algorithm": "ed25519", "public_key": public });
    let bound = json!({ "user_id": ana.user, "material": material, "scopes": ["read"], "networks": ["192.0.2.0/24"] });
    let bound = venue.operator.done("POST", "/v1/participants/keys", bound).await;
    let elsewhere = Dealer {
        key: Some(Key {
            id: KeyId(u32::try_from(bound["key_id"].as_u64().unwrap()).unwrap()),
            secret: secret(77),
            label: String::new(),
        }),
        ..ana.clone()
    };
    elsewhere.get(path).await.refused(403, "NETWORK_NOT_ALLOWED");
    let gone = ana
        .raw("DELETE", &format!("/v1/participants/keys/{id}?client_id=r"), b"")
        .await;
    assert_eq!(gone.ok()["outcome"]["status"], "done");
    ana.get(path).await.refused(401, "KEY_NOT_ACCEPTED");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_does_what_its_scopes_say_and_its_user_sees_what_is_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "10.00").await;
    let reader = venue.admit_with(12, "10.00", &["trader"], &["read"]).await;
    let trader = venue.admit_with(13, "10.00", &["trader"], &["trade"]).await;
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    venue.list(&ana, "SONG.U").await;
    let placed = ana.place("SONG.U", "sell", "5.00", "1").await;
    let order = placed["outcome"]["order_id"].as_str().unwrap();

    reader
        .send("POST", "/v1/orders", &reader.order("SONG.U", "buy", "2.00", "1"))
        .await
        .refused(403, "SCOPE_MISSING");
    trader.get("/v1/accounts").await.refused(403, "SCOPE_MISSING");
    trader.place("SONG.U", "buy", "2.00", "1").await;
    let cash = json!({ "client_id": fresh_id(), "account_id": ana.account, "currency": "CNY", "amount": "1.00", "reference": "x" });
    ana.send("POST", "/v1/accounts/cash-in", &cash)
        .await
        .refused(403, "SCOPE_MISSING");
    let path = format!("/v1/accounts/{}", ana.account);
    // Another's account is refused in the very words of one that there is not.
    for (before, behind) in [
        ("/v1/accounts/", ""),
        ("/v1/accounts/", "/holdings"),
        ("/v1/orders?account_id=", ""),
    ] {
        let another = reader.get(&format!("{before}{}{behind}", ana.account)).await;
        let none = reader.get(&format!("{before}999{behind}")).await;
        another.refused(404, "UNKNOWN_ACCOUNT");
        assert_eq!(another.text, none.text);
    }
    let mut told = ana.websocket().await;
    told.ask(json!({ "op": "subscribe", "channel": "executions" })).await;
    let mut refusals = vec![];
    for account in [reader.account, 999] {
        let mut order = ana.order("SONG.U", "buy", "2.00", "1");
        order["account_id"] = account.into();
        let refusal = ana.send("POST", "/v1/orders", &order).await;
        refusal.refused(404, "UNKNOWN_ACCOUNT");
        refusals.push(refusal);
        order["op"] = "place_order".into();
        order["client_id"] = fresh_id().into();
        assert_eq!(told.ask(order).await.0["code"], "UNKNOWN_ACCOUNT");
    }
    let told: Vec<String> = told.told_by_now().await.iter().map(ToString::to_string).collect();
    assert!(!told.iter().any(|frame| frame.contains("NOT_YOUR_ACCOUNT")), "{told:?}");
    assert_eq!(refusals[0].body["detail"], refusals[1].body["detail"]);
    assert!(venue.operator.get(&path).await.status == 200, "who sees all sees it");
    reader
        .get(&format!("/v1/orders/{order}"))
        .await
        .refused(404, "UNKNOWN_ORDER");
    reader
        .get(&format!("/v1/participants/entities/{}", ana.entity))
        .await
        .refused(403, "NOT_PERMITTED");
    for (list, id, mine) in [
        ("/v1/accounts", "account_id", reader.account),
        ("/v1/participants/entities", "entity_id", reader.entity),
        ("/v1/participants/users", "user_id", reader.user),
        ("/v1/participants/keys", "key_id", reader.key.as_ref().unwrap().id.0),
    ] {
        let items = reader.get(list).await.ok()["items"].clone();
        assert_eq!(
            (items.as_array().unwrap().len(), &items[0][id]),
            (1, &json!(mine)),
            "{list}"
        );
        assert!(
            venue.operator.get(list).await.ok()["items"].as_array().unwrap().len() >= 4,
            "{list}"
        );
    }
    assert_eq!(regulator.get(&path).await.status, 200);
    let unlisted = ana.done("POST", "/v1/assets", asset(ana.entity, "SECRET")).await["asset_id"].clone();
    reader
        .get(&format!("/v1/assets/{unlisted}"))
        .await
        .refused(404, "UNKNOWN_ASSET");
    assert_eq!(ana.get(&format!("/v1/assets/{unlisted}")).await.ok()["listed"], false);
    assert_eq!(
        venue.nobody().get("/v1/assets").await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hmac_secret_is_told_once_and_works_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "10.00").await;
    let register = json!({
        "client_id": "hmac", "user_id": ana.user, "material": { "algorithm": "hmac-sha256" }, "scopes": ["read"], "networks": []
    });
    let answer = venue
        .operator
        .send("POST", "/v1/participants/keys", &register)
        .await
        .ok();
    let secret = signing::unhex(answer["secret"].as_str().unwrap()).unwrap();
    let again = venue
        .operator
        .send("POST", "/v1/participants/keys", &register)
        .await
        .ok();
    assert_eq!(
        (&again["journal_seq"], again.get("secret")),
        (&answer["journal_seq"], None),
        "told once"
    );
    let id = KeyId(u32::try_from(answer["outcome"]["key_id"].as_u64().unwrap()).unwrap());
    let hmac = Dealer {
        key: Some(Key {
            id,
            secret: Secret::HmacSha256(secret.clone()),
            label: String::new(),
        }),
        ..ana.clone()
    };
    assert_eq!(hmac.get("/v1/accounts").await.status, 200);
    venue.stop().await.unwrap();
    for file in walk(dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        // A segment is zeros but for its beginning.
        let written = bytes
            .chunks(4_096)
            .rposition(|chunk| chunk != &[0; 4_096][..chunk.len()])
            .map_or(0, |last| last + 1);
        let bytes = &bytes[..bytes.len().min(written * 4_096)];
        let hex = signing::hex(&secret);
        assert!(!bytes.windows(32).any(|window| window == secret), "{file:?}");
        assert!(!bytes.windows(64).any(|window| window == hex.as_bytes()), "{file:?}");
    }
    let venue = Venue::open(config(dir.path())).await;
    let hmac = Dealer {
        address: venue.address,
        ..hmac
    };
    assert_eq!(hmac.get("/v1/accounts").await.status, 200);
    venue
        .operator
        .raw("DELETE", &format!("/v1/participants/keys/{}?client_id=r", id.0), b"")
        .await
        .ok();
    hmac.get("/v1/accounts").await.refused(401, "KEY_NOT_ACCEPTED");
    venue.stop().await.unwrap();
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rates_are_shown_and_kept_by_key_and_by_address() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    let bo = venue.admit(12, "10.00").await;
    venue.list(&ana, "SONG.U").await;
    venue.stop().await.unwrap();
    let mut slow = config(dir.path());
    slow.limits.key_rate = Rate {
        per_second: 1,
        burst: 7,
    };
    slow.limits.ip_rate = Rate {
        per_second: 1,
        burst: 5,
    };
    let venue = Venue::open(slow).await;
    let (ana, bo) = (
        Dealer {
            address: venue.address,
            ..ana
        },
        Dealer {
            address: venue.address,
            ..bo
        },
    );
    let remaining = |answer: &Answer| answer.header("ratelimit-remaining").unwrap().parse::<u64>().unwrap();
    let began = Instant::now();
    // At most so many points came back since then.
    let back = || began.elapsed().as_secs() + 1;
    let placed = ana
        .send("POST", "/v1/orders", &ana.order("SONG.U", "buy", "1.00", "1"))
        .await;
    assert_eq!((placed.header("ratelimit-limit"), remaining(&placed)), (Some("7"), 5));
    let cancelled = ana.raw("DELETE", "/v1/orders/1?client_id=a", b"").await;
    let left = remaining(&cancelled);
    assert!((4..4 + back()).contains(&left), "a cancel costs less: {left}");
    // All at once, so that a slow machine does not save up points between them.
    let orders: Vec<_> = (0..60).map(|_| ana.order("SONG.U", "buy", "1.00", "1")).collect();
    let answers = join_all(orders.iter().map(|order| ana.send("POST", "/v1/orders", order))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    let taken = taken.len() as u64;
    assert!(
        (left - 1..=left + back()).contains(&(2 * taken)),
        "{taken} of {left} points"
    );
    for answer in refused {
        answer.refused(429, "RATE_LIMITED");
        assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    }
    assert_eq!(bo.get("/v1/accounts").await.status, 200, "others have their own");
    // Anonymous reads are charged to the address; health is not.
    let began = Instant::now();
    let nobody = venue.nobody();
    let reads = join_all((0..60).map(|_| nobody.get("/v1/market"))).await;
    let read = reads.iter().filter(|answer| answer.status == 200).count() as u64;
    let most = 5 + began.elapsed().as_secs() + 1;
    assert!((5..=most).contains(&read), "{read} of {most}");
    assert!(reads.iter().all(|answer| matches!(answer.status, 200 | 429)));
    assert_eq!(venue.nobody().get("/healthz").await.status, 200);
    assert_eq!(
        bo.get("/v1/accounts").await.status,
        200,
        "a signature is charged to its key"
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_holds_every_route_and_no_other() {
    let document = &documents().openapi;
    assert_eq!(document["openapi"], "3.1.0");
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    assert_eq!(
        venue.nobody().get("/openapi.json").await.ok(),
        *document,
        "what is served"
    );
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 27, "{}", paths.len());
    for (template, operations) in paths {
        let path = template.replace("{symbol}", "X.U").replace("{", "").replace("}", "");
        for method in ["get", "post", "put", "patch", "delete"] {
            // The answer's status and code are checked against the document; here, whether there is a route at all.
            let answer = venue.operator.send(&method.to_uppercase(), &path, &json!({})).await;
            let missing = answer.body["code"] == "METHOD_NOT_ALLOWED";
            assert_eq!(
                missing,
                operations[method].is_null(),
                "{method} {template}: {}",
                answer.text
            );
        }
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_key_that_rules_the_venue_is_not_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let operator = &venue.operator;
    let revoke = |key: u32| format!("/v1/participants/keys/{key}?client_id={}", fresh_id());
    let own = operator.key.as_ref().unwrap().id.0;
    operator
        .raw("DELETE", &revoke(own), b"")
        .await
        .refused(409, "LAST_ADMIN_KEY");
    let public = signing::hex(&secret(77).public_key().unwrap());
    let material = json!({ "algorithm": "ed25519", "public_key": public });
    let key = |scopes: &[&str]| json!({ "user_id": 0, "material": material, "scopes": scopes, "networks": [] });
    operator
        .done("POST", "/v1/participants/keys", key(&["read", "trade", "list"]))
        .await;
    operator
        .raw("DELETE", &revoke(own), b"")
        .await
        .refused(409, "LAST_ADMIN_KEY");
    operator.done("POST", "/v1/participants/keys", key(&["admin"])).await;
    operator.raw("DELETE", &revoke(own), b"").await.ok();
    venue.stop().await.unwrap();
}
