//! Reverse licences (RULES.md 2.4, 7.7; PLEDGES.md 2.4): the rights of a case are licensed back to their owner, the fees
//! pay the debt to the fen, and a fee that stays unpaid opens the case to an auction again. The vectors of section d, by
//! the commands.

use crate::floor::{
    Floor, OPERATOR, Party, at_start_of, change, day,
    disposals::{bankrupt, distribute, in_disposal, upkeep},
    grants::{EVIDENCE, cash_posted, user},
    just_before,
    pledges::{Desk, application, assign, cure, free_of_interest, guarantor, release, repaid_by, repay},
    refuses,
    reverse::{LICENCE_CONTRACT, consenting, fees, pay_fee, proposed, proposing, reverse, settle, terminate, told},
    room::ascending,
    titles::dues,
    yuan,
};
use engine::{
    Exchange,
    book::{FastBook, PlainBook},
};
use protocol::{
    AssetId, Command, Date, Digest, DisposalId, EntityId, LoanId, PledgeId, Rate, Readers, Receipt, Record, Reject,
    ReverseLicenceId, Timestamp,
    auction::AnnounceLot,
    claim::{Cycle, DayCount, LicenceAuthority},
    disposal::{Bankruptcy, DisposalState},
    event::PostingReason,
    licence::LicenceKind,
    party::Roles,
    plan::PayerKind,
    pledge::{LoanState, PledgeAct, PledgeState, RegisterLoan, Resolution, ResolvedBy},
    reverse::{ConsentReverseLicence, PayReverseFee, ProposeReverseLicence, ReverseLicence, ReverseLicenceState},
    rules::{Calendar, Epoch},
    time::{DAY, SECOND},
    title::{AssetChange, Share},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use ReverseLicenceState as S;

/// A vector of section d.
fn vector(id: &str) -> (Value, Value) {
    let all: Value = serde_json::from_str(include_str!("../../../docs/rules/pledge_vectors.json")).unwrap();
    let cases = all["d_reverse_licence"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == id).expect("a vector");
    (case["in"].clone(), case["out"].clone())
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

fn date(value: &Value) -> Date {
    value.as_str().unwrap().parse().unwrap()
}

/// A case against the firm, whose patent is pledged for what the bank lent it; the firm has ten million.
struct Table {
    desk: Desk<FastBook>,
    right: AssetId,
    loan: LoanId,
    pledge: PledgeId,
    case: DisposalId,
}

/// The loan of 7.7: a million from the first of 2026.
fn million(loan: &mut RegisterLoan) {
    (loan.terms.drawn, loan.terms.due) = (day(2026, 1, 1), day(2033, 1, 1));
    loan.terms.rates[0].from = day(2026, 1, 1);
}

impl Table {
    fn new() -> Self {
        Self::of(million, |desk| desk.patent("US1"))
    }

    fn of(change: impl FnOnce(&mut RegisterLoan), right: impl FnOnce(&mut Desk<FastBook>) -> AssetId) -> Self {
        let mut desk = Desk::new();
        desk.floor.cash_in(desk.firm.account, 1_000_000_000);
        let right = right(&mut desk);
        let loan = desk.loan(change);
        Self::on(desk, right, loan)
    }

    /// The right is pledged for the loan, and disposed of.
    fn on(mut desk: Desk<FastBook>, right: AssetId, loan: LoanId) -> Self {
        let pledge = desk.pledged(loan, right);
        let case = desk.in_disposal(loan);
        Self {
            desk,
            right,
            loan,
            pledge,
            case,
        }
    }

    /// A licence that the bank proposed.
    fn proposed(&mut self, change: impl FnOnce(&mut ProposeReverseLicence)) -> ReverseLicenceId {
        let command = proposing(self.case, self.desk.firm, change);
        proposed(&mut self.desk.floor, self.desk.bank.user, command)
    }

    /// One to which the firm consented.
    fn licensed(&mut self, change: impl FnOnce(&mut ProposeReverseLicence)) -> ReverseLicenceId {
        let id = self.proposed(change);
        self.desk
            .floor
            .must(self.desk.firm.user, consenting(id, self.desk.firm));
        id
    }

    /// One whose first fee is paid: 75,087,500 is owed from the first of April on.
    fn one_fee_paid(&mut self) -> ReverseLicenceId {
        let id = self.licensed(|_| {});
        self.pay(id, day(2026, 4, 1), 26_000_000);
        id
    }

    /// The firm pays a fee on its day.
    fn pay(&mut self, id: ReverseLicenceId, due: Date, minor: i64) {
        self.desk.floor.until(due);
        self.desk.floor.must(self.desk.firm.user, pay_fee(id, due, minor));
    }

    fn reverse(&self, id: ReverseLicenceId) -> ReverseLicence {
        reverse(&self.desk.floor, id)
    }

    fn state(&self, id: ReverseLicenceId) -> S {
        self.reverse(id).state
    }

    fn case_state(&self) -> DisposalState {
        self.desk.case(self.case).state
    }

    /// How the licence, the case, the loan and the pledge stand.
    fn states(&self, id: ReverseLicenceId) -> (S, DisposalState, LoanState, PledgeState) {
        let loan = self.desk.lent(self.loan).state;
        (self.state(id), self.case_state(), loan, self.desk.state(self.pledge))
    }

    fn is_refused(&mut self, by: Party, command: Command, reject: Reject) {
        refuses(&mut self.desk.floor, by.user, command, reject);
    }

    /// What deals brought into a party's account, and that nothing is held there.
    fn cash(&self, party: Party) -> i64 {
        let posted = cash_posted(&self.desk.floor, 0).into_iter();
        let own = posted.filter(|(account, ..)| *account == party.account);
        let sums = own.fold((0, 0), |(free, held), (_, more, more_held, _)| {
            (free + more, held + more_held)
        });
        assert_eq!(sums.1, 0, "nothing is held for a licence");
        sums.0
    }

    /// What is owed today: no more is taken for it.
    fn owes(&mut self, minor: i64) {
        let today = Timestamp(self.desk.floor.at).venue_date();
        let (loan, bank) = (self.loan, self.desk.bank);
        let copy = (self.desk.floor.exchange.clone(), self.desk.floor.events.len());
        self.is_refused(bank, repay(loan, yuan(minor + 1), today), Reject::RepaymentInvalid);
        self.desk.floor.must(bank.user, repay(loan, yuan(minor), today));
        assert_eq!(self.desk.lent(loan).outstanding, yuan(0));
        self.desk.floor.exchange = copy.0;
        self.desk.floor.events.truncate(copy.1);
    }

    /// The venue announces an auction of the right.
    fn auction(&mut self) -> Result<Receipt, Reject> {
        let today = Timestamp(self.desk.floor.at).venue_date();
        let at = |days: i32| Date(today.0 + days).start();
        let format = ascending(100_000_000, 1_000_000);
        let account = self.desk.firm.account;
        let lot = AnnounceLot {
            qualifies_at: at(1),
            ..AnnounceLot::plain(vec![self.right], account, format, yuan(1_000_000), at(2), at(3))
        };
        self.desk.floor.try_(OPERATOR, Command::AnnounceLot(Box::new(lot)))
    }
}

#[test]
fn fees_pay_costs_then_interest_then_principal_and_of_the_last_the_rest_stays() {
    for id in ["d1", "d2", "d4"] {
        let (given, expected) = vector(id);
        let quarter = given["method"] == "quarter";
        let mut table = Table::of(
            |loan| {
                million(loan);
                loan.terms.day_count = if quarter { DayCount::Quarter } else { DayCount::Act360 };
            },
            |desk| desk.patent("US1"),
        );
        let (bank, firm) = (table.desk.bank, table.desk.firm);
        let licence = table.licensed(|_| {});
        assert_eq!(table.states(licence).0, S::Active);
        assert_eq!(table.case_state(), DisposalState::Licensed);
        let costs = given.get("costs").map(|costs| costs.as_array().unwrap().clone());
        let mut sums = (0, 0);
        for (place, row) in expected["rows"].as_array().unwrap().iter().enumerate() {
            let on = date(&row["on"]);
            table.desk.floor.until(on);
            let advanced = costs.as_ref().map_or(0, |costs| number(&costs[place]));
            if advanced > 0 {
                let right = table.right;
                table
                    .desk
                    .floor
                    .must(bank.user, upkeep(table.loan, Some(right), yuan(advanced)));
            }
            table.desk.floor.must(firm.user, pay_fee(licence, on, 26_000_000));
            let paid = table.reverse(licence).payment.expect("it was paid");
            let counted = json!({
                "on": paid.on.to_string(),
                "costs": paid.costs.money.minor(),
                "interest": paid.interest.money.minor(),
                "principal": paid.principal.money.minor(),
                "left": table.desk.lent(table.loan).outstanding.money.minor(),
            });
            for (name, value) in row
                .as_object()
                .unwrap()
                .iter()
                .filter(|(name, _)| *name != "to_licensee")
            {
                assert_eq!(&counted[name], value, "{id}: {name} of {row}");
            }
            sums.0 += 26_000_000 - number(&row["to_licensee"]);
            sums.1 += number(&row["to_licensee"]);
            assert_eq!((table.cash(bank), table.cash(firm)), (sums.0, -sums.0), "{id}: {row}");
            assert_eq!(paid.late, yuan(0));
        }
        assert_eq!(table.reverse(licence).paid, yuan(104_000_000 - sums.1));
        let done = (
            S::DebtCleared,
            DisposalState::Closed,
            LoanState::Repaid,
            PledgeState::Registered,
        );
        assert_eq!(table.states(licence), done);
    }
}

#[test]
fn a_missed_fee_bears_late_interest_and_is_paid_in_grace() {
    let (_, expected) = vector("d5");
    let mut table = Table::new();
    let id = table.one_fee_paid();
    // To the end of its day it is in time.
    just_before(&mut table.desk.floor, day(2026, 7, 2));
    table.desk.floor.must(OPERATOR, Command::Tick);
    assert_eq!(table.state(id), S::Active);
    let first = table.desk.floor.events.len();
    at_start_of(&mut table.desk.floor, day(2026, 7, 2));
    table.desk.floor.must(OPERATOR, Command::Tick);
    let states: Vec<_> = told(&table.desk.floor, first, id)
        .iter()
        .map(|told| told.state)
        .collect();
    assert_eq!(states, [S::Missed, S::Grace]);
    assert_eq!(table.reverse(id).last, Some(day(2026, 7, 16)));

    let before = table.cash(table.desk.bank);
    table.desk.floor.until(day(2026, 7, 11));
    let pay = pay_fee(id, day(2026, 7, 1), 26_000_000);
    table.desk.floor.must(table.desk.firm.user, pay);
    let licence = table.reverse(id);
    let paid = licence.payment.unwrap();
    let applied = &expected["applied"];
    assert_eq!(paid.late.money.minor(), number(&applied["penalty_on_fee"]));
    assert_eq!(paid.interest.money.minor(), number(&applied["interest"]));
    assert_eq!(paid.principal.money.minor(), number(&applied["principal"]));
    assert_eq!(
        table.desk.lent(table.loan).outstanding.money.minor(),
        number(&expected["left"])
    );
    assert_eq!(table.cash(table.desk.bank) - before, 26_000_000);
    let next = licence.next.unwrap();
    assert_eq!(expected["state"], "GRACE->ACTIVE");
    assert_eq!(
        (licence.state, next.due, licence.last),
        (S::Active, day(2026, 10, 1), Some(day(2026, 10, 1)))
    );
}

#[test]
fn a_part_of_a_fee_does_not_cure_and_after_grace_the_rights_may_be_auctioned() {
    let (given, expected) = vector("d7");
    let mut table = Table::new();
    let id = table.one_fee_paid();
    // While they are licensed they are not sold, whatever the bank consents to.
    assert_eq!(table.auction(), Err(Reject::PledgeConsentRequired));
    let transfer = crate::pledge_consents::consent(table.pledge, PledgeAct::Transfer, |_| {});
    table.desk.floor.must(table.desk.bank.user, transfer);
    assert_eq!(table.auction(), Err(Reject::UnderDisposal));
    table.desk.floor.until(day(2026, 7, 16));
    let (due, firm) = (day(2026, 7, 1), table.desk.firm);
    let part = number(&given["paid"]);
    table.desk.floor.must(firm.user, pay_fee(id, due, part));
    let next = table.reverse(id).next.unwrap();
    assert_eq!((next.unpaid, table.state(id)), (yuan(1), S::Grace));
    just_before(&mut table.desk.floor, day(2026, 7, 17));
    table.is_refused(firm, pay_fee(id, due, 2), Reject::FeeAmountInvalid);
    let copy = (
        table.desk.floor.exchange.clone(),
        table.desk.floor.events.len(),
        table.desk.floor.at,
    );

    at_start_of(&mut table.desk.floor, day(2026, 7, 17));
    table.desk.floor.must(OPERATOR, Command::Tick);
    assert_eq!(expected["state"], "TERMINATED->AUCTION");
    let over = (
        S::Terminated,
        DisposalState::Open,
        LoanState::Default,
        PledgeState::Disposing,
    );
    assert_eq!(table.states(id), over);
    let paid = table.reverse(id).payment.unwrap();
    let sum = [paid.late, paid.costs, paid.interest, paid.principal];
    let sum: i64 = sum.iter().map(|part| part.money.minor()).sum();
    assert_eq!(sum, number(&expected["applied"]));
    table.is_refused(firm, pay_fee(id, due, 1), Reject::StateForbids);
    table.auction().expect("it may be auctioned");

    // The last fen in the last moment cures.
    table.desk.floor.exchange = copy.0;
    table.desk.floor.events.truncate(copy.1);
    table.desk.floor.at = copy.2 - 1;
    table.desk.floor.must(firm.user, pay_fee(id, due, 1));
    assert_eq!(table.state(id), S::Active);
}

#[test]
fn what_is_owed_at_the_termination_is_carried_into_the_auction() {
    let (given, expected) = vector("d8");
    let mut table = Table::new();
    let id = table.one_fee_paid();
    table.desk.floor.until(date(&given["to"]));
    assert_eq!(
        (table.state(id), table.case_state()),
        (S::Terminated, DisposalState::Open)
    );
    table.owes(number(&expected["owed"]));
    // Another licence may follow.
    let again = table.proposed(|asked| {
        (asked.fees.begins, asked.fees.ends) = (day(2026, 7, 17), day(2027, 7, 17));
    });
    table
        .desk
        .floor
        .must(table.desk.firm.user, consenting(again, table.desk.firm));
    assert_eq!(
        (table.state(again), table.case_state()),
        (S::Active, DisposalState::Licensed)
    );
}

#[test]
fn early_settlement_takes_interest_to_its_day_and_clears_the_debt() {
    let (given, expected) = vector("d10");
    let mut table = Table::new();
    let id = table.one_fee_paid();
    let before = table.cash(table.desk.bank);
    table.desk.floor.until(date(&given["on"]));
    table.desk.floor.must(table.desk.firm.user, settle(id));
    assert_eq!(table.cash(table.desk.bank) - before, number(&expected["to_pay"]));
    let paid = table.reverse(id).payment.unwrap();
    assert_eq!(
        (paid.due, paid.late, paid.interest.money.minor(), paid.principal),
        (None, yuan(0), number(&expected["interest"]), yuan(75_087_500))
    );
    // The pledge is to be released, and can be.
    assert_eq!(
        (&expected["state"], &expected["pledge"]),
        (&json!("DEBT_CLEARED"), &json!("RELEASE_DUE"))
    );
    let done = (
        S::DebtCleared,
        DisposalState::Closed,
        LoanState::Repaid,
        PledgeState::Registered,
    );
    assert_eq!(table.states(id), done);
    table.desk.floor.must(table.desk.bank.user, release(table.pledge, &[]));
    assert_eq!(table.desk.state(table.pledge), PledgeState::Released);
}

#[test]
fn late_interest_of_all_late_fees_is_settled_too() {
    let mut table = Table::new();
    // Monthly, with more days of grace than a month has.
    let id = table.licensed(|asked| {
        (asked.fees.cycle, asked.fees.fee, asked.fees.grace_days) = (Cycle::Monthly, yuan(6_000_000), 60);
        asked.fees.periods_from = Some(day(2026, 1, 1));
        asked.fees.begins = day(2026, 3, 1);
    });
    table.desk.floor.until(day(2026, 5, 11));
    let licence = table.reverse(id);
    assert_eq!(
        (licence.state, licence.next.unwrap().due, licence.last),
        (S::Grace, day(2026, 4, 1), Some(day(2026, 6, 1)))
    );
    let copy = table.desk.floor.exchange.clone();
    table.desk.floor.must(table.desk.firm.user, settle(id));
    // 40 days and 10 of 6,000,000 at 6.525 %.
    assert_eq!(table.reverse(id).payment.unwrap().late, yuan(43_500 + 10_875));
    assert_eq!(table.state(id), S::DebtCleared);

    // The oldest is paid first; the next is late as well, and has a grace of its own.
    table.desk.floor.exchange = copy;
    let (firm, first) = (table.desk.firm, table.desk.floor.events.len());
    table.is_refused(firm, pay_fee(id, day(2026, 5, 1), 6_000_000), Reject::FeeNotOpen);
    table
        .desk
        .floor
        .must(firm.user, pay_fee(id, day(2026, 4, 1), 6_000_000));
    let states: Vec<_> = told(&table.desk.floor, first, id)
        .iter()
        .map(|told| told.state)
        .collect();
    assert_eq!(states, [S::Active, S::Missed, S::Grace]);
    let licence = table.reverse(id);
    assert_eq!(
        (licence.next.unwrap().due, licence.last),
        (day(2026, 5, 1), Some(day(2026, 6, 30)))
    );
    table
        .desk
        .floor
        .must(firm.user, pay_fee(id, day(2026, 5, 1), 6_000_000));
    assert_eq!(table.state(id), S::Active);
}

#[test]
fn the_licence_ends_with_the_right_and_the_rest_stays_a_debt_without_security() {
    let (given, expected) = vector("d11");
    let ends = date(&given["right_ends"]);
    let lent = |loan: &mut RegisterLoan| {
        million(loan);
        loan.terms.due = day(2026, 9, 30);
    };
    let mut table = Table::of(lent, |desk| {
        let firm = desk.firm.entity;
        desk.floor.right(firm, "US1", |right| right.asset.expires = Some(ends))
    });
    let (bank, firm) = (table.desk.bank, table.desk.firm);
    let until = |ends: Date| {
        move |asked: &mut ProposeReverseLicence| {
            (asked.fees.fee, asked.fees.ends) = (yuan(10_000_000), ends);
        }
    };
    let longer = proposing(table.case, firm, until(ends.next()));
    table.is_refused(bank, longer, Reject::TermBeyondRight);
    let id = table.licensed(until(ends));
    let rows = expected["rows"].as_array().unwrap();
    for row in rows {
        let on = date(&row["on"]);
        table.desk.floor.until(on);
        // On the last day the right is gone, and its last fee is due.
        assert_eq!(table.case_state(), DisposalState::Licensed);
        table.pay(id, on, 10_000_000);
        let paid = table.reverse(id).payment.unwrap();
        assert_eq!(paid.interest.money.minor(), number(&row["interest"]), "{row}");
        assert_eq!(
            table.desk.lent(table.loan).outstanding.money.minor(),
            number(&row["left"]),
            "{row}"
        );
    }
    table.owes(number(&expected["unsecured_rest"]));
    let over = (
        S::Expired,
        DisposalState::GivenUp,
        LoanState::Default,
        PledgeState::Lapsed,
    );
    assert_eq!(table.states(id), over);
}

#[test]
fn a_last_fee_that_stays_unpaid_once_the_right_is_gone_leaves_no_case() {
    let ends = day(2026, 10, 1);
    let lent = |loan: &mut RegisterLoan| {
        million(loan);
        loan.terms.due = day(2026, 9, 30);
    };
    let mut table = Table::of(lent, |desk| {
        let firm = desk.firm.entity;
        desk.floor.right(firm, "US1", |right| right.asset.expires = Some(ends))
    });
    let id = table.licensed(|asked| (asked.fees.fee, asked.fees.ends) = (yuan(10_000_000), ends));
    for due in [day(2026, 4, 1), day(2026, 7, 1)] {
        table.pay(id, due, 10_000_000);
    }
    table.desk.floor.until(day(2026, 10, 16));
    assert_eq!(
        (table.state(id), table.case_state()),
        (S::Grace, DisposalState::Licensed)
    );
    let copy = (table.desk.floor.exchange.clone(), table.desk.floor.at);
    table.desk.floor.until(day(2026, 10, 17));
    assert_eq!(
        (table.state(id), table.case_state()),
        (S::Terminated, DisposalState::GivenUp)
    );

    (table.desk.floor.exchange, table.desk.floor.at) = copy;
    table
        .desk
        .floor
        .must(table.desk.firm.user, pay_fee(id, ends, 10_000_000));
    assert_eq!(
        (table.state(id), table.case_state()),
        (S::Expired, DisposalState::GivenUp)
    );
}

#[test]
fn a_first_stub_is_paid_by_its_days() {
    let (given, expected) = vector("d13");
    let mut table = Table::new();
    let id = table.licensed(|asked| {
        asked.fees.begins = date(&given["start"]);
        asked.fees.periods_from = Some(date(&given["quarter"][0]));
    });
    let next = table.reverse(id).next.unwrap();
    assert_eq!(next.fee.money.minor(), number(&expected["stub_fee"]));
    assert_eq!(
        (next.from, next.due),
        (date(&given["start"]), date(&given["quarter"][1]))
    );
    table.pay(id, next.due, 14_444_444);
    assert_eq!(table.reverse(id).next.unwrap().fee, yuan(26_000_000));
}

#[test]
fn a_right_is_licensed_back_on_authority() {
    let (given, expected) = vector("d14");
    let mut table = Table::new();
    for (word, code) in given["authority"]
        .as_array()
        .unwrap()
        .iter()
        .zip(expected["codes"].as_array().unwrap())
    {
        let authority = word.as_str().map(|word| LicenceAuthority::from_word(word).unwrap());
        let command = proposing(table.case, table.desk.firm, |asked| asked.authority = authority);
        let answer = table.desk.floor.try_(table.desk.bank.user, command);
        assert_eq!(
            answer.map_or_else(|reject| reject.code(), |_| "ok"),
            code.as_str().unwrap()
        );
    }
}

#[test]
fn grace_ends_on_a_day_that_works() {
    let mut table = Table::new();
    // The 11th of July 2026 is a Saturday.
    let id = table.licensed(|asked| asked.fees.grace_days = 10);
    table.pay(id, day(2026, 4, 1), 26_000_000);
    table.desk.floor.until(day(2026, 7, 2));
    let licence = table.reverse(id);
    assert_eq!((licence.last, licence.calendar), (Some(day(2026, 7, 13)), None));
    let copy = (table.desk.floor.exchange.clone(), table.desk.floor.at);
    table.desk.floor.until(day(2026, 7, 13));
    assert_eq!(table.state(id), S::Grace);
    table.desk.floor.until(day(2026, 7, 14));
    assert_eq!(table.state(id), S::Terminated);

    // A calendar by which that Monday is off as well.
    (table.desk.floor.exchange, table.desk.floor.at) = copy;
    let Command::Epoch(epoch) = crate::floor::epoch(
        protocol::rules::Profile::CnVenue,
        protocol::rules::Approval::None,
        10,
        20,
    ) else {
        unreachable!()
    };
    let calendar = Calendar {
        years: vec![2026],
        holidays: vec![day(2026, 7, 13)],
        ..Calendar::default()
    };
    table
        .desk
        .floor
        .must(OPERATOR, Command::Epoch(Box::new(Epoch { calendar, ..*epoch })));
    let licence = table.reverse(id);
    assert_eq!((licence.last, licence.calendar), (Some(day(2026, 7, 14)), None));
    table.desk.floor.until(day(2026, 7, 14));
    assert_eq!(table.state(id), S::Grace);
    table.desk.floor.until(day(2026, 7, 15));
    assert_eq!(table.state(id), S::Terminated);
}

#[test]
fn without_grace_a_missed_fee_ends_the_licence_at_once() {
    let mut table = Table::new();
    let id = table.licensed(|asked| asked.fees.grace_days = 0);
    let first = table.desk.floor.events.len();
    table.desk.floor.until(day(2026, 4, 2));
    let states: Vec<_> = told(&table.desk.floor, first, id)
        .iter()
        .map(|told| told.state)
        .collect();
    assert_eq!(states, [S::Missed, S::Terminated]);
    assert_eq!(table.case_state(), DisposalState::Open);
}

#[test]
fn nobody_loses_a_licence_in_hours_in_which_nobody_could_pay() {
    let mut table = Table::new();
    let id = table.one_fee_paid();
    // The venue is down in the last evening of grace, a Thursday.
    let last = day(2026, 7, 16);
    table.desk.floor.until(last);
    table.desk.floor.at = last.next().start().0 - 3_600 * SECOND;
    table.desk.floor.must(OPERATOR, Command::Tick);
    let down_from = Timestamp(table.desk.floor.at);
    table.desk.floor.at = last.next().start().0 + 7_200 * SECOND;
    table.desk.floor.must(OPERATOR, Command::Resumed { down_from });
    let licence = table.reverse(id);
    assert_eq!((licence.state, licence.last), (S::Grace, Some(day(2026, 7, 20))));
    table.desk.floor.until(day(2026, 7, 20));
    table
        .desk
        .floor
        .must(table.desk.firm.user, pay_fee(id, day(2026, 7, 1), 26_000_000));
    assert_eq!(table.state(id), S::Active);

    // And in the evening of a fee's day: it is not missed.
    let due = day(2026, 10, 1);
    table.desk.floor.until(due);
    table.desk.floor.at = due.next().start().0 - 60 * SECOND;
    let down_from = Timestamp(table.desk.floor.at);
    table.desk.floor.at += DAY;
    table.desk.floor.must(OPERATOR, Command::Resumed { down_from });
    let licence = table.reverse(id);
    assert_eq!((licence.state, licence.last), (S::Active, Some(day(2026, 10, 5))));
    table.desk.floor.until(day(2026, 10, 6));
    assert_eq!(table.reverse(id).last, Some(day(2026, 10, 16)));
}

#[test]
fn once_its_term_is_over_and_debt_is_left_the_case_is_open() {
    let mut table = Table::new();
    let half = |asked: &mut ProposeReverseLicence| asked.fees.ends = day(2026, 7, 1);
    let id = table.licensed(half);
    for due in [day(2026, 4, 1), day(2026, 7, 1)] {
        assert_eq!(table.case_state(), DisposalState::Licensed);
        table.pay(id, due, 26_000_000);
    }
    let over = (
        S::Expired,
        DisposalState::Open,
        LoanState::Default,
        PledgeState::Disposing,
    );
    assert_eq!(table.states(id), over);
    table.auction().expect("it may be auctioned");

    // The last fee may be paid in its period; then the licence runs to its end.
    let mut table = Table::new();
    let id = table.licensed(half);
    table.pay(id, day(2026, 4, 1), 26_000_000);
    let firm = table.desk.firm;
    table
        .desk
        .floor
        .must(firm.user, pay_fee(id, day(2026, 7, 1), 26_000_000));
    let licence = table.reverse(id);
    assert_eq!((licence.state, licence.next, licence.last), (S::Active, None, None));
    table.is_refused(firm, pay_fee(id, day(2026, 7, 1), 1), Reject::StateForbids);
    just_before(&mut table.desk.floor, day(2026, 7, 1));
    table.desk.floor.must(OPERATOR, Command::Tick);
    assert_eq!(table.state(id), S::Active);
    table.desk.floor.until(day(2026, 7, 1));
    assert_eq!((table.state(id), table.case_state()), (S::Expired, DisposalState::Open));
}

#[test]
fn a_proposal_binds_nobody_and_lapses_by_itself() {
    let mut table = Table::new();
    let (bank, firm) = (table.desk.bank, table.desk.firm);
    let first = table.proposed(|_| {});
    let proposal = table.reverse(first);
    assert_eq!((proposal.state, proposal.last), (S::Proposed, Some(day(2026, 4, 1))));
    assert_eq!(
        (proposal.kind, proposal.assets.clone()),
        (LicenceKind::NonExclusive, vec![table.right])
    );
    assert_eq!(table.case_state(), DisposalState::Open);
    table.auction().expect("the case is open");
    table.is_refused(firm, consenting(first, firm), Reject::AlreadyOffered);

    let mut table = Table::new();
    let first = table.proposed(|_| {});
    // Another takes its place.
    let second = table.proposed(|asked| asked.kind = Some(LicenceKind::Exclusive));
    assert_eq!((table.state(first), table.state(second)), (S::Withdrawn, S::Proposed));
    table.is_refused(firm, consenting(first, firm), Reject::StateForbids);
    // Either side ends it.
    table.desk.floor.must(firm.user, terminate(second));
    assert_eq!(table.state(second), S::Withdrawn);
    assert_eq!(table.reverse(second).evidence, Some(EVIDENCE));
    let third = table.proposed(|_| {});
    table.desk.floor.must(bank.user, terminate(third));
    assert_eq!(table.state(third), S::Withdrawn);
    // Nobody consents by the day of its first fee.
    let fourth = table.proposed(|_| {});
    just_before(&mut table.desk.floor, day(2026, 4, 2));
    table.desk.floor.must(OPERATOR, Command::Tick);
    assert_eq!(table.state(fourth), S::Proposed);
    table.desk.floor.until(day(2026, 4, 2));
    assert_eq!(
        (table.state(fourth), table.case_state()),
        (S::Withdrawn, DisposalState::Open)
    );
}

#[test]
fn one_that_is_consented_to_before_its_first_day_waits_for_it() {
    let mut table = Table::new();
    let firm = table.desk.firm;
    let id = table.licensed(|asked| asked.fees.begins = day(2026, 4, 1));
    let licence = table.reverse(id);
    assert_eq!((licence.state, licence.last), (S::Consented, None));
    assert_eq!(
        (table.case_state(), licence.account),
        (DisposalState::Licensed, Some(firm.account))
    );
    table.is_refused(firm, pay_fee(id, day(2026, 7, 1), 1), Reject::StateForbids);
    let copy = (table.desk.floor.exchange.clone(), table.desk.floor.at);
    table.desk.floor.until(day(2026, 4, 1));
    assert_eq!(
        (table.state(id), table.reverse(id).last),
        (S::Active, Some(day(2026, 7, 1)))
    );

    (table.desk.floor.exchange, table.desk.floor.at) = copy;
    table.desk.floor.must(firm.user, settle(id));
    assert_eq!(table.state(id), S::DebtCleared);
}

/// How a licence is over otherwise than by its fees, in the command that ends its case.
#[test]
fn it_ends_with_its_case() {
    type End = fn(&mut Table);
    let ends: [(End, (S, DisposalState, LoanState, PledgeState)); 5] = [
        (
            |table| {
                let loan = table.loan;
                table.desk.floor.must(table.desk.bank.user, cure(loan));
            },
            (
                S::Ended,
                DisposalState::Cured,
                LoanState::Running,
                PledgeState::Registered,
            ),
        ),
        (
            |table| {
                // The debtor pays elsewhere.
                let today = Timestamp(table.desk.floor.at).venue_date();
                let lent = table.desk.lent(table.loan).outstanding.money.minor();
                let interest = if today == day(2026, 4, 1) {
                    0
                } else {
                    1_087_500 * 60 / 90
                };
                let all = repay(table.loan, yuan(lent + interest), today);
                table.desk.floor.must(table.desk.bank.user, all);
            },
            (
                S::DebtCleared,
                DisposalState::Closed,
                LoanState::Repaid,
                PledgeState::Registered,
            ),
        ),
        (
            |table| {
                let invalid = change(table.right, AssetChange::Invalidate);
                table.desk.floor.must(OPERATOR, invalid);
            },
            (
                S::Ended,
                DisposalState::GivenUp,
                LoanState::Default,
                PledgeState::Lapsed,
            ),
        ),
        (
            |table| {
                table.desk.floor.must(table.desk.bank.user, release(table.pledge, &[]));
            },
            (
                S::Ended,
                DisposalState::GivenUp,
                LoanState::Default,
                PledgeState::Released,
            ),
        ),
        (
            |table| {
                let id = *told_ids(table).last().unwrap();
                table.desk.floor.must(OPERATOR, terminate(id));
            },
            (
                S::Terminated,
                DisposalState::Open,
                LoanState::Default,
                PledgeState::Disposing,
            ),
        ),
    ];
    let prepare: [fn(&mut Table) -> ReverseLicenceId; 4] = [
        |table| table.proposed(|_| {}),
        |table| table.licensed(|asked| asked.fees.begins = day(2026, 4, 1)),
        |table| table.one_fee_paid(),
        |table| {
            let id = table.one_fee_paid();
            table.desk.floor.until(day(2026, 7, 2));
            id
        },
    ];
    for (place, prepare) in prepare.into_iter().enumerate() {
        for (which, (end, expected)) in ends.into_iter().enumerate() {
            let mut table = Table::new();
            let id = prepare(&mut table);
            if place == 3 && which == 1 {
                // Interest of an odd time.
                let firm = table.desk.firm;
                table.desk.floor.must(firm.user, settle(id));
            } else {
                end(&mut table);
            }
            let (licence, case, loan, pledge) = table.states(id);
            if place == 0 {
                let repaid = which == 1;
                let case_of = if repaid { DisposalState::Cured } else { expected.1 };
                assert_eq!(
                    (licence, case, loan, pledge),
                    (S::Withdrawn, case_of, expected.2, expected.3),
                    "{which}"
                );
            } else {
                assert_eq!((licence, case, loan, pledge), expected, "{place} {which}");
            }
            let licence = table.reverse(id);
            assert_eq!((licence.next, licence.last), (None, None));
            assert_eq!(licence.ended_at, Some(Timestamp(table.desk.floor.at)));
            table.cash(table.desk.firm);
        }
    }
}

fn told_ids(table: &Table) -> Vec<ReverseLicenceId> {
    let records = table.desk.floor.records(0).into_iter();
    let ids = records.filter_map(|changed| match changed.record {
        Record::ReverseLicence(licence) => Some(licence.licence),
        _ => None,
    });
    ids.collect()
}

#[test]
fn of_several_rights_the_licence_goes_on_for_those_that_are_left() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.firm.account, 1_000_000_000);
    let rights = [desk.patent("US1"), desk.patent("US2")];
    let loan = desk.loan(million);
    let pledge = desk.recorded(desk.application(loan, &rights));
    let case = desk.in_disposal(loan);
    let mut table = Table {
        desk,
        right: rights[0],
        loan,
        pledge,
        case,
    };
    let waiting = table.proposed(|_| {});
    let firm = table.desk.firm;
    let copy = (table.desk.floor.exchange.clone(), table.desk.floor.at);
    table
        .desk
        .floor
        .must(table.desk.bank.user, release(pledge, &rights[..1]));
    table.is_refused(firm, consenting(waiting, firm), Reject::RightsChanged);

    (table.desk.floor.exchange, table.desk.floor.at) = copy;
    table.desk.floor.must(firm.user, consenting(waiting, firm));
    table
        .desk
        .floor
        .must(OPERATOR, change(rights[0], AssetChange::Invalidate));
    assert_eq!(
        (table.state(waiting), table.case_state()),
        (S::Active, DisposalState::Licensed)
    );
    table
        .desk
        .floor
        .must(OPERATOR, change(rights[1], AssetChange::Invalidate));
    assert_eq!(
        (table.state(waiting), table.case_state()),
        (S::Ended, DisposalState::GivenUp)
    );
}

