//! Where commands are given: what an address table is made of, and what happens at an address: read, give, answer.

use crate::server::{
    core::{
        call::{Call, DurableAt},
        give::{Asked, give},
        state::State,
    },
    said::problem::Problem,
};
use axum::response::{IntoResponse, Response};
use protocol::command::Op;

/// The addresses under one heading of the API's document, each with the command that is given there.
pub(super) struct Addresses {
    /// The heading.
    pub(super) tag: &'static str,
    /// Address and command.
    pub(super) rows: &'static [(&'static str, Op)],
}

/// Reads the command `op` from the body, gives it, and answers once it is durable.
pub(super) async fn post(state: &State, call: &Call, op: Op) -> Result<Response, Problem> {
    // Who does not sign learns nothing of what the body lacks.
    call.caller.known()?;
    answer(state, call, Asked::read_body(state, op, &call.body)?).await
}

/// Gives a command that was read, and answers once it is durable.
pub(super) async fn answer(state: &State, call: &Call, asked: Asked) -> Result<Response, Problem> {
    let caller = call.caller.known()?;
    let (done, answered) = give(state, caller, asked, &call.arrival)?.await?;
    let mut response = axum::Json(done).into_response();
    response.extensions_mut().insert(DurableAt(answered.durable));
    Ok(response)
}
