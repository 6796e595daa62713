//! Two desks that quote on every book: each step places, takes or cancels one order, a few steps a second.
//!
//! The desks keep nothing of their own: what they have open is read from the views, so that a restart finds it again.

use super::{
    Failure, Venue,
    content::TICK,
    seed::{Listed, Market, Party},
};
use protocol::{
    Command, Price, Quantity, Side,
    command::{OrderKind, PlaceOrder},
};
use std::{thread, time::Duration};

/// How many orders a desk keeps open in a book.
const OPEN_MAX: usize = 8;
/// How many orders a desk can have open in all, beyond what a book keeps.
const PAGE: usize = 1_000;
/// How far from the middle a quote may stand, in ticks.
const SPREAD_TICKS: u64 = 8;
/// The largest quote, in units.
const SIZE_MAX: u64 = 20;

/// Quotes until the exchange stops, at most `rate` orders a second.
pub(super) fn quote(venue: &Venue<'_>, market: &Market, rate: u32, seed: u64) {
    let desks = [market.party("desk-1"), market.party("desk-2")];
    let mut random = Random(seed);
    let mut middles: Vec<i64> = market.rights.iter().map(|right| last_price(venue, right)).collect();
    // Every book has something to show from the first moment on.
    for (right, middle) in market.rights.iter().zip(&middles) {
        for desk in desks {
            for _ in open_orders(venue, desk, right).len()..OPEN_MAX {
                let order = passive(&mut random, desk, right, *middle);
                if give(venue, desk, &Command::PlaceOrder(order)).is_err() {
                    return;
                }
            }
        }
    }
    loop {
        thread::sleep(Duration::from_secs(1) / rate.max(1));
        let i = random.below(market.rights.len() as u64) as usize;
        let (right, desk) = (&market.rights[i], desks[random.below(2) as usize]);
        middles[i] = walk(&mut random, right, middles[i]);
        let command = next(venue, &mut random, desk, right, middles[i]);
        if give(venue, desk, &command).is_err() {
            return;
        }
    }
}

/// One command of a desk. A reject (not enough cash, say) costs a step and nothing else.
fn give(venue: &Venue<'_>, desk: &Party, command: &Command) -> Result<(), Failure> {
    let _ = venue.ask(desk.user, command)?;
    Ok(())
}

fn next(venue: &Venue<'_>, random: &mut Random, desk: &Party, right: &Listed, middle: i64) -> Command {
    if random.below(5) == 0 {
        return Command::PlaceOrder(taking(random, desk, right, middle));
    }
    let open = open_orders(venue, desk, right);
    match open.first() {
        Some(oldest) if open.len() >= OPEN_MAX => Command::CancelOrder { order: *oldest },
        Some(_) if random.below(6) == 0 => Command::CancelOrder {
            order: open[random.below(open.len() as u64) as usize],
        },
        _ => Command::PlaceOrder(passive(random, desk, right, middle)),
    }
}

fn open_orders(venue: &Venue<'_>, desk: &Party, right: &Listed) -> Vec<protocol::OrderId> {
    let accounts = venue.ready.market.accounts();
    let open = accounts.open_orders(desk.account, None, PAGE);
    open.iter()
        .filter(|order| order.instrument == right.instrument)
        .map(|order| order.order)
        .collect()
}

/// Where trading had been when the market stopped; the fair price at the first start.
fn last_price(venue: &Venue<'_>, right: &Listed) -> i64 {
    let last = venue.ready.market.trades(right.instrument, None, 1);
    last.first().map_or(right.fair, |trade| trade.price.minor())
}

/// A step of a random walk that is drawn back to the fair price.
fn walk(random: &mut Random, right: &Listed, middle: i64) -> i64 {
    let step = random.below(3) as i64 - 1;
    let back = if random.below(20) == 0 {
        (right.fair - middle).signum()
    } else {
        0
    };
    let room = TICK * (2 * SPREAD_TICKS as i64);
    (middle + (step + back) * TICK).clamp(right.low + room, right.high - room)
}

/// A quote off the middle.
fn passive(random: &mut Random, desk: &Party, right: &Listed, middle: i64) -> PlaceOrder {
    let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
    let away = TICK * (1 + random.below(SPREAD_TICKS) as i64);
    let price = if side == Side::Buy {
        middle - away
    } else {
        middle + away
    };
    order(random, desk, right, side, OrderKind::Limit(on_tick(price)))
}

/// An order that takes what stands near the middle.
fn taking(random: &mut Random, desk: &Party, right: &Listed, middle: i64) -> PlaceOrder {
    let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
    let reach = TICK * SPREAD_TICKS as i64;
    let price = if side == Side::Buy {
        middle + reach
    } else {
        middle - reach
    };
    order(random, desk, right, side, OrderKind::ImmediateOrCancel(on_tick(price)))
}

fn on_tick(price: i64) -> Price {
    Price::from_minor(price / TICK * TICK)
}

fn order(random: &mut Random, desk: &Party, right: &Listed, side: Side, kind: OrderKind) -> PlaceOrder {
    let quantity = Quantity::from_units(1 + random.below(SIZE_MAX) as i64);
    PlaceOrder {
        account: desk.account,
        instrument: right.instrument,
        side,
        kind,
        quantity,
    }
}

/// SplitMix64, as in the reference workloads.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// 0 to `n` - 1.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}
