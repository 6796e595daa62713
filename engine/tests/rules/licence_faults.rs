//! One fault of a licence at a time: of its offer, its agreement, its payment; what each state forbids, and who may end
//! what.

use crate::floor::grants::{
    EVIDENCE, NO_ACCOUNT, accept, agreed, ask_open, begins_today, cash_posted, foreigner, freeze, kind, ladder,
    licensed, made, offering, owned_by, pay, plain, record, state, take_open, term, terminate, thaw, today, user,
    venue, withdraw,
};
use crate::floor::{
    self, Fast, NOBODY, NOTHING, OPERATOR, Party, at_start_of, change, day, just_before, refuses, titles, yuan,
};
use protocol::{
    Bounded, Command, LicenceId, Office, OpenLicenceId, Receipt, Reject,
    asset::AssetClass,
    control::DescribeEntity,
    event::PostingReason::Released,
    licence::{LicenceKind, LicenceRefusal, LicenceState, OfferLicence},
    party::Roles,
    title::{AssetChange, AssetState, NewRight},
    transfer::RecordExportCheck,
};

#[test]
fn an_offer_is_checked_in_order() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let reader = user(&mut floor, ana.entity, Roles::DATA_CONSUMER);
    let spoiled = |offer: &mut OfferLicence| {
        offer.fee = yuan(-1);
        offer.licensee = ana.entity;
        offer.scope.territories = vec![Office(*b"CN"); 2];
        offer.scope.fields = vec![Bounded::new("nice:46").unwrap()];
        offer.scope.from = day(2026, 3, 1);
        offer.scope.until = day(2036, 1, 1);
        offer.kind = Some(LicenceKind::Exclusive);
    };
    let with_fee = |offer: &mut OfferLicence| {
        spoiled(offer);
        offer.fee = yuan(0);
    };
    licensed(&mut floor, right, ana, bo, |offer| {
        offer.scope = term(today(), day(2034, 3, 31))
    });

    let soon = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(day(2026, 3, 4)));
    let Receipt::Rights(draft, 1) = floor.must(
        ana.user,
        Command::RegisterRights(Box::new(protocol::title::RegisterRights {
            issue_to: None,
            rights: vec![NewRight::from(floor::asset(ana.entity, "US3"))],
        })),
    ) else {
        panic!()
    };
    let suspended = floor.right(ana.entity, "US4", plain);
    floor.must(OPERATOR, change(suspended, AssetChange::Suspend));
    let indication = floor.right(ana.entity, "GI", |right| {
        right.asset.class = AssetClass::GeographicalIndication;
    });
    let frozen = floor.right(ana.entity, "US5", plain);
    freeze(&mut floor, frozen);
    let late = floor.right(ana.entity, "US6", |right| right.due = Some(today()));
    let shared = floor.right(ana.entity, "US7", owned_by(&[ana, cy]));
    floor.until(day(2026, 3, 4));
    let step = |licensor: Party, asset, change: &dyn Fn(&mut OfferLicence)| {
        offering(asset, licensor, bo, |offer| change(offer))
    };
    let no_licensee = |offer: &mut OfferLicence| {
        spoiled(offer);
        offer.licensee = NOBODY;
    };
    let no_account = |offer: &mut OfferLicence| {
        spoiled(offer);
        offer.account = NO_ACCOUNT;
    };
    let to_bo = |offer: &mut OfferLicence| {
        with_fee(offer);
        offer.licensee = bo.entity;
    };
    let somewhere = |offer: &mut OfferLicence| {
        to_bo(offer);
        offer.scope.territories.pop();
    };
    let of_something = |offer: &mut OfferLicence| {
        somewhere(offer);
        offer.scope.fields.clear();
    };
    let of_days = |offer: &mut OfferLicence| {
        of_something(offer);
        offer.scope.from = day(2026, 3, 4);
    };
    let within = |offer: &mut OfferLicence| {
        of_days(offer);
        offer.scope.until = day(2034, 3, 31);
    };
    let refused = offering(draft, ana, bo, no_licensee);
    refuses(&mut floor, ana.user, refused, Reject::UnknownEntity);
    ladder(
        &mut floor,
        [
            (reader, step(cy, NOTHING, &no_account), Reject::UnknownAccount),
            (reader, step(cy, NOTHING, &spoiled), Reject::UnknownAccount),
            (reader, step(ana, NOTHING, &spoiled), Reject::UnknownAsset),
            (cy.user, step(cy, soon, &no_licensee), Reject::UnknownAsset),
            (reader, step(ana, soon, &spoiled), Reject::NotPermitted),
            (OPERATOR, step(cy, soon, &spoiled), Reject::NotYourAccount),
            (cy.user, step(cy, shared, &spoiled), Reject::NotTheOwner),
            (ana.user, step(ana, soon, &spoiled), Reject::AssetExpired),
            (ana.user, step(ana, draft, &spoiled), Reject::AmountInvalid),
            (ana.user, step(ana, draft, &with_fee), Reject::NotVerified),
            (ana.user, step(ana, suspended, &with_fee), Reject::StateForbids),
            (ana.user, step(ana, indication, &with_fee), Reject::NotTransferable),
            (ana.user, step(ana, frozen, &with_fee), Reject::RightFrozen),
            (ana.user, step(ana, late, &with_fee), Reject::AnnuityUnpaid),
            (ana.user, step(ana, shared, &with_fee), Reject::CoOwnerConsent),
            (ana.user, step(ana, right, &with_fee), Reject::OwnRight),
            (ana.user, step(ana, right, &to_bo), Reject::TerritoryInvalid),
            (ana.user, step(ana, right, &somewhere), Reject::FieldInvalid),
            (ana.user, step(ana, right, &of_something), Reject::TermInvalid),
            (ana.user, step(ana, right, &of_days), Reject::TermBeyondRight),
            (ana.user, step(ana, right, &within), Reject::LicenceConflict),
        ],
    );
    floor.must(
        OPERATOR,
        offering(right, ana, bo, |offer| {
            within(offer);
            offer.kind = None;
        }),
    );
}

