//! Who has held a product: the cap of 200 holders and the lock of five trading days (国发〔2011〕38号; RULES.md F2, 7.8).
//!
//! Invariant: holders only grow: who left still counts, issue and resale together, and a nominee counts as those it holds for.
//! Who takes an open licence is not counted (专利法 51).

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{AssetId, Date, EntityId, Readers, Record, Reject, control::Holders, title::Share};

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
    fn traders(&self, entity: EntityId) -> Vec<EntityId> {
        let mut traders = self.beneficial(entity);
        if !traders.contains(&entity) {
            traders.push(entity);
        }
        traders
    }

    /// Whether the product has room for this holder.
    pub(crate) fn check_holder(&self, asset: AssetId, entity: EntityId) -> Result<(), Reject> {
        let Some(cap) = self.rule_book().holder_cap else {
            return Ok(());
        };
        let holders = &self.registry.assets[asset.index()].extra().holders;
        let new = self
            .beneficial(entity)
            .iter()
            .filter(|holder| holders.binary_search(holder).is_err())
            .count();
        if new > 0 && holders.len() + new > cap as usize {
            return Err(Reject::HolderCap);
        }
        Ok(())
    }

    /// Whether the product has room for anyone new beside these owners, who have held it whether or not they were counted yet.
    pub(crate) fn check_room(&self, asset: AssetId, owners: &[Share]) -> Result<(), Reject> {
        let Some(cap) = self.rule_book().holder_cap else {
            return Ok(());
        };
        let counted = &self.registry.assets[asset.index()].extra().holders;
        let owners = owners.iter().flat_map(|share| self.beneficial(share.entity));
        let holders: BTreeSet<EntityId> = counted.iter().copied().chain(owners).collect();
        if holders.len() < cap as usize {
            Ok(())
        } else {
            Err(Reject::HolderCap)
        }
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
        let count = u32::try_from(holders.len()).expect("fewer holders than entities");
        if holders.len() > before {
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
        let other_way = match way {
            Way::Buys => &extra.sold,
            Way::Sells => &extra.bought,
        };
        let traders = self.traders(entity);
        let calendar = &self.epoch().calendar;
        let locked = other_way
            .iter()
            .any(|&(holder, date)| traders.contains(&holder) && today < calendar.plus_working_days(date, lock_days));
        if locked { Err(Reject::T5Lock) } else { Ok(()) }
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
}
