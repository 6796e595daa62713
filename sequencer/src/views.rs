//! The way of the events to the views: in order, without a gap, only what is durable. It is bounded: when the views
//! fall behind, the sequencer waits for them, the inbox fills, and clients are told to come back later. So the views
//! are part of the venue and must be quick; what is slow (a client, a disk) hangs behind them on queues of its own.

use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use protocol::Committed;
use std::ops::Deref;

/// How many batches may wait for the views.
const BATCHES_WAITING: usize = 64;

/// The end that the sequencer writes to.
#[derive(Debug)]
pub struct Publisher {
    to: Option<Sender<Committed>>,
    used: Receiver<Committed>,
}

/// The end that the views read from.
#[derive(Debug)]
pub struct Subscriber {
    from: Receiver<Committed>,
    used: Sender<Committed>,
}

/// The events of one batch, on loan: its buffers go back when this is dropped.
#[derive(Debug)]
pub struct Delivery<'a> {
    committed: Committed,
    used: &'a Sender<Committed>,
}

/// The subscriber is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// A way for events: give the [`Publisher`] to [`start`](crate::start), and read the [`Subscriber`] on another thread
/// from before that call on, for the events of the whole replay come through it.
pub fn views() -> (Publisher, Subscriber) {
    let (to, from) = bounded(BATCHES_WAITING);
    let (back, used) = bounded(BATCHES_WAITING + 2);
    (Publisher { to: Some(to), used }, Subscriber { from, used: back })
}

impl Publisher {
    /// The end of a venue without views: events go nowhere.
    pub fn none() -> Self {
        Self {
            to: None,
            used: crossbeam::channel::never(),
        }
    }

    /// Hands over the events and leaves an empty buffer in their place. Gives `false` back where it would have to
    /// wait: then nothing was done.
    pub(crate) fn try_publish(&self, committed: &mut Committed) -> Result<bool, Gone> {
        let Some(to) = &self.to else {
            committed.events.clear();
            committed.asked.clear();
            return Ok(true);
        };
        let next = Committed {
            up_to: committed.up_to,
            at: committed.at,
            ..self.used.try_recv().unwrap_or_default()
        };
        match to.try_send(std::mem::replace(committed, next)) {
            Ok(()) => Ok(true),
            Err(TrySendError::Full(back)) => {
                *committed = back;
                Ok(false)
            }
            Err(TrySendError::Disconnected(_)) => Err(Gone),
        }
    }

    /// Hands over the events and leaves an empty buffer in their place; waits for the views where it must.
    pub(crate) fn publish(&self, committed: &mut Committed) -> Result<(), Gone> {
        if self.try_publish(committed)? {
            return Ok(());
        }
        let to = self.to.as_ref().expect("without views nothing waits");
        let next = Committed {
            up_to: committed.up_to,
            at: committed.at,
            ..Committed::default()
        };
        to.send(std::mem::replace(committed, next)).map_err(|_| Gone)
    }
}

impl Subscriber {
    /// The events of the next batch; waits for them. `None` once the sequencer has ended and everything was read.
    pub fn recv(&self) -> Option<Delivery<'_>> {
        let committed = self.from.recv().ok()?;
        Some(Delivery {
            committed,
            used: &self.used,
        })
    }

    /// How many batches wait to be read.
    pub fn waiting(&self) -> usize {
        self.from.len()
    }
}

impl Deref for Delivery<'_> {
    type Target = Committed;

    fn deref(&self) -> &Committed {
        &self.committed
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        let mut used = std::mem::take(&mut self.committed);
        used.events.clear();
        used.asked.clear();
        // A full way back lets the buffers go.
        let _ = self.used.try_send(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Event, Seq, StaffEvent, Stamped, Timestamp, UserId, event::Asked};

    #[test]
    fn both_buffers_come_back_and_what_is_warm_asks_the_heap_for_nothing() {
        let (publisher, subscriber) = views();
        let mut committed = Committed::default();
        let mut places = Vec::new();
        for seq in (1..=6).map(Seq) {
            committed.events.push(Stamped {
                seq,
                at: Timestamp(seq.0),
                body: Event::Staff(StaffEvent::KeyRevoked {
                    key: protocol::KeyId(1),
                }),
            });
            committed.asked.push(Asked {
                seq,
                by: UserId(1),
                client: None,
                order: None,
            });
            places.push((committed.events.as_ptr(), committed.asked.as_ptr()));
            assert_eq!(publisher.try_publish(&mut committed), Ok(true));
            let delivery = subscriber.recv().unwrap();
            assert_eq!((delivery.events.len(), delivery.asked.len()), (1, 1));
            assert_eq!(delivery.asked[0].seq, seq);
        }
        // Two pairs of buffers go round.
        assert_eq!(places[..2], places[2..4]);
        assert_eq!(places[..2], places[4..]);
    }
}
