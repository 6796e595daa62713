//! From a claim to shares (质权转股; RULES.md 2.7, 7.6; PLEDGES.md 2.7, F8): a bank assigns its claim to who may turn it,
//! shares are issued for what is owed and worth, and the pledge goes once the register shows the holder, not before.

use crate::floor::{
    Fast, Floor, NOBODY, OPERATOR, change,
    conversions::{Claimed, TO_REGISTERED, all_steps, give_up, held, proposed, step, valued, voted, waived},
    day, disposals,
    grants::{EVIDENCE, cash_posted, ladder, user},
    just_before,
    pledges::{
        application, assign, cure, demand, filed, free_of_interest, freed, guarantor, lent as pledges_lent, made_loan,
        pay_guarantee, recorded, release, repaid_by, repay,
    },
    refuses,
    room::ascending,
    sales, yuan,
};
use crate::{pledge_consents::consent, pledges::valued as valuation};
use engine::{
    Exchange,
    book::{Book, FastBook, PlainBook},
};
use protocol::{
    Amount, Bounded, Command, ConversionId, Date, EntityId, Readers, Receipt, Record, Reject, TransferId,
    auction::AnnounceLot,
    claim::{CompanyForm, Converter, EquityOrigin, EquityStep, Excess, Guarantor},
    disposal::{Bankruptcy, DisposalState},
    equity::{
        ConversionState, ConversionStep, Invested, Issuer, IssuingOutsider, IssuingParticipant, ProposeConversion,
    },
    party::Roles,
    plan::PayerKind,
    pledge::{DemandKind, LoanState, PledgeAct, PledgeState, RegisterLoan},
    time::DAY,
    title::AssetChange,
};

const ISSUED: ConversionStep = ConversionStep::Issued {};
const REGISTERED: ConversionStep = ConversionStep::Registered {};
const RELEASED: ConversionStep = ConversionStep::PledgeReleased {};
const DISPOSED: ConversionStep = ConversionStep::Disposed {};

/// 1,642,312.57 yuan, without interest (RULES.md 7.6).
fn of_the_rule_book(asked: &mut RegisterLoan) {
    lent(164_231_257)(asked);
}

fn lent(minor: i64) -> impl FnOnce(&mut RegisterLoan) {
    move |asked| {
        asked.terms.principal = yuan(minor);
        free_of_interest(&mut asked.terms);
    }
}

fn cn() -> Fast {
    Floor::cn_venue()
}

fn on_fund(change: impl FnOnce(&mut RegisterLoan)) -> Claimed<FastBook> {
    Claimed::of_fund(cn(), change)
}

#[test]
fn a_bank_assigns_its_claim_and_who_bought_it_turns_it_into_shares() {
    let mut of = on_fund(of_the_rule_book);
    assert_eq!(of.desk.pledge(of.pledge).pledgees[0].entity, of.fund.entity);
    let first = of.desk.floor.events.len();
    let id = of.propose(|_| {});
    assert_eq!(of.state(), DisposalState::Converting);
    let steps = all_steps(120_000_000);
    for step in &steps[..4] {
        of.go(id, std::slice::from_ref(step));
        assert_eq!(of.desk.lent(of.loan).outstanding, yuan(164_231_257));
    }
    let issued = of.deal(id).issued.unwrap();
    // Not 821,156: a contribution is not valued above its worth (公司法 48).
    assert_eq!((issued.shares, issued.stake), (600_000, 56_603));
    assert_eq!((issued.owed, issued.paid), (yuan(164_231_257), yuan(120_000_000)));
    assert_eq!((issued.residue, issued.over_value), (yuan(0), yuan(44_231_257)));

    of.go(id, &steps[4..5]);
    // What lies above the value is waived: nothing is owed, and the pledge stands until it is released.
    assert_eq!(of.desk.lent(of.loan).state, LoanState::Repaid);
    assert_eq!(of.deal(id).left, Some(yuan(0)));
    assert_eq!(of.desk.state(of.pledge), PledgeState::Disposing);
    assert_eq!(of.state(), DisposalState::Converting);

    of.go(id, &steps[5..6]);
    assert_eq!(of.desk.state(of.pledge), PledgeState::Released);
    assert_eq!(of.state(), DisposalState::Closed);
    assert_eq!(of.deal(id).state, ConversionState::Done);

    of.go(id, &steps[6..]);
    let deal = of.deal(id);
    let done: Vec<_> = deal.steps.iter().map(|done| done.step).collect();
    assert_eq!(done, EquityStep::ALL);
    // No law says until when a fund has to sell, and twenty working days are counted from the resolution.
    assert_eq!((deal.sell_by, deal.shown_by), (None, Some(day(2026, 3, 30))));
    // A claim became shares: no cash moved.
    assert_eq!(cash_posted(&of.desk.floor, first), []);
}

