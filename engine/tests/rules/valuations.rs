//! What a right is worth, who may say so, and how platforms' quotes come to one value.

use crate::floor::titles::{self, Party, market};
use crate::floor::{CODES, Floor, NOBODY, NOTHING, OPERATOR, day, refuses, yuan};
use engine::book::FastBook;
use protocol::{
    Amount, AssetId, Bounded, Command, Currency, Digest, EntityId, MONEY_MAX, Money, Readers, Receipt, Record, Reject,
    Timestamp, ValuationId,
    party::Roles,
    title::{Appraisal, Appraiser, Basis, NamedValue, PlatformQuotes, Quote, RecordValuation, SetAppraiser, Valuation},
};

fn valued(asset: AssetId, basis: Basis) -> RecordValuation {
    RecordValuation {
        asset,
        basis,
        expires: day(2027, 3, 2),
        evidence: Digest([3; 32]),
    }
}

fn record(valuation: &RecordValuation) -> Command {
    Command::RecordValuation(Box::new(valuation.clone()))
}

fn admit(entity: EntityId, admitted: bool) -> Command {
    Command::SetAppraiser(Box::new(SetAppraiser {
        entity,
        admitted,
        evidence: Digest([2; 32]),
    }))
}

fn appraisal(appraiser: EntityId, minor: i64) -> Basis {
    Basis::Appraised(Appraisal {
        appraiser,
        amount: yuan(minor),
    })
}

/// Quotes in fen, each with its time; asked until 100.
fn platforms(quotes: &[(i64, u64)]) -> PlatformQuotes {
    let quote = |(i, &(minor, at)): (usize, &(i64, u64))| Quote {
        platform: Bounded::new(&format!("platform {i}")).unwrap(),
        amount: yuan(minor),
        quoted_at: Timestamp(at),
    };
    PlatformQuotes {
        quotes: quotes.iter().enumerate().map(quote).collect(),
        closed_at: Timestamp(100),
    }
}

/// The valuation that a command recorded.
fn told(floor: &Floor<FastBook>, first: usize) -> (Valuation, Readers) {
    let [changed] = &floor.records(first)[..] else { panic!() };
    let Record::Valuation(valuation) = changed.record else {
        panic!()
    };
    (valuation, changed.readers.clone())
}

fn scene() -> (Floor<FastBook>, Party, Party, AssetId) {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let appraiser = floor.party(CODES[3], Roles::APPRAISER);
    let asset = floor.right(ana.entity, "WORTH", |right| {
        right.owners = vec![titles::share(ana, 1), titles::share(bo, 1)];
    });
    (floor, ana, appraiser, asset)
}

#[test]
fn platforms_come_to_their_mean_half_up() {
    let (mut floor, _, _, asset) = scene();
    for (quotes, value, count) in [
        (vec![(100, 1)], 100, 1),
        (vec![(100, 1), (101, 2)], 101, 2),
        (vec![(100, 1), (100, 2), (101, 3)], 100, 3),
        (vec![(100, 1), (101, 2), (101, 3)], 101, 3),
        (vec![(1, 1), (1, 1), (1, 1), (2, 1)], 1, 4),
        (vec![(1, 1), (1, 1), (2, 1), (2, 1)], 2, 4),
        // At the close is in time, a nanosecond later is not.
        (vec![(100, 100), (300, 101), (200, 99)], 150, 2),
        (vec![(MONEY_MAX, 1); 32], MONEY_MAX, 32),
    ] {
        let first = floor.events.len();
        let asked = valued(asset, Basis::Platforms(platforms(&quotes)));
        floor.must(OPERATOR, record(&asked));
        let (valuation, _) = told(&floor, first);
        assert_eq!((valuation.value, valuation.quotes), (yuan(value), count), "{quotes:?}");
    }
}

#[test]
fn quotes_are_some_of_one_currency_one_a_platform() {
    let (mut floor, _, _, asset) = scene();
    let mut mixed = platforms(&[(1, 1), (2, 2)]);
    mixed.quotes[1].amount = Amount::new(Currency::Usd, Money::from_minor(2));
    let mut late_and_mixed = platforms(&[(1, 1), (2, 101)]);
    late_and_mixed.quotes[1].amount = Amount::new(Currency::Usd, Money::from_minor(2));
    let mut twice = platforms(&[(1, 1), (2, 2)]);
    twice.quotes[1].platform = twice.quotes[0].platform.clone();
    let mut twice_in_other_words = platforms(&[(1, 1), (2, 2)]);
    twice_in_other_words.quotes[1].platform = Bounded::new("Ｐlatform\u{200B}0 ").unwrap();
    for wrong in [
        platforms(&[]),
        platforms(&[(1, 1); 33]),
        platforms(&[(1, 101)]),
        mixed,
        late_and_mixed,
        twice,
        twice_in_other_words,
    ] {
        let asked = valued(asset, Basis::Platforms(wrong));
        refuses(&mut floor, OPERATOR, record(&asked), Reject::QuotesInvalid);
    }
}

