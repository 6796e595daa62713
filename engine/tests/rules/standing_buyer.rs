//! Who else takes what a lot left: a fund by its put, and the creditor at the lot's reserve (PLEDGES.md 2.6; 民法典 428, 436;
//! 拍卖变卖财产规定 16, 19; 财金〔2005〕53号 18).

use crate::floor::{
    CODES, OPERATOR, Party,
    buyers::{PUT_CONTRACT, agree_taking, buyer_rules, end_put, exercise, made_put, pledged, put, sign_put, take},
    day,
    disposals::{agreed, bankrupt, distribute, end, opened, opening, plan, release, scheme},
    grants::{self, EVIDENCE, foreigner, owned_by, user},
    pledges::{
        Desk, application, assign, default, filed, free_of_interest, lent, made_loan, recorded,
        release as release_pledge, repay,
    },
    room::{COURTS, ascending, bid, enter, step_of},
    sales::{answer, cancel, describe, export_check, express, file, fund, sign, terms_of},
    titles::{dues, share, trademark, verify},
    yuan,
};
use crate::pledge_consents::{consent, revoke};
use engine::book::FastBook;
use protocol::{
    AssetId, BasisPoints, Command, Date, Digest, DisposalId, LoanId, LotId, PledgeId, PutId, Receipt, Record, Reject,
    TransferId,
    auction::{CourtSale, Format, PayLot},
    buyers::{AgreePut, LendingValue, OfferedToPut, PutEnd, PutState, SignPut, TakingState},
    disposal::{Bankruptcy, DisposalState, SchemeShare, TitleRoad},
    maxima::Maxima,
    party::Roles,
    pledge::{DefaultCause, LoanState, PledgeAct, PledgeState, PledgorKind},
    title::{Act, Basis, LinkMarks, NamedValue, RecordValuation, WithdrawConsent},
    transfer::{LegalBasis, TransferRefusal, TransferState},
};

/// Two patents under one pledge, with a put on both to the other firm.
struct Scene {
    desk: Desk<FastBook>,
    rights: Vec<AssetId>,
    loan: LoanId,
    pledge: PledgeId,
    put: PutId,
    case: DisposalId,
}

impl Scene {
    fn new() -> Self {
        let (mut desk, rights, loan, pledge) = pledged(&["US1", "US2"]);
        let put = desk.put_in_force(loan, &rights, desk.other_firm);
        let case = desk.in_disposal(loan);
        Self {
            desk,
            rights,
            loan,
            pledge,
            put,
            case,
        }
    }

    fn refuses(&mut self, by: Party, command: Command, reject: Reject) {
        assert_eq!(self.desk.floor.try_(by.user, command), Err(reject));
    }

    fn exercised(&mut self, lot: LotId) -> TransferId {
        self.desk.made_sale(self.desk.bank, exercise(self.put, lot))
    }

    /// What was agreed on is signed and paid by its buyer, and the title passes to it.
    fn delivered(&mut self, sale: TransferId, buyer: Party) {
        let bank = self.desk.bank;
        let floor = &mut self.desk.floor;
        floor.must(buyer.user, fund(sale));
        floor.must(bank.user, release(self.case, sale));
        floor.must(bank.user, file(sale));
        floor.must(OPERATOR, answer(sale, None));
    }
}

#[test]
fn what_a_lot_left_is_put_to_the_fund_and_sold_as_anything_of_the_case() {
    let mut scene = Scene::new();
    let (bank, buyer) = (scene.desk.bank, scene.desk.other_firm);
    let lot = scene.desk.unsold(&scene.rights.clone());
    let sale = scene.exercised(lot);
    let told = scene.desk.told_sale(sale);
    assert_eq!(
        (told.state, told.price),
        (TransferState::Contract, Some(yuan(120_000_000)))
    );
    assert_eq!(told.contract, Some(PUT_CONTRACT));
    // Nothing is held before the fund pays.
    scene.refuses(bank, release(scene.case, sale), Reject::ReleaseBeforeEscrow);
    for by in [bank, buyer] {
        scene.desk.floor.must(by.user, sign(sale, PUT_CONTRACT));
    }
    let before = scene.desk.cash(bank);
    scene.delivered(sale, buyer);
    assert_eq!(scene.desk.put(scene.put).ended, Some(PutEnd::RightsGone));
    scene.desk.floor.must(bank.user, distribute(scene.case, sale, |_| {}));
    assert_eq!(scene.desk.cash(bank) - before, 100_000_000);
    assert_eq!(scene.desk.lent(scene.loan).state, LoanState::Repaid);
    assert_eq!(scene.desk.state(scene.pledge), PledgeState::Closed);
    assert_eq!(scene.desk.case(scene.case).state, DisposalState::Closed);
}

#[test]
fn a_put_is_exercised_for_one_of_its_rights_and_again_for_the_other() {
    let mut scene = Scene::new();
    let (bank, buyer) = (scene.desk.bank, scene.desk.other_firm);
    for right in scene.rights.clone() {
        assert_eq!(scene.desk.put(scene.put).state, PutState::InForce);
        let lot = scene.desk.unsold(&[right]);
        let sale = scene.exercised(lot);
        assert_eq!(scene.desk.told_sale(sale).price, Some(yuan(60_000_000)));
        for by in [bank, buyer] {
            scene.desk.floor.must(by.user, sign(sale, PUT_CONTRACT));
        }
        scene.delivered(sale, buyer);
        scene.desk.floor.must(bank.user, distribute(scene.case, sale, |_| {}));
    }
    assert_eq!(scene.desk.put(scene.put).state, PutState::Ended);
}

