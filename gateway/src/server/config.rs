//! What the server is told at its start. Plain data: reading it from a file or the environment is `crate::config`'s
//! business, and nothing here is read twice.

use crate::proof::seal::Seal;
use protocol::{EntityId, party::Network, rules::Epoch};
use serde::Deserialize;
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

/// Everything [`super::run`] needs to know.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where to listen. Port 0 takes a free one; [`super::Ready::address`] tells which.
    pub listen: SocketAddr,
    /// The certificate and key of the listener. None: it speaks HTTP without TLS.
    pub tls: Option<TlsFiles>,
    /// The networks of the proxies in front whose word on a client's address is taken; none: there is no proxy.
    pub trusted_proxies: Vec<Network>,
    /// The header in which they tell it.
    pub forwarded_header: ForwardedHeader,
    /// The folder that holds everything that must survive: `journal/`, and the sealed store of HMAC secrets.
    pub data_dir: PathBuf,
    /// The genesis is written into an empty journal; a journal that holds something keeps its own.
    pub genesis: Genesis,
    /// Whether a real exchange's start may go on with the demo market's journal.
    pub takes_demo: bool,
    /// Whether somebody in this process fills the market first: until [`super::Ready::seeded`] it is not ready.
    pub seeds: bool,
    /// Where the metrics are read; none: nowhere. Never on [`Self::listen`]: what they tell is the house's alone.
    pub metrics_listen: Option<SocketAddr>,
    /// The venue's public id, which every signature names. None: it is made of how the journal began.
    pub venue_id: Option<String>,
    /// The key with which the store of HMAC secrets and bidders' requests are sealed.
    pub seal: Seal,
    /// How far a request's timestamp may lie from the server's clock, either way. A request may ask for less.
    pub receive_window: Duration,
    /// How people sign in.
    pub sign_in: SignIn,
    /// The most that one client may take.
    pub limits: Limits,
    /// Who has the market's data at which level.
    pub entitlements: Entitlements,
    /// The bank account that participants pay into; none: how to pay in is not told by this program.
    pub pay_in: Option<PayIn>,
    /// The most that the views remember, and that a client of the feeds may pile up.
    pub views: market_data::Limits,
    /// The inbox and the batches, and what is accepted against the evidence.
    pub sequencer: sequencer::Config,
    /// Files with receipts that bidders hold: the journal must hold their commands.
    pub receipts: Vec<PathBuf>,
    /// Whether a start asks which time it is where the kernel says that nobody sets the clock right.
    pub asks_for_synchronised: bool,
}

impl ServerConfig {
    /// A configuration of the defaults, but for these three that have none.
    pub fn new(listen: SocketAddr, data_dir: PathBuf, genesis: Genesis) -> Self {
        Self {
            listen,
            tls: None,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            data_dir,
            genesis,
            takes_demo: false,
            seeds: false,
            metrics_listen: None,
            venue_id: None,
            seal: Seal::Beside,
            receive_window: Duration::from_secs(5),
            sign_in: SignIn::default(),
            limits: Limits::default(),
            entitlements: Entitlements::default(),
            pay_in: None,
            views: market_data::Limits::default(),
            sequencer: sequencer::Config::default(),
            receipts: Vec::new(),
            asks_for_synchronised: false,
        }
    }
}

/// The venue's bank account, which participants pay into from accounts in their own name, with the number of their account here as
/// the reference. An operator books what came in (`cash_in`).
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PayIn {
    /// In whose name it is.
    pub holder: String,
    /// The bank, and its branch.
    pub bank: String,
    /// Its number, as the bank writes it.
    pub number: String,
}

impl PayIn {
    /// The longest of its texts, in characters.
    pub const TEXT_MAX: usize = 128;
}

/// How people sign in to the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// A session ends when nothing was asked in it for this long.
    pub idle: Duration,
    /// And it ends after this long, whatever was asked.
    pub longest: Duration,
    /// Whether its cookie goes over TLS alone. None: where the listener has TLS of its own or a trusted proxy is in front.
    pub secure_cookie: Option<bool>,
    /// Origins of the page beside the address that a request names, as `https://venue.example`: of a proxy that changes
    /// the header `Host`.
    pub origins: Vec<String>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            longest: Duration::from_secs(12 * 3_600),
            secure_cookie: None,
            origins: Vec::new(),
        }
    }
}

