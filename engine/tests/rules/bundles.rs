//! Rights of different lenders are sold as one: price and costs are told apart by appraisal, and each part has its own
//! waterfall, by its own plan (PLEDGES.md 2.8, 4).

use crate::{
    disposals::{lot_state, sale_state, value},
    floor::{
        CODES, OPERATOR, Party,
        disposals::{agree, agreed, below, correct, distribute, end, in_disposal, opened, opening, plan, release},
        pledges::{Desk, application, cure, default, filed, free_of_interest, lent, made_loan, recorded},
        room::{bid as bid_lot, enter},
        sales::{answer, file},
        titles::trademark,
        yuan,
    },
    pledge_consents::{consent, revoke},
};
use engine::book::{FastBook, PlainBook};
use protocol::{
    AssetId, BasisPoints, Command, Date, DisposalId, LoanId, LotId, PledgeId, Reject, TransferId,
    auction::{LotState, PayLot, SettleDefault},
    disposal::DisposalState,
    party::Roles,
    plan::{Claims, CostKind, Payee, SaleCost},
    pledge::{DefaultCause, LoanState, PledgeAct, PledgeState},
    text::Name,
    transfer::{TransferRefusal, TransferState},
};

/// A right of the firm, and the case in which a lender disposes of it.
#[derive(Clone, Copy)]
struct Side {
    lender: Party,
    right: AssetId,
    loan: LoanId,
    pledge: PledgeId,
    case: DisposalId,
}

/// Two patents of the firm that are disposed of for two lenders of a million each, valued at 900,000 and 600,000 yuan.
fn two_lenders() -> (Desk<FastBook>, [Side; 2]) {
    let (mut desk, sides) = unvalued();
    for (side, minor) in sides.iter().zip([90_000_000, 60_000_000]) {
        value(&mut desk, side.right, minor);
    }
    (desk, sides)
}

fn unvalued() -> (Desk<FastBook>, [Side; 2]) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let sides = [(desk.bank, "US1"), (desk.other_bank, "US2")].map(|(lender, name)| {
        let right = desk.patent(name);
        let (loan, pledge) = lent_on(&mut desk, lender, right);
        let case = in_disposal(&mut desk.floor, loan, (lender, desk.firm));
        Side {
            lender,
            right,
            loan,
            pledge,
            case,
        }
    });
    (desk, sides)
}

/// A loan of a lender without interest, with a recorded pledge of a right of the firm.
fn lent_on(desk: &mut Desk<FastBook>, lender: Party, right: AssetId) -> (LoanId, PledgeId) {
    let asked = lent(lender, desk.firm, |loan| free_of_interest(&mut loan.terms));
    let loan = made_loan(&mut desk.floor, lender.user, asked);
    let pledge = application(loan, desk.firm, &[right]);
    let pledge = filed(&mut desk.floor, lender.user, pledge);
    desk.floor.must(OPERATOR, recorded(pledge));
    (loan, pledge)
}

fn consent_of(desk: &mut Desk<FastBook>, side: Side) {
    let agrees = consent(side.pledge, PledgeAct::Bundle, |_| {});
    desk.floor.must(side.lender.user, agrees);
}

/// The rights of both.
fn both(sides: &[Side; 2]) -> [AssetId; 2] {
    sides.map(|side| side.right)
}

impl Desk<FastBook> {
    /// A sale of both whose price is held.
    fn bundle_funded(&mut self, sides: &[Side; 2], price: i64) -> TransferId {
        for side in sides {
            consent_of(self, *side);
        }
        let sale = self.offered_by(OPERATOR, &both(sides));
        self.funded(sale, price)
    }
}

