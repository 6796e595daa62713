//! What all reads share: where in a list, how much of it and how fresh; and the page that is given back.

use crate::{
    json::{At as _, InputCode, InputError, Object},
    server::{
        core::{call::Call, state::State},
        said::problem::{Fault, Problem},
    },
};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The most entries of one page.
pub(crate) const PAGE_MAX: usize = 1_000;
const PAGE_DEFAULT: usize = 100;
/// The most entries that are looked at for one page, where some are not the caller's to see.
pub(crate) const SCAN_MAX: usize = 20_000;

/// Where in a list, how much of it, and how fresh.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// The `next` of the page before; none for the first.
    pub(crate) cursor: Option<String>,
    /// The most entries, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub(crate) limit: Option<usize>,
    /// Waits until the view shows this command. Needs a signature, as commands' places are nobody else's business.
    pub(crate) min_seq: Option<u64>,
}

/// How fresh.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Fresh {
    /// Waits until the view shows this command. Needs a signature, as commands' places are nobody else's business.
    pub(crate) min_seq: Option<u64>,
}

/// The client's name for a command whose address says all else, in the query.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClientIdQuery {
    /// The client's name for the command. The body may have it instead, as every other command's does.
    #[param(
        required = true,
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$",
        example = "client-1"
    )]
    client_id: Option<String>,
}

/// The same in the body, where every other command has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientIdBody {
    client_id: Option<String>,
}

impl ClientIdQuery {
    /// The name as the query or the body has it; both may, if they agree.
    pub(crate) fn or_of(self, body: &[u8]) -> Result<String, Problem> {
        let in_body = match body {
            [] => None,
            bytes => Object::read(bytes)?.into_dto::<ClientIdBody>()?.client_id,
        };
        let wrong = |code, note| Err(InputError::new(code, note)).at("client_id").map_err(Problem::from);
        match (self.client_id, in_body) {
            (Some(query), Some(body)) if query != body => wrong(
                InputCode::ConflictingFields,
                "the query and the body have another one each",
            ),
            (Some(client_id), _) | (None, Some(client_id)) => Ok(client_id),
            (None, None) => wrong(InputCode::MissingField, "in the body, or in the query as ?client_id=…"),
        }
    }
}

impl Page {
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            None => Ok(PAGE_DEFAULT),
            Some(limit @ 1..=PAGE_MAX) => Ok(limit),
            Some(_) => {
                let hint = format!("1 to {PAGE_MAX}");
                Err(Problem::from(Fault::QueryInvalid).at_field("limit").hint(hint))
            }
        }
    }

    /// The number that the cursor holds.
    pub(crate) fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let parse = |cursor: &String| {
            cursor
                .parse()
                .map_err(|_| Problem::from(Fault::QueryInvalid).at_field("cursor"))
        };
        self.cursor.as_ref().map(parse).transpose()
    }
}

/// Waits for `min_seq`, if the caller may know of such.
pub(crate) async fn fresh(state: &State, call: &Call, min_seq: Option<u64>) -> Result<(), Problem> {
    if min_seq.is_some() {
        call.caller.known().map_err(|problem| problem.at_field("min_seq"))?;
    }
    state.wait_for(min_seq).await
}

/// A page of a list. A page may hold fewer entries than asked for, even none; the list ends where `next` is `null`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// The `cursor` of the next page; `null` at the end.
    pub(crate) next: Option<String>,
}

impl<T> Listed<T> {
    /// A page made of up to `limit + 1` entries: the one too many tells that there are more.
    pub(crate) fn of<U>(
        mut found: Vec<U>,
        limit: usize,
        cursor: impl Fn(&U) -> String,
        render: impl FnMut(U) -> T,
    ) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(cursor);
        Self {
            items: found.into_iter().map(render).collect(),
            next,
        }
    }

    /// A page of what `sees` lets through, out of a list that `page` gives by number.
    pub(crate) fn sieved<U>(
        after: Option<u32>,
        limit: usize,
        page: impl Fn(Option<u32>, usize) -> Vec<U>,
        number: impl Fn(&U) -> u32,
        sees: impl Fn(&U) -> bool,
        mut render: impl FnMut(U) -> T,
    ) -> Self {
        let (mut after, mut items, mut scanned) = (after, Vec::new(), 0);
        loop {
            let found = page(after, PAGE_MAX);
            let last = found.len() < PAGE_MAX;
            for entry in found {
                if items.len() == limit || scanned == SCAN_MAX {
                    return Self {
                        items,
                        next: after.map(|after| after.to_string()),
                    };
                }
                scanned += 1;
                after = Some(number(&entry));
                if sees(&entry) {
                    items.push(render(entry));
                }
            }
            if last {
                return Self { items, next: None };
            }
        }
    }
}

/// What was read.
pub(crate) fn json(body: &impl Serialize) -> Response {
    axum::Json(body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_list_once_and_end() {
        let all: Vec<u32> = (1..=2_500).collect();
        let page = |after: Option<u32>, limit: usize| -> Vec<u32> {
            all.iter()
                .copied()
                .filter(|&n| after.is_none_or(|after| n > after))
                .take(limit)
                .collect()
        };
        for limit in [1, 7, 999, 1_000, 3_000] {
            let (mut cursor, mut seen, mut pages) = (None, Vec::new(), 0);
            loop {
                let listed = Listed::sieved(cursor, limit, page, |&n| n, |n| n % 2 == 0, |n| n);
                assert!(listed.items.len() <= limit);
                seen.extend(listed.items);
                pages += 1;
                match listed.next {
                    Some(next) => cursor = Some(next.parse().unwrap()),
                    None => break,
                }
            }
            assert_eq!(
                seen,
                (1..=1_250).map(|n| n * 2).collect::<Vec<_>>(),
                "limit {limit}, {pages} pages"
            );
        }
        let listed = Listed::of(vec![1, 2, 3], 2, ToString::to_string, |n| n);
        assert_eq!((listed.items, listed.next), (vec![1, 2], Some("2".to_owned())));
        let listed = Listed::of(vec![1, 2], 2, ToString::to_string, |n| n);
        assert_eq!((listed.items, listed.next), (vec![1, 2], None));
    }
}
