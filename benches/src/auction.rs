//! The auction room: what a bid costs beside an order of the same run, in one lot with a thousand bidders and in ten thousand lots that
//! are open at once. Whole engine, accounts and client ids and events included; thread CPU time.

use crate::{
    engines::{Stream, Whole},
    measure::{self, Heap},
    workload::{W1, Workload},
};
use cpu_time::ThreadTime;
use engine::book::FastBook;

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Bids of a round.
    pub bids: u32,
    /// Open lots of the second row.
    pub lots: u32,
    /// Rounds.
    pub rounds: usize,
    /// So many orders and so many commands of a short stream instead of W1.
    pub short: Option<(u32, u32)>,
}

impl Size {
    /// What the figures are taken from.
    pub const FULL: Self = Self {
        bids: 500_000,
        lots: 10_000,
        rounds: 7,
        short: None,
    };
    /// Enough to see that it works.
    pub const QUICK: Self = Self {
        bids: 20_000,
        lots: 100,
        rounds: 1,
        short: Some((10_000, 100_000)),
    };
}

/// How many bid in the one lot.
const BIDDERS: u32 = 1_000;
/// How many bid in each of many lots.
const FEW: u32 = 2;

/// The head of the table.
pub fn head() -> String {
    "| a bid, by the whole engine; CPU time, median of the rounds | ns | an order of W1, same engine, same run | ratio | goal | \
     allocations after warm-up |\n|---|---:|---:|---:|---:|---:|"
        .to_owned()
}

/// Nanoseconds of a bid.
fn bid(lots: u32, bidders: u32, bids: u32) -> f64 {
    let (mut whole, bids) = Whole::<FastBook>::auctions(lots, bidders, bids);
    let start = ThreadTime::now();
    bids.iter().for_each(|bid| whole.bid(bid));
    start.elapsed().as_secs_f64() * 1e9 / bids.len() as f64
}

/// How often the second half of many bids asks the heap for memory, in one lot and in many.
pub fn allocations(size: Size, heap: &dyn Fn() -> Heap) -> [u64; 2] {
    [(1, BIDDERS), (size.lots, FEW)].map(|(lots, bidders)| {
        let (mut whole, bids) = Whole::<FastBook>::auctions(lots, bidders, size.bids);
        let (warm_up, rest) = bids.split_at(bids.len() / 2);
        warm_up.iter().for_each(|bid| whole.bid(bid));
        let before = heap().allocations;
        rest.iter().for_each(|bid| whole.bid(bid));
        heap().allocations - before
    })
}

/// The rows; allocations are counted by another program.
pub fn rows(size: Size, allocations: Option<[u64; 2]>) -> Vec<String> {
    eprintln!("the auction room");
    let workload = match size.short {
        None => Workload::generate(W1),
        Some((preload, commands)) => Workload::short(preload, commands),
    };
    let orders = Stream::<Whole<FastBook>>::new(&workload);
    let mut taken = [const { Vec::new() }; 3];
    // In turn, so that noise hits all alike.
    for _ in 0..size.rounds {
        taken[0].push(1e9 / measure::round(&orders, &workload.spec.tally).rate);
        taken[1].push(bid(1, BIDDERS, size.bids));
        taken[2].push(bid(size.lots, FEW, size.bids));
    }
    let [order, one, many] = taken.map(|mut taken| measure::median(&mut taken));
    let row = |what: String, ns: f64, allocations: Option<u64>| {
        let allocations = allocations.map_or_else(String::new, |count| count.to_string());
        format!(
            "| {what} | {ns:.0} | {order:.0} | {:.2} | 2 | {allocations} |",
            ns / order
        )
    };
    let lots = crate::path::grouped(size.lots as usize);
    vec![
        row(
            format!("in one lot of {} bidders", crate::path::grouped(BIDDERS as usize)),
            one,
            allocations.map(|[one, _]| one),
        ),
        row(
            format!("in turn over {lots} lots that are open at once"),
            many,
            allocations.map(|[_, many]| many),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken() {
        let size = Size {
            bids: 200,
            lots: 3,
            rounds: 1,
            short: Some((100, 1_000)),
        };
        let rows = rows(size, Some([0, 0]));
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!(
                row.matches('|').count(),
                head().lines().next().unwrap().matches('|').count()
            );
        }
    }
}
