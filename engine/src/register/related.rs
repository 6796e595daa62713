//! Related buyers: who is party to the sale of a right that is disposed of, or connected with one who is, and by which road
//! such a one may take it (PLEDGES.md 4; 拍卖法 22, 30; 拍卖变卖财产规定 12).
//!
//! Questions only, and the one place where they are asked: of lots of all formats, sales by agreement, puts, takings, and who
//! is promised a priority in them. Under the auction law nobody related buys. A court lets applicant and debtor bid. By the
//! venue's rules pledgor and pledgee bid where the lot's announcement says so, and a connected buyer is named and consented to.

use crate::{
    book::Book,
    kit::{checks::require, ids::VENUE},
    register::{disposals::Case, taker::Road},
    state::Exchange,
};
use alloc::{collections::BTreeSet, vec::Vec};
use core::iter::once;
use protocol::{
    AssetId, EntityId, LoanId, Reject,
    buyers::{Connection, Relation},
    plan::Payee,
};

impl<B: Book> Exchange<B> {
    /// What a buyer is to the sale of rights that are disposed of; none: it stands apart, or they are not.
    pub(crate) fn relation(&self, assets: &[AssetId], entity: EntityId) -> Option<Relation> {
        let case = assets.iter().find_map(|asset| self.case_of(*asset))?;
        let loan = &self.pledging.lent(case.record.loan).loan;
        let owners = || assets.iter().flat_map(|asset| self.register.right(*asset).owners());
        let pledgors = owners()
            .map(|share| share.entity)
            .chain(case.record.pledgors.iter().copied());
        if self.is_among(pledgors, entity) {
            return Some(Relation::Pledgor);
        }
        let creditors = || loan.creditors.iter().map(|share| share.entity);
        if creditors().any(|creditor| self.holds_for(creditor, entity)) {
            return Some(Relation::Pledgee);
        }
        let valued = assets
            .iter()
            .filter_map(|asset| self.register.right(*asset).extra().valuation);
        let appraisers = valued.filter_map(|valuation| self.valuations.last[&valuation].appraiser);
        let connected = case.connected.contains_key(&entity)
            || self.is_among(creditors().chain(once(VENUE)), entity)
            || self.is_among(appraisers, entity);
        connected.then_some(Relation::Connected)
    }

    /// Whether one of two is the other, or holds for it.
    fn holds_for(&self, one: EntityId, other: EntityId) -> bool {
        let behind = |entity: EntityId| &self.register.entities[entity.index()].beneficiaries;
        one == other || behind(one).contains(&other) || behind(other).contains(&one)
    }

    /// Whether what a buyer is to the sale of these rights lets it take them by this road.
    pub(crate) fn check_related(&self, road: Road, assets: &[AssetId], entity: EntityId) -> Result<(), Reject> {
        let asks = matches!(road, Road::Sale | Road::Lot | Road::HouseLot | Road::Put);
        let Some(relation) = asks.then(|| self.relation(assets, entity)).flatten() else {
            return Ok(());
        };
        match (relation, road) {
            (Relation::Pledgor | Relation::Pledgee, Road::Lot) if self.admits_parties(assets) => Ok(()),
            (Relation::Pledgor | Relation::Pledgee, _) | (Relation::Connected, Road::HouseLot) => {
                Err(Reject::BarredParty)
            }
            (Relation::Connected, _) => {
                let case = assets.iter().find_map(|asset| self.case_of(*asset));
                let agreed = case.is_some_and(|case| self.is_consented(case, entity));
                require(agreed, Reject::ConnectedBuyer)
            }
        }
    }

    /// Whether the lot in which these rights are was announced as open to pledgor and pledgee.
    fn admits_parties(&self, assets: &[AssetId]) -> bool {
        let lot = assets.first().and_then(|asset| self.register.right(*asset).extra().lot);
        lot.is_some_and(|lot| self.lots.of(lot).admits.is_some())
    }

    /// Whether a connected buyer is named in a case, and everybody consented whom the plan in force has be asked.
    fn is_consented(&self, case: &Case, entity: EntityId) -> bool {
        let Some(named) = case.connected.get(&entity) else {
            return false;
        };
        let needed = self.who_consents(case, (entity, named.with));
        needed.iter().all(|payee| named.consented.contains(payee))
    }

    /// Who consents to a connected buyer: all who are paid by the plan and take part here, but those with whom it is
    /// connected.
    pub(crate) fn who_consents(&self, case: &Case, (entity, with): (EntityId, Connection)) -> Vec<EntityId> {
        let loan = &self.pledging.lent(case.record.loan).loan;
        let own = |payee: &EntityId| {
            self.is_among(once(*payee), entity) || with == Connection::Creditor && loan.is_owed_to(*payee)
        };
        let payees = self.payees_of(case.record.loan).into_iter();
        payees.filter(|payee| !own(payee)).collect()
    }

    /// Who takes part here and is paid by the plan that is in force for a loan.
    pub(crate) fn payees_of(&self, loan: LoanId) -> BTreeSet<EntityId> {
        let planned = self.disposals.plans.get(&loan);
        let plan = planned.and_then(|planned| planned.agreed.as_ref());
        let payees = plan.into_iter().flat_map(|plan| &plan.plan().payees);
        let here = payees.filter_map(|payee| match payee {
            Payee::Participant { entity, .. } => Some(*entity),
            Payee::Outsider { .. } => None,
        });
        here.collect()
    }
}
