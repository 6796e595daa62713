//! Lots: every format from its announcement to the title, and the money at each step.

use crate::floor::{
    OPERATOR, Party, day, refuses,
    room::*,
    sales::{answer, file},
    vectors, yuan,
};
use protocol::{
    Amount, Command, Digest, Event, Record, Reject, Timestamp,
    auction::{
        AnnounceLot, BuyLot, CommitBid, Descending, Extension, Format, LotFees, LotState, NegotiateLot, Ranked,
        RevealBid, Sealed, SealedPrice, SettleDefault,
    },
    time::SECOND,
    transfer::TransferRefusal,
    units::BasisPoints,
};

#[test]
fn a_lot_goes_from_its_announcement_to_the_title() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.fees = LotFees {
            seller: BasisPoints(80),
            premium: BasisPoints(100),
            commission: false,
        };
    });
    assert_eq!(room.lot(id).state, LotState::Qualifying);
    assert_eq!(room.cash(bo), (1_000_000_000 - 10_000, 10_000));
    room.bid(id, bo, 100_000);
    assert_eq!(room.lot(id).state, LotState::Open);
    room.bid(id, cy, 103_000);
    room.bid(id, bo, 104_000);
    assert_eq!(room.leads(id), (room.number(id, bo), 104_000));
    room.tick(room.at(ENDS));
    let lot = room.lot(id);
    assert_eq!(
        (lot.state, lot.price, lot.bids),
        (LotState::Sold, Some(yuan(104_000)), 3)
    );
    // The losers are whole at once, the buyer owes price and premium less its deposit.
    for loser in [cy, dee] {
        assert_eq!(room.cash(loser), (1_000_000_000, 0));
    }
    assert_eq!(room.standing(id, bo).owes, Some(yuan(104_000 + 1_040 - 10_000)));
    room.refuses_openly(cy, pay(id), Reject::NotAParty);
    room.deliver(id, bo);
    assert_eq!(room.lot(id).state, LotState::Delivered);
    assert_eq!(room.cash(bo), (1_000_000_000 - 105_040, 0));
    assert_eq!(room.cash(room.market.ana), (104_000 - 832, 0));
    let title = crate::floor::titles::title(&room.market.floor, room.market.right);
    assert_eq!(title.owners[0].entity, bo.entity);
}

#[test]
fn a_refused_title_gives_the_buyer_everything_back() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.tick(room.at(ENDS));
    room.market.floor.must(bo.user, pay(id));
    let sale = protocol::TransferId(id.0);
    room.market.floor.must(room.market.ana.user, file(sale));
    room.market
        .floor
        .must(OPERATOR, answer(sale, Some(TransferRefusal::Documents)));
    assert_eq!(room.lot(id).state, LotState::Annulled);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

#[test]
fn late_bids_move_the_end_as_the_rule_book_says() {
    // The vector's day begins at midnight in the venue's zone: its end is at ten.
    let midnight = day(2026, 3, 3).start().0;
    let clock = |text: &str| {
        let (hour, rest) = text.split_once(':').unwrap();
        let (minute, rest) = rest.split_once(':').unwrap();
        let (second, thousandth) = rest.split_once('.').unwrap();
        let [hour, minute, second, thousandth] =
            [hour, minute, second, thousandth].map(|part| part.parse::<u64>().unwrap());
        let thousandths = ((hour * 60 + minute) * 60 + second) * 1_000 + thousandth;
        Timestamp(midnight + thousandths * (SECOND / 1_000))
    };
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.opens_at = Timestamp(terms.qualifies_at.0 + SECOND);
        terms.closes_at = clock("10:00:00.000");
    });
    for (number, case) in vectors("anti_snipe").as_array().unwrap().iter().enumerate() {
        let (at, accepted, ends) = (&case[0], case[1].as_bool().unwrap(), case[2].as_u64().unwrap());
        room.go(clock(at.as_str().unwrap()));
        let party = if number % 2 == 0 { bo } else { cy };
        let outcome = room
            .market
            .floor
            .try_(party.user, bid(id, 100_000 + 1_000 * number as i64));
        assert_eq!(outcome.is_ok(), accepted, "{case}");
        if accepted {
            assert_eq!(room.last(id).ends_at.0, midnight + ends * SECOND / 1_000, "{case}");
        } else {
            assert_eq!(outcome, Err(Reject::LotClosed), "{case}");
        }
    }
}

