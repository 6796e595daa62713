//! The venue governs itself: the rule book, who stands behind whom, who decides by two, who read what.
//!
//! Invariant: nobody that somebody holds for is itself a nominee, so one look through is enough. What two people decide
//! together is the business of `exchange::two_people`.

use crate::{
    book::Book,
    kit::checks::require,
    register::party::{ACTS, User},
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    EntityId, Notice, Readers, Receipt, Record, Reject, UserId,
    control::{BENEFICIARIES_MAX, DescribeEntity, EntityFacts, LogRead, READ_APART, Read, SetDualControl, SetRuleBook},
    event::CancelReason,
    party::Roles,
};

/// Who reads what is not its own, and leaves a trace of it.
const READS: Roles = Roles::OPERATOR
    .with(Roles::REGULATOR)
    .with(Roles::COURT)
    .with(Roles::AGENCY_IP)
    .with(Roles::AGENCY_CENTRAL_BANK)
    .with(Roles::AGENCY_BANKING)
    .with(Roles::AGENCY_LOCAL_FINANCE);

impl<B: Book> Exchange<B> {
    /// Sets the rule book's numbers. By an operator. What is under way keeps the days that it was given.
    pub(crate) fn set_rule_book(
        &mut self,
        user: User,
        asked: &SetRuleBook,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let lawful = asked.rules.is_valid() && asked.rules.is_lawful(self.epoch().profile);
        require(lawful, Reject::RuleBookInvalid)?;

        let before = self.rule_book();
        self.control.rule_book = Some(asked.rules);
        tell.notice(Notice::RuleBook(asked.rules));
        self.settle_holders(&before, tell);
        Ok(Receipt::Done)
    }

    /// Says where a participant is at home and who stands behind it. By an operator.
    pub(crate) fn describe_entity(
        &mut self,
        user: User,
        asked: &DescribeEntity,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let DescribeEntity {
            entity,
            country,
            beneficiaries,
            ..
        } = asked;
        user.may(Roles::OPERATOR)?;
        for &entity in core::iter::once(entity).chain(beneficiaries) {
            self.register.check_entity(entity)?;
        }
        require(self.may_hold_for(*entity, beneficiaries), Reject::BeneficiariesInvalid)?;
        require(country.is_well_formed(), Reject::OfficeInvalid)?;

        if self.binds_holders() && self.register.entities[entity.index()].beneficiaries != *beneficiaries {
            // What was asked of its orders was asked of others.
            self.cancel_orders_of(*entity, CancelReason::RulesChanged, tell);
        }
        let facts = &mut self.register.entities[entity.index()];
        facts.country = *country;
        facts.beneficiaries.clone_from(beneficiaries);
        self.register.find_abroad();
        self.tell_entity(*entity, tell);
        self.look_through(*entity, tell);
        self.draw_audiences(tell);
        self.end_own_deals(tell);
        Ok(Receipt::Done)
    }

    /// Whether a participant may hold for these: others, none twice, none itself a nominee, nor itself somebody that is
    /// held for.
    fn may_hold_for(&self, entity: EntityId, beneficiaries: &[EntityId]) -> bool {
        let entities = &self.register.entities;
        let distinct: BTreeSet<_> = beneficiaries.iter().collect();
        let nominee = |entity: &EntityId| !entities[entity.index()].beneficiaries.is_empty();
        beneficiaries.is_empty()
            || beneficiaries.len() <= BENEFICIARIES_MAX
                && distinct.len() == beneficiaries.len()
                && !distinct.contains(&entity)
                && !beneficiaries.iter().any(nominee)
                && !entities.iter().any(|other| other.beneficiaries.contains(&entity))
    }

    /// Asks that from here on two users of one's own entity decide together. To end it takes two:
    /// `exchange::two_people` sees to that.
    pub(crate) fn set_dual_control(
        &mut self,
        user: User,
        asked: &SetDualControl,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(ACTS)?;
        let deciders = self.register.users.iter();
        let deciders = deciders.filter(|other| other.decides() && other.house() == user.entity);
        require(
            !asked.required || deciders.take(2).count() == 2,
            Reject::TwoPeopleNeeded,
        )?;

        self.register.entities[user.entity.index()].dual_control = asked.required;
        if !asked.required {
            self.set_approvers(user.entity, Vec::new());
        }
        self.tell_entity(user.entity, tell);
        Ok(Receipt::Done)
    }

    pub(super) fn tell_entity(&self, entity: EntityId, tell: &mut Tell<'_>) {
        let facts = &self.register.entities[entity.index()];
        let facts = EntityFacts {
            entity,
            country: facts.country,
            beneficiaries: facts.beneficiaries.clone(),
            dual_control: facts.dual_control,
            approvers: self.approvers_of(entity).to_vec(),
            deputies: self.deputies_of(entity).collect(),
        };
        tell.record(Readers::one(entity), Record::Entity(facts));
    }

    /// Tells a participant that somebody read its record.
    pub(crate) fn log_read(
        &mut self,
        by: UserId,
        user: User,
        asked: &LogRead,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let LogRead { entity, record } = asked;
        user.may(READS)?;
        self.register.check_entity(*entity)?;

        let read = Read {
            by,
            reader: user.entity,
            entity: *entity,
            record: record.clone(),
        };
        // A read of what operators may not see would tell them whose that is.
        let readers = match read.record.as_str() {
            READ_APART => Readers::Apart(*entity),
            _ => Readers::one(*entity),
        };
        tell.record(readers, Record::Read(read));
        Ok(Receipt::Done)
    }
}
