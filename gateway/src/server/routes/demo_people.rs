//! The demo's people: whom one may be by a click. On a real exchange both addresses are those of nothing.

use super::{
    page::json,
    session::{Me, client, signed_in},
};
use crate::{
    json::Object,
    server::{
        core::{call::Call, state::State},
        door::cookie,
        people::sign_in,
        said::{
            problem::{Fault, Problem},
            responses::ActProblems,
        },
    },
};
use axum::{extract::State as Shared, http::HeaderMap, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody of the demo.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DemoPerson)]
pub(crate) struct DemoPersonTold {
    /// The name in the demo.
    #[schema(example = "ana")]
    name: &'static str,
    /// The user.
    user_id: u32,
    /// Whom it acts for; 0 is the venue itself.
    entity_id: u32,
    /// The registered name of that; none for the venue itself.
    entity_name: Option<String>,
    /// What it may do.
    #[schema(example = json!(["trader"]))]
    roles: Vec<&'static str>,
}

/// The people of the demo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DemoPeople {
    /// All of them.
    items: Vec<DemoPersonTold>,
}

/// Whom to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoSignIn {
    /// The name in the demo.
    #[schema(example = "ana")]
    name: String,
}

/// Whom one may be in the demo, by a click. On a real exchange there is nothing at this address.
#[utoipa::path(
    get, path = "/v1/demo/people", operation_id = "list_demo_people", tag = "people",
    extensions(("x-chinese" = json!("演示市场中可一键扮演的人员；正式交易场所无此地址。"))),
    responses((status = 200, description = "All of them", body = DemoPeople), ActProblems)
)]
pub(crate) async fn demo_people(Shared(state): Shared<State>) -> Result<Response, Problem> {
    let people = state.people.demo().ok_or(Fault::NotFound)?;
    let directory = state.market.directory();
    let told = people.iter().filter_map(|person| {
        let user = directory.user(person.user)?;
        let entity = directory.entity(user.entity).and_then(|entity| entity.details.as_ref());
        Some(DemoPersonTold {
            name: person.name,
            user_id: user.id.0,
            entity_id: user.entity.0,
            entity_name: entity.map(|details| details.name.as_str().to_owned()),
            roles: user.roles.names().collect(),
        })
    });
    Ok(json(&DemoPeople { items: told.collect() }))
}

/// Signs in as somebody of the demo. On a real exchange there is nothing at this address.
#[utoipa::path(
    post, path = "/v1/demo/session", operation_id = "sign_in_to_demo", tag = "people", request_body = DemoSignIn,
    extensions(("x-chinese" = json!("在演示市场中以某人身份登录；正式交易场所无此地址。"))),
    responses((status = 200, description = "Signed in", body = Me), ActProblems)
)]
pub(crate) async fn demo_sign_in(
    Shared(state): Shared<State>,
    call: Call,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !state.people.is_demo() {
        return Err(Fault::NotFound.into());
    }
    cookie::no_other_page(&headers, state.people.secure, &state.people.config)?;
    let asked: DemoSignIn = Object::read(&call.body)?.into_dto()?;
    let client = client(&call, &headers);
    let begun = sign_in::sign_in_as(&state.people, &asked.name, client, state.now()).await;
    let begun = begun.map_err(|problem| problem.at_field("/name"))?;
    signed_in(&state, begun)
}
