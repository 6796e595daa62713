//! The price of what a pledgee consented to: it pays the debt early, or is held in place of the right (民法典 444).
//!
//! Invariant: what is held for a loan stands in the pledgor's own account, held under the loan's number, while something
//! of the loan is owed. It is freed when the debt is paid or the last pledge for it is released; it pays the debt at the
//! pledgor's word, or its holder's once the debt is due.

use crate::{
    book::Book,
    kit::checks::require,
    pledge::loans::{MAY_ACT, parties_of},
    register::{party::User, pledgees::holder_of, pledges::Lent},
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AccountId, Amount, AssetId, Currency, LoanId, Money, PledgeId, Receipt, Record, Reject, Seq,
    pledge::{ApplyProceeds, LoanState, PledgeAct, Proceeds, ProceedsPassed},
};

impl<B: Book> Exchange<B> {
    /// The owners of a right were paid for so much that its pledgees consented to: what is theirs passes on, out of the
    /// accounts into which it came, by rank (民法典 414).
    pub(crate) fn pass_proceeds(
        &mut self,
        asset: AssetId,
        (act, quantity): (PledgeAct, u64),
        (paid, currency): (&[(AccountId, Money)], Currency),
        tell: &mut Tell<'_>,
    ) {
        let pledges = &self.register.right(asset).extra().pledges;
        if pledges.is_empty() {
            return;
        }
        let ranked = self.pledging.ranked(pledges, asset);
        let ranked: Vec<_> = ranked.into_iter().map(|pledge| pledge.pledge).collect();
        let mut rest = paid.to_vec();
        for id in ranked {
            let Some(consent) = self.pledging.consents.get_mut(&(id, act)) else {
                continue;
            };
            consent.used = consent.used.saturating_add(quantity);
            let proceeds = consent.proceeds;
            for (account, left) in &mut rest {
                let amount = Amount::new(currency, *left);
                *left = left.minus(self.pass_to(id, asset, (*account, amount), proceeds, tell));
            }
            self.tell_consent(id, act, tell);
        }
    }

    /// Passes what is due of an amount to the holders of a pledge, or holds it for them; returns how much that was. What
    /// is in another currency than the debt cannot pay it, and is held.
    fn pass_to(
        &mut self,
        id: PledgeId,
        asset: AssetId,
        (account, amount): (AccountId, Amount),
        proceeds: Proceeds,
        tell: &mut Tell<'_>,
    ) -> Money {
        let loan = self.pledging.of(id).loan;
        let Lent { loan: terms, claim, .. } = self.pledging.lent(loan);
        let owed = claim.owed(&terms.terms, tell.at.venue_date()).total();
        if owed == Money::ZERO || amount.money == Money::ZERO {
            return Money::ZERO;
        }
        let pays = proceeds == Proceeds::Prepay && amount.currency == terms.terms.principal.currency;
        let part = if pays { amount.money.min(owed) } else { amount.money };
        let passed = ProceedsPassed {
            loan,
            pledge: id,
            asset,
            amount: Amount::new(amount.currency, part),
            proceeds: if pays { Proceeds::Prepay } else { Proceeds::Escrow },
        };
        tell.record(parties_of(terms), Record::ProceedsPassed(passed));
        self.add_escrow(Seq(loan.0), account, passed.amount, tell);
        if pays {
            self.prepay(loan, account, passed.amount, tell);
        }
        part
    }

    /// Pays a debt early out of what is held for it in an account.
    fn prepay(&mut self, id: LoanId, account: AccountId, amount: Amount, tell: &mut Tell<'_>) {
        let creditors = self.pledging.lent(id).loan.creditors.clone();
        let acting = creditors.first().expect("a claim has a holder").entity;
        let named = self.ledger.first_account(acting).expect("asked when it consented");
        for (to, part) in self.by_parts(&creditors, named, amount.money) {
            self.split_escrow(Seq(id.0), account, part, to, tell);
        }
        self.repay(id, amount, tell.at.venue_date(), None, tell);
    }

    /// Pays a debt early out of what is held in place of pledged rights.
    pub(crate) fn apply_proceeds(
        &mut self,
        user: User,
        asked: &ApplyProceeds,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let Lent { loan, claim, .. } = self.loan_for(user, asked.loan)?;
        let today = tell.at.venue_date();
        let acting = loan.creditors.first().map(|share| share.entity);
        let own = self.ledger.account(asked.account).map(|account| account.entity);
        let due = loan.state == LoanState::Default || loan.due_day() < today;
        let held = Seq(asked.loan.0);
        let held = self.escrows.iter().find(|(key, _)| *key == (held, asked.account));
        let gives = own == Ok(user.entity) && acting != Some(user.entity);
        require(gives || acting == Some(user.entity), Reject::NotAParty)?;
        require(gives || due, Reject::NotInDefault)?;
        let (_, amount) = held.ok_or(Reject::NothingHeld)?;
        require(amount.currency == loan.terms.principal.currency, Reject::RepaymentInvalid)?;
        let payee = acting.and_then(|entity| self.ledger.first_account(entity));
        require(payee.is_some(), Reject::UnknownAccount)?;

        let owed = claim.owed(&loan.terms, today).total();
        let part = Amount::new(amount.currency, amount.money.min(owed));
        self.prepay(asked.loan, asked.account, part, tell);
        Ok(Receipt::Done)
    }

    /// Nothing of a loan is owed any more, or its last pledge was released: what is held in place of rights goes back.
    pub(super) fn free_proceeds(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        let deal = Seq(id.0);
        let held = self.escrows.iter().filter(|((of, _), _)| *of == deal);
        let accounts: Vec<_> = held.map(|((_, account), _)| account).collect();
        for account in accounts {
            self.release_escrow(deal, account, tell);
        }
    }

    /// Tells its parties what a pledgee consented to, as it stands.
    pub(crate) fn tell_consent(&self, id: PledgeId, act: PledgeAct, tell: &mut Tell<'_>) {
        let consent = self.pledging.consents[&(id, act)];
        let readers = self.readers_of(self.pledging.of(id));
        tell.record(readers, Record::PledgeConsent(consent));
    }

    /// For the invariants: what is held for a loan is held while something of it is owed, and a consent is of a pledge
    /// that stands.
    pub(super) fn check_proceeds(&self) -> Result<(), alloc::string::String> {
        use crate::kit::checks::ensure;
        for ((deal, account), amount) in self.escrows.iter() {
            let lent = self.pledging.loans.get(&LoanId(deal.0));
            let fits = lent.is_none_or(|lent| lent.loan.state != LoanState::Repaid);
            ensure(fits, || alloc::format!("{amount:?} of {account:?} is held for a debt that is paid"))?;
        }
        for ((id, act), consent) in &self.pledging.consents {
            let pledge = self.pledging.of(*id);
            let fits = pledge.state.is_active() && (consent.pledge, consent.act) == (*id, *act);
            ensure(fits, || alloc::format!("a consent of no pledge that stands: {consent:?}"))?;
        }
        Ok(())
    }

    /// Whether the acting holder of a claim has an account into which its debt can be paid.
    pub(crate) fn can_be_paid(&self, id: PledgeId) -> bool {
        let holder = holder_of(self.pledging.of(id));
        self.ledger.first_account(holder).is_some()
    }
}
