//! Licences as they are lived: offered, agreed, paid, recorded, ended; and each rule of theirs, broken by one fault at a time.

use crate::floor::grants::{
    EVIDENCE, NO_ACCOUNT, accept, agreed, ask_open, cash_posted, consent, foreigner, freeze, kind, ladder, licence,
    licensed, made, offer, offering, open_licence, owned_by, pay, plain, state, take_open, term, terminate, thaw,
    to_copy, today, user, withdraw, withdraw_open,
};
use crate::floor::{
    self, CODES, Floor, NOBODY, NOTHING, OPERATOR, Party, at_start_of, change, day, just_before, refuses, terms,
    titles, yuan,
};
use engine::book::FastBook;
use protocol::{
    AssetId, Bounded, Command, Date, Digest, InstrumentId, LicenceId, Office, OpenLicenceId, Quantity, Readers,
    Receipt, Record, Reject,
    command::{AssetClass, IssueUnits, ListUnits},
    control::DescribeEntity,
    event::PostingReason::{Held, Paid, Received, Released},
    licence::{LicenceKind, LicenceRefusal, LicenceState, OfferLicence, RecordLicence},
    party::Roles,
    rules::{Approval, Profile},
    title::{Act, AssetChange, AssetState, NewRight, PatentKind, WithdrawConsent},
    transfer::RecordExportCheck,
};

type Fast = Floor<FastBook>;

/// A venue with an owner, two who may be licensed, and a right of the owner; each has 10,000.00 yuan.
fn venue() -> (Fast, [Party; 3], AssetId) {
    let mut floor = Fast::cn_venue();
    let parties = [0, 1, 2].map(|code| {
        let party = floor.party(CODES[code], Roles::TRADER.with(Roles::FIRM));
        floor.cash_in(party.account, 1_000_000);
        party
    });
    let right = floor.right(parties[0].entity, "US1", plain);
    (floor, parties, right)
}

fn record(licence: LicenceId, refused: Option<LicenceRefusal>) -> Command {
    Command::RecordLicence(Box::new(RecordLicence {
        licence,
        refused,
        evidence: EVIDENCE,
    }))
}

fn begins_today(offer: &mut OfferLicence) {
    offer.scope = term(today(), day(2027, 1, 1));
}

#[test]
fn a_licence_is_lived_from_its_offer_to_its_last_day() {
    let (mut floor, [ana, bo, _], right) = venue();
    let id = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    assert_eq!(state(&floor, id), LicenceState::Offered);
    assert_eq!(titles::state(&floor, right), AssetState::Listed);
    floor.must(bo.user, accept(id));
    assert_eq!(state(&floor, id), LicenceState::Agreed);
    assert_eq!(
        titles::state(&floor, right),
        AssetState::Verified,
        "nothing of it is on offer any more"
    );

    let first = floor.events.len();
    floor.must(bo.user, pay(id, bo.account));
    assert_eq!(cash_posted(&floor, first), [(bo.account, -10_000, 10_000, Held)]);
    assert_eq!(state(&floor, id), LicenceState::Paid);

    let from = day(2027, 1, 1);
    just_before(&mut floor, from);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, id), LicenceState::Paid);
    let first = floor.events.len();
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(floor.at, from.start().0);
    assert_eq!(state(&floor, id), LicenceState::Effective);
    assert_eq!(licence(&floor, id).record_by, Some(day(2027, 4, 1)));
    assert_eq!(
        cash_posted(&floor, first),
        [(bo.account, 0, -10_000, Paid), (ana.account, 10_000, 0, Received)]
    );
    let told = floor.records(first);
    assert!(
        told.iter()
            .any(|changed| matches!(&changed.record, Record::Holders(holders) if holders.count == 2))
    );

    floor.must(OPERATOR, record(id, Some(LicenceRefusal::LateFee)));
    assert_eq!(state(&floor, id), LicenceState::Effective);
    assert_eq!(licence(&floor, id).refused, Some(LicenceRefusal::LateFee));
    floor.must(OPERATOR, record(id, None));
    let recorded = licence(&floor, id);
    assert_eq!((recorded.state, recorded.refused), (LicenceState::Recorded, None));
    assert_eq!(recorded.record_by, None);

    let until = day(2028, 1, 1);
    just_before(&mut floor, until);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, id), LicenceState::Recorded);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, id), LicenceState::Expired);

    // Its parties heard all of it, and nobody else.
    for changed in floor.records(0) {
        if matches!(changed.record, Record::Licence(_)) {
            assert_eq!(changed.readers, Readers::Only(vec![ana.entity, bo.entity]));
        }
    }
}

