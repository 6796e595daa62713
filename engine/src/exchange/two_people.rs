//! Two people: what one proposes is done when another approves, and what needs two is not done by one.
//!
//! Invariant: nothing of a proposal is done before somebody else of the same house approves, and then it is the
//! proposer's command, judged by the rules of that moment. A proposal is decided once. One that a legal deadline waits for
//! lapses with it at the latest, and alarms before it lapses. Who may be the second is the business of `house::approvers`,
//! which deadline there is that of [`super::served`].

use crate::{
    book::Book,
    house::state::Proposals,
    kit::{checks::require, deadlines::Deadline, terms::LastDay},
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Bounded, Command, ProposalId, Readers, Receipt, Record, Reject, Timestamp, UserId,
    alone::DoneAlone,
    command::{Op, Pairs},
    control::{Approve, DONE_ALONE_MAX, Encoded, PROPOSAL_MAX, Proposal, ProposalState, Propose, Refuse},
    time::DAY,
    wire::{decode_alone, encode_alone},
};

/// The most proposals that wait at once: with [`PROPOSAL_MAX`] a bound on memory.
const OPEN_MAX: usize = 10_000;
/// The most that wait for one house.
const OPEN_MAX_EACH: usize = 100;

/// Who may know of a proposal: its house; and of what a bidder proposes nobody else, as of the bid itself.
fn readers(proposal: &Proposal) -> Readers {
    match decode_alone(&proposal.encoded.0) {
        Ok(command) if command.bids_for().is_some() => Readers::Sealed(proposal.entity),
        _ => Readers::one(proposal.entity),
    }
}

/// The deadlines of an open proposal: when it lapses, and when it alarms if it did not yet.
pub(super) fn waits_for(proposal: &Proposal) -> impl Iterator<Item = (Timestamp, Deadline)> {
    let id = proposal.proposal;
    let alarms = proposal.alarms_at.filter(|_| proposal.alarmed_at.is_none());
    let alarms = alarms.map(|at| (at, Deadline::ProposalAlarms(id)));
    alarms
        .into_iter()
        .chain([(proposal.lapses_at, Deadline::ProposalLapses(id))])
}

impl<B: Book> Exchange<B> {
    /// Whether one person may do this: an operator alone may not while there are two, nor may a user whose entity asked
    /// for two. While the venue has one operator, that one's word suffices: nobody else is there.
    pub(crate) fn check_two_people(&self, by: UserId, user: User, command: &Command) -> Result<(), Reject> {
        let (operators, dual) = self.asks_for_two(user);
        match command {
            // Where fewer than two operators can decide, one lets another: else nobody ever could again.
            Command::RegisterKey(asked) if operators && self.may_admit_operator(asked.user) => return Ok(()),
            // Who could end the others' keys alone would be alone.
            Command::RevokeKey { key } if operators => {
                let of = self.register.keys.get(key.index()).map(|key| key.user);
                let another = of.filter(|of| *of != by).and_then(|of| self.register.user(of).ok());
                let shuts_out = another.is_some_and(|other| other.is_operator());
                return require(!shuts_out, Reject::TwoPeopleNeeded);
            }
            _ => {}
        }
        let two = match command.pairs() {
            Pairs::Nobody => false,
            Pairs::Operators => operators,
            Pairs::Entities => dual,
            Pairs::Both => operators || dual,
        };
        require(!two, Reject::TwoPeopleNeeded)
    }

    /// Whether operators act by two, and this user is one; and whether its entity asked for two.
    fn asks_for_two(&self, user: User) -> (bool, bool) {
        let operators = user.is_operator() && self.control.operators >= 2;
        // Before the first rules there is no venue that could have asked.
        let house = self.register.entities.get(user.entity.index());
        (operators, house.is_some_and(|house| house.dual_control))
    }

    /// What one person did alone, as one may, is told to the others of its house where it asked for two; to nobody else,
    /// whatever office asks.
    pub(crate) fn tell_done_alone(&self, by: UserId, user: User, command: &Command, tell: &mut Tell<'_>) {
        let op = command.op();
        if !op.is_told() || self.asks_for_two(user) == (false, false) {
            return;
        }
        let entity = user.house();
        let encoded = Some(encode_alone(command)).filter(|encoded| encoded.len() <= DONE_ALONE_MAX);
        let done = DoneAlone {
            entity,
            by,
            op,
            seq: tell.seq,
            encoded: encoded.map(Encoded),
        };
        tell.record(Readers::Sealed(entity), Record::DoneAlone(done));
    }

    /// Whether a user can decide: it has a key that stands and may approve. One that only reads is nobody's second.
    fn can_decide(&self, user: UserId) -> bool {
        let approves = Op::Approve.scopes();
        let keys = self.register.keys.iter();
        keys.filter(|key| key.user == user && !key.revoked)
            .any(|key| key.scopes.has_any(approves))
    }

