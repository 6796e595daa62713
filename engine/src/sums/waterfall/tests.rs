//! Rules of the waterfall, case by case and on random claims; the oracle shares nothing with it but units.

extern crate std;

use super::*;
use proptest::prelude::*;
use protocol::{
    AccountId, BasisPoints, Bounded, EntityId,
    plan::{AgreedClaim, Attachment, OwnersPart, PAYEES_MAX, Payee, Plan, RankMoved, SHARED_MAX, SaleCost},
};
use std::{collections::BTreeMap, string::ToString};

fn yuan(fen: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(fen))
}

fn day(day: i32) -> Date {
    Date(20_000 + day)
}

fn payees(count: u32) -> Vec<Payee> {
    let payee = |of: u32| Payee::Participant {
        entity: EntityId(of + 1),
        account: AccountId(of + 1),
    };
    (0..count).map(payee).collect()
}

fn plan(count: u32) -> Plan {
    Plan::by_law(Currency::Cny, payees(count))
}

fn frozen(plan: Plan) -> FrozenPlan {
    FrozenPlan::freeze(plan, &[], &[]).unwrap()
}

fn claim(payee: u32, parts: [i64; 4]) -> SecuredClaim {
    SecuredClaim {
        payee,
        costs: yuan(parts[0]),
        interest: yuan(parts[1]),
        principal: yuan(parts[2]),
        doubled: Some(yuan(parts[3])),
        excess_attached: None,
        payers: vec![],
    }
}

fn pledge(rank: u32, holders: Vec<SecuredClaim>) -> RankedPledge {
    RankedPledge {
        rank,
        registered: day(i32::try_from(rank).unwrap() * 100),
        pledgor: Pledgor::Debtor,
        in_rem: true,
        maximum: None,
        contract_maximum: None,
        holders,
    }
}

fn payer(payee: u32, kind: PayerKind, paid: i64, paid_on: i32) -> Payer {
    Payer {
        payee,
        kind,
        paid: yuan(paid),
        paid_on: day(paid_on),
        agreed: false,
        weight: 1,
    }
}

fn tax(payee: u32, due: i32, tax: i64, surcharge: i64) -> TaxArrears {
    TaxArrears {
        payee,
        taxpayer: Taxpayer::Owner,
        due: day(due),
        tax: yuan(tax),
        surcharge: Some(yuan(surcharge)),
    }
}

fn proceeds(price: i64) -> Proceeds {
    Proceeds {
        price: yuan(price),
        gap: None,
        debt: None,
    }
}

fn shared(plan: Plan, price: i64, claims: &Claims) -> Statement {
    distribute(&frozen(plan), &proceeds(price), claims).unwrap()
}

fn paid(statement: &Statement, count: usize) -> Vec<i64> {
    statement.by_payee(count).iter().map(|paid| paid.minor()).collect()
}

fn portion(payee: u32, weight: u32) -> Portion {
    Portion {
        payee,
        weight,
        cap: None,
        rate: None,
    }
}

#[test]
fn tax_is_ahead_of_each_pledge_that_is_younger_than_it() {
    // The ranks were registered on days 100 and 200; tax due on day 99 is in arrears on day 100, as old as the first.
    let claims = Claims {
        pledges: vec![
            pledge(1, vec![claim(0, [0, 0, 50, 0])]),
            pledge(2, vec![claim(1, [0, 0, 50, 0])]),
        ],
        taxes: vec![tax(2, 98, 10, 3), tax(3, 99, 20, 0), tax(4, 199, 40, 0)],
        ..Claims::default()
    };
    assert_eq!(paid(&shared(plan(5), 200, &claims), 5), [50, 50, 13, 20, 40]);
    assert_eq!(paid(&shared(plan(5), 85, &claims), 5), [50, 5, 10, 20, 0]);
    assert_eq!(paid(&shared(plan(5), 65, &claims), 5), [50, 0, 10, 5, 0]);
    let mut with_surcharge = plan(5);
    with_surcharge.surcharge_with_tax = true;
    assert_eq!(paid(&shared(with_surcharge, 65, &claims), 5), [50, 0, 13, 2, 0]);
}

#[test]
fn anothers_tax_is_told_and_never_paid() {
    let mut others = tax(0, 1, 70, 5);
    others.taxpayer = Taxpayer::Other;
    let claims = Claims {
        taxes: vec![others],
        ..Claims::default()
    };
    let statement = shared(plan(1), 100, &claims);
    assert_eq!((statement.paid, statement.surplus), (yuan(0), yuan(100)));
    assert_eq!(
        (statement.lines[0].asked, statement.lines[0].beyond),
        (yuan(0), yuan(75))
    );
}

