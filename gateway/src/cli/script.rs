//! `apply`: JSON command lines through a fresh core, for what-if, audit and conformance.
//!
//! Each line is an object with `at`, `by` (0 where none is given), `op` and the command's fields (docs/COMMANDS.md);
//! empty lines are skipped. The core is that of the venue, with the same answers to repeats. A line that goes back in
//! time is applied at the time of the one before it, as the sequencer does; lines are numbered from 1, whatever
//! `journal_seq` they were dumped with. The first malformed line ends the run with its number: what stands behind it
//! would be applied to a state that nobody meant. A line that names what is not there (a symbol, an order, a name) is
//! refused as the core refuses what it does not know, and the run goes on, unless it is strict.
//!
//! What a line may leave out or call by a name is the business of [`what_if`](super::what_if).
//!
//! A dumped line may hold a bidder's request as the journal does, sealed: it takes the venue's seal key. What is told
//! to the bidder alone is not printed then, nor the answer: whoever applies a dump is not the bidder, and its lot may
//! be open.

use super::{args::ApplyArgs, error::CliError, progress, told::Told, what_if::WhatIf};
use crate::{
    json::{AnswerJson, Detail, EventJson, InputCode, InputError, LocalNames, read_line, scalar::write_digest},
    proof::seal,
};
use indicatif::ProgressBar;
use protocol::{Answer, Command, Event, OrderId, Outcome, PublicEvent, Receipt, Seq, Stamped, rules::RULES_VERSION};
use sequencer::{BookKind, Replica, SealKey, Sealing};
use serde::Serialize;
use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read as _, Write},
};

/// The longest line, in bytes: 1000 rights to register at their longest fit.
pub const LINE_MAX: u64 = 16 << 20;

/// A fresh core that is given commands as JSON lines.
pub struct Script {
    core: Replica,
    names: LocalNames,
    events: Vec<Stamped<Event>>,
    sealing: Sealing,
    /// Whether a line was sealed; and whether the last one was.
    sealed: (bool, bool),
    /// What a script may leave out; a strict one leaves out nothing.
    what_if: Option<WhatIf>,
}

impl Script {
    /// An empty core.
    pub fn new(book: BookKind) -> Self {
        Self {
            core: Replica::new(book),
            names: LocalNames::default(),
            events: Vec::new(),
            sealing: Sealing::new(None),
            sealed: (false, false),
            what_if: None,
        }
    }

    /// This script, which may leave out what a what-if need not say, and call by names what it brings into being.
    pub fn for_what_if(self) -> Self {
        Self {
            what_if: Some(WhatIf::default()),
            ..self
        }
    }

    /// This script, which opens bidders' requests with this key.
    pub fn with_seal_key(self, key: Option<SealKey>) -> Self {
        Self {
            sealing: Sealing::new(key),
            ..self
        }
    }

    /// Applies one line.
    ///
    /// # Errors
    /// Where the line is malformed: then nothing was applied.
    pub fn apply(&mut self, line: &[u8]) -> Result<Answer, InputError> {
        let (line, name) = match &mut self.what_if {
            Some(what_if) => what_if.read(line, &self.names)?,
            None => (read_line(line, &self.names)?, None),
        };
        let at = line.at.max(self.core.last_at());
        self.check_begin(&line.request.command)?;
        let places = matches!(line.request.command, Command::PlaceOrder(_));
        let stands = Stamped {
            // A sealed line is bound to its own place and time.
            seq: line.journal_seq.unwrap_or(self.core.last().next()),
            at: line.at,
            body: line.request,
        };
        let opened = self.sealing.open(&stands);
        let opened =
            opened.map_err(|error| InputError::new(InputCode::UnknownValue, error.to_string()).within("sealed"))?;
        let is_sealed = matches!(opened, Cow::Owned(_));
        self.sealed = (self.sealed.0 || is_sealed, is_sealed);
        let request = Stamped {
            seq: self.core.last().next(),
            at,
            body: opened.into_owned().body,
        };
        self.events.clear();
        let answer = self.core.apply(&request, &mut self.events);
        self.events.iter().for_each(|event| self.names.learn(&event.body));
        if let Some(client_id) = line.client_id.filter(|_| places) {
            self.names.name_order(client_id.as_str(), accepted(&answer));
        }
        if let Some(what_if) = &mut self.what_if {
            let receipt = match answer.outcome {
                Outcome::Done(receipt) => Some(receipt),
                Outcome::Rejected(_) => None,
            };
            what_if.learn(at, name, receipt);
        }
        Ok(answer)
    }

