//! Risk pools: which loans public money stands behind, claims in line, what is paid and what comes back.

use crate::floor::{
    Floor, OPERATOR, Party, day,
    grants::{NO_ACCOUNT, cash_posted, ladder, user},
    pledges::{assign, default, guarantor, made_loan, repaid_by, repay},
    pools::{
        Town, claim, claim_of_guarantor, claim_so, decide, end, enrol, figures, npl, of, open, pay, recover, standings,
    },
    refuses, yuan,
};
use engine::{
    Exchange,
    book::{FastBook, PlainBook},
};
use protocol::{
    Amount, BasisPoints, Command, Currency, EntityId, LoanId, Money, PoolId, ProposalId, Readers, Receipt, Record,
    Reject, UserId,
    control::{Approve, Encoded, Propose, SetDualControl},
    event::PostingReason,
    party::Roles,
    plan::PayerKind,
    pledge::{DefaultCause, RegisterLoan},
    risk::{
        ANHUI_2022, Bearer, GUANGZHOU_2023, LossShare, PaidByGuarantor, Payment, PoolLoanEnd, PoolLoanState,
        PoolProfile, SHENZHEN_2024, SHENZHEN_SPLIT, ZHONGSHAN_SPLIT,
    },
    wire::encode_alone,
};

const NO_LOAN: LoanId = LoanId(999);
const NO_POOL: PoolId = PoolId(999);

/// What deals brought into these accounts: the fund's and the bank's.
fn moved(town: &Town<FastBook>) -> (i64, i64) {
    (town.desk.cash(town.fund), town.desk.cash(town.desk.bank))
}

/// What of a loss each bears, and what it got back of it.
fn borne(town: &Town<FastBook>, loan: LoanId) -> Vec<(Bearer, i64, i64)> {
    let standing = town.standing(loan);
    let one = |borne: &protocol::risk::LossBorne| (borne.bearer, borne.amount.money.minor(), borne.got.money.minor());
    standing.borne.iter().map(one).collect()
}

#[test]
fn a_loan_from_its_enrolment_to_what_is_recovered() {
    let mut town = Town::new();
    let (bank, fund) = (town.desk.bank, town.fund);
    town.gives(fund, 3_000_000);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let loan = town.loan(4_000_000);
    town.must(bank, enrol(pool, loan, Some(yuan(4_000_000))));
    let stands = |town: &Town<FastBook>| {
        let told = town.told(pool);
        (told.backed.money.minor(), told.loans, told.claims)
    };
    assert_eq!(town.standing(loan).state, PoolLoanState::Enrolled);
    assert_eq!(town.standing(loan).covered, yuan(4_000_000));
    assert_eq!(stands(&town), (4_000_000, 1, 0));

    town.desk.floor.until(day(2026, 3, 3));
    town.must(bank, npl(loan, day(2026, 3, 3)));
    assert_eq!(town.standing(loan).state, PoolLoanState::Npl);
    town.must(bank, claim(loan, bank, 4_000_000));
    assert_eq!(town.standing(loan).state, PoolLoanState::Claimed);
    assert_eq!(town.standing(loan).eligible, Some(yuan(4_000_000)));
    assert_eq!(stands(&town), (4_000_000, 1, 1));
    assert_eq!(moved(&town), (0, 0), "a claim moves nothing");

    let told = town.desk.floor.events.len();
    pay(&mut town.desk.floor, loan);
    assert_eq!(
        cash_posted(&town.desk.floor, told),
        [
            (fund.account, -2_000_000, 2_000_000, PostingReason::Held),
            (fund.account, 0, -2_000_000, PostingReason::Paid),
            (bank.account, 2_000_000, 0, PostingReason::Received),
        ]
    );
    let paid = town.standing(loan);
    assert_eq!(
        (paid.state, paid.paid, paid.payment),
        (PoolLoanState::Paid, Some(yuan(2_000_000)), Some(Payment::InFull))
    );
    assert_eq!(stands(&town), (0, 1, 0));

    town.must(bank, recover(loan, 200_000, 10_000));
    assert_eq!(town.standing(loan).state, PoolLoanState::Recovering);
    assert_eq!(moved(&town), (-1_905_000, 1_905_000));
    // More than was lost: the pool gets what it paid, and no more.
    town.must(bank, recover(loan, 5_000_000, 0));
    assert_eq!(moved(&town), (0, 0));
    assert_eq!(
        borne(&town, loan),
        [
            (Bearer::Bank, 2_000_000, 2_000_000),
            (Bearer::Fund, 2_000_000, 2_000_000)
        ]
    );
    town.must(bank, end(loan, PoolLoanEnd::WrittenOff));
    assert_eq!(town.standing(loan).state, PoolLoanState::Closed);
    for (command, reject) in [
        (claim(loan, bank, 0), Reject::SecondClaim),
        (recover(loan, 1, 0), Reject::StateForbids),
        (end(loan, PoolLoanEnd::WrittenOff), Reject::StateForbids),
    ] {
        refuses(&mut town.desk.floor, bank.user, command, reject);
    }
}

