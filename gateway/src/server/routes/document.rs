//! The routes, and the OpenAPI 3.1 document that is made of them: one source, so they cannot drift apart.

use super::{
    accounts, assets, auctions, certificates, commands, listings, lot_rights, market, orders, participants, records,
    rules, status, venue,
};
use crate::server::{
    core::state::State,
    said::{done::Done, problem::ProblemBody, responses::ReadProblems},
    ws,
};
use axum::Json;
use std::sync::OnceLock;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The document, but for the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Zhiheng 知衡",
        description = "An exchange for intellectual property. Money, prices and quantities are decimal texts, times RFC 3339 in UTC with nine decimals. \
            Every refusal is an application/problem+json with a stable `code`. Every command takes a `client_id`: the same id with the same body gets the first answer again. \
            Feeds and commands over WebSocket: `/v1/ws`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody, Done)),
    modifiers(&Signature),
    tags(
        (name = "participants", description = "Legal entities, users, keys"),
        (name = "accounts", description = "Cash, holdings, and what orders hold"),
        (name = "assets", description = "What is registered"),
        (name = "titles", description = "The life of a right: verified, held, consented to"),
        (name = "valuations", description = "What a right is worth, and who says so"),
        (name = "licences", description = "Licences, open licences, licence units in use"),
        (name = "transfers", description = "A title passes for money"),
        (name = "auctions", description = "Lots, their bids and their proof"),
        (name = "pledges", description = "Loans, and rights that are pledged for them"),
        (name = "pools", description = "Public money that shares the loss of loans"),
        (name = "subsidies", description = "Public money that bears a part of what loans cost"),
        (name = "diligence", description = "How far a branch and its officers are forgiven a loss"),
        (name = "proposals", description = "What takes two people"),
        (name = "certificates", description = "What the registry says of a right on a day, signed"),
        (name = "registry", description = "Records as their readers see them"),
        (name = "listings", description = "Licence units on order books"),
        (name = "orders", description = "Place, cancel, look at"),
        (name = "market", description = "Books and prints"),
        (name = "rules", description = "The rules in force"),
        (name = "stream", description = "WebSocket"),
        (name = "status", description = "For machines that watch"),
    )
)]
struct Document;

struct Signature;

impl Modify for Signature {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let words = "Ed25519 or HMAC-SHA256, in hex, over eight lines: `zhiheng request 2`, the venue's id (GET /v1/venue), timestamp (Unix ms), nonce (or nothing), method, path, query, SHA-256 of the body in hex. \
            Beside it stand the headers Zhiheng-Key (the key's number), Zhiheng-Timestamp and, where there is one, Zhiheng-Nonce, and, to narrow the receive window, Zhiheng-Window (ms). \
            `zhiheng sign METHOD PATH [BODY]` prints them.";
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "Zhiheng-Signature",
            words,
        )));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("signature", scheme);
    }
}

/// The document itself.
#[utoipa::path(
    get, path = "/openapi.json", tag = "status",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object), ReadProblems)
)]
async fn openapi_json() -> Json<&'static utoipa::openapi::OpenApi> {
    Json(document())
}

/// The API's document. Its routes are those of `app`.
pub fn document() -> &'static utoipa::openapi::OpenApi {
    static DOCUMENT: OnceLock<utoipa::openapi::OpenApi> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = router().into_openapi();
        commands::describe(&mut document);
        records::describe(&mut document);
        document
    })
}

/// Every route, with its part of the document.
pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(participants::entities, participants::register_entity))
        .routes(routes!(participants::entity))
        .routes(routes!(participants::users, participants::register_user))
        .routes(routes!(participants::keys, participants::register_key))
        .routes(routes!(participants::revoke_key))
        .routes(routes!(accounts::list, accounts::open))
        .routes(routes!(accounts::get))
        .routes(routes!(accounts::holdings))
        .routes(routes!(assets::list, assets::register))
        .routes(routes!(assets::get))
        .routes(routes!(listings::list, listings::list_units))
        .routes(routes!(listings::issue_units))
        .routes(routes!(listings::set_trading))
        .routes(routes!(listings::get))
        .routes(routes!(orders::list, orders::place))
        .routes(routes!(orders::get, orders::cancel))
        .routes(routes!(market::list))
        .routes(routes!(market::book))
        .routes(routes!(market::trades))
        .routes(routes!(rules::get, rules::set))
        .routes(routes!(certificates::key))
        .routes(routes!(certificates::get))
        .routes(routes!(auctions::log))
        .routes(routes!(auctions::confirmation))
        .routes(routes!(lot_rights::rights))
        .routes(routes!(ws::upgrade))
        .routes(routes!(venue::get))
        .routes(routes!(status::healthz))
        .routes(routes!(status::readyz))
        .routes(routes!(openapi_json))
        .merge(commands::routes())
        .merge(records::routes())
}
