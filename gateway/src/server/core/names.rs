//! The names of the venue as its clients write them: the symbols and scales that the views know.

use crate::json::Names;
use market_data::MarketData;
use protocol::{Currency, InstrumentId, Symbol};

/// The symbols and scales of the views.
pub(crate) struct ViewNames<'a>(pub(crate) &'a MarketData);

impl Names for ViewNames<'_> {
    fn instrument(&self, symbol: &Symbol) -> Option<(InstrumentId, Currency)> {
        self.0
            .directory()
            .by_symbol(symbol)
            .map(|instrument| (instrument.id, instrument.currency()))
    }

    fn listing(&self, instrument: InstrumentId) -> Option<(Symbol, Currency)> {
        self.0
            .directory()
            .instrument(instrument)
            .map(|instrument| (instrument.symbol(), instrument.currency()))
    }
}
