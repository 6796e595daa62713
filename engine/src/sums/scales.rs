//! Fees by steps of an amount: courts' (诉讼费用交纳办法 13, 14), an administrator's (企业破产案件管理人报酬规定 2, 13), and
//! what an appraiser's is counted on (财产处置参考价规定 32). The auction house's commission stands beside the prices of lots.
//!
//! Each scale takes a rate of the part of the amount that lies in a step, and rounds once: a fee half-up, a limit down.
//! Amounts are fen.

use crate::auction::prices::percent_up;
use protocol::Money;

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

/// What the inventors may ask of their employer: at least `percent` hundredths of the net income, rounded up (转化法 45).
/// No tier of the waterfall, unless the plan says so.
pub fn inventors_reward(gross: Money, costs: Money, percent: u32) -> Money {
    let net = (gross.minor() - costs.minor()).max(0);
    Money::from_minor(percent_up(net, percent.into()))
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
