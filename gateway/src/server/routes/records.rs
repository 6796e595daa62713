//! The table of readers: which records are read where, and by whom; and how they are read, one, all, or one through all
//! its versions.
//!
//! What always holds: a record that is not the caller's to read is as good as none, in every list and at every path;
//! and a read of another's record is journaled before it is answered.

use super::{
    forms::{self, Form, InForm},
    page::{Fresh, Listed, Page, fresh, json},
    reading,
    sight::{Resource, Sight, View, is_hidden, reader, render, since},
};
use crate::{
    json::Described,
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::{ReadProblems, responses},
        },
    },
};
use axum::{extract::State as Shared, http::HeaderMap, response::Response, routing::get};
use market_data::records::{Key, Kind, Version};
use protocol::{Notice, Record, Reject, party::Roles};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Content, OpenApi, Ref, RefOr, Required,
        path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        response::ResponseBuilder,
        schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
        security::SecurityRequirement,
    },
};
use utoipa_axum::router::OpenApiRouter;

const IP: Roles = Roles::AGENCY_IP;
const CENTRAL_BANK: Roles = Roles::AGENCY_CENTRAL_BANK;
const BANKING: Roles = Roles::AGENCY_BANKING;
const LOCAL_FINANCE: Roles = Roles::AGENCY_LOCAL_FINANCE;

macro_rules! resources {
    ($($name:literal, $kind:ident, $numbered:literal, $unknown:ident, $agencies:expr;)*) => {
        &[$(Resource {
            name: $name,
            kind: Kind::$kind,
            numbered: $numbered,
            unknown: Reject::$unknown,
            agencies: $agencies,
        }),*]
    };
}

static RESOURCES: &[Resource] = resources! {
    "titles", Title, true, UnknownAsset, IP.with(Roles::COURT);
    "holds", Hold, true, UnknownHold, IP.with(Roles::COURT);
    "consents", Consent, false, NoSuchConsent, IP;
    "valuations", Valuation, true, UnknownAsset, CENTRAL_BANK.with(BANKING);
    "appraisers", Appraiser, true, UnknownEntity, CENTRAL_BANK.with(BANKING);
    "realised", Realised, false, UnknownAsset, CENTRAL_BANK.with(BANKING);
    "licences", Licence, true, UnknownLicence, IP;
    "consumption", Consumption, false, UnknownInstrument, IP;
    "transfers", Transfer, true, UnknownTransfer, IP;
    "offers", Offer, true, UnknownTransfer, IP;
    "interests", Interest, false, UnknownTransfer, Roles::NONE;
    "export-checks", ExportCheck, false, UnknownAsset, IP;
    "proposals", Proposal, true, UnknownProposal, LOCAL_FINANCE;
    "done-alone", DoneAlone, true, UnknownProposal, Roles::NONE;
    "facts", Entity, true, UnknownEntity, BANKING.with(LOCAL_FINANCE);
    "reads", Read, false, UnknownEntity, LOCAL_FINANCE;
    "holders", Holders, true, UnknownAsset, LOCAL_FINANCE;
    "bidders", Bidder, false, UnknownLot, Roles::NONE;
    "forfeits", Forfeit, true, UnknownLot, Roles::NONE;
    "right-facts", Facts, true, UnknownAsset, IP.with(Roles::COURT);
    "open-licences", OpenLicence, true, UnknownOpenLicence, Roles::NONE;
    "tranches", Tranche, true, UnknownTranche, Roles::NONE;
    "titles-sold", TitleSold, true, UnknownTransfer, Roles::NONE;
    "auctions", Lot, true, UnknownLot, Roles::NONE;
    "unit-contracts", UnitContract, false, UnknownInstrument, Roles::NONE;
    "venue-keys", VenueKey, true, UnknownKey, Roles::NONE;
    "recoveries", Recovery, true, UnknownKey, Roles::NONE;
    "withdrawals", Withdrawal, true, UnknownWithdrawal, BANKING;
    "loans", Loan, true, UnknownLoan, CENTRAL_BANK.with(BANKING);
    "pledges", Pledge, true, UnknownPledge, IP.with(BANKING).with(Roles::COURT);
    "demands", Demand, false, UnknownLoan, BANKING.with(Roles::COURT);
    "repayments", Repayment, false, UnknownLoan, CENTRAL_BANK.with(BANKING);
    "pledge-consents", PledgeConsent, true, UnknownPledge, BANKING.with(Roles::COURT);
    "pledge-proceeds", ProceedsPassed, false, UnknownPledge, BANKING.with(Roles::COURT);
    "loan-plans", LoanPlan, true, UnknownLoan, BANKING.with(Roles::COURT);
    "disposals", Disposal, true, UnknownDisposal, BANKING.with(Roles::COURT);
    "distributions", Distribution, true, UnknownTransfer, BANKING.with(Roles::COURT);
    "reverse-licences", ReverseLicence, true, UnknownReverseLicence, BANKING.with(Roles::COURT);
    "conversions", Conversion, true, UnknownConversion, BANKING.with(Roles::COURT);
    "puts", Put, true, UnknownPut, BANKING.with(Roles::COURT);
    "takings", Taking, true, UnknownLot, BANKING.with(Roles::COURT);
    "connected-buyers", ConnectedBuyer, false, UnknownDisposal, BANKING.with(Roles::COURT);
    "buyer-rules", BuyerRules, false, UnknownLot, Roles::NONE;
    "lot-parties", PartiesAdmitted, true, UnknownLot, Roles::NONE;
    "related-bidders", RelatedBidder, false, UnknownLot, Roles::NONE;
    "upkeep", Upkeep, false, UnknownLoan, BANKING.with(Roles::COURT);
    "securities-asked", Security, true, UnknownLoan, BANKING.with(Roles::COURT);
    "sale-presses", SalePress, false, UnknownLoan, BANKING.with(Roles::COURT);
    "claim-facts", ClaimFact, false, UnknownLoan, BANKING.with(Roles::COURT);
    "corrections", Correction, false, UnknownTransfer, BANKING.with(Roles::COURT);
    "guarantors-freed", GuarantorFreed, false, UnknownLoan, BANKING.with(Roles::COURT);
    "pools", RiskPool, true, UnknownPool, BANKING.with(LOCAL_FINANCE);
    "pool-loans", PoolStanding, true, NotEnrolled, BANKING.with(LOCAL_FINANCE);
    "measures", Measure, true, UnknownMeasure, Roles::NONE;
    "subsidies", Subsidy, true, UnknownSubsidy, Roles::NONE;
    "branches", BranchStanding, false, UnknownEntity, BANKING;
    "officer-files", OfficerFile, false, UnknownLoan, Roles::NONE;
    "guarantor-figures", Guarantor, true, UnknownEntity, BANKING.with(LOCAL_FINANCE);
    "insurances", Insurance, false, UnknownLoan, BANKING;
    "losses", LossAccepted, true, UnknownKey, Roles::NONE;
    "lot-outages", LotOutage, false, UnknownLot, Roles::NONE;
};

