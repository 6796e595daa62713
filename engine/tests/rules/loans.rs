//! Loans: who registers one, what is demanded, when it is in default, how it is paid, and to whom the claim passes.

use crate::floor::{
    NOBODY, OPERATOR, day,
    grants::{ladder, user},
    just_before,
    pledges::{
        Desk, assign, claim_terms, cure, default, demand, demand_so, demands, free_of_interest, freed, guarantor, lent,
        made_loan, register_loan, release, repay,
    },
    refuses, yuan,
};
use protocol::{
    Command, EntityId, Readers, Record, Reject,
    claim::GuaranteeKind,
    party::Roles,
    pledge::{DefaultCause, DemandKind, GuaranteeState, LoanState, PledgeState},
    risk::CalledFirst,
    title::Share,
};

fn share(entity: EntityId, parts: u32) -> Share {
    Share { entity, parts }
}

#[test]
fn a_bank_registers_a_loan_and_its_parties_hear_of_it() {
    let mut desk = Desk::new();
    let guarantee = guarantor(desk.other_firm, |_| {});
    let loan = desk.loan(|asked| asked.terms.guarantors = vec![guarantee]);
    let told = desk.floor.records(0).pop().unwrap();
    let parties = [desk.bank, desk.firm, desk.other_firm].map(|party| party.entity);
    assert_eq!(told.readers, Readers::Only(parties.to_vec()));
    let Record::Loan(told) = told.record else { panic!() };
    assert_eq!((told.loan, told.state, told.barred), (loan, LoanState::Running, false));
    assert_eq!(told.outstanding, yuan(100_000_000));
    // Three years from the day on which it is due; six months for who guarantees without a period.
    assert_eq!(told.limitation, day(2030, 3, 2));
    assert_eq!(told.guarantees[0].ends, day(2027, 9, 3));
}

#[test]
fn what_a_loan_is_refused_for() {
    let mut desk = Desk::new();
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
    let asks = |change: fn(&mut protocol::pledge::RegisterLoan)| register_loan(lent(bank, firm, change));
    let trader = firm.user;
    let twice = {
        let mut asked = lent(bank, firm, |_| {});
        asked.creditors.push(share(bank.entity, 1));
        register_loan(asked)
    };
    let to_itself = register_loan(lent(bank, bank, |_| {}));
    let answers_for_itself = register_loan(lent(bank, firm, |asked| {
        asked.terms.guarantors = vec![guarantor(bank, |_| {})];
    }));
    let steps = [
        (trader, asks(|_| {}), Reject::NotPermitted),
        (other.user, asks(|_| {}), Reject::NotAParty),
        (bank.user, asks(|asked| asked.creditors.clear()), Reject::NotAParty),
        (OPERATOR, asks(|asked| asked.creditors.clear()), Reject::LoanInvalid),
        (bank.user, twice, Reject::LoanInvalid),
        (
            bank.user,
            asks(|asked| asked.creditors[0].parts = 0),
            Reject::LoanInvalid,
        ),
        (bank.user, to_itself, Reject::LoanInvalid),
        (bank.user, answers_for_itself, Reject::LoanInvalid),
        (
            bank.user,
            asks(|asked| asked.terms.drawn = day(2026, 3, 3)),
            Reject::LoanInvalid,
        ),
        (
            bank.user,
            asks(|asked| asked.terms.principal = yuan(0)),
            Reject::PrincipalInvalid,
        ),
        (bank.user, asks(|asked| asked.terms.rates.clear()), Reject::RatesInvalid),
    ];
    ladder(&mut desk.floor, steps);
    // Whom it names is looked up last.
    refuses(
        &mut desk.floor,
        bank.user,
        asks(|asked| asked.debtor = NOBODY),
        Reject::UnknownEntity,
    );
    desk.floor.must(OPERATOR, asks(|_| {}));
}

