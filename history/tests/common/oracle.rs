//! The same events, folded in memory without any regard for speed.

use super::venue::currency_of;
use history::{
    Balance, Candle, Cause, Change, Changed, Day, Fill, Kind, Moved, Movement, Name, Order, OrderState, Print, Reader,
    Resolution, Sum, Told,
};
use protocol::{
    AccountId, Committed, Currency, Date, EntityId, Event, InstrumentId, Money, Notice, Price, PrivateEvent,
    PublicEvent, Quantity, Readers, Record, Seq, Side, StaffEvent, Timestamp, event::Asked, order::OrderKind,
    order::OrderType, wire::decode_alone,
};
use std::collections::{BTreeMap, BTreeSet};

/// An open event: its command, when it is told, when it happened.
struct Opened {
    seq: Seq,
    at: Timestamp,
    happened: Timestamp,
    event: Event,
}

#[derive(Default)]
pub struct Oracle {
    pub orders: Vec<Order>,
    pub fills: Vec<Fill>,
    pub cash: BTreeMap<(AccountId, Currency), Vec<Movement<Money>>>,
    pub units: BTreeMap<(AccountId, InstrumentId), Vec<Movement<Quantity>>>,
    pub prints: BTreeMap<InstrumentId, Vec<Print>>,
    /// Each version with its command, its readers and its times.
    pub told: Vec<(Seq, Timestamp, Timestamp, Readers, Told)>,
}

fn lot_of(event: &Event) -> Option<u64> {
    match event {
        Event::Sealed(_, PrivateEvent::CashPosted(posting)) => Some(posting.deal.0),
        Event::Sealed(_, PrivateEvent::UnitsPosted(posting)) => Some(posting.deal.0),
        Event::Record(changed) => match &changed.record {
            Record::Bidder(bidder) => Some(bidder.lot.0),
            Record::Proposal(proposal) => decode_alone(&proposal.encoded.0).ok()?.bids_for().map(|lot| lot.0),
            _ => None,
        },
        _ => None,
    }
}

/// What is open, at the place where it became so.
fn opened(batches: &[Committed]) -> Vec<Opened> {
    let all: Vec<_> = batches.iter().flat_map(|batch| &batch.events).collect();
    let mut closed = BTreeMap::new();
    for (place, event) in all.iter().enumerate() {
        if let Event::Staff(StaffEvent::LotDisclosed { lot }) = event.body {
            closed.insert(lot.0, place);
        }
    }
    let mut open: Vec<(usize, usize, Opened)> = Vec::new();
    for (place, event) in all.iter().enumerate() {
        let (shown, body) = if event.body.is_sealed() {
            let Some(shown) = lot_of(&event.body).and_then(|lot| closed.get(&lot)) else {
                continue;
            };
            let body = match event.body.clone() {
                Event::Sealed(entity, private) => Event::Private(entity, private),
                Event::Record(mut changed) => {
                    if let (Record::Bidder(_), Readers::Sealed(entity)) = (&changed.record, &changed.readers) {
                        changed.readers = Readers::Only(vec![*entity]);
                    }
                    Event::Record(changed)
                }
                other => other,
            };
            (place.max(*shown), body)
        } else {
            (place, event.body.clone())
        };
        let opened = Opened {
            seq: all[shown].seq,
            at: all[shown].at,
            happened: event.at,
            event: body,
        };
        open.push((shown, place, opened));
    }
    open.sort_by_key(|(shown, place, _)| (*shown, *place));
    open.into_iter().map(|(_, _, opened)| opened).collect()
}

impl Oracle {
    pub fn of(batches: &[Committed]) -> Self {
        let asked: BTreeMap<Seq, &Asked> = batches
            .iter()
            .flat_map(|batch| &batch.asked)
            .map(|asked| (asked.seq, asked))
            .collect();
        let mut oracle = Self::default();
        let mut lots = BTreeMap::new();
        for Opened {
            seq,
            at,
            happened,
            event,
        } in opened(batches)
        {
            let asked = asked.get(&seq).and_then(|asked| Some((*asked, asked.order?)));
            match event {
                Event::Public(PublicEvent::Traded {
                    instrument,
                    trade,
                    taker_side,
                    price,
                    quantity,
                    sandbox,
                    ..
                }) => {
                    let prints = oracle.prints.entry(instrument).or_default();
                    let number = prints.len() as u64 + 1;
                    prints.push(Print {
                        number,
                        trade,
                        at,
                        price,
                        quantity,
                        taker_side,
                        sandbox,
                    });
                }
                Event::Public(PublicEvent::Notice(notice)) => {
                    if let Notice::Lot(lot) = &*notice {
                        lots.insert(lot.lot, lot.clone());
                    }
                    oracle
                        .told
                        .push((seq, at, happened, Readers::AllBut(vec![]), Told::Notice(*notice)));
                }
                Event::Public(PublicEvent::LotBid(bid)) => {
                    let lot = lots.get_mut(&bid.lot).unwrap();
                    bid.change(lot);
                    let told = Told::Notice(Notice::Lot(lot.clone()));
                    oracle.told.push((seq, at, happened, Readers::AllBut(vec![]), told));
                }
                Event::Record(changed) => {
                    oracle
                        .told
                        .push((seq, at, happened, changed.readers, Told::Record(changed.record)));
                }
                Event::Private(entity, private) => oracle.private(entity, &private, at, happened, asked),
                _ => {}
            }
        }
        oracle
    }

