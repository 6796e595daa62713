//! The page as it is served: which addresses it has, how its files are kept, and what a browser may do with it.

mod server_support;

use gateway::server::SCREENS;
use server_support::*;
use std::{collections::BTreeSet, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Asks as a browser does; the page is not in the documents, so nothing is held against those.
async fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> (Answer, Vec<u8>) {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: venue\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    let read = timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        read
    });
    let read = read.await.expect("an answer in time");
    let end = read.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    (parse(&read), read[end..].to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_screen_is_the_index_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let there = ui::page().is_some();
    for screen in SCREENS {
        let path = screen
            .split('/')
            .map(|part| if part.starts_with('{') { "X.U" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let (answer, body) = ask(venue.nobody().address, "GET", &path, &[]).await;
        if !there {
            assert_eq!(answer.status, 503, "{path}");
            assert!(
                answer.text.contains("/api"),
                "it says where the API is: {}",
                answer.text
            );
            continue;
        }
        assert_eq!(
            (
                answer.status,
                answer.header("content-type"),
                answer.header("cache-control")
            ),
            (200, Some("text/html; charset=utf-8"), Some("no-cache")),
            "{path}"
        );
        assert_eq!(Some(body.as_slice()), ui::page().map(|page| page.index.plain), "{path}");
        let (posted, _) = ask(venue.nobody().address, "POST", &path, &[("Content-Length", "0")]).await;
        posted.refused(405, "METHOD_NOT_ALLOWED");
    }
    for path in [
        "/floor",
        "/floor/",
        "/floor/A.U/more",
        "/index.html",
        "/assets/nothing.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/.npmrc",
        "/nothing",
        "/v1/nothing",
        "/desk/nothing/1",
    ] {
        ask(venue.nobody().address, "GET", path, &[])
            .await
            .0
            .refused(404, "NOT_FOUND");
    }
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_kept_for_a_year_in_the_form_that_is_taken_and_the_index_is_asked_for() {
    let Some(page) = ui::page() else { return };
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let largest = page.files().iter().max_by_key(|file| file.plain.len()).unwrap();
    for file in page.files() {
        let (answer, body) = ask(venue.nobody().address, "GET", file.path, &[]).await;
        assert_eq!(
            (
                answer.status,
                answer.header("content-type"),
                answer.header("cache-control")
            ),
            (200, Some(file.media_type), Some("public, max-age=31536000, immutable")),
            "{}",
            file.path
        );
        assert_eq!(
            (body.as_slice(), answer.header("content-encoding")),
            (file.plain, None),
            "{}",
            file.path
        );
    }
    for (takes, coding, bytes) in [
        ("gzip, deflate, br, zstd", Some("br"), largest.brotli),
        ("gzip", Some("gzip"), largest.gzip),
        ("br;q=0, gzip;q=0.5", Some("gzip"), largest.gzip),
        ("identity", None, Some(largest.plain)),
    ] {
        let (answer, body) = ask(
            venue.nobody().address,
            "GET",
            largest.path,
            &[("Accept-Encoding", takes)],
        )
        .await;
        assert_eq!(
            (
                answer.header("content-encoding"),
                Some(body.as_slice()),
                answer.header("vary")
            ),
            (coding, bytes, Some("Accept-Encoding")),
            "{takes}"
        );
    }
    let (answer, _) = ask(venue.nobody().address, "GET", "/", &[]).await;
    let tag = answer.header("etag").expect("a tag").to_owned();
    let (again, body) = ask(venue.nobody().address, "GET", "/auctions/7", &[("If-None-Match", &tag)]).await;
    assert_eq!((again.status, body.len()), (304, 0), "all screens are one document");
    let (other, _) = ask(venue.nobody().address, "GET", "/", &[("If-None-Match", "\"0\"")]).await;
    assert_eq!(other.status, 200);
    let (head, body) = ask(venue.nobody().address, "HEAD", "/", &[]).await;
    assert_eq!((head.status, body.len()), (200, 0));
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policy_lets_nothing_run_that_is_not_of_the_build() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let (answer, _) = ask(venue.nobody().address, "GET", "/", &[]).await;
    let policy = answer.header("content-security-policy").expect("a policy");
    let told: BTreeSet<_> = policy.split("; ").collect();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(told.contains(rule), "{rule} in {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("http"),
        "{policy}"
    );
    assert_eq!(
        (
            answer.header("x-content-type-options"),
            answer.header("referrer-policy"),
            answer.header("cross-origin-opener-policy")
        ),
        (Some("nosniff"), Some("same-origin"), Some("same-origin"))
    );
    venue.stop().await.unwrap();
}

#[test]
fn what_is_served_are_the_addresses_of_the_page_s_router() {
    let routes = include_str!("../../web/src/shell/routes.ts");
    let patterns = routes.split("pattern: \"").skip(1);
    let routed: BTreeSet<_> = patterns.map(|rest| shape(rest.split('"').next().unwrap())).collect();
    let served: BTreeSet<_> = SCREENS.iter().map(|screen| shape(screen)).collect();
    assert_eq!(served, routed);
    assert_eq!(served.len(), SCREENS.len(), "each once");
}

/// An address with its places left open.
fn shape(path: &str) -> String {
    let open = |part: &str| {
        if part.starts_with([':', '{']) {
            "*".to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(open).collect::<Vec<_>>().join("/")
}
