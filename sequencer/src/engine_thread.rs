//! The thread of the core: takes commands in the order of their arrival, gives them place and time, applies them, and
//! hands what came of them to the journal's thread, batch by batch.
//!
//! What always holds: before a deadline fires, everything that arrived before it has been taken; and before anything
//! fires that fell due while bids could not be taken, the core is told of that. [`due`](crate::due) sees to both, with
//! the [`pulse`](crate::pulse).
//!
//! A batch grows while the journal is busy with the one before, and goes as soon as it is idle: so a lone command waits
//! for nobody, and many share one sync.

use crate::{
    arrivals::Arrivals,
    clock::Clock,
    config::{Config, Fatal},
    due::{Next, Patience, TICK_RETRY},
    hash::EventHash,
    inbox::{Occupancy, may_use_reserve},
    interruption::Interruption,
    journal_thread::{Flight, Progress},
    pulse::Pulse,
    queue::Queue,
    reply::Promise,
    sealing::{SealKey, Sealing, Secrecy},
    secret_panic,
};
use crossbeam::channel::{Receiver, Select, Sender, TryRecvError};
use data_encoding::HEXLOWER;
use engine::Exchange;
use journal::{Shortage, Space};
use protocol::{Answer, Command, Committed, LotId, Outcome, Request, Seq, Stamped, Timestamp, event::Asked, wire};
use std::{
    any::Any,
    hint,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How often the thread looks for work before it sleeps: some microseconds.
const SPINS: u32 = 200;
/// What a request takes in a batch beyond its own bytes is less than this.
pub(crate) const SLACK: u64 = 1_024;
/// The engine with its place in the log.
pub(crate) struct Core {
    pub(crate) exchange: Exchange,
    pub(crate) hash: EventHash,
    pub(crate) last: Seq,
    pub(crate) last_at: Timestamp,
    pub(crate) sealing: Sealing,
}

impl Core {
    pub(crate) fn new(seal_key: Option<SealKey>) -> Self {
        Self {
            exchange: Exchange::new(),
            hash: EventHash::new(),
            last: Seq(0),
            last_at: Timestamp(0),
            sealing: Sealing::new(seal_key),
        }
    }

    /// Touches what the core will need for these requests, so that their memory is fetched at once instead of one after
    /// another.
    pub(crate) fn look_at<'a>(&self, requests: impl Iterator<Item = &'a Request>) {
        requests.for_each(|request| self.exchange.touch(request));
    }

    /// Applies one request, which may be the `secret` of a lot's bidders, adds its events to the hash, and what it asked
    /// for where somebody tells that further. A panic of the engine comes back as an error; the core is of no use after
    /// it.
    pub(crate) fn apply(
        &mut self,
        request: &Stamped<Request>,
        secret: Option<LotId>,
        told: &mut Committed,
    ) -> Result<Answer, Fatal> {
        let events = &mut told.events;
        let before = events.len();
        let exchange = &mut self.exchange;
        let applied = if secret.is_some() {
            secret_panic::catch(|| exchange.apply(request, events))
        } else {
            catch_unwind(AssertUnwindSafe(|| exchange.apply(request, events))).map_err(|panic| message(&*panic))
        };
        let answer = applied.map_err(|message| self.poisoned(request, secret, message))?;
        self.hash.add(&events[before..]);
        told.asked.extend(asked(request, secret, &answer));
        (self.last, self.last_at) = (request.seq, request.at);
        self.sealing.note(request, secret, &answer);
        Ok(answer)
    }

    fn poisoned(&mut self, request: &Stamped<Request>, secret: Option<LotId>, message: String) -> Fatal {
        let mut encoded = Vec::new();
        wire::encode(&self.sealing.seal(request, secret).body, &mut encoded);
        Fatal::Engine {
            seq: request.seq.0,
            at: request.at.0,
            message,
            bytes: HEXLOWER.encode(&encoded),
        }
    }
}