#[test]
fn the_holders_of_the_claim_have_each_its_part() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.firm.account, 1_000_000_000);
    let (bank, other, firm) = (desk.bank, desk.other_bank, desk.firm);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        million(loan);
        loan.creditors = vec![
            Share {
                entity: bank.entity,
                parts: 2,
            },
            Share {
                entity: other.entity,
                parts: 1,
            },
        ];
    });
    let pledge = desk.pledged(loan, right);
    crate::floor::disposals::agreed(
        &mut desk.floor,
        loan,
        &crate::floor::disposals::plan(&[bank, other, firm]),
        &[bank.user, other.user, firm.user],
    );
    desk.floor.must(
        OPERATOR,
        crate::floor::pledges::default(loan, protocol::pledge::DefaultCause::AgreedEvent),
    );
    let opening = crate::floor::disposals::opening(loan, |_| {});
    let case = crate::floor::disposals::opened(&mut desk.floor, bank.user, opening);
    let mut table = Table {
        desk,
        right,
        loan,
        pledge,
        case,
    };
    // The other holder does not act.
    table.is_refused(other, proposing(case, firm, |_| {}), Reject::NotAParty);
    let id = table.licensed(|_| {});
    table.is_refused(other, terminate(id), Reject::NotAParty);
    table.pay(id, day(2026, 4, 1), 26_000_000);
    assert_eq!(
        [bank, other, firm].map(|party| table.cash(party)),
        [17_333_333, 8_666_667, -26_000_000]
    );
    // Who takes the claim over is paid from then on.
    let third = table.desk.other_firm;
    table.desk.floor.must(bank.user, assign(loan, third, None, false));
    table.pay(id, day(2026, 7, 1), 26_000_000);
    assert_eq!(
        [bank, third, other].map(|party| table.cash(party)),
        [17_333_333, 17_333_333, 17_333_334]
    );
}

