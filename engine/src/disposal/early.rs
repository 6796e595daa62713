//! An early sale: the value of what stands pledged falls visibly, and no other security is given for it (民法典 433).
//!
//! Invariant: nothing is sold early before security was asked for in vain, and nothing of what an early sale brings is
//! distributed as on a default: its price pays the debt at once where every pledgor agreed, else it stands for the loan.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::{MAY_ACT, parties_of},
    register::{
        disposals::{Held, SoldPart},
        lent::Lent,
        party::{ACTS, User},
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeMap, vec::Vec};
use core::ops::RangeInclusive;
use protocol::{
    Amount, AssetId, Date, LoanId, Money, Readers, Receipt, Record, Reject, TransferId,
    disposal::{
        AgreeInDisposal, AskSecurity, CaseAgreement, DisposalGround, DisposalSale, Security, SecurityEnd,
        SettleSecurity,
    },
    pledge::LoanState,
};

/// The days within which other security may be asked for.
const SECURITY_DAYS: RangeInclusive<u32> = 1..=366;

impl<B: Book> Exchange<B> {
    /// Asks for other security, because what stands pledged is worth visibly less than when it was pledged.
    pub(crate) fn ask_security(
        &mut self,
        user: User,
        asked: &AskSecurity,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent { loan, .. } = self.loan_acting(user, asked.loan)?;
        let currency = loan.terms.principal.currency;
        let waits = self.security_of(asked.loan).is_some();
        require(loan.state == LoanState::Running && !waits, Reject::StateForbids)?;
        let agreed = self.values_pledged(asked.loan);
        let in_force = |asset: &AssetId| self.value_in_force(*asset, currency, Some(tell.at));
        let valued = |value: Option<i128>| value.and_then(|value| i64::try_from(value).ok());
        let pledged_at = valued(agreed.values().copied().sum()).filter(|value| *value > 0);
        let value = valued(agreed.keys().map(in_force).sum());
        let (pledged_at, value) = pledged_at.zip(value).ok_or(Reject::ValuationMissing)?;
        let [pledged_at, value] = [pledged_at, value].map(|minor| Amount::new(currency, Money::from_minor(minor)));
        require(
            self.is_fallen(value.money.minor().into(), pledged_at),
            Reject::ValueNotFallen,
        )?;
        require(SECURITY_DAYS.contains(&asked.days), Reject::SecurityDaysInvalid)?;

        let days = i32::try_from(asked.days).expect("at most a year");
        let last = Date(tell.at.venue_date().0.saturating_add(days));
        let security = Security {
            loan: asked.loan,
            pledged_at,
            value,
            until: self.step_until(last).day,
            evidence: asked.evidence,
            ended: None,
        };
        self.disposals.security.insert(asked.loan, security);
        self.tell_security(asked.loan, tell);
        Ok(Receipt::Done)
    }

    /// Other security was given, or is not asked for any more.
    pub(crate) fn settle_security(
        &mut self,
        user: User,
        asked: &SettleSecurity,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        self.loan_acting(user, asked.loan)?;
        require(self.security_of(asked.loan).is_some(), Reject::StateForbids)?;

        let security = self.disposals.security.get_mut(&asked.loan).expect("it was asked for");
        security.evidence = asked.evidence;
        self.end_security(asked.loan, SecurityEnd::Settled, tell);
        Ok(Receipt::Done)
    }

    /// The pledgor agrees to something in a case: that all is sold, or that an early price pays the debt.
    pub(crate) fn agree_in_disposal(
        &mut self,
        user: User,
        asked: &AgreeInDisposal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.disposal;
        user.may(ACTS)?;
        let record = &self.case_for(user, id)?.record;
        require(record.pledgors.contains(&user.entity), Reject::NotAParty)?;
        let agreed = match asked.to {
            CaseAgreement::SellAll => &record.sell_all,
            CaseAgreement::Prepay => &record.prepay,
        };
        let early = asked.to != CaseAgreement::Prepay || self.is_early(record);
        let open = !record.state.is_over() && !agreed.contains(&user.entity);
        require(open && early, Reject::StateForbids)?;

        let record = &mut self.disposals.of_mut(id).record;
        match asked.to {
            CaseAgreement::SellAll => record.sell_all.push(user.entity),
            CaseAgreement::Prepay => record.prepay.push(user.entity),
        }
        record.evidence = Some(asked.evidence);
        self.tell_case(id, tell);
        Ok(Receipt::Done)
    }

