//! The responses that the API's document tells of: the refusals of a read, and the answer to a command with its
//! refusals. Statuses and codes are those of the one table.

use super::{
    done::Done,
    problem::{self, ProblemBody},
};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        Content, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
        response::{Responses, ResponsesBuilder},
        schema::{ObjectBuilder, Type},
    },
};

/// The statuses that a read can be refused with.
const READ: [u16; 9] = [400, 401, 403, 404, 408, 413, 415, 422, 429];
/// The statuses that a command can be refused with beside those.
const COMMAND: [u16; 1] = [409];
/// The statuses that are the server's fault, either way.
const SERVER: [u16; 2] = [500, 503];

/// The responses of this kind, for an operation of a table.
pub(crate) fn responses<T: IntoResponses>() -> Responses {
    ResponsesBuilder::new().responses_from_into_responses::<T>().build()
}

/// The refusals of a read.
pub(crate) struct ReadProblems;
/// The answer to a command, and its refusals.
pub(crate) struct CommandResponses;

type Answers = BTreeMap<String, RefOr<Response>>;

fn problems(statuses: impl IntoIterator<Item = u16>) -> Answers {
    let mut words: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for (code, status) in problem::codes() {
        words.entry(status).or_default().insert(code);
    }
    let response = |status: u16| {
        let codes: Vec<_> = words.get(&status).into_iter().flatten().copied().collect();
        let schema = Ref::from_schema_name(ProblemBody::name());
        let mut response = ResponseBuilder::new()
            .description(codes.join(", "))
            .content("application/problem+json", Content::new(Some(RefOr::Ref(schema))));
        if matches!(status, 429 | 503) {
            response = response.header("Retry-After", number("Seconds until it is worth trying again"));
        }
        (status.to_string(), rated(response).into())
    };
    statuses.into_iter().map(response).collect()
}

fn number(words: &str) -> utoipa::openapi::header::Header {
    let schema: Schema = ObjectBuilder::new().schema_type(Type::Integer).into();
    HeaderBuilder::new()
        .schema(Some(schema))
        .description(Some(words))
        .build()
}

fn rated(response: ResponseBuilder) -> Response {
    response
        .header("RateLimit-Limit", number("The most points that can be saved up"))
        .header("RateLimit-Remaining", number("The points that are left"))
        .header("RateLimit-Reset", number("Seconds until all points are back"))
        .build()
}

impl IntoResponses for ReadProblems {
    fn responses() -> Answers {
        problems(READ.into_iter().chain(SERVER))
    }
}

impl IntoResponses for CommandResponses {
    fn responses() -> Answers {
        let mut all = problems(READ.into_iter().chain(COMMAND).chain(SERVER));
        let schema = RefOr::Ref(Ref::from_schema_name(Done::name()));
        let done = ResponseBuilder::new()
            .description("Done, and durable")
            .content("application/json", Content::new(Some(schema)));
        all.insert("200".into(), rated(done).into());
        all
    }
}
