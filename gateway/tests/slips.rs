//! What a slip of an operator does not break: a demo started on a real exchange and the other way round, a key file that
//! is gone or another, keys lost, a configuration that was changed. The program as its users meet it.
#![cfg(unix)]

mod house;

use house::{Exchange, House};
use std::{fs, path::PathBuf};

const SANDBOX: &str = "profile = \"unit-market\"\napproval = \"sandbox\"";

#[test]
fn the_demo_writes_nothing_into_an_exchange_that_it_did_not_begin() {
    for more in ["", SANDBOX] {
        let house = House::new(more);
        house.begin();
        let before = house.data();
        for args in [
            &["--data-dir", "data", "--listen", "127.0.0.1:0"][..],
            // A yes to the question is none to this.
            &["--data-dir", "data", "--listen", "127.0.0.1:0", "--yes", "--bots", "0"],
        ] {
            let said = house.bad(args);
            assert!(
                said.contains("not the demo market") && said.contains("nothing was written"),
                "{said}"
            );
        }
        // The journal's own folder is no place to begin another exchange in, for nobody.
        let inside = ["--data-dir", "data/journal", "--listen", "127.0.0.1:0", "--yes"];
        let said = house.bad(&inside);
        assert!(said.contains("the folder of a journal itself"), "{said}");
        assert_eq!(house.data(), before);
        house.begin();
    }
}

#[test]
fn an_exchange_does_not_go_on_with_the_demo_s_journal_unless_told() {
    let board = format!("{SANDBOX}\n[fees]\nmaker_bps = 10\ntaker_bps = 20");
    let house = House::new(&board);
    let demo = ["--data-dir", "data", "--listen", "127.0.0.1:0", "--bots", "0"];
    Exchange::start(&house, &demo).stop();
    let before = house.data();
    let said = house.bad(&["serve", "--config", "z.toml"]);
    assert!(
        said.contains("holds the demo market") && said.contains("--allow-demo"),
        "{said}"
    );
    assert_eq!(house.data(), before);

    // Told to, it is served by its own operator's key; another is refused as in any exchange.
    let told = ["serve", "--config", "z.toml", "--allow-demo"];
    let said = house.bad(&told);
    assert!(said.contains("operator_public_key"), "{said}");
    house.configure("data/keys/operator.key", &board);
    Exchange::start(&house, &told).stop();
    // And the demo goes on with it.
    Exchange::start(&house, &demo).stop();

    // Its operator's key is not made anew where an exchange knows another.
    fs::rename(house.path("data/keys/operator.key"), house.path("gone.key")).unwrap();
    let said = house.bad(&demo);
    assert!(said.contains("operator.key is gone"), "{said}");
    assert!(!house.path("data/keys/operator.key").exists());
}

/// A segment as a program from before the first release wrote it.
fn old_segment() -> Vec<u8> {
    let text = include_str!("../../journal/tests/golden/journal-v1.hex");
    let mut bytes = Vec::new();
    for line in text.lines() {
        let (first, second) = line.split_once(' ').unwrap();
        if first.ends_with(".journal") {
            if !bytes.is_empty() {
                break;
            }
            bytes.resize(second.parse().unwrap(), 0);
        } else {
            let at = usize::from_str_radix(first, 16).unwrap();
            let line = gateway::proof::signing::unhex(second).unwrap();
            bytes[at..at + line.len()].copy_from_slice(&line);
        }
    }
    bytes
}

#[test]
fn a_journal_from_before_the_first_release_is_refused_with_a_clear_word() {
    let house = House::new(SANDBOX);
    fs::create_dir_all(house.path("data/journal")).unwrap();
    fs::write(house.path("data/journal/0000000000000001.journal"), old_segment()).unwrap();
    let before = house.data();
    for args in [
        &["serve", "--config", "z.toml"][..],
        &["journal", "verify", "data"],
        &["journal", "dump", "data"],
        &["--data-dir", "data", "--listen", "127.0.0.1:0", "--yes"],
    ] {
        let said = house.bad(args);
        assert!(
            said.contains("begun by a program from before the first release, which knew other rules")
                && said.contains("cannot be read or served any more"),
            "{args:?}: {said}"
        );
        assert_eq!(house.data(), before, "{args:?}");
    }
}

