//! Offers: from the end of the disclosure to the buyer, by price and then time (动态报价), and the holders of priority
//! (RULES.md 2.5).
//!
//! Invariant: bids only rise, the best binds, and nobody learns whose it is before the price stands.

use crate::{
    book::Book,
    kit::{checks::require, terms::LastDay},
    register::{
        party::{MAY_BUY, User},
        taker::{Fitness, Road},
    },
    sales::life::Input,
    state::Exchange,
    tell::Tell,
};
use alloc::vec;
use protocol::{
    AccountId, Date, EntityId, MONEY_MAX, Receipt, Reject, TransferId,
    transfer::{AnswerPriority, BidTransfer, InterestState, PriorityState, TransferState},
};

impl<B: Book> Exchange<B> {
    /// Takes a sale's next step, which is due.
    pub(crate) fn transfer_step(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        if sale.due != tell.at {
            return;
        }
        // A step that was due at midnight is one of the day that has just ended.
        let today = Date(tell.at.venue_date().0 - 1);
        match sale.record.state {
            TransferState::Listed => self.end_disclosure(id, today, tell),
            TransferState::Bidding if sale.best_bidder.is_some() => self.price_stands(id, today, tell),
            TransferState::PriorityWindow => self.settle_priority(id, (true, today), tell),
            TransferState::Interest | TransferState::Bidding | TransferState::SecondOffer => {
                self.fail_unpaid_sale(id, Input::Fail, tell);
            }
            TransferState::Contract => self.contract_is_late(id, today, tell),
            // The buyer's money is held: it is for an operator to end this.
            TransferState::EscrowFunded => {
                self.set_step(id, None);
                self.sales.of_mut(id).record.late = true;
                self.tell_seller(id, tell);
            }
            TransferState::RecordalFiled
            | TransferState::Recorded
            | TransferState::Released
            | TransferState::RecordalRefused
            | TransferState::Refunded
            | TransferState::Cancelled => {}
        }
    }

    /// The disclosure is over: one qualified party may agree, several bid.
    pub(crate) fn end_disclosure(&mut self, id: TransferId, today: Date, tell: &mut Tell<'_>) {
        let record = &self.sales.of(id).record;
        let (input, days) = match record.qualified {
            0 => return self.fail_unpaid_sale(id, Input::FoundNobody, tell),
            1 => (Input::FoundOne, self.rule_book().step_days),
            _ => (Input::FoundSeveral, record.bidding_days),
        };
        let ends = self.step_days(today, days);
        self.sales.of_mut(id).advance(input);
        self.set_step(id, Some(ends));
        self.tell_sale(id, tell);
    }

    /// Offers a price: the one party's agreement, or a bid among several.
    pub(crate) fn bid_transfer(
        &mut self,
        user: User,
        asked: &BidTransfer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let BidTransfer { transfer: id, price } = *asked;
        let entity = user.entity;
        let sale = self.known_sale(user, id)?;
        let record = &sale.record;
        user.may(MAY_BUY)?;
        let taker = self.taker(Road::Sale, &record.assets, entity, tell.at.venue_date());
        taker.check_place()?;
        require(
            price.currency == record.ask.currency && (1..=MONEY_MAX).contains(&price.money.minor()),
            Reject::AmountInvalid,
        )?;
        sale.check(Input::Bid, tell.at)?;
        let state = sale.interests.get(&entity).map(|interest| interest.state);
        let live = matches!(state, Some(InterestState::Stopped | InterestState::Qualified));
        if live {
            require(!self.is_among(sale.owners(), entity), Reject::OwnRight)?;
            taker.check_export()?;
        }
        require(state == Some(InterestState::Qualified), Reject::NotQualified)?;
        require(price.money >= record.ask.money, Reject::BidBelowAsk)?;
        let least = record.best.map(|best| best.money.checked_add(record.increment.money));
        require(
            least.is_none_or(|least| least.is_some_and(|least| price.money >= least)),
            Reject::BidBelowIncrement,
        )?;
        taker.check_barred()?;
        // Nobody bids against itself, nor through somebody behind whom the same people stand.
        let own = sale
            .best_bidder
            .is_some_and(|best| self.is_among(core::iter::once(best), entity));
        require(!own, Reject::OwnBestBid)?;

        let sale = self.sales.of_mut(id);
        sale.advance(Input::Bid);
        sale.record.bids += 1;
        sale.record.best = Some(price);
        let before = sale.best_bidder.replace(entity).filter(|before| *before != entity);
        sale.interests.get_mut(&entity).expect("checked above").bid = Some(price);
        let agreed = sale.record.state == TransferState::Interest;
        self.tell_best(id, before, Some(entity), tell);
        if agreed {
            self.price_stands(id, tell.at.venue_date(), tell);
        } else {
            self.tell_sale(id, tell);
        }
        Ok(Receipt::Done)
    }

