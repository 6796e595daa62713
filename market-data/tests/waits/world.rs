//! A venue that goes through a history with the core: its views, its users, its accounts; and a core to try things on.

use engine::{Exchange, book::FastBook};
use market_data::{Folder, Limits, MarketData, records::Told, waits::Party};
use protocol::{
    AccountId, Answer, Command, Committed, EntityId, Event, Outcome, PublicEvent, Reject, Request, Seq, StaffEvent,
    Stamped, Timestamp, UserId,
    control::{Approve, Encoded, ProposalState, Propose},
    event::PrivateEvent,
    party::Roles,
    record::Record,
    wire::encode_alone,
};
use std::collections::BTreeMap;

/// The house of the operators.
const VENUE: EntityId = EntityId(0);

/// A venue on its way through a history.
pub(crate) struct World {
    core: Exchange<FastBook>,
    folder: Folder,
    pub(crate) market: MarketData,
    users: BTreeMap<UserId, (EntityId, Roles)>,
    pub(crate) accounts: BTreeMap<EntityId, AccountId>,
}

impl World {
    pub(crate) fn new() -> Self {
        let (market, folder) = market_data::new(Limits::default());
        Self {
            core: Exchange::new(),
            folder,
            market,
            users: BTreeMap::from([(UserId(0), (VENUE, Roles::OPERATOR))]),
            accounts: BTreeMap::new(),
        }
    }

    /// The time of the last command.
    pub(crate) fn at(&self) -> Timestamp {
        self.core.at()
    }

    /// One command more.
    pub(crate) fn apply(&mut self, asked: &Stamped<Request>) {
        let mut events = Vec::new();
        self.core.apply(asked, &mut events);
        for event in &events {
            match &event.body {
                Event::Staff(StaffEvent::UserRegistered { user, entity, roles }) => {
                    self.users.insert(*user, (*entity, *roles));
                }
                Event::Private(entity, PrivateEvent::AccountOpened { account }) => {
                    self.accounts.entry(*entity).or_insert(*account);
                }
                _ => {}
            }
        }
        // Records alone: what accounts have in histories of chance is more than there can be.
        events.retain(|event| {
            let public = matches!(
                event.body,
                Event::Public(PublicEvent::Notice(_) | PublicEvent::LotBid(_))
            );
            public || matches!(event.body, Event::Record(_))
        });
        let committed = Committed {
            up_to: asked.seq,
            at: asked.at,
            events,
            asked: Vec::new(),
        };
        self.folder.fold(&committed, asked.at);
    }

    /// The roles of a user.
    pub(crate) fn roles(&self, user: UserId) -> Roles {
        self.users[&user].1
    }

    /// Everybody.
    pub(crate) fn users(&self) -> Vec<UserId> {
        self.users.keys().copied().collect()
    }

    /// The users who act for a party.
    pub(crate) fn users_of(&self, party: Party) -> Vec<UserId> {
        let acts = |entity: EntityId, roles: Roles| match party {
            Party::House(house) => entity == house,
            Party::Operators => roles.has_any(Roles::OPERATOR),
            Party::Courts => roles.has_any(Roles::COURT),
        };
        let users = self.users.iter().filter(|(_, (entity, roles))| acts(*entity, *roles));
        users.map(|(user, _)| *user).collect()
    }

    /// A core as it stands now, to try things on.
    pub(crate) fn trial(&self) -> Trial<'_> {
        Trial {
            core: Exchange::load(&self.core.save()).expect("what was saved can be loaded"),
            world: self,
        }
    }
}

/// A core that may be put wrong.
pub(crate) struct Trial<'a> {
    core: Exchange<FastBook>,
    world: &'a World,
}

impl Trial<'_> {
    fn ask(&mut self, by: UserId, at: Timestamp, command: Command) -> (Answer, Vec<Stamped<Event>>) {
        let mut events = Vec::new();
        let asked = Stamped {
            seq: Seq(self.core.seq().0 + 1),
            at: at.max(self.core.at()),
            body: Request {
                by,
                client: None,
                command,
            },
        };
        (self.core.apply(&asked, &mut events), events)
    }

    /// What a user is told to a command at this time: where it takes two, once another of its house approved; `None` where
    /// there is nobody else who could.
    pub(crate) fn refused(&mut self, by: UserId, at: Timestamp, command: &Command) -> Option<Result<(), Reject>> {
        let (answer, _) = self.ask(by, at, command.clone());
        let Outcome::Rejected(reject) = answer.outcome else {
            return Some(Ok(()));
        };
        if reject != Reject::TwoPeopleNeeded {
            return Some(Err(reject));
        }
        let encoded = Encoded(encode_alone(command));
        let (proposed, events) = self.ask(by, at, Command::Propose(Box::new(Propose { encoded })));
        if let Outcome::Rejected(reject) = proposed.outcome {
            return Some(Err(reject));
        }
        let proposal = events.iter().find_map(|event| match &event.body {
            Event::Record(changed) => match &changed.record {
                Record::Proposal(proposal) => Some(proposal.proposal),
                _ => None,
            },
            _ => None,
        })?;
        let operator = self.world.users[&by].1.has_any(Roles::OPERATOR);
        let house = self.world.users[&by].0;
        let party = if operator {
            Party::Operators
        } else {
            Party::House(house)
        };
        let others: Vec<_> = self
            .world
            .users_of(party)
            .into_iter()
            .filter(|other| *other != by)
            .collect();
        for other in others {
            let (answer, events) = self.ask(other, at, Command::Approve(Approve { proposal }));
            if answer.outcome == Outcome::Rejected(Reject::NotAnApprover) {
                continue;
            }
            if let Outcome::Rejected(reject) = answer.outcome {
                return Some(Err(reject));
            }
            let failed = events.iter().find_map(|event| match &event.body {
                Event::Record(changed) => match &changed.record {
                    Record::Proposal(proposal) if proposal.state == ProposalState::Failed => proposal.failed.clone(),
                    _ => None,
                },
                _ => None,
            });
            let reject = failed.map(|code| {
                let known = Reject::ALL.iter().find(|reject| reject.code() == code.as_str());
                *known.expect("a code")
            });
            return Some(reject.map_or(Ok(()), Err));
        }
        None
    }

    /// The records that change by themselves until this moment.
    pub(crate) fn fires(&mut self, at: Timestamp) -> Vec<Told> {
        let mut told = Vec::new();
        loop {
            let (_, events) = self.ask(UserId(0), at, Command::Tick);
            for event in events {
                match event.body {
                    Event::Record(changed) => told.push(Told::Record(changed.record)),
                    Event::Public(PublicEvent::Notice(notice)) => told.push(Told::Notice(*notice)),
                    _ => {}
                }
            }
            if self.core.next_deadline() > at {
                return told;
            }
        }
    }
}
