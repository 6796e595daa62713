//! The form in which answers go out: compressed where the reader takes that, tagged, and not sent again to who has them.

mod auction_room;
mod server_support;

use auction_room::{Room, ascending, play};
use flate2::read::GzDecoder;
use gateway::proof::request;
use serde_json::Value;
use server_support::*;
use std::io::Read;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// An answer with the bytes of its body as they came.
struct Sent {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What it says, behind how it is written.
    fn text(&self) -> String {
        match self.header("content-encoding") {
            None => String::from_utf8(self.body.clone()).unwrap(),
            Some("gzip") => {
                let mut text = String::new();
                GzDecoder::new(&self.body[..]).read_to_string(&mut text).unwrap();
                text
            }
            Some(other) => panic!("{other}"),
        }
    }

    /// Its head, but for what tells of the time.
    fn head(&self) -> Vec<(String, String)> {
        let mut head = self.headers.clone();
        head.retain(|(name, _)| name != "date" && !name.starts_with("ratelimit"));
        head.sort();
        head
    }
}

/// Asks on a connection of its own, in the name of who has a key, with these headers besides.
async fn ask(by: &Dealer, method: &str, path: &str, headers: &[(&str, &str)]) -> Sent {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: venue\r\nconnection: close\r\n");
    let signed = by
        .key
        .as_ref()
        .map(|key| request::headers(&by.venue_id, key, method, path, b""));
    for (name, value) in signed.iter().flatten() {
        head += &format!("{name}: {value}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    let read = timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(by.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        read
    });
    let read = read.await.expect("an answer in time");
    let end = read.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let Answer { status, headers, .. } = parse(&read[..end + 4]);
    let mut body = &read[end + 4..];
    let sent = |body: &[u8]| Sent {
        status,
        headers: headers.clone(),
        body: body.to_vec(),
    };
    if !headers.contains(&("transfer-encoding".into(), "chunked".into())) {
        return sent(body);
    }
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 4 + length..];
    }
    sent(&whole)
}

