//! Section d: reverse licences (PLEDGES.md 2.4).

use crate::{
    Case, Section,
    interest::{claim, code, day, money, number, rate, terms},
};
use engine::sums::reverse::{self, Fee, FeeDue, Row, Standing, forecast, schedule};
use protocol::{
    Amount, Currency, Date, Money, Rate,
    claim::{ClaimTerms, Cycle, DayCount, LicenceAuthority, LicenceFees},
    rules::Calendar,
};
use serde_json::{Value, json};

#[test]
fn d_reverse_licence() {
    let mut section = Section::read("d_reverse_licence");
    for id in ["d1", "d2", "d4"] {
        fees_pay_costs_then_interest_then_principal(section.case(id));
    }
    a_fee_in_grace_bears_late_interest(section.case("d5"));
    a_part_of_a_fee_does_not_cure(section.case("d7"));
    the_claim_is_carried_into_the_auction(section.case("d8"));
    early_settlement_bears_interest_to_its_day(section.case("d10"));
    fees_end_with_the_right(section.case("d11"));
    a_stub_is_paid_by_its_days(section.case("d13"));
    a_right_is_licensed_back_on_authority(section.case("d14"));
    section.end();
}

const COUNTS: [(&str, DayCount); 4] = [
    ("quarter", DayCount::Quarter),
    ("act360", DayCount::Act360),
    ("act365", DayCount::Act365),
    ("months12", DayCount::Months12),
];

fn cny(money: Money) -> Amount {
    Amount::new(Currency::Cny, money)
}

/// Quarterly fees from one day to another, with fifteen days of grace.
fn fees(fee: Money, begins: Date, ends: Date) -> LicenceFees {
    LicenceFees {
        fee: cny(fee),
        cycle: Cycle::Quarterly,
        begins,
        ends,
        periods_from: None,
        grace_days: 15,
        late: Rate(0),
    }
}

/// A claim that runs long after the licence.
fn loan(given: &Value, principal: &str, drawn: Date) -> ClaimTerms {
    terms(
        money(&given[principal]),
        rate(&given["rate_e6"]),
        drawn,
        drawn.plus_months(120),
    )
}

/// A row as the vectors write it.
fn written(row: &Row) -> Value {
    json!({
        "on": row.on.to_string(),
        "costs": row.applied.costs.minor(),
        "interest": row.applied.interest.minor(),
        "principal": row.applied.principal.minor(),
        "left": row.left.total().minor(),
        "to_licensee": row.applied.left.minor(),
    })
}

fn assert_rows(rows: &[Row], expected: &Value) {
    let expected = expected.as_array().unwrap();
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().map(written).zip(expected) {
        for (name, expected) in expected.as_object().unwrap() {
            assert_eq!(&row[name], expected, "{name} of {row}");
        }
    }
}

fn fees_pay_costs_then_interest_then_principal(Case { given, expected }: Case) {
    let dates: Vec<_> = given["dates"].as_array().unwrap().iter().map(day).collect();
    let by = given.get("method").map_or("act360", |method| method.as_str().unwrap());
    assert!(given.get("basis").is_none_or(|basis| *basis == 360));
    let day_count = COUNTS.iter().find(|(name, _)| *name == by).unwrap().1;
    let terms = ClaimTerms {
        day_count,
        ..loan(&given, "principal", dates[0])
    };
    let dues = schedule(&fees(money(&given["fee"]), dates[0], dates[4]), &terms, None).unwrap();
    assert_eq!(dues.iter().map(|due| due.due).collect::<Vec<_>>(), dates[1..]);
    let costs: Vec<_> = given
        .get("costs")
        .into_iter()
        .flat_map(|costs| costs.as_array().unwrap())
        .map(money)
        .collect();
    assert_rows(
        &forecast(&claim(&terms), &terms, &dues, &costs).unwrap(),
        &expected["rows"],
    );
}

fn a_fee_in_grace_bears_late_interest(Case { given, expected }: Case) {
    let (due, paid) = (day(&given["due"]), day(&given["paid"]));
    let terms = loan(&given, "left_before", "2026-04-01".parse().unwrap());
    let mut claim = claim(&terms);
    let mut fee = Fee::new(&FeeDue {
        from: terms.drawn,
        due,
        fee: money(&given["fee"]),
    });
    let grace = u16::try_from(number(&given["grace_days"])).unwrap();
    let last = reverse::last_day_of_grace(due, grace, &Calendar::default()).date;
    let before = fee.standing(&claim, &terms, last, paid);
    let counted = fee
        .pay(
            &mut claim,
            &terms,
            rate(&given["penalty_rate_e6"]),
            money(&given["fee"]),
            paid,
        )
        .unwrap();
    let after = fee.standing(&claim, &terms, last, last.next());
    assert_eq!(expected["state"], format!("{before:?}->{after:?}").to_uppercase());
    let expected_part = |name: &str| money(&expected["applied"][name]);
    assert_eq!(counted.late, expected_part("penalty_on_fee"));
    assert_eq!(counted.applied.interest, expected_part("interest"));
    assert_eq!(counted.applied.principal, expected_part("principal"));
    assert_eq!(claim.owed(&terms, paid).total(), money(&expected["left"]));
}

