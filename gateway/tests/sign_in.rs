//! People sign in: against a venue on a socket, as a browser does it.

mod house;
mod server_support;

use gateway::{proof::request, server::ServerConfig};
use serde_json::{Value, json};
use server_support::*;
use std::{fs, net::SocketAddr, path::Path, time::Duration};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

const PASSWORD: &str = "correct horse battery";

/// A browser with the page of the venue in it, and the cookie that it was given.
#[derive(Clone)]
struct Browser {
    address: SocketAddr,
    cookie: Option<String>,
    /// What it says of the page that asks.
    page: Vec<(String, String)>,
}

impl Browser {
    fn at(venue: &Venue) -> Self {
        Self {
            address: venue.address,
            cookie: None,
            page: vec![("sec-fetch-site".into(), "same-origin".into())],
        }
    }

    /// The same browser with another page in it.
    fn with_page(&self, lines: &[(&str, &str)]) -> Self {
        let page = lines.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            page: page.collect(),
            ..self.clone()
        }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let cookie = self.cookie.iter().map(|cookie| ("cookie".to_owned(), cookie.clone()));
        self.page.iter().cloned().chain(cookie).collect()
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        http(self.address, method, path, &self.headers(), body.as_bytes()).await
    }

    async fn get(&self, path: &str) -> Answer {
        http(self.address, "GET", path, &self.headers(), b"").await
    }

    async fn delete(&self, path: &str) -> Answer {
        http(self.address, "DELETE", path, &self.headers(), b"").await
    }

    /// Signs in, and keeps the cookie; who one is.
    async fn sign_in(&mut self, claim: Value) -> Answer {
        let answer = self.send("POST", "/v1/session", &claim).await;
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        if let Some(line) = answer.header("set-cookie") {
            self.cookie = Some(line.split(';').next().unwrap().to_owned());
        }
    }

    async fn open(&self) -> Result<Socket, tungstenite::Error> {
        let mut request = format!("ws://{}/v1/ws", self.address).into_client_request().unwrap();
        for (name, value) in self.headers() {
            let name = tungstenite::http::HeaderName::try_from(name).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Socket(socket))
    }

    async fn socket(&self) -> Socket {
        self.open().await.unwrap()
    }

    /// The code of the refusal of an upgrade.
    async fn upgrade_refused(&self) -> (u16, String) {
        match self.open().await.map(|_| ()) {
            Err(tungstenite::Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                let body: Value = serde_json::from_slice(&body).unwrap();
                (response.status().as_u16(), body["code"].as_str().unwrap().to_owned())
            }
            other => panic!("{other:?}"),
        }
    }
}

fn claim(login: &str, password: &str) -> Value {
    json!({ "login": login, "password": password })
}

/// Sets somebody's login and password by its key.
async fn set(dealer: &Dealer, login: &str) {
    let set = dealer.send("PUT", "/v1/credentials", &claim(login, PASSWORD)).await;
    assert_eq!(set.ok(), json!({ "user_id": dealer.user, "login": login }));
}

/// Somebody of a venue, signed in.
async fn signed_in(venue: &Venue, dealer: &Dealer, login: &str) -> Browser {
    set(dealer, login).await;
    let mut browser = Browser::at(venue);
    browser.sign_in(claim(login, PASSWORD)).await.ok();
    browser
}