#[test]
fn its_parties_hear_of_a_deal_and_nobody_else() {
    let mut of = on_fund(of_the_rule_book);
    let parent = of.desk.other_firm;
    let first = of.desk.floor.events.len();
    of.propose(|asked| {
        asked.issuer = Issuer::Participant(IssuingParticipant { entity: parent.entity });
        asked.control = Some(EVIDENCE);
    });
    let told = of.desk.floor.records(first);
    let told = told.iter().find(|told| matches!(told.record, Record::Conversion(_)));
    let Readers::Only(readers) = &told.unwrap().readers else {
        panic!("everybody hears of it")
    };
    for party in [of.fund, of.desk.firm, parent] {
        assert!(readers.contains(&party.entity), "{party:?}");
    }
    // The bank sold its claim.
    assert!(!readers.contains(&of.desk.bank.entity) && !readers.contains(&of.desk.other_bank.entity));
}

#[test]
fn what_lies_above_the_value_stays_a_debt_where_that_was_agreed() {
    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|asked| asked.excess = Excess::Stays);
    of.go(id, &all_steps(120_000_000)[..6]);
    let loan = of.desk.lent(of.loan);
    assert_eq!((loan.state, loan.outstanding), (LoanState::Default, yuan(44_231_257)));
    assert_eq!(of.deal(id).left, Some(yuan(44_231_257)));
    // The pledge is gone, the debt is not.
    assert_eq!(of.desk.state(of.pledge), PledgeState::Released);
    assert_eq!(of.state(), DisposalState::Closed);
    of.desk
        .floor
        .must(of.fund.user, repay(of.loan, yuan(44_231_257), day(2026, 3, 2)));
    assert_eq!(of.desk.lent(of.loan).state, LoanState::Repaid);
}

#[test]
fn the_vectors_by_command() {
    let all: serde_json::Value = serde_json::from_str(include_str!("../../../docs/rules/pledge_vectors.json")).unwrap();
    let mut found = 0;
    for case in all["e_debt_to_equity"].as_array().unwrap() {
        let (given, expected) = (&case["in"], &case["out"]);
        if !["e1", "e2", "e4", "e5"].contains(&case["id"].as_str().unwrap()) {
            continue;
        }
        found += 1;
        let number = |value: &serde_json::Value| value.as_i64().unwrap();
        let claim = number(&given["claim"]);
        let value = given.get("appraised").map_or(claim, number);
        let mut of = on_fund(lent(claim));
        let id = of.propose(|asked| {
            (asked.form, asked.price) = (CompanyForm::Joint, yuan(number(&given["price"])));
            asked.shares_before = given.get("shares_before").map_or(1, number).unsigned_abs();
            asked.excess = Excess::Stays;
        });
        of.go(id, &[valued(value), voted(9_000_000)]);
        if let Some(code) = expected.get("code") {
            let today = of.today();
            let refused = of.desk.floor.try_(of.fund.user, step(id, ISSUED, today));
            assert_eq!(refused.unwrap_err().code(), code);
            continue;
        }
        of.go(id, &[ISSUED, REGISTERED]);
        let issued = of.deal(id).issued.unwrap();
        let minor = |name: &str| yuan(number(&expected[name]));
        assert_eq!(issued.shares, expected["shares"].as_u64().unwrap());
        assert_eq!(issued.residue, minor("residue"));
        let over = expected
            .get("claim_over_value")
            .map_or(yuan(0), |over| yuan(number(over)));
        assert_eq!(issued.over_value, over);
        if let Some(stake) = expected.get("stake_e6") {
            assert_eq!(u64::from(issued.stake), stake.as_u64().unwrap());
        }
        // What is left of the claim is the rest of it, to the fen.
        let left = issued.residue.money.plus(issued.over_value.money);
        assert_eq!(of.desk.lent(of.loan).outstanding.money, left);
    }
    assert_eq!(found, 4);
}

/// e16: a parent resolves and issues for its subsidiary's debt.
#[test]
fn a_pledge_is_released_once_the_register_shows_the_holder_and_not_before() {
    let mut of = on_fund(of_the_rule_book);
    let parent = IssuingOutsider {
        name: Bounded::new("母公司").unwrap(),
    };
    let id = of.propose(|asked| {
        (asked.issuer, asked.control) = (Issuer::Outsider(parent), Some(EVIDENCE));
        (asked.form, asked.sold) = (CompanyForm::Joint, None);
    });
    let (fund, today) = (of.fund.user, of.today());
    let early = Reject::ReleaseBeforeRegistered;
    for one in [valued(120_000_000), voted(6_000_000), ISSUED] {
        refuses(&mut of.desk.floor, fund, step(id, RELEASED, today), early);
        // Nor by another command.
        refuses(&mut of.desk.floor, fund, release(of.pledge, &[]), early);
        of.go(id, &[one]);
    }
    refuses(&mut of.desk.floor, fund, step(id, RELEASED, today), early);
    of.go(id, &[REGISTERED, RELEASED]);
    assert_eq!(of.desk.state(of.pledge), PledgeState::Released);
}

