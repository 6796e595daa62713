//! Pools, guarantors, insurers, subsidies and tolerance (section `f_pools`).

use crate::Section;
use engine::sums::{
    guarantee::{self, Outstanding},
    pools::{self, Borne, Exposure, Lost, Room},
    subsidies, tolerance,
};
use protocol::{
    Amount, BasisPoints, Currency, Date, Digest, Money, Reject,
    asset::AssetClass,
    claim::{GuaranteeKind, GuaranteePeriod},
    risk::{
        ANHUI_2022, Bearer, Call, CallKind, Cost, CostItem, GUANGZHOU_541_SPLIT, GUANGZHOU_2023, GUARANTOR_LIMITS,
        GrantedBefore, InsuranceTerms, InterestBooked, LossShare, NATIONAL_FUND_2019, Payment, PoolProfile,
        SHENZHEN_SPLIT, SubsidyClaim, SubsidyScheme, WUHAN_2024, ZHUHAI_SPLIT,
    },
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn fen(value: &Value) -> Money {
    Money::from_minor(value.as_i64().expect("fen"))
}

fn cny(value: &Value) -> Amount {
    Amount::new(Currency::Cny, fen(value))
}

fn day(value: &Value) -> Date {
    value.as_str().expect("a date").parse().expect("a date")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Per cent as hundredths of one.
fn percent(value: &Value) -> BasisPoints {
    BasisPoints(u16::try_from(value.as_u64().expect("per cent") * 100).unwrap())
}

fn code<T>(answer: Result<T, Reject>) -> &'static str {
    answer.map_or_else(Reject::code, |_| "ok")
}

/// The claims of a case on a pool, in their order: what is eligible, paid and answered, and what is left of the year.
fn claims(profile: &PoolProfile, given: &Value) -> Value {
    let mut left = fen(&given["year_pool"]);
    let mut used = BTreeMap::<&str, Money>::new();
    let mut rows = Vec::new();
    for row in list(&given["loans"]) {
        let ip_share = row["ip_share"].as_i64().map(Money::from_minor);
        let loan = Exposure {
            principal: ip_share.unwrap_or(fen(&row["loss"])),
            ip_share,
        };
        let used = used.entry(row["b"].as_str().unwrap()).or_default();
        let (eligible, paid, answer) = match pools::covered(profile, loan, *used) {
            Err(reject) => (Money::ZERO, Money::ZERO, reject.code()),
            Ok(covered) => {
                *used = used.plus(covered);
                let lost = Lost {
                    principal: fen(&row["loss"]),
                    interest: Money::ZERO,
                };
                let eligible = pools::eligible(profile, loan, covered, lost);
                let owed = pools::owed(profile, Bearer::Bank, false, eligible).unwrap();
                let room = Room {
                    year: Some(left),
                    balance: left,
                    public: None,
                };
                let paid = pools::pay(profile, owed, room).unwrap();
                left = left.minus(paid.amount);
                let answer = match paid.payment {
                    Payment::InFull => "ok",
                    Payment::PoolShort => "POOL_SHORT",
                    Payment::PublicCap => "PUBLIC_CAP",
                };
                (eligible, paid.amount, answer)
            }
        };
        rows.push(json!({"id": row["id"], "eligible": eligible.minor(), "paid": paid.minor(), "code": answer}));
    }
    json!({"rows": rows, "left": left.minor()})
}

/// A loss by agreed parts, as the case names who bears it.
fn split(given: &Value, shares: &[LossShare]) -> Value {
    let weights: Vec<_> = shares.iter().map(|share| share.weight).collect();
    assert_eq!(
        given["weights"],
        json!(weights),
        "the scheme's parts are those of the case"
    );
    let words: Vec<_> = shares.iter().map(|share| share.bearer.word()).collect();
    assert_eq!(given["order"], json!(words));
    let borne = pools::split_loss(fen(&given["loss"]), shares).unwrap();
    let split: BTreeMap<_, _> = borne
        .iter()
        .map(|one| (one.share.bearer.word(), one.amount.minor()))
        .collect();
    json!({"split": split})
}

fn grant(
    scheme: SubsidyScheme,
    first_loan: bool,
    costs: &[(CostItem, Amount)],
    before: [i64; 2],
    years: u32,
) -> [i64; 3] {
    let profile = scheme.published().unwrap();
    let day = |text: &str| text.parse().unwrap();
    let costs = costs.iter().map(|&(item, amount)| Cost { item, amount });
    let claim = SubsidyClaim {
        classes: vec![AssetClass::Patent],
        principal: cny(&json!(10_000_000_000_i64)),
        lent: day("2025-03-01"),
        due: day("2026-03-01"),
        repaid: true,
        first_loan,
        had_another: false,
        costs: costs.collect(),
    };
    let [life, year] = before.map(|minor| cny(&json!(minor)));
    let granted = subsidies::grant(&profile, &claim, &GrantedBefore { year, life, years }).unwrap();
    [granted.counted, granted.uncapped, granted.granted].map(Money::minor)
}

#[test]
fn pools_guarantors_and_subsidies_pay_as_the_vectors_say() {
    let mut section = Section::read("f_pools");
    pools_pay(&mut section);
    losses_are_split(&mut section);
    recoveries_are_shared(&mut section);
    guarantors_answer(&mut section);
    subsidies_are_granted(&mut section);
    section.end();
}

fn pools_pay(section: &mut Section) {
    for id in ["f1", "f2"] {
        let case = section.case(id);
        assert_eq!(claims(&GUANGZHOU_2023, &case.given), case.expected, "{id}");
    }

    let case = section.case("f4");
    let codes: Vec<_> = list(&case.given["ip_part"])
        .iter()
        .map(|part| {
            let loan = Exposure {
                principal: fen(&case.given["loan"]),
                ip_share: part.as_i64().map(Money::from_minor),
            };
            code(pools::covered(&WUHAN_2024, loan, Money::ZERO))
        })
        .collect();
    assert_eq!(json!({"codes": codes}), case.expected, "f4");

    let case = section.case("f5");
    let npl = fen(&case.given["npl_principal"]);
    let owed: Vec<_> = list(&case.given["rows"])
        .iter()
        .map(|row| {
            let payee = Bearer::from_word(row[0].as_str().unwrap()).unwrap();
            pools::owed(&ANHUI_2022, payee, row[1].as_bool().unwrap(), npl).unwrap()
        })
        .collect();
    let [own, other] = ["own_liability", "other_public_money"].map(|name| fen(&case.given[name]));
    let room = Room {
        year: None,
        balance: npl,
        public: pools::public_room(&ANHUI_2022, own, other),
    };
    let capped = pools::pay(&ANHUI_2022, owed[1], room).unwrap();
    assert_eq!(capped.payment, Payment::PublicCap);
    let paid: Vec<_> = owed.iter().map(|owed| owed.minor()).collect();
    assert_eq!(
        json!({"paid": paid, "capped_with_other": capped.amount.minor()}),
        case.expected,
        "f5"
    );

    let case = section.case("f11");
    let class: Vec<_> = list(&case.given["days"])
        .iter()
        .map(|days| {
            let due = Date(20_000);
            let on = Date(20_000 + i32::try_from(days.as_i64().unwrap()).unwrap());
            tolerance::class_by_days(tolerance::days_overdue(due, on)).word()
        })
        .collect();
    assert_eq!(json!({"class": class}), case.expected, "f11");

    let case = section.case("f13");
    let codes: Vec<_> = list(&case.given["rows"])
        .iter()
        .map(|row| code(pools::check_enrolled(day(&row[0]), Some(day(&row[1])))))
        .collect();
    assert_eq!(json!({"codes": codes}), case.expected, "f13");
    let [some, none] = [1, 0].map(Money::from_minor);
    assert_eq!(code(pools::check_claim(false, some)), "ok");
    assert_eq!(code(pools::check_claim(true, some)), "SECOND_CLAIM");
    assert_eq!(code(pools::check_claim(false, none)), "FULLY_RECOVERED");
}

fn losses_are_split(section: &mut Section) {
    let schemes: [(_, &[LossShare]); 3] = [
        ("f7", &ZHUHAI_SPLIT),
        ("f8", &GUANGZHOU_541_SPLIT),
        ("f10", &SHENZHEN_SPLIT),
    ];
    for (id, shares) in schemes {
        let case = section.case(id);
        assert_eq!(split(&case.given, shares), case.expected, "{id}");
    }
}

/// Who bears much, so that only the parts decide.
fn bearers(weights: &Value) -> Vec<Borne> {
    let bears = |(bearer, weight): (Bearer, &Value)| Borne {
        share: LossShare {
            bearer,
            weight: u32::try_from(weight.as_u64().unwrap()).unwrap(),
        },
        amount: Money::from_minor(1_000_000_000),
        got: Money::ZERO,
    };
    let named = [Bearer::Bank, Bearer::Fund].into_iter().zip(list(weights));
    named.map(bears).collect()
}

fn recoveries_are_shared(section: &mut Section) {
    let case = section.case("f14");
    let mut borne = bearers(&case.given["weights"]);
    let one_by_one = borne.clone();
    let (mut each, mut alone) = (Vec::new(), vec![0; borne.len()]);
    for net in list(&case.given["recoveries_net"]) {
        let shared = pools::share_recovery(&borne, fen(net), Money::ZERO);
        assert_eq!(shared.surplus, Money::ZERO);
        for (one, &got) in borne.iter_mut().zip(&shared.each) {
            one.got = one.got.plus(got);
        }
        each.push(shared.each.iter().map(|got| got.minor()).collect::<Vec<_>>());
        let by_itself = pools::share_recovery(&one_by_one, fen(net), Money::ZERO);
        alone
            .iter_mut()
            .zip(by_itself.each)
            .for_each(|(sum, got)| *sum += got.minor());
    }
    let total: Vec<_> = borne.iter().map(|one| one.got.minor()).collect();
    assert_eq!(
        json!({"each": each, "total": total, "one_by_one_total": alone}),
        case.expected,
        "f14"
    );

    let case = section.case("f16");
    let [recovered, cost] = ["recovered", "cost"].map(|name| fen(&case.given[name]));
    let shared = pools::share_recovery(&bearers(&json!([1, 1])), recovered, cost);
    let [bank, pool] = [shared.each[0], shared.each[1]].map(Money::minor);
    assert_eq!(
        json!({"pool": pool, "bank": bank, "uncovered_cost_on_bank": shared.uncovered_cost.minor()}),
        case.expected,
        "f16"
    );
}

fn guarantors_answer(section: &mut Section) {
    let case = section.case("f17");
    let parts = &case.given["bank_guarantor"];
    let [bank, guarantor] = [&parts[0], &parts[1]].map(|part| u32::try_from(part.as_u64().unwrap()).unwrap());
    let shared = guarantee::share(
        fen(&case.given["loss"]),
        bank,
        guarantor,
        percent(&case.given["re_pct"]),
    )
    .unwrap();
    let shared = json!({
        "bank": shared.bank.minor(),
        "guarantor_pays": shared.guarantor_pays.minor(),
        "re_guarantor": shared.re_guarantor.minor(),
        "guarantor_net": shared.guarantor_net.minor(),
    });
    assert_eq!(shared, case.expected, "f17");

    let case = section.case("f19");
    assert_eq!(percent(&case.given["fund_pct"]), NATIONAL_FUND_2019.fund);
    let fee: Vec<_> = list(&case.given["guaranteed"])
        .iter()
        .map(|debt| guarantee::re_guarantee_fee(&NATIONAL_FUND_2019, fen(debt), fen(debt)).minor())
        .collect();
    assert_eq!(json!({"fee": fee}), case.expected, "f19");

    let case = section.case("f20");
    let check = |name: &str, small_business| -> Vec<_> {
        let with = |money: Money| Outstanding {
            all: if name == "outstanding" { money } else { Money::ZERO },
            debtor: if name == "one" { money } else { Money::ZERO },
            group: if name == "group" { money } else { Money::ZERO },
        };
        let assets = fen(&case.given["net_assets"]);
        let answer = |value| {
            code(guarantee::check_limits(
                &GUARANTOR_LIMITS,
                assets,
                &with(fen(value)),
                small_business,
            ))
        };
        list(&case.given[name]).iter().map(answer).collect()
    };
    let codes = json!({
        "outstanding": check("outstanding", false),
        "outstanding_small_business": check("outstanding", true),
        "one": check("one", false),
        "group": check("group", false),
    });
    assert_eq!(codes, case.expected, "f20");

    let case = section.case("f22");
    let due = Date(20_000);
    let last = guarantee::period_ends(&GuaranteePeriod::NotAgreed, due);
    let called = |row: &Value| {
        let kind = match row[0].as_str() {
            Some("silent") => GuaranteeKind::NotSaid,
            Some("joint") => GuaranteeKind::Joint,
            other => panic!("{other:?}"),
        };
        let how = match row[1].as_str() {
            Some("asked_only") => CallKind::Asked,
            Some("sued") => CallKind::Sued,
            other => panic!("{other:?}"),
        };
        let call = Call {
            how,
            on: last,
            withdrawn: false,
            served: false,
            evidence: Digest([0; 32]),
        };
        code(guarantee::check_called(kind, due, last, &[call]))
    };
    let codes: Vec<_> = list(&case.given["rows"]).iter().map(called).collect();
    assert_eq!(json!({"codes": codes}), case.expected, "f22");

    let case = section.case("f23");
    let paid: Vec<_> = list(&case.given["rows"])
        .iter()
        .map(|row| {
            let terms = InsuranceTerms {
                cover: percent(&row[0]),
                deductible: percent(&row[1]),
                limit: cny(&row[2]),
            };
            guarantee::insured(&terms, fen(&case.given["loss"])).unwrap().minor()
        })
        .collect();
    assert_eq!(json!({"paid": paid}), case.expected, "f23");
}

fn subsidies_are_granted(section: &mut Section) {
    use CostItem::{Appraisal, Guarantee, Insurance, Interest, Securitisation};

    let case = section.case("f25");
    let items = [
        ("interest", Interest),
        ("guarantee", Guarantee),
        ("insurance", Insurance),
        ("appraisal", Appraisal),
    ];
    let costs = items.map(|(name, item)| (item, cny(&case.given[name])));
    let [sum, uncapped, granted] = grant(SubsidyScheme::Nanshan2025, false, &costs, [0, 0], 0);
    let small = list(&case.given["small"]).iter().map(|minor| (Interest, cny(minor)));
    let small = grant(SubsidyScheme::Nanshan2025, false, &small.collect::<Vec<_>>(), [0, 0], 0);
    assert_eq!(
        json!({"sum": sum, "grant": granted, "uncapped": uncapped, "small": small[2]}),
        case.expected,
        "f25"
    );

    let case = section.case("f26");
    let granted: Vec<_> = (0..)
        .zip(list(&case.given["cost_by_year"]))
        .map(|(years, cost)| {
            let costs = [(Securitisation, cny(cost))];
            grant(SubsidyScheme::NanshanSecuritisation2025, false, &costs, [0, 0], years)[2]
        })
        .collect();
    assert_eq!(json!({"grant": granted}), case.expected, "f26");

    let case = section.case("f28");
    let granted: Vec<_> = list(&case.given["rows"])
        .iter()
        .map(|row| {
            let costs = [
                (Interest, cny(&row[0])),
                (Insurance, cny(&row[2])),
                (Guarantee, cny(&row[3])),
            ];
            let before = [&row[4], &row[5]].map(|minor| minor.as_i64().unwrap());
            grant(
                SubsidyScheme::Shenzhen2023,
                row[1].as_bool().unwrap(),
                &costs,
                before,
                0,
            )[2]
        })
        .collect();
    assert_eq!(json!({"grant": granted}), case.expected, "f28");

    let case = section.case("f29");
    let booked = InterestBooked {
        paid: cny(&case.given["paid_normal"]),
        paid_penalty: cny(&case.given["paid_penalty"]),
        unpaid: cny(&case.given["accrued_unpaid"]),
    };
    let base = subsidies::interest_that_counts(&booked).money.minor();
    assert_eq!(json!({"base": base}), case.expected, "f29");
}
