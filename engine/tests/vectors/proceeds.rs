//! c_consent_gate, as far as it is about money: what a pledged right earns by consent, and whether what is left covers
//! the debt. The gate itself claims all ids but these.

use super::{Case, Section};
use engine::sums::proceeds::{Consenting, cover, earned};
use protocol::{Money, pledge::Proceeds};
use serde_json::Value;

/// The cases that are looked at here.
pub(super) const IDS: [&str; 5] = ["c31", "c32", "c34", "c35", "c37"];

fn money(value: &Value) -> Money {
    Money::from_minor(value.as_i64().expect("an amount in fen"))
}

#[test]
fn proceeds_of_a_deal_by_consent() {
    let mut section = Section::part("c_consent_gate", |id| IDS.contains(&id));
    for id in ["c31", "c32", "c34"] {
        one_pledgee(&section.case(id), id);
    }
    by_rank(&section.case("c35"));
    cover_of_what_is_left(&section.case("c37"));
    section.end();
}

fn one_pledgee(case: &Case, id: &str) {
    let chose = match case.given["mode"].as_str() {
        Some("PREPAY") => Proceeds::Prepay,
        Some("ESCROW") => Proceeds::Escrow,
        other => panic!("{id}: {other:?}"),
    };
    let owed = money(&case.given["owed"]);
    let earned = earned(money(&case.given["price"]), &[Consenting { rank: 1, owed, chose }]);
    assert_eq!(earned.to_pledgees, [money(&case.expected["to_pledgee"])], "{id}");
    assert_eq!(earned.to_pledgor, money(&case.expected["to_pledgor"]), "{id}");
    assert_eq!(earned.held, money(&case.expected["held"]), "{id}");
}

fn by_rank(case: &Case) {
    let owed = case.given["owed"].as_array().unwrap();
    let pledgee = |(rank, one): (u32, &Value)| Consenting {
        rank,
        owed: money(&one[1]),
        chose: Proceeds::Prepay,
    };
    let pledgees: Vec<_> = (1..).zip(owed).map(pledgee).collect();
    let earned = earned(money(&case.given["price"]), &pledgees);
    for (one, &paid) in owed.iter().zip(&earned.to_pledgees) {
        assert_eq!(paid, money(&case.expected[one[0].as_str().unwrap()]));
    }
    assert_eq!(earned.to_pledgor, money(&case.expected["to_pledgor"]));
}

fn cover_of_what_is_left(case: &Case) {
    let values = case.given["values"].as_object().unwrap();
    let debt = money(&case.given["debt"]);
    let least = u32::try_from(case.given["least_cover_pct"].as_u64().unwrap()).unwrap();
    for released in case.given["release"].as_array().unwrap() {
        let released = released.as_str().unwrap();
        let others = values.iter().filter(|(right, _)| *right != released);
        let left = others.fold(Money::ZERO, |sum, (_, value)| sum.plus(money(value)));
        let found = cover(left, debt, least);
        assert_eq!(found.passes, case.expected[released] == "ok", "{released}");
        assert_eq!(
            found.percent,
            case.expected["cover_after_pct_floor"][released].as_u64(),
            "{released}"
        );
    }
    // Inclusive, as the case's note says: one fen more debt fails the first.
    let left = money(&values["A2"]).plus(money(&values["A3"]));
    assert!(!cover(left, debt.plus(Money::from_minor(1)), least).passes);
}
