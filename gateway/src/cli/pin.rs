//! `pin`: binds a key file to a venue.

use super::{args::PinArgs, ask, client::Client, error::CliError};
use crate::proof::{
    pin::{self, PinError},
    signing::Key,
};
use std::io::{self, Write as _};

/// Binds the key file to the venue that is asked, in the place of the one before.
pub(super) fn pin(args: &PinArgs) -> Result<(), CliError> {
    let file = &args.remote.key_file;
    Key::load(file)?;
    let told = Client::public(&args.remote.exchange)?.told()?;
    if let Some(said) = args.remote.venue.as_ref().filter(|said| **said != told) {
        let url = &args.remote.exchange.url;
        return Err(CliError::failed(format!(
            "the venue at {url} is {told}, not {said} (--venue)"
        )));
    }
    match pin::read(file) {
        Ok(Some(pinned)) if pinned != told => {
            let question = format!(
                "{} signs for the venue {pinned}. From here on for {told}, which {} says it is?",
                file.display(),
                args.remote.exchange.url
            );
            ask::confirm(&question, args.yes)?;
        }
        Ok(_) | Err(PinError::Malformed(_)) => {}
        Err(error) => return Err(error.into()),
    }
    pin::set(file, &told)?;
    writeln!(io::stdout().lock(), "{told}")?;
    eprintln!("{} signs for the venue above, and for no other", file.display());
    Ok(())
}
