//! Loans, and pledges of rights for them (RULES.md 2.2; PLEDGES.md 2.2, 3).

pub(crate) mod answers;
pub(crate) mod befallen;
pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod defaults;
pub(crate) mod demands;
pub(crate) mod examine;
pub(crate) mod filing;
pub(crate) mod guarantees;
pub(crate) mod guarantors;
pub(crate) mod insurers;
pub(crate) mod life;
pub(crate) mod loans;
pub(crate) mod objects;
pub(crate) mod payers;
pub(crate) mod proceeds;
pub(crate) mod sound;
