//! What the gateway holds of the sequencer.

use crate::{
    arrivals::{Arrivals, Underway},
    clock::Clock,
    evidence::Mark,
    full_disk::FullDisk,
    inbox::{Arrival, Incoming, Occupancy, may_use_reserve},
    interruption::Interruption,
    journal_thread::Progress,
    reply::{Cells, Waiting},
    sealing::{Secrecy, journaled_bytes},
};
use crossbeam::channel::{Sender, TrySendError};
use journal::{Shortage, Space};
use protocol::{Answer, Command, Request, Seq, Timestamp, UserId};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

/// More than an order takes in the journal, in bytes.
const ROOM: u64 = 1_024;

/// The way to the one writer. Cheap to clone; when the last clone is gone, the sequencer shuts down cleanly.
#[derive(Clone)]
pub struct Handle {
    pub(crate) inbox: Sender<Incoming>,
    pub(crate) shared: Arc<Shared>,
}

/// What all handles share.
pub(crate) struct Shared {
    pub(crate) cells: Cells<Answer>,
    pub(crate) occupancy: Arc<Occupancy>,
    pub(crate) space: Arc<Space>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) arrivals: Arc<Arrivals>,
    pub(crate) interruption: Arc<Interruption>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) full_disk: FullDisk,
    pub(crate) retry_after_ms: u32,
    /// Whether there is a key that closes bidders' requests.
    pub(crate) seals: bool,
    /// So many bytes of prepared segments are kept for those who may use the reserve.
    pub(crate) kept_on_disk: u64,
    /// The longest request a batch takes, in encoded bytes.
    pub(crate) request_max: usize,
}

/// An answer that is on its way: a future, or [`PendingAnswer::wait`] for a thread. It comes once the command is
/// durable and not before. Dropping it doesn't take the command back.
#[must_use = "the command is on its way; drop this only if nobody wants the answer"]
#[derive(Debug)]
pub struct PendingAnswer(Waiting<Answer>);

/// Why a command was not taken. None of these is journaled and none uses up the client id: the client may send the
/// same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The inbox is full: as many commands wait as may.
    #[error("as many commands wait as may; try again in {retry_after_ms} ms")]
    Busy {
        /// When to try again, in milliseconds.
        retry_after_ms: u32,
    },
    /// The disk has no room for the command.
    #[error("the disk is full")]
    StorageFull,
    /// The command's encoding is longer than [`REQUEST_MAX`](protocol::wire::REQUEST_MAX), or than a batch of the
    /// journal.
    #[error("the command is longer than a journal takes")]
    TooLarge,
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
    /// By how much the clock is behind the last durable command, in nanoseconds: above zero time stands still, and no
    /// lot opens or ends.
    pub behind_ns: u64,
    /// Standstills near a lot's end, since the start.
    pub stalls: u64,
    /// Commands that wait in the inbox.
    pub waiting: usize,
    /// How many commands may wait, the reserve for cancels and bids included.
    pub capacity: usize,
    /// Batches written since the start.
    pub batches: u64,
    /// Time spent in write and sync since the start, in nanoseconds.
    pub journal_ns: u64,
    /// The longest single write and sync since the start, in nanoseconds.
    pub journal_max_ns: u64,
    /// Commands that were done since the start, whoever gave them, and are durable.
    pub done: u64,
    /// Whether the disk has no room for an order.
    pub disk_full: bool,
    /// Commands that were refused since the start because the disk had no room for them.
    pub refused_by_disk: u64,
    /// Bytes that commands may still take in segments that are prepared.
    pub journal_room: u64,
}

impl Handle {
    /// The venue's time, for the stamp of a command whose last byte has just arrived.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Notes that a command has arrived: its last byte is there, and nobody has looked at it yet. No deadline after
    /// this moment fires before the command was handed over, or what comes back is dropped.
    pub fn arrive(&self) -> Underway {
        self.shared.arrivals.arrive()
    }

    /// Hands over a command that has arrived: its time is that of its last byte, however long it was on its way.
    ///
    /// # Panics
    /// As [`Self::submit`].
    pub fn hand_over(&self, request: Request, underway: &Underway) -> Result<PendingAnswer, Refused> {
        let submitted = self.submit(request, underway.at());
        underway.end();
        submitted
    }

    /// Hands a command to the core. `arrived` is when its last byte reached the venue, by [`Handle::now`]; a time in
    /// the future is taken as now. Nobody waits for a command that was not announced by [`Self::arrive`].
    ///
    /// # Panics
    /// On what is the sequencer's own ([`Command::is_sequencers`](protocol::Command::is_sequencers)), and on a bidder's
    /// command where [`Config::seal_key`](crate::Config::seal_key) is none: it would lie on the disk in the clear.
    pub fn submit(&self, request: Request, arrived: Timestamp) -> Result<PendingAnswer, Refused> {
        assert!(!request.command.is_sequencers(), "what is the sequencer's own");
        self.take(request, arrived)
    }