#[test]
fn a_put_is_proposed_by_who_may_for_what_can_be_promised() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let (bank, firm, buyer) = (desk.bank, desk.firm, desk.other_firm);
    let free = desk.patent("US9");
    let last = desk.in_days(1_000);
    let made = |change: &dyn Fn(&mut AgreePut)| put(loan, &rights, buyer, last, change);
    let valued = |minor| {
        Some(LendingValue {
            value: yuan(minor),
            evidence: EVIDENCE,
        })
    };
    let offered = |asset, valued| OfferedToPut { asset, valued };
    let refused = [
        (buyer, made(&|_| {}), Reject::UnknownLoan),
        (firm, made(&|_| {}), Reject::NotAParty),
        (
            bank,
            made(&|asked| asked.fund = protocol::EntityId(99)),
            Reject::UnknownEntity,
        ),
        (
            bank,
            made(&|asked| asked.account = bank.account),
            Reject::UnknownAccount,
        ),
        (bank, made(&|asked| asked.rights.clear()), Reject::PutInvalid),
        (bank, made(&|asked| asked.rights[0].asset = free), Reject::PutInvalid),
        (bank, made(&|asked| asked.share = BasisPoints(0)), Reject::PutInvalid),
        (
            bank,
            made(&|asked| asked.share = BasisPoints(5_001)),
            Reject::PutInvalid,
        ),
        (
            bank,
            made(&|asked| asked.last_day = Date(last.0 - 1_001)),
            Reject::PutInvalid,
        ),
        (
            bank,
            made(&|asked| asked.last_day = Date(last.0 + 8_000)),
            Reject::PutInvalid,
        ),
        (
            bank,
            made(&|asked| asked.rights.push(asked.rights[0])),
            Reject::PutInvalid,
        ),
        (
            bank,
            made(&|asked| asked.rights[0] = offered(rights[0], valued(1))),
            Reject::PutInvalid,
        ),
    ];
    for (by, command, reject) in refused {
        assert_eq!(desk.floor.try_(by.user, command), Err(reject));
    }
    for barred in [bank, firm] {
        let own = put(loan, &rights, barred, last, |_| {});
        assert_eq!(desk.floor.try_(bank.user, own), Err(Reject::BarredParty));
    }
    // The value at lending may be named by the digest of the valuation of that day; it is fixed in the put.
    let id = made_put(
        &mut desk.floor,
        bank,
        made(&|asked| asked.rights[0].valued = valued(80_000_000)),
    );
    assert_eq!(desk.put(id).rights[0].value, yuan(80_000_000));
    let id = made_put(&mut desk.floor, bank, made(&|_| {}));
    assert_eq!(desk.put(id).rights[0].value, yuan(120_000_000));

    let day = desk.day();
    desk.floor.must(bank.user, repay(loan, yuan(100_000_000), day));
    assert_eq!(desk.put(id).ended, Some(PutEnd::Repaid));
    let late = desk.floor.try_(bank.user, made(&|_| {}));
    assert_eq!(late, Err(Reject::StateForbids));
}

#[test]
fn a_right_without_a_valuation_is_promised_at_a_named_value_alone() {
    let mut desk = Desk::new();
    let right = desk.patent("US1");
    let loan = desk.loan(|_| {});
    desk.pledged(loan, right);
    let asked = put(loan, &[right], desk.other_firm, desk.in_days(9), |_| {});
    assert_eq!(desk.floor.try_(desk.bank.user, asked), Err(Reject::ValuationMissing));
}

#[test]
fn the_bound_is_the_venues() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let (bank, last) = (desk.bank, desk.in_days(9));
    for change in [
        (|rules| rules.put_share_max = BasisPoints(10_001)) as fn(&mut protocol::buyers::BuyerRules),
        |rules| rules.taking_days = 0,
        |rules| rules.taking_days = 367,
    ] {
        let refused = desk.floor.try_(OPERATOR, buyer_rules(change));
        assert_eq!(refused, Err(Reject::BuyerRulesInvalid));
    }
    assert_eq!(
        desk.floor.try_(bank.user, buyer_rules(|_| {})),
        Err(Reject::NotPermitted)
    );
    let more = put(loan, &rights, desk.other_firm, last, |asked| {
        asked.share = BasisPoints(6_000)
    });
    assert_eq!(desk.floor.try_(bank.user, more.clone()), Err(Reject::PutInvalid));
    desk.floor
        .must(OPERATOR, buyer_rules(|rules| rules.put_share_max = BasisPoints(6_000)));
    desk.floor.must(bank.user, more);
}

#[test]
fn a_put_is_in_force_once_the_holder_the_fund_and_the_pledgor_signed_it() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let (bank, firm, buyer, other) = (desk.bank, desk.firm, desk.other_firm, desk.other_bank);
    let asked = put(loan, &rights, buyer, desk.in_days(1_000), |_| {});
    let id = made_put(&mut desk.floor, bank, asked);
    assert_eq!(desk.floor.try_(other.user, sign_put(id)), Err(Reject::UnknownPut));
    assert_eq!(desk.floor.try_(bank.user, sign_put(id)), Err(Reject::StateForbids));
    let differs = Command::SignPut(SignPut {
        put: id,
        contract: Digest([9; 32]),
    });
    assert_eq!(desk.floor.try_(firm.user, differs), Err(Reject::ContractDiffers));
    desk.floor.must(firm.user, sign_put(id));
    assert_eq!(desk.put(id).state, PutState::Proposed);
    // The claim passes before all have signed: its new holder signs, and the old one's word is not enough.
    desk.floor.must(bank.user, assign(loan, other, None, false));
    assert_eq!(desk.floor.try_(bank.user, sign_put(id)), Err(Reject::UnknownPut));
    desk.floor.must(buyer.user, sign_put(id));
    assert_eq!(desk.put(id).state, PutState::Proposed);
    desk.floor.must(other.user, sign_put(id));
    assert_eq!(desk.put(id).state, PutState::InForce);
    assert_eq!(desk.floor.try_(buyer.user, sign_put(id)), Err(Reject::StateForbids));
}

