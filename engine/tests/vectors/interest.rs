//! Section b: interest, penalty, compound and doubled interest, and how payments are counted (PLEDGES.md 2.8b).

use crate::{Case, Section};
use engine::sums::interest::{self, Claim, Debt, simple, spread};
use protocol::{
    Amount, BasisPoints, Currency, Date, Money, Rate, Reject,
    claim::{ClaimTerms, Compounding, Cycle, DayCount, PaymentOrder, Penalty, RateStep, Settlement},
};
use serde_json::{Value, json};

/// The day that a text names.
pub(crate) fn day(text: &Value) -> Date {
    text.as_str().expect("a day").parse().expect("a day")
}

/// The number that stands there.
pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is a number"))
}

/// The amount in fen that stands there.
pub(crate) fn money(value: &Value) -> Money {
    Money::from_minor(number(value))
}

/// The rate that stands there.
pub(crate) fn rate(value: &Value) -> Rate {
    Rate(u32::try_from(number(value)).expect("a rate"))
}

/// The day so many days later.
pub(crate) fn later(from: Date, days: &Value) -> Date {
    Date(from.0 + i32::try_from(number(days)).expect("days"))
}

/// Terms of a claim that is paid at its end, counted by actual days of 360, with no penalty.
pub(crate) fn terms(principal: Money, rate: Rate, drawn: Date, due: Date) -> ClaimTerms {
    ClaimTerms {
        principal: Amount::new(Currency::Cny, principal),
        drawn,
        due,
        day_count: DayCount::Act360,
        rates: vec![RateStep { from: drawn, rate }],
        settlement: Settlement {
            cycle: Cycle::AtEnd,
            day: None,
        },
        penalty: None,
        compounding: Compounding::None,
        cap: None,
        order: PaymentOrder::InterestFirst,
        instalments: vec![],
        guarantors: vec![],
    }
}

/// The terms of a loan of a bank: settled each quarter, half as much again once it is overdue.
fn of_a_bank(given: &Value, drawn: Date, due: Date) -> ClaimTerms {
    let penalty = Penalty {
        overdue: BasisPoints(5_000),
        misuse: None,
    };
    ClaimTerms {
        settlement: Settlement {
            cycle: Cycle::Quarterly,
            day: None,
        },
        penalty: Some(penalty),
        compounding: Compounding::Interest,
        ..terms(money(&given["principal"]), rate(&given["rate_e6"]), drawn, due)
    }
}

fn ten_years_after(day: Date) -> Date {
    day.plus_months(120)
}

/// A claim on checked terms, drawn whole.
pub(crate) fn claim(terms: &ClaimTerms) -> Claim {
    assert_eq!(interest::check(terms), Ok(()));
    Claim::drawn(terms)
}

/// The interest of a claim that is drawn on a day and repaid on another, by this day count.
fn by(count: DayCount, given: &Value, from: Date, to: Date) -> i64 {
    let terms = ClaimTerms {
        day_count: count,
        ..terms(
            money(&given["principal"]),
            rate(&given["rate_e6"]),
            from,
            ten_years_after(from),
        )
    };
    claim(&terms).owed(&terms, to).interest.minor()
}

/// `ok`, or the code of the refusal.
pub(crate) fn code(answer: Result<(), Reject>) -> Value {
    answer.map_or_else(|reject| json!(reject.code()), |()| json!("ok"))
}

#[test]
fn b_interest() {
    let mut section = Section::read("b_interest");
    a_settlement_takes_in_its_day(section.case("b1"));
    months_and_days_differ(section.case("b2"));
    products_are_summed_and_rounded_once(section.case("b4"));
    a_claim_over_a_reference_rate_is_priced_anew(section.case("b5"));
    penalty_interest_follows_without_a_gap(section.case("b7"));
    penalties_lie_within_their_bands(section.case("b8"));
    penalty_interest_carries_interest_where_agreed(section.case("b10"));
    charges_are_cut_to_the_cap(section.case("b11"));
    the_doubled_part_is_of_the_judgment_without_its_interest(section.case("b13"));
    suspended_days_are_not_doubled(section.case("b14"));
    principal_comes_first_where_agreed(section.case("b16"));
    a_payment_goes_to_several_debts_by_law(section.case("b17"));
    the_principal_is_what_was_really_lent(section.case("b19"));
    early_repayment_bears_interest_for_the_days_used(section.case("b20"));
    a_month_ends_on_its_last_day(section.case("b22"));
    a_daily_rate_is_never_rounded(section.case("b23"));
    half_a_fen_is_rounded_up(section.case("b25"));
    section.end();
}

