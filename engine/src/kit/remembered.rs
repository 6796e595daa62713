//! One answer with the client id that it was given under, and how long it is kept.

use protocol::{Answer, Outcome, Receipt, Seq, Timestamp, command::ClientKey, time::DAY};
use serde::{Deserialize, Serialize};

/// How long an answer is kept at least by its age, in nanoseconds: 24 hours. Longer while what was made is open.
const KEPT: u64 = DAY;

/// Says whether what a command made is still open. No type of its own for each caller: whoever holds the state is
/// generic over its book, and this code is not.
pub(crate) type Open<'a> = &'a dyn Fn(Receipt) -> bool;

/// One remembered answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Remembered {
    pub key: ClientKey,
    pub answer: Answer,
}

impl Remembered {
    /// A place that holds nothing yet.
    pub(super) const NOTHING: Self = Self {
        key: ClientKey {
            id: [0; 16],
            body: [0; 8],
        },
        answer: Answer {
            seq: Seq(0),
            at: Timestamp(0),
            outcome: Outcome::Done(Receipt::Done),
        },
    };

    /// Whether what this command made is still open.
    pub(super) fn is_open(&self, open: Open<'_>) -> bool {
        match self.answer.outcome {
            Outcome::Done(receipt) => open(receipt),
            Outcome::Rejected(_) => false,
        }
    }

    /// Whether it counts at this time.
    pub(super) fn is_kept(&self, at: Timestamp, open: Open<'_>) -> bool {
        self.answer.at.after(KEPT) > at || self.is_open(open)
    }
}