#[test]
fn an_agreement_is_checked_in_order() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let reader = user(&mut floor, bo.entity, Roles::DATA_CONSUMER);
    let today_only = |offer: &mut OfferLicence| offer.scope = term(today(), day(2026, 3, 3));
    let id = made(
        &mut floor,
        ana.user,
        offering(right, ana, bo, kind(LicenceKind::Exclusive)),
    );
    let short = made(&mut floor, ana.user, offering(right, ana, bo, today_only));
    let soon = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(day(2027, 1, 3)));
    let ends = |offer: &mut OfferLicence| offer.scope = term(day(2027, 1, 1), day(2027, 1, 3));
    let of_soon = made(&mut floor, ana.user, offering(soon, ana, bo, ends));
    let abroad = foreigner(&mut floor, 1, Roles::FIRM);
    let export = made(&mut floor, ana.user, offering(right, ana, abroad, begins_today));
    ladder(
        &mut floor,
        [
            (bo.user, accept(LicenceId(999)), Reject::UnknownLicence),
            (cy.user, accept(id), Reject::UnknownLicence),
            (reader, accept(id), Reject::NotPermitted),
            (OPERATOR, accept(id), Reject::NotPermitted),
            (ana.user, accept(id), Reject::NotAParty),
            (abroad.user, accept(export), Reject::ExportCheckRequired),
        ],
    );
    licensed(&mut floor, right, ana, cy, |offer| {
        offer.scope = term(day(2027, 6, 1), day(2027, 6, 2));
    });
    refuses(&mut floor, bo.user, accept(id), Reject::LicenceConflict);
    refuses(&mut floor, cy.user, accept(id), Reject::UnknownLicence);

    // What changed since the offer: its last day has come, or its right's.
    just_before(&mut floor, day(2026, 3, 3));
    let late = floor.at;
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, short), LicenceState::Offered);
    refuses_after_deadlines(&mut floor, bo, accept(short), Reject::StateForbids);
    assert_eq!(floor.at, late + 2);
    assert_eq!(state(&floor, short), LicenceState::Withdrawn);
    floor.until(day(2027, 1, 2));
    at_start_of(&mut floor, day(2027, 1, 3));
    refuses_after_deadlines(&mut floor, bo, accept(of_soon), Reject::AssetExpired);
    assert_eq!(state(&floor, of_soon), LicenceState::Withdrawn);
}

/// A command that is refused, at a moment when deadlines fire before it.
fn refuses_after_deadlines(floor: &mut Fast, by: Party, command: Command, reject: Reject) {
    assert_eq!(floor.try_(by.user, command), Err(reject));
}

