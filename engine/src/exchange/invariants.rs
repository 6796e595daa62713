//! What always holds, asked of the whole state: for tests after every command, and for `journal verify`. Takes time in
//! the order of the state; never on the hot path.

use super::named::Known;
use crate::{book::Book, kit::checks::ensure, money::clearing::OrderTerms, state::Exchange, units::trading};
use alloc::{format, string::String, vec, vec::Vec};
use protocol::{
    Currency, EntityId, InstrumentId, Quantity, Side,
    control::{Proposal, ProposalState},
    event::TradingStatus,
};

impl<B: Book> Exchange<B> {
    /// Asks every invariant, and says which one is broken.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.check_pledging(Known::of(self))?;
        self.check_beside_pledging()
    }

    /// Every invariant but those of loans and pledges, of which a state that was read has been asked.
    pub(super) fn check_beside_pledging(&self) -> Result<(), String> {
        self.check_balances()?;
        self.check_books()?;
        self.check_holds()?;
        self.check_titles()?;
        self.check_valuations()?;
        self.check_licensing()?;
        self.check_consumption()?;
        self.check_tranches()?;
        self.check_reserved()?;
        self.check_sales()?;
        self.check_lots()?;
        self.check_withdrawals()?;
        self.check_own_deals()?;
        self.check_disposals()?;
        self.check_pools()?;
        self.check_subsidies()?;
        self.check_control()
    }

    /// Operators are counted, one of their keys still rules, one look through a nominee is enough, holders are each counted once, what waits for a
    /// second person is not decided, and who approves was named.
    fn check_control(&self) -> Result<(), String> {
        let operators = self.register.users.iter();
        let operators = operators.filter(|user| user.is_operator()).count();
        ensure(operators == self.control.operators as usize, || {
            format!("{operators} operators, {} counted", self.control.operators)
        })?;
        ensure(self.register.can_be_ruled(), || {
            "no operator's key rules any more".into()
        })?;
        for (number, entity) in self.register.entities.iter().enumerate() {
            let direct = |entity: &EntityId| self.register.entities[entity.index()].beneficiaries.is_empty();
            ensure(entity.beneficiaries.iter().all(direct), || {
                format!("entity {number} holds for a nominee")
            })?;
        }
        for right in &self.register.assets {
            let holders = &right.extra().holders;
            ensure(holders.is_sorted_by(|a, b| a < b), || {
                format!("holders twice: {holders:?}")
            })?;
        }
        let open = |proposal: &Proposal| proposal.state == ProposalState::Open && proposal.decided_by.is_none();
        ensure(self.open_proposals().all(open), || "a decided proposal waits".into())?;
        self.check_approvers()
    }

    /// Nothing is negative; the cash of a currency is what crossed the border; the units of an instrument are what was
    /// issued and not consumed; what was issued is within the listed supply.
    fn check_balances(&self) -> Result<(), String> {
        let (_, cash, holdings) = self.ledger.parts();
        let mut total = [0_i128; Currency::ALL.len()];
        for balance in cash {
            ensure(balance.free.minor() >= 0 && balance.held.minor() >= 0, || {
                format!("negative cash: {balance:?}")
            })?;
            total[balance.currency.index()] += i128::from(balance.free.minor()) + i128::from(balance.held.minor());
        }
        for &currency in Currency::ALL {
            let (sum, booked) = (total[currency.index()], i128::from(self.ledger.total(currency).minor()));
            ensure(sum == booked, || {
                format!("{} of {}, but {booked} crossed the border", sum, currency.code())
            })?;
        }
        let mut units = vec![0_i128; self.register.instruments.len()];
        for holding in holdings {
            let (free, held) = (holding.free.units(), holding.held.units());
            ensure(free >= 0 && held >= 0, || format!("negative units: {holding:?}"))?;
            units[holding.instrument.index()] += i128::from(free) + i128::from(held);
        }
        for ((instrument, units), number) in self.register.instruments.iter().zip(units).zip(0..) {
            let issued = i128::from(instrument.issued.units());
            let consumed = i128::from(self.units.consumed(InstrumentId(number)).units());
            ensure(
                units + consumed == issued && issued <= i128::from(instrument.terms.supply.units()),
                || {
                    format!(
                        "{units} units of {}, {issued} issued, {consumed} consumed",
                        instrument.terms.symbol
                    )
                },
            )?;
        }
        Ok(())
    }

    /// Every open order rests in exactly one book, uncrossed and in price-time order; a closed book is empty.
    fn check_books(&self) -> Result<(), String> {
        let mut resting = 0;
        for (number, (book, listing)) in self.books.iter().zip(&self.register.instruments).enumerate() {
            let symbol = listing.terms.symbol;
            book.check(&self.pool, &self.orders)
                .map_err(|broken| format!("{symbol}: {broken}"))?;
            if let (Some(bid), Some(ask)) = (book.best(Side::Buy), book.best(Side::Sell)) {
                ensure(bid < ask, || format!("{symbol} is crossed: {bid:?} {ask:?}"))?;
            }
            for side in [Side::Buy, Side::Sell] {
                let slots: Vec<_> = book.resting(&self.pool, &self.orders, side).collect();
                for slot in &slots {
                    let order = self.orders.get(*slot);
                    let fits = order.is_live()
                        && order.left() > 0
                        && order.side() == side
                        && order.instrument().index() == number;
                    ensure(fits, || format!("{symbol} holds {order:?}"))?;
                }
                let prices = slots.iter().map(|slot| self.orders.get(*slot).ticks());
                let sorted = if side == Side::Buy {
                    prices.rev().is_sorted()
                } else {
                    prices.is_sorted()
                };
                ensure(sorted, || format!("{symbol} is out of order"))?;
                resting += slots.len();
            }
            let closed = listing.status == TradingStatus::Closed;
            ensure(!closed || book.is_empty(), || {
                format!("{symbol} is closed and not empty")
            })?;
        }
        ensure(resting == self.orders.count() as usize, || {
            format!("{resting} orders rest, {} are open", self.orders.count())
        })
    }

    /// What is held is what the open orders, the deals and the open tranches hold: no more, no less.
    fn check_holds(&self) -> Result<(), String> {
        let (_, cash, holdings) = self.ledger.parts();
        let mut cash_held = vec![0_i128; cash.len()];
        let mut units_held = vec![0_i128; holdings.len()];
        for (_, order, terms) in self.orders.slots().filter(|(_, order, _)| order.is_live()) {
            let OrderTerms {
                account,
                cash: cash_slot,
                units,
                ..
            } = *terms;
            let listing = self.register.listing(order.instrument());
            let fees = Self::fees(&self.epochs, order.tag());
            match order.side() {
                Side::Buy => {
                    cash_held[cash_slot.0 as usize] += i128::from(trading::held(listing, order, fees, terms).minor());
                }
                Side::Sell => units_held[units.0 as usize] += i128::from(order.left()),
            }
            let owner = self.ledger.account(account).map(|account| account.entity);
            ensure(owner == Ok(order.owner()), || {
                format!("{order:?} is of another entity than its account")
            })?;
        }
        for ((deal, account), amount) in self.escrows.iter() {
            let slot = self.ledger.check_cash(account, amount.currency, protocol::Money::ZERO);
            let slot = slot.map_err(|_| format!("deal {deal:?} holds of no account"))?;
            cash_held[slot.0 as usize] += i128::from(amount.money.minor());
        }
        for (account, instrument, left) in self.held_for_tranches().chain(self.held_for_lots()) {
            let slot = self.ledger.check_units(account, instrument, Quantity::ZERO);
            let slot = slot.map_err(|_| format!("an offer of {instrument:?} holds of no account"))?;
            units_held[slot.0 as usize] += i128::from(left.units());
        }
        for (balance, held) in cash.iter().zip(cash_held) {
            ensure(i128::from(balance.held.minor()) == held, || {
                format!("orders hold {held}, not as in {balance:?}")
            })?;
        }
        for (holding, held) in holdings.iter().zip(units_held) {
            ensure(i128::from(holding.held.units()) == held, || {
                format!("orders hold {held}, not as in {holding:?}")
            })?;
        }
        Ok(())
    }
}
