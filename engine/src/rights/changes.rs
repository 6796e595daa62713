//! A right changes by hand, and ends (RULES.md 2.1).
//!
//! Invariant: a state follows another only as the table in `register::life` says; a passed title (transferred) is the
//! business of `delivery`. What ends or stops a right takes its orders and offers out in the same command. What was
//! performed stays, a void right's too (专利法 47, 商标法 47).

use crate::{
    book::Book,
    kit::deadlines::Deadline,
    register::{
        life::{self, Input},
        party::User,
    },
    rights::uses::Ground,
    state::Exchange,
    tell::Tell,
};
use protocol::{
    AssetId, Date, Receipt, Reject,
    event::CancelReason,
    party::Roles,
    title::{AssetChange, ChangeAsset},
};

impl<B: Book> Exchange<B> {
    /// Suspends, resumes, delists or invalidates a right.
    pub(crate) fn change_asset(
        &mut self,
        user: User,
        asked: &ChangeAsset,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let ChangeAsset { asset, change, .. } = *asked;
        let right = self.right_for(user, asset)?;
        match change {
            AssetChange::Delist => user.check_owner(right.owner)?,
            AssetChange::Suspend | AssetChange::Resume | AssetChange::Invalidate => user.may(Roles::OPERATOR)?,
        }
        let input = match change {
            AssetChange::Suspend => Input::Suspended,
            AssetChange::Resume => Input::Resumed,
            AssetChange::Delist => Input::Delisted,
            AssetChange::Invalidate => Input::Invalidated,
        };
        let state = life::step(right.state, input)?;

        self.register.right_mut(asset).state = state;
        match change {
            AssetChange::Suspend => self.stop_uses(asset, Ground::Suspended, tell),
            AssetChange::Resume => {
                self.settle_books(asset, CancelReason::Suspended, tell);
                self.settle_offers(asset);
            }
            AssetChange::Delist => self.stop_uses(asset, Ground::Delisted, tell),
            AssetChange::Invalidate => self.stop_uses(asset, Ground::Invalidated, tell),
        }
        self.tell_title(asset, tell);
        Ok(Receipt::Done)
    }

    /// Ends a right whose term is over, unless it was extended, may still be renewed, or ended before.
    pub(crate) fn expire(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = self.register.right(asset);
        if right.is_over() || right.expires.map(Date::start) != Some(tell.at) || !right.has_expired(tell.at) {
            return;
        }
        self.end_right(asset, tell);
    }

    /// Ends a right by expiry.
    pub(crate) fn end_right(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = self.register.right_mut(asset);
        let Ok(state) = life::step(right.state, Input::Expired) else {
            return;
        };
        right.state = state;
        self.stop_uses(asset, Ground::Expired, tell);
        self.tell_title(asset, tell);
    }

    /// Sets the day on which the right ends, or that nobody knows it: its deadline and its books' last moment move
    /// along.
    pub(crate) fn set_expires(&mut self, asset: AssetId, expires: Option<Date>) {
        let right = self.register.right_mut(asset);
        if right.expires == expires {
            return;
        }
        if let Some(before) = right.expires {
            self.deadlines.remove(before.start(), Deadline::AssetExpires(asset));
        }
        right.expires = expires;
        let end = expires.map_or(protocol::Timestamp::NEVER, Date::start);
        self.deadlines.add(end, Deadline::AssetExpires(asset));
        for i in 0..self.register.right(asset).instruments.len() {
            let instrument = self.register.right(asset).instruments[i];
            self.register.listing_mut(instrument).closes_at = end;
        }
    }
}
