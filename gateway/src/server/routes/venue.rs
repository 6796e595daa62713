//! The venue: what a client has to know before it signs anything.

use super::page::{PAGE_MAX, json};
use crate::{
    json::{scalar::write_time, shapes},
    proof::request,
    server::{
        config::Rate,
        core::{call::Call, state::State},
        said::{problem::Problem, responses::ReadProblems},
    },
};
use axum::{extract::State as Shared, response::Response};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The venue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Venue {
    /// Its public id, which the text of every signed request names. It stays for as long as the venue lives.
    #[schema(example = "9b1c6a0d2f3e4a5b8c7d6e5f4a3b2c1d")]
    venue_id: String,
    /// The first line of the text that is signed.
    #[schema(example = "zhiheng request 2")]
    signed_text: &'static str,
    /// Its clock.
    #[schema(value_type = shapes::Timestamp)]
    at: String,
    /// The same in Unix milliseconds, as a request's timestamp has it.
    timestamp_ms: u64,
    /// How far a timestamp may lie from that, either way.
    receive_window_ms: u64,
    /// How far ahead of it a command or a login may be signed.
    ahead_max_ms: u64,
    /// The version of the program.
    version: &'static str,
    /// What one client may take.
    limits: Limits,
    /// How the caller has the market's data.
    market_data: MarketDataTerms,
    /// The venue's bank account, which is paid into from an account in one's own name; null where the venue tells it elsewhere.
    #[schema(required)]
    pay_in: Option<PayInAccount>,
}

/// A bank account of the venue's. Give the number of your account here as the reference: an operator books by it what came in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayInAccount {
    /// In whose name it is.
    holder: String,
    /// The bank, and its branch.
    bank: String,
    /// Its number.
    number: String,
}

/// How the caller has the market's data: what is its own, lots, listings and halts it has live whatever this says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MarketDataTerms {
    /// Its level: `live`; `conflated`, the merged channels and all reads; `delayed`, prints and candles that are older than the
    /// delay, by reads; `end_of_day`, those of days that are over.
    #[schema(value_type = DataLevel)]
    level: &'static str,
    /// How old prints are when `delayed` shows them, in seconds.
    delay_s: u64,
}

/// A level at which somebody has the market's data.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "a schema; the word itself is the level's")]
enum DataLevel {
    Live,
    Conflated,
    Delayed,
    EndOfDay,
}

/// What one client may take. What a request costs stands in docs/FEEDS.md.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientLimits)]
pub(crate) struct Limits {
    /// Points of a key.
    key_points: Points,
    /// Points of an address, for what comes without a key. An IPv6 client is its /64.
    address_points: Points,
    /// The largest body or message, in bytes.
    message_bytes: usize,
    /// The largest body of an import of rights, in bytes.
    import_bytes: usize,
    /// The largest file that may be handed in as an attachment, in bytes.
    attachment_bytes: usize,
    /// Connections from one address.
    connections_per_address: usize,
    /// Commands of one socket that may be under way at once; more wait.
    in_flight: usize,
    /// After so many milliseconds without a sign of life a socket is closed.
    idle_ms: u64,
    /// How long `min_seq` waits at most, in milliseconds.
    min_seq_wait_ms: u64,
    /// The most entries of a page.
    page_entries: usize,
}

/// Points that come back with time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Points {
    /// How many come back a second.
    per_second: u32,
    /// How many can be saved up.
    burst: u32,
}

impl From<Rate> for Points {
    fn from(Rate { per_second, burst }: Rate) -> Self {
        Self { per_second, burst }
    }
}

/// The venue's id, its clock, its version and its limits: what a client needs before it asks.
#[utoipa::path(
    get, path = "/v1/venue", operation_id = "get_venue", tag = "status",
    extensions(("x-chinese" = json!("场所编号、时钟、程序版本与各项限制，即客户端请求前须知的信息。"))),
    responses((status = 200, description = "The venue", body = Venue), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn get(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let now = state.now();
    let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Ok(json(&Venue {
        venue_id: state.opened()?.venue_id.clone(),
        signed_text: request::FORM,
        at: write_time(now),
        timestamp_ms: now.0 / 1_000_000,
        receive_window_ms: ms(state.receive_window),
        ahead_max_ms: ms(state.ahead_max()),
        version: env!("CARGO_PKG_VERSION"),
        limits: Limits {
            key_points: state.limits.key_rate.into(),
            address_points: state.limits.ip_rate.into(),
            message_bytes: state.limits.message_bytes,
            import_bytes: state.limits.import_bytes,
            attachment_bytes: state.limits.attachment_bytes,
            connections_per_address: state.limits.connections_per_ip,
            in_flight: state.limits.in_flight,
            idle_ms: ms(state.limits.idle_timeout),
            min_seq_wait_ms: ms(state.limits.min_seq_wait),
            page_entries: PAGE_MAX,
        },
        market_data: MarketDataTerms {
            level: state.entitlements.of(&call.caller).word(),
            delay_s: state.entitlements.delay.as_secs(),
        },
        pay_in: state.pay_in.as_ref().map(|told| PayInAccount {
            holder: told.holder.clone(),
            bank: told.bank.clone(),
            number: told.number.clone(),
        }),
    }))
}
