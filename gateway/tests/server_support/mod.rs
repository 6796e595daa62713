//! A venue on a socket, and those who deal on it. Every HTTP answer is checked against the OpenAPI document.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

pub mod contract;

use futures_util::{SinkExt, StreamExt};
use gateway::{
    proof::{
        request,
        seal::Seal,
        signing::{self, Key, Secret},
    },
    server::{Genesis, Rate, Ready, RunError, ServerConfig, run},
};
use protocol::{
    KeyId, Timestamp,
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    units::BasisPoints,
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest, http::Request, protocol::CloseFrame},
};

/// Nothing here takes as long, on the slowest machine either.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A key made of one number.
pub fn secret(seed: u8) -> Secret {
    Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&[seed; 32])))
}

/// A configuration for tests: any port, a sandbox board, rates and limits of time that nobody meets by chance. Who tests a limit sets it.
pub fn config(dir: &Path) -> ServerConfig {
    let epoch = Epoch {
        rules_version: RULES_VERSION,
        profile: Profile::UnitMarket,
        approval: Approval::Sandbox,
        fees: Fees {
            maker: BasisPoints(10),
            taker: BasisPoints(20),
        },
        calendar: Calendar::default(),
        judicial_listing: None,
    };
    let genesis = Genesis {
        epoch,
        operator_key: secret(1).public_key().expect("an Ed25519 key"),
        operator_networks: vec![],
    };
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap(), dir.into(), genesis);
    // A folder beside a temporary one would be left behind: of the key, and of the high-water mark.
    config.seal = Seal::File(dir.join("seal.key"));
    config.limits.key_rate = Rate {
        per_second: 100_000,
        burst: 1_000_000,
    };
    config.limits.ip_rate = Rate {
        per_second: 100_000,
        burst: 1_000_000,
    };
    // A slow machine keeps a request, a read or a pong waiting for seconds, and a thread for more than a standstill may be.
    let long = Duration::from_secs(60);
    config.receive_window = long;
    config.limits.request_timeout = long;
    config.limits.min_seq_wait = long;
    config.limits.idle_timeout = Duration::from_secs(600);
    config.sequencer.standstill = long;
    config.sequencer.standstill_near_end = long;
    // Each start fills a segment with zeros, and each stop waits for who does not say farewell.
    config.sequencer.journal.segment_bytes = 8 << 20;
    config.limits.drain = Duration::from_secs(2);
    config
}

/// A venue that runs.
pub struct Venue {
    pub address: SocketAddr,
    pub ready: Ready,
    pub operator: Dealer,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Result<(), RunError>>,
}

/// Somebody with a key.
#[derive(Clone)]
pub struct Dealer {
    pub address: SocketAddr,
    pub venue_id: String,
    pub key: Option<Key>,
    pub entity: u32,
    pub user: u32,
    pub account: u32,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body
    }

    /// Checks a refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert!(self.body["detail"]["zh"].is_string() && self.body["detail"]["en"].is_string());
    }
}