    /// Refuses a script that begins under rules that no program knows any more: a dump of a journal of then. An epoch
    /// of them that comes later is for the core to refuse, as it was when it was asked for.
    fn check_begin(&self, command: &Command) -> Result<(), InputError> {
        match command {
            Command::Epoch(epoch) if self.core.last() == Seq(0) && epoch.rules_version == 1 => {
                let note = format!(
                    "this was begun under rules version 1 by a program from before the first release, and cannot be applied; the rules are of version {RULES_VERSION}"
                );
                Err(InputError::new(InputCode::UnknownValue, note).within("rules_version"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a line that was not applied names what is not there, so that the run may go on.
    fn goes_on_after(&self, error: &InputError) -> bool {
        let unknown = matches!(
            error.code,
            InputCode::UnknownInstrument | InputCode::UnknownOrder | InputCode::UnknownName
        );
        unknown && self.what_if.is_some()
    }

    /// Whether rules came into force without a calendar, so that every Monday to Friday works.
    fn opened_without_calendar(&self) -> bool {
        let opened = |event: &Stamped<Event>| match &event.body {
            Event::Public(PublicEvent::EpochOpened(epoch)) => epoch.calendar.is_absent(),
            _ => false,
        };
        self.events.iter().any(opened)
    }

    /// The events of the last line applied, as they are printed.
    pub fn events(&self) -> impl Iterator<Item = EventJson<'_>> {
        let all = self.events.iter();
        all.filter(|event| !self.sealed.0 || !event.body.is_sealed())
            .map(|event| EventJson::of(event, &self.names))
    }

    /// Whether the last line was a bidder's, sealed: its answer is the bidder's too.
    pub fn was_sealed(&self) -> bool {
        self.sealed.1
    }

    /// The core.
    pub fn core(&self) -> &Replica {
        &self.core
    }
}

fn accepted(answer: &Answer) -> Option<OrderId> {
    match answer.outcome {
        Outcome::Done(Receipt::Order(order)) => Some(order),
        _ => None,
    }
}

/// The parts of a run that are printed.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    /// The events.
    pub events: bool,
    /// Which of them.
    pub told: Told,
    /// The answer to each command, behind its events.
    pub answers: bool,
    /// The digest of the state, at the end.
    pub state_hash: bool,
}

#[derive(Serialize)]
struct StateLine {
    journal_seq: u64,
    state_hash: String,
    event_hash: String,
}

/// A line that was not applied, since what it names is not there.
#[derive(Serialize)]
struct RefusedLine {
    line: u64,
    status: &'static str,
    code: &'static str,
    field: String,
    detail: Detail,
}

/// Runs a whole script from where `script` stands; `progress` is told the number of each line.
///
/// # Errors
/// At the first malformed line, and where input or output fails.
pub fn apply(
    input: impl BufRead,
    output: &mut impl Write,
    mut script: Script,
    printed: Printed,
    progress: &mut dyn FnMut(u64),
) -> Result<(), CliError> {
    let mut lines = Lines {
        input,
        number: 0,
        line: Vec::new(),
    };
    while lines.advance()? {
        let line = lines.line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let answer = match script.apply(line) {
            Ok(answer) => answer,
            Err(error) if script.goes_on_after(&error) => {
                eprintln!("line {}: {error}", lines.number);
                if printed.events || printed.answers {
                    let refused = RefusedLine {
                        line: lines.number,
                        status: "rejected",
                        code: error.code.code(),
                        detail: error.detail(),
                        field: error.path,
                    };
                    print(output, &refused)?;
                }
                continue;
            }
            Err(error) => {
                output.flush()?;
                return Err(CliError::failed(format!("line {}: {error}", lines.number)));
            }
        };
        progress(lines.number);
        if script.opened_without_calendar() {
            eprintln!(
                "line {}: the rules have no calendar: Monday to Friday are working days, 1 October among them",
                lines.number
            );
        }
        if printed.events {
            for event in script.events().filter(|event| printed.told.takes(event)) {
                print(output, &event)?;
            }
        }
        if printed.answers && !script.was_sealed() {
            print(output, &AnswerJson::from(answer))?;
        }
    }
    if printed.state_hash {
        let core = script.core();
        print(
            output,
            &StateLine {
                journal_seq: core.last().0,
                state_hash: write_digest(core.state_hash()),
                event_hash: format!("{:016x}", core.event_hash()),
            },
        )?;
    }
    output.flush()?;
    Ok(())
}

fn print(output: &mut impl Write, value: &impl Serialize) -> Result<(), CliError> {
    serde_json::to_writer(&mut *output, value).map_err(io::Error::from)?;
    output.write_all(b"\n")?;
    Ok(())
}

/// Lines of bounded length, with their numbers.
struct Lines<R> {
    input: R,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line; `false` at the end.
    fn advance(&mut self) -> Result<bool, CliError> {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.input).take(LINE_MAX + 1).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| CliError::failed(format!("line {}: {error}", self.number)))?;
        if read as u64 > LINE_MAX {
            return Err(CliError::failed(format!(
                "line {}: longer than {LINE_MAX} bytes",
                self.number
            )));
        }
        Ok(read > 0)
    }
}

pub(super) fn apply_command(args: &ApplyArgs) -> Result<(), CliError> {
    let printed = Printed {
        events: !args.quiet,
        told: Told::new(&args.only, &args.audience)?,
        answers: args.answers,
        state_hash: args.state_hash,
    };
    let key = seal::given(args.seal_key_file.as_deref()).map_err(CliError::failed)?;
    let script = Script::new(args.book.into()).with_seal_key(key.map(|key| key.journal()));
    let script = if args.strict { script } else { script.for_what_if() };
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    // Between lines of output a moving count would only be in the way.
    let shows = args.quiet && !args.answers;
    let bar = if shows {
        progress::count("lines")
    } else {
        ProgressBar::hidden()
    };
    let mut step = |line| bar.set_position(line);
    let ran = match &args.file {
        None => apply(io::stdin().lock(), &mut output, script, printed, &mut step),
        Some(path) => {
            let file = File::open(path).map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?;
            apply(
                BufReader::with_capacity(1 << 16, file),
                &mut output,
                script,
                printed,
                &mut step,
            )
        }
    };
    bar.finish_and_clear();
    ran
}

#[cfg(test)]
mod tests {
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
                r#"{"at":"2026-03-02T02:00:00Z","op":"propose","command":{"op":"import_assets","imports":[]}}"#
                    .to_owned(),
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
}
