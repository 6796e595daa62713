//! Start, run, end.

use crate::{clock::Clock, handle::Handle, reply::Waiting, views::Publisher};
use protocol::{Seq, Timestamp};
use std::{
    future::Future,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// How the sequencer is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many ordinary commands may wait.
    pub ordinary: u32,
    /// How many more cancels may wait.
    pub reserved: u32,
    /// The most commands in one batch.
    pub batch_commands: usize,
    /// The most bytes in one batch, but for a single command that is longer.
    pub batch_bytes: usize,
    /// How many full batches may wait for the journal.
    pub in_flight: usize,
    /// How long a tick waits after a deadline for commands that had arrived before it and are still on their way
    /// through the gateway.
    pub tick_grace: Duration,
    /// What a client is told to wait when the inbox is full, in milliseconds.
    pub retry_after_ms: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ordinary: 16_384,
            reserved: 4_096,
            batch_commands: 2_048,
            batch_bytes: 1 << 20,
            in_flight: 3,
            tick_grace: Duration::from_millis(20),
            retry_after_ms: 100,
        }
    }
}

/// A running sequencer.
pub struct Running {
    /// The way to it. Clone it freely.
    pub handle: Handle,
    /// What the start found in the journal.
    pub recovery: RecoveryReport,
    /// Tells when it has ended, and why.
    pub ended: Ended,
}

/// What the start found in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryReport {
    /// The last command of the journal; 0 in a new one, whose first command must then be an epoch.
    pub last: Seq,
    /// Its time.
    pub last_at: Timestamp,
    /// How many batches were replayed.
    pub batches: u64,
    /// How many events they led to.
    pub events: u64,
    /// Whether the last shutdown was a clean one.
    pub clean: bool,
    /// How the torn end was cut, in words, if there was one: nothing acknowledged was in it.
    pub cut: Option<String>,
    /// The running hash of all events.
    pub event_hash: u64,
    /// How long it took.
    pub took: Duration,
}

/// Tells how the sequencer ended: the last durable command after a clean shutdown, or the error that stopped it. Then
/// the process must exit: nothing more is taken. A future, or [`Ended::wait`] for a thread.
pub struct Ended(Waiting<Result<Seq, Fatal>>);

/// What stopped the sequencer.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// A write or a sync failed. What was not acknowledged by then may or may not be on the disk.
    #[error("the journal failed, nothing more is acknowledged: {0}")]
    Journal(String),
    /// The engine panicked on a command. It was neither journaled nor acknowledged, nor was anything after it.
    #[error("the core panicked at command {seq} ({message}); its bytes: {bytes}")]
    Engine {
        /// The place the command would have had.
        seq: u64,
        /// What the panic said.
        message: String,
        /// The encoded request, in hexadecimal.
        bytes: String,
    },
    /// The views are gone.
    #[error("the views ended before the sequencer")]
    Views,
    /// A thread of the sequencer panicked: a bug of ours outside the engine.
    #[error("the {0} thread panicked")]
    Thread(&'static str),
}

/// Why the sequencer did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal could not be opened.
    #[error("{0}")]
    Journal(String),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// Starts the sequencer on the journal in the folder `dir`, which is made if it isn't there. Replays the journal first;
/// all its events go through `publisher`, whose other end must be read meanwhile on another thread.
pub fn start_in(
    dir: &Path,
    config: Config,
    clock: Arc<dyn Clock>,
    publisher: Publisher,
) -> Result<Running, StartError> {
    let _ = (dir, config, clock, publisher);
    todo!()
}

impl Ended {
    /// Blocks the thread until the sequencer has ended.
    pub fn wait(self) -> Result<Seq, Fatal> {
        self.0.wait().unwrap_or(Err(Fatal::Thread("sequencer")))
    }
}

impl Future for Ended {
    type Output = Result<Seq, Fatal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|ended| ended.unwrap_or(Err(Fatal::Thread("sequencer"))))
    }
}
