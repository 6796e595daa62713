//! The books of a right: listed by its owner, halted by an operator, and what the right's state, freezes, dues and
//! consents do to them.
//!
//! Invariant: nothing rests in a book of a right that is frozen, suspended or ended, and no owner's offer to sell rests
//! without the consents it needs. What changes that takes the orders out in the same command, so a match only asserts.

use crate::{
    book::Book,
    kit::checks::ensure,
    register::{party::User, pledgees::Use},
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    Amount, AssetId, InstrumentId, Money, PublicEvent, Quantity, Receipt, Reject, Side,
    event::{CancelReason, TradingStatus},
    listing::ListUnits,
    party::Roles,
    title::{Act, AssetState},
};

impl<B: Book> Exchange<B> {
    /// Lists units of a right. By its owner or an operator.
    pub(crate) fn list_units(&mut self, user: User, list: &ListUnits, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let asset = self.right_for(user, list.asset)?;
        user.check_owner(asset.owner)?;
        self.check_unit_books()?;
        if asset.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        self.register.check_new_listing(asset.class, &list.terms)?;
        // A consent above a floor opens a listing that reaches it; each order is asked at its own price.
        let highest = Amount::new(list.terms.currency, Money::from_minor(list.terms.price_high.minor()));
        asset.check_act(Act::Units, Some(highest), tell.at)?;
        // A title that is passing takes no new book along.
        self.check_title_stays(list.asset)?;
        let wanted = Use::units(highest, Quantity::ZERO, asset.expires);
        self.check_pledgees(list.asset, &wanted, tell.at.venue_date())?;

        let instrument = self.add_listing(list.asset, &list.terms, tell);
        self.settle_books(list.asset, CancelReason::Frozen, tell);
        self.offered(list.asset, tell);
        Ok(Receipt::Instrument(instrument))
    }

    /// Halts a book, or lets it go on. By an operator.
    pub(crate) fn set_trading(
        &mut self,
        user: User,
        instrument: InstrumentId,
        trading: bool,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let entry = self.register.instrument(instrument)?;
        user.may(Roles::OPERATOR)?;
        if entry.status == TradingStatus::Closed || entry.closes_at <= tell.at {
            return Err(Reject::NotTrading);
        }
        if trading && entry.status == TradingStatus::Frozen {
            return Err(Reject::RightFrozen);
        }

        let status = if trading {
            TradingStatus::Trading
        } else {
            TradingStatus::Halted
        };
        let listing = self.register.listing_mut(instrument);
        listing.halted = !trading;
        if listing.status == TradingStatus::Frozen {
            // It stays halted once the freeze is over.
            return Ok(Receipt::Done);
        }
        listing.status = status;
        tell.public(PublicEvent::TradingChanged { instrument, status });
        Ok(Receipt::Done)
    }

    /// Brings the right's books in line with its state: orders that may not rest are cancelled for this reason.
    pub(crate) fn settle_books(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        for i in 0..self.register.right(asset).instruments.len() {
            let right = self.register.right(asset);
            let instrument = right.instruments[i];
            let listing = self.register.listing(instrument);
            let ended = right.has_expired(tell.at)
                || matches!(
                    right.state,
                    AssetState::Invalidated | AssetState::Delisted | AssetState::Transferred
                );
            let status = if ended || listing.status == TradingStatus::Closed {
                TradingStatus::Closed
            } else if right.freezes > 0 || right.late || right.state == AssetState::Suspended {
                TradingStatus::Frozen
            } else if listing.halted {
                TradingStatus::Halted
            } else {
                TradingStatus::Trading
            };
            if status == listing.status {
                continue;
            }
            if matches!(status, TradingStatus::Closed | TradingStatus::Frozen) {
                self.cancel_all(instrument, reason, tell);
            }
            if status == TradingStatus::Closed {
                self.end_tranche_of(instrument, tell);
                self.end_lots_of_units(instrument, tell);
            }
            self.register.listing_mut(instrument).status = status;
            tell.public(PublicEvent::TradingChanged { instrument, status });
        }
    }

    /// The owners' offers to sell units end: a consent they need is gone.
    pub(crate) fn cancel_owners_sales(&mut self, asset: AssetId, reason: CancelReason, tell: &mut Tell<'_>) {
        for i in 0..self.register.right(asset).instruments.len() {
            let right = self.register.right(asset);
            let book = &self.books[right.instruments[i].index()];
            let slots: Vec<_> = book
                .resting(&self.pool, &self.orders, Side::Sell)
                .filter(|slot| right.is_owned_by(self.orders.get(*slot).owner()))
                .collect();
            for slot in slots {
                self.take_out(slot, reason, tell);
            }
        }
    }

    /// What this module promises: the books stand as their rights do, and no owner's offer rests without its consents.
    pub(crate) fn check_books_of_rights(&self) -> Result<(), String> {
        for (number, listing) in self.register.instruments.iter().enumerate() {
            let right = self.register.right(listing.asset);
            let symbol = listing.terms.symbol;
            let book = &self.books[number];
            let closed = listing.status == TradingStatus::Closed;
            let frozen = right.freezes > 0 || right.late || right.state == AssetState::Suspended;
            ensure(closed || (listing.status == TradingStatus::Frozen) == frozen, || {
                format!("{symbol} is {:?}, not as its right", listing.status)
            })?;
            ensure(listing.status != TradingStatus::Frozen || book.is_empty(), || {
                format!("{symbol} is frozen and not empty")
            })?;
            let ended = right.is_over() || matches!(right.state, AssetState::Delisted | AssetState::Transferred);
            ensure(closed || !ended, || {
                format!("{symbol} is open, its right {:?}", right.state)
            })?;
            ensure(closed || listing.gated == self.is_gated(listing.asset), || {
                format!("{symbol} is gated otherwise than its right")
            })?;
            if listing.gated {
                for slot in book.resting(&self.pool, &self.orders, Side::Sell) {
                    let order = self.orders.get(slot);
                    ensure(
                        self.check_owners_sale(order.owner(), listing, listing.price(order.ticks().0))
                            .is_ok(),
                        || format!("{symbol} holds {order:?} without consent"),
                    )?;
                }
            }
        }
        Ok(())
    }
}
