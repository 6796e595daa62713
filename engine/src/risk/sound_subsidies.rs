//! What this room promises of subsidies, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    kit::checks::ensure,
    risk::{
        subsidies::{check_costs, check_measure, papers},
        subsidy::Subsidies,
    },
    state::Exchange,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
};
use protocol::{
    Amount, EntityId, LoanId, MeasureId, Money,
    subsidy::{Subsidy, SubsidyGrant, SubsidyState},
};

impl Subsidies {
    /// What always holds of subsidies; the first that does not. What is found by another road is all that there is.
    fn check(&self) -> Result<(), String> {
        let mut of_loan = BTreeMap::new();
        let mut shown = BTreeSet::new();
        let mut papers_shown = 0;
        let mut years = BTreeMap::<(MeasureId, EntityId), BTreeMap<i32, Money>>::new();
        let mut first = BTreeMap::<EntityId, LoanId>::new();
        for (id, one) in &self.subsidies {
            ensure(*id == one.subsidy && self.is_as_its_state(one), || {
                format!("{id:?} in no such state: {one:?}")
            })?;
            let government = self.measures[&one.measure].told.government;
            of_loan.insert((one.loan, one.measure), *id);
            papers_shown += papers(one).count();
            shown.extend(papers(one).map(|paper| (one.firm, government, paper)));
            let Some(grant) = one.grant else {
                continue;
            };
            let years = years.entry((one.measure, one.firm)).or_default();
            let year = years.entry(grant.on.to_civil().0).or_default();
            let sum = year.checked_add(grant.granted.money);
            *year = sum.ok_or_else(|| format!("{id:?} granted too much"))?;
            if one.first_loan.is_some() {
                let before = first.insert(one.firm, one.loan);
                ensure(before.is_none_or(|loan| loan == one.loan), || {
                    format!("{:?} has two first loans", one.firm)
                })?;
            }
        }
        ensure(of_loan.len() == self.subsidies.len() && of_loan == self.of_loan, || {
            "a loan has two applications to a measure, or one that is not there".into()
        })?;
        ensure(papers_shown == shown.len() && shown == self.papers, || {
            "papers are shown twice, or by nobody".into()
        })?;
        ensure(years == self.years, || {
            format!("granted {years:?}, not {:?}", self.years)
        })?;
        ensure(first == self.first, || {
            format!("first loans {first:?}, not {:?}", self.first)
        })?;
        self.years
            .iter()
            .try_for_each(|(of, years)| self.check_caps(*of, years))
    }

    /// No cap of a measure is passed.
    fn check_caps(&self, of: (MeasureId, EntityId), years: &BTreeMap<i32, Money>) -> Result<(), String> {
        let profile = &self.measures[&of.0].told.profile;
        let within = |cap: Option<Amount>, sum: i128| cap.is_none_or(|cap| sum <= cap.money.minor().into());
        let sum = |money: &Money| i128::from(money.minor());
        let life = years.values().map(sum).sum();
        let fits = years.values().all(|year| within(profile.year_cap, sum(year)))
            && within(profile.life_cap, life)
            && life <= i64::MAX.into()
            && profile.years_max.is_none_or(|most| years.len() <= most as usize);
        ensure(fits, || format!("{of:?} was granted more than its caps"))
    }

    /// Whether an application has what its state needs, and nothing that it has no need of.
    fn is_as_its_state(&self, one: &Subsidy) -> bool {
        let decided = (one.grant.is_some(), one.evidence.is_some());
        let state = match one.state {
            SubsidyState::Applied => decided == (false, false),
            SubsidyState::Granted => decided == (true, true),
            SubsidyState::Declined | SubsidyState::Withdrawn => false,
        };
        let measure = self.measures.get(&one.measure);
        let fits = measure.is_some_and(|measure| {
            let currency = measure.told.currency;
            let of_it = |grant: &SubsidyGrant| {
                let sums = [grant.counted, grant.uncapped, grant.granted];
                let ordered = grant.granted.money <= grant.uncapped.money && grant.granted.money > Money::ZERO;
                ordered && sums.iter().all(|sum| sum.currency == currency)
            };
            check_costs(&one.costs, currency).is_ok() && one.grant.as_ref().is_none_or(of_it)
        });
        state && fits
    }
}

impl<B: Book> Exchange<B> {
    /// A loan has one application to a measure, grants stay below their caps, and a paper shows one cost.
    pub(crate) fn check_subsidies(&self) -> Result<(), String> {
        self.subsidies.check()
    }

    /// Subsidies of a state that was read are such as could be asked for: each by the debtor of its loan, paid to an account
    /// of its own, of a measure that could be opened.
    pub(crate) fn check_subsidies_sound(&self) -> Result<(), String> {
        let is_of = |account, entity| self.ledger.account(account).is_ok_and(|of| of.entity == entity);
        for (id, measure) in &self.subsidies.measures {
            let fits = *id == measure.told.measure
                && is_of(measure.account, measure.told.payer)
                && check_measure(&measure.told).is_ok();
            ensure(fits, || format!("{id:?} is none that can be opened"))?;
        }
        for (id, one) in &self.subsidies.subsidies {
            let loan = &self.pledging.lent(one.loan).loan;
            let currency = loan.terms.principal.currency;
            let booked = [one.interest.paid, one.interest.paid_penalty, one.interest.unpaid];
            let fits = loan.debtor == one.firm
                && is_of(one.account, one.firm)
                && booked.iter().all(|amount| amount.currency == currency);
            ensure(fits, || format!("{id:?} is none that can be asked for"))?;
        }
        Ok(())
    }
}
