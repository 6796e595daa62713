//! A venue with a lot, and those who bid for it.

use crate::support::{START, ask, cash, done, entity, eventually, request};
use protocol::{
    AccountId, Amount, Bounded, Command, Currency, Date, Digest, EntityId, LotId, Money, Notice, PublicEvent, Receipt,
    Request, Timestamp, UserId,
    asset::{AssetClass, RegisterAsset},
    auction::{
        AnnounceLot, Ascending, BidLot, Clock, CommitBid, EnterLot, Extension, Format, Lot, LotState, LotStep,
        PriceStep, Sealed, SealedPrice,
    },
    event::Event,
    maxima::Maxima,
    party::{RegisterUser, Roles},
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    time::SECOND,
    title::{Extract, NewRight, RegisterRights},
};
use sequencer::{Handle, ManualClock};

/// When the lot opens and when it ends, in seconds after the start.
pub(crate) const OPENS: u64 = 100;
pub(crate) const ENDS: u64 = 1_000;
pub(crate) const STEP: i64 = 1_000;

pub(crate) fn at(seconds: u64) -> Timestamp {
    START.after(seconds * SECOND)
}

/// Somebody who bids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party {
    pub(crate) user: UserId,
    pub(crate) account: AccountId,
}

pub(crate) struct Room {
    pub(crate) bidders: Vec<Party>,
    pub(crate) lot: LotId,
}

pub(crate) fn yuan(minor: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(minor))
}

/// Asks all of it at once, and gives the receipts.
fn all(handle: &Handle, requests: impl Iterator<Item = Request>) -> Vec<Receipt> {
    let pending: Vec<_> = requests
        .map(|request| handle.submit(request, handle.now()).unwrap())
        .collect();
    pending
        .into_iter()
        .map(|pending| done(pending.wait().unwrap()))
        .collect()
}

/// A Chinese venue with a right, and a lot of it that is open, and so many who entered it. The lot's end is not moved
/// by bids.
pub(crate) fn open(handle: &Handle, clock: &ManualClock, bidders: u32) -> Room {
    let rising = Format::Ascending(Ascending {
        start: yuan(STEP),
        steps: vec![PriceStep {
            from: yuan(0),
            step: yuan(STEP),
        }],
        clock: Clock {
            window_s: 0,
            extension: Extension::FromBid,
            extensions_max: Some(0),
        },
        buy_now: None,
        maxima: Maxima::NotTaken,
    });
    open_as(handle, clock, bidders, rising)
}

/// A lot with one bidder whose sealed bid is to be revealed, from its end on for a thousand seconds.
pub(crate) fn revealing(handle: &Handle, clock: &ManualClock) -> Room {
    let sealed = Format::Sealed(Sealed {
        start: yuan(STEP),
        pays: SealedPrice::First,
        reveal_s: 1_000,
        penalty: yuan(50),
    });
    let room = open_as(handle, clock, 1, sealed);
    let commit = CommitBid {
        lot: room.lot,
        commitment: Digest([3; 32]),
    };
    let user = room.bidders[0].user;
    done(ask(handle, request(user.0, Command::CommitBid(Box::new(commit)))));
    let before = handle.status().durable;
    clock.set(at(ENDS));
    eventually("the lot is closed", || handle.status().durable > before);
    room
}

