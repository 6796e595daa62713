//! A distribution whose claims were told wrongly is corrected by a second statement and by postings of the differences; the
//! first stays as it was told, and nothing is edited.
//!
//! Invariant: cash leaves by its owner's word (decision 0038): nothing is posted until everybody has agreed who has to give
//! back, and what each gives back is held under the correction's number from its word on. A refusal frees all of it. What was
//! found here stands as it was on the day of the distribution; only what was told can have been wrong.

use crate::{
    book::Book,
    disposal::{
        claimed::name_of,
        payout::{Kept, Priced, Told},
    },
    kit::checks::require,
    pledge::loans::MAY_ACT,
    register::{
        disposals::{Correcting, PaidOut, PartId, Payout},
        party::User,
    },
    state::Exchange,
    sums::interest::{Claim, counted_on},
    tell::Tell,
};
use alloc::{collections::BTreeMap, vec::Vec};
use protocol::{
    AccountId, Amount, Date, EntityId, LoanId, Money, PledgeId, Readers, Receipt, Record, Reject, Seq,
    disposal::{AgreeCorrection, CorrectDistribution, Correction, CorrectionState, Difference, DisposalSale},
    plan::Payee,
};

/// What a correction does to a debt.
struct Rebooked {
    loan: LoanId,
    /// As it is owed again, if it is.
    again: Option<Claim>,
    /// What more counts on it.
    more: Money,
    /// What is to come back to those who paid it, by their places.
    lefts: Vec<(usize, Money)>,
}

impl<B: Book> Exchange<B> {
    /// Tells anew what was asked of a price that is paid out.
    pub(crate) fn correct_distribution(
        &mut self,
        user: User,
        asked: &CorrectDistribution,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let case = self.case_acting(user, asked.disposal)?;
        let told = Told {
            claims: &asked.claims,
            trust: asked.trust,
            scheme: asked.scheme.as_ref(),
            rates: &asked.rates,
        };
        self.check_told(&told)?;
        let place = case.place_of((asked.transfer, asked.part), |sale| sale.distributed_at.is_some());
        let place = place.ok_or(Reject::UnknownTransfer)?;
        let of = case.part_at(place);
        let paid = self.disposals.paid_out.get(&of);
        let paid = paid.ok_or(Reject::NotDistributed)?;
        let frozen = self.plan_in_force(case.record.loan)?;
        require(frozen.digest() == paid.plan, Reject::PlanDiffers)?;
        let priced = Priced {
            frozen,
            sale: &case.record.sales[place],
            proceeds: paid.proceeds,
            found: &paid.found,
        };
        let today = tell.at.venue_date();
        let payout = self.payout_of(case, &priced, &told, (Ok(()), today))?;
        let (back, more) = differences(&paid.shares, &payout.shares);
        let same = back.is_empty() && paid.debts == payout.debts && paid.taken == payout.taken;
        require(!same, Reject::NothingToCorrect)?;
        self.rebooked(paid, &payout, today)?;

        if let Some(before) = paid.waiting {
            self.drop_correction(before, tell);
        }
        let paid = self.disposals.paid_out.get_mut(&of).expect("it was asked for");
        paid.corrections += 1;
        paid.waiting = Some(tell.seq);
        let correcting = Correcting {
            of,
            number: paid.corrections,
            payout,
            back,
            more,
            agreed: Vec::new(),
            evidence: asked.evidence,
        };
        self.disposals.corrections.insert(tell.seq, correcting);
        if self.is_agreed(tell.seq) {
            self.post_correction(tell.seq, tell);
        } else {
            self.tell_correction(tell.seq, CorrectionState::Proposed, tell);
        }
        Ok(Receipt::Done)
    }

