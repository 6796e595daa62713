//! What is asked of claims before a fen is shared, in the order of `Reject`.

use protocol::{
    Amount, Reject,
    plan::{Claims, PAYEES_MAX, Plan, Proceeds, SHARED_MAX, TierKind},
};

/// Asks whether these claims can be shared out by this plan.
pub(super) fn check(plan: &Plan, proceeds: &Proceeds, claims: &Claims) -> Result<(), Reject> {
    check_counts(plan, claims)?;
    check_payees(plan, claims)?;
    check_amounts(plan, proceeds, claims)?;
    check_agreed(plan, claims)?;
    check_parts(claims)
}

fn check_counts(plan: &Plan, claims: &Claims) -> Result<(), Reject> {
    let holders = || claims.pledges.iter().flat_map(|pledge| &pledge.holders);
    let counts = [
        plan.payees.len() + claims.later.len(),
        claims.costs.len(),
        claims.taxes.len(),
        claims.wages.len(),
        claims.pledges.len(),
        holders().count(),
        holders().map(|holder| holder.payers.len()).sum(),
        claims.attachments.len(),
        claims.agreed.len(),
        claims.owners.len(),
    ];
    if counts.iter().all(|&count| count <= PAYEES_MAX) {
        Ok(())
    } else {
        Err(Reject::ClaimsTooMany)
    }
}

fn check_payees(plan: &Plan, claims: &Claims) -> Result<(), Reject> {
    let count = plan.payees.len() + claims.later.len();
    let holders = || claims.pledges.iter().flat_map(|pledge| &pledge.holders);
    let mut all = (claims.costs.iter().map(|one| one.payee))
        .chain(claims.taxes.iter().map(|one| one.payee))
        .chain(claims.wages.iter().map(|one| one.payee))
        .chain(holders().map(|one| one.payee))
        .chain(holders().flat_map(|one| &one.payers).map(|one| one.payee))
        .chain(claims.attachments.iter().map(|one| one.payee))
        .chain(claims.agreed.iter().map(|one| one.payee))
        .chain(claims.owners.iter().map(|one| one.payee));
    if all.all(|payee| (payee as usize) < count) {
        Ok(())
    } else {
        Err(Reject::ClaimPayeeUnknown)
    }
}

fn check_amounts(plan: &Plan, proceeds: &Proceeds, claims: &Claims) -> Result<(), Reject> {
    let there = [Some(proceeds.price), proceeds.gap, proceeds.debt];
    // A maximum limits, it is not asked: it adds to no sum.
    let mut maxima = claims.pledges.iter().filter_map(|pledge| pledge.maximum);
    if within(plan, there.into_iter().flatten())
        && within(plan, asked(claims))
        && maxima.all(|maximum| within(plan, core::iter::once(maximum)))
    {
        Ok(())
    } else {
        Err(Reject::ClaimAmountInvalid)
    }
}

/// Whether amounts are of the plan's currency, none negative, and together no more than can be shared.
fn within(plan: &Plan, mut amounts: impl Iterator<Item = Amount>) -> bool {
    let sum = amounts.try_fold(0_i64, |sum, amount| {
        let minor = amount.money.minor();
        let fits = amount.currency == plan.currency && minor >= 0;
        sum.checked_add(minor).filter(|&sum| fits && sum <= SHARED_MAX)
    });
    sum.is_some()
}

/// All that is asked.
fn asked(claims: &Claims) -> impl Iterator<Item = Amount> {
    let holders = || claims.pledges.iter().flat_map(|pledge| &pledge.holders);
    let parts =
        |one: &protocol::plan::SecuredClaim| [Some(one.costs), Some(one.interest), Some(one.principal), one.doubled];
    (claims.costs.iter().map(|one| one.amount))
        .chain(
            claims
                .taxes
                .iter()
                .flat_map(|one| [Some(one.tax), one.surcharge])
                .flatten(),
        )
        .chain(holders().flat_map(parts).flatten())
        .chain(holders().flat_map(|one| &one.payers).map(|one| one.paid))
        .chain(claims.wages.iter().map(|one| one.amount))
        .chain(claims.attachments.iter().map(|one| one.amount))
        .chain(claims.agreed.iter().map(|one| one.amount))
}

/// Whether each claim on an agreed tier is of somebody in one.
fn check_agreed(plan: &Plan, claims: &Claims) -> Result<(), Reject> {
    let mut named = alloc::vec![false; plan.payees.len()];
    let mut found = 0;
    for (place, tier) in plan
        .tiers
        .iter()
        .enumerate()
        .filter(|(_, tier)| tier.kind == TierKind::Agreed)
    {
        named.fill(false);
        tier.payees
            .iter()
            .for_each(|portion| named[portion.payee as usize] = true);
        let of_it = claims.agreed.iter().filter(|claim| claim.tier as usize == place);
        let is_named = |payee: u32| named.get(payee as usize).is_some_and(|&named| named);
        found += of_it.filter(|claim| is_named(claim.payee)).count();
    }
    if found == claims.agreed.len() {
        Ok(())
    } else {
        Err(Reject::ClaimTierUnknown)
    }
}

fn check_parts(claims: &Claims) -> Result<(), Reject> {
    let holders = |pledge: &protocol::plan::RankedPledge| {
        let mut payers = pledge.holders.iter().flat_map(|holder| &holder.payers);
        !pledge.holders.is_empty() && payers.all(|payer| payer.weight > 0)
    };
    if claims.owners.iter().all(|owner| owner.parts > 0) && claims.pledges.iter().all(holders) {
        Ok(())
    } else {
        Err(Reject::ClaimPartsInvalid)
    }
}
