//! What a distribution did not know of itself: the law's scales, claims in another currency, what befell a claim, what a
//! bankruptcy changes, a defaulting buyer's deposit, the inventors, and a distribution that was told wrongly (PLEDGES.md 2.8,
//! 2.8b, 4).

use crate::{
    disposals::{disposed, lot_state, pledged, value},
    floor::{
        OPERATOR, day,
        disposals::{
            agree, agreed, bankrupt, befell, correct, distribute, opened, opening, payee, plan, propose_plan, release,
            scheme, upkeep,
        },
        pledges::{Desk, cure, default, free_of_interest, repaid_by, repay},
        room::{bid as bid_lot, enter},
        sales::{answer, file},
        yuan,
    },
};
use engine::book::FastBook;
use protocol::{
    Amount, BasisPoints, Command, Currency, Date, Digest, DisposalId, LoanId, LotId, Money, Rate, Reject, TransferId,
    auction::{LotState, LotStep, PayLot, SettleDefault},
    claim::{Befell, Guarantor, Penalty},
    disposal::{
        Bankruptcy, CorrectionState, DisposalState, DistributeProceeds, MiddleRate, RecordUpkeep, SchemeShare,
        TitleRoad, UpkeepKind,
    },
    plan::{
        ClaimKind, Claims, CostKind, OwnersPart, Payee, PayerKind, Pledgor, Portion, RankedPledge, SaleCost, Tier,
        TierKind, WageClaim,
    },
    pledge::{DefaultCause, GuaranteeState, LoanState, PledgeWarning},
    text::Name,
};

fn dollars(minor: i64) -> Amount {
    Amount::new(Currency::Usd, Money::from_minor(minor))
}

fn named(name: &str) -> Payee {
    Payee::Outsider {
        name: Name::new(name).unwrap(),
    }
}

/// A cost of the payee behind the two of the plan.
fn costs(claims: &mut Claims, costs: &[(CostKind, i64, Option<u16>)]) {
    claims.later = vec![named("法院")];
    claims.costs = costs
        .iter()
        .map(|&(kind, minor, rate)| SaleCost {
            payee: 2,
            kind,
            amount: yuan(minor),
            rate: rate.map(BasisPoints),
        })
        .collect();
}

#[test]
fn a_cost_above_its_scale_is_refused_kind_by_kind() {
    let (mut desk, right, _, _, case) = disposed();
    let (bank, trust) = (desk.bank, desk.trust());
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    // Of a price of 1.2 million, and a claim of one million.
    for (kind, most) in [
        (CostKind::CourtFee, 1_440_000),
        (CostKind::AcceptanceFee, 1_380_000),
        (CostKind::PreservationFee, 500_000),
        (CostKind::Administrator, 1_400_000),
    ] {
        let asked = |minor: i64, trust| {
            distribute(case, sale, |asked| {
                asked.trust = trust;
                costs(&mut asked.claims, &[(kind, most, None), (kind, minor, None)]);
            })
        };
        desk.is_refused(bank, asked(1, Some(trust)), Reject::CostAboveScale);
        // What comes before it in the order of the codes is said first.
        desk.is_refused(bank, asked(1, None), Reject::PayeeAccountMissing);
        let before = desk.floor.exchange.clone();
        let told = desk.floor.events.len();
        desk.floor.must(bank.user, asked(0, Some(trust)));
        desk.floor.exchange = before;
        desk.floor.events.truncate(told);
    }
    // An appraiser's rate is of the lower of price and appraisal; without one it is an outlay.
    let rated = |kind, minor, rate| {
        distribute(case, sale, |asked| {
            asked.trust = Some(trust);
            costs(&mut asked.claims, &[(kind, minor, rate)]);
        })
    };
    desk.is_refused(
        bank,
        rated(CostKind::Appraiser, 1_200_001, Some(100)),
        Reject::CostAboveScale,
    );
    desk.is_refused(bank, rated(CostKind::Operator, 1, Some(100)), Reject::CostAboveScale);
    desk.floor
        .must(bank.user, rated(CostKind::Appraiser, 1_200_000, Some(100)));
}

/// A loan of a hundred thousand dollars, in a case whose plan is in yuan.
fn in_dollars(befalls: impl FnOnce(&mut Desk<FastBook>, LoanId)) -> (Desk<FastBook>, LoanId, DisposalId, TransferId) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.principal = dollars(10_000_000);
    });
    let mut application = desk.application(loan, &[right]);
    application.amount = dollars(10_000_000);
    desk.recorded(application);
    value(&mut desk, right, 120_000_000);
    let (bank, firm) = (desk.bank, desk.firm);
    let mut foreign = plan(&[bank, firm]);
    foreign.currency = Currency::Hkd;
    desk.is_refused(bank, propose_plan(loan, foreign), Reject::PlanCapsInvalid);
    befalls(&mut desk, loan);
    let case = desk.in_disposal(loan);
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    (desk, loan, case, sale)
}

