//! The change feed: every record and notice that the caller may know, as it came to be so, numbered for the caller.
//!
//! What always holds: who polls it from 0 and keeps the last of each record has what the lists of all records show; it
//! shows no more than they do, and its numbers tell of nothing else.

use super::{
    page::{PAGE_MAX, fresh, json},
    reading,
    sight::{View, members, reader_of, render, tells_of_reading},
};
use crate::{
    json::{described, scalar::write_time, shapes},
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
use history::{Change, Changed, Reader};
use market_data::records::{Key, Kind, Told};
use protocol::{EntityId, Readers, Record};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, Type},
    },
};

/// From where on.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangesQuery {
    /// The last number that the caller has, the `next` of the page before; none, or 0, for all.
    from: Option<u64>,
    /// The most entries, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Waits until the view shows this command. Needs a signature, as commands' places are nobody else's business.
    min_seq: Option<u64>,
}

/// A part of the change feed. It never ends: where `items` is empty, there is nothing new yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changes {
    /// The changes behind `from`, in order.
    items: Vec<Item>,
    /// The number to go on from.
    next: u64,
}

/// What becomes of what the caller has.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChangeWord)]
enum Word {
    /// It is new, or new to the caller.
    New,
    /// It takes the place of what has the same `kind` and `id`.
    Version,
    /// It is told once and never changes: it stands beside others of the same `kind` and `id`.
    Once,
    /// What has this `kind` and `id` is not the caller's to read any more.
    Gone,
}

/// A change.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    number: u64,
    kind: Cow<'static, str>,
    id: Cow<'static, str>,
    change: Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at: Option<String>,
    #[serde(flatten)]
    what: What,
}

impl Item {
    /// Its number for the caller.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "made, written and dropped")]
enum What {
    Is(View),
    Gone { at: String, gone: Gone },
}

/// What is gone, by its name.
#[derive(Debug, Serialize)]
struct Gone {
    kind: Cow<'static, str>,
    id: Cow<'static, str>,
}

impl PartialSchema for Item {
    fn schema() -> RefOr<Schema> {
        let text = |words: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(words));
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .description(Some("Its number for the caller: from 1, without a gap."));
        let name = ObjectBuilder::new()
            .property("kind", text("Its kind."))
            .required("kind")
            .property("id", text("What tells it from others of its kind."))
            .required("id")
            .description(Some("What is gone, in the place of the record."));
        let command =
            ObjectBuilder::new().description(Some("Of a proposal: the command, with its `op`, as it could be given."));
        let effects = ArrayBuilder::new()
            .items(ObjectBuilder::new().schema_type(Type::String))
            .description(Some("Of a proposal: what the command does."));
        let item = ObjectBuilder::new()
            .description(Some(
                "A change: beside its name the record as at its own resource, in the member of its kind, or `gone`.",
            ))
            .property("number", number)
            .required("number")
            .property("kind", text("What it is: the name of the member that tells it."))
            .required("kind")
            .property(
                "id",
                text("What tells it from others of its kind. To be compared, not to be read."),
            )
            .required("id")
            .property("change", Word::schema())
            .required("change")
            .property("at", shapes::Timestamp::schema())
            .required("at")
            .property("told_at", shapes::Timestamp::schema())
            .property("gone", name)
            .property("command", command)
            .property("effects", effects);
        let item = members().fold(item, |item, (word, _, shape)| {
            item.property(*word, described::schema(shape))
        });
        item.into()
    }
}

impl ToSchema for Item {
    fn name() -> Cow<'static, str> {
        "Change".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        members().for_each(|(_, _, shape)| described::collect(shape, schemas));
    }
}

