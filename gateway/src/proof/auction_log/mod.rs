//! The proof of a lot's public log, without asking the venue: the numbers, the chain, the signed heads; and every bid,
//! end and winner derived anew. It shares nothing with the engine but the units and the types of the protocol, so that
//! neither covers the other's faults.
//!
//! A log is what `GET /v1/auctions/{id}/log` gives, or the frames that a watcher of `auction` wrote down, of one lot or
//! several: answers, frames of other channels, and frames that came twice the same are passed over. What always holds:
//! a line is taken only if it is, byte for byte, what the venue would have written; so no byte of a log can change
//! unnoticed. Only when a frame was sent to this watcher, `sent_at`, is no part of the chain: nothing is derived from
//! it.

mod check;
mod hidden;
mod open;
pub mod receipts;
mod rules;

pub(crate) use open::rungs_around;
pub use rules::{Moved, Why};

use super::signing::{self, Verifier};
use market_data::auction_log::{FIRST_HEAD, head_text, next_head, symbol};
use protocol::{Digest, LotId, Timestamp, auction::Lot, event::LotEvent};
use rules::Rules;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;

/// A fault of a log: where it is wrong, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {what}", .seq.map_or_else(String::new, |seq| format!(", seq {seq}")))]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The number of the frame, where it has one.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// A step of a log that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The moment it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: LotEvent,
    head: Digest,
    /// The line without the time at which it was sent.
    text: String,
}

/// A lot as its log proves it.
#[derive(Clone, Debug)]
pub struct Proved {
    /// The lot as it stands at the end of the log.
    pub lot: Lot,
    /// Every step.
    pub steps: Vec<Step>,
    /// Every change of its end.
    pub moved: Vec<Moved>,
    /// The points that the log alone cannot settle.
    pub notes: Vec<String>,
    /// The head of the chain.
    pub head: Digest,
    /// The keys that are trusted, in hex: those that were given, or the one that signed all of it.
    pub public_keys: Vec<String>,
}

/// A frame with a step.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delta {
    r#type: String,
    channel: String,
    symbol: String,
    seq: u64,
    matched_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    event: LotEvent,
    head: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// A frame with the whole lot.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    r#type: String,
    channel: String,
    symbol: String,
    seq: u64,
    matched_at: Timestamp,
    sent_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gap_too_old: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_seq_ahead: Option<bool>,
    lot: Lot,
    head: Digest,
    public_key: String,
    signature: String,
}

/// The last line of a log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    lot_id: LotId,
    seq: u64,
    head: Digest,
    public_key: String,
    signature: String,
}

/// What the venue signed: that the chain has this head after so many steps.
struct Claim {
    line: usize,
    seq: u64,
    head: Digest,
    /// And that the lot stands so, since then.
    lot: Option<(Lot, Timestamp)>,
}

/// What was read of a lot.
#[derive(Default)]
struct Reading {
    steps: Vec<Step>,
    /// The line of the last step.
    line: usize,
    rules: Option<Rules>,
    /// How many steps a signed head covers.
    covered: u64,
    /// Signed heads that lie ahead of the last step.
    ahead: Vec<Claim>,
}

