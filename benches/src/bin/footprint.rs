//! Prints what each contestant takes of the heap, a line each: workload, name, bytes of an empty book, bytes of one
//! with two orders, allocations after warm-up. A program of its own, because counting takes time.

use benches::{
    auction,
    measure::Heap,
    registry, rows,
    workload::{W1, W2, Workload},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn heap() -> Heap {
    let stats = ALLOCATOR.stats();
    Heap {
        bytes: (stats.bytes_allocated - stats.bytes_deallocated) as u64,
        allocations: (stats.allocations + stats.reallocations) as u64,
    }
}

fn main() {
    // With `registry`: what a right takes, and a pledge.
    if std::env::args().nth(1).as_deref() == Some("registry") {
        let [right, pledge] = registry::bytes(registry::Size::FULL, &heap);
        println!("{right} {pledge}");
        return;
    }
    // With `auction`: how often bids ask for memory.
    if std::env::args().nth(1).as_deref() == Some("auction") {
        let [one, many] = auction::allocations(auction::Size::FULL, &heap);
        println!("{one} {many}");
        return;
    }
    for spec in [W1, W2] {
        let workload = Workload::generate(spec);
        for entry in rows::entries(&workload) {
            println!("{}\t{}\t{}", entry.workload, entry.name, (entry.footprint)(&heap));
        }
    }
}
