//! Who may know of a sale.
//!
//! Invariant: who is denied learns nothing of it, by no record, no answer and no gap: to them a sale is as good as
//! none. Denied with a participant are those behind it and every nominee that holds for one of them. A sale with an
//! audience of its own is never printed either: its readers see it end.

use crate::{
    book::Book,
    kit::checks::require,
    register::party::User,
    sales::{
        life::{Input, Judgement, judge},
        sale::Sale,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    EntityId, Readers, Receipt, Record, Reject, TransferId,
    title::Share,
    transfer::{PARTIES_MAX, SetAudience, Transfer, TransferState},
};

impl Sale {
    /// Who reads the offer. The owners read the sale itself; a holder of priority reads it whatever the lists say.
    pub(crate) fn audience(&self) -> Readers {
        let Transfer { allow, priority, .. } = &self.record;
        let shut = |entity: &EntityId| self.denied.binary_search(entity).is_ok() || self.is_sold_by(*entity);
        if allow.is_empty() {
            return Readers::AllBut(self.denied.iter().copied().chain(self.owners()).collect());
        }
        let holders = priority.iter().map(|priority| priority.entity);
        let readers: BTreeSet<_> = allow
            .iter()
            .copied()
            .chain(holders)
            .filter(|entity| !shut(entity))
            .collect();
        Readers::Only(readers.into_iter().collect())
    }

    /// Whether this participant may know that it is there: it reads it, sells it, or was told of it before.
    pub(crate) fn is_known_to(&self, entity: EntityId) -> bool {
        self.is_sold_by(entity) || self.interests.contains_key(&entity) || self.audience().has(entity)
    }

    /// Whether it is for some only.
    pub(crate) fn is_restricted(&self) -> bool {
        !self.record.allow.is_empty() || !self.record.deny.is_empty()
    }

    /// The owners, and they alone.
    pub(crate) fn sellers(&self) -> Readers {
        Readers::Only(self.owners().collect())
    }
}

impl<B: Book> Exchange<B> {
    /// The sale, if the asker may know that it is there.
    pub(crate) fn known_sale(&self, user: User, id: TransferId) -> Result<&Sale, Reject> {
        let sale = self.sales.get(id).ok_or(Reject::UnknownTransfer)?;
        require(
            user.is_operator() || sale.is_known_to(user.entity) || self.disposes(user, &sale.record.assets),
            Reject::UnknownTransfer,
        )?;
        Ok(sale)
    }

    /// The denied, those behind them, and every nominee that holds for one of either; sorted. A holder of priority has
    /// to be asked and is not among them. Takes time in the order of all participants, and only where somebody is
    /// denied.
    pub(crate) fn denied_with(&self, deny: &[EntityId], priority: &[EntityId]) -> Vec<EntityId> {
        if deny.is_empty() {
            return Vec::new();
        }
        let behind = deny.iter().flat_map(|&entity| self.beneficial(entity));
        let mut denied: BTreeSet<EntityId> = deny.iter().copied().chain(behind).collect();
        let beside: Vec<EntityId> = (0..)
            .map(EntityId)
            .zip(&self.register.entities)
            .filter(|(_, facts)| facts.beneficiaries.iter().any(|entity| denied.contains(entity)))
            .map(|(entity, _)| entity)
            .collect();
        denied.extend(beside);
        denied.into_iter().filter(|entity| !priority.contains(entity)).collect()
    }

    /// Whether a sale by these owners may have these lists.
    pub(crate) fn check_parties(
        &self,
        owners: &[Share],
        priority: &[EntityId],
        allow: &[EntityId],
        deny: &[EntityId],
    ) -> Result<(), Reject> {
        let fits = |list: &[EntityId]| {
            let distinct: BTreeSet<_> = list.iter().collect();
            list.len() <= PARTIES_MAX
                && distinct.len() == list.len()
                && !owners.iter().any(|share| distinct.contains(&share.entity))
        };
        let sellers = || owners.iter().map(|share| share.entity);
        let may_enter = priority.iter().all(|holder| self.stands_apart(sellers(), *holder));
        let apart = !deny
            .iter()
            .any(|entity| allow.contains(entity) || priority.contains(entity));
        require(
            fits(priority) && may_enter && fits(allow) && fits(deny) && apart,
            Reject::PartiesInvalid,
        )
    }

    /// Changes who may see a sale. By the seller, while it is listed.
    pub(crate) fn set_audience(
        &mut self,
        user: User,
        asked: &SetAudience,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let SetAudience {
            transfer: id,
            allow,
            deny,
        } = asked;
        let sale = self.known_sale(user, *id)?;
        self.check_sells(user, sale.record.seller, &sale.record.assets, false)?;
        for entity in allow.iter().chain(deny) {
            self.register.check_entity(*entity)?;
        }
        sale.check(Input::Gather, tell.at)?;
        let priority: Vec<_> = sale.record.priority.iter().map(|priority| priority.entity).collect();
        self.check_parties(&sale.owners, &priority, allow, deny)?;

        let sale = self.sales.of_mut(*id);
        sale.advance(Input::Gather);
        (sale.record.allow, sale.record.deny) = (allow.clone(), deny.clone());
        self.draw_audience(*id, tell);
        self.tell_sale(*id, tell);
        Ok(Receipt::Done)
    }

    /// Finds anew who is denied. While the sale is listed, who may not know of it any more is out of it, and is told
    /// only that.
    pub(crate) fn draw_audience(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let record = &self.sales.of(id).record;
        let priority: Vec<_> = record.priority.iter().map(|priority| priority.entity).collect();
        let denied = self.denied_with(&record.deny, &priority);
        let sale = self.sales.of_mut(id);
        sale.denied = denied;
        if sale.record.state != TransferState::Listed {
            return;
        }
        let audience = sale.audience();
        let shut_out: Vec<EntityId> = sale
            .interests
            .keys()
            .copied()
            .filter(|entity| !audience.has(*entity))
            .collect();
        for entity in shut_out {
            let interest = sale.interests.get_mut(&entity).expect("it was just found");
            if let Ok(state) = judge(interest.state, Judgement::Exclude) {
                interest.state = state;
                let (readers, record) = sale.interest(entity);
                tell.record(readers, record);
            }
        }
        sale.recount();
    }

    /// Beneficial owners changed: recomputes who is denied.
    pub(crate) fn draw_audiences(&mut self, tell: &mut Tell<'_>) {
        let live = self
            .sales
            .iter()
            .filter(|sale| sale.is_live() && !sale.record.deny.is_empty());
        let live: Vec<TransferId> = live.map(|sale| sale.record.transfer).collect();
        for id in live {
            self.draw_audience(id, tell);
        }
    }

    /// Tells the seller, the buyer and all who may buy how the sale stands.
    pub(crate) fn tell_sale(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let state = self.sales.of(id).record.state;
        if state < TransferState::EscrowFunded || state == TransferState::SecondOffer {
            let surviving = self.survivors(&self.sales.of(id).record.assets);
            self.sales.of_mut(id).record.surviving = surviving;
        }
        let sale = self.sales.of(id);
        let challenged = sale.record.assets.iter().any(|&asset| self.is_challenged(asset));
        tell.record(sale.audience(), Record::Offer(sale.offer(challenged)));
        self.tell_seller(id, tell);
    }

    /// Tells the seller how the sale stands, and its buyer, once it is found. The lists are the seller's secret: the
    /// buyer's copy is told first and without them, so that the last word is the whole one.
    pub(crate) fn tell_seller(&self, id: TransferId, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let is_found = sale.record.state >= TransferState::Contract;
        if let Some(buyer) = sale.record.buyer.filter(|_| is_found) {
            let copy = Transfer {
                allow: Vec::new(),
                deny: Vec::new(),
                ..sale.record.clone()
            };
            tell.record(Readers::one(buyer), Record::Transfer(copy));
        }
        tell.record(sale.sellers(), Record::Transfer(sale.record.clone()));
    }
}
