//! Cash and units: what each account has free and held, for which order or deal, and that nothing is lost or made.

use super::{Audit, Auditor, must};
use protocol::{
    AccountId, Amount, BasisPoints, Command, Currency, EntityId, InstrumentId, OrderId, Price, PrivateEvent,
    PublicEvent, Quantity, Seq, Side,
    account::{CashMove, Withdrawal, WithdrawalState},
    event::{CancelReason, CashPosting, PostingReason, TradingStatus, UnitsListed, UnitsPosting},
    licence::{Consumption, LicenceState, SetUnitContract, Tranche},
    listing::BookTerms,
    order::OrderKind,
    rules::{Fees, Profile},
    title::{Act, AssetState},
};
use std::collections::BTreeMap;

/// An order that is open.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub owner: EntityId,
    pub account: AccountId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub price: i64,
    pub left: i64,
    pub held: i64,
    /// Those of the rules that it was entered under.
    fees: Fees,
}

/// Units of a right that are listed.
#[derive(Clone, Debug)]
pub struct Listing {
    pub asset: protocol::AssetId,
    pub terms: BookTerms,
    pub status: TradingStatus,
    pub issued: i64,
    pub consumed: i64,
    pub contract: Option<SetUnitContract>,
}

/// A trade of this command.
#[derive(Debug)]
pub struct Trade {
    instrument: InstrumentId,
    price: i64,
    quantity: i64,
    maker: OrderId,
    taker_side: Side,
    sides: Vec<(Side, EntityId)>,
    fees: i64,
    collected: i64,
}

/// What an account used of an instrument, by what was asked and posted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Use {
    products: u64,
    /// Units for them, each report rounded up by itself.
    each: i64,
    consumed: i64,
}

/// A share in hundredths of a per cent, rounded down.
fn share(of: i64, points: BasisPoints) -> i64 {
    i64::try_from(i128::from(of) * i128::from(points.0) / 10_000).expect("a fee is money")
}

impl Order {
    /// What a buy holds for so many units: their price and the higher fee, and what is at most beside that: a minor unit
    /// for the fraction of a fee.
    fn hold(&self, units: i64) -> (i64, i64) {
        match self.side {
            Side::Sell => (0, 0),
            Side::Buy => {
                let cost = self.price * units;
                let fee = share(cost, self.fees.maker).max(share(cost, self.fees.taker));
                let free = self.fees.maker.0 == 0 && self.fees.taker.0 == 0;
                (cost + fee, i64::from(units > 0 && !free))
            }
        }
    }
}

impl Auditor {
    fn move_cash(&mut self, account: AccountId, currency: Currency, free: i64, held: i64) -> Audit {
        let balance = self.cash.entry((account, currency)).or_default();
        (balance.0, balance.1) = (balance.0 + free, balance.1 + held);
        let balance = *balance;
        must(balance.0 >= 0 && balance.1 >= 0, || {
            format!("{account:?} has {balance:?}")
        })
    }

    fn move_units(&mut self, account: AccountId, instrument: InstrumentId, free: i64, held: i64) -> Audit {
        let holding = self.units.entry((account, instrument)).or_default();
        (holding.0, holding.1) = (holding.0 + free, holding.1 + held);
        let holding = *holding;
        must(holding.0 >= 0 && holding.1 >= 0, || {
            format!("{account:?} has {holding:?} of {instrument:?}")
        })
    }