#[test]
fn what_a_guarantor_paid_keeps_the_case_open_once_the_holders_are_paid() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.firm.account, 1_000_000_000);
    let surety = desk.other_firm;
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        million(loan);
        loan.terms.guarantors = vec![guarantor(surety, |_| {})];
    });
    let mut table = Table::on(desk, right, loan);
    let id = table.licensed(|_| {});
    let (bank, firm) = (table.desk.bank, table.desk.firm);
    let paid = repaid_by(loan, yuan(90_000_000), day(2026, 3, 2), surety, PayerKind::Guarantor);
    table.desk.floor.must(bank.user, paid);
    table.desk.floor.must(firm.user, settle(id));
    let over = (
        S::DebtCleared,
        DisposalState::Open,
        LoanState::Default,
        PledgeState::Disposing,
    );
    assert_eq!(table.states(id), over);
    let again = proposing(table.case, firm, |_| {});
    table.is_refused(bank, again, Reject::StateForbids);
}

#[test]
fn a_proposal_is_refused_for_each_fault() {
    let mut table = Table::new();
    let (bank, firm, other) = (table.desk.bank, table.desk.firm, table.desk.other_firm);
    let case = table.case;
    // Faults in the order in which they are told; each proposal has one, and all that come after it.
    type Fault = fn(&mut ProposeReverseLicence);
    let faults: [(Fault, Reject); 6] = [
        (|asked| asked.licensee = EntityId(999), Reject::UnknownEntity),
        (|asked| asked.fees.ends = day(2034, 4, 1), Reject::TermBeyondRight),
        (|asked| asked.authority = None, Reject::NoAuthority),
        (|asked| asked.fees.late = Rate(1_000_001), Reject::LicenceFeesInvalid),
        (|asked| asked.licensee = EntityId(0), Reject::LicenseeNotOwner),
        (|asked| asked.fees.begins = day(2025, 12, 1), Reject::LicenceDaysInvalid),
    ];
    for (fault, reject) in faults {
        table.is_refused(bank, proposing(case, firm, fault), reject);
    }
    for pair in faults.windows(2) {
        let both = |asked: &mut ProposeReverseLicence| {
            pair[1].0(asked);
            pair[0].0(asked);
        };
        table.is_refused(bank, proposing(case, firm, both), pair[0].1);
    }
    let late = |asked: &mut ProposeReverseLicence| {
        (asked.fees.begins, asked.fees.ends) = (day(2027, 3, 3), day(2028, 3, 3));
    };
    table.is_refused(bank, proposing(case, firm, late), Reject::LicenceDaysInvalid);
    table.is_refused(bank, proposing(case, other, |_| {}), Reject::LicenseeNotOwner);
    table.is_refused(other, proposing(case, firm, |_| {}), Reject::UnknownDisposal);
    table.is_refused(
        bank,
        proposing(DisposalId(99_999), firm, |_| {}),
        Reject::UnknownDisposal,
    );
    table.is_refused(firm, proposing(case, firm, |_| {}), Reject::NotAParty);
    // The venue proposes in the holder's place.
    let command = proposing(case, firm, |_| {});
    proposed(&mut table.desk.floor, OPERATOR, command);
    let id = table.licensed(|_| {});
    assert_eq!(table.state(id), S::Active);
    table.is_refused(bank, proposing(case, firm, |_| {}), Reject::StateForbids);
}

