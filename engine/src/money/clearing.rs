//! What a fill costs each side, and its postings. The one home of rounding: a fee's fraction is carried on, per account,
//! currency and role, so that neither many fills nor many orders evade a fee or add more than a minor unit to it.

use crate::money::ledger::{CashSlot, HoldingSlot, Ledger, Role, Settlement};
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
    /// Whether the minor unit is spent that a buy holds for what is carried.
    pub(crate) spent: bool,
}

/// What a buy holds of so many units: price × quantity, the worst fee on it, and a minor unit for the fraction that its
/// account carries, unless that is `spent`.
///
/// So it is a function of what is left and of one bit. It always covers what is charged, since [`charge`] takes no more
/// than is there. It seldom falls short of what is owed: of an order's fills in a row the fees come to at most
/// `⌊e + c⌋ ≤ ⌊e⌋ + 1`, where `e` is what they come to exactly and `c < 1` what was carried before, and what the row frees
/// of the worst fee is `⌊a⌋ − ⌊b⌋ ≥ ⌊a − b⌋ ≥ ⌊e⌋`. Where fills of the account's other orders come between, or an order
/// pays in both roles, a minor unit is carried on until an order has one to spare.
pub(crate) fn buy_hold(price: Price, quantity: Quantity, fees: Fees, spent: bool) -> Money {
    let cost = price.times(quantity).expect("an accepted order is within bounds");
    let carried = fees.worst() > BasisPoints(0) && quantity > Quantity::ZERO && !spent;
    let margin = Money::from_minor(i64::from(carried));
    cost.plus(fees.worst().of(cost)).plus(margin)
}

/// Ten-thousandths of a minor unit: one of it.
const WHOLE: i128 = 10_000;

/// What a fee comes to once the fraction before is added, and what is carried on: all that was owed so far, rounded
/// down, less what was charged; but no more than is there for it.
fn charge(points: BasisPoints, amount: Money, carried: u64, there: Money) -> (Money, u64) {
    let fee = (points.owed(amount, carried) / WHOLE).min(i128::from(there.minor()));
    let fee = Money::from_minor(i64::try_from(fee).expect("a fee is at most what it is charged on"));
    let rest = points.carried(amount, carried, fee);
    (fee, rest.expect("no more is charged than is owed"))
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
    /// In which role it pays them.
    pub role: Role,
}

/// What a fill comes to for who buys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bought {
    pub fee: Money,
    /// The fraction of a fee that the account carries on.
    pub carried: u64,
    /// What its hold no longer needs, beyond what was paid.
    pub released: Money,
    /// Whether its minor unit for what is carried is spent now.
    pub spent: bool,
}

/// What a fill comes to for who sells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sold {
    pub fee: Money,
    /// The fraction of a fee that the account carries on.
    pub carried: u64,
}

impl Party {
    /// What this party pays for a fill, if it buys; `carried` is the fraction that its account carries in its role.
    pub(crate) fn buys(&self, price: Price, quantity: Quantity, carried: u64) -> Bought {
        let amount = price.times(quantity).expect("an accepted order is within bounds");
        let rest = self.left.minus(quantity);
        let held = buy_hold(self.limit, self.left, self.fees, self.terms.spent);
        // All that may be paid: the minor unit too.
        let there = held.minus(buy_hold(self.limit, rest, self.fees, true)).minus(amount);
        let (fee, carried) = charge(self.role.fee(self.fees), amount, carried, there);
        let left = held.minus(amount).minus(fee);
        let spent = left < buy_hold(self.limit, rest, self.fees, false);
        Bought {
            fee,
            carried,
            released: left.minus(buy_hold(self.limit, rest, self.fees, spent)),
            spent,
        }
    }

    /// What a fill costs this party, if it sells; `carried` is the fraction that its account carries in its role.
    pub(crate) fn sells(&self, price: Price, quantity: Quantity, carried: u64) -> Sold {
        let amount = price.times(quantity).expect("an accepted order is within bounds");
        let (fee, carried) = charge(self.role.fee(self.fees), amount, carried, amount);
        Sold { fee, carried }
    }
}

