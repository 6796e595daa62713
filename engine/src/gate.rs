//! The gate: whether an act is open on a right at this moment (RULES.md 2.1, 2.2), and what follows for its books when that
//! changes.
//!
//! Invariant: nothing rests in a book of a right that is frozen, suspended or ended, and no owner's offer to sell rests without
//! the consents it needs. What changes that takes the orders out in the same command, so a match only asserts.

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    invariants::ensure,
    life::{Input, next_state},
    registry::{Asset, Instrument},
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    Amount, AssetId, Date, EntityId, InstrumentId, Money, Price, Readers, Record, Reject, Side, Timestamp,
    asset::AssetClass,
    event::{CancelReason, PublicEvent, TradingStatus},
    title::{Act, AssetState, Share, Title},
};

/// Whether a co-owner of a right of this class may license non-exclusively without the others (专利法 14, 著作权法 14).
pub(crate) const fn co_owners_license_alone(class: AssetClass) -> bool {
    matches!(class, AssetClass::Patent | AssetClass::Copyright | AssetClass::KnowHow)
}

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
        let alone = matches!(act, Act::LicenceNonExclusive | Act::Units) && co_owners_license_alone(self.class);
        self.extra().shares.len() > 1 && !alone
    }

    /// Whether every owner but the acting one has consented to an act at this price; a consent above a floor does not cover an
    /// act without a price.
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
        let over = self.expires.is_some_and(|expires| expires.start() <= at);
        self.state == AssetState::Expired || over && !self.awaits_renewal()
    }

    /// Whether its dues are those of its renewal: a mark whose term is over is late and may still be renewed, until the months of
    /// grace are over too (商标法 40).
    fn awaits_renewal(&self) -> bool {
        self.class == AssetClass::Trademark && self.due.is_some() && self.due.map(Date::next) == self.expires
    }

    /// Whether its life is over: nothing follows but a declaration that it was void.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, AssetState::Expired | AssetState::Invalidated)
    }

    /// Whether an act at this price is open on it: in the order of the checks.
    pub(crate) fn check_act(&self, act: Act, price: Option<Amount>, at: Timestamp) -> Result<(), Reject> {
        if self.has_expired(at) {
            return Err(Reject::AssetExpired);
        }
        self.check_facts()?;
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
            bundle: right.extra().bundle.clone(),
        };
        tell.record(readers, Record::Title(title));
    }

    /// Whether anything of the right is on offer: units, a licence, an open licence, its title.
    pub(crate) fn is_on_offer(&self, asset: AssetId) -> bool {
        let right = &self.registry.assets[asset.index()];
        let extra = right.extra();
        let is_open =
            |instrument: &InstrumentId| self.registry.instruments[instrument.index()].status != TradingStatus::Closed;
        extra.open_licence.is_some()
            || extra.transfer.is_some()
            || extra.lot.is_some()
            || right.instruments.iter().any(is_open)
            || self.has_licence_offer(asset)
    }

    /// Something of the right is on offer from here on.
    pub(crate) fn offered(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        if self.step(asset, Input::Offered) {
            self.tell_title(asset, tell);
        }
    }

    /// An offer of the right has ended: with the last one it is listed no longer.
    pub(crate) fn offer_ended(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        if self.settle_offers(asset) {
            self.tell_title(asset, tell);
        }
    }

    /// A verified right is listed while something of it is on offer, and only then. Returns whether that changed.
    pub(crate) fn settle_offers(&mut self, asset: AssetId) -> bool {
        let input = if self.is_on_offer(asset) {
            Input::Offered
        } else {
            Input::NothingOffered
        };
        self.step(asset, input)
    }

    /// What is suspended, or was listed as a draft before titles were verified here, stays as it is.
    fn step(&mut self, asset: AssetId, input: Input) -> bool {
        let right = &mut self.registry.assets[asset.index()];
        let state = next_state(right.state, input).unwrap_or(right.state);
        core::mem::replace(&mut right.state, state) != state
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
            if status == TradingStatus::Closed {
                self.end_tranche_of(instrument, tell);
                self.end_lots_of_units(instrument, tell);
            }
            self.registry.instruments[instrument.index()].status = status;
            tell.public(PublicEvent::TradingChanged { instrument, status });
        }
    }

    /// The owners' offers to sell units end: a consent they need is gone.
    pub(crate) fn cancel_owners_sales(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        for i in 0..self.registry.assets[asset.index()].instruments.len() {
            let right = &self.registry.assets[asset.index()];
            let book = &self.books[right.instruments[i].index()];
            let slots: Vec<_> = book
                .resting(&self.pool, &self.orders, Side::Sell)
                .filter(|slot| right.is_owned_by(self.orders.get(*slot).owner()))
                .collect();
            for slot in slots {
                self.take_out(slot, reason, tell);
            }
        }
    }

    /// Whether an order of the right's books is asked for more than its money and units.
    pub(crate) fn is_gated(&self, asset: AssetId) -> bool {
        self.binds_holders() || self.registry.assets[asset.index()].needs_consent(Act::Units)
    }

    /// The owners of the right are others than was known: its books ask for their consents, and what rested without them ends.
    pub(crate) fn settle_gates(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let gated = self.is_gated(asset);
        let right = &self.registry.assets[asset.index()];
        let mut lacking = false;
        for instrument in &right.instruments {
            let listing = &mut self.registry.instruments[instrument.index()];
            listing.gated = gated;
            let listing = &self.registry.instruments[instrument.index()];
            let mut sales = self.books[instrument.index()].resting(&self.pool, &self.orders, Side::Sell);
            lacking |= sales.any(|slot| {
                let order = self.orders.get(slot);
                self.check_owners_sale(order.owner(), listing, listing.price(order.ticks().0))
                    .is_err()
            });
        }
        if lacking {
            self.cancel_owners_sales(asset, CancelReason::ConsentWithdrawn, tell);
        }
    }

    /// Whether a seller may offer units at this price: an owner of a co-owned right needs the other owners' consent, as for any
    /// grant of a licence; who bought units resells them freely.
    pub(crate) fn check_owners_sale(&self, seller: EntityId, listing: &Instrument, price: Price) -> Result<(), Reject> {
        let right = &self.registry.assets[listing.asset.index()];
        let price = Amount::new(listing.terms.currency, Money::from_minor(price.minor()));
        let asks = right.is_owned_by(seller) && right.needs_consent(Act::Units);
        if asks && !right.has_consent(Act::Units, Some(price)) {
            return Err(Reject::CoOwnerConsent);
        }
        Ok(())
    }

    /// What this module promises: the books stand as their rights do, and no owner's offer rests without its consents.
    pub(crate) fn check_gate(&self) -> Result<(), String> {
        for (number, listing) in self.registry.instruments.iter().enumerate() {
            let right = &self.registry.assets[listing.asset.index()];
            let symbol = listing.terms.symbol;
            let book = &self.books[number];
            let closed = listing.status == TradingStatus::Closed;
            let frozen = right.freezes > 0 || right.late || right.state == AssetState::Suspended;
            ensure(closed || (listing.status == TradingStatus::Frozen) == frozen, || {
                format!("{symbol} is {:?}, not as its right", listing.status)
            })?;
            ensure(listing.status != TradingStatus::Frozen || book.is_empty(), || {
                format!("{symbol} is frozen and not empty")
            })?;
            let ended = right.is_over() || matches!(right.state, AssetState::Delisted | AssetState::Transferred);
            ensure(closed || !ended, || {
                format!("{symbol} is open, its right {:?}", right.state)
            })?;
            ensure(closed || listing.gated == self.is_gated(listing.asset), || {
                format!("{symbol} is gated otherwise than its right")
            })?;
            if listing.gated {
                for slot in book.resting(&self.pool, &self.orders, Side::Sell) {
                    let order = self.orders.get(slot);
                    ensure(
                        self.check_owners_sale(order.owner(), listing, listing.price(order.ticks().0))
                            .is_ok(),
                        || format!("{symbol} holds {order:?} without consent"),
                    )?;
                }
            }
        }
        for number in 0..self.registry.assets.len() {
            let asset = AssetId(u32::try_from(number).expect("fewer rights than ids"));
            let state = self.registry.assets[number].state;
            let on_offer = self.is_on_offer(asset);
            let fits = match state {
                AssetState::Verified => !on_offer,
                AssetState::Listed => on_offer,
                _ => true,
            };
            ensure(fits, || {
                format!("{asset:?} is {state:?}, something is on offer: {on_offer}")
            })?;
        }
        Ok(())
    }
}
