//! Sessions of people: signing in, who am I, where else I am signed in, signing out.

use super::page::json;
use crate::{
    json::{Object, scalar::write_time, shapes},
    server::{
        core::{
            call::Call,
            caller::{Proof, UserCaller},
            state::State,
        },
        door::{cookie, limits::Origin},
        people::{
            credentials,
            session::Session,
            sign_in::{self, Claim, Client},
        },
        said::{
            problem::{Fault, Problem},
            responses::{ActProblems, ReadProblems},
        },
    },
};
use axum::{
    extract::State as Shared,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use market_data::records::{Key, Kind, Told};
use protocol::{EntityId, Record, control::EntityFacts};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// The most accounts that are told of a user.
const ACCOUNTS_MAX: usize = 1_000;

const SESSION: &str = "/v1/session";

/// Whether somebody signs in here: whatever session its browser still has is not asked.
pub(crate) fn signs_in(method: &Method, path: &str) -> bool {
    *method == Method::POST && matches!(path, SESSION | "/v1/demo/session" | "/v1/enrolment")
}

/// Whether a session that has ended is no mistake here: to end it again, or to ask who one is.
pub(crate) fn takes_ended(method: &Method, path: &str) -> bool {
    path == SESSION && matches!(*method, Method::DELETE | Method::GET | Method::HEAD)
}

/// Whether this is about how people sign in, and nothing that the core is given.
pub(crate) fn is_of_people(path: &str) -> bool {
    let own = [
        SESSION,
        "/v1/sessions",
        "/v1/credentials",
        "/v1/second-factor",
        "/v1/enrolment",
        "/v1/demo/session",
    ];
    own.contains(&path) || path.starts_with("/v1/participants/users/") && path.ends_with("/enrolment")
}

/// What somebody says to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The login; capital and small letters are the same.
    #[schema(example = "ana", min_length = 1, max_length = 256)]
    login: String,
    /// The password.
    #[schema(example = "correct horse battery", min_length = 1, max_length = 1024)]
    password: String,
    /// The code of the second factor, where there is one.
    #[schema(example = "287082")]
    code: Option<String>,
}

/// Who asks.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The user; none where nobody in particular asks.
    user_id: Option<u32>,
    /// Its login; none where it has none.
    login: Option<String>,
    /// Whom it acts for; 0 is the venue itself.
    entity_id: Option<u32>,
    /// The registered name of that; none for the venue itself.
    entity_name: Option<String>,
    /// What the user may do.
    #[schema(example = json!(["trader"]))]
    roles: Vec<&'static str>,
    /// The accounts of its entity, 1,000 at most.
    account_ids: Vec<u32>,
    /// Whether two users of its entity decide together.
    dual_control: bool,
    /// Whether it has a second factor.
    has_second_factor: bool,
    /// Whether it has to set one up before anything else: the venue's staff, but in the demo.
    second_factor_needed: bool,
    /// When login and password were set.
    #[schema(value_type = Option<shapes::Timestamp>)]
    credentials_set_at: Option<String>,
    /// The operator who gave the enrolment code with which they were set; none where no code was used.
    enrolled_by: Option<u32>,
    /// The key that proves who asks; none in a session.
    key_id: Option<u32>,
    /// The session, by its number; none where a key asks.
    session_id: Option<u64>,
    /// When the session ends, whatever is done in it.
    #[schema(value_type = Option<shapes::Timestamp>)]
    expires_at: Option<String>,
    /// It ends, too, when nothing was asked in it for so many milliseconds.
    idle_ms: Option<u64>,
    /// Whether the request had the cookie of a session that has ended.
    session_ended: bool,
    /// Whether this is the demo, whose people one may be by a click (`GET /v1/demo/people`).
    is_demo: bool,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct Listed {
    /// Its number.
    session_id: u64,
    /// When it began.
    #[schema(value_type = shapes::Timestamp)]
    began_at: String,
    /// When something was last asked in it.
    #[schema(value_type = shapes::Timestamp)]
    last_seen_at: String,
    /// When it ends at the latest.
    #[schema(value_type = shapes::Timestamp)]
    expires_at: String,
    /// The address that it began from.
    #[schema(example = "203.0.113.7")]
    from: String,
    /// What the browser said that it is.
    client: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// The sessions of a user that go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The last one first; 16 at most.
    items: Vec<Listed>,
}

