//! Sums: what a claim comes to and who is paid how much of it (PLEDGES.md 2.4, 2.7 to 2.9). Pure arithmetic in integers.
//!
//! Nothing here knows the state, an event or a command: the rooms of the engine ask it, and so do the tests that hold it
//! against the vectors of the rules. Each function rounds once, half-up for interest and by the largest remainder for a
//! split, and says so.

pub mod consents;
pub mod disposal;
pub mod equity;
pub mod guarantee;
pub mod interest;
pub mod pools;
pub mod proceeds;
pub mod reverse;
pub mod scales;
pub mod subsidies;
pub mod tolerance;
pub mod waterfall;
