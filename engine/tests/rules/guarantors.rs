//! Who answers for a loan beside its debtor: how long a guarantor is bound, what it pays and may stand for, the fund behind
//! it, and the insurer.

use crate::floor::{
    CODES, Floor, OPERATOR, Party, day,
    disposals::distribute,
    epoch,
    grants::{ladder, user},
    pledges::{
        Desk, assign, default, demand, demand_so, figures, guarantor, insure, lent, made_loan, pay_guarantee,
        pay_insurance, register_loan, release, repaid_by, repay, withdraw_suit,
    },
    pools::{
        Town, claim_of_guarantor, claim_so, decide, end, enrol, figures as pool_figures, of, open, re_guarantee,
        re_guarantee_so, recover,
    },
    refuses, yuan,
};
use engine::book::FastBook;
use protocol::{
    Amount, AssetId, BasisPoints, Command, Currency, Date, LoanId, Money, PoolId, ProposalId, Readers, Receipt, Record,
    Reject,
    claim::{CallOrder, GuaranteeKind, Guarantor},
    control::{Approve, DescribeEntity, Encoded, Propose, SetDualControl},
    party::Roles,
    plan::PayerKind,
    pledge::{DefaultCause, DemandKind, GuaranteeState, Insurance, InsuranceState, LoanState},
    risk::{Bearer, CALLS_MAX, CalledFirst, LossShare, PoolLoanEnd, PoolLoanState, PoolProfile, PoolScheme},
    rules::{Approval, Calendar, Profile},
    wire::encode_alone,
};

const AGREED: DefaultCause = DefaultCause::AgreedEvent;

fn states(desk: &Desk<FastBook>, loan: LoanId) -> Vec<GuaranteeState> {
    desk.lent(loan).guarantees.iter().map(|one| one.state).collect()
}

/// A loan of so many fen to the firm that is due in a month, with these guarantors.
fn guaranteed(desk: &mut Desk<FastBook>, fen: i64, guarantors: &[Guarantor]) -> LoanId {
    desk.loan(|asked| {
        of(fen)(asked);
        asked.terms.due = day(2026, 4, 2);
        asked.terms.guarantors = guarantors.to_vec();
    })
}

fn today(floor: &Floor<FastBook>) -> Date {
    protocol::Timestamp(floor.at).venue_date()
}

/// A guarantor of 80 % that pays as for a loan on credit.
fn on_credit(party: Party) -> Guarantor {
    guarantor(party, |guarantor| {
        guarantor.part = Some(BasisPoints(8_000));
        guarantor.as_credit = true;
    })
}

#[test]
fn a_guarantee_says_one_period_and_a_part() {
    let mut desk = Desk::new();
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_firm);
    let changes: [fn(&mut Guarantor); 5] = [
        |guarantor| (guarantor.months, guarantor.until_paid) = (Some(1), true),
        |guarantor| (guarantor.months, guarantor.ends) = (Some(1), Some(day(2029, 1, 1))),
        |guarantor| guarantor.months = Some(1_201),
        |guarantor| guarantor.part = Some(BasisPoints(0)),
        |guarantor| guarantor.part = Some(BasisPoints(10_001)),
    ];
    for change in changes {
        let asked = lent(bank, firm, |asked| {
            asked.terms.guarantors = vec![guarantor(surety, change)]
        });
        refuses(
            &mut desk.floor,
            bank.user,
            register_loan(asked),
            Reject::GuarantorsInvalid,
        );
    }
    let three_years = guarantor(surety, |guarantor| guarantor.months = Some(36));
    let loan = guaranteed(&mut desk, 1_000, &[three_years]);
    assert_eq!(desk.lent(loan).guarantees[0].ends, day(2029, 4, 3));
}

#[test]
fn a_last_day_that_is_off_moves_to_the_next_that_works_when_the_calendar_says_so() {
    let mut desk = Desk::new();
    let surety = guarantor(desk.other_firm, |_| {});
    let loan = desk.loan(|asked| {
        of(1_000)(asked);
        asked.terms.due = day(2026, 4, 1);
        asked.terms.guarantors = vec![surety];
    });
    // The first of October: nothing is known of it yet.
    assert_eq!(desk.lent(loan).guarantees[0].ends, day(2026, 10, 2));
    let Command::Epoch(mut rules) = epoch(Profile::CnVenue, Approval::None, 10, 20) else {
        unreachable!()
    };
    rules.calendar = Calendar {
        years: vec![2026],
        holidays: [1, 2, 5, 6, 7].map(|number| day(2026, 10, number)).into(),
        ..Calendar::default()
    };
    desk.floor.must(OPERATOR, Command::Epoch(rules.clone()));
    assert_eq!(desk.lent(loan).guarantees[0].ends, day(2026, 10, 9));
    // What was told never comes sooner, and nothing changes where nothing does.
    let told = desk.floor.records(0).len();
    rules.calendar.holidays.truncate(2);
    desk.floor.must(OPERATOR, Command::Epoch(rules));
    assert_eq!(desk.lent(loan).guarantees[0].ends, day(2026, 10, 9));
    let loans = desk.floor.records(0).split_off(told);
    assert!(!loans.iter().any(|changed| matches!(changed.record, Record::Loan(_))));

    desk.floor.until(day(2026, 10, 8));
    let asked = demand(loan, DemandKind::Guarantee, desk.other_firm, day(2026, 10, 8));
    let mut late = desk.clone();
    late.floor.until(day(2026, 10, 9));
    assert_eq!(states(&late, loan), [GuaranteeState::Ended]);
    desk.floor.must(desk.bank.user, asked);
    desk.floor.until(day(2026, 10, 9));
    assert_eq!(states(&desk, loan), [GuaranteeState::Asked]);
}

#[test]
fn a_call_before_the_debt_is_due_binds_nobody() {
    let mut desk = Desk::new();
    let (joint, general) = (desk.other_firm, desk.other_bank);
    let both = [
        guarantor(joint, |_| {}),
        guarantor(general, |guarantor| guarantor.kind = GuaranteeKind::General),
    ];
    let loan = guaranteed(&mut desk, 1_000, &both);
    desk.floor.until(day(2026, 4, 2));
    for (kind, on) in [(DemandKind::Guarantee, joint), (DemandKind::Suit, desk.firm)] {
        desk.floor.must(desk.bank.user, demand(loan, kind, on, day(2026, 4, 2)));
    }
    assert_eq!(states(&desk, loan), [GuaranteeState::Bound; 2]);
    desk.floor.until(day(2026, 4, 3));
    for (kind, on) in [(DemandKind::Guarantee, joint), (DemandKind::Suit, desk.firm)] {
        desk.floor.must(desk.bank.user, demand(loan, kind, on, day(2026, 4, 3)));
    }
    assert_eq!(states(&desk, loan), [GuaranteeState::Asked; 2]);
}