#[test]
fn a_consent_is_refused_for_each_fault() {
    let mut table = Table::new();
    let (bank, firm, other) = (table.desk.bank, table.desk.firm, table.desk.other_firm);
    let id = table.proposed(|_| {});
    let asked = |change: &dyn Fn(&mut ConsentReverseLicence)| {
        let mut asked = ConsentReverseLicence {
            licence: id,
            account: firm.account,
            contract: LICENCE_CONTRACT,
        };
        change(&mut asked);
        Command::ConsentReverseLicence(Box::new(asked))
    };
    table.is_refused(
        firm,
        asked(&|asked| asked.account = bank.account),
        Reject::UnknownAccount,
    );
    table.is_refused(
        firm,
        asked(&|asked| asked.licence = ReverseLicenceId(99_999)),
        Reject::UnknownReverseLicence,
    );
    table.is_refused(
        firm,
        asked(&|asked| asked.contract = Digest([9; 32])),
        Reject::ContractDiffers,
    );
    table.is_refused(
        bank,
        asked(&|asked| asked.account = bank.account),
        Reject::NotYourAccount,
    );
    table.is_refused(
        other,
        asked(&|asked| asked.account = other.account),
        Reject::UnknownReverseLicence,
    );
    let operator = asked(&|_| {});
    refuses(&mut table.desk.floor, OPERATOR, operator.clone(), Reject::NotPermitted);
    table.desk.floor.must(firm.user, operator.clone());
    table.is_refused(firm, operator, Reject::StateForbids);
}

