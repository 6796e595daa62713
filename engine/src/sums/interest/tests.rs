//! Claims held against a plain day by day reckoning, and against themselves: at once or in steps, to the fen.

use super::*;
use alloc::{vec, vec::Vec};
use proptest::prelude::*;
use protocol::{
    Amount, Currency,
    claim::{Cycle, DayCount, GuaranteeKind, Guarantor, Instalment, Penalty, RateStep, Settlement},
};

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn cny(minor: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(minor))
}

fn fen(minor: i64) -> Money {
    Money::from_minor(minor)
}

/// 5,000,000 at 4.35 %, settled each quarter, half as much again once overdue (PLEDGES.md 6).
fn terms() -> ClaimTerms {
    ClaimTerms {
        principal: cny(500_000_000),
        drawn: day("2026-01-15"),
        due: day("2026-06-30"),
        day_count: DayCount::Act360,
        rates: vec![RateStep {
            from: day("2026-01-15"),
            rate: Rate(43_500),
        }],
        settlement: Settlement {
            cycle: Cycle::Quarterly,
            day: None,
        },
        penalty: Some(Penalty {
            overdue: BasisPoints(5_000),
            misuse: Some(BasisPoints(10_000)),
        }),
        compounding: Compounding::Interest,
        cap: None,
        order: PaymentOrder::InterestFirst,
        instalments: vec![],
        guarantors: vec![],
    }
}

#[test]
fn a_loan_that_is_never_served_comes_to_what_the_rules_work_out() {
    let terms = terms();
    let mut claim = Claim::drawn(&terms);
    claim.advance(&terms, day("2026-09-15")).unwrap();
    let unpaid: Vec<_> = claim
        .unpaid(&terms)
        .map(|one| (one.amount.minor(), one.in_term.minor(), one.after.minor()))
        .collect();
    assert_eq!(
        unpaid,
        [
            (3_927_083, 47_927, 54_807),
            (5_558_333, 6_045, 77_573),
            (543_750, 0, 7_589)
        ]
    );
    assert_eq!(claim.late_since(&terms, day("2026-09-15")), Some(day("2026-03-21")));
    let owed = claim.owed(&terms, day("2026-09-15"));
    assert_eq!((owed.penalty, owed.total()), (fen(6_978_125), fen(517_201_232)));
}

#[test]
fn costs_come_before_interest_and_interest_before_principal() {
    let terms = terms();
    let mut claim = Claim::drawn(&terms);
    claim.add_costs(fen(1_000)).unwrap();
    let on = day("2026-03-21");
    let applied = claim.apply(&terms, fen(500), on).unwrap();
    assert_eq!((applied.costs, applied.charged()), (fen(500), fen(0)));
    let applied = claim.apply(&terms, fen(600), on).unwrap();
    assert_eq!(
        (applied.costs, applied.interest, applied.principal),
        (fen(500), fen(100), fen(0))
    );
    let applied = claim.apply(&terms, fen(4_000_000), on).unwrap();
    assert_eq!((applied.interest, applied.principal), (fen(3_926_983), fen(73_017)));
    let all = claim.owed(&terms, on).total();
    let applied = claim.apply(&terms, all.plus(fen(7)), on).unwrap();
    assert_eq!((applied.total(), applied.left), (all, fen(7)));
    assert_eq!(claim.owed(&terms, day("2030-01-01")).total(), fen(0));
    claim.advance(&terms, day("2030-01-01")).unwrap();
    assert_eq!(claim.unpaid(&terms).count(), 0);
}

#[test]
fn what_is_paid_of_interest_before_it_is_settled_makes_the_rest_late_no_sooner() {
    let terms = terms();
    let (mut paid, served) = (Claim::drawn(&terms), Claim::drawn(&terms));
    paid.apply(&terms, fen(1), day("2026-02-01")).unwrap();
    let settled = day("2026-03-21");
    let without = served.owed(&terms, settled).interest;
    assert_eq!(paid.owed(&terms, settled).interest, without.minus(fen(1)));
    paid.advance(&terms, settled).unwrap();
    let since: Vec<_> = paid.unpaid(&terms).map(|one| one.since).collect();
    assert_eq!(since, [settled]);
}