fn a_settlement_takes_in_its_day(Case { given, expected }: Case) {
    let from = day(&given["from"]);
    let after = day(&given["settle_through"]).next();
    for (count, name) in [(DayCount::Act360, "act360"), (DayCount::Act365, "act365")] {
        let terms = ClaimTerms {
            day_count: count,
            ..of_a_bank(&given, from, ten_years_after(from))
        };
        let mut claim = claim(&terms);
        claim.advance(&terms, after).unwrap();
        let settled: Vec<_> = claim.unpaid(&terms).collect();
        assert_eq!((settled.len(), settled[0].since), (1, after));
        assert_eq!(settled[0].amount, money(&expected[name]), "{name}");
    }
    assert_eq!(i64::from(after.0 - from.0), number(&expected["days"]));
}

fn months_and_days_differ(Case { given, expected }: Case) {
    let (from, to) = (day(&given["from"]), day(&given["to"]));
    assert_eq!(by(DayCount::Months12, &given, from, to), number(&expected["months"]));
    assert_eq!(by(DayCount::Act360, &given, from, to), number(&expected["act360"]));
    assert_eq!(i64::from(to.0 - from.0), number(&expected["days"]));
}

fn products_are_summed_and_rounded_once(Case { given, expected }: Case) {
    let segments = given["segments"].as_array().unwrap();
    let at = |i: usize| (money(&segments[i][0]), day(&segments[i][1]), day(&segments[i][2]));
    let ((first, from, _), (second, repaid, _), (third, drawn, to)) = (at(0), at(1), at(2));
    let rate = rate(&given["rate_e6"]);
    let terms = ClaimTerms {
        order: PaymentOrder::PrincipalFirst,
        ..terms(first.plus(third.minus(second)), rate, from, ten_years_after(from))
    };
    let mut claim = Claim::new(&terms);
    claim.draw(&terms, first, from).unwrap();
    let applied = claim.apply(&terms, first.minus(second), repaid).unwrap();
    assert_eq!(applied.principal, first.minus(second));
    claim.draw(&terms, third.minus(second), drawn).unwrap();
    let owed = claim.owed(&terms, to);
    assert_eq!(owed.principal, third);
    assert_eq!(owed.interest, money(&expected["interest"]));
    let products = |i| {
        let (principal, from, to): (Money, Date, Date) = at(i);
        principal.minor() * i64::from(to.0 - from.0)
    };
    assert_eq!(
        (0..3).map(products).sum::<i64>(),
        number(&expected["product_sum_fen_days"])
    );
    // What is rounded by segment or by day is another figure.
    let each: i64 = (0..3)
        .map(|i| simple(at(i).0, rate, DayCount::Act360, at(i).1, at(i).2).minor())
        .sum();
    assert_eq!(each, number(&expected["wrong_per_segment"]));
    let daily = |i: usize| (at(i).1.0..at(i).2.0).map(move |day| (i, Date(day)));
    let of_day = |(i, day): (usize, Date)| simple(at(i).0, rate, DayCount::Act360, day, day.next()).minor();
    let daily: i64 = (0..3).flat_map(daily).map(of_day).sum();
    assert_eq!(daily, number(&expected["wrong_daily"]));
}

