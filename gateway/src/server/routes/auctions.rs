//! Lots: where each command of an auction is given, and what is read of a lot beside its records: its public log, and
//! the confirmation of a court's sale. Its records are read by the table in `records`.

use super::{
    address::Addresses,
    certificates::Signed,
    page::{Fresh, fresh, json},
};
use crate::{
    json::{Described, command::LegalId},
    proof::certificate::{CONFIRMATION_PREFIX, Certificate},
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{problem::Problem, responses::ReadProblems},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::State as Shared,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use market_data::{
    MarketData,
    records::{Key, Kind, Told},
};
use protocol::{
    Amount, AssetId, LotId, Notice, Reject, Timestamp,
    auction::{Lot, LotState},
    command::Op,
    questions::LotQuestion,
};
use serde::Serialize;
use std::convert::Infallible;
use utoipa::ToSchema;

/// The addresses at which a lot is announced, entered, bid for and paid.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "auctions",
    rows: &[
        ("/v1/auctions", Op::AnnounceLot),
        ("/v1/auctions/enter", Op::EnterLot),
        ("/v1/auctions/bids", Op::BidLot),
        ("/v1/auctions/maximum", Op::SetMaximum),
        ("/v1/auctions/buy", Op::BuyLot),
        ("/v1/auctions/commitments", Op::CommitBid),
        ("/v1/auctions/reveals", Op::RevealBid),
        ("/v1/auctions/pause", Op::PauseLot),
        ("/v1/auctions/resume", Op::ResumeLot),
        ("/v1/auctions/withdraw", Op::WithdrawLot),
        ("/v1/auctions/confirm", Op::ConfirmLot),
        ("/v1/auctions/annul", Op::AnnulLot),
        ("/v1/auctions/ruling", Op::ServeRuling),
        ("/v1/auctions/pay", Op::PayLot),
        ("/v1/auctions/negotiate", Op::NegotiateLot),
        ("/v1/auctions/settle-default", Op::SettleDefault),
        ("/v1/auctions/questions", Op::AskLot),
        ("/v1/auctions/questions/answer", Op::AnswerQuestion),
        ("/v1/auctions/questions/withhold", Op::WithholdText),
    ],
};

/// What the lines of a log are.
const JSON_LINES: &str = "application/jsonl";
/// How many lines are made at once: a reader that takes them slowly keeps nobody waiting.
const LINES: usize = 256;

// The API's document knows it by this.
type QuestionJson = Described<LotQuestion>;

/// What was asked about a lot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotQuestions {
    /// The questions with their answers, by number: 200 at most.
    items: Vec<QuestionJson>,
}

/// What was asked about a lot, and what was answered: for everyone, without a key. Who asked is told to nobody here.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/questions", operation_id = "list_questions_of_lot", tag = "auctions",
    extensions(("x-chinese" = json!("就竞价标的的提问与答复，任何人可查，无须密钥；不告知提问人。")), ("x-codes" = json!(["UNKNOWN_LOT"]))),
    params(("id" = u64, Path, description = "The lot"), Fresh),
    responses((status = 200, description = "The questions", body = LotQuestions), ReadProblems),
    security((), ("signature" = []))
)]
pub(crate) async fn questions(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u64>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    fresh(&state, &call, query.min_seq).await?;
    let records = state.market.records();
    records.get(Key::new(Kind::Lot, id)).ok_or(Reject::UnknownLot)?;
    let items = records.questions(LotId(id)).into_iter().map(Described).collect();
    Ok(json(&LotQuestions { items }))
}

/// The whole public log of a lot: a line for each frame of `auction`, without `sent_at`, and at the end the signed head
/// of its chain. `zhiheng auction verify FILE` checks it offline.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/log", operation_id = "get_auction_log", tag = "auctions",
    extensions(("x-chinese" = json!("竞价标的的完整公开日志：`auction` 频道每帧一行（不含 `sent_at`），末行为经签名的链头；可用 `zhiheng auction verify FILE` 离线核验。")), ("x-codes" = json!(["UNKNOWN_LOT"]))),
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

/// Who bought what at a court's sale, and for how much (法释〔2016〕18号 14, 22).
#[derive(Debug, Serialize)]
struct Confirmation {
    lot_id: LotId,
    asset_ids: Vec<AssetId>,
    number: Option<u32>,
    price: Amount,
    buyer_id: u32,
    buyer: String,
    legal_id: LegalId,
    state: LotState,
    opened_at: Timestamp,
    ended_at: Timestamp,
    sold_at: Timestamp,
}

