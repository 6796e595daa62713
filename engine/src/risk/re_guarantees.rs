//! Re-guarantees: a fund that stands behind a guarantor of a loan (PLEDGES.md 2.9). It is a pool like any other, but that it
//! bears a part of what the guarantor paid, and not of what the bank lost.
//!
//! What always holds: a loan stands in one pool, for its bank or for one guarantor, so public money stands behind it once.
//! The fund has its fee in the command by which it is bound, and pays by its own word.

use crate::{
    book::Book,
    kit::checks::{check_account_of, first_fault, require},
    register::party::{ACTS, User},
    risk::{
        enrolments::{is_bad, known},
        state::Pools,
    },
    state::Exchange,
    sums::guarantee::{check_re_guarantee, fee_until_due},
    tell::Tell,
};
use protocol::{
    Amount, Date, EntityId, LoanId, Money, PoolId, Receipt, Reject, Seq,
    pledge::{GuaranteeState, LoanState},
    risk::{EnrolLoan, PoolLoanState, ReGuarantee, ReGuaranteed},
};

impl Pools {
    /// Whom the pool of a loan stands behind, if that is a guarantor.
    pub(super) fn behind(&self, loan: LoanId) -> Option<&ReGuaranteed> {
        self.loans.get(&loan)?.re_guaranteed.as_ref()
    }

    /// What a fund stands behind of one borrower, of all years.
    fn of_borrower(&self, pool: PoolId, borrower: EntityId) -> Money {
        let place = |year, on, loan| super::state::Lent {
            pool,
            borrower,
            year,
            on: Date(on),
            loan: LoanId(loan),
        };
        let all = place(i32::MIN, i32::MIN, 0)..=place(i32::MAX, i32::MAX, u64::MAX);
        let loans = self.lent.range(all).map(|place| &self.loans[&place.loan]);
        let open = loans.filter(|one| one.state != PoolLoanState::Closed);
        let sum: i128 = open.map(|one| i128::from(one.loan.principal.money.minor())).sum();
        Money::from_minor(i64::try_from(sum).unwrap_or(i64::MAX))
    }
}

impl<B: Book> Exchange<B> {
    /// Re-guarantees a guarantor of a loan, and pays the fund its fee.
    pub(crate) fn re_guarantee(
        &mut self,
        user: User,
        asked: &ReGuarantee,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(ACTS)?;
        let of = self.account_for(user, asked.account)?;
        let lent = &self.loan_for(user, asked.loan)?;
        check_account_of(of, user.entity)?;
        let loan = &lent.loan;
        let (guarantor, guarantee) = loan.guarantor(user.entity).ok_or(Reject::NotAParty)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        require(guarantee.state != GuaranteeState::Ended, Reject::GuaranteeEnded)?;
        let today = tell.at.venue_date();
        let order = EnrolLoan {
            pool: asked.pool,
            loan: asked.loan,
            ip_share: None,
            favoured: false,
        };
        let npl = is_bad(lent, today).then_some(today);
        let enrolling = self.pools.to_enrol(&order, known(lent, &order), today, (npl, true));
        let pool = self.pools.pool(asked.pool)?;
        let terms = pool.re_guarantees().ok_or(Reject::PoolOfOthers);
        first_fault([
            enrolling.as_ref().map(drop).map_err(|reject| *reject),
            terms
                .as_ref()
                .map_err(|reject| *reject)
                .and_then(|terms| check_re_guarantee(terms, guarantor, &asked.shares, asked.part)),
        ])?;
        require(self.manager(asked.pool) != user.entity, Reject::ReGuaranteeInvalid)?;
        let (mut enrolling, terms) = (enrolling?, terms?);
        let principal = loan.terms.principal;
        let before = self.pools.of_borrower(asked.pool, loan.debtor);
        let of_borrower = before.checked_add(principal.money).unwrap_or(before);
        let debt = (loan.outstanding.money, of_borrower);
        let fee = fee_until_due(&terms, &asked.shares, debt, (today, loan.terms.due));
        let fee = Amount::new(principal.currency, fee);
        self.check_escrow(asked.account, fee)?;

        let to = pool.account;
        enrolling.new.re_guaranteed = Some(ReGuaranteed {
            guarantor: user.entity,
            shares: asked.shares.clone(),
            part: asked.part,
            fee,
            contract: asked.contract,
        });
        for loan in self.pools.enrol(enrolling) {
            self.tell_standing(loan, tell);
        }
        self.pay(Seq(asked.pool.0), asked.account, fee, &[(to, fee.money)], tell);
        self.tell_pool(asked.pool, tell);
        Ok(Receipt::Done)
    }
}
