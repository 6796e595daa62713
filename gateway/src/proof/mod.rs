//! What is signed, sealed and committed to, and how anyone proves it without asking the venue.
//!
//! What always holds: nothing here knows of the server. A stranger who audits the venue needs these files, market-data's chain
//! of a lot's log, and the types of the protocol.

pub mod auction_log;
pub mod certificate;
pub mod commitment;
pub mod pin;
pub mod receipt;
pub mod request;
pub mod seal;
pub mod signing;
pub mod venue_key;
