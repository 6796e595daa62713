//! `journal verify` and `journal dump`: reading a journal that nobody need be writing.

use super::{args::SealArgs, error::CliError, progress};
use crate::{
    json::{LocalNames, read::write_line, scalar::write_digest},
    proof::seal,
};
use protocol::{Command, Event, LotId, Request, Seq, StaffEvent, Stamped};
use sequencer::{BookKind, Replica, SealKey, Sealing, offline};
use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

/// The journal's own folder: `dir`, or `journal` in it where `dir` is a data folder.
fn journal_dir(dir: &Path) -> Result<PathBuf, CliError> {
    let inner = dir.join("journal");
    let found = if inner.is_dir() { inner } else { dir.to_path_buf() };
    // Opening must not make an empty journal where there is none.
    if !found.is_dir() {
        return Err(CliError::failed(format!("{}: there is no such folder", dir.display())));
    }
    Ok(found)
}

/// The seal key of that journal, if there is one at hand.
fn seal_key(journal: &Path, args: &SealArgs) -> Result<Option<SealKey>, CliError> {
    let data = journal.parent().unwrap_or(journal);
    let found = seal::look(data, args.seal_key_file.as_deref()).map_err(CliError::failed)?;
    Ok(found.map(|key| key.journal()))
}

/// Re-derives chain, events and state, up to `until` where it is given, and prints what it found, a name and a value a
/// line.
pub(super) fn verify(dir: &Path, book: BookKind, until: Option<u64>, seal: &SealArgs) -> Result<(), CliError> {
    let dir = journal_dir(dir)?;
    let key = seal_key(&dir, seal)?;
    let bar = progress::count("commands");
    let began = Instant::now();
    let report = offline::verify_until(&dir, book, key, place(until)?, &mut |seq: Seq| {
        bar.set_position(seq.0);
    })
    .map_err(CliError::failed)?;
    reached(until, report.last)?;
    bar.finish_and_clear();
    let end = match &report.cut {
        Some(cut) => format!("torn: {cut}"),
        None if until.is_some_and(|until| until == report.last.0) => "as asked (--until-seq)".into(),
        None if report.clean => "clean".into(),
        None => "open (no end mark: running, or stopped without a shutdown)".into(),
    };
    let mut out = io::stdout().lock();
    for (name, value) in [
        ("batches", report.batches.to_string()),
        ("commands", report.commands.to_string()),
        ("events", report.events.to_string()),
        ("journal_seq", report.last.0.to_string()),
        ("chain_head", write_digest(report.chain_head)),
        ("event_hash", format!("{:016x}", report.event_hash)),
        ("state_hash", write_digest(report.state_hash)),
        ("end", end),
    ] {
        writeln!(out, "{name:<12} {value}")?;
    }
    eprintln!("verified in {:.1?}: chain, events and invariants hold", began.elapsed());
    Ok(())
}

/// The place up to which a journal is read.
fn place(until: Option<u64>) -> Result<Option<Seq>, CliError> {
    match until {
        Some(0) => Err(CliError::failed("--until-seq: the first command is 1")),
        until => Ok(until.map(Seq)),
    }
}

/// Whether the journal went as far as was asked: a state of before is none that anybody meant.
fn reached(until: Option<u64>, last: Seq) -> Result<(), CliError> {
    match until {
        Some(until) if last.0 < until => Err(CliError::failed(format!(
            "--until-seq {until}: the journal ends with command {}",
            last.0
        ))),
        _ => Ok(()),
    }
}

/// Prints the commands from `from_seq` to `until` as lines for `apply`. What bidders asked is opened where the key is at hand
/// and their lot has closed; before that it stays sealed, key or not.
pub(super) fn dump(dir: &Path, from_seq: u64, until: Option<u64>, seal: &SealArgs) -> Result<(), CliError> {
    let until_seq = place(until)?;
    let dir = journal_dir(dir)?;
    let key = seal_key(&dir, seal)?;
    let told = match &key {
        Some(key) => disclosed(&dir, key)?,
        None => BTreeSet::new(),
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    // Symbols are known from events, so the commands are applied along the way.
    let (mut core, mut names, mut events) = (Replica::new(BookKind::Fast), LocalNames::default(), Vec::new());
    let has_key = key.is_some();
    let mut sealing = Sealing::new(key);
    // From the first request on that stays closed nothing is applied any more: the core would come to another state,
    // and number listings otherwise. What has no name by then is printed encoded.
    let mut knows_all = true;
    let (mut broken, mut last) = (None, Seq(0));
    let mut step = |request: &Stamped<Request>| -> Result<(), CliError> {
        let lot = match &request.body.command {
            Command::Sealed(closed) => Some(closed.lot),
            _ => None,
        };
        knows_all &= has_key || lot.is_none();
        let opened = if knows_all {
            sealing.open(request).map_err(CliError::failed)?
        } else {
            Cow::Borrowed(request)
        };
        if request.seq.0 >= from_seq {
            let shown = if lot.is_none_or(|lot| told.contains(&lot)) {
                &*opened
            } else {
                request
            };
            writeln!(out, "{}", write_line(shown, &names))?;
        }
        if knows_all {
            events.clear();
            core.apply(&opened, &mut events);
            events.iter().for_each(|event| names.learn(&event.body));
        }
        Ok(())
    };
    let read = offline::dump(&dir, Seq(1), &mut |request| {
        if until_seq.is_some_and(|until| request.seq > until) {
            return false;
        }
        last = request.seq;
        broken = step(request).err();
        broken.is_none()
    });
    match broken {
        Some(error) => return Err(error),
        None => read.map_err(CliError::failed)?,
    }
    out.flush()?;
    reached(until, last)
}

/// The lots of whose bidders the venue may know: those that have closed.
fn disclosed(dir: &Path, key: &SealKey) -> Result<BTreeSet<LotId>, CliError> {
    let (mut core, mut events) = (Replica::new(BookKind::Fast), Vec::new());
    let mut sealing = Sealing::new(Some(key.clone()));
    let (mut told, mut broken) = (BTreeSet::new(), None);
    offline::dump(dir, Seq(1), &mut |request| match sealing.open(request) {
        Ok(opened) => {
            core.apply(&opened, &mut events);
            told.extend(events.drain(..).filter_map(|event| match event.body {
                Event::Staff(StaffEvent::LotDisclosed { lot }) => Some(lot),
                _ => None,
            }));
            true
        }
        Err(error) => {
            broken = Some(error);
            false
        }
    })
    .map_err(CliError::failed)?;
    broken.map_or(Ok(told), |error| Err(CliError::failed(error)))
}
