//! Uses: how every use of a right ends, whatever ends it: its orders, tranches, offers of licences, licences, sale and
//! lot, and what it is pledged for.
//!
//! Invariant: what befalls a right stops its uses here, in the same command and in this order: books, offers of
//! licences, sale, lot, and last the licences themselves and the pledges. What was performed stays.

use crate::{
    auction::{life::Input as LotInput, lot::Lot},
    book::Book,
    kit::checks::ensure,
    sales::{life::Input, sale::Sale},
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    AssetId, EntityId,
    auction::LotState,
    event::CancelReason,
    title::{Act, AssetState},
};

/// Why uses of a right stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// A court or a dispute freezes it.
    Frozen,
    /// It is taken out of trading for a while.
    Suspended,
    /// It is taken off the venue.
    Delisted,
    /// Its dues are late: its title may still pass.
    DuesLate,
    /// It was declared void.
    Invalidated,
    /// Its term is over, or its dues were never paid.
    Expired,
    /// A co-owner's consent to this act is gone.
    ConsentGone(Act),
    /// Its title passed to another.
    TitlePassed(EntityId),
}

impl<B: Book> Exchange<B> {
    /// Stops the uses of a right that this ground leaves no room for.
    pub(crate) fn stop_uses(&mut self, asset: AssetId, ground: Ground, tell: &mut Tell<'_>) {
        match ground {
            Ground::Frozen => self.stop_offers(asset, CancelReason::Frozen, tell),
            Ground::Suspended => self.stop_offers(asset, CancelReason::Suspended, tell),
            Ground::Delisted => self.stop_offers(asset, CancelReason::Delisted, tell),
            Ground::DuesLate => {
                self.settle_books(asset, CancelReason::Suspended, tell);
                self.end_licence_offers(asset, tell);
                self.settle_offers(asset);
            }
            Ground::Invalidated => self.stop_all(asset, CancelReason::Invalidated, tell),
            Ground::Expired => self.stop_all(asset, CancelReason::Expired, tell),
            Ground::ConsentGone(act) => self.stop_act(asset, act, tell),
            // The sale that it passes by is for the caller to end.
            Ground::TitlePassed(to) => {
                self.settle_books(asset, CancelReason::Delisted, tell);
                self.pass_licences(asset, to, tell);
            }
        }
    }

    /// Nothing of the right may be offered as it stands now; licences that are agreed stay.
    fn stop_offers(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        self.settle_books(asset, reason, tell);
        self.end_licence_offers(asset, tell);
        self.end_sale_of(asset, tell);
        self.end_lot_of(asset, tell);
        self.settle_offers(asset);
    }

    /// The right is no more: its licences end with what is offered of it.
    fn stop_all(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        self.forget_lapse(asset);
        self.stop_offers(asset, reason, tell);
        self.end_licences(asset, tell);
        self.end_pledges_on(asset, tell);
    }

    /// What is open under a consent to an act ends with it, where the act needs one.
    fn stop_act(&mut self, asset: AssetId, act: Act, tell: &mut Tell<'_>) {
        if !self.register.right(asset).needs_consent(act) {
            return;
        }
        match act {
            Act::Units => self.cancel_owners_sales(asset, CancelReason::ConsentWithdrawn, tell),
            Act::LicenceExclusive | Act::LicenceSole | Act::LicenceNonExclusive | Act::OpenLicence => {
                self.end_offers_under(asset, act, tell);
            }
            Act::Transfer => {
                self.end_sale_of(asset, tell);
                self.end_lot_of(asset, tell);
            }
            // A pledge that is recorded stays; what is only filed is asked again when the registrar answers.
            Act::Pledge => {}
        }
    }

    /// A right in a sale was frozen, ended or taken off, or a consent to its sale is gone: the sale ends if its money
    /// is not yet held. Once it is held, a freeze is for the office to judge, and the end of the right gives the buyer
    /// its money back.
    pub(crate) fn end_sale_of(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = self.register.right(asset);
        let Some(id) = right.extra().transfer else {
            return;
        };
        let ended = right.has_expired(tell.at) || right.state == AssetState::Invalidated;
        if ended || !self.sales.of(id).is_funded() {
            let lot = self.fail_sale(id, if ended { Input::Fail } else { Input::Freeze }, tell);
            self.end_delivered(lot, tell);
        }
    }

    /// A right was frozen, ended or taken off, or a consent to its sale is gone: its lot is taken back, unless its
    /// price is held.
    pub(crate) fn end_lot_of(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = self.register.right(asset);
        let Some(id) = right.extra().lot else {
            return;
        };
        let lot = self.lots.of(id);
        let ended = right.has_expired(tell.at) || right.is_over();
        // A court sells what it holds.
        let by_court = lot.terms.basis == protocol::transfer::LegalBasis::Judicial && !ended;
        if lot.state == LotState::Sold {
            if !by_court {
                self.undo_lot(id, tell);
            }
        } else if lot.state != LotState::Paid && !by_court {
            self.fail_lot(id, LotInput::Withdraw, tell);
        }
    }

    /// Who stands behind whom was told anew. A deal whose two sides turn out to be the same people is undone before its
    /// title passes: what is held goes back and nobody is in default. Before a buyer is found nothing ends: who may take
    /// it is asked at the match. A court lets the debtor buy (拍卖变卖财产规定 12).
    pub(crate) fn end_own_deals(&mut self, tell: &mut Tell<'_>) {
        let sold = self.lots.iter().filter(|lot| self.is_sold_to_its_own(lot));
        let sold: Vec<_> = sold.map(|lot| lot.id).collect();
        for id in sold {
            // What fell due of it before has happened before.
            let known = self.lot_now(id, tell);
            if known.is_ok() && self.is_sold_to_its_own(self.lots.of(id)) {
                self.undo_lot(id, tell);
            }
        }
        let own = self.sales.iter().filter(|sale| self.is_bought_by_its_own(sale));
        let own: Vec<_> = own.map(|sale| sale.record.transfer).collect();
        for id in own {
            let lot = self.fail_sale(id, Input::Fail, tell);
            self.end_delivered(lot, tell);
        }
    }

    /// What this module promises: no deal whose title has not passed is one of the same people with themselves.
    pub(crate) fn check_own_deals(&self) -> Result<(), String> {
        let lot = self.lots.iter().find(|lot| self.is_sold_to_its_own(lot));
        let sale = self.sales.iter().find(|sale| self.is_bought_by_its_own(sale));
        let own = lot.map(|lot| lot.id.0).or(sale.map(|sale| sale.record.transfer.0));
        ensure(own.is_none(), || format!("{own:?} is sold to those who sell it"))
    }

    /// Whether a sale whose title has not passed has its buyer among the people who sell. A lot's is the lot's business.
    fn is_bought_by_its_own(&self, sale: &Sale) -> bool {
        let buyer = sale.record.buyer.filter(|_| sale.lot.is_none() && sale.is_bound());
        buyer.is_some_and(|buyer| self.is_among(sale.owners(), buyer))
    }

    /// Whether a lot whose title has not passed is sold to the people who sell it.
    fn is_sold_to_its_own(&self, lot: &Lot) -> bool {
        let buyer = lot.award.filter(|_| lot.is_matched());
        buyer.is_some_and(|award| self.check_stranger(lot, award.entity).is_err())
    }
}
