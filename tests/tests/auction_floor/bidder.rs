//! A bidder: a socket of its own, a limit of its own, and nothing to go by but what the venue tells it.

use crate::{START, STEP};
use anyhow::{Context as _, bail, ensure};
use protocol::{
    Amount, Currency, Money,
    auction::{Lot, LotState},
    event::LotEvent,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::{Instant, timeout_at};
use zhiheng_tests::{board::Trader, client::Socket};

/// How long a bidder waits for a venue that says nothing.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long it listens on behind the last that concerns it, so that it would hear what is not for it.
const QUIET: Duration = Duration::from_millis(500);

/// How somebody bids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Makes the first bid, and then a step above whoever leads.
    Opens,
    /// A step above whoever leads.
    ByStep,
    /// Leaves its limit as a maximum, and never touches it again.
    ByMaximum,
    /// Has priority, and only ever answers the best bid at its own price.
    ByPriority,
}

/// A bidder before it sits down.
pub(crate) struct Bidder {
    pub(crate) trader: Trader,
    pub(crate) way: Way,
    /// How far it goes, in fen.
    pub(crate) limit: i64,
    /// From which best bid on it takes part.
    pub(crate) joins: i64,
    /// How long it thinks before it does anything.
    pub(crate) thinks: Duration,
}

/// What it has when all is over.
pub(crate) struct Story {
    /// The number that stood for it.
    pub(crate) number: u32,
    /// The venue's answers that hold a receipt.
    pub(crate) answers: Vec<Value>,
    /// The codes of its refused commands.
    pub(crate) refused: Vec<String>,
    /// The frames of its own channel behind the snapshot, and their events.
    pub(crate) frames: Vec<Value>,
    pub(crate) events: Vec<Value>,
    /// The snapshot that they began with.
    pub(crate) snapshot: Value,
}

/// A price in yuan.
pub(crate) fn cny(fen: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(fen))
}

/// What a bidder knows.
#[derive(Default)]
struct Seat {
    lot: Option<Lot>,
    number: Option<u32>,
    /// The command that is not answered yet.
    awaited: Option<u64>,
    sent: u64,
    /// Whether the maximum was left, and whether the price was paid.
    left_maximum: bool,
    paid: bool,
    /// The best bid that was answered, or tried to.
    answered: Option<(u32, Amount)>,
    seq: Option<u64>,
    snapshot: Value,
    frames: Vec<Value>,
    events: Vec<Value>,
    answers: Vec<Value>,
    refused: Vec<String>,
}

impl Bidder {
    /// Follows the lot and its own channel, enters, bids up to its limit, pays where it won, and leaves when the title
    /// is delivered.
    pub(crate) async fn deal(self, url: String, lot: u64) -> anyhow::Result<Story> {
        let mut socket = Socket::connect(&url, &self.trader.key).await?;
        let follow = json!({"op": "subscribe", "channel": "auction", "symbol": format!("LOT-{lot}"), "from_seq": 0});
        for message in [json!({"op": "subscribe", "channel": "executions"}), follow] {
            socket.send(&message).await?;
        }
        let mut seat = Seat::default();
        let mut turn = None;
        loop {
            let wants = self.wants(&seat, lot);
            let over = seat.is_over(lot);
            let until = match (&wants, over) {
                (Some(_), _) => *turn.get_or_insert_with(Instant::now) + self.thinks,
                (None, over) => {
                    turn = None;
                    Instant::now() + if over { QUIET } else { PATIENCE }
                }
            };
            match (timeout_at(until, socket.next()).await, wants) {
                (Ok(message), _) => seat.hear(message.context("the venue hung up")?)?,
                (Err(_), Some(mut command)) => {
                    seat.sends(&mut command)?;
                    socket.send(&command).await?;
                    turn = None;
                }
                (Err(_), None) if over => break,
                (Err(_), None) => bail!("nothing is heard any more of lot {lot}: {:?}", seat.lot),
            }
        }
        Ok(Story {
            number: seat.number.context("it entered")?,
            answers: seat.answers,
            refused: seat.refused,
            frames: seat.frames,
            events: seat.events,
            snapshot: seat.snapshot,
        })
    }

    /// What it does next, if anything.
    fn wants(&self, seat: &Seat, id: u64) -> Option<Value> {
        let lot = seat.lot.as_ref().filter(|_| seat.awaited.is_none())?;
        let open = lot.state == LotState::Open;
        let Some(number) = seat.number else {
            let may = open || lot.state == LotState::Qualifying;
            return may.then(|| json!({"op": "enter_lot", "lot_id": id, "account_id": self.trader.account}));
        };
        let leads = lot.number == Some(number);
        if lot.state == LotState::Sold && leads && !seat.paid {
            return Some(json!({"op": "pay_lot", "lot_id": id}));
        }
        if !open || leads {
            return None;
        }
        let bid = |price: i64| json!({"op": "bid_lot", "lot_id": id, "price": cny(price)});
        let Some(best) = lot.best else {
            return (self.way == Way::Opens).then(|| bid(START));
        };
        let best = best.money.minor();
        if best < self.joins {
            return None;
        }
        if self.way == Way::ByMaximum {
            let maximum = json!({"op": "set_maximum", "lot_id": id, "maximum": cny(self.limit)});
            return (!seat.left_maximum).then_some(maximum);
        }
        let price = if self.way == Way::ByPriority { best } else { best + STEP };
        // Nobody bids twice against the same bid.
        let news = seat.answered != lot.number.zip(lot.best);
        (news && price <= self.limit).then(|| bid(price))
    }
}