/// The files of the listener's TLS, in PEM. They are read again at SIGHUP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and a root.
    pub certificate: PathBuf,
    /// Its private key: not for everybody to read.
    pub key: PathBuf,
}

/// The header in which trusted proxies tell a client's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// Whichever there is; a request whose two tell of different clients is refused.
    #[default]
    Either,
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// `X-Forwarded-For`.
    XForwardedFor,
}

/// The beginning of an empty journal: the first rules, and the key of the venue's first operator (user 0 of entity 0,
/// which exist by themselves).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The first rules.
    pub epoch: Epoch,
    /// The operator's Ed25519 public key; it gets every scope.
    pub operator_key: [u8; 32],
    /// Networks the operator may come from; empty: anywhere.
    pub operator_networks: Vec<Network>,
}

/// The level at which somebody has the market's data. A later one holds all that an earlier one does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What is over by the last midnight at the venue (UTC+8).
    EndOfDay,
    /// What is older than the venue's delay.
    Delayed,
    /// What is so now: books, the last print and candles, merged; not each change by itself.
    Conflated,
    /// Everything, as it happens.
    Live,
}

/// Who has the market's data at which level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlements {
    /// Who asks without saying who it is.
    pub anonymous: Level,
    /// Participants.
    pub participants: Level,
    /// Participants whose only role is to consume data.
    pub data_consumers: Level,
    /// Participants by name, whatever their roles.
    pub of: BTreeMap<EntityId, Level>,
    /// How old prints are when [`Level::Delayed`] shows them.
    pub delay: Duration,
}

impl Default for Entitlements {
    fn default() -> Self {
        Self {
            anonymous: Level::Live,
            participants: Level::Live,
            data_consumers: Level::Live,
            of: BTreeMap::new(),
            delay: Self::DELAY,
        }
    }
}

impl Entitlements {
    /// The delay where the configuration says none: a quarter of an hour, as exchanges' delayed feeds have it.
    pub const DELAY: Duration = Duration::from_secs(15 * 60);
    /// The longest delay that can be configured: a day.
    pub const DELAY_MAX: Duration = Duration::from_secs(86_400);
    /// The most participants that have a level by name.
    pub const NAMED_MAX: usize = 10_000;
}

/// The most that one client may take, so that it costs the others nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest request body or WebSocket message, in bytes. Rights to register may be [`Self::import_bytes`].
    pub message_bytes: usize,
    /// The largest body of `POST /v1/rights`, in bytes.
    pub import_bytes: usize,
    /// The largest file that may be handed in as an attachment, in bytes.
    pub attachment_bytes: usize,
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address.
    pub connections_per_ip: usize,
    /// Points a second for one key, and how many it may save up ([`super::door::limits::Cost`] says what costs what).
    pub key_rate: Rate,
    /// Points a second for one address without a key, and how many it may save up. An IPv6 client is its /64.
    pub ip_rate: Rate,
    /// A request whose body takes longer is answered 408. An oversized body gets the same time again to be drained.
    pub request_timeout: Duration,
    /// A socket is asked for a sign of life this often.
    pub ping_every: Duration,
    /// A WebSocket from which nothing came for this long is closed, even if its other end is gone without a word; and
    /// so is a connection on which the head of a request does not come.
    pub idle_timeout: Duration,
    /// How long `min_seq` waits at most.
    pub min_seq_wait: Duration,
    /// Commands of one WebSocket that may be under way at once; more wait in the socket.
    pub in_flight: usize,
    /// How long the server waits for its clients and the last commands when it stops.
    pub drain: Duration,
}

/// A rate: `per_second` points a second, and at most `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Points a second, at least 1.
    pub per_second: u32,
    /// The most that can be spent at once, at least 1.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 << 10,
            import_bytes: 8 << 20,
            attachment_bytes: 16 << 20,
            connections: 12_000,
            connections_per_ip: 1_000,
            key_rate: Rate {
                per_second: 4_000,
                burst: 8_000,
            },
            ip_rate: Rate {
                per_second: 400,
                burst: 1_600,
            },
            request_timeout: Duration::from_secs(10),
            ping_every: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(45),
            min_seq_wait: Duration::from_secs(5),
            in_flight: 256,
            drain: Duration::from_secs(10),
        }
    }
}
