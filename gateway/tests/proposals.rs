//! Who decides on a proposal reads what it is; and what a bidder proposes nobody else does.
#![cfg(unix)]

mod auction_room;
mod house;
mod server_support;

use auction_room::*;
use house::House;
use serde_json::{Value, json};
use std::fs;

/// The words of a proposal that begin like this.
fn said<'a>(told: &'a Value, first: &str) -> &'a str {
    let effects = told["effects"].as_array().unwrap_or_else(|| panic!("{told}"));
    let line = effects
        .iter()
        .filter_map(Value::as_str)
        .find(|line| line.starts_with(first));
    line.unwrap_or_else(|| panic!("{first} in {told:#}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bidder_s_proposal_is_readable_to_its_house_and_to_nobody_else() {
    play(2, async |mut room: Room, _| {
        let lot = room.announce(ascending(), 600_000, |_| {}).await;
        room.until(lot, &["open"]).await?;
        let (bidder, other) = (room.bidders[0].clone(), room.bidders[1].clone());
        let partner = second_user(&room, &bidder, 71).await;
        bidder
            .done("POST", "/v1/participants/dual-control", json!({ "required": true }))
            .await;
        let enter = json!({ "op": "enter_lot", "lot_id": lot, "account_id": bidder.account });
        let id = bidder
            .done("POST", "/v1/proposals", json!({ "command": enter.clone() }))
            .await["deal_id"]
            .clone();
        let path = format!("/v1/proposals/{id}");
        let told = partner.get(&path).await.ok();
        assert_eq!(
            told["command"], enter,
            "as it was given, and what the venue draws stays with it"
        );
        assert!(said(&told, "enter_lot: ").contains("Enters a lot"), "{told}");
        let account = said(&told, &format!("account_id {}: ", bidder.account));
        assert!(account.contains(" It is an account of 主体 "), "{account}");
        assert!(
            said(&told, &format!("lot_id {lot}: ")).contains("a lot of the right"),
            "{told}"
        );
        for stranger in [&room.venue.operator, &other, &room.venue.nobody()] {
            let answer = stranger.get(&path).await;
            assert!(answer.status == 404, "{}", answer.text);
            let all = stranger.get("/v1/proposals").await;
            assert!(!all.text.contains("enter_lot"), "{}", all.text);
        }
        // Decided, it is told as before.
        let approve = json!({ "proposal_id": id });
        partner.done("POST", "/v1/proposals/approve", approve).await;
        let told = bidder.get("/v1/proposals").await.ok();
        assert_eq!(told["items"][0]["command"], enter, "{told}");
        assert_eq!(room.venue.operator.get(&path).await.status, 404);
        Ok(())
    })
    .await;
}

#[test]
fn an_operator_reads_in_words_what_another_proposes() {
    let house = House::new("profile = \"unit-market\"\napproval = \"sandbox\"");
    house.keygen("second.key");
    let exchange = house.serve();
    let post = |path: &str, body: &str, key: &str| -> Value {
        let answer: Value = serde_json::from_str(&exchange.post(&house, path, body, key)).unwrap();
        assert_eq!(answer["outcome"]["status"], "done", "{answer}");
        answer["outcome"].clone()
    };
    let entity =
        r#"{"client_id":"e","name":"云杉","kind":"company","legal_id":{"scheme":"uscc","code":"91440300MA5DEM002C"}}"#;
    let entity = post("/v1/participants/entities", entity, "operator.key")["entity_id"].clone();
    let account = json!({ "client_id": "a", "entity_id": entity }).to_string();
    let account = post("/v1/accounts", &account, "operator.key")["account_id"].clone();
    let user = r#"{"client_id":"u","entity_id":0,"roles":["operator"]}"#;
    let user = post("/v1/participants/users", user, "operator.key")["user_id"].clone();
    let material = json!({ "algorithm": "ed25519", "public_key": house.public("second.key") });
    let scopes = ["read", "trade", "list", "admin"];
    let key = json!({ "client_id": "k", "user_id": user, "material": material, "scopes": scopes, "networks": [] });
    let key = post("/v1/participants/keys", &key.to_string(), "operator.key")["key_id"].clone();
    let text = fs::read_to_string(house.path("second.key")).unwrap();
    fs::write(
        house.path("second.key"),
        text.replace("key_id = 0", &format!("key_id = {key}")),
    )
    .unwrap();

    // What one operator does alone the other reads at once, as the command and in words.
    let debtor =
        r#"{"client_id":"d","name":"云岭","kind":"company","legal_id":{"scheme":"uscc","code":"91440300MA5DEM0B2P"}}"#;
    let debtor = post("/v1/participants/entities", debtor, "operator.key")["entity_id"].clone();
    let yuan = json!({ "currency": "CNY", "amount": "1000000.00" });
    let terms = json!({
        "principal": yuan, "drawn_on": "2026-01-05", "due_on": "2027-01-05", "day_count": "act_360",
        "rates": [{ "from_on": "2026-01-05", "rate_e6": 43500 }], "settlement": { "cycle": "at_end" },
        "compounding": "none", "order": "interest_first"
    });
    let loan = json!({
        "client_id": "l", "creditors": [{ "entity_id": entity, "parts": 1 }], "debtor_id": debtor, "terms": terms,
        "reference": "1", "contract_sha256": "0".repeat(64)
    });
    let loan = post("/v1/loans", &loan.to_string(), "operator.key")["deal_id"].clone();
    for path in ["/v1/done-alone".to_owned(), format!("/v1/done-alone/{loan}")] {
        let told = exchange.get(&house, &path, Some("second.key"));
        let told = told["items"].get(0).unwrap_or(&told);
        let done = &told["done_alone"];
        assert_eq!(
            (&done["op"], &done["command_seq"]),
            (&json!("register_loan"), &loan),
            "{told}"
        );
        assert_eq!(told["command"]["debtor_id"], debtor, "{told}");
        assert!(said(told, "register_loan: ").contains("Registers a loan"), "{told}");
    }

    let cash =
        json!({ "op": "cash_in", "account_id": account, "currency": "CNY", "amount": "500.00", "reference": "bank 7" });
    let proposal = json!({ "client_id": "p", "command": cash.clone() }).to_string();
    let id = post("/v1/proposals", &proposal, "operator.key")["deal_id"].clone();
    let told = exchange.get(&house, &format!("/v1/proposals/{id}"), Some("second.key"));
    assert_eq!(told["command"], cash, "{told}");
    assert!(said(&told, "amount 500.00: ").len() > "amount 500.00: ".len());
    assert!(said(&told, &format!("account_id {account}: ")).ends_with("It is an account of 云杉 (participant 1)."));

    let listed = || house.good(&["proposals", "--url", &exchange.url, "--key-file", "second.key"]);
    let lines = listed();
    assert!(
        lines.starts_with(&format!("{id} open, proposed by user 0 of participant 0, lapses at ")),
        "{lines}"
    );
    assert!(
        lines.contains("\"op\":\"cash_in\"") && lines.contains("amount 500.00: "),
        "{lines}"
    );
    let approve = json!({ "client_id": "y", "proposal_id": id }).to_string();
    post("/v1/proposals/approve", &approve, "second.key");
    assert_eq!(listed(), "");
    let all = house.good(&["proposals", "--all", "--url", &exchange.url, "--key-file", "second.key"]);
    assert!(all.contains(&format!("{id} done")), "{all}");
    exchange.stop();
}