#[test]
fn a_missed_instalment_alone_is_overdue_until_all_is_called_in() {
    let due = [
        ("2026-03-31", 100_000_000),
        ("2026-04-30", 100_000_000),
        ("2026-06-30", 300_000_000),
    ];
    let instalments = due.map(|(on, minor)| Instalment {
        due: day(on),
        principal: cny(minor),
    });
    let terms = ClaimTerms {
        instalments: instalments.to_vec(),
        compounding: Compounding::None,
        settlement: Settlement {
            cycle: Cycle::AtEnd,
            day: None,
        },
        ..terms()
    };
    assert_eq!(check(&terms), Ok(()));
    let mut claim = Claim::drawn(&terms);
    assert_eq!(claim.owed(&terms, day("2026-03-30")).overdue, fen(0));
    let owed = claim.owed(&terms, day("2026-04-10"));
    assert_eq!((owed.overdue, owed.penalty), (fen(100_000_000), fen(181_250)));
    assert_eq!(owed.interest, fen(4_531_250 + 483_333));
    // What is repaid early counts on the next instalment.
    let all_interest = claim.owed(&terms, day("2026-04-10")).charges();
    claim
        .apply(&terms, all_interest.plus(fen(150_000_000)), day("2026-04-10"))
        .unwrap();
    assert_eq!(claim.owed(&terms, day("2026-04-29")).overdue, fen(0));
    assert_eq!(claim.late_since(&terms, day("2026-04-29")), None);
    assert_eq!(claim.late_since(&terms, day("2026-07-29")), Some(day("2026-04-30")));
    assert_eq!(claim.owed(&terms, day("2026-04-30")).overdue, fen(50_000_000));
    let mut served = claim.clone();
    claim.call_in(&terms, day("2026-05-10")).unwrap();
    assert_eq!(claim.owed(&terms, day("2026-05-10")).overdue, fen(350_000_000));
    // One that pays what fell due is late from the day on which it is called in.
    served.apply(&terms, fen(60_000_000), day("2026-04-30")).unwrap();
    assert_eq!(served.late_since(&terms, day("2026-05-09")), None);
    let interest = served.owed(&terms, day("2026-05-10")).charges();
    served.apply(&terms, interest, day("2026-05-10")).unwrap();
    served.call_in(&terms, day("2026-05-10")).unwrap();
    assert_eq!(served.late_since(&terms, day("2026-05-20")), Some(day("2026-05-10")));
    assert_eq!(claim.due(), day("2026-05-10"));
}

#[test]
fn the_misused_part_bears_the_heavier_penalty_and_not_both() {
    let terms = ClaimTerms {
        compounding: Compounding::None,
        ..terms()
    };
    let mut claim = Claim::drawn(&terms);
    claim.misuse(&terms, fen(200_000_000), terms.drawn).unwrap();
    let owed = claim.owed(&terms, day("2026-01-25"));
    assert_eq!((owed.interest, owed.penalty), (fen(362_500), fen(483_333)));
    let at = |on: &str| claim.owed(&terms, day(on)).penalty.minor();
    // What is overdue in term is taken to be what is misused, as far as it can be.
    let instalments = [("2026-02-14", 300_000_000), ("2026-06-30", 200_000_000)].map(|(on, minor)| Instalment {
        due: day(on),
        principal: cny(minor),
    });
    let parts = ClaimTerms {
        instalments: instalments.to_vec(),
        ..terms.clone()
    };
    let mut late = Claim::drawn(&parts);
    late.misuse(&parts, fen(200_000_000), day("2026-02-14")).unwrap();
    let before = late.owed(&parts, day("2026-02-14"));
    let owed = late.owed(&parts, day("2026-02-24"));
    assert_eq!(owed.penalty, fen(483_333 + 181_250));
    assert_eq!(owed.interest.minus(before.interest), fen(241_667));
    // Ten days of 2,000,000 at 8.7 % and 3,000,000 at 6.525 %.
    assert_eq!(at("2026-07-10") - at("2026-06-30"), 483_333 + 543_750);
}

