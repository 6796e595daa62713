//! What a sale of a case brought is paid out by the plan's waterfall, or where a court sold by the court's scheme
//! (RULES.md 2.8; PLEDGES.md 4; 民法典 438, 561; 法释〔2016〕18号 24, 25).
//!
//! Invariant: what is held of a sale is paid once, all of it, and what a defaulting buyer's deposit gave with it; the
//! statement says who has each fen, and what a claim's holders have of it is counted on the claim in the same command.

use crate::{
    book::Book,
    disposal::claimed::{asked, counts, name_of, parts_of},
    kit::{
        checks::{require, same_set},
        ids::{FEE_ACCOUNT, VENUE},
    },
    register::{
        disposals::{Case, Forfeited, Found, FoundDebt, PaidOut, PartId, Payout},
        party::User,
    },
    state::Exchange,
    sums::{
        disposal::wages_are_ahead,
        scales::{Scaled, check_costs},
        waterfall::{self, FrozenPlan, stands_in},
    },
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec, vec::Vec};
use protocol::{
    AccountId, Amount, Date, DisposalId, LoanId, MONEY_MAX, Money, PledgeId, Readers, Receipt, Record, Reject, Seq,
    disposal::{
        CourtScheme, DisposalSale, DistributeProceeds, Distribution, MiddleRate, SCHEME_MAX, SchemeShare, TitleRoad,
    },
    plan::{ClaimKind, Claims, Payee, Plan, Proceeds, RankedPledge, SecuredClaim, Statement, TierKind, WageClaim},
};

/// What is told of a price: with a distribution, or anew with a correction of it.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub claims: &'a Claims,
    pub trust: Option<AccountId>,
    pub scheme: Option<&'a CourtScheme>,
    pub rates: &'a [MiddleRate],
}

/// What a price is shared out among.
pub(super) struct Priced<'a> {
    pub frozen: &'a FrozenPlan,
    pub sale: &'a DisposalSale,
    pub proceeds: Proceeds,
    pub found: &'a Found,
}

/// What is kept of a payout once it is told.
pub(super) struct Kept {
    pub proceeds: Proceeds,
    pub shares: Vec<(AccountId, Money)>,
    pub debts: Vec<(LoanId, Money)>,
    pub taken: Vec<(LoanId, u32, Money)>,
}

