//! How a user signs in: its login and password, its second factor, and the code with which somebody without a key begins.

use super::{reading, session::private};
use crate::{
    json::{InputCode, InputError, Object, scalar::write_time, shapes},
    server::{
        core::{
            call::{Call, Segment},
            caller::{Proof, UserCaller},
            state::State,
        },
        door::{cookie, limits::Origin},
        people::{
            credentials::{self, Wanted},
            enrolment::{self, Given},
            second_factor,
            sign_in::check_password,
        },
        said::{problem::Problem, responses::ActProblems},
    },
};
use axum::{extract::State as Shared, http::HeaderMap, response::Response};
use protocol::{
    Reject, UserId,
    party::{Roles, Scopes},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// A new login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The login: 3 to 64 letters, digits and `. _ - @ +`; capital and small letters are the same.
    #[schema(example = "ana", min_length = 3, max_length = 64)]
    login: String,
    /// The password: 12 to 128 characters.
    #[schema(example = "correct horse battery", min_length = 12, max_length = 128)]
    password: String,
    /// The password up to now: in a session it is asked for.
    present_password: Option<String>,
}

/// Login and password were set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialsSet {
    /// The user.
    user_id: u32,
    /// Its login, as it is kept.
    login: String,
}

/// An enrolment code, and the login and password to be set with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrol {
    /// The code, however its letters are grouped.
    #[schema(example = "ABCD-EFGH-IJKL-MNOP")]
    code: String,
    /// The login: 3 to 64 letters, digits and `. _ - @ +`; capital and small letters are the same.
    #[schema(example = "ana", min_length = 3, max_length = 64)]
    login: String,
    /// The password: 12 to 128 characters.
    #[schema(example = "correct horse battery", min_length = 12, max_length = 128)]
    password: String,
}

/// An enrolment code, or that another operator has to ask for it, too.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentGiven {
    /// The user that it is for.
    user_id: u32,
    /// The code, told this once; none while another operator has to ask for it.
    #[schema(example = "ABCD-EFGH-IJKL-MNOP")]
    code: Option<String>,
    /// Whether another operator has to ask for it, too: that one is told the code.
    waits_for_second: bool,
    /// Until when the code is good, or the other operator may ask.
    #[schema(value_type = shapes::Timestamp)]
    until: String,
}

/// The present password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BySecret {
    /// The password.
    password: String,
}

/// A second factor that begins: told this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorBegun {
    /// The secret in base32, as it is typed.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as authenticator programs read it, drawn as a QR code by the page.
    uri: String,
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorCode {
    /// Six digits.
    #[schema(example = "287082")]
    code: String,
}

/// What is asked before a second factor goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorEnd {
    /// The password: in a session it is asked for.
    password: Option<String>,
    /// A code: in a session it is asked for.
    code: Option<String>,
}

/// How the second factor stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactorStands {
    /// Whether the user has one.
    has_second_factor: bool,
}

/// Whether a key may set how its user signs in: a session does all that the user's roles let it do, so no key gives more
/// than it has.
fn may_set(caller: &UserCaller) -> Result<(), Problem> {
    let Proof::Key(key) = &caller.proof else {
        return Ok(());
    };
    let quiet = [
        Roles::REGULATOR,
        Roles::DATA_CONSUMER,
        Roles::AGENCY_IP,
        Roles::AGENCY_CENTRAL_BANK,
        Roles::AGENCY_BANKING,
        Roles::AGENCY_LOCAL_FINANCE,
    ];
    let quiet = quiet.into_iter().fold(Roles::NONE, Roles::with);
    let acts = Roles(caller.roles.0 & !quiet.0);
    let lists = Roles(acts.0 & !Roles::TRADER.0);
    let needed = [
        (Scopes::READ, true),
        (Scopes::TRADE, acts != Roles::NONE),
        (Scopes::LIST, lists != Roles::NONE),
        (Scopes::ADMIN, caller.roles.has_any(Roles::OPERATOR)),
    ];
    let lacks = needed
        .into_iter()
        .find(|&(scope, is_needed)| is_needed && !key.details.scopes.has_any(scope));
    lacks.map_or(Ok(()), |(scope, _)| caller.needs(scope))
}

