//! The plan of who is paid: proposed, signed, in force, changed (RULES.md 2.8; 深知联〔2023〕1号 11).
//!
//! Invariant: a plan is in force once everybody has signed it who is paid by it here, holds the claim or gave a pledge for
//! it. One that is in force when the loan falls into default is changed by those alone whose share the change touches, and
//! the pledgors where it touches the surplus; no rank gets worse without its pledgee (民法典 409, 422). Who has a share in a
//! price that is held is asked as if its right were not sold yet.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::MAY_ACT,
    register::{
        disposals::{Planned, Proposed},
        lent::Lent,
        party::User,
        seller::is_sold_in,
    },
    state::Exchange,
    sums::waterfall::{FrozenPlan, RegisteredRank},
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    EntityId, LoanId, PledgeId, Readers, Receipt, Record, Reject,
    disposal::{AgreedPlan, LoanPlan, ProposePlan, ProposedPlan, SignPlan},
    plan::{Payee, Plan},
    pledge::LoanState,
};

impl<B: Book> Exchange<B> {
    /// Proposes a plan; one that was proposed before and is not in force is replaced.
    pub(crate) fn propose_plan(
        &mut self,
        user: User,
        asked: &ProposePlan,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (id, plan) = (asked.loan, &asked.plan);
        user.may(MAY_ACT)?;
        let lent = &self.loan_of_plan(user, id)?;
        let sides = self.sides_of(lent);
        require(user.is_operator() || sides.contains(&user.entity), Reject::NotAParty)?;
        for payee in &plan.payees {
            self.check_payee(payee)?;
        }
        require(lent.loan.state != LoanState::Repaid, Reject::StateForbids)?;
        // What is wrong with it is told at once, whoever signs it later.
        let all = 0..u32::try_from(plan.payees.len()).unwrap_or(u32::MAX);
        FrozenPlan::freeze(plan.clone(), &self.ranks_of(lent, plan), &all.collect::<Vec<_>>())?;
        let sold = self
            .disposals
            .of_loan(id)
            .into_iter()
            .flat_map(|case| &case.record.sales);
        let mut held = sold.filter(|sale| sale.distributed_at.is_none());
        let fits = is_sold_in(lent.loan.terms.principal.currency, plan.currency)
            && held.all(|sale| sale.price.currency == plan.currency);
        require(fits, Reject::PlanCapsInvalid)?;

        let proposed = Proposed {
            plan: plan.clone(),
            signed: Vec::new(),
        };
        self.disposals.plans.entry(id).or_default().proposed = Some(proposed);
        self.sign(id, user.entity, tell);
        Ok(Receipt::Done)
    }

    /// Signs the plan that is proposed.
    pub(crate) fn sign_plan(&mut self, user: User, asked: &SignPlan, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.loan;
        user.may(MAY_ACT)?;
        let lent = &self.loan_of_plan(user, id)?;
        let proposed = self.proposed(id).ok_or(Reject::StateForbids)?;
        let signers = self.signers_of(lent, &proposed.plan);
        require(signers.contains(&user.entity), Reject::NotAParty)?;
        require(!proposed.signed.contains(&user.entity), Reject::StateForbids)?;
        require(proposed.plan.digest() == asked.plan, Reject::PlanDiffers)?;

        self.sign(id, user.entity, tell);
        Ok(Receipt::Done)
    }

    /// Whether a loan's plan is in force: nothing is disposed of before (深知联〔2023〕1号 11).
    pub(super) fn plan_in_force(&self, id: LoanId) -> Result<&FrozenPlan, Reject> {
        self.disposals.agreed(id).ok_or(Reject::PlanMissing)
    }

    fn proposed(&self, id: LoanId) -> Option<&Proposed> {
        self.disposals.plans.get(&id)?.proposed.as_ref()
    }

    /// The loan, if the asker may know of its plan: its parties, who gave a pledge for it, and who is named in the plan.
    pub(super) fn loan_of_plan(&self, user: User, id: LoanId) -> Result<Lent, Reject> {
        let lent = self.pledging.loans.get(id).ok_or(Reject::UnknownLoan)?;
        let knows = user.is_operator() || self.readers_of_plan(&lent).contains(&user.entity);
        require(knows, Reject::UnknownLoan)?;
        Ok(lent)
    }

    /// This participant signs, if its signature is one that counts; with the last that it needs the plan is in force.
    fn sign(&mut self, id: LoanId, entity: EntityId, tell: &mut Tell<'_>) {
        let lent = &self.pledging.lent(id);
        let proposed = self.proposed(id).expect("it was asked for");
        let signers = self.signers_of(lent, &proposed.plan);
        let mut signed = proposed.signed.clone();
        if signers.contains(&entity) {
            signed.push(entity);
        }
        let in_force = self.comes_into_force(id, &proposed.plan, &signers, &signed);
        let planned = self.disposals.plans.get_mut(&id).expect("it was asked for");
        if in_force.is_some() {
            *planned = Planned {
                agreed: in_force,
                proposed: None,
            };
        } else if let Some(proposed) = &mut planned.proposed {
            proposed.signed = signed;
        }
        self.tell_plan(id, tell);
    }