/// Sessions have ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedOut {
    /// How many.
    ended: usize,
}

/// The client behind this request.
pub(super) fn client(call: &Call, headers: &HeaderMap) -> Client {
    let says = headers.get(header::USER_AGENT).and_then(|says| says.to_str().ok());
    Client::new(call.peer, Origin::from(call.peer).number(), says.unwrap_or_default())
}

/// Answers with who signed in, and the cookie.
pub(super) fn signed_in(state: &State, (cookie, session): (String, Arc<Session>)) -> Result<Response, Problem> {
    let user = state.market.directory().user(session.user).ok_or(Fault::SessionEnded)?;
    let caller = UserCaller {
        proof: Proof::Session(session),
        user: user.id,
        entity: user.entity,
        roles: user.roles,
    };
    let people = &state.people;
    let line = cookie::set(&cookie, people.secure, people.config.longest);
    Ok(([(header::SET_COOKIE, line)], private(&me(state, &caller))).into_response())
}

/// An answer that nobody is to keep.
pub(super) fn private(body: &impl Serialize) -> Response {
    let mut response = json(body);
    let no_store = header::HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

fn me(state: &State, caller: &UserCaller) -> Me {
    let told = credentials::told(&state.people, caller.user);
    let directory = state.market.directory();
    let entity = directory
        .entity(caller.entity)
        .and_then(|entity| entity.details.as_ref());
    let accounts = directory.accounts(Some(caller.entity), None, ACCOUNTS_MAX);
    let session = caller.session();
    let needed = session.is_some_and(|session| state.people.needs_factor(session, caller.sees_all()));
    Me {
        user_id: Some(caller.user.0),
        entity_id: Some(caller.entity.0),
        entity_name: entity.map(|details| details.name.as_str().to_owned()),
        roles: caller.roles.names().collect(),
        account_ids: accounts.iter().map(|account| account.id.0).collect(),
        dual_control: is_dual(state, caller.entity),
        has_second_factor: told.as_ref().is_some_and(|told| told.has_second_factor),
        second_factor_needed: needed,
        credentials_set_at: told.as_ref().map(|told| write_time(told.set_at)),
        enrolled_by: told.as_ref().and_then(|told| told.enrolled_by).map(|user| user.0),
        login: told.map(|told| told.login),
        key_id: match &caller.proof {
            Proof::Key(key) => Some(key.id.0),
            Proof::Session(_) => None,
        },
        session_id: session.map(|session| session.id),
        expires_at: session.map(|session| write_time(session.ends)),
        idle_ms: session.map(|_| u64::try_from(state.people.config.idle.as_millis()).unwrap_or(u64::MAX)),
        session_ended: false,
        is_demo: state.people.is_demo(),
    }
}

fn is_dual(state: &State, entity: EntityId) -> bool {
    let records = state.market.records();
    let facts = records.get(Key::new(Kind::Entity, entity.0.into()));
    matches!(
        facts.map(|version| &version.told),
        Some(Told::Record(Record::Entity(EntityFacts { dual_control: true, .. })))
    )
}

/// Signs in. The answer sets the session's cookie: `__Host-zhiheng` where the venue is reached over TLS, else `zhiheng`.
/// A wrong login and a wrong password are the same refusal; after a few of them Retry-After says when to come back.
#[utoipa::path(
    post, path = "/v1/session", operation_id = "sign_in", tag = "people", request_body = SignIn,
    extensions(("x-chinese" = json!("登录。应答以 Cookie 建立会话；登录名与密码有误时不加区分，多次有误须按 Retry-After 等待。"))),
    responses((status = 200, description = "Signed in", body = Me), ActProblems)
)]
pub(crate) async fn begin(Shared(state): Shared<State>, call: Call, headers: HeaderMap) -> Result<Response, Problem> {
    cookie::no_other_page(&headers, state.people.secure, &state.people.config)?;
    let asked: SignIn = Object::read(&call.body)?.into_dto()?;
    let claim = Claim {
        login: asked.login,
        password: Zeroizing::new(asked.password),
        code: asked.code,
    };
    let begun = sign_in::sign_in(&state.people, claim, client(&call, &headers), state.now()).await?;
    signed_in(&state, begun)
}

