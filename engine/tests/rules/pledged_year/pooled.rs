//! A loan in a pool: enrolled before it turns bad, bad, claimed on, paid in its turn or not, recovered, closed. What must
//! be refused is tried beside it.

use super::{
    debt::Standing,
    matter::Matter,
    paper::Fen,
    pools::{Claim, InPool, Rules},
    venue::Year,
};
use crate::floor::{
    OPERATOR,
    pools::{claim_so, decide, end, enrol, npl, open, recover},
    yuan,
};
use protocol::{
    BasisPoints, Command, PoolId, Reject,
    risk::{
        Bearer, EnrolLoan, IpShareRule, LossBase, LossShare, PoolLoanEnd, PoolLoanState as State, PoolProfile,
        SHENZHEN_2024,
    },
};

/// The pools of a year: one by a percentage with caps, one that is topped up, one whose losses several bear.
pub(super) fn open_pools(year: &mut Year) {
    let capped = Rules {
        ip_required: true,
        bank: 5_000,
        per_loan: Some(year.fen(10_000_000, 60_000_000)),
        per_borrower_year: Some(year.fen(60_000_000, 150_000_000)),
        year_total: Some(year.fen(10_000_000, 60_000_000)),
        limited: true,
        ..Rules::default()
    };
    let topped_up = Rules {
        with_interest: true,
        bank: 3_333,
        bonus: 500,
        public_cap: Some(4_000),
        ..Rules::default()
    };
    let shared = Rules {
        shares: vec![
            (Bearer::Bank, 5),
            (Bearer::Insurer, 3),
            (Bearer::Appraiser, 1),
            (Bearer::Fund, 2),
        ],
        limited: true,
        ..Rules::default()
    };
    for rules in [capped, topped_up, shared] {
        // Whatever the agreement names first.
        let mut named: Vec<LossShare> = rules.shares.iter().map(told_share).collect();
        let by = named.len().min(1);
        named.rotate_right(by);
        let opened = open(year.people.town.account, told_rules(&rules), &named);
        let id = PoolId(year.deal(OPERATOR, opened));
        year.pools.open(id, rules);
    }
    let fund = year.people.town;
    let fen = year.fen(5_000_000, 40_000_000);
    year.brings(fund, fen);
}

impl Matter {
    /// The next thing of its loan in a pool; whether there is more to come.
    pub(super) fn pooled(&mut self, year: &mut Year) -> bool {
        let loan = self.loan;
        if self.liens.is_empty() {
            return true;
        }
        let Some(in_pool) = year.pools.loans.get(&loan) else {
            return self.enrol(year);
        };
        let (state, standing) = (in_pool.state, self.debt(year).state);
        match state {
            State::Closed => return false,
            State::Enrolled | State::Npl | State::Claimed if standing == Standing::Repaid => {
                self.end_in_pool(year, PoolLoanEnd::Repaid);
            }
            State::Enrolled if standing == Standing::Default || year.one_in(4) => self.turn_bad(year),
            State::Enrolled => {}
            State::Npl if standing == Standing::Running && year.one_in(2) => self.cured_in_pool(year),
            State::Npl => self.claim(year),
            State::Claimed => self.decide(year),
            State::Paid | State::Recovering => self.recovered(year),
        }
        self.check_in_pool(year);
        true
    }

    fn is_late_for_long(&self, year: &Year) -> bool {
        let debt = self.debt(year);
        debt.principal > 0 && year.today().0 - debt.due.0 > 90
    }

    /// Its bank enrols it, while it is neither in default nor late for long.
    fn enrol(&mut self, year: &mut Year) -> bool {
        let (loan, today, acting) = (self.loan, year.today(), year.acting(self.loan));
        let pool = year.random.below(year.pools.all.len() as u64) as usize;
        let debt = self.debt(year);
        if debt.state == Standing::Repaid {
            return false;
        }
        let (borrower, lent, principal) = (debt.debtor, debt.drawn, debt.lent);
        let bad = debt.state == Standing::Default || self.is_late_for_long(year);
        let new = InPool {
            pool,
            borrower,
            principal,
            ip_share: year.fen(1, principal * 11 / 10),
            lent,
            favoured: year.one_in(2),
            enrolled: today,
            covered: 0,
            state: State::Enrolled,
            claim: None,
            borne: vec![],
        };
        let covers = year.pools.covers(loan, &new);
        let (id, required) = (year.pools.all[pool].id, year.pools.all[pool].rules.ip_required);
        let enrolling = Command::EnrolLoan(Box::new(EnrolLoan {
            pool: id,
            loan,
            ip_share: Some(yuan(new.ip_share)),
            favoured: new.favoured,
        }));
        if bad {
            year.refused(acting.user, enrolling, Reject::EnrolledAfterNpl);
            return false;
        }
        if required {
            year.refused(acting.user, enrol(id, loan, None), Reject::IpShareNotStated);
        }
        if covers[&loan] == 0 {
            year.refused(acting.user, enrolling, Reject::PoolBorrowerCap);
            return false;
        }
        year.must(acting.user, enrolling.clone());
        year.refused(acting.user, enrolling, Reject::AlreadyEnrolled);
        year.pools.loans.insert(loan, new);
        for (of, cover) in covers {
            let before = std::mem::replace(&mut year.pools.loan(of).covered, cover);
            if of != loan && before > cover {
                year.count("covers that made room");
            }
        }
        year.count("enrolled");
        true
    }