/// What changed of all records and notices that the caller may know: who polls this alone, from 0 on, has what all
/// lists of records show. Nobody in particular is told notices; a participant what is its to read; the venue's staff
/// and regulators all that is not sealed. What a bidder alone may know comes with its lot's close.
#[utoipa::path(
    get, path = "/v1/changes", operation_id = "list_changes", tag = "registry", params(ChangesQuery),
    extensions(("x-chinese" = json!("调用方有权知悉的全部记录与公告的变更流：自0起连续轮询，即与各项列表一致；编号按调用方可见范围连续，竞买人独知的事项于竞价结束时给出。"))),
    responses((status = 200, description = "Some of them", body = Changes), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<ChangesQuery>,
) -> Result<Response, Problem> {
    let from = query.from.unwrap_or(0);
    let limit = query.limit.unwrap_or(100);
    if !(1..=PAGE_MAX).contains(&limit) {
        let hint = format!("1 to {PAGE_MAX}");
        return Err(Problem::from(Fault::QueryInvalid).at_field("limit").hint(hint));
    }
    fresh(&state, &call, query.min_seq).await?;
    let items = read(&state, &call, query.min_seq, (from, limit)).await?;
    let next = items.last().map_or(from, Item::number);
    Ok(json(&Changes { items, next }))
}

/// What changed behind a number, at most so much, as the caller may know it; with `min_seq`, once history shows that
/// command. Reads of others' records are noted.
pub(crate) async fn read(
    state: &State,
    call: &Call,
    min_seq: Option<u64>,
    (from, limit): (u64, usize),
) -> Result<Vec<Item>, Problem> {
    let reader = match &call.caller {
        Caller::Anonymous | Caller::Limited(_) => Reader::Nobody,
        Caller::User(_) => reader_of(call.caller.reader()?),
    };
    let changes = state
        .past(min_seq, move |history| history.changes(reader, from, limit))
        .await?;
    if let Caller::User(caller) = &call.caller {
        let owners: BTreeSet<_> = changes
            .iter()
            .flat_map(|change| owners(state, caller, change))
            .collect();
        reading::note(state, call, owners, "/v1/changes").await?;
    }
    Ok(changes
        .into_iter()
        .map(|change| item(state, &call.caller, change))
        .collect())
}

/// Whose record it is that the caller reads by its office.
fn owners(state: &State, caller: &UserCaller, change: &Change) -> Vec<EntityId> {
    let (Changed::New(history::Told::Record(record)) | Changed::Version(history::Told::Record(record))) = &change.what
    else {
        return Vec::new();
    };
    if change.readers.has(caller.entity) || tells_of_reading(record, caller) {
        return Vec::new();
    }
    match (record, &change.readers) {
        // An offer is its seller's, whoever may see it.
        (Record::Offer(offer), _) => {
            let records = state.market.records();
            let sale = records.get(Key::new(Kind::Transfer, offer.transfer.0));
            sale.map_or_else(Vec::new, |sale| sale.owners().to_vec())
        }
        (_, Readers::Only(entities)) => entities.clone(),
        (_, Readers::AllBut(_) | Readers::Sealed(_) | Readers::Apart(_)) => Vec::new(),
    }
}

fn item(state: &State, caller: &Caller, change: Change) -> Item {
    let Change {
        number,
        at,
        happened_at,
        name,
        readers,
        what,
    } = change;
    let (word, told) = match what {
        Changed::New(told) | Changed::Version(told) if told.is_told_once() => (Word::Once, Some(told)),
        Changed::New(told) => (Word::New, Some(told)),
        Changed::Version(told) => (Word::Version, Some(told)),
        Changed::Gone => (Word::Gone, None),
    };
    let own = matches!(caller, Caller::User(caller) if readers.has(caller.entity));
    let what = match told {
        Some(told) => {
            let told = match told {
                history::Told::Record(record) => Told::Record(record),
                history::Told::Notice(notice) => Told::Notice(notice),
            };
            What::Is(render(state, &told, happened_at, own, caller))
        }
        None => What::Gone {
            at: write_time(at),
            gone: Gone {
                kind: name.kind.clone(),
                id: name.id.clone(),
            },
        },
    };
    Item {
        number,
        kind: name.kind,
        id: name.id,
        change: word,
        told_at: (happened_at != at).then(|| write_time(at)),
        what,
    }
}
