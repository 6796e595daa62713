//! Each page of [`PAGES`] is run: its commands are one script, and the events that stand below each command are what it
//! leads to. With `ZHIHENG_RENEW=1` the events and the codes are written anew, to be read in review.

use gateway::{
    cli::script::Script,
    json::{InputCode, event},
};
use protocol::{
    Notice, Record, Reject,
    command::Op,
    describe::{Describe, Shape},
};
use sequencer::{BookKind, SealKey};
use std::{collections::BTreeSet, fs, path::PathBuf};

/// A command of the page and the events below it.
struct Example {
    command: String,
    events: Vec<String>,
}

enum Part {
    Text(String),
    Example(Example),
}

/// Every page; together they are complete.
const PAGES: [&str; 12] = [
    "COMMANDS.md",
    "REGISTRY.md",
    "AUCTIONS.md",
    "WORKED_AUCTIONS.md",
    "PLEDGES.md",
    "WORKED_PLEDGES.md",
    "DISPOSAL.md",
    "REVERSE.md",
    "EQUITY.md",
    "POOLS.md",
    "SUBSIDIES.md",
    "GUARANTORS.md",
];

fn path(page: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page)
}

/// The lines of the fence that begins with the next line.
fn fence<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
    assert_eq!(lines.next(), Some("```json"));
    lines
        .by_ref()
        .take_while(|line| *line != "```")
        .map(Into::into)
        .collect()
}

fn parts(page: &str) -> Vec<Part> {
    let text = fs::read_to_string(path(page)).unwrap();
    let mut lines = text.lines();
    let mut parts = Vec::new();
    while let Some(line) = lines.next() {
        if line != "<!-- command -->" {
            parts.push(Part::Text(line.into()));
            continue;
        }
        let [command] = fence(&mut lines).try_into().expect("a command is one line");
        assert_eq!(lines.next(), Some("<!-- events -->"), "events stand below {command}");
        parts.push(Part::Example(Example {
            command,
            events: fence(&mut lines),
        }));
    }
    parts
}

fn run(book: BookKind, parts: &[Part]) -> Vec<Vec<String>> {
    // The key that the pages name.
    let mut script = Script::new(book).with_seal_key(Some(SealKey::new([7; 32])));
    let commands = parts.iter().filter_map(|part| match part {
        Part::Example(example) => Some(&example.command),
        Part::Text(_) => None,
    });
    commands
        .map(|command| {
            script
                .apply(command.as_bytes())
                .unwrap_or_else(|error| panic!("{command}: {error}"));
            script.core().check_invariants().unwrap();
            script
                .events()
                .map(|event| serde_json::to_string(&event).unwrap())
                .collect()
        })
        .collect()
}

fn written(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(line) => text += &format!("{line}\n"),
            Part::Example(Example { command, events }) => {
                text += &format!("<!-- command -->\n```json\n{command}\n```\n<!-- events -->\n```json\n");
                events.iter().for_each(|event| text += &format!("{event}\n"));
                text += "```\n";
            }
        }
    }
    text
}

/// The row of a code.
fn row(code: &str, english: &str, chinese: &str) -> String {
    format!("| `{code}` | {english} | {chinese} |")
}

/// The page with the core's codes as they are now, in the table that begins with the first of them.
fn with_codes(page: &str) -> String {
    let rows: Vec<_> = Reject::ALL
        .iter()
        .map(|reject| row(reject.code(), reject.english(), reject.chinese()))
        .collect();
    let Some((before, rest)) = page.split_once(&rows[0]) else {
        return page.into();
    };
    let after: Vec<_> = rest
        .lines()
        .skip(1)
        .skip_while(|line| line.starts_with("| `"))
        .collect();
    format!("{before}{}\n{}\n", rows.join("\n"), after.join("\n"))
}

#[test]
fn the_examples_run_and_print_what_the_pages_say() {
    for page in PAGES {
        let mut parts = parts(page);
        let found = run(BookKind::Fast, &parts);
        assert_eq!(found, run(BookKind::Plain, &parts), "both books, {page}");
        let examples = parts.iter_mut().filter_map(|part| match part {
            Part::Example(example) => Some(example),
            Part::Text(_) => None,
        });
        if std::env::var_os("ZHIHENG_RENEW").is_some() {
            examples.zip(found).for_each(|(example, found)| example.events = found);
            fs::write(path(page), with_codes(&written(&parts))).unwrap();
            continue;
        }
        for (example, found) in examples.zip(found) {
            assert_eq!(example.events, found, "{page}, after {}", example.command);
        }
    }
}

/// The words of an enum whose variants carry something.
fn words<T: Describe>() -> Vec<&'static str> {
    match T::SHAPE {
        Shape::OneOf(_, variants) => variants.iter().map(|variant| variant.0).collect(),
        _ => unreachable!("a choice"),
    }
}

#[test]
fn no_command_no_event_and_no_code_is_missing() {
    let (mut commands, mut events, mut text) = (BTreeSet::new(), BTreeSet::new(), String::new());
    let mut shown = BTreeSet::new();
    for part in PAGES.into_iter().flat_map(parts) {
        match part {
            Part::Text(line) => text += &(line + "\n"),
            Part::Example(example) => {
                let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
                commands.insert(value(&example.command)["op"].as_str().unwrap().to_owned());
                for event in example.events.iter().map(|line| value(line)) {
                    events.insert(event["type"].as_str().unwrap().to_owned());
                    let inside = ["record", "notice"].iter().filter_map(|name| event[name].as_object());
                    shown.extend(inside.flat_map(|inside| inside.keys().cloned()));
                }
            }
        }
    }
    for op in Op::ALL {
        assert!(commands.contains(op.name()), "no example of the command {}", op.name());
        assert!(
            text.contains(&format!("### `{}` · ", op.name())),
            "no heading for {}",
            op.name()
        );
    }
    for kind in event::kinds() {
        assert!(events.contains(kind), "no example of the event {kind}");
        assert!(text.contains(&format!("| `{kind}` |")), "no row for {kind}");
    }
    for word in words::<Record>().into_iter().chain(words::<Notice>()) {
        assert!(shown.contains(word), "no example of the record {word}");
        assert!(text.contains(&format!("| `{word}` |")), "no row for {word}");
    }
    let rejects = Reject::ALL
        .iter()
        .map(|reject| (reject.code(), reject.english(), reject.chinese()));
    let inputs = InputCode::ALL
        .iter()
        .map(|code| (code.code(), code.english(), code.chinese()));
    for (code, en, zh) in inputs.chain(rejects) {
        assert!(
            text.contains(&row(code, en, zh)),
            "the row of {code} is missing or stale"
        );
    }
}
