//! What became of everything, asked on a socket: before and after a restart, with a history that was deleted, and by whom
//! it is nobody's business.

mod auction_room;
mod server_support;

use auction_room::{Late, Room, ascending, play};
use gateway::server::documents;
use serde_json::{Value, json};
use server_support::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// What somebody gets at an address once the history is confirmed: it takes a moment behind a start.
async fn told(dealer: &Dealer, path: &str) -> Value {
    loop {
        let answer = dealer.get(path).await;
        if answer.body["code"] != "HISTORY_STARTING" {
            return answer.ok();
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// All pages of a list.
async fn all(dealer: &Dealer, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (vec![], String::new());
    let mark = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = told(dealer, &format!("{path}{mark}limit={limit}{cursor}")).await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        assert!(items.len() < 10_000, "{path} ends");
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// The change feed from 0 on, in pages.
async fn changes(dealer: &Dealer, limit: usize) -> Vec<Value> {
    let (mut items, mut from) = (vec![], 0);
    loop {
        let page = told(dealer, &format!("/v1/changes?from={from}&limit={limit}")).await;
        let next = page["next"].as_u64().unwrap();
        if next == from {
            assert_eq!(page["items"], json!([]));
            return items;
        }
        for item in page["items"].as_array().unwrap() {
            from += 1;
            assert_eq!(item["number"], from, "without a gap: {item}");
            items.push(item.clone());
        }
        assert_eq!(next, from);
        assert!(from < 10_000, "a feed that is read out has nothing new");
    }
}

async fn again(dir: &Path, dealers: &[&Dealer]) -> (Venue, Vec<Dealer>) {
    let venue = Venue::open(config(dir)).await;
    let address = venue.address;
    let dealers = dealers.iter().map(|&dealer| Dealer {
        address,
        ..dealer.clone()
    });
    let dealers = dealers.collect();
    (venue, dealers)
}

fn of<'a>(items: &'a [Value], member: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[member].as_str().unwrap_or("-")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_orders_and_money_is_told_before_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let [ana, bo] = [venue.admit(11, "0").await, venue.admit(12, "10000.00").await];
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    venue.list(&ana, "SONG.U").await;
    venue.list(&ana, "TUNE.U").await;

    ana.place("SONG.U", "sell", "120.00", "2").await;
    ana.place("SONG.U", "sell", "121.00", "1").await;
    let mut bought = bo.order("SONG.U", "buy", "125.00", "3");
    bought["client_id"] = "my own name".into();
    let filled = bo.send("POST", "/v1/orders", &bought).await.ok();
    let filled = filled["outcome"]["order_id"].clone();
    let mut market = bo.order("SONG.U", "buy", "1.00", "4");
    market["type"] = "market".into();
    market.as_object_mut().unwrap().remove("price");
    bo.send("POST", "/v1/orders", &market).await;
    let resting = bo.place("TUNE.U", "buy", "10.00", "5").await["outcome"]["order_id"].clone();
    let refused = bo.order("TUNE.U", "buy", "10.01", "5");
    bo.send("POST", "/v1/orders", &refused)
        .await
        .refused(422, "PRICE_OFF_TICK");
    // That tells what is free, and is kept nowhere.
    let poor = bo.order("TUNE.U", "buy", "900.00", "900");
    bo.send("POST", "/v1/orders", &poor)
        .await
        .refused(422, "INSUFFICIENT_CASH");
    let cancelled = bo.place("TUNE.U", "buy", "11.00", "5").await["outcome"]["order_id"].clone();
    let path = format!("/v1/orders/{}?client_id=x1", cancelled.as_str().unwrap());
    let last = bo.raw("DELETE", &path, b"").await.ok()["journal_seq"].clone();
    let fresh = format!("min_seq={last}");

    let orders = |state: &str| format!("/v1/orders?state={state}&{fresh}");
    let every = all(&bo, &orders("all"), 2).await;
    assert_eq!(
        of(&every, "state"),
        ["filled", "cancelled", "open", "rejected", "cancelled"],
        "{every:#?}"
    );
    assert_eq!(of(&every, "type"), ["limit", "market", "limit", "limit", "limit"]);
    assert_eq!(every[0]["order_id"], filled);
    // 2 at 120.00 and 1 at 121.00.
    assert_eq!(
        (&every[0]["filled_value"], &every[0]["average_price"]),
        (&json!("361.00"), &json!("120.333333"))
    );
    assert_eq!(every[2]["order_id"], resting);
    assert_eq!(
        (&every[3]["reject_code"], &every[3]["order_id"]),
        (&json!("PRICE_OFF_TICK"), &Value::Null)
    );
    assert_eq!(
        (&every[4]["order_id"], &every[4]["cancel_reason"]),
        (&cancelled, &json!("requested"))
    );
    for (state, place) in [("filled", 0), ("open", 2), ("rejected", 3)] {
        assert_eq!(all(&bo, &orders(state), 100).await, [every[place].clone()], "{state}");
    }
    let by_name = "/v1/orders?client_id=my%20own%20name";
    let found = all(&bo, by_name, 100).await;
    assert_eq!(found, [every[0].clone()], "{found:#?}");
    assert_eq!(
        all(&ana, by_name, 100).await,
        [] as [Value; 0],
        "another's name is another's"
    );
    let newest = all(&bo, &format!("{}&symbol=TUNE.U&newest_first=true", orders("all")), 1).await;
    let tune: Vec<_> = every[2..].iter().rev().cloned().collect();
    assert_eq!(newest, tune);
    let at = every[2]["entered_at"].as_str().unwrap();
    assert_eq!(all(&bo, &format!("{}&since={at}", orders("all")), 9).await, every[2..]);
    assert_eq!(all(&bo, &format!("{}&until={at}", orders("all")), 9).await, every[..2]);
    // The live view has the open ones of an account; it tells the same of them, and their command.
    let live = bo.get(&format!("/v1/orders?account_id={}", bo.account)).await.ok()["items"][0].take();
    assert!(live["journal_seq"].is_u64() && live["order_id"] == resting);

    let fills = all(&bo, "/v1/fills", 1).await;
    assert_eq!(of(&fills, "price"), ["120.00", "121.00"]);
    assert_eq!(of(&fills, "quantity"), ["2", "1"]);
    let of_order = format!("/v1/fills?order_id={}&symbol=SONG.U", filled.as_str().unwrap());
    assert_eq!(all(&bo, &of_order, 9).await, fills);
    assert_eq!(all(&bo, "/v1/fills?symbol=TUNE.U", 9).await, [] as [Value; 0]);

    // Every line adds up, and the last is what the account has.
    let cash = format!("/v1/statements/cash?account_id={}&currency=CNY", bo.account);
    let lines = all(&bo, &cash, 3).await;
    let minor = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let (mut total, mut held) = (0, 0);
    for (number, line) in (1..).zip(&lines) {
        total += minor(&line["change"]);
        held += minor(&line["change_held"]);
        assert_eq!(
            (line["number"].as_u64(), minor(&line["total"]), minor(&line["held"])),
            (Some(number), total, held),
            "{line}"
        );
    }
    let (last_total, last_held) = bo.cash(0).await;
    let last_line = lines.last().unwrap();
    assert_eq!(
        (&last_line["total"], &last_line["held"]),
        (&json!(last_total), &json!(last_held))
    );
    let causes: BTreeSet<_> = of(&lines, "cause").into_iter().collect();
    assert_eq!(causes, BTreeSet::from(["received", "ordered", "filled", "cancelled"]));
    assert_eq!(lines[0]["reference"], "bank-12");
    let units = format!("/v1/statements/units?account_id={}&symbol=SONG.U", ana.account);
    let moved = all(&ana, &units, 2).await;
    assert_eq!(
        of(&moved, "cause"),
        ["issued", "ordered", "ordered", "filled", "filled"]
    );
    assert_eq!(of(&moved, "total"), ["1000", "1000", "1000", "998", "997"]);

    // One's own alone: another's is as good as none, and who reads by office is noted.
    let secret = filled.as_str().unwrap();
    for path in [format!("/v1/orders/{secret}"), format!("/v1/fills?order_id={secret}")] {
        ana.get(&path).await.refused(404, "UNKNOWN_ORDER");
    }
    for path in [
        cash.clone(),
        format!("/v1/orders?account_id={}&state=all", bo.account),
        format!("/v1/fills?account_id={}", bo.account),
    ] {
        ana.get(&path).await.refused(404, "UNKNOWN_ACCOUNT");
        venue.nobody().get(&path).await.refused(401, "NOT_AUTHENTICATED");
        regulator.get(&path).await.ok();
    }
    let account = format!("/v1/orders?account_id={}&state=all", bo.account);
    assert_eq!(all(&regulator, &account, 100).await, every);
    let reads: Vec<_> = all(&bo, "/v1/reads", 100).await;
    let reads: BTreeSet<_> = reads
        .iter()
        .map(|read| read["read"]["record"].as_str().unwrap())
        .collect();
    assert!(reads.contains(cash.as_str()), "{reads:?}");
    assert!(reads.contains(format!("/v1/fills?account_id={}", bo.account).as_str()));

    // What can't be asked.
    for (path, field) in [
        ("/v1/orders?limit=0", "limit"),
        ("/v1/orders?cursor=x", "cursor"),
        ("/v1/statements/cash?currency=CNY", "account_id"),
        ("/v1/statements/units?account_id=1", "symbol"),
        ("/v1/market/SONG.U/candles", "resolution"),
        ("/v1/changes?limit=1001", "limit"),
    ] {
        let answer = bo.get(path).await;
        answer.refused(400, "QUERY_INVALID");
        assert_eq!(answer.body["field"], field, "{path}");
    }
    bo.get("/v1/fills?since=yesterday").await.refused(422, "TIME_INVALID");
    bo.get("/v1/orders?symbol=NONE.U")
        .await
        .refused(404, "UNKNOWN_INSTRUMENT");

    let candles = "/v1/market/SONG.U/candles?resolution=1d";
    let candle = told(&venue.nobody(), candles).await;
    let day = &candle["items"][0];
    assert_eq!(
        ["open", "high", "low", "close", "volume"].map(|member| day[member].as_str().unwrap()),
        ["120.00", "121.00", "120.00", "121.00", "3"]
    );
    assert_eq!(day["trades"], 2);

    // A restart changes nothing of it, nor does a history that was deleted, or one that is no history.
    let feed = changes(&bo, 7).await;
    let mut before = vec![];
    for path in [orders("all").as_str(), "/v1/fills", &cash, candles, by_name] {
        before.push((path.to_owned(), all(&bo, path, 100).await));
    }
    venue.stop().await.unwrap();
    for damage in [None, Some("deleted"), Some("foreign")] {
        let folder = dir.path().join("history");
        match damage {
            None => {}
            Some("deleted") => fs::remove_dir_all(&folder).unwrap(),
            Some(_) => fs::write(folder.join("history.sqlite"), "no database").unwrap(),
        }
        let (venue, dealers) = again(dir.path(), &[&bo]).await;
        let bo = &dealers[0];
        for (path, expected) in &before {
            assert_eq!(all(bo, path, 100).await, *expected, "{path} {damage:?}");
        }
        assert_eq!(changes(bo, 100).await, feed, "{damage:?}");
        // What the live view has forgotten or never had: its number finds it.
        let order = told(bo, &format!("/v1/orders/{}", filled.as_str().unwrap())).await;
        assert_eq!(order["state"], "filled");
        venue.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prints_go_on_behind_the_memory_of_the_tape_without_a_seam() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.views.tape_trades = 8;
    let venue = Venue::open(config.clone()).await;
    let [ana, bo] = [venue.admit(11, "0").await, venue.admit(12, "100000.00").await];
    venue.list(&ana, "SONG.U").await;
    ana.place("SONG.U", "sell", "1.00", "900").await;
    let mut seq = Value::Null;
    for _ in 0..30 {
        seq = bo.place("SONG.U", "buy", "1.00", "1").await["journal_seq"].clone();
    }
    bo.get(&format!("/v1/fills?min_seq={seq}")).await.ok();
    let nobody = venue.nobody();
    for limit in [1, 3, 8, 9, 29, 30, 1000] {
        let prints = all(&nobody, "/v1/market/SONG.U/trades", limit).await;
        let numbers: Vec<_> = prints.iter().map(|print| print["seq"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=30).rev().collect::<Vec<_>>(), "by {limit}");
    }
    // Of finished orders the live view forgets; they are found by their number all the same.
    let orders = all(&bo, "/v1/orders?state=filled", 7).await;
    assert_eq!(orders.len(), 30);
    for order in orders {
        let id = order["order_id"].as_str().unwrap();
        assert_eq!(bo.get(&format!("/v1/orders/{id}")).await.ok()["state"], "filled");
    }
    venue.stop().await.unwrap();
}

/// Every record that somebody reads, at all lists of records together: when it is so, and what it is.
async fn listed(dealer: &Dealer, but: &str) -> BTreeMap<String, BTreeSet<String>> {
    let paths = documents().openapi["paths"].as_object().unwrap();
    let lists = paths
        .iter()
        .filter(|(path, path_item)| !path.contains('{') && path_item["get"]["tags"] == json!(["registry"]))
        .map(|(path, _)| path)
        .filter(|path| !["/v1/changes", "/v1/waits", but].contains(&path.as_str()));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut count = 0;
    for path in lists {
        count += 1;
        for record in all(dealer, path, 3).await {
            let members = record.as_object().unwrap().keys();
            let told = ["at", "command", "effects"];
            let kind = members
                .map(String::as_str)
                .find(|member| !told.contains(member))
                .unwrap();
            found.entry(kind.to_owned()).or_default().insert(record.to_string());
        }
    }
    assert!(count > 50, "they are all lists of records");
    found
}

/// What somebody has who polls the feed alone, from 0 on.
fn kept(changes: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut kept: BTreeMap<(String, String, u64), Value> = BTreeMap::new();
    for change in changes {
        let mut record = change.clone();
        let members = record.as_object_mut().unwrap();
        for member in ["number", "kind", "id", "change", "told_at"] {
            members.remove(member);
        }
        let word = |member: &str| change[member].as_str().unwrap().to_owned();
        let once = if change["change"] == "once" {
            change["number"].as_u64().unwrap()
        } else {
            0
        };
        let name = (word("kind"), word("id"), once);
        if change["change"] == "gone" {
            assert_eq!(change["gone"], json!({ "kind": name.0, "id": name.1 }));
            assert!(kept.remove(&name).is_some(), "what goes was there: {change}");
        } else {
            assert!(
                !change[&name.0].is_null(),
                "it stands in the member of its kind: {change}"
            );
            let before = kept.insert(name, record);
            assert_eq!(before.is_some(), change["change"] == "version", "{change}");
        }
    }
    let mut by_kind: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((kind, ..), record) in kept {
        by_kind.entry(kind).or_default().insert(record.to_string());
    }
    by_kind
}

/// The two that should agree, but for the kinds that are no records of a list, or are a house's alone.
fn agree(
    mut polled: BTreeMap<String, BTreeSet<String>>,
    mut lists: BTreeMap<String, BTreeSet<String>>,
    who: &str,
    apart: &[&str],
) {
    // The numbers in force stand at /v1/rules, steps of a lot in its log; what one did alone is its house's for good.
    for kind in ["rule_book", "lot_committed", "lot_opened", "done_alone"]
        .iter()
        .chain(apart)
    {
        polled.remove(*kind);
        lists.remove(*kind);
    }
    for kind in polled.keys().chain(lists.keys()) {
        assert_eq!(polled.get(kind), lists.get(kind), "{kind} to {who}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_polls_the_changes_alone_has_what_all_lists_show_and_a_sealed_deposit_is_told_with_the_close() {
    play(2, a_sale_and_a_lot).await;
}

/// Gives a command; its place in the journal.
async fn give(dealer: &Dealer, path: &str, mut body: Value) -> u64 {
    body["client_id"] = fresh_id().into();
    let answer = dealer.send("POST", path, &body).await.ok();
    assert_eq!(answer["outcome"]["status"], "done", "{answer}");
    answer["journal_seq"].as_u64().expect("a number")
}

async fn a_sale_and_a_lot(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    use auction_room::{PAPER, cny};
    let operator = room.venue.operator.clone();
    let regulator = room.venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    let stranger = room.venue.admit(15, "0").await;
    let [ana, bo] = [room.bidders[0].clone(), room.bidders[1].clone()];
    // A sale with interests and bids, of which the venue's staff learns no more than that there are two.
    let numbers = json!({
        "lock_days": 0, "extract_days": 30, "disclosure_days": 0, "state_disclosure_days": 20, "priority_days": 5, "step_days": 5,
        "print_delay_days": 30, "recordal_months": 3, "preservation_months": 6, "court_hold_months": 12, "grace_months": 6,
        "proposal_days": 7
    });
    operator
        .done("POST", "/v1/rules/numbers", json!({ "rules": numbers }))
        .await;
    let asset = room.right().await;
    let offered = json!({
        "asset_ids": [asset], "account_id": room.seller.account, "ask": cny("1000.00"), "increment": cny("10.00"),
        "basis": "venue_rule", "disclosure_days": 20, "bidding_days": 5, "state_owned": false, "disclosure": "full",
        "anonymous": false
    });
    let sale = give(&room.seller, "/v1/transfers", offered).await;
    for buyer in [&ana, &bo] {
        let interest = json!({ "transfer_id": sale, "account_id": buyer.account });
        give(buyer, "/v1/transfers/interest", interest).await;
        let qualify =
            json!({ "transfer_id": sale, "entity_id": buyer.entity, "qualified": true, "evidence_sha256": PAPER });
        give(&operator, "/v1/transfers/qualify", qualify).await;
    }
    let ended = json!({ "transfer_id": sale });
    let seq = give(&room.seller, "/v1/transfers/end-disclosure", ended).await;
    let fresh = |seq: u64| format!("/v1/changes?limit=1&min_seq={seq}");
    told(&operator, &fresh(seq)).await;
    let before = changes(&operator, 100).await;
    let bid = json!({ "transfer_id": sale, "price": cny("1200.00") });
    let seq = give(&ana, "/v1/transfers/bids", bid).await;
    told(&operator, &fresh(seq)).await;
    let after = changes(&operator, 100).await;
    let interests = |feed: &[Value]| {
        let only = feed.iter().filter(|change| change["kind"] == "interest");
        only.cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        interests(&after),
        interests(&before),
        "that she bids is no change to the operator"
    );
    assert!(
        !interests(&after)
            .iter()
            .any(|change| change.to_string().contains("1200.00"))
    );
    let hers = changes(&ana, 100).await;
    assert!(
        interests(&hers)
            .iter()
            .any(|change| change.to_string().contains("1200.00"))
    );
    assert!(interests(&changes(&regulator, 100).await).len() > interests(&after).len());

    // A lot: until it closes, nobody's statement tells of a deposit, nor anybody's feed of a bidder.
    let lot = room.announce(ascending(), runs_ms, |_| {}).await;
    let entered = room.enter(lot).await?;
    let bid = room.bid(0, lot, "1000.00").await?;
    let seq = bid["journal_seq"].as_u64().unwrap();
    assert!(entered.iter().all(|answer| answer["journal_seq"].as_u64() < Some(seq)));
    let cash = format!("/v1/statements/cash?account_id={}&currency=CNY", ana.account);
    let open = format!("{cash}&min_seq={seq}");
    let hidden: Vec<_> = all(&ana, &open, 100).await;
    let by_others = all(&regulator, &cash, 100).await;
    let feeds = [
        changes(&ana, 100).await,
        changes(&regulator, 100).await,
        changes(&operator, 100).await,
    ];
    let is_open = told(&ana, &format!("/v1/auctions/{lot}")).await["lot"]["state"] == "open";
    if !is_open {
        return Err(Late);
    }
    assert_eq!(hidden, by_others);
    assert!(!hidden.iter().any(|line| line["deal_id"] == lot), "{hidden:#?}");
    for feed in &feeds {
        assert!(!feed.iter().any(|change| change["kind"] == "bidder"));
    }
    // A step of its bidding is a version of the lot, to everybody.
    let seen = changes(&room.venue.nobody(), 3).await;
    let told_bids = seen.iter().filter_map(|change| change["lot"]["bids"].as_u64()).max();
    assert_eq!(told_bids, Some(1));

    room.until(lot, &["sold"]).await?;
    // What befell the deposits comes with the disclosure.
    let marked = json!({ "entity_id": stranger.entity });
    let seq = give(&operator, "/v1/accounts", marked).await;
    let lines = all(&ana, &format!("{cash}&min_seq={seq}"), 100).await;
    let opened: Vec<_> = lines.iter().filter(|line| line["deal_id"] == lot).collect();
    assert_eq!(
        (&opened[0]["reason"], &opened[0]["change"]),
        (&json!("held"), &json!("0.00"))
    );
    assert_eq!(opened[0]["change_held"], "100.00");
    assert!(
        opened[0]["happened_at"].as_str() < opened[0]["at"].as_str(),
        "it happened before"
    );
    stranger.get(&cash).await.refused(404, "UNKNOWN_ACCOUNT");

    // Everything settles before two readings are compared.
    let marked = json!({ "entity_id": stranger.entity });
    let seq = give(&operator, "/v1/accounts", marked).await;
    told(&operator, &fresh(seq)).await;
    for (who, dealer) in [
        ("seller", &room.seller),
        ("ana", &ana),
        ("bo", &bo),
        ("stranger", &stranger),
    ] {
        let lists = listed(dealer, "").await;
        agree(kept(&changes(dealer, 13).await), lists, who, &[]);
    }
    let nobody = room.venue.nobody();
    agree(
        kept(&changes(&nobody, 13).await),
        listed(&nobody, "").await,
        "nobody",
        &[],
    );
    // Who reads by office makes records of that, and of reading those: no list of reads ends for them.
    for (who, dealer) in [("regulator", &regulator), ("operator", &operator)] {
        let lists = listed(dealer, "/v1/reads").await;
        agree(kept(&changes(dealer, 13).await), lists, who, &["read"]);
    }
    let sizes = [changes(&stranger, 100).await.len(), changes(&ana, 100).await.len()];
    assert!(
        sizes[0] < sizes[1],
        "a stranger's numbers count what it may know: {sizes:?}"
    );
    // Reading the feed by office comes to an end.
    changes(&regulator, 1000).await;

    // And a restart changes none of it.
    let (hers, everyones) = (changes(&ana, 100).await, changes(&nobody, 100).await);
    room.venue.stop().await.unwrap();
    fs::remove_dir_all(room.dir.path().join("history")).unwrap();
    room.venue = Venue::open(config(room.dir.path())).await;
    let ana = Dealer {
        address: room.venue.address,
        ..ana
    };
    let hers_again = changes(&ana, 100).await;
    assert_eq!(hers_again[..hers.len()], hers);
    assert_eq!(changes(&room.venue.nobody(), 100).await[..everyones.len()], everyones);
    room.venue.stop().await.unwrap();
    Ok(())
}