#[test]
fn what_the_opening_of_a_pool_is_refused_for() {
    let mut town = Town::new();
    let account = town.fund.account;
    let nothing = PoolProfile {
        year_total: Some(yuan(0)),
        ..GUANGZHOU_2023
    };
    let without = &ZHONGSHAN_SPLIT[..2];
    // Who may not open one learns nothing of accounts.
    for (account, profile) in [(NO_ACCOUNT, nothing), (account, GUANGZHOU_2023)] {
        let command = open(account, profile, &[]);
        refuses(&mut town.desk.floor, town.fund.user, command, Reject::NotPermitted);
    }
    let steps = [
        (OPERATOR, open(NO_ACCOUNT, nothing, without), Reject::UnknownAccount),
        (OPERATOR, open(account, nothing, without), Reject::AmountInvalid),
        (
            OPERATOR,
            open(account, GUANGZHOU_2023, without),
            Reject::LossSharesInvalid,
        ),
    ];
    ladder(&mut town.desk.floor, steps);
    town.pool(GUANGZHOU_2023, &ZHONGSHAN_SPLIT);
}

#[test]
fn a_blank_takes_no_loan_until_its_figures_are_given_and_then_they_stand() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let (blank, used) = (town.pool(SHENZHEN_2024, &[]), town.pool(GUANGZHOU_2023, &[]));
    let (loan, other) = (town.loan(100), town.loan(100));
    town.must(bank, enrol(used, other, Some(yuan(100))));
    let missing = enrol(blank, loan, None);
    refuses(
        &mut town.desk.floor,
        bank.user,
        missing.clone(),
        Reject::PoolFiguresMissing,
    );

    let too_much = PoolProfile {
        bank: Some(BasisPoints(10_001)),
        ..SHENZHEN_2024
    };
    let nothing = PoolProfile {
        year_total: Some(yuan(0)),
        ..too_much
    };
    let given = PoolProfile {
        bank: Some(BasisPoints(4_000)),
        ..SHENZHEN_2024
    };
    refuses(
        &mut town.desk.floor,
        bank.user,
        figures(NO_POOL, nothing),
        Reject::NotPermitted,
    );
    let steps = [
        (OPERATOR, figures(NO_POOL, nothing), Reject::AmountInvalid),
        (OPERATOR, figures(used, too_much), Reject::StateForbids),
        (OPERATOR, figures(NO_POOL, too_much), Reject::UnknownPool),
        (OPERATOR, figures(blank, too_much), Reject::LossSharesInvalid),
    ];
    ladder(&mut town.desk.floor, steps);
    town.desk.floor.must(OPERATOR, figures(blank, given));
    town.must(bank, missing);
    refuses(
        &mut town.desk.floor,
        OPERATOR,
        figures(blank, given),
        Reject::StateForbids,
    );
}

#[test]
fn what_an_enrolment_is_refused_for() {
    let mut town = Town::new();
    let (bank, firm) = (town.desk.bank, town.desk.firm);
    let strict = PoolProfile {
        least_ip_share: Some(BasisPoints(5_000)),
        per_borrower_year: Some(yuan(1_500)),
        fund: Some(yuan(1_000)),
        leverage: Some(1),
        ..GUANGZHOU_2023
    };
    let capped = PoolProfile {
        per_borrower_year: Some(yuan(1_000)),
        ..GUANGZHOU_2023
    };
    let (strict, capped) = (town.pool(strict, &[]), town.pool(capped, &[]));
    let blank = town.pool(SHENZHEN_2024, &[]);
    let [inside, at_cap, repaid, bad, loan] = [1_000, 1_000, 1_000, 2_000, 2_000].map(|fen| town.loan(fen));
    town.must(bank, enrol(strict, inside, Some(yuan(1_000))));
    town.must(bank, enrol(capped, at_cap, Some(yuan(1_000))));
    town.must(bank, repay(repaid, yuan(1_000), day(2026, 3, 2)));
    for loan in [inside, bad] {
        town.must(bank, default(loan, DefaultCause::AgreedEvent));
    }
    let dollars = Some(Amount::new(Currency::Hkd, Money::from_minor(1)));
    let reader = user(&mut town.desk.floor, bank.entity, Roles::DATA_CONSUMER);
    refuses(
        &mut town.desk.floor,
        reader,
        enrol(NO_POOL, NO_LOAN, None),
        Reject::NotPermitted,
    );
    let steps = [
        (
            town.desk.other_bank.user,
            enrol(NO_POOL, repaid, dollars),
            Reject::UnknownLoan,
        ),
        (firm.user, enrol(NO_POOL, repaid, dollars), Reject::NotAParty),
        (bank.user, enrol(NO_POOL, repaid, dollars), Reject::AmountInvalid),
        (bank.user, enrol(NO_POOL, repaid, None), Reject::StateForbids),
        (bank.user, enrol(NO_POOL, inside, None), Reject::UnknownPool),
        (bank.user, enrol(blank, inside, None), Reject::PoolFiguresMissing),
        (bank.user, enrol(strict, inside, None), Reject::AlreadyEnrolled),
        (bank.user, enrol(strict, bad, None), Reject::EnrolledAfterNpl),
        (bank.user, enrol(strict, loan, None), Reject::IpShareNotStated),
        (
            bank.user,
            enrol(strict, loan, Some(yuan(999))),
            Reject::IpShareBelowHalf,
        ),
        (bank.user, enrol(strict, loan, Some(yuan(1_000))), Reject::PoolLeverage),
        (
            bank.user,
            enrol(capped, loan, Some(yuan(1_000))),
            Reject::PoolBorrowerCap,
        ),
    ];
    ladder(&mut town.desk.floor, steps);
    let roomy = town.pool(GUANGZHOU_2023, &[]);
    town.desk.floor.must(OPERATOR, enrol(roomy, loan, Some(yuan(1_000))));
    assert_eq!(town.standing(loan).covered, yuan(1_000));
}

