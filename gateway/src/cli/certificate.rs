//! `certificate verify`.

use super::{args::CertificateArgs, error::CliError};
use crate::proof::certificate::{Certificate, FILE_MAX, digest};
use std::{
    fs::File,
    io::{self, Read as _, Write as _},
};

/// Checks a certificate without asking anybody, and says what it states.
pub(super) fn verify(args: &CertificateArgs) -> Result<(), CliError> {
    let name = args.file.display();
    let mut text = String::new();
    File::open(&args.file)
        .and_then(|file| file.take(FILE_MAX).read_to_string(&mut text))
        .map_err(|error| CliError::failed(format!("{name}: {error}")))?;
    let failed = |error| CliError::failed(format!("{name}: {error}"));
    let certificate = Certificate::parse(&text).map_err(failed)?;
    certificate.verify(args.key.as_deref()).map_err(failed)?;

    let statement = &certificate.statement;
    let word = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let count = |field: &str| statement[field].as_array().map_or(0, Vec::len);
    let owners: Vec<_> = statement["title"]["owners"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|owner| word(&owner["entity_id"]))
        .collect();
    // One that was signed before certificates told of pledges does not say that there are none.
    let pledges = match statement["pledges"].as_array() {
        Some(pledges) => format!("{} pledges", pledges.len()),
        None => "pledges not told".to_owned(),
    };
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "the signature holds\nright {} ({} {} {}) as of {}\nstate {}, owned by {}\n{} licences, {} holds, {} disputes, {}\nkey {}\nsha256 {:?}",
        word(&statement["asset_id"]),
        word(&statement["registered"]["class"]),
        word(&statement["registered"]["office"]),
        word(&statement["registered"]["number"]),
        word(&statement["as_of"]),
        word(&statement["title"]["state"]),
        owners.join(", "),
        count("licences"),
        count("holds"),
        count("disputes"),
        pledges,
        certificate.public_key,
        digest(&certificate),
    )?;
    if args.key.is_none() {
        eprintln!("whose key it is was not asked: give --key with the venue's public key (GET /v1/certificates/key)");
    }
    Ok(())
}
