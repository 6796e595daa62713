//! Random streams: the plain book is the oracle of the fast one. Same commands, same events, same answers, same state;
//! every invariant after every command (conservation of cash and units, holds = open interest, books uncrossed).

use crate::floor::{Floor, stream::Stream, times};
use engine::book::{FastBook, PlainBook};
use std::thread;

/// The issue's own number: streams, and commands in each.
const STREAMS: u64 = 20_000;
const COMMANDS: usize = 200;

fn stream(seed: u64) {
    let (mut fast, mut plain) = (Floor::<FastBook>::unit_market(), Floor::<PlainBook>::unit_market());
    let mut stream = Stream::open(seed, &mut fast);
    Stream::open(seed, &mut plain);
    for _ in 0..COMMANDS {
        let ask = stream.next();
        let answer = fast.hear(&ask);
        assert_eq!(answer, plain.hear(&ask), "seed {seed}");
        assert_eq!(fast.events, plain.events, "seed {seed}");
        fast.events.clear();
        plain.events.clear();
        stream.heard(&answer);
    }
    assert_eq!(fast.exchange.state_hash(), plain.exchange.state_hash(), "seed {seed}");
}

#[test]
fn both_books_tell_the_same_and_nothing_is_lost_or_made() {
    let cores = thread::available_parallelism().map_or(2, usize::from) as u64;
    thread::scope(|scope| {
        for core in 0..cores {
            scope.spawn(move || (0..times(STREAMS)).filter(|seed| seed % cores == core).for_each(stream));
        }
    });
}
