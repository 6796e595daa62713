//! What this room promises, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    kit::checks::ensure,
    register::disposals::{Case, Planned},
    state::Exchange,
    sums::waterfall::FrozenPlan,
};
use alloc::{collections::BTreeMap, format, string::String};
use protocol::{
    AccountId, Amount, DisposalId, LoanId, Money, Seq,
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
        Ok(())
    }
}

/// Whether the plans of a loan are such as could be proposed and agreed on.
fn is_sound(planned: &Planned) -> bool {
    let proposed = planned.proposed.as_ref().is_none_or(|proposed| {
        let plan = proposed.plan.clone();
        FrozenPlan::freeze(plan, &[], &[]).is_ok()
    });
    proposed && planned.agreed.as_ref().is_none_or(FrozenPlan::is_sound)
}
