//! Cash, holdings and orders of each account, from private events alone (and the currency of each listing).
//! Invariant: in every balance `free + held = total`, none of the three is below zero, and what is held is the sum of
//! what the open orders and deals hold.
//! An order is found by its slot without a hash; a finished order stays readable until its slot is used again.

use protocol::{
    AccountId, Asked, ClientId, Currency, InstrumentId, Money, OrderId, Price, PrivateEvent, PublicEvent, Quantity,
    Seq, Side, Stamped, Timestamp,
    event::{CancelReason, CashPosting, Event, StaffEvent, UnitsPosting},
    order::OrderType,
    rules::Fees,
};
use std::collections::BTreeMap;

/// An account's cash in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cash {
    /// All the cash, in the currency's minor unit.
    pub total: Money,
    /// The part that open buy orders and deals hold.
    pub held: Money,
}

impl Cash {
    /// The cash that can be spent or paid out.
    pub fn free(self) -> Money {
        self.total.minus(self.held)
    }
}

/// An account's units of one instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// All the units.
    pub total: Quantity,
    /// The part that open sell orders and deals hold.
    pub held: Quantity,
}

impl Holding {
    /// The units that can be offered.
    pub fn free(self) -> Quantity {
        self.total.minus(self.held)
    }
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// The order can still trade.
    Open,
    /// All of the order has traded.
    Filled,
    /// What was left of the order was cancelled.
    Cancelled(CancelReason),
}

/// An order as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// The order.
    pub order: OrderId,
    /// The client's name for the order, where that was kept.
    pub client_id: Option<ClientId>,
    /// How long the order lives and at which price, where what was asked is known.
    pub order_type: Option<OrderType>,
    /// The account whose order it is.
    pub account: AccountId,
    /// The instrument that is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// The limit, or the protection price of a market order.
    pub price: Price,
    /// How many units the order was entered with.
    pub quantity: Quantity,
    /// How many units have traded.
    pub filled: Quantity,
    /// How many units can still trade: 0 once the order is finished.
    pub left: Quantity,
    /// The sum of price × quantity over the order's fills.
    pub filled_value: Money,
    /// The sum of the order's fees.
    pub fees: Money,
    /// The cash that the order still holds; zero for a sell.
    pub held: Money,
    /// How the order stands.
    pub state: OrderState,
    /// The command that entered the order.
    pub seq: Seq,
    /// When the order was entered.
    pub entered_at: Timestamp,
    /// When the order last changed.
    pub changed_at: Timestamp,
}

/// An open order in the list of its account, or the place where one was.
#[derive(Clone, Copy, Debug)]
struct Listed {
    seq: Seq,
    slot: u32,
    open: bool,
}

/// How many places of finished orders a list may keep beyond those of open ones.
const FINISHED_MAX: usize = 16;

#[derive(Debug, Default)]
struct Entry {
    cash: [Cash; Currency::ALL.len()],
    /// One bit for each currency in which there ever was some.
    currencies: u8,
    /// The fractions of fees that are carried, of orders that rested and of those that arrived.
    carried: [[u64; 2]; Currency::ALL.len()],
    holdings: BTreeMap<InstrumentId, Holding>,
    /// Sorted by `seq`, as orders come in that order; more than half of it is open, but for a few.
    orders: Vec<Listed>,
    open: usize,
}

impl Entry {
    fn cash(&mut self, currency: Currency) -> &mut Cash {
        self.currencies |= 1 << currency.index();
        &mut self.cash[currency.index()]
    }

    fn holding(&mut self, instrument: InstrumentId) -> &mut Holding {
        self.holdings.entry(instrument).or_default()
    }

    /// Takes a finished order off the list.
    fn finish(&mut self, seq: Seq, slot: u32) {
        let from = self.orders.partition_point(|listed| listed.seq < seq);
        let listed = self.orders[from..]
            .iter_mut()
            .find(|listed| listed.slot == slot)
            .expect("an open order is listed");
        listed.open = false;
        self.open -= 1;
        if self.orders.len() > 2 * self.open + FINISHED_MAX {
            self.orders.retain(|listed| listed.open);
        }
    }
}

/// Every account: its cash, its holdings and its orders.
#[derive(Debug, Default)]
pub struct Accounts {
    entries: Vec<Entry>,
    orders: Vec<Option<OrderView>>,
    /// The fees of the orders, by slot: those that were in force when each came.
    fees: Vec<Fees>,
    /// The fees in force.
    fees_now: Fees,
    /// Which order rested in the last trade that was told.
    maker: Option<OrderId>,
    /// Of each instrument.
    currencies: Vec<Currency>,
    /// What lots moved of whose cash, while their bidders are secret: free and held.
    sealed: BTreeMap<(AccountId, Currency, Seq), (i64, i64)>,
}

