//! What a sale of a case brought is paid out by the plan's waterfall, or where a court sold by the court's scheme
//! (RULES.md 2.8; PLEDGES.md 4; 民法典 438, 561; 法释〔2016〕18号 25).
//!
//! Invariant: what is held of a sale is paid once, all of it; the statement says who has each fen, and what a claim's
//! holders have of it is counted on the claim in the same command.

use crate::{
    book::Book,
    kit::{
        checks::require,
        ids::{FEE_ACCOUNT, VENUE},
    },
    register::{
        disposals::{Case, Held, Paid},
        party::User,
        pledges::Lent,
    },
    state::Exchange,
    sums::{
        interest::Owed,
        waterfall::{self, stands_in},
    },
    tell::Tell,
};
use alloc::{collections::BTreeSet, format, vec, vec::Vec};
use protocol::{
    AccountId, Amount, Date, DisposalId, EntityId, LoanId, MONEY_MAX, Money, PledgeId, Readers, Receipt, Record,
    Reject, Seq,
    disposal::{CourtScheme, DisposalSale, DistributeProceeds, Distribution, SCHEME_MAX, SchemeShare, TitleRoad},
    plan::{
        ClaimKind, Claims, CostKind, OwnersPart, Payee, Payer, Plan, Pledgor, Proceeds, RankedPledge, SaleCost,
        SecuredClaim, Statement, TierKind,
    },
    text::Name,
    transfer::apportion,
};

/// What is paid out, all of it asked before anything is paid.
struct Payout {
    payees: Vec<Payee>,
    statement: Statement,
    /// Who has how much, in the order of the payees.
    shares: Vec<(AccountId, Money)>,
    /// How much of it is counted on which claim.
    debts: Vec<(LoanId, Money)>,
    /// How much of what somebody paid for a loan it has back, by its place among those who did.
    taken: Vec<(LoanId, usize, Money)>,
}

/// Who has how much by a court's scheme, and how much of it is counted on which claim.
type Scheme = (Vec<(Payee, Money)>, Vec<(LoanId, Money)>);

impl<B: Book> Exchange<B> {
    /// Pays out what a sale of a case brought.
    pub(crate) fn distribute_proceeds(
        &mut self,
        user: User,
        asked: &DistributeProceeds,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.disposal;
        let case = self.case_acting(user, id)?;
        if let Some(trust) = asked.trust {
            let of = self.ledger.account(trust)?.entity;
            // What is others' does not mix with fees.
            require(of == VENUE && trust != FEE_ACCOUNT, Reject::UnknownAccount)?;
        }
        for payee in &asked.claims.later {
            self.check_payee(payee)?;
        }
        let sales = &case.record.sales;
        let of =
            |sale: &DisposalSale| sale.transfer == asked.transfer && asked.part.is_none_or(|part| part == sale.part);
        let held = sales.iter().position(|sale| of(sale) && sale.distributed_at.is_none());
        let place = held.or_else(|| sales.iter().position(of));
        let selling = self.cases_selling(asked.transfer);
        let selling = selling.iter().any(|of| of.record.disposal == id);
        let Some(place) = place else {
            return Err(if selling {
                Reject::DistributedBeforeRecorded
            } else {
                Reject::UnknownTransfer
            });
        };
        let payout = self.payout_of(case, place, asked, tell.at.venue_date())?;

        self.pay_out(id, place, payout, asked.scheme.clone(), tell);
        Ok(Receipt::Done)
    }

    /// What is to be paid to whom, in the order of the checks.
    fn payout_of(&self, case: &Case, place: usize, asked: &DistributeProceeds, today: Date) -> Result<Payout, Reject> {
        let (sale, held) = (&case.record.sales[place], &case.held[place]);
        let frozen = self.plan_in_force(case.record.loan)?;
        let known = !asked.claims.pledges.is_empty() || !asked.claims.owners.is_empty();
        let claims = self.claims_of(&frozen.plan().payees, sale, held, &asked.claims, today);
        let proceeds = Proceeds {
            price: sale.price,
            gap: None,
            debt: None,
        };
        let statement = waterfall::distribute(frozen, &proceeds, &claims)?;
        require(sale.distributed_at.is_none(), Reject::AlreadyDistributed)?;
        require(!known, Reject::ClaimsKnown)?;
        let mut payees = frozen.plan().payees.clone();
        payees.extend(claims.later.iter().cloned());
        let by_court = case.record.road == TitleRoad::Ruling;
        let (due, debts) = match &asked.scheme {
            Some(scheme) => self.by_scheme(case, scheme, sale, today)?,
            None => {
                let paid = statement.by_payee(payees.len());
                let due = payees.iter().cloned().zip(paid).collect();
                (due, self.debts_of(&claims, held, frozen.plan(), &statement))
            }
        };
        let shares: Option<Vec<_>> = due
            .into_iter()
            .filter(|(_, money)| *money > Money::ZERO)
            .map(|(payee, money)| Some((account_of(&payee, asked.trust)?, money)))
            .collect();
        let shares = shares.ok_or(Reject::PayeeAccountMissing)?;
        require(!by_court || asked.scheme.is_some(), Reject::SchemeMissing)?;
        let taken = if by_court {
            Vec::new()
        } else {
            self.taken_over(&claims, held, frozen.plan(), &statement)
        };
        Ok(Payout {
            payees,
            statement,
            shares,
            debts,
            taken,
        })
    }

