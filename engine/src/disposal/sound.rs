//! What this room promises, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    disposal::equity::{path_of, steps_of},
    kit::{checks::ensure, deadlines::Deadline},
    register::disposals::{Case, Planned},
    state::Exchange,
    sums::waterfall::FrozenPlan,
};
use alloc::{collections::BTreeMap, format, string::String};
use protocol::{
    AccountId, Amount, DisposalId, LoanId, Money, Seq,
    claim::EquityStep,
    disposal::DisposalState,
    equity::{Conversion, ConversionState, SHARES_MAX, SharesIssued},
    pledge::{LoanState, PledgeState},
    units::BASIS_POINTS_ONE,
};

impl<B: Book> Exchange<B> {
    /// A loan has one case at most that is not over, and its pledges that are being disposed of are that case's; what is
    /// held for a case is what its sales brought and was not paid out.
    pub(crate) fn check_disposals(&self) -> Result<(), String> {
        let disposals = &self.disposals;
        let open = disposals.cases.values().filter(|case| !case.record.state.is_over());
        let open: BTreeMap<LoanId, DisposalId> = open.map(|case| (case.record.loan, case.record.disposal)).collect();
        ensure(open == disposals.open, || {
            format!("open cases {open:?}, named {:?}", disposals.open)
        })?;
        for pledge in &self.pledging.pledges {
            let fits = pledge.state != PledgeState::Disposing || open.contains_key(&pledge.loan);
            ensure(fits, || format!("{:?} is disposed of in no case", pledge.pledge))?;
        }
        self.check_conversions()?;
        for case in disposals.cases.values() {
            let state = self.pledging.lent(case.record.loan).loan.state;
            let fits = case.record.state.is_over() || state != LoanState::Running;
            ensure(fits, || format!("a case of no default: {:?}", case.record))?;
            self.check_held(case)?;
        }
        let held = self.escrows.iter().filter(|((deal, _), _)| {
            let case = disposals.cases.get(&DisposalId(deal.0));
            case.is_some_and(|case| !case.record.holds())
        });
        ensure(held.count() == 0, || {
            String::from("something is held for a case that holds nothing")
        })
    }

    /// A case is converting while a deal of it runs, one deal, and no other does.
    fn check_conversions(&self) -> Result<(), String> {
        let disposals = &self.disposals;
        let running = disposals.conversions.values();
        let running = running.filter(|deal| deal.state == ConversionState::Running);
        let running = running.map(|deal| (deal.disposal, deal.conversion));
        let named = disposals.converting.iter().map(|(case, deal)| (*case, *deal));
        let same = running.clone().count() == named.len()
            && running.collect::<BTreeMap<_, _>>() == named.collect::<BTreeMap<_, _>>();
        ensure(same, || {
            format!("deals run that {:?} does not name", disposals.converting)
        })?;
        let waits = |case: &Case| {
            let named = disposals.converting.contains_key(&case.record.disposal);
            named == (case.record.state == DisposalState::Converting)
        };
        ensure(disposals.cases.values().all(waits), || {
            format!("cases wait for other deals than {:?}", disposals.converting)
        })
    }

    /// What is held for a case.
    fn check_held(&self, case: &Case) -> Result<(), String> {
        let mut held: BTreeMap<AccountId, Amount> = BTreeMap::new();
        for (sale, brought) in case.record.sales.iter().zip(&case.held) {
            let sum = brought.paid.iter().fold(Money::ZERO, |sum, paid| sum.plus(paid.money));
            ensure(sum == sale.price.money, || format!("{sale:?} brought {sum:?}"))?;
            for paid in brought.paid.iter().filter(|_| sale.distributed_at.is_none()) {
                let nothing = Amount::new(sale.price.currency, Money::ZERO);
                let amount = held.entry(paid.account).or_insert(nothing);
                amount.money = amount.money.plus(paid.money);
            }
        }
        let deal = Seq(case.record.disposal.0);
        let fits = |(account, amount): (&AccountId, &Amount)| self.escrows.held((deal, *account)) == amount.money;
        ensure(held.iter().all(fits), || format!("{deal:?} does not hold {held:?}"))
    }