#[test]
fn a_payment_is_refused_for_each_fault() {
    let mut table = Table::new();
    let (bank, firm, other) = (table.desk.bank, table.desk.firm, table.desk.other_firm);
    let due = day(2026, 4, 1);
    let waiting = table.proposed(|_| {});
    for command in [pay_fee(waiting, due, 1), settle(waiting)] {
        table.is_refused(firm, command, Reject::StateForbids);
    }
    table.desk.floor.must(firm.user, consenting(waiting, firm));
    let id = waiting;
    for (by, reject) in [(other, Reject::UnknownReverseLicence), (bank, Reject::NotAParty)] {
        table.is_refused(by, pay_fee(id, due, 1), reject);
        table.is_refused(by, settle(id), reject);
    }
    table.is_refused(firm, pay_fee(id, due, 0), Reject::AmountInvalid);
    let foreign = Command::PayReverseFee(PayReverseFee {
        licence: id,
        due,
        amount: protocol::Amount::new(protocol::Currency::Hkd, protocol::Money::from_minor(1)),
    });
    table.is_refused(firm, foreign, Reject::AmountInvalid);
    table.is_refused(firm, pay_fee(id, day(2026, 7, 1), 1), Reject::FeeNotOpen);
    table.is_refused(firm, pay_fee(id, due, 26_000_001), Reject::FeeAmountInvalid);
    table.desk.floor.must(firm.user, pay_fee(id, due, 26_000_000));
    // The next one is open from the first day that it is for.
    table.is_refused(firm, pay_fee(id, day(2026, 7, 1), 1), Reject::FeeNotOpen);
    table.is_refused(firm, pay_fee(id, due, 1), Reject::FeeNotOpen);
    table.desk.floor.until(due);
    table.desk.floor.must(firm.user, pay_fee(id, day(2026, 7, 1), 1));

    // Without cash nothing moves, and nothing is taken in parts.
    table.desk.floor.withdraw(firm, 1_000_000_000 - 26_000_001 - 5_000_000);
    let before = table.desk.floor.exchange.state_hash();
    table.is_refused(firm, pay_fee(id, day(2026, 7, 1), 5_000_001), Reject::InsufficientCash);
    table.is_refused(firm, settle(id), Reject::InsufficientCash);
    assert_ne!(
        table.desk.floor.exchange.state_hash(),
        before,
        "the place is in the state"
    );
    assert_eq!(table.reverse(id).paid, yuan(26_000_001));
    table
        .desk
        .floor
        .must(firm.user, pay_fee(id, day(2026, 7, 1), 5_000_000));
}