    /// What is asked of a price: beside what is told, the venue's fee, the pledges that stood on the rights with what is
    /// owed on them today, and the owners.
    fn claims_of(&self, planned: &[Payee], sale: &DisposalSale, held: &Held, told: &Claims, today: Date) -> Claims {
        let mut claims = told.clone();
        claims.pledges.clear();
        claims.owners.clear();
        let venue = Payee::Participant {
            entity: VENUE,
            account: FEE_ACCOUNT,
        };
        if sale.costs.money > Money::ZERO {
            claims.costs.push(SaleCost {
                payee: place_of(planned, &mut claims.later, venue),
                kind: CostKind::Venue,
                amount: sale.costs,
            });
        }
        let mut seen: BTreeSet<LoanId> = BTreeSet::new();
        let (mut rank, mut before) = (0, None);
        for id in &held.pledges {
            let pledge = self.pledging.of(*id);
            if before != Some(pledge.registered_at) {
                (rank, before) = (rank + 1, Some(pledge.registered_at));
            }
            // A debt that several pledges of the rights stand for is asked once.
            if !seen.insert(pledge.loan) {
                continue;
            }
            let lent = self.pledging.lent(pledge.loan);
            let owed = lent.claim.owed(&lent.loan.terms, today);
            let holders = self.holders_of(planned, &mut claims.later, lent, &owed);
            let pledgor = if pledge.pledgor == lent.loan.debtor {
                Pledgor::Debtor
            } else {
                Pledgor::ThirdParty
            };
            claims.pledges.push(RankedPledge {
                rank,
                registered: pledge.registered_at.map_or(today, |at| at.venue_date()),
                pledgor,
                in_rem: pledge.in_rem,
                maximum: pledge.maximum.map(|maximum| maximum.limit),
                contract_maximum: None,
                holders,
            });
        }
        for &Paid { account, parts, .. } in &held.paid {
            let entity = self.ledger.account(account).expect("it was paid").entity;
            let owner = Payee::Participant { entity, account };
            let payee = place_of(planned, &mut claims.later, owner);
            claims.owners.push(OwnersPart { payee, parts });
        }
        claims
    }

    /// The holders of a claim with what each is owed by its parts, and who paid them.
    fn holders_of(&self, planned: &[Payee], later: &mut Vec<Payee>, lent: &Lent, owed: &Owed) -> Vec<SecuredClaim> {
        let currency = lent.loan.terms.principal.currency;
        let parts: Vec<u64> = lent.loan.creditors.iter().map(|share| share.parts.into()).collect();
        let each = |money: Money| apportion(money.minor(), &parts);
        let amount = |minor: i64| Amount::new(currency, Money::from_minor(minor));
        let [costs, interest, principal, doubled] =
            [owed.costs, owed.charged(), owed.principal, owed.doubled].map(each);
        let mut holders: Vec<_> = lent
            .loan
            .creditors
            .iter()
            .enumerate()
            .map(|(place, share)| SecuredClaim {
                payee: self.payee_of(planned, later, share.entity),
                costs: amount(costs[place]),
                interest: amount(interest[place]),
                principal: amount(principal[place]),
                doubled: (doubled[place] > 0).then(|| amount(doubled[place])),
                excess_attached: None,
                payers: Vec::new(),
            })
            .collect();
        for paid in &lent.payers {
            let payee = self.payee_of(planned, later, paid.entity);
            for (holder, part) in holders.iter_mut().zip(each(paid.left)) {
                holder.payers.push(Payer {
                    payee,
                    kind: paid.kind,
                    paid: amount(part),
                    paid_on: paid.on,
                    agreed: paid.agreed,
                    weight: 1,
                });
            }
        }
        holders
    }

