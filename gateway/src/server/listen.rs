//! Sockets: how many, from where, for how long.
//!
//! An accept loop of our own rather than `axum::serve`, for what that does not do: a bound on connections in all and
//! per address, a time by which a request's head must be there, and a drain with an end.

use super::{
    core::{call::Peer, state::State},
    door::limits::{Origin, Place},
    said::problem::{Fault, Problem},
};
use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};
use tower::ServiceExt;

/// The place of the connection that a request came on, so that a WebSocket keeps it.
#[derive(Clone)]
pub(crate) struct KeptPlace(#[allow(dead_code, reason = "held, not read")] Arc<Place>);

/// Accepts connections until the server stops. New ones are refused from then on; those that are open finish the
/// request they are at.
pub(crate) async fn accept(listener: TcpListener, state: State, router: Router) {
    let mut ending = std::pin::pin!(state.ending());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut ending => return,
        };
        match accepted {
            Ok((stream, peer)) => admit(stream, peer, &state, &router),
            Err(error) => {
                // Out of file handles, or a client that was gone again: neither may end the venue.
                tracing::warn!(%error, "accept failed");
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

fn admit(stream: TcpStream, peer: SocketAddr, state: &State, router: &Router) {
    let origin = Origin::from(peer.ip());
    let Some(place) = state.connections.admit(origin) else {
        tokio::spawn(turn_away(stream, state.clone()));
        return;
    };
    // A small frame must not wait for an acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    tokio::spawn(serve(stream, peer, Arc::new(place), state.clone(), router.clone()));
}

async fn serve(stream: TcpStream, peer: SocketAddr, place: Arc<Place>, state: State, router: Router) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        request.extensions_mut().insert(KeptPlace(place.clone()));
        router.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(state.limits.idle_timeout)
        .max_buf_size(128 << 10);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = state.ending() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Tells one connection too many to come back, and closes it.
async fn turn_away(mut stream: TcpStream, state: State) {
    let problem = Problem::from(Fault::TooManyConnections).retry_after(5_000);
    state.metrics.problem(problem.code());
    let body = problem.to_json().to_string();
    let text = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 5\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = timeout(Duration::from_secs(1), async {
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
}

/// Waits until every connection is closed; at most `time`. Gives back how many are left.
pub(crate) async fn drained(state: &State, time: Duration) -> usize {
    let until = Instant::now() + time;
    while state.connections.open() > 0 && Instant::now() < until {
        sleep(Duration::from_millis(10)).await;
    }
    state.connections.open()
}
