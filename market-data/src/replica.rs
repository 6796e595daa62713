//! The other end of a feed: a client's copy, fed with frames as text, that proves itself. It parses with `serde_json`
//! and shares no code with the encoder: `zhiheng tail --verify` and the tests judge the feed by it.
//!
//! It checks that each frame is the next of its stream (where changes are merged: that it follows from what is here),
//! that the parts of a frame fit its kind, for books that the CRC32 of the copy's top ten levels is the frame's, and for
//! `auction` that its head follows from the one before.
//! After any error the stream is to be subscribed anew.

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The head before the first step of a lot.
const NO_HEAD: [u8; 32] = [0; 32];
/// How many levels a side the checksum covers, as the documentation of the feed says.
const CHECKSUM_LEVELS: usize = 10;

/// Why a frame does not fit the copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// The text is not a frame.
    #[error("not a frame: {0}")]
    Malformed(String),
    /// A frame is missing, or comes twice.
    #[error("{channel} {symbol}: seq {got} came where {expected} was due")]
    Gap {
        /// The channel.
        channel: String,
        /// The symbol.
        symbol: String,
        /// The `seq` that was due.
        expected: u64,
        /// The `seq` that came.
        got: u64,
    },
    /// A delta came before any snapshot.
    #[error("{channel} {symbol}: a delta came before any snapshot")]
    NoSnapshot {
        /// The channel.
        channel: String,
        /// The symbol.
        symbol: String,
    },
    /// The head of a lot's chain does not follow from the one before.
    #[error("auction {symbol}: the head of seq {seq} does not follow from the one before")]
    Chain {
        /// The symbol.
        symbol: String,
        /// The `seq` of the frame.
        seq: u64,
    },
    /// The copy's top ten levels are not those of the venue.
    #[error("{channel} {symbol}: checksum {computed} at seq {seq}, the frame says {stated}")]
    Checksum {
        /// The channel.
        channel: String,
        /// The symbol.
        symbol: String,
        /// The `seq` of the frame.
        seq: u64,
        /// The checksum that the frame states.
        stated: u32,
        /// The checksum of the copy.
        computed: u32,
    },
}

/// A level of a copy, in the strings of the frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedLevel {
    /// The price.
    pub price: String,
    /// How many units rest at this price.
    pub quantity: String,
    /// In how many orders they rest.
    pub orders: u64,
}

/// A book as copied: all levels, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopiedBook {
    /// The buy levels.
    pub bids: Vec<CopiedLevel>,
    /// The sell levels.
    pub asks: Vec<CopiedLevel>,
}

/// What a frame did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The channel.
    pub channel: String,
    /// The symbol.
    pub symbol: String,
    /// The frame's number.
    pub seq: u64,
    /// Whether the frame was a snapshot.
    pub snapshot: bool,
    /// Whether the venue said that what was asked for has left its memory.
    pub gap_too_old: bool,
    /// Whether a checksum was compared, and right.
    pub proven: bool,
}

/// One side of a book by price, as the digits of the price: all prices of a symbol have the same number of decimals.
type Side = BTreeMap<u128, CopiedLevel>;

/// The orders of one side by price, those of one price in the order in which they came, each with what is left of it.
type Orders = BTreeMap<u128, Vec<(String, u64)>>;

#[derive(Clone, Debug, Default)]
struct Copy {
    seq: u64,
    /// Buys and sells; `None` where the channel is not a book, or where only the numbers are followed.
    book: Option<[Side; 2]>,
    /// The orders that the levels are of, where the channel tells orders.
    orders: [Orders; 2],
    /// The head of a lot's chain, in hex, where it is known.
    head: Option<String>,
}

/// Copies of everything that came over one connection, and over those before it that were resumed.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    copies: BTreeMap<(String, String), Copy>,
}

fn malformed(what: impl Into<String>) -> ReplicaError {
    ReplicaError::Malformed(what.into())
}

fn text<'v>(value: &'v Value, member: &str) -> Result<&'v str, ReplicaError> {
    value[member]
        .as_str()
        .ok_or_else(|| malformed(format!("{member} is no string")))
}

fn number(value: &Value, member: &str) -> Result<u64, ReplicaError> {
    value[member]
        .as_u64()
        .ok_or_else(|| malformed(format!("{member} is no sequence")))
}

