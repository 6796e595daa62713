//! What a claim comes to: interest in term, penalty interest after, what unpaid interest carries, the doubled part of a
//! judgment, costs; and how payments are counted on it (PLEDGES.md 2.8b; 民法典 560, 561, 670; 银发〔2003〕251号).
//!
//! What always holds: sums grow exactly and are rounded half-up once, when they are settled or paid, so that a claim
//! that is advanced day by day is the one that is advanced at once. No payment loses a fen. Nothing happens between
//! two settlements: a claim is advanced when somebody asks, by as many steps as settlements, rates and instalments lie
//! on the way. Terms have passed [`check`] before a claim is made of them.

mod accruing;
mod days;
mod several;
mod terms;

#[cfg(test)]
mod tests;

pub use days::simple;
pub use several::{Debt, spread};
pub use terms::{check, check_penalty, priced_over, really_lent, repriced};

use crate::{kit::checks::require, sums::disposal::interest_runs_to};
pub(super) use accruing::Accruing;
use accruing::pay;
use alloc::vec::Vec;
pub(super) use days::{days, half_up, per_year, units};
use days::{next_settlement, rate_on};
use protocol::{
    BasisPoints, Date, Money, Rate, Reject,
    claim::{CHARGES_CAP, ClaimTerms, Compounding, PRINCIPAL_MAX, PaymentOrder, TERM_YEARS_MAX},
    units::{BASIS_POINTS_ONE, RATE_ONE},
};
use serde::{Deserialize, Serialize};

/// How long after the longest term a claim is still reckoned, in years; beyond it nothing accrues.
const AFTER_YEARS: u32 = 30;
/// What the doubled interest of a judgment comes to a day, in millionths: 1.75 in ten thousand (法释〔2014〕8号 1).
const DOUBLED_DAILY: i128 = 175;
/// The whole of it.
const DOUBLED_WHOLE: i128 = 1_000_000;
/// The most that a judgment is for without its ordinary interest: principal, costs and fees.
const BASE_MAX: i64 = 3 * PRINCIPAL_MAX;
/// The most that unpaid interest carries: the highest rate, doubled, on the interest of the longest time.
const CARRIED_MAX: i64 = 7_000_000_000_000_000_000;
/// A rate of one, with an uplift of nothing.
const WEIGHT_ONE: i128 = RATE_ONE as i128 * BASIS_POINTS_ONE as i128;

/// Of what interest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charged {
    /// In term, at the contract's rate.
    Interest,
    /// Overdue or misused, at the penalty's.
    Penalty,
}

/// Interest that was settled and not paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Arrear {
    since: Date,
    of: Charged,
    amount: Money,
    /// The claim's weight up to which `carried` is reckoned.
    mark: i128,
    carried: Accruing,
    /// What it carried in term, rounded when the term was over.
    in_term: Money,
}

impl Arrear {
    /// Reckons what it carries up to the claim's weight.
    fn touch(&mut self, weight: i128) {
        self.carried.exact += i128::from(self.amount.minor()) * (weight - self.mark);
        self.mark = weight;
    }
}

/// Interest that was settled and not paid, and what it carried (复利).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpaid {
    /// The first day on which it was late.
    pub since: Date,
    /// Of what.
    pub of: Charged,
    /// How much of it is unpaid.
    pub amount: Money,
    /// What it carried at the contract's rate, until the claim was due.
    pub in_term: Money,
    /// What it carried at the penalty's rate since.
    pub after: Money,
}

/// A judgment that is not performed in time (民诉法 264; 法释〔2014〕8号).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Judgment {
    /// The judgment debt without ordinary interest, as far as it is unpaid.
    base: Money,
    /// The first day after the time for performance.
    from: Date,
    /// Its enforcement is suspended, and not by the debtor's doing.
    suspended: bool,
    doubled: Accruing,
}

impl Judgment {
    /// Whether its sums lie within what so many days can bring.
    fn is_sound(&self, days: i128) -> bool {
        let most = DOUBLED_DAILY * days * i128::from(BASE_MAX);
        let Accruing { exact, taken } = self.doubled;
        (0..=BASE_MAX).contains(&self.base.minor())
            && (0..=most).contains(&exact)
            && (Money::ZERO..=half_up(exact, DOUBLED_WHOLE)).contains(&taken)
    }
}

