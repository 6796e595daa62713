//! Our own books over one arena, without an exchange around them.

use super::Engine;
use crate::workload::{Op, Record, Tally, Workload};
use engine::book::{Book, FastBook, NewOrder, Orders, PlainBook, Step, Taker, Ticks};
use protocol::{EntityId, InstrumentId, OrderId, Side};

/// A command as our exchange would get it: a cancel names the order by the id that the order was given.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    op: Op,
    side: Side,
    book: InstrumentId,
    /// What is cancelled; of a modify too.
    order: OrderId,
    limit: Ticks,
    quantity: u32,
    /// The stream's own id of a new order: the cold half, by which fills are hashed.
    id: u32,
}

/// Books of one kind.
#[derive(Debug)]
pub struct Ours<B: Book> {
    books: Vec<B>,
    pool: B::Pool,
    orders: Orders<u32>,
}

impl<B: Book> Ours<B> {
    /// The id of the order if it rests.
    #[inline]
    fn place(&mut self, command: &Command, tally: &mut Tally) -> Option<OrderId> {
        let book = &mut self.books[command.book.index()];
        // No two orders have one owner: the comparison is made, and nothing is prevented.
        let owner = EntityId(command.id);
        let mut taker = Taker {
            side: command.side,
            limit: command.limit,
            left: command.quantity,
            owner,
        };
        while let Step::Filled(fill) = book.step(&mut self.pool, &mut self.orders, &mut taker) {
            tally.fill(*self.orders.cold(fill.maker), command.id, fill.quantity, fill.ticks.0);
            if fill.maker_done {
                self.orders.remove(fill.maker);
            }
        }
        if taker.left == 0 || command.op == Op::ImmediateOrCancel {
            return None;
        }
        let (instrument, side) = (command.book, command.side);
        let new = NewOrder {
            owner,
            instrument,
            side,
            ticks: taker.limit,
            quantity: taker.left,
            tag: 0,
        };
        let slot = self.orders.insert(new, command.id).expect("the arena has room");
        book.rest(&mut self.pool, &mut self.orders, slot);
        Some(self.orders.id(slot))
    }

    #[inline]
    fn cancel(&mut self, order: OrderId) {
        if let Some(slot) = self.orders.find(order) {
            let book = self.orders.get(slot).instrument().index();
            self.books[book].unlink(&mut self.pool, &mut self.orders, slot);
            self.orders.remove(slot);
        }
    }

    #[inline]
    fn command(&mut self, command: &Command, tally: &mut Tally) -> Option<OrderId> {
        match command.op {
            Op::New | Op::ImmediateOrCancel => self.place(command, tally),
            Op::Cancel => {
                self.cancel(command.order);
                None
            }
            Op::Modify => {
                self.cancel(command.order);
                self.place(command, tally)
            }
        }
    }
}

/// The stream with the ids that orders are given: the same on every book, so the plain one is asked for them.
fn translate(workload: &Workload) -> Vec<Command> {
    let mut plain = Ours::<PlainBook>::new(workload.spec.books);
    let mut given = vec![OrderId(0); workload.max_id as usize];
    let tell = |record: &Record| {
        let id = if record.op == Op::Modify {
            record.new_id
        } else {
            record.id
        };
        let command = Command {
            op: record.op,
            side: if record.buy { Side::Buy } else { Side::Sell },
            book: InstrumentId(record.book),
            order: given[record.id as usize],
            limit: Ticks(record.price),
            quantity: record.quantity,
            id,
        };
        if let Some(order) = plain.command(&command, &mut Tally::default()) {
            given[id as usize] = order;
        }
        command
    };
    workload.records().iter().map(tell).collect()
}

impl<B: Book> Engine for Ours<B> {
    type Command = Command;

    fn translate(workload: &Workload) -> Vec<Command> {
        translate(workload)
    }

    fn new(books: u32) -> Self {
        Self {
            books: (0..books).map(|_| B::default()).collect(),
            pool: B::Pool::default(),
            orders: Orders::new(),
        }
    }

    #[inline]
    fn execute(&mut self, command: &Command, tally: &mut Tally) {
        self.command(command, tally);
    }
}

/// The fast book, which touches what the next commands of a batch will need before it runs them, so that their memory
/// is fetched at once and not one after the other.
#[derive(Debug)]
pub struct LookAhead(Ours<FastBook>);

impl LookAhead {
    /// How many commands are looked at together.
    const BATCH: usize = 32;
}

impl Engine for LookAhead {
    type Command = Command;

    fn translate(workload: &Workload) -> Vec<Command> {
        translate(workload)
    }

    fn new(books: u32) -> Self {
        Self(Ours::new(books))
    }

    fn execute(&mut self, command: &Command, tally: &mut Tally) {
        self.0.execute(command, tally);
    }

    fn execute_all(&mut self, commands: &[Command], tally: &mut Tally) {
        let Self(ours) = self;
        for batch in commands.chunks(Self::BATCH) {
            // The orders first: which book a cancel is for, only its order knows.
            for command in batch {
                ours.orders.touch(command.order);
            }
            for command in batch {
                let book = ours
                    .orders
                    .find(command.order)
                    .map_or(command.book, |slot| ours.orders.get(slot).instrument());
                ours.books[book.index()].touch();
            }
            for command in batch {
                ours.execute(command, tally);
            }
        }
    }
}
