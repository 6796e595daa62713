//! The command line. `zhiheng` alone runs the demo market; the subcommands serve, import, follow, sign, and read
//! journals and scripts.
//!
//! Exit codes: 0 done, 1 failed (the reason stands on standard error), 2 the command line was not understood. Results
//! go to standard output, words about them to standard error, and progress is shown on a terminal alone.

mod auction;
mod certificate;
mod client;
mod export;
mod import;
mod journal;
mod progress;
mod rows;
pub mod script;
mod serve;
mod sign;
mod tail;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sequencer::BookKind;
use std::{ffi::OsString, io, net::SocketAddr, path::PathBuf, process::ExitCode};

/// Where the demo market listens, and where clients look for it.
pub const DEMO_LISTEN: &str = "127.0.0.1:7420";
/// Where the demo market is asked for by default.
pub const DEMO_URL: &str = "http://127.0.0.1:7420";
/// The demo's folder.
pub const DEMO_DATA: &str = "zhiheng-data";
/// The operator's key file in the demo's folder.
pub const DEMO_OPERATOR_KEY: &str = "zhiheng-data/keys/operator.key";

/// Zhiheng 知衡: an exchange for intellectual property. Without a command: the demo market.
#[derive(Parser, Debug)]
#[command(name = "zhiheng", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: DemoArgs,
}

#[derive(Args, Debug)]
struct DemoArgs {
    /// Where the demo market listens
    #[arg(long, default_value = DEMO_LISTEN, env = "ZHIHENG_LISTEN")]
    listen: SocketAddr,
    /// The folder that the demo market lives in; it survives restarts
    #[arg(long, default_value = DEMO_DATA, env = "ZHIHENG_DATA_DIR")]
    data_dir: PathBuf,
    /// About how many orders a second the quoting bots give; 0: no bots
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    bots: u32,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run an exchange, empty at first (default profile cn-venue)
    Serve {
        /// The configuration, TOML
        #[arg(long)]
        config: PathBuf,
    },
    /// Bring data into a running exchange
    #[command(subcommand)]
    Import(ImportCommand),
    /// Take data out of a running exchange
    #[command(subcommand)]
    Export(ExportCommand),
    /// Follow a channel and prove the copy: book.l2, trades or auction
    Tail(TailArgs),
    /// Print the headers that sign a request
    Sign(SignArgs),
    /// Make a key file and print the public key
    Keygen(KeygenArgs),
    /// Run JSON command lines through a fresh core and print the events
    Apply(ApplyArgs),
    /// Read a journal; changes nothing
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Public logs of lots
    #[command(subcommand)]
    Auction(AuctionCommand),
    /// Certificates of the registry
    #[command(subcommand)]
    Certificate(CertificateCommand),
}

/// How to reach a running exchange.
#[derive(Args, Debug)]
struct Remote {
    /// The exchange's address
    #[arg(long, default_value = DEMO_URL, env = "ZHIHENG_URL")]
    url: String,
    /// The key file that signs
    #[arg(long, default_value = DEMO_OPERATOR_KEY, env = "ZHIHENG_KEY_FILE")]
    key_file: PathBuf,
}

#[derive(Subcommand, Debug)]
enum ImportCommand {
    /// Register rights from a CSV file, and list their units: the whole file is checked first, then sent in batches
    Assets(ImportArgs),
}