    pub(super) fn hear_money(&mut self, party: EntityId, event: &PrivateEvent) -> Audit {
        let account = match event {
            PrivateEvent::CashReceived(cash) | PrivateEvent::CashPaid(cash) => cash.account,
            PrivateEvent::UnitsReceived { account, .. }
            | PrivateEvent::OrderAccepted { account, .. }
            | PrivateEvent::OrderFilled { account, .. }
            | PrivateEvent::OrderCancelled { account, .. }
            | PrivateEvent::FeesCollected { account, .. } => *account,
            PrivateEvent::CashPosted(posting) => posting.account,
            PrivateEvent::UnitsPosted(posting) => posting.account,
            PrivateEvent::Rejected { .. }
            | PrivateEvent::BidStands { .. }
            | PrivateEvent::BidTaken(_)
            | PrivateEvent::AccountOpened { .. }
            | PrivateEvent::AssetRegistered { .. }
            | PrivateEvent::TitleTranslated { .. } => unreachable!("heard elsewhere"),
        };
        let owner = self.accounts.get(&account);
        must(owner == Some(&party), || format!("{account:?} is of {owner:?}"))?;
        match *event {
            PrivateEvent::CashReceived(ref cash) => self.hear_border(cash, 1),
            PrivateEvent::CashPaid(ref cash) => self.hear_border(cash, -1),
            PrivateEvent::UnitsReceived {
                instrument, quantity, ..
            } => self.move_units(account, instrument, quantity.units(), 0),
            PrivateEvent::OrderAccepted { order, .. } => self.hear_order(order, party, event),
            PrivateEvent::OrderFilled { order, .. } => self.hear_fill(order, event),
            PrivateEvent::OrderCancelled { .. } => self.hear_cancel(event),
            PrivateEvent::FeesCollected { amount, currency, .. } => {
                let trade = self.trades.last_mut().ok_or("fees of no trade")?;
                trade.collected += amount.minor();
                self.move_cash(account, currency, amount.minor(), 0)
            }
            PrivateEvent::CashPosted(ref posting) => self.hear_cash_posting(posting),
            PrivateEvent::UnitsPosted(ref posting) => self.hear_units_posting(posting),
            PrivateEvent::Rejected { .. }
            | PrivateEvent::BidStands { .. }
            | PrivateEvent::BidTaken(_)
            | PrivateEvent::AccountOpened { .. }
            | PrivateEvent::AssetRegistered { .. }
            | PrivateEvent::TitleTranslated { .. } => unreachable!("heard elsewhere"),
        }
    }

    /// Cash crosses the border as an operator booked it.
    fn hear_border(&mut self, cash: &CashMove, sign: i64) -> Audit {
        let booked = match self.doing() {
            Some(Command::CashIn(asked)) => sign > 0 && **asked == *cash,
            Some(Command::CashOut(asked)) => {
                let paid = self.withdrawals.get(&asked.withdrawal);
                paid.is_some_and(|paid| {
                    (paid.account, paid.amount, paid.reference.as_ref())
                        == (
                            cash.account,
                            Amount::new(cash.currency, cash.amount),
                            Some(&cash.reference),
                        )
                }) && sign < 0
                    && asked.reference == cash.reference
            }
            _ => false,
        };
        must(booked, || "cash that nobody booked".into())?;
        let minor = sign * cash.amount.minor();
        *self.crossed.entry(cash.currency).or_default() += i128::from(minor);
        self.count(if sign > 0 { "cash in" } else { "cash out" });
        self.move_cash(cash.account, cash.currency, minor, 0)
    }

    /// Cash leaves by its owner's request, which holds it until the venue paid or somebody ended it.
    pub(super) fn hear_withdrawal(&mut self, told: &Withdrawal) -> Audit {
        use WithdrawalState::{Approved, Cancelled, Paid, Refused, Requested};
        let before = self.withdrawals.insert(told.withdrawal, told.clone());
        let by = self.deed.as_ref().map(|deed| deed.by);
        let house = by.and_then(|by| self.house(by));
        let owner = self.accounts.get(&told.account).copied();
        let fits = match (before.as_ref().map(|before| before.state), told.state, self.doing()) {
            (None, Requested, Some(Command::RequestWithdrawal(asked))) => {
                (asked.account, asked.amount) == (told.account, told.amount) && house == owner
            }
            (Some(Requested), Cancelled, Some(Command::CancelWithdrawal(asked))) => {
                asked.withdrawal == told.withdrawal && house == owner
            }
            (Some(Requested), Approved, Some(Command::ApproveWithdrawal(asked))) => asked.withdrawal == told.withdrawal,
            (Some(Requested | Approved), Refused, Some(Command::RefuseWithdrawal(asked))) => {
                asked.withdrawal == told.withdrawal && told.reason.as_ref() == Some(&asked.reason)
            }
            (Some(Approved), Paid, Some(Command::CashOut(asked))) => {
                asked.withdrawal == told.withdrawal && told.reference.as_ref() == Some(&asked.reference)
            }
            _ => false,
        };
        must(fits, || format!("{told:?} after {before:?}"))?;
        let same = before.is_none_or(|before| (before.account, before.amount) == (told.account, told.amount));
        must(same, || format!("{told:?} is another's, or of another amount"))?;
        let held = self.deals.get(&(Seq(told.withdrawal.0), told.account)).copied();
        let waits = matches!(told.state, Requested | Approved);
        let due = waits.then_some((told.amount.currency, told.amount.money.minor()));
        self.count("withdrawals");
        must(held == due, || format!("{held:?} is held for {told:?}"))
    }