#[test]
fn a_general_guarantor_is_asked_to_pay_after_execution_in_vain_or_on_a_ground() {
    let mut desk = Desk::new();
    let (general, credit) = (desk.other_firm, desk.other_bank);
    let kind = |guarantor: &mut Guarantor| guarantor.kind = GuaranteeKind::NotSaid;
    let on_credit = guarantor(credit, |guarantor| {
        guarantor.kind = GuaranteeKind::General;
        guarantor.as_credit = true;
    });
    let loan = guaranteed(&mut desk, 1_000, &[guarantor(general, kind), on_credit]);
    let asks = |desk: &Desk<FastBook>, on, change: fn(&mut protocol::pledge::RecordDemand)| {
        demand_so(loan, DemandKind::Guarantee, on, today(&desk.floor), change)
    };
    let early = asks(&desk, general, |_| {});
    refuses(&mut desk.floor, desk.bank.user, early, Reject::DebtorFirst);
    let grounds: [fn(&mut protocol::pledge::RecordDemand); 2] = [
        |asked| asked.executed_in_vain = true,
        |asked| asked.ground = Some(CalledFirst::Bankruptcy),
    ];
    for change in grounds {
        let asked = asks(&desk, general, change);
        desk.floor.must(desk.bank.user, asked);
    }
    let asked = asks(&desk, credit, |_| {});
    desk.floor.must(desk.bank.user, asked);
}

#[test]
fn a_suit_that_was_withdrawn_binds_a_joint_guarantor_alone_that_was_served() {
    let mut desk = Desk::new();
    let (joint, general) = (desk.other_firm, desk.other_bank);
    let both = [
        guarantor(joint, |_| {}),
        guarantor(general, |guarantor| guarantor.kind = GuaranteeKind::General),
    ];
    let loan = guaranteed(&mut desk, 1_000, &both);
    let sued = day(2026, 5, 4);
    desk.floor.until(sued);
    let (bank, firm) = (desk.bank, desk.firm);
    for on in [firm, joint] {
        desk.floor.must(bank.user, demand(loan, DemandKind::Suit, on, sued));
    }
    assert_eq!(states(&desk, loan), [GuaranteeState::Asked; 2]);
    let stranger = desk.floor.party(CODES[5], Roles::BANK);
    ladder(
        &mut desk.floor,
        [
            (
                stranger.user,
                withdraw_suit(loan, firm, sued, true),
                Reject::UnknownLoan,
            ),
            (firm.user, withdraw_suit(loan, firm, sued, true), Reject::NotAParty),
            (
                bank.user,
                withdraw_suit(loan, firm, sued.next(), true),
                Reject::SuitUnknown,
            ),
            (bank.user, withdraw_suit(loan, general, sued, true), Reject::SuitUnknown),
        ],
    );
    for on in [firm, joint] {
        desk.floor.must(bank.user, withdraw_suit(loan, on, sued, true));
        refuses(
            &mut desk.floor,
            bank.user,
            withdraw_suit(loan, on, sued, true),
            Reject::SuitUnknown,
        );
    }
    assert_eq!(states(&desk, loan), [GuaranteeState::Asked, GuaranteeState::Bound]);
    // Sued again in time, and withdrawn again when the time is over: it is free.
    let again = day(2026, 10, 2);
    desk.floor.until(again);
    desk.floor.must(bank.user, demand(loan, DemandKind::Suit, firm, again));
    desk.floor.until(day(2026, 11, 2));
    assert_eq!(states(&desk, loan)[1], GuaranteeState::Asked);
    desk.floor.must(bank.user, withdraw_suit(loan, firm, again, false));
    assert_eq!(states(&desk, loan)[1], GuaranteeState::Ended);

    let unserved = guaranteed(
        &mut desk,
        1_000,
        &[guarantor(joint, |guarantor| guarantor.months = Some(12))],
    );
    let now = today(&desk.floor);
    desk.floor
        .must(bank.user, demand(unserved, DemandKind::Suit, joint, now));
    desk.floor.must(bank.user, withdraw_suit(unserved, joint, now, false));
    assert_eq!(states(&desk, unserved), [GuaranteeState::Bound]);
    desk.floor.must(bank.user, repay(unserved, yuan(1_000), now));
    refuses(
        &mut desk.floor,
        bank.user,
        withdraw_suit(unserved, joint, now, false),
        Reject::StateForbids,
    );
}

#[test]
fn so_many_suits_are_kept_and_no_more() {
    let mut desk = Desk::new();
    let general = guarantor(desk.other_bank, |guarantor| {
        (guarantor.kind, guarantor.months) = (GuaranteeKind::General, Some(12));
    });
    let loan = guaranteed(&mut desk, 1_000, &[general]);
    let first = day(2026, 5, 1);
    desk.floor.until(day(2026, 12, 1));
    let suit = |number: usize| {
        demand(
            loan,
            DemandKind::Suit,
            desk.firm,
            Date(first.0 + i32::try_from(number).unwrap()),
        )
    };
    for number in 0..CALLS_MAX {
        desk.floor.must(desk.bank.user, suit(number));
    }
    refuses(&mut desk.floor, desk.bank.user, suit(CALLS_MAX), Reject::DemandInvalid);
    assert_eq!(desk.lent(loan).guarantees[0].calls.len(), CALLS_MAX);
}

#[test]
fn an_acceleration_counts_the_period_anew() {
    let mut desk = Desk::new();
    let joint = desk.other_firm;
    let loan = guaranteed(&mut desk, 1_000, &[guarantor(joint, |_| {})]);
    let (bank, firm) = (desk.bank.user, desk.firm);
    desk.floor.until(day(2026, 9, 30));
    desk.floor
        .must(bank, demand(loan, DemandKind::Guarantee, joint, day(2026, 9, 30)));
    assert_eq!(states(&desk, loan), [GuaranteeState::Asked]);
    // It had fallen due before, as is told now: six months from then the guarantor was free, and was asked a day late.
    desk.floor
        .must(bank, demand(loan, DemandKind::Acceleration, firm, day(2026, 3, 29)));
    assert_eq!(desk.lent(loan).guarantees[0].ends, day(2026, 9, 30));
    assert_eq!(states(&desk, loan), [GuaranteeState::Ended]);
}