#[derive(Args, Debug)]
struct ImportArgs {
    /// The CSV file (its forms: docs/COMMANDS.md)
    file: PathBuf,
    /// The entity that owns the rights
    #[arg(long)]
    owner: u32,
    /// How many units of each right may be issued [default: the rights are registered, and no units listed]
    #[arg(long, requires = "tick")]
    units: Option<String>,
    /// Every price is a multiple of it
    #[arg(long, requires = "units")]
    tick: Option<String>,
    /// The day on which the file was drawn from the register [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    drawn_on: Option<String>,
    /// What the units are paid in
    #[arg(long, default_value = "CNY")]
    currency: String,
    /// The lowest price [default: the tick]
    #[arg(long)]
    price_low: Option<String>,
    /// The highest price [default: 100,000 ticks]
    #[arg(long)]
    price_high: Option<String>,
    /// Every quantity is a multiple of it
    #[arg(long, default_value = "1")]
    lot: String,
    /// The largest quantity of one order [default: all units]
    #[arg(long)]
    order_max: Option<String>,
    /// The owner's account that receives all units of each right [default: none are issued yet]
    #[arg(long)]
    issue_to: Option<u32>,
    /// Check the file and send nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand, Debug)]
enum ExportCommand {
    /// The rights that the key may see, as CSV that `import assets` reads
    Assets(ExportArgs),
}

#[derive(Args, Debug)]
struct ExportArgs {
    /// The file to write; never overwritten [default: standard output]
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Args, Debug)]
struct TailArgs {
    /// book.l2, trades or auction
    channel: String,
    /// The symbol, several of them, or * for all
    #[arg(long = "symbol", default_value = "*", value_delimiter = ',')]
    symbols: Vec<String>,
    /// Rebuild the book and check every frame's number and checksum; the first mistake ends with exit code 1
    #[arg(long)]
    verify: bool,
    /// Go on behind this seq (of one symbol)
    #[arg(long)]
    from_seq: Option<u64>,
    /// Stop after so many frames
    #[arg(long)]
    count: Option<u64>,
    /// Keep the copies in this file, and go on from it without a gap
    #[arg(long)]
    state: Option<PathBuf>,
    /// Print no frames
    #[arg(long)]
    quiet: bool,
    /// The exchange's address
    #[arg(long, default_value = DEMO_URL, env = "ZHIHENG_URL")]
    url: String,
}

#[derive(Args, Debug)]
struct SignArgs {
    /// GET, POST, DELETE, …
    method: String,
    /// The path with its query, as in /v1/orders?limit=10
    path: String,
    /// The body: a text, @FILE, or - for standard input
    body: Option<String>,
    /// The key file that signs
    #[arg(long, default_value = DEMO_OPERATOR_KEY, env = "ZHIHENG_KEY_FILE")]
    key_file: PathBuf,
    /// Print arguments for `curl $(zhiheng sign --curl …)` instead of header lines
    #[arg(long)]
    curl: bool,
}

#[derive(Args, Debug)]
struct KeygenArgs {
    /// The file to write; never overwritten, readable by its owner alone
    #[arg(long)]
    out: PathBuf,
    /// The number that the exchange knows the key by; 0 is the first operator's
    #[arg(long, default_value_t = 0)]
    key_id: u32,
    /// A word on what it is for
    #[arg(long, default_value = "")]
    label: String,
}

