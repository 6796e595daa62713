//! The venue: what a client has to know before it signs anything.

use super::page::json;
use crate::{
    json::{scalar::write_time, shapes},
    proof::request,
    server::{
        core::state::State,
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
}

/// The venue's id, its clock and its version: what a client needs to sign.
#[utoipa::path(
    get, path = "/v1/venue", operation_id = "get_venue", tag = "status",
    extensions(("x-chinese" = json!("场所编号、时钟与程序版本，即客户端签名所需的信息。"))),
    responses((status = 200, description = "The venue", body = Venue), ReadProblems)
)]
pub(crate) async fn get(Shared(state): Shared<State>) -> Result<Response, Problem> {
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
    }))
}