/// How many records are looked at under one lock.
const CHUNK: usize = 1_000;

/// Where in a list of records.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// The `next` of the page before; none for the first.
    cursor: Option<String>,
    /// The most entries, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Waits until the view shows this command.
    min_seq: Option<u64>,
}

async fn list(resource: &'static Resource, state: State, call: Call, which: Which) -> Result<Response, Problem> {
    let page = Page {
        cursor: which.cursor.clone(),
        limit: which.limit,
        min_seq: which.min_seq,
    };
    let limit = page.limit()?;
    fresh(&state, &call, which.min_seq).await?;
    let mut after = which
        .cursor
        .as_deref()
        .map(|text| read_key(resource.kind, text))
        .transpose()?;
    let (mut found, mut owners) = (Vec::new(), BTreeSet::new());
    // One visible entry too many tells that there are more: what the caller may not see leaves no trace in `next`.
    'all: loop {
        let chunk = state
            .market
            .records()
            .list(resource.kind, after, CHUNK, reader(&call.caller));
        let last = chunk.len() < CHUNK;
        for version in chunk {
            after = Some(version.key);
            let own = match resource.sight(&state, &call.caller, &version) {
                Sight::Own => true,
                Sight::Others(of) => {
                    if found.len() < limit {
                        owners.extend(of);
                    }
                    false
                }
                Sight::None => continue,
            };
            found.push((version, own));
            if found.len() > limit {
                break 'all;
            }
        }
        if last {
            break;
        }
        tokio::task::yield_now().await;
    }
    reading::note(&state, &call, owners, &format!("/v1/{}", resource.name)).await?;
    Ok(json(&Listed::of(
        found,
        limit,
        |(version, _)| write_key(version.key),
        |(version, own)| {
            let at = since(&state.market.records(), &version, own, &call.caller);
            render(&state, &version, at, own, &call.caller)
        },
    )))
}

