//! a_waterfall: who is paid how much of what a pledged right brought.

use super::{Case, Section};
use engine::sums::{
    disposal::{
        DAYS_TO_INSIST, DepositRule, Drawn, GoesOn, back_to_guarantor, benefit, clawback_risk, converted, deposit,
        fixed, goes_on, guarantor_may_be_called, interest_runs_to, lots_sold,
    },
    scales::{
        AppraisersBase, Scaled, acceptance_fee, administrators_limit, administrators_limit_on_collateral,
        appraisers_base, check_costs, enforcement_fee, inventors_reward,
    },
    waterfall::{FrozenPlan, distribute, in_arrears_on, is_ahead},
};
use protocol::{
    Amount, BasisPoints, Bounded, Currency, Date, Digest, Money, Reject,
    claim::CallOrder,
    disposal::{Bankruptcy, MiddleRate},
    plan::{
        Attachment, ClaimKind, Claims, CostKind, OwnersPart, Payee, Payer, PayerKind, Plan, Pledgor, Portion, Proceeds,
        RankedPledge, SaleCost, SecuredClaim, Split, Statement, TaxArrears, Taxpayer, Tier, TierKind,
    },
};
use serde_json::Value;

fn fen(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("an amount in fen: {value}"))
}

fn money(value: &Value) -> Money {
    Money::from_minor(fen(value))
}

fn date(value: &Value) -> Date {
    value.as_str().expect("a date").parse().expect("a date")
}

fn yuan(fen: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(fen))
}

/// A case under construction: a plan of the law, and payees by name.
struct Deal {
    plan: Plan,
    names: Vec<&'static str>,
    claims: Claims,
}

impl Deal {
    fn new(names: &[&'static str]) -> Self {
        let payee = |name: &&str| Payee::Outsider {
            name: Bounded::new(name).unwrap(),
        };
        Self {
            plan: Plan::by_law(Currency::Cny, names.iter().map(payee).collect()),
            names: names.to_vec(),
            claims: Claims::default(),
        }
    }

    fn place(&self, name: &str) -> u32 {
        let place = self.names.iter().position(|one| *one == name);
        u32::try_from(place.unwrap_or_else(|| panic!("{name}"))).unwrap()
    }

    /// A pledge of a rank that secures a principal.
    fn pledge(&mut self, rank: u32, name: &str, principal: i64) -> &mut RankedPledge {
        let claim = SecuredClaim {
            payee: self.place(name),
            costs: yuan(0),
            interest: yuan(0),
            principal: yuan(principal),
            doubled: None,
            excess_attached: None,
            payers: vec![],
        };
        self.claims.pledges.push(RankedPledge {
            rank,
            registered: Date::from_civil(2024, 6, 15).unwrap(),
            pledgor: Pledgor::Debtor,
            in_rem: true,
            maximum: None,
            contract_maximum: None,
            holders: vec![claim],
        });
        self.claims.pledges.last_mut().unwrap()
    }

    fn payer(&self, name: &str, kind: PayerKind, paid: i64, agreed: bool) -> Payer {
        Payer {
            payee: self.place(name),
            kind,
            paid: yuan(paid),
            paid_on: Date::from_civil(2026, 1, 5).unwrap(),
            agreed,
            weight: 1,
        }
    }

    fn cost(&mut self, name: &str, kind: CostKind, fen: i64) {
        let (payee, amount, rate) = (self.place(name), yuan(fen), None);
        self.claims.costs.push(SaleCost {
            payee,
            kind,
            amount,
            rate,
        });
    }

    fn run(&self, price: i64) -> Settled<'_> {
        let (gap, debt) = (None, None);
        self.run_with(&Proceeds {
            price: yuan(price),
            gap,
            debt,
        })
    }

    fn run_with(&self, proceeds: &Proceeds) -> Settled<'_> {
        let frozen = FrozenPlan::freeze(self.plan.clone(), &[], &[]).unwrap();
        let statement = distribute(&frozen, proceeds, &self.claims).unwrap();
        Settled { deal: self, statement }
    }
}

struct Settled<'a> {
    deal: &'a Deal,
    statement: Statement,
}

