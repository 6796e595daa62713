//! A historical register of security interests: records of an office in, and which liens stood on which right on which day
//! out. It stands beside the machine: no command comes of it, and nothing of it reaches the core.
//!
//! - `conveyance` reads what a record does, and which others it cites, from the office's own words.
//! - `number` makes one right of a patent's number, its application's and its publication's.
//! - `party` says when two names are one party.
//! - `register` folds the records: a security interest opens a lien on each of its rights, an assignment moves it, a
//!   release closes it, a correction says again what another record said.
//! - `rows` reads the two files of an extract, or says everything that is wrong with them.
//!
//! The register's day is the day of recording, and a lien stands from the day that opens it to the day before the one that
//! closes it. What is executed later than a release can't be what an uncited release gives up; nothing else looks at the
//! day of execution.
//!
//! No file is read here, and no clock.

mod conveyance;
mod number;
mod party;
mod place;
mod register;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use party::Party;
pub(crate) use register::{Effect, Lien, Register, Remark};
pub(crate) use rows::{FILE_MAX, Faults, INTERESTS, PROPERTIES, read};