#[test]
fn a_loan_that_is_late_for_ninety_days_is_bad_though_nobody_says_so() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let [loan, other] = [100, 100].map(|fen| town.loan(fen));
    // It was due on 2027-03-02.
    town.desk.floor.until(day(2027, 5, 31));
    town.must(bank, enrol(pool, other, Some(yuan(100))));
    town.desk.floor.until(day(2027, 6, 1));
    refuses(
        &mut town.desk.floor,
        bank.user,
        enrol(pool, loan, Some(yuan(100))),
        Reject::EnrolledAfterNpl,
    );
}

/// A loan of so many fen, lent on a day of February.
fn lent_in_february(fen: i64, on: u32) -> impl Fn(&mut RegisterLoan) {
    move |asked: &mut RegisterLoan| {
        of(fen)(asked);
        asked.terms.drawn = day(2026, 2, on);
        asked.terms.rates[0].from = day(2026, 2, on);
    }
}

#[test]
fn what_was_lent_first_is_covered_first_and_who_loses_cover_hears_of_it() {
    let mut town = Town::new();
    let (bank, other) = (town.desk.bank, town.desk.other_bank);
    let capped = PoolProfile {
        per_borrower_year: Some(yuan(1_000)),
        ..GUANGZHOU_2023
    };
    let pool = town.pool(capped, &[]);
    let asked = crate::floor::pledges::lent(other, town.desk.firm, of(800));
    let late = made_loan(&mut town.desk.floor, other.user, asked);
    town.must(other, enrol(pool, late, Some(yuan(800))));
    let early = town.desk.loan(lent_in_february(700, 3));
    let told = town.desk.floor.events.len();
    town.must(bank, enrol(pool, early, Some(yuan(700))));
    let covers: Vec<_> = standings(&town.desk.floor, told)
        .iter()
        .map(|told| (told.loan, told.covered.money.minor()))
        .collect();
    assert_eq!(covers, [(early, 700), (late, 300)]);
    assert_eq!(town.told(pool).backed, yuan(1_000));
    // One before them takes the rest: of the last nothing is covered any more, and nothing can be claimed.
    let first = town.desk.loan(lent_in_february(400, 2));
    town.must(bank, enrol(pool, first, Some(yuan(400))));
    assert_eq!(town.standing(late).covered, yuan(0));
    town.desk.floor.until(day(2026, 3, 3));
    town.must(other, npl(late, day(2026, 3, 3)));
    refuses(
        &mut town.desk.floor,
        other.user,
        claim(late, other, 0),
        Reject::PoolBorrowerCap,
    );
}

#[test]
fn what_a_bad_loan_is_refused_for() {
    let mut town = Town::new();
    let (bank, firm, other) = (town.desk.bank, town.desk.firm, town.desk.other_bank);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let [loan, outside, repaid] = [100, 100, 100].map(|fen| town.loan(fen));
    town.must(bank, enrol(pool, loan, Some(yuan(100))));
    town.must(bank, repay(repaid, yuan(100), day(2026, 3, 2)));
    let (before, today, tomorrow) = (day(2026, 3, 1), day(2026, 3, 2), day(2026, 3, 3));
    let steps = [
        (other.user, npl(loan, tomorrow), Reject::UnknownLoan),
        (firm.user, npl(loan, tomorrow), Reject::NotAParty),
        (bank.user, npl(repaid, before), Reject::DatesInvalid),
        (bank.user, npl(repaid, tomorrow), Reject::DatesInvalid),
        (bank.user, npl(repaid, today), Reject::StateForbids),
        (bank.user, npl(outside, today), Reject::NotEnrolled),
        (bank.user, npl(loan, today), Reject::EnrolledAfterNpl),
    ];
    ladder(&mut town.desk.floor, steps);
    town.desk.floor.until(tomorrow);
    town.must(bank, npl(loan, tomorrow));
}

