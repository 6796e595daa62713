//! Assets: the registry of rights. What is listed is public; the rest is its owner's business.

use super::{
    address::Addresses,
    page::{Fresh, Listed, Page, fresh, json},
    reading,
};
use crate::{
    json::{Described, command as dto, scalar::write_time, shapes},
    server::{
        core::{
            call::{Call, Params, Segment},
            caller::Caller,
            state::State,
        },
        said::{problem::Problem, responses::ReadProblems},
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::{
    directory,
    records::{Key, Kind, Told, Version},
};
use protocol::{AssetId, Notice, Reject, Timestamp, command::Op, party::Scopes};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The address at which a right is registered.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "assets",
    rows: &[("/v1/assets", Op::RegisterAsset)],
};

/// A registered right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asset {
    /// Its number here.
    asset_id: u32,
    /// What was registered.
    #[serde(flatten)]
    details: dto::RegisterAsset,
    /// The title in English, where its owner or the venue gave it: a translation for display, no title of the register.
    title_en: Option<String>,
    /// Whether units of it are listed, which makes its facts public.
    listed: bool,
    /// When it was registered.
    #[schema(value_type = shapes::Timestamp)]
    registered_at: String,
}

pub(super) fn render(asset: &directory::Asset) -> Asset {
    Asset {
        asset_id: asset.id.0,
        details: Described(asset.details.clone()),
        title_en: asset.title_en.as_ref().map(|title| title.as_str().to_owned()),
        listed: asset.is_listed(),
        registered_at: write_time(asset.registered_at),
    }
}

/// Whether one of these lots is announced and not over: what it sells is public, as the announcement is.
fn is_offered(lots: &[Arc<Version>]) -> bool {
    lots.iter()
        .any(|version| matches!(&version.told, Told::Notice(Notice::Lot(lot)) if lot.state.is_live()))
}

/// Whether the caller may see a right: what is listed, under an open licence or sold in a lot is public; else it is for those who own
/// it, who are licensed, and to whom it is offered by name.
fn sees(state: &State, caller: &Caller, asset: &directory::Asset) -> bool {
    let records = state.market.records();
    let about = |kind| records.of_asset(asset.id, kind, Timestamp::NEVER);
    if asset.is_listed() || !about(Kind::OpenLicence).is_empty() || is_offered(&about(Kind::Lot)) {
        return true;
    }
    let Caller::User(caller) = caller else { return false };
    if caller.needs(Scopes::READ).is_err() {
        return false;
    }
    let Some(title) = records.get(Key::new(Kind::Title, asset.id.0.into())) else {
        // A right that was registered alone has no title yet.
        return caller.may_see(asset.details.owner).is_ok();
    };
    let party = |kind| about(kind).iter().any(|version| version.is_for(caller.entity));
    caller.sees_all() || title.is_for(caller.entity) || party(Kind::Licence) || party(Kind::Offer)
}

/// The rights that the caller may see: those that are listed, and with a signature the caller's own.
#[utoipa::path(
    get, path = "/v1/assets", operation_id = "list_assets", tag = "assets", params(Page),
    extensions(("x-chinese" = json!("调用方可见的权利：已挂牌的权利，附签名的另含调用方自有权利。"))),
    responses((status = 200, description = "Some of them", body = Listed<Asset>), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let (limit, after) = (page.limit()?, page.after::<u32>()?);
    fresh(&state, &call, page.min_seq).await?;
    Ok(json(&Listed::sieved(
        after,
        limit,
        |after, limit| state.market.directory().assets(after.map(AssetId), limit),
        |asset| asset.id.0,
        |asset| sees(&state, &call.caller, asset),
        |asset| render(&asset),
    )))
}

/// One right.
#[utoipa::path(
    get, path = "/v1/assets/{asset_id}", operation_id = "get_asset", tag = "assets",
    extensions(("x-chinese" = json!("一项权利。")), ("x-codes" = json!(["UNKNOWN_ASSET"]))),
    params(("asset_id" = u32, Path, description = "The right"), Fresh),
    responses((status = 200, description = "The right", body = Asset), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u32>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    fresh(&state, &call, query.min_seq).await?;
    let asset = state.market.directory().asset(AssetId(id)).cloned();
    let asset = asset
        .filter(|asset| sees(&state, &call.caller, asset))
        .ok_or(Reject::UnknownAsset)?;
    let offered = is_offered(&state.market.records().of_asset(asset.id, Kind::Lot, Timestamp::NEVER));
    if !asset.is_listed() && !offered {
        reading::note(&state, &call, [asset.details.owner], &format!("/v1/assets/{id}")).await?;
    }
    Ok(json(&render(&asset)))
}
