//! Pledgees agree to what is done with a right that is pledged to them (民法典 444; PLEDGES.md 4): asked by every road,
//! when something is offered and when it is matched, and what rests ends with the consent.

use crate::floor::{
    Floor, OPERATOR, Party, change,
    conversions::{Claimed, all_steps},
    day,
    grants::{accept, agreed, ask_open, made, offering, pay, plain, state, take_open, term, withdraw_open},
    pledges::{Desk, application, assign, free_of_interest, lent, made_loan, recorded, release, repay},
    room::{ascending, enter},
    sales::{answer, bid, express, file, fund, qualify, sign, terms_of},
    titles::{book, buys, cancelled, sells, trademark},
    units::{subscribe, tranche},
    yuan,
};
use crate::lots_of_units::bid_for;
use engine::book::{Book, FastBook, PlainBook};
use protocol::{
    Amount, AssetId, BasisPoints, Command, Date, LoanId, LotId, Money, OpenLicenceId, PledgeId, Quantity, Receipt,
    Record, Reject, Symbol, TrancheId,
    auction::{AnnounceLot, Format, LotFees, Rationing, Uniform},
    claim::Excess,
    event::CancelReason,
    licence::{LicenceKind, LicenceState, OfferLicence},
    party::Roles,
    pledge::{
        ApplyProceeds, GivePledgeConsent, LoanState, PledgeAct, PledgeConsent, PledgeState, PledgorKind, Proceeds,
        RevokePledgeConsent,
    },
    title::AssetChange,
    transfer::{SalePurpose, TransferState},
};

/// A consent to this act, to anything and without an end.
pub(crate) fn consent(pledge: PledgeId, act: PledgeAct, change: impl FnOnce(&mut GivePledgeConsent)) -> Command {
    let mut asked = GivePledgeConsent {
        pledge,
        act,
        kind: None,
        floor: None,
        quantity: None,
        until: None,
        licence_until: None,
        proceeds: Proceeds::Prepay,
    };
    change(&mut asked);
    Command::GivePledgeConsent(Box::new(asked))
}

pub(crate) fn revoke(pledge: PledgeId, act: PledgeAct) -> Command {
    Command::RevokePledgeConsent(RevokePledgeConsent { pledge, act })
}

pub(crate) fn apply(loan: LoanId, party: Party) -> Command {
    Command::ApplyProceeds(ApplyProceeds {
        loan,
        account: party.account,
    })
}

fn priced(fee: i64) -> impl Fn(&mut OfferLicence) {
    move |offer| (offer.fee, offer.scope) = (yuan(fee), term(day(2026, 3, 2), day(2027, 1, 1)))
}

/// A patent of the firm, pledged for a loan of the bank without interest.
fn pledged() -> (Desk<FastBook>, AssetId, LoanId, PledgeId) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.pledged(loan, right);
    (desk, right, loan, pledge)
}

fn told<B: Book>(floor: &Floor<B>, pledge: PledgeId, act: PledgeAct) -> PledgeConsent {
    let mut records = floor.records(0).into_iter().rev();
    let found = records.find_map(|changed| match changed.record {
        Record::PledgeConsent(consent) if (consent.pledge, consent.act) == (pledge, act) => Some(consent),
        _ => None,
    });
    found.expect("it was told")
}

impl<B: Book> Desk<B> {
    fn offers(&self, right: AssetId, change: impl FnOnce(&mut OfferLicence)) -> Command {
        offering(right, self.firm, self.other_firm, change)
    }

    fn offer(&mut self, right: AssetId, change: impl FnOnce(&mut OfferLicence)) -> protocol::LicenceId {
        let offer = self.offers(right, change);
        made(&mut self.floor, self.firm.user, offer)
    }

    fn refused(&mut self, by: Party, command: Command) -> Reject {
        self.floor.try_(by.user, command).expect_err("it is refused")
    }
}

#[test]
fn the_example_of_the_rule_book() {
    let (mut desk, right, loan, pledge) = pledged();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    assert_eq!(
        desk.refused(firm, desk.offers(right, plain)),
        Reject::PledgeConsentRequired
    );

    let narrow = |asked: &mut GivePledgeConsent| {
        (asked.floor, asked.quantity) = (Some(yuan(12_000_000)), Some(2));
        asked.until = Some(day(2026, 7, 1));
    };
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, narrow));
    assert_eq!(
        desk.refused(firm, desk.offers(right, priced(11_999_999))),
        Reject::ConsentFloor
    );
    let exclusive =
        |offer: &mut OfferLicence| (offer.fee, offer.kind) = (yuan(15_000_000), Some(LicenceKind::Exclusive));
    assert_eq!(desk.refused(firm, desk.offers(right, exclusive)), Reject::ConsentScope);

    // The bank is owed a million; the price pays it early, and the rest is the firm's.
    let before = desk.lent(loan).outstanding.money;
    desk.floor.must(
        bank.user,
        repay(loan, yuan(before.minor() - 9_000_000), day(2026, 3, 2)),
    );
    let (at_bank, at_firm) = (desk.cash(bank), desk.cash(firm));
    let first = agreed(&mut desk.floor, right, firm, taker, priced(15_000_000));
    let resting = desk.offer(right, priced(12_000_000));
    desk.floor.must(taker.user, pay(first, taker.account));
    assert_eq!(
        (desk.cash(bank) - at_bank, desk.cash(firm) - at_firm),
        (9_000_000, 6_000_000)
    );
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);

    // One of two is left: the offer that rests may still be taken, and is the last.
    assert_eq!(state(&desk.floor, resting), LicenceState::Offered);
    desk.floor.must(taker.user, accept(resting));
    let next = desk.offer(right, priced(12_000_000));
    desk.floor.must(taker.user, pay(resting, taker.account));
    assert_eq!(told(&desk.floor, pledge, PledgeAct::Licence).used, 2);
    assert_eq!(
        state(&desk.floor, next),
        LicenceState::Withdrawn,
        "what rests ends with the last that is granted"
    );
    assert_eq!(
        desk.refused(firm, desk.offers(right, priced(12_000_000))),
        Reject::ConsentQuantity
    );

    // The pledge is released: the gate is open.
    desk.floor.must(bank.user, release(pledge, &[]));
    desk.offer(right, plain);
}

