//! A title passes: against payment, in the command that pays for it, whatever sold it (RULES.md 2.5).
//!
//! Invariant: title and price change hands together, or neither does; who leaves still counts as a holder.

use crate::{
    book::Book,
    kit::{deadlines::Deadline, ids::FEE_ACCOUNT},
    register::disposals::{Paid, SoldPart},
    rights::uses::Ground,
    sales::life::Input,
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AssetId, Date, Digest, EntityId, Money, Notice, Readers, Seq, Side, TransferId,
    title::AssetState,
    transfer::{Disclosure, LegalBasis, TitlePrint, TransferState},
};

impl<B: Book> Exchange<B> {
    /// The title passes against the price that is held: the seller is paid, and the market learns of it as the seller
    /// chose. The one way in which a title changes hands, whatever sold it.
    pub(crate) fn deliver(&mut self, id: TransferId, evidence: Digest, tell: &mut Tell<'_>) {
        let sale = self.sales.of_mut(id);
        let buyer = sale.record.buyer.expect("a sale that is filed has a buyer");
        let account = sale.record.buyer_account.expect("a buyer has an account");
        sale.advance(Input::Record);
        sale.record.evidence = Some(evidence);
        let owners = sale.owners.clone();
        let sale = self.sales.of(id);
        let price = sale.record.price.expect("a paid sale has a price");
        let parts = self.sold_parts(id, price, sale.costs);
        let is_early = |part: &SoldPart| self.is_early(&self.disposals.of(part.part.case).record);
        // What is sold early pays the debt, or stands for it, as by consent.
        let (early, parts): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_early);
        let sale = self.sales.of(id);
        let today = tell.at.venue_date();
        // What one right brought can be held against what it was valued at; what a lot brought tells of none of its
        // rights.
        if let ([asset], Some(price)) = (&sale.record.assets[..], sale.record.price) {
            let asset = *asset;
            let denied = sale.denied.clone();
            let realised = self.realise(asset, price, &denied, tell);
            self.sales.of_mut(id).record.realised = realised;
        }
        for asset in self.sales.of(id).record.assets.clone() {
            for share in &owners {
                // Who leaves still counts.
                self.add_holder(asset, share.entity, tell);
                self.note_trade(asset, share.entity, Side::Sell, today);
            }
            self.note_trade(asset, buyer, Side::Buy, today);
            self.sell_taken(asset, tell);
            self.pass_title(asset, buyer, tell);
            self.add_holder(asset, buyer, tell);
        }
        // What was agreed before and paid since survives too; the buyer's own licence ended with its purchase.
        let surviving = self.survivors(&self.sales.of(id).record.assets);
        self.sales.of_mut(id).record.surviving = surviving;
        self.tell_sale(id, tell);

        self.sales.of_mut(id).advance(Input::Pay);
        let sale = self.sales.of(id);
        let by_court = sale.record.basis == LegalBasis::Judicial;
        let (assets, currency) = (sale.record.assets.clone(), sale.record.ask.currency);
        // What a disposal costs is a claim on its price like others.
        let costs = if parts.is_empty() { sale.costs } else { Money::ZERO };
        let of_owners = |amount: Money| self.by_parts(&sale.owners, sale.record.account, amount);
        let held: Vec<_> = parts.iter().map(|part| of_owners(part.price.money)).collect();
        let paid = if parts.is_empty() {
            of_owners(price.money.minus(costs))
        } else {
            held.concat()
        };
        let mut shares = paid.clone();
        // What the sale costs, and the buyer's premium.
        shares.push((FEE_ACCOUNT, costs.plus(sale.premium)));
        self.pay_escrow(Seq(id.0), account, &shares, tell);
        if parts.is_empty() {
            self.pass_price(&assets, by_court, (&paid, currency), evidence, tell);
        }
        self.note_early_sale(id, early, tell);
        for ((place, part), held) in (0..).zip(parts).zip(held) {
            let held = owners.iter().zip(held).map(|(share, (account, money))| Paid {
                account,
                parts: share.parts,
                money,
            });
            self.hold_case_price((id, place), part, held.collect(), evidence, tell);
        }
        if let Some(lot) = self.sales.of(id).took {
            self.hold_taken(lot, tell);
        }
        let lot = self.end_sale(id, tell);
        self.end_delivered(lot, tell);
        self.print(id, tell);
    }

    /// The title passes: one owner from here on, whose right has to be verified anew. Licences that were granted stand
    /// (法释〔2020〕19号 24), offers end. The sale that it passes by has to be ended by the caller.
    fn pass_title(&mut self, asset: AssetId, to: EntityId, tell: &mut Tell<'_>) {
        self.end_consents_with_title(asset, tell);
        let right = self.register.right_mut(asset);
        let before = right.owners();
        right.owner = to;
        right.state = AssetState::Transferred;
        right.extra_mut().shares.clear();
        self.facts_after_title(asset);
        self.stop_uses(asset, Ground::TitlePassed(to), tell);
        let readers = before.iter().map(|share| share.entity).chain([to]).collect();
        self.tell_title_to(asset, Readers::Only(readers), tell);
    }

    /// What the market learns of a sale. Of one that only some could see it learns nothing: its readers saw it end.
    fn print(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let delay = self.rule_book().print_delay_days;
        match sale.record.disclosure {
            Disclosure::Aggregated => {}
            Disclosure::Full | Disclosure::Delayed if sale.is_restricted() => {}
            Disclosure::Delayed if delay > 0 => {
                let day = Date(tell.at.venue_date().0.saturating_add(delay as i32));
                self.deadlines.add(day.start(), Deadline::PrintDue(id));
            }
            Disclosure::Full | Disclosure::Delayed => self.print_due(id, tell),
        }
    }

    /// Tells everyone what was sold, and for how much.
    pub(crate) fn print_due(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let record = &sale.record;
        assert!(record.state == TransferState::Released, "what is printed is done");
        tell.notice(Notice::TitleSold(TitlePrint {
            transfer: id,
            assets: record.assets.clone(),
            price: record.price.expect("a paid sale has a price"),
            basis: record.basis,
            bidders: record.qualified,
            bids: record.bids,
            agreed_at: sale.agreed_at,
            surviving: record.surviving.clone(),
        }));
    }
}
