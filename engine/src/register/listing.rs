//! A listing: the order book of a right's licence units, but for its orders.

use protocol::{
    AssetId, Price, QUANTITY_MAX, Quantity, Reject, Side, Timestamp, event::TradingStatus, listing::BookTerms,
    order::OrderKind, time::or_never, units::PRICE_MAX,
};
use serde::{Deserialize, Serialize};

/// A band spans fewer ticks than this: what a book can index.
const BAND_TICKS_MAX: i64 = 1 << 18;

/// An order book of licence units, but for its orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instrument {
    pub asset: AssetId,
    pub terms: BookTerms,
    pub status: TradingStatus,
    /// When the right ends; nothing trades from then on.
    #[serde(with = "or_never")]
    pub closes_at: Timestamp,
    pub issued: Quantity,
    /// Whether an operator halted it, whatever else it waits for.
    pub halted: bool,
    /// Whether an owner's sale needs more than its units: a consent that could be taken back.
    pub gated: bool,
}

impl Instrument {
    /// The price's place in the band, counted in ticks from its low end.
    pub(crate) fn ticks(&self, price: Price) -> Result<u32, Reject> {
        ticks(&self.terms, price)
    }

    /// The price at this place in the band.
    pub(crate) fn price(&self, ticks: u32) -> Price {
        Price::from_minor(self.terms.price_low.minor() + self.terms.tick.minor() * i64::from(ticks))
    }

    /// Whether the listed supply has room for `quantity` more.
    pub(crate) fn check_supply(&self, quantity: Quantity) -> Result<(), Reject> {
        if quantity.units() < 1 || quantity.units() % self.terms.lot.units() != 0 {
            return Err(Reject::QuantityInvalid);
        }
        match self.issued.checked_add(quantity) {
            Some(issued) if issued <= self.terms.supply => Ok(()),
            _ => Err(Reject::SupplyExhausted),
        }
    }

    /// Whether a number of units is one that can be issued: some, in lots.
    pub(crate) fn check_lots(&self, quantity: Quantity) -> Result<(), Reject> {
        let units = quantity.units();
        if units < 1 || units % self.terms.lot.units() != 0 {
            return Err(Reject::QuantityInvalid);
        }
        if units > QUANTITY_MAX {
            return Err(Reject::QuantityTooLarge);
        }
        Ok(())
    }

    /// Whether units of the listing may be issued now; a halt of the book alone stops no issue.
    pub(crate) fn check_issuable(&self, at: Timestamp) -> Result<(), Reject> {
        let stopped = matches!(self.status, TradingStatus::Closed | TradingStatus::Frozen);
        if stopped || self.closes_at <= at {
            return Err(Reject::NotTrading);
        }
        Ok(())
    }
}

/// The price's place in the band of these terms, counted in ticks from its low end.
pub(crate) fn ticks(terms: &BookTerms, price: Price) -> Result<u32, Reject> {
    let BookTerms {
        price_low,
        price_high,
        tick,
        ..
    } = terms;
    if price < *price_low || price > *price_high {
        return Err(Reject::PriceOutsideBand);
    }
    // Within the band, so below 2^32: a 32-bit division is the cheap one.
    let above_low = (price.minor() - price_low.minor()) as u32;
    let tick = tick.minor() as u32;
    if !above_low.is_multiple_of(tick) {
        return Err(Reject::PriceOffTick);
    }
    Ok(above_low / tick)
}

/// Whether a quantity can be ordered by whom so many units are free.
pub(crate) fn check_ordered(
    terms: &BookTerms,
    side: Side,
    quantity: Quantity,
    free: impl FnOnce() -> Quantity,
) -> Result<(), Reject> {
    // What consumption has left of a lot is sold with all the rest.
    check_quantity(terms, quantity).or_else(|reject| {
        let odd = reject == Reject::QuantityInvalid && quantity > Quantity::ZERO && quantity <= terms.order_max;
        if odd && side == Side::Sell && free() == quantity {
            Ok(())
        } else {
            Err(reject)
        }
    })
}

/// Whether a quantity can be ordered.
fn check_quantity(terms: &BookTerms, quantity: Quantity) -> Result<(), Reject> {
    let (units, lot) = (quantity.units(), terms.lot.units());
    if units > terms.order_max.units() {
        // Zero and odd lots are told first, but a quantity beyond any order must not reach a division of 32 bits.
        let odd = units % lot != 0;
        return Err(if odd {
            Reject::QuantityInvalid
        } else {
            Reject::QuantityTooLarge
        });
    }
    if units <= 0 || !(units as u32).is_multiple_of(lot as u32) {
        return Err(Reject::QuantityInvalid);
    }
    Ok(())
}

/// The worst price that an order takes: the one that it says, or the far end of the band; and whether what remains
/// rests in the book.
pub(crate) fn limit(terms: &BookTerms, side: Side, kind: OrderKind) -> (Price, bool) {
    match kind {
        OrderKind::Limit(price) => (price, true),
        OrderKind::ImmediateOrCancel(price) => (price, false),
        // The protection price: the far end of the band.
        OrderKind::Market if side == Side::Buy => (terms.price_high, false),
        OrderKind::Market => (terms.price_low, false),
    }
}

/// Whether a book can be kept on these terms.
pub(super) fn check_terms(terms: &BookTerms) -> Result<(), Reject> {
    let (tick, low, high) = (terms.tick.minor(), terms.price_low.minor(), terms.price_high.minor());
    if !(1..=PRICE_MAX).contains(&tick) {
        return Err(Reject::TickInvalid);
    }
    if low < 1 || low > high || high > PRICE_MAX || low % tick != 0 || high % tick != 0 {
        return Err(Reject::BandInvalid);
    }
    if (high - low) / tick >= BAND_TICKS_MAX {
        return Err(Reject::BandTooWide);
    }
    let (lot, order_max, supply) = (terms.lot.units(), terms.order_max.units(), terms.supply.units());
    if lot < 1 || !(lot..=QUANTITY_MAX).contains(&order_max) || order_max % lot != 0 {
        return Err(Reject::LotInvalid);
    }
    if !(lot..=QUANTITY_MAX).contains(&supply) || supply % lot != 0 {
        return Err(Reject::SupplyInvalid);
    }
    Ok(())
}