#[test]
fn a_bank_does_not_turn_its_own_claim_whatever_it_calls_itself() {
    let mut of = Claimed::of_bank(cn(), of_the_rule_book);
    let bank = of.desk.bank.user;
    for &converter in Converter::ALL {
        let asks = of.proposing(|asked| (asked.converter, asked.sold) = (converter, None));
        refuses(&mut of.desk.floor, bank, asks.clone(), Reject::BankDirectD2e);
        // Nor does the venue for it.
        refuses(&mut of.desk.floor, OPERATOR, asks, Reject::BankDirectD2e);
    }
    // Who bought the claim may, and the bank has no say any more.
    of.desk.floor.must(bank, assign(of.loan, of.fund, None, false));
    let asks = of.proposing(|_| {});
    refuses(&mut of.desk.floor, bank, asks.clone(), Reject::UnknownDisposal);
    // What it says it is counts where nobody acts for it as a bank.
    let says = of.proposing(|asked| asked.converter = Converter::Bank);
    refuses(&mut of.desk.floor, of.fund.user, says, Reject::BankDirectD2e);
    of.desk.floor.must(of.fund.user, asks);
}

#[test]
fn shares_that_a_bank_took_by_enforcing_are_sold_within_two_years() {
    for (origin, sold) in [
        (EquityOrigin::Enforcement, false),
        (EquityOrigin::Enforcement, true),
        (EquityOrigin::Conversion, false),
    ] {
        let mut of = Claimed::of_bank(cn(), of_the_rule_book);
        let bank = of.desk.bank;
        let asks = of.proposing(|asked| (asked.exception, asked.sold) = (Some(EVIDENCE), None));
        let id = proposed(&mut of.desk.floor, bank.user, asks);
        of.fund = bank;
        let steps = all_steps(120_000_000);
        of.go(id, &steps[..6]);
        // The two years run from the day on which the register shows it.
        of.desk.floor.at += 10 * DAY;
        of.go(id, &[held(origin)]);
        let by = of.deal(id).sell_by.map(|by| (by.nominal, by.last_day, by.late));
        if origin == EquityOrigin::Conversion {
            assert_eq!(by, None);
            continue;
        }
        assert_eq!(by, Some((day(2028, 3, 2), day(2028, 3, 2), false)));
        if sold {
            of.go(id, &[DISPOSED]);
        }
        just_before(&mut of.desk.floor, day(2028, 3, 3));
        of.desk.floor.must(OPERATOR, Command::Tick);
        assert!(!of.deal(id).sell_by.unwrap().late);
        of.desk.floor.must(OPERATOR, Command::Tick);
        assert_eq!(of.deal(id).sell_by.unwrap().late, !sold);
        if !sold {
            of.go(id, &[DISPOSED]);
        }
    }
    // Told after the two years, they are late at once.
    let mut of = Claimed::of_bank(cn(), of_the_rule_book);
    let asks = of.proposing(|asked| (asked.exception, asked.sold) = (Some(EVIDENCE), None));
    let id = proposed(&mut of.desk.floor, of.desk.bank.user, asks);
    of.fund = of.desk.bank;
    of.go(id, &all_steps(120_000_000)[..6]);
    of.desk.floor.until(day(2028, 3, 3));
    of.go(id, &[held(EquityOrigin::Enforcement)]);
    assert!(of.deal(id).sell_by.unwrap().late);
}