    pub(super) fn hear_listing(&mut self, listed: &UnitsListed) -> Audit {
        let profile = self.epoch.as_ref().map(|epoch| epoch.profile);
        must(profile == Some(Profile::UnitMarket), || {
            "a book of units in China".into()
        })?;
        let listing = Listing {
            asset: listed.asset,
            terms: listed.terms.clone(),
            status: TradingStatus::Trading,
            issued: 0,
            consumed: 0,
            contract: None,
        };
        self.listings.insert(listed.instrument, listing);
        self.count("units listed");
        Ok(())
    }

    pub(super) fn hear_issue(&mut self, instrument: InstrumentId, quantity: Quantity, issued: Quantity) -> Audit {
        let listing = self.listings.get_mut(&instrument).ok_or("units of nothing")?;
        listing.issued += quantity.units();
        let supply = listing.terms.supply.units();
        must(listing.issued == issued.units() && listing.issued <= supply, || {
            format!("not as in {listing:?}")
        })
    }

    pub(super) fn hear_status(&mut self, instrument: InstrumentId, status: TradingStatus) -> Audit {
        let listing = self.listings.get_mut(&instrument).ok_or("a status of nothing")?;
        let before = std::mem::replace(&mut listing.status, status);
        must(before != TradingStatus::Closed, || "a book opens again".into())
    }

    /// A book trades while its right may be licensed and it is neither halted nor closed.
    fn check_tradeable(&self, instrument: InstrumentId) -> Audit {
        let listing = self.listings.get(&instrument).ok_or("a trade in nothing")?;
        let right = &self.rights[&listing.asset];
        let title = &right.title;
        let ended = title.expires.is_some_and(|day| day.start() <= self.at) && !right.awaits_renewal();
        let open = !title.frozen
            && !title.late
            && !ended
            && matches!(title.state, AssetState::Verified | AssetState::Listed)
            && listing.status == TradingStatus::Trading;
        must(open, || format!("a trade in {listing:?} of {title:?}"))
    }

    fn hear_order(&mut self, id: OrderId, owner: EntityId, event: &PrivateEvent) -> Audit {
        let &PrivateEvent::OrderAccepted {
            account,
            instrument,
            side,
            price,
            quantity,
            held,
            ..
        } = event
        else {
            unreachable!()
        };
        self.check_tradeable(instrument)?;
        let terms = &self.listings[&instrument].terms;
        let asked = match self.doing() {
            Some(Command::PlaceOrder(asked)) => *asked,
            _ => return Err("an order that nobody placed".into()),
        };
        let limit = match (asked.kind, side) {
            (OrderKind::Limit(limit) | OrderKind::ImmediateOrCancel(limit), _) => limit,
            (OrderKind::Market, Side::Buy) => terms.price_high,
            (OrderKind::Market, Side::Sell) => terms.price_low,
        };
        let same = (asked.account, asked.instrument, asked.side, asked.quantity, limit)
            == (account, instrument, side, quantity, price);
        must(same && (terms.price_low..=terms.price_high).contains(&price), || {
            format!("asked was {asked:?}")
        })?;
        let order = Order {
            owner,
            account,
            instrument,
            side,
            price: price.minor(),
            left: quantity.units(),
            held: held.minor(),
            fees: self.epoch.as_ref().expect("rules are in force").fees,
        };
        let (worst, carried) = order.hold(order.left);
        must(order.held == worst + carried, || {
            format!("{order:?} does not hold {worst} and {carried}")
        })?;
        self.check_sellers_consent(&order)?;
        let currency = terms.currency;
        self.count("orders");
        match side {
            Side::Buy => self.move_cash(account, currency, -order.held, order.held)?,
            Side::Sell => self.move_units(account, instrument, -order.left, order.left)?,
        }
        let before = self.orders.insert(id, order);
        must(before.is_none(), || format!("its number is that of {before:?}"))
    }