#[test]
fn what_rests_ends_with_the_consent_and_what_is_agreed_is_asked_once_more() {
    let (mut desk, right, _, pledge) = pledged();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    for act in [PledgeAct::Licence, PledgeAct::OpenLicence] {
        desk.floor.must(bank.user, consent(pledge, act, |_| {}));
    }
    let promised = agreed(&mut desk.floor, right, firm, taker, plain);
    let offered = desk.offer(right, plain);
    let open = OpenLicenceId(made(&mut desk.floor, firm.user, ask_open(right, firm.account, plain)).0);
    desk.floor.must(bank.user, revoke(pledge, PledgeAct::Licence));
    assert_eq!(state(&desk.floor, offered), LicenceState::Withdrawn);
    assert_eq!(state(&desk.floor, promised), LicenceState::Agreed);
    assert_eq!(
        desk.refused(taker, pay(promised, taker.account)),
        Reject::ConsentRevoked
    );
    assert_eq!(desk.refused(firm, desk.offers(right, plain)), Reject::ConsentRevoked);
    assert_eq!(
        desk.refused(bank, revoke(pledge, PledgeAct::Licence)),
        Reject::NoSuchConsent
    );
    // The open licence has a consent of its own.
    desk.floor.must(taker.user, take_open(open, taker.account));
    desk.floor.must(bank.user, revoke(pledge, PledgeAct::OpenLicence));
    for gone in [(taker, take_open(open, taker.account)), (firm, withdraw_open(open))] {
        assert_eq!(
            desk.refused(gone.0, gone.1),
            Reject::StateForbids,
            "it ended with the consent"
        );
    }
    // A new consent heals what was agreed before.
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
    desk.floor.must(taker.user, pay(promised, taker.account));
}

#[test]
fn a_consent_ends_with_its_day() {
    let (mut desk, right, _, pledge) = pledged();
    let until = |asked: &mut GivePledgeConsent| asked.until = Some(day(2026, 3, 10));
    desk.floor
        .must(desk.bank.user, consent(pledge, PledgeAct::Licence, until));
    let offered = desk.offer(right, plain);
    crate::floor::just_before(&mut desk.floor, day(2026, 3, 10));
    assert_eq!(state(&desk.floor, offered), LicenceState::Offered);
    desk.floor.until(day(2026, 3, 10));
    assert_eq!(state(&desk.floor, offered), LicenceState::Withdrawn);
    assert_eq!(
        desk.refused(desk.firm, desk.offers(right, plain)),
        Reject::ConsentExpired
    );
}

#[test]
fn a_licence_runs_no_longer_than_the_pledgee_agreed_to() {
    let (mut desk, right, _, pledge) = pledged();
    let last = |asked: &mut GivePledgeConsent| asked.licence_until = Some(day(2028, 1, 1));
    desk.floor
        .must(desk.bank.user, consent(pledge, PledgeAct::Licence, last));
    let until = |until: Date| move |offer: &mut OfferLicence| offer.scope = term(day(2026, 3, 2), until);
    assert_eq!(
        desk.refused(desk.firm, desk.offers(right, until(day(2028, 1, 2)))),
        Reject::ConsentTerm
    );
    desk.floor
        .must(desk.firm.user, desk.offers(right, until(day(2028, 1, 1))));
}

#[test]
fn a_pledge_that_is_recorded_ends_what_its_holder_did_not_agree_to() {
    let mut desk = Desk::new();
    let right = desk.patent("US1");
    let loan = desk.loan(|_| {});
    let pledge = desk.file(desk.application(loan, &[right]));
    let offered = desk.offer(right, plain);
    assert_eq!(
        state(&desk.floor, offered),
        LicenceState::Offered,
        "what is only filed asks nobody"
    );
    desk.floor.must(OPERATOR, recorded(pledge));
    assert_eq!(state(&desk.floor, offered), LicenceState::Withdrawn);
}

#[test]
fn the_claims_new_holder_agrees_anew() {
    let (mut desk, right, loan, pledge) = pledged();
    let (bank, firm, new) = (desk.bank, desk.firm, desk.other_bank);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
    let offered = desk.offer(right, plain);
    desk.floor.must(bank.user, assign(loan, new, None, true));
    assert_eq!(state(&desk.floor, offered), LicenceState::Withdrawn);
    assert_eq!(
        desk.refused(firm, desk.offers(right, plain)),
        Reject::PledgeConsentRequired
    );
    assert_eq!(
        desk.refused(bank, consent(pledge, PledgeAct::Licence, |_| {})),
        Reject::UnknownPledge
    );
    desk.floor.must(new.user, consent(pledge, PledgeAct::Licence, |_| {}));
    desk.offer(right, plain);
}

