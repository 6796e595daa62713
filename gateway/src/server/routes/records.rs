//! The table of readers: which records are read where, and by whom; and how they are read, one, all, or one through all
//! its versions.
//!
//! What always holds: a record that is not the caller's to read is as good as none, in every list and at every path;
//! and a read of another's record is journaled before it is answered.

use super::{
    commands::tell,
    forms::{self, Form, InForm},
    page::{Fresh, Listed, Page, fresh, json},
    reading,
    sight::{Resource, Sight, View, is_hidden, members, reader, render, since},
};
use crate::{
    json::described,
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::{ReadProblems, listed as codes, responses},
        },
    },
};
use axum::{extract::State as Shared, http::HeaderMap, response::Response, routing::get};
use market_data::records::{Key, Kind, Version};
use protocol::{
    Reject, Timestamp,
    describe::{Describe as _, Shape},
    party::Roles,
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};
use utoipa::{
    IntoParams,
    openapi::{
        Content, OpenApi, Ref, RefOr, Required,
        path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        response::ResponseBuilder,
        schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type},
        security::SecurityRequirement,
    },
};
use utoipa_axum::router::OpenApiRouter;

const IP: Roles = Roles::AGENCY_IP;
const CENTRAL_BANK: Roles = Roles::AGENCY_CENTRAL_BANK;
const BANKING: Roles = Roles::AGENCY_BANKING;
const LOCAL_FINANCE: Roles = Roles::AGENCY_LOCAL_FINANCE;

macro_rules! resources {
    ($($name:literal, $chinese:literal, $kind:ident, $numbered:literal, $unknown:ident, $agencies:expr;)*) => {
        &[$(Resource {
            name: $name,
            chinese: $chinese,
            kind: Kind::$kind,
            numbered: $numbered,
            unknown: Reject::$unknown,
            agencies: $agencies,
        }),*]
    };
}

