//! Holds on rights: what they freeze, how they queue, when they end, and who may know.

use crate::floor::titles::{self, buys, cancelled, listed, market, sells, share, status, title, trademark};
use crate::floor::{self, CODES, Floor, NOTHING, OPERATOR, at_start_of, change, day, just_before, refuses};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    AssetId, Bounded, Command, Date, Digest, Event, HoldId, Office, PublicEvent, Readers, Receipt, Record, Reject,
    UserId,
    asset::AssetClass,
    event::{CancelReason, TradingStatus},
    listing::ListUnits,
    party::Roles,
    title::{AssetChange, AssetState, HOLDS_MAX, Hold, HoldKind, HoldState, LiftHold, NewRight, PlaceHold},
};

fn hold(asset: AssetId, kind: HoldKind, until: impl Into<Option<Date>>) -> PlaceHold {
    PlaceHold {
        asset,
        kind,
        holder: Bounded::new("深圳市中级人民法院").unwrap(),
        reference: Bounded::new("(2026)粤03执1号").unwrap(),
        until: until.into(),
        renews: None,
        evidence: Digest([5; 32]),
    }
}

fn placed(hold: &PlaceHold) -> Command {
    Command::PlaceHold(Box::new(hold.clone()))
}

fn place<B: Book>(floor: &mut Floor<B>, hold: &PlaceHold) -> HoldId {
    match floor.must(OPERATOR, placed(hold)) {
        Receipt::Deal(place) => HoldId::from(place),
        other => panic!("{other:?}"),
    }
}

fn lift(hold: HoldId) -> Command {
    Command::LiftHold(Box::new(LiftHold {
        hold,
        evidence: Digest([6; 32]),
    }))
}

/// The holds that were told since `first`, as number, rank and state.
fn told<B: Book>(floor: &Floor<B>, first: usize) -> Vec<(HoldId, u32, HoldState)> {
    let records = floor.records(first).into_iter();
    let holds = records.filter_map(|changed| match changed.record {
        Record::Hold(hold) => Some((hold.hold, hold.rank, hold.state)),
        _ => None,
    });
    holds.collect()
}

fn last<B: Book>(floor: &Floor<B>, hold: HoldId) -> Hold {
    let records = floor.records(0).into_iter().rev();
    let mut holds = records.filter_map(|changed| match changed.record {
        Record::Hold(told) if told.hold == hold => Some(told),
        _ => None,
    });
    holds.next().unwrap()
}

/// How often a book's trading changed since `first`.
fn changes<B: Book>(floor: &Floor<B>, first: usize) -> usize {
    let changed =
        |event: &&protocol::Stamped<Event>| matches!(event.body, Event::Public(PublicEvent::TradingChanged { .. }));
    floor.events[first..].iter().filter(changed).count()
}

#[test]
fn a_preservation_freezes_and_lapses_by_itself() {
    preservation::<FastBook>();
    preservation::<PlainBook>();
}