#[test]
fn a_put_is_exercised_by_who_holds_the_claim_for_what_stayed_unsold() {
    let mut scene = Scene::new();
    let (bank, firm, buyer) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let rights = scene.rights.clone();
    // A lot that runs, one that was withdrawn, and one that sold something else.
    let terms = scene.desk.lot_terms(&rights, |_| {});
    let lot = scene.desk.announce(bank, terms);
    let id = scene.put;
    scene.refuses(bank, exercise(id, LotId(9_999)), Reject::UnknownLot);
    scene.refuses(bank, exercise(id, lot), Reject::NotUnsold);
    let withdraw = Command::WithdrawLot(step_of(lot));
    scene.desk.floor.must(bank.user, withdraw);
    scene.refuses(bank, exercise(id, lot), Reject::NotUnsold);
    let lot = scene.desk.unsold(&rights[..1]);
    scene.refuses(bank, exercise(PutId(9_999), lot), Reject::UnknownPut);
    for by in [firm, buyer] {
        scene.refuses(by, exercise(id, lot), Reject::NotAParty);
    }
    // A put on the other right alone.
    let other = put(scene.loan, &rights[1..], buyer, scene.desk.in_days(9), |_| {});
    let other = made_put(&mut scene.desk.floor, bank, other);
    scene.refuses(bank, exercise(other, lot), Reject::PutNotInForce);
    for by in [buyer, firm] {
        scene.desk.floor.must(by.user, sign_put(other));
    }
    scene.refuses(bank, exercise(other, lot), Reject::NotOfPut);
    // On offer again.
    let terms = scene.desk.lot_terms(&rights[..1], |_| {});
    let again = scene.desk.announce(bank, terms);
    scene.refuses(bank, exercise(id, lot), Reject::AlreadyOffered);
    let withdraw = Command::WithdrawLot(step_of(again));
    scene.desk.floor.must(bank.user, withdraw);
    scene.desk.floor.must(bank.user, end(scene.case));
    scene.refuses(bank, exercise(id, lot), Reject::UnknownDisposal);
}

#[test]
fn the_price_guard_needs_a_valuation_and_the_pledgors_signature_is_the_puts() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let id = desk.put_in_force(loan, &rights, desk.other_firm);
    desk.case_by(loan, |asked| asked.floor = BasisPoints(10_000));
    let lot = desk.unsold(&rights);
    // By agreement it would have to bring its whole value.
    let mut low = terms_of(&rights, desk.firm);
    low.ask = yuan(60_000_000);
    let low = Command::ListTransfer(Box::new(low));
    assert_eq!(desk.floor.try_(desk.bank.user, low), Err(Reject::BelowMarket));
    let later = desk.in_days(800);
    let copy = desk.floor.exchange.clone();
    let at = desk.floor.at;
    desk.floor.until(later);
    let refused = desk.floor.try_(desk.bank.user, exercise(id, lot));
    assert_eq!(refused, Err(Reject::ValuationMissing));
    (desk.floor.exchange, desk.floor.at) = (copy, at);
    desk.made_sale(desk.bank, exercise(id, lot));
}

#[test]
fn a_fund_that_does_not_pay_is_barred_and_the_case_goes_on() {
    let mut scene = Scene::new();
    let (bank, buyer) = (scene.desk.bank, scene.desk.other_firm);
    let rights = scene.rights.clone();
    let lot = scene.desk.unsold(&rights);
    let sale = scene.exercised(lot);
    scene.desk.floor.must(bank.user, sign(sale, PUT_CONTRACT));
    let late = scene.desk.in_days(20);
    scene.desk.floor.until(late);
    assert_eq!(scene.desk.told_sale(sale).state, TransferState::Cancelled);
    scene.refuses(bank, exercise(scene.put, lot), Reject::BarredDefaulter);
    let mut terms = terms_of(&rights, scene.desk.firm);
    terms.ask = yuan(120_000_000);
    let again = scene.desk.made_sale(bank, Command::ListTransfer(Box::new(terms)));
    scene.refuses(buyer, express(again, buyer), Reject::BarredDefaulter);
}

#[test]
fn a_refusal_or_a_cancellation_gives_the_money_back_and_it_is_put_again() {
    for refused in [true, false] {
        let mut scene = Scene::new();
        let (bank, buyer) = (scene.desk.bank, scene.desk.other_firm);
        let lot = scene.desk.unsold(&scene.rights.clone());
        let sale = scene.exercised(lot);
        for by in [bank, buyer] {
            scene.desk.floor.must(by.user, sign(sale, PUT_CONTRACT));
        }
        let before = scene.desk.cash(buyer);
        scene.desk.floor.must(buyer.user, fund(sale));
        assert_eq!(before - scene.desk.cash(buyer), 120_000_000);
        if refused {
            scene.desk.floor.must(bank.user, release(scene.case, sale));
            scene.desk.floor.must(bank.user, file(sale));
            let refusal = answer(sale, Some(TransferRefusal::WrongOwner));
            scene.desk.floor.must(OPERATOR, refusal);
        } else {
            scene.desk.floor.must(OPERATOR, cancel(sale));
        }
        assert_eq!(scene.desk.cash(buyer), before);
        assert_eq!(scene.desk.state(scene.pledge), PledgeState::Disposing);
        assert_eq!(scene.desk.put(scene.put).state, PutState::InForce);
        scene.exercised(lot);
    }
}

#[test]
fn a_put_goes_along_with_the_claim() {
    let mut scene = Scene::new();
    let (bank, other) = (scene.desk.bank, scene.desk.other_bank);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(bank.user, assign(scene.loan, other, None, false));
    scene.refuses(bank, exercise(scene.put, lot), Reject::UnknownPut);
    scene.desk.made_sale(other, exercise(scene.put, lot));
}

