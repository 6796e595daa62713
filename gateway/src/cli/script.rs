//! `apply`: JSON command lines through a fresh core, for what-if, audit and conformance.
//!
//! Each line is an object with `at`, `by` (0 where none is given), `op` and the command's fields (docs/COMMANDS.md);
//! empty lines are skipped. The core is that of the venue, with the same answers to repeats. A line that goes back in
//! time is applied at the time of the one before it, as the sequencer does; lines are numbered from 1, whatever
//! `journal_seq` they were dumped with. The first malformed line ends the run with its number: what stands behind it
//! would be applied to a state that nobody meant. A line that names what is not there (a symbol, an order, a name) is
//! refused as the core refuses what it does not know, and the run goes on, unless it is strict.
//!
//! What a line may leave out or call by a name is the business of `what_if`.
//!
//! A dumped line may hold a bidder's request as the journal does, sealed: it takes the venue's seal key. Its lot may be
//! open, and whoever applies a dump can put any line behind it, or between: one that ends the lot, one whose answer
//! depends on what a bid holds. So there are two cores from the first sealed line on. One is given everything, and
//! says the digests. The other is given nothing that is sealed, and says all else: nothing that is printed depends on
//! a sealed line.

use super::{args::ApplyArgs, error::CliError, progress, told::Told, what_if::WhatIf};
use crate::{
    json::{AnswerJson, Detail, EventJson, InputCode, InputError, LocalNames, read_line, scalar::write_digest},
    proof::seal,
};
use indicatif::ProgressBar;
use protocol::{
    Answer, Command, Event, OrderId, Outcome, PublicEvent, Receipt, Request, Seq, Stamped, UserId, rules::RULES_VERSION,
};
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
    /// What is told: a core that is given no sealed line.
    core: Replica,
    /// What is kept: a core that is given all of them; there is one from the first on.
    whole: Option<Replica>,
    names: LocalNames,
    events: Vec<Stamped<Event>>,
    sealing: Sealing,
    /// Whether the last line was sealed.
    was_sealed: bool,
    /// What a script may leave out; a strict one leaves out nothing.
    what_if: Option<WhatIf>,
}

impl Script {
    /// An empty core.
    pub fn new(book: BookKind) -> Self {
        Self {
            core: Replica::new(book),
            whole: None,
            names: LocalNames::default(),
            events: Vec::new(),
            sealing: Sealing::new(None),
            was_sealed: false,
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
        self.was_sealed = matches!(opened, Cow::Owned(_));
        let mut request = Stamped {
            seq: self.core.last().next(),
            at,
            body: opened.into_owned().body,
        };
        if self.was_sealed && self.whole.is_none() {
            self.whole = Some(self.core.clone());
        }
        if let Some(whole) = &mut self.whole {
            whole.apply(&request, &mut self.events);
        }
        if self.was_sealed {
            request.body = TIME_PASSES;
        }
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
        self.events.iter().map(|event| EventJson::of(event, &self.names))
    }

    /// The core that was given every line.
    pub fn core(&self) -> &Replica {
        self.whole.as_ref().unwrap_or(&self.core)
    }
}

/// What stands at the place of a sealed line in the core that is told none.
const TIME_PASSES: Request = Request {
    by: UserId(0),
    client: None,
    command: Command::Tick,
};

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
    let mut sealed = false;
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
        if script.was_sealed && !sealed && (printed.events || printed.answers) {
            sealed = true;
            eprintln!(
                "line {}: a sealed request: what is told from here on is told as if nobody had given it, nor those sealed behind it; the digests of --state-hash hold them all",
                lines.number
            );
        }
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
        if printed.answers && !script.was_sealed {
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
mod tests;
