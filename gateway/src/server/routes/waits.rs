//! What waits for the caller: for its house by its own business, and for its office, the earliest deadline first
//! (decision 0067).
//!
//! What always holds: an entry is shown to whom its record shows, and to nobody else; one of an office's own work is shown
//! to that office though its record is others', says no more than what it takes to find it, and is no read of it: so a desk
//! may ask as often as it likes, and nothing is journaled.

use super::{
    page::{Listed, Page, fresh, json},
    records::{resource_of, word_of},
    sight::{Sight, reader},
};
use crate::{
    json::{Described, scalar::write_time, shapes},
    server::{
        core::{
            call::{Call, Params},
            caller::{Caller, UserCaller},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::{
    records::{Key, Kind, Told, Version},
    waits::{Does, Party, Place, Until, Wait, Who},
};
use protocol::{Amount, AssetId, Date, EntityId, Record, Timestamp, UserId, control::EntityFacts, party::Roles};
use serde::Serialize;
use serde_json::json as value;
use std::sync::Arc;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};

type AmountJson = Described<Amount>;

/// How many entries are looked at under one lock.
const CHUNK: usize = 1_000;

/// Who may decide for a house.
const DECIDES: Roles = Roles::TRADER
    .with(Roles::BANK)
    .with(Roles::FIRM)
    .with(Roles::INVESTOR)
    .with(Roles::FUND)
    .with(Roles::GUARANTOR)
    .with(Roles::INSURER)
    .with(Roles::OPERATOR);

/// Something that waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    kind: WaitWord,
    record: WaitRecord,
    /// The commands that answer it, by their `op`. Empty where it is done outside, and the venue records it.
    operations: Vec<&'static str>,
    /// The last day on which it is in time, to its end by the venue's calendar; null where no deadline of days runs.
    #[schema(value_type = Option<shapes::Date>)]
    until_on: Option<Date>,
    /// The last moment at which it is in time; null where no deadline to the moment runs.
    #[schema(value_type = Option<shapes::Timestamp>)]
    until_at: Option<String>,
    /// Whether that has passed. What it was for may still be done, if the command says so.
    is_late: bool,
    /// The rights that it is about, as far as the caller may know them.
    #[schema(value_type = Vec<u32>)]
    asset_ids: Vec<AssetId>,
    /// What is at stake, where a record tells it: a price, what is owed, a penalty.
    stake: Option<AmountJson>,
    /// Since when it waits.
    #[schema(value_type = shapes::Timestamp)]
    since: String,
}

/// The record that something is about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitRecord {
    /// Its kind: the name of the member that tells it.
    kind: &'static str,
    /// Its number, or where it has none of its own that of what it stands in: a lot, a sale, a loan, a case.
    id: Option<u64>,
    /// Where it is read: the record itself where it has a number of its own, else the list in which it stands.
    address: String,
}

/// What is to be done, as a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitWord(Does);

impl Serialize for WaitWord {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.word())
    }
}

impl PartialSchema for WaitWord {
    fn schema() -> RefOr<Schema> {
        let words = Does::ALL.iter().map(|does| does.word());
        let titles = Does::ALL.iter().map(|does| {
            let (zh, en) = does.titles();
            (does.word().to_owned(), value!({ "zh": zh, "en": en }))
        });
        let titles: serde_json::Map<_, _> = titles.collect();
        let extensions = utoipa::openapi::extensions::Extensions::builder().add("x-titles", titles);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "What is to be done: one of a list that only grows. `x-titles` says what a page calls each.",
            ))
            .enum_values(Some(words))
            .extensions(Some(extensions.build()))
            .into()
    }
}

impl ToSchema for WaitWord {}