fn a_claim_over_a_reference_rate_is_priced_anew(Case { given, expected }: Case) {
    let (from, to) = (day(&given["from"]), day(&given["to"]));
    let steps = given["lpr_e6"].as_array().unwrap();
    let steps: Vec<_> = steps
        .iter()
        .map(|step| RateStep {
            from: day(&step[0]),
            rate: rate(&step[1]),
        })
        .collect();
    let spread = i32::try_from(number(&given["spread_e6"])).unwrap();
    let terms = ClaimTerms {
        rates: interest::priced_over(&steps, spread),
        ..terms(money(&given["principal"]), Rate(0), from, ten_years_after(from))
    };
    assert_eq!(claim(&terms).owed(&terms, to).interest, money(&expected["interest"]));
    let priced = steps[1].from;
    assert_eq!(json!([priced.0 - from.0, to.0 - priced.0]), expected["days"]);
}

fn penalty_interest_follows_without_a_gap(Case { given, expected }: Case) {
    let (due, paid) = (day(&given["due"]), day(&given["paid"]));
    let drawn = Date(due.0 - 100);
    let terms = of_a_bank(&given, drawn, due);
    let owed = claim(&terms).owed(&terms, paid);
    assert_eq!(owed.penalty, money(&expected["interest"]));
    assert_eq!(owed.overdue, terms.principal.money);
    assert_eq!(claim(&terms).owed(&terms, due).penalty, Money::ZERO);
    assert_eq!(i64::from(paid.0 - due.0), number(&expected["days"]));
    let plain = simple(
        terms.principal.money,
        rate(&expected["rate_e6"]),
        DayCount::Act360,
        due,
        paid,
    );
    assert_eq!(owed.penalty, plain);
}

fn penalties_lie_within_their_bands(Case { given, expected }: Case) {
    let (from, to) = (Date(0), Date(100));
    let asked = |overdue: u16, misuse: Option<u16>| {
        let terms = ClaimTerms {
            penalty: Some(Penalty {
                overdue: BasisPoints(overdue),
                misuse: misuse.map(BasisPoints),
            }),
            ..terms(Money::from_minor(1), Rate(1), from, to)
        };
        code(interest::check(&terms))
    };
    let points = |uplift: &Value| u16::try_from(100 * number(uplift)).unwrap();
    for (uplift, answer) in given["overdue"]
        .as_array()
        .unwrap()
        .iter()
        .zip(expected["overdue"].as_array().unwrap())
    {
        assert_eq!(&asked(points(uplift), None), answer, "overdue {uplift}");
    }
    for (uplift, answer) in given["misuse"]
        .as_array()
        .unwrap()
        .iter()
        .zip(expected["misuse"].as_array().unwrap())
    {
        assert_eq!(&asked(5_000, Some(points(uplift))), answer, "misuse {uplift}");
    }
}

fn penalty_interest_carries_interest_where_agreed(Case { given, expected }: Case) {
    let (due, settled, as_of) = (day(&given["from"]), day(&given["settled"]), day(&given["as_of"]));
    let contract = rate(&given["penalty_rate_e6"]).0 * 2 / 3;
    let come_to = |compounding| {
        // Drawn the day before, so that nothing but that day's interest is in term.
        let mut given = given.clone();
        given["rate_e6"] = json!(contract);
        let terms = ClaimTerms {
            compounding,
            ..of_a_bank(&given, Date(due.0 - 1), due)
        };
        let mut claim = claim(&terms);
        let first = claim.owed(&terms, due).interest;
        assert_eq!(claim.apply(&terms, first, due).unwrap().interest, first);
        claim.advance(&terms, settled).unwrap();
        let then = claim.owed(&terms, settled).penalty;
        assert_eq!(then, money(&expected["penalty"][0]));
        let owed = claim.owed(&terms, as_of);
        assert_eq!(owed.penalty.minus(then), money(&expected["penalty"][1]));
        assert_eq!(owed.interest, Money::ZERO);
        owed.charges()
    };
    let (without, with) = (come_to(Compounding::Interest), come_to(Compounding::InterestAndPenalty));
    assert_eq!((without, with), (money(&expected["without"]), money(&expected["with"])));
    assert_eq!(with.minus(without), money(&expected["difference"]));
}