    /// Agrees to give back by a correction, or ends it.
    pub(crate) fn agree_correction(
        &mut self,
        user: User,
        asked: &AgreeCorrection,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.disposal;
        user.may(MAY_ACT)?;
        let case = self.disposals.case(id)?;
        let paid_of = |sale: &DisposalSale| self.disposals.paid_out.get(&(id, sale.transfer, sale.part));
        let waits = |sale: &DisposalSale| paid_of(sale).is_some_and(|paid| paid.waiting.is_some());
        let place = case.place_of((asked.transfer, asked.part), waits);
        let paid = place.and_then(|place| paid_of(&case.record.sales[place]));
        let waiting = paid.and_then(|paid| paid.waiting);
        let correcting = waiting.map(|waiting| (waiting, &self.disposals.corrections[&waiting]));
        let gives = correcting.is_some_and(|(_, one)| self.back_of(one, user.entity).next().is_some());
        let knows = gives || user.is_operator() || self.readers_of_case(case).has(user.entity);
        require(knows, Reject::UnknownDisposal)?;
        let acts = user.is_operator() || self.acts_in(case) == user.entity;
        require(gives || acts && !asked.agrees, Reject::NotAParty)?;
        let named = correcting.filter(|(_, one)| one.number == asked.number);
        let (seq, correcting) = named.ok_or(Reject::CorrectionOver)?;
        if !asked.agrees {
            self.drop_correction(seq, tell);
            return Ok(Receipt::Done);
        }
        require(!correcting.agreed.contains(&user.entity), Reject::StateForbids)?;
        let currency = correcting.payout.proceeds.price.currency;
        let own: Vec<_> = self.back_of(correcting, user.entity).collect();
        for &(account, money) in &own {
            self.check_escrow(account, Amount::new(currency, money))?;
        }
        let paid = paid.expect("it waits");
        self.rebooked(paid, &correcting.payout, tell.at.venue_date())?;

        for (account, money) in own {
            self.hold_escrow(seq, account, Amount::new(currency, money), tell);
        }
        let correcting = self.disposals.corrections.get_mut(&seq).expect("it waits");
        correcting.agreed.push(user.entity);
        if self.is_agreed(seq) {
            self.post_correction(seq, tell);
        } else {
            self.tell_correction(seq, CorrectionState::Proposed, tell);
        }
        Ok(Receipt::Done)
    }

    /// What a participant has to give back, by account.
    fn back_of(&self, correcting: &Correcting, entity: EntityId) -> impl Iterator<Item = (AccountId, Money)> {
        let own = move |account| self.ledger.account(account).map(|account| account.entity) == Ok(entity);
        correcting
            .back
            .iter()
            .copied()
            .filter(move |(account, _)| own(*account))
    }

    /// Whether everybody has agreed who has to give back.
    fn is_agreed(&self, seq: Seq) -> bool {
        let correcting = &self.disposals.corrections[&seq];
        let mut owners = correcting
            .back
            .iter()
            .map(|(account, _)| self.owner_of_account(*account));
        owners.all(|entity| correcting.agreed.contains(&entity))
    }

    fn owner_of_account(&self, account: AccountId) -> EntityId {
        self.ledger.account(account).expect("it was paid").entity
    }

    /// How the debts stand once a correction is posted, if they leave room for it by now.
    fn rebooked(&self, paid: &PaidOut, payout: &Payout, today: Date) -> Result<Vec<Rebooked>, Reject> {
        let impossible = |_| Reject::CorrectionImpossible;
        let found = |loan: LoanId| paid.found.debts.iter().find(|debt| debt.loan == loan);
        let debts = paid.debts.iter().zip(&payout.debts);
        debts
            .map(|(&(loan, before), &(_, after))| {
                let found = found(loan).expect("what was paid was found");
                let lent = &self.pledging.lent(loan);
                let terms = &lent.loan.terms;
                let owed = lent.claim.owed(terms, today).total();
                let more = after.minus(before.min(after));
                require(more <= owed, Reject::CorrectionImpossible)?;
                let [before, after] = [before, after].map(|paid| counted_on(found.parts, terms.order, paid));
                let mut parts = [Money::ZERO; 4];
                for (part, (before, after)) in parts.iter_mut().zip(before.into_iter().zip(after)) {
                    *part = before.minus(after.min(before));
                }
                let gives = parts.iter().any(|part| *part > Money::ZERO) && more == Money::ZERO;
                let mut again = gives.then(|| lent.claim.clone());
                if let Some(claim) = &mut again {
                    claim.owe_again(terms, parts, today).map_err(impossible)?;
                }
                let mut lefts = Vec::new();
                let had = |taken: &[(LoanId, u32, Money)], place: u32| {
                    let mut of = taken.iter().filter(|(of, at, _)| (*of, *at) == (loan, place));
                    of.next().map_or(Money::ZERO, |(.., money)| *money)
                };
                for place in (0..).take(found.left.len()) {
                    let [before, after] = [&paid.taken, &payout.taken].map(|taken| had(taken, place));
                    let place = place as usize;
                    let left = lent.payers[place].left.plus(before).checked_sub(after);
                    let left = left
                        .filter(|left| *left >= Money::ZERO)
                        .ok_or(Reject::CorrectionImpossible)?;
                    if before != after {
                        lefts.push((place, left));
                    }
                }
                Ok(Rebooked {
                    loan,
                    again,
                    more,
                    lefts,
                })
            })
            .collect()
    }

