//! Two people: what one proposes is done when another approves, and what needs two is not done by one.
//!
//! Invariant: nothing of a proposal is done before somebody else of the same house approves, and then it is the
//! proposer's command, judged by the rules of that moment. A proposal is decided once.

use crate::{
    book::Book,
    house::state::Proposals,
    kit::{checks::require, deadlines::Deadline, terms::LastDay},
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use protocol::{
    Bounded, Command, PrivateEvent, ProposalId, Readers, Receipt, Record, Reject, UserId,
    command::{Op, Pairs},
    control::{Approve, PROPOSAL_MAX, Proposal, ProposalState, Propose, Refuse},
    time::DAY,
    wire::decode_alone,
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

impl<B: Book> Exchange<B> {
    /// Whether one person may do this: an operator alone may not while there are two, nor may a user whose entity asked
    /// for two. While the venue has one operator, that one's word suffices: nobody else is there.
    pub(crate) fn check_two_people(&self, by: UserId, user: User, command: &Command) -> Result<(), Reject> {
        let operators = user.is_operator() && self.control.operators >= 2;
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
        // Before the first rules there is no venue that could have asked.
        let house = self.register.entities.get(user.entity.index());
        let dual = house.is_some_and(|house| house.dual_control);
        let two = match command.pairs() {
            Pairs::Nobody => false,
            Pairs::Operators => operators,
            Pairs::Entities => dual,
            Pairs::Both => operators || dual,
        };
        require(!two, Reject::TwoPeopleNeeded)
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
        require(
            decoded.flatten().is_some_and(|command| command.op().can_wait()),
            Reject::NotProposable,
        )?;
        let open = &self.control.proposals.open;
        let own = open.values().filter(|proposal| proposal.entity == entity);
        require(
            open.len() < OPEN_MAX && own.take(OPEN_MAX_EACH).count() < OPEN_MAX_EACH,
            Reject::TooManyProposals,
        )?;

        let id = ProposalId::from(tell.seq);
        let lapses_at = tell.at.after(u64::from(self.rule_book().proposal_days) * DAY);
        let proposal = Proposal {
            proposal: id,
            entity,
            by,
            encoded: encoded.clone(),
            state: ProposalState::Open,
            decided_by: None,
            failed: None,
            lapses_at,
        };
        self.deadlines.add(lapses_at, Deadline::ProposalLapses(id));
        tell.record(readers(&proposal), Record::Proposal(proposal.clone()));
        self.control.proposals.open.insert(id, proposal);
        Ok(Receipt::Deal(tell.seq))
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
    /// breaks a rule by now, nothing of it is done, and the proposal says which, but for what its house alone may know:
    /// that hears it as a refusal.
    pub(crate) fn approve(
        &mut self,
        by: UserId,
        user: User,
        asked: &Approve,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (proposer, waits) = self.check_proposal(user, asked.proposal)?;
        require(proposer != by, Reject::SamePerson)?;
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
        let secret = failed.filter(|reject| reject.tells_free_cash());
        if let Some(reject) = secret {
            tell.sealed(asker.house(), PrivateEvent::Rejected { by: proposer, reject });
        }
        self.decide(asked.proposal, state, Some(by), failed.xor(secret), tell);
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

        self.decide(asked.proposal, ProposalState::Refused, Some(by), None, tell);
        Ok(Receipt::Done)
    }

    /// Lets a proposal lapse that nobody decided in time.
    pub(crate) fn proposal_lapses(&mut self, id: ProposalId, tell: &mut Tell<'_>) {
        self.decide(id, ProposalState::Lapsed, None, None, tell);
    }

    /// A proposal would have lapsed in an outage, in which nobody could decide: there is time again.
    pub(crate) fn lengthen_proposal(&mut self, id: ProposalId, until: LastDay, tell: &mut Tell<'_>) {
        let proposal = self.control.proposals.open.get_mut(&id).expect("it waits");
        let before = core::mem::replace(&mut proposal.lapses_at, until.over());
        tell.record(readers(proposal), Record::Proposal(proposal.clone()));
        self.deadlines.remove(before, Deadline::ProposalLapses(id));
        self.deadlines.add(until.over(), Deadline::ProposalLapses(id));
    }

    /// Decides a proposal that waits.
    fn decide(
        &mut self,
        id: ProposalId,
        state: ProposalState,
        decided_by: Option<UserId>,
        failed: Option<Reject>,
        tell: &mut Tell<'_>,
    ) {
        let Proposals { open, decided } = &mut self.control.proposals;
        let mut proposal = open.remove(&id).expect("it waits");
        self.deadlines.remove(proposal.lapses_at, Deadline::ProposalLapses(id));
        decided.insert(id, (proposal.entity, proposal.by));
        proposal.state = state;
        proposal.decided_by = decided_by;
        proposal.failed = failed.map(|reject| Bounded::new(reject.code()).expect("a code is short"));
        tell.record(readers(&proposal), Record::Proposal(proposal));
    }

    /// For the invariants: every open proposal lapses in time to come and stands there once.
    pub(crate) fn open_proposals(&self) -> impl Iterator<Item = &Proposal> {
        let Proposals { open, decided } = &self.control.proposals;
        open.values()
            .filter(|proposal| !decided.contains_key(&proposal.proposal))
    }
}
