use super::*;

const EPOCH: &str = r#"{"at":"2026-03-02T02:00:00Z","op":"epoch","rules_version":2,"profile":"unit-market","approval":"sandbox","fees":{"maker_bps":0,"taker_bps":0}}"#;

fn all() -> Printed {
    Printed {
        events: true,
        told: Told::default(),
        answers: true,
        state_hash: true,
    }
}

fn run(script: &str) -> (String, Result<(), String>) {
    run_on(Script::new(BookKind::Fast), script, all())
}

fn run_on(core: Script, script: &str, printed: Printed) -> (String, Result<(), String>) {
    let mut output = Vec::new();
    let ran = apply(script.as_bytes(), &mut output, core, printed, &mut |_| ());
    let ran = ran.map_err(|error| error.to_string());
    (String::from_utf8(output).unwrap(), ran)
}

/// A what-if as a person writes it: names, and nothing that decides nothing.
const WHAT_IF: &str = r#"{"op":"epoch"}
{"op":"register_entity","as":"ana"}
{"op":"register_user","entity_id":"ana","as":"ana"}
{"op":"open_account","entity_id":"ana","as":"ana"}
{"op":"register_entity","as":"bo"}
{"op":"register_user","entity_id":"bo","as":"bo"}
{"op":"open_account","entity_id":"bo","as":"bo"}
{"op":"cash_in","account_id":"bo","amount":"5000000.00"}
{"op":"register_rights","as":"right","rights":[{"asset":{"owner_id":"ana","filed_on":"2020-01-01"},"extract":{}}]}
{"op":"announce_lot","by":"ana","as":"lot1","asset_ids":["right"],"account_id":"ana","deposit":{"currency":"CNY","amount":"50000.00"},"format":{"ascending":{"start":{"currency":"CNY","amount":"1000000.00"},"steps":[{"from":{"currency":"CNY","amount":"0.00"},"step":{"currency":"CNY","amount":"10000.00"}}]}}}
{"at":"2026-03-02T02:00:12Z","op":"enter_lot","by":"bo","lot_id":"lot1","account_id":"bo"}
{"op":"bid_lot","by":"bo","lot_id":"lot1","price":{"currency":"CNY","amount":"1000000.00"}}
{"at":"2026-03-03T02:00:00Z","op":"tick"}
{"op":"pay_lot","by":"bo","lot_id":"lot1"}
"#;

