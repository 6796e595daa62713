//! Risk pools: which loans public money stands behind, what it pays when they go bad, and what it gets back (RULES.md
//! 2.9, PLEDGES.md 2.9). Subsidies of what a loan cost (2.9b). How far a branch and its officers are forgiven (the
//! Guidance, art. 20).
//!
//! What always holds: nothing is held for a pool or a measure between two commands. What it pays leaves its account in the
//! command that decides on a claim or an application; a pool's part of a recovery comes back in the command that tells
//! of it; so no state of a loan in a pool keeps anybody's money. Who borrowed what and when, what is owed of it and since
//! when, and what was paid, the loan says.

pub(crate) mod branches;
pub(crate) mod claims;
pub(crate) mod diligence;
pub(crate) mod enrolments;
pub(crate) mod life;
pub(crate) mod officers;
pub(crate) mod pools;
pub(crate) mod re_guarantees;
pub(crate) mod recoveries;
pub(crate) mod sound;
pub(crate) mod sound_subsidies;
pub(crate) mod state;
pub(crate) mod subsidies;
pub(crate) mod subsidy;
pub(crate) mod subsidy_life;

#[cfg(test)]
mod tests;
