//! The register: who takes part, which rights there are, what is listed of them, the questions that are asked of it, and
//! the rules in force.

pub(crate) mod disposals;
pub(crate) mod ends;
pub(crate) mod entries;
pub(crate) mod facts;
pub(crate) mod gate;
pub(crate) mod holders;
pub(crate) mod known;
pub(crate) mod lent;
pub(crate) mod life;
pub(crate) mod listing;
pub(crate) mod party;
pub(crate) mod pledgees;
pub(crate) mod pledges;
pub(crate) mod related;
pub(crate) mod right;
pub(crate) mod rules;
pub(crate) mod seller;
pub(crate) mod state;
pub(crate) mod taker;
