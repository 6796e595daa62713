//! `import assets`: a whole CSV file checked first, then batches of at most 1,000 rights, each all or nothing.
//!
//! Each batch goes under a client id made of the file's digest and the batch's number, so that the same file sent again
//! gets the first answers for what was done, and goes on with the rest: an import that broke off is finished by running
//! it again.

use super::{
    CliError, ImportArgs,
    client::Client,
    progress,
    rows::{self, Common},
};
use crate::{
    json::{
        Named,
        command::{BookTerms, Import, ImportAssets},
        scalar::{read_currency, read_price, read_quantity, write_price},
    },
    signing,
};
use protocol::{PRICE_MAX, Price, Timestamp, command::IMPORT_MAX};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Write as _},
};

/// Where batches are sent.
pub(super) const PATH: &str = "/v1/assets/import";
/// How many ticks the band spans where no highest price is given.
const BAND_TICKS: i64 = 100_000;

pub(super) fn assets(args: &ImportArgs) -> Result<(), CliError> {
    let bytes = fs::read(&args.file).map_err(|error| CliError::failed(format!("{}: {error}", args.file.display())))?;
    let common = Common {
        owner_id: args.owner,
        terms: terms(args)?,
        today: today(),
    };
    let imports = rows::read(&bytes, &common).map_err(|bad| {
        for line in &bad {
            eprintln!("{}:{}: {}", args.file.display(), line.line, line.reason);
        }
        CliError::failed(format!("{} bad lines, nothing was imported", bad.len()))
    })?;
    let count = imports.len();
    if args.check {
        writeln!(
            io::stdout().lock(),
            "{count} rights, every line is good; nothing was sent"
        )?;
        return Ok(());
    }
    send(args, &signing::hex(&Sha256::digest(&bytes)), imports)?;
    writeln!(io::stdout().lock(), "{count} rights listed")?;
    Ok(())
}

/// The terms that every right gets; the symbol is a placeholder.
fn terms(args: &ImportArgs) -> Result<BookTerms, CliError> {
    let wrong =
        |option: &'static str| move |error: crate::json::InputError| CliError::failed(format!("{option}: {error}"));
    let currency = read_currency(&args.currency).map_err(wrong("--currency"))?;
    let tick = read_price(&args.tick, Some(currency)).map_err(wrong("--tick"))?;
    read_quantity(&args.units).map_err(wrong("--units"))?;
    read_quantity(&args.lot).map_err(wrong("--lot"))?;
    if tick.minor() == 0 {
        return Err(CliError::failed("--tick: a price above zero"));
    }
    let low = match &args.price_low {
        Some(low) => read_price(low, Some(currency)).map_err(wrong("--price-low"))?,
        None => tick,
    };
    let high = match &args.price_high {
        Some(high) => read_price(high, Some(currency)).map_err(wrong("--price-high"))?,
        None => Price::from_minor(tick.minor() * BAND_TICKS.min(PRICE_MAX / tick.minor())),
    };
    let terms = BookTerms {
        symbol: "X".into(),
        currency: args.currency.clone(),
        tick: write_price(tick, Some(currency)),
        price_low: write_price(low, Some(currency)),
        price_high: write_price(high, Some(currency)),
        lot: args.lot.clone(),
        order_max: args.order_max.clone().unwrap_or_else(|| args.units.clone()),
        supply: args.units.clone(),
    };
    terms.clone().into_protocol().map_err(wrong("the terms"))?;
    Ok(terms)
}

/// The date at the venue.
fn today() -> protocol::Date {
    Timestamp(signing::now_ms().saturating_mul(1_000_000)).venue_date()
}

fn send(args: &ImportArgs, digest: &str, imports: Vec<Import>) -> Result<(), CliError> {
    let client = Client::new(&args.remote)?;
    let bar = progress::bar(imports.len() as u64, "rights");
    let mut imports = imports.into_iter().peekable();
    let mut batch = 0;
    while imports.peek().is_some() {
        let rights: Vec<Import> = imports.by_ref().take(IMPORT_MAX).collect();
        let count = rights.len();
        let command = ImportAssets {
            imports: rights,
            issue_to_account_id: args.issue_to,
        };
        let client_id = Some(format!("import-{}-{batch}", &digest[..40]));
        let body = serde_json::to_vec(&Named { client_id, command }).expect("plain data is JSON");
        let reply = client.post(PATH, &body)?;
        if !reply.is_success() {
            let first = batch * IMPORT_MAX + 1;
            let hint = if reply.is(protocol::Reject::ClientIdReused.code()) {
                "; this file was sent before, with other options"
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
    Ok(())
}
