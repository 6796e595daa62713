//! Bids that are hidden until the close: whether each is the one that was committed to, and who wins by them.

use super::check::{ensure, start};
use crate::proof::commitment::commitment;
use protocol::{
    Digest,
    auction::{Format, Lot, LotCommitted, LotOpened, Rationing, SealedPrice, Uniform},
    transfer::apportion,
};
use std::collections::BTreeSet;

/// What was hidden.
#[derive(Default)]
pub(super) struct Hidden {
    /// Each bidder's last commitment, the earliest first.
    commitments: Vec<(u32, Digest)>,
    /// What was opened, in the order in which it was told.
    pub(super) opened: Vec<LotOpened>,
}

impl Hidden {
    /// Somebody commits, or commits anew.
    pub(super) fn commit(&mut self, committed: &LotCommitted) {
        self.commitments.retain(|(number, _)| *number != committed.number);
        self.commitments.push((committed.number, committed.commitment));
    }

    /// How many bids an open lot must tell of.
    pub(super) fn count(&self, lot: &Lot, told: u32) -> Result<u32, String> {
        match &lot.format {
            Format::Sealed(_) | Format::SealedReverse(_) => Ok(self.commitments.len() as u32),
            // A bid, or a better one in its place.
            Format::Uniform(_) => Ok(told.clamp(lot.bids, lot.bids.saturating_add(1))),
            _ => Err("nothing changed".into()),
        }
    }

    /// A bid is opened.
    pub(super) fn open(&mut self, lot: &Lot, opened: &LotOpened) -> Result<(), String> {
        let LotOpened { number, price, .. } = *opened;
        let start = start(&lot.format);
        let minor = price.money.minor();
        ensure(price.currency == start.currency && minor > 0, || {
            "it is no price of this lot".into()
        })?;
        ensure(self.opened.iter().all(|other| other.number != number), || {
            format!("the bid of {number} is opened twice")
        })?;
        match &lot.format {
            Format::Sealed(_) | Format::SealedReverse(_) => {
                let place = |number: u32| self.commitments.iter().position(|(of, _)| *of == number);
                let at = place(number).ok_or_else(|| format!("{number} committed to nothing"))?;
                let nonce = opened.nonce.ok_or("an opened bid shows its nonce")?;
                let plain = opened.units.is_none() && opened.won_units.is_none();
                ensure(plain, || "no units are sold here".into())?;
                let told = commitment(lot.lot, number, minor, &nonce);
                ensure(told == self.commitments[at].1, || {
                    format!("this is not what {number} committed to")
                })?;
                let ordered = self.opened.last().is_none_or(|before| place(before.number) < Some(at));
                ensure(ordered, || {
                    "bids are opened in the order in which they were committed to".into()
                })?;
            }
            Format::Uniform(terms) => check_units(terms, opened)?,
            _ => return Err("no bid was hidden in this format".into()),
        }
        self.opened.push(*opened);
        Ok(())
    }

    /// Whether the best bid that a sealed lot names is the one that follows from what was opened.
    pub(super) fn winner(&self, lot: &Lot, told: &Lot) -> Result<(), String> {
        let Some(terms) = lot.format.sealed() else {
            return Ok(());
        };
        // Offers are compared the other way round: the lowest is the best.
        let sign = if lot.format.is_demand() { -1 } else { 1 };
        let minor = |opened: &LotOpened| sign * opened.price.money.minor();
        let least = sign * terms.start.money.minor();
        let mut valid: Vec<_> = self.opened.iter().filter(|opened| minor(opened) >= least).collect();
        // Stable: of equal bids the one committed to earlier stays ahead.
        valid.sort_by_key(|opened| std::cmp::Reverse(minor(opened)));
        let Some(top) = valid.first() else {
            return ensure(told.best.is_none() && told.number.is_none(), || {
                "it has a best bid that nobody opened".into()
            });
        };
        ensure(told.number == Some(top.number), || {
            format!("the best bid, and the earlier of equals, is that of {}", top.number)
        })?;
        let second = valid.get(1).map_or(least, |opened| minor(opened));
        let prices = match terms.pays {
            SealedPrice::First => minor(top)..=minor(top),
            // The second bid or the start; where a reserve is hidden, perhaps that.
            SealedPrice::Second if lot.reserved => second..=minor(top),
            SealedPrice::Second => second..=second,
        };
        let best = told.best.ok_or("it names no best bid, and one was opened")?;
        ensure(
            best.currency == terms.start.currency && prices.contains(&(sign * best.money.minor())),
            || {
                format!(
                    "the price does not follow from the opened bids: {} to {} in minor units",
                    sign * prices.start(),
                    sign * prices.end()
                )
            },
        )
    }

