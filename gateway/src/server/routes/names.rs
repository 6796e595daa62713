//! The names of participants: what the registers of companies say of them in public.

use super::page::{fresh, json};
use crate::{
    json::command as dto,
    server::{
        core::{
            call::{Call, Params},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use protocol::EntityId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many names are told at once.
const NAMES_MAX: usize = 100;

/// Whose names.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NamesQuery {
    /// The numbers of participants, 100 at most.
    #[param(example = "1,2,3")]
    entities: String,
    /// Waits until the view shows this command.
    min_seq: Option<u64>,
}

/// The name of a participant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParticipantName)]
pub(crate) struct Name {
    /// Its number here.
    entity_id: u32,
    /// Its registered name.
    #[schema(example = "深圳示范银行股份有限公司")]
    name: String,
    /// What it is.
    kind: dto::EntityKind,
}

/// Names of participants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ParticipantNames)]
pub(crate) struct Names {
    /// Those that there are, in the order in which they were asked for. The venue itself (0) has none.
    items: Vec<Name>,
}

/// The registered names of participants, which the public registers of legal entities tell anybody. For whoever is signed
/// in; nothing else of them is told here.
#[utoipa::path(
    get, path = "/v1/names", operation_id = "list_names", tag = "participants", params(NamesQuery),
    extensions(("x-chinese" = json!("参与主体的登记名称（公示信息），供已登录者查询；除名称与类型外不予提供。"))),
    responses((status = 200, description = "Those that there are", body = Names), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<NamesQuery>,
) -> Result<Response, Problem> {
    call.caller.reader()?;
    let wrong = || {
        let hint = format!("1 to {NAMES_MAX} numbers with commas between them");
        Problem::from(Fault::QueryInvalid).at_field("entities").hint(hint)
    };
    let numbers = query.entities.split(',').take(NAMES_MAX + 1);
    let numbers: Vec<u32> = numbers
        .map(|number| number.trim().parse().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    if numbers.len() > NAMES_MAX {
        return Err(wrong());
    }
    fresh(&state, &call, query.min_seq).await?;
    let directory = state.market.directory();
    let told = numbers.into_iter().filter_map(|number| {
        let entity = directory.entity(EntityId(number))?;
        let details = entity.details.as_ref()?;
        Some(Name {
            entity_id: number,
            name: details.name.as_str().to_owned(),
            kind: (&details.kind).into(),
        })
    });
    Ok(json(&Names { items: told.collect() }))
}