#[test]
fn payers_stand_behind_the_rest_and_ahead_of_the_next_rank() {
    let mut first = claim(0, [0, 0, 100, 0]);
    first.payers = vec![
        payer(1, PayerKind::Guarantor, 60, 9),
        payer(2, PayerKind::Insurer, 40, 5),
    ];
    let claims = Claims {
        pledges: vec![pledge(1, vec![first]), pledge(2, vec![claim(3, [0, 0, 50, 0])])],
        ..Claims::default()
    };
    assert_eq!(paid(&shared(plan(4), 99, &claims), 4), [99, 0, 0, 0]);
    assert_eq!(paid(&shared(plan(4), 150, &claims), 4), [100, 30, 20, 0]);
    assert_eq!(paid(&shared(plan(4), 220, &claims), 4), [100, 60, 40, 20]);
    let mut by_time = plan(4);
    by_time.payers = Split::InOrder;
    assert_eq!(paid(&shared(by_time, 150, &claims), 4), [100, 10, 40, 0]);
    let mut by_weight = plan(4);
    by_weight.payers = Split::ByWeight;
    assert_eq!(paid(&shared(by_weight, 150, &claims), 4), [100, 25, 25, 0]);
}

#[test]
fn who_takes_over_hangs_on_who_paid_and_who_gave_the_pledge() {
    use PayerKind::*;
    for (kind, pledgor, agreed, expected) in [
        (Guarantor, Pledgor::Debtor, false, true),
        (Guarantor, Pledgor::ThirdParty, false, false),
        (Guarantor, Pledgor::ThirdParty, true, true),
        (Insurer, Pledgor::ThirdParty, false, true),
        (Interested, Pledgor::ThirdParty, false, true),
        (Fund, Pledgor::Debtor, false, false),
        (Fund, Pledgor::Debtor, true, true),
    ] {
        let mut one = payer(0, kind, 1, 0);
        one.agreed = agreed;
        assert_eq!(takes_over(&one, pledgor), expected, "{kind:?} {pledgor:?} {agreed}");
    }
}

#[test]
fn a_maximum_takes_in_the_rest_first_and_then_what_was_taken_over() {
    let mut first = claim(0, [0, 30, 100, 20]);
    first.payers = vec![payer(1, PayerKind::Guarantor, 60, 0)];
    first.excess_attached = Some(1);
    let mut one = pledge(1, vec![first]);
    one.maximum = Some(yuan(170));
    let claims = Claims {
        pledges: vec![one],
        ..Claims::default()
    };
    let statement = shared(plan(2), 500, &claims);
    assert_eq!(paid(&statement, 2), [150, 20]);
    let told: Vec<_> = statement
        .lines
        .iter()
        .map(|line| (line.asked.money.minor(), line.beyond.money.minor()))
        .collect();
    assert_eq!(told, [(30, 0), (100, 0), (20, 0), (20, 40)]);
    // Of a lower one the doubled part is beyond it first, then principal; what is beyond is attached.
    let mut lower = claims.clone();
    lower.pledges[0].maximum = Some(yuan(110));
    let statement = shared(plan(2), 500, &lower);
    assert_eq!(paid(&statement, 2), [150, 0]);
    let told: Vec<_> = statement
        .lines
        .iter()
        .map(|line| (line.kind, line.paid.money.minor()))
        .collect();
    let expected = [
        (ClaimKind::Interest, 30),
        (ClaimKind::Principal, 80),
        (ClaimKind::DoubledInterest, 0),
        (ClaimKind::TakenOver, 0),
        (ClaimKind::AttachedExcess, 40),
    ];
    assert_eq!(told, expected);
}

#[test]
fn holders_of_one_pledge_share_its_maximum() {
    let mut one = pledge(
        1,
        vec![
            claim(0, [0, 0, 100, 0]),
            claim(1, [0, 0, 50, 0]),
            claim(2, [0, 0, 50, 0]),
        ],
    );
    one.maximum = Some(yuan(101));
    let claims = Claims {
        pledges: vec![one],
        ..Claims::default()
    };
    let statement = shared(plan(3), 500, &claims);
    assert_eq!((paid(&statement, 3), statement.surplus), (vec![51, 25, 25], yuan(399)));
}

#[test]
fn a_pledge_that_holds_against_nobody_is_paid_as_far_as_it_attached() {
    let mut only_by_contract = pledge(1, vec![claim(0, [0, 0, 100, 0])]);
    only_by_contract.in_rem = false;
    let mut claims = Claims {
        pledges: vec![only_by_contract, pledge(2, vec![claim(1, [0, 0, 70, 0])])],
        // In arrears before the first was recorded: no pledge that counts is younger.
        taxes: vec![tax(2, 0, 20, 0)],
        ..Claims::default()
    };
    assert_eq!(paid(&shared(plan(3), 150, &claims), 3), [0, 70, 20]);
    claims.pledges[0].holders[0].excess_attached = Some(1);
    assert_eq!(paid(&shared(plan(3), 150, &claims), 3), [60, 70, 20]);
}

#[test]
fn an_enterprises_attachers_are_paid_in_their_order_and_others_by_what_each_asks() {
    let attachment = |payee, order, fen| Attachment {
        payee,
        order,
        amount: yuan(fen),
    };
    let mut claims = Claims {
        attachments: vec![attachment(0, 2, 60), attachment(1, 1, 40)],
        taxes: vec![tax(2, 0, 10, 5)],
        ..Claims::default()
    };
    assert_eq!(paid(&shared(plan(3), 65, &claims), 3), [30, 20, 15]);
    claims.enterprise = true;
    assert_eq!(paid(&shared(plan(3), 65, &claims), 3), [10, 40, 15]);
}