fn preservation<B: Book>() {
    let (mut floor, [ana, bo, _]) = market::<B>();
    let (asset, first) = listed(&mut floor, ana, "HELD", |_| {});
    let second = titles::book(&mut floor, ana, asset, "HELD2");
    let (_, other) = listed(&mut floor, ana, "FREE", |_| {});
    for instrument in [first, second, other] {
        floor.must(ana.user, sells(ana, instrument, 500, 10));
        floor.must(bo.user, buys(bo, instrument, 400, 10));
    }
    let until = day(2026, 6, 1);
    let before = floor.events.len();
    let order = hold(asset, HoldKind::Preservation, until);
    let id = place(&mut floor, &order);
    assert_eq!(told(&floor, before), [(id, 1, HoldState::Standing)]);
    let frozen = |party: titles::Party| (party.account, CancelReason::Frozen);
    assert_eq!(
        cancelled(&floor, before),
        [frozen(bo), frozen(ana), frozen(bo), frozen(ana)]
    );
    assert!(title(&floor, asset).frozen);
    assert_eq!(title(&floor, asset).state, AssetState::Listed);
    for (instrument, expected) in [
        (first, TradingStatus::Frozen),
        (second, TradingStatus::Frozen),
        (other, TradingStatus::Trading),
    ] {
        assert_eq!(status(&floor, instrument), expected);
    }
    refuses(&mut floor, bo.user, buys(bo, first, 400, 1), Reject::NotTrading);
    let list = Command::ListUnits(Box::new(ListUnits {
        asset,
        terms: floor::terms("MORE"),
    }));
    refuses(&mut floor, ana.user, list, Reject::RightFrozen);
    // Halted and resumed meanwhile: it does not trade before the freeze is over, and is halted then.
    let trading = |trading| Command::SetTrading {
        instrument: second,
        trading,
    };
    floor.must(OPERATOR, trading(false));
    refuses(&mut floor, OPERATOR, trading(true), Reject::RightFrozen);

    // One before: frozen. At the very nanosecond: the order is taken.
    just_before(&mut floor, until);
    refuses(&mut floor, ana.user, sells(ana, first, 500, 10), Reject::NotTrading);
    let before = floor.events.len();
    floor.must(ana.user, sells(ana, first, 500, 10));
    assert_eq!(floor.at, until.start().0);
    assert_eq!(told(&floor, before), [(id, 1, HoldState::Lapsed)]);
    assert!(!title(&floor, asset).frozen);
    assert_eq!(status(&floor, first), TradingStatus::Trading);
    assert_eq!(status(&floor, second), TradingStatus::Halted);
    refuses(&mut floor, OPERATOR, lift(id), Reject::UnknownHold);
    floor.must(OPERATOR, trading(true));
    floor.must(ana.user, sells(ana, second, 500, 10));
}

#[test]
fn a_hold_that_is_lifted_does_not_lapse() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "LIFT", |_| {});
    let id = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    let before = floor.events.len();
    floor.must(OPERATOR, lift(id));
    assert_eq!(told(&floor, before), [(id, 1, HoldState::Lifted)]);
    assert_eq!(last(&floor, id).evidence, Digest([6; 32]));
    assert_eq!(status(&floor, instrument), TradingStatus::Trading);
    let before = floor.events.len();
    floor.until(day(2026, 6, 1));
    assert_eq!(floor.events.len(), before);
}

#[test]
fn court_orders_wait_behind_each_other() {
    queue::<FastBook>();
    queue::<PlainBook>();
}

fn queue<B: Book>() {
    let (mut floor, [ana, bo, _]) = market::<B>();
    let (asset, instrument) = listed(&mut floor, ana, "QUEUE", trademark);
    let a = place(&mut floor, &hold(asset, HoldKind::Preservation, day(2026, 6, 1)));
    let b = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 8, 1)));
    let dispute = place(&mut floor, &hold(asset, HoldKind::OwnershipDispute, None));
    let c = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 7, 1)));
    let d = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 9, 1)));
    let states = |floor: &Floor<B>| {
        [a, b, dispute, c, d].map(|id| {
            let hold = last(floor, id);
            (hold.rank, hold.state)
        })
    };
    use HoldState::{Lapsed, Lifted, Standing, Waiting};
    assert_eq!(
        states(&floor),
        [(1, Standing), (2, Waiting), (3, Standing), (4, Waiting), (5, Waiting)]
    );
    floor.must(OPERATOR, lift(dispute));
    assert_eq!(
        states(&floor),
        [(1, Standing), (2, Waiting), (3, Lifted), (3, Waiting), (4, Waiting)]
    );
    // The first lapses and the second stands in the same moment: the books stay frozen throughout.
    let before = floor.events.len();
    at_start_of(&mut floor, day(2026, 6, 1));
    assert_eq!(
        floor.try_(bo.user, buys(bo, instrument, 400, 1)),
        Err(Reject::NotTrading)
    );
    assert_eq!(changes(&floor, before), 0);
    assert_eq!(
        told(&floor, before),
        [(a, 1, Lapsed), (b, 1, Standing), (c, 2, Waiting), (d, 3, Waiting)]
    );
    // A third runs out while it waits.
    floor.until(day(2026, 7, 1));
    assert_eq!(
        states(&floor),
        [(1, Lapsed), (1, Standing), (3, Lifted), (2, Lapsed), (2, Waiting)]
    );
    floor.must(OPERATOR, lift(b));
    assert_eq!(last(&floor, d).state, Standing);
    assert!(title(&floor, asset).frozen);
    floor.until(day(2026, 9, 1));
    assert!(!title(&floor, asset).frozen);
    floor.must(bo.user, buys(bo, instrument, 400, 1));
}

