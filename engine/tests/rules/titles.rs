//! The life of a right: verified, listed, suspended, taken off, void, over; and marks that pass together.

use crate::floor::titles::{
    Party, book, buys, cancelled, draft, listed, market, sells, share, state, status, title, trademark, verified,
    verify,
};
use crate::floor::{self, CODES, Floor, NOTHING, OPERATOR, at_start_of, change, day, extract, just_before, refuses};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    AssetId, Command, Record, Reject,
    asset::AssetClass,
    event::{CancelReason, TradingStatus},
    listing::ListUnits,
    party::Roles,
    title::{AssetChange, AssetState, LinkMarks, NewRight, RegisterRights},
};

#[test]
fn a_right_lives_and_its_orders_with_it() {
    life::<FastBook>();
    life::<PlainBook>();
}

fn life<B: Book>() {
    let (mut floor, [ana, bo, _]) = market::<B>();
    let asset = floor.right(ana.entity, "LIFE", draft);
    assert_eq!(state(&floor, asset), AssetState::Draft);
    let list = |symbol| {
        Command::ListUnits(Box::new(ListUnits {
            asset,
            terms: floor::terms(symbol),
        }))
    };
    refuses(&mut floor, ana.user, list("LIFE"), Reject::NotVerified);
    floor.must(OPERATOR, verified(&verify(asset)));
    assert_eq!(title(&floor, asset).extract, Some(extract()));
    assert_eq!(state(&floor, asset), AssetState::Verified);
    let first = book(&mut floor, ana, asset, "LIFE");
    let second = book(&mut floor, ana, asset, "LIFE2");
    assert_eq!(state(&floor, asset), AssetState::Listed);
    let orders = |floor: &mut Floor<B>| {
        floor.must(ana.user, sells(ana, first, 500, 10));
        floor.must(ana.user, sells(ana, second, 500, 10));
        floor.must(bo.user, buys(bo, first, 400, 10));
    };
    orders(&mut floor);
    // Verified again while it is listed: nothing else changes.
    let told = floor.events.len();
    floor.must(OPERATOR, verified(&verify(asset)));
    assert_eq!(state(&floor, asset), AssetState::Listed);
    assert_eq!(floor.events.len(), told + 1);

    // Suspended: every order of every book ends in the same command, and none is taken.
    let told = floor.events.len();
    floor.must(OPERATOR, change(asset, AssetChange::Suspend));
    let suspended = CancelReason::Suspended;
    assert_eq!(
        cancelled(&floor, told),
        [
            (bo.account, suspended),
            (ana.account, suspended),
            (ana.account, suspended)
        ]
    );
    assert_eq!(state(&floor, asset), AssetState::Suspended);
    assert_eq!(status(&floor, first), TradingStatus::Frozen);
    refuses(&mut floor, bo.user, buys(bo, first, 400, 10), Reject::NotTrading);
    refuses(&mut floor, ana.user, list("MORE"), Reject::StateForbids);
    floor.must(OPERATOR, change(asset, AssetChange::Resume));
    assert_eq!(state(&floor, asset), AssetState::Listed);
    assert_eq!(status(&floor, second), TradingStatus::Trading);

    // A trade, then taken off by its owner: the books close for good, the trade stays.
    orders(&mut floor);
    floor.must(bo.user, buys(bo, first, 500, 4));
    let told = floor.events.len();
    floor.must(ana.user, change(asset, AssetChange::Delist));
    let reasons: Vec<_> = cancelled(&floor, told).into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, [CancelReason::Delisted; 3]);
    assert_eq!(status(&floor, first), TradingStatus::Closed);
    refuses(&mut floor, ana.user, list("MORE"), Reject::NotVerified);
    floor.must(OPERATOR, verified(&verify(asset)));
    assert_eq!(state(&floor, asset), AssetState::Verified);
    assert_eq!(status(&floor, first), TradingStatus::Closed);

    // Listed anew and declared void.
    let third = book(&mut floor, ana, asset, "LIFE3");
    floor.must(ana.user, sells(ana, third, 500, 10));
    floor.must(bo.user, buys(bo, third, 500, 3));
    let told = floor.events.len();
    floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    assert_eq!(cancelled(&floor, told), [(ana.account, CancelReason::Invalidated)]);
    assert_eq!(state(&floor, asset), AssetState::Invalidated);
    assert_eq!(status(&floor, third), TradingStatus::Closed);
    refuses(&mut floor, ana.user, list("MORE"), Reject::StateForbids);
    // The day on which it would have ended means nothing any more.
    let told = floor.events.len();
    floor.until(day(2034, 3, 31));
    assert_eq!(floor.events.len(), told);
}

