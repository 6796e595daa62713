//! What stops a lot: an operator, or hours in which nobody could bid, reveal or pay; those take nothing from anybody
//! (RULES.md 2.6; 18号 28, 31).
//!
//! Invariant: no lot ends in an outage, and none by it. Whoever goes on resumes a lot by hand, with what it had left
//! when it was stopped, and with at least [`LEFT_MIN`].

use super::{Input, Lot, LotState};
use crate::{book::Book, register::party::User, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{
    Date, LotId, Receipt, Reject, Timestamp,
    auction::LotStep,
    party::Roles,
    time::{DAY, SECOND},
};

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
            LotState::Sold | LotState::Negotiating | LotState::Closed | LotState::Paused | LotState::Defaulted
                if from < self.due && self.due <= at =>
            {
                Some(Effect::Lengthen(at.venue_date().next().start()))
            }
            _ => None,
        }
    }
}

/// Days after which a lot that nobody resumes is taken back by itself, and what it holds is free: the cause of a pause
/// may last, a bidder's money need not wait for it.
const PAUSE_DAYS_MAX: u64 = 30;

/// A paused lot that is resumed has at least this left (RULES.md 2.6, 18号 28).
const LEFT_MIN: u64 = 300 * SECOND;

impl<B: Book> Exchange<B> {
    /// Whether there is a lot that an outage up to `at` would have done something to. `Timestamp(0)` asks for those
    /// alone in which bids are taken or revealed right now. Takes time in proportion to the lots whose time runs.
    pub fn has_lots_on(&self, at: Timestamp) -> bool {
        self.lots.waiting().any(|lot| match lot.state {
            LotState::Open | LotState::Revealing => true,
            _ => lot.due <= at,
        })
    }

    /// Pauses a lot. By an operator, on a ground.
    pub(crate) fn pause_lot(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        self.lot_now(asked.lot, tell)?;
        user.may(Roles::OPERATOR)?;
        self.lots.of(asked.lot).check(Input::Pause)?;

        self.suspend(asked.lot, tell.at, tell);
        Ok(Receipt::Done)
    }

    /// Resumes a paused lot, with what it had left and at least 300 seconds. By an operator.
    pub(crate) fn resume_lot(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        user.may(Roles::OPERATOR)?;
        self.lots.of(id).check(Input::Resume)?;

        let lot = self.lots.of_mut(id);
        lot.advance(Input::Resume);
        let (left, since) = lot.paused.take().expect("a paused lot knows how long it runs");
        lot.ends_at = tell.at.after(left);
        // A falling price stood still meanwhile.
        lot.began = lot.began.after(tell.at.0 - since.0);
        let ends = lot.ends_at;
        self.set_lot_due(id, ends);
        self.tell_lot(id, tell);
        Ok(Receipt::Done)
    }

    /// Stops a lot since this moment, which lies before its end.
    pub(super) fn suspend(&mut self, id: LotId, since: Timestamp, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        lot.advance(Input::Pause);
        lot.paused = Some(((lot.ends_at.0 - since.0).max(LEFT_MIN), since));
        self.set_lot_due(id, tell.at.after(PAUSE_DAYS_MAX * DAY));
        self.tell_lot(id, tell);
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

    /// Pauses a lot that was open, or would have opened meanwhile.
    fn pause_since(&mut self, id: LotId, since: Timestamp, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        if lot.state != LotState::Open {
            lot.advance(Input::Begin);
        }
        self.suspend(id, since, tell);
    }

    fn lengthen(&mut self, id: LotId, until: Timestamp, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        let buyer = lot.award.as_mut().filter(|_| lot.state == LotState::Sold).map(|award| {
            // Until the day before: it is late with the day that begins then.
            award.pay_by = Date(until.venue_date().0 - 1);
            award.entity
        });
        let unseen = matches!(lot.state, LotState::Paused | LotState::Defaulted);
        self.set_lot_due(id, until);
        if unseen {
            return;
        }
        if let Some(buyer) = buyer {
            self.tell_bidder(id, buyer, tell);
        }
        self.tell_lot(id, tell);
    }
}
