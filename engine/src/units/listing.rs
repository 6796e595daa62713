//! Listings: a listing gets its book, and its units are issued.
//!
//! Invariant: a listing has its book from the moment it is told, and its units are issued to the right's owner alone.
//! What a verified title asks more is the business of `rights`.

use crate::{book::Book, register::party::User, state::Exchange, tell::Tell};
use alloc::boxed::Box;
use protocol::{
    AccountId, AssetId, EntityId, InstrumentId, PrivateEvent, PublicEvent, Quantity, Receipt, Reject,
    event::{TradingStatus, UnitsListed},
    listing::{BookTerms, IssueUnits},
};

impl<B: Book> Exchange<B> {
    /// Lists units: the listing gets its book.
    pub(crate) fn add_listing(&mut self, asset: AssetId, terms: &BookTerms, tell: &mut Tell<'_>) -> InstrumentId {
        let instrument = self.register.add_listing(asset, terms, self.is_gated(asset));
        self.books.push(B::default());
        let sandbox = self.epoch().approval.is_sandbox();
        tell.public(PublicEvent::UnitsListed(Box::new(UnitsListed {
            instrument,
            asset,
            terms: terms.clone(),
            sandbox,
        })));
        instrument
    }

    /// Issues units to the right's owner. By it or an operator.
    pub(crate) fn issue_units(
        &mut self,
        user: User,
        issue: &IssueUnits,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let entity = self.account_for(user, issue.account)?;
        let instrument = self.register.instrument(issue.instrument)?;
        let owner = self.register.asset(instrument.asset)?.owner;
        user.check_owner(owner)?;
        if entity != owner {
            return Err(Reject::NotTheOwner);
        }
        self.check_unit_books()?;
        if instrument.status == TradingStatus::Closed || instrument.closes_at <= tell.at {
            return Err(Reject::NotTrading);
        }
        instrument.check_supply(issue.quantity)?;
        self.check_units_conflict(instrument.asset)?;

        self.issue(issue.account, entity, issue.instrument, issue.quantity, tell);
        Ok(Receipt::Done)
    }

    /// Brings units into being in an account, and tells so.
    pub(crate) fn issue(
        &mut self,
        account: AccountId,
        entity: EntityId,
        instrument: InstrumentId,
        quantity: Quantity,
        tell: &mut Tell<'_>,
    ) {
        let issued = self.register.add_issued(instrument, quantity);
        self.ledger.issue(account, instrument, quantity);
        tell.public(PublicEvent::UnitsIssued {
            instrument,
            quantity,
            issued,
        });
        tell.private(
            entity,
            PrivateEvent::UnitsReceived {
                account,
                instrument,
                quantity,
            },
        );
    }
}
