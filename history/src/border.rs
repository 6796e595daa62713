//! The border: what of the events may be kept, and when. Behind it nothing is sealed.
//!
//! Invariant: the facts that leave here follow from what is open alone. What is sealed waits in memory, by lot, and
//! leaves with the lot's disclosure; what belongs to no lot is its house's for good and never leaves. So two journals
//! that differ in hidden commands only give the same facts, and whatever is made of facts (the file, its log, the
//! spool, every number and every hash) is the same too.

use crate::fact::{Fact, OrderAsked};
use protocol::{
    Committed, Event, LotId, PrivateEvent, PublicEvent, Readers, Record, StaffEvent, Stamped, Timestamp, event::Asked,
    wire::decode_alone,
};
use std::collections::{BTreeMap, BTreeSet};

/// What waits for its disclosure. It grows with the bids of open lots, as the views' records do.
#[derive(Debug, Default)]
pub(crate) struct Border {
    waiting: BTreeMap<LotId, Vec<(Timestamp, Event)>>,
    /// Lots that are closed: what their bidders' houses are told of them later needs not wait.
    disclosed: BTreeSet<LotId>,
}

impl Border {
    /// The facts of some commands, in order.
    pub(crate) fn admit(&mut self, committed: &Committed) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut asked = committed.asked.iter().peekable();
        for command in committed.events.chunk_by(|a, b| a.seq == b.seq) {
            let before = facts.len();
            let seq = command[0].seq;
            while asked.next_if(|asked| asked.seq < seq).is_some() {}
            let order = asked.peek().copied().filter(|asked| asked.seq == seq);
            command
                .iter()
                .for_each(|event| self.admit_one(event, order, &mut facts));
            if let Some(last) = facts[before..].last_mut() {
                last.last = true;
            }
        }
        facts
    }

    fn admit_one(&mut self, event: &Stamped<Event>, asked: Option<&Asked>, facts: &mut Vec<Fact>) {
        let at = event.at;
        let mut keep = |happened: Option<Timestamp>, event: Event, order| {
            facts.push(Fact {
                at,
                happened,
                last: false,
                event,
                order,
            });
        };
        match &event.body {
            Event::Public(
                PublicEvent::UnitsListed(_)
                | PublicEvent::Traded { .. }
                | PublicEvent::Notice(_)
                | PublicEvent::LotBid(_),
            ) => keep(None, event.body.clone(), None),
            // The books' own steps and the venue's rules: orders, prints and records say what is kept of them.
            Event::Public(
                PublicEvent::EpochOpened(_)
                | PublicEvent::UnitsIssued { .. }
                | PublicEvent::TradingChanged { .. }
                | PublicEvent::OrderAdded { .. }
                | PublicEvent::OrderRemoved { .. },
            ) => {}
            Event::Private(_, private) => match private {
                PrivateEvent::Rejected { .. } => {
                    if let Some(order) = asked.and_then(placed) {
                        keep(None, event.body.clone(), Some(order));
                    }
                }
                PrivateEvent::OrderAccepted { .. } => {
                    keep(None, event.body.clone(), asked.and_then(placed));
                }
                PrivateEvent::CashReceived(_)
                | PrivateEvent::CashPaid(_)
                | PrivateEvent::UnitsReceived { .. }
                | PrivateEvent::OrderFilled { .. }
                | PrivateEvent::OrderCancelled { .. }
                | PrivateEvent::FeesCollected { .. }
                | PrivateEvent::CashPosted(_)
                | PrivateEvent::UnitsPosted(_) => keep(None, event.body.clone(), None),
                PrivateEvent::AccountOpened { .. }
                | PrivateEvent::AssetRegistered { .. }
                | PrivateEvent::TitleTranslated { .. }
                | PrivateEvent::BidStands { .. }
                | PrivateEvent::BidTaken(_) => {}
            },
            // What operators never see is kept nowhere but in the views: a file tells whoever has it.
            Event::Record(changed) if matches!(changed.readers, Readers::Apart(_)) => {}
            Event::Record(changed) if !matches!(changed.readers, Readers::Sealed(_)) => {
                keep(None, event.body.clone(), None);
            }
            Event::Record(_) | Event::Sealed(..) => {
                let Some(lot) = lot_of(&event.body) else { return };
                if self.disclosed.contains(&lot) {
                    keep(None, opened(event.body.clone()), None);
                } else {
                    self.waiting.entry(lot).or_default().push((at, event.body.clone()));
                }
            }
            Event::Staff(StaffEvent::LotDisclosed { lot }) => {
                self.disclosed.insert(*lot);
                for (happened, event) in self.waiting.remove(lot).into_iter().flatten() {
                    keep((happened != at).then_some(happened), opened(event), None);
                }
            }
            Event::Staff(
                StaffEvent::EntityRegistered { .. }
                | StaffEvent::UserRegistered { .. }
                | StaffEvent::KeyRegistered { .. }
                | StaffEvent::KeyRevoked { .. },
            ) => {}
        }
    }
}

