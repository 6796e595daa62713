//! How an answer to a read goes out: compressed where its reader takes that, and not at all where the reader has it.
//!
//! What always holds: a tag is of what an answer says and never of how it is written, so it is a weak one (RFC 9110, 8.8.1)
//! and the same for the plain and the compressed form; what takes long is never done on a thread that takes orders; no
//! cache between the venue and its client gives one caller's answer to another.
//!
//! An attacker who reads the length of compressed answers learns of a secret where it stands beside words of the attacker's
//! own, time and again (BREACH). Nobody can bring that about here: a request is signed by its client, or carries a cookie that no other site's page
//! makes a browser send (`SameSite=Strict`), and no answer to a read repeats what its address says beside a secret.

use crate::server::core::{call::Call, caller::Caller};
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use sha2::{Digest as _, Sha256};
use std::{
    io::Write as _,
    mem,
    sync::{Arc, OnceLock},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::spawn_blocking,
};

/// From how many bytes on an answer has a tag, and is compressed: below, the head of a packet is most of it.
const LARGE: usize = 1 << 10;
/// From how many bytes on it is tagged and compressed on a thread of its own.
const LONG: usize = 32 << 10;
/// How many answers of that size are compressed at once: the others' processors stay theirs.
static COMPRESSING: Semaphore = Semaphore::const_new(2);

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
/// What an answer hangs on beside its address.
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, Zhiheng-Key, Cookie");
/// A cache may keep it, and asks each time whether it still is so.
const ASK: HeaderValue = HeaderValue::from_static("no-cache");
/// Who signed may keep it alone.
const OWN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// A document that never changes while the program runs: tagged and compressed once, and kept.
#[derive(Debug)]
pub(crate) struct Kept {
    plain: Bytes,
    tag: HeaderValue,
    gzip: OnceLock<Bytes>,
}

impl Kept {
    pub(crate) fn new(plain: impl Into<Bytes>) -> Self {
        let plain = plain.into();
        Self {
            tag: tag(&plain),
            gzip: OnceLock::new(),
            plain,
        }
    }

    /// The document, as an answer of this type.
    pub(crate) fn answer(self: &Arc<Self>, media_type: &'static str) -> Response {
        let mut answer = ([(header::CONTENT_TYPE, media_type)], self.plain.clone()).into_response();
        answer.extensions_mut().insert(self.clone());
        answer
    }

    fn gzip(&self) -> Bytes {
        self.gzip
            .get_or_init(|| compressed(&self.plain, Compression::best()))
            .clone()
    }
}

/// Brings the answer to a read into the form in which it goes out.
pub(crate) async fn send(mut request: Request, next: Next) -> Response {
    let is_head = *request.method() == Method::HEAD;
    if !is_head && *request.method() != Method::GET {
        return next.run(request).await;
    }
    let asked = Asked::of(request.headers());
    let call = request.extensions().get();
    let signed = call.is_some_and(|call: &Call| !matches!(call.caller, Caller::Anonymous));
    // The head of an answer is that of the whole one, its tag and length with it.
    *request.method_mut() = Method::GET;
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(header::VARY, VARY);
    parts
        .headers
        .insert(header::CACHE_CONTROL, if signed { OWN } else { ASK });
    let kept = parts.extensions.remove::<Arc<Kept>>();
    if body.size_hint().exact().is_none() {
        // Nobody knows yet what it will say: it has no tag.
        if asked.gzip {
            parts.headers.insert(header::CONTENT_ENCODING, GZIP);
            return Response::from_parts(parts, compressing(body));
        }
        return Response::from_parts(parts, body);
    }
    let Ok(whole) = body.collect().await else {
        return Response::from_parts(parts, Body::empty());
    };
    let formed = asked.form(kept, whole.to_bytes()).await;
    if let Some(tag) = formed.tag {
        parts.headers.insert(header::ETAG, tag);
    }
    if formed.unchanged {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    if formed.gzip {
        parts.headers.insert(header::CONTENT_ENCODING, GZIP);
    }
    parts.headers.insert(header::CONTENT_LENGTH, formed.body.len().into());
    let body = if is_head { Body::empty() } else { formed.body.into() };
    Response::from_parts(parts, body)
}

/// What the reader says of the form of its answer.
struct Asked {
    gzip: bool,
    /// The tags of what it has.
    has: Vec<String>,
}

/// An answer in the form in which it goes out.
struct Formed {
    body: Bytes,
    tag: Option<HeaderValue>,
    gzip: bool,
    unchanged: bool,
}

impl Asked {
    fn of(headers: &HeaderMap) -> Self {
        let listed = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        Self {
            gzip: takes_gzip(listed(header::ACCEPT_ENCODING)),
            has: listed(header::IF_NONE_MATCH)
                .flat_map(|list| list.split(','))
                .map(|tag| tag.trim().to_owned())
                .collect(),
        }
    }

    /// Whether the reader has what this tag is of. Weak or not makes no difference to a read (RFC 9110, 13.1.2).
    fn has(&self, tag: &HeaderValue) -> bool {
        let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        let tag = tag.to_str().map(opaque).unwrap_or_default();
        self.has.iter().any(|has| has == "*" || opaque(has) == tag)
    }

    async fn form(self, kept: Option<Arc<Kept>>, body: Bytes) -> Formed {
        let is_known = kept
            .as_ref()
            .is_some_and(|kept| !self.gzip || kept.gzip.get().is_some());
        if body.len() < LONG || is_known {
            return self.form_here(kept.as_deref(), body);
        }
        let permit: Option<SemaphorePermit<'_>> = COMPRESSING.acquire().await.ok();
        let formed = spawn_blocking(move || self.form_here(kept.as_deref(), body)).await;
        drop(permit);
        formed.expect("it does not panic, and nobody aborts it")
    }

    fn form_here(&self, kept: Option<&Kept>, body: Bytes) -> Formed {
        let tag = match kept {
            Some(kept) => Some(kept.tag.clone()),
            None => (body.len() >= LARGE).then(|| tag(&body)),
        };
        let unchanged = tag.as_ref().is_some_and(|tag| self.has(tag));
        let gzip = self.gzip && !unchanged && body.len() >= LARGE;
        let body = match kept {
            _ if !gzip => body,
            Some(kept) => kept.gzip(),
            None => compressed(&body, Compression::fast()),
        };
        Formed {
            body,
            tag,
            gzip,
            unchanged,
        }
    }
}

/// Whether gzip is among what these lists of `Accept-Encoding` take, and none that they like less than the plain form
/// (RFC 9110, 12.5.3).
fn takes_gzip<'l>(lists: impl Iterator<Item = &'l str>) -> bool {
    let (mut gzip, mut any, mut plain) = (None, None, None);
    for taken in lists.flat_map(|list| list.split(',')) {
        let (name, weight) = match taken.split_once(';') {
            Some((name, weight)) => (name, weigh(weight)),
            None => (taken, 1_000),
        };
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => &mut gzip,
            "*" => &mut any,
            "identity" => &mut plain,
            _ => continue,
        };
        *slot = Some(weight);
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && gzip >= plain.unwrap_or(0)
}

