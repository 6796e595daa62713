//! Listings: a listing gets its book, and its units are issued; an import registers, lists and issues at once.
//!
//! Invariant: a listing has its book from the moment it is told, and its units are issued to the right's owner alone.
//! What a verified title asks more is the business of `rights`.

use crate::{
    book::Book,
    register::{party::User, state::Register},
    state::Exchange,
    tell::Tell,
};
use alloc::boxed::Box;
use protocol::{
    AccountId, AssetId, EntityId, InstrumentId, PrivateEvent, PublicEvent, Quantity, Receipt, Reject,
    event::{TradingStatus, UnitsListed},
    listing::{BookTerms, IMPORT_MAX, ImportAssets, IssueUnits},
    party::Roles,
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

    /// Registers, lists and issues rights in one command, all or none. By an operator, under rules version 1.
    pub(crate) fn import_assets(
        &mut self,
        user: User,
        import: &ImportAssets,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let receiver = import
            .issue_to
            .map(|account| Ok((account, self.ledger.account(account)?.entity)))
            .transpose()?;
        user.may(Roles::OPERATOR)?;
        self.check_unit_books()?;
        if self.knows_titles() {
            return Err(Reject::ExtractMissing);
        }
        if !(1..=IMPORT_MAX).contains(&import.imports.len()) {
            return Err(Reject::ImportEmpty);
        }
        let today = tell.at.venue_date();
        for entry in &import.imports {
            self.register.check_new_asset(&entry.asset, today)?;
            self.register.check_new_listing(entry.asset.class, &entry.terms)?;
            if receiver.is_some_and(|(_, entity)| entity != entry.asset.owner) {
                return Err(Reject::NotTheOwner);
            }
        }
        Register::check_distinct(import.imports.iter().map(|entry| (&entry.asset, &entry.terms)))?;

        let mut first = None;
        for entry in &import.imports {
            let asset = self.add_asset(&entry.asset, tell);
            let instrument = self.add_listing(asset, &entry.terms, tell);
            if let Some((account, entity)) = receiver {
                self.issue(account, entity, instrument, entry.terms.supply, tell);
            }
            first.get_or_insert((asset, instrument));
        }
        let (asset, instrument) = first.expect("an import is not empty");
        Ok(Receipt::Imported(asset, instrument))
    }

    /// Issues units to the right's owner. By it or an operator.
    pub(crate) fn issue_units(
        &mut self,
        user: User,
        issue: &IssueUnits,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let entity = self.ledger.account(issue.account)?.entity;
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
