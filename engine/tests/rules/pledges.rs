//! Pledges: filed, examined by the twelve grounds, recorded, mended, changed, released, substituted; and what becomes of
//! them when their right ends.

use crate::floor::{
    Floor, NOTHING, OPERATOR, change as change_asset, day,
    grants::{EVIDENCE, consent, freeze, ladder, today},
    just_before,
    pledges::{
        Desk, application, assign, change, default, deficient, file, filed, fix, free_of_interest, guarantor, lent,
        made_loan, mend, pledge, recorded, recorded_at, refused, release, sign, substitute, withdraw,
    },
    refuses,
    titles::{dues, trademark},
    yuan,
};
use engine::book::{FastBook, PlainBook};
use protocol::{
    AssetId, Command, LoanId, Receipt, Reject, Timestamp,
    asset::AssetClass,
    pledge::{
        Acknowledged, Acknowledgement, DefaultCause, EndedObject, FilingWay, FixCause, Maximum, MendPledge, ObjectEnd,
        PledgeApplication, PledgeRefusal, PledgeState, PledgeWarning, PledgorKind, Registrar, Resolution, ResolvedBy,
    },
    title::{AssetChange, Basis, HoldKind, NamedValue, NewRight, PatentKind, PlaceHold, RecordValuation, Share},
};

type Fine = Desk<FastBook>;

/// A desk, a loan, and a patent of the firm.
fn scene() -> (Fine, LoanId, AssetId) {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.patent("A");
    (desk, loan, asset)
}

#[test]
fn a_pledge_is_filed_recorded_and_released() {
    let mut desk = Desk::<PlainBook>::on(Floor::cn_venue());
    let asked = lent(desk.bank, desk.firm, |_| {});
    let loan = made_loan(&mut desk.floor, desk.bank.user, asked);
    let asset = desk.floor.right(desk.firm.entity, "A", |_| {});
    let id = filed(&mut desk.floor, desk.bank.user, application(loan, desk.firm, &[asset]));
    let told = pledge(&desk.floor, id);
    assert_eq!(
        (told.state, told.registrar, told.in_rem),
        (PledgeState::Submitted, Registrar::Cnipa, true)
    );
    // Monday the 2nd, online: two working days.
    assert_eq!((told.window, told.registered_at), (Some(day(2026, 3, 4)), None));
    desk.floor.must(OPERATOR, recorded(id));
    let told = pledge(&desk.floor, id);
    assert_eq!((told.state, told.window), (PledgeState::Registered, None));
    assert_eq!(told.registered_at, Some(Timestamp(desk.floor.at)));
    desk.floor.must(desk.bank.user, release(id, &[]));
    assert_eq!(pledge(&desk.floor, id).state, PledgeState::Released);
    refuses(&mut desk.floor, desk.bank.user, release(id, &[]), Reject::StateForbids);
}

#[test]
fn what_one_side_files_is_a_draft_until_the_other_signs() {
    let (mut desk, loan, asset) = scene();
    let mut unsigned = desk.application(loan, &[asset]);
    unsigned.mandate = None;
    let id = desk.file(unsigned.clone());
    assert_eq!((desk.state(id), desk.pledge(id).window), (PledgeState::Draft, None));
    refuses(&mut desk.floor, OPERATOR, recorded(id), Reject::StateForbids);
    refuses(&mut desk.floor, desk.bank.user, sign(id), Reject::NotAParty);
    refuses(&mut desk.floor, desk.other_bank.user, sign(id), Reject::UnknownPledge);
    let other_contract = Command::SignPledge(Box::new(protocol::pledge::SignPledge {
        pledge: id,
        contract: EVIDENCE,
    }));
    refuses(&mut desk.floor, desk.firm.user, other_contract, Reject::ContractDiffers);
    desk.floor.must(desk.firm.user, sign(id));
    assert_eq!(desk.state(id), PledgeState::Submitted);
    refuses(&mut desk.floor, desk.firm.user, sign(id), Reject::StateForbids);

    // The pledgor files, and the bank signs.
    let other = desk.patent("B");
    let by_firm = PledgeApplication {
        rights: desk.application(loan, &[other]).rights,
        mandate: Some(EVIDENCE),
        ..unsigned
    };
    let id = filed(&mut desk.floor, desk.firm.user, by_firm);
    assert_eq!(
        desk.state(id),
        PledgeState::Draft,
        "a pledgor's mandate says nothing for the bank"
    );
    refuses(&mut desk.floor, desk.firm.user, sign(id), Reject::NotAParty);
    desk.floor.must(desk.bank.user, sign(id));
    assert_eq!(desk.state(id), PledgeState::Submitted);
}

#[test]
fn a_draft_is_declined_by_its_pledgor_and_what_is_filed_is_not() {
    let (mut desk, loan, asset) = scene();
    let mut unsigned = desk.application(loan, &[asset]);
    unsigned.mandate = None;
    let id = desk.file(unsigned);
    desk.floor.must(desk.firm.user, withdraw(id));
    assert_eq!(desk.state(id), PledgeState::Withdrawn);
    let id = desk.file(desk.application(loan, &[asset]));
    refuses(&mut desk.floor, desk.firm.user, withdraw(id), Reject::NotAParty);
    desk.floor.must(desk.bank.user, withdraw(id));
    assert_eq!(desk.state(id), PledgeState::Withdrawn);
    refuses(&mut desk.floor, desk.bank.user, withdraw(id), Reject::StateForbids);
}

