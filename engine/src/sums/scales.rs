//! Fees by steps of an amount: courts' (诉讼费用交纳办法 13, 14), an administrator's (企业破产案件管理人报酬规定 2, 13), and
//! what an appraiser's is counted on (财产处置参考价规定 32). The auction house's commission stands beside the prices of lots.
//!
//! Each scale takes a rate of the part of the amount that lies in a step, and rounds once: a fee half-up, a limit down.
//! Amounts are fen.

use crate::kit::checks::require;
use protocol::{
    Amount, BasisPoints, Currency, Money, Reject,
    plan::{CostKind, SaleCost},
    units::BASIS_POINTS_ONE,
};

/// Up to this amount, this rate in basis points.
type Step = (i64, u32);

/// Ten-thousandths of a fen, summed over the steps of an amount that lie above `from`.
fn by_steps(amount: i64, mut from: i64, steps: &[Step]) -> i128 {
    let mut sum = 0;
    for &(until, rate) in steps {
        let part = amount.min(until) - from;
        if part <= 0 {
            break;
        }
        sum += i128::from(part) * i128::from(rate);
        from = until;
    }
    sum
}

const TEN_THOUSAND: i64 = 1_000_000;

fn half_up(sum: i128) -> i64 {
    i64::try_from((sum + 5_000) / 10_000).expect("a fee is a part of an amount")
}

fn down(sum: i128) -> i64 {
    i64::try_from(sum / 10_000).expect("a limit is a part of an amount")
}

/// What a court takes for enforcing an amount (诉讼费用交纳办法 14(一)2): 50 yuan up to ten thousand yuan, then 1.5 % to half a
/// million, 1 % to five, 0.5 % to ten, 0.1 % beyond. Paid after the enforcement, and borne by the debtor (20, 38).
pub fn enforcement_fee(amount: Money) -> Money {
    const STEPS: [Step; 4] = [
        (50 * TEN_THOUSAND, 150),
        (500 * TEN_THOUSAND, 100),
        (1_000 * TEN_THOUSAND, 50),
        (i64::MAX, 10),
    ];
    Money::from_minor(5_000 + half_up(by_steps(amount.minor(), TEN_THOUSAND, &STEPS)))
}

/// What a court takes for accepting a case over an amount (诉讼费用交纳办法 13(一)).
pub fn acceptance_fee(amount: Money) -> Money {
    const STEPS: [Step; 9] = [
        (10 * TEN_THOUSAND, 250),
        (20 * TEN_THOUSAND, 200),
        (50 * TEN_THOUSAND, 150),
        (100 * TEN_THOUSAND, 100),
        (200 * TEN_THOUSAND, 90),
        (500 * TEN_THOUSAND, 80),
        (1_000 * TEN_THOUSAND, 70),
        (2_000 * TEN_THOUSAND, 60),
        (i64::MAX, 50),
    ];
    Money::from_minor(5_000 + half_up(by_steps(amount.minor(), TEN_THOUSAND, &STEPS)))
}

/// What a court takes for preserving property (诉讼费用交纳办法 14(二)): 30 yuan up to a thousand yuan or where no amount is at
/// stake, then 1 % to a hundred thousand and 0.5 % beyond; 5,000 yuan at most.
pub fn preservation_fee(amount: Option<Money>) -> Money {
    const FROM: i64 = 100_000;
    const MOST: i64 = 500_000;
    const STEPS: [Step; 2] = [(10 * TEN_THOUSAND, 100), (i64::MAX, 50)];
    let amount = amount.map_or(0, Money::minor);
    Money::from_minor(MOST.min(3_000 + half_up(by_steps(amount, FROM, &STEPS))))
}

