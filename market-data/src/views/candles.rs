//! The running candles of one instrument, and what its ticker says of the day.
//! Invariant: a candle holds every print of its stretch of time so far, and the one before it is whole.

use crate::views::tape::Trade;
use protocol::{
    Price,
    candle::{Candle, Resolution},
};

/// A candle, and which prints are in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) candle: Candle,
    /// The `seq` of the last print before its first.
    behind: u64,
    /// The `seq` of its last print.
    last: u64,
}

/// The running candle of one length, and the one before.
#[derive(Clone, Copy, Debug, Default)]
struct Running {
    current: Option<Told>,
    before: Option<Told>,
}

/// The running candles of one instrument.
#[derive(Debug, Default)]
pub(crate) struct Candles {
    running: [Running; Resolution::ALL.len()],
    /// What the prints of the day come to, in minor units.
    turnover: u128,
}

/// What a ticker says of the day of the last print.
pub(crate) struct Day {
    pub(crate) candle: Candle,
    /// What its prints come to, in minor units.
    pub(crate) turnover: u128,
    /// The last price of the day before on which anything traded.
    pub(crate) previous_close: Option<Price>,
}

impl Candles {
    /// Takes in the next print; `trade.seq` is its number.
    pub(crate) fn add(&mut self, trade: &Trade) {
        for (running, resolution) in self.running.iter_mut().zip(Resolution::ALL) {
            let start = resolution.start(trade.matched_at);
            match &mut running.current {
                Some(told) if told.candle.start == start => {
                    told.candle.add(trade.price, trade.quantity, trade.sandbox);
                    told.last = trade.seq;
                }
                current => {
                    let candle = Candle::new(start, trade.price, trade.quantity, trade.sandbox);
                    let told = Told {
                        candle,
                        behind: trade.seq - 1,
                        last: trade.seq,
                    };
                    running.before = current.replace(told);
                    if resolution == Resolution::Day {
                        self.turnover = 0;
                    }
                }
            }
        }
        let [price, units] =
            [trade.price.minor(), trade.quantity.units()].map(|count| u128::from(count.unsigned_abs()));
        self.turnover += price * units;
    }

    /// The candle before the last one, and the last.
    pub(crate) fn last_two(&self, resolution: Resolution) -> impl Iterator<Item = &Told> {
        let running = &self.running[resolution as usize];
        running.before.iter().chain(&running.current)
    }

    /// Those that changed behind the print of this number; `None` if that are more than two.
    pub(crate) fn behind(&self, resolution: Resolution, seq: u64) -> Option<impl Iterator<Item = &Told>> {
        let oldest = self.last_two(resolution).next()?;
        (oldest.behind <= seq).then(|| self.last_two(resolution).filter(move |told| told.last > seq))
    }

    /// The day of the last print.
    pub(crate) fn day(&self) -> Option<Day> {
        let days = &self.running[Resolution::Day as usize];
        Some(Day {
            candle: days.current?.candle,
            turnover: self.turnover,
            previous_close: days.before.map(|told| told.candle.close),
        })
    }
}
