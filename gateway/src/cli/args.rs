//! The arguments of each command, and what `--help` says of them.

use clap::{Args, Parser, Subcommand, ValueEnum};
use protocol::{Date, Seq, Timestamp};
use sequencer::{BookKind, Known};
use std::{net::SocketAddr, path::PathBuf};

/// Where the demo market listens, and where clients look for it.
const DEMO_LISTEN: &str = "127.0.0.1:7420";
/// Where the demo market is asked for by default.
const DEMO_URL: &str = "http://127.0.0.1:7420";
/// The demo's folder.
const DEMO_DATA: &str = "zhiheng-data";
/// Where `import pledges` keeps what it read.
const LIEN_REGISTER: &str = "zhiheng-pledges";
/// The operator's key file in the demo's folder.
const DEMO_OPERATOR_KEY: &str = "zhiheng-data/keys/operator.key";

/// Zhiheng 知衡: an exchange for intellectual property. Without a command: the demo market.
#[derive(Parser, Debug)]
#[command(name = "zhiheng", version, args_conflicts_with_subcommands = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) demo: DemoArgs,
}

#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// Where the demo market listens
    #[arg(long, default_value = DEMO_LISTEN, env = "ZHIHENG_LISTEN")]
    pub(super) listen: SocketAddr,
    /// Where its metrics are read, at /metrics; without it, nowhere
    #[arg(long)]
    pub(super) metrics_listen: Option<SocketAddr>,
    /// The folder that the demo market lives in; it survives restarts
    #[arg(long, default_value = DEMO_DATA, env = "ZHIHENG_DATA_DIR")]
    pub(super) data_dir: PathBuf,
    /// About how many orders a second the quoting bots give; 0: no bots
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(super) bots: u32,
    /// Begin a demo market in that folder without asking
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Run an exchange, empty at first (default profile cn-venue)
    Serve {
        /// The configuration, TOML
        #[arg(long)]
        config: PathBuf,
        /// Serve the demo market's journal, whose participants and money are made up
        #[arg(long)]
        allow_demo: bool,
        /// A file with receipts that bidders hold, a receipt or a list: the journal must hold their commands
        #[arg(long = "receipt", value_name = "FILE")]
        receipts: Vec<PathBuf>,
        #[command(flatten)]
        accepted: Accepted,
    },
    /// Bring data in: rights into a running exchange, records of security interests into a register beside it
    #[command(subcommand)]
    Import(ImportCommand),
    /// Ask the register of historical security interests: which liens stood on a right, and when
    #[command(subcommand)]
    Pledges(PledgesCommand),
    /// Days off and working weekends
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Take data out of a running exchange
    #[command(subcommand)]
    Export(ExportCommand),
    /// Follow a channel of the market or of lots and prove the copy
    Tail(TailArgs),
    /// Print what waits for a second person: each proposal as the command that it is, and what it does in words
    Proposals(ProposalsArgs),
    /// Print the headers that sign a request
    Sign(SignArgs),
    /// Make a key file and print the public key
    Keygen(KeygenArgs),
    /// Bind a key file to the venue at --url; it signs for no other from here on
    Pin(PinArgs),
    /// The key that the venue itself signs with
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Give a stopped exchange back to its first operator, by the configuration's key: where no operator can sign any more
    Recover(RecoverArgs),
    /// Run JSON command lines through a fresh core and print the events
    Apply(ApplyArgs),
    /// Read a journal; changes nothing
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Public logs of lots
    #[command(subcommand)]
    Auction(AuctionCommand),
    /// Print well-formed identifiers that belong to nobody, for examples
    DemoId(DemoIdArgs),
    /// Certificates of the registry
    #[command(subcommand)]
    Certificate(CertificateCommand),
}

/// What a start accepts against the evidence, by name: said in a script for ever, it accepts nothing else.
#[derive(Args, Debug)]
pub(super) struct Accepted {
    /// Go on though the journal's end is missing: it ends with this command. Journaled, and public
    #[arg(long, value_name = "SEQ")]
    pub(super) accept_loss: Option<u64>,
    /// Go on though the machine's clock is in doubt: the time is this, to an hour
    #[arg(long, value_name = "TIME")]
    pub(super) accept_time: Option<Timestamp>,
}

impl Accepted {
    /// What is known of a journal, with this accepted.
    pub(super) fn of(&self, known: Known) -> Known {
        Known {
            accept_loss: self.accept_loss.map(Seq),
            accept_time: self.accept_time,
            ..known
        }
    }
}