#[test]
fn applications_are_filed_together_or_none_of_them() {
    let (mut desk, loan, asset) = scene();
    let other = desk.patent("B");
    let one = desk.application(loan, &[asset]);
    let mut wrong = desk.application(loan, &[other]);
    wrong.contract.states.pop();
    let none = file(vec![one.clone(), wrong]);
    refuses(&mut desk.floor, desk.bank.user, none, Reject::PledgeContractIncomplete);
    let both = file(vec![one.clone(), desk.application(loan, &[other])]);
    let Receipt::Pledges(first, 2) = desk.floor.must(desk.bank.user, both) else {
        panic!()
    };
    assert_eq!(desk.state(first), PledgeState::Submitted);
    for count in [0, 101] {
        let many = file(vec![one.clone(); count]);
        refuses(&mut desk.floor, desk.bank.user, many, Reject::FilingInvalid);
    }
    // One stands there by now.
    let many = file(vec![one.clone(); 64]);
    refuses(&mut desk.floor, desk.bank.user, many, Reject::PledgesTooMany);
    desk.floor.must(desk.bank.user, file(vec![one; 63]));
}

#[test]
fn what_an_application_is_refused_for_before_its_rights_are_looked_at() {
    let (mut desk, loan, asset) = scene();
    let (bank, firm) = (desk.bank, desk.firm);
    let plain = desk.application(loan, &[asset]);
    let with = |change: &dyn Fn(&mut PledgeApplication)| {
        let mut application = plain.clone();
        change(&mut application);
        file(vec![application])
    };
    let reader = crate::floor::grants::user(&mut desk.floor, bank.entity, protocol::party::Roles::DATA_CONSUMER);
    let third = desk.other_firm;
    let steps = [
        (third.user, with(&|_| {}), Reject::UnknownLoan),
        (
            bank.user,
            with(&|one| one.replaces = Some(protocol::PledgeId(0))),
            Reject::UnknownPledge,
        ),
        (reader, with(&|_| {}), Reject::NotPermitted),
        (firm.user, with(&|one| one.pledgor = third.entity), Reject::NotAParty),
        (bank.user, with(&|one| one.rights.clear()), Reject::FilingInvalid),
        (
            bank.user,
            with(&|one| one.rights.push(one.rights[0])),
            Reject::FilingInvalid,
        ),
        (bank.user, with(&|one| one.amount = yuan(0)), Reject::FilingInvalid),
        (
            bank.user,
            with(&|one| one.rights[0].value = Some(yuan(0))),
            Reject::FilingInvalid,
        ),
        (bank.user, with(&|one| one.cover_pct = 1_001), Reject::FilingInvalid),
        (bank.user, with(&|one| one.pledgor = bank.entity), Reject::FilingInvalid),
        (
            bank.user,
            with(&|one| one.amount = protocol::Amount::new(protocol::Currency::Usd, one.amount.money)),
            Reject::FilingInvalid,
        ),
        (
            bank.user,
            with(&|one| {
                one.maximum = Some(Maximum {
                    limit: yuan(1),
                    until: None,
                });
            }),
            Reject::FilingInvalid,
        ),
        (
            bank.user,
            with(&|one| one.intake.kind = PledgorKind::Government),
            Reject::PledgorBarred,
        ),
        (
            bank.user,
            with(&|one| one.intake.kind = PledgorKind::Committee),
            Reject::PledgorBarred,
        ),
        (bank.user, with(&|one| one.intake.taxes = None), Reject::TaxDisclosure),
    ];
    ladder(&mut desk.floor, steps);
    // A university pledges what are not its facilities.
    desk.floor
        .must(bank.user, with(&|one| one.intake.kind = PledgorKind::PublicGood));
}

#[test]
fn a_company_resolves_before_it_gives_security_for_another() {
    use PledgorKind::{Company, ListedCompany};
    use ResolvedBy::{Board, Holders, HoldersWithoutDebtor};
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let pledgor = desk.other_firm;
    for (number, (kind, controlled, resolved, published, fits)) in [
        (Company, false, None, false, false),
        (Company, false, Some(Board), false, true),
        (Company, true, Some(Board), false, false),
        (Company, true, Some(Holders), false, false),
        (Company, true, Some(HoldersWithoutDebtor), false, true),
        (ListedCompany, false, Some(Board), false, false),
        (ListedCompany, false, Some(Board), true, true),
        (ListedCompany, true, Some(Holders), true, false),
        (PledgorKind::Person, false, None, false, true),
    ]
    .into_iter()
    .enumerate()
    {
        let asset = desk.floor.right(pledgor.entity, &format!("R{number}"), |_| {});
        let mut asked = application(loan, pledgor, &[asset]);
        (asked.intake.kind, asked.intake.controlled) = (kind, controlled);
        let evidence = EVIDENCE;
        asked.intake.resolution = resolved.map(|by| Resolution {
            by,
            published,
            evidence,
        });
        let outcome = desk.floor.try_(desk.bank.user, file(vec![asked])).map(|_| ());
        let expected = if fits { Ok(()) } else { Err(Reject::NoResolution) };
        assert_eq!(outcome, expected, "{kind:?} {controlled} {resolved:?} {published}");
    }
}

