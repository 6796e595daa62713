//! A sequencer that runs: the way to it, what its start found, and what it tells of itself.

use crate::{config::Fatal, handle::Handle, recovery::RecoveryReport, reply::Waiting};
use protocol::Seq;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// A running sequencer.
pub struct Running {
    /// The way to the sequencer. Clone it freely.
    pub handle: Handle,
    /// What the start found in the journal.
    pub recovery: RecoveryReport,
    /// The word that everything is done that fell due while the venue was down.
    pub caught_up: CaughtUp,
    /// The word that the sequencer has ended, and why.
    pub ended: Ended,
}

/// The word how the sequencer ended: the last durable command after a clean shutdown, or the error that stopped it.
/// Then the process must exit: nothing more is taken. A future, or [`Ended::wait`] for a thread.
pub struct Ended(pub(crate) Waiting<Result<Seq, Fatal>>);

/// The word that everything is done that fell due while the venue was down, the pause of the lots that were open then
/// before all: with the last command of it, which the views must show before anybody reads them. On a disk without room
/// for it, at once. `None` if the sequencer ended before. A future, or [`CaughtUp::wait`] for a thread.
pub struct CaughtUp(pub(crate) Waiting<Seq>);

impl Ended {
    /// Blocks the thread until the sequencer has ended.
    pub fn wait(self) -> Result<Seq, Fatal> {
        self.0.wait().unwrap_or(Err(Fatal::Thread("engine")))
    }
}

impl Future for Ended {
    type Output = Result<Seq, Fatal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|ended| ended.unwrap_or(Err(Fatal::Thread("engine"))))
    }
}

impl CaughtUp {
    /// Blocks the thread until everything is done that fell due.
    pub fn wait(self) -> Option<Seq> {
        self.0.wait().ok()
    }
}

impl Future for CaughtUp {
    type Output = Option<Seq>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(Result::ok)
    }
}
