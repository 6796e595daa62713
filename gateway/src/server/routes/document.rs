//! The routes, and the documents that are made of them: one source, so they cannot drift apart.

use super::{
    accounts, assets, attachments, auctions, certificates, changes, commands, credentials, demo_people, effects,
    listings, lot_rights,
    market::{self, PriceLevel},
    names, orders, participants, previews, records, rules, session, statements, status, venue, waits,
};
use crate::{
    proof::receipt::BidReceipt,
    server::{
        contract::{self, Documents, page},
        core::state::State,
        said::{
            account::{Cash, Holding},
            done::Done,
            order::Order,
            problem::ProblemBody,
            responses::{ReadProblems, shared},
            sent::Kept,
        },
        ws,
    },
};
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use serde_json::Value;
use std::sync::{Arc, OnceLock};
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
    servers((url = "/", description = "The venue that serves this document. 提供本文档的场所。")),
    components(schemas(ProblemBody, Done, BidReceipt, Order, Cash, Holding, PriceLevel)),
    modifiers(&Signature),
    tags(
        (name = "participants", description = "Legal entities, users, keys. 法律主体、用户与密钥。"),
        (name = "people", description = "How people sign in: sessions, passwords, second factors. 登录会话、密码与动态验证码。"),
        (name = "accounts", description = "Cash, holdings, what orders hold, and statements. 资金、持仓、委托所冻结的部分及流水。"),
        (name = "assets", description = "What is registered. 已登记的权利。"),
        (name = "titles", description = "The life of a right: verified, held, consented to. 权利的存续：核验、查封保全与共有人同意。"),
        (name = "valuations", description = "What a right is worth, and who says so. 权利的估值及其评估机构。"),
        (name = "licences", description = "Licences, open licences, licence units in use. 许可、开放许可与许可份额的使用。"),
        (name = "transfers", description = "A title passes for money. 权利的有偿转让。"),
        (name = "auctions", description = "Lots, their bids and their proof. 竞价标的、报价及其证明。"),
        (name = "pledges", description = "Loans, and rights that are pledged for them. 贷款及为其出质的权利。"),
        (name = "disposals", description = "Pledged rights are disposed of: plans, cases, reverse licences, shares for debt. 质押权利的处置：收益分配方案、处置案件、反向许可与债转股。"),
        (name = "pools", description = "Public money that shares the loss of loans. 分担贷款损失的风险补偿资金池。"),
        (name = "subsidies", description = "Public money that bears a part of what loans cost. 分担贷款成本的财政补贴。"),
        (name = "diligence", description = "How far a branch and its officers are forgiven a loss. 基层机构的不良容忍度与经办人员的尽职免责。"),
        (name = "proposals", description = "What takes two people. 须双人复核的事项。"),
        (name = "certificates", description = "What the registry says of a right on a day, signed. 登记簿所载某日权利状况的签名证明书。"),
        (name = "registry", description = "Records as their readers see them. 按可见范围提供的记录。"),
        (name = "listings", description = "Licence units on order books. 在订单簿挂牌的许可份额。"),
        (name = "orders", description = "Place, cancel, look at; fills. 委托的提交、撤回与查询，成交明细。"),
        (name = "market", description = "Books, prints and candles. 订单簿、成交与K线。"),
        (name = "rules", description = "The rules in force. 现行规则。"),
        (name = "stream", description = "WebSocket. 实时推送与命令（WebSocket）。"),
        (name = "status", description = "For machines that watch. 供监控程序查询的运行状态。"),
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
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("signature", scheme);
        let words = "The cookie of a session, which POST /v1/session sets: `__Host-zhiheng` where the venue is reached over TLS, else `zhiheng`. It does whatever a signature does that its user's roles allow. \
            A request with it that is no GET, and each WebSocket, has to come from a page of this venue: `Sec-Fetch-Site` or `Origin` says so, else it is refused as `CROSS_ORIGIN`.";
        let scheme = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description("__Host-zhiheng", words)));
        components.add_security_scheme("session", scheme);
    }
}

/// A document, written once.
fn written(kept: &'static OnceLock<Arc<Kept>>, document: &Value) -> Response {
    let kept = kept.get_or_init(|| Arc::new(Kept::new(document.to_string())));
    kept.answer("application/json")
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "status",
    extensions(("x-chinese" = json!("本接口的 OpenAPI 文档。"))),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object), ReadProblems)
)]
async fn openapi_json() -> Response {
    static KEPT: OnceLock<Arc<Kept>> = OnceLock::new();
    written(&KEPT, &documents().openapi)
}

