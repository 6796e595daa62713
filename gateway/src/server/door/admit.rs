//! The way of every request to its handler and back: the rate, the whole body, the arrival time, the signature;
//! then the numbers of the rate, the metrics, and a problem in place of a panic.

use super::{
    auth::{self, Claim, Purpose},
    cookie,
    limits::{Cost, Origin, Standing, asks_after_health},
};
use crate::{
    proof::request::Parts as SignedParts,
    server::{
        core::{
            arrival::Arrival,
            call::{Call, DurableAt, Peer},
            caller::{Caller, Proof, UserCaller},
            state::{Phase, State},
        },
        routes::{commands, session},
        said::problem::{Code, Fault, Problem, header_name},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State as Shared},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use protocol::party::Roles;
use std::{
    net::{IpAddr, Ipv4Addr},
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// What a line says instead of the address of a bidder's command, or of what may carry one.
const SEALED: &str = "sealed";
/// How much of a body that is too large is still read, so that the refusal reaches a client that writes before it
/// reads.
const DRAIN_BYTES: usize = 16 << 20;

/// The way of every request to its handler and back. A panic on it becomes a problem.
pub(crate) async fn admit(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let untold = commands::is_untold(&method, &path);
    let (mut response, standing) = match AssertUnwindSafe(pass(&state, request, next)).catch_unwind().await {
        Ok(passed) => passed,
        Err(_) => {
            state.metrics.panics.increment(1);
            let path = if untold { SEALED } else { path.as_str() };
            tracing::error!(%method, path, "a handler panicked");
            (Problem::from(Fault::Internal).into_response(), None)
        }
    };
    if let Some(standing) = standing {
        rate_headers(response.headers_mut(), &standing);
    }
    if let Some(Code(code)) = response.extensions().get::<Code>() {
        if untold {
            state.metrics.untold_problem(code);
        } else {
            state.metrics.problem(code);
        }
    }
    if untold {
        return response;
    }
    if let Some(DurableAt(durable)) = response.extensions().get::<DurableAt>() {
        state.metrics.reply.record(durable.elapsed());
    }
    let took = started.elapsed();
    state.metrics.request.record(took);
    tracing::debug!(%method, path, status = response.status().as_u16(), took_us = took.as_micros() as u64);
    response
}

fn rate_headers(headers: &mut HeaderMap, standing: &Standing) {
    let mut put = |name, value: u64| headers.insert(header_name(name), HeaderValue::from(value));
    put("ratelimit-limit", standing.limit.into());
    put("ratelimit-remaining", standing.remaining.into());
    put("ratelimit-reset", standing.reset_ms.div_ceil(1_000));
}

async fn pass(state: &State, request: Request, next: Next) -> (Response, Option<Standing>) {
    let (mut parts, body) = request.into_parts();
    let peer = parts
        .extensions
        .get::<Peer>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
    let peer = match state.proxies.client(peer, &parts.headers) {
        Ok(client) => client,
        Err(problem) => return (problem.into_response(), None),
    };
    let mut standing = None;
    let call = match call_of(state, &parts, body, peer, &mut standing).await {
        Ok(call) => call,
        Err(problem) => return (problem.into_response(), standing),
    };
    parts.extensions.insert(call);
    (next.run(Request::from_parts(parts, Body::empty())).await, standing)
}

/// What the handler gets: paid for, read whole, stamped with its arrival, and in the name of who signed it.
async fn call_of(
    state: &State,
    parts: &Parts,
    body: Body,
    peer: IpAddr,
    standing: &mut Option<Standing>,
) -> Result<Call, Problem> {
    let path = parts.uri.path();
    if state.phase() == Phase::Starting && path.starts_with("/v1/") {
        // Half a replay is no answer.
        return Err(Problem::from(Fault::Starting).retry_after(1_000));
    }
    let origin = Origin::from(peer);
    let cost = cost_of(&parts.method, path);
    let claim = match Claim::of_headers(&parts.headers) {
        Ok(claim) => claim,
        Err(problem) => {
            state.rates.failed(origin, Instant::now());
            return Err(problem);
        }
    };
    // A signature says more than a cookie that a browser sent along.
    let signed_in = match claim {
        Some(_) => None,
        None => of_cookie(state, parts)?,
    };
    // A load balancer that asks after our health is nobody to be limited.
    if claim.is_none() && !asks_after_health(path) {
        let charged = match &signed_in {
            Some(caller) => caller.charge(&state.rates, cost),
            None => state.rates.charge_origin(origin, cost),
        };
        match charged {
            Ok(charged) => *standing = Some(charged),
            Err(refusal) => {
                *standing = Some(refusal.standing);
                return Err(refusal.into());
            }
        }
    }
    // The long bodies of imports are read for those alone who may send one: what is read is not yet verified.
    let importer = match (&claim, &signed_in) {
        (Some(claim), _) => auth::may_import(state, claim),
        (None, Some(caller)) => caller.roles.has_any(Roles::FIRM.with(Roles::OPERATOR)),
        (None, None) => false,
    };
    let most = if importer && cost == Cost::Import {
        state.limits.import_bytes
    } else {
        state.limits.message_bytes
    };
    let body = taken(parts, body, most, state.limits.request_timeout).await?;
    // The last byte is here: this is the command's time, whatever it takes to look at it.
    let arrival = match cost {
        // No deadline waits for a password to be checked.
        _ if session::is_of_people(path) => Arrival::of_question(state),
        Cost::Read => Arrival::of_question(state),
        _ => Arrival::of_command(state),
    };
    let (caller, repeat_of) = match (claim, signed_in) {
        (None, None) => (Caller::Anonymous, None),
        (None, Some(caller)) if lacks_factor(state, &caller) => (Caller::Limited(caller), None),
        (None, Some(caller)) => (Caller::User(caller), None),
        (Some(claim), _) => {
            let signed = SignedParts {
                method: parts.method.as_str(),
                path,
                query: parts.uri.query().unwrap_or_default(),
                body: &body,
            };
            let what = (purpose_of(path, cost), cost);
            let (proven, charged) = auth::authenticate(state, &claim, &signed, peer, what);
            *standing = charged;
            let proven = proven?;
            (Caller::User(proven.caller), proven.repeat_of)
        }
    };
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(Fault::UnsupportedMediaType.into());
    }
    Ok(Call {
        caller,
        arrival: arrival.again(repeat_of),
        peer,
        body,
    })
}

/// Who asks by the cookie of this request; nobody where it has none, or is for somebody who signs in anew.
fn of_cookie(state: &State, parts: &Parts) -> Result<Option<UserCaller>, Problem> {
    let (method, path) = (&parts.method, parts.uri.path());
    let people = &state.people;
    // Everything but the API is everybody's.
    if !path.starts_with("/v1/") || session::signs_in(method, path) {
        return Ok(None);
    }
    let Some(secret) = cookie::read(&parts.headers, people.secure) else {
        return Ok(None);
    };
    let session = people.session(secret, state.now());
    let user = session
        .as_ref()
        .and_then(|session| state.market.directory().user(session.user));
    let (Some(session), Some(user)) = (session, user) else {
        return match session::takes_ended(method, path) {
            true => Ok(None),
            false => Err(Fault::SessionEnded.into()),
        };
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if !reads || path == auth::LOGIN_PATH {
        cookie::comes_from_here(&parts.headers, people.secure, &people.config)?;
    }
    Ok(Some(UserCaller {
        proof: Proof::Session(session),
        user: user.id,
        entity: user.entity,
        roles: user.roles,
    }))
}

/// Whether somebody of the staff is signed in without a second factor.
fn lacks_factor(state: &State, caller: &UserCaller) -> bool {
    let session = caller.session();
    session.is_some_and(|session| state.people.needs_factor(session, caller.sees_all()))
}

fn cost_of(method: &Method, path: &str) -> Cost {
    match (method, path) {
        (&Method::POST, "/v1/orders") => Cost::Order,
        (&Method::DELETE, path) if path.starts_with("/v1/orders/") => Cost::Cancel,
        (&Method::POST, "/v1/rights") => Cost::Import,
        (&Method::GET | &Method::HEAD | &Method::OPTIONS, _) => Cost::Read,
        _ => Cost::Command,
    }
}

fn purpose_of(path: &str, cost: Cost) -> Purpose {
    match cost {
        // Whatever its method.
        _ if path == auth::LOGIN_PATH => Purpose::Login,
        Cost::Read => Purpose::Read,
        // No core remembers what was done of it: the signature itself is good once.
        _ if session::is_of_people(path) => Purpose::Login,
        _ => Purpose::Command,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// The whole body, at most `most` bytes, read `within` this time. An oversized body gets the same time again to be
/// drained.
async fn taken(parts: &Parts, mut body: Body, most: usize, within: Duration) -> Result<Bytes, Problem> {
    let too_large = || Problem::from(Fault::MessageTooLarge).hint(format!("at most {most} bytes"));
    let length = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most as u64) {
        // Who expects a word first has sent nothing yet.
        if !parts.headers.contains_key(header::EXPECT) {
            drain(&mut body, within).await;
        }
        return Err(too_large());
    }
    let mut read: Vec<u8> = Vec::with_capacity(length.map_or(0, |length| length as usize));
    let whole = timeout(within, async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::from(Fault::BadRequest).hint("the body broke off"))?;
            if let Ok(data) = frame.into_data() {
                if read.len() + data.len() > most {
                    return Ok(false);
                }
                read.extend_from_slice(&data);
            }
        }
        Ok::<_, Problem>(true)
    })
    .await;
    match whole {
        Ok(Ok(true)) => Ok(read.into()),
        Ok(Ok(false)) => {
            drain(&mut body, within).await;
            Err(too_large())
        }
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(Fault::RequestTimeout.into()),
    }
}

