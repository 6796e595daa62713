//! Two desks that quote on every book: each step places, takes or cancels one order, a few steps a second.
//!
//! The desks keep nothing of their own: what they have open is read from the views, so that a restart finds it again.

use super::{
    content::TICK,
    seed::{Listed, Market, Party},
    venue::{Failure, Venue},
};
use market_data::OrderView;
use protocol::{
    Command, Price, Quantity, Side,
    order::{OrderKind, PlaceOrder},
};
use std::{
    collections::VecDeque,
    thread,
    time::{Duration, Instant},
};

/// How many orders a desk keeps open in a book.
const OPEN_MAX: usize = 8;
/// How many orders a desk can have open in all, beyond what a book keeps.
const PAGE: usize = 1_000;
/// How far from the middle a quote may stand, in ticks.
const SPREAD_TICKS: u64 = 8;
/// So many orders are on their way at once, at the most.
const UNDER_WAY_MAX: usize = 64;
/// By how much the desks may be late and still catch up.
const SLACK: Duration = Duration::from_millis(50);
/// How long is looked at what the desks give, before it is said.
const MEASURED: Duration = Duration::from_secs(10);
/// The largest quote, in units.
const SIZE_MAX: u64 = 20;

/// The two desks, and where they see the middle of each book.
pub(super) struct Desks<'a> {
    venue: &'a Venue<'a>,
    market: &'a Market,
    desks: [&'a Party; 2],
    random: Random,
    middles: Vec<i64>,
}

impl<'a> Desks<'a> {
    /// Desks whose walk is `seed`'s. Trading goes on where it had been when the market stopped; at the first start, at
    /// the fair price.
    pub(super) fn new(venue: &'a Venue<'a>, market: &'a Market, seed: u64) -> Self {
        let last_price = |right: &Listed| {
            let last = venue.ready.market.trades(right.instrument, None, 1);
            last.first().map_or(right.fair, |trade| trade.price.minor())
        };
        Self {
            venue,
            market,
            desks: [market.party("desk-1"), market.party("desk-2")],
            random: Random(seed),
            middles: market.rights.iter().map(last_price).collect(),
        }
    }

    /// Quotes each side of a book on which neither desk does, as far as the disk has room, and waits until the views
    /// show it: whoever reads first finds a market.
    pub(super) fn open(&mut self) -> Result<(), Failure> {
        let mut given = Vec::new();
        for (right, middle) in self.market.rights.iter().zip(&self.middles) {
            for side in [Side::Buy, Side::Sell] {
                let quoted = |desk: &&Party| {
                    open_orders(self.venue, desk, right)
                        .iter()
                        .any(|order| order.side == side)
                };
                if self.desks.iter().any(quoted) {
                    continue;
                }
                for desk in self.desks {
                    for _ in 0..OPEN_MAX / 2 {
                        let order = passive(&mut self.random, desk, right, side, *middle);
                        given.extend(self.venue.offer(desk.user, &Command::PlaceOrder(order))?);
                    }
                }
            }
        }
        let mut last = None;
        for pending in given {
            last = Some(pending.wait().map_err(|_| Failure::Stopping)?.seq);
        }
        // Views that are late are no reason to have no market.
        if let Some(Err(error)) = last.map(|seq| self.venue.wait_for(seq)) {
            tracing::warn!(%error, "the first quotes do not show yet");
        }
        Ok(())
    }

    /// Quotes until the exchange stops, `rate` orders a second; where the machine does less, it says how many.
    pub(super) fn quote(&mut self, rate: u32, say: &mut dyn FnMut(&str)) {
        let pace = Duration::from_secs(1) / rate.max(1);
        let mut under_way = VecDeque::new();
        let (began, mut given, mut measured) = (Instant::now(), 0_u64, false);
        let mut next = began;
        loop {
            // What was missed is not made up for in a burst.
            next = (next + pace).max(Instant::now() - SLACK);
            thread::sleep(next.saturating_duration_since(Instant::now()));
            let i = self.random.below(self.market.rights.len() as u64) as usize;
            let desk = self.desks[self.random.below(2) as usize];
            self.middles[i] = walk(&mut self.random, &self.market.rights[i], self.middles[i]);
            let command = self.next(desk, i);
            match self.venue.offer(desk.user, &command) {
                Ok(Some(pending)) => under_way.push_back(pending),
                // A full disk may have room again.
                Ok(None) => thread::sleep(Duration::from_secs(1)),
                Err(_) => return,
            }
            // A reject (not enough cash, say) costs a step and nothing else.
            while under_way.len() > UNDER_WAY_MAX {
                let oldest = under_way.pop_front().expect("there are many");
                if oldest.wait().is_err() {
                    return;
                }
            }
            given += 1;
            if !measured && began.elapsed() >= MEASURED {
                measured = true;
                say_rate(given, began.elapsed(), rate, say);
            }
        }
    }

    fn next(&mut self, desk: &Party, book: usize) -> Command {
        let (right, middle, random) = (&self.market.rights[book], self.middles[book], &mut self.random);
        if random.below(5) == 0 {
            return Command::PlaceOrder(taking(random, desk, right, middle));
        }
        let open = open_orders(self.venue, desk, right);
        match open.first() {
            Some(oldest) if open.len() >= OPEN_MAX => Command::CancelOrder { order: oldest.order },
            Some(_) if random.below(6) == 0 => Command::CancelOrder {
                order: open[random.below(open.len() as u64) as usize].order,
            },
            _ => {
                let side = either(random);
                Command::PlaceOrder(passive(random, desk, right, side, middle))
            }
        }
    }
}

/// Says how many orders a second the desks give, where that is clearly less than was asked for.
fn say_rate(given: u64, within: Duration, asked: u32, say: &mut dyn FnMut(&str)) {
    let found = (given as f64 / within.as_secs_f64()).round();
    if found < f64::from(asked) * 0.8 {
        say(&format!(
            "--bots {asked}: the desks give about {found} orders a second, which is what this machine does beside all else · \
             本机实际每秒约 {found} 笔"
        ));
    }
}

fn open_orders(venue: &Venue<'_>, desk: &Party, right: &Listed) -> Vec<OrderView> {
    let accounts = venue.ready.market.accounts();
    let mut open = accounts.open_orders(desk.account, None, PAGE);
    open.retain(|order| order.instrument == right.instrument);
    open
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
fn passive(random: &mut Random, desk: &Party, right: &Listed, side: Side, middle: i64) -> PlaceOrder {
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
    let side = either(random);
    let reach = TICK * SPREAD_TICKS as i64;
    let price = if side == Side::Buy {
        middle + reach
    } else {
        middle - reach
    };
    order(random, desk, right, side, OrderKind::ImmediateOrCancel(on_tick(price)))
}

fn either(random: &mut Random) -> Side {
    if random.below(2) == 0 { Side::Buy } else { Side::Sell }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn desks_that_give_less_than_they_were_asked_for_say_how_many() {
        let said = |given, asked| {
            let mut lines = Vec::new();
            say_rate(given, Duration::from_secs(10), asked, &mut |line| {
                lines.push(line.to_owned())
            });
            lines.concat()
        };
        let line = said(3_217, 2_000);
        assert!(
            line.starts_with("--bots 2000: the desks give about 322 orders a second"),
            "{line}"
        );
        for (given, asked) in [(20_000, 2_000), (17_000, 2_000), (49, 5), (9, 1)] {
            assert_eq!(said(given, asked), "", "{given} of {asked}");
        }
    }
}