#[test]
fn a_payment_is_checked_in_order() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let reader = user(&mut floor, bo.entity, Roles::DATA_CONSUMER);
    let id = agreed(&mut floor, right, ana, bo, |offer| offer.fee = yuan(1_000_001));
    let other = agreed(&mut floor, right, ana, bo, plain);
    let offered = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    let hold = freeze(&mut floor, right);
    assert_eq!(state(&floor, offered), LicenceState::Withdrawn, "a freeze ends offers");
    ladder(
        &mut floor,
        [
            (reader, pay(LicenceId(999), NO_ACCOUNT), Reject::UnknownAccount),
            (bo.user, pay(id, cy.account), Reject::UnknownAccount),
            (reader, pay(LicenceId(999), bo.account), Reject::UnknownLicence),
            (cy.user, pay(id, cy.account), Reject::UnknownLicence),
            (reader, pay(id, bo.account), Reject::NotPermitted),
            (ana.user, pay(id, ana.account), Reject::NotAParty),
            (bo.user, pay(id, bo.account), Reject::InsufficientCash),
            (bo.user, pay(offered, bo.account), Reject::StateForbids),
            (bo.user, pay(other, bo.account), Reject::RightFrozen),
        ],
    );
    thaw(&mut floor, hold);
    floor.must(bo.user, pay(other, bo.account));
    assert_eq!(
        state(&floor, id),
        LicenceState::Agreed,
        "what is agreed outlives the offers"
    );
    // It never was paid: with its last day it comes to nothing.
    floor.until(day(2028, 1, 1));
    assert_eq!(state(&floor, id), LicenceState::Withdrawn);
}

/// A year of random filings found technology licensed abroad through a nominee at home.
#[test]
fn who_holds_for_somebody_abroad_waits_for_the_export_check_too() {
    let (mut floor, [ana, bo, _], right) = venue();
    let abroad = foreigner(&mut floor, 1, Roles::FIRM);
    let unpaid = agreed(&mut floor, right, ana, bo, plain);
    let open = made(&mut floor, ana.user, ask_open(right, ana.account, plain));
    let offered = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    let describe = DescribeEntity {
        entity: bo.entity,
        country: Office::CN,
        beneficiaries: vec![abroad.entity],
        evidence: EVIDENCE,
    };
    floor.must(OPERATOR, Command::DescribeEntity(Box::new(describe)));
    let open = OpenLicenceId(open.0);
    for command in [accept(offered), pay(unpaid, bo.account), take_open(open, bo.account)] {
        refuses(&mut floor, bo.user, command, Reject::ExportCheckRequired);
    }
    let check = RecordExportCheck {
        asset: right,
        entity: bo.entity,
        cleared: true,
        evidence: EVIDENCE,
    };
    floor.must(OPERATOR, Command::RecordExportCheck(Box::new(check)));
    floor.must(bo.user, accept(offered));
    floor.must(bo.user, pay(unpaid, bo.account));
    floor.must(bo.user, take_open(open, bo.account));
}

#[test]
fn every_step_that_a_state_forbids_is_refused() {
    let (mut floor, [ana, bo, _], right) = venue();
    let offered = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    let agreed_to = agreed(&mut floor, right, ana, bo, plain);
    let paid = licensed(&mut floor, right, ana, bo, plain);
    let effective = licensed(&mut floor, right, ana, bo, begins_today);
    let recorded = licensed(&mut floor, right, ana, bo, begins_today);
    floor.must(OPERATOR, record(recorded, None));
    let expired = licensed(&mut floor, right, ana, bo, |offer| {
        offer.scope = term(today(), day(2026, 3, 3))
    });
    let terminated = licensed(&mut floor, right, ana, bo, begins_today);
    floor.must(bo.user, terminate(terminated));
    let withdrawn = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    floor.must(ana.user, withdraw(withdrawn));
    floor.until(day(2026, 3, 3));

    let all = ["accept", "withdraw", "pay", "refuse", "record", "give up", "dissolve"];
    for (licence, expected, allowed) in [
        (offered, LicenceState::Offered, &["accept", "withdraw"][..]),
        (agreed_to, LicenceState::Agreed, &["pay", "dissolve"]),
        (paid, LicenceState::Paid, &["give up", "dissolve"]),
        (
            effective,
            LicenceState::Effective,
            &["refuse", "record", "give up", "dissolve"],
        ),
        (recorded, LicenceState::Recorded, &["give up", "dissolve"]),
        (expired, LicenceState::Expired, &[]),
        (terminated, LicenceState::Terminated, &[]),
        (withdrawn, LicenceState::Withdrawn, &[]),
    ] {
        assert_eq!(state(&floor, licence), expected);
        for step in all.into_iter().filter(|step| !allowed.contains(step)) {
            let (by, command) = match step {
                "accept" => (bo.user, accept(licence)),
                "withdraw" => (ana.user, withdraw(licence)),
                "pay" => (bo.user, pay(licence, bo.account)),
                "refuse" => (OPERATOR, record(licence, Some(LicenceRefusal::Other))),
                "record" => (OPERATOR, record(licence, None)),
                "give up" => (bo.user, terminate(licence)),
                _ => (OPERATOR, terminate(licence)),
            };
            refuses(&mut floor, by, command, Reject::StateForbids);
        }
        assert_eq!(state(&floor, licence), expected);
    }
}