#[test]
fn a_termination_is_refused_for_each_fault() {
    let mut table = Table::new();
    let (bank, firm, other) = (table.desk.bank, table.desk.firm, table.desk.other_firm);
    let id = table.one_fee_paid();
    table.is_refused(other, terminate(id), Reject::UnknownReverseLicence);
    for by in [bank, firm] {
        table.is_refused(by, terminate(id), Reject::StateForbids);
    }
    table.desk.floor.until(day(2026, 7, 16));
    table.is_refused(bank, terminate(id), Reject::GraceRuns);
    table.is_refused(firm, terminate(id), Reject::StateForbids);
    table.desk.floor.until(day(2026, 7, 17));
    for by in [bank, firm] {
        table.is_refused(by, terminate(id), Reject::StateForbids);
    }
}

#[test]
fn who_is_in_it_is_told_and_nobody_else() {
    let mut table = Table::new();
    let (bank, firm) = (table.desk.bank, table.desk.firm);
    let id = table.one_fee_paid();
    table.desk.floor.must(firm.user, settle(id));
    let mut count = 0;
    for changed in table.desk.floor.records(0) {
        if let (Record::ReverseLicence(_), Readers::Only(readers)) = (&changed.record, &changed.readers) {
            let readers: BTreeSet<_> = readers.iter().copied().collect();
            assert_eq!(readers, BTreeSet::from([bank.entity, firm.entity]));
            count += 1;
        }
    }
    // Proposed, consented, active; a fee; cleared.
    assert_eq!(count, 5);
    let paid = cash_posted(&table.desk.floor, 0).into_iter();
    let received = paid.filter(|posted| posted.3 == PostingReason::Received).count();
    assert_eq!(received, 2);
}

