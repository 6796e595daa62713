//! Who has held a product: the cap of 200 holders and the lock of five trading days (国发〔2011〕38号; RULES.md F2, 7.8).
//!
//! Invariant: holders only grow: who left still counts, issue and resale together, and a nominee counts as those it holds for.
//! Who takes an open licence is not counted (专利法 51), and an owner's issue is no trade of its own. Owners hold, whether or not they
//! were counted yet. An order that rests and a buyer that is found are reserved for: they count as if they were done, so no match can
//! break the cap or the lock.

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    invariants::ensure,
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use protocol::{
    AssetId, Date, EntityId, InstrumentId, Readers, Record, Reject, Side,
    control::{BENEFICIARIES_MAX, Holders, RuleBook},
    event::CancelReason,
    transfer::TransferState,
};

/// Which way a product moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Buys,
    Sells,
}

impl<B: Book> Exchange<B> {
    /// Who stands behind a participant: itself, or those it holds for.
    pub(crate) fn beneficial(&self, entity: EntityId) -> Vec<EntityId> {
        let beneficiaries = &self.registry.entities[entity.index()].beneficiaries;
        if beneficiaries.is_empty() {
            Vec::from([entity])
        } else {
            beneficiaries.clone()
        }
    }

    /// Who trades when a participant does: those behind it, and itself. So a nominee is no way out of the lock, nor is becoming one.
    pub(crate) fn traders(&self, entity: EntityId) -> Vec<EntityId> {
        let mut traders = self.beneficial(entity);
        if !traders.contains(&entity) {
            traders.push(entity);
        }
        traders
    }

    /// Whether orders ask who holds and who traded: only where the rule book has numbers for it.
    pub(crate) fn binds_holders(&self) -> bool {
        let RuleBook {
            holder_cap, lock_days, ..
        } = self.rule_book();
        holder_cap.is_some() || lock_days > 0
    }

    /// Whose orders rest on this side of a book.
    fn owners_of_orders(&self, instrument: InstrumentId, side: Side) -> impl Iterator<Item = EntityId> {
        let resting = self.books[instrument.index()].resting(&self.pool, &self.orders, side);
        resting.map(|slot| self.orders.get(slot).owner())
    }

    /// Who will have bought the product, or sold it, once every open order of this side is filled and the sale that has a buyer is
    /// done. Each has its place reserved.
    fn reserved(&self, asset: AssetId, way: Way) -> impl Iterator<Item = EntityId> {
        let right = &self.registry.assets[asset.index()];
        let side = match way {
            Way::Buys => Side::Buy,
            Way::Sells => Side::Sell,
        };
        let orders = right
            .instruments
            .iter()
            .flat_map(move |instrument| self.owners_of_orders(*instrument, side));
        let sale = right.extra().transfer.map(|id| self.sales.of(id));
        let bound = sale.filter(|sale| sale.record.state >= TransferState::Contract);
        let parties = bound.into_iter().flat_map(move |sale| match way {
            Way::Buys => Vec::from_iter(sale.record.buyer),
            Way::Sells => sale.owners.iter().map(|share| share.entity).collect(),
        });
        orders.chain(parties)
    }

    /// Who has held the product, its owners among them, and who will once what is under way is done.
    fn holders_to_come(&self, asset: AssetId) -> BTreeSet<EntityId> {
        let coming = self
            .reserved(asset, Way::Buys)
            .flat_map(|entity| self.beneficial(entity));
        self.holders_now(asset).into_iter().chain(coming).collect()
    }

    /// Whether the product has room for this holder.
    pub(crate) fn check_holder(&self, asset: AssetId, entity: EntityId) -> Result<(), Reject> {
        let Some(cap) = self.rule_book().holder_cap else {
            return Ok(());
        };
        let mut holders = self.holders_to_come(asset);
        let before = holders.len();
        holders.extend(self.beneficial(entity));
        if holders.len() > before && holders.len() > cap as usize {
            return Err(Reject::HolderCap);
        }
        Ok(())
    }