#[test]
fn the_auction_houses_rule_moves_the_end_once_a_window() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.clock.extension = Extension::FromEnd;
        format.clock.extensions_max = Some(2);
    });
    let mut bid_at = |seconds: u64, party, price| {
        room.go(room.at(seconds));
        room.bid(id, party, price);
        (room.last(id).ends_at.0 - room.at(0).0) / SECOND
    };
    assert_eq!(bid_at(ENDS - 301, bo, 100_000), ENDS);
    assert_eq!(bid_at(ENDS - 300, cy, 101_000), ENDS + 300);
    // The same window again: its end has moved already.
    assert_eq!(bid_at(ENDS - 1, dee, 102_000), ENDS + 300);
    assert_eq!(bid_at(ENDS + 1, bo, 103_000), ENDS + 600);
    assert_eq!(bid_at(ENDS + 301, cy, 104_000), ENDS + 600, "twice, and no more");
}

#[test]
fn a_pause_leaves_three_hundred_seconds_at_least() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.bid(id, bo, 100_000);
    room.go(room.at(ENDS - 120));
    room.market.floor.must(OPERATOR, pause(id));
    room.refuses(cy, bid(id, 101_000), Reject::LotPaused);
    room.go(room.at(ENDS + 14_400));
    assert_eq!(room.lot(id).state, LotState::Paused);
    room.market.floor.must(OPERATOR, Command::ResumeLot(step_of(id)));
    assert_eq!(room.lot(id).ends_at, Timestamp(room.at(ENDS + 14_400 + 300).0));
    room.bid(id, cy, 101_000);
}

#[test]
fn maxima_bid_no_more_than_they_need() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    let lead = |room: &mut Room, party: Party, command: Command| {
        room.market.floor.must(party.user, command);
        let (number, price) = room.leads(id);
        let leader = [bo, cy, dee]
            .into_iter()
            .find(|party| room.number(id, *party) == number);
        (leader.unwrap().entity, price)
    };
    assert_eq!(
        lead(&mut room, bo, maximum(id, 150_000)),
        (bo.entity, 100_000),
        "alone: the start"
    );
    assert_eq!(lead(&mut room, cy, bid(id, 110_000)), (bo.entity, 111_000));
    assert_eq!(
        lead(&mut room, cy, maximum(id, 130_000)),
        (bo.entity, 131_000),
        "a step above the other's"
    );
    assert_eq!(
        lead(&mut room, cy, maximum(id, 140_000)),
        (bo.entity, 141_000),
        "raised, and outbid again"
    );
    assert_eq!(
        lead(&mut room, dee, maximum(id, 155_000)),
        (dee.entity, 151_000),
        "a step above the other's, and no more"
    );
    room.refuses(dee, maximum(id, 155_000), Reject::MaximumLowered);
    room.refuses(dee, bid(id, 152_000), Reject::OwnBestBid);
    assert_eq!(
        lead(&mut room, dee, maximum(id, 987_000)),
        (dee.entity, 151_000),
        "nobody bids against itself"
    );
    // No maximum is told to anyone but its own bidder.
    for event in &room.market.floor.events {
        if !matches!(event.body, Event::Sealed(..)) {
            let told = format!("{:?}", event.body);
            let own = matches!(&event.body, Event::Record(changed) if matches!(changed.readers, protocol::Readers::Sealed(_)));
            assert!(own || !told.contains("987000"), "{told}");
        }
    }
}

#[test]
fn of_equal_maxima_the_earlier_wins_at_that_price() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 150_000));
    room.market.floor.must(cy.user, maximum(id, 150_000));
    assert_eq!(room.leads(id), (room.number(id, bo), 150_000));
    // A bid that only reaches the leader's maximum does not beat it.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    room.market.floor.must(bo.user, maximum(id, 150_000));
    room.bid(id, cy, 150_000);
    assert_eq!(room.leads(id), (room.number(id, bo), 150_000));
    room.refuses(cy, bid(id, 150_000), Reject::BidBelowStep);
}

#[test]
fn a_holder_of_priority_answers_at_the_same_price() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        terms.priority = vec![
            Ranked {
                entity: cy.entity,
                rank: 2,
            },
            Ranked {
                entity: dee.entity,
                rank: 1,
            },
        ];
    });
    room.bid(id, bo, 100_000);
    room.bid(id, cy, 100_000);
    assert_eq!(room.leads(id), (room.number(id, cy), 100_000));
    room.bid(id, dee, 100_000);
    assert_eq!(room.leads(id), (room.number(id, dee), 100_000), "the better rank");
    room.refuses(cy, bid(id, 100_000), Reject::PriorityMatched);
    room.refuses(bo, bid(id, 100_000), Reject::BidBelowStep);
    room.bid(id, bo, 101_000);
    room.bid(id, cy, 101_000);
    assert!(room.last(id).matched, "a new price, a new answer");
    assert_eq!(room.leads(id), (room.number(id, cy), 101_000));
}