#[test]
fn on_its_first_day_a_licence_begins_with_its_payment() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let work = floor.work(ana.entity, "W1");
    let id = agreed(&mut floor, right, ana, bo, begins_today);
    let first = floor.events.len();
    floor.must(bo.user, pay(id, bo.account));
    assert_eq!(state(&floor, id), LicenceState::Effective);
    assert_eq!(
        cash_posted(&floor, first),
        [
            (bo.account, -10_000, 10_000, Held),
            (bo.account, 0, -10_000, Paid),
            (ana.account, 10_000, 0, Received)
        ]
    );
    assert_eq!(licence(&floor, id).payer, Some(bo.account));
    assert_eq!(licence(&floor, id).record_by, Some(day(2026, 6, 2)));

    // Paid later than its first day, it is recorded from the day on which it began.
    let id = agreed(&mut floor, right, ana, cy, begins_today);
    floor.until(day(2026, 5, 31));
    floor.must(cy.user, pay(id, cy.account));
    assert_eq!(licence(&floor, id).record_by, Some(day(2026, 8, 31)));

    // A gift moves no money, and a work's licence is recorded nowhere.
    let first = floor.events.len();
    let gift = licensed(&mut floor, work, ana, bo, |offer| {
        to_copy(offer);
        offer.fee = yuan(0);
    });
    assert_eq!(cash_posted(&floor, first), []);
    assert_eq!(state(&floor, gift), LicenceState::Paid);
    floor.until(day(2027, 1, 1));
    assert_eq!(state(&floor, gift), LicenceState::Effective);
    assert_eq!(licence(&floor, gift).record_by, None);
}

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
        (offer.licensee, offer.account) = (NOBODY, NO_ACCOUNT);
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
    ladder(
        &mut floor,
        [
            (reader, step(cy, NOTHING, &no_licensee), Reject::UnknownEntity),
            (reader, step(cy, NOTHING, &no_account), Reject::UnknownAccount),
            (reader, step(cy, NOTHING, &spoiled), Reject::UnknownAsset),
            (reader, step(cy, soon, &spoiled), Reject::NotPermitted),
            (bo.user, step(cy, soon, &spoiled), Reject::NotYourAccount),
            (OPERATOR, step(cy, soon, &spoiled), Reject::NotYourAccount),
            (cy.user, step(cy, soon, &spoiled), Reject::NotTheOwner),
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
fn a_co_owner_of_a_patent_licenses_alone_but_not_exclusively() {
    let (mut floor, [ana, bo, cy], _) = venue();
    let patent = floor.right(ana.entity, "US2", owned_by(&[ana, cy]));
    let id = licensed(&mut floor, patent, cy, bo, begins_today);
    assert_eq!(licence(&floor, id).licensor, cy.entity);
    refuses(
        &mut floor,
        cy.user,
        offering(patent, cy, bo, kind(LicenceKind::Sole)),
        Reject::NotTheOwner,
    );
    refuses(&mut floor, cy.user, offering(patent, cy, ana, plain), Reject::OwnRight);

    // Of a trademark both must agree; the acting owner asks, and a consent that is gone ends the offer.
    let mark = floor.right(ana.entity, "TM", |right| {
        right.asset.class = AssetClass::Trademark;
        owned_by(&[ana, cy])(right);
    });
    refuses(&mut floor, cy.user, offering(mark, cy, bo, plain), Reject::NotTheOwner);
    refuses(
        &mut floor,
        ana.user,
        offering(mark, ana, bo, plain),
        Reject::CoOwnerConsent,
    );
    let act = Act::LicenceNonExclusive;
    floor.must(cy.user, consent(mark, act));
    let offered = made(&mut floor, ana.user, offering(mark, ana, bo, plain));
    let kept = agreed(&mut floor, mark, ana, bo, plain);
    floor.must(cy.user, Command::WithdrawConsent(WithdrawConsent { asset: mark, act }));
    assert_eq!(state(&floor, offered), LicenceState::Withdrawn);
    assert_eq!(state(&floor, kept), LicenceState::Agreed);
    refuses(&mut floor, bo.user, pay(kept, bo.account), Reject::CoOwnerConsent);
    floor.must(cy.user, consent(mark, act));
    floor.must(bo.user, pay(kept, bo.account));
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
            (reader, pay(LicenceId(999), cy.account), Reject::UnknownLicence),
            (cy.user, pay(id, cy.account), Reject::UnknownLicence),
            (reader, pay(id, cy.account), Reject::NotPermitted),
            (bo.user, pay(id, cy.account), Reject::NotYourAccount),
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
fn exclusive_shuts_everyone_out_and_sole_every_other() {
    use LicenceKind::{Exclusive, NonExclusive, Sole};
    let (mut floor, [ana, bo, cy], _) = venue();
    for (number, (first, second, same, expected)) in [
        (NonExclusive, NonExclusive, false, Ok(())),
        (NonExclusive, Sole, false, Err(Reject::LicenceConflict)),
        (NonExclusive, Sole, true, Ok(())),
        (NonExclusive, Exclusive, false, Err(Reject::LicenceConflict)),
        (NonExclusive, Exclusive, true, Err(Reject::LicenceConflict)),
        (Sole, NonExclusive, false, Err(Reject::LicenceConflict)),
        (Sole, NonExclusive, true, Ok(())),
        (Sole, Sole, false, Err(Reject::LicenceConflict)),
        (Sole, Sole, true, Ok(())),
        (Sole, Exclusive, true, Err(Reject::LicenceConflict)),
        (Exclusive, NonExclusive, false, Err(Reject::LicenceConflict)),
        (Exclusive, NonExclusive, true, Err(Reject::LicenceConflict)),
        (Exclusive, Sole, true, Err(Reject::LicenceConflict)),
        (Exclusive, Exclusive, false, Err(Reject::LicenceConflict)),
    ]
    .into_iter()
    .enumerate()
    {
        let right = floor.right(ana.entity, &format!("R{number}"), plain);
        let licensee = if same { bo } else { cy };
        let offered = made(&mut floor, ana.user, offering(right, ana, licensee, kind(second)));
        agreed(&mut floor, right, ana, bo, kind(first));
        // Asked when it is offered, and again when it is agreed.
        let again = offering(right, ana, licensee, kind(second));
        assert_eq!(
            floor.try_(ana.user, again).map(|_| ()),
            expected,
            "{first:?} then {second:?}"
        );
        assert_eq!(floor.try_(licensee.user, accept(offered)).map(|_| ()), expected);
        // Beside it in place, in field or in time, anything stands.
        floor.must(
            ana.user,
            offering(right, ana, licensee, |offer| {
                offer.kind = Some(second);
                offer.scope = term(day(2028, 1, 1), day(2028, 1, 2));
            }),
        );
    }
    let right = floor.right(ana.entity, "US2", plain);
    let scoped = |office: &[u8; 2], field: &str| {
        let scope = protocol::licence::Scope {
            territories: vec![Office(*office)],
            fields: vec![Bounded::new(field).unwrap()],
            ..term(day(2027, 1, 1), day(2028, 1, 1))
        };
        move |offer: &mut OfferLicence| {
            offer.kind = Some(Exclusive);
            offer.scope = scope.clone();
        }
    };
    agreed(&mut floor, right, ana, bo, scoped(b"CN", "G06Q"));
    agreed(&mut floor, right, ana, cy, scoped(b"US", "G06Q"));
    agreed(&mut floor, right, ana, cy, scoped(b"CN", "H04W"));
    let met = offering(right, ana, cy, scoped(b"CN", "G06Q 50/18"));
    refuses(&mut floor, ana.user, met, Reject::LicenceConflict);
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
fn a_paid_licence_of_a_frozen_right_is_refunded_on_its_first_day() {
    let (mut floor, [ana, bo, _], right) = venue();
    let id = licensed(&mut floor, right, ana, bo, plain);
    let hold = freeze(&mut floor, right);
    thaw(&mut floor, hold);
    freeze(&mut floor, right);
    assert_eq!(state(&floor, id), LicenceState::Paid, "the freeze may be over by then");
    just_before(&mut floor, day(2027, 1, 1));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, id), LicenceState::Paid);
    let first = floor.events.len();
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, id), LicenceState::Terminated);
    assert_eq!(cash_posted(&floor, first), [(bo.account, 10_000, -10_000, Released)]);
}

