//! Cash and holdings: what is free and what is held, for whom.
//!
//! Invariants: nothing is ever negative; the cash of a currency changes only at the venue's border
//! ([`Ledger::cash_in`], [`Ledger::cash_out`]), the units of an instrument only when issued; everything between is
//! `hold`, then `settle` or `release`. What a fill costs is `clearing`'s business.

use crate::kit::{index::Index, prefetch::prefetch};
use alloc::vec::Vec;
use protocol::{
    AccountId, BasisPoints, Currency, EntityId, InstrumentId, MONEY_MAX, Money, Quantity, Reject, rules::Fees,
};
use serde::{Deserialize, Serialize};

/// Where an account's cash in one currency lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CashSlot(pub u32);

/// Where an account's units of one instrument lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HoldingSlot(pub u32);

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Whose it is.
    pub entity: EntityId,
    /// Its cash per currency, once it had any.
    cash: [Option<CashSlot>; Currency::ALL.len()],
}

/// In which role an order pays its fee: what it carries of a fraction is kept for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It rested.
    Maker,
    /// It arrived.
    Taker,
}

impl Role {
    /// What this role pays.
    pub(crate) fn fee(self, fees: Fees) -> BasisPoints {
        match self {
            Self::Maker => fees.maker,
            Self::Taker => fees.taker,
        }
    }
}

/// An account's cash in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cash {
    pub account: AccountId,
    pub currency: Currency,
    /// What can be spent.
    pub free: Money,
    /// What is set aside for open orders and deals.
    pub held: Money,
    /// What it owes of fees in each role, in ten-thousandths of a minor unit: less than one of these, and one more at
    /// most for each open order whose hold for it is spent.
    carried: [u64; 2],
}

/// An account's units of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holding {
    pub account: AccountId,
    pub instrument: InstrumentId,
    /// What can be sold.
    pub free: Quantity,
    /// What is set aside for open orders, tranches and lots.
    pub held: Quantity,
}

/// One fill, as postings: delivery against payment in one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settlement {
    pub buyer_cash: CashSlot,
    pub buyer_units: HoldingSlot,
    pub seller_cash: CashSlot,
    pub seller_units: HoldingSlot,
    pub venue_cash: CashSlot,
    pub quantity: Quantity,
    /// Price × quantity.
    pub amount: Money,
    pub buyer_fee: Money,
    pub seller_fee: Money,
    /// What the buyer's hold no longer needs, beyond what it pays.
    pub released: Money,
}

/// The ledger.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    accounts: Vec<Account>,
    cash: Vec<Cash>,
    holdings: Vec<Holding>,
    /// All cash there is, per currency: the sum of `cash`.
    #[serde(skip)]
    total: [Money; Currency::ALL.len()],
    /// `holdings` by account and instrument.
    #[serde(skip)]
    holding_of: Index<u64, HoldingSlot>,
}

/// One word, so that it hashes in one step.
const fn holding_key(account: AccountId, instrument: InstrumentId) -> u64 {
    ((account.0 as u64) << 32) | instrument.0 as u64
}

impl Ledger {
    /// Accounts, cash and holdings: all there is to know.
    pub(crate) fn parts(&self) -> (&[Account], &[Cash], &[Holding]) {
        (&self.accounts, &self.cash, &self.holdings)
    }

    /// Who has units of an instrument, free or held.
    pub(crate) fn holders_of(&self, instrument: InstrumentId) -> Vec<EntityId> {
        let of_it = self.holdings.iter().filter(|holding| holding.instrument == instrument);
        let some = of_it.filter(|holding| holding.free.plus(holding.held) > Quantity::ZERO);
        some.map(|holding| self.accounts[holding.account.index()].entity)
            .collect()
    }

    /// All cash there is in `currency`.
    pub(crate) fn total(&self, currency: Currency) -> Money {
        self.total[currency.index()]
    }

