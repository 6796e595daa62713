//! A small HTTP client that signs. Plain HTTP: TLS is the business of a proxy in front.

use super::{args::Remote, error::CliError};
use crate::proof::signing::{self, Key};
use serde_json::Value;
use std::{thread, time::Duration};

/// How often a request is sent again that the exchange put off (429, 503).
const ATTEMPTS: u32 = 30;
/// The largest answer that is read.
const ANSWER_MAX: u64 = 8 << 20;

/// A connection to an exchange, and the key that signs; without one, what is public can be read.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    key: Option<Key>,
}

/// What the exchange answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Client {
    pub(super) fn new(remote: &Remote) -> Result<Self, CliError> {
        Self::of(&remote.url, Some(Key::load(&remote.key_file)?))
    }

    /// Reads what is public.
    pub(super) fn public(url: &str) -> Result<Self, CliError> {
        Self::of(url, None)
    }

    fn of(url: &str, key: Option<Key>) -> Result<Self, CliError> {
        let base = base(url)?;
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Ok(Self {
            agent: config.into(),
            base,
            key,
        })
    }

    /// Sends a command; where the exchange puts it off, sends it again when it says. The client id in the body makes
    /// that safe.
    pub(super) fn post(&self, path: &str, body: &[u8]) -> Result<Reply, CliError> {
        let mut attempt = 1;
        loop {
            let (reply, retry_after) = self.post_once(path, body)?;
            if !matches!(reply.status, 429 | 503) || attempt == ATTEMPTS {
                return Ok(reply);
            }
            attempt += 1;
            thread::sleep(Duration::from_secs(retry_after.clamp(1, 10)));
        }
    }

    fn post_once(&self, path: &str, body: &[u8]) -> Result<(Reply, u64), CliError> {
        let url = format!("{}{path}", self.base);
        let mut request = self.agent.post(&url).header("content-type", "application/json");
        for (name, value) in self.headers("POST", path, body) {
            request = request.header(name, value);
        }
        let mut response = request.send(body).map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let header = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|value| value.parse().ok()).unwrap_or(1);
        let bytes = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
        let bytes = bytes.map_err(|error| self.unreachable(&error))?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok((Reply { status, body }, retry_after))
    }

    /// Reads.
    pub(super) fn get(&self, path: &str) -> Result<Reply, CliError> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in self.headers("GET", path, b"") {
            request = request.header(name, value);
        }
        let mut response = request.call().map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
        let bytes = bytes.map_err(|error| self.unreachable(&error))?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Reply { status, body })
    }

    fn headers(&self, method: &str, path: &str, body: &[u8]) -> Vec<(&'static str, String)> {
        let signed = |key: &Key| signing::headers(key, signing::fresh_ms(key.id), method, path, body).into();
        self.key.as_ref().map_or_else(Vec::new, signed)
    }

    fn unreachable(&self, error: &ureq::Error) -> CliError {
        CliError::failed(format!(
            "{}: {error}; is the exchange running there? (--url)",
            self.base
        ))
    }
}

impl Reply {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether this is the refusal `code`.
    pub(super) fn is(&self, code: &str) -> bool {
        self.body["code"] == code
    }

    /// Why it was refused, in words.
    pub(super) fn problem(&self) -> String {
        let code = self.body["code"].as_str().unwrap_or("no code");
        let detail = match &self.body["detail"] {
            Value::String(text) => text.clone(),
            other => other["en"].as_str().unwrap_or("").to_owned(),
        };
        let more = ["field", "hint"]
            .into_iter()
            .filter_map(|name| self.body[name].as_str());
        let more: String = more.map(|text| format!(" ({text})")).collect();
        format!("{} {code}: {detail}{more}", self.status)
    }
}

/// The address without a last `/`.
pub(super) fn base(url: &str) -> Result<String, CliError> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("http://").unwrap_or("");
    if host.is_empty() || host.contains('/') {
        return Err(CliError::failed(format!(
            "the address is http://HOST:PORT (TLS is a proxy's business); found {url:?}"
        )));
    }
    Ok(url.into())
}