/// What waits for the caller's house, and for its office: the earliest deadline first, then what has none.
#[utoipa::path(
    get, path = "/v1/waits", operation_id = "list_waits", tag = "registry", params(Page),
    extensions(("x-chinese" = json!("待调用方（所属主体，及其职责）办理的事项，按期限先后排列，无期限者列后。"))),
    responses((status = 200, description = "Some of it", body = Listed<Waiting>), ReadProblems),
    security(("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(page): Params<Page>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?.clone();
    let limit = page.limit()?;
    let mut after = page.cursor.as_deref().map(read_place).transpose()?;
    fresh(&state, &call, page.min_seq).await?;
    let now = state.now();
    let today = now.venue_date();
    let parties = parties(&caller);
    let mut found = Vec::new();
    // One too many tells that there are more: what the caller may not see leaves no trace in `next`.
    'all: loop {
        let chunk = state.market.waits().page(&parties, after, CHUNK, today);
        let last = chunk.len() < CHUNK;
        for wait in chunk {
            after = Some(wait.place());
            let Some(version) = seen(&state, &call.caller, &caller, &wait, today) else {
                continue;
            };
            found.push((wait, version));
            if found.len() > limit {
                break 'all;
            }
        }
        if last {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(json(&Listed::of(
        found,
        limit,
        |(wait, _)| write_place(wait.place()),
        |(wait, version)| render(&wait, &version, now),
    )))
}

/// For whom the caller acts.
fn parties(caller: &UserCaller) -> Vec<Party> {
    let office = |role, party| caller.roles.has_any(role).then_some(party);
    let offices = [
        office(Roles::OPERATOR, Party::Operators),
        office(Roles::COURT, Party::Courts),
    ];
    let own = Party::House(caller.entity);
    [own].into_iter().chain(offices.into_iter().flatten()).collect()
}

/// The record of an entry, if the caller may see that.
fn seen(state: &State, caller: &Caller, key: &UserCaller, wait: &Wait, today: Date) -> Option<Arc<Version>> {
    let version = state.market.records().get_for(wait.record, reader(caller)).cloned()?;
    let shown = match resource_of(wait.record.kind).sight(state, caller, &version) {
        Sight::Own => true,
        // Its own work: what the office needs to find it is no read of the record.
        Sight::Others(_) => matches!(wait.party, Party::Operators | Party::Courts),
        Sight::None => false,
    };
    let concerned = match wait.who {
        Who::Anyone => true,
        Who::Only(user) => key.user == user,
        Who::Having(roles) => key.roles.has_any(roles),
        Who::Second(by) => may_be_second(state, key, wait.party, by, today),
    };
    (shown && concerned).then_some(version)
}

/// Whether the caller may decide on what this user of its house proposed: any other person of it, or of those whom it named
/// and their deputies.
fn may_be_second(state: &State, caller: &UserCaller, party: Party, by: UserId, today: Date) -> bool {
    if caller.user == by || !caller.roles.has_any(DECIDES) {
        return false;
    }
    let Party::House(house) = party else { return true };
    let Some(facts) = facts(state, house).filter(|facts| !facts.approvers.is_empty()) else {
        return true;
    };
    let stands_in = facts.deputies.iter().any(|one| {
        one.deputy.user == caller.user && one.of != by && (one.deputy.from..=one.deputy.until).contains(&today)
    });
    facts.approvers.contains(&caller.user) || stands_in
}

fn facts(state: &State, house: EntityId) -> Option<EntityFacts> {
    let key = Key::new(Kind::Entity, house.0.into());
    match &state.market.records().get(key)?.told {
        Told::Record(Record::Entity(facts)) => Some(facts.clone()),
        _ => None,
    }
}

fn render(wait: &Wait, version: &Version, now: Timestamp) -> Waiting {
    let resource = resource_of(wait.record.kind);
    let id = (wait.record.kind != Kind::Consumption).then_some(wait.record.numbers[0]);
    let address = match id.filter(|_| resource.numbered) {
        Some(id) => format!("/v1/{}/{id}", resource.name),
        None => format!("/v1/{}", resource.name),
    };
    let (until_on, until_at) = match wait.until {
        Some(Until::On(day)) => (Some(day), None),
        Some(Until::At(at)) => (None, Some(write_time(at))),
        None => (None, None),
    };
    let assets = if wait.assets.is_empty() {
        version.assets().into_owned()
    } else {
        wait.assets.clone()
    };
    Waiting {
        kind: WaitWord(wait.does),
        record: WaitRecord {
            kind: word_of(wait.record.kind),
            id,
            address,
        },
        operations: wait.does.operations().iter().map(|op| op.name()).collect(),
        until_on,
        until_at,
        is_late: wait.is_late(now),
        asset_ids: assets,
        stake: wait.stake.map(Described),
        since: write_time(wait.since),
    }
}

/// A place as a cursor: its numbers.
fn write_place(place: Place) -> String {
    let [first, second, third, fourth] = place.numbers;
    let (late, kind, does) = (place.late_at.0, place.kind, place.does);
    format!("{late}.{kind}.{first}.{second}.{third}.{fourth}.{does}")
}

fn read_place(text: &str) -> Result<Place, Problem> {
    let wrong = || Problem::from(Fault::QueryInvalid).at_field("cursor");
    let numbers = text.split('.').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>();
    let numbers: [u64; 7] = numbers
        .ok()
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(wrong)?;
    let [late, kind, first, second, third, fourth, does] = numbers;
    Ok(Place {
        late_at: Timestamp(late),
        kind: u8::try_from(kind).map_err(|_| wrong())?,
        numbers: [first, second, third, fourth],
        does: u8::try_from(does).map_err(|_| wrong())?,
    })
}