/// What a request asked for, as far as that is told beside its events: an order, which is nobody's secret, and what else
/// was refused under a client's name. Of what is a bidder's there is nothing.
fn asked(request: &Stamped<Request>, secret: Option<LotId>, answer: &Answer) -> Option<Asked> {
    let Request { by, client, command } = &request.body;
    let order = match command {
        Command::PlaceOrder(order) => Some(*order),
        _ => None,
    };
    let is_refused = matches!(answer.outcome, Outcome::Rejected(_));
    let is_told = secret.is_none() && (order.is_some() || is_refused && client.is_some());
    is_told.then(|| Asked {
        seq: request.seq,
        by: *by,
        client: client.clone(),
        order,
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

pub(crate) struct EngineThread {
    pub(crate) core: Core,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queue: Queue,
    pub(crate) arrivals: Arc<Arrivals>,
    pub(crate) interruption: Arc<Interruption>,
    pub(crate) pulse: Pulse,
    pub(crate) occupancy: Arc<Occupancy>,
    pub(crate) space: Arc<Space>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) to_journal: Sender<Flight>,
    pub(crate) from_journal: Receiver<Flight>,
    /// Empty flights at hand; all others are with the journal, but for the one being filled.
    pub(crate) spare: Vec<Flight>,
    pub(crate) in_flight: usize,
    pub(crate) tick_not_before: Option<Instant>,
    /// For so many [`Command::Resumed`] room is set aside.
    pub(crate) resumed_kept: u32,
    /// How long a deadline has waited for somebody on the way.
    pub(crate) patience: Option<Patience>,
    /// How long what comes next waits for somebody on the way, or for room, before it is looked at again.
    pub(crate) blocked: Option<Duration>,
    /// What comes next does not fit the batch any more and opens the next.
    pub(crate) full: bool,
    /// By how much the machine's wall clock was ahead when it was last looked at, and when that was.
    pub(crate) drift: i64,
    pub(crate) looked_at_clock: Instant,
    /// When it was last looked whether a lot's end is near.
    pub(crate) looked_ahead: Option<Instant>,
    /// Counts what the journal's thread does not see.
    pub(crate) progress: Arc<Progress>,
    /// Whether the last word before a stop was said.
    pub(crate) parted: bool,
    /// For who waits until everything is done that fell due before the start.
    pub(crate) caught_up: Option<Promise<Seq>>,
}

/// The journal's thread is gone: it says why itself.
pub(crate) struct JournalGone;

/// Commands that left the inbox and are still counted as waiting.
#[derive(Default)]
struct Leaving {
    ordinary: u32,
    from_reserve: u32,
}

impl Leaving {
    fn count(&mut self, command: &Command) {
        *(if may_use_reserve(command) {
            &mut self.from_reserve
        } else {
            &mut self.ordinary
        }) += 1;
    }
}

/// Why the thread ends before its time.
pub(crate) enum Ending {
    Fatal(Fatal),
    JournalGone,
}

impl From<JournalGone> for Ending {
    fn from(_: JournalGone) -> Self {
        Self::JournalGone
    }
}

impl From<Fatal> for Ending {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

impl EngineThread {
    /// Runs until the inbox is closed and empty, or something fatal happens. `Ok` also when the journal's thread is
    /// gone, which has the reason.
    pub(crate) fn run(mut self) -> Result<(), Fatal> {
        let ended = self.work();
        // From here on nobody is let in; what still waits is dropped with the inbox, and its clients are told.
        self.stopping.store(true, Ordering::SeqCst);
        let pulse = self.pulse.end();
        match ended {
            Ok(()) => pulse,
            Err(Ending::JournalGone) => Ok(()),
            Err(Ending::Fatal(fatal)) => Err(fatal),
        }
    }

    fn work(&mut self) -> Result<(), Ending> {
        let mut flight = self.spare.pop().expect("at least two flights");
        loop {
            let closed = self.fill(&mut flight)?;
            self.reclaim()?;
            if flight.is_empty() {
                if closed {
                    return Ok(());
                }
                self.wait(&flight)?;
            } else if self.in_flight == 0 || self.is_full(&flight) || closed {
                flight = self.hand_over(flight)?;
            } else {
                self.wait(&flight)?;
            }
        }
    }

    fn is_full(&self, flight: &Flight) -> bool {
        flight.batch.len() >= self.config.batch_commands || flight.batch.bytes() >= self.config.batch_bytes || self.full
    }

    /// Whether a request of so many bytes still fits; if not, the batch is full.
    pub(crate) fn fits(&mut self, flight: &Flight, bytes: usize) -> bool {
        let max = self.config.journal.batch_bytes_max;
        self.full = !flight.is_empty() && flight.batch.bytes() + bytes as u64 + SLACK > max;
        !self.full
    }

    /// Takes what waits, up to a full batch. Tells whether the inbox is closed and empty.
    fn fill(&mut self, flight: &mut Flight) -> Result<bool, Ending> {
        self.keep_room_for_resumed();
        self.look_at_clock();
        self.look_ahead();
        let mut leaving = Leaving::default();
        let filled = self.fill_counting(flight, &mut leaving);
        self.occupancy.release(leaving.ordinary, leaving.from_reserve);
        filled
    }

    fn fill_counting(&mut self, flight: &mut Flight, leaving: &mut Leaving) -> Result<bool, Ending> {
        self.blocked = None;
        while !self.is_full(flight) {
            // Read before the inbox: whoever was let in before the flag was set is in the inbox by then, or is told.
            let stopping = self.stopping.load(Ordering::SeqCst);
            let closed = !self.queue.refill() || stopping;
            match self.next(closed, flight)? {
                Next::Command => self.take(flight, leaving)?,
                Next::Again => {}
                Next::Nothing => {
                    // On a full disk a stop waits for nobody.
                    let stuck = self.blocked == Some(TICK_RETRY);
                    self.tell_caught_up(stuck);
                    return Ok(closed && (stuck || self.blocked.is_none() && self.queue.front().is_none()));
                }
            }
        }
        Ok(false)
    }

    /// Tells it once everything is done that fell due before the start, or that a full disk has room for. What is
    /// `stuck` while a segment is prepared gets its room soon.
    fn tell_caught_up(&mut self, stuck: bool) {
        let wants_room = stuck || self.tick_not_before.is_some();
        let done = if wants_room {
            self.space.shortage() != Shortage::Preparing
        } else {
            self.blocked.is_none()
        };
        if done
            && !self.full
            && let Some(promise) = self.caught_up.take()
        {
            promise.give(self.core.last);
        }
    }

    /// Takes the first command that waits: gives it its place and time, and applies it.
    fn take(&mut self, flight: &mut Flight, leaving: &mut Leaving) -> Result<(), Ending> {
        let core = &self.core;
        let arrival = self.queue.pop(|requests| core.look_at(requests)).expect("it is there");
        leaving.count(&arrival.request.command);
        let at = arrival.arrived.max(self.core.last_at);
        let answer = self.apply(arrival.request, arrival.secrecy, at, flight)?;
        flight.replies.push((arrival.promise, answer));
        Ok(())
    }

    pub(crate) fn apply(
        &mut self,
        request: Request,
        secrecy: Secrecy,
        at: Timestamp,
        flight: &mut Flight,
    ) -> Result<Answer, Ending> {
        let secret = self.core.sealing.lot_of(secrecy);
        let stamped = Stamped {
            seq: self.core.last.next(),
            at,
            body: request,
        };
        let answer = self.core.apply(&stamped, secret, &mut flight.committed)?;
        flight
            .batch
            .push(self.core.sealing.seal(&stamped, secret))
            .expect("a batch takes what was measured for it");
        Ok(answer)
    }

    /// Gives the batch to the journal, and takes an empty one.
    fn hand_over(&mut self, mut flight: Flight) -> Result<Flight, JournalGone> {
        flight.batch.set_event_hash(self.core.hash.value());
        (flight.committed.up_to, flight.committed.at) = (self.core.last, self.core.last_at);
        self.to_journal.send(flight).map_err(|_| JournalGone)?;
        self.full = false;
        self.in_flight += 1;
        if let Some(spare) = self.spare.pop() {
            return Ok(spare);
        }
        let back = self.from_journal.recv().map_err(|_| JournalGone)?;
        self.in_flight -= 1;
        Ok(back)
    }

    /// Takes back the flights that the journal is done with.
    fn reclaim(&mut self) -> Result<(), JournalGone> {
        loop {
            match self.from_journal.try_recv() {
                Ok(flight) => self.take_back(flight),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Err(JournalGone),
            }
        }
        Ok(())
    }

    fn take_back(&mut self, flight: Flight) {
        self.spare.push(flight);
        self.in_flight -= 1;
    }

    /// Waits for a command, for the journal if it is busy, or for the next deadline; spins briefly, then sleeps.
    fn wait(&self, filling: &Flight) -> Result<(), JournalGone> {
        debug_assert!(
            filling.is_empty() || self.in_flight > 0,
            "a batch never waits for an idle journal"
        );
        let mut readiness = Select::new();
        // Also where nothing is with it: its thread may end by itself.
        readiness.recv(&self.from_journal);
        if let Some(pause) = self.blocked {
            let _ = readiness.ready_timeout(pause);
            return Ok(());
        }
        let inbox = self.queue.inbox();
        for _ in 0..SPINS {
            if !inbox.is_empty() || (self.in_flight > 0 && !self.from_journal.is_empty()) {
                return Ok(());
            }
            hint::spin_loop();
        }
        readiness.recv(inbox);
        if self.stopping.load(Ordering::SeqCst) && self.in_flight == 0 {
            return Ok(());
        }
        let deadline = self.core.exchange.next_deadline();
        if deadline == Timestamp::NEVER {
            readiness.ready();
        } else {
            let timeout = match self.tick_not_before {
                Some(time) => time
                    .saturating_duration_since(Instant::now())
                    .max(Duration::from_millis(1)),
                None => self.clock.until(deadline),
            };
            let _ = readiness.ready_timeout(timeout);
        }
        Ok(())
    }
}