/// Where a running exchange is.
#[derive(Args, Debug)]
pub(super) struct Exchange {
    /// The exchange's address: http://HOST:PORT, or https://HOST:PORT
    #[arg(long, default_value = DEMO_URL, env = "ZHIHENG_URL")]
    pub(super) url: String,
    /// The root certificates that an https exchange is checked by, PEM [default: the system's]
    #[arg(long, value_name = "FILE", env = "ZHIHENG_ROOT_CERTIFICATE")]
    pub(super) root_certificate: Option<PathBuf>,
}

/// How to reach a running exchange, and who signs.
#[derive(Args, Debug)]
pub(super) struct Remote {
    #[command(flatten)]
    pub(super) exchange: Exchange,
    /// The key file that signs
    #[arg(long, default_value = DEMO_OPERATOR_KEY, env = "ZHIHENG_KEY_FILE")]
    pub(super) key_file: PathBuf,
    /// The id of the venue that is signed for, this once [default: the one that the key file is bound to; at its first use as the exchange there tells it]
    #[arg(long, env = "ZHIHENG_VENUE")]
    pub(super) venue: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct ProposalsArgs {
    #[command(flatten)]
    pub(super) remote: Remote,
    /// Those that were decided or lapsed, too
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Subcommand, Debug)]
pub(super) enum ImportCommand {
    /// Register rights from a CSV file, and list their units: the whole file is checked first, then sent in batches
    Assets(Box<ImportArgs>),
    /// Read an office's records of security interests into a register beside the exchange; nothing is sent to it
    Pledges(ImportPledgesArgs),
}

/// The historical register of security interests.
#[derive(Args, Debug)]
pub(super) struct LienRegister {
    /// The register's folder: what `import pledges` keeps, or any folder with security_interests.csv and properties.csv
    #[arg(long, value_name = "DIR", default_value = LIEN_REGISTER, env = "ZHIHENG_PLEDGES")]
    pub(super) register: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct ImportPledgesArgs {
    /// The folder with security_interests.csv and properties.csv (their form: docs/LIENS.md)
    pub(super) folder: PathBuf,
    /// Check the files and keep nothing
    #[arg(long)]
    pub(super) check: bool,
    #[command(flatten)]
    pub(super) register: LienRegister,
}

#[derive(Subcommand, Debug)]
pub(super) enum PledgesCommand {
    /// Print the life of every lien that ever stood on a right
    History {
        /// The right: its patent's number, its application's or its publication's [default: the right with the most liens]
        right: Option<String>,
        #[command(flatten)]
        register: LienRegister,
    },
    /// Print the liens that stand on a right on a day
    Standing {
        /// The right: its patent's number, its application's or its publication's
        right: String,
        /// The day, by the office's days of recording
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Date,
        #[command(flatten)]
        register: LienRegister,
    },
}

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// The CSV file (its forms: docs/COMMANDS.md)
    pub(super) file: PathBuf,
    /// The entity that owns the rights
    #[arg(long)]
    pub(super) owner: u32,
    /// How many units of each right may be issued [default: the rights are registered, and no units listed]
    #[arg(long, requires = "tick")]
    pub(super) units: Option<String>,
    /// Every price is a multiple of it
    #[arg(long, requires = "units")]
    pub(super) tick: Option<String>,
    /// The day on which the file was drawn from the register [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) drawn_on: Option<String>,
    /// What the units are paid in
    #[arg(long, default_value = "CNY")]
    pub(super) currency: String,
    /// The lowest price [default: the tick]
    #[arg(long)]
    pub(super) price_low: Option<String>,
    /// The highest price [default: 100,000 ticks]
    #[arg(long)]
    pub(super) price_high: Option<String>,
    /// Every quantity is a multiple of it
    #[arg(long, default_value = "1")]
    pub(super) lot: String,
    /// The largest quantity of one order [default: all units]
    #[arg(long)]
    pub(super) order_max: Option<String>,
    /// The owner's account that receives all units of each right [default: none are issued yet]
    #[arg(long)]
    pub(super) issue_to: Option<u32>,
    /// Check the file and send nothing
    #[arg(long)]
    pub(super) check: bool,
    #[command(flatten)]
    pub(super) remote: Remote,
}

#[derive(Subcommand, Debug)]
pub(super) enum CalendarCommand {
    /// Read the State Council's lists, a file a year, and propose the rules in force with the calendar that they make
    Import(CalendarImportArgs),
    /// Print a month: of the exchange, or of lists
    Show(CalendarShowArgs),
}