    /// Whether a key for this user would let an operator decide while fewer than two can.
    fn may_admit_operator(&self, user: UserId) -> bool {
        let operators = (0..).map(UserId).zip(&self.register.users);
        let decide = operators.filter(|(id, user)| user.is_operator() && self.can_decide(*id));
        let operator = self.register.user(user).is_ok_and(|user| user.is_operator());
        operator && !self.can_decide(user) && decide.count() < 2
    }

    /// Proposes a command; nothing of it is done yet.
    pub(crate) fn propose(
        &mut self,
        by: UserId,
        user: User,
        asked: &Propose,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let entity = user.house();
        require(user.decides(), Reject::NotPermitted)?;
        let encoded = &asked.encoded;
        let decoded = (encoded.0.len() <= PROPOSAL_MAX).then(|| decode_alone(&encoded.0).ok());
        let command = decoded.flatten().filter(|command| command.op().can_wait());
        let command = command.ok_or(Reject::NotProposable)?;
        let open = &self.control.proposals.open;
        let own = open.values().filter(|proposal| proposal.entity == entity);
        require(
            open.len() < OPEN_MAX && own.take(OPEN_MAX_EACH).count() < OPEN_MAX_EACH,
            Reject::TooManyProposals,
        )?;

        let id = ProposalId::from(tell.seq);
        let undecided = tell.at.after(u64::from(self.rule_book().proposal_days) * DAY);
        let deadline = self.served(user, &command, tell.at);
        let lapses_at = deadline.map_or(undecided, |deadline| undecided.min(deadline.at));
        let alarms_at = deadline.map(|_| self.alarm_before(lapses_at));
        let proposal = Proposal {
            proposal: id,
            entity,
            by,
            encoded: encoded.clone(),
            state: ProposalState::Open,
            decided_by: None,
            failed: None,
            lapses_at,
            decided_for: None,
            deadline,
            alarms_at,
            alarmed_at: alarms_at.filter(|alarm| *alarm <= tell.at).map(|_| tell.at),
            missed: None,
        };
        self.await_decision(&proposal);
        tell.record(readers(&proposal), Record::Proposal(proposal.clone()));
        self.control.proposals.open.insert(id, proposal);
        Ok(Receipt::Deal(tell.seq))
    }

    /// When a proposal that lapses then alarms: so many working days before the last day on which it can be decided.
    fn alarm_before(&self, lapses_at: Timestamp) -> Timestamp {
        let last = Timestamp(lapses_at.0.saturating_sub(1)).venue_date();
        let days = self.rule_book().alarm_days();
        self.epoch().calendar.working_days_before(last, days).start()
    }

    /// The deadlines that a proposal waits for.
    fn await_decision(&mut self, proposal: &Proposal) {
        for (at, deadline) in waits_for(proposal) {
            self.deadlines.add(at, deadline);
        }
    }

    /// It waits for them no longer.
    fn forget_decision(&mut self, proposal: &Proposal) {
        for (at, deadline) in waits_for(proposal) {
            self.deadlines.remove(at, deadline);
        }
    }

    /// A legal deadline is near for which nobody decided yet: its house is told.
    pub(crate) fn proposal_alarms(&mut self, id: ProposalId, tell: &mut Tell<'_>) {
        let proposal = self.control.proposals.open.get_mut(&id).expect("it waits");
        proposal.alarmed_at = Some(tell.at);
        tell.record(readers(proposal), Record::Proposal(proposal.clone()));
    }

    /// Whose it was and whether it still waits. Another house's proposal is as good as none.
    fn check_proposal(&self, user: User, id: ProposalId) -> Result<(UserId, bool), Reject> {
        let Proposals { open, decided } = &self.control.proposals;
        let waits = open.get(&id).map(|proposal| (proposal.entity, proposal.by, true));
        let is_over = decided.get(&id).map(|&(entity, by)| (entity, by, false));
        let (_, by, waits) = waits
            .or(is_over)
            .filter(|(entity, ..)| *entity == user.house())
            .ok_or(Reject::UnknownProposal)?;
        require(user.decides(), Reject::NotPermitted)?;
        Ok((by, waits))
    }

