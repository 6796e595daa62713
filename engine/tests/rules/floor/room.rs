//! An auction room on the floor: a right of ana's, three bidders, and the words they use.
#![allow(dead_code, reason = "each test uses its part")]

use crate::floor::{
    Floor, OPERATOR, Party, refuses,
    sales::{Market, PAPER, answer, file},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    Bounded, Command, Digest, Event, LotId, Notice, PublicEvent, Receipt, Record, Reject, Timestamp,
    auction::{
        AnnounceLot, Ascending, BidLot, Bidder, Clock, EnterLot, Extension, Format, Lot, LotStep, PauseLot, PayLot,
        PriceStep, SetMaximum,
    },
    event::LotBid,
    maxima::Maxima,
    questions::{AnswerQuestion, AskLot, QuestionPart, WithholdGround, WithholdText},
    time::SECOND,
};
use sha2::{Digest as _, Sha256};

/// The steps of a lot: so much, from zero on.
pub(crate) fn steps(step: i64) -> Vec<PriceStep> {
    vec![PriceStep {
        from: yuan(0),
        step: yuan(step),
    }]
}

pub(crate) const COURTS: Clock = Clock {
    window_s: 300,
    extension: Extension::FromBid,
    extensions_max: None,
};

pub(crate) fn ascending(start: i64, step: i64) -> Format {
    Format::Ascending(Ascending {
        start: yuan(start),
        steps: steps(step),
        clock: COURTS,
        buy_now: None,
        maxima: Maxima::Ladder,
    })
}

/// A room: ana's right, and bo, cy and dee with ten million yuan each.
pub(crate) struct Room {
    pub(crate) market: Market,
}

/// When the room's lots open and close, unless a test says otherwise: in a day, for a day.
pub(crate) const OPENS: u64 = 86_400;
pub(crate) const ENDS: u64 = 2 * 86_400;

impl Room {
    pub(crate) fn new() -> Self {
        Self { market: Market::new() }
    }

    pub(crate) fn at(&self, seconds: u64) -> Timestamp {
        Timestamp(crate::floor::OPENING + seconds * SECOND)
    }

    /// The next command comes at this moment.
    pub(crate) fn go(&mut self, at: Timestamp) {
        self.market.floor.at = at.0 - 1;
    }

    pub(crate) fn terms(&self, format: Format) -> AnnounceLot {
        AnnounceLot {
            qualifies_at: self.at(100),
            defects: Digest([1; 32]),
            notices: Digest([2; 32]),
            ..AnnounceLot::plain(
                vec![self.market.right],
                self.market.ana.account,
                format,
                yuan(10_000),
                self.at(OPENS),
                self.at(ENDS),
            )
        }
    }