/// Each ground stands in the way of its own right, and when it is gone the right is pledged.
#[test]
fn each_of_the_twelve_grounds_stands_in_the_way() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_firm);
    let right = |desk: &mut Fine, name: &str, change: &dyn Fn(&mut NewRight)| {
        desk.floor.right(firm.entity, name, |right| change(right))
    };
    let refuse = |desk: &mut Fine, application: PledgeApplication, reject| {
        refuses(&mut desk.floor, bank.user, file(vec![application]), reject);
    };

    let of_another = desk.floor.right(other.entity, "R1", |_| {});
    let asked = desk.application(loan, &[of_another]);
    refuse(&mut desk, asked, Reject::PledgeNotOwner);
    let nothing = desk.application(loan, &[NOTHING]);
    refuse(&mut desk, nothing, Reject::PledgeNotOwner);

    let void = right(&mut desk, "R2", &|_| {});
    desk.floor.must(OPERATOR, change_asset(void, AssetChange::Invalidate));
    let asked = desk.application(loan, &[void]);
    refuse(&mut desk, asked, Reject::PledgeEnded);

    let applied = right(&mut desk, "R3", &|right| right.asset.granted = None);
    let asked = desk.application(loan, &[applied]);
    refuse(&mut desk, asked, Reject::PledgeNotGranted);

    let disputed = right(&mut desk, "R5", &|_| {});
    let hold = freeze(&mut desk.floor, disputed);
    let asked = desk.application(loan, &[disputed]);
    refuse(&mut desk, asked.clone(), Reject::PledgePreserved);
    crate::floor::grants::thaw(&mut desk.floor, hold);
    desk.file(asked);
    let suspended = right(&mut desk, "R5B", &|_| {});
    desk.floor.must(OPERATOR, change_asset(suspended, AssetChange::Suspend));
    let asked = desk.application(loan, &[suspended]);
    refuse(&mut desk, asked, Reject::PledgePreserved);

    let outlived = right(&mut desk, "R6", &|right| right.asset.expires = Some(day(2027, 3, 1)));
    let just = right(&mut desk, "R6B", &|right| right.asset.expires = Some(day(2027, 3, 2)));
    let asked = desk.application(loan, &[just, outlived]);
    refuse(&mut desk, asked, Reject::PledgeDebtBeyondRight);
    let asked = desk.application(loan, &[just]);
    desk.file(asked);

    let silent = right(&mut desk, "R7", &|_| {});
    for term in 0..5 {
        let mut asked = desk.application(loan, &[silent]);
        asked.contract.states.remove(term);
        refuse(&mut desk, asked, Reject::PledgeContractIncomplete);
    }

    let parts = [firm, other].map(|party| Share {
        entity: party.entity,
        parts: 1,
    });
    let owned = right(&mut desk, "R8", &|right| right.owners = parts.to_vec());
    let asked = desk.application(loan, &[owned]);
    refuse(&mut desk, asked.clone(), Reject::PledgeCoOwner);
    let otherwise = PledgeApplication {
        co_owners: Some(EVIDENCE),
        ..asked.clone()
    };
    let agreed = desk.file(otherwise);
    desk.floor.must(bank.user, withdraw(agreed));
    desk.floor
        .must(other.user, consent(owned, protocol::title::Act::Pledge));
    desk.file(asked);

    let taken = right(&mut desk, "R9", &|_| {});
    let first = desk.pledged(loan, taken);
    let asked = desk.application(loan, &[taken]);
    refuse(&mut desk, asked.clone(), Reject::PledgePledged);
    desk.floor.must(bank.user, release(first, &[]));
    desk.file(asked);

    let doubled = right(&mut desk, "R10", &|right| right.kind = Some(PatentKind::UtilityModel));
    let mut asked = desk.application(loan, &[doubled]);
    asked.same_day = true;
    refuse(&mut desk, asked.clone(), Reject::PledgeSameDay);
    let known = |what| Acknowledged {
        what,
        evidence: EVIDENCE,
    };
    asked.acknowledged = vec![known(Acknowledgement::SameDayInvention)];
    desk.file(asked);

    let challenged = right(&mut desk, "R11", &|_| {});
    desk.floor
        .must(OPERATOR, hold_of(challenged, HoldKind::InvalidationPending));
    let mut asked = desk.application(loan, &[challenged]);
    refuse(&mut desk, asked.clone(), Reject::PledgeInvalidationPending);
    asked.acknowledged = vec![known(Acknowledgement::InvalidationPending)];
    desk.file(asked);

    let place = right(&mut desk, "R12", &|right| {
        right.asset.class = AssetClass::GeographicalIndication;
    });
    let asked = desk.application(loan, &[place]);
    refuse(&mut desk, asked, Reject::PledgeOther);

    // R4, at the end: time goes on. The months of grace count as unpaid.
    let late = right(&mut desk, "R4", &|right| right.due = Some(day(2026, 3, 31)));
    desk.floor.until(day(2026, 3, 31));
    let asked = desk.application(loan, &[late]);
    let on_the_day = desk.file(asked.clone());
    desk.floor.must(bank.user, withdraw(on_the_day));
    desk.floor.until(day(2026, 4, 1));
    refuse(&mut desk, asked.clone(), Reject::PledgeAnnuityUnpaid);
    desk.floor.must(OPERATOR, dues(late, None, None));
    desk.file(asked);
}

fn hold_of(asset: AssetId, kind: HoldKind) -> Command {
    Command::PlaceHold(Box::new(PlaceHold {
        asset,
        kind,
        holder: protocol::Bounded::new("Court of Shenzhen").unwrap(),
        reference: protocol::Bounded::new("(2026) 1").unwrap(),
        until: None,
        renews: None,
        evidence: EVIDENCE,
    }))
}

