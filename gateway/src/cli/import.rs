//! `import assets`: a whole CSV file checked first, then batches of at most 1,000 rights, each all or nothing.
//!
//! Each batch goes under a client id made of the file's digest and the batch's number, so that the same file sent again
//! gets the first answers for what was done, and goes on with the rest: an import that broke off is finished by running
//! it again.

use super::{
    args::ImportArgs,
    client::Client,
    error::CliError,
    progress,
    rows::{self, Common},
};
use crate::{
    json::{
        Named,
        command::RegisterRights,
        scalar::{read_currency, read_date, read_price, read_quantity},
    },
    proof::signing,
};
use protocol::{
    AccountId, Digest, EntityId, PRICE_MAX, Price, Symbol, Timestamp,
    command::Op,
    listing::BookTerms,
    title::{self, Extract, NewRight, RIGHTS_MAX},
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Write as _},
};

/// Where batches are sent.
pub(super) const PATH: &str = "/v1/rights";
/// Where a batch is proposed that takes two people.
const PROPOSALS: &str = "/v1/proposals";
/// How many ticks the band spans where no highest price is given.
const BAND_TICKS: i64 = 100_000;

pub(super) fn assets(args: &ImportArgs) -> Result<(), CliError> {
    let bytes = fs::read(&args.file).map_err(|error| CliError::failed(format!("{}: {error}", args.file.display())))?;
    let today = today();
    let drawn = match &args.drawn_on {
        Some(text) => read_date(text).map_err(|error| CliError::failed(format!("--drawn-on: {error}")))?,
        None => today,
    };
    let common = Common {
        owner: EntityId(args.owner),
        terms: terms(args)?,
        extract: Extract {
            drawn,
            evidence: Digest(Sha256::digest(&bytes).into()),
        },
        today,
    };
    let rights = rows::read(&bytes, &common).map_err(|bad| {
        for line in &bad {
            eprintln!("{}:{}: {}", args.file.display(), line.line, line.reason);
        }
        CliError::failed(format!("{} bad lines, nothing was imported", bad.len()))
    })?;
    let count = rights.len();
    if args.check {
        writeln!(
            io::stdout().lock(),
            "{count} rights, every line is good; nothing was sent"
        )?;
        return Ok(());
    }
    let proposed = send(args, &signing::hex(&Sha256::digest(&bytes)), rights)?;
    let what = if args.units.is_some() { "listed" } else { "registered" };
    let line = if proposed.is_empty() {
        format!("{count} rights {what}")
    } else {
        format!(
            "{count} rights proposed as {}: another operator reads it (zhiheng proposals) and approves it",
            proposed.join(", ")
        )
    };
    writeln!(io::stdout().lock(), "{line}")?;
    Ok(())
}

/// The terms that every right gets, where units are to be listed; the symbol is a placeholder.
fn terms(args: &ImportArgs) -> Result<Option<BookTerms>, CliError> {
    let wrong =
        |option: &'static str| move |error: crate::json::InputError| CliError::failed(format!("{option}: {error}"));
    let (Some(units), Some(tick)) = (&args.units, &args.tick) else {
        return Ok(None);
    };
    let currency = read_currency(&args.currency).map_err(wrong("--currency"))?;
    let tick = read_price(tick, Some(currency)).map_err(wrong("--tick"))?;
    let supply = read_quantity(units).map_err(wrong("--units"))?;
    if tick.minor() == 0 {
        return Err(CliError::failed("--tick: a price above zero"));
    }
    let price_low = match &args.price_low {
        Some(low) => read_price(low, Some(currency)).map_err(wrong("--price-low"))?,
        None => tick,
    };
    let price_high = match &args.price_high {
        Some(high) => read_price(high, Some(currency)).map_err(wrong("--price-high"))?,
        None => Price::from_minor(tick.minor() * BAND_TICKS.min(PRICE_MAX / tick.minor())),
    };
    let order_max = match &args.order_max {
        Some(most) => read_quantity(most).map_err(wrong("--order-max"))?,
        None => supply,
    };
    Ok(Some(BookTerms {
        symbol: Symbol::new("X").expect("a letter is a symbol"),
        currency,
        tick,
        price_low,
        price_high,
        lot: read_quantity(&args.lot).map_err(wrong("--lot"))?,
        order_max,
        supply,
    }))
}

/// The date at the venue.
fn today() -> protocol::Date {
    Timestamp(signing::now_ms().saturating_mul(1_000_000)).venue_date()
}

/// Sends the rights in batches; what takes two people is proposed. Gives the proposals.
fn send(args: &ImportArgs, digest: &str, rights: Vec<NewRight>) -> Result<Vec<String>, CliError> {
    let client = Client::new(&args.remote)?;
    let bar = progress::bar(rights.len() as u64, "rights");
    let mut rights = rights.into_iter().peekable();
    let (mut batch, mut proposed) = (0, Vec::new());
    while rights.peek().is_some() {
        let batch_of: Vec<NewRight> = rights.by_ref().take(RIGHTS_MAX).collect();
        let count = batch_of.len();
        let command: RegisterRights = crate::json::Described(title::RegisterRights {
            rights: batch_of,
            issue_to: args.issue_to.map(AccountId),
        });
        let client_id = format!("import-{}-{batch}", &digest[..40]);
        let body = serde_json::to_vec(&Named { client_id, command }).expect("plain data is JSON");
        let mut reply = client.post(PATH, &body)?;
        if reply.is(protocol::Reject::TwoPeopleNeeded.code()) {
            reply = client.post(PROPOSALS, &proposal(&body))?;
            proposed.push(reply.body["outcome"]["deal_id"].to_string());
        }
        if !reply.is_success() {
            let first = batch * RIGHTS_MAX + 1;
            let hint = if reply.is(protocol::Reject::ClientIdReused.code()) {
                "; this file was sent before, with other options, or on another day without `--drawn-on`"
            } else {
                ""
            };
            return Err(CliError::failed(format!(
                "batch {batch} (rights {first} to {}) was refused, and with it what follows: {}{hint}",
                first + count - 1,
                reply.problem()
            )));
        }
        bar.inc(count as u64);
        batch += 1;
    }
    bar.finish_and_clear();
    Ok(proposed)
}

/// The same batch as a proposal; sent again it is the same one.
fn proposal(body: &[u8]) -> Vec<u8> {
    let mut command: Map<String, Value> = serde_json::from_slice(body).expect("it was written here");
    let client_id = command.remove("client_id");
    let client_id = format!("{}-p", client_id.as_ref().and_then(Value::as_str).unwrap_or_default());
    command.insert("op".into(), Op::RegisterRights.name().into());
    json!({ "client_id": client_id, "command": command })
        .to_string()
        .into_bytes()
}
