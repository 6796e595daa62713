//! Candles: the prints of a stretch of time in short, as history keeps them and the feeds tell them.

use crate::{
    Price, Quantity, Timestamp,
    time::{SECOND, VENUE_OFFSET},
};

/// How long a candle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// A minute.
    Minute,
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    Hour,
    /// A day of the venue (UTC+8).
    Day,
}

impl Resolution {
    /// Each of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::FiveMinutes, Self::Hour, Self::Day];

    /// Its length in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::FiveMinutes => 300,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// When the candle begins that holds this time; the first one begins with the epoch.
    pub const fn start(self, at: Timestamp) -> Timestamp {
        let local = at.0.saturating_add(VENUE_OFFSET);
        Timestamp((local - local % (self.seconds() * SECOND)).saturating_sub(VENUE_OFFSET))
    }
}

/// The prints of a stretch of time, in short. There is none where nothing traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle {
    /// When it begins.
    pub start: Timestamp,
    /// The first price.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
    /// How many units traded.
    pub volume: u64,
    /// How many prints there were.
    pub trades: u64,
    /// Whether one of them happened on a sandbox board.
    pub sandbox: bool,
}

impl Candle {
    /// The candle that begins at `start` and has no print yet but this one: its price and its quantity.
    pub fn new(start: Timestamp, price: Price, quantity: Quantity, sandbox: bool) -> Self {
        let mut candle = Self {
            start,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 0,
            trades: 0,
            sandbox,
        };
        candle.add(price, quantity, sandbox);
        candle
    }

    /// Takes in the next print. A volume beyond 64 bits stays at their end.
    pub fn add(&mut self, price: Price, quantity: Quantity, sandbox: bool) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
        self.volume = self.volume.saturating_add(quantity.units().unsigned_abs());
        self.trades += 1;
        self.sandbox |= sandbox;
    }
}