/// Who has how much by a court's scheme, and how much of it is counted on which claim, in the price's currency.
type Scheme<'a> = (Vec<(&'a Payee, Money)>, Vec<Money>);

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
        let told = Told {
            claims: &asked.claims,
            trust: asked.trust,
            scheme: asked.scheme.as_ref(),
            rates: &asked.rates,
        };
        self.check_told(&told)?;
        let place = case.place_of((asked.transfer, asked.part), |sale| sale.distributed_at.is_none());
        let selling = self.cases_selling(asked.transfer);
        let selling = selling.iter().any(|of| of.record.disposal == id);
        let Some(place) = place else {
            return Err(if selling {
                Reject::DistributedBeforeRecorded
            } else {
                Reject::UnknownTransfer
            });
        };
        let today = tell.at.venue_date();
        let sale = &case.record.sales[place];
        let frozen = self.plan_in_force(case.record.loan)?;
        let found = self.found_of(&frozen.plan().payees, sale, &case.held[place], today);
        let priced = Priced {
            frozen,
            sale,
            proceeds: self.proceeds_of(case, sale),
            found: &found,
        };
        let open = require(sale.distributed_at.is_none(), Reject::AlreadyDistributed);
        let payout = self.payout_of(case, &priced, &told, (open, today))?;
        require(!self.has_forfeit_before(case, sale), Reject::ForfeitUnsettled)?;

        let plan = frozen.digest();
        self.pay_out(id, place, (plan, found, payout), tell);
        Ok(Receipt::Done)
    }

    /// Whether accounts are named that can be paid from, and into.
    pub(super) fn check_told(&self, told: &Told<'_>) -> Result<(), Reject> {
        if let Some(trust) = told.trust {
            let of = self.ledger.account(trust)?.entity;
            // What is others' does not mix with fees.
            require(of == VENUE && trust != FEE_ACCOUNT, Reject::UnknownAccount)?;
        }
        told.claims.later.iter().try_for_each(|payee| self.check_payee(payee))
    }

    /// What is to be paid to whom, in the order of the checks.
    pub(super) fn payout_of(
        &self,
        case: &Case,
        priced: &Priced<'_>,
        told: &Told<'_>,
        (open, today): (Result<(), Reject>, Date),
    ) -> Result<Payout, Reject> {
        let &Priced {
            frozen,
            sale,
            proceeds,
            found,
        } = priced;
        let (plan, price) = (frozen.plan(), sale.price);
        let known = !told.claims.pledges.is_empty() || !told.claims.owners.is_empty();
        let (mut claims, rates) = asked(&plan.payees, found, told.claims, (told.rates, price.currency), today);
        let statement = waterfall::distribute(frozen, &proceeds, &claims)?;
        open?;
        require(!known, Reject::ClaimsKnown)?;
        let later = core::mem::take(&mut claims.later);
        let mut payees = Vec::with_capacity(plan.payees.len() + later.len());
        payees.extend_from_slice(&plan.payees);
        payees.extend(later);
        let by_court = case.record.road == TitleRoad::Ruling;
        let ranked = by_rank(&claims, found, plan);
        let (due, counted) = match told.scheme {
            Some(scheme) => self.by_scheme(case, scheme, statement.gross, &ranked)?,
            None => {
                let paid = statement.by_payee(payees.len());
                let due = payees.iter().zip(paid).collect();
                (due, counted_by(&ranked, &proceeds, &statement))
            }
        };
        let mut shares = Vec::with_capacity(due.len());
        for (payee, money) in due.into_iter().filter(|(_, money)| *money > Money::ZERO) {
            let account = account_of(payee, told.trust).ok_or(Reject::PayeeAccountMissing)?;
            shares.push((account, money));
        }
        require(!by_court || told.scheme.is_some(), Reject::SchemeMissing)?;
        let own = ranked.iter().find(|(debt, _)| debt.loan == case.record.loan);
        let own = own.map_or(Money::ZERO, |(_, pledge)| all_asked(pledge));
        let loan = self.pledging.lent(case.record.loan).loan;
        let principal = loan.terms.principal;
        // What was lent is at stake at least, whatever was paid of it since the court took the case.
        let lent = Money::max(
            own,
            if principal.currency == price.currency {
                principal.money
            } else {
                own
            },
        );
        let scaled = Scaled {
            price,
            claim: Amount::new(price.currency, lent),
            appraisal: self.appraisal_of(sale),
        };
        check_costs(&claims.costs, &scaled)?;
        let bankrupt = loan.insolvency.is_some();
        let ahead = |wage: &WageClaim| bankrupt && wages_are_ahead(wage.owed);
        require(claims.wages.iter().all(ahead), Reject::WagesNotAhead)?;
        rates?;
        let debts = ranked.iter().zip(&counted);
        let debts = debts.map(|((debt, pledge), paid)| (debt.loan, counts(*paid, all_asked(pledge), debt.total())));
        let debts: Vec<_> = debts.collect();
        let taken = if by_court {
            Vec::new()
        } else {
            taken_over(&ranked, &statement)
        };
        Ok(Payout {
            payees,
            proceeds,
            scheme: told.scheme.cloned(),
            rates: told.rates.to_vec(),
            statement,
            shares,
            debts,
            taken,
        })
    }

    /// What there is to share out: the price, and what the deposits of buyers that did not pay gave (法释〔2016〕18号 24).
    fn proceeds_of(&self, case: &Case, sale: &DisposalSale) -> Proceeds {
        let (mut gap, mut debt) = (Money::ZERO, Money::ZERO);
        for forfeit in case.forfeits.iter().filter(|one| self.joins(case, one, sale)) {
            (gap, debt) = (gap.plus(forfeit.gap.money), debt.plus(forfeit.debt.money));
        }
        let some = |money: Money| (money > Money::ZERO).then(|| Amount::new(sale.price.currency, money));
        Proceeds {
            price: sale.price,
            gap: some(gap),
            debt: some(debt),
        }
    }

    /// Whether what a deposit gave is shared out with this sale: it was settled by it, or by one that came to nothing.
    fn joins(&self, case: &Case, forfeit: &Forfeited, sale: &DisposalSale) -> bool {
        let own = |sale: &DisposalSale| (sale.transfer, sale.part) == (forfeit.resale, forfeit.part);
        let held = |sale: &DisposalSale| own(sale) && sale.distributed_at.is_none();
        let resale = self.sales.get(forfeit.resale);
        let lives = case.record.sales.iter().any(held) || resale.is_some_and(|sale| sale.is_funded());
        own(sale) || !lives
    }

    /// Whether this sale sells what is left of rights for which a buyer bid before and did not pay, and its deposit was not
    /// settled by it.
    fn has_forfeit_before(&self, case: &Case, sale: &DisposalSale) -> bool {
        let lots = case.defaults.iter().map(|lot| self.lots.of(*lot));
        let mut before = lots.filter(|lot| lot.currency() == sale.price.currency && lot.id.0 < sale.transfer.0);
        before.any(|lot| {
            let noted = || lot.resales.iter().map(|(resale, _)| *resale);
            let of = |resale| self.sales.get(resale).map(|sale| &sale.record.assets);
            let mut sold: Vec<_> = noted().filter_map(of).flatten().copied().collect();
            sold.extend(&self.sales.of(sale.transfer).record.assets);
            same_set(&sold, &lot.terms.assets) && noted().all(|resale| resale != sale.transfer)
        })
    }

    /// What rights were appraised at, where all of them were, in the price's currency.
    fn appraisal_of(&self, sale: &DisposalSale) -> Option<Money> {
        let value = |asset| {
            let last = self.last_valuation(asset)?;
            let appraised = last.appraiser.is_some() && last.value.currency == sale.price.currency;
            appraised.then_some(last.value.money)
        };
        let mut values = sale.assets.iter().map(|asset| value(*asset));
        values.try_fold(Money::ZERO, |sum, value| sum.checked_add(value?))
    }

    /// Who is paid by a court's scheme, and how much of it is counted on the case's claim.
    fn by_scheme<'a>(
        &self,
        case: &Case,
        scheme: &'a CourtScheme,
        gross: Amount,
        ranked: &[(&FoundDebt, &RankedPledge)],
    ) -> Result<Scheme<'a>, Reject> {
        let own = |debt: &FoundDebt| debt.loan == case.record.loan;
        let owed = ranked
            .iter()
            .filter(|(debt, _)| own(debt))
            .map(|(_, pledge)| all_asked(pledge));
        let owed = owed.fold(Money::ZERO, Money::plus);
        let fits = |share: &SchemeShare| {
            share.amount.currency == gross.currency
                && share.debt.currency == gross.currency
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
            && sum(|share| share.amount.money) == i128::from(gross.money.minor())
            && debt <= i128::from(owed.minor());
        require(sound, Reject::SchemeInvalid)?;
        for share in &scheme.shares {
            self.check_payee(&share.payee)?;
        }
        let due = scheme.shares.iter().map(|share| (&share.payee, share.amount.money));
        let debt = Money::from_minor(i64::try_from(debt).expect("a part of what is held"));
        let counted = ranked.iter().map(|(of, _)| if own(of) { debt } else { Money::ZERO });
        Ok((due.collect(), counted.collect()))
    }

    /// Pays: the money moves, the statement is told, what the claims' holders have is counted, and the pledges of which
    /// nothing is left are closed.
    fn pay_out(
        &mut self,
        id: DisposalId,
        place: usize,
        (plan, found, payout): (protocol::Digest, Found, Payout),
        tell: &mut Tell<'_>,
    ) {
        let case = self.disposals.of(id);
        let (of, held, loan) = (case.part_at(place), case.held[place].clone(), case.record.loan);
        let sale = &case.record.sales[place];
        let joined: Vec<bool> = case.forfeits.iter().map(|one| self.joins(case, one, sale)).collect();
        let mut joined = joined.into_iter();
        let forfeits = &mut self.disposals.of_mut(id).forfeits;
        let given: Vec<_> = forfeits.extract_if(.., |_| joined.next() == Some(true)).collect();
        let given = given.iter().flat_map(|forfeit| &forfeit.paid).copied();
        let held_of = held.paid.iter().map(|paid| (paid.account, paid.money));
        let sources: Vec<_> = held_of.chain(given).collect();
        self.move_shares(Seq(id.0), &sources, &payout.shares, tell);
        self.disposals.of_mut(id).record.sales[place].distributed_at = Some(tell.at);
        let Kept {
            proceeds,
            shares,
            debts,
            taken,
        } = self.tell_paid(of, (payout, 0), &held.pledges, tell);
        self.close_exhausted(&held.pledges, tell);
        for &(loan, place, back) in taken.iter().filter(|(.., back)| *back > Money::ZERO) {
            self.pay_back(loan, place as usize, back, tell);
        }
        for &(loan, debt) in debts.iter().filter(|(_, debt)| *debt > Money::ZERO) {
            let currency = self.pledging.lent(loan).loan.terms.principal.currency;
            self.repay(
                loan,
                Amount::new(currency, debt),
                tell.at.venue_date(),
                (None, None),
                tell,
            );
        }
        let paid = PaidOut {
            plan,
            found,
            proceeds,
            shares,
            debts,
            taken,
            corrections: 0,
            waiting: None,
        };
        self.disposals.paid_out.insert(of, paid);
        self.disposals.unsettle(loan);
        self.tell_case(id, tell);
    }

    /// Pays shares out of what is held in these accounts, one after another; both are as much.
    pub(super) fn move_shares(
        &mut self,
        deal: Seq,
        sources: &[(AccountId, Money)],
        shares: &[(AccountId, Money)],
        tell: &mut Tell<'_>,
    ) {
        let mut shares = shares.iter().copied().filter(|(_, share)| *share > Money::ZERO);
        let mut due = shares.next();
        let mut parts = Vec::with_capacity(shares.size_hint().1.map_or(0, |more| more + 1));
        for &(from, there) in sources {
            parts.clear();
            let mut left = there;
            while let Some((to, share)) = due.filter(|_| left > Money::ZERO) {
                let part = share.min(left);
                parts.push((to, part));
                left = left.minus(part);
                due = if part == share {
                    shares.next()
                } else {
                    Some((to, share.minus(part)))
                };
            }
            self.pay_parts(deal, from, &parts, tell);
        }
        assert!(due.is_none(), "the shares are what is held");
    }

    /// Tells what became of a price, and gives back what is kept of it.
    pub(super) fn tell_paid(
        &self,
        (disposal, transfer, part): PartId,
        (payout, correction): (Payout, u32),
        pledges: &[PledgeId],
        tell: &mut Tell<'_>,
    ) -> Kept {
        let readers = self.readers_of_payout(disposal, pledges, &payout.payees);
        let record = Distribution {
            disposal,
            transfer,
            part,
            payees: payout.payees,
            statement: payout.statement,
            scheme: payout.scheme,
            proceeds: payout.proceeds,
            rates: payout.rates,
            correction,
        };
        tell.record(readers, Record::Distribution(record));
        Kept {
            proceeds: payout.proceeds,
            shares: payout.shares,
            debts: payout.debts,
            taken: payout.taken,
        }
    }

    /// Who may read what became of a price: who is named in it, who held a pledge, who gave one, and the parties of the
    /// case's loan.
    pub(super) fn readers_of_payout(&self, id: DisposalId, pledges: &[PledgeId], payees: &[Payee]) -> Readers {
        let Readers::Only(mut readers) = self.readers_of_case(self.disposals.of(id)) else {
            unreachable!("a case's parties are named");
        };
        let pledges = pledges.iter().map(|id| self.pledging.of(*id));
        readers.extend(pledges.flat_map(|pledge| pledge.pledgees).map(|share| share.entity));
        readers.reserve(payees.len());
        readers.extend(payees.iter().filter_map(|payee| match payee {
            Payee::Participant { entity, .. } => Some(*entity),
            Payee::Outsider { .. } => None,
        }));
        // Payees are often named in the order in which they came here: a stable sort finds what is sorted already.
        readers.sort();
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

/// The account into which a payee is paid: its own, or that from which those are paid that have none here.
fn account_of(payee: &Payee, trust: Option<AccountId>) -> Option<AccountId> {
    match payee {
        Payee::Participant { account, .. } => Some(*account),
        Payee::Outsider { .. } => trust,
    }
}

/// The debts that are asked of a price with the pledges for them, in the order in which the waterfall pays them.
fn by_rank<'a>(claims: &'a Claims, found: &'a Found, plan: &Plan) -> Vec<(&'a FoundDebt, &'a RankedPledge)> {
    let mut ranked: Vec<_> = found.debts.iter().zip(&claims.pledges).collect();
    ranked.sort_by_key(|(_, pledge)| {
        let stands = pledge.in_rem.then(|| stands_in(&plan.ranks, pledge.rank));
        (stands.is_none(), stands)
    });
    ranked
}