fn charges_are_cut_to_the_cap(Case { given, expected }: Case) {
    let due = Date(20_000);
    let terms = ClaimTerms {
        cap: Some(rate(&given["cap_e6"])),
        ..of_a_bank(&given, Date(due.0 - 1), due)
    };
    let mut claim = claim(&terms);
    // What is counted begins with the overdue days: that of the day before is paid.
    let first = claim.owed(&terms, due).interest;
    claim.apply(&terms, first, due).unwrap();
    let as_of = later(due, &given["days"]);
    let claimed = claim.owed(&terms, as_of);
    assert_eq!(
        (claimed.charges(), claimed.cut),
        (money(&expected["claimed"]), Money::ZERO)
    );
    claim.plead_cap();
    let owed = claim.owed(&terms, as_of);
    // The day before bore 18 %, so it leaves room for 6 % of a day.
    let room = simple(
        terms.principal.money,
        Rate(60_000),
        DayCount::Act360,
        Date(due.0 - 1),
        due,
    );
    assert_eq!(owed.cut.plus(room), money(&expected["cut"]));
    assert_eq!(owed.charged().minus(room), money(&expected["allowed"]));
    // A claim that bears the same from its first day on, with nothing before it.
    let (mut plain, heavy) = (terms.clone(), rate(&given["rate_e6"]).0 * 3 / 2);
    plain.rates[0].rate = Rate(heavy);
    plain.due = ten_years_after(due);
    let mut claim = Claim::drawn(&plain);
    claim.plead_cap();
    let owed = claim.owed(&plain, later(plain.drawn, &given["days"]));
    assert_eq!(owed.charges(), owed.charged().plus(owed.cut));
    let compound = owed.compound;
    assert_eq!(owed.charges().minus(compound), money(&expected["claimed"]));
    assert_eq!(owed.charged(), money(&expected["allowed"]));
    assert_eq!(owed.cut.minus(compound), money(&expected["cut"]));
}

fn the_doubled_part_is_of_the_judgment_without_its_interest(Case { given, expected }: Case) {
    let (principal, costs) = (money(&given["judgment_principal"]), money(&given["judgment_costs"]));
    let base = principal.plus(costs);
    assert_eq!(base, money(&expected["base"]));
    let from = Date(20_000);
    let terms = terms(principal, Rate(0), from, ten_years_after(from));
    let mut claim = claim(&terms);
    claim.add_costs(costs).unwrap();
    claim.add_fee(money(&given["judgment_interest_excluded"])).unwrap();
    claim.adjudge(base, from).unwrap();
    let owed = claim.owed(&terms, later(from, &given["days"]));
    assert_eq!(owed.doubled, money(&expected["doubled"]));
}

fn suspended_days_are_not_doubled(Case { given, expected }: Case) {
    let (from, base) = (Date(20_000), money(&given["base"]));
    let terms = terms(base, Rate(0), from, ten_years_after(from));
    let mut claim = claim(&terms);
    claim.adjudge(base, from).unwrap();
    let paid_on = later(from, &given["paid_on_day"]);
    let first = claim.owed(&terms, paid_on).doubled;
    assert_eq!(first, money(&expected["first"]));
    let applied = claim.apply(&terms, money(&given["paid"]), paid_on).unwrap();
    assert_eq!(
        (applied.principal, applied.doubled),
        (money(&given["paid"]), Money::ZERO)
    );
    let suspended = Date(paid_on.0 + 10);
    claim.suspend(&terms, true, suspended).unwrap();
    claim
        .suspend(&terms, false, later(suspended, &given["suspended_days"]))
        .unwrap();
    let all = claim.owed(&terms, later(from, &given["end_day"])).doubled;
    assert_eq!(all, money(&expected["doubled"]));
    assert_eq!(all.minus(first), money(&expected["second"]));
}