/// The most that an administrator is paid of what the creditors had (管理人报酬规定 2).
pub fn administrators_limit(value: Money) -> Money {
    const STEPS: [Step; 7] = [
        (100 * TEN_THOUSAND, 1_200),
        (500 * TEN_THOUSAND, 1_000),
        (1_000 * TEN_THOUSAND, 800),
        (5_000 * TEN_THOUSAND, 600),
        (10_000 * TEN_THOUSAND, 300),
        (50_000 * TEN_THOUSAND, 100),
        (i64::MAX, 50),
    ];
    Money::from_minor(down(by_steps(value.minor(), 0, &STEPS)))
}

/// The most that an administrator takes of what collateral brought: a tenth of its scale (管理人报酬规定 13).
pub fn administrators_limit_on_collateral(realised: Money) -> Money {
    Money::from_minor(administrators_limit(realised).minor() / 10)
}

/// What an appraiser's fee is counted on (参考价规定 32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppraisersBase {
    /// This amount.
    Amount(Money),
    /// Nothing was sold: what the appraiser laid out.
    ActualOutlay,
}

/// The price where it is below the appraisal, else the appraisal; where nothing was sold, what was laid out.
pub fn appraisers_base(appraisal: Money, price: Option<Money>) -> AppraisersBase {
    price.map_or(AppraisersBase::ActualOutlay, |price| {
        AppraisersBase::Amount(price.min(appraisal))
    })
}

/// The share of the net income that the inventors have where nobody agreed on another (转化法 45).
pub const INVENTORS_SHARE: BasisPoints = BasisPoints(5_000);

/// What the inventors may ask of their employer: a share of the net income, rounded up (转化法 45). It has a tier of the
/// waterfall where the plan names them, and none otherwise.
pub fn inventors_reward(gross: Money, costs: Money, share: BasisPoints) -> Money {
    let net = i128::from((gross.minor() - costs.minor()).max(0));
    let whole = i128::from(BASIS_POINTS_ONE);
    let reward = (net * i128::from(share.0) + whole - 1) / whole;
    Money::from_minor(i64::try_from(reward).expect("a share is a part of an amount"))
}

/// What the scales of a sale's costs are counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// What the right was sold for.
    pub price: Amount,
    /// What is at stake in the case: the debt for which it was sold.
    pub claim: Amount,
    /// What the right was valued at, if it was.
    pub appraisal: Option<Money>,
}