const GZIP: (&str, &str) = ("accept-encoding", "gzip");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_compressed_for_who_takes_that_and_not_sent_to_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let nobody = venue.nobody();
    for path in ["/openapi.json", "/asyncapi.json", "/v1/rules"] {
        let plain = ask(&nobody, "GET", path, &[]).await;
        let small = ask(&nobody, "GET", path, &[GZIP]).await;
        assert_eq!((plain.status, small.status), (200, 200), "{path}");
        assert_eq!(
            (plain.header("content-encoding"), small.header("content-encoding")),
            (None, Some("gzip"))
        );
        assert!(
            small.body.len() < plain.body.len(),
            "{path}: {} of {}",
            small.body.len(),
            plain.body.len()
        );
        assert_eq!(small.text(), plain.text(), "{path}");
        assert!(serde_json::from_str::<Value>(&plain.text()).is_ok());
        for sent in [&plain, &small] {
            assert_eq!(sent.header("content-length"), Some(&*sent.body.len().to_string()));
            assert_eq!(sent.header("vary"), Some("Accept-Encoding, Zhiheng-Key, Cookie"));
            assert_eq!(sent.header("cache-control"), Some("no-cache"));
        }
        // Two forms of one answer have other bytes: no strong tag could be of both.
        let tag = plain.header("etag").expect("a tag");
        assert!(tag.starts_with("W/\""), "{tag}");
        assert_eq!(small.header("etag"), Some(tag));
        // The head alone is the same, and has no body behind it.
        for (whole, more) in [(&plain, &[][..]), (&small, &[GZIP][..])] {
            let head = ask(&nobody, "HEAD", path, more).await;
            assert_eq!((head.status, head.head()), (200, whole.head()), "{path}");
            assert!(head.body.is_empty());
        }
        for method in ["GET", "HEAD"] {
            for has in [tag, &format!("\"other\", {tag}"), "*"] {
                for more in [&[("if-none-match", has)][..], &[("if-none-match", has), GZIP]] {
                    let known = ask(&nobody, method, path, more).await;
                    assert_eq!(known.status, 304, "{path} {has}");
                    assert!(known.body.is_empty());
                    assert_eq!(known.header("etag"), Some(tag));
                    assert_eq!(known.header("vary"), plain.header("vary"));
                    assert_eq!(known.header("cache-control"), plain.header("cache-control"));
                    assert_eq!(
                        (known.header("content-encoding"), known.header("content-type")),
                        (None, None)
                    );
                }
            }
        }
        let other = ask(&nobody, "GET", path, &[("if-none-match", "W/\"other\"")]).await;
        assert_eq!((other.status, other.text()), (200, plain.text()));
        let unwanted = ask(&nobody, "GET", path, &[("accept-encoding", "gzip;q=0, identity")]).await;
        assert_eq!((unwanted.status, unwanted.header("content-encoding")), (200, None));
    }
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_has_another_tag_and_what_is_ones_own_stays_out_of_others_caches() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "1000000.00").await;
    venue.list(&ana, "SONG.U").await;
    let mut last = Value::Null;
    for _ in 0..8 {
        last = ana.place("SONG.U", "sell", "120.00", "1").await;
    }
    let orders = format!("/v1/orders?account_id={}", ana.account);
    // What is written behind it would change what is told.
    let path = format!("{orders}&min_seq={}", last["journal_seq"]);
    let before = ask(&ana, "GET", &path, &[GZIP]).await;
    assert_eq!((before.status, before.header("content-encoding")), (200, Some("gzip")));
    assert_eq!(before.header("cache-control"), Some("private, no-cache"));
    let tag = before.header("etag").expect("a tag").to_owned();
    let same = ask(&ana, "GET", &path, &[("if-none-match", &tag)]).await;
    assert_eq!(
        (same.status, same.header("cache-control")),
        (304, Some("private, no-cache"))
    );
    let placed = ana.place("SONG.U", "sell", "121.00", "1").await;
    let path = format!("{orders}&min_seq={}", placed["journal_seq"]);
    let after = ask(&ana, "GET", &path, &[("if-none-match", &tag), GZIP]).await;
    assert_eq!(after.status, 200);
    assert_ne!(after.header("etag"), Some(&*tag));
    assert!(after.text().contains("121.00"), "{}", after.text());

    // Who has no right to it is not told whether it changed.
    let bo = venue.admit(12, "0").await;
    let refused = ask(&bo, "GET", &path, &[("if-none-match", "*"), GZIP]).await;
    assert_eq!((refused.status, refused.header("content-encoding")), (404, None));
    assert_eq!(
        (refused.header("etag"), refused.header("cache-control")),
        (None, Some("no-store"))
    );

    // What is small, and what is done, goes out as it is.
    let health = ask(&venue.nobody(), "GET", "/healthz", &[GZIP]).await;
    assert_eq!(
        (health.text(), health.header("content-encoding"), health.header("etag")),
        ("ok\n".into(), None, None)
    );
    let unknown = ask(&venue.nobody(), "GET", "/nothing", &[GZIP]).await;
    assert_eq!(
        (unknown.status, unknown.header("cache-control")),
        (404, Some("no-store"))
    );
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_never_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let mut request = format!("ws://{}/v1/ws", venue.address).into_client_request().unwrap();
    for (name, value) in [GZIP, ("if-none-match", "*")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (_, answer) = tokio_tungstenite::connect_async(request.clone()).await.unwrap();
    assert_eq!(answer.status(), 101);
    for name in ["content-encoding", "etag", "vary"] {
        assert!(!answer.headers().contains_key(name), "{name}");
    }
    Socket::connect(request)
        .await
        .ask(serde_json::json!({ "op": "ping" }))
        .await;
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_comes_by_parts_is_compressed_as_it_comes() {
    play(1, async |mut room: Room, runs_ms| {
        let lot = room.announce(ascending(), runs_ms, |_| {}).await;
        let (path, nobody) = (format!("/v1/auctions/{lot}/log"), room.venue.nobody());
        let small = ask(&nobody, "GET", &path, &[GZIP]).await;
        assert_eq!((small.status, small.header("content-encoding")), (200, Some("gzip")));
        assert_eq!(
            (small.header("transfer-encoding"), small.header("etag")),
            (Some("chunked"), None)
        );
        let plain = ask(&nobody, "GET", &path, &[]).await;
        assert_eq!(plain.header("content-encoding"), None);
        let first = |sent: &Sent| sent.text().lines().next().map(str::to_owned);
        assert!(first(&plain).is_some_and(|line| line.contains("\"auction\"")));
        assert_eq!(first(&small), first(&plain));
        let last = small.text().lines().last().map(str::to_owned).unwrap();
        assert!(last.contains("\"signature\""), "its end is there: {last}");
        let head = ask(&nobody, "HEAD", &path, &[GZIP]).await;
        assert_eq!(
            (head.status, head.header("content-encoding"), head.body.len()),
            (200, Some("gzip"), 0)
        );
        Ok(())
    })
    .await;
}
