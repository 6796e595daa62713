//! A branch's three points, and the file by which an officer is free of blame (the Guidance, art. 20).

use crate::floor::{
    CODES, OPERATOR, day,
    grants::{ladder, user},
    pledges::{assign, default, repay},
    pools::{Town, end, enrol, npl},
    refuses,
    subsidies::{correct_books, draw, duty, file_told, lent_on, tell_books, verdict},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    Command, Date, LoanId, ProposalId, Readers, Receipt, Reject, UserId,
    control::{Approve, Encoded, Propose, SetDualControl},
    diligence::{BRANCHES_MAX, OFFICERS_MAX},
    party::Roles,
    pledge::DefaultCause,
    risk::{DutyStep, GUANGZHOU_2023, LoanClass, OfficerFile, PoolLoanEnd, TOLERANCE_POINTS},
    title::Share,
    wire::encode_alone,
};

const NO_LOAN: LoanId = LoanId(999);

#[test]
fn a_branch_is_forgiven_three_points_and_not_a_fen_more() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    // RULES.md 7.8: 4.87 % of a billion against 1.87 % of a hundred billion.
    let exactly = [4_870_000_000, 100_000_000_000, 187_000_000_000, 10_000_000_000_000];
    let more = [4_870_000_001, 100_000_000_000, 187_000_000_000, 10_000_000_000_000];
    town.must(bank, tell_books("科技园支行", day(2026, 3, 1), exactly));
    let (told, readers) = verdict(&town.desk.floor);
    assert_eq!(readers, Readers::one(bank.entity), "no other bank learns of it");
    assert_eq!((told.branch.as_str(), told.on), ("科技园支行", day(2026, 3, 1)));
    assert_eq!((told.verdict.tolerated, told.verdict.room), (true, yuan(0)));
    assert_eq!(told.verdict.points, TOLERANCE_POINTS);
    // A later day replaces it.
    town.must(bank, tell_books("科技园支行", day(2026, 3, 2), more));
    assert!(!verdict(&town.desk.floor).0.verdict.tolerated);
    // Another bank has branches of the same name.
    let other = town.desk.other_bank;
    town.must(other, tell_books("科技园支行", day(2026, 3, 1), [0, 100, 0, 100]));
    let (told, readers) = verdict(&town.desk.floor);
    assert_eq!((told.verdict.room, readers), (yuan(3), Readers::one(other.entity)));
}

#[test]
fn what_the_books_of_a_branch_are_refused_for() {
    let mut town = Town::new();
    let (bank, firm) = (town.desk.bank, town.desk.firm);
    let good = [1, 2, 3, 4];
    let today = day(2026, 3, 2);
    town.must(bank, tell_books("A", today, good));
    for by in [firm.user, OPERATOR, town.fund.user] {
        for command in [tell_books("A", today, good), correct_books("A", today, good)] {
            refuses(&mut town.desk.floor, by, command, Reject::NotPermitted);
        }
    }
    // A part that is not a part of the whole is no book.
    let wrong = [2, 1, 3, 4];
    let tomorrow = today.next();
    let yesterday = Date(today.0 - 1);
    let told = [
        (tell_books("A", tomorrow, wrong), Reject::DatesInvalid),
        (tell_books("A", yesterday, wrong), Reject::AmountInvalid),
        (tell_books("A", yesterday, good), Reject::BooksOlder),
        (tell_books("A", today, [0, 2, 3, 4]), Reject::BooksTold),
    ];
    ladder(
        &mut town.desk.floor,
        told.map(|(command, reject)| (bank.user, command, reject)),
    );
    let corrected = [
        (correct_books("A", tomorrow, wrong), Reject::DatesInvalid),
        (correct_books("A", today, wrong), Reject::AmountInvalid),
        (correct_books("A", yesterday, good), Reject::BooksNotTold),
        (correct_books("B", today, good), Reject::BooksNotTold),
    ];
    ladder(
        &mut town.desk.floor,
        corrected.map(|(command, reject)| (bank.user, command, reject)),
    );
    // The same again is the same; a correction is what tells a day otherwise.
    town.must(bank, tell_books("A", today, good));
    town.must(bank, correct_books("A", today, [0, 2, 3, 4]));
    assert!(verdict(&town.desk.floor).0.verdict.tolerated);
}