impl Settled<'_> {
    fn paid(&self, name: &str) -> i64 {
        self.statement.paid_to(self.deal.place(name)).minor()
    }

    fn surplus(&self) -> i64 {
        self.statement.surplus.money.minor()
    }

    /// What a payee was paid of one kind, and what of it lies beyond its pledge.
    fn of(&self, name: &str, kind: ClaimKind) -> (i64, i64) {
        let place = self.deal.place(name);
        let lines = self.statement.lines.iter();
        let lines = lines.filter(|line| line.payee == place && line.kind == kind);
        lines.fold((0, 0), |(paid, beyond), line| {
            (paid + line.paid.money.minor(), beyond + line.beyond.money.minor())
        })
    }

    /// What the pledgees asked within their pledges and were not paid.
    fn loss(&self) -> i64 {
        let secured = self
            .statement
            .tiers
            .iter()
            .filter(|tier| tier.kind == TierKind::Secured);
        secured.map(|tier| tier.short.money.minor()).sum()
    }

    fn is_paid_as(&self, expected: &Value, names: &[(&str, &str)]) {
        let expected = expected.as_object().unwrap();
        for (key, value) in expected {
            let name = names
                .iter()
                .find(|(of, _)| of == key)
                .unwrap_or_else(|| panic!("{key}"));
            assert_eq!(self.paid(name.1), fen(value), "{key}");
        }
    }
}

#[test]
fn a_waterfall() {
    let mut section = Section::read("a_waterfall");
    for id in ["a1", "a2"] {
        one_rank(&section.case(id));
    }
    ranks(&section.case("a4"));
    maximum(&section.case("a5"));
    contract_maximum(&section.case("a7"));
    fixed_by_a_freeze(&section.case("a8"));
    for id in ["a10", "a11"] {
        third_partys_pledge(&section.case(id));
    }
    whole_already(&section.case("a13"));
    tax_arrears(&section.case("a14"));
    inventors_unplanned(&section.case("a16"));
    inventors_planned(&section.case("a17"));
    fees(&section.case("a19"), enforcement_fee);
    fees(&section.case("a20"), acceptance_fee);
    base_of_the_appraiser(&section.case("a22"));
    with_the_courts_fee(&section.case("a23"));
    insolvency(&section.case("a25"));
    administrator(&section.case("a26"));
    clawback(&section.case("a28"));
    guarantor_in_insolvency(&section.case("a29"));
    for id in ["a31", "a32"] {
        defaulters_deposit(&section.case(id));
    }
    lots_of_one_debt(&section.case("a34"));
    no_benefit(&section.case("a35"));
    for id in ["a37", "a38"] {
        other_currency(&section.case(id));
    }
    junior_pays_the_senior_off(&section.case("a40"));
    co_owners(&section.case("a41"));
    who_is_called_first(&section.case("a43"));
    doubled_part_last(&section.case("a44"));
    section.end();
}

fn one_rank(case: &Case) {
    let mut deal = Deal::new(&["X", "Y", "Z"]);
    for (name, claim) in ["X", "Y", "Z"].iter().zip(case.given["claims"].as_array().unwrap()) {
        deal.pledge(1, name, fen(claim));
    }
    let settled = deal.run(fen(&case.given["net"]));
    settled.is_paid_as(&case.expected["paid"], &[("X", "X"), ("Y", "Y"), ("Z", "Z")]);
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
    // One registration that stands for the three is as good.
    let holders = deal
        .claims
        .pledges
        .iter()
        .map(|pledge| pledge.holders[0].clone())
        .collect();
    deal.claims.pledges.truncate(1);
    deal.claims.pledges[0].holders = holders;
    let settled = deal.run(fen(&case.given["net"]));
    settled.is_paid_as(&case.expected["paid"], &[("X", "X"), ("Y", "Y"), ("Z", "Z")]);
}

fn ranks(case: &Case) {
    let names = ["X", "Y", "Z", "W"];
    let mut deal = Deal::new(&names);
    let mut next = names.iter();
    for (rank, claims) in (1..).zip(case.given["ranks"].as_array().unwrap()) {
        for claim in claims.as_array().unwrap() {
            deal.pledge(rank, next.next().unwrap(), fen(claim));
        }
    }
    let settled = deal.run(fen(&case.given["net"]));
    settled.is_paid_as(&case.expected["paid"], &names.map(|name| (name, name)));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
}