#[test]
fn nothing_grows_from_the_day_on_which_bankruptcy_is_accepted() {
    let terms = terms();
    let mut claim = Claim::drawn(&terms);
    let accepted = day("2026-05-10");
    claim.adjudge(fen(500_000_000), day("2026-04-01")).unwrap();
    let before = claim.owed(&terms, accepted).total();
    claim.stop(&terms, accepted).unwrap();
    let owed = claim.owed(&terms, day("2031-05-10"));
    assert_eq!((owed.total(), owed.overdue), (before, fen(500_000_000)));
    // It is paid all the same.
    let applied = claim.apply(&terms, before, day("2031-05-10")).unwrap();
    assert_eq!(applied.total(), before);
    assert_eq!(claim.owed(&terms, day("2032-01-01")).total(), fen(0));
}

#[test]
fn the_doubled_part_comes_after_the_whole_judgment_debt() {
    let terms = terms();
    let mut claim = Claim::drawn(&terms);
    let from = day("2026-08-01");
    claim.adjudge(fen(500_000_000), from).unwrap();
    let on = day("2026-08-11");
    let owed = claim.owed(&terms, on);
    assert_eq!(owed.doubled, fen(875_000));
    let applied = claim.apply(&terms, owed.total().minus(fen(874_999)), on).unwrap();
    assert_eq!((applied.principal, applied.doubled), (fen(500_000_000), fen(1)));
    assert_eq!(claim.owed(&terms, day("2026-12-31")).total(), fen(874_999));
}

#[test]
fn what_is_doubled_falls_with_every_payment_but_that_of_ordinary_interest() {
    let terms = ClaimTerms {
        due: day("2027-06-30"),
        ..terms()
    };
    let mut claim = Claim::drawn(&terms);
    claim.add_costs(fen(10_000)).unwrap();
    claim.add_fee(fen(20_000)).unwrap();
    let on = day("2026-02-14");
    claim.adjudge(fen(500_030_000), on).unwrap();
    let interest = claim.owed(&terms, on).interest;
    claim
        .apply(&terms, interest.plus(fen(30_000 + 100_000_000)), on)
        .unwrap();
    // Ten days of 4,000,000.
    assert_eq!(claim.owed(&terms, day("2026-02-24")).doubled, fen(700_000));
    claim.suspend(&terms, true, day("2026-02-24")).unwrap();
    assert_eq!(claim.owed(&terms, day("2026-03-24")).doubled, fen(700_000));
}

#[test]
fn a_month_from_one_settlement_to_the_next_is_a_whole_one() {
    let terms = ClaimTerms {
        drawn: day("2026-01-25"),
        day_count: DayCount::Months12,
        settlement: Settlement {
            cycle: Cycle::Monthly,
            day: None,
        },
        rates: vec![RateStep {
            from: day("2026-01-25"),
            rate: Rate(36_000),
        }],
        ..terms()
    };
    let mut claim = Claim::drawn(&terms);
    claim.advance(&terms, day("2026-05-21")).unwrap();
    let settled: Vec<_> = claim.unpaid(&terms).map(|one| one.amount.minor()).collect();
    // 27 days of the first month, and whole months of 28, 31 and 30 days after it.
    assert_eq!(settled, [1_350_000, 1_500_000, 1_500_000, 1_500_000]);
}