#[test]
fn what_ends_a_put() {
    let ended = |desk: &Desk<FastBook>, id| desk.put(id).ended;
    // Its last day: on it, it still stands.
    let (mut desk, rights, loan, pledge) = pledged(&["US1"]);
    let id = desk.put_in_force(loan, &rights, desk.other_firm);
    let (start, at) = (desk.floor.exchange.clone(), desk.floor.at);
    let last = desk.put(id).last_day;
    desk.floor.until(last);
    assert_eq!(ended(&desk, id), None);
    desk.floor.until(last.next());
    assert_eq!(ended(&desk, id), Some(PutEnd::Expired));
    // The release of its last right.
    (desk.floor.exchange, desk.floor.at) = (start.clone(), at);
    desk.floor.must(desk.bank.user, release_pledge(pledge, &[]));
    assert_eq!(ended(&desk, id), Some(PutEnd::RightsGone));
    // A word: of who gives it up, of the venue for a fund that is gone.
    (desk.floor.exchange, desk.floor.at) = (start.clone(), at);
    for by in [desk.firm, desk.other_firm] {
        assert_eq!(desk.floor.try_(by.user, end_put(id)), Err(Reject::NotAParty));
    }
    let stranger = desk.floor.try_(desk.other_bank.user, end_put(id));
    assert_eq!(stranger, Err(Reject::UnknownPut));
    desk.floor.must(desk.bank.user, end_put(id));
    assert_eq!(ended(&desk, id), Some(PutEnd::GivenUp));
    assert_eq!(desk.floor.try_(desk.bank.user, end_put(id)), Err(Reject::StateForbids));
    (desk.floor.exchange, desk.floor.at) = (start, at);
    desk.floor.must(OPERATOR, end_put(id));
    assert_eq!(ended(&desk, id), Some(PutEnd::FundEnded));
    // Before all have signed, any of its parties may not want it.
    let asked = put(loan, &rights, desk.other_firm, desk.in_days(9), |_| {});
    let id = made_put(&mut desk.floor, desk.bank, asked);
    desk.floor.must(desk.firm.user, end_put(id));
    assert_eq!(ended(&desk, id), Some(PutEnd::GivenUp));
}

/// A patent, in a case by this road.
fn left(road: TitleRoad) -> Scene {
    let (mut desk, rights, loan, pledge) = pledged(&["US1"]);
    let case = desk.case_by(loan, |asked| asked.road = Some(road));
    Scene {
        desk,
        rights,
        loan,
        pledge,
        put: PutId(0),
        case,
    }
}

impl Scene {
    /// A court's lot that nobody bid for.
    fn unsold_by_court(&mut self) -> LotId {
        self.unsold_by_court_valued(day(2026, 9, 1))
    }

    /// The same; its valuation is good before this day.
    fn unsold_by_court_valued(&mut self, expires: Date) -> LotId {
        let desk = &mut self.desk;
        let valued = RecordValuation {
            asset: self.rights[0],
            basis: Basis::Agreed(NamedValue {
                amount: yuan(120_000_000),
            }),
            expires,
            evidence: EVIDENCE,
        };
        let valued = Command::RecordValuation(Box::new(valued));
        let Receipt::Deal(valuation) = desk.floor.must(OPERATOR, valued) else {
            panic!("a valuation is a deal");
        };
        let mut format = ascending(100_000_000, 1_000_000);
        if let Format::Ascending(terms) = &mut format {
            (terms.maxima, terms.clock) = (Maxima::NotTaken, COURTS);
        }
        let today = desk.day();
        let terms = desk.lot_terms(&self.rights, |terms| {
            terms.basis = LegalBasis::Judicial;
            terms.format = format;
            terms.deposit = yuan(10_000_000);
            terms.valuation = Some(valuation.into());
            terms.opens_at = Date(today.0 + 31).start();
            terms.closes_at = Date(today.0 + 33).start();
            terms.court = Some(CourtSale {
                notified: Date(today.0 - 4),
                prior_claims: yuan(0),
                insisted: false,
                order: Some(EVIDENCE),
                debt: None,
                commissioned: false,
            });
        });
        let operator = Party {
            user: OPERATOR,
            ..desk.bank
        };
        let lot = desk.announce(operator, terms);
        let closed = desk.in_days(34);
        desk.floor.until(closed);
        lot
    }
}

#[test]
fn a_courts_applicant_takes_at_the_reserve_what_nobody_bid_for() {
    let mut scene = left(TitleRoad::Ruling);
    let (bank, firm) = (scene.desk.bank, scene.desk.firm);
    let lot = scene.unsold_by_court();
    let case = scene.case;
    scene.refuses(firm, agree_taking(case, lot), Reject::TitleRoadMissing);
    scene.refuses(firm, take(case, lot, firm), Reject::NotAParty);
    let serve = || Command::ServeRuling(step_of(lot));
    assert_eq!(scene.desk.floor.try_(OPERATOR, serve()), Err(Reject::StateForbids));
    let sale = scene.desk.made_sale(bank, take(case, lot, bank));
    assert_eq!(scene.desk.told_sale(sale).price, Some(yuan(100_000_000)));
    assert_eq!(scene.desk.floor.try_(OPERATOR, serve()), Err(Reject::StateForbids));
    scene.desk.floor.must(bank.user, fund(sale));
    scene.desk.floor.must(OPERATOR, serve());
    assert_eq!(scene.desk.told_sale(sale).state, TransferState::Released);
    assert_eq!(scene.desk.taking(lot).state, TakingState::Held);
    // The court's scheme alone is paid.
    let shares = vec![SchemeShare {
        payee: crate::floor::disposals::payee(bank),
        amount: yuan(100_000_000),
        debt: yuan(100_000_000),
    }];
    scene.refuses(bank, distribute(case, sale, |_| {}), Reject::SchemeMissing);
    let paid = distribute(case, sale, |asked| asked.scheme = scheme(shares));
    scene.desk.floor.must(bank.user, paid);
    assert_eq!(scene.desk.lent(scene.loan).state, LoanState::Repaid);
    assert_eq!(scene.desk.state(scene.pledge), PledgeState::Closed);
}

