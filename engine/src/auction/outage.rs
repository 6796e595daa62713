//! What stops a lot: an operator, or hours in which nobody could bid, reveal or pay; those take nothing from anybody
//! (RULES.md 2.6; 18号 28, 31).
//!
//! Invariant: no lot ends in an outage, and none by it. Whoever goes on resumes a lot by hand, with what it had left
//! when it was stopped, and with at least [`LEFT_MIN`]. Which steps after the bidding have time again is asked for all
//! deals at once, in `exchange::resumed`.

use super::{Input, Lot, LotState};
use crate::{book::Book, kit::terms::LastDay, register::party::User, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{
    Date, LotId, Notice, Receipt, Reject, Timestamp,
    auction::{LotOutage, LotStep, Pause, PauseGround, PauseLot},
    party::Roles,
    time::SECOND,
};

/// What an outage does to a lot.
enum Effect {
    /// It was open: it stands still since this moment.
    Pause(Timestamp),
    /// Its bids could not be revealed: it has until this moment.
    Lengthen(Timestamp),
}

impl Lot {
    /// Whether bids are taken or revealed now.
    fn takes_bids(&self) -> bool {
        matches!(self.state, LotState::Open | LotState::Revealing)
    }

    /// Whether it takes bids, and ends after `from` and within [`NEAR_END`] of `at`.
    fn is_near_end(&self, from: Timestamp, at: Timestamp) -> bool {
        self.takes_bids() && self.due > from && self.due <= at.after(NEAR_END)
    }

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
            _ => None,
        }
    }
}

/// Days after which a lot that nobody resumes is taken back by itself, and what it holds is free: the cause of a pause
/// may last, a bidder's money need not wait for it.
const PAUSE_DAYS_MAX: i32 = 30;

/// A standstill this near to a lot's end, or nearer, makes bids late that were sent in time.
const NEAR_END: u64 = 10 * SECOND;
/// So many standstills near one lot's end need a person: from this one on the lot is paused.
const OUTAGES_MAX: u32 = 3;

/// A paused lot that is resumed has at least this left (RULES.md 2.6, 18号 28).
const LEFT_MIN: u64 = 300 * SECOND;

impl<B: Book> Exchange<B> {
    /// Whether there is a lot whose bidding an outage up to `at` would have done something to. `Timestamp(0)` asks for
    /// those alone in which bids are taken or revealed right now. Takes time in proportion to the lots whose time runs.
    pub fn has_lots_on(&self, at: Timestamp) -> bool {
        self.lots.waiting().any(|lot| match lot.state {
            LotState::Open | LotState::Revealing => true,
            _ => lot.step.is_none() && lot.due <= at,
        })
    }

    /// Pauses a lot. By an operator, on a ground.
    pub(crate) fn pause_lot(&mut self, user: User, asked: &PauseLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        self.lot_now(asked.lot, tell)?;
        user.may(Roles::OPERATOR)?;
        self.lots.of(asked.lot).check(Input::Pause)?;

        let pause = Pause {
            ground: asked.ground.unwrap_or(PauseGround::Venue),
            since: tell.at,
            evidence: Some(asked.evidence),
        };
        self.stand_still(asked.lot, pause, tell);
        Ok(Receipt::Done)
    }

    /// Resumes a paused lot, with what it had left and at least 300 seconds. By an operator.
    pub(crate) fn resume_lot(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        user.may(Roles::OPERATOR)?;
        self.lots.of(id).check(Input::Resume)?;

        self.go_on(id, tell);
        Ok(Receipt::Done)
    }

    /// Resumes a paused lot.
    fn go_on(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        lot.advance(Input::Resume);
        let (left, since) = lot.paused.take().expect("a paused lot knows how long it runs");
        lot.ends_at = tell.at.after(left);
        // A falling price stood still meanwhile.
        lot.began = lot.began.after(tell.at.0 - since.0);
        let ends = lot.ends_at;
        self.set_lot_due(id, ends);
        self.tell_lot(id, tell);
    }

    /// Whether a standstill from `from` on, which ended at `at`, was so near a lot's end that bids for it may be late.
    pub fn has_lots_ending(&self, from: Timestamp, at: Timestamp) -> bool {
        self.lots.waiting().any(|lot| lot.is_near_end(from, at))
    }