    fn cash(
        &mut self,
        account: AccountId,
        currency: Currency,
        times: (Timestamp, Timestamp),
        (change, held): (i64, i64),
        cause: Cause,
    ) {
        let lines = self.cash.entry((account, currency)).or_default();
        let last = lines
            .last()
            .map_or((0, 0), |line| (line.total.minor(), line.held.minor()));
        lines.push(Movement {
            number: lines.len() as u64 + 1,
            at: times.0,
            happened_at: times.1,
            change: Money::from_minor(change),
            change_held: Money::from_minor(held),
            total: Money::from_minor(last.0 + change),
            held: Money::from_minor(last.1 + held),
            cause,
        });
    }

    fn units(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        times: (Timestamp, Timestamp),
        (change, held): (i64, i64),
        cause: Cause,
    ) {
        let lines = self.units.entry((account, instrument)).or_default();
        let last = lines
            .last()
            .map_or((0, 0), |line| (line.total.units(), line.held.units()));
        lines.push(Movement {
            number: lines.len() as u64 + 1,
            at: times.0,
            happened_at: times.1,
            change: Quantity::from_units(change),
            change_held: Quantity::from_units(held),
            total: Quantity::from_units(last.0 + change),
            held: Quantity::from_units(last.1 + held),
            cause,
        });
    }

