//! Sockets: how many, from where, for how long; with TLS or without.
//!
//! An accept loop of our own rather than `axum::serve`, for what that does not do: a bound on connections in all and
//! per address, a time by which a request's head must be there, and a drain with an end. Beyond the bound, whoever asks
//! after the venue's health is still told.

use super::{
    core::{call::Peer, state::State},
    door::limits::{Origin, Place, asks_after_health},
    said::problem::{Fault, Problem},
};
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, header},
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};
use tower::ServiceExt;

/// How long one connection too many may take to be told so.
const TURN_AWAY: Duration = Duration::from_secs(1);
/// How much of its request is looked at, in bytes.
const HEAD_MAX: usize = 8 << 10;

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
    // Those behind a proxy are told apart by what it says of each request.
    let origin = (!state.proxies.trust(peer.ip())).then(|| Origin::from(peer.ip()));
    let place = state.connections.admit(origin).map(Arc::new);
    let turned = match place {
        Some(_) => None,
        None => match state.connections.turn_away() {
            Some(turned) => Some(turned),
            // A flood: it gets nothing.
            None => return,
        },
    };
    // A small frame must not wait for an acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let connection = Connection {
        peer,
        state: state.clone(),
        router: router.clone(),
    };
    tokio::spawn(async move {
        let _turned = turned;
        match (place, &connection.state.tls) {
            (Some(place), None) => connection.serve(stream, place).await,
            (None, None) => connection.turn_away(stream).await,
            (place, Some(tls)) => {
                // Who is turned away gets less time for its handshake.
                let within = place
                    .as_ref()
                    .map_or(TURN_AWAY, |_| connection.state.limits.request_timeout);
                match (timeout(within, tls.acceptor().accept(stream)).await, place) {
                    (Ok(Ok(stream)), Some(place)) => connection.serve(stream, place).await,
                    (Ok(Ok(stream)), None) => connection.turn_away(stream).await,
                    (Ok(Err(error)), _) => tracing::debug!(%error, "a handshake failed"),
                    (Err(_), _) => tracing::debug!("a handshake took too long"),
                }
            }
        }
    });
}

/// What serves one connection.
struct Connection {
    peer: SocketAddr,
    state: State,
    router: Router,
}

impl Connection {
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, place: Arc<Place>) {
        let Self { peer, state, router } = self;
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

    /// Tells one connection too many to come back, and closes it; one that asks after the venue's health is told.
    async fn turn_away(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Self { peer, state, router } = self;
        let head = timeout(TURN_AWAY, head(&mut stream)).await.unwrap_or_default();
        let path = head.split(' ').nth(1).filter(|path| asks_after_health(path));
        let response = match path {
            Some(path) => {
                let mut request = Request::new(Body::empty());
                *request.uri_mut() = path.parse().expect("one of two known paths");
                request.extensions_mut().insert(Peer(peer.ip()));
                let Ok(response) = router.oneshot(request).await;
                response
            }
            None => {
                let problem = Problem::from(Fault::TooManyConnections).retry_after(5_000);
                state.metrics.problem(problem.code());
                problem.into_response()
            }
        };
        let _ = timeout(TURN_AWAY, async {
            stream.write_all(&written(response).await).await?;
            stream.shutdown().await
        })
        .await;
    }
}

/// The head of a request, as far as it comes, without a care for what is in it.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let (mut head, mut some) = (Vec::new(), [0; 1_024]);
    while head.len() < HEAD_MAX && !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut some).await {
            Ok(read @ 1..) => head.extend_from_slice(&some[..read]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A response in bytes, the last of its connection.
async fn written(response: Response) -> Vec<u8> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {}\r\n", parts.status).into_bytes();
    let own = [
        (header::CONTENT_LENGTH, HeaderValue::from(body.len())),
        (header::CONNECTION, HeaderValue::from_static("close")),
    ];
    for (name, value) in parts
        .headers
        .iter()
        .chain(own.iter().map(|(name, value)| (name, value)))
    {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    [&bytes, &b"\r\n"[..], &body].concat()
}

/// Waits until every connection is closed; at most `time`. Gives back how many are left.
pub(crate) async fn drained(state: &State, time: Duration) -> usize {
    let until = Instant::now() + time;
    while state.connections.open() > 0 && Instant::now() < until {
        sleep(Duration::from_millis(10)).await;
    }
    state.connections.open()
}
