//! How many listen, and what that costs the traders: frames for one socket are gathered for a moment, so that however
//! many listen, writing to them takes a bounded share of the machine.
//!
//! What goes out is the same, in the same order; only one write carries more of it. What is a participant's own is not
//! gathered, nor are answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How long frames are gathered for each socket that is open: a write to one takes some ten microseconds of a core, so
/// writing takes about a tenth of one.
const PER_SOCKET: Duration = Duration::from_micros(100);
/// Below this, gathering is not worth a timer.
const GATHER_LEAST: Duration = Duration::from_millis(1);
/// Frames are gathered no longer than this.
const GATHER_MOST: Duration = Duration::from_millis(100);

/// The sockets that are open.
#[derive(Debug, Default)]
pub(crate) struct Audience {
    sockets: AtomicUsize,
}

/// A socket's place among them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat(Arc<Audience>);

impl Audience {
    /// One more socket.
    pub(crate) fn join(self: &Arc<Self>) -> Seat {
        self.sockets.fetch_add(1, Ordering::Relaxed);
        Seat(self.clone())
    }

    /// How long frames for one socket are gathered behind a write to it.
    pub(crate) fn gather(&self) -> Duration {
        gather(self.sockets.load(Ordering::Relaxed))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

fn gather(sockets: usize) -> Duration {
    let due = PER_SOCKET.saturating_mul(u32::try_from(sockets).unwrap_or(u32::MAX));
    if due < GATHER_LEAST {
        Duration::ZERO
    } else {
        due.min(GATHER_MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_written_to_at_once_and_many_in_a_time_that_ends() {
        for (sockets, expected) in [
            (0, Duration::ZERO),
            (9, Duration::ZERO),
            (10, Duration::from_millis(1)),
            (500, Duration::from_millis(50)),
            (1_001, GATHER_MOST),
            (usize::MAX, GATHER_MOST),
        ] {
            assert_eq!(gather(sockets), expected, "{sockets}");
        }
        let audience = Arc::new(Audience::default());
        let seats: Vec<_> = (0..40).map(|_| audience.join()).collect();
        assert_eq!(audience.gather(), Duration::from_millis(4));
        drop(seats);
        assert_eq!(audience.gather(), Duration::ZERO);
    }
}
