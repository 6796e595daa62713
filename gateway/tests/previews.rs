//! What is told before something is done is what the core then does: orders, bids, approvals; and a refusal names its field.

mod auction_room;
mod server_support;

use auction_room::*;
use gateway::server::documents;
use serde_json::{Value, json};
use server_support::*;

/// Asks what an order costs, and places it; what was told holds of what was done. The command's place.
async fn told_and_done(
    dealer: &Dealer,
    symbol: &str,
    (side, kind): (&str, &str),
    price: &str,
    quantity: &str,
    seq: u64,
) -> u64 {
    let said = if kind == "market" {
        String::new()
    } else {
        format!("&price={price}")
    };
    let path = format!(
        "/v1/market/{symbol}/cost?side={side}&type={kind}{said}&quantity={quantity}&account_id={}&min_seq={seq}",
        dealer.account
    );
    let told = dealer.get(&path).await.ok();
    let mut order = dealer.order(symbol, side, price, quantity);
    order["type"] = kind.into();
    if kind == "market" {
        order.as_object_mut().unwrap().remove("price");
    }
    let done = dealer.send("POST", "/v1/orders", &order).await.ok();
    let seq = done["journal_seq"].as_u64().unwrap();
    let id = done["outcome"]["order_id"].as_str().unwrap();
    let stands = dealer.get(&format!("/v1/orders/{id}?min_seq={seq}")).await.ok();
    assert_eq!(
        [
            &told["filled"],
            &told["value"],
            &told["fee"],
            &told["rests"],
            &told["held_after"]
        ],
        [
            &stands["filled"],
            &stands["filled_value"],
            &stands["fees"],
            &stands["left"],
            &stands["held"]
        ],
        "{told} {stands}"
    );
    seq
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_order_is_said_to_cost_is_what_it_costs() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "100000.00").await;
    let bo = venue.admit(12, "100000.00").await;
    venue.list(&ana, "SONG.U").await;
    let symbol = "SONG.U";
    let mut seq = 0;
    for (price, quantity) in [("4.95", "3"), ("4.95", "1"), ("5.05", "7"), ("5.55", "2")] {
        seq = told_and_done(&ana, symbol, ("sell", "limit"), price, quantity, seq).await;
    }
    // Small fills whose fees are fractions of a minor unit: what is carried counts. Each kind, each side.
    for (side, kind, price, quantity) in [
        ("buy", "limit", "4.95", "1"),
        ("buy", "ioc", "4.95", "1"),
        ("buy", "limit", "4.95", "1"),
        ("buy", "ioc", "5.00", "6"),
        ("buy", "limit", "5.05", "9"),
        ("buy", "limit", "5.00", "3"),
        ("buy", "market", "", "1"),
        ("buy", "market", "", "50"),
    ] {
        seq = told_and_done(&bo, symbol, (side, kind), price, quantity, seq).await;
    }
    for (kind, price, quantity) in [("ioc", "5.00", "1"), ("limit", "5.05", "3"), ("market", "", "40")] {
        seq = told_and_done(&ana, symbol, ("sell", kind), price, quantity, seq).await;
    }
    // Behind another's order at the same price stands one's own: it ends there, as it does in the book.
    seq = told_and_done(&ana, symbol, ("sell", "limit"), "6.00", "2", seq).await;
    seq = told_and_done(&bo, symbol, ("sell", "limit"), "6.00", "1", seq).await;
    let path = format!("/v1/market/{symbol}/cost?side=buy&type=limit&price=6.00&quantity=5&min_seq={seq}");
    let own = bo.get(&format!("{path}&account_id={}", bo.account)).await.ok();
    assert_eq!(
        [
            &own["ends_at_own_order"],
            &own["cancelled"],
            &own["rests"],
            &own["fills"]
        ],
        [
            &json!(true),
            &json!("1"),
            &json!("0"),
            &json!([{ "price": "5.05", "quantity": "2" }, { "price": "6.00", "quantity": "2" }])
        ],
        "{own}"
    );
    seq = told_and_done(&bo, symbol, ("buy", "limit"), "6.00", "5", seq).await;

    // Of no account it says what one pays that carries nothing; and of another's it says nothing at all.
    let path = format!("/v1/market/{symbol}/cost?side=buy&type=limit&price=6.00&quantity=5");
    let anybody = venue.nobody().get(&path).await.ok();
    assert_eq!(
        (&anybody["account_id"], &anybody["fee_bps"]),
        (&Value::Null, &json!(20))
    );
    let of = format!("{path}&account_id={}", bo.account);
    ana.get(&of).await.refused(404, "UNKNOWN_ACCOUNT");
    venue.operator.get(&of).await.refused(404, "UNKNOWN_ACCOUNT");
    venue.nobody().get(&of).await.refused(401, "NOT_AUTHENTICATED");

    // What the terms refuse is refused with the core's code, at the parameter.
    for (change, code, field) in [
        ("price=6.01&quantity=5", "PRICE_OFF_TICK", "price"),
        ("price=1000.05&quantity=5", "PRICE_OUTSIDE_BAND", "price"),
        ("price=6.00&quantity=0", "QUANTITY_INVALID", "quantity"),
        ("price=6.00&quantity=10001", "QUANTITY_TOO_LARGE", "quantity"),
    ] {
        let path = format!("/v1/market/{symbol}/cost?side=buy&type=limit&{change}");
        let answer = bo.get(&path).await;
        answer.refused(422, code);
        assert_eq!(answer.body["field"], field, "{}", answer.text);
    }
    let path = format!("/v1/market/{symbol}/cost?side=buy&quantity=1&type=");
    bo.get(&format!("{path}market&price=6.00"))
        .await
        .refused(400, "CONFLICTING_FIELDS");
    bo.get(&format!("{path}limit")).await.refused(400, "MISSING_FIELD");

    // With what it is said to hold it is taken, and with a minor unit less it is not.
    let path = format!("/v1/market/{symbol}/cost?side=buy&type=limit&price=25.00&quantity=13&min_seq={seq}");
    let held = bo.get(&path).await.ok()["held"].as_str().unwrap().to_owned();
    let fen = held.replace('.', "").parse::<i64>().unwrap() - 1;
    let less = format!("{}.{:02}", fen / 100, fen % 100);
    for (seed, cash, taken) in [(31, held, true), (32, less, false)] {
        let cy = venue.admit(seed, &cash).await;
        let answer = cy
            .send("POST", "/v1/orders", &cy.order(symbol, "buy", "25.00", "13"))
            .await;
        if taken {
            answer.ok();
        } else {
            answer.refused(422, "INSUFFICIENT_CASH");
            assert_eq!(answer.body["field"], "/account_id");
        }
    }
    let halt = json!({ "client_id": fresh_id(), "symbol": symbol, "trading": false });
    let halted = venue.operator.send("POST", "/v1/listings/trading", &halt).await.ok();
    let path = format!(
        "/v1/market/{symbol}/cost?side=sell&type=market&quantity=1&min_seq={}",
        halted["journal_seq"]
    );
    ana.get(&path).await.refused(409, "NOT_TRADING");
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_bids_of_a_lot_are_those_that_it_takes() {
    play(2, async |mut room: Room, _| {
        let lot = room
            .announce(ascending(), 600_000, |lot| lot["fees"]["premium"] = json!(333))
            .await;
        let path = format!("/v1/auctions/{lot}/next-bids");
        let nobody = room.venue.nobody();
        room.enter(lot).await?;
        let prices = |told: &Value| -> Vec<String> {
            let all = told["next"].as_array().unwrap().iter();
            all.map(|of| of["price"]["amount"].as_str().unwrap().to_owned()).collect()
        };
        let told = nobody.get(&path).await.ok();
        assert_eq!(prices(&told), ["1000.00", "1100.00", "1200.00"], "{told}");
        assert_eq!(told["best"], Value::Null);
        let first = &told["next"][0];
        assert_eq!(
            [&first["premium"], &first["total"], &first["rest"]],
            [&cny("33.30"), &cny("1033.30"), &cny("933.30")],
            "{told}"
        );
        // The first, and the third after it, are taken; what lies between the steps and below them is not.
        let done = room.bid(0, lot, "1000.00").await?;
        let next = nobody.get(&path).await.ok();
        let bid = |price: &str| json!({ "client_id": fresh_id(), "lot_id": lot, "price": cny(price) });
        let signed = &room.bidders[1];
        let now = signed.get(&format!("{path}?count=4&min_seq={}", done["journal_seq"])).await.ok();
        assert_eq!(prices(&now), ["1100.00", "1200.00", "1300.00", "1400.00"], "{next} {now}");
        assert_eq!((&now["best"], &now["bids"]), (&cny("1000.00"), &json!(1)));
        for (price, code) in [("1000.50", "BID_BELOW_STEP"), ("1150.00", "BID_OFF_GRID")] {
            let answer = signed.send("POST", "/v1/auctions/bids", &bid(price)).await;
            answer.refused(422, code);
            assert_eq!(answer.body["field"], "/price");
        }
        room.bid(1, lot, &prices(&now)[2]).await?;
        nobody.get(&format!("{path}?count=21")).await.refused(400, "QUERY_INVALID");
        nobody.get("/v1/auctions/999999/next-bids").await.refused(404, "UNKNOWN_LOT");

        // A falling price says what it is, to what it falls, and when; who takes it pays no more.
        let falling = json!({ "descending": {
            "start": cny("1000.00"), "step": cny("10.00"), "every_seconds": 3600, "floor": cny("500.00"), "hold_seconds": 60
        } });
        let lot = room.announce(falling, 50 * 3_600_000 + 60_000, |_| {}).await;
        room.until(lot, &["open"]).await?;
        let told = nobody.get(&format!("/v1/auctions/{lot}/next-bids")).await.ok();
        assert_eq!(told["next"], json!([]));
        assert_eq!(
            (&told["falling"]["now"]["price"], &told["falling"]["next"]),
            (&cny("1000.00"), &cny("990.00")),
            "{told}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_approval_is_said_to_do_is_what_it_does() {
    play(2, async |mut room: Room, _| {
        let lot = room.announce(ascending(), 600_000, |_| {}).await;
        room.until(lot, &["open"]).await?;
        let (bidder, other) = (room.bidders[0].clone(), room.bidders[1].clone());
        let partner = second_user(&room, &bidder, 71).await;
        bidder
            .done("POST", "/v1/participants/dual-control", json!({ "required": true }))
            .await;
        let account = bidder.account;
        for (command, zh, en) in [
            (
                json!({ "op": "enter_lot", "lot_id": lot, "account_id": account }),
                format!("账户{account}冻结 100.00 CNY，作为竞价标的{lot}的保证金。"),
                "is set aside as the deposit",
            ),
            (
                json!({ "op": "request_withdrawal", "account_id": account, "amount": cny("1234.56") }),
                format!("账户{account}冻结 1234.56 CNY，至银行付出为止。"),
                "until the bank has paid it",
            ),
        ] {
            let proposed = bidder
                .done("POST", "/v1/proposals", json!({ "command": command }))
                .await;
            let id = &proposed["deal_id"];
            let path = format!("/v1/proposals/{id}/effects?min_seq={id}");
            let told = partner.get(&path).await.ok();
            assert_eq!((&told["op"], &told["state"]), (&command["op"], &json!("open")));
            let does = told["does"].as_array().unwrap();
            let said = |zh: &str, en: &str| {
                does.iter().any(|line| {
                    line["text"]["zh"].as_str().unwrap().contains(zh)
                        && line["text"]["en"].as_str().unwrap().contains(en)
                })
            };
            assert!(said(&zh, en), "{told:#}");
            assert!(said("的账户", "an account of"), "{told:#}");
            let [balance] = &told["balances"].as_array().unwrap()[..] else {
                panic!("{told:#}")
            };
            other.get(&path).await.refused(404, "UNKNOWN_PROPOSAL");
            room.venue.nobody().get(&path).await.refused(401, "NOT_AUTHENTICATED");
            let approve = json!({ "client_id": fresh_id(), "proposal_id": id });
            let done = partner.send("POST", "/v1/proposals/approve", &approve).await.ok();
            let path = format!("/v1/accounts/{account}?min_seq={}", done["journal_seq"]);
            let cash = bidder.get(&path).await.ok()["cash"][0].clone();
            assert_eq!(
                (&balance["free_after"], &balance["held_after"]),
                (&cash["free"], &cash["held"]),
                "{told:#}"
            );
            // Decided, it says what it did, and nothing of balances.
            let path = format!("/v1/proposals/{id}/effects?min_seq={}", done["journal_seq"]);
            let told = partner.get(&path).await.ok();
            assert_eq!((&told["state"], &told["balances"]), (&json!("done"), &json!([])));
        }
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_reads_what_an_approval_brings_to_an_account_and_its_owner_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let ana = venue.admit(11, "100.00").await;
    let cash = json!({ "op": "cash_in", "account_id": ana.account, "currency": "CNY", "amount": "500.00", "reference": "bank 7" });
    let proposed = venue
        .operator
        .done("POST", "/v1/proposals", json!({ "command": cash }))
        .await;
    let id = &proposed["deal_id"];
    let path = format!("/v1/proposals/{id}/effects?min_seq={id}");
    let told = venue.operator.get(&path).await.ok();
    let [balance] = &told["balances"].as_array().unwrap()[..] else {
        panic!("{told:#}")
    };
    assert_eq!(
        (&balance["free"], &balance["free_after"], &balance["held_after"]),
        (&json!("100.00"), &json!("600.00"), &json!("0.00")),
        "{told:#}"
    );
    assert_eq!(told["does"][1]["amount"], cny("500.00"), "{told:#}");
    let reads = ana.get("/v1/reads").await.ok();
    assert!(
        reads.to_string().contains(&format!("/v1/proposals/{id}/effects")),
        "{reads}"
    );
    venue.stop().await.unwrap();
}

#[test]
fn the_document_says_which_member_each_code_of_a_command_is_about() {
    let document = documents().openapi.clone();
    let followed = |schema: &Value| match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap().clone(),
        None => schema.clone(),
    };
    // The objects that a schema may be, an absent one aside.
    let objects = |schema: &Value| -> Vec<Value> {
        let schema = followed(schema);
        let any = schema["oneOf"].as_array().cloned();
        any.map_or_else(|| vec![schema], |any| any.iter().map(followed).collect())
    };
    let mut commands = 0;
    for operations in document["paths"].as_object().unwrap().values() {
        for operation in operations.as_object().unwrap().values() {
            let Some(fields) = operation["x-fields"].as_object() else {
                continue;
            };
            commands += 1;
            let Some(body) = operation.pointer("/requestBody/content/application~1json/schema") else {
                // What such a command is about stands in its path.
                let named = operation["parameters"].to_string();
                assert!(
                    fields
                        .values()
                        .all(|field| named.contains(&field.as_str().unwrap()[1..]))
                );
                continue;
            };
            for (code, field) in fields {
                let mut found = vec![followed(body)];
                for name in field.as_str().unwrap().split('/').skip(1) {
                    let inner = found
                        .iter()
                        .map(|object| &object["properties"][name])
                        .find(|inner| !inner.is_null());
                    let inner =
                        inner.unwrap_or_else(|| panic!("{} has no {field} for {code}", operation["operationId"]));
                    found = objects(inner);
                }
            }
        }
    }
    assert!(commands > 100, "{commands}");
}