fn maximum(case: &Case) {
    let (given, debt) = (&case.given, &case.given["debt"]);
    let mut deal = Deal::new(&["senior", "junior"]);
    let pledge = deal.pledge(1, "senior", fen(&debt["principal"]));
    pledge.maximum = Some(yuan(fen(&given["registered_max"])));
    pledge.holders[0].costs = yuan(fen(&debt["costs"]));
    pledge.holders[0].interest = yuan(fen(&debt["interest"]));
    deal.pledge(2, "junior", fen(&given["junior"]));
    assert_eq!(fen(&given["attached_excess"]), 0, "not attached");
    let settled = deal.run(fen(&given["net"]));
    let paid = &case.expected["paid"];
    assert_eq!(settled.paid("senior"), fen(&paid["senior"]));
    assert_eq!(settled.paid("junior"), fen(&paid["junior"]));
    let attached = settled.of("senior", ClaimKind::AttachedExcess).0;
    assert_eq!(attached, fen(&paid["senior_unsecured_attached"]));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus_to_pledgor"]));
    let mut excess = 0;
    for (kind, part) in [
        (ClaimKind::Costs, "costs"),
        (ClaimKind::Interest, "interest"),
        (ClaimKind::Principal, "principal"),
    ] {
        let (paid, beyond) = settled.of("senior", kind);
        assert_eq!(paid, fen(&case.expected["senior_within_max"][part]), "{part}");
        excess += beyond;
    }
    assert_eq!(excess, fen(&case.expected["excess_unsecured"]));
    // Attached, it has what is left behind the junior pledge.
    deal.claims.pledges[0].holders[0].excess_attached = Some(1);
    let settled = deal.run(fen(&given["net"]));
    let attached = settled.of("senior", ClaimKind::AttachedExcess).0;
    assert_eq!(
        (attached, settled.surplus()),
        (fen(&case.expected["surplus_to_pledgor"]), 0)
    );
}

fn contract_maximum(case: &Case) {
    let mut deal = Deal::new(&["senior", "junior"]);
    let pledge = deal.pledge(1, "senior", fen(&case.given["debt_total"]));
    pledge.maximum = Some(yuan(fen(&case.given["registered_max"])));
    pledge.contract_maximum = Some(yuan(fen(&case.given["contract_max"])));
    deal.pledge(2, "junior", fen(&case.given["junior"]));
    let settled = deal.run(fen(&case.given["net"]));
    settled.is_paid_as(&case.expected["paid"], &[("senior", "senior"), ("junior", "junior")]);
    assert_eq!(settled.surplus(), fen(&case.expected["surplus_to_pledgor"]));
}

fn fixed_by_a_freeze(case: &Case) {
    let given = &case.given;
    let notice = date(&given["notice_received"]);
    let mut drawn = vec![Drawn {
        on: Date(notice.0 - 1),
        amount: money(&given["drawn_before_notice"]),
    }];
    drawn.extend(given["drawn"].as_array().unwrap().iter().map(|one| Drawn {
        on: date(&one[0]),
        amount: money(&one[1]),
    }));
    let (secured, later) = fixed(&drawn, notice);
    let mut deal = Deal::new(&["bank", "A"]);
    let pledge = deal.pledge(1, "bank", secured.minor());
    pledge.maximum = Some(yuan(fen(&given["max"])));
    pledge.holders[0].interest = yuan(fen(&given["interest_on_it"]));
    deal.claims.enterprise = true;
    for (order, one) in (1..).zip(given["attachers"].as_array().unwrap()) {
        let payee = deal.place(one[0].as_str().unwrap());
        let amount = yuan(fen(&one[1]));
        deal.claims.attachments.push(Attachment { payee, order, amount });
    }
    assert_eq!(deal.claims.attachments[1].amount.money, later);
    let settled = deal.run(fen(&given["net"]));
    let paid = &case.expected["paid"];
    let second = settled.of("bank", ClaimKind::Attachment).0;
    assert_eq!(second, fen(&paid["bank_second_attachment"]));
    assert_eq!(settled.paid("bank") - second, fen(&paid["bank"]));
    assert_eq!(settled.paid("A"), fen(&paid["attacher_A"]));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
}