#[test]
fn a_cap_cuts_nothing_that_was_paid_and_binds_what_comes() {
    let terms = ClaimTerms {
        rates: vec![RateStep {
            from: day("2026-01-15"),
            rate: Rate(400_000),
        }],
        compounding: Compounding::None,
        ..terms()
    };
    let mut claim = Claim::drawn(&terms);
    claim.plead_cap();
    let on = day("2026-03-16");
    let owed = claim.owed(&terms, on);
    assert_eq!((owed.charges(), owed.charged()), (fen(33_333_333), fen(20_000_000)));
    let applied = claim.apply(&terms, owed.total(), on).unwrap();
    assert_eq!(
        (applied.interest, applied.principal, applied.left),
        (fen(20_000_000), fen(500_000_000), fen(0))
    );
    assert_eq!(claim.owed(&terms, day("2026-12-31")).total(), fen(0));
    // Without the plea it is all owed, and what was paid of it stays paid.
    let mut late = Claim::drawn(&terms);
    late.apply(&terms, fen(33_333_333), on).unwrap();
    late.plead_cap();
    let owed = late.owed(&terms, day("2026-03-17"));
    assert_eq!((owed.charges(), owed.charged()), (fen(555_556), fen(0)));
}

#[test]
fn no_day_comes_back_and_no_draw_goes_beyond_what_was_promised() {
    let terms = terms();
    let mut claim = Claim::new(&terms);
    let (on, more) = (day("2026-02-01"), fen(300_000_000));
    assert_eq!(claim.draw(&terms, more, on), Ok(()));
    assert_eq!(claim.draw(&terms, more, day("2026-01-31")), Err(Reject::DayPassed));
    assert_eq!(claim.advance(&terms, day("2026-01-31")), Err(Reject::DayPassed));
    assert_eq!(claim.draw(&terms, more, on), Err(Reject::DrawTooLarge));
    assert_eq!(claim.draw(&terms, fen(0), on), Err(Reject::DrawTooLarge));
    assert_eq!(claim.draw(&terms, fen(1), terms.due), Err(Reject::DrawTooLarge));
    assert_eq!(claim.draw(&terms, fen(200_000_000), on), Ok(()));
    assert_eq!(claim.add_costs(fen(PRINCIPAL_MAX + 1)), Err(Reject::ChargesTooLarge));
    assert_eq!(claim.adjudge(fen(1), day("2026-01-31")), Err(Reject::DayPassed));
    assert_eq!(claim.owed(&terms, day("2026-01-01")).on, on);
}

