//! What an outage does to lots: hours in which nobody could bid, reveal or pay take nothing from anybody (RULES.md 2.6;
//! 18号 28, 31).
//!
//! Invariant: no lot ends in an outage, and none by it. Whoever goes on resumes a lot by hand, with what it had left
//! when the outage began.

use super::{Input, Lot, LotState, close::LEFT_MIN};
use crate::{book::Book, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{LotId, Timestamp};

/// What an outage does to a lot.
enum Effect {
    /// It was open: it stands still since this moment.
    Pause(Timestamp),
    /// Its bids could not be revealed, or its price not be agreed or paid: it has until this moment.
    Lengthen(Timestamp),
}

impl Lot {
    /// What an outage from `from` to `at` does to it.
    fn after_outage(&self, from: Timestamp, at: Timestamp) -> Option<Effect> {
        let opens = self.terms.opens_at;
        match self.state {
            // Half-open: what ended as the outage began had ended before it.
            LotState::Open if self.ends_at > from => Some(Effect::Pause(from.max(opens))),
            LotState::Announced | LotState::Qualifying if opens <= at && self.ends_at > from => {
                Some(Effect::Pause(from.max(opens)))
            }
            LotState::Revealing if self.due > from => {
                let took = at.0.saturating_sub(from.max(self.ends_at).0);
                Some(Effect::Lengthen(self.due.after(took).max(at.after(LEFT_MIN))))
            }
            LotState::Sold | LotState::Negotiating if from < self.due && self.due <= at => {
                Some(Effect::Lengthen(at.venue_date().next().start()))
            }
            _ => None,
        }
    }
}

impl<B: Book> Exchange<B> {
    /// Whether there is a lot that an outage up to `at` would have done something to. `Timestamp(0)` asks for those
    /// alone in which bids are taken or revealed right now. Takes time in proportion to the lots whose time runs.
    pub fn has_lots_on(&self, at: Timestamp) -> bool {
        self.lots.waiting().any(|lot| match lot.state {
            LotState::Open | LotState::Revealing => true,
            _ => lot.due <= at,
        })
    }

    /// Bids could not be taken from `from` to now: lots that were open stand still, and whoever had to reveal or pay
    /// has time again.
    pub(crate) fn pause_for_outage(&mut self, from: Timestamp, tell: &mut Tell<'_>) {
        let from = from.min(tell.at);
        let waiting = self.lots.waiting();
        let affected: Vec<_> = waiting
            .filter_map(|lot| Some((lot.id, lot.after_outage(from, tell.at)?)))
            .collect();
        for (id, effect) in affected {
            match effect {
                Effect::Pause(since) => self.pause_since(id, since, tell),
                Effect::Lengthen(until) => self.lengthen(id, until, tell),
            }
        }
    }

    /// A lot that was open, or would have opened meanwhile.
    fn pause_since(&mut self, id: LotId, since: Timestamp, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        if lot.state != LotState::Open {
            lot.advance(Input::Begin);
            lot.began = lot.terms.opens_at;
        }
        self.suspend(id, since, tell);
    }

    fn lengthen(&mut self, id: LotId, until: Timestamp, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        let buyer = lot.award.as_mut().filter(|_| lot.state == LotState::Sold).map(|award| {
            award.pay_by = until.venue_date();
            award.entity
        });
        self.set_lot_due(id, until);
        if let Some(buyer) = buyer {
            self.tell_bidder(id, buyer, tell);
        }
        self.tell_lot(id, tell);
    }
}
