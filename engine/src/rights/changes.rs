//! The life of a right (RULES.md 2.1): the table of its states, the changes by hand, and its end.
//!
//! Invariant: a state follows another only as the table says; a passed title (transferred) is the transfers' business. What ends or
//! stops a right takes its orders and offers out in the same command. What was performed stays, a void right's too (专利法 47,
//! 商标法 47).

use crate::{
    book::Book,
    exchange::{Exchange, check_operator, check_owner},
    kit::deadlines::Deadline,
    register::state::User,
    tell::Tell,
};
use protocol::{
    AssetId, Date, Receipt, Reject,
    event::CancelReason,
    title::{AssetChange, AssetState, ChangeAsset},
};

/// What happens to a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A fresh extract of its register was checked.
    Verified,
    /// Something of it is on offer.
    Offered,
    /// Nothing of it is on offer any more.
    NothingOffered,
    /// It is taken out of trading for a while.
    Suspended,
    /// It is put back.
    Resumed,
    /// It is taken off the venue.
    Delisted,
    /// It was declared void.
    Invalidated,
    /// Its term is over, or its dues were never paid.
    Expired,
}

/// The life of a right, as a table.
pub(crate) fn next_state(state: AssetState, input: Input) -> Result<AssetState, Reject> {
    use AssetState::{Delisted, Draft, Expired, Invalidated, Listed, Suspended, Transferred, Verified};
    match (state, input) {
        (Draft | Verified | Transferred | Delisted, Input::Verified) => Ok(Verified),
        (Listed, Input::Verified) => Ok(Listed),
        (Suspended | Expired | Invalidated, Input::Verified) => Err(Reject::StateForbids),

        (Verified | Listed, Input::Offered) => Ok(Listed),
        (Draft | Suspended | Transferred | Expired | Invalidated | Delisted, Input::Offered) => {
            Err(Reject::StateForbids)
        }
        (Verified | Listed, Input::NothingOffered) => Ok(Verified),
        (Draft | Suspended | Transferred | Expired | Invalidated | Delisted, Input::NothingOffered) => {
            Err(Reject::StateForbids)
        }

        (Verified | Listed, Input::Suspended) => Ok(Suspended),
        (Draft | Suspended | Transferred | Expired | Invalidated | Delisted, Input::Suspended) => {
            Err(Reject::StateForbids)
        }
        (Suspended, Input::Resumed) => Ok(Verified),
        (Draft | Verified | Listed | Transferred | Expired | Invalidated | Delisted, Input::Resumed) => {
            Err(Reject::StateForbids)
        }

        // A draft was perhaps listed before titles were verified here.
        (Draft | Verified | Listed | Suspended, Input::Delisted) => Ok(Delisted),
        (Transferred | Expired | Invalidated | Delisted, Input::Delisted) => Err(Reject::StateForbids),

        // A right that has ended may still be declared void: from the beginning.
        (Draft | Verified | Listed | Suspended | Transferred | Expired | Delisted, Input::Invalidated) => {
            Ok(Invalidated)
        }
        (Invalidated, Input::Invalidated) => Err(Reject::StateForbids),

        (Draft | Verified | Listed | Suspended | Transferred | Delisted, Input::Expired) => Ok(Expired),
        (Expired | Invalidated, Input::Expired) => Err(Reject::StateForbids),
    }
}

impl<B: Book> Exchange<B> {
    /// Suspends, resumes, delists or invalidates a right.
    pub(crate) fn change_asset(
        &mut self,
        user: User,
        asked: &ChangeAsset,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let ChangeAsset { asset, change, .. } = *asked;
        let right = self.registry.asset(asset)?;
        match change {
            AssetChange::Delist => check_owner(user, right.owner)?,
            AssetChange::Suspend | AssetChange::Resume | AssetChange::Invalidate => check_operator(user)?,
        }
        let input = match change {
            AssetChange::Suspend => Input::Suspended,
            AssetChange::Resume => Input::Resumed,
            AssetChange::Delist => Input::Delisted,
            AssetChange::Invalidate => Input::Invalidated,
        };
        let state = next_state(right.state, input)?;

        self.registry.assets[asset.index()].state = state;
        match change {
            AssetChange::Suspend => self.stop_offers(asset, CancelReason::Suspended, tell),
            AssetChange::Resume => {
                self.settle_books(asset, CancelReason::Suspended, tell);
                self.settle_offers(asset);
            }
            AssetChange::Delist => self.stop_offers(asset, CancelReason::Delisted, tell),
            AssetChange::Invalidate => self.end_uses(asset, CancelReason::Invalidated, tell),
        }
        self.tell_title(asset, tell);
        Ok(Receipt::Done)
    }

    /// Nothing of the right may be offered as it stands now: its orders, its offers of licences and its sale end; licences that
    /// are agreed stay.
    pub(crate) fn stop_offers(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        self.settle_books(asset, reason, tell);
        self.end_licence_offers(asset, tell);
        self.end_sale_of(asset, tell);
        self.end_lot_of(asset, tell);
        self.settle_offers(asset);
    }

    /// The right is no more: what is offered of it ends, and its licences with it.
    fn end_uses(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        self.forget_lapse(asset);
        self.stop_offers(asset, reason, tell);
        self.end_licences(asset, tell);
    }

    /// The term of a right is over, unless it was extended, may still be renewed, or the right ended before.
    pub(crate) fn expire(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &self.registry.assets[asset.index()];
        if right.is_over() || right.expires.map(Date::start) != Some(tell.at) || !right.has_expired(tell.at) {
            return;
        }
        if self.knows_titles() {
            self.end_right(asset, tell);
        } else {
            self.settle_books(asset, CancelReason::Expired, tell);
        }
    }

    /// The right expires.
    pub(crate) fn end_right(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &mut self.registry.assets[asset.index()];
        let Ok(state) = next_state(right.state, Input::Expired) else {
            return;
        };
        right.state = state;
        self.end_uses(asset, CancelReason::Expired, tell);
        self.tell_title(asset, tell);
    }

    /// The right ends on another day from here on, or nobody knows when: its deadline and its books' last moment move along.
    pub(crate) fn set_expires(&mut self, asset: AssetId, expires: Option<Date>) {
        let right = &mut self.registry.assets[asset.index()];
        if right.expires == expires {
            return;
        }
        if let Some(before) = right.expires {
            self.deadlines.remove(before.start(), Deadline::AssetExpires(asset));
        }
        right.expires = expires;
        let end = expires.map_or(protocol::Timestamp::NEVER, Date::start);
        self.deadlines.add(end, Deadline::AssetExpires(asset));
        for instrument in &right.instruments {
            self.registry.instruments[instrument.index()].closes_at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_declaration_that_it_was_void_follows_an_end() {
        for input in [
            Input::Verified,
            Input::Offered,
            Input::NothingOffered,
            Input::Suspended,
            Input::Resumed,
            Input::Delisted,
            Input::Expired,
        ] {
            for state in [AssetState::Expired, AssetState::Invalidated] {
                assert_eq!(
                    next_state(state, input),
                    Err(Reject::StateForbids),
                    "{state:?} {input:?}"
                );
            }
        }
        assert_eq!(
            next_state(AssetState::Expired, Input::Invalidated),
            Ok(AssetState::Invalidated)
        );
    }
}
