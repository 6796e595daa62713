//! The market: books and prints, for everyone. Nothing here shows a command's place: it would betray when others act.

use super::{
    listings,
    page::{Listed, Page, fresh, json},
};
use crate::{
    json::{
        command::Side,
        scalar::{write_price, write_quantity, write_time, write_trade_id},
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
use market_data::{levels::Level, tape};
use protocol::{Currency, InstrumentId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

/// The most levels a side.
const DEPTH_MAX: usize = 1_000;

/// An instrument at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Glance)]
pub(crate) struct Quote {
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    /// What it is paid in.
    #[schema(value_type = shapes::Currency)]
    currency: &'static str,
    /// How it trades now.
    #[schema(value_type = shapes::TradingStatus)]
    status: &'static str,
    /// Whether the board is a sandbox.
    sandbox: bool,
    /// The best buy level.
    bid: Option<PriceLevel>,
    /// The best sell level.
    ask: Option<PriceLevel>,
    /// The last print.
    last: Option<Trade>,
}

/// All resting orders of one side at one price, as in the channel `book.l2`: price, quantity, number of orders.
#[derive(Debug, Serialize)]
pub(crate) struct PriceLevel(String, String, u32);

impl PartialSchema for PriceLevel {
    fn schema() -> RefOr<Schema> {
        let orders = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let parts: [Schema; 3] = [
            OneOfBuilder::new().item(shapes::Decimal::schema()).build().into(),
            OneOfBuilder::new().item(shapes::Quantity::schema()).build().into(),
            orders.into(),
        ];
        let meaning = "All resting orders of one side at one price: price, quantity, number of orders.";
        ArrayBuilder::new()
            .items(ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Integer])))
            .prefix_items(parts)
            .min_items(Some(3))
            .max_items(Some(3))
            .description(Some(meaning))
            .examples([json!(["120.00", "5", 1])])
            .into()
    }
}

impl ToSchema for PriceLevel {}

/// A book at one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Book {
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    #[schema(value_type = shapes::Currency)]
    currency: &'static str,
    /// The `seq` of the channel `book.l2` that this includes.
    seq: u64,
    /// When it last changed.
    #[schema(value_type = shapes::Timestamp)]
    matched_at: String,
    /// The buy levels, best first.
    bids: Vec<PriceLevel>,
    /// The sell levels, best first.
    asks: Vec<PriceLevel>,
    /// CRC32 of the top ten levels a side, as in the channel `book.l2`.
    checksum: u32,
    /// Whether the board is a sandbox.
    sandbox: bool,
}

/// A print.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Trade {
    /// Its `seq` in the channel `trades` of its symbol.
    seq: u64,
    /// Its number over all instruments.
    #[schema(value_type = shapes::TradeId)]
    trade_id: String,
    #[schema(value_type = shapes::Decimal)]
    price: String,
    #[schema(value_type = shapes::Quantity)]
    quantity: String,
    /// The side of the order that arrived.
    taker_side: Side,
    /// Whether it happened on a sandbox board.
    sandbox: bool,
    #[schema(value_type = shapes::Timestamp)]
    matched_at: String,
}

fn level(level: &Level, currency: Currency) -> PriceLevel {
    PriceLevel(
        write_price(level.price, Some(currency)),
        write_quantity(level.quantity),
        level.orders,
    )
}

fn trade(trade: &tape::Trade, currency: Currency) -> Trade {
    Trade {
        seq: trade.seq,
        trade_id: write_trade_id(trade.trade),
        price: write_price(trade.price, Some(currency)),
        quantity: write_quantity(trade.quantity),
        taker_side: trade.taker_side.into(),
        sandbox: trade.sandbox,
        matched_at: write_time(trade.matched_at),
    }
}