/// Proves a log; with the `trusted` keys (hex) where any are given, else that one key signed all of it. A venue whose key
/// was replaced has several, and heads that a watcher kept are of the key of their time.
///
/// # Errors
/// The first place that does not hold.
pub fn verify(log: &[u8], trusted: &[&str]) -> Result<Vec<Proved>, Fault> {
    let mut keys: Vec<String> = trusted.iter().map(|key| key.to_lowercase()).collect();
    let mut lots: BTreeMap<LotId, Reading> = BTreeMap::new();
    let mut last = 0;
    for (place, line) in log.split(|byte| *byte == b'\n').enumerate() {
        let (line, number) = (line, place + 1);
        if line.is_empty() {
            continue;
        }
        last = number;
        let at = |seq: Option<u64>| {
            move |what: String| Fault {
                line: number,
                seq,
                what,
            }
        };
        let text = std::str::from_utf8(line).map_err(|error| at(None)(error.to_string()))?;
        let value: Value = serde_json::from_str(text).map_err(|error| at(None)(format!("no JSON: {error}")))?;
        let seq = value["seq"].as_u64();
        match kind(&value).map_err(at(seq))? {
            Kind::Other => {}
            Kind::Delta => {
                let delta: Delta = exact(text).map_err(at(seq))?;
                let lot = delta.event.lot();
                if delta.symbol != symbol(lot).as_str() || delta.r#type != "delta" {
                    return Err(at(seq)(format!("a frame of {} tells of lot {}", delta.symbol, lot.0)));
                }
                lots.entry(lot)
                    .or_default()
                    .take(number, delta, &mut keys)
                    .map_err(at(seq))?;
            }
            Kind::Snapshot => {
                let Snapshot {
                    symbol: named,
                    seq: of,
                    matched_at,
                    lot,
                    head,
                    public_key,
                    signature,
                    ..
                } = exact(text).map_err(at(seq))?;
                if named != symbol(lot.lot).as_str() {
                    return Err(at(seq)(format!("a frame of {named} tells of lot {}", lot.lot.0)));
                }
                check_signed(lot.lot, of, head, (&public_key, &signature), &mut keys).map_err(at(seq))?;
                let id = lot.lot;
                let lot = Some((lot, matched_at));
                let claim = Claim {
                    line: number,
                    seq: of,
                    head,
                    lot,
                };
                lots.entry(id).or_default().claim(claim).map_err(at(seq))?;
            }
            Kind::Head => {
                let Head {
                    lot_id,
                    seq: of,
                    head,
                    public_key,
                    signature,
                } = exact(text).map_err(at(seq))?;
                check_signed(lot_id, of, head, (&public_key, &signature), &mut keys).map_err(at(seq))?;
                let claim = Claim {
                    line: number,
                    seq: of,
                    head,
                    lot: None,
                };
                lots.entry(lot_id).or_default().claim(claim).map_err(at(seq))?;
            }
        }
    }
    if lots.is_empty() {
        return Err(Fault {
            line: last.max(1),
            seq: None,
            what: "there is no lot in it".into(),
        });
    }
    lots.into_values().map(|reading| reading.end(&keys)).collect()
}

enum Kind {
    Delta,
    Snapshot,
    Head,
    /// An answer, or a frame of another channel.
    Other,
}

fn kind(value: &Value) -> Result<Kind, String> {
    let has = |name: &str| !value[name].is_null();
    Ok(match (value["channel"].as_str(), value["type"].as_str()) {
        (Some("auction"), Some("snapshot")) => Kind::Snapshot,
        (Some("auction"), Some(_)) => Kind::Delta,
        (Some("book.l2" | "trades" | "executions"), Some(_)) => Kind::Other,
        _ if has("lot_id") && has("signature") => Kind::Head,
        _ if has("op") || has("rate_limit") => Kind::Other,
        _ => return Err("neither a frame nor an answer of the venue".into()),
    })
}

/// A line, if it is what the venue would have written, byte for byte.
fn exact<T: Serialize + DeserializeOwned>(text: &str) -> Result<T, String> {
    let line: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let written = serde_json::to_string(&line).map_err(|error| error.to_string())?;
    if written == text {
        return Ok(line);
    }
    let same = written.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    Err(format!("byte {} is not as the venue writes it", same + 1))
}

/// Whether the venue signed this head, with a key that is trusted; where none is by now, this one is.
fn check_signed(
    lot: LotId,
    seq: u64,
    head: Digest,
    (public_key, signature): (&str, &str),
    keys: &mut Vec<String>,
) -> Result<(), String> {
    if keys.is_empty() {
        keys.push(public_key.to_owned());
    }
    if !keys.iter().any(|known| known == public_key) {
        return Err(format!(
            "signed with the key {public_key}, not with {}",
            keys.join(" or ")
        ));
    }
    let public = signing::unhex_array(public_key).ok_or("public_key is not 64 hex digits")?;
    let plain = signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if plain && Verifier::Ed25519(public).verify(&head_text(lot, seq, head), signature) {
        Ok(())
    } else {
        Err("the signature of the head does not hold".into())
    }
}