/// What is owed of a claim on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The day; what accrues on it is not in yet.
    pub on: Date,
    /// Costs of enforcing it.
    pub costs: Money,
    /// Interest in term.
    pub interest: Money,
    /// Interest on overdue or misused principal.
    pub penalty: Money,
    /// What unpaid interest carries.
    pub compound: Money,
    /// Charges of another name, as agreed.
    pub fees: Money,
    /// What of these charges a court cuts (法发〔2017〕22号 2): nothing unless the debtor asked.
    pub cut: Money,
    /// The principal.
    pub principal: Money,
    /// How much of the principal is overdue.
    pub overdue: Money,
    /// The doubled interest of a judgment, which comes after all else (法释〔2014〕8号 4).
    pub doubled: Money,
}

impl Owed {
    /// All charges as claimed, before anything is cut.
    pub fn charges(&self) -> Money {
        self.interest.plus(self.penalty).plus(self.compound).plus(self.fees)
    }

    /// What counts as interest: all charges that are not cut (民法典 561).
    pub fn charged(&self) -> Money {
        self.charges().minus(self.cut)
    }

    /// Its parts: costs, charges, principal, doubled interest.
    pub fn parts(&self) -> [Money; 4] {
        [self.costs, self.charged(), self.principal, self.doubled]
    }

    /// All of it.
    pub fn total(&self) -> Money {
        self.parts().into_iter().fold(Money::ZERO, Money::plus)
    }
}

/// How much a payment counts on each part of what was owed: costs, charges, principal, doubled interest (民法典 561).
pub fn counted_on(parts: [Money; 4], order: PaymentOrder, mut payment: Money) -> [Money; 4] {
    let mut counted = [Money::ZERO; 4];
    let order = match order {
        PaymentOrder::InterestFirst => [0, 1, 2, 3],
        PaymentOrder::PrincipalFirst => [0, 2, 1, 3],
    };
    for part in order {
        let mut owed = parts[part];
        counted[part] = pay(&mut owed, &mut payment);
    }
    counted
}

/// How a payment was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// On costs.
    pub costs: Money,
    /// On interest in term.
    pub interest: Money,
    /// On penalty interest.
    pub penalty: Money,
    /// On what unpaid interest carried.
    pub compound: Money,
    /// On charges of another name.
    pub fees: Money,
    /// On the principal.
    pub principal: Money,
    /// On the doubled interest.
    pub doubled: Money,
    /// What is left: nothing more is owed.
    pub left: Money,
}

impl Applied {
    /// What went to charges of any name.
    pub fn charged(&self) -> Money {
        self.interest.plus(self.penalty).plus(self.compound).plus(self.fees)
    }

    /// What went to the claim.
    pub fn total(&self) -> Money {
        self.costs.plus(self.charged()).plus(self.principal).plus(self.doubled)
    }
}

/// A claim, as far as it was reckoned. Its terms stand beside it and are given with each question; they are the same
/// for all of its life, but for rates to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    accrued_to: Date,
    /// When the period that runs began: months and quarters are counted from it.
    anchor: Date,
    /// When all of it is due: as agreed, or sooner where it was called in.
    due: Date,
    /// The day on which interest stopped for good.
    stopped: Option<Date>,
    drawn: Money,
    principal: Money,
    misused: Money,
    /// How many instalments fell due, and what they come to.
    fallen: u32,
    scheduled: Money,
    interest: Accruing,
    penalty: Accruing,
    /// Penalty interest that was settled and carries nothing.
    penalty_settled: Money,
    arrears: Vec<Arrear>,
    /// Rate times time since the first day: what one fen of arrears carried.
    weight: i128,
    costs: Money,
    fees: Money,
    /// Charges that were paid, and principal times time: what a cap is reckoned of.
    charges_paid: Money,
    lent: i128,
    capped: bool,
    judgment: Option<Judgment>,
}

impl Claim {
    /// A claim on these terms of which nothing is drawn yet.
    pub fn new(terms: &ClaimTerms) -> Self {
        Self {
            accrued_to: terms.drawn,
            anchor: terms.drawn,
            due: terms.due,
            stopped: None,
            drawn: Money::ZERO,
            principal: Money::ZERO,
            misused: Money::ZERO,
            fallen: 0,
            scheduled: Money::ZERO,
            interest: Accruing::default(),
            penalty: Accruing::default(),
            penalty_settled: Money::ZERO,
            arrears: Vec::new(),
            weight: 0,
            costs: Money::ZERO,
            fees: Money::ZERO,
            charges_paid: Money::ZERO,
            lent: 0,
            capped: false,
            judgment: None,
        }
    }

