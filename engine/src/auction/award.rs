//! From the buyer to the title: payment, default, delivery, annulment (RULES.md 2.6, 7.4; 18号 22, 24, 31).
//!
//! Invariant: a buyer's deposit is held until it is part of the price, forfeited or given back, for a year at the most; price and title pass in
//! one command, as in any other sale.

use super::{Award, Input, Lot, prices, start};
use crate::{
    book::Book,
    kit::{
        checks::{require, same_set},
        ids::FEE_ACCOUNT,
    },
    register::{disposals::Forfeited, party::User},
    sales::{
        self,
        sale::{Opening, Sale},
    },
    state::Exchange,
    sums::disposal::{self, DepositRule},
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AccountId, Amount, AssetId, Date, DisposalId, LotId, Money, Readers, Receipt, Record, Reject, Seq, Timestamp,
    TransferId,
    auction::{Forfeit, LOT_PRICE_MAX, LotFees, LotState, LotStep, PayLot, SettleDefault},
    party::Roles,
    transfer::{Transfer, TransferState, apportion},
};

/// Months in which a forfeited deposit waits for a resale: then it is the owners'.
const SETTLEMENT_MONTHS: u32 = 12;

impl Lot {
    /// What the buyer pays on top of the price.
    pub(super) fn premium(&self, price: i64) -> Money {
        Money::from_minor(prices::points(price, self.terms.fees.premium.0.into()))
    }

    /// What the sale takes of the price: the venue's fee, and a court's commission.
    pub(super) fn costs(&self, price: i64) -> Money {
        costs_of(&self.terms.fees, price)
    }

    /// What has to be held for this price.
    pub(super) fn total(&self, price: i64) -> Amount {
        self.amount(prices::with_premium(price, self.terms.fees.premium))
    }
}

/// What of a deposit a case has, and with which part of a resale it is paid out: of the gap, and of what goes to the debt.
type Given = (DisposalId, Option<(TransferId, u32)>, Money, Money);

/// What each has of the gap and of what goes to the debt, by what counts for it.
fn both<T>(by: &[(T, Money)], gap: Money, debt: Money) -> impl Iterator<Item = (Money, Money)> {
    let weights: Vec<u64> = by
        .iter()
        .map(|(_, money)| money.minor().unsigned_abs().max(1))
        .collect();
    let [gap, debt] = [gap, debt].map(|money| apportion(money.minor(), &weights).into_iter().map(Money::from_minor));
    gap.zip(debt)
}

/// What a sale at this price takes of it.
pub(super) fn costs_of(fees: &LotFees, price: i64) -> Money {
    let commission = if fees.commission { prices::commission(price) } else { 0 };
    Money::from_minor((prices::points(price, fees.seller.0.into()) + commission).min(price))
}

impl<B: Book> Exchange<B> {
    /// What the buyer of a lot still owes: nothing once it has paid, or where it wins a demand.
    pub(super) fn owed(&self, lot: &Lot) -> Option<Money> {
        let award = lot.award.filter(|_| !lot.is_demand())?;
        match lot.state {
            LotState::Sold => {}
            LotState::Paid | LotState::Delivered => return Some(Money::ZERO),
            _ => return None,
        }
        let deposit = lot.bidder(award.entity).ok()?.deposit;
        let total = lot.total(award.price).money;
        Some(Money::from_minor(prices::rest_of(total.minor(), deposit.minor())))
    }

    /// The buyer pays: the deposit becomes part of the price, and title and money go the way of any other sale.
    pub(crate) fn pay_lot(&mut self, user: User, asked: &PayLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let award = lot.award.filter(|award| award.entity == user.entity);
        let award = award.ok_or(Reject::NotAParty)?;
        if let Some(owed) = self.owed(lot).filter(|_| lot.state == LotState::Sold) {
            self.check_escrow(award.account, Amount::new(lot.currency(), owed))?;
        }
        lot.check(Input::Pay)?;

        self.hold_price(id, tell);
        Ok(Receipt::Done)
    }

    /// The price is held, all of it and no more; the deposit was a part of it.
    pub(super) fn hold_price(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let award = lot.award.expect("a sold lot has a buyer");
        let total = lot.total(award.price);
        self.release_escrow(Seq(id.0), award.account, tell);
        self.hold_escrow(Seq(id.0), award.account, total, tell);
        self.lots.of_mut(id).advance(Input::Pay);
        self.set_lot_due(id, Timestamp::NEVER);
        self.begin_delivery(id, &award, tell);
        self.tell_bidder(id, award.entity, tell);
        self.tell_lot(id, tell);
        self.stop_covered(id, tell);
        let assets = self.lots.of(id).terms.assets.clone();
        self.unsettle_cases(&assets);
    }