    /// Of these participants, in their order, those for whom the product has room together.
    pub(crate) fn with_room(&self, asset: AssetId, entities: impl Iterator<Item = EntityId>) -> BTreeSet<EntityId> {
        let Some(cap) = self.rule_book().holder_cap else {
            return entities.collect();
        };
        let mut holders = self.holders_to_come(asset);
        let mut fits = |entity: &EntityId| {
            let behind: BTreeSet<_> = self.beneficial(*entity).into_iter().collect();
            let new = behind.difference(&holders).count();
            let fits = new == 0 || holders.len() + new <= cap as usize;
            if fits {
                holders.extend(behind);
            }
            fits
        };
        entities.filter(|entity| fits(entity)).collect()
    }

    /// Whether the product has room for anyone new.
    pub(crate) fn check_room(&self, asset: AssetId) -> Result<(), Reject> {
        let Some(cap) = self.rule_book().holder_cap else {
            return Ok(());
        };
        if self.holders_to_come(asset).len() < cap as usize {
            Ok(())
        } else {
            Err(Reject::HolderCap)
        }
    }

    /// Who has held the product, its owners among them.
    fn holders_now(&self, asset: AssetId) -> BTreeSet<EntityId> {
        let right = &self.registry.assets[asset.index()];
        let owners = right.owners();
        let owners = owners.iter().flat_map(|share| self.beneficial(share.entity));
        right.extra().holders.iter().copied().chain(owners).collect()
    }

    /// Counts a holder; checked by [`Self::check_holder`] where the cap binds.
    pub(crate) fn add_holder(&mut self, asset: AssetId, entity: EntityId, tell: &mut Tell<'_>) {
        let beneficial = self.beneficial(entity);
        let right = &mut self.registry.assets[asset.index()];
        let owner = right.owner;
        let holders = &mut right.extra_mut().holders;
        let before = holders.len();
        for holder in beneficial {
            if let Err(at) = holders.binary_search(&holder) {
                holders.insert(at, holder);
            }
        }
        if holders.len() > before {
            let count = u32::try_from(self.holders_now(asset).len()).expect("fewer holders than entities");
            tell.record(Readers::one(owner), Record::Holders(Holders { asset, count }));
        }
    }

    /// Whether those behind a participant may trade the product this way on this date: not within the lock after they
    /// traded it the other way.
    pub(crate) fn check_lock(&self, asset: AssetId, entity: EntityId, way: Way, today: Date) -> Result<(), Reject> {
        let lock_days = self.rule_book().lock_days;
        if lock_days == 0 {
            return Ok(());
        }
        let extra = self.registry.assets[asset.index()].extra();
        let (other_way, coming) = match way {
            Way::Buys => (&extra.sold, Way::Sells),
            Way::Sells => (&extra.bought, Way::Buys),
        };
        let traders = self.traders(entity);
        let calendar = &self.epoch().calendar;
        let locked = other_way
            .iter()
            .any(|&(holder, date)| traders.contains(&holder) && today < calendar.plus_working_days(date, lock_days));
        let meets = |other: EntityId| self.traders(other).iter().any(|trader| traders.contains(trader));
        if locked || self.reserved(asset, coming).any(meets) {
            return Err(Reject::T5Lock);
        }
        Ok(())
    }

    /// Whether an order may enter a book whose product has a cap or a lock.
    pub(crate) fn check_order_of(&self, asset: AssetId, entity: EntityId, side: Side) -> Result<(), Reject> {
        let way = match side {
            Side::Buy => {
                self.check_holder(asset, entity)?;
                Way::Buys
            }
            Side::Sell => Way::Sells,
        };
        self.check_lock(asset, entity, way, self.at.venue_date())
    }

    /// Remembers when those behind a participant traded the product.
    pub(crate) fn note_trade(&mut self, asset: AssetId, entity: EntityId, way: Way, today: Date) {
        let traders = self.traders(entity);
        let extra = self.registry.assets[asset.index()].extra_mut();
        let dates = match way {
            Way::Buys => &mut extra.bought,
            Way::Sells => &mut extra.sold,
        };
        for holder in traders {
            match dates.iter_mut().find(|(known, _)| *known == holder) {
                Some((_, date)) => *date = today,
                None => dates.push((holder, today)),
            }
        }
    }

    /// Orders traded: where the numbers bind, counts the buyers as holders, and remembers who traded which way.
    pub(crate) fn note_fills(&mut self, asset: AssetId, fills: &[(EntityId, EntityId)], tell: &mut Tell<'_>) {
        if !self.binds_holders() {
            return;
        }
        let today = tell.at.venue_date();
        for &(buyer, seller) in fills {
            self.add_holder(asset, buyer, tell);
            self.note_trade(asset, buyer, Way::Buys, today);
            self.note_trade(asset, seller, Way::Sells, today);
        }
    }