#[test]
fn another_s_loan_is_none() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let stranger = desk.other_bank.user;
    for command in [
        demand(loan, DemandKind::Payment, desk.firm, day(2026, 3, 2)),
        default(loan, DefaultCause::AgreedEvent),
        cure(loan),
        repay(loan, yuan(1), day(2026, 3, 2)),
        assign(loan, desk.other_bank, None, false),
    ] {
        refuses(&mut desk.floor, stranger, command.clone(), Reject::UnknownLoan);
        // Its debtor knows of it, and moves none of it.
        refuses(&mut desk.floor, desk.firm.user, command, Reject::NotAParty);
    }
}

#[test]
fn a_default_is_declared_once_the_debt_is_overdue_and_cured_while_nothing_is_sold() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.patent("A");
    let pledge = desk.pledged(loan, asset);
    let due = DefaultCause::DueUnpaid;
    // The last day is in time.
    just_before(&mut desk.floor, day(2027, 3, 3));
    refuses(
        &mut desk.floor,
        desk.bank.user,
        default(loan, due),
        Reject::NotInDefault,
    );
    desk.floor.until(day(2027, 3, 3));
    desk.floor.must(desk.bank.user, default(loan, due));
    assert_eq!(desk.lent(loan).state, LoanState::Default);
    assert_eq!(desk.state(pledge), PledgeState::Defaulted);
    refuses(
        &mut desk.floor,
        desk.bank.user,
        default(loan, due),
        Reject::StateForbids,
    );

    desk.floor.must(desk.bank.user, cure(loan));
    assert_eq!(desk.lent(loan).state, LoanState::Running);
    assert_eq!(desk.state(pledge), PledgeState::Registered);
    refuses(&mut desk.floor, desk.bank.user, cure(loan), Reject::StateForbids);
}

#[test]
fn what_the_parties_agreed_on_is_a_default_before_the_debt_is_due() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    desk.floor
        .must(desk.bank.user, default(loan, DefaultCause::AgreedEvent));
    assert_eq!(desk.lent(loan).state, LoanState::Default);
}

#[test]
fn a_payment_is_counted_on_interest_first_and_the_last_of_it_ends_the_loan() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.patent("A");
    let pledge = desk.pledged(loan, asset);
    desk.floor
        .must(desk.bank.user, default(loan, DefaultCause::AgreedEvent));
    desk.floor.until(day(2026, 6, 30));
    let told = desk.floor.events.len();
    // 120 days of 360 at 4.35 % are 14,500.00; the rest goes to the principal.
    desk.floor
        .must(desk.bank.user, repay(loan, yuan(51_450_000), day(2026, 6, 30)));
    let counted = desk
        .floor
        .records(told)
        .into_iter()
        .find_map(|changed| match changed.record {
            Record::Repayment(repayment) => Some((repayment.charges, repayment.principal)),
            _ => None,
        });
    assert_eq!(counted, Some((yuan(1_450_000), yuan(50_000_000))));
    assert_eq!(desk.lent(loan).outstanding, yuan(50_000_000));
    let too_much = repay(loan, yuan(50_000_001), day(2026, 6, 30));
    refuses(&mut desk.floor, desk.bank.user, too_much, Reject::RepaymentInvalid);
    let to_come = repay(loan, yuan(1), day(2026, 7, 1));
    refuses(&mut desk.floor, desk.bank.user, to_come, Reject::RepaymentInvalid);
    let nothing = repay(loan, yuan(0), day(2026, 6, 30));
    refuses(&mut desk.floor, desk.bank.user, nothing, Reject::RepaymentInvalid);
    let before = repay(loan, yuan(1), day(2026, 6, 29));
    refuses(&mut desk.floor, desk.bank.user, before, Reject::DayPassed);

    desk.floor
        .must(desk.bank.user, repay(loan, yuan(50_000_000), day(2026, 6, 30)));
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    // No default stands of what is paid; the pledge waits for its release.
    assert_eq!(desk.state(pledge), PledgeState::Registered);
    let more = repay(loan, yuan(1), day(2026, 6, 30));
    refuses(&mut desk.floor, desk.bank.user, more, Reject::StateForbids);
    desk.floor.must(desk.bank.user, release(pledge, &[]));
    assert_eq!(desk.state(pledge), PledgeState::Released);
}