/// Who holds the claim again is its pledgee again (民法典 407, 547), and was never another.
#[test]
fn who_has_its_claim_back_stands_by_what_it_said_last() {
    for revoked in [false, true] {
        let (mut desk, right, loan, pledge) = pledged();
        let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
        desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
        if revoked {
            desk.floor.must(bank.user, revoke(pledge, PledgeAct::Licence));
        }
        desk.floor.must(bank.user, assign(loan, other, None, true));
        let offers = desk.offers(right, plain);
        assert_eq!(desk.refused(firm, offers.clone()), Reject::PledgeConsentRequired);
        desk.floor.must(other.user, assign(loan, bank, None, true));
        let answer = desk.floor.try_(firm.user, offers);
        assert_eq!(answer.err(), revoked.then_some(Reject::ConsentRevoked));
    }
}

#[test]
fn every_pledgee_agrees_and_is_paid_by_rank() {
    let mut desk = Desk::new();
    let (bank, firm, taker, second) = (desk.bank, desk.firm, desk.other_firm, desk.other_bank);
    desk.floor.cash_in(taker.account, 1_000_000_000);
    let mark = desk.floor.right(firm.entity, "TM", trademark);
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.principal = yuan(9_000_000);
    });
    let other = lent(second, firm, |loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.principal = yuan(20_000_000);
    });
    let other = made_loan(&mut desk.floor, second.user, other);
    let first = desk.pledged(loan, mark);
    let behind = application(other, firm, &[mark]);
    let behind = crate::floor::pledges::filed(&mut desk.floor, second.user, behind);
    desk.floor.must(OPERATOR, recorded(behind));
    desk.floor.must(bank.user, consent(first, PledgeAct::Licence, |_| {}));
    assert_eq!(
        desk.refused(firm, desk.offers(mark, priced(15_000_000))),
        Reject::PledgeConsentRequired
    );
    desk.floor
        .must(second.user, consent(behind, PledgeAct::Licence, |_| {}));
    let licence = agreed(&mut desk.floor, mark, firm, taker, priced(15_000_000));
    let before = (desk.cash(bank), desk.cash(second), desk.cash(firm));
    desk.floor.must(taker.user, pay(licence, taker.account));
    let after = (desk.cash(bank), desk.cash(second), desk.cash(firm));
    assert_eq!(
        (after.0 - before.0, after.1 - before.1, after.2 - before.2),
        (9_000_000, 6_000_000, 0)
    );
    assert_eq!(desk.lent(other).outstanding.money, Money::from_minor(14_000_000));
}

#[test]
fn a_debt_that_two_pledges_of_a_right_stand_for_is_paid_once() {
    let mut desk = Desk::new();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    desk.floor.cash_in(taker.account, 1_000_000_000);
    let mark = desk.floor.right(firm.entity, "TM", trademark);
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.principal = yuan(9_000_000);
    });
    for _ in 0..2 {
        let pledge = desk.pledged(loan, mark);
        desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
    }
    let licence = agreed(&mut desk.floor, mark, firm, taker, priced(15_000_000));
    let before = (desk.cash(bank), desk.cash(firm));
    desk.floor.must(taker.user, pay(licence, taker.account));
    let after = (desk.cash(bank), desk.cash(firm));
    assert_eq!((after.0 - before.0, after.1 - before.1), (9_000_000, 6_000_000));
}

#[test]
fn a_deposit_stands_for_the_right_until_the_debt_is_paid_or_the_pledge_is_released() {
    let (mut desk, right, loan, pledge) = pledged();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    let held = |asked: &mut GivePledgeConsent| asked.proceeds = Proceeds::Escrow;
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, held));
    let before = desk.cash(firm);
    for _ in 0..2 {
        let licence = agreed(&mut desk.floor, right, firm, taker, priced(15_000_000));
        desk.floor.must(taker.user, pay(licence, taker.account));
    }
    assert_eq!(desk.cash(firm), before, "all of it is held");
    assert_eq!(desk.refused(bank, apply(loan, firm)), Reject::NotInDefault);
    assert_eq!(desk.refused(taker, apply(loan, firm)), Reject::UnknownLoan);
    assert_eq!(desk.refused(bank, apply(loan, bank)), Reject::NotInDefault);
    // Its owner pays the debt early with it.
    let at_bank = desk.cash(bank);
    desk.floor.must(firm.user, apply(loan, firm));
    assert_eq!(desk.cash(bank) - at_bank, 30_000_000);
    assert_eq!(desk.refused(firm, apply(loan, firm)), Reject::NothingHeld);
    // What comes later goes back with the release.
    let licence = agreed(&mut desk.floor, right, firm, taker, priced(15_000_000));
    desk.floor.must(taker.user, pay(licence, taker.account));
    assert_eq!(desk.cash(firm), before);
    desk.floor.must(bank.user, release(pledge, &[]));
    assert_eq!(desk.cash(firm) - before, 15_000_000);
}

