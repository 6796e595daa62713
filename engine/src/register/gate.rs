//! The gate: whether an act is open on a right at this moment, and how the right stands (RULES.md 2.1, 2.2).
//!
//! Questions, and the one state that follows from an offer alone: a verified right is listed while something of it is
//! on offer. What follows for its books and its other uses is the business of `rights`.

use crate::{
    book::Book,
    kit::checks::{ensure, same_set},
    register::{
        life::{self, Input},
        listing::Instrument,
        right::Asset,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    Amount, AssetId, Date, EntityId, InstrumentId, Money, Price, Readers, Record, Reject, Timestamp,
    asset::AssetClass,
    event::TradingStatus,
    licence::{Licence, LicenceState::Offered},
    title::{Act, AssetState, Hold, HoldKind, HoldState, Share, Title},
};

/// Whether a co-owner of a right of this class may license non-exclusively without the others (专利法 14, 著作权法 14).
pub(crate) const fn co_owners_license_alone(class: AssetClass) -> bool {
    matches!(class, AssetClass::Patent | AssetClass::Copyright | AssetClass::KnowHow)
}

/// Owners with their parts, the parts as small as they go.
fn reduced(owners: &[Share]) -> Vec<(EntityId, u32)> {
    let common = owners
        .iter()
        .fold(0, |common, share| greatest_common(common, share.parts));
    owners
        .iter()
        .map(|share| (share.entity, share.parts / common.max(1)))
        .collect()
}

const fn greatest_common(one: u32, other: u32) -> u32 {
    if other == 0 {
        one
    } else {
        greatest_common(other, one % other)
    }
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

    /// Whether its owners are these, the same one acting: in whatever order the others stand, and whether a half is one
    /// part of two or fifty of a hundred.
    pub(crate) fn is_owned_as(&self, owners: &[Share]) -> bool {
        let own = self.owners();
        let acting = |owners: &[Share]| owners.first().map(|share| share.entity);
        acting(&own) == acting(owners) && same_set(&reduced(&own), &reduced(owners))
    }

    /// Whether this participant owns a part of it.
    pub(crate) fn is_owned_by(&self, entity: EntityId) -> bool {
        self.owner == entity || self.extra().shares.iter().any(|share| share.entity == entity)
    }

    /// Whether all owners must agree to an act. Co-owners of a patent or a work may each license non-exclusively alone
    /// (专利法 14, 著作权法 14); an open licence takes all of them (专利法实施细则 85).
    pub(crate) fn needs_consent(&self, act: Act) -> bool {
        let alone = matches!(act, Act::LicenceNonExclusive | Act::Units) && co_owners_license_alone(self.class);
        self.extra().shares.len() > 1 && !alone
    }

    /// Whether every owner but the acting one has consented to an act at this price; a consent above a floor does not
    /// cover an act without a price.
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

    /// Whether its dues are those of its renewal: a mark whose term is over is late and may still be renewed, until the
    /// months of grace are over too (商标法 40).
    pub(crate) fn awaits_renewal(&self) -> bool {
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
    /// The owners of a right, as the readers of what concerns all of them.
    pub(crate) fn owners_of(&self, asset: AssetId) -> Readers {
        let owners = self.register.right(asset).owners();
        Readers::Only(owners.iter().map(|share| share.entity).collect())
    }

    /// Tells the owners how the right stands now.
    pub(crate) fn tell_title(&self, asset: AssetId, tell: &mut Tell<'_>) {
        self.tell_title_to(asset, self.owners_of(asset), tell);
    }

    /// Tells these readers how the right stands now.
    pub(crate) fn tell_title_to(&self, asset: AssetId, readers: Readers, tell: &mut Tell<'_>) {
        let right = self.register.right(asset);
        let lapses = self.titles.lapses.get(&asset).copied();
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
            lapses,
            calendar: lapses.and_then(|day| self.step_until(Date(day.0 - 1)).calendar),
            frozen: right.freezes > 0,
            bundle: right.extra().bundle.clone(),
        };
        tell.record(readers, Record::Title(title));
    }

    /// Whether anything of the right is on offer: units, a licence, an open licence, its title.
    pub(crate) fn is_on_offer(&self, asset: AssetId) -> bool {
        let right = self.register.right(asset);
        let extra = right.extra();
        let is_open = |instrument: &InstrumentId| self.register.listing(*instrument).status != TradingStatus::Closed;
        extra.open_licence.is_some()
            || extra.transfer.is_some()
            || extra.lot.is_some()
            || right.instruments.iter().any(is_open)
            || self.has_licence_offer(asset)
    }

    /// Whether a licence of the right is offered and not answered.
    pub(crate) fn has_licence_offer(&self, asset: AssetId) -> bool {
        self.licences_of(asset).any(|licence| licence.state == Offered)
    }

    /// The right's licences that are offered or have not ended, in the order in which they were offered.
    pub(crate) fn licences_of(&self, asset: AssetId) -> impl Iterator<Item = &Licence> {
        let ids = &self.register.right(asset).extra().licences;
        ids.iter().map(|id| &self.licensing.licences[id])
    }

    /// Whether somebody asked to have the right invalidated: every buyer is told.
    pub(crate) fn is_challenged(&self, asset: AssetId) -> bool {
        let holds = &self.register.right(asset).extra().holds;
        let challenge = |hold: &Hold| hold.kind == HoldKind::InvalidationPending && hold.state == HoldState::Standing;
        holds
            .iter()
            .filter_map(|hold| self.titles.holds.get(hold))
            .any(challenge)
    }

    /// Lists a verified right: something of it is on offer from here on.
    pub(crate) fn offered(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        if self.step(asset, Input::Offered) {
            self.tell_title(asset, tell);
        }
    }

    /// Ends an offer of the right: with the last one it is listed no longer.
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

    /// Moves the right by an offer where its life knows the step: a suspended right, or a draft that was listed before
    /// titles were verified here, stays as it is. Returns whether it moved.
    fn step(&mut self, asset: AssetId, input: Input) -> bool {
        let right = self.register.right_mut(asset);
        let state = life::step(right.state, input).unwrap_or(right.state);
        core::mem::replace(&mut right.state, state) != state
    }

    /// Whether an order of the right's books is asked for more than its money and units.
    pub(crate) fn is_gated(&self, asset: AssetId) -> bool {
        let right = self.register.right(asset);
        self.binds_holders() || right.needs_consent(Act::Units) || !right.pledges.is_empty()
    }

    /// The books of a right ask more, or less, from here on.
    pub(crate) fn settle_gate(&mut self, asset: AssetId) {
        let gated = self.is_gated(asset);
        for i in 0..self.register.right(asset).instruments.len() {
            let instrument = self.register.right(asset).instruments[i];
            self.register.listing_mut(instrument).gated = gated;
        }
    }

    /// Whether a seller may offer units at this price: an owner of a co-owned right needs the other owners' consent, as
    /// for any grant of a licence; who bought units resells them freely.
    pub(crate) fn check_owners_sale(&self, seller: EntityId, listing: &Instrument, price: Price) -> Result<(), Reject> {
        let right = self.register.right(listing.asset);
        let price = Amount::new(listing.terms.currency, Money::from_minor(price.minor()));
        let asks = right.is_owned_by(seller) && right.needs_consent(Act::Units);
        if asks && !right.has_consent(Act::Units, Some(price)) {
            return Err(Reject::CoOwnerConsent);
        }
        Ok(())
    }

    /// What this file promises: a verified right is listed while something of it is on offer, and only then.
    pub(crate) fn check_offered(&self) -> Result<(), String> {
        for (asset, right) in self.register.rights() {
            let state = right.state;
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
