//! The venue governs itself: the rule book, who stands behind whom, who decides by two, who read what.
//!
//! Invariant: nobody that somebody holds for is itself a nominee, so one look through is enough. What two people decide together is
//! the business of `proposals`.

use crate::{
    book::Book,
    exchange::{
        Exchange, VENUE, check_operator,
        two_people::{Proposals, house},
    },
    register::state::User,
    sales::sale::require,
    tell::Tell,
};
use alloc::collections::BTreeSet;
use protocol::{
    EntityId, Notice, Readers, Receipt, Record, Reject, UserId,
    control::{BENEFICIARIES_MAX, DescribeEntity, EntityFacts, LogRead, Read, RuleBook, SetDualControl, SetRuleBook},
    event::CancelReason,
    party::Roles,
};
use serde::{Deserialize, Serialize};

/// Who acts for a participant in its deals, and so for its consent to them.
const ACTS: Roles = Roles::TRADER
    .with(Roles::BANK)
    .with(Roles::FIRM)
    .with(Roles::INVESTOR)
    .with(Roles::FUND)
    .with(Roles::GUARANTOR)
    .with(Roles::INSURER);

/// Who reads what is not its own, and leaves a trace of it.
const READS: Roles = Roles::OPERATOR
    .with(Roles::REGULATOR)
    .with(Roles::COURT)
    .with(Roles::AGENCY_IP)
    .with(Roles::AGENCY_CENTRAL_BANK)
    .with(Roles::AGENCY_BANKING)
    .with(Roles::AGENCY_LOCAL_FINANCE);

/// What governs the venue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Control {
    /// The numbers that an operator set; none: the profile's.
    rule_book: Option<RuleBook>,
    /// How many users are operators: with two, the venue acts by two people.
    pub operators: u32,
    /// What was proposed.
    pub proposals: Proposals,
}

impl Control {
    /// The profile's numbers are in force from here on.
    pub(crate) fn forget_rule_book(&mut self) {
        self.rule_book = None;
    }

    /// Counts a new user.
    pub(crate) fn note_user(&mut self, roles: Roles) {
        self.operators += u32::from(roles.has_any(Roles::OPERATOR));
    }
}

/// Whether a user may decide for its house: an operator for the venue, another for the entity that it deals for.
pub(crate) fn decides(user: User) -> bool {
    user.roles.has_any(Roles::OPERATOR) || user.entity != VENUE && user.roles.has_any(ACTS)
}

impl<B: Book> Exchange<B> {
    /// The rule book's numbers in force.
    pub(crate) fn rule_book(&self) -> RuleBook {
        self.control
            .rule_book
            .unwrap_or_else(|| RuleBook::of(self.epoch().profile))
    }

    /// Sets the rule book's numbers. By an operator. What is under way keeps the days that it was given.
    pub(crate) fn set_rule_book(
        &mut self,
        user: User,
        asked: &SetRuleBook,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        check_operator(user)?;
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
        for &entity in core::iter::once(entity).chain(beneficiaries) {
            self.registry.check_entity(entity)?;
        }
        check_operator(user)?;
        require(self.may_hold_for(*entity, beneficiaries), Reject::BeneficiariesInvalid)?;
        require(country.is_well_formed(), Reject::OfficeInvalid)?;

        if self.binds_holders() && self.registry.entities[entity.index()].beneficiaries != *beneficiaries {
            // What was asked of its orders was asked of others.
            self.cancel_orders_of(*entity, CancelReason::RulesChanged, tell);
        }
        let facts = &mut self.registry.entities[entity.index()];
        facts.country = *country;
        facts.beneficiaries.clone_from(beneficiaries);
        self.registry.find_abroad();
        self.tell_entity(*entity, tell);
        self.look_through(*entity, tell);
        self.draw_audiences(tell);
        Ok(Receipt::Done)
    }

    /// Whether a participant may hold for these: others, none twice, none itself a nominee, nor itself somebody that is held for.
    fn may_hold_for(&self, entity: EntityId, beneficiaries: &[EntityId]) -> bool {
        let entities = &self.registry.entities;
        let distinct: BTreeSet<_> = beneficiaries.iter().collect();
        let nominee = |entity: &EntityId| !entities[entity.index()].beneficiaries.is_empty();
        beneficiaries.is_empty()
            || beneficiaries.len() <= BENEFICIARIES_MAX
                && distinct.len() == beneficiaries.len()
                && !distinct.contains(&entity)
                && !beneficiaries.iter().any(nominee)
                && !entities.iter().any(|other| other.beneficiaries.contains(&entity))
    }

    /// Asks that from here on two users of one's own entity decide together. To end it takes two: `proposals` sees to that.
    pub(crate) fn set_dual_control(
        &mut self,
        user: User,
        asked: &SetDualControl,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        require(user.roles.has_any(ACTS), Reject::NotPermitted)?;
        let deciders = self.registry.users.iter();
        let deciders = deciders.filter(|other| decides(**other) && house(**other) == user.entity);
        require(
            !asked.required || deciders.take(2).count() == 2,
            Reject::TwoPeopleNeeded,
        )?;

        self.registry.entities[user.entity.index()].dual_control = asked.required;
        self.tell_entity(user.entity, tell);
        Ok(Receipt::Done)
    }

    fn tell_entity(&self, entity: EntityId, tell: &mut Tell<'_>) {
        let facts = &self.registry.entities[entity.index()];
        let facts = EntityFacts {
            entity,
            country: facts.country,
            beneficiaries: facts.beneficiaries.clone(),
            dual_control: facts.dual_control,
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
        self.registry.check_entity(*entity)?;
        require(user.roles.has_any(READS), Reject::NotPermitted)?;

        let read = Read {
            by,
            reader: user.entity,
            entity: *entity,
            record: record.clone(),
        };
        tell.record(Readers::one(*entity), Record::Read(read));
        Ok(Receipt::Done)
    }
}