/// Reads on, `within` this time, without keeping anything.
async fn drain(body: &mut Body, within: Duration) {
    let _ = timeout(within, async {
        let mut drained = 0;
        while let Some(Ok(frame)) = body.frame().await {
            drained += frame.data_ref().map_or(0, Bytes::len);
            if drained > DRAIN_BYTES {
                break;
            }
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{Genesis, ServerConfig, app, error::RunError};
    use axum::{Router, http::StatusCode, routing::get};
    use protocol::rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION};
    use serde_json::Value;
    use std::{path::Path, sync::Arc};
    use tower::ServiceExt;

    fn state(dir: &Path) -> Result<State, RunError> {
        let (profile, approval, fees) = (Profile::CnVenue, Approval::None, Fees::default());
        let epoch = Epoch {
            rules_version: RULES_VERSION,
            profile,
            approval,
            fees,
            calendar: Calendar::default(),
            judicial_listing: None,
        };
        let genesis = Genesis {
            epoch,
            operator_key: [0; 32],
            operator_networks: vec![],
        };
        let mut config = ServerConfig::new("127.0.0.1:0".parse().expect("an address"), dir.into(), genesis);
        config.seal = crate::proof::seal::Seal::Key([7; 32].into());
        let (market, _) = market_data::new(config.views.clone());
        State::new(&config, Arc::new(sequencer::SystemClock::new()), market)
    }

    async fn ask(router: Router, path: &str) -> (StatusCode, Value) {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn nothing_is_answered_before_the_journal_was_replayed_but_health() {
        let dir = tempfile::tempdir().unwrap();
        let router = app(state(dir.path()).unwrap());
        for path in ["/v1/market", "/v1/rules", "/v1/nothing", "/readyz"] {
            let (status, body) = ask(router.clone(), path).await;
            assert_eq!(
                (status.as_u16(), &body["code"]),
                (503, &Value::from("STARTING")),
                "{path}"
            );
        }
        assert_eq!(ask(router.clone(), "/healthz").await.0, StatusCode::OK);
        assert_eq!(ask(router.clone(), "/metrics").await.0, StatusCode::NOT_FOUND);
        assert_eq!(ask(router, "/nothing").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_and_counted() {
        async fn falls_over() -> &'static str {
            panic!("on purpose")
        }
        let dir = tempfile::tempdir().unwrap();
        let state = state(dir.path()).unwrap();
        let router = Router::new()
            .route("/panic", get(falls_over))
            .layer(axum::middleware::from_fn_with_state(state.clone(), admit));
        let (status, body) = ask(router, "/panic").await;
        assert_eq!((status.as_u16(), &body["code"]), (500, &Value::from("INTERNAL")));
        assert!(!body.to_string().contains("on purpose"), "no cause leaves the process");
        let metrics = state.render_metrics();
        assert!(metrics.contains("zhiheng_panics_total 1"), "{metrics}");
        assert!(
            metrics.contains("zhiheng_problems_total{code=\"INTERNAL\"} 1"),
            "{metrics}"
        );
    }
}
