//! Previews: what an order would cost, and what a lot takes next, before anybody does it.
//!
//! What always holds: a preview is a read. It stands in no journal, promises nothing, and is worked out by the core's own
//! functions ([`sequencer::previews`]) from the views as they are: no rule is written a second time here. It tells nobody
//! more than the book, the lot's public record and the caller's own account do.

use super::{
    listings,
    lot_rights::lot_of,
    page::{fresh, json},
};
use crate::{
    json::{
        At as _, Described, InputCode, InputError,
        command::{OrderType, Side},
        scalar::{read_price, read_quantity, write_money, write_price, write_quantity, write_time},
        shapes,
    },
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::MarketData;
use protocol::{
    AccountId, Amount, BasisPoints, EntityId, LotId, Money, OrderId, Price, Reject, Timestamp,
    auction::{Format, Lot, LotState},
    command::Op,
    event::TradingStatus,
    order::OrderKind,
};
use sequencer::previews::{self, Resting};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

type AmountJson = Described<Amount>;
type StateJson = Described<LotState>;

/// The most prices at which fills are told one by one; the sums are of all of them.
const FILLS_MAX: usize = 1_000;
/// How many of the next legal bids are told where the caller does not say.
const BIDS: usize = 3;
/// The most of them.
const BIDS_MAX: usize = 20;

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Buys {
    Buy,
    Sell,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Lives {
    Limit,
    Ioc,
    Market,
}

/// The order that is thought of.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CostQuery {
    /// Buy or sell.
    #[param(inline)]
    side: Buys,
    /// At which price, for how long: as of an order.
    #[serde(rename = "type")]
    #[param(inline)]
    order_type: Lives,
    /// The price of one unit; with `limit` and `ioc` alone.
    #[param(value_type = Option<shapes::Decimal>)]
    price: Option<String>,
    /// How many units.
    #[param(value_type = shapes::Quantity)]
    quantity: String,
    /// The account that would pay or deliver, one of the caller's own: its orders in the book and the fraction of a fee
    /// that it carries count. Without one the answer is that of an account with neither. Needs a signature.
    account_id: Option<u32>,
    /// Waits until the view shows this command. Needs a signature.
    min_seq: Option<u64>,
}

/// What trades at one price.
#[derive(Debug, Serialize, ToSchema)]
struct CostFill {
    #[schema(value_type = shapes::Decimal)]
    price: String,
    #[schema(value_type = shapes::Quantity)]
    quantity: String,
}

/// What an order would come to, were it the next to arrive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderCost {
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    #[schema(value_type = shapes::Currency)]
    currency: &'static str,
    side: Side,
    r#type: OrderType,
    /// The worst price: the limit, and of a market order the far end of the band.
    #[schema(value_type = shapes::Decimal)]
    limit: String,
    #[schema(value_type = shapes::Quantity)]
    quantity: String,
    /// Whose orders and whose carried fraction count; none: nobody's.
    account_id: Option<u32>,
    /// The `seq` of the channel `book.l2` of which this is told.
    seq: u64,
    /// What trades at once, by price, best first: the first 1000 prices.
    fills: Vec<CostFill>,
    /// How many prices more there are; the sums are of all.
    more_fills: usize,
    /// How many units trade at once.
    #[schema(value_type = shapes::Quantity)]
    filled: String,
    /// How many rest in the book behind that.
    #[schema(value_type = shapes::Quantity)]
    rests: String,
    /// How many are cancelled instead.
    #[schema(value_type = shapes::Quantity)]
    cancelled: String,
    /// Whether it ends before an order of its own participant: what is left is cancelled.
    ends_at_own_order: bool,
    /// Price × quantity of what trades at once.
    #[schema(value_type = shapes::Decimal)]
    value: String,
    /// What an order that arrives pays of it, in basis points.
    fee_bps: u16,
    /// The fee on what trades at once, to the minor unit that is charged.
    #[schema(value_type = shapes::Decimal)]
    fee: String,
    /// What a buyer pays for what trades at once, fee and all; what a seller gets.
    #[schema(value_type = shapes::Decimal)]
    total: String,
    /// What a buyer's account holds as the order comes, before anything trades: it never pays more. 0 for a sell, which
    /// holds its units.
    #[schema(value_type = shapes::Decimal)]
    held: String,
    /// What stays held for what rests.
    #[schema(value_type = shapes::Decimal)]
    held_after: String,
    /// Whether the board is a sandbox.
    sandbox: bool,
}