    /// An owner of a right that takes all owners offers units with their consent alone.
    fn check_sellers_consent(&self, order: &Order) -> Audit {
        let listing = &self.listings[&order.instrument];
        let right = &self.rights[&listing.asset];
        let owner = right.title.owners.iter().any(|share| share.entity == order.owner);
        if order.side == Side::Buy || !owner {
            return Ok(());
        }
        let consented = self.has_consent(listing.asset, Act::Units, listing.terms.currency, Some(order.price));
        must(consented, || format!("{order:?} without the other owners"))
    }

    pub(super) fn hear_trade(&mut self, event: &PublicEvent) -> Audit {
        let &PublicEvent::Traded {
            instrument,
            maker,
            taker_side,
            price,
            quantity,
            sandbox,
            ..
        } = event
        else {
            unreachable!()
        };
        self.check_tradeable(instrument)?;
        let marked = self.epoch.as_ref().map(|epoch| epoch.approval.is_sandbox());
        must(marked == Some(sandbox), || "a sandbox print is marked".into())?;
        let rested = self.resting.get_mut(&maker).ok_or("the maker did not rest")?;
        *rested -= quantity.units();
        let left = *rested;
        if left == 0 {
            self.resting.remove(&maker);
        }
        let trade = Trade {
            instrument,
            price: price.minor(),
            quantity: quantity.units(),
            maker,
            taker_side,
            sides: vec![],
            fees: 0,
            collected: 0,
        };
        let resting = &self.orders[&maker];
        let fits = left >= 0
            && trade.quantity > 0
            && resting.price == trade.price
            && resting.side == taker_side.opposite()
            && resting.instrument == instrument;
        self.trades.push(trade);
        self.count("trades");
        must(fits, || format!("{left} left of the maker"))
    }

    fn hear_fill(&mut self, id: OrderId, event: &PrivateEvent) -> Audit {
        let &PrivateEvent::OrderFilled {
            account,
            instrument,
            side,
            price,
            quantity,
            fee,
            released,
            ..
        } = event
        else {
            unreachable!()
        };
        let trade = self.trades.last_mut().ok_or("a fill of no trade")?;
        let order = self.orders.get_mut(&id).ok_or("a fill of no order")?;
        let (price, quantity, fee, released) = (price.minor(), quantity.units(), fee.minor(), released.minor());
        let amount = price * quantity;
        let points = if id == trade.maker {
            order.fees.maker
        } else {
            order.fees.taker
        };
        let same = (trade.instrument, trade.price, trade.quantity) == (instrument, price, quantity)
            && (order.instrument, order.side, order.account) == (instrument, side, account)
            && (id == trade.maker) == (side != trade.taker_side);
        // Exactly what all fees in this role come to, rounded down; a buy that has spent what it held for the fraction
        // owes one minor unit more.
        let currency = self.listings[&instrument].terms.currency;
        let paid = self.fees.entry((account, currency, id == trade.maker)).or_default();
        paid.0 += i128::from(amount) * i128::from(points.0);
        paid.1 += i128::from(fee);
        let owed = paid.0 / 10_000 - paid.1;
        let same = same && (owed == 0 || owed > 0 && side == Side::Buy && released == 0);
        must(same, || format!("{trade:?} of {order:?}"))?;
        trade.sides.push((side, order.owner));
        trade.fees += fee;
        order.left -= quantity;
        let within = match side {
            Side::Buy => price <= order.price,
            Side::Sell => price >= order.price,
        };
        if side == Side::Buy {
            order.held -= amount + fee + released;
        }
        let order = *order;
        let (worst, carried) = order.hold(order.left);
        let covered = order.left >= 0 && released >= 0 && (worst..=worst + carried).contains(&order.held);
        must(within && covered, || format!("leaves {order:?}"))?;
        if order.left == 0 {
            self.orders.remove(&id);
        }
        let Listing { asset, ref terms, .. } = self.listings[&instrument];
        let currency = terms.currency;
        if self.binds_holders() {
            match side {
                Side::Buy => {
                    self.note_holder(asset, order.owner);
                    self.note_buy(asset, order.owner)?;
                }
                Side::Sell => self.note_sale(asset, order.owner)?,
            }
        }
        match side {
            Side::Buy => {
                self.move_cash(account, currency, released, -(amount + fee + released))?;
                self.move_units(account, instrument, quantity, 0)
            }
            Side::Sell => {
                self.move_cash(account, currency, amount - fee, 0)?;
                self.move_units(account, instrument, 0, -quantity)
            }
        }
    }

