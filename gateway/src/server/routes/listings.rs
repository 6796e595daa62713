//! Listings: licence units on order books, their terms and whether they trade. Public.

use super::{
    address::Addresses,
    page::{Fresh, Listed, Page, fresh, json},
};
use crate::{
    json::{
        command as dto,
        scalar::{read_symbol, write_quantity, write_time},
        shapes,
    },
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{problem::Problem, responses::ReadProblems},
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::{ListingText, directory};
use protocol::{InstrumentId, Reject, command::Op};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The addresses at which units are listed and issued, and trading is halted.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "listings",
    rows: &[
        ("/v1/listings", Op::ListUnits),
        ("/v1/listings/issue", Op::IssueUnits),
        ("/v1/listings/trading", Op::SetTrading),
    ],
};

/// Licence units on an order book.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing {
    /// Its number here.
    instrument_id: u32,
    /// The right whose units these are.
    asset_id: u32,
    /// The terms, which never change.
    #[serde(flatten)]
    terms: dto::BookTerms,
    /// How many units have been issued.
    #[schema(value_type = shapes::Quantity)]
    issued: String,
    /// How it trades now.
    #[schema(value_type = shapes::TradingStatus)]
    status: &'static str,
    /// Whether the board is a sandbox: every print on it is marked.
    sandbox: bool,
    /// When it was listed.
    #[schema(value_type = shapes::Timestamp)]
    listed_at: String,
}

fn render(instrument: &directory::Instrument) -> Listing {
    Listing {
        instrument_id: instrument.id.0,
        asset_id: instrument.asset.0,
        terms: (&instrument.terms).into(),
        issued: write_quantity(instrument.issued()),
        status: instrument.status().word(),
        sandbox: instrument.sandbox,
        listed_at: write_time(instrument.listed_at),
    }
}

/// The listing as a frame of the channel `instruments` tells it.
#[derive(Debug)]
pub(crate) struct Words;

impl ListingText for Words {
    fn instrument(&self, instrument: &directory::Instrument) -> String {
        let listing = serde_json::to_string(&render(instrument)).expect("a listing is plain data");
        format!("\"listing\":{listing}")
    }
}

/// The listing of a symbol in a path.
pub(crate) fn listing(state: &State, symbol: &str) -> Result<Arc<directory::Instrument>, Problem> {
    let symbol = read_symbol(symbol).map_err(|_| Reject::UnknownInstrument)?;
    Ok(state
        .market
        .directory()
        .by_symbol(&symbol)
        .cloned()
        .ok_or(Reject::UnknownInstrument)?)
}

/// All listings.
#[utoipa::path(
    get, path = "/v1/listings", operation_id = "list_listings", tag = "listings", params(Page),
    extensions(("x-chinese" = json!("全部挂牌。"))),
    responses((status = 200, description = "Some of them", body = Listed<Listing>), ReadProblems), security((), ("signature" = []))
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
        |listing| listing.id.0.to_string(),
        |listing| render(&listing),
    )))
}

/// One listing.
#[utoipa::path(
    get, path = "/v1/listings/{symbol}", operation_id = "get_listing", tag = "listings",
    extensions(("x-chinese" = json!("一项挂牌。")), ("x-codes" = json!(["UNKNOWN_INSTRUMENT", "SYMBOL_INVALID"]))),
    params(("symbol" = shapes::Symbol, Path, description = "Its symbol"), Fresh),
    responses((status = 200, description = "The listing", body = Listing), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Segment(symbol): Segment<String>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    fresh(&state, &call, query.min_seq).await?;
    Ok(json(&render(&*listing(&state, &symbol)?)))
}
