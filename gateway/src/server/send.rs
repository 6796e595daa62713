//! Commands over HTTP.

use super::{
    commands::{self, Asked, ViewNames},
    gate::{Call, DurableAt},
    problem::Problem,
    state::State,
};
use crate::json;
use axum::response::{IntoResponse, Response};
use protocol::command::Op;

/// The command `op` from the body.
pub(crate) async fn post(state: &State, call: &Call, op: Op) -> Result<Response, Problem> {
    // Who does not sign learns nothing of what the body lacks.
    call.caller.known()?;
    let body = json::read_body(op, &call.body, &ViewNames(&state.market))?;
    asked(state, call, body.try_into()?).await
}

/// A command that was read.
pub(crate) async fn asked(state: &State, call: &Call, asked: Asked) -> Result<Response, Problem> {
    let caller = call.caller.known()?;
    let (done, answered) = commands::send(state, caller, asked, &call.arrival)?.await?;
    let mut response = axum::Json(done).into_response();
    response.extensions_mut().insert(DurableAt(answered.durable));
    Ok(response)
}
