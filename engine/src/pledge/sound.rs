//! What this room promises, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    kit::{checks::ensure, deadlines::Deadline},
    pledge::loans::{are_creditors, is_watched, stand_apart},
    register::pledges::{Lent, PaidFor, concerns, is_live},
    state::Exchange,
    sums::{guarantee::check_called, interest},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use protocol::{
    AssetId, Date, LoanId, Money, PledgeId, Timestamp,
    asset::AssetClass,
    pledge::{COVER_PCT_MAX, Guarantee, GuaranteeState, Loan, LoanState, PAYERS_MAX, PLEDGED_MAX, Pledge, PledgeState},
    risk::CALLS_MAX,
};

/// More than anybody can be free of, or pay: what is owed of a claim is far below it.
const FREED_MAX: i64 = i64::MAX / 4;

impl<B: Book> Exchange<B> {
    /// A pledge that is not over is named by its loan and by each right that it concerns, and no other is; it is of the
    /// claim's holders; of a patent there is one at most.
    pub(crate) fn check_pledges(&self) -> Result<(), String> {
        self.check_proceeds()?;
        let mut of_loans: BTreeMap<LoanId, Vec<PledgeId>> = BTreeMap::new();
        let mut of_rights: BTreeMap<AssetId, Vec<PledgeId>> = BTreeMap::new();
        let mut guaranteed = BTreeSet::new();
        for pledge in self.pledging.pledges.iter() {
            if is_live(pledge.state) {
                of_loans.entry(pledge.loan).or_default().push(pledge.pledge);
            }
            for right in pledge.rights.iter().filter(|right| concerns(&pledge, right.asset)) {
                of_rights.entry(right.asset).or_default().push(pledge.pledge);
            }
            let fits = self.is_of_its_creditors(&pledge) && is_as_its_state(&pledge);
            ensure(fits, || format!("a pledge in no such state: {pledge:?}"))?;
        }
        for (id, lent) in self.pledging.loans.iter() {
            let Lent {
                loan, claim, pledges, ..
            } = lent;
            let named = of_loans.remove(&id).unwrap_or_default();
            let fits = loan.outstanding.money == claim.principal() && named == pledges;
            ensure(fits, || format!("{id:?} has {named:?}, names {pledges:?}"))?;
            let bound = loan.guarantees.iter().filter(|_| loan.state != LoanState::Repaid);
            guaranteed.extend(bound.map(|one| (one.entity, id)));
        }
        ensure(guaranteed == self.pledging.guaranteed, || {
            format!("guarantors of {guaranteed:?}, found by {:?}", self.pledging.guaranteed)
        })?;
        for (asset, right) in self.register.rights() {
            let named = of_rights.remove(&asset).unwrap_or_default();
            ensure(named == *right.pledges, || {
                format!("{asset:?} has {named:?}, names {:?}", right.pledges)
            })?;
            let standing = named.iter().filter(|id| self.pledging.stands(**id)).count();
            ensure(right.class != AssetClass::Patent || standing <= 1, || {
                format!("{asset:?} is pledged {standing} times")
            })?;
        }
        Ok(())
    }

    /// Loans and pledges of a state that was read are such as could be registered and filed.
    pub(crate) fn check_loans_sound(&self) -> Result<(), String> {
        for (id, lent) in self.pledging.loans.iter() {
            let Lent {
                loan, claim, payers, ..
            } = lent;
            let paid = |paid: &PaidFor| paid.left <= paid.sum && paid.principal <= paid.sum;
            let sum = |of: fn(&PaidFor) -> Money| payers.iter().map(|paid| i128::from(of(paid).minor())).sum::<i128>();
            let within = sum(|paid| paid.sum) <= i128::from(FREED_MAX)
                && sum(|paid| paid.principal) <= i128::from(loan.terms.principal.money.minor());
            let payers = payers.len() <= PAYERS_MAX && within && payers.iter().all(paid);
            let insured = self.is_insured_as_told(id, &loan);
            let fits = id == loan.loan && payers && insured && is_sound(&loan) && claim.is_sound(&loan.terms);
            ensure(fits, || format!("{id:?} is no loan that can be registered"))?;
        }
        let insured = |id: &LoanId| self.pledging.loans.has(*id);
        ensure(self.pledging.insured.keys().all(insured), || {
            "an insurance of no loan".into()
        })?;
        for (entity, figures) in &self.pledging.guarantors {
            ensure(self.is_guarantor(*entity, figures), || {
                format!("{entity:?} has figures that nobody can have told")
            })?;
        }
        for (number, pledge) in (0..).zip(self.pledging.pledges.iter()) {
            let principal = self.pledging.lent(pledge.loan).loan.terms.principal;
            let fits = pledge.pledge == PledgeId(number)
                && (1..=PLEDGED_MAX).contains(&pledge.rights.len())
                && pledge
                    .rights
                    .iter()
                    .map(|right| right.asset)
                    .collect::<BTreeSet<_>>()
                    .len()
                    == pledge.rights.len()
                && pledge.amount.currency == principal.currency
                && pledge.amount.money.minor() > 0
                && pledge.cover_pct <= COVER_PCT_MAX
                && are_creditors(&pledge.pledgees);
            ensure(fits, || format!("pledge {number} is none that can be filed"))?;
        }
        Ok(())
    }

