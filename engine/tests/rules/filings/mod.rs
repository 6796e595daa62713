//! What the people of a venue file in a year, at random: they know what its events tell and act on it, so that a good
//! part succeeds; the rest is too late, by the wrong person, or asks for what cannot be.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

mod dealings;
mod venue;

use crate::{
    auditor::Auditor,
    floor::stream::{Ask, Random},
};
use protocol::{
    AccountId, Amount, Answer, Command, Currency, Date, Digest, EntityId, Money, Outcome, ProposalId, Receipt, Reject,
    UserId,
    command::ClientKey,
    control::{Approve, Encoded, Propose, Refuse},
    party::Roles,
    rules::Profile,
    time::{DAY, SECOND},
    wire::encode_alone,
};
use std::collections::VecDeque;

/// The paper behind a step.
const PAPER: Digest = Digest([5; 32]);
/// An hour, in nanoseconds.
const HOUR: u64 = 3_600 * SECOND;

/// A command and who gives it; nothing, if there is no occasion for it.
type Filing = Option<(UserId, Command)>;

/// A year of filings.
pub struct Filings {
    random: Random,
    profile: Profile,
    /// The first steps of the venue that are still to be taken.
    opening: VecDeque<(UserId, Command)>,
    /// What somebody is about to file.
    queue: VecDeque<(UserId, Command)>,
    /// A number for whatever needs a new one.
    last: u64,
    /// What was sent under a client id, to be sent again.
    keyed: Option<(UserId, ClientKey, Command)>,
}

pub fn cny(minor: u64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(minor as i64))
}

/// So many days later.
fn later(day: Date, days: u64) -> Date {
    Date(day.0 + days as i32)
}

impl Filings {
    pub fn new(seed: u64, profile: Profile) -> Self {
        let mut random = Random(seed);
        let opening = venue::opening(profile, &mut random).into();
        Self {
            random,
            profile,
            opening,
            queue: VecDeque::new(),
            last: 0,
            keyed: None,
        }
    }

    /// What is filed next.
    pub fn next(&mut self, books: &Auditor) -> Ask {
        if let Some((by, command)) = self.opening.pop_front() {
            return Ask {
                wait: 0,
                by,
                client: None,
                command,
            };
        }
        self.last += 1;
        let wait = self.wait(books);
        if self.random.below(60) == 0
            && let Some((by, key, command)) = self.keyed.clone()
        {
            return Ask {
                wait,
                by,
                client: Some(key),
                command,
            };
        }
        let (by, command) = self.file(books);
        let client = (self.random.below(40) == 0).then(|| {
            let mut key = ClientKey {
                id: [0; 16],
                body: [1; 8],
            };
            key.id[..8].copy_from_slice(&self.last.to_le_bytes());
            self.keyed = Some((by, key, command.clone()));
            key
        });
        Ask {
            wait,
            by,
            client,
            command,
        }
    }

    /// Nanoseconds to days; now and then to the very edge of a day.
    fn wait(&mut self, books: &Auditor) -> u64 {
        let random = &mut self.random;
        match random.below(100) {
            0..60 => random.below(1_000),
            60..85 => random.below(HOUR),
            85..97 => random.below(8 * HOUR),
            97 => random.below(3 * DAY),
            _ => {
                let midnight = books.now.venue_date().next().start().0 - books.now.0;
                // Commands come a nanosecond after the wait.
                midnight.saturating_sub(random.below(3))
            }
        }
    }

    fn file(&mut self, books: &Auditor) -> (UserId, Command) {
        if self.random.below(100) < 75
            && let Some(filing) = self.queue.pop_front()
        {
            return filing;
        }
        for _ in 0..30 {
            let filing = match self.random.below(100) {
                0..30 => self.deal_in_titles(books),
                30..55 => self.deal_in_licences(books),
                55..82 => self.deal_in_units(books),
                _ => self.run_the_venue(books),
            };
            if let Some(filing) = filing {
                return filing;
            }
        }
        (UserId(0), Command::Tick)
    }

    /// Takes note of an answer: what takes two is proposed, and what is proposed is decided, or forgotten.
    pub fn heard(&mut self, ask: &Ask, answer: &Answer, books: &Auditor) {
        match (answer.outcome, &ask.command) {
            (Outcome::Rejected(Reject::TwoPeopleNeeded), command) => {
                let encoded = Encoded(encode_alone(command));
                self.queue
                    .push_back((ask.by, Command::Propose(Box::new(Propose { encoded }))));
            }
            (Outcome::Done(Receipt::Deal(seq)), Command::Propose(_)) if answer.at == books.now => {
                let proposal = ProposalId::from(seq);
                let same_house = |user: &UserId| books.house(*user) == books.house(ask.by) && *user != ask.by;
                let others = books.users.keys().copied().filter(same_house).collect();
                let (approve, refuse) = (Approve { proposal }, Refuse { proposal });
                match (self.random.below(20), self.pick(others)) {
                    (0, _) => self.queue.push_back((ask.by, Command::Refuse(refuse))),
                    (1, Some(other)) => self.queue.push_back((other, Command::Refuse(refuse))),
                    // Not by the one who proposed it.
                    (2, _) => self.queue.push_back((ask.by, Command::Approve(approve))),
                    // Nobody looks at it.
                    (3, _) | (_, None) => {}
                    (_, Some(other)) => self.queue.push_back((other, Command::Approve(approve))),
                }
            }
            _ => {}
        }
    }

    fn pick<T>(&mut self, mut items: Vec<T>) -> Option<T> {
        if items.is_empty() {
            return None;
        }
        let place = self.random.below(items.len() as u64) as usize;
        Some(items.swap_remove(place))
    }

    /// Whether something happens that happens so often in a hundred times.
    fn often(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    /// From this to that, both among them.
    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.random.below(most - least + 1)
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A participant.
    fn party(&mut self) -> EntityId {
        EntityId(self.between(1, venue::PARTIES as u64) as u32)
    }

    /// A user of a participant; rarely somebody else's.
    fn user(&mut self, books: &Auditor, entity: EntityId) -> UserId {
        let entity = if self.often(2) { self.party() } else { entity };
        let firm = |(_, (of, roles)): &(&UserId, &(EntityId, Roles))| *of == entity && roles.has_any(Roles::FIRM);
        let users = books.users.iter().filter(firm).map(|(user, _)| *user).collect();
        self.pick(users).unwrap_or(UserId(0))
    }

    fn operator(&mut self, books: &Auditor) -> UserId {
        let operator = |(_, (_, roles)): &(&UserId, &(EntityId, Roles))| roles.has_any(Roles::OPERATOR);
        let users = books.users.iter().filter(operator).map(|(user, _)| *user).collect();
        self.pick(users).unwrap_or(UserId(0))
    }

    fn account(&mut self, books: &Auditor, entity: EntityId) -> AccountId {
        let accounts = books.accounts.iter().filter(|(_, of)| **of == entity);
        let accounts = accounts.map(|(account, _)| *account).collect();
        self.pick(accounts).unwrap_or(AccountId(0))
    }
}
