//! The table of addresses: where each command is given. Its rows stand in the file of their noun; the two commands whose
//! address says what they are about (an order's end, a key's) have handlers there instead.

use super::{
    accounts,
    address::{self, Addresses},
    assets, auctions, disposals, licences, listings, orders, participants, pledges, pools, proposals, reverse_licences,
    rules, subsidies, titles, transfers, valuations,
};
use crate::{
    json::command,
    server::{
        core::{call::Call, give, state::State},
        said::responses::{CommandResponses, of_command, responses},
    },
};
use axum::{extract::State as Shared, http::Method, routing::post};
use protocol::command::Op;
use utoipa::openapi::{
    Components, Content, OpenApi, Ref, RefOr, Required,
    path::{HttpMethod, OperationBuilder},
    request_body::{RequestBody, RequestBodyBuilder},
    schema::Schema,
    security::SecurityRequirement,
};
use utoipa_axum::router::OpenApiRouter;

/// The rows, noun by noun.
const NOUNS: [Addresses; 18] = [
    rules::ADDRESSES,
    participants::ADDRESSES,
    accounts::ADDRESSES,
    assets::ADDRESSES,
    listings::ADDRESSES,
    orders::ADDRESSES,
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
    for (path, tag, op) in rows() {
        let body = command::request_name(op);
        let operation = OperationBuilder::new()
            .operation_id(Some(op.name()))
            .tag(tag)
            .summary(Some(op.meaning()))
            .description(Some(op.chinese()))
            .security(SecurityRequirement::new("signature", Vec::<String>::new()))
            .request_body(Some(in_json(&body)))
            .responses(responses::<CommandResponses>())
            .extensions(Some(of_command(op)));
        document
            .paths
            .add_path_operation(path, vec![HttpMethod::Post], operation);
        schemas.push((body, command::request(op).into()));
    }
    let components = document.components.get_or_insert_default();
    tell(components, schemas);
}

/// Adds these schemas, of which one name means one thing.
pub(super) fn tell(components: &mut Components, schemas: Vec<(String, RefOr<Schema>)>) {
    for (name, schema) in schemas {
        let known = components.schemas.entry(name.clone()).or_insert_with(|| schema.clone());
        assert!(*known == schema, "two schemas are called {name}");
    }
}

/// A body of this name.
fn in_json(name: &str) -> RequestBody {
    RequestBodyBuilder::new()
        .content(
            "application/json",
            Content::new(Some(RefOr::Ref(Ref::from_schema_name(name)))),
        )
        .required(Some(Required::True))
        .build()
}
