//! JSON ⇄ protocol: the one vocabulary of REST, WebSocket, `zhiheng apply` and `docs/COMMANDS.md`.
//!
//! Money, prices and quantities are decimal texts in the currency's scale, times RFC 3339 in UTC with nine decimals
//! (`*_at`), dates `YYYY-MM-DD` (`*_on`), order and trade ids texts, the other ids and sequences integers, digests
//! hex, and instruments are named by symbol. Reading is strict: an unknown or repeated field, a number written as a
//! JSON number where a text is due, an exponent, a decimal too many: each is refused with a stable code and the place.
//!
//! What always holds: no input panics, and what was written reads back the same. Who may say what is not asked here.

mod commands;
mod events;
mod text;

pub(crate) use commands::convert::written;
pub use commands::{
    command::{self, Named},
    read::{self, Body, Frame, FrameId, Line, read_body, read_frame, read_line, read_line_of},
};
pub use events::{
    answer::{AnswerJson, OutcomeJson},
    event::{self, EventJson},
};
pub use text::{
    described::{self, Described, shapes},
    error::{At, Detail, InputCode, InputError},
    names::{LocalNames, Names},
    nearest::unknown_operation,
    scalar,
    value::{FIELDS_MAX, Object, Value},
};

#[cfg(test)]
mod tests;