#[test]
fn a_lot_is_ended_at_its_fixed_price() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let fixed = |terms: &mut AnnounceLot| {
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.buy_now = Some(yuan(150_000));
    };
    let id = room.open(ascending(100_000, 1_000), fixed);
    let buy = |lot| Command::BuyLot(BuyLot { lot });
    room.bid(id, bo, 150_000);
    room.refuses(cy, buy(id), Reject::LotClosed);
    room.refuses(bo, buy(id), Reject::LotClosed);
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), fixed);
    room.bid(id, bo, 120_000);
    room.market.floor.must(cy.user, buy(id));
    let lot = room.lot(id);
    assert_eq!((lot.state, lot.price), (LotState::Sold, Some(yuan(150_000))));
}

#[test]
fn a_falling_price_is_taken_at_what_it_is() {
    let vector = vectors("dutch");
    let number = |name: &str| vector[name].as_i64().unwrap();
    let format = Format::Descending(Descending {
        start: yuan(number("start")),
        step: yuan(number("step")),
        every_s: number("interval_s") as u32,
        floor: yuan(number("floor")),
        hold_s: 600,
    });
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(format.clone(), |_| {});
    let (seconds, tenths) = vector["accept_after_s"].to_string().split_once('.').map_or_else(
        || panic!("tenths of a second"),
        |(seconds, tenths)| (seconds.parse::<u64>().unwrap(), tenths.parse::<u64>().unwrap()),
    );
    let at = Timestamp(room.at(OPENS + seconds).0 + tenths * (SECOND / 10));
    room.go(Timestamp(at.0));
    room.refuses(cy, bid(id, number("out") - 1), Reject::BidBelowStart);
    room.bid(id, bo, number("start"));
    let lot = room.lot(id);
    assert_eq!((lot.state, lot.price), (LotState::Sold, Some(yuan(number("out")))));
    // Nobody takes it: it stands at the floor for ten minutes.
    let mut room = Room::new();
    let id = room.open(format, |_| {});
    let ends = room.at(OPENS + 15 * 60 + 600);
    room.tick(Timestamp(ends.0 - 1));
    assert_eq!(room.lot(id).state, LotState::Open);
    room.tick(ends);
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

#[test]
fn sealed_bids_are_opened_as_the_rule_book_says() {
    for case in vectors("second_price").as_array().unwrap() {
        for pays in [SealedPrice::Second, SealedPrice::First] {
            let reserve = case["reserve"].as_i64().unwrap();
            let bids: Vec<_> = case["bids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|bid| bid.as_i64().unwrap())
                .collect();
            let mut room = Room::new();
            let parties = room.bidders();
            let format = Format::Sealed(Sealed {
                start: yuan(100),
                pays,
                reveal_s: 3_600,
                penalty: yuan(4_000),
            });
            let id = room.open(format, |terms| terms.reserve = Some(yuan(reserve)));
            let commit = |room: &mut Room, party: Party, minor: i64| {
                let commitment = seal(id, room.number(id, party), minor, [7; 32]);
                let command = Command::CommitBid(Box::new(CommitBid { lot: id, commitment }));
                room.market.floor.must(party.user, command);
            };
            for (&minor, party) in bids.iter().zip(parties) {
                commit(&mut room, party, 1);
                commit(&mut room, party, minor);
            }
            assert_eq!((room.lot(id).best, room.lot(id).bids), (None, bids.len() as u32));
            let reveal = |minor: i64| {
                Command::RevealBid(Box::new(RevealBid {
                    lot: id,
                    price: yuan(minor),
                    nonce: Digest([7; 32]),
                }))
            };
            room.refuses(parties[0], reveal(bids[0]), Reject::NotRevealing);
            room.tick(room.at(ENDS));
            assert_eq!(room.lot(id).state, LotState::Revealing);
            room.refuses(parties[0], reveal(bids[0] + 1), Reject::RevealMismatch);
            for (&minor, party) in bids.iter().zip(parties) {
                room.market.floor.must(party.user, reveal(minor));
            }
            room.refuses(parties[0], reveal(bids[0]), Reject::AlreadyRevealed);
            room.tick(room.at(ENDS + 3_600));
            let lot = room.lot(id);
            let Some(out) = case["out"].as_array() else {
                // Below the reserve seller and best bidder may still agree.
                assert_eq!((lot.state, lot.price), (LotState::Negotiating, None), "{case}");
                continue;
            };
            let winner = parties[out[0].as_u64().unwrap() as usize];
            let price = match pays {
                SealedPrice::First => bids.iter().max().copied(),
                SealedPrice::Second => out[1].as_i64(),
            };
            assert_eq!((lot.state, lot.price), (LotState::Sold, price.map(yuan)), "{case}");
            assert_eq!(room.standing(id, winner).won, price.map(yuan), "{case}");
        }
    }
}

#[test]
fn who_does_not_reveal_loses_the_penalty() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let format = Format::Sealed(Sealed {
        start: yuan(100),
        pays: SealedPrice::First,
        reveal_s: 60,
        penalty: yuan(4_000),
    });
    let id = room.open(format, |_| {});
    let commitment = seal(id, room.number(id, bo), 500, [7; 32]);
    room.market
        .floor
        .must(bo.user, Command::CommitBid(Box::new(CommitBid { lot: id, commitment })));
    room.tick(room.at(ENDS));
    room.tick(room.at(ENDS + 60));
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!(room.cash(bo), (1_000_000_000 - 4_000, 0));
    assert_eq!(room.cash(cy), (1_000_000_000, 0));
}

#[test]
fn below_the_reserve_the_two_may_still_agree() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    assert!(room.lot(id).reserved);
    room.bid(id, bo, 150_000);
    room.tick(room.at(ENDS));
    assert_eq!(room.lot(id).state, LotState::Negotiating);
    let name = |minor: i64| {
        Command::NegotiateLot(NegotiateLot {
            lot: id,
            price: Some(yuan(minor)),
        })
    };
    let ana = room.market.ana;
    room.refuses_openly(cy, name(180_000), Reject::NotAParty);
    room.refuses_openly(bo, name(180_000), Reject::NothingOwed);
    room.refuses_openly(ana, name(149_999), Reject::AmountInvalid);
    room.market.floor.must(ana.user, name(180_000));
    room.market.floor.must(bo.user, name(180_000));
    assert_eq!(
        (room.lot(id).state, room.lot(id).price),
        (LotState::Sold, Some(yuan(180_000)))
    );
    room.deliver(id, bo);
    // Or they do not, and the deposit goes back.
    let mut room = Room::new();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 150_000);
    room.tick(day(2026, 3, 12).start());
    assert_eq!(room.lot(id).state, LotState::Unsold);
    assert_eq!(room.cash(bo), (1_000_000_000, 0));
}

