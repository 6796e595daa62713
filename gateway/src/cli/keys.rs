//! `keys new` and `recover`: what an operator does by hand on the machine, while the exchange is stopped. Both are
//! journaled as commands of the venue itself.

use super::{
    args::{NewKeyArgs, RecoverArgs},
    ask,
    error::CliError,
    serve::runtime,
};
use crate::{
    config,
    proof::{seal::Seal, signing, venue_key},
    server::{RunError, by_hand, first_rules},
};
use protocol::{
    Command, Digest, Outcome, Receipt,
    control::{Recover, VenueKey},
};
use std::{
    io::{self, Write as _},
    path::PathBuf,
};

/// What follows from another key.
const FOLLOWS: &str = "What follows from another key of the venue:
  - certificates, heads of lots and bidders' receipts are signed with it from here on; those of before stay good under the old one;
  - whoever checks with `--key` has to be told it; GET /v1/venue-keys tells everyone which key signed since when, as the journal does;
  - logs of lots are signed with it from here on, those of before too; who kept heads or receipts under the old one checks with both
    (`zhiheng auction verify --key OLD --key NEW`);
  - if the old one was stolen, what is signed with it and dated after this is not yours.";

/// Another key for the venue to sign with.
pub(super) fn new(args: &NewKeyArgs) -> Result<(), CliError> {
    let (data_dir, seal, sequencer) = match (&args.config, &args.data_dir) {
        (Some(path), _) => {
            let config = config::load(path)?;
            (config.data_dir, config.seal, config.sequencer)
        }
        (None, data_dir) => {
            let data_dir: PathBuf = data_dir.clone().unwrap_or_default();
            (data_dir, Seal::from_environment()?, sequencer::Config::default())
        }
    };
    eprintln!("{FOLLOWS}");
    if !args.replace {
        return Err(CliError::failed("nothing was done: --replace does it"));
    }
    if first_rules(&data_dir)?.is_none() {
        return Err(RunError::NothingBegun(data_dir).into());
    }
    let next = venue_key::successor(&data_dir).map_err(CliError::failed)?;
    let public_key = venue_key::public(&next);
    let named = by_hand::tell(&data_dir, &seal, &sequencer, |market| {
        // An attempt that was broken off may have named it already.
        let named = market.records().venue_key().map(|(key, _)| key);
        (named != Some(public_key)).then_some(Command::SetVenueKey(VenueKey { public_key }))
    });
    let named = runtime()?.block_on(named)?;
    let kept = venue_key::install(&data_dir).map_err(CliError::failed)?;
    writeln!(io::stdout().lock(), "{}", signing::hex(&public_key.0))?;
    if let Some(answer) = named {
        eprintln!("the key above signs from command {} on", answer.seq.0);
    }
    if let Some(kept) = kept {
        eprintln!("the old one lies in {}", kept.display());
    }
    Ok(())
}

/// The way back where no operator can sign any more.
pub(super) fn recover(args: &RecoverArgs) -> Result<(), CliError> {
    let mut config = config::load(&args.config)?;
    config.sequencer.known = args.accepted.of(config.sequencer.known);
    let public_key = Digest(config.genesis.operator_key);
    let others = if args.end_other_keys {
        " Every other key of operators ends."
    } else {
        ""
    };
    let question = format!(
        "The exchange in {} is given to the key {} as its first operator, with every scope.{others} That is journaled and told to every operator. Go on?",
        config.data_dir.display(),
        signing::hex(&public_key.0)
    );
    ask::confirm(&question, args.yes)?;
    let recover = Command::Recover(Box::new(Recover {
        public_key,
        networks: config.genesis.operator_networks.clone(),
        end_others: args.end_other_keys,
    }));
    let told = by_hand::tell(&config.data_dir, &config.seal, &config.sequencer, |_| Some(recover));
    let answer = runtime()?.block_on(told)?;
    let Some((seq, Outcome::Done(Receipt::Key(key)))) = answer.map(|answer| (answer.seq, answer.outcome)) else {
        return Err(CliError::failed("the exchange gave no key"));
    };
    writeln!(io::stdout().lock(), "{}", key.0)?;
    eprintln!(
        "the line above is the key's number, from command {} on: put it into the key file as key_id, and start the exchange",
        seq.0
    );
    if !args.end_other_keys {
        eprintln!(
            "where two operators decide together, another still has to sign; if none can, do it again with --end-other-keys"
        );
    }
    Ok(())
}