/// Who am I: the user, whom it acts for, and what proves it. For a session and for a signed request; without either, or
/// with a session that has ended, nobody in particular.
#[utoipa::path(
    get, path = "/v1/session", operation_id = "get_session", tag = "people",
    extensions(("x-chinese" = json!("我是谁：用户、所属主体、角色、账户，及会话或密钥；未登录者各项为空。"))),
    responses((status = 200, description = "Who asks", body = Me), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn get(Shared(state): Shared<State>, call: Call, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(json(&match call.caller.signed_in() {
        Ok(caller) => me(&state, caller),
        Err(_) => Me {
            session_ended: cookie::read(&headers, state.people.secure).is_some(),
            is_demo: state.people.is_demo(),
            ..Me::default()
        },
    }))
}

/// Signs out: the session ends, and its sockets are closed. Where it has ended already the cookie goes all the same.
#[utoipa::path(
    delete, path = "/v1/session", operation_id = "sign_out", tag = "people",
    extensions(("x-chinese" = json!("退出登录：会话结束，其连接随即关闭。"))),
    responses((status = 200, description = "Signed out", body = SignedOut), ActProblems), security((), ("session" = []))
)]
pub(crate) async fn end(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let ended = match call.caller.signed_in() {
        Ok(caller) => {
            let session = caller.in_session()?.id;
            sign_in::sign_out(&state.people, session, state.now()).await?;
            1
        }
        Err(_) => 0,
    };
    Ok(without_cookie(&state, ended))
}

/// Signs out everywhere: all sessions of the user end, and their sockets are closed.
#[utoipa::path(
    delete, path = "/v1/sessions", operation_id = "sign_out_everywhere", tag = "people",
    extensions(("x-chinese" = json!("在所有设备上退出登录：该用户的全部会话结束，其连接随即关闭。"))),
    responses((status = 200, description = "Signed out", body = SignedOut), ActProblems), security(("signature" = []))
)]
pub(crate) async fn end_all(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let user = call.caller.signed_in()?.user;
    let now = state.now();
    let ended = state.people.sessions_of(user, now).len();
    sign_in::sign_out_everywhere(&state.people, user, now).await?;
    Ok(without_cookie(&state, ended))
}

/// The user's own sessions: since when, from where, when last used.
#[utoipa::path(
    get, path = "/v1/sessions", operation_id = "list_sessions", tag = "people",
    extensions(("x-chinese" = json!("本人的登录会话：起于何时、来自何处、最近使用时间。"))),
    responses((status = 200, description = "All of them", body = Sessions), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn list(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let caller = call.caller.signed_in()?;
    let current = caller.session().map(|session| session.id);
    let items = state.people.sessions_of(caller.user, state.now());
    let items = items.iter().map(|session| Listed {
        session_id: session.id,
        began_at: write_time(session.began),
        last_seen_at: write_time(session.last_seen()),
        expires_at: write_time(session.ends),
        from: session.from.clone(),
        client: session.client.clone(),
        current: Some(session.id) == current,
    });
    Ok(json(&Sessions { items: items.collect() }))
}

fn without_cookie(state: &State, ended: usize) -> Response {
    let line = cookie::clear(state.people.secure);
    (
        StatusCode::OK,
        [(header::SET_COOKIE, line)],
        private(&SignedOut { ended }),
    )
        .into_response()
}
