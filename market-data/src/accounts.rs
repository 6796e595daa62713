//! Cash, holdings and orders of each account, from private events alone.
//! Invariant: in every balance `free + held = total`, and none of the three is below zero.
//! An order is found by its slot without a hash; a finished order stays readable until its slot is used again.

use protocol::{
    AccountId, Currency, InstrumentId, Money, OrderId, Price, PrivateEvent, Quantity, Seq, Side, Timestamp,
    event::CancelReason,
};

/// An account's cash in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cash {
    /// All of it, in the currency's minor unit.
    pub total: Money,
    /// What open buy orders hold of it.
    pub held: Money,
}

impl Cash {
    /// What can be spent or paid out.
    pub fn free(self) -> Money {
        self.total.minus(self.held)
    }
}

/// An account's units of one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// All of them.
    pub total: Quantity,
    /// What open sell orders hold of them.
    pub held: Quantity,
}

impl Holding {
    /// What can be offered.
    pub fn free(self) -> Quantity {
        self.total.minus(self.held)
    }
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// It can still trade.
    Open,
    /// All of it traded.
    Filled,
    /// What was left of it was cancelled.
    Cancelled(CancelReason),
}

/// An order as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// The order.
    pub order: OrderId,
    /// Whose it is.
    pub account: AccountId,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// The limit, or the protection price of a market order.
    pub price: Price,
    /// How many units it was entered with.
    pub quantity: Quantity,
    /// How many have traded.
    pub filled: Quantity,
    /// How many can still trade: 0 once it is finished.
    pub left: Quantity,
    /// The sum of price × quantity over its fills.
    pub filled_value: Money,
    /// The sum of its fees.
    pub fees: Money,
    /// The cash it still holds; zero for a sell.
    pub held: Money,
    /// How it stands.
    pub state: OrderState,
    /// The command that entered it.
    pub seq: Seq,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// The accounts.
#[derive(Debug, Default)]
pub struct Accounts {}

impl Accounts {
    /// The account's cash in this currency; nothing for an unknown account.
    pub fn cash(&self, _account: AccountId, _currency: Currency) -> Cash {
        todo!()
    }

    /// The account's cash in every currency in which it ever had some.
    pub fn all_cash(&self, _account: AccountId) -> Vec<(Currency, Cash)> {
        todo!()
    }

    /// The account's units of this instrument; none for an unknown account.
    pub fn holding(&self, _account: AccountId, _instrument: InstrumentId) -> Holding {
        todo!()
    }

    /// Up to `limit` holdings behind `after`, by instrument.
    pub fn holdings(
        &self,
        _account: AccountId,
        _after: Option<InstrumentId>,
        _limit: usize,
    ) -> Vec<(InstrumentId, Holding)> {
        todo!()
    }

    /// The order of this id: open, or finished and its slot not used since.
    pub fn order(&self, _order: OrderId) -> Option<OrderView> {
        todo!()
    }

    /// Up to `limit` open orders of the account in the order of entry, behind the order `after` (whose entry was the
    /// command `after`: [`OrderView::seq`]).
    pub fn open_orders(&self, _account: AccountId, _after: Option<Seq>, _limit: usize) -> Vec<OrderView> {
        todo!()
    }

    /// How many orders of the account are open.
    pub fn open_order_count(&self, _account: AccountId) -> usize {
        todo!()
    }

    pub(crate) fn fold(&mut self, _event: &PrivateEvent, _seq: Seq, _at: Timestamp) {
        todo!()
    }
}