impl Seat {
    /// Whether the title is delivered, and its own channel has told all that concerns it: each of its receipts, and
    /// that its deposit came back or its price was paid. Each channel comes at its own pace.
    fn is_over(&self, id: u64) -> bool {
        let delivered = self.lot.as_ref().is_some_and(|lot| lot.state == LotState::Delivered);
        let of_type = |kind: &'static str| self.events.iter().rev().filter(move |event| event["type"] == kind);
        let posted = of_type("cash_posted").find(|event| event["deal_id"] == id);
        let last = if self.paid { "paid" } else { "released" };
        delivered
            && self.awaited.is_none()
            && of_type("bid_taken").count() >= self.answers.len()
            && posted.is_some_and(|event| event["reason"] == last)
    }

    /// Notes a command that leaves now, and numbers it.
    fn sends(&mut self, command: &mut Value) -> anyhow::Result<()> {
        self.sent += 1;
        command["id"] = self.sent.into();
        command["client_id"] = format!("floor-{}", self.sent).into();
        self.awaited = Some(self.sent);
        match command["op"].as_str() {
            Some("set_maximum") => self.left_maximum = true,
            Some("pay_lot") => self.paid = true,
            Some("bid_lot") => self.answered = self.lot.as_ref().and_then(|lot| lot.number.zip(lot.best)),
            Some("enter_lot") => {}
            _ => bail!("no command of a bidder: {command}"),
        }
        Ok(())
    }

    fn hear(&mut self, message: Value) -> anyhow::Result<()> {
        match (message["channel"].as_str(), message["type"].as_str()) {
            (Some("auction"), Some("delta")) => {
                match serde_json::from_value(message["event"].clone())? {
                    LotEvent::Lot(lot) => self.lot = Some(lot),
                    LotEvent::Bid(bid) => bid.change(self.lot.as_mut().context("a lot is announced first")?),
                    other => bail!("not of a rising lot: {other:?}"),
                }
                Ok(())
            }
            (Some("executions"), Some(kind)) => self.hear_own(kind, message.clone()),
            _ if message["id"].is_u64() => self.hear_answer(message),
            _ => {
                ensure!(message["op"] == "subscribe" && message["code"].is_null(), "{message}");
                Ok(())
            }
        }
    }

    /// The snapshot comes first, and then each event behind the other.
    fn hear_own(&mut self, kind: &str, message: Value) -> anyhow::Result<()> {
        let seq = message["seq"].as_u64().context("a frame has a number")?;
        match self.seq.replace(seq) {
            None => {
                ensure!(kind == "snapshot", "it begins without a snapshot: {message}");
                self.snapshot = message;
            }
            Some(before) => {
                ensure!(kind == "delta" && seq == before + 1, "{seq} behind {before}: {message}");
                self.events.push(message["event"].clone());
                self.frames.push(message);
            }
        }
        Ok(())
    }

    fn hear_answer(&mut self, answer: Value) -> anyhow::Result<()> {
        ensure!(
            answer["id"].as_u64() == self.awaited.take(),
            "nobody asked this: {answer}"
        );
        if let Some(code) = answer["code"].as_str() {
            self.refused.push(code.to_owned());
        } else if let Some(number) = answer["receipt"]["number"].as_u64() {
            self.number = Some(u32::try_from(number)?);
            self.answers.push(answer);
        } else {
            ensure!(self.paid, "a bidder's command without a receipt: {answer}");
        }
        Ok(())
    }
}

impl Story {
    /// The events of its own channel of this type.
    pub(crate) fn told(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |event| event["type"] == kind)
    }

    /// Whether something of its own channel names one of these participants or accounts.
    pub(crate) fn names(&self, others: &BTreeSet<u64>) -> bool {
        self.events
            .iter()
            .chain([&self.snapshot])
            .any(|frame| names(frame, others, false))
    }
}

/// Whether a value names one of these, as a participant or as an account.
fn names(value: &Value, others: &BTreeSet<u64>, named: bool) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(field, value)| {
            let tells = ["entity_id", "account_id", "buyer_id", "only", "sealed"];
            names(value, others, tells.iter().any(|name| field.ends_with(name)))
        }),
        Value::Array(values) => values.iter().any(|value| names(value, others, named)),
        Value::Number(number) => named && number.as_u64().is_some_and(|number| others.contains(&number)),
        _ => false,
    }
}