/// What an order would come to, were it the next to arrive: what trades at once, the fee, the sums, what is held. A read:
/// whether the order may be given (roles, consents, what is locked, whether the cash is there) the order itself is told.
#[utoipa::path(
    get, path = "/v1/market/{symbol}/cost", operation_id = "get_order_cost", tag = "market",
    extensions(
        ("x-chinese" = json!("一笔委托如即刻到达将如何：立即成交的部分、手续费、合计与冻结额。仅为查询，不入日志；可否委托以受理时为准。")),
        ("x-codes" = json!([
            "UNKNOWN_INSTRUMENT", "SYMBOL_INVALID", "UNKNOWN_ACCOUNT", "NOT_TRADING", "QUANTITY_INVALID", "QUANTITY_TOO_LARGE",
            "PRICE_OUTSIDE_BAND", "PRICE_OFF_TICK", "CONFLICTING_FIELDS", "MISSING_FIELD", "MALFORMED_NUMBER", "WRONG_SCALE", "OUT_OF_RANGE"
        ]))
    ),
    params(("symbol" = shapes::Symbol, Path, description = "The symbol"), CostQuery),
    responses((status = 200, description = "What it would come to", body = OrderCost), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn cost(
    Shared(state): Shared<State>,
    call: Call,
    Segment(symbol): Segment<String>,
    Params(query): Params<CostQuery>,
) -> Result<Response, Problem> {
    let own = query.account_id.map(|account| own_account(&state, &call, account));
    let own = own.transpose()?;
    fresh(&state, &call, query.min_seq).await?;
    // The cost of a large order tells the book: whoever does not see it live is told no cost.
    let level = state.entitlements.of(&call.caller);
    if state.entitlements.cut(level, state.now()).is_some() {
        return Err(Fault::DataNotEntitled.into());
    }
    let instrument = listings::listing(&state, &symbol)?;
    let currency = instrument.currency();
    let (side, kind) = asked(&query, |text| read_price(text, Some(currency)).at("price"))?;
    let quantity = read_quantity(&query.quantity).at("quantity")?;
    let refused = |reject: Reject| {
        let field = Op::PlaceOrder.field(reject);
        let problem = Problem::from(reject);
        match field {
            Some(field) => problem.at_field(field.trim_start_matches('/')),
            None => problem,
        }
    };
    if instrument.status() != TradingStatus::Trading {
        return Err(refused(Reject::NotTrading));
    }
    let fees = state.market.directory().epoch().map(|epoch| epoch.fees);
    let fees = fees.ok_or(Reject::NoEpoch)?;
    let (free_units, carried) = own.map_or_else(Default::default, |(account, _)| {
        let accounts = state.market.accounts();
        let free = accounts.holding(account, instrument.id).free();
        (free, accounts.carried_as_taker(account, currency))
    });
    let order = previews::Order {
        terms: &instrument.terms,
        fees,
        side,
        kind,
        quantity,
        free_units,
        carried,
    };
    // What the terms refuse is refused before the book is looked at, and against an empty one.
    let limit = previews::cost(&order, []).map_err(refused)?.limit;
    let resting = own.map_or_else(Vec::new, |(_, entity)| orders_of(&state.market, entity));
    let (seq, against) = state
        .market
        .against(instrument.id, (side, limit), quantity, &resting)
        .ok_or(Reject::UnknownInstrument)?;
    let against = against.into_iter().map(|level| Resting {
        price: level.price,
        quantity: level.quantity,
        own: level.own,
    });
    let cost = previews::cost(&order, against).map_err(refused)?;
    let money = |money| write_money(money, currency);
    let price = |price: Price| write_price(price, Some(currency));
    Ok(json(&OrderCost {
        symbol: instrument.symbol().to_string(),
        currency: currency.code(),
        side: side.into(),
        r#type: kind.order_type().into(),
        limit: price(cost.limit),
        quantity: write_quantity(quantity),
        account_id: own.map(|(account, _)| account.0),
        seq,
        more_fills: cost.fills.len().saturating_sub(FILLS_MAX),
        fills: cost
            .fills
            .iter()
            .take(FILLS_MAX)
            .map(|&(at, units)| CostFill {
                price: price(at),
                quantity: write_quantity(units),
            })
            .collect(),
        filled: write_quantity(cost.filled),
        rests: write_quantity(cost.rests),
        cancelled: write_quantity(cost.cancelled),
        ends_at_own_order: cost.crosses_itself,
        value: money(cost.value),
        fee_bps: fees.taker.0,
        fee: money(cost.fee),
        total: money(cost.total),
        held: money(cost.held),
        held_after: money(cost.held_after),
        sandbox: instrument.sandbox,
    }))
}

/// Side and kind of the order that is asked for.
fn asked(
    query: &CostQuery,
    price: impl Fn(&str) -> Result<Price, InputError>,
) -> Result<(protocol::Side, OrderKind), Problem> {
    let side = match query.side {
        Buys::Buy => protocol::Side::Buy,
        Buys::Sell => protocol::Side::Sell,
    };
    let wrong = |code| Problem::from(InputError::new(code, "")).at_field("price");
    let kind = match (query.order_type, &query.price) {
        (Lives::Market, None) => OrderKind::Market,
        (Lives::Limit, Some(text)) => OrderKind::Limit(price(text)?),
        (Lives::Ioc, Some(text)) => OrderKind::ImmediateOrCancel(price(text)?),
        (Lives::Market, Some(_)) => return Err(wrong(InputCode::ConflictingFields)),
        (Lives::Limit | Lives::Ioc, None) => return Err(wrong(InputCode::MissingField)),
    };
    Ok((side, kind))
}

/// An account of the caller's own house. Another's is as good as none: the refusal would tell which there are.
fn own_account(state: &State, call: &Call, account: u32) -> Result<(AccountId, EntityId), Problem> {
    let caller = call.caller.reader()?;
    let found = state.market.directory().account(AccountId(account));
    let own = found.filter(|found| found.owner == caller.entity);
    let own = own.ok_or_else(|| Problem::from(Reject::UnknownAccount).at_field("account_id"))?;
    Ok((own.id, own.owner))
}

/// The open orders of a participant, in whatever account.
fn orders_of(market: &MarketData, entity: EntityId) -> Vec<OrderId> {
    let owned = market.directory().accounts(Some(entity), None, usize::MAX);
    let accounts = market.accounts();
    let orders = owned
        .iter()
        .flat_map(|account| accounts.open_orders(account.id, None, usize::MAX));
    orders.map(|order| order.order).collect()
}

/// How many bids.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BidsQuery {
    /// How many of the next legal bids, 1 to 20.
    #[param(minimum = 1, maximum = 20, default = 3)]
    count: Option<usize>,
    /// Waits until the view shows this command. Needs a signature.
    min_seq: Option<u64>,
}

