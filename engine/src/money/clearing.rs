//! What a fill costs each side, and its postings. The one home of rounding: fees round down to the minor unit, the
//! payer keeps the remainder ([`BasisPoints::of`]).

use crate::money::ledger::{CashSlot, HoldingSlot, Ledger, Settlement};
use protocol::{AccountId, BasisPoints, Money, Price, Quantity, rules::Fees};
use serde::{Deserialize, Serialize};

/// What an order keeps for its clearing, beside its place in the book. The epoch whose fees it pays is its tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderTerms {
    /// Whose account pays or delivers.
    pub(crate) account: AccountId,
    /// Where it pays from, or is paid to.
    pub(crate) cash: CashSlot,
    /// Where its units come from, or go to.
    pub(crate) units: HoldingSlot,
}

/// What a buy must hold: price × quantity and the worst fee on it.
///
/// The hold of what is left is a function of what is left, so no order stores it. It always suffices: rounding down is
/// superadditive, `⌊a⌋ + ⌊b⌋ ≤ ⌊a + b⌋`, so what a partial fill frees covers the fill at the limit or better.
pub(crate) fn buy_hold(price: Price, quantity: Quantity, fees: Fees) -> Money {
    let cost = price.times(quantity).expect("an accepted order is within bounds");
    cost.plus(fees.worst().of(cost))
}

/// One side of a fill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party {
    pub terms: OrderTerms,
    /// The price it holds at.
    pub limit: Price,
    /// How much of it was left before the fill.
    pub left: Quantity,
    /// The fees of its epoch.
    pub fees: Fees,
    /// What it pays of them: the maker's or the taker's.
    pub fee: BasisPoints,
}

/// What a fill came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cleared {
    pub buyer_fee: Money,
    pub seller_fee: Money,
    /// What the buyer's hold no longer needs, beyond what was paid.
    pub released: Money,
}

/// Settles a fill: delivery against payment.
pub(crate) fn settle(
    ledger: &mut Ledger,
    venue_cash: CashSlot,
    price: Price,
    quantity: Quantity,
    buyer: &Party,
    seller: &Party,
) -> Cleared {
    let amount = price.times(quantity).expect("both orders are within bounds");
    let (buyer_fee, seller_fee) = (buyer.fee.of(amount), seller.fee.of(amount));
    let rest = buyer.left.minus(quantity);
    let freed = buy_hold(buyer.limit, buyer.left, buyer.fees).minus(buy_hold(buyer.limit, rest, buyer.fees));
    let released = freed.minus(amount.plus(buyer_fee));
    ledger.settle(&Settlement {
        buyer_cash: buyer.terms.cash,
        buyer_units: buyer.terms.units,
        seller_cash: seller.terms.cash,
        seller_units: seller.terms.units,
        venue_cash,
        quantity,
        amount,
        buyer_fee,
        seller_fee,
        released,
    });
    Cleared {
        buyer_fee,
        seller_fee,
        released,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_hold_covers_any_sequence_of_fills(
            limit in 1..=protocol::PRICE_MAX,
            mut left in 1..=protocol::QUANTITY_MAX,
            maker in 0..=10_000_u16,
            taker in 0..=10_000_u16,
            fills in proptest::collection::vec((0..=1_000_u32, 0..=1_000_u32, any::<bool>()), 1..20),
        ) {
            let fees = Fees { maker: BasisPoints(maker), taker: BasisPoints(taker) };
            let limit = Price::from_minor(limit);
            let mut held = buy_hold(limit, Quantity::from_units(left), fees);
            for (part, improvement, as_maker) in fills {
                let quantity = (i128::from(left) * i128::from(part) / 1_000) as i64;
                let price = Price::from_minor(1.max(limit.minor() - limit.minor() * i64::from(improvement) / 1_000));
                let amount = price.times(Quantity::from_units(quantity)).unwrap();
                let fee = if as_maker { fees.maker } else { fees.taker }.of(amount);
                left -= quantity;
                let rest = buy_hold(limit, Quantity::from_units(left), fees);
                let freed = held.checked_sub(rest).unwrap();
                prop_assert!(freed.checked_sub(amount.plus(fee)).is_some());
                held = rest;
            }
        }
    }
}
