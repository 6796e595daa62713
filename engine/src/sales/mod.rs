//! Sales of titles: from the listing to the buyer (RULES.md 2.5).

pub(crate) mod agreed;
pub(crate) mod audience;
pub(crate) mod life;
pub(crate) mod offers;
pub(crate) mod sale;
pub(crate) mod transfer;