static RESOURCES: &[Resource] = resources! {
    "titles", "权属", Title, true, UnknownAsset, IP.with(Roles::COURT);
    "holds", "查封、保全与异议", Hold, true, UnknownHold, IP.with(Roles::COURT);
    "consents", "共有人同意", Consent, false, NoSuchConsent, IP;
    "valuations", "估值", Valuation, true, UnknownAsset, CENTRAL_BANK.with(BANKING);
    "appraisers", "评估机构", Appraiser, true, UnknownEntity, CENTRAL_BANK.with(BANKING);
    "realised", "估价与成交价对照", Realised, false, UnknownAsset, CENTRAL_BANK.with(BANKING);
    "licences", "许可", Licence, true, UnknownLicence, IP;
    "consumption", "许可份额消耗", Consumption, false, UnknownInstrument, IP;
    "transfers", "转让项目", Transfer, true, UnknownTransfer, IP;
    "offers", "转让要约", Offer, true, UnknownTransfer, IP;
    "interests", "受让意向", Interest, false, UnknownTransfer, Roles::NONE;
    "export-checks", "技术出口管制审查", ExportCheck, false, UnknownAsset, IP;
    "proposals", "待复核事项", Proposal, true, UnknownProposal, LOCAL_FINANCE;
    "done-alone", "单人办理告知", DoneAlone, true, UnknownProposal, Roles::NONE;
    "facts", "主体情况", Entity, true, UnknownEntity, BANKING.with(LOCAL_FINANCE);
    "reads", "查阅记录", Read, false, UnknownEntity, LOCAL_FINANCE;
    "holders", "累计持有人数", Holders, true, UnknownAsset, LOCAL_FINANCE;
    "bidders", "竞买人情况", Bidder, false, UnknownLot, Roles::NONE;
    "forfeits", "悔拍保证金结算", Forfeit, true, UnknownLot, Roles::NONE;
    "right-facts", "权利登记事项", Facts, true, UnknownAsset, IP.with(Roles::COURT);
    "open-licences", "开放许可", OpenLicence, true, UnknownOpenLicence, Roles::NONE;
    "tranches", "发行批次", Tranche, true, UnknownTranche, Roles::NONE;
    "titles-sold", "转让成交", TitleSold, true, UnknownTransfer, Roles::NONE;
    "auctions", "竞价标的", Lot, true, UnknownLot, Roles::NONE;
    "unit-contracts", "份额约定", UnitContract, false, UnknownInstrument, Roles::NONE;
    "venue-keys", "场所密钥", VenueKey, true, UnknownKey, Roles::NONE;
    "recoveries", "管理权恢复", Recovery, true, UnknownKey, Roles::NONE;
    "withdrawals", "出金", Withdrawal, true, UnknownWithdrawal, BANKING;
    "loans", "贷款", Loan, true, UnknownLoan, CENTRAL_BANK.with(BANKING);
    "pledges", "质押", Pledge, true, UnknownPledge, IP.with(BANKING).with(Roles::COURT);
    "demands", "催收", Demand, false, UnknownLoan, BANKING.with(Roles::COURT);
    "repayments", "还款", Repayment, false, UnknownLoan, CENTRAL_BANK.with(BANKING);
    "pledge-consents", "质权人同意", PledgeConsent, true, UnknownPledge, BANKING.with(Roles::COURT);
    "pledge-proceeds", "价款清偿或提存", ProceedsPassed, false, UnknownPledge, BANKING.with(Roles::COURT);
    "loan-plans", "收益分配方案", LoanPlan, true, UnknownLoan, BANKING.with(Roles::COURT);
    "disposals", "处置案件", Disposal, true, UnknownDisposal, BANKING.with(Roles::COURT);
    "distributions", "分配清单", Distribution, true, UnknownTransfer, BANKING.with(Roles::COURT);
    "reverse-licences", "反向许可", ReverseLicence, true, UnknownReverseLicence, BANKING.with(Roles::COURT);
    "conversions", "债转股", Conversion, true, UnknownConversion, BANKING.with(Roles::COURT);
    "puts", "收储承诺", Put, true, UnknownPut, BANKING.with(Roles::COURT);
    "takings", "以物抵债", Taking, true, UnknownLot, BANKING.with(Roles::COURT);
    "connected-buyers", "关联买受人", ConnectedBuyer, false, UnknownDisposal, BANKING.with(Roles::COURT);
    "buyer-rules", "承接规则", BuyerRules, false, UnknownLot, Roles::NONE;
    "lot-parties", "当事人竞买公告", PartiesAdmitted, true, UnknownLot, Roles::NONE;
    "related-bidders", "关联竞买人", RelatedBidder, false, UnknownLot, Roles::NONE;
    "lot-questions", "标的提问与答复", LotQuestion, false, UnknownLot, Roles::NONE;
    "asked-questions", "本人提问", AskedQuestion, false, UnknownLot, Roles::NONE;
    "upkeep", "垫付费用", Upkeep, false, UnknownLoan, BANKING.with(Roles::COURT);
    "securities-asked", "补充担保要求", Security, true, UnknownLoan, BANKING.with(Roles::COURT);
    "sale-presses", "行使质权请求", SalePress, false, UnknownLoan, BANKING.with(Roles::COURT);
    "claim-facts", "债权事实", ClaimFact, false, UnknownLoan, BANKING.with(Roles::COURT);
    "corrections", "分配更正", Correction, false, UnknownTransfer, BANKING.with(Roles::COURT);
    "guarantors-freed", "保证人免责", GuarantorFreed, false, UnknownLoan, BANKING.with(Roles::COURT);
    "pools", "风险补偿资金池", RiskPool, true, UnknownPool, BANKING.with(LOCAL_FINANCE);
    "pool-loans", "入池贷款", PoolStanding, true, NotEnrolled, BANKING.with(LOCAL_FINANCE);
    "measures", "补贴措施", Measure, true, UnknownMeasure, Roles::NONE;
    "subsidies", "补贴申请", Subsidy, true, UnknownSubsidy, Roles::NONE;
    "branches", "基层机构不良容忍度", BranchStanding, false, UnknownEntity, BANKING;
    "officer-files", "尽职免责档案", OfficerFile, false, UnknownLoan, Roles::NONE;
    "guarantor-figures", "保证人数据", Guarantor, true, UnknownEntity, BANKING.with(LOCAL_FINANCE);
    "insurances", "保证保险", Insurance, false, UnknownLoan, BANKING;
    "losses", "日志缺失", LossAccepted, true, UnknownKey, Roles::NONE;
    "lot-outages", "竞价标的短暂停滞", LotOutage, false, UnknownLot, Roles::NONE;
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
            render(&state, &version.told, at, own, &call.caller)
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

/// The codes for whoever asks for a record by a number that there is not.
pub(super) fn unknown() -> impl Iterator<Item = &'static str> {
    let numbered = RESOURCES.iter().filter(|resource| resource.numbered);
    numbered.map(|resource| resource.unknown.code())
}