#[test]
fn a_valuation_is_told_to_the_owners() {
    let (mut floor, ana, appraiser, asset) = scene();
    floor.must(OPERATOR, admit(appraiser.entity, true));
    let bases = [
        (Basis::Agreed(NamedValue { amount: yuan(5) }), OPERATOR, None),
        (Basis::Asked(NamedValue { amount: yuan(5) }), OPERATOR, None),
        (appraisal(appraiser.entity, 5), OPERATOR, Some(appraiser.entity)),
        (appraisal(appraiser.entity, 5), appraiser.user, Some(appraiser.entity)),
    ];
    for (basis, by, appraised_by) in bases {
        let first = floor.events.len();
        let Receipt::Deal(place) = floor.must(by, record(&valued(asset, basis))) else {
            panic!()
        };
        let (valuation, readers) = told(&floor, first);
        let expected = Valuation {
            valuation: ValuationId::from(place),
            asset,
            value: yuan(5),
            appraiser: appraised_by,
            quotes: 0,
            expires: day(2027, 3, 2),
            evidence: Digest([3; 32]),
        };
        assert_eq!(valuation, expected);
        assert!(matches!(readers, Readers::Only(owners) if owners.len() == 2 && owners[0] == ana.entity));
    }
}

#[test]
fn the_panel_admits_and_removes() {
    let (mut floor, ana, appraiser, asset) = scene();
    refuses(&mut floor, ana.user, admit(NOBODY, true), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, admit(NOBODY, true), Reject::UnknownEntity);
    refuses(
        &mut floor,
        appraiser.user,
        admit(appraiser.entity, true),
        Reject::NotPermitted,
    );
    refuses(
        &mut floor,
        OPERATOR,
        admit(appraiser.entity, false),
        Reject::AppraiserNotAdmitted,
    );
    let first = floor.events.len();
    floor.must(OPERATOR, admit(appraiser.entity, true));
    floor.must(appraiser.user, record(&valued(asset, appraisal(appraiser.entity, 5))));
    floor.must(OPERATOR, admit(appraiser.entity, false));
    // Removed: no new work; what it appraised stays.
    let asked = valued(asset, appraisal(appraiser.entity, 6));
    refuses(&mut floor, appraiser.user, record(&asked), Reject::AppraiserNotAdmitted);
    refuses(&mut floor, OPERATOR, record(&asked), Reject::AppraiserNotAdmitted);
    refuses(
        &mut floor,
        OPERATOR,
        admit(appraiser.entity, false),
        Reject::AppraiserNotAdmitted,
    );
    let panel: Vec<_> = floor
        .records(first)
        .into_iter()
        .filter_map(|changed| match changed.record {
            Record::Appraiser(Appraiser {
                admitted,
                realised_count,
                ..
            }) => {
                assert_eq!(changed.readers, Readers::one(appraiser.entity));
                Some((admitted, realised_count))
            }
            _ => None,
        })
        .collect();
    assert_eq!(panel, [(true, 0), (false, 0)]);
}

#[test]
fn valuations_are_checked_in_order() {
    let (mut floor, ana, appraiser, asset) = scene();
    let other = floor.party(CODES[4], Roles::APPRAISER);
    let trader = floor.party(CODES[5], Roles::TRADER);
    let mut asked = valued(NOTHING, appraisal(NOBODY, 0));
    asked.expires = day(2026, 3, 2);
    refuses(&mut floor, ana.user, record(&asked), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, record(&asked), Reject::UnknownEntity);
    asked.basis = appraisal(trader.entity, 0);
    refuses(&mut floor, ana.user, record(&asked), Reject::NotPermitted);
    refuses(&mut floor, OPERATOR, record(&asked), Reject::UnknownAsset);
    asked.asset = asset;
    // Its own user without the role, and another appraiser's user.
    refuses(&mut floor, trader.user, record(&asked), Reject::NotPermitted);
    asked.basis = appraisal(appraiser.entity, 0);
    refuses(&mut floor, other.user, record(&asked), Reject::NotPermitted);
    refuses(&mut floor, appraiser.user, record(&asked), Reject::AmountInvalid);
    asked.basis = appraisal(appraiser.entity, 1);
    refuses(&mut floor, appraiser.user, record(&asked), Reject::AppraiserNotAdmitted);
    floor.must(OPERATOR, admit(appraiser.entity, true));
    refuses(&mut floor, appraiser.user, record(&asked), Reject::ValuationExpired);

    // An appraiser records appraisals alone, and an amount is one on every basis.
    for (wrong, right) in [
        (
            Basis::Agreed(NamedValue { amount: yuan(0) }),
            Basis::Agreed(NamedValue { amount: yuan(1) }),
        ),
        (
            Basis::Asked(NamedValue { amount: yuan(-1) }),
            Basis::Asked(NamedValue { amount: yuan(1) }),
        ),
        (
            Basis::Platforms(platforms(&[(1, 101), (0, 1)])),
            Basis::Platforms(platforms(&[(1, 101), (1, 1)])),
        ),
    ] {
        asked.basis = wrong;
        refuses(&mut floor, appraiser.user, record(&asked), Reject::NotPermitted);
        refuses(&mut floor, OPERATOR, record(&asked), Reject::AmountInvalid);
        asked.basis = right;
        refuses(&mut floor, OPERATOR, record(&asked), Reject::ValuationExpired);
    }
    asked.basis = Basis::Platforms(platforms(&[(1, 101)]));
    refuses(&mut floor, OPERATOR, record(&asked), Reject::QuotesInvalid);
    asked.basis = appraisal(appraiser.entity, 1);
    asked.expires = day(2026, 3, 3);
    floor.must(appraiser.user, record(&asked));
}

#[test]
fn a_valuation_is_good_for_a_year_at_most() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let asset = floor.right(ana.entity, "YEAR", |_| {});
    let mut valuation = valued(asset, Basis::Agreed(NamedValue { amount: yuan(1) }));
    valuation.expires = day(2027, 3, 3);
    refuses(&mut floor, OPERATOR, record(&valuation), Reject::ValuationTooLong);
    valuation.expires = day(2027, 3, 2);
    floor.must(OPERATOR, record(&valuation));
}
