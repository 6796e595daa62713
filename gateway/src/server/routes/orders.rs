//! Orders: place, cancel, look at; and their fills.

use super::{
    accounts::owner_of,
    address::{Addresses, answer},
    listings,
    page::{ClientIdQuery, Fresh, Listed, Page, fresh, json},
    reading,
    walk::{listed, walk},
};
use crate::{
    json::{
        At as _,
        command::{OrderType, Side},
        scalar::{
            read_client_id, read_order_id, write_money, write_order_id, write_price, write_quantity, write_time,
            write_trade_id,
        },
        shapes,
    },
    server::{
        core::{
            call::{Call, Params, Segment},
            caller::UserCaller,
            give::Asked,
            state::State,
        },
        said::{
            order::{self, Order},
            problem::Problem,
            responses::{CommandResponses, ReadProblems, codes_of, fields_of},
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use history::{Owner, Status};
use market_data::MarketData;
use protocol::{AccountId, ClientId, Command, InstrumentId, OrderId, Reject, Seq, command::Op, wire::client_trace};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The address at which an order is placed.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "orders",
    rows: &[("/v1/orders", Op::PlaceOrder)],
};

/// Takes a resting order out of its book.
#[utoipa::path(
    delete, path = "/v1/orders/{order_id}", operation_id = "cancel_order", tag = "orders",
    extensions(("x-chinese" = json!("撤回在簿委托。")), ("x-codes" = json!(codes_of(Op::CancelOrder))), ("x-fields" = json!(fields_of(Op::CancelOrder)))),
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
    answer(&state, &call, Asked::read_path(&client_id, read)?).await
}

/// How orders stand that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Open,
    Filled,
    Cancelled,
    Rejected,
    All,
}

walk! {
    /// Which orders.
    OrdersQuery {
        /// Of which account; none: of all accounts of the caller's entity.
        account_id: Option<u32>,
        /// How they stand; none: `open`, and with a `client_id` `all`. A refusal for want of cash is not kept: it tells what is free.
        #[param(inline)]
        state: Option<Standing>,
        /// What they trade.
        #[param(value_type = Option<shapes::Symbol>)]
        symbol: Option<String>,
        /// The client's name under which they were placed.
        #[param(min_length = 1, max_length = 64, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
        client_id: Option<String>,
    }
}

impl OrdersQuery {
    /// Whether the live view answers: the open orders of an account, in the order of entry.
    fn is_live(&self) -> bool {
        matches!(self.state, None | Some(Standing::Open))
            && self.account_id.is_some()
            && self.symbol.is_none()
            && self.client_id.is_none()
            && self.since.is_none()
            && self.until.is_none()
            && !self.newest_first.unwrap_or(false)
    }

    fn status(&self) -> Option<Status> {
        match (self.state, &self.client_id) {
            (None, None) | (Some(Standing::Open), _) => Some(Status::Open),
            (Some(Standing::Filled), _) => Some(Status::Filled),
            (Some(Standing::Cancelled), _) => Some(Status::Cancelled),
            (Some(Standing::Rejected), _) => Some(Status::Rejected),
            (None, Some(_)) | (Some(Standing::All), _) => None,
        }
    }
}

/// Whose they are: an account's that the caller may see, or all of the caller's entity. A read of another's is noted.
async fn whose(
    state: &State,
    call: &Call,
    caller: &UserCaller,
    account: Option<u32>,
    path: &str,
) -> Result<Owner, Problem> {
    let Some(account) = account else {
        return Ok(Owner::Entity(caller.entity));
    };
    let owner = owner_of(state, caller, account)?;
    reading::note(state, call, [owner], &format!("{path}?account_id={account}")).await?;
    Ok(Owner::Account(AccountId(account)))
}

fn instrument_of(state: &State, symbol: Option<&String>) -> Result<Option<InstrumentId>, Problem> {
    let found = symbol.map(|symbol| listings::listing(state, symbol).map(|listed| listed.id));
    found.transpose().map_err(|problem| problem.at_field("symbol"))
}

