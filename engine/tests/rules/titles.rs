//! The life of a right: verified, listed, suspended, taken off, void, over; its dues; marks that pass together.

use crate::floor::titles::{
    Party, book, buys, cancelled, listed, market, sells, share, state, status, title, trademark,
};
use crate::floor::{
    self, CODES, Floor, NOBODY, NOTHING, OPERATOR, at_start_of, change, day, extract, just_before, refuses,
};
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    AssetId, Bounded, Command, Date, Digest, Office, Readers, Receipt, Record, Reject,
    command::{AssetClass, ListUnits},
    event::{CancelReason, TradingStatus},
    party::Roles,
    title::{
        AssetChange, AssetState, Extract, LinkMarks, NewRight, PatentKind, RecordDues, RegisterRights, Share,
        VerifyAsset,
    },
};

fn verify(asset: AssetId) -> VerifyAsset {
    VerifyAsset {
        asset,
        extract: extract(),
        owners: vec![],
        granted: None,
        expires: None,
    }
}

fn verified(verify: &VerifyAsset) -> Command {
    Command::VerifyAsset(Box::new(verify.clone()))
}

fn dues(asset: AssetId, due: Option<Date>, expires: Option<Date>) -> Command {
    Command::RecordDues(Box::new(RecordDues {
        asset,
        due,
        expires,
        evidence: Digest([4; 32]),
    }))
}

/// A right without an extract: a draft.
fn draft(right: &mut NewRight) {
    right.extract = None;
}

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
        Reject::NotPermitted,
    );
    refuses(
        &mut floor,
        bo.user,
        change(asset, AssetChange::Delist),
        Reject::NotTheOwner,
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
fn a_verification_is_checked_in_order() {
    let (mut floor, [ana, bo, cy]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "LAYOUT", |right| {
        right.asset.class = AssetClass::CircuitLayout;
        right.asset.granted = None;
        right.owners = vec![share(ana, 1), share(bo, 2)];
        draft(right);
    });
    floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    let mut asked = VerifyAsset {
        asset: NOTHING,
        extract: Extract {
            drawn: day(2026, 3, 3),
            evidence: Digest([8; 32]),
        },
        owners: vec![Share {
            entity: NOBODY,
            parts: 0,
        }],
        granted: None,
        expires: Some(day(2014, 3, 30)),
    };
    refuses(&mut floor, ana.user, verified(&asked), Reject::UnknownEntity);
    asked.owners[0].entity = bo.entity;
    refuses(&mut floor, ana.user, verified(&asked), Reject::UnknownAsset);
    asked.asset = asset;
    refuses(&mut floor, ana.user, verified(&asked), Reject::NotPermitted);
    // A layout without its registration, an end before the filing, a grant before the filing.
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::DatesInvalid);
    asked.granted = Some(day(2015, 1, 1));
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::DatesInvalid);
    (asked.granted, asked.expires) = (Some(day(2014, 3, 30)), None);
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::DatesInvalid);
    (asked.granted, asked.expires) = (Some(day(2015, 1, 1)), Some(day(2026, 3, 2)));
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::AssetExpired);
    asked.expires = Some(day(2026, 3, 3));
    // Not the owners: the acting one is missing, no parts, one too few, one too many, one twice.
    for owners in [
        vec![share(bo, 1)],
        vec![share(ana, 0), share(bo, 1)],
        vec![share(ana, 1)],
        vec![share(ana, 1), share(bo, 1), share(cy, 1)],
        vec![share(ana, 1), share(bo, 1), share(bo, 1)],
        vec![share(ana, 1_000_001), share(bo, 1)],
    ] {
        asked.owners = owners;
        refuses(&mut floor, OPERATOR, verified(&asked), Reject::SharesInvalid);
    }
    asked.owners = vec![share(bo, 3), share(ana, 4)];
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::ExtractStale);
    asked.extract.drawn = day(2026, 1, 30);
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::ExtractStale);
    asked.extract.drawn = day(2026, 1, 31);
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::StateForbids);

    let asset = floor.right(ana.entity, "LAYOUT2", |right| {
        right.asset.class = AssetClass::CircuitLayout;
        right.asset.granted = None;
        right.owners = vec![share(ana, 1), share(bo, 2)];
        draft(right);
    });
    asked.asset = asset;
    let told = floor.events.len();
    floor.must(OPERATOR, verified(&asked));
    let [changed] = &floor.records(told)[..] else { panic!() };
    assert_eq!(changed.readers, Readers::Only(vec![ana.entity, bo.entity]));
    let title = title(&floor, asset);
    assert_eq!(
        title.owners,
        [share(ana, 4), share(bo, 3)],
        "the acting one first, parts as the extract says"
    );
    assert_eq!((title.granted, title.expires), (asked.granted, asked.expires));
    assert_eq!(title.extract, Some(asked.extract));
}

