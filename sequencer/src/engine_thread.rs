//! The thread of the core: takes commands in the order of their arrival, gives them place and time, applies them, and hands what came
//! of them to the journal's thread, batch by batch.
//!
//! What always holds: before a deadline fires, everything that arrived before it has been taken; and before anything fires that fell
//! due while bids could not be taken, the core is told of that.
//!
//! A batch grows while the journal is busy with the one before, and goes as soon as it is idle: so a lone command waits
//! for nobody, and many share one sync.

use crate::{
    arrivals::Arrivals,
    clock::Clock,
    hash::EventHash,
    inbox::{Gate, may_use_reserve},
    interruption::Interruption,
    journal_thread::Flight,
    queue::Queue,
    run::{Config, Fatal},
};
use crossbeam::channel::{Receiver, Select, Sender, TryRecvError};
use engine::Exchange;
use journal::{Shortage, Space, encoded_bytes};
use protocol::{Answer, Command, Event, Request, Seq, Stamped, Timestamp, UserId, time::SECOND, wire};
use std::{
    any::Any,
    hint, mem,
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
/// How long a tick waits when the disk had no room for it.
const TICK_RETRY: Duration = Duration::from_millis(100);
/// How long the thread sleeps between two looks at who is still on the way.
const ARRIVAL_POLL: Duration = Duration::from_micros(100);
/// How often the clock is compared with the machine's.
const CLOCK_LOOK: Duration = Duration::from_secs(1);
/// So many [`Command::Resumed`] always fit, also on a full disk: one that fills pauses what is open, and what opens later is rare.
const ROOMS: u32 = 4;
/// The encoded length of a [`Command::Resumed`].
const RESUMED_BYTES: usize = 40;

/// The engine with its place in the log.
pub(crate) struct Core {
    pub(crate) exchange: Exchange,
    pub(crate) hash: EventHash,
    pub(crate) last: Seq,
    pub(crate) last_at: Timestamp,
}

impl Core {
    pub(crate) fn new() -> Self {
        Self {
            exchange: Exchange::new(),
            hash: EventHash::new(),
            last: Seq(0),
            last_at: Timestamp(0),
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
        let answer = catch_unwind(AssertUnwindSafe(|| self.exchange.apply(request, events)))
            .map_err(|panic| poisoned(request, &*panic))?;
        self.hash.add(&events[before..]);
        (self.last, self.last_at) = (request.seq, request.at);
        Ok(answer)
    }
}

fn poisoned(request: &Stamped<Request>, panic: &(dyn Any + Send)) -> Fatal {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    let mut encoded = Vec::new();
    wire::encode(&request.body, &mut encoded);
    let bytes = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
    Fatal::Engine {
        seq: request.seq.0,
        at: request.at.0,
        message,
        bytes,
    }
}

pub(crate) struct EngineThread {
    pub(crate) core: Core,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queue: Queue,
    pub(crate) arrivals: Arc<Arrivals>,
    pub(crate) interruption: Arc<Interruption>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) space: Arc<Space>,
    pub(crate) stopping: Arc<AtomicBool>,
    pub(crate) to_journal: Sender<Flight>,
    pub(crate) from_journal: Receiver<Flight>,
    /// Empty flights at hand; all others are with the journal, but for the one being filled.
    pub(crate) spare: Vec<Flight>,
    pub(crate) in_flight: usize,
    pub(crate) tick_not_before: Option<Instant>,
    /// For so many [`Command::Resumed`] room is set aside.
    pub(crate) rooms: u32,
    /// Since when a deadline waits for somebody on the way.
    pub(crate) patience: Option<Instant>,
    /// How long what comes next waits for somebody on the way, or for room, before it is looked at again.
    pub(crate) blocked: Option<Duration>,
    /// What comes next does not fit the batch any more and opens the next.
    pub(crate) full: bool,
    /// By how much the machine's wall clock was ahead when it was last looked at, and when that was.
    pub(crate) drift: i64,
    pub(crate) looked_at_clock: Instant,
    /// Whether the last word before a stop was said.
    pub(crate) parted: bool,
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

/// What comes next.
enum Next {
    /// The first command that waits.
    Command,
    /// Something was done or learnt: ask again.
    Again,
    /// Nothing that can be done now.
    Nothing,
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

/// A command of the sequencer's own.
fn own(command: Command) -> Request {
    Request {
        by: UserId(0),
        client: None,
        command,
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
        flight.batch.len() >= self.config.batch_commands || flight.batch.bytes() >= self.config.batch_bytes || self.full
    }

    /// Whether a request of so many bytes still fits; if not, the batch is full.
    fn fits(&mut self, flight: &Flight, bytes: usize) -> bool {
        let max = self.config.journal.batch_bytes_max;
        self.full = !flight.is_empty() && flight.batch.bytes() + bytes as u64 + SLACK > max;
        !self.full
    }

    /// Takes what waits, up to a full batch. Tells whether the inbox is closed and empty.
    fn fill(&mut self, flight: &mut Flight) -> Result<bool, Ending> {
        self.keep_rooms();
        self.look_at_clock();
        let mut leaving = Leaving::default();
        let filled = self.fill_counting(flight, &mut leaving);
        self.gate.release(leaving.ordinary, leaving.from_reserve);
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
                    return Ok(closed && (stuck || self.blocked.is_none() && self.queue.front().is_none()));
                }
            }
        }
        Ok(false)
    }

    /// What comes next: the first command, or what was due before it. Does the latter.
    fn next(&mut self, closed: bool, flight: &mut Flight) -> Result<Next, Ending> {
        let interruption = self.interruption();
        let deadline = self.core.exchange.next_deadline();
        let first = self.queue.front();
        let bid = first
            .filter(|first| first.request.command.is_bidders())
            .map(|first| first.arrived);
        let first = first.map(|first| (first.arrived.max(self.core.last_at), first.bytes));
        let otherwise = match first {
            Some(_) => Next::Command,
            None => Next::Nothing,
        };
        let due = interruption.map_or(deadline, |(since, _)| since.min(deadline));
        let until = match first {
            Some((at, _)) => at,
            None if closed || due == Timestamp::NEVER => return self.idle(closed, flight),
            None => self.clock.now(),
        };
        if due > until {
            return match first {
                // Of two bids the one that arrived first comes first, whichever was looked at for longer.
                Some(_) if bid.is_some_and(|arrived| !self.all_before(arrived)) => {
                    Ok(self.look_for_earlier(bid.expect("it is one")))
                }
                Some((_, bytes)) if !self.fits(flight, bytes) => Ok(Next::Nothing),
                Some(_) => Ok(Next::Command),
                None => self.idle(closed, flight),
            };
        }
        match interruption {
            None if self.tick_not_before.is_some_and(|time| Instant::now() < time) => {
                // The disk is full. Commands that had room go on: each fires what is due before it.
                Ok(otherwise)
            }
            _ if !self.all_before(due) => Ok(self.look_for_earlier(due)),
            Some((since, at)) if since <= deadline => self.resume(since, at, flight),
            _ => self.tick(deadline, interruption.is_some(), flight),
        }
    }

    /// Whether everything that arrived before `due` was taken. What is not later than the last command has nothing before it.
    fn all_before(&self, due: Timestamp) -> bool {
        due <= self.core.last_at || due <= self.queue.complete()
    }

    /// Gathers what arrived before `due`; waits for what is still on its way, but not for long.
    fn look_for_earlier(&mut self, due: Timestamp) -> Next {
        self.gather();
        let earlier = self.queue.front().is_some_and(|first| first.arrived < due);
        if self.all_before(due) || earlier {
            self.patience = None;
            return Next::Again;
        }
        let since = *self.patience.get_or_insert_with(Instant::now);
        if since.elapsed() < self.config.arrival_wait {
            self.blocked = Some(ARRIVAL_POLL);
            return Next::Nothing;
        }
        self.patience = None;
        let stuck = self.arrivals.give_up(due);
        self.queue.give_up(due);
        tracing::error!(stuck, %due, "requests are stuck between their last byte and the inbox; a deadline goes ahead of them");
        Next::Again
    }

    /// Takes over everything that has arrived by now, but for what is still on its way.
    fn gather(&mut self) {
        let horizon = self.arrivals.horizon();
        self.queue.gather(horizon);
    }

    /// Since when and up to which moment bids could not be taken, if the core was not told yet and a lot is concerned.
    fn interruption(&mut self) -> Option<(Timestamp, Timestamp)> {
        let since = self.interruption.since();
        if since == Timestamp::NEVER {
            return None;
        }
        self.gather();
        let first = self.queue.front().map_or(Timestamp::NEVER, |first| first.arrived);
        let at = self.queue.complete().min(first).max(since).max(self.core.last_at);
        if self.core.exchange.has_lots_on(at) {
            return Some((since, at));
        }
        // While the disk is full it goes on.
        if self.space.shortage() != Shortage::DiskFull && !self.interruption.lasts_beyond(at) {
            self.interruption.settle(since, at);
        }
        None
    }

    /// Takes the first command that waits: gives it its place and time, and applies it.
    fn take(&mut self, flight: &mut Flight, leaving: &mut Leaving) -> Result<(), Ending> {
        let core = &self.core;
        let arrival = self.queue.pop(|requests| core.look_at(requests)).expect("it is there");
        leaving.count(&arrival.request.command);
        let at = arrival.arrived.max(self.core.last_at);
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
            .push(&stamped)
            .expect("a batch takes what was measured for it");
        Ok(answer)
    }

    /// Tells the core that bids could not be taken. There is room for it, unless the disk was full from the start.
    fn resume(&mut self, since: Timestamp, at: Timestamp, flight: &mut Flight) -> Result<Next, Ending> {
        if !self.fits(flight, RESUMED_BYTES) {
            return Ok(Next::Nothing);
        }
        if self.rooms > 0 {
            self.rooms -= 1;
        } else if !self.space.try_reserve(RESUMED_BYTES) {
            self.blocked = Some(TICK_RETRY);
            return Ok(Next::Nothing);
        }
        tracing::warn!(%since, until = %at, "bids could not be taken: open lots are paused");
        self.apply(own(Command::Resumed { down_from: since }), at, flight)?;
        self.interruption.settle(since, at);
        Ok(Next::Again)
    }

    /// Sequences a tick. It has the time of its deadline, so a command that arrived after the deadline and before the tick keeps its own
    /// time. Where the disk is full commands that had room go on, unless lots `wait` for the core to be told of it.
    fn tick(&mut self, at: Timestamp, wait: bool, flight: &mut Flight) -> Result<Next, Ending> {
        let tick = own(Command::Tick);
        let bytes = encoded_bytes(&tick);
        if !self.fits(flight, bytes) {
            return Ok(Next::Nothing);
        }
        if !self.space.try_reserve(bytes) {
            if wait {
                self.blocked = Some(TICK_RETRY);
                return Ok(Next::Nothing);
            }
            self.tick_not_before = Some(Instant::now() + TICK_RETRY);
            return Ok(Next::Again);
        }
        self.tick_not_before = None;
        self.apply(tick, at.max(self.core.last_at), flight)?;
        Ok(Next::Again)
    }

    /// Nothing waits and nothing is due. While a lot is open, the journal shows now and then, and at a clean stop, that the venue is up.
    fn idle(&mut self, closed: bool, flight: &mut Flight) -> Result<Next, Ending> {
        let last = self.core.last_at;
        let from = if closed {
            last.after(1)
        } else {
            last.after(self.config.heartbeat.as_nanos() as u64)
        };
        if self.parted || self.clock.now() < from || !self.core.exchange.has_lots_on(Timestamp(0)) {
            return Ok(Next::Nothing);
        }
        // It overtakes nobody.
        self.gather();
        let at = self.queue.complete();
        if self.queue.front().is_some() {
            return Ok(Next::Again);
        }
        if at < from || self.tick_not_before.is_some_and(|time| Instant::now() < time) {
            return Ok(Next::Nothing);
        }
        self.parted = closed;
        self.tick(at, false, flight)
    }

    /// Sets room aside for what must always be written.
    pub(crate) fn keep_rooms(&mut self) {
        while self.rooms < ROOMS && self.space.try_reserve(RESUMED_BYTES) {
            self.rooms += 1;
        }
    }

    /// Looks whether one of the machine's clocks has jumped: then nobody knows which end of a lot is the right one.
    fn look_at_clock(&mut self) {
        if self.looked_at_clock.elapsed() < CLOCK_LOOK {
            return;
        }
        self.looked_at_clock = Instant::now();
        let before = mem::replace(&mut self.drift, self.clock.drift());
        let jump = self.drift.saturating_sub(before);
        if jump.unsigned_abs() > SECOND {
            tracing::warn!(jump_ns = jump, "the machine's clock has jumped");
            let now = self.clock.now();
            self.interruption.note(now, now);
        }
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
        let mut readiness = Select::new();
        if self.in_flight > 0 {
            readiness.recv(&self.from_journal);
        }
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
