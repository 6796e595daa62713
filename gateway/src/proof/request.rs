//! What the signature of a request covers: one canonical text, and the headers that carry it.
//!
//! The text is eight lines joined by `\n`, without a last one: the words [`FORM`], the venue's id, the timestamp in Unix
//! milliseconds, the nonce (empty where there is none), the method in capitals, the path, the query as sent without its
//! `?` (empty where there is none), and the SHA-256 of the body in lower-case hex (of nothing, where there is no body).
//! It travels in headers: [`KEY_HEADER`] the number of the key, [`TIMESTAMP_HEADER`] the timestamp, [`NONCE_HEADER`]
//! the nonce, [`SIGNATURE_HEADER`] the signature in hex.
//!
//! What always holds: a signature is good at one venue, so who holds one key for two of them never has an order for the
//! one taken by the other. Which key may do what, and how old a timestamp may be, is the server's business.

use super::signing::{Key, hex, now_ms, random};
use protocol::Timestamp;
use sha2::{Digest as _, Sha256};
use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// The first line of the text: which form it has.
pub const FORM: &str = "zhiheng request 2";
/// The header with the number of the key.
pub const KEY_HEADER: &str = "zhiheng-key";
/// The header with the timestamp, in Unix milliseconds.
pub const TIMESTAMP_HEADER: &str = "zhiheng-timestamp";
/// The header with the nonce: 1 to [`NONCE_MAX`] visible ASCII characters. It tells requests apart that are equal and
/// signed in one millisecond.
pub const NONCE_HEADER: &str = "zhiheng-nonce";
/// The header with the signature, in hex: 128 digits of Ed25519, 64 of HMAC-SHA256.
pub const SIGNATURE_HEADER: &str = "zhiheng-signature";
/// The longest nonce, in characters.
pub const NONCE_MAX: usize = 64;
/// The longest id of a venue, in characters.
pub const VENUE_ID_MAX: usize = 64;

/// The parts of a request that its signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// GET, POST, …
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The query as sent, without its `?`.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The parts of a request to this path, which may have a query.
    pub fn of(method: &'a str, path_and_query: &'a str, body: &'a [u8]) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method,
            path,
            query,
            body,
        }
    }

    /// The text that is signed: see the module's words.
    pub fn text(&self, venue_id: &str, timestamp_ms: u64, nonce: &str) -> String {
        format!("{FORM}\n{venue_id}\n{timestamp_ms}\n{nonce}\n{}", self.tail())
    }

    /// The text of the first form, which named no venue. Nothing signed so is taken; who signs so is told.
    pub fn outdated_text(&self, timestamp_ms: u64) -> String {
        format!("{timestamp_ms}\n{}", self.tail())
    }

    fn tail(&self) -> String {
        let (method, digest) = (self.method.to_ascii_uppercase(), hex(&Sha256::digest(self.body)));
        format!("{method}\n{}\n{}\n{digest}", self.path, self.query)
    }
}

