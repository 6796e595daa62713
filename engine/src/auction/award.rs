//! From the buyer to the title: payment, default, delivery, annulment (RULES.md 2.6, 7.4; 18号 22, 24, 31).
//!
//! Invariant: a buyer's deposit is held until it is part of the price, forfeited or given back; price and title pass in
//! one command, as in any other sale.

use super::{Award, Input, Lot, prices, start};
use crate::{
    book::Book,
    kit::{
        checks::{require, same_set},
        ids::FEE_ACCOUNT,
    },
    register::party::User,
    sales::{
        self,
        sale::{Opening, Sale},
    },
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, LotId, Money, Readers, Receipt, Record, Reject, Seq, Timestamp, TransferId,
    auction::{Forfeit, LOT_PRICE_MAX, LotState, LotStep, PayLot, SettleDefault},
    party::Roles,
    transfer::{Transfer, TransferState},
};

impl Lot {
    /// What the buyer pays on top of the price.
    pub(super) fn premium(&self, price: i64) -> Money {
        Money::from_minor(prices::points(price, self.terms.fees.premium.0.into()))
    }

    /// What the sale takes of the price: the venue's fee, and a court's commission.
    pub(super) fn costs(&self, price: i64) -> Money {
        let fees = &self.terms.fees;
        let commission = if fees.commission { prices::commission(price) } else { 0 };
        Money::from_minor((prices::points(price, fees.seller.0.into()) + commission).min(price))
    }

    /// What has to be held for this price.
    pub(super) fn total(&self, price: i64) -> Amount {
        self.amount(prices::with_premium(price, self.terms.fees.premium))
    }
}

impl<B: Book> Exchange<B> {
    /// What the buyer of a sold lot still owes; who wins a demand owes nothing.
    pub(super) fn owed(&self, lot: &Lot) -> Option<Money> {
        let award = lot.award.filter(|_| lot.state == LotState::Sold && !lot.is_demand())?;
        let deposit = lot.bidder(award.entity).ok()?.deposit;
        let total = lot.total(award.price).money;
        Some(Money::from_minor((total.minor() - deposit.minor()).max(0)))
    }

    /// The buyer pays: the deposit becomes part of the price, and title and money go the way of any other sale.
    pub(crate) fn pay_lot(&mut self, user: User, asked: &PayLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let award = lot.award.filter(|award| award.entity == user.entity);
        let award = award.ok_or(Reject::NotAParty)?;
        if let Some(owed) = self.owed(lot) {
            self.check_escrow(award.account, Amount::new(lot.currency(), owed))?;
        }
        lot.check(Input::Pay)?;

        let total = lot.total(award.price);
        self.release_escrow(Seq(id.0), award.account, tell);
        self.hold_escrow(Seq(id.0), award.account, total, tell);
        self.lots.of_mut(id).advance(Input::Pay);
        self.set_lot_due(id, Timestamp::NEVER);
        self.begin_delivery(id, &award, tell);
        self.tell_bidder(id, award.entity, tell);
        self.tell_lot(id, tell);
        Ok(Receipt::Done)
    }

    /// A lot whose price is held is a sale whose money is in escrow.
    fn begin_delivery(&mut self, id: LotId, award: &Award, tell: &mut Tell<'_>) {
        let transfer = TransferId(id.0);
        let by = self.next_step_by(tell);
        let lot = self.lots.of(id);
        let opened = Sale::opened(Opening {
            transfer,
            assets: lot.terms.assets.clone(),
            seller: lot.seller,
            account: lot.terms.account,
            owners: lot.owners.clone(),
            ask: start(&lot.terms.format),
            increment: lot.amount(1),
            basis: lot.terms.basis,
            state_owned: lot.terms.state_owned,
            disclosed: lot.terms.opens_at.venue_date(),
            at: lot.terms.opens_at,
        });
        let sale = Sale {
            record: Transfer {
                state: TransferState::EscrowFunded,
                bidding_ends: Some(lot.ends_at.venue_date()),
                bids: lot.bids,
                buyer: Some(award.entity),
                buyer_account: Some(award.account),
                price: Some(lot.amount(award.price)),
                step_by: Some(by),
                surviving: self.survivors(&lot.terms.assets),
                ..opened.record
            },
            agreed_at: lot.ends_at,
            lot: Some(id),
            costs: lot.costs(award.price),
            premium: lot.premium(award.price),
            ..opened
        };
        for asset in &sale.record.assets {
            self.register.right_mut(*asset).extra_mut().transfer = Some(transfer);
        }
        self.sales.insert(sale);
        self.set_step(transfer, Some(by), tell);
        self.tell_sale(transfer, tell);
    }

