//! The outside of the exchange.
