//! Reads a journal that nobody need be writing: to prove it and to print it. Changes nothing, not even a torn end.

use crate::{
    replica::{BookKind, Replica},
    sealing::{SealError, SealKey, Sealing},
};
use journal::{Reader, RealDisk};
use protocol::{Digest, Request, Seq, Stamped};
use std::path::Path;

/// What a journal holds, proven by replaying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many batches it holds.
    pub batches: u64,
    /// How many commands they hold, ticks included.
    pub commands: u64,
    /// How many events the commands led to.
    pub events: u64,
    /// The last command.
    pub last: Seq,
    /// The last link of the chain of batches.
    pub chain_head: Digest,
    /// The running hash of all events.
    pub event_hash: u64,
    /// The digest of the state.
    pub state_hash: Digest,
    /// Whether the journal ends with the mark of a clean shutdown.
    pub clean: bool,
    /// The torn end that a start would cut off, in words. Where a venue is writing, this is a write on its way.
    pub cut: Option<String>,
}

/// Why a journal could not be proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The journal could not be read, or is damaged: where, and what can be done.
    #[error("{0}")]
    Journal(String),
    /// A bidder's request cannot be opened: the key is missing, or another.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The journal reads well, but the core comes to another result than the one that wrote it, or breaks an invariant.
    #[error("up to command {seq}: {message}")]
    Diverged {
        /// The last command of the batch.
        seq: u64,
        /// How the results differ.
        message: String,
    },
}

/// Re-derives the chain and the state of the journal in the folder `dir` on the book of choice. `progress` is told the
/// last command after each batch. `key` opens bidders' requests, if there are any.
pub fn verify(
    dir: &Path,
    book: BookKind,
    key: Option<SealKey>,
    progress: &mut dyn FnMut(Seq),
) -> Result<Report, VerifyError> {
    verify_until(dir, book, key, None, progress)
}

/// [`verify`], up to the command `until` where it is given: state, events and their hash are those there. The chain goes
/// to the end of the batch that holds it, which is proven whole.
pub fn verify_until(
    dir: &Path,
    book: BookKind,
    key: Option<SealKey>,
    until: Option<Seq>,
    progress: &mut dyn FnMut(Seq),
) -> Result<Report, VerifyError> {
    let mut sealing = Sealing::new(key);
    let mut reader = Reader::open(open(dir)?).map_err(unreadable)?;
    let mut replica = Replica::new(book);
    let (mut events, mut events_count) = (Vec::new(), 0);
    let mut asked = None;
    while asked.is_none()
        && let Some(batch) = reader.next_batch().map_err(unreadable)?
    {
        for request in batch.requests {
            replica.apply(&*sealing.open(request)?, &mut events);
            events_count += events.len() as u64;
            events.clear();
            if until == Some(request.seq) {
                asked = Some(standing(&replica, events_count)?);
            }
        }
        let (seq, found) = (replica.last(), replica.event_hash());
        if found != batch.event_hash {
            let message = format!("the event hash is {found:016x}, written was {:016x}", batch.event_hash);
            return Err(VerifyError::Diverged { seq: seq.0, message });
        }
        progress(seq);
    }
    let summary = reader.summary();
    let whole = asked.is_none();
    let report = match asked {
        Some(report) => report,
        None => standing(&replica, events_count)?,
    };
    Ok(Report {
        batches: summary.batches,
        chain_head: summary.chain_head,
        clean: whole && summary.clean,
        cut: summary.cut.as_ref().filter(|_| whole).map(ToString::to_string),
        ..report
    })
}

/// What a replica has come to, as far as it alone knows.
fn standing(replica: &Replica, events: u64) -> Result<Report, VerifyError> {
    replica.check_invariants().map_err(|message| VerifyError::Diverged {
        seq: replica.last().0,
        message,
    })?;
    Ok(Report {
        batches: 0,
        // Commands are numbered from 1, without a gap.
        commands: replica.last().0,
        events,
        last: replica.last(),
        chain_head: Digest::default(),
        event_hash: replica.event_hash(),
        state_hash: replica.state_hash(),
        clean: false,
        cut: None,
    })
}

/// Hands every request of the journal in the folder `dir`, from `from` on, in order and as it stands there (a bidder's
/// is sealed), to `print`, until it says `false`.
pub fn dump(dir: &Path, from: Seq, print: &mut dyn FnMut(&Stamped<Request>) -> bool) -> Result<(), VerifyError> {
    let mut reader = Reader::open(open(dir)?).map_err(unreadable)?;
    while let Some(batch) = reader.next_batch().map_err(unreadable)? {
        for request in batch.requests.iter().filter(|request| request.seq >= from) {
            if !print(request) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn open(dir: &Path) -> Result<RealDisk, VerifyError> {
    RealDisk::open_read_only(dir).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> VerifyError {
    VerifyError::Journal(error.to_string())
}
