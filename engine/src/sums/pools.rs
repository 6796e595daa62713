//! What a pool of public money stands behind, what it pays, and how what comes in later is shared (PLEDGES.md 2.9).
//!
//! What always holds: a division of a loss or of a recovery gives away each fen once; a pool pays no more than it owes,
//! than its year and its balance have left, than all public money may; and nobody gets back more than it bore.

use crate::kit::checks::require;
use alloc::{vec, vec::Vec};
use protocol::{
    BasisPoints, Date, Money, Reject,
    risk::{BEARERS_MAX, Bearer, IpShareRule, LossBase, LossShare, Payment, PoolProfile},
    transfer::apportion,
    units::BASIS_POINTS_ONE,
};
use serde::{Deserialize, Serialize};

/// A loan as it counts for a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// What was lent.
    pub principal: Money,
    /// The part on intellectual property, as the contract states it.
    pub ip_share: Option<Money>,
}

/// What is lost of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Of its principal.
    pub principal: Money,
    /// Of its interest.
    pub interest: Money,
}

/// What a pool may still pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Of what it may pay in a year.
    pub year: Option<Money>,
    /// Of what it holds.
    pub balance: Money,
    /// Of what all public money may pay for this loss.
    pub public: Option<Money>,
}

/// What a pool pays, and how far that is what it owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// How much.
    pub amount: Money,
    /// How far.
    pub payment: Payment,
}

/// This part of an amount, rounded half-up.
pub fn part(amount: Money, of: BasisPoints) -> Money {
    let one = i128::from(BASIS_POINTS_ONE);
    let exact = i128::from(amount.minor()) * i128::from(of.0);
    // A part of what fits fits: no part is above the whole.
    money((exact + one / 2).div_euclid(one))
}

/// At most this part of an amount, rounded down: a limit is never passed by rounding.
fn at_most(amount: Money, of: BasisPoints) -> Money {
    of.of(amount)
}

fn money(minor: i128) -> Money {
    Money::from_minor(i64::try_from(minor).expect("a part of what fits fits"))
}

/// Whether the figures of a profile can be: no part above the whole, its bonus included, and no multiple of nothing.
pub fn check_profile(profile: &PoolProfile) -> Result<(), Reject> {
    let caps = [
        profile.per_loan,
        profile.per_borrower_year,
        profile.year_total,
        profile.fund,
    ];
    let above_zero = caps.iter().flatten().all(|cap| cap.money > Money::ZERO);
    let multiple = profile.leverage.is_none_or(|times| times > 0 && profile.fund.is_some());
    require(above_zero && multiple, Reject::AmountInvalid)?;
    let bonus = profile.bonus.map_or(0, |bonus| bonus.0);
    let fits = |part: Option<BasisPoints>, more: u16| part.is_none_or(|part| part.0 <= BASIS_POINTS_ONE - more);
    let parts = bonus <= BASIS_POINTS_ONE
        && fits(profile.bank, bonus)
        && fits(profile.guarantor, bonus)
        && fits(profile.least_ip_share, 0)
        && fits(profile.public_cap, 0);
    require(parts, Reject::LossSharesInvalid)
}

/// How much of a loan a pool stands behind: the cap of a loan is laid on the loan, and only then the loss on that. Of
/// one borrower's loans of a year those that were lent before count first; `used` is what the pool stands behind of
/// them.
pub fn covered(profile: &PoolProfile, loan: Exposure, used: Money) -> Result<Money, Reject> {
    let counted = match profile.ip_share {
        IpShareRule::Required => loan.ip_share.ok_or(Reject::IpShareNotStated)?.min(loan.principal),
        IpShareRule::Ignored => loan.principal,
    };
    check_ip_share(profile, loan)?;
    let of_loan = profile.per_loan.map_or(counted, |cap| counted.min(cap.money));
    let Some(cap) = profile.per_borrower_year else {
        return Ok(of_loan);
    };
    let left = cap.money.checked_sub(used).unwrap_or(Money::ZERO);
    require(left > Money::ZERO, Reject::PoolBorrowerCap)?;
    Ok(of_loan.min(left))
}

/// The least part on intellectual property, inclusive, by cross-multiplication.
fn check_ip_share(profile: &PoolProfile, loan: Exposure) -> Result<(), Reject> {
    let Some(least) = profile.least_ip_share else {
        return Ok(());
    };
    let stated = loan.ip_share.ok_or(Reject::IpShareNotStated)?;
    let wide = |money: Money| i128::from(money.minor());
    let enough = wide(stated) * i128::from(BASIS_POINTS_ONE) >= wide(loan.principal) * i128::from(least.0);
    require(enough, Reject::IpShareBelowHalf)
}

