//! `lobster`: a book of BTreeMaps with hashed ids.

use super::Engine;
use crate::workload::{Op, Record, Tally, Workload};
use lobster::{FillMetadata, OrderBook, OrderEvent, OrderType, Side};

/// One book: `OrderBook::default()`, which sets up 10,000 orders, a megabyte. Many books: none set up in advance, since
/// 100,000 times that megabyte would not fit; the rest as in the default.
#[derive(Debug)]
pub struct Lobster {
    books: Vec<OrderBook>,
}

/// That of `OrderBook::default()`.
const QUEUE_CAPACITY: usize = 10;

fn count(fills: &[FillMetadata], tally: &mut Tally) {
    for fill in fills {
        tally.fill(
            fill.order_2 as u32,
            fill.order_1 as u32,
            fill.qty as u32,
            fill.price as u32,
        );
    }
}

impl Lobster {
    /// Whether something of the order rests.
    fn limit(book: &mut OrderBook, record: &Record, id: u32, tally: &mut Tally) -> bool {
        let side = if record.buy { Side::Bid } else { Side::Ask };
        let (qty, price) = (u64::from(record.quantity), u64::from(record.price));
        match book.execute(OrderType::Limit {
            id: u128::from(id),
            side,
            qty,
            price,
        }) {
            OrderEvent::Filled { fills, .. } => {
                count(&fills, tally);
                false
            }
            OrderEvent::PartiallyFilled { fills, .. } => {
                count(&fills, tally);
                true
            }
            OrderEvent::Placed { .. } => true,
            OrderEvent::Unfilled { .. } | OrderEvent::Canceled { .. } => false,
        }
    }

    fn cancel(book: &mut OrderBook, id: u32) {
        book.execute(OrderType::Cancel { id: u128::from(id) });
    }
}

impl Engine for Lobster {
    type Command = Record;

    fn translate(workload: &Workload) -> Vec<Record> {
        workload.records().to_vec()
    }

    fn new(books: u32) -> Self {
        let book = || {
            if books == 1 {
                OrderBook::default()
            } else {
                OrderBook::new(0, QUEUE_CAPACITY, false)
            }
        };
        Self {
            books: (0..books).map(|_| book()).collect(),
        }
    }

    fn execute(&mut self, record: &Record, tally: &mut Tally) {
        let book = &mut self.books[record.book as usize];
        match record.op {
            Op::New => {
                Self::limit(book, record, record.id, tally);
            }
            Op::ImmediateOrCancel => {
                // It knows no such order: a limit order, and a cancel of what rests.
                if Self::limit(book, record, record.id, tally) {
                    Self::cancel(book, record.id);
                }
            }
            Op::Cancel => Self::cancel(book, record.id),
            Op::Modify => {
                Self::cancel(book, record.id);
                Self::limit(book, record, record.new_id, tally);
            }
        }
    }
}