    /// A claim on these terms that is drawn whole on its first day.
    pub fn drawn(terms: &ClaimTerms) -> Self {
        let all = terms.principal.money;
        Self {
            drawn: all,
            principal: all,
            ..Self::new(terms)
        }
    }

    /// The day up to which it is reckoned.
    pub fn accrued_to(&self) -> Date {
        self.accrued_to
    }

    /// The principal that is unpaid.
    pub fn principal(&self) -> Money {
        self.principal
    }

    /// What was paid of charges of every name, costs aside.
    pub fn charges_paid(&self) -> Money {
        self.charges_paid
    }

    /// When all of it is due.
    pub fn due(&self) -> Date {
        self.due
    }

    /// Interest that was settled up to the day that it is reckoned to and is unpaid, the oldest first.
    pub fn unpaid(&self, terms: &ClaimTerms) -> impl Iterator<Item = Unpaid> {
        let (whole, over, weight) = (whole(terms), self.is_due(), self.weight);
        self.arrears.iter().map(move |arrear| {
            let mut arrear = arrear.clone();
            arrear.touch(weight);
            let carried = arrear.carried.due(whole);
            let (in_term, after) = if over {
                (arrear.in_term, carried)
            } else {
                (carried, Money::ZERO)
            };
            Unpaid {
                since: arrear.since,
                of: arrear.of,
                amount: arrear.amount,
                in_term,
                after,
            }
        })
    }

    /// Since when something of it is late on a day: unpaid interest that was settled, an instalment, or all of it.
    pub fn late_since(&self, terms: &ClaimTerms, on: Date) -> Option<Date> {
        let mut then = self.clone();
        then.run(terms, on);
        let interest = then.arrears.iter().map(|arrear| arrear.since).min();
        let principal = Some(then.first_unpaid(terms)).filter(|_| then.overdue() > Money::ZERO);
        interest.into_iter().chain(principal).min()
    }

    /// What is owed on a day, or on the day that it is reckoned to where that is later. Changes nothing.
    pub fn owed(&self, terms: &ClaimTerms, on: Date) -> Owed {
        let mut then = self.clone();
        then.run(terms, on);
        Owed {
            on: on.max(then.accrued_to),
            ..then.now(terms)
        }
    }

    /// Reckons it up to a day.
    ///
    /// # Errors
    /// [`Reject::DayPassed`]; so do all that follow.
    pub fn advance(&mut self, terms: &ClaimTerms, to: Date) -> Result<(), Reject> {
        require(to >= self.accrued_to || self.stopped.is_some(), Reject::DayPassed)?;
        self.run(terms, to);
        Ok(())
    }

    /// Draws a part of what was promised.
    ///
    /// # Errors
    /// [`Reject::DrawTooLarge`].
    pub fn draw(&mut self, terms: &ClaimTerms, amount: Money, on: Date) -> Result<(), Reject> {
        require(on >= self.accrued_to, Reject::DayPassed)?;
        let drawn = self
            .drawn
            .checked_add(amount)
            .filter(|&drawn| drawn <= terms.principal.money);
        let drawn = drawn
            .filter(|_| on < self.due && terms::is_some(amount))
            .ok_or(Reject::DrawTooLarge)?;
        self.run(terms, on);
        self.principal = self.principal.plus(amount);
        self.drawn = drawn;
        Ok(())
    }

    /// Costs of enforcing it that the debtor owes: they come first (民法典 561).
    ///
    /// # Errors
    /// [`Reject::ChargesTooLarge`].
    pub fn add_costs(&mut self, amount: Money) -> Result<(), Reject> {
        self.costs = with_charge(self.costs, amount)?;
        Ok(())
    }

    /// A charge of another name that was agreed: it counts as interest, and falls under the cap.
    ///
    /// # Errors
    /// [`Reject::ChargesTooLarge`].
    pub fn add_fee(&mut self, amount: Money) -> Result<(), Reject> {
        self.fees = with_charge(self.fees, amount)?;
        Ok(())
    }

    /// All of it is due from this day on: it was called in. One that is due stays so.
    ///
    /// # Errors
    /// [`Reject::DayPassed`].
    pub fn call_in(&mut self, terms: &ClaimTerms, on: Date) -> Result<(), Reject> {
        self.advance(terms, on)?;
        if !self.is_due() {
            self.due = self.accrued_to;
            self.fall_due(terms);
        }
        Ok(())
    }