/// What each is refused for that would pay in the place of a loan's debtor, one fault at a time.
#[test]
fn what_a_guarantor_is_refused_for_that_pays() {
    let mut desk = Desk::new();
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_firm);
    let loan = guaranteed(&mut desk, 1_000, &[guarantor(surety, |_| {})]);
    let right = desk.patent("A");
    let pledge = desk.pledged(loan, right);
    desk.floor.cash_in(surety.account, 999);
    let stranger = desk.floor.party(CODES[5], Roles::GUARANTOR);
    let at_bank = Party {
        account: bank.account,
        ..surety
    };
    ladder(
        &mut desk.floor,
        [
            (surety.user, pay_guarantee(loan, at_bank), Reject::UnknownAccount),
            (stranger.user, pay_guarantee(loan, stranger), Reject::UnknownLoan),
            (OPERATOR, pay_guarantee(loan, surety), Reject::NotPermitted),
        ],
    );
    ladder(
        &mut desk.floor,
        [
            (firm.user, pay_guarantee(loan, firm), Reject::NotAParty),
            (surety.user, pay_guarantee(loan, surety), Reject::NotInDefault),
        ],
    );
    desk.floor.must(bank.user, default(loan, AGREED));
    // The debtor's own pledge is sold first, where nothing else is agreed.
    refuses(
        &mut desk.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::DebtorFirst,
    );
    let mut late = desk.clone();
    late.floor.until(day(2026, 10, 3));
    refuses(
        &mut late.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::GuaranteeLapsed,
    );
    // Once the creditor gave that up, the guarantor is free of as much.
    desk.floor.must(bank.user, release(pledge, &[]));
    refuses(
        &mut desk.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::NothingGuaranteed,
    );

    let loan = guaranteed(&mut desk, 1_000, &[guarantor(surety, |_| {})]);
    desk.floor.must(bank.user, default(loan, AGREED));
    refuses(
        &mut desk.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::InsufficientCash,
    );
    desk.floor.cash_in(surety.account, 1);
    // Its holder has no account here.
    let mut moved = desk.clone();
    let without = protocol::party::RegisterEntity {
        name: protocol::Bounded::new("Far bank").unwrap(),
        kind: protocol::party::EntityKind::Company,
        legal_id: protocol::party::LegalId::Uscc(protocol::Bounded::new(CODES[6]).unwrap()),
        evidence: None,
    };
    let Receipt::Entity(entity) = moved.floor.must(OPERATOR, Command::RegisterEntity(Box::new(without))) else {
        panic!()
    };
    moved
        .floor
        .must(bank.user, assign(loan, Party { entity, ..bank }, None, false));
    refuses(
        &mut moved.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::PayeeAccountMissing,
    );
    // Who works for two houses pays from its own house's account.
    let both = user(&mut desk.floor, surety.entity, Roles::OPERATOR.with(Roles::FIRM));
    refuses(
        &mut desk.floor,
        both,
        pay_guarantee(loan, at_bank),
        Reject::NotYourAccount,
    );
    desk.floor.must(surety.user, pay_guarantee(loan, surety));
    refuses(
        &mut desk.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::NothingGuaranteed,
    );
    // What the debtor paid nobody pays for it.
    let paid = guaranteed(&mut desk, 1_000, &[guarantor(surety, |_| {})]);
    let now = today(&desk.floor);
    desk.floor.must(bank.user, repay(paid, yuan(1_000), now));
    refuses(
        &mut desk.floor,
        surety.user,
        pay_guarantee(paid, surety),
        Reject::StateForbids,
    );
}

#[test]
fn a_guarantor_pays_its_part_at_the_default_as_for_a_loan_on_credit() {
    let mut desk = Desk::new();
    let (bank, surety) = (desk.bank, desk.other_firm);
    let loan = guaranteed(&mut desk, 1_001, &[on_credit(surety)]);
    let right = desk.patent("A");
    desk.pledged(loan, right);
    desk.floor.cash_in(surety.account, 10_000);
    desk.floor.must(bank.user, default(loan, AGREED));
    let told = desk.floor.records(0).len();
    desk.floor.must(surety.user, pay_guarantee(loan, surety));
    // 800.8 of 1,001, half-up.
    assert_eq!((desk.cash(bank), desk.cash(surety)), (801, -801));
    let after = desk.lent(loan);
    assert_eq!((after.outstanding, after.state), (yuan(200), LoanState::Default));
    let paid = desk
        .floor
        .records(told)
        .into_iter()
        .find_map(|changed| match changed.record {
            Record::Repayment(paid) => Some(paid),
            _ => None,
        });
    let paid = paid.expect("it is told");
    assert_eq!((paid.amount, paid.evidence), (yuan(801), None));
    let payer = paid.payer.expect("who paid is told");
    assert_eq!(
        (payer.entity, payer.kind, payer.agreed),
        (surety.entity, PayerKind::Guarantor, false)
    );
    // Its part is paid; the rest is the bank's.
    refuses(
        &mut desk.floor,
        surety.user,
        pay_guarantee(loan, surety),
        Reject::NothingGuaranteed,
    );
}

#[test]
fn a_guarantor_pays_no_more_than_it_promised_and_for_what_it_is_not_free_of() {
    let mut desk = Desk::new();
    let (bank, surety) = (desk.bank, desk.other_firm);
    desk.floor.cash_in(surety.account, 10_000);
    let capped = guarantor(surety, |guarantor| guarantor.most = Some(yuan(300)));
    let loan = guaranteed(&mut desk, 1_000, &[capped]);
    desk.floor.must(bank.user, default(loan, AGREED));
    desk.floor.must(surety.user, pay_guarantee(loan, surety));
    assert_eq!(desk.cash(bank), 300);
    // What somebody recorded as paid by it counts as well.
    let loan = guaranteed(&mut desk, 1_000, &[on_credit(surety)]);
    desk.floor.must(bank.user, default(loan, AGREED));
    let before = repaid_by(loan, yuan(500), today(&desk.floor), surety, PayerKind::Guarantor);
    desk.floor.must(bank.user, before);
    desk.floor.must(surety.user, pay_guarantee(loan, surety));
    assert_eq!(desk.cash(bank), 300 + 300);
    assert_eq!(desk.lent(loan).outstanding, yuan(200));
    // A part of it was given up.
    let loan = guaranteed(&mut desk, 1_000, &[guarantor(surety, |_| {})]);
    let right = desk.patent("A");
    let mut application = desk.application(loan, &[right]);
    application.rights[0].value = Some(yuan(400));
    let pledge = desk.recorded(application);
    desk.floor.must(bank.user, default(loan, AGREED));
    desk.floor.must(bank.user, release(pledge, &[]));
    desk.floor.must(surety.user, pay_guarantee(loan, surety));
    assert_eq!(desk.cash(bank), 600 + 600);
}