    /// The plan as it comes into force, if those who have signed it are enough.
    fn comes_into_force(
        &self,
        id: LoanId,
        plan: &Plan,
        signers: &BTreeSet<EntityId>,
        signed: &[EntityId],
    ) -> Option<FrozenPlan> {
        let lent = &self.pledging.lent(id);
        let has = |entity: &EntityId| signed.contains(entity);
        let consented = (0..).zip(&plan.payees).filter(|(_, payee)| match payee {
            Payee::Participant { entity, .. } => has(entity),
            // Who is no participant has no say here: its share is the law's.
            Payee::Outsider { .. } => true,
        });
        let consented: Vec<u32> = consented.map(|(place, _)| place).collect();
        let ranks = self.ranks_of(lent, plan);
        let before = self
            .disposals
            .plans
            .get(&id)
            .and_then(|planned| planned.agreed.as_ref());
        match before.filter(|_| lent.loan.state == LoanState::Default) {
            Some(before) => {
                let owners = self.pledgors_of(lent).iter().all(has);
                before.amend(plan.clone(), &ranks, &consented, owners).ok()
            }
            None if signers.iter().all(has) => FrozenPlan::freeze(plan.clone(), &ranks, &consented).ok(),
            None => None,
        }
    }

    /// Whose signature a plan needs: who holds the claim, who gave a pledge for it, and whom it names.
    fn signers_of(&self, lent: &Lent, plan: &Plan) -> BTreeSet<EntityId> {
        let named = plan.payees.iter().filter_map(|payee| match payee {
            Payee::Participant { entity, .. } => Some(*entity),
            Payee::Outsider { .. } => None,
        });
        self.sides_of(lent).into_iter().chain(named).collect()
    }

    /// Who holds a claim, and who gave a pledge for it.
    pub(super) fn sides_of(&self, lent: &Lent) -> BTreeSet<EntityId> {
        let creditors = lent.loan.creditors.iter().map(|share| share.entity);
        creditors.chain(self.pledgors_of(lent)).collect()
    }

    /// Who gave a pledge for a loan, or gave one whose price is held.
    pub(super) fn pledgors_of(&self, lent: &Lent) -> BTreeSet<EntityId> {
        let sold = self.priced_of(lent).into_iter().flatten();
        let sold = sold.filter(|id| self.pledging.of(**id).loan == lent.loan.loan);
        let pledges = lent.pledges.iter().chain(sold).map(|id| self.pledging.of(*id));
        pledges.map(|pledge| pledge.pledgor).collect()
    }

    /// The pledges for which a price is held in a loan's case, by rank: they stand on no right any more, and share in it.
    fn priced_of(&self, lent: &Lent) -> Vec<&[PledgeId]> {
        let Some(case) = self.disposals.of_loan(lent.loan.loan) else {
            return Vec::new();
        };
        let sales = case.record.sales.iter().zip(&case.held);
        let held = sales.filter(|(sale, _)| sale.distributed_at.is_none());
        held.map(|(_, held)| &held.pledges[..]).collect()
    }

    /// Who may know of a plan: who signs it, and the parties of the loan.
    fn readers_of_plan(&self, lent: &Lent) -> Vec<EntityId> {
        let guarantors = lent.loan.guarantees.iter().map(|guarantee| guarantee.entity);
        let mut readers: BTreeSet<_> = self
            .sides_of(lent)
            .into_iter()
            .chain([lent.loan.debtor])
            .chain(guarantors)
            .collect();
        if let Some(planned) = self.disposals.plans.get(&lent.loan.loan) {
            let agreed = planned.agreed.as_ref().map(FrozenPlan::plan);
            let proposed = planned.proposed.as_ref().map(|proposed| &proposed.plan);
            for plan in agreed.into_iter().chain(proposed) {
                readers.extend(self.signers_of(lent, plan));
            }
        }
        readers.into_iter().collect()
    }

    /// In which rank whoever holds a pledge on the same rights stands by registration; who is no payee of the plan is past
    /// its places, so that nothing is taken from it that it could not consent to.
    pub(super) fn ranks_of(&self, lent: &Lent, plan: &Plan) -> Vec<RegisteredRank> {
        let place = |entity: EntityId| {
            let mut payees = (0..).zip(&plan.payees);
            let is = |payee: &Payee| matches!(payee, Payee::Participant { entity: payee, .. } if *payee == entity);
            payees.find(|(_, payee)| is(payee)).map_or(u32::MAX, |(place, _)| place)
        };
        let mut ranks: Vec<RegisteredRank> = Vec::new();
        let mut note = |rank: u32, pledge: PledgeId| {
            let payee = place(self.pledging.holder_of(pledge));
            let ranked = RegisteredRank { payee, rank };
            if !ranks.contains(&ranked) {
                ranks.push(ranked);
            }
        };
        let mut assets: BTreeSet<_> = BTreeSet::new();
        for pledge in &lent.pledges {
            assets.extend(self.pledging.standing(*pledge).iter().map(|right| right.asset));
        }
        for asset in assets {
            let pledges = &self.register.right(asset).pledges;
            for (rank, pledge) in (1..).zip(self.pledging.ranked(pledges, asset)) {
                note(rank, pledge.pledge);
            }
        }
        for priced in self.priced_of(lent) {
            for (rank, pledge) in (1..).zip(priced) {
                note(rank, *pledge);
            }
        }
        ranks
    }

    /// Tells how a loan's plan stands.
    pub(super) fn tell_plan(&self, id: LoanId, tell: &mut Tell<'_>) {
        let lent = &self.pledging.lent(id);
        let planned = &self.disposals.plans[&id];
        let agreed = planned.agreed.as_ref().map(|frozen| AgreedPlan {
            plan: frozen.plan().clone(),
            digest: frozen.digest(),
        });
        let proposed = planned.proposed.as_ref().map(|proposed| {
            let needed = self.signers_of(lent, &proposed.plan).into_iter();
            ProposedPlan {
                plan: proposed.plan.clone(),
                digest: proposed.plan.digest(),
                signed: proposed.signed.clone(),
                needed: needed.filter(|entity| !proposed.signed.contains(entity)).collect(),
            }
        });
        let record = LoanPlan {
            loan: id,
            agreed,
            proposed,
        };
        tell.record(Readers::Only(self.readers_of_plan(lent)), Record::LoanPlan(record));
    }
}
