//! `journal verify` and `journal dump`: reading a journal that nobody need be writing.

use super::{CliError, progress};
use crate::json::{LocalNames, read::write_line, scalar::write_digest};
use protocol::Seq;
use sequencer::{BookKind, Replica, offline};
use std::{
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

/// Re-derives chain, events and state, and prints what it found, a name and a value a line.
pub(super) fn verify(dir: &Path, book: BookKind) -> Result<(), CliError> {
    let dir = journal_dir(dir)?;
    let bar = progress::count("commands");
    let began = Instant::now();
    let report = offline::verify(&dir, book, &mut |seq: Seq| bar.set_position(seq.0)).map_err(CliError::failed)?;
    bar.finish_and_clear();
    let end = match &report.cut {
        Some(cut) => format!("torn: {cut}"),
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

/// Prints the commands from `from_seq` on as lines for `apply`.
pub(super) fn dump(dir: &Path, from_seq: u64) -> Result<(), CliError> {
    let dir = journal_dir(dir)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    // Symbols are known from events, so the commands are applied along the way.
    let (mut core, mut names, mut events) = (Replica::new(BookKind::Fast), LocalNames::default(), Vec::new());
    let mut broken = None;
    let read = offline::dump(&dir, Seq(1), &mut |request| {
        if request.seq.0 >= from_seq
            && let Err(error) = writeln!(out, "{}", write_line(request, &names))
        {
            broken = Some(error);
            return false;
        }
        events.clear();
        core.apply(request, &mut events);
        events.iter().for_each(|event| names.learn(&event.body));
        true
    });
    match broken {
        Some(error) => return Err(error.into()),
        None => read.map_err(CliError::failed)?,
    }
    out.flush()?;
    Ok(())
}
