//! The lots of one court's order: they are sold for one debt, and stop once it is covered (拍卖变卖财产规定 14).
//!
//! Invariant: all lots of an order that are under way or were paid for name the same debt, so it does not matter which of
//! them is paid last.

use super::{Input, Lot, life::is_live};
use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, Digest, LotId, Reject,
    auction::{AnnounceLot, CourtSale, LotState},
    transfer::LegalBasis,
};

/// The terms of a court's sale.
fn court(terms: &AnnounceLot) -> Option<CourtSale> {
    terms.court.filter(|_| terms.basis == LegalBasis::Judicial)
}

impl Lot {
    /// Whether it was paid for, and is not undone.
    fn is_paid(&self) -> bool {
        matches!(self.state, LotState::Paid | LotState::Delivered)
    }

    /// What it brought towards the debt: the price without what it cost and without what comes before the debt.
    fn brought(&self) -> i64 {
        let price = self.award.filter(|_| self.is_paid()).map_or(0, |award| award.price);
        let before = court(&self.terms).map_or(0, |court| court.prior_claims.money.minor());
        (price - self.costs(price).minor() - before).max(0)
    }
}

impl<B: Book> Exchange<B> {
    /// The lots of this order.
    fn lots_of_order(&self, order: Digest) -> impl Iterator<Item = &Lot> {
        let of_order = move |lot: &&Lot| court(&lot.terms).is_some_and(|court| court.order == Some(order));
        self.lots.iter().filter(of_order)
    }

    /// Whether what the lots of an order brought covers its debt.
    fn is_covered(&self, order: Digest, debt: Amount) -> bool {
        self.lots_of_order(order).map(Lot::brought).sum::<i64>() >= debt.money.minor()
    }

    /// Whether a lot may join those of its order: for the debt that they name, as long as it is not covered. Once they
    /// are all over and none was paid for, the court may name another.
    pub(super) fn check_debt(&self, asked: &AnnounceLot) -> Result<(), Reject> {
        let Some((order, debt)) = court(asked).and_then(|court| Some((court.order?, court.debt))) else {
            return Ok(());
        };
        let mut counts = self
            .lots_of_order(order)
            .filter(|lot| is_live(lot.state) || lot.is_paid());
        let same = |lot: &Lot| court(&lot.terms).is_some_and(|court| court.debt == debt);
        first_fault([
            require(counts.all(same), Reject::DebtDiffers),
            require(
                !debt.is_some_and(|debt| self.is_covered(order, debt)),
                Reject::DebtCovered,
            ),
        ])
    }

    /// A lot was paid for: once its order's debt is covered, the others are taken back.
    pub(super) fn stop_covered(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let court = court(&self.lots.of(id).terms);
        let Some((order, debt)) = court.and_then(|court| court.order.zip(court.debt)) else {
            return;
        };
        if !self.is_covered(order, debt) {
            return;
        }
        let open = self.lots_of_order(order);
        let open = open.filter(|lot| lot.check(Input::Withdraw).is_ok());
        let open: Vec<LotId> = open.map(|lot| lot.id).collect();
        for other in open {
            // What fell due of it before has happened before: one that is sold by then is not taken back.
            let known = self.lot_now(other, tell);
            if known.is_ok() && self.lots.of(other).check(Input::Withdraw).is_ok() {
                self.fail_lot(other, Input::Withdraw, tell);
            }
        }
    }
}