/// A price of a lot, and what whoever wins at it pays.
#[derive(Debug, Serialize, ToSchema)]
struct PriceOfLot {
    price: AmountJson,
    /// The buyer's premium on top of the price; none where a buyer asks, and the winner is paid.
    premium: Option<AmountJson>,
    /// Price and premium.
    total: Option<AmountJson>,
    /// What is left to pay of it once the deposit became a part of it.
    rest: Option<AmountJson>,
}

/// A price that falls.
#[derive(Debug, Serialize, ToSchema)]
struct FallingPrice {
    /// What it is.
    now: PriceOfLot,
    /// As of when: of a paused lot, as it stands still.
    #[schema(value_type = shapes::Timestamp)]
    at: String,
    /// To what it falls next; none at its floor.
    next: Option<AmountJson>,
    /// When; a pause moves it.
    #[schema(value_type = Option<shapes::Timestamp>)]
    next_at: Option<String>,
}

/// What a lot takes next, as everybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextBids {
    lot_id: u64,
    state: StateJson,
    /// The best bid of which this is told; of sealed ones nothing.
    best: Option<AmountJson>,
    /// How many bids there were when it was told: another number, and it is to be asked anew.
    bids: u32,
    /// What each bidder has set aside.
    deposit: AmountJson,
    /// The next legal bids, the nearest first. None where bids are hidden, the price falls, or the lot takes none any more.
    next: Vec<PriceOfLot>,
    /// At which price anyone may end the lot now.
    buy_now: Option<PriceOfLot>,
    /// The falling price.
    falling: Option<FallingPrice>,
}

