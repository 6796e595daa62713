//! The program as its users meet it: the demo market, what it prints, and the commands against it.
#![cfg(unix)]

use gateway::proof::signing;
use protocol::Timestamp;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

const BINARY: &str = env!("CARGO_BIN_EXE_zhiheng");

/// A running exchange; killed when dropped.
struct Exchange {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The ready line.
    ready: String,
    url: String,
}

impl Exchange {
    fn start(dir: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(args)
            .current_dir(dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        while !ready.starts_with("ready ") {
            ready.clear();
            assert_ne!(out.read_line(&mut ready).unwrap(), 0, "ended before it was ready");
        }
        let url = ready.split(' ').nth(1).unwrap().trim().to_owned();
        Self { child, out, ready, url }
    }

    fn run(&self, dir: &Path, args: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.args(args).current_dir(dir).env("ZHIHENG_URL", &self.url);
        in_time(|| command.output().unwrap(), err)
    }

    /// Gives a command, signed by this key.
    fn post(&self, dir: &Path, key: &str, path: &str, body: &str) {
        let answer = in_time(
            || {
                let headers = good(&self.run(dir, &["sign", "POST", path, body, "--key-file", key]));
                let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
                let length = body.len();
                let headers = headers.replace('\n', "\r\n");
                write!(stream, "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}").unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                answer
            },
            Clone::clone,
        );
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Ends it as an operator would, and waits.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "a stop on request is a success");
        let mut rest = String::new();
        while self.out.read_line(&mut rest).unwrap() > 0 {}
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does it again where it came too late after it was signed: a slow machine takes longer than the window, but not each time.
fn in_time<T>(mut sign_and_send: impl FnMut() -> T, said: impl Fn(&T) -> String) -> T {
    let mut done = sign_and_send();
    for _ in 0..10 {
        if !said(&done).contains("STALE_TIMESTAMP") {
            break;
        }
        done = sign_and_send();
    }
    done
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}", err(output));
    out(output)
}

/// A value of `journal verify`.
fn value(report: &str, name: &str) -> String {
    let line = report.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

const HEADING: &str = "office,class,number,title,symbol,classifications,expires_on\n";

#[test]
fn the_demo_market_from_start_to_restart() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let exchange = Exchange::start(dir, &["--listen", "127.0.0.1:0", "--yes"]);
    for name in ["operator=0", "bank=", "firm-a=", "ana=", "bo="] {
        assert!(exchange.ready.contains(name), "{}", exchange.ready);
    }

    // A file with bad lines names each and changes nothing; a good one is listed, and again without harm.
    fs::write(
        dir.join("bad.csv"),
        format!("{HEADING}CN,trademark,1,a,,,2094-05-21\nCN,patent,2,b,,,\nCN,trademark,3,,,,\nCN,copyright,4,d,,,\n"),
    )
    .unwrap();
    fs::write(
        dir.join("good.csv"),
        format!("{HEADING}CN,trademark,1,a,,nice:9,2094-05-21\nCN,trademark,2,b,MARK-2.U,,2094-05-21\n"),
    )
    .unwrap();
    let today = Timestamp(signing::now_ms() * 1_000_000).venue_date().to_string();
    let import = |file: &str, tick: &str| {
        exchange.run(
            dir,
            &[
                "import",
                "assets",
                file,
                "--owner",
                "2",
                "--units",
                "100",
                "--tick",
                tick,
                "--issue-to",
                "2",
                // The day is a part of what is sent, and may end between two imports.
                "--drawn-on",
                &today,
            ],
        )
    };
    let bad = import("bad.csv", "0.05");
    assert_eq!(bad.status.code(), Some(1));
    assert!(
        err(&bad).contains("bad.csv:3: number: NUMBER_INVALID")
            && err(&bad).contains("bad.csv:4: ")
            && err(&bad).contains("bad.csv:5: class: FACTS_MISSING"),
        "{}",
        err(&bad)
    );
    assert!(err(&bad).contains("3 bad lines, nothing was imported"), "{}", err(&bad));
    assert_eq!(good(&import("good.csv", "0.05")), "2 rights listed\n");
    assert_eq!(good(&import("good.csv", "0.05")), "2 rights listed\n");
    let other = import("good.csv", "0.10");
    assert!(
        other.status.code() == Some(1) && err(&other).contains("CLIENT_ID_REUSED"),
        "{}",
        err(&other)
    );

    // The copy proves itself, stops, and goes on where it was: each symbol begins once, in the first run or in the one that first meets it.
    let tail = [
        "tail", "book.l2", "--verify", "--quiet", "--count", "5", "--state", "copy",
    ];
    let mut begun = 0;
    for run in 0.. {
        let told = exchange.run(dir, &tail);
        let report = err(&told);
        assert!(
            told.status.success() && report.contains("5 checksums right, no gap"),
            "{report}"
        );
        let numbers: Vec<usize> = report.split(' ').filter_map(|word| word.parse().ok()).collect();
        let &[5, snapshots, symbols, ..] = &numbers[..] else {
            panic!("{report}")
        };
        begun += snapshots;
        assert_eq!(begun, symbols, "{report}");
        // All of the market: those of the demo, and the two imported.
        if run > 0 && snapshots == 0 && symbols >= 14 {
            break;
        }
        assert!(run < 20, "never all of the market: {report}");
    }

    // An order on what was imported, signed by the program and sent by another client.
    let body = r#"{"client_id":"o-1","account_id":2,"symbol":"MARK-2.U","side":"sell","type":"limit","price":"2.00","quantity":"7"}"#;
    let send_once = |body: &str, signed: &str| {
        let signed = good(&exchange.run(
            dir,
            &[
                "sign",
                "POST",
                signed,
                body,
                "--key-file",
                "zhiheng-data/keys/firm-a.key",
            ],
        ));
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent
            .post(format!("{}/v1/orders", exchange.url))
            .header("content-type", "application/json");
        for line in signed.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let mut response = request.send(body).unwrap();
        (
            response.status().as_u16(),
            response.body_mut().read_to_string().unwrap(),
        )
    };
    let send = |body: &str, signed: &str| in_time(|| send_once(body, signed), |(_, answer)| answer.clone());
    let (status, answer) = send(body, "/v1/orders");
    assert!(
        (200..300).contains(&status) && answer.contains("order_id"),
        "{status} {answer}"
    );
    assert_eq!(
        send(body, "/v1/orders").1,
        answer,
        "the same again is answered as before"
    );
    let (status, answer) = send(body, "/v1/order");
    assert!(
        status == 401 && answer.contains("BAD_SIGNATURE"),
        "a signature over another path: {answer}"
    );
    let from_start = exchange.run(
        dir,
        &[
            "tail",
            "book.l2",
            "--verify",
            "--symbol",
            "MARK-2.U",
            "--from-seq",
            "0",
            "--count",
            "1",
        ],
    );
    assert!(
        good(&from_start).contains(r#""asks":[["2.00","7",1]]"#),
        "{}",
        out(&from_start)
    );
    assert!(err(&from_start).contains("1 checksums right"), "{}", err(&from_start));
    exchange.stop();

    // The journal proves itself on both books, and a dump of it leads to the same state.
    let program = |args: &[&str]| Command::new(BINARY).args(args).current_dir(dir).output().unwrap();
    let report = good(&program(&["journal", "verify", "zhiheng-data"]));
    assert_eq!(value(&report, "end"), "clean");
    let plain = good(&program(&[
        "journal",
        "verify",
        "zhiheng-data/journal",
        "--book",
        "plain",
    ]));
    assert_eq!(value(&report, "state_hash"), value(&plain, "state_hash"));
    let dump = program(&["journal", "dump", "zhiheng-data"]);
    assert_eq!(good(&dump).lines().count().to_string(), value(&report, "commands"));
    let mut apply = Command::new(BINARY)
        .args(["apply", "--state-hash", "--quiet", "--book", "plain"])
        .args(["--seal-key-file", "zhiheng-data-keys/seal.key"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    apply.stdin.take().unwrap().write_all(&dump.stdout).unwrap();
    let applied = good(&apply.wait_with_output().unwrap());
    assert!(applied.contains(&value(&report, "state_hash")), "{applied}");

    // A second start seeds nothing and knows the same keys.
    let again = Exchange::start(dir, &["--listen", "127.0.0.1:0", "--bots", "0"]);
    assert!(again.ready.contains("ana="));
    again.stop();
    good(&program(&["journal", "verify", "zhiheng-data"]));
    // What the sequencer says of itself alone is new: where a lot was open, that the exchange was down, and that its time runs.
    let after = good(&program(&["journal", "dump", "zhiheng-data"]));
    let own = |line: &&str| line.contains(r#""op":"resumed""#) || line.contains(r#""op":"tick""#);
    let new: Vec<_> = after.lines().skip(good(&dump).lines().count()).collect();
    assert!(new.iter().all(own), "{new:?}");
}

#[test]
fn a_real_exchange_begins_empty_and_strict() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let program = |args: &[&str]| Command::new(BINARY).args(args).current_dir(dir).output().unwrap();
    let public = good(&program(&["keygen", "--out", "operator.key", "--key-id", "0"]));
    assert_eq!(
        program(&["keygen", "--out", "operator.key"]).status.code(),
        Some(1),
        "a key is never overwritten"
    );
    let config = |more: &str| {
        let head = format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\noperator_public_key = \"{}\"\n",
            public.trim()
        );
        fs::write(dir.join("z.toml"), head + more).unwrap();
    };
    config("profil = \"cn-venue\"\n");
    let wrong = program(&["serve", "--config", "z.toml"]);
    assert!(
        wrong.status.code() == Some(1) && err(&wrong).contains("unknown field `profil`"),
        "{}",
        err(&wrong)
    );
    config("");
    let without = program(&["serve", "--config", "z.toml"]);
    assert!(
        without.status.code() == Some(1) && err(&without).contains("calendar: a venue that is no sandbox has one"),
        "{}",
        err(&without)
    );
    fs::write(dir.join("2026.json"), holidays(2026, "2026-10-02")).unwrap();
    config("[clock]\nunsynchronised = \"accept\"\n[calendar]\nfiles = [\"2026.json\"]\n");
    let exchange = Exchange::start(dir, &["serve", "--config", "z.toml"]);
    assert!(exchange.ready.contains("profile cn-venue"), "{}", exchange.ready);
    fs::write(
        dir.join("good.csv"),
        format!("{HEADING}CN,trademark,1,a,,nice:9,2094-05-21\n"),
    )
    .unwrap();
    let import = [
        "import",
        "assets",
        "good.csv",
        "--owner",
        "0",
        "--units",
        "1",
        "--tick",
        "1",
        "--key-file",
        "operator.key",
    ];
    let refused = exchange.run(dir, &import);
    assert!(
        refused.status.code() == Some(1) && err(&refused).contains("MODE_NOT_PERMITTED"),
        "{}",
        err(&refused)
    );
    its_calendar_is_shown_and_carried_on(dir, &exchange);
    exchange.stop();
}

/// The State Council's list of a year, as public data sets give it, with one more day off.
fn holidays(year: u32, more: &str) -> String {
    let day = |date: &str| format!(r#"{{"name":"节","date":"{date}","isOffDay":true}}"#);
    let days: Vec<_> = ["01-01", "05-01", "10-01"]
        .iter()
        .map(|date| day(&format!("{year}-{date}")))
        .collect();
    format!(
        r#"{{"$id":"x","year":{year},"papers":["https://example.org/{year}"],"days":[{},{}]}}"#,
        days.join(","),
        day(more)
    )
}

fn its_calendar_is_shown_and_carried_on(dir: &Path, exchange: &Exchange) {
    let october = good(&exchange.run(dir, &["calendar", "show", "2026-10"]));
    assert!(
        october.contains("  1*  2*  3") && october.contains("20 working days") && october.contains("example.org/2026"),
        "{october}"
    );
    let later = good(&exchange.run(dir, &["calendar", "show", "2027-01"]));
    assert!(later.contains("CALENDAR_ENDS"), "{later}");
    fs::write(dir.join("2027.json"), holidays(2027, "2027-02-30")).unwrap();
    let import = ["calendar", "import", "2027.json", "--key-file", "operator.key"];
    let faulty = exchange.run(dir, &import);
    assert!(
        faulty.status.code() == Some(1) && err(&faulty).contains("2027.json: days[3] 2027-02-30"),
        "{}",
        err(&faulty)
    );
    fs::write(dir.join("2027.json"), holidays(2027, "2027-02-05")).unwrap();
    let checked = good(&exchange.run(dir, &["calendar", "import", "2027.json", "--check"]));
    assert!(checked.contains("nothing was sent"), "{checked}");
    assert!(good(&exchange.run(dir, &import)).contains("2026, 2027: "));
    assert!(good(&exchange.run(dir, &import)).contains("in force already"));
    let later = good(&exchange.run(dir, &["calendar", "show", "2027-01"]));
    assert!(
        later.contains("  1*  2") && later.contains("20 working days"),
        "{later}"
    );
    // A list that came and was corrected comes again: it is brought again, and not answered as before.
    for (more, off) in [
        ("2027-02-04", true),
        ("2027-02-05", false),
        ("2027-02-04", true),
        ("2027-02-05", false),
    ] {
        fs::write(dir.join("2027.json"), holidays(2027, more)).unwrap();
        assert!(good(&exchange.run(dir, &import)).contains("; in force\n"), "{more}");
        let february = good(&exchange.run(dir, &["calendar", "show", "2027-02"]));
        assert_eq!(february.contains("  4*"), off, "{more}: {february}");
    }
    // With a second operator the rules take two people: what one imports the other approves.
    let second = r#"{"client_id":"second","entity_id":0,"roles":["operator"]}"#;
    exchange.post(dir, "operator.key", "/v1/participants/users", second);
    fs::write(dir.join("2028.json"), holidays(2028, "2028-02-04")).unwrap();
    let import = ["calendar", "import", "2028.json", "--key-file", "operator.key"];
    let proposed = good(&exchange.run(dir, &import));
    assert!(
        proposed.contains("proposed as ") && !proposed.contains("null"),
        "{proposed}"
    );
    assert!(good(&exchange.run(dir, &["calendar", "show", "2028-01"])).contains("CALENDAR_ENDS"));
    // It waits, once however often it is imported; another list is another proposal, and one that was refused is
    // proposed anew.
    assert_eq!(good(&exchange.run(dir, &import)), proposed);
    fs::write(dir.join("2028.json"), holidays(2028, "2028-02-07")).unwrap();
    let other = good(&exchange.run(dir, &import));
    assert_ne!(other, proposed);
    let number = other.split("proposed as ").nth(1).unwrap();
    let number = number.split(':').next().unwrap();
    let refuse = format!(r#"{{"client_id":"refused","proposal_id":{number}}}"#);
    exchange.post(dir, "operator.key", "/v1/proposals/refuse", &refuse);
    let again = good(&exchange.run(dir, &import));
    assert!(again.contains("proposed as ") && again != other, "{again}");
}

#[test]
fn the_command_line_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let program = |args: &[&str]| {
        Command::new(BINARY)
            .args(args)
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    assert_eq!(program(&["sell"]).status.code(), Some(2));
    assert_eq!(program(&["--version"]).status.code(), Some(0));
    for (args, part) in [
        (&["sign", "GET", "v1/orders"][..], "begins with /"),
        (&["sign", "GET", "/v1/orders"], "zhiheng-data/keys/operator.key"),
        (&["apply", "none.jsonl"], "none.jsonl"),
        (&["journal", "verify", "none"], "there is no such folder"),
        (&["serve", "--config", "none.toml"], "none.toml"),
        (
            &[
                "import", "assets", "none.csv", "--owner", "1", "--units", "1", "--tick", "1",
            ],
            "none.csv",
        ),
        (&["tail", "trades", "--url", "ftp://x"], "https://HOST:PORT"),
        (&["tail", "trades", "--from-seq", "7"], "goes with one --symbol"),
    ] {
        let output = program(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(err(&output).contains(part), "{args:?}: {}", err(&output));
    }
}