/// The order that a command placed.
fn placed(asked: &Asked) -> Option<Box<OrderAsked>> {
    let order = asked.order?;
    Some(Box::new(OrderAsked {
        by: asked.by,
        client: asked.client.as_ref().map(|client| client.key.id),
        client_id: asked.client.as_ref().and_then(|client| client.id.clone()),
        order,
    }))
}

/// The lot with whose close a sealed event is kept: none where nothing is kept of it, or where it is no lot's. A
/// refusal for want of cash tells what is free, and what one did alone is told to its house: neither is anybody else's,
/// ever.
fn lot_of(event: &Event) -> Option<LotId> {
    match event {
        Event::Sealed(_, PrivateEvent::CashPosted(posting)) => Some(posting.deal.into()),
        Event::Sealed(_, PrivateEvent::UnitsPosted(posting)) => Some(posting.deal.into()),
        Event::Record(changed) => match &changed.record {
            Record::Bidder(bidder) => Some(bidder.lot),
            Record::Proposal(proposal) => decode_alone(&proposal.encoded.0).ok()?.bids_for(),
            _ => None,
        },
        _ => None,
    }
}

/// A sealed event once its lot is closed: postings are as private as any, how a bidder stood the staff may know from
/// here on. What its house proposed stays sealed to the house, and is kept as that.
fn opened(event: Event) -> Event {
    match event {
        Event::Sealed(entity, private) => Event::Private(entity, private),
        Event::Record(mut changed) => {
            if let (Readers::Sealed(entity), Record::Bidder(_)) = (&changed.readers, &changed.record) {
                changed.readers = Readers::one(*entity);
            }
            Event::Record(changed)
        }
        open => open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        AccountId, Currency, EntityId, Money, Reject, Seq, UserId, event::CashPosting, event::PostingReason,
    };

    fn at(seq: u64, body: Event) -> Stamped<Event> {
        let at = Timestamp(10 * seq);
        Stamped {
            seq: Seq(seq),
            at,
            body,
        }
    }

    fn deposit(deal: u64) -> Event {
        let posting = CashPosting {
            account: AccountId(3),
            currency: Currency::Cny,
            free: Money::from_minor(-7),
            held: Money::from_minor(7),
            reason: PostingReason::Held,
            deal: Seq(deal),
        };
        Event::Sealed(EntityId(3), PrivateEvent::CashPosted(Box::new(posting)))
    }

    fn admit(border: &mut Border, events: Vec<Stamped<Event>>) -> Vec<Fact> {
        border.admit(&Committed {
            events,
            ..Committed::default()
        })
    }

    #[test]
    fn what_is_sealed_waits_for_its_own_lot() {
        let mut border = Border::default();
        assert_eq!(admit(&mut border, vec![at(1, deposit(8)), at(2, deposit(9))]), []);
        let disclosed = Event::Staff(StaffEvent::LotDisclosed { lot: LotId(9) });
        let facts = admit(&mut border, vec![at(3, disclosed)]);
        let [fact] = facts.as_slice() else { panic!("{facts:?}") };
        assert!(matches!(fact.event, Event::Private(EntityId(3), _)) && fact.last);
        assert_eq!((fact.at, fact.happened), (Timestamp(30), Some(Timestamp(20))));
        // What is told of a closed lot does not wait.
        assert_eq!(admit(&mut border, vec![at(4, deposit(9)), at(5, deposit(8))]).len(), 1);
    }

    #[test]
    fn a_refusal_that_tells_free_cash_never_leaves() {
        let mut border = Border::default();
        let refused = |entity, reject| {
            let event = PrivateEvent::Rejected { by: UserId(1), reject };
            if reject == Reject::InsufficientCash {
                Event::Sealed(entity, event)
            } else {
                Event::Private(entity, event)
            }
        };
        let events = vec![
            at(1, refused(EntityId(1), Reject::InsufficientCash)),
            at(2, refused(EntityId(1), Reject::UnknownAccount)),
        ];
        assert_eq!(admit(&mut border, events), [], "nobody tells what was asked");
    }
}