    /// The last of the ends before `until` of lots that take bids now. Takes time in proportion to the lots whose time
    /// runs.
    pub fn lots_end_before(&self, until: Timestamp) -> Option<Timestamp> {
        let open = self.lots.waiting().filter(|lot| lot.takes_bids());
        open.map(|lot| lot.due).filter(|due| *due < until).max()
    }

    /// The venue stood still from `from` to now, for too short a time to pause everything: a lot whose end was near
    /// goes on, for [`LEFT_MIN`] at least, and everybody is told why. The third time it stays paused.
    pub(crate) fn go_on_after_stall(&mut self, from: Timestamp, tell: &mut Tell<'_>) {
        let from = from.min(tell.at);
        let waiting = self.lots.waiting();
        let near = waiting.filter(|lot| lot.is_near_end(from, tell.at));
        let affected: Vec<_> = near.map(|lot| (lot.id, lot.state)).collect();
        for (id, state) in affected {
            let lot = self.lots.of_mut(id);
            lot.outages = lot.outages.saturating_add(1);
            let count = lot.outages;
            if state == LotState::Revealing {
                let until = lot.due.max(tell.at.after(LEFT_MIN));
                self.set_lot_due(id, until);
                self.tell_lot(id, tell);
            } else {
                self.suspend(id, from, tell);
                if count < OUTAGES_MAX {
                    self.go_on(id, tell);
                }
            }
            let lot = self.lots.of(id);
            tell.notice(Notice::LotOutage(LotOutage {
                lot: id,
                since: from,
                count,
                ends_at: lot.takes_bids().then_some(lot.due),
            }));
        }
    }

    /// Stops a lot for an outage since this moment, which lies before its end.
    pub(super) fn suspend(&mut self, id: LotId, since: Timestamp, tell: &mut Tell<'_>) {
        let pause = Pause {
            ground: PauseGround::Outage,
            since,
            evidence: None,
        };
        self.stand_still(id, pause, tell);
    }

    fn stand_still(&mut self, id: LotId, pause: Pause, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        lot.advance(Input::Pause);
        lot.paused = Some(((lot.ends_at.0 - pause.since.0).max(LEFT_MIN), pause.since));
        lot.pause = Some(pause);
        let until = self.step_until(Date(tell.at.venue_date().0.saturating_add(PAUSE_DAYS_MAX)));
        self.set_lot_step(id, until);
        self.tell_lot(id, tell);
    }

    /// Bids could not be taken from `from` to now: lots that were open stand still, and whoever had to reveal has time
    /// again.
    pub(crate) fn pause_for_outage(&mut self, from: Timestamp, tell: &mut Tell<'_>) {
        let waiting = self.lots.waiting();
        let affected: Vec<_> = waiting
            .filter_map(|lot| Some((lot.id, lot.after_outage(from, tell.at)?)))
            .collect();
        for (id, effect) in affected {
            match effect {
                Effect::Pause(since) => self.pause_since(id, since, tell),
                Effect::Lengthen(until) => {
                    self.set_lot_due(id, until);
                    self.tell_lot(id, tell);
                }
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

    /// What had to be done about a lot could not be done: there is time again.
    pub(crate) fn lengthen_lot(&mut self, id: LotId, until: LastDay, tell: &mut Tell<'_>) {
        self.set_lot_step(id, until);
        self.tell_lot_step(id, tell);
    }

    /// A new calendar came into force: the steps of lots are counted by it.
    pub(crate) fn recount_lots(&mut self, tell: &mut Tell<'_>) {
        let steps = self.lots.waiting().filter_map(|lot| Some((lot.id, lot.step?)));
        for (id, step) in steps.collect::<Vec<_>>() {
            let anew = self.recounted(step);
            self.set_lot_step(id, anew);
            if (anew.day, anew.calendar) != (step.day, step.calendar) {
                self.tell_lot_step(id, tell);
            }
        }
    }

    /// Tells everyone until when a lot's step is in time, and its buyer until when it may pay.
    fn tell_lot_step(&self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let buyer = lot.award.filter(|_| lot.state == LotState::Sold);
        if let Some(award) = buyer {
            self.tell_bidder(id, award.entity, tell);
        }
        self.tell_lot(id, tell);
    }
}