#[test]
fn what_is_not_performed_ends_with_a_void_right_and_what_is_performed_stays_paid() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let offered = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    let agreed_to = agreed(&mut floor, right, ana, bo, plain);
    let paid = licensed(&mut floor, right, ana, bo, plain);
    let running = licensed(&mut floor, right, ana, cy, begins_today);
    let open = OpenLicenceId(made(&mut floor, ana.user, ask_open(right, ana.account, plain)).0);
    let first = floor.events.len();
    floor.must(OPERATOR, change(right, AssetChange::Invalidate));
    assert_eq!(cash_posted(&floor, first), [(bo.account, 10_000, -10_000, Released)]);
    for (licence, expected) in [
        (offered, LicenceState::Withdrawn),
        (agreed_to, LicenceState::Withdrawn),
        (paid, LicenceState::Terminated),
        (running, LicenceState::Terminated),
    ] {
        assert_eq!(state(&floor, licence), expected);
    }
    assert!(!open_licence(&floor, open).standing);
    // The deadlines of what ended find nothing to do.
    let first = floor.events.len();
    floor.until(day(2028, 1, 2));
    assert_eq!(floor.records(first), []);
}

#[test]
fn a_licence_of_the_whole_term_expires_with_its_right() {
    let (mut floor, [ana, bo, _], _) = venue();
    let right = floor.right(ana.entity, "US2", |right| right.asset.expires = Some(day(2026, 6, 1)));
    let whole = licensed(&mut floor, right, ana, bo, |offer| {
        offer.scope = term(today(), day(2026, 6, 1))
    });
    just_before(&mut floor, day(2026, 6, 1));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, whole), LicenceState::Effective);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(&floor, whole), LicenceState::Expired);
}

