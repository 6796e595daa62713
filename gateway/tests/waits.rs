//! What waits for whom, as the server tells it: an office's own work without a note, a house's own to nobody else, and page
//! by page the same.
#![cfg(unix)]

mod server_support;

use gateway::proof::signing;
use protocol::KeyId;
use serde_json::{Value, json};
use server_support::*;

/// A command that must be done; its place.
async fn given(by: &Dealer, path: &str, mut body: Value) -> (Value, u64) {
    body["client_id"] = fresh_id().into();
    let answer = by.send("POST", path, &body).await.ok();
    assert_eq!(answer["outcome"]["status"], "done", "{answer}");
    (answer["outcome"].clone(), answer["journal_seq"].as_u64().unwrap())
}

/// What waits for this caller, once its views show this command.
async fn waits(of: &Dealer, seq: u64) -> Vec<Value> {
    let page = of.get(&format!("/v1/waits?min_seq={seq}")).await.ok();
    assert_eq!(page["next"], Value::Null, "{page}");
    page["items"].as_array().unwrap().clone()
}

fn kinds(waits: &[Value]) -> Vec<&str> {
    waits.iter().map(|wait| wait["kind"].as_str().unwrap()).collect()
}

/// Another user of this one's house, with the same roles.
async fn partner(venue: &Venue, of: &Dealer, seed: u8) -> Dealer {
    let operator = &venue.operator;
    let user = json!({ "entity_id": of.entity, "roles": ["trader"] });
    let user = operator.done("POST", "/v1/participants/users", user).await["user_id"].clone();
    let public = signing::hex(&secret(seed).public_key().unwrap());
    let material = json!({ "algorithm": "ed25519", "public_key": public });
    let key = json!({ "user_id": user, "material": material, "scopes": ["read", "trade"], "networks": [] });
    let key = operator.done("POST", "/v1/participants/keys", key).await["key_id"].clone();
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    Dealer {
        key: Some(signing::Key {
            id: KeyId(number(&key)),
            secret: secret(seed),
            label: String::new(),
        }),
        user: number(&user),
        ..of.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_is_told_its_work_and_nobody_is_noted_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let (ana, bo) = (venue.admit(21, "1000.00").await, venue.admit(22, "0").await);
    let asked = json!({ "account_id": ana.account, "amount": { "currency": "CNY", "amount": "250.00" } });
    let (_, seq) = given(&ana, "/v1/accounts/withdraw", asked).await;

    let told = waits(&venue.operator, seq).await;
    assert_eq!(kinds(&told), ["approve_withdrawal"]);
    let wait = &told[0];
    let id = wait["record"]["id"].as_u64().unwrap();
    assert_eq!(
        (&wait["record"], &wait["operations"], &wait["stake"]),
        (
            &json!({ "kind": "withdrawal", "id": id, "address": format!("/v1/withdrawals/{id}") }),
            &json!(["approve_withdrawal", "refuse_withdrawal"]),
            &json!({ "currency": "CNY", "amount": "250.00" }),
        )
    );
    assert_eq!(
        (&wait["until_on"], &wait["until_at"], &wait["is_late"]),
        (&Value::Null, &Value::Null, &json!(false))
    );
    // It is the venue's to decide: neither who asked nor a stranger is told.
    for other in [&ana, &bo] {
        assert!(waits(other, seq).await.is_empty());
    }
    // The desk asked, and nobody is told that it did; to open the record is a read.
    let reads = ana.get("/v1/reads").await.ok();
    assert_eq!(reads["items"], json!([]));
    venue
        .operator
        .get(wait["record"]["address"].as_str().unwrap())
        .await
        .ok();
    let reads = ana.get("/v1/reads").await.ok();
    assert_eq!(reads["items"].as_array().unwrap().len(), 1, "{reads}");

    let (_, seq) = given(
        &venue.operator,
        "/v1/accounts/approve-withdrawal",
        json!({ "withdrawal_id": id }),
    )
    .await;
    assert_eq!(kinds(&waits(&venue.operator, seq).await), ["book_withdrawal"]);
    let paid = json!({ "withdrawal_id": id, "reference": "OUT-1" });
    let (_, seq) = given(&venue.operator, "/v1/accounts/cash-out", paid).await;
    assert!(waits(&venue.operator, seq).await.is_empty());
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_waits_for_its_second_person_and_for_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let (ana, bo) = (venue.admit(21, "1000.00").await, venue.admit(22, "0").await);
    let second = partner(&venue, &ana, 23).await;
    given(&ana, "/v1/participants/dual-control", json!({ "required": true })).await;
    let command = json!({
        "op": "request_withdrawal", "account_id": ana.account, "amount": { "currency": "CNY", "amount": "10.00" }
    });
    let (made, seq) = given(&ana, "/v1/proposals", json!({ "command": command })).await;
    let id = made["deal_id"].clone();

    let told = waits(&second, seq).await;
    assert_eq!(kinds(&told), ["approve_proposal"]);
    assert_eq!(told[0]["operations"], json!(["approve", "refuse"]));
    assert_eq!(told[0]["record"]["address"], format!("/v1/proposals/{id}"));
    // It lapses at the moment after.
    let proposal = second.get(&format!("/v1/proposals/{id}")).await.ok();
    let time = |value: &Value| value.as_str().unwrap().parse::<protocol::Timestamp>().unwrap();
    let (lapses, until) = (time(&proposal["proposal"]["lapses_at"]), time(&told[0]["until_at"]));
    assert_eq!(until.after(1), lapses);
    assert_eq!(told[0]["until_on"], Value::Null);
    for other in [&ana, &bo, &venue.operator] {
        assert!(waits(other, seq).await.is_empty(), "user {}", other.user);
    }

    let (_, seq) = given(&second, "/v1/proposals/approve", json!({ "proposal_id": id })).await;
    assert!(waits(&second, seq).await.is_empty());
    assert_eq!(kinds(&waits(&venue.operator, seq).await), ["approve_withdrawal"]);
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_what_waits_is_the_same_page_by_page() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(21, "1000.00").await;
    let mut seq = 0;
    for _ in 0..5 {
        let asked = json!({ "account_id": ana.account, "amount": { "currency": "CNY", "amount": "1.00" } });
        (_, seq) = given(&ana, "/v1/accounts/withdraw", asked).await;
    }
    let whole = waits(&venue.operator, seq).await;
    assert_eq!(whole.len(), 5);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = venue.operator.get(&format!("/v1/waits?limit=2{cursor}")).await.ok();
        found.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, whole);
    venue
        .operator
        .get("/v1/waits?cursor=1.2")
        .await
        .refused(400, "QUERY_INVALID");
    venue
        .operator
        .get("/v1/waits?cursor=1.2.3.4.5.6.x")
        .await
        .refused(400, "QUERY_INVALID");
    venue
        .operator
        .get("/v1/waits?limit=0")
        .await
        .refused(400, "QUERY_INVALID");
    venue.nobody().get("/v1/waits").await.refused(401, "NOT_AUTHENTICATED");
    venue.stop().await.unwrap();
}
