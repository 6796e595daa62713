//! The outside of the exchange: JSON, signatures, HTTP and WebSocket, the command line and the demo market.

pub mod cli;
pub mod config;
mod csv_lines;
pub mod demo;
mod holidays;
pub mod json;
mod liens;
pub mod proof;
pub mod server;