/// Whether a pool may stand behind so much more: at most its leverage of what was paid into it.
pub fn check_leverage(profile: &PoolProfile, backed: Money, more: Money) -> Result<(), Reject> {
    let (Some(times), Some(fund)) = (profile.leverage, profile.fund) else {
        return Ok(());
    };
    let after = i128::from(backed.minor()) + i128::from(more.minor());
    let most = i128::from(fund.money.minor()) * i128::from(times);
    require(after <= most, Reject::PoolLeverage)
}

/// Whether a loan was enrolled before the day on which it turned non-performing.
pub fn check_enrolled(enrolled: Date, npl: Option<Date>) -> Result<(), Reject> {
    require(npl.is_none_or(|npl| enrolled < npl), Reject::EnrolledAfterNpl)
}

/// What of a loss counts: of the principal what is covered; of the interest, where the pool looks at it, the part that
/// the covered principal is of the whole, rounded down (a reading: no published pool of ours says it).
pub fn eligible(profile: &PoolProfile, loan: Exposure, covered: Money, lost: Lost) -> Money {
    let principal = covered.min(lost.principal);
    match profile.base {
        LossBase::Principal => principal,
        LossBase::PrincipalAndInterest if loan.principal == Money::ZERO => principal,
        LossBase::PrincipalAndInterest => {
            let exact = i128::from(lost.interest.minor()) * i128::from(covered.minor());
            principal.plus(money(exact / i128::from(loan.principal.minor())))
        }
    }
}

/// Which part of a loss that counts a pool owes to this payee, its bonus for a loan that it favours included.
pub fn part_owed(profile: &PoolProfile, payee: Bearer, favoured: bool) -> Result<BasisPoints, Reject> {
    let basic = match payee {
        Bearer::Bank => profile.bank,
        Bearer::Guarantor => profile.guarantor,
        Bearer::ReGuarantor | Bearer::Insurer | Bearer::Appraiser | Bearer::Fund => None,
    };
    let basic = basic.ok_or(Reject::PoolFiguresMissing)?;
    let bonus = profile.bonus.filter(|_| favoured).map_or(0, |bonus| bonus.0);
    Ok(BasisPoints(basic.0.saturating_add(bonus).min(BASIS_POINTS_ONE)))
}

/// What a pool owes of a loss that counts, by its percentage; rounded half-up.
pub fn owed(profile: &PoolProfile, payee: Bearer, favoured: bool, eligible: Money) -> Result<Money, Reject> {
    part_owed(profile, payee, favoured).map(|of| part(eligible, of))
}

/// What all public money may still pay for a loss, where that is limited by one's own liability.
pub fn public_room(profile: &PoolProfile, own_liability: Money, other_public: Money) -> Option<Money> {
    let cap = at_most(own_liability, profile.public_cap?);
    Some(cap.checked_sub(other_public).unwrap_or(Money::ZERO))
}

/// What is left of a pool's year.
pub fn year_room(profile: &PoolProfile, paid: Money) -> Option<Money> {
    let total = profile.year_total?.money;
    Some(total.checked_sub(paid).unwrap_or(Money::ZERO))
}

/// What a pool pays of what it owes. What its year or, if it owes no more than it holds, its balance lacks is lost to
/// the claimant; a pool that owes more than it holds is topped up first.
pub fn pay(profile: &PoolProfile, owed: Money, room: Room) -> Result<Paid, Reject> {
    let by_public = room.public.map_or(owed, |public| owed.min(public));
    let by_year = room.year.map_or(by_public, |year| by_public.min(year));
    let amount = by_year.min(room.balance);
    require(profile.balance_limited || amount == by_year, Reject::InsufficientCash)?;
    let payment = if amount < by_public {
        Payment::PoolShort
    } else if by_public < owed {
        Payment::PublicCap
    } else {
        Payment::InFull
    };
    Ok(Paid { amount, payment })
}

/// Whether a pool may be claimed on for a loan of whose loss so much counts: once, and for something.
pub fn check_claim(claimed: bool, eligible: Money) -> Result<(), Reject> {
    require(!claimed, Reject::SecondClaim)?;
    require(eligible > Money::ZERO, Reject::FullyRecovered)
}

/// What somebody bears of a loss, and what it got back of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borne {
    /// Who, and by how many parts it shares.
    pub share: LossShare,
    /// How much it bears.
    pub amount: Money,
    /// How much it got back.
    pub got: Money,
}