#[test]
fn a_claim_that_nobody_demanded_for_three_years_cannot_be_enforced() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let overdue = default(loan, DefaultCause::DueUnpaid);
    desk.floor.until(day(2030, 3, 2));
    assert!(!desk.lent(loan).barred);
    desk.floor.until(day(2030, 3, 3));
    assert!(desk.lent(loan).barred, "told in the first moment after the last day");
    refuses(&mut desk.floor, desk.bank.user, overdue, Reject::LimitationRun);
    let late = demand(loan, DemandKind::Payment, desk.firm, day(2030, 3, 3));
    refuses(&mut desk.floor, desk.bank.user, late, Reject::LimitationRun);
    // What was served in time interrupted it, whenever it is told.
    let in_time = demand(loan, DemandKind::Payment, desk.firm, day(2030, 3, 2));
    desk.floor.must(desk.bank.user, in_time);
    assert_eq!(
        (desk.lent(loan).barred, desk.lent(loan).limitation),
        (false, day(2033, 3, 2))
    );
    desk.floor.must(desk.bank.user, default(loan, DefaultCause::DueUnpaid));
}

#[test]
fn a_demand_interrupts_the_limitation_of_what_is_due_and_nothing_before() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let payment = |desk: &Desk<_>, served| demand(loan, DemandKind::Payment, desk.firm, served);
    let early = payment(&desk, day(2026, 3, 2));
    let told = desk.floor.events.len();
    desk.floor.must(desk.bank.user, early);
    assert_eq!(demands(&desk.floor, told).len(), 1);
    assert_eq!(desk.lent(loan).limitation, day(2030, 3, 2));
    desk.floor.until(day(2028, 5, 6));
    let ahead = payment(&desk, day(2028, 5, 7));
    refuses(&mut desk.floor, desk.bank.user, ahead, Reject::DemandInvalid);
    let of_a_stranger = demand(loan, DemandKind::Payment, desk.other_firm, day(2028, 5, 6));
    refuses(&mut desk.floor, desk.bank.user, of_a_stranger, Reject::DemandInvalid);
    let served = payment(&desk, day(2028, 5, 6));
    desk.floor.must(desk.bank.user, served);
    assert_eq!(desk.lent(loan).limitation, day(2031, 5, 6));
    desk.floor.until(day(2030, 3, 3));
    assert!(!desk.lent(loan).barred, "the day before the demand is none any more");
    desk.floor.until(day(2031, 5, 7));
    assert!(desk.lent(loan).barred);
}

#[test]
fn acceleration_makes_the_whole_debt_due_and_interest_runs_as_overdue() {
    let mut desk = Desk::new();
    let guarantee = guarantor(desk.other_firm, |_| {});
    let loan = desk.loan(|asked| asked.terms.guarantors = vec![guarantee]);
    desk.floor.until(day(2026, 9, 1));
    let called = demand(loan, DemandKind::Acceleration, desk.firm, day(2026, 8, 31));
    desk.floor.must(desk.bank.user, called);
    let told = desk.lent(loan);
    assert_eq!(
        (told.accelerated, told.due_day()),
        (Some(day(2026, 8, 31)), day(2026, 8, 31))
    );
    assert_eq!(told.limitation, day(2029, 8, 31));
    // The 28th of February is a Sunday.
    assert_eq!(told.guarantees[0].ends, day(2027, 3, 2));
    desk.floor.must(desk.bank.user, default(loan, DefaultCause::DueUnpaid));
}

