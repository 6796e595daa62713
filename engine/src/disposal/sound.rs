//! What this room promises, asked of the whole state, and of a state that was read.

use crate::{
    book::Book,
    disposal::equity::{path_of, steps_of},
    kit::{checks::ensure, deadlines::Deadline},
    register::disposals::{Case, Found, FoundDebt, OpenFee, PaidOut, Planned, Reverse},
    state::Exchange,
    sums::{reverse::schedule, waterfall::FrozenPlan},
};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use protocol::{
    AccountId, Amount, AssetId, DisposalId, LoanId, LotId, Money, PledgeId, Seq, TransferId,
    claim::EquityStep,
    disposal::{DisposalGround, DisposalSale, DisposalState},
    equity::{Conversion, ConversionState, SHARES_MAX, SharesIssued},
    plan::{Proceeds, RankedPledge},
    pledge::{LoanState, PledgeState},
    reverse::{ReverseLicence, ReverseLicenceState},
    units::BASIS_POINTS_ONE,
};

/// More than anybody can have paid: fees and what is owed are bounded far below it.
const PAID_MAX: i64 = i64::MAX / 4;

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
        let disposed = (0..).map(PledgeId).zip(self.pledging.pledges.states());
        for (id, _) in disposed.filter(|(_, state)| *state == PledgeState::Disposing) {
            let fits = open.contains_key(&self.pledging.of(id).loan);
            ensure(fits, || format!("{id:?} is disposed of in no case"))?;
        }
        self.check_conversions()?;
        self.check_puts()?;
        self.check_takings()?;
        for case in disposals.cases.values() {
            let state = self.pledging.lent(case.record.loan).loan.state;
            let early = case.record.ground == DisposalGround::ValueFalls;
            let fits = case.record.state.is_over() || state != LoanState::Running || early;
            ensure(fits, || format!("a case of no default: {:?}", case.record))?;
            self.check_held(case)?;
        }
        self.check_licensed()?;
        self.check_paid_out()?;
        let held = self.escrows.iter().filter(|((deal, _), _)| {
            let case = disposals.cases.get(&DisposalId(deal.0));
            case.is_some_and(|case| !case.record.holds() && case.forfeits.is_empty())
        });
        ensure(held.count() == 0, || {
            String::from("something is held for a case that holds nothing")
        })
    }

    /// What was paid out of a price is what there was; a correction waits for it by one name, and holds what those give back
    /// that have agreed.
    fn check_paid_out(&self) -> Result<(), String> {
        let disposals = &self.disposals;
        for (&of, paid) in &disposals.paid_out {
            let (id, transfer, part) = of;
            let case = disposals.cases.get(&id);
            let mut sales = case.into_iter().flat_map(|case| &case.record.sales);
            let own = |sale: &DisposalSale| (sale.transfer, sale.part) == (transfer, part);
            let fits = sales.any(|sale| own(sale) && sale.distributed_at.is_some());
            ensure(fits, || format!("{of:?} is paid out in no case"))?;
            let Proceeds { price, gap, debt } = paid.proceeds;
            let there = [Some(price), gap, debt].into_iter().flatten();
            let [there, shares] = [
                sum(there.map(|of| of.money)),
                sum(paid.shares.iter().map(|share| share.1)),
            ];
            ensure(there == shares, || format!("{there} was paid out as {shares}"))?;
            let waits = paid.waiting.map(|seq| disposals.corrections.get(&seq));
            let fits = waits.is_none_or(|one| one.is_some_and(|one| one.of == of));
            ensure(fits, || format!("{of:?} waits for another correction"))?;
        }
        let waiting = disposals.paid_out.values().filter(|paid| paid.waiting.is_some());
        ensure(waiting.count() == disposals.corrections.len(), || {
            String::from("a correction waits for nothing that was paid out")
        })?;
        for (seq, correcting) in &disposals.corrections {
            let [back, more] = [&correcting.back, &correcting.more].map(|all| sum(all.iter().map(|one| one.1)));
            ensure(back == more, || format!("{back} is given back for {more}"))?;
            for (account, money) in &correcting.back {
                let owner = self.ledger.account(*account).map(|account| account.entity);
                let agreed = owner.is_ok_and(|owner| correcting.agreed.contains(&owner));
                let held = self.escrows.held((*seq, *account));
                let due = if agreed { *money } else { Money::ZERO };
                ensure(held == due, || format!("{held:?} is held of {due:?} for {seq:?}"))?;
            }
        }
        Ok(())
    }

    /// A case has one reverse licence at most that is not over, and is licensed while that is bound.
    fn check_licensed(&self) -> Result<(), String> {
        let disposals = &self.disposals;
        let live = disposals.licences.values().map(|reverse| &reverse.record);
        let live = live.filter(|record| record.state.is_live());
        let named = |record: &&ReverseLicence| disposals.licensed.get(&record.disposal) == Some(&record.licence);
        let live: Vec<_> = live.collect();
        let fits = live.len() == disposals.licensed.len() && live.iter().all(named);
        ensure(fits, || {
            format!("live licences {live:?}, named {:?}", disposals.licensed)
        })?;
        for (id, case) in &disposals.cases {
            let licence = disposals.licence_of(*id).map(|reverse| reverse.record.state);
            let bound = licence.is_some_and(ReverseLicenceState::is_bound);
            let state = case.record.state;
            let fits = bound == (state == DisposalState::Licensed) && (licence.is_none() || !state.is_over());
            ensure(fits, || {
                format!("a case that is {state:?} with a licence that is {licence:?}")
            })?;
        }
        Ok(())
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
            // Of an early sale nothing is held here: its price pays the debt at once, or stands for the loan.
            let early = case.record.ground == DisposalGround::ValueFalls && sale.distributed_at.is_some();
            ensure(sum == sale.price.money || early, || format!("{sale:?} brought {sum:?}"))?;
            for paid in brought.paid.iter().filter(|_| sale.distributed_at.is_none()) {
                let nothing = Amount::new(sale.price.currency, Money::ZERO);
                let amount = held.entry(paid.account).or_insert(nothing);
                amount.money = amount.money.plus(paid.money);
            }
        }
        for forfeit in &case.forfeits {
            let sum = forfeit
                .paid
                .iter()
                .fold(Money::ZERO, |sum, (_, money)| sum.plus(*money));
            let fits = sum == forfeit.gap.money.plus(forfeit.debt.money) && !case.record.state.is_over();
            ensure(fits, || format!("{forfeit:?} gave {sum:?}"))?;
            for (account, money) in &forfeit.paid {
                let nothing = Amount::new(forfeit.gap.currency, Money::ZERO);
                let amount = held.entry(*account).or_insert(nothing);
                amount.money = amount.money.plus(*money);
            }
        }
        let deal = Seq(case.record.disposal.0);
        let fits = |(account, amount): (&AccountId, &Amount)| self.escrows.held((deal, *account)) == amount.money;
        ensure(held.iter().all(fits), || format!("{deal:?} does not hold {held:?}"))
    }

    /// Plans and cases of a state that was read are such as could be made.
    pub(crate) fn check_disposals_sound(&self) -> Result<(), String> {
        for (loan, planned) in &self.disposals.plans {
            let fits = self.pledging.loans.has(*loan) && is_sound(planned);
            ensure(fits, || format!("{loan:?} has a plan that nobody can have agreed on"))?;
        }
        for (deal, appraised) in &self.disposals.appraised {
            let lot = self.lots.get(LotId(deal.0)).map(|lot| &lot.terms.assets);
            let sale = self.sales.get(TransferId(deal.0)).map(|sale| &sale.record.assets);
            let fits = sale.or(lot).is_some_and(|assets| {
                let of = |(asset, (appraised, value)): (&AssetId, &(AssetId, Money))| {
                    asset == appraised && *value > Money::ZERO
                };
                assets.len() == appraised.len() && assets.iter().zip(appraised).all(of)
            });
            ensure(fits, || format!("{deal:?} was appraised at {appraised:?}"))?;
        }
        for (id, security) in &self.disposals.security {
            let fits = security.loan == *id && security.pledged_at.money > Money::ZERO;
            ensure(fits, || format!("{security:?} cannot have been asked for"))?;
        }
        for ((loan, entity), pressed) in &self.disposals.pressed {
            let fits = (pressed.loan, pressed.pledgor) == (*loan, *entity);
            ensure(fits, || format!("{pressed:?} is another's"))?;
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
                && case.held.iter().flat_map(|held| &held.paid).all(|paid| paid.parts > 0)
                && case.defaults.iter().all(|lot| self.lots.get(*lot).is_some());
            ensure(fits, || format!("{id:?} is no case that can be opened"))?;
        }
        for (sale, paid) in &self.disposals.paid_out {
            ensure(self.is_paid_sound(paid), || {
                format!("{sale:?} cannot have been paid out so")
            })?;
        }
        for correcting in self.disposals.corrections.values() {
            let there =
                |(account, money): &(AccountId, Money)| self.ledger.account(*account).is_ok() && *money > Money::ZERO;
            let fits = correcting.back.iter().chain(&correcting.more).all(there);
            ensure(fits, || format!("{:?} is corrected by no accounts", correcting.of))?;
        }
        for (id, reverse) in &self.disposals.licences {
            let fits = reverse.record.licence == *id && self.is_licence_sound(reverse);
            ensure(fits, || format!("{id:?} is no licence that can be proposed"))?;
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

impl<B: Book> Exchange<B> {
    /// Whether what was paid out could have been: each debt is of a loan that has the payers it counts on, its sums are such
    /// as can be owed, every payee that is named was there, and so is every account.
    fn is_paid_sound(&self, paid: &PaidOut) -> bool {
        let Found {
            later,
            cost,
            pledges,
            debts,
            owners,
        } = &paid.found;
        let owed = |money: &Money| (0..=PAID_MAX / 8).contains(&money.minor());
        let of_loan = |debt: &FoundDebt| {
            let lent = self.pledging.loans.get(debt.loan);
            lent.is_some_and(|lent| debt.left.len() <= lent.payers.len())
                && debt.parts.iter().all(owed)
                && debt.left.iter().all(owed)
        };
        let found = |(loan, money): &(LoanId, Money)| owed(money) && debts.iter().any(|debt| debt.loan == *loan);
        let holders = pledges.iter().flat_map(|pledge| &pledge.holders);
        let named = holders.flat_map(|holder| {
            let payers = holder.payers.iter().map(|payer| payer.payee);
            core::iter::once(holder.payee).chain(payers)
        });
        let mut named = named
            .chain(owners.iter().map(|owner| owner.payee))
            .chain(cost.iter().map(|cost| cost.payee));
        // By another plan it is not corrected.
        let plans = self
            .disposals
            .plans
            .values()
            .filter_map(|planned| planned.agreed.as_ref());
        let planned = plans
            .filter(|plan| plan.digest() == paid.plan)
            .map(|plan| plan.plan().payees.len());
        let planned = planned.max().unwrap_or(usize::MAX - later.len());
        let alike = |pledge: &RankedPledge, debt: &FoundDebt| {
            pledge
                .holders
                .iter()
                .all(|holder| holder.payers.len() == debt.left.len())
        };
        pledges.len() == debts.len()
            && paid.debts.len() == debts.len()
            && debts.iter().all(of_loan)
            && pledges.iter().zip(debts).all(|(pledge, debt)| alike(pledge, debt))
            && paid.debts.iter().all(found)
            && paid.taken.iter().all(|(.., money)| owed(money))
            && named.all(|payee| (payee as usize) < planned + later.len())
            && paid
                .shares
                .iter()
                .all(|(account, _)| self.ledger.account(*account).is_ok())
    }

    /// Whether a reverse licence could have come to stand so: its fees are those of its terms, the next of them is open
    /// while it lives, and it waits for a day where somebody has to do something.
    fn is_licence_sound(&self, reverse: &Reverse) -> bool {
        use ReverseLicenceState as S;
        let Reverse {
            record,
            place,
            next,
            last,
        } = reverse;
        let (state, today) = (record.state, self.at.venue_date());
        let terms = &self.pledging.lent(record.loan).loan.terms;
        let Ok(fees) = schedule(&record.fees, terms, None) else {
            return false;
        };
        let open = |open: &OpenFee| {
            fees.get(*place as usize) == Some(&open.due)
                && open.fee.is_of(&open.due, today)
                && open.fee.is_sound(terms)
                && open.fee.unpaid() > Money::ZERO
        };
        let unpaid = (*place as usize) < fees.len();
        let fee = next.as_ref().is_none_or(open) && next.is_some() == (state.is_live() && unpaid);
        let waits = match state {
            S::Proposed | S::Consented => *place == 0 && last.is_some() == (state == S::Proposed),
            S::Active => last.is_some() == unpaid,
            S::Grace => last.is_some() && unpaid,
            S::Missed => false,
            S::DebtCleared | S::Terminated | S::Expired | S::Ended | S::Withdrawn => last.is_none(),
        };
        let owner = |account: AccountId| self.ledger.account(account).map(|account| account.entity);
        let pays = record.account.map(|account| owner(account) == Ok(record.licensee));
        self.disposals.of(record.disposal).record.loan == record.loan
            && !record.assets.is_empty()
            && (record.next, record.last, record.calendar) == (None, None, None)
            && record.paid.currency == record.fees.fee.currency
            && record.paid.money.minor() <= PAID_MAX
            && record.ended_at.is_some() != state.is_live()
            && pays.unwrap_or(!state.is_bound())
            && last.is_none_or(|last| last.is_sound(today))
            && fee
            && waits
    }
}

fn sum(parts: impl Iterator<Item = Money>) -> i128 {
    parts.map(|part| i128::from(part.minor())).sum()
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
