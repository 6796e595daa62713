//! Pools of public money on paper: what a pool stands behind, what it pays of a loss, and what it has of a recovery.

use super::paper::{Fen, points_of, shares};
use protocol::{
    AccountId, Date, EntityId, LoanId, PoolId,
    risk::{Bearer, Payment, PoolLoanState as State},
};
use std::collections::BTreeMap;

/// What a pool pays, of what and how much at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub with_interest: bool,
    pub ip_required: bool,
    /// Its share of a bank's loss, and so much more for a loan that it favours, in basis points; where no parts are agreed.
    pub bank: u16,
    pub bonus: u16,
    pub per_loan: Option<Fen>,
    pub per_borrower_year: Option<Fen>,
    pub year_total: Option<Fen>,
    /// Whether it owes no more than it holds.
    pub limited: bool,
    pub public_cap: Option<u16>,
    /// Who bears which part, the bank first and the pool last.
    pub shares: Vec<(Bearer, Fen)>,
}

/// A pool.
#[derive(Debug)]
pub(super) struct Pool {
    pub id: PoolId,
    pub rules: Rules,
    /// What it paid in each year.
    paid: BTreeMap<i32, Fen>,
    /// The loans whose claims wait, the first first.
    pub line: Vec<LoanId>,
}

/// A claim on a pool.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub by: EntityId,
    pub account: AccountId,
    /// What is lost of principal and of interest.
    pub lost: [Fen; 2],
    pub own_liability: Fen,
    pub other_public: Fen,
}

/// What somebody bears of a loss, by which weight, and what it got back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Borne {
    pub bearer: Bearer,
    weight: Fen,
    pub amount: Fen,
    pub got: Fen,
}

/// A loan in a pool.
#[derive(Clone, Debug)]
pub(super) struct InPool {
    pub pool: usize,
    pub borrower: EntityId,
    pub principal: Fen,
    pub ip_share: Fen,
    pub lent: Date,
    pub favoured: bool,
    pub enrolled: Date,
    pub covered: Fen,
    pub state: State,
    pub claim: Option<Claim>,
    pub borne: Vec<Borne>,
}

/// What a pool pays of a claim.
#[derive(Clone, Debug)]
pub(super) struct Paid {
    pub amount: Fen,
    pub payment: Payment,
    /// It owes more than it holds, and is topped up first.
    pub lacks: bool,
    pub eligible: Fen,
}

/// All pools, and the loans in them.
#[derive(Debug, Default)]
pub(super) struct Pools {
    pub all: Vec<Pool>,
    pub loans: BTreeMap<LoanId, InPool>,
}

impl Pools {
    pub(super) fn open(&mut self, id: PoolId, rules: Rules) {
        self.all.push(Pool {
            id,
            rules,
            paid: BTreeMap::new(),
            line: vec![],
        });
    }

    /// What the pool stands behind of the loans of the borrower and year of a new one: those that were lent before come
    /// first, and what was claimed on keeps its part.
    pub(super) fn covers(&self, loan: LoanId, new: &InPool) -> BTreeMap<LoanId, Fen> {
        let rules = &self.all[new.pool].rules;
        let year = |of: &InPool| of.lent.to_civil().0;
        let of_year =
            |other: &&InPool| (other.pool, other.borrower, year(other)) == (new.pool, new.borrower, year(new));
        let mut loans: Vec<(Date, LoanId, &InPool)> = vec![(new.lent, loan, new)];
        loans.extend(
            self.loans
                .iter()
                .filter(|(_, other)| of_year(other))
                .map(|(id, other)| (other.lent, *id, other)),
        );
        loans.sort_by_key(|(lent, id, _)| (*lent, *id));
        let is_open = |of: &InPool| matches!(of.state, State::Enrolled | State::Npl);
        let mut used: Fen = loans
            .iter()
            .filter(|(.., of)| !is_open(of))
            .map(|(.., of)| of.covered)
            .sum();
        let mut covers = BTreeMap::new();
        for (_, id, of) in loans.into_iter().filter(|(.., of)| is_open(of)) {
            let counts = if rules.ip_required {
                of.ip_share.min(of.principal)
            } else {
                of.principal
            };
            let left = rules.per_borrower_year.map_or(Fen::MAX, |cap| (cap - used).max(0));
            let cover = counts.min(rules.per_loan.unwrap_or(Fen::MAX)).min(left);
            used += cover;
            covers.insert(id, cover);
        }
        covers
    }

    pub(super) fn pool_of(&mut self, loan: LoanId) -> &mut Pool {
        &mut self.all[self.loans[&loan].pool]
    }

    pub(super) fn loan(&mut self, loan: LoanId) -> &mut InPool {
        self.loans.get_mut(&loan).expect("it is enrolled")
    }

    /// What of a loss counts.
    pub(super) fn eligible(&self, loan: LoanId, [principal, interest]: [Fen; 2]) -> Fen {
        let of = &self.loans[&loan];
        let on_interest = i128::from(interest) * i128::from(of.covered) / i128::from(of.principal);
        let with_interest = self.all[of.pool].rules.with_interest;
        of.covered.min(principal) + if with_interest { on_interest as Fen } else { 0 }
    }