impl Venue {
    pub async fn open(config: ServerConfig) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        let running = tokio::spawn(run(config, async { drop(stopped.await) }, |ready| {
            drop(tell.send(ready))
        }));
        let ready = match timeout(PATIENCE, told).await.expect("a start in time") {
            Ok(ready) => ready,
            Err(_) => panic!("the venue does not start: {:?}", running.await),
        };
        let address = ready.address;
        let key = Key {
            id: KeyId(first_key(&ready)),
            secret: secret(1),
            label: String::new(),
        };
        let operator = Dealer {
            address,
            venue_id: ready.venue_id.clone(),
            key: Some(key),
            entity: 0,
            user: 0,
            account: 0,
        };
        Self {
            address,
            ready,
            operator,
            stop: Some(stop),
            running,
        }
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) -> Result<(), RunError> {
        drop(self.stop.take());
        timeout(PATIENCE, self.running)
            .await
            .expect("a stop in time")
            .expect("no panic")
    }

    /// Begins to stop it.
    pub fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Admits somebody with an Ed25519 key of every scope, an account, and so much cash.
    pub async fn admit(&self, seed: u8, cash: &str) -> Dealer {
        self.admit_with(seed, cash, &["trader", "firm"], &["read", "trade", "list"])
            .await
    }

    pub async fn admit_with(&self, seed: u8, cash: &str, roles: &[&str], scopes: &[&str]) -> Dealer {
        let operator = &self.operator;
        let entity = json!({
            "name": format!("主体 {seed}"), "kind": "company", "legal_id": { "scheme": "uscc", "code": uscc(seed) }
        });
        let entity = operator.done("POST", "/v1/participants/entities", entity).await["entity_id"].clone();
        let user = json!({ "entity_id": entity, "roles": roles });
        let user = operator.done("POST", "/v1/participants/users", user).await["user_id"].clone();
        let public = signing::hex(&secret(seed).public_key().unwrap());
        let material = json!({ "algorithm": "ed25519", "public_key": public });
        let key = json!({ "user_id": user, "material": material, "scopes": scopes, "networks": [] });
        let key = operator.done("POST", "/v1/participants/keys", key).await["key_id"].clone();
        let account = operator
            .done("POST", "/v1/accounts", json!({ "entity_id": entity }))
            .await["account_id"]
            .clone();
        if cash != "0" {
            let reference = format!("bank-{seed}");
            let cash = json!({ "account_id": account, "currency": "CNY", "amount": cash, "reference": reference });
            operator.done("POST", "/v1/accounts/cash-in", cash).await;
        }
        let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
        Dealer {
            address: self.address,
            venue_id: self.ready.venue_id.clone(),
            key: Some(Key {
                id: KeyId(number(&key)),
                secret: secret(seed),
                label: String::new(),
            }),
            entity: number(&entity),
            user: number(&user),
            account: number(&account),
        }
    }

    /// Lists a verified right of `owner` under `symbol` and issues 1,000 units to it.
    pub async fn list(&self, owner: &Dealer, symbol: &str) {
        let rights = json!({ "rights": [verified(&asset(owner.entity, symbol))] });
        let asset = self.operator.done("POST", "/v1/rights", rights).await["asset_id"].clone();
        let listing = json!({ "asset_id": asset, "terms": terms(symbol) });
        owner.done("POST", "/v1/listings", listing).await;
        let issue = json!({ "symbol": symbol, "account_id": owner.account, "quantity": "1000" });
        owner.done("POST", "/v1/listings/issue", issue).await;
    }

    /// Somebody without a key.
    pub fn nobody(&self) -> Dealer {
        Dealer {
            key: None,
            ..self.operator.clone()
        }
    }
}

fn first_key(ready: &Ready) -> u32 {
    ready.market.directory().keys(None, 1)[0].id.0
}

/// A right whose number comes from a text.
pub fn asset(owner: u32, text: &str) -> Value {
    json!({
        "owner_id": owner, "class": "know_how", "office": "CN", "number": format!("N-{text}"), "title": format!("技术秘密 {text}"),
        "classifications": [], "texts_sha256": "00".repeat(32)
    })
}

/// A right to register, with an extract that was drawn today.
pub fn verified(asset: &Value) -> Value {
    let today = Timestamp(signing::now_ms() * 1_000_000).venue_date().to_string();
    json!({ "asset": asset, "extract": { "drawn_on": today, "evidence_sha256": "00".repeat(32) } })
}

/// The terms of a book with a tick of 0.05 between 1.00 and 1000.00.
pub fn terms(symbol: &str) -> Value {
    json!({
        "symbol": symbol, "currency": "CNY", "tick": "0.05", "price_low": "1.00", "price_high": "1000.00",
        "lot": "1", "order_max": "10000", "supply": "1000000"
    })
}

/// A unified social credit code that holds.
pub fn uscc(seed: u8) -> String {
    let body = format!("9144030{seed:03}0000000");
    "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .map(|check| format!("{body}{check}"))
        .find(|code| protocol::identifiers::uscc(code) == Some(true))
        .expect("one check digit holds")
}

static CLIENT_IDS: AtomicU64 = AtomicU64::new(1);

/// A client id that was never used.
pub fn fresh_id() -> String {
    format!("c-{}", CLIENT_IDS.fetch_add(1, Ordering::Relaxed))
}

impl Dealer {
    /// A signed request with this body as it is.
    pub async fn raw(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let headers = match &self.key {
            Some(key) => request::headers(&self.venue_id, key, method, path, body)
                .map(|(n, v)| (n.to_owned(), v))
                .to_vec(),
            None => vec![],
        };
        http(self.address, method, path, &headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, b"").await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.raw(method, path, body.to_string().as_bytes()).await
    }

    /// A command with a client id of its own, which must be done; gives what it brought into being.
    pub async fn done(&self, method: &str, path: &str, mut body: Value) -> Value {
        body["client_id"] = fresh_id().into();
        let answer = self.send(method, path, &body).await;
        assert_eq!(answer.status, 200, "{method} {path} {body}: {}", answer.text);
        assert!(answer.body["journal_seq"].as_u64().unwrap() > 0);
        assert_eq!(answer.body["outcome"]["status"], "done");
        answer.body["outcome"].clone()
    }

    pub fn order(&self, symbol: &str, side: &str, price: &str, quantity: &str) -> Value {
        json!({
            "client_id": fresh_id(), "account_id": self.account, "symbol": symbol, "side": side, "type": "limit",
            "price": price, "quantity": quantity
        })
    }

