//! Takings: the creditor takes what a lot of its case left, at that lot's reserve: `{AGREED →} TAKEN → HELD → SOLD_ON`
//! (拍卖变卖财产规定 16, 19; 民法典 436; 财金〔2005〕53号 18).
//!
//! Invariants: no default moves a title (民法典 428). A court's applicant asks nobody; elsewhere the pledgor agrees, after the
//! default, to this lot's reserve. The price is paid in money and distributed by the plan, so nobody who is paid before the
//! creditor loses by it. What a bank took it sells on within two years, or before the right ends: told before, and on the day.

use crate::{
    auction::lot::{Lot, lowest},
    book::Book,
    kit::{
        checks::{check_account_of, ensure, require},
        deadlines::Deadline,
    },
    register::{
        party::{ACTS, MAY_BUY, User},
        taker::Road,
    },
    sales::agreed::AgreedSale,
    state::Exchange,
    sums::equity,
    tell::Tell,
};
use alloc::{collections::BTreeMap, format, string::String};
use protocol::{
    Amount, AssetId, Date, EntityId, LotId, Readers, Receipt, Record, Reject, Timestamp,
    buyers::{AgreeTaking, TakeAtReserve, Taking, TakingState},
    claim::{Converter, EquityOrigin},
    disposal::{DisposalState, TitleRoad},
    equity::SellBy,
};

/// How many days before the day by which a bank sells on what it took it is told so.
const WARNED_BEFORE: i32 = 90;

/// The price below which a lot was not sold.
fn reserve_of(lot: &Lot) -> Amount {
    lot.terms.reserve.unwrap_or_else(|| lowest(&lot.terms.format))
}

impl<B: Book> Exchange<B> {
    /// The pledgor agrees that the creditor takes what a lot left.
    pub(crate) fn agree_taking(
        &mut self,
        user: User,
        asked: &AgreeTaking,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let AgreeTaking {
            disposal,
            lot: id,
            contract,
        } = *asked;
        user.may(ACTS)?;
        self.case_for(user, disposal)?;
        self.lot_now(id, tell)?;
        let case = self.disposals.of(disposal);
        let own = |asset: &AssetId| self.register.right(*asset).owner == user.entity;
        let left = self.lots.of(id);
        let pledged = case.record.pledgors.contains(&user.entity) && left.terms.assets.iter().all(own);
        require(pledged, Reject::NotAParty)?;
        let known = self.disposals.takings.get(&id);
        let waits = known.is_none_or(|taking| taking.state == TakingState::Agreed);
        require(case.record.state == DisposalState::Open && waits, Reject::StateForbids)?;
        require(case.record.road != TitleRoad::Ruling, Reject::TitleRoadMissing)?;
        let left = self.left_unsold(case, id)?;
        self.check_taken_in_time(left, tell.at.venue_date())?;

        let taking = Taking {
            lot: id,
            disposal,
            assets: left.terms.assets.clone(),
            price: reserve_of(left),
            contract: Some(contract),
            state: TakingState::Agreed,
            taker: None,
            transfer: None,
            sell_by: None,
            warned: false,
        };
        self.disposals.takings.insert(id, taking);
        self.tell_taking(id, tell);
        Ok(Receipt::Done)
    }