#[test]
fn costs_are_paid_within_their_caps_and_agreed_rates_are_of_the_price_alone() {
    let mut plan = plan(3);
    let rate = Some(BasisPoints(300));
    let cap = Some(yuan(25));
    plan.tiers[0].payees = vec![Portion { cap, ..portion(0, 1) }, Portion { rate, ..portion(1, 1) }];
    let cost = |payee, kind, fen| SaleCost {
        payee,
        kind,
        amount: yuan(fen),
        rate: None,
    };
    let claims = Claims {
        costs: vec![
            cost(0, CostKind::Appraiser, 20),
            cost(0, CostKind::Venue, 9),
            cost(2, CostKind::SellersTax, 7),
        ],
        ..Claims::default()
    };
    let mut there = proceeds(1_033);
    there.gap = Some(yuan(1_000));
    let statement = distribute(&frozen(plan.clone()), &there, &claims).unwrap();
    assert_eq!(paid(&statement, 3), [25, 30, 7]);
    assert_eq!(statement.lines[1].beyond, yuan(4));
    assert_eq!((statement.gross, statement.surplus), (yuan(2_033), yuan(1_971)));
    // The tier's own cap and share: the rest of it is short.
    plan.tiers[0].cap = Some(yuan(31));
    assert_eq!(shared(plan.clone(), 1_033, &claims).tiers[0].short, yuan(31));
    plan.tiers[0].share = Some(BasisPoints(100));
    assert_eq!(shared(plan, 1_033, &claims).paid, yuan(10));
}

#[test]
fn an_agreed_tier_shares_as_it_was_agreed_between_the_tiers_of_the_law() {
    let mut plan = plan(4);
    let mut tier = Tier::plain(TierKind::Agreed);
    tier.split = Split::ByWeight;
    tier.share = Some(BasisPoints(5_000));
    tier.payees = vec![
        portion(0, 54),
        Portion {
            cap: Some(yuan(10)),
            ..portion(1, 26)
        },
        portion(2, 20),
    ];
    plan.tiers.insert(3, tier);
    let claims = Claims {
        pledges: vec![pledge(1, vec![claim(3, [0, 0, 100, 0])])],
        agreed: vec![AgreedClaim {
            tier: 3,
            payee: 2,
            amount: yuan(5),
        }],
        ..Claims::default()
    };
    // Half of what the pledgee leaves; the second is capped, the third asks but five.
    let statement = shared(plan, 300, &claims);
    assert_eq!(
        (paid(&statement, 4), statement.surplus),
        (vec![85, 10, 5, 100], yuan(100))
    );
}

#[test]
fn a_deposits_rest_reduces_the_debt_by_rank_and_what_it_leaves_joins_the_proceeds() {
    let claims = Claims {
        pledges: vec![
            pledge(1, vec![claim(0, [5, 10, 20, 0])]),
            pledge(2, vec![claim(1, [0, 0, 30, 0])]),
        ],
        taxes: vec![tax(2, 0, 50, 0)],
        owners: vec![OwnersPart { payee: 3, parts: 1 }],
        ..Claims::default()
    };
    let with = |price, debt| {
        let mut there = proceeds(price);
        there.debt = Some(yuan(debt));
        paid(&distribute(&frozen(plan(4)), &there, &claims).unwrap(), 4)
    };
    // It is the debt's, not the tax office's.
    assert_eq!(with(60, 40), [35, 15, 50, 0]);
    assert_eq!(with(40, 70), [35, 30, 45, 0]);
    assert_eq!(with(40, 85), [35, 30, 50, 10]);
}

#[test]
fn ranks_that_were_moved_count_and_tax_is_bound_by_no_agreement() {
    let moved = |registered, stands| RankMoved { registered, stands };
    let claims = Claims {
        pledges: vec![
            pledge(1, vec![claim(0, [0, 0, 50, 0])]),
            pledge(2, vec![claim(1, [0, 0, 50, 0])]),
        ],
        taxes: vec![tax(2, 150, 10, 0)],
        ..Claims::default()
    };
    assert_eq!(paid(&shared(plan(3), 55, &claims), 3), [50, 0, 5]);
    let register = [(0, 1), (1, 2)].map(|(payee, rank)| RegisteredRank { payee, rank });
    for (ranks, expected) in [
        (vec![moved(1, 2), moved(2, 1)], vec![0, 45, 10]),
        (vec![moved(2, 1)], vec![23, 22, 10]),
    ] {
        let mut plan = plan(3);
        plan.ranks = ranks;
        let refused = FrozenPlan::freeze(plan.clone(), &register, &[1]);
        assert_eq!(refused, Err(Reject::PlanConsentMissing));
        let frozen = FrozenPlan::freeze(plan, &register, &[0]).unwrap();
        let statement = distribute(&frozen, &proceeds(55), &claims).unwrap();
        assert_eq!(paid(&statement, 3), expected);
    }
}

