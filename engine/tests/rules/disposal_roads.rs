//! What a case knows beyond a default: an early sale, a pledgor that presses, a cure with its costs, when enough is sold, and
//! what a court sells for nobody's benefit (民法典 433, 437; 拍卖变卖财产规定 6, 14, 19).

use crate::{
    disposals::{lot_state, sale_state, value},
    floor::{
        OPERATOR, day,
        disposals::{
            agree_in, agreed, ask_security, distribute, end, opened, opening, plan, press, release, settle_security,
            upkeep,
        },
        grants::EVIDENCE,
        pledges::{Desk, application, cure, default, filed, free_of_interest, lent, made_loan, recorded, repay},
        room::{bid as bid_lot, enter},
        sales::{answer, file},
        titles::trademark,
        yuan,
    },
    pledge_consents::apply,
};
use engine::book::{FastBook, PlainBook};
use protocol::{
    AssetId, Command, Date, DisposalId, LoanId, PledgeId, Receipt, Reject, TransferId,
    auction::{AnnounceLot, CourtSale, Format, LotState, PayLot},
    control::{RuleBook, SetRuleBook},
    disposal::{CaseAgreement, DisposalGround, DisposalState, SecurityEnd, TitleRoad},
    maxima::Maxima,
    pledge::{DefaultCause, LoanState, Maximum, PledgeState, RegisterLoan},
    title::AssetChange,
    transfer::{LegalBasis, TransferRefusal, TransferState},
};

/// A patent that was worth 1.2 million when it was pledged for a million, with a plan; `other_firm` has ten million.
fn falling() -> (Desk<FastBook>, AssetId, LoanId, PledgeId) {
    let (mut desk, right, loan, pledge) = unplanned();
    let (bank, firm) = (desk.bank, desk.firm);
    agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    (desk, right, loan, pledge)
}

fn unplanned() -> (Desk<FastBook>, AssetId, LoanId, PledgeId) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let right = desk.patent("US1");
    let loan = desk.loan(due_in_may);
    let mut application = desk.application(loan, &[right]);
    application.rights[0].value = Some(yuan(120_000_000));
    let pledge = desk.recorded(application);
    (desk, right, loan, pledge)
}

/// Without interest, and due before the valuations run out.
fn due_in_may(loan: &mut RegisterLoan) {
    free_of_interest(&mut loan.terms);
    loan.terms.due = day(2026, 5, 4);
}

/// The same once security was asked for in vain.
fn asked_in_vain() -> (Desk<FastBook>, AssetId, LoanId, PledgeId) {
    let (mut desk, right, loan, pledge) = falling();
    value(&mut desk, right, 80_000_000);
    desk.floor.must(desk.bank.user, ask_security(loan, 10));
    let today = desk.today();
    desk.floor.until(Date(today.0 + 20));
    (desk, right, loan, pledge)
}

fn early() -> (Desk<FastBook>, AssetId, LoanId, PledgeId, DisposalId) {
    let (mut desk, right, loan, pledge) = asked_in_vain();
    let case = opened(&mut desk.floor, desk.bank.user, opening(loan, |_| {}));
    (desk, right, loan, pledge, case)
}

#[test]
fn security_is_asked_for_where_a_valuation_in_force_shows_a_visible_fall() {
    let (mut desk, right, loan, _) = falling();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.is_refused(desk.other_bank, ask_security(loan, 10), Reject::UnknownLoan);
    desk.is_refused(firm, ask_security(loan, 10), Reject::NotAParty);
    desk.is_refused(bank, settle_security(loan), Reject::StateForbids);
    desk.is_refused(bank, ask_security(loan, 10), Reject::ValuationMissing);
    // A tenth less is visible, a fen more is not.
    value(&mut desk, right, 108_000_001);
    desk.is_refused(bank, ask_security(loan, 10), Reject::ValueNotFallen);
    value(&mut desk, right, 108_000_000);
    for days in [0, 367] {
        desk.is_refused(bank, ask_security(loan, days), Reject::SecurityDaysInvalid);
    }
    desk.floor.must(bank.user, ask_security(loan, 10));
    let told = desk.security(loan);
    assert_eq!((told.pledged_at, told.value), (yuan(120_000_000), yuan(108_000_000)));
    desk.is_refused(bank, ask_security(loan, 10), Reject::StateForbids);
    desk.is_refused(firm, settle_security(loan), Reject::NotAParty);
    desk.floor.must(bank.user, settle_security(loan));
    assert_eq!(desk.security(loan).ended, Some(SecurityEnd::Settled));
    // Asked for again it may be, not in a default.
    desk.floor.must(bank.user, ask_security(loan, 10));
    desk.floor.must(bank.user, settle_security(loan));
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    desk.is_refused(bank, ask_security(loan, 10), Reject::StateForbids);
}

