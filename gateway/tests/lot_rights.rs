//! What a lot sells can be read by whoever may bid, and why it stands still.

mod auction_room;
mod server_support;

use auction_room::*;
use gateway::proof::signing;
use protocol::{Date, Timestamp};
use serde_json::{Value, json};

/// So long runs a lot whose end nobody waits for.
const LONG_MS: u64 = 600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lot_sells_is_everybody_s_to_read_from_its_announcement_until_it_is_over() {
    play(2, async |mut room: Room, _| {
        let (operator, seller) = (room.venue.operator.clone(), room.seller.clone());
        let (stranger, licensee) = (room.bidders[0].clone(), room.bidders[1].clone());
        let nobody = room.venue.nobody();
        let right = room.right().await;
        let path = format!("/v1/assets/{right}");
        for reader in [&stranger, &nobody] {
            reader.get(&path).await.refused(404, "UNKNOWN_ASSET");
        }
        // A licence that survives, one that came to nothing, a valuation behind the start, and one that is the seller's.
        let today = Timestamp(signing::now_ms() * 1_000_000).venue_date();
        let (today, later) = (today.to_string(), Date(today.0 + 300).to_string());
        let offer = json!({
            "asset_id": right, "licensee_id": licensee.entity, "kind": "non_exclusive", "sublicence": false, "fee": cny("777.00"),
            "scope": { "territories": ["CN"], "fields": [], "from_on": today, "until_on": "2030-01-01" },
            "account_id": seller.account, "contract_sha256": PAPER
        });
        let mut licences = vec![];
        for _ in 0..2 {
            licences.push(seller.done("POST", "/v1/licences", offer.clone()).await["deal_id"].clone());
        }
        licensee
            .done("POST", "/v1/licences/accept", json!({ "licence_id": licences[0] }))
            .await;
        seller
            .done("POST", "/v1/licences/withdraw", json!({ "licence_id": licences[1] }))
            .await;
        let mut valuations = vec![];
        for amount in ["4321.00", "8765.00"] {
            let value = json!({
                "asset_id": right, "basis": { "agreed": { "amount": cny(amount) } }, "expires_on": later, "evidence_sha256": PAPER
            });
            valuations.push(operator.done("POST", "/v1/valuations", value).await["deal_id"].clone());
        }
        let lot = room
            .announce(ascending(), LONG_MS, |lot| {
                lot["asset_ids"] = json!([right]);
                lot["valuation_id"] = valuations[0].clone();
            })
            .await;
        let of_lot = format!("/v1/auctions/{lot}");
        for reader in [&stranger, &nobody] {
            assert_eq!(reader.get(&path).await.ok()["title"], "云杉");
            let listed = reader.get("/v1/assets").await.ok();
            assert_eq!(listed["items"][0]["asset_id"], right, "{listed}");
            assert_eq!(reader.get(&of_lot).await.ok()["lot"]["valuation_ids"], json!([valuations[0]]));
            let told = reader.get(&format!("{of_lot}/rights")).await.ok();
            assert_eq!((&told["lot_id"], &told["defects_sha256"]), (&json!(lot), &json!(PAPER)));
            let [sold] = &told["rights"].as_array().unwrap()[..] else {
                panic!("{told}")
            };
            assert_eq!((&sold["asset"]["asset_id"], &sold["asset"]["title"]), (&right, &json!("云杉")));
            assert_eq!(sold["title"]["expires_on"], "2034-05-21", "{sold}");
            let values: Vec<&Value> = sold["valuations"].as_array().unwrap().iter().map(|of| &of["value"]).collect();
            assert_eq!(values, [&cny("4321.00")], "what is not named is the seller's alone");
            let [licence] = &sold["licences"].as_array().unwrap()[..] else {
                panic!("{sold}")
            };
            assert_eq!((&licence["licence_id"], &licence["kind"]), (&licences[0], &json!("non_exclusive")));
            assert_eq!(licence["scope"]["until_on"], "2030-01-01");
            assert!(!told.to_string().contains("777.00"), "its price is its parties': {told}");
        }

        // Paused, it says why, to everyone and to who would bid.
        room.until(lot, &["open"]).await?;
        let pause = json!({ "lot_id": lot, "ground": "court", "evidence_sha256": PAPER });
        operator.done("POST", "/v1/auctions/pause", pause).await;
        let told = nobody.get(&of_lot).await.ok();
        assert_eq!(told["lot"]["pause"]["ground"], "court", "{told}");
        stranger
            .done("POST", "/v1/auctions/enter", json!({ "lot_id": lot, "account_id": stranger.account }))
            .await;
        let bid = json!({ "client_id": "b", "lot_id": lot, "price": cny("1000.00") });
        let refused = stranger.send("POST", "/v1/auctions/bids", &bid).await;
        assert_eq!(refused.body["code"], "LOT_PAUSED", "{}", refused.text);
        let hint = refused.body["hint"].as_str().unwrap_or_else(|| panic!("{}", refused.text));
        assert!(hint.starts_with("a court had it paused, since ") && hint.contains(PAPER), "{hint}");

        // Over, it sells nothing any more.
        let step = json!({ "lot_id": lot, "evidence_sha256": PAPER });
        operator.done("POST", "/v1/auctions/withdraw", step).await;
        nobody.get(&format!("{of_lot}/rights")).await.refused(409, "STATE_FORBIDS");
        stranger.get(&path).await.refused(404, "UNKNOWN_ASSET");
        nobody.get("/v1/auctions/999999/rights").await.refused(404, "UNKNOWN_LOT");
        Ok(())
    })
    .await;
}
