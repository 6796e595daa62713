//! Who runs in the table of the books: a new contestant on W1 or W2 is an [`Entry`] in [`entries`].

use crate::{
    engines::{Engine, Lobster, LookAhead, OrderbookRs, Ours, Stream, Whole, WholeLookAhead},
    measure::{self, Footprint, Heap, Round},
    workload::{Tally, Workload},
};
use engine::book::{FastBook, PlainBook};
use std::{cell::OnceCell, rc::Rc};

/// How often a contestant runs, if it is not slow.
pub const ROUNDS: usize = 7;
/// The contestant that the others are measured by.
pub const PEER: &str = "lobster 0.7";

/// One contestant on one workload. The rounds of all contestants are interleaved, so that noise hits all alike.
pub struct Entry<'a> {
    /// The workload.
    pub workload: &'static str,
    /// The contestant.
    pub name: &'static str,
    /// How often it runs.
    pub rounds: usize,
    /// Runs it once.
    pub round: Box<dyn Fn() -> Round + 'a>,
    /// Takes percentiles of single commands.
    pub latency: Option<Box<dyn Fn() -> [u64; 3] + 'a>>,
    /// Takes its footprint, in a program that counts allocations.
    pub footprint: Footprinter<'a>,
}

/// Given how to read the allocator, takes a footprint.
pub type Footprinter<'a> = Box<dyn Fn(&dyn Fn() -> Heap) -> Footprint + 'a>;

impl<'a> Entry<'a> {
    fn of<E: Engine + 'a>(workload: &'a Workload, name: &'static str, rounds: usize) -> Self {
        let stream = Rc::new(OnceCell::<Stream<E>>::new());
        let for_latency = Rc::clone(&stream);
        Self {
            workload: workload.spec.name,
            name,
            rounds,
            round: Box::new(move || measure::round(stream.get_or_init(|| Stream::new(workload)), &workload.spec.tally)),
            latency: Some(Box::new(move || {
                measure::latency(for_latency.get_or_init(|| Stream::new(workload)))
            })),
            footprint: Box::new(move |heap| measure::footprint::<E>(workload, heap)),
        }
    }

    /// The whole engine: its fills are held against those on the plain book, and a book is not all that it takes of the
    /// heap.
    fn whole<E: Engine + 'a>(workload: &'a Workload, name: &'static str) -> Self {
        let expected = OnceCell::<Tally>::new();
        let stream = OnceCell::<Stream<E>>::new();
        let plain = move || {
            let stream = Stream::<Whole<PlainBook>>::new(workload);
            let mut tally = Tally::default();
            stream.loaded().execute_all(stream.timed(), &mut tally);
            tally
        };
        Self {
            round: Box::new(move || {
                measure::round(
                    stream.get_or_init(|| Stream::new(workload)),
                    expected.get_or_init(&plain),
                )
            }),
            footprint: Box::new(move |heap| Footprint {
                bytes: None,
                allocations: measure::allocations::<E>(workload, heap),
            }),
            ..Self::of::<E>(workload, name, ROUNDS)
        }
    }

    /// Without percentiles: it is too slow for another round, or its commands are no more single.
    fn without_latency(self) -> Self {
        Self { latency: None, ..self }
    }
}

/// Every contestant on a workload.
pub fn entries(workload: &Workload) -> Vec<Entry<'_>> {
    let slow = if workload.spec.books == 1 { 3 } else { 1 };
    let mut entries = vec![
        Entry::of::<Ours<FastBook>>(workload, "fast book", ROUNDS),
        Entry::of::<LookAhead>(workload, "fast book, looking 32 commands ahead", ROUNDS).without_latency(),
        Entry::of::<Ours<PlainBook>>(workload, "plain book (the oracle)", ROUNDS),
        Entry::of::<Lobster>(workload, PEER, ROUNDS),
        Entry::of::<OrderbookRs>(workload, "orderbook-rs 0.15", slow).without_latency(),
    ];
    if workload.spec.books == 1 {
        entries.push(Entry::whole::<Whole<FastBook>>(
            workload,
            "whole engine, accounts and fees",
        ));
        let looking = Entry::whole::<WholeLookAhead>(workload, "whole engine, looking 16 commands ahead");
        entries.push(looking.without_latency());
    }
    entries
}
