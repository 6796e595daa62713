//! `orderbook-rs`: a concurrent book of skip lists.

use super::Engine;
use crate::workload::{Op, Record, Tally, Workload};
use orderbook_rs::{Id, OrderBook, Side, TimeInForce};

/// One book per instrument.
pub struct OrderbookRs {
    books: Vec<OrderBook<()>>,
}

fn number(id: Id) -> u32 {
    match id {
        Id::Sequential(number) => number as u32,
        Id::Uuid(_) | Id::Ulid(_) => 0,
    }
}

impl OrderbookRs {
    /// Whether something of the order rests. A failure shows in the tally.
    fn limit(book: &OrderBook<()>, record: &Record, id: u32, tally: &mut Tally) -> bool {
        let side = if record.buy { Side::Buy } else { Side::Sell };
        let new = Id::Sequential(u64::from(id));
        let (price, quantity) = (u128::from(record.price), u64::from(record.quantity));
        let Ok((_, result)) = book.add_limit_order_with_result(new, price, quantity, side, TimeInForce::Gtc, None)
        else {
            return false;
        };
        let Some(result) = result else { return true };
        for trade in result.match_result.trades().as_vec() {
            let (quantity, price) = (trade.quantity().as_u64() as u32, trade.price().as_u128() as u32);
            tally.fill(number(trade.maker_order_id()), id, quantity, price);
        }
        !result.match_result.is_complete()
    }

    fn cancel(book: &OrderBook<()>, id: u32) {
        // A failure would show in the tally.
        let _ = book.cancel_order(Id::Sequential(u64::from(id)));
    }
}

impl Engine for OrderbookRs {
    type Command = Record;

    fn translate(workload: &Workload) -> Vec<Record> {
        workload.records().to_vec()
    }

    fn new(books: u32) -> Self {
        Self {
            books: (0..books).map(|book| OrderBook::new(&format!("{book}"))).collect(),
        }
    }

    fn execute(&mut self, record: &Record, tally: &mut Tally) {
        let book = &self.books[record.book as usize];
        match record.op {
            Op::New => {
                Self::limit(book, record, record.id, tally);
            }
            Op::ImmediateOrCancel => {
                // Its own IOC fails without a result where a part is filled: a limit order, and a cancel of what rests.
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