#[test]
fn who_is_called_first_is_as_they_agreed() {
    let mut desk = Desk::new();
    let (bank, surety, third) = (desk.bank, desk.other_firm, desk.other_bank);
    desk.floor.cash_in(surety.account, 10_000);
    let agreed = |order| guarantor(surety, |guarantor| guarantor.order = order);
    for (order, answer) in [
        (None, Err(Reject::DebtorFirst)),
        (Some(CallOrder::CollateralFirst), Err(Reject::DebtorFirst)),
        (Some(CallOrder::GuarantorFirst), Ok(())),
        (Some(CallOrder::CreditorChooses), Ok(())),
    ] {
        let loan = guaranteed(&mut desk, 1_000, &[agreed(order)]);
        let right = desk.patent(&format!("{order:?}"));
        desk.pledged(loan, right);
        desk.floor.must(bank.user, default(loan, AGREED));
        let paid = desk.floor.try_(surety.user, pay_guarantee(loan, surety)).map(drop);
        assert_eq!(paid, answer, "{order:?}");
    }
    // Beside a third party's pledge the creditor chooses.
    let loan = guaranteed(&mut desk, 1_000, &[agreed(None)]);
    let right: AssetId = desk.floor.right(third.entity, "third", |_| {});
    let mut application = crate::floor::pledges::application(loan, third, &[right]);
    application.intake.resolution = Some(protocol::pledge::Resolution {
        by: protocol::pledge::ResolvedBy::Board,
        published: false,
        evidence: crate::floor::grants::EVIDENCE,
    });
    desk.recorded(application);
    desk.floor.must(bank.user, default(loan, AGREED));
    desk.floor.must(surety.user, pay_guarantee(loan, surety));
}

#[test]
fn who_does_not_pay_as_on_credit_pays_what_the_sale_left() {
    for on_credit in [false, true] {
        let mut desk = Desk::new();
        let (bank, surety) = (desk.bank, desk.other_bank);
        desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
        desk.floor.cash_in(surety.account, 1_000_000_000);
        let right = desk.patent("US1");
        let by = guarantor(surety, |guarantor| guarantor.as_credit = on_credit);
        let loan = desk.loan(|loan| {
            of(150_000_000)(loan);
            loan.terms.guarantors = vec![by];
        });
        pledged_for(&mut desk, loan, right, 150_000_000);
        desk.floor.must(OPERATOR, crate::pledges::valued(right, 120_000_000));
        let case = desk.in_disposal(loan);
        if on_credit {
            desk.floor.must(surety.user, pay_guarantee(loan, surety));
        } else {
            let early = pay_guarantee(loan, surety);
            refuses(&mut desk.floor, surety.user, early, Reject::DebtorFirst);
        }
        let sale = desk.recorded_sale(case, &[right], 120_000_000);
        if !on_credit {
            // Its price is not paid out yet.
            let early = pay_guarantee(loan, surety);
            refuses(&mut desk.floor, surety.user, early, Reject::DebtorFirst);
        }
        let before = (desk.cash(bank), desk.cash(surety));
        desk.floor.must(bank.user, distribute(case, sale, |_| {}));
        let brought = (desk.cash(bank) - before.0, desk.cash(surety) - before.1);
        if on_credit {
            // It paid all of it, and has back what the sale brought.
            assert_eq!((brought, before.1), ((0, 120_000_000), -150_000_000));
        } else {
            assert_eq!(brought, (120_000_000, 0));
            desk.floor.must(surety.user, pay_guarantee(loan, surety));
            assert_eq!(desk.cash(surety), -30_000_000);
        }
        assert_eq!(desk.lent(loan).outstanding, yuan(0));
    }
}

/// A pledge of a right of the firm for so many fen.
fn pledged_for(desk: &mut Desk<FastBook>, loan: LoanId, right: AssetId, fen: i64) {
    let mut application = desk.application(loan, &[right]);
    application.amount = yuan(fen);
    desk.recorded(application);
}

/// The venue's word who stands behind a participant.
fn behind(party: Party, beneficiaries: &[Party]) -> Command {
    Command::DescribeEntity(Box::new(DescribeEntity {
        entity: party.entity,
        country: protocol::Office(*b"CN"),
        beneficiaries: beneficiaries.iter().map(|party| party.entity).collect(),
        evidence: crate::floor::grants::EVIDENCE,
    }))
}