fn missing(field: &'static str) -> Problem {
    InputError::new(InputCode::MissingField, "in a session")
        .within(field)
        .into()
}

/// Sets login and password of one's own user: by a signed request, or in a session with the present password. All other
/// sessions of the user end. A key needs the scopes of all that its user's roles may do.
#[utoipa::path(
    put, path = "/v1/credentials", operation_id = "set_credentials", tag = "people", request_body = Credentials,
    extensions(("x-chinese" = json!("设置本人的登录名和密码：以签名请求，或在会话中并提供现用密码；其他会话随即结束。"))),
    responses((status = 200, description = "Set", body = CredentialsSet), ActProblems), security(("signature" = []))
)]
pub(crate) async fn set(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let caller = call.caller.known()?;
    may_set(caller)?;
    let asked: Credentials = Object::read(&call.body)?.into_dto()?;
    let wanted = Wanted::read(&asked.login, Zeroizing::new(asked.password))?;
    let session = caller.session().map(|session| session.id);
    if session.is_some() {
        let present = asked.present_password.ok_or_else(|| missing("present_password"))?;
        let origin = Origin::from(call.peer).number();
        let fits = check_password(&state.people, caller.user, Zeroizing::new(present), origin).await;
        fits.map_err(|problem| problem.at_field("/present_password"))?;
    }
    credentials::set(&state.people, caller.user, wanted, session, state.now()).await?;
    Ok(private(&now_set(&state, caller.user)))
}

fn now_set(state: &State, user: UserId) -> CredentialsSet {
    CredentialsSet {
        user_id: user.0,
        login: credentials::told(&state.people, user)
            .map(|told| told.login)
            .unwrap_or_default(),
    }
}

/// Gives a code with which a user sets its login and password, once, within a day. By an operator; where the venue has
/// two who can act, another asks for the same and is told the code. The user's entity can read that it was asked for.
#[utoipa::path(
    post, path = "/v1/participants/users/{user_id}/enrolment", operation_id = "give_enrolment", tag = "people",
    extensions(
        ("x-chinese" = json!("为用户开具一次性开户码，一日内有效；有两名运营人员时须由另一名再次申请，由其取得该码。所属主体可查阅此申请。")),
        ("x-codes" = json!(["UNKNOWN_USER", "NOT_PERMITTED"]))
    ),
    params(("user_id" = u32, Path, description = "The user")),
    responses((status = 200, description = "Given, or asked for", body = EnrolmentGiven), ActProblems),
    security(("signature" = []))
)]
pub(crate) async fn give_enrolment(
    Shared(state): Shared<State>,
    call: Call,
    Segment(user): Segment<u32>,
) -> Result<Response, Problem> {
    let caller = call.caller.known()?;
    caller.needs(Scopes::ADMIN)?;
    if !caller.roles.has_any(Roles::OPERATOR) {
        return Err(Reject::NotPermitted.into());
    }
    let of = state.market.directory().user(UserId(user)).ok_or(Reject::UnknownUser)?;
    let alone = !another_operator(&state, caller.user);
    // Who may be whom is evidence: it is durable before anybody has a code.
    let path = format!("/v1/participants/users/{user}/enrolment");
    reading::note(&state, &call, [of.entity], &path).await?;
    let given = enrolment::give(&state.people, of.id, (caller.user, alone), state.now()).await?;
    let (code, until) = match given {
        Given::Code(code, until) => (Some(code), until),
        Given::Waits(until) => (None, until),
    };
    Ok(private(&EnrolmentGiven {
        user_id: user,
        waits_for_second: code.is_none(),
        code,
        until: write_time(until),
    }))
}

/// Whether another operator can act, by a key or by a password.
fn another_operator(state: &State, but: UserId) -> bool {
    let directory = state.market.directory();
    let operators = directory.users(None, usize::MAX).into_iter();
    let mut others = operators.filter(|user| user.roles.has_any(Roles::OPERATOR) && user.id != but);
    let keys = directory.keys(None, usize::MAX);
    others.any(|other| {
        let has_key = keys.iter().any(|key| key.details.user == other.id && !key.is_revoked());
        has_key || state.people.has_credentials(other.id)
    })
}

