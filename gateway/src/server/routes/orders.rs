//! Orders: place, cancel, look at.

use super::*;
use crate::{
    json::{
        At as _, Named,
        command::{PlaceOrder, Side},
        described,
        scalar::{read_order_id, write_money, write_order_id, write_price, write_quantity, write_time},
    },
    server::{
        commands::Asked,
        gate::{Params, Segment},
        openapi::{CommandResponses, ReadProblems},
        reading, send,
    },
};
use axum::extract::State as Shared;
use market_data::{
    MarketData,
    accounts::{OrderState, OrderView},
};
use protocol::{AccountId, Command, Reject, Seq, command::Op, event::CancelReason};
use utoipa::openapi::Schema;

/// An order as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    /// The order.
    #[schema(example = "4294967303")]
    order_id: String,
    /// Whose it is.
    account_id: u32,
    /// What is traded.
    #[schema(example = "CN201910513128.U")]
    symbol: String,
    side: Side,
    /// The limit, or the protection price of a market order.
    #[schema(example = "120.00")]
    price: String,
    /// How many units it was entered with.
    #[schema(example = "5")]
    quantity: String,
    /// How many have traded.
    filled: String,
    /// How many can still trade.
    left: String,
    /// The sum of price × quantity over its fills.
    filled_value: String,
    /// The sum of its fees.
    fees: String,
    /// The cash it still holds; zero for a sell, which holds `left` units.
    held: String,
    /// `open`, `filled` or `cancelled`.
    #[schema(example = "open")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = cancel_reasons)]
    cancel_reason: Option<&'static str>,
    /// The command that entered it.
    journal_seq: u64,
    /// When it was entered.
    entered_at: String,
    /// When it last changed.
    changed_at: String,
}

/// Why an order was cancelled.
fn cancel_reasons() -> Schema {
    described::word_or_none::<CancelReason>("Why it was cancelled.")
}

pub(crate) fn render(market: &MarketData, order: &OrderView) -> Option<Order> {
    let (symbol, currency) = {
        let directory = market.directory();
        let instrument = directory.instrument(order.instrument)?;
        (instrument.symbol().to_string(), instrument.currency())
    };
    let (word, cancel_reason) = match order.state {
        OrderState::Open => ("open", None),
        OrderState::Filled => ("filled", None),
        OrderState::Cancelled(reason) => ("cancelled", Some(reason.word())),
    };
    Some(Order {
        order_id: write_order_id(order.order),
        account_id: order.account.0,
        symbol,
        side: order.side.into(),
        price: write_price(order.price, Some(currency)),
        quantity: write_quantity(order.quantity),
        filled: write_quantity(order.filled),
        left: write_quantity(order.left),
        filled_value: write_money(order.filled_value, currency),
        fees: write_money(order.fees, currency),
        held: write_money(order.held, currency),
        state: word,
        cancel_reason,
        journal_seq: order.seq.0,
        entered_at: write_time(order.entered_at),
        changed_at: write_time(order.changed_at),
    })
}

/// Places an order.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders",
    request_body = Named<PlaceOrder>, responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn place(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    send::post(&state, &call, Op::PlaceOrder).await
}

/// The client's name for a command without a body.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClientIdQuery {
    /// The client's name for the command, 1 to 64 characters.
    #[param(required = true)]
    pub(crate) client_id: Option<String>,
}

/// Takes a resting order out of its book.
#[utoipa::path(
    delete, path = "/v1/orders/{order_id}", tag = "orders",
    params(("order_id" = String, Path, description = "The order"), ClientIdQuery),
    responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn cancel(
    Shared(state): Shared<State>,
    call: Call,
    Segment(order): Segment<String>,
    Params(query): Params<ClientIdQuery>,
) -> Result<Response, Problem> {
    call.caller.known()?;
    let order = read_order_id(&order).at("order_id")?;
    send::asked(
        &state,
        &call,
        Asked::of(query.client_id, Command::CancelOrder { order })?,
    )
    .await
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
    let account = query
        .account_id
        .ok_or_else(|| Problem::from(Fault::QueryInvalid).at_field("account_id"))?;
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
        .ok_or(Reject::UnknownAccount)?
        .owner;
    caller.may_see(owner)?;
    reading::note(&state, &call, [owner], &format!("/v1/orders?account_id={}", account.0)).await?;
    let found = state.market.accounts().open_orders(account, after.map(Seq), limit + 1);
    let listed = Listed::of(
        found,
        limit,
        |order| order.seq.0.to_string(),
        |order| render(&state.market, &order),
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
            Ok(json(&render(&state.market, &view).ok_or(Reject::UnknownOrder)?))
        }
        _ => Err(Reject::UnknownOrder.into()),
    }
}
