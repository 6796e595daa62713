//! The page: its files as they were built, and its index at the address of each screen. The router in the browser shows the
//! screen; an address of none is no page, and answers as every unknown address does.
//!
//! What always holds: no script and no style runs that is not a file of this build; nobody frames the page; what has its
//! content's hash in its name is kept for a year, and the index is asked for each time.

use crate::server::{
    core::state::State,
    said::problem::{Fault, Problem},
};
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use std::sync::LazyLock;
use ui::{File, Page, WITHOUT};

/// The addresses of the page's screens: those of `web/src/shell/routes.ts`.
pub const SCREENS: [&str; 39] = [
    "/",
    "/floor/{symbol}",
    "/auctions",
    "/auctions/{lot}",
    "/transfers",
    "/transfers/{id}",
    "/licences",
    "/rights/{id}",
    "/desk",
    "/desk/acts",
    "/desk/acts/{op}",
    "/desk/records/{list}",
    "/desk/records/{list}/{id}",
    "/desk/deals/{id}",
    "/desk/licences/{id}",
    "/desk/loans/{id}",
    "/desk/pledges/{id}",
    "/desk/consents",
    "/desk/cases/{id}",
    "/desk/reverse/{id}",
    "/desk/claims/{id}",
    "/desk/jobs/{id}",
    "/desk/approvals",
    "/desk/approvals/{id}",
    "/desk/halts",
    "/desk/reads",
    "/desk/rights",
    "/desk/office",
    "/desk/verify",
    "/desk/venue",
    "/desk/audit",
    "/account",
    "/account/{part}",
    "/verify",
    "/verify/{lot}",
    "/rules",
    "/docs",
    "/docs/{page}",
    "/sign-in",
];

/// Scripts, styles and pictures of this build alone; connections to this venue alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

static PAGE: LazyLock<Option<Page>> = LazyLock::new(ui::page);

/// The routes of the page.
pub(crate) fn routes() -> Router<State> {
    let screens = SCREENS
        .iter()
        .fold(Router::new(), |router, screen| router.route(screen, get(index)));
    screens.route("/assets/{*path}", get(asset))
}

async fn index(headers: HeaderMap) -> Response {
    match &*PAGE {
        Some(page) => formed(page.index, &headers, HeaderValue::from_static("no-cache")),
        None => without(),
    }
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let file = PAGE.as_ref().and_then(|page| page.file(&format!("/assets/{path}")));
    match file {
        Some(file) => formed(
            file,
            &headers,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        None => Problem::from(Fault::NotFound).into_response(),
    }
}

/// A file in the form that its reader likes best.
fn formed(file: &'static File, headers: &HeaderMap, keep: HeaderValue) -> Response {
    let tag = HeaderValue::try_from(format!("W/\"{}\"", file.digest)).expect("hex in quotes");
    let (coding, bytes) = best(file, headers);
    let unchanged = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|has| has.trim() == "*" || has.trim().trim_start_matches("W/").trim_matches('"') == file.digest);
    let mut answer = Response::new(if unchanged { Body::empty() } else { bytes.into() });
    let put = answer.headers_mut();
    put.insert(header::ETAG, tag);
    put.insert(header::CACHE_CONTROL, keep);
    put.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    guard(put);
    if unchanged {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    put.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    if let Some(coding) = coding {
        put.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    answer
}

/// The smallest form that is taken.
fn best(file: &'static File, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let taken = |coding: &str| {
        headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .any(|one| {
                let (name, weight) = one.split_once(';').unwrap_or((one, "q=1"));
                let none = weight
                    .trim()
                    .strip_prefix("q=")
                    .is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
                name.trim().eq_ignore_ascii_case(coding) && !none
            })
    };
    for (coding, form) in [("br", file.brotli), ("gzip", file.gzip)] {
        if let Some(bytes) = form.filter(|_| taken(coding)) {
            return (Some(coding), bytes);
        }
    }
    (None, file.plain)
}

/// What a browser is told of the page beside its bytes.
fn guard(headers: &mut HeaderMap) {
    let told: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in told {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Built without Node: the exchange runs, and says why there is no page.
fn without() -> Response {
    let text = format!(
        "本程序构建时未包含页面：安装 Node 20.19 或更高版本后重新构建。接口不受影响，见 /api。\n\
         This program was built without its page: install Node 20.19 or later and build again. The API is not affected: see /api.\n\
         {}\n",
        WITHOUT.lines().next().unwrap_or_default()
    );
    let mut answer = (
        StatusCode::SERVICE_UNAVAILABLE,
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
        .into_response();
    guard(answer.headers_mut());
    answer
}
