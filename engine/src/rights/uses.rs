//! Uses: how every use of a right ends, whatever ends it.

use crate::{auction::life::Input as LotInput, book::Book, sales::life::Input, state::Exchange, tell::Tell};
use protocol::{AssetId, auction::LotState, event::CancelReason, title::AssetState};

impl<B: Book> Exchange<B> {
    /// Nothing of the right may be offered as it stands now: its orders, its offers of licences and its sale end; licences that
    /// are agreed stay.
    pub(crate) fn stop_offers(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        self.settle_books(asset, reason, tell);
        self.end_licence_offers(asset, tell);
        self.end_sale_of(asset, tell);
        self.end_lot_of(asset, tell);
        self.settle_offers(asset);
    }

    /// The right is no more: what is offered of it ends, and its licences with it.
    pub(crate) fn end_uses(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        self.forget_lapse(asset);
        self.stop_offers(asset, reason, tell);
        self.end_licences(asset, tell);
    }

    /// A right in a sale was frozen, ended or taken off, or a consent to its sale is gone: the sale ends if its money is not yet
    /// held. Once it is held, a freeze is for the office to judge, and the end of the right gives the buyer its money back.
    pub(crate) fn end_sale_of(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &self.register.assets[asset.index()];
        let Some(id) = right.extra().transfer else {
            return;
        };
        let ended = right.has_expired(tell.at) || right.state == AssetState::Invalidated;
        if ended || !self.sales.of(id).is_funded() {
            self.fail_sale(id, if ended { Input::Fail } else { Input::Freeze }, tell);
        }
    }

    /// A right was frozen, ended or taken off, or a consent to its sale is gone: its lot is taken back, unless its price is held.
    pub(crate) fn end_lot_of(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &self.register.assets[asset.index()];
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
}
