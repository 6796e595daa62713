//! The rules in force: profile, fees, calendar. Public to read, an operator's to change.

use super::*;
use crate::{
    json::{Named, Op, command as dto},
    server::{
        gate::Params,
        openapi::{CommandResponses, ReadProblems},
        send,
    },
};
use axum::extract::State as Shared;

/// The rules in force.
#[utoipa::path(
    get, path = "/v1/rules", tag = "rules", params(Fresh),
    responses((status = 200, description = "The rules", body = dto::Epoch), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    fresh(&state, &call, query.min_seq).await?;
    let epoch = state.market.directory().epoch().cloned().ok_or(Fault::Starting)?;
    Ok(json(&dto::Epoch::from(&*epoch)))
}

/// New rules from here on.
#[utoipa::path(
    post, path = "/v1/rules", tag = "rules",
    request_body = Named<dto::Epoch>, responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn set(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    send::post(&state, &call, Op::Epoch).await
}
