//! What an account holds, as its owner sees it: read by its address, or told in `executions`.

use crate::json::scalar::{write_money, write_quantity};
use market_data::{MarketData, accounts};
use protocol::{Currency, InstrumentId};
use serde::Serialize;
use utoipa::ToSchema;

/// Cash in one currency: `free + held = total`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cash {
    #[schema(example = "CNY")]
    currency: &'static str,
    /// All of it.
    #[schema(example = "1000000.00")]
    total: String,
    /// What open buy orders hold.
    held: String,
    /// What can be spent or paid out.
    free: String,
}

/// Units of one instrument: `free + held = total`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Holding {
    #[schema(example = "CN201910513128.U")]
    symbol: String,
    /// All of them.
    #[schema(example = "1000")]
    total: String,
    /// What open sell orders hold.
    held: String,
    /// What can be offered.
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
