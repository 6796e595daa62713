//! The arrival of a request: the moment of its last byte, its place among the commands that are on their way, and whether
//! the very same came before.
//!
//! What always holds: no deadline goes ahead of a command that arrived before it, until the command was handed over or
//! refused.

use super::state::State;
use protocol::{Request, Timestamp};
use sequencer::{Handle, PendingAnswer, Refused, Underway};
use std::{sync::Arc, time::Instant};

/// The moment at which the last byte of a request was read: by the venue's clock for the order of everything, and by
/// the monotonic one for the metrics.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    at: Timestamp,
    pub(super) instant: Instant,
    /// The place of what may be a command among those under way: no deadline goes ahead of it until it was handed over
    /// or refused. Nothing may wait for anything slow in between.
    underway: Option<Arc<Underway>>,
    /// Where the very same signed request came before: how many commands its participant had given by then.
    pub(super) repeat_of: Option<u64>,
}

impl Arrival {
    /// A command has arrived, now: to be called right after the last byte, before anything is looked at.
    pub(crate) fn of_command(state: &State) -> Self {
        match state.handle() {
            Some(core) => {
                let underway = core.arrive();
                Self {
                    at: underway.at(),
                    instant: Instant::now(),
                    underway: Some(Arc::new(underway)),
                    repeat_of: None,
                }
            }
            None => Self::of_question(state),
        }
    }

    /// A question has arrived: it may take its time, and holds nothing up.
    pub(crate) fn of_question(state: &State) -> Self {
        Self {
            at: state.now(),
            instant: Instant::now(),
            underway: None,
            repeat_of: None,
        }
    }

    /// The arrival of a signed request that came before, after so many commands of its participant.
    pub(crate) fn again(self, repeat_of: Option<u64>) -> Self {
        Self { repeat_of, ..self }
    }

    /// Puts a request into the core's inbox, with this time. From here on nothing waits for it any more.
    pub(super) fn hand_over(&self, core: &Handle, request: Request) -> Result<PendingAnswer, Refused> {
        match &self.underway {
            Some(underway) => core.hand_over(request, underway),
            None => core.submit(request, self.at),
        }
    }
}