/// What each change brings from each state; `None` is STATE_FORBIDS.
#[test]
fn the_life_cycle_is_a_table() {
    use AssetState::{Delisted, Draft, Expired, Invalidated, Listed, Suspended, Verified};
    let table = [
        // from, verify, suspend, resume, delist, invalidate
        (Draft, [Some(Verified), None, None, Some(Delisted), Some(Invalidated)]),
        (
            Verified,
            [Some(Verified), Some(Suspended), None, Some(Delisted), Some(Invalidated)],
        ),
        (
            Listed,
            [Some(Listed), Some(Suspended), None, Some(Delisted), Some(Invalidated)],
        ),
        (
            Suspended,
            [None, None, Some(Verified), Some(Delisted), Some(Invalidated)],
        ),
        (Delisted, [Some(Verified), None, None, None, Some(Invalidated)]),
        (Invalidated, [None; 5]),
        (Expired, [None, None, None, None, Some(Invalidated)]),
    ];
    for (from, row) in table {
        for (input, to) in row.into_iter().enumerate() {
            let (mut floor, [ana, ..]) = market::<FastBook>();
            let asset = floor.right(ana.entity, "TABLE", |right| {
                if from == Draft {
                    draft(right);
                }
                if from == Expired {
                    right.due = Some(day(2026, 3, 31));
                }
            });
            match from {
                Draft | Verified => {}
                Listed => drop(book(&mut floor, ana, asset, "TABLE")),
                Suspended => drop(floor.must(OPERATOR, change(asset, AssetChange::Suspend))),
                Delisted => drop(floor.must(OPERATOR, change(asset, AssetChange::Delist))),
                Invalidated => drop(floor.must(OPERATOR, change(asset, AssetChange::Invalidate))),
                _ => floor.until(day(2026, 10, 1)),
            }
            assert_eq!(state(&floor, asset), from);
            let today = protocol::Timestamp(floor.at).venue_date();
            let mut fresh = verify(asset);
            fresh.extract.drawn = today;
            let command = match input {
                0 => verified(&fresh),
                1 => change(asset, AssetChange::Suspend),
                2 => change(asset, AssetChange::Resume),
                3 => change(asset, AssetChange::Delist),
                _ => change(asset, AssetChange::Invalidate),
            };
            match to {
                Some(to) => {
                    floor.must(OPERATOR, command);
                    assert_eq!(state(&floor, asset), to, "{from:?}, input {input}");
                }
                None if from == Expired && input == 0 => refuses(&mut floor, OPERATOR, command, Reject::AssetExpired),
                None => refuses(&mut floor, OPERATOR, command, Reject::StateForbids),
            }
        }
    }
}

#[test]
fn only_an_operator_changes_a_right_but_its_owner_takes_it_off() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let trader = floor.party(CODES[3], Roles::TRADER);
    let asset = floor.right(ana.entity, "WHO", draft);
    for kind in [AssetChange::Suspend, AssetChange::Resume, AssetChange::Invalidate] {
        refuses(&mut floor, bo.user, change(NOTHING, kind), Reject::UnknownAsset);
        refuses(&mut floor, ana.user, change(asset, kind), Reject::NotPermitted);
    }
    refuses(
        &mut floor,
        bo.user,
        change(NOTHING, AssetChange::Delist),
        Reject::UnknownAsset,
    );
    refuses(
        &mut floor,
        trader.user,
        change(asset, AssetChange::Delist),
        Reject::UnknownAsset,
    );
    refuses(
        &mut floor,
        bo.user,
        change(asset, AssetChange::Delist),
        Reject::UnknownAsset,
    );
    refuses(
        &mut floor,
        OPERATOR,
        change(asset, AssetChange::Suspend),
        Reject::StateForbids,
    );
    floor.must(ana.user, change(asset, AssetChange::Delist));
}

#[test]
fn a_right_ends_at_the_first_moment_of_its_last_day() {
    ends::<FastBook>();
    ends::<PlainBook>();
}

fn ends<B: Book>() {
    let (mut floor, [ana, bo, _]) = market::<B>();
    let (asset, instrument) = listed(&mut floor, ana, "END", |_| {});
    let (first, later) = (day(2034, 3, 31), day(2034, 6, 30));
    // Extended before its end: the old day means nothing.
    let mut longer = verify(asset);
    longer.expires = Some(later);
    floor.must(OPERATOR, verified(&longer));
    let told = floor.events.len();
    at_start_of(&mut floor, first);
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    assert_eq!(cancelled(&floor, told), []);
    assert_eq!(state(&floor, asset), AssetState::Listed);

    just_before(&mut floor, later);
    floor.must(bo.user, buys(bo, instrument, 400, 1));
    let told = floor.events.len();
    // The next command comes at the very moment; what was due goes first.
    assert_eq!(floor.at + 1, later.start().0);
    assert_eq!(
        floor.try_(bo.user, buys(bo, instrument, 500, 1)),
        Err(Reject::NotTrading)
    );
    let expired = CancelReason::Expired;
    assert_eq!(cancelled(&floor, told), [(bo.account, expired), (ana.account, expired)]);
    assert_eq!(state(&floor, asset), AssetState::Expired);
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
    assert!(
        floor.events[told..floor.events.len() - 1]
            .iter()
            .all(|event| event.at == later.start())
    );
}