    /// Places a limit order; the answer's body.
    pub async fn place(&self, symbol: &str, side: &str, price: &str, quantity: &str) -> Value {
        self.send("POST", "/v1/orders", &self.order(symbol, side, price, quantity))
            .await
            .ok()
    }

    /// The account's cash in CNY: total, held.
    pub async fn cash(&self, min_seq: u64) -> (String, String) {
        let path = format!("/v1/accounts/{}?min_seq={min_seq}", self.account);
        let balances = self.get(&path).await.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&balances["cash"][0]["total"]), text(&balances["cash"][0]["held"]))
    }

    pub async fn websocket(&self) -> Socket {
        let mut request = format!("ws://{}/v1/ws", self.address).into_client_request().unwrap();
        if let Some(key) = &self.key {
            for (name, value) in request::headers(&self.venue_id, key, "GET", "/v1/ws", b"") {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        Socket::connect(request).await
    }
}

/// One request on a connection of its own; the answer is checked against the document.
pub async fn http(address: SocketAddr, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: venue\r\nconnection: close\r\n");
    let named = |name: &str| headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name));
    if !body.is_empty() && !named("content-length") {
        head += &format!("content-length: {}\r\n", body.len());
    }
    if !body.is_empty() && !named("content-type") {
        head += "content-type: application/json\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let answer = exchange(address, &[head.as_bytes(), b"\r\n", body].concat()).await;
    contract::hold(
        method,
        path,
        body,
        answer.status,
        answer.header("content-type"),
        &answer.text,
    );
    answer
}

/// These bytes on a connection of their own, and what comes back.
pub async fn exchange(address: SocketAddr, bytes: &[u8]) -> Answer {
    timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        parse(&read)
    })
    .await
    .expect("an answer in time")
}

/// An HTTP answer out of its bytes.
pub fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no head in {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { whole(body) } else { body.to_owned() };
    Answer {
        status,
        headers,
        body: serde_json::from_str(&body).unwrap_or_default(),
        text: body,
    }
}

/// A body that came in chunks: each after its length in hex.
fn whole(mut chunks: &str) -> String {
    let mut body = String::new();
    while let Some((length, rest)) = chunks.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).expect("a length");
        body += &rest[..length];
        chunks = rest[length..].trim_start_matches("\r\n");
    }
    body
}

/// A client's end of a WebSocket.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn connect(request: Request<()>) -> Self {
        let (socket, _) = timeout(PATIENCE, tokio_tungstenite::connect_async(request))
            .await
            .unwrap()
            .unwrap();
        Self(socket)
    }

    pub async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next text; what comes between is answered by the library.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Ok(value) => value,
            Err(close) => panic!("closed: {close:?}"),
        }
    }

    /// The next text, or how the server closed.
    pub async fn next(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("a message in time") {
                Some(Ok(Message::Text(text))) => {
                    let message = serde_json::from_str(&text).unwrap();
                    contract::hold_message(&message);
                    return Ok(message);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Reads to the end: the last text and the close code.
    pub async fn read_out(&mut self) -> (Option<Value>, Option<u16>) {
        let mut last = None;
        loop {
            match self.next().await {
                Ok(value) => last = Some(value),
                Err(close) => return (last, close.map(|frame| frame.code.into())),
            }
        }
    }

    /// What it was told before it was told that its key was revoked, and closed.
    pub async fn told_until_revoked(&mut self) -> Vec<Value> {
        let mut told = vec![];
        loop {
            match self.next().await {
                Ok(value) => told.push(value),
                Err(close) => {
                    assert_eq!(close.map(|frame| u16::from(frame.code)), Some(4001));
                    let last = told.pop().expect("a word on why");
                    assert_eq!(last["code"], "KEY_NOT_ACCEPTED", "{last}");
                    return told;
                }
            }
        }
    }

    /// What it was told up to now: what waited for it when the first answer was written comes before the second.
    pub async fn told_by_now(&mut self) -> Vec<Value> {
        let (_, first) = self.ask(json!({ "op": "ping" })).await;
        let (_, more) = self.ask(json!({ "op": "ping" })).await;
        [first, more].concat()
    }

    /// Asks, and waits for the answer with this question's id. Frames of feeds that come before are given back, too.
    pub async fn ask(&mut self, mut message: Value) -> (Value, Vec<Value>) {
        let id = fresh_id();
        message["id"] = id.clone().into();
        self.say(&message).await;
        let mut before = vec![];
        loop {
            let heard = self.hear().await;
            if heard["id"] == id.as_str() {
                return (heard, before);
            }
            before.push(heard);
        }
    }
}