    fn turn_bad(&mut self, year: &mut Year) {
        let (loan, today, acting) = (self.loan, year.today(), year.acting(self.loan));
        let enrolled = year.pools.loans[&loan].enrolled;
        year.refused(acting.user, npl(loan, enrolled), Reject::EnrolledAfterNpl);
        if enrolled < today {
            year.must(acting.user, npl(loan, today));
            year.pools.loan(loan).state = State::Npl;
            year.count("turned bad");
        }
    }

    fn cured_in_pool(&mut self, year: &mut Year) {
        let acting = year.acting(self.loan);
        if self.is_late_for_long(year) {
            let cured = end(self.loan, PoolLoanEnd::Cured);
            return year.refused(acting.user, cured, Reject::StateForbids);
        }
        self.end_in_pool(year, PoolLoanEnd::Cured);
    }

    fn end_in_pool(&mut self, year: &mut Year, how: PoolLoanEnd) {
        let (loan, acting) = (self.loan, year.acting(self.loan));
        let claimed = year.pools.loans[&loan].claim.as_ref().map(|claim| claim.by);
        let by = match (how, claimed) {
            (PoolLoanEnd::WrittenOff, Some(claimant)) => year.party(claimant),
            _ => acting,
        };
        year.must(by.user, end(loan, how));
        year.pools.pool_of(loan).line.retain(|other| *other != loan);
        let of = year.pools.loan(loan);
        if how == PoolLoanEnd::Cured {
            of.state = State::Enrolled;
            of.claim = None;
        } else {
            of.state = State::Closed;
        }
        year.count(match how {
            PoolLoanEnd::Cured => "cured in a pool",
            PoolLoanEnd::Repaid => "repaid in a pool",
            PoolLoanEnd::WrittenOff => "written off",
        });
    }

    /// What is lost today: principal and interest.
    fn lost(&self, year: &Year) -> [Fen; 2] {
        let [_, interest, principal] = self.debt(year).parts(year.today());
        [principal, interest]
    }

    /// Its bank claims.
    fn claim(&mut self, year: &mut Year) {
        let (loan, acting) = (self.loan, year.acting(self.loan));
        let lost = self.lost(year);
        let all = lost[0] + lost[1];
        let own = year.fen(all / 2, all);
        let other = if year.one_in(3) { year.fen(0, own / 2) } else { 0 };
        let claiming = |own: Fen| claim_so(loan, acting, own, |asked| asked.other_public = yuan(other));
        if year.pools.loans[&loan].covered == 0 {
            // Loans that were lent before took its part.
            return year.refused(acting.user, claiming(own), Reject::PoolBorrowerCap);
        }
        if year.pools.eligible(loan, lost) == 0 {
            return year.refused(acting.user, claiming(own), Reject::FullyRecovered);
        }
        year.refused(acting.user, claiming(all + 1), Reject::AmountInvalid);
        year.must(acting.user, claiming(own));
        year.refused(acting.user, claiming(own), Reject::SecondClaim);
        let of = year.pools.loan(loan);
        of.claim = Some(Claim {
            by: acting.entity,
            account: acting.account,
            lost,
            own_liability: own,
            other_public: other,
        });
        of.state = State::Claimed;
        year.pools.pool_of(loan).line.push(loan);
        year.count("claimed on a pool");
    }

