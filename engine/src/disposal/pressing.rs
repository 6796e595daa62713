//! A pledgor presses its pledgee to sell, and where that is slow asks a court (民法典 437).
//!
//! Invariant: pressing moves no money and no right. What rights lose in value by the delay is claimed outside; what is kept
//! here is the proof of when they were worth how much.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::MAY_ACT,
    register::{lent::Lent, party::User},
    state::Exchange,
    sums::waterfall::FrozenPlan,
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    Amount, AssetId, Date, DisposalId, EntityId, LoanId, Money, Receipt, Record, Reject, Timestamp,
    disposal::{PressForSale, SalePress},
    plan::Plan,
    pledge::{LoanState, Pledge},
};

impl<B: Book> Exchange<B> {
    /// Records that a pledgor presses for a sale.
    pub(crate) fn press_for_sale(
        &mut self,
        user: User,
        asked: &PressForSale,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.loan;
        user.may(MAY_ACT)?;
        let lent = &self.loan_of_plan(user, id)?;
        require(self.pledgors_of(lent).contains(&user.entity), Reject::NotAParty)?;
        let before = self.disposals.pressed.get(&(id, user.entity));
        let presses = before.is_some_and(|pressed| pressed.disposal.is_none());
        require(!presses && self.disposals.of_loan(id).is_none(), Reject::StateForbids)?;
        let today = tell.at.venue_date();
        let due = match lent.loan.state {
            LoanState::Default => true,
            LoanState::Running => lent.loan.due_day() < today,
            LoanState::Repaid => false,
        };
        require(due, Reject::NotInDefault)?;

        let days = i32::try_from(self.rule_book().press_days()).expect("at most a year");
        let pressed = SalePress {
            loan: id,
            pledgor: user.entity,
            on: today,
            until: self.step_until(Date(today.0.saturating_add(days))).day,
            value: self.value_given(id, user.entity, tell.at),
            disposal: None,
            lost: None,
            evidence: asked.evidence,
        };
        self.disposals.pressed.insert((id, user.entity), pressed);
        tell.record(self.readers_with_pledgors(id), Record::SalePress(pressed));
        Ok(Receipt::Done)
    }

    /// Whether a pledgor pressed, and its pledgee let the days pass.
    pub(super) fn has_pressed(&self, loan: LoanId, pledgor: EntityId, today: Date) -> bool {
        let pressed = self.disposals.pressed.get(&(loan, pledgor));
        pressed.is_some_and(|pressed| pressed.disposal.is_none() && pressed.until < today)
    }

    /// A case of a loan was opened: whoever pressed for it is answered, and told what its rights lost in value since.
    pub(super) fn answer_pressed(&mut self, loan: LoanId, disposal: DisposalId, tell: &mut Tell<'_>) {
        let waits = |(of, _): &(LoanId, EntityId)| *of == loan;
        let keys: Vec<_> = self.disposals.pressed.keys().copied().filter(waits).collect();
        for key in keys {
            let now = self.value_given(loan, key.1, tell.at);
            let pressed = self.disposals.pressed.get_mut(&key).expect("it pressed");
            if pressed.disposal.is_some() {
                continue;
            }
            pressed.disposal = Some(disposal);
            pressed.lost = pressed.value.zip(now).map(|(before, now)| {
                let lost = before.money.minor() - now.money.minor();
                Amount::new(before.currency, Money::from_minor(lost.max(0)))
            });
            let pressed = *pressed;
            tell.record(self.readers_with_pledgors(loan), Record::SalePress(pressed));
        }
    }

    /// A court asks for no plan of the parties: where none is in force it is that of the law, by which our statement
    /// estimates what the court's scheme decides.
    pub(super) fn plan_by_law(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        if self.plan_in_force(id).is_ok() {
            return;
        }
        let lent = &self.pledging.lent(id);
        let mut payees = Vec::new();
        for entity in self.sides_of(lent) {
            self.payee_of(&[], &mut payees, entity);
        }
        let plan = Plan::by_law(lent.loan.terms.principal.currency, payees);
        let ranks = self.ranks_of(lent, &plan);
        let all: Vec<u32> = (0..).take(plan.payees.len()).collect();
        let frozen = FrozenPlan::freeze(plan, &ranks, &all).expect("the law's own order touches nobody");
        self.disposals.plans.entry(id).or_default().agreed = Some(frozen);
        self.tell_plan(id, tell);
    }

    /// What the rights that a pledgor gave for a loan are worth by valuations in force; none where one has none.
    fn value_given(&self, loan: LoanId, pledgor: EntityId, at: Timestamp) -> Option<Amount> {
        let Lent { loan, pledges, .. } = &self.pledging.lent(loan);
        let currency = loan.terms.principal.currency;
        let given = pledges.iter().filter(|id| self.pledging.state(**id).is_active());
        let given = given.map(|id| self.pledging.of(*id));
        let given: Vec<_> = given.filter(|pledge| pledge.pledgor == pledgor).collect();
        let standing = given.iter().flat_map(Pledge::standing);
        let assets: BTreeSet<AssetId> = standing.map(|right| right.asset).collect();
        let values = assets
            .iter()
            .map(|asset| self.value_in_force(*asset, currency, Some(at)));
        let value = i64::try_from(values.sum::<Option<i128>>()?).ok()?;
        Some(Amount::new(currency, Money::from_minor(value)))
    }
}
