//! The door: HTTP and WebSocket around the sequencer and the views.
//!
//! A handler authenticates, parses, sends, renders; rules live in the engine, reads come from the views. What always
//! holds: nothing unauthenticated reaches the journal, no answer leaves before it is durable, and every refusal is a
//! problem with a stable code.

mod config;

pub use config::{Genesis, Limits, Rate, Seal, ServerConfig};

use market_data::MarketData;
use sequencer::Handle;
use std::{net::SocketAddr, sync::Arc};

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Shared>);

struct Shared {}

/// Every route of the exchange, as a service that needs no socket.
pub fn app(_state: State) -> axum::Router {
    todo!()
}

/// A server that answers.
#[derive(Clone)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
    /// The way to the sequencer, for those in this process (the demo's seeding).
    pub handle: Handle,
    /// The views.
    pub market: MarketData,
    /// Whether the journal was empty at the start, so that the genesis was written.
    pub fresh: bool,
}

/// Why a server ended, other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The data folder or a file in it cannot be used.
    #[error("cannot use {0}: {1}")]
    Data(std::path::PathBuf, std::io::Error),
    /// The store of secrets does not open with this key, or is damaged.
    #[error("the store of secrets {0} does not open: {1}")]
    Secrets(std::path::PathBuf, String),
    /// The journal does not open: damaged, locked by another process, or written by a later version.
    #[error("the journal does not open: {0}")]
    Start(String),
    /// The genesis was refused by the core.
    #[error("the first command of the journal was refused: {0}")]
    Genesis(&'static str),
    /// The journal failed while running: nothing more may be acknowledged, so the process must end.
    #[error("the journal failed, nothing more can be acknowledged: {0}")]
    Stopped(String),
}

/// Runs the exchange until `shutdown` resolves: opens the journal, replays it into core and views, listens, and calls
/// `ready` once it answers. During the replay it listens already and answers 503.
pub async fn run(
    _config: ServerConfig,
    _shutdown: impl Future<Output = ()> + Send,
    _ready: impl FnOnce(Ready) + Send,
) -> Result<(), RunError> {
    todo!()
}