    /// Ends the lot that an ended sale delivered, if there is one: delivered where the title passed, else annulled.
    pub(crate) fn end_delivered(&mut self, lot: Option<LotId>, tell: &mut Tell<'_>) {
        let Some(id) = lot else {
            return;
        };
        let delivered = self.sales.of(TransferId(id.0)).record.state == TransferState::Released;
        let lot = self.lots.of_mut(id);
        lot.advance(if delivered { Input::Deliver } else { Input::Annul });
        self.end_lot(id, tell);
    }

    /// The buyer did not pay in time: the deposit stays held for what the resale costs and brings less, and the buyer
    /// bids for these rights no more (18号 24).
    pub(super) fn default_lot(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        lot.advance(Input::Default);
        let buyer = lot.award.expect("a sold lot has a buyer").entity;
        let assets = lot.terms.assets.clone();
        // Who stands behind it now is barred, whoever does later.
        let behind = self.traders(buyer);
        for asset in assets {
            let defaulters = &mut self.register.right_mut(asset).extra_mut().defaulters;
            let new = behind.iter().copied().filter(|entity| !defaulters.contains(entity));
            let new: Vec<_> = new.collect();
            defaulters.extend(new);
        }
        self.end_lot(id, tell);
    }

    /// Settles a forfeited deposit once the rights were sold anew and paid for. By an operator.
    pub(crate) fn settle_default(
        &mut self,
        user: User,
        asked: &SettleDefault,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let SettleDefault { lot: id, resale, costs } = *asked;
        self.lot_now(id, tell)?;
        self.lot_now(resale, tell)?;
        user.may(Roles::OPERATOR)?;
        let (lot, again) = (self.lots.of(id), self.lots.of(resale));
        let currency = lot.currency();
        require(
            costs.currency == currency && (0..=LOT_PRICE_MAX).contains(&costs.money.minor()),
            Reject::AmountInvalid,
        )?;
        require(lot.state == LotState::Defaulted && !lot.settled, Reject::StateForbids)?;
        let paid = matches!(again.state, LotState::Paid | LotState::Delivered);
        let anew = same_set(&again.terms.assets, &lot.terms.assets) && resale > id && again.currency() == currency;
        require(paid && anew, Reject::ResaleInvalid)?;
        let award = lot.award.expect("a defaulted lot had a buyer");
        let brought = again.award.expect("a paid lot has a buyer").price;

        let deposit = lot.bidder(award.entity).expect("it bid").deposit;
        let split = prices::forfeit(deposit.minor(), costs.money.minor(), award.price, brought);
        let refund = if lot.terms.refunds_excess { split.excess } else { 0 };
        let debt = split.excess - refund;
        let (owners, account) = (lot.owners.clone(), lot.terms.account);
        let forfeit = Forfeit {
            lot: id,
            entity: award.entity,
            deposit: lot.amount(deposit.minor()),
            costs: lot.amount(split.costs),
            gap: lot.amount(split.gap),
            debt: lot.amount(debt),
            refund: lot.amount(refund),
            uncovered: lot.amount(split.uncovered),
        };
        let readers = owners.iter().map(|share| share.entity).chain([award.entity]).collect();
        let deal = Seq(id.0);
        let seller = Money::from_minor(split.gap + debt);
        self.split_escrow(deal, award.account, Money::from_minor(split.costs), FEE_ACCOUNT, tell);
        for (to, part) in self.by_parts(&owners, account, seller) {
            self.split_escrow(deal, award.account, part, to, tell);
        }
        self.release_escrow(deal, award.account, tell);
        self.lots.of_mut(id).settled = true;
        tell.record(Readers::Only(readers), Record::Forfeit(forfeit));
        Ok(Receipt::Done)
    }

    /// Undoes a sale before it is delivered (18号 31): what is held goes back, and the rights are free. By an operator.
    pub(crate) fn annul_lot(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        self.lot_now(asked.lot, tell)?;
        user.may(Roles::OPERATOR)?;
        let lot = self.lots.of(asked.lot);
        lot.check(Input::Annul)?;

        self.undo_lot(asked.lot, tell);
        Ok(Receipt::Done)
    }

    /// Undoes a lot's sale.
    pub(crate) fn undo_lot(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        if lot.state == LotState::Paid && !lot.is_demand() {
            // Its sale fails, and with it the lot.
            let lot = self.fail_sale(TransferId(id.0), sales::life::Input::Fail, tell);
            self.end_delivered(lot, tell);
        } else {
            let account = lot.award.expect("a sold lot has a buyer").account;
            lot.advance(Input::Annul);
            self.release_escrow(Seq(id.0), account, tell);
            self.release_demand(id, tell);
            self.end_lot(id, tell);
        }
    }
}
