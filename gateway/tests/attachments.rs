//! Attachments: the files that records name, handed in and read by those who may read the record.

mod auction_room;
mod server_support;

use auction_room::{Late, Room, ascending, play};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use server_support::*;
use sha2::{Digest as _, Sha256};

const NOTICE: &[u8] = b"%PDF-1.7 what is sold, and when\xff\x00";

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Hands in a file, with this media type.
async fn hand_in(by: &Dealer, path: &str, bytes: &[u8]) -> Answer {
    let key = by.key.as_ref().unwrap();
    let mut headers = gateway::proof::request::headers(&by.venue_id, key, "PUT", path, bytes)
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
    headers.push(("content-type".into(), "application/octet-stream".into()));
    http(by.address, "PUT", path, &headers, bytes).await
}

async fn reads(venue: &Venue) -> usize {
    let page = venue.operator.get("/v1/reads?limit=1000").await.ok();
    page["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lot_names_is_handed_in_once_and_read_by_everybody() {
    play(1, async |mut room: Room, runs_ms| {
        let notice = sha256(NOTICE);
        let lot = room
            .announce(ascending(), runs_ms, |terms| {
                terms["notices_sha256"] = notice.clone().into()
            })
            .await;
        let path = format!("/v1/attachments/auctions/{lot}");
        let file = format!("{path}/{notice}");
        let nobody = room.venue.nobody();

        let named = nobody.get(&path).await.ok();
        let of_notice = |named: &Value| {
            let all = named["items"].as_array().unwrap();
            all.iter().find(|one| one["sha256"] == notice.as_str()).unwrap().clone()
        };
        assert_eq!(
            of_notice(&named),
            json!({ "sha256": notice, "named_at": "/lot/notices_sha256", "bytes": null })
        );
        nobody.get(&file).await.refused(404, "ATTACHMENT_MISSING");

        // Another file is refused, and a file that no record names; who signs nothing hands in nothing.
        let bidder = room.bidders[0].clone();
        hand_in(&bidder, &file, b"another")
            .await
            .refused(422, "ATTACHMENT_DIFFERS");
        let other = format!("{path}/{}", sha256(b"another"));
        hand_in(&bidder, &other, b"another")
            .await
            .refused(404, "ATTACHMENT_NOT_NAMED");
        let typed = [("content-type".to_owned(), "application/octet-stream".to_owned())];
        http(nobody.address, "PUT", &file, &typed, NOTICE)
            .await
            .refused(401, "NOT_AUTHENTICATED");
        nobody.get(&file).await.refused(404, "ATTACHMENT_MISSING");

        // Whoever has the file may hand it in, twice too.
        for by in [&room.seller, &bidder] {
            assert_eq!(hand_in(by, &file, NOTICE).await.status, 204);
        }
        let named = nobody.get(&path).await.ok();
        assert_eq!(of_notice(&named)["bytes"], NOTICE.len());
        let read = nobody.get(&file).await;
        assert_eq!(
            (read.status, read.header("content-type")),
            (200, Some("application/pdf"))
        );
        assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            read.header("content-security-policy"),
            Some("default-src 'none'; sandbox")
        );
        assert_eq!(read.header("content-length"), Some(NOTICE.len().to_string().as_str()));

        for (path, code) in [
            (format!("/v1/attachments/auctions/{}", lot + 1_000), "UNKNOWN_LOT"),
            ("/v1/attachments/lots/1".into(), "NOT_FOUND"),
            ("/v1/attachments/demands/1".into(), "NOT_FOUND"),
            (format!("{path}/abc"), "NOT_FOUND"),
            (other, "ATTACHMENT_NOT_NAMED"),
        ] {
            nobody.get(&path).await.refused(404, code);
        }
        Ok::<_, Late>(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_private_record_names_is_for_its_readers_alone_and_a_read_by_office_is_noted() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let [ana, bo] = [venue.admit(11, "0").await, venue.admit(12, "0").await];
    let extract = "登记簿副本 <script>alert(1)</script>".as_bytes();
    let digest = sha256(extract);
    let mut right = verified(&asset(ana.entity, "SONG.U"));
    right["extract"]["evidence_sha256"] = digest.clone().into();
    let rights = json!({ "rights": [right] });
    let asset = venue.operator.done("POST", "/v1/rights", rights).await["asset_id"].clone();
    let path = format!("/v1/attachments/titles/{asset}");
    let file = format!("{path}/{digest}");
    let named = ana.get(&path).await.ok();
    assert!(
        named["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["sha256"] == digest.as_str()),
        "{named}"
    );
    assert_eq!(hand_in(&ana, &file, extract).await.status, 204);

    for stranger in [&bo, &venue.nobody()] {
        stranger.get(&path).await.refused(404, "UNKNOWN_ASSET");
        stranger.get(&file).await.refused(404, "UNKNOWN_ASSET");
    }
    hand_in(&bo, &file, extract).await.refused(404, "UNKNOWN_ASSET");

    let before = reads(&venue).await;
    assert_eq!(ana.get(&file).await.text.as_bytes(), extract);
    assert_eq!(reads(&venue).await, before, "one's own");
    let read = venue.operator.get(&file).await;
    assert_eq!(
        read.header("content-type"),
        Some("text/plain; charset=utf-8"),
        "a script is a text"
    );
    assert_eq!(reads(&venue).await, before + 1);
    venue.stop().await.unwrap();

    // It lies on the disk, and a start finds it.
    let venue = Venue::open(config(dir.path())).await;
    let ana = Dealer {
        address: venue.address,
        ..ana
    };
    assert_eq!(ana.get(&file).await.text.as_bytes(), extract);
    venue.stop().await.unwrap();
}