    fn hear_cancel(&mut self, event: &PrivateEvent) -> Audit {
        let &PrivateEvent::OrderCancelled {
            order: id,
            account,
            instrument,
            side,
            reason,
            quantity,
            released,
        } = event
        else {
            unreachable!()
        };
        let order = self.orders.remove(&id).ok_or("an order that was not open")?;
        let same = (order.account, order.instrument, order.side, order.left, order.held)
            == (account, instrument, side, quantity.units(), released.minor());
        must(same, || format!("it was {order:?}"))?;
        self.count(match reason {
            CancelReason::Requested => "orders cancelled by request",
            CancelReason::NotFilled => "orders not filled",
            CancelReason::SelfTrade => "orders cancelled by self-trade",
            CancelReason::Expired => "orders cancelled by expiry",
            CancelReason::Frozen => "orders cancelled by freeze",
            CancelReason::Suspended => "orders cancelled by suspension",
            CancelReason::ConsentWithdrawn => "orders cancelled by consent",
            CancelReason::Invalidated => "orders cancelled by invalidation",
            CancelReason::Delisted => "orders cancelled by delisting",
            CancelReason::RulesChanged => "orders cancelled by changed rules",
        });
        let currency = self.listings[&instrument].terms.currency;
        match side {
            Side::Buy => self.move_cash(account, currency, released.minor(), -released.minor()),
            Side::Sell => self.move_units(account, instrument, quantity.units(), -quantity.units()),
        }
    }

    fn hear_cash_posting(&mut self, posting: &CashPosting) -> Audit {
        let CashPosting {
            account,
            currency,
            free,
            held,
            reason,
            deal,
        } = *posting;
        let (free, held) = (free.minor(), held.minor());
        let shaped = match reason {
            PostingReason::Held => held > 0 && free == -held,
            PostingReason::Released => held < 0 && free == -held,
            PostingReason::Paid => held < 0 && free == 0,
            PostingReason::Received => free > 0 && held == 0,
            PostingReason::Consumed => false,
        };
        must(shaped, || "a posting of no shape".into())?;
        if held != 0 {
            let entry = self.deals.entry((deal, account)).or_insert((currency, 0));
            entry.1 += held;
            let holds = *entry;
            must(holds.0 == currency && holds.1 >= 0, || {
                format!("the deal holds {holds:?}")
            })?;
            if holds.1 == 0 {
                self.deals.remove(&(deal, account));
            }
        }
        self.history.entry(deal).or_default().push(*posting);
        self.cash_postings.push(*posting);
        self.move_cash(account, currency, free, held)
    }

    /// What a deal moved of cash for this reason, by account.
    pub(super) fn moved(&self, deal: u64, reason: PostingReason) -> BTreeMap<AccountId, i64> {
        let mut sums = BTreeMap::new();
        let postings = self.history.get(&Seq(deal)).into_iter().flatten();
        for posting in postings.filter(|posting| posting.reason == reason) {
            let minor = match reason {
                PostingReason::Received => posting.free.minor(),
                _ => posting.held.minor().abs(),
            };
            *sums.entry(posting.account).or_default() += minor;
        }
        sums
    }

