//! A plan that is frozen: what is asked of it once, so that nothing is when the money comes, and whose consent a change
//! needs.

use alloc::{vec, vec::Vec};
use protocol::{
    Amount, Digest, Reject,
    plan::{
        PAYEES_MAX, Payee, Plan, Portion, RANKS_MOVED_MAX, RankMoved, SHARED_MAX, Split, TIERS_BY_LAW, TIERS_MAX, Tier,
        TierKind,
    },
    units::BASIS_POINTS_ONE,
};
use serde::{Deserialize, Serialize};

/// A plan that nothing is wrong with, and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenPlan {
    plan: Plan,
    digest: Digest,
}

/// A pledgee, by its place among the plan's payees, and the rank that the registration gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredRank {
    /// Who.
    pub payee: u32,
    /// In which rank.
    pub rank: u32,
}

impl FrozenPlan {
    /// Freezes a plan: before the first step of a disposal, or by a default where it was in force. Who consented in
    /// writing that its rank gets worse (民法典 409(1), 422) is told by its place among the payees.
    ///
    /// # Errors
    /// [`Reject::PlanPayeesInvalid`], [`Reject::PlanTiersInvalid`], [`Reject::PlanCapsInvalid`],
    /// [`Reject::PlanRanksInvalid`], [`Reject::PlanConsentMissing`].
    pub fn freeze(plan: Plan, register: &[RegisteredRank], consented: &[u32]) -> Result<Self, Reject> {
        check(&plan)?;
        let has = consents(consented);
        if worsened(&plan.ranks, register).any(|payee| !has(payee)) {
            return Err(Reject::PlanConsentMissing);
        }
        let digest = plan.digest();
        Ok(Self { plan, digest })
    }

    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its hash.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether it is what [`Self::freeze`] makes: a snapshot may bring another.
    pub fn is_sound(&self) -> bool {
        check(&self.plan).is_ok() && self.digest == self.plan.digest()
    }

    /// Takes another plan after the default: it needs every payee whose share it touches, and the owner where it
    /// touches the surplus.
    ///
    /// # Errors
    /// As [`Self::freeze`].
    pub fn amend(
        &self,
        plan: Plan,
        register: &[RegisteredRank],
        consented: &[u32],
        owner_consented: bool,
    ) -> Result<Self, Reject> {
        let next = Self::freeze(plan, register, consented)?;
        let touched = touched(&self.plan, &next.plan, register);
        let has = consents(consented);
        if !touched.payees.iter().all(|&payee| has(payee)) || touched.surplus && !owner_consented {
            return Err(Reject::PlanConsentMissing);
        }
        Ok(next)
    }
}

/// Who consented, in an order in which it is found.
fn consents(consented: &[u32]) -> impl Fn(u32) -> bool {
    let mut sorted = consented.to_vec();
    sorted.sort_unstable();
    move |payee| sorted.binary_search(&payee).is_ok()
}

/// In which rank a pledge stands that the register has in this one.
pub(crate) fn stands_in(moved: &[RankMoved], registered: u32) -> u32 {
    let at = moved.binary_search_by_key(&registered, |one| one.registered);
    at.map_or(registered, |at| moved[at].stands)
}

/// Whose rank gets worse: who was ahead of another and no longer is, or level with it and falls behind.
fn worsened(moved: &[RankMoved], register: &[RegisteredRank]) -> impl Iterator<Item = u32> {
    let is_worse = |one: &&RegisteredRank| {
        let stands = stands_in(moved, one.rank);
        // Only against those that move, or, if it moves itself, against all.
        let against = |registered: u32, other: u32| stands.cmp(&other) > one.rank.cmp(&registered);
        let moves = moved.iter().any(|other| other.registered == one.rank);
        moved.iter().any(|other| against(other.registered, other.stands))
            || moves
                && register
                    .iter()
                    .any(|other| against(other.rank, stands_in(moved, other.rank)))
    };
    register.iter().filter(is_worse).map(|one| one.payee)
}

/// Whose share a change of plan touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Payees, by their places in the new plan, in order. Who is no payee of the new one any more is past them, by its
    /// place in the old; so is a pledgee who is a payee of neither.
    pub payees: Vec<u32>,
    /// Whether the surplus is touched.
    pub surplus: bool,
}

/// Whose share a change touches. A tier that takes more or less in all touches whoever stands behind it; one that only
/// shares otherwise, those who share in it.
pub fn touched(before: &Plan, after: &Plan, register: &[RegisteredRank]) -> Touched {
    let mut touched = Touched::default();
    if before.payees != after.payees || before.currency != after.currency {
        // The places mean others now: everybody is asked.
        touched.payees = (0..number(after.payees.len().max(before.payees.len()))).collect();
        touched.surplus = true;
        return touched;
    }
    let mut is_touched = vec![false; after.payees.len()];
    // Pledgees who are no payees, and so can't consent.
    let mut others = vec![];
    let mut all_behind = before.surcharge_with_tax != after.surcharge_with_tax;
    let pledgees = all_behind || before.ranks != after.ranks || before.payers != after.payers;
    let count = before.tiers.len().max(after.tiers.len());
    for place in 0..count {
        let [old, new] = [before, after].map(|plan| plan.tiers.get(place));
        let differs = old != new;
        all_behind |= differs && !takes_the_same(old, new);
        if differs || all_behind {
            let named = old.into_iter().chain(new).flat_map(|tier| &tier.payees);
            named.for_each(|portion| is_touched[portion.payee as usize] = true);
        }
        let secured = [old, new]
            .into_iter()
            .flatten()
            .any(|tier| tier.kind == TierKind::Secured);
        if secured && (all_behind || pledgees) {
            for one in register {
                match is_touched.get_mut(one.payee as usize) {
                    Some(payee) => *payee = true,
                    None => others.push(one.payee),
                }
            }
        }
    }
    let is = |&payee: &u32| is_touched[payee as usize];
    others.sort_unstable();
    others.dedup();
    touched.payees = (0..number(is_touched.len())).filter(is).chain(others).collect();
    touched.surplus = all_behind;
    touched
}

