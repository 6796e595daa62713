//! Every engine behind one interface, fed with identical streams.
//!
//! Each gets the commands in its own words, translated before the clock starts, as its own client would send them: the
//! peers take ids of the client's choice; our books give an id when an order enters, and the client names it by that.
//! Events and fills are handed over as each engine wants them, inside the timed part.

mod lobster;
mod orderbook_rs;
mod ours;
mod whole;

pub use lobster::Lobster;
pub use orderbook_rs::OrderbookRs;
pub use ours::{LookAhead, Ours};
pub(crate) use whole::uscc;
pub use whole::{Requests, Whole, WholeLookAhead, WholePledged, requests};

use crate::workload::{Tally, Workload};

/// Something that runs a stream.
pub trait Engine: Sized {
    /// A command in the engine's own words.
    type Command;

    /// The stream in the engine's own words: the preload, then the timed part.
    fn translate(workload: &Workload) -> Vec<Self::Command>;

    /// Empty books.
    fn new(books: u32) -> Self;

    /// Runs one command.
    fn execute(&mut self, command: &Self::Command, tally: &mut Tally);

    /// Runs a stream.
    fn execute_all(&mut self, commands: &[Self::Command], tally: &mut Tally) {
        for command in commands {
            self.execute(command, tally);
        }
    }
}

/// A stream in the words of an engine.
pub struct Stream<E: Engine> {
    books: u32,
    preload: usize,
    commands: Vec<E::Command>,
}

impl<E: Engine> Stream<E> {
    /// Translates.
    pub fn new(workload: &Workload) -> Self {
        Self {
            books: workload.spec.books,
            preload: workload.preload().len(),
            commands: E::translate(workload),
        }
    }

    /// An engine with the preload in its books.
    pub fn loaded(&self) -> E {
        let mut engine = E::new(self.books);
        engine.execute_all(&self.commands[..self.preload], &mut Tally::default());
        engine
    }

    /// The timed part.
    pub fn timed(&self) -> &[E::Command] {
        &self.commands[self.preload..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{W1, W2};
    use engine::book::{FastBook, PlainBook};

    fn run<E: Engine>(workload: &Workload) -> Tally {
        let stream = Stream::<E>::new(workload);
        let mut tally = Tally::default();
        stream.loaded().execute_all(stream.timed(), &mut tally);
        tally
    }

    #[test]
    fn every_engine_gives_the_pinned_fills_on_w1() {
        let workload = Workload::generate(W1);
        assert_eq!(run::<Ours<FastBook>>(&workload), W1.tally, "fast book");
        assert_eq!(run::<LookAhead>(&workload), W1.tally, "fast book with look-ahead");
        assert_eq!(run::<Ours<PlainBook>>(&workload), W1.tally, "plain book");
        assert_eq!(run::<Lobster>(&workload), W1.tally, "lobster");
    }

    #[test]
    fn the_whole_engine_gives_the_same_fills_on_both_books() {
        let workload = Workload::generate(W1);
        let plain = run::<Whole<PlainBook>>(&workload);
        assert_eq!(run::<Whole<FastBook>>(&workload), plain);
        assert_eq!(run::<WholeLookAhead>(&workload), plain);
        // A thousandth of the fills would be with oneself, and are prevented.
        assert!(plain.trades > W1.tally.trades * 99 / 100 && plain.trades < W1.tally.trades);
    }

    #[test]
    fn both_books_give_the_pinned_fills_on_w2() {
        let workload = Workload::generate(W2);
        assert_eq!(run::<Ours<FastBook>>(&workload), W2.tally, "fast book");
        assert_eq!(run::<LookAhead>(&workload), W2.tally, "fast book with look-ahead");
        assert_eq!(run::<Ours<PlainBook>>(&workload), W2.tally, "plain book");
    }
}