#[test]
fn who_falls_behind_a_rank_that_moves_up_consents_though_it_does_not_move() {
    let register = [(0, 1), (1, 2), (2, 3)].map(|(payee, rank)| RegisteredRank { payee, rank });
    let mut plan = plan(3);
    plan.ranks = vec![RankMoved {
        registered: 3,
        stands: 1,
    }];
    for (consented, expected) in [(&[0][..], false), (&[1], false), (&[0, 1], true)] {
        assert_eq!(
            FrozenPlan::freeze(plan.clone(), &register, consented).is_ok(),
            expected,
            "{consented:?}"
        );
    }
    // Who steps back behind another worsens nobody's rank but its own.
    plan.ranks = vec![RankMoved {
        registered: 1,
        stands: 4,
    }];
    assert!(FrozenPlan::freeze(plan.clone(), &register, &[0]).is_ok());
    assert_eq!(
        FrozenPlan::freeze(plan, &register, &[1, 2]),
        Err(Reject::PlanConsentMissing)
    );
}

#[test]
fn a_plan_that_is_wrong_is_refused_by_what_is_wrong_with_it() {
    type Change = fn(&mut Plan);
    let agreed = || Tier {
        payees: vec![portion(0, 1)],
        ..Tier::plain(TierKind::Agreed)
    };
    let cases: [(Change, Reject); 20] = [
        (|plan| plan.payees.clear(), Reject::PlanPayeesInvalid),
        (|plan| plan.payees = payees(1_001), Reject::PlanPayeesInvalid),
        (
            |plan| plan.payees.push(plan.payees[0].clone()),
            Reject::PlanPayeesInvalid,
        ),
        (
            |plan| plan.tiers[0].payees = vec![portion(2, 1)],
            Reject::PlanPayeesInvalid,
        ),
        (
            |plan| plan.tiers[0].payees = vec![portion(0, 0)],
            Reject::PlanPayeesInvalid,
        ),
        (
            |plan| plan.tiers[0].payees = vec![portion(1, 1), portion(1, 2)],
            Reject::PlanPayeesInvalid,
        ),
        (|plan| drop(plan.tiers.remove(1)), Reject::PlanTiersInvalid),
        (|plan| plan.tiers.swap(1, 2), Reject::PlanTiersInvalid),
        (|plan| plan.tiers.push(plan.tiers[5].clone()), Reject::PlanTiersInvalid),
        (
            |plan| plan.tiers[3] = Tier::plain(TierKind::Deposit),
            Reject::PlanTiersInvalid,
        ),
        (
            |plan| plan.tiers.insert(2, Tier::plain(TierKind::Agreed)),
            Reject::PlanTiersInvalid,
        ),
        (
            |plan| plan.tiers[2].payees = vec![portion(0, 1)],
            Reject::PlanTiersInvalid,
        ),
        (|plan| plan.tiers[4].cap = Some(yuan(1)), Reject::PlanTiersInvalid),
        (|plan| plan.tiers[3].split = Split::InOrder, Reject::PlanTiersInvalid),
        (|plan| plan.tiers[0].cap = Some(yuan(-1)), Reject::PlanCapsInvalid),
        (
            |plan| plan.tiers[0].share = Some(BasisPoints(10_001)),
            Reject::PlanCapsInvalid,
        ),
        (
            |plan| plan.tiers[0].cap = Some(Amount::new(Currency::Hkd, Money::ZERO)),
            Reject::PlanCapsInvalid,
        ),
        (
            |plan| {
                let rate = Some(BasisPoints(6_000));
                plan.tiers[0].payees = [0, 1]
                    .map(|payee| Portion {
                        rate,
                        ..portion(payee, 1)
                    })
                    .into();
            },
            Reject::PlanCapsInvalid,
        ),
        (
            |plan| {
                let cap = Some(yuan(SHARED_MAX));
                plan.tiers[0].payees = [0, 1]
                    .map(|payee| Portion {
                        cap,
                        ..portion(payee, 1)
                    })
                    .into();
            },
            Reject::PlanCapsInvalid,
        ),
        (
            |plan| plan.ranks = [2, 1].map(|registered| RankMoved { registered, stands: 9 }).into(),
            Reject::PlanRanksInvalid,
        ),
    ];
    for (change, expected) in cases {
        let mut plan = plan(2);
        change(&mut plan);
        assert_eq!(FrozenPlan::freeze(plan.clone(), &[], &[]), Err(expected), "{plan:?}");
    }
    let mut ends_agreed = plan(2);
    ends_agreed.tiers.push(agreed());
    assert_eq!(FrozenPlan::freeze(ends_agreed, &[], &[]), Err(Reject::PlanTiersInvalid));
    let mut many = plan(2);
    many.tiers.splice(1..1, (0..27).map(|_| agreed()));
    assert_eq!(
        FrozenPlan::freeze(many.clone(), &[], &[]),
        Err(Reject::PlanTiersInvalid)
    );
    many.tiers.remove(1);
    assert!(FrozenPlan::freeze(many, &[], &[]).is_ok());
}

