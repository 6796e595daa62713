//! The server: HTTP and WebSocket around the sequencer and the views.
//!
//! `door` is who comes in; `core` the one way to the core, and what every handler shares; `people` who signs in; `routes` and `ws` are what
//! can be asked, and where; `said` is what is said back; `contract` how the document of all that is brought into form. `run` puts it all together.
//!
//! A handler parses, gives or reads, and renders; `door` has authenticated before it; rules live in the engine, reads come from the views. What always
//! holds: nothing unauthenticated reaches the journal, no answer leaves before it is durable, and every refusal is a
//! problem with a stable code.

mod began;
pub mod by_hand;
mod config;
mod contract;
mod core;
mod door;
mod error;
mod high_water;
mod keeping;
mod listen;
mod metrics_listen;
mod opening;
mod people;
mod routes;
mod run;
mod said;
mod tls;
mod unchanged;
mod ws;

pub use self::core::{call::Peer, state::State};
pub use began::first_rules;
pub use config::{Entitlements, ForwardedHeader, Genesis, Level, Limits, PayIn, Rate, ServerConfig, SignIn, TlsFiles};
pub use contract::Documents;
pub use door::{auth::WINDOW_HEADER, limits::Cost};
pub use error::RunError;
pub use people::demo::DemoPerson;
pub use routes::{document::documents, site::SCREENS};
pub use run::{Ready, run};
pub use said::problem::{Fault, Problem, codes, input_status, reject_status};

use axum::middleware;

/// Every route of the exchange, as a service that needs no socket (but for the WebSocket's).
pub fn app(state: State) -> axum::Router {
    let (router, _) = routes::document::router().split_for_parts();
    router
        .fallback(async || Problem::from(Fault::NotFound))
        .layer(middleware::from_fn(said::sent::send))
        // The page's files lie in their forms already.
        .merge(routes::site::routes())
        .method_not_allowed_fallback(async || Problem::from(Fault::MethodNotAllowed))
        .layer(middleware::from_fn_with_state(state.clone(), door::admit::admit))
        .with_state(state)
}