    fn hear_units_posting(&mut self, posting: &UnitsPosting) -> Audit {
        let UnitsPosting {
            account,
            instrument,
            free,
            held,
            reason,
            deal,
        } = *posting;
        let (free, held) = (free.units(), held.units());
        let shaped = match reason {
            PostingReason::Held => held > 0 && free == -held,
            PostingReason::Released => held < 0 && free == -held,
            PostingReason::Paid => held < 0 && free == 0,
            PostingReason::Received => free > 0 && held == 0,
            PostingReason::Consumed => free < 0 && held == 0,
        };
        must(shaped, || "a posting of no shape".into())?;
        if held != 0 {
            let entry = self.unit_deals.entry(deal).or_insert((account, instrument, 0));
            entry.2 += held;
            let holds = *entry;
            must((holds.0, holds.1) == (account, instrument) && holds.2 >= 0, || {
                format!("the deal holds {holds:?}")
            })?;
            if holds.2 == 0 {
                self.unit_deals.remove(&deal);
            }
        }
        if reason == PostingReason::Consumed {
            self.listings.get_mut(&instrument).ok_or("use of nothing")?.consumed -= free;
            self.uses.entry((instrument, account)).or_default().consumed -= free;
            self.count("units consumed");
        }
        self.units_postings.push(*posting);
        self.move_units(account, instrument, free, held)
    }

    /// A tranche grows by what is paid for and delivered in the same command.
    pub(super) fn hear_tranche(&mut self, tranche: &Tranche) -> Audit {
        let id = tranche.tranche;
        let before = match self.tranches.get(&id) {
            Some(before) => *before,
            None => {
                let opened = id.0 == self.seq.0 && matches!(self.doing(), Some(Command::OpenTranche(_)));
                must(opened, || "a tranche that nobody opened".into())?;
                *tranche
            }
        };
        let same = (before.symbol, before.price, before.quantity, before.opens_at)
            == (tranche.symbol, tranche.price, tranche.quantity, tranche.opens_at);
        must(same && (before.open || !tranche.open), || format!("it was {before:?}"))?;
        let taken = tranche.taken.units() - before.taken.units();
        let deal = Seq(id.0);
        let cash = |reason| {
            let postings = self
                .cash_postings
                .iter()
                .filter(|p| p.deal == deal && p.reason == reason);
            postings
                .map(|posting| posting.free.minor() - posting.held.minor())
                .sum::<i64>()
        };
        let cost = Price::from_minor(tranche.price.money.minor());
        let cost = cost.times(Quantity::from_units(taken)).map_or(0, |cost| cost.minor());
        let delivered = self
            .units_postings
            .iter()
            .filter(|p| p.deal == deal && p.free > Quantity::ZERO);
        let delivered: i64 = delivered
            .filter(|posting| posting.reason == PostingReason::Received)
            .map(|posting| posting.free.units())
            .sum();
        let in_time = taken == 0 || self.at >= tranche.opens_at;
        let paid = cash(PostingReason::Paid) == cost && cash(PostingReason::Received) == cost;
        must(taken >= 0 && delivered == taken && paid && in_time, || {
            format!("{taken} more are taken, {delivered} delivered")
        })?;
        if taken > 0 {
            self.count("tranches subscribed");
            let buyer = self.doer().ok_or("taken by nobody")?;
            let asset = self.listing_of(tranche).1;
            self.note_holder(asset, buyer);
            self.note_buy(asset, buyer)?;
        }
        if before.open && !tranche.open {
            let full = tranche.taken == tranche.quantity;
            self.count(if full { "tranches filled" } else { "tranches closed" });
        }
        self.tranches.insert(id, *tranche);
        Ok(())
    }