/// All instruments at a glance.
#[utoipa::path(
    get, path = "/v1/market", operation_id = "list_quotes", tag = "market", params(Page),
    extensions(("x-chinese" = json!("全部交易品种行情概览。"))),
    responses((status = 200, description = "Some of them", body = Listed<Quote>), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    let found = state.market.directory().instruments(after.map(InstrumentId), limit + 1);
    Ok(json(&Listed::of(
        found,
        limit,
        |instrument| instrument.id.0.to_string(),
        |instrument| {
            let currency = instrument.currency();
            let depth = state.market.depth(instrument.id, 1);
            let last = state.market.trades(instrument.id, None, 1);
            Quote {
                symbol: instrument.symbol().to_string(),
                currency: currency.code(),
                status: instrument.status().word(),
                sandbox: instrument.sandbox,
                bid: depth
                    .as_ref()
                    .and_then(|depth| depth.bids.first())
                    .map(|best| level(best, currency)),
                ask: depth
                    .as_ref()
                    .and_then(|depth| depth.asks.first())
                    .map(|best| level(best, currency)),
                last: last.first().map(|last| trade(last, currency)),
            }
        },
    )))
}

/// How deep, how fresh.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BookQuery {
    /// How many levels a side, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    depth: Option<usize>,
    /// Waits until the view shows this command. Needs a signature.
    min_seq: Option<u64>,
}

/// The book of a symbol.
#[utoipa::path(
    get, path = "/v1/market/{symbol}/book", operation_id = "get_book", tag = "market",
    extensions(("x-chinese" = json!("一个代码的订单簿。")), ("x-codes" = json!(["UNKNOWN_INSTRUMENT", "SYMBOL_INVALID"]))),
    params(("symbol" = shapes::Symbol, Path, description = "The symbol"), BookQuery),
    responses((status = 200, description = "The book", body = Book), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn book(
    Shared(state): Shared<State>,
    call: Call,
    Segment(symbol): Segment<String>,
    Params(query): Params<BookQuery>,
) -> Result<Response, Problem> {
    let levels = query.depth.unwrap_or(10);
    if !(1..=DEPTH_MAX).contains(&levels) {
        let hint = format!("1 to {DEPTH_MAX}");
        return Err(Problem::from(Fault::QueryInvalid).at_field("depth").hint(hint));
    }
    fresh(&state, &call, query.min_seq).await?;
    let instrument = listings::listing(&state, &symbol)?;
    let depth = state
        .market
        .depth(instrument.id, levels)
        .ok_or(protocol::Reject::UnknownInstrument)?;
    let currency = instrument.currency();
    let side = |levels: &[Level]| levels.iter().map(|one| level(one, currency)).collect();
    Ok(json(&Book {
        symbol: instrument.symbol().to_string(),
        currency: currency.code(),
        seq: depth.seq,
        matched_at: write_time(depth.matched_at),
        bids: side(&depth.bids),
        asks: side(&depth.asks),
        checksum: depth.checksum,
        sandbox: instrument.sandbox,
    }))
}

/// The last prints of a symbol, newest first, as far as they are remembered.
#[utoipa::path(
    get, path = "/v1/market/{symbol}/trades", operation_id = "list_trades", tag = "market",
    extensions(("x-chinese" = json!("一个代码的最近成交，新者在前，以所保留的为限。")), ("x-codes" = json!(["UNKNOWN_INSTRUMENT", "SYMBOL_INVALID"]))),
    params(("symbol" = shapes::Symbol, Path, description = "The symbol"), Page),
    responses((status = 200, description = "Some of them", body = Listed<Trade>), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn trades(
    Shared(state): Shared<State>,
    call: Call,
    Segment(symbol): Segment<String>,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (limit, before) = (page.limit()?, page.after::<u64>()?);
    fresh(&state, &call, page.min_seq).await?;
    let instrument = listings::listing(&state, &symbol)?;
    let found = state.market.trades(instrument.id, before, limit + 1);
    let currency = instrument.currency();
    Ok(json(&Listed::of(
        found,
        limit,
        |print| print.seq.to_string(),
        |print| trade(&print, currency),
    )))
}