#[test]
fn what_a_proposal_is_refused_for() {
    let mut of = on_fund(of_the_rule_book);
    let fund = of.fund;
    let firm = of.desk.firm;
    let reader = user(&mut of.desk.floor, fund.entity, Roles::DATA_CONSUMER);
    let asks = |change: fn(&mut ProposeConversion)| of.proposing(change);
    let faults: Vec<fn(&mut ProposeConversion)> = vec![
        |asked| asked.converter = Converter::Bank,
        |asked| asked.holders_before = 50,
        |asked| asked.pilot = limit(1_000_000_000_000, 100_000_000_001),
        |asked| asked.fund = limit(10_000_000_000, 3_000_000_001),
        |asked| asked.price = yuan(0),
        |asked| {
            asked.issuer = Issuer::Participant(IssuingParticipant {
                entity: protocol::EntityId(4),
            })
        },
        |asked| asked.sold.as_mut().unwrap().on = day(2026, 3, 3),
    ];
    let codes = [
        Reject::BankDirectD2e,
        Reject::HolderCap50,
        Reject::AicPilotCap,
        Reject::AicFundCap,
        Reject::ConversionInvalid,
        Reject::IssuerInvalid,
        Reject::StepDayInvalid,
    ];
    let without = |place: usize| of.proposing(|asked| faults[place..].iter().for_each(|fault| fault(asked)));
    let all = without(0);
    let mut steps = vec![
        (reader, all.clone(), Reject::NotPermitted),
        (firm.user, all.clone(), Reject::NotAParty),
    ];
    // One fault less each time.
    let fewer = codes
        .iter()
        .enumerate()
        .map(|(place, code)| (fund.user, without(place), *code));
    steps.extend(fewer);
    type Change = fn(&mut ProposeConversion);
    let more: Vec<(Change, Reject)> = vec![
        (|asked| asked.holders_before = 0, Reject::ConversionInvalid),
        (|asked| asked.shares_before = 0, Reject::ConversionInvalid),
        (
            |asked| asked.shares_before = 1_000_000_000_000_001,
            Reject::ConversionInvalid,
        ),
        (
            |asked| asked.price = Amount::new(protocol::Currency::Usd, yuan(200).money),
            Reject::ConversionInvalid,
        ),
        (
            |asked| asked.fund = limit(10, 1).map(|limit| Invested { of: usd(10), ..limit }),
            Reject::ConversionInvalid,
        ),
        (
            |asked| (asked.form, asked.holders_before) = (CompanyForm::Joint, 200),
            Reject::HolderCap,
        ),
    ];
    let more: Vec<_> = more.into_iter().map(|(fault, code)| (asks(fault), code)).collect();
    // A fund that shares in its parent's stock cannot issue to itself.
    let own = of.proposing(|asked| {
        asked.issuer = Issuer::Participant(IssuingParticipant { entity: fund.entity });
        asked.control = Some(EVIDENCE);
    });
    let nobody = of.proposing(|asked| {
        asked.issuer = Issuer::Participant(IssuingParticipant { entity: NOBODY });
    });
    let outsider = of.proposing(|asked| {
        let name = Bounded::new("母公司").unwrap();
        asked.issuer = Issuer::Outsider(IssuingOutsider { name });
    });
    let floor = &mut of.desk.floor;
    ladder(floor, steps);
    refuses(floor, of.desk.other_bank.user, all, Reject::UnknownDisposal);
    refuses(floor, fund.user, nobody, Reject::UnknownEntity);
    refuses(floor, fund.user, own, Reject::IssuerInvalid);
    refuses(floor, fund.user, outsider, Reject::IssuerInvalid);
    for (command, code) in more {
        refuses(floor, fund.user, command, code);
    }
    // On its bounds everything is within, and who holds already is no new holder.
    of.propose(|asked| {
        (asked.holders_before, asked.holds_already) = (50, true);
        asked.pilot = limit(1_000_000_000_000, 100_000_000_000);
        asked.fund = limit(10_000_000_000, 3_000_000_000);
    });
    let again = of.proposing(|_| {});
    refuses(&mut of.desk.floor, fund.user, again, Reject::StateForbids);
}

fn limit(of: i64, invested: i64) -> Option<Invested> {
    Some(Invested {
        of: yuan(of),
        invested: yuan(invested),
    })
}

fn usd(minor: i64) -> Amount {
    Amount::new(protocol::Currency::Usd, yuan(minor).money)
}

#[test]
fn a_claim_that_several_hold_is_not_turned() {
    let mut of = on_fund(of_the_rule_book);
    let (fund, other) = (of.fund, of.desk.other_firm);
    of.desk.floor.must(fund.user, assign(of.loan, other, Some(1), false));
    let asks = of.proposing(|_| {});
    refuses(&mut of.desk.floor, fund.user, asks.clone(), Reject::ClaimShared);
    of.desk.floor.must(other.user, assign(of.loan, fund, None, false));
    // Who paid a part stands where the creditor stood.
    let paid = repaid_by(of.loan, yuan(1), of.today(), other, PayerKind::Insurer);
    of.desk.floor.must(fund.user, paid);
    refuses(&mut of.desk.floor, fund.user, asks, Reject::ClaimShared);
}

#[test]
fn a_reorganisation_holds_a_deal_back_until_the_stay_is_lifted() {
    let mut of = on_fund(of_the_rule_book);
    let (fund, today) = (of.fund.user, of.today());
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..3]);
    let stay = |of: &Claimed<FastBook>, lifted| disposals::bankrupt(of.loan, Bankruptcy::Reorganisation, today, lifted);
    let stays = stay(&of, false);
    of.desk.floor.must(fund, stays);
    refuses(&mut of.desk.floor, fund, step(id, ISSUED, today), Reject::Stayed);
    of.desk.floor.must(fund, give_up(id));
    let asks = of.proposing(|_| {});
    refuses(&mut of.desk.floor, fund, asks, Reject::Stayed);
    let lifts = stay(&of, true);
    of.desk.floor.must(fund, lifts);
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000));
}

#[test]
fn a_right_that_is_on_offer_is_withdrawn_before() {
    let mut of = on_fund(of_the_rule_book);
    let fund = of.fund;
    let asset = of.desk.case(of.case).rights[0];
    let opens = |days: u64, of: &Claimed<FastBook>| protocol::Timestamp(of.desk.floor.at + days * DAY);
    let lot = AnnounceLot::plain(
        vec![asset],
        of.desk.firm.account,
        ascending(1_000, 10),
        yuan(100),
        opens(2, &of),
        opens(3, &of),
    );
    of.desk.floor.must(OPERATOR, Command::AnnounceLot(Box::new(lot)));
    let asks = of.proposing(|_| {});
    refuses(&mut of.desk.floor, fund.user, asks, Reject::StateForbids);
    // The other way round: while it is turned, nothing of it is offered.
    let mut of = on_fund(of_the_rule_book);
    of.propose(|_| {});
    let listing = sales::terms_of(&[of.desk.case(of.case).rights[0]], of.desk.firm);
    let listing = Command::ListTransfer(Box::new(listing));
    assert_eq!(
        of.desk.floor.try_(OPERATOR, listing),
        Err(Reject::PledgeConsentRequired)
    );
    refuses(
        &mut of.desk.floor,
        of.fund.user,
        disposals::end(of.case),
        Reject::StateForbids,
    );
}

