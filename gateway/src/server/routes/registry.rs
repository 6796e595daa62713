//! The registry: titles, licences, sales and how the venue is governed. Two tables say it all: which command is given where, and
//! which records are read where and by whom.
//!
//! What always holds: a record that is not the caller's to read is as good as none, in every list and at every path; and a read of
//! another's record is journaled before it is answered.

use super::*;
use crate::{
    json::{Described, command, read::DRAW, scalar::write_time},
    server::{
        auth::Caller,
        gate::{Params, Segment},
        openapi::{CommandResponses, ReadProblems},
        reading, send,
    },
};
use axum::{
    extract::State as Shared,
    routing::{MethodRouter, get, post},
};
use market_data::records::{Key, Kind, Records, Told, Version};
use protocol::{
    EntityId, Record, Reject, Timestamp,
    command::Op,
    party::{Roles, Scopes},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        Content, OpenApi, Ref, RefOr, Required,
        path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBodyBuilder,
        response::{ResponseBuilder, Responses, ResponsesBuilder},
        schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
        security::SecurityRequirement,
    },
};
use utoipa_axum::router::OpenApiRouter;

/// Where a command is given, and under which heading it stands.
const COMMANDS: &[(&str, &str, Op)] = &[
    ("/v1/rules/numbers", "rules", Op::SetRuleBook),
    ("/v1/participants/facts", "participants", Op::DescribeEntity),
    ("/v1/participants/dual-control", "participants", Op::SetDualControl),
    ("/v1/proposals", "proposals", Op::Propose),
    ("/v1/proposals/approve", "proposals", Op::Approve),
    ("/v1/proposals/refuse", "proposals", Op::Refuse),
    ("/v1/rights", "titles", Op::RegisterRights),
    ("/v1/rights/verify", "titles", Op::VerifyAsset),
    ("/v1/rights/change", "titles", Op::ChangeAsset),
    ("/v1/rights/dues", "titles", Op::RecordDues),
    ("/v1/rights/marks", "titles", Op::LinkMarks),
    ("/v1/rights/facts", "titles", Op::DescribeRight),
    ("/v1/holds", "titles", Op::PlaceHold),
    ("/v1/holds/lift", "titles", Op::LiftHold),
    ("/v1/consents", "titles", Op::GiveConsent),
    ("/v1/consents/withdraw", "titles", Op::WithdrawConsent),
    ("/v1/valuations", "valuations", Op::RecordValuation),
    ("/v1/appraisers", "valuations", Op::SetAppraiser),
    ("/v1/licences", "licences", Op::OfferLicence),
    ("/v1/licences/accept", "licences", Op::AcceptLicence),
    ("/v1/licences/withdraw", "licences", Op::WithdrawLicence),
    ("/v1/licences/pay", "licences", Op::PayLicence),
    ("/v1/licences/record", "licences", Op::RecordLicence),
    ("/v1/licences/terminate", "licences", Op::TerminateLicence),
    ("/v1/open-licences", "licences", Op::AskOpenLicence),
    ("/v1/open-licences/withdraw", "licences", Op::WithdrawOpenLicence),
    ("/v1/open-licences/take", "licences", Op::TakeOpenLicence),
    ("/v1/units/contract", "licences", Op::SetUnitContract),
    ("/v1/units/consume", "licences", Op::ReportConsumption),
    ("/v1/units/audit", "licences", Op::AuditConsumption),
    ("/v1/tranches", "licences", Op::OpenTranche),
    ("/v1/tranches/interest", "licences", Op::IndicateInterest),
    ("/v1/tranches/subscribe", "licences", Op::SubscribeTranche),
    ("/v1/tranches/close", "licences", Op::CloseTranche),
    ("/v1/transfers", "transfers", Op::ListTransfer),
    ("/v1/transfers/audience", "transfers", Op::SetAudience),
    ("/v1/transfers/end-disclosure", "transfers", Op::EndDisclosure),
    ("/v1/transfers/interest", "transfers", Op::ExpressInterest),
    ("/v1/transfers/withdraw", "transfers", Op::WithdrawInterest),
    ("/v1/transfers/qualify", "transfers", Op::QualifyInterest),
    ("/v1/transfers/export-check", "transfers", Op::RecordExportCheck),
    ("/v1/transfers/bids", "transfers", Op::BidTransfer),
    ("/v1/transfers/priority", "transfers", Op::AnswerPriority),
    ("/v1/transfers/sign", "transfers", Op::SignContract),
    ("/v1/transfers/fund", "transfers", Op::FundEscrow),
    ("/v1/transfers/file", "transfers", Op::FileRecordal),
    ("/v1/transfers/answer", "transfers", Op::AnswerRecordal),
    ("/v1/transfers/cancel", "transfers", Op::CancelTransfer),
    ("/v1/auctions", "auctions", Op::AnnounceLot),
    ("/v1/auctions/enter", "auctions", Op::EnterLot),
    ("/v1/auctions/bids", "auctions", Op::BidLot),
    ("/v1/auctions/maximum", "auctions", Op::SetMaximum),
    ("/v1/auctions/buy", "auctions", Op::BuyLot),
    ("/v1/auctions/commitments", "auctions", Op::CommitBid),
    ("/v1/auctions/reveals", "auctions", Op::RevealBid),
    ("/v1/auctions/pause", "auctions", Op::PauseLot),
    ("/v1/auctions/resume", "auctions", Op::ResumeLot),
    ("/v1/auctions/withdraw", "auctions", Op::WithdrawLot),
    ("/v1/auctions/confirm", "auctions", Op::ConfirmLot),
    ("/v1/auctions/annul", "auctions", Op::AnnulLot),
    ("/v1/auctions/ruling", "auctions", Op::ServeRuling),
    ("/v1/auctions/pay", "auctions", Op::PayLot),
    ("/v1/auctions/negotiate", "auctions", Op::NegotiateLot),
    ("/v1/auctions/settle-default", "auctions", Op::SettleDefault),
];