/// One proposes, another approves.
fn together(town: &mut Town<FastBook>, one: UserId, other: UserId, command: &Command) -> Result<Receipt, Reject> {
    let encoded = Encoded(encode_alone(command));
    let proposal = match town
        .desk
        .floor
        .must(one, Command::Propose(Box::new(Propose { encoded })))
    {
        Receipt::Deal(seq) => ProposalId::from(seq),
        other => panic!("{other:?}"),
    };
    town.desk.floor.try_(other, Command::Approve(Approve { proposal }))
}

#[test]
fn two_of_a_bank_tell_a_day_otherwise() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let second = user(&mut town.desk.floor, bank.entity, Roles::BANK);
    town.must(bank, Command::SetDualControl(SetDualControl { required: true }));
    let today = day(2026, 3, 2);
    town.must(bank, tell_books("A", today, [1, 2, 3, 4]));
    let corrected = correct_books("A", today, [0, 2, 3, 4]);
    refuses(
        &mut town.desk.floor,
        bank.user,
        corrected.clone(),
        Reject::TwoPeopleNeeded,
    );
    assert_eq!(together(&mut town, bank.user, second, &corrected), Ok(Receipt::Done));
    assert_eq!(verdict(&town.desk.floor).0.verdict.books.ip_npl, yuan(0));
}

#[test]
fn a_bank_tells_of_so_many_branches() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let today = day(2026, 3, 2);
    for number in 0..BRANCHES_MAX {
        town.must(bank, tell_books(&number.to_string(), today, [0; 4]));
    }
    refuses(
        &mut town.desk.floor,
        bank.user,
        tell_books("one more", today, [0; 4]),
        Reject::BranchesFull,
    );
    town.desk.floor.until(today.next());
    town.must(bank, tell_books("0", today.next(), [0; 4]));
    let other = town.desk.other_bank;
    town.must(other, tell_books("one more", today, [0; 4]));
}

/// The file of an officer, drawn as of today.
fn drawn(town: &mut Town<FastBook>, loan: LoanId, officer: UserId) -> OfficerFile {
    let bank = town.desk.bank;
    town.must(bank, draw(loan, officer));
    let (file, readers) = file_told(&town.desk.floor);
    assert_eq!(readers, Readers::one(bank.entity), "it is the bank's alone");
    file
}

/// Shows every step but the last on the day of the loan.
fn diligent(town: &mut Town<FastBook>, loan: LoanId, officer: UserId) {
    for &step in &DutyStep::ALL[..DutyStep::ALL.len() - 1] {
        town.desk.floor.must(officer, duty(loan, step, lent_on()));
    }
}