impl Reading {
    /// Takes in a step: the next one, or one that came before.
    fn take(&mut self, line: usize, mut delta: Delta, keys: &mut Vec<String>) -> Result<(), String> {
        delta.sent_at = None;
        let text = serde_json::to_string(&delta).map_err(|error| error.to_string())?;
        let due = self.steps.len() as u64 + 1;
        if (1..due).contains(&delta.seq) {
            let known = &self.steps[delta.seq as usize - 1].text;
            return if *known == text {
                Ok(())
            } else {
                Err("it came before, and said otherwise".into())
            };
        }
        if delta.seq != due {
            return Err(format!("seq {} came where {due} was due", delta.seq));
        }
        let payload = serde_json::to_string(&delta.event).map_err(|error| error.to_string())?;
        let before = self.steps.last().map_or(FIRST_HEAD, |step| step.head);
        if next_head(before, due, delta.matched_at, payload.as_bytes()) != delta.head {
            return Err("the head does not follow from the step and the head before".into());
        }
        let state = self.rules.as_ref().map(|rules| rules.lot().state);
        let turns = matches!(&delta.event, LotEvent::Lot(lot) if Some(lot.state) != state);
        match (&delta.public_key, &delta.signature) {
            (Some(public), Some(signature)) if turns => {
                check_signed(delta.event.lot(), due, delta.head, (public, signature), keys)?;
                self.covered = due;
            }
            (None, None) if !turns => {}
            _ => return Err("a step is signed where it changes the state of the lot, and only there".into()),
        }
        match &mut self.rules {
            Some(rules) => rules.step(due, delta.matched_at, &delta.event)?,
            None => self.rules = Some(Rules::begin(delta.matched_at, &delta.event)?),
        }
        self.line = line;
        self.steps.push(Step {
            at: delta.matched_at,
            event: delta.event,
            head: delta.head,
            text,
        });
        let (met, ahead) = std::mem::take(&mut self.ahead)
            .into_iter()
            .partition(|claim| claim.seq == due);
        self.ahead = ahead;
        let met: Vec<Claim> = met;
        met.into_iter().try_for_each(|claim| {
            let from = claim.line;
            self.claim(claim).map_err(|what| format!("{what} (line {from})"))
        })
    }

    /// Takes in a signed head: of a step that is there, or of one to come.
    fn claim(&mut self, claim: Claim) -> Result<(), String> {
        let Some(step) = usize::try_from(claim.seq)
            .ok()
            .and_then(|seq| self.steps.get(seq.checked_sub(1)?))
        else {
            self.ahead.push(claim);
            return Ok(());
        };
        if step.head != claim.head {
            return Err(format!(
                "forked: the venue signed another head after step {}",
                claim.seq
            ));
        }
        if let Some((lot, at)) = &claim.lot
            && (*at != step.at || self.standing(claim.seq as usize).as_ref() != Some(lot))
        {
            return Err("the snapshot is not what the steps come to".into());
        }
        self.covered = self.covered.max(claim.seq);
        Ok(())
    }

    /// The lot after so many steps.
    fn standing(&self, steps: usize) -> Option<Lot> {
        let is_lot = |step: &Step| matches!(step.event, LotEvent::Lot(_));
        let from = self.steps[..steps].iter().rposition(is_lot)?;
        let LotEvent::Lot(mut lot) = self.steps[from].event.clone() else {
            return None;
        };
        for step in &self.steps[from..steps] {
            if let LotEvent::Bid(bid) = step.event {
                bid.change(&mut lot);
            }
        }
        Some(lot)
    }

    /// Whether all of it is there.
    fn end(self, keys: &[String]) -> Result<Proved, Fault> {
        let seq = self.steps.len() as u64;
        if let Some(claim) = self.ahead.first() {
            let what = format!(
                "truncated: the venue signed a head after step {}, and step {} is not there",
                claim.seq,
                seq + 1
            );
            return Err(Fault {
                line: claim.line,
                seq: Some(seq + 1),
                what,
            });
        }
        if self.covered < seq {
            let what = format!("truncated: no signed head covers the steps behind {}", self.covered);
            return Err(Fault {
                line: self.line,
                seq: Some(seq),
                what,
            });
        }
        let rules = self.rules.expect("a step was taken");
        let (lot, moved, notes) = rules.end();
        Ok(Proved {
            lot,
            moved,
            notes,
            head: self.steps.last().map_or(FIRST_HEAD, |step| step.head),
            steps: self.steps,
            public_keys: keys.to_vec(),
        })
    }
}
