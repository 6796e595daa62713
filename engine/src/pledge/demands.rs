//! Demands: what a creditor asked of whom, and what follows: a limitation begins anew, a whole debt falls due, a guarantor
//! stays bound (民法典 188, 195, 692, 693).
//!
//! Invariant: a guarantee whose period ran out without the demand that its kind takes is over; a claim whose limitation
//! ran is not revived by asking. A general guarantor is asked to pay once execution failed, or on a ground of the law: the
//! defence is against being asked (民法典 687), so that is where it is asked, and not of a guarantor that pays.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::{
        guarantees::free_from,
        loans::{is_watched, parties_of, settle_past},
    },
    register::{
        lent::{Lent, limitation_of},
        party::User,
    },
    state::Exchange,
    sums::guarantee::{check_called, check_turn},
    tell::Tell,
};
use protocol::{
    Date, EntityId, Receipt, Record, Reject,
    claim::{GuaranteeKind, Guarantor},
    pledge::{Demand, DemandKind, Guarantee, GuaranteeState, Loan, LoanState, RecordDemand, WithdrawSuit},
    risk::{CALLS_MAX, Call, CallKind, CalledFirst},
    rules::Calendar,
};

/// Whether this demand, of this party, is one that there is.
fn is_demand(loan: &Loan, asked: &RecordDemand, today: Date) -> bool {
    let of_debtor = asked.on == loan.debtor;
    let of_guarantor = loan.guarantor(asked.on).is_some();
    let fits = match asked.kind {
        DemandKind::Payment | DemandKind::Acceleration => of_debtor,
        DemandKind::Guarantee => of_guarantor,
        DemandKind::Suit => of_debtor || of_guarantor,
    };
    fits && asked.served <= today && asked.served >= loan.terms.drawn
}

/// The guarantees that wait for a demand and that this one asks.
pub(crate) fn bound_that_are_asked<'a>(loan: &'a Loan, asked: &'a RecordDemand) -> impl Iterator<Item = &'a Guarantee> {
    let both = loan.terms.guarantors.iter().zip(&loan.guarantees);
    both.filter(|(guarantor, guarantee)| {
        is_watched(loan, guarantee) && call_on(loan.debtor, guarantor, asked).is_some()
    })
    .map(|(_, guarantee)| guarantee)
}

/// How a demand calls on this guarantor, if it is meant by it: a joint one is asked itself, a general one by a suit
/// against the debtor (民法典 693).
fn call_on(debtor: EntityId, guarantor: &Guarantor, asked: &RecordDemand) -> Option<Call> {
    let how = match (guarantor.kind, asked.kind) {
        (GuaranteeKind::Joint, DemandKind::Guarantee) if asked.on == guarantor.entity => CallKind::Asked,
        (GuaranteeKind::Joint, DemandKind::Suit) if asked.on == guarantor.entity => CallKind::Sued,
        (GuaranteeKind::General | GuaranteeKind::NotSaid, DemandKind::Suit) if asked.on == debtor => CallKind::Sued,
        _ => return None,
    };
    Some(Call {
        how,
        on: asked.served,
        withdrawn: false,
        served: false,
        evidence: asked.proof,
    })
}

/// Whether a call is one more to be kept: it is in time, and nothing that cannot be withdrawn bound the guarantor before.
fn counts(loan: &Loan, guarantor: &Guarantor, guarantee: &Guarantee, call: Call) -> bool {
    let (due, last) = (loan.due_day(), guarantee.ends.before());
    let bound = guarantee.calls.iter().any(|call| call.how == CallKind::Asked);
    !bound && check_called(guarantor.kind, due, last, &[call]).is_ok()
}