#[test]
fn claims_that_are_wrong_are_refused_by_what_is_wrong_with_them() {
    type Change = fn(&mut Claims, &mut Proceeds);
    let cost = |payee, fen| SaleCost {
        payee,
        kind: CostKind::Other,
        amount: yuan(fen),
        rate: None,
    };
    let cases: [(Change, Reject); 13] = [
        (
            |claims, _| claims.later = payees(PAYEES_MAX as u32),
            Reject::ClaimsTooMany,
        ),
        (
            |claims, _| claims.owners = vec![OwnersPart { payee: 0, parts: 1 }; PAYEES_MAX + 1],
            Reject::ClaimsTooMany,
        ),
        (|claims, _| claims.costs[0].payee = 2, Reject::ClaimPayeeUnknown),
        (
            |claims, _| claims.pledges[0].holders[0].payers[0].payee = 2,
            Reject::ClaimPayeeUnknown,
        ),
        (|claims, _| claims.owners[0].payee = 2, Reject::ClaimPayeeUnknown),
        (
            |claims, _| claims.costs[0].amount = yuan(-1),
            Reject::ClaimAmountInvalid,
        ),
        (
            |claims, _| claims.costs[0].amount = yuan(SHARED_MAX),
            Reject::ClaimAmountInvalid,
        ),
        (
            |claims, _| claims.pledges[0].maximum = Some(yuan(-1)),
            Reject::ClaimAmountInvalid,
        ),
        (
            |_, there| there.price = Amount::new(Currency::Hkd, Money::ZERO),
            Reject::ClaimAmountInvalid,
        ),
        (
            |_, there| there.gap = Some(yuan(SHARED_MAX)),
            Reject::ClaimAmountInvalid,
        ),
        (
            |claims, _| {
                claims.agreed = vec![AgreedClaim {
                    tier: 2,
                    payee: 0,
                    amount: yuan(1),
                }]
            },
            Reject::ClaimTierUnknown,
        ),
        (|claims, _| claims.pledges[0].holders.clear(), Reject::ClaimPartsInvalid),
        (|claims, _| claims.owners[0].parts = 0, Reject::ClaimPartsInvalid),
    ];
    for (place, (change, expected)) in cases.into_iter().enumerate() {
        let mut first = claim(0, [0, 0, 1, 0]);
        first.payers = vec![payer(1, PayerKind::Insurer, 1, 0)];
        let mut claims = Claims {
            costs: vec![cost(0, 1)],
            pledges: vec![pledge(1, vec![first])],
            owners: vec![OwnersPart { payee: 1, parts: 1 }],
            ..Claims::default()
        };
        let mut there = proceeds(100);
        let frozen = frozen(plan(2));
        assert!(distribute(&frozen, &there, &claims).is_ok());
        change(&mut claims, &mut there);
        assert_eq!(distribute(&frozen, &there, &claims), Err(expected), "case {place}");
    }
}

#[test]
fn the_most_money_and_the_most_payees_overflow_nothing() {
    let mut plan = plan(1_000);
    let mut open = Tier::plain(TierKind::Agreed);
    open.split = Split::ByWeight;
    open.payees = (0..1_000).map(|payee| portion(payee, u32::MAX)).collect();
    plan.tiers.insert(5, open);
    let claims = Claims {
        pledges: vec![pledge(1, vec![claim(0, [0, 0, SHARED_MAX, 0])])],
        ..Claims::default()
    };
    let statement = shared(plan.clone(), SHARED_MAX, &claims);
    assert_eq!(statement.paid_to(0), Money::from_minor(SHARED_MAX));
    let statement = shared(plan, SHARED_MAX, &Claims::default());
    assert_eq!(statement.paid, yuan(SHARED_MAX));
    assert!(statement.lines.iter().all(|line| line.short == yuan(0)));
}

#[test]
fn a_change_asks_those_whose_share_it_touches() {
    let agreed = |weights: [u32; 2]| {
        let mut plan = plan(4);
        let mut tier = Tier::plain(TierKind::Agreed);
        tier.split = Split::ByWeight;
        tier.payees = (0..)
            .zip(weights)
            .map(|(payee, weight)| portion(payee, weight))
            .collect();
        plan.tiers.insert(1, tier);
        plan
    };
    let register = [RegisteredRank { payee: 3, rank: 1 }];
    let before = agreed([1, 1]);
    let touches = |after: &Plan| touched(&before, after, &register);
    assert_eq!(touches(&before), Touched::default());
    // Other weights are between those who share.
    let weights = agreed([2, 1]);
    let expected = Touched {
        payees: vec![0, 1],
        surplus: false,
    };
    assert_eq!(touches(&weights), expected);
    // What the tier takes in all, everybody behind it feels.
    let mut capped = agreed([1, 1]);
    capped.tiers[1].cap = Some(yuan(5));
    let expected = Touched {
        payees: vec![0, 1, 3],
        surplus: true,
    };
    assert_eq!(touches(&capped), expected);
    let mut payers = agreed([1, 1]);
    payers.payers = Split::InOrder;
    let expected = Touched {
        payees: vec![3],
        surplus: false,
    };
    assert_eq!(touches(&payers), expected);
    let mut other = agreed([1, 1]);
    other.payees.pop();
    assert_eq!(touches(&other).payees, [0, 1, 2, 3]);

    let frozen = frozen(before);
    let amend = |plan: &Plan, consented: &[u32], owner| frozen.amend(plan.clone(), &register, consented, owner);
    assert!(amend(&weights, &[0, 1], false).is_ok());
    assert_eq!(amend(&weights, &[1], true), Err(Reject::PlanConsentMissing));
    assert_eq!(amend(&capped, &[0, 1, 3], false), Err(Reject::PlanConsentMissing));
    assert!(amend(&capped, &[0, 1, 3], true).is_ok());
    assert_ne!(amend(&weights, &[0, 1], false).unwrap().digest(), frozen.digest());
}