    /// The price stands, and holders of priority are asked.
    fn price_stands(&mut self, id: TransferId, today: Date, tell: &mut Tell<'_>) {
        let days = self.rule_book().priority_days;
        let window = self.step_days(today, days);
        let sale = self.sales.of_mut(id);
        let buyer = sale.best_bidder.expect("a price has a bidder");
        let account = sale.interests[&buyer].account;
        let record = &mut sale.record;
        record.price = record.best;
        (record.buyer, record.buyer_account) = (Some(buyer), Some(account));
        record.step_by = None;
        sale.agreed_at = tell.at;
        sale.entered = vec![None; record.priority.len()];
        if record.priority.is_empty() || days == 0 {
            return self.contract_with_first(id, Input::Agree, today, tell);
        }
        // Whose price it is need not enter at it.
        if let Some(rank) = record.priority.iter().position(|priority| priority.entity == buyer) {
            record.priority[rank].state = PriorityState::Exercised;
            sale.entered[rank] = Some(account);
        }
        sale.advance(Input::AskPriority);
        self.set_step(id, Some(window));
        self.settle_priority(id, (false, today), tell);
    }

    /// Enters a sale at its price, or waives. By a holder of priority, or by the best bidder to whom it is offered again.
    pub(crate) fn answer_priority(
        &mut self,
        user: User,
        asked: &AnswerPriority,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let AnswerPriority { transfer: id, account } = *asked;
        let entity = user.entity;
        let holder = account.map(|account| self.account_for(user, account)).transpose()?;
        let sale = self.known_sale(user, id)?;
        let record = &sale.record;
        user.may(MAY_BUY)?;
        require(holder.is_none_or(|holder| holder == entity), Reject::NotYourAccount)?;
        let taker = account.map(|_| self.taker(Road::Sale, &record.assets, entity, tell.at.venue_date()));
        taker.as_ref().map_or(Ok(()), Fitness::check_place)?;
        let again = record.state == TransferState::SecondOffer;
        let input = if again { Input::TakeAgain } else { Input::AnswerPriority };
        sale.check(input, tell.at)?;
        if let Some(taker) = &taker {
            require(!self.is_among(sale.owners(), entity), Reject::OwnRight)?;
            taker.check_export()?;
        }
        let open = |p: &protocol::transfer::Priority| p.entity == entity && p.state == PriorityState::Open;
        let rank = record.priority.iter().position(open);
        let asked = rank.is_some() && !again || again && sale.best_bidder == Some(entity);
        require(asked, Reject::NoPriority)?;
        taker.as_ref().map_or(Ok(()), Fitness::check_barred)?;

        let Some(rank) = rank.filter(|_| !again) else {
            match account {
                Some(account) => self.contract_with(id, (entity, account), (input, tell.at.venue_date()), tell),
                None => self.fail_unpaid_sale(id, Input::Fail, tell),
            }
            return Ok(Receipt::Done);
        };
        let sale = self.sales.of_mut(id);
        sale.advance(Input::AnswerPriority);
        sale.record.priority[rank].state = if account.is_some() {
            PriorityState::Exercised
        } else {
            PriorityState::Waived
        };
        sale.entered[rank] = account;
        self.settle_priority(id, (false, tell.at.venue_date()), tell);
        Ok(Receipt::Done)
    }

    /// The window is over once nobody of a higher rank than the first who entered can still enter, or its time is up:
    /// who was notified and stayed silent has waived (法释〔2016〕18号 16).
    fn settle_priority(&mut self, id: TransferId, (over, today): (bool, Date), tell: &mut Tell<'_>) {
        let priority = &mut self.sales.of_mut(id).record.priority;
        if over {
            for holder in priority.iter_mut().filter(|holder| holder.state == PriorityState::Open) {
                holder.state = PriorityState::Waived;
            }
        }
        let first = priority.iter().find(|holder| holder.state != PriorityState::Waived);
        if first.is_some_and(|holder| holder.state == PriorityState::Open) {
            self.tell_sale(id, tell);
        } else {
            self.contract_with_first(id, Input::PriorityOver, today, tell);
        }
    }

