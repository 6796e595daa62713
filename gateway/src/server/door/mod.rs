//! Who comes in: every request's way to its handler, with its signature, its rate, and the memory of what was seen
//! before.

pub(crate) mod admit;
pub(crate) mod auth;
pub(crate) mod cookie;
pub(crate) mod limits;
pub(crate) mod networks;
pub(crate) mod proxies;
pub(crate) mod replay;
