//! Loans in pools: enrolled before they turn bad, bad, performing again, at their end (RULES.md 2.9).
//!
//! What always holds: what a pool stands behind of a borrower's loans of a year is given out in the order of lending,
//! and what was claimed on keeps its part.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    register::{lent::Lent as OnLoan, party::User},
    risk::{
        life::{Input, is_backed, is_open, step},
        pools::{acting, check_amounts},
        state::{Enrolment, Lent, Pool, Pools},
    },
    state::Exchange,
    sums::{
        pools::{Exposure, check_enrolled, check_leverage, covered},
        tolerance::{Standing, class_by_days},
    },
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Date, LoanId, MONEY_MAX, Money, Receipt, Reject,
    pledge::LoanState,
    risk::{Bearer, EndPoolLoan, EnrolLoan, LoanClass, PoolLoan, PoolLoanEnd, PoolLoanState, RecordNpl},
};

/// The most loans of one borrower and year in one pool: what is covered of them is counted anew with each.
pub(super) const LOANS_OF_YEAR_MAX: usize = 256;

/// A loan that can be enrolled, and what the pool then stands behind.
pub(super) struct Enrolling {
    loan: LoanId,
    pub(super) new: Enrolment,
    /// What is covered of each open loan of its borrower and year, the new one among them.
    covers: Vec<(LoanId, Money)>,
    /// What the pool stands behind in all.
    backed: Money,
}

impl Pools {
    /// Whether a loan can be enrolled on a day, for its bank or for a guarantor of it; `npl` is when it turned
    /// non-performing, if it did.
    pub(super) fn to_enrol(
        &self,
        order: &EnrolLoan,
        loan: PoolLoan,
        on: Date,
        (npl, for_guarantor): (Option<Date>, bool),
    ) -> Result<Enrolling, Reject> {
        let pool = self.pool(order.pool);
        let currency = pool.map_or(loan.principal.currency, |pool| pool.currency);
        first_fault([
            check_amounts(currency, [loan.principal].into_iter().chain(loan.ip_share)),
            pool.and_then(|pool| require(has_figures(pool), Reject::PoolFiguresMissing)),
            require(!self.loans.contains_key(&order.loan), Reject::AlreadyEnrolled),
            check_enrolled(on, npl),
            pool.and_then(|pool| require(pool.re_guarantees().is_some() == for_guarantor, Reject::PoolOfOthers)),
        ])?;
        let pool = pool?;
        let new = Enrolment {
            pool: order.pool,
            loan,
            state: PoolLoanState::Enrolled,
            enrolled: on,
            covered: Money::ZERO,
            npl: None,
            claim: None,
            paid: None,
            borne: Vec::new(),
            re_guaranteed: None,
        };
        let covers = self.covers(order.loan, &new)?;
        let backed = self.backed_after(pool, &covers)?;
        let of_year = self.of_year(new.lent(order.loan)).count();
        first_fault([
            check_leverage(&pool.profile, Money::ZERO, backed),
            require(of_year < LOANS_OF_YEAR_MAX, Reject::PoolBorrowerCap),
        ])?;
        Ok(Enrolling {
            loan: order.loan,
            new,
            covers,
            backed,
        })
    }

    /// Enrols a loan; answers of which loans another part is covered now, the new one first. Loans of its borrower and
    /// year that were lent later and are not claimed on make room for it.
    pub(super) fn enrol(&mut self, enrolling: Enrolling) -> Vec<LoanId> {
        let Enrolling {
            loan,
            new,
            covers,
            backed,
        } = enrolling;
        let pool = self.of_mut(new.pool);
        pool.backed = backed;
        pool.loans += 1;
        self.lent.insert(new.lent(loan));
        self.loans.insert(loan, new);
        let mut changed = Vec::from([loan]);
        for (other, covered) in covers {
            let enrolment = self.loans.get_mut(&other).expect("it was looked through");
            let before = core::mem::replace(&mut enrolment.covered, covered);
            if other != loan && before != covered {
                changed.push(other);
            }
        }
        changed
    }

    /// A loan turns non-performing, after it was enrolled.
    pub(super) fn turn_bad(&mut self, loan: LoanId, on: Date) -> Result<(), Reject> {
        let enrolment = self.enrolment(loan)?;
        let next = step(enrolment.state, Input::TurnBad)?;
        check_enrolled(enrolment.enrolled, Some(on))?;
        self.enter(loan, next).npl = Some(on);
        Ok(())
    }