/// What anybody may ask, by small numbers that collide.
fn any_claims() -> impl Strategy<Value = Claims> {
    let part = || 0_i64..60;
    let payer = (0_u32..8, 0_usize..4, part(), 0_i32..3, any::<bool>(), 1_u32..4).prop_map(
        |(payee, kind, paid, paid_on, agreed, weight)| Payer {
            agreed,
            weight,
            ..payer(payee, PayerKind::ALL[kind], paid, paid_on)
        },
    );
    let holder = (
        0_u32..8,
        [part(), part(), part(), part()],
        proptest::option::of(0_u32..3),
        proptest::collection::vec(payer, 0..3),
    );
    let holder = holder.prop_map(|(payee, parts, excess_attached, payers)| SecuredClaim {
        excess_attached,
        payers,
        ..claim(payee, parts)
    });
    let pledges = (
        1_u32..4,
        proptest::bool::weighted(0.8),
        proptest::bool::weighted(0.8),
        proptest::option::of(0_i64..200),
        proptest::collection::vec(holder, 1..3),
    );
    let pledges = pledges.prop_map(|(rank, in_rem, debtor, maximum, holders)| RankedPledge {
        in_rem,
        pledgor: if debtor { Pledgor::Debtor } else { Pledgor::ThirdParty },
        maximum: maximum.map(yuan),
        ..pledge(rank, holders)
    });
    let taxes = (0_u32..8, -50_i32..350, part(), part(), proptest::bool::weighted(0.9));
    let taxes = taxes.prop_map(|(payee, due, of, surcharge, owner)| TaxArrears {
        taxpayer: if owner { Taxpayer::Owner } else { Taxpayer::Other },
        ..tax(payee, due, of, surcharge)
    });
    let cost = (0_u32..8, part()).prop_map(|(payee, fen)| SaleCost {
        payee,
        kind: CostKind::Other,
        amount: yuan(fen),
        rate: None,
    });
    let attachment = (0_u32..8, 0_u32..3, part()).prop_map(|(payee, order, fen)| Attachment {
        payee,
        order,
        amount: yuan(fen),
    });
    let owner = (0_u32..8, 1_u32..4).prop_map(|(payee, parts)| OwnersPart { payee, parts });
    let lists = (
        proptest::collection::vec(cost, 0..3),
        proptest::collection::vec(taxes, 0..4),
        proptest::collection::vec(pledges, 0..4),
        proptest::collection::vec(attachment, 0..3),
        any::<bool>(),
        proptest::collection::vec(owner, 0..3),
    );
    lists.prop_map(|(costs, taxes, pledges, attachments, enterprise, owners)| Claims {
        costs,
        taxes,
        pledges,
        attachments,
        enterprise,
        owners,
        ..Claims::default()
    })
}

/// The waterfall on paper: a list of who asks how much in which place, read from the top. A place is a text that sorts;
/// those of one place share by fractions, which are compared by cross-multiplication.
mod paper {
    use super::*;

    type Place = (u32, std::string::String);
    /// Place, payee, limit.
    type Row = (Place, u32, i64);

    fn place(tier: u32, within: impl ToString) -> Place {
        (tier, within.to_string())
    }

    fn minor(amount: Amount) -> i64 {
        amount.money.minor()
    }

    /// Fen by fen, each to who is furthest from its exact part, the earlier of equals.
    pub(super) fn split(left: i64, asks: &[i64]) -> Vec<i64> {
        let sum: i64 = asks.iter().sum();
        if left >= sum {
            return asks.to_vec();
        }
        let mut has: Vec<i64> = asks.iter().map(|ask| left * ask / sum).collect();
        let mut lucky: Vec<bool> = asks.iter().map(|_| false).collect();
        for _ in 0..left - has.iter().sum::<i64>() {
            let lacks = |&at: &usize| (left * asks[at] % sum, core::cmp::Reverse(at));
            let next = (0..asks.len()).filter(|&at| !lucky[at]).max_by_key(lacks).unwrap();
            has[next] += 1;
            lucky[next] = true;
        }
        has
    }

    /// What each holder's pledge secures.
    fn within(claims: &Claims) -> Vec<Vec<i64>> {
        let of_pledge = |pledge: &RankedPledge| {
            let total = |holder: &SecuredClaim| rest(holder) + taken(holder, pledge.pledgor).iter().sum::<i64>();
            let totals: Vec<i64> = pledge.holders.iter().map(total).collect();
            let maximum = if pledge.in_rem {
                pledge.maximum.map_or(i64::MAX, minor)
            } else {
                0
            };
            split(maximum, &totals)
        };
        claims.pledges.iter().map(of_pledge).collect()
    }

    fn rest(holder: &SecuredClaim) -> i64 {
        minor(holder.costs) + minor(holder.interest) + minor(holder.principal) + minor(holder.doubled.unwrap())
    }

