//! The register: who takes part, which rights there are, what is listed of them; and the questions that are asked of it.

pub(crate) mod gate;
pub(crate) mod state;
pub(crate) mod taker;