#[test]
fn each_step_has_its_turn_its_day_and_its_grounds() {
    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|asked| (asked.holders_before, asked.holds_already) = (4, true));
    let (fund, today) = (of.fund.user, of.today());
    let yesterday = Date(today.0 - 1);
    let stranger = of.desk.other_bank.user;
    let none = ConversionId(999);
    let reader = user(&mut of.desk.floor, of.fund.entity, Roles::DATA_CONSUMER);
    let floor = &mut of.desk.floor;
    refuses(floor, reader, step(id, valued(1), today), Reject::NotPermitted);
    refuses(floor, of.desk.firm.user, step(id, valued(1), today), Reject::NotAParty);
    refuses(floor, of.desk.firm.user, give_up(id), Reject::NotAParty);
    for command in [step(id, valued(1), today), give_up(id)] {
        refuses(floor, stranger, command, Reject::UnknownConversion);
    }
    refuses(floor, stranger, step(none, valued(1), today), Reject::UnknownConversion);

    let future = Date(today.0 + 1);
    let steps = [
        (fund, step(id, voted(9_000_000), today), Reject::StateForbids),
        (fund, step(id, ISSUED, today), Reject::StateForbids),
        (fund, step(id, valued(0), future), Reject::OpinionInvalid),
        (fund, step(id, valued(120_000_000), future), Reject::StepDayInvalid),
    ];
    ladder(floor, steps);
    for months in [0, 13] {
        let ConversionStep::Valued(mut opinion) = valued(120_000_000) else {
            unreachable!()
        };
        opinion.months = months;
        let asked = step(id, ConversionStep::Valued(opinion), today);
        refuses(floor, fund, asked, Reject::OpinionInvalid);
    }
    // An opinion's base date may lie before the bank sold; on its last day it is good (e13).
    let base = day(2025, 3, 2);
    floor.must(fund, step(id, valued(120_000_000), base));
    assert_eq!(of.deal(id).opinion.unwrap().good_until, today);
    let floor = &mut of.desk.floor;
    floor.until(day(2026, 3, 3));
    let today = day(2026, 3, 3);
    let ConversionStep::Voted(mut votes) = voted(5_999_999) else {
        unreachable!()
    };
    let steps = [
        (fund, step(id, waived(3), today), Reject::StateForbids),
        (fund, step(id, voted(5_999_999), today), Reject::ValuationExpired),
        (fund, step(id, voted(5_999_999), yesterday), Reject::VoteShort),
    ];
    ladder(floor, steps);
    (votes.present, votes.in_favour) = (9_000_001, 6_000_000);
    let asked = step(id, ConversionStep::Voted(votes), day(2025, 3, 1));
    refuses(floor, fund, asked, Reject::VotesInvalid);
    refuses(
        floor,
        fund,
        step(id, voted(6_000_000), day(2025, 3, 1)),
        Reject::StepDayInvalid,
    );
    floor.must(fund, step(id, voted(6_000_000), yesterday));

    // Three others hold shares.
    let steps = [
        (fund, step(id, ISSUED, today), Reject::StateForbids),
        (fund, step(id, waived(2), today), Reject::PreemptionStands),
        (fund, step(id, waived(3), Date(yesterday.0 - 1)), Reject::StepDayInvalid),
    ];
    ladder(floor, steps);
    floor.must(fund, step(id, waived(3), today));
    let steps = [
        (fund, step(id, REGISTERED, today), Reject::StateForbids),
        (fund, step(id, ISSUED, yesterday), Reject::DayPassed),
        (fund, step(id, ISSUED, day(2026, 3, 2)), Reject::StepDayInvalid),
    ];
    ladder(floor, steps);
    floor.must(fund, step(id, ISSUED, today));
    for early in [held(EquityOrigin::Conversion), DISPOSED] {
        refuses(floor, fund, step(id, early, today), Reject::StateForbids);
    }
    floor.must(OPERATOR, step(id, REGISTERED, today));
    refuses(floor, fund, give_up(id), Reject::StateForbids);
    floor.must(fund, step(id, RELEASED, today));
    refuses(floor, fund, step(id, RELEASED, today), Reject::StateForbids);
    refuses(floor, fund, give_up(id), Reject::StateForbids);
}