    /// Buyer or seller did not sign, or the buyer did not pay in time. A buyer whose fault it is
    /// ([`Sale::is_buyers_default`]) bears the default: it is barred from these rights. Else the sale fails and nobody is
    /// the next: a seller that signs what was not agreed is rid of no holder of priority. One that came by its priority has kept the others away; so the next that entered is
    /// bound, and without one the sale is offered to the best bidder.
    fn contract_is_late(&mut self, id: TransferId, today: Date, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let record = &sale.record;
        let buyer = record.buyer.expect("a contract has a buyer");
        if !sale.is_buyers_default() {
            return self.fail_unpaid_sale(id, Input::Fail, tell);
        }
        // Whoever may not take it any more could not pay either: that is nobody's default.
        if !self.may_take(id, buyer, today) {
            return self.fail_unpaid_sale(id, Input::Fail, tell);
        }
        let assets = record.assets.clone();
        let rank = record.priority.iter().position(|holder| holder.entity == buyer);
        let by_priority = sale.best_bidder != Some(buyer);
        let behind = self.traders(buyer);
        self.register.bar(&assets, &behind);
        let sale = self.sales.of_mut(id);
        if let Some(rank) = rank {
            sale.record.priority[rank].state = PriorityState::Defaulted;
            sale.entered[rank] = None;
        }
        if !by_priority {
            return self.fail_unpaid_sale(id, Input::Fail, tell);
        }
        // It hears how it stands, and nothing after it.
        self.tell_seller(id, tell);
        let sale = self.sales.of_mut(id);
        (sale.record.seller_signed, sale.record.buyer_signed) = (None, None);
        (sale.record.buyer, sale.record.buyer_account) = (None, None);
        // Whoever entered by its own word is bound; the best bidder is asked, whatever rank it has.
        let sale = self.sales.of(id);
        let entered = sale.record.priority.iter().zip(&sale.entered);
        let entered = entered.filter_map(|(holder, account)| account.map(|account| (holder.entity, account)));
        let mut entered = entered.filter(|(entity, _)| sale.best_bidder != Some(*entity));
        if let Some(next) = entered.find(|(entity, _)| self.may_take(id, *entity, today)) {
            return self.contract_with(id, next, (Input::PriorityOver, today), tell);
        }
        let by = self.next_step_by(today);
        let sale = self.sales.of_mut(id);
        sale.advance(Input::OfferAgain);
        let bidder = sale.best_bidder;
        self.set_step(id, Some(by));
        self.tell_best(id, None, bidder, tell);
        self.tell_sale(id, tell);
    }

    /// The buyer is the first by rank who entered, or whose price it is: who may still buy it (RULES.md F2, asked again
    /// at the match). If nobody may, the sale fails.
    fn contract_with_first(&mut self, id: TransferId, input: Input, today: Date, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let record = &sale.record;
        let bidder = sale.best_bidder.expect("a price has a bidder");
        let entered = record.priority.iter().zip(&sale.entered);
        let entered = entered.filter_map(|(holder, account)| account.map(|account| (holder.entity, account)));
        let buyer = entered
            .chain([(bidder, sale.interests[&bidder].account)])
            .find(|(entity, _)| self.may_take(id, *entity, today));
        let Some(buyer) = buyer else {
            return self.fail_unpaid_sale(id, Input::Fail, tell);
        };
        self.contract_with(id, buyer, (input, today), tell);
    }

    /// This participant is the buyer; both sides sign.
    fn contract_with(
        &mut self,
        id: TransferId,
        (entity, account): (EntityId, AccountId),
        (input, today): (Input, Date),
        tell: &mut Tell<'_>,
    ) {
        let by = self.next_step_by(today);
        let sale = self.sales.of_mut(id);
        sale.advance(input);
        (sale.record.buyer, sale.record.buyer_account) = (Some(entity), Some(account));
        let bidder = sale.best_bidder.filter(|bidder| *bidder != entity);
        self.set_step(id, Some(by));
        if bidder.is_some() {
            self.tell_best(id, bidder, None, tell);
        }
        self.tell_sale(id, tell);
    }

    /// Tells who is the best no more, and who is now.
    fn tell_best(&mut self, id: TransferId, before: Option<EntityId>, now: Option<EntityId>, tell: &mut Tell<'_>) {
        let sale = self.sales.of_mut(id);
        for (entity, best) in before.map(|e| (e, false)).into_iter().chain(now.map(|e| (e, true))) {
            if let Some(interest) = sale.interests.get_mut(&entity) {
                interest.best = best;
                let (readers, record) = sale.interest(entity);
                tell.record(readers, record);
            }
        }
    }

    /// Whether this participant may still buy what is sold here.
    fn may_take(&self, id: TransferId, entity: EntityId, today: Date) -> bool {
        let sale = self.sales.of(id);
        let locked = |asset| {
            let mut sellers = sale.owners();
            sellers.any(|owner| self.check_title_lock(asset, owner, today).is_err())
        };
        if sale.record.assets.iter().any(|asset| locked(*asset)) {
            return false;
        }
        self.taker(Road::Sale, &sale.record.assets, entity, today).may_still() && !self.is_among(sale.owners(), entity)
    }

    /// The last day on which a step that begins today is in time.
    pub(crate) fn next_step_by(&self, today: Date) -> LastDay {
        self.step_days(today, self.rule_book().step_days)
    }
}