#[test]
fn a_guarantor_that_nobody_asks_is_free_after_six_months() {
    let mut desk = Desk::new();
    let joint = guarantor(desk.other_firm, |_| {});
    let general = guarantor(desk.other_bank, |guarantor| guarantor.kind = GuaranteeKind::NotSaid);
    let loan = desk.loan(|asked| asked.terms.guarantors = vec![joint, general]);
    let states = |desk: &Desk<_>| {
        desk.lent(loan)
            .guarantees
            .iter()
            .map(|one| one.state)
            .collect::<Vec<_>>()
    };
    desk.floor.until(day(2027, 8, 1));
    // Who guarantees generally is asked by a suit against the debtor, and by nothing else (民法典 693).
    let early = demand(loan, DemandKind::Guarantee, desk.other_bank, day(2027, 8, 1));
    refuses(&mut desk.floor, desk.bank.user, early, Reject::DebtorFirst);
    let asked = demand_so(loan, DemandKind::Guarantee, desk.other_bank, day(2027, 8, 1), |asked| {
        asked.ground = Some(CalledFirst::Insolvent);
    });
    desk.floor.must(desk.bank.user, asked);
    assert_eq!(states(&desk), [GuaranteeState::Bound; 2]);
    let suit = demand(loan, DemandKind::Suit, desk.firm, day(2027, 8, 1));
    desk.floor.must(desk.bank.user, suit);
    assert_eq!(states(&desk), [GuaranteeState::Bound, GuaranteeState::Asked]);
    desk.floor.until(day(2027, 9, 2));
    assert_eq!(states(&desk)[0], GuaranteeState::Bound, "its last day");
    desk.floor.until(day(2027, 9, 3));
    assert_eq!(states(&desk), [GuaranteeState::Ended, GuaranteeState::Asked]);
    let late = demand(loan, DemandKind::Guarantee, desk.other_firm, day(2027, 9, 3));
    refuses(&mut desk.floor, desk.bank.user, late, Reject::GuaranteeEnded);
}

#[test]
fn a_joint_guarantor_that_is_asked_in_time_stays_bound() {
    let mut desk = Desk::new();
    let joint = guarantor(desk.other_firm, |_| {});
    let loan = desk.loan(|asked| asked.terms.guarantors = vec![joint]);
    desk.floor.until(day(2027, 9, 2));
    let asked = demand(loan, DemandKind::Guarantee, desk.other_firm, day(2027, 9, 2));
    desk.floor.must(desk.bank.user, asked);
    desk.floor.until(day(2028, 9, 2));
    assert_eq!(desk.lent(loan).guarantees[0].state, GuaranteeState::Asked);
}

#[test]
fn the_pledge_follows_the_claim_before_the_register_does() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asset = desk.patent("A");
    let pledge = desk.pledged(loan, asset);
    desk.floor
        .must(desk.bank.user, assign(loan, desk.other_bank, Some(40), false));
    let held = [share(desk.bank.entity, 60), share(desk.other_bank.entity, 40)];
    assert_eq!(desk.lent(loan).creditors, held);
    assert_eq!(
        (desk.pledge(pledge).pledgees, desk.pledge(pledge).register_behind),
        (held.to_vec(), true)
    );
    // The rest of it too: who held it knows of it no longer, and its successor acts.
    desk.floor
        .must(desk.bank.user, assign(loan, desk.other_bank, None, false));
    assert_eq!(desk.pledge(pledge).pledgees, [share(desk.other_bank.entity, 100)]);
    refuses(
        &mut desk.floor,
        desk.bank.user,
        release(pledge, &[]),
        Reject::UnknownPledge,
    );
    desk.floor.must(desk.other_bank.user, release(pledge, &[]));
    assert_eq!(desk.state(pledge), PledgeState::Released);
}

#[test]
fn what_cannot_be_assigned() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
    let steps = [
        (firm.user, assign(loan, other, None, false), Reject::NotAParty),
        (bank.user, assign(loan, firm, None, false), Reject::AssignmentInvalid),
        (bank.user, assign(loan, bank, None, false), Reject::AssignmentInvalid),
        (
            bank.user,
            assign(loan, other, Some(0), false),
            Reject::AssignmentInvalid,
        ),
        (
            bank.user,
            assign(loan, other, Some(101), false),
            Reject::AssignmentInvalid,
        ),
    ];
    ladder(&mut desk.floor, steps);
    let to_nobody = Command::AssignClaim(Box::new(protocol::pledge::AssignClaim {
        loan,
        to: NOBODY,
        parts: None,
        agreed: false,
        evidence: crate::floor::grants::EVIDENCE,
    }));
    refuses(&mut desk.floor, bank.user, to_nobody, Reject::UnknownEntity);
}

