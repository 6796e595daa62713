//! Dues: a right is kept by paying for it in time (专利法 43, 44; 商标法 40).
//!
//! Invariant: a right whose dues are late has a day on which it lapses, and nothing of it is licensed until then. Dues
//! that come in before clear it.

use crate::{
    book::Book,
    kit::{checks::ensure, deadlines::Deadline, terms::LastDay},
    register::{entries::check_dates, party::User},
    rights::uses::Ground,
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    AssetId, Date, Receipt, Reject,
    event::CancelReason,
    party::Roles,
    rules::Calendar,
    title::{AssetState, RecordDues},
};

/// Whether dues may fall on this day: today or later, while the right still runs.
pub(crate) fn check_due(due: Option<Date>, expires: Option<Date>, today: Date) -> Result<(), Reject> {
    match due {
        Some(due) if due < today || expires.is_some_and(|expires| due >= expires) => Err(Reject::DuesInvalid),
        _ => Ok(()),
    }
}

impl<B: Book> Exchange<B> {
    /// Records that dues were paid: what was late is so no longer. By an operator.
    pub(crate) fn record_dues(
        &mut self,
        user: User,
        asked: &RecordDues,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordDues { asset, due, .. } = *asked;
        user.may(Roles::OPERATOR)?;
        let right = self.register.asset(asset)?;
        let today = tell.at.venue_date();
        let expires = match asked.expires {
            Some(said) => right.end_when(right.granted, Some(said))?,
            None => right.expires,
        };
        check_dates([right.filed, right.granted, expires], today)?;
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        check_due(due, expires, today)?;
        if right.state == AssetState::Invalidated {
            return Err(Reject::StateForbids);
        }

        self.forget_lapse(asset);
        self.register.right_mut(asset).late = false;
        self.set_due(asset, due);
        self.set_expires(asset, expires);
        self.settle_books(asset, CancelReason::Suspended, tell);
        self.tell_title(asset, tell);
        Ok(Receipt::Done)
    }

    /// The last day for a right's dues has passed: it is not licensed any more until they come in. Its title may still
    /// pass; who buys it sees that they are late. If they fell on a day off, the next that works is in time (细则 5), by
    /// the calendar of this moment.
    pub(crate) fn dues_are_late(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = self.register.right(asset);
        let Some((due, after)) = self.late_after(asset).filter(|(_, day)| day.next().start() == tell.at) else {
            return;
        };
        if right.is_over() || right.late {
            return;
        }
        let last = self.step_until(after).day;
        if last > after && self.dues_may_wait(asset) {
            self.set_late_after(asset, last);
            return;
        }
        self.register.right_mut(asset).late = true;
        // The last day of the grace is still in time (专利法实施细则 5: a term ends with its corresponding day, or the first
        // that works after it).
        let last = due.plus_months(self.rule_book().grace_months);
        self.set_lapse(asset, self.step_until(last).day.next());
        self.stop_uses(asset, Ground::DuesLate, tell);
        self.tell_title(asset, tell);
    }

    /// Sets the first day without a right whose dues are late.
    fn set_lapse(&mut self, asset: AssetId, lapses: Date) {
        self.forget_lapse(asset);
        self.titles.lapses.insert(asset, lapses);
        self.deadlines.add(lapses.start(), Deadline::DuesLapse(asset));
    }

    /// A new calendar came into force: graces end on a day that works.
    pub(crate) fn move_lapses(&mut self, before: &Calendar, tell: &mut Tell<'_>) {
        let lapses = self.titles.lapses.iter().map(|(asset, day)| (*asset, Date(day.0 - 1)));
        for (asset, last) in lapses.collect::<Vec<_>>() {
            let moved = self.step_until(last);
            if moved.day != last || !before.covers(last) && moved.calendar.is_none() {
                self.set_lapse(asset, moved.day.next());
                self.tell_title(asset, tell);
            }
        }
    }

    /// A right would have lapsed in an outage, in which nobody could tell that its dues were paid: there is time again.
    pub(crate) fn lengthen_grace(&mut self, asset: AssetId, until: LastDay, tell: &mut Tell<'_>) {
        self.set_lapse(asset, until.day.next());
        self.tell_title(asset, tell);
    }

    /// Nobody paid within the grace: the right ends.
    pub(crate) fn dues_lapse(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        if self.titles.lapses.get(&asset).map(|day| day.start()) == Some(tell.at) {
            self.end_right(asset, tell);
        }
    }

    /// Whether dues may come in on another day than theirs. A mark's term ends with the day of its renewal, whatever day
    /// that is: from then on there are the months of grace (商标法 40).
    pub(crate) fn dues_may_wait(&self, asset: AssetId) -> bool {
        !self.register.right(asset).awaits_renewal()
    }

    /// When a right's dues are owed, and the day after which they are late.
    pub(crate) fn late_after(&self, asset: AssetId) -> Option<(Date, Date)> {
        let due = self.register.right(asset).due?;
        Some((due, self.titles.late_after.get(&asset).copied().unwrap_or(due)))
    }

    /// Dues are in time until this day: theirs is one off, or lay in an outage, in which nobody could tell that they
    /// were paid.
    pub(crate) fn set_late_after(&mut self, asset: AssetId, last: Date) {
        if let Some((_, before)) = self.late_after(asset) {
            self.deadlines.remove(before.next().start(), Deadline::DuesLate(asset));
            self.titles.late_after.insert(asset, last);
            self.deadlines.add(last.next().start(), Deadline::DuesLate(asset));
        }
    }

    /// Sets when the next dues are owed: they are late from the day after.
    pub(crate) fn set_due(&mut self, asset: AssetId, due: Option<Date>) {
        if let Some((_, before)) = self.late_after(asset) {
            self.deadlines.remove(before.next().start(), Deadline::DuesLate(asset));
        }
        self.titles.late_after.remove(&asset);
        self.register.right_mut(asset).due = due;
        if let Some(due) = due {
            self.deadlines.add(due.next().start(), Deadline::DuesLate(asset));
        }
    }

    /// The right does not lapse any more: its dues came in, or it has ended.
    pub(crate) fn forget_lapse(&mut self, asset: AssetId) {
        if let Some(day) = self.titles.lapses.remove(&asset) {
            self.deadlines.remove(day.start(), Deadline::DuesLapse(asset));
        }
    }

    /// What this module promises: a right lapses if, and only if, its dues are late.
    pub(crate) fn check_dues(&self) -> Result<(), String> {
        for (asset, right) in self.register.rights() {
            let lapses = self.titles.lapses.contains_key(&asset);
            ensure(lapses == (right.late && !right.is_over()), || {
                format!("{asset:?} is late: {}, lapses: {lapses}", right.late)
            })?;
        }
        Ok(())
    }
}