#[derive(Args, Debug)]
pub(super) struct CalendarImportArgs {
    /// The lists, JSON as public data sets give them: {year, papers, days: [{name, date, isOffDay}]}
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Check the lists and send nothing
    #[arg(long)]
    pub(super) check: bool,
    #[command(flatten)]
    pub(super) remote: Remote,
}

#[derive(Args, Debug)]
pub(super) struct CalendarShowArgs {
    /// The month, as in 2026-10 [default: this one]
    pub(super) month: Option<String>,
    /// Lists to show instead of the exchange's calendar
    #[arg(long = "file")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) exchange: Exchange,
}

#[derive(Subcommand, Debug)]
pub(super) enum ExportCommand {
    /// The rights that the key may see, as CSV that `import assets` reads
    Assets(ExportArgs),
}

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// The file to write; never overwritten [default: standard output]
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) remote: Remote,
}

#[derive(Args, Debug)]
pub(super) struct TailArgs {
    /// Any public channel: book.l1, book.l2, book.l2.10, book.l2.100ms, book.l3, trades, ticker, candles.1m, status,
    /// instruments, auction …
    pub(super) channel: String,
    /// The symbol, several of them, or * for all
    #[arg(long = "symbol", default_value = "*", value_delimiter = ',')]
    pub(super) symbols: Vec<String>,
    /// Rebuild the book and check every frame's number and checksum; the first mistake ends with exit code 1
    #[arg(long)]
    pub(super) verify: bool,
    /// Go on behind this seq (of one symbol)
    #[arg(long)]
    pub(super) from_seq: Option<u64>,
    /// Stop after so many frames
    #[arg(long)]
    pub(super) count: Option<u64>,
    /// Keep the copies in this file, and go on from it without a gap
    #[arg(long)]
    pub(super) state: Option<PathBuf>,
    /// Print no frames
    #[arg(long)]
    pub(super) quiet: bool,
    /// Go on where it was when the connection is lost, for as long as it takes
    #[arg(long)]
    pub(super) reconnect: bool,
    #[command(flatten)]
    pub(super) exchange: Exchange,
}

#[derive(Args, Debug)]
pub(super) struct SignArgs {
    /// GET, POST, DELETE, …
    pub(super) method: String,
    /// The path with its query, as in /v1/orders?limit=10
    pub(super) path: String,
    /// The body: a text, @FILE, or - for standard input
    pub(super) body: Option<String>,
    #[command(flatten)]
    pub(super) remote: Remote,
    /// Print arguments for `curl $(zhiheng sign --curl …)` instead of header lines
    #[arg(long)]
    pub(super) curl: bool,
}

#[derive(Args, Debug)]
pub(super) struct KeygenArgs {
    /// The file to write; never overwritten, readable by its owner alone
    #[arg(long)]
    pub(super) out: PathBuf,
    /// The number that the exchange knows the key by; 0 is the first operator's
    #[arg(long, default_value_t = 0)]
    pub(super) key_id: u32,
    /// A word on what it is for
    #[arg(long, default_value = "")]
    pub(super) label: String,
    /// The id of the venue that it signs for [default: the first one that it is used at]
    #[arg(long)]
    pub(super) venue: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct PinArgs {
    #[command(flatten)]
    pub(super) remote: Remote,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Subcommand, Debug)]
pub(super) enum KeysCommand {
    /// Make another key for the venue to sign with, while the exchange is stopped
    New(NewKeyArgs),
}

#[derive(Args, Debug)]
pub(super) struct NewKeyArgs {
    /// The exchange's configuration
    #[arg(long, required_unless_present = "data_dir", conflicts_with = "data_dir")]
    pub(super) config: Option<PathBuf>,
    /// The data folder, of an exchange without one (the demo market)
    #[arg(long)]
    pub(super) data_dir: Option<PathBuf>,
    /// Put it into the place of the one in use; without this it is only said what follows
    #[arg(long)]
    pub(super) replace: bool,
}

#[derive(Args, Debug)]
pub(super) struct RecoverArgs {
    /// The exchange's configuration; its operator_public_key gets every scope
    #[arg(long)]
    pub(super) config: PathBuf,
    /// End every other key of operators too: those who hold them are gone, or not who they should be
    #[arg(long)]
    pub(super) end_other_keys: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    #[command(flatten)]
    pub(super) accepted: Accepted,
}

