//! A small HTTP client that signs.

use super::{
    args::{Exchange, Remote},
    error::CliError,
    tls,
};
use crate::proof::{
    pin,
    request::{self, is_venue_id},
    signing::Key,
};
use serde_json::Value;
use std::{thread, time::Duration};

/// How often a request is sent again that the exchange put off (429, 503).
const ATTEMPTS: u32 = 30;
/// The largest answer that is read.
const ANSWER_MAX: u64 = 8 << 20;

/// A connection to an exchange, and who signs; without, what is public can be read.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    signer: Option<Signer>,
}

/// A key, and the venue that it signs for.
struct Signer {
    key: Key,
    venue_id: String,
}

/// What the exchange answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Client {
    pub(super) fn new(remote: &Remote) -> Result<Self, CliError> {
        let key = Key::load(&remote.key_file)?;
        let public = Self::public(&remote.exchange)?;
        let venue_id = public.named(remote)?;
        Ok(Self {
            signer: Some(Signer { key, venue_id }),
            ..public
        })
    }

    /// Reads what is public.
    pub(super) fn public(exchange: &Exchange) -> Result<Self, CliError> {
        let base = base(&exchange.url)?;
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(tls::config(exchange)?)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Ok(Self {
            agent: config.into(),
            base,
            signer: None,
        })
    }

    /// The id of the venue that is signed for: the one that was said, else the one that the key file is bound to, as it is
    /// at its first use. Where the venue there is another, nothing is signed for either.
    fn named(&self, remote: &Remote) -> Result<String, CliError> {
        let told = self.told()?;
        let (base, file) = (&self.base, &remote.key_file);
        if let Some(said) = &remote.venue {
            if *said != told {
                return Err(CliError::failed(format!(
                    "the venue at {base} is {told}, not {said} (--venue)"
                )));
            }
            return Ok(told);
        }
        let bound = match pin::read(file)? {
            Some(bound) => bound,
            None => {
                let bound = pin::first(file, &told)?;
                eprintln!(
                    "{} signs for the venue {bound} from here on, and for no other",
                    file.display()
                );
                bound
            }
        };
        if bound != told {
            return Err(CliError::failed(format!(
                "the venue at {base} is {told}, and {file} signs for {bound} alone ({pin}): nothing was signed. If {told} is meant: \
                 --venue {told} for this once, `zhiheng pin --url {base} --key-file {file}` for good",
                file = file.display(),
                pin = pin::path(file).display()
            )));
        }
        Ok(told)
    }

    /// The id that the venue there tells.
    pub(super) fn told(&self) -> Result<String, CliError> {
        let reply = self.get("/v1/venue")?;
        let told = reply.body["venue_id"].as_str().filter(|id| is_venue_id(id));
        let Some(told) = told.filter(|_| reply.is_success()) else {
            return Err(CliError::failed(format!("{}/v1/venue: {}", self.base, reply.problem())));
        };
        Ok(told.to_owned())
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
        let signed = |signer: &Signer| request::headers(&signer.venue_id, &signer.key, method, path, body).into();
        self.signer.as_ref().map_or_else(Vec::new, signed)
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

/// The id of the venue that is signed for: as it was said, without asking; else as the key file is bound and the venue
/// tells it.
pub(super) fn venue_id(remote: &Remote) -> Result<String, CliError> {
    match &remote.venue {
        Some(said) if is_venue_id(said) => Ok(said.clone()),
        Some(said) => Err(CliError::failed(format!("{said:?} is no id of a venue (--venue)"))),
        None => Client::public(&remote.exchange)?.named(remote),
    }
}

/// The address without a last `/`.
pub(super) fn base(url: &str) -> Result<String, CliError> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
        return Err(CliError::failed(format!(
            "the address is http://HOST:PORT or https://HOST:PORT; found {url:?}"
        )));
    }
    Ok(url.into())
}