/// As [`open`], of this format.
fn open_as(handle: &Handle, clock: &ManualClock, bidders: u32, format: Format) -> Room {
    let must = |by: UserId, command| done(ask(handle, request(by.0, command)));
    must(
        UserId(0),
        Command::Epoch(Box::new(Epoch {
            rules_version: RULES_VERSION,
            profile: Profile::CnVenue,
            approval: Approval::None,
            fees: Fees::default(),
            calendar: Calendar::default(),
            judicial_listing: None,
        })),
    );
    let parties = 1..=bidders + 1;
    let operator = |command| request(0, command);
    all(
        handle,
        parties
            .clone()
            .map(|n| operator(entity(&format!("party {n}"), &format!("914403001922A{n:05}")))),
    );
    let user = |n| RegisterUser {
        entity: EntityId(n),
        roles: Roles::TRADER.with(Roles::FIRM),
    };
    all(
        handle,
        parties.clone().map(|n| operator(Command::RegisterUser(user(n)))),
    );
    all(
        handle,
        parties
            .clone()
            .map(|n| operator(Command::OpenAccount { entity: EntityId(n) })),
    );
    all(
        handle,
        parties
            .clone()
            .map(|n| operator(cash(AccountId(n), &format!("in-{n}")))),
    );
    let party = |n| Party {
        user: UserId(n),
        account: AccountId(n),
    };
    let mut right = NewRight::from(RegisterAsset {
        owner: EntityId(1),
        class: AssetClass::Patent,
        office: protocol::Office(*b"US"),
        number: Bounded::new("7000001").unwrap(),
        title: Bounded::new("A method").unwrap(),
        filed: Date::from_civil(2014, 3, 31),
        granted: Date::from_civil(2023, 10, 31),
        expires: Date::from_civil(2034, 3, 31),
        classifications: vec![],
        texts: Digest([7; 32]),
    });
    right.extract = Some(Extract {
        drawn: START.venue_date(),
        evidence: Digest([8; 32]),
    });
    let rights = RegisterRights {
        rights: vec![right],
        issue_to: None,
    };
    let Receipt::Rights(right, 1) = must(UserId(0), Command::RegisterRights(Box::new(rights))) else {
        panic!("no right")
    };
    let terms = AnnounceLot {
        qualifies_at: at(1),
        defects: Digest([1; 32]),
        notices: Digest([2; 32]),
        ..AnnounceLot::plain(vec![right], AccountId(1), format, yuan(100), at(OPENS), at(ENDS))
    };
    let Receipt::Deal(seq) = must(UserId(1), Command::AnnounceLot(Box::new(terms))) else {
        panic!("no lot")
    };
    let lot = LotId::from(seq);
    clock.set(at(2));
    let bidders: Vec<_> = (2..=bidders + 1).map(party).collect();
    let enter = |party: &Party| {
        let (account, draw) = (party.account, u64::from(party.account.0) * 17);
        request(party.user.0, Command::EnterLot(EnterLot { lot, account, draw }))
    };
    all(handle, bidders.iter().map(enter));
    let before = handle.status().durable;
    clock.set(at(OPENS));
    eventually("the lot opens", || handle.status().durable > before);
    Room { bidders, lot }
}

impl Room {
    /// A bid of so many steps.
    pub(crate) fn bid(&self, bidder: usize, steps: i64) -> Request {
        let bid = BidLot {
            lot: self.lot,
            price: yuan(STEP * steps),
            units: None,
        };
        request(self.bidders[bidder].user.0, Command::BidLot(bid))
    }

    /// An operator lets the lot go on.
    pub(crate) fn resume(&self) -> Request {
        request(
            0,
            Command::ResumeLot(Box::new(LotStep {
                lot: self.lot,
                evidence: Digest([9; 32]),
            })),
        )
    }

    /// What everyone was told of the lot, in order.
    pub(crate) fn told(&self, events: &[protocol::Stamped<Event>]) -> Vec<Lot> {
        let lots = events.iter().filter_map(|event| match &event.body {
            Event::Public(PublicEvent::Notice(notice)) => match &**notice {
                Notice::Lot(lot) if lot.lot == self.lot => Some(lot.clone()),
                _ => None,
            },
            _ => None,
        });
        lots.collect()
    }

    pub(crate) fn states(&self, events: &[protocol::Stamped<Event>]) -> Vec<LotState> {
        let mut states: Vec<_> = self.told(events).iter().map(|lot| lot.state).collect();
        states.dedup();
        states
    }
}