#[test]
fn without_a_value_at_pledging_there_is_nothing_to_fall_from() {
    let mut desk = Desk::new();
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.pledged(loan, right);
    value(&mut desk, right, 1_000_000);
    desk.is_refused(desk.bank, ask_security(loan, 10), Reject::ValuationMissing);
}

#[test]
fn no_case_is_opened_early_before_the_days_are_over() {
    let (mut desk, right, loan, pledge) = falling();
    let bank = desk.bank;
    let open = || opening(loan, |_| {});
    desk.is_refused(bank, open(), Reject::NotInDefault);
    value(&mut desk, right, 80_000_000);
    desk.floor.must(bank.user, ask_security(loan, 10));
    let until = desk.security(loan).until;
    desk.is_refused(bank, open(), Reject::SecurityAwaited);
    desk.floor.until(until);
    desk.is_refused(bank, open(), Reject::SecurityAwaited);
    desk.floor.until(until.next());
    let case = opened(&mut desk.floor, bank.user, open());
    assert_eq!(desk.case(case).ground, DisposalGround::ValueFalls);
    assert_eq!(desk.lent(loan).state, LoanState::Running);
    assert_eq!(desk.state(pledge), PledgeState::Disposing);
    let saved = desk.floor.exchange.save();
    assert!(engine::Exchange::<PlainBook>::load(&saved).is_ok());
    // Given up it stands as before.
    desk.floor.must(bank.user, end(case));
    assert_eq!(desk.state(pledge), PledgeState::Registered);
}

#[test]
fn a_value_that_comes_back_ends_the_asking() {
    let (mut desk, right, loan, _) = asked_in_vain();
    value(&mut desk, right, 108_000_001);
    assert_eq!(desk.security(loan).ended, Some(SecurityEnd::ValueBack));
    desk.is_refused(desk.bank, opening(loan, |_| {}), Reject::NotInDefault);
}

#[test]
fn another_right_that_is_pledged_in_its_place_ends_the_asking() {
    let (mut desk, _, loan, _) = asked_in_vain();
    let other = desk.patent("US2");
    let mut application = desk.application(loan, &[other]);
    application.rights[0].value = Some(yuan(28_000_001));
    desk.recorded(application);
    assert_eq!(desk.security(loan).ended, Some(SecurityEnd::ValueBack));
}

#[test]
fn a_debt_that_is_paid_ends_the_asking_and_the_case() {
    for has_case in [false, true] {
        let (mut desk, _, loan, pledge) = asked_in_vain();
        let bank = desk.bank;
        let case = has_case.then(|| opened(&mut desk.floor, bank.user, opening(loan, |_| {})));
        let day = desk.today();
        desk.floor.must(bank.user, repay(loan, yuan(100_000_000), day));
        assert_eq!(desk.security(loan).ended, Some(SecurityEnd::Paid));
        assert_eq!(desk.state(pledge), PledgeState::Registered);
        let state = case.map(|case| desk.case(case).state);
        assert_eq!(state, has_case.then_some(DisposalState::Cured));
    }
}

