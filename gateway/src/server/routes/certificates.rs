//! As-of certificates: for an owner of the right, the venue's staff and the regulator.

use super::{
    page::{fresh, json},
    reading,
};
use crate::{
    json::scalar::read_date,
    proof::{
        certificate::{ALGORITHM, Certificate, Pledged, Statement, end_of},
        signing,
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
use market_data::records::{Key, Kind, Records, Told};
use protocol::{
    AssetId, Record, Reject, Timestamp,
    licence::LicenceState,
    pledge::{Pledge, PledgeAct, PledgeConsent},
    title::{HoldKind, HoldState},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// The venue's public key for certificates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicKey {
    /// How it signs.
    #[schema(example = "ed25519")]
    algorithm: &'static str,
    /// The key, in hex.
    public_key: String,
}

/// A statement of the registry with the venue's signature; `zhiheng certificate verify FILE` checks it offline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Signed {
    /// What is stated: of a right as registered, its title, licences, holds, disputes and pledges; of a court's sale, its buyer
    /// and price.
    statement: serde_json::Value,
    /// How it is signed.
    #[schema(example = "ed25519")]
    algorithm: String,
    /// The venue's public key, in hex.
    public_key: String,
    /// The signature over `zhiheng certificate 1`, a line end and the statement in canonical JSON, in hex.
    signature: String,
}

impl From<Certificate> for Signed {
    fn from(certificate: Certificate) -> Self {
        let Certificate {
            statement,
            algorithm,
            public_key,
            signature,
        } = certificate;
        Self {
            statement,
            algorithm,
            public_key,
            signature,
        }
    }
}

/// Of which day.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOf {
    /// The day, `YYYY-MM-DD`, at whose end in Shenzhen it stands; none: now.
    as_of: Option<String>,
    /// Waits until the view shows this command.
    min_seq: Option<u64>,
}

/// The venue's public key for certificates.
#[utoipa::path(
    get, path = "/v1/certificates/key", operation_id = "get_certificate_key", tag = "certificates",
    extensions(("x-chinese" = json!("场所签署证明书所用的公钥。"))),
    responses((status = 200, description = "The key", body = PublicKey), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn key(Shared(state): Shared<State>) -> Response {
    let public = state.certificate_key.secret.public_key().unwrap_or_default();
    json(&PublicKey {
        algorithm: ALGORITHM,
        public_key: signing::hex(&public),
    })
}

/// Owner, licences, holds, disputes and pledges of a right on a day, signed by the venue. For its owner, the venue and the
/// regulator.
#[utoipa::path(
    get, path = "/v1/certificates/{asset_id}", operation_id = "get_certificate", tag = "certificates",
    extensions(("x-chinese" = json!("权利在某日的权利人、许可、查封保全、异议与质押，由场所签名；供权利人、场所与监管方查阅。")), ("x-codes" = json!(["UNKNOWN_ASSET", "DATE_INVALID", "TIME_INVALID"]))),
    params(("asset_id" = u32, Path, description = "The right"), AsOf),
    responses((status = 200, description = "The certificate", body = Signed), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u32>,
    Params(query): Params<AsOf>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    fresh(&state, &call, query.min_seq).await?;
    let now = state.now();
    let as_of = match &query.as_of {
        None => now,
        Some(day) => {
            let day = read_date(day).map_err(|_| {
                Problem::from(Fault::QueryInvalid)
                    .at_field("as_of")
                    .hint("a day as YYYY-MM-DD")
            })?;
            // Nobody knows how the day will end.
            end_of(day).min(now)
        }
    };
    let (statement, owners) = statement(&state, AssetId(id), as_of, now)?;
    if !owners.contains(&caller.entity) {
        if !caller.sees_all() {
            return Err(Reject::UnknownAsset.into());
        }
        reading::note(&state, &call, owners, &format!("/v1/certificates/{id}")).await?;
    }
    let certificate = Certificate::sign(&statement, &state.certificate_key);
    Ok(json(&Signed::from(certificate)))
}

/// What the records say, and who owned the right then or owns it now.
fn statement(
    state: &State,
    asset: AssetId,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<(Statement, BTreeSet<protocol::EntityId>), Problem> {
    let registered = state.market.directory().asset(asset).map(|asset| asset.details.clone());
    let registered = registered.ok_or(Reject::UnknownAsset)?;
    let records = state.market.records();
    let key = Key::new(Kind::Title, asset.0.into());
    let title_at = |at| match records.as_of(key, at).map(|version| &version.told) {
        Some(Told::Record(Record::Title(title))) => Some(title.clone()),
        _ => None,
    };
    let title = title_at(as_of).ok_or(Reject::UnknownAsset)?;
    let owners_now = title_at(Timestamp::NEVER).map_or_else(Vec::new, |title| title.owners);
    let owners = title
        .owners
        .iter()
        .chain(&owners_now)
        .map(|share| share.entity)
        .collect();

    let of_kind = |kind| {
        let versions = records.of_asset(asset, kind, as_of);
        versions
            .into_iter()
            .map(|version| version.told.clone())
            .collect::<Vec<_>>()
    };
    let live = |told| match told {
        Told::Record(Record::Licence(licence)) => {
            let binds = matches!(
                licence.state,
                LicenceState::Agreed | LicenceState::Paid | LicenceState::Effective | LicenceState::Recorded
            );
            binds.then_some(licence)
        }
        _ => None,
    };
    let standing = |told| match told {
        Told::Record(Record::Hold(hold)) if matches!(hold.state, HoldState::Standing | HoldState::Waiting) => {
            Some(hold)
        }
        _ => None,
    };
    let pledge = |told| match told {
        Told::Record(Record::Pledge(pledge)) => Some(pledge),
        _ => None,
    };
    let pledges = of_kind(Kind::Pledge).into_iter().filter_map(pledge).collect();
    let (disputes, holds) = of_kind(Kind::Hold)
        .into_iter()
        .filter_map(standing)
        .partition(|hold| matches!(hold.kind, HoldKind::OwnershipDispute | HoldKind::InvalidationPending));
    let statement = Statement {
        asset_id: asset,
        registered,
        as_of,
        issued_at: now,
        journal_seq: state.market.applied().0,
        title,
        licences: of_kind(Kind::Licence).into_iter().filter_map(live).collect(),
        holds,
        disputes,
        pledges: Pledged::on(asset, pledges, |pledge| consents_of(&records, pledge, as_of)),
    };
    Ok((statement, owners))
}

/// What the holder of a pledge had consented to and what was good still: not taken back, used up or run out, and given
/// by who holds the claim (a later holder consents anew, 民法典 547).
fn consents_of(records: &Records, pledge: &Pledge, as_of: Timestamp) -> Vec<PledgeConsent> {
    let holder = pledge.pledgees.first().map(|share| share.entity);
    let is_good = |consent: &PledgeConsent| {
        let in_time = consent.until.is_none_or(|until| as_of.venue_date() < until);
        let left = consent.quantity.is_none_or(|quantity| consent.used < quantity);
        consent.given && in_time && left && holder == Some(consent.entity)
    };
    let given = PledgeAct::ALL.iter().filter_map(|act| {
        let key = Key::of_pledge_consent(pledge.pledge, *act);
        match &records.as_of(key, as_of)?.told {
            Told::Record(Record::PledgeConsent(consent)) => Some(*consent),
            _ => None,
        }
    });
    given.filter(is_good).collect()
}
