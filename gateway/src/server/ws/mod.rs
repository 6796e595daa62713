//! `/v1/ws`: feeds and commands over one socket.
//!
//! The upgrade is done here rather than by axum's extractor, because a message that is too large must be answered with
//! 1009 and the rest of it read away, or the client would see a reset instead of the reason; for that the raw stream
//! is needed.
//!
//! Close codes:
//!
//! | code | why | what to do |
//! |---|---|---|
//! | 1000 | the client closed | |
//! | 1001 | the server shuts down | connect again after a moment; resume with `from_seq` |
//! | 1002 | a violation of RFC 6455 | mend the client |
//! | 1003 | a binary message | send text |
//! | 1007 | text that is not UTF-8 | mend the client |
//! | 1009 | a message larger than the limit | send less |
//! | 1011 | the server failed | connect again; send open commands again with the same `client_id` |
//! | 4000 | no sign of life within the idle timeout | answer pings |
//! | 4001 | the key that the socket acts for was revoked, or its session ended | connect with another key; sign in again |
//! | 4008 | too slow: frames would have been lost | resume with `from_seq` from the last frame's `resume` |

mod operation;
pub(crate) mod own;
pub(crate) mod private;
mod records;
mod session;

use super::{
    core::{
        call::{Call, Peer},
        state::{Phase, State},
    },
    door::limits::Origin,
    listen::KeptPlace,
    said::{
        problem::{Fault, Problem},
        responses::ReadProblems,
    },
};
use axum::{
    body::Body,
    extract::{Request, State as Shared},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use data_encoding::BASE64;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Feeds and commands over one socket. For everyone: `book.l1`, `book.l2` (every change), `book.l2.10`, `book.l2.100ms`
/// (merged), `book.l3` (orders), `trades`, `ticker`, `candles.1m`, `candles.5m`, `candles.1h`, `candles.1d`, `status`,
/// `instruments`, `auction` (the symbol of a lot is `LOT-` and its number), and without a symbol `records` (what changes
/// of them, as the caller may know it) and `heartbeat`. Without a symbol, too, for the key's own participant:
/// `executions` (each receipt of its bids among it) and `account`. Commands after authentication, by the cookie of a session on this
/// request (from a page of this venue alone), by the signature headers on it, or by
/// `{"op":"auth","key":…,"timestamp":…,"nonce":…,"signature":…}` signed over GET /v1/ws; a signature is good once, so sockets
/// that are opened at once need a nonce each. A socket of a session takes no `auth`.
///
/// Every message is an object with an `op` and, if an answer is to be told apart, an `id` that is given back:
/// `subscribe` (`channel`, `symbol`: one, a list or `*`, `shard`: `[k, n]`, `from_seq`: a number,
/// or one per symbol), `unsubscribe`, `ping`, `auth`, and every command by its name with the body of its REST route. A
/// refusal is a problem object with that `id`. Each answer carries `rate_limit`.
///
/// Close codes: 1001 the server stops; 1002, 1003, 1007 a broken protocol, binary, not UTF-8; 1009 a message too large;
/// 1011 the server failed; 4000 no sign of life; 4001 the key was revoked or the session ended; 4008 too slow, the last frame says from which `seq` to resume.
#[utoipa::path(
    get, path = "/v1/ws", operation_id = "open_stream", tag = "stream",
    extensions(("x-chinese" = json!("以一个 WebSocket 连接收取行情并发出命令（全文见下）。"))),
    responses((status = 101, description = "Switching to the WebSocket protocol"), ReadProblems)
)]
pub(crate) async fn upgrade(
    Shared(state): Shared<State>,
    call: Call,
    mut request: Request,
) -> Result<Response, Problem> {
    if matches!(state.phase(), Phase::Stopping | Phase::Failed) {
        return Err(Problem::from(Fault::Stopping).retry_after(1_000));
    }
    let key = key_of(request.headers()).ok_or(Fault::NotAWebSocket)?;
    let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Fault::NotAWebSocket)?;
    let place = request.extensions_mut().remove::<KeptPlace>();
    let upgraded = hyper::upgrade::on(&mut request);
    // Without a listener there is no connection to upgrade.
    let Peer(peer) = *request.extensions().get::<Peer>().ok_or(Fault::NotAWebSocket)?;
    // A proxy's connection is its own; the socket on it is its client's.
    let share = match state.proxies.trust(peer) {
        true => {
            let share = state.connections.share(Origin::from(call.peer));
            let too_many = || Problem::from(Fault::TooManyConnections).retry_after(5_000);
            Some(share.ok_or_else(too_many)?)
        }
        false => None,
    };
    tokio::spawn(async move {
        match upgraded.await {
            Ok(upgraded) => session::run(TokioIo::new(upgraded), state, call).await,
            Err(error) => tracing::debug!(%error, "an upgrade broke off"),
        }
        drop((place, share));
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// The client's key, if this is an opening handshake (RFC 6455, 4.2.1).
fn key_of(headers: &HeaderMap) -> Option<&str> {
    let holds = |name: HeaderName, word: &str| {
        let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    let asks = holds(header::CONNECTION, "upgrade")
        && holds(header::UPGRADE, "websocket")
        && holds(header::SEC_WEBSOCKET_VERSION, "13");
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let (key, another) = (keys.next().filter(|_| asks)?.to_str().ok()?, keys.next());
    // Once, and sixteen bytes in base64.
    let whole = BASE64.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == 16);
    (whole && another.is_none()).then_some(key)
}