    /// Which part of a loss a pool bears that pays by a percentage.
    fn part(&self, of: &InPool) -> Fen {
        let rules = &self.all[of.pool].rules;
        Fen::from(rules.bank + if of.favoured { rules.bonus } else { 0 })
    }

    /// What is paid of a claim on a day, by a pool that holds so much, while so much is still lost.
    pub(super) fn pays(&self, loan: LoanId, still: [Fen; 2], on: Date, holds: Fen) -> Paid {
        let of = &self.loans[&loan];
        let pool = &self.all[of.pool];
        let claim = of.claim.as_ref().expect("it is claimed");
        let lost = [claim.lost[0].min(still[0]), claim.lost[1].min(still[1])];
        let eligible = self.eligible(loan, lost);
        let owed = if pool.rules.shares.is_empty() {
            (eligible * self.part(of) * 2 + 10_000) / 20_000
        } else {
            let weights: Vec<Fen> = pool.rules.shares.iter().map(|(_, weight)| *weight).collect();
            *shares(eligible, &weights).last().expect("the pool bears a part")
        };
        let own = claim.own_liability.min(lost[0] + lost[1]);
        let public = pool
            .rules
            .public_cap
            .map_or(Fen::MAX, |cap| (points_of(own, cap) - claim.other_public).max(0));
        let paid = pool.paid.get(&on.to_civil().0).copied().unwrap_or(0);
        let of_year = pool.rules.year_total.map_or(Fen::MAX, |total| (total - paid).max(0));
        let wanted = owed.min(public);
        let amount = wanted.min(of_year).min(holds);
        let payment = if amount < wanted {
            Payment::PoolShort
        } else if wanted < owed {
            Payment::PublicCap
        } else {
            Payment::InFull
        };
        Paid {
            amount,
            payment,
            lacks: !pool.rules.limited && holds < wanted.min(of_year),
            eligible,
        }
    }

    /// The pool has paid: who bears what. What it lacked, and what did not count, is the claimant's.
    pub(super) fn paid(&mut self, loan: LoanId, still: [Fen; 2], on: Date, paid: &Paid) {
        let part = self.part(&self.loans[&loan]);
        let of = self.loans.get_mut(&loan).expect("it is enrolled");
        let pool = &mut self.all[of.pool];
        pool.line.retain(|other| *other != loan);
        *pool.paid.entry(on.to_civil().0).or_default() += paid.amount;
        let agreed = if pool.rules.shares.is_empty() {
            vec![(Bearer::Bank, 10_000 - part), (Bearer::Fund, part)]
        } else {
            pool.rules.shares.clone()
        };
        let weights: Vec<Fen> = agreed.iter().map(|(_, weight)| *weight).collect();
        let each = shares(paid.eligible, &weights);
        let borne = agreed.into_iter().zip(each).map(|((bearer, weight), amount)| Borne {
            bearer,
            weight,
            amount: if bearer == Bearer::Fund { paid.amount } else { amount },
            got: 0,
        });
        of.borne = borne.collect();
        let lost: Fen = (0..2)
            .map(|at| of.claim.as_ref().expect("it was claimed").lost[at].min(still[at]))
            .sum();
        of.borne[0].amount = lost - of.borne[1..].iter().map(|one| one.amount).sum::<Fen>();
        of.state = State::Paid;
    }

    /// Something was recovered, less what that cost: the running total is shared by the parts, nobody has more than it
    /// bore, and nobody gives back a fen. What of it is the pool's.
    pub(super) fn recover(&mut self, loan: LoanId, net: Fen) -> Fen {
        let of = self.loans.get_mut(&loan).expect("it is enrolled");
        of.state = State::Recovering;
        let borne = &mut of.borne;
        let mut left = net.max(0) + borne.iter().map(|one| one.got).sum::<Fen>();
        let mut whole = vec![0; borne.len()];
        let mut sharing: Vec<usize> = (0..borne.len()).filter(|at| borne[*at].weight > 0).collect();
        while !sharing.is_empty() {
            let weights: Vec<Fen> = sharing.iter().map(|at| borne[*at].weight).collect();
            let each = shares(left, &weights);
            let full: Vec<usize> = sharing
                .iter()
                .zip(&each)
                .filter(|(at, share)| **share >= borne[**at].amount)
                .map(|(at, _)| *at)
                .collect();
            if full.is_empty() {
                for (at, share) in sharing.iter().zip(each) {
                    whole[*at] = share;
                }
                break;
            }
            for at in &full {
                whole[*at] = borne[*at].amount;
                left -= whole[*at];
            }
            sharing.retain(|at| !full.contains(at));
        }
        // Who would have a fen less than it has keeps it, and the last who gets anything waits for it.
        let mut more: Vec<Fen> = borne.iter().zip(&whole).map(|(one, whole)| whole - one.got).collect();
        let mut kept: Fen = more.iter().map(|more| (-more).max(0)).sum();
        for more in more.iter_mut().rev() {
            *more = (*more).max(0);
            let waits = kept.min(*more);
            *more -= waits;
            kept -= waits;
        }
        let mut of_pool = 0;
        for (one, more) in borne.iter_mut().zip(more) {
            one.got += more;
            if one.bearer == Bearer::Fund {
                of_pool += more;
            }
        }
        of_pool
    }
}
