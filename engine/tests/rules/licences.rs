//! Licences as they are lived: offered, agreed, paid, recorded, ended; and which stand beside each other.

use crate::floor::grants::{
    accept, agreed, ask_open, begins_today, cash_posted, consent, foreigner, freeze, kind, licence, licensed, made,
    offer, offering, open_licence, owned_by, pay, plain, record, state, term, terminate, thaw, to_copy, today, venue,
    withdraw,
};
use crate::floor::{self, CODES, Fast, OPERATOR, change, day, just_before, refuses, titles, yuan};
use protocol::{
    Bounded, Command, Office, OpenLicenceId, Readers, Record, Reject,
    asset::AssetClass,
    event::PostingReason::{Held, Paid, Received, Released},
    licence::{LicenceKind, LicenceRefusal, LicenceState, OfferLicence},
    party::Roles,
    rules::{Approval, Profile},
    title::{Act, AssetChange, AssetState, WithdrawConsent},
};

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
fn both_profiles_license() {
    let mut floor = Fast::new();
    floor.must(OPERATOR, floor::epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20));
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

/// IPC Guide 3.4: digits from the third on divide decimally, so a zero at their end says nothing.
#[test]
fn zeros_behind_the_decimals_of_a_field_say_nothing() {
    let (mut floor, [ana, bo, cy], right) = venue();
    let of = |fields: &[&str]| {
        let fields: Vec<_> = fields.iter().map(|field| Bounded::new(field).unwrap()).collect();
        move |offer: &mut OfferLicence| {
            offer.kind = Some(LicenceKind::Exclusive);
            offer.scope.fields.clone_from(&fields);
        }
    };
    let twice = offering(right, ana, bo, of(&["G06Q 50/18", "G06Q 50/1800"]));
    refuses(&mut floor, ana.user, twice, Reject::FieldInvalid);
    agreed(&mut floor, right, ana, bo, of(&["G06Q 50/1800"]));
    // 50/18 with everything below it, of which this is a part.
    let within = offering(right, ana, cy, of(&["G06Q 50/1805"]));
    refuses(&mut floor, ana.user, within, Reject::LicenceConflict);
    agreed(&mut floor, right, ana, cy, of(&["G06Q 50/2000"]));
}