#[test]
fn the_demo_asks_before_it_begins_where_something_else_lies() {
    let house = House::new("");
    fs::create_dir(house.path("data")).unwrap();
    fs::write(house.path("data/letter.txt"), "mine").unwrap();
    let args = ["--data-dir", "data", "--listen", "127.0.0.1:0", "--bots", "0"];
    let said = house.bad(&args);
    assert!(said.contains("holds other things") && said.contains("--yes"), "{said}");
    assert_eq!(house.data().len(), 1);
    Exchange::start(&house, &[&args[..], &["--yes"]].concat()).stop();
    // The power fails before its first rules are durable: it goes on without a word.
    fs::remove_dir_all(house.path("data/journal")).unwrap();
    fs::remove_file(house.path("data/certificate.key")).unwrap();
    Exchange::start(&house, &args).stop();
}

#[test]
fn a_venue_s_key_that_is_gone_or_another_is_refused_and_replaced_by_an_operator_s_word_alone() {
    let house = House::new("");
    house.begin();
    let file = house.path("data/certificate.key");
    let first = house.public("data/certificate.key");
    let serve = ["serve", "--config", "z.toml"];

    fs::rename(&file, house.path("kept.key")).unwrap();
    let said = house.bad(&serve);
    assert!(
        said.contains("certificate.key") && said.contains("zhiheng keys new --replace"),
        "{said}"
    );
    assert!(!file.exists(), "none is made anew");

    // Somebody puts another in its place.
    house.keygen("other.key");
    fs::rename(house.path("other.key"), &file).unwrap();
    let said = house.bad(&serve);
    assert!(said.contains(&first) && said.contains("the journal names"), "{said}");
    fs::rename(house.path("kept.key"), &file).unwrap();
    house.begin();

    // Without the word it is only said what follows.
    let before = house.data();
    let new = ["keys", "new", "--config", "z.toml"];
    let said = house.bad(&new);
    assert!(
        said.contains("stay good under the old one") && said.contains("--replace"),
        "{said}"
    );
    assert_eq!(house.data(), before);
    let replace = [&new[..], &["--replace"]].concat();
    // Nor while the exchange runs.
    let running = house.serve();
    house.bad(&replace);
    running.stop();
    house.begin();
    let second = house.good(&replace).trim().to_owned();
    assert_eq!(house.public("data/certificate.key"), second);
    assert_ne!(second, first);

    // A stranger reads which key signed since when, from the journal and from the address.
    let named: Vec<_> = house
        .dump()
        .into_iter()
        .filter(|line| line["op"] == "set_venue_key")
        .map(|line| line["public_key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(named, [first.clone(), second.clone()]);
    let running = house.serve();
    let listed = running.get(&house, "/v1/venue-keys", None);
    let keys: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["venue_key"]["public_key"])
        .collect();
    assert_eq!(keys, [first.as_str(), second.as_str()], "{listed}");
    assert!(
        listed["items"][1]["at"].as_str() > listed["items"][0]["at"].as_str(),
        "{listed}"
    );
    assert_eq!(
        running.get(&house, "/v1/certificates/key", None)["public_key"],
        second.as_str()
    );
    running.stop();
}

#[test]
fn a_replacement_that_is_broken_off_goes_on_with_the_same_key() {
    let house = House::new("");
    house.begin();
    let replace = ["keys", "new", "--config", "z.toml", "--replace"];
    // It made the next key, and then the power failed: before the journal named it, or after.
    let next = house.keygen("data/certificate.key.next").trim().to_owned();
    assert_eq!(house.good(&replace).trim(), next);
    fs::rename(
        house.path("data/certificate.key"),
        house.path("data/certificate.key.next"),
    )
    .unwrap();
    let said = house.bad(&["serve", "--config", "z.toml"]);
    assert!(said.contains("zhiheng keys new --replace"), "{said}");
    assert_eq!(house.good(&replace).trim(), next);
    house.begin();
    let named = house
        .dump()
        .into_iter()
        .filter(|line| line["op"] == "set_venue_key")
        .count();
    assert_eq!(named, 2, "not named twice");

    let empty = House::new("");
    for args in [&replace[..], &["recover", "--config", "z.toml", "--yes"]] {
        let said = empty.bad(args);
        assert!(said.contains("holds no exchange yet"), "{said}");
    }
    assert!(!empty.path("data").exists());
}

#[test]
fn a_changed_configuration_is_refused_with_the_way() {
    let house = House::new("");
    house.begin();
    let serve = ["serve", "--config", "z.toml"];
    house.keygen("other.key");
    for (key, more, field, way) in [
        ("other.key", "", "operator_public_key", "zhiheng recover --config FILE"),
        ("operator.key", SANDBOX, "profile", "POST /v1/rules"),
        (
            "operator.key",
            "operator_networks = [\"10.0.0.0/8\"]",
            "operator_networks",
            "/v1/participants/keys",
        ),
        (
            "operator.key",
            "[fees]\nmaker_bps = 1\ntaker_bps = 2",
            "fees",
            "POST /v1/rules",
        ),
        (
            "operator.key",
            "[calendar]\nyears = [2026]\nholidays = [\"2026-10-01\"]",
            "calendar",
            "POST /v1/rules",
        ),
    ] {
        house.configure(key, more);
        let said = house.bad(&serve);
        assert!(said.contains(field) && said.contains(way), "{more}: {said}");
    }
    house.configure("operator.key", "");
    house.begin();

    let board = House::new(SANDBOX);
    board.begin();
    board.configure(
        "operator.key",
        "profile = \"unit-market\"\napproval = \"深知监〔2026〕1号\"",
    );
    let said = board.bad(&serve);
    assert!(said.contains("approval"), "{said}");
}

#[test]
fn a_configuration_follows_what_commands_changed_or_stays_as_it_was() {
    let house = House::new("");
    let running = house.serve();
    let rules = r#"{"client_id":"r-1","rules_version":2,"profile":"cn-venue","fees":{"maker_bps":3,"taker_bps":4},"calendar":{"years":[2026]}}"#;
    let answer = running.post(&house, "/v1/rules", rules, "operator.key");
    assert!(answer.contains("done"), "{answer}");
    house.keygen("next.key");
    let next = format!(
        r#"{{"client_id":"k-1","user_id":0,"material":{{"algorithm":"ed25519","public_key":"{}"}},"scopes":["admin"]}}"#,
        house.public("next.key")
    );
    let answer = running.post(&house, "/v1/participants/keys", &next, "operator.key");
    assert!(answer.contains("done"), "{answer}");
    running.stop();
    let fees = |maker: u8| format!("[fees]\nmaker_bps = {maker}\ntaker_bps = 4");
    for (key, more) in [("operator.key", ""), ("operator.key", &*fees(3)), ("next.key", "")] {
        house.configure(key, more);
        house.begin();
    }
    house.configure("next.key", &fees(5));
    let said = house.bad(&["serve", "--config", "z.toml"]);
    assert!(
        said.contains("in force is") && said.contains("POST /v1/rules"),
        "{said}"
    );
}

#[test]
fn lost_keys_are_no_end_the_configuration_s_key_is_the_way_back() {
    let house = House::new("");
    house.begin();
    // The key file is lost: another goes into the configuration.
    fs::remove_file(house.path("operator.key")).unwrap();
    house.keygen("found.key");
    house.configure("found.key", "");
    house.bad(&["serve", "--config", "z.toml"]);
    let before = house.data();
    let recover = ["recover", "--config", "z.toml", "--end-other-keys"];
    let said = house.bad(&recover);
    assert!(
        said.contains(&house.public("found.key")) && said.contains("--yes"),
        "{said}"
    );
    assert_eq!(house.data(), before, "it asks first");
    let running = House::new("");
    running.begin();
    let other = running.serve();
    let said = running.bad(&["recover", "--config", "z.toml", "--yes"]);
    assert!(
        said.contains("lock") || said.contains("running") || said.contains("use"),
        "{said}"
    );
    other.stop();

    let number = house.good(&[&recover[..], &["--yes"]].concat()).trim().to_owned();
    assert_eq!(number, "1");
    let text = fs::read_to_string(house.path("found.key")).unwrap();
    fs::write(house.path("found.key"), text.replace("key_id = 0", "key_id = 1")).unwrap();
    let running = house.serve();
    let keys = running.get(&house, "/v1/participants/keys", Some("found.key"));
    let revoked: Vec<_> = keys["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["revoked"].as_bool())
        .collect();
    assert_eq!(revoked, [Some(true), Some(false)], "{keys}");
    let told = running.get(&house, "/v1/recoveries", Some("found.key"));
    assert_eq!(told["items"][0]["recovery"]["key_id"], 1, "{told}");
    assert_eq!(
        told["items"][0]["recovery"]["ended_key_ids"],
        serde_json::json!([0]),
        "{told}"
    );
    assert_eq!(
        running.get(&house, "/v1/recoveries", None)["items"],
        serde_json::json!([]),
        "staff alone are told"
    );
    running.stop();
    let last = house.dump().pop().unwrap();
    assert_eq!((&last["op"], &last["by"]), (&"recover".into(), &0.into()), "{last}");
}

/// Nothing inside an older copy of the journal tells that it is one; the high-water mark beside the seal key does.
#[test]
fn an_old_folder_put_back_is_refused_and_what_is_lost_is_public() {
    let house = House::new("");
    house.begin();
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "journal");
    let segments = || -> Vec<_> { house.data().into_iter().filter(|(path, _)| is_segment(path)).collect() };
    let (old, left) = (segments(), house.dump().len());
    let running = house.serve();
    house.keygen("next.key");
    let next = format!(
        r#"{{"client_id":"k-1","user_id":0,"material":{{"algorithm":"ed25519","public_key":"{}"}},"scopes":["admin"]}}"#,
        house.public("next.key")
    );
    let answer = running.post(&house, "/v1/participants/keys", &next, "operator.key");
    assert!(answer.contains("done"), "{answer}");
    running.stop();
    let last = house.dump().len();
    assert!(last > left);
    let mark = fs::read_to_string(house.path("data-keys/data.mark")).unwrap();
    assert!(
        mark.contains(&format!("\"journal_seq\":{last},")) && mark.contains("\"closed\":true"),
        "{mark}"
    );

    old.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    for command in [
        &["serve", "--config", "z.toml"][..],
        &["recover", "--config", "z.toml", "--yes"],
    ] {
        let said = house.bad(command);
        let missing = format!("commands {} to {last} are missing", left + 1);
        assert!(
            said.contains(&missing) && said.contains(&format!("--accept-loss {left}")),
            "{said}"
        );
        assert!(segments() == old, "nothing was changed");
    }
    let other = (left - 1).to_string();
    house.bad(&["serve", "--config", "z.toml", "--accept-loss", &other]);
    let accepted = left.to_string();
    let running = Exchange::start(&house, &["serve", "--config", "z.toml", "--accept-loss", &accepted]);
    let losses = running.get(&house, "/v1/losses", None);
    let told = &losses["items"][0]["loss_accepted"];
    assert_eq!(
        (&told["last_seq"], &told["known_seq"]),
        (&left.into(), &last.into()),
        "{losses}"
    );
    running.stop();
    // From here on the mark is of the journal that goes on.
    house.begin();
    let damaged = house.path("data-keys/data.mark");
    fs::write(&damaged, "").unwrap();
    assert!(
        house
            .bad(&["serve", "--config", "z.toml"])
            .contains("no high-water mark")
    );
}

#[test]
fn a_journal_and_its_dump_are_compared_at_one_place() {
    let house = House::new("");
    let demo = ["--data-dir", "data", "--listen", "127.0.0.1:0", "--bots", "200"];
    let market = Exchange::start(&house, &demo);
    let hash = |text: &str| -> String {
        let rest = text.split_once("state_hash").unwrap().1;
        rest.chars().filter(char::is_ascii_hexdigit).take(64).collect()
    };
    // While the desks quote on.
    for place in ["1", "60", "777"] {
        let dump = loop {
            let dump = house.run(&["journal", "dump", "data", "--until-seq", place]);
            if dump.status.success() {
                break dump.stdout;
            }
            let said = String::from_utf8(dump.stderr).unwrap();
            assert!(said.contains("the journal ends with command"), "{said}");
        };
        assert_eq!(
            String::from_utf8(dump.clone()).unwrap().lines().count().to_string(),
            place
        );
        let report = house.good(&["journal", "verify", "data", "--book", "plain", "--until-seq", place]);
        assert!(report.contains(&format!("journal_seq  {place}\n")), "{report}");
        fs::write(house.path("dump.jsonl"), &dump).unwrap();
        let applied = house.good(&[
            "apply",
            "dump.jsonl",
            "--state-hash",
            "--quiet",
            "--seal-key-file",
            "data-keys/seal.key",
        ]);
        assert_eq!(hash(&report), hash(&applied), "{place}");
    }
    market.stop();
    for command in ["verify", "dump"] {
        let said = house.bad(&["journal", command, "data", "--until-seq", "999999999"]);
        assert!(said.contains("the journal ends with command"), "{said}");
        let said = house.bad(&["journal", command, "data", "--until-seq", "0"]);
        assert!(said.contains("the first command is 1"), "{said}");
    }
}

#[test]
fn a_store_of_secrets_that_is_gone_is_said() {
    let house = House::new("");
    let running = house.serve();
    let key =
        r#"{"client_id":"k-1","user_id":0,"material":{"algorithm":"hmac-sha256"},"scopes":["read"],"networks":[]}"#;
    let answer = running.post(&house, "/v1/participants/keys", key, "operator.key");
    assert!(answer.contains("\"secret\""), "{answer}");
    running.stop();
    let said = |name: &str| -> String {
        let file = house.path(name);
        let log = fs::File::create(&file).unwrap();
        let mut command = house.command(&["serve", "--config", "z.toml"]);
        let running = Exchange::of(command.stderr(log));
        running.stop();
        fs::read_to_string(file).unwrap()
    };
    assert!(!said("log-1").contains("secrets.sealed"));
    fs::remove_file(house.path("data/secrets.sealed")).unwrap();
    let told = said("log-2");
    assert!(told.contains("keys=[1]") && told.contains("secrets.sealed"), "{told}");
}

#[test]
fn the_demo_s_metrics_count_what_its_desks_do_and_are_not_public() {
    let house = House::new("");
    let args = [
        "--data-dir",
        "data",
        "--listen",
        "127.0.0.1:0",
        "--metrics-listen",
        "127.0.0.1:0",
    ];
    let market = Exchange::start(&house, &args);
    let at = market
        .printed
        .lines()
        .find_map(|line| line.strip_prefix("metrics "))
        .unwrap();
    let text = ureq::get(at).call().unwrap().body_mut().read_to_string().unwrap();
    let done = text
        .lines()
        .find_map(|line| line.strip_prefix("zhiheng_commands_done_total "))
        .unwrap();
    // None of them came through the door.
    assert!(done.parse::<u64>().unwrap() > 100, "{text}");
    assert_eq!(market.get(&house, "/metrics", None)["code"], "NOT_FOUND");
    market.stop();
}

#[test]
fn a_key_signs_for_the_venue_that_it_is_bound_to_and_for_no_other() {
    let house = House::new(SANDBOX);
    let exchange = house.serve();
    fn of<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
        [first, &["--key-file", "operator.key"], more].concat()
    }
    let bound = || {
        fs::read_to_string(house.path("operator.key.venue"))
            .unwrap()
            .trim()
            .to_owned()
    };
    // Bound at its first use, and said so.
    let first = house.run(&of(&["sign", "GET", "/v1/accounts"], &["--url", &exchange.url]));
    let said = String::from_utf8_lossy(&first.stderr).into_owned();
    let here = exchange.get(&house, "/v1/venue", None)["venue_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(first.status.success() && said.contains(&here), "{said}");
    assert_eq!(bound(), here);
    assert_eq!(
        house
            .run(&of(&["sign", "GET", "/v1/accounts"], &["--url", &exchange.url]))
            .stderr,
        b"",
        "said once"
    );

    // Another venue there, or one that calls itself another: nothing is signed, by any command.
    let there = House::new(SANDBOX);
    let other = there.serve();
    let id = other.get(&there, "/v1/venue", None)["venue_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for args in [
        of(&["sign", "GET", "/v1/accounts"], &["--url", &other.url]),
        vec!["export", "assets", "--key-file", "operator.key", "--url", &other.url],
    ] {
        let said = house.bad(&args);
        assert!(said.contains(&id) && said.contains(&here), "{said}");
        assert!(
            said.contains("nothing was signed") && said.contains(&format!("--venue {id}")),
            "{said}"
        );
        assert!(said.contains("zhiheng pin --url"), "{said}");
    }
    assert_eq!(bound(), here);

    // The ways on: for this once, and for good, which somebody has to say.
    house.good(&of(
        &["sign", "GET", "/v1/accounts"],
        &["--url", &other.url, "--venue", &id],
    ));
    assert_eq!(bound(), here);
    let pin = ["pin", "--url", &other.url];
    assert!(house.bad(&of(&pin, &[])).contains("--yes"));
    assert!(house.bad(&of(&pin, &["--yes", "--venue", &here])).contains("--venue"));
    assert_eq!(bound(), here);
    house.good(&of(&pin, &["--yes"]));
    assert_eq!(bound(), id);
    house.good(&of(&["sign", "GET", "/v1/accounts"], &["--url", &other.url]));
    assert!(
        house
            .bad(&of(&["sign", "GET", "/v1/accounts"], &["--url", &exchange.url]))
            .contains("nothing was signed")
    );
    exchange.stop();
    other.stop();

    // Bound from the beginning.
    assert!(
        house
            .bad(&["keygen", "--out", "b.key", "--venue", "a b"])
            .contains("--venue")
    );
    assert!(!house.path("b.key").exists());
    house.good(&["keygen", "--out", "b.key", "--venue", &here]);
    assert_eq!(fs::read_to_string(house.path("b.key.venue")).unwrap().trim(), here);
}