#[test]
fn an_officer_shows_step_by_step_what_it_owed_a_loan() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let officer = user(&mut town.desk.floor, bank.entity, Roles::BANK);
    // Interest is settled each quarter, and nothing of it is paid: late from 2026-03-20 on.
    let loan = town.desk.loan(|asked| {
        asked.terms.settlement.cycle = protocol::claim::Cycle::Quarterly;
    });
    let file = drawn(&mut town, loan, officer);
    assert_eq!(
        (file.days_overdue, file.class, file.late_since),
        (0, LoanClass::NotByDays, None)
    );
    assert_eq!((file.paid_out, file.due), (lent_on(), day(2027, 3, 2)));
    assert_eq!(file.missing, DutyStep::ALL[..6], "there is no trouble to be told");
    diligent(&mut town, loan, officer);
    let (file, readers) = file_told(&town.desk.floor);
    assert_eq!((file.steps.len(), file.missing.len()), (6, 0));
    assert_eq!((file.officer, readers), (officer, Readers::one(bank.entity)));

    let since = day(2026, 3, 21);
    for (days, class) in [
        (0, LoanClass::NotByDays),
        (90, LoanClass::NotByDays),
        (91, LoanClass::Substandard),
        (270, LoanClass::Substandard),
        (271, LoanClass::Doubtful),
        (360, LoanClass::Doubtful),
        (361, LoanClass::Loss),
    ] {
        let on = Date(since.0 + days);
        town.desk.floor.until(on);
        let file = drawn(&mut town, loan, officer);
        let days = u32::try_from(days).unwrap();
        assert_eq!((file.days_overdue, file.class, file.as_of), (days, class, on));
        assert_eq!(file.late_since, Some(since));
        let missing = if days > 0 { &[DutyStep::Warned][..] } else { &[] };
        assert_eq!(file.missing, missing, "{days} days");
    }
    town.desk
        .floor
        .must(officer, duty(loan, DutyStep::Warned, day(2026, 6, 1)));
    assert_eq!(file_told(&town.desk.floor).0.missing, []);
    // Each officer has a file of its own.
    assert_eq!(drawn(&mut town, loan, bank.user).steps, []);
}

#[test]
fn what_is_repaid_is_late_no_more() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let loan = town.loan(100);
    town.desk.floor.until(day(2028, 3, 2));
    assert_eq!(drawn(&mut town, loan, bank.user).class, LoanClass::Loss);
    town.must(bank, repay(loan, yuan(100), day(2028, 3, 2)));
    let file = drawn(&mut town, loan, bank.user);
    assert_eq!(
        (file.days_overdue, file.class, file.late_since),
        (0, LoanClass::NotByDays, None)
    );
}

#[test]
fn what_a_step_and_a_file_are_refused_for() {
    let mut town = Town::new();
    let (bank, firm, other) = (town.desk.bank, town.desk.firm, town.desk.other_bank);
    let loan = town.loan(100);
    let clerk = user(&mut town.desk.floor, bank.entity, Roles::TRADER);
    let lender = user(&mut town.desk.floor, firm.entity, Roles::BANK);
    let tomorrow = lent_on().next();
    let step = |loan, on| duty(loan, DutyStep::Valued, on);
    for by in [clerk, firm.user, OPERATOR] {
        for command in [step(NO_LOAN, tomorrow), draw(NO_LOAN, clerk)] {
            refuses(&mut town.desk.floor, by, command, Reject::NotPermitted);
        }
    }
    for (by, loan, reject) in [
        (bank.user, NO_LOAN, Reject::UnknownLoan),
        (other.user, loan, Reject::UnknownLoan),
        (lender, loan, Reject::NotAParty),
    ] {
        for command in [step(loan, tomorrow), draw(loan, UserId(999))] {
            refuses(&mut town.desk.floor, by, command, reject);
        }
    }
    // Another bank's officer is as good as none.
    for officer in [UserId(999), other.user, firm.user] {
        refuses(
            &mut town.desk.floor,
            bank.user,
            draw(loan, officer),
            Reject::UnknownUser,
        );
    }
    town.must(bank, step(loan, lent_on()));
    refuses(
        &mut town.desk.floor,
        bank.user,
        step(loan, tomorrow),
        Reject::DatesInvalid,
    );
    refuses(
        &mut town.desk.floor,
        bank.user,
        step(loan, lent_on()),
        Reject::StepShown,
    );
    // Another officer shows it for itself; there are so many of them.
    for _ in 1..OFFICERS_MAX {
        let officer = user(&mut town.desk.floor, bank.entity, Roles::BANK);
        town.desk.floor.must(officer, step(loan, lent_on()));
    }
    let one_more = user(&mut town.desk.floor, bank.entity, Roles::BANK);
    refuses(
        &mut town.desk.floor,
        one_more,
        step(loan, lent_on()),
        Reject::OfficersFull,
    );
    town.must(bank, duty(loan, DutyStep::Approved, lent_on()));
}