fn rate(e4: u64, on: Date) -> MiddleRate {
    MiddleRate {
        currency: Currency::Usd,
        e4,
        per: 1,
        on,
        source: Digest([7; 32]),
    }
}

fn at_rates(case: DisposalId, sale: TransferId, rates: &[MiddleRate]) -> Command {
    distribute(case, sale, |asked| asked.rates = rates.to_vec())
}

#[test]
fn a_claim_in_another_currency_is_paid_at_the_middle_rate_that_is_told() {
    let (mut desk, loan, case, sale) = in_dollars(|_, _| {});
    let bank = desk.bank;
    let today = desk.today();
    let contract = rate(72_000, Date(today.0 - 20));
    desk.is_refused(bank, at_rates(case, sale, &[]), Reject::RateMissing);
    desk.is_refused(bank, at_rates(case, sale, &[contract, contract]), Reject::RateMissing);
    desk.is_refused(
        bank,
        at_rates(case, sale, &[rate(72_000, today.next())]),
        Reject::RateMissing,
    );
    let own = MiddleRate {
        currency: Currency::Cny,
        ..contract
    };
    desk.is_refused(bank, at_rates(case, sale, &[contract, own]), Reject::RateMissing);
    desk.is_refused(bank, at_rates(case, sale, &[rate(0, today)]), Reject::MiddleRateInvalid);
    let before = desk.cash_of(bank).0;
    desk.floor.must(bank.user, at_rates(case, sale, &[contract]));
    // 100,000.00 dollars are 720,000.00 yuan: all of it is paid, and the loan with it.
    assert_eq!(desk.cash_of(bank).0 - before, 72_000_000);
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    let told = desk.distribution(sale);
    assert_eq!((told.rates, told.proceeds.price), (vec![contract], yuan(120_000_000)));
    assert_eq!(told.statement.surplus, yuan(48_000_000));
}

#[test]
fn a_price_in_another_currency_than_the_debt_is_never_enough() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let rights = ["US1", "US2"].map(|name| desk.patent(name));
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.principal = dollars(10_000_000);
    });
    let mut application = desk.application(loan, &rights);
    application.amount = dollars(10_000_000);
    desk.recorded(application);
    for right in rights {
        value(&mut desk, right, 120_000_000);
    }
    let case = desk.in_disposal(loan);
    let bank = desk.bank;
    // What is brought is paid out in the plan's currency.
    let mut foreign = desk.listing(&rights[1..], |terms| {
        (terms.ask, terms.increment) = (dollars(120_000_000), dollars(1_000_000));
    });
    desk.is_refused(bank, foreign.clone(), Reject::UnderDisposal);
    let sale = desk.recorded_sale(case, &rights[..1], 120_000_000);
    // More minor units than are owed are held, of another currency: the rest is sold as well.
    foreign = desk.listing(&rights[1..], |_| {});
    desk.floor.must(bank.user, foreign);
    assert!(desk.case(case).covered.is_none());
    let today = desk.today();
    desk.floor
        .must(bank.user, at_rates(case, sale, &[rate(160_000, today)]));
    assert_eq!(desk.lent(loan).outstanding, dollars(2_500_000));
}

#[test]
fn what_a_price_leaves_unpaid_of_a_foreign_claim_is_owed_in_its_own_currency() {
    let (mut desk, loan, case, sale) = in_dollars(|_, _| {});
    let today = desk.today();
    desk.floor
        .must(desk.bank.user, at_rates(case, sale, &[rate(160_000, today)]));
    // 1.6 million yuan are asked and 1.2 million paid: three quarters of the dollars.
    assert_eq!(desk.lent(loan).outstanding, dollars(2_500_000));
    assert_eq!(desk.lent(loan).state, LoanState::Default);
}