    /// It is known now for whom a participant holds: they count for every product that it has held.
    pub(crate) fn look_through(&mut self, entity: EntityId, tell: &mut Tell<'_>) {
        for number in 0..self.registry.assets.len() {
            let extra = self.registry.assets[number].extra();
            let traded = |dates: &[(EntityId, Date)]| dates.iter().any(|(trader, _)| *trader == entity);
            let held = extra.holders.binary_search(&entity).is_ok() || traded(&extra.bought) || traded(&extra.sold);
            let asset = AssetId(u32::try_from(number).expect("fewer rights than ids"));
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
        for i in 0..self.registry.assets[asset.index()].instruments.len() {
            let instrument = self.registry.assets[asset.index()].instruments[i];
            let holders = &self.registry.assets[asset.index()].extra().holders;
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

    /// The rule book's numbers changed: where they bind holders otherwise than before, what rests was not asked for them and ends,
    /// and who has units counts from here on.
    pub(crate) fn settle_holders(&mut self, before: &RuleBook, tell: &mut Tell<'_>) {
        let now = self.rule_book();
        if (before.holder_cap, before.lock_days) == (now.holder_cap, now.lock_days) {
            return;
        }
        for number in 0..self.registry.instruments.len() {
            let instrument = InstrumentId(u32::try_from(number).expect("fewer books than ids"));
            let asset = self.registry.instruments[number].asset;
            self.registry.instruments[number].gated = self.is_gated(asset);
            if self.binds_holders() {
                self.cancel_all(instrument, CancelReason::RulesChanged, tell);
                for holder in self.ledger.holders_of(instrument) {
                    self.add_holder(asset, holder, tell);
                }
            }
        }
    }

    /// What this module promises of the orders that rest: filled, they would break neither the cap nor the lock.
    pub(crate) fn check_reserved(&self) -> Result<(), String> {
        if self.epochs.is_empty() || !self.binds_holders() {
            return Ok(());
        }
        let RuleBook {
            holder_cap, lock_days, ..
        } = self.rule_book();
        for (number, right) in self.registry.assets.iter().enumerate() {
            let asset = AssetId(u32::try_from(number).expect("fewer rights than ids"));
            // A cap that came later, or who is seen now behind a holder, shuts out newcomers alone.
            let orders = |side| {
                right
                    .instruments
                    .iter()
                    .flat_map(move |book| self.owners_of_orders(*book, side))
            };
            let bound = usize::from(right.extra().transfer.is_some()) * BENEFICIARIES_MAX;
            let most = (holder_cap.unwrap_or(u32::MAX) as usize).max(self.holders_now(asset).len() + bound);
            let holders = self.holders_to_come(asset).len();
            ensure(holders <= most, || format!("{asset:?} may come to {holders} holders"))?;
            let traders = |side| orders(side).flat_map(|entity| self.traders(entity));
            let buyers: BTreeSet<_> = traders(Side::Buy).collect();
            ensure(
                lock_days == 0 || !traders(Side::Sell).any(|seller| buyers.contains(&seller)),
                || format!("orders of both sides of {asset:?} stand for one person"),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::book::FastBook;
    use protocol::{
        Bounded, Digest, Office, Request, Seq, Stamped, Timestamp, UserId,
        asset::{AssetClass, RegisterAsset},
        command::Command,
        rules::{Approval, Calendar, Epoch, Fees, Profile},
    };
    use serde_json::Value;

    type Fast = Exchange<FastBook>;

    fn vectors(name: &str) -> Value {
        let all: Value = serde_json::from_str(include_str!("../../docs/rules/vectors.json")).unwrap();
        all[name].clone()
    }

    /// A Chinese venue with a right of its own and so many participants more.
    fn venue(entities: usize) -> (Fast, AssetId) {
        let mut exchange = Fast::new();
        let epoch = Epoch {
            rules_version: 2,
            profile: Profile::CnVenue,
            approval: Approval::None,
            fees: Fees::default(),
            calendar: Calendar::default(),
        };
        let request = Request {
            by: UserId(0),
            client: None,
            command: Command::Epoch(alloc::boxed::Box::new(epoch)),
        };
        let stamped = Stamped {
            seq: Seq(1),
            at: Timestamp(0),
            body: request,
        };
        exchange.apply(&stamped, &mut Vec::new());
        for _ in 0..entities {
            exchange.registry.add_entity(None);
        }
        let asset = exchange.registry.add_asset(&RegisterAsset {
            owner: EntityId(0),
            class: AssetClass::Trademark,
            office: Office::CN,
            number: Bounded::new("1").unwrap(),
            title: Bounded::new("Mark").unwrap(),
            filed: None,
            granted: None,
            expires: None,
            classifications: Vec::new(),
            texts: Digest::default(),
        });
        (exchange, asset)
    }

    fn add(exchange: &mut Fast, asset: AssetId, entity: u32) -> Result<(), Reject> {
        exchange.check_holder(asset, EntityId(entity))?;
        let mut events = Vec::new();
        let mut tell = Tell::new(&mut events, Seq(2), Timestamp(0));
        exchange.add_holder(asset, EntityId(entity), &mut tell);
        Ok(())
    }

    #[test]
    fn the_cap_of_the_rule_book() {
        let vectors = vectors("holder_cap");
        let cap = vectors["cap"].as_u64().unwrap() as u32;
        let (mut exchange, asset) = venue(cap as usize + 2);
        assert_eq!(exchange.rule_book().holder_cap, Some(cap));
        let mut said = vectors["cases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| case.as_str().unwrap());
        // With the owner one less than may be.
        for entity in 1..cap - 1 {
            assert_eq!(add(&mut exchange, asset, entity), Ok(()));
        }
        // A nominee of two that are new needs two places.
        exchange.registry.entities[cap as usize + 2].beneficiaries = Vec::from([EntityId(cap), EntityId(cap + 1)]);
        assert_eq!(add(&mut exchange, asset, cap + 2), Err(Reject::HolderCap));
        assert_eq!(said.next(), Some("200th distinct beneficial owner: ok"));
        assert_eq!(add(&mut exchange, asset, cap), Ok(()));
        assert_eq!(said.next(), Some("201st: HOLDER_CAP_200"));
        assert_eq!(add(&mut exchange, asset, cap + 1), Err(Reject::HolderCap));
        assert_eq!(said.next(), Some("existing holder adds: ok"));
        assert_eq!(add(&mut exchange, asset, 7), Ok(()));
        // Nothing ever takes a holder off the list: who left still counts.
        assert_eq!(
            said.next(),
            Some("200 ever-holders, one left, a new one: HOLDER_CAP_200")
        );
        assert_eq!(add(&mut exchange, asset, cap + 1), Err(Reject::HolderCap));
        exchange.registry.entities[cap as usize + 2].beneficiaries = Vec::from([EntityId(cap), EntityId(7)]);
        assert_eq!(
            add(&mut exchange, asset, cap + 2),
            Ok(()),
            "it holds for two who are counted"
        );
        assert!(said.next().is_none());
    }

    #[test]
    fn the_lock_of_the_rule_book_in_both_directions() {
        let vectors = vectors("t5");
        for case in vectors["cases"].as_array().unwrap() {
            let way = |name: &str| match case[name].as_str().unwrap() {
                "buy" => Way::Buys,
                "sell" => Way::Sells,
                other => panic!("{other}"),
            };
            let date = |name: &str| case[name].as_str().unwrap().parse::<Date>().unwrap();
            let (mut exchange, asset) = venue(3);
            exchange.registry.entities[3].beneficiaries = Vec::from([EntityId(1)]);
            exchange.note_trade(asset, EntityId(1), way("first"), date("on"));
            let expected = match case["out"].as_str().unwrap() {
                "ok" => Ok(()),
                "T5_LOCK" => Err(Reject::T5Lock),
                other => panic!("{other}"),
            };
            let check = |entity, way| exchange.check_lock(asset, EntityId(entity), way, date("try"));
            assert_eq!(check(1, way("then")), expected, "{case}");
            assert_eq!(check(3, way("then")), expected, "its nominee is locked as it is");
            assert_eq!(check(2, way("then")), Ok(()), "nobody else is");
            assert_eq!(check(1, way("first")), Ok(()), "nor is more of the same");
        }
    }
}
