//! The price of what a pledgee consented to: it pays the debt early, or is held in place of the right (民法典 444).
//!
//! Invariant: what is held for a loan stands in the pledgor's own account, held under the loan's number, while something
//! of the loan is owed. It is freed when the debt is paid or the last pledge for it is released; it pays the debt at the
//! pledgor's word, or its holder's once the debt is due.

use crate::{
    book::Book,
    kit::checks::{ensure, require},
    pledge::loans::{MAY_ACT, parties_of},
    register::{lent::Lent, party::User},
    state::Exchange,
    sums::proceeds::{Consenting, earned},
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    AccountId, Amount, AssetId, Currency, Digest, LoanId, Money, PledgeId, Receipt, Record, Reject, Seq, Timestamp,
    pledge::{ApplyProceeds, LoanState, PledgeAct, Proceeds, ProceedsPassed},
    transfer::apportion,
};

impl<B: Book> Exchange<B> {
    /// So much was granted or sold of a right that its pledgees consented to: it counts, and what is used up is looked at
    /// once the command is done.
    pub(crate) fn use_consents(&mut self, asset: AssetId, act: PledgeAct, quantity: u64, tell: &mut Tell<'_>) {
        for id in self.ranked_on(asset) {
            let Some(consent) = self.pledging.consents.get_mut(&(id, act)) else {
                continue;
            };
            consent.used = consent.used.saturating_add(quantity);
            if consent.quantity.is_some_and(|most| consent.used >= most) {
                self.pledging.used_up.push(id);
            }
            self.tell_consent(id, act, tell);
        }
    }

    /// The owners of a right were paid for what its pledgees consented to: what is due to these passes on, by rank (民法典
    /// 414), out of the accounts into which it came. A licensor that does not own the right any more keeps its fee.
    pub(crate) fn pass_proceeds(
        &mut self,
        asset: AssetId,
        act: PledgeAct,
        (paid, currency): (&[(AccountId, Money)], Currency),
        tell: &mut Tell<'_>,
    ) {
        let ranked = self.ranked_on(asset);
        if ranked.is_empty() {
            return;
        }
        for &(account, money) in paid {
            let of = self.ledger.account(account).expect("it was paid").entity;
            if money > Money::ZERO && self.register.right(asset).is_owned_by(of) {
                self.pass_from(asset, Some(act), &ranked, (account, Amount::new(currency, money)), tell);
            }
        }
    }

    /// Titles passed and their owners were paid: the price goes to the pledgees that consented, or by rank to all of them
    /// where a court sold (拍卖变卖财产规定 28), and their pledges of these rights are over: the price stands for them. Of
    /// rights that were sold together each has its part of the price by what it was last valued at (Hamilton).
    pub(crate) fn pass_price(
        &mut self,
        assets: &[AssetId],
        by_court: bool,
        (paid, currency): (&[(AccountId, Money)], Currency),
        evidence: Digest,
        tell: &mut Tell<'_>,
    ) {
        if !assets.iter().any(|asset| self.is_pledged(*asset)) {
            return;
        }
        let act = if assets.len() > 1 {
            PledgeAct::Bundle
        } else {
            PledgeAct::Transfer
        };
        let values = assets.iter().map(|asset| self.last_valuation(*asset));
        let values: Option<Vec<_>> = values
            .map(|valued| valued.map(|valued| valued.value.money.minor().unsigned_abs()))
            .collect();
        let values = values.unwrap_or_else(|| assets.iter().map(|_| 1).collect());
        for (place, asset) in assets.iter().enumerate() {
            self.use_consents(*asset, act, 1, tell);
            let agreed = |id: &PledgeId| {
                let consents = self.pledging.consents.contains_key(&(*id, act));
                by_court || consents || self.early_proceeds(*id).is_some()
            };
            let ranked = self.ranked_on(*asset);
            let ranked: Vec<_> = ranked.into_iter().filter(agreed).collect();
            for &(account, money) in paid {
                let part = apportion(money.minor(), &values)[place];
                let part = Amount::new(currency, Money::from_minor(part));
                self.pass_from(*asset, (!by_court).then_some(act), &ranked, (account, part), tell);
            }
            for id in ranked {
                self.release_rights(id, &[*asset], evidence, tell);
            }
        }
    }

    /// The pledges that stand on a right, by rank.
    pub(crate) fn ranked_on(&self, asset: AssetId) -> Vec<PledgeId> {
        let pledges = &self.register.right(asset).pledges;
        let ranked = self.pledging.ranked(pledges, asset);
        ranked.into_iter().map(|pledge| pledge.pledge).collect()
    }