#[test]
fn the_rate_is_that_of_the_day_on_which_the_doubled_interest_starts_or_a_bankruptcy_was_accepted() {
    let from = day(2026, 3, 4);
    let judged = |desk: &mut Desk<FastBook>, loan| {
        let base = dollars(10_000_000);
        desk.floor.must(OPERATOR, befell(loan, Befell::Judgment { base, from }));
    };
    let (mut desk, _, case, sale) = in_dollars(judged);
    let bank = desk.bank;
    let today = desk.today();
    desk.is_refused(bank, at_rates(case, sale, &[rate(70_000, today)]), Reject::RateMissing);
    // Of the rates that are told, that of the day counts.
    desk.floor.must(
        bank.user,
        at_rates(case, sale, &[rate(70_000, today), rate(72_000, from)]),
    );
    let doubled = desk.distribution(sale).statement.lines;
    let doubled = doubled.iter().find(|line| line.kind == ClaimKind::DoubledInterest);
    let days = i64::from(today.0 - from.0);
    // 1.75 in ten thousand a day of 100,000.00 dollars, within a fen of rounding.
    assert!((doubled.unwrap().paid.money.minor() - days * 12_600).abs() <= 1);

    let accepted = day(2026, 3, 2);
    let (mut desk, _, case, sale) = in_dollars(|desk, loan| {
        judged(desk, loan);
        desk.floor.until(Date(from.0 + 1));
        desk.floor
            .must(OPERATOR, bankrupt(loan, Bankruptcy::Liquidation, from, false));
    });
    let refused = at_rates(case, sale, &[rate(72_000, accepted)]);
    desk.is_refused(desk.bank, refused, Reject::RateMissing);
    desk.floor
        .must(desk.bank.user, at_rates(case, sale, &[rate(72_000, from)]));
}

#[test]
fn what_befell_a_claim_is_recorded_by_whose_it_is_and_the_claim_follows() {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    let loan = desk.loan(|loan| {
        loan.terms.rates[0].rate = Rate(360_000);
        loan.terms.penalty = Some(Penalty {
            overdue: BasisPoints(5_000),
            misuse: Some(BasisPoints(10_000)),
        });
    });
    let opens = desk.today();
    let judgment = |base, from| befell(loan, Befell::Judgment { base, from });
    let suspended = |suspended, on| befell(loan, Befell::Suspension { suspended, on });
    let misused = |amount, on| befell(loan, Befell::Misuse { amount, on });
    let plea = || befell(loan, Befell::CapPleaded {});
    desk.is_refused(desk.other_bank, plea(), Reject::UnknownLoan);
    desk.is_refused(bank, plea(), Reject::NotAParty);
    desk.is_refused(firm, misused(yuan(1), opens), Reject::NotAParty);
    for wrong in [
        judgment(dollars(1), opens),
        judgment(yuan(0), opens),
        judgment(yuan(1), Date(opens.0 - 1)),
        suspended(true, opens),
        misused(yuan(100_000_001), opens),
        misused(dollars(1), opens),
        misused(yuan(1), opens.next()),
    ] {
        desk.is_refused(bank, wrong, Reject::ClaimFactInvalid);
    }
    let owed = |desk: &mut Desk<FastBook>| {
        // The most that can be repaid is what is owed.
        let today = desk.today();
        let fits = |desk: &mut Desk<FastBook>, minor| {
            let (before, told) = (desk.floor.exchange.clone(), desk.floor.events.len());
            let answer = desk.floor.try_(bank.user, repay(loan, yuan(minor), today));
            desk.floor.exchange = before;
            desk.floor.events.truncate(told);
            answer.is_ok()
        };
        let (mut low, mut high) = (1, 1_000_000_000);
        while low < high {
            let middle = (low + high + 1) / 2;
            if fits(desk, middle) {
                low = middle
            } else {
                high = middle - 1
            }
        }
        low
    };
    // 36 % of a million for a hundred days: 100,000.00; half of it is misused, at 72 %.
    desk.floor.must(bank.user, misused(yuan(50_000_000), opens));
    desk.floor.until(Date(opens.0 + 100));
    assert_eq!(owed(&mut desk), 100_000_000 + 15_000_000);
    // The debtor pleads: no more than 24 % are left.
    desk.floor.must(firm.user, plea());
    desk.is_refused(firm, plea(), Reject::ClaimFactInvalid);
    let capped = owed(&mut desk);
    assert_eq!(capped, 106_666_667);
    // A judgment over a million, whose interest is doubled from today: 175.00 a day.
    let today = desk.today();
    desk.floor.must(bank.user, judgment(yuan(100_000_000), today));
    desk.is_refused(bank, judgment(yuan(100_000_000), today), Reject::ClaimFactInvalid);
    desk.is_refused(bank, suspended(false, today), Reject::ClaimFactInvalid);
    desk.floor.until(Date(today.0 + 10));
    // Ten days: 24 % of them, 6,666.67, and 1,750.00 doubled; then it is suspended for five.
    assert_eq!(owed(&mut desk), 107_333_333 + 175_000);
    let now = desk.today();
    desk.floor.must(OPERATOR, suspended(true, now));
    desk.floor.until(Date(now.0 + 5));
    let now = desk.today();
    desk.floor.must(bank.user, suspended(false, now));
    assert_eq!(owed(&mut desk), 107_666_667 + 175_000);
    // Another charge counts as interest, and is cut with it; a cost is not.
    desk.floor.must(bank.user, charge(loan, UpkeepKind::AgreedCharge));
    assert_eq!(owed(&mut desk), 107_666_667 + 175_000);
    desk.floor.must(bank.user, charge(loan, UpkeepKind::Enforcing));
    assert_eq!(owed(&mut desk), 107_667_667 + 175_000);
    let all = owed(&mut desk);
    let now = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(all), now));
    desk.is_refused(bank, misused(yuan(0), now), Reject::StateForbids);
}

