//! The exchange: one command in, its events and its answer out.
//!
//! Time is an input. Every command is answered, a refused one with its [`Reject`]; questions come first, then deeds
//! that can't fail. Which rule answers which command stands in [`fulfil`], the rules in the rooms, what is kept in
//! [`crate::state`]; what is told, and to whom, goes through [`Tell`].

mod fulfil;
mod invariants;
mod made;
mod named;
mod resumed;
mod served;
pub(crate) mod snapshot;
mod sound;
mod two_people;

use crate::{
    book::Book,
    kit::{
        answers::Memory,
        ids::{FIRST_OPERATOR, VENUE},
    },
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Answer, Command, EntityId, Event, Outcome, PrivateEvent, Reject, Request, Seq, Stamped, Timestamp, party::Roles,
};

impl<B: Book> Exchange<B> {
    /// An exchange before its first command, which is an [`Epoch`](protocol::rules::Epoch).
    pub fn new() -> Self {
        Self::default()
    }

    /// The place of the last command; 0 before the first.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The time of the last command.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// When the next deadline is due; [`Timestamp::NEVER`] if there is none.
    pub fn next_deadline(&self) -> Timestamp {
        self.deadlines.next()
    }

    /// Asks for the memory that `request` will need first, and changes nothing. A caller that knows the next few
    /// commands asks for all of them and then applies them: so their memory is fetched at once instead of one after
    /// another.
    pub fn touch(&self, request: &Request) {
        if let (Some(client), Some(user)) = (&request.client, self.register.users.get(request.by.index())) {
            self.answers.touch(user.entity, &client.key);
        }
        match &request.command {
            Command::PlaceOrder(order) => {
                self.ledger.touch(order.account, order.instrument);
                if let Some(book) = self.books.get(order.instrument.index()) {
                    book.touch();
                }
            }
            Command::CancelOrder { order } => self.orders.touch(*order),
            _ => {}
        }
    }

    /// Answers one command: fires what was due before it, appends what happened to `events`.
    ///
    /// # Panics
    /// If `stamped` is not the next in order, earlier than the last, or of no time: the sequencer's fault, not a
    /// participant's.
    pub fn apply(&mut self, stamped: &Stamped<Request>, events: &mut Vec<Stamped<Event>>) -> Answer {
        let Stamped { seq, at, body: request } = stamped;
        assert!(*seq == self.seq.next(), "commands come in order, without a gap");
        assert!(*at >= self.at, "time never runs backwards");
        // Deadlines that are none would fall due, again and again.
        assert!(*at < Timestamp::NEVER, "there is no time at the end of all");
        (self.seq, self.at) = (*seq, *at);
        let mut tell = Tell {
            events,
            seq: *seq,
            at: *at,
            secret: false,
        };
        // Before anything falls due: nobody loses a right in hours in which nobody could act.
        if let Command::Resumed { down_from } = request.command
            && self.admit(request).is_ok()
        {
            self.give_time_again(down_from, &mut tell);
        }
        if let Command::Stalled { down_from } = request.command
            && self.admit(request).is_ok()
        {
            self.go_on_after_stall(down_from, &mut tell);
        }
        if self.deadlines.next() <= *at {
            self.fire_due(&mut tell);
        }
        let answer = |outcome| Answer {
            seq: *seq,
            at: *at,
            outcome,
        };

        let (entity, outcome) = match self.admit(request) {
            Ok(user) => {
                if let Some(client) = &request.client {
                    match self.recall(user.entity, &client.key, *at) {
                        Memory::Same(first) => return first,
                        Memory::Other => {
                            return refuse(answer, Reject::ClientIdReused, request, user.entity, &mut tell);
                        }
                        Memory::New => {}
                    }
                }
                (user.entity, self.answer(request, user, &mut tell))
            }
            Err(reject) => return refuse(answer, reject, request, VENUE, &mut tell),
        };
        let answer = match outcome {
            Ok(receipt) => answer(Outcome::Done(receipt)),
            Err(reject) => refuse(answer, reject, request, entity, &mut tell),
        };
        self.stop_used_up(&mut tell);
        self.settle_disposals(&mut tell);
        if let Some(client) = &request.client {
            self.remember(entity, client.key, answer);
        }
        answer
    }

    /// Who asks, if anyone may ask anything yet. Before the first epoch there is nobody but the sequencer.
    fn admit(&self, request: &Request) -> Result<User, Reject> {
        if self.epochs.is_empty() {
            return match request.command {
                Command::Epoch(_) if request.by == FIRST_OPERATOR && request.client.is_none() => Ok(User {
                    entity: VENUE,
                    roles: Roles::OPERATOR,
                    abroad: false,
                }),
                _ => Err(Reject::NoEpoch),
            };
        }
        let own = request.by == FIRST_OPERATOR && request.client.is_none();
        let of_the_house = matches!(
            request.command,
            Command::Resumed { .. }
                | Command::Stalled { .. }
                | Command::SetVenueKey(_)
                | Command::Recover(_)
                | Command::AcceptLoss(_)
        );
        if of_the_house && !own {
            return Err(Reject::NotPermitted);
        }
        self.register.user(request.by)
    }
}

/// Tells the asker that it broke a rule; nothing else changed.
fn refuse(
    answer: impl Fn(Outcome) -> Answer,
    reject: Reject,
    request: &Request,
    party: EntityId,
    tell: &mut Tell<'_>,
) -> Answer {
    let event = PrivateEvent::Rejected { by: request.by, reject };
    let secret = request.command.bids_for().or(request.command.asks_about());
    if secret.is_some() || reject.tells_free_cash() {
        tell.sealed(party, event);
    } else {
        tell.private(party, event);
    }
    answer(Outcome::Rejected(reject))
}