    /// Passes on what came into one account: to each pledgee its part, or what the first that chose so has held for it.
    /// Whom a court did not ask is paid, if it has an account here.
    fn pass_from(
        &mut self,
        asset: AssetId,
        act: Option<PledgeAct>,
        ranked: &[PledgeId],
        (account, amount): (AccountId, Amount),
        tell: &mut Tell<'_>,
    ) {
        let today = tell.at.venue_date();
        let mut consented: Vec<(PledgeId, LoanId, Option<Timestamp>, Proceeds, Money)> = Vec::new();
        for id in ranked {
            let asked = act.map(|act| self.pledging.consents.get(&(*id, act)));
            let early = self.early_proceeds(*id);
            let chose = match asked {
                Some(consent) => match early.or(consent.map(|consent| consent.proceeds)) {
                    Some(chose) => chose,
                    None => continue,
                },
                None => early.unwrap_or(Proceeds::Prepay),
            };
            let pledge = &self.pledging.of(*id);
            // Who holds the claim by now may have no account here; and what shares are issued for is not paid otherwise.
            let free = self.can_be_paid(*id) && self.spoken_for(pledge.loan).is_none();
            let chose = if free { chose } else { Proceeds::Escrow };
            let Lent { loan, claim, .. } = &self.pledging.lent(pledge.loan);
            let owed = claim.owed(&loan.terms, today).total();
            // A debt that several pledges of the right stand for is paid once.
            let once = consented.iter().all(|(_, other, ..)| *other != pledge.loan);
            if once && amount.currency == pledge.amount.currency && owed > Money::ZERO {
                consented.push((*id, pledge.loan, pledge.registered_at, chose, owed));
            }
        }
        let place = |at| consented.iter().position(|(_, _, other, ..)| *other == at).unwrap_or(0);
        let consenting = consented.iter().map(|(_, _, at, chose, owed)| Consenting {
            rank: u32::try_from(place(*at)).expect("fewer pledges than ranks"),
            owed: *owed,
            chose: *chose,
        });
        let consenting: Vec<_> = consenting.collect();
        let earned = earned(amount.money, &consenting);
        for ((id, ..), part) in consented.iter().zip(&earned.to_pledgees) {
            self.pass_part(
                *id,
                asset,
                account,
                Amount::new(amount.currency, *part),
                Proceeds::Prepay,
                tell,
            );
        }
        let holds = consented.iter().find(|(.., chose, _)| *chose == Proceeds::Escrow);
        if let Some((id, ..)) = holds {
            let held = Amount::new(amount.currency, earned.held);
            self.pass_part(*id, asset, account, held, Proceeds::Escrow, tell);
        }
    }

    /// Pays a part of a price on the debt of a pledge, or holds it in place of the right.
    fn pass_part(
        &mut self,
        id: PledgeId,
        asset: AssetId,
        account: AccountId,
        amount: Amount,
        proceeds: Proceeds,
        tell: &mut Tell<'_>,
    ) {
        if amount.money == Money::ZERO {
            return;
        }
        let loan = self.pledging.of(id).loan;
        let passed = ProceedsPassed {
            loan,
            pledge: id,
            asset,
            amount,
            proceeds,
        };
        tell.record(
            parties_of(&self.pledging.lent(loan).loan),
            Record::ProceedsPassed(passed),
        );
        self.add_escrow(Seq(loan.0), account, amount, tell);
        if proceeds == Proceeds::Prepay {
            self.note_prepaid(loan, account, amount, tell);
            self.prepay(loan, account, amount, tell);
        }
    }

    /// What a defaulting buyer's deposit left came into the owners' accounts: it reduces the debt for which the rights were
    /// disposed of (法释〔2016〕18号 24), as far as that goes.
    pub(crate) fn pass_deposit(
        &mut self,
        id: LoanId,
        (paid, currency): (&[(AccountId, Money)], Currency),
        tell: &mut Tell<'_>,
    ) {
        for &(account, money) in paid {
            let Lent { loan, claim, .. } = &self.pledging.lent(id);
            let payee = loan
                .creditors
                .first()
                .and_then(|share| self.ledger.first_account(share.entity));
            let owed = claim.owed(&loan.terms, tell.at.venue_date()).total();
            let part = Amount::new(currency, money.min(owed));
            let counts = payee.is_some() && currency == loan.terms.principal.currency && part.money > Money::ZERO;
            if counts && loan.state != LoanState::Repaid {
                self.add_escrow(Seq(id.0), account, part, tell);
                self.prepay(id, account, part, tell);
            }
        }
    }