    fn listing_of(&self, tranche: &Tranche) -> (InstrumentId, protocol::AssetId) {
        let listings = self.listings.iter();
        let mut found = listings.filter(|(_, listing)| listing.terms.symbol == tranche.symbol);
        let (instrument, listing) = found.next().expect("a tranche is of something");
        (*instrument, listing.asset)
    }

    /// The open tranche of an instrument.
    pub fn open_tranche(&self, instrument: InstrumentId) -> Option<&Tranche> {
        let symbol = self.listings[&instrument].terms.symbol;
        let mut tranches = self.tranches.values();
        tranches.find(|tranche| tranche.open && tranche.symbol == symbol)
    }

    /// What a unit stands for is told to nobody: it is known to who said it.
    pub(super) fn note_contract(&mut self) {
        if let Some(Command::SetUnitContract(asked)) = self.doing().cloned() {
            let mut listings = self.listings.values_mut();
            let listing = listings.find(|listing| listing.terms.symbol == asked.symbol);
            listing.expect("a contract is of something").contract = Some(asked);
        }
    }

    pub(super) fn hear_consumption(&mut self, told: &Consumption) -> Audit {
        let (instrument, contract) = self
            .listings
            .iter()
            .find(|(_, listing)| listing.terms.symbol == told.symbol)
            .map(|(instrument, listing)| (*instrument, listing.contract))
            .ok_or("use of nothing")?;
        let contract = contract.ok_or("use without a contract")?;
        let size = i64::from(contract.size);
        let products = match self.doing() {
            Some(Command::ReportConsumption(asked)) if asked.account == told.account && asked.symbol == told.symbol => {
                Some(asked.products)
            }
            Some(Command::AuditConsumption(asked)) if asked.account == told.account && asked.symbol == told.symbol => {
                Some(asked.products)
            }
            _ => None,
        };
        let key = (instrument, told.account);
        // A report that is late is told at the first moment after its day.
        let was_late = self.consumptions.get(&key).is_some_and(|before| before.late);
        let turns_late = told.late && !was_late;
        let due = told.due.map(|due| due.next().start());
        must(!turns_late || due == Some(self.at), || "late at another time".into())?;
        let entry = self.uses.entry(key).or_default();
        if let Some(products) = products.filter(|_| !turns_late) {
            entry.products += u64::from(products);
            entry.each += (i64::from(products) + size - 1) / size;
        }
        let entry = *entry;
        let total = i64::try_from(entry.products).expect("products are counted");
        let units = if contract.cumulative {
            (total + size - 1) / size
        } else {
            entry.each
        };
        let fits = told.products == entry.products
            && told.consumed.units() == entry.consumed
            && told.consumed.units() + told.short.units() == units;
        must(fits, || format!("{entry:?} takes {units} by {contract:?}"))?;
        self.consumptions.insert(key, *told);
        Ok(())
    }