#[test]
fn a_dispute_freezes_and_a_request_to_invalidate_does_not() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "KINDS", |_| {});
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    let before = floor.events.len();
    let pending = place(&mut floor, &hold(asset, HoldKind::InvalidationPending, None));
    assert_eq!(told(&floor, before), [(pending, 1, HoldState::Standing)]);
    assert_eq!(cancelled(&floor, before), []);
    assert!(!title(&floor, asset).frozen);
    let one = place(&mut floor, &hold(asset, HoldKind::OwnershipDispute, None));
    let two = place(&mut floor, &hold(asset, HoldKind::OwnershipDispute, day(2026, 6, 1)));
    let court = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    for id in [one, two, court] {
        assert_eq!(last(&floor, id).state, HoldState::Standing);
    }
    // All three have to end before it thaws; two of them do in the same nanosecond.
    floor.must(OPERATOR, lift(one));
    let before = floor.events.len();
    just_before(&mut floor, day(2026, 6, 1));
    refuses(
        &mut floor,
        ana.user,
        sells(ana, instrument, 500, 10),
        Reject::NotTrading,
    );
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    assert_eq!(changes(&floor, before), 1);
}

#[test]
fn a_patent_is_preserved_once() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, _) = listed(&mut floor, ana, "PATENT", |_| {});
    let court = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    let mut order = hold(asset, HoldKind::Preservation, day(2026, 6, 1));
    // It waits behind the seizure; there is no second one, neither while it waits nor while it stands.
    let first = place(&mut floor, &order);
    assert_eq!(last(&floor, first).state, HoldState::Waiting);
    refuses(&mut floor, OPERATOR, placed(&order), Reject::HoldStands);
    floor.must(OPERATOR, lift(court));
    refuses(&mut floor, OPERATOR, placed(&order), Reject::HoldStands);
    // Nor by way of renewing another hold; but itself it may renew.
    let court = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    order.renews = Some(court);
    refuses(&mut floor, OPERATOR, placed(&order), Reject::HoldStands);
    order.renews = Some(first);
    place(&mut floor, &order);
}

#[test]
fn a_renewal_continues_without_a_gap() {
    renewal::<FastBook>();
    renewal::<PlainBook>();
}

fn renewal<B: Book>() {
    let (mut floor, [ana, ..]) = market::<B>();
    let (asset, instrument) = listed(&mut floor, ana, "RENEW", |_| {});
    let first = place(&mut floor, &hold(asset, HoldKind::Preservation, day(2026, 6, 1)));
    let waiting = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2027, 6, 1)));
    just_before(&mut floor, day(2026, 6, 1));
    let before = floor.events.len();
    let mut order = hold(asset, HoldKind::Preservation, day(2026, 11, 30));
    order.renews = Some(first);
    order.evidence = Digest([7; 32]);
    let second = place(&mut floor, &order);
    assert_eq!(
        told(&floor, before),
        [(first, 1, HoldState::Lifted), (second, 1, HoldState::Standing)],
        "it keeps its rank"
    );
    assert_eq!(last(&floor, first).evidence, Digest([7; 32]));
    let before = floor.events.len();
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(floor.at, day(2026, 6, 1).start().0);
    assert_eq!(
        floor.events.len(),
        before,
        "the first one's last day means nothing any more"
    );
    // A preservation becomes a seizure, which waits for nobody then.
    let mut order = hold(asset, HoldKind::CourtHold, day(2028, 6, 1));
    order.renews = Some(second);
    let third = place(&mut floor, &order);
    assert_eq!(last(&floor, third).state, HoldState::Standing);
    assert_eq!(last(&floor, waiting).state, HoldState::Waiting);
    assert_eq!(changes(&floor, before), 0);
    assert_eq!(status(&floor, instrument), TradingStatus::Frozen);
}