    fn private(
        &mut self,
        entity: EntityId,
        event: &PrivateEvent,
        at: Timestamp,
        happened: Timestamp,
        asked: Option<(&Asked, protocol::order::PlaceOrder)>,
    ) {
        let times = (at, happened);
        let kind = asked.map(|(_, order)| match order.kind {
            OrderKind::Limit(price) => (OrderType::Limit, Some(price)),
            OrderKind::ImmediateOrCancel(price) => (OrderType::Ioc, Some(price)),
            OrderKind::Market => (OrderType::Market, None),
        });
        let by = asked.map(|(asked, _)| asked.by);
        let named = asked.and_then(|(asked, _)| asked.client.clone());
        let client = named.as_ref().map(|named| named.key.id);
        let client_id = named.and_then(|named| named.id);
        match event.clone() {
            PrivateEvent::Rejected { reject, .. } => {
                let Some((_, order)) = asked else { return };
                self.orders.push(Order {
                    entity,
                    account: order.account,
                    order: None,
                    instrument: order.instrument,
                    side: order.side,
                    order_type: kind.map(|kind| kind.0),
                    price: kind.and_then(|kind| kind.1),
                    quantity: order.quantity,
                    filled: Quantity::ZERO,
                    remaining: Quantity::ZERO,
                    filled_value: Money::ZERO,
                    fees: Money::ZERO,
                    held: Money::ZERO,
                    state: OrderState::Rejected(reject),
                    by,
                    client,
                    client_id,
                    entered_at: at,
                    changed_at: at,
                });
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
                self.orders.push(Order {
                    entity,
                    account,
                    order: Some(order),
                    instrument,
                    side,
                    order_type: kind.map(|kind| kind.0),
                    price: Some(price),
                    quantity,
                    filled: Quantity::ZERO,
                    remaining: quantity,
                    filled_value: Money::ZERO,
                    fees: Money::ZERO,
                    held,
                    state: OrderState::Open,
                    by,
                    client,
                    client_id,
                    entered_at: at,
                    changed_at: at,
                });
                let cause = Cause::Ordered { order };
                match side {
                    Side::Buy => self.cash(account, currency_of(instrument), times, (0, held.minor()), cause),
                    Side::Sell => self.units(account, instrument, times, (0, quantity.units()), cause),
                }
            }
            PrivateEvent::OrderFilled {
                order,
                account,
                instrument,
                side,
                trade,
                price,
                quantity,
                fee,
                released,
            } => {
                let value = Money::from_minor(price.minor() * quantity.units());
                let of = self.orders.iter_mut().rfind(|of| of.order == Some(order)).unwrap();
                of.filled = of.filled.plus(quantity);
                of.remaining = of.remaining.minus(quantity);
                of.filled_value = of.filled_value.plus(value);
                of.fees = of.fees.plus(fee);
                of.changed_at = at;
                if of.remaining == Quantity::ZERO {
                    of.state = OrderState::Filled;
                }
                let (paid, used) = match side {
                    Side::Buy => (
                        value.minor() + fee.minor(),
                        value.minor() + fee.minor() + released.minor(),
                    ),
                    Side::Sell => (fee.minor() - value.minor(), 0),
                };
                of.held = Money::from_minor(of.held.minor() - used);
                let (client_id, order_type) = (of.client_id.clone(), of.order_type);
                self.fills.push(Fill {
                    entity,
                    account,
                    order,
                    client_id,
                    order_type,
                    instrument,
                    side,
                    trade,
                    price,
                    quantity,
                    fee,
                    at,
                });
                let cause = |fee| Cause::Filled { order, trade, fee };
                self.cash(account, currency_of(instrument), times, (-paid, -used), cause(fee));
                let quantity = quantity.units();
                let moved = if side == Side::Buy {
                    (quantity, 0)
                } else {
                    (-quantity, -quantity)
                };
                self.units(account, instrument, times, moved, cause(Money::ZERO));
            }
            PrivateEvent::OrderCancelled {
                order,
                account,
                instrument,
                side,
                reason,
                quantity,
                released,
            } => {
                let of = self.orders.iter_mut().rfind(|of| of.order == Some(order)).unwrap();
                of.remaining = Quantity::ZERO;
                of.held = Money::ZERO;
                of.state = OrderState::Cancelled(reason);
                of.changed_at = at;
                let cause = Cause::Cancelled { order };
                match side {
                    Side::Buy => self.cash(account, currency_of(instrument), times, (0, -released.minor()), cause),
                    Side::Sell => self.units(account, instrument, times, (0, -quantity.units()), cause),
                }
            }
            PrivateEvent::CashReceived(cash) => {
                let cause = Cause::Received {
                    reference: cash.reference,
                };
                self.cash(cash.account, cash.currency, times, (cash.amount.minor(), 0), cause);
            }
            PrivateEvent::CashPaid(cash) => {
                let cause = Cause::Paid {
                    reference: cash.reference,
                };
                self.cash(cash.account, cash.currency, times, (-cash.amount.minor(), 0), cause);
            }
            PrivateEvent::FeesCollected {
                account,
                trade,
                currency,
                amount,
            } => {
                self.cash(account, currency, times, (amount.minor(), 0), Cause::Fees { trade });
            }
            PrivateEvent::CashPosted(posting) => {
                let moved = (posting.free.minor() + posting.held.minor(), posting.held.minor());
                let cause = Cause::Posted {
                    deal: posting.deal,
                    reason: posting.reason,
                };
                self.cash(posting.account, posting.currency, times, moved, cause);
            }
            PrivateEvent::UnitsPosted(posting) => {
                let moved = (posting.free.units() + posting.held.units(), posting.held.units());
                let cause = Cause::Posted {
                    deal: posting.deal,
                    reason: posting.reason,
                };
                self.units(posting.account, posting.instrument, times, moved, cause);
            }
            PrivateEvent::UnitsReceived {
                account,
                instrument,
                quantity,
            } => {
                self.units(account, instrument, times, (quantity.units(), 0), Cause::Issued);
            }
            _ => {}
        }
    }

    /// The days of an account, or of all: its lines by their dates, added up; none where they are beyond all money.
    pub fn days(&self, account: Option<AccountId>, of: Moved) -> Option<Vec<Day>> {
        let is_meant = |whose: &AccountId| account.is_none_or(|account| account == *whose);
        let mut by_date: BTreeMap<Date, Vec<(Kind, i64, i64)>> = BTreeMap::new();
        let mut add = |at: Timestamp, cause: &Cause, change: i64, held: i64| {
            let kind = match cause {
                Cause::Received { .. } => Kind::Received,
                Cause::Paid { .. } => Kind::Paid,
                Cause::Issued => Kind::Issued,
                Cause::Ordered { .. } => Kind::Ordered,
                Cause::Filled { .. } => Kind::Filled,
                Cause::Cancelled { .. } => Kind::Cancelled,
                Cause::Fees { .. } => Kind::Fees,
                Cause::Posted { reason, .. } => Kind::Posted(*reason),
            };
            by_date.entry(at.venue_date()).or_default().push((kind, change, held));
        };
        match of {
            Moved::Cash(currency) => {
                let meant = self
                    .cash
                    .iter()
                    .filter(|((whose, of), _)| is_meant(whose) && *of == currency);
                for line in meant.flat_map(|(_, lines)| lines) {
                    add(line.at, &line.cause, line.change.minor(), line.change_held.minor());
                }
            }
            Moved::Units(instrument) => {
                let meant = self
                    .units
                    .iter()
                    .filter(|((whose, of), _)| is_meant(whose) && *of == instrument);
                for line in meant.flat_map(|(_, lines)| lines) {
                    add(line.at, &line.cause, line.change.units(), line.change_held.units());
                }
            }
        }
        let mut days: Vec<Day> = Vec::new();
        for (date, lines) in by_date {
            let opening = days.last().map_or_else(Balance::default, |day| day.closing);
            let mut closing = opening;
            let mut sums: BTreeMap<Kind, Sum> = BTreeMap::new();
            for (kind, change, held) in lines {
                closing.total = closing.total.checked_add(change)?;
                closing.held = closing.held.checked_add(held)?;
                let sum = sums.entry(kind).or_insert(Sum {
                    kind,
                    lines: 0,
                    change: 0,
                    change_held: 0,
                });
                sum.lines += 1;
                sum.change = sum.change.checked_add(change)?;
                sum.change_held = sum.change_held.checked_add(held)?;
            }
            let sums = sums.into_values().collect();
            days.push(Day {
                date,
                opening,
                sums,
                closing,
            });
        }
        Some(days)
    }

