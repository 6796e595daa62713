//! Orders: check, hold, book, clearing.
//!
//! Invariant: an order in a book is held for in the ledger, exactly. A buy holds price × quantity and the worst fee of
//! its epoch, a sell its units; a fill settles out of the hold, the end of an order releases what is left of it.

use crate::{
    book::{Book, Fill, NewOrder, Slot, Step, Taker, Ticks},
    kit::ids::{FEE_ACCOUNT, VENUE},
    money::{
        clearing::{self, OrderTerms, Party},
        ledger::{CashSlot, HoldingSlot, Role},
    },
    register::{
        listing::{self, Instrument},
        party::User,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    EntityId, InstrumentId, Money, OrderId, Price, PrivateEvent, PublicEvent, Quantity, Receipt, Reject, Side, TradeId,
    event::{CancelReason, TradingStatus},
    order::PlaceOrder,
    party::Roles,
    pledge::PledgeAct,
    rules::Fees,
};

/// Who may trade for its entity.
const MAY_TRADE: Roles = Roles::TRADER.with(Roles::BANK).with(Roles::FIRM);

/// What was found to cover an order.
enum Found {
    Cash(CashSlot),
    Units(HoldingSlot),
}

impl<B: Book> Exchange<B> {
    /// Buys or sells: trades with what rests at the price or better, then rests or ends as its kind says.
    pub(crate) fn place_order(
        &mut self,
        user: User,
        order: &PlaceOrder,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let PlaceOrder {
            account,
            instrument,
            side,
            kind,
            quantity,
        } = *order;
        let owner = self.account_for(user, account)?;
        let listing = self.register.instrument(instrument)?;
        user.may(MAY_TRADE)?;
        if owner != user.entity {
            return Err(Reject::NotYourAccount);
        }
        self.check_unit_books()?;
        if listing.gated {
            self.check_order_of(listing.asset, owner, side, tell.at.venue_date())?;
        }
        if listing.status != TradingStatus::Trading || listing.closes_at <= tell.at {
            return Err(Reject::NotTrading);
        }
        let free = || self.ledger.free_units(account, instrument);
        listing::check_ordered(&listing.terms, side, quantity, free)?;
        let (limit, rests) = listing::limit(&listing.terms, side, kind);
        let ticks = Ticks(listing.ticks(limit)?);
        let currency = listing.terms.currency;
        let epoch = self.epochs.len() as u32 - 1;
        let fees = self.epoch().fees;
        let (held, found) = match side {
            Side::Buy => {
                let held = clearing::buy_hold(limit, quantity, fees, false);
                (held, Found::Cash(self.ledger.check_cash(account, currency, held)?))
            }
            Side::Sell => (
                Money::ZERO,
                Found::Units(self.ledger.check_units(account, instrument, quantity)?),
            ),
        };
        if !self.orders.has_room() {
            return Err(Reject::TooManyOrders);
        }
        if user.abroad && side == Side::Buy && self.is_stopped(&[listing.asset], owner) {
            return Err(Reject::ExportCheckRequired);
        }
        if listing.gated && side == Side::Sell {
            self.check_owners_sale(owner, listing, limit)?;
            self.check_pledgees_of(owner, listing, (limit, quantity), tell.at.venue_date())?;
        }

        // From here the order stands.
        let (cash, holding) = match found {
            Found::Cash(cash) => {
                self.ledger.hold_cash(cash, held);
                (cash, self.ledger.holding_slot(account, instrument))
            }
            Found::Units(holding) => {
                self.ledger.hold_units(holding, quantity);
                (self.ledger.cash_slot(account, currency), holding)
            }
        };
        let mut terms = OrderTerms {
            account,
            cash,
            units: holding,
            spent: false,
        };
        let units = quantity.units() as u32;
        let new = NewOrder {
            owner,
            instrument,
            side,
            ticks,
            quantity: units,
            tag: epoch,
        };
        let slot = self.orders.insert(new, terms).expect("there was room");
        let id = self.orders.id(slot);
        tell.private(
            owner,
            PrivateEvent::OrderAccepted {
                order: id,
                account,
                instrument,
                side,
                price: limit,
                quantity,
                held,
            },
        );

        let mut taker = Taker {
            side,
            limit: ticks,
            left: units,
            owner,
        };
        let crossed_itself = self.trade(id, &mut terms, limit, fees, &mut taker, instrument, tell);
        self.orders.set_left(slot, taker.left);
        self.orders.cold_mut(slot).spent = terms.spent;
        let reason = if crossed_itself {
            CancelReason::SelfTrade
        } else {
            CancelReason::NotFilled
        };
        if taker.left == 0 {
            self.orders.remove(slot);
        } else if rests && !crossed_itself {
            self.books[instrument.index()].rest(&mut self.pool, &mut self.orders, slot);
            let quantity = Quantity::from_units(taker.left.into());
            tell.public(PublicEvent::OrderAdded {
                instrument,
                order: id,
                side,
                price: limit,
                quantity,
            });
        } else {
            self.end_order(slot, reason, tell);
        }
        Ok(Receipt::Order(id))
    }

    /// Trades the arriving order with what rests. Returns whether it stopped before an order of its own entity.
    #[allow(
        clippy::too_many_arguments,
        reason = "one call, one place: the arriving order, taken apart"
    )]
    fn trade(
        &mut self,
        id: OrderId,
        terms: &mut OrderTerms,
        limit: Price,
        fees: Fees,
        taker: &mut Taker,
        instrument: InstrumentId,
        tell: &mut Tell<'_>,
    ) -> bool {
        let Self {
            books,
            pool,
            orders,
            ledger,
            register,
            epochs,
            trades,
            ..
        } = self;
        let listing = register.listing(instrument);
        let sandbox = epochs.last().is_some_and(|epoch| epoch.approval.is_sandbox());
        let book = &mut books[instrument.index()];
        // Who bought of whom, where that counts; and what owners of a pledged right were paid for how many.
        let mut fills = Vec::new();
        let pledged = listing.gated && !register.right(listing.asset).pledges.is_empty();
        let mut sold = Vec::new();
        let crossed_itself = loop {
            let left = taker.left;
            let Fill {
                maker,
                ticks,
                quantity,
                maker_done,
            } = match book.step(pool, orders, taker) {
                Step::Filled(fill) => fill,
                Step::Over => break false,
                Step::OwnOrder(_) => break true,
            };
            *trades += 1;
            let trade = TradeId(*trades);
            let price = listing.price(ticks.0);
            let rested = *orders.get(maker);
            let maker_terms = *orders.cold(maker);
            let maker_id = orders.id(maker);
            let maker_fees = Self::fees(epochs, rested.tag());
            let arrived = Party {
                terms: *terms,
                limit,
                left: Quantity::from_units(left.into()),
                fees,
                role: Role::Taker,
            };
            let resting = Party {
                terms: maker_terms,
                limit: price,
                left: Quantity::from_units(i64::from(rested.left()) + i64::from(quantity)),
                fees: maker_fees,
                role: Role::Maker,
            };
            let quantity = Quantity::from_units(quantity.into());
            let venue_cash = ledger.cash_slot(FEE_ACCOUNT, listing.terms.currency);
            let (buyer, seller) = match taker.side {
                Side::Buy => (&arrived, &resting),
                Side::Sell => (&resting, &arrived),
            };
            let cleared = clearing::settle(ledger, venue_cash, price, quantity, buyer, seller);
            match taker.side {
                Side::Buy => terms.spent = cleared.spent,
                Side::Sell => orders.cold_mut(maker).spent = cleared.spent,
            }

            tell.public(PublicEvent::Traded {
                instrument,
                trade,
                maker: maker_id,
                taker_side: taker.side,
                price,
                quantity,
                sandbox,
            });
            let sides = [
                (maker_id, rested.owner(), &maker_terms, rested.side()),
                (id, taker.owner, &*terms, taker.side),
            ];
            for (order, party, terms, side) in sides {
                let (fee, released) = match side {
                    Side::Buy => (cleared.buyer_fee, cleared.released),
                    Side::Sell => (cleared.seller_fee, Money::ZERO),
                };
                tell.private(
                    party,
                    PrivateEvent::OrderFilled {
                        order,
                        account: terms.account,
                        instrument,
                        side,
                        trade,
                        price,
                        quantity,
                        fee,
                        released,
                    },
                );
            }
            let amount = cleared.buyer_fee.plus(cleared.seller_fee);
            if amount != Money::ZERO {
                let currency = listing.terms.currency;
                tell.private(
                    VENUE,
                    PrivateEvent::FeesCollected {
                        account: FEE_ACCOUNT,
                        trade,
                        currency,
                        amount,
                    },
                );
            }
            if listing.gated {
                fills.push(match taker.side {
                    Side::Buy => (taker.owner, rested.owner()),
                    Side::Sell => (rested.owner(), taker.owner),
                });
            }
            let (seller, account) = match taker.side {
                Side::Buy => (rested.owner(), maker_terms.account),
                Side::Sell => (taker.owner, terms.account),
            };
            if pledged && register.right(listing.asset).is_owned_by(seller) {
                let paid = price.times(quantity).expect("it was held").minus(cleared.seller_fee);
                sold.push((account, paid, quantity.units().unsigned_abs()));
            }
            if maker_done {
                orders.remove(maker);
            }
        };
        let (asset, currency) = (listing.asset, listing.terms.currency);
        if !fills.is_empty() {
            self.note_fills(asset, &fills, tell);
        }
        for (account, paid, quantity) in sold {
            self.use_consents(asset, PledgeAct::Licence, quantity, tell);
            self.pass_proceeds(asset, PledgeAct::Licence, (&[(account, paid)], currency), tell);
        }
        crossed_itself
    }

    /// Takes a resting order out of its book. Always possible, also while trading is halted.
    pub(crate) fn cancel_order(&mut self, user: User, order: OrderId, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        // Another's order is as good as none: an id must not tell what others have open.
        let found = self.orders.find(order);
        let own = found.filter(|slot| self.orders.get(*slot).owner() == user.entity);
        let slot = own.ok_or(Reject::UnknownOrder)?;

        self.take_out(slot, CancelReason::Requested, tell);
        Ok(Receipt::Done)
    }

    /// Cancels every order of a book.
    pub(crate) fn cancel_all(&mut self, instrument: InstrumentId, reason: CancelReason, tell: &mut Tell<'_>) {
        for side in [Side::Buy, Side::Sell] {
            loop {
                let book = &self.books[instrument.index()];
                let Some(slot) = book.resting(&self.pool, &self.orders, side).next() else {
                    break;
                };
                self.take_out(slot, reason, tell);
            }
        }
    }

    /// Cancels every order of a participant that rests in any book.
    pub(crate) fn cancel_orders_of(&mut self, entity: EntityId, reason: CancelReason, tell: &mut Tell<'_>) {
        for number in 0..self.books.len() {
            let book = &self.books[number];
            let resting = |side| book.resting(&self.pool, &self.orders, side);
            let of_it: Vec<Slot> = resting(Side::Buy)
                .chain(resting(Side::Sell))
                .filter(|slot| self.orders.get(*slot).owner() == entity)
                .collect();
            for slot in of_it {
                self.take_out(slot, reason, tell);
            }
        }
    }

    /// Takes a resting order out of its book and ends it.
    pub(crate) fn take_out(&mut self, slot: Slot, reason: CancelReason, tell: &mut Tell<'_>) {
        let resting = *self.orders.get(slot);
        let instrument = resting.instrument();
        self.books[instrument.index()].unlink(&mut self.pool, &mut self.orders, slot);
        tell.public(PublicEvent::OrderRemoved {
            instrument,
            order: self.orders.id(slot),
            side: resting.side(),
            price: self.register.listing(instrument).price(resting.ticks().0),
            quantity: Quantity::from_units(resting.left().into()),
        });
        self.end_order(slot, reason, tell);
    }

    /// Ends an order that no book holds, with something left: its hold is released.
    fn end_order(&mut self, slot: Slot, reason: CancelReason, tell: &mut Tell<'_>) {
        let order = *self.orders.get(slot);
        let id = self.orders.id(slot);
        let terms = self.orders.remove(slot);
        let (instrument, side) = (order.instrument(), order.side());
        let quantity = Quantity::from_units(order.left().into());
        let released = match side {
            Side::Buy => {
                let price = self.register.listing(instrument).price(order.ticks().0);
                let held = clearing::buy_hold(price, quantity, Self::fees(&self.epochs, order.tag()), terms.spent);
                self.ledger.release_cash(terms.cash, held);
                held
            }
            Side::Sell => {
                self.ledger.release_units(terms.units, quantity);
                Money::ZERO
            }
        };
        tell.private(
            order.owner(),
            PrivateEvent::OrderCancelled {
                order: id,
                account: terms.account,
                instrument,
                side,
                reason,
                quantity,
                released,
            },
        );
    }
}

/// What the open orders hold, one by one: for the invariants.
pub(crate) fn held(instrument: &Instrument, order: &crate::book::Order, fees: Fees, terms: &OrderTerms) -> Money {
    let price = instrument.price(order.ticks().0);
    clearing::buy_hold(price, Quantity::from_units(order.left().into()), fees, terms.spent)
}