fn list<'v>(value: &'v Value, member: &str) -> Result<&'v Vec<Value>, ReplicaError> {
    value[member]
        .as_array()
        .ok_or_else(|| malformed(format!("{member} is no list")))
}

impl Replica {
    /// A replica without any copy.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on with a stream behind `seq` without a copy: numbers are checked, and checksums only from the next
    /// snapshot on.
    pub fn resume(&mut self, channel: &str, symbol: &str, seq: u64) {
        let head = (seq == 0).then(|| HEX.encode(&NO_HEAD));
        let copy = Copy {
            seq,
            head,
            ..Copy::default()
        };
        self.copies.insert((channel.into(), symbol.into()), copy);
    }

    /// Takes in one frame; `Ok(None)` for a message that is no frame of a channel it knows (an answer, a heartbeat).
    pub fn apply(&mut self, line: &str) -> Result<Option<Applied>, ReplicaError> {
        let frame: Value = serde_json::from_str(line).map_err(|error| malformed(error.to_string()))?;
        let snapshot = match frame["type"].as_str() {
            Some("snapshot") => true,
            Some("delta") => false,
            _ => return Ok(None),
        };
        let channel = text(&frame, "channel")?;
        let Some(way) = Way::of(channel) else { return Ok(None) };
        if !frame["journal_seq"].is_null() {
            return Err(malformed("a public frame carries a journal_seq"));
        }
        let symbol = text(&frame, "symbol")?;
        let seq = number(&frame, "seq")?;
        for time in ["matched_at", "sent_at"] {
            if !is_time(text(&frame, time)?) {
                return Err(malformed(format!("{time} is not RFC 3339 with nine digits")));
            }
        }
        let key = (channel.to_owned(), symbol.to_owned());
        if snapshot {
            self.copies.insert(
                key.clone(),
                Copy {
                    seq,
                    book: matches!(way, Way::Levels | Way::Orders | Way::Merged | Way::Top).then(Default::default),
                    ..Copy::default()
                },
            );
        }
        if way == Way::Steps && seq == 1 && !self.copies.contains_key(&key) {
            // A lot that was announced while `*` is followed begins with its first step.
            self.resume(channel, symbol, 0);
        }
        let Some(copy) = self.copies.get_mut(&key) else {
            return Err(ReplicaError::NoSnapshot {
                channel: key.0,
                symbol: key.1,
            });
        };
        if !snapshot {
            let expected = copy.seq + 1;
            let follows = match frame["prev_seq"].as_u64() {
                _ if !way.merges() => seq == expected,
                Some(prev) => prev <= copy.seq && seq >= copy.seq,
                None => false,
            };
            if !follows {
                return Err(ReplicaError::Gap {
                    channel: key.0,
                    symbol: key.1,
                    expected,
                    got: seq,
                });
            }
            copy.seq = seq;
        }
        let proven = match way {
            Way::Top => {
                copy.book = Some(Default::default());
                copy.take_levels(&frame)?;
                copy.prove(channel, symbol, &frame)?
            }
            Way::Levels | Way::Merged => {
                copy.take_levels(&frame)?;
                copy.prove(channel, symbol, &frame)?
            }
            Way::Orders => {
                copy.take_orders(&frame)?;
                copy.prove(channel, symbol, &frame)?
            }
            Way::Steps => copy.take_step(symbol, &frame, line)?,
            Way::Prints if snapshot => check_trades(&frame, seq)?,
            Way::Prints => check_trade(&frame)?,
            Way::Whole => false,
        };
        let gap_too_old = frame["gap_too_old"] == true;
        Ok(Some(Applied {
            channel: key.0,
            symbol: key.1,
            seq,
            snapshot,
            gap_too_old,
            proven,
        }))
    }

    /// The last `seq` taken in: the `from_seq` to resume with.
    pub fn seq(&self, channel: &str, symbol: &str) -> Option<u64> {
        Some(self.copies.get(&(channel.into(), symbol.into()))?.seq)
    }

    /// Every stream with its last `seq`.
    pub fn seqs(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.copies
            .iter()
            .map(|((channel, symbol), copy)| (channel.as_str(), symbol.as_str(), copy.seq))
    }

    /// The copy of a book, if there is one.
    pub fn book(&self, symbol: &str) -> Option<CopiedBook> {
        self.book_of("book.l2", symbol)
    }

