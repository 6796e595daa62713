//! The door: HTTP and WebSocket around the sequencer and the views.
//!
//! A handler authenticates, parses, sends, renders; rules live in the engine, reads come from the views. What always
//! holds: nothing unauthenticated reaches the journal, no answer leaves before it is durable, and every refusal is a
//! problem with a stable code.

mod config;
mod core;
mod door;
mod listen;
mod opening;
mod routes;
mod run;
mod said;
mod ws;

pub use self::core::state::State;
pub use config::{Genesis, Limits, Rate, ServerConfig};
pub use door::{admit::Peer, auth::WINDOW_HEADER, limits::Cost};
pub use routes::document::document;
pub use run::{Ready, run};
pub use said::problem::{Fault, Problem, codes, input_status, reject_status};

use axum::middleware;

/// Every route of the exchange, as a service that needs no socket (but for the WebSocket's).
pub fn app(state: State) -> axum::Router {
    let (router, _) = routes::document::router().split_for_parts();
    router
        .fallback(async || Problem::from(Fault::NotFound))
        .method_not_allowed_fallback(async || Problem::from(Fault::MethodNotAllowed))
        .layer(middleware::from_fn_with_state(state.clone(), door::admit::gate))
        .with_state(state)
}

/// Why a server ended, other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
    /// The data folder or a file in it cannot be used.
    #[error("cannot use {0}: {1}")]
    Data(std::path::PathBuf, std::io::Error),
    /// The store of secrets does not open with this key, or is damaged.
    #[error("the store of secrets does not open: {0}")]
    Secrets(String),
    /// The seal key is missing, or cannot be used.
    #[error(transparent)]
    SealKey(#[from] crate::proof::seal::SealKeyError),
    /// The key for certificates cannot be used.
    #[error("the key for certificates: {0}")]
    Certificates(String),
    /// The journal does not open: damaged, locked by another process, or written by a later version.
    #[error("the journal does not open: {0}")]
    Start(String),
    /// The genesis was refused by the core.
    #[error("the first command of the journal was refused: {0}")]
    Genesis(&'static str),
    /// The journal failed while running: nothing more may be acknowledged, so the process must end.
    #[error("the venue had to stop: {0}")]
    Stopped(String),
}