/// Ten yuan on a loan.
fn charge(loan: LoanId, kind: UpkeepKind) -> Command {
    Command::RecordUpkeep(Box::new(RecordUpkeep {
        loan,
        asset: None,
        kind,
        amount: yuan(1_000),
        evidence: Digest([1; 32]),
    }))
}

#[test]
fn an_agreed_charge_is_due_before_a_default_is_cured_and_no_cost_of_its_case() {
    let (mut desk, _, loan, _, case) = disposed();
    let bank = desk.bank;
    desk.floor.must(bank.user, charge(loan, UpkeepKind::Enforcing));
    let before = desk.floor.exchange.clone();
    desk.floor.must(bank.user, cure(loan));
    assert_eq!(desk.case(case).costs_due, Some(yuan(1_000)));
    desk.floor.exchange = before;
    desk.floor.must(bank.user, charge(loan, UpkeepKind::AgreedCharge));
    assert_eq!(desk.case(case).costs, yuan(1_000));
    desk.is_refused(bank, cure(loan), Reject::CureIncomplete);
    let today = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(2_000), today));
    desk.floor.must(bank.user, cure(loan));
    assert_eq!(desk.case(case).state, DisposalState::Cured);
}

#[test]
fn the_doubled_part_of_a_judgment_is_paid_after_all_else() {
    let (mut desk, right, loan, _, case) = disposed();
    let bank = desk.bank;
    let from = desk.today();
    let base = yuan(100_000_000);
    desk.floor
        .must(bank.user, befell(loan, Befell::Judgment { base, from }));
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let days = i64::from(desk.today().0 - from.0);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    let lines = desk.distribution(sale).statement.lines;
    let own: Vec<_> = lines.iter().filter(|line| line.payee == 0).collect();
    let kinds: Vec<_> = own.iter().map(|line| (line.kind, line.paid.money.minor())).collect();
    assert_eq!(
        kinds,
        [
            (ClaimKind::Principal, 100_000_000),
            (ClaimKind::DoubledInterest, days * 17_500)
        ]
    );
}

#[test]
fn a_pledge_for_an_old_debt_within_the_year_before_a_bankruptcy_is_told_to_be_at_risk() {
    for (late, at_risk) in [(true, true), (false, false)] {
        let mut desk = Desk::new();
        let right = desk.patent("US1");
        let loan = desk.loan(|_| {});
        if late {
            let today = desk.today();
            desk.floor.until(Date(today.0 + 30));
        }
        let pledge = desk.pledged(loan, right);
        let told = |desk: &Desk<FastBook>| desk.pledge(pledge).warnings.contains(&PledgeWarning::ClawbackRisk);
        assert!(!told(&desk));
        let today = desk.today();
        desk.floor.until(Date(today.0 + 60));
        let accepted = Date(today.0 + 50);
        let accepted = bankrupt(loan, Bankruptcy::Liquidation, accepted, false);
        desk.floor.must(desk.bank.user, accepted);
        assert_eq!(told(&desk), at_risk);
    }
}

#[test]
fn wages_are_ahead_of_a_pledge_only_in_a_bankruptcy_and_from_before_the_law() {
    let (mut desk, right, loan, _, case) = disposed();
    let (bank, trust) = (desk.bank, desk.trust());
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let wages = |owed| {
        distribute(case, sale, |asked: &mut DistributeProceeds| {
            asked.trust = Some(trust);
            asked.claims.later = vec![named("职工")];
            asked.claims.wages = vec![WageClaim {
                payee: 2,
                owed,
                amount: yuan(50_000_000),
            }];
        })
    };
    desk.is_refused(bank, wages(day(2006, 8, 26)), Reject::WagesNotAhead);
    let today = desk.today();
    desk.floor
        .must(bank.user, bankrupt(loan, Bankruptcy::Liquidation, today, false));
    desk.is_refused(bank, wages(day(2006, 8, 27)), Reject::WagesNotAhead);
    let before = desk.cash_of(bank).0;
    desk.floor.must(bank.user, wages(day(2006, 8, 26)));
    assert_eq!(desk.cash_of(bank).0 - before, 70_000_000);
    let told = desk.distribution(sale).statement;
    let tier = told.tiers.iter().find(|tier| tier.kind == TierKind::Wages).unwrap();
    assert_eq!((tier.available, tier.paid), (yuan(120_000_000), yuan(50_000_000)));
}

