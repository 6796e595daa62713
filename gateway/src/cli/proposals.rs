//! `proposals`: what waits for a second person, as the command that it is and in words.

use super::{args::ProposalsArgs, client::Client, error::CliError};
use serde_json::Value;
use std::io;

/// How many proposals are asked for at once.
const PAGE: usize = 100;

/// Prints the proposals that the key may decide on or read: the open ones, or all.
pub(super) fn list(args: &ProposalsArgs) -> Result<(), CliError> {
    let client = Client::new(&args.remote)?;
    let mut out = io::stdout().lock();
    let mut cursor = String::new();
    loop {
        let reply = client.get(&format!("/v1/proposals?limit={PAGE}{cursor}"))?;
        if !reply.is_success() {
            return Err(CliError::failed(reply.problem()));
        }
        for item in reply.body["items"].as_array().into_iter().flatten() {
            if args.all || item["proposal"]["state"] == "open" {
                print(item, &mut out)?;
            }
        }
        match reply.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

fn print(item: &Value, out: &mut impl io::Write) -> io::Result<()> {
    let word = |name: &str| match &item["proposal"][name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    writeln!(
        out,
        "{} {}, proposed by user {} of participant {}, lapses at {}",
        word("proposal_id"),
        word("state"),
        word("by_user_id"),
        word("entity_id"),
        word("lapses_at")
    )?;
    let deadline = &item["proposal"]["deadline"];
    if let (Some(kind), Some(at)) = (deadline["kind"].as_str(), deadline["at"].as_str()) {
        let alarmed = match &item["proposal"]["alarmed_at"] {
            Value::String(at) => format!("alarmed at {at}"),
            _ => format!("alarms at {}", word("alarms_at")),
        };
        writeln!(out, "  legal deadline ({kind}): before {at}; {alarmed}")?;
    }
    writeln!(out, "  {}", item["command"])?;
    for effect in item["effects"].as_array().into_iter().flatten() {
        writeln!(out, "  {}", effect.as_str().unwrap_or_default())?;
    }
    Ok(())
}