/// The headers of a request that is signed now, for this venue, with a nonce of its own: name and value.
pub fn headers(
    venue_id: &str,
    key: &Key,
    method: &str,
    path_and_query: &str,
    body: &[u8],
) -> [(&'static str, String); 4] {
    let (timestamp_ms, nonce) = (now_ms(), fresh_nonce());
    let text = Parts::of(method, path_and_query, body).text(venue_id, timestamp_ms, &nonce);
    [
        (KEY_HEADER, key.id.0.to_string()),
        (TIMESTAMP_HEADER, timestamp_ms.to_string()),
        (NONCE_HEADER, nonce),
        (SIGNATURE_HEADER, key.secret.sign(&text)),
    ]
}

/// A nonce that this process has not given before, nor, but by a chance of 2⁻⁶⁴, any other.
fn fresh_nonce() -> String {
    static START: OnceLock<u64> = OnceLock::new();
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    // It need not be secret: without randomness the clock will do.
    let start = START.get_or_init(|| random().map_or_else(|_| now_ms(), u64::from_le_bytes));
    format!("{start:016x}-{:x}", GIVEN.fetch_add(1, Ordering::Relaxed))
}

/// Whether this may be a nonce.
pub fn is_nonce(text: &str) -> bool {
    (1..=NONCE_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether this may be the id of a venue.
pub fn is_venue_id(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    (1..=VENUE_ID_MAX).contains(&text.len()) && text.bytes().all(good)
}

/// The id of the venue whose journal began at this time, by the operator with this public key. Both stand in the
/// journal for good, so the id is the same for as long as the venue lives, and nobody need keep it.
pub fn venue_id(began: Timestamp, operator_key: &[u8; 32]) -> String {
    let text = format!("zhiheng venue 1\n{}\n{}", began.0, hex(operator_key));
    hex(&Sha256::digest(text)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::signing::Secret;
    use ed25519_dalek::SigningKey;
    use std::collections::HashSet;

    const VENUE: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn the_text_is_fixed() {
        // A client in another language builds exactly this; changing it would break every client.
        assert_eq!(
            Parts::of("get", "/v1/orders?min_seq=7&limit=2", b"").text(VENUE, 1_772_416_800_000, "n-1"),
            "zhiheng request 2\n0123456789abcdef0123456789abcdef\n1772416800000\nn-1\nGET\n/v1/orders\nmin_seq=7&limit=2\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert!(
            Parts::of("POST", "/", b"{}")
                .text(VENUE, 1, "")
                .ends_with("\n1\n\nPOST\n/\n\n44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        );
        assert_eq!(
            venue_id(Timestamp(1_772_416_800_000_000_000), &[7; 32]),
            "84a15a782c01a45db2bb4007f0a96532",
            "it lasts as long as the journal"
        );
    }

    #[test]
    fn every_part_is_covered_by_the_signature() {
        for secret in [
            Secret::Ed25519(Box::new(SigningKey::from_bytes(&[7; 32]))),
            Secret::HmacSha256(vec![9; 32]),
        ] {
            let verifier = secret.verifier();
            let parts = Parts::of("POST", "/v1/orders?a=1", b"{}");
            let text = parts.text(VENUE, 1, "n");
            let signature = secret.sign(&text);
            assert!(verifier.verify(&text, &signature));
            for other in [
                parts.text("another-venue", 1, "n"),
                parts.text(VENUE, 2, "n"),
                parts.text(VENUE, 1, ""),
                parts.text(VENUE, 1, "m"),
                Parts::of("PUT", "/v1/orders?a=1", b"{}").text(VENUE, 1, "n"),
                Parts::of("POST", "/v1/order?a=1", b"{}").text(VENUE, 1, "n"),
                Parts::of("POST", "/v1/orders?a=2", b"{}").text(VENUE, 1, "n"),
                Parts::of("POST", "/v1/orders?a=1", b"{ }").text(VENUE, 1, "n"),
                parts.outdated_text(1),
            ] {
                assert!(!verifier.verify(&other, &signature), "{other}");
            }
        }
    }

    #[test]
    fn no_part_passes_for_another() {
        // A line break in a nonce or an id would move the lines below it.
        for bad in ["", "a b", "a\nb", "é", &"x".repeat(65)] {
            assert!(!is_nonce(bad) && !is_venue_id(bad), "{bad:?}");
        }
        assert!(is_nonce("~!{}") && !is_venue_id("~!{}"));
        assert!(is_nonce(&"x".repeat(64)) && is_venue_id("Shenzhen-1.ip:test"));
    }

    #[test]
    fn a_nonce_is_given_once() {
        let given: HashSet<String> = (0..1_000).map(|_| fresh_nonce()).collect();
        assert_eq!(given.len(), 1_000);
        assert!(given.iter().all(|nonce| is_nonce(nonce)));
    }
}
