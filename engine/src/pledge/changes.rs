//! A recorded pledge changes, is released, or gives way to another (民法典 409, 422, 435; PLEDGES.md 2.2).
//!
//! Invariants: nobody behind a pledge loses by its change but by its own written word; what the rights that stay are
//! worth covers what the contract asks; a right that takes another's place is recorded before that one is released. Who
//! gives up a pledge of the debtor's own frees its guarantors to that value, unless they promised to stay.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::{
        life::{self, Input},
        loans::parties_of,
    },
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, AssetId, Date, Digest, Money, PledgeId, Receipt, Record, Reject, Timestamp,
    asset::AssetClass,
    claim::EquityStep,
    party::Roles,
    pledge::{
        ChangePledge, GuaranteeState, GuarantorFreed, Pledge, PledgeState, PledgedRight, ReleasePledge,
        SubstitutePledge,
    },
    title::Valuation,
};

impl<B: Book> Exchange<B> {
    /// Records a change of what a pledge stands for. By an operator, on the application of both sides.
    pub(crate) fn change_pledge(
        &mut self,
        user: User,
        asked: &ChangePledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let pledge = &self.pledging.pledge(asked.pledge)?;
        let amount = asked.amount.unwrap_or(pledge.amount);
        let due = asked.due.unwrap_or(pledge.debt_ends);
        let fits = amount.currency == pledge.amount.currency && amount.money.minor() > 0;
        require(fits, Reject::AmountInvalid)?;
        let state = life::step(pledge.state, Input::Change)?;
        let outlived = pledge.standing().any(|right| self.outlives(due, right.asset));
        require(!outlived, Reject::PledgeDebtBeyondRight)?;
        let gains = amount.money > pledge.amount.money || due > pledge.debt_ends;
        let consented = !gains || asked.consent.is_some() || !self.has_behind(pledge);
        require(consented, Reject::RankConsent)?;
        require(pledge.fixed.is_none() || asked.amount.is_none(), Reject::ClaimFixed)?;

        self.pledging.change(asked.pledge, |pledge| {
            pledge.state = state;
            (pledge.amount, pledge.debt_ends) = (amount, due);
            if let Some(maximum) = &mut pledge.maximum {
                maximum.limit = amount;
            }
            pledge.evidence = Some(asked.evidence);
            // What was changed at the register, the register shows.
            pledge.register_behind = false;
        });
        self.warn_anew(asked.pledge, tell);
        self.tell_pledge(asked.pledge, tell);
        Ok(Receipt::Done)
    }

    /// Whether a debt until that day runs longer than a right that an office would ask of.
    fn outlives(&self, due: Date, asset: AssetId) -> bool {
        let right = self.register.right(asset);
        let examined = protocol::pledge::Registrar::of(right.class).examines();
        examined && right.class != AssetClass::Trademark && right.expires.is_some_and(|end| due > end)
    }

    /// Whether another pledge stands on one of its rights in its rank or behind.
    fn has_behind(&self, pledge: &Pledge) -> bool {
        pledge.standing().any(|right| {
            let pledges = &self.register.right(right.asset).pledges;
            let ranked = self.pledging.ranked(pledges, right.asset);
            let behind = |other: &Pledge| other.pledge != pledge.pledge && other.registered_at >= pledge.registered_at;
            ranked.into_iter().any(|other| behind(&other))
        })
    }

    /// Releases a pledge or some of its rights.
    pub(crate) fn release_pledge(
        &mut self,
        user: User,
        asked: &ReleasePledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let pledge = &self.pledge_of(user, asked.pledge)?;
        let released = released_of(pledge, &asked.assets)?;
        life::step(pledge.state, Input::Release)?;
        self.check_not_selling(pledge, &released)?;
        let stays = pledge.standing().any(|right| !released.contains(&right.asset));
        if stays {
            self.check_stays(pledge, &released, tell.at)?;
        }

        self.give_up_rights(asked.pledge, &released, asked.evidence, tell);
        Ok(Receipt::Done)
    }

    /// A creditor gives up what these rights would have brought.
    pub(crate) fn give_up_rights(&mut self, id: PledgeId, released: &[AssetId], evidence: Digest, tell: &mut Tell<'_>) {
        let value = self.worth_of(&self.pledging.of(id), released, tell.at);
        self.free_guarantors(id, value, tell);
        self.release_rights(id, released, evidence, tell);
        self.free_unpledged(self.pledging.of(id).loan, tell);
    }

