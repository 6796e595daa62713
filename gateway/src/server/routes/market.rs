//! The market: books and prints, for everyone. Nothing here shows a command's place: it would betray when others act.

use super::{
    listings,
    page::{Listed, PAGE_MAX, Page, fresh, json},
    walk::{listed, walk},
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
            entitlement::over_by,
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use history::{Resolution, Window};
use market_data::{Channel, directory::Instrument, levels::Level, tape};
use protocol::{Currency, InstrumentId, Timestamp};
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
    let cut = cut(&state, &call);
    let found = state.market.directory().instruments(after.map(InstrumentId), limit + 1);
    Ok(json(&Listed::of(
        found,
        limit,
        |instrument| instrument.id.0.to_string(),
        |instrument| {
            let currency = instrument.currency();
            // Whoever sees what is past alone sees no book; and of prints the newest of those that the tape remembers.
            let (depth, last) = match cut {
                None => {
                    let depth = state.market.depth(instrument.id, 1);
                    (depth, state.market.trades(instrument.id, None, 1))
                }
                Some(cut) => {
                    let mut prints = state.market.trades(instrument.id, None, PAGE_MAX);
                    prints.retain(|print| print.matched_at < cut);
                    (None, prints)
                }
            };
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
    if cut(&state, &call).is_some() {
        return Err(Fault::DataNotEntitled.into());
    }
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

/// The prints of a symbol, newest first, back to the first of all.
#[utoipa::path(
    get, path = "/v1/market/{symbol}/trades", operation_id = "list_trades", tag = "market",
    extensions(("x-chinese" = json!("一个代码的全部成交，新者在前。")), ("x-codes" = json!(["UNKNOWN_INSTRUMENT", "SYMBOL_INVALID"]))),
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
    if let Some(cut) = cut(&state, &call) {
        return past_trades(&state, &instrument, &page, cut).await;
    }
    let mut found = state.market.trades(instrument.id, before, limit + 1);
    let currency = instrument.currency();
    // Behind the tape's memory the history goes on, if there is more.
    let known = state
        .market
        .last_seq(Channel::Trades, &instrument.symbol())
        .unwrap_or(0);
    let all = before.unwrap_or(u64::MAX).min(known.saturating_add(1));
    let behind = found.last().map_or(all, |oldest| oldest.seq);
    if found.len() <= limit && behind > 1 {
        match past_prints(&state, instrument.id, behind, limit + 1 - found.len(), page.min_seq).await {
            Ok(older) => found.extend(older),
            // What is at hand is told, and where it goes on.
            Err(_) if !found.is_empty() => {
                return Ok(json(&Listed {
                    next: found.last().map(|oldest| oldest.seq.to_string()),
                    items: found.iter().map(|print| trade(print, currency)).collect(),
                }));
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(json(&Listed::of(
        found,
        limit,
        |print| print.seq.to_string(),
        |print| trade(&print, currency),
    )))
}

/// The moment before which the caller sees what happened in the market; none: up to now.
fn cut(state: &State, call: &Call) -> Option<Timestamp> {
    let level = state.entitlements.of(&call.caller);
    state.entitlements.cut(level, state.now())
}

/// The prints before a moment, newest first: out of the history, as the tape remembers the newest.
async fn past_trades(state: &State, instrument: &Instrument, page: &Page, cut: Timestamp) -> Result<Response, Problem> {
    let cursor = page.cursor.as_deref().map(str::parse).transpose();
    let window = Window {
        until: Some(cut),
        newest_first: true,
        cursor: cursor.map_err(|_| Problem::from(Fault::QueryInvalid).at_field("cursor"))?,
        limit: page.limit()?,
        ..Window::default()
    };
    let (id, currency) = (instrument.id, instrument.currency());
    let found = state
        .past(page.min_seq, move |history| history.prints(id, &window))
        .await?;
    Ok(json(&listed(found, |print| Some(trade(&told(print), currency)))))
}

/// Up to `limit` prints numbered below `before`, newest first, out of the history. There is one right before it.
async fn past_prints(
    state: &State,
    instrument: InstrumentId,
    before: u64,
    limit: usize,
    min_seq: Option<u64>,
) -> Result<Vec<tape::Trade>, Problem> {
    let cursor = before.to_string().parse();
    let cursor = cursor.map_err(|_| Problem::from(Fault::QueryInvalid).at_field("cursor"))?;
    // A page of the history is no longer than one of ours, which asks for one more.
    let window = Window {
        newest_first: true,
        cursor: Some(cursor),
        limit: limit.min(PAGE_MAX),
        ..Window::default()
    };
    let mut prints = state
        .past(min_seq, move |history| {
            let mut page = history.prints(instrument, &window)?;
            if limit > PAGE_MAX
                && let Some(next) = page.next
            {
                let rest = Window {
                    cursor: Some(next),
                    limit: limit - PAGE_MAX,
                    ..window
                };
                page.entries.extend(history.prints(instrument, &rest)?.entries);
            }
            Ok(page.entries)
        })
        .await?
        .into_iter()
        .map(told)
        .peekable();
    // A print that the tape forgot and the history has not written yet would be missed.
    if prints.peek().is_none_or(|print| print.seq != before - 1) {
        return Err(Problem::from(Fault::ViewBehind).retry_after(1_000));
    }
    Ok(prints.collect())
}

/// A print of the history as the tape tells it.
fn told(print: history::Print) -> tape::Trade {
    tape::Trade {
        seq: print.number,
        trade: print.trade,
        price: print.price,
        quantity: print.quantity,
        taker_side: print.taker_side,
        sandbox: print.sandbox,
        matched_at: print.at,
    }
}

/// How long candles are.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum CandleLength {
    #[serde(rename = "1m")]
    Minute,
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "1d")]
    Day,
}

walk! {
    /// Which candles.
    CandlesQuery {
        /// How long each is; a day begins at midnight of Beijing (UTC+8).
        #[param(inline, required = true)]
        resolution: Option<CandleLength>,
    }
}

/// The prints of a stretch of time, in short. There is none where nothing traded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Candle {
    /// When it begins.
    #[schema(value_type = shapes::Timestamp)]
    begins_at: String,
    /// The first price.
    #[schema(value_type = shapes::Decimal)]
    open: String,
    /// The highest price.
    #[schema(value_type = shapes::Decimal)]
    high: String,
    /// The lowest price.
    #[schema(value_type = shapes::Decimal)]
    low: String,
    /// The last price.
    #[schema(value_type = shapes::Decimal)]
    close: String,
    /// How many units traded.
    #[schema(value_type = shapes::Quantity)]
    volume: String,
    /// How many prints there were.
    trades: u64,
    /// Whether one of them happened on a sandbox board.
    sandbox: bool,
}

/// The candles of a symbol that begin within a stretch of time, the oldest first.
#[utoipa::path(
    get, path = "/v1/market/{symbol}/candles", operation_id = "list_candles", tag = "market",
    extensions(("x-chinese" = json!("一个代码在所询时段内开始的K线，先者在前；无成交的时段没有K线。")), ("x-codes" = json!(["UNKNOWN_INSTRUMENT", "SYMBOL_INVALID"]))),
    params(("symbol" = shapes::Symbol, Path, description = "The symbol"), CandlesQuery),
    responses((status = 200, description = "Some of them", body = Listed<Candle>), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn candles(
    Shared(state): Shared<State>,
    call: Call,
    Segment(symbol): Segment<String>,
    Params(query): Params<CandlesQuery>,
) -> Result<Response, Problem> {
    let mut window = query.window()?;
    let resolution = match query.resolution {
        Some(CandleLength::Minute) => Resolution::Minute,
        Some(CandleLength::FiveMinutes) => Resolution::FiveMinutes,
        Some(CandleLength::Hour) => Resolution::Hour,
        Some(CandleLength::Day) => Resolution::Day,
        None => {
            let missing = Problem::from(Fault::QueryInvalid).at_field("resolution");
            return Err(missing.hint("one of 1m, 5m, 1h, 1d"));
        }
    };
    fresh(&state, &call, query.min_seq).await?;
    let instrument = listings::listing(&state, &symbol)?;
    if let Some(cut) = cut(&state, &call) {
        let over = over_by(cut, resolution);
        window.until = Some(window.until.map_or(over, |until| until.min(over)));
    }
    let (id, currency) = (instrument.id, instrument.currency());
    let page = state
        .past(query.min_seq, move |history| history.candles(id, resolution, &window))
        .await?;
    let price = |price| write_price(price, Some(currency));
    Ok(json(&listed(page, |candle| {
        Some(Candle {
            begins_at: write_time(candle.start),
            open: price(candle.open),
            high: price(candle.high),
            low: price(candle.low),
            close: price(candle.close),
            volume: candle.volume.to_string(),
            trades: candle.trades,
            sandbox: candle.sandbox,
        })
    })))
}