async fn one(
    resource: &'static Resource,
    state: State,
    call: Call,
    id: u64,
    query: Fresh,
) -> Result<Response, Problem> {
    let (_, view) = read(resource, &state, &call, id, query.min_seq).await?;
    Ok(json(&view))
}

/// One that is a statement, in the form that is asked for.
async fn one_in(
    resource: &'static Resource,
    state: State,
    call: Call,
    id: u64,
    query: InForm,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (version, view) = read(resource, &state, &call, id, query.min_seq).await?;
    Ok(forms::said(query.form(&headers), &version, &view))
}

/// The record as it stands now, and as the caller sees it.
async fn read(
    resource: &'static Resource,
    state: &State,
    call: &Call,
    id: u64,
    min_seq: Option<u64>,
) -> Result<(Arc<Version>, View), Problem> {
    fresh(state, call, min_seq).await?;
    let key = Key::new(resource.kind, id);
    let version = state.market.records().get_for(key, reader(&call.caller)).cloned();
    let (version, own) = seen(resource, state, call, version, id).await?;
    let at = since(&state.market.records(), &version, own, &call.caller);
    let view = render(state, &version, at, own, &call.caller);
    Ok((version, view))
}

/// The record, if the caller may see it; a read of another's is noted first.
async fn seen(
    resource: &'static Resource,
    state: &State,
    call: &Call,
    version: Option<Arc<Version>>,
    id: u64,
) -> Result<(Arc<Version>, bool), Problem> {
    let version = version.ok_or(resource.unknown)?;
    match resource.sight(state, &call.caller, &version) {
        Sight::Own => Ok((version, true)),
        Sight::Others(owners) => {
            let path = format!("/v1/{}/{id}", resource.name);
            reading::note(state, call, owners, &path).await?;
            Ok((version, false))
        }
        Sight::None => Err(resource.unknown.into()),
    }
}

/// Every version of a record that the caller may see, the first one first.
async fn history(
    resource: &'static Resource,
    state: State,
    call: Call,
    id: u64,
    query: Fresh,
) -> Result<Response, Problem> {
    fresh(&state, &call, query.min_seq).await?;
    let versions = state.market.records().history(Key::new(resource.kind, id)).to_vec();
    let (mut views, mut owners) = (Vec::new(), BTreeSet::new());
    for version in &versions {
        match resource.sight(&state, &call.caller, version) {
            Sight::Own => views.push(render(&state, version, version.at, true, &call.caller)),
            Sight::Others(of) => {
                owners.extend(of);
                // What is hidden is no version of its own.
                let at = since(&state.market.records(), version, false, &call.caller);
                if at == version.at || !is_hidden(version, false, &call.caller) {
                    views.push(render(&state, version, at, false, &call.caller));
                }
            }
            Sight::None => {}
        }
    }
    if views.is_empty() {
        return Err(resource.unknown.into());
    }
    reading::note(&state, &call, owners, &format!("/v1/{}/{id}/history", resource.name)).await?;
    Ok(json(&Listed {
        items: views,
        next: None,
    }))
}

/// A key as a cursor: its numbers.
fn write_key(key: Key) -> String {
    key.numbers.map(|number| number.to_string()).join(".")
}

fn read_key(kind: Kind, text: &str) -> Result<Key, Problem> {
    let wrong = || Problem::from(Fault::QueryInvalid).at_field("cursor");
    let numbers: Vec<u64> = text
        .split('.')
        .map(|part| part.parse().map_err(|_| wrong()))
        .collect::<Result<_, _>>()?;
    let numbers = numbers.try_into().map_err(|_| wrong())?;
    Ok(Key { kind, numbers })
}

/// The routes of the table.
pub(super) fn routes() -> OpenApiRouter<State> {
    RESOURCES.iter().fold(OpenApiRouter::new(), |router, resource| {
        let path = format!("/v1/{}", resource.name);
        let all = move |Shared(state): Shared<State>, call: Call, Params(which): Params<Which>| {
            list(resource, state, call, which)
        };
        let router = router.route(&path, get(all));
        if !resource.numbered {
            return router;
        }
        let now = move |Shared(state): Shared<State>,
                        call: Call,
                        Segment(id): Segment<u64>,
                        Params(query): Params<Fresh>| { one(resource, state, call, id, query) };
        let stated =
            move |Shared(state): Shared<State>,
                  call: Call,
                  Segment(id): Segment<u64>,
                  Params(query): Params<InForm>,
                  headers: HeaderMap| { one_in(resource, state, call, id, query, headers) };
        let ever = move |Shared(state): Shared<State>,
                         call: Call,
                         Segment(id): Segment<u64>,
                         Params(query): Params<Fresh>| { history(resource, state, call, id, query) };
        let now = if forms::are_statements(resource.kind) {
            get(stated)
        } else {
            get(now)
        };
        router
            .route(&format!("{path}/{{id}}"), now)
            .route(&format!("{path}/{{id}}/history"), get(ever))
    })
}

