//! Consumption: licence units are used up by the products made under them, and that is never undone (RULES.md 2.3).
//!
//! Invariants: what an account consumed and still owes is what its products come to by the contract's rounding; nobody
//! consumes what it does not have. A report of what free units don't cover is refused; an audit is not: what is missing
//! stays owed.

use crate::{
    book::Book,
    kit::{checks::check_account_of, deadlines::Deadline, terms::LastDay},
    register::party::{MAY_BUY, User},
    state::Exchange,
    tell::Tell,
    units::{
        contract::posting,
        state::{Contract, Use},
    },
};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use protocol::{
    AccountId, Date, InstrumentId, Quantity, Readers, Receipt, Record, Reject,
    event::{PostingReason, TradingStatus},
    licence::{AuditConsumption, Consumption, ReportConsumption},
    party::Roles,
    rules::Calendar,
};

/// What a report or an audit comes to.
struct Bill {
    /// Units that were owed before.
    short: Quantity,
    /// Units for the products that are new.
    new: Quantity,
}

impl Contract {
    /// How many units so many more products take, after these. Rounded up: the licensor keeps the rest of the last
    /// unit, for this report, or for the account's next one if rounding runs over all of them.
    fn units_for(&self, before: &Use, products: u32) -> Quantity {
        let units = |products: u64| i64::try_from(products.div_ceil(self.size.into())).expect("products are counted");
        let new = if self.cumulative {
            let counted = before.consumed.plus(before.short).units();
            units(before.products + u64::from(products)) - counted
        } else {
            units(products.into())
        };
        Quantity::from_units(new)
    }
}

impl<B: Book> Exchange<B> {
    /// A holder reports products made under its units.
    pub(crate) fn report_consumption(
        &mut self,
        user: User,
        asked: &ReportConsumption,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let ReportConsumption { account, products, .. } = *asked;
        let holder = self.account_for(user, account)?;
        let instrument = self.register.instrument_of(&asked.symbol)?;
        user.may(MAY_BUY)?;
        check_account_of(holder, user.entity)?;
        self.check_unit_books()?;
        self.ledger.check_units(account, instrument, Quantity::ZERO)?;
        let bill = self.bill(instrument, account, products)?;
        // What an audit found comes first; a report without new products settles as much of it as there is.
        let first = bill.short.min(self.ledger.free_units(account, instrument));
        let all = if bill.new == Quantity::ZERO {
            first
        } else {
            bill.short.plus(bill.new)
        };
        self.ledger.check_units(account, instrument, all)?;

        self.consume(instrument, account, products, all, bill, tell);
        self.next_report(instrument, account, tell);
        self.tell_consumption(instrument, account, tell);
        Ok(Receipt::Done)
    }

    /// An audit found products that were not reported.
    pub(crate) fn audit_consumption(
        &mut self,
        user: User,
        asked: &AuditConsumption,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let AuditConsumption { account, products, .. } = *asked;
        user.may(Roles::OPERATOR)?;
        self.ledger.account(account)?;
        let instrument = self.register.instrument_of(&asked.symbol)?;
        self.check_unit_books()?;
        if products == 0 {
            return Err(Reject::QuantityInvalid);
        }
        let bill = self.bill(instrument, account, products)?;

        let free = self.ledger.free_units(account, instrument);
        let covered = bill.short.plus(bill.new).min(free);
        self.consume(instrument, account, products, covered, bill, tell);
        self.tell_consumption(instrument, account, tell);
        Ok(Receipt::Done)
    }

    /// What so many products more come to for this account, by the contract.
    fn bill(&self, instrument: InstrumentId, account: AccountId, products: u32) -> Result<Bill, Reject> {
        let contract = self
            .units
            .contracts
            .get(&instrument)
            .ok_or(Reject::UnitContractMissing)?;
        let before = self.units.uses.get(&(instrument, account)).copied().unwrap_or_default();
        Ok(Bill {
            short: before.short,
            new: contract.units_for(&before, products),
        })
    }

    /// Counts products, and takes so many free units of what is billed.
    fn consume(
        &mut self,
        instrument: InstrumentId,
        account: AccountId,
        products: u32,
        units: Quantity,
        bill: Bill,
        tell: &mut Tell<'_>,
    ) {
        let entry = self.units.uses.entry((instrument, account)).or_default();
        entry.products += u64::from(products);
        entry.consumed = entry.consumed.plus(units);
        entry.short = bill.short.plus(bill.new).minus(units);
        if units == Quantity::ZERO {
            return;
        }
        let contract = self.units.contracts.get_mut(&instrument).expect("it was billed");
        contract.consumed = contract.consumed.plus(units);
        let slot = self.ledger.holding_slot(account, instrument);
        self.ledger.consume(slot, units);
        let deal = (tell.seq, PostingReason::Consumed);
        self.post_units(posting(deal, (account, instrument), -units.units(), 0), tell);
    }