#[test]
fn a_forfeited_deposit_goes_where_the_rule_book_says() {
    for case in vectors("forfeit").as_array().unwrap() {
        for refunds_excess in [false, true] {
            let number = |name: &str| case[name].as_i64().unwrap();
            let out = |name: &str| case["out"][name].as_i64().unwrap();
            let mut room = Room::new();
            let [bo, cy, _] = room.bidders();
            let deposit = |terms: &mut AnnounceLot| {
                terms.deposit = yuan(number("D"));
                terms.refunds_excess = refunds_excess;
            };
            let first = room.open(ascending(number("orig"), 1_000), deposit);
            room.bid(first, bo, number("orig"));
            room.tick(room.at(ENDS));
            // Five working days, and then it is late.
            room.tick(day(2026, 3, 12).start());
            assert_eq!(room.lot(first).state, LotState::Defaulted);
            assert_eq!(room.cash(bo).1, number("D"), "held until the resale");
            let mut again = room.terms(ascending(number("resale"), 1_000));
            (again.qualifies_at, again.opens_at, again.closes_at) =
                (room.at(900_000), room.at(900_100), room.at(1_000_000));
            let resale = room.announce(&again);
            room.go(room.at(900_000));
            room.refuses(bo, enter(resale, bo), Reject::BarredDefaulter);
            room.enter(resale, cy);
            room.go(room.at(900_100));
            room.bid(resale, cy, number("resale"));
            room.tick(room.at(1_000_000));
            let settle = Command::SettleDefault(SettleDefault {
                lot: first,
                resale,
                costs: yuan(number("cost")),
            });
            refuses(&mut room.market.floor, OPERATOR, settle.clone(), Reject::ResaleInvalid);
            room.market.floor.must(cy.user, pay(resale));
            let ana = room.cash(room.market.ana).0;
            room.market.floor.must(OPERATOR, settle);
            let excess = out("debt_offset");
            let (debt, refund) = if refunds_excess { (0, excess) } else { (excess, 0) };
            assert_eq!(room.cash(room.market.ana).0 - ana, out("gap_paid") + debt, "{case}");
            assert_eq!(room.cash(bo), (1_000_000_000 - number("D") + refund, 0), "{case}");
            let told = room
                .market
                .floor
                .records(0)
                .into_iter()
                .rev()
                .find_map(|changed| match changed.record {
                    Record::Forfeit(forfeit) => Some(forfeit),
                    _ => None,
                });
            let told = told.unwrap();
            let minor = |amount: Amount| amount.money.minor();
            assert_eq!(
                [
                    minor(told.costs),
                    minor(told.gap),
                    minor(told.debt),
                    minor(told.refund),
                    minor(told.uncovered)
                ],
                [out("costs"), out("gap_paid"), debt, refund, out("uncovered")]
            );
        }
    }
}
