//! A client of the exchange: signed requests over HTTP, frames over a WebSocket. Whatever it is sent, it holds against the
//! API's documents.

use crate::contract;
use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use gateway::proof::{request, signing::Key};
use serde_json::Value;
use std::{
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

/// How long an answer may take, and how long the server may put a request off, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// Signed requests over HTTP. What the server puts off is sent again: nothing was done yet.
#[derive(Clone)]
pub struct Http {
    agent: ureq::Agent,
    url: String,
    key: Key,
    venue_id: OnceLock<String>,
}

impl Http {
    /// A client that signs with `key`.
    pub fn new(url: &str, key: Key) -> Self {
        Self {
            agent: agent(),
            url: url.to_owned(),
            key,
            venue_id: OnceLock::new(),
        }
    }

    /// The address of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it signs with.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Status and body of a command.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let body = serde_json::to_vec(body)?;
        let told = until_taken(|| {
            let mut request = self
                .agent
                .post(format!("{}{path}", self.url))
                .header("content-type", "application/json");
            for (name, value) in self.signature("POST", path, &body)? {
                request = request.header(name, value);
            }
            Told::of(request.send(&body[..])?)
        })?;
        told.held("POST", path, &body).json()
    }

    /// The outcome of a command that must be done.
    pub fn must(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.post(path, body)?;
        if !(200..300).contains(&status) {
            bail!("{path} {body}: {status} {answer}");
        }
        Ok(answer["outcome"].clone())
    }

    /// Status and body of a read.
    pub fn get(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        let (status, text) = self.read(path, true)?;
        Ok((status, serde_json::from_str(&text)?))
    }

    /// Status and text of a read: signed, or as nobody.
    pub fn read(&self, path: &str, signed: bool) -> anyhow::Result<(u16, String)> {
        let told = until_taken(|| {
            let mut request = self.agent.get(format!("{}{path}", self.url));
            let signature = signed.then(|| self.signature("GET", path, b"")).transpose()?;
            for (name, value) in signature.into_iter().flatten() {
                request = request.header(name, value);
            }
            Told::of(request.call()?)
        })?;
        let Told { status, text, .. } = told.held("GET", path, b"");
        Ok((status, text))
    }

    /// Status and body of a command whose address says all.
    pub fn delete(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        let told = until_taken(|| {
            let mut request = self.agent.delete(format!("{}{path}", self.url));
            for (name, value) in self.signature("DELETE", path, b"")? {
                request = request.header(name, value);
            }
            Told::of(request.call()?)
        })?;
        told.held("DELETE", path, b"").json()
    }

    /// Headers of now: a request that is sent again is signed again.
    fn signature(&self, method: &str, path: &str, body: &[u8]) -> anyhow::Result<[(&'static str, String); 4]> {
        let venue_id = match self.venue_id.get() {
            Some(known) => known,
            None => {
                let told = venue_id(&self.agent, &self.url)?;
                self.venue_id.get_or_init(|| told)
            }
        };
        Ok(request::headers(venue_id, &self.key, method, path, body))
    }
}

/// The id of the venue there, which signatures name. It never changes.
fn venue_id(agent: &ureq::Agent, url: &str) -> anyhow::Result<String> {
    let told = until_taken(|| Told::of(agent.get(format!("{url}/v1/venue")).call()?))?;
    let (_, venue) = told.held("GET", "/v1/venue", b"").json()?;
    Ok(venue["venue_id"].as_str().context("a venue tells its id")?.to_owned())
}

/// A client of this machine's servers, whatever the environment says of others.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .build();
    config.into()
}

/// What was answered.
struct Told {
    status: u16,
    media_type: Option<String>,
    text: String,
}

impl Told {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> anyhow::Result<Self> {
        let media_type = response.headers().get("content-type");
        Ok(Self {
            status: response.status().as_u16(),
            media_type: media_type.and_then(|value| value.to_str().ok()).map(str::to_owned),
            text: response.body_mut().read_to_string()?,
        })
    }

    /// The answer, once it was held against the API's document.
    fn held(self, method: &str, path: &str, asked: &[u8]) -> Self {
        contract::hold(method, path, asked, self.status, self.media_type.as_deref(), &self.text);
        self
    }

    fn json(self) -> anyhow::Result<(u16, Value)> {
        Ok((self.status, serde_json::from_str(&self.text)?))
    }
}

/// Asks until the server takes the request. It puts off what finds no room yet, as while a slow disk prepares the next
/// segment.
fn until_taken(mut ask: impl FnMut() -> anyhow::Result<Told>) -> anyhow::Result<Told> {
    let since = Instant::now();
    loop {
        let told = ask()?;
        let answer: Option<Value> = (told.status == 503)
            .then(|| serde_json::from_str(&told.text))
            .transpose()?;
        let pause = answer.as_ref().and_then(put_off);
        match pause {
            Some(pause) if since.elapsed() < PATIENCE => thread::sleep(pause),
            _ => return Ok(told),
        }
    }
}

/// When to send again what this answer put off. A full disk is an answer: it may stay full.
pub fn put_off(answer: &Value) -> Option<Duration> {
    let again = answer["retry_after_ms"].as_u64().map(Duration::from_millis);
    again.filter(|_| answer["code"] == "BUSY" || answer["code"] == "VIEW_BEHIND")
}

/// A WebSocket: of a key, or of nobody.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Whether what it is sent is held against the API's document.
    holds: bool,
}

impl Socket {
    /// Connects; the upgrade request is signed.
    pub async fn connect(url: &str, key: &Key) -> anyhow::Result<Self> {
        Self::open(url, Some(key)).await
    }

    /// Connects without a key, as anybody may.
    pub async fn anonymous(url: &str) -> anyhow::Result<Self> {
        Self::open(url, None).await
    }

    async fn open(url: &str, key: Option<&Key>) -> anyhow::Result<Self> {
        let address = format!("{}/v1/ws", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        let headers = match key {
            Some(key) => {
                let at = url.to_owned();
                let venue_id = tokio::task::spawn_blocking(move || venue_id(&agent(), &at)).await??;
                Some(request::headers(&venue_id, key, "GET", "/v1/ws", b""))
            }
            None => None,
        };
        for (name, value) in headers.into_iter().flatten() {
            request.headers_mut().insert(name, value.parse()?);
        }
        let (socket, _) = connect_async(request).await?;
        Ok(Self {
            stream: socket,
            holds: true,
        })
    }

    /// The same, which takes what it is sent as it is: for who measures, or speaks with another server.
    pub fn unheld(mut self) -> Self {
        self.holds = false;
        self
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        self.stream
            .send(Message::text(message.to_string()))
            .await
            .context("the socket is gone")
    }

    /// The next message; `None` once the socket is closed or broken.
    pub async fn next(&mut self) -> Option<Value> {
        serde_json::from_str(&self.next_text().await?).ok()
    }

    /// The next message as it was sent; `None` once the socket is closed or broken.
    pub async fn next_text(&mut self) -> Option<String> {
        loop {
            match self.stream.next().await? {
                Ok(Message::Text(text)) => {
                    if self.holds
                        && let Ok(message) = serde_json::from_str(&text)
                    {
                        contract::hold_message(&message);
                    }
                    return Some(text.as_str().to_owned());
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}