/// All that the holders of a pledge ask.
fn all_asked(pledge: &RankedPledge) -> Money {
    let parts = pledge.holders.iter().flat_map(parts_of);
    parts.fold(Money::ZERO, Money::plus)
}

/// How much of what the statement gives is counted on which claim: what its holders have of the deposit and in its rank. A
/// holder of two claims has a line for each, in the order in which they were asked.
fn counted_by(ranked: &[(&FoundDebt, &RankedPledge)], proceeds: &Proceeds, statement: &Statement) -> Vec<Money> {
    let mut deposit = proceeds.debt.map_or(Money::ZERO, |debt| debt.money);
    let mut lines = statement.lines.iter().filter(|line| {
        let tier = &statement.tiers[line.tier as usize];
        tier.kind == TierKind::Secured
    });
    let mut of_holder = |holder: &SecuredClaim| {
        let mut paid = Money::ZERO;
        for part in parts_of(holder) {
            let given = part.min(deposit);
            (deposit, paid) = (deposit.minus(given), paid.plus(given));
            // What the deposit leaves of it has a line in its rank.
            if part > given {
                let line = lines.next().expect("each part that is asked has a line");
                paid = paid.plus(line.paid.money);
            }
        }
        paid
    };
    let mut of_pledge = |pledge: &RankedPledge| {
        let paid = pledge.holders.iter().map(&mut of_holder);
        paid.fold(Money::ZERO, Money::plus)
    };
    ranked.iter().map(|(_, pledge)| of_pledge(pledge)).collect()
}

/// How much of what somebody paid for a loan the statement gives back, by its place among those who did.
fn taken_over(ranked: &[(&FoundDebt, &RankedPledge)], statement: &Statement) -> Vec<(LoanId, u32, Money)> {
    let mut lines = statement.lines.iter().filter(|line| line.kind == ClaimKind::TakenOver);
    let mut taken = Vec::new();
    for (debt, pledge) in ranked {
        let mut sums = vec![(Money::ZERO, Money::ZERO); debt.left.len()];
        for holder in &pledge.holders {
            for (payer, (asked, paid)) in holder.payers.iter().zip(&mut sums) {
                let line = lines.next().expect("each that paid has a line");
                (*asked, *paid) = (asked.plus(payer.paid.money), paid.plus(line.paid.money));
            }
        }
        for ((place, (asked, paid)), left) in (0..).zip(sums).zip(&debt.left) {
            taken.push((debt.loan, place, counts(paid, asked, *left)));
        }
    }
    taken
}