#[test]
fn who_pledged_for_anothers_debt_pays_it_with_what_is_held_of_its_own() {
    let mut desk = Desk::new();
    let (bank, third, taker) = (desk.bank, desk.other_firm, desk.firm);
    desk.floor.cash_in(taker.account, 1_000_000_000);
    let right = desk.floor.right(third.entity, "US1", |_| {});
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let mut asked = application(loan, third, &[right]);
    asked.intake.kind = PledgorKind::Person;
    let pledge = desk.recorded(asked);
    let held = |asked: &mut GivePledgeConsent| asked.proceeds = Proceeds::Escrow;
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, held));
    let licence = agreed(&mut desk.floor, right, third, taker, priced(15_000_000));
    assert_eq!(
        desk.refused(third, apply(loan, third)),
        Reject::UnknownLoan,
        "nothing is held"
    );
    desk.floor.must(taker.user, pay(licence, taker.account));
    let before = desk.cash(bank);
    desk.floor.must(third.user, apply(loan, third));
    assert_eq!(desk.cash(bank) - before, 15_000_000);
    assert_eq!(desk.lent(loan).outstanding, yuan(85_000_000));
}

#[test]
fn a_deposit_goes_back_with_the_debt_and_to_its_holder_once_that_is_due() {
    let (mut desk, right, loan, pledge) = pledged();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    let held = |asked: &mut GivePledgeConsent| asked.proceeds = Proceeds::Escrow;
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, held));
    let licence = agreed(&mut desk.floor, right, firm, taker, priced(15_000_000));
    desk.floor.must(taker.user, pay(licence, taker.account));
    desk.floor.until(day(2027, 3, 3));
    let (at_bank, at_firm) = (desk.cash(bank), desk.cash(firm));
    desk.floor.must(bank.user, apply(loan, firm));
    assert_eq!(desk.cash(bank) - at_bank, 15_000_000);
    let later = |offer: &mut OfferLicence| {
        (offer.fee, offer.scope) = (yuan(15_000_000), term(day(2027, 3, 3), day(2028, 3, 3)));
    };
    let more = agreed(&mut desk.floor, right, firm, taker, later);
    desk.floor.must(taker.user, pay(more, taker.account));
    assert_eq!(desk.cash(firm), at_firm);
    let owed = desk.lent(loan).outstanding.money;
    desk.floor
        .must(bank.user, repay(loan, yuan(owed.minor()), day(2027, 3, 3)));
    assert_eq!(desk.cash(firm) - at_firm, 15_000_000, "nothing is owed: it goes back");
}

#[test]
fn a_title_is_sold_with_consent_and_its_price_stands_for_the_right() {
    let (mut desk, right, loan, pledge) = pledged();
    let (bank, firm, buyer) = (desk.bank, desk.firm, desk.other_firm);
    let list = |terms| Command::ListTransfer(Box::new(terms));
    assert_eq!(
        desk.refused(firm, list(terms_of(&[right], firm))),
        Reject::PledgeConsentRequired
    );
    let above = |asked: &mut GivePledgeConsent| asked.floor = Some(yuan(100_001));
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Transfer, above));
    assert_eq!(desk.refused(firm, list(terms_of(&[right], firm))), Reject::ConsentFloor);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Transfer, |_| {}));

    // As capital it is refused whoever consents; together with another right it takes another consent.
    let mut capital = terms_of(&[right], firm);
    capital.purpose = Some(SalePurpose::Capital);
    assert_eq!(desk.refused(firm, list(capital)), Reject::SecuredProperty);
    let free = desk.patent("US2");
    assert_eq!(
        desk.refused(firm, list(terms_of(&[free, right], firm))),
        Reject::PledgeConsentRequired
    );

    let sale = desk.sold(right);
    let (at_bank, at_firm) = (desk.cash(bank), desk.cash(firm));
    desk.floor.must(OPERATOR, answer(sale, None));
    assert_eq!((desk.cash(bank) - at_bank, desk.cash(firm) - at_firm), (100_000, 0));
    assert_eq!(desk.lent(loan).outstanding.money, Money::from_minor(99_900_000));
    assert_eq!(
        desk.state(pledge),
        PledgeState::Released,
        "the price stands for the right"
    );
    let _ = buyer;
}

#[test]
fn a_sale_on_offer_ends_with_the_consent_and_one_that_is_agreed_stays() {
    for matched in [false, true] {
        let (mut desk, right, _, pledge) = pledged();
        let (bank, firm) = (desk.bank, desk.firm);
        desk.floor.must(bank.user, consent(pledge, PledgeAct::Transfer, |_| {}));
        let sale = if matched { desk.sold(right) } else { desk.listed(right) };
        desk.floor.must(bank.user, revoke(pledge, PledgeAct::Transfer));
        let ended = desk
            .floor
            .records(0)
            .into_iter()
            .rev()
            .find_map(|changed| match changed.record {
                Record::Transfer(transfer) if transfer.transfer == sale => Some(transfer.state),
                _ => None,
            });
        let expected = if matched {
            TransferState::RecordalFiled
        } else {
            TransferState::Cancelled
        };
        assert_eq!(ended, Some(expected));
        if matched {
            desk.floor.must(OPERATOR, answer(sale, None));
            assert_eq!(desk.state(pledge), PledgeState::Released);
        }
        let _ = firm;
    }
}