/// Whether no cost is above its scale: those of one kind together. The courts' and the administrator's are in yuan, and
/// hold costs in yuan alone; what an appraiser is paid by an agreed rate is held in any currency.
///
/// # Errors
/// [`Reject::CostAboveScale`].
pub fn check_costs(costs: &[SaleCost], scaled: &Scaled) -> Result<(), Reject> {
    let yuan = |of: Amount| (of.currency == Currency::Cny).then_some(of.money);
    let most = |kind| match kind {
        CostKind::CourtFee => yuan(scaled.price).map(enforcement_fee),
        CostKind::AcceptanceFee => yuan(scaled.claim).map(acceptance_fee),
        CostKind::PreservationFee => yuan(scaled.claim).map(|claim| preservation_fee(Some(claim))),
        CostKind::Administrator => yuan(scaled.price).map(administrators_limit_on_collateral),
        CostKind::Venue
        | CostKind::Appraiser
        | CostKind::Operator
        | CostKind::Auctioneer
        | CostKind::SellersTax
        | CostKind::Other => None,
    };
    let asked = |kind| -> i128 {
        let of_kind = costs.iter().filter(|cost| cost.kind == kind);
        of_kind.map(|cost| i128::from(cost.amount.money.minor())).sum()
    };
    let within = costs.iter().all(|cost| {
        let most = most(cost.kind).filter(|_| cost.amount.currency == Currency::Cny);
        most.is_none_or(|most| asked(cost.kind) <= i128::from(most.minor()))
    });
    let price = scaled.price.money;
    let base = appraisers_base(scaled.appraisal.unwrap_or(price), Some(price));
    let agreed = costs.iter().all(|cost| match (cost.kind, cost.rate, base) {
        (CostKind::Appraiser, Some(rate), AppraisersBase::Amount(base)) => cost.amount.money <= rate.of(base),
        (CostKind::Appraiser, ..) => true,
        (_, rate, _) => rate.is_none(),
    });
    require(within && agreed, Reject::CostAboveScale)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    fn fen(fen: i64) -> Money {
        Money::from_minor(fen)
    }

    #[test]
    fn a_preservation_fee_has_a_floor_and_a_ceiling() {
        for (amount, fee) in [
            (0, 3_000),
            (100_000, 3_000),
            (100_100, 3_001),
            (10_000_000, 102_000),
            (50_000_000, 302_000),
            (89_600_000, 500_000),
            (89_600_001, 500_000),
            (1_000_000_000_000, 500_000),
        ] {
            assert_eq!(preservation_fee(Some(fen(amount))), fen(fee), "{amount}");
        }
        assert_eq!(preservation_fee(None), fen(3_000));
    }

    #[test]
    fn scales_meet_at_their_steps() {
        // 8 million, 40 million and 600 million yuan, worked by hand.
        assert_eq!(administrators_limit(fen(800_000_000)), fen(76_000_000));
        assert_eq!(administrators_limit(fen(4_000_000_000)), fen(272_000_000));
        assert_eq!(administrators_limit(fen(60_000_000_000)), fen(932_000_000));
        assert_eq!(enforcement_fee(fen(1_000_000_000)), fen(7_740_000));
        assert_eq!(acceptance_fee(fen(2_000_000_000)), fen(14_180_000));
    }

    #[test]
    fn costs_are_held_against_their_scales_those_of_one_kind_together() {
        let yuan = |minor| Amount::new(Currency::Cny, fen(minor));
        let scaled = Scaled {
            price: yuan(376_000_000),
            claim: yuan(100_000_000),
            appraisal: Some(fen(400_000_000)),
        };
        let cost = |kind, minor, rate| SaleCost {
            payee: 0,
            kind,
            amount: yuan(minor),
            rate,
        };
        let fits = |costs: &[SaleCost]| check_costs(costs, &scaled).is_ok();
        for (kind, most) in [
            (CostKind::CourtFee, 4_000_000),
            (CostKind::AcceptanceFee, 1_380_000),
            (CostKind::PreservationFee, 500_000),
            (CostKind::Administrator, 3_960_000),
        ] {
            assert!(fits(&[cost(kind, most, None)]), "{kind:?}");
            assert!(!fits(&[cost(kind, most, None), cost(kind, 1, None)]), "{kind:?}");
            let foreign = Amount::new(Currency::Usd, fen(most + 1));
            assert!(fits(&[SaleCost {
                amount: foreign,
                ..cost(kind, 0, None)
            }]));
        }
        // Three in a thousand of the price, which is the lower.
        let rate = Some(BasisPoints(30));
        assert!(fits(&[cost(CostKind::Appraiser, 1_128_000, rate)]));
        assert!(!fits(&[cost(CostKind::Appraiser, 1_128_001, rate)]));
        assert!(fits(&[cost(CostKind::Appraiser, 9_000_000, None)]));
        assert!(!fits(&[cost(CostKind::Operator, 1, rate)]));
    }

    proptest! {
        /// More is never less, and a fee of the sum is no more than the fees of its parts and their rounding.
        #[test]
        fn fees_grow_with_the_amount(amount in 0_i64..4_000_000_000_000, more in 0_i64..1_000_000_000) {
            for scale in [enforcement_fee, acceptance_fee, administrators_limit, administrators_limit_on_collateral] {
                prop_assert!(scale(fen(amount)) <= scale(fen(amount + more)));
                // No step takes more than 12 %.
                let rise = scale(fen(amount + more)).minor() - scale(fen(amount)).minor();
                prop_assert!(rise <= more * 12 / 100 + 1);
            }
        }
    }
}