/// The next legal bids of a lot, or its falling price, and what whoever wins at each would pay. From what everybody sees
/// of the lot alone. Who bids is told by its bid what stands.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/next-bids", operation_id = "get_next_bids", tag = "auctions",
    extensions(
        ("x-chinese" = json!("竞价标的接下来的合法报价或现行降价价格，及按各价得标时的应付款；仅依公开信息得出，报价以受理时为准。")),
        ("x-codes" = json!(["UNKNOWN_LOT"]))
    ),
    params(("id" = u64, Path, description = "The lot"), BidsQuery),
    responses((status = 200, description = "What it takes next", body = NextBids), ReadProblems),
    security((), ("signature" = []))
)]
pub(crate) async fn next_bids(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u64>,
    Params(query): Params<BidsQuery>,
) -> Result<Response, Problem> {
    let count = query.count.unwrap_or(BIDS);
    if !(1..=BIDS_MAX).contains(&count) {
        let hint = format!("1 to {BIDS_MAX}");
        return Err(Problem::from(Fault::QueryInvalid).at_field("count").hint(hint));
    }
    fresh(&state, &call, query.min_seq).await?;
    let lot = lot_of(&state.market.records(), LotId(id)).ok_or(Reject::UnknownLot)?;
    Ok(json(&of_lot(&lot, count, state.now())?))
}

/// What a lot takes next.
fn of_lot(lot: &Lot, count: usize, now: Timestamp) -> Result<NextBids, Reject> {
    let takes = matches!(
        lot.state,
        LotState::Announced | LotState::Qualifying | LotState::Open | LotState::Paused
    );
    let (next, fixed) = if takes {
        (
            previews::next_bids(&lot.format, lot.best, count),
            previews::fixed(&lot.format, lot.best),
        )
    } else {
        (vec![], None)
    };
    let falling = match &lot.format {
        Format::Descending(terms) if takes => {
            let at = lot.pause.filter(|_| lot.state == LotState::Paused);
            let at = at.map_or(now, |pause| pause.since);
            let fallen = previews::fallen(terms, lot.ends_at, at);
            Some(FallingPrice {
                now: priced(lot, fallen.price)?,
                at: write_time(at),
                next: fallen.next.map(|(price, _)| amount(lot, price).into()),
                next_at: fallen.next.map(|(_, at)| write_time(at)),
            })
        }
        _ => None,
    };
    Ok(NextBids {
        lot_id: lot.lot.0,
        state: lot.state.into(),
        best: lot.best.map(Into::into),
        bids: lot.bids,
        deposit: lot.deposit.into(),
        next: next
            .into_iter()
            .map(|price| priced(lot, price))
            .collect::<Result<_, _>>()?,
        buy_now: fixed.map(|price| priced(lot, price)).transpose()?,
        falling,
    })
}

fn amount(lot: &Lot, minor: i64) -> Amount {
    Amount::new(lot.deposit.currency, Money::from_minor(minor))
}

/// A price, and what is paid at it.
fn priced(lot: &Lot, minor: i64) -> Result<PriceOfLot, Reject> {
    let pays = !matches!(lot.format, Format::Reverse(_) | Format::SealedReverse(_));
    let premium: BasisPoints = lot.fees.premium;
    let paid = previews::payable(Money::from_minor(minor), premium, lot.deposit.money)?;
    let told = |money: Money| pays.then(|| amount(lot, money.minor()).into());
    Ok(PriceOfLot {
        price: amount(lot, minor).into(),
        premium: told(paid.premium),
        total: told(paid.total),
        rest: told(paid.rest),
    })
}