/// Whether two tiers at one place take as much in all from what reaches them, whatever is asked: then only those who
/// share in them can tell the difference.
fn takes_the_same(old: Option<&Tier>, new: Option<&Tier>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let limits = |tier: &Tier| -> Vec<_> { tier.payees.iter().map(|one| (one.payee, one.cap, one.rate)).collect() };
    // What is asked by nobody counts in a tier that is shared by weights alone.
    let weighs = |tier: &Tier| tier.split == Split::ByWeight;
    old.kind == new.kind
        && (old.cap, old.share) == (new.cap, new.share)
        && limits(old) == limits(new)
        && weighs(old) == weighs(new)
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("a list is bounded")
}

/// What is asked of a plan, in the order of `Reject`.
fn check(plan: &Plan) -> Result<(), Reject> {
    check_payees(plan)?;
    check_tiers(plan)?;
    check_caps(plan)?;
    check_ranks(&plan.ranks)
}

fn check_payees(plan: &Plan) -> Result<(), Reject> {
    let count = plan.payees.len();
    let fits = (1..=PAYEES_MAX).contains(&count) && all_differ(&plan.payees);
    if fits && plan.tiers.iter().all(|tier| names_payees(tier, count)) {
        Ok(())
    } else {
        Err(Reject::PlanPayeesInvalid)
    }
}

/// Whether a tier names payees that there are, none twice, each with a weight.
fn names_payees(tier: &Tier, count: usize) -> bool {
    let mut named = vec![false; count];
    tier.payees.iter().all(|portion| {
        let place = named.get_mut(portion.payee as usize);
        portion.weight > 0 && place.is_some_and(|named| !core::mem::replace(named, true))
    })
}

fn all_differ(payees: &[Payee]) -> bool {
    let mut sorted: Vec<(Option<u32>, &str)> = payees.iter().map(key).collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// A participant is one payee, whatever the account.
fn key(payee: &Payee) -> (Option<u32>, &str) {
    match payee {
        Payee::Participant { entity, .. } => (Some(entity.0), ""),
        Payee::Outsider { name } => (None, name.as_str()),
    }
}

fn check_tiers(plan: &Plan) -> Result<(), Reject> {
    let by_law = plan
        .tiers
        .iter()
        .map(|tier| tier.kind)
        .filter(|kind| !matches!(kind, TierKind::Agreed | TierKind::Inventors));
    let between = plan.tiers.first().is_some_and(|tier| tier.kind == TierKind::SaleCosts)
        && plan.tiers.last().is_some_and(|tier| tier.kind == TierKind::Surplus);
    if plan.tiers.len() <= TIERS_MAX && by_law.eq(TIERS_BY_LAW) && between && plan.tiers.iter().all(is_lawful) {
        Ok(())
    } else {
        Err(Reject::PlanTiersInvalid)
    }
}

/// Whether a tier has no terms that are not its parties' to agree.
fn is_lawful(tier: &Tier) -> bool {
    match tier.kind {
        TierKind::SaleCosts => true,
        TierKind::Agreed => !tier.payees.is_empty(),
        // What they have is reckoned: their share of the net income, by their weights.
        TierKind::Inventors => {
            let plain = |one: &Portion| (one.cap, one.rate) == (None, None);
            let named = !tier.payees.is_empty() && tier.payees.iter().all(plain);
            named && (tier.split, tier.cap) == (Split::ProRata, None)
        }
        kind => *tier == Tier::plain(kind),
    }
}

fn check_caps(plan: &Plan) -> Result<(), Reject> {
    let within = |cap: Option<Amount>| {
        cap.is_none_or(|cap| cap.currency == plan.currency && (0..=SHARED_MAX).contains(&cap.money.minor()))
    };
    let is_valid = |tier: &Tier| {
        let caps: i128 = tier
            .payees
            .iter()
            .flat_map(|one| one.cap)
            .map(|cap| i128::from(cap.money.minor()))
            .sum();
        let rates: u64 = tier
            .payees
            .iter()
            .flat_map(|one| one.rate)
            .map(|rate| u64::from(rate.0))
            .sum();
        within(tier.cap)
            && tier.payees.iter().all(|one| within(one.cap))
            && caps <= i128::from(SHARED_MAX)
            && rates <= u64::from(BASIS_POINTS_ONE)
            && tier.share.is_none_or(|share| share.0 <= BASIS_POINTS_ONE)
    };
    if plan.tiers.iter().all(is_valid) {
        Ok(())
    } else {
        Err(Reject::PlanCapsInvalid)
    }
}

fn check_ranks(moved: &[RankMoved]) -> Result<(), Reject> {
    if moved.len() <= RANKS_MOVED_MAX && moved.is_sorted_by(|a, b| a.registered < b.registered) {
        Ok(())
    } else {
        Err(Reject::PlanRanksInvalid)
    }
}