    /// Notes what whoever has this account is about to pay of interest.
    fn note_prepaid(&mut self, id: LoanId, account: AccountId, amount: Amount, tell: &Tell<'_>) {
        let payer = self.ledger.account(account).expect("accounts stay").entity;
        self.note_paid(id, payer, amount.money, tell.at.venue_date());
    }

    /// Pays a debt early out of what is held for it in an account.
    fn prepay(&mut self, id: LoanId, account: AccountId, amount: Amount, tell: &mut Tell<'_>) {
        let creditors = self.pledging.lent(id).loan.creditors;
        let acting = creditors.first().expect("a claim has a holder").entity;
        let named = self.ledger.first_account(acting).expect("asked when it consented");
        for (to, part) in self.by_parts(&creditors, named, amount.money) {
            self.split_escrow(Seq(id.0), account, part, to, tell);
        }
        self.repay(id, amount, tell.at.venue_date(), (None, None), tell);
    }

    /// Pays a debt early out of what is held in place of pledged rights.
    pub(crate) fn apply_proceeds(
        &mut self,
        user: User,
        asked: &ApplyProceeds,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let own = self.ledger.account(asked.account).map(|account| account.entity);
        let held = Seq(asked.loan.0);
        let held = self.escrows.iter().find(|(key, _)| *key == (held, asked.account));
        let lent = match self.loan_for(user, asked.loan) {
            // Who gave a pledge for another's debt knows what is held of its own.
            Err(unknown) if held.is_some() && own == Ok(user.entity) => {
                self.pledging.loans.get(asked.loan).ok_or(unknown)?
            }
            known => known?,
        };
        let Lent { loan, claim, .. } = lent;
        let today = tell.at.venue_date();
        let acting = loan.creditors.first().map(|share| share.entity);
        let due = loan.state == LoanState::Default || loan.due_day() < today;
        let gives = own == Ok(user.entity) && acting != Some(user.entity);
        require(gives || acting == Some(user.entity), Reject::NotAParty)?;
        require(gives || due, Reject::NotInDefault)?;
        let (_, amount) = held.ok_or(Reject::NothingHeld)?;
        require(
            amount.currency == loan.terms.principal.currency,
            Reject::RepaymentInvalid,
        )?;
        let payee = acting.and_then(|entity| self.ledger.first_account(entity));
        require(payee.is_some(), Reject::UnknownAccount)?;

        let owed = claim.owed(&loan.terms, today).total();
        let spoken = self.spoken_for(asked.loan).unwrap_or(Money::ZERO);
        require(spoken < owed, Reject::ClaimSpokenFor)?;
        let part = Amount::new(amount.currency, amount.money.min(owed.minus(spoken)));
        self.note_prepaid(asked.loan, asked.account, part, tell);
        self.prepay(asked.loan, asked.account, part, tell);
        Ok(Receipt::Done)
    }

    /// The pledges of a loan are given up: once none of them stands, what is held in place of rights goes back.
    pub(crate) fn free_unpledged(&mut self, id: LoanId, tell: &mut Tell<'_>) {
        if self.pledging.lent(id).pledges.is_empty() {
            self.free_proceeds(id, tell);
        }
    }

    /// Nothing of a loan is owed any more, or its last pledge was given up: what is held in place of rights goes back.
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
        let readers = self.readers_of(&self.pledging.of(id));
        tell.record(readers, Record::PledgeConsent(consent));
    }

    /// For the invariants: what is held for a loan is held while something of it is owed, and a consent is of a pledge
    /// that stands.
    pub(super) fn check_proceeds(&self) -> Result<(), String> {
        for ((deal, account), amount) in self.escrows.iter() {
            let lent = self.pledging.loans.get(LoanId(deal.0));
            let fits = lent.is_none_or(|lent| lent.loan.state != LoanState::Repaid);
            ensure(fits, || {
                format!("{amount:?} of {account:?} is held for a debt that is paid")
            })?;
        }
        for ((id, act), consent) in &self.pledging.consents {
            let fits = self.pledging.stands(*id) && (consent.pledge, consent.act) == (*id, *act);
            ensure(fits, || format!("a consent of no pledge that stands: {consent:?}"))?;
        }
        Ok(())
    }

    /// Whether the acting holder of a claim has an account into which its debt can be paid.
    pub(crate) fn can_be_paid(&self, id: PledgeId) -> bool {
        let holder = self.pledging.holder_of(id);
        self.ledger.first_account(holder).is_some()
    }
}
