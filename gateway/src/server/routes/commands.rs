//! The table of addresses: where each command is given. Its rows stand in the file of their noun.
//!
//! A command whose route has words of its own in the API's document (an order, an account, a participant, a listing)
//! has a handler in its noun's file instead of a row.

use super::{
    accounts,
    address::{self, Addresses},
    auctions, disposals, licences, participants, pledges, pools, proposals, reverse_licences, rules, subsidies, titles,
    transfers, valuations,
};
use crate::{
    json::{command, read::DRAW},
    server::{
        core::{call::Call, give, state::State},
        said::responses::{CommandResponses, responses},
    },
};
use axum::{extract::State as Shared, http::Method, routing::post};
use protocol::command::Op;
use utoipa::openapi::{
    Content, OpenApi, Ref, RefOr, Required,
    path::{HttpMethod, OperationBuilder},
    request_body::{RequestBody, RequestBodyBuilder},
    schema::{AllOfBuilder, ObjectBuilder, Schema, Type},
    security::SecurityRequirement,
};
use utoipa_axum::router::OpenApiRouter;

/// The rows, noun by noun.
const NOUNS: [Addresses; 15] = [
    rules::ADDRESSES,
    participants::ADDRESSES,
    accounts::ADDRESSES,
    proposals::ADDRESSES,
    titles::ADDRESSES,
    valuations::ADDRESSES,
    licences::ADDRESSES,
    transfers::ADDRESSES,
    auctions::ADDRESSES,
    pledges::ADDRESSES,
    disposals::ADDRESSES,
    pools::ADDRESSES,
    reverse_licences::ADDRESSES,
    subsidies::ADDRESSES,
    subsidies::OF_DILIGENCE,
];

/// Each address with its heading and its command.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, Op)> {
    let rows = |noun: Addresses| noun.rows.iter().map(move |&(path, op)| (path, noun.tag, op));
    NOUNS.into_iter().flat_map(rows)
}

/// Whether what is asked here leaves no trace in numbers and lines of the house: it is a bidder's command, or may carry
/// one.
pub(crate) fn is_untold(method: &Method, path: &str) -> bool {
    let gives = |&(address, _, op): &(&str, &str, Op)| address == path && give::is_untold(op);
    *method != Method::GET && rows().any(|row| gives(&row))
}

/// The routes of the table.
pub(super) fn routes() -> OpenApiRouter<State> {
    rows().fold(OpenApiRouter::new(), |router, (path, _, op)| {
        let command =
            move |Shared(state): Shared<State>, call: Call| async move { address::post(&state, &call, op).await };
        router.route(path, post(command))
    })
}

/// The table in the API's document.
pub(super) fn describe(document: &mut OpenApi) {
    let mut schemas = Vec::new();
    command::schemas(&mut schemas);
    let components = document.components.get_or_insert_default();
    for (name, schema) in schemas {
        components.schemas.entry(name).or_insert(schema);
    }
    // What the venue draws, no client says.
    if let Some(RefOr::T(Schema::Object(enter))) = components.schemas.get_mut(command::schema_name(Op::EnterLot)) {
        enter.properties.remove(DRAW);
        enter.required.retain(|field| field != DRAW);
    }
    for (path, tag, op) in rows() {
        let operation = OperationBuilder::new()
            .operation_id(Some(op.name()))
            .tag(tag)
            .summary(Some(op.meaning()))
            .security(SecurityRequirement::new("signature", Vec::<String>::new()))
            .request_body(Some(body(op)))
            .responses(responses::<CommandResponses>());
        document
            .paths
            .add_path_operation(path, vec![HttpMethod::Post], operation);
    }
}

/// The body in which a command is given: its fields, and the client's name for it.
fn body(op: Op) -> RequestBody {
    let client_id = ObjectBuilder::new().property(
        "client_id",
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The client's name for the command, 1 to 64 characters.")),
    );
    let body = AllOfBuilder::new()
        .item(Ref::from_schema_name(command::schema_name(op)))
        .item(client_id)
        .build();
    RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(RefOr::T(body.into()))))
        .required(Some(Required::True))
        .build()
}
