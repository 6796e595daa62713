//! Annuities and renewals: paid in time, late, lapsed.

use crate::floor::titles::{buys, cancelled, draft, dues, listed, market, sells, state, status, title, trademark};
use crate::floor::{self, NOTHING, OPERATOR, change, day, just_before, refuses};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    AssetId, Command, Receipt, Reject,
    event::{CancelReason, TradingStatus},
    listing::ListUnits,
    title::{AssetChange, AssetState, NewRight, RegisterRights},
};

#[test]
fn dues_are_late_then_lapse() {
    late::<FastBook>();
    late::<PlainBook>();
}

fn late<B: Book>() {
    let (mut floor, [ana, bo, _]) = market::<B>();
    let due = day(2026, 3, 31);
    let (asset, instrument) = listed(&mut floor, ana, "DUES", |right| right.due = Some(due));
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    // The last day is in time.
    just_before(&mut floor, due.next());
    floor.must(bo.user, buys(bo, instrument, 500, 1));
    let told = floor.events.len();
    assert_eq!(
        floor.try_(bo.user, buys(bo, instrument, 500, 1)),
        Err(Reject::NotTrading),
        "at the first moment of the day after"
    );
    assert_eq!(floor.at, due.next().start().0);
    assert_eq!(cancelled(&floor, told), [(ana.account, CancelReason::Suspended)]);
    assert!(title(&floor, asset).late);
    assert_eq!(state(&floor, asset), AssetState::Listed);
    assert_eq!(status(&floor, instrument), TradingStatus::Frozen);
    let list = Command::ListUnits(Box::new(ListUnits {
        asset,
        terms: floor::terms("MORE"),
    }));
    refuses(&mut floor, ana.user, list, Reject::AnnuityUnpaid);

    // Paid within the grace; the next are late before the first grace would have been over, which means nothing then.
    let next = day(2026, 4, 30);
    floor.must(OPERATOR, dues(asset, Some(next), None));
    assert!(!title(&floor, asset).late);
    assert_eq!(status(&floor, instrument), TradingStatus::Trading);
    floor.until(next.next());
    assert!(title(&floor, asset).late);
    floor.until(day(2026, 10, 1));
    assert!(title(&floor, asset).late);
    assert_eq!(state(&floor, asset), AssetState::Listed);

    // Six months and their last day: 2026-10-30.
    let lapses = day(2026, 10, 31);
    just_before(&mut floor, lapses);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, asset), AssetState::Listed);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(floor.at, lapses.start().0);
    assert_eq!(state(&floor, asset), AssetState::Expired);
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
    let pay = dues(asset, None, None);
    refuses(&mut floor, OPERATOR, pay, Reject::AssetExpired);
}

#[test]
fn what_is_paid_in_time_is_never_late() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "PAID", |right| right.due = Some(day(2026, 3, 31)));
    floor.until(day(2026, 3, 31));
    floor.must(OPERATOR, dues(asset, None, None));
    let told = floor.events.len();
    floor.until(day(2027, 3, 31));
    assert_eq!(floor.events.len(), told);
    assert_eq!(title(&floor, asset).due, None);
}

#[test]
fn a_void_right_owes_nothing() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "VOID", |right| right.due = Some(day(2026, 3, 31)));
    floor.until(day(2026, 4, 1));
    assert!(title(&floor, asset).late);
    floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    let told = floor.events.len();
    floor.until(day(2027, 3, 31));
    assert_eq!(floor.events.len(), told);
    let other = floor.right(ana.entity, "VOID2", |right| {
        draft(right);
        right.due = Some(day(2027, 3, 31));
    });
    floor.must(OPERATOR, change(other, AssetChange::Invalidate));
    let told = floor.events.len();
    floor.until(day(2028, 3, 31));
    assert_eq!(floor.events.len(), told);
}

/// A mark may be renewed for six months after its term (商标法 40).
#[test]
fn a_mark_is_renewed_within_the_grace_or_ends() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let expires = day(2026, 5, 1);
    let mark = |right: &mut NewRight| {
        trademark(right);
        right.asset.expires = Some(expires);
        right.due = Some(day(2026, 4, 30));
    };
    let (renewed, first) = listed(&mut floor, ana, "RENEWED", mark);
    let (ended, second) = listed(&mut floor, ana, "ENDED", mark);
    floor.must(ana.user, sells(ana, first, 500, 10));
    just_before(&mut floor, expires);
    floor.must(ana.user, sells(ana, second, 500, 10));
    let told = floor.events.len();
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(floor.at, expires.start().0);
    assert_eq!(cancelled(&floor, told).len(), 2);
    for (asset, instrument) in [(renewed, first), (ended, second)] {
        assert!(title(&floor, asset).late);
        assert_eq!(state(&floor, asset), AssetState::Listed);
        assert_eq!(status(&floor, instrument), TradingStatus::Frozen);
    }
    floor.until(day(2026, 10, 30));
    // Paid, but not said until when it runs now: that is no renewal.
    refuses(&mut floor, OPERATOR, dues(renewed, None, None), Reject::AssetExpired);
    let until = day(2036, 5, 1);
    floor.must(OPERATOR, dues(renewed, Some(day(2036, 4, 30)), Some(until)));
    assert_eq!(title(&floor, renewed).expires, Some(until));
    assert_eq!(status(&floor, first), TradingStatus::Trading);
    floor.must(ana.user, sells(ana, first, 500, 10));
    floor.until(day(2026, 10, 31));
    assert_eq!(state(&floor, ended), AssetState::Expired);
    assert_eq!(status(&floor, second), TradingStatus::Closed);
    assert_eq!(state(&floor, renewed), AssetState::Listed);
}