#[test]
fn a_guarantor_s_limits_are_asked_once_its_figures_are_told() {
    let mut desk = Desk::new();
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_firm);
    let sister = desk.floor.party(CODES[5], Roles::FIRM);
    let stranger = desk.floor.party(CODES[6], Roles::FIRM);
    let names = |debtor: Party, fen: i64, change: fn(&mut Guarantor)| {
        register_loan(lent(bank, debtor, |asked| {
            of(fen)(asked);
            asked.terms.guarantors = vec![guarantor(surety, change)];
        }))
    };
    let told = desk.floor.records(0).len();
    desk.floor.must(surety.user, figures(surety, 1_000, |_| {}));
    let changed = desk.floor.records(told).pop().unwrap();
    assert_eq!(changed.readers, Readers::one(surety.entity));
    desk.floor.must(OPERATOR, behind(sister, &[stranger]));
    desk.floor.must(OPERATOR, behind(firm, &[stranger]));
    // A tenth of its net assets for one debtor, 15 % with those that the same people stand behind.
    let loan = names(firm, 101, |_| {});
    refuses(&mut desk.floor, bank.user, loan, Reject::SingleNameCap);
    let Receipt::Deal(first) = desk.floor.must(bank.user, names(firm, 100, |_| {})) else {
        panic!()
    };
    let first = LoanId::from(first);
    refuses(
        &mut desk.floor,
        bank.user,
        names(firm, 1, |_| {}),
        Reject::SingleNameCap,
    );
    refuses(&mut desk.floor, bank.user, names(sister, 51, |_| {}), Reject::GroupCap);
    // What counts is what it covers.
    let half = |guarantor: &mut Guarantor| guarantor.part = Some(BasisPoints(5_000));
    desk.floor.must(bank.user, names(sister, 100, half));
    // What is repaid it does not stand for any more.
    let now = today(&desk.floor);
    desk.floor.must(bank.user, repay(first, yuan(60), now));
    refuses(
        &mut desk.floor,
        bank.user,
        names(firm, 61, |_| {}),
        Reject::SingleNameCap,
    );
    desk.floor.must(bank.user, names(firm, 60, |_| {}));
    desk.floor.must(bank.user, repay(first, yuan(40), now));
    desk.floor.must(bank.user, names(firm, 40, |_| {}));
    // Another guarantor's figures nobody told.
    let other = guarantor(desk.other_bank, |_| {});
    let beside = lent(bank, firm, |asked| asked.terms.guarantors = vec![other]);
    made_loan(&mut desk.floor, bank.user, beside);

    // Ten times its net assets in all, 15 times for one that mainly serves small business.
    let elsewhere = |fen, small| {
        figures(surety, 1_000, move |asked| {
            (asked.elsewhere, asked.small_business) = (yuan(fen), small);
        })
    };
    desk.floor.must(surety.user, elsewhere(10_000 - 150, false));
    let apart = desk.floor.party(CODES[7], Roles::FIRM);
    refuses(
        &mut desk.floor,
        bank.user,
        names(apart, 1, |_| {}),
        Reject::GuarantorLeverage,
    );
    desk.floor.must(OPERATOR, elsewhere(10_000 - 150, true));
    desk.floor.must(bank.user, names(apart, 1, |_| {}));
    desk.floor.must(OPERATOR, elsewhere(15_000 - 151, true));
    refuses(
        &mut desk.floor,
        bank.user,
        names(apart, 1, |_| {}),
        Reject::GuarantorLeverage,
    );
    // More than there can be is beyond all limits.
    desk.floor.must(OPERATOR, elsewhere(i64::MAX, true));
    refuses(
        &mut desk.floor,
        bank.user,
        names(apart, 1, |_| {}),
        Reject::GuarantorLeverage,
    );
}

#[test]
fn what_a_guarantor_paid_or_is_free_of_it_stands_for_no_longer() {
    let mut desk = Desk::new();
    let (bank, surety) = (desk.bank, desk.other_firm);
    desk.floor.cash_in(surety.account, 10_000);
    desk.floor.must(surety.user, figures(surety, 10_000, |_| {}));
    let full = |desk: &mut Desk<FastBook>| {
        let asked = lent(bank, desk.firm, |asked| {
            of(1_000)(asked);
            asked.terms.guarantors = vec![guarantor(surety, |_| {})];
        });
        desk.floor.try_(bank.user, register_loan(asked)).map(drop)
    };
    let paid = guaranteed(&mut desk, 1_250, &[on_credit(surety)]);
    assert_eq!(full(&mut desk), Err(Reject::SingleNameCap));
    desk.floor.must(bank.user, default(paid, AGREED));
    let mut late = desk.clone();
    desk.floor.must(surety.user, pay_guarantee(paid, surety));
    assert_eq!(full(&mut desk), Ok(()));
    // Nobody asked it in time.
    late.floor.until(day(2026, 10, 3));
    assert_eq!(full(&mut late), Ok(()));
}

#[test]
fn what_a_guarantor_s_figures_are_refused_for() {
    let mut desk = Desk::new();
    let (bank, surety) = (desk.bank, desk.other_firm);
    let usd = |fen| Amount::new(Currency::Usd, Money::from_minor(fen));
    let reader = user(&mut desk.floor, surety.entity, Roles::DATA_CONSUMER);
    let nobody = Party {
        entity: crate::floor::NOBODY,
        ..surety
    };
    let so = |change: fn(&mut protocol::pledge::RecordGuarantor)| figures(surety, 1_000, change);
    ladder(
        &mut desk.floor,
        [
            (reader, so(|_| {}), Reject::NotPermitted),
            (bank.user, so(|_| {}), Reject::NotAParty),
            (
                surety.user,
                so(|asked| asked.as_of = day(2026, 3, 3)),
                Reject::DatesInvalid,
            ),
            (
                surety.user,
                so(|asked| asked.elsewhere = Amount::new(Currency::Usd, Money::ZERO)),
                Reject::AmountInvalid,
            ),
            (
                surety.user,
                so(|asked| asked.net_assets = yuan(-1)),
                Reject::AmountInvalid,
            ),
            (
                surety.user,
                so(|asked| asked.elsewhere = yuan(-1)),
                Reject::AmountInvalid,
            ),
        ],
    );
    refuses(
        &mut desk.floor,
        OPERATOR,
        figures(nobody, 1, |_| {}),
        Reject::UnknownEntity,
    );
    let dollars = figures(surety, 0, |asked| {
        (asked.net_assets, asked.elsewhere) = (usd(1_000), usd(0))
    });
    let mut abroad = desk.clone();
    guaranteed(&mut desk, 100, &[guarantor(surety, |_| {})]);
    refuses(&mut desk.floor, surety.user, dollars.clone(), Reject::GuarantorCurrency);
    abroad.floor.must(surety.user, dollars);
    let asked = lent(bank, abroad.firm, |asked| {
        of(1)(asked);
        asked.terms.guarantors = vec![guarantor(surety, |_| {})];
    });
    refuses(
        &mut abroad.floor,
        bank.user,
        register_loan(asked),
        Reject::GuarantorCurrency,
    );
}

fn insurances(desk: &Desk<FastBook>, loan: LoanId) -> Vec<(Readers, Insurance)> {
    let told = desk.floor.records(0).into_iter();
    told.filter_map(|changed| match changed.record {
        Record::Insurance(insurance) if insurance.loan == loan => Some((changed.readers, insurance)),
        _ => None,
    })
    .collect()
}

