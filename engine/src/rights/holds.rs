//! Holds: orders and disputes that stand on a right, and what they freeze (RULES.md 2.1, 2.2).
//!
//! Invariant: of a court's orders on one right only the first stands; the others wait (轮候, 查封规定 26) and stand when it
//! ends, in the same moment. A right counts the standing holds that freeze it; while there is one, nothing of it is
//! offered.

use crate::{
    book::Book,
    kit::{checks::ensure, deadlines::Deadline},
    register::party::User,
    rights::uses::Ground,
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    AssetId, Date, Digest, HoldId, Receipt, Record, Reject,
    asset::AssetClass,
    event::CancelReason,
    party::Roles,
    title::{AssetState, HOLDS_MAX, Hold, HoldKind, HoldState, LiftHold, PlaceHold},
};

/// Who places and lifts holds.
const MAY_HOLD: Roles = Roles::OPERATOR.with(Roles::COURT);
/// The longest term of a hold where no law names a shorter one: three years (民诉法解释 485).
const TERM_MONTHS_MAX: u32 = 36;

/// Whether it is a court's order, which waits behind another one.
const fn queues(kind: HoldKind) -> bool {
    match kind {
        HoldKind::Preservation | HoldKind::CourtHold => true,
        HoldKind::OwnershipDispute | HoldKind::InvalidationPending => false,
    }
}

/// Whether it keeps the right from passing and being licensed.
const fn freezes(kind: HoldKind) -> bool {
    match kind {
        HoldKind::Preservation | HoldKind::CourtHold | HoldKind::OwnershipDispute => true,
        HoldKind::InvalidationPending => false,
    }
}

/// Whether a right of this class is preserved once at a time, and no second order waits (专利法实施细则 105;
/// 注册商标专用权财产保全解释 3).
const fn is_preserved_once(class: AssetClass) -> bool {
    matches!(class, AssetClass::Patent | AssetClass::Trademark)
}

