//! `auction verify` on the logs of a real venue: they hold, and nothing that was changed, cut or left out does.

mod auction_room;
mod server_support;

use auction_room::*;
use gateway::{
    json::scalar::write_digest,
    proof::{
        auction_log::{
            Proved,
            receipts::{Trace, trace},
            verify,
        },
        commitment::commitment,
        receipt::BidReceipt,
        signing::{self, Key},
    },
};
use protocol::{Committed, Digest, Event, KeyId, LotId, PublicEvent, Seq, Stamped, event::LotEvent};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::PathBuf, process::Command, time::Duration};

fn receipt(answer: &Value) -> BidReceipt {
    serde_json::from_value(answer["receipt"].clone()).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[track_caller]
fn prove(log: &str, key: &str) -> Proved {
    let mut all = verify(log.as_bytes(), &[key]).unwrap_or_else(|fault| panic!("{fault}\n{log}"));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// The public steps that a page of the documentation tells of, in the order of their commands.
fn told_in(page: &str) -> Vec<(u64, Stamped<Event>)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let events = text
        .lines()
        .filter(|line| line.starts_with("{\"journal_seq\"") && line.contains("\"audience\":\"public\""));
    let steps = events.filter_map(|line| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        let (seq, at) = (event["journal_seq"].as_u64().unwrap(), event["at"].take());
        let public = match event["type"].as_str().unwrap() {
            "notice" => PublicEvent::Notice(Box::new(serde_json::from_value(event["notice"].take()).unwrap())),
            "lot_bid" => {
                let fields = event.as_object_mut().unwrap();
                fields.retain(|name, _| !matches!(name.as_str(), "journal_seq" | "at" | "audience" | "type"));
                PublicEvent::LotBid(serde_json::from_value(event).unwrap())
            }
            _ => return None,
        };
        let stamped = Stamped {
            seq: Seq(seq),
            at: serde_json::from_value(at).unwrap(),
            body: Event::Public(public),
        };
        Some((seq, stamped))
    });
    steps.collect()
}

/// The logs of all lots of a page of the documentation, which the real core runs, signed by this key.
fn logs_of(page_name: &str, key: &Key) -> Vec<(LotId, String)> {
    let (data, mut folder) = market_data::new(market_data::Limits::default());
    data.sign_with(gateway::proof::venue_key::signer(key));
    let mut lots = BTreeSet::new();
    for command in told_in(page_name).chunk_by(|a, b| a.0 == b.0) {
        let events: Vec<_> = command.iter().map(|(_, event)| event.clone()).collect();
        for event in &events {
            if let Event::Public(public) = &event.body
                && let Some(step) = LotEvent::of(public)
            {
                lots.insert(step.lot());
            }
        }
        let (up_to, at) = (Seq(command[0].0), events[0].at);
        folder.fold(
            &Committed {
                up_to,
                at,
                events,
                asked: vec![],
            },
            at,
        );
    }
    let log = |lot| {
        let page = data.auction_log(lot, 0, usize::MAX).unwrap();
        let steps = String::from_utf8(page.text).unwrap();
        (lot, steps + &data.auction_head(lot, page.end).unwrap().line())
    };
    lots.into_iter().map(log).collect()
}

fn venue_key(seed: u8) -> Key {
    Key {
        id: KeyId(0),
        secret: server_support::secret(seed),
        label: String::new(),
    }
}

fn public(key: &Key) -> String {
    signing::hex(&key.secret.public_key().unwrap())
}

/// Every lot of the documentation's own scripts: each way of selling, with pauses, priority, defaults and the rest.
#[test]
fn every_worked_auction_proves_itself() {
    let key = venue_key(9);
    let mut ends = BTreeSet::new();
    let mut heads = String::new();
    for page_name in ["AUCTIONS.md", "WORKED_AUCTIONS.md"] {
        let logs = logs_of(page_name, &key);
        assert!(logs.len() > 3, "{page_name} sells {} lots", logs.len());
        for (lot, log) in logs {
            let proved = prove(&log, &public(&key));
            ends.insert(serde_json::to_string(&proved.lot.state).unwrap());
            let told = proved.steps[0].at;
            heads += &format!("{page_name} {} {told} {}\n", lot.0, write_digest(proved.head));
        }
    }
    assert!(ends.len() > 3, "{ends:?}");
    // A head is derived from the text of its steps anew at each start. Where no page was rewritten, another head here means that every log
    // there ever was has other heads now: logs from then on need a layout of their own.
    assert_eq!(heads, include_str!("golden/auction_heads.txt"), "found:\n{heads}");
}