#[test]
fn what_a_claim_is_refused_for() {
    let mut town = Town::new();
    let (bank, firm, other) = (town.desk.bank, town.desk.firm, town.desk.other_bank);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let guarantors = PoolProfile {
        bank: None,
        guarantor: Some(BasisPoints(2_000)),
        ..GUANGZHOU_2023
    };
    let guarantors = town.pool(guarantors, &[]);
    let [good, unpaid, outside, loan, repaid] = [100; 5].map(|fen| town.loan(fen));
    town.must(bank, enrol(pool, good, Some(yuan(100))));
    town.bad(guarantors, unpaid, 100);
    town.bad(pool, repaid, 100);
    town.must(bank, repay(repaid, yuan(100), day(2026, 3, 4)));
    let nowhere = Party {
        account: NO_ACCOUNT,
        ..bank
    };
    let as_guarantor = claim_of_guarantor(good, bank, 1);
    let with_paid = claim_so(good, bank, 0, |asked| {
        asked.paid = Some(PaidByGuarantor {
            principal: yuan(1),
            interest: yuan(0),
        });
    });
    let dollars = claim_so(good, bank, 0, |asked| {
        asked.other_public = Amount::new(Currency::Hkd, Money::ZERO);
    });
    let steps = [
        (bank.user, claim(NO_LOAN, nowhere, 0), Reject::UnknownAccount),
        (bank.user, claim(good, other, 0), Reject::UnknownAccount),
        (other.user, claim(good, other, 0), Reject::UnknownLoan),
        (OPERATOR, claim(good, firm, 101), Reject::NotYourAccount),
        (firm.user, claim(good, firm, 101), Reject::NotAParty),
        (bank.user, as_guarantor, Reject::NotAParty),
        (bank.user, claim(good, bank, 101), Reject::AmountInvalid),
        (bank.user, with_paid, Reject::AmountInvalid),
        (bank.user, dollars, Reject::AmountInvalid),
        (bank.user, claim(good, bank, 100), Reject::StateForbids),
        (bank.user, claim(unpaid, bank, 100), Reject::PoolFiguresMissing),
        (bank.user, claim(outside, bank, 100), Reject::NotEnrolled),
        (bank.user, claim(repaid, bank, 0), Reject::FullyRecovered),
    ];
    ladder(&mut town.desk.floor, steps);
    town.bad(pool, loan, 100);
    town.must(bank, claim(loan, bank, 100));
    refuses(
        &mut town.desk.floor,
        bank.user,
        claim(loan, bank, 100),
        Reject::SecondClaim,
    );
    // Where parts of a loss are agreed, who bears none claims nothing.
    let guarantees = [Bearer::Guarantor, Bearer::Fund].map(|bearer| LossShare { bearer, weight: 1 });
    let insured = town.pool(GUANGZHOU_2023, &guarantees);
    let loan = town.loan(100);
    town.bad(insured, loan, 100);
    refuses(
        &mut town.desk.floor,
        bank.user,
        claim(loan, bank, 100),
        Reject::NotAParty,
    );
}

#[test]
fn what_a_decision_is_refused_for() {
    let mut town = Town::new();
    let (bank, other) = (town.desk.bank, town.desk.other_bank);
    let owes_all = PoolProfile {
        balance_limited: false,
        ..GUANGZHOU_2023
    };
    let (pool, topped_up) = (town.pool(GUANGZHOU_2023, &[]), town.pool(owes_all, &[]));
    let first = town.claimed(pool, 100);
    let (second, passed) = (town.claimed(pool, 100), town.claimed(pool, 100));
    town.must(bank, assign(passed, other, None, false));
    let behind = town.claimed(topped_up, 100);
    let (last, outside) = (town.claimed(topped_up, 100), town.loan(100));
    let repaid = {
        let apart = town.pool(GUANGZHOU_2023, &[]);
        town.claimed(apart, 100)
    };
    let today = protocol::Timestamp(town.desk.floor.at).venue_date();
    town.must(bank, repay(repaid, yuan(100), today));
    refuses(
        &mut town.desk.floor,
        bank.user,
        decide(NO_LOAN, true),
        Reject::NotPermitted,
    );
    let steps = [
        (OPERATOR, decide(NO_LOAN, true), Reject::UnknownLoan),
        // The claim to the loan is another's by now, who claims anew.
        (OPERATOR, decide(passed, true), Reject::NotAParty),
        (OPERATOR, decide(last, true), Reject::InsufficientCash),
        (OPERATOR, decide(behind, true), Reject::InsufficientCash),
        (OPERATOR, decide(second, true), Reject::StateForbids),
        (OPERATOR, decide(outside, true), Reject::NotEnrolled),
        (OPERATOR, decide(outside, false), Reject::NotEnrolled),
        (OPERATOR, decide(repaid, true), Reject::FullyRecovered),
    ];
    ladder(&mut town.desk.floor, steps);
    town.gives(town.fund, 1_000);
    for loan in [first, second, behind] {
        pay(&mut town.desk.floor, loan);
    }
    assert_eq!(moved(&town), (-150, 150));
    refuses(
        &mut town.desk.floor,
        OPERATOR,
        decide(first, true),
        Reject::StateForbids,
    );
    // What frees a claim that cannot be paid: it is turned down, and its new holder claims.
    town.desk.floor.must(OPERATOR, decide(passed, false));
    assert_eq!(town.standing(passed).state, PoolLoanState::Npl);
    town.must(other, claim(passed, other, 100));
    pay(&mut town.desk.floor, passed);
    assert_eq!(town.desk.cash(other), 50);
    town.desk.floor.must(OPERATOR, decide(repaid, false));
    town.must(bank, end(repaid, PoolLoanEnd::Repaid));
}