#[test]
fn a_hold_that_arrives_between_filing_and_recording_wins() {
    let (mut desk, loan, asset) = scene();
    let id = desk.file(desk.application(loan, &[asset]));
    freeze(&mut desk.floor, asset);
    refuses(&mut desk.floor, OPERATOR, recorded(id), Reject::PledgePreserved);
    desk.floor.must(OPERATOR, refused(id, PledgeRefusal::Preserved));
    let told = desk.pledge(id);
    assert_eq!(
        (told.state, told.refused),
        (PledgeState::Refused, Some(PledgeRefusal::Preserved))
    );
    assert_eq!(told.registered_at, None, "it was never created");
}

#[test]
fn of_two_that_are_filed_for_a_patent_the_first_recorded_stands() {
    let (mut desk, loan, asset) = scene();
    let asked = lent(desk.other_bank, desk.firm, |_| {});
    let other = made_loan(&mut desk.floor, desk.other_bank.user, asked);
    let first = desk.file(desk.application(loan, &[asset]));
    let application = desk.application(other, &[asset]);
    let second = filed(&mut desk.floor, desk.other_bank.user, application);
    desk.floor.must(OPERATOR, recorded(second));
    refuses(&mut desk.floor, OPERATOR, recorded(first), Reject::PledgePledged);
}

#[test]
fn a_work_is_pledged_to_several_and_they_rank_by_their_recording() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let work = desk.floor.work(desk.firm.entity, "W");
    let first = desk.file(desk.application(loan, &[work]));
    let second = desk.file(desk.application(loan, &[work]));
    let told = desk.pledge(first);
    // Ten days from the acceptance, which ends on a working day.
    assert_eq!(
        (told.registrar, told.window),
        (Registrar::CopyrightCentre, Some(day(2026, 3, 12)))
    );
    desk.floor.must(OPERATOR, recorded(second));
    desk.floor.must(OPERATOR, recorded(first));
    // Who gains must have the word of those behind it; who is last needs nobody's.
    let raised = |id, consent| change(id, Some(yuan(100_000_001)), None, consent);
    refuses(&mut desk.floor, OPERATOR, raised(second, false), Reject::RankConsent);
    desk.floor.must(OPERATOR, raised(first, false));
    desk.floor.must(OPERATOR, change(second, Some(yuan(1)), None, false));
    desk.floor.must(OPERATOR, raised(second, true));
    assert_eq!(desk.state(second), PledgeState::Changed);
}

#[test]
fn each_class_has_its_registrar_and_each_way_its_window() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    for (number, (way, last)) in [
        (FilingWay::Online, day(2026, 3, 4)),
        (FilingWay::Counter, day(2026, 3, 5)),
        (FilingWay::Paper, day(2026, 3, 9)),
    ]
    .into_iter()
    .enumerate()
    {
        let asset = desk.patent(&format!("W{number}"));
        let mut asked = desk.application(loan, &[asset]);
        asked.way = Some(way);
        let id = desk.file(asked);
        assert_eq!(desk.pledge(id).window, Some(last), "{way:?}");
    }
    let work = desk.floor.work(desk.firm.entity, "WORK");
    let patent = desk.patent("P");
    let mixed = file(vec![desk.application(loan, &[work, patent])]);
    refuses(&mut desk.floor, desk.bank.user, mixed, Reject::FilingInvalid);
}

#[test]
fn income_is_recorded_by_its_parties_and_know_how_by_nobody() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    for (class, registrar, in_rem) in [
        (AssetClass::LicenceIncome, Registrar::Pboc, true),
        (AssetClass::KnowHow, Registrar::Nobody, false),
    ] {
        let asset = desk.floor.right(desk.firm.entity, &format!("{class:?}"), |right| {
            (right.asset.class, right.asset.granted, right.asset.expires) = (class, None, Some(day(2026, 6, 1)));
        });
        let mut asked = desk.application(loan, &[asset]);
        // Nobody examines: not even that the contract is whole, or how long the debt runs.
        asked.contract.states.clear();
        let id = desk.file(asked);
        let told = desk.pledge(id);
        assert_eq!((told.state, told.registrar), (PledgeState::Registered, registrar));
        assert_eq!((told.in_rem, told.window), (in_rem, None));
        assert_eq!(told.warnings.contains(&PledgeWarning::NotInRem), !in_rem);
    }
}

#[test]
fn a_forfeiture_is_recorded_void_and_warned_of() {
    let (mut desk, loan, asset) = scene();
    let mut asked = desk.application(loan, &[asset]);
    asked.contract.forfeiture = true;
    let id = desk.recorded(asked);
    assert_eq!(desk.pledge(id).warnings, [PledgeWarning::ForfeitureVoid]);
}

#[test]
fn a_mark_may_end_before_the_debt_and_its_parties_are_warned() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.floor.right(desk.firm.entity, "M", |right| {
        trademark(right);
        right.asset.expires = Some(day(2026, 8, 15));
    });
    let id = desk.recorded(desk.application(loan, &[asset]));
    assert_eq!(desk.pledge(id).warnings, [PledgeWarning::Renewal]);
}

#[test]
fn similar_marks_are_pledged_and_released_together() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let marks = ["M1", "M2"].map(|name| desk.floor.right(desk.firm.entity, name, trademark));
    let link = protocol::title::LinkMarks { assets: marks.to_vec() };
    desk.floor.must(OPERATOR, Command::LinkMarks(Box::new(link)));
    let one = file(vec![desk.application(loan, &marks[..1])]);
    refuses(&mut desk.floor, desk.bank.user, one, Reject::TmBundle);
    let id = desk.recorded(desk.application(loan, &marks));
    refuses(
        &mut desk.floor,
        desk.bank.user,
        release(id, &marks[..1]),
        Reject::TmBundle,
    );
    desk.floor.must(desk.bank.user, release(id, &marks));
}