#[test]
fn what_is_owed_on_the_day_of_the_issue_is_turned_and_what_comes_later_stays() {
    // A million at 4.35 % of 360 days.
    let mut of = on_fund(|_| {});
    let fund = of.fund.user;
    let id = of.propose(|_| {});
    of.go(id, &all_steps(900_000_000)[..3]);
    of.desk.floor.until(day(2026, 4, 1));
    let asked = step(id, ISSUED, day(2026, 3, 31));
    of.desk.floor.must(fund, asked);
    let issued = of.deal(id).issued.unwrap();
    // 29 days: 3,504.17 of interest.
    assert_eq!(issued.owed, yuan(100_350_417));
    assert_eq!((issued.shares, issued.residue), (501_752, yuan(17)));
    // The register takes a while, and a cost is advanced meanwhile. What is spoken for accrues nothing; what stays does,
    // twelve fen in twenty days.
    of.desk.floor.until(day(2026, 4, 20));
    of.desk.floor.must(fund, disposals::upkeep(of.loan, None, yuan(5_000)));
    of.go(id, &[REGISTERED]);
    assert_eq!(of.deal(id).left, Some(yuan(5_017)));
    of.go(id, &[RELEASED]);
    let loan = of.desk.lent(of.loan);
    assert_eq!((loan.state, of.state()), (LoanState::Default, DisposalState::Closed));
    of.desk.floor.must(fund, repay(of.loan, yuan(5_029), day(2026, 4, 20)));
    assert_eq!(of.desk.lent(of.loan).state, LoanState::Repaid);
}

#[test]
fn a_claim_that_was_reckoned_beyond_the_issue_is_reduced_on_that_day() {
    let mut of = on_fund(|_| {});
    let fund = of.fund.user;
    let id = of.propose(|_| {});
    of.go(id, &all_steps(900_000_000)[..3]);
    of.desk.floor.until(day(2026, 4, 1));
    of.desk.floor.must(fund, step(id, ISSUED, day(2026, 3, 2)));
    assert_eq!(of.deal(id).issued.unwrap().owed, yuan(100_000_000));
    let called = demand(of.loan, DemandKind::Acceleration, of.desk.firm, day(2026, 3, 31));
    of.desk.floor.must(fund, called);
    of.go(id, &[REGISTERED]);
    assert_eq!(of.deal(id).left, Some(yuan(350_417)));
}

#[test]
fn a_cure_ends_a_deal_until_shares_are_issued_and_not_after() {
    let mut of = on_fund(of_the_rule_book);
    let fund = of.fund.user;
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..3]);
    of.desk.floor.must(fund, cure(of.loan));
    assert_eq!(of.deal(id).state, ConversionState::GivenUp);
    assert_eq!(of.state(), DisposalState::Cured);
    assert_eq!(of.desk.state(of.pledge), PledgeState::Registered);
    let today = of.today();
    refuses(&mut of.desk.floor, fund, step(id, ISSUED, today), Reject::StateForbids);

    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..4]);
    refuses(&mut of.desk.floor, fund, cure(of.loan), Reject::CureTooLate);
    of.go(id, &all_steps(120_000_000)[4..5]);
    assert_eq!(of.desk.lent(of.loan).state, LoanState::Repaid);
    refuses(&mut of.desk.floor, fund, cure(of.loan), Reject::StateForbids);
}

#[test]
fn a_debt_that_is_paid_ends_a_deal_until_shares_are_issued() {
    let mut of = on_fund(of_the_rule_book);
    let fund = of.fund.user;
    let id = of.propose(|_| {});
    of.desk.floor.must(fund, repay(of.loan, yuan(1), of.today()));
    assert_eq!(of.deal(id).state, ConversionState::Running);
    of.desk.floor.must(fund, repay(of.loan, yuan(164_231_256), of.today()));
    assert_eq!(of.deal(id).state, ConversionState::GivenUp);
    assert_eq!(of.state(), DisposalState::Cured);

    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..4]);
    // The claim is spoken for but for what the shares leave.
    let today = of.today();
    let guarantor = of.desk.other_firm;
    let spoken = Reject::ClaimSpokenFor;
    let by_another = repaid_by(of.loan, yuan(1), today, guarantor, PayerKind::Insurer);
    let passes = assign(of.loan, guarantor, None, false);
    for command in [repay(of.loan, yuan(44_231_258), today), by_another, passes.clone()] {
        refuses(&mut of.desk.floor, fund, command, spoken);
    }
    of.desk.floor.must(fund, repay(of.loan, yuan(44_231_257), today));
    assert_eq!(of.state(), DisposalState::Converting);
    of.go(id, &[REGISTERED]);
    assert_eq!(of.deal(id).left, Some(yuan(0)));
    of.go(id, &[RELEASED]);
    assert_eq!(of.state(), DisposalState::Closed);
}

#[test]
fn nobody_pays_for_the_debtor_a_claim_that_shares_were_issued_for() {
    let mut of = Claimed::of_bank(cn(), |asked| {
        of_the_rule_book(asked);
        // Of the desk, the other firm comes two behind the debtor.
        asked.terms.guarantors = vec![Guarantor {
            as_credit: true,
            ..Guarantor::joint(EntityId(asked.debtor.0 + 2))
        }];
    });
    let (bank, surety) = (of.desk.bank, of.desk.other_firm);
    of.desk.floor.must(bank.user, assign(of.loan, of.fund, None, false));
    of.desk.floor.cash_in(surety.account, 1_000_000_000);
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..3]);
    let mut before = of.desk.clone();
    before.floor.must(surety.user, pay_guarantee(of.loan, surety));
    of.go(id, &all_steps(120_000_000)[3..4]);
    let pays = pay_guarantee(of.loan, surety);
    refuses(&mut of.desk.floor, surety.user, pays, Reject::ClaimSpokenFor);
}