#[test]
fn a_lot_asks_the_pledgee_for_the_lowest_price_and_ends_with_its_consent() {
    let (mut desk, right, _, pledge) = pledged();
    let (bank, firm) = (desk.bank, desk.firm);
    let opens = day(2026, 3, 20).start();
    let announce = || {
        let format = ascending(100_000, 1_000);
        let lot = AnnounceLot::plain(
            vec![right],
            firm.account,
            format,
            yuan(10_000),
            opens,
            day(2026, 3, 21).start(),
        );
        Command::AnnounceLot(Box::new(lot))
    };
    assert_eq!(desk.refused(firm, announce()), Reject::PledgeConsentRequired);
    let floor = |minor| move |asked: &mut GivePledgeConsent| asked.floor = Some(yuan(minor));
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::Transfer, floor(100_001)));
    assert_eq!(desk.refused(firm, announce()), Reject::ConsentFloor);
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::Transfer, floor(100_000)));
    desk.floor.must(firm.user, announce());
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::Transfer, floor(100_001)));
    // The narrower consent took the lot along: the right is free for another offer.
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::Transfer, floor(100_000)));
    desk.floor.must(firm.user, announce());
}

/// A book of a right that is pledged once it has units.
fn units<B: Book>() -> (Desk<B>, AssetId, protocol::InstrumentId, LoanId, PledgeId) {
    let mut desk = Desk::on(Floor::<B>::unit_market());
    let (firm, taker) = (desk.firm, desk.other_firm);
    desk.floor.cash_in(taker.account, 1_000_000_000);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let instrument = book(&mut desk.floor, firm, right, "US1");
    let pledge = desk.pledged(loan, right);
    (desk, right, instrument, loan, pledge)
}

fn orders_ask_pledgees<B: Book>() {
    let (mut desk, _, instrument, loan, pledge) = units::<B>();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    assert_eq!(
        desk.refused(firm, sells(firm, instrument, 500, 10)),
        Reject::PledgeConsentRequired
    );
    let narrow = |asked: &mut GivePledgeConsent| (asked.floor, asked.quantity) = (Some(yuan(500)), Some(50));
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, narrow));
    assert_eq!(
        desk.refused(firm, sells(firm, instrument, 490, 10)),
        Reject::ConsentFloor
    );
    desk.floor.must(firm.user, sells(firm, instrument, 500, 30));
    assert_eq!(
        desk.refused(firm, sells(firm, instrument, 500, 30)),
        Reject::ConsentQuantity,
        "30 are on offer"
    );
    desk.floor.must(firm.user, sells(firm, instrument, 510, 20));
    let at_bank = desk.cash(bank);
    desk.floor.must(taker.user, buys(taker, instrument, 510, 40));
    // Less the seller's fees, a thousandth of each fill.
    let net = 30 * 500 - 15 + 10 * 510 - 5;
    assert_eq!(desk.cash(bank) - at_bank, net);
    assert_eq!(desk.lent(loan).outstanding.money, Money::from_minor(100_000_000 - net));
    assert_eq!(told(&desk.floor, pledge, PledgeAct::Licence).used, 40);
    // Who bought units resells them freely.
    desk.floor.must(taker.user, sells(taker, instrument, 520, 10));
    // What is left on offer ends with the consent; the reseller's stays.
    let first = desk.floor.events.len();
    desk.floor.must(bank.user, revoke(pledge, PledgeAct::Licence));
    assert_eq!(
        cancelled(&desk.floor, first),
        [(firm.account, CancelReason::ConsentWithdrawn)]
    );
}

#[test]
fn owners_orders_ask_pledgees_in_both_books() {
    orders_ask_pledgees::<FastBook>();
    orders_ask_pledgees::<PlainBook>();
}

#[test]
fn a_tranche_asks_pledgees_when_it_opens_and_counts_as_it_is_taken() {
    let (mut desk, _, _, _, pledge) = units::<FastBook>();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    let open = || tranche(firm.account, |_| {});
    assert_eq!(desk.refused(firm, open()), Reject::PledgeConsentRequired);
    let most = |asked: &mut GivePledgeConsent| asked.quantity = Some(100);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, most));
    let Receipt::Deal(id) = desk.floor.must(firm.user, open()) else {
        panic!("a tranche is a deal")
    };
    let id = TrancheId::from(id);
    let at_bank = desk.cash(bank);
    crate::floor::units::at(&mut desk.floor, crate::floor::units::opening());
    desk.floor.must(taker.user, subscribe(id, taker.account, 40));
    assert_eq!(desk.cash(bank) - at_bank, 40 * 500);
    desk.floor.must(bank.user, revoke(pledge, PledgeAct::Licence));
    assert_eq!(
        desk.refused(taker, subscribe(id, taker.account, 10)),
        Reject::TrancheNotOpen
    );
    assert!(!crate::floor::units::told(&desk.floor, id).open);
}

/// A lot of sixty of the firm's units, at 500 fen each or more; a hundredth of what it brings is the venue's.
fn units_lot(firm: Party) -> Command {
    let format = Format::Uniform(Uniform {
        symbol: Symbol::new("US1").unwrap(),
        units: Quantity::from_units(60),
        start: yuan(500),
        step: yuan(10),
        rationing: Rationing::Time,
    });
    let (opens, closes) = (day(2026, 3, 20).start(), day(2026, 3, 21).start());
    Command::AnnounceLot(Box::new(AnnounceLot {
        fees: LotFees {
            seller: BasisPoints(100),
            premium: BasisPoints(0),
            commission: false,
        },
        ..AnnounceLot::plain(vec![], firm.account, format, yuan(10_000), opens, closes)
    }))
}

