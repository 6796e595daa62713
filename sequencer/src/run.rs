//! Start, run, end. What a start finds in the journal is the business of `recovery`.

use crate::{
    arrivals::Arrivals,
    clock::Clock,
    engine_thread::{Core, EngineThread, SLACK},
    handle::{Handle, Shared},
    inbox::Gate,
    interruption::Interruption,
    journal_thread::{Flight, JournalThread, Progress},
    pulse::Pulse,
    queue::Queue,
    recovery::{RecoveryReport, recover},
    reply::Cells,
    running::{CaughtUp, Ended, Running},
    sealing::{SealError, SealKey},
    views::Publisher,
};
use crossbeam::channel;
use journal::{Disk, Journal, RealDisk};
use protocol::{Seq, wire};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
    thread,
    time::{Duration, Instant},
};

/// How the sequencer is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many ordinary commands may wait.
    pub ordinary: u32,
    /// How many more cancels and bids may wait.
    pub reserved: u32,
    /// The most commands in one batch.
    pub batch_commands: usize,
    /// A batch that holds so many bytes takes no further command.
    pub batch_bytes: u64,
    /// How many batches may be with the journal at a time; 1 at least.
    pub in_flight: usize,
    /// How long a deadline waits at most, not counting what the process stood still, for commands that arrived before it and are still on
    /// their way through the gateway. They take a fraction of a millisecond; one that is stuck for longer than this holds nothing up any
    /// more, and comes too late for what fell due meanwhile.
    pub arrival_wait: Duration,
    /// While a lot is open and nobody trades, a tick is journaled as often as this: so a start after a crash knows nearly how long the
    /// venue was down.
    pub heartbeat: Duration,
    /// A process that stood still for longer than this, stopped or frozen, took no bids meanwhile: open lots are paused. Well above what a
    /// loaded machine does to a thread that sleeps, for a false alarm pauses them too.
    pub standstill: Duration,
    /// What a client is told to wait when the inbox is full, in milliseconds.
    pub retry_after_ms: u32,
    /// How the journal's files are laid out.
    pub journal: journal::Options,
    /// With what bidders' requests are closed. Without it none is taken, and a journal that holds some does not open.
    pub seal_key: Option<SealKey>,
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
            retry_after_ms: 100,
            journal: journal::Options::default(),
            seal_key: None,
        }
    }
}

