//! Standing offers to anyone: what they ask, who takes them, and whom they and units keep from exclusivity.

use crate::floor::grants::{
    NO_ACCOUNT, accept, agreed, ask_open, cash_posted, foreigner, freeze, kind, ladder, licence, made, offering,
    open_licence, owned_by, plain, state, take_open, term, terminate, today, user, venue, withdraw_open,
};
use crate::floor::{CODES, Fast, NOTHING, OPERATOR, day, just_before, refuses, terms, titles, yuan};
use protocol::{
    Command, Date, Digest, InstrumentId, OpenLicenceId, Quantity, Receipt, Record, Reject,
    asset::AssetClass,
    event::PostingReason::{Held, Paid, Received},
    licence::{LicenceKind, LicenceState, OfferLicence},
    listing::{IssueUnits, ListUnits},
    party::Roles,
    title::{AssetState, PatentKind},
};

#[test]
fn units_that_are_out_and_an_open_licence_keep_others_from_exclusivity() {
    let mut floor = Fast::unit_market();
    let [ana, bo] = [0, 1].map(|code| floor.party(CODES[code], Roles::FIRM));
    let right = floor.right(ana.entity, "US1", plain);
    let listing = ListUnits {
        asset: right,
        terms: terms("US1"),
    };
    let Receipt::Instrument(instrument) = floor.must(ana.user, Command::ListUnits(Box::new(listing))) else {
        panic!()
    };
    let issue = |instrument: InstrumentId| {
        Command::IssueUnits(IssueUnits {
            instrument,
            account: ana.account,
            quantity: Quantity::from_units(1),
        })
    };
    // A book without units shuts nobody out; an exclusive licence shuts units out.
    let sole = agreed(&mut floor, right, ana, bo, kind(LicenceKind::Sole));
    refuses(&mut floor, ana.user, issue(instrument), Reject::LicenceConflict);
    let open = ask_open(right, ana.account, plain);
    refuses(&mut floor, ana.user, open.clone(), Reject::OpenLicenceBlocked);
    floor.must(OPERATOR, terminate(sole));
    floor.must(ana.user, issue(instrument));
    for kinds in [LicenceKind::Sole, LicenceKind::Exclusive] {
        refuses(
            &mut floor,
            ana.user,
            offering(right, ana, bo, kind(kinds)),
            Reject::LicenceConflict,
        );
    }
    agreed(&mut floor, right, ana, bo, plain);

    let patent = floor.right(ana.entity, "US2", plain);
    let offered = made(
        &mut floor,
        ana.user,
        offering(patent, ana, bo, kind(LicenceKind::Exclusive)),
    );
    let open = made(&mut floor, ana.user, ask_open(patent, ana.account, plain));
    refuses(&mut floor, bo.user, accept(offered), Reject::LicenceConflict);
    floor.must(ana.user, withdraw_open(OpenLicenceId(open.0)));
    floor.must(bo.user, accept(offered));
}

