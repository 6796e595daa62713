//! What frees the money, for every state that can hold some: a deadline that comes by itself, or one command of an
//! operator. No state waits for somebody's good will for ever.

use crate::{
    floor::{
        OPERATOR, Party, day,
        grants::{self, licensed},
        room::*,
        sales::{Market, cancel},
        yuan,
    },
    lots_of_units::{announce_by, demand, reverse},
};
use protocol::{
    Command, Event, LotId, PrivateEvent, Stamped, Timestamp,
    auction::{CommitBid, Format, LotState, Sealed, SealedPrice},
    licence::LicenceState,
    time::DAY,
    transfer::{LegalBasis, TransferState},
};

/// What a party has held now.
fn held(events: &[Stamped<Event>], party: Party) -> i64 {
    let posted = events.iter().map(|event| match &event.body {
        Event::Private(_, PrivateEvent::CashPosted(posting)) | Event::Sealed(_, PrivateEvent::CashPosted(posting))
            if posting.account == party.account =>
        {
            posting.held.minor()
        }
        _ => 0,
    });
    posted.sum()
}

/// Three years pass, and nobody does anything.
fn years(market: &mut Market) {
    for _ in 0..36 {
        market.floor.at += 31 * DAY;
        market.floor.must(OPERATOR, Command::Tick);
    }
}

/// A lot in this state, with a bidder's deposit where one can be; and by which of two ways its money is free.
pub(crate) fn lot_in(state: LotState) -> (Room, LotId) {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let below_reserve = |terms: &mut protocol::auction::AnnounceLot| {
        if state == LotState::Negotiating {
            terms.reserve = Some(yuan(200_000));
        }
        if state == LotState::Closed {
            terms.basis = LegalBasis::AuctionLaw;
            terms.viewing_days = 2;
            (terms.opens_at, terms.closes_at) = (day(2026, 3, 12).start(), day(2026, 3, 13).start());
        }
    };
    if state == LotState::Announced {
        let terms = room.terms(ascending(100_000, 1_000));
        let id = room.announce(&terms);
        return (room, id);
    }
    if state == LotState::Qualifying {
        let terms = room.terms(ascending(100_000, 1_000));
        let id = room.announce(&terms);
        room.go(terms.qualifies_at);
        room.enter(id, bo);
        return (room, id);
    }
    if state == LotState::Revealing {
        let format = Format::Sealed(Sealed {
            start: yuan(100),
            pays: SealedPrice::First,
            reveal_s: 600,
            penalty: yuan(0),
        });
        let id = room.open(format, |_| {});
        let commitment = seal(id, room.number(id, bo), 500, [3; 32]);
        let commit = CommitBid { lot: id, commitment };
        room.market.floor.must(bo.user, Command::CommitBid(Box::new(commit)));
        room.tick(room.at(ENDS));
        return (room, id);
    }
    let id = room.open(ascending(100_000, 1_000), below_reserve);
    room.bid(id, cy, 100_000);
    let ends = match state {
        LotState::Closed => day(2026, 3, 13).start(),
        _ => room.at(ENDS),
    };
    match state {
        LotState::Open => {}
        LotState::Paused => {
            room.market.floor.must(OPERATOR, pause(id));
        }
        LotState::Withdrawn => {
            room.market.floor.must(OPERATOR, Command::WithdrawLot(step_of(id)));
        }
        _ => {
            room.tick(ends);
            match state {
                LotState::Paid | LotState::Delivered => {
                    room.market.floor.must(cy.user, pay(id));
                }
                LotState::Annulled => {
                    room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(id)));
                }
                LotState::Defaulted => room.tick(Timestamp(ends.0 + 20 * DAY)),
                LotState::Unsold => {
                    let none = protocol::auction::NegotiateLot { lot: id, price: None };
                    let _ = room.market.floor.try_(cy.user, Command::NegotiateLot(none));
                }
                _ => {}
            }
        }
    }
    (room, id)
}