    /// A right that is on offer in a case is released against its price alone; one whose claim is being turned into
    /// shares, once the register shows their holder.
    fn check_not_selling(&self, pledge: &Pledge, released: &[AssetId]) -> Result<(), Reject> {
        let disposed = pledge.state == PledgeState::Disposing;
        let case = self.disposals.of_loan(pledge.loan).filter(|_| disposed);
        let deal = case.and_then(|case| self.disposals.converting(case.record.disposal));
        let registered = deal.is_none_or(|deal| deal.done(EquityStep::Registered).is_some());
        require(registered, Reject::ReleaseBeforeRegistered)?;
        let offered = |asset: &AssetId| {
            let extra = self.register.right(*asset).extra();
            extra.transfer.is_some() || extra.lot.is_some()
        };
        require(!disposed || !released.iter().any(offered), Reject::ReleaseBeforeEscrow)
    }

    /// What stays of a pledge has to cover the debt as its contract asks, and similar marks stay together.
    fn check_stays(&self, pledge: &Pledge, released: &[AssetId], at: Timestamp) -> Result<(), Reject> {
        let stays = |right: &&PledgedRight| !released.contains(&right.asset);
        let debt = self.debt_of(pledge, at);
        let asks = pledge.cover_pct > 0 && debt > Money::ZERO;
        let worth = pledge
            .standing()
            .filter(stays)
            .map(|right| self.good_value(right, pledge, at));
        let worth = worth.sum::<Option<i128>>();
        require(!asks || worth.is_some(), Reject::ValuationMissing)?;
        let apart = |right: &PledgedRight| {
            let bundle = &self.register.right(right.asset).extra().bundle;
            bundle.iter().any(|mark| released.contains(mark))
        };
        let apart = pledge.standing().filter(stays).any(apart);
        require(!apart, Reject::TmBundle)?;
        let covered = worth.is_some_and(|worth| covers(worth, pledge.cover_pct, debt));
        require(!asks || covered, Reject::CoverTooLow)
    }

    /// The last valuation of a right.
    pub(crate) fn last_valuation(&self, asset: AssetId) -> Option<Valuation> {
        let last = self.register.right(asset).extra().valuation;
        last.map(|valuation| self.valuations.last[&valuation])
    }

    /// What a right is worth by a valuation that is good now, in the currency of the pledge.
    fn good_value(&self, right: &PledgedRight, pledge: &Pledge, at: Timestamp) -> Option<i128> {
        self.value_in_force(right.asset, pledge.amount.currency, Some(at))
    }

    /// What these rights of a pledge are worth: by a good valuation, or as its parties agreed; nothing is said where
    /// neither tells.
    fn worth_of(&self, pledge: &Pledge, assets: &[AssetId], at: Timestamp) -> Option<i128> {
        let of_these = |right: &&PledgedRight| assets.contains(&right.asset);
        let agreed = |right: &PledgedRight| right.value.map(|value| i128::from(value.money.minor()));
        let worth = |right: &PledgedRight| self.good_value(right, pledge, at).or_else(|| agreed(right));
        pledge.standing().filter(of_these).map(worth).sum()
    }

    /// What is owed of a pledge's debt now.
    fn debt_of(&self, pledge: &Pledge, at: Timestamp) -> Money {
        let lent = &self.pledging.lent(pledge.loan);
        lent.claim.owed(&lent.loan.terms, at.venue_date()).total()
    }

    /// A creditor gives up what rights of the debtor's own would have brought: who guarantees beside them is free of as
    /// much, as far as it is owed, unless it promised to stay (民法典 409, 435). Where nobody tells what they are worth, of
    /// all that the pledge stands for.
    fn free_guarantors(&mut self, id: PledgeId, value: Option<i128>, tell: &mut Tell<'_>) {
        let pledge = &self.pledging.of(id);
        let (loan, amount) = (pledge.loan, pledge.amount);
        let own = self.pledging.lent(loan).loan.debtor == pledge.pledgor;
        let owed = self.debt_of(pledge, tell.at).min(amount.money);
        let value = value.map_or(owed, |value| {
            let most = i128::from(owed.minor());
            Money::from_minor(i64::try_from(value.min(most)).expect("at most what is owed"))
        });
        if !own || value <= Money::ZERO || !pledge.state.is_active() {
            return;
        }
        let freed = self.pledging.change_lent(loan, |lent| {
            let mut freed = Vec::new();
            for (guarantor, guarantee) in lent.loan.terms.guarantors.iter().zip(&mut lent.loan.guarantees) {
                if !guarantor.stays && guarantee.state != GuaranteeState::Ended {
                    let before = guarantee.freed.money;
                    // Nobody is free of more than is owed.
                    guarantee.freed.money = before.plus(value).min(owed).max(before);
                    freed.push((guarantee.entity, guarantee.freed.money.minus(before)));
                }
            }
            freed
        });
        if freed.is_empty() {
            return;
        }
        self.tell_loan(loan, tell);
        for (entity, money) in freed {
            let freed = GuarantorFreed {
                loan,
                pledge: id,
                entity,
                value: Amount::new(amount.currency, money),
            };
            let readers = parties_of(&self.pledging.lent(loan).loan);
            tell.record(readers, Record::GuarantorFreed(freed));
        }
    }