/// Orders and what became of them, in the order of entry: the open ones of an account, or those that are asked for, of
/// whatever age.
#[utoipa::path(
    get, path = "/v1/orders", operation_id = "list_orders", tag = "orders", params(OrdersQuery),
    extensions(("x-chinese" = json!("委托及其结果，按受理次序列示：账户的未了结委托，或按状态、代码、客户端编号与时间查询的任何时期的委托。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT", "UNKNOWN_INSTRUMENT"]))),
    responses((status = 200, description = "Some of them", body = Listed<Order>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<OrdersQuery>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    if query.is_live() {
        return live(&state, &call, caller, query).await;
    }
    let window = query.window()?;
    let client = match &query.client_id {
        Some(id) => Some(client_trace(read_client_id(id).map_err(Problem::from)?.as_str())),
        None => None,
    };
    fresh(&state, &call, query.min_seq).await?;
    let asked = history::Asked {
        status: query.status(),
        instrument: instrument_of(&state, query.symbol.as_ref())?,
        client,
    };
    let owner = whose(&state, &call, caller, query.account_id, "/v1/orders").await?;
    let page = state
        .past(query.min_seq, move |history| history.orders(owner, &asked, &window))
        .await?;
    Ok(json(&listed(page, |order| order::of_past(&state.market, &order))))
}

/// The open orders of an account.
async fn live(state: &State, call: &Call, caller: &UserCaller, query: OrdersQuery) -> Result<Response, Problem> {
    let page = Page {
        cursor: query.cursor,
        limit: query.limit,
        min_seq: query.min_seq,
    };
    let (limit, after) = (page.limit()?, page.after::<u64>()?);
    fresh(state, call, page.min_seq).await?;
    let account = query.account_id.ok_or(Reject::UnknownAccount)?;
    let owner = owner_of(state, caller, account)?;
    reading::note(state, call, [owner], &format!("/v1/orders?account_id={account}")).await?;
    let found = state
        .market
        .accounts()
        .open_orders(AccountId(account), after.map(Seq), limit + 1);
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

/// One order and what became of it, of whatever age.
#[utoipa::path(
    get, path = "/v1/orders/{order_id}", operation_id = "get_order", tag = "orders",
    extensions(("x-chinese" = json!("一笔委托及其结果，不论时期。")), ("x-codes" = json!(["UNKNOWN_ORDER", "MALFORMED_NUMBER", "OUT_OF_RANGE"]))),
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
    let (owner, told) = match view {
        Some(view) => {
            let account = state.market.directory().account(view.account);
            let owner = account.map(|account| account.owner).ok_or(Reject::UnknownOrder)?;
            (owner, order::render(&state.market, &view))
        }
        None => {
            let past = past(&state, order, query.min_seq).await?;
            (past.entity, order::of_past(&state.market, &past))
        }
    };
    // What is another's is as good as nothing: ids would tell how many orders others place.
    caller.may_see(owner).map_err(|_| Reject::UnknownOrder)?;
    reading::note(&state, &call, [owner], &format!("/v1/orders/{}", order.0)).await?;
    Ok(json(&told.ok_or(Reject::UnknownOrder)?))
}

/// An order as the history has it.
async fn past(state: &State, order: OrderId, min_seq: Option<u64>) -> Result<history::Order, Problem> {
    let found = state.past(min_seq, move |history| history.order(order)).await?;
    Ok(found.ok_or(Reject::UnknownOrder)?)
}

walk! {
    /// Which fills.
    FillsQuery {
        /// Of which account; none: of all accounts of the caller's entity.
        account_id: Option<u32>,
        /// Of which order.
        #[param(value_type = Option<shapes::OrderId>)]
        order_id: Option<String>,
        /// Of what.
        #[param(value_type = Option<shapes::Symbol>)]
        symbol: Option<String>,
    }
}

/// A fill of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fill {
    /// The order.
    #[schema(value_type = shapes::OrderId)]
    order_id: String,
    /// The client's name under which the order was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::ClientId>)]
    client_id: Option<ClientId>,
    /// How long the order lives and at which price.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<OrderType>,
    /// Whose account was settled.
    account_id: u32,
    /// What was traded.
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    side: Side,
    /// The trade, as on the tape.
    #[schema(value_type = shapes::TradeId)]
    trade_id: String,
    #[schema(value_type = shapes::Decimal)]
    price: String,
    #[schema(value_type = shapes::Quantity)]
    quantity: String,
    /// What this side paid for it.
    #[schema(value_type = shapes::Decimal)]
    fee: String,
    #[schema(value_type = shapes::Timestamp)]
    matched_at: String,
}

fn fill(market: &MarketData, fill: &history::Fill) -> Option<Fill> {
    let (symbol, currency) = order::traded(market, fill.instrument)?;
    Some(Fill {
        order_id: write_order_id(fill.order),
        client_id: fill.client_id.clone(),
        r#type: fill.order_type.map(Into::into),
        account_id: fill.account.0,
        symbol,
        side: fill.side.into(),
        trade_id: write_trade_id(fill.trade),
        price: write_price(fill.price, Some(currency)),
        quantity: write_quantity(fill.quantity),
        fee: write_money(fill.fee, currency),
        matched_at: write_time(fill.at),
    })
}

/// Fills, of whatever age, the oldest first.
#[utoipa::path(
    get, path = "/v1/fills", operation_id = "list_fills", tag = "orders", params(FillsQuery),
    extensions(("x-chinese" = json!("委托的成交明细，不论时期，先成交者在前。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT", "UNKNOWN_ORDER", "UNKNOWN_INSTRUMENT", "MALFORMED_NUMBER", "OUT_OF_RANGE"]))),
    responses((status = 200, description = "Some of them", body = Listed<Fill>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn fills(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<FillsQuery>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let window = query.window()?;
    let order = query.order_id.as_deref().map(read_order_id).transpose();
    let order = order.map_err(|error| Problem::from(error).at_field("order_id"))?;
    fresh(&state, &call, query.min_seq).await?;
    let instrument = instrument_of(&state, query.symbol.as_ref())?;
    let page = match order {
        Some(id) => {
            let order = past(&state, id, query.min_seq).await?;
            caller.may_see(order.entity).map_err(|_| Reject::UnknownOrder)?;
            if query
                .account_id
                .is_some_and(|account| order.account != AccountId(account))
                || instrument.is_some_and(|instrument| order.instrument != instrument)
            {
                return Err(Reject::UnknownOrder.into());
            }
            let path = format!("/v1/fills?order_id={}", id.0);
            reading::note(&state, &call, [order.entity], &path).await?;
            state
                .past(query.min_seq, move |history| history.fills_of(id, &window))
                .await?
        }
        None => {
            let owner = whose(&state, &call, caller, query.account_id, "/v1/fills").await?;
            state
                .past(query.min_seq, move |history| history.fills(owner, instrument, &window))
                .await?
        }
    };
    Ok(json(&listed(page, |one| fill(&state.market, &one))))
}