    /// The copy of a book as this channel tells it, if there is one.
    pub fn book_of(&self, channel: &str, symbol: &str) -> Option<CopiedBook> {
        let [bids, asks] = self.copies.get(&(channel.into(), symbol.into()))?.book.as_ref()?;
        Some(CopiedBook {
            bids: bids.values().rev().cloned().collect(),
            asks: asks.values().cloned().collect(),
        })
    }

    /// The copies as snapshot frames, one for each stream: applied to a new replica they give this one again, so that
    /// a client can stop and go on later. Streams without a copy are left out.
    pub fn snapshots(&self) -> Vec<String> {
        let time = "1970-01-01T00:00:00.000000000Z";
        let side = |levels: &Side| -> Vec<Value> {
            levels
                .values()
                .map(|level| json!([level.price, level.quantity, level.orders]))
                .collect()
        };
        let frame = |((channel, symbol), copy): (&(String, String), &Copy)| {
            let mut frame = json!({
                "type": "snapshot", "channel": channel, "symbol": symbol, "seq": copy.seq,
                "matched_at": time, "sent_at": time,
            });
            match (&copy.book, Way::of(channel)?) {
                (Some(book), way) => {
                    for ((name, levels), orders) in ["bids", "asks"].into_iter().zip(book).zip(&copy.orders) {
                        frame[name] = match way {
                            Way::Orders => copied_orders(levels, orders).into(),
                            _ => side(levels).into(),
                        };
                    }
                    frame["checksum"] = copy.checksum().into();
                }
                (None, Way::Prints) => frame["trades"] = json!([]),
                (None, Way::Steps) => frame["head"] = copy.head.clone()?.into(),
                (None, Way::Whole) => {}
                (None, _) => return None,
            }
            Some(frame.to_string())
        };
        self.copies.iter().filter_map(frame).collect()
    }
}

/// Whether the frames of a channel tell of several changes each: then a snapshot may stand in for many.
pub fn merges(channel: &str) -> bool {
    Way::of(channel).is_some_and(Way::merges)
}

/// How a channel tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Every change of levels.
    Levels,
    /// Every change of orders.
    Orders,
    /// Changes of levels, merged.
    Merged,
    /// The best levels, all of them each time.
    Top,
    Prints,
    Steps,
    /// All of what is so now, each time.
    Whole,
}

impl Way {
    fn of(channel: &str) -> Option<Self> {
        Some(match channel {
            "book.l2" => Self::Levels,
            "book.l3" => Self::Orders,
            "book.l2.100ms" => Self::Merged,
            "book.l2.10" => Self::Top,
            "trades" => Self::Prints,
            "auction" => Self::Steps,
            "book.l1" | "ticker" | "status" | "instruments" => Self::Whole,
            _ if channel.starts_with("candles.") => Self::Whole,
            _ => return None,
        })
    }

    /// Whether a frame tells of several changes, so that it says behind which number it begins.
    fn merges(self) -> bool {
        matches!(self, Self::Merged | Self::Top | Self::Whole)
    }
}

/// The orders of a side, each as in a frame: best first, those of one price in the order in which they came.
fn copied_orders(levels: &Side, orders: &Orders) -> Vec<Value> {
    let of_level = |(digits, queue): (&u128, &Vec<(String, u64)>)| -> Vec<Value> {
        let price = levels.get(digits).map_or("", |level| &level.price);
        queue
            .iter()
            .map(|(order, left)| json!([order, price, left.to_string()]))
            .collect()
    };
    orders.iter().flat_map(of_level).collect()
}

/// The digits of a price, by which levels are in order.
fn digits(price: &str) -> Result<u128, ReplicaError> {
    let digits = price.replacen('.', "", 1).parse();
    digits.map_err(|_| malformed("a price is a decimal"))
}

impl Copy {
    /// Takes in the levels of a frame.
    fn take_levels(&mut self, frame: &Value) -> Result<(), ReplicaError> {
        let changes = [list(frame, "bids")?, list(frame, "asks")?];
        let Some(book) = &mut self.book else { return Ok(()) };
        for (side, levels) in book.iter_mut().zip(changes) {
            for level in levels {
                let level = (level[0].as_str(), level[1].as_str(), level[2].as_u64());
                let (Some(price), Some(quantity), Some(orders)) = level else {
                    return Err(malformed("a level is [price, quantity, orders]"));
                };
                let digits = digits(price)?;
                if quantity == "0" {
                    side.remove(&digits);
                    continue;
                }
                let (price, quantity) = (price.into(), quantity.into());
                side.insert(
                    digits,
                    CopiedLevel {
                        price,
                        quantity,
                        orders,
                    },
                );
            }
        }
        Ok(())
    }