fn principal_comes_first_where_agreed(Case { given, expected }: Case) {
    let owed = &given["owed"];
    let from = Date(20_000);
    let terms = ClaimTerms {
        order: PaymentOrder::PrincipalFirst,
        ..terms(money(&owed["principal"]), Rate(0), from, ten_years_after(from))
    };
    let mut claim = claim(&terms);
    claim.add_costs(money(&owed["costs"])).unwrap();
    claim.add_fee(money(&owed["interest"])).unwrap();
    let applied = claim.apply(&terms, money(&given["payment"]), from).unwrap();
    let expected = &expected["applied"];
    assert_eq!(applied.costs, money(&expected["costs"]));
    assert_eq!(applied.principal, money(&expected["principal"]));
    assert_eq!(
        (applied.charged(), applied.left),
        (money(&expected["interest"]), Money::ZERO)
    );
}

fn a_payment_goes_to_several_debts_by_law(Case { given, expected }: Case) {
    let debts = given["debts"].as_array().unwrap();
    let read: Vec<_> = debts
        .iter()
        .map(|debt| Debt {
            owed: money(&debt["owed"]),
            due: day(&debt["due"]),
            cover: if debt["secured"] == true {
                money(&debt["owed"])
            } else {
                Money::ZERO
            },
            rate: rate(&debt["rate_e6"]),
            named: false,
        })
        .collect();
    let parts = spread(money(&given["payment"]), &read, day(&given["today"]));
    for (debt, part) in debts.iter().zip(parts) {
        let id = debt["id"].as_str().unwrap();
        assert_eq!(part, money(&expected["applied"][id]), "{id}");
    }
}

fn the_principal_is_what_was_really_lent(Case { given, expected }: Case) {
    let lent = interest::really_lent(money(&given["nominal"]), money(&given["taken_off"]));
    assert_eq!(lent, Some(money(&expected["principal"])));
    let from = Date(20_000);
    let mut given = given.clone();
    given["principal"] = expected["principal"].clone();
    let to = later(from, &given["days"]);
    assert_eq!(by(DayCount::Act360, &given, from, to), number(&expected["interest"]));
}

fn early_repayment_bears_interest_for_the_days_used(Case { given, expected }: Case) {
    let (from, repaid) = (day(&given["from"]), day(&given["repaid"]));
    let terms = terms(
        money(&given["principal"]),
        rate(&given["rate_e6"]),
        from,
        ten_years_after(from),
    );
    let mut claim = claim(&terms);
    let owed = claim.owed(&terms, repaid);
    assert_eq!(owed.interest, money(&expected["interest"]));
    let applied = claim.apply(&terms, owed.total(), repaid).unwrap();
    assert_eq!((applied.principal, applied.left), (terms.principal.money, Money::ZERO));
    assert_eq!(claim.owed(&terms, terms.due).total(), Money::ZERO);
    assert_eq!(i64::from(repaid.0 - from.0), number(&expected["days"]));
}

fn a_month_ends_on_its_last_day(Case { given, expected }: Case) {
    let months = u32::try_from(number(&given["months"])).unwrap();
    let starts = given["starts"].as_array().unwrap();
    for (start, end) in starts.iter().zip(expected["ends"].as_array().unwrap()) {
        assert_eq!(day(start).plus_months(months), day(end));
        // A month of interest is a twelfth of a year's, however long it was.
        let given = json!({"principal": 1_200_000, "rate_e6": 10_000});
        assert_eq!(by(DayCount::Months12, &given, day(start), day(end)), 1_000);
    }
}

fn a_daily_rate_is_never_rounded(Case { given, expected }: Case) {
    let from = Date(20_000);
    let to = later(from, &given["days"]);
    assert_eq!(by(DayCount::Act360, &given, from, to), number(&expected["right"]));
    let daily = (number(&given["rate_e6"]) + 180) / 360;
    let wrong = number(&given["principal"]) * daily * number(&given["days"]) / 1_000_000;
    assert_eq!(wrong, number(&expected["wrong_daily_rate_6dp"]));
}

fn half_a_fen_is_rounded_up(Case { given, expected }: Case) {
    let from = Date(20_000);
    let to = later(from, &given["days"]);
    assert_eq!(by(DayCount::Act360, &given, from, to), number(&expected["interest"]));
    let less = json!({"principal": number(&given["principal"]) - 1, "rate_e6": given["rate_e6"]});
    assert_eq!(by(DayCount::Act360, &less, from, to), 0);
}
