//! Metrics on a listener of their own, for the house alone: how much is traded, refused and waited for is nobody else's
//! business, and a scrape must get through when the public address is full.

use super::{config::ServerConfig, core::state::State, error::RunError};
use axum::{Router, extract::State as Shared, http::header, response::IntoResponse, routing::get};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves `/metrics` where the configuration says, and nothing else there. Tells the address, if there is one.
pub(super) async fn begin(config: &ServerConfig, state: &State) -> Result<Option<SocketAddr>, RunError> {
    let Some(at) = config.metrics_listen else {
        return Ok(None);
    };
    let failed = |error| RunError::Listen(at, error);
    let listener = TcpListener::bind(at).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = Router::new().route("/metrics", get(metrics)).with_state(state.clone());
    let until = state.clone();
    tokio::spawn(async move {
        let ending = async move { until.ending().await };
        let served = axum::serve(listener, router).with_graceful_shutdown(ending).await;
        if let Err(error) = served {
            tracing::warn!(%error, "the metrics are not served any more");
        }
    });
    Ok(Some(address))
}

/// Counters and histograms for Prometheus.
async fn metrics(Shared(state): Shared<State>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        state.render_metrics(),
    )
}