/// Each time counts from the day of its order, and the end of the one before means nothing any more.
#[test]
fn a_renewal_on_another_day_counts_from_that_day() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "RENEW", |_| {});
    let first = place(&mut floor, &hold(asset, HoldKind::Preservation, day(2026, 6, 1)));
    floor.until(day(2026, 4, 15));
    let mut order = hold(asset, HoldKind::Preservation, day(2026, 10, 17));
    order.renews = Some(first);
    refuses(&mut floor, OPERATOR, placed(&order), Reject::HoldTermInvalid);
    // The day on which six months are over still holds.
    order.until = Some(day(2026, 10, 16));
    place(&mut floor, &order);
    let before = floor.events.len();
    floor.until(day(2026, 6, 1));
    assert_eq!(floor.events.len(), before);
    just_before(&mut floor, day(2026, 10, 16));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(status(&floor, instrument), TradingStatus::Frozen);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(status(&floor, instrument), TradingStatus::Trading);
}

/// On 2026-03-02, with the rule book's first numbers.
#[test]
fn a_hold_lasts_as_long_as_the_law_allows() {
    use HoldKind::{CourtHold, InvalidationPending, OwnershipDispute, Preservation};
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let right = |floor: &mut Floor<FastBook>, class, number: &str| {
        floor.right(ana.entity, number, |right: &mut NewRight| right.asset.class = class)
    };
    let patent = right(&mut floor, AssetClass::Patent, "P");
    let mark = right(&mut floor, AssetClass::Trademark, "T");
    let work = right(&mut floor, AssetClass::Copyright, "C");
    for (asset, kind, last) in [
        (patent, Preservation, day(2026, 9, 3)),
        (patent, CourtHold, day(2029, 3, 3)),
        (mark, Preservation, day(2027, 3, 3)),
        (mark, CourtHold, day(2027, 3, 3)),
        (work, Preservation, day(2029, 3, 3)),
        (work, CourtHold, day(2029, 3, 3)),
        (work, OwnershipDispute, day(2029, 3, 3)),
        (mark, InvalidationPending, day(2029, 3, 3)),
    ] {
        for wrong in [day(2026, 3, 1), day(2026, 3, 2), last.next()] {
            refuses(
                &mut floor,
                OPERATOR,
                placed(&hold(asset, kind, wrong)),
                Reject::HoldTermInvalid,
            );
        }
        if matches!(kind, Preservation | CourtHold) {
            refuses(
                &mut floor,
                OPERATOR,
                placed(&hold(asset, kind, None)),
                Reject::HoldTermInvalid,
            );
        } else {
            place(&mut floor, &hold(asset, kind, None));
        }
        let id = place(&mut floor, &hold(asset, kind, last));
        floor.must(OPERATOR, lift(id));
        place(&mut floor, &hold(asset, kind, day(2026, 3, 3)));
    }
    // A renewal counts from its own order, not from the end of what it continues.
    let first = place(&mut floor, &hold(work, CourtHold, day(2029, 3, 3)));
    let mut order = hold(work, CourtHold, day(2029, 3, 4));
    order.renews = Some(first);
    refuses(&mut floor, OPERATOR, placed(&order), Reject::HoldTermInvalid);
}

