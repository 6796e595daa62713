//! Who approves for a house that asked for two: any other person of it, or those whom it named, and who stands in for them.
//!
//! Invariant: who is named decides for its house, which asked for two; a deputy stands in for one who is named, is none
//! of them itself, and never approves what that one proposed. What is approved is the business of `exchange::two_people`.
//!
//! Where none of them can decide any more, nobody of the house helps itself: one person ends a key alone, and could make
//! another the second so. The venue's operators, by two, let any other person of it approve again.

use crate::{
    book::Book,
    kit::{
        checks::{ensure, require},
        deadlines::Deadline,
    },
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use protocol::{
    Date, EntityId, Receipt, Reject, Timestamp, UserId,
    control::{APPROVERS_MAX, APPROVERS_MIN, DEPUTY_DAYS_MAX, Deputy, NameApprovers, NameDeputy, StandsIn},
};

/// The last day of a year that begins on this one.
fn later(from: Date) -> Date {
    Date(from.0.saturating_add(DEPUTY_DAYS_MAX))
}

/// Whether a deputy stands in on this day.
fn stands_in(deputy: &Deputy, today: Date) -> bool {
    (deputy.from..=deputy.until).contains(&today)
}

impl<B: Book> Exchange<B> {
    /// Names who approves for a house. By one of its users; by an operator only to name nobody.
    pub(crate) fn name_approvers(
        &mut self,
        user: User,
        asked: &NameApprovers,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let NameApprovers { entity, approvers } = asked;
        require(user.decides(), Reject::NotPermitted)?;
        require(user.is_operator() || user.entity == *entity, Reject::UnknownEntity)?;
        self.register.check_entity(*entity)?;
        require(!user.is_operator() || approvers.is_empty(), Reject::NotPermitted)?;
        let named = approvers.iter().map(|id| self.of_house(*id, *entity));
        let named: Vec<_> = named.collect::<Result<_, _>>()?;
        let house = &self.register.entities[entity.index()];
        require(house.dual_control, Reject::DualControlMissing)?;
        let distinct: BTreeSet<_> = approvers.iter().copied().collect();
        let enough = (APPROVERS_MIN..=APPROVERS_MAX).contains(&approvers.len());
        let fits = enough && distinct.len() == approvers.len() && named.iter().all(|user| user.decides());
        require(approvers.is_empty() || fits, Reject::ApproversInvalid)?;

        self.set_approvers(*entity, distinct.into_iter().collect());
        self.tell_entity(*entity, tell);
        Ok(Receipt::Done)
    }

    /// A user of this house; another's is as good as none.
    fn of_house(&self, id: UserId, house: EntityId) -> Result<User, Reject> {
        let user = self.register.user(id)?;
        require(!user.is_operator() && user.entity == house, Reject::UnknownUser)?;
        Ok(user)
    }

    /// Sets who approves for a house. Who stood in for one that is not named any more, or is named now, does so no more.
    pub(super) fn set_approvers(&mut self, entity: EntityId, approvers: Vec<UserId>) {
        let of_house = self.deputies_of(entity);
        let over = of_house.filter(|one| !approvers.contains(&one.of) || approvers.contains(&one.deputy.user));
        for one in over.collect::<Vec<_>>() {
            self.forget_deputy(one.of);
        }
        if approvers.is_empty() {
            self.control.approvers.remove(&entity);
        } else {
            self.control.approvers.insert(entity, approvers);
        }
    }

    /// Names a deputy for one who was named to approve, or ends that there is one. By one of the house's users.
    pub(crate) fn name_deputy(
        &mut self,
        user: User,
        asked: &NameDeputy,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let NameDeputy { of, deputy } = *asked;
        require(user.decides() && !user.is_operator(), Reject::NotPermitted)?;
        self.of_house(of, user.entity)?;
        let who = deputy
            .map(|deputy| self.of_house(deputy.user, user.entity))
            .transpose()?;
        let approvers = self.approvers_of(user.entity);
        require(approvers.contains(&of), Reject::NotAnApprover)?;
        if let Some((deputy, who)) = deputy.zip(who) {
            let today = tell.at.venue_date();
            let fits = who.decides()
                && !approvers.contains(&deputy.user)
                && (today..=later(today)).contains(&deputy.from)
                && (deputy.from..=later(deputy.from)).contains(&deputy.until);
            require(fits, Reject::DeputyInvalid)?;
        } else {
            require(self.control.deputies.contains_key(&of), Reject::StateForbids)?;
        }

        self.forget_deputy(of);
        if let Some(deputy) = deputy {
            self.control.deputies.insert(of, deputy);
            self.deadlines
                .add(deputy.until.next().start(), Deadline::DeputyEnds(of));
        }
        self.tell_entity(user.entity, tell);
        Ok(Receipt::Done)
    }

    /// The last day of a deputy has passed.
    pub(crate) fn deputy_ends(&mut self, of: UserId, tell: &mut Tell<'_>) {
        self.control.deputies.remove(&of);
        self.tell_entity(self.register.users[of.index()].entity, tell);
    }

    fn forget_deputy(&mut self, of: UserId) {
        if let Some(deputy) = self.control.deputies.remove(&of) {
            self.deadlines
                .remove(deputy.until.next().start(), Deadline::DeputyEnds(of));
        }
    }

    /// Who approves for a house; none: whoever decides for it.
    pub(super) fn approvers_of(&self, house: EntityId) -> &[UserId] {
        self.control.approvers.get(&house).map_or(&[], Vec::as_slice)
    }

    /// Who stands in for one who approves for a house, or will.
    pub(super) fn deputies_of(&self, house: EntityId) -> impl Iterator<Item = StandsIn> {
        let named = self.approvers_of(house).iter();
        named.filter_map(|of| {
            let deputy = *self.control.deputies.get(of)?;
            Some(StandsIn { of: *of, deputy })
        })
    }

    /// Whether this person may be the second to what another of its house proposed, and in whose place it is if it stands
    /// in for somebody. Never in that of the proposer: that would be one person twice.
    pub(crate) fn check_second(
        &self,
        by: UserId,
        proposer: UserId,
        house: EntityId,
        at: Timestamp,
    ) -> Result<Option<UserId>, Reject> {
        require(by != proposer, Reject::SamePerson)?;
        let approvers = self.approvers_of(house);
        if approvers.is_empty() || approvers.contains(&by) {
            return Ok(None);
        }
        let today = at.venue_date();
        let mut stands_in = self
            .deputies_of(house)
            .filter(|one| one.deputy.user == by && stands_in(&one.deputy, today))
            .peekable();
        require(stands_in.peek().is_some(), Reject::NotAnApprover)?;
        let of = stands_in.find(|one| one.of != proposer).ok_or(Reject::SamePerson)?;
        Ok(Some(of.of))
    }

    /// What this module promises of who is named.
    pub(crate) fn check_approvers(&self) -> Result<(), String> {
        for (entity, approvers) in &self.control.approvers {
            let decides = |id: &UserId| self.of_house(*id, *entity).is_ok_and(User::decides);
            let fits = self.register.entities[entity.index()].dual_control
                && (APPROVERS_MIN..=APPROVERS_MAX).contains(&approvers.len())
                && approvers.is_sorted_by(|a, b| a < b)
                && approvers.iter().all(decides);
            ensure(fits, || {
                format!("{entity:?} has people to approve whom it cannot have named")
            })?;
        }
        for (of, deputy) in &self.control.deputies {
            let house = self.register.users[of.index()].entity;
            let approvers = self.approvers_of(house);
            let fits = approvers.contains(of)
                && !approvers.contains(&deputy.user)
                && self.of_house(deputy.user, house).is_ok_and(User::decides)
                && (deputy.from..=later(deputy.from)).contains(&deputy.until);
            ensure(fits, || format!("{of:?} has a deputy whom nobody can have named"))?;
        }
        Ok(())
    }
}