#[test]
fn the_registrars_window_begins_anew_when_the_last_defect_is_mended() {
    let (mut desk, loan, asset) = scene();
    let id = desk.file(desk.application(loan, &[asset]));
    let (seven, eight) = (PledgeRefusal::ContractIncomplete, PledgeRefusal::CoOwner);
    for wrong in [&[][..], &[seven, seven]] {
        refuses(&mut desk.floor, OPERATOR, deficient(id, wrong), Reject::DefectsInvalid);
    }
    desk.floor.must(OPERATOR, deficient(id, &[seven, eight]));
    assert_eq!((desk.state(id), desk.pledge(id).window), (PledgeState::Deficient, None));
    refuses(&mut desk.floor, OPERATOR, recorded(id), Reject::StateForbids);
    desk.floor.until(day(2026, 3, 10));
    desk.floor.must(desk.firm.user, mend(id, &[eight]));
    assert_eq!(
        (desk.state(id), desk.pledge(id).window),
        (PledgeState::Deficient, None),
        "one is left"
    );
    for wrong in [&[][..], &[eight], &[seven, seven]] {
        refuses(&mut desk.floor, desk.bank.user, mend(id, wrong), Reject::DefectsInvalid);
    }
    desk.floor.until(day(2026, 3, 12));
    desk.floor.must(desk.bank.user, mend(id, &[seven]));
    let told = desk.pledge(id);
    // Thursday the 12th and two working days.
    assert_eq!(
        (told.state, told.window),
        (PledgeState::Submitted, Some(day(2026, 3, 16)))
    );
    refuses(
        &mut desk.floor,
        desk.bank.user,
        mend(id, &[seven]),
        Reject::StateForbids,
    );
    desk.floor.must(OPERATOR, recorded(id));
}

#[test]
fn a_registrar_that_does_not_answer_in_its_window_is_told_of() {
    let (mut desk, loan, asset) = scene();
    let id = desk.file(desk.application(loan, &[asset]));
    just_before(&mut desk.floor, day(2026, 3, 5));
    desk.floor.must(OPERATOR, Command::Tick);
    assert!(!desk.pledge(id).overdue);
    desk.floor.until(day(2026, 3, 5));
    assert!(desk.pledge(id).overdue);
    desk.floor.must(OPERATOR, recorded(id));
    assert_eq!(desk.state(id), PledgeState::Registered);
}

#[test]
fn a_recording_lies_between_the_filing_and_now() {
    let (mut desk, loan, asset) = scene();
    let id = desk.file(desk.application(loan, &[asset]));
    let filed_at = desk.floor.at;
    for wrong in [filed_at - 1, filed_at + 1_000_000] {
        let command = recorded_at(id, Some(Timestamp(wrong)));
        refuses(&mut desk.floor, OPERATOR, command, Reject::RecordingInvalid);
    }
    desk.floor.must(OPERATOR, recorded_at(id, Some(Timestamp(filed_at))));
    assert_eq!(desk.pledge(id).registered_at, Some(Timestamp(filed_at)));
}

#[test]
fn what_stays_covers_the_debt_as_the_contract_asks() {
    let mut desk = Desk::new();
    let loan = desk.loan(|asked| free_of_interest(&mut asked.terms));
    let assets = ["A", "B"].map(|name| desk.patent(name));
    let mut asked = desk.application(loan, &assets);
    asked.cover_pct = 150;
    let id = desk.recorded(asked);
    let first = release(id, &assets[..1]);
    refuses(&mut desk.floor, desk.bank.user, first.clone(), Reject::ValuationMissing);
    desk.floor.must(OPERATOR, valued(assets[1], 149_999_999));
    refuses(&mut desk.floor, desk.bank.user, first.clone(), Reject::CoverTooLow);
    desk.floor.must(OPERATOR, valued(assets[1], 150_000_000));
    let unknown = release(id, &[NOTHING]);
    refuses(&mut desk.floor, desk.bank.user, unknown, Reject::UnknownAsset);
    desk.floor.must(desk.bank.user, first);
    let told = desk.pledge(id);
    assert_eq!(told.state, PledgeState::Registered);
    assert_eq!(
        told.standing().map(|right| right.asset).collect::<Vec<_>>(),
        assets[1..]
    );
    // The other may be pledged anew.
    desk.file(desk.application(loan, &assets[..1]));
}

pub(crate) use crate::floor::pledges::valued;

#[test]
fn a_valuation_that_runs_out_is_told_to_who_relies_on_it() {
    let (mut desk, loan, asset) = scene();
    desk.floor.must(OPERATOR, valued(asset, 1));
    let id = desk.pledged(loan, asset);
    assert_eq!(desk.pledge(id).warnings, []);
    desk.floor.until(day(2026, 9, 1));
    assert_eq!(desk.pledge(id).warnings, [PledgeWarning::ValuationOver]);
    let anew = Command::RecordValuation(Box::new(RecordValuation {
        asset,
        basis: Basis::Agreed(NamedValue { amount: yuan(2) }),
        expires: day(2026, 12, 1),
        evidence: EVIDENCE,
    }));
    desk.floor.must(OPERATOR, anew);
    assert_eq!(desk.pledge(id).warnings, []);
    desk.floor.until(day(2026, 12, 1));
    assert_eq!(desk.pledge(id).warnings, [PledgeWarning::ValuationOver]);
}