/// Nothing but a mark is renewed: a patent whose last dues fall on its last day ends with it all the same.
#[test]
fn a_patent_has_no_grace_behind_its_term() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let expires = day(2026, 5, 1);
    let patent = |right: &mut NewRight| {
        right.asset.expires = Some(expires);
        right.due = Some(day(2026, 4, 30));
    };
    let (asset, instrument) = listed(&mut floor, ana, "ENDS", patent);
    floor.until(expires);
    assert_eq!(state(&floor, asset), AssetState::Expired);
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
}

/// A renewal that comes before the last day moves that day, and the books' with it.
#[test]
fn a_right_that_is_renewed_before_its_end_runs_to_the_new_one() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let (asset, instrument) = listed(&mut floor, ana, "LONGER", |_| {});
    let (first, second) = (day(2027, 1, 1), day(2028, 1, 1));
    floor.must(OPERATOR, dues(asset, None, Some(first)));
    floor.until(day(2026, 6, 1));
    floor.must(OPERATOR, dues(asset, None, Some(second)));
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    let told = floor.events.len();
    floor.until(first);
    assert_eq!(floor.events.len(), told, "the first end means nothing any more");
    floor.must(bo.user, buys(bo, instrument, 500, 1));
    just_before(&mut floor, second);
    floor.must(bo.user, buys(bo, instrument, 500, 1));
    let told = floor.events.len();
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(floor.at, second.start().0);
    assert_eq!(cancelled(&floor, told), [(ana.account, CancelReason::Expired)]);
    assert_eq!(state(&floor, asset), AssetState::Expired);
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
}

#[test]
fn dues_are_checked_in_order() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "ORDER", |_| {});
    floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    let (past, early) = (Some(day(2026, 3, 1)), Some(day(2010, 1, 1)));
    refuses(&mut floor, ana.user, dues(NOTHING, past, early), Reject::NotPermitted);
    refuses(&mut floor, ana.user, dues(asset, past, early), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, dues(NOTHING, past, early), Reject::UnknownAsset);
    refuses(&mut floor, OPERATOR, dues(asset, past, early), Reject::DatesInvalid);
    let today = Some(day(2026, 3, 2));
    refuses(&mut floor, OPERATOR, dues(asset, past, today), Reject::AssetExpired);
    let end = Some(day(2030, 1, 1));
    refuses(&mut floor, OPERATOR, dues(asset, past, end), Reject::DuesInvalid);
    refuses(&mut floor, OPERATOR, dues(asset, end, end), Reject::DuesInvalid);
    refuses(&mut floor, OPERATOR, dues(asset, today, end), Reject::StateForbids);
    let asset = floor.right(ana.entity, "ORDER2", |_| {});
    floor.must(OPERATOR, dues(asset, today, end));
    assert_eq!(title(&floor, asset).expires, end);
}

#[test]
fn no_dues_make_a_right_outlive_its_law() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    // A US patent filed in 2014 ends in 2034 by law, and after fifteen years more at the latest.
    let asset = floor.right(ana.entity, "OLD", |_| {});
    let to = |year| dues(asset, None, Some(day(year, 3, 31)));
    refuses(&mut floor, OPERATOR, to(2050), Reject::DatesInvalid);
    floor.must(OPERATOR, to(2049));
    assert_eq!(title(&floor, asset).expires, Some(day(2049, 3, 31)));
    // What is registered with its extract owes nothing beyond the end that its law gives it.
    let mut right = NewRight::from(floor::asset(ana.entity, "NEW"));
    right.asset.expires = None;
    right.extract = Some(floor::extract());
    right.due = Some(day(2034, 3, 31));
    let register = |right: &NewRight| {
        Command::RegisterRights(Box::new(RegisterRights {
            issue_to: None,
            rights: vec![right.clone()],
        }))
    };
    refuses(&mut floor, OPERATOR, register(&right), Reject::DuesInvalid);
    right.due = Some(day(2034, 3, 30));
    floor.must(OPERATOR, register(&right));
}

#[test]
fn a_batch_of_rights_keeps_its_own_dues() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let rights = ["B1", "B2"].map(|number| {
        let mut right = NewRight::from(floor::asset(ana.entity, number));
        right.due = Some(day(2026, 3, if number == "B1" { 3 } else { 4 }));
        right
    });
    let register = Command::RegisterRights(Box::new(RegisterRights {
        issue_to: None,
        rights: rights.to_vec(),
    }));
    let Receipt::Rights(first, 2) = floor.must(ana.user, register) else {
        panic!()
    };
    floor.until(day(2026, 3, 4));
    assert!(title(&floor, first).late);
    assert!(!title(&floor, AssetId(first.0 + 1)).late);
    floor.until(day(2026, 3, 5));
    assert!(title(&floor, AssetId(first.0 + 1)).late);
}
