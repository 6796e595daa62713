//! `auction list`, `auction commit` and `auction verify`.

use super::{
    args::{AuctionArgs, CommitArgs, Exchange},
    client::Client,
    error::CliError,
};
use crate::{
    json::scalar::write_digest,
    proof::{
        auction_log::{
            Proved, Why,
            receipts::{Trace, trace},
            verify as prove,
        },
        commitment::commitment,
        receipt::BidReceipt,
        signing,
    },
};
use protocol::{Amount, Currency, Digest, LotId, Money, auction::LotState};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
};

/// The largest file that is read as a log, in bytes.
const LOG_MAX: u64 = 1 << 30;

/// How many lots are asked for at once.
const PAGE: usize = 1_000;

/// Prints the lots, a line each: number, format, state, best bid and whose it is, how many there were, when it ends.
pub(super) fn list(exchange: &Exchange, state: Option<&str>, format: Option<&str>) -> Result<(), CliError> {
    let client = Client::public(exchange)?;
    let mut out = io::stdout().lock();
    let mut cursor = String::new();
    loop {
        let reply = client.get(&format!("/v1/auctions?limit={PAGE}{cursor}"))?;
        if !reply.is_success() {
            return Err(CliError::failed(reply.problem()));
        }
        for item in reply.body["items"].as_array().into_iter().flatten() {
            let lot = &item["lot"];
            let ways = lot["format"].as_object();
            let way = ways.and_then(|format| format.keys().next()).map_or("", String::as_str);
            let now = lot["state"].as_str().unwrap_or_default();
            if state.is_some_and(|state| state != now) || format.is_some_and(|format| format != way) {
                continue;
            }
            let text = |value: &Value| match value {
                Value::Null => "-".to_owned(),
                value => word(value),
            };
            writeln!(
                out,
                "{:<8} {way:<10} {now:<11} {:>16} {:>6} {:>5}  {}",
                text(&lot["lot_id"]),
                text(&lot["best"]),
                text(&lot["number"]),
                text(&lot["bids"]),
                text(&lot["ends_at"]),
            )?;
        }
        match reply.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

/// Draws a nonce and commits to a bid with it.
pub(super) fn commit(args: &CommitArgs) -> Result<(), CliError> {
    let currency = Currency::from_code(&args.currency)
        .ok_or_else(|| CliError::failed(format!("{:?} is no currency known here", args.currency)))?;
    let written = json!({ "currency": currency.code(), "amount": args.price });
    let price: Amount =
        serde_json::from_value(written).map_err(|error| CliError::failed(format!("--price: {error}")))?;
    if price.money <= Money::ZERO {
        return Err(CliError::failed("--price: a bid is more than nothing"));
    }
    let nonce = Digest(signing::random().map_err(CliError::failed)?);
    let commitment = commitment(LotId(args.lot), args.number, price.money.minor(), &nonce);
    let (commitment, nonce) = (write_digest(commitment), write_digest(nonce));
    writeln!(io::stdout(), "{}", json!({ "commitment": commitment, "nonce": nonce }))?;
    Ok(())
}

/// Proves a lot's public log without asking anybody, and says who won, at which price, and how its end moved.
pub(super) fn verify(args: &AuctionArgs) -> Result<(), CliError> {
    let name = args.file.display();
    let mut log = vec![];
    File::open(&args.file)
        .and_then(|file| file.take(LOG_MAX).read_to_end(&mut log))
        .map_err(|error| CliError::failed(format!("{name}: {error}")))?;
    let trusted: Vec<&str> = args.keys.iter().map(String::as_str).collect();
    let lots = prove(&log, &trusted).map_err(|fault| CliError::failed(format!("{name}: {fault}")))?;
    let mut out = io::stdout().lock();
    for lot in &lots {
        tell(lot, &mut out)?;
    }
    if let Some(lot) = lots.iter().find(|proved| !args.so_far && is_running(proved.lot.state)) {
        return Err(CliError::failed(format!(
            "{name}: the log of lot {} ends while the lot is {}: it was cut short, or the lot is not over yet (--so-far takes that)",
            lot.lot.lot.0,
            word(lot.lot.state)
        )));
    }
    if args.keys.is_empty() {
        eprintln!(
            "whose key it is was not asked: give --key with the venue's public key, or with each that it had (GET /v1/venue-keys)"
        );
    }
    match &args.receipts {
        Some(path) => receipts(path, &lots, &mut out),
        None => Ok(()),
    }
}

/// Whether it is not yet known who has it.
const fn is_running(state: LotState) -> bool {
    matches!(
        state,
        LotState::Announced
            | LotState::Qualifying
            | LotState::Open
            | LotState::Revealing
            | LotState::Paused
            | LotState::Closed
            | LotState::Negotiating
    )
}

fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value).unwrap_or_default() {
        Value::String(text) => text,
        Value::Object(amount) if amount.contains_key("amount") => {
            format!("{} {}", word(&amount["amount"]), word(&amount["currency"]))
        }
        other => other.to_string(),
    }
}