/// Sets login and password with an enrolment code; one signs in with them then. A second factor that there was is gone.
#[utoipa::path(
    post, path = "/v1/enrolment", operation_id = "enrol", tag = "people", request_body = Enrol,
    extensions(("x-chinese" = json!("以开户码设置登录名和密码，随后即可登录；原有的动态验证码随之停用。"))),
    responses((status = 200, description = "Set", body = CredentialsSet), ActProblems)
)]
pub(crate) async fn enrol(Shared(state): Shared<State>, call: Call, headers: HeaderMap) -> Result<Response, Problem> {
    cookie::no_other_page(&headers, state.people.secure, &state.people.config)?;
    let asked: Enrol = Object::read(&call.body)?.into_dto()?;
    let wanted = Wanted::read(&asked.login, Zeroizing::new(asked.password))?;
    let origin = Origin::from(call.peer).number();
    let user = enrolment::enrol(&state.people, &asked.code, wanted, origin, state.now()).await?;
    Ok(private(&now_set(&state, user)))
}

/// Begins a second factor (TOTP, RFC 6238): its secret is told this once, and a code confirms it.
#[utoipa::path(
    post, path = "/v1/second-factor", operation_id = "begin_second_factor", tag = "people", request_body = BySecret,
    extensions(("x-chinese" = json!("设置动态验证码（TOTP，RFC 6238）：密钥仅此一次给出，须以验证码确认。"))),
    responses((status = 200, description = "Begun", body = FactorBegun), ActProblems), security(("session" = []))
)]
pub(crate) async fn begin_factor(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let caller = call.caller.signed_in()?;
    caller.in_session()?;
    let asked: BySecret = Object::read(&call.body)?.into_dto()?;
    let origin = Origin::from(call.peer).number();
    let fits = check_password(&state.people, caller.user, Zeroizing::new(asked.password), origin).await;
    fits.map_err(|problem| problem.at_field("/password"))?;
    let begun = second_factor::begin(&state.people, caller.user, state.now()).await?;
    Ok(private(&FactorBegun {
        secret: begun.secret,
        uri: begun.uri,
    }))
}

/// Confirms the second factor that was begun, with a code of it. All other sessions of the user end.
#[utoipa::path(
    put, path = "/v1/second-factor", operation_id = "confirm_second_factor", tag = "people", request_body = FactorCode,
    extensions(("x-chinese" = json!("以验证码确认启用；该用户的其他会话随即结束。"))),
    responses((status = 200, description = "It stands", body = FactorStands), ActProblems), security(("session" = []))
)]
pub(crate) async fn confirm_factor(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let session = call.caller.signed_in()?.in_session()?.clone();
    let asked: FactorCode = Object::read(&call.body)?.into_dto()?;
    second_factor::confirm(&state.people, &session, asked.code, state.now()).await?;
    Ok(private(&FactorStands {
        has_second_factor: true,
    }))
}

/// Removes the second factor: in a session with password and code; by a signed request without either, for who lost it.
#[utoipa::path(
    delete, path = "/v1/second-factor", operation_id = "remove_second_factor", tag = "people", request_body = FactorEnd,
    extensions(("x-chinese" = json!("停用动态验证码：在会话中须提供密码与验证码；遗失者可以签名请求停用。"))),
    responses((status = 200, description = "It is gone", body = FactorStands), ActProblems), security(("signature" = []))
)]
pub(crate) async fn remove_factor(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    let caller = call.caller.known()?;
    may_set(caller)?;
    let asked: FactorEnd = match &call.body[..] {
        [] => FactorEnd {
            password: None,
            code: None,
        },
        body => Object::read(body)?.into_dto()?,
    };
    let session = caller.session().map(|session| session.id);
    let code = match session {
        None => None,
        Some(_) => {
            let password = asked.password.ok_or_else(|| missing("password"))?;
            let code = asked.code.ok_or_else(|| missing("code"))?;
            let origin = Origin::from(call.peer).number();
            let fits = check_password(&state.people, caller.user, Zeroizing::new(password), origin).await;
            fits.map_err(|problem| problem.at_field("/password"))?;
            Some(Some(code))
        }
    };
    second_factor::remove(&state.people, caller.user, code, session, state.now()).await?;
    Ok(private(&FactorStands {
        has_second_factor: false,
    }))
}
