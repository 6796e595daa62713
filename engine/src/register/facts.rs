//! What the office's register of a right's class tells beyond what all classes share (RULES.md 2.1): which rights in a
//! work are held, how long a layout is protected, whether the debtor of a licence's income knows whom to pay. Questions
//! only; recording it is the business of `rights`.

use crate::{kit::checks::require, register::right::Asset};
use alloc::collections::BTreeSet;
use protocol::{
    Date, Reject,
    asset::AssetClass,
    title::{LayoutFacts, RightFacts, WorkFacts},
};

/// The months of protection of a layout, from its filing or first use.
const LAYOUT_MONTHS: u32 = 120;
/// The months after its creation in which a layout may be protected at all.
const LAYOUT_MONTHS_FROM_CREATION: u32 = 180;

/// Whether the register of a class tells more than all registers do.
pub(crate) const fn needs_facts(class: AssetClass) -> bool {
    matches!(
        class,
        AssetClass::Copyright | AssetClass::CircuitLayout | AssetClass::LicenceIncome
    )
}

/// When the protection of a layout ends at the latest: ten years from its filing or first use, whichever came first,
/// and never beyond fifteen from its creation (集成电路布图设计保护条例 12).
pub(crate) fn layout_end(facts: &LayoutFacts, filed: Option<Date>) -> Date {
    let from_creation = facts.created.plus_months(LAYOUT_MONTHS_FROM_CREATION);
    let begins = [filed, facts.used].into_iter().flatten().min();
    begins.map_or(from_creation, |begins| {
        begins.plus_months(LAYOUT_MONTHS).min(from_creation)
    })
}

impl Asset {
    /// Whether what the register of its class tells is recorded, where it tells anything.
    pub(crate) fn check_facts(&self) -> Result<(), Reject> {
        require(
            !needs_facts(self.class) || self.extra().facts.is_some(),
            Reject::FactsMissing,
        )
    }

    /// The last day that a law leaves its protection, as far as the register's facts tell.
    pub(crate) fn latest_end(&self) -> Option<Date> {
        match &self.extra().facts {
            Some(RightFacts::Layout(layout)) => Some(layout_end(layout, self.filed)),
            _ => None,
        }
    }

    /// Whether these facts can be this right's.
    pub(crate) fn check_described(&self, facts: &RightFacts, today: Date) -> Result<(), Reject> {
        let fits = match facts {
            RightFacts::Work(WorkFacts { rights }) => {
                let distinct: BTreeSet<_> = rights.iter().map(|right| *right as u8).collect();
                self.class == AssetClass::Copyright && !rights.is_empty() && distinct.len() == rights.len()
            }
            RightFacts::Layout(LayoutFacts { created, used }) => {
                let known = [*created].into_iter().chain(*used);
                let ordered = known.clone().is_sorted() && self.filed.is_none_or(|filed| *created <= filed);
                self.class == AssetClass::CircuitLayout && ordered && known.into_iter().all(|day| day <= today)
            }
            RightFacts::Income(income) => self.class == AssetClass::LicenceIncome && income.acknowledged <= today,
        };
        require(fits, Reject::FactsInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_civil(year, month, day).unwrap()
    }

    #[test]
    fn a_layout_is_protected_for_ten_years_and_never_beyond_fifteen_from_its_creation() {
        let layout = |created, used| LayoutFacts { created, used };
        let created = day(2010, 5, 1);
        for (used, filed, expected) in [
            (None, Some(day(2012, 3, 4)), day(2022, 3, 4)),
            (Some(day(2011, 1, 1)), Some(day(2012, 3, 4)), day(2021, 1, 1)),
            (Some(day(2013, 1, 1)), Some(day(2012, 3, 4)), day(2022, 3, 4)),
            (None, Some(day(2018, 3, 4)), day(2025, 5, 1)),
            (None, None, day(2025, 5, 1)),
        ] {
            assert_eq!(
                layout_end(&layout(created, used), filed),
                expected,
                "{used:?} {filed:?}"
            );
        }
    }
}