    /// Sets the next report's day once the account has reported, as long as there is something to report.
    fn next_report(&mut self, instrument: InstrumentId, account: AccountId, tell: &Tell<'_>) {
        let days = self.units.contracts[&instrument].report_days;
        let ended = self.register.listing(instrument).status == TradingStatus::Closed;
        let today = tell.at.venue_date();
        let due = (days > 0 && !ended).then(|| self.step_until(Date(today.0.saturating_add_unsigned(days))).day);
        self.units
            .uses
            .get_mut(&(instrument, account))
            .expect("it reported")
            .late = false;
        self.set_report(instrument, account, due);
    }

    /// Sets the last day for an account's next report.
    fn set_report(&mut self, instrument: InstrumentId, account: AccountId, due: Option<Date>) {
        let entry = self.units.uses.get_mut(&(instrument, account)).expect("it reported");
        let before = core::mem::replace(&mut entry.due, due);
        let deadline = Deadline::ReportDue(instrument, account);
        if let Some(before) = before {
            self.deadlines.remove(before.next().start(), deadline);
        }
        if let Some(due) = due {
            self.deadlines.add(due.next().start(), deadline);
        }
    }

    /// A new calendar came into force: reports are due on a day that works.
    pub(crate) fn move_reports(&mut self, before: &Calendar, tell: &mut Tell<'_>) {
        let waiting = self.units.uses.iter().filter(|(_, entry)| !entry.late);
        let days = waiting.filter_map(|(key, entry)| Some((*key, entry.due?)));
        for ((instrument, account), due) in days.collect::<Vec<_>>() {
            let moved = self.step_until(due);
            if moved.day != due || !before.covers(due) && moved.calendar.is_none() {
                self.set_report(instrument, account, Some(moved.day));
                self.tell_consumption(instrument, account, tell);
            }
        }
    }

    /// A report fell due in an outage: there is time again.
    pub(crate) fn lengthen_report(
        &mut self,
        instrument: InstrumentId,
        account: AccountId,
        until: LastDay,
        tell: &mut Tell<'_>,
    ) {
        self.set_report(instrument, account, Some(until.day));
        self.tell_consumption(instrument, account, tell);
    }

    /// Notes that a report is late: the day after its last day has come.
    pub(crate) fn report_due(&mut self, instrument: InstrumentId, account: AccountId, tell: &mut Tell<'_>) {
        let entry = self.units.uses.get_mut(&(instrument, account)).expect("it reported");
        if !entry.late && entry.due.is_some_and(|due| due < tell.at.venue_date()) {
            entry.late = true;
            self.tell_consumption(instrument, account, tell);
        }
    }

    /// Tells the holder and the owner of the right what was consumed.
    fn tell_consumption(&self, instrument: InstrumentId, account: AccountId, tell: &mut Tell<'_>) {
        let Use {
            products,
            consumed,
            short,
            due,
            late,
        } = self.units.uses[&(instrument, account)];
        let holder = self.ledger.account(account).expect("it reported").entity;
        let readers = Readers::Only(Vec::from([holder, self.owner_of(instrument)]));
        let consumption = Consumption {
            symbol: self.symbol_of(instrument),
            account,
            products,
            consumed,
            short,
            due,
            late,
            calendar: due.and_then(|day| self.step_until(day).calendar),
        };
        tell.record(readers, Record::Consumption(consumption));
    }

    /// What this module promises: see above.
    pub(crate) fn check_consumption(&self) -> Result<(), String> {
        let mut consumed: BTreeMap<InstrumentId, i64> = BTreeMap::new();
        for ((instrument, account), entry) in &self.units.uses {
            *consumed.entry(*instrument).or_default() += entry.consumed.units();
            let Some(contract) = self.units.contracts.get(instrument) else {
                return Err(format!("{account:?} reported without a contract"));
            };
            let (counted, size) = (entry.consumed.plus(entry.short).units(), u64::from(contract.size));
            let least = entry.products.div_ceil(size) as i64;
            let fits = if contract.cumulative {
                counted == least
            } else {
                (least..=entry.products as i64).contains(&counted)
            };
            if !fits {
                return Err(format!("{entry:?} of {account:?} does not follow {contract:?}"));
            }
        }
        for (instrument, contract) in &self.units.contracts {
            if consumed.remove(instrument).unwrap_or_default() != contract.consumed.units() {
                return Err(format!("{contract:?} is not what its holders consumed"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::state::Use;

    /// RULES.md 2.3: of size 100, reports of 150 and 30.
    #[test]
    fn units_round_up_over_all_reports_or_over_each() {
        for (cumulative, expected) in [(true, [2, 0, 0, 1]), (false, [2, 1, 0, 1])] {
            let contract = Contract {
                size: 100,
                cumulative,
                report_days: 0,
                consumed: Quantity::ZERO,
            };
            let mut entry = Use::default();
            let units = [150, 30, 0, 21].map(|products| {
                let units = contract.units_for(&entry, products);
                entry.products += u64::from(products);
                entry.consumed = entry.consumed.plus(units);
                units.units()
            });
            assert_eq!(units, expected, "cumulative: {cumulative}");
        }
    }
}