/// Whether parts of a loss can be: 1 to [`BEARERS_MAX`], nobody twice, not all zero.
pub fn check_shares(shares: &[LossShare]) -> Result<(), Reject> {
    let named_once = |(place, share): (usize, &LossShare)| {
        let before = &shares[..place];
        before.iter().all(|other| other.bearer != share.bearer)
    };
    let fits = shares.len() <= BEARERS_MAX && shares.iter().any(|share| share.weight > 0);
    require(
        fits && shares.iter().enumerate().all(named_once),
        Reject::LossSharesInvalid,
    )
}

/// Divides a loss by the agreed parts (Hamilton). The bank comes first and the public fund last, whatever the agreement
/// names first: where remainders are equal the odd fen is the bank's (PLEDGES.md 2: the order of 2.8 rules).
pub fn split_loss(loss: Money, shares: &[LossShare]) -> Result<Vec<Borne>, Reject> {
    check_shares(shares)?;
    let mut ordered = shares.to_vec();
    ordered.sort_by_key(|share| match share.bearer {
        Bearer::Bank => 0,
        Bearer::Fund => 2,
        Bearer::Guarantor | Bearer::ReGuarantor | Bearer::Insurer | Bearer::Appraiser => 1,
    });
    let weights: Vec<_> = ordered.iter().map(|share| share.weight).collect();
    let amounts = apportion(loss.minor(), &weights);
    let borne = ordered.into_iter().zip(amounts).map(|(share, amount)| Borne {
        share,
        amount: Money::from_minor(amount),
        got: Money::ZERO,
    });
    Ok(borne.collect())
}

/// What a recovery brings to each who bore the loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// To each, in their order.
    pub each: Vec<Money>,
    /// What nobody bore: it is the debtor's.
    pub surplus: Money,
    /// What recovering cost beyond what it brought: it stays with the bank, and is not set off later.
    pub uncovered_cost: Money,
}

/// Shares a recovery, less what it cost, by the parts in which the loss is borne. The running total is divided, not
/// each recovery by itself, so that odd fen don't add up for the one who is named first. Nobody gets more than it bore:
/// what a pool would have had beyond that goes to the others, in the same proportion.
pub fn share_recovery(borne: &[Borne], recovered: Money, cost: Money) -> Recovered {
    let Some(net) = recovered.checked_sub(cost) else {
        return Recovered {
            each: vec![Money::ZERO; borne.len()],
            surplus: Money::ZERO,
            uncovered_cost: cost.minus(recovered),
        };
    };
    let so_far: i64 = borne.iter().map(|one| one.got.minor()).sum();
    let (targets, surplus) = targets(borne, net.minor() + so_far);
    Recovered {
        each: steps(borne, &targets),
        surplus: Money::from_minor(surplus),
        uncovered_cost: Money::ZERO,
    }
}

/// How much of a running total each should have, and what is beyond all that was borne.
fn targets(borne: &[Borne], total: i64) -> (Vec<i64>, i64) {
    let mut targets = vec![0; borne.len()];
    let mut left = total;
    let mut sharing: Vec<usize> = (0..borne.len()).filter(|&i| borne[i].share.weight > 0).collect();
    // Each turn somebody is full, or it is the last.
    while !sharing.is_empty() {
        let weights: Vec<_> = sharing.iter().map(|&i| borne[i].share.weight).collect();
        let shares = apportion(left, &weights);
        let full = |place: usize| shares[place] >= borne[sharing[place]].amount.minor();
        if !(0..sharing.len()).any(full) {
            sharing.iter().zip(shares).for_each(|(&i, share)| targets[i] = share);
            return (targets, 0);
        }
        let (done, open): (Vec<_>, Vec<_>) = (0..sharing.len()).partition(|&place| full(place));
        for place in done {
            let i = sharing[place];
            targets[i] = borne[i].amount.minor();
            left -= targets[i];
        }
        sharing = open.into_iter().map(|place| sharing[place]).collect();
    }
    // Who shares by no part gets what the others don't need, in order.
    for (target, one) in targets.iter_mut().zip(borne).filter(|(_, one)| one.share.weight == 0) {
        *target = left.min(one.amount.minor());
        left -= *target;
    }
    (targets, left)
}