    /// A loan performs again, is repaid, or nothing more is to come. A bank's claim that waits ends with its ground; a
    /// guarantor's does not: what repaid the loan may be what it claims for.
    pub(super) fn end(&mut self, loan: LoanId, how: PoolLoanEnd) -> Result<(), Reject> {
        let input = match how {
            PoolLoanEnd::Cured => Input::Cure,
            PoolLoanEnd::Repaid => Input::Repay,
            PoolLoanEnd::WrittenOff => Input::WriteOff,
        };
        let enrolment = self.enrolment(loan)?;
        let next = step(enrolment.state, input)?;
        let waits = enrolment.claim.filter(|_| enrolment.state == PoolLoanState::Claimed);
        let of_guarantor = waits.is_some_and(|claim| claim.payee == Bearer::Guarantor);
        require(!of_guarantor, Reject::StateForbids)?;
        if waits.is_some() {
            self.leave_line(loan);
        }
        let enrolment = self.enter(loan, next);
        if how == PoolLoanEnd::Cured {
            enrolment.npl = None;
        }
        Ok(())
    }

    /// What the pool stands behind of each open loan of the borrower and year of a new one, that one included, in the
    /// order of lending. What was claimed on or repaid keeps its part of the cap: the year's lending counts, not what
    /// is left of it (a reading). Of the new one something is covered.
    fn covers(&self, id: LoanId, new: &Enrolment) -> Result<Vec<(LoanId, Money)>, Reject> {
        let place = new.lent(id);
        let profile = &self.of(new.pool).profile;
        let mut loans: Vec<_> = self.of_year(place).collect();
        let at = loans.partition_point(|(other, _)| *other < place);
        loans.insert(at, (place, new));
        let fixed = loans.iter().filter(|(_, one)| !is_open(one.state));
        let mut used = fixed.fold(Money::ZERO, |used, (_, one)| used.plus(one.covered));
        let open = loans.iter().filter(|(_, one)| is_open(one.state));
        open.map(|(place, one)| {
            let cover = match covered(profile, exposure(&one.loan), used) {
                Err(_) if place.loan != id => Money::ZERO,
                cover => cover?,
            };
            used = used.plus(cover);
            Ok((place.loan, cover))
        })
        .collect()
    }

    /// The loans of a borrower and year, in the order of lending.
    fn of_year(&self, place: Lent) -> impl Iterator<Item = (Lent, &Enrolment)> {
        let from = Lent {
            on: Date(i32::MIN),
            loan: LoanId(0),
            ..place
        };
        let until = Lent {
            on: Date(i32::MAX),
            loan: LoanId(u64::MAX),
            ..place
        };
        self.lent
            .range(from..=until)
            .map(|place| (*place, &self.loans[&place.loan]))
    }

    /// What a pool stands behind once these are covered so: no more than money can be.
    fn backed_after(&self, pool: &Pool, covers: &[(LoanId, Money)]) -> Result<Money, Reject> {
        let before = covers.iter().filter_map(|(loan, _)| self.loans.get(loan));
        let without = before.fold(pool.backed, |backed, one| backed.minus(one.covered));
        let backed = covers
            .iter()
            .try_fold(without, |backed, (_, cover)| backed.checked_add(*cover));
        let can_be = |backed: &Money| backed.minor() <= MONEY_MAX;
        backed.filter(can_be).ok_or(Reject::PoolLeverage)
    }

    /// Moves a loan to a state; the pool no longer stands behind what was paid or closed.
    pub(super) fn enter(&mut self, loan: LoanId, next: PoolLoanState) -> &mut Enrolment {
        let enrolment = self.loans.get_mut(&loan).expect("it was asked");
        if is_backed(enrolment.state) && !is_backed(next) {
            let pool = self.pools.get_mut(&enrolment.pool).expect("a loan's pool is there");
            pool.backed = pool.backed.minus(enrolment.covered);
        }
        enrolment.state = next;
        enrolment
    }

    /// Takes a loan's claim out of the line.
    pub(super) fn leave_line(&mut self, loan: LoanId) {
        let enrolment = self.loans.get_mut(&loan).expect("it was asked");
        let claim = enrolment.claim.take().expect("it waits");
        let pool = self.pools.get_mut(&enrolment.pool).expect("a loan's pool is there");
        pool.line.remove(&claim.seq);
    }
}