    pub(crate) fn announce(&mut self, terms: &AnnounceLot) -> LotId {
        let command = Command::AnnounceLot(Box::new(terms.clone()));
        let by = self.announcer(terms);
        match self.market.floor.must(by, command) {
            Receipt::Deal(seq) => LotId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    /// Who announces it: a court's sale an operator, any other the owner.
    pub(crate) fn announcer(&self, terms: &AnnounceLot) -> protocol::UserId {
        match terms.basis {
            protocol::transfer::LegalBasis::Judicial => OPERATOR,
            _ => self.market.ana.user,
        }
    }

    /// A lot that is open, with bo, cy and dee entered.
    pub(crate) fn open(&mut self, format: Format, change: impl FnOnce(&mut AnnounceLot)) -> LotId {
        let mut terms = self.terms(format);
        change(&mut terms);
        let (opens, id) = (terms.opens_at, self.announce(&terms));
        self.go(terms.qualifies_at);
        for party in self.bidders() {
            self.enter(id, party);
        }
        self.go(opens);
        id
    }

    pub(crate) fn bidders(&self) -> [Party; 3] {
        [self.market.bo, self.market.cy, self.market.dee]
    }

    pub(crate) fn enter(&mut self, id: LotId, party: Party) {
        self.market.floor.must(party.user, enter(id, party));
    }

    pub(crate) fn bid(&mut self, id: LotId, party: Party, price: i64) {
        self.market.floor.must(party.user, bid(id, price));
    }

    pub(crate) fn refuses(&mut self, party: Party, command: Command, reject: Reject) {
        refuses_sealed(&mut self.market.floor, party, command, reject);
    }

    pub(crate) fn lot(&self, id: LotId) -> Lot {
        let told = self
            .market
            .floor
            .events
            .iter()
            .rev()
            .find_map(|event| match &event.body {
                Event::Public(PublicEvent::Notice(notice)) => match &**notice {
                    Notice::Lot(lot) if lot.lot == id => Some(lot.clone()),
                    _ => None,
                },
                _ => None,
            });
        told.expect("the lot was announced")
    }

    pub(crate) fn bids(&self, id: LotId) -> Vec<LotBid> {
        let bids = self.market.floor.events.iter().filter_map(|event| match event.body {
            Event::Public(PublicEvent::LotBid(bid)) if bid.lot == id => Some(bid),
            _ => None,
        });
        bids.collect()
    }

    pub(crate) fn last(&self, id: LotId) -> LotBid {
        *self.bids(id).last().expect("somebody bid")
    }

    pub(crate) fn standing(&self, id: LotId, party: Party) -> Bidder {
        let records = self.market.floor.records(0).into_iter().rev();
        let mut own = records.filter_map(|changed| match changed.record {
            Record::Bidder(bidder) if (bidder.lot, bidder.entity) == (id, party.entity) => Some(bidder),
            _ => None,
        });
        own.next().expect("it entered")
    }

    pub(crate) fn number(&self, id: LotId, party: Party) -> u32 {
        self.standing(id, party).number
    }

    /// Who leads, and at which price.
    pub(crate) fn leads(&self, id: LotId) -> (u32, i64) {
        let last = self.last(id);
        (last.number, last.price.money.minor())
    }

    pub(crate) fn tick(&mut self, at: Timestamp) {
        self.go(at);
        self.market.floor.must(OPERATOR, Command::Tick);
    }

    /// What an account has free and held.
    pub(crate) fn cash(&self, party: Party) -> (i64, i64) {
        let mut cash = (0, 0);
        for event in &self.market.floor.events {
            let (Event::Private(_, private) | Event::Sealed(_, private)) = &event.body else {
                continue;
            };
            match private {
                protocol::PrivateEvent::CashReceived(moved) if moved.account == party.account => {
                    cash.0 += moved.amount.minor();
                }
                protocol::PrivateEvent::CashPosted(posting) if posting.account == party.account => {
                    cash.0 += posting.free.minor();
                    cash.1 += posting.held.minor();
                }
                _ => {}
            }
        }
        cash
    }

    /// What everyone may see refused.
    pub(crate) fn refuses_openly(&mut self, party: Party, command: Command, reject: Reject) {
        refuses(&mut self.market.floor, party.user, command, reject);
    }

    /// What is refused in the command that brings the close with it.
    pub(crate) fn refuses_after(&mut self, party: Party, command: Command, reject: Reject) {
        assert_eq!(self.market.floor.try_(party.user, command), Err(reject));
    }

    /// Pays, files and has it recorded.
    pub(crate) fn deliver(&mut self, id: LotId, buyer: Party) {
        self.market.floor.must(buyer.user, pay(id));
        let sale = protocol::TransferId(id.0);
        self.market.floor.must(self.market.ana.user, file(sale));
        self.market.floor.must(OPERATOR, answer(sale, None));
    }
}

/// A bidder's command is refused, and nobody hears of it but the bidder.
pub(crate) fn refuses_sealed(floor: &mut Floor<FastBook>, party: Party, command: Command, reject: Reject) {
    let first = floor.events.len();
    assert_eq!(floor.try_(party.user, command.clone()), Err(reject), "{command:?}");
    // A lot may open in the same moment, for everyone.
    let told = floor.events[first..]
        .iter()
        .filter(|event| !matches!(event.body, Event::Public(_)));
    let told: Vec<_> = told.collect();
    assert!(
        matches!(told[..], [only] if matches!(only.body, Event::Sealed(entity, _) if entity == party.entity)),
        "{told:?}"
    );
}

pub(crate) fn enter(lot: LotId, party: Party) -> Command {
    Command::EnterLot(EnterLot {
        lot,
        account: party.account,
        draw: u64::from(party.entity.0) * 7_919,
    })
}

pub(crate) fn bid(lot: LotId, price: i64) -> Command {
    Command::BidLot(BidLot {
        lot,
        price: yuan(price),
        units: None,
    })
}

pub(crate) fn maximum(lot: LotId, price: i64) -> Command {
    Command::SetMaximum(SetMaximum {
        lot,
        maximum: yuan(price),
    })
}

pub(crate) fn pay(lot: LotId) -> Command {
    Command::PayLot(PayLot { lot })
}

pub(crate) fn pause(lot: LotId) -> Command {
    Command::PauseLot(Box::new(PauseLot {
        lot,
        ground: None,
        evidence: PAPER,
    }))
}

pub(crate) fn step_of(lot: LotId) -> Box<LotStep> {
    Box::new(LotStep { lot, evidence: PAPER })
}

pub(crate) fn seal(lot: LotId, number: u32, minor: i64, nonce: [u8; 32]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"IPX-SEAL-v1\0");
    for word in [lot.0, number.into(), minor as u64] {
        hash.update(word.to_be_bytes());
    }
    hash.update(nonce);
    Digest(hash.finalize().into())
}

/// A question about a lot.
pub(crate) fn ask(lot: LotId, question: &str) -> Command {
    Command::AskLot(Box::new(AskLot {
        lot,
        question: Bounded::new(question).expect("a short text"),
    }))
}

/// The answer to a question about a lot.
pub(crate) fn answer_to(lot: LotId, number: u32, answer: &str) -> Command {
    Command::AnswerQuestion(Box::new(AnswerQuestion {
        lot,
        number,
        answer: Bounded::new(answer).expect("a short text"),
    }))
}

/// Withholds a text about a lot.
pub(crate) fn withhold(lot: LotId, number: u32, part: QuestionPart) -> Command {
    Command::WithholdText(Box::new(WithholdText {
        lot,
        number,
        part,
        ground: WithholdGround::Defamation,
        evidence: PAPER,
    }))
}