    /// From this day on so much of the principal is used for something else than agreed, or nothing any more. What is
    /// both overdue and misused bears the heavier penalty, not both (银发〔1999〕77号 25).
    ///
    /// # Errors
    /// [`Reject::DayPassed`].
    pub fn misuse(&mut self, terms: &ClaimTerms, amount: Money, on: Date) -> Result<(), Reject> {
        self.advance(terms, on)?;
        self.misused = amount.min(self.principal);
        Ok(())
    }

    /// Interest of every name stops on this day, for the debtor and for who guarantees: a court accepted the debtor's
    /// bankruptcy, and all of it is due (破产法 46; 担保解释 22).
    ///
    /// # Errors
    /// [`Reject::DayPassed`].
    pub fn stop(&mut self, terms: &ClaimTerms, on: Date) -> Result<(), Reject> {
        self.call_in(terms, on)?;
        self.stopped = self.stopped.or(Some(on));
        Ok(())
    }

    /// The debtor asks that all charges together be cut to the cap.
    pub fn plead_cap(&mut self) {
        self.capped = true;
    }

    /// Whether the debtor asked for that.
    pub fn is_capped(&self) -> bool {
        self.capped
    }

    /// Whether the enforcement of its judgment is suspended.
    pub fn is_suspended(&self) -> bool {
        self.judgment.is_some_and(|judgment| judgment.suspended)
    }

    /// Since when the interest on its judgment is doubled, if there is one.
    pub fn doubled_from(&self) -> Option<Date> {
        self.judgment.map(|judgment| judgment.from)
    }

    /// Owes again, from this day on, what a payment had counted on costs, charges, principal and doubled interest, and was
    /// given back. Who gave it back had it until now: charges of the time between are none, and those that are owed again
    /// carry nothing.
    ///
    /// # Errors
    /// [`Reject::DayPassed`], [`Reject::ChargesTooLarge`], [`Reject::DrawTooLarge`].
    pub fn owe_again(&mut self, terms: &ClaimTerms, parts: [Money; 4], on: Date) -> Result<(), Reject> {
        let [costs, charges, principal, doubled] = parts;
        self.advance(terms, on)?;
        self.add_costs(costs)?;
        self.add_fee(charges)?;
        self.charges_paid = self.charges_paid.minus(charges.min(self.charges_paid));
        self.principal = self.principal.plus(principal);
        require(self.principal <= self.drawn, Reject::DrawTooLarge)?;
        if let Some(judgment) = &mut self.judgment {
            judgment.base = judgment
                .base
                .plus(costs.plus(principal))
                .min(Money::from_minor(BASE_MAX));
            judgment.doubled.exact += i128::from(doubled.minor()) * DOUBLED_WHOLE;
        }
        Ok(())
    }

    /// A judgment has to be performed by the day before `from`; on what of its debt is no ordinary interest and unpaid,
    /// interest is doubled from that day on (法释〔2014〕8号 1 to 3).
    ///
    /// # Errors
    /// [`Reject::PrincipalInvalid`], [`Reject::DayPassed`].
    pub fn adjudge(&mut self, base: Money, from: Date) -> Result<(), Reject> {
        require((0..=BASE_MAX).contains(&base.minor()), Reject::PrincipalInvalid)?;
        require(from >= self.accrued_to, Reject::DayPassed)?;
        self.judgment = Some(Judgment {
            base,
            from,
            suspended: false,
            doubled: Accruing::default(),
        });
        Ok(())
    }

    /// Enforcement is suspended, not at the debtor's request, or goes on: suspended days are not doubled
    /// (法释〔2014〕8号 3).
    ///
    /// # Errors
    /// [`Reject::DayPassed`].
    pub fn suspend(&mut self, terms: &ClaimTerms, suspended: bool, on: Date) -> Result<(), Reject> {
        self.advance(terms, on)?;
        if let Some(judgment) = &mut self.judgment {
            judgment.suspended = suspended;
        }
        Ok(())
    }

