//! Previews: what an order or a bid would come to, asked without the state, by the very functions that will answer it.
//! Pure, and public: whoever shows a person what a button does asks here, and copies no rule.
//!
//! What always holds: a preview is told as of the book, the lot and the account that its caller names, and promises
//! nothing. Whether the command may be given at all (whose account, which consents, what is locked) is the state's to say.

pub use crate::auction::steps::Fallen;

use crate::{
    auction::{prices, steps},
    kit::checks::require,
    money::{
        clearing::{self, OrderTerms, Party},
        ledger::Role,
    },
    register::listing,
};
use alloc::vec::Vec;
use protocol::{
    Amount, BasisPoints, Money, Price, Quantity, Reject, Side, Timestamp,
    auction::{Descending, Format},
    listing::BookTerms,
    order::OrderKind,
    rules::Fees,
};

/// An order that somebody thinks of.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// What its instrument is listed on.
    pub terms: &'a BookTerms,
    /// The fees in force.
    pub fees: Fees,
    /// Buy or sell.
    pub side: Side,
    /// At which price, for how long.
    pub kind: OrderKind,
    /// How many units.
    pub quantity: Quantity,
    /// The units that its account has free: an odd rest of a lot is sold with all of them alone.
    pub free_units: Quantity,
    /// The fraction of fees that its account carries as the one who arrives, in ten-thousandths of a minor unit.
    pub carried: u64,
}

/// What rests at one price of the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    /// The price.
    pub price: Price,
    /// How many units rest there, before the first order of its own entity where there is one.
    pub quantity: Quantity,
    /// Whether an order of its own entity stands behind them: the order ends there.
    pub own: bool,
}

/// What an order comes to as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The worst price: the limit, or the far end of the band.
    pub limit: Price,
    /// What trades at once, by price, best first.
    pub fills: Vec<(Price, Quantity)>,
    /// How many units trade at once.
    pub filled: Quantity,
    /// How many rest in the book behind that.
    pub rests: Quantity,
    /// How many are cancelled instead.
    pub cancelled: Quantity,
    /// Whether it ends before an order of its own entity.
    pub crosses_itself: bool,
    /// Price × quantity of what trades.
    pub value: Money,
    /// The fee on it.
    pub fee: Money,
    /// What a buyer pays or a seller gets: value with the fee, or less it.
    pub total: Money,
    /// What a buyer's account holds as the order comes, before anything trades: never more. Nothing for a sell, which
    /// holds its units.
    pub held: Money,
    /// What stays held for what rests.
    pub held_after: Money,
}

/// What an order comes to against what rests on the other side, best first.
///
/// What of one order is charged at a price does not depend on how many resting orders make it up: fractions are carried
/// from fill to fill.
///
/// # Errors
/// The rule of the listing's terms that the order breaks.
pub fn cost(order: &Order<'_>, others: impl IntoIterator<Item = Resting>) -> Result<Cost, Reject> {
    let Order {
        terms,
        fees,
        side,
        kind,
        quantity,
        ..
    } = *order;
    listing::check_ordered(terms, side, quantity, || order.free_units)?;
    let (limit, stays) = listing::limit(terms, side, kind);
    listing::ticks(terms, limit)?;
    let held = match side {
        Side::Buy => clearing::buy_hold(limit, quantity, fees, false),
        Side::Sell => Money::ZERO,
    };
    let mut party = Party {
        terms: OrderTerms::default(),
        limit,
        left: quantity,
        fees,
        role: Role::Taker,
    };
    let (mut carried, mut value, mut fee, mut hold) = (order.carried, Money::ZERO, Money::ZERO, held);
    let mut fills = Vec::new();
    let mut crosses_itself = false;
    for resting in others {
        let beyond = match side {
            Side::Buy => resting.price > limit,
            Side::Sell => resting.price < limit,
        };
        if beyond || party.left == Quantity::ZERO {
            break;
        }
        let traded = resting.quantity.min(party.left);
        if traded > Quantity::ZERO {
            let amount = resting.price.times(traded).ok_or(Reject::QuantityTooLarge)?;
            let charged = match side {
                Side::Buy => {
                    let bought = party.buys(resting.price, traded, carried);
                    carried = bought.carried;
                    hold = hold.minus(amount.plus(bought.fee).plus(bought.released));
                    party.terms.spent = bought.spent;
                    bought.fee
                }
                Side::Sell => {
                    let sold = party.sells(resting.price, traded, carried);
                    carried = sold.carried;
                    sold.fee
                }
            };
            (value, fee) = (value.plus(amount), fee.plus(charged));
            party.left = party.left.minus(traded);
            fills.push((resting.price, traded));
        }
        if resting.own && party.left > Quantity::ZERO {
            crosses_itself = true;
            break;
        }
    }
    let rests = stays && !crosses_itself;
    let or_none = |is: bool| if is { party.left } else { Quantity::ZERO };
    Ok(Cost {
        limit,
        fills,
        filled: quantity.minus(party.left),
        rests: or_none(rests),
        cancelled: or_none(!rests),
        crosses_itself,
        value,
        fee,
        total: match side {
            Side::Buy => value.plus(fee),
            Side::Sell => value.minus(fee),
        },
        held,
        held_after: if rests { hold } else { Money::ZERO },
    })
}

/// The next legal bids of a lot whose price moves by bids that everyone sees, the nearest first, in minor units.
pub fn next_bids(format: &Format, best: Option<Amount>, count: usize) -> Vec<i64> {
    steps::next_bids(format, best.map(|best| best.money.minor()), count)
}

/// The price at which anyone may end a lot now, in minor units.
pub fn fixed(format: &Format, best: Option<Amount>) -> Option<i64> {
    steps::fixed(format, best.map(|best| best.money.minor()))
}

/// A falling price at a moment, by the lot's planned end.
pub fn fallen(terms: &Descending, ends_at: Timestamp, now: Timestamp) -> Fallen {
    steps::fallen(terms, ends_at, now)
}

/// What whoever wins a lot pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payable {
    /// On top of the price.
    pub premium: Money,
    /// Price and premium.
    pub total: Money,
    /// What is left to pay once the deposit became a part of it.
    pub rest: Money,
}

/// What whoever wins at this price pays, of whom so much was held as a deposit.
///
/// # Errors
/// `AMOUNT_INVALID` for a price below zero.
pub fn payable(price: Money, premium: BasisPoints, deposit: Money) -> Result<Payable, Reject> {
    require(price >= Money::ZERO, Reject::AmountInvalid)?;
    let total = prices::with_premium(price.minor(), premium);
    Ok(Payable {
        premium: Money::from_minor(total - price.minor()),
        total: Money::from_minor(total),
        rest: Money::from_minor(prices::rest_of(total, deposit.minor())),
    })
}
