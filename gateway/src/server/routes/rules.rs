//! The rules in force: profile, fees, calendar, the rule book's numbers and what they mean. Public to read, an
//! operator's to change.

use super::{
    address::Addresses,
    page::{Fresh, fresh, json},
};
use crate::{
    json::{Described, command as dto},
    server::{
        core::{
            call::{Call, Params},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::ReadProblems,
            rule_book::{self, Article, Register},
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use protocol::{command::Op, control::RuleBook};
use serde::Serialize;
use utoipa::ToSchema;

/// The addresses at which an epoch begins and the rule book's numbers are set.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "rules",
    rows: &[("/v1/rules", Op::Epoch), ("/v1/rules/numbers", Op::SetRuleBook)],
};

/// The rules in force: as data, and as a rule book to be read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rules {
    /// The epoch.
    #[serde(flatten)]
    epoch: dto::Epoch,
    /// The rule book's numbers.
    numbers: RuleBookJson,
    /// What all of it means, article by article.
    articles: Vec<Article>,
    /// SHA-256 (hex) of the articles: the version that a contract can refer to.
    articles_sha256: String,
    /// Where rights of each class are registered, and what registration does.
    registers: Vec<Register>,
}

/// The rule book's numbers in JSON.
type RuleBookJson = Described<RuleBook>;

/// The rules in force.
#[utoipa::path(
    get, path = "/v1/rules", operation_id = "get_rules", tag = "rules", params(Fresh),
    extensions(("x-chinese" = json!("现行规则。"))),
    responses((status = 200, description = "The rules", body = Rules), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    fresh(&state, &call, query.min_seq).await?;
    let epoch = state.market.directory().epoch().cloned().ok_or(Fault::Starting)?;
    let told = state.market.records().rule_book();
    let numbers = told.unwrap_or_else(|| RuleBook::of(epoch.profile));
    let articles = rule_book::articles(&epoch, &numbers);
    Ok(json(&Rules {
        epoch: dto::Epoch::from(&*epoch),
        numbers: Described(numbers),
        articles_sha256: rule_book::digest(&articles),
        articles,
        registers: rule_book::registers(),
    }))
}
