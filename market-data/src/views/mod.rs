//! The views: what readers see, each folded from the events alone.

pub mod accounts;
pub mod auction_log;
pub mod depth;
pub mod directory;
pub mod executions;
pub mod frame;
pub mod levels;
pub(crate) mod markets;
pub mod records;
pub mod tape;
