//! `docs/COMMANDS.md` is run: its commands are one script, and the events that stand below each are what it leads to.
//! With `ZHIHENG_RENEW=1` the events on the page are written anew, to be read in review.

use gateway::{
    cli::script::Script,
    json::{InputCode, Op, event::EventBody},
};
use sequencer::BookKind;
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

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/COMMANDS.md")
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

fn parts() -> Vec<Part> {
    let text = fs::read_to_string(page()).unwrap();
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
    let mut script = Script::new(book);
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

#[test]
fn the_examples_run_and_print_what_the_page_says() {
    let mut parts = parts();
    let found = run(BookKind::Fast, &parts);
    assert_eq!(found, run(BookKind::Plain, &parts), "both books");
    let examples = parts.iter_mut().filter_map(|part| match part {
        Part::Example(example) => Some(example),
        Part::Text(_) => None,
    });
    if std::env::var_os("ZHIHENG_RENEW").is_some() {
        examples.zip(found).for_each(|(example, found)| example.events = found);
        let lines = parts.iter().flat_map(|part| match part {
            Part::Text(line) => vec![line.clone()],
            Part::Example(Example { command, events }) => {
                let mut lines = vec![
                    "<!-- command -->".into(),
                    "```json".into(),
                    command.clone(),
                    "```".into(),
                ];
                lines.extend(["<!-- events -->".into(), "```json".into()]);
                lines.extend(events.iter().cloned());
                lines.push("```".into());
                lines
            }
        });
        let text: Vec<String> = lines.collect();
        fs::write(page(), text.join("\n") + "\n").unwrap();
        return;
    }
    for (example, found) in examples.zip(found) {
        assert_eq!(example.events, found, "after {}", example.command);
    }
}

#[test]
fn no_command_no_event_and_no_code_is_missing() {
    let (mut commands, mut events, mut text) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for part in parts() {
        match part {
            Part::Text(line) => text += &(line + "\n"),
            Part::Example(example) => {
                let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
                commands.insert(value(&example.command)["op"].as_str().unwrap().to_owned());
                events.extend(
                    example
                        .events
                        .iter()
                        .map(|line| value(line)["type"].as_str().unwrap().to_owned()),
                );
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
    for kind in EventBody::KINDS {
        assert!(events.contains(*kind), "no example of the event {kind}");
        assert!(text.contains(&format!("| `{kind}` |")), "no row for {kind}");
    }
    let rejects = protocol::Reject::ALL
        .iter()
        .map(|reject| (reject.code(), reject.english(), reject.chinese()));
    let inputs = InputCode::ALL
        .iter()
        .map(|code| (code.code(), code.english(), code.chinese()));
    for (code, en, zh) in inputs.chain(rejects) {
        assert!(
            text.contains(&format!("| `{code}` | {en} | {zh} |")),
            "the row of {code} is missing or stale"
        );
    }
}