    /// The claim is decided on, in its turn.
    fn decide(&mut self, year: &mut Year) {
        let (loan, today, acting) = (self.loan, year.today(), year.acting(self.loan));
        let still = self.lost(year);
        let town = year.people.town;
        let holds = year.paper.cash.get(&town.account).copied().unwrap_or(0);
        let paid = year.pools.pays(loan, still, today, holds);
        let claim = year.pools.loans[&loan].claim.clone().expect("it is claimed");
        let first = year.pools.pool_of(loan).line.first() == Some(&loan);
        year.refused(acting.user, decide(loan, true), Reject::NotPermitted);
        if claim.by != acting.entity {
            year.refused(OPERATOR, decide(loan, true), Reject::NotAParty);
            return self.decline(year);
        }
        let faults = [
            paid.lacks.then_some(Reject::InsufficientCash),
            (!first).then_some(Reject::StateForbids),
            (paid.eligible == 0).then_some(Reject::FullyRecovered),
        ];
        if let Some(fault) = faults.into_iter().flatten().min() {
            year.refused(OPERATOR, decide(loan, true), fault);
            if fault == Reject::InsufficientCash && year.one_in(2) {
                let fen = year.fen(1_000_000, 20_000_000);
                year.brings(town, fen);
            } else if year.one_in(3) {
                self.decline(year);
            }
            return;
        }
        if year.one_in(8) {
            return self.decline(year);
        }
        year.must(OPERATOR, decide(loan, true));
        year.refused(OPERATOR, decide(loan, true), Reject::StateForbids);
        year.pools.paid(loan, still, today, &paid);
        year.paper.move_cash(town.account, claim.account, paid.amount);
        let told = &year.told.in_pools[&loan];
        assert_eq!(
            (told.eligible, told.paid, told.payment),
            (Some(yuan(paid.eligible)), Some(yuan(paid.amount)), Some(paid.payment))
        );
        year.count(paid.payment.word());
        year.count("pools that paid");
        year.compare_cash();
    }

    fn decline(&mut self, year: &mut Year) {
        let loan = self.loan;
        year.must(OPERATOR, decide(loan, false));
        year.pools.pool_of(loan).line.retain(|other| *other != loan);
        let of = year.pools.loan(loan);
        (of.state, of.claim) = (State::Npl, None);
        year.count("claims turned down");
    }

    /// Who claimed tells what it recovered, and the pool has its part at once.
    fn recovered(&mut self, year: &mut Year) {
        let (loan, acting) = (self.loan, year.acting(self.loan));
        let of = &year.pools.loans[&loan];
        let claim = of.claim.clone().expect("it was claimed");
        let by = year.party(claim.by);
        if of.state == State::Recovering && year.one_in(8) {
            return self.end_in_pool(year, PoolLoanEnd::WrittenOff);
        }
        let lost = claim.lost[0] + claim.lost[1];
        let got = year.fen(1, lost / 2 + 1);
        let cost = if year.one_in(4) {
            year.fen(0, got * 2)
        } else {
            year.fen(0, got / 10)
        };
        if by.entity != acting.entity {
            year.refused(acting.user, recover(loan, got, cost), Reject::NotAParty);
        }
        year.brings(by, got);
        year.must(by.user, recover(loan, got, cost));
        let of_pool = year.pools.recover(loan, got - cost);
        let town = year.people.town;
        year.paper.move_cash(claim.account, town.account, of_pool);
        year.count(if of_pool > 0 {
            "recoveries shared"
        } else {
            "recoveries that brought nothing"
        });
        year.compare_cash();
    }

    /// How its loan stands in its pool, as is told.
    fn check_in_pool(&self, year: &Year) {
        let (of, told) = (&year.pools.loans[&self.loan], &year.told.in_pools[&self.loan]);
        assert_eq!((told.state, told.covered), (of.state, yuan(of.covered)), "{of:?}");
        let borne: Vec<_> = told.borne.iter().map(|one| (one.bearer, one.amount, one.got)).collect();
        let paper: Vec<_> = of
            .borne
            .iter()
            .map(|one| (one.bearer, yuan(one.amount), yuan(one.got)))
            .collect();
        assert_eq!(borne, paper, "{of:?}");
    }
}

fn told_share(share: &(Bearer, Fen)) -> LossShare {
    LossShare {
        bearer: share.0,
        weight: share.1 as u32,
    }
}

fn told_rules(rules: &Rules) -> PoolProfile {
    PoolProfile {
        base: if rules.with_interest {
            LossBase::PrincipalAndInterest
        } else {
            LossBase::Principal
        },
        ip_share: if rules.ip_required {
            IpShareRule::Required
        } else {
            IpShareRule::Ignored
        },
        bank: rules.shares.is_empty().then_some(BasisPoints(rules.bank)),
        bonus: (rules.bonus > 0).then_some(BasisPoints(rules.bonus)),
        per_loan: rules.per_loan.map(yuan),
        per_borrower_year: rules.per_borrower_year.map(yuan),
        year_total: rules.year_total.map(yuan),
        balance_limited: rules.limited,
        public_cap: rules.public_cap.map(BasisPoints),
        ..SHENZHEN_2024
    }
}