#[test]
fn an_insurance_is_agreed_once_both_sides_said_the_same() {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    let first = desk.floor.party(CODES[5], Roles::INSURER);
    let second = desk.floor.party(CODES[6], Roles::INSURER);
    let loan = desk.loan(of(1_000));
    desk.floor.must(bank.user, insure(loan, first, 500, |_| {}));
    // The bank's own word twice is no agreement; nor are other terms.
    desk.floor.must(bank.user, insure(loan, first, 500, |_| {}));
    desk.floor.must(first.user, insure(loan, first, 400, |_| {}));
    assert_eq!(desk.lent(loan).insurer, None);
    desk.floor.must(bank.user, insure(loan, second, 500, |_| {}));
    // Who was asked before knows that it is not any more, and of nothing else.
    let told = insurances(&desk, loan);
    let (readers, gone) = &told[told.len() - 2];
    assert_eq!((gone.insurer, gone.state), (first.entity, InsuranceState::Replaced));
    assert_eq!(*readers, Readers::one(first.entity));
    refuses(
        &mut desk.floor,
        first.user,
        insure(loan, first, 400, |_| {}),
        Reject::UnknownLoan,
    );
    desk.floor.must(second.user, insure(loan, second, 500, |_| {}));
    assert_eq!(desk.lent(loan).insurer, Some(second.entity));
    let (readers, agreed) = insurances(&desk, loan).pop().unwrap();
    assert_eq!(agreed.state, InsuranceState::Agreed);
    assert_eq!(readers, Readers::Only(vec![bank.entity, firm.entity, second.entity]));
    // It is a party now, and what was agreed stands; nor does the claim pass to it.
    refuses(
        &mut desk.floor,
        bank.user,
        insure(loan, first, 500, |_| {}),
        Reject::StateForbids,
    );
    refuses(
        &mut desk.floor,
        bank.user,
        assign(loan, second, None, false),
        Reject::AssignmentInvalid,
    );
}

#[test]
fn what_an_insurance_is_refused_for() {
    let mut desk = Desk::new();
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_firm);
    let insurer = desk.floor.party(CODES[5], Roles::INSURER);
    let loan = guaranteed(&mut desk, 1_000, &[guarantor(surety, |_| {})]);
    let nobody = Party {
        entity: crate::floor::NOBODY,
        ..insurer
    };
    let so = |change: fn(&mut protocol::pledge::InsureLoan)| insure(loan, insurer, 500, change);
    ladder(
        &mut desk.floor,
        [
            (insurer.user, so(|_| {}), Reject::UnknownLoan),
            (OPERATOR, so(|_| {}), Reject::NotPermitted),
            (firm.user, so(|_| {}), Reject::NotAParty),
        ],
    );
    let faults = [bank, firm, surety].map(|party| insure(loan, party, 500, |_| {}));
    let terms: [fn(&mut protocol::pledge::InsureLoan); 5] = [
        |asked| asked.terms.cover = BasisPoints(0),
        |asked| asked.terms.cover = BasisPoints(10_001),
        |asked| asked.terms.deductible = BasisPoints(10_000),
        |asked| asked.terms.limit = yuan(0),
        |asked| asked.terms.limit = Amount::new(Currency::Usd, Money::from_minor(1)),
    ];
    for fault in faults.into_iter().chain(terms.map(so)) {
        refuses(&mut desk.floor, bank.user, fault, Reject::InsuranceInvalid);
    }
    refuses(
        &mut desk.floor,
        bank.user,
        insure(loan, nobody, 500, |_| {}),
        Reject::UnknownEntity,
    );
    desk.floor.must(bank.user, so(|_| {}));
    // It answers for itself alone.
    let other = desk.floor.party(CODES[6], Roles::INSURER);
    refuses(
        &mut desk.floor,
        insurer.user,
        insure(loan, other, 500, |_| {}),
        Reject::InsuranceInvalid,
    );
    // An offer binds nobody once the loan is in default, nor where its insurer became a party otherwise.
    let mut passed = desk.clone();
    passed.floor.must(bank.user, assign(loan, insurer, None, false));
    refuses(&mut passed.floor, insurer.user, so(|_| {}), Reject::InsuranceInvalid);
    desk.floor.must(bank.user, default(loan, AGREED));
    refuses(&mut desk.floor, insurer.user, so(|_| {}), Reject::StateForbids);
}

#[test]
fn an_insurer_pays_what_it_promised_in_default() {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    let insurer = desk.floor.party(CODES[5], Roles::INSURER);
    let loan = desk.loan(of(1_000));
    desk.floor.must(bank.user, insure(loan, insurer, 600, |_| {}));
    refuses(
        &mut desk.floor,
        insurer.user,
        pay_insurance(loan, insurer),
        Reject::UnknownLoan,
    );
    desk.floor.must(insurer.user, insure(loan, insurer, 600, |_| {}));
    let at_bank = Party {
        account: bank.account,
        ..insurer
    };
    refuses(
        &mut desk.floor,
        insurer.user,
        pay_insurance(loan, at_bank),
        Reject::UnknownAccount,
    );
    refuses(&mut desk.floor, firm.user, pay_insurance(loan, firm), Reject::NotAParty);
    refuses(
        &mut desk.floor,
        insurer.user,
        pay_insurance(loan, insurer),
        Reject::NotInDefault,
    );
    desk.floor.must(bank.user, default(loan, AGREED));
    refuses(
        &mut desk.floor,
        insurer.user,
        pay_insurance(loan, insurer),
        Reject::InsufficientCash,
    );
    desk.floor.cash_in(insurer.account, 10_000);
    // 63 % of 1,000 would be 630.
    desk.floor.must(insurer.user, pay_insurance(loan, insurer));
    assert_eq!((desk.cash(bank), desk.cash(insurer)), (600, -600));
    assert_eq!(desk.lent(loan).outstanding, yuan(400));
    refuses(
        &mut desk.floor,
        insurer.user,
        pay_insurance(loan, insurer),
        Reject::NothingGuaranteed,
    );
}

#[test]
fn an_insurer_has_back_what_it_paid_behind_the_insured_s_rest() {
    let mut desk = Desk::new();
    let (bank, insurer) = (desk.bank, desk.other_bank);
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    desk.floor.cash_in(insurer.account, 1_000_000_000);
    let right = desk.patent("US1");
    let loan = desk.loan(of(150_000_000));
    pledged_for(&mut desk, loan, right, 150_000_000);
    desk.floor.must(OPERATOR, crate::pledges::valued(right, 120_000_000));
    desk.floor.must(bank.user, insure(loan, insurer, 100_000_000, |_| {}));
    desk.floor
        .must(insurer.user, insure(loan, insurer, 100_000_000, |_| {}));
    let case = desk.in_disposal(loan);
    desk.floor.must(insurer.user, pay_insurance(loan, insurer));
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    // 945,000 yuan paid; of 1.2 million the bank has its rest of 555,000 first.
    assert_eq!(
        (desk.cash(bank), desk.cash(insurer)),
        (150_000_000, -94_500_000 + 64_500_000)
    );
}

/// The re-guarantee fund of a town.
fn fund(town: &mut Town<FastBook>, scheme: PoolScheme) -> PoolId {
    town.pool(scheme.published().unwrap(), &[])
}