    /// Plans and cases of a state that was read are such as could be made.
    pub(crate) fn check_disposals_sound(&self) -> Result<(), String> {
        for (loan, planned) in &self.disposals.plans {
            let fits = self.pledging.loans.contains_key(loan) && is_sound(planned);
            ensure(fits, || format!("{loan:?} has a plan that nobody can have agreed on"))?;
        }
        for (id, case) in &self.disposals.cases {
            let record = &case.record;
            let fits = record.disposal == *id
                && case.held.len() == record.sales.len()
                && record.floor.0 <= BASIS_POINTS_ONE
                && record
                    .sales
                    .iter()
                    .all(|sale| !sale.assets.is_empty() && sale.costs.currency == sale.price.currency)
                && case.held.iter().flat_map(|held| &held.paid).all(|paid| paid.parts > 0);
            ensure(fits, || format!("{id:?} is no case that can be opened"))?;
        }
        for (id, deal) in &self.disposals.conversions {
            let case = &self.disposals.of(deal.disposal).record;
            let currency = self.pledging.lent(deal.loan).loan.terms.principal.currency;
            let waits = deal
                .sell_by
                .filter(|by| !by.late && deal.done(EquityStep::Disposed).is_none());
            let late = waits.map(|by| (by.nominal.next().start(), Deadline::SharesLate(*id)));
            let fits = *id == deal.conversion
                && case.loan == deal.loan
                && deal.price.currency == currency
                && deal.steps.iter().all(|done| done.on <= self.at.venue_date())
                && late.is_none_or(|late| self.deadlines.timed().any(|waiting| waiting == late))
                && is_deal(deal);
            ensure(fits, || format!("{id:?} is no deal that can be agreed on"))?;
        }
        Ok(())
    }
}

/// Whether a deal has what its steps need and bring, and nothing else.
fn is_deal(deal: &Conversion) -> bool {
    let has = |step| deal.done(step).is_some();
    let steps = steps_of(deal);
    let in_order = path_of(deal).steps().take(steps.len()).eq(steps.iter().copied());
    let state = match deal.state {
        ConversionState::Running => !has(EquityStep::PledgeReleased),
        ConversionState::Done => has(EquityStep::PledgeReleased),
        ConversionState::GivenUp => !has(EquityStep::Registered),
    };
    let one_currency = |amount: &Amount| amount.currency == deal.price.currency;
    let issued = deal.issued.is_none_or(|issued| {
        let SharesIssued {
            owed,
            paid,
            residue,
            over_value,
            ..
        } = issued;
        let minor = |amount: Amount| i128::from(amount.money.minor());
        minor(paid) + minor(residue) + minor(over_value) == minor(owed)
            && [owed, paid, residue, over_value].iter().all(one_currency)
    });
    in_order
        && state
        && issued
        && deal.price.money > Money::ZERO
        && (1..=SHARES_MAX).contains(&deal.shares_before)
        && deal.holders_before > 0
        && deal.opinion.is_some() == has(EquityStep::Valued)
        && deal.issued.is_some() == has(EquityStep::Issued)
        && deal.left.is_some() == has(EquityStep::Registered)
        && (deal.sell_by.is_none() || has(EquityStep::Held))
}

/// Whether the plans of a loan are such as could be proposed and agreed on.
fn is_sound(planned: &Planned) -> bool {
    let proposed = planned.proposed.as_ref().is_none_or(|proposed| {
        let plan = proposed.plan.clone();
        FrozenPlan::freeze(plan, &[], &[]).is_ok()
    });
    proposed && planned.agreed.as_ref().is_none_or(FrozenPlan::is_sound)
}