    /// The acting holder of the claim takes what a lot left.
    pub(crate) fn take_at_reserve(
        &mut self,
        user: User,
        asked: &TakeAtReserve,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let TakeAtReserve {
            disposal,
            lot: id,
            account,
        } = *asked;
        let payer = self.account_for(user, account)?;
        user.may(MAY_BUY)?;
        let case = self.case_for(user, disposal)?;
        require(self.acts_in(case) == user.entity, Reject::NotAParty)?;
        check_account_of(payer, user.entity)?;
        self.lot_now(id, tell)?;
        let case = self.disposals.of(disposal);
        let left = self.left_unsold(case, id)?;
        self.check_taken_in_time(left, tell.at.venue_date())?;
        let known = self.disposals.takings.get(&id);
        let agreed = known.and_then(|taking| taking.contract);
        // What a court left is taken by its law, on the terms of which its notices told.
        let ruled = (case.record.road == TitleRoad::Ruling).then_some(left.terms.notices);
        let contract = agreed.or(ruled).ok_or(Reject::TakingNotAgreed)?;
        let deal = AgreedSale {
            buyer: payer,
            account,
            price: reserve_of(left),
            contract,
            signed: true,
            takes: true,
        };
        let assets = left.terms.assets.clone();
        let taker = self.taker(Road::Taking, &assets, payer, tell.at.venue_date());
        taker.check_place()?;
        taker.check_export()?;
        self.check_agreed_sale(user, left, &deal, tell.at)?;
        taker.check_barred()?;

        let price = deal.price;
        let sale = self.contract_agreed(id, deal, tell);
        let taking = Taking {
            lot: id,
            disposal,
            assets,
            price,
            contract: agreed,
            state: TakingState::Taken,
            taker: Some(payer),
            transfer: Some(sale),
            sell_by: None,
            warned: false,
        };
        self.disposals.takings.insert(id, taking);
        self.tell_taking(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Whether a creditor may still take what a lot left.
    fn check_taken_in_time(&self, lot: &Lot, today: Date) -> Result<(), Reject> {
        let days = i32::try_from(self.disposals.buyer_rules().taking_days).expect("at most a year");
        let last = self.step_until(Date(lot.ends_at.venue_date().0.saturating_add(days)));
        require(today <= last.day, Reject::TakingTooLate)
    }

    /// The title passed to the creditor that took: a bank has to sell it on.
    pub(crate) fn hold_taken(&mut self, lot: LotId, tell: &mut Tell<'_>) {
        let today = tell.at.venue_date();
        let taking = &self.disposals.takings[&lot];
        let sell_by = self.sell_taken_by(taking, today);
        let assets = taking.assets.clone();
        let taking = self.disposals.taking_mut(lot);
        taking.state = TakingState::Held;
        taking.sell_by = sell_by;
        taking.warned = sell_by.is_some_and(|by| warn_on(&by) <= today);
        self.disposals
            .taken
            .extend(assets.into_iter().map(|asset| (asset, lot)));
        self.await_sale_of_taken(lot);
        self.tell_taking(lot, tell);
    }

    /// Until when a bank sells on what it took: two years, as of shares that it took by enforcing, or the first end of its
    /// rights before.
    fn sell_taken_by(&self, taking: &Taking, today: Date) -> Option<SellBy> {
        self.is_bank(taking.taker?).then_some(())?;
        let calendar = &self.epoch().calendar;
        let by = equity::dispose_by(Converter::Bank, EquityOrigin::Enforcement, today, calendar)?;
        let ends = taking
            .assets
            .iter()
            .filter_map(|asset| self.register.right(*asset).expires);
        // No day off moves the end of a right.
        let (nominal, last_day) = match ends.min().filter(|end| *end < by.nominal) {
            Some(end) => (end, end),
            None => (by.nominal, by.last_day.date),
        };
        Some(SellBy {
            nominal,
            last_day,
            late: false,
        })
    }

    /// A right passes on: a creditor that had taken it has sold it on.
    pub(crate) fn sell_taken(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let Some(lot) = self.disposals.taken.remove(&asset) else {
            return;
        };
        let due = taking_due(&self.disposals.takings[&lot]);
        let taking = self.disposals.taking_mut(lot);
        taking.assets.retain(|left| *left != asset);
        if taking.assets.is_empty() {
            taking.state = TakingState::SoldOn;
            if let Some(due) = due {
                self.deadlines.remove(due, Deadline::TakingDue(lot));
            }
        }
        self.tell_taking(lot, tell);
    }

    /// A bank has to sell on what it took soon, or had to by now.
    pub(crate) fn taking_is_due(&mut self, lot: LotId, tell: &mut Tell<'_>) {
        if taking_due(&self.disposals.takings[&lot]) != Some(tell.at) {
            return;
        }
        let taking = self.disposals.taking_mut(lot);
        if taking.warned {
            taking.sell_by = taking.sell_by.map(|by| SellBy { late: true, ..by });
        } else {
            taking.warned = true;
        }
        self.await_sale_of_taken(lot);
        self.tell_taking(lot, tell);
    }

    fn await_sale_of_taken(&mut self, lot: LotId) {
        if let Some(due) = taking_due(&self.disposals.takings[&lot]) {
            self.deadlines.add(due, Deadline::TakingDue(lot));
        }
    }

    /// Tells the parties of its case, and who took, how a taking stands.
    fn tell_taking(&self, lot: LotId, tell: &mut Tell<'_>) {
        let taking = &self.disposals.takings[&lot];
        let Readers::Only(mut readers) = self.readers_of_case(self.disposals.of(taking.disposal)) else {
            unreachable!("a case's readers are named");
        };
        readers.extend(taking.taker.filter(|taker: &EntityId| !readers.contains(taker)));
        tell.record(Readers::Only(readers), Record::Taking(taking.clone()));
    }

    /// What is held is named right by right, and each taking waits for its day.
    pub(super) fn check_takings(&self) -> Result<(), String> {
        let disposals = &self.disposals;
        let held = disposals
            .takings
            .values()
            .filter(|taking| taking.state == TakingState::Held);
        let held = held.flat_map(|taking| taking.assets.iter().map(|asset| (*asset, taking.lot)));
        let held: BTreeMap<_, _> = held.collect();
        ensure(held == disposals.taken, || {
            format!("taken {:?}, not {held:?}", disposals.taken)
        })?;
        for (lot, taking) in &disposals.takings {
            let taken = taking.state != TakingState::Agreed;
            let fits = taking.lot == *lot
                && disposals.cases.contains_key(&taking.disposal)
                && taken == taking.taker.is_some()
                && taken == taking.transfer.is_some()
                && (taken || taking.contract.is_some())
                && (taking.state == TakingState::SoldOn) == taking.assets.is_empty()
                && taking
                    .transfer
                    .is_none_or(|sale| self.sales.get(sale).is_some_and(|sale| sale.took == Some(*lot)));
            ensure(fits, || format!("{taking:?} is none that can be"))?;
        }
        let took = |lot: LotId| disposals.takings.contains_key(&lot);
        let named = self.sales.iter().all(|sale| sale.took.is_none_or(took));
        ensure(named, || String::from("a sale took what nobody takes"))?;
        let waiting = self.deadlines.timed().filter_map(|(at, deadline)| match deadline {
            Deadline::TakingDue(lot) => Some((lot, at)),
            _ => None,
        });
        let waiting: BTreeMap<_, _> = waiting.collect();
        let due = disposals.takings.iter();
        let due: BTreeMap<_, _> = due
            .filter_map(|(lot, taking)| Some((*lot, taking_due(taking)?)))
            .collect();
        ensure(waiting == due, || format!("takings wait for {waiting:?}, not {due:?}"))
    }
}

/// The day from which who took is told that the time is near.
fn warn_on(by: &SellBy) -> Date {
    Date(by.nominal.0 - WARNED_BEFORE)
}

/// When a taking is told of next; none: it waits for no day.
fn taking_due(taking: &Taking) -> Option<Timestamp> {
    let held = taking.state == TakingState::Held;
    let by = taking.sell_by.filter(|by| held && !by.late)?;
    Some(if taking.warned {
        by.nominal.next().start()
    } else {
        warn_on(&by).start()
    })
}