#[test]
fn a_courts_taking_has_its_days() {
    let mut scene = left(TitleRoad::Ruling);
    let bank = scene.desk.bank;
    let lot = scene.unsold_by_court();
    let (copy, at) = (scene.desk.floor.exchange.clone(), scene.desk.floor.at);
    // Thirty days after the lot's end, and on to the next that works.
    let last = scene.desk.in_days(29);
    scene.desk.floor.until(last);
    scene.desk.made_sale(bank, take(scene.case, lot, bank));
    (scene.desk.floor.exchange, scene.desk.floor.at) = (copy, at);
    let late = scene.desk.in_days(40);
    scene.desk.floor.until(late);
    scene.refuses(bank, take(scene.case, lot, bank), Reject::TakingTooLate);
}

#[test]
fn by_the_venues_rules_the_pledgor_agrees_first() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm, other) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let case = scene.case;
    let rights = scene.rights.clone();
    let terms = scene
        .desk
        .lot_terms(&rights, |terms| terms.reserve = Some(yuan(110_000_000)));
    let lot = scene.desk.announce(bank, terms);
    scene.refuses(firm, agree_taking(case, lot), Reject::NotUnsold);
    let closed = scene.desk.in_days(4);
    scene.desk.floor.until(closed);
    // No default moves a title by itself (民法典 428).
    scene.refuses(bank, take(case, lot, bank), Reject::TakingNotAgreed);
    scene.refuses(bank, take(case, lot, other), Reject::UnknownAccount);
    scene.refuses(other, take(case, lot, other), Reject::UnknownDisposal);
    scene.refuses(bank, agree_taking(case, lot), Reject::NotAParty);
    scene.refuses(other, agree_taking(case, lot), Reject::UnknownDisposal);
    scene.desk.floor.must(firm.user, agree_taking(case, lot));
    assert_eq!(scene.desk.taking(lot).price, yuan(110_000_000));
    let sale = scene.desk.made_sale(bank, take(case, lot, bank));
    assert_eq!(scene.desk.told_sale(sale).price, Some(yuan(110_000_000)));
    scene.refuses(firm, agree_taking(case, lot), Reject::StateForbids);
    scene.refuses(bank, take(case, lot, bank), Reject::AlreadyOffered);
    // Both have signed by what they did; the price is paid, and goes through the waterfall.
    let before = scene.desk.cash(bank);
    scene.delivered(sale, bank);
    assert_eq!(before - scene.desk.cash(bank), 110_000_000);
    scene.desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(
        before - scene.desk.cash(bank),
        10_000_000,
        "the surplus is the pledgor's"
    );
    assert_eq!(scene.desk.lent(scene.loan).state, LoanState::Repaid);
}

#[test]
fn a_taking_that_is_not_paid_for_is_free_again_within_its_days() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm) = (scene.desk.bank, scene.desk.firm);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    let sale = scene.desk.made_sale(bank, take(scene.case, lot, bank));
    let late = scene.desk.in_days(14);
    scene.desk.floor.until(late);
    assert_eq!(scene.desk.told_sale(sale).state, TransferState::Cancelled);
    scene.desk.made_sale(bank, take(scene.case, lot, bank));
}

/// What a bank took, and holds.
fn held() -> (Scene, LotId) {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm) = (scene.desk.bank, scene.desk.firm);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    let sale = scene.desk.made_sale(bank, take(scene.case, lot, bank));
    scene.delivered(sale, bank);
    scene.desk.floor.must(bank.user, distribute(scene.case, sale, |_| {}));
    (scene, lot)
}

#[test]
fn what_a_bank_took_it_is_told_to_sell_on_before_two_years_are_over_and_when_they_are() {
    let (mut scene, lot) = held();
    let taking = scene.desk.taking(lot);
    let by = taking.sell_by.expect("a bank has to");
    assert_eq!(by.nominal, scene.desk.day().plus_months(24));
    assert!(!taking.warned && !by.late);
    scene.desk.floor.until(Date(by.nominal.0 - 91));
    assert!(!scene.desk.taking(lot).warned);
    scene.desk.floor.until(Date(by.nominal.0 - 90));
    assert!(scene.desk.taking(lot).warned);
    scene.desk.floor.until(by.nominal);
    assert!(!scene.desk.taking(lot).sell_by.unwrap().late);
    scene.desk.floor.until(by.nominal.next());
    assert!(scene.desk.taking(lot).sell_by.unwrap().late);
}

#[test]
fn selling_it_on_ends_the_clock() {
    let (mut scene, lot) = held();
    let (bank, buyer) = (scene.desk.bank, scene.desk.other_firm);
    let right = scene.rights[0];
    let firm_user = crate::floor::grants::user(&mut scene.desk.floor, bank.entity, protocol::party::Roles::FIRM);
    scene.desk.floor.must(
        OPERATOR,
        Command::VerifyAsset(Box::new(crate::floor::titles::verify(right))),
    );
    let later = scene.desk.in_days(30);
    scene.desk.floor.until(later);
    let terms = terms_of(&[right], bank);
    let sale = scene.desk.made_sale(
        Party {
            user: firm_user,
            ..bank
        },
        Command::ListTransfer(Box::new(terms)),
    );
    scene.desk.floor.must(buyer.user, express(sale, buyer));
    scene
        .desk
        .floor
        .must(OPERATOR, crate::floor::sales::qualify(sale, buyer.entity, true));
    let disclosed = scene.desk.in_days(9);
    scene.desk.floor.until(disclosed);
    scene
        .desk
        .floor
        .must(buyer.user, crate::floor::sales::bid(sale, 100_000));
    for user in [firm_user, buyer.user] {
        scene.desk.floor.must(user, sign(sale, EVIDENCE));
    }
    scene.desk.floor.must(buyer.user, fund(sale));
    scene.desk.floor.must(firm_user, file(sale));
    scene.desk.floor.must(OPERATOR, answer(sale, None));
    let taking = scene.desk.taking(lot);
    assert_eq!(taking.state, TakingState::SoldOn);
    assert!(taking.assets.is_empty());
    let end = taking.sell_by.unwrap().nominal.next();
    scene.desk.floor.until(end);
    assert!(!scene.desk.taking(lot).sell_by.unwrap().late);
}

