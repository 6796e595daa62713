//! Money that a deal holds until it is done: held, then paid or released.
//!
//! Invariant: what the ledger holds beyond open orders is what stands here, by deal and account, to the minor unit.

use crate::{book::Book, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{
    AccountId, Amount, Currency, EntityId, Money, Reject, Seq,
    event::{CashPosting, PostingReason},
    title::Share,
    transfer::split,
};

impl<B: Book> Exchange<B> {
    /// Whether the account's free cash covers the amount.
    pub(crate) fn check_escrow(&self, account: AccountId, amount: Amount) -> Result<(), Reject> {
        if amount.money == Money::ZERO {
            return self.ledger.account(account).map(|_| ());
        }
        self.ledger
            .check_cash(account, amount.currency, amount.money)
            .map(|_| ())
    }

    /// Sets cash aside for a deal, which holds nothing of this account yet; checked by [`Self::check_escrow`].
    pub(crate) fn hold_escrow(&mut self, deal: Seq, account: AccountId, amount: Amount, tell: &mut Tell<'_>) {
        if amount.money == Money::ZERO {
            return;
        }
        let slot = self.ledger.cash_slot(account, amount.currency);
        self.ledger.hold_cash(slot, amount.money);
        let before = self.escrows.0.insert((deal, account), amount);
        assert!(before.is_none(), "a deal holds once of an account");
        let minor = amount.money.minor();
        self.post(deal, account, amount.currency, -minor, minor, PostingReason::Held, tell);
    }

    /// Sets aside more cash for a deal, of what the same command brought into the account.
    pub(crate) fn add_escrow(&mut self, deal: Seq, account: AccountId, amount: Amount, tell: &mut Tell<'_>) {
        let before = self.escrows.0.remove(&(deal, account));
        self.hold_escrow(deal, account, amount, tell);
        if let (Some(before), Some(held)) = (before, self.escrows.0.get_mut(&(deal, account))) {
            assert!(
                before.currency == held.currency,
                "a deal holds one currency of an account"
            );
            held.money = held.money.plus(before.money);
        }
    }

    /// Gives back what a deal holds of an account.
    pub(crate) fn release_escrow(&mut self, deal: Seq, account: AccountId, tell: &mut Tell<'_>) {
        let Some(amount) = self.escrows.0.remove(&(deal, account)) else {
            return;
        };
        let slot = self.ledger.cash_slot(account, amount.currency);
        self.ledger.release_cash(slot, amount.money);
        let minor = amount.money.minor();
        self.post(
            deal,
            account,
            amount.currency,
            minor,
            -minor,
            PostingReason::Released,
            tell,
        );
    }

    /// Pays what a deal holds of an account to others; their shares are all of it.
    pub(crate) fn pay_escrow(&mut self, deal: Seq, from: AccountId, to: &[(AccountId, Money)], tell: &mut Tell<'_>) {
        let Some(amount) = self.escrows.0.remove(&(deal, from)) else {
            return;
        };
        let sum = to.iter().fold(Money::ZERO, |sum, (_, share)| sum.plus(*share));
        assert!(sum == amount.money, "what is held is paid, all of it");
        let slot = self.ledger.cash_slot(from, amount.currency);
        self.post(deal, from, amount.currency, 0, -sum.minor(), PostingReason::Paid, tell);
        for &(account, share) in to.iter().filter(|(_, share)| *share != Money::ZERO) {
            let receiver = self.ledger.cash_slot(account, amount.currency);
            self.ledger.pay_held(slot, receiver, share);
            self.post(
                deal,
                account,
                amount.currency,
                share.minor(),
                0,
                PostingReason::Received,
                tell,
            );
        }
    }

    /// Pays at once: held and paid in one step; checked by [`Self::check_escrow`].
    pub(crate) fn pay(
        &mut self,
        deal: Seq,
        from: AccountId,
        amount: Amount,
        to: &[(AccountId, Money)],
        tell: &mut Tell<'_>,
    ) {
        self.hold_escrow(deal, from, amount, tell);
        self.pay_escrow(deal, from, to, tell);
    }

    /// Pays a part of what a deal holds of an account; the rest stays held.
    pub(crate) fn split_escrow(&mut self, deal: Seq, from: AccountId, part: Money, to: AccountId, tell: &mut Tell<'_>) {
        self.pay_parts(deal, from, &[(to, part)], tell);
    }

    /// Pays parts of what a deal holds of an account, one after another; the rest stays held.
    pub(crate) fn pay_parts(&mut self, deal: Seq, from: AccountId, to: &[(AccountId, Money)], tell: &mut Tell<'_>) {
        let sum = to.iter().fold(Money::ZERO, |sum, (_, part)| sum.plus(*part));
        if sum == Money::ZERO {
            return;
        }
        let held = self.escrows.0.get_mut(&(deal, from)).expect("it is held");
        let currency = held.currency;
        held.money = held.money.minus(sum);
        if held.money == Money::ZERO {
            self.escrows.0.remove(&(deal, from));
        }
        let slot = self.ledger.cash_slot(from, currency);
        // Each part is told twice: of whom it comes, and who has it.
        tell.events.reserve(2 * to.len());
        for &(to, part) in to.iter().filter(|(_, part)| *part != Money::ZERO) {
            let receiver = self.ledger.cash_slot(to, currency);
            self.ledger.pay_held(slot, receiver, part);
            self.post(deal, from, currency, 0, -part.minor(), PostingReason::Paid, tell);
            self.post(deal, to, currency, part.minor(), 0, PostingReason::Received, tell);
        }
    }

    /// An amount by the owners' parts. One of them named the account that it is paid to; another's is the one it opened
    /// first, and where it has none here, the named one receives its part for it.
    pub(crate) fn by_parts(&self, owners: &[Share], named: AccountId, amount: Money) -> Vec<(AccountId, Money)> {
        let parts: Vec<u32> = owners.iter().map(|share| share.parts).collect();
        let of = self
            .ledger
            .account(named)
            .expect("a deal names accounts that exist")
            .entity;
        let account = |entity: EntityId| {
            let first = self.ledger.first_account(entity).filter(|_| entity != of);
            first.unwrap_or(named)
        };
        let accounts = owners.iter().map(|share| account(share.entity));
        accounts.zip(split(amount, &parts)).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "a posting, taken apart, in one module")]
    fn post(
        &self,
        deal: Seq,
        account: AccountId,
        currency: Currency,
        free: i64,
        held: i64,
        reason: PostingReason,
        tell: &mut Tell<'_>,
    ) {
        let entity = self
            .ledger
            .account(account)
            .expect("a deal names accounts that exist")
            .entity;
        let posting = CashPosting {
            account,
            currency,
            free: Money::from_minor(free),
            held: Money::from_minor(held),
            reason,
            deal,
        };
        tell.money(entity, posting);
    }
}