/// The code of a second factor whose secret is this, `steps` from now on.
fn code(secret: &str, steps: i64) -> String {
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let secret: [u8; 20] = secret.try_into().unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let now = gateway::proof::signing::now_ms() / 1_000;
    totp.generate(now.saturating_add_signed(30 * steps)).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_signs_in_asks_who_it_is_acts_and_signs_out() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "10000.00").await;
    let mut browser = Browser::at(&venue);
    browser.get("/v1/sessions").await.refused(401, "NOT_AUTHENTICATED");
    browser.delete("/v1/sessions").await.refused(401, "NOT_AUTHENTICATED");
    let nobody = browser.get("/v1/session").await.ok();
    for member in ["user_id", "entity_id", "login", "key_id", "session_id"] {
        assert_eq!(nobody[member], Value::Null, "{member}");
    }
    assert_eq!(
        (&nobody["session_ended"], &nobody["is_demo"]),
        (&json!(false), &json!(false))
    );
    let unknown = browser.sign_in(claim("ana", PASSWORD)).await;
    unknown.refused(401, "SIGN_IN_REFUSED");
    set(&ana, "ana").await;
    let wrong = browser.sign_in(claim("ana", "correct horse batterx")).await;
    wrong.refused(401, "SIGN_IN_REFUSED");
    assert_eq!(unknown.body, wrong.body, "nobody learns which of the two is wrong");
    let answer = browser.sign_in(claim(" ANA ", PASSWORD)).await;
    let line = answer.header("set-cookie").unwrap().to_owned();
    assert!(line.starts_with("zhiheng="), "{line}");
    assert!(
        line.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"),
        "{line}"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let me = answer.ok();
    for (member, value) in [
        ("user_id", json!(ana.user)),
        ("login", json!("ana")),
        ("entity_id", json!(ana.entity)),
        ("entity_name", json!("主体 11")),
        ("roles", json!(["trader", "firm"])),
        ("account_ids", json!([ana.account])),
        ("has_second_factor", json!(false)),
        ("second_factor_needed", json!(false)),
        ("session_ended", json!(false)),
        ("dual_control", json!(false)),
        ("key_id", Value::Null),
        ("enrolled_by", Value::Null),
        ("idle_ms", json!(1_800_000)),
    ] {
        assert_eq!(me[member], value, "{member}");
    }
    assert_eq!(browser.get("/v1/session").await.ok(), me);
    let by_key = ana.get("/v1/session").await.ok();
    assert_eq!(by_key["key_id"], ana.key.as_ref().unwrap().id.0);
    assert_eq!(
        (&by_key["user_id"], &by_key["session_id"]),
        (&me["user_id"], &Value::Null)
    );
    // Reads and commands as with the key.
    let path = format!("/v1/accounts/{}", ana.account);
    assert_eq!(browser.get(&path).await.ok(), ana.get(&path).await.ok());
    let asked = json!({ "client_id": fresh_id(), "entity_id": ana.entity });
    browser
        .send("POST", "/v1/accounts", &asked)
        .await
        .refused(403, "NOT_PERMITTED");
    let sessions = browser.get("/v1/sessions").await.ok();
    let [session] = sessions["items"].as_array().unwrap().as_slice() else {
        panic!("{sessions}")
    };
    assert_eq!(
        (&session["current"], &session["from"]),
        (&json!(true), &json!("127.0.0.1"))
    );
    assert_eq!(session["session_id"], me["session_id"]);
    let out = browser.delete("/v1/session").await;
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(out.ok()["ended"], 1);
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    browser.get("/v1/market").await.refused(401, "SESSION_ENDED");
    // To end what has ended is no mistake, and whoever has a stale cookie signs in all the same.
    let nobody = browser.get("/v1/session").await.ok();
    assert_eq!(
        (&nobody["user_id"], &nobody["session_ended"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(browser.delete("/v1/session").await.ok()["ended"], 0);
    browser.sign_in(claim("ana", PASSWORD)).await.ok();
    browser.get("/v1/session").await.ok();
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_by_cookie_does_what_one_by_key_does() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "10000.00").await;
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "120.00", "5").await;
    let browser = signed_in(&venue, &bo, "bob").await;
    let mut socket = browser.socket().await;
    let (answer, _) = socket.ask(json!({ "op": "subscribe", "channel": "executions" })).await;
    assert_eq!(answer["op"], "subscribe", "{answer}");
    let (answer, _) = socket.ask(json!({ "op": "subscribe", "channel": "records" })).await;
    assert_eq!(answer["op"], "subscribe", "{answer}");
    // By key, by cookie, and by cookie over the socket: each the same.
    let by_key = bo.order("SONG.U", "buy", "120.00", "1");
    let by_cookie = bo.order("SONG.U", "buy", "120.00", "1");
    let mut by_socket = bo.order("SONG.U", "buy", "120.00", "1");
    by_socket["op"] = "place_order".into();
    let first = bo.send("POST", "/v1/orders", &by_key).await.ok();
    let second = browser.send("POST", "/v1/orders", &by_cookie).await.ok();
    let (third, before) = socket.ask(by_socket).await;
    for done in [&first, &second, &third] {
        assert_eq!(done["outcome"]["status"], "done", "{done}");
    }
    // A repeat gets the first answer, whichever way it comes.
    let again = browser.send("POST", "/v1/orders", &by_key).await.ok();
    assert_eq!(again["journal_seq"], first["journal_seq"]);
    let seq = third["journal_seq"].as_u64().unwrap();
    assert_eq!(bo.cash(seq).await.0, "9639.28");
    let path = format!("/v1/fills?account_id={}&min_seq={seq}", bo.account);
    let fills = browser.get(&path).await.ok();
    assert_eq!(fills["items"].as_array().unwrap().len(), 3, "{fills}");
    let is_fill = |frame: &Value| frame["event"]["type"] == "order_filled";
    let mut filled = before.iter().filter(|frame| is_fill(frame)).count();
    while filled < 3 {
        filled += usize::from(is_fill(&socket.hear().await));
    }
    // A socket of a session acts for nobody else.
    let (refused, _) = socket
        .ask(json!({ "op": "auth", "key": 0, "timestamp": 0, "signature": "00" }))
        .await;
    assert_eq!(refused["code"], "ALREADY_SIGNED_IN", "{refused}");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_cookie_does_nothing_from_another_page() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "10000.00").await;
    venue.list(&ana, "SONG.U").await;
    let browser = signed_in(&venue, &bo, "bob").await;
    // `http` says that the host is `venue`.
    for page in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://venue")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://venue.evil.example")],
        &[("origin", "null")],
    ] {
        let other = browser.with_page(page);
        let order = bo.order("SONG.U", "buy", "120.00", "1");
        other
            .send("POST", "/v1/orders", &order)
            .await
            .refused(403, "CROSS_ORIGIN");
        other.delete("/v1/sessions").await.refused(403, "CROSS_ORIGIN");
        other.delete("/v1/session").await.refused(403, "CROSS_ORIGIN");
        let set = claim("thief", PASSWORD);
        other
            .send("PUT", "/v1/credentials", &set)
            .await
            .refused(403, "CROSS_ORIGIN");
        assert_eq!(
            other.upgrade_refused().await,
            (403, "CROSS_ORIGIN".to_owned()),
            "{page:?}"
        );
        other.get("/v1/session").await.ok();
    }
    for page in [&[("origin", "http://venue")][..], &[("sec-fetch-site", "none")]] {
        let order = bo.order("SONG.U", "buy", "120.00", "1");
        browser.with_page(page).send("POST", "/v1/orders", &order).await.ok();
    }
    let path = format!("/v1/orders?account_id={}", bo.account);
    let orders = bo.get(&path).await.ok();
    assert_eq!(orders["items"].as_array().unwrap().len(), 2, "{orders}");
    // Nobody is signed in as somebody else by another page either.
    let other = browser.with_page(&[("origin", "https://evil.example")]);
    let claim = claim("bob", PASSWORD);
    other
        .send("POST", "/v1/session", &claim)
        .await
        .refused(403, "CROSS_ORIGIN");
    // Behind a signature the cookie is not asked.
    let order = ana.order("SONG.U", "sell", "999.00", "1");
    let body = order.to_string();
    let key = ana.key.as_ref().unwrap();
    let signed = request::headers(&ana.venue_id, key, "POST", "/v1/orders", body.as_bytes());
    let signed = signed.map(|(name, value)| (name.to_owned(), value));
    let both: Vec<_> = other.headers().into_iter().chain(signed).collect();
    http(venue.address, "POST", "/v1/orders", &both, body.as_bytes())
        .await
        .ok();
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_are_counted_by_login_and_whoever_is_known_there_is_not_kept_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.trusted_proxies = vec![gateway::json::scalar::read_network("127.0.0.0/8").unwrap()];
    config.sign_in.secure_cookie = Some(false);
    let venue = Venue::open(config).await;
    let bo = venue.admit(12, "0").await;
    set(&bo, "bob").await;
    let from = |address: &str| Browser::at(&venue).with_page(&[("x-forwarded-for", address)]);
    from("203.0.113.1").sign_in(claim("bob", PASSWORD)).await.ok();
    let mut refused = 0;
    let throttled = loop {
        let answer = from("198.51.100.7").sign_in(claim("bob", "wrong wrong wrong")).await;
        match answer.status {
            401 => refused += 1,
            _ => break answer,
        }
        assert!(refused < 20, "nobody counts");
    };
    throttled.refused(429, "RATE_LIMITED");
    let seconds: u64 = throttled.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(refused, 8);
    // From anywhere else the login waits as well, whatever the password; from where she was before it does not.
    from("198.51.100.8")
        .sign_in(claim("bob", PASSWORD))
        .await
        .refused(429, "RATE_LIMITED");
    from("203.0.113.1").sign_in(claim("bob", PASSWORD)).await.ok();
    from("198.51.100.7")
        .sign_in(claim("other", PASSWORD))
        .await
        .refused(401, "SIGN_IN_REFUSED");
    // An address that tries many logins waits, too.
    let mut tried = 0;
    while from("198.51.100.7")
        .sign_in(claim(&format!("login-{tried}"), PASSWORD))
        .await
        .status
        == 401
    {
        tried += 1;
        assert!(tried < 100, "nobody counts");
    }
    assert!(tried >= 20, "{tried}");
    from("203.0.113.1").sign_in(claim("bob", PASSWORD)).await.ok();
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_outlive_a_restart_and_the_file_holds_no_secret_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let bo = venue.admit(12, "0").await;
    let mut browser = signed_in(&venue, &bo, "bo-of-the-file").await;
    let me = browser.get("/v1/session").await.ok();
    venue.stop().await.unwrap();
    let kept = fs::read(dir.path().join("people.sealed")).unwrap();
    let cookie = browser.cookie.clone().unwrap();
    let secret = cookie.split_once('=').unwrap().1;
    let raw = data_encoding::BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap();
    for word in [
        PASSWORD.as_bytes(),
        b"bo-of-the-file",
        b"argon2id",
        secret.as_bytes(),
        &raw,
    ] {
        assert!(!kept.windows(word.len()).any(|window| window == word));
    }
    let venue = Venue::open(config(dir.path())).await;
    browser.address = venue.address;
    assert_eq!(browser.get("/v1/session").await.ok(), me);
    venue.stop().await.unwrap();
    // Without the file nobody is signed in, and nobody's login is known; keys sign as before.
    fs::remove_file(dir.path().join("people.sealed")).unwrap();
    let venue = Venue::open(config(dir.path())).await;
    browser.address = venue.address;
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    browser
        .sign_in(claim("bo-of-the-file", PASSWORD))
        .await
        .refused(401, "SIGN_IN_REFUSED");
    let bo = Dealer {
        address: venue.address,
        ..bo
    };
    assert_eq!(bo.get("/v1/session").await.ok()["login"], Value::Null);
    venue.stop().await.unwrap();
    fs::write(dir.path().join("people.sealed"), &kept[..kept.len() - 1]).unwrap();
    let failed = gateway::server::run(config(dir.path()), std::future::pending(), |_| {}).await;
    assert!(failed.unwrap_err().to_string().contains("people.sealed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_session_ends_and_so_does_an_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.sign_in.idle = Duration::from_secs(8);
    let venue = Venue::open(config.clone()).await;
    let bo = venue.admit(12, "0").await;
    let browser = signed_in(&venue, &bo, "bob").await;
    let mut socket = browser.socket().await;
    // A sign of life is nothing of somebody's: the socket is closed by itself.
    let (pong, _) = socket.ask(json!({ "op": "ping" })).await;
    assert_eq!(pong["op"], "pong");
    ended(&mut socket).await;
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    venue.stop().await.unwrap();
    config.sign_in.idle = Duration::from_secs(3_600);
    config.sign_in.longest = Duration::from_secs(1);
    let venue = Venue::open(config).await;
    let bo = Dealer {
        address: venue.address,
        ..bo
    };
    let browser = signed_in(&venue, &bo, "bob").await;
    while browser.get("/v1/sessions").await.status == 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    venue.stop().await.unwrap();
}

/// The socket is told that its session ended, and closed.
async fn ended(socket: &mut Socket) {
    let (last, code) = socket.read_out().await;
    assert_eq!(code, Some(4001));
    assert_eq!(last.unwrap()["code"], "SESSION_ENDED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_everywhere_closes_each_socket_and_a_new_password_all_others() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "0").await;
    let one = signed_in(&venue, &bo, "bob").await;
    let another = {
        let mut browser = Browser::at(&venue);
        browser.sign_in(claim("bob", PASSWORD)).await.ok();
        browser
    };
    let of_ana = signed_in(&venue, &ana, "ana").await;
    let mut sockets = [one.socket().await, another.socket().await];
    assert_eq!(one.get("/v1/sessions").await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(one.delete("/v1/sessions").await.ok()["ended"], 2);
    for socket in &mut sockets {
        ended(socket).await;
    }
    for browser in [&one, &another] {
        browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    }
    assert_eq!(of_ana.get("/v1/session").await.ok()["login"], "ana");
    // By the key, too.
    let mut browser = Browser::at(&venue);
    browser.sign_in(claim("bob", PASSWORD)).await.ok();
    assert_eq!(bo.delete_all().await["ended"], 1);
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    // A new password ends all others.
    browser.sign_in(claim("bob", PASSWORD)).await.ok();
    let other = browser.clone();
    let mut browser = Browser::at(&venue);
    browser.sign_in(claim("bob", PASSWORD)).await.ok();
    let mut wanted = claim("bo.li", "another horse battery");
    let asked = browser.send("PUT", "/v1/credentials", &wanted).await;
    asked.refused(400, "MISSING_FIELD");
    wanted["present_password"] = "not the present one".into();
    let asked = browser.send("PUT", "/v1/credentials", &wanted).await;
    asked.refused(401, "SIGN_IN_REFUSED");
    assert_eq!(asked.body["field"], "/present_password");
    wanted["present_password"] = PASSWORD.into();
    for (member, value, code) in [
        ("login", "ana", "LOGIN_TAKEN"),
        ("login", "a b c", "LOGIN_INVALID"),
        ("password", "too short", "PASSWORD_INVALID"),
    ] {
        let mut wrong = wanted.clone();
        wrong[member] = value.into();
        let refused = browser.send("PUT", "/v1/credentials", &wrong).await;
        assert_eq!(
            (&refused.body["code"], &refused.body["field"]),
            (&json!(code), &json!(format!("/{member}")))
        );
    }
    assert_eq!(
        browser.send("PUT", "/v1/credentials", &wanted).await.ok()["login"],
        "bo.li"
    );
    browser.get("/v1/session").await.ok();
    other.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    let mut browser = Browser::at(&venue);
    browser
        .sign_in(claim("bob", "another horse battery"))
        .await
        .refused(401, "SIGN_IN_REFUSED");
    browser
        .sign_in(claim("bo.li", PASSWORD))
        .await
        .refused(401, "SIGN_IN_REFUSED");
    browser.sign_in(claim("bo.li", "another horse battery")).await.ok();
    venue.stop().await.unwrap();
}

trait DeleteAll {
    async fn delete_all(&self) -> Value;
}

impl DeleteAll for Dealer {
    async fn delete_all(&self) -> Value {
        self.raw("DELETE", "/v1/sessions", b"").await.ok()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_gives_no_more_than_it_has_and_a_session_stands_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let reader = venue.admit_with(11, "0", &["trader"], &["read"]).await;
    let asked = reader.send("PUT", "/v1/credentials", &claim("reader", PASSWORD)).await;
    asked.refused(403, "SCOPE_MISSING");
    let trader = venue.admit_with(12, "0", &["trader"], &["read", "trade"]).await;
    let browser = signed_in(&venue, &trader, "trader").await;
    let firm = venue.admit_with(13, "0", &["firm"], &["read", "trade"]).await;
    let asked = firm.send("PUT", "/v1/credentials", &claim("firm", PASSWORD)).await;
    asked.refused(403, "SCOPE_MISSING");
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    set(&regulator, "regulator").await;
    // A captured request sets nothing a second time.
    let body = claim("trader", "captured and replayed").to_string();
    let key = trader.key.as_ref().unwrap();
    let captured = request::headers(&trader.venue_id, key, "PUT", "/v1/credentials", body.as_bytes());
    let captured = captured.map(|(name, value)| (name.to_owned(), value));
    let put = || http(venue.address, "PUT", "/v1/credentials", &captured, body.as_bytes());
    put().await.ok();
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    set(&trader, "trader").await;
    put().await.refused(401, "SIGNATURE_REPLAYED");
    // A session is a proof of its own: without the key it goes on, and its user ends it.
    let mut browser = Browser::at(&venue);
    browser.sign_in(claim("trader", PASSWORD)).await.ok();
    let mut socket = browser.socket().await;
    let key = trader.key.as_ref().unwrap().id.0;
    venue
        .operator
        .done("DELETE", &format!("/v1/participants/keys/{key}"), json!({}))
        .await;
    trader.get("/v1/sessions").await.refused(401, "KEY_NOT_ACCEPTED");
    browser.get("/v1/session").await.ok();
    let (answer, _) = socket.ask(json!({ "op": "subscribe", "channel": "account" })).await;
    assert_eq!(answer["op"], "subscribe", "{answer}");
    browser.delete("/v1/session").await.ok();
    ended(&mut socket).await;
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_acts_with_a_second_factor_alone_and_a_code_is_good_once() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    set(&venue.operator, "operator").await;
    let mut browser = Browser::at(&venue);
    let me = browser.sign_in(claim("operator", PASSWORD)).await.ok();
    assert_eq!(
        (&me["has_second_factor"], &me["second_factor_needed"]),
        (&json!(false), &json!(true))
    );
    // What is everybody's, and nothing else.
    browser.get("/v1/market").await.ok();
    browser.get("/v1/accounts").await.refused(403, "SECOND_FACTOR_MISSING");
    let act = json!({ "client_id": fresh_id(), "entity_id": 0, "roles": ["operator"] });
    let refused = browser.send("POST", "/v1/participants/users", &act).await;
    refused.refused(403, "SECOND_FACTOR_MISSING");
    let mut socket = browser.socket().await;
    let (refused, _) = socket.ask(json!({ "op": "subscribe", "channel": "account" })).await;
    assert_eq!(refused["code"], "SECOND_FACTOR_MISSING", "{refused}");
    let mut early = Browser::at(&venue);
    early.sign_in(claim("operator", PASSWORD)).await.ok();
    // Set up: with the password, and confirmed by a code.
    browser
        .send("PUT", "/v1/second-factor", &json!({ "code": "123456" }))
        .await
        .refused(409, "NO_SECOND_FACTOR");
    let wrong = browser
        .send("POST", "/v1/second-factor", &json!({ "password": "no" }))
        .await;
    wrong.refused(401, "SIGN_IN_REFUSED");
    let begin = json!({ "password": PASSWORD });
    venue
        .operator
        .send("POST", "/v1/second-factor", &begin)
        .await
        .refused(403, "SESSION_NEEDED");
    let begun = browser.send("POST", "/v1/second-factor", &begin).await.ok();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["uri"].as_str().unwrap().contains(&secret));
    browser.get("/v1/accounts").await.refused(403, "SECOND_FACTOR_MISSING");
    let confirm = |code: String| json!({ "code": code });
    browser
        .send("PUT", "/v1/second-factor", &confirm("000000x".into()))
        .await
        .refused(401, "SECOND_FACTOR_REFUSED");
    let first = code(&secret, 0);
    browser
        .send("PUT", "/v1/second-factor", &confirm(first.clone()))
        .await
        .ok();
    browser.get("/v1/accounts").await.ok();
    let me = browser.get("/v1/session").await.ok();
    assert_eq!(
        (&me["has_second_factor"], &me["second_factor_needed"]),
        (&json!(true), &json!(false))
    );
    // Whoever was signed in by the password alone is so no more.
    early.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    browser
        .send("POST", "/v1/second-factor", &begin)
        .await
        .refused(409, "SECOND_FACTOR_STANDS");
    // From here on each sign-in needs a code, and each code is good once.
    let mut again = Browser::at(&venue);
    let needed = again.sign_in(claim("operator", PASSWORD)).await;
    needed.refused(401, "SECOND_FACTOR_NEEDED");
    assert_eq!(needed.body["field"], "/code");
    let with = |code: &str| json!({ "login": "operator", "password": PASSWORD, "code": code });
    again.sign_in(with(&first)).await.refused(401, "SECOND_FACTOR_REFUSED");
    // A step ahead is within the grace, and no step before it is good any more.
    let second = code(&secret, 1);
    let me = again.sign_in(with(&second)).await.ok();
    assert_eq!(me["second_factor_needed"], false);
    let mut replay = Browser::at(&venue);
    replay
        .sign_in(with(&second))
        .await
        .refused(401, "SECOND_FACTOR_REFUSED");
    let wrong_password = json!({ "login": "operator", "password": "wrong wrong wrong", "code": "123456" });
    replay.sign_in(wrong_password).await.refused(401, "SIGN_IN_REFUSED");
    again.get("/v1/accounts").await.ok();
    // It goes with password and a code that was not used.
    let end = |code: &str| json!({ "password": PASSWORD, "code": code });
    again
        .send("DELETE", "/v1/second-factor", &json!({}))
        .await
        .refused(400, "MISSING_FIELD");
    again
        .send("DELETE", "/v1/second-factor", &end(&second))
        .await
        .refused(401, "SECOND_FACTOR_REFUSED");
    // By the key it goes without, and whoever acted by it acts no more.
    venue.operator.raw("DELETE", "/v1/second-factor", b"").await.ok();
    again.get("/v1/accounts").await.refused(401, "SESSION_ENDED");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_a_second_factor_are_counted_and_who_lost_it_signs() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let bo = venue.admit(12, "0").await;
    let browser = signed_in(&venue, &bo, "bob").await;
    let begin = async || {
        let begun = browser
            .send("POST", "/v1/second-factor", &json!({ "password": PASSWORD }))
            .await
            .ok();
        let secret = begun["secret"].as_str().unwrap().to_owned();
        let confirm = json!({ "code": code(&secret, 0) });
        browser.send("PUT", "/v1/second-factor", &confirm).await.ok();
        secret
    };
    let secret = begin().await;
    let end = json!({ "password": PASSWORD, "code": code(&secret, 1) });
    let gone = browser.send("DELETE", "/v1/second-factor", &end).await.ok();
    assert_eq!(gone["has_second_factor"], false);
    Browser::at(&venue).sign_in(claim("bob", PASSWORD)).await.ok();
    begin().await;
    let mut guesses = 0;
    let throttled = loop {
        let guess = json!({ "login": "bob", "password": PASSWORD, "code": "guess!" });
        let answer = Browser::at(&venue).sign_in(guess).await;
        match answer.body["code"].as_str() {
            Some("SECOND_FACTOR_REFUSED") => guesses += 1,
            _ => break answer,
        }
        assert!(guesses < 20, "nobody counts");
    };
    throttled.refused(429, "RATE_LIMITED");
    assert_eq!(guesses, 5);
    let gone = bo.raw("DELETE", "/v1/second-factor", b"").await.ok();
    assert_eq!(gone["has_second_factor"], false);
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    Browser::at(&venue).sign_in(claim("bob", PASSWORD)).await.ok();
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_code_is_good_once_and_takes_two_operators_where_there_are_two() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let bo = venue.admit(12, "0").await;
    let path = format!("/v1/participants/users/{}/enrolment", bo.user);
    venue
        .nobody()
        .raw("POST", &path, b"")
        .await
        .refused(401, "NOT_AUTHENTICATED");
    bo.raw("POST", &path, b"").await.refused(403, "SCOPE_MISSING");
    let operator = &venue.operator;
    let unknown = operator.raw("POST", "/v1/participants/users/9999/enrolment", b"").await;
    unknown.refused(404, "UNKNOWN_USER");
    let first = operator.raw("POST", &path, b"").await.ok();
    let given = operator.raw("POST", &path, b"").await.ok();
    assert_eq!(
        (&given["user_id"], &given["waits_for_second"]),
        (&json!(bo.user), &json!(false))
    );
    let code = given["code"].as_str().unwrap().to_owned();
    let mut browser = Browser::at(&venue);
    let enrol = |code: &str, login: &str, password: &str| json!({ "code": code, "login": login, "password": password });
    let old = first["code"].as_str().unwrap();
    for (body, status, refusal) in [
        (enrol("AAAA-BBBB-CCCC-DDDD", "bob", PASSWORD), 401, "ENROLMENT_REFUSED"),
        (enrol(old, "bob", PASSWORD), 401, "ENROLMENT_REFUSED"),
        (enrol(&code, "b", PASSWORD), 422, "LOGIN_INVALID"),
        (enrol(&code, "bob", "short"), 422, "PASSWORD_INVALID"),
    ] {
        browser
            .send("POST", "/v1/enrolment", &body)
            .await
            .refused(status, refusal);
    }
    let typed = code.to_lowercase().replace('-', " ");
    let body = enrol(&typed, "Bob", PASSWORD);
    let done = browser.send("POST", "/v1/enrolment", &body).await.ok();
    assert_eq!(done, json!({ "user_id": bo.user, "login": "bob" }));
    browser
        .send("POST", "/v1/enrolment", &body)
        .await
        .refused(401, "ENROLMENT_REFUSED");
    let me = browser.sign_in(claim("bob", PASSWORD)).await.ok();
    assert_eq!(me["enrolled_by"], 0, "who could have been it is told");
    // The participant reads that an operator asked for it.
    let reads = bo.get("/v1/reads").await.ok();
    let told = reads["items"].as_array().unwrap().iter();
    let told = told.filter(|item| item["read"]["record"] == path.as_str()).count();
    assert_eq!(told, 2, "{reads}");
    // With a second operator who can act, neither has a code alone.
    let second = json!({ "entity_id": 0, "roles": ["operator"] });
    let second = operator.done("POST", "/v1/participants/users", second).await["user_id"].clone();
    let public_key = gateway::proof::signing::hex(&secret(50).public_key().unwrap());
    let material = json!({ "algorithm": "ed25519", "public_key": public_key });
    let scopes = ["read", "trade", "list", "admin"];
    let key = json!({ "user_id": second, "material": material, "scopes": scopes, "networks": [] });
    let key = operator.done("POST", "/v1/participants/keys", key).await["key_id"]
        .as_u64()
        .unwrap();
    let second = Dealer {
        key: Some(gateway::proof::signing::Key {
            id: protocol::KeyId(u32::try_from(key).unwrap()),
            secret: secret(50),
            label: String::new(),
        }),
        ..operator.clone()
    };
    for _ in 0..2 {
        let asked = operator.raw("POST", &path, b"").await.ok();
        assert_eq!(
            (&asked["code"], &asked["waits_for_second"]),
            (&Value::Null, &json!(true))
        );
    }
    let given = second.raw("POST", &path, b"").await.ok();
    let code = given["code"].as_str().unwrap();
    browser
        .send("POST", "/v1/enrolment", &enrol(code, "bob", "a new horse battery"))
        .await
        .ok();
    browser.get("/v1/sessions").await.refused(401, "SESSION_ENDED");
    browser.sign_in(claim("bob", "a new horse battery")).await.ok();
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_participants_are_told_to_whoever_is_signed_in() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "0").await;
    let bo = venue.admit(12, "0").await;
    let path = format!("/v1/names?entities={},{},0,9999", bo.entity, ana.entity);
    venue.nobody().get(&path).await.refused(401, "NOT_AUTHENTICATED");
    let browser = signed_in(&venue, &ana, "ana").await;
    let names = browser.get(&path).await.ok();
    let named = |dealer: &Dealer, name: &str| json!({ "entity_id": dealer.entity, "name": name, "kind": "company" });
    assert_eq!(
        names,
        json!({ "items": [named(&bo, "主体 12"), named(&ana, "主体 11")] })
    );
    let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    for wrong in [String::new(), "a".into(), "1,,2".into(), many.join(",")] {
        let refused = browser.get(&format!("/v1/names?entities={wrong}")).await;
        refused.refused(400, "QUERY_INVALID");
    }
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_exchange_has_no_demo_people() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let browser = Browser::at(&venue);
    browser.get("/v1/demo/people").await.refused(404, "NOT_FOUND");
    let ana = json!({ "name": "ana" });
    browser
        .send("POST", "/v1/demo/session", &ana)
        .await
        .refused(404, "NOT_FOUND");
    venue.stop().await.unwrap();
}

/// Where there is TLS the cookie goes over TLS alone, and no other is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_tls_the_cookie_is_of_the_host_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut config: ServerConfig = config(dir.path());
    config.sign_in.secure_cookie = Some(true);
    let venue = Venue::open(config).await;
    let bo = venue.admit(12, "0").await;
    set(&bo, "bob").await;
    let mut browser = Browser::at(&venue);
    let answer = browser.sign_in(claim("bob", PASSWORD)).await;
    let line = answer.header("set-cookie").unwrap();
    assert!(
        line.starts_with("__Host-zhiheng=") && line.ends_with("; Secure"),
        "{line}"
    );
    browser.get("/v1/session").await.ok();
    browser.cookie = browser.cookie.map(|cookie| cookie.replace("__Host-", ""));
    browser.get("/v1/sessions").await.refused(401, "NOT_AUTHENTICATED");
    venue.stop().await.unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_demo_one_is_anybody_by_a_click() {
    let house = house::House::new("");
    let market = house::Exchange::start(&house, &["--data-dir", "data", "--listen", "127.0.0.1:0"]);
    for name in ["operator=0", "bank-2=", "regulator="] {
        assert!(market.printed.contains(name), "{}", market.printed);
    }
    let address: SocketAddr = market.url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut browser = Browser {
        address,
        cookie: None,
        page: vec![("sec-fetch-site".into(), "same-origin".into())],
    };
    let people = browser.get("/v1/demo/people").await.ok();
    let items = people["items"].as_array().unwrap();
    let of = |name: &str| {
        items
            .iter()
            .find(|item| item["name"] == name)
            .unwrap_or(&Value::Null)
            .clone()
    };
    assert_eq!(of("operator")["roles"], json!(["operator"]));
    assert_eq!(of("regulator")["roles"], json!(["regulator"]));
    assert_eq!(of("bank")["entity_id"], of("bank-2")["entity_id"]);
    assert_eq!(of("desk-1"), Value::Null, "a machine is nobody to be");
    let nobody = browser
        .send("POST", "/v1/demo/session", &json!({ "name": "nobody" }))
        .await;
    nobody.refused(404, "NOT_FOUND");
    let answer = browser
        .send("POST", "/v1/demo/session", &json!({ "name": "operator" }))
        .await;
    browser.keep(&answer);
    let me = answer.ok();
    assert_eq!(
        (&me["second_factor_needed"], &me["login"]),
        (&json!(false), &Value::Null)
    );
    let cash = json!({
        "client_id": fresh_id(), "account_id": account(&browser, &of("ana")).await, "currency": "CNY", "amount": "1.00", "reference": "by-a-click"
    });
    browser.send("POST", "/v1/accounts/cash-in", &cash).await.ok();
    market.stop();
}

/// An account of somebody's entity.
async fn account(browser: &Browser, person: &Value) -> Value {
    let accounts = browser.get("/v1/accounts?limit=100").await.ok();
    let accounts = accounts["items"].as_array().unwrap().clone();
    let own = accounts
        .into_iter()
        .find(|account| account["owner_id"] == person["entity_id"]);
    own.expect("it has an account")["account_id"].clone()
}

#[test]
fn the_configuration_says_how_long_a_session_goes_on() {
    let head = format!(
        "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\noperator_public_key = \"{}\"\n",
        "ab".repeat(32)
    );
    let read = |more: &str| {
        let text = format!("{head}[calendar]\nyears = [2026]\n{more}");
        let config = gateway::config::parse(Path::new("/z.toml"), &text, None);
        config.map(|config| config.sign_in).map_err(|error| error.to_string())
    };
    let said = read(
        "[sign_in]\nidle_minutes = 5\nlongest_hours = 8\nsecure_cookie = true\norigins = [\"https://venue.example\"]\n",
    );
    let said = said.unwrap();
    assert_eq!(
        (said.idle, said.longest),
        (Duration::from_secs(300), Duration::from_secs(28_800))
    );
    assert_eq!((said.secure_cookie, said.origins.len()), (Some(true), 1));
    for (wrong, field) in [
        ("idle_minutes = 0", "sign_in.idle_minutes"),
        ("longest_hours = 721", "sign_in.longest_hours"),
        ("origins = [\"venue.example\"]", "sign_in.origins"),
        ("origins = [\"https://venue.example/\"]", "sign_in.origins"),
        ("other = 1", "other"),
    ] {
        let error = read(&format!("[sign_in]\n{wrong}\n")).unwrap_err();
        assert!(error.contains(field), "{error}");
    }
}