fn parts(bank: u32, guarantor: u32, fund: u32) -> Vec<LossShare> {
    let parts = [
        (Bearer::Bank, bank),
        (Bearer::Guarantor, guarantor),
        (Bearer::Fund, fund),
    ];
    parts.map(|(bearer, weight)| LossShare { bearer, weight }).into()
}

#[test]
fn what_a_re_guarantee_is_refused_for() {
    let mut town = Town::new();
    let (bank, firm, surety) = (town.desk.bank, town.desk.firm, town.desk.other_firm);
    let shenzhen = fund(&mut town, PoolScheme::ShenzhenReGuarantee);
    let national = fund(&mut town, PoolScheme::NationalFund2019);
    let pool = town.pool(protocol::risk::ANHUI_2022, &[]);
    let own = Party {
        account: town.fund.account,
        ..surety
    };
    let loan = guaranteed(&mut town.desk, 1_000, &[on_credit(surety)]);
    let by = |pool, part| re_guarantee(pool, loan, surety, part);
    let shares = |weights: Vec<LossShare>, part: Option<u16>| {
        re_guarantee_so(national, loan, surety, |asked| {
            (asked.shares, asked.part) = (weights, part.map(BasisPoints));
        })
    };
    let at = |pool| re_guarantee(pool, loan, own, 5_000);
    let floor = &mut town.desk.floor;
    ladder(
        floor,
        [
            (surety.user, at(shenzhen), Reject::UnknownAccount),
            (
                town.fund.user,
                re_guarantee(shenzhen, loan, town.fund, 5_000),
                Reject::UnknownLoan,
            ),
            (OPERATOR, by(shenzhen, 5_000), Reject::NotPermitted),
            (firm.user, re_guarantee(shenzhen, loan, firm, 5_000), Reject::NotAParty),
            (surety.user, by(PoolId(1), 5_000), Reject::UnknownPool),
            (surety.user, by(shenzhen, 1_999), Reject::LossSharesInvalid),
            (surety.user, by(shenzhen, 5_001), Reject::LossSharesInvalid),
            (surety.user, shares(parts(20, 59, 21), None), Reject::LossSharesInvalid),
            (surety.user, shares(parts(10, 70, 20), None), Reject::BankShareTooLow),
            (surety.user, by(pool, 5_000), Reject::PoolOfOthers),
            (surety.user, shares(parts(30, 50, 20), None), Reject::ReGuaranteeInvalid),
            (surety.user, shares(vec![], Some(5_000)), Reject::ReGuaranteeInvalid),
        ],
    );
    // The fund has its fee at once, and the guarantor no cash.
    let fee = guaranteed(&mut town.desk, 1_000_000, &[on_credit(surety)]);
    let with_fee = re_guarantee_so(national, fee, surety, |asked| asked.shares = parts(20, 60, 20));
    refuses(&mut town.desk.floor, surety.user, with_fee, Reject::InsufficientCash);
    // A bank's loan is enrolled in another pool, and those figures are none of a fund that re-guarantees.
    refuses(
        &mut town.desk.floor,
        bank.user,
        enrol(shenzhen, loan, None),
        Reject::PoolOfOthers,
    );
    let scheme = PoolScheme::ShenzhenReGuarantee.published().unwrap();
    let with_part = PoolProfile {
        bank: Some(BasisPoints(5_000)),
        ..scheme
    };
    for command in [
        open(town.fund.account, with_part, &[]),
        open(town.fund.account, scheme, &parts(20, 60, 20)),
        pool_figures(shenzhen, with_part),
    ] {
        refuses(&mut town.desk.floor, OPERATOR, command, Reject::LossSharesInvalid);
    }
    // Nobody re-guarantees itself.
    let at_surety = open(surety.account, scheme, &[]);
    let Receipt::Deal(of_surety) = town.desk.floor.must(OPERATOR, at_surety) else {
        panic!()
    };
    refuses(
        &mut town.desk.floor,
        surety.user,
        by(PoolId::from(of_surety), 5_000),
        Reject::ReGuaranteeInvalid,
    );
    // One fund for a loan; and none for a loan that is bad, over, or guaranteed no longer.
    town.must(surety, by(shenzhen, 5_000));
    refuses(
        &mut town.desk.floor,
        surety.user,
        by(shenzhen, 5_000),
        Reject::AlreadyEnrolled,
    );
    let [bad, over, free] = [0; 3].map(|_| guaranteed(&mut town.desk, 1_000, &[on_credit(surety)]));
    town.must(bank, default(bad, AGREED));
    let now = today(&town.desk.floor);
    town.must(bank, repay(over, yuan(1_000), now));
    let again = |loan| re_guarantee(shenzhen, loan, surety, 5_000);
    refuses(&mut town.desk.floor, surety.user, again(bad), Reject::EnrolledAfterNpl);
    refuses(&mut town.desk.floor, surety.user, again(over), Reject::StateForbids);
    town.desk.floor.until(day(2026, 10, 3));
    refuses(&mut town.desk.floor, surety.user, again(free), Reject::GuaranteeEnded);
}

