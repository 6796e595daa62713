//! `apply`: JSON command lines through a fresh core, for what-if, audit and conformance.
//!
//! Each line is an object with `at`, `by` (0 where none is given), `op` and the command's fields (docs/COMMANDS.md);
//! empty lines are skipped. The core is that of the venue, with the same answers to repeats. A line that goes back in
//! time is applied at the time of the one before it, as the sequencer does; lines are numbered from 1, whatever
//! `journal_seq` they were dumped with. The first malformed line ends the run with its number: what stands behind it
//! would be applied to a state that nobody meant.
//!
//! A dumped line may hold a bidder's request as the journal does, sealed: it takes the venue's seal key. What is told
//! to the bidder alone is not printed then, nor the answer: whoever applies a dump is not the bidder, and its lot may
//! be open.

use super::{args::ApplyArgs, error::CliError, progress};
use crate::{
    json::{AnswerJson, EventJson, InputCode, InputError, LocalNames, read_line, scalar::write_digest},
    proof::seal,
};
use indicatif::ProgressBar;
use protocol::{Answer, Command, Event, OrderId, Outcome, Receipt, Stamped};
use sequencer::{BookKind, Replica, SealKey, Sealing};
use serde::Serialize;
use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read as _, Write},
};

/// The longest line, in bytes: an import of 1000 rights at their longest fits.
pub const LINE_MAX: u64 = 16 << 20;

/// A fresh core that is given commands as JSON lines.
pub struct Script {
    core: Replica,
    names: LocalNames,
    events: Vec<Stamped<Event>>,
    sealing: Sealing,
    /// Whether a line was sealed; and whether the last one was.
    sealed: (bool, bool),
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
        let line = read_line(line, &self.names)?;
        let at = line.at.max(self.core.last_at());
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
        Ok(answer)
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
#[derive(Clone, Copy, Debug, Default)]
pub struct Printed {
    /// The events.
    pub events: bool,
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
            Err(error) => {
                output.flush()?;
                return Err(CliError::failed(format!("line {}: {error}", lines.number)));
            }
        };
        progress(lines.number);
        if printed.events {
            for event in script.events() {
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
        answers: args.answers,
        state_hash: args.state_hash,
    };
    let key = seal::given(args.seal_key_file.as_deref()).map_err(CliError::failed)?;
    let script = Script::new(args.book.into()).with_seal_key(key.map(|key| key.journal()));
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

    const EPOCH: &str = r#"{"at":"2026-03-02T02:00:00Z","op":"epoch","rules_version":1,"profile":"unit-market","approval":"sandbox","fees":{"maker_bps":0,"taker_bps":0}}"#;
    const ALL: Printed = Printed {
        events: true,
        answers: true,
        state_hash: true,
    };

    fn run(script: &str) -> (String, Result<(), String>) {
        let mut output = Vec::new();
        let ran = apply(
            script.as_bytes(),
            &mut output,
            Script::new(BookKind::Fast),
            ALL,
            &mut |_| (),
        )
        .map_err(|error| error.to_string());
        (String::from_utf8(output).unwrap(), ran)
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
            ALL,
            &mut |_| (),
        )
        .unwrap_err()
        .to_string();
        assert!(error.starts_with("line 2: longer than"), "{error}");
        assert_eq!(run("").1, Ok(()));
    }
}
