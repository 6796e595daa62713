//! Who comes in: equal requests that are sent at once are all answered, a captured one does nothing a second time, and
//! a signature is good at one venue.

mod server_support;

use futures_util::future::join_all;
use gateway::proof::{
    request::{self, Parts},
    signing,
};
use serde_json::{Value, json};
use server_support::*;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The headers of one signed request, to be sent as often as one likes.
fn capture(by: &Dealer, method: &str, path: &str, body: &[u8]) -> Vec<(String, String)> {
    let key = by.key.as_ref().unwrap();
    request::headers(&by.venue_id, key, method, path, body)
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

/// The headers of a request signed at this time without a nonce.
fn capture_plain(by: &Dealer, ms: u64, method: &str, path: &str, body: &[u8]) -> Vec<(String, String)> {
    let key = by.key.as_ref().unwrap();
    let text = Parts::of(method, path, body).text(&by.venue_id, ms, "");
    [
        (request::KEY_HEADER, key.id.0.to_string()),
        (request::TIMESTAMP_HEADER, ms.to_string()),
        (request::SIGNATURE_HEADER, key.secret.sign(&text)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// A socket that says with its upgrade who it is.
fn login(by: &Dealer, headers: &[(String, String)]) -> tokio_tungstenite::tungstenite::http::Request<()> {
    let mut request = format!("ws://{}/v1/ws", by.address).into_client_request().unwrap();
    for (name, value) in headers {
        let name = tokio_tungstenite::tungstenite::http::HeaderName::try_from(name.as_str()).unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

/// The status with which an upgrade is refused.
async fn refused_upgrade(by: &Dealer, headers: &[(String, String)]) -> u16 {
    match tokio_tungstenite::connect_async(login(by, headers)).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_requests_that_are_sent_at_once_are_all_answered() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;

    // Sockets of one key, opened in one millisecond.
    let sockets = join_all((0..8).map(|_| ana.websocket())).await;
    for mut socket in sockets {
        let (answer, _) = socket.ask(json!({ "op": "subscribe", "channel": "executions" })).await;
        assert_eq!(answer["op"], "subscribe", "{answer}");
    }
    // The very same read, two hundred times, with a nonce and without.
    let path = "/v1/accounts";
    for headers in [
        capture(&ana, "GET", path, b""),
        capture_plain(&ana, signing::now_ms(), "GET", path, b""),
    ] {
        let all = join_all((0..100).map(|_| http(ana.address, "GET", path, &headers, b""))).await;
        let statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200; 100]);
    }
    // The very same command: one order, one answer.
    let order = ana.order("SONG.U", "buy", "10.00", "1").to_string();
    let headers = capture_plain(&ana, signing::now_ms(), "POST", "/v1/orders", order.as_bytes());
    let all = join_all((0..50).map(|_| http(ana.address, "POST", "/v1/orders", &headers, order.as_bytes()))).await;
    let first = all[0].text.clone();
    for answer in all {
        assert_eq!((answer.status, &answer.text), (200, &first));
    }
    assert_eq!(ana.cash(0).await.1, "10.03", "held once");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_request_does_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "10.00", "100").await;
    let bo = venue.admit(12, "1000.00").await;

    // An order that is filled, one that rests and is cancelled; each captured.
    let filled = bo.order("SONG.U", "buy", "10.00", "1").to_string();
    let rests = bo.order("SONG.U", "buy", "5.00", "1").to_string();
    let send = |body: String| {
        let headers = capture(&bo, "POST", "/v1/orders", body.as_bytes());
        async move {
            let answer = http(bo.address, "POST", "/v1/orders", &headers, body.as_bytes()).await;
            (headers, body, answer.ok())
        }
    };
    let bo = &bo;
    let (first, second) = (send(filled).await, send(rests).await);
    let path = format!(
        "/v1/orders/{}?client_id=gone",
        second.2["outcome"]["order_id"].as_str().unwrap()
    );
    let cancel = capture(bo, "DELETE", &path, b"");
    let cancelled = http(bo.address, "DELETE", &path, &cancel, b"").await.ok();
    let auth_ms = signing::now_ms();
    let upgrade = capture_plain(bo, auth_ms, "GET", "/v1/ws", b"");
    let mut socket = Socket::connect(login(bo, &upgrade)).await;
    let auth = {
        let mut auth = json!({ "op": "auth", "key": bo.key.as_ref().unwrap().id.0, "timestamp": auth_ms });
        auth["signature"] = upgrade[2].1.as_str().into();
        auth
    };
    let stays = bo.order("SONG.U", "buy", "4.00", "1");
    let stood = bo.send("POST", "/v1/orders", &stays).await.ok();
    let money = bo.cash(stood["journal_seq"].as_u64().unwrap()).await;

    // At once: the first answer, and nothing more.
    for (headers, body, answer) in [&first, &second] {
        let again = http(bo.address, "POST", "/v1/orders", headers, body.as_bytes()).await;
        assert_eq!(again.ok(), *answer);
    }
    assert_eq!(http(bo.address, "DELETE", &path, &cancel, b"").await.ok(), cancelled);
    // A login is good once, as the headers of an upgrade and as a message, in whichever form it came first.
    assert_eq!(refused_upgrade(bo, &upgrade).await, 401);
    let mut thief = venue.nobody().websocket().await;
    let (refused, _) = thief.ask(auth.clone()).await;
    assert_eq!(refused["code"], "SIGNATURE_REPLAYED");

    // More than the core remembers, from one second of the key's rate: refused, never done anew.
    let mut order = bo.order("SONG.U", "buy", "0.01", "1");
    order["op"] = "place_order".into();
    for lot in 0..23 {
        for number in 0..100 {
            order["client_id"] = format!("push-{lot}-{number}").into();
            socket.say(&order).await;
        }
        for _ in 0..100 {
            assert_eq!(socket.hear().await["code"], "PRICE_OUTSIDE_BAND");
        }
    }
    for (headers, body, _) in [&first, &second] {
        http(bo.address, "POST", "/v1/orders", headers, body.as_bytes())
            .await
            .refused(401, "SIGNATURE_REPLAYED");
    }
    http(bo.address, "DELETE", &path, &cancel, b"")
        .await
        .refused(401, "SIGNATURE_REPLAYED");
    // Signed anew, what still rests is answered as before, however much came in between.
    assert_eq!(bo.send("POST", "/v1/orders", &stays).await.ok(), stood);
    assert_eq!(bo.cash(0).await, money);
    venue.stop().await.unwrap();

    // Within the window, at a process that remembers nothing of it.
    let venue = Venue::open(config(dir.path())).await;
    let bo = &Dealer {
        address: venue.address,
        ..bo.clone()
    };
    for (headers, body, _) in [&first, &second] {
        http(bo.address, "POST", "/v1/orders", headers, body.as_bytes())
            .await
            .refused(401, "STALE_TIMESTAMP");
    }
    http(bo.address, "DELETE", &path, &cancel, b"")
        .await
        .refused(401, "STALE_TIMESTAMP");
    assert_eq!(refused_upgrade(bo, &upgrade).await, 401);
    let mut thief = venue.nobody().websocket().await;
    assert_eq!(thief.ask(auth).await.0["code"], "STALE_TIMESTAMP");
    assert_eq!(bo.send("POST", "/v1/orders", &stays).await.ok(), stood);
    assert_eq!(bo.cash(0).await, money);
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_captured_a_read_spends_nothing_of_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    (config.limits.key_rate.burst, config.limits.ip_rate.burst) = (5_000, 7_000);
    let venue = Venue::open(config).await;
    let ana = venue.admit(11, "0").await;
    // Whose points they are is told by how many there can be.
    let of = |answer: &Answer| answer.header("ratelimit-limit").unwrap().to_owned();
    let headers = capture(&ana, "GET", "/v1/accounts", b"");
    let first = http(ana.address, "GET", "/v1/accounts", &headers, b"").await;
    assert_eq!((first.status, of(&first)), (200, "5000".to_owned()));
    let again = http(ana.address, "GET", "/v1/accounts", &headers, b"").await;
    assert_eq!((again.status, of(&again)), (200, "7000".to_owned()), "its address pays");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_is_good_at_one_venue() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (
        Venue::open(config(here.path())).await,
        Venue::open(config(there.path())).await,
    );
    // The same operator, with the same key under the same number, at both.
    let operator = &one.operator;
    let body = json!({ "client_id": "firm", "entity_id": 0 }).to_string();
    let headers = capture(operator, "POST", "/v1/accounts", body.as_bytes());
    http(one.address, "POST", "/v1/accounts", &headers, body.as_bytes())
        .await
        .ok();
    let refused = http(other.address, "POST", "/v1/accounts", &headers, body.as_bytes()).await;
    refused.refused(401, "BAD_SIGNATURE");
    assert!(
        refused.body["hint"].as_str().unwrap().contains(&other.ready.venue_id),
        "{}",
        refused.text
    );
    assert_eq!(other.operator.get("/v1/accounts").await.ok()["items"][1], Value::Null);
    // The form that named no venue is told from a wrong signature.
    let (key, ms) = (operator.key.as_ref().unwrap(), signing::now_ms());
    let old = Parts::of("GET", "/v1/accounts", b"").outdated_text(ms);
    let old = [
        (request::KEY_HEADER.to_owned(), key.id.0.to_string()),
        (request::TIMESTAMP_HEADER.to_owned(), ms.to_string()),
        (request::SIGNATURE_HEADER.to_owned(), key.secret.sign(&old)),
    ];
    http(one.address, "GET", "/v1/accounts", &old, b"")
        .await
        .refused(401, "SIGNATURE_OUTDATED");

    // The id is public, with the clock and the version, and lasts; one that is configured goes first.
    let told = one.nobody().get("/v1/venue").await.ok();
    assert_eq!(told["venue_id"], one.ready.venue_id.as_str());
    assert_eq!(told["signed_text"], request::FORM);
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["receive_window_ms"], 60_000);
    assert_eq!(told["limits"]["message_bytes"], 64 << 10);
    assert_eq!(told["limits"]["key_points"]["burst"], 1_000_000);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert!(u128::from(told["timestamp_ms"].as_u64().unwrap()).abs_diff(now) < 60_000);
    assert!(told["at"].as_str().unwrap().ends_with('Z'));
    one.stop().await.unwrap();
    other.stop().await.unwrap();
    let again = Venue::open(config(here.path())).await;
    assert_eq!(again.ready.venue_id, told["venue_id"].as_str().unwrap());
    again.stop().await.unwrap();
    let mut named = config(here.path());
    named.venue_id = Some("rehearsal".into());
    let named = Venue::open(named).await;
    assert_eq!(named.nobody().get("/v1/venue").await.ok()["venue_id"], "rehearsal");
    named.operator.get("/v1/accounts").await.ok();
    named.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_ahead_of_a_restart_is_not_good_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    let told = venue.nobody().get("/v1/venue").await.ok();
    let most = told["ahead_max_ms"].as_u64().unwrap();
    assert_eq!(most, 1_000);

    // A clock that is too far ahead reads, and does nothing.
    let far = signing::now_ms() + 30_000;
    let read = capture_plain(&ana, far, "GET", "/v1/accounts", b"");
    http(ana.address, "GET", "/v1/accounts", &read, b"").await.ok();
    let body = ana.order("SONG.U", "buy", "5.00", "1").to_string();
    let order = capture_plain(&ana, far, "POST", "/v1/orders", body.as_bytes());
    let refused = http(ana.address, "POST", "/v1/orders", &order, body.as_bytes()).await;
    refused.refused(401, "STALE_TIMESTAMP");
    let hint = refused.body["hint"].as_str().unwrap();
    assert!(
        hint.contains("ahead of the venue's clock; commands and logins at most 1000 ms"),
        "{hint}"
    );
    let upgrade = capture_plain(&ana, far, "GET", "/v1/ws", b"");
    assert_eq!(refused_upgrade(&ana, &upgrade).await, 401);

    // One that is a little ahead deals; all of it is captured, and the venue starts again at once.
    let ahead = || signing::now_ms() + most - 100;
    let upgrade = capture_plain(&ana, ahead(), "GET", "/v1/ws", b"");
    drop(Socket::connect(login(&ana, &upgrade)).await);
    let order = capture_plain(&ana, ahead(), "POST", "/v1/orders", body.as_bytes());
    http(ana.address, "POST", "/v1/orders", &order, body.as_bytes())
        .await
        .ok();
    venue.stop().await.unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = Dealer {
        address: venue.address,
        ..ana
    };
    assert_eq!(refused_upgrade(&ana, &upgrade).await, 401);
    let refused = http(ana.address, "POST", "/v1/orders", &order, body.as_bytes()).await;
    refused.refused(401, "STALE_TIMESTAMP");
    assert!(
        refused.body["hint"].as_str().unwrap().contains("last start"),
        "{}",
        refused.text
    );
    assert!(refused.body["retry_after_ms"].as_u64().unwrap() > 0);
    // Who has the right time is let in from the first moment on.
    ana.place("SONG.U", "buy", "5.00", "1").await;
    drop(ana.websocket().await);
    venue.stop().await.unwrap();
}

/// A request as a proxy on this machine passes it on for a client at this address.
async fn forwarded(venue: &Venue, by: &Dealer, client: &str, path: &str) -> Answer {
    let mut headers = match by.key {
        Some(_) => capture(by, "GET", path, b""),
        None => vec![],
    };
    headers.push(("x-forwarded-for".to_owned(), client.to_owned()));
    http(venue.address, "GET", path, &headers, b"").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_trusted_proxy_everything_goes_by_the_clients_address() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.trusted_proxies = vec![gateway::json::scalar::read_network("127.0.0.0/8").unwrap()];
    (config.limits.ip_rate.per_second, config.limits.ip_rate.burst) = (1, 3);
    config.limits.connections_per_ip = 2;
    let untrusting = config.clone();
    let venue = Venue::open(config).await;
    let ana = venue.admit(11, "0").await;

    // A rate of its own for each client.
    let nobody = venue.nobody();
    let of = |answers: &[Answer]| answers.iter().map(|answer| answer.status).collect::<Vec<_>>();
    for client in ["203.0.113.1", "203.0.113.2"] {
        let mut answers = vec![];
        for _ in 0..4 {
            answers.push(forwarded(&venue, &nobody, client, "/v1/rules").await);
        }
        assert_eq!(of(&answers), [200, 200, 200, 429], "{client}");
        // A health check is nobody's to pay for.
        assert_eq!(forwarded(&venue, &nobody, client, "/healthz").await.status, 200);
    }
    // A key's networks are asked for the client, whatever the client wrote itself.
    let public = signing::hex(&secret(77).public_key().unwrap());
    let material = json!({ "algorithm": "ed25519", "public_key": public });
    let bound = json!({ "user_id": ana.user, "material": material, "scopes": ["read"], "networks": ["192.0.2.0/24"] });
    let bound = venue.operator.done("POST", "/v1/participants/keys", bound).await;
    let mut cy = ana.clone();
    let key = cy.key.as_mut().unwrap();
    key.secret = secret(77);
    key.id = protocol::KeyId(u32::try_from(bound["key_id"].as_u64().unwrap()).unwrap());
    assert_eq!(forwarded(&venue, &cy, "192.0.2.7", "/v1/accounts").await.status, 200);
    forwarded(&venue, &cy, "192.0.2.7, 203.0.113.9", "/v1/accounts")
        .await
        .refused(403, "NETWORK_NOT_ALLOWED");
    // Sockets are counted by client, not by proxy.
    let mut open = vec![];
    for client in ["198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        let header = [("x-forwarded-for".to_owned(), client.to_owned())];
        open.push(Socket::connect(login(&nobody, &header)).await);
    }
    let header = [("x-forwarded-for".to_owned(), "198.51.100.1".to_owned())];
    assert_eq!(refused_upgrade(&nobody, &header).await, 503);
    drop(open);
    venue.stop().await.unwrap();

    // Without trust the header is nothing.
    let mut untrusting = untrusting;
    untrusting.trusted_proxies.clear();
    let venue = Venue::open(untrusting).await;
    let mut answers = vec![];
    for client in ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"] {
        answers.push(forwarded(&venue, &nobody, client, "/v1/rules").await);
    }
    assert_eq!(of(&answers), [200, 200, 200, 429]);
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_takes_its_client_id_from_the_body_or_the_query() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000.00").await;
    venue.list(&ana, "SONG.U").await;
    let placed = ana.place("SONG.U", "buy", "5.00", "1").await;
    let order = format!("/v1/orders/{}", placed["outcome"]["order_id"].as_str().unwrap());
    let key = format!("/v1/participants/keys/{}", ana.key.as_ref().unwrap().id.0);
    for path in [&order, &key] {
        for (query, body, code, field) in [
            ("", "", "MISSING_FIELD", "/client_id"),
            ("", "{}", "MISSING_FIELD", "/client_id"),
            ("", "{\"client_id\":null}", "MISSING_FIELD", "/client_id"),
            ("", "{\"client_id\":7}", "WRONG_TYPE", "/client_id"),
            ("", "{\"client_id\":\"\"}", "CLIENT_ID_INVALID", "/client_id"),
            ("", "{\"client_id\":\"a\",\"x\":1}", "UNKNOWN_FIELD", "/x"),
            (
                "?client_id=a",
                "{\"client_id\":\"b\"}",
                "CONFLICTING_FIELDS",
                "/client_id",
            ),
            ("", "[", "MALFORMED_JSON", ""),
        ] {
            let refused = ana.raw("DELETE", &format!("{path}{query}"), body.as_bytes()).await;
            refused.refused(400, code);
            assert_eq!(
                refused.body["field"].as_str().unwrap_or_default(),
                field,
                "{}",
                refused.text
            );
        }
    }
    let missing = ana.raw("DELETE", &order, b"").await;
    assert!(
        missing.body["detail"]["en"].as_str().unwrap().contains("?client_id="),
        "{}",
        missing.text
    );
    let body = json!({ "client_id": "gone" });
    let done = ana.send("DELETE", &order, &body).await.ok();
    assert_eq!(done["outcome"]["status"], "done");
    // The same command, wherever its name stands.
    assert_eq!(
        ana.raw("DELETE", &format!("{order}?client_id=gone"), b"").await.ok(),
        done
    );
    assert_eq!(
        ana.send("DELETE", &format!("{order}?client_id=gone"), &body).await.ok(),
        done
    );
    ana.send("DELETE", &key, &json!({ "client_id": "key" })).await.ok();
    venue.stop().await.unwrap();
}