fn third_partys_pledge(case: &Case) {
    let given = &case.given;
    let mut deal = Deal::new(&["bank", "G1", "junior"]);
    let agreed = given["recourse_agreed"].as_bool().unwrap();
    let payer = deal.payer("G1", PayerKind::Guarantor, fen(&given["guarantor_paid"]), agreed);
    let pledge = deal.pledge(1, "bank", fen(&given["bank_rest"]));
    assert_eq!(given["pledgor"], "third_party");
    pledge.pledgor = Pledgor::ThirdParty;
    pledge.holders[0].payers.push(payer);
    deal.pledge(2, "junior", fen(&given["junior"]));
    let settled = deal.run(fen(&given["net"]));
    settled.is_paid_as(
        &case.expected["paid"],
        &[("bank", "bank"), ("G1", "G1"), ("junior", "junior")],
    );
    assert_eq!(settled.surplus(), fen(&case.expected["surplus_to_pledgor"]));
}

fn whole_already(case: &Case) {
    let paid_by = &case.given["paid_by"];
    let [guarantor, insurer] = ["guarantor", "insurer"].map(|name| fen(&paid_by[name]));
    let mut deal = Deal::new(&["bank", "guarantor", "insurer"]);
    let payers = vec![
        deal.payer("guarantor", PayerKind::Guarantor, guarantor, false),
        deal.payer("insurer", PayerKind::Insurer, insurer, false),
    ];
    let rest = fen(&case.given["bank_owed"]) - guarantor - insurer;
    deal.pledge(1, "bank", rest).holders[0].payers = payers;
    let settled = deal.run(fen(&case.given["net"]));
    settled.is_paid_as(
        &case.expected["paid"],
        &[("guarantor", "guarantor"), ("insurer", "insurer")],
    );
    assert_eq!(settled.paid("bank"), fen(&case.expected["bank"]));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
}

fn tax_arrears(case: &Case) {
    let mut deal = Deal::new(&["tax", "bank"]);
    deal.pledge(1, "bank", fen(&case.given["bank"])).registered = date(&case.given["pledge_registered"]);
    let tests = case.expected["tests"].as_array().unwrap();
    for (arrears, test) in case.given["arrears"].as_array().unwrap().iter().zip(tests) {
        let tax = TaxArrears {
            payee: 0,
            taxpayer: match arrears["taxpayer"].as_str() {
                Some("pledgor") => Taxpayer::Owner,
                _ => Taxpayer::Other,
            },
            due: date(&arrears["due"]),
            tax: yuan(fen(&arrears["amount"])),
            surcharge: None,
        };
        let before = is_ahead(&tax, deal.claims.pledges[0].registered);
        assert_eq!(in_arrears_on(&tax), date(&test["occurs"]), "{arrears}");
        assert_eq!(before, test["before_pledge"].as_bool().unwrap(), "{arrears}");
        deal.claims.taxes.push(tax);
    }
    let settled = deal.run(fen(&case.given["net"]));
    let of_tier = |kind| {
        let tiers = settled.statement.tiers.iter().filter(|tier| tier.kind == kind);
        tiers.map(|tier| tier.paid.money.minor()).sum::<i64>()
    };
    let paid = &case.expected["paid"];
    assert_eq!(of_tier(TierKind::EarlierTax), fen(&paid["tax_before"]));
    assert_eq!(of_tier(TierKind::LaterTax), fen(&paid["tax_after"]));
    assert_eq!(settled.paid("bank"), fen(&paid["bank"]));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
}

fn inventors_unplanned(case: &Case) {
    let mut deal = Deal::new(&["bank", "costs", "inventors"]);
    deal.cost("costs", CostKind::Other, fen(&case.given["costs"]));
    deal.pledge(1, "bank", fen(&case.given["bank"]));
    let settled = deal.run(fen(&case.given["gross"]));
    settled.is_paid_as(&case.expected["paid"], &[("bank", "bank")]);
    assert_eq!(settled.surplus(), fen(&case.expected["surplus_to_pledgor"]));
    let reward = inventors_reward(
        money(&case.given["gross"]),
        money(&case.given["costs"]),
        BasisPoints(5_000),
    );
    assert_eq!(reward, money(&case.expected["reward_claim_on_employer"]));
}

