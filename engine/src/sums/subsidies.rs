//! What a firm has back of what its loan cost it (PLEDGES.md 2.9b).
//!
//! What always holds: only what was really paid counts, and penalty interest never; a grant is rounded once, half-up,
//! and no cap of an item, a year or a measure's life is passed. Profiles have passed [`check`].

use crate::kit::checks::require;
use protocol::{
    Amount, BasisPoints, Currency, Money, Reject,
    asset::AssetClass,
    claim::TERM_YEARS_MAX,
    risk::{COSTS_MAX, GrantedBefore, InterestBooked, SubsidyClaim, SubsidyItem, SubsidyProfile},
    units::BASIS_POINTS_ONE,
};

/// A grant, and how it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The costs that count.
    pub counted: Money,
    /// What that comes to by parts and caps of the items.
    pub uncapped: Money,
    /// What is left of it under the caps of the year and of the measure's life.
    pub granted: Money,
}

/// The interest that counts: what was really paid at the contract's rate (市科技金融办法 14). Penalty interest is none, nor is
/// what accrued and was not paid (a reading).
pub const fn interest_that_counts(booked: &InterestBooked) -> Amount {
    booked.paid
}

/// Whether a measure can pay so: each cost once and at most all of it, caps of its currency. One without items says
/// nothing yet.
pub fn check(profile: &SubsidyProfile, currency: Currency) -> Result<(), Reject> {
    let SubsidyProfile { items, classes, .. } = profile;
    require(!items.is_empty(), Reject::PoolFiguresMissing)?;
    let part = |part: BasisPoints| part.0 <= BASIS_POINTS_ONE;
    let cap = |cap: Amount| cap.currency == currency && cap.money >= Money::ZERO;
    let item = |(place, item): (usize, &SubsidyItem)| {
        let once = items[..place].iter().all(|other| other.item != item.item);
        let parts = [Some(item.part), item.first_loan_part, item.counted_of_principal];
        once && parts.into_iter().flatten().all(part) && item.cap.is_none_or(cap)
    };
    let fits = items.len() <= COSTS_MAX
        && items.iter().enumerate().all(item)
        && [profile.year_cap, profile.life_cap].into_iter().flatten().all(cap)
        && profile
            .loan_months_max
            .is_none_or(|months| months <= 12 * TERM_YEARS_MAX)
        && (classes.iter().enumerate()).all(|(place, class)| !classes[..place].contains(class));
    require(fits, Reject::MeasureInvalid)
}

/// What a claim for a subsidy brings.
pub fn grant(profile: &SubsidyProfile, claim: &SubsidyClaim, before: &GrantedBefore) -> Result<Grant, Reject> {
    check_amounts(claim, before)?;
    check_conditions(profile, claim)?;
    let counted = counted_costs(profile, claim)?;
    let uncapped = by_items(profile, claim);
    let year = room(profile.year_cap, before.year);
    let life = room(profile.life_cap, before.life);
    let over = profile.years_max.is_some_and(|years| before.years >= years);
    let granted = if over {
        Money::ZERO
    } else {
        [year, life].into_iter().flatten().fold(uncapped, Money::min)
    };
    require(before.life.money.checked_add(granted).is_some(), Reject::MoneyLimit)?;
    Ok(Grant {
        counted,
        uncapped,
        granted,
    })
}

/// One currency, nothing below zero, and no more costs than are looked through.
fn check_amounts(claim: &SubsidyClaim, before: &GrantedBefore) -> Result<(), Reject> {
    let amounts = [claim.principal, before.year, before.life];
    let costs = claim.costs.iter().map(|cost| cost.amount);
    let fits = |amount: Amount| amount.currency == claim.principal.currency && amount.money >= Money::ZERO;
    let fits = claim.costs.len() <= COSTS_MAX && amounts.into_iter().chain(costs).all(fits);
    require(fits, Reject::AmountInvalid)
}

