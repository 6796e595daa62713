//! What a guarantor may stand for (融资担保公司监督管理条例 15, 16): its figures, told by itself or the venue, and its limits, asked
//! wherever a loan names it.
//!
//! Invariant: what it stands for is counted from the loans that name it, and kept nowhere else. Loans are the only way to
//! stand for more: what is owed of a principal never grows, a demand tells what was so before, and figures that fall stop
//! the next loan and undo none.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    pledge::loans::MAY_ACT,
    register::{lent::Lent, party::User},
    state::Exchange,
    sums::guarantee::{Outstanding, answers_for, check_limits, covers},
    tell::Tell,
};
use protocol::{
    Currency, EntityId, LoanId, Money, Readers, Receipt, Record, Reject,
    claim::{ClaimTerms, Guarantor},
    pledge::{GuaranteeState, RecordGuarantor},
    risk::GUARANTOR_LIMITS,
};

impl<B: Book> Exchange<B> {
    /// Tells a guarantor's figures.
    pub(crate) fn record_guarantor(
        &mut self,
        user: User,
        asked: &RecordGuarantor,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        require(user.is_operator() || user.entity == asked.entity, Reject::NotAParty)?;
        require(asked.as_of <= tell.at.venue_date(), Reject::DatesInvalid)?;
        require(are_figures(asked), Reject::AmountInvalid)?;
        let currency = asked.net_assets.currency;
        let other = |lent: Lent| lent.loan.terms.principal.currency != currency;
        require(!self.loans_of(asked.entity).any(other), Reject::GuarantorCurrency)?;
        self.register.check_entity(asked.entity)?;

        self.pledging.guarantors.insert(asked.entity, *asked);
        tell.record(Readers::one(asked.entity), Record::Guarantor(*asked));
        Ok(Receipt::Done)
    }

    /// Whether those who told their figures may answer for a loan on these terms beside what they stand for.
    pub(super) fn check_guarantors(&self, debtor: EntityId, terms: &ClaimTerms) -> Result<(), Reject> {
        let principal = terms.principal;
        first_fault(terms.guarantors.iter().map(|guarantor| {
            let Some(figures) = self.pledging.guarantors.get(&guarantor.entity) else {
                return Ok(());
            };
            require(
                figures.net_assets.currency == principal.currency,
                Reject::GuarantorCurrency,
            )?;
            let new = answers_for(guarantor, covers(guarantor, principal.money), Money::ZERO, Money::ZERO);
            let outstanding = self.outstanding_of(figures, debtor, new);
            let small = figures.small_business;
            check_limits(&GUARANTOR_LIMITS, figures.net_assets.money, &outstanding, small)
        }))
    }

    /// What a guarantor stands for with a new loan of this debtor: in all, for it, and for it with those that the same people
    /// stand behind.
    fn outstanding_of(&self, figures: &RecordGuarantor, debtor: EntityId, new: Money) -> Outstanding {
        let (mut all, mut one, mut group) = (figures.elsewhere.money, Money::ZERO, Money::ZERO);
        let loans = self.loans_of(figures.entity);
        let stands = loans.map(|lent| (lent.loan.debtor, stands_for(&lent, figures.entity)));
        for (of, money) in stands.chain([(debtor, new)]) {
            all = sum(all, money);
            if of == debtor {
                one = sum(one, money);
            }
            if self.is_among([debtor].into_iter(), of) {
                group = sum(group, money);
            }
        }
        Outstanding {
            all,
            debtor: one,
            group,
        }
    }

    /// The loans that name this guarantor and are not repaid.
    fn loans_of(&self, entity: EntityId) -> impl Iterator<Item = Lent> {
        let all = (entity, LoanId(0))..=(entity, LoanId(u64::MAX));
        let named = self.pledging.guaranteed.range(all);
        named.map(|(_, loan)| self.pledging.lent(*loan))
    }

    /// For the invariants: whether figures are of whom they say, and in the currency of the loans that count.
    pub(super) fn is_guarantor(&self, entity: EntityId, figures: &RecordGuarantor) -> bool {
        let currency: Currency = figures.net_assets.currency;
        let counts = |lent: Lent| lent.loan.terms.principal.currency == currency;
        figures.entity == entity && are_figures(figures) && self.loans_of(entity).all(counts)
    }
}

/// Money that may be more than there can be: what is beyond all limits is beyond them by however much.
fn sum(one: Money, other: Money) -> Money {
    one.checked_add(other).unwrap_or(Money::from_minor(i64::MAX))
}

/// What a guarantor stands for in a loan: of the principal what it covers, and is not free of nor paid. Nothing where its
/// period is over.
fn stands_for(lent: &Lent, entity: EntityId) -> Money {
    let standing = lent.loan.guarantor(entity);
    let standing = standing.filter(|(_, guarantee)| guarantee.state != GuaranteeState::Ended);
    standing.map_or(Money::ZERO, |(guarantor, guarantee): (&Guarantor, _)| {
        let paid = lent.paid_by(entity).principal;
        let covered = covers(guarantor, lent.loan.outstanding.money.plus(paid));
        answers_for(guarantor, covered, guarantee.freed.money, paid)
    })
}

/// Whether these can be figures: one currency, nothing below zero.
fn are_figures(asked: &RecordGuarantor) -> bool {
    let (net, elsewhere) = (asked.net_assets, asked.elsewhere);
    net.currency == elsewhere.currency && net.money >= Money::ZERO && elsewhere.money >= Money::ZERO
}