    /// Everybody has agreed: the differences are posted, a second statement is told, and the debts follow.
    fn post_correction(&mut self, seq: Seq, tell: &mut Tell<'_>) {
        let correcting = self.disposals.corrections[&seq].clone();
        let Correcting {
            of,
            number,
            payout,
            back,
            more,
            ..
        } = correcting;
        let paid = &self.disposals.paid_out[&of];
        let rebooked = self
            .rebooked(paid, &payout, tell.at.venue_date())
            .expect("asked before");
        self.move_shares(seq, &back, &more, tell);
        self.tell_correction(seq, CorrectionState::Posted, tell);
        self.disposals.corrections.remove(&seq);
        let pledges = self.pledges_paid(of).to_vec();
        let Kept {
            shares, debts, taken, ..
        } = self.tell_paid(of, (payout, number), &pledges, tell);
        let paid = self.disposals.paid_out.get_mut(&of).expect("it was paid out");
        (paid.shares, paid.debts, paid.taken) = (shares, debts, taken);
        paid.waiting = None;
        for Rebooked {
            loan,
            again,
            more,
            lefts,
        } in rebooked
        {
            if again.is_some() || !lefts.is_empty() {
                self.rebook(loan, again, &lefts, tell);
            }
            if more > Money::ZERO {
                let currency = self.pledging.lent(loan).loan.terms.principal.currency;
                self.repay(
                    loan,
                    Amount::new(currency, more),
                    tell.at.venue_date(),
                    (None, None),
                    tell,
                );
            }
            self.disposals.unsettle(loan);
        }
    }

    /// A correction ends without a posting: what was set aside for it is free.
    fn drop_correction(&mut self, seq: Seq, tell: &mut Tell<'_>) {
        self.tell_correction(seq, CorrectionState::Dropped, tell);
        let correcting = self.disposals.corrections.remove(&seq).expect("it waits");
        for (account, _) in &correcting.back {
            self.release_escrow(seq, *account, tell);
        }
        let paid = self.disposals.paid_out.get_mut(&correcting.of);
        paid.expect("it was paid out").waiting = None;
    }

    /// Tells how a correction stands to those who may read the distribution, and to who gives back.
    fn tell_correction(&self, seq: Seq, state: CorrectionState, tell: &mut Tell<'_>) {
        let correcting = &self.disposals.corrections[&seq];
        let currency = correcting.payout.proceeds.price.currency;
        let difference = |&(account, money): &(AccountId, Money)| Difference {
            entity: self.owner_of_account(account),
            account,
            amount: Amount::new(currency, money),
        };
        let of = correcting.of;
        let record = Correction {
            disposal: of.0,
            transfer: of.1,
            part: of.2,
            number: correcting.number,
            state,
            back: correcting.back.iter().map(difference).collect(),
            more: correcting.more.iter().map(difference).collect(),
            agreed: correcting.agreed.clone(),
            evidence: correcting.evidence,
        };
        tell.record(self.readers_of_correction(of, &record), Record::Correction(record));
    }

    /// The pledges that stood on what was sold of a part that is paid out.
    fn pledges_paid(&self, (id, transfer, part): PartId) -> &[PledgeId] {
        let case = self.disposals.of(id);
        let place = case.place_of((transfer, Some(part)), |_| true);
        &case.held[place.expect("it was paid out")].pledges
    }

    fn readers_of_correction(&self, of: PartId, record: &Correction) -> Readers {
        let concerned = record.back.iter().chain(&record.more);
        let payees = concerned.map(|one| Payee::Participant {
            entity: one.entity,
            account: one.account,
        });
        let mut distinct: Vec<Payee> = payees.collect();
        distinct.dedup_by(|a, b| name_of(a) == name_of(b));
        self.readers_of_payout(of.0, self.pledges_paid(of), &distinct)
    }
}

/// So much of each of these accounts.
type Sums = Vec<(AccountId, Money)>;

/// What accounts have less, and more, where these shares take the place of those.
fn differences(before: &[(AccountId, Money)], after: &[(AccountId, Money)]) -> (Sums, Sums) {
    let mut sums: BTreeMap<AccountId, i64> = BTreeMap::new();
    for (account, money) in after {
        *sums.entry(*account).or_default() += money.minor();
    }
    for (account, money) in before {
        *sums.entry(*account).or_default() -= money.minor();
    }
    let of = |sign: i64| {
        let some = sums.iter().filter(|(_, sum)| **sum * sign > 0);
        some.map(|(account, sum)| (*account, Money::from_minor(sum * sign)))
            .collect()
    };
    (of(-1), of(1))
}
