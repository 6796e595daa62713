//! The gate: whether an act is open on a right at this moment (RULES.md 2.1, 2.2), and what follows for its books when that
//! changes.
//!
//! Invariant: nothing rests in a book of a right that is frozen, suspended or ended, and no owner's offer to sell rests without
//! the consents it needs. What changes that takes the orders out in the same command, so a match only asserts.

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::Asset,
};
use alloc::vec::Vec;
use protocol::{
    Amount, AssetId, EntityId, Readers, Record, Reject, Side, Timestamp,
    command::AssetClass,
    event::{CancelReason, PublicEvent, TradingStatus},
    title::{Act, AssetState, Share, Title},
};

impl Asset {
    /// All owners with their parts, the acting one first.
    pub(crate) fn owners(&self) -> Vec<Share> {
        let shares = &self.extra().shares;
        if shares.is_empty() {
            Vec::from([Share {
                entity: self.owner,
                parts: 1,
            }])
        } else {
            shares.clone()
        }
    }

    /// Whether this participant owns a part of it.
    pub(crate) fn is_owned_by(&self, entity: EntityId) -> bool {
        self.owner == entity || self.extra().shares.iter().any(|share| share.entity == entity)
    }

    /// Whether all owners must agree to an act. Co-owners of a patent or a work may each license non-exclusively alone (专利法 14,
    /// 著作权法 14); an open licence takes all of them (专利法实施细则 85).
    pub(crate) fn needs_consent(&self, act: Act) -> bool {
        let alone = matches!(act, Act::LicenceNonExclusive | Act::Units)
            && matches!(
                self.class,
                AssetClass::Patent | AssetClass::Copyright | AssetClass::KnowHow
            );
        self.extra().shares.len() > 1 && !alone
    }

    /// Whether every owner but the acting one has consented to an act at this price.
    pub(crate) fn has_consent(&self, act: Act, price: Option<Amount>) -> bool {
        let Self { owner, .. } = self;
        let extra = self.extra();
        let consents = |share: &Share| {
            extra.consents.iter().any(|consent| {
                let floor = consent.floor.is_none_or(|floor| {
                    price.is_some_and(|price| price.currency == floor.currency && price.money >= floor.money)
                });
                consent.entity == share.entity && consent.act == act && floor
            })
        };
        extra.shares.iter().filter(|share| share.entity != *owner).all(consents)
    }

    /// Whether it has ended at `at`.
    pub(crate) fn has_expired(&self, at: Timestamp) -> bool {
        self.state == AssetState::Expired || self.expires.is_some_and(|expires| expires.start() <= at)
    }

    /// Whether an act at this price is open on it: in the order of the checks.
    pub(crate) fn check_act(&self, act: Act, price: Option<Amount>, at: Timestamp) -> Result<(), Reject> {
        if self.has_expired(at) {
            return Err(Reject::AssetExpired);
        }
        match self.state {
            AssetState::Draft | AssetState::Transferred | AssetState::Delisted => return Err(Reject::NotVerified),
            AssetState::Suspended | AssetState::Expired | AssetState::Invalidated => return Err(Reject::StateForbids),
            AssetState::Verified | AssetState::Listed => {}
        }
        if !self.is_transferable() {
            return Err(Reject::NotTransferable);
        }
        if self.freezes > 0 {
            return Err(Reject::RightFrozen);
        }
        // A title may pass while its dues are late; who buys it sees so. A licence could not be recorded.
        if self.late && act != Act::Transfer {
            return Err(Reject::AnnuityUnpaid);
        }
        if self.needs_consent(act) && !self.has_consent(act, price) {
            return Err(Reject::CoOwnerConsent);
        }
        Ok(())
    }
}

impl<B: Book> Exchange<B> {
    /// Tells the owners how the right stands now.
    pub(crate) fn tell_title(&self, asset: AssetId, tell: &mut Tell<'_>) {
        let owners = self.registry.assets[asset.index()].owners();
        let readers = Readers::Only(owners.iter().map(|share| share.entity).collect());
        self.tell_title_to(asset, readers, tell);
    }

    /// Tells these readers how the right stands now.
    pub(crate) fn tell_title_to(&self, asset: AssetId, readers: Readers, tell: &mut Tell<'_>) {
        let right = &self.registry.assets[asset.index()];
        let title = Title {
            asset,
            state: right.state,
            owners: right.owners(),
            kind: right.kind,
            granted: right.granted,
            expires: right.expires,
            extract: right.extract,
            due: right.due,
            late: right.late,
            frozen: right.freezes > 0,
        };
        tell.record(readers, Record::Title(title));
    }

    /// Something of the right is on offer from here on.
    pub(crate) fn offered(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &mut self.registry.assets[asset.index()];
        if right.state == AssetState::Verified {
            right.state = AssetState::Listed;
            self.tell_title(asset, tell);
        }
    }

    /// An offer of the right has ended: with the last one it is listed no longer.
    pub(crate) fn offer_ended(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &self.registry.assets[asset.index()];
        let extra = right.extra();
        let books = right
            .instruments
            .iter()
            .any(|instrument| self.registry.instruments[instrument.index()].status != TradingStatus::Closed);
        let offers = books || extra.open_licence.is_some() || extra.transfer.is_some() || self.has_licence_offer(asset);
        if right.state == AssetState::Listed && !offers {
            self.registry.assets[asset.index()].state = AssetState::Verified;
            self.tell_title(asset, tell);
        }
    }

    /// Brings the right's books in line with its state: orders that may not rest are cancelled for this reason.
    pub(crate) fn settle_books(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        for i in 0..self.registry.assets[asset.index()].instruments.len() {
            let right = &self.registry.assets[asset.index()];
            let instrument = right.instruments[i];
            let listing = &self.registry.instruments[instrument.index()];
            let ended = right.has_expired(tell.at)
                || matches!(
                    right.state,
                    AssetState::Invalidated | AssetState::Delisted | AssetState::Transferred
                );
            let status = if ended || listing.status == TradingStatus::Closed {
                TradingStatus::Closed
            } else if right.freezes > 0 || right.late || right.state == AssetState::Suspended {
                TradingStatus::Frozen
            } else if listing.halted {
                TradingStatus::Halted
            } else {
                TradingStatus::Trading
            };
            if status == listing.status {
                continue;
            }
            if matches!(status, TradingStatus::Closed | TradingStatus::Frozen) {
                self.cancel_all(instrument, reason, tell);
            }
            self.registry.instruments[instrument.index()].status = status;
            tell.public(PublicEvent::TradingChanged { instrument, status });
        }
    }

    /// The owners' offers to sell units end: a consent they need is gone.
    pub(crate) fn cancel_owners_sales(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        for i in 0..self.registry.assets[asset.index()].instruments.len() {
            let right = &self.registry.assets[asset.index()];
            let instrument = right.instruments[i];
            let book = &self.books[instrument.index()];
            let slots: Vec<_> = book
                .resting(&self.pool, &self.orders, Side::Sell)
                .filter(|slot| right.is_owned_by(self.orders.get(*slot).owner()))
                .collect();
            for slot in slots {
                self.take_out(slot, reason, tell);
            }
        }
    }
}