    /// Whether a deadline of this room is that of what it names.
    pub(crate) fn is_pledges_deadline(&self, at: Timestamp, deadline: Deadline) -> bool {
        match deadline {
            Deadline::WindowEnds(id) => waits_for_registrar(&self.pledging.of(id)) == Some(at),
            Deadline::ClaimFixes(id) => waits_for_period(&self.pledging.of(id)) == Some(at),
            Deadline::Limitation(id) => waits_for_limitation(&self.pledging.lent(id).loan) == Some(at),
            Deadline::GuaranteeEnds(id, entity) => {
                let loan = &self.pledging.lent(id).loan;
                let mut guarantees = loan.guarantees.iter().filter(|one| one.entity == entity);
                guarantees.any(|one| waits_for_guarantor(loan, one) == Some(at))
            }
            _ => false,
        }
    }

    /// How many deadlines of this room there have to be.
    pub(crate) fn pledges_waiting(&self) -> usize {
        let pledges = self.pledging.pledges.iter();
        let waiting = pledges.map(|pledge| {
            usize::from(waits_for_registrar(&pledge).is_some()) + usize::from(waits_for_period(&pledge).is_some())
        });
        let loans = self.pledging.loans.iter().map(|(_, Lent { loan, .. })| {
            let guarantees = loan.guarantees.iter();
            guarantees.filter_map(|one| waits_for_guarantor(&loan, one)).count()
                + usize::from(waits_for_limitation(&loan).is_some())
        });
        waiting.sum::<usize>() + loans.sum::<usize>()
    }
}

/// When a registrar has to have answered, if that is still to come.
fn waits_for_registrar(pledge: &Pledge) -> Option<Timestamp> {
    comes(pledge.window.filter(|_| !pledge.overdue)?.next())
}

/// When the claims under a maximum amount are determined by themselves.
fn waits_for_period(pledge: &Pledge) -> Option<Timestamp> {
    let waits = pledge.state.is_active() && pledge.fixed.is_none();
    let until = pledge.maximum.filter(|_| waits)?.until?;
    comes(until.next())
}

/// When a claim's limitation has run.
fn waits_for_limitation(loan: &Loan) -> Option<Timestamp> {
    let waits = !loan.barred && loan.state != LoanState::Repaid;
    waits.then(|| comes(loan.limitation.next())).flatten()
}

/// When a guarantor is free that nobody asks.
fn waits_for_guarantor(loan: &Loan, guarantee: &Guarantee) -> Option<Timestamp> {
    is_watched(loan, guarantee).then(|| comes(guarantee.ends)).flatten()
}

/// The beginning of a day, unless it never comes.
fn comes(day: Date) -> Option<Timestamp> {
    Some(day.start()).filter(|at| *at != Timestamp::NEVER)
}

/// Whether a loan is one that can be registered.
fn is_sound(loan: &Loan) -> bool {
    let guarantors = loan.terms.guarantors.iter().map(|guarantor| guarantor.entity);
    let currency = loan.terms.principal.currency;
    // It grows by what is owed, which is bounded.
    let freed =
        |guarantee: &Guarantee| guarantee.freed.currency == currency && guarantee.freed.money.minor() <= FREED_MAX;
    let due = loan.due_day();
    let mut both = loan.terms.guarantors.iter().zip(&loan.guarantees);
    let called = both.all(|(guarantor, guarantee)| {
        let called = check_called(guarantor.kind, due, guarantee.ends.before(), &guarantee.calls);
        guarantee.calls.len() <= CALLS_MAX && called.is_ok() == (guarantee.state == GuaranteeState::Asked)
    });
    are_creditors(&loan.creditors)
        && called
        && loan.outstanding.currency == currency
        && loan.guarantees.iter().all(freed)
        && stand_apart(&loan.creditors, loan.debtor, &loan.terms.guarantors)
        && guarantors.eq(loan.guarantees.iter().map(|guarantee| guarantee.entity))
        && interest::check(&loan.terms).is_ok()
}

/// Whether a pledge has what its state needs, and nothing that it has no need of.
fn is_as_its_state(pledge: &Pledge) -> bool {
    use PledgeState as S;
    let recorded = pledge.registered_at.is_some();
    let created = match pledge.state {
        S::Draft | S::Submitted | S::Deficient | S::Refused | S::Withdrawn => !recorded,
        S::Registered | S::Changed | S::Defaulted | S::Disposing | S::Released | S::Closed | S::Lapsed => recorded,
    };
    // One that is being disposed of stays until the price of its last right is paid out.
    let stays = pledge.state == S::Disposing;
    let standing = !pledge.state.is_active() || stays || pledge.standing().next().is_some();
    let waits = pledge.window.is_none() || pledge.state == S::Submitted;
    let defects = pledge.defects.is_empty() || pledge.state == S::Deficient;
    created && standing && waits && defects
}
