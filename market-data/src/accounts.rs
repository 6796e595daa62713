//! Cash, holdings and orders of each account, from private events alone (and the currency of each listing).
//! Invariant: in every balance `free + held = total`, none of the three is below zero, and what is held is the sum of
//! what the open orders hold.
//! An order is found by its slot without a hash; a finished order stays readable until its slot is used again.

use protocol::{
    AccountId, Currency, InstrumentId, Money, OrderId, Price, PrivateEvent, PublicEvent, Quantity, Seq, Side, Stamped,
    Timestamp,
    event::{CancelReason, Event},
};
use std::collections::BTreeMap;

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

/// No slot: the end of a list.
const NONE: u32 = u32::MAX;

/// An order in its slot, linked with the open orders of its account in the order of entry.
#[derive(Clone, Copy, Debug)]
struct Slot {
    view: OrderView,
    before: u32,
    behind: u32,
}

#[derive(Debug)]
struct Entry {
    cash: [Cash; Currency::ALL.len()],
    /// One bit for each currency in which there ever was some.
    currencies: u8,
    holdings: BTreeMap<InstrumentId, Holding>,
    first: u32,
    last: u32,
    open: usize,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            cash: Default::default(),
            currencies: 0,
            holdings: BTreeMap::new(),
            first: NONE,
            last: NONE,
            open: 0,
        }
    }
}

impl Entry {
    fn cash(&mut self, currency: Currency) -> &mut Cash {
        self.currencies |= 1 << currency.index();
        &mut self.cash[currency.index()]
    }

    fn holding(&mut self, instrument: InstrumentId) -> &mut Holding {
        self.holdings.entry(instrument).or_default()
    }
}

/// The accounts.
#[derive(Debug, Default)]
pub struct Accounts {
    entries: Vec<Entry>,
    orders: Vec<Option<Slot>>,
    /// Of each instrument.
    currencies: Vec<Currency>,
}

impl Accounts {
    /// The account's cash in this currency; nothing for an unknown account.
    pub fn cash(&self, account: AccountId, currency: Currency) -> Cash {
        self.entries
            .get(account.index())
            .map_or_else(Cash::default, |entry| entry.cash[currency.index()])
    }

    /// The account's cash in every currency in which it ever had some.
    pub fn all_cash(&self, account: AccountId) -> Vec<(Currency, Cash)> {
        let Some(entry) = self.entries.get(account.index()) else {
            return vec![];
        };
        let used = Currency::ALL
            .into_iter()
            .filter(|currency| entry.currencies & 1 << currency.index() != 0);
        used.map(|currency| (currency, entry.cash[currency.index()])).collect()
    }

    /// The account's units of this instrument; none for an unknown account.
    pub fn holding(&self, account: AccountId, instrument: InstrumentId) -> Holding {
        let entry = self.entries.get(account.index());
        entry
            .and_then(|entry| entry.holdings.get(&instrument))
            .copied()
            .unwrap_or_default()
    }

    /// Up to `limit` holdings behind `after`, by instrument; those that were sold out stay, with nothing in them.
    pub fn holdings(
        &self,
        account: AccountId,
        after: Option<InstrumentId>,
        limit: usize,
    ) -> Vec<(InstrumentId, Holding)> {
        let Some(entry) = self.entries.get(account.index()) else {
            return vec![];
        };
        let from = after.map_or(InstrumentId(0), |after| InstrumentId(after.0.saturating_add(1)));
        entry
            .holdings
            .range(from..)
            .take(limit)
            .map(|(&id, &holding)| (id, holding))
            .collect()
    }

    /// The order of this id: open, or finished and its slot not used since.
    pub fn order(&self, order: OrderId) -> Option<OrderView> {
        let slot = self.orders.get(order.slot() as usize)?.as_ref()?;
        (slot.view.order == order).then_some(slot.view)
    }