impl Accounts {
    /// The account's cash in this currency; nothing for an unknown account.
    pub fn cash(&self, account: AccountId, currency: Currency) -> Cash {
        self.entries
            .get(account.index())
            .map_or_else(Cash::default, |entry| entry.cash[currency.index()])
    }

    /// The fraction of fees that the account carries as the one whose orders arrive, in ten-thousandths of the minor
    /// unit: what its next fee begins with.
    pub fn carried_as_taker(&self, account: AccountId, currency: Currency) -> u64 {
        let entry = self.entries.get(account.index());
        entry.map_or(0, |entry| entry.carried[currency.index()][1])
    }

    /// The account's cash in every currency in which it ever had some.
    pub fn all_cash(&self, account: AccountId) -> Vec<(Currency, Cash)> {
        let Some(entry) = self.entries.get(account.index()) else {
            return vec![];
        };
        let used = Currency::ALL
            .iter()
            .copied()
            .filter(|currency| entry.currencies & 1 << currency.index() != 0);
        used.map(|currency| (currency, entry.cash[currency.index()])).collect()
    }

    /// The account's cash as everybody else sees it, the venue and the regulators too: without what lots hold whose
    /// bidders are secret.
    pub fn all_cash_for_others(&self, account: AccountId) -> Vec<(Currency, Cash)> {
        let mut all = self.all_cash(account);
        for (currency, cash) in &mut all {
            let from = (account, *currency, Seq(0))..=(account, *currency, Seq(u64::MAX));
            for (free, held) in self.sealed.range(from).map(|(_, moved)| moved) {
                cash.total = Money::from_minor(cash.total.minor() - free - held);
                cash.held = Money::from_minor(cash.held.minor() - held);
            }
        }
        all
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

    /// The order of this id, if it is open, or finished and its slot not used since.
    pub fn order(&self, order: OrderId) -> Option<OrderView> {
        let view = self.orders.get(order.slot() as usize)?.as_ref();
        view.filter(|view| view.order == order).cloned()
    }

    /// Up to `limit` open orders of the account in the order of entry, behind the one that the command `after` entered
    /// ([`OrderView::seq`]).
    pub fn open_orders(&self, account: AccountId, after: Option<Seq>, limit: usize) -> Vec<OrderView> {
        let Some(entry) = self.entries.get(account.index()) else {
            return vec![];
        };
        let from = after.map_or(0, |after| entry.orders.partition_point(|listed| listed.seq <= after));
        let open = entry.orders[from..].iter().filter(|listed| listed.open).take(limit);
        open.map(|listed| {
            self.orders[listed.slot as usize]
                .clone()
                .expect("a listed order has its slot")
        })
        .collect()
    }

    /// How many orders of the account are open.
    pub fn open_order_count(&self, account: AccountId) -> usize {
        self.entries.get(account.index()).map_or(0, |entry| entry.open)
    }

    /// Takes in one event, and what its command asked for.
    pub(crate) fn fold(&mut self, event: &Stamped<Event>, asked: Option<&Asked>) {
        match &event.body {
            Event::Private(_, private) => self.fold_private(private, asked, event.seq, event.at),
            Event::Public(PublicEvent::EpochOpened(epoch)) => self.fees_now = epoch.fees,
            Event::Public(PublicEvent::Traded { maker, .. }) => self.maker = Some(*maker),
            Event::Public(PublicEvent::UnitsListed(listed)) => {
                let place = listed.instrument.index();
                if self.currencies.len() <= place {
                    self.currencies.resize(place + 1, Currency::default());
                }
                self.currencies[place] = listed.terms.currency;
            }
            Event::Sealed(_, private) => {
                if let PrivateEvent::CashPosted(posting) = private {
                    let key = (posting.account, posting.currency, posting.deal);
                    let (free, held) = self.sealed.entry(key).or_default();
                    *free += posting.free.minor();
                    *held += posting.held.minor();
                }
                self.fold_private(private, asked, event.seq, event.at);
            }
            Event::Staff(StaffEvent::LotDisclosed { lot }) => self.sealed.retain(|(.., deal), _| deal.0 != lot.0),
            Event::Public(_) | Event::Staff(_) | Event::Record(_) => {}
        }
    }

    fn fold_private(&mut self, event: &PrivateEvent, asked: Option<&Asked>, seq: Seq, at: Timestamp) {
        match *event {
            PrivateEvent::Rejected { .. }
            | PrivateEvent::AssetRegistered { .. }
            | PrivateEvent::TitleTranslated { .. }
            | PrivateEvent::BidStands { .. }
            | PrivateEvent::BidTaken(_) => {}
            PrivateEvent::CashPosted(ref posting) => self.post_cash(posting),
            PrivateEvent::UnitsPosted(ref posting) => self.post_units(posting),
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
                let placed = asked.and_then(|asked| asked.order);
                let client = asked
                    .filter(|_| placed.is_some())
                    .and_then(|asked| asked.client.as_ref());
                self.accept(OrderView {
                    order,
                    client_id: client.and_then(|client| client.id.clone()),
                    order_type: placed.map(|placed| placed.kind.order_type()),
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

    /// What a deal did to a balance: its total changes by both, what is held by the second.
    fn post_cash(&mut self, posting: &CashPosting) {
        let cash = self.entry(posting.account).cash(posting.currency);
        let (free, held) = (posting.free.minor(), posting.held.minor());
        let total = cash.total.minor() + free + held;
        let held = cash.held.minor() + held;
        assert!(0 <= held && held <= total, "no more is held than there is");
        (cash.total, cash.held) = (Money::from_minor(total), Money::from_minor(held));
    }

    /// What a deal did to a holding.
    fn post_units(&mut self, posting: &UnitsPosting) {
        let holding = self.entry(posting.account).holding(posting.instrument);
        let (free, held) = (posting.free.units(), posting.held.units());
        let total = holding.total.units() + free + held;
        let held = holding.held.units() + held;
        assert!(0 <= held && held <= total, "no more is held than there is");
        (holding.total, holding.held) = (Quantity::from_units(total), Quantity::from_units(held));
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
        entry.orders.push(Listed {
            seq: view.seq,
            slot,
            open: true,
        });
        entry.open += 1;
        if self.orders.len() <= slot as usize {
            self.orders.resize(slot as usize + 1, None);
            self.fees.resize(slot as usize + 1, Fees::default());
        }
        self.fees[slot as usize] = self.fees_now;
        let place = &mut self.orders[slot as usize];
        assert!(
            place.as_ref().is_none_or(|old| old.state != OrderState::Open),
            "a slot holds one open order"
        );
        *place = Some(view);
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
        let (account, instrument, side, seq) = (view.account, view.instrument, view.side, view.seq);
        let is_filled = view.state == OrderState::Filled;
        let currency = self.currency(instrument);
        let fees = self.fees[order.slot() as usize];
        let (role, points) = if self.maker == Some(order) {
            (0, fees.maker)
        } else {
            (1, fees.taker)
        };
        let entry = self.entry(account);
        let carried = &mut entry.carried[currency.index()][role];
        // What was charged by another rule carries nothing on: a preview then begins at a whole fen, and no event stops the fold.
        *carried = points.carried(value, *carried, fee).unwrap_or_default();
        let cash = entry.cash(currency);
        match side {
            Side::Buy => {
                cash.held = cash.held.minus(used);
                cash.total = cash.total.minus(value.plus(fee));
                let holding = entry.holding(instrument);
                holding.total = holding.total.plus(quantity);
            }
            Side::Sell => {
                cash.total = cash.total.plus(value.minus(fee));
                let holding = entry.holding(instrument);
                holding.total = holding.total.minus(quantity);
                holding.held = holding.held.minus(quantity);
            }
        }
        if is_filled {
            entry.finish(seq, order.slot());
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
        let (account, instrument, side, seq) = (view.account, view.instrument, view.side, view.seq);
        let currency = self.currency(instrument);
        let entry = self.entry(account);
        match side {
            Side::Buy => {
                let cash = entry.cash(currency);
                cash.held = cash.held.minus(released);
            }
            Side::Sell => {
                let holding = entry.holding(instrument);
                holding.held = holding.held.minus(quantity);
            }
        }
        entry.finish(seq, order.slot());
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

    fn open(&mut self, order: OrderId) -> &mut OrderView {
        let view = self.orders[order.slot() as usize]
            .as_mut()
            .expect("an event names an accepted order");
        assert!(
            view.order == order && view.state == OrderState::Open,
            "{order:?} is an open order"
        );
        view
    }
}
