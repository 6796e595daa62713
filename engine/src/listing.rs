//! Rights as their owners register them, and the books of their units: listed, issued, halted.
//!
//! Invariant: a listing has its book from the moment it is told, and its units are issued to the right's owner alone. What a verified
//! title asks more is the business of `titles` and `gate`.

use crate::{
    book::Book,
    deadlines::Deadline,
    exchange::{Exchange, Tell, check_operator, check_owner},
    registry::{Registry, User},
};
use alloc::boxed::Box;
use protocol::{
    AccountId, Amount, AssetId, EntityId, InstrumentId, Money, PrivateEvent, PublicEvent, Quantity, Receipt, Reject,
    asset::RegisterAsset,
    event::{CancelReason, TradingStatus, UnitsListed},
    listing::{BookTerms, IMPORT_MAX, ImportAssets, IssueUnits, ListUnits},
    rules::Approval,
    title::Act,
};

impl<B: Book> Exchange<B> {
    pub(crate) fn register_asset(
        &mut self,
        user: User,
        register: &RegisterAsset,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        self.registry.check_entity(register.owner)?;
        check_owner(user, register.owner)?;
        self.registry.check_new_asset(register, self.at.venue_date())?;

        Ok(Receipt::Asset(self.add_asset(register, tell)))
    }

    pub(crate) fn add_asset(&mut self, register: &RegisterAsset, tell: &mut Tell<'_>) -> AssetId {
        let asset = self.registry.add_asset(register);
        if let Some(expires) = register.expires {
            self.deadlines.add(expires.start(), Deadline::AssetExpires(asset));
        }
        tell.private(
            register.owner,
            PrivateEvent::AssetRegistered {
                asset,
                details: Box::new(register.clone()),
            },
        );
        asset
    }

    pub(crate) fn list_units(&mut self, user: User, list: &ListUnits, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let asset = self.registry.asset(list.asset)?;
        check_owner(user, asset.owner)?;
        self.check_unit_books()?;
        if asset.has_expired(self.at) {
            return Err(Reject::AssetExpired);
        }
        self.registry.check_new_listing(asset.class, &list.terms)?;
        if self.knows_titles() {
            // A title that is passing takes no new book along.
            if asset.extra().transfer.is_some() || asset.extra().lot.is_some() {
                return Err(Reject::AlreadyOffered);
            }
            // A consent above a floor opens a listing that reaches it; each order is asked at its own price.
            let highest = Amount::new(list.terms.currency, Money::from_minor(list.terms.price_high.minor()));
            asset.check_act(Act::Units, Some(highest), self.at)?;
        }

        let instrument = self.add_listing(list.asset, &list.terms, tell);
        self.settle_books(list.asset, CancelReason::Frozen, tell);
        self.offered(list.asset, tell);
        Ok(Receipt::Instrument(instrument))
    }

    pub(crate) fn add_listing(&mut self, asset: AssetId, terms: &BookTerms, tell: &mut Tell<'_>) -> InstrumentId {
        let instrument = self.registry.add_listing(asset, terms, self.is_gated(asset));
        self.books.push(B::default());
        let sandbox = self.epoch().approval == Approval::Sandbox;
        tell.public(PublicEvent::UnitsListed(Box::new(UnitsListed {
            instrument,
            asset,
            terms: terms.clone(),
            sandbox,
        })));
        instrument
    }

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
        check_operator(user)?;
        self.check_unit_books()?;
        if self.knows_titles() {
            return Err(Reject::ExtractMissing);
        }
        if !(1..=IMPORT_MAX).contains(&import.imports.len()) {
            return Err(Reject::ImportEmpty);
        }
        let today = self.at.venue_date();
        for entry in &import.imports {
            self.registry.check_new_asset(&entry.asset, today)?;
            self.registry.check_new_listing(entry.asset.class, &entry.terms)?;
            if receiver.is_some_and(|(_, entity)| entity != entry.asset.owner) {
                return Err(Reject::NotTheOwner);
            }
        }
        Registry::check_distinct(import.imports.iter().map(|entry| (&entry.asset, &entry.terms)))?;

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

    pub(crate) fn issue_units(
        &mut self,
        user: User,
        issue: &IssueUnits,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let entity = self.ledger.account(issue.account)?.entity;
        let instrument = self.registry.instrument(issue.instrument)?;
        let owner = self.registry.asset(instrument.asset)?.owner;
        check_owner(user, owner)?;
        if entity != owner {
            return Err(Reject::NotTheOwner);
        }
        self.check_unit_books()?;
        if instrument.status == TradingStatus::Closed || instrument.closes_at <= self.at {
            return Err(Reject::NotTrading);
        }
        Registry::check_supply(instrument, issue.quantity)?;
        self.check_units_conflict(instrument.asset)?;

        self.issue(issue.account, entity, issue.instrument, issue.quantity, tell);
        Ok(Receipt::Done)
    }

    pub(crate) fn issue(
        &mut self,
        account: AccountId,
        entity: EntityId,
        instrument: InstrumentId,
        quantity: Quantity,
        tell: &mut Tell<'_>,
    ) {
        let issued = self.registry.add_issued(instrument, quantity);
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

    pub(crate) fn set_trading(
        &mut self,
        user: User,
        instrument: InstrumentId,
        trading: bool,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let entry = self.registry.instrument(instrument)?;
        check_operator(user)?;
        if entry.status == TradingStatus::Closed || entry.closes_at <= self.at {
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
        let listing = &mut self.registry.instruments[instrument.index()];
        listing.halted = !trading;
        if listing.status == TradingStatus::Frozen {
            // It stays halted once the freeze is over.
            return Ok(Receipt::Done);
        }
        listing.status = status;
        tell.public(PublicEvent::TradingChanged { instrument, status });
        Ok(Receipt::Done)
    }
}