/// The same log twice, and once more from a snapshot in the middle of grace, on the other book.
#[test]
fn the_same_log_gives_the_same_state_from_its_beginning_or_from_the_middle_of_grace() {
    fn play<B: engine::book::Book>(mut table_floor: Floor<B>, id: ReverseLicenceId, firm: Party) -> (Digest, usize) {
        let first = table_floor.events.len();
        table_floor.must(firm.user, pay_fee(id, day(2026, 7, 1), 9_000_000));
        table_floor.until(day(2026, 7, 13));
        table_floor.must(firm.user, pay_fee(id, day(2026, 7, 1), 17_000_000));
        table_floor.until(day(2026, 10, 9));
        assert_eq!(reverse(&table_floor, id).state, S::Grace);
        table_floor.until(day(2026, 10, 17));
        assert_eq!(reverse(&table_floor, id).state, S::Terminated);
        (table_floor.exchange.state_hash(), table_floor.events.len() - first)
    }
    let grace = || {
        let mut table = Table::new();
        let id = table.one_fee_paid();
        table.desk.floor.until(day(2026, 7, 9));
        assert_eq!(table.state(id), S::Grace);
        (table, id)
    };
    let (table, id) = grace();
    let firm = table.desk.firm;
    let image = table.desk.floor.exchange.save();
    let (other, _) = grace();
    assert_eq!(
        other.desk.floor.exchange.state_hash(),
        table.desk.floor.exchange.state_hash()
    );
    let whole = play(table.desk.floor, id, firm);
    assert_eq!(play(other.desk.floor, id, firm), whole);
    let loaded = Exchange::<PlainBook>::load(&image).expect("it was saved");
    assert_eq!(loaded.save(), image);
    assert_eq!(play(Floor::of(loaded), id, firm), whole);
}

#[test]
fn nothing_is_a_timer_a_day() {
    let mut table = Table::new();
    let id = table.one_fee_paid();
    let first = table.desk.floor.events.len();
    table.desk.floor.until(day(2026, 7, 1));
    assert_eq!(table.desk.floor.events.len(), first);
    assert_eq!(table.state(id), S::Active);
}

