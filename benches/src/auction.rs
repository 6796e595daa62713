//! The auction room: what a bid costs beside an order of the same run, in one lot with a thousand bidders and in ten
//! thousand lots that are open at once. Whole engine, accounts and client ids and events included; thread CPU time.
//! Beside that, what the journal's bytes cost of either: a bid is closed for the disk, an order is not.

use crate::{
    engines::{self, Stream, Whole},
    measure::{self, Heap},
    workload::{W1, Workload},
};
use cpu_time::ThreadTime;
use engine::book::FastBook;
use protocol::{Request, Stamped, wire};
use sequencer::{SealKey, Sealing};
use std::hint::black_box;

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

/// Nanoseconds until a request is the bytes that the journal takes, closed where it is a bidder's.
fn journaled(requests: &[Stamped<Request>]) -> f64 {
    /// As a batch does.
    const FULL: usize = 1 << 20;
    let mut sealing = Sealing::new(Some(SealKey::new([7; 32])));
    let mut bytes = Vec::with_capacity(2 * FULL);
    let start = ThreadTime::now();
    for request in requests {
        if bytes.len() > FULL {
            bytes.clear();
        }
        let secret = request.body.command.secret_of();
        wire::encode(&sealing.seal(request, secret).body, &mut bytes);
    }
    let seconds = start.elapsed().as_secs_f64();
    black_box(bytes);
    seconds * 1e9 / requests.len() as f64
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
    let requests = engines::requests(&workload);
    let requests = &requests[requests.len().saturating_sub(size.bids as usize)..];
    let (_, bids) = Whole::<FastBook>::auctions(size.lots, FEW, size.bids);
    let mut taken = [const { Vec::new() }; 5];
    // In turn, so that noise hits all alike.
    for _ in 0..size.rounds {
        taken[0].push(1e9 / measure::round(&orders, &workload.spec.tally).rate);
        taken[1].push(bid(1, BIDDERS, size.bids));
        taken[2].push(bid(size.lots, FEW, size.bids));
        taken[3].push(journaled(requests));
        taken[4].push(journaled(&bids));
    }
    let [order, one, many, order_bytes, bid_bytes] = taken.map(|mut taken| measure::median(&mut taken));
    let row = |what: String, ns: f64, order: f64, goal: &str, allocations: Option<u64>| {
        let allocations = allocations.map_or_else(String::new, |count| count.to_string());
        format!(
            "| {what} | {ns:.0} | {order:.0} | {:.2} | {goal} | {allocations} |",
            ns / order
        )
    };
    let lots = crate::path::grouped(size.lots as usize);
    vec![
        row(
            format!("in one lot of {} bidders", crate::path::grouped(BIDDERS as usize)),
            one,
            order,
            "2",
            allocations.map(|[one, _]| one),
        ),
        row(
            format!("in turn over {lots} lots that are open at once"),
            many,
            order,
            "2",
            allocations.map(|[_, many]| many),
        ),
        row(
            "the same with its bytes for the journal, closed (AES-256-GCM-SIV); the order's are in the clear"
                .to_owned(),
            many + bid_bytes,
            order + order_bytes,
            "",
            None,
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
        assert_eq!(rows.len(), 3);
        for row in rows {
            assert_eq!(
                row.matches('|').count(),
                head().lines().next().unwrap().matches('|').count()
            );
        }
    }
}
