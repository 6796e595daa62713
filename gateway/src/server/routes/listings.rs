//! Listings: licence units on order books, their terms and whether they trade. Public.

use super::{
    address::post,
    page::{Fresh, Listed, Page, fresh, json},
};
use crate::{
    json::{
        Named, command as dto,
        scalar::{read_symbol, write_quantity, write_time},
    },
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{
            problem::Problem,
            responses::{CommandResponses, ReadProblems},
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::directory;
use protocol::{InstrumentId, Reject, command::Op};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

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
    issued: String,
    /// `trading`, `halted`, `frozen` or `closed`.
    #[schema(example = "trading")]
    status: &'static str,
    /// Whether the board is a sandbox: every print on it is marked.
    sandbox: bool,
    /// When it was listed.
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

/// Lists licence units of a right on an order book, where the venue's rule profile permits it.
#[utoipa::path(
    post, path = "/v1/listings", tag = "listings",
    request_body = Named<dto::ListUnits>, responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn list_units(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    post(&state, &call, Op::ListUnits).await
}

/// Issues units against the listed supply to an account of the owner.
#[utoipa::path(
    post, path = "/v1/listings/issue", tag = "listings",
    request_body = Named<dto::IssueUnits>, responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn issue_units(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    post(&state, &call, Op::IssueUnits).await
}

/// Halts or resumes trading. A halted book still takes cancels.
#[utoipa::path(
    post, path = "/v1/listings/trading", tag = "listings",
    request_body = Named<dto::SetTrading>, responses(CommandResponses), security(("signature" = []))
)]
pub(crate) async fn set_trading(Shared(state): Shared<State>, call: Call) -> Result<Response, Problem> {
    post(&state, &call, Op::SetTrading).await
}

/// All listings.
#[utoipa::path(
    get, path = "/v1/listings", tag = "listings", params(Page),
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
    get, path = "/v1/listings/{symbol}", tag = "listings",
    params(("symbol" = String, Path, description = "Its symbol"), Fresh),
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
