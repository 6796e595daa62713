//! What the gateway holds of the sequencer.

use crate::{
    clock::Clock,
    inbox::{Gate, may_use_reserve},
    reply::{Cells, Promise, Waiting},
};
use protocol::{Answer, Command, Request, Seq, Timestamp};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The way to the one writer. Cheap to clone; when the last clone is gone, the sequencer shuts down cleanly.
#[derive(Clone)]
pub struct Handle {
    pub(crate) clock: Arc<dyn Clock>,
}

/// An answer that is on its way: a future, or [`PendingAnswer::wait`] for a thread. It comes once the command is
/// durable and not before. Dropping it doesn't take the command back.
#[must_use = "the command is on its way; drop this only if nobody wants the answer"]
pub struct PendingAnswer(Waiting<Answer>);

/// Why a command was not taken. None of these is journaled and none uses up the client id: the client may send the
/// same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// As many commands wait as may.
    #[error("as many commands wait as may; try again in {retry_after_ms} ms")]
    Busy {
        /// When to try again, in milliseconds.
        retry_after_ms: u32,
    },
    /// The disk has no room for the command.
    #[error("the disk is full")]
    StorageFull,
    /// The venue shuts down, or stopped after an error.
    #[error("the venue is stopping")]
    Stopping,
}

/// The sequencer ended before the command was known to be durable. Whether it counts is open: the same client id sent
/// again after a restart gets the first answer, or is done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the venue stopped before the command was durable; send the same client id again")]
pub struct Stopped;

/// How the sequencer stands, for a status page and metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The last command that is durable.
    pub durable: Seq,
    /// Commands that wait in the inbox.
    pub waiting: usize,
    /// How many may wait, the reserve for cancels included.
    pub capacity: usize,
    /// Batches written since the start.
    pub batches: u64,
    /// Time spent in write and sync since the start, in nanoseconds.
    pub journal_ns: u64,
    /// The longest single write and sync since the start, in nanoseconds.
    pub journal_max_ns: u64,
}

impl Handle {
    /// The venue's time, for the stamp of a command whose last byte has just arrived.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Hands a command to the core. `arrived` is when its last byte reached the venue, by [`Handle::now`].
    ///
    /// # Panics
    /// On a [`Command::Tick`]: ticks are the sequencer's own.
    pub fn submit(&self, request: Request, arrived: Timestamp) -> Result<PendingAnswer, Refused> {
        todo!("{request:?} {arrived:?}")
    }

    /// Closes the inbox. What waits in it is still done and made durable; then the sequencer ends, which
    /// [`Ended`](crate::Ended) tells.
    pub fn stop(&self) {
        todo!()
    }

    /// How the sequencer stands.
    pub fn status(&self) -> Status {
        todo!()
    }
}

impl PendingAnswer {
    /// Blocks the thread until the answer is there.
    pub fn wait(self) -> Result<Answer, Stopped> {
        self.0.wait().map_err(|_| Stopped)
    }
}

impl Future for PendingAnswer {
    type Output = Result<Answer, Stopped>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map_err(|_| Stopped)
    }
}
