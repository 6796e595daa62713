//! What is asked around a disposal, before its proceeds are shared out: who is called first, whether a sale is of use
//! to who asks for it, when lots stop, what a defaulter's deposit is for, what a bankruptcy changes, how rights of
//! different lenders that are sold as one are told apart, what a claim in another currency comes to.

use crate::auction::prices::forfeit;
use alloc::vec::Vec;
use protocol::{
    Amount, Currency, Date, Money, Reject,
    claim::CallOrder,
    disposal::{Bankruptcy, MiddleRate},
    plan::{BUNDLE_PARTS_MAX, Pledgor, SHARED_MAX, SaleCost},
    transfer::portions,
};

/// Whether the guarantor may be called before the pledge is sold (民法典 392): the debtor's own pledge comes first, a
/// third party's or the guarantor as the creditor likes; what was agreed wins, and a court refuses an application
/// against it (民诉法解释 363).
pub const fn guarantor_may_be_called(pledgor: Pledgor, agreed: Option<CallOrder>) -> bool {
    match (agreed, pledgor) {
        (Some(CallOrder::CollateralFirst), _) | (None, Pledgor::Debtor) => false,
        (Some(CallOrder::GuarantorFirst | CallOrder::CreditorChooses), _) | (None, Pledgor::ThirdParty) => true,
    }
}

/// The days that an applicant has to insist on a sale that may leave it nothing (拍卖变卖 6).
pub const DAYS_TO_INSIST: u32 = 5;

/// Whether a sale is of use to who asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Benefit {
    /// Whether the applicant is told that nothing may be left for it. If it insists and nothing is sold, it bears the
    /// costs.
    pub notify: bool,
    /// The least reserve of a sale that it insists on.
    pub least_reserve: Money,
}

/// Asks whether a reserve leaves anything beyond prior claims and the costs of enforcing (拍卖变卖 6).
pub fn benefit(reserve: Money, prior: Money, costs: Money) -> Benefit {
    let ahead = prior.plus(costs);
    Benefit {
        notify: reserve <= ahead,
        least_reserve: ahead.plus(Money::from_minor(1)),
    }
}

/// How many of the lots that are sold one after another for one debt are sold: no more once it and the costs are
/// covered, unless the debtor agrees to sell all (拍卖变卖 14).
pub fn lots_sold(debt_and_costs: Money, prices: &[Money], debtor_agrees: bool) -> usize {
    if debtor_agrees {
        return prices.len();
    }
    let mut left = i128::from(debt_and_costs.minor());
    let is_sold = |price: &&Money| {
        let sold = left > 0;
        left -= i128::from(price.minor());
        sold
    };
    prices.iter().take_while(is_sold).count()
}

/// What a cure before the sale came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cure {
    /// Whether the disposal ends.
    pub ends: bool,
    /// What is due still: if it ends, of the costs of preparing it; else of all.
    pub due: Money,
}

/// A payment before the sale: the whole debt before the day of the auction ends the disposal; the costs of preparing it
/// are due still (拍卖变卖 19). What is paid beyond the debt goes to them.
pub fn cure(paid: Money, debt: Money, costs: Money, on: Date, auction_on: Date) -> Cure {
    let due = Money::from_minor((debt.plus(costs).minor() - paid.minor()).max(0));
    Cure {
        ends: on < auction_on && paid >= debt,
        due,
    }
}

/// Which law a defaulter's deposit follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositRule {
    /// The debt has what costs and gap leave; nothing goes back (法释〔2016〕18号 24).
    ToTheDebt,
    /// What costs and gap leave goes back (拍卖变卖 22).
    Refunded,
}

/// Where a defaulter's deposit went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// To the costs of the sale that failed.
    pub to_costs: Money,
    /// To what the resale brought less: joins its proceeds.
    pub to_gap: Money,
    /// To the debt.
    pub to_debt: Money,
    /// Back to the defaulter.
    pub refunded: Money,
    /// What it did not cover of costs and gap: the defaulter owes it.
    pub uncovered: Money,
}

/// A defaulter's deposit: costs of the failed sale, then what the resale brought less, then as the rule says.
pub fn deposit(rule: DepositRule, deposit: Money, costs: Money, price: Money, resale: Money) -> Deposit {
    let used = forfeit(deposit.minor(), costs.minor(), price.minor(), resale.minor());
    let (to_debt, refunded) = match rule {
        DepositRule::ToTheDebt => (used.excess, 0),
        DepositRule::Refunded => (0, used.excess),
    };
    Deposit {
        to_costs: Money::from_minor(used.costs),
        to_gap: Money::from_minor(used.gap),
        to_debt: Money::from_minor(to_debt),
        refunded: Money::from_minor(refunded),
        uncovered: Money::from_minor(used.uncovered),
    }
}