    /// Up to `limit` open orders of the account in the order of entry, behind the one that the command `after` entered
    /// ([`OrderView::seq`]).
    pub fn open_orders(&self, account: AccountId, after: Option<Seq>, limit: usize) -> Vec<OrderView> {
        let first = self.entries.get(account.index()).map_or(NONE, |entry| entry.first);
        let slot_of = |slot: u32| self.orders.get(slot as usize).and_then(Option::as_ref);
        let open = std::iter::successors(slot_of(first), |slot| slot_of(slot.behind));
        open.map(|slot| slot.view)
            .skip_while(|view| after.is_some_and(|after| view.seq <= after))
            .take(limit)
            .collect()
    }

    /// How many orders of the account are open.
    pub fn open_order_count(&self, account: AccountId) -> usize {
        self.entries.get(account.index()).map_or(0, |entry| entry.open)
    }

    /// Takes in one event.
    pub(crate) fn fold(&mut self, event: &Stamped<Event>) {
        match &event.body {
            Event::Private(_, private) => self.fold_private(private, event.seq, event.at),
            Event::Public(PublicEvent::UnitsListed(listed)) => {
                let place = listed.instrument.index();
                if self.currencies.len() <= place {
                    self.currencies.resize(place + 1, Currency::default());
                }
                self.currencies[place] = listed.terms.currency;
            }
            Event::Public(_) | Event::Staff(_) => {}
        }
    }

    fn fold_private(&mut self, event: &PrivateEvent, seq: Seq, at: Timestamp) {
        match *event {
            PrivateEvent::Rejected { .. } | PrivateEvent::AssetRegistered { .. } => {}
            PrivateEvent::AccountOpened { account } => _ = self.entry(account),
            PrivateEvent::CashReceived(ref cash_in) => {
                let cash = self.entry(cash_in.account).cash(cash_in.currency);
                cash.total = cash.total.plus(cash_in.amount);
            }
            PrivateEvent::CashPaid(ref cash_out) => {
                let cash = self.entry(cash_out.account).cash(cash_out.currency);
                cash.total = cash.total.minus(cash_out.amount);
                assert!(cash.held <= cash.total, "what is held is not paid out");
            }
            PrivateEvent::UnitsReceived {
                account,
                instrument,
                quantity,
            } => {
                let holding = self.entry(account).holding(instrument);
                holding.total = holding.total.plus(quantity);
            }
            PrivateEvent::FeesCollected {
                account,
                currency,
                amount,
                ..
            } => {
                let cash = self.entry(account).cash(currency);
                cash.total = cash.total.plus(amount);
            }
            PrivateEvent::OrderAccepted {
                order,
                account,
                instrument,
                side,
                price,
                quantity,
                held,
            } => {
                self.accept(OrderView {
                    order,
                    account,
                    instrument,
                    side,
                    price,
                    quantity,
                    filled: Quantity::ZERO,
                    left: quantity,
                    filled_value: Money::ZERO,
                    fees: Money::ZERO,
                    held,
                    state: OrderState::Open,
                    seq,
                    entered_at: at,
                    changed_at: at,
                });
            }
            PrivateEvent::OrderFilled {
                order,
                price,
                quantity,
                fee,
                released,
                ..
            } => {
                self.fill(order, price, quantity, fee, released, at);
            }
            PrivateEvent::OrderCancelled {
                order,
                reason,
                quantity,
                released,
                ..
            } => {
                self.cancel(order, reason, quantity, released, at);
            }
        }
    }

    fn accept(&mut self, view: OrderView) {
        let slot = view.order.slot();
        let currency = self.currency(view.instrument);
        let entry = self.entry(view.account);
        match view.side {
            Side::Buy => {
                let cash = entry.cash(currency);
                cash.held = cash.held.plus(view.held);
                assert!(cash.held <= cash.total, "no more is held than there is");
            }
            Side::Sell => {
                let holding = entry.holding(view.instrument);
                holding.held = holding.held.plus(view.quantity);
                assert!(holding.held <= holding.total, "no more is held than there is");
            }
        }
        let before = entry.last;
        entry.last = slot;
        entry.open += 1;
        if before == NONE {
            entry.first = slot;
        } else {
            self.slot(before).behind = slot;
        }
        if self.orders.len() <= slot as usize {
            self.orders.resize(slot as usize + 1, None);
        }
        let place = &mut self.orders[slot as usize];
        assert!(
            place.is_none_or(|old| old.view.state != OrderState::Open),
            "a slot holds one open order"
        );
        *place = Some(Slot {
            view,
            before,
            behind: NONE,
        });
    }