/// What opens bidders' requests.
#[derive(Args, Debug)]
struct SealArgs {
    /// The venue's seal key, which opens bidders' requests [default: ZHIHENG_SEAL_KEY, or the file beside the data folder]
    #[arg(long, value_name = "FILE")]
    seal_key_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct ApplyArgs {
    /// The script; standard input by default
    file: Option<PathBuf>,
    /// Print the digest of the state at the end
    #[arg(long)]
    state_hash: bool,
    /// Which book the core runs on
    #[arg(long, value_enum, default_value_t = Book::Fast)]
    book: Book,
    /// Print the answer to each command too
    #[arg(long)]
    answers: bool,
    /// Print no events
    #[arg(long)]
    quiet: bool,
    /// The venue's seal key, which opens bidders' requests in the script [default: ZHIHENG_SEAL_KEY]
    #[arg(long, value_name = "FILE")]
    seal_key_file: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum JournalCommand {
    /// Re-derive the hash chain, the events and the state
    Verify {
        /// The journal's folder, or the data folder that holds it
        dir: PathBuf,
        /// Which book the core runs on
        #[arg(long, value_enum, default_value_t = Book::Fast)]
        book: Book,
        #[command(flatten)]
        seal: SealArgs,
    },
    /// Print the commands as lines for `zhiheng apply`
    Dump {
        /// The journal's folder, or the data folder that holds it
        dir: PathBuf,
        /// The first command to print
        #[arg(long, default_value_t = 1)]
        from_seq: u64,
        #[command(flatten)]
        seal: SealArgs,
    },
}

#[derive(Subcommand, Debug)]
enum AuctionCommand {
    /// Print the lots of a running exchange, a line each; needs no key
    List {
        /// The exchange's address
        #[arg(long, default_value = DEMO_URL, env = "ZHIHENG_URL")]
        url: String,
        /// Lots in this state alone, as in open
        #[arg(long)]
        state: Option<String>,
        /// Lots of this format alone, as in ascending
        #[arg(long)]
        format: Option<String>,
    },
    /// Print what commits to a sealed bid, and the nonce that reveals it: keep that to yourself until then
    Commit(CommitArgs),
    /// Prove a lot's public log without asking anybody: numbers, chain, signed heads, every bid, end and winner
    Verify(AuctionArgs),
}

#[derive(Args, Debug)]
struct AuctionArgs {
    /// The log: of GET /v1/auctions/{id}/log, or the frames of auction as a watcher wrote them down, one a line
    file: PathBuf,
    /// The venue's public key, in hex [default: any one key]
    #[arg(long)]
    key: Option<String>,
    /// Receipts, or answers or frames of executions that hold one, one a line: those whose bid is not in the log are named
    #[arg(long)]
    receipts: Option<PathBuf>,
    /// Takes the log of a lot that is not over yet; without it such a log counts as cut short
    #[arg(long)]
    so_far: bool,
}

#[derive(Args, Debug)]
struct CommitArgs {
    /// The lot
    #[arg(long)]
    lot: u64,
    /// One's own number in it
    #[arg(long)]
    number: u32,
    /// The bid, as in 4200000.00
    #[arg(long)]
    price: String,
    /// In which currency
    #[arg(long, default_value = "CNY")]
    currency: String,
}

#[derive(Subcommand, Debug)]
enum CertificateCommand {
    /// Check a certificate's signature, offline, and say what it states
    Verify(CertificateArgs),
}

#[derive(Args, Debug)]
struct CertificateArgs {
    /// The certificate, as `GET /v1/certificates/{asset_id}` gave it
    file: PathBuf,
    /// The venue's public key in hex, as you were told it
    #[arg(long)]
    key: Option<String>,
}

/// Which book a core runs on; both give the same events and the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Book {
    /// The one in use
    Fast,
    /// The plain one, the oracle
    Plain,
}

impl From<Book> for BookKind {
    fn from(book: Book) -> Self {
        match book {
            Book::Fast => Self::Fast,
            Book::Plain => Self::Plain,
        }
    }
}

/// Why a command failed, in words for the person who gave it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// What it was given, or what it met.
    #[error("{0}")]
    Failed(String),
    /// A key file.
    #[error(transparent)]
    Key(#[from] crate::proof::signing::KeyFileError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The server.
    #[error(transparent)]
    Run(#[from] crate::server::RunError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    /// Standard output.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    fn failed(words: impl std::fmt::Display) -> Self {
        Self::Failed(words.to_string())
    }
}

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
    let done = match cli.command {
        None => serve::demo(cli.demo.listen, &cli.demo.data_dir, cli.demo.bots),
        Some(Command::Serve { config }) => serve::serve(&config),
        Some(Command::Import(ImportCommand::Assets(args))) => import::assets(&args),
        Some(Command::Export(ExportCommand::Assets(args))) => export::assets(&args),
        Some(Command::Tail(args)) => tail::tail(&args),
        Some(Command::Sign(args)) => sign::sign(&args),
        Some(Command::Keygen(args)) => sign::keygen(&args),
        Some(Command::Apply(args)) => script::apply_command(&args),
        Some(Command::Journal(JournalCommand::Verify { dir, book, seal })) => journal::verify(&dir, book.into(), &seal),
        Some(Command::Auction(AuctionCommand::List { url, state, format })) => {
            auction::list(&url, state.as_deref(), format.as_deref())
        }
        Some(Command::Auction(AuctionCommand::Commit(args))) => auction::commit(&args),
        Some(Command::Auction(AuctionCommand::Verify(args))) => auction::verify(&args),
        Some(Command::Certificate(CertificateCommand::Verify(args))) => certificate::verify(&args),
        Some(Command::Journal(JournalCommand::Dump { dir, from_seq, seal })) => journal::dump(&dir, from_seq, &seal),
    };
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