#[test]
fn an_early_case_ends_with_what_it_was_opened_for_before_a_buyer_is_bound() {
    for settled in [true, false] {
        let (mut desk, right, loan, pledge, case) = early();
        let sale = desk.offered(&[right]);
        if settled {
            desk.floor.must(desk.bank.user, settle_security(loan));
        } else {
            value(&mut desk, right, 120_000_000);
        }
        assert_eq!(desk.case(case).state, DisposalState::Cured);
        assert_eq!(desk.state(pledge), PledgeState::Registered);
        assert_eq!(sale_state(&desk, sale), TransferState::Cancelled);
    }
    let (mut desk, right, _, pledge, case) = early();
    desk.funded_sale(&[right], 120_000_000);
    value(&mut desk, right, 120_000_000);
    assert_eq!(desk.case(case).state, DisposalState::Open);
    assert_eq!(desk.state(pledge), PledgeState::Disposing);
}

#[test]
fn an_early_price_is_deposited_and_pays_the_debt_by_agreement() {
    for prepays in [false, true] {
        let (mut desk, right, loan, pledge, case) = early();
        let (bank, firm) = (desk.bank, desk.firm);
        let prepay = || agree_in(case, CaseAgreement::Prepay);
        desk.is_refused(desk.other_bank, prepay(), Reject::UnknownDisposal);
        desk.is_refused(bank, prepay(), Reject::NotAParty);
        if prepays {
            desk.floor.must(firm.user, prepay());
            desk.is_refused(firm, prepay(), Reject::StateForbids);
        }
        let (at_bank, at_firm) = (desk.cash_of(bank).0, desk.cash_of(firm));
        let sale = desk.funded_sale(&[right], 130_000_000);
        desk.is_refused(bank, file(sale), Reject::ReleaseMissing);
        desk.floor.must(bank.user, release(case, sale));
        desk.floor.must(bank.user, file(sale));
        desk.floor.must(OPERATOR, answer(sale, None));
        assert_eq!(desk.case(case).state, DisposalState::Closed);
        assert_eq!(desk.case(case).sales[0].price, yuan(130_000_000));
        assert_eq!(desk.state(pledge), PledgeState::Released);
        let again = distribute(case, sale, |_| {});
        desk.is_refused(bank, again, Reject::AlreadyDistributed);
        if prepays {
            assert_eq!(desk.cash_of(bank).0 - at_bank, 100_000_000);
            assert_eq!(desk.cash_of(firm), (at_firm.0 + 30_000_000, at_firm.1));
            assert_eq!(desk.lent(loan).state, LoanState::Repaid);
            continue;
        }
        // It stands for the debt until that is due, or its owner pays with it.
        assert_eq!(desk.cash_of(bank).0, at_bank);
        assert_eq!(desk.lent(loan).state, LoanState::Running);
        let held = desk.cash_of(firm).1 - at_firm.1;
        assert!(held >= 100_000_000, "{held}");
        desk.is_refused(bank, apply(loan, firm), Reject::NotInDefault);
        desk.floor.must(firm.user, apply(loan, firm));
        assert_eq!(desk.cash_of(bank).0 - at_bank, 100_000_000);
        assert_eq!(desk.cash_of(firm), (at_firm.0 + 30_000_000, at_firm.1));
    }
}

#[test]
fn an_early_case_turns_into_that_of_a_default() {
    let (mut desk, right, loan, pledge, case) = early();
    let bank = desk.bank;
    desk.floor.must(bank.user, default(loan, DefaultCause::AgreedEvent));
    assert_eq!(desk.state(pledge), PledgeState::Disposing);
    desk.is_refused(desk.firm, agree_in(case, CaseAgreement::Prepay), Reject::StateForbids);
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    assert!(desk.case(case).holds());
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    assert_eq!(desk.case(case).state, DisposalState::Closed);
}

