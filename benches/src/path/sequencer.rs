//! Requests in, durable answers out, without a network: the sequencer and its journal on a real file.

use super::{
    disk::ZeroFilled,
    replay::Alone,
    row::{Measured, Row, folder, grouped},
};
use crate::measure;
use anyhow::ensure;
use journal::{Batch, Options, Reader, RealDisk};
use protocol::{Answer, Outcome, Request, Stamped, Timestamp};
use sequencer::{BookKind, Clock, Config, PendingAnswer, Publisher, Refused, SystemClock, offline, start_in};
use std::{
    collections::VecDeque,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// Runs the sequencer and the bare disk in turn. The first round is proven: what it wrote leads to the same events on
/// the plain book, and what the engine alone refused was refused.
pub(super) fn row(name: &str, requests: &[Stamped<Request>], alone: &Alone, rounds: usize) -> anyhow::Result<Row> {
    eprintln!("sequencer and journal");
    let (mut rates, mut bare) = (Vec::new(), Vec::new());
    let (mut batches, mut bytes) = (0, 0);
    for round in 0..rounds {
        let folder = folder()?;
        let (took, refused) = submit(folder.path(), requests)?;
        ensure!(
            refused == alone.refused,
            "{refused} were refused, not {}",
            alone.refused
        );
        rates.push(requests.len() as f64 / took.as_secs_f64());
        if round == 0 {
            let report = offline::verify(folder.path(), BookKind::Plain, None, &mut |_| {})?;
            ensure!(report.clean && report.commands >= requests.len() as u64, "{report:?}");
        }
        let sizes = sizes(folder.path())?;
        let total: usize = sizes.iter().sum();
        batches += sizes.len();
        bytes += total;
        let longest = sizes.iter().copied().max().unwrap_or_default();
        let mut file = ZeroFilled::new(folder.path(), total as u64, longest)?;
        let mut took = Duration::ZERO;
        for size in sizes {
            took += file.write(size)?;
        }
        bare.push(requests.len() as f64 / took.as_secs_f64());
    }
    Ok(Row {
        what: format!(
            "Sequencer and journal on {name} from one thread that waits for every durable answer, {} under way; wall \
             time; batches of {} requests and {} KiB in the mean",
            grouped(Config::default().ordinary as usize),
            grouped(requests.len() * rounds / batches),
            bytes / batches / 1024
        ),
        measured: Measured::Rate(measure::median(&mut rates)),
        beside: "write + fdatasync of the same batches, one after the other, to a file filled with zeros before"
            .to_owned(),
        floor: Measured::Rate(measure::median(&mut bare)),
    })
}

/// The machine's clock, but for the day: the extracts of the stream are of the day on which it begins.
struct StreamClock {
    wall: SystemClock,
    behind: u64,
}

impl StreamClock {
    /// A clock that shows this time now.
    fn at(now: Timestamp) -> Self {
        let wall = SystemClock::new();
        let behind = wall.now().0.saturating_sub(now.0);
        Self { wall, behind }
    }
}

impl Clock for StreamClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.wall.now().0.saturating_sub(self.behind))
    }

    fn drift(&self) -> i64 {
        self.wall.drift()
    }
}

/// Submits everything as fast as it is taken, and waits for every answer. How long that took, and how many were
/// refused.
fn submit(folder: &Path, requests: &[Stamped<Request>]) -> anyhow::Result<(Duration, usize)> {
    let clock = Arc::new(StreamClock::at(requests[0].at));
    let running = start_in(folder, Config::default(), clock, Publisher::none())?;
    let handle = &running.handle;
    let mut refused = 0;
    let mut note = |answer: Answer| refused += usize::from(matches!(answer.outcome, Outcome::Rejected(_)));
    let mut under_way: VecDeque<PendingAnswer> = VecDeque::with_capacity(1 << 15);
    let started = Instant::now();
    for request in requests {
        let pending = loop {
            match handle.submit(request.body.clone(), handle.now()) {
                Ok(pending) => break pending,
                Err(Refused::Busy { .. }) => match under_way.pop_front() {
                    Some(oldest) => note(oldest.wait()?),
                    None => thread::sleep(Duration::from_millis(1)),
                },
                Err(other) => return Err(other.into()),
            }
        };
        under_way.push_back(pending);
    }
    for pending in under_way {
        note(pending.wait()?);
    }
    let took = started.elapsed();
    handle.stop();
    running.ended.wait()?;
    Ok((took, refused))
}

/// The length of each batch of a journal in bytes.
fn sizes(folder: &Path) -> anyhow::Result<Vec<usize>> {
    let mut reader = Reader::open(RealDisk::open_read_only(folder)?)?;
    let mut batch = Batch::new(&Options::default());
    let mut sizes = Vec::new();
    while let Some(found) = reader.next_batch()? {
        batch.clear();
        for request in found.requests {
            batch.push(request)?;
        }
        sizes.push(usize::try_from(batch.bytes())?);
    }
    Ok(sizes)
}