fn inventors_planned(case: &Case) {
    let mut deal = Deal::new(&["bank", "costs", "inventors"]);
    let mut inventors = Tier::plain(TierKind::Inventors);
    inventors.payees.push(Portion {
        payee: 2,
        weight: 1,
        cap: None,
        rate: None,
    });
    deal.plan.tiers.insert(3, inventors);
    deal.cost("costs", CostKind::Other, fen(&case.given["costs"]));
    deal.pledge(1, "bank", fen(&case.given["bank"]));
    let settled = deal.run(fen(&case.given["gross"]));
    let tier = settled
        .statement
        .tiers
        .iter()
        .find(|tier| tier.kind == TierKind::Inventors);
    assert_eq!(tier.unwrap().asked, yuan(fen(&case.given["reward"])));
    settled.is_paid_as(&case.expected["paid"], &[("bank", "bank"), ("inventors", "inventors")]);
    assert_eq!(settled.surplus(), fen(&case.expected["surplus_to_pledgor"]));
}

fn fees(case: &Case, scale: fn(Money) -> Money) {
    let amounts = case.given["amounts"].as_array().unwrap();
    assert_eq!(amounts.len(), case.expected["fee"].as_object().unwrap().len());
    for amount in amounts {
        assert_eq!(
            scale(money(amount)),
            money(&case.expected["fee"][amount.to_string()]),
            "{amount}"
        );
    }
}

fn base_of_the_appraiser(case: &Case) {
    let expected = case.expected["base"].as_array().unwrap();
    for (price, expected) in case.given["prices"].as_array().unwrap().iter().zip(expected) {
        let expected = match expected.as_str() {
            Some("actual_outlay") => AppraisersBase::ActualOutlay,
            _ => AppraisersBase::Amount(money(expected)),
        };
        let price = price.as_i64().map(Money::from_minor);
        assert_eq!(appraisers_base(money(&case.given["appraisal"]), price), expected);
    }
}

fn with_the_courts_fee(case: &Case) {
    let (t1, bank) = (&case.given["t1"], &case.given["bank"]);
    let gross = fen(&case.given["gross"]);
    let mut deal = Deal::new(&["bank", "venue", "appraiser", "operator", "court"]);
    deal.cost("venue", CostKind::Venue, fen(&t1["venue"]));
    deal.cost("appraiser", CostKind::Appraiser, fen(&t1["appraiser"]));
    deal.cost("operator", CostKind::Operator, fen(&t1["operator"]));
    let fee = enforcement_fee(Money::from_minor(gross)).minor();
    assert_eq!(fee, fen(&t1["court_enforcement_fee"]));
    deal.cost("court", CostKind::CourtFee, fee);
    let pledge = deal.pledge(1, "bank", fen(&bank["principal"]));
    pledge.holders[0].costs = yuan(fen(&bank["costs"]));
    pledge.holders[0].interest = yuan(fen(&bank["interest"]));
    let settled = deal.run(gross);
    let paid = &case.expected["bank"];
    let secured = settled
        .statement
        .tiers
        .iter()
        .find(|tier| tier.kind == TierKind::Secured);
    assert_eq!(secured.unwrap().available, yuan(fen(&case.expected["net"])));
    assert_eq!(settled.of("bank", ClaimKind::Costs).0, fen(&paid["costs"]));
    assert_eq!(settled.of("bank", ClaimKind::Interest).0, fen(&paid["interest"]));
    assert_eq!(settled.of("bank", ClaimKind::Principal).0, fen(&paid["principal"]));
    assert_eq!(settled.loss(), fen(&case.expected["loss"]));
}

