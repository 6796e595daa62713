//! The command line. `zhiheng` alone runs the demo market; the subcommands serve, import, follow, sign, and read
//! journals and scripts.
//!
//! Exit codes: 0 done, 1 failed (the reason stands on standard error), 2 the command line was not understood. Results
//! go to standard output, words about them to standard error, and progress is shown on a terminal alone.

mod args;
mod ask;
mod auction;
mod calendar;
mod certificate;
mod client;
mod demo_id;
mod error;
mod export;
mod import;
mod journal;
mod keys;
mod memory;
mod pin;
mod pledges;
mod progress;
mod proposals;
mod rows;
pub mod script;
mod serve;
mod sign;
mod tail;
mod tls;
mod told;
mod what_if;

pub use error::CliError;

use crate::liens;
use args::{
    AuctionCommand, CalendarCommand, CertificateCommand, Cli, Command, ExportCommand, ImportCommand, JournalCommand,
    KeysCommand, PledgesCommand,
};
use clap::Parser as _;
use protocol::{Date, Digest, EntityId, title::Extract};
use std::{ffi::OsString, io, process::ExitCode};

/// Runs the command line `args`, whose first is the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistakes: clap knows which stream and which code.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = memory::keep().and_then(|()| carry_out(cli));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zhiheng: {error}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => serve::demo(&cli.demo),
        Some(Command::Serve {
            config,
            allow_demo,
            receipts,
            accepted,
        }) => serve::serve(&config, allow_demo, &receipts, &accepted),
        Some(Command::Import(ImportCommand::Assets(args))) => import::assets(&args),
        Some(Command::Import(ImportCommand::Pledges(args))) => pledges::import(&args),
        Some(Command::Pledges(PledgesCommand::History { right, register })) => {
            pledges::history(&register.register, right.as_deref())
        }
        Some(Command::Pledges(PledgesCommand::Standing { right, on, register })) => {
            pledges::standing(&register.register, &right, on)
        }
        Some(Command::Calendar(CalendarCommand::Import(args))) => calendar::import(&args),
        Some(Command::Calendar(CalendarCommand::Show(args))) => calendar::show(&args),
        Some(Command::Export(ExportCommand::Assets(args))) => export::assets(&args),
        Some(Command::Tail(args)) => tail::tail(&args),
        Some(Command::Proposals(args)) => proposals::list(&args),
        Some(Command::Sign(args)) => sign::sign(&args),
        Some(Command::Keygen(args)) => sign::keygen(&args),
        Some(Command::Pin(args)) => pin::pin(&args),
        Some(Command::Keys(KeysCommand::New(args))) => keys::new(&args),
        Some(Command::Recover(args)) => keys::recover(&args),
        Some(Command::Apply(args)) => script::apply_command(&args),
        Some(Command::DemoId(args)) => demo_id::print(&args),
        Some(Command::Journal(JournalCommand::Verify {
            dir,
            book,
            until_seq,
            seal,
        })) => journal::verify(&dir, book.into(), until_seq, &seal),
        Some(Command::Auction(AuctionCommand::List {
            exchange,
            state,
            format,
        })) => auction::list(&exchange, state.as_deref(), format.as_deref()),
        Some(Command::Auction(AuctionCommand::Commit(args))) => auction::commit(&args),
        Some(Command::Auction(AuctionCommand::Verify(args))) => auction::verify(&args),
        Some(Command::Certificate(CertificateCommand::Verify(args))) => certificate::verify(&args),
        Some(Command::Journal(JournalCommand::Dump {
            dir,
            from_seq,
            until_seq,
            seal,
        })) => journal::dump(&dir, from_seq, until_seq, &seal),
    }
}

/// How many rights a file of `import assets` holds, as it is read on this day; or how many of its lines are bad.
///
/// # Errors
/// The number of bad lines.
pub fn rights_in(file: &[u8], today: Date) -> Result<usize, usize> {
    let extract = Extract {
        drawn: today,
        evidence: Digest::default(),
    };
    let common = rows::Common {
        owner: EntityId(1),
        terms: None,
        extract,
        today,
    };
    rows::read(file, &common)
        .map(|rights| rights.len())
        .map_err(|bad| bad.len())
}

/// How many liens the files of `import pledges` tell of, or how many faults they have.
///
/// # Errors
/// The number of faults.
pub fn liens_in(interests: &[u8], properties: &[u8]) -> Result<usize, usize> {
    liens::read(interests, properties)
        .map(|register| register.lien_count())
        .map_err(|faults| faults.count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_the_demo() {
        let cli = Cli::try_parse_from(["zhiheng", "--listen", "127.0.0.1:0"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.demo.listen.port(), 0);
        assert!(Cli::try_parse_from(["zhiheng", "--bots", "0", "serve", "--config", "x"]).is_err());
    }
}