#[test]
fn an_early_case_without_rights_is_given_up_and_a_refusal_of_the_office_gives_the_price_back() {
    let (mut desk, right, _, pledge, case) = early();
    let copy = desk.floor.exchange.clone();
    desk.floor
        .must(OPERATOR, crate::floor::change(right, AssetChange::Invalidate));
    assert_eq!(desk.case(case).state, DisposalState::GivenUp);
    assert_eq!(desk.state(pledge), PledgeState::Lapsed);
    desk.floor.exchange = copy;
    let buyer = desk.other_firm;
    let before = desk.cash_of(buyer);
    let sale = desk.funded_sale(&[right], 120_000_000);
    desk.floor.must(desk.bank.user, release(case, sale));
    desk.floor.must(desk.bank.user, file(sale));
    desk.floor
        .must(OPERATOR, answer(sale, Some(TransferRefusal::WrongOwner)));
    assert_eq!(desk.cash_of(buyer), before);
}

/// The day on which the loan's term is over.
fn overdue(desk: &mut Desk<FastBook>) {
    desk.floor.until(day(2026, 5, 5));
}

#[test]
fn a_pledgor_presses_once_the_debt_is_due_and_is_answered_by_a_case() {
    let (mut desk, right, loan, _) = falling();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.is_refused(desk.other_firm, press(loan), Reject::UnknownLoan);
    desk.is_refused(bank, press(loan), Reject::NotAParty);
    desk.is_refused(firm, press(loan), Reject::NotInDefault);
    overdue(&mut desk);
    value(&mut desk, right, 90_000_000);
    desk.floor.must(firm.user, press(loan));
    desk.is_refused(firm, press(loan), Reject::StateForbids);
    let told = desk.pressed(loan);
    assert_eq!((told.value, told.disposal), (Some(yuan(90_000_000)), None));
    desk.floor.must(bank.user, default(loan, DefaultCause::DueUnpaid));
    value(&mut desk, right, 70_000_000);
    let case = opened(&mut desk.floor, bank.user, opening(loan, |_| {}));
    // What was lost is proved here and claimed elsewhere.
    let told = desk.pressed(loan);
    assert_eq!((told.disposal, told.lost), (Some(case), Some(yuan(20_000_000))));
    assert_eq!(desk.case(case).ground, DisposalGround::Default);
    desk.is_refused(firm, press(loan), Reject::StateForbids);
}

#[test]
fn whom_its_pledgee_lets_wait_asks_a_court_by_a_ruling_and_no_plan_of_the_parties() {
    let (mut desk, right, loan, pledge) = unplanned();
    let (bank, firm) = (desk.bank, desk.firm);
    let ruled = || opening(loan, |asked| asked.road = Some(TitleRoad::Ruling));
    overdue(&mut desk);
    desk.is_refused(firm, ruled(), Reject::NotAParty);
    desk.floor.must(firm.user, press(loan));
    let until = desk.pressed(loan).until;
    assert!(until.0 - desk.today().0 >= 30);
    desk.floor.until(until);
    desk.is_refused(firm, opening(loan, |_| {}), Reject::TitleRoadMissing);
    desk.is_refused(firm, ruled(), Reject::NotPressed);
    desk.floor.until(until.next());
    desk.is_refused(firm, opening(loan, |_| {}), Reject::TitleRoadMissing);
    let case = opened(&mut desk.floor, firm.user, ruled());
    assert_eq!(desk.case(case).ground, DisposalGround::Pressed);
    assert_eq!(desk.pressed(loan).lost, None);
    assert_eq!(desk.lent(loan).state, LoanState::Default);
    assert_eq!(desk.state(pledge), PledgeState::Disposing);
    assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, desk.case(case).plan);
    // The pledgee does not end what it was too slow for; it sells by nobody but the court.
    desk.is_refused(bank, end(case), Reject::NotAParty);
    let listing = desk.listing(&[right], |_| {});
    desk.is_refused(bank, listing, Reject::TitleRoadMissing);
    desk.announced_by_court(right);
    desk.floor.must(firm.user, end(case));
    assert_eq!(desk.case(case).state, DisposalState::GivenUp);
}

/// A loan in default with a case, for which two patents worth 1.2 million each are pledged.
fn two_rights() -> (Desk<FastBook>, [AssetId; 2], LoanId, DisposalId) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let rights = ["US1", "US2"].map(|name| desk.patent(name));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.recorded(desk.application(loan, &rights));
    for right in rights {
        value(&mut desk, right, 120_000_000);
    }
    let case = desk.in_disposal(loan);
    (desk, rights, loan, case)
}