#[test]
fn a_fund_pays_its_part_of_what_the_guarantor_paid_and_shares_what_that_recovers() {
    let mut town = Town::new();
    let (bank, surety, manager) = (town.desk.bank, town.desk.other_firm, town.fund);
    town.gives(surety, 200_000_000);
    town.gives(manager, 200_000_000);
    let pool = fund(&mut town, PoolScheme::ShenzhenReGuarantee);
    // RULES.md 7.5.
    let loan = guaranteed(&mut town.desk, 164_231_257, &[on_credit(surety)]);
    town.must(surety, re_guarantee(pool, loan, surety, 5_000));
    let told = town.standing(loan);
    let by = told.re_guaranteed.clone().unwrap();
    assert_eq!((by.guarantor, by.fee), (surety.entity, yuan(0)));
    let asked = claim_so(loan, surety, 0, |asked| asked.payee = Bearer::Guarantor);
    refuses(&mut town.desk.floor, surety.user, asked.clone(), Reject::StateForbids);
    town.must(bank, default(loan, AGREED));
    // Paid on the day on which the fund was bound: it was bad when it was.
    let mut same_day = town.desk.clone();
    same_day.floor.must(surety.user, pay_guarantee(loan, surety));
    refuses(
        &mut same_day.floor,
        surety.user,
        asked.clone(),
        Reject::EnrolledAfterNpl,
    );
    town.desk.floor.until(day(2026, 3, 3));
    town.must(surety, pay_guarantee(loan, surety));
    assert_eq!(town.desk.cash(bank), 131_385_006);

    // The fund stands behind the guarantor, and for what the loan says that it paid.
    let as_bank = claim_so(loan, bank, 0, |_| {});
    let told_sum = claim_of_guarantor(loan, surety, 1);
    let own = claim_so(loan, surety, 131_385_007, |asked| asked.payee = Bearer::Guarantor);
    for (party, command, reject) in [
        (bank, as_bank, Reject::NotAParty),
        (surety, told_sum, Reject::AmountInvalid),
        (surety, own, Reject::AmountInvalid),
    ] {
        refuses(&mut town.desk.floor, party.user, command, reject);
    }
    town.must(surety, asked.clone());
    assert_eq!(town.standing(loan).npl, Some(day(2026, 3, 3)));
    refuses(&mut town.desk.floor, surety.user, asked.clone(), Reject::SecondClaim);
    // It pays by its own word.
    for (by, reject) in [
        (OPERATOR, Reject::NotAParty),
        (bank.user, Reject::NotPermitted),
        (surety.user, Reject::NotPermitted),
    ] {
        refuses(&mut town.desk.floor, by, decide(loan, true), reject);
    }
    let reader = user(&mut town.desk.floor, manager.entity, Roles::DATA_CONSUMER);
    refuses(&mut town.desk.floor, reader, decide(loan, true), Reject::NotPermitted);
    town.must(manager, decide(loan, false));
    town.must(surety, asked);
    town.must(manager, decide(loan, true));
    assert_eq!(town.desk.cash(manager), -65_692_503);
    let borne: Vec<_> = town.standing(loan).borne;
    let borne: Vec<_> = borne.iter().map(|one| (one.bearer, one.amount.money.minor())).collect();
    assert_eq!(borne, [(Bearer::Guarantor, 65_692_503), (Bearer::Fund, 65_692_503)]);

    refuses(
        &mut town.desk.floor,
        manager.user,
        recover(loan, 11, 1),
        Reject::UnknownLoan,
    );
    town.must(surety, recover(loan, 12, 1));
    town.must(surety, recover(loan, 11, 0));
    // 22 in all, by halves of the running total.
    assert_eq!(town.desk.cash(manager), -65_692_503 + 11);
    town.must(surety, end(loan, PoolLoanEnd::WrittenOff));
    assert_eq!(town.standing(loan).state, PoolLoanState::Closed);
}

#[test]
fn the_national_fund_bears_a_fifth_of_the_loss_for_its_fee() {
    let mut town = Town::new();
    let (bank, surety, manager) = (town.desk.bank, town.desk.other_firm, town.fund);
    town.gives(surety, 1_000_000);
    town.gives(manager, 1_000_000);
    let pool = fund(&mut town, PoolScheme::NationalFund2019);
    let loan = guaranteed(&mut town.desk, 1_000_000, &[on_credit(surety)]);
    let asked = re_guarantee_so(pool, loan, surety, |asked| asked.shares = parts(20, 60, 20));
    town.must(surety, asked);
    // 0.3 % of a fifth of a million fen, for the year that begins.
    assert_eq!((town.desk.cash(surety), town.desk.cash(manager)), (-600, 600));
    assert_eq!(town.standing(loan).re_guaranteed.unwrap().fee, yuan(600));
    town.desk.floor.until(day(2026, 3, 3));
    town.must(bank, default(loan, AGREED));
    town.must(surety, pay_guarantee(loan, surety));
    town.must(
        surety,
        claim_so(loan, surety, 800_000, |asked| asked.payee = Bearer::Guarantor),
    );
    town.must(manager, decide(loan, true));
    // A fifth of the loss is a quarter of what the guarantor paid of it.
    assert_eq!(town.desk.cash(manager), 600 - 200_000);
    town.must(surety, recover(loan, 400, 0));
    assert_eq!(town.desk.cash(manager), 600 - 200_000 + 100);
}

#[test]
fn what_pays_or_frees_takes_two_people_of_a_house() {
    let mut town = Town::new();
    let (surety, bank) = (town.desk.other_firm, town.desk.bank);
    town.gives(surety, 1_000);
    let loan = guaranteed(&mut town.desk, 1_000, &[on_credit(surety)]);
    let dual = Command::SetDualControl(SetDualControl { required: true });
    let second = user(&mut town.desk.floor, surety.entity, Roles::FIRM);
    town.must(bank, default(loan, AGREED));
    town.desk.floor.must(surety.user, dual);
    let pays = pay_guarantee(loan, surety);
    refuses(&mut town.desk.floor, surety.user, pays.clone(), Reject::TwoPeopleNeeded);
    let proposed = Command::Propose(Box::new(Propose {
        encoded: Encoded(encode_alone(&pays)),
    }));
    let Receipt::Deal(proposal) = town.desk.floor.must(surety.user, proposed) else {
        panic!()
    };
    let proposal = ProposalId::from(proposal);
    town.desk.floor.must(second, Command::Approve(Approve { proposal }));
    assert_eq!(town.desk.cash(bank), 800);
    // Figures one of them tells.
    town.desk.floor.must(second, figures(surety, 1_000, |_| {}));
}

#[test]
fn the_national_fund_takes_more_of_a_borrower_whose_guaranteed_debts_together_are_large() {
    let mut town = Town::new();
    let (bank, surety) = (town.desk.bank, town.desk.other_firm);
    town.gives(surety, 10_000_000);
    let pool = fund(&mut town, PoolScheme::NationalFund2019);
    let mut fee = |paid_before: bool| {
        let loan = guaranteed(&mut town.desk, 300_000_000, &[on_credit(surety)]);
        let asked = re_guarantee_so(pool, loan, surety, |asked| asked.shares = parts(20, 60, 20));
        town.must(surety, asked);
        let fee = town.standing(loan).re_guaranteed.unwrap().fee;
        if paid_before {
            let now = today(&town.desk.floor);
            town.must(bank, repay(loan, yuan(300_000_000), now));
            town.must(bank, end(loan, PoolLoanEnd::Repaid));
        }
        fee
    };
    // Of a fifth of three million yuan 0.3 % up to five million in all, and more above that; what is over counts no more.
    let (first, second) = (fee(true), fee(false));
    assert_eq!((first, second), (yuan(180_000), yuan(180_000)));
    let third = fee(false);
    assert!(third.money > second.money, "{third:?} of six million");
}
