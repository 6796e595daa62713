//! Licence units on order books: on which terms they are listed, and how they are issued.

use crate::{
    describe::{other_for_people, record},
    ids::{AccountId, AssetId, InstrumentId},
    text::Symbol,
    units::{Currency, Decimal, Price, Quantity},
};
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// The terms of an order book of licence units. To people, its prices are decimal texts in the currency's scale.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct BookTerms {
    /// The venue's name for it; unique.
    pub symbol: Symbol,
    /// What it is paid in.
    pub currency: Currency,
    /// Every price is a multiple of it.
    pub tick: Price,
    /// The lowest price, a multiple of the tick.
    pub price_low: Price,
    /// The highest price, a multiple of the tick, at most 2^18 - 1 ticks above the lowest.
    pub price_high: Price,
    /// Every quantity is a multiple of it.
    pub lot: Quantity,
    /// The largest quantity of one order, a multiple of the lot.
    pub order_max: Quantity,
    /// How many units may be issued in all.
    pub supply: Quantity,
}

other_for_people!(BookTerms as WrittenTerms);

record! {
    /// The terms of an order book of licence units.
    pub struct WrittenTerms {
        /// The venue's name for it; unique: 1 to 24 of A-Z, 0-9, - and ., starting with a letter or digit.
        symbol: Symbol,
        /// What it is paid in.
        currency: Currency,
        /// Every price is a multiple of it.
        tick: Decimal,
        /// The lowest price.
        price_low: Decimal,
        /// The highest price, at most 262143 ticks above the lowest.
        price_high: Decimal,
        /// Every quantity is a multiple of it.
        lot: Quantity,
        /// The largest quantity of one order.
        order_max: Quantity,
        /// How many units may be issued in all.
        supply: Quantity,
    }

    /// Lists licence units of a registered right.
    pub struct ListUnits {
        /// The right.
        asset as "asset_id": AssetId,
        /// On which terms.
        terms: BookTerms,
    }
}

impl From<&BookTerms> for WrittenTerms {
    fn from(terms: &BookTerms) -> Self {
        let price = |price| Decimal::of_price(price, terms.currency);
        Self {
            symbol: terms.symbol,
            currency: terms.currency,
            tick: price(terms.tick),
            price_low: price(terms.price_low),
            price_high: price(terms.price_high),
            lot: terms.lot,
            order_max: terms.order_max,
            supply: terms.supply,
        }
    }
}

impl TryFrom<WrittenTerms> for BookTerms {
    /// The code, and which price it is.
    type Error = String;

    fn try_from(written: WrittenTerms) -> Result<Self, String> {
        let currency = written.currency;
        let price = |decimal: &Decimal, field| decimal.price(currency).map_err(|why| format!("{why} {field}"));
        Ok(Self {
            symbol: written.symbol,
            currency,
            tick: price(&written.tick, "tick")?,
            price_low: price(&written.price_low, "price_low")?,
            price_high: price(&written.price_high, "price_high")?,
            lot: written.lot,
            order_max: written.order_max,
            supply: written.supply,
        })
    }
}

record! {
    /// Issues units against the listed supply to an account of the owner. By an operator or the owner.
    #[derive(Copy)]
    pub struct IssueUnits in full {
        /// Of what.
        instrument as "symbol": InstrumentId => "CN201910513128.U",
        /// To whom.
        account as "account_id": AccountId,
        /// How many.
        quantity: Quantity => "1000",
    }
}
