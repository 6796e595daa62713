//! What this room promises, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    kit::{checks::ensure, deadlines::Deadline},
    pledge::loans::{are_creditors, is_watched, stand_apart},
    register::{
        lent::{Classes, Lent, PaidFor},
        pledges::{concerns, is_live},
    },
    state::Exchange,
    sums::{guarantee::check_called, interest},
};
use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt::{Debug, Display};
use protocol::{
    Currency, Date, EntityId, LoanId, Money, PledgeId, Timestamp,
    asset::AssetClass,
    pledge::{COVER_PCT_MAX, Guarantee, GuaranteeState, Loan, LoanState, PAYERS_MAX, PLEDGED_MAX, Pledge, PledgeState},
    risk::CALLS_MAX,
    title::Share,
};
use serde::{Serialize, Serializer};

/// More than anybody can be free of, or pay: what is owed of a claim is far below it.
const FREED_MAX: i64 = i64::MAX / 4;

/// What the walk over loans and pledges found.
#[derive(Default)]
struct Found {
    /// Of each loan, at its place.
    loans: Vec<Pledged>,
    /// Guarantors of loans that are not repaid.
    guaranteed: BTreeSet<(EntityId, LoanId)>,
    /// How many pledges loans name, and how many are not over.
    named: usize,
    live: usize,
    /// How many rights pledges stand on, or are to.
    concerned: usize,
    /// How many deadlines there have to be.
    waiting: usize,
}

/// What a loan's pledges are held against.
struct Pledged {
    id: LoanId,
    currency: Currency,
    creditors: Vec<Share>,
    pledges: Vec<PledgeId>,
    /// The classes that it says were pledged for it, and those that were.
    said: Classes,
    classes: Classes,
}

impl<B: Book> Exchange<B> {
    /// Loans and pledges are such as could be registered and filed, and what waits has its deadline. A pledge that is not
    /// over is named by its loan and by each right that it concerns, and no other is; it is of the claim's holders; of a
    /// patent there is one at most. Says how many deadlines of this room there have to be.
    ///
    /// Each is opened once and asked everything while it is open: that it is in its canonical form, then of `known` that
    /// what it names is there, then what follows that. Until then nothing may open one that was read.
    pub(crate) fn check_pledging<K>(&self, known: K) -> Result<usize, String>
    where
        K: Serializer<Error: Display> + Copy,
    {
        let mut found = Found::default();
        for (id, lent) in self.pledging.loans.checked() {
            self.check_loan(id, opened(id, lent, known)?, &mut found)?;
        }
        for (id, pledge) in (0..).map(PledgeId).zip(self.pledging.pledges.checked()) {
            self.check_pledge(id, &opened(id, pledge, known)?, &mut found)?;
        }
        self.check_found(&found)?;
        self.check_told_of_loans()?;
        self.check_proceeds()?;
        Ok(found.waiting)
    }

    /// A loan by itself, and what its pledges are to be held against.
    fn check_loan(&self, id: LoanId, lent: Lent, found: &mut Found) -> Result<(), String> {
        let Lent {
            loan,
            claim,
            pledges,
            classes,
            paid: _,
            payers,
        } = &lent;
        let paid = |paid: &PaidFor| paid.left <= paid.sum && paid.principal <= paid.sum;
        let sum = |of: fn(&PaidFor) -> Money| payers.iter().map(|paid| i128::from(of(paid).minor())).sum::<i128>();
        let within = sum(|paid| paid.sum) <= i128::from(FREED_MAX)
            && sum(|paid| paid.principal) <= i128::from(loan.terms.principal.money.minor());
        let payers = payers.len() <= PAYERS_MAX && within && payers.iter().all(paid);
        let insured = self.is_insured_as_told(id, loan);
        let numbered = id == loan.loan && id.0 <= self.seq.0;
        let fits = numbered && payers && insured && is_sound(loan) && claim.is_sound(&loan.terms);
        ensure(fits, || format!("{id:?} is no loan that can be registered"))?;
        ensure(paid_of_charges(&lent), || {
            format!("{id:?} had more interest paid than charges")
        })?;
        let whole = loan.outstanding.money == claim.principal();
        ensure(whole && pledges.is_sorted_by(|one, next| one < next), || {
            format!("{id:?} comes to {:?}, names {pledges:?}", claim.principal())
        })?;
        found.named += pledges.len();
        found.waiting += self.check_waits(waits_of_loan(loan))?;
        let bound = loan.guarantees.iter().filter(|_| loan.state != LoanState::Repaid);
        found.guaranteed.extend(bound.map(|one| (one.entity, id)));
        found.loans.push(Pledged {
            id,
            currency: loan.terms.principal.currency,
            said: *classes,
            classes: Classes::default(),
            creditors: lent.loan.creditors,
            pledges: lent.pledges,
        });
        Ok(())
    }