#[test]
fn a_product_has_two_hundred_holders_and_no_more() {
    let (mut floor, [ana, bo, cy], _) = venue();
    let work = floor.work(ana.entity, "W1");
    let gift = |offer: &mut OfferLicence| {
        begins_today(offer);
        to_copy(offer);
        offer.fee = yuan(0);
    };
    // One has paid in advance, and the last places are taken before its first day.
    let early = licensed(&mut floor, work, ana, bo, to_copy);
    // With the owner they are two hundred.
    for number in 0..198 {
        let holder = foreigner(&mut floor, number, Roles::INVESTOR);
        licensed(&mut floor, work, ana, holder, gift);
    }
    // Two agree to the last place: who pays first has it.
    let slow = foreigner(&mut floor, 500, Roles::INVESTOR);
    let unpaid = agreed(&mut floor, work, ana, slow, gift);
    let later = made(&mut floor, ana.user, offering(work, ana, slow, to_copy));
    let last = licensed(&mut floor, work, ana, cy, gift);
    assert_eq!(state(&floor, last), LicenceState::Effective);
    refuses(&mut floor, slow.user, pay(unpaid, slow.account), Reject::HolderCap);
    refuses(&mut floor, slow.user, accept(later), Reject::HolderCap);
    floor.must(cy.user, terminate(last));
    refuses(&mut floor, slow.user, accept(later), Reject::HolderCap);
    // Who is a holder may be licensed again.
    licensed(&mut floor, work, ana, cy, gift);
    let first = floor.events.len();
    floor.until(day(2027, 1, 1));
    assert_eq!(state(&floor, early), LicenceState::Terminated);
    assert_eq!(cash_posted(&floor, first), [(bo.account, 10_000, -10_000, Released)]);
}