fn insolvency(case: &Case) {
    let given = &case.given;
    // The claim's own engine is held against section b: here a plain product of days is enough.
    let interest = |to: Date| {
        let days = i128::from(to.0 - date(&given["from"]).0);
        let [principal, rate, basis] = ["principal", "rate_e6", "basis"].map(|name| i128::from(fen(&given[name])));
        let whole = 1_000_000 * basis;
        (principal * rate * days + whole / 2) / whole
    };
    let [accepted, sale] = ["accepted", "sale"].map(|name| date(&given[name]));
    let stopped = interest_runs_to(sale, Some(accepted));
    assert_eq!(interest(stopped), i128::from(fen(&case.expected["interest_in_claim"])));
    assert_eq!(
        interest(interest_runs_to(sale, None)),
        i128::from(fen(&case.expected["not"]))
    );
    for (kind, name, expected) in [
        (
            Bankruptcy::Reorganisation,
            "reorganisation",
            "stay until lifted by the court",
        ),
        (Bankruptcy::Liquidation, "liquidation", "pledgee may go on"),
        (Bankruptcy::Composition, "composition", "from the ruling"),
    ] {
        let said = match goes_on(kind) {
            GoesOn::OnceLifted => "stay until lifted by the court",
            GoesOn::Freely => "pledgee may go on",
            GoesOn::FromTheRuling => "from the ruling",
        };
        assert_eq!((said, case.expected[name].as_str()), (expected, Some(expected)));
    }
}

fn administrator(case: &Case) {
    for realised in case.given["realised"].as_array().unwrap() {
        let expected = &case.expected[realised.to_string()];
        assert_eq!(administrators_limit(money(realised)), money(&expected["limit"]));
        let tenth = administrators_limit_on_collateral(money(realised));
        assert_eq!(tenth, money(&expected["on_collateral_at_most"]));
        // And no more is taken, whatever it asks.
        let scaled = Scaled {
            price: yuan(fen(realised)),
            claim: yuan(0),
            appraisal: None,
        };
        for (more, answer) in [(0, Ok(())), (1, Err(Reject::CostAboveScale))] {
            let mut deal = Deal::new(&["administrator"]);
            deal.cost("administrator", CostKind::Administrator, tenth.minor() + more);
            assert_eq!(check_costs(&deal.claims.costs, &scaled), answer);
        }
    }
}

fn clawback(case: &Case) {
    let flags = case.expected["flags"].as_array().unwrap();
    for (pledge, flag) in case.given["pledges"].as_array().unwrap().iter().zip(flags) {
        let risk = clawback_risk(date(&pledge[0]), pledge[1] == "old_debt", date(&case.given["accepted"]));
        assert_eq!(if risk { "CLAWBACK_RISK" } else { "safe" }, flag, "{pledge}");
    }
}

fn guarantor_in_insolvency(case: &Case) {
    let [claim, paid, collected] =
        ["claim", "guarantor_paid", "from_collateral_and_dividend"].map(|name| money(&case.given[name]));
    assert_eq!(paid.plus(collected), money(&case.expected["creditor_total"]));
    let back = back_to_guarantor(claim, paid, collected);
    assert_eq!(back, money(&case.expected["back_to_guarantor"]));
}

fn defaulters_deposit(case: &Case) {
    let (given, t1) = (&case.given, &case.given["t1"]);
    let [of, costs, price, resale] =
        ["deposit", "costs_of_failed_sale", "first_price", "resale"].map(|name| money(&given[name]));
    let used = deposit(DepositRule::ToTheDebt, of, costs, price, resale);
    let expected = &case.expected;
    assert_eq!(used.to_costs, money(&expected["to_costs"]));
    assert_eq!(used.to_gap, money(&expected["to_gap"]));
    assert_eq!(used.to_debt, money(&expected["to_debt"]));
    assert_eq!(used.uncovered, money(&expected["uncovered_gap"]));
    let mut deal = Deal::new(&["bank", "venue", "appraiser", "operator"]);
    // The venue's and the operator's share are agreed rates of the resale's price.
    for (payee, bps) in [
        (1, fen(&t1["venue_per_mille"]) * 10),
        (3, fen(&t1["operator_pct"]) * 100),
    ] {
        deal.plan.tiers[0].payees.push(Portion {
            payee,
            weight: 1,
            cap: None,
            rate: Some(BasisPoints(u16::try_from(bps).unwrap())),
        });
    }
    deal.cost("appraiser", CostKind::Appraiser, fen(&t1["appraiser"]));
    deal.pledge(1, "bank", fen(&given["bank_owed"]));
    let settled = deal.run_with(&Proceeds {
        price: yuan(resale.minor()),
        gap: Some(yuan(used.to_gap.minor())),
        debt: Some(yuan(used.to_debt.minor())),
    });
    let tier = |kind| settled.statement.tiers.iter().find(move |tier| tier.kind == kind);
    assert_eq!(tier(TierKind::SaleCosts).unwrap().paid, yuan(fen(&expected["t1"])));
    let secured = tier(TierKind::Secured).unwrap();
    assert_eq!(secured.available, yuan(fen(&expected["net_pool"])));
    assert_eq!(secured.paid, yuan(fen(&expected["bank_from_pool"])));
    assert_eq!(settled.paid("bank"), fen(&expected["bank_total"]));
    assert_eq!(settled.loss(), fen(&expected["loss"]));
    assert_eq!(settled.surplus(), fen(&expected["surplus"]));
}

