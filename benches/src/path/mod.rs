//! The way of a command beyond the books, each part beside what it can't outrun on the same machine in the same run: the
//! replay beside the engine alone, sequencer and journal beside the bare disk, an order over a WebSocket beside a bare
//! echo and beside one sync.
//!
//! Everything here is the real thing on a real folder beside this program; what is left out is the network.

mod disk;
mod replay;
mod sequencer;
mod socket;

use crate::{
    engines,
    workload::{W1, Workload},
};
use anyhow::Context as _;
use std::{
    env,
    fmt::{self, Display, Formatter},
};

/// One line: a part, and what it is held against.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was run.
    pub what: String,
    /// What came of it.
    pub measured: Measured,
    /// What was run beside it.
    pub beside: String,
    /// What came of that.
    pub floor: Measured,
}

/// A figure.
#[derive(Clone, Copy, Debug)]
pub enum Measured {
    /// Commands per second.
    Rate(f64),
    /// The 50th, 99th and 99.9th percentile in nanoseconds.
    Latency([u64; 3]),
}

impl Measured {
    /// What is compared: the rate, or the median.
    fn figure(self) -> f64 {
        match self {
            Self::Rate(rate) => rate,
            Self::Latency([median, ..]) => median as f64,
        }
    }
}

impl Row {
    /// The rate over the other rate, or the median over the other median.
    pub fn ratio(&self) -> f64 {
        self.measured.figure() / self.floor.figure()
    }
}

impl Display for Measured {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => write!(f, "{:.2} M commands/s", rate / 1e6),
            Self::Latency(nanoseconds) => {
                let [a, b, c] = nanoseconds.map(|nanoseconds| nanoseconds as f64 / 1e3);
                write!(f, "{a:.0} / {b:.0} / {c:.0} µs")
            }
        }
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ratio = self.ratio();
        write!(
            f,
            "| {} | {} | {} | {} | {ratio:.2} |",
            self.what, self.measured, self.beside, self.floor
        )
    }
}

/// The head of the table.
pub fn head() -> String {
    "| the way of a command (rates: median of the rounds; times: p50 / p99 / p99.9) | measured | beside it, in the same \
     run | measured | ratio |\n|---|---:|---|---:|---:|"
        .to_owned()
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// So many orders and so many commands of a short stream instead of W1.
    pub short: Option<(u32, u32)>,
    /// How many rounds.
    pub rounds: usize,
    /// How many orders go over the socket in a round.
    pub orders: usize,
}

impl Size {
    /// What the figures are taken from.
    pub const FULL: Self = Self {
        short: None,
        rounds: 7,
        orders: 1_000,
    };
    /// Enough to see that it works.
    pub const QUICK: Self = Self {
        short: Some((10_000, 100_000)),
        rounds: 1,
        orders: 200,
    };
}

/// Takes all of it, and hands each row out as soon as it is known.
pub fn run(size: Size, print: &mut dyn FnMut(&Row)) -> anyhow::Result<()> {
    let workload = match size.short {
        None => Workload::generate(W1),
        Some((preload, commands)) => Workload::short(preload, commands),
    };
    let requests = engines::requests(&workload);
    let name = format!("{} as {} requests", workload.spec.name, grouped(requests.len()));
    let alone = replay::alone(&requests, size.rounds);
    print(&replay::row(&name, &requests, &alone, size.rounds)?);
    print(&sequencer::row(&name, &requests, &alone, size.rounds)?);
    drop(requests);
    socket::rows(size)?.iter().for_each(print);
    Ok(())
}

/// A folder on the disk that this program lies on: the one for temporary files may be memory.
fn folder() -> anyhow::Result<tempfile::TempDir> {
    let program = env::current_exe()?;
    let beside = program.parent().context("a program lies in a folder")?;
    tempfile::tempdir_in(beside).with_context(|| format!("cannot make a folder in {}", beside.display()))
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken() {
        let size = Size {
            short: Some((100, 300)),
            rounds: 1,
            orders: 20,
        };
        let mut rows = Vec::new();
        run(size, &mut |row| rows.push(row.clone())).unwrap();
        let [replay, sequencer, echo, sync] = &rows[..] else {
            panic!("{rows:?}");
        };
        for row in &rows {
            assert!(row.ratio().is_finite() && row.ratio() > 0.0, "{row}");
            assert_eq!(
                row.to_string().matches('|').count(),
                head().lines().next().unwrap().matches('|').count()
            );
        }
        assert!(matches!(replay.measured, Measured::Rate(_)), "{replay}");
        assert!(matches!(sequencer.measured, Measured::Rate(_)), "{sequencer}");
        assert!(echo.what.contains("WebSocket") && sync.beside.contains("fdatasync"));
        // Both are held against the same orders.
        assert_eq!(echo.measured.figure(), sync.measured.figure());
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            ["1", "12", "123", "1,234", "1,234,567"].map(str::to_owned),
            [1, 12, 123, 1_234, 1_234_567].map(grouped)
        );
    }
}
