//! Reserved places: what happens to the orders that rest when there are more holders than was known, or fewer places
//! (RULES.md 7.8).
//!
//! Invariant: filled, the orders that rest break neither the cap nor the lock. Who counts is the business of
//! `register::holders`.

use crate::{book::Book, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{AssetId, Date, EntityId, InstrumentId, Side, control::RuleBook, event::CancelReason};

impl<B: Book> Exchange<B> {
    /// It is known now for whom a participant holds: they count for every product that it has held.
    pub(crate) fn look_through(&mut self, entity: EntityId, tell: &mut Tell<'_>) {
        for number in 0..self.register.assets.len() {
            let asset = AssetId(u32::try_from(number).expect("fewer rights than ids"));
            let extra = self.register.right(asset).extra();
            let traded = |dates: &[(EntityId, Date)]| dates.iter().any(|(trader, _)| *trader == entity);
            let held = extra.holders.binary_search(&entity).is_ok() || traded(&extra.bought) || traded(&extra.sold);
            if held {
                self.add_holder(asset, entity, tell);
            }
            self.settle_reserved(asset, tell);
        }
    }

    /// There may be more holders than was known: newcomers whose orders rest lose their places where there are too few.
    pub(crate) fn settle_reserved(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let cap = self.rule_book().holder_cap;
        if cap.is_none_or(|cap| self.holders_to_come(asset).len() <= cap as usize) {
            return;
        }
        for i in 0..self.register.right(asset).instruments.len() {
            let instrument = self.register.right(asset).instruments[i];
            let holders = &self.register.right(asset).extra().holders;
            let is_new = |entity: EntityId| {
                let behind = self.beneficial(entity);
                behind.iter().any(|entity| holders.binary_search(entity).is_err())
            };
            let book = &self.books[instrument.index()];
            let orders: Vec<_> = book
                .resting(&self.pool, &self.orders, Side::Buy)
                .filter(|slot| is_new(self.orders.get(*slot).owner()))
                .collect();
            for order in orders {
                self.take_out(order, CancelReason::RulesChanged, tell);
            }
        }
    }

    /// The rule book's numbers changed: where they bind holders otherwise than before, what rests was not asked for
    /// them and ends, and who has units counts from here on.
    pub(crate) fn settle_holders(&mut self, before: &RuleBook, tell: &mut Tell<'_>) {
        let now = self.rule_book();
        if (before.holder_cap, before.lock_days) == (now.holder_cap, now.lock_days) {
            return;
        }
        for number in 0..self.register.instruments.len() {
            let instrument = InstrumentId(u32::try_from(number).expect("fewer books than ids"));
            let asset = self.register.listing(instrument).asset;
            self.register.listing_mut(instrument).gated = self.is_gated(asset);
            if self.binds_holders() {
                self.cancel_all(instrument, CancelReason::RulesChanged, tell);
                for holder in self.ledger.holders_of(instrument) {
                    self.add_holder(asset, holder, tell);
                }
            }
        }
    }
}