    /// A participant's place among the payees: the plan's, or after them those that came later. It is paid into the
    /// account that it opened first; who has none here is paid as an outsider is.
    pub(super) fn payee_of(&self, planned: &[Payee], later: &mut Vec<Payee>, entity: EntityId) -> u32 {
        let payee = match self.ledger.first_account(entity) {
            Some(account) => Payee::Participant { entity, account },
            None => Payee::Outsider {
                name: Name::new(&format!("{}", entity.0)).expect("a number is short"),
            },
        };
        place_of(planned, later, payee)
    }

    /// Who is paid by a court's scheme, and how much of it is counted on the case's claim.
    fn by_scheme(&self, case: &Case, scheme: &CourtScheme, sale: &DisposalSale, today: Date) -> Result<Scheme, Reject> {
        let lent = self.pledging.lent(case.record.loan);
        let owed = lent.claim.owed(&lent.loan.terms, today).total();
        let currency = sale.price.currency;
        let fits = |share: &SchemeShare| {
            share.amount.currency == currency
                && share.debt.currency == currency
                && (1..=MONEY_MAX).contains(&share.amount.money.minor())
                && (Money::ZERO..=share.amount.money).contains(&share.debt.money)
        };
        let sum = |of: fn(&SchemeShare) -> Money| -> i128 {
            scheme.shares.iter().map(|share| i128::from(of(share).minor())).sum()
        };
        let distinct: BTreeSet<_> = scheme.shares.iter().map(|share| name_of(&share.payee)).collect();
        let debt = sum(|share| share.debt.money);
        let sound = (1..=SCHEME_MAX).contains(&scheme.shares.len())
            && distinct.len() == scheme.shares.len()
            && case.record.road == TitleRoad::Ruling
            && scheme.shares.iter().all(fits)
            && sum(|share| share.amount.money) == i128::from(sale.price.money.minor())
            && debt <= i128::from(owed.minor());
        require(sound, Reject::SchemeInvalid)?;
        for share in &scheme.shares {
            self.check_payee(&share.payee)?;
        }
        let due = scheme
            .shares
            .iter()
            .map(|share| (share.payee.clone(), share.amount.money));
        let debt = Money::from_minor(i64::try_from(debt).expect("a part of what is held"));
        Ok((due.collect(), vec![(case.record.loan, debt)]))
    }

    /// How much of what the statement gives is counted on which claim: what its holders have in its rank. A holder of two
    /// claims has a line for each, in the order in which they were asked.
    fn debts_of(&self, claims: &Claims, held: &Held, plan: &Plan, statement: &Statement) -> Vec<(LoanId, Money)> {
        let mut lines = statement.lines.iter().filter(|line| {
            let tier = &statement.tiers[line.tier as usize];
            tier.kind == TierKind::Secured
        });
        let mut debts = Vec::new();
        for (loan, ranked) in self.by_rank(claims, held, plan) {
            let asked = ranked.holders.iter().map(lines_of).sum();
            let paid = lines.by_ref().take(asked);
            let debt = paid.fold(Money::ZERO, |sum, line| sum.plus(line.paid.money));
            debts.push((loan, debt));
        }
        debts
    }

    /// How much of what somebody paid for a loan the statement gives back, by its place among those who did.
    fn taken_over(
        &self,
        claims: &Claims,
        held: &Held,
        plan: &Plan,
        statement: &Statement,
    ) -> Vec<(LoanId, usize, Money)> {
        let mut lines = statement.lines.iter().filter(|line| line.kind == ClaimKind::TakenOver);
        let mut taken = Vec::new();
        for (loan, ranked) in self.by_rank(claims, held, plan) {
            for holder in &ranked.holders {
                for place in 0..holder.payers.len() {
                    let line = lines.next().expect("each that paid has a line");
                    taken.push((loan, place, line.paid.money));
                }
            }
        }
        taken
    }