/// When a pledgee may go on, once a court has accepted a bankruptcy and every lot has paused (企业破产法 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// When the court lifts the stay (75).
    OnceLifted,
    /// At any time (109).
    Freely,
    /// From the ruling (96).
    FromTheRuling,
}

/// When a pledgee may go on.
pub const fn goes_on(kind: Bankruptcy) -> GoesOn {
    match kind {
        Bankruptcy::Reorganisation => GoesOn::OnceLifted,
        Bankruptcy::Liquidation => GoesOn::Freely,
        Bankruptcy::Composition => GoesOn::FromTheRuling,
    }
}

/// Up to which day, itself not counted, interest is in the claim: that of the acceptance at the latest, for the debtor
/// and for the guarantor (企业破产法 46; 担保解释 22).
pub fn interest_runs_to(asked_to: Date, accepted: Option<Date>) -> Date {
    accepted.map_or(asked_to, |accepted| asked_to.min(accepted))
}

/// Whether wages are ahead of a pledge in the employer's bankruptcy: only what was owed before the law was published on
/// 2006-08-27 (企业破产法 132). No tier of a plan is theirs.
pub fn wages_are_ahead(owed_on: Date) -> bool {
    Date::from_civil(2006, 8, 27).is_some_and(|published| owed_on < published)
}

/// Whether a pledge may be taken back: given for an old unsecured debt within one year before the acceptance (企业破产法
/// 31(三)), the day a year before it included.
pub fn clawback_risk(pledged: Date, for_old_debt: bool, accepted: Date) -> bool {
    let (year, month, day) = accepted.to_civil();
    // 29 February goes back to the 28th.
    let back = Date::from_civil(year - 1, month, day).or_else(|| Date::from_civil(year - 1, month, day - 1));
    for_old_debt && pledged < accepted && back.is_some_and(|back| back <= pledged)
}

/// What a guarantor has back that paid before the debtor's bankruptcy was over: nothing until the creditor, who claims
/// all of it there, is whole; then what exceeds the claim, and no more than it paid (担保解释 23(2)).
pub fn back_to_guarantor(claim: Money, paid: Money, collected: Money) -> Money {
    let exceeds = i128::from(paid.minor()) + i128::from(collected.minor()) - i128::from(claim.minor());
    let back = exceeds.clamp(0, i128::from(paid.minor()));
    Money::from_minor(i64::try_from(back).expect("no more than it paid"))
}

/// What was lent on one day under a maximum-amount pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// When.
    pub on: Date,
    /// How much.
    pub amount: Money,
}

/// What was lent before a day and from it on. Where a pledgee hears of a freeze, its claim is fixed: what it lends from
/// that day on is unsecured (民法典 423(4); 查封规定 25).
pub fn fixed(drawn: &[Drawn], from: Date) -> (Money, Money) {
    let sum = |later: bool| {
        let of = drawn.iter().filter(|one| (one.on >= from) == later);
        of.fold(Money::ZERO, |sum, one| sum.plus(one.amount))
    };
    (sum(false), sum(true))
}

/// A claim in another currency at a middle rate, half-up to the minor unit: that of the day the doubled interest starts
/// (法释〔2014〕8号 5), else the contract's; in bankruptcy the acceptance's.
///
/// # Errors
/// [`Reject::MiddleRateInvalid`].
pub fn converted(claim: Amount, rate: &MiddleRate, into: Currency) -> Result<Amount, Reject> {
    let minor = u128::try_from(claim.money.minor()).map_err(|_| Reject::ClaimAmountInvalid)?;
    if rate.e4 == 0 || rate.per == 0 {
        return Err(Reject::MiddleRateInvalid);
    }
    let worth = u128::from(rate.e4) * 10_u128.pow(into.exponent());
    let whole = 10_000 * u128::from(rate.per) * 10_u128.pow(claim.currency.exponent());
    let scaled = minor.checked_mul(worth).ok_or(Reject::MiddleRateInvalid)?;
    let money = i64::try_from((scaled + whole / 2) / whole).map_err(|_| Reject::MiddleRateInvalid)?;
    if money > SHARED_MAX {
        return Err(Reject::MiddleRateInvalid);
    }
    Ok(Amount::new(into, Money::from_minor(money)))
}

/// A right of a bundle, whose lenders are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundled {
    /// What it was appraised at.
    pub appraisal: Money,
    /// Whether its lenders consented.
    pub consented: bool,
}

