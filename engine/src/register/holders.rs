//! Holders: who has held a product, the cap of 200 of them and the lock of five trading days (国发〔2011〕38号; RULES.md F2,
//! 7.8).
//!
//! Invariant: holders only grow: who left still counts, issue and resale together, and a nominee counts as those it
//! holds for. Who takes an open licence is not counted (专利法 51), and an owner's issue is no trade of its own. Owners
//! hold, whether or not they were counted yet. An order that rests and a buyer that is found are reserved for: they
//! count as if they were done, so no match can break the cap or the lock.

use crate::{
    book::Book,
    kit::checks::{ensure, first_fault, require},
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use protocol::{
    AssetId, Date, EntityId, InstrumentId, Readers, Record, Reject, Side,
    control::{BENEFICIARIES_MAX, Holders, RuleBook},
    transfer::TransferState,
};

/// More days off in a row than any year has.
const LONGEST_HOLIDAY: i32 = 31;

impl<B: Book> Exchange<B> {
    /// Whether orders ask who holds and who traded: only where the rule book has numbers for it.
    pub(crate) fn binds_holders(&self) -> bool {
        let RuleBook {
            holder_cap, lock_days, ..
        } = self.rule_book();
        holder_cap.is_some() || lock_days > 0
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

    /// Whether those behind a participant may trade the product on this side on this date: not within the lock after
    /// they traded on the other side.
    pub(crate) fn check_lock(&self, asset: AssetId, entity: EntityId, side: Side, today: Date) -> Result<(), Reject> {
        let lock_days = self.rule_book().lock_days;
        if lock_days == 0 {
            return Ok(());
        }
        let extra = self.register.right(asset).extra();
        let (other_side, coming) = match side {
            Side::Buy => (&extra.sold, Side::Sell),
            Side::Sell => (&extra.bought, Side::Buy),
        };
        let traders = self.traders(entity);
        let calendar = &self.epoch().calendar;
        let locks = |date: Date| {
            let counted = calendar.count_working_days(date, lock_days);
            // No lock lasts this long, whatever the calendar says of days that it does not cover.
            let surely_over = today.0.saturating_sub(date.0) > lock_days.saturating_mul(2) as i32 + LONGEST_HOLIDAY;
            match (today < counted.date, counted.known) {
                _ if surely_over => Ok(()),
                (true, _) => Err(Reject::T5Lock),
                (false, true) => Ok(()),
                (false, false) => Err(Reject::CalendarEnds),
            }
        };
        let theirs = other_side.iter().filter(|(holder, _)| traders.contains(holder));
        let meets = |other: EntityId| self.traders(other).iter().any(|trader| traders.contains(trader));
        require(!self.reserved(asset, coming).any(meets), Reject::T5Lock)?;
        first_fault(theirs.map(|(_, date)| locks(*date)))
    }

    /// Holders so far (owners included) plus those that open orders and agreed sales would add.
    pub(crate) fn holders_to_come(&self, asset: AssetId) -> BTreeSet<EntityId> {
        let coming = self
            .reserved(asset, Side::Buy)
            .flat_map(|entity| self.beneficial(entity));
        self.holders_now(asset).into_iter().chain(coming).collect()
    }

    /// Who has held the product, its owners among them.
    fn holders_now(&self, asset: AssetId) -> BTreeSet<EntityId> {
        let right = self.register.right(asset);
        let owners = right.owners();
        let owners = owners.iter().flat_map(|share| self.beneficial(share.entity));
        right.extra().holders.iter().copied().chain(owners).collect()
    }

    /// Who will have bought the product, or sold it, once every open order of this side is filled and the sale that has
    /// a buyer is done. Each has its place reserved.
    fn reserved(&self, asset: AssetId, side: Side) -> impl Iterator<Item = EntityId> {
        let right = self.register.right(asset);
        let orders = right
            .instruments
            .iter()
            .flat_map(move |instrument| self.owners_of_orders(*instrument, side));
        let sale = right.extra().transfer.map(|id| self.sales.of(id));
        let bound = sale.filter(|sale| sale.record.state >= TransferState::Contract);
        let parties = bound.into_iter().flat_map(move |sale| match side {
            Side::Buy => Vec::from_iter(sale.record.buyer),
            Side::Sell => sale.owners().collect(),
        });
        orders.chain(parties)
    }

    /// Whose orders rest on this side of a book.
    fn owners_of_orders(&self, instrument: InstrumentId, side: Side) -> impl Iterator<Item = EntityId> {
        let resting = self.books[instrument.index()].resting(&self.pool, &self.orders, side);
        resting.map(|slot| self.orders.get(slot).owner())
    }

    /// Who stands behind a participant: itself, or those it holds for.
    pub(crate) fn beneficial(&self, entity: EntityId) -> Vec<EntityId> {
        let beneficiaries = &self.register.entities[entity.index()].beneficiaries;
        if beneficiaries.is_empty() {
            Vec::from([entity])
        } else {
            beneficiaries.clone()
        }
    }

    /// Who trades when a participant does: those behind it, and itself. So a nominee is no way out of the lock, nor is
    /// becoming one.
    pub(crate) fn traders(&self, entity: EntityId) -> Vec<EntityId> {
        let mut traders = self.beneficial(entity);
        if !traders.contains(&entity) {
            traders.push(entity);
        }
        traders
    }

    /// Counts a holder; checked by [`Self::check_holder`] where the cap binds.
    pub(crate) fn add_holder(&mut self, asset: AssetId, entity: EntityId, tell: &mut Tell<'_>) {
        let beneficial = self.beneficial(entity);
        let right = self.register.right_mut(asset);
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

    /// Remembers when those behind a participant traded the product.
    pub(crate) fn note_trade(&mut self, asset: AssetId, entity: EntityId, side: Side, today: Date) {
        let traders = self.traders(entity);
        let extra = self.register.right_mut(asset).extra_mut();
        let dates = match side {
            Side::Buy => &mut extra.bought,
            Side::Sell => &mut extra.sold,
        };
        for holder in traders {
            match dates.iter_mut().find(|(known, _)| *known == holder) {
                Some((_, date)) => *date = today,
                None => dates.push((holder, today)),
            }
        }
    }

    /// Orders traded: where the numbers bind, counts the buyers as holders, and remembers who traded on which side.
    pub(crate) fn note_fills(&mut self, asset: AssetId, fills: &[(EntityId, EntityId)], tell: &mut Tell<'_>) {
        if !self.binds_holders() {
            return;
        }
        let today = tell.at.venue_date();
        for &(buyer, seller) in fills {
            self.add_holder(asset, buyer, tell);
            self.note_trade(asset, buyer, Side::Buy, today);
            self.note_trade(asset, seller, Side::Sell, today);
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
        for (asset, right) in self.register.rights() {
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
        rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    };
    use serde_json::Value;

    type Fast = Exchange<FastBook>;

    fn vectors(name: &str) -> Value {
        let all: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
        all[name].clone()
    }

    /// A Chinese venue with a right of its own and so many participants more.
    fn venue(entities: usize) -> (Fast, AssetId) {
        let mut exchange = Fast::new();
        let epoch = Epoch {
            rules_version: RULES_VERSION,
            profile: Profile::CnVenue,
            approval: Approval::None,
            fees: Fees::default(),
            calendar: Calendar::default(),
            judicial_listing: None,
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
            exchange.register.add_entity(None);
        }
        let asset = exchange.register.add_asset(&RegisterAsset {
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
        exchange.register.entities[cap as usize + 2].beneficiaries = Vec::from([EntityId(cap), EntityId(cap + 1)]);
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
        exchange.register.entities[cap as usize + 2].beneficiaries = Vec::from([EntityId(cap), EntityId(7)]);
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
            let side = |name: &str| match case[name].as_str().unwrap() {
                "buy" => Side::Buy,
                "sell" => Side::Sell,
                other => panic!("{other}"),
            };
            let date = |name: &str| case[name].as_str().unwrap().parse::<Date>().unwrap();
            let (mut exchange, asset) = venue(3);
            exchange.register.entities[3].beneficiaries = Vec::from([EntityId(1)]);
            exchange.note_trade(asset, EntityId(1), side("first"), date("on"));
            let expected = match case["out"].as_str().unwrap() {
                "ok" => Ok(()),
                "T5_LOCK" => Err(Reject::T5Lock),
                other => panic!("{other}"),
            };
            let check = |entity, side| exchange.check_lock(asset, EntityId(entity), side, date("try"));
            assert_eq!(check(1, side("then")), expected, "{case}");
            assert_eq!(check(3, side("then")), expected, "its nominee is locked as it is");
            assert_eq!(check(2, side("then")), Ok(()), "nobody else is");
            assert_eq!(check(1, side("first")), Ok(()), "nor is more of the same");
        }
    }
}
