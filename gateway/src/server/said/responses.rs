//! The responses that the API's document tells of: what a command is answered, and how anything can be refused. The
//! refusals stand in the document once, with the codes that the door itself may give, and of the rules that any command
//! can break; which others an operation can break it says itself, by their codes. Statuses and codes are those of the one
//! table.

use super::{
    done::Done,
    problem::{self, Fault, ProblemBody, reject_status},
};
use crate::json::InputCode;
use protocol::{command::Op, refusals::OF_ANY_COMMAND};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        Content, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
        extensions::Extensions,
        response::{Responses, ResponsesBuilder},
        schema::{ObjectBuilder, Type},
    },
};

/// The member of an operation, and of a refusal, that lists the codes that it can give.
pub(crate) const CODES: &str = "x-codes";

/// The member of a command that says which member each of its codes is about: what a refusal says as `field`.
pub(crate) const ABOUT: &str = "x-fields";

/// The responses of this kind, for an operation of a table.
pub(crate) fn responses<T: IntoResponses>() -> Responses {
    ResponsesBuilder::new().responses_from_into_responses::<T>().build()
}

/// The refusals of a read.
pub(crate) struct ReadProblems;
/// The refusals of what is done and is no command: nothing of it is in the journal.
pub(crate) struct ActProblems;
/// The answer to a command, and its refusals.
pub(crate) struct CommandResponses;

type Answers = BTreeMap<String, RefOr<Response>>;

/// The names in the document of the answer to a command, and of the refusals: the asker's fault, or not.
const DONE: &str = "Done";
/// The name in the document of the answer to who has it already.
const UNCHANGED: &str = "Unchanged";
const REFUSED: [(&str, &str, u16); 2] = [("4XX", "Refused", 4), ("5XX", "NotDone", 5)];

/// The responses that operations share, by their names: the answer to a command, and to who has it already; and the refusals, with the codes that
/// the door itself may give to anything that is asked.
pub(crate) fn shared() -> impl Iterator<Item = (String, Response)> {
    let schema = RefOr::Ref(Ref::from_schema_name(Done::name()));
    let done = ResponseBuilder::new()
        .description("Done, and durable. 已执行并落盘。")
        .content("application/json", Content::new(Some(schema)));
    let refused = REFUSED.into_iter().map(|(_, name, hundreds)| {
        let faults = Fault::ALL
            .iter()
            .map(|fault| (fault.status(), fault.code(), fault.english()));
        let inputs = InputCode::ALL
            .iter()
            .map(|&code| (problem::input_status(code), code.code(), code.english()));
        let of_these = faults.chain(inputs).filter(|(status, ..)| status / 100 == hundreds);
        let of_any = OF_ANY_COMMAND
            .iter()
            .map(|&rule| (reject_status(rule), rule.code(), rule.english()))
            .filter(|(status, ..)| status / 100 == hundreds);
        let codes: BTreeMap<_, _> = of_these
            .chain(of_any)
            .map(|(status, code, english)| (code, (status, english)))
            .collect();
        let told = codes
            .iter()
            .map(|(code, (status, english))| format!("- `{code}` ({status}): {english}"));
        let told: Vec<_> = told.collect();
        let schema = Ref::from_schema_name(ProblemBody::name());
        let response = ResponseBuilder::new()
            .description(format!(
                "Refused, and nothing was done: for a rule that the operation names in its `{CODES}`, or\n{}",
                told.join("\n")
            ))
            .extensions(Some(listed(codes.into_keys())))
            .header(
                "Retry-After",
                number("Of 429 and 503: seconds until it is worth trying again"),
            )
            .content("application/problem+json", Content::new(Some(RefOr::Ref(schema))));
        (name.to_owned(), rated(response).build())
    });
    let unchanged = ResponseBuilder::new()
        .description("It is what the tag in `If-None-Match` is of. 与 `If-None-Match` 所示一致，未有变化。")
        .header(
            "ETag",
            HeaderBuilder::new()
                .schema(Some(Schema::from(ObjectBuilder::new().schema_type(Type::String))))
                .description(Some("The tag of what is so; a 200 of 1,024 bytes or more has one, too"))
                .build(),
        );
    refused.chain(
        [(DONE, done), (UNCHANGED, unchanged)].map(|(name, response)| (name.to_owned(), rated(response).build())),
    )
}

/// The codes of the rules that a command can break.
pub(crate) fn codes_of(op: Op) -> Vec<&'static str> {
    op.refusals().iter().map(|reject| reject.code()).collect()
}

/// The members of a command that the rules it can break are about, by code: its codes that are not named here are about
/// none, or about several.
pub(crate) fn fields_of(op: Op) -> BTreeMap<&'static str, String> {
    let of_any = OF_ANY_COMMAND.iter().chain(op.refusals());
    of_any
        .filter_map(|&rule| Some((rule.code(), op.field(rule)?)))
        .collect()
}

/// The codes of a command, and the members that they are about, as its members.
pub(crate) fn of_command(op: Op) -> Extensions {
    let codes: BTreeSet<_> = codes_of(op).into_iter().collect();
    Extensions::builder()
        .add(CODES, codes.into_iter().collect::<Vec<_>>())
        .add(ABOUT, serde_json::json!(fields_of(op)))
        .build()
}

/// The codes of an operation, as its member.
pub(crate) fn listed<'c>(codes: impl IntoIterator<Item = &'c str>) -> Extensions {
    let codes: BTreeSet<_> = codes.into_iter().collect();
    Extensions::builder()
        .add(CODES, codes.into_iter().collect::<Vec<_>>())
        .build()
}

fn problems() -> Answers {
    let refusal = |(statuses, name, _): (&str, &str, u16)| (statuses.to_owned(), Ref::from_response_name(name).into());
    REFUSED.into_iter().map(refusal).collect()
}

fn number(words: &str) -> utoipa::openapi::header::Header {
    let schema: Schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into();
    HeaderBuilder::new()
        .schema(Some(schema))
        .description(Some(words))
        .build()
}

fn rated(response: ResponseBuilder) -> ResponseBuilder {
    response
        .header("RateLimit-Limit", number("The most points that can be saved up"))
        .header("RateLimit-Remaining", number("The points that are left"))
        .header("RateLimit-Reset", number("Seconds until all points are back"))
}

impl IntoResponses for ReadProblems {
    fn responses() -> Answers {
        let mut all = problems();
        all.insert("304".into(), Ref::from_response_name(UNCHANGED).into());
        all
    }
}

impl IntoResponses for ActProblems {
    fn responses() -> Answers {
        problems()
    }
}

impl IntoResponses for CommandResponses {
    fn responses() -> Answers {
        let mut all = problems();
        all.insert("200".into(), Ref::from_response_name(DONE).into());
        all
    }
}
