//! Licence units on order books: on which terms they are listed, how they are issued, and rights imported with their
//! listings.

use crate::{
    asset::RegisterAsset,
    describe::{Describe, Shape, record},
    ids::{AccountId, AssetId, InstrumentId},
    text::Symbol,
    units::{Currency, Decimal, Price, Quantity},
};
use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most assets one [`ImportAssets`] may carry.
pub const IMPORT_MAX: usize = 1_000;

/// The terms of an order book of licence units. To people, its prices are decimal texts in the currency's scale.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// How terms stand in the journal.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BookTerms")]
struct StoredTerms(Symbol, Currency, [Price; 3], [Quantity; 3]);

impl Serialize for BookTerms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            symbol,
            currency,
            tick,
            price_low,
            price_high,
            lot,
            order_max,
            supply,
        } = *self;
        if !serializer.is_human_readable() {
            let (prices, quantities) = ([tick, price_low, price_high], [lot, order_max, supply]);
            return StoredTerms(symbol, currency, prices, quantities).serialize(serializer);
        }
        WrittenTerms {
            symbol,
            currency,
            tick: Decimal::of_price(tick, currency),
            price_low: Decimal::of_price(price_low, currency),
            price_high: Decimal::of_price(price_high, currency),
            lot,
            order_max,
            supply,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BookTerms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let StoredTerms(symbol, currency, [tick, price_low, price_high], [lot, order_max, supply]) =
                StoredTerms::deserialize(deserializer)?;
            return Ok(Self {
                symbol,
                currency,
                tick,
                price_low,
                price_high,
                lot,
                order_max,
                supply,
            });
        }
        let written = WrittenTerms::deserialize(deserializer)?;
        let currency = written.currency;
        let price = |decimal: &Decimal, field| {
            let price = decimal.price(currency);
            price.map_err(|why| de::Error::custom(alloc::format!("{why} {field}")))
        };
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

impl Describe for BookTerms {
    const SHAPE: Shape = WrittenTerms::SHAPE;
}

record! {
    /// A right to register, and the terms on which its units are listed.
    pub struct Import {
        /// The right.
        asset: RegisterAsset,
        /// The terms.
        terms: BookTerms,
    }

    /// A batch of rights with their listings: all of them, or none. Under rules version 2 a listing asks for a verified title, and
    /// [`RegisterRights`] does this.
    pub struct ImportAssets {
        /// 1 to 1000 of them.
        imports: Vec<Import>,
        /// The owner's account that receives the whole supply of each, if any.
        issue_to as "issue_to_account_id": Option<AccountId>,
    }
}

/// Issues units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IssueUnits {
    /// Of what.
    pub instrument: InstrumentId,
    /// To whom: an account of the right's owner.
    pub account: AccountId,
    /// How many.
    pub quantity: Quantity,
}