/// The table in the API's document.
pub(super) fn describe(document: &mut OpenApi) {
    let mut schemas = Vec::new();
    <Described<Record> as ToSchema>::schemas(&mut schemas);
    <Described<Notice> as ToSchema>::schemas(&mut schemas);
    let components = document.components.get_or_insert_default();
    for (name, schema) in schemas {
        components.schemas.entry(name).or_insert(schema);
    }
    for resource in RESOURCES {
        let path = format!("/v1/{}", resource.name);
        let mut add = |path: String, operation| {
            document
                .paths
                .add_path_operation(path, vec![HttpMethod::Get], operation)
        };
        let which = Which::into_params(|| Some(ParameterIn::Query));
        add(path.clone(), operation(resource, "The records", which, listed(), &[]));
        if resource.numbered {
            let at = || Some(ParameterIn::Query);
            let (asked, forms) = if forms::are_statements(resource.kind) {
                (InForm::into_params(at), &[Form::Csv, Form::Html][..])
            } else {
                (Fresh::into_params(at), &[][..])
            };
            let one = operation(resource, "The record", of_one(asked), view(), forms);
            add(format!("{path}/{{id}}"), one);
            let ever = of_one(Fresh::into_params(at));
            add(
                format!("{path}/{{id}}/history"),
                operation(resource, "Every version", ever, listed(), &[]),
            );
        }
    }
}

/// A reading of these records in the API's document: `what` is asked for by these parameters, and what is found has
/// this schema, or is a text in another form.
fn operation(
    resource: &Resource,
    what: &str,
    parameters: Vec<Parameter>,
    found: RefOr<Schema>,
    forms: &[Form],
) -> OperationBuilder {
    let found = ResponseBuilder::new()
        .description("What was found")
        .content("application/json", Content::new(Some(found)));
    let found = forms.iter().fold(found, |found, form| {
        let text = ObjectBuilder::new().schema_type(Type::String);
        found.content(form.media_type(), Content::new(Some(text)))
    });
    let mut responses = responses::<ReadProblems>();
    responses.responses.insert("200".into(), found.build().into());
    let operation = OperationBuilder::new()
        .tag("registry")
        .summary(Some(format!("{what} of `{}` that the caller may read", resource.name)))
        .security(SecurityRequirement::new("signature", Vec::<String>::new()))
        .responses(responses);
    parameters.into_iter().fold(operation, OperationBuilder::parameter)
}

/// The parameters of one record: its number, and how it is asked for.
fn of_one(asked: Vec<Parameter>) -> Vec<Parameter> {
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)));
    let mut parameters = asked;
    parameters.push(id.build());
    parameters
}

/// The schema of a [`View`].
fn view() -> RefOr<Schema> {
    let at = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Since when it is so: RFC 3339, UTC, nine decimals."));
    let either = OneOfBuilder::new()
        .item(Ref::from_schema_name(<Described<Record> as ToSchema>::name()))
        .item(Ref::from_schema_name(<Described<Notice> as ToSchema>::name()));
    let command = ObjectBuilder::new().description(Some(
        "Of a proposal, and of what one did alone: the command, with its `op`, as it could be given.",
    ));
    let effects = ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(Type::String))
        .description(Some(
            "Of a proposal, and of what one did alone: what the command does, and what each of its fields means and names.",
        ));
    let at = ObjectBuilder::new().property("at", at).required("at");
    let at = at.property("command", command).property("effects", effects);
    RefOr::T(AllOfBuilder::new().item(at).item(either).build().into())
}

/// The schema of a page of them.
fn listed() -> RefOr<Schema> {
    let next = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("The `cursor` of the next page; `null` at the end."));
    let page = ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(view()))
        .required("items")
        .property("next", next)
        .required("next");
    RefOr::T(page.build().into())
}
