//! What a bid is worth: its rank at a price that stands, its place among equals, and that it is counted.

use crate::floor::{Party, grants::foreigner, room::*, yuan};
use protocol::{
    Command, Digest, Reject,
    auction::{CommitBid, Format, LotState, RANKS_MAX, Ranked, RevealBid, Sealed, SealedPrice},
    party::Roles,
};

/// 法释〔2016〕18号 21: of equal ranks the earlier bid has it, however often the price moves.
#[test]
fn equal_rank_takes_the_lead_from_nobody() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.priority = [bo, cy]
            .map(|party| Ranked {
                entity: party.entity,
                rank: 1,
            })
            .to_vec();
    });
    for (price, first, second) in [(100_000, bo, cy), (101_000, cy, bo), (102_000, cy, bo)] {
        room.bid(id, dee, price);
        room.bid(id, first, price);
        assert!(room.last(id).matched);
        room.refuses(second, bid(id, price), Reject::BidBelowStep);
        assert_eq!(room.leads(id), (room.number(id, first), price));
    }
    // Nor does the one that was overbid come back at the price that it answered once.
    room.bid(id, bo, 103_000);
    room.refuses(cy, bid(id, 103_000), Reject::BidBelowStep);
    assert_eq!(room.leads(id), (room.number(id, bo), 103_000));
}

#[test]
fn a_bid_that_a_maximum_answers_is_counted_and_so_is_the_answer() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 150_000));
    room.bid(id, cy, 110_000);
    // What is bid under a maximum that is not enough is the answer alone.
    room.market.floor.must(cy.user, maximum(id, 130_000));
    let told: Vec<_> = room
        .bids(id)
        .iter()
        .map(|bid| (bid.price.money.minor(), bid.bids))
        .collect();
    assert_eq!(told, [(100_000, 1), (110_000, 2), (111_000, 3), (131_000, 4)]);
    room.tick(room.at(ENDS));
    assert_eq!((room.lot(id).state, room.lot(id).bids), (LotState::Sold, 4));
}

/// RULES.md 7.3: of equal bids the one committed earlier wins. Who sends the same again has lost nothing; who thinks
/// again comes later.
#[test]
fn the_same_commitment_again_keeps_its_place_and_another_does_not() {
    for changes in [false, true] {
        let mut room = Room::new();
        let [bo, cy, _] = room.bidders();
        let format = Format::Sealed(Sealed {
            start: yuan(100),
            pays: SealedPrice::First,
            reveal_s: 600,
            penalty: yuan(0),
        });
        let id = room.open(format, |_| {});
        let commit = |room: &mut Room, party: Party, minor| {
            let commitment = seal(id, room.number(id, party), minor, [7; 32]);
            let commit = CommitBid { lot: id, commitment };
            room.market.floor.must(party.user, Command::CommitBid(Box::new(commit)));
        };
        commit(&mut room, bo, 50_000);
        commit(&mut room, cy, 50_000);
        if changes {
            commit(&mut room, bo, 60_000);
        }
        commit(&mut room, bo, 50_000);
        assert_eq!(room.lot(id).bids, 2, "one a bidder");
        room.tick(room.at(ENDS));
        for party in [cy, bo] {
            let (price, nonce) = (yuan(50_000), Digest([7; 32]));
            let reveal = RevealBid { lot: id, price, nonce };
            room.market.floor.must(party.user, Command::RevealBid(Box::new(reveal)));
        }
        room.tick(room.at(ENDS + 600));
        let winner = if changes { cy } else { bo };
        assert_eq!(room.standing(id, winner).won, Some(yuan(50_000)), "{changes}");
    }
}

#[test]
fn a_lot_promises_priority_to_sixty_four_and_no_more() {
    let mut room = Room::new();
    let holders: Vec<_> = (1..=RANKS_MAX as u64 + 1)
        .map(|number| foreigner(&mut room.market.floor, number, Roles::TRADER).entity)
        .zip(1..)
        .map(|(entity, rank)| Ranked { entity, rank })
        .collect();
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.priority = holders;
    let announce = Command::AnnounceLot(Box::new(terms.clone()));
    room.refuses_openly(room.market.ana, announce, Reject::RanksInvalid);
    terms.priority.truncate(64);
    room.announce(&terms);
}
