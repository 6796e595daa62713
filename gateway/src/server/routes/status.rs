//! How the server stands: for machines that watch it.

use crate::server::{
    core::state::{Phase, State},
    said::problem::{Fault, Problem, ProblemBody},
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

/// Whether commands are taken: not before the journal was replayed and the views show what fell due meanwhile, nor
/// after it failed, nor while the disk is full; nor, for whoever waits for a lot, while time stands still.
#[utoipa::path(
    get, path = "/readyz", tag = "status",
    responses(
        (status = 200, description = "They are", content_type = "text/plain", body = String),
        (status = 503, description = "They are not", content_type = "application/problem+json", body = ProblemBody),
    )
)]
pub(crate) async fn readyz(Shared(state): Shared<State>) -> Result<&'static str, Problem> {
    match state.phase() {
        Phase::Open if state.disk_is_full() => Err(Problem::from(Fault::StorageFull).retry_after(5_000)),
        Phase::Open => match state.stands_still() {
            None => Ok("ready\n"),
            Some(behind) => Err(Problem::from(Fault::TimeStandsStill)
                .hint(format!("it is {} s behind the last command", behind.as_secs()))
                .retry_after(60_000)),
        },
        Phase::Starting => Err(Problem::from(Fault::Starting).retry_after(1_000)),
        Phase::Stopping => Err(Problem::from(Fault::Stopping).retry_after(1_000)),
        Phase::Failed => Err(Problem::from(Fault::Stopping)
            .hint("the journal failed")
            .retry_after(1_000)),
    }
}
