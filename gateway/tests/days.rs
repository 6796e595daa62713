//! Each day closed: of an account for its owner, of all together for who sees all.

mod auction_room;
mod server_support;

use auction_room::{Late, Room, ascending, play};
use serde_json::{Value, json};
use server_support::*;

/// The one day that there is, of an account or of all together.
async fn day(by: &Dealer, account: Option<u32>, of: &str, min_seq: u64) -> Value {
    let account = account.map_or(String::new(), |account| format!("account_id={account}&"));
    let kind = if of.starts_with("currency") { "cash" } else { "units" };
    let page = by
        .get(&format!("/v1/statements/days/{kind}?{account}{of}&min_seq={min_seq}"))
        .await
        .ok();
    // At midnight there are two.
    let days = page["items"].as_array().unwrap();
    assert!((1..=2).contains(&days.len()), "{page:#}");
    assert_eq!(page["next"], Value::Null);
    for day in days {
        adds_up(day);
    }
    assert!(days.len() == 1 || days[0]["closing"] == days[1]["opening"]);
    days.last().unwrap().clone()
}

fn minor(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// What it closes with is what it opened with and what moved.
fn adds_up(day: &Value) {
    for (member, change) in [("total", "change"), ("held", "change_held")] {
        let moved: i64 = day["sums"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sum| minor(&sum[change]))
            .sum();
        assert_eq!(
            minor(&day["opening"][member]) + moved,
            minor(&day["closing"][member]),
            "{day:#}"
        );
    }
    let closing = &day["closing"];
    assert_eq!(
        minor(&closing["free"]),
        minor(&closing["total"]) - minor(&closing["held"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_closes_with_what_the_accounts_have_and_all_together_reconcile() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let [ana, bo] = [venue.admit(11, "500.00").await, venue.admit(12, "10000.00").await];
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "120.00", "5").await;
    bo.place("SONG.U", "buy", "125.00", "3").await;
    bo.place("SONG.U", "buy", "10.00", "5").await;
    let last = ana.place("SONG.U", "sell", "121.00", "1").await["journal_seq"]
        .as_u64()
        .unwrap();

    let accounts = [0, ana.account, bo.account];
    let mut sums = (0, 0);
    for account in accounts {
        let now = venue
            .operator
            .get(&format!("/v1/accounts/{account}?min_seq={last}"))
            .await
            .ok();
        let cash = &now["cash"][0];
        let day = day(&venue.operator, Some(account), "currency=CNY", last).await;
        assert_eq!(
            (&day["closing"]["total"], &day["closing"]["held"]),
            (&cash["total"], &cash["held"]),
            "{account}"
        );
        assert!(day.get("is_reconciled").is_none() && day["is_closed"] == false);
        sums.0 += minor(&cash["total"]);
        sums.1 += minor(&cash["held"]);
    }
    let own = day(&bo, Some(bo.account), "currency=CNY", last).await;
    let causes: Vec<_> = own["sums"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sum| sum["cause"].as_str().unwrap())
        .collect();
    assert_eq!(causes, ["received", "ordered", "filled"]);
    assert_eq!(own["crossed"], "10000.00");
    let all = day(&regulator, None, "currency=CNY", last).await;
    assert_eq!((minor(&all["closing"]["total"]), minor(&all["closing"]["held"])), sums);
    assert_eq!(
        (&all["crossed"], &all["is_reconciled"]),
        (&json!("10500.00"), &json!(true)),
        "{all:#}"
    );
    let fees = all["sums"]
        .as_array()
        .unwrap()
        .iter()
        .find(|sum| sum["cause"] == "fees")
        .expect("fees");
    assert!(minor(&fees["change"]) > 0);
    let units = day(&venue.operator, None, "symbol=SONG.U", last).await;
    assert_eq!(
        (&units["closing"]["total"], &units["crossed"]),
        (&json!("1000"), &json!("1000")),
        "{units:#}"
    );
    assert_eq!(
        (&units["closing"]["held"], &units["is_reconciled"]),
        (&json!("3"), &json!(true))
    );

    // Another's is as good as none; all together are for who sees all; of what is asked is said.
    let others = format!("/v1/statements/days/cash?account_id={}&currency=CNY", bo.account);
    ana.get(&others).await.refused(404, "UNKNOWN_ACCOUNT");
    ana.get("/v1/statements/days/cash?currency=CNY")
        .await
        .refused(403, "NOT_PERMITTED");
    for path in [
        "cash?account_id=1",
        "units?account_id=1",
        "cash?currency=CNY&symbol=SONG.U",
    ] {
        let path = format!("/v1/statements/days/{path}");
        ana.get(&path).await.refused(400, "QUERY_INVALID");
    }
    let long_ago = format!(
        "/v1/statements/days/cash?account_id={}&currency=CNY&until=2020-01-01T00:00:00Z",
        ana.account
    );
    assert_eq!(ana.get(&long_ago).await.ok()["items"], json!([]));
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deposit_for_a_lot_stands_in_no_day_before_the_close() {
    play(2, sealed).await;
}

async fn sealed(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    let (ana, operator) = (room.bidders[0].clone(), room.venue.operator.clone());
    let before = day(&ana, Some(ana.account), "currency=CNY", 0).await;
    let all_before = day(&operator, None, "currency=CNY", 0).await;
    let lot = room.announce(ascending(), runs_ms, |_| {}).await;
    room.enter(lot).await?;
    let bid = room.bid(0, lot, "1000.00").await?["journal_seq"].as_u64().unwrap();
    let [own, by_office] = [&ana, &operator].map(|who| day(who, Some(ana.account), "currency=CNY", bid));
    let (own, by_office, all) = (
        own.await,
        by_office.await,
        day(&operator, None, "currency=CNY", bid).await,
    );
    if room.venue.nobody().get(&format!("/v1/auctions/{lot}")).await.ok()["lot"]["state"] != "open" {
        return Err(Late);
    }
    assert_eq!((&own, &by_office, &all), (&before, &before, &all_before));
    room.until(lot, &["sold"]).await?;
    let mut marked = json!({ "entity_id": ana.entity });
    marked["client_id"] = fresh_id().into();
    let last = operator.send("POST", "/v1/accounts", &marked).await.ok()["journal_seq"]
        .as_u64()
        .unwrap();
    let own = day(&ana, Some(ana.account), "currency=CNY", last).await;
    let posted = |day: &Value| {
        day["sums"]
            .as_array()
            .unwrap()
            .iter()
            .any(|sum| sum["cause"] == "posted")
    };
    assert!(posted(&own) && !posted(&before), "{own:#}");
    let all = day(&operator, None, "currency=CNY", last).await;
    assert_eq!(
        (&all["closing"]["total"], &all["is_reconciled"]),
        (&all_before["closing"]["total"], &json!(true))
    );
    room.venue.stop().await.unwrap();
    Ok(())
}
