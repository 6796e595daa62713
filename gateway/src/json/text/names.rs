//! What JSON needs to know of the exchange: which symbol names which instrument, and the scale of its prices.

use protocol::{Currency, Event, InstrumentId, OrderId, PublicEvent, Symbol};
use std::collections::{BTreeMap, HashMap};

/// The symbols of instruments, and the scales of their prices.
pub trait Names {
    /// The instrument of this symbol, and the currency whose scale its prices have.
    fn instrument(&self, symbol: &Symbol) -> Option<(InstrumentId, Currency)>;

    /// The symbol of this instrument, and the currency whose scale its prices have.
    fn listing(&self, instrument: InstrumentId) -> Option<(Symbol, Currency)>;

    /// The order that was placed under this client id, where such names are kept: only scripts have them. `None`: no
    /// order was placed under it; `Some(None)`: one was, and not accepted.
    fn order(&self, client_id: &str) -> Option<Option<OrderId>> {
        let _ = client_id;
        None
    }
}

impl<N: Names + ?Sized> Names for &N {
    fn instrument(&self, symbol: &Symbol) -> Option<(InstrumentId, Currency)> {
        (**self).instrument(symbol)
    }

    fn listing(&self, instrument: InstrumentId) -> Option<(Symbol, Currency)> {
        (**self).listing(instrument)
    }

    fn order(&self, client_id: &str) -> Option<Option<OrderId>> {
        (**self).order(client_id)
    }
}

/// Names learnt from events: for scripts, dumps and the demo, which have no views. Grows with the listings, and with
/// the named orders of a script.
#[derive(Clone, Debug, Default)]
pub struct LocalNames {
    symbols: BTreeMap<Symbol, (InstrumentId, Currency)>,
    listings: HashMap<InstrumentId, (Symbol, Currency)>,
    orders: HashMap<String, Option<OrderId>>,
}

impl LocalNames {
    /// Learns what an event tells.
    pub fn learn(&mut self, event: &Event) {
        if let Event::Public(PublicEvent::UnitsListed(listed)) = event {
            let (symbol, currency) = (listed.terms.symbol, listed.terms.currency);
            self.symbols.insert(symbol, (listed.instrument, currency));
            self.listings.insert(listed.instrument, (symbol, currency));
        }
    }

    /// Remembers the order that a client id was answered with, or that there was none.
    pub fn name_order(&mut self, client_id: &str, order: Option<OrderId>) {
        self.orders.insert(client_id.into(), order);
    }
}

impl Names for LocalNames {
    fn instrument(&self, symbol: &Symbol) -> Option<(InstrumentId, Currency)> {
        self.symbols.get(symbol).copied()
    }

    fn listing(&self, instrument: InstrumentId) -> Option<(Symbol, Currency)> {
        self.listings.get(&instrument).copied()
    }

    fn order(&self, client_id: &str) -> Option<Option<OrderId>> {
        self.orders.get(client_id).copied()
    }
}