/// What a right of a bundle brings to its own waterfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundlePart {
    /// Its part of the price.
    pub price: Money,
    /// Its part of each common cost.
    pub costs: Vec<SaleCost>,
}

/// Tells rights of different lenders apart that were sold as one: price and each common cost by appraisal (Hamilton).
/// There is a waterfall for each.
///
/// # Errors
/// [`Reject::ClaimAmountInvalid`], [`Reject::AppraisalsInvalid`], [`Reject::LenderConsentMissing`].
pub fn bundle(price: Money, common: &[SaleCost], rights: &[Bundled]) -> Result<Vec<BundlePart>, Reject> {
    let costs = common.iter().map(|cost| cost.amount.money);
    if core::iter::once(price).chain(costs).any(|money| money < Money::ZERO) {
        return Err(Reject::ClaimAmountInvalid);
    }
    let appraisal = |right: &Bundled| u64::try_from(right.appraisal.minor()).map_err(|_| Reject::AppraisalsInvalid);
    let weights: Vec<u64> = rights.iter().map(appraisal).collect::<Result<_, _>>()?;
    if !(2..=BUNDLE_PARTS_MAX).contains(&rights.len()) || weights.iter().all(|&weight| weight == 0) {
        return Err(Reject::AppraisalsInvalid);
    }
    if !rights.iter().all(|right| right.consented) {
        return Err(Reject::LenderConsentMissing);
    }
    let of_price = |of: protocol::transfer::Apportioned| BundlePart {
        price: Money::from_minor(of.share),
        costs: Vec::with_capacity(common.len()),
    };
    let mut parts: Vec<_> = portions(price.minor(), &weights).into_iter().map(of_price).collect();
    for cost in common {
        for (part, of) in parts.iter_mut().zip(portions(cost.amount.money.minor(), &weights)) {
            let amount = Amount::new(cost.amount.currency, Money::from_minor(of.share));
            part.costs.push(SaleCost { amount, ..*cost });
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use protocol::plan::CostKind;

    fn fen(fen: i64) -> Money {
        Money::from_minor(fen)
    }

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_civil(year, month, day).unwrap()
    }

    #[test]
    fn a_cure_on_the_day_of_the_auction_is_too_late_and_a_part_is_none() {
        let auction = day(2026, 5, 6);
        let on = |paid, on| cure(fen(paid), fen(100), fen(7), on, auction);
        assert_eq!(
            on(100, day(2026, 5, 5)),
            Cure {
                ends: true,
                due: fen(7)
            }
        );
        assert_eq!(
            on(107, day(2026, 5, 5)),
            Cure {
                ends: true,
                due: fen(0)
            }
        );
        assert!(!on(107, auction).ends);
        assert_eq!(
            on(99, day(2026, 5, 5)),
            Cure {
                ends: false,
                due: fen(8)
            }
        );
    }

    #[test]
    fn the_year_before_an_acceptance_on_a_leap_day_begins_on_the_28th() {
        let accepted = day(2028, 2, 29);
        assert!(clawback_risk(day(2027, 2, 28), true, accepted));
        assert!(!clawback_risk(day(2027, 2, 27), true, accepted));
        // The year before a first of March does not reach back to a leap day.
        assert!(!clawback_risk(day(2028, 2, 29), true, day(2029, 3, 1)));
        // What was given after the acceptance is another question.
        assert!(!clawback_risk(accepted, true, accepted));
    }

    #[test]
    fn wages_are_ahead_of_a_pledge_only_from_before_the_law() {
        assert!(wages_are_ahead(day(2006, 8, 26)));
        assert!(!wages_are_ahead(day(2006, 8, 27)));
    }

    #[test]
    fn a_guarantor_has_nothing_back_until_the_creditor_is_whole_and_never_more_than_it_paid() {
        assert_eq!(back_to_guarantor(fen(500), fen(200), fen(299)), fen(0));
        assert_eq!(back_to_guarantor(fen(500), fen(200), fen(301)), fen(1));
        assert_eq!(back_to_guarantor(fen(500), fen(200), fen(900)), fen(200));
    }

    #[test]
    fn a_deposit_goes_back_only_under_the_older_rule() {
        let of = |rule| deposit(rule, fen(350), fen(42), fen(4_000), fen(3_760));
        let [debt, back] = [DepositRule::ToTheDebt, DepositRule::Refunded].map(of);
        assert_eq!(
            (debt.to_costs, debt.to_gap, debt.to_debt, debt.refunded),
            (fen(42), fen(240), fen(68), fen(0))
        );
        assert_eq!(
            (back.to_costs, back.to_gap, back.to_debt, back.refunded),
            (fen(42), fen(240), fen(0), fen(68))
        );
    }

    #[test]
    fn what_is_lent_on_the_day_of_the_notice_is_lent_too_late() {
        let drawn = [9, 10, 11].map(|of| Drawn {
            on: day(2026, 3, of),
            amount: fen(i64::from(of)),
        });
        assert_eq!(fixed(&drawn, day(2026, 3, 10)), (fen(9), fen(21)));
    }

    #[test]
    fn a_rate_of_nothing_and_a_claim_beyond_all_money_are_refused() {
        let claim = Amount::new(Currency::Kwd, fen(1_000));
        let of = |e4, per| MiddleRate {
            currency: Currency::Kwd,
            e4,
            per,
            on: day(2026, 3, 10),
            source: protocol::Digest([0; 32]),
        };
        let rate = |e4, per| converted(claim, &of(e4, per), Currency::Cny);
        assert_eq!(rate(231_234, 1), Ok(Amount::new(Currency::Cny, fen(2_312))));
        assert_eq!(rate(231_250, 1), Ok(Amount::new(Currency::Cny, fen(2_313))));
        for (e4, per) in [(0, 1), (231_234, 0)] {
            assert_eq!(rate(e4, per), Err(Reject::MiddleRateInvalid), "{e4} {per}");
        }
        // Beyond what can be shared, and beyond what can be multiplied.
        for (minor, e4) in [(1_000_000_000_000_000_000, 1_000_000), (i64::MAX, u64::MAX)] {
            let (most, rate) = (Amount::new(Currency::Jpy, fen(minor)), of(e4, 1));
            assert_eq!(converted(most, &rate, Currency::Cny), Err(Reject::MiddleRateInvalid));
        }
    }

    fn rights(appraisals: &[i64]) -> Vec<Bundled> {
        let consented = true;
        let right = |&of: &i64| Bundled {
            appraisal: fen(of),
            consented,
        };
        appraisals.iter().map(right).collect()
    }

    #[test]
    fn a_bundle_needs_every_lenders_consent_and_an_appraisal_of_each_right() {
        let mut two = rights(&[60, 40]);
        assert_eq!(bundle(fen(101), &[], &two).unwrap()[0].price, fen(61));
        two[1].consented = false;
        assert_eq!(bundle(fen(101), &[], &two), Err(Reject::LenderConsentMissing));
        for wrong in [&[][..], &[1], &[0, 0], &[1, -1], &[1; 65]] {
            assert_eq!(
                bundle(fen(1), &[], &rights(wrong)),
                Err(Reject::AppraisalsInvalid),
                "{wrong:?}"
            );
        }
        assert_eq!(bundle(fen(-1), &[], &rights(&[1, 1])), Err(Reject::ClaimAmountInvalid));
    }

    proptest! {
        #[test]
        fn a_bundle_loses_no_fen_of_price_or_costs(
            price in 0_i64..1_000_000,
            costs in proptest::collection::vec(0_i64..10_000, 0..4),
            appraisals in proptest::collection::vec(1_i64..1_000, 2..6),
        ) {
            let amount = |of| Amount::new(Currency::Cny, fen(of));
            let cost = |&of: &i64| SaleCost { payee: 0, kind: CostKind::Venue, amount: amount(of), rate: None };
            let common: Vec<_> = costs.iter().map(cost).collect();
            let parts = bundle(fen(price), &common, &rights(&appraisals)).unwrap();
            prop_assert_eq!(parts.iter().map(|part| part.price.minor()).sum::<i64>(), price);
            for (place, cost) in costs.iter().enumerate() {
                prop_assert_eq!(parts.iter().map(|part| part.costs[place].amount.money.minor()).sum::<i64>(), *cost);
            }
        }

        /// Each lot is sold while the debt was not covered by those before it.
        #[test]
        fn a_lot_is_sold_only_while_the_debt_is_open(
            debt in 1_i64..500,
            prices in proptest::collection::vec(1_i64..200, 0..8),
        ) {
            let lots: Vec<_> = prices.iter().map(|&of| fen(of)).collect();
            let sold = lots_sold(fen(debt), &lots, false);
            let brought = |count: usize| prices[..count].iter().sum::<i64>();
            prop_assert!(sold == 0 || brought(sold - 1) < debt);
            prop_assert!(sold == prices.len() || brought(sold) >= debt);
            prop_assert_eq!(lots_sold(fen(debt), &lots, true), prices.len());
        }
    }
}