/// The document of what goes over the WebSocket.
#[utoipa::path(
    get, path = "/asyncapi.json", operation_id = "get_asyncapi", tag = "status",
    extensions(("x-chinese" = json!("WebSocket 接口的 AsyncAPI 文档。"))),
    responses((status = 200, description = "AsyncAPI 3.0", content_type = "application/json", body = Object), ReadProblems)
)]
async fn asyncapi_json() -> Response {
    static KEPT: OnceLock<Arc<Kept>> = OnceLock::new();
    written(&KEPT, &documents().asyncapi)
}

/// Both documents on one page for people, in English and Chinese.
#[utoipa::path(
    get, path = "/api", operation_id = "get_api_page", tag = "status",
    extensions(("x-chinese" = json!("两份文档合为一页，供人阅读，中英对照。"))),
    responses((status = 200, description = "HTML, complete in itself", content_type = "text/html", body = String), ReadProblems)
)]
async fn api_page() -> Response {
    static KEPT: OnceLock<(Arc<Kept>, HeaderValue)> = OnceLock::new();
    let (kept, policy) = KEPT.get_or_init(|| {
        let policy = HeaderValue::try_from(page::policy()).expect("it is of ASCII");
        (Arc::new(Kept::new(page::page(documents()))), policy)
    });
    let mut answer = kept.answer("text/html; charset=utf-8");
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

/// The API's documents. Their routes are those of `app`.
pub fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    DOCUMENTS.get_or_init(|| {
        let mut document = router().into_openapi();
        commands::describe(&mut document);
        records::describe(&mut document);
        let components = document.components.get_or_insert_default();
        components
            .responses
            .extend(shared().map(|(name, response)| (name, response.into())));
        contract::documents(serde_json::to_value(document).expect("a document is plain data"))
    })
}

/// Every route, with its part of the document.
pub(crate) fn router() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(participants::entities))
        .routes(routes!(participants::entity))
        .routes(routes!(participants::users))
        .routes(routes!(participants::keys))
        .routes(routes!(participants::revoke_key))
        .routes(routes!(session::begin, session::get, session::end))
        .routes(routes!(session::list, session::end_all))
        .routes(routes!(credentials::set))
        .routes(routes!(credentials::give_enrolment))
        .routes(routes!(credentials::enrol))
        .routes(routes!(
            credentials::begin_factor,
            credentials::confirm_factor,
            credentials::remove_factor
        ))
        .routes(routes!(demo_people::demo_people))
        .routes(routes!(demo_people::demo_sign_in))
        .routes(routes!(names::get))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::get))
        .routes(routes!(accounts::holdings))
        .routes(routes!(assets::list))
        .routes(routes!(assets::get))
        .routes(routes!(listings::list))
        .routes(routes!(listings::get))
        .routes(routes!(orders::list))
        .routes(routes!(orders::get, orders::cancel))
        .routes(routes!(orders::fills))
        .routes(routes!(statements::cash))
        .routes(routes!(statements::units))
        .routes(routes!(statements::cash_days))
        .routes(routes!(statements::unit_days))
        .routes(routes!(market::list))
        .routes(routes!(market::book))
        .routes(routes!(market::trades))
        .routes(routes!(previews::cost))
        .routes(routes!(market::candles))
        .routes(routes!(changes::list))
        .routes(routes!(waits::list))
        .routes(routes!(rules::get))
        .routes(routes!(certificates::key))
        .routes(routes!(certificates::get))
        .routes(routes!(auctions::log))
        .routes(routes!(previews::next_bids))
        .routes(routes!(effects::effects))
        .routes(routes!(auctions::confirmation))
        .routes(routes!(auctions::questions))
        .routes(routes!(lot_rights::rights))
        .routes(routes!(attachments::list))
        .routes(routes!(attachments::get, attachments::put))
        .routes(routes!(ws::upgrade))
        .routes(routes!(venue::get))
        .routes(routes!(status::healthz))
        .routes(routes!(status::readyz))
        .routes(routes!(openapi_json))
        .routes(routes!(asyncapi_json))
        .routes(routes!(api_page))
        .merge(commands::routes())
        .merge(records::routes())
}
