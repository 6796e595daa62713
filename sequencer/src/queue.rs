//! What waits for the core, in the order of arrival: not of the race to the inbox.
//!
//! Invariant: `ahead` is in the order of arrival, those of one moment in the inbox's; and everything that arrived
//! before `complete` is in it, or was taken.

use crate::inbox::{Arrival, Incoming};
use crossbeam::channel::{Receiver, TryRecvError};
use protocol::{Request, Timestamp};
use std::collections::VecDeque;

/// How many commands are looked at together before they are applied.
pub(crate) const LOOK_AHEAD: usize = 16;

/// The engine's end of the inbox.
pub(crate) struct Queue {
    inbox: Receiver<Incoming>,
    ahead: VecDeque<Arrival>,
    /// So many at the front were looked at.
    looked: usize,
    complete: Timestamp,
}

impl Queue {
    pub(crate) fn new(inbox: Receiver<Incoming>) -> Self {
        Self {
            inbox,
            ahead: VecDeque::new(),
            looked: 0,
            complete: Timestamp(0),
        }
    }

    /// Takes over what is in the inbox, if nothing else is at hand. `false` if nothing is left and nobody can send any
    /// more.
    pub(crate) fn refill(&mut self) -> bool {
        if !self.ahead.is_empty() {
            return true;
        }
        // Begins at the front of its memory again, so that it stays small and warm.
        self.ahead.clear();
        self.drain() || !self.ahead.is_empty()
    }

    /// Takes over all that is in the inbox. Everything that arrived before `horizon`, read before this call, is in it
    /// by now.
    pub(crate) fn gather(&mut self, horizon: Timestamp) {
        self.drain();
        self.complete = self.complete.max(horizon);
    }

    /// Whether anybody can still send.
    fn drain(&mut self) -> bool {
        let mut sorted = true;
        let open = loop {
            match self.inbox.try_recv() {
                Ok(Incoming::Command(arrival)) => {
                    sorted &= self.ahead.back().is_none_or(|last| last.arrived <= arrival.arrived);
                    self.ahead.push_back(arrival);
                }
                Ok(Incoming::Wake) => {}
                Err(TryRecvError::Empty) => break true,
                Err(TryRecvError::Disconnected) => break false,
            }
        };
        if !sorted {
            // Stable, and quick on what is nearly in order.
            self.ahead.make_contiguous().sort_by_key(|arrival| arrival.arrived);
            self.looked = 0;
        }
        open
    }

    pub(crate) fn front(&self) -> Option<&Arrival> {
        self.ahead.front()
    }

    /// Takes the first. `look` is shown the next few now and then, to fetch what they need at once.
    pub(crate) fn pop(&mut self, look: impl FnOnce(&mut dyn Iterator<Item = &Request>)) -> Option<Arrival> {
        let first = self.ahead.pop_front()?;
        if self.looked > 0 {
            self.looked -= 1;
        } else if !self.ahead.is_empty() {
            self.looked = self.ahead.len().min(LOOK_AHEAD);
            look(&mut self.ahead.iter().take(LOOK_AHEAD).map(|arrival| &arrival.request));
        }
        Some(first)
    }

    /// Everything that arrived before this moment is here, or was taken.
    pub(crate) fn complete(&self) -> Timestamp {
        self.complete
    }

    /// Nobody who arrived before this moment is waited for any more.
    pub(crate) fn give_up(&mut self, before: Timestamp) {
        self.complete = self.complete.max(before);
    }

    pub(crate) fn inbox(&self) -> &Receiver<Incoming> {
        &self.inbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{reply::Cells, sealing::Secrecy};
    use crossbeam::channel::unbounded;
    use protocol::{Answer, Command, UserId};

    #[test]
    fn what_is_taken_over_together_comes_in_the_order_of_arrival() {
        let (to, inbox) = unbounded();
        let cells = Cells::<Answer>::new(64);
        let mut count = 0;
        let mut send = |arrived: u64| {
            let request = Request {
                by: UserId(count),
                client: None,
                command: Command::Tick,
            };
            count += 1;
            let (promise, _) = cells.pair();
            let arrived = Timestamp(arrived);
            let bytes = 32;
            to.send(Incoming::Command(Arrival {
                request,
                secrecy: Secrecy::Open,
                arrived,
                bytes,
                promise,
            }))
            .unwrap();
        };
        let mut queue = Queue::new(inbox);
        assert!(queue.refill() && queue.front().is_none());
        [5, 7, 5, 3].into_iter().for_each(&mut send);
        assert!(queue.refill());
        // What comes later waits in the inbox until somebody asks for it.
        send(1);
        assert!(queue.refill());
        assert_eq!(
            (queue.front().unwrap().arrived, queue.complete()),
            (Timestamp(3), Timestamp(0))
        );
        queue.gather(Timestamp(4));
        queue.gather(Timestamp(2));
        assert_eq!(queue.complete(), Timestamp(4));
        let mut looks = Vec::new();
        let taken: Vec<_> = std::iter::from_fn(|| {
            let arrival = queue.pop(|next| looks.push(next.count()))?;
            Some((arrival.arrived.0, arrival.request.by.0))
        })
        .collect();
        assert_eq!(taken, [(1, 4), (3, 3), (5, 0), (5, 2), (7, 1)]);
        assert_eq!(looks, [4]);
    }
}
