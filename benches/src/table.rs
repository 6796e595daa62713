//! One run, one table, in Markdown. Only the ratios within it count.

use crate::{
    measure::{self, Footprint, Round},
    rows::{self, Entry, PEER, ROUNDS},
    workload::{W1, W2, Workload},
};
use std::fmt::{self, Display, Formatter};

/// One line. What was not measured stays empty.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What was run.
    pub workload: String,
    /// On what.
    pub name: String,
    /// Commands per second; median of the rounds.
    pub rate: Option<f64>,
    /// The rate over that of the peer in the same run.
    pub ratio: Option<f64>,
    /// The 50th, 99th and 99.9th percentile of one command, in nanoseconds.
    pub latency: Option<[u64; 3]>,
    /// Whether the fills are the right ones.
    pub exact: Option<bool>,
    /// Bytes per book, all told: empty, and with two orders.
    pub bytes: Option<[u64; 2]>,
    /// How often the second half of the timed part asked the heap for memory.
    pub allocations: Option<u64>,
    /// Of how many rounds the rate is the median.
    pub rounds: usize,
}

/// A cell: the value as `show` puts it, or nothing.
fn cell<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or(String::new(), show)
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "| {} | {} ", self.workload, self.name)?;
        write!(f, "| {} ", cell(self.rate, |rate| format!("{:.2}", rate / 1e6)))?;
        write!(f, "| {} ", cell(self.ratio, |ratio| format!("{ratio:.1}")))?;
        write!(f, "| {} ", cell(self.latency, |[a, b, c]| format!("{a} / {b} / {c}")))?;
        write!(
            f,
            "| {} ",
            cell(self.exact, |exact| if exact { "exact" } else { "**wrong**" }.into())
        )?;
        write!(f, "| {} ", cell(self.bytes, |[empty, two]| format!("{empty} / {two}")))?;
        write!(f, "| {} ", cell(self.allocations, |count| count.to_string()))?;
        write!(
            f,
            "| {} |",
            cell((self.rounds > 0).then_some(self.rounds), |rounds| rounds.to_string())
        )
    }
}

/// The head of the table.
pub fn head() -> String {
    format!(
        "| workload | on | M commands/s | × {PEER} | ns p50 / p99 / p99.9 | fills | bytes per book, empty / 2 orders | \
         allocations after warm-up | rounds |\n|---|---|---:|---:|---:|---|---:|---:|---:|"
    )
}

/// Runs all contestants and hands each row out as soon as it is known. `footprint` gives what was counted of an entry
/// in a run of its own, by workload and name: counting would slow the clock's run. A `quick` run is one round without
/// those that are slow; `only` leaves the peer and the entries whose name holds it.
pub fn run(
    quick: bool,
    only: Option<&str>,
    footprint: &dyn Fn(&str, &str) -> Option<Footprint>,
    print: &mut dyn FnMut(&Row),
) {
    for spec in [W1, W2] {
        eprintln!("{}: the books", spec.name);
        let workload = Workload::generate(spec);
        let mut entries = rows::entries(&workload);
        if quick {
            entries.retain(|entry| entry.rounds == ROUNDS);
            entries.iter_mut().for_each(|entry| entry.rounds = 1);
        }
        if let Some(word) = only {
            entries.retain(|entry| entry.name == PEER || entry.name.contains(word));
        }
        for mut row in contest(&entries) {
            if let Some(footprint) = footprint(&row.workload, &row.name) {
                (row.bytes, row.allocations) = (footprint.bytes, Some(footprint.allocations));
            }
            print(&row);
        }
    }
}

/// Runs the rounds of all entries in turn.
fn contest(entries: &[Entry<'_>]) -> Vec<Row> {
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); entries.len()];
    for number in 0..ROUNDS {
        for (entry, rounds) in entries.iter().zip(&mut rounds) {
            if number < entry.rounds {
                rounds.push((entry.round)());
            }
        }
    }
    let rates: Vec<f64> = rounds
        .iter()
        .map(|rounds| measure::median(&mut rounds.iter().map(|round| round.rate).collect::<Vec<_>>()))
        .collect();
    let peer = entries
        .iter()
        .position(|entry| entry.name == PEER)
        .map(|place| rates[place]);
    let finished = entries.iter().zip(&rounds).zip(rates);
    finished
        .map(|((entry, rounds), rate)| Row {
            workload: entry.workload.into(),
            name: entry.name.into(),
            rate: Some(rate),
            ratio: peer.map(|peer| rate / peer),
            latency: entry.latency.as_ref().map(|latency| latency()),
            exact: Some(rounds.iter().all(|round| round.exact)),
            rounds: rounds.len(),
            ..Row::default()
        })
        .collect()
}