#[test]
fn a_right_takes_anothers_place_only_once_it_is_recorded() {
    let (mut desk, loan, old) = scene();
    let new = desk.patent("B");
    let id = desk.pledged(loan, old);
    let unrelated = desk.pledged(loan, new);
    refuses(
        &mut desk.floor,
        desk.bank.user,
        substitute(id, unrelated),
        Reject::SubstitutionGap,
    );
    desk.floor.must(desk.bank.user, release(unrelated, &[]));
    let mut asked = desk.application(loan, &[new]);
    asked.replaces = Some(id);
    let by = desk.file(asked);
    refuses(
        &mut desk.floor,
        desk.bank.user,
        substitute(id, by),
        Reject::SubstitutionGap,
    );
    desk.floor.must(OPERATOR, recorded(by));
    desk.floor.must(desk.bank.user, substitute(id, by));
    let told = desk.pledge(id);
    assert_eq!((told.state, told.substituted), (PledgeState::Released, Some(by)));
    assert_eq!(desk.state(by), PledgeState::Registered);
}

#[test]
fn claims_under_a_maximum_amount_are_determined_some_day() {
    let (mut desk, loan, asset) = scene();
    let mut asked = desk.application(loan, &[asset]);
    let until = Some(day(2026, 12, 31));
    asked.maximum = Some(Maximum {
        limit: asked.amount,
        until,
    });
    let id = desk.recorded(asked);
    // A part of them takes no pledge along, unless that was agreed; all of them do.
    let part = assign(loan, desk.other_bank, Some(50), false);
    refuses(&mut desk.floor, desk.bank.user, part, Reject::ClaimNotFixed);
    let early = fix(id, FixCause::PeriodEnded, today(), yuan(1));
    refuses(&mut desk.floor, desk.bank.user, early, Reject::ClaimNotFixed);
    let asked = fix(id, FixCause::Asked, today(), yuan(1));
    refuses(&mut desk.floor, desk.bank.user, asked, Reject::ClaimNotFixed);
    let to_come = fix(id, FixCause::Frozen, day(2026, 3, 3), yuan(1));
    refuses(&mut desk.floor, desk.bank.user, to_come, Reject::ClaimNotFixed);
    desk.floor.until(day(2026, 12, 31));
    assert_eq!(desk.pledge(id).fixed, None);
    desk.floor.until(day(2027, 1, 1));
    let fixed = desk.pledge(id).fixed.unwrap();
    assert_eq!((fixed.cause, fixed.on), (FixCause::PeriodEnded, day(2027, 1, 1)));
    assert_eq!(fixed.principal, yuan(100_000_000));
    let again = fix(id, FixCause::Law, day(2027, 1, 1), yuan(1));
    refuses(&mut desk.floor, desk.bank.user, again, Reject::ClaimFixed);
    let raised = change(id, Some(yuan(1)), None, false);
    refuses(&mut desk.floor, OPERATOR, raised, Reject::ClaimFixed);
    desk.floor
        .must(desk.bank.user, assign(loan, desk.other_bank, Some(50), false));
}

#[test]
fn a_freeze_that_the_pledgee_knows_of_determines_the_claims() {
    let (mut desk, loan, asset) = scene();
    let mut asked = desk.application(loan, &[asset]);
    asked.maximum = Some(Maximum {
        limit: asked.amount,
        until: None,
    });
    let id = desk.recorded(asked);
    desk.floor
        .must(desk.bank.user, fix(id, FixCause::Frozen, today(), yuan(99_000_000)));
    assert_eq!(desk.pledge(id).fixed.unwrap().principal, yuan(99_000_000));
    let plain = {
        let other = desk.patent("B");
        desk.pledged(loan, other)
    };
    let none = fix(plain, FixCause::Law, today(), yuan(1));
    refuses(&mut desk.floor, desk.bank.user, none, Reject::NoMaximum);
}

#[test]
fn a_right_that_lapses_ends_as_of_the_day_its_dues_were_due() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let due = day(2026, 3, 31);
    let asset = desk.floor.right(desk.firm.entity, "A", |right| right.due = Some(due));
    let other = desk.patent("B");
    let alone = desk.recorded(desk.application(loan, &[asset]));
    desk.floor.until(day(2026, 9, 30));
    assert_eq!(
        desk.state(alone),
        PledgeState::Registered,
        "in the months of grace it stands"
    );
    desk.floor.until(day(2026, 10, 1));
    let told = desk.pledge(alone);
    assert_eq!(told.state, PledgeState::Lapsed);
    let cause = ObjectEnd::Lapsed;
    assert_eq!(told.rights[0].ended, Some(EndedObject { cause, from: Some(due) }));
    let both = desk.pledged(loan, other);
    assert_eq!(desk.state(both), PledgeState::Registered);
}