/// Records that are read at one place.
struct Resource {
    /// `/v1/` and this.
    name: &'static str,
    /// What they are.
    kind: Kind,
    /// Whether a record has a number of its own, by which it can be asked for.
    numbered: bool,
    /// What somebody is told who asks for one that isn't there.
    unknown: Reject,
    /// Who may read others' records of this kind, beside operators and regulators: the agencies of the Guidance's article 1, each
    /// within its scope, and courts.
    agencies: Roles,
}

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
};

/// How many records are looked at under one lock.
const CHUNK: usize = 1_000;

/// A record and since when it is so.
#[derive(Debug, Serialize)]
struct View {
    at: String,
    #[serde(flatten)]
    told: Said,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "made, written and dropped")]
enum Said {
    Record(Record),
    Notice(protocol::Notice),
}

/// How a record comes to the caller.
enum Sight {
    /// It is for the caller, or for everyone.
    Own,
    /// It is others', and the caller's office lets it be read: that is noted.
    Others(Vec<EntityId>),
    /// It is not the caller's to read.
    None,
}

impl Resource {
    fn sight(&self, state: &State, caller: &Caller, version: &Version) -> Sight {
        let Caller::Key(caller) = caller else {
            return if is_notice(version) { Sight::Own } else { Sight::None };
        };
        if is_notice(version) {
            return Sight::Own;
        }
        if caller.needs(Scopes::READ).is_err() {
            return Sight::None;
        }
        if version.is_for(caller.entity) {
            return Sight::Own;
        }
        if version.is_sealed() || !caller.sees_all() && !caller.roles.has_any(self.agencies) {
            return Sight::None;
        }
        // An offer is its seller's, whoever may see it.
        if self.kind == Kind::Offer {
            let records = state.market.records();
            let sale = records.get(Key::new(Kind::Transfer, version.key.numbers[0]));
            return Sight::Others(sale.map_or_else(Vec::new, |sale| sale.owners().to_vec()));
        }
        Sight::Others(version.owners().to_vec())
    }
}

fn is_notice(version: &Version) -> bool {
    matches!(version.told, Told::Notice(_))
}

/// Whether a change of this record is hidden from the caller: who bids is nobody's business before the close, the operator's neither
/// (法释〔2016〕18号 8, 18), and when somebody's interest changed would tell.
fn is_hidden(version: &Version, own: bool, caller: &Caller) -> bool {
    matches!(version.told, Told::Record(Record::Interest(_))) && !own && !is_regulator(caller)
}