fn announced(desk: &mut Desk<FastBook>, by: Party) -> LotId {
    match desk.floor.must(by.user, units_lot(by)) {
        Receipt::Deal(seq) => LotId::from(seq),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lot_of_units_asks_pledgees_and_pays_them_what_it_brings() {
    let (mut desk, _, _, loan, pledge) = units::<FastBook>();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    let limits = |minor, quantity| {
        move |asked: &mut GivePledgeConsent| (asked.floor, asked.quantity) = (Some(yuan(minor)), Some(quantity))
    };
    assert_eq!(desk.refused(firm, units_lot(firm)), Reject::PledgeConsentRequired);
    for (floor, quantity, refused) in [(501, 60, Reject::ConsentFloor), (500, 59, Reject::ConsentQuantity)] {
        let narrow = consent(pledge, PledgeAct::Licence, limits(floor, quantity));
        desk.floor.must(bank.user, narrow);
        assert_eq!(desk.refused(firm, units_lot(firm)), refused);
    }
    let wide = consent(pledge, PledgeAct::Licence, limits(500, 60));
    desk.floor.must(bank.user, wide);
    let lot = announced(&mut desk, firm);
    desk.floor.until(day(2026, 3, 20));
    desk.floor.must(taker.user, enter(lot, taker));
    desk.floor.must(taker.user, bid_for(lot, 510, 40));
    let at_bank = desk.cash(bank);
    desk.floor.until(day(2026, 3, 22));
    // 40 units at 510, less the hundredth: all of it is the bank's, and the debt is smaller by it.
    let net = 40 * 510 - 204;
    assert_eq!(desk.cash(bank) - at_bank, net);
    assert_eq!(desk.lent(loan).outstanding.money, Money::from_minor(100_000_000 - net));
    assert_eq!(told(&desk.floor, pledge, PledgeAct::Licence).used, 40);
}

#[test]
fn a_lot_of_units_ends_with_the_consent_to_it() {
    let (mut desk, _, instrument, _, pledge) = units::<FastBook>();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
    let lot = announced(&mut desk, firm);
    desk.floor.until(day(2026, 3, 20));
    desk.floor.must(taker.user, enter(lot, taker));
    let before = desk.cash(taker);
    desk.floor.must(taker.user, bid_for(lot, 510, 40));
    desk.floor.must(bank.user, revoke(pledge, PledgeAct::Licence));
    assert_eq!(
        desk.refused(taker, bid_for(lot, 520, 40)),
        Reject::LotClosed,
        "it ended with the consent"
    );
    assert_eq!(desk.cash(taker), before, "what was held of the bidder is free");
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
    desk.floor.must(firm.user, sells(firm, instrument, 500, 1_000));
}

#[test]
fn what_is_on_offer_in_units_counts_for_the_consent_to_licences_alone() {
    let (mut desk, right, instrument, _, pledge) = units::<FastBook>();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, |_| {}));
    desk.floor.must(firm.user, sells(firm, instrument, 500, 10));
    let one = |asked: &mut GivePledgeConsent| asked.quantity = Some(1);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::OpenLicence, one));
    desk.floor.must(firm.user, ask_open(right, firm.account, plain));
}

#[test]
fn giving_a_consent_is_checked_in_order() {
    let (mut desk, right, loan, pledge) = pledged();
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
    let spoiled = |asked: &mut GivePledgeConsent| {
        asked.floor = Some(yuan(0));
        asked.until = Some(day(2026, 3, 2));
    };
    let ask = |change: fn(&mut GivePledgeConsent)| consent(pledge, PledgeAct::Licence, change);
    let reader = crate::floor::grants::user(&mut desk.floor, bank.entity, Roles::DATA_CONSUMER);
    assert_eq!(desk.floor.try_(reader, ask(spoiled)), Err(Reject::NotPermitted));
    assert_eq!(desk.refused(other, ask(spoiled)), Reject::UnknownPledge);
    assert_eq!(desk.refused(firm, ask(spoiled)), Reject::NotAParty);
    assert_eq!(desk.refused(bank, ask(spoiled)), Reject::AmountInvalid);
    let dollars = |asked: &mut GivePledgeConsent| {
        asked.floor = Some(Amount::new(protocol::Currency::Usd, Money::from_minor(1)));
    };
    assert_eq!(desk.refused(bank, ask(dollars)), Reject::AmountInvalid);
    assert_eq!(
        desk.refused(bank, ask(|asked| asked.quantity = Some(0))),
        Reject::AmountInvalid
    );
    let past = |asked: &mut GivePledgeConsent| asked.until = Some(day(2026, 3, 2));
    assert_eq!(desk.refused(bank, ask(past)), Reject::TermInvalid);
    let filed = desk.patent("US9");
    let filed = desk.file(desk.application(loan, &[filed]));
    assert_eq!(
        desk.refused(bank, consent(filed, PledgeAct::Licence, past)),
        Reject::StateForbids
    );
    let _ = right;
}

