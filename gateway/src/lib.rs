//! The outside of the exchange: JSON, signatures, HTTP and WebSocket, the command line and the demo market.

pub mod json;
pub mod server;
pub mod signing;
