//! The venue governs itself: the rule book, two people for what moves money or title, who stands behind whom, who read what.

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
};
use protocol::{
    Receipt, Reject,
    control::{Approve, DescribeEntity, LogRead, Propose, Refuse, RuleBook, SetDualControl, SetRuleBook},
};
use serde::{Deserialize, Serialize};

/// State.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    /// The numbers that an operator set; none: the profile's.
    rule_book: Option<RuleBook>,
}

impl<B: Book> Exchange<B> {
    /// The rule book's numbers in force.
    pub(crate) fn rule_book(&self) -> RuleBook {
        self.control
            .rule_book
            .unwrap_or_else(|| RuleBook::of(self.epoch().profile))
    }

    pub(crate) fn set_rule_book(
        &mut self,
        _user: User,
        _asked: &SetRuleBook,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn describe_entity(
        &mut self,
        _user: User,
        _asked: &DescribeEntity,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn set_dual_control(
        &mut self,
        _user: User,
        _asked: &SetDualControl,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn propose(&mut self, _user: User, _asked: &Propose, _tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn approve(&mut self, _user: User, _asked: &Approve, _tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn refuse_proposal(
        &mut self,
        _user: User,
        _asked: &Refuse,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn log_read(&mut self, _user: User, _asked: &LogRead, _tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn proposal_lapses(&mut self, _p: protocol::ProposalId, _tell: &mut Tell<'_>) {}
}
