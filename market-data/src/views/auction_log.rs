//! The public log of each lot: every step that everyone may know of, numbered, chained, and signed by the venue.
//!
//! The chain (RULES.md 7.11): h_i = SHA-256(0x01 ‖ h_{i-1} ‖ u64be seq ‖ u64be ts_ns ‖ u32be len ‖ payload) with h_0 =
//! 32 zero bytes, where the payload is the text of the step exactly as its frame carries it, `seq` the frame's and
//! `ts_ns` its `matched_at`. A head is signed as [`head_text`]; frames with bids are not signed one by one, for there
//! may be ten thousand.
//!
//! Invariant: a log is kept whole and as text, so that what is sent is what was chained, to everyone and at any time;
//! its numbers and heads are a function of the events, and a restart gives the same. So `from_seq` reaches back to the
//! first step.

use crate::{
    stream::{Channel, Subject},
    views::frame::{Head, Why},
};
use data_encoding::HEXLOWER;
use protocol::{Digest, LotId, Symbol, Timestamp, auction::Lot, event::LotEvent};
use sha2::{Digest as _, Sha256};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// The head of a chain before its first step.
pub const FIRST_HEAD: Digest = Digest([0; 32]);

/// The head of a chain after one more step.
pub fn next_head(head: Digest, seq: u64, at: Timestamp, payload: &[u8]) -> Digest {
    let length = u32::try_from(payload.len()).expect("a step is short");
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(head.0);
    hash.update(seq.to_be_bytes());
    hash.update(at.0.to_be_bytes());
    hash.update(length.to_be_bytes());
    hash.update(payload);
    Digest(hash.finalize().into())
}

/// The text that the venue signs: that this is the head of the lot's chain after `seq` steps.
pub fn head_text(lot: LotId, seq: u64, head: Digest) -> String {
    format!(
        "zhiheng auction head 1\nlot {}\nseq {seq}\nhead {}\n",
        lot.0,
        HEXLOWER.encode(&head.0)
    )
}

/// The symbol of a lot's stream.
pub fn symbol(lot: LotId) -> Symbol {
    Symbol::new(&format!("LOT-{}", lot.0)).expect("it is of capitals, digits and a dash, and short")
}

/// What signs for the venue: its public key, and the way to a signature.
pub struct Signer {
    /// The venue's public key, in hex.
    pub public_key: String,
    /// Gives the signature of a text, in hex; of the same text always the same.
    pub sign: Box<dyn Fn(&str) -> String + Send + Sync>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.public_key).finish()
    }
}

/// The head of a lot's chain, with the venue's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// The lot whose chain it is.
    pub lot: LotId,
    /// How many steps the chain has by then.
    pub seq: u64,
    /// The head.
    pub head: Digest,
    /// The venue's public key, in hex.
    pub public_key: String,
    /// The signature of [`head_text`], in hex.
    pub signature: String,
}

impl SignedHead {
    /// The head as the last line of a log.
    pub fn line(&self) -> String {
        let Self {
            lot,
            seq,
            head,
            public_key,
            signature,
        } = self;
        format!(
            r#"{{"lot_id":{},"seq":{seq},"head":"{}","public_key":"{public_key}","signature":"{signature}"}}"#,
            lot.0,
            HEXLOWER.encode(&head.0)
        )
    }
}

/// A run of lines of a lot's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotPage {
    /// The lines, each with its line end.
    pub text: Vec<u8>,
    /// The number of the last line; where the page was asked to begin, if it has none.
    pub last: u64,
    /// The number of the lot's last step.
    pub end: u64,
}

/// A step of a lot.
#[derive(Debug)]
struct Step {
    at: Timestamp,
    payload: Box<str>,
    head: Digest,
    /// Whether it changed the lot's state: then its frame is signed.
    turns: bool,
}

#[derive(Debug)]
struct LotLog {
    /// As it stands now.
    lot: Lot,
    symbol: Symbol,
    symbol_crc: u32,
    steps: Vec<Step>,
}

/// The logs of all lots, in the order in which they were announced.
#[derive(Debug)]
pub(crate) struct LotLogs {
    logs: Vec<LotLog>,
    signer: Arc<OnceLock<Signer>>,
}

impl LotLogs {
    pub(crate) fn new(signer: Arc<OnceLock<Signer>>) -> Self {
        Self { logs: vec![], signer }
    }

    /// One above the last subject.
    pub(crate) fn end(&self) -> u32 {
        u32::try_from(self.logs.len()).expect("fewer lots than commands in 32 bits")
    }

    /// Lots are announced in the order of their numbers.
    fn place(&self, lot: LotId) -> Result<usize, usize> {
        self.logs.binary_search_by_key(&lot, |log| log.lot.lot)
    }

    fn get(&self, subject: Subject) -> Option<&LotLog> {
        self.logs.get(subject.0 as usize)
    }

    /// The lot of this symbol.
    pub(crate) fn find(&self, symbol: &Symbol) -> Option<Subject> {
        let number = symbol.as_str().strip_prefix("LOT-")?.parse().ok()?;
        let place = self.place(LotId(number)).ok()?;
        // `LOT-007` is no lot's symbol.
        (self.logs[place].symbol == *symbol).then_some(Subject(place as u32))
    }

    pub(crate) fn symbol(&self, subject: Subject) -> Option<(Symbol, u32)> {
        self.get(subject).map(|log| (log.symbol, log.symbol_crc))
    }