fn lots_of_one_debt(case: &Case) {
    let prices: Vec<Money> = case.given["prices_in_order"]
        .as_array()
        .unwrap()
        .iter()
        .map(money)
        .collect();
    let agrees = case.given["debtor_agrees"].as_array().unwrap();
    for (place, agrees) in agrees.iter().enumerate() {
        let sold = lots_sold(money(&case.given["debt_and_costs"]), &prices, agrees.as_bool().unwrap());
        let names: Vec<_> = (1..=prices.len()).map(|lot| Value::from(format!("lot{lot}"))).collect();
        assert_eq!(case.expected["sold"][place], Value::from(names[..sold].to_vec()));
        assert_eq!(case.expected["stopped"][place], Value::from(names[sold..].to_vec()));
    }
}

fn no_benefit(case: &Case) {
    let [reserve, prior, costs] = ["reserve", "prior_claims", "enforcement_costs"].map(|name| money(&case.given[name]));
    let found = benefit(reserve, prior, costs);
    assert_eq!(found.notify, case.expected["notify_applicant"].as_bool().unwrap());
    assert_eq!(found.least_reserve, money(&case.expected["least_new_reserve"]));
    assert_eq!(
        u64::from(DAYS_TO_INSIST),
        case.expected["days_to_ask"].as_u64().unwrap()
    );
    // The least is no longer without benefit.
    assert!(!benefit(found.least_reserve, prior, costs).notify);
}

fn other_currency(case: &Case) {
    let given = &case.given;
    let currency = Currency::from_code(given["ccy"].as_str().unwrap()).unwrap();
    assert_eq!(u64::from(currency.exponent()), given["exponent"].as_u64().unwrap());
    let rate = MiddleRate {
        currency,
        on: Date::from_civil(2026, 1, 5).unwrap(),
        source: Digest([0; 32]),
        e4: given["mid_rate_e4"].as_u64().unwrap(),
        per: u32::try_from(given["rate_per"].as_u64().unwrap()).unwrap(),
    };
    let claim = converted(
        Amount::new(currency, money(&given["minor_units"])),
        &rate,
        Currency::Cny,
    )
    .unwrap();
    assert_eq!(claim, yuan(fen(&case.expected["claim_fen"])));
    let mut deal = Deal::new(&["bank"]);
    deal.pledge(1, "bank", claim.money.minor());
    let settled = deal.run(fen(&given["net"]));
    assert_eq!(settled.paid("bank"), fen(&case.expected["paid"]));
    assert_eq!(settled.loss(), fen(&case.expected["short"]));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
}

fn junior_pays_the_senior_off(case: &Case) {
    let mut deal = Deal::new(&["senior", "junior"]);
    let payer = deal.payer("junior", PayerKind::Interested, fen(&case.given["senior"]), false);
    deal.pledge(1, "senior", 0).holders[0].payers.push(payer);
    deal.pledge(2, "junior", fen(&case.given["junior"]));
    let settled = deal.run(fen(&case.given["net"]));
    let paid = &case.expected["paid"];
    let in_place = settled.of("junior", ClaimKind::TakenOver).0;
    assert_eq!(in_place, fen(&paid["junior_in_senior_place"]));
    assert_eq!(settled.paid("junior") - in_place, fen(&paid["junior_own"]));
    assert_eq!(settled.surplus(), fen(&case.expected["surplus"]));
}