#[test]
fn a_pool_that_is_short_pays_in_the_order_of_claims_and_no_more_than_is_left() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let year = PoolProfile {
        year_total: Some(yuan(600)),
        ..GUANGZHOU_2023
    };
    let pool = town.pool(year, &[]);
    town.gives(town.fund, 10_000);
    let loans = [1_000; 3].map(|fen| town.claimed(pool, fen));
    assert_eq!(town.told(pool).claims, 3);
    for out_of_turn in &loans[1..] {
        refuses(
            &mut town.desk.floor,
            OPERATOR,
            decide(*out_of_turn, true),
            Reject::StateForbids,
        );
    }
    for loan in loans {
        pay(&mut town.desk.floor, loan);
    }
    let paid = loans.map(|loan| {
        let standing = town.standing(loan);
        (standing.paid.unwrap().money.minor(), standing.payment.unwrap())
    });
    assert_eq!(
        paid,
        [
            (500, Payment::InFull),
            (100, Payment::PoolShort),
            (0, Payment::PoolShort)
        ]
    );
    assert_eq!(moved(&town), (-600, 600));
    // What the pool lacked the bank bears, and gets back first once the pool has its own.
    town.must(bank, recover(loans[1], 500, 0));
    assert_eq!(
        borne(&town, loans[1]),
        [(Bearer::Bank, 900, 400), (Bearer::Fund, 100, 100)]
    );
    assert_eq!(moved(&town), (-500, 500));
    // A year that has passed is no other year's.
    town.desk.floor.until(day(2027, 1, 4));
    let loan = town.claimed(pool, 1_000);
    pay(&mut town.desk.floor, loan);
    assert_eq!(town.standing(loan).payment, Some(Payment::InFull));
}

#[test]
fn a_pool_pays_no_more_than_its_account_holds() {
    let mut town = Town::new();
    let pool = town.pool(GUANGZHOU_2023, &[]);
    town.gives(town.fund, 30);
    let loan = town.claimed(pool, 100);
    pay(&mut town.desk.floor, loan);
    let standing = town.standing(loan);
    assert_eq!(
        (standing.paid, standing.payment),
        (Some(yuan(30)), Some(Payment::PoolShort))
    );
    assert_eq!(moved(&town), (-30, 30));
}

#[test]
fn what_is_repaid_while_a_claim_waits_is_not_compensated() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    town.gives(town.fund, 1_000);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let loan = town.claimed(pool, 100);
    town.must(bank, repay(loan, yuan(60), day(2026, 3, 3)));
    pay(&mut town.desk.floor, loan);
    let standing = town.standing(loan);
    assert_eq!((standing.eligible, standing.paid), (Some(yuan(40)), Some(yuan(20))));
    assert_eq!(borne(&town, loan), [(Bearer::Bank, 20, 0), (Bearer::Fund, 20, 0)]);
}

#[test]
fn the_loss_is_what_the_loan_says_is_owed_on_the_day() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    let with_interest = PoolProfile {
        base: protocol::risk::LossBase::PrincipalAndInterest,
        ..GUANGZHOU_2023
    };
    let pool = town.pool(with_interest, &[]);
    // A million at 4.35 % from 2026-03-02, half of which stands on intellectual property.
    let loan = town.desk.loan(|_| {});
    town.must(bank, enrol(pool, loan, Some(yuan(50_000_000))));
    town.desk.floor.until(day(2026, 6, 30));
    town.must(bank, npl(loan, day(2026, 6, 30)));
    // 120 days of 360: 14,500.00, of which half counts.
    refuses(
        &mut town.desk.floor,
        bank.user,
        claim(loan, bank, 101_450_001),
        Reject::AmountInvalid,
    );
    town.must(bank, claim(loan, bank, 101_450_000));
    assert_eq!(town.standing(loan).eligible, Some(yuan(50_000_000 + 725_000)));
}

#[test]
fn public_money_bears_at_most_its_part_of_ones_own_liability() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    town.gives(town.fund, 1_000);
    let pool = town.pool(ANHUI_2022, &[]);
    let loan = town.loan(1_000);
    town.bad(pool, loan, 1_000);
    let other_public = claim_so(loan, bank, 500, |asked| asked.other_public = yuan(300));
    town.must(bank, other_public);
    pay(&mut town.desk.floor, loan);
    let standing = town.standing(loan);
    assert_eq!(
        (standing.paid, standing.payment),
        (Some(yuan(100)), Some(Payment::PublicCap))
    );
}

