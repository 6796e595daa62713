//! What people and programs say to the gateway.

use gateway::{
    cli::{liens_in, rights_in, script::Script},
    json::{LocalNames, read_frame},
    proof::{
        auction_log,
        certificate::Certificate,
        signing::{self, Key},
    },
};
use market_data::auction_log::{FIRST_HEAD, head_text, next_head, symbol};
use protocol::{Date, Digest, Symbol, Timestamp, event::LotEvent};
use sequencer::BookKind;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Lines of a script, as `apply` takes them: each is applied or refused, and both books say the same.
pub(crate) fn lines(bytes: &[u8]) {
    let mut fast = Script::new(BookKind::Fast).for_what_if();
    let mut plain = Script::new(BookKind::Plain).for_what_if();
    for line in bytes.split(|byte| *byte == b'\n').take(200) {
        let (one, other) = (fast.apply(line), plain.apply(line));
        assert_eq!(one.is_ok(), other.is_ok());
        assert_eq!(one.ok(), other.ok());
        // They are written for people.
        for event in fast.events() {
            serde_json::to_string(&event).expect("an event is plain data");
        }
    }
    assert_eq!(fast.core().state_hash(), plain.core().state_hash());
    fast.core().check_invariants().expect("the invariants hold");
}

/// A file of rights: it is one, or has bad lines.
pub(crate) fn csv(bytes: &[u8]) {
    let _ = rights_in(bytes, Date(20_514));
}

/// The two files of an extract of security interests, with a NUL between: a register, or faults.
pub(crate) fn liens(bytes: &[u8]) {
    let mut files = bytes.splitn(2, |byte| *byte == 0);
    let (interests, properties) = (files.next().unwrap_or_default(), files.next().unwrap_or_default());
    if let Err(faults) = liens_in(interests, properties) {
        assert!(faults > 0, "who reads nothing is told why");
    }
}

/// The key that signs what a target makes.
fn key() -> &'static Key {
    static KEY: LazyLock<Key> = LazyLock::new(|| {
        let secret = "07".repeat(32);
        let text = format!("key_id = 0\nalgorithm = \"ed25519\"\nlabel = \"fuzz\"\nsecret = \"{secret}\"\n");
        Key::parse(&text).expect("a key file")
    });
    &KEY
}

/// A step of a lot, as a seed tells it.
#[derive(Deserialize)]
struct Told {
    at: Timestamp,
    event: LotEvent,
}

/// A step as the feed writes it.
#[derive(Serialize)]
struct Delta {
    r#type: &'static str,
    channel: &'static str,
    symbol: Symbol,
    seq: u64,
    matched_at: Timestamp,
    event: LotEvent,
    head: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// The log of a lot that went so, chained and signed as a venue does: whatever it tells.
fn signed_log(steps: &[u8]) -> String {
    let public = signing::hex(&key().secret.public_key().expect("an Ed25519 key"));
    let (mut log, mut head, mut state, mut last) = (String::new(), FIRST_HEAD, None, None);
    let told = steps.split(|byte| *byte == b'\n');
    let told = told.filter_map(|line| serde_json::from_slice::<Told>(line).ok());
    for (seq, Told { at, event }) in (1..).zip(told.take(100)) {
        let lot = event.lot();
        let payload = serde_json::to_string(&event).expect("a step is plain data");
        head = next_head(head, seq, at, payload.as_bytes());
        let turns = matches!(&event, LotEvent::Lot(lot) if Some(lot.state) != state);
        if let LotEvent::Lot(lot) = &event {
            state = Some(lot.state);
        }
        let signature = turns.then(|| key().secret.sign(&head_text(lot, seq, head)));
        let delta = Delta {
            r#type: "delta",
            channel: "auction",
            symbol: symbol(lot),
            seq,
            matched_at: at,
            event,
            head,
            public_key: turns.then(|| public.clone()),
            signature,
        };
        log += &serde_json::to_string(&delta).expect("a step is plain data");
        log.push('\n');
        last = Some((lot, seq));
    }
    if let Some((lot, seq)) = last {
        let (id, head_hex) = (lot.0, serde_json::to_string(&head).expect("a digest"));
        let signature = key().secret.sign(&head_text(lot, seq, head));
        log += &format!(
            r#"{{"lot_id":{id},"seq":{seq},"head":{head_hex},"public_key":"{public}","signature":"{signature}"}}"#
        );
    }
    log
}

/// A lot's log proves itself, or says what is wrong; also where the venue itself signed what cannot be.
pub(crate) fn auction_log(bytes: &[u8]) {
    let _ = auction_log::verify(bytes, &[]);
    let _ = auction_log::verify(signed_log(bytes).as_bytes(), &[]);
}

/// A certificate proves itself, or says what is wrong; what was signed holds, read back from its text.
pub(crate) fn certificate(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(certificate) = Certificate::parse(text) {
        let _ = certificate.verify(None);
        let signed = Certificate::sign_as("fuzz", &certificate.statement, key());
        let written = serde_json::to_string(&signed).expect("a certificate is plain data");
        let read = Certificate::parse(&written).expect("what was written is read");
        read.verify_as("fuzz", None).expect("what was signed holds");
    }
}

/// A message of a WebSocket: a command, a question of the socket's own, or refused.
pub(crate) fn operations(bytes: &[u8]) {
    let Ok(frame) = read_frame(bytes) else { return };
    match frame.command() {
        Some(op) => drop(frame.into_body(op, &LocalNames::default())),
        None => drop(frame.into_dto::<serde_json::Value>()),
    }
}