#[test]
fn each_lender_releases_against_its_part_and_pays_it_out_by_its_own_plan() {
    let (mut desk, sides) = two_lenders();
    let [first, second] = sides;
    let (firm, before) = (desk.firm, desk.cash_of(desk.firm));
    let sale = desk.bundle_funded(&sides, 160_000_001);
    // One release is not enough, and is of its own case.
    desk.floor.must(first.lender.user, release(first.case, sale));
    desk.is_refused(first.lender, file(sale), Reject::ReleaseMissing);
    desk.is_refused(first.lender, release(second.case, sale), Reject::UnknownDisposal);
    desk.floor.must(second.lender.user, release(second.case, sale));
    desk.floor.must(first.lender.user, file(sale));
    // What a right is appraised at since changes nothing.
    value(&mut desk, first.right, 1_000_000);
    for side in sides {
        let early = distribute(side.case, sale, |_| {});
        desk.is_refused(side.lender, early, Reject::DistributedBeforeRecorded);
    }
    desk.floor.must(OPERATOR, answer(sale, None));
    // 1,600,000.01 by 9 : 6 is 960,000.006 and 640,000.004: the first has the fen.
    let parts = [96_000_001, 64_000_000];
    for ((place, side), price) in (0..).zip(sides).zip(parts) {
        let told = desk.case(side.case).sales;
        assert_eq!((told.len(), told[0].part, told[0].price), (1, place, yuan(price)));
        assert_eq!(told[0].assets, [side.right]);
        let share = told[0].bundle.unwrap();
        assert_eq!(share.price, yuan(160_000_001));
        assert_eq!(share.appraised_in_all, yuan(150_000_000));
        assert!(desk.case(side.case).holds());
    }
    assert_eq!(desk.cash_of(firm), (before.0, before.1 + 160_000_001));
    // Both parts are held apart, and a state that is read holds them so.
    let saved = desk.floor.exchange.save();
    let loaded = engine::Exchange::<PlainBook>::load(&saved).unwrap();
    assert_eq!(loaded.state_hash(), desk.floor.exchange.state_hash());

    for (side, price) in sides.into_iter().zip(parts) {
        let cash = desk.cash_of(side.lender).0;
        desk.floor.must(side.lender.user, distribute(side.case, sale, |_| {}));
        let debt = price.min(100_000_000);
        assert_eq!(desk.cash_of(side.lender).0 - cash, debt);
        assert_eq!(desk.lent(side.loan).outstanding, yuan(100_000_000 - debt));
        assert_eq!(desk.state(side.pledge), PledgeState::Closed);
        assert_eq!(desk.case(side.case).state, DisposalState::Closed);
        assert_eq!(desk.distribution(sale).statement.gross, yuan(price));
        let again = distribute(side.case, sale, |_| {});
        desk.is_refused(side.lender, again, Reject::AlreadyDistributed);
    }
    assert_eq!(desk.cash_of(firm), before);
}

#[test]
fn rights_of_several_lenders_are_sold_as_one_where_each_is_valued_and_every_lender_agreed() {
    let (mut desk, sides) = unvalued();
    let [first, second] = sides;
    let offer = desk.listing(&both(&sides), |_| {});
    // A lender knows nothing of another's right: the venue sells for both.
    desk.is_refused(first.lender, offer.clone(), Reject::UnknownAsset);
    let refused = |desk: &mut Desk<FastBook>, offer: &Command, reject| {
        assert_eq!(desk.floor.try_(OPERATOR, offer.clone()), Err(reject));
    };
    let free = desk.patent("US9");
    let mixed = desk.listing(&[first.right, free], |_| {});
    refused(&mut desk, &mixed, Reject::UnderDisposal);
    value(&mut desk, first.right, 90_000_000);
    refused(&mut desk, &offer, Reject::ValuationMissing);
    value(&mut desk, second.right, 60_000_000);
    refused(&mut desk, &offer, Reject::LenderConsentMissing);
    consent_of(&mut desk, second);
    // One lender's word is not another's.
    refused(&mut desk, &offer, Reject::LenderConsentMissing);
    consent_of(&mut desk, first);
    let revoked = revoke(second.pledge, PledgeAct::Bundle);
    desk.floor.must(second.lender.user, revoked);
    refused(&mut desk, &offer, Reject::LenderConsentMissing);
    // A consent to less than is asked is none.
    let dear = consent(second.pledge, PledgeAct::Bundle, |asked| {
        asked.floor = Some(yuan(120_000_001));
    });
    desk.floor.must(second.lender.user, dear);
    refused(&mut desk, &offer, Reject::LenderConsentMissing);
    consent_of(&mut desk, second);
    desk.floor.must(OPERATOR, offer);
}

#[test]
fn a_bundle_ends_with_a_consent_with_a_cure_and_with_a_case() {
    for what in ["revoked", "cured", "given up", "stayed"] {
        let (mut desk, sides) = two_lenders();
        let [first, second] = sides;
        for side in sides {
            consent_of(&mut desk, side);
        }
        let sale = desk.offered_by(OPERATOR, &both(&sides));
        let command = match what {
            "revoked" => revoke(second.pledge, PledgeAct::Bundle),
            "cured" => cure(second.loan),
            "given up" => end(second.case),
            _ => {
                let day = desk.today();
                let kind = protocol::disposal::Bankruptcy::Reorganisation;
                crate::floor::disposals::bankrupt(second.loan, kind, day, false)
            }
        };
        desk.floor.must(second.lender.user, command);
        assert_eq!(sale_state(&desk, sale), TransferState::Cancelled, "{what}");
        assert_eq!(desk.case(first.case).state, DisposalState::Open, "{what}");
        // The other goes on alone.
        desk.offered(&[first.right]);
    }
}

