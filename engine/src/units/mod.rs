//! Licence units: what one stands for, how they are listed, issued, traded and consumed (RULES.md 2.3).

pub(crate) mod consumption;
pub(crate) mod contract;
pub(crate) mod listing;
pub(crate) mod places;
pub(crate) mod state;
pub(crate) mod trading;
pub(crate) mod tranches;
