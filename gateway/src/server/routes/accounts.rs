//! Accounts: cash, holdings, and what open orders hold of both.

use super::{
    address::Addresses,
    page::{Fresh, Listed, Page, fresh, json},
    reading,
};
use crate::{
    json::{scalar::write_time, shapes},
    server::{
        core::{
            call::{Call, Params, Segment},
            caller::UserCaller,
            state::State,
        },
        said::{
            account::{self, Cash, Holding},
            problem::Problem,
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::directory;
use protocol::{AccountId, EntityId, InstrumentId, Reject, command::Op};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "accounts",
    rows: &[
        ("/v1/accounts", Op::OpenAccount),
        ("/v1/accounts/cash-in", Op::CashIn),
        ("/v1/accounts/cash-out", Op::CashOut),
        ("/v1/accounts/withdraw", Op::RequestWithdrawal),
        ("/v1/accounts/cancel-withdrawal", Op::CancelWithdrawal),
        ("/v1/accounts/approve-withdrawal", Op::ApproveWithdrawal),
        ("/v1/accounts/refuse-withdrawal", Op::RefuseWithdrawal),
    ],
};

/// An account and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// The account.
    account_id: u32,
    /// The entity that owns it.
    owner_id: u32,
    /// When it was opened.
    #[schema(value_type = shapes::Timestamp)]
    opened_at: String,
}

/// An account with its cash.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Balances {
    #[serde(flatten)]
    account: Account,
    /// Its cash, in each currency in which it ever had some.
    cash: Vec<Cash>,
    /// How many of its orders are open.
    open_orders: usize,
    /// The last command that this shows, at least.
    applied_seq: u64,
}

fn render(account: &directory::Account) -> Account {
    Account {
        account_id: account.id.0,
        owner_id: account.owner.0,
        opened_at: write_time(account.opened_at),
    }
}

/// The accounts of the caller's entity; all of them for operators and regulators.
#[utoipa::path(
    get, path = "/v1/accounts", operation_id = "list_accounts", tag = "accounts", params(Page),
    extensions(("x-chinese" = json!("调用方所属主体的账户；运营方与监管方可见全部。"))),
    responses((status = 200, description = "Some of them", body = Listed<Account>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    let owner = (!caller.sees_all()).then_some(caller.entity);
    let found = state
        .market
        .directory()
        .accounts(owner, after.map(AccountId), limit + 1);
    reading::note(&state, &call, found.iter().map(|account| account.owner), "/v1/accounts").await?;
    Ok(json(&Listed::of(
        found,
        limit,
        |account| account.id.0.to_string(),
        |account| render(&account),
    )))
}

fn account_of(state: &State, call: &Call, id: u32) -> Result<directory::Account, Problem> {
    let caller = call.caller.reader()?;
    let account = state.market.directory().account(AccountId(id));
    // Another's is as good as none: the refusal would tell which there are.
    let seen = account.filter(|account| caller.may_see(account.owner).is_ok());
    Ok(seen.ok_or(Reject::UnknownAccount)?)
}

/// Whose account this is, where the caller may see it.
pub(super) fn owner_of(state: &State, caller: &UserCaller, account: u32) -> Result<EntityId, Problem> {
    let account = state.market.directory().account(AccountId(account));
    let owner = account.map(|account| account.owner);
    // Another's is as good as none: the refusal would tell which there are.
    let seen = owner.filter(|owner| caller.may_see(*owner).is_ok());
    Ok(seen.ok_or(Reject::UnknownAccount)?)
}

/// One account with its cash.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}", operation_id = "get_account", tag = "accounts",
    extensions(("x-chinese" = json!("一个账户及其资金。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT"]))),
    params(("account_id" = u32, Path, description = "The account"), Fresh),
    responses((status = 200, description = "The account", body = Balances), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u32>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    call.caller.reader()?;
    fresh(&state, &call, query.min_seq).await?;
    let account = account_of(&state, &call, id)?;
    reading::note(&state, &call, [account.owner], &format!("/v1/accounts/{id}")).await?;
    let applied_seq = state.market.applied().0;
    let (cash, open_orders) = {
        let accounts = state.market.accounts();
        let cash = if call.caller.reader()?.entity == account.owner {
            accounts.all_cash(account.id)
        } else {
            accounts.all_cash_for_others(account.id)
        };
        (cash, accounts.open_order_count(account.id))
    };
    Ok(json(&Balances {
        account: render(&account),
        cash: cash.into_iter().map(account::cash).collect(),
        open_orders,
        applied_seq,
    }))
}

/// The units an account holds, by instrument.
#[utoipa::path(
    get, path = "/v1/accounts/{account_id}/holdings", operation_id = "list_holdings", tag = "accounts",
    extensions(("x-chinese" = json!("账户的持仓，按交易品种列示。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT"]))),
    params(("account_id" = u32, Path, description = "The account"), Page),
    responses((status = 200, description = "Some of them", body = Listed<Holding>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn holdings(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u32>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    call.caller.reader()?;
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    let account = account_of(&state, &call, id)?;
    reading::note(&state, &call, [account.owner], &format!("/v1/accounts/{id}/holdings")).await?;
    let found = state
        .market
        .accounts()
        .holdings(account.id, after.map(InstrumentId), limit + 1);
    Ok(json(&Listed::of(
        found,
        limit,
        |(instrument, _)| instrument.0.to_string(),
        |(instrument, units)| account::holding(&state.market, instrument, units),
    )))
}