    /// The number of the last frame.
    pub(crate) fn seq(&self, subject: Subject) -> Option<u64> {
        self.get(subject).map(|log| log.steps.len() as u64)
    }

    /// Takes in a step; whose it is, and its number.
    pub(crate) fn tell(&mut self, event: LotEvent, at: Timestamp) -> (Subject, u64) {
        let payload = serde_json::to_string(&event).expect("a step is plain data");
        let place = match (self.place(event.lot()), &event) {
            (Ok(place), _) => place,
            (Err(place), LotEvent::Lot(lot)) => {
                assert_eq!(
                    place,
                    self.logs.len(),
                    "lots are announced in the order of their numbers"
                );
                let symbol = symbol(lot.lot);
                self.logs.push(LotLog {
                    lot: lot.clone(),
                    symbol_crc: crc32fast::hash(symbol.as_str().as_bytes()),
                    symbol,
                    steps: vec![],
                });
                place
            }
            (Err(_), _) => panic!("{event:?} is of no lot that was announced"),
        };
        let log = &mut self.logs[place];
        let turns = log.turns(&event);
        match event {
            LotEvent::Lot(lot) => log.lot = lot,
            LotEvent::Bid(bid) => bid.change(&mut log.lot),
            LotEvent::Committed(_) | LotEvent::Opened(_) => {}
        }
        let (seq, before) = (log.steps.len() as u64 + 1, log.steps.last());
        let before = before.map_or(FIRST_HEAD, |step| step.head);
        log.steps.push(Step {
            at,
            head: next_head(before, seq, at, payload.as_bytes()),
            payload: payload.into(),
            turns,
        });
        (Subject(place as u32), seq)
    }

    /// Appends the frame of this number; `false` if there is none.
    pub(crate) fn encode(&self, subject: Subject, seq: u64, sent_at: Option<Timestamp>, out: &mut Vec<u8>) -> bool {
        let Some((log, step)) = self.get(subject).and_then(|log| Some((log, log.step(seq)?))) else {
            return false;
        };
        let mut members = format!(r#""event":{},"head":"{}""#, step.payload, HEXLOWER.encode(&step.head.0));
        if step.turns {
            self.sign(log, seq, step.head, &mut members);
        }
        log.head(seq, step.at, sent_at).delta(members.as_bytes(), out);
        true
    }

    /// Appends the lot as it stands now, with the signed head of its chain.
    pub(crate) fn snapshot(&self, subject: Subject, why: Why, sent_at: Timestamp, out: &mut Vec<u8>) {
        let log = self.get(subject).expect("a subscription names a lot that is there");
        let (seq, last) = (log.steps.len() as u64, log.steps.last().expect("it was announced"));
        let lot = serde_json::to_string(&log.lot).expect("a lot is plain data");
        let mut members = format!(r#""lot":{lot},"head":"{}""#, HEXLOWER.encode(&last.head.0));
        self.sign(log, seq, last.head, &mut members);
        let head = log.head(seq, last.at, Some(sent_at));
        head.snapshot(why, members.as_bytes(), out);
    }

    fn sign(&self, log: &LotLog, seq: u64, head: Digest, members: &mut String) {
        if let Some(signer) = self.signer.get() {
            let signature = (signer.sign)(&head_text(log.lot.lot, seq, head));
            members.push_str(&format!(
                r#","public_key":"{}","signature":"{signature}""#,
                signer.public_key
            ));
        }
    }

    pub(crate) fn page(&self, lot: LotId, behind: u64, limit: usize) -> Option<LotPage> {
        let place = self.place(lot).ok()?;
        let end = self.logs[place].steps.len() as u64;
        let last = behind.saturating_add(limit as u64).min(end).max(behind);
        let mut text = vec![];
        for seq in behind + 1..=last {
            self.encode(Subject(place as u32), seq, None, &mut text);
            text.push(b'\n');
        }
        Some(LotPage { text, last, end })
    }

    pub(crate) fn signed_head(&self, lot: LotId, seq: u64) -> Option<SignedHead> {
        let head = self.logs[self.place(lot).ok()?].step(seq)?.head;
        let signer = self.signer.get()?;
        Some(SignedHead {
            lot,
            seq,
            head,
            public_key: signer.public_key.clone(),
            signature: (signer.sign)(&head_text(lot, seq, head)),
        })
    }
}

impl LotLog {
    fn step(&self, seq: u64) -> Option<&Step> {
        self.steps.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// Whether this changes the state of the lot.
    fn turns(&self, event: &LotEvent) -> bool {
        matches!(event, LotEvent::Lot(lot) if self.steps.is_empty() || lot.state != self.lot.state)
    }

    fn head(&self, seq: u64, matched_at: Timestamp, sent_at: Option<Timestamp>) -> Head {
        Head::new(Channel::Auction, self.symbol, seq, matched_at, sent_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_the_rule_book() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
        let steps = [
            r#"{"t":"OPEN","a":1,"start":350000000}"#,
            r#"{"t":"BID","a":1,"b":"N1234","px":350000000}"#,
        ];
        let mut head = FIRST_HEAD;
        for (place, payload) in steps.iter().enumerate() {
            let (seq, at) = (place as u64 + 1, Timestamp(1_772_416_800_000_000_000 + place as u64));
            head = next_head(head, seq, at, payload.as_bytes());
            assert_eq!(vectors["hash_chain"][place], HEXLOWER.encode(&head.0));
        }
    }
}