#[test]
fn terms_that_cannot_be_reckoned_with_are_refused_by_name() {
    type Change = fn(&mut ClaimTerms);
    let guarantor = |terms: &mut ClaimTerms, ends| {
        terms.guarantors.push(Guarantor {
            kind: GuaranteeKind::NotSaid,
            ends,
            until_paid: true,
            ..Guarantor::joint(protocol::EntityId(7))
        });
    };
    let instalments = |terms: &mut ClaimTerms, parts: &[(&str, i64)]| {
        let part = |&(due, minor): &(&str, i64)| Instalment {
            due: day(due),
            principal: cny(minor),
        };
        terms.instalments = parts.iter().map(part).collect();
        check(terms)
    };
    let wrong: [(Change, Reject); 12] = [
        (|terms| terms.principal = cny(0), Reject::PrincipalInvalid),
        (
            |terms| terms.principal = cny(PRINCIPAL_MAX + 1),
            Reject::PrincipalInvalid,
        ),
        (|terms| terms.due = terms.drawn, Reject::ClaimTermInvalid),
        (|terms| terms.due = day("2126-01-16"), Reject::ClaimTermInvalid),
        (|terms| terms.drawn = day("1799-12-31"), Reject::ClaimTermInvalid),
        (|terms| terms.rates.clear(), Reject::RatesInvalid),
        (|terms| terms.rates[0].from = day("2026-01-16"), Reject::RatesInvalid),
        (|terms| terms.rates.push(terms.rates[0]), Reject::RatesInvalid),
        (|terms| terms.rates[0].rate = Rate(RATE_ONE + 1), Reject::RatesInvalid),
        (|terms| terms.cap = Some(Rate(RATE_ONE + 1)), Reject::RatesInvalid),
        (|terms| terms.settlement.day = Some(32), Reject::SettlementInvalid),
        (|terms| terms.settlement.day = Some(0), Reject::SettlementInvalid),
    ];
    for (change, reject) in wrong {
        let mut terms = terms();
        change(&mut terms);
        assert_eq!(check(&terms), Err(reject), "{terms:?}");
    }
    let invalid = Err(Reject::InstalmentsInvalid);
    let mut parts = terms();
    assert_eq!(instalments(&mut parts, &[("2026-06-30", 500_000_000)]), Ok(()));
    assert_eq!(instalments(&mut parts, &[("2026-06-30", 499_999_999)]), invalid);
    assert_eq!(instalments(&mut parts, &[("2026-06-29", 500_000_000)]), invalid);
    assert_eq!(
        instalments(&mut parts, &[("2026-01-15", 1), ("2026-06-30", 499_999_999)]),
        invalid
    );
    assert_eq!(
        instalments(&mut parts, &[("2026-06-30", 1), ("2026-06-30", 499_999_999)]),
        invalid
    );
    let mut guarded = terms();
    guarantor(&mut guarded, None);
    assert_eq!(check(&guarded), Ok(()));
    guarantor(&mut guarded, None);
    assert_eq!(check(&guarded), Err(Reject::GuarantorsInvalid), "one guarantor twice");
    let mut guarded = terms();
    guarantor(&mut guarded, Some(day("2027-01-01")));
    assert_eq!(check(&guarded), Err(Reject::GuarantorsInvalid), "two periods");
}

#[test]
fn the_largest_claim_of_the_longest_term_does_not_overflow() {
    for &day_count in DayCount::ALL {
        let terms = ClaimTerms {
            principal: cny(PRINCIPAL_MAX),
            due: day("2126-01-15"),
            day_count,
            rates: vec![RateStep {
                from: day("2026-01-15"),
                rate: Rate(RATE_ONE),
            }],
            settlement: Settlement {
                cycle: Cycle::Monthly,
                day: None,
            },
            compounding: Compounding::InterestAndPenalty,
            ..terms()
        };
        assert_eq!(check(&terms), Ok(()));
        let mut claim = Claim::drawn(&terms);
        claim.misuse(&terms, fen(PRINCIPAL_MAX), terms.drawn).unwrap();
        claim.adjudge(fen(BASE_MAX), terms.drawn).unwrap();
        claim.plead_cap();
        claim.advance(&terms, Date(i32::MAX)).unwrap();
        assert!(claim.is_sound(&terms));
        let owed = claim.owed(&terms, Date(i32::MAX));
        assert_eq!(owed.principal, fen(PRINCIPAL_MAX));
        assert!(
            owed.total() > owed.principal && owed.compound > owed.penalty,
            "{owed:?}"
        );
    }
}

#[test]
fn a_claim_keeps_its_rate_until_it_is_priced_anew() {
    let step = |(from, rate): (&str, u32)| RateStep {
        from: day(from),
        rate: Rate(rate),
    };
    let quotes = [
        ("2025-12-20", 31_000),
        ("2026-01-20", 30_500),
        ("2026-03-20", 30_000),
        ("2026-04-20", 29_000),
    ];
    let quotes = quotes.map(step);
    let drawn = day("2026-01-15");
    let priced = |first, months| repriced(&quotes, 12_500, drawn, (day(first), months), day("2026-06-30"));
    let each_quarter = [("2026-01-15", 43_500), ("2026-04-01", 42_500)];
    assert_eq!(priced("2026-01-01", 3), each_quarter.map(step));
    let each_month = [
        ("2026-01-15", 43_500),
        ("2026-02-15", 43_000),
        ("2026-03-15", 43_000),
        ("2026-04-15", 42_500),
        ("2026-05-15", 41_500),
        ("2026-06-15", 41_500),
    ];
    assert_eq!(priced("2026-01-15", 1), each_month.map(step));
    assert_eq!(priced("2027-01-01", 12), [step(("2026-01-15", 43_500))]);
    assert_eq!(repriced(&[], 1, drawn, (drawn, 1), day("2026-06-30")), []);
    // A spread below the reference rate never leads below nothing.
    assert_eq!(priced_over(&quotes[..1], -31_001)[0].rate, Rate(0));
}