#[test]
fn units_that_are_out_and_an_open_licence_keep_others_from_exclusivity() {
    let mut floor = Fast::titled_market();
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
            (reader, spoiled(NOTHING, bo.account), Reject::UnknownAsset),
            (reader, spoiled(soon, bo.account), Reject::NotPermitted),
            (bo.user, spoiled(soon, bo.account), Reject::NotYourAccount),
            (OPERATOR, spoiled(soon, bo.account), Reject::NotYourAccount),
            (bo.user, spoiled(soon, ana.account), Reject::NotTheOwner),
            (ana.user, spoiled(soon, ana.account), Reject::AssetExpired),
            (ana.user, spoiled(frozen, ana.account), Reject::AmountInvalid),
            (ana.user, priced(taken, 0, late), Reject::AlreadyOffered),
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
            (
                reader,
                take_open(OpenLicenceId(999), cy.account),
                Reject::UnknownOpenLicence,
            ),
            (reader, take_open(of_soon, cy.account), Reject::NotPermitted),
            (bo.user, take_open(of_soon, cy.account), Reject::NotYourAccount),
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
fn both_profiles_license() {
    let mut floor = Fast::new();
    floor.must(OPERATOR, floor::epoch_of_titles(Profile::UnitMarket, Approval::Sandbox));
    let [ana, bo] = [0, 1].map(|code| floor.party(CODES[code], Roles::FIRM));
    let right = floor.right(ana.entity, "US1", plain);
    let mut gift = offer(right, ana, bo);
    gift.fee = yuan(0);
    let id = made(&mut floor, ana.user, Command::OfferLicence(Box::new(gift)));
    floor.must(bo.user, accept(id));
    floor.must(bo.user, pay(id, bo.account));
    assert_eq!(state(&floor, id), LicenceState::Paid);
}

#[test]
fn one_right_has_room_for_ten_thousand_licences() {
    let (mut floor, [ana, bo, _], right) = venue();
    let first = made(&mut floor, ana.user, offering(right, ana, bo, plain));
    // Without the invariants after each: they take time in the order of the state.
    for _ in 1..10_000 {
        floor.at += 1;
        let stamped = protocol::Stamped {
            seq: floor.exchange.seq().next(),
            at: protocol::Timestamp(floor.at),
            body: protocol::Request {
                by: ana.user,
                client: None,
                command: offering(right, ana, bo, plain),
            },
        };
        let answer = floor.exchange.apply(&stamped, &mut floor.events);
        assert!(matches!(answer.outcome, protocol::Outcome::Done(_)));
    }
    refuses(
        &mut floor,
        ana.user,
        offering(right, ana, bo, plain),
        Reject::LicencesTooMany,
    );
    floor.must(ana.user, withdraw(first));
    floor.must(ana.user, offering(right, ana, bo, plain));
}
