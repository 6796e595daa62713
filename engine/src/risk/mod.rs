//! Risk pools: which loans public money stands behind, what it pays when they go bad, and what it gets back (RULES.md
//! 2.9).

pub(crate) mod life;
pub(crate) mod pools;
pub(crate) mod state;