#[test]
fn a_claim_that_passes_on_takes_the_deal_away_until_shares_are_issued() {
    let mut of = on_fund(of_the_rule_book);
    let other = of.desk.other_firm;
    let id = of.propose(|_| {});
    of.desk.floor.must(of.fund.user, assign(of.loan, other, None, false));
    assert_eq!(of.deal(id).state, ConversionState::GivenUp);
    assert_eq!(of.state(), DisposalState::Open);
    // Its new holder may take the same road.
    of.fund = other;
    let id = of.propose(|_| {});
    // What is left once the register shows it may pass on, and the shares stay whose they are.
    of.go(id, &all_steps(120_000_000)[..4]);
    let mut of_rest = on_fund(of_the_rule_book);
    let id_of_rest = of_rest.propose(|asked| asked.excess = Excess::Stays);
    of_rest.go(id_of_rest, &all_steps(120_000_000)[..5]);
    let rest = assign(of_rest.loan, of_rest.desk.other_bank, None, false);
    of_rest.desk.floor.must(of_rest.fund.user, rest);
    of_rest.go(id_of_rest, &all_steps(120_000_000)[5..]);
    assert_eq!(of_rest.deal(id_of_rest).holder, of_rest.fund.entity);
    assert_eq!(of.deal(id).state, ConversionState::Running);
}

#[test]
fn a_right_that_ends_takes_the_deal_along_until_shares_are_issued() {
    let void = |of: &Claimed<FastBook>| change(of.desk.case(of.case).rights[0], AssetChange::Invalidate);
    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|_| {});
    let ends = void(&of);
    of.desk.floor.must(OPERATOR, ends);
    assert_eq!(of.deal(id).state, ConversionState::GivenUp);
    assert_eq!(of.state(), DisposalState::GivenUp);

    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..4]);
    let ends = void(&of);
    of.desk.floor.must(OPERATOR, ends);
    assert_eq!(of.desk.state(of.pledge), PledgeState::Lapsed);
    of.go(id, &all_steps(120_000_000)[4..]);
    assert_eq!(
        (of.deal(id).state, of.state()),
        (ConversionState::Done, DisposalState::Closed)
    );

    // Where it ended meanwhile and the shares do not come about, so does the case.
    let mut of = on_fund(of_the_rule_book);
    let id = of.propose(|_| {});
    of.go(id, &all_steps(120_000_000)[..4]);
    let ends = void(&of);
    of.desk.floor.must(OPERATOR, ends);
    of.desk.floor.must(of.fund.user, give_up(id));
    assert_eq!(of.state(), DisposalState::GivenUp);
}

#[test]
fn a_deal_is_given_up_until_the_register_shows_the_holder() {
    for steps in 0..TO_REGISTERED {
        let mut of = on_fund(of_the_rule_book);
        let id = of.propose(|_| {});
        of.go(id, &all_steps(120_000_000)[..steps]);
        of.desk.floor.must(of.fund.user, give_up(id));
        let deal = of.deal(id);
        assert_eq!((deal.state, deal.evidence), (ConversionState::GivenUp, Some(EVIDENCE)));
        assert_eq!(of.state(), DisposalState::Open);
        assert_eq!(of.desk.state(of.pledge), PledgeState::Disposing);
        refuses(&mut of.desk.floor, of.fund.user, give_up(id), Reject::StateForbids);
        // The claim is not spoken for any more, and the road is open again.
        let again = of.propose(|_| {});
        assert_eq!(of.deal(again).state, ConversionState::Running);
        of.desk.floor.must(of.fund.user, cure(of.loan));
    }
}

#[test]
fn a_release_frees_who_guarantees_a_rest_that_stays() {
    let mut of = Claimed::of_fund(cn(), |asked| {
        of_the_rule_book(asked);
        let other = protocol::EntityId(4);
        let party = crate::floor::Party {
            entity: other,
            user: protocol::UserId(0),
            account: protocol::AccountId(0),
        };
        asked.terms.guarantors = vec![guarantor(party, |_| {})];
    });
    let id = of.propose(|asked| asked.excess = Excess::Stays);
    of.go(id, &all_steps(120_000_000)[..5]);
    let first = of.desk.floor.events.len();
    of.go(id, &[RELEASED]);
    let freed = freed(&of.desk.floor, first);
    assert_eq!(freed.len(), 1);
    assert_eq!(freed[0].value, yuan(44_231_257));
}