fn tell(proved: &Proved, out: &mut impl io::Write) -> io::Result<()> {
    let lot = &proved.lot;
    writeln!(out, "the log of lot {} holds: {} steps", lot.lot.0, proved.steps.len())?;
    writeln!(
        out,
        "state {}, {} bids, ends at {}",
        word(lot.state),
        lot.bids,
        lot.ends_at
    )?;
    for moved in &proved.moved {
        let why = match moved.why {
            Why::Bid => "a late bid",
            Why::FirstBid => "the first bid",
            Why::Bought => "a purchase",
            Why::Pause => "a pause",
        };
        writeln!(
            out,
            "step {}: {why} moved the end from {} to {}",
            moved.seq, moved.from, moved.to
        )?;
    }
    match (lot.number, lot.price.or(lot.best)) {
        (Some(number), Some(price)) if lot.price.is_some() => writeln!(out, "winner {number} at {}", word(price))?,
        (Some(number), Some(price)) => writeln!(out, "best bid {} by {number}", word(price))?,
        (None, Some(price)) => writeln!(out, "cleared at {}", word(price))?,
        _ => writeln!(out, "no bid stands")?,
    }
    if matches!(lot.state, LotState::Sold | LotState::Paid) {
        writeln!(
            out,
            "note: the buyer has yet to {}; the log as it stands now may tell more",
            if lot.state == LotState::Sold {
                "pay"
            } else {
                "have the title"
            }
        )?;
    }
    for note in &proved.notes {
        writeln!(out, "note: {note}")?;
    }
    writeln!(
        out,
        "head {}\nkey {}",
        word(proved.head),
        proved.public_keys.join(" or ")
    )
}

/// Looks in the logs for what the receipts tell of.
fn receipts(path: &Path, lots: &[Proved], out: &mut impl io::Write) -> Result<(), CliError> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| CliError::failed(format!("{name}: {error}")))?;
    let mut missing = 0;
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: String| CliError::failed(format!("{name}: line {}: {what}", place + 1));
        let mut value: Value = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        // A receipt, or a whole answer or frame that holds one; of what is heard in `executions`, the rest is no
        // business of the log.
        if !value["receipt"].is_null() {
            value = value["receipt"].take();
        } else if value["channel"] == "executions" {
            continue;
        }
        let receipt: BidReceipt = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        let Some(lot) = lots.iter().find(|proved| proved.lot.lot == receipt.lot_id) else {
            writeln!(
                out,
                "line {}: of lot {}, which is not in the log",
                place + 1,
                receipt.lot_id.0
            )?;
            continue;
        };
        if !lot.public_keys.iter().any(|key| receipt.holds(key)) {
            return Err(wrong("the signature does not hold, or is of another key".into()));
        }
        let what = format!(
            "line {}: {} of {} at {}",
            place + 1,
            receipt.op,
            receipt.number,
            receipt.at
        );
        match trace(lot, &receipt) {
            Trace::Shown(seq) => writeln!(out, "{what}: step {seq}")?,
            Trace::Silent => writeln!(out, "{what}: leaves no trace in the log")?,
            Trace::Missing => {
                missing += 1;
                writeln!(out, "{what}: MISSING from the log")?;
            }
        }
    }
    match missing {
        0 => Ok(()),
        _ => Err(CliError::failed(format!(
            "{missing} of the venue's receipts are not in its log"
        ))),
    }
}