#[test]
fn giving_up_the_debtors_own_pledge_frees_who_did_not_promise_to_stay() {
    let mut desk = Desk::new();
    let free = guarantor(desk.other_firm, |_| {});
    let stays = guarantor(desk.other_bank, |guarantor| guarantor.stays = true);
    let loan = desk.loan(|asked| {
        asked.terms.guarantors = vec![free, stays];
        free_of_interest(&mut asked.terms);
    });
    let assets = ["A", "B"].map(|name| desk.patent(name));
    let mut application = desk.application(loan, &assets);
    application.rights[0].value = Some(yuan(30_000_000));
    let pledge = desk.recorded(application);
    let told = desk.floor.events.len();
    desk.floor.must(desk.bank.user, release(pledge, &assets[..1]));
    let told_of = freed(&desk.floor, told);
    assert_eq!(told_of.len(), 1);
    assert_eq!(
        (told_of[0].entity, told_of[0].value),
        (desk.other_firm.entity, yuan(30_000_000))
    );
    // Nobody says what the other is worth: it frees of all that is owed, and of that no more than once.
    let told = desk.floor.events.len();
    desk.floor.must(desk.bank.user, release(pledge, &[]));
    let told_of = freed(&desk.floor, told);
    assert_eq!(told_of[0].value, yuan(70_000_000));
    assert_eq!(desk.lent(loan).guarantees[0].freed, yuan(100_000_000));
    assert_eq!(desk.lent(loan).guarantees[1].freed, yuan(0));
}

#[test]
fn releasing_what_is_paid_or_a_third_partys_pledge_frees_nobody() {
    for third in [true, false] {
        let mut desk = Desk::new();
        let guarantee = guarantor(desk.other_bank, |_| {});
        let loan = desk.loan(|asked| {
            asked.terms.guarantors = vec![guarantee];
            free_of_interest(&mut asked.terms);
        });
        let pledgor = if third { desk.other_firm } else { desk.firm };
        let asset = desk.floor.right(pledgor.entity, "A", |_| {});
        let mut application = crate::floor::pledges::application(loan, pledgor, &[asset]);
        application.intake.kind = protocol::pledge::PledgorKind::Person;
        let pledge = desk.recorded(application);
        if !third {
            desk.floor
                .must(desk.bank.user, repay(loan, yuan(100_000_000), day(2026, 3, 2)));
        }
        let told = desk.floor.events.len();
        desk.floor.must(desk.bank.user, release(pledge, &[]));
        assert_eq!(freed(&desk.floor, told), []);
    }
}

#[test]
fn a_loan_of_long_ago_is_told_as_it_stands_today() {
    let mut desk = Desk::new();
    let guarantee = guarantor(desk.other_firm, |_| {});
    let loan = desk.loan(|asked| {
        asked.terms = claim_terms();
        (asked.terms.drawn, asked.terms.due) = (day(2020, 1, 2), day(2021, 1, 2));
        asked.terms.rates[0].from = day(2020, 1, 2);
        asked.terms.guarantors = vec![guarantee];
    });
    let told = desk.lent(loan);
    assert!(told.barred);
    assert_eq!(told.guarantees[0].state, GuaranteeState::Ended);
}

#[test]
fn who_acts_for_a_creditor_has_a_role_to() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let reader = user(&mut desk.floor, desk.bank.entity, Roles::DATA_CONSUMER);
    refuses(&mut desk.floor, reader, cure(loan), Reject::NotPermitted);
    let second = user(&mut desk.floor, desk.other_bank.entity, Roles::BANK);
    let asked = lent(desk.other_bank, desk.firm, |_| {});
    made_loan(&mut desk.floor, second, asked);
}
