//! The door of the core: one queue, with room kept for those who want to leave the market and for those who bid.

use crate::{reply::Promise, sealing::Secrecy};
use protocol::{Answer, Command, Request, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

/// What comes through the door.
pub(crate) enum Incoming {
    /// A command.
    Command(Arrival),
    /// Nothing: look at the flags again.
    Wake,
}

/// A command at the door, for which the disk has room.
pub(crate) struct Arrival {
    pub(crate) request: Request,
    pub(crate) secrecy: Secrecy,
    pub(crate) arrived: Timestamp,
    /// The length of its encoding, for which room is reserved.
    pub(crate) bytes: usize,
    pub(crate) promise: Promise<Answer>,
}

/// How many commands may wait, and how many do. Exact: both counts live in one word.
#[derive(Debug)]
pub(crate) struct Occupancy {
    ordinary_max: u32,
    total_max: u32,
    /// Ordinary commands that wait in the upper half, all that wait in the lower.
    waiting: AtomicU64,
}

const ORDINARY: u64 = 1 << 32;

/// Who may use the reserve: a cancel and a bid must get through when orders no longer do. An order can come again, a
/// lot's last minute cannot.
pub(crate) fn may_use_reserve(command: &Command) -> bool {
    matches!(command, Command::CancelOrder { .. }) || command.bids_for().is_some()
}

impl Occupancy {
    pub(crate) fn new(ordinary: u32, reserved: u32) -> Self {
        Self {
            ordinary_max: ordinary,
            total_max: ordinary.checked_add(reserved).expect("an inbox of less than 2^32"),
            waiting: AtomicU64::new(0),
        }
    }

    /// One more waits, if it may.
    pub(crate) fn admit(&self, may_use_reserve: bool) -> bool {
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |waiting| {
                let (ordinary, total) = ((waiting >> 32) as u32, waiting as u32);
                let room = total < self.total_max && (may_use_reserve || ordinary < self.ordinary_max);
                room.then(|| waiting + 1 + if may_use_reserve { 0 } else { ORDINARY })
            })
            .is_ok()
    }

    /// So many no longer wait.
    pub(crate) fn release(&self, ordinary: u32, from_reserve: u32) {
        let leaving = u64::from(ordinary) * ORDINARY + u64::from(ordinary) + u64::from(from_reserve);
        self.waiting.fetch_sub(leaving, Ordering::AcqRel);
    }

    /// One that was let in is not coming after all.
    pub(crate) fn release_one(&self, used_reserve: bool) {
        self.release(u32::from(!used_reserve), u32::from(used_reserve));
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed) as u32 as usize
    }

    /// How many may wait.
    pub(crate) fn capacity(&self) -> usize {
        self.total_max as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_commands_leave_the_reserve_to_cancels_and_bids() {
        let occupancy = Occupancy::new(2, 1);
        assert!(occupancy.admit(false) && occupancy.admit(false));
        assert!(!occupancy.admit(false));
        assert!(occupancy.admit(true));
        assert!(!occupancy.admit(true));
        occupancy.release(1, 0);
        assert!(occupancy.admit(false) && !occupancy.admit(true));
        assert_eq!(occupancy.waiting(), 3);
        occupancy.release(2, 1);
        assert_eq!(occupancy.waiting(), 0);
    }

    #[test]
    fn the_reserve_uses_what_orders_leave() {
        let occupancy = Occupancy::new(2, 1);
        assert!(occupancy.admit(true) && occupancy.admit(true) && occupancy.admit(true));
        assert!(!occupancy.admit(true) && !occupancy.admit(false));
        occupancy.release(0, 2);
        assert!(occupancy.admit(false) && occupancy.admit(false));
    }
}
