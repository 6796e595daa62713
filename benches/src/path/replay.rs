//! A start: the journal is read, every event is made anew, and its hash held against the one in the journal.

use super::row::{Measured, Row, folder, grouped};
use crate::measure;
use anyhow::ensure;
use cpu_time::ThreadTime;
use engine::{Exchange, book::FastBook};
use journal::{Batch, Journal, Options, RealDisk, encoded_bytes};
use protocol::{Outcome, Request, Stamped};
use sequencer::{BookKind, Config, Known, Publisher, Replica, SystemClock, start_in};
use std::{path::Path, sync::Arc, thread, time::Duration};

/// How many requests stand in a batch.
const BATCH: usize = 2_000;

/// The engine without journal and hash.
pub(super) struct Alone {
    /// Commands per second of CPU time.
    pub(super) rate: f64,
    /// How many requests it refused.
    pub(super) refused: usize,
}

/// Runs the engine alone.
pub(super) fn alone(requests: &[Stamped<Request>], rounds: usize) -> Alone {
    eprintln!("the engine alone");
    let mut events = Vec::with_capacity(1 << 12);
    let mut refused = 0;
    let mut rates: Vec<f64> = (0..rounds)
        .map(|_| {
            let mut exchange = Exchange::<FastBook>::new();
            refused = 0;
            let started = ThreadTime::now();
            for request in requests {
                let answer = exchange.apply(request, &mut events);
                refused += usize::from(matches!(answer.outcome, Outcome::Rejected(_)));
                events.clear();
            }
            requests.len() as f64 / started.elapsed().as_secs_f64()
        })
        .collect();
    Alone {
        rate: measure::median(&mut rates),
        refused,
    }
}

/// Writes a journal and starts on it.
pub(super) fn row(name: &str, requests: &[Stamped<Request>], alone: &Alone, rounds: usize) -> anyhow::Result<Row> {
    eprintln!("replay");
    let folder = folder()?;
    write(folder.path(), requests)?;
    let last = requests.last().map(|request| request.seq);
    // It was written under the time of its commands, and nothing waits for the clock.
    let known = Known {
        gap_max: Duration::MAX,
        ..Known::default()
    };
    let config = Config {
        known,
        ..Config::default()
    };
    let mut rates = Vec::new();
    for _ in 0..rounds {
        // The threads that a start leaves behind work for what comes after it; the replay itself is this thread's.
        let started = ThreadTime::now();
        let running = start_in(
            folder.path(),
            config.clone(),
            Arc::new(SystemClock::new()),
            Publisher::none(),
        )?;
        rates.push(requests.len() as f64 / started.elapsed().as_secs_f64());
        ensure!(Some(running.recovery.last) == last, "all was replayed");
        running.handle.stop();
        running.ended.wait()?;
    }
    Ok(Row {
        what: format!(
            "Replay of {name} from a journal on disk in batches of {}, every batch's event hash checked; CPU time, one \
             thread",
            grouped(BATCH)
        ),
        measured: Measured::Rate(measure::median(&mut rates)),
        beside: "the engine alone on the same requests; CPU time".to_owned(),
        floor: Measured::Rate(alone.rate),
    })
}

/// Writes the journal that a venue would have written.
fn write(folder: &Path, requests: &[Stamped<Request>]) -> anyhow::Result<()> {
    let options = Options::default();
    let (mut journal, _) = Journal::open(RealDisk::open(folder)?, options, &mut |_| Ok(()))?;
    let space = journal.space();
    let mut batch = Batch::new(&options);
    let mut replica = Replica::new(BookKind::Fast);
    let mut events = Vec::new();
    for chunk in requests.chunks(BATCH) {
        for request in chunk {
            while !space.try_reserve(encoded_bytes(&request.body)) {
                thread::sleep(Duration::from_millis(1));
            }
            replica.apply(request, &mut events);
            events.clear();
            batch.push(request)?;
        }
        batch.set_event_hash(replica.event_hash());
        journal.append(&mut batch)?;
    }
    journal.close()?;
    Ok(())
}