#[test]
fn a_lot_that_somebody_won_leaves_nothing_to_take() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm, buyer) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let rights = scene.rights.clone();
    let terms = scene.desk.lot_terms(&rights, |_| {});
    let lot = scene.desk.announce(bank, terms);
    let opens = scene.desk.in_days(2);
    scene.desk.floor.until(opens);
    scene.desk.floor.must(buyer.user, enter(lot, buyer));
    scene.desk.floor.must(buyer.user, bid(lot, 100_000_000));
    let closed = scene.desk.in_days(2);
    scene.desk.floor.until(closed);
    scene.refuses(firm, agree_taking(scene.case, lot), Reject::NotUnsold);
    scene.desk.floor.must(buyer.user, Command::PayLot(PayLot { lot }));
    scene.refuses(bank, take(scene.case, lot, bank), Reject::NotUnsold);
}

#[test]
fn a_lot_of_before_the_case_counts_for_nothing() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let (bank, firm) = (desk.bank, desk.firm);
    let id = desk.put_in_force(loan, &rights, desk.other_firm);
    let first = desk.in_disposal(loan);
    let lot = desk.unsold(&rights);
    desk.floor.must(bank.user, end(first));
    let again = crate::floor::disposals::opening(loan, |_| {});
    let case = crate::floor::disposals::opened(&mut desk.floor, bank.user, again);
    assert_eq!(desk.floor.try_(bank.user, exercise(id, lot)), Err(Reject::NotUnsold));
    let agreed = desk.floor.try_(firm.user, agree_taking(case, lot));
    assert_eq!(agreed, Err(Reject::NotUnsold));
}

#[test]
fn puts_and_takings_are_saved_and_loaded() {
    let (scene, lot) = held();
    let saved = scene.desk.floor.exchange.save();
    let loaded = engine::Exchange::<engine::book::PlainBook>::load(&saved).unwrap();
    assert_eq!(loaded.state_hash(), scene.desk.floor.exchange.state_hash());
    assert_eq!(scene.desk.taking(lot).state, TakingState::Held);
}

/// The firm's right is pledged to the other bank too, which ranks behind.
fn pledged_behind(desk: &mut Desk<FastBook>, right: AssetId) -> PledgeId {
    let second = desk.other_bank.user;
    let loan = lent(desk.other_bank, desk.firm, |_| {});
    let loan = made_loan(&mut desk.floor, second, loan);
    let application = desk.application(loan, &[right]);
    let pledge = filed(&mut desk.floor, second, application);
    desk.floor.must(OPERATOR, recorded(pledge));
    pledge
}

/// The holder of the claim takes what the lot left only as it was announced, and while all who are asked still agree.
#[test]
fn what_was_asked_of_a_lot_is_asked_again_of_who_takes_what_it_left() {
    let mut desk = Desk::new();
    let (bank, firm, second) = (desk.bank, desk.firm, desk.other_bank);
    desk.floor.cash_in(bank.account, 1_000_000_000);
    let other = desk.floor.party(CODES[4], Roles::FIRM.with(Roles::TRADER));
    let mark = desk.floor.right(firm.entity, "TM1", |right| {
        trademark(right);
        owned_by(&[firm, other])(right);
    });
    for act in [Act::Pledge, Act::Transfer] {
        desk.floor.must(other.user, grants::consent(mark, act));
    }
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.pledged(loan, mark);
    let behind = pledged_behind(&mut desk, mark);
    let agrees = || consent(behind, PledgeAct::Transfer, |_| {});
    desk.floor.must(second.user, agrees());
    desk.floor.must(OPERATOR, crate::pledges::valued(mark, 120_000_000));
    let case = desk.in_disposal(loan);
    let lot = desk.unsold(&[mark]);
    desk.floor.must(firm.user, agree_taking(case, lot));
    let mut scene = Scene {
        desk,
        rights: vec![mark],
        loan,
        pledge,
        put: PutId(0),
        case,
    };
    let shares = |parts: [u32; 2]| {
        let mut verified = verify(mark);
        verified.owners = vec![share(firm, parts[0]), share(other, parts[1])];
        Command::VerifyAsset(Box::new(verified))
    };
    let takes = |scene: &mut Scene, reject| scene.refuses(bank, take(case, lot, bank), reject);
    // The register tells of other parts than were announced.
    scene.desk.floor.must(OPERATOR, shares([2, 1]));
    takes(&mut scene, Reject::LotOfRightsInvalid);
    scene.desk.floor.must(OPERATOR, shares([1, 1]));
    // A co-owner does not agree any more.
    let gone = WithdrawConsent {
        asset: mark,
        act: Act::Transfer,
    };
    scene.desk.floor.must(other.user, Command::WithdrawConsent(gone));
    takes(&mut scene, Reject::CoOwnerConsent);
    scene.desk.floor.must(other.user, grants::consent(mark, Act::Transfer));
    // Nor does who ranks behind.
    scene.desk.floor.must(second.user, revoke(behind, PledgeAct::Transfer));
    takes(&mut scene, Reject::ConsentRevoked);
    scene.desk.floor.must(second.user, agrees());
    // The debtor's reorganisation holds its pledgees back.
    let today = scene.desk.day();
    let stays = |lifted| bankrupt(loan, Bankruptcy::Reorganisation, today, lifted);
    scene.desk.floor.must(bank.user, stays(false));
    takes(&mut scene, Reject::Stayed);
    scene.desk.floor.must(bank.user, stays(true));
    scene.desk.made_sale(bank, take(case, lot, bank));
}