#[test]
fn recoveries_are_shared_on_the_running_total() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    town.gives(town.fund, 100_000_000);
    town.gives(bank, 100_000_000);
    let pool = town.pool(GUANGZHOU_2023, &SHENZHEN_SPLIT);
    let loan = town.claimed(pool, 20_000_000);
    pay(&mut town.desk.floor, loan);
    // The vector f14: each recovery, and what the fund has of them so far.
    for (recovered, fund) in [(3_333_333, 1_666_666), (3_333_333, 3_333_333), (3_333_335, 5_000_000)] {
        town.must(bank, recover(loan, recovered, 0));
        assert_eq!(moved(&town), (fund - 10_000_000, 10_000_000 - fund));
    }
    // The vector f16: what it cost beyond what it brought is nobody's but the bank's, and is not set off later.
    let before = moved(&town);
    town.must(bank, recover(loan, 20_000_001, 21_000_000));
    assert_eq!(moved(&town), before);
    town.must(bank, recover(loan, 2, 0));
    assert_eq!(moved(&town), (before.0 + 1, before.1 - 1));
}

#[test]
fn parts_of_others_are_told_and_run_outside() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    town.gives(town.fund, 1_000_000_000);
    let pool = town.pool(GUANGZHOU_2023, &ZHONGSHAN_SPLIT);
    let loan = town.claimed(pool, 164_231_257);
    pay(&mut town.desk.floor, loan);
    let bears: Vec<_> = borne(&town, loan).iter().map(|one| (one.0, one.1)).collect();
    assert_eq!(
        bears,
        [
            (Bearer::Bank, 42_700_127),
            (Bearer::Insurer, 26_277_001),
            (Bearer::Appraiser, 6_569_250),
            (Bearer::Fund, 88_684_879)
        ]
    );
    assert_eq!(moved(&town), (-88_684_879, 88_684_879));
    town.must(bank, recover(loan, 100, 0));
    assert_eq!(moved(&town), (54 - 88_684_879, 88_684_879 - 54));
}

#[test]
fn what_a_recovery_is_refused_for() {
    let mut town = Town::new();
    let (bank, firm, other) = (town.desk.bank, town.desk.firm, town.desk.other_bank);
    town.gives(town.fund, 1_000);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let paid = town.claimed(pool, 100);
    pay(&mut town.desk.floor, paid);
    let (waits, outside) = (town.claimed(pool, 100), town.loan(100));
    // The bank spends what it got.
    town.desk.floor.withdraw(bank, 50);
    let steps = [
        (other.user, recover(paid, -1, 0), Reject::UnknownLoan),
        (firm.user, recover(paid, -1, 0), Reject::NotAParty),
        // Cash leaves by its owner's word alone.
        (OPERATOR, recover(paid, -1, 0), Reject::NotAParty),
        (bank.user, recover(waits, -1, 0), Reject::AmountInvalid),
        (bank.user, recover(waits, 0, 0), Reject::AmountInvalid),
        (bank.user, recover(paid, i64::MAX, -1), Reject::AmountInvalid),
        (bank.user, recover(paid, 2, 0), Reject::InsufficientCash),
        (bank.user, recover(waits, 2, 0), Reject::StateForbids),
        (bank.user, recover(outside, 2, 0), Reject::NotEnrolled),
    ];
    ladder(&mut town.desk.floor, steps);
    town.gives(bank, 1);
    town.must(bank, recover(paid, 2, 0));
    let too_much = recover(paid, i64::MAX, 0);
    refuses(&mut town.desk.floor, bank.user, too_much, Reject::AmountInvalid);
}

#[test]
fn who_was_paid_shares_what_it_recovers_though_the_claim_passed_on() {
    let mut town = Town::new();
    let (bank, other) = (town.desk.bank, town.desk.other_bank);
    town.gives(town.fund, 1_000);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let loan = town.claimed(pool, 100);
    pay(&mut town.desk.floor, loan);
    let told = town.desk.floor.events.len();
    town.must(bank, assign(loan, other, None, false));
    let heard = town.desk.floor.records(told).into_iter().rev().find_map(|told| {
        let of_pool = matches!(told.record, Record::PoolStanding(_));
        of_pool.then_some(told.readers)
    });
    let concerned = [bank, other, town.fund].map(|party| party.entity);
    assert_eq!(
        heard,
        Some(Readers::Only(concerned.to_vec())),
        "who holds it now hears how it stands"
    );
    refuses(
        &mut town.desk.floor,
        other.user,
        recover(loan, 10, 0),
        Reject::NotAParty,
    );
    // The price of the claim is what the bank recovered.
    town.must(bank, recover(loan, 30, 0));
    assert_eq!(moved(&town), (-35, 35));
    refuses(
        &mut town.desk.floor,
        other.user,
        end(loan, PoolLoanEnd::WrittenOff),
        Reject::NotAParty,
    );
    town.must(bank, end(loan, PoolLoanEnd::WrittenOff));
}

