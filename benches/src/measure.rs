//! Time and memory: thread CPU time for rates, wall time for single commands, what the heap holds and how often it was
//! asked.

use crate::{
    engines::{Engine, Stream},
    workload::{Tally, Workload},
};
use cpu_time::ThreadTime;
use std::{fmt, str::FromStr, time::Instant};

/// What one round gave.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Commands per second of thread CPU time.
    pub rate: f64,
    /// Whether every fill was the right one, in the right order.
    pub exact: bool,
}

/// Runs the timed part on a fresh engine; its preload is not timed. `exact` is told by the fills that are `expected`.
pub fn round<E: Engine>(stream: &Stream<E>, expected: &Tally) -> Round {
    let mut engine = stream.loaded();
    let mut tally = Tally::default();
    let start = ThreadTime::now();
    engine.execute_all(stream.timed(), &mut tally);
    let seconds = start.elapsed().as_secs_f64();
    Round {
        rate: stream.timed().len() as f64 / seconds,
        exact: tally == *expected,
    }
}

/// The 50th, 99th and 99.9th percentile of the wall time of a command in nanoseconds, the reading of the clock
/// included.
pub fn latency<E: Engine>(stream: &Stream<E>) -> [u64; 3] {
    let mut engine = stream.loaded();
    let mut tally = Tally::default();
    let mut taken: Vec<u64> = Vec::with_capacity(stream.timed().len());
    for command in stream.timed() {
        let start = Instant::now();
        engine.execute(command, &mut tally);
        taken.push(start.elapsed().as_nanos() as u64);
    }
    percentiles(&mut taken)
}

/// The 50th, 99th and 99.9th percentile. Zeros where there is nothing.
pub fn percentiles(taken: &mut [u64]) -> [u64; 3] {
    taken.sort_unstable();
    [500, 990, 999].map(|mille| taken.get(taken.len() * mille / 1000).copied().unwrap_or_default())
}

/// The median. Panics where there is nothing.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What a counting allocator says at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// How many bytes are allocated.
    pub bytes: u64,
    /// How often memory was asked for since the start.
    pub allocations: u64,
}

/// What an engine takes of the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Bytes per book, all told: empty, and with two orders; where it was taken.
    pub bytes: Option<[u64; 2]>,
    /// How often the second half of the timed part asked for memory.
    pub allocations: u64,
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes {
            Some([empty, two]) => write!(f, "{} {empty} {two}", self.allocations),
            None => write!(f, "{}", self.allocations),
        }
    }
}

impl FromStr for Footprint {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        match numbers[..] {
            [allocations, empty, two] => Ok(Self {
                bytes: Some([empty, two]),
                allocations,
            }),
            [allocations] => Ok(Self {
                bytes: None,
                allocations,
            }),
            _ => anyhow::bail!("not a footprint: {text}"),
        }
    }
}

/// Over how many books the bytes of one are averaged.
const QUIET_BOOKS: u32 = 10_000;

/// Takes an engine's footprint on a workload. `heap` reads the counting allocator that the program runs on.
pub fn footprint<E: Engine>(workload: &Workload, heap: &dyn Fn() -> Heap) -> Footprint {
    let quiet = Stream::<E>::new(&Workload::quiet(QUIET_BOOKS));
    let before = heap().bytes;
    let engine = E::new(QUIET_BOOKS);
    let empty = heap().bytes - before;
    drop(engine);
    let before = heap().bytes;
    let engine = quiet.loaded();
    let two = heap().bytes - before;
    drop(engine);

    Footprint {
        bytes: Some([empty, two].map(|bytes| bytes / u64::from(QUIET_BOOKS))),
        allocations: allocations::<E>(workload, heap),
    }
}

/// How often the second half of the timed part asks for memory.
pub fn allocations<E: Engine>(workload: &Workload, heap: &dyn Fn() -> Heap) -> u64 {
    let stream = Stream::<E>::new(workload);
    let mut engine = stream.loaded();
    let mut tally = Tally::default();
    let (warm_up, rest) = stream.timed().split_at(stream.timed().len() / 2);
    engine.execute_all(warm_up, &mut tally);
    let before = heap().allocations;
    engine.execute_all(rest, &mut tally);
    heap().allocations - before
}