/// What can happen to a claim, so many days after what happened before.
#[derive(Clone, Debug)]
enum Deed {
    Pay(i64),
    Draw(i64),
    Misuse(i64),
    Costs(i64),
    Fee(i64),
    CallIn,
    Stop,
    Plead,
    Adjudge(i64),
    Suspend(bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    let amount = || 0_i64..400_000_000;
    prop_oneof![
        6 => amount().prop_map(Deed::Pay),
        3 => (0_i64..9_000_000).prop_map(Deed::Pay),
        2 => amount().prop_map(Deed::Draw),
        1 => amount().prop_map(Deed::Misuse),
        1 => (0_i64..90_000).prop_map(Deed::Costs),
        1 => (0_i64..90_000).prop_map(Deed::Fee),
        1 => Just(Deed::CallIn),
        1 => Just(Deed::Stop),
        1 => Just(Deed::Plead),
        1 => amount().prop_map(Deed::Adjudge),
        1 => any::<bool>().prop_map(Deed::Suspend),
    ]
}

fn some_terms() -> impl Strategy<Value = ClaimTerms> {
    let steps = prop::collection::vec((1_i32..200, 0_u32..400_000), 0..4);
    let parts = prop::collection::vec((1_i32..150, 1_i64..90_000_000), 0..4);
    let words = (
        0_usize..4,
        0_usize..5,
        0_usize..3,
        0_usize..2,
        prop::option::of(1_u8..=31),
    );
    (10_i32..900, words, steps, parts, any::<bool>()).prop_map(|(length, words, steps, parts, penal)| {
        let (count, cycle, compounding, order, named) = words;
        let plain = terms();
        let mut from = plain.drawn;
        let mut rates = plain.rates.clone();
        for (later, rate) in steps {
            from = Date(from.0 + later);
            rates.push(RateStep { from, rate: Rate(rate) });
        }
        let due = Date(plain.drawn.0 + 450 + length);
        let (mut on, mut left) = (plain.drawn, plain.principal.money.minor());
        let mut instalments = Vec::new();
        for (later, minor) in &parts {
            on = Date(on.0 + later);
            left -= minor;
            instalments.push(Instalment {
                due: on,
                principal: cny(*minor),
            });
        }
        if !parts.is_empty() {
            instalments.push(Instalment {
                due,
                principal: cny(left),
            });
        }
        let cycle = Cycle::ALL[cycle];
        ClaimTerms {
            due,
            day_count: DayCount::ALL[count],
            rates,
            settlement: Settlement {
                cycle,
                day: named.filter(|_| cycle != Cycle::AtEnd),
            },
            penalty: plain.penalty.filter(|_| penal),
            compounding: Compounding::ALL[compounding],
            order: PaymentOrder::ALL[order],
            instalments,
            ..plain
        }
    })
}

fn does(claim: &mut Claim, terms: &ClaimTerms, deed: &Deed, on: Date) {
    let done = match *deed {
        Deed::Pay(amount) => claim.apply(terms, fen(amount), on).map(drop),
        Deed::Draw(amount) => claim.draw(terms, fen(amount), on).or(Ok(())),
        Deed::Misuse(amount) => claim.misuse(terms, fen(amount), on),
        Deed::Costs(amount) => claim.add_costs(fen(amount)),
        Deed::Fee(amount) => claim.add_fee(fen(amount)),
        Deed::CallIn => claim.call_in(terms, on),
        Deed::Stop => claim.stop(terms, on),
        Deed::Plead => {
            claim.plead_cap();
            Ok(())
        }
        Deed::Adjudge(amount) => claim.adjudge(fen(amount), on),
        Deed::Suspend(suspended) => claim.suspend(terms, suspended, on),
    };
    assert_eq!(done, Ok(()), "{deed:?}");
}

/// Interest of a principal that changes: by days of 365, summed day by day and rounded once.
fn plain_interest(terms: &ClaimTerms, changes: &[(i32, i64)], days: i32) -> i64 {
    let mut sum = 0_i128;
    for on in (terms.drawn.0..).map(Date).take(days as usize) {
        let rate = terms
            .rates
            .iter()
            .rev()
            .find(|step| step.from <= on)
            .expect("a rate")
            .rate
            .0;
        let so_far = changes.iter().filter(|(day, _)| terms.drawn.0 + day <= on.0);
        sum += i128::from(so_far.map(|(_, change)| change).sum::<i64>()) * i128::from(rate);
    }
    ((2 * sum + 365_000_000) / 730_000_000) as i64
}

/// A loan that is never served, day by day, with a list of its own for what was settled: interest, its own and after.
fn plain_default(terms: &ClaimTerms, to: Date) -> (i64, i64, i64) {
    const ONE: i128 = 360 * 10_000_000_000;
    let half_up = |exact: i128| (2 * exact + ONE) / (2 * ONE);
    let principal = i128::from(terms.principal.money.minor());
    let (mut interest, mut penalty, mut paid_out) = (0_i128, 0_i128, 0_i128);
    // Amount, whether it carries, what it carries in term and after.
    let mut items: Vec<(i128, bool, i128, i128)> = vec![];
    for on in (terms.drawn.0..to.0).map(Date) {
        let rate = i128::from(
            terms
                .rates
                .iter()
                .rev()
                .find(|step| step.from <= on)
                .expect("a rate")
                .rate
                .0,
        );
        let uplift = terms.penalty.map_or(0, |penalty| i128::from(penalty.overdue.0));
        let over = on >= terms.due;
        let (own, after) = (rate * 10_000, rate * (10_000 + uplift));
        let fallen = terms.instalments.iter().filter(|part| part.due <= on);
        let fallen: i128 = fallen.map(|part| i128::from(part.principal.money.minor())).sum();
        let late = if over { principal } else { fallen };
        (penalty, interest) = (penalty + late * after, interest + (principal - late) * own);
        for (amount, carries, in_term, later) in &mut items {
            let sum = if over { later } else { in_term };
            *sum += if *carries {
                *amount * if over { after } else { own }
            } else {
                0
            };
        }
        let (_, month, date) = on.to_civil();
        let settled = match terms.settlement.cycle {
            Cycle::Monthly => date == 20,
            Cycle::Quarterly => date == 20 && month % 3 == 0,
            _ => false,
        };
        if settled || on.next() == terms.due {
            items.push((half_up(interest), terms.compounding != Compounding::None, 0, 0));
            items.push((
                half_up(penalty),
                terms.compounding == Compounding::InterestAndPenalty,
                0,
                0,
            ));
            paid_out += half_up(penalty);
            (interest, penalty) = (0, 0);
        }
    }
    let amounts: i128 = items.iter().map(|item| item.0).sum();
    let compound: i128 = items.iter().map(|item| half_up(item.2) + half_up(item.3)).sum();
    let of = |sum: i128| i64::try_from(sum).expect("an amount");
    (
        of(amounts - paid_out + half_up(interest)),
        of(paid_out + half_up(penalty)),
        of(compound),
    )
}

proptest! {
    /// Whatever happens on the way, it is the same whether somebody asked in between or not; no payment loses a fen or
    /// pays more than is owed; and the image of it is sound.
    #[test]
    fn a_claim_is_the_same_at_once_and_in_steps(
        terms in some_terms(),
        deeds in prop::collection::vec((0_i32..200, deed(), 0_i32..200), 0..12),
        stops in prop::collection::vec(1_i32..400, 0..6),
    ) {
        prop_assert_eq!(check(&terms), Ok(()));
        let (mut once, mut steps) = (Claim::new(&terms), Claim::new(&terms));
        for claim in [&mut once, &mut steps] {
            prop_assert_eq!(claim.draw(&terms, fen(250_000_000), terms.drawn), Ok(()));
        }
        let mut on = terms.drawn;
        for (later, deed, halt) in &deeds {
            let between = Date(on.0 + halt.min(later));
            on = Date(on.0 + later);
            steps.advance(&terms, between).unwrap();
            let before = once.owed(&terms, on);
            let mut paid = once.clone();
            does(&mut once, &terms, deed, on);
            does(&mut steps, &terms, deed, on);
            if let Deed::Pay(amount) = *deed {
                let applied = paid.apply(&terms, fen(amount), on).unwrap();
                prop_assert_eq!(applied.total().plus(applied.left), fen(amount));
                prop_assert_eq!(paid.owed(&terms, on).total().plus(applied.total()), before.total());
                prop_assert!(applied.left == fen(0) || paid.owed(&terms, on).total() == fen(0));
            }
            prop_assert!(once.is_sound(&terms), "{:?}", once);
            let bytes = postcard::to_allocvec(&once).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<Claim>(&bytes).unwrap(), &once);
        }
        for stop in stops {
            on = Date(on.0 + stop);
            steps.advance(&terms, on).unwrap();
        }
        prop_assert_eq!(steps.owed(&terms, on), once.owed(&terms, on));
        once.advance(&terms, on).unwrap();
        // A deed that asks nothing of the days does not bring the claim up to its own.
        steps.advance(&terms, on).unwrap();
        prop_assert_eq!(steps, once);
    }

