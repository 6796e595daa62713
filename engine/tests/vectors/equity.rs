//! Section e: from a claim to shares (PLEDGES.md 2.7).

use crate::{
    Case, Section,
    interest::{code, day, money, number},
};
use engine::sums::equity::{self, Path, Votes, issue};
use protocol::{
    Date, Money, Price,
    claim::{CompanyForm, Converter, EquityOrigin, EquityStep},
    rules::Calendar,
};
use serde_json::{Value, json};

#[test]
fn e_debt_to_equity() {
    let mut section = Section::read("e_debt_to_equity");
    for id in ["e1", "e2", "e4", "e5"] {
        a_claim_buys_shares_for_what_it_is_worth(section.case(id));
    }
    holders_have_their_limit(section.case("e7"));
    two_thirds_decide(section.case("e8"));
    a_bank_does_not_convert(section.case("e10"));
    shares_taken_by_enforcing_are_sold_within_two_years(section.case("e11"));
    a_valuation_is_good_on_its_last_day(section.case("e13"));
    a_notice_in_time_gives_six_months(section.case("e14"));
    a_pledge_is_released_after_the_register(section.case("e16"));
    investment_companies_have_their_limits(section.case("e17"));
    section.end();
}

/// Each of a list beside what is expected of it.
fn pairs<'a>(given: &'a Value, expected: &'a Value) -> impl Iterator<Item = (&'a Value, &'a Value)> {
    let (given, expected) = (given.as_array().unwrap(), expected.as_array().unwrap());
    assert_eq!(given.len(), expected.len());
    given.iter().zip(expected)
}

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

fn a_claim_buys_shares_for_what_it_is_worth(Case { given, expected }: Case) {
    let claim = money(&given["claim"]);
    let value = given.get("appraised").map_or(claim, money);
    let before = given.get("shares_before").map_or(0, count);
    let found = match issue(claim, value, Price::from_minor(number(&given["price"])), before) {
        Ok(issue) => json!({
            "shares": issue.shares,
            "residue": issue.residue.minor(),
            "claim_over_value": issue.claim_over_value.minor(),
            "stake_e6": issue.stake_e6,
        }),
        Err(reject) => json!({ "code": reject.code() }),
    };
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(&found[name], expected, "{name} of {given}");
    }
}

fn form(name: &Value) -> CompanyForm {
    match name.as_str() {
        Some("LLC") => CompanyForm::Limited,
        Some("JSC_nonpublic" | "JSC_present") => CompanyForm::Joint,
        other => panic!("{other:?} is a form"),
    }
}

fn holders_have_their_limit(Case { given, expected }: Case) {
    let holders = |value: &Value| u32::try_from(number(value)).unwrap();
    for (row, answer) in pairs(&given["rows"], &expected["codes"]) {
        let found = equity::check_holders(form(&row[0]), holders(&row[1]), holders(&row[2]));
        assert_eq!(&code(found), answer, "{row}");
    }
}

fn two_thirds_decide(Case { given, expected }: Case) {
    for (row, answer) in pairs(&given["rows"], &expected["codes"]) {
        let (form, base) = (form(&row[0]), count(&row[1]));
        // Of a company of shares those who stayed away count for nothing; of the other it does not matter who came.
        let (all, present) = match form {
            CompanyForm::Limited => (base, base / 10 * 9),
            _ => (base * 2, base),
        };
        let votes = Votes {
            all,
            present,
            in_favour: count(&row[2]),
        };
        assert_eq!(&code(equity::check_votes(form, votes)), answer, "{row}");
    }
}

fn a_bank_does_not_convert(Case { given, expected }: Case) {
    for (row, answer) in pairs(&given["rows"], &expected["codes"]) {
        let name = row.as_str().unwrap().to_lowercase();
        let excepted = name.strip_suffix("_with_state_exception");
        let converter = Converter::from_word(excepted.unwrap_or(&name)).unwrap();
        assert_eq!(
            &code(equity::check_converter(converter, excepted.is_some())),
            answer,
            "{row}"
        );
    }
}

