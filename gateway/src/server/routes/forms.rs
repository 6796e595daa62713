//! The forms of a statement: JSON as every record, a table, or a page to be printed. Its readers are those of the record.

use super::{page::json, sight::View};
use crate::server::said::statement;
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use market_data::records::{Kind, Told, Version};
use protocol::Record;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// In which form a statement is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    Json,
    Csv,
    Html,
}

/// How fresh, and in which form.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct InForm {
    /// Waits until the view shows this command. Needs a signature, as commands' places are nobody else's business.
    pub(super) min_seq: Option<u64>,
    /// `json`, `csv` or `html`; none: the first of them that the header `Accept` names, else `json`.
    #[param(inline)]
    format: Option<Form>,
}

/// Whether a record of this kind is a statement.
pub(super) fn are_statements(kind: Kind) -> bool {
    kind == Kind::Distribution
}

impl Form {
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Html];

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Html => "text/html",
        }
    }

    /// The first form that is named as acceptable.
    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::ACCEPT).iter();
        let mut ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        ranges.find_map(|range| {
            let name = range.split(';').next().unwrap_or_default().trim();
            Self::ALL
                .into_iter()
                .find(|form| form.media_type().eq_ignore_ascii_case(name))
        })
    }
}

impl InForm {
    pub(super) fn form(&self, headers: &HeaderMap) -> Form {
        self.format.or_else(|| Form::accepted(headers)).unwrap_or(Form::Json)
    }
}

/// What was read, in this form; what is no statement, as JSON.
pub(super) fn said(form: Form, version: &Version, view: &View) -> Response {
    let text = match (&version.told, form) {
        (Told::Record(Record::Distribution(paid)), Form::Csv) => statement::table(paid),
        (Told::Record(Record::Distribution(paid)), Form::Html) => statement::page(paid, version.at).into_bytes(),
        _ => return ([(header::VARY, "accept")], json(view)).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, format!("{}; charset=utf-8", form.media_type())),
        (header::VARY, "accept".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // Whatever somebody's text were to become, nothing of it runs.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'".to_owned(),
        ),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_is_named_is_said() {
        let accepted = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, text.parse().unwrap())]);
            InForm::default().form(&headers)
        };
        for (accept, form) in [
            ("*/*", Form::Json),
            ("text/csv", Form::Csv),
            ("TEXT/CSV; charset=utf-8, text/html", Form::Csv),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Form::Html),
            ("image/png", Form::Json),
        ] {
            assert_eq!(accepted(accept), form, "{accept}");
        }
        let asked = InForm {
            format: Some(Form::Html),
            ..InForm::default()
        };
        let headers = HeaderMap::from_iter([(header::ACCEPT, "text/csv".parse().unwrap())]);
        assert_eq!(asked.form(&headers), Form::Html, "what the address says comes first");
    }
}