impl Desk<FastBook> {
    /// A sale of a right of the firm, listed.
    fn listed(&mut self, right: AssetId) -> protocol::TransferId {
        let terms = Command::ListTransfer(Box::new(terms_of(&[right], self.firm)));
        let Receipt::Deal(sale) = self.floor.must(self.firm.user, terms) else {
            panic!("a sale is a deal")
        };
        sale.into()
    }

    fn sale(&self, id: protocol::TransferId) -> protocol::transfer::Transfer {
        let mut records = self.floor.records(0).into_iter().rev();
        let found = records.find_map(|changed| match changed.record {
            Record::Transfer(transfer) if transfer.transfer == id => Some(transfer),
            _ => None,
        });
        found.expect("it was told")
    }

    /// A sale of a right of the firm to the other at its price, up to the office's answer.
    fn sold(&mut self, right: AssetId) -> protocol::TransferId {
        let (firm, buyer) = (self.firm, self.other_firm);
        let sale = self.listed(right);
        self.floor.must(buyer.user, express(sale, buyer));
        self.floor.must(OPERATOR, qualify(sale, buyer.entity, true));
        self.floor.until(day(2026, 3, 10));
        self.floor.must(buyer.user, bid(sale, 100_000));
        if let Some(ends) = self.sale(sale).priority_ends {
            self.floor.until(ends.next());
        }
        let contract = protocol::Digest([8; 32]);
        self.floor.must(firm.user, sign(sale, contract));
        self.floor.must(buyer.user, sign(sale, contract));
        self.floor.must(buyer.user, fund(sale));
        self.floor.must(firm.user, file(sale));
        sale
    }
}

/// 民法典 406: what secures a debt is no capital of a company, by no lot either.
#[test]
fn a_pledged_right_is_put_up_for_no_capital() {
    let (mut desk, right, _, pledge) = pledged();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Transfer, |_| {}));
    let announce = |purpose| {
        let (opens, closes) = (day(2026, 3, 20).start(), day(2026, 3, 21).start());
        let format = ascending(100_000, 1_000);
        let plain = AnnounceLot::plain(vec![right], firm.account, format, yuan(10_000), opens, closes);
        Command::AnnounceLot(Box::new(AnnounceLot { purpose, ..plain }))
    };
    assert_eq!(
        desk.refused(firm, announce(Some(SalePurpose::Capital))),
        Reject::SecuredProperty
    );
    desk.floor.must(firm.user, announce(None));
}

/// An open licence runs from the day on which it is taken: who takes it later has it longer.
#[test]
fn an_open_licence_is_taken_while_it_ends_before_the_pledgee_s_last_day() {
    let (mut desk, right, _, pledge) = pledged();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    let last = |asked: &mut GivePledgeConsent| asked.licence_until = Some(day(2027, 3, 2));
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::OpenLicence, last));
    let asked = ask_open(right, firm.account, |ask| ask.days = 364);
    let open = OpenLicenceId(made(&mut desk.floor, firm.user, asked).0);
    desk.floor.until(day(2026, 3, 3));
    desk.floor.must(taker.user, take_open(open, taker.account));
    desk.floor.until(day(2026, 3, 4));
    assert_eq!(desk.refused(taker, take_open(open, taker.account)), Reject::ConsentTerm);
}

/// Units last as long as their right: a mark that is renewed outlasts what its pledgee agreed to.
#[test]
fn units_of_a_renewed_mark_are_asked_of_its_pledgee_again_when_they_are_taken() {
    let mut desk = Desk::on(Floor::<FastBook>::unit_market());
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    desk.floor.cash_in(taker.account, 1_000_000_000);
    let mark = desk.floor.right(firm.entity, "US1", trademark);
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    book(&mut desk.floor, firm, mark, "US1");
    let pledge = desk.pledged(loan, mark);
    let ends = day(2034, 3, 31);
    let until = |last| move |asked: &mut GivePledgeConsent| asked.licence_until = Some(last);
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::Licence, until(ends)));
    let Receipt::Deal(id) = desk.floor.must(firm.user, tranche(firm.account, |_| {})) else {
        panic!("a tranche is a deal")
    };
    let id = TrancheId::from(id);
    let lot = announced(&mut desk, firm);
    crate::floor::units::at(&mut desk.floor, crate::floor::units::opening());
    desk.floor.must(taker.user, subscribe(id, taker.account, 40));
    desk.floor.until(day(2026, 3, 20));
    desk.floor.must(taker.user, enter(lot, taker));
    desk.floor.must(taker.user, bid_for(lot, 510, 40));
    let renewed = crate::floor::titles::dues(mark, None, Some(day(2044, 3, 31)));
    desk.floor.must(OPERATOR, renewed);
    assert_eq!(
        desk.refused(taker, subscribe(id, taker.account, 10)),
        Reject::ConsentTerm
    );
    let at_bank = desk.cash(bank);
    desk.floor.until(day(2026, 3, 22));
    assert_eq!(desk.cash(bank), at_bank, "the lot sold nothing");
    desk.floor
        .must(bank.user, consent(pledge, PledgeAct::Licence, until(day(2044, 3, 31))));
    desk.floor.must(taker.user, subscribe(id, taker.account, 10));
}

