//! What the office's register of a right's class tells is recorded, and forgotten with the title.
//!
//! Invariant: a right whose class has such facts is not offered before they are recorded. Personal rights in a work are
//! never among them, and a licence of a work grants only rights that are. What fits is asked of `register::facts`.

use crate::{
    book::Book,
    kit::checks::require,
    register::{facts::layout_end, party::User},
    state::Exchange,
    tell::Tell,
};
use protocol::{
    AssetId, Receipt, Record, Reject,
    licence::LicenceState,
    party::Roles,
    title::{AssetState, DescribeRight, Facts, RightFacts, WorkFacts, WorkRight},
};

/// Whether a right in a work stays with its author, whoever holds the others (著作权法 10).
const fn is_personal(right: WorkRight) -> bool {
    matches!(
        right,
        WorkRight::Publication | WorkRight::Attribution | WorkRight::Alteration | WorkRight::Integrity
    )
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
        user.may(Roles::OPERATOR)?;
        let right = self.register.asset(*asset)?;
        let today = tell.at.venue_date();
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        if let RightFacts::Work(WorkFacts { rights }) = facts
            && rights.iter().copied().any(is_personal)
        {
            return Err(Reject::NotListable);
        }
        right.check_described(facts, today)?;
        require(right.state != AssetState::Invalidated, Reject::StateForbids)?;
        // What is licensed, or on offer, is what was described.
        let licensed = self
            .licences_of(*asset)
            .any(|licence| licence.state != LicenceState::Offered);
        require(!licensed, Reject::LicenceConflict)?;
        require(!self.is_on_offer(*asset), Reject::AlreadyOffered)?;

        let expires = match facts {
            RightFacts::Layout(layout) => {
                let end = layout_end(layout, right.filed);
                Some(right.expires.map_or(end, |expires| expires.min(end)))
            }
            RightFacts::Work(_) | RightFacts::Income(_) => right.expires,
        };
        self.register.right_mut(*asset).extra_mut().facts = Some(facts.clone());
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
        let facts = Facts {
            asset: asked.asset,
            facts: asked.facts.clone(),
            evidence: asked.evidence,
        };
        tell.record(self.owners_of(asked.asset), Record::Facts(facts));
    }

    /// The title passes: the debtor of a licence's income acknowledged the one who had it, and has to be told anew (民法典
    /// 546).
    pub(crate) fn facts_after_title(&mut self, asset: AssetId) {
        let extra = self.register.right_mut(asset).extra_mut();
        if matches!(extra.facts, Some(RightFacts::Income(_))) {
            extra.facts = None;
        }
    }
}
