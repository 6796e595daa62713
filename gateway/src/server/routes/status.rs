//! How the server stands: for machines that watch it.

use crate::server::{
    core::state::State,
    said::problem::{Problem, ProblemBody},
};
use axum::extract::State as Shared;

/// Whether the process is alive.
#[utoipa::path(
    get, path = "/healthz", tag = "status",
    responses((status = 200, description = "It is", content_type = "text/plain", body = String))
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether an order is taken: not before the journal was replayed and the views show what fell due meanwhile, nor
/// after it failed, nor while the disk is full or the journal has no room yet, nor while the demo market is filled; nor,
/// for whoever waits for a lot, while time stands still.
#[utoipa::path(
    get, path = "/readyz", tag = "status",
    responses(
        (status = 200, description = "They are", content_type = "text/plain", body = String),
        (status = 503, description = "They are not", content_type = "application/problem+json", body = ProblemBody),
    )
)]
pub(crate) async fn readyz(Shared(state): Shared<State>) -> Result<&'static str, Problem> {
    state.ready().map(|()| "ready\n")
}