    fn taken(holder: &SecuredClaim, pledgor: Pledgor) -> Vec<i64> {
        let takes = |payer: &Payer| match (payer.kind, pledgor) {
            (PayerKind::Guarantor, Pledgor::ThirdParty) | (PayerKind::Fund, _) => payer.agreed,
            _ => true,
        };
        let of = |payer: &Payer| if takes(payer) { minor(payer.paid) } else { 0 };
        holder.payers.iter().map(of).collect()
    }

    /// What each payee is paid, without the owners, and the surplus.
    pub(super) fn waterfall(price: i64, claims: &Claims, surcharge_early: bool) -> (BTreeMap<u32, i64>, i64) {
        // The fen of equal remainders goes by rank and by time, then as it was named.
        let mut claims = claims.clone();
        claims.pledges.sort_by_key(|pledge| (!pledge.in_rem, pledge.rank));
        claims.taxes.sort_by_key(|tax| tax.due);
        let claims = &claims;
        let mut rows: Vec<Row> = claims
            .costs
            .iter()
            .map(|cost| (place(0, ""), cost.payee, minor(cost.amount)))
            .collect();
        let secured = within(claims);
        // A holder is a row; its payee is told apart below by a number past all payees.
        let mut holders: Vec<(u32, i64, &SecuredClaim, Pledgor)> = vec![];
        for (pledge, within) in claims.pledges.iter().zip(&secured) {
            for (holder, &within) in pledge.holders.iter().zip(within) {
                let number = 1_000 + u32::try_from(holders.len()).unwrap();
                rows.push((place(10 + 2 * pledge.rank, ""), number, within));
                holders.push((number, within, holder, pledge.pledgor));
                if let Some(order) = holder.excess_attached {
                    let order = if claims.enterprise {
                        order.to_string()
                    } else {
                        "".into()
                    };
                    let excess = rest(holder) - rest(holder).min(within);
                    rows.push((place(31, order), holder.payee, excess));
                }
            }
        }
        for tax in claims.taxes.iter().filter(|tax| tax.taxpayer == Taxpayer::Owner) {
            let younger = |pledge: &&RankedPledge| pledge.in_rem && tax.due.0 + 1 < pledge.registered.0;
            let ahead = claims.pledges.iter().filter(younger).map(|pledge| pledge.rank).min();
            let own = ahead.map_or(30, |rank| 9 + 2 * rank);
            let surcharge = if surcharge_early { own } else { 30 };
            rows.push((place(own, ""), tax.payee, minor(tax.tax)));
            rows.push((place(surcharge, ""), tax.payee, minor(tax.surcharge.unwrap())));
        }
        let attached = rows.iter().position(|row| row.0.0 == 31).unwrap_or(rows.len());
        let attachments = claims.attachments.iter().map(|one| {
            let order = if claims.enterprise {
                one.order.to_string()
            } else {
                "".into()
            };
            (place(31, order), one.payee, minor(one.amount))
        });
        rows.splice(attached..attached, attachments);
        // Stable: within a place in the order of naming.
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        let (mut left, mut paid) = (price, BTreeMap::new());
        for place in rows.chunk_by(|a, b| a.0 == b.0) {
            let asks: Vec<i64> = place.iter().map(|row| row.2).collect();
            for (row, share) in place.iter().zip(split(left.min(asks.iter().sum()), &asks)) {
                *paid.entry(row.1).or_insert(0) += share;
                left -= share;
            }
        }
        for (number, within, holder, pledgor) in holders {
            let share = paid.remove(&number).unwrap();
            let own = share.min(rest(holder)).min(within);
            *paid.entry(holder.payee).or_insert(0) += own;
            let room = split(within - rest(holder).min(within), &taken(holder, pledgor));
            for (payer, share) in holder.payers.iter().zip(split(share - own, &room)) {
                *paid.entry(payer.payee).or_insert(0) += share;
            }
        }
        (paid, left)
    }
}

#[test]
fn the_paper_oracle_splits_as_the_rule_says() {
    assert_eq!(paper::split(100, &[100, 100, 101]), [33, 33, 34]);
    assert_eq!(paper::split(7, &[5, 5]), [4, 3]);
}

/// The tiers of a statement: what each asked and was paid, a rank as one; the owners' ask nothing.
fn tiers(statement: &Statement) -> Vec<((TierKind, Option<u32>), i64, i64)> {
    let mut tiers: Vec<((TierKind, Option<u32>), i64, i64)> = vec![];
    for tier in &statement.tiers {
        let (asked, paid) = (tier.asked.money.minor(), tier.paid.money.minor());
        match tiers.last_mut() {
            Some(last) if tier.kind == TierKind::Payers => {
                last.1 += asked;
                last.2 += paid;
            }
            _ => tiers.push(((tier.kind, tier.rank), asked, paid)),
        }
    }
    tiers
}

fn is_secured(kind: TierKind) -> bool {
    matches!(kind, TierKind::Secured | TierKind::Payers | TierKind::Deposit)
}