fn check_conditions(profile: &SubsidyProfile, claim: &SubsidyClaim) -> Result<(), Reject> {
    let takes = |class: &AssetClass| profile.classes.is_empty() || profile.classes.contains(class);
    let classes = !claim.classes.is_empty() && claim.classes.iter().all(takes);
    let last = profile.loan_months_max.map(|months| claim.lent.plus_months(months));
    let term = last.is_none_or(|last| claim.due <= last);
    let repaid = !profile.after_repayment || claim.repaid;
    require(classes && term && repaid, Reject::SubsidyCondition)?;
    require(!(profile.one_subsidy && claim.had_another), Reject::SubsidyTaken)
}

/// What of an item's costs counts.
fn counted(item: &SubsidyItem, claim: &SubsidyClaim) -> i128 {
    let costs = claim.costs.iter().filter(|cost| cost.item == item.item);
    let paid: i128 = costs.map(|cost| i128::from(cost.amount.money.minor())).sum();
    let Some(part) = item.counted_of_principal else {
        return paid;
    };
    // A limit is rounded down.
    paid.min(part.of(claim.principal.money).minor().into())
}

fn counted_costs(profile: &SubsidyProfile, claim: &SubsidyClaim) -> Result<Money, Reject> {
    let sum: i128 = profile.items.iter().map(|item| counted(item, claim)).sum();
    i64::try_from(sum)
        .map(Money::from_minor)
        .map_err(|_| Reject::MoneyLimit)
}

/// The items by their parts, each up to its cap; the sum is rounded once.
fn by_items(profile: &SubsidyProfile, claim: &SubsidyClaim) -> Money {
    let one = i128::from(BASIS_POINTS_ONE);
    let exact: i128 = profile
        .items
        .iter()
        .map(|item| {
            let part = item.first_loan_part.filter(|_| claim.first_loan).unwrap_or(item.part);
            let exact = counted(item, claim) * i128::from(part.0);
            item.cap
                .map_or(exact, |cap| exact.min(i128::from(cap.money.minor()) * one))
        })
        .sum();
    let rounded = (exact + one / 2).div_euclid(one);
    Money::from_minor(i64::try_from(rounded).expect("parts of costs that fit fit"))
}