#[test]
fn a_cure_takes_the_debt_that_is_due_and_tells_the_costs_that_stay_owed() {
    let (mut desk, _, loan, pledge) = falling();
    let bank = desk.bank;
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let case = opened(&mut desk.floor, bank.user, opening(loan, |_| {}));
    desk.floor.must(bank.user, upkeep(loan, None, yuan(600_000)));
    assert_eq!(desk.case(case).costs, yuan(600_000));
    // Before it is due nothing but the costs is; on its day it is due (PLEDGES.md 2.8b counts it as overdue from there).
    let due = desk.lent(loan).due_day();
    desk.floor.until(Date(due.0 - 1));
    let copy = desk.floor.exchange.clone();
    desk.floor.until(due);
    desk.is_refused(bank, cure(loan), Reject::CureIncomplete);
    (desk.floor.at, desk.floor.exchange) = (copy.at().0, copy.clone());
    desk.floor.must(bank.user, cure(loan));
    assert_eq!(desk.case(case).state, DisposalState::Cured);
    assert_eq!(desk.case(case).costs_due, Some(yuan(600_000)));
    assert_eq!(desk.state(pledge), PledgeState::Registered);

    desk.floor.exchange = copy;
    overdue(&mut desk);
    desk.is_refused(bank, cure(loan), Reject::CureIncomplete);
    // One fen less than the debt is none, whatever it was counted on.
    let day = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(99_999_999), day));
    desk.is_refused(bank, cure(loan), Reject::CureIncomplete);
    desk.floor.must(bank.user, repay(loan, yuan(1), day));
    desk.floor.must(bank.user, cure(loan));
    assert_eq!(desk.case(case).state, DisposalState::Cured);
    assert_eq!(desk.case(case).costs_due, Some(yuan(600_000)));
    assert_eq!(desk.lent(loan).state, LoanState::Running);
    // They are owed still, and the pledge stands for them.
    let day = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(600_000), day));
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
}

#[test]
fn a_cure_on_the_day_of_the_auction_is_too_late_before_it_is_incomplete() {
    let (mut desk, right, loan, _) = falling();
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    opened(&mut desk.floor, desk.bank.user, opening(loan, |_| {}));
    overdue(&mut desk);
    value(&mut desk, right, 120_000_000);
    desk.announced(&[right]);
    let today = desk.today();
    desk.floor.until(Date(today.0 + 1));
    desk.is_refused(desk.bank, cure(loan), Reject::CureIncomplete);
    desk.floor.until(Date(today.0 + 2));
    desk.is_refused(desk.bank, cure(loan), Reject::CureTooLate);
}

#[test]
fn once_a_price_that_is_held_covers_the_debt_the_rest_is_taken_back() {
    let (mut desk, rights, _, case) = two_rights();
    let today = desk.today();
    let lot = desk.announced_by(desk.bank.user, &rights[1..], |terms| {
        (terms.opens_at, terms.closes_at) = (Date(today.0 + 60).start(), Date(today.0 + 61).start());
    });
    let sale = desk.funded_sale(&rights[..1], 120_000_000);
    assert_eq!(lot_state(&desk, lot), LotState::Withdrawn);
    let told = desk.case(case).covered.unwrap();
    assert_eq!((told.asked, told.brought), (yuan(100_000_000), yuan(120_000_000)));
    assert_eq!((told.lots, told.sales), (vec![lot], vec![]));
    let again = desk.listing(&rights[1..], |_| {});
    desk.is_refused(desk.bank, again, Reject::EnoughSold);
    // The office refuses: what covered is gone, and the rest may be sold.
    desk.floor.must(desk.bank.user, release(case, sale));
    desk.floor.must(desk.bank.user, file(sale));
    desk.floor
        .must(OPERATOR, answer(sale, Some(TransferRefusal::WrongOwner)));
    desk.offered(&rights[1..]);
}