impl Desk<FastBook> {
    /// A lot of a right whose buyer bids so much and does not pay.
    pub(crate) fn defaulted(&mut self, announced: LotId, price: i64) {
        let (today, buyer) = (self.today(), self.other_firm);
        self.floor.until(Date(today.0 + 1));
        self.floor.must(buyer.user, enter(announced, buyer));
        self.floor.until(Date(today.0 + 2));
        self.floor.must(buyer.user, bid_lot(announced, price));
        self.floor.until(Date(today.0 + 20));
        assert_eq!(lot_state(self, announced), LotState::Defaulted);
    }

    /// The right is sold to the other bank, as far as the title.
    fn resold(&mut self, case: DisposalId, right: protocol::AssetId, price: i64) -> TransferId {
        let (bank, buyer) = (self.bank, self.other_bank);
        self.floor.cash_in(buyer.account, 1_000_000_000);
        let sale = self.funded_sale_to(buyer, &[right], price);
        self.floor.must(bank.user, release(case, sale));
        self.floor.must(bank.user, file(sale));
        self.floor.must(OPERATOR, answer(sale, None));
        sale
    }
}

fn settle(lot: LotId, resale: TransferId, costs: i64) -> Command {
    Command::SettleDefault(SettleDefault {
        lot,
        resale: LotId(resale.0),
        costs: yuan(costs),
    })
}

#[test]
fn a_defaulting_buyers_deposit_is_shared_out_with_the_resale_to_the_fen() {
    let (mut desk, right, loan, _, case) = disposed();
    let bank = desk.bank;
    let lot = desk.announced(&[right]);
    desk.defaulted(lot, 101_000_000);
    let sale = desk.resold(case, right, 100_400_000);
    // The debt is more than the price: a cost was advanced.
    desk.floor.must(bank.user, upkeep(loan, None, yuan(10_000_000)));
    // The deposit is settled first: else the statement would not know of it.
    desk.is_refused(bank, distribute(case, sale, |_| {}), Reject::ForfeitUnsettled);
    // Of a deposit of ten thousand 1,000 go to costs, 6,000 make up the price, 3,000 are the debt's.
    desk.floor.must(OPERATOR, settle(lot, sale, 100_000));
    let before = desk.cash_of(bank).0;
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    let told = desk.distribution(sale);
    let proceeds = told.proceeds;
    assert_eq!(
        (proceeds.price, proceeds.gap, proceeds.debt),
        (yuan(100_400_000), Some(yuan(600_000)), Some(yuan(300_000)))
    );
    assert_eq!(told.statement.gross, yuan(101_300_000));
    let lines = told.statement.lines.iter().map(|line| line.paid.money.minor());
    assert_eq!(lines.sum::<i64>(), 101_300_000);
    let tier = |kind| told.statement.tiers.iter().find(|tier| tier.kind == kind).unwrap().paid;
    assert_eq!(tier(TierKind::Deposit), yuan(300_000));
    let had = desk.cash_of(bank).0 - before;
    assert_eq!(had, 101_300_000);
    assert_eq!(desk.lent(loan).outstanding, yuan(110_000_000 - had));
    assert_eq!(desk.case(case).state, DisposalState::Closed);
}

#[test]
fn a_deposit_that_is_settled_by_a_sale_that_fails_goes_with_the_next_or_to_the_debt() {
    for again in [true, false] {
        let (mut desk, right, loan, _, case) = disposed();
        let bank = desk.bank;
        let lot = desk.announced(&[right]);
        desk.defaulted(lot, 101_000_000);
        let buyer = desk.other_bank;
        desk.floor.cash_in(buyer.account, 1_000_000_000);
        let next = desk.announced(&[right]);
        let today = desk.today();
        desk.floor.until(Date(today.0 + 1));
        desk.floor.must(buyer.user, enter(next, buyer));
        desk.floor.until(Date(today.0 + 2));
        desk.floor.must(buyer.user, bid_lot(next, 100_000_000));
        desk.floor.until(Date(today.0 + 4));
        desk.floor.must(buyer.user, Command::PayLot(PayLot { lot: next }));
        desk.floor.must(OPERATOR, settle(lot, TransferId(next.0), 100_000));
        let evidence = Digest([1; 32]);
        let step = LotStep { lot: next, evidence };
        desk.floor.must(OPERATOR, Command::AnnulLot(Box::new(step)));
        if again {
            let sale = desk.resold(case, right, 100_400_000);
            desk.floor.must(bank.user, distribute(case, sale, |_| {}));
            assert_eq!(desk.distribution(sale).statement.gross, yuan(101_300_000));
            assert_eq!(desk.case(case).state, DisposalState::Closed);
        } else {
            let before = desk.cash_of(bank).0;
            desk.floor.must(bank.user, crate::floor::disposals::end(case));
            assert_eq!(desk.cash_of(bank).0 - before, 900_000);
            assert_eq!(desk.lent(loan).outstanding, yuan(99_100_000));
        }
    }
}

