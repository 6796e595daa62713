//! Participants: legal entities, their users, and the keys these sign with. Operators admit them; a participant sees
//! its own.

use super::{
    address::{Addresses, answer},
    page::{ClientIdQuery, Fresh, Listed, Page, fresh, json},
    reading,
};
use crate::{
    json::{command as dto, scalar::write_time, shapes},
    server::{
        core::{
            call::{Call, Params, Segment},
            give::Asked,
            state::State,
        },
        said::{
            problem::Problem,
            responses::{CommandResponses, ReadProblems, codes_of, fields_of},
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::directory;
use protocol::{Command, EntityId, KeyId, Reject, UserId, command::Op};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The addresses at which participants are admitted, their facts told, their dual control set and who approves named.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "participants",
    rows: &[
        ("/v1/participants/entities", Op::RegisterEntity),
        ("/v1/participants/users", Op::RegisterUser),
        ("/v1/participants/keys", Op::RegisterKey),
        ("/v1/participants/facts", Op::DescribeEntity),
        ("/v1/participants/dual-control", Op::SetDualControl),
        ("/v1/participants/approvers", Op::NameApprovers),
        ("/v1/participants/deputies", Op::NameDeputy),
    ],
};

/// A legal entity.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entity {
    /// Its number here; 0 is the venue itself.
    entity_id: u32,
    /// Who it is; nothing for the venue itself.
    #[serde(flatten)]
    details: Option<dto::RegisterEntity>,
    /// When it was admitted.
    #[schema(value_type = shapes::Timestamp)]
    registered_at: String,
}

/// A user of an entity.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    /// Its number here; 0 is the venue's first operator.
    user_id: u32,
    /// Whom it acts for.
    entity_id: u32,
    /// What it may do.
    #[schema(example = json!(["trader"]))]
    roles: Vec<&'static str>,
}

/// A key of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Key {
    /// Its number here.
    key_id: u32,
    /// Whose it is, how it signs, what for and from where.
    #[serde(flatten)]
    details: dto::RegisterKey,
    /// Whether it was ended.
    revoked: bool,
}

fn render_entity(entity: &directory::Entity) -> Entity {
    Entity {
        entity_id: entity.id.0,
        details: entity.details.as_ref().map(Into::into),
        registered_at: write_time(entity.registered_at),
    }
}

/// Ends a key.
#[utoipa::path(
    delete, path = "/v1/participants/keys/{key_id}", operation_id = "revoke_key", tag = "participants",
    extensions(("x-chinese" = json!("撤销一把密钥。")), ("x-codes" = json!(codes_of(Op::RevokeKey))), ("x-fields" = json!(fields_of(Op::RevokeKey)))),
    params(("key_id" = u32, Path, description = "The key"), ClientIdQuery),
    responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn revoke_key(
    Shared(state): Shared<State>,
    call: Call,
    Segment(key_id): Segment<u32>,
    Params(query): Params<ClientIdQuery>,
) -> Result<Response, Problem> {
    call.caller.known()?;
    let command = Command::RevokeKey { key: KeyId(key_id) };
    let client_id = query.or_of(&call.body)?;
    answer(&state, &call, Asked::read_path(&client_id, || Ok(command))?).await
}

/// The caller's own entity; all of them for operators and regulators.
#[utoipa::path(
    get, path = "/v1/participants/entities", operation_id = "list_entities", tag = "participants", params(Page),
    extensions(("x-chinese" = json!("调用方所属主体；运营方与监管方可见全部。"))),
    responses((status = 200, description = "Some of them", body = Listed<Entity>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn entities(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    let found: Vec<Arc<directory::Entity>> = if caller.sees_all() {
        state.market.directory().entities(after.map(EntityId), limit + 1)
    } else if after.is_none() {
        state
            .market
            .directory()
            .entity(caller.entity)
            .cloned()
            .into_iter()
            .collect()
    } else {
        vec![]
    };
    Ok(json(&Listed::of(
        found,
        limit,
        |entity| entity.id.0.to_string(),
        |entity| render_entity(&entity),
    )))
}

/// One entity.
#[utoipa::path(
    get, path = "/v1/participants/entities/{entity_id}", operation_id = "get_entity", tag = "participants",
    extensions(("x-chinese" = json!("一个法律主体。")), ("x-codes" = json!(["UNKNOWN_ENTITY"]))),
    params(("entity_id" = u32, Path, description = "The entity"), Fresh),
    responses((status = 200, description = "The entity", body = Entity), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn entity(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u32>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    fresh(&state, &call, query.min_seq).await?;
    caller.may_see(EntityId(id))?;
    let entity = state
        .market
        .directory()
        .entity(EntityId(id))
        .cloned()
        .ok_or(Reject::UnknownEntity)?;
    reading::note(&state, &call, [entity.id], &format!("/v1/participants/entities/{id}")).await?;
    Ok(json(&render_entity(&entity)))
}

/// The users of the caller's entity; all of them for operators and regulators.
#[utoipa::path(
    get, path = "/v1/participants/users", operation_id = "list_users", tag = "participants", params(Page),
    extensions(("x-chinese" = json!("调用方所属主体的用户；运营方与监管方可见全部。"))),
    responses((status = 200, description = "Some of them", body = Listed<User>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn users(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    Ok(json(&Listed::sieved(
        after,
        limit,
        |after, limit| state.market.directory().users(after.map(UserId), limit),
        |user| user.id.0,
        |user| caller.may_see(user.entity).is_ok(),
        |user| User {
            user_id: user.id.0,
            entity_id: user.entity.0,
            roles: user.roles.names().collect(),
        },
    )))
}

/// The keys of the caller's entity; all of them for operators and regulators. Never a secret.
#[utoipa::path(
    get, path = "/v1/participants/keys", operation_id = "list_keys", tag = "participants", params(Page),
    extensions(("x-chinese" = json!("调用方所属主体的密钥；运营方与监管方可见全部；从不含共享密钥。"))),
    responses((status = 200, description = "Some of them", body = Listed<Key>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn keys(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    let entity_of = |user| state.market.directory().user(user).map(|user| user.entity);
    Ok(json(&Listed::sieved(
        after,
        limit,
        |after, limit| state.market.directory().keys(after.map(KeyId), limit),
        |key| key.id.0,
        |key| caller.sees_all() || entity_of(key.details.user) == Some(caller.entity),
        |key| Key {
            key_id: key.id.0,
            details: (&key.details).into(),
            revoked: key.is_revoked(),
        },
    )))
}
