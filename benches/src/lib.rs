//! The reference workloads, and the engines they are run on.
//!
//! [`workload`] makes the two pinned command streams, [`engines`] runs them on our books and on peers from the crate
//! registry, [`measure`] takes the time, and [`table`] prints one table of one run. [`path`] takes the way of a command
//! beyond the books: replay, journal, socket; [`auction`] what a bid costs, [`registry`] what a right does, [`pledges`]
//! what its pledges do. Only ratios within a run count.

pub mod auction;
pub mod engines;
mod lending;
pub mod measure;
pub mod path;
pub mod pledges;
pub mod registry;
pub mod rows;
pub mod table;
pub mod workload;