    pub fn candles(&self, instrument: InstrumentId, resolution: Resolution) -> Vec<Candle> {
        let mut candles: Vec<Candle> = Vec::new();
        let length = resolution.seconds() * 1_000_000_000;
        let offset = 8 * 3_600 * 1_000_000_000;
        for print in self.prints.get(&instrument).into_iter().flatten() {
            let start = Timestamp((print.at.0 + offset) / length * length - offset);
            if candles.last().is_none_or(|last| last.start != start) {
                candles.push(Candle {
                    start,
                    open: print.price,
                    high: print.price,
                    low: Price::from_minor(i64::MAX),
                    close: print.price,
                    volume: 0,
                    trades: 0,
                    sandbox: false,
                });
            }
            let last = candles.last_mut().unwrap();
            last.high = last.high.max(print.price);
            last.low = last.low.min(print.price);
            last.close = print.price;
            last.volume += print.quantity.units() as u64;
            last.trades += 1;
            last.sandbox |= print.sandbox;
        }
        candles
    }

    /// Whether a reader is told what was told in this place.
    pub fn may_read(&self, reader: Reader, place: usize) -> bool {
        let (.., readers, told) = &self.told[place];
        match reader {
            Reader::Staff => !matches!(readers, Readers::Sealed(_)) && !self.is_a_bid(place),
            Reader::Nobody => matches!(told, Told::Notice(_)),
            Reader::Entity(entity) => readers.has(entity),
            Reader::All => !matches!(readers, Readers::Sealed(_)),
        }
    }

    /// Whether nothing of an interest changed but what it bids.
    fn is_a_bid(&self, place: usize) -> bool {
        let Told::Record(Record::Interest(now)) = &self.told[place].4 else {
            return false;
        };
        let before = self.told[..place].iter().rev().find_map(|(.., told)| match told {
            Told::Record(Record::Interest(before))
                if (before.transfer, before.entity) == (now.transfer, now.entity) =>
            {
                Some(before.state)
            }
            _ => None,
        });
        before == Some(now.state)
    }

    fn is_once(told: &Told) -> bool {
        matches!(told, Told::Record(Record::Read(_)))
    }

    /// What a reader is told, command by command.
    pub fn changes(&self, reader: Reader) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        let mut has: BTreeSet<Name> = BTreeSet::new();
        let mut place = 0;
        for command in self.told.chunk_by(|a, b| a.0 == b.0) {
            let mut push = |(at, happened_at): (Timestamp, Timestamp), name: Name, readers: Readers, what: Changed| {
                let number = changes.len() as u64 + 1;
                changes.push(Change {
                    number,
                    at,
                    happened_at,
                    name,
                    readers,
                    what,
                });
            };
            let mut seen = BTreeSet::new();
            let mut named = BTreeSet::new();
            for (_, at, happened_at, readers, told) in command {
                let may_read = self.may_read(reader, place);
                place += 1;
                let name = told.name();
                if !Self::is_once(told) {
                    named.insert(name.clone());
                }
                if !may_read {
                    continue;
                }
                let what = if !Self::is_once(told) && (has.contains(&name) || seen.contains(&name)) {
                    Changed::Version(told.clone())
                } else {
                    Changed::New(told.clone())
                };
                if !Self::is_once(told) {
                    seen.insert(name.clone());
                }
                push((*at, *happened_at), name, readers.clone(), what);
            }
            let at = command.last().unwrap().1;
            for name in named {
                if seen.contains(&name) {
                    has.insert(name);
                } else if matches!(reader, Reader::Entity(_)) && has.remove(&name) {
                    push((at, at), name, Readers::Only(vec![]), Changed::Gone);
                }
            }
        }
        changes
    }
}
