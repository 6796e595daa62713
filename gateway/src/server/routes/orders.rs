//! Orders: place, cancel, look at.

use super::{
    address::{Addresses, answer},
    page::{ClientIdQuery, Fresh, Listed, Page, fresh, json},
    reading,
};
use crate::{
    json::{At as _, scalar::read_order_id, shapes},
    server::{
        core::{
            call::{Call, Params, Segment},
            give::Asked,
            state::State,
        },
        said::{
            order::{self, Order},
            problem::{Fault, Problem},
            responses::{CommandResponses, ReadProblems, codes_of},
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use protocol::{AccountId, Command, Reject, Seq, command::Op};
use serde::Deserialize;
use utoipa::IntoParams;

/// The address at which an order is placed.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "orders",
    rows: &[("/v1/orders", Op::PlaceOrder)],
};

/// Takes a resting order out of its book.
#[utoipa::path(
    delete, path = "/v1/orders/{order_id}", operation_id = "cancel_order", tag = "orders",
    extensions(("x-chinese" = json!("撤回在簿委托。")), ("x-codes" = json!(codes_of(Op::CancelOrder)))),
    params(("order_id" = shapes::OrderId, Path, description = "The order"), ClientIdQuery),
    responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn cancel(
    Shared(state): Shared<State>,
    call: Call,
    Segment(order): Segment<String>,
    Params(query): Params<ClientIdQuery>,
) -> Result<Response, Problem> {
    call.caller.known()?;
    let read = || {
        let order = read_order_id(&order).at("order_id")?;
        Ok(Command::CancelOrder { order })
    };
    let client_id = query.or_of(&call.body)?;
    answer(&state, &call, Asked::read_path(client_id, read)?).await
}

/// Which open orders.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrdersQuery {
    /// Whose.
    #[param(required = true)]
    account_id: Option<u32>,
    /// The `next` of the page before; none for the first.
    cursor: Option<String>,
    /// The most entries, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Waits until the view shows this command.
    min_seq: Option<u64>,
}

/// The open orders of an account, in the order of entry.
#[utoipa::path(
    get, path = "/v1/orders", operation_id = "list_orders", tag = "orders", params(OrdersQuery),
    extensions(("x-chinese" = json!("账户的未了结委托，按受理次序列示。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT"]))),
    responses((status = 200, description = "Some of them", body = Listed<Order>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<OrdersQuery>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let account = query.account_id.ok_or_else(|| {
        Problem::from(Fault::QueryInvalid)
            .at_field("account_id")
            .hint("it is needed")
    })?;
    let page = Page {
        cursor: query.cursor,
        limit: query.limit,
        min_seq: query.min_seq,
    };
    let (limit, after) = (page.limit()?, page.after::<u64>()?);
    fresh(&state, &call, page.min_seq).await?;
    let account = AccountId(account);
    let owner = state
        .market
        .directory()
        .account(account)
        .map(|account| account.owner)
        // Another's is as good as none: the refusal would tell which there are.
        .filter(|owner| caller.may_see(*owner).is_ok())
        .ok_or(Reject::UnknownAccount)?;
    reading::note(&state, &call, [owner], &format!("/v1/orders?account_id={}", account.0)).await?;
    let found = state.market.accounts().open_orders(account, after.map(Seq), limit + 1);
    let listed = Listed::of(
        found,
        limit,
        |order| order.seq.0.to_string(),
        |order| order::render(&state.market, &order),
    );
    Ok(json(&Listed {
        items: listed.items.into_iter().flatten().collect(),
        next: listed.next,
    }))
}

/// One order: open, or finished not long ago.
#[utoipa::path(
    get, path = "/v1/orders/{order_id}", operation_id = "get_order", tag = "orders",
    extensions(("x-chinese" = json!("一笔委托：未了结的，或不久前了结的。")), ("x-codes" = json!(["UNKNOWN_ORDER", "MALFORMED_NUMBER", "OUT_OF_RANGE"]))),
    params(("order_id" = shapes::OrderId, Path, description = "The order"), Fresh),
    responses((status = 200, description = "The order", body = Order), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Segment(order): Segment<String>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let order = read_order_id(&order)?;
    fresh(&state, &call, query.min_seq).await?;
    let view = state.market.accounts().order(order);
    let owner = view
        .and_then(|view| state.market.directory().account(view.account))
        .map(|account| account.owner);
    // What is another's is as good as nothing: ids would tell how many orders others place.
    match (view, owner) {
        (Some(view), Some(owner)) if caller.may_see(owner).is_ok() => {
            reading::note(&state, &call, [owner], &format!("/v1/orders/{}", order.0)).await?;
            Ok(json(&order::render(&state.market, &view).ok_or(Reject::UnknownOrder)?))
        }
        _ => Err(Reject::UnknownOrder.into()),
    }
}