#[test]
fn a_guarantor_claims_for_what_it_paid() {
    let mut town = Town::new();
    let (bank, guarantees) = (town.desk.bank, town.desk.other_firm);
    town.gives(town.fund, 1_000);
    let pool = town.pool(ANHUI_2022, &[]);
    let asked = guarantor(guarantees, |_| {});
    let loan = town.desk.loan(|loan| {
        of(1_001)(loan);
        loan.terms.guarantors = vec![asked];
    });
    town.bad(pool, loan, 1_000);
    let of_guarantor = |fen| claim_of_guarantor(loan, guarantees, fen);
    refuses(
        &mut town.desk.floor,
        guarantees.user,
        of_guarantor(1),
        Reject::AmountInvalid,
    );
    // What the debtor paid is no loss of the guarantor's.
    town.must(bank, repay(loan, yuan(1), day(2026, 3, 3)));
    let paid = repaid_by(loan, yuan(1_000), day(2026, 3, 3), guarantees, PayerKind::Guarantor);
    town.must(bank, paid);
    refuses(
        &mut town.desk.floor,
        guarantees.user,
        of_guarantor(1_001),
        Reject::AmountInvalid,
    );
    town.must(guarantees, of_guarantor(1_000));
    // What repaid the loan is the guarantor's loss: the bank does not end its claim.
    refuses(
        &mut town.desk.floor,
        bank.user,
        end(loan, PoolLoanEnd::Repaid),
        Reject::StateForbids,
    );
    pay(&mut town.desk.floor, loan);
    assert_eq!(town.desk.cash(guarantees), 200);
    assert_eq!(
        borne(&town, loan),
        [(Bearer::Guarantor, 800, 0), (Bearer::Fund, 200, 0)]
    );
    refuses(&mut town.desk.floor, bank.user, recover(loan, 10, 0), Reject::NotAParty);
    town.must(guarantees, recover(loan, 10, 0));
    assert_eq!(town.desk.cash(guarantees), 198);
    town.must(guarantees, end(loan, PoolLoanEnd::WrittenOff));
}

#[test]
fn a_loan_goes_on_or_ends_as_it_says_itself() {
    let mut town = Town::new();
    let (bank, firm, other) = (town.desk.bank, town.desk.firm, town.desk.other_bank);
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let [enrolled, outside] = [100; 2].map(|fen| town.loan(fen));
    town.must(bank, enrol(pool, enrolled, Some(yuan(100))));
    let loan = town.claimed(pool, 100);
    town.must(bank, default(loan, DefaultCause::AgreedEvent));
    let steps = [
        (other.user, end(loan, PoolLoanEnd::Repaid), Reject::UnknownLoan),
        (firm.user, end(loan, PoolLoanEnd::Repaid), Reject::NotAParty),
        (bank.user, end(loan, PoolLoanEnd::Repaid), Reject::StateForbids),
        (bank.user, end(loan, PoolLoanEnd::Cured), Reject::StateForbids),
        (bank.user, end(loan, PoolLoanEnd::WrittenOff), Reject::StateForbids),
        (bank.user, end(enrolled, PoolLoanEnd::Cured), Reject::StateForbids),
        (bank.user, end(outside, PoolLoanEnd::Cured), Reject::NotEnrolled),
    ];
    ladder(&mut town.desk.floor, steps);
    town.must(bank, crate::floor::pledges::cure(loan));
    town.must(bank, end(loan, PoolLoanEnd::Cured));
    assert_eq!(town.standing(loan).state, PoolLoanState::Enrolled);
    assert_eq!(town.told(pool).claims, 0, "its claim ended with its ground");
    let today = protocol::Timestamp(town.desk.floor.at).venue_date();
    town.must(bank, repay(loan, yuan(100), today));
    town.must(bank, end(loan, PoolLoanEnd::Repaid));
    assert_eq!(town.standing(loan).state, PoolLoanState::Closed);
    assert_eq!(town.told(pool).backed, yuan(100), "the other");
}

/// Two of each house: what is proposed by one and approved by the other is done.
fn together(floor: &mut Floor<FastBook>, one: UserId, other: UserId, command: &Command) {
    refuses(floor, one, command.clone(), Reject::TwoPeopleNeeded);
    let encoded = Encoded(encode_alone(command));
    let Receipt::Deal(seq) = floor.must(one, Command::Propose(Box::new(Propose { encoded }))) else {
        panic!()
    };
    let proposal = ProposalId::from(seq);
    floor.must(other, Command::Approve(Approve { proposal }));
}

