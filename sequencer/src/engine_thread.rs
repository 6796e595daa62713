//! The thread of the core: takes commands from the inbox, gives them place and time, applies them, and hands what came
//! of them to the journal's thread, batch by batch.
//!
//! A batch grows while the journal is busy with the one before, and goes as soon as it is idle: so a lone command waits
//! for nobody, and many share one sync.

use crate::{
    clock::Clock,
    hash::EventHash,
    inbox::{Arrival, Gate, Incoming, may_use_reserve},
    journal_thread::Flight,
    run::{Config, Fatal},
    sealing::{SealKey, Sealing},
    secret_panic,
};
use crossbeam::channel::{Receiver, Select, Sender, TryRecvError};
use engine::Exchange;
use journal::{Space, encoded_bytes};
use protocol::{Answer, Command, Event, Request, Seq, Stamped, Timestamp, UserId, wire};
use std::{
    any::Any,
    collections::VecDeque,
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
/// How many commands are looked at together before they are applied.
pub(crate) const LOOK_AHEAD: usize = 16;
/// What a request takes in a batch beyond its own bytes is less than this.
pub(crate) const SLACK: u64 = 1_024;
/// How long a tick waits when the disk had no room for it.
const TICK_RETRY: Duration = Duration::from_millis(100);

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

    /// Applies one request and adds its events to the hash. A panic of the engine comes back as an error; the core is
    /// of no use after it.
    pub(crate) fn apply(
        &mut self,
        request: &Stamped<Request>,
        events: &mut Vec<Stamped<Event>>,
    ) -> Result<Answer, Fatal> {
        let before = events.len();
        let secret = self.sealing.secret_of(&request.body.command).is_some();
        let exchange = &mut self.exchange;
        let applied = if secret {
            secret_panic::catch(|| exchange.apply(request, events))
        } else {
            catch_unwind(AssertUnwindSafe(|| exchange.apply(request, events))).map_err(|panic| message(&*panic))
        };
        let answer = applied.map_err(|message| self.poisoned(request, message))?;
        self.hash.add(&events[before..]);
        (self.last, self.last_at) = (request.seq, request.at);
        self.sealing.note(request, &answer);
        Ok(answer)
    }

    fn poisoned(&mut self, request: &Stamped<Request>, message: String) -> Fatal {
        let mut encoded = Vec::new();
        wire::encode(&self.sealing.seal(request).body, &mut encoded);
        Fatal::Engine {
            seq: request.seq.0,
            at: request.at.0,
            message,
            bytes: encoded.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
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
    pub(crate) inbox: Receiver<Incoming>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) space: Arc<Space>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) to_journal: Sender<Flight>,
    pub(crate) from_journal: Receiver<Flight>,
    /// Empty flights at hand; all others are with the journal, but for the one being filled.
    pub(crate) spare: Vec<Flight>,
    pub(crate) in_flight: usize,
    pub(crate) tick_not_before: Option<Instant>,
    /// Commands that were taken out of the inbox to look at, in their order.
    pub(crate) ahead: VecDeque<Arrival>,
    /// A command that did not fit the last batch and opens the next.
    pub(crate) held: Option<Arrival>,
}

/// The journal's thread is gone: it says why itself.
struct JournalGone;

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

enum Ending {
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
        match ended {
            Ok(()) | Err(Ending::JournalGone) => Ok(()),
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
        flight.batch.len() >= self.config.batch_commands
            || flight.batch.bytes() >= self.config.batch_bytes
            || self.held.is_some()
    }

    /// Takes what waits, up to a full batch. Tells whether the inbox is closed and empty.
    fn fill(&mut self, flight: &mut Flight) -> Result<bool, Ending> {
        let mut leaving = Leaving::default();
        let filled = self.fill_counting(flight, &mut leaving);
        self.gate.release(leaving.ordinary, leaving.from_reserve);
        filled
    }