#[test]
fn the_inventors_have_their_share_of_what_the_costs_leave_where_the_plan_names_them() {
    let (mut desk, right, loan, _) = pledged();
    let (bank, firm, inventor) = (desk.bank, desk.firm, desk.other_bank);
    let mut named = plan(&[bank, firm, inventor]);
    let part = |payee, cap| Portion {
        payee,
        weight: 1,
        cap,
        rate: None,
    };
    let tier = |payees| Tier {
        payees,
        ..Tier::plain(TierKind::Inventors)
    };
    for unsound in [vec![], vec![part(2, Some(yuan(1)))]] {
        named.tiers.insert(1, tier(unsound));
        desk.is_refused(bank, propose_plan(loan, named.clone()), Reject::PlanTiersInvalid);
        named.tiers.remove(1);
    }
    named.tiers.insert(1, tier(vec![part(2, None)]));
    let signers = [bank, firm, inventor].map(|party| party.user);
    agreed(&mut desk.floor, loan, &named, &signers);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let case = opened(&mut desk.floor, bank.user, opening(loan, |_| {}));
    let trust = desk.trust();
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let before = desk.cash_of(inventor).0;
    desk.floor.must(
        bank.user,
        distribute(case, sale, |asked| {
            asked.trust = Some(trust);
            asked.claims.later = vec![self::named("评估机构")];
            asked.claims.costs = vec![SaleCost {
                payee: 3,
                kind: CostKind::Other,
                amount: yuan(999_999),
                rate: None,
            }];
        }),
    );
    // Half of 1,190,000.01, rounded up.
    assert_eq!(desk.cash_of(inventor).0 - before, 59_500_001);
    assert_eq!(desk.lent(loan).outstanding, yuan(100_000_000 - 59_500_000));
}

/// A distribution that paid an appraiser twenty thousand of a price that does not cover the debt.
fn paid_wrongly() -> (Desk<FastBook>, LoanId, DisposalId, TransferId, protocol::AccountId) {
    let (mut desk, right, loan, _, case) = disposed();
    let trust = desk.trust();
    desk.floor.must(desk.bank.user, upkeep(loan, None, yuan(30_000_000)));
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let asked = distribute(case, sale, |asked| {
        told(&mut asked.claims, &mut asked.trust, trust, 2_000_000)
    });
    desk.floor.must(desk.bank.user, asked);
    assert_eq!(desk.lent(loan).outstanding, yuan(12_000_000));
    (desk, loan, case, sale, trust)
}

fn told(claims: &mut Claims, at: &mut Option<protocol::AccountId>, trust: protocol::AccountId, minor: i64) {
    *at = Some(trust);
    claims.later = vec![named("评估机构")];
    claims.costs = vec![SaleCost {
        payee: 2,
        kind: CostKind::Appraiser,
        amount: yuan(minor),
        rate: None,
    }];
}

fn corrected(case: DisposalId, sale: TransferId, trust: protocol::AccountId, minor: i64) -> Command {
    correct(case, sale, |asked| {
        told(&mut asked.claims, &mut asked.trust, trust, minor)
    })
}

#[test]
fn a_distribution_is_corrected_by_postings_once_who_gives_back_agrees_and_the_debt_follows() {
    let (mut desk, loan, case, sale, trust) = paid_wrongly();
    let (bank, firm) = (desk.bank, desk.firm);
    let first = desk.distribution(sale);
    assert_eq!(first.correction, 0);
    // The appraiser was owed thirty thousand: the bank gives back ten.
    desk.is_refused(firm, corrected(case, sale, trust, 3_000_000), Reject::NotAParty);
    desk.is_refused(bank, corrected(case, sale, trust, 2_000_000), Reject::NothingToCorrect);
    desk.is_refused(bank, agree(case, sale, 1, true), Reject::NotAParty);
    desk.floor.must(bank.user, corrected(case, sale, trust, 3_000_000));
    assert_eq!(desk.correction(sale).state, CorrectionState::Proposed);
    assert_eq!(desk.distribution(sale), first);
    desk.is_refused(desk.other_bank, agree(case, sale, 1, true), Reject::UnknownDisposal);
    desk.is_refused(firm, agree(case, sale, 1, true), Reject::NotAParty);
    desk.is_refused(bank, agree(case, sale, 2, true), Reject::CorrectionOver);
    let before = desk.cash_of(bank);
    desk.floor.must(bank.user, agree(case, sale, 1, true));
    assert_eq!(desk.cash_of(bank), (before.0 - 1_000_000, before.1));
    let second = desk.distribution(sale);
    assert_eq!((second.correction, second.statement.gross), (1, first.statement.gross));
    assert_eq!(desk.correction(sale).state, CorrectionState::Posted);
    assert_eq!(desk.lent(loan).outstanding, yuan(13_000_000));
    desk.is_refused(bank, agree(case, sale, 1, true), Reject::NotAParty);
    // And again, the other way: the venue's account for others gives back, by an operator's word.
    desk.floor.must(bank.user, corrected(case, sale, trust, 500_000));
    desk.is_refused(bank, agree(case, sale, 2, true), Reject::NotAParty);
    desk.floor.must(OPERATOR, agree(case, sale, 2, true));
    assert_eq!(desk.cash_of(bank).0, before.0 + 1_500_000);
    assert_eq!(desk.lent(loan).outstanding, yuan(10_500_000));
    assert_eq!(desk.distribution(sale).correction, 2);
}