#[test]
fn every_state_of_a_lot_lets_its_money_go() {
    let mut forever = vec![];
    for state in LotState::ALL {
        let (mut room, id) = match state {
            // Nobody bid.
            LotState::Unsold => {
                let mut room = Room::new();
                let id = room.open(ascending(100_000, 1_000), |_| {});
                room.tick(room.at(ENDS));
                (room, id)
            }
            LotState::Delivered => {
                let (mut room, id) = lot_in(LotState::Sold);
                let cy = room.market.cy;
                room.deliver(id, cy);
                (room, id)
            }
            state => lot_in(*state),
        };
        assert_eq!(room.lot(id).state, *state);
        // Paid, and the office is silent: the one state that an operator ends.
        if *state == LotState::Paid {
            years(&mut room.market);
            assert_eq!(room.lot(id).state, LotState::Paid);
            room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(id)));
        } else {
            years(&mut room.market);
        }
        for party in room.bidders() {
            if held(&room.market.floor.events, party) != 0 {
                forever.push(*state);
            }
        }
    }
    assert_eq!(forever, []);
}

#[test]
fn a_demand_lets_the_buyer_s_money_go() {
    for (offers, annulled) in [(0, false), (1, true)] {
        let mut room = Room::new();
        let [bo, _, dee] = room.bidders();
        let terms = demand(&room, reverse(100_000, 1_000));
        let id = announce_by(&mut room, dee, &terms);
        room.go(terms.qualifies_at);
        room.enter(id, bo);
        room.go(terms.opens_at);
        if offers > 0 {
            room.bid(id, bo, 90_000);
        }
        years(&mut room.market);
        if annulled {
            // It waits for the buyer's word that it has what it asked for; an operator ends it.
            assert_eq!(room.lot(id).state, LotState::Paid);
            room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(id)));
        }
        for party in [bo, dee] {
            assert_eq!(held(&room.market.floor.events, party), 0);
        }
    }
}

#[test]
fn every_state_of_a_sale_lets_its_money_go() {
    for state in TransferState::ALL {
        // Passed through in one command.
        if matches!(
            state,
            TransferState::Recorded | TransferState::RecordalRefused | TransferState::SecondOffer
        ) {
            continue;
        }
        let mut market = Market::new();
        let dee = market.dee.entity;
        let id = market.at(*state, |terms| {
            if *state == TransferState::PriorityWindow {
                terms.priority = vec![dee];
            }
        });
        let funded = matches!(state, TransferState::EscrowFunded | TransferState::RecordalFiled);
        years(&mut market);
        if funded {
            // The office is silent: an operator ends it.
            assert_eq!(market.state(id), *state);
            market.floor.must(OPERATOR, cancel(id));
        }
        let over = matches!(
            market.state(id),
            TransferState::Cancelled | TransferState::Refunded | TransferState::Released
        );
        assert!(over, "{state:?} became {:?}", market.state(id));
        for party in [market.bo, market.cy, market.dee] {
            assert_eq!(held(&market.floor.events, party), 0, "{state:?}");
        }
    }
}

#[test]
fn every_state_of_a_licence_lets_its_money_go() {
    // Paid and not begun is the one that holds a fee: it begins on its day, or an operator ends it.
    for ended in [false, true] {
        let (mut floor, [ana, bo, _], right) = grants::venue();
        let licence = licensed(&mut floor, right, ana, bo, |_| {});
        assert_eq!(grants::state(&floor, licence), LicenceState::Paid);
        assert_eq!(held(&floor.events, bo), 10_000);
        if ended {
            floor.must(OPERATOR, grants::terminate(licence));
        } else {
            floor.until(day(2027, 1, 1));
            assert_eq!(grants::state(&floor, licence), LicenceState::Effective);
        }
        assert_eq!(held(&floor.events, bo), 0);
    }
}
