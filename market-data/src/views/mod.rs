//! The views: what readers see, each folded from the events alone.
//!
//! Invariant: no view knows who follows it, nor another view but those it is made of: `markets` of instruments, their
//! books and tapes, and the logs of lots; `waits` of records. `frame` writes what they tell as text.

pub mod accounts;
pub mod auction_log;
pub(crate) mod candles;
pub mod depth;
pub mod directory;
pub mod executions;
pub mod frame;
pub mod levels;
pub(crate) mod markets;
pub mod records;
pub mod tape;
pub mod waits;
