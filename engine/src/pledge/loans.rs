//! Loans: who lent what to whom, and who may know of it.
//!
//! Invariant: nobody owes itself, and none of a claim's holders answers for it. What a claim comes to is reckoned by
//! `sums::interest`.

use crate::{
    book::Book,
    kit::{checks::require, deadlines::Deadline},
    pledge::guarantees::{free_from, settle_guarantees},
    register::{
        lent::{Classes, InterestPaid, Lent, limitation_of},
        party::{ACTS, User},
        right::PARTS_MAX,
    },
    state::Exchange,
    sums::interest::{self, Claim},
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    Amount, Date, EntityId, LoanId, Money, Readers, Receipt, Record, Reject,
    claim::Guarantor,
    party::Roles,
    pledge::{CREDITORS_MAX, Guarantee, GuaranteeState, Loan, LoanState, RegisterLoan},
    title::Share,
};

/// Who lends here.
const MAY_LEND: Roles = Roles::BANK.with(Roles::OPERATOR);
/// Who acts for a party of a loan or a pledge.
pub(crate) const MAY_ACT: Roles = ACTS.with(Roles::OPERATOR);

/// Whether these can hold a claim together.
pub(super) fn are_creditors(creditors: &[Share]) -> bool {
    let distinct: BTreeSet<_> = creditors.iter().map(|share| share.entity).collect();
    (1..=CREDITORS_MAX).contains(&creditors.len())
        && distinct.len() == creditors.len()
        && creditors.iter().all(|share| (1..=PARTS_MAX).contains(&share.parts))
}

/// Whether a debtor and guarantors stand apart from those who hold the claim.
pub(super) fn stand_apart(creditors: &[Share], debtor: EntityId, guarantors: &[Guarantor]) -> bool {
    let lends = |entity: EntityId| creditors.iter().any(|share| share.entity == entity);
    let answers = guarantors.iter().map(|guarantor| guarantor.entity);
    !lends(debtor) && answers.into_iter().all(|entity| !lends(entity) && entity != debtor)
}

