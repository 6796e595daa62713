//! Lots: what is read of them beside their records.

use super::*;
use crate::server::{gate::Segment, openapi::ReadProblems};
use axum::{
    body::{Body, Bytes},
    extract::State as Shared,
    http::header,
};
use futures_util::stream;
use market_data::MarketData;
use protocol::{LotId, Reject};
use std::convert::Infallible;

/// What the lines of a log are.
const JSON_LINES: &str = "application/jsonl";
/// How many lines are made at once: a reader that takes them slowly keeps nobody waiting.
const LINES: usize = 256;

/// The whole public log of a lot: a line for each frame of `auction`, without `sent_at`, and at the end the signed head of its chain.
/// `zhiheng auction verify FILE` checks it offline.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/log", tag = "auctions",
    params(("id" = u64, Path, description = "The lot")),
    responses((status = 200, description = "JSON lines", content_type = "application/jsonl", body = String), ReadProblems),
    security((), ("signature" = []))
)]
pub(crate) async fn log(Shared(state): Shared<State>, Segment(id): Segment<u64>) -> Result<Response, Problem> {
    let lot = LotId(id);
    let first = state.market.auction_log(lot, 0, 0).ok_or(Reject::UnknownLot)?;
    let lines = stream::unfold((state.market.clone(), Some(0)), move |(market, behind)| async move {
        let (text, next) = part(&market, lot, behind?, first.end)?;
        Some((Ok::<_, Infallible>(text), (market, next)))
    });
    let body = Body::from_stream(lines);
    Ok(([(header::CONTENT_TYPE, JSON_LINES)], body).into_response())
}

/// The lines behind `seq`, and where to go on; the last ones with the signed head.
fn part(market: &MarketData, lot: LotId, behind: u64, end: u64) -> Option<(Bytes, Option<u64>)> {
    let limit = LINES.min(usize::try_from(end - behind).unwrap_or(LINES));
    let mut page = market.auction_log(lot, behind, limit)?;
    if page.last < end {
        return Some((page.text.into(), Some(page.last)));
    }
    if let Some(head) = market.auction_head(lot, end) {
        page.text.extend_from_slice(head.line().as_bytes());
        page.text.push(b'\n');
    }
    Some((page.text.into(), None))
}