/// What another case's sale paid of the claim meanwhile is paid, and the shares cannot be what they were issued for.
#[test]
fn a_deal_whose_claim_was_paid_meanwhile_is_given_up() {
    let mut of = Claimed::of_bank(cn(), of_the_rule_book);
    let (fund, buyer) = (of.fund, of.desk.other_firm);
    let (bank, first, firm) = (of.desk.bank, of.desk.other_bank, of.desk.firm);
    let floor = &mut of.desk.floor;
    floor.cash_in(buyer.account, 1_000_000_000);
    let work = floor.work(firm.entity, "W");
    floor.must(OPERATOR, valuation(work, 200_000_000));
    // Another bank's pledge on a work stands first, the bank's second.
    let before = made_loan(
        floor,
        first.user,
        pledges_lent(first, firm, |asked| lent(100_000_000)(asked)),
    );
    let filing = application(before, firm, &[work]);
    let senior = filed(floor, first.user, filing);
    floor.must(OPERATOR, recorded(senior));
    let other = made_loan(floor, bank.user, pledges_lent(bank, firm, of_the_rule_book));
    let junior = filed(floor, bank.user, application(other, firm, &[work]));
    floor.must(OPERATOR, recorded(junior));
    let right = floor.right(firm.entity, "US2", |_| {});
    let own = filed(floor, bank.user, application(other, firm, &[right]));
    floor.must(OPERATOR, recorded(own));
    floor.must(bank.user, consent(junior, PledgeAct::Transfer, |_| {}));

    // The work is sold in the first one's case, and its price is held.
    let case = disposals::in_disposal(floor, before, (first, firm));
    let mut listing = sales::terms_of(&[work], firm);
    listing.ask = yuan(150_000_000);
    let Receipt::Deal(sale) = floor.must(OPERATOR, Command::ListTransfer(Box::new(listing))) else {
        panic!()
    };
    let sale = TransferId::from(sale);
    floor.must(buyer.user, sales::express(sale, buyer));
    floor.must(OPERATOR, sales::qualify(sale, buyer.entity, true));
    floor.until(day(2026, 3, 10));
    floor.must(buyer.user, sales::bid(sale, 150_000_000));
    floor.must(first.user, sales::sign(sale, EVIDENCE));
    floor.must(buyer.user, sales::sign(sale, EVIDENCE));
    floor.must(buyer.user, sales::fund(sale));
    floor.must(first.user, disposals::release(case, sale));
    floor.must(first.user, sales::file(sale));
    floor.must(OPERATOR, sales::answer(sale, None));

    // Meanwhile the bank's claim is turned into shares; and then the price is paid out, fifty million fen of it to the
    // second rank.
    of.loan = other;
    of.case = disposals::in_disposal(&mut of.desk.floor, other, (bank, firm));
    of.desk.floor.must(bank.user, assign(other, fund, None, false));
    let id = of.propose(|_| {});
    of.go(id, &all_steps(164_000_000)[..4]);
    of.desk
        .floor
        .must(first.user, disposals::distribute(case, sale, |_| {}));
    let owed = of.desk.lent(other).outstanding.money.minor();
    assert!((100_000_000..164_000_000).contains(&owed), "{owed}");
    let today = of.today();
    refuses(
        &mut of.desk.floor,
        fund.user,
        step(id, REGISTERED, today),
        Reject::ClaimBelowIssue,
    );
    of.desk.floor.must(fund.user, give_up(id));
    assert_eq!(of.state(), DisposalState::Open);
}

/// Every step of a deal, the exchange as it was saved before it, and what it is at the end.
fn walked<B: Book>(floor: Floor<B>) -> (Vec<Vec<u8>>, protocol::Digest, usize) {
    let mut of = Claimed::of_fund(floor, |_| {});
    let id = of.propose(|asked| asked.excess = Excess::Stays);
    let mut saved = vec![of.desk.floor.exchange.save()];
    for one in all_steps(90_000_000) {
        of.desk.floor.at += DAY;
        of.go(id, &[one]);
        saved.push(of.desk.floor.exchange.save());
    }
    (saved, of.desk.floor.exchange.state_hash(), of.desk.floor.events.len())
}

#[test]
fn the_path_is_replayed_and_goes_on_from_a_snapshot_of_any_step() {
    let (saved, hash, events) = walked(Floor::<FastBook>::cn_venue());
    assert_eq!(walked(Floor::<FastBook>::cn_venue()), (saved.clone(), hash, events));
    assert_eq!(walked(Floor::<PlainBook>::cn_venue()), (saved.clone(), hash, events));
    let whole = Claimed::of_fund(cn(), |_| {});
    let (fund, id) = (whole.fund.user, ConversionId(whole.desk.floor.exchange.seq().0 + 1));
    for (place, snapshot) in saved.iter().enumerate() {
        let mut floor = Floor::of(Exchange::<PlainBook>::load(snapshot).expect("it was saved"));
        for one in all_steps(90_000_000).into_iter().skip(place) {
            floor.at += DAY;
            let on = protocol::Timestamp(floor.at).venue_date();
            floor.must(fund, step(id, one, on));
        }
        assert_eq!(floor.exchange.state_hash(), hash, "from step {place}");
    }
}