    /// Counts a payment: costs, interest, principal, or as agreed (民法典 561); the doubled part last.
    ///
    /// # Errors
    /// [`Reject::DayPassed`].
    pub fn apply(&mut self, terms: &ClaimTerms, payment: Money, on: Date) -> Result<Applied, Reject> {
        self.advance(terms, on)?;
        let mut left = payment;
        let mut applied = Applied {
            costs: pay(&mut self.costs, &mut left),
            ..Applied::default()
        };
        match terms.order {
            PaymentOrder::InterestFirst => {
                self.pay_charges(terms, &mut applied, &mut left);
                self.pay_principal(&mut applied, &mut left);
            }
            PaymentOrder::PrincipalFirst => {
                self.pay_principal(&mut applied, &mut left);
                self.pay_charges(terms, &mut applied, &mut left);
            }
        }
        if let Some(judgment) = &mut self.judgment {
            let on_base = applied.costs.plus(applied.principal).plus(applied.fees);
            judgment.base = judgment.base.minus(on_base.min(judgment.base));
            applied.doubled = judgment.doubled.pay(DOUBLED_WHOLE, &mut left);
        }
        applied.left = left;
        Ok(applied)
    }

    /// Whether an image of it can be reckoned with: its days lie in its time, and no sum is below nothing or above what
    /// the bounds of [`protocol::claim`] let it grow to.
    pub fn is_sound(&self, terms: &ClaimTerms) -> bool {
        let (whole, last) = (whole(terms), self.last_day(terms));
        // No uplift is above one hundred per cent.
        let most = 2 * WEIGHT_ONE * units(terms.day_count, terms.drawn, terms.drawn, last.max(terms.drawn));
        let most_charged = half_up(most * i128::from(PRINCIPAL_MAX), whole);
        let grows = |sum: Accruing, of: Money| {
            let exact = (0..=most * i128::from(of.minor())).contains(&sum.exact);
            exact && (Money::ZERO..=half_up(sum.exact, whole)).contains(&sum.taken)
        };
        let arrear = |arrear: &Arrear| {
            (0..=self.weight).contains(&arrear.mark)
                && (terms.drawn..=self.accrued_to).contains(&arrear.since)
                && arrear.amount <= most_charged
                && grows(arrear.carried, most_charged)
        };
        let sum = |of: fn(&Arrear) -> Money| self.arrears.iter().map(|arrear| i128::from(of(arrear).minor())).sum();
        let amounts: i128 = sum(|arrear| arrear.amount);
        let carried: i128 = sum(|arrear| arrear.in_term);
        (terms.drawn..=last).contains(&self.accrued_to)
            && (terms.drawn..=self.accrued_to).contains(&self.anchor)
            && (terms.drawn..=terms.due).contains(&self.due)
            && self.misused <= self.principal
            && self.principal <= self.drawn
            && self.drawn <= terms.principal.money
            && self.scheduled <= terms.principal.money
            && self.fallen as usize <= terms.instalments.len()
            && self.costs.minor().max(self.fees.minor()) <= PRINCIPAL_MAX
            && self.penalty_settled <= most_charged
            && self.charges_paid.minor() <= CARRIED_MAX
            && (0..=most).contains(&self.weight)
            && (0..=most * i128::from(PRINCIPAL_MAX)).contains(&self.lent)
            && [self.interest, self.penalty]
                .into_iter()
                .all(|sum| grows(sum, Money::from_minor(PRINCIPAL_MAX)))
            && self.arrears.iter().all(arrear)
            && amounts <= i128::from(most_charged.minor())
            && carried <= i128::from(CARRIED_MAX)
            && self
                .judgment
                .is_none_or(|judgment| judgment.is_sound(days(terms.drawn, last)))
    }

    /// Whether all of it is due.
    fn is_due(&self) -> bool {
        self.accrued_to >= self.due
    }

    /// The day beyond which nothing accrues.
    fn last_day(&self, terms: &ClaimTerms) -> Date {
        let reach = terms.drawn.plus_months(12 * (TERM_YEARS_MAX + AFTER_YEARS));
        interest_runs_to(reach, self.stopped)
    }

    /// What of the principal is overdue: all of it once it is due, else the instalments that fell due and are unpaid.
    /// What was repaid early counts on the next of them.
    fn overdue(&self) -> Money {
        if self.is_due() {
            return self.principal;
        }
        let repaid = self.drawn.minus(self.principal);
        self.scheduled.minus(repaid.min(self.scheduled)).min(self.principal)
    }