#[test]
fn a_hold_is_checked_in_order() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let court = floor.party(CODES[3], Roles::COURT);
    let over = floor.right(ana.entity, "OVER", |right| right.due = Some(day(2026, 3, 2)));
    let other = floor.right(ana.entity, "OTHER", |_| {});
    let elsewhere = place(&mut floor, &hold(other, HoldKind::OwnershipDispute, None));
    floor.until(day(2026, 9, 3));
    let today = day(2026, 9, 3);
    let mut order = hold(NOTHING, HoldKind::Preservation, today);
    order.renews = Some(HoldId(99_999));
    let refused = |floor: &mut Floor<FastBook>, by: UserId, order: &PlaceHold, reject| {
        refuses(floor, by, placed(order), reject);
    };
    refused(&mut floor, ana.user, &order, Reject::NotPermitted);
    refused(&mut floor, court.user, &order, Reject::UnknownAsset);
    order.asset = over;
    refused(&mut floor, court.user, &order, Reject::UnknownHold);
    order.renews = Some(elsewhere);
    refused(&mut floor, court.user, &order, Reject::UnknownHold);
    order.renews = None;
    refused(&mut floor, ana.user, &order, Reject::NotPermitted);
    refused(&mut floor, court.user, &order, Reject::AssetExpired);
    let void = floor.right(ana.entity, "VOID", |right| {
        right.extract = None;
    });
    let dispute = place(&mut floor, &hold(void, HoldKind::OwnershipDispute, None));
    let preserved = place(&mut floor, &hold(void, HoldKind::Preservation, today.next()));
    floor.must(OPERATOR, change(void, AssetChange::Invalidate));
    order.asset = void;
    order.renews = Some(preserved);
    refused(&mut floor, court.user, &order, Reject::StateForbids);

    // A dispute does not become an order, nor an order a dispute.
    let asset = floor.right(ana.entity, "HOLDS", |right| right.extract = None);
    let dispute_here = place(&mut floor, &hold(asset, HoldKind::OwnershipDispute, None));
    let first = place(&mut floor, &hold(asset, HoldKind::Preservation, today.next()));
    let mut order = hold(asset, HoldKind::Preservation, today);
    order.renews = Some(dispute_here);
    refused(&mut floor, court.user, &order, Reject::StateForbids);
    let mut wrong = hold(asset, HoldKind::OwnershipDispute, None);
    wrong.renews = Some(first);
    refused(&mut floor, court.user, &wrong, Reject::StateForbids);
    order.renews = None;
    refused(&mut floor, court.user, &order, Reject::HoldStands);
    order.kind = HoldKind::CourtHold;
    for _ in 2..HOLDS_MAX {
        floor.must(court.user, placed(&hold(asset, HoldKind::CourtHold, today.next())));
    }
    refused(&mut floor, court.user, &order, Reject::HoldTermInvalid);
    order.until = Some(today.next());
    refused(&mut floor, court.user, &order, Reject::HoldsTooMany);
    // A renewal takes no place of its own.
    order.renews = Some(first);
    floor.must(court.user, placed(&order));

    // Who neither places holds nor owns the right does not even learn that there is one.
    refuses(&mut floor, bo.user, lift(dispute), Reject::UnknownHold);
    refuses(&mut floor, ana.user, lift(HoldId(99_999)), Reject::UnknownHold);
    refuses(&mut floor, ana.user, lift(dispute), Reject::NotPermitted);
    floor.must(court.user, lift(dispute));
    refuses(&mut floor, court.user, lift(dispute), Reject::UnknownHold);
}

#[test]
fn a_hold_is_told_to_the_owners_alone() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "SHARED", |right| {
        right.asset.office = Office::CN;
        trademark(right);
        right.owners = vec![share(ana, 1), share(bo, 1)];
    });
    let before = floor.events.len();
    let id = place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    floor.must(OPERATOR, lift(id));
    let records = floor.records(before);
    assert_eq!(records.len(), 4, "the hold and the title, twice");
    for changed in records {
        assert_eq!(changed.readers, Readers::Only(vec![ana.entity, bo.entity]));
    }
}

#[test]
fn what_is_frozen_suspended_and_late_trades_when_nothing_of_it_is_left() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "ALL", |right| right.due = Some(day(2026, 3, 31)));
    floor.must(OPERATOR, change(asset, AssetChange::Suspend));
    place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    floor.until(day(2026, 4, 1));
    let before = floor.events.len();
    floor.must(OPERATOR, change(asset, AssetChange::Resume));
    let paid = protocol::title::RecordDues {
        asset,
        due: None,
        expires: None,
        evidence: Digest([4; 32]),
    };
    floor.must(OPERATOR, Command::RecordDues(Box::new(paid)));
    assert_eq!(status(&floor, instrument), TradingStatus::Frozen);
    assert_eq!(changes(&floor, before), 0);
    floor.until(day(2026, 6, 1));
    assert_eq!(status(&floor, instrument), TradingStatus::Trading);
    floor.must(ana.user, sells(ana, instrument, 500, 10));
}

#[test]
fn a_hold_outlives_the_right_quietly() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "DEAD", |_| {});
    place(&mut floor, &hold(asset, HoldKind::CourtHold, day(2026, 6, 1)));
    floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
    floor.until(day(2026, 6, 1));
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
    assert!(!title(&floor, asset).frozen);
}
