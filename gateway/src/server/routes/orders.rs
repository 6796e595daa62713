//! Orders: place, cancel, look at.

use super::{
    address::{answer, post},
    page::{ClientIdBody, ClientIdQuery, Fresh, Listed, Page, fresh, json},
    reading,
};
use crate::{
    json::{At as _, Named, command::PlaceOrder, scalar::read_order_id},
    server::{
        core::{
            call::{Call, Params, Segment},
            give::Asked,
            state::State,
        },
        said::{
            order::{self, Order},
            problem::{Fault, Problem},
            responses::{CommandResponses, ReadProblems},
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use protocol::{AccountId, Command, Reject, Seq, command::Op};
use serde::Deserialize;
use utoipa::IntoParams;

/// Places an order.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders",
    request_body = Named<PlaceOrder>, responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn place(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    post(&state, &call, Op::PlaceOrder).await
}

/// Takes a resting order out of its book.
#[utoipa::path(
    delete, path = "/v1/orders/{order_id}", tag = "orders",
    params(("order_id" = String, Path, description = "The order"), ClientIdQuery), request_body = Option<ClientIdBody>,
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
    get, path = "/v1/orders", tag = "orders", params(OrdersQuery),
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
    get, path = "/v1/orders/{order_id}", tag = "orders",
    params(("order_id" = String, Path, description = "The order"), Fresh),
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