#[test]
fn each_lender_of_a_loan_has_files_of_its_own_and_loses_sight_with_the_claim() {
    let mut town = Town::new();
    let (bank, other) = (town.desk.bank, town.desk.other_bank);
    let loan = town.desk.loan(|asked| {
        asked.creditors.push(Share {
            entity: other.entity,
            parts: 50,
        });
    });
    town.must(other, duty(loan, DutyStep::Valued, lent_on()));
    assert_eq!(file_told(&town.desk.floor).1, Readers::one(other.entity));
    refuses(
        &mut town.desk.floor,
        bank.user,
        draw(loan, other.user),
        Reject::UnknownUser,
    );
    let third = town.desk.floor.party(CODES[5], Roles::BANK);
    let own = town.loan(100);
    town.must(bank, duty(own, DutyStep::Valued, lent_on()));
    town.must(bank, assign(own, third, None, false));
    for command in [draw(own, bank.user), duty(own, DutyStep::Approved, lent_on())] {
        refuses(&mut town.desk.floor, bank.user, command, Reject::UnknownLoan);
    }
    refuses(
        &mut town.desk.floor,
        third.user,
        draw(own, bank.user),
        Reject::UnknownUser,
    );
}

#[test]
fn what_a_bank_tells_a_pool_and_the_class_of_its_file_do_not_contradict_each_other() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let loan = town.desk.loan(|asked| {
        crate::floor::pools::of(100)(asked);
        asked.terms.due = day(2026, 4, 1);
    });
    town.must(bank, enrol(pool, loan, Some(yuan(100))));
    diligent(&mut town, loan, bank.user);
    // A bank may class a loan worse than its days: then no file calls it performing.
    town.desk.floor.until(day(2026, 3, 10));
    town.must(bank, npl(loan, day(2026, 3, 10)));
    let file = drawn(&mut town, loan, bank.user);
    assert_eq!((file.days_overdue, file.class), (0, LoanClass::Substandard));
    assert_eq!(
        (file.npl, file.missing),
        (Some(day(2026, 3, 10)), vec![DutyStep::Warned])
    );
    // It says that it performs again: no later than its days allow.
    town.must(bank, end(loan, PoolLoanEnd::Cured));
    let file = drawn(&mut town, loan, bank.user);
    assert_eq!((file.class, file.npl), (LoanClass::NotByDays, None));
    town.must(bank, npl(loan, day(2026, 3, 10)));
    town.desk.floor.until(Date(day(2026, 4, 1).0 + 91));
    assert_eq!(drawn(&mut town, loan, bank.user).class, LoanClass::Substandard);
    refuses(
        &mut town.desk.floor,
        bank.user,
        end(loan, PoolLoanEnd::Cured),
        Reject::StateForbids,
    );
    // Paid in part it is as late; whole, it performs, and neither pool nor file says otherwise.
    let today = Date(day(2026, 4, 1).0 + 91);
    town.must(bank, repay(loan, yuan(99), today));
    refuses(
        &mut town.desk.floor,
        bank.user,
        end(loan, PoolLoanEnd::Cured),
        Reject::StateForbids,
    );
    town.must(bank, repay(loan, yuan(1), today));
    let file = drawn(&mut town, loan, bank.user);
    assert_eq!((file.class, file.npl), (LoanClass::NotByDays, None));
    town.must(bank, end(loan, PoolLoanEnd::Repaid));
    // A default for an agreed event is none by days, and the file says what the days say.
    let early = town.loan(100);
    town.must(bank, default(early, DefaultCause::AgreedEvent));
    assert_eq!(drawn(&mut town, early, bank.user).class, LoanClass::NotByDays);
}