/// What each gets now. As a total grows by little, a division among three may give one of them a fen less than before
/// (the Alabama paradox): it keeps that, and the last who gets anything waits for it.
fn steps(borne: &[Borne], targets: &[i64]) -> Vec<Money> {
    let exact: Vec<i64> = borne
        .iter()
        .zip(targets)
        .map(|(one, &target)| target - one.got.minor())
        .collect();
    let mut kept: i64 = exact.iter().filter(|&&step| step < 0).map(|step| -step).sum();
    let mut steps: Vec<i64> = exact.into_iter().map(|step| step.max(0)).collect();
    for step in steps.iter_mut().rev() {
        let waits = kept.min(*step);
        *step -= waits;
        kept -= waits;
    }
    steps.into_iter().map(Money::from_minor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::risk::{ANHUI_2022, GUANGZHOU_2023, HAIKOU_2023, SHENZHEN_2024, WUHAN_2024};

    fn fen(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    fn bears(bearer: Bearer, weight: u32, amount: i64, got: i64) -> Borne {
        Borne {
            share: LossShare { bearer, weight },
            amount: fen(amount),
            got: fen(got),
        }
    }

    #[test]
    fn a_blank_pays_nobody_until_its_figures_are_given() {
        for blank in [SHENZHEN_2024, HAIKOU_2023, WUHAN_2024] {
            assert_eq!(
                owed(&blank, Bearer::Bank, true, fen(1_000)),
                Err(Reject::PoolFiguresMissing)
            );
            let given = PoolProfile {
                bank: Some(BasisPoints(4_500)),
                ..blank
            };
            assert_eq!(owed(&given, Bearer::Bank, true, fen(1_000)), Ok(fen(450)));
        }
        assert_eq!(
            owed(&GUANGZHOU_2023, Bearer::Guarantor, false, fen(1_000)),
            Err(Reject::PoolFiguresMissing)
        );
    }

    #[test]
    fn figures_that_cannot_be_are_refused() {
        assert_eq!(check_profile(&ANHUI_2022), Ok(()));
        assert_eq!(check_profile(&HAIKOU_2023), Ok(()));
        let more_than_all = PoolProfile {
            bank: Some(BasisPoints(9_501)),
            ..ANHUI_2022
        };
        assert_eq!(check_profile(&more_than_all), Err(Reject::LossSharesInvalid));
        let of_nothing = PoolProfile {
            fund: None,
            ..HAIKOU_2023
        };
        assert_eq!(check_profile(&of_nothing), Err(Reject::AmountInvalid));
    }

    #[test]
    fn a_fund_stands_behind_ten_times_itself_and_pays_what_it_holds() {
        let fund = 3_000_000_000;
        assert_eq!(check_leverage(&HAIKOU_2023, fen(9 * fund), fen(fund)), Ok(()));
        assert_eq!(
            check_leverage(&HAIKOU_2023, fen(9 * fund), fen(fund + 1)),
            Err(Reject::PoolLeverage)
        );
        let room = Room {
            year: None,
            balance: fen(70),
            public: None,
        };
        let short = Paid {
            amount: fen(70),
            payment: Payment::PoolShort,
        };
        assert_eq!(pay(&HAIKOU_2023, fen(100), room), Ok(short));
        let owes_all = PoolProfile {
            balance_limited: false,
            ..HAIKOU_2023
        };
        assert_eq!(pay(&owes_all, fen(100), room), Err(Reject::InsufficientCash));
        assert_eq!(
            pay(&owes_all, fen(70), room).map(|paid| paid.payment),
            Ok(Payment::InFull)
        );
    }

    #[test]
    fn only_the_part_on_intellectual_property_counts() {
        let loan = |ip_share| Exposure {
            principal: fen(1_000),
            ip_share,
        };
        assert_eq!(covered(&HAIKOU_2023, loan(Some(fen(300))), Money::ZERO), Ok(fen(300)));
        assert_eq!(
            covered(&HAIKOU_2023, loan(Some(fen(3_000))), Money::ZERO),
            Ok(fen(1_000))
        );
        assert_eq!(
            covered(&HAIKOU_2023, loan(None), Money::ZERO),
            Err(Reject::IpShareNotStated)
        );
        assert_eq!(covered(&ANHUI_2022, loan(None), Money::ZERO), Ok(fen(1_000)));
        let used = fen(2_000_000_000);
        assert_eq!(
            covered(&GUANGZHOU_2023, loan(Some(fen(1))), used),
            Err(Reject::PoolBorrowerCap)
        );
    }

    #[test]
    fn a_pool_that_looks_at_interest_pays_it_as_far_as_it_covers_the_loan() {
        let profile = PoolProfile {
            base: LossBase::PrincipalAndInterest,
            ..GUANGZHOU_2023
        };
        let loan = Exposure {
            principal: fen(1_000),
            ip_share: Some(fen(500)),
        };
        let lost = Lost {
            principal: fen(800),
            interest: fen(91),
        };
        assert_eq!(eligible(&profile, loan, fen(500), lost), fen(500 + 45));
        assert_eq!(eligible(&GUANGZHOU_2023, loan, fen(500), lost), fen(500));
    }

    #[test]
    fn the_bank_takes_the_odd_fen_and_the_fund_comes_last_whoever_is_named_first() {
        let shares = [Bearer::Fund, Bearer::Insurer, Bearer::Bank].map(|bearer| LossShare { bearer, weight: 1 });
        let split = split_loss(fen(100), &shares).unwrap();
        let amounts: Vec<_> = split.iter().map(|one| (one.share.bearer, one.amount.minor())).collect();
        assert_eq!(amounts, [(Bearer::Bank, 34), (Bearer::Insurer, 33), (Bearer::Fund, 33)]);
        for wrong in [
            &[][..],
            &[shares[0], shares[0]],
            &[LossShare { weight: 0, ..shares[0] }],
        ] {
            assert_eq!(split_loss(fen(100), wrong), Err(Reject::LossSharesInvalid));
        }
    }

    #[test]
    fn a_pool_gets_back_no_more_than_it_paid() {
        // The pool was short: it shares by half, and bore a tenth.
        let borne = [bears(Bearer::Bank, 1, 900, 0), bears(Bearer::Fund, 1, 100, 0)];
        let shared = share_recovery(&borne, fen(500), Money::ZERO);
        assert_eq!(shared.each, [fen(400), fen(100)]);
        let later = [bears(Bearer::Bank, 1, 900, 400), bears(Bearer::Fund, 1, 100, 100)];
        let shared = share_recovery(&later, fen(700), fen(50));
        assert_eq!(
            (shared.each, shared.surplus),
            (vec![fen(500), Money::ZERO], fen(150)),
            "what nobody bore is the debtor's"
        );
    }

    proptest! {
        #[test]
        fn recoveries_are_shared_to_the_fen_and_by_the_running_total(
            weights in prop::collection::vec(0_u32..100, 1..6),
            amounts in prop::collection::vec(0_i64..10_000, 6),
            recoveries in prop::collection::vec((0_i64..4_000, 0_i64..200), 1..20),
        ) {
            let mut borne: Vec<_> = weights
                .iter()
                .zip(&amounts)
                .map(|(&weight, &amount)| bears(Bearer::Bank, weight, amount, 0))
                .collect();
            let (mut net, mut surplus) = (0, 0);
            for &(recovered, cost) in &recoveries {
                let shared = share_recovery(&borne, fen(recovered), fen(cost));
                prop_assert_eq!(shared.uncovered_cost.minor(), (cost - recovered).max(0));
                let given: i64 = shared.each.iter().map(|each| each.minor()).sum();
                prop_assert_eq!(given + shared.surplus.minor(), (recovered - cost).max(0));
                prop_assert!(shared.each.iter().all(|&each| each >= Money::ZERO));
                net += (recovered - cost).max(0);
                surplus += shared.surplus.minor();
                for (one, each) in borne.iter_mut().zip(&shared.each) {
                    one.got = one.got.plus(*each);
                    prop_assert!(one.got <= one.amount);
                }
            }
            // Nothing is the debtor's while somebody still bears a loss.
            let whole: i64 = borne.iter().map(|one| one.amount.minor()).sum();
            prop_assert_eq!(surplus, (net - whole).max(0));
            // And each is within a fen for each who shares of what one division of the whole gives it.
            let (targets, _) = targets(&borne, net.min(whole));
            for (one, target) in borne.iter().zip(targets) {
                prop_assert!((one.got.minor() - target).abs() <= weights.len() as i64);
            }
        }

        #[test]
        fn a_loss_is_divided_to_the_fen(loss in 0_i64..i64::MAX, weights in prop::collection::vec(1_u32..1_000, 1..6)) {
            let shares: Vec<_> = Bearer::ALL
                .iter()
                .zip(&weights)
                .map(|(&bearer, &weight)| LossShare { bearer, weight })
                .collect();
            let split = split_loss(fen(loss), &shares).unwrap();
            prop_assert_eq!(split.iter().map(|one| one.amount.minor()).sum::<i64>(), loss);
        }
    }
}