    /// What was sold early: its price has passed on.
    pub(crate) fn note_early_sale(&mut self, transfer: TransferId, parts: Vec<SoldPart>, tell: &mut Tell<'_>) {
        for (place, sold) in (0..).zip(parts) {
            let id = sold.part.case;
            let case = self.disposals.of_mut(id);
            case.record.sales.push(DisposalSale {
                transfer,
                part: place,
                assets: sold.part.assets,
                price: sold.price,
                costs: Amount::new(sold.price.currency, sold.costs),
                bundle: sold.share,
                distributed_at: Some(tell.at),
            });
            case.held.push(Held {
                paid: Vec::new(),
                pledges: sold.part.pledges,
            });
            let loan = case.record.loan;
            self.disposals.unsettle(loan);
            self.tell_case(id, tell);
        }
    }

    /// Ends that security is asked for where the debt is paid, or what stands pledged is worth enough again.
    pub(super) fn look_at_security(&mut self, loan: LoanId, tell: &mut Tell<'_>) {
        let Some(security) = self.security_of(loan).copied() else {
            return;
        };
        let worth = self.worth_of_pledged(loan);
        if self.pledging.lent(loan).loan.state == LoanState::Repaid {
            self.end_security(loan, SecurityEnd::Paid, tell);
        } else if worth.is_some_and(|worth| !self.is_fallen(worth, security.pledged_at)) {
            self.end_security(loan, SecurityEnd::ValueBack, tell);
        }
    }

    fn end_security(&mut self, loan: LoanId, ended: SecurityEnd, tell: &mut Tell<'_>) {
        self.disposals.unsettle(loan);
        let security = self.disposals.security.get_mut(&loan).expect("it was asked for");
        security.ended = Some(ended);
        self.tell_security(loan, tell);
    }

    /// What security is asked for, unless that has ended.
    pub(super) fn security_of(&self, loan: LoanId) -> Option<&Security> {
        let security = self.disposals.security.get(&loan);
        security.filter(|security| security.ended.is_none())
    }

    /// Whether an early case goes on: nothing ended that security is asked for.
    pub(super) fn is_early_ended(&self, loan: LoanId) -> bool {
        let case = self.disposals.of_loan(loan);
        let early = case.is_some_and(|case| case.record.ground == DisposalGround::ValueFalls);
        early && self.security_of(loan).is_none()
    }

    /// Whether rights of this worth are worth visibly less than when they were pledged.
    fn is_fallen(&self, worth: i128, pledged_at: Amount) -> bool {
        let stays = i128::from(100 - self.rule_book().fall_pct().min(100));
        worth * 100 <= i128::from(pledged_at.money.minor()) * stays
    }

    /// The rights that stand pledged for a loan, each with what its parties agreed that it was worth.
    fn values_pledged(&self, loan: LoanId) -> BTreeMap<AssetId, Option<i128>> {
        let pledges = self.pledging.lent(loan).pledges.into_iter();
        let active = pledges.filter(|id| self.pledging.state(*id).is_active());
        let rights = active.flat_map(|id| self.pledging.standing(id));
        rights
            .map(|right| (right.asset, right.value.map(|value| i128::from(value.money.minor()))))
            .collect()
    }

    /// What stands pledged for a loan is worth: by the last valuations, and of what was never valued as its parties agreed.
    fn worth_of_pledged(&self, loan: LoanId) -> Option<i128> {
        let currency = self.pledging.lent(loan).loan.terms.principal.currency;
        let worth =
            |(asset, agreed): (&AssetId, &Option<i128>)| self.value_in_force(*asset, currency, None).or(*agreed);
        self.values_pledged(loan).iter().map(worth).sum()
    }

    /// The loan, for the acting holder of its claim or the venue in its place.
    fn loan_acting(&self, user: User, loan: LoanId) -> Result<Lent, Reject> {
        user.may(MAY_ACT)?;
        let lent = self.loan_for(user, loan)?;
        let acting = lent.loan.creditors.first().map(|share| share.entity);
        require(user.is_operator() || acting == Some(user.entity), Reject::NotAParty)?;
        Ok(lent)
    }

    /// Tells the parties of a loan and who gave a pledge for it what security is asked for.
    fn tell_security(&self, loan: LoanId, tell: &mut Tell<'_>) {
        let security = self.disposals.security[&loan];
        tell.record(self.readers_with_pledgors(loan), Record::Security(security));
    }

    /// The parties of a loan and who gave a pledge for it.
    pub(super) fn readers_with_pledgors(&self, loan: LoanId) -> Readers {
        let lent = &self.pledging.lent(loan);
        let Readers::Only(mut readers) = parties_of(&lent.loan) else {
            unreachable!("a loan's parties are named");
        };
        readers.extend(self.pledgors_of(lent));
        readers.sort_unstable();
        readers.dedup();
        Readers::Only(readers)
    }
}