#[test]
fn an_open_licence_is_checked_in_order() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let reader = user(&mut floor, ana.entity, Roles::DATA_CONSUMER);
    let soon = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(day(2026, 3, 4)));
    let mark = floor.right(ana.entity, "TM", |right| right.asset.class = AssetClass::Trademark);
    let application = floor.right(ana.entity, "US3", |right| right.asset.granted = None);
    let frozen = floor.right(ana.entity, "US4", plain);
    freeze(&mut floor, frozen);
    let shared = floor.right(ana.entity, "US5", owned_by(&[ana, cy]));
    let taken = floor.right(ana.entity, "US6", plain);
    let standing = OpenLicenceId(made(&mut floor, ana.user, ask_open(taken, ana.account, plain)).0);
    let model = floor.right(ana.entity, "US7", |right| right.kind = Some(PatentKind::UtilityModel));
    agreed(&mut floor, right, ana, bo, kind(LicenceKind::Exclusive));
    floor.until(day(2026, 3, 4));
    let spoiled = |asset, account| {
        ask_open(asset, account, |ask| {
            (ask.price, ask.days) = (yuan(-1), 0);
            ask.until = Some(day(2036, 1, 1));
        })
    };
    let priced = |asset, days, until| {
        ask_open(asset, ana.account, |ask| {
            (ask.price, ask.days) = (yuan(0), days);
            ask.until = Some(until);
        })
    };
    let (late, today) = (day(2036, 1, 1), day(2026, 3, 4));
    ladder(
        &mut floor,
        [
            (reader, spoiled(NOTHING, NO_ACCOUNT), Reject::UnknownAccount),
            (bo.user, spoiled(soon, ana.account), Reject::UnknownAccount),
            (reader, spoiled(NOTHING, ana.account), Reject::UnknownAsset),
            (bo.user, spoiled(soon, bo.account), Reject::UnknownAsset),
            (reader, spoiled(soon, ana.account), Reject::NotPermitted),
            (OPERATOR, spoiled(soon, bo.account), Reject::NotYourAccount),
            (bo.user, spoiled(taken, bo.account), Reject::NotTheOwner),
            (ana.user, spoiled(soon, ana.account), Reject::AssetExpired),
            (ana.user, spoiled(frozen, ana.account), Reject::AmountInvalid),
            (ana.user, priced(frozen, 0, late), Reject::RightFrozen),
            (ana.user, priced(shared, 0, late), Reject::CoOwnerConsent),
            (ana.user, priced(mark, 0, late), Reject::TermInvalid),
            (ana.user, priced(mark, 36_601, late), Reject::TermInvalid),
            (ana.user, priced(mark, 365, today), Reject::TermInvalid),
            (ana.user, priced(mark, 365, late), Reject::TermBeyondRight),
            (ana.user, priced(mark, 3_000, today.next()), Reject::TermBeyondRight),
            (ana.user, priced(mark, 365, today.next()), Reject::OpenLicenceBlocked),
            (
                ana.user,
                priced(application, 365, today.next()),
                Reject::OpenLicenceBlocked,
            ),
            (ana.user, priced(right, 365, today.next()), Reject::OpenLicenceBlocked),
            (
                ana.user,
                priced(model, 365, today.next()),
                Reject::EvaluationReportMissing,
            ),
            (ana.user, priced(taken, 365, today.next()), Reject::AlreadyOffered),
        ],
    );
    floor.must(
        ana.user,
        ask_open(model, ana.account, |ask| ask.report = Some(Digest([3; 32]))),
    );
    assert_eq!(titles::state(&floor, model), AssetState::Listed);

    ladder(
        &mut floor,
        [
            (bo.user, withdraw_open(OpenLicenceId(999)), Reject::UnknownOpenLicence),
            (reader, withdraw_open(standing), Reject::NotPermitted),
            (bo.user, withdraw_open(standing), Reject::NotTheOwner),
        ],
    );
    floor.must(ana.user, withdraw_open(standing));
    assert_eq!(titles::state(&floor, taken), AssetState::Verified);
    refuses(&mut floor, ana.user, withdraw_open(standing), Reject::StateForbids);
}

#[test]
fn taking_an_open_licence_is_checked_in_order() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let poor = floor.party(CODES[3], Roles::INVESTOR);
    let reader = user(&mut floor, bo.entity, Roles::DATA_CONSUMER);
    let abroad = foreigner(&mut floor, 1, Roles::FIRM);
    floor.cash_in(abroad.account, 10_000);
    let ask = |floor: &mut Fast, asset, days| {
        let command = ask_open(asset, ana.account, |ask| ask.days = days);
        OpenLicenceId(made(floor, ana.user, command).0)
    };
    let ended = ask(&mut floor, right, 365);
    floor.must(ana.user, withdraw_open(ended));
    let open = ask(&mut floor, right, 365);
    let soon = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(day(2026, 3, 10)));
    let of_soon = ask(&mut floor, soon, 7);
    floor.until(day(2026, 3, 4));
    ladder(
        &mut floor,
        [
            (
                reader,
                take_open(OpenLicenceId(999), NO_ACCOUNT),
                Reject::UnknownAccount,
            ),
            (bo.user, take_open(of_soon, cy.account), Reject::UnknownAccount),
            (
                reader,
                take_open(OpenLicenceId(999), bo.account),
                Reject::UnknownOpenLicence,
            ),
            (reader, take_open(of_soon, bo.account), Reject::NotPermitted),
            (poor.user, take_open(ended, poor.account), Reject::InsufficientCash),
            (ana.user, take_open(ended, ana.account), Reject::StateForbids),
            (ana.user, take_open(of_soon, ana.account), Reject::OwnRight),
            (abroad.user, take_open(of_soon, abroad.account), Reject::TermBeyondRight),
            (
                abroad.user,
                take_open(open, abroad.account),
                Reject::ExportCheckRequired,
            ),
        ],
    );
    freeze(&mut floor, right);
    assert!(!open_licence(&floor, open).standing, "a freeze ends it");
    floor.until(day(2026, 3, 10));
    refuses(
        &mut floor,
        bo.user,
        take_open(of_soon, bo.account),
        Reject::AssetExpired,
    );
}