#[test]
fn a_lot_of_several_lenders_ends_with_a_cure_and_once_it_runs_no_case_of_it_is_cured() {
    let (mut desk, sides) = two_lenders();
    for side in sides {
        consent_of(&mut desk, side);
    }
    let lot = desk.announced_by(OPERATOR, &both(&sides), |_| {});
    let copy = desk.floor.exchange.clone();
    desk.floor.must(sides[1].lender.user, cure(sides[1].loan));
    assert_eq!(lot_state(&desk, lot), LotState::Withdrawn);
    desk.floor.exchange = copy;
    let today = desk.today();
    desk.floor.until(Date(today.0 + 2));
    for side in sides {
        desk.is_refused(side.lender, cure(side.loan), Reject::CureTooLate);
    }
}

#[test]
fn a_refusal_of_the_office_gives_back_the_whole_price_and_no_pledge_is_touched() {
    let (mut desk, sides) = two_lenders();
    let buyer = desk.other_firm;
    let before = desk.cash_of(buyer);
    let sale = desk.bundle_funded(&sides, 150_000_000);
    for side in sides {
        desk.floor.must(side.lender.user, release(side.case, sale));
    }
    desk.floor.must(sides[0].lender.user, file(sale));
    desk.floor
        .must(OPERATOR, answer(sale, Some(TransferRefusal::WrongOwner)));
    assert_eq!(desk.cash_of(buyer), before);
    for side in sides {
        assert_eq!(desk.state(side.pledge), PledgeState::Disposing);
        assert!(!desk.case(side.case).holds());
        assert_eq!(desk.case(side.case).state, DisposalState::Open);
    }
    // The releases were of that sale alone; either lender may sell next.
    let again = desk.offered_by(OPERATOR, &both(&sides));
    desk.funded(again, 150_000_000);
    desk.is_refused(sides[1].lender, file(again), Reject::ReleaseMissing);
}

#[test]
fn a_debt_that_is_paid_after_the_match_leaves_its_part_to_the_owner() {
    let (mut desk, sides) = two_lenders();
    let [first, second] = sides;
    let sale = desk.bundle_funded(&sides, 150_000_000);
    let day = desk.today();
    let paid = crate::floor::pledges::repay(second.loan, yuan(100_000_000), day);
    desk.floor.must(second.lender.user, paid);
    assert_eq!(desk.case(second.case).state, DisposalState::Open);
    for side in sides {
        desk.floor.must(side.lender.user, release(side.case, sale));
    }
    desk.floor.must(first.lender.user, file(sale));
    desk.floor.must(OPERATOR, answer(sale, None));
    for (side, surplus) in [(first, 0), (second, 60_000_000)] {
        desk.floor.must(side.lender.user, distribute(side.case, sale, |_| {}));
        assert_eq!(desk.distribution(sale).statement.surplus, yuan(surplus));
    }
    assert_eq!(desk.lent(first.loan).state, LoanState::Default);
}

#[test]
fn each_part_of_a_price_reaches_its_own_floor() {
    let mut desk = Desk::new();
    let lenders = [(desk.bank, "US1", 8_000), (desk.other_bank, "US2", 9_000)];
    let sides = lenders.map(|(lender, name, floor)| {
        let right = desk.patent(name);
        let (loan, pledge) = lent_on(&mut desk, lender, right);
        let signers = [lender.user, desk.firm.user];
        agreed(&mut desk.floor, loan, &plan(&[lender, desk.firm]), &signers);
        desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
        let floored = opening(loan, |asked| asked.floor = BasisPoints(floor));
        let case = opened(&mut desk.floor, lender.user, floored);
        let side = Side {
            lender,
            right,
            loan,
            pledge,
            case,
        };
        value(&mut desk, right, 100_000_000);
        consent_of(&mut desk, side);
        side
    });
    let asking = |desk: &Desk<FastBook>, minor| desk.listing(&both(&sides), |terms| terms.ask = yuan(minor));
    // 90 % of the second's value is 900,000: what is asked for both is told apart alike.
    let low = asking(&desk, 179_999_999);
    assert_eq!(desk.floor.try_(OPERATOR, low.clone()), Err(Reject::BelowMarket));
    desk.floor.must(desk.firm.user, below(sides[0].case, yuan(1)));
    assert_eq!(desk.floor.try_(OPERATOR, low.clone()), Err(Reject::BelowMarket));
    desk.floor.must(desk.firm.user, below(sides[1].case, yuan(89_999_999)));
    desk.floor.must(OPERATOR, low);
}