    /// Hands over what the venue says of itself: the key that it signs with, or that it is given back to its first
    /// operator.
    ///
    /// # Panics
    /// On any other command.
    pub fn submit_own(&self, command: Command) -> Result<PendingAnswer, Refused> {
        let of_itself = matches!(
            command,
            Command::SetVenueKey(_) | Command::Recover(_) | Command::AcceptLoss(_)
        );
        assert!(of_itself, "what the venue says of itself");
        let request = Request {
            by: UserId(0),
            client: None,
            command,
        };
        self.take(request, self.now())
    }

    fn take(&self, request: Request, arrived: Timestamp) -> Result<PendingAnswer, Refused> {
        let shared = &*self.shared;
        let secrecy = Secrecy::of(&request.command);
        let closes = shared.seals || !matches!(secrecy, Secrecy::Bidders(_));
        assert!(closes, "a bidder's request needs a key that closes it");
        if shared.stopping.load(Ordering::SeqCst) {
            return Err(Refused::Stopping);
        }
        let bytes = journaled_bytes(&request, secrecy);
        if bytes > shared.request_max {
            return Err(Refused::TooLarge);
        }
        let reserve = may_use_reserve(&request.command);
        if !shared.occupancy.admit(reserve) {
            return Err(self.busy());
        }
        // Room is set aside before the command is taken: what the core has applied, the journal can hold.
        let left = if reserve { 0 } else { shared.kept_on_disk };
        if !shared.space.try_reserve_leaving(bytes, left) {
            shared.occupancy.release_one(reserve);
            return Err(match shared.space.shortage() {
                Shortage::Preparing => self.busy(),
                Shortage::DiskFull => {
                    let arrived = arrived.min(shared.clock.now());
                    shared.interruption.note(arrived, arrived);
                    shared.full_disk.refused();
                    Refused::StorageFull
                }
                Shortage::Failed => Refused::Stopping,
            });
        }
        let (promise, waiting) = shared.cells.pair();
        let arrived = arrived.min(shared.clock.now());
        match self.inbox.try_send(Incoming::Command(Arrival {
            request,
            secrecy,
            arrived,
            bytes,
            promise,
        })) {
            Ok(()) => Ok(PendingAnswer(waiting)),
            Err(error) => {
                shared.space.release(bytes);
                shared.occupancy.release_one(reserve);
                assert!(
                    !matches!(error, TrySendError::Full(_)),
                    "no more are let in than the inbox holds"
                );
                Err(Refused::Stopping)
            }
        }
    }

    fn busy(&self) -> Refused {
        Refused::Busy {
            retry_after_ms: self.shared.retry_after_ms,
        }
    }

    /// Whether the journal has room for an order now; a segment may be about to be made.
    pub fn has_room(&self) -> bool {
        let Shared {
            space, kept_on_disk, ..
        } = &*self.shared;
        space.available() >= kept_on_disk + ROOM
    }

    /// Closes the inbox. What waits in it is still done and made durable; then the sequencer ends, which
    /// [`Ended`](crate::Ended) tells.
    pub fn stop(&self) {
        if !self.shared.stopping.swap(true, Ordering::SeqCst) {
            // Where the inbox is full, nobody sleeps; where it has ended, nobody need wake.
            let _ = self.inbox.try_send(Incoming::Wake);
        }
    }

    /// How far the journal is durable: for a mark outside of it. Nothing where it is empty.
    pub fn mark(&self) -> Option<Mark> {
        self.shared.progress.mark()
    }

    /// How the sequencer stands. Whoever asks now and then gets it into the log when a full disk has room again.
    pub fn status(&self) -> Status {
        let progress = &self.shared.progress;
        let full_disk = &self.shared.full_disk;
        Status {
            durable: Seq(progress.durable.load(Ordering::Acquire)),
            behind_ns: (progress.last_at.load(Ordering::Acquire)).saturating_sub(self.now().0),
            stalls: progress.stalls.load(Ordering::Relaxed),
            waiting: self.shared.occupancy.waiting(),
            capacity: self.shared.occupancy.capacity(),
            batches: progress.batches.load(Ordering::Relaxed),
            journal_ns: progress.journal_ns.load(Ordering::Relaxed),
            journal_max_ns: progress.journal_max_ns.load(Ordering::Relaxed),
            done: progress.done.load(Ordering::Relaxed),
            disk_full: full_disk.look(&self.shared.space),
            refused_by_disk: full_disk.refusals(),
            journal_room: self.shared.space.available(),
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.status()).finish()
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