fn a_part_of_a_fee_does_not_cure(Case { given, expected }: Case) {
    let due: Date = "2026-07-01".parse().unwrap();
    let terms = terms(
        Money::from_minor(100_000_000),
        Rate(43_500),
        "2026-04-01".parse().unwrap(),
        due.plus_months(60),
    );
    let mut claim = claim(&terms);
    let mut fee = Fee::new(&FeeDue {
        from: terms.drawn,
        due,
        fee: money(&given["fee"]),
    });
    let last = reverse::last_day_of_grace(due, 15, &Calendar::default()).date;
    assert_eq!(given["grace_over"], true);
    let counted = fee
        .pay(&mut claim, &terms, Rate(0), money(&given["paid"]), last)
        .unwrap();
    assert_eq!(counted.applied.total(), money(&expected["applied"]));
    let state = fee.standing(&claim, &terms, last, last.next());
    assert_eq!(
        (state, &expected["state"]),
        (Standing::Terminated, &json!("TERMINATED->AUCTION"))
    );
}

fn the_claim_is_carried_into_the_auction(Case { given, expected }: Case) {
    let terms = loan(&given, "left", day(&given["from"]));
    let owed = claim(&terms).owed(&terms, day(&given["to"]));
    assert_eq!(
        (owed.interest, owed.total()),
        (money(&expected["interest"]), money(&expected["owed"]))
    );
}

fn early_settlement_bears_interest_to_its_day(Case { given, expected }: Case) {
    let (terms, on) = (loan(&given, "left", day(&given["last_paid"])), day(&given["on"]));
    let mut claim = claim(&terms);
    let owed = claim.owed(&terms, on);
    assert_eq!(
        (owed.interest, owed.total()),
        (money(&expected["interest"]), money(&expected["to_pay"]))
    );
    let mut fee = Fee::new(
        &schedule(
            &fees(Money::from_minor(26_000_000), terms.drawn, terms.due),
            &terms,
            None,
        )
        .unwrap()[0],
    );
    assert_eq!(fee.standing(&claim, &terms, on, on), Standing::Active);
    let paid = fee.pay(&mut claim, &terms, Rate(0), owed.total(), on).unwrap();
    assert_eq!(paid.applied.total(), owed.total());
    assert_eq!(
        (&expected["state"], &expected["pledge"]),
        (&json!("DEBT_CLEARED"), &json!("RELEASE_DUE"))
    );
    assert_eq!(fee.standing(&claim, &terms, on, on), Standing::Cleared);
}

fn fees_end_with_the_right(Case { given, expected }: Case) {
    let (begins, ends) = ("2026-01-01".parse().unwrap(), day(&given["right_ends"]));
    // The case leaves the rate to 7.7, whose claim it is.
    let terms = terms(
        money(&given["principal"]),
        Rate(43_500),
        begins,
        begins.plus_months(120),
    );
    let each = given["fees"].as_array().unwrap();
    let dues = schedule(&fees(money(&each[0]), begins, ends), &terms, Some(ends)).unwrap();
    assert!(dues.len() == each.len() && dues.iter().zip(each).all(|(due, fee)| due.fee == money(fee)));
    let rows = forecast(&claim(&terms), &terms, &dues, &[]).unwrap();
    assert_rows(&rows, &expected["rows"]);
    assert_eq!(rows.last().unwrap().left.total(), money(&expected["unsecured_rest"]));
    let longer = fees(money(&each[0]), begins, ends.next());
    assert_eq!(
        code(schedule(&longer, &terms, Some(ends)).map(drop)),
        "TERM_BEYOND_RIGHT"
    );
}

fn a_stub_is_paid_by_its_days(Case { given, expected }: Case) {
    let (start, quarter) = (day(&given["start"]), &given["quarter"]);
    let terms = terms(money(&given["fee"]), Rate(0), start, start.plus_months(120));
    let (begun, ended) = (day(&quarter[0]), day(&quarter[1]));
    let fees = LicenceFees {
        periods_from: Some(begun),
        ..fees(money(&given["fee"]), start, ended.plus_months(3))
    };
    let dues = schedule(&fees, &terms, None).unwrap();
    assert_eq!(
        (dues[0].from, dues[0].due, dues[0].fee),
        (start, ended, money(&expected["stub_fee"]))
    );
    assert_eq!(dues[1].fee, money(&given["fee"]));
    assert_eq!(
        json!([ended.0 - start.0, ended.0 - begun.0]),
        json!([expected["days"], expected["of"]])
    );
}

fn a_right_is_licensed_back_on_authority(Case { given, expected }: Case) {
    let (asked, codes) = (
        given["authority"].as_array().unwrap(),
        expected["codes"].as_array().unwrap(),
    );
    assert_eq!(asked.len(), codes.len());
    for (authority, answer) in asked.iter().zip(codes) {
        let authority = authority
            .as_str()
            .map(|word| LicenceAuthority::from_word(word).expect("an authority"));
        assert_eq!(&code(reverse::check_authority(authority)), answer);
    }
}