#[test]
fn everyone_takes_an_open_licence_at_one_price_and_keeps_it() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let command = ask_open(right, ana.account, |ask| ask.until = Some(day(2026, 6, 1)));
    let open = OpenLicenceId(made(&mut floor, ana.user, command).0);
    let first = floor.events.len();
    let taken = made(&mut floor, bo.user, take_open(open, bo.account));
    assert_eq!(
        cash_posted(&floor, first),
        [
            (bo.account, -10_000, 10_000, Held),
            (bo.account, 0, -10_000, Paid),
            (ana.account, 10_000, 0, Received)
        ]
    );
    let granted = licence(&floor, taken);
    assert_eq!(granted.state, LicenceState::Effective);
    assert_eq!(granted.open_licence, Some(open));
    assert_eq!((granted.licensor, granted.licensee), (ana.entity, bo.entity));
    assert_eq!(granted.scope, term(today(), day(2027, 3, 2)));
    assert_eq!(granted.record_by, Some(day(2026, 6, 2)));
    assert_eq!(open_licence(&floor, open).taken, 1);
    let holders = |floor: &Fast| {
        let told = floor.records(0).into_iter();
        told.filter(|changed| matches!(changed.record, Record::Holders(_)))
            .count()
    };
    assert_eq!(holders(&floor), 0, "who takes an open licence is not counted");

    let end = day(2026, 6, 1);
    just_before(&mut floor, end);
    floor.must(cy.user, take_open(open, cy.account));
    assert_eq!(open_licence(&floor, open).taken, 2);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(floor.at, end.start().0);
    assert!(!open_licence(&floor, open).standing);
    assert_eq!(titles::state(&floor, right), AssetState::Verified);
    refuses(&mut floor, cy.user, take_open(open, cy.account), Reject::StateForbids);
    assert_eq!(state(&floor, taken), LicenceState::Effective);
    // It stands in the way of exclusivity as long as it runs.
    let exclusive = |from: Date| {
        move |offer: &mut OfferLicence| {
            offer.kind = Some(LicenceKind::Exclusive);
            offer.scope = term(from, day(2028, 1, 1));
        }
    };
    let early = offering(right, ana, bo, exclusive(day(2027, 5, 30)));
    refuses(&mut floor, ana.user, early, Reject::LicenceConflict);
    floor.must(ana.user, offering(right, ana, bo, exclusive(day(2027, 5, 31))));
    floor.until(day(2027, 3, 2));
    assert_eq!(state(&floor, taken), LicenceState::Expired);
}

#[test]
fn an_open_licence_may_run_to_the_very_end_of_its_right() {
    let (mut floor, [ana, bo, _], _) = venue();
    let ends = day(2026, 3, 10);
    let soon = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(ends));
    let open = made(&mut floor, ana.user, ask_open(soon, ana.account, |ask| ask.days = 7));
    let open = OpenLicenceId(open.0);
    floor.until(day(2026, 3, 3));
    floor.must(bo.user, take_open(open, bo.account));
    floor.until(day(2026, 3, 4));
    refuses(
        &mut floor,
        bo.user,
        take_open(open, bo.account),
        Reject::TermBeyondRight,
    );
}
