//! How a lot ends: the bidding over, the buyer found, everybody else's deposit given back (RULES.md 2.6; 18号 11, 23).
//!
//! Invariant: deposits of those who do not buy are released in the command that closes the lot, and who they were is
//! told to the venue from then on.

use super::{Award, Bidder, Input, Lot, Way, is_secret};
use crate::{
    book::Book,
    kit::checks::require,
    register::{
        party::{MAY_BUY, User},
        taker::Road,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AssetId, Date, EntityId, LotId, Money, Receipt, Reject, Seq, Side, Timestamp,
    auction::{Format, LotState, LotStep, NegotiateLot},
    time::SECOND,
    transfer::LegalBasis,
};

/// Working days for seller and best bidder to agree after a close below the reserve.
const NEGOTIATION_DAYS: u32 = 5;
/// Working days for the hammer: what nobody confirms until then is unsold, and its money goes back.
const HAMMER_DAYS: u32 = 5;

impl<B: Book> Exchange<B> {
    /// The bidding is over.
    pub(super) fn end_bidding(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        if let Some(terms) = lot.terms.format.sealed() {
            let until = tell.at.after(u64::from(terms.reveal_s) * SECOND);
            lot.advance(Input::EndToReveal);
            self.set_lot_due(id, until);
            self.tell_lot(id, tell);
        } else {
            self.conclude(id, tell);
        }
    }

    /// Finds the buyer, or that there is none.
    pub(super) fn conclude(&mut self, id: LotId, tell: &mut Tell<'_>) {
        if matches!(self.lots.of(id).terms.format, Format::Uniform(_)) {
            return self.conclude_units(id, tell);
        }
        self.open_bids(id, tell);
        self.punish_unrevealed(id, tell);
        let today = tell.at.venue_date();
        let lot = self.lots.of(id);
        let award = lot
            .buyer(tell.at)
            .filter(|award| self.may_buy(lot, award.entity, today));
        // Below a reserve, that is: a court's lot has none (`terms`), so that a court bargains with nobody.
        let negotiates = award.is_none() && lot.best.is_some_and(|best| self.may_buy(lot, best.entity, today));
        let keeps = lot
            .best
            .filter(|_| award.is_some() || negotiates)
            .map(|best| best.entity);
        if keeps.is_none() {
            return self.fail_lot(id, Input::Fail, tell);
        }
        self.disclose(id, |bidder| Some(bidder.entity) == keeps, tell);
        let lot = self.lots.of_mut(id);
        if award.is_some() && lot.terms.basis == LegalBasis::AuctionLaw && lot.state != LotState::Closed {
            // The hammer, or another public confirmation, makes the sale (拍卖法 51).
            lot.advance(Input::EndToConfirm);
            let until = self.step_days(today, HAMMER_DAYS);
            self.set_lot_step(id, until);
            self.tell_lot(id, tell);
        } else if award.is_some() {
            lot.award = award;
            self.sold(id, Input::Sell, tell);
        } else {
            lot.advance(Input::Negotiate);
            let until = self.step_days(today, NEGOTIATION_DAYS);
            self.set_lot_step(id, until);
            self.tell_lot(id, tell);
        }
    }

    /// Whether this participant may still take the lot's rights (RULES.md F2, asked again at the match).
    pub(super) fn may_buy(&self, lot: &Lot, entity: EntityId, today: protocol::Date) -> bool {
        let road = Road::of(lot.terms.basis);
        !(road.locks() && self.is_locked_to_sell(lot, today))
            && self.taker(road, &lot.rights, entity, today).may_still()
            && self.check_stranger(lot, entity).is_ok()
    }

    /// Whether who sells has bought of it too lately: the owners a title, who announced it units.
    fn is_locked_to_sell(&self, lot: &Lot, today: Date) -> bool {
        let lock = |asset: AssetId, seller| match lot.instrument {
            Some(_) => self.check_lock(asset, seller, Side::Sell, today),
            None => self.check_title_lock(asset, seller, today),
        };
        let locked = |seller| lot.rights.iter().any(|asset| lock(*asset, seller).is_err());
        match lot.instrument {
            Some(_) => locked(lot.seller),
            None => lot.owners.iter().any(|share| locked(share.entity)),
        }
    }

    /// Who committed and did not reveal loses the penalty of its deposit to the venue's account.
    fn punish_unrevealed(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let Some(terms) = lot.terms.format.sealed() else {
            return;
        };
        let penalty = terms.penalty.money;
        let silent: Vec<_> = lot
            .bidders
            .iter()
            .filter(|bidder| bidder.commitment.is_some() && bidder.nonce.is_none())
            .map(|bidder| (bidder.entity, bidder.account, bidder.deposit))
            .collect();
        for (entity, account, deposit) in silent {
            let lost = penalty.min(deposit);
            if lost > Money::ZERO {
                self.lots.of_mut(id).bidder_mut(entity).deposit = deposit.minus(lost);
                tell.secretly(|tell| self.split_escrow(Seq(id.0), account, lost, crate::kit::ids::FEE_ACCOUNT, tell));
            }
        }
    }

    /// The lot is closed: deposits but those of who buys go back, and the venue learns who bid.
    pub(super) fn disclose(&mut self, id: LotId, buys: impl Fn(&Bidder) -> bool, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        if !is_secret(lot.state) {
            return;
        }
        let others = lot.bidders.iter().filter(|bidder| !buys(bidder));
        let others: Vec<_> = others.map(|bidder| bidder.account).collect();
        for account in others {
            tell.secretly(|tell| self.release_escrow(Seq(id.0), account, tell));
        }
        tell.staff(protocol::StaffEvent::LotDisclosed { lot: id });
    }

    /// The lot comes to nothing: what is held goes back, and its rights are free.
    pub(crate) fn fail_lot(&mut self, id: LotId, input: Input, tell: &mut Tell<'_>) {
        self.disclose(id, |_| false, tell);
        let lot = self.lots.of_mut(id);
        lot.advance(input);
        let accounts: Vec<_> = lot.bidders.iter().map(|bidder| bidder.account).collect();
        for account in accounts {
            self.release_escrow(Seq(id.0), account, tell);
        }
        self.release_demand(id, tell);
        self.end_lot(id, tell);
    }

    /// The lot is over: its rights are free, and everyone is told.
    pub(super) fn end_lot(&mut self, id: LotId, tell: &mut Tell<'_>) {
        self.set_lot_due(id, Timestamp::NEVER);
        self.free_lot(id, tell);
    }

    /// The lot's rights are free, and everyone is told how it stands.
    pub(super) fn free_lot(&mut self, id: LotId, tell: &mut Tell<'_>) {
        self.release_lot_units(id, tell);
        self.lots.over(id);
        for asset in self.lots.of(id).terms.assets.clone() {
            self.register.right_mut(asset).extra_mut().lot = None;
            self.offer_ended(asset, tell);
        }
        self.tell_bidders(id, tell);
        self.tell_lot(id, tell);
    }

    /// Tells every bidder how it stands, after the close.
    pub(super) fn tell_bidders(&self, id: LotId, tell: &mut Tell<'_>) {
        for bidder in &self.lots.of(id).bidders {
            self.tell_bidder(id, bidder.entity, tell);
        }
    }

    /// Takes a lot back. By the seller before the first bid, by an operator on a ground until it is sold.
    pub(crate) fn withdraw_lot(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let operator = user.is_operator();
        self.check_sells(user, lot.seller, &lot.terms.assets, true)?;
        lot.check(Input::Withdraw)?;
        require(operator || lot.bids == 0, Reject::StateForbids)?;

        self.fail_lot(id, Input::Withdraw, tell);
        Ok(Receipt::Done)
    }

    /// The auctioneer's hammer, by an operator; in reverse the buyer's word that it has what it asked for.
    pub(crate) fn confirm_lot(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let buyer = lot.is_demand() && lot.seller == user.entity && user.roles.has_any(MAY_BUY);
        require(buyer || user.is_operator(), Reject::NotPermitted)?;
        if lot.is_demand() {
            require(lot.state == LotState::Paid, Reject::StateForbids)?;
            self.meet_demand(id, tell);
        } else {
            require(lot.state == LotState::Closed, Reject::StateForbids)?;
            self.conclude(id, tell);
        }
        Ok(Receipt::Done)
    }

    /// After a close below the reserve: the seller names its price, the best bidder agrees to it, or names one that the
    /// seller asked.
    pub(crate) fn negotiate_lot(
        &mut self,
        user: User,
        asked: &NegotiateLot,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let NegotiateLot { lot: id, price } = *asked;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let best = lot.best.map(|best| best.entity);
        let sells = lot.seller == user.entity || self.disposes(user, &lot.terms.assets);
        require(sells || best == Some(user.entity), Reject::NotAParty)?;
        let Some(price) = price else {
            lot.check(Input::Ask)?;
            self.fail_lot(id, Input::Fail, tell);
            return Ok(Receipt::Done);
        };
        let minor = price.money.minor();
        lot.check_price(price)?;
        require(
            lot.best.is_some_and(|best| !lot.way().beats(best.price, minor)),
            Reject::AmountInvalid,
        )?;
        lot.check(Input::Ask)?;
        let today = tell.at.venue_date();
        if !sells {
            // The match: what may have come between is asked again.
            let taker = self.taker(Road::of(lot.terms.basis), &lot.rights, user.entity, today);
            taker.check_place()?;
            taker.check_export()?;
            self.check_stranger(lot, user.entity)?;
        }
        require(sells || lot.asked == Some(minor), Reject::NothingOwed)?;
        self.check_price_guard(&lot.terms.assets, price, tell.at)?;

        let lot = self.lots.of_mut(id);
        if sells {
            lot.advance(Input::Ask);
            lot.asked = Some(minor);
            let buyer = best.expect("a negotiation has a bidder");
            self.tell_bidder(id, buyer, tell);
            self.tell_lot(id, tell);
            return Ok(Receipt::Done);
        }
        lot.award = Some(lot.award_to(user.entity, minor, tell.at));
        self.sold(id, Input::Sell, tell);
        Ok(Receipt::Done)
    }

    /// The lot is sold; the buyer has the announced working days to pay.
    fn sold(&mut self, id: LotId, input: Input, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        lot.advance(input);
        let (pays, days) = (!lot.is_demand(), lot.terms.payment_days);
        if pays {
            let pay_by = self.step_days(tell.at.venue_date(), days);
            self.set_lot_step(id, pay_by);
        } else {
            self.set_lot_due(id, Timestamp::NEVER);
        }
        self.tell_bidders(id, tell);
        self.tell_lot(id, tell);
        self.pay_demand(id, tell);
        // A deposit that covers the price is the price: who owes nothing is never late.
        if self.owed(self.lots.of(id)) == Some(Money::ZERO) {
            self.hold_price(id, tell);
        }
    }
}

impl Lot {
    /// Which way its prices go.
    pub(super) fn way(&self) -> Way {
        if self.is_demand() { Way::Down } else { Way::Up }
    }

    /// The award of a bidder at this price; in reverse it sells.
    fn award_to(&self, entity: EntityId, price: i64, agreed_at: Timestamp) -> Award {
        Award {
            entity,
            account: self.bidder(entity).expect("it bid").account,
            price,
            agreed_at,
        }
    }

    /// Who has it, if the bidding ended now and the reserve is met.
    fn buyer(&self, at: Timestamp) -> Option<Award> {
        let best = self.best?;
        let met = self.reserve_met(best.price) != Some(false);
        met.then(|| self.award_to(best.entity, best.price, at))
    }
}