/// 商标法 42: marks that are linked pass together.
#[test]
fn a_mark_that_was_linked_since_its_lot_is_not_put_to_the_fund_alone() {
    let mut desk = Desk::new();
    let (bank, firm, fund) = (desk.bank, desk.firm, desk.other_firm);
    let [mark, linked] = ["TM1", "TM2"].map(|name| desk.floor.right(firm.entity, name, trademark));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.pledged(loan, mark);
    desk.floor.must(OPERATOR, crate::pledges::valued(mark, 120_000_000));
    let id = desk.put_in_force(loan, &[mark], fund);
    desk.in_disposal(loan);
    let lot = desk.unsold(&[mark]);
    let link = LinkMarks {
        assets: vec![mark, linked],
    };
    let (exchange, at) = (desk.floor.exchange.clone(), desk.floor.at);
    desk.made_sale(bank, exercise(id, lot));
    (desk.floor.exchange, desk.floor.at) = (exchange, at);
    desk.floor.must(OPERATOR, Command::LinkMarks(Box::new(link)));
    let refused = desk.floor.try_(bank.user, exercise(id, lot));
    assert_eq!(refused, Err(Reject::BundleIncomplete));
}

/// 拍卖变卖财产规定 28: a court sells without the pledgees, and its lot stood on the valuation, not what it left.
#[test]
fn a_court_s_applicant_takes_without_the_other_pledgee_s_word_and_after_the_valuation_has_run_out() {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.floor.cash_in(bank.account, 1_000_000_000);
    let mark = desk.floor.right(firm.entity, "TM1", trademark);
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.pledged(loan, mark);
    pledged_behind(&mut desk, mark);
    let case = desk.case_by(loan, |asked| asked.road = Some(TitleRoad::Ruling));
    let mut scene = Scene {
        desk,
        rights: vec![mark],
        loan,
        pledge,
        put: PutId(0),
        case,
    };
    let good_until = scene.desk.in_days(10);
    let lot = scene.unsold_by_court_valued(good_until);
    scene.desk.made_sale(bank, take(case, lot, bank));
}

#[test]
fn who_holds_a_part_of_the_claim_and_does_not_act_for_it_has_no_word_in_a_put() {
    let mut desk = Desk::new();
    let (bank, firm, buyer, silent) = (desk.bank, desk.firm, desk.other_firm, desk.other_bank);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        loan.creditors = vec![share(bank, 60), share(silent, 40)];
    });
    desk.pledged(loan, right);
    desk.floor
        .must(OPERATOR, crate::floor::pledges::valued(right, 120_000_000));
    let asked = put(loan, &[right], buyer, desk.in_days(1_000), |_| {});
    let id = made_put(&mut desk.floor, bank, asked);
    let refused = |desk: &mut Desk<FastBook>, command| {
        assert_eq!(desk.floor.try_(silent.user, command), Err(Reject::NotAParty));
    };
    refused(&mut desk, sign_put(id));
    refused(&mut desk, end_put(id));
    for by in [buyer, firm] {
        desk.floor.must(by.user, sign_put(id));
    }
    refused(&mut desk, end_put(id));
    desk.floor.must(bank.user, end_put(id));
    assert_eq!(desk.put(id).evidence, Some(EVIDENCE), "on which paper it was ended");
}

#[test]
fn a_put_may_be_of_the_least_share_until_today_and_brings_a_fen_for_each_right() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let (bank, buyer, today) = (desk.bank, desk.other_firm, desk.in_days(0));
    let least = put(loan, &rights, buyer, today, |asked| asked.share = BasisPoints(1));
    made_put(&mut desk.floor, bank, least);
    // Half of two fen is one.
    let least = put(loan, &rights, buyer, today, |asked| {
        asked.rights[0].valued = Some(LendingValue {
            value: yuan(2),
            evidence: EVIDENCE,
        });
    });
    made_put(&mut desk.floor, bank, least);
    // The venue may bound the share by the whole value.
    desk.floor
        .must(OPERATOR, buyer_rules(|rules| rules.put_share_max = BasisPoints(10_000)));
    let whole = put(loan, &rights, buyer, today, |asked| asked.share = BasisPoints(10_000));
    made_put(&mut desk.floor, bank, whole);
}

#[test]
fn technology_is_put_to_nobody_from_abroad_before_export_control_lets_it_go() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let bank = desk.bank;
    let fund = foreigner(&mut desk.floor, 1, Roles::FUND.with(Roles::FIRM));
    let id = desk.put_in_force(loan, &rights, fund);
    desk.in_disposal(loan);
    let lot = desk.unsold(&rights);
    let refused = desk.floor.try_(bank.user, exercise(id, lot));
    assert_eq!(refused, Err(Reject::ExportCheckRequired));
    desk.floor.must(OPERATOR, export_check(rights[0], fund.entity, true));
    desk.made_sale(bank, exercise(id, lot));
}

#[test]
fn technology_is_taken_by_nobody_from_abroad_before_export_control_lets_it_go() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm, right) = (scene.desk.bank, scene.desk.firm, scene.rights[0]);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    scene.desk.floor.must(OPERATOR, describe(bank.entity, "US", &[]));
    scene.refuses(bank, take(scene.case, lot, bank), Reject::ExportCheckRequired);
    scene.desk.floor.must(OPERATOR, export_check(right, bank.entity, true));
    scene.desk.made_sale(bank, take(scene.case, lot, bank));
}

