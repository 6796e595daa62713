//! One fault of a lot at a time, who hears of it, and amounts that nobody could hold.

use crate::floor::{
    CODES, OPERATOR, Party,
    grants::{ask_open, foreigner, user},
    refuses,
    room::*,
    sales::operator,
    titles::share,
    yuan,
};
use protocol::{
    Amount, AssetId, Command, Digest, Event, LotId, Money, Notice, PrivateEvent, ProposalId, PublicEvent, Readers,
    Receipt, Record, Reject, Timestamp,
    auction::{
        AnnounceLot, CommitBid, Creditor, Format, LOT_PRICE_MAX, NegotiateLot, Ranked, RevealBid, Sealed, SealedPrice,
    },
    control::{Approve, Encoded, Propose, SetDualControl},
    event::BidTaken,
    party::{RegisterUser, Roles},
    sealed::Claimed,
    time::SECOND,
    transfer::LegalBasis,
    units::BasisPoints,
    wire::encode_alone,
};

#[test]
fn every_fault_of_an_announcement_in_turn() {
    let mut room = Room::new();
    let (ana, bo) = (room.market.ana, room.market.bo);
    let shared = room.market.floor.right(ana.entity, "US9", |right| {
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    // That it is here everyone knows.
    let offered = room.market.floor.right(ana.entity, "US8", |_| {});
    room.market.floor.must(ana.user, ask_open(offered, ana.account, |_| {}));
    let mut last = None;
    let mut fault = |room: &mut Room, by: Party, reject: Reject, change: &dyn Fn(&mut AnnounceLot)| {
        assert!(last <= Some(reject), "{reject:?} comes before {last:?}");
        last = Some(reject);
        let mut terms = room.terms(ascending(100_000, 1_000));
        change(&mut terms);
        let command = Command::AnnounceLot(Box::new(terms));
        refuses(&mut room.market.floor, by.user, command, reject);
    };
    fault(&mut room, ana, Reject::UnknownAccount, &|terms| {
        terms.account = protocol::AccountId(999)
    });
    fault(&mut room, ana, Reject::UnknownAsset, &|terms| {
        terms.assets = vec![AssetId(999)]
    });
    fault(&mut room, ana, Reject::UnknownLot, &|terms| {
        terms.after = Some(LotId(3))
    });
    let reader = user(&mut room.market.floor, ana.entity, Roles::DATA_CONSUMER);
    let reader = Party { user: reader, ..ana };
    fault(&mut room, reader, Reject::NotPermitted, &|_| {});
    fault(&mut room, operator(), Reject::NotYourAccount, &|terms| {
        terms.account = bo.account
    });
    fault(&mut room, bo, Reject::NotTheOwner, &|terms| {
        (terms.account, terms.assets) = (bo.account, vec![offered]);
    });
    fault(&mut room, ana, Reject::FeesOutOfRange, &|terms| {
        terms.fees.premium = BasisPoints(10_001)
    });
    fault(&mut room, ana, Reject::LotOfRightsInvalid, &|terms| {
        terms.assets = vec![]
    });
    fault(&mut room, ana, Reject::AmountInvalid, &|terms| {
        terms.format = ascending(0, 1_000)
    });
    fault(&mut room, ana, Reject::CoOwnerConsent, &|terms| {
        terms.assets = vec![shared]
    });
    fault(&mut room, ana, Reject::StepsInvalid, &|terms| {
        terms.format = ascending(100_000, 0)
    });
    fault(&mut room, ana, Reject::LotTimesInvalid, &|terms| {
        terms.closes_at = terms.opens_at
    });
    for days in [0, 367] {
        fault(&mut room, ana, Reject::LotTimesInvalid, &|terms| {
            terms.payment_days = days;
        });
    }
    fault(&mut room, ana, Reject::NoticeTooShort, &|terms| {
        terms.basis = LegalBasis::AuctionLaw
    });
    fault(&mut room, ana, Reject::DepositOutOfRange, &|terms| {
        terms.creditor = Some(Creditor {
            entity: bo.entity,
            claim: yuan(i64::MIN),
        });
    });
    fault(&mut room, ana, Reject::DepositOutOfRange, &|terms| {
        terms.deposit = Amount::new(protocol::Currency::Usd, Money::ZERO)
    });
    fault(&mut room, ana, Reject::RanksInvalid, &|terms| {
        terms.priority = vec![Ranked {
            entity: bo.entity,
            rank: 0,
        }];
    });
    fault(&mut room, ana, Reject::ReserveInvalid, &|terms| {
        terms.reserve = Some(yuan(100_000))
    });
    // Who may announce it names the others by their numbers; who may not learns nothing of them.
    let nobody = protocol::EntityId(999);
    for (by, reject) in [(bo, Reject::UnknownAccount), (ana, Reject::UnknownEntity)] {
        let mut terms = room.terms(ascending(100_000, 1_000));
        terms.priority = vec![Ranked {
            entity: nobody,
            rank: 1,
        }];
        let command = Command::AnnounceLot(Box::new(terms));
        refuses(&mut room.market.floor, by.user, command, reject);
    }
}

#[test]
fn every_fault_of_a_bidder_in_turn() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let ana = room.market.ana;
    let terms = room.terms(ascending(100_000, 1_000));
    let id = room.announce(&terms);
    let poor = room.market.floor.party(CODES[6], Roles::TRADER);
    let reader = room.market.floor.party(CODES[7], Roles::DATA_CONSUMER);
    let nothing = LotId(3);
    room.refuses(bo, enter(nothing, bo), Reject::UnknownLot);
    room.refuses(reader, enter(id, reader), Reject::NotPermitted);
    room.refuses(bo, enter(id, cy), Reject::UnknownAccount);
    room.refuses(poor, enter(id, poor), Reject::InsufficientCash);
    room.market.floor.cash_in(ana.account, 100_000);
    room.refuses(ana, enter(id, ana), Reject::BarredParty);
    room.go(Timestamp(terms.qualifies_at.0 - 1));
    room.refuses(bo, enter(id, bo), Reject::NotOpen);
    room.enter(id, bo);
    room.enter(id, cy);
    room.refuses(bo, enter(id, bo), Reject::AlreadyEntered);
    room.refuses(dee, bid(id, 100_000), Reject::NotQualified);
    room.refuses(bo, bid(id, 100_000), Reject::NotOpen);
    room.go(terms.opens_at);
    room.refuses(bo, bid(id, 99_999), Reject::BidBelowStart);
    room.bid(id, bo, 100_000);
    room.refuses(cy, bid(id, 100_999), Reject::BidBelowStep);
    room.refuses(cy, bid(id, 101_500), Reject::BidOffGrid);
    room.refuses(bo, bid(id, 101_000), Reject::OwnBestBid);
    // Late by a nanosecond; and a nanosecond before it is not.
    room.go(Timestamp(room.at(ENDS).0 - 1));
    room.bid(id, cy, 101_000);
    let ends = room.last(id).ends_at;
    assert_eq!(ends.0, room.at(ENDS).0 - 1 + 300 * SECOND);
    room.go(ends);
    room.refuses_after(bo, bid(id, 102_000), Reject::LotClosed);
    assert_eq!(room.lot(id).price, Some(yuan(101_000)));
    // After a withdrawal.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(ana.user, Command::WithdrawLot(step_of(id)));
    room.refuses(bo, bid(id, 100_000), Reject::LotClosed);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

/// Before the close nobody but the bidder hears anything of it: not where two of its users decide together either.
#[test]
fn a_bidder_is_nobody_s_business_before_the_close() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let second = RegisterUser {
        entity: dee.entity,
        roles: Roles::TRADER,
    };
    let Receipt::User(second) = room.market.floor.must(OPERATOR, Command::RegisterUser(second)) else {
        panic!()
    };
    let dual = SetDualControl { required: true };
    room.market.floor.must(dee.user, Command::SetDualControl(dual));
    let terms = room.terms(ascending(100_000, 1_000));
    let id = room.announce(&terms);
    let first = room.market.floor.events.len();
    room.go(terms.qualifies_at);
    room.enter(id, bo);
    room.enter(id, cy);
    let propose = |room: &mut Room, command: &Command| {
        let encoded = Encoded(encode_alone(command));
        let proposed = room
            .market
            .floor
            .must(dee.user, Command::Propose(Box::new(Propose { encoded })));
        let Receipt::Deal(proposal) = proposed else { panic!() };
        let proposal = ProposalId::from(proposal);
        room.market.floor.must(second, Command::Approve(Approve { proposal }));
    };
    let bids = |price| Claimed::Bid {
        price: yuan(price),
        units: None,
    };
    propose(&mut room, &enter(id, dee));
    room.go(terms.opens_at);
    room.bid(id, bo, 100_000);
    room.refuses(cy, bid(id, 100_500), Reject::BidBelowStep);
    propose(&mut room, &bid(id, 101_000));
    room.market.floor.must(cy.user, maximum(id, 150_000));
    for event in &room.market.floor.events[first..] {
        let sealed = match &event.body {
            Event::Sealed(..) => true,
            Event::Record(changed) => matches!(changed.readers, Readers::Sealed(_)),
            Event::Public(PublicEvent::LotBid(_)) => true,
            Event::Public(PublicEvent::Notice(notice)) => matches!(**notice, Notice::Lot(_)),
            Event::Public(_) | Event::Private(..) | Event::Staff(_) => false,
        };
        assert!(sealed, "{event:?}");
    }
    // Each is told what was taken of it, and who needs two people as everybody else.
    let told = room.market.floor.events[first..].iter();
    let taken: Vec<_> = told
        .filter_map(|event| match &event.body {
            Event::Sealed(entity, PrivateEvent::BidTaken(taken)) => Some((*entity, *taken)),
            _ => None,
        })
        .collect();
    let expected = [
        (bo, Claimed::Entry),
        (cy, Claimed::Entry),
        (dee, Claimed::Entry),
        (bo, bids(100_000)),
        (dee, bids(101_000)),
        (cy, Claimed::Maximum(yuan(150_000))),
    ];
    let expected = expected.map(|(party, claimed)| {
        let number = room.number(id, party);
        (
            party.entity,
            BidTaken {
                lot: id,
                number,
                claimed,
            },
        )
    });
    assert_eq!(taken, expected);
    // With the close the venue may know.
    let first = room.market.floor.events.len();
    room.tick(room.at(ENDS));
    let told = &room.market.floor.events[first..];
    let disclosed = |event: &&protocol::Stamped<Event>| matches!(event.body, Event::Staff(protocol::StaffEvent::LotDisclosed { lot }) if lot == id);
    assert_eq!(told.iter().filter(disclosed).count(), 1);
    let open = |event: &&protocol::Stamped<Event>| {
        matches!(&event.body, Event::Record(changed)
            if matches!((&changed.record, &changed.readers), (Record::Bidder(_), Readers::Only(_))))
    };
    assert_eq!(told.iter().filter(open).count(), 3);
}

/// What nobody could pay is no price of a lot, wherever it is named, and the greatest breaks nothing on its way to the
/// buyer.
#[test]
fn a_price_is_an_amount_that_the_venue_could_hold() {
    let wrong = [i64::MAX, LOT_PRICE_MAX + 1, 0, -1, i64::MIN];
    let dearest = |terms: &mut AnnounceLot| {
        terms.fees.premium = BasisPoints(10_000);
        terms.fees.seller = BasisPoints(10_000);
        terms.reserve = Some(yuan(LOT_PRICE_MAX));
    };
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let ana = room.market.ana;
    let id = room.open(ascending(100_000, 1_000), dearest);
    for wrong in wrong {
        room.refuses(bo, bid(id, wrong), Reject::AmountInvalid);
        room.refuses(bo, maximum(id, wrong), Reject::AmountInvalid);
    }
    room.market.floor.must(bo.user, maximum(id, LOT_PRICE_MAX));
    // Nothing is sold below the reserve, so that a maximum that reaches it stands there at once.
    room.refuses(cy, maximum(id, LOT_PRICE_MAX), Reject::BidBelowStep);
    assert_eq!(room.leads(id), (room.number(id, bo), LOT_PRICE_MAX));
    room.tick(room.at(ENDS));
    let owes = room.standing(id, bo).owes.expect("it bought");
    assert_eq!(owes, yuan(2 * LOT_PRICE_MAX - 10_000));

    // Agreed between two.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), dearest);
    room.bid(id, bo, 150_000);
    room.tick(room.at(ENDS));
    for wrong in wrong {
        let price = yuan(wrong);
        let ask = Command::NegotiateLot(NegotiateLot {
            lot: id,
            price: Some(price),
        });
        room.refuses_openly(ana, ask, Reject::AmountInvalid);
    }

    // Sealed.
    let mut room = Room::new();
    let format = Format::Sealed(Sealed {
        start: yuan(100),
        pays: SealedPrice::Second,
        reveal_s: 60,
        penalty: yuan(4_000),
    });
    let id = room.open(format, dearest);
    let commitment = seal(id, room.number(id, bo), LOT_PRICE_MAX, [7; 32]);
    let commit = Command::CommitBid(Box::new(CommitBid { lot: id, commitment }));
    room.market.floor.must(bo.user, commit);
    room.tick(room.at(ENDS));
    let reveal = |minor: i64| {
        let (price, nonce) = (yuan(minor), Digest([7; 32]));
        Command::RevealBid(Box::new(RevealBid { lot: id, price, nonce }))
    };
    for wrong in wrong {
        room.refuses(bo, reveal(wrong), Reject::AmountInvalid);
    }
    room.market.floor.must(bo.user, reveal(LOT_PRICE_MAX));
    room.tick(room.at(ENDS + 60));
    assert_eq!(room.standing(id, bo).won, Some(yuan(LOT_PRICE_MAX)));
}

/// RULES.md F2 and 2.5: what is asked at the match is asked at the door already.
#[test]
fn whom_the_rules_keep_from_a_right_does_not_enter_its_lot() {
    let mut room = Room::new();
    let bo = room.market.bo;
    let abroad = foreigner(&mut room.market.floor, 1, Roles::TRADER);
    room.market.floor.cash_in(abroad.account, 1_000_000);
    let terms = room.terms(ascending(100_000, 1_000));
    let id = room.announce(&terms);
    room.go(terms.qualifies_at);
    room.refuses(abroad, enter(id, abroad), Reject::ExportCheckRequired);
    // The owner is a holder already.
    room.market.rule(|rules| rules.holder_cap = Some(1));
    room.refuses(bo, enter(id, bo), Reject::HolderCap);
    room.market.rule(|rules| rules.holder_cap = Some(2));
    room.enter(id, bo);
}