impl<B: Book> Exchange<B> {
    /// Places a hold, or continues one without a gap.
    pub(crate) fn place_hold(&mut self, user: User, asked: &PlaceHold, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let PlaceHold {
            asset, kind, renews, ..
        } = *asked;
        user.may(MAY_HOLD)?;
        let right = self.register.asset(asset)?;
        let renewed = renews.map(|hold| self.hold_known_to(user, hold)).transpose()?;
        if renewed.is_some_and(|renewed| renewed.asset != asset) {
            return Err(Reject::UnknownHold);
        }
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        // A preservation goes over into a seizure (财产保全转为执行查封), a dispute into nothing but itself.
        let continues = |renewed: &Hold| renewed.kind == kind || queues(renewed.kind) && queues(kind);
        if right.state == AssetState::Invalidated || !renewed.is_none_or(continues) {
            return Err(Reject::StateForbids);
        }
        let holds = &right.extra().holds;
        let preserves = |hold: &HoldId| self.titles.holds[hold].kind == HoldKind::Preservation && Some(*hold) != renews;
        if is_preserved_once(right.class) && kind == HoldKind::Preservation && holds.iter().any(preserves) {
            return Err(Reject::HoldStands);
        }
        self.check_hold_term(right.class, kind, asked.until, tell.at.venue_date())?;
        if holds.len() >= HOLDS_MAX && renewed.is_none() {
            return Err(Reject::HoldsTooMany);
        }

        let hold = HoldId::from(tell.seq);
        let holds = &mut self.register.right_mut(asset).extra_mut().holds;
        match holds.iter_mut().find(|other| Some(**other) == renews) {
            Some(place) => *place = hold,
            None => holds.push(hold),
        }
        if let Some(renewed) = renews {
            self.close_hold(renewed, HoldState::Lifted, Some(asked.evidence), tell);
        }
        if let Some(until) = asked.until {
            self.deadlines.add(until.start(), Deadline::HoldEnds(hold));
        }
        let entry = Hold {
            hold,
            asset,
            kind,
            holder: asked.holder.clone(),
            reference: asked.reference.clone(),
            rank: 0,
            state: HoldState::Waiting,
            until: asked.until,
            evidence: asked.evidence,
        };
        self.titles.holds.insert(hold, entry);
        self.settle_holds(asset, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Lifts a hold.
    pub(crate) fn lift_hold(&mut self, user: User, asked: &LiftHold, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        self.hold_known_to(user, asked.hold)?;
        user.may(MAY_HOLD)?;

        self.end_hold(asked.hold, HoldState::Lifted, Some(asked.evidence), tell);
        Ok(Receipt::Done)
    }

    /// A hold's time is over, unless it was lifted or renewed before.
    pub(crate) fn hold_ends(&mut self, hold: HoldId, tell: &mut Tell<'_>) {
        if self.titles.holds.contains_key(&hold) {
            self.end_hold(hold, HoldState::Lapsed, None, tell);
        }
    }

    /// A hold that stands or waits. Who neither places holds nor owns the right learns nothing of it, not even its
    /// number.
    fn hold_known_to(&self, user: User, hold: HoldId) -> Result<&Hold, Reject> {
        let found = self.titles.holds.get(&hold).ok_or(Reject::UnknownHold)?;
        let right = self.register.right(found.asset);
        if user.roles.has_any(MAY_HOLD) || right.is_owned_by(user.entity) {
            Ok(found)
        } else {
            Err(Reject::UnknownHold)
        }
    }

    /// A court's order ends some day, within what the law allows at a time; each time counts from the day of its order,
    /// a renewal's too. Half a year on patents; a year on marks, for preservation and seizure alike (注册商标专用权财产保全解释 2).
    fn check_hold_term(
        &self,
        class: AssetClass,
        kind: HoldKind,
        until: Option<Date>,
        today: Date,
    ) -> Result<(), Reject> {
        let rules = self.rule_book();
        let months = match (class, kind) {
            (AssetClass::Patent, HoldKind::Preservation) => rules.preservation_months,
            (AssetClass::Trademark, HoldKind::Preservation | HoldKind::CourtHold) => rules.court_hold_months,
            _ => TERM_MONTHS_MAX,
        };
        match until {
            // The day on which the term is over still holds; the first without it is the next.
            Some(until) if until > today && until <= today.plus_months(months).next() => Ok(()),
            None if !queues(kind) => Ok(()),
            _ => Err(Reject::HoldTermInvalid),
        }
    }

    /// A hold ends; what waited for that stands.
    fn end_hold(&mut self, hold: HoldId, state: HoldState, evidence: Option<Digest>, tell: &mut Tell<'_>) {
        let asset = self.close_hold(hold, state, evidence, tell);
        let holds = &mut self.register.right_mut(asset).extra_mut().holds;
        holds.retain(|other| *other != hold);
        self.settle_holds(asset, tell);
    }

    /// Takes a hold off the record and tells so; its place on the right is the caller's business. Returns the right.
    fn close_hold(&mut self, hold: HoldId, state: HoldState, evidence: Option<Digest>, tell: &mut Tell<'_>) -> AssetId {
        let mut ended = self.titles.holds.remove(&hold).expect("a hold that stands or waits");
        if let Some(until) = ended.until {
            self.deadlines.remove(until.start(), Deadline::HoldEnds(hold));
        }
        ended.state = state;
        ended.evidence = evidence.unwrap_or(ended.evidence);
        let asset = ended.asset;
        tell.record(self.owners_of(asset), Record::Hold(ended));
        asset
    }

    /// Ranks a right's holds anew, tells those that changed, and freezes or thaws the right. Where one ends and the
    /// next stands in its place, the right is frozen throughout.
    fn settle_holds(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let readers = self.owners_of(asset);
        let right = self.register.right_mut(asset);
        let mut standing_order = false;
        let mut frozen = 0;
        for (rank, hold) in (1..).zip(&right.extra().holds) {
            let hold = self.titles.holds.get_mut(hold).expect("a right's holds are on record");
            let waits = queues(hold.kind) && core::mem::replace(&mut standing_order, true);
            let state = if waits { HoldState::Waiting } else { HoldState::Standing };
            frozen += u16::from(!waits && freezes(hold.kind));
            if (hold.rank, hold.state) != (rank, state) {
                (hold.rank, hold.state) = (rank, state);
                tell.record(readers.clone(), Record::Hold(hold.clone()));
            }
        }
        let before = core::mem::replace(&mut right.freezes, frozen);
        match (before > 0, frozen > 0) {
            (false, true) => self.stop_uses(asset, Ground::Frozen, tell),
            (true, false) => self.settle_books(asset, CancelReason::Frozen, tell),
            (true, true) | (false, false) => {}
        }
        if (before > 0) != (frozen > 0) {
            self.tell_title(asset, tell);
        }
        // A challenge is told to every buyer.
        if let Some(sale) = self.register.right(asset).extra().transfer {
            self.tell_sale(sale, tell);
        }
    }

    /// The holds that stand or wait on a right, by rank.
    fn holds_of(&self, asset: AssetId) -> impl Iterator<Item = &Hold> {
        let holds = &self.register.right(asset).extra().holds;
        holds.iter().map(|hold| &self.titles.holds[hold])
    }

    /// What this module promises.
    pub(crate) fn check_holds_of_rights(&self) -> Result<(), String> {
        let mut count = 0;
        for (asset, right) in self.register.rights() {
            let holds: Vec<_> = self.holds_of(asset).collect();
            count += holds.len();
            let stands = |hold: &&&Hold| hold.state == HoldState::Standing;
            let orders = || holds.iter().filter(|hold| queues(hold.kind));
            let fits = holds.len() <= HOLDS_MAX
                && (1..)
                    .zip(&holds)
                    .all(|(rank, hold)| hold.rank == rank && hold.asset == asset)
                && orders().filter(stands).count() == usize::from(orders().next().is_some())
                && orders().next().is_none_or(|first| first.state == HoldState::Standing)
                && holds
                    .iter()
                    .all(|hold| queues(hold.kind) || hold.state == HoldState::Standing);
            let frozen = holds.iter().filter(stands).filter(|hold| freezes(hold.kind)).count();
            ensure(fits && frozen == usize::from(right.freezes), || {
                format!("{asset:?} counts {} freezes under {holds:?}", right.freezes)
            })?;
        }
        ensure(count == self.titles.holds.len(), || {
            format!("{} holds, {count} of them on rights", self.titles.holds.len())
        })
    }
}