    /// These rights are free of a pledge; with the last of them it is released.
    pub(super) fn release_rights(&mut self, id: PledgeId, released: &[AssetId], evidence: Digest, tell: &mut Tell<'_>) {
        self.free_rights(id, released, evidence, tell);
        let pledge = &self.pledging.of(id);
        self.disposals.unsettle(pledge.loan);
        if pledge.standing().next().is_none() {
            self.end_pledge(id, PledgeState::Released, tell);
        } else {
            self.settle_named(id);
            self.tell_pledge(id, tell);
        }
    }

    /// These rights are free of a pledge against a price that is held: one that is being disposed of stays until that is
    /// paid out.
    pub(crate) fn release_for_price(&mut self, id: PledgeId, sold: &[AssetId], evidence: Digest, tell: &mut Tell<'_>) {
        if self.pledging.state(id) == PledgeState::Disposing {
            self.free_rights(id, sold, evidence, tell);
            self.settle_named(id);
            self.tell_pledge(id, tell);
        } else {
            self.release_rights(id, sold, evidence, tell);
        }
    }

    fn free_rights(&mut self, id: PledgeId, released: &[AssetId], evidence: Digest, tell: &mut Tell<'_>) {
        self.pledging.change(id, |pledge| {
            for right in &mut pledge.rights {
                if released.contains(&right.asset) && right.ended.is_none() {
                    right.released_at.get_or_insert(tell.at);
                }
            }
            pledge.evidence = Some(evidence);
        });
    }

    /// Releases rights for others that were recorded before for the same debt.
    pub(crate) fn substitute_pledge(
        &mut self,
        user: User,
        asked: &SubstitutePledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let pledge = &self.pledge_of(user, asked.pledge)?;
        let by = &self.pledge_for(user, asked.by)?;
        let released = released_of(pledge, &asked.assets)?;
        life::step(pledge.state, Input::Release)?;
        let takes_place = by.replaces == Some(asked.pledge) && by.loan == pledge.loan && by.state.is_active();
        require(takes_place, Reject::SubstitutionGap)?;
        self.check_not_selling(pledge, &released)?;

        let new: Vec<_> = by.standing().map(|right| right.asset).collect();
        let lost = self.worth_of(pledge, &released, tell.at);
        let gained = self.worth_of(by, &new, tell.at);
        let gap = lost.zip(gained).map(|(lost, gained)| (lost - gained).max(0));
        self.free_guarantors(asked.pledge, gap, tell);
        self.pledging
            .change(asked.pledge, |pledge| pledge.substituted = Some(asked.by));
        self.release_rights(asked.pledge, &released, asked.evidence, tell);
        Ok(Receipt::Done)
    }
}

/// The rights that are to be released: those that are named, or all that stand.
fn released_of(pledge: &Pledge, assets: &[AssetId]) -> Result<Vec<AssetId>, Reject> {
    let stands = |asset: &AssetId| pledge.standing().any(|right| right.asset == *asset);
    require(assets.iter().all(stands), Reject::UnknownAsset)?;
    if assets.is_empty() {
        return Ok(pledge.standing().map(|right| right.asset).collect());
    }
    Ok(assets.to_vec())
}

/// Whether what is left covers so many per cent of a debt: the bound is within.
fn covers(worth: i128, cover_pct: u32, debt: Money) -> bool {
    worth * 100 >= i128::from(cover_pct) * i128::from(debt.minor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cover_is_reached_at_its_bound() {
        let debt = Money::from_minor(3_000_000);
        assert!(covers(4_500_000, 150, debt));
        assert!(!covers(4_499_999, 150, debt));
        assert!(covers(i128::from(i64::MAX) * 64, 1_000, Money::from_minor(i64::MAX)));
    }
}
