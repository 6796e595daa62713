//! What happens to each participant, numbered: its orders and fills, what deals move of its cash and units, its bids
//! and what it is refused.
//!
//! Invariant: a participant's events are numbered from 1 without a gap, by the events alone, so a restart gives the
//! same numbers; and each is told to nobody else. The last ones are remembered: so many of each, so many of all
//! together.
//!
//! `executions` tells each of them; `account` how the participant stands, and merges what happens between two ticks.
//! They have a lock of their own, held while accounts and records are folded: so a snapshot of both is of exactly its
//! number. What they say is encoded, and where it is a receipt signed, by whoever sends it, while no lock is held:
//! neither the folder nor another reader waits for a signature.

use crate::{
    limits::Limits,
    stream::{Channel, Stream, Subject},
    views::{
        accounts::{Accounts, OrderView},
        frame::Why,
    },
};
use protocol::{Asked, EntityId, Event, LotId, PrivateEvent, Record, Stamped, Symbol, Timestamp};
use std::collections::{BTreeSet, VecDeque};

/// The lots of a participant of whom nothing was told yet.
static NO_LOTS: BTreeSet<LotId> = BTreeSet::new();

/// Something that is told a participant: what happened, and what it is about, as that stood right after it. So a frame
/// says the same whenever it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What happened.
    pub event: Stamped<Event>,
    /// What it is about.
    pub about: About,
}

/// What an event is about, where its owner has a name for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Nothing of that kind.
    Nothing,
    /// An order: how it stood after the event.
    Order(Box<OrderView>),
    /// What was refused.
    Refused(Box<Asked>),
}

impl Execution {
    /// An event, what its command asked for, and the accounts right after it.
    pub(crate) fn new(event: &Stamped<Event>, asked: Option<&Asked>, accounts: &Accounts) -> Self {
        let order = |order| {
            accounts
                .order(order)
                .map_or(About::Nothing, |view| About::Order(Box::new(view)))
        };
        let about = match &event.body {
            Event::Private(_, private) | Event::Sealed(_, private) => match private {
                PrivateEvent::OrderAccepted { order: id, .. }
                | PrivateEvent::OrderFilled { order: id, .. }
                | PrivateEvent::OrderCancelled { order: id, .. } => order(*id),
                PrivateEvent::Rejected { .. } => {
                    asked.map_or(About::Nothing, |asked| About::Refused(Box::new(asked.clone())))
                }
                _ => About::Nothing,
            },
            _ => About::Nothing,
        };
        let event = event.clone();
        Self { event, about }
    }
}

/// What is remembered of a participant.
#[derive(Debug, Default)]
struct Remembered {
    seq: u64,
    last_at: Option<Timestamp>,
    memory: VecDeque<Execution>,
    /// Every lot that it entered.
    lots: BTreeSet<LotId>,
}

/// The participants' events.
#[derive(Debug)]
pub(crate) struct Executions {
    /// By entity.
    told: Vec<Remembered>,
    /// Whose events were remembered, the oldest first: where all together remember too many, it goes first.
    order: VecDeque<(EntityId, u64)>,
    each_max: usize,
    all_max: usize,
}

/// The symbol of a participant's stream.
pub fn symbol(entity: EntityId) -> Symbol {
    Symbol::new(&format!("ENTITY-{}", entity.0)).expect("it is of capitals, digits and a dash, and short")
}

/// A stream of a participant's own.
pub(crate) fn stream(entity: EntityId, channel: Channel) -> Stream {
    Stream {
        subject: Subject(entity.0),
        channel,
    }
}

/// Whose private event this is, if it is one's.
pub(crate) fn of(event: &Event) -> Option<EntityId> {
    match event {
        Event::Private(entity, _) | Event::Sealed(entity, _) => Some(*entity),
        Event::Record(changed) => match &changed.record {
            Record::Bidder(bidder) if changed.readers.has(bidder.entity) => Some(bidder.entity),
            _ => None,
        },
        Event::Public(_) | Event::Staff(_) => None,
    }
}