    /// A pledge, its loan and its rights.
    fn check_pledge(&self, id: PledgeId, pledge: &Pledge, found: &mut Found) -> Result<(), String> {
        let place = self.pledging.loans.place(pledge.loan).expect("what it names is there");
        let loan = &mut found.loans[place];
        let fits = pledge.pledge == id && can_be_filed(pledge, loan.currency);
        ensure(fits, || format!("{id:?} is none that can be filed"))?;
        let live = is_live(pledge.state);
        let of_its_creditors = !live || pledge.pledgees == loan.creditors;
        ensure(of_its_creditors && is_as_its_state(pledge), || {
            format!("a pledge in no such state: {pledge:?}")
        })?;
        ensure(!live || loan.pledges.binary_search(&id).is_ok(), || {
            format!("{id:?} is not named by {:?}", pledge.loan)
        })?;
        found.live += usize::from(live);
        for asset in pledge.rights.iter().map(|right| right.asset) {
            let right = self.register.right(asset);
            if pledge.registered_at.is_some() {
                loan.classes.add(right.class);
            }
            let concerned = concerns(pledge, asset);
            ensure(!concerned || right.pledges.binary_search(&id).is_ok(), || {
                format!("{id:?} is not named by {asset:?}")
            })?;
            found.concerned += usize::from(concerned);
        }
        found.waiting += self.check_waits(waits_of_pledge(pledge))?;
        Ok(())
    }

    /// What only the whole tells: whoever has to name a pledge does, so as many names as there have to be are no others.
    fn check_found(&self, found: &Found) -> Result<(), String> {
        ensure(found.live == found.named, || {
            format!("loans name {} pledges, {} are not over", found.named, found.live)
        })?;
        for loan in &found.loans {
            ensure(loan.said == loan.classes, || {
                format!("{:?} says what was pledged for it wrongly", loan.id)
            })?;
        }
        ensure(found.guaranteed == self.pledging.guaranteed, || {
            let (guaranteed, named) = (&found.guaranteed, &self.pledging.guaranteed);
            format!("guarantors of {guaranteed:?}, found by {named:?}")
        })?;
        let mut named = 0;
        for (asset, right) in self.register.rights() {
            let pledges = &right.pledges;
            named += pledges.len();
            let standing = pledges.iter().filter(|id| self.pledging.stands(**id)).count();
            let one = right.class != AssetClass::Patent || standing <= 1;
            ensure(one && pledges.is_sorted_by(|one, next| one < next), || {
                format!("{asset:?} is pledged {standing} times: {pledges:?}")
            })?;
        }
        ensure(named == found.concerned, || {
            format!("rights name {named} pledges, {} concern them", found.concerned)
        })
    }

    /// What was told of loans beside them.
    fn check_told_of_loans(&self) -> Result<(), String> {
        let insured = |id: &LoanId| self.pledging.loans.has(*id);
        ensure(self.pledging.insured.keys().all(insured), || {
            "an insurance of no loan".into()
        })?;
        for (entity, figures) in &self.pledging.guarantors {
            ensure(self.is_guarantor(*entity, figures), || {
                format!("{entity:?} has figures that nobody can have told")
            })?;
        }
        Ok(())
    }

    /// Each of these has its deadline. Says how many they are.
    fn check_waits(&self, waits: impl Iterator<Item = (Option<Timestamp>, Deadline)>) -> Result<usize, String> {
        let mut count = 0;
        for (at, deadline) in waits.filter_map(|(at, deadline)| Some((at?, deadline))) {
            ensure(self.deadlines.has(at, deadline), || {
                format!("{deadline:?} waits without a deadline")
            })?;
            count += 1;
        }
        Ok(count)
    }
}

/// A record that is in its canonical form and names only what is there.
fn opened<T: Serialize>(
    id: impl Debug,
    record: Option<T>,
    known: impl Serializer<Error: Display>,
) -> Result<T, String> {
    let record = record.ok_or_else(|| format!("{id:?} is not in its canonical form"))?;
    record.serialize(known).map_err(|unknown| unknown.to_string())?;
    Ok(record)
}

/// Whether what a loan's debtor paid of interest is a part of all that was paid of charges.
fn paid_of_charges(lent: &Lent) -> bool {
    let paid = lent.paid.interest.checked_add(lent.paid.penalty);
    paid.is_some_and(|paid| paid <= lent.claim.charges_paid())
}

/// Whether a pledge can be filed for a loan in this currency.
fn can_be_filed(pledge: &Pledge, currency: Currency) -> bool {
    let rights: BTreeSet<_> = pledge.rights.iter().map(|right| right.asset).collect();
    (1..=PLEDGED_MAX).contains(&pledge.rights.len())
        && rights.len() == pledge.rights.len()
        && pledge.amount.currency == currency
        && pledge.amount.money.minor() > 0
        && pledge.cover_pct <= COVER_PCT_MAX
        && are_creditors(&pledge.pledgees)
}

/// What a loan waits for, and until when; never where there is no such time.
fn waits_of_loan(loan: &Loan) -> impl Iterator<Item = (Option<Timestamp>, Deadline)> {
    let guarantees = loan.guarantees.iter().map(move |one| {
        let ends = Deadline::GuaranteeEnds(loan.loan, one.entity);
        (waits_for_guarantor(loan, one), ends)
    });
    guarantees.chain([(waits_for_limitation(loan), Deadline::Limitation(loan.loan))])
}

/// What a pledge waits for, and until when.
fn waits_of_pledge(pledge: &Pledge) -> impl Iterator<Item = (Option<Timestamp>, Deadline)> {
    [
        (waits_for_registrar(pledge), Deadline::WindowEnds(pledge.pledge)),
        (waits_for_period(pledge), Deadline::ClaimFixes(pledge.pledge)),
    ]
    .into_iter()
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
