//! The thread of the journal: makes a batch durable, then lets go what came of it. Nothing leaves before.

use crate::{
    config::Fatal,
    evidence::Mark,
    reply::Promise,
    views::{Gone, Publisher},
};
use crossbeam::channel::{Receiver, RecvTimeoutError, Sender};
use journal::{Batch, Disk, Journal, Options};
use protocol::{Answer, Committed, Outcome, Seq};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often an idle journal is looked for: a venue whose journal was taken away stops without a command to tell it.
const LOOK: Duration = Duration::from_secs(1);

/// A batch and what came of it, held until it is durable. Its buffers travel round and round.
pub(crate) struct Flight {
    pub(crate) batch: Batch,
    pub(crate) committed: Committed,
    pub(crate) replies: Vec<(Promise<Answer>, Answer)>,
}

impl Flight {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            batch: Batch::new(options),
            committed: Committed::default(),
            replies: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }
}

/// What the journal's thread tells the status page.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) durable: AtomicU64,
    /// The time of the last durable command.
    pub(crate) last_at: AtomicU64,
    /// The last durable batch.
    pub(crate) mark: Mutex<Option<Mark>>,
    pub(crate) batches: AtomicU64,
    pub(crate) journal_ns: AtomicU64,
    pub(crate) journal_max_ns: AtomicU64,
    /// Standstills near a lot's end that the core was told of.
    pub(crate) stalls: AtomicU64,
    /// Commands that somebody gave and that were done.
    pub(crate) done: AtomicU64,
}

impl Progress {
    pub(crate) fn mark(&self) -> Option<Mark> {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_mark(&self, mark: Option<Mark>) {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = mark;
    }
}

pub(crate) struct JournalThread<D: Disk> {
    pub(crate) journal: Journal<D>,
    pub(crate) from_engine: Receiver<Flight>,
    pub(crate) to_engine: Sender<Flight>,
    pub(crate) publisher: Publisher,
    pub(crate) progress: Arc<Progress>,
}

impl<D: Disk> JournalThread<D> {
    /// Runs until the engine's thread has ended, then closes the journal with its end mark. Gives the last durable
    /// command.
    pub(crate) fn run(mut self) -> Result<Seq, Fatal> {
        loop {
            let mut flight = match self.from_engine.recv_timeout(LOOK) {
                Ok(flight) => flight,
                Err(RecvTimeoutError::Timeout) => {
                    self.journal.look().map_err(|error| Fatal::Journal(error.to_string()))?;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            // An error drops the flight and all behind it unreleased: their clients are told that the venue stopped.
            self.append(&mut flight)?;
            self.release(&mut flight).map_err(|Gone| Fatal::Views)?;
            flight.batch.clear();
            // The engine's thread may have ended by now: then nobody needs the buffers.
            let _ = self.to_engine.send(flight);
        }
        self.journal
            .close()
            .map_err(|error| Fatal::Journal(error.to_string()))?;
        let mark = self.progress.mark();
        self.progress.set_mark(mark.map(|mark| Mark { closed: true, ..mark }));
        Ok(Seq(self.progress.durable.load(Ordering::Relaxed)))
    }

    fn append(&mut self, flight: &mut Flight) -> Result<(), Fatal> {
        let started = Instant::now();
        let durable = self
            .journal
            .append(&mut flight.batch)
            .map_err(|error| Fatal::Journal(error.to_string()))?;
        let took = started.elapsed().as_nanos() as u64;
        assert!(durable >= flight.committed.up_to, "the journal has what it was given");
        self.progress.last_at.store(flight.committed.at.0, Ordering::Release);
        self.progress.durable.store(durable.0, Ordering::Release);
        self.progress.set_mark(Some(Mark {
            seq: durable,
            batch: self.journal.batches(),
            link: self.journal.chain_head(),
            closed: false,
        }));
        self.progress.batches.fetch_add(1, Ordering::Relaxed);
        self.progress.journal_ns.fetch_add(took, Ordering::Relaxed);
        self.progress.journal_max_ns.fetch_max(took, Ordering::Relaxed);
        Ok(())
    }

    fn release(&self, flight: &mut Flight) -> Result<(), Gone> {
        // The public print goes first, so that nobody's own fill runs ahead of it; but no client waits for slow views.
        let published = self.publisher.try_publish(&mut flight.committed)?;
        let is_done = |(_, answer): &&(_, Answer)| matches!(answer.outcome, Outcome::Done(_));
        let done = flight.replies.iter().filter(is_done).count();
        self.progress.done.fetch_add(done as u64, Ordering::Relaxed);
        for (promise, answer) in flight.replies.drain(..) {
            promise.give(answer);
        }
        if published {
            Ok(())
        } else {
            self.publisher.publish(&mut flight.committed)
        }
    }
}