    /// When the first part of the principal that is unpaid is due.
    fn first_unpaid(&self, terms: &ClaimTerms) -> Date {
        let mut rest = self.drawn.minus(self.principal);
        let unpaid = terms
            .instalments
            .iter()
            .find(|part| match rest.checked_sub(part.principal.money) {
                Some(more) => {
                    rest = more;
                    false
                }
                None => true,
            });
        unpaid.map_or(self.due, |part| part.due.min(self.due))
    }

    /// Reckons it step by step, from one day on which something changes to the next.
    fn run(&mut self, terms: &ClaimTerms, to: Date) {
        let to = to.min(self.last_day(terms));
        while self.accrued_to < to {
            let settled = next_settlement(&terms.settlement, self.accrued_to);
            let next = self.next_change(terms, settled).min(to);
            self.accrue(terms, next);
            self.accrued_to = next;
            self.fall_scheduled(terms);
            if self.due == next {
                self.fall_due(terms);
            } else if settled == Some(next) {
                self.settle(terms);
            }
        }
    }

    /// The next day on which something changes by itself.
    fn next_change(&self, terms: &ClaimTerms, settled: Option<Date>) -> Date {
        let ClaimTerms { rates, instalments, .. } = terms;
        let rate = rates.get(rates.partition_point(|step| step.from <= self.accrued_to));
        let instalment = instalments.get(self.fallen as usize);
        let due = Some(self.due).filter(|&due| due > self.accrued_to);
        let others = [
            settled,
            rate.map(|step| step.from),
            instalment.map(|part| part.due),
            due,
        ];
        others.into_iter().flatten().min().unwrap_or(Date(i32::MAX))
    }

    /// Lets everything grow up to a day before which nothing changes.
    fn accrue(&mut self, terms: &ClaimTerms, to: Date) {
        let time = units(terms.day_count, self.anchor, self.accrued_to, to);
        let rate = i128::from(rate_on(&terms.rates, self.accrued_to).0) * time;
        let at = |uplift: i128| rate * (i128::from(BASIS_POINTS_ONE) + uplift);
        let (overdue, misused) = uplifts(terms);
        let (late, misuse) = (self.overdue(), self.misused);
        // What is overdue is taken to be what is misused, as far as it can be: the doubt is the debtor's.
        let more = late.minus(late.min(misuse));
        let rest = self.principal.minus(misuse).minus(more);
        let of = |money: Money| i128::from(money.minor());
        self.interest.exact += of(rest) * at(0);
        self.penalty.exact += of(more) * at(overdue) + of(misuse) * at(misused);
        self.lent += of(self.principal) * time;
        if terms.compounding != Compounding::None {
            self.weight += at(if self.is_due() { overdue } else { 0 });
        }
        let from = self.accrued_to;
        if let Some(judgment) = self.judgment.as_mut().filter(|judgment| !judgment.suspended) {
            let late = days(from.max(judgment.from), to).max(0);
            judgment.doubled.exact += of(judgment.base) * DOUBLED_DAILY * late;
        }
    }

    /// Takes in the instalments that are due by now.
    fn fall_scheduled(&mut self, terms: &ClaimTerms) {
        while let Some(part) = terms.instalments.get(self.fallen as usize) {
            if part.due > self.accrued_to {
                break;
            }
            self.scheduled = self.scheduled.plus(part.principal.money);
            self.fallen += 1;
        }
    }

    /// Settles what has grown: rounds it, and what is not paid is late from here on.
    fn settle(&mut self, terms: &ClaimTerms) {
        let whole = whole(terms);
        let interest = self.interest.settle(whole);
        let penalty = self.penalty.settle(whole);
        self.owe(Charged::Interest, interest);
        if terms.compounding == Compounding::InterestAndPenalty {
            self.owe(Charged::Penalty, penalty);
        } else {
            self.penalty_settled = self.penalty_settled.plus(penalty);
        }
        self.anchor = self.accrued_to;
    }

    fn owe(&mut self, of: Charged, amount: Money) {
        if amount > Money::ZERO {
            self.arrears.push(Arrear {
                since: self.accrued_to,
                of,
                amount,
                mark: self.weight,
                carried: Accruing::default(),
                in_term: Money::ZERO,
            });
        }
    }

    /// The term is over: interest in term is settled, and what unpaid interest carried at the contract's rate.
    fn fall_due(&mut self, terms: &ClaimTerms) {
        self.settle(terms);
        let weight = self.weight;
        for arrear in &mut self.arrears {
            arrear.touch(weight);
            arrear.in_term = arrear.carried.settle(whole(terms));
        }
    }

