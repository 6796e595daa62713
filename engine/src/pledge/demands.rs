//! Demands: what a creditor asked of whom, and what follows: a limitation begins anew, a whole debt falls due, a guarantor
//! stays bound (民法典 188, 195, 692, 693).
//!
//! Invariant: a guarantee whose period ran out without the demand that its kind takes is over; a claim whose limitation
//! ran is not revived by asking.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::{is_watched, parties_of, settle_past},
    register::{
        party::User,
        pledges::{Lent, guarantee_ends, limitation_of},
    },
    state::Exchange,
    tell::Tell,
};
use protocol::{
    Date, EntityId, Receipt, Record, Reject,
    claim::GuaranteeKind,
    pledge::{Demand, DemandKind, Guarantee, GuaranteeState, Loan, LoanState, RecordDemand},
};

/// What is said of a guarantor in the terms of a loan, and how it stands.
fn guarantor(loan: &Loan, entity: EntityId) -> Option<(GuaranteeKind, Guarantee)> {
    let both = loan.terms.guarantors.iter().zip(&loan.guarantees);
    both.into_iter()
        .find(|(guarantor, _)| guarantor.entity == entity)
        .map(|(guarantor, guarantee)| (guarantor.kind, *guarantee))
}

/// Whether this demand, of this party, is one that there is.
fn is_demand(loan: &Loan, asked: &RecordDemand, today: Date) -> bool {
    let of_debtor = asked.on == loan.debtor;
    let of_guarantor = guarantor(loan, asked.on).is_some();
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
    both.filter(|(guarantor, guarantee)| is_watched(loan, guarantee) && asks(loan, guarantee, guarantor.kind, asked))
        .map(|(_, guarantee)| guarantee)
}

/// Whether a demand asks this guarantor as its kind takes it: a joint one is asked itself, a general one by a suit
/// against the debtor (民法典 693).
fn asks(loan: &Loan, guarantee: &Guarantee, kind: GuaranteeKind, asked: &RecordDemand) -> bool {
    match kind {
        GuaranteeKind::Joint => {
            asked.on == guarantee.entity && matches!(asked.kind, DemandKind::Guarantee | DemandKind::Suit)
        }
        GuaranteeKind::General | GuaranteeKind::NotSaid => asked.on == loan.debtor && asked.kind == DemandKind::Suit,
    }
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
        let Lent { loan, claim, .. } = self.owed_to(user, id)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        require(is_demand(loan, asked, tell.at.venue_date()), Reject::DemandInvalid)?;
        let called = guarantor(loan, asked.on).map(|(_, guarantee)| guarantee);
        let free = called.is_some_and(|guarantee| is_free(&guarantee, asked.served));
        require(asked.served <= loan.limitation, Reject::LimitationRun)?;
        require(!free, Reject::GuaranteeEnded)?;
        let mut called_in = claim.clone();
        if asked.kind == DemandKind::Acceleration && asked.served < loan.due_day() {
            called_in.call_in(&loan.terms, asked.served)?;
        }

        let demand = Demand {
            loan: id,
            kind: asked.kind,
            on: asked.on,
            served: asked.served,
            proof: asked.proof,
        };
        let readers = parties_of(loan);
        tell.record(readers, Record::Demand(demand));
        let today = tell.at.venue_date();
        let change = |lent: &mut Lent| {
            lent.claim = called_in;
            follow(&mut lent.loan, asked, today);
        };
        self.change_loan(id, change, tell);
        Ok(Receipt::Done)
    }
}

/// Whether a guarantor was free on this day already.
fn is_free(guarantee: &Guarantee, day: Date) -> bool {
    guarantee.state != GuaranteeState::Asked && guarantee.ends <= day
}

/// What follows from a demand for the loan.
fn follow(loan: &mut Loan, asked: &RecordDemand, today: Date) {
    let served = asked.served;
    if asked.kind == DemandKind::Acceleration && served < loan.due_day() {
        loan.accelerated = Some(served);
        loan.limitation = limitation_of(served);
        for (guarantor, guarantee) in loan.terms.guarantors.iter().zip(&mut loan.guarantees) {
            if guarantee.state == GuaranteeState::Bound {
                guarantee.ends = guarantee_ends(guarantor, served);
            }
        }
    }
    // Before it is due there is nothing to interrupt.
    if served >= loan.due_day() && asked.on == loan.debtor {
        loan.limitation = loan.limitation.max(limitation_of(served));
    }
    let before = loan.clone();
    for (guarantor, guarantee) in loan.terms.guarantors.iter().zip(&mut loan.guarantees) {
        if asks(&before, guarantee, guarantor.kind, asked) && !is_free(guarantee, served) {
            guarantee.state = GuaranteeState::Asked;
        }
    }
    settle_past(loan, today);
}