    /// Takes in the orders of a frame: an order that is known keeps its place.
    fn take_orders(&mut self, frame: &Value) -> Result<(), ReplicaError> {
        let changes = [list(frame, "bids")?, list(frame, "asks")?];
        let Some(book) = &mut self.book else { return Ok(()) };
        for ((levels, orders), changed) in book.iter_mut().zip(&mut self.orders).zip(changes) {
            for order in changed {
                let order = (order[0].as_str(), order[1].as_str(), order[2].as_str());
                let (Some(order), Some(price), Some(left)) = order else {
                    return Err(malformed("an order is [order_id, price, quantity]"));
                };
                let left: u64 = left.parse().map_err(|_| malformed("a quantity is a number"))?;
                let digits = digits(price)?;
                let queue = orders.entry(digits).or_default();
                match queue.iter().position(|(known, _)| known == order) {
                    Some(place) if left == 0 => _ = queue.remove(place),
                    Some(place) => queue[place].1 = left,
                    None if left == 0 => return Err(malformed("an order ends that was not there")),
                    None => queue.push((order.into(), left)),
                }
                if queue.is_empty() {
                    orders.remove(&digits);
                    levels.remove(&digits);
                    continue;
                }
                let level = CopiedLevel {
                    price: price.into(),
                    quantity: queue.iter().map(|(_, left)| left).sum::<u64>().to_string(),
                    orders: queue.len() as u64,
                };
                levels.insert(digits, level);
            }
        }
        Ok(())
    }

    /// Compares the checksum of a frame with the copy; whether there was a copy to prove.
    fn prove(&self, channel: &str, symbol: &str, frame: &Value) -> Result<bool, ReplicaError> {
        let stated = number(frame, "checksum")?;
        let stated = u32::try_from(stated).map_err(|_| malformed("a checksum has 32 bits"))?;
        if self.book.is_none() {
            return Ok(false);
        }
        let computed = self.checksum();
        if computed != stated {
            return Err(ReplicaError::Checksum {
                channel: channel.into(),
                symbol: symbol.into(),
                seq: self.seq,
                stated,
                computed,
            });
        }
        Ok(true)
    }

    /// Takes in the head of a lot's chain; whether there was one before it to prove it by.
    fn take_step(&mut self, symbol: &str, frame: &Value, line: &str) -> Result<bool, ReplicaError> {
        let stated = text(frame, "head")?.to_owned();
        let before = self.head.replace(stated.clone());
        if frame["type"] == "snapshot" {
            return Ok(false);
        }
        // The chain is of the step's own bytes.
        let marks = [line.find(",\"event\":"), line.find(",\"head\":")];
        let [Some(from), Some(to)] = marks else {
            return Err(malformed("a step has an event and a head"));
        };
        let payload = line
            .get(from + 9..to)
            .ok_or_else(|| malformed("the head comes behind the event"))?;
        let Some(before) = before.and_then(|head| HEX.decode(head.as_bytes()).ok()) else {
            return Ok(false);
        };
        let at: protocol::Timestamp =
            serde_json::from_value(frame["matched_at"].clone()).map_err(|_| malformed("matched_at is no time"))?;
        let chained: [&[u8]; 6] = [
            &[1],
            &before,
            &self.seq.to_be_bytes(),
            &at.0.to_be_bytes(),
            &u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes(),
            payload.as_bytes(),
        ];
        let head: [u8; 32] = Sha256::digest(chained.concat()).into();
        if HEX.encode(&head) == stated {
            return Ok(true);
        }
        Err(ReplicaError::Chain {
            symbol: symbol.into(),
            seq: self.seq,
        })
    }

    fn checksum(&self) -> u32 {
        let Some([bids, asks]) = &self.book else { return 0 };
        let best = bids
            .values()
            .rev()
            .take(CHECKSUM_LEVELS)
            .chain(asks.values().take(CHECKSUM_LEVELS));
        let entries: Vec<_> = best
            .map(|level| format!("{}:{}", level.price, level.quantity))
            .collect();
        crc32fast::hash(entries.join(",").as_bytes())
    }
}