#[test]
fn a_creditor_that_holds_for_a_buyer_that_did_not_pay_takes_nothing() {
    let mut scene = Scene::new();
    let (bank, firm, buyer) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let lot = scene.desk.unsold(&scene.rights.clone());
    let sale = scene.exercised(lot);
    scene.desk.floor.must(bank.user, sign(sale, PUT_CONTRACT));
    let late = scene.desk.in_days(20);
    scene.desk.floor.until(late);
    assert_eq!(scene.desk.told_sale(sale).state, TransferState::Cancelled);
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    scene
        .desk
        .floor
        .must(OPERATOR, describe(bank.entity, "CN", &[buyer.entity]));
    scene.refuses(bank, take(scene.case, lot, bank), Reject::BarredDefaulter);
    scene.desk.floor.must(OPERATOR, describe(bank.entity, "CN", &[]));
    scene.desk.made_sale(bank, take(scene.case, lot, bank));
}

#[test]
fn a_creditor_pays_for_what_it_takes_from_its_own_account() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm) = (scene.desk.bank, scene.desk.firm);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    // The venue's own people read every account; where it holds a claim they pay from its own all the same.
    let venue = Party {
        entity: protocol::EntityId(0),
        user: user(
            &mut scene.desk.floor,
            protocol::EntityId(0),
            Roles::OPERATOR.with(Roles::BANK),
        ),
        ..firm
    };
    scene.desk.floor.must(bank.user, assign(scene.loan, venue, None, false));
    scene.refuses(venue, take(scene.case, lot, firm), Reject::NotYourAccount);
}

#[test]
fn each_pledgor_agrees_to_the_taking_of_its_own_rights() {
    let mut desk = Desk::new();
    let (bank, firm, third) = (desk.bank, desk.firm, desk.other_firm);
    let own = desk.patent("US1");
    let given = desk.floor.right(third.entity, "US2", |_| {});
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.pledged(loan, own);
    let mut asked = application(loan, third, &[given]);
    asked.intake.kind = PledgorKind::Person;
    desk.recorded(asked);
    for right in [own, given] {
        desk.floor
            .must(OPERATOR, crate::floor::pledges::valued(right, 120_000_000));
    }
    let signers = [bank.user, firm.user, third.user];
    agreed(&mut desk.floor, loan, &plan(&[bank, firm, third]), &signers);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let case = opened(&mut desk.floor, bank.user, opening(loan, |_| {}));
    let terms = desk.lot_terms(&[given], |terms| terms.account = third.account);
    let lot = desk.announce(bank, terms);
    let closed = desk.in_days(4);
    desk.floor.until(closed);
    let agrees = desk.floor.try_(firm.user, agree_taking(case, lot));
    assert_eq!(agrees, Err(Reject::NotAParty));
    desk.floor.must(third.user, agree_taking(case, lot));
}

#[test]
fn a_bank_is_told_at_once_to_sell_on_what_ends_within_the_days_of_its_warning() {
    for (days, warned) in [(90, true), (91, false)] {
        let mut scene = left(TitleRoad::Mandate);
        let (bank, firm) = (scene.desk.bank, scene.desk.firm);
        let lot = scene.desk.unsold(&scene.rights.clone());
        scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
        let sale = scene.desk.made_sale(bank, take(scene.case, lot, bank));
        let ends = scene.desk.in_days(days);
        scene.desk.floor.must(OPERATOR, dues(scene.rights[0], None, Some(ends)));
        scene.delivered(sale, bank);
        let taking = scene.desk.taking(lot);
        assert_eq!(taking.state, TakingState::Held);
        // No right is sold on once it has ended.
        assert_eq!(taking.sell_by.expect("a bank has to").nominal, ends);
        assert_eq!(taking.warned, warned, "{days} days before");
    }
}

#[test]
fn who_is_no_bank_keeps_what_it_took() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm, other) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    scene.desk.floor.must(bank.user, assign(scene.loan, other, None, false));
    let sale = scene.desk.made_sale(other, take(scene.case, lot, other));
    let floor = &mut scene.desk.floor;
    floor.must(other.user, fund(sale));
    floor.must(other.user, release(scene.case, sale));
    floor.must(other.user, file(sale));
    floor.must(OPERATOR, answer(sale, None));
    let taking = scene.desk.taking(lot);
    assert_eq!((taking.state, taking.sell_by), (TakingState::Held, None));
}

#[test]
fn who_took_is_told_how_it_stands_though_the_claim_has_passed_on() {
    let mut scene = left(TitleRoad::Mandate);
    let (bank, firm, other) = (scene.desk.bank, scene.desk.firm, scene.desk.other_bank);
    let lot = scene.desk.unsold(&scene.rights.clone());
    scene.desk.floor.must(firm.user, agree_taking(scene.case, lot));
    let sale = scene.desk.made_sale(bank, take(scene.case, lot, bank));
    scene.desk.floor.must(bank.user, assign(scene.loan, other, None, false));
    let floor = &mut scene.desk.floor;
    floor.must(bank.user, fund(sale));
    floor.must(other.user, release(scene.case, sale));
    floor.must(other.user, file(sale));
    let first = floor.events.len();
    floor.must(OPERATOR, answer(sale, None));
    let told = floor.records(first).into_iter();
    let told: Vec<_> = told
        .filter(|changed| matches!(&changed.record, Record::Taking(taking) if taking.lot == lot))
        .collect();
    assert_eq!(told.len(), 1);
    for party in [bank, firm, other] {
        assert!(told[0].readers.has(party.entity));
    }
}