/// A sale that is disclosed for longer than another is made and paid.
fn long_offered(desk: &mut Desk<FastBook>, asset: AssetId) -> TransferId {
    let listing = desk.listing(&[asset], |terms| terms.disclosure_days = 60);
    match desk.floor.must(desk.bank.user, listing) {
        Receipt::Deal(seq) => TransferId::from(seq),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_price_that_does_not_cover_stops_nothing_and_what_is_paid_beside_it_may() {
    let (mut desk, rights, loan, case) = two_rights();
    let other = long_offered(&mut desk, rights[1]);
    let sale = desk.offered(&rights[..1]);
    desk.floor.must(desk.bank.user, upkeep(loan, None, yuan(20_000_001)));
    desk.funded(sale, 120_000_000);
    assert_ne!(sale_state(&desk, other), TransferState::Cancelled);
    assert_eq!(desk.case(case).covered, None);
    let day = desk.today();
    desk.floor.must(desk.bank.user, repay(loan, yuan(1), day));
    assert_eq!(sale_state(&desk, other), TransferState::Cancelled);
    assert_eq!(desk.case(case).covered.unwrap().sales, [other]);
}

#[test]
fn all_is_sold_where_the_pledgor_agrees() {
    let (mut desk, rights, _, case) = two_rights();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.is_refused(bank, agree_in(case, CaseAgreement::SellAll), Reject::NotAParty);
    desk.is_refused(firm, agree_in(case, CaseAgreement::Prepay), Reject::StateForbids);
    desk.floor.must(firm.user, agree_in(case, CaseAgreement::SellAll));
    desk.is_refused(firm, agree_in(case, CaseAgreement::SellAll), Reject::StateForbids);
    desk.funded_sale(&rights[..1], 120_000_000);
    desk.offered(&rights[1..]);
    assert_eq!(desk.case(case).covered, None);
}

#[test]
fn who_ranks_before_is_to_be_covered_too() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let (other, firm) = (desk.other_bank, desk.firm);
    let marks = ["TM1", "TM2"].map(|name| desk.floor.right(firm.entity, name, trademark));
    // Another lender stands first on the first mark, for 100,000.
    let senior = lent(other, firm, |loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.principal = yuan(10_000_000);
    });
    let senior = made_loan(&mut desk.floor, other.user, senior);
    let mut before = application(senior, firm, &marks[..1]);
    before.amount = yuan(10_000_000);
    let before = filed(&mut desk.floor, other.user, before);
    desk.floor.must(OPERATOR, recorded(before));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.recorded(desk.application(loan, &marks));
    for mark in marks {
        value(&mut desk, mark, 120_000_000);
    }
    let case = desk.in_disposal(loan);
    let agrees = crate::pledge_consents::consent(before, protocol::pledge::PledgeAct::Transfer, |_| {});
    desk.floor.must(other.user, agrees);
    let rest = long_offered(&mut desk, marks[1]);
    let sale = desk.offered(&marks[..1]);
    desk.funded(sale, 120_000_000);
    let told = desk.case(case).covered.unwrap();
    assert_eq!((told.asked, told.brought), (yuan(110_000_000), yuan(120_000_000)));
    assert_eq!(sale_state(&desk, rest), TransferState::Cancelled);
}

#[test]
fn a_paid_lot_takes_the_open_lots_of_its_case_back() {
    let (mut desk, rights, _, case) = two_rights();
    let buyer = desk.other_firm;
    let lots = rights.map(|right| desk.announced(&[right]));
    let today = desk.today();
    desk.floor.until(Date(today.0 + 1));
    desk.floor.must(buyer.user, enter(lots[0], buyer));
    desk.floor.until(Date(today.0 + 2));
    desk.floor.must(buyer.user, bid_lot(lots[0], 110_000_000));
    desk.floor.until(Date(today.0 + 4));
    // Unsold by then, the other is announced anew.
    assert_eq!(lot_state(&desk, lots[1]), LotState::Unsold);
    let again = desk.announced(&rights[1..]);
    desk.floor.must(buyer.user, Command::PayLot(PayLot { lot: lots[0] }));
    assert_eq!(lot_state(&desk, again), LotState::Withdrawn);
    assert_eq!(desk.case(case).covered.unwrap().lots, [again]);
}

