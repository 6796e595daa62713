//! Rights: what befalls a right from its registration to its end, and what follows for everything offered of it.

pub(crate) mod books;
pub(crate) mod changes;
pub(crate) mod consents;
pub(crate) mod dues;
pub(crate) mod facts;
pub(crate) mod holds;
pub(crate) mod pledgees;
pub(crate) mod titles;
pub(crate) mod uses;
pub(crate) mod valuation;