/// A patent pledged for a loan that a guarantor answers for, with a fee held in place of it.
fn deposited(fee: i64) -> (Desk<FastBook>, LoanId) {
    let mut desk = Desk::new();
    let (bank, firm, taker) = (desk.bank, desk.firm, desk.other_firm);
    desk.floor.cash_in(taker.account, 1_000_000_000);
    let right = desk.patent("US1");
    let surety = protocol::claim::Guarantor::joint(desk.other_bank.entity);
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.guarantors = vec![surety];
    });
    let pledge = desk.pledged(loan, right);
    let held = |asked: &mut GivePledgeConsent| asked.proceeds = Proceeds::Escrow;
    desk.floor.must(bank.user, consent(pledge, PledgeAct::Licence, held));
    let licence = agreed(&mut desk.floor, right, firm, taker, priced(fee));
    desk.floor.must(taker.user, pay(licence, taker.account));
    (desk, loan)
}

#[test]
fn a_deposit_is_for_its_owner_or_the_creditor_and_for_this_once_the_day_of_the_debt_is_over() {
    let (mut desk, loan) = deposited(15_000_000);
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_bank);
    assert_eq!(desk.refused(surety, apply(loan, firm)), Reject::NotAParty);
    desk.floor.until(day(2027, 3, 2));
    assert_eq!(desk.refused(bank, apply(loan, firm)), Reject::NotInDefault);
    desk.floor.until(day(2027, 3, 3));
    assert_eq!(desk.refused(surety, apply(loan, firm)), Reject::NotAParty);
    desk.floor.must(bank.user, apply(loan, firm));
}

#[test]
fn a_deposit_pays_no_creditor_that_has_no_account() {
    let (mut desk, loan) = deposited(15_000_000);
    let (bank, firm) = (desk.bank, desk.firm);
    let entity = without_account(&mut desk.floor);
    let holder = Party { entity, ..bank };
    desk.floor.must(bank.user, assign(loan, holder, None, false));
    assert_eq!(desk.refused(firm, apply(loan, firm)), Reject::UnknownAccount);
    assert_eq!(desk.lent(loan).outstanding, yuan(100_000_000));
    desk.floor.must(OPERATOR, Command::OpenAccount { entity });
    desk.floor.must(firm.user, apply(loan, firm));
    assert_eq!(desk.lent(loan).outstanding, yuan(85_000_000));
}

/// The claim of such a loan, in disposal and sold to a fund.
fn on_fund(fee: i64) -> Claimed<FastBook> {
    let (mut desk, loan) = deposited(fee);
    let fund = desk.floor.party(crate::floor::CODES[4], Roles::FUND);
    let case = desk.in_disposal(loan);
    desk.floor.must(desk.bank.user, assign(loan, fund, None, false));
    Claimed {
        pledge: PledgeId(0),
        desk,
        fund,
        loan,
        case,
    }
}

#[test]
fn a_deposit_pays_nothing_for_which_shares_are_issued() {
    for fee in [15_000_000, 150_000_000] {
        let mut claimed = on_fund(fee);
        let (loan, firm) = (claimed.loan, claimed.desk.firm);
        let deal = claimed.propose(|_| {});
        let steps = all_steps(100_000_000);
        claimed.go(deal, &steps[..4]);
        assert_eq!(claimed.desk.refused(firm, apply(loan, firm)), Reject::ClaimSpokenFor);
    }
}

/// What a claim that became shares leaves is a debt without its pledge, and so without what is held in place of that.
#[test]
fn a_deposit_goes_back_with_the_pledge_of_a_claim_that_became_shares_though_its_last_right_has_ended() {
    for ends in [false, true] {
        let mut claimed = on_fund(15_000_000);
        let (loan, firm, pledge) = (claimed.loan, claimed.desk.firm, claimed.pledge);
        let deal = claimed.propose(|asked| asked.excess = Excess::Stays);
        let steps = all_steps(60_000_000);
        claimed.go(deal, &steps[..4]);
        if ends {
            let right = claimed.desk.pledge(pledge).rights[0].asset;
            claimed
                .desk
                .floor
                .must(OPERATOR, change(right, AssetChange::Invalidate));
            assert_eq!(claimed.desk.state(pledge), PledgeState::Lapsed);
        }
        let before = claimed.desk.cash(firm);
        claimed.go(deal, &steps[4..5]);
        assert_eq!(claimed.desk.cash(firm), before, "the pledge goes last");
        claimed.go(deal, &steps[5..6]);
        assert_eq!(claimed.desk.cash(firm) - before, 15_000_000);
        assert_eq!(claimed.desk.refused(firm, apply(loan, firm)), Reject::NothingHeld);
        let left = claimed.desk.lent(loan);
        assert_eq!((left.state, left.outstanding), (LoanState::Default, yuan(40_000_000)));
    }
}

/// Somebody with no account here.
fn without_account(floor: &mut Floor<FastBook>) -> protocol::EntityId {
    let register = protocol::party::RegisterEntity {
        name: protocol::Bounded::new("new").unwrap(),
        kind: protocol::party::EntityKind::Company,
        legal_id: protocol::party::LegalId::Uscc(protocol::Bounded::new(crate::floor::CODES[6]).unwrap()),
        evidence: None,
    };
    match floor.must(OPERATOR, Command::RegisterEntity(Box::new(register))) {
        Receipt::Entity(entity) => entity,
        other => panic!("{other:?}"),
    }
}