#[test]
fn an_extract_names_the_co_owners_of_a_draft_once() {
    let (mut floor, [ana, bo, cy]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "MARK", |right| {
        trademark(right);
        draft(right);
    });
    let mut asked = verify(asset);
    asked.owners = vec![share(bo, 1)];
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::SharesInvalid);
    asked.owners = vec![share(ana, 1), share(bo, 1)];
    floor.must(OPERATOR, verified(&asked));
    assert_eq!(title(&floor, asset).owners, asked.owners);
    asked.owners = vec![share(ana, 1), share(cy, 1)];
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::SharesInvalid);
    asked.owners = vec![share(ana, 1)];
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::SharesInvalid);
}

/// The term of a Chinese patent by its kind and filing date (RULES.md 2.1).
#[test]
fn a_patents_term_follows_from_its_filing() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).expect("the vectors are JSON");
    let mut cases: Vec<(PatentKind, Date, Date)> = vectors["design_term"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|case| {
            let date = |name: &str| case[name].as_str().and_then(|text| text.parse().ok()).expect("a date");
            (PatentKind::Design, date("filed"), date("expires"))
        })
        .collect();
    assert_eq!(cases.len(), 2);
    cases.push((PatentKind::Invention, day(2017, 7, 21), day(2037, 7, 21)));
    cases.push((PatentKind::UtilityModel, day(2020, 2, 29), day(2030, 2, 28)));
    let (mut floor, [ana, ..]) = market::<FastBook>();
    for (i, (kind, filed, expires)) in cases.into_iter().enumerate() {
        // Numbers with the right digits for their kind.
        let digit = match kind {
            PatentKind::Invention => 1,
            PatentKind::UtilityModel => 2,
            PatentKind::Design => 3,
        };
        let number = chinese_number(&format!("2021{digit}000000{i}"));
        let asset = floor.right(ana.entity, &number, |right| {
            right.asset.office = Office::CN;
            right.asset.filed = Some(filed);
            right.asset.granted = None;
            right.asset.expires = None;
            draft(right);
        });
        let before = title(&floor, asset);
        assert_eq!((before.kind, before.expires), (Some(kind), None));
        floor.must(OPERATOR, verified(&verify(asset)));
        assert_eq!(title(&floor, asset).expires, Some(expires), "{kind:?} filed on {filed}");
        // What the register says counts more: a compensation of the term.
        let mut longer = verify(asset);
        longer.expires = Some(Date(expires.0 + 100));
        floor.must(OPERATOR, verified(&longer));
        assert_eq!(title(&floor, asset).expires, longer.expires);
    }
    // Nothing is concluded for other offices, other classes, or without a filing date.
    for (number, filed, office, class) in [
        ("X1", Some(day(2014, 3, 31)), Office(*b"US"), AssetClass::Patent),
        ("X2", Some(day(2014, 3, 31)), Office::CN, AssetClass::Trademark),
        ("201710601862.3", None, Office::CN, AssetClass::Patent),
    ] {
        let asset = floor.right(ana.entity, number, |right| {
            (right.asset.filed, right.asset.office, right.asset.class) = (filed, office, class);
            (right.asset.granted, right.asset.expires) = (None, None);
            draft(right);
        });
        floor.must(OPERATOR, verified(&verify(asset)));
        assert_eq!(title(&floor, asset).expires, None, "{number}");
    }
    // A term that is over by law is over.
    let asset = floor.right(ana.entity, &chinese_number("200520000009"), |right| {
        right.asset.office = Office::CN;
        (right.asset.filed, right.asset.granted, right.asset.expires) = (Some(day(2005, 1, 1)), None, None);
        draft(right);
    });
    refuses(&mut floor, OPERATOR, verified(&verify(asset)), Reject::AssetExpired);
}