#[test]
fn nothing_is_posted_until_all_have_agreed_and_a_refusal_frees_what_others_set_aside() {
    let (mut desk, right, loan, _, case) = disposed();
    let (bank, firm, trust) = (desk.bank, desk.firm, desk.trust());
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let untold = desk.floor.exchange.clone();
    desk.is_refused(bank, corrected(case, sale, trust, 1), Reject::NotDistributed);
    desk.floor.exchange = untold;
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    // Costs of three hundred thousand: the owner's surplus of two and one of the bank's are given back.
    desk.floor.must(bank.user, corrected(case, sale, trust, 30_000_000));
    let held = desk.cash_of(bank);
    desk.floor.must(bank.user, agree(case, sale, 1, true));
    desk.is_refused(bank, agree(case, sale, 1, true), Reject::StateForbids);
    assert_eq!(desk.cash_of(bank), (held.0 - 10_000_000, held.1 + 10_000_000));
    assert_eq!(desk.correction(sale).agreed, [bank.entity]);
    // It is saved and loaded while it waits.
    let saved = desk.floor.exchange.save();
    desk.floor.exchange = engine::Exchange::load(&saved).unwrap();
    desk.floor.exchange.check_invariants().unwrap();
    desk.floor.must(firm.user, agree(case, sale, 1, false));
    assert_eq!(desk.cash_of(bank), held);
    assert_eq!(desk.correction(sale).state, CorrectionState::Dropped);
    desk.is_refused(bank, agree(case, sale, 1, false), Reject::CorrectionOver);
    // Another takes the place of one that waits.
    desk.floor.must(bank.user, corrected(case, sale, trust, 30_000_000));
    desk.floor.must(bank.user, agree(case, sale, 2, true));
    desk.floor.must(bank.user, corrected(case, sale, trust, 25_000_000));
    assert_eq!(desk.cash_of(bank), held);
    desk.floor.must(firm.user, agree(case, sale, 3, true));
    desk.floor.must(bank.user, agree(case, sale, 3, true));
    // The debt lives again, and is in default: its pledge was closed with the price.
    assert_eq!(desk.lent(loan).outstanding, yuan(5_000_000));
    assert_eq!(desk.lent(loan).state, LoanState::Default);
    // It is paid by now: told as at first, the bank would have more than it is owed.
    let today = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(5_000_000), today));
    let at_first = correct(case, sale, |_| {});
    desk.is_refused(bank, at_first, Reject::CorrectionImpossible);
}

#[test]
fn a_courts_scheme_is_corrected_by_another() {
    let (mut desk, right, loan, _) = pledged();
    let (bank, firm, buyer) = (desk.bank, desk.firm, desk.other_firm);
    agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let by_court = opening(loan, |asked| asked.road = Some(TitleRoad::Ruling));
    let case = opened(&mut desk.floor, bank.user, by_court);
    let lot = desk.announced_by_court(right);
    let sale = TransferId(lot.0);
    desk.floor.at += 2_000;
    desk.floor.must(buyer.user, enter(lot, buyer));
    let today = desk.today();
    desk.floor.until(Date(today.0 + 31));
    desk.floor.must(buyer.user, bid_lot(lot, 100_000_000));
    let today = desk.today();
    desk.floor.until(Date(today.0 + 4));
    desk.floor.must(buyer.user, Command::PayLot(PayLot { lot }));
    let evidence = Digest([1; 32]);
    desk.floor
        .must(OPERATOR, Command::ServeRuling(Box::new(LotStep { lot, evidence })));
    let shares = |to_bank: i64| {
        let share = |to, minor, debt| SchemeShare {
            payee: payee(to),
            amount: yuan(minor),
            debt: yuan(debt),
        };
        scheme(vec![
            share(bank, to_bank, to_bank),
            share(firm, 100_000_000 - to_bank, 0),
        ])
    };
    desk.floor.must(
        bank.user,
        distribute(case, sale, |asked| asked.scheme = shares(80_000_000)),
    );
    assert_eq!(desk.lent(loan).outstanding, yuan(20_000_000));
    desk.is_refused(bank, correct(case, sale, |_| {}), Reject::SchemeMissing);
    desk.floor.must(
        bank.user,
        correct(case, sale, |asked| asked.scheme = shares(90_000_000)),
    );
    desk.floor.must(firm.user, agree(case, sale, 1, true));
    assert_eq!(desk.lent(loan).outstanding, yuan(10_000_000));
}