impl<B: Book> Exchange<B> {
    /// Registers a loan. By a bank for a claim that it holds a part of, or an operator.
    pub(crate) fn register_loan(
        &mut self,
        user: User,
        asked: &RegisterLoan,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RegisterLoan {
            creditors,
            debtor,
            terms,
            reference,
            contract,
        } = asked;
        user.may(MAY_LEND)?;
        let acting = creditors.first().map(|share| share.entity);
        require(user.is_operator() || acting == Some(user.entity), Reject::NotAParty)?;
        let fits = are_creditors(creditors)
            && stand_apart(creditors, *debtor, &terms.guarantors)
            && terms.drawn <= tell.at.venue_date();
        require(fits, Reject::LoanInvalid)?;
        interest::check(terms)?;
        let guarantors = terms.guarantors.iter().map(|guarantor| guarantor.entity);
        let parties = creditors.iter().map(|share| share.entity).chain([*debtor]);
        parties
            .chain(guarantors)
            .try_for_each(|entity| self.register.check_entity(entity))?;
        self.check_guarantors(*debtor, terms)?;

        let id = LoanId::from(tell.seq);
        let claim = Claim::drawn(terms);
        let guarantee = |guarantor: &Guarantor| Guarantee {
            entity: guarantor.entity,
            ends: free_from(guarantor, terms.due, &self.epoch().calendar),
            state: GuaranteeState::Bound,
            freed: Amount::new(terms.principal.currency, Money::ZERO),
            calls: Vec::new(),
        };
        let mut loan = Loan {
            loan: id,
            creditors: creditors.clone(),
            debtor: *debtor,
            terms: terms.clone(),
            outstanding: Amount::new(terms.principal.currency, claim.principal()),
            accelerated: None,
            state: LoanState::Running,
            limitation: limitation_of(terms.due),
            barred: false,
            insolvency: None,
            guarantees: terms.guarantors.iter().map(guarantee).collect(),
            insurer: None,
            reference: reference.clone(),
            contract: *contract,
        };
        settle_past(&mut loan, tell.at.venue_date());
        self.watch_loan(&loan);
        let named = terms.guarantors.iter().map(|guarantor| (guarantor.entity, id));
        self.pledging.guaranteed.extend(named);
        let lent = Lent {
            loan,
            claim,
            pledges: Vec::new(),
            classes: Classes::default(),
            paid: InterestPaid::default(),
            payers: Vec::new(),
        };
        self.pledging.loans.add(id, &lent);
        self.tell_loan(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// The loan, if the asker may know of it: another's is as good as none.
    pub(crate) fn loan_for(&self, user: User, loan: LoanId) -> Result<Lent, Reject> {
        let found = self.pledging.loans.get(loan);
        let knows = |lent: &Lent| user.is_operator() || is_party(&lent.loan, user.entity);
        found.filter(knows).ok_or(Reject::UnknownLoan)
    }

    /// The loan, for one of its creditors or the venue in its place.
    pub(crate) fn owed_to(&self, user: User, loan: LoanId) -> Result<Lent, Reject> {
        user.may(MAY_ACT)?;
        let lent = self.loan_for(user, loan)?;
        require(
            user.is_operator() || lent.loan.is_owed_to(user.entity),
            Reject::NotAParty,
        )?;
        Ok(lent)
    }

    /// The deadlines that a loan waits for.
    pub(super) fn watch_loan(&mut self, loan: &Loan) {
        let id = loan.loan;
        if !loan.barred && loan.state != LoanState::Repaid {
            let over = loan.limitation.next().start();
            self.deadlines.add(over, Deadline::Limitation(id));
        }
        for guarantee in loan.guarantees.iter().filter(|one| is_watched(loan, one)) {
            let ends = Deadline::GuaranteeEnds(id, guarantee.entity);
            self.deadlines.add(guarantee.ends.start(), ends);
        }
    }

    /// A loan is about to change: what it waited for it waits for no longer.
    pub(super) fn unwatch_loan(&mut self, id: LoanId) {
        let loan = &self.pledging.lent(id).loan;
        let over = loan.limitation.next().start();
        self.deadlines.remove(over, Deadline::Limitation(id));
        for guarantee in &loan.guarantees {
            let ends = Deadline::GuaranteeEnds(id, guarantee.entity);
            self.deadlines.remove(guarantee.ends.start(), ends);
        }
    }

    /// Changes a loan, and with it what it waits for; then tells its parties.
    pub(crate) fn change_loan(&mut self, id: LoanId, change: impl FnOnce(&mut Lent), tell: &mut Tell<'_>) {
        self.unwatch_loan(id);
        let loan = self.pledging.change_lent(id, |lent| {
            change(lent);
            lent.loan.outstanding.money = lent.claim.principal();
            lent.loan.clone()
        });
        for guarantee in &loan.guarantees {
            let named = (guarantee.entity, id);
            if loan.state == LoanState::Repaid {
                self.pledging.guaranteed.remove(&named);
            } else {
                self.pledging.guaranteed.insert(named);
            }
        }
        self.watch_loan(&loan);
        self.tell_loan(id, tell);
    }

    /// Tells its parties how a loan stands now.
    pub(super) fn tell_loan(&self, id: LoanId, tell: &mut Tell<'_>) {
        let loan = self.pledging.lent(id).loan;
        tell.record(parties_of(&loan), Record::Loan(loan));
    }

    /// A claim's limitation has run: its pledges cannot be enforced any more (担保制度解释 44).
    pub(crate) fn limitation_runs(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        let loan = self.pledging.lent(id).loan;
        if loan.limitation.next().start() == tell.at && !loan.barred {
            self.pledging.change_lent(id, |lent| lent.loan.barred = true);
            self.tell_loan(id, tell);
        }
    }

    /// Nobody asked a guarantor in time: it is free (民法典 693).
    pub(crate) fn guarantee_runs_out(&mut self, id: LoanId, entity: EntityId, tell: &mut Tell<'_>) {
        let over = self.pledging.change_lent(id, |lent| {
            let mut guarantees = lent.loan.guarantees.iter_mut();
            let guarantee = guarantees.find(|one| one.entity == entity && one.ends.start() == tell.at);
            let bound = guarantee.filter(|one| one.state == GuaranteeState::Bound);
            bound.map(|guarantee| guarantee.state = GuaranteeState::Ended)
        });
        if over.is_some() {
            self.tell_loan(id, tell);
        }
    }
}

/// What has run out by this day has run out, whenever it is told.
pub(super) fn settle_past(loan: &mut Loan, today: Date) {
    loan.barred = loan.limitation < today;
    settle_guarantees(loan, today);
}

/// Whether a guarantee waits for its end.
pub(super) fn is_watched(loan: &Loan, guarantee: &Guarantee) -> bool {
    guarantee.state == GuaranteeState::Bound && loan.state != LoanState::Repaid
}

/// Whether this participant is a party to a loan.
fn is_party(loan: &Loan, entity: EntityId) -> bool {
    let guarantees = || loan.guarantees.iter().any(|guarantee| guarantee.entity == entity);
    loan.debtor == entity || loan.is_owed_to(entity) || guarantees() || loan.insurer == Some(entity)
}

/// Who may know of a loan: its creditors, its debtor and who answers beside it.
pub(crate) fn parties_of(loan: &Loan) -> Readers {
    let creditors = loan.creditors.iter().map(|share| share.entity);
    let guarantors = loan.guarantees.iter().map(|guarantee| guarantee.entity);
    let parties = creditors.chain([loan.debtor]).chain(guarantors);
    Readers::Only(parties.chain(loan.insurer).collect())
}
