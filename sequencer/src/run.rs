//! Start, run, end. What a start finds in the journal is the business of `recovery`.

use crate::{
    arrivals::Arrivals,
    clock::Clock,
    config::{Config, Fatal, StartError},
    engine_thread::{Core, EngineThread, SLACK},
    full_disk::FullDisk,
    handle::{Handle, Shared},
    inbox::Occupancy,
    interruption::Interruption,
    journal_thread::{Flight, JournalThread, Progress},
    pulse::{Bounds, Pulse},
    queue::Queue,
    recovery::{RecoveryReport, recover},
    reply::Cells,
    running::{CaughtUp, Ended, Running},
    views::Publisher,
};
use crossbeam::channel;
use journal::{Disk, Journal, RealDisk};
use protocol::{Seq, wire};
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64},
    },
    thread,
    time::Instant,
};

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
    let (journal, core, recovery) = recover(disk, &config, clock.now(), &publisher)?;
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
    let bounds = Bounds {
        standstill: config.standstill,
        near_end: config.standstill_near_end,
    };
    let pulse = Pulse::start(bounds, Arc::clone(&clock), Arc::clone(&interruption))?;
    let arrivals = Arc::new(Arrivals::new(Arc::clone(&clock)));
    let occupancy = Arc::new(Occupancy::new(config.ordinary, config.reserved));
    let stopping = Arc::new(AtomicBool::new(false));
    let progress = Arc::new(Progress {
        durable: AtomicU64::new(core.last.0),
        last_at: AtomicU64::new(core.last_at.0),
        mark: Mutex::new(recovery.mark),
        ..Progress::default()
    });
    let space = journal.space();
    // One place more than are let in: for the wake-up of a stop.
    let (to_inbox, inbox) = channel::bounded(occupancy.capacity() + 1);
    let in_flight = config.in_flight.max(1);
    let (to_journal, from_engine) = channel::bounded(in_flight);
    let (to_engine, from_journal) = channel::bounded(in_flight + 1);
    let cells = Cells::new(occupancy.capacity() + config.batch_commands * in_flight);
    let (promise, ended) = Cells::new(1).pair();
    let (up, caught_up) = Cells::new(1).pair();

    let shared = Shared {
        cells,
        occupancy: Arc::clone(&occupancy),
        space: Arc::clone(&space),
        clock: Arc::clone(&clock),
        arrivals: Arc::clone(&arrivals),
        interruption: Arc::clone(&interruption),
        stopping: Arc::clone(&stopping),
        progress: Arc::clone(&progress),
        full_disk: FullDisk::default(),
        retry_after_ms: config.retry_after_ms,
        seals: config.seal_key.is_some(),
        kept_on_disk: config.kept_on_disk(),
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
        progress: Arc::clone(&progress),
    };
    let mut engine_thread = EngineThread {
        core,
        drift: clock.drift(),
        clock,
        queue: Queue::new(inbox),
        arrivals,
        interruption,
        pulse,
        occupancy,
        space,
        stopping,
        to_journal,
        from_journal,
        spare: (0..=in_flight).map(|_| Flight::new(&config.journal)).collect(),
        config,
        in_flight: 0,
        tick_not_before: None,
        resumed_kept: 0,
        patience: None,
        blocked: None,
        full: false,
        looked_at_clock: Instant::now(),
        looked_ahead: None,
        progress: Arc::clone(&progress),
        parted: false,
        caught_up: Some(up),
    };
    // Before anybody is let in.
    engine_thread.keep_room_for_resumed();

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
    use crate::{Stopped, SystemClock, sealing::SealKey};
    use data_encoding::HEXLOWER;
    use protocol::{Command, Committed, EntityId, LotId, Request, Stamped, Timestamp, UserId, auction::BuyLot};

    #[test]
    fn a_panic_of_the_core_stops_the_venue_and_leaves_no_trace_in_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let begin = || {
            let disk = RealDisk::open(dir.path()).unwrap();
            recover(disk, &Config::default(), Timestamp(0), &Publisher::none()).unwrap()
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
        }) = core.apply(&request, Some(LotId(0x0C0D)), &mut Committed::default())
        else {
            panic!("a core that lost count goes on")
        };
        assert!(
            message.contains("exchange.rs") && !message.contains("in order"),
            "{message}"
        );
        assert!(!bytes.contains("0b0a"), "{bytes}");
        // Whoever has the key can look at it.
        let closed = Stamped {
            body: wire::decode(&HEXLOWER.decode(bytes.as_bytes()).unwrap()).unwrap(),
            ..request
        };
        assert_eq!(*core.sealing.open(&closed).unwrap(), request);
    }
}
