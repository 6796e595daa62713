//! What an account holds, as its owner sees it: read by its address, or told in `executions`.

use crate::json::{
    scalar::{write_money, write_quantity},
    shapes,
};
use market_data::{MarketData, accounts};
use protocol::{Currency, InstrumentId};
use serde::Serialize;
use utoipa::ToSchema;

/// Cash in one currency: `free + held = total`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cash {
    #[schema(value_type = shapes::Currency)]
    currency: &'static str,
    /// All of it.
    #[schema(value_type = shapes::Decimal)]
    total: String,
    /// What open buy orders hold.
    #[schema(value_type = shapes::Decimal)]
    held: String,
    /// What can be spent or paid out.
    #[schema(value_type = shapes::Decimal)]
    free: String,
}

/// Units of one instrument: `free + held = total`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Holding {
    #[schema(value_type = shapes::Symbol)]
    symbol: String,
    /// All of them.
    #[schema(value_type = shapes::Quantity)]
    total: String,
    /// What open sell orders hold.
    #[schema(value_type = shapes::Quantity)]
    held: String,
    /// What can be offered.
    #[schema(value_type = shapes::Quantity)]
    free: String,
}

/// Cash as its owner sees it.
pub(crate) fn cash((currency, cash): (Currency, accounts::Cash)) -> Cash {
    Cash {
        currency: currency.code(),
        total: write_money(cash.total, currency),
        held: write_money(cash.held, currency),
        free: write_money(cash.free(), currency),
    }
}

/// Units as their owner sees them.
pub(crate) fn holding(market: &MarketData, instrument: InstrumentId, units: accounts::Holding) -> Holding {
    let directory = market.directory();
    let symbol = directory
        .instrument(instrument)
        .map(|listed| listed.symbol().to_string());
    Holding {
        symbol: symbol.expect("what is held is listed"),
        total: write_quantity(units.total),
        held: write_quantity(units.held),
        free: write_quantity(units.free()),
    }
}