#[test]
fn a_pledge_that_a_third_party_gave_is_licensed_back_to_it() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let (bank, giver) = (desk.bank, desk.other_firm);
    let right = desk.floor.right(giver.entity, "US1", |_| {});
    let loan = desk.loan(million);
    let mut application = application(loan, giver, &[right]);
    application.intake.resolution = Some(Resolution {
        by: ResolvedBy::Board,
        published: false,
        evidence: EVIDENCE,
    });
    let pledge = desk.recorded(application);
    let case = in_disposal(&mut desk.floor, loan, (bank, giver));
    let mut table = Table {
        desk,
        right,
        loan,
        pledge,
        case,
    };
    let firm = table.desk.firm;
    table.is_refused(bank, proposing(case, firm, |_| {}), Reject::LicenseeNotOwner);
    let command = proposing(case, giver, |_| {});
    let id = proposed(&mut table.desk.floor, bank.user, command);
    table.is_refused(firm, consenting(id, firm), Reject::NotYourAccount);
    table.desk.floor.must(giver.user, consenting(id, giver));
    table.desk.floor.until(day(2026, 4, 1));
    table
        .desk
        .floor
        .must(giver.user, pay_fee(id, fees().begins.plus_months(3), 26_000_000));
    assert_eq!(table.desk.lent(loan).outstanding, yuan(75_087_500));
}

#[test]
fn a_bankruptcy_that_holds_pledgees_back_ends_it_and_another_lets_it_go_on() {
    for licensed in [false, true] {
        let mut table = Table::new();
        let (bank, firm, loan) = (table.desk.bank, table.desk.firm, table.loan);
        let id = table.proposed(|_| {});
        if licensed {
            table.desk.floor.must(firm.user, consenting(id, firm));
        }
        let floor = &table.desk.floor;
        let copy = (floor.exchange.clone(), floor.at, floor.events.len());
        let stay = |lifted| bankrupt(loan, Bankruptcy::Reorganisation, day(2026, 3, 2), lifted);
        table.desk.floor.must(bank.user, stay(false));
        let state = if licensed { S::Ended } else { S::Withdrawn };
        assert_eq!((table.state(id), table.case_state()), (state, DisposalState::Open));
        table.is_refused(firm, pay_fee(id, day(2026, 4, 1), 1), Reject::StateForbids);
        table.is_refused(bank, proposing(table.case, firm, |_| {}), Reject::Stayed);
        table.desk.floor.must(bank.user, stay(true));
        let again = table.licensed(|_| {});
        assert_eq!(table.state(again), S::Active);

        if licensed {
            (table.desk.floor.exchange, table.desk.floor.at) = (copy.0, copy.1);
            table.desk.floor.events.truncate(copy.2);
            let freely = bankrupt(loan, Bankruptcy::Liquidation, day(2026, 3, 2), false);
            table.desk.floor.must(bank.user, freely);
            assert_eq!(table.state(id), S::Active);
            // Interest stopped with the sixtieth day.
            table.pay(id, day(2026, 4, 1), 26_000_000);
            let paid = table.reverse(id).payment.unwrap();
            assert_eq!((paid.interest, paid.principal), (yuan(725_000), yuan(25_275_000)));
            table.desk.floor.must(firm.user, settle(id));
            assert_eq!(table.state(id), S::DebtCleared);
        }
    }
}

#[test]
fn nobody_consents_in_the_owners_place_not_even_who_works_for_the_venue() {
    let mut table = Table::new();
    let firm = table.desk.firm;
    let both = user(&mut table.desk.floor, EntityId(0), Roles::OPERATOR.with(Roles::FIRM));
    let id = table.proposed(|_| {});
    refuses(&mut table.desk.floor, both, consenting(id, firm), Reject::NotAParty);
    table.desk.floor.must(firm.user, consenting(id, firm));
}

#[test]
fn a_licence_is_not_consented_to_once_its_right_ends_before_it() {
    let mut table = Table::new();
    let firm = table.desk.firm;
    let id = table.proposed(|_| {});
    let ends = |last| dues(table.right, None, Some(last));
    let (before, with) = (ends(day(2026, 12, 31)), ends(fees().ends));
    table.desk.floor.must(OPERATOR, before);
    table.is_refused(firm, consenting(id, firm), Reject::TermBeyondRight);
    table.desk.floor.must(OPERATOR, with);
    table.desk.floor.must(firm.user, consenting(id, firm));
}

#[test]
fn a_licence_is_not_consented_to_once_its_debt_is_cleared() {
    let mut desk = Desk::new();
    let surety = desk.other_firm;
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        million(loan);
        free_of_interest(&mut loan.terms);
        loan.terms.guarantors = vec![guarantor(surety, |_| {})];
    });
    let mut table = Table::on(desk, right, loan);
    let id = table.proposed(|_| {});
    let (bank, firm) = (table.desk.bank, table.desk.firm);
    let paid = repaid_by(loan, yuan(100_000_000), day(2026, 3, 2), surety, PayerKind::Guarantor);
    table.desk.floor.must(bank.user, paid);
    // The guarantor has its money to come from the rights: the case goes on without a licence.
    assert_eq!(
        (table.state(id), table.case_state()),
        (S::Proposed, DisposalState::Open)
    );
    table.is_refused(firm, consenting(id, firm), Reject::StateForbids);
}

#[test]
fn a_licence_is_not_consented_to_once_one_of_its_rights_is_sold() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.firm.account, 1_000_000_000);
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let rights = [desk.patent("US1"), desk.patent("US2")];
    let loan = desk.loan(million);
    let pledge = desk.recorded(desk.application(loan, &rights));
    for right in rights {
        desk.floor
            .must(OPERATOR, crate::floor::pledges::valued(right, 120_000_000));
    }
    let case = desk.in_disposal(loan);
    let mut table = Table {
        desk,
        right: rights[0],
        loan,
        pledge,
        case,
    };
    let id = table.proposed(|_| {});
    let (bank, firm) = (table.desk.bank, table.desk.firm);
    let sale = table.desk.recorded_sale(case, &rights[..1], 50_000_000);
    // Its price is held.
    table.is_refused(firm, consenting(id, firm), Reject::StateForbids);
    table.desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(
        (table.state(id), table.case_state()),
        (S::Proposed, DisposalState::Open)
    );
    table.is_refused(firm, consenting(id, firm), Reject::LicenseeNotOwner);
}

#[test]
fn a_new_calendar_moves_no_day_that_it_does_not_change() {
    let mut table = Table::new();
    let id = table.licensed(|asked| asked.fees.grace_days = 10);
    table.pay(id, day(2026, 4, 1), 26_000_000);
    table.desk.floor.until(day(2026, 7, 2));
    let Command::Epoch(epoch) = crate::floor::epoch(
        protocol::rules::Profile::CnVenue,
        protocol::rules::Approval::None,
        10,
        20,
    ) else {
        unreachable!()
    };
    let first = table.desk.floor.events.len();
    table.desk.floor.must(OPERATOR, Command::Epoch(epoch));
    assert_eq!(told(&table.desk.floor, first, id), []);
    assert_eq!(table.reverse(id).last, Some(day(2026, 7, 13)));
}
