//! What the register of a right's class tells beyond what all classes share (RULES.md 2.1): which rights in a work are held, how long a
//! layout is protected, whether the debtor of a licence's income knows whom to pay.
//!
//! Invariant: a right whose class has such facts is not offered before they are recorded. Personal rights in a work are never among
//! them, and a licence of a work grants only rights that are.

use crate::{
    book::Book,
    exchange::{Exchange, Tell, check_operator},
    registry::{Asset, User},
    sale::require,
    scope::Field,
};
use alloc::collections::BTreeSet;
use protocol::{
    AssetId, Date, Readers, Receipt, Record, Reject,
    asset::AssetClass,
    licence::Scope,
    title::{AssetState, DescribeRight, Facts, LayoutFacts, RightFacts, WorkFacts, WorkRight},
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

/// Whether a right in a work stays with its author, whoever holds the others (著作权法 10).
const fn is_personal(right: WorkRight) -> bool {
    matches!(
        right,
        WorkRight::Publication | WorkRight::Attribution | WorkRight::Alteration | WorkRight::Integrity
    )
}

/// When the protection of a layout ends at the latest: ten years from its filing or first use, whichever came first, and never
/// beyond fifteen from its creation (集成电路布图设计保护条例 12).
fn layout_end(facts: &LayoutFacts, filed: Option<Date>) -> Date {
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

    /// Whether a licence of this scope grants what is held here: of a work the rights that it names, and those alone
    /// (著作权法 29); of nothing else uses of a work.
    pub(crate) fn check_uses(&self, scope: &Scope) -> Result<(), Reject> {
        let held: &[WorkRight] = match &self.extra().facts {
            Some(RightFacts::Work(work)) => &work.rights,
            _ => &[],
        };
        // What is no field at all is refused as such.
        let mut fields = scope.fields.iter().filter_map(|field| Field::read(field.as_str()));
        let granted = if self.class == AssetClass::Copyright {
            !scope.fields.is_empty() && fields.all(|field| matches!(field, Field::Use(right) if held.contains(&right)))
        } else {
            !fields.any(|field| matches!(field, Field::Use(_)))
        };
        require(granted, Reject::RightWithheld)
    }

    /// The last day that a law leaves its protection, as far as the register's facts tell.
    pub(crate) fn latest_end(&self) -> Option<Date> {
        match &self.extra().facts {
            Some(RightFacts::Layout(layout)) => Some(layout_end(layout, self.filed)),
            _ => None,
        }
    }

    /// Whether these facts can be this right's.
    fn check_described(&self, facts: &RightFacts, today: Date) -> Result<(), Reject> {
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

impl<B: Book> Exchange<B> {
    /// Records what the register of a right's class tells.
    pub(crate) fn describe_right(
        &mut self,
        user: User,
        asked: &DescribeRight,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let DescribeRight { asset, facts, .. } = asked;
        let right = self.registry.asset(*asset)?;
        check_operator(user)?;
        let today = self.at.venue_date();
        if right.has_expired(self.at) {
            return Err(Reject::AssetExpired);
        }
        if let RightFacts::Work(WorkFacts { rights }) = facts
            && rights.iter().copied().any(is_personal)
        {
            return Err(Reject::NotListable);
        }
        right.check_described(facts, today)?;
        require(right.state != AssetState::Invalidated, Reject::StateForbids)?;
        // What is on offer, or licensed, is what was described.
        require(!self.is_on_offer(*asset), Reject::AlreadyOffered)?;
        require(self.licences_of(*asset).next().is_none(), Reject::LicenceConflict)?;

        let expires = match facts {
            RightFacts::Layout(layout) => {
                let end = layout_end(layout, right.filed);
                Some(right.expires.map_or(end, |expires| expires.min(end)))
            }
            RightFacts::Work(_) | RightFacts::Income(_) => right.expires,
        };
        self.registry.assets[asset.index()].extra_mut().facts = Some(facts.clone());
        self.tell_facts(asked, tell);
        self.set_expires(*asset, expires);
        if expires.is_some_and(|expires| expires <= today) {
            self.end_right(*asset, tell);
        } else {
            self.tell_title(*asset, tell);
        }
        Ok(Receipt::Done)
    }

    fn tell_facts(&self, asked: &DescribeRight, tell: &mut Tell<'_>) {
        let owners = self.registry.assets[asked.asset.index()].owners();
        let readers = Readers::Only(owners.iter().map(|share| share.entity).collect());
        let facts = Facts {
            asset: asked.asset,
            facts: asked.facts.clone(),
            evidence: asked.evidence,
        };
        tell.record(readers, Record::Facts(facts));
    }

    /// The title passes: the debtor of a licence's income acknowledged the one who had it, and has to be told anew (民法典 546).
    pub(crate) fn facts_after_title(&mut self, asset: AssetId) {
        let extra = self.registry.assets[asset.index()].extra_mut();
        if matches!(extra.facts, Some(RightFacts::Income(_))) {
            extra.facts = None;
        }
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