    /// The pledges with their loans, in the order in which the waterfall pays them.
    fn by_rank<'a>(&self, claims: &'a Claims, held: &Held, plan: &Plan) -> Vec<(LoanId, &'a RankedPledge)> {
        let mut seen: BTreeSet<LoanId> = BTreeSet::new();
        let loans = held.pledges.iter().map(|id| self.pledging.of(*id).loan);
        let loans = loans.filter(|loan| seen.insert(*loan));
        let mut ranked: Vec<_> = loans.zip(&claims.pledges).collect();
        ranked.sort_by_key(|(_, pledge)| {
            let stands = pledge.in_rem.then(|| stands_in(&plan.ranks, pledge.rank));
            (stands.is_none(), stands)
        });
        ranked
    }

    /// Pays: the money moves, the statement is told, what the claims' holders have is counted, and the pledges of which
    /// nothing is left are closed.
    fn pay_out(
        &mut self,
        id: DisposalId,
        place: usize,
        payout: Payout,
        scheme: Option<CourtScheme>,
        tell: &mut Tell<'_>,
    ) {
        let case = self.disposals.of(id);
        let (sale, held) = (case.record.sales[place].clone(), case.held[place].clone());
        let mut sources = held.paid.iter().map(|paid| (paid.account, paid.money));
        let mut source = sources.next();
        for &(to, share) in &payout.shares {
            let mut due = share;
            while due > Money::ZERO {
                let (from, there) = source.expect("the shares are what is held");
                let part = due.min(there);
                self.split_escrow(Seq(id.0), from, part, to, tell);
                due = due.minus(part);
                source = if there == part {
                    sources.next()
                } else {
                    Some((from, there.minus(part)))
                };
            }
        }
        let record = Distribution {
            disposal: id,
            transfer: sale.transfer,
            part: sale.part,
            payees: payout.payees.clone(),
            statement: payout.statement,
            scheme,
        };
        let readers = self.readers_of_payout(id, &held.pledges, &payout.payees);
        self.disposals.of_mut(id).record.sales[place].distributed_at = Some(tell.at);
        tell.record(readers, Record::Distribution(record));
        self.close_exhausted(&held.pledges, tell);
        for (loan, place, back) in payout.taken.into_iter().filter(|(.., back)| *back > Money::ZERO) {
            self.pay_back(loan, place, back, tell);
        }
        for (loan, debt) in payout.debts.into_iter().filter(|(_, debt)| *debt > Money::ZERO) {
            let amount = Amount::new(sale.price.currency, debt);
            self.repay(loan, amount, tell.at.venue_date(), (None, None), tell);
        }
        let loan = self.disposals.of(id).record.loan;
        self.disposals.unsettle(loan);
        self.tell_case(id, tell);
    }

    /// Who may read what became of a price: who is named in it, who held a pledge, who gave one, and the parties of the
    /// case's loan.
    fn readers_of_payout(&self, id: DisposalId, pledges: &[PledgeId], payees: &[Payee]) -> Readers {
        let Readers::Only(mut readers) = self.readers_of_case(self.disposals.of(id)) else {
            unreachable!("a case's parties are named");
        };
        let pledges = pledges.iter().map(|id| self.pledging.of(*id));
        readers.extend(pledges.flat_map(|pledge| pledge.pledgees.iter().map(|share| share.entity)));
        readers.extend(payees.iter().filter_map(|payee| match payee {
            Payee::Participant { entity, .. } => Some(*entity),
            Payee::Outsider { .. } => None,
        }));
        readers.sort_unstable();
        readers.dedup();
        Readers::Only(readers)
    }

    /// Whether a payee that takes part here is paid into an account of its own.
    pub(super) fn check_payee(&self, payee: &Payee) -> Result<(), Reject> {
        let Payee::Participant { entity, account } = payee else {
            return Ok(());
        };
        // Another's account is as good as none.
        let of = self.ledger.account(*account)?.entity;
        require(of == *entity, Reject::UnknownAccount)
    }
}

/// What tells a payee from another.
fn name_of(payee: &Payee) -> (u64, &str) {
    match payee {
        Payee::Participant { entity, .. } => (u64::from(entity.0) + 1, ""),
        Payee::Outsider { name } => (0, name.as_str()),
    }
}

/// The account into which a payee is paid: its own, or that from which those are paid that have none here.
fn account_of(payee: &Payee, trust: Option<AccountId>) -> Option<AccountId> {
    match payee {
        Payee::Participant { account, .. } => Some(*account),
        Payee::Outsider { .. } => trust,
    }
}

/// How many lines of a statement are a holder's own.
fn lines_of(claim: &SecuredClaim) -> usize {
    let parts = [
        Some(claim.costs),
        Some(claim.interest),
        Some(claim.principal),
        claim.doubled,
    ];
    parts
        .into_iter()
        .flatten()
        .filter(|part| part.money > Money::ZERO)
        .count()
}

/// A payee's place among those of the plan and those that came later; it joins these if it is in neither.
fn place_of(planned: &[Payee], later: &mut Vec<Payee>, payee: Payee) -> u32 {
    let place = planned
        .iter()
        .chain(&*later)
        .position(|other| name_of(other) == name_of(&payee));
    let place = place.unwrap_or_else(|| {
        later.push(payee.clone());
        planned.len() + later.len() - 1
    });
    u32::try_from(place).expect("a list is bounded")
}
