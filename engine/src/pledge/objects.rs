//! What befalls a right befalls its pledges, in the same command: it ends, or what it was valued at is good no longer
//! (PLEDGES.md 2.2, 3; 专利法实施细则 115).

use crate::{
    book::Book,
    kit::deadlines::Deadline,
    pledge::life::{self, Input},
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AssetId, PledgeId,
    pledge::{EndedObject, ObjectEnd, PledgeRefusal, PledgeWarning},
    title::AssetState,
};

impl<B: Book> Exchange<B> {
    /// A right has ended: a pledge stands on it no longer, and with the last of its rights it is over. What was only filed
    /// cannot be recorded any more. A right whose dues were never paid ended on the day on which they were due: a pledge
    /// that was recorded since stood on nothing.
    pub(crate) fn end_pledges_on(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let ended = self.end_of_object(asset);
        let pledges = self.register.right(asset).pledges.clone();
        for &id in &pledges {
            let over = self.pledging.change(id, |pledge| {
                let object = pledge.rights.iter_mut().find(|right| right.asset == asset);
                object.expect("it names the right that names it").ended = Some(ended);
                let pending = pledge.state.is_pending();
                let over = pending || pledge.standing().next().is_none();
                pledge.refused = pledge.refused.or(pending.then_some(PledgeRefusal::Ended));
                over.then(|| life::step(pledge.state, Input::ObjectsEnd).expect("it is not over"))
            });
            self.disposals.unsettle(self.pledging.of(id).loan);
            if let Some(state) = over {
                self.end_pledge(id, state, tell);
            } else {
                self.settle_named(id);
                self.tell_pledge(id, tell);
            }
        }
    }

    /// How a right ended, and as of which day; a void one, from its beginning.
    fn end_of_object(&self, asset: AssetId) -> EndedObject {
        let right = self.register.right(asset);
        let (cause, from) = if right.state == AssetState::Invalidated {
            (ObjectEnd::Invalidated, right.granted.or(right.filed))
        } else if right.late {
            // A mark that nobody renewed ended with its term.
            let due = if right.awaits_renewal() {
                right.expires
            } else {
                right.due
            };
            (ObjectEnd::Lapsed, due)
        } else {
            (ObjectEnd::Expired, right.expires)
        };
        EndedObject { cause, from }
    }

    /// The rights of a pledge that was recorded are watched: their valuations run out.
    pub(super) fn watch_valuations(&mut self, id: PledgeId) {
        let assets: Vec<_> = self.pledging.of(id).standing().map(|right| right.asset).collect();
        for asset in assets {
            self.watch_valuation(asset);
        }
    }

    /// A pledged right's valuation is watched until it runs out.
    fn watch_valuation(&mut self, asset: AssetId) {
        let last = self.last_valuation(asset);
        if let Some(last) = last.filter(|last| last.expires.start() > self.at) {
            self.deadlines.add(last.expires.start(), Deadline::ValuationEnds(asset));
        }
    }

    /// A right was valued anew: its pledges are warned no longer, and wait for the end of this valuation.
    pub(crate) fn valued_anew(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        if self.register.right(asset).pledges.is_empty() {
            return;
        }
        self.watch_valuation(asset);
        self.warn_of_valuations(asset, tell);
        for id in &self.register.right(asset).pledges {
            self.disposals.unsettle(self.pledging.of(*id).loan);
        }
    }

    /// The last valuation of a pledged right is good no longer.
    pub(crate) fn valuation_ends(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        self.warn_of_valuations(asset, tell);
    }

    /// The pledges that stand on a right say whether a valuation has run out.
    fn warn_of_valuations(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let pledges = self.register.right(asset).pledges.clone();
        for &id in &pledges {
            let pledge = &self.pledging.of(id);
            let warnings = self.warnings_of(pledge, tell.at);
            let over = warnings.contains(&PledgeWarning::ValuationOver);
            if pledge.binds(asset) && over != pledge.warnings.contains(&PledgeWarning::ValuationOver) {
                self.pledging.change(id, |pledge| pledge.warnings = warnings);
                self.tell_pledge(id, tell);
            }
        }
    }
}
