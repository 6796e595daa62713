//! A row: a part of the way, what it is held against, and how much is measured for it.

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
    pub(super) fn figure(self) -> f64 {
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
            Self::Rate(rate) if *rate < 1e5 => write!(f, "{rate:.0} commands/s"),
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

/// A folder on the disk that this program lies on: the one for temporary files may be memory.
pub(super) fn folder() -> anyhow::Result<tempfile::TempDir> {
    let program = env::current_exe()?;
    let beside = program.parent().context("a program lies in a folder")?;
    tempfile::tempdir_in(beside).with_context(|| format!("cannot make a folder in {}", beside.display()))
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
    /// How many follow one book; a tenth of them reads nothing.
    pub followers: usize,
}

impl Size {
    /// What the figures are taken from.
    pub const FULL: Self = Self {
        short: None,
        rounds: 7,
        orders: 1_000,
        followers: 1_000,
    };
    /// Enough to see that it works.
    pub const QUICK: Self = Self {
        short: Some((10_000, 100_000)),
        rounds: 1,
        orders: 200,
        followers: 100,
    };
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
