//! Consents: what the other owners of a right agreed to (专利法 14, 著作权法 14, 商标法 5).
//!
//! Invariant: a consent in force is one of an owner other than the acting one, and there is one of it for an act. When
//! it ends, what is open under it ends in the same command; what is done stays.

use crate::{
    book::Book,
    kit::deadlines::Deadline,
    register::{
        party::{MAY_BUY, User},
        right::Asset,
    },
    rights::uses::Ground,
    state::Exchange,
    tell::Tell,
};
use protocol::{
    AssetId, Date, EntityId, Receipt, Record, Reject,
    party::Roles,
    title::{Act, Consent, GiveConsent, WithdrawConsent},
};

/// Who speaks for a co-owner.
const MAY_CONSENT: Roles = MAY_BUY;

impl Asset {
    /// Whether this participant is an owner whose consent counts. The acting one consents by acting.
    fn is_co_owner(&self, entity: EntityId) -> bool {
        entity != self.owner && self.is_owned_by(entity)
    }

    /// What this owner consented to.
    fn consent_of(&self, entity: EntityId, act: Act) -> Option<&Consent> {
        let mut consents = self.extra().consents.iter();
        consents.find(|consent| consent.entity == entity && consent.act == act)
    }
}

/// Whether a consent leaves open less than the one before.
fn narrows(before: &Consent, after: &Consent) -> bool {
    after.floor.is_some_and(|floor| {
        before
            .floor
            .is_none_or(|before| before.currency != floor.currency || before.money < floor.money)
    })
}

impl<B: Book> Exchange<B> {
    /// A co-owner consents to an act; its consent before, if any, is replaced.
    pub(crate) fn give_consent(
        &mut self,
        user: User,
        asked: &GiveConsent,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let GiveConsent {
            asset,
            act,
            floor,
            until,
        } = *asked;
        let right = self.right_for(user, asset)?;
        user.may(MAY_CONSENT)?;
        if floor.is_some_and(|floor| floor.money.minor() < 1) {
            return Err(Reject::AmountInvalid);
        }
        if !right.is_co_owner(user.entity) {
            return Err(Reject::NotACoOwner);
        }
        if until.is_some_and(|until| until <= tell.at.venue_date()) {
            return Err(Reject::TermInvalid);
        }

        let before = self.take_consent(asset, user.entity, act);
        let consent = Consent {
            asset,
            entity: user.entity,
            act,
            floor,
            until,
            given: true,
        };
        let extra = self.register.right_mut(asset).extra_mut();
        extra.consents.push(consent);
        if let Some(until) = until {
            let ends = Deadline::ConsentEnds(asset, user.entity, act);
            self.deadlines.add(until.start(), ends);
        }
        tell.record(self.owners_of(asset), Record::Consent(consent));
        if before.is_some_and(|before| narrows(&before, &consent)) {
            self.stop_uses(asset, Ground::ConsentGone(act), tell);
        }
        Ok(Receipt::Done)
    }

    /// A co-owner takes its consent back.
    pub(crate) fn withdraw_consent(
        &mut self,
        user: User,
        asked: &WithdrawConsent,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let WithdrawConsent { asset, act } = *asked;
        let right = self.right_for(user, asset)?;
        user.may(MAY_CONSENT)?;
        // Who is no co-owner has given none.
        right.consent_of(user.entity, act).ok_or(Reject::NoSuchConsent)?;

        self.end_consent(asset, user.entity, act, tell);
        Ok(Receipt::Done)
    }

    /// A consent's time is over, unless it was withdrawn or replaced before.
    pub(crate) fn consent_ends(&mut self, asset: AssetId, entity: EntityId, act: Act, tell: &mut Tell<'_>) {
        let consent = self.register.right(asset).consent_of(entity, act);
        let until = consent.and_then(|consent| consent.until);
        if until.map(Date::start) == Some(tell.at) {
            self.end_consent(asset, entity, act, tell);
        }
    }

    /// The title passes: what its owners consented to is over, and they learn so.
    pub(crate) fn end_consents_with_title(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let owners = self.owners_of(asset);
        for Consent { entity, act, .. } in self.register.right(asset).extra().consents.clone() {
            if let Some(mut consent) = self.take_consent(asset, entity, act) {
                consent.given = false;
                tell.record(owners.clone(), Record::Consent(consent));
            }
        }
    }

    fn end_consent(&mut self, asset: AssetId, entity: EntityId, act: Act, tell: &mut Tell<'_>) {
        let Some(mut consent) = self.take_consent(asset, entity, act) else {
            return;
        };
        consent.given = false;
        tell.record(self.owners_of(asset), Record::Consent(consent));
        self.stop_uses(asset, Ground::ConsentGone(act), tell);
    }

    /// Takes a consent off the record, with its deadline.
    fn take_consent(&mut self, asset: AssetId, entity: EntityId, act: Act) -> Option<Consent> {
        let consents = &mut self.register.right_mut(asset).extra_mut().consents;
        let place = consents
            .iter()
            .position(|consent| consent.entity == entity && consent.act == act)?;
        let consent = consents.remove(place);
        if let Some(until) = consent.until {
            let ends = Deadline::ConsentEnds(asset, entity, act);
            self.deadlines.remove(until.start(), ends);
        }
        Some(consent)
    }
}
