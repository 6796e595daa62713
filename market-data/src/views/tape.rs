//! The last trades of one instrument: what the `trades` channel remembers, and what a list of trades shows.
//! Invariant: the numbers of the trades it holds are consecutive, and the newest is the last of the
//! stream.

use crate::memory::Log;
use protocol::{Price, Quantity, Side, Timestamp, TradeId};
use std::collections::VecDeque;

/// A trade, as the tape prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The print's `seq` in the channel `trades` of its symbol: counts from 1.
    pub seq: u64,
    /// The trade's number over all instruments.
    pub trade: TradeId,
    /// The price.
    pub price: Price,
    /// How many units were traded.
    pub quantity: Quantity,
    /// The side of the order that arrived.
    pub taker_side: Side,
    /// Whether the trade happened on a sandbox board.
    pub sandbox: bool,
    /// When the trade happened.
    pub matched_at: Timestamp,
}

/// The tape of one instrument.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    seq: u64,
    trades: VecDeque<Trade>,
}

impl Tape {
    /// Adds a print, numbers it, and gives the bytes by which the memory grew.
    pub(crate) fn push(&mut self, trade: Trade) -> usize {
        self.seq += 1;
        self.trades.push_back(Trade { seq: self.seq, ..trade });
        size_of::<Trade>()
    }

    /// The newest print.
    pub(crate) fn last(&self) -> Option<&Trade> {
        self.trades.back()
    }

    /// The print of this number, if it is remembered.
    pub(crate) fn get(&self, seq: u64) -> Option<&Trade> {
        let first = self.oldest();
        self.trades.get(usize::try_from(seq.checked_sub(first)?).ok()?)
    }

    /// At most `limit` of the prints numbered below `before`, newest first.
    pub(crate) fn before(&self, before: Option<u64>, limit: usize) -> impl DoubleEndedIterator<Item = &Trade> {
        let first = self.oldest();
        let end = before.map_or(self.trades.len(), |before| {
            usize::try_from(before.saturating_sub(first))
                .unwrap_or(usize::MAX)
                .min(self.trades.len())
        });
        self.trades.range(end.saturating_sub(limit)..end).rev()
    }
}

impl Log for Tape {
    fn seq(&self) -> u64 {
        self.seq
    }

    fn len(&self) -> usize {
        self.trades.len()
    }

    fn forget(&mut self) -> usize {
        self.trades.pop_front().map_or(0, |_| {
            if self.trades.len() * 4 < self.trades.capacity() {
                self.trades.shrink_to(self.trades.len() * 2);
            }
            size_of::<Trade>()
        })
    }
}
