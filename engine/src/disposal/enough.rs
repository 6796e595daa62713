//! Enough is enough: once what a case's sales brought covers what is owed, the rest is not sold, unless its pledgor agrees
//! (拍卖变卖财产规定 14).

use crate::{
    auction::life::{Input as LotInput, step},
    book::Book,
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{AssetId, DisposalId, LotId, TransferId, disposal::Covered};

impl<B: Book> Exchange<B> {
    /// Takes back what a case has on offer and does not need any more.
    pub(super) fn stop_enough(&mut self, id: DisposalId, tell: &mut Tell<'_>) {
        let today = tell.at.venue_date();
        let Some((asked, brought)) = self.enough(self.disposals.of(id), today) else {
            return;
        };
        let needless = |asset: &AssetId| !self.agrees_to_all(*asset);
        let assets = self.assets_of_case(self.disposals.of(id).record.loan);
        let assets: Vec<_> = assets.into_iter().filter(needless).collect();
        let named = assets.iter().map(|asset| self.register.right(*asset).extra());
        let lots: BTreeSet<LotId> = named.clone().filter_map(|extra| extra.lot).collect();
        let sales: BTreeSet<TransferId> = named.filter_map(|extra| extra.transfer).collect();
        let mut covered = Covered {
            asked,
            brought,
            lots: Vec::new(),
            sales: Vec::new(),
            at: tell.at,
        };
        for lot in lots {
            // What fell due of it before has happened before: one that is sold by then is not taken back.
            let known = self.lot_now(lot, tell).is_ok();
            let of = self.lots.of(lot);
            if known && step(of.state, LotInput::Withdraw).is_ok() && self.is_needless(&of.terms.assets, tell) {
                self.fail_lot(lot, LotInput::Withdraw, tell);
                covered.lots.push(lot);
            }
        }
        for sale in sales {
            let of = self.sales.of(sale);
            let asset = of.record.assets[0];
            if !of.is_bound() && self.is_needless(&of.record.assets, tell) {
                self.end_sale_of(asset, tell);
                covered.sales.push(sale);
            }
        }
        if covered.lots.is_empty() && covered.sales.is_empty() {
            return;
        }
        self.disposals.of_mut(id).record.covered = Some(covered);
        self.tell_case(id, tell);
    }

    /// Whether no case needs the sale of these rights, and a pledgor of each did not agree to it all the same.
    fn is_needless(&self, assets: &[AssetId], tell: &Tell<'_>) -> bool {
        let today = tell.at.venue_date();
        let mut cases = self.cases_of(assets).into_iter();
        cases.all(|case| self.enough(case, today).is_some()) && assets.iter().any(|asset| !self.agrees_to_all(*asset))
    }
}