#[test]
fn a_court_sells_nothing_that_leaves_its_applicant_nothing() {
    let mut desk = Desk::new();
    let (bank, other, firm) = (desk.bank, desk.other_bank, desk.firm);
    let mark = desk.floor.right(firm.entity, "TM1", trademark);
    let senior = lent(other, firm, |loan| free_of_interest(&mut loan.terms));
    let senior = made_loan(&mut desk.floor, other.user, senior);
    let before = filed(&mut desk.floor, other.user, application(senior, firm, &[mark]));
    desk.floor.must(OPERATOR, recorded(before));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.recorded(desk.application(loan, &[mark]));
    agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    opened(
        &mut desk.floor,
        bank.user,
        opening(loan, |asked| asked.road = Some(TitleRoad::Ruling)),
    );
    // The senior's million comes first, whatever is told.
    let low = court_lot(&mut desk, mark, 100_000_000, 0);
    assert_eq!(desk.floor.try_(OPERATOR, low), Err(Reject::UselessSale));
    let told = court_lot(&mut desk, mark, 100_000_001, 100_000_001);
    assert_eq!(desk.floor.try_(OPERATOR, told), Err(Reject::UselessSale));
    let enough = court_lot(&mut desk, mark, 100_000_001, 0);
    desk.floor.must(OPERATOR, enough);
}

/// A court's first round from this start, told these prior claims.
fn court_lot(desk: &mut Desk<FastBook>, asset: AssetId, start: i64, prior: i64) -> Command {
    let Receipt::Deal(valuation) = desk.floor.must(OPERATOR, crate::pledges::valued(asset, 120_000_000)) else {
        panic!("a valuation is a deal");
    };
    let today = desk.today();
    let at = |days: i32| Date(today.0 + days).start();
    let mut format = crate::floor::room::ascending(start, 1_000_000);
    if let Format::Ascending(terms) = &mut format {
        terms.maxima = Maxima::NotTaken;
    }
    let account = desk.firm.account;
    Command::AnnounceLot(Box::new(AnnounceLot {
        basis: LegalBasis::Judicial,
        valuation: Some(valuation.into()),
        qualifies_at: at(0).max(protocol::Timestamp(desk.floor.at + 1_000)),
        court: Some(CourtSale {
            notified: Date(today.0 - 4),
            prior_claims: yuan(prior),
            insisted: prior > 0,
            order: Some(EVIDENCE),
            debt: None,
            commissioned: false,
        }),
        ..AnnounceLot::plain(vec![asset], account, format, yuan(10_000_000), at(31), at(33))
    }))
}

/// A sell-off is no auction any more: what the market says is asked of it as of a sale by agreement.
#[test]
fn a_sell_off_of_a_case_reaches_its_floor_and_an_auction_need_not() {
    use crate::floor::{buyers::pledged, room};
    use protocol::auction::{Format, SellOff};
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let bank = desk.bank;
    desk.case_by(loan, |asked| asked.floor = protocol::BasisPoints(10_000));
    let sell_off = |start| {
        Format::SellOff(SellOff {
            start: yuan(start),
            runs_s: 86_400,
            steps: room::steps(1_000_000),
            clock: room::COURTS,
        })
    };
    let low = desk.lot_terms(&rights, |terms| terms.format = sell_off(119_999_999));
    desk.is_refused(bank, Command::AnnounceLot(Box::new(low)), Reject::BelowMarket);
    for format in [sell_off(120_000_000), room::ascending(100_000_000, 1_000_000)] {
        let terms = desk.lot_terms(&rights, |terms| terms.format = format);
        let lot = desk.announce(bank, terms);
        desk.floor.must(bank.user, Command::WithdrawLot(room::step_of(lot)));
    }
}