/// The State Council's days off and on in 2026, those around the days of the vectors.
pub(crate) fn calendar() -> Calendar {
    let days = |days: &[&str]| days.iter().map(|day| format!("2026-{day}").parse().unwrap()).collect();
    let calendar = Calendar {
        years: vec![2026],
        sources: vec![],
        holidays: days(&[
            "02-16", "02-17", "02-18", "02-19", "02-20", "02-23", "05-01", "05-04", "05-05", "10-01", "10-02", "10-05",
            "10-06", "10-07",
        ]),
        working_weekends: days(&["02-14", "02-28", "05-09", "09-20", "10-10"]),
    };
    assert!(calendar.is_valid());
    calendar
}

fn shares_taken_by_enforcing_are_sold_within_two_years(Case { given, expected }: Case) {
    let nominal = pairs(&given["acquired"], &expected["nominal"]);
    for ((acquired, nominal), (_, last)) in nominal.zip(pairs(&given["acquired"], &expected["last_day"])) {
        let by = equity::dispose_by(Converter::Bank, EquityOrigin::Enforcement, day(acquired), &calendar()).unwrap();
        assert_eq!((by.nominal, by.last_day.date), (day(nominal), day(last)));
        assert!(by.last_day.known);
    }
}

fn a_valuation_is_good_on_its_last_day(Case { given, expected }: Case) {
    let months = u32::try_from(number(&given["valid_months"])).unwrap();
    let valid_to = equity::valid_to(day(&given["base_date"]), months);
    assert_eq!(valid_to, day(&expected["valid_to"]));
    for (resolution, answer) in pairs(&given["resolution"], &expected["codes"]) {
        assert_eq!(
            &code(equity::check_valuation(valid_to, day(resolution))),
            answer,
            "{resolution}"
        );
    }
}

fn a_notice_in_time_gives_six_months(Case { given, expected }: Case) {
    let valid_to = day(&given["valid_to"]);
    for ((notice, answer), (_, sale)) in
        pairs(&given["notice"], &expected["codes"]).zip(pairs(&given["notice"], &given["sale"]))
    {
        let last = equity::last_sale_day(valid_to, day(notice));
        assert_eq!(&code(last.map(drop)), answer, "{notice}");
        if let Ok(last) = last {
            assert_eq!(last, day(&expected["last_sale_day"]));
            assert!(day(sale) <= last);
        }
    }
}

fn a_pledge_is_released_after_the_register(Case { given, expected }: Case) {
    // A parent's meeting resolves as an issuer's does.
    let step = |name: &Value| match name.as_str().unwrap() {
        "RESOLVED" => EquityStep::Voted,
        name => EquityStep::from_word(&name.to_lowercase()).expect("a step"),
    };
    let path = Path {
        of_a_bank: false,
        form: CompanyForm::Joint,
    };
    let walk = |before: &[EquityStep], steps: &Value| {
        let mut done = before.to_vec();
        for next in steps.as_array().unwrap().iter().map(step) {
            path.check(&done, next)?;
            done.push(next);
        }
        Ok(())
    };
    assert_eq!(walk(&[], &given["events"]).is_ok(), expected["ok"]);
    // The case names the end of the way.
    let before = [EquityStep::Valued, EquityStep::Voted];
    assert_eq!(code(walk(&before, &given["bad"])), expected["bad"]);
}

fn investment_companies_have_their_limits(Case { given, expected }: Case) {
    for (invested, answer) in pairs(&given["pilot"], &expected["pilot"]) {
        assert_eq!(
            &code(equity::check_aic_pilot(money(&given["assets"]), money(invested))),
            answer
        );
    }
    // The first is what the fund is, the others what is held of it.
    let fund = given["fund"].as_array().unwrap();
    for (held, answer) in fund[1..].iter().zip(expected["fund"].as_array().unwrap()) {
        assert_eq!(&code(equity::check_aic_fund(money(&fund[0]), money(held))), answer);
    }
}

#[test]
fn an_increase_of_capital_is_shown_within_twenty_working_days() {
    // The Spring Festival is off, two Saturdays work.
    let decided: Date = "2026-02-02".parse().unwrap();
    assert_eq!(
        equity::shown_by(decided, &calendar()),
        Ok("2026-03-06".parse().unwrap())
    );
    assert_eq!(
        equity::preemption(821_156, &[7, 3].map(Money::from_minor)),
        [574_809, 246_347]
    );
}
