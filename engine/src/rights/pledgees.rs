//! Pledgees consent to what is done with a right that is pledged to them, and take it back (民法典 444; PLEDGES.md 4).
//!
//! Invariant: nothing of a pledged right is on offer that its pledgees do not agree to now. Whatever changes that, a
//! pledge that is recorded, a claim that passes, a consent that is revoked, replaced, run out or used up, ends what rests
//! in the same command; what is done stays.

use crate::{
    book::Book,
    kit::{checks::require, deadlines::Deadline},
    register::{
        party::{MAY_BUY, User},
        pledgees::{Use, holder_of},
    },
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AssetId, Date, PledgeId, Receipt, Reject,
    licence::LicenceKind,
    pledge::{
        AnswerPledge, AssignClaim, GivePledgeConsent, PledgeAct, PledgeConsent, RevokePledgeConsent,
    },
};

impl<B: Book> Exchange<B> {
    /// The holder of a pledge consents to an act; what it consented to before is replaced.
    pub(crate) fn give_pledge_consent(
        &mut self,
        user: User,
        asked: &GivePledgeConsent,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let GivePledgeConsent {
            pledge: id,
            act,
            kind,
            floor,
            quantity,
            until,
            licence_until,
            proceeds,
        } = *asked;
        self.check_holds(user, id)?;
        require(self.can_be_paid(id), Reject::UnknownAccount)?;
        let sound = floor.is_none_or(|floor| floor.money.minor() > 0) && quantity != Some(0);
        require(sound, Reject::AmountInvalid)?;
        require(self.pledging.of(id).state.is_active(), Reject::StateForbids)?;
        let today = tell.at.venue_date();
        let ahead = |day: Option<Date>| day.is_none_or(|day| day > today);
        require(ahead(until) && ahead(licence_until), Reject::TermInvalid)?;

        self.forget_consent(id, act);
        let consent = PledgeConsent {
            pledge: id,
            entity: holder_of(self.pledging.of(id)),
            act,
            kind: kind.unwrap_or(LicenceKind::NonExclusive),
            floor,
            quantity,
            until,
            licence_until,
            proceeds,
            used: 0,
            given: true,
        };
        self.pledging.consents.insert((id, act), consent);
        if let Some(until) = until {
            self.deadlines.add(until.start(), Deadline::PledgeConsentEnds(id, act));
        }
        self.tell_consent(id, act, tell);
        self.stop_unconsented_of(id, tell);
        Ok(Receipt::Done)
    }

    /// The holder of a pledge takes its consent back.
    pub(crate) fn revoke_pledge_consent(
        &mut self,
        user: User,
        asked: &RevokePledgeConsent,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RevokePledgeConsent { pledge: id, act } = *asked;
        self.check_holds(user, id)?;
        let standing = self.pledging.consents.get(&(id, act));
        require(standing.is_some_and(|consent| consent.given), Reject::NoSuchConsent)?;

        self.forget_consent(id, act);
        self.pledging.consents.get_mut(&(id, act)).expect("it stands").given = false;
        self.tell_consent(id, act, tell);
        self.stop_unconsented_of(id, tell);
        Ok(Receipt::Done)
    }

    /// The day after a consent's last has come.
    pub(crate) fn pledge_consent_ends(&mut self, id: PledgeId, act: PledgeAct, tell: &mut Tell<'_>) {
        let consent = self.pledging.consents.get(&(id, act));
        let over = consent.is_some_and(|consent| consent.until.map(Date::start) == Some(tell.at));
        if over {
            self.stop_unconsented_of(id, tell);
        }
    }

    /// The registrar's answer: a pledge that it records takes along what its holder has not consented to.
    pub(crate) fn answer_pledge(
        &mut self,
        user: User,
        asked: &AnswerPledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let done = self.registrar_answers(user, asked, tell)?;
        self.stop_unconsented_of(asked.pledge, tell);
        Ok(done)
    }

    /// A claim passes: its new acting holder consents anew (民法典 547).
    pub(crate) fn assign_claim(
        &mut self,
        user: User,
        asked: &AssignClaim,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let done = self.pass_claim(user, asked, tell)?;
        for id in self.pledging.lent(asked.loan).pledges.clone() {
            self.stop_unconsented_of(id, tell);
        }
        Ok(done)
    }

    /// Whether this user speaks for the acting holder of a pledge.
    fn check_holds(&self, user: User, id: PledgeId) -> Result<(), Reject> {
        user.may(MAY_BUY)?;
        let pledge = self.pledge_for(user, id)?;
        require(holder_of(pledge) == user.entity, Reject::NotAParty)
    }

    /// A consent is about to change: its day is waited for no longer.
    fn forget_consent(&mut self, id: PledgeId, act: PledgeAct) {
        if let Some(until) = self.pledging.consents.get(&(id, act)).and_then(|consent| consent.until) {
            self.deadlines.remove(until.start(), Deadline::PledgeConsentEnds(id, act));
        }
    }

    /// Ends what is on offer of the rights of a pledge without its holder's consent.
    fn stop_unconsented_of(&mut self, id: PledgeId, tell: &mut Tell<'_>) {
        let pledge = self.pledging.of(id);
        if !pledge.state.is_active() {
            return;
        }
        let assets: Vec<_> = pledge.standing().map(|right| right.asset).collect();
        for asset in assets {
            self.stop_unconsented(asset, tell);
        }
    }

    /// Whether what is asked of the pledgees of a right is open on the day of this command.
    pub(super) fn agrees(&self, asset: AssetId, wanted: &Use, tell: &Tell<'_>) -> bool {
        self.check_pledgees(asset, wanted, tell.at.venue_date()).is_ok()
    }
}