#[test]
fn a_void_right_takes_its_pledges_along_and_the_others_stay() {
    let (mut desk, loan, void) = scene();
    let good = desk.patent("B");
    let id = desk.recorded(desk.application(loan, &[void, good]));
    let work = desk.floor.work(desk.firm.entity, "W");
    let filed = desk.file(desk.application(loan, &[work]));
    desk.floor.must(OPERATOR, change_asset(void, AssetChange::Invalidate));
    let told = desk.pledge(id);
    assert_eq!(told.state, PledgeState::Registered);
    assert_eq!(
        told.rights[0].ended.map(|ended| ended.cause),
        Some(ObjectEnd::Invalidated)
    );
    // What was only filed cannot be recorded any more.
    desk.floor.must(OPERATOR, change_asset(work, AssetChange::Invalidate));
    let told = desk.pledge(filed);
    assert_eq!(
        (told.state, told.refused),
        (PledgeState::Refused, Some(PledgeRefusal::Ended))
    );
    desk.floor.must(OPERATOR, change_asset(good, AssetChange::Invalidate));
    assert_eq!(desk.state(id), PledgeState::Lapsed);
}

#[test]
fn a_term_that_runs_out_ends_the_pledge_in_that_moment() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.floor.right(desk.firm.entity, "A", |right| {
        right.asset.expires = Some(day(2027, 3, 2));
    });
    let id = desk.recorded(desk.application(loan, &[asset]));
    desk.floor
        .must(desk.bank.user, default(loan, DefaultCause::AgreedEvent));
    desk.floor.until(day(2027, 3, 2));
    assert_eq!(desk.state(id), PledgeState::Lapsed);
}

#[test]
fn a_change_is_recorded_within_the_term_of_the_right() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.floor.right(desk.firm.entity, "A", |right| {
        right.asset.expires = Some(day(2028, 3, 2));
    });
    let id = desk.recorded(desk.application(loan, &[asset]));
    let to = |day| change(id, None, Some(day), false);
    refuses(
        &mut desk.floor,
        OPERATOR,
        to(day(2028, 3, 3)),
        Reject::PledgeDebtBeyondRight,
    );
    refuses(
        &mut desk.floor,
        desk.bank.user,
        to(day(2028, 3, 2)),
        Reject::NotPermitted,
    );
    refuses(
        &mut desk.floor,
        OPERATOR,
        change(id, Some(yuan(0)), None, false),
        Reject::AmountInvalid,
    );
    desk.floor.must(OPERATOR, to(day(2028, 3, 2)));
    assert_eq!(
        (desk.state(id), desk.pledge(id).debt_ends),
        (PledgeState::Changed, day(2028, 3, 2))
    );
    let pending = desk.patent("B");
    let filed = desk.file(desk.application(loan, &[pending]));
    refuses(
        &mut desk.floor,
        OPERATOR,
        change(filed, None, None, false),
        Reject::StateForbids,
    );
}

#[test]
fn a_right_has_room_for_so_many_pledges() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let work = desk.floor.work(desk.firm.entity, "W");
    for _ in 0..64 {
        desk.file(desk.application(loan, &[work]));
    }
    let more = file(vec![desk.application(loan, &[work])]);
    refuses(&mut desk.floor, desk.bank.user, more, Reject::PledgesTooMany);
}

#[test]
fn a_repeat_of_a_filing_makes_no_second_pledge() {
    use protocol::{Outcome, command::ClientKey};
    let (mut desk, loan, asset) = scene();
    let key = ClientKey {
        id: [7; 16],
        body: [1; 8],
    };
    let command = file(vec![desk.application(loan, &[asset])]);
    let first = desk.floor.ask(desk.bank.user, Some(key), command.clone());
    let again = desk.floor.ask(desk.bank.user, Some(key), command);
    assert_eq!(first, again);
    assert!(matches!(first.outcome, Outcome::Done(Receipt::Pledges(_, 1))));
}

#[test]
fn defects_are_mended_by_a_side_with_a_contract_and_what_it_acknowledges() {
    let mut desk = Desk::new();
    let (bank, firm, third) = (desk.bank, desk.firm, desk.other_firm);
    let loan = desk.loan(|_| {});
    let asset = desk.floor.right(third.entity, "A", |_| {});
    let mut asked = application(loan, third, &[asset]);
    asked.intake.kind = PledgorKind::Person;
    let first = Acknowledged {
        what: Acknowledgement::SameDayInvention,
        evidence: EVIDENCE,
    };
    asked.acknowledged = vec![first];
    let contract = asked.contract.clone();
    let id = desk.file(asked);
    desk.floor
        .must(OPERATOR, deficient(id, &[PledgeRefusal::ContractIncomplete]));
    let mend_so = |change: &dyn Fn(&mut MendPledge)| {
        let Command::MendPledge(mut asked) = mend(id, &[PledgeRefusal::ContractIncomplete]) else {
            unreachable!()
        };
        change(&mut asked);
        Command::MendPledge(asked)
    };
    // The debtor whose debt it is for reads of it, and mends nothing.
    refuses(&mut desk.floor, firm.user, mend_so(&|_| {}), Reject::NotAParty);
    // Nobody acknowledges the same twice, and no contract says the same twice.
    let twice = mend_so(&|asked| asked.acknowledged = vec![first]);
    refuses(&mut desk.floor, bank.user, twice, Reject::DefectsInvalid);
    let twice = mend_so(&|asked| {
        let mut contract = contract.clone();
        contract.states.push(contract.states[0]);
        asked.contract = Some(contract);
    });
    refuses(&mut desk.floor, bank.user, twice, Reject::DefectsInvalid);
    let other = Acknowledged {
        what: Acknowledgement::InvalidationPending,
        ..first
    };
    let mut anew = contract.clone();
    anew.digest = protocol::Digest([42; 32]);
    let mended = mend_so(&|asked| {
        (asked.contract, asked.acknowledged) = (Some(anew.clone()), vec![other]);
    });
    desk.floor.must(bank.user, mended);
    let told = desk.pledge(id);
    assert_eq!(told.state, PledgeState::Submitted);
    assert_eq!((told.contract, told.acknowledged), (anew, vec![first, other]));
}