/// Of the segments, so much is kept for those who may use the reserve, while the next one is prepared: for as many as may wait, a
/// kilobyte each, but no more than an eighth of a segment.
fn kept_on_disk(config: &Config) -> u64 {
    let journal = &config.journal;
    let segment = journal.segment_bytes.saturating_sub(journal.batch_bytes_max);
    (u64::from(config.reserved) << 10).min(segment / 8)
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
        /// Its time.
        at: u64,
        /// What the panic said; of a bidder's request only where it was.
        message: String,
        /// The encoded request as the journal would hold it, in hexadecimal: a bidder's is sealed.
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
    /// A bidder's request cannot be opened: the key is missing, or another. Nothing was changed.
    #[error("{0}")]
    Sealed(#[from] SealError),
    /// The replay ended as a run does.
    #[error("the replay failed: {0}")]
    Fatal(#[from] Fatal),
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
    let disk = RealDisk::open(dir).map_err(|error| StartError::Journal(error.to_string()))?;
    start(disk, config, clock, publisher)
}

/// Starts the sequencer on the journal of `disk`, as [`start_in`] does.
pub fn start<D: Disk>(
    disk: D,
    config: Config,
    clock: Arc<dyn Clock>,
    publisher: Publisher,
) -> Result<Running, StartError> {
    let (journal, core, recovery) = recover(disk, &config, &publisher)?;
    launch(journal, core, recovery, config, clock, publisher)
}

/// Opens the inbox and starts the threads.
fn launch<D: Disk>(
    journal: Journal<D>,
    core: Core,
    recovery: RecoveryReport,
    config: Config,
    clock: Arc<dyn Clock>,
    publisher: Publisher,
) -> Result<Running, StartError> {
    let interruption = Arc::new(Interruption::none());
    if core.last > Seq(0) {
        // Since its last command nobody knows whether bids could be taken.
        interruption.note(core.last_at, clock.now());
    }
    let pulse = Pulse::start(config.standstill, Arc::clone(&clock), Arc::clone(&interruption))?;
    let arrivals = Arc::new(Arrivals::new(Arc::clone(&clock)));
    let gate = Arc::new(Gate::new(config.ordinary, config.reserved));
    let stopping = Arc::new(AtomicBool::new(false));
    let progress = Arc::new(Progress {
        durable: AtomicU64::new(core.last.0),
        ..Progress::default()
    });
    let space = journal.space();
    // One place more than the gate lets in: for the wake-up of a stop.
    let (to_inbox, inbox) = channel::bounded(gate.capacity() + 1);
    let in_flight = config.in_flight.max(1);
    let (to_journal, from_engine) = channel::bounded(in_flight);
    let (to_engine, from_journal) = channel::bounded(in_flight + 1);
    let cells = Cells::new(gate.capacity() + config.batch_commands * in_flight);
    let (promise, ended) = Cells::new(1).pair();
    let (up, caught_up) = Cells::new(1).pair();

    let shared = Shared {
        cells,
        gate: Arc::clone(&gate),
        space: Arc::clone(&space),
        clock: Arc::clone(&clock),
        arrivals: Arc::clone(&arrivals),
        interruption: Arc::clone(&interruption),
        stopping: Arc::clone(&stopping),
        progress: Arc::clone(&progress),
        retry_after_ms: config.retry_after_ms,
        seals: config.seal_key.is_some(),
        kept_on_disk: kept_on_disk(&config),
        request_max: wire::REQUEST_MAX.min(config.journal.batch_bytes_max.saturating_sub(SLACK) as usize),
    };
    let handle = Handle {
        inbox: to_inbox,
        shared: Arc::new(shared),
    };
    let journal_thread = JournalThread {
        journal,
        from_engine,
        to_engine,
        publisher,
        progress,
    };
    let mut engine_thread = EngineThread {
        core,
        drift: clock.drift(),
        clock,
        queue: Queue::new(inbox),
        arrivals,
        interruption,
        pulse,
        gate,
        space,
        stopping,
        to_journal,
        from_journal,
        spare: (0..=in_flight).map(|_| Flight::new(&config.journal)).collect(),
        config,
        in_flight: 0,
        tick_not_before: None,
        rooms: 0,
        patience: None,
        blocked: None,
        full: false,
        looked_at_clock: Instant::now(),
        parted: false,
        caught_up: Some(up),
    };
    // Before anybody is let in.
    engine_thread.keep_rooms();

    let journal_thread = thread::Builder::new()
        .name("journal".to_owned())
        .spawn(|| journal_thread.run())?;
    thread::Builder::new().name("engine".to_owned()).spawn(move || {
        // Ending the engine's thread closes the way to the journal's, which then ends too.
        let engine = engine_thread.run();
        let journal = journal_thread.join().unwrap_or(Err(Fatal::Thread("journal")));
        promise.give(engine.and(journal));
    })?;
    Ok(Running {
        handle,
        recovery,
        caught_up: CaughtUp(caught_up),
        ended: Ended(ended),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Stopped, SystemClock};
    use protocol::{Command, EntityId, LotId, Request, Stamped, Timestamp, UserId, auction::BuyLot};

    #[test]
    fn a_panic_of_the_core_stops_the_venue_and_leaves_no_trace_in_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let begin = || {
            let disk = RealDisk::open(dir.path()).unwrap();
            recover(disk, &Config::default(), &Publisher::none()).unwrap()
        };
        let (journal, mut core, recovery) = begin();
        // A core that has lost count panics on the next command.
        core.last = Seq(7);
        let clock = Arc::new(SystemClock::new());
        let running = launch(journal, core, recovery, Config::default(), clock, Publisher::none()).unwrap();
        let handle = running.handle;
        let command = Command::OpenAccount { entity: EntityId(1) };
        let request = Request {
            by: UserId(0x0A0B),
            client: None,
            command,
        };
        assert_eq!(
            handle.submit(request.clone(), handle.now()).unwrap().wait(),
            Err(Stopped)
        );
        match running.ended.wait() {
            Err(Fatal::Engine {
                seq: 8, message, bytes, ..
            }) => {
                assert!(message.contains("in order"), "{message}");
                assert!(bytes.contains("0b0a"), "{bytes}");
            }
            other => panic!("{other:?}"),
        }
        assert!(handle.submit(request, handle.now()).is_err());
        drop(handle);
        assert_eq!(begin().2.last, Seq(0));
    }

    #[test]
    fn a_panic_of_the_core_tells_nothing_of_a_bidders_request() {
        let mut core = Core::new(Some(SealKey::new([7; 32])));
        core.last = Seq(7);
        let request = Stamped {
            seq: Seq(8),
            at: Timestamp(1),
            body: Request {
                by: UserId(0x0A0B),
                client: None,
                command: Command::BuyLot(BuyLot { lot: LotId(0x0C0D) }),
            },
        };
        let Err(Fatal::Engine {
            seq: 8, message, bytes, ..
        }) = core.apply(&request, &mut Vec::new())
        else {
            panic!("a core that lost count goes on")
        };
        assert!(
            message.contains("exchange.rs") && !message.contains("in order"),
            "{message}"
        );
        assert!(!bytes.contains("0b0a"), "{bytes}");
        // Whoever has the key can look at it.
        let closed = bytes
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
        let closed = Stamped {
            body: wire::decode(&closed.collect::<Vec<_>>()).unwrap(),
            ..request
        };
        assert_eq!(*core.sealing.open(&closed).unwrap(), request);
    }
}
