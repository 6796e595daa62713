//! The people of the venue's users: how they sign in, and what is kept of that.
//!
//! `kept` is what lies on the disk, `session` a sign-in that goes on, `store` holds both and changes them together; above it
//! stand the acts: `sign_in`, `credentials`, `second_factor`, `enrolment`. What always holds: nothing of it is in the journal, which
//! knows users and never how they prove who they are; what was told is durable; a password, a cookie or a code that was
//! told once is kept by its digest alone.

pub(crate) mod credentials;
pub(crate) mod demo;
pub(crate) mod enrolment;
mod kept;
mod password;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod store;
mod throttle;
mod totp;
