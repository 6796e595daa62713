//! `auction verify`.

use super::{AuctionArgs, CliError};
use crate::{
    auction_log::{
        Proved, Why,
        receipts::{Trace, trace},
        verify as prove,
    },
    receipt::BidReceipt,
};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

/// The largest file that is read as a log, in bytes.
const LOG_MAX: u64 = 1 << 30;

/// Proves a lot's public log without asking anybody, and says who won, at which price, and how its end moved.
pub(super) fn verify(args: &AuctionArgs) -> Result<(), CliError> {
    let name = args.file.display();
    let mut log = vec![];
    File::open(&args.file)
        .and_then(|file| file.take(LOG_MAX).read_to_end(&mut log))
        .map_err(|error| CliError::failed(format!("{name}: {error}")))?;
    let lots = prove(&log, args.key.as_deref()).map_err(|fault| CliError::failed(format!("{name}: {fault}")))?;
    let mut out = io::stdout().lock();
    for lot in &lots {
        tell(lot, &mut out)?;
    }
    if args.key.is_none() {
        eprintln!("whose key it is was not asked: give --key with the venue's public key (GET /v1/certificates/key)");
    }
    match &args.receipts {
        Some(path) => receipts(path, &lots, &mut out),
        None => Ok(()),
    }
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
    for note in &proved.notes {
        writeln!(out, "note: {note}")?;
    }
    writeln!(out, "head {}\nkey {}", word(proved.head), proved.public_key)
}

/// Looks in the logs for what the receipts tell of.
fn receipts(path: &Path, lots: &[Proved], out: &mut impl io::Write) -> Result<(), CliError> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| CliError::failed(format!("{name}: {error}")))?;
    let mut missing = 0;
    for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: String| CliError::failed(format!("{name}: line {}: {what}", place + 1));
        let mut value: Value = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        // A receipt, or a whole answer that holds one.
        if !value["receipt"].is_null() {
            value = value["receipt"].take();
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
        if !receipt.holds(&lot.public_key) {
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
