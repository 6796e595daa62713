//! What a lot sells, for everyone: the rights, what rests on them, the valuations behind the start, the licences that
//! survive. Whoever may bid has to know it (拍卖法 18, 法释〔2016〕18号 12 to 14, 法释〔2020〕19号 24).
//!
//! What always holds: a licence's price and parties are theirs alone, and so is a valuation that the announcement does
//! not name.

use super::{
    assets::{Asset, render},
    page::json,
};
use crate::{
    json::Described,
    server::{
        core::{call::Segment, state::State},
        said::{problem::Problem, responses::ReadProblems},
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::{
    MarketData,
    records::{Key, Kind, Records, Told},
};
use protocol::{
    AssetId, Digest, LicenceId, LotId, Notice, OpenLicenceId, Record, Reject, Timestamp,
    auction::Lot,
    licence::{Licence, LicenceKind, LicenceState, Scope},
    title::{Facts, Hold, HoldState, Title, Valuation},
};
use serde::Serialize;
use utoipa::ToSchema;

// The API's document knows them by these.
type TitleJson = Described<Title>;
type FactsJson = Described<Facts>;
type HoldJson = Described<Hold>;
type ValuationJson = Described<Valuation>;
type KindJson = Described<LicenceKind>;
type ScopeJson = Described<Scope>;
type StateJson = Described<LicenceState>;

/// What a lot sells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotRights {
    #[schema(value_type = u64)]
    lot_id: LotId,
    /// Digest of the disclosed defects.
    #[schema(value_type = String)]
    defects_sha256: Digest,
    /// Digest of the notices.
    #[schema(value_type = String)]
    notices_sha256: Digest,
    rights: Vec<SoldRight>,
}

/// One right of a lot.
#[derive(Debug, Serialize, ToSchema)]
struct SoldRight {
    asset: Asset,
    /// Who owns it, until when it runs, what is due, whether it is frozen.
    title: Option<TitleJson>,
    /// What the register of its class tells.
    facts: Option<FactsJson>,
    /// Pledges, preservation and others' holds that stand or wait.
    holds: Vec<HoldJson>,
    /// The valuations behind the start, if the announcement names one.
    valuations: Vec<ValuationJson>,
    /// The licences that survive the sale.
    licences: Vec<Surviving>,
}

/// A licence that survives the sale of its right.
#[derive(Debug, Serialize, ToSchema)]
struct Surviving {
    #[schema(value_type = u64)]
    licence_id: LicenceId,
    kind: KindJson,
    scope: ScopeJson,
    /// Whether it may be sublicensed.
    sublicence: bool,
    state: StateJson,
    /// The open licence that it was taken from.
    #[schema(value_type = Option<u64>)]
    open_licence_id: Option<OpenLicenceId>,
}

/// What a lot sells, from its announcement on and until it is over: needs no key.
#[utoipa::path(
    get, path = "/v1/auctions/{id}/rights", operation_id = "get_lot_rights", tag = "auctions",
    extensions(("x-chinese" = json!("竞价标的所含权利，自公告起至竞价标的了结时止可查，无须密钥。")), ("x-codes" = json!(["UNKNOWN_LOT", "STATE_FORBIDS"]))),
    params(("id" = u64, Path, description = "The lot")),
    responses((status = 200, description = "What it sells", body = LotRights), ReadProblems),
    security((), ("signature" = []))
)]
pub(crate) async fn rights(Shared(state): Shared<State>, Segment(id): Segment<u64>) -> Result<Response, Problem> {
    Ok(json(&sold(&state.market, LotId(id))?))
}

fn sold(market: &MarketData, id: LotId) -> Result<LotRights, Reject> {
    let lot = lot_of(&market.records(), id).ok_or(Reject::UnknownLot)?;
    if !lot.state.is_live() {
        return Err(Reject::StateForbids);
    }
    let rights = lot.assets.iter().map(|asset| {
        let registered = market.directory().asset(*asset).cloned().ok_or(Reject::UnknownAsset)?;
        let records = market.records();
        Ok(of_right(&records, &lot, *asset, render(&registered)))
    });
    Ok(LotRights {
        lot_id: id,
        defects_sha256: lot.defects,
        notices_sha256: lot.notices,
        rights: rights.collect::<Result<_, Reject>>()?,
    })
}

/// A lot as everyone sees it now.
pub(super) fn lot_of(records: &Records, id: LotId) -> Option<Lot> {
    match &records.get(Key::new(Kind::Lot, id.0))?.told {
        Told::Notice(Notice::Lot(lot)) => Some(lot.clone()),
        _ => None,
    }
}

fn of_right(records: &Records, lot: &Lot, asset: AssetId, registered: Asset) -> SoldRight {
    let one = |kind, number: u64| match &records.get(Key::new(kind, number))?.told {
        Told::Record(record) => Some(record.clone()),
        Told::Notice(_) => None,
    };
    let all = |kind| {
        let versions = records.of_asset(asset, kind, Timestamp::NEVER);
        versions.into_iter().filter_map(|version| match &version.told {
            Told::Record(record) => Some(record.clone()),
            Told::Notice(_) => None,
        })
    };
    let valuations = lot
        .valuations
        .iter()
        .filter_map(|valuation| match one(Kind::Valuation, valuation.0) {
            Some(Record::Valuation(valuation)) if valuation.asset == asset => Some(Described(valuation)),
            _ => None,
        });
    let holds = all(Kind::Hold).filter_map(|record| match record {
        Record::Hold(hold) if matches!(hold.state, HoldState::Standing | HoldState::Waiting) => Some(Described(hold)),
        _ => None,
    });
    let licences = all(Kind::Licence).filter_map(|record| match record {
        Record::Licence(licence) => surviving(&licence),
        _ => None,
    });
    SoldRight {
        asset: registered,
        title: match one(Kind::Title, asset.0.into()) {
            Some(Record::Title(title)) => Some(Described(title)),
            _ => None,
        },
        facts: match one(Kind::Facts, asset.0.into()) {
            Some(Record::Facts(facts)) => Some(Described(facts)),
            _ => None,
        },
        holds: holds.collect(),
        valuations: valuations.collect(),
        licences: licences.collect(),
    }
}

/// What everyone may know of a licence, where it survives a sale.
fn surviving(licence: &Licence) -> Option<Surviving> {
    licence.state.is_live().then(|| Surviving {
        licence_id: licence.licence,
        kind: Described(licence.kind),
        scope: Described(licence.scope.clone()),
        sublicence: licence.sublicence,
        state: Described(licence.state),
        open_licence_id: licence.open_licence,
    })
}