/// A Chinese application number with its check digit (RULES.md 5).
fn chinese_number(body: &str) -> String {
    let weights = [2, 3, 4, 5, 6, 7, 8, 9].into_iter().cycle();
    let digits = body.bytes().map(|byte| u32::from(byte - b'0'));
    let check = digits.zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    let check = if check == 10 { "X".to_owned() } else { check.to_string() };
    format!("{body}.{check}")
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
fn rules_before_titles_end_a_right_by_closing_its_books_alone() {
    let mut floor = Floor::<FastBook>::unit_market();
    let ana = floor.party(CODES[0], Roles::FIRM.with(Roles::TRADER));
    let (_, instrument) = floor.list(ana, "OLD", 10);
    floor.must(ana.user, sells(ana, instrument, 500, 10));
    let told = floor.events.len();
    floor.until(day(2034, 3, 31));
    assert_eq!(cancelled(&floor, told), [(ana.account, CancelReason::Expired)]);
    assert_eq!(status(&floor, instrument), TradingStatus::Closed);
    assert_eq!(floor.records(told), []);
}

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

#[test]
fn dues_are_checked_in_order() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "ORDER", |_| {});
    floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    let (past, early) = (Some(day(2026, 3, 1)), Some(day(2010, 1, 1)));
    refuses(&mut floor, ana.user, dues(NOTHING, past, early), Reject::UnknownAsset);
    refuses(&mut floor, ana.user, dues(asset, past, early), Reject::NotPermitted);
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
    refuses(&mut floor, ana.user, link(&[a, NOTHING]), Reject::UnknownAsset);
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
fn a_batch_of_rights_keeps_its_own_dues() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let rights = ["B1", "B2"].map(|number| {
        let mut right = NewRight::from(floor::asset(ana.entity, number));
        right.asset.number = Bounded::new(number).unwrap();
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

#[test]
fn units_of_a_co_owned_mark_are_not_listed_as_it_is_registered() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let register = |number: &str, class, symbol: &str| {
        let mut right = NewRight::from(floor::asset(ana.entity, number));
        right.asset.class = class;
        right.extract = Some(extract());
        right.owners = vec![share(ana, 1), share(bo, 1)];
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
        register("TM7", AssetClass::Trademark, "TM7.U"),
        Reject::CoOwnerConsent,
    );
    floor.must(OPERATOR, register("US7", AssetClass::Patent, "US7.U"));
}

#[test]
fn what_is_registered_with_its_extract_is_asked_what_a_verification_asks() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let floor = &mut floor;
    let register = |number: &str, change: &dyn Fn(&mut NewRight)| {
        let mut right = NewRight::from(floor::asset(ana.entity, number));
        right.extract = Some(extract());
        change(&mut right);
        Command::RegisterRights(Box::new(RegisterRights {
            rights: vec![right],
            issue_to: None,
        }))
    };
    let chinese = |filed: Date| {
        move |right: &mut NewRight| {
            right.asset.office = Office::CN;
            (right.asset.filed, right.asset.granted, right.asset.expires) = (Some(filed), Some(filed), None);
        }
    };
    // An invention ends twenty years after its filing, whether or not anybody says so (专利法 42).
    refuses(
        floor,
        OPERATOR,
        register("200610060642.6", &chinese(day(2006, 1, 1))),
        Reject::AssetExpired,
    );
    let Receipt::Rights(asset, _) = floor.must(OPERATOR, register("201910513128.0", &chinese(day(2019, 6, 14)))) else {
        panic!()
    };
    assert_eq!(title(floor, asset).expires, Some(day(2039, 6, 14)));
    let unregistered = |right: &mut NewRight| {
        right.asset.class = AssetClass::CircuitLayout;
        right.asset.granted = None;
    };
    refuses(floor, OPERATOR, register("L1", &unregistered), Reject::DatesInvalid);
}