#[test]
fn a_lender_that_ranks_before_is_covered_once_and_up_to_its_maximum() {
    for (limits, ahead) in [
        (&[Some(4_000_000)][..], 4_000_000),
        (&[None, Some(4_000_000)][..], 10_000_000),
        (&[Some(4_000_000), None][..], 10_000_000),
    ] {
        let mut desk = Desk::new();
        desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
        let (other, firm) = (desk.other_bank, desk.firm);
        let marks = ["TM1", "TM2"].map(|name| desk.floor.right(firm.entity, name, trademark));
        let senior = lent(other, firm, |loan| {
            free_of_interest(&mut loan.terms);
            loan.terms.principal = yuan(10_000_000);
        });
        let senior = made_loan(&mut desk.floor, other.user, senior);
        for limit in limits {
            let mut before = application(senior, firm, &marks[..1]);
            before.amount = yuan(limit.unwrap_or(10_000_000));
            before.maximum = limit.map(|limit| Maximum {
                limit: yuan(limit),
                until: None,
            });
            let before = filed(&mut desk.floor, other.user, before);
            desk.floor.must(OPERATOR, recorded(before));
            let agrees = crate::pledge_consents::consent(before, protocol::pledge::PledgeAct::Transfer, |_| {});
            desk.floor.must(other.user, agrees);
        }
        let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
        desk.recorded(desk.application(loan, &marks));
        for mark in marks {
            value(&mut desk, mark, 120_000_000);
        }
        let case = desk.in_disposal(loan);
        let _rest = long_offered(&mut desk, marks[1]);
        let sale = desk.offered(&marks[..1]);
        desk.funded(sale, 120_000_000);
        let told = desk.case(case).covered.unwrap();
        assert_eq!(told.asked, yuan(100_000_000 + ahead), "{limits:?}");
    }
}

#[test]
fn no_due_of_a_right_in_a_case_falls_before_its_sale_can_be_recorded() {
    let (mut desk, rights, _, _) = two_rights();
    let closes = Date(desk.today().0 + 3);
    let recorded = closes.plus_months(3);
    let announces = |desk: &Desk<FastBook>| Command::AnnounceLot(Box::new(desk.lot_terms(&rights[..1], |_| {})));
    let due = |day| crate::floor::titles::dues(rights[0], Some(day), None);
    desk.floor.must(OPERATOR, due(recorded));
    let lot = announces(&desk);
    desk.is_refused(desk.bank, lot.clone(), Reject::DuesBeforeRecordal);
    desk.floor.must(OPERATOR, due(recorded.next()));
    desk.floor.must(desk.bank.user, lot);
}

#[test]
fn no_cap_of_the_venue_holds_back_what_is_disposed_of() {
    let (mut desk, right, loan, _) = crate::disposals::pledged();
    let (bank, firm) = (desk.bank, desk.firm);
    let mut rules = RuleBook::of(protocol::rules::Profile::CnVenue);
    rules.holder_cap = Some(1);
    desk.floor
        .must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    // A sale of the venue would need room for its buyer.
    let free = desk.patent("US7");
    let listing = desk.listing(&[free], |_| {});
    desk.is_refused(firm, listing, Reject::HolderCap);
    desk.in_disposal(loan);
    let listing = desk.listing(&[right], |_| {});
    desk.floor.must(bank.user, listing);
}

/// What was settled and not paid is due, whether somebody has reckoned the claim since or nobody.
#[test]
fn a_cure_pays_the_interest_that_was_settled_though_nobody_reckoned_the_claim_since() {
    for reckoned in [false, true] {
        let mut desk = Desk::new();
        let right = desk.patent("US1");
        let loan = desk.loan(|loan| loan.terms.settlement.cycle = protocol::claim::Cycle::Quarterly);
        desk.pledged(loan, right);
        desk.in_disposal(loan);
        let bank = desk.bank;
        // Settled on the twentieth of March.
        desk.floor.until(day(2026, 3, 23));
        if reckoned {
            desk.floor.must(bank.user, repay(loan, yuan(1), day(2026, 3, 23)));
        }
        desk.is_refused(bank, cure(loan), Reject::CureIncomplete);
    }
}