    fn fill(&mut self, order: OrderId, price: Price, quantity: Quantity, fee: Money, released: Money, at: Timestamp) {
        let value = price.times(quantity).expect("a trade is within the bounds of an order");
        let view = self.open(order);
        view.filled = view.filled.plus(quantity);
        view.left = view.left.minus(quantity);
        view.filled_value = view.filled_value.plus(value);
        view.fees = view.fees.plus(fee);
        view.changed_at = at;
        let used = value.plus(fee).plus(released);
        if view.side == Side::Buy {
            view.held = view.held.minus(used);
        }
        if view.left == Quantity::ZERO {
            view.state = OrderState::Filled;
            assert_eq!(view.held, Money::ZERO, "a filled order holds nothing");
        }
        let view = *view;
        let currency = self.currency(view.instrument);
        let entry = self.entry(view.account);
        let cash = entry.cash(currency);
        match view.side {
            Side::Buy => {
                cash.held = cash.held.minus(used);
                cash.total = cash.total.minus(value.plus(fee));
                let holding = entry.holding(view.instrument);
                holding.total = holding.total.plus(quantity);
            }
            Side::Sell => {
                cash.total = cash.total.plus(value.minus(fee));
                let holding = entry.holding(view.instrument);
                holding.total = holding.total.minus(quantity);
                holding.held = holding.held.minus(quantity);
            }
        }
        if view.state == OrderState::Filled {
            self.unlink(order);
        }
    }

    fn cancel(&mut self, order: OrderId, reason: CancelReason, quantity: Quantity, released: Money, at: Timestamp) {
        let view = self.open(order);
        assert_eq!(
            (view.left, view.held),
            (quantity, released),
            "a cancel releases what was left"
        );
        view.left = Quantity::ZERO;
        view.held = Money::ZERO;
        view.state = OrderState::Cancelled(reason);
        view.changed_at = at;
        let view = *view;
        let currency = self.currency(view.instrument);
        let entry = self.entry(view.account);
        match view.side {
            Side::Buy => {
                let cash = entry.cash(currency);
                cash.held = cash.held.minus(released);
            }
            Side::Sell => {
                let holding = entry.holding(view.instrument);
                holding.held = holding.held.minus(quantity);
            }
        }
        self.unlink(order);
    }

    /// Takes a finished order out of the list of its account.
    fn unlink(&mut self, order: OrderId) {
        let Slot { view, before, behind } = *self.slot(order.slot());
        if before != NONE {
            self.slot(before).behind = behind;
        }
        if behind != NONE {
            self.slot(behind).before = before;
        }
        let entry = self.entry(view.account);
        entry.open -= 1;
        if before == NONE {
            entry.first = behind;
        }
        if behind == NONE {
            entry.last = before;
        }
    }

    fn currency(&self, instrument: InstrumentId) -> Currency {
        self.currencies[instrument.index()]
    }

    fn entry(&mut self, account: AccountId) -> &mut Entry {
        if self.entries.len() <= account.index() {
            self.entries.resize_with(account.index() + 1, Entry::default);
        }
        &mut self.entries[account.index()]
    }

    fn slot(&mut self, slot: u32) -> &mut Slot {
        self.orders[slot as usize].as_mut().expect("only used slots are linked")
    }

    fn open(&mut self, order: OrderId) -> &mut OrderView {
        let view = &mut self.slot(order.slot()).view;
        assert!(
            view.order == order && view.state == OrderState::Open,
            "{order:?} is an open order"
        );
        view
    }
}