/// Since when the record is as the caller sees it.
fn since(records: &Records, version: &Version, own: bool, caller: &Caller) -> Timestamp {
    if !is_hidden(version, own, caller) {
        return version.at;
    }
    let state = |version: &Version| match &version.told {
        Told::Record(Record::Interest(interest)) => Some(interest.state),
        _ => None,
    };
    let versions = records.history(version.key);
    let here = versions.partition_point(|other| other.seq <= version.seq);
    let same = versions[..here]
        .iter()
        .rev()
        .take_while(|other| state(other) == state(version));
    same.last().map_or(version.at, |first| first.at)
}

fn render(version: &Version, at: Timestamp, own: bool, caller: &Caller) -> View {
    let told = match &version.told {
        Told::Notice(notice) => Said::Notice(notice.clone()),
        Told::Record(Record::Interest(interest)) if is_hidden(version, own, caller) => {
            let mut interest = *interest;
            (interest.bid, interest.best) = (None, false);
            Said::Record(Record::Interest(interest))
        }
        Told::Record(record) => Said::Record(record.clone()),
    };
    View {
        at: write_time(at),
        told,
    }
}

/// As whom the caller reads.
fn reader(caller: &Caller) -> Option<EntityId> {
    match caller {
        Caller::Key(caller) => Some(caller.entity),
        _ => None,
    }
}