/// What is left under a cap.
fn room(cap: Option<Amount>, used: Amount) -> Option<Money> {
    cap.map(|cap| cap.money.checked_sub(used.money).unwrap_or(Money::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};
    use proptest::prelude::*;
    use protocol::{
        Currency, Date,
        risk::{Cost, CostItem, SubsidyScheme},
    };

    fn cny(minor: i64) -> Amount {
        Amount::new(Currency::Cny, Money::from_minor(minor))
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn claim(costs: &[(CostItem, i64)]) -> SubsidyClaim {
        let costs = costs.iter().map(|&(item, minor)| Cost {
            item,
            amount: cny(minor),
        });
        SubsidyClaim {
            classes: vec![AssetClass::Patent],
            principal: cny(100_000),
            lent: day("2025-01-31"),
            due: day("2026-01-31"),
            repaid: true,
            first_loan: false,
            had_another: false,
            costs: costs.collect(),
        }
    }

    const NOTHING: GrantedBefore = GrantedBefore {
        year: Amount::new(Currency::Cny, Money::ZERO),
        life: Amount::new(Currency::Cny, Money::ZERO),
        years: 0,
    };

    #[test]
    fn futian_pays_half_the_interest_of_a_repaid_year_and_fees_up_to_four_per_cent() {
        let futian = SubsidyScheme::Futian2022.published().unwrap();
        let grant = |claim: &SubsidyClaim| super::grant(&futian, claim, &NOTHING);
        let good = claim(&[(CostItem::Interest, 4_351), (CostItem::Services, 5_000)]);
        let half = Grant {
            counted: Money::from_minor(8_351),
            uncapped: Money::from_minor(4_176),
            granted: Money::from_minor(4_176),
        };
        assert_eq!(grant(&good), Ok(half));
        let refused = Err(Reject::SubsidyCondition);
        let trademark = SubsidyClaim {
            classes: vec![AssetClass::Patent, AssetClass::Trademark],
            ..good.clone()
        };
        assert_eq!(grant(&trademark), refused);
        let longer = SubsidyClaim {
            due: day("2026-02-01"),
            ..good.clone()
        };
        assert_eq!(grant(&longer), refused);
        let open = SubsidyClaim {
            repaid: false,
            ..good.clone()
        };
        assert_eq!(grant(&open), refused);
        let twice = SubsidyClaim {
            had_another: true,
            ..good
        };
        assert_eq!(grant(&twice), Err(Reject::SubsidyTaken));
    }

    #[test]
    fn a_cost_that_a_subsidy_does_not_name_does_not_count() {
        let nanshan = SubsidyScheme::Nanshan2025.published().unwrap();
        let claim = claim(&[(CostItem::Interest, 100), (CostItem::Securitisation, 900)]);
        let grant = grant(&nanshan, &claim, &NOTHING).unwrap();
        assert_eq!((grant.counted.minor(), grant.granted.minor()), (100, 70));
    }

    #[test]
    fn every_published_profile_is_one_and_what_is_none_is_refused() {
        for profile in SubsidyScheme::ALL.iter().filter_map(|scheme| scheme.published()) {
            assert_eq!(check(&profile, Currency::Cny), Ok(()), "{:?}", profile.scheme);
        }
        let good = SubsidyScheme::Shenzhen2023.published().unwrap();
        let refused = |change: &dyn Fn(&mut SubsidyProfile)| {
            let mut profile = good.clone();
            change(&mut profile);
            check(&profile, Currency::Cny).unwrap_err()
        };
        assert_eq!(refused(&|profile| profile.items.clear()), Reject::PoolFiguresMissing);
        let over = Some(BasisPoints(10_001));
        let changes: [&dyn Fn(&mut SubsidyProfile); 10] = [
            &|profile| profile.items.push(profile.items[0]),
            &|profile| profile.items = vec![profile.items[0]; COSTS_MAX + 1],
            &|profile| profile.items[0].part = BasisPoints(10_001),
            &|profile| profile.items[0].first_loan_part = over,
            &|profile| profile.items[0].counted_of_principal = over,
            &|profile| profile.items[0].cap = Some(cny(-1)),
            &|profile| profile.year_cap = Some(Amount::new(Currency::Hkd, Money::ZERO)),
            &|profile| profile.life_cap = Some(cny(-1)),
            &|profile| profile.loan_months_max = Some(1_201),
            &|profile| profile.classes = vec![AssetClass::Patent; 2],
        ];
        for (place, change) in changes.iter().enumerate() {
            assert_eq!(refused(change), Reject::MeasureInvalid, "change {place}");
        }
    }

    #[test]
    fn no_more_is_granted_than_money_can_be() {
        let futian = SubsidyScheme::Futian2022.published().unwrap();
        let before = |life| GrantedBefore {
            life: cny(life),
            ..NOTHING
        };
        let grant = |life| super::grant(&futian, &claim(&[(CostItem::Interest, 2)]), &before(life));
        assert_eq!(grant(i64::MAX - 1).unwrap().granted.minor(), 1);
        assert_eq!(grant(i64::MAX), Err(Reject::MoneyLimit));
    }

    proptest! {
        #[test]
        fn no_cap_is_passed_and_costs_in_pieces_count_as_one(
            pieces in prop::collection::vec(0_i64..30_000_000, 1..8),
            first_loan: bool,
            year in 0_i64..120_000_000,
            life in 0_i64..320_000_000,
        ) {
            let city = SubsidyScheme::Shenzhen2023.published().unwrap();
            let before = GrantedBefore { year: cny(year), life: cny(life), years: 0 };
            let pieced: Vec<_> = pieces.iter().map(|&minor| (CostItem::Insurance, minor)).collect();
            let whole = [(CostItem::Insurance, pieces.iter().sum())];
            let [pieced, whole] = [claim(&pieced), claim(&whole)].map(|claim| SubsidyClaim { first_loan, ..claim });
            let given = grant(&city, &pieced, &before).unwrap();
            prop_assert_eq!(given, grant(&city, &whole, &before).unwrap());
            prop_assert!(given.uncapped.minor() <= 50_000_000);
            prop_assert!(given.granted <= given.uncapped);
            prop_assert!(given.granted.minor() + year <= 100_000_000.max(year));
            prop_assert!(given.granted.minor() + life <= 300_000_000.max(life));
        }
    }
}
