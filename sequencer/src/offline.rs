//! Reads a journal that nobody writes: to prove it and to print it. Changes nothing, not even a torn end.

use crate::replica::BookKind;
use protocol::{Digest, Request, Seq, Stamped};
use std::path::Path;

/// What a journal holds, proven by replaying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many batches.
    pub batches: u64,
    /// How many commands, ticks included.
    pub commands: u64,
    /// How many events they led to.
    pub events: u64,
    /// The last command.
    pub last: Seq,
    /// The last link of the chain of batches.
    pub chain_head: Digest,
    /// The running hash of all events.
    pub event_hash: u64,
    /// The digest of the state.
    pub state_hash: Digest,
    /// Whether it ends with the mark of a clean shutdown.
    pub clean: bool,
    /// What a start would cut off its end, in words.
    pub cut: Option<String>,
}

/// Why a journal could not be proven.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It could not be read, or is damaged: where, and what can be done.
    #[error("{0}")]
    Journal(String),
    /// It reads well, but the core comes to another result than the one that wrote it, or breaks an invariant.
    #[error("command {seq}: {message}")]
    Diverged {
        /// The last command of the batch.
        seq: u64,
        /// How.
        message: String,
    },
}

/// Re-derives the chain and the state of the journal in the folder `dir` on the book of choice. `progress` is told the
/// last command after each batch.
pub fn verify(dir: &Path, book: BookKind, progress: &mut dyn FnMut(Seq)) -> Result<Report, VerifyError> {
    let _ = (dir, book, progress);
    todo!()
}

/// Hands every request of the journal in the folder `dir`, from `from` on and in order, to `print`, until it says
/// `false`.
pub fn dump(dir: &Path, from: Seq, print: &mut dyn FnMut(&Stamped<Request>) -> bool) -> Result<(), VerifyError> {
    let _ = (dir, from, print);
    todo!()
}