/// The record of this number among those that are read at `/v1/` and this name, as the caller sees it.
pub(super) async fn shown(state: &State, call: &Call, resource: &str, id: u64) -> Result<View, Problem> {
    let resource = RESOURCES.iter().find(|found| found.name == resource && found.numbered);
    let (_, view) = read(resource.ok_or(Fault::NotFound)?, state, call, id, None).await?;
    Ok(view)
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
    let view = render(state, &version.told, at, own, &call.caller);
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
            Sight::Own => views.push(render(&state, &version.told, version.at, true, &call.caller)),
            Sight::Others(of) => {
                owners.extend(of);
                // What is hidden is no version of its own.
                let at = since(&state.market.records(), version, false, &call.caller);
                if at == version.at || !is_hidden(&version.told, false, &call.caller) {
                    views.push(render(&state, &version.told, at, false, &call.caller));
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
    for resource in RESOURCES {
        let (word, meaning, shape) = told(resource.kind);
        let record = format!("{:?}Record", resource.kind);
        described::collect(shape, &mut schemas);
        schemas.push((record.clone(), view(resource.kind, (word, meaning, shape)).into()));
        let records = format!("{record}s");
        schemas.push((records.clone(), page(&record).into()));
        let records = || RefOr::Ref(Ref::from_schema_name(&records));
        let path = format!("/v1/{}", resource.name);
        let mut add = |path: String, id: String, operation: OperationBuilder| {
            let operation = operation.operation_id(Some(id));
            document
                .paths
                .add_path_operation(path, vec![HttpMethod::Get], operation)
        };
        let all = format!("list_{}", resource.name.replace('-', "_"));
        let which = Which::into_params(|| Some(ParameterIn::Query));
        let list = operation(resource, ["The records", "列表"], which, records(), &[]);
        add(path.clone(), all, list);
        if resource.numbered {
            let at = || Some(ParameterIn::Query);
            let (asked, forms) = if forms::are_statements(resource.kind) {
                (InForm::into_params(at), &[Form::Csv, Form::Html][..])
            } else {
                (Fresh::into_params(at), &[][..])
            };
            let found = RefOr::Ref(Ref::from_schema_name(&record));
            let one = operation(resource, ["The record", "一项"], of_one(asked), found, forms);
            add(format!("{path}/{{id}}"), format!("read_{word}"), one);
            let ever = of_one(Fresh::into_params(at));
            let ever = operation(resource, ["Every version", "一项及其全部版本"], ever, records(), &[]);
            add(format!("{path}/{{id}}/history"), format!("read_{word}_history"), ever);
        }
    }
    let components = document.components.get_or_insert_default();
    tell(components, schemas);
}

/// Where records of a kind are read.
pub(super) fn resource_of(kind: Kind) -> &'static Resource {
    let mut resources = RESOURCES.iter();
    resources
        .find(|resource| resource.kind == kind)
        .expect("each kind has a row")
}

/// The word of a kind: the member that a record of it is told in.
pub(super) fn word_of(kind: Kind) -> &'static str {
    told(kind).0
}

/// The member that a record of this kind is told in, what it means, and what it looks like. Records and notices are named
/// by their kind.
fn told(kind: Kind) -> (&'static str, &'static str, &'static Shape) {
    let same = |word: &&(&str, &str, Shape)| {
        let parts = word.0.split('_').map(str::len).sum::<usize>();
        let name = format!("{kind:?}");
        parts == name.len() && word.0.replace('_', "").eq_ignore_ascii_case(&name)
    };
    let (word, meaning, shape) = members().find(same).expect("each kind is a record or a notice");
    (word, meaning.trim(), shape)
}

/// A reading of these records in the API's document: this much of them, in both languages, is asked for by these
/// parameters, and what is found has this schema, or is a text in another form.
fn operation(
    resource: &Resource,
    [what, chinese]: [&str; 2],
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
        .summary(Some(format!("{what} of `{}` that the caller may read.", resource.name)))
        .description(Some(format!("调用方有权查阅的{}：{chinese}。", resource.chinese)))
        .security(SecurityRequirement::default())
        .security(SecurityRequirement::new("signature", Vec::<String>::new()))
        .extensions(Some(codes([resource.unknown.code()])))
        .responses(responses);
    parameters.into_iter().fold(operation, OperationBuilder::parameter)
}

/// The parameters of one record: its number, and how it is asked for.
fn of_one(asked: Vec<Parameter>) -> Vec<Parameter> {
    let id = ParameterBuilder::new()
        .name("id")
        .description(Some("Its number."))
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0))));
    let mut parameters = asked;
    parameters.push(id.build());
    parameters
}

/// The schema of a [`View`] of a record that is told so.
fn view(kind: Kind, (word, meaning, shape): (&str, &str, &Shape)) -> Schema {
    let at = described::schema(&Timestamp::SHAPE);
    let view = ObjectBuilder::new()
        .description(Some(format!("{meaning} `at` says since when it is so.")))
        .property("at", at)
        .required("at")
        .property(word, described::schema(shape))
        .required(word);
    if !matches!(kind, Kind::Proposal | Kind::DoneAlone) {
        return view.into();
    }
    let command = ObjectBuilder::new().description(Some("The command, with its `op`, as it could be given."));
    let effects = ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(Type::String))
        .description(Some(
            "What the command does, and what each of its fields means and names.",
        ));
    view.property("command", command).property("effects", effects).into()
}

/// The schema of a page of them.
fn page(record: &str) -> Schema {
    let next = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
    let page = ObjectBuilder::new()
        .property("items", ArrayBuilder::new().items(Ref::from_schema_name(record)))
        .required("items")
        .property("next", next)
        .required("next");
    page.into()
}
