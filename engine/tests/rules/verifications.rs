//! What a fresh extract of the register says of a right: its owners, its days, and the term that follows from them.

use crate::floor::titles::{draft, market, share, title, trademark, verified, verify};
use crate::floor::{self, NOBODY, NOTHING, OPERATOR, change, day, extract, refuses};
use engine::book::FastBook;
use protocol::{
    Command, Date, Digest, Office, Readers, Receipt, Reject,
    asset::AssetClass,
    title::{AssetChange, Extract, NewRight, PatentKind, RegisterRights, Share, VerifyAsset},
};

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
    refuses(&mut floor, ana.user, verified(&asked), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::UnknownEntity);
    asked.owners[0].entity = bo.entity;
    refuses(&mut floor, OPERATOR, verified(&asked), Reject::UnknownAsset);
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
    // Other offices and classes have laws of their own; without the day from which they count, and none that the register
    // tells, nothing is verified.
    for (number, filed, office, class, expected) in [
        (
            "X1",
            Some(day(2014, 3, 31)),
            Office(*b"US"),
            AssetClass::Patent,
            Ok(Some(day(2034, 3, 31))),
        ),
        (
            "X2",
            Some(day(2017, 3, 31)),
            Office::CN,
            AssetClass::Trademark,
            Ok(Some(day(2027, 3, 31))),
        ),
        (
            "X3",
            Some(day(2014, 3, 31)),
            Office::CN,
            AssetClass::Trademark,
            Err(Reject::AssetExpired),
        ),
        (
            "X4",
            Some(day(2014, 3, 31)),
            Office::CN,
            AssetClass::Copyright,
            Ok(Some(day(2065, 1, 1))),
        ),
        ("X5", None, Office(*b"US"), AssetClass::Patent, Err(Reject::TermUnknown)),
        ("X6", None, Office::CN, AssetClass::Trademark, Err(Reject::TermUnknown)),
        ("X7", None, Office::CN, AssetClass::Copyright, Err(Reject::TermUnknown)),
        (
            "X8",
            None,
            Office::CN,
            AssetClass::LicenceIncome,
            Err(Reject::TermUnknown),
        ),
        ("X9", None, Office::CN, AssetClass::KnowHow, Ok(None)),
        (
            "201710601862.3",
            None,
            Office::CN,
            AssetClass::Patent,
            Err(Reject::TermUnknown),
        ),
    ] {
        let asset = floor.right(ana.entity, number, |right| {
            (right.asset.filed, right.asset.office, right.asset.class) = (filed, office, class);
            (right.asset.granted, right.asset.expires) = (None, None);
            draft(right);
        });
        match expected {
            Ok(expires) => {
                floor.must(OPERATOR, verified(&verify(asset)));
                assert_eq!(title(&floor, asset).expires, expires, "{number}");
            }
            Err(reject) => refuses(&mut floor, OPERATOR, verified(&verify(asset)), reject),
        }
    }
    // A US patent of 1922 has ended, whatever is said of it, and by either road.
    for (expires, reject) in [
        (None, Reject::AssetExpired),
        (Some(day(2035, 1, 1)), Reject::DatesInvalid),
    ] {
        let old = |right: &mut NewRight| {
            (right.asset.filed, right.asset.granted) = (Some(day(1920, 1, 1)), Some(day(1922, 1, 1)));
            right.asset.expires = expires;
        };
        let asset = floor.right(ana.entity, &format!("OLD {expires:?}"), |right| {
            old(right);
            draft(right);
        });
        refuses(&mut floor, OPERATOR, verified(&verify(asset)), reject);
        let mut at_once = NewRight::from(floor::asset(ana.entity, "OLD"));
        at_once.extract = Some(extract());
        old(&mut at_once);
        let register = Command::RegisterRights(Box::new(RegisterRights {
            rights: vec![at_once],
            issue_to: None,
        }));
        refuses(&mut floor, OPERATOR, register, reject);
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