    /// Draws and repayments under an agreed order: the products of all days, rounded once.
    #[test]
    fn a_changing_principal_bears_the_sum_of_its_days(
        mut terms in some_terms(),
        changes in prop::collection::vec((0_i32..60, 1_i64..100_000_000, any::<bool>()), 1..8),
        rest in 0_i32..60,
    ) {
        terms.day_count = DayCount::Act365;
        terms.settlement = Settlement { cycle: Cycle::AtEnd, day: None };
        terms.order = PaymentOrder::PrincipalFirst;
        terms.instalments.clear();
        let mut claim = Claim::new(&terms);
        let (mut days, mut done) = (0, vec![]);
        for (later, amount, draws) in changes {
            days += later;
            let on = Date(terms.drawn.0 + days);
            if draws && claim.draw(&terms, fen(amount), on).is_ok() {
                done.push((days, amount));
            } else {
                let most = amount.min(claim.principal().minor());
                claim.apply(&terms, fen(most), on).unwrap();
                done.push((days, -most));
            }
        }
        let owed = claim.owed(&terms, Date(terms.drawn.0 + days + rest));
        prop_assert_eq!(owed.interest.minor(), plain_interest(&terms, &done, days + rest));
    }

    /// A loan that is never served, against a list of what was settled.
    #[test]
    fn a_loan_in_default_comes_to_the_sum_of_its_days(mut terms in some_terms(), days in 1_i32..1_800) {
        terms.day_count = DayCount::Act360;
        terms.settlement.day = None;
        if matches!(terms.settlement.cycle, Cycle::HalfYearly | Cycle::Yearly) {
            terms.settlement.cycle = Cycle::Monthly;
        }
        let to = Date(terms.drawn.0 + days);
        let owed = Claim::drawn(&terms).owed(&terms, to);
        let found = (owed.interest.minor(), owed.penalty.minor(), owed.compound.minor());
        prop_assert_eq!(found, plain_default(&terms, to));
    }
}
