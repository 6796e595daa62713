//! Licences: who may use a right, where, for what and how long (RULES.md 2.3).

pub(crate) mod grants;
pub(crate) mod licensing;
pub(crate) mod life;
pub(crate) mod open_licence;
pub(crate) mod scope;
pub(crate) mod state;
