//! The one writer.

use crate::{MarketData, market_data::Views};
use protocol::{Committed, Timestamp};
use std::sync::Arc;

/// Folds events into the views and publishes frames. There is one, on a thread of its own.
#[derive(Debug)]
pub struct Folder {
    pub(crate) views: Arc<Views>,
}

impl Folder {
    /// Takes in the events of some commands, the next in order, publishes their frames (with `now` as `sent_at`), and
    /// then moves [`MarketData::applied`] to [`Committed::up_to`]. All events of a command come in one `Committed`.
    ///
    /// # Panics
    /// Where the events contradict each other or what was folded before: the process should stop.
    pub fn fold(&mut self, _committed: &Committed, _now: Timestamp) {
        todo!()
    }

    /// The reading end.
    pub fn market_data(&self) -> MarketData {
        MarketData {
            views: self.views.clone(),
        }
    }
}
