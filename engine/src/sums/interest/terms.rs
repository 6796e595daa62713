//! The questions that the terms of a claim are asked, in the order of `Reject`; and rates over a reference rate.

use super::days::rate_on;
use crate::kit::checks::require;
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    BasisPoints, Currency, Date, Money, Rate, Reject,
    claim::{
        ClaimTerms, Cycle, GUARANTORS_MAX, Guarantor, INSTALMENTS_MAX, Instalment, MISUSE_BAND, OVERDUE_BAND,
        PRINCIPAL_MAX, Penalty, RATES_MAX, RateStep, Settlement, TERM_YEARS_MAX,
    },
    units::{BASIS_POINTS_ONE, RATE_ONE},
};

/// Whether these terms are some that can be reckoned with, and that the law allows.
///
/// # Errors
/// [`Reject::PrincipalInvalid`] to [`Reject::GuarantorsInvalid`], in this order.
pub fn check(terms: &ClaimTerms) -> Result<(), Reject> {
    let ClaimTerms {
        principal,
        settlement,
        penalty,
        ..
    } = terms;
    require(is_some(principal.money), Reject::PrincipalInvalid)?;
    require(has_term(terms.drawn, terms.due), Reject::ClaimTermInvalid)?;
    let cap = terms.cap.is_none_or(|cap| cap.0 <= RATE_ONE);
    require(cap && are_rates(&terms.rates, terms.drawn), Reject::RatesInvalid)?;
    require(is_settlement(settlement), Reject::SettlementInvalid)?;
    penalty.as_ref().map_or(Ok(()), check_penalty)?;
    require(are_instalments(terms), Reject::InstalmentsInvalid)?;
    let guarantors = are_guarantors(&terms.guarantors, principal.currency);
    require(guarantors, Reject::GuarantorsInvalid)
}

/// Above zero and within the bound of a claim.
pub(super) fn is_some(money: Money) -> bool {
    (1..=PRINCIPAL_MAX).contains(&money.minor())
}

fn has_term(drawn: Date, due: Date) -> bool {
    let year = drawn.to_civil().0;
    (1800..2300).contains(&year) && drawn < due && due <= drawn.plus_months(12 * TERM_YEARS_MAX)
}

fn are_rates(rates: &[RateStep], drawn: Date) -> bool {
    (1..=RATES_MAX).contains(&rates.len())
        && rates[0].from <= drawn
        && rates.is_sorted_by(|a, b| a.from < b.from)
        && rates.iter().all(|step| step.rate.0 <= RATE_ONE)
}

fn is_settlement(settlement: &Settlement) -> bool {
    match settlement.day {
        Some(day) => (1..=31).contains(&day) && settlement.cycle != Cycle::AtEnd,
        None => true,
    }
}

/// Penalty interest lies within its band, both ends included (银发〔2003〕251号 3).
///
/// # Errors
/// [`Reject::PenaltyOutOfBand`].
pub fn check_penalty(penalty: &Penalty) -> Result<(), Reject> {
    let within = |uplift: BasisPoints, band: (BasisPoints, BasisPoints)| (band.0..=band.1).contains(&uplift);
    let misuse = penalty.misuse.is_none_or(|uplift| within(uplift, MISUSE_BAND));
    require(
        misuse && within(penalty.overdue, OVERDUE_BAND),
        Reject::PenaltyOutOfBand,
    )
}

/// Instalments leave no gap: they add up to the principal, and the last is due when all is.
fn are_instalments(terms: &ClaimTerms) -> bool {
    let ClaimTerms {
        principal, instalments, ..
    } = terms;
    let Some(last) = instalments.last() else {
        return true;
    };
    let one = |part: &Instalment| part.principal.currency == principal.currency && is_some(part.principal.money);
    let sum: i128 = instalments
        .iter()
        .map(|part| i128::from(part.principal.money.minor()))
        .sum();
    instalments.len() <= INSTALMENTS_MAX
        && instalments[0].due > terms.drawn
        && instalments.is_sorted_by(|a, b| a.due < b.due)
        && instalments.iter().all(one)
        && last.due == terms.due
        && sum == i128::from(principal.money.minor())
}

fn are_guarantors(guarantors: &[Guarantor], currency: Currency) -> bool {
    let one = |guarantor: &Guarantor| {
        let most = guarantor
            .most
            .is_none_or(|most| most.currency == currency && is_some(most.money));
        let periods = [
            guarantor.until_paid,
            guarantor.ends.is_some(),
            guarantor.months.is_some(),
        ];
        let period = periods.iter().filter(|said| **said).count() <= 1
            && guarantor.months.is_none_or(|months| months <= 12 * TERM_YEARS_MAX);
        let covers = guarantor
            .part
            .is_none_or(|part| (1..=BASIS_POINTS_ONE).contains(&part.0));
        most && period && covers
    };
    let entities: BTreeSet<_> = guarantors.iter().map(|guarantor| guarantor.entity).collect();
    guarantors.len() <= GUARANTORS_MAX && entities.len() == guarantors.len() && guarantors.iter().all(one)
}

/// The rates of a claim that is priced so much over a reference rate, in millionths; never below nothing.
pub fn priced_over(reference: &[RateStep], spread_e6: i32) -> Vec<RateStep> {
    let over = |step: &RateStep| RateStep {
        from: step.from,
        rate: Rate(step.rate.0.saturating_add_signed(spread_e6)),
    };
    reference.iter().map(over).collect()
}

/// The rates of a claim that is priced anew on a day and then every so many months until another, each time so much
/// over the reference rate that holds on that day (银发〔2003〕251号 2); between two such days it stays as it is.
pub fn repriced(
    reference: &[RateStep],
    spread_e6: i32,
    drawn: Date,
    (first, months): (Date, u32),
    until: Date,
) -> Vec<RateStep> {
    let later = (0..).map(|times: u32| first.plus_months(times.saturating_mul(months.max(1))));
    let later = later
        .take_while(|&day| day < until)
        .filter(|&day| day > drawn)
        .take(RATES_MAX);
    let priced = core::iter::once(drawn).chain(later);
    let quoted: Vec<_> = priced
        .filter(|_| !reference.is_empty())
        .map(|from| RateStep {
            from,
            rate: rate_on(reference, from),
        })
        .collect();
    priced_over(&quoted, spread_e6)
}

/// What was really lent where interest was taken off in advance: that is the principal (民法典 670).
pub fn really_lent(nominal: Money, taken_off: Money) -> Option<Money> {
    nominal.checked_sub(taken_off)
}