/// What opens bidders' requests.
#[derive(Args, Debug)]
pub(super) struct SealArgs {
    /// The venue's seal key, which opens bidders' requests [default: ZHIHENG_SEAL_KEY, or the file beside the data
    /// folder]
    #[arg(long, value_name = "FILE")]
    pub(super) seal_key_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct ApplyArgs {
    /// The script; standard input by default
    pub(super) file: Option<PathBuf>,
    /// Print the digest of the state at the end
    #[arg(long)]
    pub(super) state_hash: bool,
    /// Which book the core runs on
    #[arg(long, value_enum, default_value_t = Book::Fast)]
    pub(super) book: Book,
    /// Print the answer to each command too
    #[arg(long)]
    pub(super) answers: bool,
    /// Print no events
    #[arg(long)]
    pub(super) quiet: bool,
    /// Print only events of these types, or of records and notices of these kinds, as in trade,lot
    #[arg(long, value_delimiter = ',', value_name = "TYPE,…")]
    pub(super) only: Vec<String>,
    /// Print only events for these audiences: public, private, sealed, staff, readers
    #[arg(long, value_delimiter = ',', value_name = "AUDIENCE,…")]
    pub(super) audience: Vec<String>,
    /// Every field is said, no line names anything, and an unknown symbol ends the run
    #[arg(long)]
    pub(super) strict: bool,
    /// The venue's seal key, which opens bidders' requests in the script [default: ZHIHENG_SEAL_KEY]
    #[arg(long, value_name = "FILE")]
    pub(super) seal_key_file: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub(super) enum JournalCommand {
    /// Re-derive the hash chain, the events and the state
    Verify {
        /// The journal's folder, or the data folder that holds it
        dir: PathBuf,
        /// Which book the core runs on
        #[arg(long, value_enum, default_value_t = Book::Fast)]
        book: Book,
        /// The last command to count: the state there is what a dump up to there leads to
        #[arg(long)]
        until_seq: Option<u64>,
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
        /// The last command to print
        #[arg(long)]
        until_seq: Option<u64>,
        #[command(flatten)]
        seal: SealArgs,
    },
}

#[derive(Subcommand, Debug)]
pub(super) enum AuctionCommand {
    /// Print the lots of a running exchange, a line each; needs no key
    List {
        #[command(flatten)]
        exchange: Exchange,
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
pub(super) struct AuctionArgs {
    /// The log: of GET /v1/auctions/{id}/log, or the frames of auction as a watcher wrote them down, one a line
    pub(super) file: PathBuf,
    /// The venue's public key, in hex; each of them where it was replaced [default: any one key]
    #[arg(long = "key", value_name = "KEY")]
    pub(super) keys: Vec<String>,
    /// Receipts, or answers or frames of executions that hold one, one a line: those whose bid is not in the log are
    /// named
    #[arg(long)]
    pub(super) receipts: Option<PathBuf>,
    /// Takes the log of a lot that is not over yet; without it such a log counts as cut short
    #[arg(long)]
    pub(super) so_far: bool,
}

#[derive(Args, Debug)]
pub(super) struct CommitArgs {
    /// The lot
    #[arg(long)]
    pub(super) lot: u64,
    /// One's own number in it
    #[arg(long)]
    pub(super) number: u32,
    /// The bid, as in 4200000.00
    #[arg(long)]
    pub(super) price: String,
    /// In which currency
    #[arg(long, default_value = "CNY")]
    pub(super) currency: String,
}

#[derive(Subcommand, Debug)]
pub(super) enum CertificateCommand {
    /// Check a certificate's signature, offline, and say what it states
    Verify(CertificateArgs),
}

#[derive(Args, Debug)]
pub(super) struct CertificateArgs {
    /// The certificate, as `GET /v1/certificates/{asset_id}` gave it
    pub(super) file: PathBuf,
    /// The venue's public key in hex, as you were told it
    #[arg(long)]
    pub(super) key: Option<String>,
}

/// Which book a core runs on; both give the same events and the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Book {
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

#[derive(Args, Debug)]
pub(super) struct DemoIdArgs {
    /// Of which kind
    #[arg(value_enum)]
    pub(super) kind: DemoId,
    /// How many
    #[arg(long, default_value_t = 1)]
    pub(super) count: u32,
    /// The first: the same number gives the same identifier
    #[arg(long, default_value_t = 1)]
    pub(super) from: u32,
}

/// A kind of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DemoId {
    /// A unified social credit code (GB 32100-2015)
    Uscc,
    /// A legal entity identifier (ISO 17442)
    Lei,
    /// The application number of a Chinese invention
    Patent,
    /// The application number of a Chinese utility model
    UtilityModel,
    /// The application number of a Chinese design
    Design,
}