/// What a fill came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cleared {
    pub buyer_fee: Money,
    pub seller_fee: Money,
    /// What the buyer's hold no longer needs, beyond what was paid.
    pub released: Money,
    /// Whether the buyer's minor unit for what is carried is spent now.
    pub spent: bool,
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
    let bought = buyer.buys(price, quantity, ledger.carried(buyer.terms.cash, buyer.role));
    let sold = seller.sells(price, quantity, ledger.carried(seller.terms.cash, seller.role));
    ledger.carry(buyer.terms.cash, buyer.role, bought.carried);
    ledger.carry(seller.terms.cash, seller.role, sold.carried);
    ledger.settle(&Settlement {
        buyer_cash: buyer.terms.cash,
        buyer_units: buyer.terms.units,
        seller_cash: seller.terms.cash,
        seller_units: seller.terms.units,
        venue_cash,
        quantity,
        amount,
        buyer_fee: bought.fee,
        seller_fee: sold.fee,
        released: bought.released,
    });
    Cleared {
        buyer_fee: bought.fee,
        seller_fee: sold.fee,
        released: bought.released,
        spent: bought.spent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever fills come, of one order or of several in turn, the hold covers each, and what was charged is what all
        /// fees come to exactly, rounded down, but for a minor unit of each order that has spent its own.
        #[test]
        fn a_hold_covers_any_sequence_of_fills(
            orders in proptest::collection::vec((1..=protocol::PRICE_MAX, 1..=protocol::QUANTITY_MAX), 1..6),
            fills in proptest::collection::vec((0..6_usize, 0..=1_000_u32, 0..=1_000_u32, any::<bool>()), 1..60),
            maker in 0..=10_000_u16,
            taker in 0..=10_000_u16,
        ) {
            let fees = Fees { maker: BasisPoints(maker), taker: BasisPoints(taker) };
            let mut open: alloc::vec::Vec<_> = orders.iter().map(|&(limit, left)| (Price::from_minor(limit), left, false)).collect();
            // As exact, charged and carried in each role.
            let mut roles = [(0_i128, 0_i128, 0_u64); 2];
            for (which, part, improvement, as_maker) in fills {
                let which = which % open.len();
                let (limit, left, spent) = &mut open[which];
                let quantity = (i128::from(*left) * i128::from(part) / 1_000) as i64;
                let price = Price::from_minor(1.max(limit.minor() - limit.minor() * i64::from(improvement) / 1_000));
                let amount = price.times(Quantity::from_units(quantity)).unwrap();
                let role = if as_maker { Role::Maker } else { Role::Taker };
                let (exact, charged, carried) = &mut roles[role as usize];
                let held = buy_hold(*limit, Quantity::from_units(*left), fees, *spent);
                *left -= quantity;
                let rest = Quantity::from_units(*left);
                let there = held.checked_sub(buy_hold(*limit, rest, fees, true)).unwrap().checked_sub(amount).unwrap();
                let (fee, on) = charge(role.fee(fees), amount, *carried, there);
                *carried = on;
                *exact += i128::from(amount.minor()) * i128::from(role.fee(fees).0);
                *charged += i128::from(fee.minor());
                let behind = *exact / 10_000 - *charged;
                prop_assert!((0..=60).contains(&behind), "{charged} is {behind} behind");
                let now = held.minus(amount).minus(fee);
                *spent = now < buy_hold(*limit, rest, fees, false);
                prop_assert!(now >= buy_hold(*limit, rest, fees, *spent));
            }
        }
    }

    #[test]
    fn many_small_fills_pay_what_one_large_one_does() {
        let fees = Fees {
            maker: BasisPoints(0),
            taker: BasisPoints(20),
        };
        let (mut carried, mut charged) = (0, Money::ZERO);
        for _ in 0..100 {
            let (fee, on) = charge(fees.taker, Money::from_minor(495), carried, Money::from_minor(1));
            (carried, charged) = (on, charged.plus(fee));
        }
        assert_eq!(charged, fees.taker.of(Money::from_minor(49_500)));
    }
}