#[test]
fn one_case_has_a_waterfall_for_each_set_of_pledges() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let (bank, other, firm) = (desk.bank, desk.other_bank, desk.firm);
    let marks = ["TM1", "TM2", "TM3"].map(|name| desk.floor.right(firm.entity, name, trademark));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.recorded(desk.application(loan, &marks));
    // Behind the bank another lender stands on the second alone.
    let (behind, junior) = lent_on(&mut desk, other, marks[1]);
    let case = desk.in_disposal(loan);
    let listing = desk.listing(&marks, |_| {});
    desk.is_refused(bank, listing.clone(), Reject::PledgeConsentRequired);
    desk.floor.must(other.user, consent(junior, PledgeAct::Bundle, |_| {}));
    desk.is_refused(bank, listing, Reject::ValuationMissing);
    for (mark, minor) in marks.into_iter().zip([70_000_000, 60_000_000, 20_000_000]) {
        value(&mut desk, mark, minor);
    }
    let sale = desk.recorded_sale(case, &marks, 150_000_000);
    let told = desk.case(case).sales;
    let parts: Vec<_> = told
        .iter()
        .map(|sale| (sale.part, sale.price, sale.assets.clone()))
        .collect();
    assert_eq!(
        parts,
        [
            (0, yuan(90_000_000), vec![marks[0], marks[2]]),
            (1, yuan(60_000_000), vec![marks[1]]),
        ]
    );
    // The part may be named, and what is paid out is named by its own.
    let unknown = distribute(case, sale, |asked| asked.part = Some(2));
    desk.is_refused(bank, unknown, Reject::UnknownTransfer);
    let (at_bank, at_other) = (desk.cash_of(bank).0, desk.cash_of(other).0);
    desk.floor
        .must(bank.user, distribute(case, sale, |asked| asked.part = Some(0)));
    assert_eq!(desk.lent(loan).outstanding, yuan(10_000_000));
    let again = distribute(case, sale, |asked| asked.part = Some(0));
    desk.is_refused(bank, again, Reject::AlreadyDistributed);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.cash_of(bank).0 - at_bank, 100_000_000);
    assert_eq!(desk.cash_of(other).0 - at_other, 50_000_000);
    assert_eq!(desk.lent(behind).outstanding, yuan(50_000_000));
    assert_eq!(desk.distribution(sale).part, 1);
    assert_eq!(desk.case(case).state, DisposalState::Closed);
}

#[test]
fn what_a_defaulting_buyer_leaves_reduces_both_debts_by_appraisal() {
    let (mut desk, sides) = two_lenders();
    let buyer = desk.other_firm;
    for side in sides {
        consent_of(&mut desk, side);
    }
    let lot = desk.announced_by(OPERATOR, &both(&sides), |_| {});
    let today = desk.today();
    desk.floor.until(Date(today.0 + 1));
    desk.floor.must(buyer.user, enter(lot, buyer));
    desk.floor.until(Date(today.0 + 2));
    desk.floor.must(buyer.user, bid_lot(lot, 110_000_000));
    desk.floor.until(Date(today.0 + 20));
    assert_eq!(lot_state(&desk, lot), LotState::Defaulted);
    desk.floor.until(Date(today.0 + 420));
    for (side, left) in sides.into_iter().zip([99_400_000, 99_600_000]) {
        assert_eq!(desk.lent(side.loan).outstanding, yuan(left));
    }
}

impl Desk<FastBook> {
    /// A buyer that stands behind nobody here.
    fn another_buyer(&mut self) -> Party {
        let buyer = self.floor.party(CODES[5], Roles::FIRM.with(Roles::TRADER));
        self.floor.cash_in(buyer.account, 1_000_000_000);
        buyer
    }
}

/// Settles a deposit by a resale that cost a thousand yuan.
fn settle(lot: LotId, resale: TransferId) -> Command {
    Command::SettleDefault(SettleDefault {
        lot,
        resale: LotId(resale.0),
        costs: yuan(100_000),
    })
}

