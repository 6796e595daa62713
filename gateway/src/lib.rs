//! The outside of the exchange: JSON, signatures, HTTP and WebSocket, the command line and the demo market.

pub mod auction_log;
pub mod certificate;
pub mod cli;
pub mod commitment;
pub mod config;
pub mod demo;
pub mod json;
pub mod receipt;
pub mod rule_book;
pub mod seal;
pub mod server;
pub mod signing;