/// What a watcher wrote down before and after the venue's key was replaced.
#[test]
fn a_log_of_two_keys_holds_with_both_and_with_neither_alone() {
    let (old, new) = (venue_key(9), venue_key(10));
    let pairs = logs_of("AUCTIONS.md", &old)
        .into_iter()
        .zip(logs_of("AUCTIONS.md", &new));
    let ((_, before), (_, after)) = pairs.max_by_key(|((_, log), _)| log.lines().count()).unwrap();
    let half = before.lines().count() / 2;
    let mixed: Vec<_> = before.lines().take(half).chain(after.lines().skip(half)).collect();
    let mixed = mixed.join("\n") + "\n";
    let (old, new) = (public(&old), public(&new));
    let proved = verify(mixed.as_bytes(), &[&old, &new]).unwrap().remove(0);
    assert_eq!(proved.head, prove(&after, &new).head);
    assert_eq!(proved.public_keys, [old.clone(), new.clone()]);
    for trusted in [&[][..], &[&*old], &[&*new]] {
        let fault = verify(mixed.as_bytes(), trusted).unwrap_err().to_string();
        assert!(fault.contains("signed with the key"), "{fault}");
    }
}

/// A rising lot with an answer by a maximum, a bid in the last third, which moves the end, and receipts of all of it.
async fn rising(room: &mut Room, runs_ms: u64) -> Result<(String, Vec<BidReceipt>), Late> {
    let window_s = runs_ms.div_ceil(1_500);
    let mut format = ascending();
    format["ascending"]["clock"]["window_seconds"] = window_s.into();
    let lot = room.announce(format, 3_000 * window_s, |_| {}).await;
    let mut answers = room.enter(lot).await?;
    answers.push(room.bid(0, lot, "1000.00").await?);
    let maximum = json!({ "lot_id": lot, "maximum": cny("1600.00") });
    answers.push(room.give(&room.bidders[1], "/v1/auctions/maximum", maximum).await?);
    answers.push(room.bid(2, lot, "1300.00").await?);
    answers.push(room.bid(2, lot, "1500.00").await?);
    let window_begins = room.closes(lot) - 1_000 * window_s;
    let in_window = |answer: &Value| receipt(answer).at.0 >= window_begins * 1_000_000;
    if answers.iter().any(in_window) {
        return Err(Late);
    }
    let last_bid = (window_begins + 200 * window_s).saturating_sub(signing::now_ms());
    tokio::time::sleep(Duration::from_millis(last_bid)).await;
    answers.push(room.bid(0, lot, "1700.00").await?);
    room.until(lot, &["sold"]).await?;
    Ok((room.log(lot).await, answers.iter().map(receipt).collect()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rising_log_holds_and_no_byte_of_it_can_change() {
    play(3, no_byte_can_change).await;
}

async fn no_byte_can_change(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    let key = room.key().await;
    let (log, receipts) = rising(&mut room, runs_ms).await?;
    room.venue.stop().await.unwrap();
    let proved = prove(&log, &key);
    let number = receipts[0].number;
    assert_eq!((proved.lot.number, proved.lot.bids), (Some(number), 7), "{log}");
    assert_eq!(proved.lot.price.unwrap().money.minor(), 170_000);
    assert_eq!(proved.moved.len(), 1, "the bid of the last third: {:?}", proved.moved);

    // Any byte, changed in any way: the place is named.
    let mut random = 7_u64;
    let line_of = |place: usize| log.as_bytes()[..place].iter().filter(|byte| **byte == b'\n').count() + 1;
    for place in 0..log.len() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let flip = [1, 2, 4, 8, 16, 32, 64, 128][(random >> 33) as usize % 8];
        let mut forged = log.clone().into_bytes();
        forged[place] ^= flip;
        let fault = verify(&forged, &[&key]).expect_err("a byte was changed");
        let line = line_of(place);
        assert!(
            fault.line == line || fault.line == line + 1,
            "byte {place} of line {line}: {fault}"
        );
    }
    // A digit for another in each field of each line: also where the text stays well formed.
    for (place, byte) in log.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        let mut forged = log.clone().into_bytes();
        forged[place] = b'0' + (byte - b'0' + 1) % 10;
        assert!(verify(&forged, &[&key]).is_err(), "byte {place}");
    }
    // Cut anywhere, or with a line left out, it is not whole.
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    for end in 0..lines.len() {
        let states = lines[..end].last().is_some_and(|line| line.contains("\"signature\""));
        let cut = verify(lines[..end].concat().as_bytes(), &[&key]);
        assert_eq!(
            cut.is_ok(),
            states,
            "up to a signed step it is a whole log: {end} lines, {cut:?}"
        );
        let without = [&lines[..end], &lines[end + 1..]].concat().concat();
        let signed_twice = end + 1 == lines.len() && lines[end - 1].contains("\"signature\"");
        assert_eq!(
            verify(without.as_bytes(), &[&key]).is_ok(),
            signed_twice,
            "without line {}",
            end + 1
        );
    }
    let fault = verify(lines[..lines.len() - 3].concat().as_bytes(), &[&key]).unwrap_err();
    assert!(fault.what.starts_with("truncated"), "{fault}");
    let other = verify(log.as_bytes(), &[&"00".repeat(32)]).unwrap_err();
    assert!(other.what.contains("not with"), "{other}");

    // Every receipt has left its trace; where a bid is taken out of the chain, its receipt finds it missing.
    for receipt in &receipts {
        assert!(receipt.holds(&key));
        let expected = receipt.op == "enter_lot";
        assert_eq!(trace(&proved, receipt) == Trace::Silent, expected, "{receipt:?}");
        assert_ne!(trace(&proved, receipt), Trace::Missing, "{receipt:?}");
    }
    let mut forged = receipts[3].clone();
    forged.price = receipts[4].price;
    assert!(!forged.holds(&key), "nobody signed this");
    let mut without = proved.clone();
    without.steps.retain(|step| step.at != receipts[3].at);
    assert_eq!(trace(&without, &receipts[3]), Trace::Missing);

    // A watcher's file: an answer, another channel, a snapshot ahead of the steps, and some of them twice.
    let sent = |line: &str| line.replacen("Z\",\"", "Z\",\"sent_at\":\"2026-11-23T00:00:00.000000001Z\",\"", 1);
    let head: Value = serde_json::from_str(lines[lines.len() - 1]).unwrap();
    let first: Value = serde_json::from_str(lines[lines.len() - 2]).unwrap();
    let snapshot = format!(
        r#"{{"type":"snapshot","channel":"auction","symbol":{},"seq":{},"matched_at":{},"sent_at":{},"lot":{},"head":{},"public_key":{},"signature":{}}}"#,
        first["symbol"],
        head["seq"],
        first["matched_at"],
        first["matched_at"],
        serde_json::to_string(&proved.lot).unwrap(),
        head["head"],
        head["public_key"],
        head["signature"]
    );
    let steps = &lines[..lines.len() - 1];
    let mut watched = vec![
        "{\"id\":1,\"op\":\"subscribe\",\"channel\":\"auction\",\"rate_limit\":{}}\n".to_owned(),
        "{\"type\":\"delta\",\"channel\":\"trades\",\"seq\":4}\n".to_owned(),
        snapshot.clone() + "\n",
    ];
    watched.extend(steps[..5].iter().chain(&steps[3..]).map(|line| sent(line)));
    prove(&watched.concat(), &key);
    let forged = snapshot.replacen("1700.00", "1660.00", 1);
    let fault = verify((watched.concat() + &forged).as_bytes(), &[&key]).unwrap_err();
    assert!(fault.what.contains("snapshot"), "{fault}");
    watched.push(sent(steps[4]).replacen("\"bids\":2", "\"bids\":1", 1));
    let fault = verify(watched.concat().as_bytes(), &[&key]).unwrap_err();
    assert!(fault.what.contains("said otherwise"), "{fault}");
    watched.truncate(6);
    let fault = verify(watched.concat().as_bytes(), &[&key]).unwrap_err();
    assert!(fault.what.starts_with("truncated") && fault.line == 3, "{fault}");

    // The command line says the same, and its exit code.
    let (file, list) = (room.dir.path().join("log"), room.dir.path().join("receipts"));
    let told: Vec<_> = receipts
        .iter()
        .map(|receipt| json!({ "receipt": receipt }).to_string() + "\n")
        .collect();
    std::fs::write(&list, told.concat()).unwrap();
    let run = |log: &str| {
        std::fs::write(&file, log).unwrap();
        let program = Command::new(env!("CARGO_BIN_EXE_zhiheng"))
            .args(["auction", "verify"])
            .arg(&file)
            .args(["--key", &key, "--receipts"])
            .arg(&list)
            .output()
            .unwrap();
        let said = [program.stdout, program.stderr].concat();
        (program.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = run(&log);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("winner {number} at 1700.00 CNY")), "{said}");
    let (code, said) = run(&log.replacen("1300.00", "1200.00", 1));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("line 6, seq 6: the head does not follow"), "{said}");
    // Cut after a step that the venue signed, it says what was so then, and not how it ended.
    let (code, said) = run(&(log.lines().next().unwrap().to_owned() + "\n"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ends while the lot is announced"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_format_proves_its_winner() {
    play(3, every_format).await;
}

async fn every_format(mut room: Room, runs_ms: u64) -> Result<(), Late> {
    let key = room.key().await;

    // Sealed, at the second price, with one who commits twice and one who never reveals.
    let reveal_s = runs_ms.div_ceil(1_000);
    let sealed = json!({ "sealed": { "start": cny("1000.00"), "pays": "second", "reveal_seconds": reveal_s, "penalty": cny("10.00") } });
    let lot = room.announce(sealed, runs_ms, |_| {}).await;
    let entered = room.enter(lot).await?;
    let id = LotId(lot);
    let numbers: Vec<u32> = entered.iter().map(|answer| receipt(answer).number).collect();
    let mut receipts = vec![];
    for (place, minor, nonce) in [(0, 120_000, 1), (1, 150_000, 2), (2, 900_000, 3), (0, 180_000, 4)] {
        let commitment = commitment(id, numbers[place], minor, &Digest([nonce; 32]));
        let commit = json!({ "lot_id": lot, "commitment": commitment });
        receipts.push(receipt(
            &room
                .give(&room.bidders[place], "/v1/auctions/commitments", commit)
                .await?,
        ));
    }
    room.until(lot, &["revealing"]).await?;
    for (place, price, nonce) in [(0, "1800.00", "04"), (1, "1500.00", "02")] {
        let reveal = json!({ "lot_id": lot, "price": cny(price), "nonce": nonce.repeat(32) });
        receipts.push(receipt(
            &room.give(&room.bidders[place], "/v1/auctions/reveals", reveal).await?,
        ));
    }
    room.until(lot, &["sold"]).await?;
    let log = room.log(lot).await;
    let proved = prove(&log, &key);
    assert_eq!(
        (proved.lot.number, proved.lot.price.unwrap().money.minor()),
        (Some(numbers[0]), 150_000)
    );
    for receipt in &receipts {
        assert!(matches!(trace(&proved, receipt), Trace::Shown(_)), "{receipt:?}");
    }
    let hidden = |proved: &Proved| {
        let mut without = proved.clone();
        without
            .steps
            .retain(|step| !matches!(step.event, protocol::event::LotEvent::Opened(_)));
        without
    };
    assert_eq!(
        trace(&hidden(&proved), &receipts[5]),
        Trace::Missing,
        "a reveal that was swept away"
    );

    // A falling price is taken at what it is then.
    let falling = json!({ "descending": {
        "start": cny("5000.00"), "step": cny("100.00"), "every_seconds": 1, "floor": cny("4000.00"), "hold_seconds": 60
    } });
    let lot = room.announce(falling, 60_000, |_| {}).await;
    room.enter(lot).await?;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let taken = receipt(&room.bid(1, lot, "5000.00").await?);
    let proved = prove(&room.log(lot).await, &key);
    assert!(proved.lot.price.unwrap().money.minor() < 500_000);
    assert!(matches!(trace(&proved, &taken), Trace::Shown(_)));

    // A fixed price, whose first bid opens the bidding; it is paused, and the log of a lot that runs holds as well.
    let sell_off = json!({ "sell_off": {
        "start": cny("1000.00"), "runs_seconds": 60, "steps": [{ "from": cny("0.00"), "step": cny("50.00") }],
        "clock": { "window_seconds": 90, "extension": "from_end", "extensions_max": 1 }
    } });
    let lot = room.announce(sell_off, 60_000, |_| {}).await;
    room.enter(lot).await?;
    room.bid(1, lot, "1000.00").await?;
    room.bid(0, lot, "1050.00").await?;
    for step in ["pause", "resume"] {
        let path = format!("/v1/auctions/{step}");
        let step = json!({ "lot_id": lot, "evidence_sha256": PAPER });
        room.give(&room.venue.operator, &path, step).await?;
    }
    let proved = prove(&room.log(lot).await, &key);
    assert_eq!(proved.moved.len(), 3, "{:?}", proved.moved);
    assert_eq!(proved.lot.extensions, 1);

    // In reverse the lowest offer wins; a hidden reserve that it does not meet leaves it to the parties.
    let reverse = json!({ "reverse": {
        "demand": "十年的许可", "start": cny("900.00"), "steps": [{ "from": cny("0.00"), "step": cny("10.00") }],
        "clock": { "window_seconds": 0, "extension": "from_bid" }
    } });
    let buyer = room.venue.admit(51, "5000.00").await;
    let seller = std::mem::replace(&mut room.seller, buyer);
    let account = room.seller.account;
    let lot = room
        .announce(reverse, runs_ms, |lot| {
            lot["asset_ids"] = json!([]);
            lot["account_id"] = account.into();
            lot["reserve"] = cny("500.00");
        })
        .await;
    room.seller = seller;
    room.enter(lot).await?;
    room.bid(0, lot, "900.00").await?;
    room.bid(2, lot, "800.00").await?;
    room.until(lot, &["negotiating"]).await?;
    let proved = prove(&room.log(lot).await, &key);
    assert_eq!(proved.lot.best.unwrap().money.minor(), 80_000);
    room.venue.stop().await.unwrap();
    Ok(())
}