    /// Approves a proposal: its command is done now, in the proposer's name, and its receipt is the answer. If it
    /// breaks a rule by now, nothing of it is done, and the proposal says which: for want of cash to its house alone.
    pub(crate) fn approve(
        &mut self,
        by: UserId,
        user: User,
        asked: &Approve,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (proposer, waits) = self.check_proposal(user, asked.proposal)?;
        let decided_for = self.check_second(by, proposer, user.house(), tell.at)?;
        require(waits, Reject::ProposalDecided)?;

        let encoded = &self.control.proposals.open[&asked.proposal].encoded;
        let command = decode_alone(&encoded.0).expect("it was decoded when it was proposed");
        let asker = self.register.user(proposer).expect("users stay");
        let outcome = self.carry_out(proposer, asker, &command, tell);
        let state = if outcome.is_ok() {
            ProposalState::Done
        } else {
            ProposalState::Failed
        };
        let failed = outcome.err();
        let decide = |proposal: &mut Proposal| {
            (proposal.state, proposal.decided_by, proposal.decided_for) = (state, Some(by), decided_for);
            proposal.failed = failed.map(|reject| Bounded::new(reject.code()).expect("a code is short"));
        };
        self.decide(asked.proposal, failed, decide, tell);
        Ok(outcome.unwrap_or(Receipt::Done))
    }

    /// Refuses a proposal, or takes one's own back.
    pub(crate) fn refuse_proposal(
        &mut self,
        by: UserId,
        user: User,
        asked: &Refuse,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (_, waits) = self.check_proposal(user, asked.proposal)?;
        require(waits, Reject::ProposalDecided)?;

        let decide = |proposal: &mut Proposal| {
            (proposal.state, proposal.decided_by) = (ProposalState::Refused, Some(by));
        };
        self.decide(asked.proposal, None, decide, tell);
        Ok(Receipt::Done)
    }

    /// Lets a proposal lapse that nobody decided in time; where its legal deadline passed, on that ground.
    pub(crate) fn proposal_lapses(&mut self, id: ProposalId, tell: &mut Tell<'_>) {
        let now = tell.at;
        let lapse = |proposal: &mut Proposal| {
            proposal.state = ProposalState::Lapsed;
            let missed = proposal.deadline.filter(|deadline| deadline.at <= now);
            proposal.missed = missed.map(|deadline| deadline.kind);
        };
        self.decide(id, None, lapse, tell);
    }

    /// A proposal would have lapsed in an outage, in which nobody could decide: there is time again, up to the legal
    /// deadline that it has by now. One that passed is not moved by an outage here.
    pub(crate) fn lengthen_proposal(&mut self, id: ProposalId, until: LastDay, tell: &mut Tell<'_>) {
        let mut proposal = self.control.proposals.open[&id].clone();
        let mut lapses_at = until.over();
        if proposal.deadline.is_some() {
            let command = decode_alone(&proposal.encoded.0).expect("it was decoded when it was proposed");
            let asker = self.register.user(proposal.by).expect("users stay");
            let Some(deadline) = self.served(asker, &command, tell.at) else {
                return;
            };
            proposal.deadline = Some(deadline);
            lapses_at = lapses_at.min(deadline.at);
        }
        if lapses_at <= proposal.lapses_at {
            return;
        }
        self.forget_decision(&proposal);
        proposal.lapses_at = lapses_at;
        proposal.alarms_at = proposal.deadline.map(|_| self.alarm_before(lapses_at));
        let near = proposal.alarms_at.filter(|alarm| *alarm <= tell.at);
        proposal.alarmed_at = proposal.alarmed_at.or(near.map(|_| tell.at));
        self.await_decision(&proposal);
        tell.record(readers(&proposal), Record::Proposal(proposal.clone()));
        self.control.proposals.open.insert(id, proposal);
    }

    /// Decides a proposal that waits, and tells how.
    fn decide(&mut self, id: ProposalId, failed: Option<Reject>, how: impl FnOnce(&mut Proposal), tell: &mut Tell<'_>) {
        let Proposals { open, decided } = &mut self.control.proposals;
        let mut proposal = open.remove(&id).expect("it waits");
        decided.insert(id, (proposal.entity, proposal.by));
        self.forget_decision(&proposal);
        how(&mut proposal);
        let readers = readers(&proposal);
        if !failed.is_some_and(Reject::tells_free_cash) {
            return tell.record(readers, Record::Proposal(proposal));
        }
        tell.record(Readers::Sealed(proposal.entity), Record::Proposal(proposal.clone()));
        if !matches!(readers, Readers::Sealed(_)) {
            // That it failed and does not say why would say it: to the staff its house refused it.
            (proposal.state, proposal.failed) = (ProposalState::Refused, None);
            tell.record(Readers::Only(Vec::new()), Record::Proposal(proposal));
        }
    }

    /// For the invariants: every open proposal lapses in time to come and stands there once.
    pub(crate) fn open_proposals(&self) -> impl Iterator<Item = &Proposal> {
        let Proposals { open, decided } = &self.control.proposals;
        open.values()
            .filter(|proposal| !decided.contains_key(&proposal.proposal))
    }
}