    /// Nothing is lost or made, and what is held is what orders and deals that are open hold.
    pub(super) fn close_money(&self) -> Audit {
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        for ((_, currency), (free, held)) in &self.cash {
            *sums.entry(*currency).or_default() += i128::from(*free) + i128::from(*held);
        }
        for (currency, sum) in sums {
            let crossed = self.crossed.get(&currency).copied().unwrap_or_default();
            must(sum == crossed, || format!("{sum} of {currency:?}, {crossed} crossed"))?;
        }
        let mut expected: BTreeMap<(AccountId, Currency), i64> = BTreeMap::new();
        for order in self.orders.values().filter(|order| order.held > 0) {
            let currency = self.listings[&order.instrument].terms.currency;
            *expected.entry((order.account, currency)).or_default() += order.held;
        }
        for ((_, account), (currency, held)) in &self.deals {
            *expected.entry((*account, *currency)).or_default() += held;
        }
        for (key, (_, held)) in &self.cash {
            let explained = expected.get(key).copied().unwrap_or_default();
            must(explained == *held, || {
                format!("{key:?} holds {held}, explained {explained}")
            })?;
        }
        // Deals that hold are licences that are paid and have not begun, sales that are funded, and withdrawals that wait.
        let mut holding: BTreeMap<(Seq, AccountId), (Currency, i64)> = BTreeMap::new();
        let waiting = self.withdrawals.values();
        for told in waiting.filter(|told| told.state < WithdrawalState::Paid) {
            let cash = (told.amount.currency, told.amount.money.minor());
            holding.insert((Seq(told.withdrawal.0), told.account), cash);
        }
        for licence in self
            .licences
            .values()
            .filter(|licence| licence.state == LicenceState::Paid)
        {
            let payer = licence.payer.ok_or("paid by nobody")?;
            if licence.fee.money.minor() > 0 {
                let fee = (licence.fee.currency, licence.fee.money.minor());
                holding.insert((Seq(licence.licence.0), payer), fee);
            }
        }
        for sale in self.sales.values().filter(|sale| sale.is_funded()) {
            let (account, price) = (sale.record.buyer_account, sale.record.price);
            let (account, price) = account.zip(price).ok_or("funded by nobody")?;
            let key = (Seq(sale.record.transfer.0), account);
            holding.insert(key, (price.currency, price.money.minor()));
        }
        must(holding == self.deals, || {
            format!("deals hold {:?}, not {holding:?}", self.deals)
        })?;
        for trade in &self.trades {
            let [one, other] = trade.sides[..] else {
                return Err(format!("{trade:?} has not two sides"));
            };
            let fits = one.0 != other.0 && one.1 != other.1 && trade.fees == trade.collected;
            must(fits, || format!("{trade:?} cannot be"))?;
        }
        Ok(())
    }

    pub(super) fn close_units(&self) -> Audit {
        let mut sums: BTreeMap<InstrumentId, i64> = BTreeMap::new();
        for ((_, instrument), (free, held)) in &self.units {
            *sums.entry(*instrument).or_default() += free + held;
        }
        for (instrument, listing) in &self.listings {
            let sum = sums.remove(instrument).unwrap_or_default();
            must(sum == listing.issued - listing.consumed, || {
                format!("{sum} units of {instrument:?}: {listing:?}")
            })?;
        }
        let mut expected: BTreeMap<(AccountId, InstrumentId), i64> = BTreeMap::new();
        for (id, order) in &self.orders {
            let rested = self.resting.get(id);
            must(rested == Some(&order.left), || {
                format!("{order:?} is open, {rested:?} of it rests")
            })?;
            let status = self.listings[&order.instrument].status;
            let open = matches!(status, TradingStatus::Trading | TradingStatus::Halted);
            must(open, || format!("{order:?} rests in a book that is {status:?}"))?;
            self.check_sellers_consent(order)?;
            if order.side == Side::Sell {
                *expected.entry((order.account, order.instrument)).or_default() += order.left;
            }
        }
        must(self.resting.len() == self.orders.len(), || {
            "orders rest that are not open".into()
        })?;
        for (account, instrument, held) in self.unit_deals.values() {
            *expected.entry((*account, *instrument)).or_default() += held;
        }
        for (key, (_, held)) in &self.units {
            let explained = expected.get(key).copied().unwrap_or_default();
            must(explained == *held, || {
                format!("{key:?} holds {held}, explained {explained}")
            })?;
        }
        let open = self.tranches.values().filter(|tranche| tranche.open);
        let mut holding = BTreeMap::new();
        for tranche in open {
            let Tranche {
                tranche: id,
                quantity,
                taken,
                ..
            } = *tranche;
            let instrument = self.listing_of(tranche).0;
            let listing = &self.listings[&instrument];
            must(listing.status != TradingStatus::Closed, || {
                format!("{tranche:?} of {listing:?}")
            })?;
            let before = holding.insert(instrument, (Seq(id.0), quantity.units() - taken.units()));
            must(before.is_none(), || format!("two tranches of {instrument:?}"))?;
        }
        let held = self.unit_deals.iter().map(|(deal, held)| (held.1, (*deal, held.2)));
        let held: BTreeMap<_, _> = held.collect();
        must(held == holding && held.len() == self.unit_deals.len(), || {
            format!("tranches hold {held:?}, not {holding:?}")
        })
    }
}