#[test]
fn a_what_if_says_what_decides_and_names_the_rest() {
    let (output, ran) = run_on(Script::new(BookKind::Fast).for_what_if(), WHAT_IF, all());
    assert_eq!(ran, Ok(()));
    assert!(!output.contains("\"rejected\""), "{output}");
    assert!(output.contains(r#""state":"paid""#), "{output}");
    let strict = run(WHAT_IF).1.unwrap_err();
    assert!(strict.starts_with("line 1: MISSING_FIELD at /at"), "{strict}");
}

#[test]
fn the_pages_what_if_runs() {
    let page = include_str!("../../../../docs/COMMANDS.md");
    let lines = page.lines().filter(|line| line.starts_with(r#"    {"op":"#));
    let script: String = lines.map(|line| format!("{}\n", line.trim())).collect();
    assert!(script.lines().count() > 5, "{script}");
    let (output, ran) = run_on(Script::new(BookKind::Fast).for_what_if(), &script, all());
    assert_eq!(ran, Ok(()));
    assert!(
        !output.contains("\"rejected\"") && output.contains(r#""lot_id":6"#),
        "{output}"
    );
}

#[test]
fn what_is_not_there_is_refused_and_the_run_goes_on() {
    for (line, code) in [
        (
            r#"{"op":"place_order","account_id":0,"symbol":"NONE","side":"buy","type":"limit","price":"1.00","quantity":"1"}"#,
            "UNKNOWN_INSTRUMENT",
        ),
        (r#"{"op":"cancel_order","order_client_id":"a"}"#, "UNKNOWN_ORDER"),
        (r#"{"op":"open_account","entity_id":"nobody"}"#, "UNKNOWN_NAME"),
        (r#"{"op":"announce_lot","asset_ids":["right"]}"#, "UNKNOWN_NAME"),
    ] {
        let script = format!("{EPOCH}\n{line}\n{{\"op\":\"tick\"}}\n");
        let (output, ran) = run_on(Script::new(BookKind::Fast).for_what_if(), &script, all());
        assert_eq!(ran, Ok(()), "{line}");
        let refused = output.lines().find(|line| line.contains("\"line\":2")).unwrap();
        assert!(refused.contains(code) && refused.contains("rejected"), "{refused}");
        assert!(
            output.lines().last().unwrap().starts_with("{\"journal_seq\":2,"),
            "{output}"
        );
        let strict = format!(
            "{EPOCH}\n{}\n",
            line.replacen('{', r#"{"at":"2026-03-02T02:00:00Z","#, 1)
        );
        assert!(run(&strict).1.unwrap_err().starts_with("line 2: "), "{line}");
    }
}

#[test]
fn events_are_printed_by_type_and_audience() {
    let told = |types: &[&str], audiences: &[&str]| {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Told::new(&of(types), &of(audiences)).map_err(|error| error.to_string())
    };
    let lines = |told: Told| {
        let printed = Printed {
            events: true,
            told,
            ..Printed::default()
        };
        run_on(Script::new(BookKind::Fast).for_what_if(), WHAT_IF, printed).0
    };
    let all = lines(Told::default()).lines().count();
    let lots = lines(told(&["lot"], &[]).unwrap());
    assert!(
        !lots.is_empty() && lots.lines().all(|line| line.contains(r#""lot":{"#)),
        "{lots}"
    );
    let public = lines(told(&[], &["public"]).unwrap());
    assert!(public.lines().all(|line| line.contains(r#""audience":"public""#)) && public.lines().count() < all);
    assert_eq!(
        lines(told(&["epoch_opened", "title"], &["public"]).unwrap())
            .lines()
            .count(),
        1
    );
    assert!(told(&["lots"], &[]).unwrap_err().contains("nearest: lot"));
    assert!(told(&[], &["everyone"]).unwrap_err().starts_with("--audience"));
}

#[test]
fn a_mistake_is_placed_in_the_script_and_the_nearest_word_is_named() {
    let error = run(&format!("{EPOCH}\n\n{{\"at\":}}\n")).1.unwrap_err();
    assert!(
        error.starts_with("line 3: MALFORMED_JSON") && error.contains("at column 7") && !error.contains("line 1"),
        "{error}"
    );
    let slip = r#"{"at":"2026-03-02T02:00:00Z","op":"anounce_lot"}"#;
    let error = run(&format!("{EPOCH}\n{slip}\n")).1.unwrap_err();
    assert!(
        error.contains("UNKNOWN_OPERATION at /op") && error.contains("nearest: announce_lot"),
        "{error}"
    );
}

#[test]
fn a_bad_line_ends_the_run_with_its_number() {
    for (bad, part) in [
        ("{", "line 3: MALFORMED_JSON"),
        ("[]", "line 3: MALFORMED_JSON"),
        (r#"{"op":"tick"}"#, "line 3: MISSING_FIELD at /at"),
        (r#"{"at":"2026-03-02T02:00:00Z"}"#, "line 3: MISSING_FIELD at /op"),
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"halt"}"#,
            "line 3: UNKNOWN_OPERATION at /op",
        ),
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"tick","x":1}"#,
            "line 3: UNKNOWN_FIELD at /x",
        ),
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"tick","by":-1}"#,
            "line 3: OUT_OF_RANGE at /by",
        ),
        (r#"{"at":"yesterday","op":"tick"}"#, "line 3: TIME_INVALID at /at"),
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"encoded","request":"00"}"#,
            "line 3: UNKNOWN_VALUE at /request",
        ),
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"cancel_order","order_client_id":"a"}"#,
            "line 3: UNKNOWN_ORDER",
        ),
    ] {
        // An empty line counts; what stands behind the bad one is not applied.
        let (output, ran) = run(&format!("{EPOCH}\n\n{bad}\n{EPOCH}\n"));
        let error = ran.unwrap_err();
        assert!(error.starts_with(part), "{bad}: {error}");
        assert!(
            output.contains("epoch_opened") && !output.contains("\"journal_seq\":2"),
            "{output}"
        );
    }
}

#[test]
fn what_is_from_before_the_first_release_is_refused_by_its_name() {
    let old = EPOCH.replace(r#""rules_version":2"#, r#""rules_version":1"#);
    for core in [Script::new(BookKind::Fast), Script::new(BookKind::Fast).for_what_if()] {
        let (output, ran) = run_on(core, &old, all());
        let error = ran.unwrap_err();
        assert!(
            error.starts_with("line 1: UNKNOWN_VALUE at /rules_version")
                && error.contains("begun under rules version 1 by a program from before the first release"),
            "{error}"
        );
        assert_eq!(output, "");
    }
    // Asked for later, it is an answer like any other: a dump that holds it comes to the same state.
    let (output, ran) = run(&format!("{EPOCH}\n{old}\n"));
    assert!(ran.is_ok() && output.contains("RULES_VERSION_UNSUPPORTED"), "{output}");

    let mut encoded = "00".repeat(32);
    encoded.push_str("0b0000");
    for (gone, place) in [
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"import_assets","imports":[]}"#.to_owned(),
            "UNKNOWN_OPERATION at /op",
        ),
        (
            r#"{"at":"2026-03-02T02:00:00Z","op":"propose","command":{"op":"import_assets","imports":[]}}"#.to_owned(),
            "UNKNOWN_OPERATION at /command/op",
        ),
        (
            format!(r#"{{"at":"2026-03-02T02:00:00Z","op":"encoded","request":"{encoded}"}}"#),
            "UNKNOWN_VALUE at /request",
        ),
    ] {
        let error = run(&format!("{EPOCH}\n{gone}\n")).1.unwrap_err();
        assert!(
            error.starts_with(&format!("line 2: {place}"))
                && error.contains("import_assets is gone: use register_rights")
                && error.contains("list_units"),
            "{error}"
        );
    }
}

#[test]
fn time_never_goes_back_and_rejects_are_answers() {
    let early = r#"{"at":"2026-03-01T00:00:00Z","op":"open_account","entity_id":99}"#;
    let (output, ran) = run(&format!("{EPOCH}\n{early}"));
    assert_eq!(ran, Ok(()));
    let rejected = output.lines().find(|line| line.contains("UNKNOWN_ENTITY")).unwrap();
    assert!(rejected.contains("2026-03-02T02:00:00.000000000Z"), "{rejected}");
    assert!(
        output
            .lines()
            .last()
            .unwrap()
            .starts_with("{\"journal_seq\":2,\"state_hash\":"),
        "{output}"
    );
}

/// There is no time at the last nanosecond of all: a core would wait for ever for what never falls due.
#[test]
fn a_line_at_no_time_is_refused() {
    for (at, is_read) in [("614", true), ("615", false)] {
        let last = format!(r#"{{"at":"2554-07-21T23:34:33.709551{at}Z","op":"tick"}}"#);
        let (output, ran) = run(&format!("{EPOCH}\n{last}"));
        assert_eq!(ran.is_ok(), is_read, "{at}: {ran:?} {output}");
        assert!(is_read || ran.unwrap_err().contains("at"), "{output}");
    }
}

#[test]
fn a_line_has_a_bound() {
    let mut script = EPOCH.as_bytes().to_vec();
    script.push(b'\n');
    script.resize(script.len() + LINE_MAX as usize + 2, b' ');
    let error = apply(
        &script[..],
        &mut Vec::new(),
        Script::new(BookKind::Plain),
        all(),
        &mut |_| (),
    )
    .unwrap_err()
    .to_string();
    assert!(error.starts_with("line 2: longer than"), "{error}");
    assert_eq!(run("").1, Ok(()));
}

/// What is told of a script with sealed lines is what is told without them, also where a line names what is not there.
#[test]
fn a_sealed_line_is_not_told() {
    use sequencer::SealKey;
    let script = |key: bool| {
        Script::new(BookKind::Fast)
            .for_what_if()
            .with_seal_key(key.then(|| SealKey::new([7; 32])))
    };
    let sealed = include_str!("../../../../docs/COMMANDS.md")
        .lines()
        .find(|line| line.contains(r#""op":"sealed","lot_id":7"#))
        .unwrap();
    let at = "2026-03-03T01:00:00.000000000Z";
    let behind = format!(
        "{{\"at\":\"{at}\",\"op\":\"cash_in\",\"account_id\":\"bo\",\"amount\":\"7.00\"}}\n{{\"op\":\"place_order\",\"by\":\"bo\",\"account_id\":\"bo\",\"symbol\":\"NONE\",\"side\":\"buy\",\"type\":\"limit\",\"price\":\"1.00\",\"quantity\":\"1\"}}\n"
    );
    let tick = format!("{{\"at\":\"{at}\",\"op\":\"tick\"}}");
    let (with, ran) = run_on(script(true), &format!("{WHAT_IF}{sealed}\n{behind}{behind}"), all());
    assert_eq!(ran, Ok(()));
    let (without, ran) = run_on(script(false), &format!("{WHAT_IF}{tick}\n{behind}{behind}"), all());
    assert_eq!(ran, Ok(()));
    let told = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.contains("state_hash"));
        let lines = lines.filter(|line| !line.contains(r#""line":"#));
        lines
            .map(|line| line.split_once(r#""at":"#).map_or(line, |(_, rest)| rest).to_owned())
            .collect()
    };
    let (mut expected, told) = (told(&without).into_iter(), told(&with));
    assert!(told.len() > 20);
    for line in told {
        assert!(expected.any(|other| other == line), "{line}");
    }
}