#[test]
fn a_change_moves_the_maximum_the_warnings_and_the_register() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let mark = desk.floor.right(desk.firm.entity, "TM", |right| {
        trademark(right);
        right.asset.expires = Some(day(2028, 3, 2));
    });
    let mut asked = desk.application(loan, &[mark]);
    asked.maximum = Some(Maximum {
        limit: asked.amount,
        until: None,
    });
    let id = desk.recorded(asked);
    assert_eq!(desk.pledge(id).warnings, []);
    desk.floor
        .must(desk.bank.user, assign(loan, desk.other_bank, None, false));
    assert!(desk.pledge(id).register_behind, "it shows who held the claim before");
    desk.floor.must(
        OPERATOR,
        change(id, Some(yuan(90_000_000)), Some(day(2028, 3, 3)), false),
    );
    let told = desk.pledge(id);
    assert_eq!(told.amount, yuan(90_000_000));
    assert_eq!(told.maximum.unwrap().limit, yuan(90_000_000));
    assert!(!told.register_behind);
    // A mark may end before the debt: its parties are warned.
    assert_eq!(told.warnings, [PledgeWarning::Renewal]);
}

#[test]
fn of_pledges_that_were_recorded_in_one_moment_none_gains_without_the_others() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let work = desk.floor.work(desk.firm.entity, "W");
    let pledges = [0; 2].map(|_| desk.file(desk.application(loan, &[work])));
    let at = Timestamp(desk.floor.at);
    for id in pledges {
        desk.floor.must(OPERATOR, recorded_at(id, Some(at)));
    }
    for id in pledges {
        let raised = |consent| change(id, Some(yuan(100_000_001)), None, consent);
        refuses(&mut desk.floor, OPERATOR, raised(false), Reject::RankConsent);
        desk.floor.must(OPERATOR, raised(true));
    }
}

#[test]
fn no_cover_is_asked_of_a_pledge_that_is_released_whole_or_whose_debt_is_paid() {
    let mut desk = Desk::new();
    let assets = ["A", "B"].map(|name| desk.patent(name));
    for paid in [false, true] {
        let loan = desk.loan(|asked| free_of_interest(&mut asked.terms));
        let mut asked = desk.application(loan, &assets);
        asked.cover_pct = 150;
        let id = desk.recorded(asked);
        if paid {
            let day = today();
            desk.floor.must(
                desk.bank.user,
                crate::floor::pledges::repay(loan, yuan(100_000_000), day),
            );
            desk.floor.must(desk.bank.user, release(id, &assets[..1]));
            assert_eq!(desk.state(id), PledgeState::Registered);
        }
        desk.floor.must(desk.bank.user, release(id, &[]));
        assert_eq!(desk.state(id), PledgeState::Released);
    }
}

#[test]
fn what_a_substitute_is_worth_less_frees_guarantors_as_if_it_were_given_up() {
    let mut desk = Desk::new();
    let (bank, surety) = (desk.bank, desk.other_firm);
    let loan = desk.loan(|asked| {
        asked.terms.guarantors = vec![guarantor(surety, |_| {})];
        free_of_interest(&mut asked.terms);
    });
    let assets = ["A", "B"].map(|name| desk.patent(name));
    for (asset, worth) in assets.into_iter().zip([80_000_000, 50_000_000]) {
        desk.floor.must(OPERATOR, valued(asset, worth));
    }
    let id = desk.pledged(loan, assets[0]);
    let mut asked = desk.application(loan, &assets[1..]);
    asked.replaces = Some(id);
    let by = desk.recorded(asked);
    desk.floor.must(bank.user, substitute(id, by));
    assert_eq!(desk.lent(loan).guarantees[0].freed, yuan(30_000_000));
}

#[test]
fn nothing_takes_the_place_of_a_right_that_is_on_offer_in_a_case() {
    let (mut desk, loan, old) = scene();
    let bank = desk.bank;
    let new = desk.patent("B");
    desk.floor.must(OPERATOR, valued(old, 120_000_000));
    let id = desk.pledged(loan, old);
    desk.in_disposal(loan);
    let mut asked = desk.application(loan, &[new]);
    asked.replaces = Some(id);
    let by = desk.recorded(asked);
    let sale = desk.offered(&[old]);
    refuses(
        &mut desk.floor,
        bank.user,
        substitute(id, by),
        Reject::ReleaseBeforeEscrow,
    );
    desk.floor.must(bank.user, crate::floor::sales::cancel(sale));
    desk.floor.must(bank.user, substitute(id, by));
}

#[test]
fn giving_up_a_pledge_of_no_stated_worth_frees_of_what_it_stands_for() {
    let mut desk = Desk::new();
    let surety = desk.other_firm;
    let loan = desk.loan(|asked| {
        asked.terms.guarantors = vec![guarantor(surety, |_| {})];
        free_of_interest(&mut asked.terms);
    });
    let asset = desk.patent("A");
    let mut asked = desk.application(loan, &[asset]);
    asked.amount = yuan(40_000_000);
    let id = desk.recorded(asked);
    desk.floor.must(desk.bank.user, release(id, &[]));
    assert_eq!(desk.lent(loan).guarantees[0].freed, yuan(40_000_000));
}