    /// Rebuilds what follows from the rest in a ledger that was read, or says why it is none. The entities and
    /// instruments there are count from 0.
    pub(crate) fn restore(&mut self, entities: usize, instruments: usize) -> Result<(), &'static str> {
        if !self.accounts.iter().all(|account| account.entity.index() < entities) {
            return Err("an account of no entity");
        }
        for (number, cash) in (0..).zip(&self.cash) {
            let account = self.accounts.get(cash.account.index()).ok_or("cash of no account")?;
            if account.cash[cash.currency.index()] != Some(CashSlot(number)) {
                return Err("cash that its account does not know");
            }
            let total = &mut self.total[cash.currency.index()];
            let sum = cash
                .free
                .checked_add(cash.held)
                .and_then(|cash| total.checked_add(cash));
            *total = sum.ok_or("more cash than can be")?;
        }
        if !self.total.iter().all(|total| total.minor() <= MONEY_MAX) {
            return Err("more cash than can be");
        }
        let slots = self.accounts.iter().flat_map(|account| &account.cash);
        if slots.flatten().count() != self.cash.len() {
            return Err("an account with another's cash");
        }
        self.holding_of.reserve(self.holdings.len());
        for (number, holding) in (0..).zip(&self.holdings) {
            if holding.account.index() >= self.accounts.len() || holding.instrument.index() >= instruments {
                return Err("a holding of nobody or of nothing");
            }
            let key = holding_key(holding.account, holding.instrument);
            if !self.holding_of.try_insert(key, HoldingSlot(number)) {
                return Err("an account holds the same units twice");
            }
        }
        Ok(())
    }

    /// Opens an account.
    pub(crate) fn open_account(&mut self, entity: EntityId) -> AccountId {
        let account = AccountId(u32::try_from(self.accounts.len()).expect("fewer accounts than ids"));
        self.accounts.push(Account {
            entity,
            cash: [None; Currency::ALL.len()],
        });
        account
    }

    /// The account, if there is one.
    pub(crate) fn account(&self, account: AccountId) -> Result<&Account, Reject> {
        self.accounts.get(account.index()).ok_or(Reject::UnknownAccount)
    }

    /// The account of a participant that was opened first.
    pub(crate) fn first_account(&self, entity: EntityId) -> Option<AccountId> {
        let first = self.accounts.iter().position(|account| account.entity == entity)?;
        u32::try_from(first).ok().map(AccountId)
    }

    /// Where the account's cash in `currency` lies; opened at nothing where there was none. Which slots exist is state,
    /// so only deeds call this.
    pub(crate) fn cash_slot(&mut self, account: AccountId, currency: Currency) -> CashSlot {
        let next = CashSlot(u32::try_from(self.cash.len()).expect("fewer balances than slots"));
        let slot = self.accounts[account.index()].cash[currency.index()].get_or_insert(next);
        if *slot == next {
            self.cash.push(Cash {
                account,
                currency,
                free: Money::ZERO,
                held: Money::ZERO,
                carried: [0; 2],
            });
        }
        *slot
    }

    /// Where the account's units of `instrument` lie; opened at none where there were none. Only deeds call this.
    pub(crate) fn holding_slot(&mut self, account: AccountId, instrument: InstrumentId) -> HoldingSlot {
        if let Some(slot) = self.holding_of.get(&holding_key(account, instrument)) {
            return slot;
        }
        let slot = HoldingSlot(u32::try_from(self.holdings.len()).expect("fewer holdings than slots"));
        self.holdings.push(Holding {
            account,
            instrument,
            free: Quantity::ZERO,
            held: Quantity::ZERO,
        });
        self.holding_of.insert(holding_key(account, instrument), slot);
        slot
    }

    /// Asks for the memory that an order of this account will need first: see [`crate::Exchange::touch`].
    pub(crate) fn touch(&self, account: AccountId, instrument: InstrumentId) {
        let Some(account_of) = self.accounts.get(account.index()) else {
            return;
        };
        if let Some(slot) = account_of.cash[Currency::Cny.index()] {
            prefetch(&self.cash[slot.0 as usize]);
        }
        if let Some(slot) = self.holding_of.get(&holding_key(account, instrument)) {
            prefetch(&self.holdings[slot.0 as usize]);
        }
    }

    /// Whether cash of `amount` may come in.
    pub(crate) fn check_cash_in(&self, currency: Currency, amount: Money) -> Result<(), Reject> {
        match self.total(currency).checked_add(amount) {
            Some(total) if total.minor() <= MONEY_MAX => Ok(()),
            _ => Err(Reject::MoneyLimit),
        }
    }

    /// Books cash that came in; checked by [`Self::check_cash_in`].
    pub(crate) fn cash_in(&mut self, account: AccountId, currency: Currency, amount: Money) {
        let total = &mut self.total[currency.index()];
        *total = total.plus(amount);
        let slot = self.cash_slot(account, currency);
        let cash = &mut self.cash[slot.0 as usize];
        cash.free = cash.free.plus(amount);
    }

    /// Where free cash of `amount` lies, if there is that much.
    pub(crate) fn check_cash(&self, account: AccountId, currency: Currency, amount: Money) -> Result<CashSlot, Reject> {
        let slot = self.account(account)?.cash[currency.index()].ok_or(Reject::InsufficientCash)?;
        if self.cash[slot.0 as usize].free < amount {
            return Err(Reject::InsufficientCash);
        }
        Ok(slot)
    }

    /// What is free of an account's cash in `currency`.
    pub(crate) fn free_cash(&self, account: AccountId, currency: Currency) -> Money {
        let slot = self
            .accounts
            .get(account.index())
            .and_then(|of| of.cash[currency.index()]);
        slot.map_or(Money::ZERO, |slot| self.cash[slot.0 as usize].free)
    }

    /// Books cash that was paid out; checked by [`Self::check_cash`].
    pub(crate) fn cash_out(&mut self, slot: CashSlot, amount: Money) {
        let cash = &mut self.cash[slot.0 as usize];
        cash.free = cash.free.minus(amount);
        let total = &mut self.total[cash.currency.index()];
        *total = total.minus(amount);
    }

    /// Issues units; the register has checked the supply.
    pub(crate) fn issue(&mut self, account: AccountId, instrument: InstrumentId, quantity: Quantity) {
        let slot = self.holding_slot(account, instrument);
        let holding = &mut self.holdings[slot.0 as usize];
        holding.free = holding.free.plus(quantity);
    }

    /// Where `quantity` free units lie, if there are as many.
    pub(crate) fn check_units(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        quantity: Quantity,
    ) -> Result<HoldingSlot, Reject> {
        let slot = self
            .holding_of
            .get(&holding_key(account, instrument))
            .ok_or(Reject::InsufficientUnits)?;
        if self.holdings[slot.0 as usize].free < quantity {
            return Err(Reject::InsufficientUnits);
        }
        Ok(slot)
    }

    /// Sets cash aside; checked by [`Self::check_cash`].
    pub(crate) fn hold_cash(&mut self, slot: CashSlot, amount: Money) {
        let cash = &mut self.cash[slot.0 as usize];
        cash.free = cash.free.minus(amount);
        cash.held = cash.held.plus(amount);
    }

    /// Gives back cash that was set aside.
    pub(crate) fn release_cash(&mut self, slot: CashSlot, amount: Money) {
        let cash = &mut self.cash[slot.0 as usize];
        cash.held = cash.held.minus(amount);
        cash.free = cash.free.plus(amount);
    }

    /// Moves cash that was set aside to another account, free.
    pub(crate) fn pay_held(&mut self, from: CashSlot, to: CashSlot, amount: Money) {
        let cash = &mut self.cash[from.0 as usize];
        cash.held = cash.held.minus(amount);
        let cash = &mut self.cash[to.0 as usize];
        cash.free = cash.free.plus(amount);
    }

    /// Moves units that were set aside to another account, free.
    pub(crate) fn deliver_held(&mut self, from: HoldingSlot, to: HoldingSlot, quantity: Quantity) {
        let holding = &mut self.holdings[from.0 as usize];
        holding.held = holding.held.minus(quantity);
        let holding = &mut self.holdings[to.0 as usize];
        holding.free = holding.free.plus(quantity);
    }

    /// Consumes free units: they are gone. Checked by [`Self::check_units`].
    pub(crate) fn consume(&mut self, slot: HoldingSlot, quantity: Quantity) {
        let holding = &mut self.holdings[slot.0 as usize];
        holding.free = holding.free.minus(quantity);
    }

    /// What is free of an account's units.
    pub(crate) fn free_units(&self, account: AccountId, instrument: InstrumentId) -> Quantity {
        let slot = self.holding_of.get(&holding_key(account, instrument));
        slot.map_or(Quantity::ZERO, |slot| self.holdings[slot.0 as usize].free)
    }

    /// Sets units aside; checked by [`Self::check_units`].
    pub(crate) fn hold_units(&mut self, slot: HoldingSlot, quantity: Quantity) {
        let holding = &mut self.holdings[slot.0 as usize];
        holding.free = holding.free.minus(quantity);
        holding.held = holding.held.plus(quantity);
    }

    /// Gives back units that were set aside.
    pub(crate) fn release_units(&mut self, slot: HoldingSlot, quantity: Quantity) {
        let holding = &mut self.holdings[slot.0 as usize];
        holding.held = holding.held.minus(quantity);
        holding.free = holding.free.plus(quantity);
    }

    /// The fraction of fees that is carried in this role, in ten-thousandths of a minor unit.
    pub(crate) fn carried(&self, slot: CashSlot, role: Role) -> u64 {
        self.cash[slot.0 as usize].carried[role as usize]
    }

    /// Carries a fraction on.
    pub(crate) fn carry(&mut self, slot: CashSlot, role: Role, carried: u64) {
        self.cash[slot.0 as usize].carried[role as usize] = carried;
    }

    /// Delivery against payment: the buyer's held cash pays the seller and both fees' share of it, the seller's held
    /// units go to the buyer.
    pub(crate) fn settle(&mut self, s: &Settlement) {
        let buyer = &mut self.cash[s.buyer_cash.0 as usize];
        buyer.held = buyer.held.minus(s.amount.plus(s.buyer_fee).plus(s.released));
        buyer.free = buyer.free.plus(s.released);
        let seller = &mut self.cash[s.seller_cash.0 as usize];
        seller.free = seller.free.plus(s.amount.minus(s.seller_fee));
        let venue = &mut self.cash[s.venue_cash.0 as usize];
        venue.free = venue.free.plus(s.buyer_fee).plus(s.seller_fee);

        let seller = &mut self.holdings[s.seller_units.0 as usize];
        seller.held = seller.held.minus(s.quantity);
        let buyer = &mut self.holdings[s.buyer_units.0 as usize];
        buyer.free = buyer.free.plus(s.quantity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_restored_or_is_no_ledger() {
        let (one, two, cny) = (AccountId(1), AccountId(2), Currency::Cny);
        let mut ledger = Ledger::default();
        for entity in [0, 1, 2] {
            ledger.open_account(EntityId(entity));
        }
        ledger.cash_in(one, cny, Money::from_minor(100));
        ledger.cash_in(two, cny, Money::from_minor(MONEY_MAX - 100));
        ledger.issue(one, InstrumentId(0), Quantity::from_units(5));
        ledger.issue(two, InstrumentId(0), Quantity::from_units(7));
        let read = || {
            let (accounts, cash, holdings) = ledger.parts();
            Ledger {
                accounts: accounts.to_vec(),
                cash: cash.to_vec(),
                holdings: holdings.to_vec(),
                ..Ledger::default()
            }
        };

        let mut restored = read();
        assert_eq!(restored.restore(3, 1), Ok(()));
        assert_eq!(restored.total, ledger.total);
        let units = Quantity::from_units(7);
        assert_eq!(restored.check_units(two, InstrumentId(0), units), Ok(HoldingSlot(1)));

        let check = |why, put_wrong: fn(&mut Ledger)| {
            let mut wrong = read();
            put_wrong(&mut wrong);
            assert_eq!(wrong.restore(3, 1), Err(why));
        };
        check("an account of no entity", |l| l.accounts[2].entity = EntityId(3));
        check("cash of no account", |l| l.cash[1].account = AccountId(3));
        check("cash that its account does not know", |l| l.cash.swap(0, 1));
        check("cash that its account does not know", |l| {
            l.accounts[1].cash = [None; 5]
        });
        check("an account with another's cash", |l| {
            l.accounts[0].cash[0] = Some(CashSlot(0))
        });
        check("an account with another's cash", |l| {
            l.accounts[0].cash[0] = Some(CashSlot(2))
        });
        check("more cash than can be", |l| l.cash[0].free = Money::from_minor(101));
        check("more cash than can be", |l| {
            l.cash[0].held = Money::from_minor(i64::MAX)
        });
        let why = "a holding of nobody or of nothing";
        check(why, |l| l.holdings[1].account = AccountId(3));
        check(why, |l| l.holdings[1].instrument = InstrumentId(1));
        check("an account holds the same units twice", |l| {
            l.holdings[1].account = AccountId(1)
        });
    }
}
