//! Risk pools: which loans public money stands behind, what it pays when they go bad, and what it gets back (RULES.md
//! 2.9, PLEDGES.md 2.9).
//!
//! What always holds: nothing is held for a pool between two commands. What it pays leaves its account in the command that
//! decides on a claim; its part of a recovery comes back in the command that tells of it; so no state of a loan in a
//! pool keeps anybody's money. Who borrowed what and when, and what is owed of it, the loan says.

pub(crate) mod claims;
pub(crate) mod enrolments;
pub(crate) mod life;
pub(crate) mod pools;
pub(crate) mod re_guarantees;
pub(crate) mod recoveries;
pub(crate) mod sound;
pub(crate) mod state;

#[cfg(test)]
mod tests;
