//! The claim that a pledge stands for: it passes to others and takes the pledge along, and under a maximum amount it is
//! determined some day (民法典 407, 421, 423, 547).
//!
//! Invariant: a pledge that is not over is of the present holders of the claim, whatever the register still shows. Under
//! a maximum amount a part of the claims takes no pledge along before they are determined, unless that was agreed.

use crate::{
    book::Book,
    kit::{checks::require, deadlines::Deadline},
    pledge::loans::{MAY_ACT, are_creditors, stand_apart},
    register::{lent::Lent, party::User},
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, Date, EntityId, PledgeId, Receipt, Record, Reject, Timestamp,
    pledge::{AssignClaim, FixCause, FixClaim, Fixed, Pledge},
    title::Share,
};

/// How long after its recording the claims under a maximum amount without a period can be determined by asking, in
/// months (民法典 423).
const ASKED_MONTHS: u32 = 24;

/// The holders of a claim once one of them passed parts of it on; the acting one stays first, or its successor stands in
/// its place.
fn assigned(creditors: &[Share], from: EntityId, to: EntityId, parts: u32) -> Option<Vec<Share>> {
    let mut after = creditors.to_vec();
    let place = after.iter().position(|share| share.entity == from)?;
    let kept = after[place].parts.checked_sub(parts)?;
    match after.iter().position(|share| share.entity == to) {
        Some(other) => after[other].parts = after[other].parts.checked_add(parts)?,
        None => after.insert(place + 1, Share { entity: to, parts }),
    }
    if kept == 0 {
        after.remove(place);
    } else {
        after[place].parts = kept;
    }
    Some(after)
}

impl<B: Book> Exchange<B> {
    /// A creditor assigns parts of its claim: the pledges go along in the same moment, before any register says so.
    pub(crate) fn pass_claim(
        &mut self,
        user: User,
        asked: &AssignClaim,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let AssignClaim { loan: id, to, .. } = *asked;
        user.may(MAY_ACT)?;
        let loan = &self.loan_for(user, id)?.loan;
        let own = loan.creditors.iter().find(|share| share.entity == user.entity);
        let own = own.ok_or(Reject::NotAParty)?.parts;
        let parts = asked.parts.unwrap_or(own);
        let unfixed = |pledge: &PledgeId| {
            let pledge = &self.pledging.of(*pledge);
            pledge.maximum.is_some() && pledge.fixed.is_none()
        };
        let unfixed = self.pledging.lent(id).pledges.iter().any(unfixed);
        let whole = parts == own && loan.creditors.len() == 1;
        require(whole || asked.agreed || !unfixed, Reject::ClaimNotFixed)?;
        let after = assigned(&loan.creditors, user.entity, to, parts).filter(|_| parts > 0 && to != user.entity);
        let sound = |after: &Vec<Share>| are_creditors(after) && self.may_hold(id, after);
        let after = after.filter(sound).ok_or(Reject::AssignmentInvalid)?;
        self.register.check_entity(to)?;
        require(self.spoken_for(id).is_none(), Reject::ClaimSpokenFor)?;

        let before = self.pledging.lent(id).loan.creditors;
        self.change_loan(id, |lent| lent.loan.creditors = after, tell);
        self.pass_pledges(id, &before, tell);
        self.disposals.unsettle(id);
        Ok(Receipt::Done)
    }

    /// Whether these stand apart from who owes a claim, answers for it, or pledged for it.
    fn may_hold(&self, loan: protocol::LoanId, creditors: &[Share]) -> bool {
        let Lent { loan, pledges, .. } = &self.pledging.lent(loan);
        let holds = |entity: EntityId| creditors.iter().any(|share| share.entity == entity);
        stand_apart(creditors, loan.debtor, &loan.terms.guarantors)
            && !loan.insurer.is_some_and(holds)
            && pledges.iter().all(|pledge| !holds(self.pledging.of(*pledge).pledgor))
    }

    /// The pledges of a claim are its new holders'; who held it before is told so too.
    fn pass_pledges(&mut self, loan: protocol::LoanId, before: &[Share], tell: &mut Tell<'_>) {
        let Lent { loan, pledges, .. } = self.pledging.lent(loan);
        for id in pledges {
            self.pledging.change(id, |pledge| {
                pledge.pledgees.clone_from(&loan.creditors);
                pledge.register_behind = pledge.state.is_active();
            });
            self.tell_pledge(id, tell);
        }
        let left = before.iter().filter(|share| !loan.is_owed_to(share.entity));
        let left: Vec<_> = left.map(|share| share.entity).collect();
        if !left.is_empty() {
            tell.record(protocol::Readers::Only(left), Record::Loan(loan));
        }
    }