    /// What is owed on the day that it is reckoned to.
    fn now(&self, terms: &ClaimTerms) -> Owed {
        let whole = whole(terms);
        let sum = |of| {
            let some = self.arrears.iter().filter(|arrear| arrear.of == of);
            some.fold(Money::ZERO, |sum, arrear| sum.plus(arrear.amount))
        };
        let carried = self
            .unpaid(terms)
            .fold(Money::ZERO, |sum, unpaid| sum.plus(unpaid.in_term).plus(unpaid.after));
        let owed = Owed {
            on: self.accrued_to,
            costs: self.costs,
            interest: sum(Charged::Interest).plus(self.interest.due(whole)),
            penalty: sum(Charged::Penalty)
                .plus(self.penalty_settled)
                .plus(self.penalty.due(whole)),
            compound: carried,
            fees: self.fees,
            cut: Money::ZERO,
            principal: self.principal,
            overdue: self.overdue(),
            doubled: self
                .judgment
                .map_or(Money::ZERO, |judgment| judgment.doubled.due(DOUBLED_WHOLE)),
        };
        Owed {
            cut: self.cut(terms, owed.charges()),
            ..owed
        }
    }

    /// What of unpaid charges goes beyond the cap, of all that were ever charged; what was paid stays paid.
    fn cut(&self, terms: &ClaimTerms, unpaid: Money) -> Money {
        if !self.capped {
            return Money::ZERO;
        }
        let Rate(cap) = terms.cap.unwrap_or(CHARGES_CAP);
        let whole = i128::from(RATE_ONE) * per_year(terms.day_count);
        let allowed = half_up(self.lent * i128::from(cap), whole);
        let charged = self.charges_paid.plus(unpaid);
        charged.minus(allowed.min(charged)).min(unpaid)
    }

    /// Pays charges, as far as they are not cut: first those that carry something, what they carried last.
    fn pay_charges(&mut self, terms: &ClaimTerms, applied: &mut Applied, left: &mut Money) {
        let (whole, weight) = (whole(terms), self.weight);
        let mut most = self.now(terms).charged().min(*left);
        let before = most;
        for of in [Charged::Interest, Charged::Penalty] {
            let mut paid = Money::ZERO;
            for arrear in self.arrears.iter_mut().filter(|arrear| arrear.of == of) {
                arrear.touch(weight);
                paid = paid.plus(pay(&mut arrear.amount, &mut most));
            }
            match of {
                Charged::Interest => applied.interest = paid.plus(self.interest.pay(whole, &mut most)),
                Charged::Penalty => {
                    let settled = pay(&mut self.penalty_settled, &mut most);
                    applied.penalty = paid.plus(settled).plus(self.penalty.pay(whole, &mut most));
                }
            }
        }
        for arrear in &mut self.arrears {
            let in_term = pay(&mut arrear.in_term, &mut most);
            let after = arrear.carried.pay(whole, &mut most);
            applied.compound = applied.compound.plus(in_term).plus(after);
        }
        self.arrears
            .retain(|arrear| arrear.amount.plus(arrear.in_term).plus(arrear.carried.due(whole)) > Money::ZERO);
        applied.fees = pay(&mut self.fees, &mut most);
        self.charges_paid = self.charges_paid.plus(applied.charged());
        *left = left.minus(before.minus(most));
    }

    fn pay_principal(&mut self, applied: &mut Applied, left: &mut Money) {
        applied.principal = pay(&mut self.principal, left);
        self.misused = self.misused.min(self.principal);
    }
}

/// What a sum of principal, rate, uplift and time is of.
fn whole(terms: &ClaimTerms) -> i128 {
    WEIGHT_ONE * per_year(terms.day_count)
}

/// By how much the rate rises where the claim is overdue, and where it is misused.
fn uplifts(terms: &ClaimTerms) -> (i128, i128) {
    let Some(penalty) = terms.penalty else {
        return (0, 0);
    };
    let BasisPoints(overdue) = penalty.overdue;
    let BasisPoints(misuse) = penalty.misuse.unwrap_or(penalty.overdue);
    (i128::from(overdue), i128::from(misuse))
}

/// Charges with one more, as far as a claim can bear them.
fn with_charge(charges: Money, more: Money) -> Result<Money, Reject> {
    let sum = charges.checked_add(more);
    sum.filter(|sum| sum.minor() <= PRINCIPAL_MAX)
        .ok_or(Reject::ChargesTooLarge)
}
