//! JSON itself: how values are read and written, in which scale and by which names, what mistakes are called, and what
//! types look like in the API's document.

pub mod described;
pub(super) mod error;
pub(super) mod names;
pub(super) mod nearest;
pub(super) mod reader;
pub mod scalar;
pub(super) mod value;
pub(super) mod writer;