/// The members of a print.
fn check_trade(trade: &Value) -> Result<bool, ReplicaError> {
    for member in ["trade_id", "price", "quantity"] {
        text(trade, member)?;
    }
    if !matches!(text(trade, "taker_side")?, "buy" | "sell") || !trade["sandbox"].is_boolean() {
        return Err(malformed("a print has a taker_side and a sandbox mark"));
    }
    Ok(false)
}

/// The prints of a snapshot: consecutive, up to the snapshot's own number.
fn check_trades(frame: &Value, seq: u64) -> Result<bool, ReplicaError> {
    let trades = list(frame, "trades")?;
    for (behind, trade) in trades.iter().rev().enumerate() {
        check_trade(trade)?;
        if Some(number(trade, "seq")?) != seq.checked_sub(behind as u64) {
            return Err(malformed("the prints of a snapshot are consecutive up to its seq"));
        }
    }
    Ok(false)
}

/// Whether this is `0000-00-00T00:00:00.000000000Z` with any digits.
fn is_time(text: &str) -> bool {
    let pattern = b"0000-00-00T00:00:00.000000000Z";
    let fits = |(&at, &of): (&u8, &u8)| if of == b'0' { at.is_ascii_digit() } else { at == of };
    text.len() == pattern.len() && text.as_bytes().iter().zip(pattern).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: &str, seq: u64, bids: Value, asks: Value, checksum: u32) -> String {
        let time = "2026-03-02T02:00:00.000000001Z";
        json!({
            "type": kind, "channel": "book.l2", "symbol": "A", "seq": seq, "matched_at": time, "sent_at": time,
            "bids": bids, "asks": asks, "checksum": checksum,
        })
        .to_string()
    }

    #[test]
    fn a_copy_proves_itself_and_notices_what_is_wrong() {
        // The example in the documentation of `depth`.
        let top = crc32fast::hash(b"119.00:5,118.50:20,120.00:3");
        let bids = json!([["119.00", "5", 1], ["118.50", "20", 2]]);
        let mut replica = Replica::new();
        let first = replica
            .apply(&frame("snapshot", 7, bids, json!([["120.00", "3", 1]]), top))
            .unwrap()
            .unwrap();
        assert!(first.snapshot && first.proven && first.seq == 7);

        let gone = crc32fast::hash(b"118.50:20,120.00:3");
        let delta = |seq, checksum| frame("delta", seq, json!([["119.00", "0", 0]]), json!([]), checksum);
        let missed = replica.clone().apply(&delta(9, gone));
        assert!(
            matches!(
                missed,
                Err(ReplicaError::Gap {
                    expected: 8,
                    got: 9,
                    ..
                })
            ),
            "{missed:?}"
        );
        let repeated = replica.clone().apply(&delta(7, gone));
        assert!(
            matches!(
                repeated,
                Err(ReplicaError::Gap {
                    expected: 8,
                    got: 7,
                    ..
                })
            ),
            "{repeated:?}"
        );
        let other = replica.clone().apply(&delta(8, gone ^ 1));
        assert!(matches!(other, Err(ReplicaError::Checksum { seq: 8, .. })), "{other:?}");
        assert!(replica.apply(&delta(8, gone)).unwrap().unwrap().proven);
        assert_eq!(replica.seq("book.l2", "A"), Some(8));

        let mut again = Replica::new();
        for snapshot in replica.snapshots() {
            assert!(again.apply(&snapshot).unwrap().unwrap().proven);
        }
        assert_eq!(again.book("A"), replica.book("A"));
        assert_eq!(again.seq("book.l2", "A"), Some(8));
    }

    #[test]
    fn without_a_snapshot_only_numbers_are_followed() {
        let delta = |seq| frame("delta", seq, json!([["119.00", "5", 1]]), json!([]), 1);
        let mut replica = Replica::new();
        assert!(matches!(replica.apply(&delta(3)), Err(ReplicaError::NoSnapshot { .. })));
        replica.resume("book.l2", "A", 2);
        assert!(!replica.apply(&delta(3)).unwrap().unwrap().proven);
        assert!(matches!(replica.apply(&delta(5)), Err(ReplicaError::Gap { .. })));
        assert_eq!(replica.apply(r#"{"type":"heartbeat"}"#), Ok(None));
        assert!(matches!(replica.apply("{"), Err(ReplicaError::Malformed(_))));
    }
}