/// The confirmation of a court's sale, once it is sold: who bought, by name and code, signed by the venue as a
/// certificate is, under `zhiheng sale confirmation 1`.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/confirmation", operation_id = "get_sale_confirmation", tag = "auctions",
    extensions(("x-chinese" = json!("司法处置成交后的成交确认书：载明买受人的名称与代码，由场所按证明书方式以 `zhiheng sale confirmation 1` 签名。")), ("x-codes" = json!(["UNKNOWN_LOT", "STATE_FORBIDS"]))),
    params(("id" = u64, Path, description = "The lot")),
    responses((status = 200, description = "The confirmation", body = Signed), ReadProblems),
    security((), ("signature" = []))
)]
pub(crate) async fn confirmation(Shared(state): Shared<State>, Segment(id): Segment<u64>) -> Result<Response, Problem> {
    let statement = confirm(&state.market, LotId(id))?;
    let signed = Certificate::sign_as(CONFIRMATION_PREFIX, &statement, &state.certificate_key);
    Ok(json(&Signed::from(signed)))
}

/// What is confirmed of a lot.
fn confirm(market: &MarketData, id: LotId) -> Result<Confirmation, Reject> {
    let versions = market.records().history(Key::new(Kind::Lot, id.0)).to_vec();
    let told = |told: &Told| -> Option<Lot> {
        match told {
            Told::Notice(Notice::Lot(lot)) => Some(lot.clone()),
            _ => None,
        }
    };
    let lot = versions
        .last()
        .and_then(|version| told(&version.told))
        .ok_or(Reject::UnknownLot)?;
    // Named where a court sold and the sale stands, and nowhere else.
    let (Some(buyer), Some(price)) = (lot.buyer, lot.price) else {
        return Err(Reject::StateForbids);
    };
    let sold = |version: &&std::sync::Arc<_>| {
        let version: &market_data::records::Version = version;
        told(&version.told).is_some_and(|lot| lot.buyer.is_some())
    };
    let sold_at = versions.iter().find(sold).map_or(lot.ends_at, |version| version.at);
    let directory = market.directory();
    let details = directory.entity(buyer).and_then(|entity| entity.details.as_ref());
    let details = details.ok_or(Reject::UnknownEntity)?;
    Ok(Confirmation {
        lot_id: id,
        asset_ids: lot.assets,
        number: lot.number,
        price,
        buyer_id: buyer.0,
        buyer: details.name.as_str().into(),
        legal_id: (&details.legal_id).into(),
        state: lot.state,
        opened_at: lot.opens_at,
        ended_at: lot.ends_at,
        sold_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        Committed, Currency, EntityId, Event, Money, PublicEvent, Seq, StaffEvent, Stamped,
        describe::Describe,
        party::{EntityKind, LegalId, RegisterEntity},
        text::{Bounded, Name},
        transfer::LegalBasis,
    };

    #[test]
    fn the_buyer_of_a_courts_sale_is_named_once_it_is_sold() {
        let (market, mut folder) = market_data::new(market_data::Limits::default());
        let mut fold = |seq: u64, body: Event| {
            let at = Timestamp(seq);
            let events = vec![Stamped {
                seq: Seq(seq),
                at,
                body,
            }];
            folder.fold(
                &Committed {
                    up_to: Seq(seq),
                    at,
                    events,
                    asked: vec![],
                },
                at,
            );
        };
        let details = RegisterEntity {
            name: Name::new("云岭").unwrap(),
            kind: EntityKind::Company,
            legal_id: LegalId::Uscc(Bounded::new("914403001922038216").unwrap()),
            evidence: None,
        };
        let entity = EntityId(1);
        let details = Box::new(details);
        fold(1, Event::Staff(StaffEvent::EntityRegistered { entity, details }));
        let mut lot: Lot = serde_json::from_str(&Lot::SHAPE.example()).unwrap();
        lot.lot = LotId(2);
        lot.basis = LegalBasis::Judicial;
        (lot.state, lot.price, lot.buyer) = (LotState::Open, None, None);
        let tell = |lot: &Lot| Event::Public(PublicEvent::Notice(Box::new(Notice::Lot(lot.clone()))));
        fold(2, tell(&lot));
        assert_eq!(
            confirm(&market, LotId(2)).err(),
            Some(Reject::StateForbids),
            "who leads is nobody's business"
        );
        assert_eq!(confirm(&market, LotId(3)).err(), Some(Reject::UnknownLot));
        lot.state = LotState::Sold;
        lot.price = Some(Amount::new(Currency::Cny, Money::from_minor(100)));
        lot.buyer = Some(entity);
        fold(3, tell(&lot));
        lot.state = LotState::Paid;
        fold(4, tell(&lot));
        let statement = confirm(&market, LotId(2)).unwrap();
        assert_eq!(
            (statement.buyer.as_str(), statement.sold_at, statement.state),
            ("云岭", Timestamp(3), LotState::Paid)
        );
        let code = Bounded::new("914403001922038216").unwrap();
        assert_eq!(statement.legal_id.0, LegalId::Uscc(code));

        let folder = tempfile::tempdir().unwrap();
        let key = crate::proof::venue_key::open(folder.path()).unwrap();
        let signed = Certificate::sign_as(CONFIRMATION_PREFIX, &statement, &key);
        signed.verify_as(CONFIRMATION_PREFIX, None).unwrap();
        assert!(signed.verify(None).is_err(), "it passes for no certificate");
    }
}
