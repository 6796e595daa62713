//! How the sequencer is set up, and why it did not start or does not go on.

use crate::{
    evidence::{Doubt, Known},
    sealing::{SealError, SealKey},
};
use std::time::Duration;

/// How the sequencer is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many ordinary commands may wait.
    pub ordinary: u32,
    /// How many more cancels and bids may wait.
    pub reserved: u32,
    /// The most commands in one batch.
    pub batch_commands: usize,
    /// The bytes from which on a batch takes no further command.
    pub batch_bytes: u64,
    /// How many batches may be with the journal at a time; 1 at least.
    pub in_flight: usize,
    /// How long a deadline waits at most, not counting what the process stood still, for commands that arrived before
    /// it and are still on their way through the gateway. They take a fraction of a millisecond; one that is stuck for
    /// longer than this holds nothing up any more, and comes too late for what fell due meanwhile.
    pub arrival_wait: Duration,
    /// How often a tick is journaled while a lot is open and nobody trades: so a start after a crash knows nearly how
    /// long the venue was down.
    pub heartbeat: Duration,
    /// The longest that a process may stand still, stopped or frozen. After more than that it took no bids meanwhile,
    /// and open lots are paused. Well above what a loaded machine does to a thread that sleeps, for a false alarm
    /// pauses them too.
    pub standstill: Duration,
    /// The same near a lot's end: more than this, and a lot that ends within ten seconds goes on for five minutes; from
    /// two seconds on it is as above. The pulse beats faster only while such an end is near.
    pub standstill_near_end: Duration,
    /// How long a client is told to wait when the inbox is full, in milliseconds.
    pub retry_after_ms: u32,
    /// How the journal's files are laid out.
    pub journal: journal::Options,
    /// The key that closes bidders' requests. Without it none is taken, and a journal that holds some does not open.
    pub seal_key: Option<SealKey>,
    /// What is known of the journal from outside of it.
    pub known: Known,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ordinary: 16_384,
            reserved: 4_096,
            batch_commands: 2_048,
            batch_bytes: 1 << 20,
            in_flight: 3,
            arrival_wait: Duration::from_secs(1),
            heartbeat: Duration::from_secs(10),
            standstill: Duration::from_secs(3),
            standstill_near_end: Duration::from_millis(500),
            retry_after_ms: 100,
            journal: journal::Options::default(),
            seal_key: None,
            known: Known::default(),
        }
    }
}

impl Config {
    /// How many bytes of the segments are kept for those who may use the reserve, while the next one is prepared: a
    /// kilobyte for each who may wait there, but no more than an eighth of a segment.
    pub(crate) fn kept_on_disk(&self) -> u64 {
        let segment = self.journal.segment_bytes.saturating_sub(self.journal.batch_bytes_max);
        (u64::from(self.reserved) << 10).min(segment / 8)
    }
}

/// What stopped the sequencer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// A write or a sync failed. What was not acknowledged by then may or may not be on the disk.
    #[error("the journal failed, nothing more is acknowledged: {0}")]
    Journal(String),
    /// The engine panicked on a command. It was neither journaled nor acknowledged, nor was anything after it.
    #[error("the core panicked at command {seq}, time {at} ({message}); the request: {bytes}")]
    Engine {
        /// The place of the command.
        seq: u64,
        /// The time of the command.
        at: u64,
        /// What the panic said; of a bidder's request only where it was.
        message: String,
        /// The encoded request as the journal would hold it, in hexadecimal: a bidder's is sealed.
        bytes: String,
    },
    /// The views ended before the sequencer.
    #[error("the views ended before the sequencer")]
    Views,
    /// A thread of the sequencer panicked: a bug of ours outside the engine.
    #[error("the {0} thread panicked")]
    Thread(&'static str),
}

/// Why the sequencer did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal could not be opened: where it is damaged, and what can be done.
    #[error("{0}")]
    Journal(String),
    /// The replay came to another result than the core that wrote the journal.
    #[error(
        "the replay differs from the journal up to command {seq}: event hash {found:016x}, written was {written:016x}"
    )]
    Diverged {
        /// The last command of the batch.
        seq: u64,
        /// The hash in the journal.
        written: u64,
        /// The hash of the replay.
        found: u64,
    },
    /// The journal lacks what is known to have been durable, or the clock cannot be believed. Nothing was changed.
    #[error("{0}")]
    Doubt(#[from] Doubt),
    /// A bidder's request cannot be opened: the key is missing, or another. Nothing was changed.
    #[error("{0}")]
    Sealed(#[from] SealError),
    /// The replay ended by what stops a running sequencer, too.
    #[error("the replay failed: {0}")]
    Fatal(#[from] Fatal),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}
