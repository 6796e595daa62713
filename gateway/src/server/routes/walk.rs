//! How a list of the history is walked: between two moments, from the oldest or the newest, page by page.

use super::page::{Listed, PAGE_MAX};
use crate::{
    json::scalar::read_time,
    server::said::problem::{Fault, Problem},
};
use history::{Page, Window};
use protocol::Timestamp;

/// A query with these members, and those that every list of the history takes.
macro_rules! walk {
    ($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $member:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($(#[$of])* $member: $type,)*
            /// From this moment on (RFC 3339, UTC).
            #[param(example = "2026-03-02T02:00:00Z")]
            since: Option<String>,
            /// Before this moment (RFC 3339, UTC).
            #[param(example = "2026-03-03T02:00:00Z")]
            until: Option<String>,
            /// Whether the newest come first.
            #[param(default = false)]
            newest_first: Option<bool>,
            /// The `next` of the page before; none for the first.
            cursor: Option<String>,
            /// The most entries, 1 to 1000.
            #[param(minimum = 1, maximum = 1000, default = 100)]
            limit: Option<usize>,
            /// Waits until the view shows this command. Needs a signature, as commands' places are nobody else's business.
            min_seq: Option<u64>,
        }

        impl $name {
            /// What of the list is meant.
            fn window(&self) -> Result<history::Window, $crate::server::said::problem::Problem> {
                $crate::server::routes::walk::window(
                    [self.since.as_deref(), self.until.as_deref()],
                    self.newest_first,
                    self.cursor.as_deref(),
                    self.limit,
                )
            }
        }
    };
}

pub(super) use walk;

/// A part of a list.
pub(super) fn window(
    [since, until]: [Option<&str>; 2],
    newest_first: Option<bool>,
    cursor: Option<&str>,
    limit: Option<usize>,
) -> Result<Window, Problem> {
    let wrong = |field| Problem::from(Fault::QueryInvalid).at_field(field);
    let whole = Window::default();
    let limit = limit.unwrap_or(whole.limit);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(wrong("limit").hint(format!("1 to {PAGE_MAX}")));
    }
    let cursor = cursor
        .map(|text| text.parse().map_err(|_| wrong("cursor")))
        .transpose()?;
    Ok(Window {
        since: moment("since", since)?,
        until: moment("until", until)?,
        newest_first: newest_first.unwrap_or(false),
        cursor,
        limit,
    })
}

fn moment(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let read = |text| read_time(text).map_err(|error| Problem::from(error).at_field(field));
    text.map(read).transpose()
}

/// A page as the history gives it; what can't be told is left out.
pub(super) fn listed<U, T>(page: Page<U>, render: impl FnMut(U) -> Option<T>) -> Listed<T> {
    Listed {
        items: page.entries.into_iter().filter_map(render).collect(),
        next: page.next.map(|next| next.to_string()),
    }
}