#[test]
fn a_right_that_ends_sooner_ends_once() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "SOON", |_| {});
    let mut sooner = verify(asset);
    sooner.expires = Some(day(2026, 3, 3));
    floor.must(OPERATOR, verified(&sooner));
    at_start_of(&mut floor, day(2026, 3, 3));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, asset), AssetState::Expired);
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
    let told = floor.events.len();
    floor.until(day(2034, 4, 1));
    assert_eq!(floor.events.len(), told);
}

#[test]
fn similar_marks_name_each_other() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let mark = |floor: &mut Floor<FastBook>, owner: Party, number: &str| floor.right(owner.entity, number, trademark);
    let [a, b, c, d] = ["A", "B", "C", "D"].map(|number| mark(&mut floor, ana, number));
    let others = mark(&mut floor, bo, "E");
    let patent = floor.right(ana.entity, "P", |_| {});
    let link = |assets: &[AssetId]| {
        Command::LinkMarks(Box::new(LinkMarks {
            assets: assets.to_vec(),
        }))
    };
    refuses(&mut floor, ana.user, link(&[a, NOTHING]), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, link(&[a, NOTHING]), Reject::UnknownAsset);
    refuses(&mut floor, ana.user, link(&[a]), Reject::NotPermitted);
    for wrong in [
        vec![],
        vec![a],
        vec![a, a],
        vec![a, others],
        vec![a, patent],
        vec![a; 65],
    ] {
        refuses(&mut floor, OPERATOR, link(&wrong), Reject::MarksInvalid);
    }
    floor.must(OPERATOR, link(&[b, a]));
    floor.must(OPERATOR, link(&[c, d]));
    assert_eq!(title(&floor, a).bundle, [a, b]);
    let told = floor.events.len();
    floor.must(OPERATOR, link(&[b, c]));
    for mark in [a, b, c, d] {
        assert_eq!(title(&floor, mark).bundle, [a, b, c, d]);
    }
    assert!(matches!(&floor.records(told)[..], [first, ..] if matches!(first.record, Record::Title(_))));

    // 64 at most, with all that they were linked to before.
    let marks: Vec<_> = (0..63).map(|i| mark(&mut floor, ana, &format!("M{i}"))).collect();
    floor.must(OPERATOR, link(&marks));
    refuses(&mut floor, OPERATOR, link(&[a, marks[0]]), Reject::MarksInvalid);
    let last = mark(&mut floor, ana, "M63");
    floor.must(OPERATOR, link(&[last, marks[0]]));
}

#[test]
fn units_of_a_co_owned_mark_are_not_listed_as_it_is_registered() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let register = |number: &str, class, symbol: &str, owners: &[Party]| {
        let mut right = NewRight::from(floor::asset(ana.entity, number));
        right.asset.class = class;
        right.extract = Some(extract());
        right.owners = owners.iter().map(|owner| share(*owner, 1)).collect();
        right.units = Some(floor::terms(symbol));
        Command::RegisterRights(Box::new(RegisterRights {
            rights: vec![right],
            issue_to: None,
        }))
    };
    // Bo may have agreed to nothing yet; a patent's co-owner licenses alone (专利法 14).
    refuses(
        &mut floor,
        OPERATOR,
        register("TM7", AssetClass::Trademark, "TM7.U", &[ana, bo]),
        Reject::CoOwnerConsent,
    );
    floor.must(OPERATOR, register("US7", AssetClass::Patent, "US7.U", &[ana, bo]));
    let nobody = Party {
        entity: floor::NOBODY,
        ..bo
    };
    let unknown = register("US8", AssetClass::Patent, "US8.U", &[ana, nobody]);
    refuses(&mut floor, OPERATOR, unknown, Reject::UnknownEntity);
    // Whose mark is its own alone asks nobody, named or not.
    floor.must(OPERATOR, register("TM7", AssetClass::Trademark, "TM7.U", &[ana]));
    floor.must(OPERATOR, register("TM8", AssetClass::Trademark, "TM8.U", &[]));
}