fn is_regulator(caller: &Caller) -> bool {
    matches!(caller, Caller::Key(caller) if caller.roles.has_any(Roles::REGULATOR))
}

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
    let records = state.market.records();
    Ok(json(&Listed::of(
        found,
        limit,
        |(version, _)| write_key(version.key),
        |(version, own)| {
            render(
                &version,
                since(&records, &version, own, &call.caller),
                own,
                &call.caller,
            )
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
    fresh(&state, &call, query.min_seq).await?;
    let key = Key::new(resource.kind, id);
    let version = state.market.records().get_for(key, reader(&call.caller)).cloned();
    let (version, own) = seen(resource, &state, &call, version, id).await?;
    let at = since(&state.market.records(), &version, own, &call.caller);
    Ok(json(&render(&version, at, own, &call.caller)))
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
            Sight::Own => views.push(render(version, version.at, true, &call.caller)),
            Sight::Others(of) => {
                owners.extend(of);
                // What is hidden is no version of its own.
                let at = since(&state.market.records(), version, false, &call.caller);
                if at == version.at || !is_hidden(version, false, &call.caller) {
                    views.push(render(version, at, false, &call.caller));
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

/// The routes of both tables.
pub(crate) fn routes() -> OpenApiRouter<State> {
    let mut methods: BTreeMap<String, MethodRouter<State>> = BTreeMap::new();
    let mut add = |path: String, method: MethodRouter<State>| {
        let merged = methods.remove(&path).unwrap_or_default().merge(method);
        methods.insert(path, merged);
    };
    for &(path, _, op) in COMMANDS {
        let command =
            move |Shared(state): Shared<State>, call: Call| async move { send::post(&state, &call, op).await };
        add(path.into(), post(command));
    }
    for resource in RESOURCES {
        let path = format!("/v1/{}", resource.name);
        add(
            path.clone(),
            get(
                move |Shared(state): Shared<State>, call: Call, Params(which): Params<Which>| {
                    list(resource, state, call, which)
                },
            ),
        );
        if resource.numbered {
            add(
                format!("{path}/{{id}}"),
                get(
                    move |Shared(state): Shared<State>,
                          call: Call,
                          Segment(id): Segment<u64>,
                          Params(query): Params<Fresh>| { one(resource, state, call, id, query) },
                ),
            );
            add(
                format!("{path}/{{id}}/history"),
                get(
                    move |Shared(state): Shared<State>,
                          call: Call,
                          Segment(id): Segment<u64>,
                          Params(query): Params<Fresh>| {
                        history(resource, state, call, id, query)
                    },
                ),
            );
        }
    }
    methods
        .into_iter()
        .fold(OpenApiRouter::new(), |router, (path, method)| {
            router.route(&path, method)
        })
}

/// Both tables in the API's document.
pub(crate) fn describe(document: &mut OpenApi) {
    let mut schemas = Vec::new();
    command::schemas(&mut schemas);
    <Described<Record> as ToSchema>::schemas(&mut schemas);
    <Described<protocol::Notice> as ToSchema>::schemas(&mut schemas);
    let components = document.components.get_or_insert_default();
    for (name, schema) in schemas {
        components.schemas.entry(name).or_insert(schema);
    }
    // What the venue draws, no client says.
    if let Some(RefOr::T(Schema::Object(enter))) = components.schemas.get_mut(command::schema_name(Op::EnterLot)) {
        enter.properties.remove(DRAW);
        enter.required.retain(|field| field != DRAW);
    }
    let signature = || SecurityRequirement::new("signature", Vec::<String>::new());
    for &(path, tag, op) in COMMANDS {
        let client_id = ObjectBuilder::new().property(
            "client_id",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("The client's name for the command, 1 to 64 characters.")),
        );
        let body = AllOfBuilder::new()
            .item(Ref::from_schema_name(command::schema_name(op)))
            .item(client_id)
            .build();
        let operation = OperationBuilder::new()
            .operation_id(Some(op.name()))
            .tag(tag)
            .summary(Some(op.meaning()))
            .security(signature())
            .request_body(Some(
                RequestBodyBuilder::new()
                    .content("application/json", Content::new(Some(RefOr::T(body.into()))))
                    .required(Some(Required::True))
                    .build(),
            ))
            .responses(responses::<CommandResponses>());
        put(document, path, HttpMethod::Post, operation);
    }
    for resource in RESOURCES {
        let path = format!("/v1/{}", resource.name);
        let read = |what: &str| {
            OperationBuilder::new()
                .tag("registry")
                .summary(Some(format!("{what} of `{}` that the caller may read", resource.name)))
                .security(signature())
        };
        let with_answer = |operation: OperationBuilder, schema: RefOr<Schema>| {
            let mut responses = responses::<ReadProblems>();
            let found = ResponseBuilder::new()
                .description("What was found")
                .content("application/json", Content::new(Some(schema)));
            responses.responses.insert("200".into(), found.build().into());
            operation.responses(responses)
        };
        let with_query = |mut operation: OperationBuilder, params: Vec<utoipa::openapi::path::Parameter>| {
            for parameter in params {
                operation = operation.parameter(parameter);
            }
            operation
        };
        let which = Which::into_params(|| Some(ParameterIn::Query));
        let list = with_answer(with_query(read("The records"), which), listed());
        put(document, &path, HttpMethod::Get, list);
        if resource.numbered {
            let id = || {
                ParameterBuilder::new()
                    .name("id")
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)))
                    .build()
            };
            let query = || {
                let mut params = Fresh::into_params(|| Some(ParameterIn::Query));
                params.push(id());
                params
            };
            let now = with_answer(with_query(read("The record"), query()), view());
            put(document, &format!("{path}/{{id}}"), HttpMethod::Get, now);
            let ever = with_answer(with_query(read("Every version"), query()), listed());
            put(document, &format!("{path}/{{id}}/history"), HttpMethod::Get, ever);
        }
    }
}

/// The schema of a [`View`].
fn view() -> RefOr<Schema> {
    let at = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Since when it is so: RFC 3339, UTC, nine decimals."));
    let either = OneOfBuilder::new()
        .item(Ref::from_schema_name(<Described<Record> as ToSchema>::name()))
        .item(Ref::from_schema_name(<Described<protocol::Notice> as ToSchema>::name()));
    let at = ObjectBuilder::new().property("at", at).required("at");
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

fn responses<T: IntoResponses>() -> Responses {
    ResponsesBuilder::new().responses_from_into_responses::<T>().build()
}

fn put(document: &mut OpenApi, path: &str, method: HttpMethod, operation: OperationBuilder) {
    let item = PathItem::new(method, operation);
    match document.paths.paths.get_mut(path) {
        Some(known) => known.merge_operations(item),
        None => _ = document.paths.paths.insert(path.into(), item),
    }
}
