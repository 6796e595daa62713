//! The cookie of a web session, and where a request with one has to come from.
//!
//! What always holds: a script never reads it, no other site sends it (SameSite=Strict), and what changes something by it
//! comes from a page of this venue, by what the browser itself says of that. Where there is TLS it goes over TLS alone and
//! nobody but this host sets it (the prefix `__Host-`, RFC 6265bis).

use crate::server::{
    config::SignIn,
    said::problem::{Fault, Problem},
};
use axum::http::{HeaderMap, HeaderValue, header};
use std::time::Duration;

/// The cookie's name where there is TLS, and where there is none.
const SECURE: &str = "__Host-zhiheng";
const PLAIN: &str = "zhiheng";

fn name(secure: bool) -> &'static str {
    if secure { SECURE } else { PLAIN }
}

/// The secret in the cookie of this request. Of several the first is asked: a browser sends the one of this very path first
/// (RFC 6265, 5.4).
pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('='));
    named.find(|(found, _)| *found == name(secure)).map(|(_, value)| value)
}

/// The line that sets the cookie.
pub(crate) fn set(secret: &str, secure: bool, longest: Duration) -> HeaderValue {
    line(secret, secure, longest.as_secs())
}

/// The line that takes it away.
pub(crate) fn clear(secure: bool) -> HeaderValue {
    line("", secure, 0)
}

fn line(value: &str, secure: bool, seconds: u64) -> HeaderValue {
    let name = name(secure);
    let tls = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{tls}");
    HeaderValue::from_str(&text).expect("it is of ASCII")
}

/// Refuses a request that a page of another origin made, or of which nothing says that none did.
pub(crate) fn comes_from_here(headers: &HeaderMap, secure: bool, config: &SignIn) -> Result<(), Problem> {
    if is_from_here(headers, secure, config) == Some(true) {
        Ok(())
    } else {
        Err(Fault::CrossOrigin.into())
    }
}

/// Refuses a request that a page of another origin made. What no browser made says nothing of that: for requests that are
/// not made in somebody's name.
pub(crate) fn no_other_page(headers: &HeaderMap, secure: bool, config: &SignIn) -> Result<(), Problem> {
    if is_from_here(headers, secure, config) == Some(false) {
        Err(Fault::CrossOrigin.into())
    } else {
        Ok(())
    }
}

/// Whether a page of this origin made the request; none where the request says nothing of that.
fn is_from_here(headers: &HeaderMap, secure: bool, config: &SignIn) -> Option<bool> {
    // A script cannot set either of them (Fetch, forbidden request-headers).
    if let Some(site) = headers.get("sec-fetch-site") {
        return Some(site == "same-origin" || site == "none");
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = origins.next()?;
    if origins.next().is_some() {
        return Some(false);
    }
    let Ok(origin) = origin.to_str() else {
        return Some(false);
    };
    if config.origins.iter().any(|known| known.eq_ignore_ascii_case(origin)) {
        return Some(true);
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let ours = |host: &str| {
        let tls = origin.strip_prefix("https://");
        // Behind TLS a page that came without it may be anybody's.
        let authority = if secure {
            tls
        } else {
            tls.or_else(|| origin.strip_prefix("http://"))
        };
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    Some(host.is_some_and(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_cookie_is_found_by_its_whole_name() {
        let some = headers(&[
            ("cookie", "a=b; xzhiheng=no;zhiheng=yes; zhiheng=late"),
            ("cookie", "__Host-zhiheng=tls"),
        ]);
        assert_eq!((read(&some, false), read(&some, true)), (Some("yes"), Some("tls")));
        assert_eq!(read(&headers(&[("cookie", "zhiheng")]), false), None);
        assert_eq!(read(&HeaderMap::new(), false), None);
        let set = set("abc", true, Duration::from_secs(60));
        assert_eq!(
            set,
            "__Host-zhiheng=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
        assert_eq!(clear(false), "zhiheng=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    }

    #[test]
    fn a_request_comes_from_here_where_its_browser_says_so() {
        let config = SignIn {
            origins: vec!["https://front.example".to_owned()],
            ..SignIn::default()
        };
        let says = |secure: bool, lines: &[(&'static str, &str)]| is_from_here(&headers(lines), secure, &config);
        let host = ("host", "venue.example:8443");
        for (lines, secure, expected) in [
            (&[host][..], false, None),
            (&[host, ("sec-fetch-site", "same-origin")], true, Some(true)),
            (&[host, ("sec-fetch-site", "none")], true, Some(true)),
            (
                &[
                    host,
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://venue.example:8443"),
                ],
                true,
                Some(false),
            ),
            (&[host, ("sec-fetch-site", "cross-site")], false, Some(false)),
            (&[host, ("origin", "https://venue.example:8443")], true, Some(true)),
            (&[host, ("origin", "http://venue.example:8443")], true, Some(false)),
            (&[host, ("origin", "http://VENUE.example:8443")], false, Some(true)),
            (
                &[host, ("origin", "https://venue.example:8443.evil.example")],
                false,
                Some(false),
            ),
            (&[host, ("origin", "https://evil.example")], false, Some(false)),
            (&[host, ("origin", "null")], false, Some(false)),
            (&[host, ("origin", "https://front.example")], true, Some(true)),
            (&[("origin", "https://venue.example")], true, Some(false)),
            (
                &[
                    host,
                    ("origin", "https://venue.example:8443"),
                    ("origin", "https://evil.example"),
                ],
                true,
                Some(false),
            ),
        ] {
            assert_eq!(says(secure, lines), expected, "{lines:?}");
        }
        let bare = headers(&[host]);
        assert_eq!(
            comes_from_here(&bare, true, &config).err().unwrap().code(),
            "CROSS_ORIGIN"
        );
        assert!(no_other_page(&bare, true, &config).is_ok());
    }
}