impl<B: Book> Exchange<B> {
    /// Enrols a loan in a pool, with what the loan itself says.
    pub(crate) fn enrol_loan(&mut self, user: User, asked: &EnrolLoan, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let lent = &self.lent_by(user, asked.loan)?;
        let today = tell.at.venue_date();
        let npl = is_bad(lent, today).then_some(today);
        let enrolling = self.pools.to_enrol(asked, known(lent, asked), today, (npl, false));
        let owed = lent.loan.state != LoanState::Repaid;
        first_fault([
            require(owed, Reject::StateForbids),
            enrolling.as_ref().map(drop).map_err(|reject| *reject),
        ])?;

        for loan in self.pools.enrol(enrolling?) {
            self.tell_standing(loan, tell);
        }
        self.tell_pool(asked.pool, tell);
        Ok(Receipt::Done)
    }

    /// Tells that a loan turned non-performing.
    pub(crate) fn record_npl(&mut self, user: User, asked: &RecordNpl, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let OnLoan { loan, .. } = self.lent_by(user, asked.loan)?;
        let dated = loan.terms.drawn <= asked.on && asked.on <= tell.at.venue_date();
        require(dated, Reject::DatesInvalid)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        self.pools.turn_bad(asked.loan, asked.on)?;

        self.tell_standing(asked.loan, tell);
        Ok(Receipt::Done)
    }

    /// Tells how a loan goes on or ends: as the loan itself says, or by who was paid for it.
    pub(crate) fn end_pool_loan(
        &mut self,
        user: User,
        asked: &EndPoolLoan,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let EndPoolLoan { loan: id, how, .. } = *asked;
        let lent = &self.lent_or_claimed_by(user, id)?;
        let loan = &lent.loan;
        let claimant = self.claimant(id).filter(|_| how == PoolLoanEnd::WrittenOff);
        let party = claimant.unwrap_or_else(|| acting(loan));
        require(user.is_operator() || party == user.entity, Reject::NotAParty)?;
        let is_so = match how {
            // What is late for so many days does not perform, whatever is told of it.
            PoolLoanEnd::Cured => {
                let days = standing(lent, None, tell.at.venue_date()).days_overdue();
                loan.state == LoanState::Running && class_by_days(days) == LoanClass::NotByDays
            }
            PoolLoanEnd::Repaid => loan.state == LoanState::Repaid,
            PoolLoanEnd::WrittenOff => true,
        };
        require(is_so, Reject::StateForbids)?;
        self.pools.end(id, how)?;

        self.tell_standing(id, tell);
        self.tell_pool(self.pools.loans[&id].pool, tell);
        Ok(Receipt::Done)
    }
}

/// A loan as a pool knows it.
pub(super) fn known(lent: &OnLoan, asked: &EnrolLoan) -> PoolLoan {
    let loan = &lent.loan;
    PoolLoan {
        borrower: loan.debtor,
        principal: loan.terms.principal,
        ip_share: asked.ip_share,
        lent: loan.terms.drawn,
        favoured: asked.favoured,
    }
}

/// Whether a loan is non-performing by what is known of it: in default, or late for so many days that it has to be
/// classed so (令〔2023〕1号).
pub(super) fn is_bad(lent: &OnLoan, today: Date) -> bool {
    let days = standing(lent, None, today).days_overdue();
    lent.loan.state == LoanState::Default || class_by_days(days) != LoanClass::NotByDays
}

/// How a loan stands by its own books on a day, and by what its bank told a pool.
pub(super) fn standing(lent: &OnLoan, npl: Option<Date>, as_of: Date) -> Standing {
    let OnLoan { loan, claim, .. } = lent;
    Standing {
        paid_out: loan.terms.drawn,
        due: claim.due(),
        late_since: claim.late_since(&loan.terms, as_of),
        npl,
        as_of,
    }
}

/// Whether a pool knows what it would pay to anybody. What a fund that re-guarantees bears, its terms say.
fn has_figures(pool: &Pool) -> bool {
    pool.re_guarantees().is_some()
        || pool.profile.bank.is_some()
        || pool.profile.guarantor.is_some()
        || !pool.shares.is_empty()
}

/// A loan as it counts for a pool.
pub(super) fn exposure(loan: &PoolLoan) -> Exposure {
    Exposure {
        principal: loan.principal.money,
        ip_share: loan.ip_share.map(|share| share.money),
    }
}
