//! A listing: the order book of a right's licence units, but for its orders.

use protocol::{AssetId, Price, Quantity, Reject, Timestamp, event::TradingStatus, listing::BookTerms};
use serde::{Deserialize, Serialize};

/// A band spans fewer ticks than this: what a book can index.
pub(crate) const BAND_TICKS_MAX: i64 = 1 << 18;

/// An order book of licence units, but for its orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instrument {
    pub asset: AssetId,
    pub terms: BookTerms,
    pub status: TradingStatus,
    /// When the right ends; nothing trades from then on.
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
        let BookTerms {
            price_low,
            price_high,
            tick,
            ..
        } = &self.terms;
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

    /// The price at this place in the band.
    pub(crate) fn price(&self, ticks: u32) -> Price {
        Price::from_minor(self.terms.price_low.minor() + self.terms.tick.minor() * i64::from(ticks))
    }

    /// Whether a quantity can be ordered.
    pub(crate) fn check_quantity(&self, quantity: Quantity) -> Result<(), Reject> {
        let (units, lot) = (quantity.units(), self.terms.lot.units());
        if units > self.terms.order_max.units() {
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
}