    fn fill_counting(&mut self, flight: &mut Flight, leaving: &mut Leaving) -> Result<bool, Ending> {
        if flight.is_empty()
            && let Some(arrival) = self.held.take()
        {
            self.take(arrival, flight)?;
        }
        while !self.is_full(flight) {
            // Read before the inbox: whoever was let in before the flag was set is in the inbox by then, or is told.
            let stopping = self.stopping.load(Ordering::SeqCst);
            match self.receive() {
                Ok(Incoming::Command(arrival)) => {
                    leaving.count(&arrival.request.command);
                    if flight.is_empty() || flight.batch.bytes() + arrival.bytes as u64 + SLACK <= self.batch_max() {
                        self.take(arrival, flight)?;
                    } else {
                        self.held = Some(arrival);
                    }
                }
                Ok(Incoming::Wake) => {}
                Err(TryRecvError::Empty) if !stopping => {
                    self.tick(flight)?;
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return Ok(true),
            }
        }
        Ok(false)
    }

    /// The next of what waits. Takes a few at a time, to look at them together.
    fn receive(&mut self) -> Result<Incoming, TryRecvError> {
        if let Some(arrival) = self.ahead.pop_front() {
            return Ok(Incoming::Command(arrival));
        }
        let first = self.inbox.try_recv()?;
        while self.ahead.len() < LOOK_AHEAD {
            match self.inbox.try_recv() {
                Ok(Incoming::Command(arrival)) => self.ahead.push_back(arrival),
                Ok(Incoming::Wake) => {}
                Err(_) => break,
            }
        }
        self.core.look_at(self.ahead.iter().map(|arrival| &arrival.request));
        Ok(first)
    }

    fn batch_max(&self) -> u64 {
        self.config.journal.batch_bytes_max
    }

    /// Gives a command its place and time, after everything that was due before it, and applies it.
    fn take(&mut self, arrival: Arrival, flight: &mut Flight) -> Result<(), Ending> {
        let at = arrival.arrived.max(self.core.last_at);
        if !self.fire_until(at, flight, arrival.bytes as u64)? {
            self.held = Some(arrival);
            return Ok(());
        }
        let answer = self.apply(arrival.request, at, flight)?;
        flight.replies.push((arrival.promise, answer));
        Ok(())
    }

    fn apply(&mut self, request: Request, at: Timestamp, flight: &mut Flight) -> Result<Answer, Ending> {
        let stamped = Stamped {
            seq: self.core.last.next(),
            at,
            body: request,
        };
        let answer = self.core.apply(&stamped, &mut flight.committed.events)?;
        flight
            .batch
            .push(self.core.sealing.seal(&stamped))
            .expect("a batch takes what was measured for it");
        Ok(answer)
    }

    /// Everything that arrived before now has been applied: fires what has been due for longer than the grace.
    fn tick(&mut self, flight: &mut Flight) -> Result<(), Ending> {
        let deadline = self.core.exchange.next_deadline();
        if deadline == Timestamp::NEVER {
            return Ok(());
        }
        let grace = self.config.tick_grace.as_nanos() as u64;
        let now = Timestamp(self.clock.now().0.saturating_sub(grace));
        self.fire_until(now, flight, 0).map(|_| ())
    }

    /// Sequences ticks until nothing is due at `now`; `false` if the batch, which is to take `bytes` more, is full
    /// before that. A tick has the time of its deadline, so a command that arrived after the deadline and before the
    /// tick keeps its own time.
    fn fire_until(&mut self, now: Timestamp, flight: &mut Flight, bytes: u64) -> Result<bool, Ending> {
        loop {
            let deadline = self.core.exchange.next_deadline();
            if deadline > now || deadline == Timestamp::NEVER {
                return Ok(true);
            }
            if self.tick_not_before.is_some_and(|time| Instant::now() < time) {
                // The disk is full. Commands that had room go on: each fires what is due before it.
                return Ok(true);
            }
            let request = Request {
                by: UserId(0),
                client: None,
                command: Command::Tick,
            };
            let tick_bytes = encoded_bytes(&request);
            if !flight.is_empty() && flight.batch.bytes() + tick_bytes as u64 + bytes + SLACK > self.batch_max() {
                return Ok(false);
            }
            if !self.space.try_reserve(tick_bytes) {
                self.tick_not_before = Some(Instant::now() + TICK_RETRY);
                return Ok(true);
            }
            self.tick_not_before = None;
            self.apply(request, deadline.max(self.core.last_at), flight)?;
        }
    }

    /// Gives the batch to the journal, and takes an empty one.
    fn hand_over(&mut self, mut flight: Flight) -> Result<Flight, JournalGone> {
        flight.batch.set_event_hash(self.core.hash.value());
        (flight.committed.up_to, flight.committed.at) = (self.core.last, self.core.last_at);
        self.to_journal.send(flight).map_err(|_| JournalGone)?;
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
        while self.in_flight > 0 {
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
        for _ in 0..SPINS {
            if !self.inbox.is_empty() || (self.in_flight > 0 && !self.from_journal.is_empty()) {
                return Ok(());
            }
            hint::spin_loop();
        }
        let mut readiness = Select::new();
        readiness.recv(&self.inbox);
        if self.in_flight > 0 {
            readiness.recv(&self.from_journal);
        }
        if self.stopping.load(Ordering::SeqCst) && self.in_flight == 0 {
            return Ok(());
        }
        let deadline = self.core.exchange.next_deadline();
        if deadline == Timestamp::NEVER {
            readiness.ready();
        } else {
            let grace = self.config.tick_grace.as_nanos() as u64;
            let timeout = match self.tick_not_before {
                Some(time) => time
                    .saturating_duration_since(Instant::now())
                    .max(Duration::from_millis(1)),
                None => self.clock.until(deadline.after(grace)),
            };
            let _ = readiness.ready_timeout(timeout);
        }
        Ok(())
    }
}