#[test]
fn a_defaulting_buyers_deposit_is_shared_out_with_each_case_s_part_of_the_resale() {
    let (mut desk, sides) = two_lenders();
    for side in sides {
        consent_of(&mut desk, side);
    }
    let lot = desk.announced_by(OPERATOR, &both(&sides), |_| {});
    desk.defaulted(lot, 110_000_000);
    let buyer = desk.another_buyer();
    for side in sides {
        desk.floor.must(desk.firm.user, below(side.case, yuan(1)));
    }
    let offered = desk.offered_at(OPERATOR, &both(&sides), 100_000_000);
    let sale = desk.funded_by(buyer, offered, 109_900_001);
    for side in sides {
        desk.floor.must(side.lender.user, release(side.case, sale));
    }
    desk.floor.must(sides[0].lender.user, file(sale));
    desk.floor.must(OPERATOR, answer(sale, None));
    for side in sides {
        let early = distribute(side.case, sale, |_| {});
        desk.is_refused(side.lender, early, Reject::ForfeitUnsettled);
    }
    // Of ten thousand 1,000 go to costs, 999.99 make up the price, 8,000.01 are the debts': each by 9 : 6.
    desk.floor.must(OPERATOR, settle(lot, sale));
    let loaded = engine::Exchange::<PlainBook>::load(&desk.floor.exchange.save()).unwrap();
    assert_eq!(loaded.state_hash(), desk.floor.exchange.state_hash());
    let parts = [(65_940_001, 59_999, 480_001), (43_960_000, 40_000, 320_000)];
    for (side, (price, gap, debt)) in sides.into_iter().zip(parts) {
        let before = desk.cash_of(side.lender).0;
        desk.floor.must(side.lender.user, distribute(side.case, sale, |_| {}));
        let told = desk.distribution(sale);
        let proceeds = (told.proceeds.price, told.proceeds.gap, told.proceeds.debt);
        assert_eq!(proceeds, (yuan(price), Some(yuan(gap)), Some(yuan(debt))));
        assert_eq!(told.statement.gross, yuan(price + gap + debt));
        assert_eq!(desk.cash_of(side.lender).0 - before, price + gap + debt);
        assert_eq!(desk.lent(side.loan).outstanding, yuan(100_000_000 - price - gap - debt));
        assert_eq!(desk.case(side.case).state, DisposalState::Closed);
    }
}

/// One case whose sale of three marks has two parts: another lender stands behind the bank on the second mark alone.
fn of_two_parts(desk: &mut Desk<FastBook>) -> (LoanId, LoanId, DisposalId, [AssetId; 3]) {
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let firm = desk.firm;
    let marks = ["TM1", "TM2", "TM3"].map(|name| desk.floor.right(firm.entity, name, trademark));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.recorded(desk.application(loan, &marks));
    let (behind, junior) = lent_on(desk, desk.other_bank, marks[1]);
    let case = desk.in_disposal(loan);
    let agrees = consent(junior, PledgeAct::Bundle, |_| {});
    desk.floor.must(desk.other_bank.user, agrees);
    for (mark, minor) in marks.into_iter().zip([70_000_000, 60_000_000, 20_000_000]) {
        value(desk, mark, minor);
    }
    (loan, behind, case, marks)
}

