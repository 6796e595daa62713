//! What crosses crates: the real server in a process of its own, its clients over real sockets, and the judge of what
//! a SIGKILL leaves.

pub mod board;
pub mod client;
#[path = "../../gateway/tests/server_support/contract.rs"]
pub mod contract;
pub mod crash;
pub mod disposals;
pub mod program;
pub mod thefts;
pub mod venue;
pub mod walk;
