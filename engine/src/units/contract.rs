//! Licence units: what one unit stands for, how many were consumed, and what moves them outside the book (RULES.md
//! 2.3).
//!
//! Invariants: the units of an instrument that accounts have are those issued and not consumed; what its holders
//! consumed adds up to what it lost; the units held of an account are those of its open orders to sell, its open
//! tranche and its live lots. Reports and audits are `consumption`'s business, issue at a price is `tranches`'.

use crate::{book::Book, register::party::User, state::Exchange, tell::Tell, units::state::Contract};
use alloc::boxed::Box;
use protocol::{
    AccountId, InstrumentId, Notice, PrivateEvent, Quantity, Receipt, Reject, Seq, Side, Symbol,
    event::{PostingReason, UnitsPosting},
    licence::SetUnitContract,
};

/// The most products that one unit stands for.
const SIZE_MAX: u32 = 1_000_000_000;
/// The most days between two reports: ten years.
const REPORT_DAYS_MAX: u32 = 3_660;

impl Contract {
    /// Whether a unit stands for something, and reports fall due at times that can be.
    pub(crate) fn is_sound(&self) -> bool {
        (1..=SIZE_MAX).contains(&self.size) && self.report_days <= REPORT_DAYS_MAX
    }
}

impl<B: Book> Exchange<B> {
    /// The owner says what one unit stands for.
    pub(crate) fn set_unit_contract(
        &mut self,
        user: User,
        asked: &SetUnitContract,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let instrument = self.register.instrument_of(&asked.symbol)?;
        user.check_owner(self.owner_of(instrument))?;
        self.check_unit_books()?;
        let contract = Contract {
            size: asked.size,
            cumulative: asked.cumulative,
            report_days: asked.report_days,
            consumed: Quantity::ZERO,
        };
        if !contract.is_sound() || self.units.is_in_use(instrument) || self.is_bound_by_contract(instrument) {
            return Err(Reject::UnitContractInvalid);
        }

        self.units.contracts.insert(instrument, contract);
        tell.notice(Notice::UnitContract(*asked));
        Ok(Receipt::Done)
    }

    /// Whether somebody bought units under what they stand for.
    fn is_bound_by_contract(&self, instrument: InstrumentId) -> bool {
        let owner = self.owner_of(instrument);
        let holders = self.ledger.holders_of(instrument);
        self.units.contracts.contains_key(&instrument) && holders.iter().any(|holder| *holder != owner)
    }

    /// The acting owner of the right that units are of.
    pub(crate) fn owner_of(&self, instrument: InstrumentId) -> protocol::EntityId {
        let asset = self.register.listing(instrument).asset;
        self.register.right(asset).owner
    }

    /// The venue's name for an instrument.
    pub(crate) fn symbol_of(&self, instrument: InstrumentId) -> Symbol {
        self.register.listing(instrument).terms.symbol
    }

    /// Delivers units that a deal holds of one account to another; who has them counts as a holder from here on.
    pub(crate) fn deliver_units(
        &mut self,
        deal: Seq,
        instrument: InstrumentId,
        (from, to): (AccountId, AccountId),
        quantity: Quantity,
        tell: &mut Tell<'_>,
    ) {
        let (held, free) = (
            self.ledger.holding_slot(from, instrument),
            self.ledger.holding_slot(to, instrument),
        );
        self.ledger.deliver_held(held, free, quantity);
        let units = quantity.units();
        let paid = posting((deal, PostingReason::Paid), (from, instrument), 0, -units);
        self.post_units(paid, tell);
        let received = posting((deal, PostingReason::Received), (to, instrument), units, 0);
        self.post_units(received, tell);
        let asset = self.register.listing(instrument).asset;
        let buyer = self
            .ledger
            .account(to)
            .expect("a deal names accounts that exist")
            .entity;
        self.add_holder(asset, buyer, tell);
        self.note_trade(asset, buyer, Side::Buy, tell.at.venue_date());
    }

    /// Tells an account's owner what a deal did to its units.
    pub(crate) fn post_units(&self, posting: UnitsPosting, tell: &mut Tell<'_>) {
        let account = self.ledger.account(posting.account);
        let entity = account.expect("a deal names accounts that exist").entity;
        tell.private(entity, PrivateEvent::UnitsPosted(Box::new(posting)));
    }
}

/// What a deal did to an account's units, for the account's owner.
pub(crate) fn posting(
    (deal, reason): (Seq, PostingReason),
    (account, instrument): (AccountId, InstrumentId),
    free: i64,
    held: i64,
) -> UnitsPosting {
    UnitsPosting {
        account,
        instrument,
        free: Quantity::from_units(free),
        held: Quantity::from_units(held),
        reason,
        deal,
    }
}