proptest! {
    /// As on paper, and no fen is lost.
    #[test]
    fn every_payee_is_paid_as_on_paper(price in 0_i64..900, claims in any_claims(), early in any::<bool>()) {
        let mut plan = plan(8);
        plan.surcharge_with_tax = early;
        let statement = shared(plan, price, &claims);
        let (expected, left) = paper::waterfall(price, &claims, early);
        prop_assert_eq!(statement.surplus, yuan(left));
        let mut found: BTreeMap<u32, i64> = expected.keys().map(|&payee| (payee, 0)).collect();
        for line in statement.lines.iter().filter(|line| line.kind != ClaimKind::OwnersPart) {
            *found.entry(line.payee).or_insert(0) += line.paid.money.minor();
        }
        for (payee, paid) in found {
            prop_assert_eq!(paid, expected.get(&payee).copied().unwrap_or(0), "payee {}", payee);
        }
        let owners = statement.lines.iter().filter(|line| line.kind == ClaimKind::OwnersPart);
        let owners: i64 = owners.map(|line| line.paid.money.minor()).sum();
        prop_assert_eq!(owners, if claims.owners.is_empty() { 0 } else { left });
    }

    /// Of more, no tier has less; and none lacks anything while one behind it has something. A rank is its pledgees and
    /// those who paid them.
    #[test]
    fn more_is_never_less_for_a_tier(price in 0_i64..900, more in 0_i64..50, claims in any_claims()) {
        let [before, after] = [price, price + more].map(|price| tiers(&shared(plan(8), price, &claims)));
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before.0, after.0);
            prop_assert!(before.2 <= after.2, "{:?} {} {}", before.0, before.2, after.2);
        }
        let mut lacks = false;
        for (kind, asked, paid) in before {
            prop_assert!(paid == 0 || !lacks, "{kind:?}");
            lacks |= paid < asked;
        }
    }

    /// A statement explains itself: what was shared by weights is ⌊shared · weight / weights⌋ and the extra fen, and a
    /// pledgee's lines have theirs together with those who paid it.
    #[test]
    fn a_line_can_be_worked_out_again_from_the_statement(price in 0_i64..900, claims in any_claims(), rule in 0_usize..3) {
        let mut plan = plan(8);
        plan.payers = Split::ALL[rule];
        let statement = shared(plan, price, &claims);
        for line in statement.lines.iter().filter(|line| line.weight > 0) {
            let tier = &statement.tiers[line.tier as usize];
            let exact = i128::from(tier.shared.money.minor()) * i128::from(line.weight);
            let share = exact / i128::from(tier.weights) + i128::from(line.extra);
            let paid = i128::from(line.paid.money.minor());
            prop_assert!(if tier.kind == TierKind::Secured { paid <= share } else { paid == share }, "{line:?}");
        }
        for tier in &statement.tiers {
            prop_assert_eq!(tier.asked.money, tier.paid.money.plus(tier.short.money));
        }
    }

    /// A deposit's rest and the price are shared to the fen, whatever the deposit.
    #[test]
    fn a_deposit_changes_no_sum(price in 0_i64..500, gap in 0_i64..100, debt in 0_i64..300, claims in any_claims()) {
        let there = Proceeds { price: yuan(price), gap: Some(yuan(gap)), debt: Some(yuan(debt)) };
        let statement = distribute(&frozen(plan(8)), &there, &claims).unwrap();
        let sum = statement.paid.money.plus(statement.surplus.money);
        prop_assert_eq!(sum, Money::from_minor(price + gap + debt));
        // Nobody with a claim in rem is worse off than if the deposit had been price.
        let joined = shared(plan(8), price + gap + debt, &claims);
        let secured = |statement: &Statement| -> i64 {
            let of = statement.tiers.iter().filter(|tier| is_secured(tier.kind));
            of.map(|tier| tier.paid.money.minor()).sum()
        };
        prop_assert!(secured(&statement) >= secured(&joined));
    }
}

#[test]
fn a_frozen_plan_of_another_hash_or_another_form_is_not_sound() {
    let frozen = frozen(plan(2));
    assert!(frozen.is_sound());
    let forged = |change: fn(&mut Plan), digest: Option<protocol::Digest>| {
        let mut plan = plan(2);
        change(&mut plan);
        let digest = digest.unwrap_or_else(|| plan.digest());
        let bytes = postcard::to_allocvec(&(plan, digest)).unwrap();
        postcard::from_bytes::<FrozenPlan>(&bytes).unwrap()
    };
    assert_eq!(forged(|_| (), None), frozen);
    assert!(!forged(|plan| plan.surcharge_with_tax = true, Some(frozen.digest())).is_sound());
    assert!(!forged(|plan| plan.tiers.clear(), None).is_sound());
}

#[test]
fn names_of_outsiders_tell_payees_apart() {
    let outsider = |name: &str| Payee::Outsider {
        name: Bounded::new(name).unwrap(),
    };
    let plan = |one, other| Plan::by_law(Currency::Cny, vec![outsider(one), outsider(other)]);
    assert!(FrozenPlan::freeze(plan("深圳市税务局", "深圳市中级人民法院"), &[], &[]).is_ok());
    assert_eq!(
        FrozenPlan::freeze(plan("A", "A"), &[], &[]),
        Err(Reject::PlanPayeesInvalid)
    );
}