fn co_owners(case: &Case) {
    for (given, expected) in [("agreed_shares", "agreed"), ("no_agreement", "equal")] {
        let mut deal = Deal::new(&["one", "other"]);
        let parts = case.given[given].as_array().unwrap();
        deal.claims.owners = (0..)
            .zip(parts)
            .map(|(payee, parts)| OwnersPart {
                payee,
                parts: u32::try_from(parts.as_u64().unwrap()).unwrap(),
            })
            .collect();
        let settled = deal.run(fen(&case.given["surplus"]));
        let paid: Vec<_> = deal.names.iter().map(|name| Value::from(settled.paid(name))).collect();
        assert_eq!(Value::from(paid), case.expected[expected], "{given}");
    }
}

fn who_is_called_first(case: &Case) {
    let expected = case.expected["guarantor_may_be_called_before_sale"].as_array().unwrap();
    for (row, expected) in case.given["rows"].as_array().unwrap().iter().zip(expected) {
        let pledgor = match row[0].as_str() {
            Some("debtor_pledge") => Pledgor::Debtor,
            _ => Pledgor::ThirdParty,
        };
        let agreed = match row[1].as_str() {
            Some("no_agreement") => None,
            Some("agreed_guarantor_first") => Some(CallOrder::GuarantorFirst),
            other => panic!("{other:?}"),
        };
        assert_eq!(guarantor_may_be_called(pledgor, agreed), *expected, "{row}");
    }
}

fn doubled_part_last(case: &Case) {
    let claims = &case.given["claims"];
    let mut deal = Deal::new(&["bank"]);
    let pledge = deal.pledge(1, "bank", fen(&claims["judgment_principal"]));
    pledge.holders[0].costs = yuan(fen(&claims["judgment_costs"]));
    pledge.holders[0].interest = yuan(fen(&claims["judgment_interest"]));
    pledge.holders[0].doubled = Some(yuan(fen(&claims["doubled_part"])));
    let settled = deal.run(fen(&case.given["net"]));
    for (kind, name) in [
        (ClaimKind::Costs, "judgment_costs"),
        (ClaimKind::Interest, "judgment_interest"),
        (ClaimKind::Principal, "judgment_principal"),
        (ClaimKind::DoubledInterest, "doubled_part"),
    ] {
        assert_eq!(settled.of("bank", kind).0, fen(&case.expected["paid"][name]), "{name}");
    }
    assert_eq!(settled.surplus(), fen(&case.expected["left"]));
}

#[test]
fn the_example_of_the_rule_book_where_a_guarantor_paid() {
    let all: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
    let vector = &all["waterfall_subrogation"];
    let mut deal = Deal::new(&["bank", "guarantor", "junior"]);
    let paid = fen(&vector["guarantor_paid"]);
    let payer = deal.payer("guarantor", PayerKind::Guarantor, paid, false);
    deal.pledge(1, "bank", fen(&vector["bank_owed"]) - paid).holders[0]
        .payers
        .push(payer);
    deal.pledge(2, "junior", fen(&vector["junior_claim"]));
    let settled = deal.run(fen(&vector["net"]));
    for name in ["bank", "guarantor", "junior"] {
        assert_eq!(settled.paid(name), fen(&vector["out"][name]), "{name}");
    }
    assert_eq!(settled.surplus(), fen(&vector["out"]["surplus"]));
}

#[test]
fn the_split_by_weights_of_the_rule_book() {
    // 54:26:16:4 of a loss of 1,642,312.57 (RULES.md 7.5), as an agreed tier shares it.
    let mut deal = Deal::new(&["fund", "bank", "insurer", "appraiser"]);
    let mut agreed = Tier::plain(TierKind::Agreed);
    agreed.split = Split::ByWeight;
    agreed.payees = (0..)
        .zip([54, 26, 16, 4])
        .map(|(payee, weight)| Portion {
            payee,
            weight,
            cap: None,
            rate: None,
        })
        .collect();
    deal.plan.tiers.insert(5, agreed);
    let settled = deal.run(164_231_257);
    let paid = deal.names.iter().map(|name| settled.paid(name));
    assert_eq!(
        paid.collect::<Vec<_>>(),
        [88_684_879, 42_700_127, 26_277_001, 6_569_250]
    );
}