#[test]
fn what_the_venue_knows_of_claims_and_owners_nobody_tells_it() {
    let (mut desk, right, _, _, case) = disposed();
    let bank = desk.bank;
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let owners = distribute(case, sale, |asked| {
        asked.claims.owners = vec![OwnersPart { payee: 0, parts: 1 }];
    });
    let today = desk.today();
    let pledges = distribute(case, sale, |asked| {
        asked.claims.pledges = vec![RankedPledge {
            rank: 1,
            registered: today,
            pledgor: Pledgor::Debtor,
            in_rem: true,
            maximum: None,
            contract_maximum: None,
            holders: vec![],
        }];
    });
    for told in [owners, pledges] {
        desk.is_refused(bank, told, Reject::ClaimsKnown);
    }
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
}

#[test]
fn a_correction_is_asked_again_whether_the_debt_leaves_room_for_it_once_who_gives_back_agrees() {
    let (mut desk, loan, case, sale, trust) = paid_wrongly();
    let bank = desk.bank;
    // The appraiser had fifteen thousand too much: they are the bank's.
    desk.floor.must(bank.user, corrected(case, sale, trust, 500_000));
    let today = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(12_000_000), today));
    let agreed = desk.floor.try_(OPERATOR, agree(case, sale, 1, true));
    assert_eq!(agreed, Err(Reject::CorrectionImpossible));
    assert_eq!(desk.correction(sale).state, CorrectionState::Proposed);
}

#[test]
fn who_gives_back_by_a_correction_has_the_money_for_it() {
    let (mut desk, loan, case, sale, trust) = paid_wrongly();
    let bank = desk.bank;
    desk.floor.must(bank.user, corrected(case, sale, trust, 3_000_000));
    let has = desk.cash_of(bank).0;
    desk.floor.withdraw(bank, has - 999_999);
    desk.is_refused(bank, agree(case, sale, 1, true), Reject::InsufficientCash);
    assert_eq!(desk.lent(loan).outstanding, yuan(12_000_000));
    desk.floor.cash_in(bank.account, 1);
    desk.floor.must(bank.user, agree(case, sale, 1, true));
    assert_eq!(desk.lent(loan).outstanding, yuan(13_000_000));
}

#[test]
fn a_correction_that_takes_from_who_paid_in_the_debtors_place_opens_the_debt_and_ends_it_again() {
    reopened(day(2026, 6, 1), GuaranteeState::Bound);
    // A guarantor that nobody asked in time stays free, though nothing was owed on its last day.
    reopened(day(2027, 10, 1), GuaranteeState::Ended);
}

fn reopened(on: Date, ended: GuaranteeState) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_bank);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.guarantors = vec![Guarantor::joint(surety.entity)];
    });
    desk.pledged(loan, right);
    value(&mut desk, right, 120_000_000);
    let case = desk.in_disposal(loan);
    let today = desk.today();
    let paid = repaid_by(loan, yuan(80_000_000), today, surety, PayerKind::Guarantor);
    desk.floor.must(bank.user, paid);
    let trust = desk.trust();
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    desk.floor.until(on);
    // Costs of a quarter of a million: the owner's surplus of two hundred thousand goes, and fifty of the guarantor's.
    desk.floor.must(bank.user, corrected(case, sale, trust, 25_000_000));
    for party in [firm, surety] {
        desk.floor.must(party.user, agree(case, sale, 1, true));
    }
    assert_eq!(desk.correction(sale).state, CorrectionState::Posted);
    assert_eq!(desk.lent(loan).state, LoanState::Default, "it is to have that back");
    assert_eq!(desk.lent(loan).outstanding, yuan(0));
    assert_eq!(desk.lent(loan).guarantees[0].state, ended);
    // They were none.
    desk.floor.must(bank.user, correct(case, sale, |_| {}));
    desk.floor.must(OPERATOR, agree(case, sale, 2, true));
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
}
