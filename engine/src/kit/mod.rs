//! The kit: what every room stands on and what knows none of them.

pub(crate) mod answers;
pub(crate) mod checks;
pub(crate) mod deadlines;
pub(crate) mod few;
pub(crate) mod held;
pub(crate) mod ids;
pub(crate) mod index;
pub(crate) mod life;
pub(crate) mod packed;
pub(crate) mod prefetch;
pub(crate) mod remembered;
pub(crate) mod terms;