    /// The claims under a maximum amount are determined.
    pub(crate) fn fix_claim(&mut self, user: User, asked: &FixClaim, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let pledge = &self.pledge_of(user, asked.pledge)?;
        let fits = asked.principal.currency == pledge.amount.currency;
        require(fits && asked.principal.money.minor() >= 0, Reject::AmountInvalid)?;
        require(pledge.state.is_active(), Reject::StateForbids)?;
        require(pledge.maximum.is_some(), Reject::NoMaximum)?;
        require(pledge.fixed.is_none(), Reject::ClaimFixed)?;
        require(may_fix(pledge, asked.cause, asked.on, tell.at), Reject::ClaimNotFixed)?;

        self.forget_period(asked.pledge);
        let fixed = Fixed {
            cause: asked.cause,
            on: asked.on,
            principal: asked.principal,
        };
        self.pledging.change(asked.pledge, |pledge| pledge.fixed = Some(fixed));
        self.tell_pledge(asked.pledge, tell);
        Ok(Receipt::Done)
    }

    /// The day after the last on which claims arise under a maximum amount.
    fn period_over(&self, id: PledgeId) -> Option<Timestamp> {
        let pledge = &self.pledging.of(id);
        let until = pledge.maximum.filter(|_| pledge.fixed.is_none())?.until?;
        Some(until.next().start())
    }

    /// A pledge under a maximum amount waits for the end of its period, unless that is over by now.
    pub(super) fn await_period(&mut self, id: PledgeId, at: Timestamp) {
        match self.period_over(id) {
            Some(over) if over <= at => self.fix_at_period(id, over),
            Some(over) => self.deadlines.add(over, Deadline::ClaimFixes(id)),
            None => {}
        }
    }

    /// It waits for it no longer.
    pub(super) fn forget_period(&mut self, id: PledgeId) {
        if let Some(over) = self.period_over(id) {
            self.deadlines.remove(over, Deadline::ClaimFixes(id));
        }
    }

    /// The period is over: what is owed of the principal is what the pledge stands for (民法典 423).
    pub(crate) fn claim_fixes(&mut self, id: PledgeId, tell: &mut Tell<'_>) {
        if self.period_over(id) == Some(tell.at) && self.pledging.state(id).is_active() {
            self.fix_at_period(id, tell.at);
            self.tell_pledge(id, tell);
        }
    }

    fn fix_at_period(&mut self, id: PledgeId, over: Timestamp) {
        let pledge = &self.pledging.of(id);
        let owed = self.pledging.lent(pledge.loan).claim.principal();
        let principal = Amount::new(pledge.amount.currency, owed);
        let fixed = Fixed {
            cause: FixCause::PeriodEnded,
            on: over.venue_date(),
            principal,
        };
        self.pledging.change(id, |pledge| pledge.fixed = Some(fixed));
    }
}

/// Whether the claims can be determined for this cause as of this day (民法典 423).
fn may_fix(pledge: &Pledge, cause: FixCause, on: Date, at: Timestamp) -> bool {
    let until = pledge.maximum.and_then(|maximum| maximum.until);
    let recorded = pledge.registered_at.map(Timestamp::venue_date);
    let may = match cause {
        FixCause::PeriodEnded => until.is_some_and(|until| on > until),
        FixCause::Asked => until.is_none() && recorded.is_some_and(|day| on >= day.plus_months(ASKED_MONTHS)),
        FixCause::NoNewClaim | FixCause::Frozen | FixCause::Bankrupt | FixCause::Law => true,
    };
    may && on <= at.venue_date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(entity: u32, parts: u32) -> Share {
        let entity = EntityId(entity);
        Share { entity, parts }
    }

    #[test]
    fn parts_of_a_claim_move_and_none_is_lost() {
        let (one, two, three) = (EntityId(1), EntityId(2), EntityId(3));
        let held = [share(1, 60), share(2, 40)];
        assert_eq!(assigned(&held, one, three, 60), Some(vec![share(3, 60), share(2, 40)]));
        assert_eq!(
            assigned(&held, one, three, 20),
            Some(vec![share(1, 40), share(3, 20), share(2, 40)])
        );
        assert_eq!(assigned(&held, two, one, 40), Some(vec![share(1, 100)]));
        assert_eq!(assigned(&held, two, three, 41), None);
        assert_eq!(assigned(&held, three, one, 1), None);
    }

    use alloc::vec;
}