#[test]
fn a_deposit_joins_every_part_of_a_case_by_its_price_and_each_part_is_corrected_by_itself() {
    let mut desk = Desk::new();
    let (loan, behind, case, marks) = of_two_parts(&mut desk);
    let bank = desk.bank;
    let lot = desk.announced(&marks);
    desk.defaulted(lot, 101_000_000);
    let buyer = desk.another_buyer();
    desk.floor.must(desk.firm.user, below(case, yuan(1)));
    let offered = desk.offered_at(bank.user, &marks, 100_000_000);
    let sale = desk.funded_by(buyer, offered, 100_500_000);
    // Settled before the title passes: it waits for the parts that it will have.
    desk.floor.must(OPERATOR, settle(lot, sale));
    desk.floor.must(bank.user, release(case, sale));
    desk.floor.must(bank.user, file(sale));
    desk.floor.must(OPERATOR, answer(sale, None));
    let trust = desk.trust();
    let of = |part: u32, costs: i64| {
        distribute(case, sale, |asked| {
            asked.part = Some(part);
            (asked.trust, asked.claims) = (Some(trust), of_costs(costs));
        })
    };
    // 5,000 make up the price and 4,000 are the debt's, by 60.3 : 40.2.
    let parts = [(60_300_000, 300_000, 240_000), (40_200_000, 200_000, 160_000)];
    for ((part, costs), (price, gap, debt)) in [(0, 1_000_000), (1, 2_000_000)].into_iter().zip(parts) {
        desk.floor.must(bank.user, of(part, costs));
        let told = desk.distribution(sale);
        assert_eq!((told.part, told.proceeds.price), (part, yuan(price)));
        assert_eq!(
            (told.proceeds.gap, told.proceeds.debt),
            (Some(yuan(gap)), Some(yuan(debt)))
        );
    }
    // Of 1,014,000 yuan 30,000 are costs: the bank is still owed sixteen thousand, and the other lender all.
    assert_eq!(desk.lent(loan).outstanding, yuan(1_600_000));
    assert_eq!(desk.lent(behind).outstanding, yuan(100_000_000));

    let corrected = |part, costs| {
        correct(case, sale, |asked| {
            asked.part = part;
            (asked.trust, asked.claims) = (Some(trust), of_costs(costs));
        })
    };
    desk.is_refused(bank, corrected(Some(2), 1), Reject::UnknownTransfer);
    desk.is_refused(bank, corrected(None, 1_000_000), Reject::NothingToCorrect);
    desk.is_refused(bank, corrected(Some(1), 2_000_000), Reject::NothingToCorrect);
    // Of the second part ten thousand more were asked, and then of the first five thousand more.
    desk.floor.must(bank.user, corrected(Some(1), 3_000_000));
    desk.is_refused(bank, agree_part(case, sale, Some(0)), Reject::NotAParty);
    let before = desk.cash_of(bank).0;
    desk.floor.must(bank.user, corrected(Some(0), 1_500_000));
    desk.floor.must(bank.user, agree_part(case, sale, Some(1)));
    assert_eq!(desk.correction(sale).part, 1);
    assert_eq!(desk.distribution(sale).part, 1);
    assert_eq!(desk.cash_of(bank).0, before - 1_000_000);
    // None that is named: the one that waits.
    desk.floor.must(bank.user, agree_part(case, sale, None));
    assert_eq!((desk.correction(sale).part, desk.distribution(sale).correction), (0, 1));
    assert_eq!(desk.cash_of(bank).0, before - 1_500_000);
    assert_eq!(desk.lent(loan).outstanding, yuan(3_100_000));
}

/// A cost of the sale that somebody without an account here is paid.
fn of_costs(minor: i64) -> Claims {
    Claims {
        later: vec![Payee::Outsider {
            name: Name::new("评估").unwrap(),
        }],
        costs: vec![SaleCost {
            payee: 2,
            kind: CostKind::Other,
            amount: yuan(minor),
            rate: None,
        }],
        ..Claims::default()
    }
}

fn agree_part(case: DisposalId, sale: TransferId, part: Option<u32>) -> Command {
    let Command::AgreeCorrection(mut asked) = agree(case, sale, 1, true) else {
        unreachable!("it agrees to a correction");
    };
    asked.part = part;
    Command::AgreeCorrection(asked)
}

#[test]
fn the_fee_of_a_lot_is_told_apart_with_its_price() {
    let (mut desk, sides) = two_lenders();
    let buyer = desk.other_firm;
    for side in sides {
        consent_of(&mut desk, side);
    }
    let lot = desk.announced_by(OPERATOR, &both(&sides), |terms| terms.fees.seller = BasisPoints(100));
    let sale = TransferId(lot.0);
    let today = desk.today();
    desk.floor.until(Date(today.0 + 1));
    desk.floor.must(buyer.user, enter(lot, buyer));
    desk.floor.until(Date(today.0 + 2));
    desk.floor.must(buyer.user, bid_lot(lot, 110_000_000));
    desk.floor.until(Date(today.0 + 4));
    desk.floor.must(buyer.user, Command::PayLot(PayLot { lot }));
    for side in sides {
        desk.floor.must(side.lender.user, release(side.case, sale));
    }
    desk.floor.must(sides[1].lender.user, file(sale));
    desk.floor.must(OPERATOR, answer(sale, None));
    for (side, (price, costs)) in sides.into_iter().zip([(66_000_000, 660_000), (44_000_000, 440_000)]) {
        let told = &desk.case(side.case).sales[0];
        assert_eq!((told.price, told.costs), (yuan(price), yuan(costs)));
        let cash = desk.cash_of(side.lender).0;
        desk.floor.must(side.lender.user, distribute(side.case, sale, |_| {}));
        assert_eq!(desk.cash_of(side.lender).0 - cash, price - costs);
    }
}
