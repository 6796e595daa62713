//! Reverse, open or sealed: a buyer says what it wants and what it pays at most, and the lowest offer wins (RULES.md 2.6).
//!
//! Invariant: the buyer's cash is held from the announcement on, its highest price until an offer wins and that offer's
//! price then, until the buyer has what it asked for. The winner's deposit is held as long.

use super::{Award, Input, Lot};
use crate::{
    book::Book,
    kit::{checks::ensure, ids::FEE_ACCOUNT},
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String};
use protocol::{
    Amount, LotId, Money, Reject, Seq,
    auction::{AnnounceLot, LotState},
};

impl Lot {
    /// Whether the lot is a buyer's demand.
    pub(super) fn is_demand(&self) -> bool {
        self.terms.format.is_demand()
    }

    /// What is held of the buyer.
    fn demand_held(&self) -> Option<Amount> {
        let price = match self.state {
            LotState::Delivered | LotState::Unsold | LotState::Withdrawn | LotState::Annulled => return None,
            _ => self
                .award
                .map_or(super::start(&self.terms.format).money.minor(), |award| award.price),
        };
        self.is_demand().then(|| self.total(price))
    }
}

impl<B: Book> Exchange<B> {
    /// Whether the buyer can pay the highest offer.
    pub(super) fn check_demand(&self, asked: &AnnounceLot) -> Result<(), Reject> {
        if !asked.format.is_demand() {
            return Ok(());
        }
        let start = super::start(&asked.format);
        let most = super::prices::with_premium(start.money.minor(), asked.fees.premium);
        self.check_escrow(asked.account, Amount::new(start.currency, Money::from_minor(most)))
    }

    /// Sets aside what the buyer pays at most.
    pub(super) fn hold_demand(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        if let Some(most) = lot.demand_held() {
            self.hold_escrow(Seq(id.0), lot.terms.account, most, tell);
        }
    }

    /// Gives the buyer back what is held of it.
    pub(super) fn release_demand(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        if lot.is_demand() {
            self.release_escrow(Seq(id.0), lot.terms.account, tell);
        }
    }

    /// An offer has won, and its price is held already: what is held beyond it goes back.
    pub(super) fn pay_demand(&mut self, id: LotId, tell: &mut Tell<'_>) {
        if !self.lots.of(id).is_demand() {
            return;
        }
        self.release_demand(id, tell);
        self.lots.of_mut(id).advance(Input::Pay);
        self.hold_demand(id, tell);
        self.tell_lot(id, tell);
    }

    /// The buyer has what it asked for: the winner is paid, and gets its deposit back.
    pub(super) fn meet_demand(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        lot.advance(Input::Deliver);
        let Award { account, price, .. } = lot.award.expect("a paid lot has a winner");
        let (costs, premium) = (lot.costs(price), lot.premium(price));
        let buyer = lot.terms.account;
        let shares = [
            (account, Money::from_minor(price).minus(costs)),
            (FEE_ACCOUNT, costs.plus(premium)),
        ];
        self.pay_escrow(Seq(id.0), buyer, &shares, tell);
        self.release_escrow(Seq(id.0), account, tell);
        self.end_lot(id, tell);
    }

    /// What this module promises.
    pub(super) fn check_demand_held(&self, lot: &Lot) -> Result<(), String> {
        if !lot.is_demand() {
            return Ok(());
        }
        let held = self.escrows.held((Seq(lot.id.0), lot.terms.account));
        let expected = lot.demand_held().map_or(Money::ZERO, |amount| amount.money);
        ensure(held == expected, || {
            format!("{:?} holds {held:?} of its buyer, not {expected:?}", lot.id)
        })
    }
}