#[test]
fn what_pays_out_or_gives_up_takes_two_and_what_stops_harm_one() {
    let mut town = Town::new();
    let (bank, account) = (town.desk.bank, town.fund.account);
    town.gives(town.fund, 1_000);
    let loan = town.loan(100);
    let clerk = user(&mut town.desk.floor, bank.entity, Roles::BANK);
    let dual = Command::SetDualControl(SetDualControl { required: true });
    town.must(bank, dual);
    let second = user(&mut town.desk.floor, EntityId(0), Roles::OPERATOR);

    let floor = &mut town.desk.floor;
    // A proposal that is approved answers with its receipt: the pool has the place of the approval.
    together(floor, OPERATOR, second, &open(account, SHENZHEN_2024, &[]));
    let pool = PoolId(floor.exchange.seq().0);
    let given = PoolProfile {
        bank: Some(BasisPoints(5_000)),
        ..SHENZHEN_2024
    };
    together(floor, OPERATOR, second, &figures(pool, given));
    floor.must(bank.user, enrol(pool, loan, None));
    floor.until(day(2026, 3, 3));
    floor.must(bank.user, npl(loan, day(2026, 3, 3)));
    floor.must(bank.user, claim(loan, bank, 100));
    together(floor, OPERATOR, second, &decide(loan, true));
    together(floor, bank.user, clerk, &recover(loan, 10, 0));
    together(floor, bank.user, clerk, &end(loan, PoolLoanEnd::WrittenOff));
    assert_eq!(town.standing(loan).state, PoolLoanState::Closed);
    assert_eq!(moved(&town), (-45, 45));
}

#[test]
fn nobody_else_hears_of_a_pool_or_of_a_loan_in_it() {
    let mut town = Town::new();
    let (bank, fund, firm, other) = (town.desk.bank, town.fund, town.desk.firm, town.desk.other_bank);
    town.gives(fund, 1_000);
    let first = town.desk.floor.events.len();
    let pool = town.pool(GUANGZHOU_2023, &[]);
    let loan = town.claimed(pool, 100);
    pay(&mut town.desk.floor, loan);
    town.must(bank, recover(loan, 10, 0));
    town.must(bank, end(loan, PoolLoanEnd::WrittenOff));
    let mut told = (0, 0);
    for changed in town.desk.floor.records(first) {
        let (of_pool, readers) = (&changed.record, &changed.readers);
        match of_pool {
            Record::RiskPool(_) => {
                told.0 += 1;
                assert_eq!(*readers, Readers::one(fund.entity));
            }
            Record::PoolStanding(_) => {
                told.1 += 1;
                assert_eq!(*readers, Readers::Only(vec![bank.entity, fund.entity]));
            }
            _ => assert!(!readers.has(other.entity)),
        }
        assert!(!readers.has(other.entity) && (matches!(of_pool, Record::Loan(_)) || !readers.has(firm.entity)));
    }
    assert_eq!(
        told,
        (5, 6),
        "opened, enrolled, claimed, paid, ended; and bad, recovered"
    );
    let public = |event: &protocol::Stamped<protocol::Event>| matches!(event.body, protocol::Event::Public(_));
    assert!(!town.desk.floor.events[first..].iter().any(public));
    // Another bank is told nothing by what it tries either.
    for command in [
        enrol(pool, loan, None),
        npl(loan, day(2026, 3, 3)),
        claim(loan, other, 0),
        recover(loan, 1, 0),
        end(loan, PoolLoanEnd::Repaid),
    ] {
        refuses(&mut town.desk.floor, other.user, command, Reject::UnknownLoan);
    }
}

#[test]
fn the_state_with_pools_is_saved_and_goes_on_alike() {
    let mut town = Town::new();
    let bank = town.desk.bank;
    town.gives(town.fund, 1_000);
    let pool = town.pool(GUANGZHOU_2023, &SHENZHEN_SPLIT);
    let [enrolled, over] = [100; 2].map(|fen| town.loan(fen));
    town.must(bank, enrol(pool, enrolled, Some(yuan(100))));
    let [recovering, first, second] = [100; 3].map(|fen| town.claimed(pool, fen));
    let today = protocol::Timestamp(town.desk.floor.at).venue_date();
    town.must(bank, enrol(pool, over, Some(yuan(100))));
    town.must(bank, repay(over, yuan(100), today));
    town.must(bank, end(over, PoolLoanEnd::Repaid));
    pay(&mut town.desk.floor, recovering);
    town.must(bank, recover(recovering, 11, 0));
    let saved = town.desk.floor.exchange.save();
    let mut fast = Floor::of(Exchange::<FastBook>::load(&saved).unwrap());
    let mut plain = Floor::of(Exchange::<PlainBook>::load(&saved).unwrap());
    let next = [
        (OPERATOR, decide(second, true)),
        (OPERATOR, decide(first, true)),
        (OPERATOR, decide(second, true)),
        (bank.user, recover(recovering, 12, 1)),
        (bank.user, end(recovering, PoolLoanEnd::WrittenOff)),
        (bank.user, npl(enrolled, today)),
        (bank.user, claim(enrolled, bank, 100)),
    ];
    for (by, command) in next {
        let answer = town.desk.floor.try_(by, command.clone());
        assert_eq!(fast.try_(by, command.clone()), answer);
        assert_eq!(plain.try_(by, command), answer);
    }
    let hash = town.desk.floor.exchange.state_hash();
    assert_eq!([fast.exchange.state_hash(), plain.exchange.state_hash()], [hash; 2]);
    let told = town.desk.floor.events.len() - fast.events.len();
    assert_eq!(town.desk.floor.events[told..], fast.events);
}
