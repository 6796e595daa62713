//! The auction room: lots, their bidders and their lives (RULES.md 2.6, F3).
//!
//! Invariant: a lot moves by [`life::step`] alone; what it holds of each bidder is what that bidder set aside, and
//! after the close of the buyer alone. Who bids is told to nobody but the bidder before the close: not to the venue
//! either (法释〔2016〕18号 8, 18).
//!
//! [`lot`] is what is kept of each, [`steps`] which bids it takes next. [`terms`] says which lots may be announced, [`bidders`] who may enter, [`bidding`],
//! [`sealed`] and [`uniform`] take bids, [`close`] finds the buyer, [`award`] brings price and title together;
//! [`uniform`] delivers units, [`one_order`] ends the lots of a court whose debt is covered,
//! [`reverse`] pays for what a buyer asked for, [`questions`] takes what is asked about a lot, [`outage`] says what hours in which nobody
//! could bid do to a lot. Here is a lot's time, what is told of it and what this module promises.

mod award;
mod bidders;
mod bidding;
mod close;
pub(crate) mod life;
pub(crate) mod lot;
mod one_order;
mod outage;
pub(crate) mod prices;
pub(crate) mod questions;
mod reverse;
mod sealed;
pub(crate) mod steps;
mod terms;
mod uniform;

use crate::{
    book::Book,
    kit::{checks::ensure, deadlines::Deadline, terms::LastDay},
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String};
use life::{Input, is_live, is_secret};
use lot::{Award, Best, Bidder, Lot, ladder, start};
use prices::Way;
use protocol::{
    EntityId, LotId, Money, Notice, PrivateEvent, Readers, Record, Reject, Seq, Timestamp, auction::LotState,
};

impl<B: Book> Exchange<B> {
    /// The lot, if there is one, brought up to this moment: what is due of it has happened before anything is asked of
    /// it, however long the line of other deadlines.
    pub(crate) fn lot_now(&mut self, id: LotId, tell: &mut Tell<'_>) -> Result<(), Reject> {
        let now = tell.at;
        while let Some(lot) = self.lots.get(id) {
            let due = lot.due;
            if due > now {
                return Ok(());
            }
            self.deadlines.remove(due, Deadline::LotStep(id));
            tell.at = due;
            self.lot_step(id, tell);
            tell.at = now;
        }
        Err(Reject::UnknownLot)
    }

    /// Sets the last day of a lot's next step: it is due when that day has ended.
    fn set_lot_step(&mut self, id: LotId, last: LastDay) {
        self.set_lot_due(id, last.over());
        self.lots.of_mut(id).step = Some(last);
    }

    /// Sets at which moment a lot's next step is due, and moves its deadline.
    fn set_lot_due(&mut self, id: LotId, due: Timestamp) {
        let before = self.lots.set_due(id, due);
        self.deadlines.remove(before, Deadline::LotStep(id));
        self.deadlines.add(due, Deadline::LotStep(id));
    }

    /// Takes a lot's step that is due now.
    pub(crate) fn lot_step(&mut self, id: LotId, tell: &mut Tell<'_>) {
        if self.lots.of(id).due != tell.at {
            return;
        }
        self.lots.set_due(id, Timestamp::NEVER);
        let lot = self.lots.of_mut(id);
        match lot.state {
            LotState::Announced => {
                lot.advance(Input::Qualify);
                let opens = lot.terms.opens_at;
                self.set_lot_due(id, opens);
                self.tell_lot(id, tell);
            }
            LotState::Qualifying => {
                lot.advance(Input::Begin);
                let ends = lot.ends_at;
                self.set_lot_due(id, ends);
                self.tell_lot(id, tell);
            }
            // A bid has moved the end; the deadline comes after it, so that a bid moves no deadline.
            LotState::Open if lot.ends_at > tell.at => {
                let ends = lot.ends_at;
                self.set_lot_due(id, ends);
            }
            LotState::Open => self.end_bidding(id, tell),
            LotState::Revealing => self.conclude(id, tell),
            LotState::Negotiating | LotState::Closed => self.fail_lot(id, Input::Fail, tell),
            LotState::Paused => self.fail_lot(id, Input::Withdraw, tell),
            LotState::Sold => self.default_lot(id, tell),
            LotState::Defaulted => self.settle_unsold(id, tell),
            LotState::Paid | LotState::Delivered | LotState::Unsold | LotState::Withdrawn | LotState::Annulled => {}
        }
    }