/// A weight in thousandths; what is none weighs nothing.
fn weigh(text: &str) -> u32 {
    let number = text
        .trim()
        .strip_prefix("q=")
        .or_else(|| text.trim().strip_prefix("Q="));
    let Some((whole, part)) = number.map(|number| number.split_once('.').unwrap_or((number, ""))) else {
        return 0;
    };
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" => 1_000,
        "0" => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// The tag of what a body says.
fn tag(body: &[u8]) -> HeaderValue {
    let digest = HEXLOWER.encode(&Sha256::digest(body)[..16]);
    HeaderValue::from_str(&format!("W/\"{digest}\"")).expect("hex in quotes")
}

fn compressed(body: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), level);
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.expect("memory takes what is written").into()
}

/// A body that is compressed as it comes, a part at a time.
fn compressing(body: Body) -> Body {
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let parts = stream::unfold(Some((body.into_data_stream(), encoder)), async |state| {
        let (mut parts, mut encoder) = state?;
        loop {
            let part = match parts.next().await {
                Some(Ok(part)) => part,
                Some(Err(error)) => return Some((Err(error), None)),
                None => {
                    let last = encoder.finish().expect("memory takes what is written");
                    return Some((Ok(Bytes::from(last)), None));
                }
            };
            encoder.write_all(&part).expect("memory takes what is written");
            let ready = mem::take(encoder.get_mut());
            if !ready.is_empty() {
                return Some((Ok(Bytes::from(ready)), Some((parts, encoder))));
            }
        }
    });
    Body::from_stream(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_takes_is_weighed() {
        for (lists, takes) in [
            (&["gzip"][..], true),
            (&["br, gzip;q=0.2"], true),
            (&["br", "X-GZIP"], true),
            (&["*"], true),
            (&["identity;q=0.5, *;q=0.5"], true),
            (&["identity, gzip"], true),
            (&[], false),
            (&[""], false),
            (&["br"], false),
            (&["gzip;q=0"], false),
            (&["gzip;q=0.000, *"], false),
            (&["identity;q=1, gzip;q=0.9"], false),
            (&["gzip;q=2"], false),
            (&["gzip;q=0.1234"], false),
            (&["gzip;q="], false),
        ] {
            assert_eq!(takes_gzip(lists.iter().copied()), takes, "{lists:?}");
        }
    }

    #[test]
    fn a_tag_is_had_weak_or_not_and_among_others() {
        let tag = HeaderValue::from_static("W/\"0a\"");
        for (has, had) in [
            ("W/\"0a\"", true),
            ("\"0a\"", true),
            ("\"1\", W/\"0a\"", true),
            ("*", true),
            ("\"0a", false),
            ("\"0b\"", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, has.parse().unwrap())]);
            assert_eq!(Asked::of(&headers).has(&tag), had, "{has}");
        }
    }
}