#[test]
fn who_may_end_what() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let reader = user(&mut floor, ana.entity, Roles::DATA_CONSUMER);
    let trader = user(&mut floor, ana.entity, Roles::TRADER);
    let [first, second, third] = [(); 3].map(|()| made(&mut floor, ana.user, offering(right, ana, bo, plain)));
    ladder(
        &mut floor,
        [
            (cy.user, withdraw(first), Reject::UnknownLicence),
            (reader, withdraw(first), Reject::NotPermitted),
            (trader, withdraw(first), Reject::NotPermitted),
        ],
    );
    for (by, licence) in [(ana.user, first), (bo.user, second), (OPERATOR, third)] {
        assert_eq!(titles::state(&floor, right), AssetState::Listed);
        floor.must(by, withdraw(licence));
        assert_eq!(state(&floor, licence), LicenceState::Withdrawn);
    }
    assert_eq!(titles::state(&floor, right), AssetState::Verified);

    let paid = licensed(&mut floor, right, ana, bo, plain);
    ladder(
        &mut floor,
        [
            (cy.user, record(paid, None), Reject::UnknownLicence),
            (ana.user, record(paid, None), Reject::NotPermitted),
        ],
    );
    ladder(
        &mut floor,
        [
            (cy.user, terminate(paid), Reject::UnknownLicence),
            (reader, terminate(paid), Reject::NotPermitted),
            (ana.user, terminate(paid), Reject::NotAParty),
        ],
    );
    // Before it began, it is refunded; after, it is not.
    let first = floor.events.len();
    floor.must(bo.user, terminate(paid));
    assert_eq!(state(&floor, paid), LicenceState::Terminated);
    assert_eq!(cash_posted(&floor, first), [(bo.account, 10_000, -10_000, Released)]);
    let running = licensed(&mut floor, right, ana, bo, begins_today);
    let first = floor.events.len();
    floor.must(OPERATOR, terminate(running));
    assert_eq!(state(&floor, running), LicenceState::Terminated);
    assert_eq!(cash_posted(&floor, first), []);
    // Who agreed and does not pay is let go by an operator alone.
    let squatted = agreed(&mut floor, right, ana, bo, kind(LicenceKind::Exclusive));
    refuses(&mut floor, bo.user, terminate(squatted), Reject::StateForbids);
    floor.must(OPERATOR, terminate(squatted));
    assert_eq!(state(&floor, squatted), LicenceState::Withdrawn);
    floor.must(ana.user, offering(right, ana, cy, kind(LicenceKind::Exclusive)));
}

#[test]
fn who_would_pay_for_a_licence_of_a_right_that_has_ended_is_told_so_before_its_cash_is_looked_at() {
    let (mut floor, [ana, bo, _], _) = venue();
    let ends = day(2026, 3, 10);
    let soon = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(ends));
    let within = |offer: &mut OfferLicence| {
        offer.scope = crate::floor::grants::term(day(2026, 3, 2), ends);
        offer.fee = yuan(2_000_000);
    };
    let licence = crate::floor::grants::agreed(&mut floor, soon, ana, bo, within);
    let pay = crate::floor::grants::pay(licence, bo.account);
    assert_eq!(floor.try_(bo.user, pay.clone()), Err(Reject::InsufficientCash));
    floor.until(ends);
    refuses(&mut floor, bo.user, pay, Reject::AssetExpired);
}