    /// A lot whose price is held is a sale whose money is in escrow.
    fn begin_delivery(&mut self, id: LotId, award: &Award, tell: &mut Tell<'_>) {
        let transfer = TransferId(id.0);
        let by = self.next_step_by(tell.at.venue_date());
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
                qualified: u32::try_from(lot.bidders.len()).expect("at most 10,000"),
                bids: lot.bids,
                buyer: Some(award.entity),
                buyer_account: Some(award.account),
                price: Some(lot.amount(award.price)),
                surviving: self.survivors(&lot.terms.assets),
                ..opened.record
            },
            agreed_at: award.agreed_at,
            lot: Some(id),
            costs: lot.costs(award.price),
            premium: lot.premium(award.price),
            ..opened
        };
        for asset in &sale.record.assets {
            self.register.right_mut(*asset).extra_mut().transfer = Some(transfer);
        }
        self.sales.insert(sale);
        self.set_step(transfer, Some(by));
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
        let cases = self.weighted_cases(TransferId(id.0));
        for (case, _) in &cases {
            self.disposals.of_mut(*case).defaults.push(id);
        }
        let lot = self.lots.of_mut(id);
        lot.cases = cases;
        lot.advance(Input::Default);
        let buyer = lot.award.expect("a sold lot has a buyer").entity;
        let assets = lot.terms.assets.clone();
        // Who stands behind it now is barred, whoever does later.
        let behind = self.traders(buyer);
        self.register.bar(&assets, &behind);
        // Twelve months after the last day on which it could pay, which has just ended.
        let late = Date(tell.at.venue_date().0 - 1);
        let until = self.step_until(late.plus_months(SETTLEMENT_MONTHS));
        self.set_lot_step(id, until);
        self.free_lot(id, tell);
    }

    /// Settles a forfeited deposit once the rights were sold anew and paid for, one by one or together, by a lot or a
    /// sale. By an operator.
    pub(crate) fn settle_default(
        &mut self,
        user: User,
        asked: &SettleDefault,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let SettleDefault { lot: id, resale, costs } = *asked;
        self.lot_now(id, tell)?;
        let sale = TransferId(resale.0);
        if self.lots.get(resale).is_some() {
            self.lot_now(resale, tell)?;
        } else {
            self.sales.get(sale).ok_or(Reject::UnknownLot)?;
        }
        let lot = self.lots.of(id);
        let currency = lot.currency();
        require(
            costs.currency == currency && (0..=LOT_PRICE_MAX).contains(&costs.money.minor()),
            Reject::AmountInvalid,
        )?;
        require(lot.state == LotState::Defaulted && !lot.settled, Reject::StateForbids)?;
        let sold = self.sold_anew(lot, sale).ok_or(Reject::ResaleInvalid)?;
        let before = lot
            .resales
            .iter()
            .filter_map(|(resale, _)| self.sold_anew(lot, *resale));
        let mut before: Vec<AssetId> = before.flat_map(|(assets, _)| assets).copied().collect();
        require(
            !sold.0.iter().any(|asset| before.contains(asset)),
            Reject::ResaleInvalid,
        )?;
        before.extend(sold.0);
        let all = same_set(&before, &lot.terms.assets);

        self.lots.of_mut(id).resales.push((sale, costs.money));
        if all {
            self.settle_forfeit(id, tell);
        }
        Ok(Receipt::Done)
    }

    /// What a later lot or sale sold of a lot's rights, and for how much, if it was paid and sold nothing else.
    fn sold_anew(&self, lot: &Lot, resale: TransferId) -> Option<(&[AssetId], i64)> {
        let sale = self.sales.get(resale).filter(|_| resale.0 > lot.id.0)?;
        let record = &sale.record;
        let paid = sale.is_funded() || matches!(record.state, TransferState::Recorded | TransferState::Released);
        let price = record.price.filter(|price| paid && price.currency == lot.currency())?;
        let parts = record.assets.iter().all(|asset| lot.terms.assets.contains(asset));
        parts.then_some((&record.assets, price.money.minor()))
    }

    /// Nothing was sold anew in time, or not all of it: what the parts cost and brought less is taken, and the rest of
    /// the deposit is the owners'.
    pub(super) fn settle_unsold(&mut self, id: LotId, tell: &mut Tell<'_>) {
        if !self.lots.of(id).settled {
            self.settle_forfeit(id, tell);
        }
    }

    /// A forfeited deposit goes where it belongs, by what the resales cost and brought.
    fn settle_forfeit(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let award = lot.award.expect("a defaulted lot had a buyer");
        let costs = lot.resales.iter().map(|(_, costs)| costs.minor()).sum();
        let sold = lot
            .resales
            .iter()
            .filter_map(|(resale, _)| self.sold_anew(lot, *resale));
        let (mut rights, mut brought) = (0, 0);
        for (assets, price) in sold {
            (rights, brought) = (rights + assets.len(), brought + price);
        }
        let all = rights == lot.terms.assets.len();

        let deposit = lot.bidder(award.entity).expect("it bid").deposit;
        // What was not sold anew brought nothing less: its part of the deposit is the owners' whatever it would bring.
        let price = if all { award.price } else { brought };
        let rule = if lot.terms.refunds_excess && all {
            DepositRule::Refunded
        } else {
            DepositRule::ToTheDebt
        };
        let [costs, price, brought] = [costs, price, brought].map(Money::from_minor);
        let split = disposal::deposit(rule, deposit, costs, price, brought);
        let (owners, account, cases) = (lot.owners.clone(), lot.terms.account, lot.cases.clone());
        let forfeit = Forfeit {
            lot: id,
            entity: award.entity,
            deposit: lot.amount(deposit.minor()),
            costs: lot.amount(split.to_costs.minor()),
            gap: lot.amount(split.to_gap.minor()),
            debt: lot.amount(split.to_debt.minor()),
            refund: lot.amount(split.refunded.minor()),
            uncovered: lot.amount(split.uncovered.minor()),
        };
        let readers = owners.iter().map(|share| share.entity).chain([award.entity]).collect();
        let deal = Seq(id.0);
        let seller = split.to_gap.plus(split.to_debt);
        self.split_escrow(deal, award.account, split.to_costs, FEE_ACCOUNT, tell);
        let paid = self.by_parts(&owners, account, seller);
        for &(to, part) in &paid {
            self.split_escrow(deal, award.account, part, to, tell);
        }
        self.release_escrow(deal, award.account, tell);
        if !cases.is_empty() {
            self.pass_forfeit(&cases, &forfeit, &paid, tell);
        }
        self.set_lot_due(id, Timestamp::NEVER);
        self.lots.of_mut(id).settled = true;
        tell.record(Readers::Only(readers), Record::Forfeit(forfeit));
        self.tell_lot(id, tell);
    }

    /// What a deposit gave is its cases', by what their rights were worth, and in each it is paid out with the price of the
    /// resale, by the prices of its parts: the gap joins it, the rest reduces what the pledgees are owed (法释〔2016〕18号 24).
    /// Where no price of one is still to be paid out, it goes to the case's debt.
    fn pass_forfeit(
        &mut self,
        cases: &[(DisposalId, Money)],
        forfeit: &Forfeit,
        paid: &[(AccountId, Money)],
        tell: &mut Tell<'_>,
    ) {
        let currency = forfeit.gap.currency;
        let mut given: Vec<Given> = Vec::new();
        for ((id, _), (gap, debt)) in cases.iter().zip(both(cases, forfeit.gap.money, forfeit.debt.money)) {
            let case = self.disposals.of_mut(*id);
            case.defaults.retain(|lot| *lot != forfeit.lot);
            let resales = self.lots.of(forfeit.lot).resales.iter().rev();
            let mut open = resales.map(|(resale, _)| (*resale, self.parts_to_pay_out(*id, *resale)));
            match open.find(|(_, parts)| !parts.is_empty()) {
                None => given.push((*id, None, gap, debt)),
                Some((resale, parts)) => {
                    for ((part, _), (gap, debt)) in parts.iter().zip(both(&parts, gap, debt)) {
                        given.push((*id, Some((resale, *part)), gap, debt));
                    }
                }
            }
        }
        // Each has of each account as much as of all, to the fen.
        let mut left: Vec<u64> = given
            .iter()
            .map(|(.., gap, debt)| gap.plus(*debt).minor().unsigned_abs())
            .collect();
        let mut of_accounts: Vec<Vec<(AccountId, Money)>> = given.iter().map(|_| Vec::new()).collect();
        for &(account, money) in paid.iter().filter(|(_, money)| *money > Money::ZERO) {
            let shares = apportion(money.minor(), &left);
            for ((share, left), own) in shares.into_iter().zip(&mut left).zip(&mut of_accounts) {
                *left -= share.unsigned_abs();
                if share > 0 {
                    own.push((account, Money::from_minor(share)));
                }
            }
        }
        for ((id, with, gap, debt), paid) in given.into_iter().zip(of_accounts) {
            let Some((resale, part)) = with else {
                let loan = self.disposals.of(id).record.loan;
                self.pass_deposit(loan, (&paid, currency), tell);
                continue;
            };
            for &(account, money) in &paid {
                self.add_escrow(Seq(id.0), account, Amount::new(currency, money), tell);
            }
            if !paid.is_empty() {
                let [gap, debt] = [gap, debt].map(|money| Amount::new(currency, money));
                self.disposals.of_mut(id).forfeits.push(Forfeited {
                    resale,
                    part,
                    gap,
                    debt,
                    paid,
                });
            }
        }
    }

    /// The parts of a sale whose prices are still to be paid out in a case, with those: they are held for it, or will be with
    /// the title.
    fn parts_to_pay_out(&self, id: DisposalId, sale: TransferId) -> Vec<(u32, Money)> {
        let sales = &self.disposals.of(id).record.sales;
        let mut held = sales.iter().filter(|held| held.transfer == sale).peekable();
        if held.peek().is_some() {
            let open = held.filter(|held| held.distributed_at.is_none());
            return open.map(|held| (held.part, held.price.money)).collect();
        }
        let Some(comes) = self.sales.get(sale).filter(|sale| sale.is_funded()) else {
            return Vec::new();
        };
        let price = comes.record.price.expect("a price that is held");
        let parts = (0..).zip(self.sold_parts(sale, price, comes.costs));
        let own = parts.filter(|(_, sold)| sold.part.case == id);
        own.map(|(place, sold)| (place, sold.price.money)).collect()
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