    /// The one price of units that follows from what was opened; nothing, if nobody bought.
    pub(super) fn cleared(&self, lot: &Lot, notes: &mut Vec<String>) -> Result<Option<i64>, String> {
        let Format::Uniform(terms) = &lot.format else {
            return Ok(None);
        };
        let told = self.opened.len();
        ensure(told == lot.bids as usize, || {
            format!("{} bids were made, and {told} opened", lot.bids)
        })?;
        let won = |opened: &LotOpened| opened.won_units.map_or(0, |units| units.units());
        let winners = self.opened.iter().filter(|opened| won(opened) > 0);
        let Some(price) = winners.map(|opened| opened.price.money.minor()).min() else {
            if told > 0 {
                notes.push("nobody bought: the venue says that the hidden reserve was not met, or that the bidders may not buy".into());
            }
            return Ok(None);
        };
        // Who bid more than the price and bought nothing was passed over: that may be, and is the venue's to say.
        let passed = |opened: &&LotOpened, at: i64| won(opened) == 0 && opened.price.money.minor() >= at;
        let mut why = "the units are not shared out as the opened bids ask".to_owned();
        for from in [price + 1, price] {
            let (over, asked): (Vec<_>, Vec<_>) = self.opened.iter().partition(|opened| passed(opened, from));
            match shares(terms, &asked) {
                Ok(()) => {
                    let name = |opened: &LotOpened| {
                        format!(
                            "{} bid enough and bought nothing: the venue says that it may not buy",
                            opened.number
                        )
                    };
                    notes.extend(over.into_iter().map(name));
                    return Ok(Some(price));
                }
                Err(what) => why = what,
            }
        }
        Err(why)
    }
}

fn check_units(terms: &Uniform, opened: &LotOpened) -> Result<(), String> {
    let (price, least) = (opened.price.money.minor(), terms.start.money.minor());
    ensure(
        price >= least && (price - least) % terms.step.money.minor() == 0,
        || "it lies below the start or between the steps".into(),
    )?;
    let units = opened.units.ok_or("a bid for units says for how many")?;
    let most = opened.won_units.map_or(0, |won| won.units());
    ensure((1..=terms.units.units()).contains(&units.units()), || {
        "more units were asked than are sold".into()
    })?;
    ensure((0..=units.units()).contains(&most), || {
        "it bought more than it asked".into()
    })?;
    ensure(opened.nonce.is_none(), || "nothing was committed to".into())
}

/// Whether what each bought follows: the highest first, down to the price at which no more is left, there by the
/// announced rationing. Units come in lots of the listing, which the log does not tell: one size must fit all of it.
fn shares(terms: &Uniform, bids: &[&LotOpened]) -> Result<(), String> {
    let asked = |opened: &LotOpened| opened.units.map_or(0, |units| units.units());
    let won = |opened: &LotOpened| opened.won_units.map_or(0, |units| units.units());
    let mut left = terms.units.units();
    let prices: BTreeSet<i64> = bids.iter().map(|opened| opened.price.money.minor()).collect();
    let divisor = bids
        .iter()
        .flat_map(|opened| [asked(opened), won(opened)])
        .fold(left, gcd);
    for price in prices.into_iter().rev() {
        let level: Vec<_> = bids
            .iter()
            .filter(|opened| opened.price.money.minor() == price)
            .collect();
        let total: i64 = level.iter().map(|opened| asked(opened)).sum();
        let got: Vec<i64> = level.iter().map(|opened| won(opened)).collect();
        let fits = match terms.rationing {
            Rationing::ProRata if total > left => divisors(divisor).any(|size| {
                let parts: Option<Vec<u32>> = level
                    .iter()
                    .map(|opened| u32::try_from(asked(opened) / size).ok())
                    .collect();
                parts.is_some_and(|parts| {
                    apportion(left / size, &parts)
                        .iter()
                        .map(|lots| lots * size)
                        .eq(got.iter().copied())
                })
            }),
            _ => {
                let mut rest = left;
                let mut due = level.iter().map(|opened| {
                    let part = asked(opened).min(rest);
                    rest -= part;
                    part
                });
                got.iter().all(|got| due.next() == Some(*got))
            }
        };
        ensure(fits, || {
            format!("at the price of {price} in minor units the units are not shared out as asked")
        })?;
        left -= got.iter().sum::<i64>();
    }
    Ok(())
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Every number that divides this one.
fn divisors(of: i64) -> impl Iterator<Item = i64> {
    let roots = (1..)
        .take_while(move |small| small * small <= of)
        .filter(move |small| of % small == 0);
    roots.flat_map(move |small| [small, of / small])
}
