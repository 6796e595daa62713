//! Pledgees consent to what is done with a right that is pledged to them, and take it back (民法典 444; PLEDGES.md 4).
//!
//! Invariant: nothing of a pledged right is on offer that its pledgees do not agree to now. Whatever changes that, a
//! pledge that is recorded, a claim that passes, a consent that is revoked, replaced, run out or used up, ends what rests
//! in the same command; what is done stays.

use crate::{
    auction::{life::Input as LotInput, lot::lowest},
    book::{Book, Slot},
    kit::{checks::require, deadlines::Deadline},
    licences::{life::Input, open_licence::use_of_open},
    register::{
        party::{MAY_BUY, User},
        pledgees::Use,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, AssetId, Date, Money, OpenLicenceId, PledgeId, Price, Quantity, Receipt, Reject, Side,
    event::CancelReason,
    licence::{LicenceKind, LicenceState},
    pledge::{AnswerPledge, AssignClaim, GivePledgeConsent, PledgeAct, PledgeConsent, RevokePledgeConsent},
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
        self.check_speaks_for(user, id)?;
        require(self.can_be_paid(id), Reject::UnknownAccount)?;
        let currency = self.pledging.of(id).amount.currency;
        let reaches = |floor: Amount| floor.money.minor() > 0 && floor.currency == currency;
        let sound = floor.is_none_or(reaches) && quantity != Some(0);
        require(sound, Reject::AmountInvalid)?;
        require(self.pledging.state(id).is_active(), Reject::StateForbids)?;
        let today = tell.at.venue_date();
        let ahead = |day: Option<Date>| day.is_none_or(|day| day > today);
        require(ahead(until) && ahead(licence_until), Reject::TermInvalid)?;

        self.forget_consent(id, act);
        let consent = PledgeConsent {
            pledge: id,
            entity: self.pledging.holder_of(id),
            act,
            kind: kind.unwrap_or(LicenceKind::NonExclusive),
            currency,
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
        self.check_speaks_for(user, id)?;
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

    /// A claim passes: its new acting holder consents anew (民法典 547), and hears how the loan stands in a pool.
    pub(crate) fn assign_claim(
        &mut self,
        user: User,
        asked: &AssignClaim,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let done = self.pass_claim(user, asked, tell)?;
        for id in self.pledging.lent(asked.loan).pledges {
            self.stop_unconsented_of(id, tell);
        }
        self.tell_standing(asked.loan, tell);
        Ok(done)
    }

    /// Ends what is on offer under consents that the command used up.
    pub(crate) fn stop_used_up(&mut self, tell: &mut Tell<'_>) {
        for id in core::mem::take(&mut self.pledging.used_up) {
            self.stop_unconsented_of(id, tell);
        }
    }

    /// Whether this user speaks for the acting holder of a pledge.
    fn check_speaks_for(&self, user: User, id: PledgeId) -> Result<(), Reject> {
        user.may(MAY_BUY)?;
        self.pledge_for(user, id)?;
        require(self.pledging.holder_of(id) == user.entity, Reject::NotAParty)
    }

    /// A consent is about to change: its day is waited for no longer.
    fn forget_consent(&mut self, id: PledgeId, act: PledgeAct) {
        if let Some(until) = self.pledging.consents.get(&(id, act)).and_then(|consent| consent.until) {
            self.deadlines
                .remove(until.start(), Deadline::PledgeConsentEnds(id, act));
        }
    }

    /// Ends what is on offer of the rights of a pledge without its holder's consent.
    fn stop_unconsented_of(&mut self, id: PledgeId, tell: &mut Tell<'_>) {
        let pledge = &self.pledging.of(id);
        if !pledge.state.is_active() {
            return;
        }
        let assets: Vec<_> = pledge.standing().map(|right| right.asset).collect();
        for asset in assets {
            self.stop_unconsented(asset, tell);
        }
    }

    /// Ends what is on offer of a right that its pledgees do not agree to now. What was agreed or matched stays: of a
    /// licence they are asked once more when it is paid.
    pub(crate) fn stop_unconsented(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        self.stop_unconsented_units(asset, tell);
        let offered = self
            .licences_of(asset)
            .filter(|licence| licence.state == LicenceState::Offered);
        let refused = offered.filter(|licence| !self.agrees(asset, &Use::of_licence(licence), tell));
        for id in refused.map(|licence| licence.licence).collect::<Vec<_>>() {
            self.move_licence(id, Input::OffersEnd, tell);
        }
        let extra = self.register.right(asset).extra();
        let (open, sale, lot) = (extra.open_licence, extra.transfer, extra.lot);
        let asked = |open: &OpenLicenceId| use_of_open(&self.licensing.open[open].licence, tell.at.venue_date());
        if let Some(open) = open.filter(|open| !self.agrees(asset, &asked(open), tell)) {
            self.end_open_licence(open, tell);
        }
        let sale = sale.map(|id| &self.sales.of(id).record);
        let asked = sale.map(|record| Use::sale(record.ask, record.assets.len()));
        let bound = sale.is_some_and(|record| self.sales.of(record.transfer).is_bound());
        let together =
            sale.is_none_or(|record| self.is_sold_together(&record.assets, record.ask, tell.at.venue_date()));
        if !bound && asked.is_some_and(|asked| !together || !self.agrees(asset, &asked, tell)) {
            self.end_sale_of(asset, tell);
        }
        let lot = lot.map(|id| self.lots.of(id)).filter(|lot| !lot.is_matched());
        let lot = lot.filter(|lot| Self::asks_pledgees(lot.terms.basis));
        let asked = lot.map(|lot| Use::sale(lowest(&lot.terms.format), lot.rights.len()));
        let together =
            lot.is_none_or(|lot| self.is_sold_together(&lot.rights, lowest(&lot.terms.format), tell.at.venue_date()));
        if asked.is_some_and(|asked| !together || !self.agrees(asset, &asked, tell)) {
            self.end_lot_of(asset, tell);
        }
        self.settle_offers(asset);
    }

    /// Ends what owners have on offer of units of a right that its pledgees do not agree to now.
    fn stop_unconsented_units(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        self.cancel_unconsented_sales(asset, tell);
        for i in 0..self.register.right(asset).instruments.len() {
            let instrument = self.register.right(asset).instruments[i];
            let open = self.units.steps.get(&instrument).and_then(|steps| steps.open);
            let price = open.map(|open| self.units.tranches[&open].tranche.price);
            if price.is_some_and(|price| !self.agrees_to_units(asset, price, tell)) {
                self.end_tranche_of(instrument, tell);
            }
            for id in self.lots.of_units(instrument) {
                let lot = self.lots.of(id);
                let asked = Self::asks_pledgees(lot.terms.basis) && !lot.is_matched();
                if asked && !self.agrees_to_units(asset, lowest(&lot.terms.format), tell) {
                    self.fail_lot(id, LotInput::Withdraw, tell);
                }
            }
        }
    }

    /// Cancels owners' orders to sell units below what a pledgee agrees to, or all of them where they are too many.
    fn cancel_unconsented_sales(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        for i in 0..self.register.right(asset).instruments.len() {
            let right = self.register.right(asset);
            let instrument = right.instruments[i];
            let listing = self.register.listing(instrument);
            let book = &self.books[instrument.index()];
            let own = book.resting(&self.pool, &self.orders, Side::Sell);
            let own = own.filter(|slot| right.is_owned_by(self.orders.get(*slot).owner()));
            let price = |slot: Slot| listing.price(self.orders.get(slot).ticks().0);
            let amount = |price: Price| Amount::new(listing.terms.currency, Money::from_minor(price.minor()));
            let refused = own.filter(|slot| !self.agrees_to_units(asset, amount(price(*slot)), tell));
            for slot in refused.collect::<Vec<_>>() {
                self.take_out(slot, CancelReason::ConsentWithdrawn, tell);
            }
        }
    }

    /// Whether the pledgees of a right agree to units at this price as many as are on offer.
    fn agrees_to_units(&self, asset: AssetId, price: Amount, tell: &Tell<'_>) -> bool {
        let until = self.register.right(asset).expires;
        self.agrees(asset, &Use::units(price, Quantity::ZERO, until), tell)
    }

    /// Whether what is asked of the pledgees of a right is open on the day of this command.
    fn agrees(&self, asset: AssetId, wanted: &Use, tell: &Tell<'_>) -> bool {
        self.check_pledgees(asset, wanted, tell.at.venue_date()).is_ok()
    }
}