    /// Tells everyone how a lot stands now.
    fn tell_lot(&self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let surviving = lot
            .terms
            .assets
            .iter()
            .map(|asset| self.surviving_licences(*asset).len());
        let surviving = u32::try_from(surviving.sum::<usize>()).expect("fewer licences than commands");
        tell.notice(Notice::Lot(lot.public(surviving)));
    }

    /// Tells a bidder how it stands: before the close nobody else.
    fn tell_bidder(&self, id: LotId, entity: EntityId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let bidder = lot.bidder(entity).expect("it entered");
        let owes = self
            .owed(lot)
            .filter(|_| lot.award.is_some_and(|award| award.entity == entity));
        let readers = if is_secret(lot.state) {
            Readers::Sealed(entity)
        } else {
            Readers::one(entity)
        };
        tell.record(readers, Record::Bidder(lot.standing(bidder, owes)));
    }

    /// Tells everyone that a bid was taken, and the two whom it concerns how they stand.
    fn tell_bid(&self, id: LotId, before: Option<EntityId>, automatic: bool, matched: bool, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let best = lot.best.expect("a bid was taken");
        let price = lot.amount(best.price);
        tell.public(lot.told(best.number, best.price, automatic, matched));
        for entity in [Some(best.entity), before.filter(|before| *before != best.entity)]
            .into_iter()
            .flatten()
        {
            let number = lot.bidder(entity).expect("it bid").number;
            tell.sealed(
                entity,
                PrivateEvent::BidStands {
                    lot: id,
                    number,
                    price,
                    leads: entity == best.entity,
                },
            );
        }
    }

    /// What this module promises: see above.
    pub(crate) fn check_lots(&self) -> Result<(), String> {
        let mut bound = 0;
        for lot in self.lots.iter() {
            let id = lot.id;
            let live = is_live(lot.state);
            for asset in &lot.terms.assets {
                let names = self.register.right(*asset).extra().lot == Some(id);
                ensure(names == live, || format!("{asset:?} is not where {id:?} says"))?;
                bound += usize::from(names);
            }
            ensure(lot.bidders.is_sorted_by(|a, b| a.entity < b.entity), || {
                format!("{id:?} has a bidder twice")
            })?;
            ensure(terms::PAYMENT_DAYS.contains(&lot.terms.payment_days), || {
                format!("{id:?} is paid at no time")
            })?;
            let best = lot.best;
            let made = |bidder: &Bidder, price| match ladder(&lot.terms.format) {
                Some((Way::Down, ..)) => bidder.bid == Some(price),
                // Paid the second offer, or the reserve.
                None if lot.is_demand() => bidder.bid.is_some_and(|bid| bid <= price),
                _ => bidder.limit() >= price,
            };
            ensure(
                best.is_none_or(|best| lot.bidder(best.entity).is_ok_and(|bidder| made(bidder, best.price))),
                || format!("the best bid of {id:?} is nobody's"),
            )?;
            self.check_lot_units(lot)?;
            Self::check_questions(lot)?;
            self.check_demand_held(lot)?;
            for bidder in &lot.bidders {
                let held = self.escrows.held((Seq(id.0), bidder.account));
                let buys = lot.award.is_some_and(|award| award.entity == bidder.entity);
                let expected = match lot.state {
                    LotState::Paid if lot.is_demand() && buys => bidder.deposit,
                    LotState::Paid if buys => continue,
                    LotState::Sold if buys => bidder.deposit,
                    LotState::Closed | LotState::Negotiating
                        if best.is_some_and(|best| best.entity == bidder.entity) =>
                    {
                        bidder.deposit
                    }
                    LotState::Defaulted if buys && !lot.settled => bidder.deposit,
                    state if is_secret(state) => bidder.deposit,
                    _ => Money::ZERO,
                };
                ensure(held == expected, || {
                    // Whoever checks a journal reads this, and may not know who bids.
                    format!("{id:?} holds {held:?} of number {}, {:?}", bidder.number, lot.state)
                })?;
            }
            let waits = lot.due != Timestamp::NEVER;
            let forfeits = lot.state == LotState::Defaulted && !lot.settled;
            ensure(live || forfeits || !waits, || format!("{id:?} is over and waits"))?;
            ensure(lot.step.is_none_or(|last| last.over() == lot.due), || {
                format!("{id:?} is due on another day than it says")
            })?;
            ensure(waits == self.lots.waiting.contains(&id), || {
                format!("{id:?} waits, or does not, as nobody noted")
            })?;
        }
        let named = self
            .register
            .assets
            .iter()
            .filter(|right| right.extra().lot.is_some())
            .count();
        ensure(named == bound, || "a right names another's lot".into())
    }
}