impl Executions {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            told: vec![],
            order: VecDeque::new(),
            each_max: limits.executions_each.max(1),
            all_max: limits.executions_all.max(1),
        }
    }

    fn of(&self, subject: Subject) -> Option<&Remembered> {
        self.told.get(subject.0 as usize)
    }

    /// The number of a participant's last event; 0 before the first.
    pub(crate) fn seq(&self, subject: Subject) -> u64 {
        self.of(subject).map_or(0, |told| told.seq)
    }

    /// Takes in an event of this participant; its number.
    pub(crate) fn tell(&mut self, entity: EntityId, execution: Execution) -> u64 {
        let event = &execution.event;
        let place = entity.index();
        if self.told.len() <= place {
            self.told.resize_with(place + 1, Remembered::default);
        }
        let told = &mut self.told[place];
        told.seq += 1;
        told.last_at = Some(event.at);
        if let Event::Record(changed) = &event.body
            && let Record::Bidder(bidder) = &changed.record
        {
            told.lots.insert(bidder.lot);
        }
        told.memory.push_back(execution);
        if told.memory.len() > self.each_max {
            told.memory.pop_front();
        }
        let seq = told.seq;
        self.order.push_back((entity, seq));
        while self.order.len() > self.all_max {
            let (entity, seq) = self.order.pop_front().expect("there are too many");
            let told = &mut self.told[entity.index()];
            // Its own bound may have dropped it before.
            if told.oldest() == seq {
                told.memory.pop_front();
            }
        }
        seq
    }

    /// What a client needs next that has this participant's stream up to `position`.
    pub(crate) fn catch_up(&self, Stream { subject, channel }: Stream, position: Option<u64>) -> Next<'_> {
        let told = self.of(subject);
        let last = told.map_or(0, |told| told.seq);
        let why = match position {
            None => Why::Asked,
            Some(position) if position == last => return Next::Nothing,
            Some(position) if position > last => Why::Ahead,
            Some(_) if channel == Channel::Account => Why::Asked,
            Some(position) => match told.and_then(|told| told.event(position + 1)) {
                Some(execution) => return Next::Event(position + 1, execution),
                None => Why::TooOld,
            },
        };
        Next::Standing {
            seq: last,
            at: told.and_then(|told| told.last_at),
            why,
            lots: told.map_or(&NO_LOTS, |told| &told.lots),
        }
    }
}

/// What comes next for a client that is not yet level with a participant's stream.
pub(crate) enum Next<'a> {
    /// Nothing: it has all there is.
    Nothing,
    /// The event of this number.
    Event(u64, &'a Execution),
    /// How the participant stands after this number, as of this time, in these lots too.
    Standing {
        seq: u64,
        at: Option<Timestamp>,
        why: Why,
        lots: &'a BTreeSet<LotId>,
    },
}

impl Remembered {
    /// The number of the oldest event that is remembered; one above the last if none is.
    fn oldest(&self) -> u64 {
        self.seq - self.memory.len() as u64 + 1
    }

    /// The event of this number, if it is remembered.
    fn event(&self, seq: u64) -> Option<&Execution> {
        let place = seq.checked_sub(self.oldest())?;
        self.memory.get(usize::try_from(place).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{AccountId, Seq};

    #[test]
    fn the_last_events_of_each_and_of_all_are_remembered_and_every_one_is_counted() {
        let limits = Limits {
            executions_each: 8,
            executions_all: 12,
            ..Limits::default()
        };
        let mut executions = Executions::new(&limits);
        let event = |entity| Execution {
            event: Stamped {
                seq: Seq(1),
                at: Timestamp(1),
                body: Event::Private(EntityId(entity), PrivateEvent::AccountOpened { account: AccountId(1) }),
            },
            about: About::Nothing,
        };
        (0..20).for_each(|_| _ = executions.tell(EntityId(3), event(3)));
        let kept = |executions: &Executions, entity| {
            let told = executions.of(Subject(entity)).unwrap();
            (told.oldest(), told.seq)
        };
        assert_eq!(kept(&executions, 3), (13, 20));
        // The oldest of all go first, whoever's they are.
        (0..8).for_each(|_| _ = executions.tell(EntityId(5), event(5)));
        assert_eq!((kept(&executions, 3), kept(&executions, 5)), ((17, 20), (1, 8)));
        (0..8).for_each(|_| _ = executions.tell(EntityId(7), event(7)));
        assert_eq!((kept(&executions, 3), kept(&executions, 5)), ((21, 20), (5, 8)));
        assert_eq!(executions.seq(Subject(3)), 20);
        assert_eq!(executions.seq(Subject(9)), 0);
    }
}