impl<B: Book> Exchange<B> {
    /// Records a demand, and what follows from it as of the day on which it was served.
    pub(crate) fn record_demand(
        &mut self,
        user: User,
        asked: &RecordDemand,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordDemand { loan: id, .. } = *asked;
        let Lent { loan, claim, .. } = &self.owed_to(user, id)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        require(is_demand(loan, asked, tell.at.venue_date()), Reject::DemandInvalid)?;
        let mut both = loan.terms.guarantors.iter().zip(&loan.guarantees);
        let full = |(guarantor, guarantee): (&Guarantor, &Guarantee)| {
            let call = call_on(loan.debtor, guarantor, asked);
            guarantee.calls.len() >= CALLS_MAX && call.is_some_and(|call| counts(loan, guarantor, guarantee, call))
        };
        require(!both.any(full), Reject::DemandInvalid)?;
        let called = loan.guarantor(asked.on);
        let free = called.is_some_and(|(_, guarantee)| is_free(guarantee, asked.served));
        require(asked.served <= loan.limitation, Reject::LimitationRun)?;
        require(!free, Reject::GuaranteeEnded)?;
        if let Some((guarantor, _)) = called.filter(|_| asked.kind == DemandKind::Guarantee) {
            // Who pays as for a loan on credit gave up to be called after the debtor.
            let waived = guarantor.as_credit.then_some(CalledFirst::Waived);
            check_turn(guarantor.kind, asked.executed_in_vain, asked.ground.or(waived))?;
        }
        let mut called_in = claim.clone();
        if asked.kind == DemandKind::Acceleration && asked.served < loan.due_day() {
            called_in.call_in(&loan.terms, asked.served)?;
        }

        let demand = Demand {
            loan: id,
            kind: asked.kind,
            on: asked.on,
            served: asked.served,
            ground: asked.ground,
            executed_in_vain: asked.executed_in_vain,
            proof: asked.proof,
        };
        let readers = parties_of(loan);
        tell.record(readers, Record::Demand(demand));
        let today = tell.at.venue_date();
        let calendar = self.epoch().calendar.clone();
        let change = |lent: &mut Lent| {
            lent.claim = called_in;
            follow(&mut lent.loan, asked, &calendar, today);
        };
        self.change_loan(id, change, tell);
        Ok(Receipt::Done)
    }

    /// Records that a suit was withdrawn. What it interrupted stays interrupted (民法典 195); a guarantor whom nothing else
    /// keeps bound is as if it had not been called on (担保解释 31).
    pub(crate) fn withdraw_suit(
        &mut self,
        user: User,
        asked: &WithdrawSuit,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent { loan, .. } = &self.owed_to(user, asked.loan)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        let debtor = loan.debtor;
        let mut both = loan.terms.guarantors.iter().zip(&loan.guarantees);
        let kept = both.any(|(guarantor, guarantee)| {
            let of_it = is_sued(debtor, guarantor, asked);
            of_it && guarantee.calls.iter().any(|call| is_suit_of(call, asked.brought))
        });
        require(kept, Reject::SuitUnknown)?;

        let today = tell.at.venue_date();
        let change = |lent: &mut Lent| {
            let loan = &mut lent.loan;
            for (guarantor, guarantee) in loan.terms.guarantors.iter().zip(&mut loan.guarantees) {
                let calls = guarantee.calls.iter_mut();
                let of_it = is_sued(debtor, guarantor, asked);
                for call in calls.filter(|call| of_it && is_suit_of(call, asked.brought)) {
                    (call.withdrawn, call.served) = (true, asked.served);
                }
            }
            settle_past(loan, today);
        };
        self.change_loan(asked.loan, change, tell);
        Ok(Receipt::Done)
    }
}

/// Whether a suit against this party is one by which the guarantor was called on.
fn is_sued(debtor: EntityId, guarantor: &Guarantor, asked: &WithdrawSuit) -> bool {
    match guarantor.kind {
        GuaranteeKind::Joint => asked.against == guarantor.entity,
        GuaranteeKind::General | GuaranteeKind::NotSaid => asked.against == debtor,
    }
}

/// Whether a call is a suit of this day that was not withdrawn.
fn is_suit_of(call: &Call, brought: Date) -> bool {
    call.how == CallKind::Sued && call.on == brought && !call.withdrawn
}

/// Whether a guarantor was free on this day already.
fn is_free(guarantee: &Guarantee, day: Date) -> bool {
    guarantee.state != GuaranteeState::Asked && guarantee.ends <= day
}

/// What follows from a demand for the loan.
fn follow(loan: &mut Loan, asked: &RecordDemand, calendar: &Calendar, today: Date) {
    let served = asked.served;
    if asked.kind == DemandKind::Acceleration && served < loan.due_day() {
        loan.accelerated = Some(served);
        loan.limitation = limitation_of(served);
        for (guarantor, guarantee) in loan.terms.guarantors.iter().zip(&mut loan.guarantees) {
            guarantee.ends = free_from(guarantor, served, calendar);
        }
    }
    // Before it is due there is nothing to interrupt.
    if served >= loan.due_day() && asked.on == loan.debtor {
        loan.limitation = loan.limitation.max(limitation_of(served));
    }
    let before = loan.clone();
    for (guarantor, guarantee) in loan.terms.guarantors.iter().zip(&mut loan.guarantees) {
        let call = call_on(before.debtor, guarantor, asked);
        let call = call.filter(|call| counts(&before, guarantor, guarantee, *call));
        guarantee.calls.extend(call);
    }
    settle_past(loan, today);
}
